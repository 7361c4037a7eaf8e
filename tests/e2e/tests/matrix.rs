//! Every cell of {transport} x {cipher} x {wrapping}: connect, packets of all sizes both ways, clean end.

mod common;

use anyhow::{Context as _, Result};
use ovpn_dco_e2e::iperf;
use ovpn_dco_e2e::lab::Lab;
use ovpn_dco_e2e::server::{INNER4, INNER6, Shape, Wrapping};

const CIPHERS: [&str; 3] = ["AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"];

/// All wrappings with all ciphers over one transport, in one laboratory.
fn transport(proto: &str) {
    common::needs_root();
    let lab = Lab::new().unwrap();
    for cipher in CIPHERS {
        for wrapping in Wrapping::ALL {
            let shape = Shape {
                proto: proto.into(),
                cipher: cipher.into(),
                wrapping,
                ..Shape::default()
            };
            let cell = format!("{proto} {cipher} {wrapping:?}");
            if let Err(e) = cell_works(&lab, &shape) {
                panic!("{cell}: {e:?}\nfiles: {}", lab.keep_files().display());
            }
        }
    }
}

fn cell_works(lab: &Lab, shape: &Shape) -> Result<()> {
    let server = lab.server(shape)?;
    let device = lab.device(common::device())?;
    let mut client = lab.client(&device, shape)?;
    let connected = client.wait_event("connected", 30.0)?;
    anyhow::ensure!(
        connected["cipher"] == shape.cipher.as_str(),
        "another cipher: {connected}"
    );
    // 1472 + 28 bytes: the largest packet of a 1500-byte tunnel, whose datagram the outer network must fragment.
    for size in [0, 56, 1400, 1472] {
        let (sent, received) = iperf::ping(&lab.client_ns, INNER4, 4, size)?;
        anyhow::ensure!(
            received == sent,
            "IPv4 ping of {size}: {received} of {sent}; {}",
            client.story()
        );
    }
    let (sent, received) = iperf::ping(&lab.client_ns, INNER6, 4, 1452)?;
    anyhow::ensure!(received == sent, "IPv6 ping: {received} of {sent}");
    let status = client.interrupt()?;
    anyhow::ensure!(status.success(), "the client ended with {status}");
    device.finish().context("the device's end")?;
    drop(server);
    Ok(())
}

#[test]
fn udp_over_ipv4() {
    transport("udp4");
}

#[test]
fn udp_over_ipv6() {
    transport("udp6");
}

#[test]
fn tcp_over_ipv4() {
    transport("tcp4");
}

#[test]
fn tcp_over_ipv6() {
    transport("tcp6");
}
