//! `inactive`, `session-timeout`, `ping-exit`: what ends a session from this end.

use core::time::Duration;
use std::time::Instant;

use crate::device::{Device, DeviceError};
use crate::options::TunnelOptions;

/// The times after which this end ends a session.
#[derive(Default)]
pub(super) struct Timers {
    session_end: Option<Instant>,
    inactive: Option<Inactive>,
    /// A peer that fell silent ends the session (`ping-exit`) instead of the connection.
    pub(super) exit_on_silence: bool,
}

struct Inactive {
    check_at: Instant,
    every: Duration,
    bytes: u64,
    moved: u64,
}

impl Timers {
    /// Starts them when the tunnel comes up; returns the keepalive interval and timeout.
    pub(super) fn start(&mut self, options: &TunnelOptions, started: Instant) -> (Duration, Duration) {
        let now = Instant::now();
        let some = |time: Option<Duration>| time.filter(|time| !time.is_zero());
        self.session_end = some(options.session_timeout).map(|time| started + time);
        self.inactive = options
            .inactive
            .filter(|(time, _)| !time.is_zero())
            .map(|(every, bytes)| Inactive {
                check_at: now + every,
                every,
                bytes,
                moved: 0,
            });
        let restart = some(options.ping_restart);
        self.exit_on_silence = restart.is_none() && some(options.ping_exit).is_some();
        let silence = restart.or(some(options.ping_exit)).unwrap_or_default();
        (options.ping.unwrap_or_default(), silence)
    }

    /// When to look again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.session_end
            .into_iter()
            .chain(self.inactive.as_ref().map(|inactive| inactive.check_at))
            .min()
    }

    /// Whether a time is over. Asks the driver for its counters when that decides.
    pub(super) fn is_over(&mut self, now: Instant, device: &Device) -> Result<bool, DeviceError> {
        if self.session_end.is_some_and(|end| now >= end) {
            tracing::info!("session-timeout");
            return Ok(true);
        }
        if let Some(inactive) = self.inactive.as_mut().filter(|inactive| now >= inactive.check_at) {
            let stats = device.stats()?;
            let count = |n: i64| u64::try_from(n).unwrap_or(0);
            let moved = count(stats.tun_bytes_received).saturating_add(count(stats.tun_bytes_sent));
            if moved.saturating_sub(inactive.moved) <= inactive.bytes {
                tracing::info!("inactive");
                return Ok(true);
            }
            (inactive.moved, inactive.check_at) = (moved, now + inactive.every);
        }
        Ok(false)
    }
}
