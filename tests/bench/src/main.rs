//! Benchmarks of the engine and of whole tunnels. `./run bench` builds and runs it.
//!
//! `ovpn-dco-bench run` measures and writes, into `--out`, `report.json`, `chart.svg` and `table.txt`; the table is
//! printed as well. Everything that is compared runs interleaved in one run, and what counts are medians and ratios.
//!
//! Left out: other machines. Both ends of a tunnel, the traffic generator and its sink share this one's processors.

mod engine;
mod fwd;
mod report;
mod stats;
mod tunnel;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(version, about = "Benchmarks of the engine and of whole tunnels")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures and writes the report
    Run(Run),
    /// The yardstick: forwards between a TUN device and a socket, with every offload and an AEAD
    Fwd(fwd::Args),
    /// One loop of the engine benchmark, for an instruction counter
    Count(engine::Count),
}

/// Command line of `run`.
#[derive(clap::Args, Debug)]
struct Run {
    /// A short run: fewer rounds, less time each; the figures are coarser
    #[arg(long)]
    quick: bool,
    /// Rounds of the tunnel benchmark
    #[arg(long)]
    rounds: Option<u32>,
    /// Seconds of each tunnel test
    #[arg(long)]
    seconds: Option<u32>,
    /// Measure at once, even while other programs use the processors
    #[arg(long)]
    busy: bool,
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Tunnel programs by name, separated by commas (default: all)
    #[arg(long, value_delimiter = ',')]
    programs: Vec<String>,
    /// Tunnel tests by name, separated by commas (default: all)
    #[arg(long, value_delimiter = ',')]
    tests: Vec<String>,
    /// JSON file with more tunnel programs, see `tunnel/programs.rs`
    #[arg(long)]
    spec: Option<PathBuf>,
    /// Folder for the report
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
}

/// Half of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Cost of a packet in the engine
    Engine,
    /// Throughput of whole tunnels (needs root)
    Tunnel,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Fwd(args) => fwd::run(&args),
        Command::Count(args) => engine::count(&args),
    }
}

fn run(args: &Run) -> Result<()> {
    std::fs::create_dir_all(&args.out)?;
    let engine = (args.only != Some(Part::Tunnel))
        .then(|| engine::bench(args.quick))
        .transpose()?;
    let tunnel = (args.only != Some(Part::Engine))
        .then(|| {
            let mut plan = tunnel::Plan::new(args.quick);
            plan.rounds = args.rounds.unwrap_or(plan.rounds);
            plan.seconds = args.seconds.unwrap_or(plan.seconds);
            plan.patient = !args.busy;
            plan.choose(&args.programs, &args.tests, args.spec.as_deref())?;
            tunnel::bench(&plan)
        })
        .transpose()?;
    report::write(&args.out, engine.as_ref(), tunnel.as_ref())
}
