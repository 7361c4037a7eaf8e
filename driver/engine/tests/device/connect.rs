//! TCP: the pended NEW_PEER, and the end of a stream.

use ovpn_dco_engine::{Closed, DropReason, TransportId};
use ovpn_dco_uapi::{Ioctl, KeySlot, NtStatus};
use std::sync::atomic::Ordering;

use crate::support::Host;
use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{Side, TestKey};

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(packet.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(packet);
    bytes
}

#[test]
fn a_tcp_peer_pends_until_it_is_connected() {
    let host = Host::open();
    let number = host.connect();
    assert_eq!(host.status(number), None);
    assert_eq!(host.write(&control(50, 1)).status, NtStatus::INVALID_DEVICE_STATE);
    host.device.transport_connected(host.transport(), Ok(()));
    assert_eq!(host.status(number), Some(NtStatus::SUCCESS));
    assert_eq!(host.write(&control(50, 1)).information, 50);
    host.device
        .transport_connected(host.transport(), Err(NtStatus::CONNECTION_REFUSED));
    assert_eq!(
        host.write(&control(50, 1)).status,
        NtStatus::SUCCESS,
        "a late second report changes nothing"
    );
}

#[test]
fn a_connect_that_fails_leaves_no_peer() {
    for (status, shown) in [
        (NtStatus::CONNECTION_REFUSED, NtStatus::CONNECTION_REFUSED),
        (NtStatus::IO_TIMEOUT, NtStatus::IO_TIMEOUT),
        (NtStatus::CONNECTION_RESET, NtStatus::CONNECTION_ABORTED),
    ] {
        let host = Host::open();
        let number = host.connect();
        let read = host.read(100);
        host.device.transport_connected(host.transport(), Err(status));
        assert_eq!(host.status(number), Some(shown));
        assert_eq!(host.status(read), None, "reads wait for the next peer");
        assert_eq!(host.ask(Ioctl::StartVpn, &[]), NtStatus::INVALID_DEVICE_REQUEST);
        assert_eq!(host.open_sockets(), 0);
    }
}

#[test]
fn a_connect_that_cannot_begin_fails_at_once() {
    let host = Host::open();
    host.refuse_start(Some(NtStatus::NETWORK_UNREACHABLE));
    let number = host.connect();
    assert_eq!(host.status(number), Some(NtStatus::NETWORK_UNREACHABLE));
    assert_eq!(host.open_sockets(), 0);
}

#[test]
fn a_stream_that_closes_during_the_connect_is_a_failed_connect() {
    let host = Host::open();
    let number = host.connect();
    host.device.transport_closed(host.transport(), Closed::Reset);
    assert_eq!(host.status(number), Some(NtStatus::CONNECTION_ABORTED));
    assert_eq!(host.ask(Ioctl::StartVpn, &[]), NtStatus::INVALID_DEVICE_REQUEST);
}

#[test]
fn a_pended_connect_ends_with_its_cancellation_deletion_replacement_or_close() {
    type End = fn(&Host, u64);
    let ends: [(&str, End); 4] = [
        ("cancel", |host, number| assert!(host.cancel(number))),
        ("DEL_PEER", |host, _| {
            host.must(Ioctl::DelPeer, &[]);
        }),
        ("NEW_PEER", |host, _| {
            host.udp();
        }),
        ("close", |host, _| host.device.close()),
    ];
    for (why, end) in ends {
        let host = Host::open();
        let number = host.connect();
        let (socket, id) = (host.socket(), host.transport());
        end(&host, number);
        assert_eq!(host.status(number), Some(NtStatus::CANCELLED), "{why}");
        assert!(
            socket.aborted.load(Ordering::Relaxed),
            "{why}: the connect itself must end"
        );
        assert!(!host.cancel(number), "{why}: too late");
        // The socket's own report comes last, to a peer that is gone.
        host.device.transport_connected(id, Ok(()));
        host.device
            .transport_connected(id, Err(NtStatus::CONNECTION_ABORTED));
        host.device.transport_closed(id, Closed::Reset);
        host.device.timer();
        assert!(socket.closed.load(Ordering::Relaxed), "{why}");
    }
}

#[test]
fn a_request_that_was_cancelled_before_it_pends_is_completed() {
    let host = Host::open();
    let input = crate::support::requests::new_peer(
        "0.0.0.0:0".parse().unwrap(),
        "192.0.2.1:443".parse().unwrap(),
        ovpn_dco_uapi::Proto::Tcp,
    );
    let mut request = host.world.request(0);
    request.cancelled = true;
    let number = request.number();
    host.device.ioctl(
        Ioctl::NewPeer.code(),
        zerocopy::IntoBytes::as_bytes(&input),
        request,
    );
    assert_eq!(host.status(number), Some(NtStatus::CANCELLED));
    assert_eq!(host.open_sockets(), 0);

    let mut request = host.world.request(100);
    request.cancelled = true;
    let number = request.number();
    host.device.read(request);
    assert_eq!(host.status(number), Some(NtStatus::CANCELLED));
}

#[test]
fn the_end_of_a_stream_is_told_to_the_read_after_the_packets_before_it() {
    for how in [
        Closed::Graceful,
        Closed::Reset,
        Closed::Failed(NtStatus::CONNECTION_RESET),
    ] {
        let host = Host::open();
        host.tcp();
        assert_eq!(host.receive_stream(&framed(&control(30, 7))), [Fate::Consumed]);
        host.device.transport_closed(host.transport(), how);
        let (packet, end, again) = (host.read(100), host.read(100), host.read(100));
        assert_eq!(host.done(packet).unwrap().output, control(30, 7));
        assert_eq!(host.status(end), Some(NtStatus::CONNECTION_ABORTED));
        assert_eq!(
            host.status(again),
            Some(NtStatus::CONNECTION_ABORTED),
            "a stream that is over stays over"
        );
        assert_eq!(host.write(&control(30, 7)).status, NtStatus::CONNECTION_ABORTED);
        // The peer stays until user space deletes it, so that nothing of OpenVPN's fails meanwhile.
        host.install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
        host.udp();
        let read = host.read(100);
        assert_eq!(host.status(read), None, "a new peer begins anew");
    }
}

#[test]
fn the_end_of_a_stream_ends_pended_reads() {
    let host = Host::open();
    host.tcp();
    let reads = [host.read(100), host.read(100)];
    host.device.transport_closed(host.transport(), Closed::Graceful);
    for read in reads {
        assert_eq!(host.status(read), Some(NtStatus::CONNECTION_ABORTED));
    }
    host.device.transport_closed(TransportId(99), Closed::Graceful);
}

#[test]
fn a_datagram_socket_does_not_end() {
    let host = Host::open();
    host.udp();
    let read = host.read(100);
    host.device.transport_closed(host.transport(), Closed::Reset);
    assert_eq!(host.status(read), None);
    assert_eq!(host.write(&control(30, 7)).status, NtStatus::SUCCESS);
}

#[test]
fn a_stream_whose_framing_is_lost_is_given_up_with_a_reason() {
    for bytes in [vec![0, 0, 1, 2, 3], vec![0xFF, 0xFF, 1], vec![8, 1]] {
        let host = Host::open();
        host.tcp()
            .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
        let read = host.read(100);
        assert_eq!(
            host.receive_stream(&bytes),
            [Fate::Dropped(DropReason::InStreamFraming)]
        );
        assert!(host.socket().aborted.load(Ordering::Relaxed));
        assert_eq!(host.status(read), Some(NtStatus::CONNECTION_ABORTED));
        assert_eq!(
            host.receive_stream(&framed(&control(30, 1))),
            [],
            "no garbage afterwards"
        );
        let packet = udp("10.8.0.2", "10.8.0.1", b"x");
        assert_eq!(host.transmit(&packet), Err(DropReason::OutNotConnected));
    }
}

#[test]
fn a_stream_may_be_split_anywhere() {
    let packets: Vec<Vec<u8>> = (4u8..12).map(|n| control(usize::from(n) * 3, n)).collect();
    let bytes: Vec<u8> = packets.iter().flat_map(|packet| framed(packet)).collect();
    for step in 1..bytes.len() {
        let host = Host::open();
        host.tcp();
        for piece in bytes.chunks(step) {
            host.receive_stream(piece);
        }
        for packet in &packets {
            let read = host.read(100);
            assert_eq!(&host.done(read).unwrap().output, packet, "pieces of {step}");
        }
    }
}
