//! Wide strings: UTF-16 literals with a terminating zero, made at compile time.

/// A zero-terminated UTF-16 string of known length.
///
/// What the C literal `L"..."` is. Made by [`w!`](crate::w), so the terminator is always there and no other
/// zero is in front of it.
#[repr(transparent)]
#[derive(PartialEq, Eq, Debug)]
pub struct WideStr([u16]);

impl WideStr {
    /// Wraps code units, or `None` if the last one is not zero or another one is.
    #[must_use]
    pub const fn new(units: &[u16]) -> Option<&Self> {
        let [rest @ .., 0] = units else { return None };
        let mut rest = rest;
        while let [first, tail @ ..] = rest {
            if *first == 0 {
                return None;
            }
            rest = tail;
        }
        // SAFETY: `WideStr` is a transparent wrapper of `[u16]`, so the reference has the same layout and
        // lifetime.
        Some(unsafe { &*(core::ptr::from_ref(units) as *const Self) })
    }

    /// The address to pass as `PCWSTR`.
    #[must_use]
    pub const fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr()
    }

    /// The code units with the terminating zero.
    #[must_use]
    pub const fn as_units_with_nul(&self) -> &[u16] {
        &self.0
    }

    /// The code units without the terminating zero.
    #[must_use]
    pub const fn as_units(&self) -> &[u16] {
        match &self.0 {
            [units @ .., _] => units,
            [] => &[],
        }
    }

    /// Size in bytes **with** the terminating zero, which is what `BCryptSetProperty` counts for a string.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // compared with the range just before
    pub const fn byte_len_with_nul(&self) -> u32 {
        let bytes = core::mem::size_of_val(&self.0);
        if bytes > u32::MAX as usize {
            u32::MAX
        } else {
            bytes as u32
        }
    }
}

/// Number of UTF-16 code units of `text`, with a terminating zero. For [`w!`](crate::w).
#[doc(hidden)]
#[must_use]
pub const fn utf16_len_with_nul(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let mut units = 1_usize;
    while let [first, tail @ ..] = rest {
        // A continuation byte adds nothing; the lead byte of four bytes makes a surrogate pair.
        units = units.wrapping_add(match *first {
            0x80..=0xBF => 0,
            0xF0..=0xFF => 2,
            _ => 1,
        });
        rest = tail;
    }
    units
}

/// `text` as UTF-16 with a terminating zero. For [`w!`](crate::w), which gives the right `N`.
#[doc(hidden)]
#[must_use]
#[allow(clippy::cast_possible_truncation)] // a surrogate's ten bits, or a scalar value that was compared
pub const fn utf16_with_nul<const N: usize>(text: &str) -> [u16; N] {
    let mut units = [0_u16; N];
    let mut out: &mut [u16] = &mut units;
    let mut rest = text.as_bytes();
    while let Some((scalar, tail)) = next_scalar(rest) {
        rest = tail;
        if scalar < 0x1_0000 {
            let [first, next @ ..] = out else { break };
            *first = scalar as u16;
            out = next;
        } else {
            let [high, low, next @ ..] = out else { break };
            let offset = scalar.wrapping_sub(0x1_0000);
            *high = 0xD800 | (offset >> 10) as u16;
            *low = 0xDC00 | (offset & 0x3FF) as u16;
            out = next;
        }
    }
    units
}

/// Splits the first scalar value off valid UTF-8.
const fn next_scalar(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [a @ 0..=0x7F, tail @ ..] => Some((*a as u32, tail)),
        [a @ 0xC0..=0xDF, b, tail @ ..] => Some((((*a & 0x1F) as u32) << 6 | (*b & 0x3F) as u32, tail)),
        [a @ 0xE0..=0xEF, b, c, tail @ ..] => Some((
            ((*a & 0xF) as u32) << 12 | ((*b & 0x3F) as u32) << 6 | (*c & 0x3F) as u32,
            tail,
        )),
        [a, b, c, d, tail @ ..] => Some((
            ((*a & 7) as u32) << 18
                | ((*b & 0x3F) as u32) << 12
                | ((*c & 0x3F) as u32) << 6
                | (*d & 0x3F) as u32,
            tail,
        )),
        _ => None,
    }
}

/// A wide string literal: `w!("AES")` is a `&'static WideStr`.
///
/// The text must not contain a zero; that is checked at compile time.
#[macro_export]
macro_rules! w {
    ($text:literal) => {{
        const UNITS: [u16; $crate::wide::utf16_len_with_nul($text)] = $crate::wide::utf16_with_nul($text);
        const WIDE: &$crate::wide::WideStr = match $crate::wide::WideStr::new(&UNITS) {
            Some(wide) => wide,
            None => panic!("a wide string literal contains a zero"),
        };
        WIDE
    }};
}

#[cfg(test)]
mod tests {
    use super::WideStr;
    use alloc::vec::Vec;

    #[test]
    fn literals_are_what_the_standard_library_encodes() {
        for (wide, text) in [
            (w!(""), ""),
            (w!("AES"), "AES"),
            (w!("ChainingModeN/A"), "ChainingModeN/A"),
            (w!("é€😀x"), "é€😀x"),
        ] {
            let want: Vec<u16> = text.encode_utf16().chain([0]).collect();
            assert_eq!(wide.as_units_with_nul(), want, "{text}");
            assert_eq!(wide.as_units(), &want[..want.len() - 1], "{text}");
            assert_eq!(wide.byte_len_with_nul() as usize, want.len() * 2, "{text}");
        }
    }

    #[test]
    fn a_string_needs_exactly_one_zero_at_its_end() {
        for (units, good) in [
            (&[][..], false),
            (&[65], false),
            (&[0], true),
            (&[65, 0], true),
            (&[65, 0, 0], false),
        ] {
            assert_eq!(WideStr::new(units).is_some(), good, "{units:?}");
        }
    }
}
