use super::Input;
use ovpn_dco_engine::Instant;
use ovpn_dco_engine::limits::{REPLAY_SILENCE_MS, REPLAY_WINDOW};
use ovpn_dco_engine::replay::ReplayWindow;
use std::collections::BTreeSet;

/// Any sequence of ids and times is judged as a set of seen ids would judge it.
///
/// Input, per step: what to do; an operand of two bytes.
pub fn replay(data: &[u8]) {
    let mut input = Input(data);
    let window = ReplayWindow::new().expect("memory");
    let mut naive = Naive::default();
    let (mut base, mut time) = (0_u64, 1_000_000_u64);
    while let (Some(what), Some(operand)) = (input.byte(), input.word()) {
        let operand = u64::from(operand);
        match what % 8 {
            // Towards the end of 48 bits, in jumps of any size.
            0 => base = (base + (operand << (what / 8))).min(1 << 48),
            1 => time += operand * 10,
            2 => base += operand % 64,
            _ => {}
        }
        let id = (base + REPLAY_WINDOW + 64).saturating_sub(operand % (REPLAY_WINDOW + 128));
        let (got, want) = (window.accept(id, Instant(time)), naive.accept(id, time));
        assert_eq!(got, want, "id {id} at {time} ms, highest {:?}", naive.seen.last());
        assert_eq!(window.highest(), naive.highest());
    }
}

/// The rules, in the plainest form.
#[derive(Default)]
pub(super) struct Naive {
    seen: BTreeSet<u64>,
    floor: u64,
    last: u64,
}

impl Naive {
    fn highest(&self) -> u64 {
        self.seen.last().copied().unwrap_or(0)
    }

    pub(super) fn accept(&mut self, id: u64, time: u64) -> bool {
        let highest = self.highest();
        if time.saturating_sub(self.last) >= REPLAY_SILENCE_MS {
            self.floor = highest;
        }
        if id <= self.floor || id + REPLAY_WINDOW <= highest || !self.seen.insert(id) {
            return false;
        }
        self.last = time;
        true
    }
}
