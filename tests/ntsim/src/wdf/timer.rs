//! `WDFTIMER`, `WDFWORKITEM`, `WDFDPC` (wdftimer.h, wdfworkitem.h, wdfdpc.h).

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::device::Device;
use super::object::{self, Body, Kind, New, Object};
use super::sync::{self, LEVEL_PASSIVE};
use crate::abi::kmdf::{Handle, ObjectAttributes, TimerConfig, WorkItemConfig};
use crate::cpu::{self, callback};
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::{dpc, time, timer, worker};
use crate::registry::PASSIVE as PASSIVE_LEVEL;
use crate::status::{self, NtStatus, Result};
use crate::{at, machine, violate};

exports! { "Wdf01000.sys";
    WdfTimerCreate: PASSIVE..=DISPATCH,
    WdfTimerStart: PASSIVE..=DISPATCH,
    WdfTimerStop: PASSIVE..=DISPATCH,
    WdfTimerGetParentObject: PASSIVE..=DISPATCH,
    WdfWorkItemCreate: PASSIVE..=DISPATCH,
    WdfWorkItemEnqueue: PASSIVE..=DISPATCH,
    WdfWorkItemFlush: PASSIVE..=PASSIVE,
    WdfWorkItemGetParentObject: PASSIVE..=DISPATCH,
    WdfDpcCreate: PASSIVE..=DISPATCH,
    WdfDpcEnqueue: PASSIVE..=HIGH,
    WdfDpcCancel: PASSIVE..=HIGH,
    WdfDpcGetParentObject: PASSIVE..=HIGH,
}

const KIND_TIMER: Kind = Kind {
    name: "WDFTIMER",
    passive_dispose: true,
    deletable: true,
};
const KIND_WORK_ITEM: Kind = Kind {
    name: "WDFWORKITEM",
    passive_dispose: true,
    deletable: true,
};
const KIND_DPC: Kind = Kind {
    name: "WDFDPC",
    passive_dispose: true,
    deletable: true,
};

type Callback = extern "win64" fn(Handle);

/// Runs a callback later, one call at a time is queued, and can wait for it.
struct Deferred {
    object: OnceLock<&'static Object>,
    name: &'static str,
    function: Callback,
    serialize: bool,
    passive: bool,
    /// Changes when what is queued is taken back.
    epoch: AtomicU64,
    queued: AtomicU32,
    running: Mutex<Vec<ThreadId>>,
    done: Condvar,
}

impl Deferred {
    fn new(name: &'static str, function: Callback, serialize: u8, passive: bool) -> Arc<Self> {
        Arc::new(Self {
            object: OnceLock::new(),
            name,
            function,
            serialize: serialize != 0,
            passive,
            epoch: AtomicU64::new(0),
            queued: AtomicU32::new(0),
            running: Mutex::default(),
            done: Condvar::new(),
        })
    }

    /// Queues a call; `false` if one is queued already.
    fn queue(self: &Arc<Self>) -> bool {
        if self
            .queued
            .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed)
            .is_err()
        {
            return false;
        }
        let this = Arc::clone(self);
        let epoch = self.epoch.load(Ordering::Acquire);
        let work = move || this.run(epoch);
        if self.passive {
            worker::queue(work);
        } else {
            dpc::queue(None, work);
        }
        true
    }

    fn run(&self, epoch: u64) {
        {
            let mut running = self.running.lock();
            if self.epoch.load(Ordering::Acquire) != epoch || self.queued.swap(0, Ordering::AcqRel) == 0 {
                return;
            }
            running.push(std::thread::current().id());
        }
        if let Some(object) = self
            .object
            .get()
            .filter(|o| !o.is_deleting() || self.name == "EvtWorkItemFunc")
        {
            let handle = object.handle();
            let parent = object.parent().unwrap_or(object);
            sync::with_parent_lock(parent, self.serialize, || {
                callback::invoke(self.name, || (self.function)(handle))
            });
        }
        let me = std::thread::current().id();
        self.running.lock().retain(|t| *t != me);
        self.done.notify_all();
    }

    /// Takes a queued call back; `false` if none was queued.
    fn unqueue(&self) -> bool {
        let _running = self.running.lock();
        let was_queued = self.queued.swap(0, Ordering::AcqRel) != 0;
        self.epoch.fetch_add(1, Ordering::AcqRel);
        was_queued
    }

    /// Waits until no call is queued or running. From inside of the callback it would never end: reported.
    fn flush(&self, what: &str) {
        let me = std::thread::current().id();
        let started = Instant::now();
        let mut running = self.running.lock();
        if running.contains(&me) {
            drop(running);
            return violate!(HANG, "{what} from inside of its own callback");
        }
        while !running.is_empty() || self.queued.load(Ordering::Acquire) != 0 {
            self.done.wait_for(&mut running, Duration::from_millis(5));
            if machine::stopped() {
                return;
            }
            if started.elapsed() > machine::config().hang_after {
                drop(running);
                return violate!(HANG, "{what} waits for a callback that doesn't return");
            }
        }
    }

    fn object(&self) -> &'static Object {
        self.object.get().copied().unwrap_or_else(|| machine::stop())
    }
}

/// The parent must be a device, or belong to one.
fn checked_parent(attributes: Guest<ObjectAttributes>) -> Result<ObjectAttributes> {
    let attributes = object::read_attributes(attributes)?;
    if attributes.parent == 0 {
        return Err(status::WDF_PARENT_NOT_SPECIFIED);
    }
    if object::get(attributes.parent).ancestor::<Device>().is_none() {
        return Err(status::INVALID_DEVICE_REQUEST);
    }
    Ok(attributes)
}

fn make<T: Body>(
    kind: &'static Kind,
    attributes: Guest<ObjectAttributes>,
    function: &str,
    deferred: &Arc<Deferred>,
    body: T,
    out: Guest<Handle>,
) -> NtStatus {
    let new = New {
        kind,
        attributes,
        parent: None,
        may_have_parent: true,
        function,
    };
    status::of(object::create(&new, Arc::new(body)).map(|object| {
        // Nobody else has it yet.
        let _ = deferred.object.set(object);
        out.write(object.handle());
    }))
}

/// A timer's own data.
struct Timer {
    alarm: Arc<timer::Alarm>,
    deferred: Arc<Deferred>,
    period: Duration,
}

impl Body for Timer {
    fn dispose(&self, _object: &'static Object) {
        self.alarm.cancel();
        self.deferred.unqueue();
        self.deferred.flush("the deletion of a timer");
    }
}

/// `WdfTimerCreate`.
///
/// | the caller promises                                             | else                                       |
/// |-----------------------------------------------------------------|--------------------------------------------|
/// | the config's size                                                | `STATUS_INFO_LENGTH_MISMATCH`               |
/// | a parent that is a device or belongs to one                        | `STATUS_WDF_PARENT_NOT_SPECIFIED`, `STATUS_INVALID_DEVICE_REQUEST` |
/// | no period with passive level                                       | `STATUS_NOT_SUPPORTED`                      |
/// | serialisation only with a parent of the same level                  | `STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL`   |
pub extern "win64" fn WdfTimerCreate(
    _: usize,
    config: Guest<TimerConfig>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    if at!(config.size).read() as usize != size_of::<TimerConfig>() {
        violate!(PARAMETER, "WDF_TIMER_CONFIG has size {}", at!(config.size).read());
        return status::INFO_LENGTH_MISMATCH;
    }
    let config = config.read();
    let read = match checked_parent(attributes) {
        Ok(read) => read,
        Err(status) => return status,
    };
    let Some(function) = config.function else {
        return status::INVALID_PARAMETER;
    };
    // Passive only if the timer's own attributes say so; it is never inherited.
    let passive = read.execution_level == LEVEL_PASSIVE;
    if passive && config.period != 0 {
        return status::NOT_SUPPORTED;
    }
    let parent = object::get(read.parent);
    let locked = config.automatic_serialization != 0 && matches!(parent.scope, 2 | 3);
    if locked && (parent.execution_level == LEVEL_PASSIVE) != passive {
        return status::WDF_INCOMPATIBLE_EXECUTION_LEVEL;
    }
    let deferred = Deferred::new("EvtTimerFunc", function, config.automatic_serialization, passive);
    let queue = Arc::clone(&deferred);
    // A tick while the previous one is still queued is dropped.
    let alarm = timer::Alarm::new(move || {
        queue.queue();
    });
    let period = Duration::from_millis(u64::from(config.period));
    let body = Timer {
        alarm,
        deferred: Arc::clone(&deferred),
        period,
    };
    make(&KIND_TIMER, attributes, "WdfTimerCreate", &deferred, body, out)
}

/// `WdfTimerStart`: returns whether it was set before.
pub extern "win64" fn WdfTimerStart(_: usize, handle: Handle, due: i64) -> u8 {
    let (object, timer) = object::body::<Timer>(handle);
    if object.is_deleting() {
        violate!(OBJECT, "WdfTimerStart on a timer that is being deleted");
        return 0;
    }
    u8::from(timer.alarm.set(time::until(due), timer.period))
}

/// `WdfTimerStop`.
///
/// | the caller promises                              | else     |
/// |--------------------------------------------------|----------|
/// | with `wait`: IRQL == PASSIVE                       | `irql`   |
/// | with `wait`: not from inside of its callback        | `hang`   |
pub extern "win64" fn WdfTimerStop(_: usize, handle: Handle, wait: u8) -> u8 {
    let (_, timer) = object::body::<Timer>(handle);
    if wait != 0 && cpu::irql() > PASSIVE_LEVEL {
        violate!(IRQL, "WdfTimerStop with Wait = TRUE at IRQL {}", cpu::irql());
    }
    let was_set = timer.alarm.cancel();
    let was_queued = timer.deferred.unqueue();
    if wait != 0 && cpu::irql() == PASSIVE_LEVEL {
        timer.deferred.flush("WdfTimerStop");
        // The callback may have started it again.
        timer.alarm.cancel();
        timer.deferred.unqueue();
    }
    u8::from(was_set || was_queued)
}

/// `WdfTimerGetParentObject`.
pub extern "win64" fn WdfTimerGetParentObject(_: usize, handle: Handle) -> Handle {
    object::body::<Timer>(handle).0.parent().map_or(0, Object::handle)
}

/// A work item's own data.
struct WorkItem(Arc<Deferred>);

impl Body for WorkItem {
    fn dispose(&self, _object: &'static Object) {
        self.0.flush("the deletion of a work item");
    }
}

fn work_config(config: Guest<WorkItemConfig>) -> Result<(WorkItemConfig, Callback)> {
    if at!(config.size).read() as usize != size_of::<WorkItemConfig>() {
        violate!(
            PARAMETER,
            "work item or DPC configuration has size {}",
            at!(config.size).read()
        );
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    let config = config.read();
    config
        .function
        .map(|f| (config, f))
        .ok_or(status::INVALID_PARAMETER)
}

/// `WdfWorkItemCreate`: a parent as in [`WdfTimerCreate`].
pub extern "win64" fn WdfWorkItemCreate(
    _: usize,
    config: Guest<WorkItemConfig>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    match work_config(config).and_then(|c| checked_parent(attributes).map(|_| c)) {
        Ok((config, function)) => {
            let deferred = Deferred::new("EvtWorkItemFunc", function, config.automatic_serialization, true);
            let body = WorkItem(Arc::clone(&deferred));
            make(
                &KIND_WORK_ITEM,
                attributes,
                "WdfWorkItemCreate",
                &deferred,
                body,
                out,
            )
        }
        Err(status) => status,
    }
}

/// `WdfWorkItemEnqueue`: nothing happens if it is queued already.
pub extern "win64" fn WdfWorkItemEnqueue(_: usize, handle: Handle) {
    object::body::<WorkItem>(handle).1.0.queue();
}

/// `WdfWorkItemFlush`: not from inside of its callback (`hang`).
pub extern "win64" fn WdfWorkItemFlush(_: usize, handle: Handle) {
    object::body::<WorkItem>(handle).1.0.flush("WdfWorkItemFlush");
}

/// `WdfWorkItemGetParentObject`.
pub extern "win64" fn WdfWorkItemGetParentObject(_: usize, handle: Handle) -> Handle {
    let (object, item) = object::body::<WorkItem>(handle);
    let _ = item.0.object();
    object.parent().map_or(0, Object::handle)
}

/// A DPC's own data.
struct Dpc(Arc<Deferred>);

impl Body for Dpc {
    fn dispose(&self, _object: &'static Object) {
        self.0.unqueue();
        self.0.flush("the deletion of a DPC");
    }
}

/// `WdfDpcCreate`: a parent as in [`WdfTimerCreate`].
pub extern "win64" fn WdfDpcCreate(
    _: usize,
    config: Guest<WorkItemConfig>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    match work_config(config).and_then(|c| checked_parent(attributes).map(|_| c)) {
        Ok((config, function)) => {
            let deferred = Deferred::new("EvtDpcFunc", function, config.automatic_serialization, false);
            let body = Dpc(Arc::clone(&deferred));
            make(&KIND_DPC, attributes, "WdfDpcCreate", &deferred, body, out)
        }
        Err(status) => status,
    }
}

/// `WdfDpcEnqueue`: 0 if it is queued already.
pub extern "win64" fn WdfDpcEnqueue(_: usize, handle: Handle) -> u8 {
    u8::from(object::body::<Dpc>(handle).1.0.queue())
}

/// `WdfDpcCancel`: with `wait` at PASSIVE_LEVEL only.
pub extern "win64" fn WdfDpcCancel(_: usize, handle: Handle, wait: u8) -> u8 {
    let (_, dpc) = object::body::<Dpc>(handle);
    let was_queued = dpc.0.unqueue();
    if wait != 0 {
        if cpu::irql() > PASSIVE_LEVEL {
            violate!(IRQL, "WdfDpcCancel with Wait = TRUE at IRQL {}", cpu::irql());
        } else {
            dpc.0.flush("WdfDpcCancel");
        }
    }
    u8::from(was_queued)
}

/// `WdfDpcGetParentObject`.
pub extern "win64" fn WdfDpcGetParentObject(_: usize, handle: Handle) -> Handle {
    object::body::<Dpc>(handle).0.parent().map_or(0, Object::handle)
}
