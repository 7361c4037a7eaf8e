//! The replay window: which packet ids have been seen.
//!
//! Follows "OpenVPN data channel", replay protection, with the rules of OpenVPN's kernel modules: a window of 2048 ids;
//! after 30 s without an accepted packet the highest id becomes a floor, and nothing at or below it is accepted.
//!
//! Receivers on any number of processors share a window without a lock. It is a ring of 64-bit words, each of which
//! says for 16 consecutive ids which were seen, and *which* 16 ids it speaks of:
//!
//! ```text
//!  63                                        16 15                 0
//! +--------------------------------------------+--------------------+
//! | id >> 12: which turn of the ring           | one bit per id     |
//! +--------------------------------------------+--------------------+
//! ```
//!
//! Accepting an id is one compare-and-swap on its word, so each id is accepted at most once. A word that speaks of a
//! later turn refuses: the ring is twice as long as the window, so the id is out of the window by then.
//!
//! A packet is marked after it authenticated and never before.

use crate::Instant;
use crate::limits::{REPLAY_SILENCE_MS, REPLAY_WINDOW};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{NoMemory, push_within_capacity, try_with_capacity};
use alloc::vec::Vec;

/// Ids per word.
const IDS: u64 = 16;
/// Words in the ring: twice the window, so that a window and the word that it begins in never meet.
const WORDS: u64 = REPLAY_WINDOW / IDS * 2;

/// The packet ids that one key has seen. Ids are below 2^60.
pub struct ReplayWindow {
    words: Vec<AtomicU64>,
    /// The highest id accepted; 0 if none.
    highest: AtomicU64,
    /// Nothing at or below is accepted.
    floor: AtomicU64,
    /// When a packet was last accepted, in milliseconds.
    last: AtomicU64,
}

impl ReplayWindow {
    /// A window that has seen nothing.
    pub fn new() -> Result<Self, NoMemory> {
        let mut words = try_with_capacity(usize::try_from(WORDS).map_err(|_| NoMemory)?)?;
        for _ in 0..WORDS {
            push_within_capacity(&mut words, AtomicU64::new(0)).map_err(|_| NoMemory)?;
        }
        Ok(Self {
            words,
            highest: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            last: AtomicU64::new(0),
        })
    }

    /// Marks the id of an authentic packet; `false` if it must be dropped as a replay, as too old, or as 0.
    ///
    /// Any number of processors may call at once: `true` is given once per id. A clock that lags behind another
    /// processor's only delays the floor. Two packets that end a silence at the same moment may put the floor at the
    /// first of them: it errs towards refusing.
    #[inline]
    pub fn accept(&self, id: u64, now: Instant) -> bool {
        let highest = self.highest.load(Ordering::Relaxed);
        let last = self.last.load(Ordering::Relaxed);
        if now.0.saturating_sub(last) >= REPLAY_SILENCE_MS {
            self.floor.fetch_max(highest, Ordering::Relaxed);
        }
        let expired = id <= self.floor.load(Ordering::Relaxed);
        let too_old = highest.saturating_sub(id) >= REPLAY_WINDOW;
        if expired || too_old || !self.mark(id) {
            return false;
        }
        if id > highest {
            self.highest.fetch_max(id, Ordering::Relaxed);
        }
        if now.0 > last {
            self.last.fetch_max(now.0, Ordering::Relaxed);
        }
        true
    }

    /// The highest id accepted; 0 if none.
    pub fn highest(&self) -> u64 {
        self.highest.load(Ordering::Relaxed)
    }

    #[inline]
    fn mark(&self, id: u64) -> bool {
        let bit = 1_u64 << (id % IDS);
        let turn = id / (IDS * WORDS);
        // In range by the modulo; `get` so that nobody needs to believe it.
        let Some(word) = usize::try_from(id / IDS % WORDS)
            .ok()
            .and_then(|index| self.words.get(index))
        else {
            return false;
        };
        let mut seen = word.load(Ordering::Relaxed);
        loop {
            let seen_turn = seen >> IDS;
            let marked = if seen_turn == turn {
                seen | bit
            } else if seen_turn < turn {
                turn << IDS | bit
            } else {
                return false;
            };
            if marked == seen {
                return false;
            }
            match word.compare_exchange_weak(seen, marked, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(newer) => seen = newer,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicUsize;

    const NOW: Instant = Instant(1_000_000);

    fn decisions(ids: &[u64]) -> Vec<bool> {
        let window = ReplayWindow::new().unwrap();
        ids.iter().map(|id| window.accept(*id, NOW)).collect()
    }

    #[test]
    fn zero_and_repeated_ids_are_refused() {
        assert_eq!(decisions(&[0, 1, 0, 1, 2]), [false, true, false, false, true]);
    }

    #[test]
    fn the_window_is_2048_ids_long() {
        assert_eq!(decisions(&[3000, 953, 952, 953]), [true, true, false, false]);
    }

    #[test]
    fn a_jump_of_any_size_moves_the_window() {
        for shift in 4..59 {
            let far = 1 << shift;
            let expected = [true, true, true, false, true];
            assert_eq!(
                decisions(&[1, far, far + 1, far, far + 4096 * 3]),
                expected,
                "2^{shift}"
            );
        }
    }

    #[test]
    fn silence_makes_the_highest_id_a_floor() {
        let window = ReplayWindow::new().unwrap();
        let at = |seconds: u64, id| window.accept(id, Instant(seconds * 1000));
        assert!(at(100, 10));
        assert!(at(129, 8), "29 s after the last accepted packet");
        assert!(!at(159, 7), "30 s after");
        assert!(!at(159, 9));
        assert!(at(159, 11));
    }

    #[test]
    fn a_refused_packet_does_not_end_the_silence() {
        let window = ReplayWindow::new().unwrap();
        assert!(window.accept(10, Instant(0)));
        assert!(!window.accept(10, Instant(29_000)));
        assert!(!window.accept(9, Instant(31_000)));
    }

    #[test]
    fn threads_share_the_ids_between_them() {
        let window = ReplayWindow::new().unwrap();
        let accepted = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let count = (1..=2000).filter(|id| window.accept(*id, NOW)).count();
                    accepted.fetch_add(count, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(accepted.into_inner(), 2000);
    }

    /// What the rules say, with a set.
    #[derive(Default)]
    struct Naive {
        seen: BTreeSet<u64>,
        floor: u64,
        last: u64,
    }

    impl Naive {
        fn accept(&mut self, id: u64, now: Instant) -> bool {
            let highest = self.seen.last().copied().unwrap_or(0);
            if now.0.saturating_sub(self.last) >= REPLAY_SILENCE_MS {
                self.floor = highest;
            }
            if id <= self.floor || id + REPLAY_WINDOW <= highest || !self.seen.insert(id) {
                return false;
            }
            self.last = now.0;
            true
        }
    }

    proptest::proptest! {
        #[test]
        fn decides_as_a_set_would(steps in proptest::collection::vec((0..6_u8, 0..5000_u64, 0..40_u64), 1..300)) {
            let window = ReplayWindow::new().unwrap();
            let mut naive = Naive::default();
            let (mut base, mut time) = (1_u64, 1_000_000_u64);
            for (kind, offset, seconds) in steps {
                match kind {
                    0 => base += offset << (offset % 32),
                    1 => time += seconds * 1000,
                    _ => {}
                }
                let id = (base + offset).saturating_sub(2500);
                proptest::prop_assert_eq!(window.accept(id, Instant(time)), naive.accept(id, Instant(time)));
                proptest::prop_assert_eq!(window.highest(), naive.seen.last().copied().unwrap_or(0));
            }
        }
    }
}
