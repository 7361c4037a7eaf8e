//! The end of a request.

use std::sync::Arc;

use super::{COMPLETED, Place, REMEMBERED, Request, of, owned};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::ntoskrnl::irp;
use crate::status::{self, NtStatus};
use crate::wdf::file;
use crate::wdf::memory;
use crate::{io, violate};

exports! { "Wdf01000.sys";
    WdfRequestComplete: PASSIVE..=DISPATCH,
    WdfRequestCompleteWithPriorityBoost: PASSIVE..=DISPATCH,
    WdfRequestCompleteWithInformation: PASSIVE..=DISPATCH,
}

impl Request {
    /// Ends it: its context goes, the IRP is completed, its queue goes on.
    pub(in crate::wdf) fn complete(self: &Arc<Self>, status: NtStatus, information: usize) {
        let queue = {
            let mut state = self.state.lock();
            state.place = Place::Completed;
            state.cancel_routine = None;
            state.queue.take()
        };
        let status = translate(status);
        remember(self.handle());
        memory::request_completed(self.object());
        if self.parameters.kind == 0 {
            file::create_completed(&self.device, self.irp, status);
        }
        // Cleanup runs while the IRP is alive.
        self.object().delete();
        io::clear_cancel(self.irp);
        irp::complete(self.irp, status, information);
        if let Some(queue) = queue {
            queue.disown(self);
        }
    }
}

/// `WdfRequestComplete`: see [`WdfRequestCompleteWithInformation`].
pub(super) extern "win64" fn WdfRequestComplete(globals: usize, handle: Handle, status: NtStatus) {
    let information = of(handle).state.lock().information;
    WdfRequestCompleteWithInformation(globals, handle, status, information);
}

/// `WdfRequestCompleteWithPriorityBoost`.
pub(super) extern "win64" fn WdfRequestCompleteWithPriorityBoost(
    globals: usize,
    handle: Handle,
    status: NtStatus,
    _boost: i8,
) {
    WdfRequestComplete(globals, handle, status);
}

/// `WdfRequestCompleteWithInformation`.
///
/// | the caller promises                                                        | else                          |
/// |----------------------------------------------------------------------------|-------------------------------|
/// | IRQL <= DISPATCH                                                            | `irql`                        |
/// | it owns the request and completes it once                                    | `request`, `request-double-completion` |
/// | the request isn't cancelable, or its cancel routine runs                      | `request`                     |
/// | the status isn't STATUS_PENDING                                               | `request`                     |
/// | success: `information` <= output length (0x10D 6/4)                            | `request-information`         |
pub(super) extern "win64" fn WdfRequestCompleteWithInformation(
    _: usize,
    handle: Handle,
    status: NtStatus,
    information: usize,
) {
    let request = owned(handle, "completion");
    let (place, cancelable) = {
        let state = request.state.lock();
        (state.place, state.cancel_routine.is_some())
    };
    if place != Place::Driver {
        return;
    }
    if cancelable {
        violate!(
            REQUEST,
            "request completed while it is marked cancelable: unmark it first"
        );
    }
    if status == status::PENDING {
        violate!(REQUEST, "request completed with STATUS_PENDING");
    }
    let room = match request.parameters.kind {
        4 => request.input_length(),
        _ => request.output_length(),
    };
    let mut information = information;
    if status::succeeded(status) && request.parameters.kind != 0 && information > room {
        violate!(
            REQUEST_INFORMATION,
            "{information} bytes of information, but the buffer has {room}"
        );
        information = room;
    }
    request.complete(status, information);
}

/// Statuses of the framework's own facility don't leave it.
fn translate(status: NtStatus) -> NtStatus {
    match status {
        status::WDF_PAUSED | status::WDF_BUSY => status::DEVICE_BUSY,
        status::WDF_INTERNAL_ERROR => status::INTERNAL_ERROR,
        other if other.cast_unsigned() >> 16 == 0xC020 => status::INVALID_DEVICE_REQUEST,
        other => other,
    }
}

fn remember(handle: Handle) {
    let mut completed = COMPLETED.lock();
    completed.0.push_back(handle);
    completed.1.get_or_insert_default().insert(handle);
    if completed.0.len() > REMEMBERED
        && let (Some(old), Some(set)) = (completed.0.pop_front(), completed.1.as_mut())
    {
        set.remove(&old);
    }
}
