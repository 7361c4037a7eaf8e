//! UDP, driven as a driver would.

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use netcx_sys::wsk::{
    AF_INET, AF_INET6, SOCKADDR_INET, WSK_CLIENT_DATAGRAM_DISPATCH, WSK_DATAGRAM_INDICATION,
    WSK_EVENT_CALLBACK_CONTROL, WSK_EVENT_RECEIVE_FROM,
};
use parking_lot::Mutex;

use super::buffer::Buffer;
use super::datagram::{WskSendMessages, WskSendTo};
use super::datagram_receive::WskRelease;
use super::receive_from::WskReceiveFrom;
use super::testing::*;
use crate::at;
use crate::faults::Plan;
use crate::guest::Guest;
use crate::machine::Config;
use crate::ntoskrnl::irp::IoCancelIrp;
use crate::status::{self, NtStatus};
use crate::violation::Rule;

/// What a socket's event has seen, and what it answers.
#[derive(Default)]
struct Seen {
    datagrams: Mutex<Vec<(Vec<u8>, SocketAddr)>>,
    lists: Mutex<Vec<usize>>,
    threads: Mutex<BTreeSet<String>>,
    answer: Mutex<NtStatus>,
    slow: bool,
}

impl Seen {
    fn leak() -> &'static Self {
        Box::leak(Box::default())
    }

    fn count(&self) -> usize {
        self.datagrams.lock().len()
    }
}

unsafe extern "win64" fn event(
    context: *mut core::ffi::c_void,
    flags: u32,
    list: *mut WSK_DATAGRAM_INDICATION,
) -> NtStatus {
    // SAFETY: the context is a leaked `Seen`.
    let seen = unsafe { &*context.cast_const().cast::<Seen>() };
    assert_eq!((flags & 8, crate::cpu::irql()), (8, 2));
    let mut next = Guest::<WSK_DATAGRAM_INDICATION>::at(list as usize);
    seen.lists.lock().push(next.addr());
    let name = std::thread::current().name().unwrap().to_owned();
    seen.threads.lock().insert(name);
    while !next.is_null() {
        let this = next.read();
        let from = Guest::<SOCKADDR_INET>::at(this.RemoteAddress as usize).read();
        let data = Buffer::from(this.Buffer).gather();
        seen.datagrams.lock().push((data, from.to_socket_addr().unwrap()));
        next = Guest::at(this.Next as usize);
    }
    if seen.slow {
        std::thread::sleep(Duration::from_millis(100));
    }
    *seen.answer.lock()
}

static EVENTS: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: Some(event),
};

fn table() -> usize {
    std::ptr::from_ref(&EVENTS) as usize
}

fn context(seen: &Seen) -> usize {
    std::ptr::from_ref(seen) as usize
}

/// A bound socket with its event enabled, and a peer.
fn pair(bench: &Bench, seen: &'static Seen) -> (usize, SocketAddr, UdpSocket) {
    let socket = bench.socket(AF_INET, 4, context(seen), table());
    assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
    assert_eq!(enable(socket, WSK_EVENT_RECEIVE_FROM), status::SUCCESS);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    (socket, local(socket), peer)
}

#[test]
fn datagrams_go_out_in_lists_and_come_in() {
    for strict in [false, true] {
        let bench = Bench::with(Config {
            strict,
            ..Config::default()
        });
        let seen = Seen::leak();
        let (socket, address, peer) = pair(&bench, seen);
        let to = peer.local_addr().unwrap();
        assert_eq!(set_remote(socket, to), status::SUCCESS);

        // Sizes: a run that is cut up by the host, an empty one, and others.
        let all: Vec<u8> = (0..6000u32).map(|i| i.to_le_bytes()[0]).collect();
        let data = Data::new(&all);
        let sizes = [1000, 1000, 1000, 400, 0, 7, 1200, 1200];
        let mut at = 0;
        let buffers = sizes.map(|n| {
            let part = data.part(at, n);
            at += n;
            part
        });
        for _ in 0..8 {
            let list = list(&buffers);
            let sent = call(|irp| {
                WskSendMessages(
                    socket,
                    Guest::of(&list[0]),
                    0,
                    Guest::null(),
                    0,
                    Guest::null(),
                    irp,
                )
            });
            assert_eq!(sent, (status::SUCCESS, at));
            let (mut room, mut start) = ([0; 2048], 0);
            for n in sizes {
                let (got, from) = peer.recv_from(&mut room).unwrap();
                assert_eq!((&room[..got], from), (&all[start..start + n], address));
                start += n;
            }
        }
        for n in 0..200u8 {
            peer.send_to(&vec![n; usize::from(n)], address).unwrap();
        }
        eventually("all have come", || seen.count() == 200);
        for (n, (data, from)) in seen.datagrams.lock().iter().enumerate() {
            assert_eq!((data, *from), (&vec![n.to_le_bytes()[0]; n], to));
        }
        close(socket);
        drop(data);
        assert_eq!(bench.finish(), []);
    }
}

#[test]
fn a_dual_stack_socket_sees_mapped_addresses() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let socket = bench.socket(AF_INET6, 4, context(seen), table());
    let zero = 0u32;
    let (level, name, input) = (41, 27, Guest::of(&zero).cast());
    let set = call(|irp| {
        super::control::WskControlSocket(
            socket,
            0,
            name,
            level,
            4,
            input,
            0,
            Guest::null(),
            Guest::null(),
            irp,
        )
    });
    assert_eq!(set.0, status::SUCCESS);
    assert_eq!(bind(socket, "[::]:0"), status::SUCCESS);
    assert_eq!(enable(socket, WSK_EVENT_RECEIVE_FROM), status::SUCCESS);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.send_to(b"hello", ("127.0.0.1", local(socket).port()))
        .unwrap();
    eventually("it has come", || seen.count() == 1);
    let (_, from) = seen.datagrams.lock()[0].clone();
    assert_eq!(
        from.to_string(),
        format!("[::ffff:127.0.0.1]:{}", peer.local_addr().unwrap().port())
    );
    let data = Data::new(b"answer");
    let (buffer, to) = (data.buffer(), SOCKADDR_INET::from(from));
    let (buffer, to) = (Guest::of(&buffer), Guest::of(&to).cast());
    let sent = call(|irp| WskSendTo(socket, buffer, 0, to, 0, Guest::null(), irp));
    assert_eq!(sent, (status::SUCCESS, 6));
    let mut room = [0; 16];
    assert_eq!(peer.recv(&mut room).unwrap(), 6);
    close(socket);
    drop(data);
    assert_eq!(bench.finish(), []);
}

#[test]
fn callbacks_of_one_socket_run_at_the_same_time() {
    let bench = Bench::with(Config {
        processors: 2,
        ..Config::default()
    });
    let seen: &'static Seen = Box::leak(Box::new(Seen {
        slow: true,
        ..Seen::default()
    }));
    let (socket, address, _) = pair(&bench, seen);
    // Senders are spread by their ports: with 32 of them both threads get some.
    let senders: Vec<_> = (0..32).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    for sender in &senders {
        sender.send_to(b"x", address).unwrap();
    }
    eventually("all have come", || seen.count() == 32);
    assert_eq!(seen.threads.lock().len(), 2);
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn the_port_is_free_after_the_close_and_taken_before() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let (socket, address, _) = pair(&bench, seen);
    let other = bench.socket(AF_INET, 4, 0, 0);
    assert_eq!(bind(other, &address.to_string()), status::ADDRESS_ALREADY_EXISTS);
    close(socket);
    assert_eq!(bind(other, &address.to_string()), status::SUCCESS);
    close(other);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_pending_receive_comes_first_and_can_be_cancelled() {
    let bench = Bench::new();
    let seen = Seen::leak();
    let (socket, address, peer) = pair(&bench, seen);
    let room = Data::new(&[0; 4]);
    let buffer = room.buffer();
    let null = Guest::null();
    let receive = |irp| {
        WskReceiveFrom(
            socket,
            Guest::of(&buffer),
            0,
            null,
            Guest::null(),
            null.cast(),
            Guest::null(),
            irp,
        )
    };
    let (irp, outcome) = start(receive);
    assert_eq!(IoCancelIrp(irp), 1);
    assert_eq!(outcome.wait(), (status::CANCELLED, 0));

    let (_, first) = start(receive);
    let (_, second) = start(receive);
    let (_, third) = start(receive);
    peer.send_to(b"1234", address).unwrap();
    assert_eq!(
        (first.wait(), room.bytes()),
        ((status::SUCCESS, 4), b"1234".to_vec())
    );
    peer.send_to(b"56789", address).unwrap();
    assert_eq!(
        (second.wait(), room.bytes()),
        ((status::BUFFER_OVERFLOW, 4), b"5678".to_vec())
    );
    close(socket);
    assert_eq!(third.wait(), (status::CANCELLED, 0));
    assert_eq!(seen.count(), 0);
    drop(room);
    assert_eq!(bench.finish(), []);
}

#[test]
fn kept_indications_are_released_in_parts() {
    let bench = Bench::with(Config {
        strict: true,
        ..Config::default()
    });
    let seen = Seen::leak();
    *seen.answer.lock() = status::PENDING;
    let (socket, address, peer) = pair(&bench, seen);
    for n in 0..10u8 {
        peer.send_to(&[n; 100], address).unwrap();
    }
    eventually("all have come", || seen.count() == 10);
    let lists = seen.lists.lock().clone();
    for list in lists {
        let list = Guest::<WSK_DATAGRAM_INDICATION>::at(list);
        // The first alone, then the rest.
        let rest = Guest::at(at!(list.Next).read() as usize);
        at!(list.Next).write(std::ptr::null_mut());
        eventually("it is kept", || WskRelease(socket, list) == status::SUCCESS);
        if !rest.is_null() {
            assert_eq!(WskRelease(socket, rest), status::SUCCESS);
        }
    }
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn datagrams_that_were_not_accepted_come_again() {
    let bench = Bench::new();
    let seen = Seen::leak();
    *seen.answer.lock() = status::DATA_NOT_ACCEPTED;
    let (socket, address, peer) = pair(&bench, seen);
    peer.send_to(b"a", address).unwrap();
    eventually("it has come", || seen.count() == 1);
    peer.send_to(b"b", address).unwrap();
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(seen.count(), 1, "the event is disabled");
    *seen.answer.lock() = status::SUCCESS;
    assert_eq!(enable(socket, WSK_EVENT_RECEIVE_FROM), status::SUCCESS);
    eventually("both come", || seen.count() == 3);
    let data: Vec<_> = seen.datagrams.lock().iter().map(|(d, _)| d[0]).collect();
    assert_eq!(data, b"aab");
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn disabling_waits_for_callbacks() {
    let bench = Bench::new();
    let seen: &'static Seen = Box::leak(Box::new(Seen {
        slow: true,
        ..Seen::default()
    }));
    let (socket, address, peer) = pair(&bench, seen);
    peer.send_to(b"a", address).unwrap();
    eventually("it has come", || seen.count() == 1);
    let disable = WSK_EVENT_CALLBACK_CONTROL::disable(WSK_EVENT_RECEIVE_FROM);
    let (_, outcome) = start(|irp| events(socket, disable, irp));
    assert_eq!(outcome.get(), None, "the callback runs");
    assert_eq!(events(socket, disable, Guest::null()), status::EVENT_PENDING);
    assert_eq!(outcome.wait().0, status::SUCCESS);
    assert_eq!(events(socket, disable, Guest::null()), status::SUCCESS);
    peer.send_to(b"b", address).unwrap();
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(seen.count(), 1);
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn faults_fail_and_pend_calls() {
    let plan: Plan = toml::from_str(
        "[[rule]]\ncall = \"WskSendTo\"\nnth = 1\nstatus = 0xC000023C\n\
         [[rule]]\ncall = \"WskSendTo\"\nnth = 1\naction = \"pend\"\n",
    )
    .unwrap();
    let bench = Bench::with(Config {
        faults: plan,
        ..Config::default()
    });
    let (socket, _, peer) = pair(&bench, Seen::leak());
    let data = Data::new(b"data");
    let buffer = data.buffer();
    let to = SOCKADDR_INET::from(peer.local_addr().unwrap());
    let send = |irp| {
        WskSendTo(
            socket,
            Guest::of(&buffer),
            0,
            Guest::of(&to).cast(),
            0,
            Guest::null(),
            irp,
        )
    };
    assert_eq!(call(send).0, status::NETWORK_UNREACHABLE);
    let (_, stuck) = start(send);
    assert_eq!(call(send).0, status::SUCCESS);
    assert_eq!(stuck.get(), None);
    close(socket);
    assert_eq!(stuck.wait(), (status::CANCELLED, 0));
    drop(data);
    assert_eq!(bench.finish(), [] as [Rule; 0]);
}
