//! Stopping, draining and purging a queue, on the driver's order or because power or device go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{PRESENTING, Queue, STOP_CANCELABLE, STOP_PURGE, STOP_SUSPEND, StateCallback, of};
use crate::abi::kmdf::Handle;
use crate::cpu::callback;
use crate::exports;
use crate::wdf::request;
use crate::wdf::sync;
use crate::{machine, violate};

exports! { "Wdf01000.sys";
    WdfIoQueueStart: PASSIVE..=DISPATCH,
    WdfIoQueueStop: PASSIVE..=DISPATCH,
    WdfIoQueueStopSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueueDrain: PASSIVE..=DISPATCH,
    WdfIoQueueDrainSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueuePurge: PASSIVE..=DISPATCH,
    WdfIoQueuePurgeSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueueStopAndPurge: PASSIVE..=DISPATCH,
    WdfIoQueueStopAndPurgeSynchronously: PASSIVE..=PASSIVE,
}

impl Queue {
    /// Calls the stop, drain or purge callback if its condition holds now.
    pub(super) fn check_pending(&self) {
        let done = {
            let mut state = self.state.lock();
            match state.pending {
                Some((_, _, empty)) if state.owned.is_empty() && (!empty || state.queued.is_empty()) => {
                    state.pending.take()
                }
                _ => None,
            }
        };
        if let Some((notify, context, _)) = done {
            callback::invoke("EvtIoQueueState", || notify(self.object().handle(), context));
        }
    }

    pub(super) fn purge(self: &Arc<Self>) {
        let queued: Vec<_> = self.state.lock().queued.iter().cloned().collect();
        for request in queued {
            self.cancel_queued(&request);
        }
        let owned = self.state.lock().owned.clone();
        for request in owned {
            request.cancel();
        }
    }

    pub(super) fn set_pending(&self, notify: StateCallback, context: usize, empty: bool) {
        if let Some(notify) = notify {
            let mut state = self.state.lock();
            if state.pending.is_some() {
                drop(state);
                violate!(
                    QUEUE,
                    "stop, drain or purge while another one is pending (0x10D 0xA)"
                );
                return;
            }
            state.pending = Some((notify, context, empty));
        }
        self.check_pending();
    }

    /// Waits until the driver has none of its requests (and none are queued).
    pub(super) fn wait(&self, what: &str, empty: bool) {
        let started = Instant::now();
        let mut state = self.state.lock();
        while !(state.owned.is_empty() && (!empty || state.queued.is_empty())) {
            self.changed.wait_for(&mut state, Duration::from_millis(20));
            if machine::stopped() {
                return;
            }
            if started.elapsed() > machine::config().hang_after {
                let sites: Vec<_> = state.owned.iter().map(request::describe).collect();
                violate!(
                    REQUEST_LOST,
                    "{what} waits for requests that the driver doesn't complete: {}",
                    sites.join("; ")
                );
                return;
            }
        }
    }

    /// Refuses, cancels and waits: the device goes, or the queue is deleted.
    pub(in crate::wdf) fn purge_for_removal(&self) {
        let Some(this) = self
            .device
            .queues
            .lock()
            .iter()
            .find(|q| std::ptr::eq(Arc::as_ptr(q), self))
            .cloned()
        else {
            return;
        };
        this.state.lock().accepting = false;
        this.purge();
        this.wait("the removal of a queue", true);
    }

    /// The device leaves D0, or goes: asks the driver about each request that it has, and waits.
    pub(in crate::wdf) fn hold(self: &Arc<Self>, removing: bool) {
        let owned = self.state.lock().owned.clone();
        for request in owned {
            let Some(stop) = self.config.io_stop else { continue };
            let cancelable = if request.is_cancelable() {
                STOP_CANCELABLE
            } else {
                0
            };
            let flags = cancelable | if removing { STOP_PURGE } else { STOP_SUSPEND };
            request.set_stopping(true);
            sync::with_queue_lock(self, || {
                let (queue, request) = (self.object().handle(), request.handle());
                callback::invoke("EvtIoStop", || stop(queue, request, flags));
            });
        }
        let started = Instant::now();
        let mut state = self.state.lock();
        while state.owned.iter().any(|r| !r.is_stop_acknowledged()) {
            self.changed.wait_for(&mut state, Duration::from_millis(20));
            if machine::stopped() {
                return;
            }
            if started.elapsed() > machine::config().hang_after {
                let sites: Vec<_> = state.owned.iter().map(request::describe).collect();
                violate!(
                    REQUEST_LOST,
                    "power down waits for requests: {} (0x9F)",
                    sites.join("; ")
                );
                return;
            }
        }
    }

    /// The device is in D0 again.
    pub(in crate::wdf) fn release(self: &Arc<Self>) {
        let owned = self.state.lock().owned.clone();
        for request in owned.into_iter().filter(|r| r.set_stopping(false)) {
            if let Some(resume) = self.config.io_resume {
                callback::invoke("EvtIoResume", || resume(self.object().handle(), request.handle()));
            }
        }
        self.pump();
    }
}

/// `WdfIoQueueStart`: accepts and dispatches again.
pub(super) extern "win64" fn WdfIoQueueStart(_: usize, queue: Handle) {
    let queue = of(queue);
    {
        let mut state = queue.state.lock();
        state.accepting = true;
        state.dispatching = true;
    }
    queue.pump();
}

/// `WdfIoQueueStop`: accepts, presents nothing; the callback comes when the driver has no request.
pub(super) extern "win64" fn WdfIoQueueStop(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().dispatching = false;
    queue.set_pending(notify, context, false);
}

fn check_synchronous(queue: &Queue, name: &str) {
    let me = std::ptr::from_ref(queue);
    if PRESENTING.with_borrow(|list| list.iter().any(|(q, _)| *q == me))
        && !queue.state.lock().owned.is_empty()
    {
        violate!(
            HANG,
            "{name} in a callback of the queue's own request never returns"
        );
        machine::stop();
    }
}

/// `WdfIoQueueStopSynchronously`: not from a thread that has one of its requests (`hang`).
pub(super) extern "win64" fn WdfIoQueueStopSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueStopSynchronously");
    queue.state.lock().dispatching = false;
    queue.wait("WdfIoQueueStopSynchronously", false);
}

/// `WdfIoQueueDrain`: refuses new requests; the callback comes when all are done.
pub(super) extern "win64" fn WdfIoQueueDrain(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().accepting = false;
    queue.set_pending(notify, context, true);
}

/// `WdfIoQueueDrainSynchronously`.
pub(super) extern "win64" fn WdfIoQueueDrainSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueDrainSynchronously");
    queue.state.lock().accepting = false;
    queue.wait("WdfIoQueueDrainSynchronously", true);
}

/// `WdfIoQueuePurge`: refuses new requests, cancels queued and cancelable ones.
pub(super) extern "win64" fn WdfIoQueuePurge(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().accepting = false;
    queue.purge();
    queue.set_pending(notify, context, true);
}

/// `WdfIoQueuePurgeSynchronously`: not from a thread that has one of its requests (`hang`).
pub(super) extern "win64" fn WdfIoQueuePurgeSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueuePurgeSynchronously");
    queue.state.lock().accepting = false;
    queue.purge();
    queue.wait("WdfIoQueuePurgeSynchronously", true);
}

/// `WdfIoQueueStopAndPurge`: accepts, presents nothing, cancels what is there now.
pub(super) extern "win64" fn WdfIoQueueStopAndPurge(
    _: usize,
    queue: Handle,
    notify: StateCallback,
    context: usize,
) {
    let queue = of(queue);
    queue.state.lock().dispatching = false;
    queue.purge();
    queue.set_pending(notify, context, false);
}

/// `WdfIoQueueStopAndPurgeSynchronously`.
pub(super) extern "win64" fn WdfIoQueueStopAndPurgeSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueStopAndPurgeSynchronously");
    queue.state.lock().dispatching = false;
    queue.purge();
    queue.wait("WdfIoQueueStopAndPurgeSynchronously", false);
}
