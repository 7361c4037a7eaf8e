//! `ntsim`: runs a Windows driver on Linux, under a verifier.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ExitCode};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ntsim::control::{self, Order};
use ntsim::faults::Plan;
use ntsim::inf::Inf;
use ntsim::machine::{Config, Machine};
use ntsim::netcx::Network;
use ntsim::netns;
use ntsim::report::Report;
use ntsim::server::{self, Listen};
use ntsim::session::Session;
use ntsim::walk;
use serde::Serialize;

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
    Run(Box<Run>),
    /// Shows the state of a running `ntsim run`: devices, queues, objects, pool.
    Inspect {
        /// The control socket given to `ntsim run --control`.
        control: PathBuf,
    },
    /// Puts the device of a running `ntsim run` to sleep, or wakes it up.
    Power {
        /// The control socket.
        control: PathBuf,
        /// Where to.
        state: Power,
    },
    /// Removes the device of a running `ntsim run`. The driver stays loaded.
    Remove {
        /// The control socket.
        control: PathBuf,
        /// Without asking, as when hardware is pulled out.
        #[arg(long)]
        surprise: bool,
    },
    /// Puts a plan of faults into force in a running `ntsim run`. Prints how many allocations there were since the last, and on
    /// a second line how many calls matched each of its rules.
    Fault {
        /// The control socket.
        control: PathBuf,
        /// The plan (TOML); without it nothing fails any more.
        plan: Option<PathBuf>,
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
    /// Name of the TUN device that the adapter is plugged into.
    #[arg(long)]
    tun: Option<String>,
    /// Unix socket for `ntsim inspect`, `power`, `remove` and `fault`.
    #[arg(long)]
    control: Option<PathBuf>,
    /// Where the device is offered to other processes: the path of a Unix socket, or tcp:127.0.0.1:PORT. May be given twice.
    #[arg(long)]
    listen: Vec<Listen>,
    /// Prints each event that the driver writes.
    #[arg(long)]
    trace: bool,
    /// The Windows to stand for.
    #[arg(long, value_enum, default_value_t = Windows::Eleven)]
    windows: Windows,
    /// How much is checked.
    #[arg(long, value_enum, default_value_t = Verify::Normal)]
    verify: Verify,
    /// Each pool block ends at an inaccessible page, freed blocks stay inaccessible.
    #[arg(long)]
    special_pool: bool,
    /// A plan of faults (TOML).
    #[arg(long)]
    fault: Option<PathBuf>,
    /// So many of a million calls and callbacks pause for a moment, chosen by --seed; to find races (20000 is a good start).
    #[arg(long, value_name = "PER_MILLION", default_value_t = 0)]
    perturb: u32,
    /// Seed of everything random: faults by chance, poison, pauses. The same seed decides the same again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the report to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Repeats the run, and fails the nth call of this function in the nth ('alloc': of all that allocate), until a run has
    /// no nth call. What the driver does then must be within the rules; it may refuse to start.
    #[arg(long, value_name = "CALL")]
    walk: Option<String>,
    /// Runs this shell command once the device is there, and stops when it ends; inside of --netns.
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Stops after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// A lock, wait, request or processor that isn't available for so many seconds is reported as a hang.
    #[arg(long)]
    hang_after: Option<u64>,
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

#[derive(Clone, Copy, ValueEnum)]
enum Windows {
    /// Windows 10 2004: KMDF 1.31, NetAdapterCx 2.0 (each queue has a thread, all at PASSIVE_LEVEL).
    #[value(name = "10")]
    Ten,
    /// Windows 11 22H2: KMDF 1.33, NetAdapterCx 2.2 (queues are polled, also at DISPATCH_LEVEL).
    #[value(name = "11")]
    Eleven,
}

impl Windows {
    fn apply(self, config: Config) -> Config {
        match self {
            Self::Eleven => config,
            Self::Ten => Config {
                windows: (10, 0, 19041),
                kmdf_minor: 31,
                netadaptercx: (2, 0),
                ..config
            },
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Power {
    /// Leave D0.
    Sleep,
    /// Enter D0.
    Resume,
}

fn main() -> ExitCode {
    let result = match Command::parse().command {
        Action::Run(run) => run.run(),
        Action::Inspect { control } => order(&control, &Order::Inspect),
        Action::Power { control, state } => match state {
            Power::Sleep => order(&control, &Order::Sleep),
            Power::Resume => order(&control, &Order::Resume),
        },
        Action::Remove { control, surprise } => match surprise {
            true => order(&control, &Order::SurpriseRemove),
            false => order(&control, &Order::Remove),
        },
        Action::Fault { control, plan } => {
            read_plan(plan.as_deref()).and_then(|plan| order(&control, &Order::Fault(plan)))
        }
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

fn order(socket: &Path, order: &Order) -> Outcome {
    print!("{}", control::ask(socket, order)?);
    Ok(true)
}

fn read_plan(path: Option<&Path>) -> Result<Plan, Box<dyn std::error::Error>> {
    match path {
        Some(path) => Ok(toml::from_str(&std::fs::read_to_string(path)?)?),
        None => Ok(Plan::default()),
    }
}

type Outcome = Result<bool, Box<dyn std::error::Error>>;

impl Run {
    fn run(&self) -> Outcome {
        control::catch_signals();
        if let Some(name) = &self.netns {
            netns::enter(name)?;
        }
        if let Some(call) = &self.walk {
            let walk = walk::walk(call, &self.config()?, |machine| self.scenario(machine).map(drop))?;
            println!("{walk}");
            self.write_json(&walk)?;
            return Ok(walk.is_clean());
        }
        let machine = Machine::boot(self.config()?);
        let succeeded = self.scenario(&machine)?;
        let report = Report::now();
        println!("{report}");
        self.write_json(&report)?;
        Ok(report.is_clean() && succeeded)
    }

    /// From load to unload. `false` if the command failed.
    fn scenario(&self, machine: &Machine) -> Outcome {
        let inf = self.inf.as_deref().map(Inf::read).transpose()?;
        let mut session = Session::start(machine, &self.driver, inf.as_ref())?;
        let control = self.control.as_deref().map(control::serve).transpose()?;
        let namespace = self
            .netns
            .as_deref()
            .map(|n| netns::path(n).display().to_string());
        let offer = server::offer(&self.listen, namespace)?;
        let mut command = self.exec.as_deref().map(Exec::start).transpose()?;
        control::obey_until_end(
            &mut session,
            control.as_ref(),
            self.seconds.map(Duration::from_secs),
            || command.as_mut().is_some_and(Exec::is_over),
        );
        let succeeded = command.is_none_or(Exec::end);
        offer.end();
        session.stop();
        Ok(succeeded)
    }

    fn write_json(&self, what: &impl Serialize) -> Result<(), Box<dyn std::error::Error>> {
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_string_pretty(what)?)?;
        }
        Ok(())
    }

    fn config(&self) -> Result<Config, Box<dyn std::error::Error>> {
        let faults = read_plan(self.fault.as_deref())?;
        let default = self.windows.apply(Config::default());
        Ok(Config {
            processors: self.processors.unwrap_or(default.processors),
            special_pool: self.special_pool,
            strict: matches!(self.verify, Verify::Strict),
            trace: self.trace,
            perturb: self.perturb,
            seed: self.seed,
            faults,
            hang_after: self.hang_after.map_or(default.hang_after, Duration::from_secs),
            network: Network::Tun(self.tun.clone()),
            ..default
        })
    }
}

/// The command of `--exec`, in a process group of its own.
struct Exec(Child);

impl Exec {
    fn start(command: &str) -> std::io::Result<Self> {
        let mut shell = process::Command::new("sh");
        shell.args(["-c", command]).process_group(0).spawn().map(Self)
    }

    fn is_over(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends what still runs of it; `false` if it failed or had to be ended.
    fn end(mut self) -> bool {
        let status = self.0.try_wait().ok().flatten();
        if let Ok(group) = i32::try_from(self.0.id()) {
            // SAFETY: signals the group that `start` made; none is left if all of it has ended.
            unsafe { libc::kill(-group, libc::SIGTERM) };
        }
        // It is gone, or about to go.
        let _ = self.0.wait();
        if let Some(status) = status.filter(|s| !s.success()) {
            eprintln!("ntsim: the command ended with {status}");
        }
        status.is_some_and(|s| s.success())
    }
}
