//! The two machines: namespaces `server` and `client`, joined by a veth pair.

use anyhow::{Result, bail};
use ovpn_dco_e2e::netns::{self, Netns, Process};
use ovpn_dco_e2e::server::OUTER;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// Both ends and the files of one run. Removed when dropped.
pub(super) struct Bed {
    pub(super) server: Netns,
    pub(super) client: Netns,
    dir: tempfile::TempDir,
}

impl Bed {
    pub(super) fn new() -> Result<Self> {
        let (server, client) = (Netns::new("bs")?, Netns::new("bc")?);
        netns::join(&server, &client, "ve0", OUTER)?;
        Ok(Self {
            server,
            client,
            dir: tempfile::Builder::new().prefix("ovpn-dco-bench.").tempdir()?,
        })
    }

    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts `argv` in a namespace; what it prints goes to the file `log`.
    pub(super) fn spawn(&self, ns: &Netns, argv: &[String], log: &str) -> Result<Process> {
        let [program, args @ ..] = argv else {
            bail!("an empty command line")
        };
        let out = File::create(self.dir().join(log))?;
        let mut command = ns.command(program);
        command.args(args).stdout(out.try_clone()?).stderr(out);
        ns.spawn(&mut command)
    }

    /// What a program has printed so far.
    pub(super) fn log(&self, log: &str) -> String {
        std::fs::read_to_string(self.dir().join(log)).unwrap_or_default()
    }

    /// Waits until `done` says so; fails if that takes 20 seconds or the process ends before.
    pub(super) fn wait(
        &self,
        process: &mut Process,
        log: &str,
        what: &str,
        mut done: impl FnMut() -> bool,
    ) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(20);
        while !done() {
            if let Some(status) = process.wait(0.0)? {
                bail!("ended ({status}) before {what}:\n{}", self.log(log));
            }
            if Instant::now() > end {
                bail!("waited in vain for {what}:\n{}", self.log(log));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until the client reaches `address` through the tunnel.
    pub(super) fn wait_reachable(&self, address: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let out = self.client.try_exec("ping", &["-c1", "-W1", "-q", address])?;
            if out.status.success() {
                return Ok(());
            }
            if Instant::now() > end {
                let told = String::from_utf8_lossy(&out.stderr);
                bail!("{address} can't be reached through the tunnel {told}");
            }
        }
    }
}
