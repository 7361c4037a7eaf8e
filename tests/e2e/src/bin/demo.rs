//! `./run demo`: a stock OpenVPN server, our device and client, traffic, a renegotiation, a server restart.

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use ovpn_dco_e2e::client::{Client, DeviceKind};
use ovpn_dco_e2e::iperf::{self, Way};
use ovpn_dco_e2e::lab::Lab;
use ovpn_dco_e2e::server::{INNER4, INNER6, Shape, Wrapping};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// Connects our device to a stock OpenVPN server in two network namespaces and puts the tunnel through its paces.
#[derive(Parser)]
struct Args {
    /// Data cipher: AES-128-GCM, AES-192-GCM, AES-256-GCM or CHACHA20-POLY1305.
    #[arg(long, default_value = "AES-256-GCM")]
    cipher: String,
    /// Transport: udp4, udp6, tcp4 or tcp6 (udp and tcp mean IPv4).
    #[arg(long, default_value = "udp4", value_parser = ["udp", "udp4", "udp6", "tcp", "tcp4", "tcp6"])]
    proto: String,
    /// Wrapping of the control channel.
    #[arg(long, default_value = "tls-crypt", value_parser = ["none", "tls-auth", "tls-crypt", "tls-crypt-v2"])]
    wrapping: String,
    /// What carries the data channel: the driver's image in the simulated kernel, or the engine on Linux.
    #[arg(long, default_value = "ntsim", value_parser = ["ntsim", "hosted"])]
    device: String,
    /// Seconds of each iperf3 run.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Print the report instead of the summary.
    #[arg(long)]
    json: bool,
    /// Where the report goes.
    #[arg(long, default_value = "target/demo/report.json")]
    report: PathBuf,
}

impl Args {
    fn shape(&self) -> Shape {
        let proto = match self.proto.as_str() {
            "udp" => "udp4",
            "tcp" => "tcp4",
            other => other,
        };
        let wrapping = match self.wrapping.as_str() {
            "none" => Wrapping::None,
            "tls-auth" => Wrapping::TlsAuth,
            "tls-crypt-v2" => Wrapping::TlsCryptV2,
            _ => Wrapping::TlsCrypt,
        };
        // So that the server tells us when it goes, and we need not wait for the keepalive.
        let server_extra = if proto.starts_with("udp") {
            vec!["explicit-exit-notify 1".into()]
        } else {
            vec![]
        };
        Shape {
            proto: proto.into(),
            cipher: self.cipher.clone(),
            wrapping,
            server_extra,
            ..Shape::default()
        }
    }

    fn device(&self) -> DeviceKind {
        if self.device == "ntsim" {
            DeviceKind::Ntsim
        } else {
            DeviceKind::Hosted
        }
    }
}

/// Tells a person what happens; silent with `--json`.
struct Progress {
    quiet: bool,
    start: Instant,
}

impl Progress {
    fn say(&self, text: &str) {
        if !self.quiet {
            println!("[{:5.1} s] {text}", self.start.elapsed().as_secs_f64());
        }
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let progress = Progress {
        quiet: args.json,
        start: Instant::now(),
    };
    let lab = Lab::new()?;
    let report = match run(&args, &progress, &lab) {
        Ok(report) => report,
        Err(e) => {
            let kept = lab.keep_files();
            return Err(e.context(format!("the demo failed; its logs are in {}", kept.display())));
        }
    };
    if let Some(dir) = args.report.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(&args.report, format!("{report:#}\n")).context("write the report")?;
    if args.json {
        println!("{report:#}");
    } else {
        summary(&report);
        println!("Report: {}", args.report.display());
    }
    Ok(())
}

fn run(args: &Args, progress: &Progress, lab: &Lab) -> Result<Value> {
    let shape = args.shape();
    let program = peer_program()?;
    progress.say(&format!("starting {program} with a fresh certificate authority"));
    let mut server = lab.server(&shape)?;
    progress.say(&format!("starting the device ({})", args.device));
    let device = lab.device(args.device())?;
    progress.say(&format!(
        "connecting: {} over {}, {}",
        shape.cipher, shape.proto, args.wrapping
    ));
    let mut client = lab.client(&device, &shape)?;
    let connected = client.wait_event("connected", 30.0)?;
    let handshake = connected.get("handshake_ms").cloned().unwrap_or(Value::Null);
    progress.say(&format!("connected in {handshake} ms"));

    let ping = pings(lab)?;
    progress.say(&format!(
        "ping: {} of {} answered, both ways, IPv4 and IPv6",
        ping.1, ping.0
    ));
    progress.say("iperf3 to the server");
    let up = iperf::tcp(&lab.server_ns, &lab.client_ns, INNER4, Way::Up, args.seconds, 1)?;
    progress.say(&format!("{up:.0} Mbit/s; iperf3 from the server"));
    let down = iperf::tcp(&lab.server_ns, &lab.client_ns, INNER4, Way::Down, args.seconds, 1)?;
    progress.say(&format!("{down:.0} Mbit/s; renegotiation under traffic"));
    renegotiate(args, lab, &mut client)?;
    let renegotiations = client.count("renegotiated");
    progress.say("new keys in use; the server restarts");
    drop(server);
    client.wait_event("reconnecting", 30.0)?;
    server = lab.server(&shape)?;
    client.wait_event("connected", 60.0)?;
    let again = iperf::ping(&lab.client_ns, INNER4, 5, 56)?;
    if again.1 == 0 {
        bail!(
            "no answer through the tunnel after the reconnect; {}",
            client.story()
        );
    }
    let reconnects = client.count("connected").saturating_sub(1);
    progress.say("reconnected; ending with Ctrl-C");
    let status = client.interrupt()?;
    if !status.success() {
        bail!("the client ended with {status}");
    }
    drop(server);
    let device_report = device.finish()?;
    let mut report = json!({
        "peer_program": program,
        "cipher": shape.cipher,
        "transport": shape.proto,
        "wrapping": args.wrapping,
        "handshake_ms": handshake,
        "ping": {"sent": ping.0 + again.0, "received": ping.1 + again.1},
        "iperf3": {"up_mbit": whole(up), "down_mbit": whole(down)},
        "renegotiations": renegotiations,
        "reconnects": reconnects,
        "drops": device_report.get("drops").cloned().unwrap_or_else(|| json!({})),
        "device": args.device,
    });
    for key in ["verifier", "image_sha256"] {
        if let Some(value) = device_report.get(key) {
            report[key] = value.clone();
        }
    }
    Ok(report)
}

/// Whole Mbit/s.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a rate in Mbit/s is far below 2^64"
)]
fn whole(rate: f64) -> u64 {
    rate.round() as u64
}

/// First line of `openvpn --version`, without the build details.
fn peer_program() -> Result<String> {
    let out = std::process::Command::new("openvpn")
        .arg("--version")
        .output()
        .context("run openvpn")?;
    let text = String::from_utf8_lossy(&out.stdout);
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// Pings from both ends, both families, small and large. Returns (sent, received).
fn pings(lab: &Lab) -> Result<(u32, u32)> {
    let inner = |family: &str| -> Result<String> {
        let text = lab
            .client_ns
            .ip(&["-o", family, "addr", "show", "dev", "ovpn0", "scope", "global"])?;
        let address = text
            .split_whitespace()
            .nth(3)
            .context("the client's tunnel address")?;
        Ok(address.split('/').next().unwrap_or_default().to_owned())
    };
    let mut total = (0, 0);
    let mut add = |result: (u32, u32)| {
        total.0 += result.0;
        total.1 += result.1;
    };
    for size in [56, 1400] {
        add(iperf::ping(&lab.client_ns, INNER4, 5, size)?);
        add(iperf::ping(&lab.client_ns, INNER6, 5, size)?);
        add(iperf::ping(&lab.server_ns, &inner("-4")?, 5, size)?);
        add(iperf::ping(&lab.server_ns, &inner("-6")?, 5, size)?);
    }
    if total.1 == 0 {
        bail!("no ping was answered through the tunnel");
    }
    Ok(total)
}

/// Forces a renegotiation while iperf3 runs, and checks that the connection lives through it.
fn renegotiate(args: &Args, lab: &Lab, client: &mut Client) -> Result<()> {
    std::thread::scope(|scope| {
        let traffic = scope.spawn(|| {
            iperf::tcp(
                &lab.server_ns,
                &lab.client_ns,
                INNER4,
                Way::Up,
                args.seconds.max(4),
                1,
            )
        });
        std::thread::sleep(std::time::Duration::from_millis(500));
        client.renegotiate()?;
        client.wait_event("renegotiated", 20.0)?;
        let rate = traffic
            .join()
            .map_err(|_| anyhow::anyhow!("the traffic thread failed"))??;
        if rate < 1.0 {
            bail!("traffic stopped during the renegotiation ({rate} Mbit/s)");
        }
        Ok(())
    })
}

fn summary(report: &Value) {
    let text = |pointer: &str| match report.pointer(pointer) {
        Some(Value::String(s)) => s.clone(),
        Some(value) => value.to_string(),
        None => "-".into(),
    };
    println!();
    println!("Peer            {}", text("/peer_program"));
    println!(
        "Tunnel          {} over {}, {}",
        text("/cipher"),
        text("/transport"),
        text("/wrapping")
    );
    println!("Device          {}", text("/device"));
    println!("Handshake       {} ms", text("/handshake_ms"));
    println!(
        "Ping            {} of {} answered",
        text("/ping/received"),
        text("/ping/sent")
    );
    println!(
        "iperf3          {} Mbit/s up, {} Mbit/s down",
        text("/iperf3/up_mbit"),
        text("/iperf3/down_mbit")
    );
    println!("Renegotiations  {}", text("/renegotiations"));
    println!("Reconnects      {}", text("/reconnects"));
    if let Some(drops) = report.get("drops").and_then(Value::as_object) {
        let list: Vec<String> = drops
            .iter()
            .filter(|(_, n)| n.as_u64() != Some(0))
            .map(|(k, n)| format!("{k} {n}"))
            .collect();
        println!(
            "Drops           {}",
            if list.is_empty() {
                "none".into()
            } else {
                list.join(", ")
            }
        );
    }
    if report.get("verifier").is_some() {
        println!(
            "Verifier        {} violations, {} leaks in {} calls",
            text("/verifier/violations"),
            text("/verifier/leaks"),
            text("/verifier/calls")
        );
        println!("Image           SHA-256 {}", text("/image_sha256"));
    }
}
