//! The tick: keepalives and expiry.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use ovpn_dco_uapi::{DelPeerReason, Mode, PeerId};

use super::{Device, View};
use crate::io::End;
use crate::keys::KeySlots;
use crate::packet::{MAX_SEAL_OVERHEAD, PING};
use crate::peer::{Endpoint, EndpointState, Peer, Setup};
use crate::stats::{Direction, DropReason, Flow};
use crate::sync::{Guard, push_within_capacity};
use crate::{Event, Instant, Platform, Transport};

/// A sealed keepalive, in bytes.
const SEALED_PING: usize = PING.len() + MAX_SEAL_OVERHEAD;

impl<P: Platform> Device<P> {
    /// To be called about once a second: sends keepalives that are due and ends peers that are silent for too long.
    /// PASSIVE_LEVEL.
    pub fn timer(&self) {
        {
            let mut control = self.control.lock();
            if !control.open {
                return;
            }
            self.reap(&mut control);
            self.free_old_epochs();
            let silent = self.tend_peers(self.platform.now());
            for peer in silent {
                self.platform.trace(&Event::Expired { peer });
                // Out of memory: the peer is still silent at the next tick.
                let _ = self.remove_peer(peer, DelPeerReason::Expired);
            }
        }
        self.serve_reads();
        self.serve_waits();
    }

    /// Frees the keys of epochs that are over.
    fn free_old_epochs(&self) {
        let keys_of = |keep: &mut dyn FnMut(&KeySlots<P>)| {
            let view = self.view.pin(self.platform.lane());
            view.peers()
                .filter_map(|peer| peer.setup.read(view.pin()))
                .for_each(|setup| keep(&setup.keys));
        };
        let mut parked = 0usize;
        keys_of(&mut |keys| parked = parked.saturating_add(keys.parked()));
        if parked > 0 {
            self.settle_view();
            keys_of(&mut |keys| {
                keys.collect();
            });
        }
    }

    /// Sends what is due. Returns the peers of a server that have expired; a client's end goes to its reads.
    fn tend_peers(&self, now: Instant) -> Vec<PeerId> {
        let mut silent = Vec::new();
        let view = self.view.pin(self.platform.lane());
        let Some(endpoint) = view.endpoint.as_ref().filter(|e| e.state() == EndpointState::Up) else {
            return silent;
        };
        for peer in view.peers() {
            let Some(setup) = peer.setup.read(view.pin()) else {
                continue;
            };
            self.watch_key(&view, peer, setup);
            let due = peer.activity.due(setup.keepalive, now);
            if due.ping {
                self.ping(&view, endpoint, peer, setup, now);
            }
            if !due.expired {
                continue;
            }
            match view.mode() {
                Mode::PointToPoint => {
                    peer.activity.reported();
                    self.io.lock().end(endpoint.id, End::Expired);
                    self.platform.trace(&Event::Expired { peer: peer.id });
                }
                Mode::MultiPeer => {
                    if silent.try_reserve(1).is_ok() {
                        let _ = push_within_capacity(&mut silent, peer.id);
                    }
                }
            }
        }
        silent
    }

    /// Tells user space, once, to renegotiate before the packet ids run out. A client has nobody who asks for events.
    fn watch_key(&self, view: &Guard<'_, View<P>>, peer: &Peer<P>, setup: &Setup<P>) {
        let near_end = setup
            .keys
            .primary()
            .is_some_and(|key| key.is_near_end(view.pin()));
        if near_end && view.mode() == Mode::MultiPeer && !setup.told_near_end.swap(true, Ordering::Relaxed) {
            self.io.lock().events.key_near_end(peer.id);
            self.platform.trace(&Event::KeyNearEnd { peer: peer.id });
        }
    }

    /// Sends a keepalive. Without a key there is nothing to send, and nothing is lost.
    fn ping(
        &self,
        view: &Guard<'_, View<P>>,
        endpoint: &Endpoint<P>,
        peer: &Peer<P>,
        setup: &Setup<P>,
        now: Instant,
    ) {
        let Some(key) = setup.keys.primary() else { return };
        let lane = self.platform.lane();
        let mut out = [0; SEALED_PING];
        let sealed = match key.seal(&self.platform, view.pin(), &[&PING], &mut out) {
            Ok(len) => out.get(..len).unwrap_or_default(),
            Err(reason) => return self.stats.dropped(lane, reason),
        };
        let to = (view.mode() == Mode::MultiPeer).then(|| endpoint.destination(peer.remote.load()));
        peer.activity.sent(now);
        match endpoint.socket.send(sealed, to) {
            Ok(()) => {
                let flow = Flow {
                    packets: 1,
                    link: sealed.len() as u64,
                    vpn: 0,
                };
                self.stats.data.add(lane, Direction::Out, flow);
                peer.traffic.add(lane, Direction::Out, flow);
            }
            Err(status) => {
                self.stats.dropped(lane, DropReason::OutSend);
                self.platform.trace(&Event::PingFailed {
                    peer: peer.id,
                    status,
                });
            }
        }
    }
}
