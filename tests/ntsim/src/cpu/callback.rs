//! Calls from the simulated system into the driver.
//!
//! Everything that runs driver code goes through [`invoke`], which sets the IRQL that Windows would, and checks on
//! return what Driver Verifier checks: same IRQL (0x10D 0xE, 0xC9 0x12), same critical regions (0x10D 0xF), no lock kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Serialize;

use super::current;
use crate::violation::{self, Rule};

/// What a kind of callback cost so far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Cost {
    /// Number of calls.
    pub calls: u64,
    /// Time in all of them, in nanoseconds.
    pub total_ns: u64,
    /// The longest one, in nanoseconds.
    pub longest_ns: u64,
}

/// Each thread accounts for itself; only the report looks at all of them.
type Costs = Arc<Mutex<BTreeMap<&'static str, Cost>>>;

static COSTS: Mutex<Vec<Costs>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: Costs = {
        let own = Costs::default();
        COSTS.lock().push(Arc::clone(&own));
        own
    };
}

/// A callback that keeps a processor longer than this at DISPATCH_LEVEL is reported (bugcheck 0x133 is far later).
const DISPATCH_LIMIT: Duration = Duration::from_secs(5);

/// Runs driver code at the IRQL of the caller and checks what it leaves behind.
pub fn invoke<R>(name: &'static str, call: impl FnOnce() -> R) -> R {
    crate::machine::park_if_stopped();
    let cpu = current();
    let caller = cpu.save_call();
    let irql = cpu.irql();
    let regions = cpu.critical_regions.get();
    let locks = cpu.locks.borrow().len();
    let started = Instant::now();
    cpu.depth.set(cpu.depth.get() + 1);

    let result = call();

    cpu.depth.set(cpu.depth.get() - 1);
    let took = started.elapsed();
    account(name, took);
    if cpu.locks.borrow().len() > locks {
        let held = cpu.locks.borrow_mut().split_off(locks);
        for lock in held {
            let text = format!(
                "{name} returned and still holds the {} at {:#x}",
                lock.kind, lock.address
            );
            violation::report_at(Rule::LOCK_HELD, lock.site, text);
        }
    }
    if cpu.irql() != irql {
        violation::report(
            Rule::IRQL_AT_RETURN,
            format!("{name} was entered at IRQL {irql} and returned at {}", cpu.irql()),
        );
        cpu.set_irql(irql);
    }
    if cpu.critical_regions.get() != regions {
        let text = format!(
            "{name} entered {} critical regions and left {}",
            cpu.critical_regions.get(),
            regions
        );
        violation::report(Rule::CRITICAL_REGION, text);
        cpu.critical_regions.set(regions);
    }
    if irql >= crate::registry::DISPATCH && took > DISPATCH_LIMIT {
        violation::report(Rule::HANG, format!("{name} ran {took:?} at DISPATCH_LEVEL"));
    }
    cpu.restore_call(caller);
    result
}

/// Runs driver code at DISPATCH_LEVEL, whatever the caller's IRQL below that.
pub fn invoke_at_dispatch<R>(name: &'static str, call: impl FnOnce() -> R) -> R {
    let cpu = current();
    let old = cpu.irql();
    if old >= crate::registry::DISPATCH {
        return invoke(name, call);
    }
    cpu.set_irql(crate::registry::DISPATCH);
    let result = invoke(name, call);
    cpu.set_irql(old);
    result
}

fn account(name: &'static str, took: Duration) {
    let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    OWN.with(|own| {
        let mut costs = own.lock();
        costs.entry(name).or_default().add(Cost {
            calls: 1,
            total_ns: ns,
            longest_ns: ns,
        });
    });
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.total_ns += other.total_ns;
        self.longest_ns = self.longest_ns.max(other.longest_ns);
    }
}

/// Cost by callback.
#[must_use]
pub fn costs() -> BTreeMap<&'static str, Cost> {
    let mut all: BTreeMap<&'static str, Cost> = BTreeMap::new();
    for costs in COSTS.lock().iter() {
        for (name, cost) in costs.lock().iter() {
            all.entry(name).or_default().add(*cost);
        }
    }
    all
}

pub(crate) fn reset() {
    for costs in COSTS.lock().iter() {
        costs.lock().clear();
    }
}
