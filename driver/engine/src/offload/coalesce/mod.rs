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

use super::vnet;

/// What is merged, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Merge TCP segments. Default: on.
    pub tcp: bool,
    /// Merge UDP datagrams of equal size (USO, `UDP_SEGMENT` on the other side). Default: on. The tunnel side must
    /// understand UDP super-packets (Linux: `TUN_F_USO4`, since 6.2; Windows: URO).
    pub udp: bool,
    /// Most segments in a super-packet, at least 1. Default: 64.
    pub max_segments: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tcp: true,
            udp: true,
            max_segments: 64,
        }
    }
}

/// Gathers opened packets into super-packets, each contiguous in memory. `M` is the memory: `Vec<u8>`, `Box<[u8]>`,
/// a pool buffer.
///
/// Order: packets of one flow (addresses, protocol, ports) are delivered in the order in which they were committed;
/// packets of different flows may overtake each other. A packet that can't be merged is delivered untouched.
/// Nothing is kept beyond [`Coalescer::flush`].
pub struct Coalescer<M> {
    memory: M,
}

/// Bytes in front of each delivered packet that [`Delivery::with_vnet_header`] may use.
const HEADROOM: usize = 16;
/// Memory of a lane.
const LANE_LEN: usize = 80 * 1024;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Coalescer<M> {
    /// Longest packet that may be committed, in bytes: [`Coalescer::room`] has at least so many.
    pub const MAX_PACKET: usize = 9216;

    /// Bytes of memory for `lanes` flows at a time. 4 is plenty for a host; more than 8 are not used.
    pub const fn memory_len(lanes: usize) -> usize {
        lanes.saturating_mul(LANE_LEN)
    }

    /// A coalescer that gathers in `memory`; `None` if that is not enough for one lane.
    pub fn new(memory: M, _options: Options) -> Option<Self> {
        (memory.as_ref().len() >= LANE_LEN).then_some(Self { memory })
    }

    /// Where the next packet is to be written: [`Coalescer::MAX_PACKET`] bytes or more. It holds old memory.
    ///
    /// May be called again without [`Coalescer::commit`]; what was written before is forgotten then.
    pub fn room(&mut self) -> &mut [u8] {
        self.memory.as_mut().get_mut(HEADROOM..).unwrap_or_default()
    }

    /// Takes over the packet of `len` bytes at the start of [`Coalescer::room`], and gives to `deliver` what is
    /// ready by that: nothing, or what was gathered before, or this packet, or both.
    ///
    /// A `len` above [`Coalescer::MAX_PACKET`] (a bug of the caller) drops the packet.
    pub fn commit(&mut self, len: usize, mut deliver: impl FnMut(Delivery<'_>)) {
        if let Some(memory) = self.memory.as_mut().get_mut(..HEADROOM.saturating_add(len)) {
            deliver(Delivery {
                memory,
                description: vnet::Header::default(),
                segments: 1,
            });
        }
    }

    /// Delivers everything that is being gathered: at the end of a batch, before waiting for more.
    pub fn flush(&mut self, _deliver: impl FnMut(Delivery<'_>)) {}
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
