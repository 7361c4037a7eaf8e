//! Requests that the driver takes out of a queue by itself.

use std::sync::Arc;

use super::{PARALLEL, Queue, StateCallback, of};
use crate::abi::kmdf::{Handle, RequestParameters};
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::file::File;
use crate::wdf::object;
use crate::wdf::request::Request;

exports! { "Wdf01000.sys";
    WdfIoQueueRetrieveNextRequest: PASSIVE..=DISPATCH,
    WdfIoQueueRetrieveRequestByFileObject: PASSIVE..=DISPATCH,
    WdfIoQueueFindRequest: PASSIVE..=DISPATCH,
    WdfIoQueueRetrieveFoundRequest: PASSIVE..=DISPATCH,
    WdfIoQueueReadyNotify: PASSIVE..=DISPATCH,
}

impl Queue {
    /// Takes a queued request for the driver.
    pub(super) fn retrieve(self: &Arc<Self>, wanted: impl Fn(&Arc<Request>) -> bool) -> Result<Arc<Request>> {
        if self.config.dispatch_type == PARALLEL {
            return Err(status::INVALID_DEVICE_STATE);
        }
        loop {
            let request = {
                let mut state = self.state.lock();
                if !state.dispatching || !self.powered() {
                    return Err(status::WDF_PAUSED);
                }
                let index = state
                    .queued
                    .iter()
                    .position(&wanted)
                    .ok_or(status::NO_MORE_ENTRIES)?;
                let request = state.queued.remove(index).ok_or(status::NO_MORE_ENTRIES)?;
                request.set_driver_owned(self);
                state.owned.push(Arc::clone(&request));
                request
            };
            let parameters = request.parameters();
            if matches!(parameters.kind, 3 | 4)
                && parameters.parameters[0] == 0
                && self.config.allow_zero_length == 0
            {
                request.complete(status::SUCCESS, 0);
                continue;
            }
            return Ok(request);
        }
    }
}

/// `WdfIoQueueRetrieveNextRequest`: `STATUS_NO_MORE_ENTRIES`, `STATUS_WDF_PAUSED`, `STATUS_INVALID_DEVICE_STATE` (parallel).
pub(super) extern "win64" fn WdfIoQueueRetrieveNextRequest(
    _: usize,
    queue: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    retrieved(of(queue).retrieve(|_| true), out)
}

fn retrieved(result: Result<Arc<Request>>, out: Guest<Handle>) -> NtStatus {
    match result {
        Ok(request) => {
            out.write(request.handle());
            status::SUCCESS
        }
        Err(status) => {
            out.write(0);
            status
        }
    }
}

/// `WdfIoQueueRetrieveRequestByFileObject`.
pub(super) extern "win64" fn WdfIoQueueRetrieveRequestByFileObject(
    _: usize,
    queue: Handle,
    file: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let file = object::body::<File>(file).1;
    retrieved(of(queue).retrieve(|r| r.is_of(&file)), out)
}

/// `WdfIoQueueFindRequest`: the first after `found`, of `file` if given. Takes a reference that the driver gives back.
pub(super) extern "win64" fn WdfIoQueueFindRequest(
    _: usize,
    queue: Handle,
    found: Handle,
    file: Handle,
    parameters: Guest<RequestParameters>,
    out: Guest<Handle>,
) -> NtStatus {
    let queue = of(queue);
    let file = (file != 0).then(|| object::body::<File>(file).1);
    let state = queue.state.lock();
    let start = match found {
        0 => 0,
        found => match state.queued.iter().position(|r| r.handle() == found) {
            Some(index) => index + 1,
            None => return status::NOT_FOUND,
        },
    };
    let Some(request) = state
        .queued
        .iter()
        .skip(start)
        .find(|r| file.as_ref().is_none_or(|f| r.is_of(f)))
    else {
        return status::NO_MORE_ENTRIES;
    };
    object::get(request.handle()).reference();
    if !parameters.is_null() {
        parameters.write(request.parameters());
    }
    out.write(request.handle());
    status::SUCCESS
}

/// `WdfIoQueueRetrieveFoundRequest`: `STATUS_NOT_FOUND` if it was cancelled meanwhile.
pub(super) extern "win64" fn WdfIoQueueRetrieveFoundRequest(
    _: usize,
    queue: Handle,
    found: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let result = of(queue).retrieve(|r| r.handle() == found);
    retrieved(
        result.map_err(|s| {
            if s == status::NO_MORE_ENTRIES {
                status::NOT_FOUND
            } else {
                s
            }
        }),
        out,
    )
}

/// `WdfIoQueueReadyNotify`: manual queues; called when the queue goes from empty to not empty. Null takes it back.
pub(super) extern "win64" fn WdfIoQueueReadyNotify(
    _: usize,
    queue: Handle,
    notify: StateCallback,
    context: usize,
) -> NtStatus {
    let queue = of(queue);
    if !queue.is_manual() {
        return status::INVALID_DEVICE_REQUEST;
    }
    let mut state = queue.state.lock();
    match notify {
        Some(_) if state.ready.is_some() => status::INVALID_DEVICE_REQUEST,
        Some(notify) => {
            state.ready = Some((notify, context));
            status::SUCCESS
        }
        None => {
            state.ready = None;
            status::SUCCESS
        }
    }
}
