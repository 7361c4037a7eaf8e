//! I/O queues (wdfio.h): what arrives, what the driver gets and when, stopping, purging, power.

pub mod create;
pub mod facts;
mod present;
pub mod retrieve;
pub mod stop;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use parking_lot::{Condvar, Mutex};

use super::device::Device;
use super::file::File;
use super::object::{self, Body, Kind, Object};
use super::request::Request;
use super::sync::{self, SyncLock};
use crate::abi::kmdf::{Handle, IoQueueConfig};
use crate::cpu::callback;
use crate::machine;
use crate::registry::Export;
use crate::status::{self, Result};

/// What this module offers to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        create::exports(),
        facts::exports(),
        retrieve::exports(),
        stop::exports(),
    ]
    .concat()
}

const KIND: Kind = Kind {
    name: "WDFQUEUE",
    passive_dispose: true,
    deletable: true,
};

const SEQUENTIAL: u32 = 1;

const PARALLEL: u32 = 2;

const MANUAL: u32 = 3;

const STOP_SUSPEND: u32 = 1;

const STOP_PURGE: u32 = 2;

const STOP_CANCELABLE: u32 = 0x1000_0000;

/// Called when a queue has become idle, empty or ready.
type StateCallback = Option<extern "win64" fn(Handle, usize)>;

/// A queue's own data.
pub struct Queue {
    object: OnceLock<&'static Object>,
    device: Arc<Device>,
    config: IoQueueConfig,
    power_managed: bool,
    state: Mutex<State>,
    changed: Condvar,
    pub(super) lock: SyncLock,
}

#[derive(Default)]
struct State {
    accepting: bool,
    dispatching: bool,
    queued: VecDeque<Arc<Request>>,
    owned: Vec<Arc<Request>>,
    /// Waiting for: no request with the driver, and (unless stopping only) none queued.
    pending: Option<(extern "win64" fn(Handle, usize), usize, bool)>,
    ready: Option<(extern "win64" fn(Handle, usize), usize)>,
}

thread_local! {
    /// Queues that this thread is presenting requests of, and whether there is more to do.
    static PRESENTING: RefCell<Vec<(*const Queue, bool)>> = const { RefCell::new(Vec::new()) };
}

impl Body for Queue {
    fn dispose(&self, _object: &'static Object) {
        self.purge_for_removal();
        let this = std::ptr::from_ref(self);
        self.device
            .queues
            .lock()
            .retain(|q| !std::ptr::eq(Arc::as_ptr(q), this));
    }
}

fn of(handle: Handle) -> Arc<Queue> {
    object::body::<Queue>(handle).1
}

impl Queue {
    /// Its object.
    pub(super) fn object(&self) -> &'static Object {
        self.object.get().copied().unwrap_or_else(|| machine::stop())
    }

    /// Its device.
    pub(super) fn device(&self) -> &Arc<Device> {
        &self.device
    }

    fn powered(&self) -> bool {
        !self.power_managed || self.device.powered.load(Ordering::Acquire)
    }

    /// Whether this is a manual queue.
    pub(super) fn is_manual(&self) -> bool {
        self.config.dispatch_type == MANUAL
    }

    /// Takes a request in. `head`: it goes back to the front.
    ///
    /// # Errors
    /// `STATUS_WDF_BUSY` if the queue doesn't accept requests.
    pub(super) fn insert(self: &Arc<Self>, request: &Arc<Request>, head: bool) -> Result<()> {
        let ready = {
            let mut state = self.state.lock();
            if !state.accepting {
                return Err(status::WDF_BUSY);
            }
            request.set_queued(self);
            let was_empty = state.queued.is_empty();
            if head {
                state.queued.push_front(Arc::clone(request));
            } else {
                state.queued.push_back(Arc::clone(request));
            }
            if was_empty && state.dispatching && self.powered() {
                state.ready
            } else {
                None
            }
        };
        if request.is_cancelled() {
            self.cancel_queued(request);
        } else if let Some((notify, context)) = ready {
            callback::invoke("EvtIoQueueReady", || notify(self.object().handle(), context));
        }
        self.pump();
        Ok(())
    }

    /// A request isn't the driver's any more (completed, forwarded, requeued).
    pub(super) fn disown(self: &Arc<Self>, request: &Arc<Request>) {
        self.state.lock().owned.retain(|r| !Arc::ptr_eq(r, request));
        self.changed.notify_all();
        self.check_pending();
        self.pump();
    }

    /// Cancels a queued request: completes it, or gives it to EvtIoCanceledOnQueue if the driver had it before.
    /// `false` if it isn't in this queue (any more).
    pub(super) fn cancel_queued(self: &Arc<Self>, request: &Arc<Request>) -> bool {
        let callback = {
            let mut state = self.state.lock();
            let Some(index) = state.queued.iter().position(|r| Arc::ptr_eq(r, request)) else {
                return false;
            };
            state.queued.remove(index);
            request.set_driver_owned(self);
            let callback = self
                .config
                .io_canceled_on_queue
                .filter(|_| request.was_presented());
            if callback.is_some() {
                state.owned.push(Arc::clone(request));
            }
            callback
        };
        match callback {
            Some(canceled) => sync::with_queue_lock(self, || {
                let (queue, request) = (self.object().handle(), request.handle());
                callback::invoke("EvtIoCanceledOnQueue", || canceled(queue, request));
            }),
            None => request.complete(status::CANCELLED, 0),
        }
        self.changed.notify_all();
        self.check_pending();
        true
    }

    /// Cancels all queued requests of a file (its last handle was closed).
    pub(super) fn cancel_file(self: &Arc<Self>, file: &Arc<File>) {
        let queued: Vec<_> = self
            .state
            .lock()
            .queued
            .iter()
            .filter(|r| r.is_of(file))
            .cloned()
            .collect();
        for request in queued {
            self.cancel_queued(&request);
        }
    }

    /// Whether it stops with the device's power.
    pub(super) fn is_power_managed(&self) -> bool {
        self.power_managed
    }

    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }
}

/// Whether the driver may delete this queue: not the default queue.
pub(super) fn may_delete(object: &'static Object) -> bool {
    let Some(queue) = object.body::<Queue>() else {
        return true;
    };
    !queue
        .device
        .default_queue
        .get()
        .is_some_and(|d| std::ptr::eq(*d, object))
}
