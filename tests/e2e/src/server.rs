//! Stock OpenVPN as the server.

use crate::netns::{Netns, Process};
use crate::pki::Pki;
use anyhow::{Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How the control channel is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Plain TLS packets.
    None,
    /// `tls-auth` with key direction.
    TlsAuth,
    /// `tls-crypt`.
    TlsCrypt,
    /// `tls-crypt-v2`.
    TlsCryptV2,
}

impl Wrapping {
    /// All four.
    pub const ALL: [Self; 4] = [Self::None, Self::TlsAuth, Self::TlsCrypt, Self::TlsCryptV2];
}

/// One cell of the matrix: how client and server talk.
#[derive(Clone, Debug)]
pub struct Shape {
    /// `udp4`, `udp6`, `tcp4` or `tcp6`.
    pub proto: String,
    /// Name of the data cipher.
    pub cipher: String,
    /// Wrapping of the control channel.
    pub wrapping: Wrapping,
    /// Lines added to the server's configuration.
    pub server_extra: Vec<String>,
    /// Lines added to the client's profile.
    pub client_extra: Vec<String>,
    /// Whether the client goes through the relay of a bad network.
    pub relay: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            proto: "udp4".into(),
            cipher: "AES-256-GCM".into(),
            wrapping: Wrapping::TlsCrypt,
            server_extra: Vec::new(),
            client_extra: Vec::new(),
            relay: false,
        }
    }
}

impl Shape {
    /// Whether the transport is TCP.
    pub fn tcp(&self) -> bool {
        self.proto.starts_with("tcp")
    }

    /// Whether the transport runs over IPv6.
    pub fn v6(&self) -> bool {
        self.proto.ends_with('6')
    }

    /// The server's address on the veth pair of [`crate::netns::join`] with subnet [`OUTER`].
    pub fn server_address(&self) -> &'static str {
        if self.v6() { "fd00:77::1" } else { "10.77.0.1" }
    }
}

/// Subnet number of the outer network.
pub const OUTER: u8 = 77;
/// The server's address inside the tunnel.
pub const INNER4: &str = "10.88.0.1";
/// The same for IPv6.
pub const INNER6: &str = "fd00:88::1";
/// Where the server listens.
pub const PORT: u16 = 1194;

/// Where the bad network's relay listens.
pub const RELAY_PORT: u16 = 1195;

/// A running `openvpn --server`.
#[derive(Debug)]
pub struct Server {
    process: Process,
    log: PathBuf,
}

impl Server {
    /// Starts the server in `ns` and waits until it is ready. `dir` keeps its configuration and log.
    pub fn start(ns: &Netns, dir: &Path, pki: &Pki, shape: &Shape) -> Result<Self> {
        let (config, log) = (dir.join("server.conf"), dir.join("server.log"));
        fs::write(&config, server_config(pki, shape)?)?;
        let _ = fs::remove_file(&log);
        let mut command = ns.command("openvpn");
        command.arg("--config").arg(&config).arg("--log").arg(&log);
        let process = ns.spawn(&mut command)?;
        let mut server = Self { process, log };
        server.wait_log("Initialization Sequence Completed", 1, 20.0)?;
        Ok(server)
    }

    /// The running process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `text` stands in the log `count` times.
    pub fn wait_log(&mut self, text: &str, count: usize, seconds: f64) -> Result<()> {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        while self.log().matches(text).count() < count {
            if let Some(status) = self.process.wait(0.0)? {
                bail!("openvpn ended ({status}):\n{}", self.log());
            }
            if Instant::now() > end {
                bail!(
                    "openvpn did not say `{text}` {count} times within {seconds} s:\n{}",
                    self.log()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

fn server_config(pki: &Pki, shape: &Shape) -> Result<String> {
    let path = |name: &str| pki.path(name).to_string_lossy().into_owned();
    let mut text = String::new();
    let proto = match (shape.tcp(), shape.v6()) {
        (false, false) => "udp4",
        (false, true) => "udp6",
        (true, false) => "tcp4-server",
        (true, true) => "tcp6-server",
    };
    writeln!(
        text,
        "dev tun0\ndev-type tun\ntopology subnet\nproto {proto}\nlocal {}",
        shape.server_address()
    )?;
    writeln!(
        text,
        "port {PORT}\nserver 10.88.0.0 255.255.255.0\nserver-ipv6 fd00:88::/64\ndh none"
    )?;
    writeln!(
        text,
        "ca {}\ncert {}\nkey {}",
        path("ca.crt"),
        path("server.crt"),
        path("server.key")
    )?;
    writeln!(
        text,
        "data-ciphers {}\nverb 4\nkeepalive 2 10\npersist-tun\nscript-security 2",
        shape.cipher
    )?;
    match shape.wrapping {
        Wrapping::None => {}
        Wrapping::TlsAuth => writeln!(text, "auth SHA256\ntls-auth {} 0", path("static.key"))?,
        Wrapping::TlsCrypt => writeln!(text, "tls-crypt {}", path("static.key"))?,
        Wrapping::TlsCryptV2 => writeln!(text, "tls-crypt-v2 {}", path("v2-server.key"))?,
    }
    for line in &shape.server_extra {
        writeln!(text, "{line}")?;
    }
    Ok(text)
}

/// A client profile with everything inline, as a provider would hand it out.
pub fn profile(pki: &Pki, shape: &Shape) -> Result<String> {
    let mut text = String::new();
    let proto = match (shape.tcp(), shape.v6()) {
        (false, false) => "udp4",
        (false, true) => "udp6",
        (true, false) => "tcp4-client",
        (true, true) => "tcp6-client",
    };
    let port = if shape.relay { RELAY_PORT } else { PORT };
    writeln!(
        text,
        "client\ndev tun\nproto {proto}\nremote {} {port}\nnobind",
        shape.server_address()
    )?;
    writeln!(
        text,
        "remote-cert-tls server\ndata-ciphers {}\nverb 3",
        shape.cipher
    )?;
    for line in &shape.client_extra {
        writeln!(text, "{line}")?;
    }
    let mut inline = |tag: &str, file: &str| -> Result<()> {
        writeln!(text, "<{tag}>\n{}</{tag}>", pki.read(file)?)?;
        Ok(())
    };
    let ca = if shape.client_extra.iter().any(|l| l == "# stranger") {
        "stranger.crt"
    } else {
        "ca.crt"
    };
    inline("ca", ca)?;
    inline("cert", "client.crt")?;
    inline("key", "client.key")?;
    match shape.wrapping {
        Wrapping::None => {}
        Wrapping::TlsAuth => {
            inline("tls-auth", "static.key")?;
            writeln!(text, "key-direction 1\nauth SHA256")?;
        }
        Wrapping::TlsCrypt => inline("tls-crypt", "static.key")?,
        Wrapping::TlsCryptV2 => inline("tls-crypt-v2", "v2-client.key")?,
    }
    Ok(text)
}
