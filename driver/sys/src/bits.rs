//! What the bit-field accessors share.

/// A value has more bits than the bit field that was to hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitFieldOverflow {
    /// The C name of the field.
    pub field: &'static str,
    /// How many bits it has.
    pub bits: u32,
}

impl core::fmt::Display for BitFieldOverflow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "value does not fit into the {} bits of {}",
            self.bits, self.field
        )
    }
}

impl core::error::Error for BitFieldOverflow {}

/// The `bits` least significant bits set; `bits` is at most 63.
#[must_use]
pub(crate) const fn mask(bits: u32) -> u64 {
    match 1_u64.checked_shl(bits) {
        Some(one) => one.wrapping_sub(1),
        None => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn mask_has_the_lowest_bits_set() {
        for (bits, want) in [
            (0, 0),
            (1, 1),
            (10, 0x3FF),
            (26, 0x3FF_FFFF),
            (63, u64::MAX >> 1),
            (64, u64::MAX),
        ] {
            assert_eq!(mask(bits), want, "{bits}");
        }
    }
}
