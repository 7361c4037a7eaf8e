//! Each rule of Winsock Kernel, broken on purpose.

use std::net::UdpSocket;
use std::time::Duration;

use netcx_sys::wsk::{
    AF_INET, SOCKADDR_INET, WSK_CLIENT_CONNECTION_DISPATCH, WSK_CLIENT_DATAGRAM_DISPATCH, WSK_CLIENT_NPI,
    WSK_DATA_INDICATION, WSK_DATAGRAM_INDICATION, WSK_EVENT_CALLBACK_CONTROL, WSK_EVENT_RECEIVE,
    WSK_EVENT_RECEIVE_FROM, WSK_PROVIDER_NPI, WSK_REGISTRATION, WSK_SET_STATIC_EVENT_CALLBACKS,
};
use parking_lot::Mutex;

use super::bind::{WskBind, WskGetLocalAddress};
use super::close::WskCloseSocket;
use super::connect::WskConnect;
use super::datagram::{WskSendMessages, WskSendTo};
use super::datagram_receive::WskRelease;
use super::provider::{WskControlClient, WskSocket};
use super::receive_from::WskReceiveFrom;
use super::registration::{WskCaptureProviderNPI, WskDeregister, WskRegister, WskReleaseProviderNPI};
use super::stream::WskSend;
use super::testing::*;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violation::Rule;

static LISTS: Mutex<Vec<usize>> = Mutex::new(Vec::new());

unsafe extern "win64" fn keep(
    _context: *mut core::ffi::c_void,
    _flags: u32,
    list: *mut WSK_DATAGRAM_INDICATION,
) -> NtStatus {
    LISTS.lock().push(list as usize);
    status::PENDING
}

unsafe extern "win64" fn answer(
    context: *mut core::ffi::c_void,
    _flags: u32,
    list: *mut WSK_DATAGRAM_INDICATION,
) -> NtStatus {
    LISTS.lock().push(list as usize);
    u32::try_from(context as usize).unwrap_or(0).cast_signed()
}

unsafe extern "win64" fn too_much(
    _context: *mut core::ffi::c_void,
    _flags: u32,
    _list: *mut WSK_DATA_INDICATION,
    indicated: usize,
    accepted: *mut usize,
) -> NtStatus {
    Guest::at(accepted as usize).write(indicated + 1);
    status::SUCCESS
}

static KEEP: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: Some(keep),
};
static ANSWER: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: Some(answer),
};
static NOTHING: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: None,
};
static STREAM: WSK_CLIENT_CONNECTION_DISPATCH = WSK_CLIENT_CONNECTION_DISPATCH {
    WskReceiveEvent: Some(too_much),
    WskDisconnectEvent: None,
    WskSendBacklogEvent: None,
};

pub(super) fn datagram(
    bench: &Bench,
    events: Option<&'static WSK_CLIENT_DATAGRAM_DISPATCH>,
    context: usize,
) -> usize {
    let table = events.map_or(0, |table| std::ptr::from_ref(table) as usize);
    let socket = bench.socket(AF_INET, 4, context, table);
    assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
    socket
}

/// A bound socket whose event has kept one datagram.
pub(super) fn kept(bench: &Bench) -> (usize, Guest<WSK_DATAGRAM_INDICATION>) {
    LISTS.lock().clear();
    let socket = datagram(bench, Some(&KEEP), 0);
    assert_eq!(enable(socket, WSK_EVENT_RECEIVE_FROM), status::SUCCESS);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.send_to(b"x", local(socket)).unwrap();
    eventually("it has come", || !LISTS.lock().is_empty());
    // The callback is about to return.
    std::thread::sleep(Duration::from_millis(20));
    let list = LISTS.lock()[0];
    (socket, Guest::at(list))
}

pub(super) fn nowhere() -> SOCKADDR_INET {
    SOCKADDR_INET::from(std::net::SocketAddr::from(([127, 0, 0, 1], 9)))
}

fn send_to(socket: usize, flags: u32, to: Option<&SOCKADDR_INET>) -> NtStatus {
    let data = Data::new(b"data");
    let buffer = data.buffer();
    let to = to.map_or(Guest::null(), |to| Guest::of(to).cast());
    call(|irp| WskSendTo(socket, Guest::of(&buffer), flags, to, 0, Guest::null(), irp)).0
}

type Break = fn(&Bench);

/// Why it is wrong, what does it, and the violations that it makes.
const TABLE: &[(&str, Break, &[Rule])] = &[
    (
        "closed twice",
        |bench| {
            let socket = datagram(bench, None, 0);
            close(socket);
            assert_eq!(call(|irp| WskCloseSocket(socket, irp)).0, status::FILE_CLOSED);
        },
        &[Rule::WSK_CLOSED],
    ),
    (
        "used after the close",
        |bench| {
            let socket = datagram(bench, None, 0);
            close(socket);
            assert_eq!(send_to(socket, 0, Some(&nowhere())), status::FILE_CLOSED);
        },
        &[Rule::WSK_CLOSED],
    ),
    (
        "not a socket",
        |_| assert_eq!(send_to(0x1234_5678, 0, Some(&nowhere())), status::INVALID_HANDLE),
        &[Rule::WSK_HANDLE],
    ),
    (
        "of another category",
        |bench| {
            let socket = datagram(bench, None, 0);
            let to = nowhere();
            let result = call(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp));
            assert_eq!(result.0, status::INVALID_DEVICE_REQUEST);
            close(socket);
        },
        &[Rule::WSK_HANDLE],
    ),
    (
        "not a client",
        |_| {
            let (irp, outcome) = irp();
            WskSocket(0x1234, AF_INET, 2, 17, 4, 0, 0, 0, 0, 0, irp);
            assert_eq!(outcome.wait().0, status::INVALID_PARAMETER);
        },
        &[Rule::WSK_HANDLE],
    ),
    (
        "two categories at once",
        |bench| {
            let result = call(|irp| WskSocket(bench.client, AF_INET, 2, 17, 6, 0, 0, 0, 0, 0, irp));
            assert_eq!(result.0, status::INVALID_PARAMETER);
        },
        &[Rule::WSK_PARAMETER],
    ),
    (
        "without an IRP",
        |bench| {
            let socket = datagram(bench, None, 0);
            let to = nowhere();
            let bound = WskBind(socket, Guest::of(&to).cast(), 0, Guest::null());
            assert_eq!(bound, status::INVALID_PARAMETER);
            close(socket);
        },
        &[Rule::WSK_PARAMETER],
    ),
    (
        "an IRP that is under way",
        |bench| {
            let socket = datagram(bench, None, 0);
            let room = Data::new(&[0; 8]);
            let buffer = room.buffer();
            let receive = |irp| {
                let none = Guest::null();
                WskReceiveFrom(
                    socket,
                    Guest::of(&buffer),
                    0,
                    none,
                    Guest::null(),
                    none.cast(),
                    Guest::null(),
                    irp,
                )
            };
            let (irp, outcome) = start(receive);
            assert_eq!(receive(irp), status::INVALID_PARAMETER);
            assert_eq!(outcome.get(), None);
            close(socket);
        },
        &[Rule::IRP, Rule::IRP],
    ),
    (
        "bound twice",
        |bench| {
            let socket = datagram(bench, None, 0);
            assert_eq!(bind(socket, "127.0.0.1:0"), status::INVALID_DEVICE_STATE);
            close(socket);
        },
        &[Rule::WSK_STATE],
    ),
    (
        "bound to another family's address",
        |bench| {
            let socket = bench.socket(AF_INET, 4, 0, 0);
            assert_eq!(bind(socket, "[::1]:0"), status::INVALID_ADDRESS_COMPONENT);
            close(socket);
        },
        &[Rule::WSK_PARAMETER],
    ),
    (
        "used before it is bound",
        |bench| {
            let socket = bench.socket(AF_INET, 4, 0, 0);
            assert_eq!(send_to(socket, 0, Some(&nowhere())), status::INVALID_DEVICE_STATE);
            let address = nowhere();
            let found = call(|irp| WskGetLocalAddress(socket, Guest::of(&address).cast(), irp));
            assert_eq!(found.0, status::INVALID_DEVICE_STATE);
            assert_eq!(
                set_remote(socket, "127.0.0.1:9".parse().unwrap()),
                status::INVALID_DEVICE_STATE
            );
            close(socket);
        },
        &[Rule::WSK_STATE, Rule::WSK_STATE, Rule::WSK_STATE],
    ),
    (
        "sent without an address, with flags",
        |bench| {
            let socket = datagram(bench, None, 0);
            assert_eq!(send_to(socket, 0, None), status::INVALID_PARAMETER);
            assert_eq!(send_to(socket, 1, Some(&nowhere())), status::SUCCESS);
            close(socket);
        },
        &[Rule::WSK_PARAMETER, Rule::WSK_PARAMETER],
    ),
    (
        "a buffer longer than its MDL",
        |bench| {
            let socket = datagram(bench, None, 0);
            let data = Data::new(b"data");
            let to = nowhere();
            let list = list(&[data.buffer(), data.part(2, 3)]);
            let to = Guest::of(&to).cast();
            let sent = call(|irp| WskSendMessages(socket, Guest::of(&list[0]), 0, to, 0, Guest::null(), irp));
            assert_eq!(sent.0, status::INVALID_PARAMETER);
            close(socket);
        },
        &[Rule::WSK_BUFFER],
    ),
    (
        "a stream used before it is connected",
        |bench| {
            let socket = bench.socket(AF_INET, 2, 0, 0);
            let data = Data::new(b"data");
            let buffer = data.buffer();
            let to = nowhere();
            let connected = call(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp));
            assert_eq!(connected.0, status::INVALID_DEVICE_STATE);
            let sent = call(|irp| WskSend(socket, Guest::of(&buffer), 0, irp));
            assert_eq!(sent.0, status::INVALID_DEVICE_STATE);
            close(socket);
        },
        &[Rule::WSK_STATE, Rule::WSK_STATE],
    ),
    (
        "events without callbacks",
        |bench| {
            for events in [None, Some(&NOTHING)] {
                let socket = datagram(bench, events, 0);
                assert_eq!(enable(socket, WSK_EVENT_RECEIVE_FROM), status::INVALID_PARAMETER);
                close(socket);
            }
        },
        &[Rule::WSK_EVENT, Rule::WSK_EVENT],
    ),
    (
        "events of another category, unbound, by IRP, two disabled at once",
        |bench| {
            let socket = bench.socket(AF_INET, 4, 0, std::ptr::from_ref(&KEEP) as usize);
            assert_eq!(enable(socket, WSK_EVENT_RECEIVE), status::INVALID_PARAMETER);
            assert_eq!(
                enable(socket, WSK_EVENT_RECEIVE_FROM),
                status::INVALID_DEVICE_STATE
            );
            assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
            let control = WSK_EVENT_CALLBACK_CONTROL::enable(WSK_EVENT_RECEIVE_FROM);
            assert_eq!(
                call(|irp| events(socket, control, irp)).0,
                status::INVALID_PARAMETER
            );
            let both = WSK_EVENT_CALLBACK_CONTROL::disable(WSK_EVENT_RECEIVE_FROM | WSK_EVENT_RECEIVE);
            assert_eq!(events(socket, both, Guest::null()), status::INVALID_PARAMETER);
            close(socket);
        },
        &[Rule::WSK_EVENT, Rule::WSK_EVENT, Rule::WSK_EVENT, Rule::WSK_EVENT],
    ),
    (
        "a callback's result that doesn't exist",
        |bench| {
            LISTS.lock().clear();
            let wrong = status::INVALID_PARAMETER.cast_unsigned() as usize;
            let socket = datagram(bench, Some(&ANSWER), wrong);
            enable(socket, WSK_EVENT_RECEIVE_FROM);
            let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
            peer.send_to(b"x", local(socket)).unwrap();
            eventually("it has come", || !LISTS.lock().is_empty());
            close(socket);
        },
        &[Rule::WSK_EVENT],
    ),
    (
        "more accepted than indicated",
        |bench| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let to = SOCKADDR_INET::from(listener.local_addr().unwrap());
            let socket = bench.socket(AF_INET, 2, 0, std::ptr::from_ref(&STREAM) as usize);
            bind(socket, "127.0.0.1:0");
            call(|irp| WskConnect(socket, Guest::of(&to).cast(), 0, irp));
            enable(socket, WSK_EVENT_RECEIVE);
            let (mut peer, _) = listener.accept().unwrap();
            std::io::Write::write_all(&mut peer, b"x").unwrap();
            eventually("it is said", || !rules().is_empty());
            close(socket);
        },
        &[Rule::WSK_EVENT],
    ),
    (
        "indications released twice",
        |bench| {
            let (socket, list) = kept(bench);
            assert_eq!(WskRelease(socket, list), status::SUCCESS);
            assert_eq!(WskRelease(socket, list), status::INVALID_PARAMETER);
            close(socket);
        },
        &[Rule::WSK_RELEASE],
    ),
    (
        "indications of another socket, or none",
        |bench| {
            let (socket, list) = kept(bench);
            let other = datagram(bench, None, 0);
            assert_eq!(WskRelease(other, list), status::INVALID_PARAMETER);
            WskRelease(other, Guest::null());
            assert_eq!(WskRelease(socket, list), status::SUCCESS);
            close(socket);
            close(other);
        },
        &[Rule::WSK_RELEASE, Rule::WSK_RELEASE],
    ),
    (
        "indications never released",
        |bench| {
            let (socket, _) = kept(bench);
            close(socket);
        },
        &[Rule::WSK_INDICATION_LEAK],
    ),
    (
        "a socket left",
        |bench| {
            datagram(bench, None, 0);
        },
        &[Rule::WSK_LEAK],
    ),
    (
        "a capture left",
        |bench| {
            let npi = WSK_PROVIDER_NPI {
                Client: std::ptr::null_mut(),
                Dispatch: std::ptr::null(),
            };
            WskCaptureProviderNPI(Guest::of(bench.registration), 0, Guest::of(&npi));
        },
        &[Rule::WSK_LEAK],
    ),
    (
        "released more often than captured",
        |bench| {
            let registration = Guest::of(bench.registration);
            WskReleaseProviderNPI(registration);
            WskReleaseProviderNPI(registration);
            let npi = WSK_PROVIDER_NPI {
                Client: std::ptr::null_mut(),
                Dispatch: std::ptr::null(),
            };
            WskCaptureProviderNPI(registration, 0, Guest::of(&npi));
        },
        &[Rule::WSK_REGISTRATION],
    ),
    (
        "registrations that aren't there, or twice",
        |bench| {
            let other: &'static WSK_REGISTRATION = Box::leak(Box::new(WSK_REGISTRATION::new()));
            WskDeregister(Guest::of(other));
            let npi = WSK_CLIENT_NPI {
                ClientContext: std::ptr::null_mut(),
                Dispatch: std::ptr::null(),
            };
            let refused = WskRegister(Guest::of(&npi), Guest::of(other));
            assert_eq!(refused, status::INVALID_PARAMETER);
            assert_ne!(bench.client, 0);
        },
        &[Rule::WSK_REGISTRATION, Rule::WSK_REGISTRATION],
    ),
    (
        "static callbacks after a socket",
        |bench| {
            close(datagram(bench, None, 0));
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
            assert_eq!(set, status::INVALID_DEVICE_STATE);
        },
        &[Rule::WSK_EVENT],
    ),
    (
        "a wait at DISPATCH_LEVEL",
        |bench| {
            let npi = WSK_PROVIDER_NPI {
                Client: std::ptr::null_mut(),
                Dispatch: std::ptr::null(),
            };
            let registration = Guest::of(bench.registration);
            let old = crate::cpu::current().raise(2);
            WskCaptureProviderNPI(registration, 1000, Guest::of(&npi));
            crate::cpu::current().lower(old);
            WskReleaseProviderNPI(registration);
        },
        &[Rule::IRQL],
    ),
];

#[test]
fn each_broken_rule_is_named() {
    for (why, breaks, want) in TABLE {
        let bench = Bench::new();
        breaks(&bench);
        let found = bench.finish();
        assert_eq!(found, *want, "{why}");
    }
}
