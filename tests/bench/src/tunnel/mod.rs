//! Whole tunnels side by side: two namespaces joined by a veth pair, iperf3 through each tunnel in turn.
//!
//! Each round runs every program once (A B C, A B C ...): the tunnel is brought up, every test runs, it is torn down.
//! Figures are medians over the rounds; a ratio is the median of the rounds' ratios, so that what slows the machine
//! for a while slows both sides of it.

mod bed;
mod iperf;
mod machine;
mod programs;

use anyhow::{Context as _, Result, bail, ensure};
use bed::Bed;
pub(crate) use iperf::Test;
pub(crate) use programs::Program;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is to be measured.
pub(crate) struct Plan {
    /// Rounds.
    pub(crate) rounds: u32,
    /// Seconds of each TCP test.
    pub(crate) seconds: u32,
    /// Wait for a quiet machine, and measure again when it wasn't.
    pub(crate) patient: bool,
    programs: Vec<Program>,
    tests: Vec<Test>,
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) program: String,
    pub(crate) test: Test,
    pub(crate) round: u32,
    /// Mbit/s of payload received.
    pub(crate) mbit: f64,
    /// Datagrams received per second, of the UDP tests.
    pub(crate) packets: Option<f64>,
    /// Processors that other programs used meanwhile.
    pub(crate) foreign: f64,
}

/// All figures of a run.
pub(crate) struct Samples {
    pub(crate) samples: Vec<Sample>,
    /// In the order in which they ran.
    pub(crate) programs: Vec<String>,
    pub(crate) tests: Vec<Test>,
    pub(crate) rounds: u32,
    pub(crate) seconds: u32,
}

impl Plan {
    /// All programs and tests; 5 rounds of 8 seconds, or 2 of 3 for a quick run.
    pub(crate) fn new(quick: bool) -> Self {
        let (rounds, seconds) = if quick { (2, 3) } else { (5, 8) };
        Self {
            rounds,
            seconds,
            patient: true,
            programs: Program::all(),
            tests: Test::ALL.to_vec(),
        }
    }

    /// Keeps the named programs and tests (all, if none are named), with those that `spec` adds.
    pub(crate) fn choose(
        &mut self,
        programs: &[String],
        tests: &[String],
        spec: Option<&Path>,
    ) -> Result<()> {
        if let Some(spec) = spec {
            self.programs
                .extend(Program::from_spec(spec).with_context(|| format!("read {}", spec.display()))?);
        }
        for name in programs {
            if !self.programs.iter().any(|program| program.name == *name) {
                let known: Vec<_> = self
                    .programs
                    .iter()
                    .map(|program| program.name.as_str())
                    .collect();
                bail!(
                    "there is no tunnel program `{name}`; there are {}",
                    known.join(", ")
                );
            }
        }
        for name in tests {
            if !Test::ALL.iter().any(|test| test.name() == name) {
                bail!(
                    "there is no tunnel test `{name}`; there are {}",
                    Test::ALL.map(Test::name).join(", ")
                );
            }
        }
        self.programs
            .retain(|program| programs.is_empty() || programs.contains(&program.name));
        self.tests
            .retain(|test| tests.is_empty() || tests.iter().any(|name| name == test.name()));
        Ok(())
    }
}

/// Runs the plan. A program that doesn't start in the first round is reported and left out; if it was one of ours, the
/// run fails.
///
/// Ctrl-C or SIGTERM ends it after the test that runs, so that namespaces and programs are taken down.
pub(crate) fn bench(plan: &Plan) -> Result<Samples> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("handle signals")?;
    let mut samples = Vec::new();
    let mut programs = plan.programs.clone();
    for round in 0..plan.rounds {
        let mut failed = Vec::new();
        for program in &programs {
            ensure!(!interrupted.load(Ordering::Relaxed), "interrupted");
            match run(plan, program, round, &interrupted, &mut samples) {
                Ok(()) => {}
                Err(_) if interrupted.load(Ordering::Relaxed) => bail!("interrupted"),
                Err(e) if program.is_ours() => {
                    return Err(e.context(format!("tunnel program {}", program.name)));
                }
                Err(e) => {
                    eprintln!("  {}: left out: {e:#}", program.name);
                    failed.push(program.name.clone());
                }
            }
        }
        programs.retain(|program| !failed.contains(&program.name));
    }
    Ok(Samples {
        samples,
        programs: plan.programs.iter().map(|program| program.name.clone()).collect(),
        tests: plan.tests.clone(),
        rounds: plan.rounds,
        seconds: plan.seconds,
    })
}

fn run(
    plan: &Plan,
    program: &Program,
    round: u32,
    interrupted: &AtomicBool,
    samples: &mut Vec<Sample>,
) -> Result<()> {
    let bed = Bed::new()?;
    let tunnel = program.start(&bed)?;
    for test in plan.tests.iter().filter(|test| program.runs(**test)) {
        ensure!(!interrupted.load(Ordering::Relaxed), "interrupted");
        let sample = measure(plan, &bed, &tunnel.server_address, *test, program, round)?;
        let rate = match sample.packets {
            Some(packets) => format!("{packets:9.0} packets/s"),
            None => format!("{:9.0} Mbit/s", sample.mbit),
        };
        eprintln!(
            "  round {}/{} {:18} {:8} {rate}",
            round + 1,
            plan.rounds,
            program.name,
            test.name()
        );
        samples.push(sample);
    }
    Ok(())
}

/// One test, again if something else used the processors meanwhile.
fn measure(
    plan: &Plan,
    bed: &Bed,
    server: &str,
    test: Test,
    program: &Program,
    round: u32,
) -> Result<Sample> {
    const TRIES: u32 = 2;
    let mut attempt = 1;
    loop {
        if plan.patient {
            machine::wait_quiet();
        }
        let before = machine::Usage::now()?;
        let rate = iperf::run(bed, server, test, plan.seconds)?;
        let foreign = machine::Usage::now()?.foreign_since(&before);
        if foreign < machine::QUIET || attempt == TRIES || !plan.patient {
            let program = program.name.clone();
            return Ok(Sample {
                program,
                test,
                round,
                mbit: rate.mbit,
                packets: rate.packets,
                foreign,
            });
        }
        eprintln!("  other programs used {foreign:.2} processors: once more");
        attempt += 1;
    }
}
