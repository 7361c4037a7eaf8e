//! `ntsim`: runs a Windows driver on Linux, under a verifier.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ntsim::faults::Plan;
use ntsim::inf::Inf;
use ntsim::machine::{Config, Machine};
use ntsim::report::Report;
use ntsim::session::Session;
use ntsim::{control, netns};

/// Runs a Windows KMDF driver (.sys) on Linux and checks every call as Driver Verifier does.
///
/// Exit codes: 0 clean, 1 violations, 2 the driver could not be run.
#[derive(Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Loads a driver, starts its device, and runs until it is told to stop (Ctrl-C, SIGTERM).
    Run(Run),
    /// Shows the state of a running `ntsim run`: devices, queues, objects, pool.
    Inspect {
        /// The control socket given to `ntsim run --control`.
        control: PathBuf,
    },
}

#[derive(Args)]
struct Run {
    /// The driver image.
    driver: PathBuf,
    /// The driver's INF: hardware id, service name and registry values come from it.
    #[arg(long)]
    inf: Option<PathBuf>,
    /// Network namespace that sockets and the adapter belong to (a name of `ip netns`).
    #[arg(long)]
    netns: Option<String>,
    /// Unix socket for `ntsim inspect`.
    #[arg(long)]
    control: Option<PathBuf>,
    /// Unix socket on which the device is offered to other processes.
    #[arg(long)]
    listen: Option<PathBuf>,
    /// Prints each event that the driver writes.
    #[arg(long)]
    trace: bool,
    /// How much is checked.
    #[arg(long, value_enum, default_value_t = Verify::Normal)]
    verify: Verify,
    /// Each pool block ends at an inaccessible page, freed blocks stay inaccessible.
    #[arg(long)]
    special_pool: bool,
    /// A plan of faults (TOML).
    #[arg(long)]
    fault: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the report to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Stops after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Number of simulated processors.
    #[arg(long)]
    processors: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Verify {
    /// What is cheap enough for every run.
    Normal,
    /// Also poisons and unmaps what the driver has given back.
    Strict,
}

fn main() -> ExitCode {
    let result = match Command::parse().command {
        Action::Run(run) => run.run(),
        Action::Inspect { control } => control::ask(&control).map(|text| {
            print!("{text}");
            true
        }),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("ntsim: {error}");
            ExitCode::from(2)
        }
    }
}

type Outcome = Result<bool, Box<dyn std::error::Error>>;

impl Run {
    fn run(&self) -> Outcome {
        if let Some(name) = &self.netns {
            netns::enter(name)?;
        }
        let inf = self.inf.as_deref().map(Inf::read).transpose()?;
        let machine = Machine::boot(self.config()?);
        let session = Session::start(&machine, &self.driver, inf.as_ref())?;
        let _control = self.control.as_deref().map(control::serve).transpose()?;
        ntsim::control::wait_for_end(self.seconds.map(Duration::from_secs));
        session.stop();
        let report = Report::now();
        println!("{report}");
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_string_pretty(&report)?)?;
        }
        Ok(report.is_clean())
    }

    fn config(&self) -> Result<Config, Box<dyn std::error::Error>> {
        let faults = match &self.fault {
            Some(path) => toml::from_str(&std::fs::read_to_string(path)?)?,
            None => Plan::default(),
        };
        let default = Config::default();
        Ok(Config {
            processors: self.processors.unwrap_or(default.processors),
            special_pool: self.special_pool,
            strict: matches!(self.verify, Verify::Strict),
            trace: self.trace,
            seed: self.seed,
            faults,
            ..default
        })
    }
}
