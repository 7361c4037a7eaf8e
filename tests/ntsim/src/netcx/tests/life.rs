//! Start, traffic, sleep, stop: what a healthy driver sees.

use netcx_sys::netadaptercx::{
    MediaConnectStateConnected, MediaDuplexStateFull, NET_ADAPTER_LINK_STATE,
    NetAdapterAutoNegotiationFlagNone, NetAdapterPauseFunctionTypeUnsupported,
};

use super::super::packet::{self, TCP, UDP};
use super::super::segment::tests::{is_valid, sample};
use super::super::vnet::{Header, LENGTH, Segments};
use super::*;

fn ready(protocol: u8, payload: usize) -> Vec<u8> {
    let mut packet = sample(false, protocol, payload);
    packet::finish_ipv4(&mut packet[..20]);
    let at = 20 + packet::checksum_offset(protocol);
    let total = packet::pseudo(&packet, false, protocol, packet.len() - 20) + packet::sum(&packet[20..]);
    packet::put_checksum(&mut packet, at, total, protocol == UDP);
    packet
}

#[test]
fn packets_go_both_ways_and_nothing_is_broken() {
    for framework in [0, 2] {
        let config = Config {
            netadaptercx: (2, framework),
            ..Config::default()
        };
        let bench = Bench::started_on(Script::default(), config);
        let packet = ready(UDP, 100);
        for _ in 0..300 {
            bench.transmit(&packet);
        }
        eventually("transmission", || DRIVER.lock().sent.len() == 300);
        assert!(DRIVER.lock().sent.iter().all(|(p, _)| *p == packet));
        let medium = bench.medium();
        for _ in 0..300 {
            bench.receive(&packet);
        }
        let got = Mutex::new(0);
        eventually("reception", || {
            *got.lock() += medium.received().len();
            DRIVER.lock().incoming.is_empty()
        });
        eventually("the return of all buffers", || DRIVER.lock().buffers.len() == 64);
        let irqls = DRIVER.lock().irqls.clone();
        assert_eq!(
            irqls.contains(&2),
            framework == 2,
            "DISPATCH_LEVEL is for 2.2 only"
        );
        assert_eq!(bench.finish(), []);
        let events = DRIVER.lock().events.clone();
        assert_eq!(events.iter().filter(|e| **e == "stop").count(), 2);
    }
}

#[test]
fn a_super_packet_reaches_the_driver_in_segments_of_two_fragments() {
    let bench = Bench::started(Script::default());
    let packet = sample(false, TCP, 5000);
    let header = Header {
        checksum: Some((20, 16)),
        segments: Some((Segments::Tcp, 1400)),
        ipv6: false,
        headers: 40,
    };
    bench
        .medium()
        .transmit([&header.to_bytes()[..], &packet].concat());
    eventually("transmission", || DRIVER.lock().sent.len() == 4);
    let sent = DRIVER.lock().sent.clone();
    assert!(sent.iter().all(|(p, fragments)| is_valid(p) && *fragments == 2));
    let payload: Vec<u8> = sent.iter().flat_map(|(p, _)| p[40..].to_vec()).collect();
    assert_eq!(payload, packet[40..]);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_driver_that_takes_one_fragment_gets_copies() {
    let bench = Bench::started(Script {
        tx_capabilities: |tx| (tx.MaximumNumberOfFragments, tx.PayloadBackfill) = (1, 64),
        ..Script::default()
    });
    let header = Header {
        checksum: Some((20, 6)),
        segments: Some((Segments::Udp, 1000)),
        ..Header::default()
    };
    let packet = sample(false, UDP, 2500);
    bench
        .medium()
        .transmit([&header.to_bytes()[..], &packet].concat());
    eventually("transmission", || DRIVER.lock().sent.len() == 3);
    let sent = DRIVER.lock().sent.clone();
    assert!(sent.iter().all(|(p, fragments)| is_valid(p) && *fragments == 1));
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_packet_above_the_mtu_is_posted_as_ignored() {
    let bench = Bench::started(Script::default());
    bench.transmit(&ready(UDP, 2000));
    bench.transmit(&ready(UDP, 20));
    eventually("transmission", || !DRIVER.lock().sent.is_empty());
    assert_eq!(DRIVER.lock().sent.len(), 1);
    assert_eq!(bench.finish(), []);
}

#[test]
fn strict_mode_cuts_packets_into_pieces_and_alternates_irqls() {
    let config = Config {
        strict: true,
        ..Config::default()
    };
    let bench = Bench::started_on(Script::default(), config);
    let packet = ready(UDP, 1000);
    (0..50).for_each(|_| bench.transmit(&packet));
    eventually("transmission", || DRIVER.lock().sent.len() == 50);
    let sent = DRIVER.lock().sent.clone();
    assert!(sent.iter().all(|(p, _)| *p == packet));
    assert!(sent.iter().any(|(_, fragments)| *fragments > 1));
    assert_eq!(bench.finish(), []);
}

#[test]
fn system_managed_buffers_work_too() {
    let config = Config {
        strict: true,
        ..Config::default()
    };
    let bench = Bench::started_on(
        Script {
            system_buffers: true,
            ..Script::default()
        },
        config,
    );
    let packet = ready(TCP, 500);
    let medium = bench.medium();
    (0..500).for_each(|_| bench.receive(&packet));
    eventually("reception", || DRIVER.lock().incoming.is_empty());
    bench.receive(&packet);
    let got = Mutex::new(Vec::new());
    eventually("a frame", || {
        got.lock().extend(medium.received());
        got.lock().len() == 501
    });
    assert!(got.lock().iter().all(|f| f[LENGTH..] == packet));
    assert_eq!(bench.finish(), []);
}

#[test]
fn sleep_and_a_new_mtu_make_the_queues_anew() {
    let bench = Bench::started(Script::default());
    let first = DRIVER.lock().queues[0].handle;
    pnp::sleep(bench.device()).unwrap();
    assert!(
        crate::wdf::object::find(first).is_none(),
        "queues go before the device sleeps"
    );
    assert!(medium().is_some(), "the interface stays");
    pnp::resume(bench.device()).unwrap();
    assert_eq!(DRIVER.lock().queues.len(), 4);
    let (globals, adapter) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.adapter)
    };
    link::NetAdapterSetLinkLayerMtuSize(globals, adapter, 1280);
    eventually("new queues", || {
        DRIVER.lock().queues.len() == 6 && bench.medium().mtu() == 1280
    });
    bench.transmit(&ready(UDP, 10));
    eventually("transmission", || DRIVER.lock().sent.len() == 1);
    assert_eq!(bench.finish(), []);
    let events = DRIVER.lock().events.clone();
    assert_eq!(events.iter().filter(|e| **e == "cancel").count(), 6);
}

#[test]
fn the_link_begins_disconnected_and_follows_the_driver() {
    let bench = Bench::started(Script::default());
    assert!(!bench.medium().carrier());
    let (globals, adapter) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.adapter)
    };
    let up = NET_ADAPTER_LINK_STATE::new(
        1,
        MediaConnectStateConnected,
        MediaDuplexStateFull,
        NetAdapterPauseFunctionTypeUnsupported,
        NetAdapterAutoNegotiationFlagNone,
    );
    link::NetAdapterSetLinkState(globals, adapter, Guest::of(&up));
    assert!(bench.medium().carrier());
    let down = NET_ADAPTER_LINK_STATE::disconnected();
    link::NetAdapterSetLinkState(globals, adapter, Guest::of(&down));
    assert!(!bench.medium().carrier());
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_device_that_cannot_make_its_queues_fails() {
    let mut bench = Bench::new(
        Script {
            make: |make| match make.direction {
                Direction::Tx => make.make(),
                Direction::Rx => status::INSUFFICIENT_RESOURCES,
            },
            ..Script::default()
        },
        Config::default(),
    );
    assert_eq!(bench.start(), Err(status::INSUFFICIENT_RESOURCES));
    assert_eq!(bench.finish(), []);
    assert!(!crate::machine::stopped());
}

#[test]
fn buffers_can_be_kept_from_a_driver() {
    let plan =
        toml::from_str("[[rule]]\ncall = \"EvtAdapterReturnRxBuffer\"\naction = \"pend\"\nevery = 1\n");
    let config = Config {
        faults: plan.unwrap(),
        ..Config::default()
    };
    let bench = Bench::started_on(Script::default(), config);
    (0..64).for_each(|_| bench.receive(&ready(UDP, 10)));
    eventually("starvation", || DRIVER.lock().buffers.is_empty());
    assert_eq!(bench.finish(), []);
    assert_eq!(DRIVER.lock().buffers.len(), 64, "the stop returns them");
}
