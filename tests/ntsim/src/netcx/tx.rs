//! The transmit queue's side: frames of the host become packets of the ring.
//!
//! A frame is read into shared memory and stays there until the driver has given all of its packets back. A segment of a
//! super-packet is two fragments: headers of its own, and its payload where it was read. Packets that the driver's
//! capabilities rule out (too many fragments, wrong alignment) are copied into a bounce buffer, ones that are too long are
//! posted as ignored, as Windows does.
//!
//! | the driver promises                                    | else              |
//! |--------------------------------------------------------|-------------------|
//! | it changes nothing but `Scratch` of packets and fragments  | `net-tx-packet`   |
//! | it doesn't write into the data                            | `access-violation` |
//! | it reads no data of a packet that it has given back (strict) | `access-violation` |

use std::io;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netcx_sys::netadaptercx::{NET_FRAGMENT, NET_PACKET};

use super::fill::{Fill, MAX_FRAGMENTS, Request};
use super::offload::Offloads;
use super::outbound::{FRAME, HEADERS, Outbound};
use super::packet::{self, Headers, UDP};
use super::poll::{Returned, Rings, Side};
use super::queue::Queue;
use super::segment::{self, Cursor};
use super::vnet::{self, Header};
use super::wire::Wire;
use crate::{machine, report, violate};

/// Packets of one round: what the class extension of 2.2 has built in.
const ROUND: u32 = 64;
/// After an error of the interface (it is gone): how long it is left alone.
const PAUSE: Duration = Duration::from_millis(50);

/// What is to be posted next.
enum Pending {
    /// A packet that is whole: begin and length in the memory.
    Whole {
        start: usize,
        length: usize,
        request: Request,
    },
    /// A super-packet.
    Segments(Cursor),
}

#[derive(Default)]
struct Counters {
    packets: u64,
    bytes: u64,
    segments: u64,
    odd: u64,
}

/// See the module.
pub(super) struct Tx {
    wire: Arc<Wire>,
    memory: Outbound,
    fill: Fill,
    pending: Option<Pending>,
    offloads: Offloads,
    quiet_until: Option<Instant>,
    closed: bool,
    counters: Counters,
}

impl Tx {
    pub(super) fn new(queue: &Queue, wire: Arc<Wire>) -> io::Result<Self> {
        let settings = queue.adapter.settings.lock();
        let (offloads, mtu) = (settings.offloads, settings.mtu as usize);
        drop(settings);
        let fill = Fill::new(queue, mtu)?;
        let backfill = fill.capabilities.backfill;
        let longest = offloads.gso.map_or(mtu, |(_, size, _)| mtu.max(size + HEADERS));
        let strict = machine::with_config(|c| c.strict);
        Ok(Self {
            wire,
            memory: Outbound::new(queue.packets.count() as usize, longest, backfill, strict)?,
            fill,
            pending: None,
            offloads,
            quiet_until: None,
            closed: false,
            counters: Counters::default(),
        })
    }

    /// Reads the next frame.
    fn read(&mut self) -> Option<Pending> {
        if self.quiet_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        self.quiet_until = None;
        let frame = self.memory.next_frame()?;
        let target = &mut self.memory.bytes_mut()[frame..frame + FRAME];
        let length = match self.wire.read(target) {
            Ok(length) => length,
            Err(error) => {
                if !matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) {
                    self.quiet_until = Some(Instant::now() + PAUSE);
                }
                return None;
            }
        };
        self.memory.keep(frame, length);
        let pending = self.describe(frame, length);
        if pending.is_none() {
            self.counters.odd += 1;
        }
        pending
    }

    /// What a frame asks for, and who does it: the driver if it offers that, else we.
    fn describe(&mut self, frame: usize, length: usize) -> Option<Pending> {
        let start = frame + vnet::LENGTH;
        let length = length.checked_sub(vnet::LENGTH)?;
        let header = Header::parse(&self.memory.bytes()[frame..start])?;
        if let Some((_, size)) = header.segments {
            let cursor = Cursor::new(self.memory.bytes(), start, length, size)?;
            if let Some(request) = self.offload_segments(&cursor) {
                return Some(Pending::Whole {
                    start,
                    length,
                    request,
                });
            }
            return Some(Pending::Segments(cursor));
        }
        let mut request = Request::default();
        if let Some((from, offset)) = header.checksum {
            let packet = &mut self.memory.bytes_mut()[start..start + length];
            let covered = self.offloads.tx_checksum.is_some_and(|offload| {
                Headers::parse(packet).is_some_and(|h| offload.cover(h.ipv6, h.protocol == UDP))
            });
            if covered {
                request.checksum = true;
            } else if !segment::complete(packet, from, offset) {
                return None;
            }
        }
        Some(Pending::Whole {
            start,
            length,
            request,
        })
    }

    /// Whether the driver takes a super-packet as it is.
    fn offload_segments(&mut self, cursor: &Cursor) -> Option<Request> {
        let (headers, size, least) = self.offloads.gso?;
        let Headers {
            ipv6,
            protocol,
            layer3,
            ..
        } = cursor.headers;
        let fits = cursor.payload_length() <= size && cursor.segments() >= least;
        if !fits || !headers.cover(ipv6, protocol == UDP) {
            return None;
        }
        // The pseudo header of a packet to be segmented goes without a length.
        let packet = &mut self.memory.bytes_mut()[cursor.start..cursor.start + cursor.length];
        let sum = packet::pseudo(packet, ipv6, protocol, 0);
        let at = layer3 + packet::checksum_offset(protocol);
        packet[at..at + 2].copy_from_slice(&packet::fold(sum).to_ne_bytes());
        Some(Request {
            checksum: true,
            mss: cursor.size(),
        })
    }

    /// Posts the next packet of what is pending. `false`: there is none, or the rings have no room for it.
    fn post_one(&mut self, queue: &Queue, rings: &mut Rings) -> bool {
        if (rings.fragments.room(&queue.fragments) as usize) < MAX_FRAGMENTS {
            return false;
        }
        let index = rings.packets.end();
        let length = match self.pending.take() {
            None => return false,
            Some(Pending::Whole {
                start,
                length,
                request,
            }) => {
                self.memory.hold(index, start);
                let pieces = [(start, length)];
                self.fill.packet(queue, rings, &mut self.memory, &pieces, request)
            }
            Some(Pending::Segments(cursor)) => self.post_segment(queue, rings, cursor),
        };
        self.counters.packets += u64::from(length != 0);
        self.counters.bytes += length as u64;
        true
    }

    fn post_segment(&mut self, queue: &Queue, rings: &mut Rings, mut cursor: Cursor) -> usize {
        let index = rings.packets.end();
        let Headers { ipv6, protocol, .. } = cursor.headers;
        let partial = (self.offloads.tx_checksum).is_some_and(|offload| offload.cover(ipv6, protocol == UDP));
        let slot = self.memory.headers(index);
        let (frames, headers) = self.memory.split_at_headers(slot);
        let segment = cursor.next(frames, headers, partial);
        let (at, length) = segment.payload;
        let pieces = [(slot, segment.headers), (cursor.start + at, length)];
        let pieces = if length == 0 { &pieces[..1] } else { &pieces[..] };
        let request = Request {
            checksum: partial,
            mss: 0,
        };
        self.memory.hold(index, cursor.start);
        self.counters.segments += 1;
        if !cursor.is_done() {
            self.pending = Some(Pending::Segments(cursor));
        }
        self.fill.packet(queue, rings, &mut self.memory, pieces, request)
    }

    /// A packet came back: it must be as it was, but for `Scratch`.
    fn check_packet(queue: &Queue, rings: &Rings, index: u32) {
        let mut posted: NET_PACKET = rings.packets.posted(index);
        let now = queue.packets.element::<NET_PACKET>(index).read();
        // One bit: it fits.
        let _ = posted.set_scratch(now.scratch());
        if now != posted {
            violate!(
                NET_TX_PACKET,
                "the driver changed packet {index} from {posted:?} to {now:?}"
            );
        }
    }

    fn check_fragment(queue: &Queue, rings: &Rings, index: u32) {
        let mut posted: NET_FRAGMENT = rings.fragments.posted(index);
        let now = queue.fragments.element::<NET_FRAGMENT>(index).read();
        // One bit: it fits.
        let _ = posted.set_scratch(now.scratch());
        if now != posted {
            violate!(
                NET_TX_PACKET,
                "the driver changed fragment {index} from {posted:?} to {now:?}"
            );
        }
    }
}

impl Side for Tx {
    fn post(&mut self, queue: &Queue, rings: &mut Rings) -> bool {
        let mut posted = 0;
        while posted < ROUND && !self.closed && rings.packets.room(&queue.packets) > 0 {
            if self.pending.is_none() {
                self.pending = self.read();
            }
            if !self.post_one(queue, rings) {
                break;
            }
            posted += 1;
        }
        if posted > 0 {
            rings.fragments.publish(&queue.fragments);
            rings.packets.publish(&queue.packets);
        }
        posted > 0
    }

    fn collect(&mut self, queue: &Queue, rings: &mut Rings, returned: Returned) {
        let busy = self.pending.is_some();
        for index in returned.packets {
            Self::check_packet(queue, rings, index);
            rings.packets.take_back(&queue.packets, index);
            self.memory.release(index, busy);
        }
        for index in returned.fragments {
            Self::check_fragment(queue, rings, index);
            rings.fragments.take_back(&queue.fragments, index);
            self.fill.release(index);
        }
    }

    fn close(&mut self, _queue: &Queue, _rings: &mut Rings) {
        self.closed = true;
        self.pending = None;
    }

    fn source(&self, queue: &Queue, rings: &Rings) -> Option<RawFd> {
        let packets = rings.packets.room(&queue.packets) > 0;
        let fragments = rings.fragments.room(&queue.fragments) as usize >= MAX_FRAGMENTS;
        let reads = self.pending.is_none() && self.quiet_until.is_none() && self.memory.has_room();
        (packets && fragments && reads).then(|| self.wire.descriptor())
    }

    fn is_drained(&self, queue: &Queue, rings: &Rings) -> bool {
        rings.packets.owned(&queue.packets) == 0
    }

    fn report(&mut self) {
        let counters = std::mem::take(&mut self.counters);
        report::count("net tx: packets", counters.packets);
        report::count("net tx: bytes", counters.bytes);
        report::count(
            "net tx: packets that were segments of larger ones",
            counters.segments,
        );
        report::count("net tx: packets copied to a bounce buffer", self.fill.bounced);
        report::count("net tx: dropped, longer than the MTU", self.fill.ignored);
        report::count("net tx: dropped, not understood", counters.odd);
    }
}
