//! Cancellation: who asks, who marks, and who completes.

use std::sync::Arc;

use super::{CancelRoutine, Place, Request, owned};
use crate::abi::kmdf::Handle;
use crate::cpu::callback;
use crate::exports;
use crate::status::{self, NtStatus};
use crate::violate;
use crate::wdf::sync;

exports! { "Wdf01000.sys";
    WdfRequestMarkCancelable: PASSIVE..=DISPATCH,
    WdfRequestMarkCancelableEx: PASSIVE..=DISPATCH,
    WdfRequestUnmarkCancelable: PASSIVE..=DISPATCH,
    WdfRequestIsCanceled: PASSIVE..=DISPATCH,
}

impl Request {
    pub(in crate::wdf) fn is_cancelled(&self) -> bool {
        self.state.lock().cancelled
    }

    pub(in crate::wdf) fn is_cancelable(&self) -> bool {
        self.state.lock().cancel_routine.is_some()
    }

    /// The I/O manager or a purge wants it back.
    pub(in crate::wdf) fn cancel(self: &Arc<Self>) {
        let (queue, routine) = {
            let mut state = self.state.lock();
            state.cancelled = true;
            match state.place {
                Place::Queued => (state.queue.clone(), None),
                Place::Driver => {
                    let routine = state.cancel_routine.take();
                    state.cancel_called |= routine.is_some();
                    (state.queue.clone(), routine)
                }
                Place::New | Place::Completed => return,
            }
        };
        match (queue, routine) {
            (Some(queue), Some(routine)) => sync::with_queue_lock(&queue, || self.call_cancel(routine)),
            (None, Some(routine)) => self.call_cancel(routine),
            // Queued. If it just left the queue, the mark above is seen by whoever has it.
            (Some(queue), None) => {
                queue.cancel_queued(self);
            }
            (None, None) => {}
        }
    }

    pub(super) fn call_cancel(&self, routine: CancelRoutine) {
        let handle = self.handle();
        callback::invoke("EvtRequestCancel", || routine(handle));
    }
}

/// `WdfRequestMarkCancelable`: if it is cancelled already, the routine is called at once.
pub(super) extern "win64" fn WdfRequestMarkCancelable(_: usize, handle: Handle, routine: CancelRoutine) {
    let request = owned(handle, "marking");
    if mark(&request, routine) == status::CANCELLED {
        request.state.lock().cancel_called = true;
        request.call_cancel(routine);
    }
}

/// `WdfRequestMarkCancelableEx`: `STATUS_CANCELLED` if it is cancelled already; the routine isn't called then.
///
/// | the caller promises                         | else        |
/// |---------------------------------------------|-------------|
/// | it owns the request                          | `request`   |
/// | it isn't marked yet                           | `request`   |
pub(super) extern "win64" fn WdfRequestMarkCancelableEx(
    _: usize,
    handle: Handle,
    routine: CancelRoutine,
) -> NtStatus {
    mark(&owned(handle, "marking"), routine)
}

fn mark(request: &Arc<Request>, routine: CancelRoutine) -> NtStatus {
    let mut state = request.state.lock();
    if state.place != Place::Driver {
        return status::INVALID_DEVICE_REQUEST;
    }
    if state.cancel_routine.is_some() {
        drop(state);
        violate!(REQUEST, "request marked cancelable twice");
        return status::INVALID_DEVICE_REQUEST;
    }
    if state.cancelled {
        return status::CANCELLED;
    }
    state.cancel_routine = Some(routine);
    status::SUCCESS
}

/// `WdfRequestUnmarkCancelable`: `STATUS_CANCELLED` if the cancel routine has run or will; it owns the completion then.
pub(super) extern "win64" fn WdfRequestUnmarkCancelable(_: usize, handle: Handle) -> NtStatus {
    let request = owned(handle, "unmarking");
    let mut state = request.state.lock();
    if state.cancel_called {
        return status::CANCELLED;
    }
    if state.cancel_routine.take().is_none() {
        drop(state);
        violate!(REQUEST, "request unmarked that isn't cancelable");
        return status::INVALID_DEVICE_REQUEST;
    }
    status::SUCCESS
}

/// `WdfRequestIsCanceled`: only for a request that the driver owns and that isn't cancelable.
pub(super) extern "win64" fn WdfRequestIsCanceled(_: usize, handle: Handle) -> u8 {
    let request = owned(handle, "WdfRequestIsCanceled");
    if request.is_cancelable() {
        violate!(REQUEST, "WdfRequestIsCanceled on a cancelable request");
    }
    u8::from(request.is_cancelled())
}
