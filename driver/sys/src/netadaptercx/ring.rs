//! Rings (net/ring.h): arithmetic on ring indices as pure functions, and thin access to a ring in memory.
//!
//! A ring has a power of two of elements. The driver owns the elements `[BeginIndex, EndIndex)`, modulo the size; the
//! framework adds elements by moving `EndIndex`, the driver gives elements back, in order, by moving `BeginIndex`.
//! Equal indices mean that the driver owns none, so at most all elements but one are ever owned. Indices and elements
//! may be touched only inside the callbacks of their queue.

use core::mem::offset_of;
use core::ptr::NonNull;

use crate::scalar::PVOID;

/// Index of the packet ring in [`NET_RING_COLLECTION::Rings`].
pub const PACKET_RING: usize = 0;
/// Index of the fragment ring in [`NET_RING_COLLECTION::Rings`].
pub const FRAGMENT_RING: usize = 1;

c_enums! {
    /// Kind of ring: the index in [`NET_RING_COLLECTION::Rings`].
    NET_RING_TYPE {
        /// Packets.
        NetRingTypePacket = 0,
        /// Fragments.
        NetRingTypeFragment = 1,
        /// Data buffers; NULL but in a mode that is not for general use.
        NetRingTypeDataBuffer = 2,
    }
}

c_structs! {
    /// Where a ring's elements begin: at the next cache line (`SYSTEM_CACHE_ALIGNMENT_SIZE`: 64 bytes on x64, 128 on
    /// ARM64).
    #[cfg_attr(not(target_arch = "aarch64"), repr(align(64)))]
    #[cfg_attr(target_arch = "aarch64", repr(align(128)))]
    #[derive(Debug)]
    struct NET_RING_BUFFER {
        /// The first byte of the first element.
        First: [u8; 1],
    }

    /// A ring's header; the elements follow it.
    #[derive(Debug)]
    struct NET_RING {
        /// Reserved.
        OSReserved1: u16,
        /// Bytes from one element to the next.
        ElementStride: u16,
        /// Number of elements, a power of two.
        NumberOfElements: u32,
        /// Number of elements minus one.
        ElementIndexMask: u32,
        /// One past the driver's last element. Only the framework writes it.
        EndIndex: u32,
        /// Reserved for the framework.
        OSReserved2: [PVOID; 4],
        /// The driver's first element. Only the driver writes it.
        BeginIndex: u32,
        /// Free for the driver, by custom the first element that it has not looked at yet. Zero at start.
        NextIndex: u32,
        /// Free for the driver.
        Scratch: PVOID,
        /// The elements.
        Buffer: NET_RING_BUFFER => ["Buffer": Buffer.First],
    }

    /// The rings of a queue.
    #[derive(Debug)]
    struct NET_RING_COLLECTION {
        /// By [`NET_RING_TYPE`]. The last may be NULL.
        Rings: [*mut NET_RING; 3],
    }
}

// What of the layout depends on the target, where tests cannot run.
const _: () = assert!(
    offset_of!(NET_RING, Buffer) == if cfg!(target_arch = "aarch64") { 128 } else { 64 }
        && size_of::<NET_RING>() == offset_of!(NET_RING, Buffer).wrapping_mul(2)
);

impl NET_RING_COLLECTION {
    /// The packet ring.
    #[must_use]
    pub const fn packet_ring(&self) -> *mut NET_RING {
        let [packets, _, _] = self.Rings;
        packets
    }

    /// The fragment ring.
    #[must_use]
    pub const fn fragment_ring(&self) -> *mut NET_RING {
        let [_, fragments, _] = self.Rings;
        fragments
    }
}

/// The size of a ring, and the arithmetic on its indices. Cannot overflow for any argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingMask(u32);

impl RingMask {
    /// The mask of a ring of so many elements; `None` if that is not a power of two.
    #[must_use]
    pub const fn of_size(number_of_elements: u32) -> Option<Self> {
        if number_of_elements.is_power_of_two() {
            Some(Self(number_of_elements.wrapping_sub(1)))
        } else {
            None
        }
    }

    /// The mask that a ring's header holds.
    ///
    /// # Safety
    /// `ring` points to a live ring of the framework.
    #[must_use]
    #[inline]
    pub const unsafe fn of_ring(ring: NonNull<NET_RING>) -> Self {
        // SAFETY: the caller promises that the ring lives; the framework never changes this field.
        Self(unsafe { field::<u32>(ring, offset_of!(NET_RING, ElementIndexMask)).read() })
    }

    /// Number of elements.
    #[must_use]
    pub const fn size(self) -> u32 {
        self.0.wrapping_add(1)
    }

    /// The index `count` elements after `index` (`NetRingAdvanceIndex`).
    #[must_use]
    #[inline]
    pub const fn advance(self, index: u32, count: u32) -> u32 {
        index.wrapping_add(count) & self.0
    }

    /// The index after `index` (`NetRingIncrementIndex`).
    #[must_use]
    #[inline]
    pub const fn increment(self, index: u32) -> u32 {
        self.advance(index, 1)
    }

    /// Number of elements in `[begin, end)` (`NetRingGetRangeCount`).
    #[must_use]
    #[inline]
    pub const fn range_len(self, begin: u32, end: u32) -> u32 {
        end.wrapping_sub(begin) & self.0
    }

    /// Whether `index` is in `[begin, end)`.
    #[must_use]
    #[inline]
    pub const fn range_contains(self, begin: u32, end: u32, index: u32) -> bool {
        index <= self.0 && self.range_len(begin, index) < self.range_len(begin, end)
    }

    /// Whether moving a cursor from `from` to `to` stays inside what `[from, end]` allows. This is what the framework
    /// demands of `BeginIndex`.
    #[must_use]
    #[inline]
    pub const fn may_move(self, from: u32, to: u32, end: u32) -> bool {
        to <= self.0 && self.range_len(from, to) <= self.range_len(from, end)
    }

    /// The indices of `[begin, end)`.
    #[must_use]
    #[inline]
    pub const fn range(self, begin: u32, end: u32) -> RingRange {
        RingRange {
            mask: self,
            next: begin & self.0,
            left: self.range_len(begin, end),
        }
    }

    /// The indices of a packet's fragments: `count` of them from `first` on. A count above the size, which no packet
    /// has, is cut to the size.
    #[must_use]
    #[inline]
    pub const fn fragments(self, first: u32, count: u16) -> RingRange {
        let count = count as u32;
        let left = if count > self.size() { self.size() } else { count };
        RingRange {
            mask: self,
            next: first & self.0,
            left,
        }
    }
}

/// Indices of a ring's elements, in order, over the end of the ring to its start.
#[derive(Clone, Debug)]
pub struct RingRange {
    mask: RingMask,
    next: u32,
    left: u32,
}

impl RingRange {
    /// The index of the first element that is left, or one past the last element.
    #[must_use]
    pub const fn next_index(&self) -> u32 {
        self.next
    }
}

impl Iterator for RingRange {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let index = self.next;
        self.next = self.mask.increment(index);
        Some(index)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for RingRange {}
impl core::iter::FusedIterator for RingRange {}

/// The address of a header's field. No reference is made: the header's last bytes may be the first element's.
const fn field<F>(ring: NonNull<NET_RING>, offset: usize) -> *mut F {
    ring.as_ptr().wrapping_byte_add(offset).cast()
}

/// A ring of `T` in memory. A copyable pointer with the ring's size; the functions are the header's inlines.
///
/// IRQL: that of the queue's callbacks, <= DISPATCH_LEVEL.
#[derive(Debug)]
pub struct Ring<T> {
    ring: NonNull<NET_RING>,
    mask: RingMask,
    stride: u16,
    element: core::marker::PhantomData<*mut T>,
}

impl<T> Clone for Ring<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ring<T> {}

impl<T> Ring<T> {
    /// Takes a ring of a queue.
    ///
    /// # Safety
    /// `ring` is a ring of a queue and its elements begin with a `T`: [`NET_PACKET`](super::NET_PACKET) for the packet
    /// ring, [`NET_FRAGMENT`](super::NET_FRAGMENT) for the fragment ring. The value is used only inside callbacks of
    /// that queue and not after the queue has stopped.
    #[must_use]
    #[inline]
    pub unsafe fn new(ring: NonNull<NET_RING>) -> Self {
        // SAFETY: the caller promises that the ring lives.
        let mask = unsafe { RingMask::of_ring(ring) };
        // SAFETY: as above; the framework never changes this field.
        let stride = unsafe { field::<u16>(ring, offset_of!(NET_RING, ElementStride)).read() };
        Self {
            ring,
            mask,
            stride,
            element: core::marker::PhantomData,
        }
    }

    /// The header.
    #[must_use]
    #[inline]
    pub const fn as_ptr(self) -> *mut NET_RING {
        self.ring.as_ptr()
    }

    /// The arithmetic on the ring's indices.
    #[must_use]
    #[inline]
    pub const fn mask(self) -> RingMask {
        self.mask
    }

    /// The driver's first element.
    #[must_use]
    #[inline]
    pub fn begin(self) -> u32 {
        // SAFETY: `new`'s caller promised a live ring; callbacks of a queue are serialised.
        unsafe { field::<u32>(self.ring, offset_of!(NET_RING, BeginIndex)).read() }
    }

    /// One past the driver's last element.
    #[must_use]
    #[inline]
    pub fn end(self) -> u32 {
        // SAFETY: `new`'s caller promised a live ring; the framework moves the index between callbacks only.
        unsafe { field::<u32>(self.ring, offset_of!(NET_RING, EndIndex)).read() }
    }

    /// `NextIndex`, the driver's own cursor.
    #[must_use]
    #[inline]
    pub fn next(self) -> u32 {
        // SAFETY: as for `begin`.
        unsafe { field::<u32>(self.ring, offset_of!(NET_RING, NextIndex)).read() }
    }

    /// Gives the elements before `index` back to the framework. Does nothing and returns false if `index` is outside
    /// of what the driver owns.
    #[must_use]
    #[inline]
    pub fn set_begin(self, index: u32) -> bool {
        if !self.mask().may_move(self.begin(), index, self.end()) {
            return false;
        }
        // SAFETY: as for `begin`; only the driver writes this field.
        unsafe { field::<u32>(self.ring, offset_of!(NET_RING, BeginIndex)).write(index) };
        true
    }

    /// Sets the driver's own cursor.
    #[inline]
    pub fn set_next(self, index: u32) {
        // SAFETY: as for `begin`; the field is free for the driver.
        unsafe { field::<u32>(self.ring, offset_of!(NET_RING, NextIndex)).write(index) };
    }

    /// The elements that the driver owns.
    #[must_use]
    #[inline]
    pub fn owned(self) -> RingRange {
        self.mask().range(self.begin(), self.end())
    }

    /// The element of an index, taken modulo the size, so that the address is inside the ring for any index
    /// (`NetRingGetElementAtIndex`). Whether it may be read or written is a question of ownership.
    #[must_use]
    #[inline]
    pub fn element(self, index: u32) -> NonNull<T> {
        let offset = (self.mask.advance(index, 0) as usize).wrapping_mul(usize::from(self.stride));
        // SAFETY: `Buffer` is a field of the live ring.
        let first = unsafe { self.ring.byte_add(offset_of!(NET_RING, Buffer)) };
        // SAFETY: the masked index is one of the ring's elements, which follow the header in the same allocation.
        unsafe { first.byte_add(offset) }.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn mask(size: u32) -> RingMask {
        RingMask::of_size(size).unwrap()
    }

    #[test]
    fn only_a_power_of_two_is_a_size() {
        for (size, good) in [
            (0, false),
            (1, true),
            (3, false),
            (256, true),
            (1 << 31, true),
            (u32::MAX, false),
        ] {
            assert_eq!(
                RingMask::of_size(size).map(RingMask::size),
                good.then_some(size),
                "{size}"
            );
        }
    }

    #[test]
    fn ranges_go_over_the_end() {
        for (begin, end, want) in [
            (0, 0, &[][..]),
            (0, 3, &[0, 1, 2]),
            (6, 1, &[6, 7, 0]),
            (7, 0, &[7]),
            (1, 0, &[1, 2, 3, 4, 5, 6, 7]),
        ] {
            let range = mask(8).range(begin, end);
            assert_eq!(range.len(), want.len(), "[{begin}, {end})");
            assert_eq!(range.clone().collect::<Vec<_>>(), want, "[{begin}, {end})");
            assert_eq!(
                mask(8).range_len(begin, end) as usize,
                want.len(),
                "[{begin}, {end})"
            );
            for index in 0..8 {
                assert_eq!(
                    mask(8).range_contains(begin, end, index),
                    want.contains(&index),
                    "[{begin}, {end}) {index}"
                );
            }
            assert!(
                !mask(8).range_contains(begin, end, 8),
                "an index past the ring is in no range"
            );
        }
    }

    #[test]
    fn a_cursor_moves_forward_up_to_the_end() {
        for (from, to, end, want) in [
            (0, 0, 0, true),
            (0, 1, 0, false),
            (6, 7, 1, true),
            (6, 1, 1, true),
            (6, 2, 1, false),
            (6, 5, 1, false),
            (0, 8, 7, false),
        ] {
            assert_eq!(mask(8).may_move(from, to, end), want, "{from} -> {to} in {end}");
        }
    }

    #[test]
    fn a_packets_fragments_are_counted_from_its_first() {
        for (first, count, want) in [
            (0, 0, &[][..]),
            (2, 1, &[2]),
            (3, 2, &[3, 0]),
            (1, 9, &[1, 2, 3, 0]),
        ] {
            assert_eq!(
                mask(4).fragments(first, count).collect::<Vec<_>>(),
                want,
                "{first}, {count}"
            );
        }
    }

    #[test]
    fn arithmetic_agrees_with_plain_division_on_every_small_ring() {
        for size in [1_u32, 2, 4, 8, 16] {
            for begin in 0..size {
                for count in 0..3 * size {
                    let end = (begin + count) % size;
                    assert_eq!(mask(size).advance(begin, count), end);
                    assert_eq!(mask(size).range_len(begin, end), count % size);
                }
            }
        }
    }

    /// A ring as the framework makes one: header and elements in one allocation.
    #[repr(C)]
    struct Memory {
        header: NET_RING,
        more: [u8; 256],
    }

    fn memory(size: u32, stride: u16) -> alloc::boxed::Box<Memory> {
        let header = NET_RING {
            OSReserved1: 0,
            ElementStride: stride,
            NumberOfElements: size,
            ElementIndexMask: size - 1,
            EndIndex: 0,
            OSReserved2: [core::ptr::null_mut(); 4],
            BeginIndex: 0,
            NextIndex: 0,
            Scratch: core::ptr::null_mut(),
            Buffer: NET_RING_BUFFER { First: [0] },
        };
        alloc::boxed::Box::new(Memory {
            header,
            more: [0; 256],
        })
    }

    #[test]
    fn elements_follow_the_header_at_their_stride() {
        let mut memory = memory(8, 24);
        let base = NonNull::from(memory.as_mut()).cast::<NET_RING>();
        // SAFETY: the header and room for eight elements are in one allocation that outlives `ring`.
        let ring = unsafe { Ring::<super::super::NET_FRAGMENT>::new(base) };
        for (index, offset) in [(0, 0), (1, 24), (7, 168), (8, 0), (u32::MAX, 168)] {
            let distance = ring.element(index).as_ptr() as usize - base.as_ptr() as usize;
            assert_eq!(
                distance,
                core::mem::offset_of!(NET_RING, Buffer) + offset,
                "{index}"
            );
        }
    }

    #[test]
    fn begin_index_stays_inside_what_is_owned() {
        let mut memory = memory(4, 8);
        memory.header.EndIndex = 3;
        // SAFETY: the header and its elements are in one allocation that outlives `ring`.
        let ring = unsafe { Ring::<u64>::new(NonNull::from(memory.as_mut()).cast()) };
        assert_eq!(ring.owned().collect::<Vec<_>>(), [0, 1, 2]);
        assert!(ring.set_begin(2));
        assert!(!ring.set_begin(0), "not backwards");
        assert!(!ring.set_begin(4), "not outside of the ring");
        assert!(ring.set_begin(3));
        assert_eq!(ring.owned().next(), None);
        ring.set_next(1);
        assert_eq!((ring.begin(), ring.next(), ring.end()), (3, 1, 3));
    }
}
