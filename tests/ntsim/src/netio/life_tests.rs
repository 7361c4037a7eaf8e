//! Closing, waiting, options and control information, driven as a driver would.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use netcx_sys::wsk::{
    AF_INET, ControlMessages, IN_PKTINFO, IP_PKTINFO, IP_TTL, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP,
    SO_RCVBUF, SO_TYPE, SO_WSK_SECURITY, SOCKADDR_INET, SOL_SOCKET, TCP_NODELAY, UDP_RECV_MAX_COALESCED_SIZE,
    UDP_SEND_MSG_SIZE, WSK_CLIENT_DATAGRAM_DISPATCH, WSK_DATAGRAM_INDICATION, WSK_EVENT_CALLBACK_CONTROL,
    WSK_EVENT_RECEIVE_FROM, WSK_SET_STATIC_EVENT_CALLBACKS, WSK_TRANSPORT_LIST_QUERY,
};
use parking_lot::Mutex;

use super::buffer::Buffer;
use super::close::WskCloseSocket;
use super::control::WskControlSocket;
use super::datagram::WskSendTo;
use super::provider::WskControlClient;
use super::registration::{WskDeregister, WskReleaseProviderNPI};
use super::testing::*;
use crate::abi::wdm::Mdl;
use crate::at;
use crate::faults::Plan;
use crate::guest::Guest;
use crate::machine::Config;
use crate::status::{self, NtStatus};
use crate::violation::Rule;

type Event = dyn Fn(Guest<WSK_DATAGRAM_INDICATION>) -> NtStatus + Sync + Send;

unsafe extern "win64" fn event(
    context: *mut core::ffi::c_void,
    _flags: u32,
    list: *mut WSK_DATAGRAM_INDICATION,
) -> NtStatus {
    // SAFETY: the context is a leaked box of the test's.
    let event = unsafe { &*context.cast_const().cast::<Box<Event>>() };
    event(Guest::at(list as usize))
}

static EVENTS: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: Some(event),
};

/// A bound socket whose datagrams go to `event`, and a peer that sends to it.
fn socket(
    bench: &Bench,
    event: impl Fn(Guest<WSK_DATAGRAM_INDICATION>) -> NtStatus + Send + Sync + 'static,
) -> (usize, UdpSocket) {
    // A thin pointer is wanted as a context.
    let context = Box::into_raw(Box::<Box<Event>>::new(Box::new(event))) as usize;
    let table = std::ptr::from_ref(&EVENTS) as usize;
    let socket = bench.socket(AF_INET, 4, context, table);
    assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.connect(local(socket)).unwrap();
    (socket, peer)
}

fn option(socket: usize, kind: i32, level: u32, name: u32, value: &mut i32) -> NtStatus {
    let place = Guest::of(value).cast();
    let none = Guest::null();
    call(|irp| WskControlSocket(socket, kind, name, level, 4, place, 4, place, none, irp)).0
}

#[test]
fn a_close_waits_for_the_callback_that_runs() {
    let bench = Bench::new();
    let (entered, left) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (e, l) = (Arc::clone(&entered), Arc::clone(&left));
    let (socket, peer) = socket(&bench, move |_| {
        e.store(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(100));
        l.store(1, Ordering::SeqCst);
        status::SUCCESS
    });
    enable(socket, WSK_EVENT_RECEIVE_FROM);
    peer.send(b"x").unwrap();
    eventually("the callback runs", || entered.load(Ordering::SeqCst) == 1);
    let (_, outcome) = start(|irp| WskCloseSocket(socket, irp));
    assert_eq!((outcome.get(), left.load(Ordering::SeqCst)), (None, 0));
    assert_eq!(outcome.wait().0, status::SUCCESS);
    assert_eq!(left.load(Ordering::SeqCst), 1);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_callback_may_close_its_socket_without_waiting() {
    let bench = Bench::new();
    let handle = Arc::new(AtomicUsize::new(0));
    let closed: Arc<Mutex<Option<Arc<Outcome>>>> = Arc::default();
    let (h, c) = (Arc::clone(&handle), Arc::clone(&closed));
    let (socket, peer) = socket(&bench, move |_| {
        let handle = h.load(Ordering::SeqCst);
        *c.lock() = Some(start(|irp| WskCloseSocket(handle, irp)).1);
        assert_eq!(c.lock().as_ref().unwrap().get(), None, "not before it returns");
        status::SUCCESS
    });
    handle.store(socket, Ordering::SeqCst);
    enable(socket, WSK_EVENT_RECEIVE_FROM);
    peer.send(b"x").unwrap();
    eventually("it is called", || closed.lock().is_some());
    let outcome = closed.lock().clone().unwrap();
    assert_eq!(outcome.wait().0, status::SUCCESS);
    assert_eq!(bench.finish(), []);
}

#[test]
fn deregistering_waits_for_sockets() {
    let bench = Bench::with(Config::default());
    let (socket, _) = socket(&bench, |_| status::SUCCESS);
    WskReleaseProviderNPI(Guest::of(bench.registration));
    let closer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        close(socket);
    });
    let started = std::time::Instant::now();
    WskDeregister(Guest::of(bench.registration));
    assert!(started.elapsed() >= Duration::from_millis(50));
    closer.join().unwrap();
    assert_eq!(rules(), []);
}

#[test]
fn options_are_those_of_the_host_and_unknown_ones_are_refused() {
    let bench = Bench::new();
    let (udp, _) = socket(&bench, |_| status::SUCCESS);
    let tcp = bench.socket(AF_INET, 2, 0, 0);
    for (socket, level, name, set, want) in [
        (udp, SOL_SOCKET, SO_RCVBUF, Some(65536), Ok(65536)),
        (udp, SOL_SOCKET, SO_TYPE, None, Ok(2)),
        (tcp, SOL_SOCKET, SO_TYPE, None, Ok(1)),
        (udp, IPPROTO_IP, IP_TTL, Some(7), Ok(7)),
        (tcp, IPPROTO_TCP, TCP_NODELAY, Some(1), Ok(1)),
        (udp, SOL_SOCKET, SO_WSK_SECURITY, Some(1), Ok(0)),
        // USO and URO aren't there before Windows 10 2004.
        (
            udp,
            IPPROTO_UDP,
            UDP_SEND_MSG_SIZE,
            Some(1200),
            Err(status::NOT_SUPPORTED),
        ),
        (
            udp,
            IPPROTO_UDP,
            UDP_RECV_MAX_COALESCED_SIZE,
            None,
            Err(status::NOT_SUPPORTED),
        ),
    ] {
        let mut value = set.unwrap_or(0);
        let expected = want.err().unwrap_or(status::SUCCESS);
        if set.is_some() {
            assert_eq!(
                option(socket, 0, level, name, &mut value),
                expected,
                "{level:#x}/{name:#x}"
            );
        }
        value = -1;
        let got = option(socket, 1, level, name, &mut value);
        assert_eq!(got, expected, "{level:#x}/{name:#x}");
        assert!(
            want.is_err() || want == Ok(value),
            "{level:#x}/{name:#x}: {value}"
        );
    }
    close(udp);
    close(tcp);
    assert_eq!(bench.finish(), []);
}

#[test]
fn control_information_comes_with_datagrams_and_goes_with_them() {
    let bench = Bench::new();
    let found: Arc<Mutex<Option<IN_PKTINFO>>> = Arc::default();
    let f = Arc::clone(&found);
    let (socket, peer) = socket(&bench, move |list| {
        let this = list.read();
        let block = Guest::<u8>::at(this.ControlInfo as usize).read_bytes(this.ControlInfoLength as usize);
        let kind = IP_PKTINFO.cast_signed();
        let message = ControlMessages::new(&block)
            .find_message(0, kind)
            .expect("packet info");
        *f.lock() = Some(Guest::<IN_PKTINFO>::at(message.data.as_ptr() as usize).read());
        status::SUCCESS
    });
    assert_eq!(option(socket, 0, IPPROTO_IP, IP_PKTINFO, &mut 1), status::SUCCESS);
    enable(socket, WSK_EVENT_RECEIVE_FROM);
    peer.send(b"x").unwrap();
    eventually("it has come", || found.lock().is_some());
    let info = found.lock().unwrap();
    assert_eq!(info.ipi_addr.Bytes, [127, 0, 0, 1]);

    // Sent from another address of the loopback network.
    let mut block = netcx_sys::wsk::ControlBuffer::<32>::new();
    assert!(block.push(0, IP_PKTINFO.cast_signed(), &[127, 0, 0, 9, 0, 0, 0, 0]));
    let any = UdpSocket::bind("127.0.0.1:0").unwrap();
    any.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let to = SOCKADDR_INET::from(any.local_addr().unwrap());
    let data = Data::new(b"pinned");
    let buffer = data.buffer();
    let bytes = block.as_bytes();
    let length = u32::try_from(bytes.len()).unwrap();
    let control = Guest::at(bytes.as_ptr() as usize);
    let wildcard = bench.socket(AF_INET, 4, 0, 0);
    assert_eq!(bind(wildcard, "0.0.0.0:0"), status::SUCCESS);
    let sent = call(|irp| {
        WskSendTo(
            wildcard,
            Guest::of(&buffer),
            0,
            Guest::of(&to).cast(),
            length,
            control,
            irp,
        )
    });
    assert_eq!(sent.0, status::SUCCESS);
    let (_, from) = any.recv_from(&mut [0; 16]).unwrap();
    assert_eq!(from.ip().to_string(), "127.0.0.9");
    close(socket);
    close(wildcard);
    drop(data);
    assert_eq!(bench.finish(), []);
}

/// A datagram, and how many MDLs it lay in.
type Cut = (Vec<u8>, usize);

#[test]
fn a_fault_cuts_datagrams_into_pieces() {
    let plan: Plan = toml::from_str("[[rule]]\ncall = \"wsk:split\"\nevery = 1\n").unwrap();
    let bench = Bench::with(Config {
        faults: plan,
        ..Config::default()
    });
    let got: Arc<Mutex<Vec<Cut>>> = Arc::default();
    let g = Arc::clone(&got);
    let (socket, peer) = socket(&bench, move |list| {
        let mut next = list;
        while !next.is_null() {
            let this = next.read();
            let mut mdls = 0;
            let mut mdl = Guest::<Mdl>::at(this.Buffer.Mdl as usize);
            while !mdl.is_null() {
                mdls += 1;
                mdl = at!(mdl.next).read();
            }
            g.lock().push((Buffer::from(this.Buffer).gather(), mdls));
            next = Guest::at(this.Next as usize);
        }
        status::SUCCESS
    });
    enable(socket, WSK_EVENT_RECEIVE_FROM);
    for n in 0..50u8 {
        peer.send(&vec![n; usize::from(n)]).unwrap();
    }
    eventually("all have come", || got.lock().len() == 50);
    for (n, (data, mdls)) in (0..50u8).zip(got.lock().iter()) {
        assert_eq!((data, *mdls), (&vec![n; usize::from(n)], 3));
    }
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn static_callbacks_are_enabled_from_the_start_and_stay() {
    let bench = Bench::new();
    let control = WSK_EVENT_CALLBACK_CONTROL::enable(WSK_EVENT_RECEIVE_FROM);
    let (input, none) = (Guest::of(&control).cast(), Guest::null());
    let code = WSK_SET_STATIC_EVENT_CALLBACKS;
    let set = WskControlClient(
        bench.client,
        code,
        16,
        input,
        0,
        none,
        Guest::null(),
        Guest::null(),
    );
    assert_eq!(set, status::SUCCESS);
    let count = Arc::new(AtomicUsize::new(0));
    let c = Arc::clone(&count);
    let (socket, peer) = socket(&bench, move |_| {
        c.fetch_add(1, Ordering::SeqCst);
        status::DATA_NOT_ACCEPTED
    });
    for n in 1..4 {
        peer.send(b"x").unwrap();
        eventually("the event is still enabled", || count.load(Ordering::SeqCst) >= n);
    }
    assert_eq!(
        bench.rules_of(|| {
            let disable = WSK_EVENT_CALLBACK_CONTROL::disable(WSK_EVENT_RECEIVE_FROM);
            assert_eq!(events(socket, disable, Guest::null()), status::INVALID_PARAMETER);
        }),
        [Rule::WSK_EVENT]
    );
    close(socket);
    assert_eq!(bench.finish(), [Rule::WSK_EVENT]);
}

#[test]
fn transports_are_listed() {
    let bench = Bench::new();
    let room = [0u8; 256];
    let returned = 0usize;
    let query = |size: usize| {
        let (none, code) = (Guest::null(), WSK_TRANSPORT_LIST_QUERY);
        let (output, returned) = (Guest::of(&room).cast(), Guest::of(&returned));
        WskControlClient(bench.client, code, 0, none, size, output, returned, Guest::null())
    };
    assert_eq!(query(8), status::BUFFER_OVERFLOW);
    assert_eq!(query(Guest::of(&returned).read()), status::SUCCESS);
    assert_eq!(Guest::of(&returned).read(), 4 * 28);
    assert_eq!(bench.finish(), []);
}
