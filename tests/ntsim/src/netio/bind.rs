//! Local and remote addresses: `WskBind`, `WskGetLocalAddress`, `WskGetRemoteAddress`.

use std::sync::Arc;

use netcx_sys::wsk::SOCKADDR;

use super::address::HostAddress;
use super::category::{BINDABLE, Kind};
use super::request::Pace;
use super::socket::{self, Socket};
use super::{datagram_receive, host, listen};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{exports, violate};

exports! { "afd.sys";
    WskBind: PASSIVE..=DISPATCH,
    WskGetLocalAddress: PASSIVE..=DISPATCH,
    WskGetRemoteAddress: PASSIVE..=DISPATCH,
}

/// `WskBind`: once, before connecting or setting the remote address.
///
/// | the caller promises                        | else             |
/// |--------------------------------------------|------------------|
/// | IRQL <= DISPATCH                             | `irql`           |
/// | not bound yet                                | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | an address of the socket's family             | `wsk-parameter`, STATUS_INVALID_ADDRESS_COMPONENT |
/// | flags 0                                      | `wsk-parameter`  |
pub extern "win64" fn WskBind(
    socket: usize,
    address: Guest<SOCKADDR>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskBind", socket, BINDABLE, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    if flags != 0 {
        violate!(WSK_PARAMETER, "WskBind with flags {flags:#x}");
    }
    let result = bind(&call, address);
    let socket = Arc::clone(&call.0);
    drop(call);
    let result = result.and_then(|()| match socket.kind {
        Kind::Listen => listen::start(&socket),
        _ => {
            datagram_receive::start_if_wanted(&socket);
            Ok(())
        }
    });
    request.finish(status::of(result), 0, Pace::Control)
}

pub(super) fn bind(socket: &Socket, address: Guest<SOCKADDR>) -> Result<(), NtStatus> {
    let address = HostAddress::read(address, socket.family).inspect_err(|_| {
        violate!(WSK_PARAMETER, "WskBind needs an address of the socket's family");
    })?;
    if std::mem::replace(&mut socket.lock().bound, true) {
        violate!(WSK_STATE, "WskBind on a socket that is bound");
        return Err(status::INVALID_DEVICE_STATE);
    }
    if socket.kind.is_listener() {
        // On the host an address that was used a moment ago is refused without it; on Windows it isn't.
        host::set(socket.fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    }
    host::bind(socket.fd(), &address).inspect_err(|_| socket.lock().bound = false)
}

/// `WskGetLocalAddress`: the socket must be bound, else `wsk-state` and STATUS_INVALID_DEVICE_STATE.
pub extern "win64" fn WskGetLocalAddress(
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
) -> NtStatus {
    get_address("WskGetLocalAddress", socket, address, irp, false)
}

/// `WskGetRemoteAddress`: the socket must be connected, else STATUS_CONNECTION_INVALID.
pub extern "win64" fn WskGetRemoteAddress(
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
) -> NtStatus {
    get_address("WskGetRemoteAddress", socket, address, irp, true)
}

fn get_address(
    name: &'static str,
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
    remote: bool,
) -> NtStatus {
    let (call, request) = match socket::begin(name, socket, BINDABLE, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let result = if call.lock().bound {
        host::name(call.fd(), remote).map(|found| found.write(address))
    } else {
        violate!(WSK_STATE, "{name} on a socket that isn't bound");
        Err(status::INVALID_DEVICE_STATE)
    };
    drop(call);
    request.finish(status::of(result), 0, Pace::Control)
}
