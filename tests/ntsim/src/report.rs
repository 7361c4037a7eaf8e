//! What a run found: for people at the end, and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::cpu::callback::{self, Cost};
use crate::ntoskrnl::pool;
use crate::violation::Violation;
use crate::{faults, io, machine, thunk, trap, violation, wdf};

/// Everything worth knowing about a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Number of violations.
    pub violations: u64,
    /// Those of them that are leaks.
    pub leaks: u64,
    /// Calls of the driver into the system.
    pub calls: u64,
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
    /// What modules count, such as dropped packets; see [`count`].
    pub counters: BTreeMap<String, u64>,
}

static COUNTERS: parking_lot::Mutex<BTreeMap<String, u64>> = parking_lot::Mutex::new(BTreeMap::new());

/// Adds to a counter of the report.
pub fn count(name: &str, n: u64) {
    *COUNTERS.lock().entry(name.to_owned()).or_default() += n;
}

pub(crate) fn reset() {
    COUNTERS.lock().clear();
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
        Self {
            violations: violation::count(),
            leaks: list
                .iter()
                .filter(|v| v.rule.0.ends_with("leak") || v.rule.0 == "left-at-unload")
                .count() as u64,
            calls: functions.values().sum(),
            stopped: machine::stopped(),
            list,
            functions,
            callbacks: callback::costs()
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
            traps: trap::hits(),
            allocations: faults::allocations(),
            counters: COUNTERS.lock().clone(),
        }
    }

    /// Whether the run was clean.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations == 0 && !self.stopped
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_clean() { "clean" } else { "FAILED" };
        writeln!(
            f,
            "{verdict}: {} violations ({} leaks), {} calls, {} allocations",
            self.violations, self.leaks, self.calls, self.allocations
        )?;
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
        for (name, n) in &self.counters {
            writeln!(f, "  {name}: {n}")?;
        }
        writeln!(
            f,
            "{:40} {:>10} {:>12} {:>12}",
            "callback", "calls", "mean", "longest"
        )?;
        for (name, cost) in &self.callbacks {
            let mean = cost.total_ns.checked_div(cost.calls).unwrap_or(0);
            writeln!(
                f,
                "{name:40} {:>10} {:>9} ns {:>9} ns",
                cost.calls, mean, cost.longest_ns
            )?;
        }
        Ok(())
    }
}

/// The machine's state while it runs, for `ntsim inspect`: devices, queues, objects, pool.
#[must_use]
pub fn inspect() -> String {
    let mut lines = Vec::new();
    for device in io::devices() {
        let kind = if device.is_control() {
            "control device"
        } else {
            "device"
        };
        lines.push(format!(
            "{kind} {} opens {:?}",
            device.init.name.as_deref().unwrap_or("(no name)"),
            device.opens
        ));
        lines.extend(
            device
                .interfaces()
                .iter()
                .map(|i| format!("  interface {} enabled {}", i.path, i.enabled)),
        );
        lines.extend(
            wdf::queue::summaries(&device)
                .into_iter()
                .map(|q| format!("  {q}")),
        );
    }
    lines.push("objects:".to_owned());
    for root in wdf::object::roots() {
        root.describe(1, &mut lines);
    }
    lines.push("pool:".to_owned());
    lines.extend(
        pool::by_tag()
            .into_iter()
            .map(|(tag, (bytes, blocks))| format!("  {tag}: {bytes} bytes, {blocks} blocks")),
    );
    lines.push(format!("violations: {}", violation::count()));
    lines.join("\n") + "\n"
}
