//! The Internet checksum (RFC 1071): sums, incremental update (RFC 1624), pseudo headers, and a copy that sums on
//! the way.
//!
//! A [`Sum`] is kept in the machine's own byte order, which one's-complement arithmetic allows (RFC 1071 section
//! 2.B); only [`Sum::checksum`] and [`Sum::partial`] turn it into the bytes that stand on the wire.

use super::{fill, ip::Address};

/// A one's-complement sum of 16-bit words, not yet folded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum(u64);

impl Sum {
    /// The sum of nothing.
    pub const ZERO: Self = Self(0);

    /// Sum over `bytes`; an odd last byte counts as the upper half of a word, as if a zero byte followed.
    #[inline]
    pub fn of(bytes: &[u8]) -> Self {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut lanes = Lanes::default();
        for block in blocks {
            lanes.add(block);
        }
        lanes.sum().plus(Self::short(rest))
    }

    /// The 16-bit number `word` as it would stand in a header.
    #[inline]
    pub fn word(word: u16) -> Self {
        Self(u64::from(u16::from_ne_bytes(word.to_be_bytes())))
    }

    /// The 32-bit number `long` as it would stand in a header.
    #[inline]
    pub fn long(long: u32) -> Self {
        Self(u64::from(u32::from_ne_bytes(long.to_be_bytes())))
    }

    /// Both sums together. `other` must start at an even offset of the whole; see [`Sum::plus_at`].
    #[inline]
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        // An end-around carry keeps the value right for any number of additions.
        let (sum, carry) = self.0.overflowing_add(other.0);
        Self(sum.wrapping_add(u64::from(carry)))
    }

    /// Adds the sum of bytes that start at `offset` of the whole: at an odd one they are a byte out of step.
    #[inline]
    #[must_use]
    pub fn plus_at(self, other: Self, offset: usize) -> Self {
        if offset & 1 == 0 {
            self.plus(other)
        } else {
            self.plus(Self(u64::from(other.fold().swap_bytes())))
        }
    }

    /// The checksum field's bytes: the complement, folded to 16 bits.
    #[inline]
    pub fn checksum(self) -> [u8; 2] {
        (!self.fold()).to_ne_bytes()
    }

    /// As [`Sum::checksum`], but never zero, which in UDP means "no checksum" (RFC 768).
    #[inline]
    pub fn checksum_nonzero(self) -> [u8; 2] {
        match self.checksum() {
            [0, 0] => [0xff, 0xff],
            bytes => bytes,
        }
    }

    /// The bytes of a *partial* checksum field: the folded sum itself. Offloads want the pseudo header's there.
    #[inline]
    pub fn partial(self) -> [u8; 2] {
        self.fold().to_ne_bytes()
    }

    /// Whether a sum over data *and* its checksum field says that they fit together.
    #[inline]
    pub fn verifies(self) -> bool {
        self.fold() == 0xffff
    }

    #[inline]
    fn fold(self) -> u16 {
        let halves = (self.0 & 0xffff_ffff).wrapping_add(self.0 >> 32);
        let quarters = (halves & 0xffff)
            .wrapping_add((halves >> 16) & 0xffff)
            .wrapping_add(halves >> 32);
        let once = (quarters & 0xffff).wrapping_add(quarters >> 16);
        let twice = (once & 0xffff).wrapping_add(once >> 16);
        // Two folds leave at most 16 bits: 3 * 0xffff -> 0xffff + 2 -> ... -> 16 bits.
        (twice & 0xffff) as u16
    }

    /// Sum of less than a block: at most one piece of each size, so that no loop has to be set up for them.
    #[inline]
    fn short(mut bytes: &[u8]) -> Self {
        let mut sum = 0u64;
        let mut add = |word: u64| sum = sum.wrapping_add(word & 0xffff_ffff).wrapping_add(word >> 32);
        if let Some((piece, rest)) = bytes.split_first_chunk::<16>() {
            let (words, _) = piece.as_chunks::<8>();
            words.iter().for_each(|word| add(u64::from_ne_bytes(*word)));
            bytes = rest;
        }
        if let Some((piece, rest)) = bytes.split_first_chunk() {
            add(u64::from_ne_bytes(*piece));
            bytes = rest;
        }
        if let Some((piece, rest)) = bytes.split_first_chunk() {
            add(u64::from(u32::from_ne_bytes(*piece)));
            bytes = rest;
        }
        if let Some((piece, rest)) = bytes.split_first_chunk() {
            add(u64::from(u16::from_ne_bytes(*piece)));
            bytes = rest;
        }
        if let [last] = bytes {
            add(u64::from(u16::from_ne_bytes([*last, 0])));
        }
        Self(sum)
    }
}

/// Copies `from` to the start of `to` and sums it on the way, while it is in the nearest cache: measured, that is
/// faster than one loop that does both, as copying alone uses wider registers than portable code can ask for.
///
/// `None`, with nothing copied, if `to` is shorter than `from`.
#[inline]
pub fn copy_and_sum(to: &mut [u8], from: &[u8]) -> Option<Sum> {
    let to = to.get_mut(..from.len())?;
    let mut sum = Sum::ZERO;
    for (to, from) in to.chunks_mut(PIECE).zip(from.chunks(PIECE)) {
        fill(to, from)?;
        sum = sum.plus(Sum::of(to));
    }
    Some(sum)
}

/// Sum of the pseudo header of TCP and UDP over IPv4 (RFC 793, RFC 768) or IPv6 (RFC 8200 section 8.1).
///
/// `length` is that of the transport header and its payload in bytes.
#[inline]
pub fn pseudo_header(source: Address<'_>, destination: Address<'_>, protocol: u8, length: u32) -> Sum {
    Sum::of(source.octets())
        .plus(Sum::of(destination.octets()))
        .plus(Sum::word(u16::from(protocol)))
        .plus(Sum::long(length))
}

/// The checksum after one 16-bit word of the data changed from `old` to `new` (RFC 1624, equation 3).
///
/// `odd`: whether the word starts at an odd offset of the checksummed data, so that it straddles two of its words.
#[inline]
pub fn update(checksum: [u8; 2], old: [u8; 2], new: [u8; 2], odd: bool) -> [u8; 2] {
    let word = |bytes| {
        let word = u16::from_ne_bytes(bytes);
        if odd { word.swap_bytes() } else { word }
    };
    Sum(u64::from(!u16::from_ne_bytes(checksum)))
        .plus(Sum(u64::from(!word(old))))
        .plus(Sum(u64::from(word(new))))
        .checksum()
}

/// Bytes copied before they are summed: even, and a fraction of a first-level cache.
const PIECE: usize = 4096;
/// Bytes summed per step.
const BLOCK: usize = 32;
const LANES: usize = BLOCK / 8;

/// Sums of the lower and the upper halves of 64-bit words. Kept apart, they don't overflow for any length that memory has, so that
/// there is no carry to care for and the loop becomes vector instructions (SSE2 and NEON will do).
#[derive(Default)]
struct Lanes {
    lower: [u64; LANES],
    upper: [u64; LANES],
}

impl Lanes {
    #[inline(always)]
    fn add(&mut self, block: &[u8; BLOCK]) {
        let (words, _) = block.as_chunks::<8>();
        for ((lower, upper), word) in self.lower.iter_mut().zip(&mut self.upper).zip(words) {
            let word = u64::from_ne_bytes(*word);
            *lower = lower.wrapping_add(word & 0xffff_ffff);
            *upper = upper.wrapping_add(word >> 32);
        }
    }

    #[inline(always)]
    fn sum(self) -> Sum {
        let add = |lanes: [u64; LANES]| lanes.into_iter().fold(0, u64::wrapping_add);
        Sum(add(self.lower).wrapping_add(add(self.upper)))
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// RFC 1071 as it reads: big-endian words, added with end-around carry.
    fn naive(bytes: &[u8]) -> u16 {
        let mut sum = 0u32;
        for pair in bytes.chunks(2) {
            sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16)
    }

    fn noise(len: usize, seed: u32) -> Vec<u8> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn published_examples() {
        // RFC 1071 section 3: the sum is 0xddf2.
        let rfc1071 = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::of(&rfc1071).partial(), [0xdd, 0xf2]);
        // RFC 1624 section 4: field 0xdd2f, 0x5555 becomes 0x3285, result 0x0000 and not 0xffff.
        assert_eq!(
            update([0xdd, 0x2f], [0x55, 0x55], [0x32, 0x85], false),
            [0x00, 0x00]
        );
    }

    #[test]
    fn agrees_with_the_definition_for_every_length_and_alignment() {
        let bytes = noise(1600, 7);
        for start in 0..5 {
            for len in (0..200).chain([1399, 1400, 1500, 1595]) {
                let part = &bytes[start..start + len];
                let want = naive(part).to_be_bytes();
                assert_eq!(Sum::of(part).checksum(), want, "{len} bytes from {start}");
                let mut copy = noise(len + 3, 9);
                assert_eq!(
                    copy_and_sum(&mut copy, part).unwrap().checksum(),
                    want,
                    "{len} bytes copied"
                );
                assert_eq!(&copy[..len], part);
                assert_eq!(copy[len..], noise(len + 3, 9)[len..], "wrote past {len}");
            }
        }
        for (what, bytes) in [("zeros", [0u8; 4096]), ("ones", [0xff; 4096])] {
            assert_eq!(Sum::of(&bytes).checksum(), naive(&bytes).to_be_bytes(), "{what}");
        }
    }

    #[test]
    fn a_copy_that_does_not_fit_writes_nothing() {
        let mut to = [7; 3];
        assert!(copy_and_sum(&mut to, &[1, 2, 3, 4]).is_none());
        assert_eq!(to, [7; 3]);
    }

    #[test]
    fn parts_add_up_at_any_offset() {
        let bytes = noise(301, 3);
        for cut in 0..bytes.len() {
            let sum = Sum::of(&bytes[..cut]).plus_at(Sum::of(&bytes[cut..]), cut);
            assert_eq!(sum.checksum(), Sum::of(&bytes).checksum(), "cut at {cut}");
        }
    }

    #[test]
    fn an_update_equals_a_new_computation() {
        for at in 0..40 {
            let mut bytes = noise(64, at);
            let at = at as usize;
            let before = Sum::of(&bytes).checksum();
            let (old, new) = ([bytes[at], bytes[at + 1]], [0x05, 0x78]);
            bytes[at..at + 2].copy_from_slice(&new);
            assert_eq!(
                update(before, old, new, at % 2 == 1),
                Sum::of(&bytes).checksum(),
                "at {at}"
            );
        }
    }

    #[test]
    fn zero_is_written_as_ones_where_zero_means_none() {
        assert_eq!(Sum::word(0xffff).checksum(), [0, 0]);
        assert_eq!(Sum::word(0xffff).checksum_nonzero(), [0xff, 0xff]);
        assert_eq!(Sum::word(0x1234).checksum_nonzero(), [0xed, 0xcb]);
    }

    #[test]
    fn pseudo_headers_of_both_versions() {
        let v4 = pseudo_header(Address::V4(&[10, 99, 0, 2]), Address::V4(&[10, 99, 0, 1]), 6, 40);
        assert_eq!(
            v4.checksum(),
            naive(&[10, 99, 0, 2, 10, 99, 0, 1, 0, 6, 0, 40]).to_be_bytes()
        );
        let (a, b) = ([0xfd; 16], [0x11; 16]);
        let v6 = pseudo_header(Address::V6(&a), Address::V6(&b), 17, 0x1_2345);
        let mut bytes = [a, b].concat();
        bytes.extend([0, 1, 0x23, 0x45, 0, 0, 0, 17]);
        assert_eq!(v6.checksum(), naive(&bytes).to_be_bytes());
    }
}
