//! The receive queue's side: packets that the driver returns go to the host, their buffers back to the driver.
//!
//! Posted packets and fragments are poisoned: all ones where the driver must write.
//!
//! | the driver promises of a packet that it doesn't mark as ignored      | else             |
//! |---------------------------------------------------------------------|------------------|
//! | it has written FragmentIndex, FragmentCount and the types of the layout  | `net-rx-packet`  |
//! | its fragments are among those returned with it, in order, without overlap | `net-rx-packet`  |
//! | header lengths are 0 or possible ones                                   | `net-rx-packet`  |
//! | ValidLength and Offset are written and lie within Capacity               | `net-rx-fragment` |
//! | Capacity: written (driver-managed), left alone (system-managed)          | `net-rx-fragment` |
//! | the buffer lies in nonpaged pool (driver-managed)                        | `net-rx-buffer`  |
//! | it has written every valid byte (system-managed, strict)                 | `net-rx-buffer`  |
//! | an ignored packet is left as it was                                     | `net-rx-packet`  |
//!
//! The stack drops without a word: frames above MaximumFrameSize, and packets whose later fragments have an offset.

use std::io::{self, IoSlice};
use std::os::fd::RawFd;
use std::sync::Arc;

use netcx_sys::netadaptercx::{
    NET_FRAGMENT, NET_FRAGMENT_EXTENSION_MDL, NET_FRAGMENT_EXTENSION_RETURN_CONTEXT,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET, RingRange,
};

use super::capabilities::{ReturnRxBuffer, RxBuffers};
use super::coalesce::{Coalescer, Sink};
use super::poison;
use super::poll::{Returned, Rings, Side};
use super::queue::Queue;
use super::ring::{Column, Memory};
use super::vnet;
use super::wire::Wire;
use crate::faults::{self, Action};
use crate::guest::Guest;
use crate::ntoskrnl::{mdl, pool};
use crate::{machine, report, violate};

/// What unwritten bytes of a system-managed buffer look like.
const PATTERN: u8 = 0xA5;
/// So many bytes of it in a row weren't written.
const UNWRITTEN: usize = 16;
/// Buffers that are known to be nonpaged, by their address.
const KNOWN: usize = 4096;
#[derive(Default)]
struct Counters {
    packets: u64,
    bytes: u64,
    ignored: u64,
    dropped: u64,
    refused: u64,
}

/// The host's end, with what it refused.
struct Up {
    wire: Arc<Wire>,
    refused: u64,
}

impl Sink for Up {
    fn write(&mut self, pieces: &[IoSlice<'_>]) {
        if self.wire.write(pieces).is_err() {
            // The interface is down, or the packet isn't one.
            self.refused += 1;
        }
    }
}

enum Buffers {
    /// One for each fragment of the ring.
    System {
        _memory: Memory,
        base: usize,
        size: usize,
    },
    /// The driver's, which get back.
    Driver {
        give_back: ReturnRxBuffer,
        /// Contexts to return in this round.
        due: Vec<usize>,
        /// Contexts that a fault keeps.
        held: Vec<usize>,
    },
}

/// See the module.
pub(super) struct Rx {
    up: Up,
    buffers: Buffers,
    max_frame: usize,
    address: Option<Column>,
    context: Option<Column>,
    mdl: Option<Column>,
    known: Vec<usize>,
    coalescer: Coalescer,
    /// Memory for the pieces of one packet, and for the whole of it.
    pieces: Vec<&'static [u8]>,
    scratch: Vec<u8>,
    strict: bool,
    faults: bool,
    closed: bool,
    counters: Counters,
}

impl Rx {
    pub(super) fn new(queue: &Queue, wire: Arc<Wire>) -> io::Result<Self> {
        let settings = queue.adapter.settings.lock();
        let capabilities = settings.rx.ok_or(io::ErrorKind::InvalidInput)?;
        drop(settings);
        let count = queue.fragments.count() as usize;
        let buffers = match capabilities.buffers {
            RxBuffers::Driver(give_back) => Buffers::Driver {
                give_back,
                due: Vec::with_capacity(count),
                held: Vec::new(),
            },
            RxBuffers::System { alignment } => {
                // Whole pages, as the class extension has it; that is aligned enough for any driver.
                let size = capabilities.max_frame.next_multiple_of(alignment.max(4096));
                let memory = Memory::new(size * count)?;
                Buffers::System {
                    base: memory.start(),
                    _memory: memory,
                    size,
                }
            }
        };
        let (strict, faults) = machine::with_config(|c| (c.strict, !c.faults.rules.is_empty()));
        let coalescer = Coalescer::new(wire.takes_udp_super_packets());
        Ok(Self {
            up: Up { wire, refused: 0 },
            buffers,
            max_frame: capabilities.max_frame,
            address: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS),
            context: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_RETURN_CONTEXT),
            mdl: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_MDL),
            known: vec![0; KNOWN],
            coalescer,
            pieces: Vec::new(),
            scratch: Vec::new(),
            strict,
            faults,
            closed: false,
            counters: Counters::default(),
        })
    }

    fn post_packet(queue: &Queue, rings: &mut Rings) {
        let packet = queue.packets.element::<NET_PACKET>(rings.packets.end());
        packet.write(poison::packet());
        rings.packets.post(&queue.packets);
    }

    fn post_fragment(&self, queue: &Queue, rings: &mut Rings) {
        let index = rings.fragments.end();
        let mut fragment = poison::fragment();
        match &self.buffers {
            Buffers::Driver { .. } => {}
            Buffers::System { base, size, .. } => {
                // 26 bits, as the capabilities were checked for.
                let _ = fragment.set_capacity(u32::try_from(self.max_frame).unwrap_or(0));
                let buffer = base + size * index as usize;
                if let Some(column) = self.address {
                    column.at(index).write(buffer);
                }
                if let Some(column) = self.mdl {
                    let old: Guest<crate::abi::wdm::Mdl> = column.at(index).read();
                    if old.is_null() {
                        column.at(index).write(mdl::system(buffer, self.max_frame));
                    }
                }
                if self.strict {
                    Guest::<u8>::at(buffer).fill(self.max_frame, PATTERN);
                }
            }
        }
        queue.fragments.element::<NET_FRAGMENT>(index).write(fragment);
        rings.fragments.post(&queue.fragments);
    }

    /// Takes one returned packet. `left` are the returned fragments that no packet has used yet.
    fn take(&mut self, queue: &Queue, rings: &Rings, index: u32, left: &mut RingRange) {
        let packet = queue.packets.element::<NET_PACKET>(index).read();
        if packet.is_ignored() {
            self.counters.ignored += 1;
            let mut expected: NET_PACKET = rings.packets.posted(index);
            expected.mark_ignored();
            // One bit: it fits.
            let _ = expected.set_scratch(packet.scratch());
            if packet != expected {
                violate!(
                    NET_RX_PACKET,
                    "packet {index} is ignored, but was filled in: {packet:?}"
                );
            }
            return;
        }
        if let Some(text) = poison::packet_complaint(&packet, left, queue.fragments.mask()) {
            violate!(NET_RX_PACKET, "packet {index}: {text} ({packet:?})");
            self.counters.dropped += 1;
            return;
        }
        let mask = queue.fragments.mask();
        while left.next_index() != packet.FragmentIndex {
            left.next();
        }
        let mut pieces = std::mem::take(&mut self.pieces);
        let mut good = true;
        for (i, fragment) in mask
            .fragments(packet.FragmentIndex, packet.FragmentCount)
            .enumerate()
        {
            left.next();
            match self.piece(queue, rings, fragment, i == 0) {
                Some(piece) => pieces.push(piece),
                None => good = false,
            }
            if let (Buffers::Driver { due, .. }, Some(column)) = (&mut self.buffers, self.context) {
                due.push(column.at::<usize>(fragment).read());
            }
        }
        if good {
            self.deliver(&pieces);
        } else {
            self.counters.dropped += 1;
        }
        pieces.clear();
        self.pieces = pieces;
    }

    /// The data of one fragment; `None` if the stack drops the packet.
    fn piece(&mut self, queue: &Queue, rings: &Rings, index: u32, first: bool) -> Option<&'static [u8]> {
        let fragment = queue.fragments.element::<NET_FRAGMENT>(index).read();
        let posted: NET_FRAGMENT = rings.fragments.posted(index);
        let (length, offset) = (fragment.valid_length() as usize, fragment.offset() as usize);
        let capacity = fragment.capacity() as usize;
        let system = matches!(self.buffers, Buffers::System { .. });
        if let Some(text) = poison::fragment_complaint(&fragment, &posted, system) {
            violate!(NET_RX_FRAGMENT, "fragment {index}: {text} ({fragment:?})");
            return None;
        }
        if capacity > self.max_frame || !first && offset != 0 {
            return None;
        }
        let address: usize = self.address?.at(index).read();
        if system {
            self.check_written(index, address + offset, length);
        } else {
            self.check_nonpaged(index, address, capacity);
        }
        Some(Guest::<u8>::at(address + offset).slice(length))
    }

    fn check_written(&self, index: u32, address: usize, length: usize) {
        if !self.strict {
            return;
        }
        let bytes: &[u8] = Guest::<u8>::at(address).slice(length);
        let at = bytes
            .windows(UNWRITTEN)
            .position(|w| w.iter().all(|b| *b == PATTERN));
        if let Some(at) = at {
            violate!(
                NET_RX_BUFFER,
                "bytes from {at} on of fragment {index} were never written"
            );
        }
    }

    /// Whether a driver's buffer is in nonpaged pool; each address is looked up once.
    fn check_nonpaged(&mut self, index: u32, address: usize, capacity: usize) {
        // Fibonacci hashing: buffers are often a power of two apart.
        let slot = address.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (usize::BITS - KNOWN.trailing_zeros());
        if self.known[slot] == address {
            return;
        }
        if pool::is_nonpaged(address, capacity) {
            self.known[slot] = address;
        } else {
            violate!(
                NET_RX_BUFFER,
                "the buffer of fragment {index} ({address:#x}, {capacity} bytes) isn't in nonpaged pool"
            );
        }
    }

    fn deliver(&mut self, pieces: &[&'static [u8]]) {
        let length: usize = pieces.iter().map(|p| p.len()).sum();
        self.counters.packets += 1;
        self.counters.bytes += length as u64;
        if let [packet] = pieces {
            return self.coalescer.push(packet, &mut self.up);
        }
        // Order within a flow: what was gathered goes first.
        self.coalescer.flush(&mut self.up);
        self.scratch.clear();
        pieces
            .iter()
            .for_each(|piece| self.scratch.extend_from_slice(piece));
        self.up
            .write(&[IoSlice::new(&[0; vnet::LENGTH]), IoSlice::new(&self.scratch)]);
    }

    /// Keeps buffers for later, if the plan of faults says so.
    fn hold_back(&mut self) {
        let Buffers::Driver { due, held, .. } = &mut self.buffers else {
            return;
        };
        due.retain(|context| {
            let keep = faults::decide("EvtAdapterReturnRxBuffer", "") == Action::Pend;
            if keep {
                held.push(*context);
            }
            !keep
        });
    }

    fn give_back(&mut self, queue: &Queue, rings: &Rings) {
        let Buffers::Driver { give_back, due, .. } = &mut self.buffers else {
            return;
        };
        if due.is_empty() {
            return;
        }
        let (adapter, give_back) = (queue.adapter.handle(), *give_back);
        // The whole batch is one entry of the report: a measurement for each would cost more than the call.
        rings.call("EvtAdapterReturnRxBuffer", || {
            for context in due.drain(..) {
                // SAFETY: the driver's callback with its adapter and a context that it gave us once.
                unsafe { give_back(adapter, std::ptr::without_provenance_mut(context)) };
            }
        });
    }
}

impl Side for Rx {
    fn post(&mut self, queue: &Queue, rings: &mut Rings) -> bool {
        if self.closed {
            return false;
        }
        let packets = rings.packets.room(&queue.packets);
        (0..packets).for_each(|_| Self::post_packet(queue, rings));
        let fragments = rings.fragments.room(&queue.fragments);
        (0..fragments).for_each(|_| self.post_fragment(queue, rings));
        rings.fragments.publish(&queue.fragments);
        rings.packets.publish(&queue.packets);
        // Giving back what was just taken is no progress: the driver has all it can have.
        false
    }

    fn collect(&mut self, queue: &Queue, rings: &mut Rings, returned: Returned) {
        let mut left = returned.fragments.clone();
        for index in returned.packets {
            self.take(queue, rings, index, &mut left);
            rings.packets.take_back(&queue.packets, index);
        }
        for index in returned.fragments {
            rings.fragments.take_back(&queue.fragments, index);
        }
        self.coalescer.flush(&mut self.up);
    }

    fn finish_round(&mut self, queue: &Queue, rings: &mut Rings) {
        if self.faults && !self.closed {
            self.hold_back();
        }
        self.give_back(queue, rings);
    }

    fn close(&mut self, queue: &Queue, rings: &mut Rings) {
        self.closed = true;
        if let Buffers::Driver { due, held, .. } = &mut self.buffers {
            due.append(held);
        }
        rings.at_dispatch = false;
        self.give_back(queue, rings);
    }

    fn source(&self, _queue: &Queue, _rings: &Rings) -> Option<RawFd> {
        None
    }

    fn is_drained(&self, queue: &Queue, rings: &Rings) -> bool {
        rings.packets.owned(&queue.packets) == 0 && rings.fragments.owned(&queue.fragments) == 0
    }

    fn report(&mut self) {
        let counters = std::mem::take(&mut self.counters);
        report::count("net rx: packets", counters.packets);
        report::count("net rx: bytes", counters.bytes);
        report::count(
            "net rx: packets that went up in larger ones",
            self.coalescer.coalesced,
        );
        report::count("net rx: returned unused", counters.ignored);
        report::count("net rx: dropped, not as the stack wants it", counters.dropped);
        report::count(
            "net rx: refused by the host's interface",
            counters.refused + self.up.refused,
        );
    }
}
