//! Listening, driven as a driver would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use netcx_sys::wsk::{
    AF_INET, SOCKADDR, SOCKADDR_INET, SOCKADDR_STORAGE, WSK_CLIENT_CONNECTION_DISPATCH,
    WSK_CLIENT_LISTEN_DISPATCH, WSK_CLIENT_STREAM_DISPATCH, WSK_DATA_INDICATION, WSK_EVENT_ACCEPT,
    WSK_EVENT_DISCONNECT, WSK_EVENT_RECEIVE, WSK_SOCKET,
};
use parking_lot::Mutex;

use super::buffer::Buffer;
use super::connect::WskConnect;
use super::listen::{WskAccept, WskListen};
use super::provider::WskSocketConnect;
use super::stream::WskSend;
use super::testing::*;
use crate::guest::Guest;
use crate::ntoskrnl::irp::IoCancelIrp;
use crate::status::{self, NtStatus};
use crate::violation::Rule;

/// What the events of these tests have seen; each test has a context number of its own.
static ACCEPTED: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());
static DATA: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ENDS: Mutex<u32> = Mutex::new(0);

const REFUSES: usize = 0x100;

unsafe extern "win64" fn accepted(
    context: *mut core::ffi::c_void,
    _flags: u32,
    local: *mut SOCKADDR,
    remote: *mut SOCKADDR,
    socket: *mut WSK_SOCKET,
    socket_context: *mut *mut core::ffi::c_void,
    dispatch: *mut *const WSK_CLIENT_CONNECTION_DISPATCH,
) -> NtStatus {
    if context as usize == REFUSES {
        ACCEPTED.lock().push((context as usize, 0));
        return status::REQUEST_NOT_ACCEPTED;
    }
    for address in [local, remote] {
        let address = Guest::<SOCKADDR_INET>::at(address as usize).read();
        assert!(address.to_socket_addr().unwrap().ip().is_loopback());
    }
    Guest::at(socket_context as usize).write(7usize);
    Guest::at(dispatch as usize).write(std::ptr::from_ref(&CONNECTION) as usize);
    ACCEPTED.lock().push((context as usize, socket as usize));
    status::SUCCESS
}

unsafe extern "win64" fn receive(
    context: *mut core::ffi::c_void,
    _flags: u32,
    list: *mut WSK_DATA_INDICATION,
    _indicated: usize,
    _accepted: *mut usize,
) -> NtStatus {
    assert_eq!(context as usize, 7);
    let mut next = Guest::<WSK_DATA_INDICATION>::at(list as usize);
    while !next.is_null() {
        DATA.lock().extend(Buffer::from(next.read().Buffer).gather());
        next = Guest::at(next.read().Next as usize);
    }
    status::SUCCESS
}

unsafe extern "win64" fn disconnect(_context: *mut core::ffi::c_void, _flags: u32) -> NtStatus {
    *ENDS.lock() += 1;
    status::SUCCESS
}

static LISTEN: WSK_CLIENT_LISTEN_DISPATCH = WSK_CLIENT_LISTEN_DISPATCH {
    WskAcceptEvent: Some(accepted),
    WskInspectEvent: None,
    WskAbortEvent: None,
};
static CONNECTION: WSK_CLIENT_CONNECTION_DISPATCH = WSK_CLIENT_CONNECTION_DISPATCH {
    WskReceiveEvent: Some(receive),
    WskDisconnectEvent: Some(disconnect),
    WskSendBacklogEvent: None,
};

fn forget() {
    ACCEPTED.lock().clear();
    DATA.lock().clear();
    *ENDS.lock() = 0;
}

fn listener(bench: &Bench, context: usize) -> usize {
    let table = std::ptr::from_ref(&LISTEN) as usize;
    let socket = bench.stream_socket(AF_INET, 1, context, table);
    assert_eq!(bind(socket, "127.0.0.1:0"), status::SUCCESS);
    socket
}

fn send(socket: usize, bytes: &[u8]) {
    let data = Data::new(bytes);
    let buffer = data.buffer();
    let sent = call(|irp| WskSend(socket, Guest::of(&buffer), 0, irp));
    assert_eq!(sent, (status::SUCCESS, bytes.len()));
}

#[test]
fn accepted_connections_inherit_events() {
    let bench = Bench::new();
    forget();
    let socket = listener(&bench, 1);
    let events = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;
    assert_eq!(enable(socket, events), status::SUCCESS);
    let mut peer = TcpStream::connect(local(socket)).unwrap();
    eventually("it is accepted", || !ACCEPTED.lock().is_empty());
    let (_, connection) = ACCEPTED.lock()[0];
    peer.write_all(b"hello").unwrap();
    eventually("data comes", || *DATA.lock() == b"hello");
    send(connection, b"answer");
    let mut got = [0; 6];
    peer.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"answer");
    drop(peer);
    eventually("the end is told", || *ENDS.lock() == 1);
    close(connection);
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_refused_connection_is_reset() {
    let bench = Bench::new();
    forget();
    let socket = listener(&bench, REFUSES);
    assert_eq!(enable(socket, WSK_EVENT_ACCEPT), status::SUCCESS);
    let mut peer = TcpStream::connect(local(socket)).unwrap();
    let error = peer.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    close(socket);
    assert_eq!(bench.finish(), []);
}

#[test]
fn an_accept_waits_and_can_be_cancelled() {
    let bench = Bench::new();
    forget();
    let socket = listener(&bench, 2);
    let rooms = [[0u64; size_of::<SOCKADDR_STORAGE>() / 8]; 2];
    let [here, there] = [&rooms[0], &rooms[1]].map(|room| Guest::of(room).cast::<SOCKADDR>());
    let accept = |irp| {
        WskAccept(
            socket,
            0,
            7,
            std::ptr::from_ref(&CONNECTION) as usize,
            here,
            there,
            irp,
        )
    };
    let (irp, cancelled) = start(accept);
    assert_eq!(IoCancelIrp(irp), 1);
    assert_eq!(cancelled.wait().0, status::CANCELLED);
    let (_, outcome) = start(accept);
    let peer = TcpStream::connect(local(socket)).unwrap();
    let (status, connection) = outcome.wait();
    assert_eq!(status, status::SUCCESS);
    let told = here.cast::<SOCKADDR_INET>().read().to_socket_addr();
    assert_eq!(told, Some(peer.peer_addr().unwrap()));
    let told = there.cast::<SOCKADDR_INET>().read().to_socket_addr();
    assert_eq!(told, Some(peer.local_addr().unwrap()));
    let (_, last) = start(accept);
    close(connection);
    close(socket);
    assert_eq!(last.wait().0, status::CANCELLED);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_stream_socket_listens_or_connects() {
    let bench = Bench::new();
    forget();
    let tables = WSK_CLIENT_STREAM_DISPATCH {
        Listen: &raw const LISTEN,
        Connect: &raw const CONNECTION,
    };
    let tables = Guest::of(&tables).addr();
    let server = bench.stream_socket(AF_INET, 8, 3, tables);
    assert_eq!(bind(server, "127.0.0.1:0"), status::SUCCESS);
    assert_eq!(call(|irp| WskListen(server, irp)).0, status::SUCCESS);
    let address = SOCKADDR_INET::from(local(server));
    let (_, accepted) = start(|irp| WskAccept(server, 0, 7, tables, Guest::null(), Guest::null(), irp));

    let client = bench.stream_socket(AF_INET, 8, 7, tables);
    assert_eq!(bind(client, "127.0.0.1:0"), status::SUCCESS);
    let connected = call(|irp| WskConnect(client, Guest::of(&address).cast(), 0, irp));
    assert_eq!(connected.0, status::SUCCESS);
    assert_eq!(enable(client, WSK_EVENT_RECEIVE), status::SUCCESS);
    let (_, connection) = accepted.wait();
    send(connection, b"from the server");
    eventually("data comes", || *DATA.lock() == b"from the server");
    assert_eq!(call(|irp| WskListen(client, irp)).0, status::INVALID_DEVICE_STATE);
    for socket in [client, connection, server] {
        close(socket);
    }
    assert_eq!(bench.finish(), [Rule::WSK_STATE]);
}

#[test]
fn a_socket_is_made_bound_and_connected_in_one_call() {
    let bench = Bench::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let here = SOCKADDR_INET::from(SocketAddr::from(([127, 0, 0, 1], 0)));
    let there = SOCKADDR_INET::from(listener.local_addr().unwrap());
    let connect = |irp| {
        let (here, there) = (Guest::of(&here).cast(), Guest::of(&there).cast());
        WskSocketConnect(bench.client, 1, 6, here, there, 0, 0, 0, 0, 0, 0, irp)
    };
    let (status, socket) = call(connect);
    assert_eq!(status, status::SUCCESS);
    send(socket, b"x");
    close(socket);
    drop(listener);
    assert_eq!(call(connect).0, status::CONNECTION_REFUSED);
    assert_eq!(bench.finish(), [], "there is no socket to be closed");
}
