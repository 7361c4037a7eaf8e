//! Connecting streams: `WskConnect`, `WskConnectEx`.

use std::sync::Arc;

use netcx_sys::wsk::{SOCKADDR, WSK_BUF};

use super::address::HostAddress;
use super::buffer::Buffer;
use super::category::STREAMS;
use super::request::{Pace, Request};
use super::socket::{self, Socket};
use super::stream::{PendingSend, Phase};
use super::{handles, host, stream_receive};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, exports, violate};

exports! { "afd.sys";
    WskConnect: PASSIVE..=DISPATCH,
    WskConnectEx: PASSIVE..=DISPATCH,
}

/// A pending connect.
pub(super) struct Connect {
    request: Request,
    /// To be sent when connected.
    first: Option<Buffer>,
    /// `WskSocketConnect`: the socket is new, and gone if this fails.
    makes_socket: bool,
}

/// `WskConnect`.
///
/// | the caller promises                         | else             |
/// |---------------------------------------------|------------------|
/// | IRQL <= DISPATCH                              | `irql`           |
/// | a bound socket that isn't connected            | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | an address of the socket's family, flags 0     | `wsk-parameter`  |
///
/// STATUS_CANCELLED by `IoCancelIrp` or the close.
pub extern "win64" fn WskConnect(
    socket: usize,
    remote: Guest<SOCKADDR>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    connect("WskConnect", socket, remote, Guest::null(), flags, irp)
}

/// `WskConnectEx`: connects and sends first data. Rules as for [`WskConnect`].
pub extern "win64" fn WskConnectEx(
    socket: usize,
    remote: Guest<SOCKADDR>,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    connect("WskConnectEx", socket, remote, buffer, flags, irp)
}

fn connect(
    name: &'static str,
    socket: usize,
    remote: Guest<SOCKADDR>,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin(name, socket, STREAMS, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    if flags != 0 {
        violate!(WSK_PARAMETER, "{name} with flags {flags:#x}");
    }
    let socket = Arc::clone(&call.0);
    drop(call);
    let first = buffer.some().map(|b| Buffer::from(b.read()));
    begin_connect(&socket, remote, request, first, false)
}

/// Starts to connect; the request is completed when that has ended.
pub(super) fn begin_connect(
    socket: &Arc<Socket>,
    remote: Guest<SOCKADDR>,
    request: Request,
    first: Option<Buffer>,
    makes_socket: bool,
) -> NtStatus {
    let checked = HostAddress::read(remote, socket.family).inspect_err(|_| {
        violate!(
            WSK_PARAMETER,
            "a stream is connected to an address of another family"
        );
    });
    let bound = socket.is_bound();
    if !bound {
        violate!(WSK_STATE, "a stream is connected that isn't bound");
    }
    let mut flow = socket.stream.lock();
    let idle = flow.phase == Phase::Idle && !socket.stream.is_listening();
    let result = match checked {
        Err(status) => Err(status),
        Ok(_) if !bound || !idle => Err(status::INVALID_DEVICE_STATE),
        Ok(address) => host::connect(socket.fd(), &address),
    };
    if let Err(status) = result {
        drop(flow);
        if !idle {
            violate!(WSK_STATE, "a stream is connected twice");
        }
        if makes_socket {
            socket.abandon();
        }
        return request.finish(status, 0, Pace::Control);
    }
    request.mark_pending();
    let armed = request.set_cancel(cancel_connect, socket.handle());
    flow.phase = Phase::Connecting;
    flow.connect = Some(Connect {
        request,
        first,
        makes_socket,
    });
    let starts = !std::mem::replace(&mut flow.has_thread, true);
    drop(flow);
    if !armed {
        abort(socket, status::CANCELLED, false);
    }
    if starts {
        let name = format!("tcp {:x}", socket.handle());
        socket.spawn(name, stream_receive::serve);
    } else {
        socket.wake();
    }
    status::PENDING
}

extern "win64" fn cancel_connect(_device: usize, irp: Guest<Irp>) {
    crate::ntoskrnl::irp::IoReleaseCancelSpinLock(at!(irp.cancel_irql).read());
    if let Some(socket) = handles::find(at!(irp.driver_context).read()[0]) {
        abort(&socket, status::CANCELLED, false);
    }
}

/// Ends a pending connect. With `check` only if it isn't being cancelled.
pub(super) fn abort(socket: &Socket, status: NtStatus, check: bool) {
    let connect = {
        let mut flow = socket.stream.lock();
        let mine = flow
            .connect
            .as_ref()
            .is_some_and(|c| !check || c.request.clear_cancel());
        if !mine {
            return;
        }
        host::disconnect(socket.fd());
        flow.phase = Phase::Idle;
        flow.connect.take()
    };
    if let Some(connect) = connect {
        connect.fail(socket, status);
    }
}

impl Connect {
    fn fail(self, socket: &Socket, status: NtStatus) {
        if self.makes_socket {
            socket.abandon();
        }
        self.request.complete(status, 0);
    }
}

/// The host's socket is ready, or has failed: ends the connect.
pub(super) fn connect_ended(socket: &Socket) {
    let error = host::get(socket.fd(), libc::SOL_SOCKET, libc::SO_ERROR).unwrap_or(libc::EBADF);
    let mut flow = socket.stream.lock();
    if flow.phase != Phase::Connecting || !flow.connect.as_ref().is_some_and(|c| c.request.clear_cancel()) {
        return;
    }
    let Some(connect) = flow.connect.take() else {
        return;
    };
    if error != 0 {
        flow.phase = Phase::Idle;
        drop(flow);
        return connect.fail(socket, host::status_of(error));
    }
    flow.phase = Phase::Connected;
    let information = if connect.makes_socket { socket.handle() } else { 0 };
    if connect.first.is_some() {
        flow.sends
            .push_back(PendingSend::new(connect.request, connect.first, information));
        return;
    }
    drop(flow);
    connect.request.complete(status::SUCCESS, information);
}
