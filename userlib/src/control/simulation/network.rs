//! A network that loses, repeats, reorders and damages packets, the same way for the same seed.

use core::time::Duration;
use std::collections::BTreeMap;
use std::time::Instant;

use super::super::Random;

/// Numbers from a seed (SplitMix64).
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }
}

impl Random for Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

/// What the network does. Chances are in percent, times in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Conditions {
    pub(super) loss: u64,
    pub(super) duplicate: u64,
    /// Sends a damaged copy ahead.
    pub(super) mutate: u64,
    pub(super) delay: u64,
    /// Up to so much more: packets overtake each other.
    pub(super) jitter: u64,
}

impl Conditions {
    pub(super) const PERFECT: Self = Self {
        loss: 0,
        duplicate: 0,
        mutate: 0,
        delay: 10,
        jitter: 0,
    };
    pub(super) const BAD: Self = Self {
        loss: 30,
        duplicate: 10,
        mutate: 0,
        delay: 40,
        jitter: 60,
    };
    pub(super) const MUTATING: Self = Self {
        loss: 0,
        duplicate: 0,
        mutate: 40,
        delay: 10,
        jitter: 0,
    };
}

/// Packets under way, by arrival; the number keeps those apart that arrive at once.
type Flying = BTreeMap<(Instant, u64), Vec<u8>>;

pub(super) struct Network {
    conditions: Conditions,
    noise: Noise,
    sent: u64,
    to_client: Flying,
    to_server: Flying,
}

impl Network {
    pub(super) fn new(conditions: Conditions, seed: u64) -> Self {
        let (to_client, to_server) = (Flying::new(), Flying::new());
        Self {
            conditions,
            noise: Noise::new(seed ^ 2),
            sent: 0,
            to_client,
            to_server,
        }
    }

    pub(super) fn send_to_server(&mut self, now: Instant, packet: Vec<u8>) {
        // A mutated first packet of a client could not be told from another client's.
        let copies = self.copies(now, packet, false);
        self.to_server.extend(copies);
    }

    pub(super) fn send_to_client(&mut self, now: Instant, packet: Vec<u8>) {
        let copies = self.copies(now, packet, self.conditions.mutate > 0);
        self.to_client.extend(copies);
    }

    fn copies(&mut self, now: Instant, packet: Vec<u8>, may_mutate: bool) -> Flying {
        let mut copies = Flying::new();
        if may_mutate && self.noise.percent(self.conditions.mutate) {
            let mut damaged = packet.clone();
            let at = usize::try_from(self.noise.next()).unwrap() % damaged.len();
            damaged[at] ^= 1 << (self.noise.next() % 8);
            copies.insert(self.arrival(now), damaged);
        }
        if self.noise.percent(self.conditions.duplicate) {
            copies.insert(self.arrival(now), packet.clone());
        }
        if !self.noise.percent(self.conditions.loss) {
            copies.insert(self.arrival(now), packet);
        }
        copies
    }

    fn arrival(&mut self, now: Instant) -> (Instant, u64) {
        self.sent += 1;
        let jitter = match self.conditions.jitter {
            0 => 0,
            jitter => self.noise.next() % jitter,
        };
        (
            now + Duration::from_millis(self.conditions.delay + jitter),
            self.sent,
        )
    }

    pub(super) fn next_arrival(&self) -> Option<Instant> {
        [&self.to_client, &self.to_server]
            .into_iter()
            .filter_map(|to| to.keys().next().map(|&(at, _)| at))
            .min()
    }

    pub(super) fn arrivals_at_client(&mut self, now: Instant) -> Vec<Vec<u8>> {
        arrived(&mut self.to_client, now)
    }

    pub(super) fn arrivals_at_server(&mut self, now: Instant) -> Vec<Vec<u8>> {
        arrived(&mut self.to_server, now)
    }
}

fn arrived(to: &mut Flying, now: Instant) -> Vec<Vec<u8>> {
    let later = to.split_off(&(now + Duration::from_nanos(1), 0));
    core::mem::replace(to, later).into_values().collect()
}
