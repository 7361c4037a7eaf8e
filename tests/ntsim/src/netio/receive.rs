//! Receiving from streams by request: `WskReceive`.

use std::sync::Arc;

use netcx_sys::wsk::{WSK_BUF, WSK_FLAG_DRAIN, WSK_FLAG_WAITALL};

use super::buffer::Buffer;
use super::category::STREAMS;
use super::handles;
use super::request::{Pace, Request};
use super::socket::{self, Socket};
use super::stream::{Flow, Phase};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, exports, violate};

exports! { "afd.sys";
    WskReceive: PASSIVE..=DISPATCH,
}

/// A pending `WskReceive`.
pub struct Receive {
    pub(super) request: Request,
    pub(super) buffer: Buffer,
    pub(super) filled: usize,
    pub(super) flags: u32,
}

impl Receive {
    /// Ends it with what it has; a part that is there counts more than an error.
    pub(super) fn complete(self, status: NtStatus) {
        let status = if self.filled > 0 { status::SUCCESS } else { status };
        self.request.complete(status, self.filled);
    }

    pub(super) fn is_done(&self) -> bool {
        self.filled == self.buffer.length || self.filled > 0 && self.flags & WSK_FLAG_WAITALL == 0
    }
}

/// Pending receives that aren't being cancelled.
pub(super) fn take_all(flow: &mut Flow) -> Vec<Receive> {
    let (mine, others) = std::mem::take(&mut flow.receives)
        .into_iter()
        .partition(|r| r.request.clear_cancel());
    flow.receives = others;
    mine.into_iter().collect()
}

/// The oldest receive that isn't being cancelled.
pub(super) fn take(socket: &Socket) -> Option<Receive> {
    let mut flow = socket.stream.lock();
    let place = flow.receives.iter().position(|r| r.request.clear_cancel())?;
    flow.receives.remove(place)
}

/// A receive that isn't full waits again, as the first.
pub(super) fn put_back(socket: &Socket, receive: Receive) {
    let cancelled = {
        let mut flow = socket.stream.lock();
        if receive.request.set_cancel(cancel_receive, socket.handle()) {
            flow.receives.push_front(receive);
            None
        } else {
            Some(receive)
        }
    };
    if let Some(receive) = cancelled {
        receive.complete(status::CANCELLED);
    }
}

/// `WskReceive`: receives data. A pending one comes before the event. Ends with at least one byte, with
/// `WSK_FLAG_WAITALL` when the buffer is full; with 0 bytes at the end of the stream. One of length 0 ends at once.
///
/// | the caller promises                                            | else             |
/// |----------------------------------------------------------------|------------------|
/// | IRQL <= DISPATCH                                                 | `irql`           |
/// | a socket that was connected                                      | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | a buffer whose MDLs are as long as it says; flags that exist       | `wsk-parameter`, `wsk-buffer` |
pub extern "win64" fn WskReceive(
    socket: usize,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskReceive", socket, STREAMS, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    let buffer = buffer.some().map(|b| Buffer::from(b.read()));
    let Some(buffer) = buffer.filter(|_| flags & !(WSK_FLAG_WAITALL | WSK_FLAG_DRAIN) == 0) else {
        violate!(
            WSK_PARAMETER,
            "WskReceive without a buffer, or with flags {flags:#x}"
        );
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    };
    if !buffer.pieces(|_, _| {}) {
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    }
    let mut flow = socket.stream.lock();
    flow.paused = false;
    let at_once = match flow.phase {
        Phase::Idle | Phase::Connecting => Some(status::INVALID_DEVICE_STATE),
        _ if buffer.length == 0 && flags & WSK_FLAG_DRAIN == 0 => Some(status::SUCCESS),
        // Data may still be there before the end; the thread knows.
        Phase::Connected => None,
        Phase::Broken(status) => Some(status),
    };
    if let Some(status) = at_once {
        drop(flow);
        if status == status::INVALID_DEVICE_STATE {
            violate!(WSK_STATE, "WskReceive on a socket that isn't connected");
        }
        socket.wake();
        return request.finish(status, 0, Pace::Data);
    }
    request.mark_pending();
    let receive = Receive {
        request,
        buffer,
        filled: 0,
        flags,
    };
    let cancelled = if receive.request.set_cancel(cancel_receive, socket.handle()) {
        flow.receives.push_back(receive);
        None
    } else {
        Some(receive)
    };
    drop(flow);
    match cancelled {
        Some(receive) => receive.complete(status::CANCELLED),
        None => socket.wake(),
    }
    status::PENDING
}

extern "win64" fn cancel_receive(_device: usize, irp: Guest<Irp>) {
    crate::ntoskrnl::irp::IoReleaseCancelSpinLock(at!(irp.cancel_irql).read());
    let Some(socket) = handles::find(at!(irp.driver_context).read()[0]) else {
        return;
    };
    let found = {
        let mut flow = socket.stream.lock();
        let place = flow.receives.iter().position(|r| r.request.irp() == irp);
        place.and_then(|i| flow.receives.remove(i))
    };
    if let Some(receive) = found {
        receive.complete(status::CANCELLED);
    }
}
