//! The tunnel programs that are compared, and how each is brought up.
//!
//! More can be added by a JSON file (`--spec`): `{"NAME": {"server": [argv...], "client": [argv...]}}`. Each command
//! runs in its namespace, where `ve0` is 10.77.0.1 (server) or 10.77.0.2 (client); it makes its TUN device with
//! 10.88.0.1/24 or 10.88.0.2/24 itself and ends at SIGTERM.

use super::bed::Bed;
use super::iperf::Test;
use anyhow::{Context as _, Result, ensure};
use ovpn_dco_e2e::client::{DeviceKind, bin_dir, device_argv, package_dir};
use ovpn_dco_e2e::netns::{Netns, Process};
use ovpn_dco_e2e::pki::Pki;
use ovpn_dco_e2e::server::{INNER4, Server, Shape, profile};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest packet inside the tunnel for those that don't clamp: what OpenVPN's default `mssfix` comes to with an AEAD
/// cipher over UDP and IPv4.
const MTU: &str = "1440";

/// A tunnel program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Debian's OpenVPN in user space, UDP, AES-256-GCM.
    OpenVpn,
    /// A device under `ovpn-dco-cli p2p`, with these arguments more for the device.
    Ours(DeviceKind, &'static [&'static str]),
    /// The yardstick.
    Fwd(&'static [&'static str]),
    /// Given by a file.
    Command {
        server: Vec<String>,
        client: Vec<String>,
    },
}

/// A tunnel that is up; its programs end when it is dropped.
pub(super) struct Tunnel {
    pub(super) server_address: String,
    // Held for their ends. The clients go first.
    _processes: Vec<Process>,
    _server: Option<Server>,
}

impl Program {
    /// The name of ours with all offloads.
    pub(crate) const OURS: &'static str = "ours";
    /// The name of ours, packet by packet.
    pub(crate) const OURS_NO_OFFLOAD: &'static str = "ours-no-offload";
    /// The name of the driver itself, in the simulated kernel.
    pub(crate) const OURS_NTSIM: &'static str = "ours-ntsim";
    /// The name of the userspace OpenVPN.
    pub(crate) const OPENVPN: &'static str = "openvpn";
    /// The name of the yardstick with all offloads.
    pub(crate) const FWD_BATCH: &'static str = "fwd-batch";
    /// The name of the yardstick packet by packet.
    pub(crate) const FWD_SINGLE: &'static str = "fwd-single";

    /// Those that are always there.
    pub(crate) fn all() -> Vec<Self> {
        [
            (Self::OURS, Kind::Ours(DeviceKind::Hosted, &[])),
            (Self::OPENVPN, Kind::OpenVpn),
            (Self::FWD_BATCH, Kind::Fwd(&["--mode", "batch"])),
            (
                Self::OURS_NO_OFFLOAD,
                Kind::Ours(DeviceKind::Hosted, &["--no-offload"]),
            ),
            (Self::OURS_NTSIM, Kind::Ours(DeviceKind::Ntsim, &[])),
            (Self::FWD_SINGLE, Kind::Fwd(&["--mode", "single"])),
        ]
        .map(|(name, kind)| Self {
            name: name.to_owned(),
            kind,
        })
        .to_vec()
    }

    /// Those that a file adds.
    pub(super) fn from_spec(path: &Path) -> Result<Vec<Self>> {
        let spec: BTreeMap<String, BTreeMap<String, Vec<String>>> =
            serde_json::from_value(serde_json::from_str::<Value>(&std::fs::read_to_string(path)?)?)?;
        spec.into_iter()
            .map(|(name, mut ends)| {
                let mut end = |end: &str| ends.remove(end).with_context(|| format!("{name}: no `{end}`"));
                let (server, client) = (end("server")?, end("client")?);
                Ok(Self {
                    name,
                    kind: Kind::Command { server, client },
                })
            })
            .collect()
    }

    /// Whether a failure of it is ours.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours(..))
    }

    /// Whether a test says something about it: what goes packet by packet is measured with one stream only.
    pub(super) fn runs(&self, test: Test) -> bool {
        let single =
            [Self::OURS_NO_OFFLOAD, Self::OURS_NTSIM, Self::FWD_SINGLE].contains(&self.name.as_str());
        !single || matches!(test, Test::Tcp | Test::TcpReverse)
    }

    /// Brings the tunnel up in `bed` and waits until packets pass.
    pub(super) fn start(&self, bed: &Bed) -> Result<Tunnel> {
        let mut server = None;
        let processes = match &self.kind {
            Kind::OpenVpn => {
                let (openvpn, client) = start_openvpn(bed)?;
                server = Some(openvpn);
                vec![client]
            }
            Kind::Ours(device, extra) => start_ours(bed, *device, extra)?,
            Kind::Fwd(extra) => start_fwd(bed, extra)?,
            Kind::Command { server, client } => {
                vec![
                    bed.spawn(&bed.client, client, "client.log")?,
                    bed.spawn(&bed.server, server, "server.log")?,
                ]
            }
        };
        bed.wait_reachable(INNER4)?;
        Ok(Tunnel {
            server_address: INNER4.to_owned(),
            _processes: processes,
            _server: server,
        })
    }
}

fn start_openvpn(bed: &Bed) -> Result<(Server, Process)> {
    let pki = Pki::new(&bed.dir().join("pki"))?;
    let shape = Shape::default();
    let server = Server::start(&bed.server, bed.dir(), &pki, &shape)?;
    let config = bed.dir().join("client.ovpn");
    std::fs::write(&config, profile(&pki, &shape)?)?;
    let argv = [
        "openvpn".to_owned(),
        "--config".to_owned(),
        config.to_string_lossy().into_owned(),
    ];
    let mut client = bed.spawn(&bed.client, &argv, "client.log")?;
    bed.wait(&mut client, "client.log", "the handshake", || {
        bed.log("client.log")
            .contains("Initialization Sequence Completed")
    })?;
    Ok((server, client))
}

/// Namespace, name, own and other outer address, inner address, and role of one end.
type End<'b> = (
    &'b Netns,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

fn ends(bed: &Bed) -> [End<'_>; 2] {
    [
        (
            &bed.server,
            "server",
            "10.77.0.1:7000",
            "10.77.0.2:7000",
            "10.88.0.1/24",
            "a",
        ),
        (
            &bed.client,
            "client",
            "10.77.0.2:7000",
            "10.77.0.1:7000",
            "10.88.0.2/24",
            "b",
        ),
    ]
}

fn start_ours(bed: &Bed, device: DeviceKind, extra: &[&str]) -> Result<Vec<Process>> {
    let cli = bin_dir()?.join("ovpn-dco-cli");
    ensure!(
        cli.exists(),
        "{} is not built; `./run bench` does it",
        cli.display()
    );
    let key = bed.dir().join("static.key");
    ovpn_dco_e2e::netns::run("openvpn", &["--genkey", "secret", &key.to_string_lossy()])?;
    let mut processes = Vec::new();
    for (ns, name, local, remote, inner, role) in ends(bed) {
        let socket = bed.dir().join(format!("{name}.sock"));
        let (device_log, cli_log) = (format!("{name}-device.log"), format!("{name}-cli.log"));
        let report = bed.dir().join(format!("{name}.json"));
        let mut argv = device_argv(device, &package_dir()?, &socket, &report)?;
        argv.extend(extra.iter().map(|arg| (*arg).to_owned()));
        let mut process = bed.spawn(ns, &argv, &device_log)?;
        bed.wait(&mut process, &device_log, "the device listens", || {
            socket.exists()
        })?;
        let address = format!("unix:{}", socket.display());
        let key = key.to_string_lossy();
        let mut argv = vec![cli.to_string_lossy().into_owned()];
        let options = [
            ["--json", "p2p"],
            ["--device", &address],
            ["--key", &key],
            ["--role", role],
            ["--local", local],
            ["--remote", remote],
            ["--ifconfig", inner],
            ["--mtu", MTU],
        ];
        argv.extend(options.concat().into_iter().map(str::to_owned));
        let client = bed.spawn(ns, &argv, &cli_log)?;
        // The client ends before its device.
        processes.splice(0..0, [client, process]);
    }
    Ok(processes)
}

fn start_fwd(bed: &Bed, extra: &[&str]) -> Result<Vec<Process>> {
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let mut processes = Vec::new();
    for (ns, name, local, peer, inner, _) in ends(bed) {
        let log = format!("{name}.log");
        let argv = ["fwd", "--tun", "fwd0", "--local", local, "--peer", peer];
        let argv =
            std::iter::once(program.clone()).chain(argv.iter().chain(extra).map(|arg| (*arg).to_owned()));
        let argv: Vec<String> = argv.collect();
        let mut process = bed.spawn(ns, &argv, &log)?;
        bed.wait(&mut process, &log, "the TUN device", || {
            bed.log(&log).contains("ready")
        })?;
        ns.ip(&["addr", "add", inner, "dev", "fwd0"])?;
        ns.ip(&["link", "set", "fwd0", "mtu", MTU, "up"])?;
        processes.push(process);
    }
    Ok(processes)
}
