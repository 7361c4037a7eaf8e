//! Control packets on their way to user space.
//!
//! The data path queues here what is not a data packet; reads take it out, one packet each, in order. The queue
//! has a fixed number of slots of a fixed size, made when the device is made: a packet that does not fit
//! a slot cannot be put in one, and a flood of packets costs the flooder's packets, not memory.
//!
//! What user space writes passes through a [`Packet`] of its own size on its way to the socket, so the bound is the
//! type's there too (an earlier driver overflowed a pool buffer here, CVE-2025-50054).

use alloc::vec::Vec;
use core::net::SocketAddr;

use ovpn_dco_uapi::NtStatus;

use crate::sync::{NoMemory, push_within_capacity, try_with_capacity};
use ovpn_dco_uapi::limits::CONTROL_READ_MAX;

/// Up to `N` bytes. Nothing longer can be made.
pub(crate) struct Packet<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Packet<N> {
    pub(crate) const EMPTY: Self = Self {
        bytes: [0; N],
        len: 0,
    };

    /// A copy of `source`; `None` if it is longer than `N`.
    pub(crate) fn copy_of(source: &[u8]) -> Option<Self> {
        let mut packet = Self::EMPTY;
        packet.assign(source)?;
        Some(packet)
    }

    fn assign(&mut self, source: &[u8]) -> Option<()> {
        self.bytes.get_mut(..source.len())?.copy_from_slice(source);
        self.len = source.len();
        Some(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Why a packet was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotQueued {
    /// Longer than [`CONTROL_READ_MAX`].
    TooLong,
    /// Every slot is taken: user space reads too slowly.
    Full,
}

/// A bounded first-in first-out queue of received control packets.
pub(crate) struct ControlQueue {
    slots: Vec<Slot>,
    head: usize,
    len: usize,
}

struct Slot {
    packet: Packet<CONTROL_READ_MAX>,
    from: Option<SocketAddr>,
}

impl ControlQueue {
    /// A queue of `slots` packets.
    pub(crate) fn new(slots: usize) -> Result<Self, NtStatus> {
        let mut made = try_with_capacity(slots).map_err(|NoMemory| NtStatus::NO_MEMORY)?;
        for _ in 0..slots {
            let slot = Slot {
                packet: Packet::EMPTY,
                from: None,
            };
            push_within_capacity(&mut made, slot).map_err(|_| NtStatus::NO_MEMORY)?;
        }
        Ok(Self {
            slots: made,
            head: 0,
            len: 0,
        })
    }

    /// Appends a copy of `packet`. `from` is kept beside it and comes back with it.
    pub(crate) fn push(&mut self, packet: &[u8], from: Option<SocketAddr>) -> Result<(), NotQueued> {
        let at = self.wrap(self.head.saturating_add(self.len));
        let free = self.len < self.slots.len();
        let slot = self.slots.get_mut(at).filter(|_| free).ok_or(NotQueued::Full)?;
        slot.packet.assign(packet).ok_or(NotQueued::TooLong)?;
        slot.from = from;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    /// The oldest packet and its sender.
    pub(crate) fn front(&self) -> Option<(&[u8], Option<SocketAddr>)> {
        let slot = self.slots.get(self.head).filter(|_| self.len > 0)?;
        Some((slot.packet.bytes(), slot.from))
    }

    /// Forgets the oldest packet.
    pub(crate) fn pop(&mut self) {
        if self.len > 0 {
            self.head = self.wrap(self.head.saturating_add(1));
            self.len = self.len.saturating_sub(1);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    fn wrap(&self, at: usize) -> usize {
        at.checked_sub(self.slots.len()).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_in_order_around_the_end_of_the_ring() {
        let mut queue = ControlQueue::new(3).unwrap();
        let mut next_out = 0u8;
        for next_in in 0..100u8 {
            assert_eq!(queue.push(&[next_in; 5], None), Ok(()));
            if next_in % 3 != 0 {
                continue;
            }
            while let Some((packet, _)) = queue.front() {
                assert_eq!(packet, [next_out; 5]);
                queue.pop();
                next_out += 1;
            }
        }
        assert_eq!(next_out, 100);
    }

    #[test]
    fn a_full_queue_and_an_oversized_packet_are_refused_and_change_nothing() {
        let mut queue = ControlQueue::new(2).unwrap();
        assert_eq!(
            queue.push(&[1; CONTROL_READ_MAX + 1], None),
            Err(NotQueued::TooLong)
        );
        assert_eq!(queue.push(&[1; CONTROL_READ_MAX], None), Ok(()));
        assert_eq!(queue.push(&[2], None), Ok(()));
        assert_eq!(queue.push(&[3], None), Err(NotQueued::Full));
        assert_eq!(
            queue.front().map(|(packet, _)| packet.len()),
            Some(CONTROL_READ_MAX)
        );
        queue.pop();
        assert_eq!(queue.front().map(|(packet, _)| packet), Some(&[2][..]));
        queue.clear();
        assert!(queue.front().is_none());
        assert_eq!(queue.push(&[4], None), Ok(()));
        assert_eq!(queue.front().map(|(packet, _)| packet), Some(&[4][..]));
    }

    #[test]
    fn a_queue_without_slots_takes_nothing() {
        let mut queue = ControlQueue::new(0).unwrap();
        assert_eq!(queue.push(&[1], None), Err(NotQueued::Full));
        queue.pop();
        assert!(queue.front().is_none());
    }

    #[test]
    fn a_packet_cannot_hold_more_than_its_type_says() {
        for (len, fits) in [(0, true), (1, true), (1500, true), (1501, false), (70_000, false)] {
            let source = alloc::vec![7; len];
            let packet = Packet::<1500>::copy_of(&source);
            assert_eq!(packet.is_some(), fits, "{len}");
            assert!(packet.is_none_or(|packet| packet.bytes() == source));
        }
    }
}
