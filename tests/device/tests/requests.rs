//! Reads, writes and events: what completes them, in which order, and that each completes once, whoever is first.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ovpn_dco_device_tests::bench::Bench;
use ovpn_dco_device_tests::calls::{self, Handle, PATIENCE, end_of, pends, status};
use ovpn_dco_device_tests::peer::{CONTROL, Echo, unanswered};
use ovpn_dco_device_tests::tunnel;
use ovpn_dco_uapi::{Ioctl, MpDelPeer, NotifyEvent, NtStatus, PeerId, Proto, SockAddrIn, limits};
use zerocopy::{FromBytes as _, IntoBytes as _};

fn control(number: u32) -> Vec<u8> {
    let mut packet = CONTROL.to_vec();
    packet[8..12].copy_from_slice(&number.to_be_bytes());
    packet
}

fn read_packet(handle: &Handle) -> Vec<u8> {
    let read = end_of(handle.read());
    assert_eq!(status(&read), NtStatus::SUCCESS);
    read.data
}

#[test]
fn reads_get_one_packet_each_in_order_whoever_comes_first() {
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let (handle, peer) = (bench.open(), tunnel::echo(&bench, proto));
        tunnel::connect(&handle, proto, &peer);
        let waiting: Vec<_> = (0..3).map(|_| handle.read()).collect();
        for number in 0..6 {
            let written = handle.write(&control(number));
            let expect = (NtStatus::SUCCESS, CONTROL.len() as u64);
            assert_eq!((status(&written), written.information), expect);
        }
        for (number, read) in (0..).zip(waiting) {
            assert_eq!(end_of(read).data, control(number), "{proto:?}");
        }
        for number in 3..6 {
            assert_eq!(read_packet(&handle), control(number), "{proto:?}");
        }
        handle.close();
        bench.finish();
    }
}

#[test]
fn a_read_with_too_little_room_leaves_the_packet_where_it_is() {
    let bench = Bench::new();
    let (handle, peer) = (bench.open(), tunnel::echo(&bench, Proto::Udp));
    tunnel::connect(&handle, Proto::Udp, &peer);
    handle.write(&control(7));
    for room in [0, 1, CONTROL.len() - 1] {
        let read = end_of(handle.file.read(room).unwrap());
        assert_eq!(
            (status(&read), read.information),
            (NtStatus::BUFFER_TOO_SMALL, 0),
            "{room}"
        );
    }
    assert_eq!(end_of(handle.file.read(CONTROL.len()).unwrap()).data, control(7));
    handle.close();
    bench.finish();
}

#[test]
fn writes_of_every_length() {
    let bench = Bench::new();
    let (handle, peer) = (bench.open(), tunnel::echo(&bench, Proto::Udp));
    assert_eq!(
        status(&handle.write(&CONTROL)),
        NtStatus::INVALID_DEVICE_STATE,
        "no socket"
    );
    tunnel::connect(&handle, Proto::Udp, &peer);
    for len in [
        0,
        1,
        2,
        1499,
        limits::CONTROL_WRITE_MAX,
        1501,
        1600,
        65_536,
        1 << 20,
    ] {
        let written = handle.write(&vec![0x38; len]);
        let good = (1..=limits::CONTROL_WRITE_MAX).contains(&len);
        let expect = if good {
            (NtStatus::SUCCESS, len as u64)
        } else {
            (NtStatus::INVALID_BUFFER_SIZE, 0)
        };
        assert_eq!((status(&written), written.information), expect, "{len}");
    }
    handle.close();
    bench.finish();
}

#[test]
fn a_server_s_packets_carry_an_address_in_front() {
    let bench = Bench::new();
    let handle = bench.open();
    let peer = Echo::udp(&bench.ns, &[]);
    handle.serve();
    let SocketAddr::V4(address) = peer.address else {
        panic!("{}", peer.address)
    };
    let to = SockAddrIn::from(address);
    for (front, wanted) in [
        (vec![], NtStatus::INVALID_MESSAGE),
        (to.as_bytes()[..15].to_vec(), NtStatus::INVALID_MESSAGE),
        (vec![9; 40], NtStatus::INVALID_ADDRESS),
        (to.as_bytes().to_vec(), NtStatus::INVALID_BUFFER_SIZE),
        (
            [to.as_bytes(), &[0x38; 1501]].concat(),
            NtStatus::INVALID_BUFFER_SIZE,
        ),
    ] {
        assert_eq!(status(&handle.write(&front)), wanted, "{} bytes", front.len());
    }
    let packet = [to.as_bytes(), &control(3)].concat();
    let written = handle.write(&packet);
    assert_eq!(
        (status(&written), written.information),
        (NtStatus::SUCCESS, packet.len() as u64)
    );
    assert_eq!(read_packet(&handle), packet);
    handle.close();
    bench.finish();
}

#[test]
fn a_pending_read_learns_how_the_connection_ended() {
    let bench = Bench::new();
    let handle = bench.open();
    let udp = tunnel::echo(&bench, Proto::Udp);
    tunnel::connect(&handle, Proto::Udp, &udp);
    let read = handle.read();
    handle.must(Ioctl::DelPeer, &[0u8; 0]);
    assert_eq!(status(&end_of(read)), NtStatus::CANCELLED, "DEL_PEER");
    tunnel::connect(&handle, Proto::Udp, &udp);
    let read = handle.read();
    handle.connect_udp(udp.address);
    assert_eq!(status(&end_of(read)), NtStatus::CANCELLED, "another NEW_PEER");
    // The peer answers no ping, so it is taken for gone.
    tunnel::connect(&handle, Proto::Udp, &udp);
    handle.keepalive(1, 2);
    let started = Instant::now();
    assert_eq!(
        status(&end_of(handle.read())),
        NtStatus::CONNECTION_DISCONNECTED,
        "keepalive"
    );
    assert!(
        (1.0..6.0).contains(&started.elapsed().as_secs_f64()),
        "{:?}",
        started.elapsed()
    );
    assert!(udp.seen.pings.load(std::sync::atomic::Ordering::Relaxed) >= 1);
    handle.must(Ioctl::DelPeer, &[0u8; 0]);
    for pending in [true, false] {
        let tcp = tunnel::echo(&bench, Proto::Tcp);
        tunnel::connect(&handle, Proto::Tcp, &tcp);
        let read = pending.then(|| handle.read());
        drop(tcp);
        let read = read.unwrap_or_else(|| {
            std::thread::sleep(Duration::from_millis(100));
            handle.read()
        });
        assert_eq!(
            status(&end_of(read)),
            NtStatus::CONNECTION_ABORTED,
            "TCP, pending {pending}"
        );
    }
    handle.close();
    bench.finish();
}

#[test]
fn nobody_at_the_other_end_is_a_refused_connection() {
    let bench = Bench::new();
    let handle = bench.open();
    let gone = tunnel::echo(&bench, Proto::Tcp).address;
    for _ in 0..20 {
        let ended = end_of(handle.connect_tcp(gone));
        assert_eq!(status(&ended), NtStatus::CONNECTION_REFUSED);
    }
    assert_eq!(status(&handle.write(&CONTROL)), NtStatus::INVALID_DEVICE_STATE);
    handle.close();
    bench.finish();
}

#[test]
fn a_read_is_cancelled_or_completed_but_never_both_or_neither() {
    let bench = Bench::new();
    let (handle, peer) = (bench.open(), tunnel::echo(&bench, Proto::Udp));
    tunnel::connect(&handle, Proto::Udp, &peer);
    let (mut got, mut cancelled) = (Vec::new(), 0);
    let count = 400;
    for number in 0..count {
        let read = handle.read();
        let write = handle.file.write(&control(number)).unwrap();
        // The echo takes some tens of microseconds: now one of the two is first, now the other.
        let wait = Duration::from_micros(u64::from(number % 20) * 10);
        let until = Instant::now() + wait;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        read.canceller().cancel();
        assert_eq!(status(&end_of(write)), NtStatus::SUCCESS);
        let read = end_of(read);
        match status(&read) {
            NtStatus::SUCCESS => got.push(read.data),
            NtStatus::CANCELLED => cancelled += 1,
            other => panic!("{other:?}"),
        }
    }
    // What the cancelled ones didn't get is still there, and in order.
    while got.len() < count as usize {
        got.push(read_packet(&handle));
    }
    assert_eq!(
        got,
        (0..count).map(control).collect::<Vec<_>>(),
        "{cancelled} were cancelled"
    );
    assert!(pends(&mut handle.read()), "nothing came twice");
    handle.close();
    bench.finish();
}

#[test]
fn a_connection_attempt_can_be_cancelled_at_any_moment() {
    let bench = Bench::new();
    let handle = bench.open();
    let (peer, nowhere) = (tunnel::echo(&bench, Proto::Tcp), unanswered(&bench.ns));
    for round in 0..100u64 {
        let attempt = handle.connect_tcp(if round % 2 == 0 { nowhere } else { peer.address });
        std::thread::sleep(Duration::from_micros(round % 10 * 20));
        attempt.canceller().cancel();
        let ended = status(&end_of(attempt));
        let connected = ended == NtStatus::SUCCESS && round % 2 == 1;
        assert!(connected || ended == NtStatus::CANCELLED, "{round}: {ended:?}");
    }
    // DEL_PEER, another NEW_PEER and close end an attempt as well.
    let attempt = handle.connect_tcp(nowhere);
    handle.must(Ioctl::DelPeer, &[0u8; 0]);
    assert_eq!(status(&end_of(attempt)), NtStatus::CANCELLED);
    let attempt = handle.connect_tcp(nowhere);
    tunnel::connect(&handle, Proto::Tcp, &peer);
    assert_eq!(status(&end_of(attempt)), NtStatus::CANCELLED);
    let attempt = handle.connect_tcp(nowhere);
    handle.close();
    assert_eq!(status(&end_of(attempt)), NtStatus::CANCELLED);
    bench.finish();
}

#[test]
fn an_event_is_told_once_however_often_its_wait_is_cancelled() {
    let bench = Bench::new();
    let handle = bench.open();
    handle.serve();
    let (mut told, mut cancelled) = (0, 0);
    for round in 0..200u64 {
        let id = PeerId::new(u32::try_from(round % 8).unwrap()).unwrap();
        let remote = SocketAddr::from(([127, 0, 0, 1], 50_000 + u16::try_from(round % 8).unwrap()));
        handle.must(Ioctl::MpNewPeer, &calls::mp_new_peer(id, remote));
        let wait = handle.begin(Ioctl::NotifyEvent, &[], size_of::<NotifyEvent>());
        let delete = handle.begin(Ioctl::MpDelPeer, MpDelPeer { peer_id: id.into() }.as_bytes(), 0);
        std::thread::sleep(Duration::from_micros(round % 7 * 15));
        wait.canceller().cancel();
        assert_eq!(status(&end_of(delete)), NtStatus::SUCCESS);
        let waited = end_of(wait);
        let event = match status(&waited) {
            NtStatus::SUCCESS => waited,
            NtStatus::CANCELLED => {
                cancelled += 1;
                end_of(handle.begin(Ioctl::NotifyEvent, &[], size_of::<NotifyEvent>()))
            }
            other => panic!("{other:?}"),
        };
        let event = NotifyEvent::read_from_bytes(&event.data[..]).unwrap();
        assert_eq!(
            (event.cmd, event.peer_id, event.del_peer_reason),
            (0, id.into(), 1)
        );
        assert_eq!(event._pad0, [0; 4]);
        assert!(event.float_address.as_bytes().iter().all(|byte| *byte == 0));
        told += 1;
    }
    assert_eq!(told, 200, "{cancelled} cancelled");
    handle.close();
    bench.finish();
}

#[test]
fn close_ends_everything_in_flight() {
    let bench = Bench::new();
    let nowhere = unanswered(&bench.ns);
    for round in 0..20 {
        let handle = bench.open();
        let mut pending = Vec::new();
        if round % 2 == 0 {
            pending.push(handle.connect_tcp(nowhere));
        } else {
            handle.serve();
        }
        pending.extend((0..40).map(|_| handle.read()));
        pending.extend((0..40).map(|_| handle.begin(Ioctl::NotifyEvent, &[], 144)));
        handle.close();
        for request in pending {
            assert_eq!(status(&end_of(request)), NtStatus::CANCELLED, "{round}");
        }
    }
    bench.finish();
}

#[test]
fn six_threads_on_one_handle_do_no_harm() {
    let bench = Bench::new();
    let handle = bench.open();
    let listening = handle.serve();
    let until = Instant::now() + Duration::from_secs(3);
    let handle = &handle;
    std::thread::scope(|scope| {
        for thread in 0..4u32 {
            scope.spawn(move || {
                let id = PeerId::new(thread + 1).unwrap();
                let port = 51_000 + u16::try_from(thread).unwrap();
                let new = calls::mp_new_peer(id, SocketAddr::from(([127, 0, 0, 1], port)));
                while Instant::now() < until {
                    handle.must(Ioctl::MpNewPeer, &new);
                    let all = ovpn_dco_uapi::GetPeerStats::ALL;
                    let stats = handle.call(Ioctl::GetPeerStats, all.as_bytes(), 400);
                    assert!(stats.information >= 40);
                    handle.must(Ioctl::MpDelPeer, &MpDelPeer { peer_id: id.into() });
                }
            });
        }
        scope.spawn(move || {
            let mut told = 0;
            while Instant::now() < until {
                let mut wait = handle.begin(Ioctl::NotifyEvent, &[], 144);
                told += u32::from(!pends(&mut wait));
            }
            assert!(told > 0);
        });
        scope.spawn(|| {
            let flood = bench.ns.inside(move || {
                let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                // Longer than the others: the last read waits for a packet too.
                while Instant::now() < until + Duration::from_millis(500) {
                    socket.send_to(&CONTROL, listening).unwrap();
                    std::thread::sleep(Duration::from_micros(50));
                }
            });
            flood.unwrap();
        });
        while Instant::now() < until {
            let mut read = handle.read();
            let ended = read.wait_timeout(PATIENCE).unwrap().unwrap();
            assert_eq!(status(&ended), NtStatus::SUCCESS);
        }
    });
    bench.finish();
}
