//! Replay protection of wrapped control packets: a window over (time, replay id).

use super::super::DropReason;

/// Packets behind the newest that are still accepted, once each. OpenVPN's default.
const WINDOW: u32 = 64;

/// What stands in a wrapped packet: a replay id that counts packets, and the second in which the count began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayId {
    /// Seconds since 1970 at which the sender began to count.
    pub time: u32,
    /// Number of the packet, from 1.
    pub id: u32,
}

impl ReplayId {
    /// Replay id, then time, as tls-auth and tls-crypt write them.
    pub(super) fn to_bytes(self) -> [u8; 8] {
        let ([a, b, c, d], [e, f, g, h]) = (self.id.to_be_bytes(), self.time.to_be_bytes());
        [a, b, c, d, e, f, g, h]
    }

    pub(super) fn from_bytes([a, b, c, d, e, f, g, h]: [u8; 8]) -> Self {
        Self {
            id: u32::from_be_bytes([a, b, c, d]),
            time: u32::from_be_bytes([e, f, g, h]),
        }
    }
}

/// The sender's side: hands out each replay id once.
#[derive(Debug)]
pub(super) struct ReplayIds {
    next: ReplayId,
}

impl ReplayIds {
    pub(super) fn starting_at(first: ReplayId) -> Self {
        Self { next: first }
    }

    /// The id of the packet that is about to be sent. When the count is used up, a new one begins a second later.
    pub(super) fn take(&mut self) -> ReplayId {
        let taken = self.next;
        self.next = match taken.id.checked_add(1) {
            Some(id) => ReplayId { id, ..taken },
            None => ReplayId {
                id: 1,
                time: taken.time.wrapping_add(1),
            },
        };
        taken
    }
}

/// The receiver's side: which packets have been seen. Ask only about packets whose tag was right.
#[derive(Debug, Default)]
pub(super) struct ReplayWindow {
    /// The newest accepted; `None` before the first.
    newest: Option<ReplayId>,
    /// Bit n: `newest.id - n` has been seen.
    seen: u64,
}

impl ReplayWindow {
    /// Accepts an authentic packet once, or says that it is a replay.
    pub(super) fn accept(&mut self, packet: ReplayId) -> Result<(), DropReason> {
        if packet.id == 0 {
            return Err(DropReason::Replay);
        }
        let Some(newest) = self.newest.filter(|newest| packet.time <= newest.time) else {
            (self.newest, self.seen) = (Some(packet), 1);
            return Ok(());
        };
        if packet.time < newest.time {
            return Err(DropReason::Replay);
        }
        if packet.id > newest.id {
            self.seen = self.seen.checked_shl(packet.id - newest.id).unwrap_or(0) | 1;
            self.newest = Some(packet);
            return Ok(());
        }
        let behind = newest.id - packet.id;
        if behind >= WINDOW || self.seen >> behind & 1 != 0 {
            return Err(DropReason::Replay);
        }
        self.seen |= 1 << behind;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packet_is_accepted_once() {
        for (why, packets, want) in [
            ("in order", [(5, 1), (5, 2), (5, 3)], [true, true, true]),
            ("twice", [(5, 7), (5, 7), (5, 8)], [true, false, true]),
            ("reordered", [(5, 9), (5, 4), (5, 4)], [true, true, false]),
            ("number zero", [(5, 0), (5, 1), (5, 0)], [false, true, false]),
            (
                "behind the window",
                [(5, 70), (5, 6), (5, 7)],
                [true, false, true],
            ),
            (
                "a jump forgets nothing behind it",
                [(5, 1), (5, 65), (5, 1)],
                [true, true, false],
            ),
            (
                "a later second begins anew",
                [(5, 100), (6, 1), (5, 101)],
                [true, true, false],
            ),
            (
                "the last id",
                [(5, u32::MAX), (5, u32::MAX), (5, u32::MAX - 1)],
                [true, false, true],
            ),
        ] {
            let mut window = ReplayWindow::default();
            let got = packets.map(|(time, id)| window.accept(ReplayId { time, id }).is_ok());
            assert_eq!(got, want, "{why}");
        }
    }

    #[test]
    fn ids_never_repeat_when_the_count_is_used_up() {
        let mut ids = ReplayIds::starting_at(ReplayId {
            time: 7,
            id: u32::MAX - 1,
        });
        let taken = [ids.take(), ids.take(), ids.take()].map(|id| (id.time, id.id));
        assert_eq!(taken, [(7, u32::MAX - 1), (7, u32::MAX), (8, 1)]);
    }

    proptest::proptest! {
        #[test]
        fn no_id_is_accepted_twice(ids in proptest::collection::vec((0u32..3, 0u32..200), 0..400)) {
            let mut window = ReplayWindow::default();
            let mut accepted = std::collections::BTreeSet::new();
            for (time, id) in ids {
                if window.accept(ReplayId { time, id }).is_ok() {
                    assert!(accepted.insert((time, id)));
                }
            }
        }
    }
}
