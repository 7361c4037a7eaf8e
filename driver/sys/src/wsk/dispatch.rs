//! Dispatch tables and the types of the calls and callbacks in them (wsk.h).
//!
//! Entries are `Option`s because they are C function pointers. The provider fills in all that its version has;
//! `WskSendMessages` is missing before Windows 8.1.

use super::cmsg::CMSGHDR;
use super::constants::ADDRESS_FAMILY;
use super::sockaddr::SOCKADDR;
use super::socket::{
    PWSK_BUF, PWSK_BUF_LIST, PWSK_CLIENT, PWSK_DATA_INDICATION, PWSK_DATAGRAM_INDICATION, PWSK_INSPECT_ID,
    PWSK_SOCKET,
};
use crate::scalar::{NTSTATUS, PVOID, SIZE_T, ULONG, USHORT};
use crate::wdm::{GUID, PEPROCESS, PETHREAD, PIRP, PSECURITY_DESCRIPTOR, PUNICODE_STRING};

callbacks! {
    /// `WSK_CLIENT_EVENT`. An event of the client, e.g. a change of the transports. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_CLIENT_EVENT = fn(
        ClientContext: PVOID,
        EventType: ULONG,
        Information: PVOID,
        InformationLength: SIZE_T,
    ) -> NTSTATUS;
    /// `WSK_RECEIVE_FROM_EVENT`. Datagrams have arrived. May run on several processors at a time. A NULL list: the
    /// socket is of no more use, close it soon. `STATUS_SUCCESS`: taken; `STATUS_PENDING`: kept, to be given back
    /// by `WskRelease`; `STATUS_DATA_NOT_ACCEPTED`: not taken, and the event is disabled unless it is a static one.
    /// IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_RECEIVE_FROM_EVENT = fn(
        SocketContext: PVOID,
        Flags: ULONG,
        DataIndication: PWSK_DATAGRAM_INDICATION,
    ) -> NTSTATUS;
    /// `WSK_ACCEPT_EVENT`. A connection was made to a listening socket. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_ACCEPT_EVENT = fn(
        SocketContext: PVOID,
        Flags: ULONG,
        LocalAddress: *mut SOCKADDR,
        RemoteAddress: *mut SOCKADDR,
        AcceptSocket: PWSK_SOCKET,
        AcceptSocketContext: *mut PVOID,
        AcceptSocketDispatch: *mut *const WSK_CLIENT_CONNECTION_DISPATCH,
    ) -> NTSTATUS;
    /// `WSK_INSPECT_EVENT`. A connection request is to be inspected. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_INSPECT_EVENT = fn(
        SocketContext: PVOID,
        LocalAddress: *mut SOCKADDR,
        RemoteAddress: *mut SOCKADDR,
        InspectID: PWSK_INSPECT_ID,
    ) -> WSK_INSPECT_ACTION;
    /// `WSK_ABORT_EVENT`. An inspected connection request is gone. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_ABORT_EVENT = fn(SocketContext: PVOID, InspectID: PWSK_INSPECT_ID) -> NTSTATUS;
    /// `WSK_SEND_BACKLOG_EVENT`. The number of bytes that should be outstanding has changed. Returns
    /// `STATUS_SUCCESS`. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_SEND_BACKLOG_EVENT = fn(SocketContext: PVOID, IdealBacklogSize: SIZE_T) -> NTSTATUS;
    /// `WSK_RECEIVE_EVENT`. Stream data has arrived; one call at a time per socket. NULL: the socket is of no more
    /// use. Results as for datagrams; if fewer bytes than indicated are taken, `BytesAccepted` must be written, and
    /// no event comes until `WskReceive` is called. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_RECEIVE_EVENT = fn(
        SocketContext: PVOID,
        Flags: ULONG,
        DataIndication: PWSK_DATA_INDICATION,
        BytesIndicated: SIZE_T,
        BytesAccepted: *mut SIZE_T,
    ) -> NTSTATUS;
    /// `WSK_DISCONNECT_EVENT`. The other side has disconnected, with `WSK_FLAG_ABORTIVE` by a reset. IRQL: <=
    /// DISPATCH_LEVEL.
    pub type PFN_WSK_DISCONNECT_EVENT = fn(SocketContext: PVOID, Flags: ULONG) -> NTSTATUS;
    /// `WSK_SOCKET`. Creates a socket; `Irp->IoStatus.Information` is the new `PWSK_SOCKET`. The client dispatch
    /// table must outlive the socket. Events are disabled at first unless static. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_SOCKET = fn(
        Client: PWSK_CLIENT,
        AddressFamily: ADDRESS_FAMILY,
        SocketType: USHORT,
        Protocol: ULONG,
        Flags: ULONG,
        SocketContext: PVOID,
        Dispatch: *const core::ffi::c_void,
        OwningProcess: PEPROCESS,
        OwningThread: PETHREAD,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_SOCKET_CONNECT`. Creates, binds and connects a socket. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_SOCKET_CONNECT = fn(
        Client: PWSK_CLIENT,
        SocketType: USHORT,
        Protocol: ULONG,
        LocalAddress: *mut SOCKADDR,
        RemoteAddress: *mut SOCKADDR,
        Flags: ULONG,
        SocketContext: PVOID,
        Dispatch: *const WSK_CLIENT_CONNECTION_DISPATCH,
        OwningProcess: PEPROCESS,
        OwningThread: PETHREAD,
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_CONTROL_CLIENT`. Controls the client. Static event callbacks are set here, without an IRP, before any
    /// socket is created. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_CONTROL_CLIENT = fn(
        Client: PWSK_CLIENT,
        ControlCode: ULONG,
        InputSize: SIZE_T,
        InputBuffer: PVOID,
        OutputSize: SIZE_T,
        OutputBuffer: PVOID,
        OutputSizeReturned: *mut SIZE_T,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_GET_ADDRESS_INFO`. Resolves a name. IRQL: PASSIVE_LEVEL.
    pub type PFN_WSK_GET_ADDRESS_INFO = fn(
        Client: PWSK_CLIENT,
        NodeName: PUNICODE_STRING,
        ServiceName: PUNICODE_STRING,
        NameSpace: ULONG,
        Provider: *mut GUID,
        Hints: PADDRINFOEXW,
        Result: *mut PADDRINFOEXW,
        OwningProcess: PEPROCESS,
        OwningThread: PETHREAD,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_FREE_ADDRESS_INFO`. Frees what a name was resolved to. IRQL: PASSIVE_LEVEL.
    pub type PFN_WSK_FREE_ADDRESS_INFO = fn(Client: PWSK_CLIENT, AddrInfo: PADDRINFOEXW);
    /// `WSK_GET_NAME_INFO`. Finds the name of an address. IRQL: PASSIVE_LEVEL.
    pub type PFN_WSK_GET_NAME_INFO = fn(
        Client: PWSK_CLIENT,
        SockAddr: *mut SOCKADDR,
        SockAddrLength: ULONG,
        NodeName: PUNICODE_STRING,
        ServiceName: PUNICODE_STRING,
        Flags: ULONG,
        OwningProcess: PEPROCESS,
        OwningThread: PETHREAD,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_BIND`. Binds a socket to a local address, once, before connecting or setting the remote address. IRQL:
    /// <= DISPATCH_LEVEL.
    pub type PFN_WSK_BIND = fn(
        Socket: PWSK_SOCKET,
        LocalAddress: *mut SOCKADDR,
        Flags: ULONG,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_CONNECT`. Connects a bound socket. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_CONNECT = fn(
        Socket: PWSK_SOCKET,
        RemoteAddress: *mut SOCKADDR,
        Flags: ULONG,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_CONNECT_EX`. Connects a bound socket and sends first data. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_CONNECT_EX = fn(
        Socket: PWSK_SOCKET,
        RemoteAddress: *mut SOCKADDR,
        Buffer: PWSK_BUF,
        Flags: ULONG,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_LISTEN`. Makes a stream socket listen. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_LISTEN = fn(Socket: PWSK_SOCKET, Irp: PIRP) -> NTSTATUS;
    /// `WSK_CONTROL_SOCKET`. Sets or gets an option, or does an ioctl. To *enable* events the IRP must be NULL.
    /// Address list ioctls need PASSIVE_LEVEL. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_CONTROL_SOCKET = fn(
        Socket: PWSK_SOCKET,
        RequestType: WSK_CONTROL_SOCKET_TYPE,
        ControlCode: ULONG,
        Level: ULONG,
        InputSize: SIZE_T,
        InputBuffer: PVOID,
        OutputSize: SIZE_T,
        OutputBuffer: PVOID,
        OutputSizeReturned: *mut SIZE_T,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_CLOSE_SOCKET`. Closes a socket. No other call may be in progress and all indications must have been
    /// released; pending requests are cancelled. After the IRP is completed no callback of the socket runs. IRQL:
    /// <= DISPATCH_LEVEL.
    pub type PFN_WSK_CLOSE_SOCKET = fn(Socket: PWSK_SOCKET, Irp: PIRP) -> NTSTATUS;
    /// `WSK_ACCEPT`. Accepts a connection. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_ACCEPT = fn(
        ListenSocket: PWSK_SOCKET,
        Flags: ULONG,
        AcceptSocketContext: PVOID,
        AcceptSocketDispatch: *const WSK_CLIENT_CONNECTION_DISPATCH,
        LocalAddress: *mut SOCKADDR,
        RemoteAddress: *mut SOCKADDR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_INSPECT_COMPLETE`. Decides about an inspected connection request. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_INSPECT_COMPLETE = fn(
        ListenSocket: PWSK_SOCKET,
        InspectID: PWSK_INSPECT_ID,
        Action: WSK_INSPECT_ACTION,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_SEND_TO`. Sends a datagram. Nothing is buffered: completed when the stack is done with the MDLs. IRQL:
    /// <= DISPATCH_LEVEL.
    pub type PFN_WSK_SEND_TO = fn(
        Socket: PWSK_SOCKET,
        Buffer: PWSK_BUF,
        Flags: ULONG,
        RemoteAddress: *mut SOCKADDR,
        ControlInfoLength: ULONG,
        ControlInfo: *mut CMSGHDR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_SEND_MESSAGES`. Sends a list of datagrams to one destination (Windows 8.1 and later).
    /// `Irp->IoStatus.Information` counts bytes. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_SEND_MESSAGES = fn(
        Socket: PWSK_SOCKET,
        BufferList: PWSK_BUF_LIST,
        Flags: ULONG,
        RemoteAddress: *mut SOCKADDR,
        ControlInfoLength: ULONG,
        ControlInfo: *mut CMSGHDR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_RECEIVE_FROM`. Receives a datagram. Pending calls come before the event. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_RECEIVE_FROM = fn(
        Socket: PWSK_SOCKET,
        Buffer: PWSK_BUF,
        Flags: ULONG,
        RemoteAddress: *mut SOCKADDR,
        ControlLength: *mut ULONG,
        ControlInfo: *mut CMSGHDR,
        ControlFlags: *mut ULONG,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_GET_LOCAL_ADDRESS`. The local address, e.g. after binding to port 0. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_GET_LOCAL_ADDRESS = fn(
        Socket: PWSK_SOCKET,
        LocalAddress: *mut SOCKADDR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_GET_REMOTE_ADDRESS`. The remote address. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_GET_REMOTE_ADDRESS = fn(
        Socket: PWSK_SOCKET,
        RemoteAddress: *mut SOCKADDR,
        Irp: PIRP,
    ) -> NTSTATUS;
    /// `WSK_RELEASE_DATA_INDICATION_LIST`. Gives stream data back, once for all that was kept. IRQL: <=
    /// DISPATCH_LEVEL.
    pub type PFN_WSK_RELEASE_DATA_INDICATION_LIST = fn(
        Socket: PWSK_SOCKET,
        DataIndication: PWSK_DATA_INDICATION,
    ) -> NTSTATUS;
    /// `WSK_RELEASE_DATAGRAM_INDICATION_LIST`. Gives datagrams back, once for all that was kept, or in parts. IRQL:
    /// <= DISPATCH_LEVEL.
    pub type PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST = fn(
        Socket: PWSK_SOCKET,
        DatagramIndication: PWSK_DATAGRAM_INDICATION,
    ) -> NTSTATUS;
    /// `WSK_SEND`. Sends stream data, in the order of the calls. Completed when the data was acknowledged: all
    /// bytes, or the connection is dead. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_SEND = fn(Socket: PWSK_SOCKET, Buffer: PWSK_BUF, Flags: ULONG, Irp: PIRP) -> NTSTATUS;
    /// `WSK_RECEIVE`. Receives stream data. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_RECEIVE = fn(Socket: PWSK_SOCKET, Buffer: PWSK_BUF, Flags: ULONG, Irp: PIRP) -> NTSTATUS;
    /// `WSK_DISCONNECT`. Disconnects: gracefully, which may take as long as the other side likes, or with
    /// `WSK_FLAG_ABORTIVE` and no buffer by a reset. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_WSK_DISCONNECT = fn(
        Socket: PWSK_SOCKET,
        Buffer: PWSK_BUF,
        Flags: ULONG,
        Irp: PIRP,
    ) -> NTSTATUS;
}

/// A reserved entry of a dispatch table. A client must not read it: older providers end before it.
pub type PFN_RESERVED = Option<unsafe extern "C" fn()>;

/// `ADDRINFOEXW`, the result of name resolution. Opaque here: this crate's users pass addresses.
#[repr(C)]
#[derive(Debug)]
pub struct ADDRINFOEXW {
    _opaque: [u8; 0],
}

/// `PADDRINFOEXW`.
pub type PADDRINFOEXW = *mut ADDRINFOEXW;

c_enums! {
    /// What `WskControlSocket` does.
    WSK_CONTROL_SOCKET_TYPE {
        /// Sets an option.
        WskSetOption = 0,
        /// Gets an option.
        WskGetOption = 1,
        /// Does an ioctl.
        WskIoctl = 2,
        /// One past the last.
        WskControlMax = 3,
    }

    /// What becomes of a connection request.
    WSK_INSPECT_ACTION {
        /// Refuse it.
        WskInspectReject = 0,
        /// Accept it.
        WskInspectAccept = 1,
        /// Decide later.
        WskInspectPend = 2,
        /// One past the last.
        WskInspectMax = 3,
    }
}

c_structs! {
    /// What a client registers with.
    #[derive(Debug)]
    struct WSK_CLIENT_DISPATCH {
        /// WSK version, see [`wsk_version`].
        Version: USHORT,
        /// 0.
        Reserved: USHORT,
        /// [`PFN_WSK_CLIENT_EVENT`].
        WskClientEvent: PFN_WSK_CLIENT_EVENT,
    }

    /// Callbacks of a listening socket.
    #[derive(Debug)]
    struct WSK_CLIENT_LISTEN_DISPATCH {
        /// [`PFN_WSK_ACCEPT_EVENT`].
        WskAcceptEvent: PFN_WSK_ACCEPT_EVENT,
        /// [`PFN_WSK_INSPECT_EVENT`].
        WskInspectEvent: PFN_WSK_INSPECT_EVENT,
        /// [`PFN_WSK_ABORT_EVENT`].
        WskAbortEvent: PFN_WSK_ABORT_EVENT,
    }

    /// Callbacks of a datagram socket.
    #[derive(Debug)]
    struct WSK_CLIENT_DATAGRAM_DISPATCH {
        /// [`PFN_WSK_RECEIVE_FROM_EVENT`].
        WskReceiveFromEvent: PFN_WSK_RECEIVE_FROM_EVENT,
    }

    /// Callbacks of a connection socket.
    #[derive(Debug)]
    struct WSK_CLIENT_CONNECTION_DISPATCH {
        /// [`PFN_WSK_RECEIVE_EVENT`].
        WskReceiveEvent: PFN_WSK_RECEIVE_EVENT,
        /// [`PFN_WSK_DISCONNECT_EVENT`].
        WskDisconnectEvent: PFN_WSK_DISCONNECT_EVENT,
        /// [`PFN_WSK_SEND_BACKLOG_EVENT`].
        WskSendBacklogEvent: PFN_WSK_SEND_BACKLOG_EVENT,
    }

    /// Callbacks of a stream socket, which may listen or connect.
    #[derive(Debug)]
    struct WSK_CLIENT_STREAM_DISPATCH {
        /// When it listens.
        Listen: *const WSK_CLIENT_LISTEN_DISPATCH,
        /// When it connects.
        Connect: *const WSK_CLIENT_CONNECTION_DISPATCH,
    }

    /// The provider's functions.
    #[derive(Debug)]
    struct WSK_PROVIDER_DISPATCH {
        /// WSK version, see [`wsk_version`].
        Version: USHORT,
        /// 0.
        Reserved: USHORT,
        /// [`PFN_WSK_SOCKET`].
        WskSocket: PFN_WSK_SOCKET,
        /// [`PFN_WSK_SOCKET_CONNECT`].
        WskSocketConnect: PFN_WSK_SOCKET_CONNECT,
        /// [`PFN_WSK_CONTROL_CLIENT`].
        WskControlClient: PFN_WSK_CONTROL_CLIENT,
        /// [`PFN_WSK_GET_ADDRESS_INFO`].
        WskGetAddressInfo: PFN_WSK_GET_ADDRESS_INFO,
        /// [`PFN_WSK_FREE_ADDRESS_INFO`].
        WskFreeAddressInfo: PFN_WSK_FREE_ADDRESS_INFO,
        /// [`PFN_WSK_GET_NAME_INFO`].
        WskGetNameInfo: PFN_WSK_GET_NAME_INFO,
    }

    /// Functions of every socket; each category of socket begins with them.
    #[derive(Debug)]
    struct WSK_PROVIDER_BASIC_DISPATCH {
        /// [`PFN_WSK_CONTROL_SOCKET`].
        WskControlSocket: PFN_WSK_CONTROL_SOCKET,
        /// [`PFN_WSK_CLOSE_SOCKET`].
        WskCloseSocket: PFN_WSK_CLOSE_SOCKET,
    }

    /// Functions of a listening socket.
    #[derive(Debug)]
    struct WSK_PROVIDER_LISTEN_DISPATCH {
        /// [`PFN_WSK_CONTROL_SOCKET`].
        WskControlSocket: PFN_WSK_CONTROL_SOCKET,
        /// [`PFN_WSK_CLOSE_SOCKET`].
        WskCloseSocket: PFN_WSK_CLOSE_SOCKET,
        /// [`PFN_WSK_BIND`].
        WskBind: PFN_WSK_BIND,
        /// [`PFN_WSK_ACCEPT`].
        WskAccept: PFN_WSK_ACCEPT,
        /// [`PFN_WSK_INSPECT_COMPLETE`].
        WskInspectComplete: PFN_WSK_INSPECT_COMPLETE,
        /// [`PFN_WSK_GET_LOCAL_ADDRESS`].
        WskGetLocalAddress: PFN_WSK_GET_LOCAL_ADDRESS,
    }

    /// Functions of a datagram socket.
    #[derive(Debug)]
    struct WSK_PROVIDER_DATAGRAM_DISPATCH {
        /// [`PFN_WSK_CONTROL_SOCKET`].
        WskControlSocket: PFN_WSK_CONTROL_SOCKET,
        /// [`PFN_WSK_CLOSE_SOCKET`].
        WskCloseSocket: PFN_WSK_CLOSE_SOCKET,
        /// [`PFN_WSK_BIND`].
        WskBind: PFN_WSK_BIND,
        /// [`PFN_WSK_SEND_TO`].
        WskSendTo: PFN_WSK_SEND_TO,
        /// [`PFN_WSK_RECEIVE_FROM`].
        WskReceiveFrom: PFN_WSK_RECEIVE_FROM,
        /// [`PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST`].
        WskRelease: PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST,
        /// [`PFN_WSK_GET_LOCAL_ADDRESS`].
        WskGetLocalAddress: PFN_WSK_GET_LOCAL_ADDRESS,
        /// [`PFN_WSK_SEND_MESSAGES`].
        WskSendMessages: PFN_WSK_SEND_MESSAGES,
    }

    /// Functions of a connection socket.
    #[derive(Debug)]
    struct WSK_PROVIDER_CONNECTION_DISPATCH {
        /// [`PFN_WSK_CONTROL_SOCKET`].
        WskControlSocket: PFN_WSK_CONTROL_SOCKET,
        /// [`PFN_WSK_CLOSE_SOCKET`].
        WskCloseSocket: PFN_WSK_CLOSE_SOCKET,
        /// [`PFN_WSK_BIND`].
        WskBind: PFN_WSK_BIND,
        /// [`PFN_WSK_CONNECT`].
        WskConnect: PFN_WSK_CONNECT,
        /// [`PFN_WSK_GET_LOCAL_ADDRESS`].
        WskGetLocalAddress: PFN_WSK_GET_LOCAL_ADDRESS,
        /// [`PFN_WSK_GET_REMOTE_ADDRESS`].
        WskGetRemoteAddress: PFN_WSK_GET_REMOTE_ADDRESS,
        /// [`PFN_WSK_SEND`].
        WskSend: PFN_WSK_SEND,
        /// [`PFN_WSK_RECEIVE`].
        WskReceive: PFN_WSK_RECEIVE,
        /// [`PFN_WSK_DISCONNECT`].
        WskDisconnect: PFN_WSK_DISCONNECT,
        /// [`PFN_WSK_RELEASE_DATA_INDICATION_LIST`].
        WskRelease: PFN_WSK_RELEASE_DATA_INDICATION_LIST,
        /// [`PFN_WSK_CONNECT_EX`].
        WskConnectEx: PFN_WSK_CONNECT_EX,
        /// Reserved.
        WskSendEx: PFN_RESERVED,
        /// Reserved.
        WskReceiveEx: PFN_RESERVED,
    }

    /// Functions of a stream socket.
    #[derive(Debug)]
    struct WSK_PROVIDER_STREAM_DISPATCH {
        /// [`PFN_WSK_CONTROL_SOCKET`].
        WskControlSocket: PFN_WSK_CONTROL_SOCKET,
        /// [`PFN_WSK_CLOSE_SOCKET`].
        WskCloseSocket: PFN_WSK_CLOSE_SOCKET,
        /// [`PFN_WSK_BIND`].
        WskBind: PFN_WSK_BIND,
        /// [`PFN_WSK_ACCEPT`].
        WskAccept: PFN_WSK_ACCEPT,
        /// [`PFN_WSK_CONNECT`].
        WskConnect: PFN_WSK_CONNECT,
        /// [`PFN_WSK_LISTEN`].
        WskListen: PFN_WSK_LISTEN,
        /// [`PFN_WSK_SEND`].
        WskSend: PFN_WSK_SEND,
        /// [`PFN_WSK_RECEIVE`].
        WskReceive: PFN_WSK_RECEIVE,
        /// [`PFN_WSK_DISCONNECT`].
        WskDisconnect: PFN_WSK_DISCONNECT,
        /// [`PFN_WSK_RELEASE_DATA_INDICATION_LIST`].
        WskRelease: PFN_WSK_RELEASE_DATA_INDICATION_LIST,
        /// [`PFN_WSK_GET_LOCAL_ADDRESS`].
        WskGetLocalAddress: PFN_WSK_GET_LOCAL_ADDRESS,
        /// [`PFN_WSK_GET_REMOTE_ADDRESS`].
        WskGetRemoteAddress: PFN_WSK_GET_REMOTE_ADDRESS,
        /// [`PFN_WSK_CONNECT_EX`].
        WskConnectEx: PFN_WSK_CONNECT_EX,
        /// Reserved.
        WskSendEx: PFN_RESERVED,
        /// Reserved.
        WskReceiveEx: PFN_RESERVED,
    }
}

/// `MAKE_WSK_VERSION`: 1.0 is 0x0100.
#[must_use]
pub const fn wsk_version(major: u8, minor: u8) -> USHORT {
    u16::from_be_bytes([major, minor])
}

impl WSK_CLIENT_DISPATCH {
    /// Version 1.0, without client events.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            Version: wsk_version(1, 0),
            Reserved: 0,
            WskClientEvent: None,
        }
    }
}

impl Default for WSK_CLIENT_DISPATCH {
    fn default() -> Self {
        Self::new()
    }
}
