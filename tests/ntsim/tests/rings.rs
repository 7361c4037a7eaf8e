//! Ring rules, broken by a driver's image: `drivers/faulty-net`, a NetAdapterCx client with a bug of choice.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use ntsim::machine::{self, Config, Machine};
use ntsim::netcx::{self, Network};
use ntsim::session::Session;
use ntsim::violation::{self, Rule, Violation};
use ntsim::wdf::pnp::Value;
use ntsim::wdf::registry;

const VIRTIO_NET_HEADER: usize = 10;

/// A UDP packet of IPv4 without a checksum of its own: 20 + 8 + 4 bytes.
fn packet() -> Vec<u8> {
    let mut packet = vec![
        0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4
        0, 7, 0, 7, 0, 12, 0, 0, 1, 2, 3, 4, // UDP
    ];
    let sum: u32 = packet[..20]
        .chunks(2)
        .map(|c| u32::from(u16::from_be_bytes([c[0], c[1]])))
        .sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    packet[10..12].copy_from_slice(&(!u16::try_from(folded).unwrap()).to_be_bytes());
    packet
}

/// From load to unload with some traffic; returns what was broken.
fn run(driver: &Path, bug: u32, framework: (u32, u32)) -> Vec<Violation> {
    let booted = Machine::boot(Config {
        hang_after: Duration::from_millis(500),
        network: Network::Memory,
        netadaptercx: framework,
        ..Config::default()
    });
    registry::key("Parameters")
        .lock()
        .insert("bug".to_owned(), Value::Number(bug));
    let session = Session::start(&booted, driver, None);
    if let (Ok(_), Some(medium)) = (&session, netcx::medium()) {
        for _ in 0..3 {
            medium.transmit([vec![0; VIRTIO_NET_HEADER], packet()].concat());
        }
        let deadline = Instant::now() + Duration::from_millis(100);
        while Instant::now() < deadline && !machine::stopped() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    if let Ok(session) = session {
        session.stop();
    }
    violation::all()
}

#[test]
fn a_healthy_client_runs_without_a_violation() {
    let Some(driver) = common::driver("faulty-net-driver") else {
        return;
    };
    for framework in [(2, 0), (2, 2)] {
        let broken = run(&driver, 0, framework);
        assert!(broken.is_empty(), "{framework:?}: {broken:#?}");
    }
}

#[test]
fn each_broken_ring_rule_is_named() {
    let Some(driver) = common::driver("faulty-net-driver") else {
        return;
    };
    let table = [
        (1, "index behind the end", Rule::NET_RING_INDEX),
        (2, "header changed", Rule::NET_RING_HEADER),
        (3, "received packet that nobody filled in", Rule::NET_RX_PACKET),
        (4, "packets kept when cancelled", Rule::NET_QUEUE_DRAIN),
        (5, "packet changed that is to be sent", Rule::NET_TX_PACKET),
    ];
    let mut missed = Vec::new();
    for (bug, what, rule) in table {
        for framework in [(2, 0), (2, 2)] {
            let rules: BTreeSet<Rule> = run(&driver, bug, framework).iter().map(|v| v.rule).collect();
            if !rules.contains(&rule) {
                missed.push(format!("{what}, {framework:?}: {rule:?} not in {rules:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
