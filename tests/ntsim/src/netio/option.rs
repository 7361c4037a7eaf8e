//! Socket options: what those of Windows are on the host.

use netcx_sys::wsk::{
    IP_DONTFRAGMENT, IP_MTU_DISCOVER, IP_PKTINFO, IP_RECVTOS, IP_TOS, IP_TTL, IP_UNICAST_IF, IPPROTO_IP,
    IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, IPV6_DONTFRAG, IPV6_PKTINFO, IPV6_RECVTCLASS, IPV6_TCLASS,
    IPV6_UNICAST_HOPS, IPV6_UNICAST_IF, IPV6_V6ONLY, SO_BROADCAST, SO_ERROR, SO_EXCLUSIVEADDRUSE,
    SO_KEEPALIVE, SO_PORT_SCALABILITY, SO_RANDOMIZE_PORT, SO_RCVBUF, SO_REUSE_UNICASTPORT, SO_REUSEADDR,
    SO_SNDBUF, SO_TYPE, SO_WSK_SECURITY, SOL_SOCKET, TCP_KEEPALIVE, TCP_KEEPCNT, TCP_KEEPINTVL, TCP_MAXRT,
    TCP_MAXRTMS, TCP_MAXSEG, TCP_NODELAY, UDP_NOCHECKSUM,
};

use super::category::Kind;
use super::host;
use super::socket::Socket;
use crate::report;
use crate::status::{self, NtStatus};

/// What stands behind an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    /// An option of the host with the same values: level and name.
    Same(i32, i32),
    /// A buffer size: the name that ignores the host's limit, and the plain one.
    Buffer(i32, i32),
    /// Path MTU discovery: whether to set the don't fragment bit.
    DontFragment(i32, i32),
    /// Taken, without effect.
    Ignored,
}

fn host_option(level: u32, name: u32) -> Option<Host> {
    use Host::{Buffer, DontFragment, Ignored, Same};
    Some(match (level, name) {
        (SOL_SOCKET, SO_REUSEADDR) => Same(libc::SOL_SOCKET, libc::SO_REUSEADDR),
        (SOL_SOCKET, SO_KEEPALIVE) => Same(libc::SOL_SOCKET, libc::SO_KEEPALIVE),
        (SOL_SOCKET, SO_BROADCAST) => Same(libc::SOL_SOCKET, libc::SO_BROADCAST),
        (SOL_SOCKET, SO_ERROR) => Same(libc::SOL_SOCKET, libc::SO_ERROR),
        (SOL_SOCKET, SO_TYPE) => Same(libc::SOL_SOCKET, libc::SO_TYPE),
        (SOL_SOCKET, SO_SNDBUF) => Buffer(libc::SO_SNDBUFFORCE, libc::SO_SNDBUF),
        (SOL_SOCKET, SO_RCVBUF) => Buffer(libc::SO_RCVBUFFORCE, libc::SO_RCVBUF),
        // Not to share an address is the host's default, and Winsock Kernel's.
        (
            SOL_SOCKET,
            SO_EXCLUSIVEADDRUSE | SO_WSK_SECURITY | SO_RANDOMIZE_PORT | SO_PORT_SCALABILITY
            | SO_REUSE_UNICASTPORT,
        ) => Ignored,
        (IPPROTO_TCP, TCP_NODELAY) => Same(libc::IPPROTO_TCP, libc::TCP_NODELAY),
        (IPPROTO_TCP, TCP_KEEPALIVE) => Same(libc::IPPROTO_TCP, libc::TCP_KEEPIDLE),
        (IPPROTO_TCP, TCP_KEEPCNT) => Same(libc::IPPROTO_TCP, libc::TCP_KEEPCNT),
        (IPPROTO_TCP, TCP_KEEPINTVL) => Same(libc::IPPROTO_TCP, libc::TCP_KEEPINTVL),
        (IPPROTO_TCP, TCP_MAXSEG) => Same(libc::IPPROTO_TCP, libc::TCP_MAXSEG),
        (IPPROTO_TCP, TCP_MAXRT | TCP_MAXRTMS) | (IPPROTO_UDP, UDP_NOCHECKSUM) => Ignored,
        (IPPROTO_IP, IP_TOS) => Same(libc::IPPROTO_IP, libc::IP_TOS),
        (IPPROTO_IP, IP_TTL) => Same(libc::IPPROTO_IP, libc::IP_TTL),
        (IPPROTO_IP, IP_RECVTOS) => Same(libc::IPPROTO_IP, libc::IP_RECVTOS),
        (IPPROTO_IP, IP_PKTINFO) => Same(libc::IPPROTO_IP, libc::IP_PKTINFO),
        (IPPROTO_IP, IP_UNICAST_IF) => Same(libc::IPPROTO_IP, libc::IP_UNICAST_IF),
        (IPPROTO_IP, IP_DONTFRAGMENT) => DontFragment(libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
        (IPPROTO_IP, IP_MTU_DISCOVER) => Ignored,
        (IPPROTO_IPV6, IPV6_V6ONLY) => Same(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY),
        (IPPROTO_IPV6, IPV6_UNICAST_HOPS) => Same(libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS),
        (IPPROTO_IPV6, IPV6_TCLASS) => Same(libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
        (IPPROTO_IPV6, IPV6_RECVTCLASS) => Same(libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
        (IPPROTO_IPV6, IPV6_PKTINFO) => Same(libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        (IPPROTO_IPV6, IPV6_UNICAST_IF) => Same(libc::IPPROTO_IPV6, 76),
        (IPPROTO_IPV6, IPV6_DONTFRAG) => DontFragment(libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER),
        // Among them USO and URO, as on Windows before 2004: clients must ask before they use them.
        _ => return None,
    })
}

fn unknown(level: u32, name: u32) -> NtStatus {
    report::count(&format!("wsk: unknown socket option {level:#x}/{name:#x}"), 1);
    status::NOT_SUPPORTED
}

/// Sets an option.
///
/// # Errors
/// STATUS_NOT_SUPPORTED for an unknown option, or what the host says.
pub fn set(socket: &Socket, level: u32, name: u32, value: i32) -> Result<(), NtStatus> {
    let fd = socket.fd();
    match host_option(level, name).ok_or_else(|| unknown(level, name))? {
        Host::Same(level, name) => {
            for twin in socket.datagrams.extra() {
                // The first socket's answer counts.
                let _ = host::set(twin, level, name, value);
            }
            host::set(fd, level, name, value)
        }
        Host::Buffer(force, plain) => {
            host::buffer_size(fd, force, plain, value);
            Ok(())
        }
        Host::DontFragment(level, name) => {
            let mode = if value == 0 {
                libc::IP_PMTUDISC_DONT
            } else {
                libc::IP_PMTUDISC_DO
            };
            host::set(fd, level, name, mode)
        }
        Host::Ignored => Ok(()),
    }
}

/// Gets an option.
///
/// # Errors
/// As [`set`].
pub fn get(socket: &Socket, level: u32, name: u32) -> Result<i32, NtStatus> {
    let fd = socket.fd();
    match host_option(level, name).ok_or_else(|| unknown(level, name))? {
        Host::Same(libc::SOL_SOCKET, libc::SO_TYPE) => Ok(match socket.kind {
            Kind::Datagram | Kind::BasicDatagram => 2,
            _ => 1,
        }),
        Host::Same(level, name) => host::get(fd, level, name),
        // The host says twice what it was told.
        Host::Buffer(_, plain) => Ok(host::get(fd, libc::SOL_SOCKET, plain)? / 2),
        Host::DontFragment(level, name) => Ok(i32::from(host::get(fd, level, name)? == libc::IP_PMTUDISC_DO)),
        Host::Ignored => Ok(0),
    }
}
