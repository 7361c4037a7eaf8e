//! One laboratory: two namespaces joined by a veth pair, a stock server in one and our client in the other.

use crate::client::{Client, Device, DeviceKind};
use crate::netns::{self, Netns, Process};
use crate::pki::Pki;
use crate::server::{OUTER, PORT, RELAY_PORT, Server, Shape, profile};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The two ends, and where their files are. Everything is removed with it.
#[derive(Debug)]
pub struct Lab {
    /// The server's namespace.
    pub server_ns: Netns,
    /// The client's namespace.
    pub client_ns: Netns,
    /// Certificates and keys.
    pub pki: Pki,
    dir: tempfile::TempDir,
}

impl Lab {
    /// Makes the namespaces, joins them, and makes fresh certificates.
    pub fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("ovpn-dco-e2e.").tempdir()?;
        let (server_ns, client_ns) = (Netns::new("s")?, Netns::new("c")?);
        netns::join(&server_ns, &client_ns, "ve0", OUTER)?;
        let pki = Pki::new(&dir.path().join("pki"))?;
        Ok(Self {
            server_ns,
            client_ns,
            pki,
            dir,
        })
    }

    /// Folder for the run's files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Keeps the files (logs, reports) after the run and says where they are.
    pub fn keep_files(self) -> PathBuf {
        self.dir.keep()
    }

    /// Starts the server.
    pub fn server(&self, shape: &Shape) -> Result<Server> {
        Server::start(&self.server_ns, self.dir(), &self.pki, shape)
    }

    /// Starts the device.
    pub fn device(&self, kind: DeviceKind) -> Result<Device> {
        Device::start(kind, &self.client_ns, self.dir(), &[])
    }

    /// Starts the client on a device with the profile of this shape.
    pub fn client(&self, device: &Device, shape: &Shape) -> Result<Client> {
        Client::start(
            &self.client_ns,
            self.dir(),
            device,
            &profile(&self.pki, shape)?,
            &["--no-dns"],
        )
    }

    /// Puts a bad network between client and server: a relay on [`RELAY_PORT`] beside the server, which
    /// loses, duplicates and reorders datagrams as its options say (`--loss 2 --duplicate 2 --reorder 5`).
    pub fn bad_network(&self, shape: &Shape, options: &[&str]) -> Result<Process> {
        let program = crate::client::harness("relay")?;
        let host = if shape.v6() {
            format!("[{}]", shape.server_address())
        } else {
            shape.server_address().into()
        };
        let mut command = self.server_ns.command(&program.to_string_lossy());
        command
            .arg(format!("{host}:{RELAY_PORT}"))
            .arg(format!("{host}:{PORT}"))
            .args(options);
        self.server_ns.spawn(&mut command)
    }
}
