//! Command-line client of the ovpn-dco driver.

mod adapter;
mod args;
mod connect;
mod failure;
mod ipc;
mod monitor;
mod output;
mod p2p;
mod show;
mod signals;
mod status;
mod version;

use args::{Cli, Command};
use clap::Parser as _;
use failure::Failure;
use output::Output;
use ovpn_dco_userlib::device::{self, Host};
use serde_json::json;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    log(cli.verbose);
    match run(&cli, output) {
        Ok(()) => ExitCode::from(args::exit::OK),
        Err(failure) => {
            if output.is_json() {
                output.event(
                    "error",
                    json!({ "message": failure.message, "exit_code": failure.code }),
                    "",
                );
            } else {
                eprintln!("ovpn-dco-cli: {}", failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

fn run(cli: &Cli, output: Output) -> Result<(), Failure> {
    match &cli.command {
        Command::Connect(connect) => connect::run(connect, cli, output),
        Command::Show(show) => show::run(show, output),
        Command::P2p(p2p) => p2p::run(p2p, cli, output),
        Command::Adapter { command } => adapter::run(command, &*host(cli)?, output),
        Command::Version => version::run(cli, output),
    }
}

/// Where devices come from: the socket of `--device`, or this system.
fn host(cli: &Cli) -> Result<Box<dyn Host>, Failure> {
    match cli.device.as_deref() {
        Some(text) if text.starts_with("unix:") || text.starts_with("tcp:") => {
            Ok(Box::new(device::devsock::Socket::connect_text(text)?))
        }
        _ => Ok(device::host()?),
    }
}

/// The device that `--device` names, or the first that is free.
fn open_device(cli: &Cli) -> Result<device::Device, Failure> {
    let host = host(cli)?;
    let Some(name) = cli
        .device
        .as_deref()
        .filter(|d| !d.starts_with("unix:") && !d.starts_with("tcp:"))
    else {
        return Ok(device::Device::open_first(&*host)?);
    };
    let adapters = host.adapters()?;
    let Some(adapter) = adapters.iter().find(|adapter| adapter.is_called(name)) else {
        let known: Vec<String> = adapters.iter().map(ToString::to_string).collect();
        let known = if known.is_empty() {
            "there is none".into()
        } else {
            format!("there is {}", known.join(", "))
        };
        return Err(Failure::device(format!(
            "no adapter is called \"{name}\": {known}"
        )));
    };
    Ok(device::Device::open(&*host, adapter)?)
}

/// Diagnostics go to standard error; answers and events to standard output.
fn log(verbose: u8) {
    let level = match verbose {
        0 => "error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
}
