//! Calls to functions that the simulator doesn't have: named, counted, answered with a failure.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::status::{self, NtStatus};
use crate::{cpu, image};

static CALLS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Stands in for every unknown function: notes caller and name, answers `STATUS_NOT_SUPPORTED`.
///
/// A function that returns a pointer or a handle gives a value that faults when it is used as an address; one that
/// returns nothing is harmless. Either way the name is in the log and in the report.
pub(crate) extern "win64" fn trapped() -> NtStatus {
    note("");
    status::NOT_SUPPORTED
}

/// Notes that the current call asks for something (`detail`, may be empty) that the simulator doesn't have.
pub(crate) fn note(detail: &str) {
    let cpu = cpu::current();
    let name = cpu
        .function()
        .map_or_else(|| "?".to_owned(), |f| format!("{}!{}{detail}", f.module, f.name));
    let first = {
        let mut calls = CALLS.lock();
        let n = calls.entry(name.clone()).or_default();
        *n += 1;
        *n == 1
    };
    if first {
        eprintln!(
            "ntsim: trap {name} called from {}: answered STATUS_NOT_SUPPORTED",
            image::describe(cpu.site())
        );
    }
}

/// Which traps were hit, and how often.
#[must_use]
pub fn hits() -> BTreeMap<String, u64> {
    CALLS.lock().clone()
}

pub(crate) fn reset() {
    CALLS.lock().clear();
}
