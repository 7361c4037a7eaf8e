//! Events for user space: the queue behind `NOTIFY_EVENT`.
//!
//! An event is never lost and never overwritten: room for every event that a peer can cause is set aside when the
//! peer is made, so queueing one cannot fail. What bounds the queue is that a peer has at most one undelivered event
//! of each kind (a second float before the first was fetched only changes the address that will be reported), and that
//! no peer is added while too many events of deleted peers wait.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use ovpn_dco_uapi::{DelPeerReason, Event, NtStatus, PeerId};

/// Events that one peer can have in the queue: deleted, floated, key near its end.
const EVENTS_PER_PEER: usize = 3;
/// So many undelivered events, and no further peer is taken.
const BACKLOG: usize = 1 << 16;

/// Undelivered events, oldest first.
pub(crate) struct Events {
    queue: VecDeque<Event>,
    /// Peers that room is set aside for.
    peers: usize,
    /// The expiry that was delivered last, until user space asks for the next event.
    told_expired: Option<PeerId>,
}

impl Events {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            peers: 0,
            told_expired: None,
        }
    }

    /// Sets room aside for the events of one more peer.
    pub(crate) fn reserve(&mut self) -> Result<(), NtStatus> {
        if self.queue.len() >= BACKLOG {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let peers = self.peers.saturating_add(1);
        self.queue
            .try_reserve(peers.saturating_mul(EVENTS_PER_PEER))
            .map_err(|_| NtStatus::NO_MEMORY)?;
        self.peers = peers;
        Ok(())
    }

    /// Gives the room of one peer back.
    pub(crate) fn release(&mut self) {
        self.peers = self.peers.saturating_sub(1);
    }

    /// A peer is gone; its room goes with it.
    pub(crate) fn deleted(&mut self, peer: PeerId, reason: DelPeerReason) {
        self.push(Event::DelPeer { peer, reason });
        self.release();
    }

    /// A peer is heard from a new address.
    pub(crate) fn floated(&mut self, peer: PeerId, to: SocketAddr) {
        for event in self.of_this_life(peer) {
            if let Event::FloatPeer { address, .. } = event {
                *address = to;
                return;
            }
        }
        self.push(Event::FloatPeer { peer, address: to });
    }

    /// A peer's sending key is near its end.
    pub(crate) fn key_near_end(&mut self, peer: PeerId) {
        let known = self
            .of_this_life(peer)
            .any(|event| matches!(event, Event::SwapKeys { .. }));
        if !known {
            self.push(Event::SwapKeys { peer });
        }
    }

    /// The oldest event.
    pub(crate) fn front(&self) -> Option<Event> {
        self.queue.front().copied()
    }

    /// Forgets the oldest event: it was delivered.
    pub(crate) fn pop(&mut self) {
        if let Some(Event::DelPeer {
            peer,
            reason: DelPeerReason::Expired,
        }) = self.queue.pop_front()
        {
            self.told_expired = Some(peer);
        }
    }

    /// User space asks for an event, so it has dealt with the one before.
    pub(crate) fn asked(&mut self) {
        self.told_expired = None;
    }

    /// Whether `peer` has expired and user space may not know it yet. Calls that name it are answered as if it were
    /// still there, because OpenVPN ends its process when they fail.
    pub(crate) fn expired_unnoticed(&self, peer: PeerId) -> bool {
        let expiry = |event: &Event| {
            *event
                == Event::DelPeer {
                    peer,
                    reason: DelPeerReason::Expired,
                }
        };
        self.told_expired == Some(peer) || self.queue.iter().any(expiry)
    }

    /// Forgets everything, and every peer.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            queue: core::mem::take(&mut self.queue),
            ..Self::new()
        };
        self.queue.clear();
    }

    /// The undelivered events of the peer that has this id now, not of an earlier one.
    fn of_this_life(&mut self, id: PeerId) -> impl Iterator<Item = &mut Event> {
        let of = move |event: &Event| match *event {
            Event::DelPeer { peer, .. } | Event::SwapKeys { peer } | Event::FloatPeer { peer, .. } => {
                peer == id
            }
        };
        let lives = |event: &&mut Event| !matches!(**event, Event::DelPeer { .. });
        self.queue
            .iter_mut()
            .rev()
            .filter(move |event| of(event))
            .take_while(lives)
    }

    fn push(&mut self, event: Event) {
        // Within the room that `reserve` set aside; the check keeps even a miscount from allocating here.
        if self.queue.len() < self.queue.capacity() {
            self.queue.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn id(number: u32) -> PeerId {
        PeerId::new(number).unwrap()
    }

    fn with_peers(count: usize) -> Events {
        let mut events = Events::new();
        (0..count).for_each(|_| events.reserve().unwrap());
        events
    }

    fn drain(events: &mut Events) -> Vec<Event> {
        core::iter::from_fn(|| {
            let event = events.front();
            events.pop();
            event
        })
        .collect()
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn events_come_in_order_and_none_is_lost() {
        let mut events = with_peers(100);
        let mut want = Vec::new();
        for number in 0..100 {
            events.floated(id(number), address(1));
            events.key_near_end(id(number));
            events.deleted(id(number), DelPeerReason::Userspace);
            want.push(Event::FloatPeer {
                peer: id(number),
                address: address(1),
            });
            want.push(Event::SwapKeys { peer: id(number) });
            want.push(Event::DelPeer {
                peer: id(number),
                reason: DelPeerReason::Userspace,
            });
        }
        assert_eq!(drain(&mut events), want);
    }

    #[test]
    fn a_second_float_changes_the_address_in_its_place() {
        let mut events = with_peers(2);
        events.floated(id(1), address(1));
        events.floated(id(2), address(2));
        events.floated(id(1), address(3));
        events.key_near_end(id(2));
        events.key_near_end(id(2));
        assert_eq!(
            drain(&mut events),
            [
                Event::FloatPeer {
                    peer: id(1),
                    address: address(3)
                },
                Event::FloatPeer {
                    peer: id(2),
                    address: address(2)
                },
                Event::SwapKeys { peer: id(2) },
            ]
        );
    }

    #[test]
    fn a_float_of_a_reused_id_does_not_touch_the_event_of_its_predecessor() {
        let mut events = with_peers(1);
        events.floated(id(1), address(1));
        events.deleted(id(1), DelPeerReason::Userspace);
        events.reserve().unwrap();
        events.floated(id(1), address(2));
        let deleted = Event::DelPeer {
            peer: id(1),
            reason: DelPeerReason::Userspace,
        };
        let float = |port| Event::FloatPeer {
            peer: id(1),
            address: address(port),
        };
        assert_eq!(drain(&mut events), [float(1), deleted, float(2)]);
    }

    #[test]
    fn an_expiry_is_unnoticed_until_the_next_question_after_its_delivery() {
        let mut events = with_peers(2);
        assert!(!events.expired_unnoticed(id(1)));
        events.deleted(id(1), DelPeerReason::Expired);
        events.deleted(id(2), DelPeerReason::Userspace);
        assert!(events.expired_unnoticed(id(1)), "queued");
        assert!(!events.expired_unnoticed(id(2)), "deleted by user space itself");
        events.pop();
        assert!(events.expired_unnoticed(id(1)), "delivered a moment ago");
        events.asked();
        assert!(!events.expired_unnoticed(id(1)));
    }

    #[test]
    fn peers_are_refused_when_nobody_fetches_events() {
        let mut events = Events::new();
        let mut added = 0;
        while events.reserve().is_ok() {
            events.deleted(id(1), DelPeerReason::Userspace);
            added += 1;
        }
        assert_eq!(added, BACKLOG);
        events.clear();
        assert!(events.front().is_none() && events.reserve().is_ok());
    }
}
