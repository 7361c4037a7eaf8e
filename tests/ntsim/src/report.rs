//! What a run found: for people at the end, and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::cpu::callback::{self, Cost};
use crate::violation::Violation;
use crate::{faults, machine, schedule, thunk, trap, violation};

/// Everything worth knowing about a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What ran the driver: `ntsim`.
    pub device: &'static str,
    /// SHA-256 of the driver's file, as 64 hexadecimal digits.
    pub image_sha256: Option<String>,
    /// What was checked and found.
    pub verifier: Verifier,
    /// Packets that the machine dropped, by reason: what is counted under a name with [`DROPPED`] in it.
    pub drops: BTreeMap<String, u64>,
    /// The machine stopped (bugcheck, bad address).
    pub stopped: bool,
    /// The violations.
    pub list: Vec<Violation>,
    /// Calls by function.
    pub functions: BTreeMap<String, u64>,
    /// Cost by callback.
    pub callbacks: BTreeMap<String, Cost>,
    /// Calls that the simulator doesn't have.
    pub traps: BTreeMap<String, u64>,
    /// Allocations that the driver asked for.
    pub allocations: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Pauses that the seeded schedule made; see [`crate::schedule`].
    pub pauses: u64,
    /// What else modules count; see [`count`].
    pub counters: BTreeMap<String, u64>,
}

/// The verifier's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verifier {
    /// Number of violations.
    pub violations: u64,
    /// Those of them that are leaks.
    pub leaks: u64,
    /// Calls of the driver into the system.
    pub calls: u64,
}

/// What stands in the names of counters of dropped packets, as in `net tx: dropped, longer than the MTU`.
pub const DROPPED: &str = "dropped";

static COUNTERS: parking_lot::Mutex<BTreeMap<String, u64>> = parking_lot::Mutex::new(BTreeMap::new());
static IMAGE: parking_lot::Mutex<Option<String>> = parking_lot::Mutex::new(None);

/// Adds to a counter of the report. The names for dropped packets have [`DROPPED`] in them.
pub fn count(name: &str, n: u64) {
    *COUNTERS.lock().entry(name.to_owned()).or_default() += n;
}

/// Notes which file is loaded.
pub(crate) fn set_image(path: &Path) {
    // A file that can't be read doesn't load either, and the loader says why.
    *IMAGE.lock() = std::fs::read(path).ok().map(|bytes| {
        let digest = Sha256::digest(&bytes);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    });
}

pub(crate) fn reset() {
    COUNTERS.lock().clear();
    *IMAGE.lock() = None;
}

impl Report {
    /// The state of the run now.
    #[must_use]
    pub fn now() -> Self {
        let list = violation::all();
        let functions: BTreeMap<String, u64> = thunk::counts()
            .into_iter()
            .map(|(f, n)| (format!("{}!{}", f.module, f.name), n))
            .collect();
        let (drops, counters) = COUNTERS
            .lock()
            .clone()
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(name, _)| name.contains(DROPPED));
        Self {
            device: "ntsim",
            image_sha256: IMAGE.lock().clone(),
            verifier: Verifier {
                violations: violation::count(),
                leaks: list
                    .iter()
                    .filter(|v| v.rule.0.ends_with("leak") || v.rule.0 == "left-at-unload")
                    .count() as u64,
                calls: functions.values().sum(),
            },
            drops: drops.into_iter().filter(|(_, n)| *n > 0).collect(),
            stopped: machine::stopped(),
            list,
            functions,
            callbacks: callback::costs()
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
            traps: trap::hits(),
            allocations: faults::allocations(),
            seed: machine::with_config(|c| c.seed),
            pauses: schedule::pauses(),
            counters,
        }
    }

    /// Whether the run was clean.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verifier.violations == 0 && !self.stopped
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_clean() { "clean" } else { "FAILED" };
        writeln!(
            f,
            "{verdict}: {} violations ({} leaks), {} calls, {} allocations",
            self.verifier.violations, self.verifier.leaks, self.verifier.calls, self.allocations
        )?;
        if self.pauses != 0 {
            writeln!(f, "  pauses by seed {}: {}", self.seed, self.pauses)?;
        }
        if self.stopped {
            writeln!(f, "the machine stopped")?;
        }
        let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
        for violation in &self.list {
            *rules.entry(violation.rule.0).or_default() += 1;
        }
        for (rule, n) in rules {
            writeln!(f, "  violation {rule}: {n}")?;
        }
        for (name, n) in &self.traps {
            writeln!(f, "  not simulated: {name} ({n} calls)")?;
        }
        for (reason, n) in &self.drops {
            writeln!(f, "  {reason}: {n}")?;
        }
        for (name, n) in &self.counters {
            writeln!(f, "  {name}: {n}")?;
        }
        writeln!(
            f,
            "{:40} {:>10} {:>12} {:>12} {:>10}",
            "callback", "calls", "mean", "longest", "stack"
        )?;
        for (name, cost) in &self.callbacks {
            let mean = cost.total_ns.checked_div(cost.calls).unwrap_or(0);
            writeln!(
                f,
                "{name:40} {:>10} {:>9} ns {:>9} ns {:>8} B",
                cost.calls, mean, cost.longest_ns, cost.stack
            )?;
        }
        Ok(())
    }
}
