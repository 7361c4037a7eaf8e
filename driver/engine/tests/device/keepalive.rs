//! Pings and expiry of a client.

use ovpn_dco_engine::Closed;
use ovpn_dco_uapi::{Ioctl, KeySlot, NtStatus};

use crate::support::Host;
use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{Side, TestKey};

fn pair() -> (Host, Host) {
    let (client, server) = (Host::open(), Host::open());
    client
        .udp()
        .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    server
        .udp()
        .install(Side::Server, KeySlot::Primary, TestKey::CLASSIC);
    (client, server)
}

#[test]
fn a_ping_is_sent_after_the_interval_and_consumed_by_the_other_side() {
    let (client, server) = pair();
    client.keepalive(10, 0);
    client.run(9_000);
    assert!(client.socket().take_sent().is_empty());
    client.run(1_000);
    let sent = client.socket().take_sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0.len(), 40, "a ping on the wire");
    assert_eq!(server.receive(None, &sent[0].0), Fate::Consumed);
    client.run(9_000);
    assert!(client.socket().take_sent().is_empty());
    client.run(1_000);
    assert_eq!(client.socket().take_sent().len(), 1);
    let (sent, received) = (client.stats(), server.stats());
    assert_eq!(
        (
            sent.sent_data_packets,
            sent.transport_bytes_sent,
            sent.tun_bytes_sent
        ),
        (2, 80, 0)
    );
    assert_eq!(
        (received.received_data_packets, received.tun_bytes_received),
        (1, 0)
    );
}

#[test]
fn traffic_puts_the_ping_off() {
    let (client, _server) = pair();
    client.keepalive(10, 0);
    for _ in 0..5 {
        client.run(8_000);
        client.transmit(&udp("10.8.0.2", "10.8.0.1", b"x")).unwrap();
    }
    assert!(client.socket().take_sent().is_empty());
}

#[test]
fn without_a_key_there_is_no_ping_and_no_loss() {
    let host = Host::open();
    host.udp().keepalive(1, 0);
    host.run(5_000);
    assert!(host.socket().take_sent().is_empty());
    assert_eq!(host.stats().lost_out_data_packets, 0);
}

#[test]
fn silence_ends_the_pended_read_once() {
    let (client, _server) = pair();
    client.keepalive(0, 60);
    let reads = [client.read(100), client.read(100)];
    client.run(60_000);
    assert_eq!(client.status(reads[0]), None, "not early");
    client.run(2_000);
    assert_eq!(client.status(reads[0]), Some(NtStatus::CONNECTION_DISCONNECTED));
    client.run(200_000);
    assert_eq!(client.status(reads[1]), None, "said once");
    client.receive(None, &control(30, 1));
    assert_eq!(client.status(reads[1]), Some(NtStatus::SUCCESS));
}

#[test]
fn an_expiry_without_a_read_waits_for_the_next_one() {
    let (client, _server) = pair();
    client.keepalive(0, 5);
    client.run(30_000);
    let reads = [client.read(100), client.read(100)];
    assert_eq!(client.status(reads[0]), Some(NtStatus::CONNECTION_DISCONNECTED));
    assert_eq!(client.status(reads[1]), None);
}

#[test]
fn settings_restart_the_timers_and_arm_the_expiry_again() {
    let (client, _server) = pair();
    client.keepalive(0, 5);
    client.run(4_000);
    client.keepalive(-1, 5);
    client.run(4_000);
    let read = client.read(100);
    assert_eq!(client.status(read), None);
    client.run(3_000);
    assert_eq!(client.status(read), Some(NtStatus::CONNECTION_DISCONNECTED));
    client.keepalive(-1, 5);
    client.run(7_000);
    let read = client.read(100);
    assert_eq!(client.status(read), Some(NtStatus::CONNECTION_DISCONNECTED));
}

#[test]
fn only_authentic_packets_are_signs_of_life() {
    let (client, server) = pair();
    client.keepalive(0, 10);
    let read = client.read(2_000);
    for round in 0..20 {
        client.run(1_000);
        let mut forged = server.transmit(&udp("10.8.0.1", "10.8.0.2", b"x")).unwrap().bytes;
        *forged.last_mut().unwrap() ^= 1;
        assert!(
            matches!(client.receive(None, &forged), Fate::Dropped(_)),
            "{round}"
        );
    }
    assert_eq!(client.status(read), Some(NtStatus::CONNECTION_DISCONNECTED));

    let (client, server) = pair();
    client.keepalive(0, 10);
    let read = client.read(2_000);
    let mut replayed = None;
    for _ in 0..20 {
        client.run(1_000);
        let packet = server.transmit(&udp("10.8.0.1", "10.8.0.2", b"x")).unwrap().bytes;
        assert!(matches!(client.receive(None, &packet), Fate::Deliver(_)));
        replayed = Some(packet);
    }
    assert_eq!(client.status(read), None);
    for _ in 0..12 {
        client.run(1_000);
        assert!(matches!(
            client.receive(None, replayed.as_ref().unwrap()),
            Fate::Dropped(_)
        ));
    }
    assert_eq!(
        client.status(read),
        Some(NtStatus::CONNECTION_DISCONNECTED),
        "replays don't count"
    );
}

#[test]
fn a_stream_that_is_over_neither_pings_nor_expires() {
    let host = Host::open();
    host.tcp()
        .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC)
        .keepalive(1, 5);
    host.device.transport_closed(host.transport(), Closed::Graceful);
    host.socket().take_sent();
    host.run(20_000);
    assert!(host.socket().take_sent().is_empty());
    let read = host.read(100);
    assert_eq!(host.status(read), Some(NtStatus::CONNECTION_ABORTED));
    host.must(Ioctl::DelPeer, &[]);
}
