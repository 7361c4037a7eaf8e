//! Faults on order: which call fails, pends or is delayed, and when.
//!
//! A plan is data (TOML), so that a run can be repeated. A rule names a call, or `alloc` for every call that allocates;
//! it counts the matching calls and acts on the nth, on every nth, or by chance. Everything random comes from the seed.
//!
//! ```toml
//! [[rule]]
//! call = "alloc"        # or a function: "ExAllocatePool2", "WskSendMessages", ...
//! nth = 3               # the third call only
//! action = "fail"       # or "pend", "delay"
//! status = 0xC000009A   # for "fail"; default: insufficient resources
//! delay_us = 500        # for "delay"
//! ```
//!
//! `fail` and `pend` are up to the function that is asked for them. `delay` works for every function that a driver can
//! call: it is carried out at the call, before anything is checked.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use crate::status::{self, NtStatus};

/// What shall go wrong.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Rules in order; the first that acts on a call decides.
    #[serde(default, rename = "rule")]
    pub rules: Vec<FaultRule>,
}

/// One rule of a plan.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// A function's name, or a class of functions such as `alloc`.
    pub call: String,
    /// Acts on the nth matching call, counted from 1.
    #[serde(default)]
    pub nth: Option<u64>,
    /// Acts on every nth matching call.
    #[serde(default)]
    pub every: Option<u64>,
    /// Acts by chance: this many calls of a million.
    #[serde(default)]
    pub per_million: Option<u64>,
    /// What to do.
    #[serde(default)]
    pub action: ActionKind,
    /// Status of a failure; default `STATUS_INSUFFICIENT_RESOURCES`.
    #[serde(default)]
    pub status: Option<u32>,
    /// Length of a delay in microseconds.
    #[serde(default)]
    pub delay_us: u64,
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// The call fails.
    #[default]
    Fail,
    /// An asynchronous call stays pending until it is cancelled or its object is closed.
    Pend,
    /// The call is delayed.
    Delay,
}

/// What the emulated function shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Its normal work.
    Go,
    /// Fail with this status.
    Fail(NtStatus),
    /// Stay pending.
    Pend,
}

/// The class of all calls that allocate.
pub const ALLOC: &str = "alloc";

struct State {
    rules: Vec<(FaultRule, AtomicU64)>,
    random: Mutex<Random>,
}

static STATE: RwLock<Option<State>> = RwLock::new(None);
/// Whether there is a plan: without one, calls on the data path touch nothing that they would share.
static ACTIVE: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// A small seeded generator (SplitMix64), the source of everything random in a run.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound` (which is not 0).
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Puts a plan into force; counters start at zero.
pub fn start(plan: &Plan, seed: u64) {
    ALLOCATIONS.store(0, Ordering::Relaxed);
    ACTIVE.store(!plan.rules.is_empty(), Ordering::Relaxed);
    let rules: Vec<_> = plan
        .rules
        .iter()
        .map(|r| (r.clone(), AtomicU64::new(0)))
        .collect();
    *STATE.write() = (!rules.is_empty()).then(|| State {
        rules,
        random: Mutex::new(Random::new(seed)),
    });
    crate::schedule::watch();
}

/// How many allocations the driver asked for since [`start`]: the upper end of a walk over the nth allocation.
#[must_use]
pub fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

/// Asks the plan about a call of `function`, which is also of class `class` (may be empty). Delays happen in here.
#[must_use]
pub fn decide(function: &str, class: &str) -> Action {
    if class == ALLOC {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
    if !ACTIVE.load(Ordering::Relaxed) {
        return Action::Go;
    }
    let state = STATE.read();
    let Some(state) = &*state else { return Action::Go };
    for (rule, count) in &state.rules {
        if rule.call != function && (class.is_empty() || rule.call != class) {
            continue;
        }
        if rule.delays_a_call() || !state.acts(rule, count) {
            continue;
        }
        match rule.action {
            ActionKind::Fail => {
                return Action::Fail(
                    rule.status
                        .map_or(status::INSUFFICIENT_RESOURCES, u32::cast_signed),
                );
            }
            ActionKind::Pend => return Action::Pend,
            ActionKind::Delay => rule.sleep(),
        }
    }
    Action::Go
}

impl FaultRule {
    /// Whether it delays calls of one function, which [`delay`] does, and not a class of functions.
    fn delays_a_call(&self) -> bool {
        self.action == ActionKind::Delay && self.call != ALLOC
    }

    fn sleep(&self) {
        std::thread::sleep(Duration::from_micros(self.delay_us));
    }
}

impl State {
    /// Counts a call that a rule is about; says whether the rule acts on it.
    fn acts(&self, rule: &FaultRule, count: &AtomicU64) -> bool {
        let n = count.fetch_add(1, Ordering::Relaxed) + 1;
        let by_chance = |per_million| self.random.lock().below(1_000_000) < per_million;
        rule.nth == Some(n)
            || rule
                .every
                .is_some_and(|every| every != 0 && n.is_multiple_of(every))
            || rule.per_million.is_some_and(by_chance)
    }
}

/// Whether calls must come by [`delay`].
pub(crate) fn delays_calls() -> bool {
    let state = STATE.read();
    state
        .as_ref()
        .is_some_and(|state| state.rules.iter().any(|(rule, _)| rule.delays_a_call()))
}

/// A call of the driver: sleeps if the plan delays it.
pub(crate) fn delay(function: &str) {
    let acting: Vec<FaultRule> = {
        let state = STATE.read();
        let Some(state) = &*state else { return };
        let delaying = state.rules.iter().filter(|(rule, _)| rule.delays_a_call());
        delaying
            .filter(|(rule, count)| rule.call == function && state.acts(rule, count))
            .map(|(rule, _)| rule.clone())
            .collect()
    };
    for rule in acting {
        rule.sleep();
    }
}

/// How many calls matched each rule of the plan so far, in the plan's order.
#[must_use]
pub fn matched() -> Vec<u64> {
    let state = STATE.read();
    let rules = state.iter().flat_map(|state| &state.rules);
    rules.map(|(_, count)| count.load(Ordering::Relaxed)).collect()
}

/// Whether this allocation shall fail.
#[must_use]
pub fn fails_allocation(function: &str) -> bool {
    matches!(decide(function, ALLOC), Action::Fail(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_from_toml_and_fails_the_nth_call_only() {
        let plan: Plan = toml::from_str("[[rule]]\ncall = \"alloc\"\nnth = 2\n").unwrap();
        let _machine = crate::machine::Machine::boot(crate::machine::Config {
            faults: plan,
            ..Default::default()
        });
        assert_eq!([1, 2, 3].map(|_| fails_allocation("f")), [false, true, false]);
        assert_eq!(allocations(), 3);
        assert_eq!(matched(), [3]);
    }

    #[test]
    fn a_delay_holds_the_driver_s_call_and_no_other() {
        let plan =
            "[[rule]]\ncall = \"KeQueryInterruptTime\"\nevery = 1\naction = \"delay\"\ndelay_us = 20000\n";
        let _machine = crate::machine::Machine::boot(crate::machine::Config {
            faults: toml::from_str(plan).unwrap(),
            ..Default::default()
        });
        for (name, least, most) in [
            ("KeQueryInterruptTime", 20, u128::MAX),
            ("KeGetCurrentIrql", 0, 15),
        ] {
            let thunk = crate::registry::resolve_system(name).unwrap();
            // SAFETY: a thunk of a function without arguments.
            let call: extern "win64" fn() -> u64 = unsafe { std::mem::transmute(thunk) };
            let _ = crate::cpu::current();
            let started = std::time::Instant::now();
            call();
            let took = started.elapsed().as_millis();
            assert!((least..most).contains(&took), "{name} took {took} ms");
        }
        assert_eq!(matched(), [1]);
    }
}
