//! Network namespaces joined by veth pairs, made for one test and removed with it.

use anyhow::{Context as _, Result, bail};
use std::os::fd::AsFd as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// One network namespace. Removed when dropped, with everything in it.
#[derive(Debug)]
pub struct Netns {
    name: String,
}

impl Netns {
    /// Makes a namespace with its loopback up. The name holds `label`, this process's id and a counter, so that runs
    /// side by side don't meet. Needs root.
    pub fn new(label: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "od{}-{}-{label}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        run("ip", &["netns", "add", &name]).context("make a network namespace (this needs root)")?;
        let ns = Self { name };
        ns.ip(&["link", "set", "lo", "up"])?;
        Ok(ns)
    }

    /// The name, as `ip netns` shows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip -n NAME args`.
    pub fn ip(&self, args: &[&str]) -> Result<String> {
        let mut all = vec!["-n", &self.name];
        all.extend_from_slice(args);
        run("ip", &all)
    }

    /// A command that will run inside.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.name, program])
            .stdin(Stdio::null());
        command
    }

    /// Runs a command inside to its end; an error carries what it printed.
    pub fn exec(&self, program: &str, args: &[&str]) -> Result<String> {
        finish(self.command(program).args(args).output()?, program)
    }

    /// Runs a command inside to its end, whatever its exit code.
    pub fn try_exec(&self, program: &str, args: &[&str]) -> Result<Output> {
        Ok(self.command(program).args(args).output()?)
    }

    /// Starts a command inside; it is stopped when the [`Process`] is dropped.
    pub fn spawn(&self, command: &mut Command) -> Result<Process> {
        let child = command.spawn().with_context(|| format!("start {command:?}"))?;
        Ok(Process(child))
    }

    /// Runs `work` on a thread inside; sockets that it makes stay in the namespace.
    pub fn inside<R: Send>(&self, work: impl FnOnce() -> R + Send) -> Result<R> {
        let file = std::fs::File::open(std::path::Path::new("/run/netns").join(&self.name))?;
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| -> Result<R> {
                let kind = Some(rustix::thread::LinkNameSpaceType::Network);
                rustix::thread::move_into_link_name_space(file.as_fd(), kind)?;
                Ok(work())
            });
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Sets a sysctl inside.
    pub fn sysctl(&self, setting: &str) -> Result<()> {
        self.exec("sysctl", &["-qw", setting]).map(drop)
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        // Nothing to do about a failure here; the name says which process left it.
        let _ = Command::new("ip")
            .args(["netns", "del", &self.name])
            .stderr(Stdio::null())
            .status();
    }
}

/// Joins two namespaces: device `dev` in both, with one IPv4 and one IPv6 address each.
pub fn join(a: &Netns, b: &Netns, dev: &str, subnet: u8) -> Result<()> {
    run(
        "ip",
        &[
            "link", "add", dev, "netns", &a.name, "type", "veth", "peer", "name", dev, "netns", &b.name,
        ],
    )?;
    for (ns, host) in [(a, 1), (b, 2)] {
        ns.ip(&["addr", "add", &format!("10.{subnet}.0.{host}/24"), "dev", dev])?;
        ns.ip(&[
            "addr",
            "add",
            &format!("fd00:{subnet}::{host}/64"),
            "dev",
            dev,
            "nodad",
        ])?;
        ns.ip(&["link", "set", dev, "up"])?;
    }
    Ok(())
}

/// A child process that ends with its owner: first SIGTERM, then, after three seconds, SIGKILL.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Process id (of `ip netns exec`, which becomes the program itself).
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The child, for its pipes and exit status.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Sends a signal by its name (`TERM`, `INT`, `USR1` ...).
    pub fn signal(&self, signal: &str) -> Result<()> {
        run("kill", &["-s", signal, &self.0.id().to_string()]).map(drop)
    }

    /// Waits for the end at most `seconds`; `None`: it still runs.
    pub fn wait(&mut self, seconds: f64) -> Result<Option<std::process::ExitStatus>> {
        let end = std::time::Instant::now() + std::time::Duration::from_secs_f64(seconds);
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            if std::time::Instant::now() >= end {
                return Ok(None);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.0.try_wait() {
            return;
        }
        let _ = self.signal("TERM");
        if !matches!(self.wait(3.0), Ok(Some(_))) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// Runs a command to its end; an error carries what it printed.
pub fn run(program: &str, args: &[&str]) -> Result<String> {
    finish(
        Command::new(program).args(args).stdin(Stdio::null()).output()?,
        program,
    )
}

fn finish(output: Output, what: &str) -> Result<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{what}: {}: {}{text}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(text)
}
