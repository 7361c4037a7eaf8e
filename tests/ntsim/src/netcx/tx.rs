//! The transmit queue's side: frames of the host become packets of the ring.
//!
//! A frame is read into a chunk of shared memory and stays there until the driver has given all of its packets back. A segment of
//! a super-packet is two fragments: headers of its own, and its payload where it was read. Packets that the driver's
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
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use netcx_sys::netadaptercx::{
    NET_FRAGMENT, NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS, NET_FRAGMENT_EXTENSION_MDL,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET, NET_PACKET_CHECKSUM, NET_PACKET_EXTENSION_CHECKSUM,
    NET_PACKET_EXTENSION_GSO, NET_PACKET_GSO, NetPacketTxChecksumActionRequired,
};

use super::capabilities::TxCapabilities;
use super::offload::Offloads;
use super::packet::{self, Headers, UDP};
use super::poll::{Returned, Rings, Side};
use super::queue::Queue;
use super::ring::Column;
use super::segment::{self, Cursor};
use super::shared::Shared;
use super::vnet::{self, Header};
use super::wire::Wire;
use crate::abi::wdm::Mdl;
use crate::faults::Random;
use crate::guest::Guest;
use crate::ntoskrnl::mdl;
use crate::{machine, report, violate};

/// Packets of one round: what the class extension of 2.2 has built in.
const ROUND: u32 = 64;
/// A chunk takes a few super-packets, or many small ones.
const CHUNK: usize = 256 << 10;
const CHUNKS: usize = 8;
/// The largest frame: 64 KiB behind a virtio-net header.
const FRAME: usize = (64 << 10) + vnet::LENGTH;
/// Room for the headers of one packet: IP with options and TCP with options, twice.
const HEADERS: usize = 256;
/// After an error of the interface (it is down): how long it is left alone.
const PAUSE: Duration = Duration::from_millis(50);
const NO_CHUNK: u8 = u8::MAX;

/// What is known of a posted packet.
#[derive(Clone, Copy)]
struct Slot {
    chunk: u8,
}

struct Chunk {
    /// Bytes in use from the beginning.
    used: usize,
    /// Packets in the ring that lie in it.
    packets: u32,
    /// The driver can't see it (strict mode).
    hidden: bool,
}

/// What is to be posted next.
enum Pending {
    /// A packet that is whole: begin and length in the memory, request of offloads.
    Whole {
        start: usize,
        length: usize,
        request: Request,
    },
    /// A super-packet.
    Segments(Cursor),
}

/// What the driver shall do with a packet.
#[derive(Clone, Copy, Default)]
struct Request {
    checksum: bool,
    /// Payload of a segment; 0: leave it whole.
    mss: usize,
}

#[derive(Default)]
struct Counters {
    packets: u64,
    bytes: u64,
    segments: u64,
    bounced: u64,
    too_long: u64,
    odd: u64,
}

/// See the module.
pub(super) struct Tx {
    wire: Arc<Wire>,
    memory: Shared,
    /// Where headers, then bounce buffers begin in the memory.
    headers: usize,
    bounce: usize,
    bounce_size: usize,
    chunks: Vec<Chunk>,
    current: usize,
    pending: Option<Pending>,
    slots: Vec<Slot>,
    mdls: Vec<Guest<Mdl>>,
    capabilities: TxCapabilities,
    offloads: Offloads,
    longest: usize,
    /// 2.0 describes memory from where its MDL begins.
    offsets: bool,
    strict: Option<Random>,
    address: Option<Column>,
    logical: Option<Column>,
    mdl: Option<Column>,
    checksum: Option<Column>,
    gso: Option<Column>,
    quiet_until: Option<Instant>,
    closed: bool,
    counters: Counters,
}

impl Tx {
    pub(super) fn new(queue: &Queue, wire: Arc<Wire>) -> io::Result<Self> {
        let settings = queue.adapter.settings.lock();
        let (capabilities, offloads, mtu) = (settings.tx, settings.offloads, settings.mtu as usize);
        drop(settings);
        let capabilities = capabilities.ok_or(io::ErrorKind::InvalidInput)?;
        let count = queue.packets.count() as usize;
        let largest = offloads.gso.map_or(mtu, |(_, size, _)| mtu.max(size + HEADERS));
        let bounce_size = (capabilities.backfill + largest.min(FRAME)).next_multiple_of(4096);
        let header_size = HEADERS + capabilities.backfill.next_multiple_of(64);
        let headers = CHUNK * CHUNKS;
        let bounce = (headers + header_size * count).next_multiple_of(4096);
        let (strict, seed) = machine::with_config(|c| (c.strict, c.seed));
        let new_chunk = || Chunk {
            used: 0,
            packets: 0,
            hidden: false,
        };
        Ok(Self {
            wire,
            memory: Shared::new(bounce + bounce_size * count)?,
            headers,
            bounce,
            bounce_size,
            chunks: (0..CHUNKS).map(|_| new_chunk()).collect(),
            current: 0,
            pending: None,
            slots: vec![Slot { chunk: NO_CHUNK }; count],
            mdls: vec![Guest::null(); queue.fragments.count() as usize],
            capabilities,
            offloads,
            longest: mtu,
            offsets: !queue.adapter.client.polls_at_dispatch(),
            strict: strict.then(|| Random::new(seed)),
            address: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS),
            logical: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS),
            mdl: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_MDL),
            checksum: Column::of(&queue.packets, &NET_PACKET_EXTENSION_CHECKSUM),
            gso: Column::of(&queue.packets, &NET_PACKET_EXTENSION_GSO),
            quiet_until: None,
            closed: false,
            counters: Counters::default(),
        })
    }

    /// A chunk with room for one more frame.
    fn room(&mut self) -> Option<usize> {
        let need = FRAME + self.capabilities.backfill + 64;
        let fits = |chunk: &Chunk| chunk.used + need <= CHUNK;
        if !fits(&self.chunks[self.current]) {
            self.current = self.chunks.iter().position(|c| c.packets == 0)?;
            self.chunks[self.current].used = 0;
        }
        if std::mem::take(&mut self.chunks[self.current].hidden) {
            self.memory.show(self.current * CHUNK, CHUNK, true);
        }
        Some(self.current)
    }

    /// Reads the next frame.
    fn read(&mut self) -> Option<Pending> {
        if self.quiet_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        self.quiet_until = None;
        let chunk = self.room()?;
        let gap = vnet::LENGTH + self.capabilities.backfill;
        let packet = (chunk * CHUNK + self.chunks[chunk].used + gap).next_multiple_of(64);
        let frame = packet - vnet::LENGTH;
        let target = &mut self.memory.bytes()[frame..frame + FRAME];
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
        self.chunks[chunk].used = frame + length - chunk * CHUNK;
        let length = length.checked_sub(vnet::LENGTH)?;
        let pending = self.describe(frame, packet, length);
        if pending.is_none() {
            self.counters.odd += 1;
        }
        pending
    }

    /// What a frame asks for, and who does it: the driver if it offers that, else we.
    fn describe(&mut self, frame: usize, start: usize, length: usize) -> Option<Pending> {
        let header = Header::parse(&self.memory.as_bytes()[frame..])?;
        if let Some((_, size)) = header.segments {
            let cursor = Cursor::new(self.memory.as_bytes(), start, length, size)?;
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
            let packet = &mut self.memory.bytes()[start..start + length];
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
        let udp = cursor.headers.protocol == UDP;
        let fits = cursor.payload_length() <= size && cursor.segments() >= least;
        if !fits || !headers.cover(cursor.headers.ipv6, udp) {
            return None;
        }
        // The pseudo header of a packet to be segmented goes without a length.
        let packet = &mut self.memory.bytes()[cursor.start..cursor.start + cursor.length];
        let sum = packet::pseudo(packet, cursor.headers.ipv6, cursor.headers.protocol, 0);
        let at = cursor.headers.layer3 + packet::checksum_offset(cursor.headers.protocol);
        packet[at..at + 2].copy_from_slice(&packet::fold(sum).to_ne_bytes());
        Some(Request {
            checksum: true,
            mss: cursor.size(),
        })
    }

    /// Posts the next packet of what is pending. `false`: the rings have no room for it.
    fn post_one(&mut self, queue: &Queue, rings: &mut Rings) -> bool {
        let Some(mut pending) = self.pending.take() else {
            return false;
        };
        // Header and payload, each split a few times in strict mode.
        if rings.fragments.room(&queue.fragments) < 16 {
            self.pending = Some(pending);
            return false;
        }
        let index = rings.packets.end() as usize;
        match &mut pending {
            Pending::Whole {
                start,
                length,
                request,
            } => {
                let (start, length, request) = (*start, *length, *request);
                self.put(queue, rings, &[(start, length)], start, request, start / CHUNK);
            }
            Pending::Segments(cursor) => {
                let backfill = self.capabilities.backfill;
                let slot = self.headers + (HEADERS + backfill.next_multiple_of(64)) * index + backfill;
                let partial = self.offloads.tx_checksum.is_some_and(|offload| {
                    offload.cover(cursor.headers.ipv6, cursor.headers.protocol == UDP)
                });
                let (packets, headers) = self.memory.bytes().split_at_mut(self.headers);
                let out = &mut headers[slot - self.headers..];
                let segment = cursor.next(packets, &mut out[..HEADERS], partial);
                let (at, length) = segment.payload;
                let pieces = [(slot, segment.headers), (cursor.start + at, length)];
                let request = Request {
                    checksum: partial,
                    mss: 0,
                };
                let chunk = cursor.start / CHUNK;
                self.counters.segments += 1;
                let pieces = if length == 0 { &pieces[..1] } else { &pieces[..] };
                self.put(queue, rings, pieces, slot, request, chunk);
                if !cursor.is_done() {
                    self.pending = Some(pending);
                }
            }
        }
        true
    }

    /// Fills in one packet; `pieces` are places in the memory, `headers` is where the packet's headers are.
    fn put(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        pieces: &[(usize, usize)],
        headers: usize,
        request: Request,
        chunk: usize,
    ) {
        let index = rings.packets.end();
        let length: usize = pieces.iter().map(|(_, length)| length).sum();
        let first = rings.fragments.end();
        let mut packet = NET_PACKET {
            FragmentIndex: first,
            ..NET_PACKET::default()
        };
        self.slots[index as usize].chunk = u8::try_from(chunk).unwrap_or(NO_CHUNK);
        self.chunks[chunk].packets += 1;
        if length == 0 || request.mss == 0 && length > self.longest {
            packet.mark_ignored();
            self.counters.too_long += 1;
        } else {
            if let Some(found) = Headers::parse(
                self.memory
                    .as_bytes()
                    .get(headers..headers + length.min(HEADERS))
                    .unwrap_or_default(),
            ) {
                packet.Layout = found.layout();
            }
            packet.FragmentCount = self.put_fragments(queue, rings, pieces, length);
            self.counters.packets += 1;
            self.counters.bytes += length as u64;
        }
        queue.packets.element::<NET_PACKET>(index).write(packet);
        self.put_request(index, request, packet.Layout.layer3_type());
        rings.packets.post(&queue.packets);
    }

    fn put_request(&self, index: u32, request: Request, layer3: u8) {
        if let Some(column) = self.checksum {
            let mut checksum = NET_PACKET_CHECKSUM::default();
            if request.checksum {
                let required = u8::try_from(NetPacketTxChecksumActionRequired.0).unwrap_or(0);
                // Two bits each: 2 fits.
                let _ = checksum.set_layer4(required);
                if request.mss != 0 && layer3 < 4 {
                    let _ = checksum.set_layer3(required);
                }
            }
            column.at(index).write(checksum);
        }
        if let Some(column) = self.gso {
            let mut gso = NET_PACKET_GSO::default();
            let _ = gso.set_tcp_mss(u32::try_from(request.mss).unwrap_or(0));
            column.at(index).write(gso);
        }
    }

    /// Fills in the fragments of a packet. Returns how many.
    fn put_fragments(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        pieces: &[(usize, usize)],
        length: usize,
    ) -> u16 {
        let wanted = self.capabilities.max_fragments;
        let aligned =
            |at: usize| (at - self.capabilities.backfill).is_multiple_of(self.capabilities.alignment);
        if pieces.len() > wanted || !pieces.iter().all(|(at, _)| aligned(*at)) {
            let index = rings.packets.end() as usize;
            let target = self.bounce + self.bounce_size * index + self.capabilities.backfill;
            let (packets, bounce) = self.memory.bytes().split_at_mut(self.bounce);
            let mut at = target - self.bounce;
            for (from, length) in pieces {
                bounce[at..at + length].copy_from_slice(&packets[*from..from + length]);
                at += length;
            }
            self.counters.bounced += 1;
            self.put_fragment(queue, rings, target, length, true, true);
            return 1;
        }
        let mut count = 0u16;
        let mut left = wanted.min(12) - pieces.len();
        for (i, (at, length)) in pieces.iter().enumerate() {
            let (mut at, mut length) = (*at, *length);
            while let Some(cut) = self.split(length, left) {
                self.put_fragment(queue, rings, at, cut, i == 0 && count == 0, false);
                (at, length, left, count) = (at + cut, length - cut, left - 1, count + 1);
            }
            self.put_fragment(queue, rings, at, length, count == 0, false);
            count += 1;
        }
        count
    }

    /// Strict mode: where to cut a piece, so that drivers see fragments of all lengths.
    fn split(&mut self, length: usize, left: usize) -> Option<usize> {
        let random = self.strict.as_mut()?;
        if left == 0 || length < 2 || self.capabilities.alignment > 1 || random.below(3) != 0 {
            return None;
        }
        usize::try_from(1 + random.below(length as u64 - 1)).ok()
    }

    fn put_fragment(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        at: usize,
        length: usize,
        first: bool,
        bounced: bool,
    ) {
        let index = rings.fragments.end();
        let backfill = if first { self.capabilities.backfill } else { 0 };
        let address = self.memory.address(at);
        let mut base = address - backfill;
        if self.offsets && backfill <= 512 && self.capabilities.alignment == 1 {
            base &= !0x1FF;
        }
        let offset = address - base;
        let mut fragment = NET_FRAGMENT::default();
        // Below 2^26 and 2^10.
        let _ = fragment.set_valid_length(u32::try_from(length).unwrap_or(0));
        let _ = fragment.set_capacity(u32::try_from(offset + length).unwrap_or(0));
        let _ = fragment.set_offset(u32::try_from(offset).unwrap_or(0));
        let _ = fragment.set_bounced(u8::from(bounced));
        queue.fragments.element::<NET_FRAGMENT>(index).write(fragment);
        if let Some(column) = self.address {
            column.at(index).write(base);
        }
        if let Some(column) = self.logical {
            column.at(index).write(base as u64);
        }
        if let Some(column) = self.mdl.filter(|_| queue.wants_mdl.load(Ordering::Relaxed)) {
            let made = mdl::system(base, offset + length);
            self.mdls[index as usize] = made;
            column.at(index).write(made);
        }
        rings.fragments.post(&queue.fragments);
    }

    fn free_mdl(&mut self, index: u32) {
        let made = std::mem::take(&mut self.mdls[index as usize]);
        if !made.is_null() {
            mdl::free_system(made);
        }
    }

    /// A packet came back: it must be as it was, but for `Scratch`.
    fn check_packet(queue: &Queue, rings: &Rings, index: u32) {
        let mut posted: NET_PACKET = rings.packets.posted(index);
        let now = queue.packets.element::<NET_PACKET>(index).read();
        // One bit each: they fit.
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
        // One bit each: they fit.
        let _ = posted.set_scratch(now.scratch());
        if now != posted {
            violate!(
                NET_TX_PACKET,
                "the driver changed fragment {index} from {posted:?} to {now:?}"
            );
        }
    }

    fn release(&mut self, index: u32) {
        let chunk = usize::from(std::mem::replace(&mut self.slots[index as usize].chunk, NO_CHUNK));
        let Some(this) = self.chunks.get_mut(chunk) else {
            return;
        };
        this.packets -= 1;
        let busy = chunk == self.current && self.pending.is_some();
        if this.packets == 0 && !busy {
            // Read into the same, still cached memory again.
            this.used = 0;
            if self.strict.is_some() {
                this.hidden = true;
                self.memory.show(chunk * CHUNK, CHUNK, false);
            }
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
        for index in returned.packets {
            Self::check_packet(queue, rings, index);
            rings.packets.take_back(&queue.packets, index);
            self.release(index);
        }
        for index in returned.fragments {
            Self::check_fragment(queue, rings, index);
            rings.fragments.take_back(&queue.fragments, index);
            self.free_mdl(index);
        }
    }

    fn close(&mut self, _queue: &Queue, _rings: &mut Rings) {
        self.closed = true;
        self.pending = None;
    }

    fn source(&self, queue: &Queue, rings: &Rings) -> Option<RawFd> {
        let room = rings.packets.room(&queue.packets) > 0 && rings.fragments.room(&queue.fragments) >= 16;
        let reads = room && self.pending.is_none() && self.quiet_until.is_none();
        let memory = self.chunks[self.current].used + FRAME + 64 + self.capabilities.backfill <= CHUNK
            || self.chunks.iter().any(|c| c.packets == 0);
        (reads && memory).then(|| self.wire.descriptor())
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
        report::count("net tx: packets copied to a bounce buffer", counters.bounced);
        report::count("net tx: dropped, longer than the MTU", counters.too_long);
        report::count("net tx: dropped, not understood", counters.odd);
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        for index in 0..u32::try_from(self.mdls.len()).unwrap_or(0) {
            self.free_mdl(index);
        }
    }
}
