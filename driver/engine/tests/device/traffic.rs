//! Packets through two devices back to back.

use ovpn_dco_engine::offload::GsoKind;
use ovpn_dco_engine::{DropReason, MAX_OVERHEAD, Offload};
use ovpn_dco_uapi::{Ioctl, KeySlot};
use zerocopy::IntoBytes;

use crate::support::Host;
use crate::support::packets::{Fate, ip, syn, udp, udp_port};
use crate::support::requests::{Side, TestKey, set_peer};

const CLIENT: &str = "10.8.0.2";
const SERVER: &str = "10.8.0.1";

fn pair(connect: fn(&Host) -> &Host, key: TestKey) -> (Host, Host) {
    let (client, server) = (Host::open(), Host::open());
    connect(&client).install(Side::Client, KeySlot::Primary, key);
    connect(&server).install(Side::Server, KeySlot::Primary, key);
    (client, server)
}

/// A network with a memory and a seed: it loses, duplicates, delays and damages.
struct Network {
    seed: u64,
    held: Vec<Vec<u8>>,
}

impl Network {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    fn carry(&mut self, packet: Vec<u8>) -> Vec<Vec<u8>> {
        let mut out = vec![];
        match self.random(10) {
            0 => {}
            1 => out.extend([packet.clone(), packet]),
            2 => self.held.push(packet),
            3 => {
                let mut damaged = packet;
                let at = usize::try_from(self.random(damaged.len() as u64)).unwrap();
                damaged[at] ^= 1 << self.random(8);
                out.push(damaged);
            }
            _ => out.push(packet),
        }
        if self.held.len() > 5 {
            let at = usize::try_from(self.random(self.held.len() as u64)).unwrap();
            out.push(self.held.remove(at));
        }
        out
    }
}

#[test]
fn over_a_bad_network_each_packet_arrives_unchanged_and_at_most_once() {
    for (seed, key) in [
        (1, TestKey::CLASSIC),
        (2, TestKey::EPOCH),
        (3, TestKey::CLASSIC),
        (4, TestKey::EPOCH),
    ] {
        let (client, server) = pair(Host::udp, key);
        let mut network = Network {
            seed: 0x9E37_79B9_7F4A_7C15 ^ seed,
            held: vec![],
        };
        let mut got = std::collections::BTreeSet::new();
        for number in 0..2_000u32 {
            if number % 500 == 499 {
                let next = TestKey {
                    key_id: u8::try_from(number / 500 + 1).unwrap(),
                    seed: 99,
                    ..key
                };
                server
                    .install(Side::Server, KeySlot::Secondary, next)
                    .must(Ioctl::SwapKeys, &[]);
                client
                    .install(Side::Client, KeySlot::Secondary, next)
                    .must(Ioctl::SwapKeys, &[]);
            }
            let packet = udp(CLIENT, SERVER, &number.to_be_bytes());
            for arrived in network.carry(client.transmit(&packet).unwrap().bytes) {
                if let Fate::Deliver(plaintext) = server.receive(None, &arrived) {
                    let number = u32::from_be_bytes(plaintext[28..].try_into().unwrap());
                    assert_eq!(plaintext, udp(CLIENT, SERVER, &number.to_be_bytes()));
                    assert!(got.insert(number), "{number} came twice");
                }
            }
        }
        assert!(got.len() > 1_500, "{}", got.len());
        let drops = server.device.stats().drops;
        assert!(drops.count(DropReason::InReplay) > 100 && drops.count(DropReason::InAuthentication) > 50);
    }
}

#[test]
fn over_tcp_any_split_of_the_stream_gives_the_same_packets() {
    let (client, server) = pair(Host::tcp, TestKey::CLASSIC);
    let mut bytes = vec![];
    let mut want = vec![];
    for len in 0..40 {
        let packet = udp(CLIENT, SERVER, &vec![7; len * 31]);
        bytes.extend(client.transmit(&packet).unwrap().bytes);
        want.push(Fate::Deliver(packet));
    }
    let mut got = vec![];
    let mut step = 1;
    while !bytes.is_empty() {
        let piece: Vec<u8> = bytes.drain(..bytes.len().min(step)).collect();
        got.extend(server.receive_stream(&piece));
        step = step * 7 % 641 + 1;
    }
    assert_eq!(got, want);
}

#[test]
fn slices_are_one_packet() {
    let (client, server) = pair(Host::udp, TestKey::EPOCH);
    let packet = udp(CLIENT, SERVER, &(0..=255).collect::<Vec<u8>>());
    for cut in 0..packet.len() {
        let (head, tail) = packet.split_at(cut);
        let sealed = client.transmit_slices(&[head, &[], tail]).unwrap();
        assert_eq!(
            server.receive(None, &sealed.bytes),
            Fate::Deliver(packet.clone()),
            "{cut}"
        );
    }
}

#[test]
fn nonsense_from_the_adapter_is_dropped() {
    let (client, _server) = pair(Host::udp, TestKey::CLASSIC);
    let good = udp(CLIENT, SERVER, &[0; 100]);
    let mut lies = good.clone();
    lies[3] += 1;
    let large = udp(CLIENT, SERVER, &vec![0; 1500 - 27]);
    for (why, packet, want) in [
        ("empty", vec![], DropReason::OutNotIp),
        ("short", good[..19].to_vec(), DropReason::OutNotIp),
        ("version 5", vec![0x55; 40], DropReason::OutNotIp),
        ("states more than there is", lies, DropReason::OutNotIp),
        ("above the MTU", large, DropReason::OutTooLarge),
    ] {
        assert_eq!(client.transmit(&packet), Err(want), "{why}");
    }
    assert!(client.transmit(&udp(CLIENT, SERVER, &vec![0; 1500 - 28])).is_ok());
    client.device.set_mtu(1400);
    assert_eq!(
        client.transmit(&udp(CLIENT, SERVER, &vec![0; 1400])),
        Err(DropReason::OutTooLarge)
    );
    assert_eq!(client.stats().lost_out_data_packets, 6);
}

#[test]
fn an_output_that_is_too_small_drops_the_packet_and_is_not_overrun() {
    let (client, server) = pair(Host::udp, TestKey::CLASSIC);
    let packet = udp(CLIENT, SERVER, &[0; 100]);
    let batch = client.device.transmit();
    for len in 0..packet.len() + 24 {
        let mut out = vec![0; len];
        assert_eq!(
            batch.packet(&[&packet], &mut out).err(),
            Some(DropReason::OutBuffer),
            "{len}"
        );
    }
    drop(batch);
    let sealed = client.transmit(&packet).unwrap().bytes;
    let batch = server.device.receive();
    for len in 0..packet.len() {
        let mut out = vec![0; len];
        let received = batch.datagram(server.transport(), None, &sealed, &mut out);
        assert_eq!(
            received,
            ovpn_dco_engine::Received::Dropped(DropReason::InBuffer),
            "{len}"
        );
    }
}

#[test]
fn the_tunnels_own_packets_do_not_enter_it() {
    let (client, _server) = pair(Host::udp, TestKey::CLASSIC);
    let own = |port| udp_port("192.168.1.2", "192.0.2.1", port, b"outer");
    assert_eq!(client.transmit(&own(1194)), Err(DropReason::OutRecursive));
    assert!(
        client.transmit(&own(1195)).is_ok(),
        "another port of the same host"
    );
    assert!(
        client.transmit(&syn("192.168.1.2", "192.0.2.1", 1400)).is_ok(),
        "another protocol"
    );

    let (client, _server) = pair(Host::tcp, TestKey::CLASSIC);
    assert!(
        client.transmit(&own(1194)).is_ok(),
        "UDP, and the transport is TCP"
    );
}

#[test]
fn the_mss_is_clamped_both_ways() {
    let mss = |packet: &[u8]| u16::from_be_bytes(packet[42..44].try_into().unwrap());
    for connect in [Host::udp, Host::tcp] {
        let (client, server) = pair(connect, TestKey::CLASSIC);
        let cross = |from: &Host, to: &Host, packet: &[u8]| {
            let fates = to.arrive(&from.transmit(packet).unwrap().bytes);
            let [Fate::Deliver(plaintext)] = fates.as_slice() else {
                panic!("{fates:?}")
            };
            mss(plaintext)
        };
        let packet = syn(CLIENT, SERVER, 1460);
        assert_eq!(cross(&client, &server, &packet), 1460);
        client.must(Ioctl::SetPeer, set_peer(-1, -1, 1300).as_bytes());
        assert_eq!(cross(&client, &server, &packet), 1300, "out");
        assert_eq!(cross(&server, &client, &packet), 1300, "in");
        assert_eq!(cross(&client, &server, &syn(CLIENT, SERVER, 1200)), 1200);
        client.must(Ioctl::SetPeer, set_peer(-1, -1, 0).as_bytes());
        assert_eq!(cross(&client, &server, &packet), 1460);
    }
}

#[test]
fn a_super_packet_leaves_as_equal_datagrams() {
    for (connect, stream) in [(Host::udp as fn(&Host) -> &Host, false), (Host::tcp, true)] {
        let (client, server) = pair(connect, TestKey::EPOCH);
        let payload: Vec<u8> = (0..10_000u32).map(|n| n.to_be_bytes()[3]).collect();
        let mut segment = vec![0xC0, 0, 0x13, 0x89, 0, 0, 0, 0];
        segment.extend(&payload);
        let packet = ip(CLIENT, SERVER, 17, &segment);
        let request = Offload {
            gso: Some((GsoKind::Udp4, 1_300)),
            checksum: None,
        };
        let mut out = vec![0; packet.len() + 8 * (MAX_OVERHEAD + 28)];
        let (len, segment, count) = {
            let batch = client.device.transmit();
            let sealed = batch.super_packet(&[&packet], request, &mut out).unwrap();
            (sealed.len, sealed.segment, sealed.count)
        };
        assert_eq!(count, 8);
        let mut got = vec![];
        let fates = if stream {
            server.receive_stream(&out[..len])
        } else {
            out[..len]
                .chunks(segment)
                .map(|datagram| server.receive(None, datagram))
                .collect()
        };
        for fate in fates {
            let Fate::Deliver(plaintext) = fate else {
                panic!("{fate:?}")
            };
            assert!(plaintext.len() <= 1_328);
            got.extend_from_slice(&plaintext[28..]);
        }
        assert_eq!(got, payload);
        let (sent, received) = (client.stats(), server.stats());
        assert_eq!((sent.sent_data_packets, received.received_data_packets), (8, 8));
        assert_eq!(sent.transport_bytes_sent, received.transport_bytes_received);
        assert_eq!(sent.tun_bytes_sent, received.tun_bytes_received);
    }
}

#[test]
fn packets_are_not_sent_before_the_connection_and_arrive_for_nobody_after_the_peer() {
    let host = Host::open();
    host.connect();
    host.install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    let packet = udp(CLIENT, SERVER, b"x");
    assert_eq!(host.transmit(&packet), Err(DropReason::OutNotConnected));
    host.must(Ioctl::DelPeer, &[]);
    assert_eq!(host.transmit(&packet), Err(DropReason::OutNoPeer));
    assert_eq!(
        host.receive(None, &[0x48; 60]),
        Fate::Dropped(DropReason::InNoPeer)
    );
}
