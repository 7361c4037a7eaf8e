//! Flags, events, control codes, socket options (wsk.h, ws2def.h, ws2ipdef.h, mstcpip.h).

use crate::scalar::{ULONG, USHORT};

/// `ADDRESS_FAMILY`.
pub type ADDRESS_FAMILY = USHORT;

c_consts! {
    /// A socket for controls only.
    pub const WSK_FLAG_BASIC_SOCKET: ULONG = 0;
    /// A listening socket.
    pub const WSK_FLAG_LISTEN_SOCKET: ULONG = 1;
    /// A socket that connects.
    pub const WSK_FLAG_CONNECTION_SOCKET: ULONG = 2;
    /// A datagram socket.
    pub const WSK_FLAG_DATAGRAM_SOCKET: ULONG = 4;
    /// A socket that listens or connects.
    pub const WSK_FLAG_STREAM_SOCKET: ULONG = 8;

    /// Event: the ideal backlog has changed.
    pub const WSK_EVENT_SEND_BACKLOG: ULONG = 16;
    /// Event: stream data.
    pub const WSK_EVENT_RECEIVE: ULONG = 64;
    /// Event: the other side disconnected.
    pub const WSK_EVENT_DISCONNECT: ULONG = 128;
    /// Event: datagrams.
    pub const WSK_EVENT_RECEIVE_FROM: ULONG = 0x100;
    /// Event: a connection.
    pub const WSK_EVENT_ACCEPT: ULONG = 0x200;
    /// With one event: disable it.
    pub const WSK_EVENT_DISABLE: ULONG = 0x8000_0000;

    /// Callback flag: the stack is short of memory; copy, or release soon.
    pub const WSK_FLAG_RELEASE_ASAP: ULONG = 2;
    /// Callback flag: the data ends with a message.
    pub const WSK_FLAG_ENTIRE_MESSAGE: ULONG = 4;
    /// Callback flag: the IRQL is DISPATCH_LEVEL for sure.
    pub const WSK_FLAG_AT_DISPATCH_LEVEL: ULONG = 8;
    /// Disconnect by a reset; as a callback flag: was disconnected so.
    pub const WSK_FLAG_ABORTIVE: ULONG = 1;

    /// Send flag: urgent data.
    pub const WSK_FLAG_OOB: ULONG = 1;
    /// Send flag: send at once.
    pub const WSK_FLAG_NODELAY: ULONG = 2;

    /// Receive flag: complete when the buffer is full.
    pub const WSK_FLAG_WAITALL: ULONG = 2;
    /// Receive flag: throw the data away.
    pub const WSK_FLAG_DRAIN: ULONG = 4;

    /// Client control: list the transports.
    pub const WSK_TRANSPORT_LIST_QUERY: ULONG = 2;
    /// Client control: complete when the transports change.
    pub const WSK_TRANSPORT_LIST_CHANGE: ULONG = 3;
    /// Client control: keep a security descriptor.
    pub const WSK_CACHE_SD: ULONG = 4;
    /// Client control: let a security descriptor go.
    pub const WSK_RELEASE_SD: ULONG = 5;
    /// Client control: map sockets to TDI devices.
    pub const WSK_TDI_DEVICENAME_MAPPING: ULONG = 6;
    /// Client control: events that are enabled on every socket from the start and cannot be disabled.
    pub const WSK_SET_STATIC_EVENT_CALLBACKS: ULONG = 7;
    /// Client control: how to treat TDI filters.
    pub const WSK_TDI_BEHAVIOR: ULONG = 8;

    /// Value of `WSK_TDI_BEHAVIOR`: go around them.
    pub const WSK_TDI_BEHAVIOR_BYPASS_TDI: ULONG = 1;

    /// Do not wait for the provider.
    pub const WSK_NO_WAIT: ULONG = 0;
    /// Wait for the provider for ever.
    pub const WSK_INFINITE_WAIT: ULONG = 0xFFFF_FFFF;

    /// Security descriptor of the socket.
    pub const SO_WSK_SECURITY: ULONG = 0x4001;
    /// Enables or disables events; input [`WSK_EVENT_CALLBACK_CONTROL`](super::WSK_EVENT_CALLBACK_CONTROL), level
    /// `SOL_SOCKET`.
    pub const SO_WSK_EVENT_CALLBACK: ULONG = 0x4002;
    /// Fixes the peer of a bound datagram socket, for sending and receiving; no input: no peer.
    pub const SIO_WSK_SET_REMOTE_ADDRESS: ULONG = 0x8F00_0001;
    /// Registers an extension.
    pub const SIO_WSK_REGISTER_EXTENSION: ULONG = 0xCF00_0002;
    /// Bytes that should be outstanding.
    pub const SIO_WSK_QUERY_IDEAL_SEND_BACKLOG: ULONG = 0x4F00_0003;
    /// Bytes that wait to be received.
    pub const SIO_WSK_QUERY_RECEIVE_BACKLOG: ULONG = 0x4F00_0004;
    /// Id of an accepted connection.
    pub const SIO_WSK_QUERY_INSPECT_ID: ULONG = 0x4F00_0005;
    /// Fixes the peer of a datagram socket for sending only.
    pub const SIO_WSK_SET_SENDTO_ADDRESS: ULONG = 0x8F00_0006;
    /// Stops a TCP connection from sending anything.
    pub const SIO_WSK_SET_TCP_SILENT_MODE: ULONG = 0x2F00_0007;
    /// Class of the ioctls of WSK.
    pub const IOC_WSK: ULONG = 0x0F00_0000;
    /// The ioctl has input.
    pub const IOC_IN: ULONG = 0x8000_0000;
    /// The ioctl has output.
    pub const IOC_OUT: ULONG = 0x4000_0000;
    /// The ioctl has neither.
    pub const IOC_VOID: ULONG = 0x2000_0000;

    /// Local address towards a remote one.
    pub const SIO_ROUTING_INTERFACE_QUERY: ULONG = 0xC800_0014;
    /// Complete when that changes.
    pub const SIO_ROUTING_INTERFACE_CHANGE: ULONG = 0x8800_0015;
    /// Local addresses.
    pub const SIO_ADDRESS_LIST_QUERY: ULONG = 0x4800_0016;
    /// Processor that the connection is received on.
    pub const SIO_QUERY_RSS_PROCESSOR_INFO: ULONG = 0x4800_0025;
    /// Whether a datagram socket reports unreachable ports; input `BOOLEAN`.
    pub const SIO_UDP_CONNRESET: ULONG = 0x9800_000C;
    /// Processor that the socket is received on.
    pub const SIO_CPU_AFFINITY: ULONG = 0x9800_0015;

    /// No address family.
    pub const AF_UNSPEC: ADDRESS_FAMILY = 0;
    /// IPv4.
    pub const AF_INET: ADDRESS_FAMILY = 2;
    /// IPv6.
    pub const AF_INET6: ADDRESS_FAMILY = 23;

    /// Stream.
    pub const SOCK_STREAM: USHORT = 1;
    /// Datagram.
    pub const SOCK_DGRAM: USHORT = 2;
    /// Raw.
    pub const SOCK_RAW: USHORT = 3;

    /// Option level of IPv4.
    pub const IPPROTO_IP: ULONG = 0;
    /// ICMP.
    pub const IPPROTO_ICMP: ULONG = 1;
    /// TCP, and its option level.
    pub const IPPROTO_TCP: ULONG = 6;
    /// UDP, and its option level.
    pub const IPPROTO_UDP: ULONG = 17;
    /// IPv6, and its option level.
    pub const IPPROTO_IPV6: ULONG = 41;
    /// ICMPv6.
    pub const IPPROTO_ICMPV6: ULONG = 58;

    /// Option level of sockets.
    pub const SOL_SOCKET: ULONG = 0xFFFF;
    /// Another socket may bind the same address.
    pub const SO_REUSEADDR: ULONG = 4;
    /// Keepalives.
    pub const SO_KEEPALIVE: ULONG = 8;
    /// Broadcasts may be sent.
    pub const SO_BROADCAST: ULONG = 32;
    /// Lingering on close.
    pub const SO_LINGER: ULONG = 128;
    /// Send buffer in bytes.
    pub const SO_SNDBUF: ULONG = 0x1001;
    /// Receive buffer in bytes.
    pub const SO_RCVBUF: ULONG = 0x1002;
    /// Last error.
    pub const SO_ERROR: ULONG = 0x1007;
    /// Socket type.
    pub const SO_TYPE: ULONG = 0x1008;
    /// Network compartment.
    pub const SO_COMPARTMENT_ID: ULONG = 0x3004;
    /// Random local port.
    pub const SO_RANDOMIZE_PORT: ULONG = 0x3005;
    /// Ports per remote address.
    pub const SO_PORT_SCALABILITY: ULONG = 0x3006;
    /// Local port chosen at connect.
    pub const SO_REUSE_UNICASTPORT: ULONG = 0x3007;
    /// No other socket may bind the same address.
    pub const SO_EXCLUSIVEADDRUSE: ULONG = 0xFFFF_FFFB;
    /// First option of WSK.
    pub const WSK_SO_BASE: ULONG = 0x4000;

    /// Send small segments at once.
    pub const TCP_NODELAY: ULONG = 1;
    /// Idle seconds before a keepalive.
    pub const TCP_KEEPALIVE: ULONG = 3;
    /// Maximum segment size.
    pub const TCP_MAXSEG: ULONG = 4;
    /// Seconds of retransmission.
    pub const TCP_MAXRT: ULONG = 5;
    /// Timestamps.
    pub const TCP_TIMESTAMPS: ULONG = 10;
    /// Delay the FIN.
    pub const TCP_DELAY_FIN_ACK: ULONG = 13;
    /// Milliseconds of retransmission.
    pub const TCP_MAXRTMS: ULONG = 14;
    /// Fast open.
    pub const TCP_FASTOPEN: ULONG = 15;
    /// Number of keepalives.
    pub const TCP_KEEPCNT: ULONG = 16;
    /// Seconds between keepalives.
    pub const TCP_KEEPINTVL: ULONG = 17;

    /// Segmentation on send (USO): bytes of payload per datagram, `DWORD`; option and control message.
    pub const UDP_SEND_MSG_SIZE: ULONG = 2;
    /// Coalescing on receive (URO): bytes that may be put together, `DWORD`; option.
    pub const UDP_RECV_MAX_COALESCED_SIZE: ULONG = 3;
    /// Control message of a coalesced indication: bytes of payload per datagram, `DWORD`.
    pub const UDP_COALESCED_INFO: ULONG = 3;
    /// Send without checksum.
    pub const UDP_NOCHECKSUM: ULONG = 1;

    /// Header options.
    pub const IP_OPTIONS: ULONG = 1;
    /// The client writes the header.
    pub const IP_HDRINCL: ULONG = 2;
    /// Type of service.
    pub const IP_TOS: ULONG = 3;
    /// Time to live.
    pub const IP_TTL: ULONG = 4;
    /// Set the don't fragment bit.
    pub const IP_DONTFRAGMENT: ULONG = 14;
    /// Control message with local address and interface ([`IN_PKTINFO`](super::IN_PKTINFO)); as an option: receive
    /// it.
    pub const IP_PKTINFO: ULONG = 19;
    /// Interface to send from, index in network order.
    pub const IP_UNICAST_IF: ULONG = 31;
    /// Control message with the ECN bits; as an option: receive it.
    pub const IP_ECN: ULONG = 50;
    /// Receive `IP_TOS`.
    pub const IP_RECVTOS: ULONG = 40;
    /// Path MTU discovery.
    pub const IP_MTU_DISCOVER: ULONG = 71;
    /// Path MTU of a connected socket.
    pub const IP_MTU: ULONG = 73;
    /// Receive ICMP errors as control messages.
    pub const IP_RECVERR: ULONG = 75;
    /// Upper limit of the path MTU.
    pub const IP_USER_MTU: ULONG = 76;
    /// Receive `IP_TTL`.
    pub const IP_RECVTTL: ULONG = 21;

    /// Hop limit.
    pub const IPV6_UNICAST_HOPS: ULONG = 4;
    /// Do not fragment.
    pub const IPV6_DONTFRAG: ULONG = 14;
    /// Control message with local address and interface ([`IN6_PKTINFO`](super::IN6_PKTINFO)); as an option:
    /// receive it.
    pub const IPV6_PKTINFO: ULONG = 19;
    /// Control message with the hop limit; as an option: receive it.
    pub const IPV6_HOPLIMIT: ULONG = 21;
    /// 0: also IPv4, by mapped addresses. Before binding.
    pub const IPV6_V6ONLY: ULONG = 27;
    /// Interface to send from, index.
    pub const IPV6_UNICAST_IF: ULONG = 31;
    /// Traffic class.
    pub const IPV6_TCLASS: ULONG = 39;
    /// Receive `IPV6_TCLASS`.
    pub const IPV6_RECVTCLASS: ULONG = 40;
    /// Control message with the ECN bits; as an option: receive it.
    pub const IPV6_ECN: ULONG = 50;
    /// Path MTU discovery.
    pub const IPV6_MTU_DISCOVER: ULONG = 71;
    /// Path MTU of a connected socket.
    pub const IPV6_MTU: ULONG = 72;
    /// Receive ICMP errors as control messages.
    pub const IPV6_RECVERR: ULONG = 75;
    /// Upper limit of the path MTU.
    pub const IPV6_USER_MTU: ULONG = 76;

    /// The datagram was cut.
    pub const MSG_TRUNC: ULONG = 0x100;
    /// Control information was cut.
    pub const MSG_CTRUNC: ULONG = 0x200;
    /// The datagram was a broadcast.
    pub const MSG_BCAST: ULONG = 0x400;
    /// The datagram was a multicast.
    pub const MSG_MCAST: ULONG = 0x800;
    /// The datagram is an error report.
    pub const MSG_ERRQUEUE: ULONG = 0x1000;
}
