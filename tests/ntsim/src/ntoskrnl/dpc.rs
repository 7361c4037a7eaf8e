//! Deferred procedure calls (wdm.h), one queue and one host thread per simulated processor.
//!
//! A DPC runs at DISPATCH_LEVEL on its processor. On Windows a DPC queued below DISPATCH_LEVEL interrupts the thread; here
//! the processor's DPC thread competes for the processor with the threads that run on it (our reading: a DPC may
//! always come a moment later).

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::abi::wdm::{DeferredRoutine, Kdpc, ProcessorNumber};
use crate::cpu::processor::{self, MAX_PROCESSORS};
use crate::cpu::{self, callback};
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, machine, violate};

exports! { "ntoskrnl.exe";
    KeInitializeDpc: PASSIVE..=HIGH,
    KeInitializeThreadedDpc: PASSIVE..=HIGH,
    KeInsertQueueDpc: PASSIVE..=HIGH,
    KeRemoveQueueDpc: PASSIVE..=HIGH,
    KeSetImportanceDpc: PASSIVE..=HIGH,
    KeSetTargetProcessorDpc: PASSIVE..=HIGH,
    KeSetTargetProcessorDpcEx: PASSIVE..=HIGH,
    KeFlushQueuedDpcs: PASSIVE..=PASSIVE,
}

/// A KDPC's target is kept as processor number plus this; 0 is no target.
const FIRST_TARGET: u16 = 64;
const _: () = assert!(FIRST_TARGET as usize == MAX_PROCESSORS);

enum Work {
    /// A driver's KDPC.
    Driver(Guest<Kdpc>),
    /// The simulator's own work at DISPATCH_LEVEL (framework timers, polling).
    Internal(Box<dyn FnOnce() + Send>),
}

struct Queue {
    work: VecDeque<Work>,
    running: bool,
    started: bool,
}

struct Processor {
    queue: Mutex<Queue>,
    changed: Condvar,
}

static PROCESSORS: [Processor; MAX_PROCESSORS] = [const {
    Processor {
        queue: Mutex::new(Queue {
            work: VecDeque::new(),
            running: false,
            started: false,
        }),
        changed: Condvar::new(),
    }
}; MAX_PROCESSORS];
/// Queued DPCs by address: the processor.
static QUEUED: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

/// Runs `work` at DISPATCH_LEVEL on a processor (`None`: the current one), on that processor's DPC thread.
pub fn queue(on: Option<usize>, work: impl FnOnce() + Send + 'static) {
    push(
        on.unwrap_or_else(|| cpu::current().processor()),
        Work::Internal(Box::new(work)),
    );
}

fn push(on: usize, work: Work) {
    let on = on % processor::count();
    let processor = &PROCESSORS[on];
    let mut queue = processor.queue.lock();
    queue.work.push_back(work);
    if !queue.started {
        queue.started = true;
        let spawned = std::thread::Builder::new()
            .name(format!("dpc {on}"))
            .stack_size(1 << 20)
            .spawn(move || serve(on));
        assert!(spawned.is_ok(), "no host thread for DPCs");
    }
    processor.changed.notify_all();
}

fn serve(on: usize) {
    let cpu = cpu::current();
    let processor = &PROCESSORS[on];
    let mut queue = processor.queue.lock();
    loop {
        let Some(work) = queue.work.pop_front() else {
            queue.running = false;
            processor.changed.notify_all();
            processor.changed.wait(&mut queue);
            continue;
        };
        queue.running = true;
        drop(queue);
        cpu.raise_on(on);
        run(work);
        cpu.set_irql(0);
        queue = processor.queue.lock();
    }
}

fn run(work: Work) {
    match work {
        Work::Internal(work) => work(),
        Work::Driver(dpc) => {
            // Free to be queued again before it runs, as on Windows.
            if QUEUED.lock().remove(&dpc.addr()).is_none() {
                return;
            }
            let this = dpc.read();
            at!(dpc.data).write(0);
            let Some(routine) = this.routine else { return };
            callback::invoke("DPC", || {
                routine(dpc, this.context, this.argument1, this.argument2)
            });
        }
    }
}

/// `KeInitializeDpc`: initialising a queued DPC is `active-object-freed`.
pub extern "win64" fn KeInitializeDpc(dpc: Guest<Kdpc>, routine: DeferredRoutine, context: usize) {
    if QUEUED.lock().contains_key(&dpc.addr()) {
        violate!(ACTIVE_FREED, "a queued DPC is initialised");
    }
    let this = Kdpc {
        kind: 19,
        importance: 1,
        routine: Some(routine),
        context,
        ..Kdpc::default()
    };
    dpc.write(this);
}

/// `KeInitializeThreadedDpc`: runs at DISPATCH_LEVEL here (on Windows mostly at PASSIVE_LEVEL; it must bear both).
pub extern "win64" fn KeInitializeThreadedDpc(dpc: Guest<Kdpc>, routine: DeferredRoutine, context: usize) {
    KeInitializeDpc(dpc, routine, context);
    at!(dpc.kind).write(26);
}

/// `KeInsertQueueDpc`: any IRQL; 0 if it is queued already. An uninitialised DPC is `parameter`.
pub extern "win64" fn KeInsertQueueDpc(dpc: Guest<Kdpc>, argument1: usize, argument2: usize) -> u8 {
    if ![19, 26].contains(&at!(dpc.kind).read()) {
        violate!(PARAMETER, "KDPC at {:#x} was never initialised", dpc.addr());
        return 0;
    }
    let target = match at!(dpc.number).read() {
        0 => cpu::current().processor(),
        n => usize::from(n).saturating_sub(MAX_PROCESSORS),
    };
    {
        let mut queued = QUEUED.lock();
        if queued.contains_key(&dpc.addr()) {
            return 0;
        }
        queued.insert(dpc.addr(), target);
    }
    at!(dpc.argument1).write(argument1);
    at!(dpc.argument2).write(argument2);
    at!(dpc.data).write(1);
    push(target, Work::Driver(dpc));
    1
}

/// `KeRemoveQueueDpc`: 1 if it was queued. One that runs already goes on.
pub extern "win64" fn KeRemoveQueueDpc(dpc: Guest<Kdpc>) -> u8 {
    let removed = QUEUED.lock().remove(&dpc.addr()).is_some();
    if removed {
        at!(dpc.data).write(0);
    }
    u8::from(removed)
}

/// `KeSetImportanceDpc`.
pub extern "win64" fn KeSetImportanceDpc(dpc: Guest<Kdpc>, importance: u32) {
    at!(dpc.importance).write(u8::try_from(importance).unwrap_or(1));
}

/// `KeSetTargetProcessorDpc`.
pub extern "win64" fn KeSetTargetProcessorDpc(dpc: Guest<Kdpc>, number: i8) {
    at!(dpc.number).write(u16::from(number.cast_unsigned()) + FIRST_TARGET);
}

/// `KeSetTargetProcessorDpcEx`.
pub extern "win64" fn KeSetTargetProcessorDpcEx(
    dpc: Guest<Kdpc>,
    number: Guest<ProcessorNumber>,
) -> NtStatus {
    let number = number.read();
    if number.group != 0 || usize::from(number.number) >= processor::count() {
        return status::INVALID_PARAMETER;
    }
    at!(dpc.number).write(u16::from(number.number) + FIRST_TARGET);
    status::SUCCESS
}

/// `KeFlushQueuedDpcs`: waits until every DPC that is queued or runs has finished.
pub extern "win64" fn KeFlushQueuedDpcs() {
    flush();
}

/// Waits until all processors' queues have been empty once.
pub(crate) fn flush() {
    for processor in &PROCESSORS[..processor::count()] {
        let mut queue = processor.queue.lock();
        while queue.running || !queue.work.is_empty() {
            processor.changed.wait_for(&mut queue, Duration::from_millis(50));
            if machine::stopped() {
                return;
            }
        }
    }
}

pub(crate) fn check_freed(range: &Range<usize>) {
    if QUEUED.lock().range(range.clone()).next().is_some() {
        violate!(ACTIVE_FREED, "the memory holds a queued DPC");
    }
}

/// Number of DPCs of the driver that are queued.
pub(crate) fn queued() -> usize {
    QUEUED.lock().len()
}

pub(crate) fn check_unload() {
    flush();
    for dpc in QUEUED.lock().keys() {
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            0,
            format!("DPC {dpc:#x} is queued at unload"),
        );
    }
}

pub(crate) fn reset() {
    QUEUED.lock().clear();
    for processor in &PROCESSORS {
        let mut queue = processor.queue.lock();
        queue.work.clear();
        // A thread that the stopped machine keeps for ever is replaced.
        queue.started &= !queue.running;
        queue.running = false;
    }
}
