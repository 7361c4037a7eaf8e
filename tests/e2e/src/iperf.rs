//! iperf3 through the tunnel.

use crate::netns::Netns;
use anyhow::{Context as _, Result};
use serde_json::Value;

/// Which way the traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// Runs one TCP test of `seconds` with `streams` streams and returns the received Mbit/s.
pub fn tcp(
    server: &Netns,
    client: &Netns,
    address: &str,
    way: Way,
    seconds: u32,
    streams: u32,
) -> Result<f64> {
    let mut command = server.command("iperf3");
    command
        .args(["-s", "-1", "-B", address, "-p", "5201"])
        .stdout(std::process::Stdio::null());
    let mut listener = server.spawn(&mut command)?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    let (seconds, streams) = (seconds.to_string(), streams.to_string());
    let mut args = vec!["-c", address, "-p", "5201", "-J", "-t", &seconds, "-P", &streams];
    if way == Way::Down {
        args.push("-R");
    }
    let out = client.try_exec("iperf3", &args)?;
    listener.wait(3.0)?;
    let report: Value = serde_json::from_slice(&out.stdout).context("iperf3's report")?;
    if let Some(error) = report.get("error") {
        anyhow::bail!("iperf3: {error}");
    }
    let bits = report
        .pointer("/end/sum_received/bits_per_second")
        .and_then(Value::as_f64);
    Ok(bits.context("iperf3 received nothing")? / 1e6)
}

/// Pings `address` and returns (sent, received).
pub fn ping(ns: &Netns, address: &str, count: u32, size: u32) -> Result<(u32, u32)> {
    let (count_text, size) = (count.to_string(), size.to_string());
    let out = ns.try_exec(
        "ping",
        &["-c", &count_text, "-i", "0.05", "-W", "2", "-s", &size, address],
    )?;
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text
        .lines()
        .find(|l| l.contains("packets transmitted"))
        .with_context(|| format!("ping: {text}"))?;
    let mut numbers = line
        .split(',')
        .map(|part| part.trim().split(' ').next().unwrap_or_default().parse::<u32>());
    let sent = numbers.next().context("ping's summary")??;
    let received = numbers.next().context("ping's summary")??;
    Ok((sent, received))
}
