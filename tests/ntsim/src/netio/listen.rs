//! Listening: `WskListen`, `WskAccept`, and the accept event.
//!
//! One thread per listening socket. A pending accept comes before the event. Connections that nobody wants wait at the host.
//! Conditional accepts (`WskInspectEvent`) aren't simulated.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use netcx_sys::wsk::{
    SOCKADDR, SOCKADDR_STORAGE, WSK_CLIENT_LISTEN_DISPATCH, WSK_EVENT_ACCEPT, WSK_FLAG_AT_DISPATCH_LEVEL,
};

use super::category::{CONNECTION_EVENTS, Kind, LISTENERS};
use super::request::{Pace, Request};
use super::socket::{self, New, Socket};
use super::stream_receive;
use super::{handles, host};
use crate::abi::wdm::Irp;
use crate::cpu::{self, callback};
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, exports, violate};

exports! { "afd.sys";
    WskListen: PASSIVE..=DISPATCH,
    WskAccept: PASSIVE..=DISPATCH,
}

/// A pending `WskAccept`.
pub(super) struct Accept {
    request: Request,
    context: usize,
    callbacks: usize,
    local: Guest<SOCKADDR>,
    remote: Guest<SOCKADDR>,
    site: usize,
}

/// `WskListen`: a stream socket becomes a listening one.
///
/// | the caller promises                        | else             |
/// |--------------------------------------------|------------------|
/// | IRQL <= DISPATCH                             | `irql`           |
/// | bound, and neither connected nor listening    | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
pub extern "win64" fn WskListen(socket: usize, irp: Guest<Irp>) -> NtStatus {
    let (call, request) = match socket::begin("WskListen", socket, &[Kind::Stream], irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    let result = if socket.is_bound() && socket.stream.is_idle() && !socket.stream.is_listening() {
        start(&socket)
    } else {
        violate!(WSK_STATE, "WskListen on a socket that isn't bound, or in use");
        Err(status::INVALID_DEVICE_STATE)
    };
    request.finish(status::of(result), 0, Pace::Control)
}

/// Makes the host listen, and starts the thread.
pub(super) fn start(socket: &Arc<Socket>) -> Result<(), NtStatus> {
    host::listen(socket.fd())?;
    socket.stream.listening.store(true, Ordering::Release);
    socket.spawn(format!("tcp {:x} listens", socket.handle()), serve);
    Ok(())
}

/// `WskAccept`: the new socket is in `IoStatus.Information`.
///
/// | the caller promises                               | else             |
/// |---------------------------------------------------|------------------|
/// | IRQL <= DISPATCH                                    | `irql`           |
/// | a bound listening socket, or one after `WskListen`   | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | flags 0                                             | `wsk-parameter`  |
/// | places for addresses stay until the completion       | access violation |
pub extern "win64" fn WskAccept(
    socket: usize,
    flags: u32,
    context: usize,
    callbacks: usize,
    local: Guest<SOCKADDR>,
    remote: Guest<SOCKADDR>,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskAccept", socket, LISTENERS, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    if flags != 0 {
        violate!(WSK_PARAMETER, "WskAccept with flags {flags:#x}");
    }
    if !socket.stream.is_listening() {
        violate!(WSK_STATE, "WskAccept on a socket that doesn't listen");
        return request.finish(status::INVALID_DEVICE_STATE, 0, Pace::Control);
    }
    request.mark_pending();
    let accept = Accept {
        request,
        context,
        callbacks,
        local,
        remote,
        site: cpu::current().site(),
    };
    let cancelled = {
        let mut flow = socket.stream.lock();
        if accept.request.set_cancel(cancel_accept, socket.handle()) {
            flow.accepts.push_back(accept);
            None
        } else {
            Some(accept)
        }
    };
    match cancelled {
        Some(accept) => accept.request.complete(status::CANCELLED, 0),
        None => socket.wake(),
    }
    status::PENDING
}

extern "win64" fn cancel_accept(_device: usize, irp: Guest<Irp>) {
    crate::ntoskrnl::irp::IoReleaseCancelSpinLock(at!(irp.cancel_irql).read());
    let Some(socket) = handles::find(at!(irp.driver_context).read()[0]) else {
        return;
    };
    let found = {
        let mut flow = socket.stream.lock();
        let place = flow.accepts.iter().position(|a| a.request.irp() == irp);
        place.and_then(|i| flow.accepts.remove(i))
    };
    if let Some(accept) = found {
        accept.request.complete(status::CANCELLED, 0);
    }
}

/// Cancels accepts: the socket is being closed.
pub(super) fn cancel_all(socket: &Socket) {
    while let Some(accept) = take(socket) {
        accept.request.complete(status::CANCELLED, 0);
    }
}

fn take(socket: &Socket) -> Option<Accept> {
    let mut flow = socket.stream.lock();
    let place = flow.accepts.iter().position(|a| a.request.clear_cancel())?;
    flow.accepts.remove(place)
}

/// The thread of a listening socket.
fn serve(socket: &Arc<Socket>) {
    while !socket.is_closing() {
        let event = socket.lock().enabled & WSK_EVENT_ACCEPT != 0;
        let wanted = event || !socket.stream.lock().accepts.is_empty();
        let fd = if wanted { socket.fd() } else { -1 };
        if host::wait(fd, libc::POLLIN, socket.wake_event(), 1000).woken {
            host::clear(socket.wake_event());
        }
        if !wanted || socket.is_closing() {
            continue;
        }
        let Some(connection) = host::accept(socket.fd()) else {
            continue;
        };
        match take(socket) {
            Some(accept) => accept.complete(socket, connection),
            None => offer(socket, connection),
        }
    }
}

/// Makes a socket of an accepted connection.
fn adopt(
    listener: &Socket,
    connection: OwnedFd,
    context: usize,
    callbacks: usize,
    site: usize,
) -> Arc<Socket> {
    let new = New {
        kind: match listener.kind {
            Kind::Stream => Kind::Stream,
            _ => Kind::Connection,
        },
        family: listener.family,
        context: 0,
        callbacks: 0,
        site,
    };
    let socket = socket::adopt(&listener.client, new, connection, true);
    socket.set_callbacks(context, callbacks, handed_down(listener));
    socket
}

/// Events of connections that are enabled on the listening socket, or static.
fn handed_down(listener: &Socket) -> u32 {
    (listener.lock().enabled | listener.static_events()) & CONNECTION_EVENTS
}

fn begin_serving(socket: &Arc<Socket>) {
    socket.spawn(format!("tcp {:x}", socket.handle()), stream_receive::serve);
}

impl Accept {
    fn complete(self, listener: &Socket, connection: OwnedFd) {
        let socket = adopt(listener, connection, self.context, self.callbacks, self.site);
        for (place, remote) in [(self.local, false), (self.remote, true)] {
            if let (Some(place), Ok(address)) = (place.some(), host::name(socket.fd(), remote)) {
                address.write(place);
            }
        }
        begin_serving(&socket);
        self.request.complete(status::SUCCESS, socket.handle());
    }
}

/// Offers a connection to the accept event.
fn offer(listener: &Socket, connection: OwnedFd) {
    if !listener.callback_begins(WSK_EVENT_ACCEPT) {
        // The event was disabled just now: the other side sees its connection reset.
        return;
    }
    let table = Guest::<WSK_CLIENT_LISTEN_DISPATCH>::at(listener.callbacks());
    let Some(event) = at!(table.WskAcceptEvent).read() else {
        return listener.callback_ended();
    };
    let socket = adopt(listener, connection, 0, 0, 0);
    let addresses = [false, true].map(|remote| {
        let room = Box::new([0u64; size_of::<SOCKADDR_STORAGE>() / 8]);
        if let Ok(address) = host::name(socket.fd(), remote) {
            address.write(Guest::of(&*room).cast());
        }
        room
    });
    let [local, remote] = [0, 1].map(|i| Guest::of(&*addresses[i]).cast::<SOCKADDR>().as_ptr());
    let answer = [0usize; 2];
    let (context, callbacks) = (Guest::of(&answer[0]), Guest::of(&answer[1]));
    let result = callback::invoke_at_dispatch("WskAcceptEvent", || {
        // SAFETY: the client's callback, which it enabled, with places that live until it returns.
        unsafe {
            event(
                listener.context(),
                WSK_FLAG_AT_DISPATCH_LEVEL,
                local,
                remote,
                socket.handle() as *mut _,
                context.as_ptr().cast(),
                callbacks.as_ptr().cast(),
            )
        }
    });
    if result == status::SUCCESS {
        let enabled = handed_down(listener);
        socket.set_callbacks(context.read(), callbacks.read(), enabled);
        begin_serving(&socket);
    } else {
        if result != status::REQUEST_NOT_ACCEPTED {
            violate!(
                WSK_EVENT,
                "WskAcceptEvent returned {}, which isn't one of its results",
                status::name(result)
            );
        }
        socket.abandon();
    }
    listener.callback_ended();
}
