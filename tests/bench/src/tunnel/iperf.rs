//! iperf3 through a tunnel, from the client to the server unless said otherwise.

use super::bed::Bed;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

/// A test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Test {
    /// One TCP stream.
    Tcp,
    /// One TCP stream from the server to the client.
    TcpReverse,
    /// Four TCP streams.
    Tcp4,
    /// As many UDP datagrams of 64 bytes as possible.
    Udp64,
}

/// Seconds of the UDP test: a flood, soon steady.
const UDP_SECONDS: u32 = 4;
/// Seconds at the start of a TCP test that don't count, for slow start.
const OMIT: u32 = 1;
/// Seconds that a test may take longer before it is given up.
const GRACE: u32 = 20;

impl Test {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Tcp, Self::TcpReverse, Self::Tcp4, Self::Udp64];

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::TcpReverse => "tcp-r",
            Self::Tcp4 => "tcp-p4",
            Self::Udp64 => "udp64",
        }
    }

    /// What it is, for a chart.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Tcp => "TCP, one stream",
            Self::TcpReverse => "TCP, one stream, reverse",
            Self::Tcp4 => "TCP, four streams",
            Self::Udp64 => "UDP, 64-byte datagrams",
        }
    }

    fn arguments(self, seconds: u32) -> Vec<String> {
        let tcp = [
            "-t".to_owned(),
            seconds.to_string(),
            "-O".to_owned(),
            OMIT.to_string(),
        ];
        let more: &[&str] = match self {
            Self::Tcp => &[],
            Self::TcpReverse => &["-R"],
            Self::Tcp4 => &["-P", "4"],
            Self::Udp64 => {
                let time = UDP_SECONDS.to_string();
                return ["-u", "-b", "0", "-l", "64", "-t", &time]
                    .map(str::to_owned)
                    .to_vec();
            }
        };
        tcp.into_iter()
            .chain(more.iter().map(|arg| (*arg).to_owned()))
            .collect()
    }
}

/// What arrived.
pub(super) struct Rate {
    pub(super) mbit: f64,
    pub(super) packets: Option<f64>,
}

const PORT: &str = "5201";

/// Runs one test against `server`, an address inside the tunnel.
pub(super) fn run(bed: &Bed, server: &str, test: Test, seconds: u32) -> Result<Rate> {
    let mut command = bed.server.command("iperf3");
    command
        .args(["-s", "-1", "-B", server, "-p", PORT])
        .stdout(Stdio::null());
    let mut sink = bed.server.spawn(&mut command)?;
    std::thread::sleep(Duration::from_millis(400));
    let limit = (seconds.max(UDP_SECONDS) + OMIT + GRACE).to_string();
    let arguments = test.arguments(seconds);
    let mut all = vec![limit.as_str(), "iperf3", "-c", server, "-p", PORT, "-J"];
    all.extend(arguments.iter().map(String::as_str));
    let out = bed.client.try_exec("timeout", &all)?;
    sink.wait(5.0)?;
    let report: Value = serde_json::from_slice(&out.stdout).context("read iperf3's report")?;
    if let Some(error) = report["error"].as_str() {
        bail!("iperf3: {error}");
    }
    let number = |path: &str| {
        report
            .pointer(path)
            .and_then(Value::as_f64)
            .with_context(|| format!("iperf3: no {path}"))
    };
    if test == Test::Udp64 {
        let arrived = number("/end/sum/packets")? - number("/end/sum/lost_packets")?;
        let packets = arrived / number("/end/sum/seconds")?;
        return Ok(Rate {
            mbit: packets * 64.0 * 8.0 / 1e6,
            packets: Some(packets),
        });
    }
    Ok(Rate {
        mbit: number("/end/sum_received/bits_per_second")? / 1e6,
        packets: None,
    })
}
