//! Reading and writing control packets.

use ovpn_dco_engine::DropReason;
use ovpn_dco_uapi::{Ioctl, NtStatus, limits};

use crate::support::Host;
use crate::support::packets::{Fate, control};
use crate::support::requests::{SERVER, address};

fn client() -> Host {
    let host = Host::open();
    host.udp();
    host
}

#[test]
fn each_read_takes_one_packet_in_order() {
    let host = client();
    let early = [host.read(100), host.read(100)];
    for fill in 0..4 {
        assert_eq!(host.receive(None, &control(40, fill)), Fate::Consumed);
    }
    let late = [host.read(100), host.read(100), host.read(100)];
    let reads: Vec<u64> = early.into_iter().chain(late).collect();
    for (fill, read) in (0..4).zip(&reads) {
        assert_eq!(host.done(*read).map(|done| done.output), Some(control(40, fill)));
    }
    assert_eq!(host.status(reads[4]), None);
    assert_eq!(host.order()[1..], reads[..4], "after NEW_PEER");
}

#[test]
fn a_small_buffer_keeps_the_packet() {
    let host = client();
    host.receive(None, &control(40, 1));
    host.receive(None, &control(10, 2));
    for len in [0, 1, 39] {
        let read = host.read(len);
        assert_eq!(
            host.done(read).map(|d| (d.status, d.information)),
            Some((NtStatus::BUFFER_TOO_SMALL, 0))
        );
    }
    let reads = [host.read(40), host.read(40)];
    assert_eq!(host.done(reads[0]).unwrap().output, control(40, 1));
    assert_eq!(host.done(reads[1]).unwrap().output, control(10, 2));
    assert_eq!(host.stats().lost_in_control_packets, 0);
}

#[test]
fn pended_reads_that_are_too_small_end_and_the_next_one_gets_the_packet() {
    let host = client();
    let reads = [host.read(10), host.read(0), host.read(100)];
    host.receive(None, &control(40, 1));
    assert_eq!(host.status(reads[0]), Some(NtStatus::BUFFER_TOO_SMALL));
    assert_eq!(host.status(reads[1]), Some(NtStatus::BUFFER_TOO_SMALL));
    assert_eq!(host.done(reads[2]).unwrap().output, control(40, 1));
}

#[test]
fn a_full_queue_and_oversized_packets_are_counted_losses() {
    let host = client();
    for fill in 0..8 {
        assert_eq!(
            host.receive(None, &control(limits::CONTROL_READ_MAX, fill)),
            Fate::Consumed
        );
    }
    assert_eq!(
        host.receive(None, &control(40, 9)),
        Fate::Dropped(DropReason::ControlInQueueFull)
    );
    let long = control(limits::CONTROL_READ_MAX + 1, 9);
    let read = host.read(limits::READ_BUFFER);
    assert_eq!(host.done(read).unwrap().output.len(), limits::CONTROL_READ_MAX);
    assert_eq!(
        host.receive(None, &long),
        Fate::Dropped(DropReason::ControlInTooLarge)
    );
    assert_eq!(
        host.receive(None, &[0x20, 0, 0]),
        Fate::Dropped(DropReason::ControlInShort)
    );
    let stats = host.stats();
    assert_eq!(
        (stats.received_control_packets, stats.lost_in_control_packets),
        (8, 3)
    );
}

#[test]
fn control_packets_of_a_client_come_from_its_server_only() {
    let host = client();
    assert_eq!(
        host.receive(Some(address(SERVER)), &control(40, 1)),
        Fate::Consumed
    );
    assert_eq!(
        host.receive(Some(address("[::ffff:192.0.2.1]:1194")), &control(40, 1)),
        Fate::Consumed
    );
    for stranger in ["192.0.2.1:1195", "192.0.2.2:1194", "[2001:db8::1]:1194"] {
        let fate = host.receive(Some(address(stranger)), &control(40, 1));
        assert_eq!(fate, Fate::Dropped(DropReason::ControlInStranger), "{stranger}");
    }
}

#[test]
fn deleting_the_peer_drops_queued_packets_and_cancels_reads() {
    let host = client();
    host.receive(None, &control(40, 1));
    host.must(Ioctl::DelPeer, &[]);
    let read = host.read(100);
    assert_eq!(host.status(read), None, "the packet went with the peer");
    host.udp();
    assert_eq!(host.status(read), None, "a first peer cancels nothing");
    host.receive(None, &control(20, 2));
    assert_eq!(host.done(read).unwrap().output, control(20, 2));
    let read = host.read(100);
    host.must(Ioctl::DelPeer, &[]);
    assert_eq!(host.status(read), Some(NtStatus::CANCELLED));
}

#[test]
fn reads_and_waits_can_be_cancelled_once() {
    let host = client();
    let (first, second, wait) = (host.read(100), host.read(100), host.wait());
    assert!(host.cancel(first) && host.cancel(wait));
    assert!(!host.cancel(first) && !host.cancel(wait) && !host.cancel(12_345));
    assert_eq!(host.status(first), Some(NtStatus::CANCELLED));
    host.receive(None, &control(40, 1));
    assert_eq!(host.status(second), Some(NtStatus::SUCCESS));
}

#[test]
fn what_is_written_is_sent_as_it_is() {
    let host = client();
    for len in [1, 4, 100, limits::CONTROL_WRITE_MAX] {
        let done = host.write(&control(len, 3));
        assert_eq!((done.status, done.information), (NtStatus::SUCCESS, len));
        assert_eq!(host.socket().take_sent(), [(control(len, 3), None)]);
    }
    assert_eq!(host.stats().sent_control_packets, 4);
}

#[test]
fn oversized_and_empty_writes_are_refused() {
    // CVE-2025-50054: longer packets overflowed a buffer.
    let host = client();
    for len in [
        0,
        limits::CONTROL_WRITE_MAX + 1,
        limits::WRITE_BUFFER,
        limits::WRITE_BUFFER + 1,
        100_000,
    ] {
        assert_eq!(
            host.write(&vec![0x20; len]).status,
            NtStatus::INVALID_BUFFER_SIZE,
            "{len}"
        );
    }
    assert!(host.socket().take_sent().is_empty());
}

#[test]
fn a_write_that_fails_says_why_and_is_counted() {
    let host = client();
    *host.socket().refuse_send.lock().unwrap() = Some(NtStatus::HOST_UNREACHABLE);
    assert_eq!(host.write(&control(40, 1)).status, NtStatus::HOST_UNREACHABLE);
    *host.socket().refuse_send.lock().unwrap() = Some(NtStatus::CONNECTION_RESET);
    assert_eq!(host.write(&control(40, 1)).status, NtStatus::CONNECTION_ABORTED);
    let stats = host.stats();
    assert_eq!(
        (stats.sent_control_packets, stats.lost_out_control_packets),
        (0, 2)
    );
}
