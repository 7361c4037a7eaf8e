//! Tunnels that carry packets, and all the ways in which they end: orderly, killed, asleep, removed, unloaded.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ovpn_dco_device_tests::bench::{Bench, TUNNEL_PEER, adapter_path, kind};
use ovpn_dco_device_tests::calls::{self, PATIENCE, end_of, pends, status};
use ovpn_dco_device_tests::packet::turned_around;
use ovpn_dco_device_tests::peer::{CONTROL, Key, KeySpec, PING};
use ovpn_dco_device_tests::tunnel::{self, Inner, SECOND_KEY};
use ovpn_dco_devsock::OpenRequest;
use ovpn_dco_e2e::client::DeviceKind;
use ovpn_dco_uapi::{
    Event, GetPeerStats, Ioctl, KeySlot, MpNewPeer, NotifyEvent, NtStatus, PeerId, PeerStats, Proto,
};
use zerocopy::{FromBytes as _, IntoBytes as _};

#[test]
fn packets_go_out_and_come_back_and_are_counted() {
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let (handle, peer) = (bench.open(), tunnel::echo(&bench, proto));
        tunnel::connect(&handle, proto, &peer);
        let inner = Inner::new(&bench);
        for size in [4, 100, 1000, 1472] {
            inner.round_trips(10, size);
        }
        handle.must(Ioctl::NewKey, &SECOND_KEY.for_device(KeySlot::Secondary));
        inner.round_trips(10, 200);
        handle.must(Ioctl::SwapKeys, &[0u8; 0]);
        inner.round_trips(10, 200);
        let stats = handle.call(Ioctl::GetPeerStats, GetPeerStats::ALL.as_bytes(), 40);
        let stats = PeerStats::read_from_bytes(&stats.data[..]).unwrap();
        assert!(
            stats.vpn_tx_bytes >= 10 * 1500 && stats.vpn_rx_bytes >= 10 * 1500,
            "{stats:?}"
        );
        assert!(stats.link_tx_bytes > stats.vpn_tx_bytes && stats.link_rx_bytes > stats.vpn_rx_bytes);
        assert_eq!(peer.seen.unopened.load(Ordering::Relaxed), 0);
        handle.close();
        bench.finish();
    }
}

/// The key of the client that [`a_server_carries_packets_and_follows_its_client`] has.
const CLIENT_KEY: KeySpec = KeySpec { number: 1, peer: 5 };

/// Takes packets on `socket` until one opens that carries `text`, and sends it back. Others (the host's own) are left.
fn echo_once(socket: &UdpSocket, key: &mut Key, text: &[u8], server: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 2048];
    while Instant::now() < deadline {
        let Ok((len, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        assert_eq!(from, server);
        let payload = key.open(&buffer[..len]).expect("the client's key");
        if payload.ends_with(text) {
            let back = turned_around(&payload).expect("an IPv4 packet");
            socket.send_to(&key.seal(&back), server).unwrap();
            return;
        }
    }
    panic!("{text:?} did not arrive");
}

#[test]
fn a_server_carries_packets_and_follows_its_client() {
    let bench = Bench::new();
    let handle = bench.open();
    let server = handle.serve();
    let socket = || {
        let socket = bench
            .ns
            .inside(|| UdpSocket::bind("127.0.0.1:0"))
            .unwrap()
            .unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        socket
    };
    let (here, there) = (socket(), socket());
    let mut key = Key::new(CLIENT_KEY);
    let id = PeerId::new(CLIENT_KEY.peer).unwrap();
    let new = MpNewPeer {
        vpn_addr4: TUNNEL_PEER.octets(),
        ..calls::mp_new_peer(id, here.local_addr().unwrap())
    };
    handle.must(Ioctl::MpNewPeer, &new);
    handle.must(Ioctl::NewKey, &CLIENT_KEY.for_device(KeySlot::Primary));
    let inner = Inner::new(&bench);
    for round in 0..4u8 {
        // The client wanders: its next packet comes from elsewhere.
        let at = if round % 2 == 0 { &here } else { &there };
        if round > 0 {
            let wait = handle.begin(Ioctl::NotifyEvent, &[], size_of::<NotifyEvent>());
            at.send_to(&key.seal(&PING), server).unwrap();
            let event = NotifyEvent::read_from_bytes(&end_of(wait).data[..]).unwrap();
            let moved = Event::FloatPeer {
                peer: id,
                address: at.local_addr().unwrap(),
            };
            assert_eq!(event.event().unwrap(), moved);
        }
        let text = [round; 40];
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(inner.round_trip(&text), "round {round}"));
            echo_once(at, &mut key, &text, server);
        });
    }
    // A packet of nobody moves nobody, and one that was sent before neither.
    let mut stranger = Key::new(KeySpec {
        number: 9,
        ..CLIENT_KEY
    });
    let replayed = Key::new(CLIENT_KEY).seal(&PING);
    here.send_to(&stranger.seal(&PING), server).unwrap();
    here.send_to(&replayed, server).unwrap();
    let mut event = handle.begin(Ioctl::NotifyEvent, &[], size_of::<NotifyEvent>());
    assert!(pends(&mut event));
    handle.close();
    bench.finish();
}

#[test]
fn reconnects_leave_nothing_behind() {
    let bench = Bench::new();
    let (udp, tcp) = (tunnel::echo(&bench, Proto::Udp), tunnel::echo(&bench, Proto::Tcp));
    bench.configure_tunnel();
    let inner = Inner::new(&bench);
    for round in 0..30 {
        let handle = bench.open();
        for (proto, peer) in [(Proto::Udp, &udp), (Proto::Tcp, &tcp)] {
            tunnel::connect(&handle, proto, peer);
            inner.round_trips(2, 300);
            if round % 3 == 0 {
                handle.must(Ioctl::DelPeer, &[0u8; 0]);
            }
        }
        if round % 2 == 0 {
            handle.close();
        }
    }
    bench.finish();
}

#[test]
fn a_killed_program_frees_the_adapter_under_traffic() {
    let bench = Bench::new();
    let peer = tunnel::echo(&bench, Proto::Udp);
    bench.configure_tunnel();
    for _ in 0..5 {
        let mut victim = Command::new(env!("CARGO_BIN_EXE_device-victim"))
            .args([bench.address(), peer.address.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = victim.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        let inner = Inner::new(&bench);
        inner.round_trips(1, 100);
        let flood = inner.flood(1000);
        std::thread::sleep(Duration::from_millis(50));
        victim.kill().unwrap();
        victim.wait().unwrap();
        // Opens as soon as the dead program's handle is gone.
        let handle = bench.open();
        drop(flood);
        handle.close();
    }
    bench.finish();
}

#[test]
fn the_device_ends_under_traffic_with_everything_in_flight() {
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let (handle, peer) = (bench.open(), tunnel::echo(&bench, proto));
        tunnel::connect(&handle, proto, &peer);
        let inner = Inner::new(&bench);
        inner.round_trips(5, 500);
        let _reads: Vec<_> = (0..10).map(|_| handle.read()).collect();
        let _event = handle.begin(Ioctl::NotifyEvent, &[], 144);
        let _flood = inner.flood(1200);
        std::thread::sleep(Duration::from_millis(200));
        bench.finish();
    }
}

/// What only a machine can do.
fn on_a_machine() -> bool {
    kind() == DeviceKind::Ntsim
}

#[test]
fn a_tunnel_survives_sleep() {
    if !on_a_machine() {
        return;
    }
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let (handle, peer) = (bench.open(), tunnel::echo(&bench, proto));
        tunnel::connect(&handle, proto, &peer);
        let inner = Inner::new(&bench);
        for round in 0..5 {
            inner.round_trips(5, 500);
            let flood = (round % 2 == 1).then(|| inner.flood(1000));
            bench.order(&["power", "{}", "sleep"]).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            bench.order(&["power", "{}", "resume"]).unwrap();
            drop(flood);
        }
        inner.round_trips(5, 500);
        handle.close();
        bench.finish();
    }
}

#[test]
fn what_is_pending_survives_sleep() {
    if !on_a_machine() {
        return;
    }
    let bench = Bench::new();
    let (handle, peer) = (bench.open(), tunnel::echo(&bench, Proto::Udp));
    tunnel::connect(&handle, Proto::Udp, &peer);
    let (mut read, mut event) = (handle.read(), handle.begin(Ioctl::NotifyEvent, &[], 144));
    let mut asked_asleep = None;
    for _ in 0..3 {
        bench.order(&["power", "{}", "sleep"]).unwrap();
        // A program doesn't know that the device sleeps: its calls are answered, now or after the resume.
        asked_asleep = Some(handle.begin(Ioctl::GetVersion, &[], 12));
        assert!(pends(&mut read) && pends(&mut event));
        bench.order(&["power", "{}", "resume"]).unwrap();
    }
    assert_eq!(status(&end_of(asked_asleep.unwrap())), NtStatus::SUCCESS);
    assert_eq!(status(&handle.write(&CONTROL)), NtStatus::SUCCESS);
    assert_eq!(end_of(read).data, CONTROL);
    handle.close();
    assert_eq!(status(&end_of(event)), NtStatus::CANCELLED);
    bench.finish();
}

#[test]
fn a_device_that_is_pulled_out_ends_every_request_and_then_knows_none() {
    if !on_a_machine() {
        return;
    }
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let (handle, peer) = (bench.open(), tunnel::echo(&bench, proto));
        tunnel::connect(&handle, proto, &peer);
        let inner = Inner::new(&bench);
        inner.round_trips(2, 500);
        let pending: Vec<_> = (0..10)
            .map(|_| handle.read())
            .chain([handle.begin(Ioctl::NotifyEvent, &[], 144)])
            .collect();
        let refused = bench.order(&["remove", "{}"]).unwrap_err();
        assert!(refused.contains("STATUS_INVALID_DEVICE_STATE"), "{refused}");
        let flood = inner.flood(1000);
        bench.order(&["remove", "{}", "--surprise"]).unwrap();
        drop(flood);
        for request in pending {
            assert!(status(&end_of(request)).is_error());
        }
        for ioctl in Ioctl::ALL {
            let ended = status(&handle.call(ioctl, &[0; 256], 256));
            assert!(ended.is_error(), "{}: {ended:?}", ioctl.name());
        }
        assert!(status(&end_of(handle.read())).is_error());
        assert!(status(&handle.write(&[0x38; 20])).is_error());
        let other = bench.client();
        assert!(other.devices().unwrap().is_empty());
        handle.close();
        bench.finish();
    }
}

#[test]
fn a_removed_device_is_gone_and_its_driver_stays() {
    if !on_a_machine() {
        return;
    }
    let bench = Bench::new();
    let client = bench.client();
    let path = adapter_path(&client);
    let (handle, peer) = (bench.open(), tunnel::echo(&bench, Proto::Udp));
    tunnel::connect(&handle, Proto::Udp, &peer);
    handle.close();
    bench.order(&["remove", "{}"]).unwrap();
    for name in [path.as_str(), r"\\.\ovpn-dco", r"\\.\ovpn-dco-ver"] {
        let opened = client.open(&OpenRequest::exclusive(name)).err();
        assert!(opened.is_some(), "{name} still opens");
    }
    bench.finish();
}
