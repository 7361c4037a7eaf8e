//! Categories of sockets: what belongs to each.

use std::sync::OnceLock;

use netcx_sys::wsk::{
    IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, WSK_EVENT_ACCEPT, WSK_EVENT_DISCONNECT,
    WSK_EVENT_RECEIVE, WSK_EVENT_RECEIVE_FROM, WSK_EVENT_SEND_BACKLOG, WSK_FLAG_BASIC_SOCKET,
    WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_DATAGRAM_SOCKET, WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_STREAM_SOCKET,
    WSK_PROVIDER_BASIC_DISPATCH, WSK_PROVIDER_CONNECTION_DISPATCH, WSK_PROVIDER_DATAGRAM_DISPATCH,
    WSK_PROVIDER_LISTEN_DISPATCH, WSK_PROVIDER_STREAM_DISPATCH,
};

use super::host::Transport;
use super::provider::leak_table;
use crate::status::{self, NtStatus};
use crate::violate;

/// Categories of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Basic, of UDP.
    BasicDatagram,
    /// Basic, of TCP.
    BasicStream,
    /// Datagram.
    Datagram,
    /// Connection-oriented.
    Connection,
    /// Listening.
    Listen,
    /// Either of the two before, as the client makes it.
    Stream,
}

/// Categories that have an address.
pub const BINDABLE: &[Kind] = &[Kind::Datagram, Kind::Connection, Kind::Listen, Kind::Stream];
/// Categories that connect.
pub const STREAMS: &[Kind] = &[Kind::Connection, Kind::Stream];
/// Categories that listen.
pub const LISTENERS: &[Kind] = &[Kind::Listen, Kind::Stream];
/// Every category.
pub const ALL: &[Kind] = &[
    Kind::BasicDatagram,
    Kind::BasicStream,
    Kind::Datagram,
    Kind::Connection,
    Kind::Listen,
    Kind::Stream,
];

/// Events of connections.
pub const CONNECTION_EVENTS: u32 = WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;

impl Kind {
    /// The category that `flags` name, if type and protocol fit.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER`, with a violation, for flags of more than one; `STATUS_NOT_SUPPORTED` for type or protocol.
    pub fn new(kind: u16, protocol: u32, flags: u32) -> Result<Self, NtStatus> {
        match (flags, kind, protocol) {
            (WSK_FLAG_DATAGRAM_SOCKET, SOCK_DGRAM, IPPROTO_UDP) => Ok(Self::Datagram),
            (WSK_FLAG_CONNECTION_SOCKET, SOCK_STREAM, IPPROTO_TCP) => Ok(Self::Connection),
            (WSK_FLAG_LISTEN_SOCKET, SOCK_STREAM, IPPROTO_TCP) => Ok(Self::Listen),
            (WSK_FLAG_STREAM_SOCKET, SOCK_STREAM, IPPROTO_TCP) => Ok(Self::Stream),
            (WSK_FLAG_BASIC_SOCKET, SOCK_DGRAM, IPPROTO_UDP) => Ok(Self::BasicDatagram),
            (WSK_FLAG_BASIC_SOCKET, SOCK_STREAM, IPPROTO_TCP) => Ok(Self::BasicStream),
            (f, ..) if f.count_ones() > 1 || f > WSK_FLAG_STREAM_SOCKET => {
                violate!(WSK_PARAMETER, "socket flags {flags:#x} don't name one category");
                Err(status::INVALID_PARAMETER)
            }
            _ => Err(status::NOT_SUPPORTED),
        }
    }

    /// The host's kind of socket.
    #[must_use]
    pub fn transport(self) -> Transport {
        match self {
            Self::BasicDatagram | Self::Datagram => Transport::Udp,
            _ => Transport::Tcp,
        }
    }

    /// Whether it can be a connection.
    #[must_use]
    pub fn is_stream(self) -> bool {
        STREAMS.contains(&self)
    }

    /// Whether it can listen.
    #[must_use]
    pub fn is_listener(self) -> bool {
        LISTENERS.contains(&self)
    }

    /// Events that can be enabled on it. Those of connections are handed down by a listening socket.
    #[must_use]
    pub fn events(self) -> u32 {
        match self {
            Self::BasicDatagram | Self::BasicStream => 0,
            Self::Datagram => WSK_EVENT_RECEIVE_FROM,
            Self::Connection => CONNECTION_EVENTS,
            Self::Listen | Self::Stream => CONNECTION_EVENTS | WSK_EVENT_ACCEPT,
        }
    }

    /// The provider's dispatch table for the category.
    #[must_use]
    pub fn table(self) -> usize {
        static TABLES: OnceLock<[usize; 5]> = OnceLock::new();
        let [basic, datagram, connection, listen, stream] = *TABLES.get_or_init(|| {
            const _: () = assert!(size_of::<WSK_PROVIDER_BASIC_DISPATCH>() == 8 * BASIC.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_DATAGRAM_DISPATCH>() == 8 * DATAGRAM.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_CONNECTION_DISPATCH>() == 8 * CONNECTION.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_LISTEN_DISPATCH>() == 8 * LISTEN.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_STREAM_DISPATCH>() == 8 * STREAM.len());
            [
                leak_table(&BASIC),
                leak_table(&DATAGRAM),
                leak_table(&CONNECTION),
                leak_table(&LISTEN),
                leak_table(&STREAM),
            ]
        });
        match self {
            Self::BasicDatagram | Self::BasicStream => basic,
            Self::Datagram => datagram,
            Self::Connection => connection,
            Self::Listen => listen,
            Self::Stream => stream,
        }
    }
}

const BASIC: [&str; 2] = ["WskControlSocket", "WskCloseSocket"];
const DATAGRAM: [&str; 8] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskSendTo",
    "WskReceiveFrom",
    "WskRelease",
    "WskGetLocalAddress",
    "WskSendMessages",
];
const CONNECTION: [&str; 13] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskConnect",
    "WskGetLocalAddress",
    "WskGetRemoteAddress",
    "WskSend",
    "WskReceive",
    "WskDisconnect",
    "WskRelease",
    "WskConnectEx",
    "WskSendEx",
    "WskReceiveEx",
];
const LISTEN: [&str; 6] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskAccept",
    "WskInspectComplete",
    "WskGetLocalAddress",
];
const STREAM: [&str; 15] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskAccept",
    "WskConnect",
    "WskListen",
    "WskSend",
    "WskReceive",
    "WskDisconnect",
    "WskRelease",
    "WskGetLocalAddress",
    "WskGetRemoteAddress",
    "WskConnectEx",
    "WskSendEx",
    "WskReceiveEx",
];
