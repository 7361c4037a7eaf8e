//! `GET_STATS` and `GET_PEER_STATS`.

use ovpn_dco_uapi::{GetPeerStats, Ioctl, KeySlot, NtStatus, PeerStats, Stats};
use zerocopy::IntoBytes;

use crate::support::Host;
use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{Side, TestKey};

fn busy() -> Host {
    let (client, server) = (Host::open(), Host::open());
    client
        .udp()
        .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    server
        .udp()
        .install(Side::Server, KeySlot::Primary, TestKey::CLASSIC);
    for _ in 0..3 {
        client.transmit(&udp("10.8.0.2", "10.8.0.1", &[1; 72])).unwrap();
    }
    for _ in 0..2 {
        let packet = server.transmit(&udp("10.8.0.1", "10.8.0.2", &[1; 22])).unwrap();
        assert!(matches!(client.receive(None, &packet.bytes), Fate::Deliver(_)));
        assert!(matches!(client.receive(None, &packet.bytes), Fate::Dropped(_)));
    }
    client.receive(None, &control(50, 1));
    client.write(&control(60, 1));
    client
}

#[test]
fn totals_count_packets_and_bytes_of_both_sides() {
    let want = Stats {
        lost_in_data_packets: 2,
        received_data_packets: 2,
        received_control_packets: 1,
        sent_control_packets: 1,
        sent_data_packets: 3,
        transport_bytes_sent: 3 * 124,
        transport_bytes_received: 2 * 74,
        tun_bytes_sent: 3 * 100,
        tun_bytes_received: 2 * 50,
        ..Stats::default()
    };
    assert_eq!(busy().stats(), want);
}

#[test]
fn a_new_peer_begins_at_zero() {
    let host = busy();
    let all = host.device.stats();
    host.udp();
    assert_eq!(host.stats(), Stats::default());
    assert_eq!(host.device.stats(), all, "the device itself forgets nothing");
    assert_eq!(host.peer_stats(-1), [PeerStats::default()]);
}

#[test]
fn a_clients_record_has_id_0_whatever_is_asked_for() {
    let host = busy();
    let want = PeerStats {
        link_rx_bytes: 148,
        link_tx_bytes: 372,
        vpn_rx_bytes: 100,
        vpn_tx_bytes: 300,
        ..PeerStats::default()
    };
    for peer in [-1, 0, 7, 0xFF_FFFF, -2, i32::MAX] {
        assert_eq!(host.peer_stats(peer), [want], "{peer}");
    }
}

#[test]
fn records_are_fetched_in_two_steps() {
    let host = busy();
    let all = |output| {
        let number = host.ioctl(Ioctl::GetPeerStats.code(), GetPeerStats::ALL.as_bytes(), output);
        host.done(number).unwrap()
    };
    let sized = all(4);
    assert_eq!(
        (sized.status, sized.output),
        (NtStatus::BUFFER_OVERFLOW, 40u32.to_ne_bytes().to_vec())
    );
    assert_eq!(all(39).information, 4);
    assert_eq!((all(40).status, all(40).information), (NtStatus::SUCCESS, 40));
    assert_eq!(all(41).information, 40);
    assert_eq!(all(3).status, NtStatus::BUFFER_TOO_SMALL);
    let one = host.ioctl(
        Ioctl::GetPeerStats.code(),
        GetPeerStats { peer_id: 1 }.as_bytes(),
        39,
    );
    assert_eq!(host.status(one), Some(NtStatus::BUFFER_TOO_SMALL));
}

#[test]
fn without_a_peer_there_are_no_records() {
    let host = Host::open();
    assert_eq!(host.peer_stats(-1), []);
    let one = host.ioctl(
        Ioctl::GetPeerStats.code(),
        GetPeerStats { peer_id: 0 }.as_bytes(),
        40,
    );
    assert_eq!(host.status(one), Some(NtStatus::OBJECTID_NOT_FOUND));
}

#[test]
fn output_has_no_old_memory_in_its_padding() {
    let host = busy();
    let number = host.ioctl(Ioctl::GetPeerStats.code(), GetPeerStats::ALL.as_bytes(), 40);
    assert_eq!(host.done(number).unwrap().output[4..8], [0; 4]);
}
