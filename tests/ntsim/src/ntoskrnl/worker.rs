//! System worker threads: `IoQueueWorkItem...`, `ExQueueWorkItem`, and what the framework runs at PASSIVE_LEVEL.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::dispatcher;
use crate::abi::Pointer;
use crate::cpu::callback;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::violation::{self, Rule};
use crate::{cpu, machine, violate};

exports! { "ntoskrnl.exe";
    IoAllocateWorkItem: PASSIVE..=DISPATCH,
    IoQueueWorkItem: PASSIVE..=DISPATCH,
    IoQueueWorkItemEx: PASSIVE..=DISPATCH,
    IoFreeWorkItem: PASSIVE..=DISPATCH,
    ExQueueWorkItem: PASSIVE..=DISPATCH,
}

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    running: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    jobs: VecDeque::new(),
    idle: 0,
    threads: 0,
    running: 0,
});
static WORK: Condvar = Condvar::new();
/// More threads than this are never started; Windows has a limit too.
const MAX_THREADS: usize = 64;

/// Runs `job` on a system worker thread at PASSIVE_LEVEL. Jobs may block; others get more threads.
pub fn queue(job: impl FnOnce() + Send + 'static) {
    let mut pool = POOL.lock();
    pool.jobs.push_back(Box::new(job));
    if pool.idle < pool.jobs.len() && pool.threads < MAX_THREADS {
        pool.threads += 1;
        let number = pool.threads;
        let spawned = std::thread::Builder::new()
            .name(format!("worker {number}"))
            .stack_size(1 << 20)
            .spawn(work);
        assert!(spawned.is_ok(), "no host thread for a worker");
    }
    WORK.notify_one();
}

fn work() {
    let _ = cpu::current();
    let mut pool = POOL.lock();
    loop {
        if let Some(job) = pool.jobs.pop_front() {
            pool.running += 1;
            drop(pool);
            job();
            pool = POOL.lock();
            pool.running = pool.running.saturating_sub(1);
            continue;
        }
        pool.idle += 1;
        let timed_out = WORK.wait_for(&mut pool, Duration::from_secs(10)).timed_out();
        pool.idle -= 1;
        if timed_out && pool.jobs.is_empty() {
            pool.threads -= 1;
            return;
        }
    }
}

/// Waits until no job is queued or running, for a few seconds at most (a job may wait for its caller).
pub(crate) fn flush() {
    for _ in 0..2000 {
        let pool = POOL.lock();
        if pool.jobs.is_empty() && pool.running == 0 || machine::stopped() {
            return;
        }
        drop(pool);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[derive(Clone, Copy)]
struct Item {
    device: Pointer,
    queued: bool,
    site: usize,
}

static ITEMS: Mutex<BTreeMap<Pointer, Item>> = Mutex::new(BTreeMap::new());

/// `IoAllocateWorkItem`: null when it fails.
pub extern "win64" fn IoAllocateWorkItem(device: Pointer) -> Pointer {
    if faults::fails_allocation("IoAllocateWorkItem") {
        return 0;
    }
    let item = Box::into_raw(Box::new([0u64; 8])) as Pointer;
    ITEMS.lock().insert(
        item,
        Item {
            device,
            queued: false,
            site: cpu::current().site(),
        },
    );
    item
}

/// `IoQueueWorkItem`: queueing an item that is queued is `queue` (0x96 corrupts the list on Windows).
pub extern "win64" fn IoQueueWorkItem(
    item: Pointer,
    routine: extern "win64" fn(Pointer, Pointer),
    _queue: u32,
    context: Pointer,
) {
    let Some(device) = mark_queued(item) else { return };
    queue(move || {
        unmark(item);
        callback::invoke("IoWorkItem", || routine(device, context));
    });
}

/// `IoQueueWorkItemEx`: the routine also gets the item.
pub extern "win64" fn IoQueueWorkItemEx(
    item: Pointer,
    routine: extern "win64" fn(Pointer, Pointer, Pointer),
    _queue: u32,
    context: Pointer,
) {
    let Some(device) = mark_queued(item) else { return };
    queue(move || {
        unmark(item);
        callback::invoke("IoWorkItemEx", || routine(device, context, item));
    });
}

fn mark_queued(item: Pointer) -> Option<Pointer> {
    let mut items = ITEMS.lock();
    let known = items.get_mut(&item);
    let queued = known.as_ref().is_some_and(|i| i.queued);
    if let Some(entry) = known.filter(|_| !queued) {
        entry.queued = true;
        return Some(entry.device);
    }
    drop(items);
    violate!(
        QUEUE,
        "work item {item:#x} is {}",
        if queued { "queued already" } else { "not allocated" }
    );
    None
}

fn unmark(item: Pointer) {
    if let Some(entry) = ITEMS.lock().get_mut(&item) {
        entry.queued = false;
    }
}

/// `IoFreeWorkItem`: a queued item is `active-object-freed`.
pub extern "win64" fn IoFreeWorkItem(item: Pointer) {
    let removed = ITEMS.lock().remove(&item);
    match removed {
        None => violate!(POOL_BAD_FREE, "{item:#x} isn't a work item"),
        Some(entry) if entry.queued => violate!(ACTIVE_FREED, "work item freed while it is queued"),
        Some(_) => {
            // SAFETY: made by `IoAllocateWorkItem` and removed from the list just now, so nobody frees it again.
            drop(unsafe { Box::from_raw(item as *mut [u64; 8]) });
        }
    }
}

/// `ExQueueWorkItem`: the item is the driver's `WORK_QUEUE_ITEM` (routine at 16, parameter at 24).
pub extern "win64" fn ExQueueWorkItem(item: Guest<u8>, _queue: u32) {
    let routine: extern "win64" fn(Pointer) = item.byte_offset(16).read();
    let parameter: Pointer = item.byte_offset(24).read();
    queue(move || callback::invoke("WorkerRoutine", || routine(parameter)));
}

/// Number of work items.
pub(crate) fn live() -> usize {
    ITEMS.lock().len()
}

pub(crate) fn check_unload() {
    for item in ITEMS.lock().values() {
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            item.site,
            "work item not freed at unload".to_owned(),
        );
    }
}

pub(crate) fn reset() {
    ITEMS.lock().clear();
    // A job that the stopped machine keeps for ever doesn't count any more.
    let mut pool = POOL.lock();
    pool.jobs.clear();
    pool.running = 0;
    drop(pool);
    dispatcher::wake_all();
}
