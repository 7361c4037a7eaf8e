//! Calls of the host's sockets, and what their errors are called on Windows.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use super::address::{Family, HostAddress};
use crate::status::{self, NtStatus};

/// Kind of a host socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// The latest error of the host.
#[must_use]
pub fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// What Windows calls an error of the host.
#[must_use]
pub fn status_of(errno: i32) -> NtStatus {
    match errno {
        0 => status::SUCCESS,
        libc::EADDRINUSE => status::ADDRESS_ALREADY_EXISTS,
        libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT => status::INVALID_ADDRESS_COMPONENT,
        libc::EACCES | libc::EPERM => status::ACCESS_DENIED,
        libc::ECONNREFUSED => status::CONNECTION_REFUSED,
        libc::ECONNRESET | libc::EPIPE => status::CONNECTION_RESET,
        libc::ECONNABORTED => status::CONNECTION_ABORTED,
        libc::ETIMEDOUT => status::IO_TIMEOUT,
        libc::ENETUNREACH | libc::ENETDOWN => status::NETWORK_UNREACHABLE,
        libc::EHOSTUNREACH | libc::EHOSTDOWN => status::HOST_UNREACHABLE,
        libc::EMSGSIZE => status::INVALID_BUFFER_SIZE,
        libc::EINVAL => status::INVALID_PARAMETER,
        libc::EISCONN => status::INVALID_DEVICE_STATE,
        libc::ENOTCONN => status::CONNECTION_INVALID,
        libc::ENOPROTOOPT | libc::EOPNOTSUPP => status::NOT_SUPPORTED,
        _ => status::INSUFFICIENT_RESOURCES,
    }
}

/// Bytes of a value, as the host's calls want it.
fn length_of<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or_default()
}

fn check(result: i32) -> Result<i32, NtStatus> {
    if result < 0 {
        Err(status_of(errno()))
    } else {
        Ok(result)
    }
}

/// Makes a socket that never blocks, with the defaults of Windows.
///
/// # Errors
/// What the host says.
pub fn socket(family: Family, transport: Transport) -> Result<OwnedFd, NtStatus> {
    let kind = match transport {
        Transport::Udp => libc::SOCK_DGRAM,
        Transport::Tcp => libc::SOCK_STREAM,
    };
    let flags = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: no memory is involved.
    let fd = check(unsafe { libc::socket(i32::from(family.host()), flags, 0) })?;
    // SAFETY: a descriptor made just now.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    if family == Family::V6 {
        set(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)?;
    }
    if transport == Transport::Udp {
        // Windows doesn't set the don't fragment bit; and the system's buffers are those of the NIC.
        let _ = set(
            fd,
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            libc::IP_PMTUDISC_DONT,
        );
        if family == Family::V6 {
            let _ = set(
                fd,
                libc::IPPROTO_IPV6,
                libc::IPV6_MTU_DISCOVER,
                libc::IPV6_PMTUDISC_DONT,
            );
        }
        buffer_size(fd, libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, 8 << 20);
        buffer_size(fd, libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, 4 << 20);
    }
    Ok(socket)
}

/// Sets a buffer size, beyond the host's limit if that is allowed.
pub fn buffer_size(fd: RawFd, force: i32, plain: i32, bytes: i32) {
    if set(fd, libc::SOL_SOCKET, force, bytes).is_err() {
        // The host's limit then.
        let _ = set(fd, libc::SOL_SOCKET, plain, bytes);
    }
}

/// Sets an integer option.
///
/// # Errors
/// What the host says.
pub fn set(fd: RawFd, level: i32, name: i32, value: i32) -> Result<(), NtStatus> {
    let length = length_of::<i32>();
    // SAFETY: the value is an integer on the stack.
    check(unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), length) }).map(drop)
}

/// Gets an integer option.
///
/// # Errors
/// What the host says.
pub fn get(fd: RawFd, level: i32, name: i32) -> Result<i32, NtStatus> {
    let mut value = 0i32;
    let mut length = length_of::<i32>();
    // SAFETY: the value is an integer on the stack, whose size is given.
    check(unsafe { libc::getsockopt(fd, level, name, (&raw mut value).cast(), &raw mut length) })?;
    Ok(value)
}

/// Closes with a reset if the socket is a connected stream, and at once.
pub fn linger_none(fd: RawFd) {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let length = length_of::<libc::linger>();
    // SAFETY: the value is on the stack. An error means that there is nothing to reset.
    let _ = unsafe {
        libc::setsockopt(
            fd,
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            length,
        )
    };
}

/// Binds.
///
/// # Errors
/// What the host says.
pub fn bind(fd: RawFd, address: &HostAddress) -> Result<(), NtStatus> {
    // SAFETY: the address is complete and of this length.
    check(unsafe { libc::bind(fd, address.as_ptr(), address.length()) }).map(drop)
}

/// Connects; `false`: it is under way.
///
/// # Errors
/// What the host says.
pub fn connect(fd: RawFd, address: &HostAddress) -> Result<bool, NtStatus> {
    // SAFETY: the address is complete and of this length.
    let result = unsafe { libc::connect(fd, address.as_ptr(), address.length()) };
    if result == 0 {
        return Ok(true);
    }
    match errno() {
        libc::EINPROGRESS => Ok(false),
        other => Err(status_of(other)),
    }
}

/// Undoes [`connect`]: a datagram socket has no peer any more, a stream is reset.
pub fn disconnect(fd: RawFd) {
    // AF_UNSPEC.
    let nobody = libc::sockaddr {
        sa_family: 0,
        sa_data: [0; 14],
    };
    // SAFETY: the address is complete. It can't fail on a socket that is connected, and else there is nothing to do.
    let _ = unsafe { libc::connect(fd, &raw const nobody, length_of::<libc::sockaddr>()) };
}

/// The local or the remote address.
///
/// # Errors
/// What the host says.
pub fn name(fd: RawFd, remote: bool) -> Result<HostAddress, NtStatus> {
    let mut address = HostAddress::empty();
    let (place, length) = address.as_mut();
    let result = if remote {
        // SAFETY: there is room for an address of either family, and its length is given.
        unsafe { libc::getpeername(fd, place, length) }
    } else {
        // SAFETY: as above.
        unsafe { libc::getsockname(fd, place, length) }
    };
    check(result)?;
    Ok(address)
}

/// A counter that a poll can wait for.
#[must_use]
pub fn event() -> OwnedFd {
    // SAFETY: no memory is involved.
    let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
    assert!(fd >= 0, "no descriptor for an event");
    // SAFETY: a descriptor made just now.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Sets an [`event`].
pub fn signal(event: &OwnedFd) {
    let one = 1u64;
    // SAFETY: eight bytes from the stack. A full counter is set, too.
    let _ = unsafe { libc::write(event.as_raw_fd(), (&raw const one).cast(), 8) };
}

/// Clears an [`event`].
pub fn clear(event: &OwnedFd) {
    let mut value = 0u64;
    // SAFETY: eight bytes to the stack. One that isn't set fails, which is fine.
    let _ = unsafe { libc::read(event.as_raw_fd(), (&raw mut value).cast(), 8) };
}

/// What ended a wait.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// What the socket is ready for.
    pub events: i16,
    /// The event is set.
    pub woken: bool,
}

/// Waits until `fd` (negative: none) is ready for `events` or `wake` is set, for `timeout` milliseconds.
pub fn wait(fd: RawFd, events: i16, wake: &OwnedFd, timeout: i32) -> Ready {
    let mut polls = [(fd, events), (wake.as_raw_fd(), libc::POLLIN)].map(|(fd, events)| libc::pollfd {
        fd,
        events,
        revents: 0,
    });
    // SAFETY: two entries on the stack.
    let _ = unsafe { libc::poll(polls.as_mut_ptr(), 2, timeout) };
    Ready {
        events: polls[0].revents,
        woken: polls[1].revents != 0,
    }
}

/// Bytes that wait to be received.
///
/// # Errors
/// What the host says.
pub fn readable(fd: RawFd) -> Result<u32, NtStatus> {
    let mut bytes = 0i32;
    // SAFETY: the result is an integer on the stack.
    check(unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut bytes) })?;
    Ok(u32::try_from(bytes).unwrap_or(0))
}

/// Ends this side's stream.
pub fn shut_down_sending(fd: RawFd) {
    // SAFETY: no memory is involved. It fails if the connection is broken, which is found out elsewhere.
    let _ = unsafe { libc::shutdown(fd, libc::SHUT_WR) };
}

/// Makes a bound stream socket listen.
///
/// # Errors
/// What the host says.
pub fn listen(fd: RawFd) -> Result<(), NtStatus> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::listen(fd, 128) }).map(drop)
}

/// A connection that waits to be accepted.
#[must_use]
pub fn accept(fd: RawFd) -> Option<OwnedFd> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: no address is asked for.
    let accepted = unsafe { libc::accept4(fd, std::ptr::null_mut(), std::ptr::null_mut(), flags) };
    // SAFETY: a descriptor made just now.
    (accepted >= 0).then(|| unsafe { OwnedFd::from_raw_fd(accepted) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_host_have_names_of_windows() {
        for (error, want) in [
            (0, status::SUCCESS),
            (libc::ECONNREFUSED, status::CONNECTION_REFUSED),
            (libc::ECONNRESET, status::CONNECTION_RESET),
            (libc::ETIMEDOUT, status::IO_TIMEOUT),
            (libc::ENETUNREACH, status::NETWORK_UNREACHABLE),
            (libc::EHOSTUNREACH, status::HOST_UNREACHABLE),
            (libc::EADDRINUSE, status::ADDRESS_ALREADY_EXISTS),
            (libc::EMSGSIZE, status::INVALID_BUFFER_SIZE),
            (libc::ENOMEM, status::INSUFFICIENT_RESOURCES),
        ] {
            assert_eq!(status_of(error), want, "{error}");
        }
    }
}
