//! What the verifier of NetAdapterCx checks of every ring after each callback.
//!
//! | the driver promises                                            | else               |
//! |----------------------------------------------------------------|--------------------|
//! | it leaves the framework's part of the header alone                | `net-ring-header`  |
//! | `BeginIndex` moves forward only, not past `EndIndex`                | `net-ring-index`   |
//! | it leaves elements alone that it doesn't own (strict: every byte)     | `net-ring-element` |
//!
//! A header or index that was damaged is put right, and the run goes on.

use std::mem::offset_of;

use netcx_sys::netadaptercx::{NET_RING, RingMask, RingRange};

use super::ring::Ring;
use crate::violate;

/// One ring from the framework's side. Used by the thread of its queue only.
pub(super) struct Tracked {
    what: &'static str,
    /// The driver's first element when last looked at.
    begin: u32,
    end: u32,
    header: [u8; offset_of!(NET_RING, BeginIndex)],
    /// What each element was like when it last changed hands.
    image: Vec<u8>,
    stride: usize,
    strict: bool,
}

impl Tracked {
    /// Begins with a ring whose indices are 0.
    pub(super) fn new(what: &'static str, ring: &Ring, strict: bool) -> Self {
        let size = ring.stride() * ring.count() as usize;
        let mut image = vec![0; size];
        ring.element::<u8>(0).read_into(&mut image);
        Self {
            what,
            begin: 0,
            end: 0,
            header: ring.immutable().read(),
            image,
            stride: ring.stride(),
            strict,
        }
    }

    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// Elements that the driver owns.
    pub(super) fn owned(&self, ring: &Ring) -> u32 {
        ring.mask().range_len(self.begin, self.end)
    }

    /// Elements that can be posted: one always stays out.
    pub(super) fn room(&self, ring: &Ring) -> u32 {
        ring.count() - 1 - self.owned(ring)
    }

    /// Takes note of an element that was just filled in, and gives it to the driver with the next [`publish`](Self::publish).
    pub(super) fn post(&mut self, ring: &Ring) {
        let at = self.stride * self.end as usize;
        ring.element::<u8>(self.end)
            .read_into(&mut self.image[at..at + self.stride]);
        self.end = ring.mask().increment(self.end);
    }

    /// Lets the driver see what was posted.
    pub(super) fn publish(&mut self, ring: &Ring) {
        ring.set_end(self.end);
        let at = offset_of!(NET_RING, EndIndex);
        self.header[at..at + 4].copy_from_slice(&self.end.to_ne_bytes());
    }

    /// Looks at the ring after a callback. Returns the elements that the driver has given back.
    pub(super) fn check(&mut self, ring: &Ring, callback: &str) -> RingRange {
        let mask = ring.mask();
        let header = ring.immutable();
        if header.read() != self.header {
            violate!(
                NET_RING_HEADER,
                "{callback} changed the header of the {} ring",
                self.what
            );
            header.write(self.header);
        }
        let mut begin = ring.begin();
        if !mask.may_move(self.begin, begin, self.end) {
            violate!(
                NET_RING_INDEX,
                "{callback} moved BeginIndex of the {} ring from {} to {begin}; EndIndex is {}",
                self.what,
                self.begin,
                self.end
            );
            begin = self.begin;
            ring.set_begin(begin);
        }
        if self.strict {
            self.check_others(ring, mask, callback);
        }
        let returned = mask.range(self.begin, begin);
        self.begin = begin;
        returned
    }

    /// Compares every element that the driver didn't own during the callback.
    fn check_others(&mut self, ring: &Ring, mask: RingMask, callback: &str) {
        let others = ring.count() - mask.range_len(self.begin, self.end);
        for i in 0..others {
            let index = mask.advance(self.end, i);
            let at = self.stride * index as usize;
            let now = ring.element::<u8>(index);
            if now.slice(self.stride) != &self.image[at..at + self.stride] {
                violate!(
                    NET_RING_ELEMENT,
                    "{callback} changed element {index} of the {} ring, which the driver doesn't own ({}..{})",
                    self.what,
                    self.begin,
                    self.end
                );
                now.write_bytes(&self.image[at..at + self.stride]);
            }
        }
    }

    /// What an element was like when it was posted.
    pub(super) fn posted<T: Copy>(&self, index: u32) -> T {
        let at = self.stride * index as usize;
        let bytes = &self.image[at..at + size_of::<T>()];
        crate::guest::Guest::<T>::at(bytes.as_ptr() as usize).read()
    }

    /// Takes note of an element that came back, as it is now.
    pub(super) fn take_back(&mut self, ring: &Ring, index: u32) {
        if self.strict {
            let at = self.stride * index as usize;
            ring.element::<u8>(index)
                .read_into(&mut self.image[at..at + self.stride]);
        }
    }
}
