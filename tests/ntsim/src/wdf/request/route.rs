//! Where a request goes next: to another queue, back to its own, or on hold while power goes.

use std::sync::Arc;

use super::{Request, of, owned};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::status::{self, NtStatus};
use crate::violate;
use crate::wdf::object;
use crate::wdf::queue::Queue;

exports! { "Wdf01000.sys";
    WdfRequestForwardToIoQueue: PASSIVE..=DISPATCH,
    WdfRequestGetIoQueue: PASSIVE..=DISPATCH,
    WdfRequestRequeue: PASSIVE..=DISPATCH,
    WdfRequestStopAcknowledge: PASSIVE..=DISPATCH,
    WdfDeviceEnqueueRequest: PASSIVE..=DISPATCH,
}

impl Request {
    /// Marks it as asked about by EvtIoStop, or not any more. Returns whether it was acknowledged to stay.
    pub(in crate::wdf) fn set_stopping(&self, stopping: bool) -> bool {
        let mut state = self.state.lock();
        state.stopping = stopping;
        std::mem::replace(&mut state.acknowledged, false)
    }

    pub(in crate::wdf) fn is_stop_acknowledged(&self) -> bool {
        self.state.lock().acknowledged
    }

    /// Puts it into its first queue; a queue that accepts nothing completes it.
    pub(in crate::wdf) fn deliver(self: &Arc<Self>, queue: &Arc<Queue>) -> NtStatus {
        if queue.insert(self, false).is_err() {
            self.complete(status::INVALID_DEVICE_STATE, 0);
            return status::INVALID_DEVICE_STATE;
        }
        status::PENDING
    }
}

/// `WdfRequestForwardToIoQueue`.
///
/// | the caller promises                                     | else                             |
/// |---------------------------------------------------------|----------------------------------|
/// | it owns the request, which isn't cancelable               | `request`                        |
/// | another queue of the same device                          | `STATUS_INVALID_DEVICE_REQUEST`  |
///
/// `STATUS_WDF_BUSY` if the queue doesn't accept; the driver still owns the request then.
pub(super) extern "win64" fn WdfRequestForwardToIoQueue(_: usize, handle: Handle, queue: Handle) -> NtStatus {
    let request = owned(handle, "forwarding");
    let queue = object::body::<Queue>(queue).1;
    if request.is_cancelable() {
        violate!(REQUEST, "request forwarded while it is marked cancelable");
        return status::INVALID_DEVICE_REQUEST;
    }
    let old = request.state.lock().queue.clone();
    if old.as_ref().is_some_and(|old| Arc::ptr_eq(old, &queue))
        || !Arc::ptr_eq(queue.device(), &request.device)
    {
        return status::INVALID_DEVICE_REQUEST;
    }
    request.state.lock().presented = true;
    move_to(&request, old, &queue, false)
}

fn move_to(request: &Arc<Request>, old: Option<Arc<Queue>>, queue: &Arc<Queue>, head: bool) -> NtStatus {
    match queue.insert(request, head) {
        Ok(()) => {
            if let Some(old) = old {
                old.disown(request);
            }
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfRequestGetIoQueue`.
pub(super) extern "win64" fn WdfRequestGetIoQueue(_: usize, handle: Handle) -> Handle {
    let request = of(handle);
    let queue = request.state.lock().queue.clone();
    queue.map_or(0, |q| q.object().handle())
}

/// `WdfRequestRequeue`: back to the head of the manual queue it was retrieved from.
pub(super) extern "win64" fn WdfRequestRequeue(_: usize, handle: Handle) -> NtStatus {
    let request = owned(handle, "requeueing");
    let Some(queue) = request.state.lock().queue.clone().filter(|q| q.is_manual()) else {
        return status::INVALID_DEVICE_REQUEST;
    };
    request.state.lock().presented = true;
    // It leaves the driver before it enters the queue: both are the same queue.
    queue.disown(&request);
    move_to(&request, None, &queue, true)
}

/// `WdfRequestStopAcknowledge`: only in EvtIoStop.
pub(super) extern "win64" fn WdfRequestStopAcknowledge(_: usize, handle: Handle, requeue: u8) {
    let request = owned(handle, "stop acknowledgement");
    let queue = {
        let mut state = request.state.lock();
        if !state.stopping {
            drop(state);
            return violate!(REQUEST, "WdfRequestStopAcknowledge outside of EvtIoStop");
        }
        state.acknowledged = true;
        state.presented = true;
        state.queue.clone()
    };
    let Some(queue) = queue else { return };
    if requeue != 0 {
        queue.disown(&request);
        if queue.insert(&request, true).is_err() {
            request.complete(status::CANCELLED, 0);
        }
    }
    queue.notify();
}

/// `WdfDeviceEnqueueRequest`: in EvtIoInCallerContext, gives the request to its queue.
pub(super) extern "win64" fn WdfDeviceEnqueueRequest(_: usize, device: Handle, handle: Handle) -> NtStatus {
    let device = crate::wdf::device::of(device);
    let request = owned(handle, "enqueueing");
    let Some(queue) = device.queue_for(request.parameters.kind) else {
        return status::INVALID_DEVICE_REQUEST;
    };
    status::of(queue.insert(&request, false))
}
