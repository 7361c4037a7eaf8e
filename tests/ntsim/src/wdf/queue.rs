//! I/O queues (wdfio.h): what arrives, what the driver gets and when, stopping, purging, power.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::device::{self, Device};
use super::file::File;
use super::object::{self, Body, Kind, New, Object};
use super::request::{self, Request};
use super::sync::{self, LEVEL_PASSIVE, SyncLock};
use crate::abi::kmdf::{Handle, IoQueueConfig, ObjectAttributes, RequestParameters};
use crate::cpu::{self, callback};
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::worker;
use crate::registry::PASSIVE as PASSIVE_LEVEL;
use crate::status::{self, NtStatus, Result};

use crate::{at, machine, violate};

exports! { "Wdf01000.sys";
    WdfIoQueueCreate: PASSIVE..=DISPATCH,
    WdfIoQueueGetState: PASSIVE..=DISPATCH,
    WdfIoQueueStart: PASSIVE..=DISPATCH,
    WdfIoQueueStop: PASSIVE..=DISPATCH,
    WdfIoQueueStopSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueueGetDevice: PASSIVE..=DISPATCH,
    WdfIoQueueRetrieveNextRequest: PASSIVE..=DISPATCH,
    WdfIoQueueRetrieveRequestByFileObject: PASSIVE..=DISPATCH,
    WdfIoQueueFindRequest: PASSIVE..=DISPATCH,
    WdfIoQueueRetrieveFoundRequest: PASSIVE..=DISPATCH,
    WdfIoQueueDrain: PASSIVE..=DISPATCH,
    WdfIoQueueDrainSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueuePurge: PASSIVE..=DISPATCH,
    WdfIoQueuePurgeSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueueStopAndPurge: PASSIVE..=DISPATCH,
    WdfIoQueueStopAndPurgeSynchronously: PASSIVE..=PASSIVE,
    WdfIoQueueReadyNotify: PASSIVE..=DISPATCH,
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

/// `WdfIoQueueCreate`.
///
/// | the caller promises                                            | else                          |
/// |----------------------------------------------------------------|-------------------------------|
/// | the config has a known size                                      | `STATUS_INFO_LENGTH_MISMATCH`  |
/// | a dispatch type; a handler unless manual                          | `STATUS_INVALID_PARAMETER`, `STATUS_WDF_NO_CALLBACK` |
/// | no handler for a manual queue                                     | `STATUS_INVALID_PARAMETER`     |
/// | an out handle unless it is the default queue                       | `STATUS_INVALID_PARAMETER_4`   |
/// | one default queue, made before the device starts                    | `STATUS_UNSUCCESSFUL`, `STATUS_INVALID_DEVICE_STATE` |
pub extern "win64" fn WdfIoQueueCreate(
    _: usize,
    device: Handle,
    config: Guest<IoQueueConfig>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    status::of(
        create(device, config, attributes, out.is_null()).map(|queue| out.put(queue.object().handle())),
    )
}

fn create(
    handle: Handle,
    config: Guest<IoQueueConfig>,
    attributes: Guest<ObjectAttributes>,
    no_out: bool,
) -> Result<Arc<Queue>> {
    let (device_object, device) = object::body::<Device>(handle);
    let config = read_config(config)?;
    if no_out && config.default_queue == 0 {
        return Err(status::INVALID_PARAMETER_4);
    }
    if config.default_queue != 0 && device.available.load(Ordering::Acquire) {
        return Err(status::INVALID_DEVICE_STATE);
    }
    if config.default_queue != 0 && device.default_queue.get().is_some() {
        return Err(status::UNSUCCESSFUL);
    }
    let power_managed = match config.power_managed {
        0 => false,
        1 => true,
        _ => !device.is_control() && !device.init.filter,
    };
    let queue = Arc::new(Queue {
        object: OnceLock::new(),
        device: Arc::clone(&device),
        config,
        power_managed: power_managed && !device.is_control(),
        state: Mutex::new(State {
            accepting: true,
            dispatching: true,
            ..State::default()
        }),
        changed: Condvar::new(),
        lock: SyncLock::default(),
    });
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(device_object),
        may_have_parent: true,
        function: "WdfIoQueueCreate",
    };
    let object = object::create(&new, Arc::clone(&queue))?;
    // Nobody else has them yet.
    let _ = queue.object.set(object);
    if config.default_queue != 0 {
        let _ = device.default_queue.set(object);
    }
    device.queues.lock().push(Arc::clone(&queue));
    Ok(queue)
}

fn read_config(config: Guest<IoQueueConfig>) -> Result<IoQueueConfig> {
    if config.is_null() {
        return Err(status::INVALID_PARAMETER);
    }
    // Sizes of 1.7 (no settings), 1.9 (settings), and since 1.11.
    let size = at!(config.size).read() as usize;
    let full = size_of::<IoQueueConfig>();
    if ![full, full - 8, full - 16].contains(&size) {
        violate!(PARAMETER, "WDF_IO_QUEUE_CONFIG has size {size}");
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    let mut this = config.read();
    if size == full - 16 {
        this.presented_requests = u32::MAX;
    }
    let has_handler = this.io_default.is_some()
        || this.io_read.is_some()
        || this.io_write.is_some()
        || this.io_device_control.is_some()
        || this.io_internal_device_control.is_some();
    match this.dispatch_type {
        MANUAL if has_handler => Err(status::INVALID_PARAMETER),
        SEQUENTIAL | PARALLEL if !has_handler => Err(status::WDF_NO_CALLBACK),
        SEQUENTIAL | PARALLEL | MANUAL => Ok(this),
        _ => Err(status::INVALID_PARAMETER),
    }
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

    /// Presents what can be presented. Re-entered on the same thread it only notes that there is more.
    pub(super) fn pump(self: &Arc<Self>) {
        if self.is_manual() {
            return;
        }
        if self.object().execution_level == LEVEL_PASSIVE && cpu::irql() > PASSIVE_LEVEL {
            let this = Arc::clone(self);
            return worker::queue(move || this.pump());
        }
        let me = Arc::as_ptr(self);
        let nested = PRESENTING.with_borrow_mut(|list| match list.iter_mut().find(|(q, _)| *q == me) {
            Some(entry) => {
                entry.1 = true;
                true
            }
            None => {
                list.push((me, false));
                false
            }
        });
        if nested {
            return;
        }
        loop {
            while let Some(request) = self.take_presentable() {
                self.present(&request);
            }
            let again = PRESENTING.with_borrow_mut(|list| {
                let index = list.iter().rposition(|(q, _)| *q == me).unwrap_or(0);
                let again = std::mem::replace(&mut list[index].1, false);
                if !again {
                    list.remove(index);
                }
                again
            });
            if !again {
                return;
            }
        }
    }

    fn take_presentable(self: &Arc<Self>) -> Option<Arc<Request>> {
        let limit = match self.config.dispatch_type {
            SEQUENTIAL => 1,
            _ => self.config.presented_requests as usize,
        };
        let mut state = self.state.lock();
        if !state.dispatching || !self.powered() || state.owned.len() >= limit {
            return None;
        }
        let request = state.queued.pop_front()?;
        request.set_driver_owned(self);
        state.owned.push(Arc::clone(&request));
        Some(request)
    }

    fn present(self: &Arc<Self>, request: &Arc<Request>) {
        let (queue, handle) = (self.object().handle(), request.handle());
        let parameters = request.parameters();
        let [first, second, third, _] = parameters
            .parameters
            .map(|v| usize::try_from(v).unwrap_or(usize::MAX));
        let code = u32::try_from(third & 0xFFFF_FFFF).unwrap_or(0);
        let config = &self.config;
        if matches!(parameters.kind, 3 | 4) && first == 0 && config.allow_zero_length == 0 {
            return request.complete(status::SUCCESS, 0);
        }
        sync::with_queue_lock(self, || match (parameters.kind, config) {
            (
                3,
                IoQueueConfig {
                    io_read: Some(read), ..
                },
            ) => callback::invoke("EvtIoRead", || read(queue, handle, first)),
            (
                4,
                IoQueueConfig {
                    io_write: Some(write),
                    ..
                },
            ) => callback::invoke("EvtIoWrite", || write(queue, handle, first)),
            (
                14,
                IoQueueConfig {
                    io_device_control: Some(control),
                    ..
                },
            ) => {
                callback::invoke("EvtIoDeviceControl", || {
                    control(queue, handle, first, second, code)
                });
            }
            (
                15,
                IoQueueConfig {
                    io_internal_device_control: Some(control),
                    ..
                },
            ) => {
                callback::invoke("EvtIoInternalDeviceControl", || {
                    control(queue, handle, first, second, code)
                });
            }
            (
                _,
                IoQueueConfig {
                    io_default: Some(default),
                    ..
                },
            ) => {
                callback::invoke("EvtIoDefault", || default(queue, handle));
            }
            _ => request.complete(status::INVALID_DEVICE_REQUEST, 0),
        });
    }

    /// A request isn't the driver's any more (completed, forwarded, requeued).
    pub(super) fn disown(self: &Arc<Self>, request: &Arc<Request>) {
        self.state.lock().owned.retain(|r| !Arc::ptr_eq(r, request));
        self.changed.notify_all();
        self.check_pending();
        self.pump();
    }

    /// Calls the stop, drain or purge callback if its condition holds now.
    fn check_pending(&self) {
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

    fn purge(self: &Arc<Self>) {
        let queued: Vec<_> = self.state.lock().queued.iter().cloned().collect();
        for request in queued {
            self.cancel_queued(&request);
        }
        let owned = self.state.lock().owned.clone();
        for request in owned {
            request.cancel();
        }
    }

    fn set_pending(&self, notify: StateCallback, context: usize, empty: bool) {
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
    fn wait(&self, what: &str, empty: bool) {
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
    pub(super) fn purge_for_removal(&self) {
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

    /// Whether it stops with the device's power.
    pub(super) fn is_power_managed(&self) -> bool {
        self.power_managed
    }

    /// The device leaves D0, or goes: asks the driver about each request that it has, and waits.
    pub(super) fn hold(self: &Arc<Self>, removing: bool) {
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
    pub(super) fn release(self: &Arc<Self>) {
        let owned = self.state.lock().owned.clone();
        for request in owned.into_iter().filter(|r| r.set_stopping(false)) {
            if let Some(resume) = self.config.io_resume {
                callback::invoke("EvtIoResume", || resume(self.object().handle(), request.handle()));
            }
        }
        self.pump();
    }

    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Takes a queued request for the driver.
    fn retrieve(self: &Arc<Self>, wanted: impl Fn(&Arc<Request>) -> bool) -> Result<Arc<Request>> {
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

    /// Queued and driver-owned requests, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let state = self.state.lock();
        let kind = ["", "sequential", "parallel", "manual"]
            .get(self.config.dispatch_type as usize)
            .unwrap_or(&"?");
        format!(
            "{kind} queue: {} queued, {} with the driver",
            state.queued.len(),
            state.owned.len()
        )
    }
}

/// `WdfIoQueueGetState`: bits accept 1, dispatch 2, no requests 4, none with the driver 8, held by power 16.
pub extern "win64" fn WdfIoQueueGetState(
    _: usize,
    queue: Handle,
    queued: Guest<u32>,
    owned: Guest<u32>,
) -> u32 {
    let queue = of(queue);
    let state = queue.state.lock();
    queued.put(u32::try_from(state.queued.len()).unwrap_or(u32::MAX));
    owned.put(u32::try_from(state.owned.len()).unwrap_or(u32::MAX));
    let bit = |set: bool, bit: u32| if set { bit } else { 0 };
    bit(state.accepting, 1)
        | bit(state.dispatching, 2)
        | bit(state.queued.is_empty(), 4)
        | bit(state.owned.is_empty(), 8)
        | bit(!queue.powered(), 16)
}

/// `WdfIoQueueStart`: accepts and dispatches again.
pub extern "win64" fn WdfIoQueueStart(_: usize, queue: Handle) {
    let queue = of(queue);
    {
        let mut state = queue.state.lock();
        state.accepting = true;
        state.dispatching = true;
    }
    queue.pump();
}

/// `WdfIoQueueStop`: accepts, presents nothing; the callback comes when the driver has no request.
pub extern "win64" fn WdfIoQueueStop(_: usize, queue: Handle, notify: StateCallback, context: usize) {
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
pub extern "win64" fn WdfIoQueueStopSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueStopSynchronously");
    queue.state.lock().dispatching = false;
    queue.wait("WdfIoQueueStopSynchronously", false);
}

/// `WdfIoQueueGetDevice`.
pub extern "win64" fn WdfIoQueueGetDevice(_: usize, queue: Handle) -> Handle {
    of(queue).device.handle()
}

/// `WdfIoQueueRetrieveNextRequest`: `STATUS_NO_MORE_ENTRIES`, `STATUS_WDF_PAUSED`, `STATUS_INVALID_DEVICE_STATE` (parallel).
pub extern "win64" fn WdfIoQueueRetrieveNextRequest(_: usize, queue: Handle, out: Guest<Handle>) -> NtStatus {
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
pub extern "win64" fn WdfIoQueueRetrieveRequestByFileObject(
    _: usize,
    queue: Handle,
    file: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let file = object::body::<File>(file).1;
    retrieved(of(queue).retrieve(|r| r.is_of(&file)), out)
}

/// `WdfIoQueueFindRequest`: the first after `found`, of `file` if given. Takes a reference that the driver gives back.
pub extern "win64" fn WdfIoQueueFindRequest(
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
pub extern "win64" fn WdfIoQueueRetrieveFoundRequest(
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

/// `WdfIoQueueDrain`: refuses new requests; the callback comes when all are done.
pub extern "win64" fn WdfIoQueueDrain(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().accepting = false;
    queue.set_pending(notify, context, true);
}

/// `WdfIoQueueDrainSynchronously`.
pub extern "win64" fn WdfIoQueueDrainSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueDrainSynchronously");
    queue.state.lock().accepting = false;
    queue.wait("WdfIoQueueDrainSynchronously", true);
}

/// `WdfIoQueuePurge`: refuses new requests, cancels queued and cancelable ones.
pub extern "win64" fn WdfIoQueuePurge(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().accepting = false;
    queue.purge();
    queue.set_pending(notify, context, true);
}

/// `WdfIoQueuePurgeSynchronously`: not from a thread that has one of its requests (`hang`).
pub extern "win64" fn WdfIoQueuePurgeSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueuePurgeSynchronously");
    queue.state.lock().accepting = false;
    queue.purge();
    queue.wait("WdfIoQueuePurgeSynchronously", true);
}

/// `WdfIoQueueStopAndPurge`: accepts, presents nothing, cancels what is there now.
pub extern "win64" fn WdfIoQueueStopAndPurge(_: usize, queue: Handle, notify: StateCallback, context: usize) {
    let queue = of(queue);
    queue.state.lock().dispatching = false;
    queue.purge();
    queue.set_pending(notify, context, false);
}

/// `WdfIoQueueStopAndPurgeSynchronously`.
pub extern "win64" fn WdfIoQueueStopAndPurgeSynchronously(_: usize, queue: Handle) {
    let queue = of(queue);
    check_synchronous(&queue, "WdfIoQueueStopAndPurgeSynchronously");
    queue.state.lock().dispatching = false;
    queue.purge();
    queue.wait("WdfIoQueueStopAndPurgeSynchronously", false);
}

/// `WdfIoQueueReadyNotify`: manual queues; called when the queue goes from empty to not empty. Null takes it back.
pub extern "win64" fn WdfIoQueueReadyNotify(
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

/// The queues of a device, for reports.
#[must_use]
pub fn summaries(device: &device::Device) -> Vec<String> {
    device.queues.lock().iter().map(|q| q.summary()).collect()
}
