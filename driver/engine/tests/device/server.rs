//! Multipeer mode.

use ovpn_dco_engine::DropReason;
use ovpn_dco_uapi::{
    DelPeerReason, Event, Ioctl, KeySlot, Mode, MpIroute, MpStartVpn, NtStatus, PeerId, SetMode,
    put_sockaddr, read_input,
};
use std::net::SocketAddr;
use zerocopy::IntoBytes;

use crate::support::Host;
use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{OUTPUT, Side, TestKey, address, mp_new_peer, set_peer, start_server};

const A: &str = "198.51.100.1:1000";
const B: &str = "198.51.100.2:2000";

fn id(number: u32) -> PeerId {
    PeerId::new(number).unwrap()
}

fn key(peer: i32) -> TestKey {
    TestKey {
        peer_id: peer,
        seed: 0x40 + peer.unsigned_abs(),
        ..TestKey::CLASSIC
    }
}

/// A server with two peers: 1 is 10.8.0.2 and fd00::2, 2 is 10.8.0.3.
fn server() -> Host {
    let host = Host::open();
    host.server();
    host.add(1, A, &["10.8.0.2", "fd00::2"]).add(2, B, &["10.8.0.3"]);
    host.install(Side::Server, KeySlot::Primary, key(1))
        .install(Side::Server, KeySlot::Primary, key(2));
    host
}

/// The client that is the server's peer of this number.
fn client(peer: i32) -> Host {
    let host = Host::open();
    host.udp().install(Side::Client, KeySlot::Primary, key(peer));
    host
}

fn with_address(from: &str, packet: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 28];
    let len = put_sockaddr(address(from), &mut bytes).unwrap();
    bytes.truncate(len);
    bytes.extend(packet);
    bytes
}

#[test]
fn starting_opens_one_socket_tells_its_port_and_connects() {
    let host = Host::open();
    host.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
    let input = MpStartVpn {
        ipv6_only: 5,
        ..start_server("[::]:0")
    };
    let done = host.must(Ioctl::MpStartVpn, input.as_bytes());
    let output: MpStartVpn = read_input(&done.output).unwrap();
    assert_eq!(
        SocketAddr::try_from(output.listen_address),
        Ok(address("[::]:49152"))
    );
    let spec = host.socket().spec;
    assert_eq!((spec.remote, spec.v6_only, host.link()), (None, true, true));
    assert_eq!(
        host.ask(Ioctl::MpStartVpn, input.as_bytes()),
        NtStatus::ALREADY_INITIALIZED
    );
}

#[test]
fn a_start_that_fails_leaves_nothing() {
    let host = Host::open();
    host.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
    let mut unknown = start_server("0.0.0.0:0");
    unknown.listen_address.family = 9;
    assert_eq!(
        host.ask(Ioctl::MpStartVpn, unknown.as_bytes()),
        NtStatus::INVALID_DEVICE_REQUEST
    );
    let input = start_server("0.0.0.0:1194");
    let number = host.ioctl(Ioctl::MpStartVpn.code(), input.as_bytes(), 31);
    assert_eq!(host.status(number), Some(NtStatus::BUFFER_TOO_SMALL));
    assert_eq!(host.sockets().len(), 0, "checked before it was opened");
    host.refuse_start(Some(NtStatus::ADDRESS_ALREADY_ASSOCIATED));
    assert_eq!(
        host.ask(Ioctl::MpStartVpn, input.as_bytes()),
        NtStatus::ADDRESS_ALREADY_ASSOCIATED
    );
    host.refuse_start(None);
    assert_eq!(host.open_sockets(), 0);
    host.must(Ioctl::MpStartVpn, input.as_bytes());
}

#[test]
fn control_packets_carry_addresses() {
    let host = Host::open();
    host.server();
    for from in ["192.0.2.9:7", "[2001:db8::9]:8", "[::ffff:192.0.2.9]:9"] {
        assert_eq!(host.receive(Some(address(from)), &control(40, 1)), Fate::Consumed);
        let read = host.read(100);
        assert_eq!(
            host.done(read).unwrap().output,
            with_address(from, &control(40, 1)),
            "{from}"
        );
    }
    host.receive(Some(address(A)), &control(40, 1));
    let small = host.read(55);
    assert_eq!(host.status(small), Some(NtStatus::BUFFER_TOO_SMALL));
    let read = host.read(56);
    assert_eq!(host.status(read), Some(NtStatus::SUCCESS));

    let done = host.write(&with_address("192.0.2.9:7", &control(50, 2)));
    assert_eq!((done.status, done.information), (NtStatus::SUCCESS, 66));
    let mapped = address("[::ffff:192.0.2.9]:7");
    assert_eq!(
        host.socket().take_sent(),
        [(control(50, 2), Some(mapped))],
        "as a dual-stack socket takes it"
    );
    host.write(&with_address("[2001:db8::9]:8", &control(1500, 2)));
    assert_eq!(
        host.socket().take_sent(),
        [(control(1500, 2), Some(address("[2001:db8::9]:8")))]
    );
}

#[test]
fn writes_without_a_proper_address_are_refused() {
    let host = Host::open();
    host.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
    assert_eq!(
        host.write(&with_address(A, &control(50, 1))).status,
        NtStatus::INVALID_DEVICE_STATE,
        "no socket"
    );
    host.must(Ioctl::MpStartVpn, start_server("0.0.0.0:0").as_bytes());
    for (bytes, want) in [
        (vec![], NtStatus::INVALID_MESSAGE),
        (vec![2], NtStatus::INVALID_MESSAGE),
        (with_address(A, &[])[..15].to_vec(), NtStatus::INVALID_MESSAGE),
        (with_address(A, &[]), NtStatus::INVALID_BUFFER_SIZE),
        (vec![9; 50], NtStatus::INVALID_ADDRESS),
        (with_address(A, &[0x20; 1501]), NtStatus::INVALID_BUFFER_SIZE),
        (with_address(A, &[0x20; 1513]), NtStatus::INVALID_BUFFER_SIZE),
        (with_address("[::1]:1", &[0x20; 1500]), NtStatus::SUCCESS),
    ] {
        assert_eq!(host.write(&bytes).status, want, "{} bytes", bytes.len());
    }
}

#[test]
fn a_peer_is_added_whole_or_not_at_all() {
    let host = server();
    for (peer, remote, vpn, want) in [
        (1, "198.51.100.9:1", vec!["10.8.0.9"], NtStatus::OBJECTID_EXISTS),
        (3, A, vec!["10.8.0.9"], NtStatus::OBJECTID_EXISTS),
        (
            3,
            "[::ffff:198.51.100.1]:1000",
            vec!["10.8.0.9"],
            NtStatus::OBJECTID_EXISTS,
        ),
        (3, "198.51.100.9:1", vec!["10.8.0.2"], NtStatus::OBJECTID_EXISTS),
        (
            3,
            "198.51.100.9:1",
            vec!["10.8.0.9", "fd00::2"],
            NtStatus::OBJECTID_EXISTS,
        ),
        (
            -1,
            "198.51.100.9:1",
            vec!["10.8.0.9"],
            NtStatus::INVALID_PARAMETER,
        ),
        (
            0x100_0000,
            "198.51.100.9:1",
            vec!["10.8.0.9"],
            NtStatus::INVALID_PARAMETER,
        ),
    ] {
        assert_eq!(host.try_add(peer, remote, &vpn), want, "{peer} {remote} {vpn:?}");
    }
    let mut unknown = mp_new_peer(3, "198.51.100.9:1", &[]);
    unknown.local.family = 0;
    assert_eq!(
        host.ask(Ioctl::MpNewPeer, unknown.as_bytes()),
        NtStatus::INVALID_DEVICE_REQUEST
    );
    // None of the refused ones has left anything in a table.
    host.add(3, "198.51.100.9:1", &["10.8.0.9", "fd00::9"]);
    let ids: Vec<i32> = host.peer_stats(-1).iter().map(|record| record.peer_id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn packets_go_to_the_peer_that_owns_the_destination() {
    let host = server();
    host.iroute("10.20.0.0/16", 1);
    host.iroute("10.20.30.0/24", 2);
    host.iroute("fd20::/32", 2);
    for (destination, peer, remote) in [
        ("10.8.0.2", 1, A),
        ("10.8.0.3", 2, B),
        ("10.20.1.1", 1, A),
        ("10.20.30.1", 2, B),
    ] {
        let packet = udp("10.8.0.1", destination, b"x");
        let sent = host.transmit(&packet).unwrap();
        let [a, b, c, d] = address(remote)
            .ip()
            .to_string()
            .parse::<std::net::Ipv4Addr>()
            .unwrap()
            .octets();
        let mapped = format!("[::ffff:{a}.{b}.{c}.{d}]:{}", address(remote).port());
        assert_eq!(sent.to, Some(address(&mapped)), "{destination}");
        assert_eq!(
            client(peer).receive(None, &sent.bytes),
            Fate::Deliver(packet),
            "{destination}"
        );
    }
    assert!(host.transmit(&udp("fd00::1", "fd00::2", b"x")).is_ok());
    assert!(host.transmit(&udp("fd00::1", "fd20::1", b"x")).is_ok());
    for nobody in ["10.8.0.4", "10.8.0.255", "224.0.0.1", "255.255.255.255"] {
        assert_eq!(
            host.transmit(&udp("10.8.0.1", nobody, b"x")),
            Err(DropReason::OutNoPeer),
            "{nobody}"
        );
    }
}

#[test]
fn inner_source_addresses_are_checked() {
    let host = server();
    host.iroute("10.20.0.0/16", 1);
    host.iroute("10.20.30.0/24", 2);
    let peer = client(1);
    for (source, fine) in [
        ("10.8.0.2", true),
        ("10.20.1.1", true),
        ("10.20.30.1", false),
        ("10.8.0.3", false),
        ("10.9.9.9", false),
    ] {
        let packet = udp(source, "10.8.0.1", b"x");
        let fate = host.receive(Some(address(A)), &peer.transmit(&packet).unwrap().bytes);
        let want = if fine {
            Fate::Deliver(packet)
        } else {
            Fate::Dropped(DropReason::InSourceRefused)
        };
        assert_eq!(fate, want, "{source}");
    }
}

#[test]
fn unknown_peer_ids_are_dropped() {
    let host = server();
    let packet = client(9).transmit(&udp("10.8.0.9", "10.8.0.1", b"x")).unwrap();
    assert_eq!(
        host.receive(Some(address(A)), &packet.bytes),
        Fate::Dropped(DropReason::InNoPeer)
    );
    host.add(9, "198.51.100.9:1", &[]);
    assert_eq!(
        host.receive(Some(address(A)), &packet.bytes),
        Fate::Dropped(DropReason::InNoKey)
    );
}

#[test]
fn an_authentic_packet_from_a_new_address_moves_the_peer() {
    let host = server();
    let peer = client(1);
    let wait = host.wait();
    let packet = udp("10.8.0.2", "10.8.0.1", b"x");
    let moved = "[2001:db8::77]:7777";
    let mut forged = peer.transmit(&packet).unwrap().bytes;
    *forged.last_mut().unwrap() ^= 1;
    assert!(matches!(
        host.receive(Some(address(moved)), &forged),
        Fate::Dropped(_)
    ));
    assert_eq!(host.status(wait), None, "nothing moves before authentication");

    let fine = peer.transmit(&packet).unwrap().bytes;
    assert!(matches!(
        host.receive(Some(address(moved)), &fine),
        Fate::Deliver(_)
    ));
    let event: ovpn_dco_uapi::NotifyEvent = read_input(&host.done(wait).unwrap().output).unwrap();
    assert_eq!(
        event.event(),
        Ok(Event::FloatPeer {
            peer: id(1),
            address: address(moved)
        })
    );
    assert_eq!(
        host.transmit(&udp("10.8.0.1", "10.8.0.2", b"x")).unwrap().to,
        Some(address(moved))
    );

    // The address that it left is free, the one that it has is not.
    assert_eq!(host.try_add(4, moved, &[]), NtStatus::OBJECTID_EXISTS);
    assert_eq!(host.try_add(4, A, &[]), NtStatus::SUCCESS);
    let home = peer.transmit(&packet).unwrap().bytes;
    assert_eq!(
        host.receive(Some(address(A)), &home),
        Fate::Dropped(DropReason::InFloatRefused)
    );
    assert_eq!(
        host.transmit(&udp("10.8.0.1", "10.8.0.2", b"x")).unwrap().to,
        Some(address(moved))
    );
}

#[test]
fn the_mapped_form_of_an_address_is_no_float() {
    let host = server();
    let peer = client(1);
    let packet = peer.transmit(&udp("10.8.0.2", "10.8.0.1", b"x")).unwrap().bytes;
    assert!(matches!(
        host.receive(Some(address("[::ffff:198.51.100.1]:1000")), &packet),
        Fate::Deliver(_)
    ));
    let wait = host.wait();
    assert_eq!(host.status(wait), None);
}

#[test]
fn a_deleted_peer_takes_its_routes_along_and_is_an_event() {
    let host = server();
    host.iroute("10.20.0.0/16", 1);
    assert_eq!(host.del(1), NtStatus::SUCCESS);
    assert_eq!(
        host.event(),
        Event::DelPeer {
            peer: id(1),
            reason: DelPeerReason::Userspace
        }
    );
    for destination in ["10.8.0.2", "10.20.1.1"] {
        assert_eq!(
            host.transmit(&udp("10.8.0.1", destination, b"x")),
            Err(DropReason::OutNoPeer)
        );
    }
    assert_eq!(host.del(1), NtStatus::NOT_FOUND);
    assert_eq!(host.del(-1), NtStatus::NOT_FOUND);
    host.add(1, A, &["10.8.0.2"]);
}

#[test]
fn an_event_goes_to_who_waits_for_it() {
    let host = server();
    let waits = [host.wait(), host.wait()];
    host.del(1);
    assert_eq!(host.status(waits[0]), Some(NtStatus::SUCCESS));
    assert_eq!(host.status(waits[1]), None);
    host.del(2);
    assert_eq!(host.status(waits[1]), Some(NtStatus::SUCCESS));
}

#[test]
fn a_silent_peer_expires_and_calls_that_name_it_succeed_until_user_space_knows() {
    let host = server();
    assert_eq!(host.mp_set(1, set_peer(0, 10, 0)), NtStatus::SUCCESS);
    host.run(20_000);
    assert_eq!(host.peer_stats(-1).len(), 1);
    let fine = |when: &str, want: [NtStatus; 4]| {
        let got = [
            host.swap(1),
            host.mp_set(1, set_peer(1, 1, 1)),
            host.try_install(Side::Server, KeySlot::Secondary, key(1)),
            host.iroute("10.30.0.0/16", 1),
        ];
        assert_eq!(got, want, "{when}");
    };
    fine("queued", [NtStatus::SUCCESS; 4]);
    assert_eq!(
        host.event(),
        Event::DelPeer {
            peer: id(1),
            reason: DelPeerReason::Expired
        }
    );
    fine("just told", [NtStatus::SUCCESS; 4]);
    let _next = host.wait();
    fine(
        "dealt with",
        [
            NtStatus::INVALID_DEVICE_REQUEST,
            NtStatus::INVALID_DEVICE_REQUEST,
            NtStatus::OBJECTID_NOT_FOUND,
            NtStatus::OBJECTID_NOT_FOUND,
        ],
    );
    assert_eq!(
        host.transmit(&udp("10.8.0.1", "10.30.0.1", b"x")),
        Err(DropReason::OutNoPeer)
    );
}

#[test]
fn pings_go_to_each_peer_where_it_is() {
    let host = server();
    host.mp_set(1, set_peer(5, 0, 0));
    host.mp_set(2, set_peer(10, 0, 0));
    host.run(10_000);
    let to: Vec<_> = host
        .socket()
        .take_sent()
        .into_iter()
        .map(|(_, to)| to.unwrap().port())
        .collect();
    assert_eq!(to, [1000, 1000, 2000]);
}

#[test]
fn routes_are_checked_moved_and_removed() {
    let host = server();
    let raw = |netbits, ipv6| {
        let input = MpIroute {
            addr: [10; 16],
            netbits,
            peer_id: 1,
            ipv6,
        };
        [
            host.ask(Ioctl::MpAddIroute, input.as_bytes()),
            host.ask(Ioctl::MpDelIroute, input.as_bytes()),
        ]
    };
    for (netbits, ipv6) in [(-1, 0), (33, 0), (256, 0), (-1, 1), (129, 1)] {
        assert_eq!(raw(netbits, ipv6), [NtStatus::INVALID_PARAMETER; 2], "{netbits}");
    }
    for (netbits, ipv6) in [(0, 0), (9, 0), (32, 0), (0, 1), (128, 1)] {
        assert_eq!(raw(netbits, ipv6), [NtStatus::SUCCESS; 2], "{netbits}");
    }
    assert_eq!(host.iroute("10.0.0.0/8", 5), NtStatus::OBJECTID_NOT_FOUND);
    assert_eq!(host.iroute("10.0.0.0/8", -1), NtStatus::OBJECTID_NOT_FOUND);
    assert_eq!(host.iroute("10.0.0.0/8", 1), NtStatus::SUCCESS);
    assert_eq!(host.iroute("10.0.0.0/8", 2), NtStatus::SUCCESS);
    let to = host
        .transmit(&udp("10.8.0.1", "10.1.1.1", b"x"))
        .unwrap()
        .to
        .unwrap();
    assert_eq!(to.port(), 2000, "moved");
    assert_eq!(host.del_iroute("10.0.0.0/8"), NtStatus::SUCCESS);
    assert_eq!(host.del_iroute("10.0.0.0/8"), NtStatus::NOT_FOUND);
}

#[test]
fn many_peers_are_found_and_counted() {
    let host = Host::open();
    host.server();
    for peer in 0..600u16 {
        let [high, low] = (peer + 10).to_be_bytes();
        let remote = format!("203.0.113.{}:{}", peer % 250 + 1, 1000 + peer);
        host.add(i32::from(peer), &remote, &[&format!("10.9.{high}.{low}")]);
    }
    let done = {
        let input = ovpn_dco_uapi::GetPeerStats::ALL;
        let number = host.ioctl(Ioctl::GetPeerStats.code(), input.as_bytes(), OUTPUT);
        host.done(number).unwrap()
    };
    assert_eq!(
        (done.status, done.output),
        (NtStatus::BUFFER_OVERFLOW, (600u32 * 40).to_ne_bytes().to_vec())
    );
    host.install(Side::Server, KeySlot::Primary, key(599));
    assert_eq!(
        host.transmit(&udp("10.8.0.1", "10.9.2.97", b"x"))
            .unwrap()
            .to
            .unwrap()
            .port(),
        1599
    );
    for peer in 0..600 {
        assert_eq!(host.del(peer), NtStatus::SUCCESS);
    }
    for peer in 0..600 {
        assert_eq!(
            host.event(),
            Event::DelPeer {
                peer: id(peer),
                reason: DelPeerReason::Userspace
            }
        );
    }
}
