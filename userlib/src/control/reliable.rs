//! Reliability: numbered packets, acknowledgements, repetition (OpenVPN control channel, reliability layer).
//!
//! One [`Reliable`] belongs to one negotiation, both directions. It numbers what is sent and keeps it until it is
//! acknowledged; it puts what is received in order; it remembers what is to be acknowledged. It neither wraps nor
//! interprets anything.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use super::DropReason;
use super::packet::{MAX_ACKS, Opcode};

/// Packets that may be under way, unacknowledged.
const SEND_WINDOW: u32 = 6;

/// Message ids from the next expected on that are kept when they come early.
const RECEIVE_WINDOW: u32 = 12;

/// Acknowledgements that ride on other packets.
pub(super) const PIGGYBACK_ACKS: usize = 4;

/// A packet that has been overtaken by so many acknowledged ones is sent again at once.
const OVERTAKEN: u8 = 3;

/// The longest time between repetitions: the negotiation's own limit comes first anyway.
const TIMEOUT_MAX: Duration = Duration::from_secs(32);

/// Sent and not acknowledged yet, or about to be sent.
struct Flight {
    id: u32,
    opcode: Opcode,
    payload: Vec<u8>,
    /// When to send it (again); `None`: at once.
    due: Option<Instant>,
    /// What to wait after the next time.
    timeout: Duration,
    sent: bool,
    overtaken: u8,
}

/// Both directions of one negotiation.
pub(super) struct Reliable {
    flights: VecDeque<Flight>,
    next_id: u32,
    first_timeout: Duration,
    expected: u32,
    early: BTreeMap<u32, Vec<u8>>,
    /// Not acknowledged yet, oldest first.
    to_ack: VecDeque<u32>,
    /// Acknowledged already, most recent first; repeated where there is room.
    acked: VecDeque<u32>,
}

/// A packet to send now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outgoing<'a> {
    pub(super) id: u32,
    pub(super) opcode: Opcode,
    pub(super) payload: &'a [u8],
}

impl Reliable {
    /// Begins with message id 0 in both directions.
    pub(super) fn new(first_timeout: Duration) -> Self {
        Self {
            flights: VecDeque::new(),
            next_id: 0,
            first_timeout,
            expected: 0,
            early: BTreeMap::new(),
            to_ack: VecDeque::new(),
            acked: VecDeque::new(),
        }
    }

    /// The id that the next packet will get, if the window has room for it.
    pub(super) fn next_id(&self) -> Option<u32> {
        let oldest = self.flights.front().map_or(self.next_id, |flight| flight.id);
        (self.next_id - oldest < SEND_WINDOW && self.next_id < u32::MAX).then_some(self.next_id)
    }

    /// Takes a packet to be sent. Call only with room in the window ([`Self::next_id`]).
    pub(super) fn send(&mut self, opcode: Opcode, payload: Vec<u8>) {
        debug_assert!(self.next_id().is_some(), "the send window is full");
        self.flights.push_back(Flight {
            id: self.next_id,
            opcode,
            payload,
            due: None,
            timeout: self.first_timeout,
            sent: false,
            overtaken: 0,
        });
        self.next_id += 1;
    }

    /// The next packet that is due, for the first time or again. It counts as sent.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Outgoing<'_>> {
        let flight = self
            .flights
            .iter_mut()
            .find(|flight| flight.due.is_none_or(|due| due <= now))?;
        flight.due = Some(now + flight.timeout);
        flight.timeout = (flight.timeout * 2).min(TIMEOUT_MAX.max(self.first_timeout));
        (flight.sent, flight.overtaken) = (true, 0);
        Some(Outgoing {
            id: flight.id,
            opcode: flight.opcode,
            payload: &flight.payload,
        })
    }

    /// When [`Self::poll`] has something to repeat.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.flights.iter().filter_map(|flight| flight.due).min()
    }

    /// Whether [`Self::poll`] has something.
    pub(super) fn has_unsent_or_due(&self, now: Instant) -> bool {
        self.flights
            .iter()
            .any(|flight| flight.due.is_none_or(|due| due <= now))
    }

    /// Whether all that was sent has arrived.
    pub(super) fn all_acked(&self) -> bool {
        self.flights.is_empty()
    }

    /// Whether the packet `id` has been taken and has arrived.
    pub(super) fn is_acked(&self, id: u32) -> bool {
        id < self.next_id && !self.flights.iter().any(|flight| flight.id == id)
    }

    /// The peer has these. Ids that were never sent are passed over.
    pub(super) fn handle_acks(&mut self, acks: impl Iterator<Item = u32>) {
        for id in acks {
            let Some(at) = self
                .flights
                .iter()
                .position(|flight| flight.id == id && flight.sent)
            else {
                continue;
            };
            self.flights.remove(at);
            for earlier in self.flights.iter_mut().take(at).filter(|flight| flight.sent) {
                earlier.overtaken = earlier.overtaken.saturating_add(1);
                if earlier.overtaken == OVERTAKEN {
                    earlier.due = None;
                }
            }
        }
    }

    /// Takes a received packet: keeps it if it is new, acknowledges it in any case.
    /// `Ok(false)`: it has been here before.
    pub(super) fn receive(&mut self, id: u32, payload: &[u8]) -> Result<bool, DropReason> {
        if id >= self.expected.saturating_add(RECEIVE_WINDOW) {
            return Err(DropReason::Window);
        }
        if !self.to_ack.contains(&id) {
            self.to_ack.push_back(id);
        }
        if id < self.expected || self.early.contains_key(&id) {
            return Ok(false);
        }
        self.early.insert(id, payload.to_vec());
        Ok(true)
    }

    /// The next payload in order, with its id.
    pub(super) fn next_in_order(&mut self) -> Option<(u32, Vec<u8>)> {
        let payload = self.early.remove(&self.expected)?;
        let id = self.expected;
        self.expected += 1;
        Some((id, payload))
    }

    /// Whether there is something that has not been acknowledged yet.
    pub(super) fn owes_ack(&self) -> bool {
        !self.to_ack.is_empty()
    }

    /// Up to `room` ids to acknowledge in a packet that is about to go: new ones first, then recent ones again.
    pub(super) fn take_acks(&mut self, room: usize) -> Vec<u32> {
        let room = room.min(MAX_ACKS);
        let new: Vec<u32> = self.to_ack.drain(..room.min(self.to_ack.len())).collect();
        for &id in &new {
            self.acked.retain(|&known| known != id);
            self.acked.push_front(id);
        }
        self.acked.truncate(MAX_ACKS);
        // All the new ones stand in front now, the most recent first.
        self.acked.iter().copied().take(room).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn sent(reliable: &mut Reliable, now: Instant) -> Vec<u32> {
        core::iter::from_fn(|| reliable.poll(now).map(|packet| packet.id)).collect()
    }

    fn with_packets(n: u32) -> (Reliable, Instant) {
        let mut reliable = Reliable::new(2 * SECOND);
        (0..n).for_each(|_| reliable.send(Opcode::Control, vec![]));
        (reliable, Instant::now())
    }

    #[test]
    fn waits_double_from_the_first_timeout() {
        let (mut reliable, start) = with_packets(1);
        let mut now = start;
        let mut times = Vec::new();
        while times.len() < 7 {
            assert_eq!(sent(&mut reliable, now), [0]);
            times.push((now - start).as_secs());
            now = reliable.timeout().unwrap();
            assert!(sent(&mut reliable, now - SECOND / 2).is_empty());
        }
        assert_eq!(times, [0, 2, 6, 14, 30, 62, 94]);
    }

    #[test]
    fn no_more_than_six_are_under_way() {
        let (mut reliable, now) = with_packets(6);
        assert_eq!(reliable.next_id(), None);
        assert_eq!(sent(&mut reliable, now), [0, 1, 2, 3, 4, 5]);
        reliable.handle_acks([1, 2].into_iter());
        assert_eq!(reliable.next_id(), None, "the oldest is still missing");
        reliable.handle_acks([0].into_iter());
        assert_eq!(reliable.next_id(), Some(6));
    }

    #[test]
    fn a_packet_that_three_others_overtook_goes_again_at_once() {
        let (mut reliable, now) = with_packets(5);
        sent(&mut reliable, now);
        reliable.handle_acks([1, 2].into_iter());
        assert!(sent(&mut reliable, now).is_empty());
        reliable.handle_acks([3].into_iter());
        assert_eq!(sent(&mut reliable, now), [0]);
        reliable.handle_acks([4, 0].into_iter());
        assert!(reliable.all_acked());
    }

    #[test]
    fn acknowledgements_of_unsent_packets_mean_nothing() {
        let (mut reliable, now) = with_packets(2);
        reliable.handle_acks([0, 1, 7, u32::MAX].into_iter());
        assert_eq!(sent(&mut reliable, now), [0, 1]);
        assert!(!reliable.is_acked(0) && !reliable.is_acked(7));
    }

    #[test]
    fn early_packets_wait_and_far_ones_are_not_acknowledged() {
        let (mut reliable, _) = with_packets(0);
        assert_eq!(reliable.receive(11, b"l"), Ok(true));
        assert_eq!(reliable.receive(12, b"m"), Err(DropReason::Window));
        assert_eq!(reliable.receive(0, b"a"), Ok(true));
        assert_eq!(reliable.next_in_order(), Some((0, b"a".to_vec())));
        assert_eq!(reliable.next_in_order(), None);
        assert_eq!(reliable.receive(0, b"x"), Ok(false), "delivered already");
        assert_eq!(reliable.receive(11, b"x"), Ok(false), "kept already");
        assert_eq!(reliable.receive(u32::MAX, b""), Err(DropReason::Window));
        assert_eq!(reliable.take_acks(8), [0, 11]);
    }

    #[test]
    fn acknowledgements_are_repeated_where_there_is_room() {
        let (mut reliable, _) = with_packets(0);
        for (id, want) in [
            (0, &[0][..]),
            (1, &[1, 0]),
            (2, &[2, 1, 0]),
            (3, &[3, 2, 1, 0]),
            (4, &[4, 3, 2, 1]),
        ] {
            assert_eq!(reliable.receive(id, b""), Ok(true));
            assert!(reliable.owes_ack());
            assert_eq!(reliable.take_acks(PIGGYBACK_ACKS), want);
            assert!(!reliable.owes_ack());
            reliable.next_in_order();
        }
        for id in 5..11 {
            assert_eq!(reliable.receive(id, b""), Ok(true));
        }
        assert_eq!(reliable.take_acks(4), [8, 7, 6, 5]);
        assert!(reliable.owes_ack());
        assert_eq!(reliable.take_acks(8), [10, 9, 8, 7, 6, 5, 4, 3]);
    }
}
