//! `ovpn-dco-hosted`: a device for `ovpn-dco-cli` on a machine without the driver.

use anyhow::{Context as _, Result};
use clap::Parser;
use ovpn_dco_devsock::DeviceServer;
use ovpn_dco_hosted::{HostedDevice, Offloads};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs the ovpn-dco engine over a TUN device and UDP or TCP sockets, and offers it as a device on a local socket.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Name of the TUN device to make.
    #[arg(long, default_value = "ovpn0")]
    tun: String,
    /// Unix socket to offer the device on.
    #[arg(long, value_name = "PATH")]
    listen: PathBuf,
    /// Loopback TCP address to offer the device on as well, for programs under wine. What to set OVPN_DCO_DEVICE to is
    /// in a file beside the Unix socket, with the ending ".tcp".
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen_tcp: Option<SocketAddr>,
    /// No super-packets and partial checksums on the TUN device.
    #[arg(long)]
    no_tun_offload: bool,
    /// No UDP segmentation on the socket.
    #[arg(long)]
    no_gso: bool,
    /// No coalesced receive on the socket.
    #[arg(long)]
    no_gro: bool,
    /// Packet by packet: all three of the above.
    #[arg(long)]
    no_offload: bool,
    /// Write counters and drops to this file at the end.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let offloads = Offloads {
        tun: !(args.no_tun_offload || args.no_offload),
        gso: !(args.no_gso || args.no_offload),
        gro: !(args.no_gro || args.no_offload),
    };
    // The handler is in place before anyone can know that the device is there.
    let (sender, ended) = std::sync::mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = sender.send(());
    })
    .context("handle signals")?;
    let device = HostedDevice::start(&args.tun, offloads)?;
    let mut server = DeviceServer::new("ovpn-dco-hosted", Arc::clone(&device) as _).unix(&args.listen)?;
    if let Some(address) = args.listen_tcp {
        server = server.tcp_announced(address, format!("{}.tcp", args.listen.display()))?;
    }
    let running = server.start()?;
    for address in running.addresses() {
        tracing::info!(%address, tun = args.tun, "the device is ready");
    }
    ended.recv().context("wait for a signal")?;
    running.shutdown();
    device.stop();
    if let Some(path) = &args.report {
        let report = ovpn_dco_hosted::report(device.engine());
        std::fs::write(path, format!("{report:#}\n")).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
