//! The end of a socket: `WskCloseSocket`.
//!
//! A close is complete when no callback and no thread of the socket runs and all its IRPs are completed; whoever ends last
//! completes it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::request::{self, Pace, Request};
use super::socket::{Call, Socket, State};
use super::{handles, host, listen, receive_from, stream};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::ntoskrnl::dpc;
use crate::status::{self, NtStatus};
use crate::{exports, violate};

exports! { "afd.sys";
    WskCloseSocket: PASSIVE..=DISPATCH,
}

/// `WskCloseSocket`.
///
/// | the caller promises                                                   | else                   |
/// |-----------------------------------------------------------------------|------------------------|
/// | IRQL <= DISPATCH                                                        | `irql`                 |
/// | it is closed once, and not used afterwards                               | `wsk-closed-socket`    |
/// | no other call is in progress on it                                       | `wsk-close-in-use`     |
/// | all indications that were kept are released                              | `wsk-indication-leak`  |
///
/// Pending requests are cancelled. Completed when no callback of the socket runs and all its IRPs are completed.
pub extern "win64" fn WskCloseSocket(socket: usize, irp: Guest<Irp>) -> NtStatus {
    let (call, request) = match begin_close_call(socket, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    if call.calls.load(Ordering::SeqCst) > 1 {
        violate!(
            WSK_BUSY,
            "a socket is closed while another call on it is in progress"
        );
    }
    let socket = Arc::clone(&call.0);
    drop(call);
    socket.datagrams.check_kept();
    let now = {
        let mut state = socket.lock();
        state.closing = true;
        if socket.is_idle(&state) && !request::later(Pace::Control) {
            Some(request)
        } else {
            request.mark_pending();
            state.close = Some(request);
            None
        }
    };
    if let Some(request) = now {
        socket.gone();
        request.complete(status::SUCCESS, 0);
        return status::SUCCESS;
    }
    socket.begin_close();
    dpc::queue(None, move || socket.finish_close());
    status::PENDING
}

/// As [`begin`](super::socket::begin), and from now on the socket is closed for calls.
fn begin_close_call(handle: usize, irp: Guest<Irp>) -> Result<(Call, Request), NtStatus> {
    let call = handles::enter("WskCloseSocket", handle);
    let Some(request) = Request::begin(irp, None) else {
        return Err(status::INVALID_PARAMETER);
    };
    let call = match call {
        Ok(call) => call,
        Err(status) => return Err(request.finish(status, 0, Pace::Control)),
    };
    if !handles::mark_closed(handle) {
        drop(call);
        violate!(WSK_CLOSED, "two calls of WskCloseSocket at a time");
        return Err(request.finish(status::FILE_CLOSED, 0, Pace::Control));
    }
    Ok((call, request))
}

impl Socket {
    fn is_idle(&self, state: &State) -> bool {
        state.threads == 0 && state.running == 0 && self.requests.load(Ordering::SeqCst) == 0
    }

    /// Completes the close when nothing of the socket runs any more.
    pub(super) fn finish_close(&self) {
        let close = {
            let mut state = self.lock();
            let abandoned = state.abandoned;
            if !state.closing || !self.is_idle(&state) || !abandoned && state.close.is_none() {
                return;
            }
            state.abandoned = false;
            state.close.take()
        };
        self.gone();
        if let Some(close) = close {
            close.complete(status::SUCCESS, 0);
        }
    }

    /// Lets go of everything. Whoever has taken the close IRP does this, once.
    fn gone(&self) {
        self.datagrams.forget();
        let fd = self.fd.swap(-1, Ordering::SeqCst);
        if fd >= 0 {
            if self.kind.is_stream() && stream::close_resets(self) {
                host::linger_none(fd);
            }
            // SAFETY: the socket's own descriptor, taken out just now.
            unsafe { libc::close(fd) };
        }
        self.traffic.report(self.kind.transport());
        handles::forget(self.handle());
        self.client.socket_gone(self.handle());
    }

    /// Takes a socket back that the client never got.
    pub(super) fn abandon(&self) {
        let _ = handles::mark_closed(self.handle());
        {
            let mut state = self.lock();
            state.closing = true;
            state.abandoned = true;
        }
        self.begin_close();
        self.finish_close();
    }

    /// Ends what waits: pending requests are cancelled, threads are told.
    fn begin_close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.wake();
        self.changed.notify_all();
        receive_from::cancel_all(self);
        listen::cancel_all(self);
        stream::cancel_all(self);
        request::release_stuck(self.handle());
    }
}

/// Ends the threads of all sockets, and frees what they have of the host.
pub(super) fn reset() {
    let sockets = handles::take_all();
    for socket in &sockets {
        socket.closing.store(true, Ordering::SeqCst);
        let mut state = socket.lock();
        state.closing = true;
        state.close = None;
        state.until_idle.clear();
        drop(state);
        socket.wake();
        socket.changed.notify_all();
    }
    for socket in &sockets {
        // A thread that the stopped machine keeps for ever never ends.
        for _ in 0..100 {
            if socket.lock().threads == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        socket.datagrams.forget();
        let fd = socket.fd.swap(-1, Ordering::SeqCst);
        if fd >= 0 && socket.lock().threads == 0 {
            // SAFETY: the socket's own descriptor, taken out just now.
            unsafe { libc::close(fd) };
        }
    }
}
