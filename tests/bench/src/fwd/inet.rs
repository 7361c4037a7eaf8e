//! The little of IPv4, TCP and UDP that forwarding super-packets takes.

/// A one's-complement sum in the machine's byte order, unfolded.
#[inline]
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let (mut low, mut high) = (0u64, 0u64);
    for word in words {
        let word = u64::from_ne_bytes(*word);
        low += word & 0xffff_ffff;
        high += word >> 32;
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = u64::from_ne_bytes(last);
    low + high + (last & 0xffff_ffff) + (last >> 32)
}

#[inline]
pub(super) fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // At most 16 bits now.
    (sum & 0xffff) as u16
}

/// Sum of the pseudo header of an IPv4 packet.
#[inline]
pub(super) fn pseudo(ip: &[u8], protocol: u8, len: usize) -> u64 {
    let word = |value: usize| u64::from(u16::try_from(value).unwrap_or(0).to_be());
    sum(&ip[12..20]) + word(usize::from(protocol)) + word(len)
}

#[inline]
pub(super) fn get16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[inline]
pub(super) fn get32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// A header field; lengths here are below 64 KiB.
#[inline]
pub(super) fn put16(bytes: &mut [u8], at: usize, value: usize) {
    bytes[at..at + 2].copy_from_slice(&u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes());
}

/// A checksum field.
#[inline]
pub(super) fn put_sum(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_ne_bytes());
}

/// Fields of a `virtio_net_hdr` of ten bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Vnet {
    pub(super) flags: u8,
    pub(super) gso_type: u8,
    pub(super) header_len: u16,
    pub(super) gso_size: u16,
    pub(super) csum_start: u16,
    pub(super) csum_offset: u16,
}

impl Vnet {
    pub(super) const NEEDS_CSUM: u8 = 1;
    pub(super) const DATA_VALID: u8 = 2;
    pub(super) const TCPV4: u8 = 1;
    pub(super) const UDP_L4: u8 = 5;

    pub(super) fn read(bytes: &[u8]) -> Self {
        let field = |at| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        Self {
            flags: bytes[0],
            gso_type: bytes[1],
            header_len: field(2),
            gso_size: field(4),
            csum_start: field(6),
            csum_offset: field(8),
        }
    }

    pub(super) fn write(&self, bytes: &mut [u8]) {
        bytes[0] = self.flags;
        bytes[1] = self.gso_type;
        for (i, field) in [self.header_len, self.gso_size, self.csum_start, self.csum_offset]
            .into_iter()
            .enumerate()
        {
            bytes[2 + 2 * i..4 + 2 * i].copy_from_slice(&field.to_ne_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_fold_to_the_published_example() {
        // RFC 1071 section 3.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(fold(sum(&bytes)).to_ne_bytes(), [0xdd, 0xf2]);
        assert_eq!(fold(sum(&[1, 2, 3])).to_ne_bytes(), [4, 2]);
    }
}
