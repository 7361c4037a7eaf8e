//! The Internet checksum (RFC 1071): sums, incremental update (RFC 1624), pseudo headers, and a copy that sums on
//! the way.
//!
//! A [`Sum`] is kept in the machine's own byte order, which one's-complement arithmetic allows (RFC 1071 section
//! 2.B); only [`Sum::checksum`] and [`Sum::partial`] turn it into the bytes that stand on the wire.

use super::ip::Address;

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
        let mut lanes = [0u64; LANES];
        for block in blocks {
            add_block(&mut lanes, block);
        }
        Self(reduce(lanes)).plus(Self::short(rest))
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

    /// This sum without `other`, which is part of it and starts at an even offset.
    #[inline]
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self(u64::from(!other.fold())))
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

    /// Sum of less than a block.
    #[inline]
    fn short(bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<4>();
        let mut sum = 0u64;
        for word in words {
            sum = sum.wrapping_add(u64::from(u32::from_ne_bytes(*word)));
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        for pair in pairs {
            sum = sum.wrapping_add(u64::from(u16::from_ne_bytes(*pair)));
        }
        if let [last] = odd {
            sum = sum.wrapping_add(u64::from(u16::from_ne_bytes([*last, 0])));
        }
        Self(sum)
    }
}

/// Copies `from` to the start of `to` and sums it on the way, so that the payload passes the cache once.
///
/// `None`, with nothing copied, if `to` is shorter than `from`.
#[inline]
pub fn copy_and_sum(to: &mut [u8], from: &[u8]) -> Option<Sum> {
    let to = to.get_mut(..from.len())?;
    let (blocks, rest) = from.as_chunks::<BLOCK>();
    let (to_blocks, to_rest) = to.as_chunks_mut::<BLOCK>();
    let mut lanes = [0u64; LANES];
    for (to, from) in to_blocks.iter_mut().zip(blocks) {
        *to = *from;
        add_block(&mut lanes, from);
    }
    // Equal lengths: both were cut to `from.len()` and then into the same blocks.
    for (to, from) in to_rest.iter_mut().zip(rest) {
        *to = *from;
    }
    Some(Sum(reduce(lanes)).plus(Sum::short(rest)))
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

/// Bytes summed per step.
const BLOCK: usize = 32;
const LANES: usize = BLOCK / 4;

/// Adds each 32-bit word of a block to a 64-bit lane of its own; the loop becomes vector instructions.
#[inline(always)]
fn add_block(lanes: &mut [u64; LANES], block: &[u8; BLOCK]) {
    let (words, _) = block.as_chunks::<4>();
    for (lane, word) in lanes.iter_mut().zip(words) {
        // 2^32 blocks (128 GiB) before a lane could overflow.
        *lane = lane.wrapping_add(u64::from(u32::from_ne_bytes(*word)));
    }
}

#[inline(always)]
fn reduce(lanes: [u64; LANES]) -> u64 {
    lanes
        .into_iter()
        .fold(Sum::ZERO, |sum, lane| sum.plus(Sum(lane)))
        .0
}
