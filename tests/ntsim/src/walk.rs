//! A fault that walks over a whole scenario: run n of it fails the nth matching call, until a run has no nth call.
//!
//! An error path that no test reaches is where drivers leak and crash. The walk reaches each of them once: the scenario
//! runs on a fresh machine each time, and whatever the driver then does must be within the rules, though it may well
//! refuse to start. Before the first fault, one run without any must be clean for the rest to mean something.

use std::fmt;

use serde::Serialize;

use crate::control;
use crate::faults::{self, ActionKind, FaultRule, Plan};
use crate::machine::{self, Config, Machine};
use crate::violation::{self, Violation};

/// What a walk found.
#[derive(Clone, Debug, Serialize)]
pub struct Walk {
    /// The function, or class of functions, whose calls failed.
    pub call: String,
    /// How many runs had a fault.
    pub faults: u64,
    /// Runs that were not clean, in order. Number 0 is the one without a fault.
    pub broken: Vec<Step>,
    /// It was ended by a signal before it was through.
    pub cut_short: bool,
}

/// One run of the scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Which call failed, counted from 1.
    pub nth: u64,
    /// What the driver broke.
    pub violations: Vec<Violation>,
    /// The machine stopped.
    pub stopped: bool,
}

impl Walk {
    /// Whether the driver kept to the rules whatever failed. A walk that met no call at all proves nothing.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty() && !self.cut_short && self.faults > 0
    }
}

/// Walks over `scenario`, which loads and unloads the driver itself. `call` is a function's name or [`faults::ALLOC`];
/// the rules of `config`'s own plan stay in force.
///
/// # Errors
/// Those of the run without a fault. Errors of later runs are the driver's answer to the fault.
pub fn walk<E>(
    call: &str,
    config: &Config,
    mut scenario: impl FnMut(&Machine) -> Result<(), E>,
) -> Result<Walk, E> {
    let mut walk = Walk {
        call: call.to_owned(),
        faults: 0,
        broken: Vec::new(),
        cut_short: false,
    };
    for nth in 0.. {
        let booted = Machine::boot(Config {
            faults: plan(&config.faults, call, nth),
            ..config.clone()
        });
        let result = scenario(&booted);
        let step = Step {
            nth,
            violations: violation::all(),
            stopped: machine::stopped(),
        };
        let seen = faults::matched().first().copied().unwrap_or(0);
        if !step.violations.is_empty() || step.stopped {
            walk.broken.push(step);
        }
        if nth == 0 {
            result?;
        } else if seen < nth {
            break;
        } else {
            walk.faults = nth;
        }
        if control::ended() {
            walk.cut_short = true;
            break;
        }
    }
    Ok(walk)
}

/// The walking rule first, so that it counts every call.
fn plan(rest: &Plan, call: &str, nth: u64) -> Plan {
    let rule = FaultRule {
        call: call.to_owned(),
        nth: Some(nth),
        every: None,
        per_million: None,
        action: ActionKind::Fail,
        status: None,
        delay_us: 0,
    };
    Plan {
        rules: [vec![rule], rest.rules.clone()].concat(),
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_clean() { "clean" } else { "FAILED" };
        writeln!(
            f,
            "{verdict}: {} runs with a fault in '{}', {} not clean",
            self.faults,
            self.call,
            self.broken.len()
        )?;
        for step in &self.broken {
            let stopped = if step.stopped { ", the machine stopped" } else { "" };
            writeln!(
                f,
                "  call {}: {} violations{stopped}",
                step.nth,
                step.violations.len()
            )?;
            for violation in &step.violations {
                writeln!(f, "    {violation}")?;
            }
        }
        if self.faults == 0 {
            writeln!(f, "  nobody asked the fault plan about such a call")?;
        }
        if self.cut_short {
            writeln!(f, "  ended by a signal before it was through")?;
        }
        Ok(())
    }
}
