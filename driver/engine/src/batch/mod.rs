//! Batches: packets on their way through, in both directions.
//!
//! A batch guard pins the published view for its length, reads the clock once, and keeps its counts to itself until it
//! is dropped. Per packet there is no allocation, no lock (but the framing's on a TCP stream, which one processor at a
//! time uses), and no write to memory that another processor writes to, except what is the key's own.
//!
//! The order of steps is that of "OpenVPN data channel", *order of operations*: nothing changes before a packet has
//! authenticated.

mod receive;
mod transmit;

use core::cell::Cell;

use ovpn_dco_uapi::PeerId;

pub use receive::{Receive, Received};
use transmit::address;
pub use transmit::{MAX_OVERHEAD, Sealed, Transmit};

use crate::device::Device;
use crate::device::view::View;
use crate::peer::Peer;
use crate::stats::{Direction, DropReason, Tally};
use crate::sync::Guard;
use crate::{Instant, Platform};

/// What both kinds of batch have.
struct Batch<'d, P: Platform> {
    device: &'d Device<P>,
    view: Guard<'d, View<P>>,
    lane: usize,
    now: Instant,
    direction: Direction,
    /// What went through for `peer` since the last [`Batch::flush`].
    tally: Tally,
    peer: Cell<Option<PeerId>>,
}

impl<'d, P: Platform> Batch<'d, P> {
    fn new(device: &'d Device<P>, direction: Direction) -> Self {
        let lane = device.platform.lane();
        Self {
            device,
            view: device.view.pin(lane),
            lane,
            now: device.platform.now(),
            direction,
            tally: Tally::default(),
            peer: Cell::new(None),
        }
    }

    /// Notes packets of a peer: their number, bytes on the transport, bytes in the tunnel.
    #[inline]
    fn note(&self, peer: &Peer<P>, packets: usize, link: usize, vpn: usize) {
        if self.peer.get() != Some(peer.id) {
            self.flush();
            self.peer.set(Some(peer.id));
        }
        self.tally.note_many(packets, link, vpn);
    }

    /// Counts what was noted.
    fn flush(&self) {
        let flow = self.tally.take();
        self.device.stats.data.add(self.lane, self.direction, flow);
        if let Some(peer) = self.peer.get().and_then(|id| self.view.peer(id)) {
            peer.traffic.add(self.lane, self.direction, flow);
        }
    }

    fn dropped(&self, reason: DropReason) {
        self.device.stats.dropped(self.lane, reason);
    }
}

impl<P: Platform> Drop for Batch<'_, P> {
    fn drop(&mut self) {
        self.flush();
    }
}
