//! TCP, driven as a driver would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use netcx_sys::wsk::{
    AF_INET, SOCKADDR_INET, WSK_CLIENT_CONNECTION_DISPATCH, WSK_DATA_INDICATION, WSK_EVENT_DISCONNECT,
    WSK_EVENT_RECEIVE, WSK_FLAG_ABORTIVE, WSK_FLAG_NODELAY, WSK_FLAG_WAITALL,
};
use parking_lot::Mutex;

use super::bind::WskGetRemoteAddress;
use super::buffer::Buffer;
use super::connect::{WskConnect, WskConnectEx};
use super::datagram_receive::WskRelease;
use super::receive::WskReceive;
use super::stream::{WskDisconnect, WskSend};
use super::testing::*;
use crate::faults::Plan;
use crate::guest::Guest;
use crate::machine::Config;
use crate::ntoskrnl::irp::IoCancelIrp;
use crate::status::{self, NtStatus};

/// What a socket's events have seen, and what they answer.
#[derive(Default)]
struct Seen {
    data: Mutex<Vec<u8>>,
    lists: Mutex<Vec<usize>>,
    ends: Mutex<Vec<u32>>,
    /// Bytes that the event takes of each indication; `None`: all.
    takes: Mutex<Option<usize>>,
    answer: Mutex<NtStatus>,
}

impl Seen {
    fn leak() -> &'static Self {
        Box::leak(Box::default())
    }
}

unsafe extern "win64" fn receive(
    context: *mut core::ffi::c_void,
    _flags: u32,
    list: *mut WSK_DATA_INDICATION,
    indicated: usize,
    accepted: *mut usize,
) -> NtStatus {
    // SAFETY: the context is a leaked `Seen`.
    let seen = unsafe { &*context.cast_const().cast::<Seen>() };
    assert_eq!(crate::cpu::irql(), 2);
    seen.lists.lock().push(list as usize);
    let mut all = Vec::new();
    let mut next = Guest::<WSK_DATA_INDICATION>::at(list as usize);
    while !next.is_null() {
        let this = next.read();
        all.extend(Buffer::from(this.Buffer).gather());
        next = Guest::at(this.Next as usize);
    }
    assert_eq!(all.len(), indicated);
    let answer = *seen.answer.lock();
    if let Some(takes) = *seen.takes.lock() {
        all.truncate(takes);
        Guest::at(accepted as usize).write(all.len());
    }
    if answer != status::DATA_NOT_ACCEPTED {
        seen.data.lock().extend(all);
    }
    answer
}

unsafe extern "win64" fn disconnect(context: *mut core::ffi::c_void, flags: u32) -> NtStatus {
    // SAFETY: the context is a leaked `Seen`.
    let seen = unsafe { &*context.cast_const().cast::<Seen>() };
    seen.ends.lock().push(flags & WSK_FLAG_ABORTIVE);
    status::SUCCESS
}

static EVENTS: WSK_CLIENT_CONNECTION_DISPATCH = WSK_CLIENT_CONNECTION_DISPATCH {
    WskReceiveEvent: Some(receive),
    WskDisconnectEvent: Some(disconnect),
    WskSendBacklogEvent: None,
};

fn bound(bench: &Bench, seen: &Seen) -> usize {
    let table = std::ptr::from_ref(&EVENTS) as usize;
    let socket = bench.socket(AF_INET, 2, std::ptr::from_ref(seen) as usize, table);
    assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
    socket
}

fn connect(socket: usize, to: SocketAddr) -> NtStatus {
    let to = SOCKADDR_INET::from(to);
    call(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp)).0
}

/// A connected socket with its events enabled, and the other side.
fn pair(bench: &Bench, seen: &Seen, events: u32) -> (usize, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = bound(bench, seen);
    assert_eq!(connect(socket, listener.local_addr().unwrap()), status::SUCCESS);
    if events != 0 {
        assert_eq!(enable(socket, events), status::SUCCESS);
    }
    let (peer, from) = listener.accept().unwrap();
    assert_eq!(from, local(socket));
    peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    (socket, peer)
}

const BOTH: u32 = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;

fn numbers(n: u32) -> Vec<u8> {
    (0..n).flat_map(u32::to_ne_bytes).collect()
}

fn send(socket: usize, data: &Data) -> std::sync::Arc<Outcome> {
    let buffer = data.buffer();
    start(|irp| WskSend(socket, Guest::of(&buffer), WSK_FLAG_NODELAY, irp)).1
}

#[test]
fn a_stream_flows_both_ways_in_order() {
    for strict in [false, true] {
        let bench = Bench::with(Config {
            strict,
            ..Config::default()
        });
        let seen = Seen::leak();
        let (socket, mut peer) = pair(&bench, seen, BOTH);
        let address = SOCKADDR_INET::from(SocketAddr::from(([0, 0, 0, 0], 0)));
        let remote = call(|irp| WskGetRemoteAddress(socket, Guest::of(&address).cast(), irp)).0;
        assert_eq!(remote, status::SUCCESS);
        assert_eq!(address.to_socket_addr(), Some(peer.local_addr().unwrap()));

        let all = numbers(200_000);
        peer.write_all(&all).unwrap();
        eventually("all has come", || seen.data.lock().len() == all.len());
        assert!(*seen.data.lock() == all, "in order");

        // More than the host's buffers hold: the last sends must wait until the other side reads.
        let pieces: Vec<_> = all.chunks(50_000).map(Data::new).collect();
        let mut outcomes = Vec::new();
        for _ in 0..12 {
            outcomes.extend(pieces.iter().map(|piece| send(socket, piece)));
        }
        assert_eq!(outcomes.last().unwrap().get(), None, "pending");
        let mut got = vec![0; all.len()];
        for _ in 0..12 {
            peer.read_exact(&mut got).unwrap();
            assert!(got == all, "in order");
        }
        for outcome in outcomes {
            assert_eq!(outcome.wait(), (status::SUCCESS, 50_000));
        }
        close(socket);
        drop(pieces);
        assert_eq!(bench.finish(), []);
    }
}

#[test]
fn a_graceful_end_is_told_and_the_other_way_stays_open() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let (socket, mut peer) = pair(&bench, seen, BOTH);
    peer.write_all(b"last words").unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    eventually("the end is told", || *seen.ends.lock() == [0]);
    assert_eq!(*seen.data.lock(), b"last words");
    let data = Data::new(b"answer");
    assert_eq!(send(socket, &data).wait(), (status::SUCCESS, 6));
    let last = Data::new(b"bye");
    let buffer = last.buffer();
    let ended = call(|irp| WskDisconnect(socket, Guest::of(&buffer), 0, irp));
    assert_eq!(ended.0, status::SUCCESS);
    let mut got = Vec::new();
    peer.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"answerbye");
    assert_eq!(send(socket, &data).wait().0, status::LOCAL_DISCONNECT);
    close(socket);
    assert_eq!(seen.ends.lock().len(), 1);
    drop((data, last));
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_reset_is_told_and_fails_what_waits() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let (socket, peer) = pair(&bench, seen, WSK_EVENT_DISCONNECT);
    let room = Data::new(&[0; 16]);
    let buffer = room.buffer();
    let (_, receive) = start(|irp| WskReceive(socket, Guest::of(&buffer), 0, irp));
    super::host::linger_none(std::os::fd::AsRawFd::as_raw_fd(&peer));
    drop(peer);
    assert_eq!(receive.wait().0, status::CONNECTION_RESET);
    eventually("the reset is told", || *seen.ends.lock() == [WSK_FLAG_ABORTIVE]);
    assert_eq!(send(socket, &room).wait().0, status::CONNECTION_RESET);
    close(socket);
    drop(room);
    assert_eq!(bench.finish(), []);
}

#[test]
fn closing_or_an_abortive_disconnect_resets() {
    let bench = Bench::new();
    let (first, mut peer) = pair(&bench, Seen::leak(), BOTH);
    close(first);
    let error = peer.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);

    let seen = Seen::leak();
    let (second, mut peer) = pair(&bench, seen, BOTH);
    let ended = call(|irp| WskDisconnect(second, Guest::null(), WSK_FLAG_ABORTIVE, irp));
    assert_eq!(ended.0, status::SUCCESS);
    let error = peer.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    let data = Data::new(b"x");
    assert_eq!(send(second, &data).wait().0, status::CONNECTION_ABORTED);
    close(second);
    assert!(
        seen.ends.lock().is_empty(),
        "the client knows that it has disconnected"
    );
    drop(data);
    assert_eq!(bench.finish(), []);
}

#[test]
fn connects_are_refused_and_cancelled() {
    let bench = Bench::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let socket = bound(&bench, Seen::leak());
    assert_eq!(connect(socket, free), status::CONNECTION_REFUSED);
    close(socket);

    // A listener whose queue is full doesn't answer.
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a descriptor of ours; the call only shortens the queue.
    unsafe { libc::listen(std::os::fd::AsRawFd::as_raw_fd(&full), 0) };
    let to = full.local_addr().unwrap();
    let _queued: Vec<_> = (0..2)
        .filter_map(|_| TcpStream::connect_timeout(&to, Duration::from_millis(50)).ok())
        .collect();
    let to = SOCKADDR_INET::from(to);
    for by_close in [false, true] {
        let socket = bound(&bench, Seen::leak());
        let (irp, outcome) = start(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp));
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(outcome.get(), None, "pending");
        if !by_close {
            assert_eq!(IoCancelIrp(irp), 1);
            assert_eq!(outcome.wait().0, status::CANCELLED);
        }
        close(socket);
        assert_eq!(outcome.wait().0, status::CANCELLED);
    }
    assert_eq!(bench.finish(), []);
}

#[test]
fn data_that_was_not_taken_waits_for_a_receive() {
    for answer in [status::SUCCESS, status::DATA_NOT_ACCEPTED] {
        let bench = Bench::new();
        let seen = Seen::leak();
        *seen.takes.lock() = Some(3);
        *seen.answer.lock() = answer;
        let (socket, mut peer) = pair(&bench, seen, BOTH);
        peer.write_all(b"abcdefgh").unwrap();
        eventually("it has come", || !seen.lists.lock().is_empty());
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(seen.lists.lock().len(), 1, "no more events");
        let taken = if answer == status::SUCCESS { 3 } else { 0 };
        let room = Data::new(&[0; 4]);
        let buffer = room.buffer();
        let received = call(|irp| WskReceive(socket, Guest::of(&buffer), 0, irp));
        assert_eq!(received, (status::SUCCESS, 4));
        assert_eq!(room.bytes(), &b"abcdefgh"[taken..taken + 4]);
        *seen.answer.lock() = status::SUCCESS;
        *seen.takes.lock() = None;
        let none = room.part(0, 0);
        assert_eq!(
            call(|irp| WskReceive(socket, Guest::of(&none), 0, irp)),
            (status::SUCCESS, 0)
        );
        eventually("the rest comes", || {
            seen.data.lock().ends_with(&b"abcdefgh"[taken + 4..])
        });
        close(socket);
        drop(room);
        assert_eq!(bench.finish(), []);
    }
}

#[test]
fn receives_wait_for_all_and_end_with_the_stream() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let (socket, mut peer) = pair(&bench, seen, 0);
    let room = Data::new(&[0; 8]);
    let buffer = room.buffer();
    let (_, all) = start(|irp| WskReceive(socket, Guest::of(&buffer), WSK_FLAG_WAITALL, irp));
    peer.write_all(b"12345").unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(all.get(), None);
    peer.write_all(b"678").unwrap();
    assert_eq!(
        (all.wait(), room.bytes()),
        ((status::SUCCESS, 8), b"12345678".to_vec())
    );
    let (irp, cancelled) = start(|irp| WskReceive(socket, Guest::of(&buffer), 0, irp));
    assert_eq!(IoCancelIrp(irp), 1);
    assert_eq!(cancelled.wait(), (status::CANCELLED, 0));
    let (_, end) = start(|irp| WskReceive(socket, Guest::of(&buffer), 0, irp));
    drop(peer);
    assert_eq!(end.wait(), (status::SUCCESS, 0));
    assert_eq!(enable(socket, WSK_EVENT_DISCONNECT), status::SUCCESS);
    eventually("the end is told late", || *seen.ends.lock() == [0]);
    close(socket);
    drop(room);
    assert_eq!(bench.finish(), []);
}

#[test]
fn kept_data_is_released() {
    let bench = Bench::with(Config {
        strict: true,
        ..Config::default()
    });
    let seen = Seen::leak();
    *seen.answer.lock() = status::PENDING;
    let (socket, mut peer) = pair(&bench, seen, BOTH);
    peer.write_all(&numbers(50_000)).unwrap();
    eventually("all has come", || seen.data.lock().len() == 200_000);
    for list in seen.lists.lock().drain(..) {
        eventually("it is kept", || {
            WskRelease(socket, Guest::at(list)) == status::SUCCESS
        });
    }
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn first_data_goes_with_the_connect() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = SOCKADDR_INET::from(listener.local_addr().unwrap());
    let socket = bound(&bench, Seen::leak());
    let data = Data::new(b"hello");
    let buffer = data.buffer();
    let (_, outcome) = start(|irp| WskConnectEx(socket, Guest::of(&to).cast(), Guest::of(&buffer), 0, irp));
    let (mut peer, _) = listener.accept().unwrap();
    assert_eq!(outcome.wait().0, status::SUCCESS);
    let mut got = [0; 5];
    peer.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"hello");
    close(socket);
    drop(data);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_connect_that_a_fault_keeps_pending_ends_with_the_close() {
    let plan: Plan = toml::from_str("[[rule]]\ncall = \"WskConnect\"\nnth = 1\naction = \"pend\"\n").unwrap();
    let bench = Bench::with(Config {
        faults: plan,
        ..Config::default()
    });
    let socket = bound(&bench, Seen::leak());
    let to = SOCKADDR_INET::from(SocketAddr::from(([127, 0, 0, 1], 9)));
    let (_, outcome) = start(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp));
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(outcome.get(), None, "{:?}", rules());
    close(socket);
    assert_eq!(outcome.wait().0, status::CANCELLED);
    assert_eq!(bench.finish(), []);
}
