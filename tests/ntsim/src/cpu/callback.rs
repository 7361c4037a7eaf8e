//! Calls from the simulated system into the driver.
//!
//! Everything that runs driver code goes through [`invoke`], which sets the IRQL that Windows would, and checks on
//! return what Driver Verifier checks: same IRQL (0x10D 0xE, 0xC9 0x12), same critical regions (0x10D 0xF), no lock kept,
//! extended processor state restored; and how much of the kernel's stack the driver used.

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
    /// Most bytes of kernel stack that the driver used at a call into the system, with the callbacks around this one.
    pub stack: usize,
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

/// A kernel stack has 24 KiB on x64; a driver shares it with whatever called it and with whatever it calls ("Using the
/// Kernel Stack" in the driver documentation). Frames of more than two thirds of it are reported.
const STACK_LIMIT: usize = 16 * 1024;

/// Runs driver code at the IRQL of the caller and checks what it leaves behind.
pub fn invoke<R>(name: &'static str, call: impl FnOnce() -> R) -> R {
    crate::machine::park_if_stopped();
    let cpu = current();
    let caller = cpu.save_call();
    let irql = cpu.irql();
    let regions = cpu.critical_regions.get();
    let locks = cpu.locks.borrow().len();
    let saved = cpu.saved_state.borrow().len();
    let started = Instant::now();
    cpu.depth.set(cpu.depth.get() + 1);

    crate::schedule::point();
    let (result, stack, deepest) = cpu.measure_stack(call);
    crate::schedule::point();

    cpu.depth.set(cpu.depth.get() - 1);
    let took = started.elapsed();
    account(name, took, stack);
    if stack > STACK_LIMIT {
        let text = format!("{name}: the driver's frames take {stack} bytes of the kernel's stack");
        violation::report_at(Rule::STACK, deepest, text);
    }
    if cpu.locks.borrow().len() > locks {
        for lock in cpu.drop_locks(locks) {
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
    if cpu.saved_state.borrow().len() > saved {
        cpu.saved_state.borrow_mut().truncate(saved);
        violation::report(
            Rule::XSTATE,
            format!("{name} returned without restoring the extended processor state that it saved"),
        );
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

fn account(name: &'static str, took: Duration, stack: usize) {
    let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
    OWN.with(|own| {
        let mut costs = own.lock();
        costs.entry(name).or_default().add(Cost {
            calls: 1,
            total_ns: ns,
            longest_ns: ns,
            stack,
        });
    });
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.total_ns += other.total_ns;
        self.longest_ns = self.longest_ns.max(other.longest_ns);
        self.stack = self.stack.max(other.stack);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine, run};
    use crate::registry;

    /// A driver's function with a frame of `N` bytes that calls the system.
    #[inline(never)]
    fn callback_with_frame<const N: usize>() {
        let frame = std::hint::black_box([1_u8; N]);
        let address = registry::resolve("ntoskrnl.exe", "KeGetCurrentIrql").unwrap();
        // SAFETY: the emulated function takes nothing and returns a byte.
        let function: extern "win64" fn() -> u8 = unsafe { std::mem::transmute(address) };
        assert_eq!(function(), 0);
        std::hint::black_box(&frame);
    }

    /// What the system itself has on the stack between two callbacks.
    #[inline(never)]
    fn emulated_function() {
        let frame = std::hint::black_box([0_u8; 64 * 1024]);
        invoke("Inner", callback_with_frame::<1024>);
        std::hint::black_box(&frame);
    }

    fn stack_of(name: &'static str, call: impl FnOnce() + Send + 'static) -> usize {
        run("test", move || invoke(name, call)).unwrap();
        costs()[name].stack
    }

    #[test]
    fn the_drivers_frames_are_measured_and_emulated_ones_are_not() {
        let _machine = Machine::boot(Config::default());
        let small = stack_of("Small", callback_with_frame::<1024>);
        assert!((1024..4096).contains(&small), "{small}");
        let nested = stack_of("Nested", || {
            callback_with_frame::<4096>();
            emulated_function();
        });
        let inner = costs()["Inner"].stack;
        assert!((4096..12_000).contains(&nested), "{nested}");
        assert!(inner > nested && inner < nested + 4096, "{inner} after {nested}");
        assert!(violation::all().is_empty(), "{:?}", violation::all());
    }

    #[test]
    fn a_frame_that_no_kernel_stack_bears_is_a_violation() {
        let _machine = Machine::boot(Config::default());
        stack_of("Huge", callback_with_frame::<{ 20 * 1024 }>);
        let rules: Vec<_> = violation::all().iter().map(|v| v.rule).collect();
        assert_eq!(rules, [Rule::STACK]);
    }
}
