//! Coalescing: in-order segments of a flow become one super-packet on their way to the stack.
//!
//! # How it is used
//!
//! ```
//! # use ovpn_dco_engine::offload::coalesce::{Coalescer, Options};
//! # let mut tun: Vec<Vec<u8>> = Vec::new();
//! # let datagrams = [[0x45u8, 0, 0, 20, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]];
//! let mut coalescer = Coalescer::new(vec![0; Coalescer::<Vec<u8>>::memory_len(4)], Options::default()).unwrap();
//! for datagram in &datagrams {
//!     let room = coalescer.room();                         // open the datagram straight into this
//!     room[..datagram.len()].copy_from_slice(datagram);
//!     coalescer.commit(datagram.len(), |mut out| {         // and say how long the packet is, or don't if it was bad
//!         tun.push(out.with_vnet_header::<10>().to_vec()); // one contiguous write: virtio-net header, packet
//!     });
//! }
//! coalescer.flush(|mut out| tun.push(out.with_vnet_header::<10>().to_vec())); // at the end of a receive batch
//! ```
//!
//! # How it works
//!
//! The memory is cut into *lanes*, one per flow that is being gathered. [`Coalescer::room`] lies so that the payload
//! of the next packet lands directly behind the last one of the flow that got a packet last: if the packet belongs
//! there, which is nearly always so, its payload is in place already. (Its header overwrites the tail of the payload
//! before, which is kept aside until `commit`.) What belongs elsewhere is copied, once.

mod super_packet;

use super::{fill, vnet};
pub use super_packet::{Fit, MAX_HEADERS, Segment, SuperPacket};

/// What is merged, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Merge TCP segments. Default: on.
    pub tcp: bool,
    /// Merge UDP datagrams of equal size (USO, `UDP_SEGMENT` on the other side). Default: on. The tunnel side must
    /// understand UDP super-packets (Linux: `TUN_F_USO4`, since 6.2; Windows: URO).
    pub udp: bool,
    /// Most segments in a super-packet; 0 and 1 turn merging off. Default: 64.
    pub max_segments: u16,
    /// How the transport checksum of a super-packet is written. Default: partial.
    pub checksum: TransportChecksum,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tcp: true,
            udp: true,
            max_segments: 64,
            checksum: TransportChecksum::Partial,
        }
    }
}

/// How the transport checksum of a super-packet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportChecksum {
    /// The sum of the pseudo header, to be completed by whoever segments it again: what virtio-net wants.
    Partial,
    /// Complete. It costs next to nothing, the segments' own checksums having been verified: what RSC wants.
    Complete,
}

/// Gathers opened packets into super-packets, each contiguous in memory. `M` is the memory: `Vec<u8>`, `Box<[u8]>`,
/// a pool buffer.
///
/// Order: packets of one flow (addresses, protocol, ports) are delivered in the order in which they were committed;
/// packets of different flows may overtake each other. A packet that can't be merged is delivered untouched.
/// Nothing is kept beyond [`Coalescer::flush`].
///
/// Which packets are merged: see [`SuperPacket`], which does the same without owning memory, for receivers whose
/// packets lie in buffers of their own.
pub struct Coalescer<M> {
    memory: M,
    options: Options,
    lanes: [Option<SuperPacket>; MAX_LANES],
    lane_count: usize,
    /// When a lane's super-packet was started, on a clock that counts starts.
    started: [u32; MAX_LANES],
    clock: u32,
    /// The lane that got a packet last.
    last: usize,
    /// What [`Coalescer::room`] overlaps of the super-packet in front of it, while it is handed out: the end of the
    /// overlap, and its bytes.
    aside: Option<(usize, [u8; OVERLAP])>,
}

/// Bytes in front of each delivered packet that [`Delivery::with_vnet_header`] may use.
const HEADROOM: usize = 16;
/// Bytes before the end of a super-packet that are kept aside while the next packet is written.
const OVERLAP: usize = HEADROOM + MAX_HEADERS;
/// Where a lane's packet starts: the overlap must lie inside the lane even when there is only one byte of payload.
const LANE_START: usize = OVERLAP;
/// Memory of a lane: a super-packet, a packet behind it, and that packet moved out of the overlap.
const LANE_LEN: usize = 84 * 1024;
const MAX_LANES: usize = 8;
const MAX_PACKET: usize = 9216;
const _: () = assert!(LANE_LEN >= LANE_START + 65535 + MAX_PACKET + HEADROOM + MAX_PACKET);

impl<M: AsRef<[u8]> + AsMut<[u8]>> Coalescer<M> {
    /// Longest packet that may be committed, in bytes: [`Coalescer::room`] has at least so many.
    pub const MAX_PACKET: usize = MAX_PACKET;

    /// Bytes of memory for `lanes` flows at a time. 4 is plenty for a host; more than 8 are not used.
    pub const fn memory_len(lanes: usize) -> usize {
        lanes.saturating_mul(LANE_LEN)
    }

    /// A coalescer that gathers in `memory`; `None` if that is not enough for one lane.
    pub fn new(memory: M, options: Options) -> Option<Self> {
        let lane_count = memory.as_ref().len().checked_div(LANE_LEN)?.min(MAX_LANES);
        (lane_count > 0).then_some(Self {
            memory,
            options,
            lanes: [const { None }; MAX_LANES],
            lane_count,
            started: [0; MAX_LANES],
            clock: 0,
            last: 0,
            aside: None,
        })
    }

    /// Where the next packet is to be written: [`Coalescer::MAX_PACKET`] bytes or more. It holds old memory.
    ///
    /// May be called again without [`Coalescer::commit`]; what was written before is forgotten then.
    #[inline]
    pub fn room(&mut self) -> &mut [u8] {
        let start = self.room_start();
        if self.aside.is_none() && self.is_gathering(self.last) {
            let end = self.end_of(self.last);
            let overlap = self.memory.as_ref().get(end.saturating_sub(OVERLAP)..);
            self.aside = overlap.and_then(<[u8]>::first_chunk).map(|bytes| (end, *bytes));
        }
        let lane_end = self.last.saturating_add(1).saturating_mul(LANE_LEN);
        self.memory.as_mut().get_mut(start..lane_end).unwrap_or_default()
    }

    /// Takes over the packet of `len` bytes at the start of [`Coalescer::room`], and gives to `deliver` what is
    /// ready by that: nothing, or what was gathered before, or this packet, or both.
    ///
    /// Each call goes with one call of [`Coalescer::room`] before it.
    ///
    /// A `len` above [`Coalescer::MAX_PACKET`] (a bug of the caller) drops the packet.
    #[inline]
    pub fn commit(&mut self, len: usize, mut deliver: impl FnMut(Delivery<'_>)) {
        let start = self.room_start();
        if len > MAX_PACKET {
            return self.restore();
        }
        let Some(packet) = self.memory.as_ref().get(start..start.saturating_add(len)) else {
            return;
        };
        let segment = Segment::parse(packet, &self.options);
        if let (Some(segment), Some(Some(gathered))) = (&segment, self.lanes.get_mut(self.last))
            && gathered.fit(segment, packet, &self.options) == Fit::Next
        {
            // The payload is in place: headers of equal length lie in front of it.
            gathered.append(segment, &self.options);
            let complete = gathered.is_complete();
            self.restore();
            if complete {
                self.release(self.last, &mut deliver);
            }
            return;
        }
        self.place(start, len, segment, &mut deliver);
    }

    /// Delivers everything that is being gathered: at the end of a batch, before waiting for more.
    pub fn flush(&mut self, mut deliver: impl FnMut(Delivery<'_>)) {
        self.restore();
        for lane in 0..self.lane_count {
            self.release(lane, &mut deliver);
        }
    }

    /// A packet at `start` of the memory that doesn't continue the super-packet in front of it.
    #[cold]
    #[inline(never)]
    fn place(
        &mut self,
        mut start: usize,
        len: usize,
        segment: Option<Segment>,
        deliver: &mut impl FnMut(Delivery<'_>),
    ) {
        if self.aside.is_some() {
            // Out of the overlap, so that both are whole again.
            let behind = self
                .end_of(self.last)
                .max(start.saturating_add(len))
                .saturating_add(HEADROOM);
            self.move_bytes(start, len, behind);
            self.restore();
            start = behind;
        }
        let Some(segment) = segment else {
            return self.pass(start, len, deliver);
        };
        match self.find(&segment, start, len) {
            Some((lane, Fit::Next)) => {
                let payload = start.saturating_add(segment.header_len());
                let end = self.end_of(lane);
                self.move_bytes(payload, segment.payload_len(), end);
                self.last = lane;
                if let Some(Some(gathered)) = self.lanes.get_mut(lane) {
                    gathered.append(&segment, &self.options);
                }
            }
            Some((lane, _)) => {
                self.release(lane, deliver);
                self.start(lane, &segment, start, len);
            }
            None => {
                let lane = self.free_lane(start);
                self.release(lane, deliver);
                self.start(lane, &segment, start, len);
            }
        }
        if matches!(self.lanes.get(self.last), Some(Some(gathered)) if gathered.is_complete()) {
            self.release(self.last, deliver);
        }
    }

    /// A packet at `start` that stays alone: what it must not overtake leaves before it.
    fn pass(&mut self, start: usize, len: usize, deliver: &mut impl FnMut(Delivery<'_>)) {
        for lane in 0..self.lane_count {
            let packet = self
                .memory
                .as_ref()
                .get(start..start.saturating_add(len))
                .unwrap_or_default();
            if matches!(self.lanes.get(lane), Some(Some(gathered)) if gathered.relates_to(packet)) {
                self.release(lane, deliver);
            }
        }
        let range = start.saturating_sub(HEADROOM)..start.saturating_add(len);
        if let Some(memory) = self.memory.as_mut().get_mut(range) {
            deliver(Delivery {
                memory,
                description: vnet::Header::default(),
                segments: 1,
            });
        }
    }

    /// The lane of a packet's flow, and whether the packet continues what is there.
    fn find(&self, segment: &Segment, start: usize, len: usize) -> Option<(usize, Fit)> {
        let packet = self.memory.as_ref().get(start..start.saturating_add(len))?;
        self.lanes.iter().enumerate().find_map(|(lane, gathered)| {
            match gathered.as_ref()?.fit(segment, packet, &self.options) {
                Fit::Unrelated => None,
                fit => Some((lane, fit)),
            }
        })
    }

    /// A lane for a new flow: the one where the packet lies already if that is free, else any free one, else the one
    /// that has been gathering longest.
    fn free_lane(&self, packet_start: usize) -> usize {
        if lane_start(self.last) == packet_start {
            return self.last;
        }
        let age = |lane: usize| {
            self.started
                .get(lane)
                .map_or(0, |started| self.clock.wrapping_sub(*started))
        };
        let lanes = 0..self.lane_count;
        let free = lanes.clone().find(|lane| !self.is_gathering(*lane));
        free.or_else(|| lanes.max_by_key(|lane| age(*lane))).unwrap_or(0)
    }

    /// Starts a super-packet in a free lane with the packet at `start`.
    fn start(&mut self, lane: usize, segment: &Segment, start: usize, len: usize) {
        let to = lane_start(lane);
        self.move_bytes(start, len, to);
        let packet = self
            .memory
            .as_ref()
            .get(to..to.saturating_add(len))
            .unwrap_or_default();
        let gathered = SuperPacket::start(segment, packet, &self.options);
        if let (Some(place), Some(started)) = (self.lanes.get_mut(lane), self.started.get_mut(lane)) {
            *place = gathered;
            self.clock = self.clock.wrapping_add(1);
            *started = self.clock;
        }
        self.last = lane;
    }

    /// Delivers what a lane holds, if it holds something.
    fn release(&mut self, lane: usize, deliver: &mut impl FnMut(Delivery<'_>)) {
        let Some(gathered) = self.lanes.get_mut(lane).and_then(Option::take) else {
            return;
        };
        let start = lane_start(lane);
        let range = start.saturating_sub(HEADROOM)..start.saturating_add(gathered.total_len());
        let Some(memory) = self.memory.as_mut().get_mut(range) else {
            return;
        };
        let Some(packet) = memory.get_mut(HEADROOM..) else {
            return;
        };
        if let Some(description) = gathered.finish(packet, self.options.checksum) {
            deliver(Delivery {
                memory,
                description,
                segments: gathered.segments(),
            });
        }
    }

    fn is_gathering(&self, lane: usize) -> bool {
        matches!(self.lanes.get(lane), Some(Some(_)))
    }

    /// Where the next byte of a lane's payload goes, or its first packet.
    fn end_of(&self, lane: usize) -> usize {
        let len = self
            .lanes
            .get(lane)
            .and_then(Option::as_ref)
            .map_or(0, SuperPacket::total_len);
        lane_start(lane).saturating_add(len)
    }

    fn room_start(&self) -> usize {
        let headers = self
            .lanes
            .get(self.last)
            .and_then(Option::as_ref)
            .map_or(0, SuperPacket::header_len);
        self.end_of(self.last).saturating_sub(headers)
    }

    /// Puts back what the room overlapped.
    #[inline]
    fn restore(&mut self) {
        let Some((end, bytes)) = self.aside.take() else {
            return;
        };
        let overlap = self.memory.as_mut().get_mut(end.saturating_sub(OVERLAP)..);
        if let Some(place) = overlap.and_then(<[u8]>::first_chunk_mut) {
            *place = bytes;
        }
    }

    /// Copies `len` bytes to where they don't overlap with themselves.
    fn move_bytes(&mut self, from: usize, len: usize, to: usize) {
        if from != to {
            // Always fits: lanes are cut so that it does.
            let _ = move_apart(self.memory.as_mut(), from, len, to);
        }
    }
}

fn move_apart(memory: &mut [u8], from: usize, len: usize, to: usize) -> Option<()> {
    let (before, after) = memory.split_at_mut_checked(from.max(to))?;
    if from < to {
        fill(after.get_mut(..len)?, before.get(from..from.checked_add(len)?)?)
    } else {
        fill(before.get_mut(to..to.checked_add(len)?)?, after.get(..len)?)
    }
}

/// Where a lane's packet starts in the memory.
const fn lane_start(lane: usize) -> usize {
    lane.saturating_mul(LANE_LEN).saturating_add(LANE_START)
}

/// A packet or super-packet for the stack.
pub struct Delivery<'a> {
    /// Headroom, then the packet.
    memory: &'a mut [u8],
    description: vnet::Header,
    segments: u16,
}

impl Delivery<'_> {
    /// The IP packet. Of a super-packet, the length fields count all segments and the transport checksum is partial.
    pub fn packet(&self) -> &[u8] {
        self.memory.get(HEADROOM..).unwrap_or_default()
    }

    /// What the stack is to know about the packet: kind and segment size of a super-packet; that its checksum is
    /// partial, verified or not looked at.
    pub fn description(&self) -> vnet::Header {
        self.description
    }

    /// Number of received packets in this one.
    pub fn segments(&self) -> u16 {
        self.segments
    }

    /// The packet with its virtio-net header of `N` bytes ([`vnet::LEN`] or [`vnet::LEN_MRG_RXBUF`]) directly in
    /// front: what one `write` to a TUN device takes.
    pub fn with_vnet_header<const N: usize>(&mut self) -> &[u8] {
        const { assert!(N >= vnet::LEN && N <= HEADROOM) };
        let start = HEADROOM.saturating_sub(N);
        let out = self.memory.get_mut(start..).unwrap_or_default();
        // Cannot fail: `N` holds a header.
        let _ = out
            .get_mut(..N)
            .and_then(|header| self.description.encode(header));
        out
    }
}
