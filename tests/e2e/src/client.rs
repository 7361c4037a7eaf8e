//! Our side: a device (hosted, or the driver in ntsim) and `ovpn-dco-cli connect` in the client's namespace.

use crate::netns::{Netns, Process};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Which device the client opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The engine over TUN and sockets.
    Hosted,
    /// The real `.sys` in the simulated kernel.
    Ntsim,
}

impl DeviceKind {
    /// Which device is under test: `OVPN_DCO_DEVICE` (`hosted` by default, or `ntsim`).
    pub fn from_env() -> Self {
        match std::env::var("OVPN_DCO_DEVICE").as_deref() {
            Ok("ntsim") => Self::Ntsim,
            Ok("hosted") | Err(_) => Self::Hosted,
            Ok(other) => panic!("OVPN_DCO_DEVICE is `hosted` or `ntsim`, not `{other}`"),
        }
    }

    /// The name in reports and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::Ntsim => "ntsim",
        }
    }
}

/// Name of the TUN device in the client's namespace.
pub const TUN: &str = "ovpn0";

/// Folder of the programs under test: that of the running program (`target/release`), or its parent for a test.
pub fn bin_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("OVPN_DCO_BIN") {
        return Ok(dir.into());
    }
    let exe = std::env::current_exe()?;
    let dir = exe.parent().context("the program's folder")?;
    let dir = if dir.ends_with("deps") {
        dir.parent().context("the target folder")?
    } else {
        dir
    };
    Ok(dir.to_owned())
}

/// A program of this crate: those beside the running one, where cargo puts it for tests and for itself.
pub fn harness(name: &str) -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let found = exe
        .ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file());
    found.with_context(|| format!("the program `{name}` beside {}", exe.display()))
}

/// A running device process.
#[derive(Debug)]
pub struct Device {
    process: Process,
    socket: PathBuf,
    report: PathBuf,
    log: PathBuf,
}

impl Device {
    /// Starts the device in `ns` and waits until it listens. `dir` keeps its socket, log and report.
    pub fn start(kind: DeviceKind, ns: &Netns, dir: &Path, extra: &[String]) -> Result<Self> {
        Self::start_package(kind, &package_dir()?, ns, dir, extra)
    }

    /// As [`Device::start`], with the driver in another package than the built one.
    pub fn start_package(
        kind: DeviceKind,
        package: &Path,
        ns: &Netns,
        dir: &Path,
        extra: &[String],
    ) -> Result<Self> {
        let (socket, report) = (dir.join("device.sock"), dir.join("device.json"));
        let log = dir.join("device.log");
        let argv = device_argv(kind, package, &socket, &report)?;
        let (program, arguments) = argv.split_first().context("the device's command")?;
        let mut command = ns.command(program);
        command.args(arguments);
        let out = fs::File::create(&log)?;
        command.args(extra).stdout(out.try_clone()?).stderr(out);
        let process = ns.spawn(&mut command)?;
        let mut device = Self {
            process,
            socket,
            report,
            log,
        };
        device.wait_ready()?;
        Ok(device)
    }

    fn wait_ready(&mut self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.socket.exists() {
            if let Some(status) = self.process.wait(0.0)? {
                bail!("the device ended ({status}):\n{}", self.log());
            }
            if Instant::now() > end {
                bail!("the device does not listen:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What the CLI's `--device` takes.
    pub fn address(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    /// What the device process printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Stops the device and returns its report. A device that finds fault with the run (ntsim) ends with an error.
    pub fn finish(self) -> Result<Value> {
        let log = self.log.clone();
        let (status, report) = self.end()?;
        if !status.success() {
            bail!(
                "the device ended with {status}:\n{}",
                fs::read_to_string(log).unwrap_or_default()
            );
        }
        Ok(report)
    }

    /// Stops the device; how it ended, and its report.
    pub fn end(mut self) -> Result<(ExitStatus, Value)> {
        // It may have ended by itself.
        if self.process.wait(0.0)?.is_none() {
            self.process.signal("TERM")?;
        }
        let Some(status) = self.process.wait(20.0)? else {
            bail!("the device does not end:\n{}", self.log());
        };
        let text = fs::read_to_string(&self.report)
            .with_context(|| format!("the device's report; it ended with {status}:\n{}", self.log()))?;
        Ok((status, serde_json::from_str(&text)?))
    }
}

/// The command line of a device with the TUN device [`TUN`] that listens on `socket` and writes its report at its end.
/// `package` is the folder of the driver, see [`package_dir`].
pub fn device_argv(kind: DeviceKind, package: &Path, socket: &Path, report: &Path) -> Result<Vec<String>> {
    let (program, before, report_option) = match kind {
        DeviceKind::Hosted => ("ovpn-dco-hosted", Vec::new(), "--report"),
        DeviceKind::Ntsim => {
            let (image, inf) = (package.join("ovpn-dco.sys"), package.join("ovpn-dco.inf"));
            ("ntsim", vec!["run".into(), image, "--inf".into(), inf], "--json")
        }
    };
    let program = bin_dir()?.join(program);
    anyhow::ensure!(program.exists(), "{} is not built", program.display());
    let after = ["--tun", TUN, "--listen"].map(PathBuf::from);
    let after = after
        .into_iter()
        .chain([socket.into(), report_option.into(), report.into()]);
    let argv = std::iter::once(program).chain(before).chain(after);
    let argv = argv.map(|arg| arg.to_string_lossy().into_owned());
    let more = match kind {
        DeviceKind::Hosted => Vec::new(),
        DeviceKind::Ntsim => ntsim_arguments(),
    };
    Ok(argv.chain(more).collect())
}

/// More arguments for each `ntsim run`, from `OVPN_DCO_NTSIM_ARGS`, separated by spaces: `--verify strict --special-pool`.
fn ntsim_arguments() -> Vec<String> {
    let text = std::env::var("OVPN_DCO_NTSIM_ARGS").unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Where `./run build` lays out the x64 package.
pub fn package_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("OVPN_DCO_PACKAGE") {
        return Ok(dir.into());
    }
    let target = bin_dir()?.parent().context("the target folder")?.to_owned();
    Ok(target.join("package/x64"))
}

/// A running `ovpn-dco-cli connect --json`.
#[derive(Debug)]
pub struct Client {
    process: Process,
    events: Receiver<Value>,
    /// All events so far, oldest first.
    pub seen: Vec<Value>,
    log: PathBuf,
}

impl Client {
    /// Starts the client in `ns` with a profile.
    pub fn start(ns: &Netns, dir: &Path, device: &Device, profile: &str, extra: &[&str]) -> Result<Self> {
        let (path, log) = (dir.join("client.ovpn"), dir.join("client.log"));
        fs::write(&path, profile)?;
        let program = bin_dir()?.join("ovpn-dco-cli");
        let mut command = ns.command(&program.to_string_lossy());
        command
            .args(["--json", "--device", &device.address(), "connect"])
            .arg(&path)
            .args(extra);
        command.stdout(Stdio::piped()).stderr(fs::File::create(&log)?);
        let mut process = ns.spawn(&mut command)?;
        let stdout = process.child().stdout.take().context("the client's output")?;
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            process,
            events,
            seen: Vec::new(),
            log,
        })
    }

    /// Waits for the next event of this name; events in between are kept in [`Self::seen`].
    pub fn wait_event(&mut self, name: &str, seconds: f64) -> Result<Value> {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        loop {
            match self
                .events
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(event) => {
                    self.seen.push(event.clone());
                    if event.get("event").and_then(Value::as_str) == Some(name) {
                        return Ok(event);
                    }
                }
                Err(RecvTimeoutError::Timeout) => bail!("no `{name}` within {seconds} s; {}", self.story()),
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the client ended before `{name}`; {}", self.story())
                }
            }
        }
    }

    /// How many events of this name have come so far.
    pub fn count(&mut self, name: &str) -> usize {
        self.seen.extend(self.events.try_iter());
        self.seen
            .iter()
            .filter(|e| e.get("event").and_then(Value::as_str) == Some(name))
            .count()
    }

    /// Everything the client said, for a failure message.
    pub fn story(&self) -> String {
        let events: Vec<String> = self.seen.iter().map(Value::to_string).collect();
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        format!("events so far:\n{}\nits log:\n{log}", events.join("\n"))
    }

    /// Asks the running client to renegotiate now (SIGUSR2).
    pub fn renegotiate(&self) -> Result<()> {
        self.process.signal("USR2")
    }

    /// Ctrl-C; waits for the clean end and returns the exit status.
    pub fn interrupt(mut self) -> Result<std::process::ExitStatus> {
        self.process.signal("INT")?;
        match self.process.wait(10.0)? {
            Some(status) => Ok(status),
            None => bail!("the client does not end on Ctrl-C; {}", self.story()),
        }
    }

    /// Waits until the client ends by itself.
    pub fn wait_end(&mut self, seconds: f64) -> Result<std::process::ExitStatus> {
        let end = self.process.wait(seconds)?;
        self.seen.extend(self.events.try_iter());
        end.with_context(|| format!("the client still runs; {}", self.story()))
    }
}
