//! Keepalive: a ping after idle transmission, an end after idle reception.
//!
//! Data channel, "keepalive": nothing sent to a peer for `ping` seconds, a ping goes out; no *authenticated* packet
//! from it for `ping-restart` seconds, it is given up. The device's timer asks about once a second, so both come up to
//! one tick late and never early.
//!
//! The data path notes activity in [`Activity`]. A time is stored only if it differs from the one already there by
//! [`GRAIN`], so processors that serve the same peer read this cache line and all but never write to it.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::Instant;

/// How stale a noted time may be, in milliseconds.
const GRAIN: u64 = 250;

/// Settings of one peer, in milliseconds; 0 is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keepalive {
    /// Longest silence of ours.
    pub(crate) interval: u64,
    /// Longest silence of the peer's.
    pub(crate) timeout: u64,
}

/// When a peer was last sent to and heard from.
pub(crate) struct Activity {
    sent: AtomicU64,
    received: AtomicU64,
    /// The end of the peer has been reported.
    expired: AtomicBool,
}

/// What the timer has to do for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) ping: bool,
    pub(crate) expired: bool,
}

impl Activity {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            sent: AtomicU64::new(now.0),
            received: AtomicU64::new(now.0),
            expired: AtomicBool::new(false),
        }
    }

    /// A data packet to the peer was sealed.
    pub(crate) fn sent(&self, now: Instant) {
        note(&self.sent, now);
    }

    /// A packet from the peer was authenticated.
    pub(crate) fn received(&self, now: Instant) {
        note(&self.received, now);
    }

    /// Transmission counts as idle from now on.
    pub(crate) fn restart_interval(&self, now: Instant) {
        self.sent.store(now.0, Ordering::Relaxed);
    }

    /// Reception counts as idle from now on, and an end may be reported again.
    pub(crate) fn restart_timeout(&self, now: Instant) {
        self.received.store(now.0, Ordering::Relaxed);
        self.expired.store(false, Ordering::Relaxed);
    }

    /// The end of the peer has been reported: it is not due again until [`Activity::restart_timeout`].
    pub(crate) fn reported(&self) {
        self.expired.store(true, Ordering::Relaxed);
    }

    /// What is due now.
    pub(crate) fn due(&self, settings: Keepalive, now: Instant) -> Due {
        let idle = |since: &AtomicU64| now.0.saturating_sub(since.load(Ordering::Relaxed));
        let ping = settings.interval != 0 && idle(&self.sent) >= settings.interval;
        let silent = settings.timeout != 0 && idle(&self.received) >= settings.timeout.saturating_add(GRAIN);
        let expired = silent && !self.expired.load(Ordering::Relaxed);
        Due { ping, expired }
    }
}

fn note(cell: &AtomicU64, now: Instant) {
    if now.0.saturating_sub(cell.load(Ordering::Relaxed)) >= GRAIN {
        cell.store(now.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Keepalive = Keepalive {
        interval: 10_000,
        timeout: 60_000,
    };

    #[test]
    fn ping_is_due_after_the_interval_without_transmission() {
        let activity = Activity::new(Instant(0));
        for (at, ping) in [(9_999, false), (10_000, true), (11_000, true)] {
            assert_eq!(activity.due(S, Instant(at)).ping, ping, "{at}");
        }
        activity.sent(Instant(11_000));
        for (at, ping) in [(20_999, false), (21_000, true)] {
            assert_eq!(activity.due(S, Instant(at)).ping, ping, "{at}");
        }
    }

    #[test]
    fn a_peer_never_expires_early_and_not_again_once_reported() {
        let activity = Activity::new(Instant(0));
        activity.received(Instant(1_000));
        activity.received(Instant(1_249)); // within the grain: not stored
        for (at, expired) in [(61_248, false), (61_250, true), (62_000, true)] {
            assert_eq!(activity.due(S, Instant(at)).expired, expired, "{at}");
        }
        activity.reported();
        assert!(!activity.due(S, Instant(100_000)).expired);
        activity.restart_timeout(Instant(100_000));
        assert!(!activity.due(S, Instant(160_000)).expired);
        assert!(activity.due(S, Instant(160_250)).expired);
    }

    #[test]
    fn zero_turns_a_timer_off() {
        let activity = Activity::new(Instant(0));
        let off = Keepalive::default();
        assert_eq!(
            activity.due(off, Instant(u64::MAX)),
            Due {
                ping: false,
                expired: false
            }
        );
    }

    #[test]
    fn noted_times_never_run_backwards() {
        let activity = Activity::new(Instant(5_000));
        activity.sent(Instant(1));
        assert!(!activity.due(S, Instant(14_999)).ping);
    }
}
