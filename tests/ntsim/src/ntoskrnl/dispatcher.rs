//! Dispatcher objects: events, semaphores, mutexes, and waiting for them, threads and timers (wdm.h).
//!
//! The objects lie in the driver's memory and keep their state there. One lock and one condition variable serve all
//! waits of the machine: drivers wait rarely, and the data path of this simulator doesn't wait here.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{pool, time};
use crate::abi::wdm::{DispatcherHeader, FastMutex};
use crate::cpu;
use crate::exports;
use crate::guest::Guest;
use crate::machine;
use crate::registry::{APC as APC_LEVEL, DISPATCH as DISPATCH_LEVEL, PASSIVE as PASSIVE_LEVEL};
use crate::status::{self, NtStatus};
use crate::{at, violate};

exports! { "ntoskrnl.exe";
    KeInitializeEvent: PASSIVE..=HIGH,
    KeSetEvent: PASSIVE..=DISPATCH,
    KeResetEvent: PASSIVE..=DISPATCH,
    KeClearEvent: PASSIVE..=DISPATCH,
    KeReadStateEvent: PASSIVE..=DISPATCH,
    KeInitializeSemaphore: PASSIVE..=PASSIVE,
    KeReleaseSemaphore: PASSIVE..=DISPATCH,
    KeReadStateSemaphore: PASSIVE..=DISPATCH,
    KeInitializeMutex: PASSIVE..=HIGH,
    KeReleaseMutex: PASSIVE..=DISPATCH,
    KeWaitForSingleObject: PASSIVE..=DISPATCH,
    KeWaitForMultipleObjects: PASSIVE..=DISPATCH,
    KeDelayExecutionThread: PASSIVE..=APC,
    KeEnterCriticalRegion: PASSIVE..=APC,
    KeLeaveCriticalRegion: PASSIVE..=APC,
    KeEnterGuardedRegion: PASSIVE..=APC,
    KeLeaveGuardedRegion: PASSIVE..=APC,
    KeAreApcsDisabled: PASSIVE..=HIGH,
    ExAcquireFastMutex: PASSIVE..=APC,
    ExReleaseFastMutex: APC..=APC,
    ExTryToAcquireFastMutex: PASSIVE..=APC,
}

static STATE: Mutex<()> = Mutex::new(());
static CHANGED: Condvar = Condvar::new();

/// Kinds of dispatcher object, as in their headers.
mod kind {
    pub(super) const NOTIFICATION_EVENT: u8 = 0;
    pub(super) const SYNCHRONIZATION_EVENT: u8 = 1;
    pub(super) const MUTANT: u8 = 2;
    pub(super) const SEMAPHORE: u8 = 5;
    pub(super) const THREAD: u8 = 6;
    pub(super) const NOTIFICATION_TIMER: u8 = 8;
    pub(super) const SYNCHRONIZATION_TIMER: u8 = 9;
}

type Header = Guest<DispatcherHeader>;
/// Where KMUTANT keeps its owner.
const MUTANT_OWNER: usize = 40;

/// `KeInitializeEvent`: kind 0 notification, 1 synchronization.
pub extern "win64" fn KeInitializeEvent(event: Header, kind: u32, state: u8) {
    initialize(event, u8::from(kind != 0), i32::from(state != 0));
}

fn initialize(object: Header, kind: u8, state: i32) {
    let list = at!(object.wait_list).addr();
    let header = DispatcherHeader {
        kind,
        bytes: [0, 6, 0],
        signal_state: state,
        wait_list: crate::abi::wdm::ListEntry {
            flink: list,
            blink: list,
        },
    };
    object.write(header);
}

/// `KeSetEvent`.
///
/// | the caller promises                                | else      |
/// |----------------------------------------------------|-----------|
/// | IRQL <= DISPATCH; with `wait`, IRQL <= APC           | `irql`    |
/// | the event was initialised                           | `wait`    |
///
/// Returns the previous state.
pub extern "win64" fn KeSetEvent(event: Header, _increment: i32, wait: u8) -> i32 {
    check_kind(
        event,
        &[kind::NOTIFICATION_EVENT, kind::SYNCHRONIZATION_EVENT],
        "an event",
    );
    if wait != 0 && cpu::irql() > APC_LEVEL {
        violate!(IRQL, "KeSetEvent with Wait = TRUE at IRQL {}", cpu::irql());
    }
    set_state(event, 1)
}

/// Sets an object's state and wakes whoever waits.
pub(crate) fn set_state(object: Header, state: i32) -> i32 {
    let guard = STATE.lock();
    let old = at!(object.signal_state).read();
    at!(object.signal_state).write(state);
    drop(guard);
    CHANGED.notify_all();
    old
}

/// `KeResetEvent`: returns the previous state.
pub extern "win64" fn KeResetEvent(event: Header) -> i32 {
    check_kind(
        event,
        &[kind::NOTIFICATION_EVENT, kind::SYNCHRONIZATION_EVENT],
        "an event",
    );
    let _guard = STATE.lock();
    let old = at!(event.signal_state).read();
    at!(event.signal_state).write(0);
    old
}

/// `KeClearEvent`.
pub extern "win64" fn KeClearEvent(event: Header) {
    KeResetEvent(event);
}

/// `KeReadStateEvent`.
pub extern "win64" fn KeReadStateEvent(event: Header) -> i32 {
    at!(event.signal_state).read()
}

/// `KeInitializeSemaphore`.
pub extern "win64" fn KeInitializeSemaphore(semaphore: Header, count: i32, limit: i32) {
    initialize(semaphore, kind::SEMAPHORE, count);
    semaphore.byte_offset::<i32>(24).write(limit);
}

/// `KeReleaseSemaphore`: a count above the limit raises STATUS_SEMAPHORE_LIMIT_EXCEEDED (here: `wait`).
pub extern "win64" fn KeReleaseSemaphore(
    semaphore: Header,
    _increment: i32,
    adjustment: i32,
    _wait: u8,
) -> i32 {
    check_kind(semaphore, &[kind::SEMAPHORE], "a semaphore");
    let guard = STATE.lock();
    let old = at!(semaphore.signal_state).read();
    let new = old.saturating_add(adjustment);
    if new > semaphore.byte_offset::<i32>(24).read() {
        drop(guard);
        violate!(WAIT, "semaphore released above its limit");
        return old;
    }
    at!(semaphore.signal_state).write(new);
    drop(guard);
    CHANGED.notify_all();
    old
}

/// `KeReadStateSemaphore`.
pub extern "win64" fn KeReadStateSemaphore(semaphore: Header) -> i32 {
    at!(semaphore.signal_state).read()
}

/// `KeInitializeMutex`.
pub extern "win64" fn KeInitializeMutex(mutex: Header, _level: u32) {
    initialize(mutex, kind::MUTANT, 1);
    mutex.byte_offset::<usize>(MUTANT_OWNER).write(0);
}

/// `KeReleaseMutex`: only by its owner, else `lock-not-held`.
pub extern "win64" fn KeReleaseMutex(mutex: Header, _wait: u8) -> i32 {
    let cpu = cpu::current();
    if mutex.byte_offset::<usize>(MUTANT_OWNER).read() != cpu.thread.addr() {
        violate!(UNLOCK, "mutex released by a thread that doesn't own it");
        return 0;
    }
    let guard = STATE.lock();
    let old = at!(mutex.signal_state).read();
    at!(mutex.signal_state).write(old + 1);
    if old + 1 == 1 {
        mutex.byte_offset::<usize>(MUTANT_OWNER).write(0);
        cpu.pop_lock(mutex.addr());
        cpu.critical_regions
            .set(cpu.critical_regions.get().saturating_sub(1));
    }
    drop(guard);
    CHANGED.notify_all();
    old
}

fn check_kind(object: Header, allowed: &[u8], what: &str) {
    let kind = at!(object.kind).read() & 0x7F;
    if !allowed.contains(&kind) {
        violate!(
            WAIT,
            "{:#x} isn't {what}: never initialised or overwritten (type {kind})",
            object.addr()
        );
    }
}

/// `KeWaitForSingleObject`.
///
/// | the caller promises                                              | else    |
/// |------------------------------------------------------------------|---------|
/// | IRQL <= APC, or DISPATCH with a timeout of 0 (0xC4 0x3B, 0x121)     | `wait`  |
/// | the object is an initialised dispatcher object                     | `wait`  |
/// | somebody signals it one day                                         | `hang`  |
///
/// Returns SUCCESS, or TIMEOUT. Alerts and user APCs don't exist here.
pub extern "win64" fn KeWaitForSingleObject(
    object: Header,
    _reason: u32,
    _mode: u8,
    _alertable: u8,
    timeout: Guest<i64>,
) -> NtStatus {
    let timeout = timeout.some().map(Guest::read);
    if !may_wait(timeout) {
        return status::TIMEOUT;
    }
    wait(&[object], true, timeout)
}

/// `KeWaitForMultipleObjects`: as [`KeWaitForSingleObject`]; `kind` 0 all, 1 any (returns which).
pub extern "win64" fn KeWaitForMultipleObjects(
    count: u32,
    objects: Guest<Header>,
    kind: u32,
    _reason: u32,
    _mode: u8,
    _alertable: u8,
    timeout: Guest<i64>,
    blocks: usize,
) -> NtStatus {
    if count > 64 || count > 3 && blocks == 0 {
        violate!(WAIT, "wait for {count} objects without wait blocks (0xC)");
        return status::INVALID_PARAMETER;
    }
    let timeout = timeout.some().map(Guest::read);
    if !may_wait(timeout) {
        return status::TIMEOUT;
    }
    wait(&objects.read_slice(count as usize), kind == 0, timeout)
}

fn may_wait(timeout: Option<i64>) -> bool {
    let irql = cpu::irql();
    if irql > APC_LEVEL && timeout != Some(0) {
        violate!(WAIT, "wait at IRQL {irql} with timeout {timeout:?}");
        return false;
    }
    true
}

/// Waits until all or any of the objects can be taken, and takes them.
fn wait(objects: &[Header], all: bool, timeout: Option<i64>) -> NtStatus {
    for object in objects {
        pool::check_resident("the dispatcher object", object.addr());
        let known = [
            kind::NOTIFICATION_EVENT,
            kind::SYNCHRONIZATION_EVENT,
            kind::MUTANT,
            kind::SEMAPHORE,
            kind::THREAD,
            kind::NOTIFICATION_TIMER,
            kind::SYNCHRONIZATION_TIMER,
        ];
        check_kind(*object, &known, "something to wait for");
    }
    let started = Instant::now();
    let deadline = timeout.map(|t| started + time::until(t));
    let mut warned = false;
    let mut guard = STATE.lock();
    loop {
        let ready: Vec<usize> = (0..objects.len()).filter(|&i| is_signaled(objects[i])).collect();
        if all && ready.len() == objects.len() {
            objects.iter().for_each(|o| take(*o));
            return status::SUCCESS;
        }
        if let (false, Some(&first)) = (all, ready.first()) {
            take(objects[first]);
            return i32::try_from(first).unwrap_or(0);
        }
        let now = Instant::now();
        if deadline.is_some_and(|d| d <= now) {
            return status::TIMEOUT;
        }
        let limit = Duration::from_millis(100);
        let until = deadline.map_or(now + limit, |d| d.min(now + limit));
        CHANGED.wait_until(&mut guard, until);
        if machine::stopped() {
            drop(guard);
            machine::park_if_stopped();
            return status::TIMEOUT;
        }
        if !warned && deadline.is_none() && started.elapsed() > machine::config().hang_after {
            warned = true;
            violate!(HANG, "a wait without a timeout has taken {:?}", started.elapsed());
        }
    }
}

fn is_signaled(object: Header) -> bool {
    let state = at!(object.signal_state).read();
    if at!(object.kind).read() & 0x7F == kind::MUTANT {
        return state > 0 || object.byte_offset::<usize>(MUTANT_OWNER).read() == cpu::current().thread.addr();
    }
    state > 0
}

fn take(object: Header) {
    let state = at!(object.signal_state);
    match at!(object.kind).read() & 0x7F {
        kind::SYNCHRONIZATION_EVENT | kind::SYNCHRONIZATION_TIMER => state.write(0),
        kind::SEMAPHORE => state.write(state.read() - 1),
        kind::MUTANT => {
            let cpu = cpu::current();
            state.write(state.read() - 1);
            if object.byte_offset::<usize>(MUTANT_OWNER).read() == 0 {
                object.byte_offset::<usize>(MUTANT_OWNER).write(cpu.thread.addr());
                cpu.push_lock(object.addr(), "mutex");
                cpu.critical_regions.set(cpu.critical_regions.get() + 1);
            }
        }
        _ => {}
    }
}

/// Wakes every waiter, so that it sees that the machine stopped.
pub(crate) fn wake_all() {
    CHANGED.notify_all();
}

/// `KeDelayExecutionThread`: IRQL <= APC.
pub extern "win64" fn KeDelayExecutionThread(_mode: u8, _alertable: u8, interval: Guest<i64>) -> NtStatus {
    std::thread::sleep(time::until(interval.read()));
    machine::park_if_stopped();
    status::SUCCESS
}

/// `KeEnterCriticalRegion`: must be left in the same callback.
pub extern "win64" fn KeEnterCriticalRegion() {
    let cpu = cpu::current();
    cpu.critical_regions.set(cpu.critical_regions.get() + 1);
}

/// `KeLeaveCriticalRegion`: without an enter is `critical-region` (0xC4 0x3E).
pub extern "win64" fn KeLeaveCriticalRegion() {
    let cpu = cpu::current();
    match cpu.critical_regions.get().checked_sub(1) {
        Some(n) => cpu.critical_regions.set(n),
        None => violate!(CRITICAL_REGION, "a critical region is left that wasn't entered"),
    }
}

/// `KeEnterGuardedRegion`.
pub extern "win64" fn KeEnterGuardedRegion() {
    KeEnterCriticalRegion();
}

/// `KeLeaveGuardedRegion`.
pub extern "win64" fn KeLeaveGuardedRegion() {
    KeLeaveCriticalRegion();
}

/// `KeAreApcsDisabled`.
pub extern "win64" fn KeAreApcsDisabled() -> u8 {
    let cpu = cpu::current();
    u8::from(cpu.critical_regions.get() > 0 || cpu.irql() > PASSIVE_LEVEL)
}

/// `ExAcquireFastMutex`: raises to APC_LEVEL; not recursive (`lock-recursion`).
pub extern "win64" fn ExAcquireFastMutex(mutex: Guest<FastMutex>) {
    if !super::lock_order::acquiring(mutex.addr(), "fast mutex") {
        machine::stop();
    }
    let cpu = cpu::current();
    let old = cpu.raise(APC_LEVEL);
    let started = Instant::now();
    let mut guard = STATE.lock();
    while at!(mutex.count).read() <= 0 {
        CHANGED.wait_for(&mut guard, Duration::from_millis(100));
        if started.elapsed() > machine::config().hang_after {
            drop(guard);
            violate!(HANG, "fast mutex was not free for {:?}", started.elapsed());
            machine::stop();
        }
    }
    own(mutex, old);
}

fn own(mutex: Guest<FastMutex>, old: u8) {
    let cpu = cpu::current();
    at!(mutex.count).write(0);
    at!(mutex.owner).write(cpu.thread.addr());
    at!(mutex.old_irql).write(u32::from(old));
    cpu.push_lock(mutex.addr(), "fast mutex");
}

/// `ExTryToAcquireFastMutex`.
pub extern "win64" fn ExTryToAcquireFastMutex(mutex: Guest<FastMutex>) -> u8 {
    let _guard = STATE.lock();
    if at!(mutex.count).read() <= 0 {
        return 0;
    }
    let old = cpu::current().raise(APC_LEVEL);
    own(mutex, old);
    1
}

/// `ExReleaseFastMutex`: by its owner at APC_LEVEL (0xC4 0x34).
pub extern "win64" fn ExReleaseFastMutex(mutex: Guest<FastMutex>) {
    let cpu = cpu::current();
    if !cpu.pop_lock(mutex.addr()) {
        violate!(UNLOCK, "fast mutex released by a thread that doesn't own it");
    }
    let old = at!(mutex.old_irql).read();
    {
        let _guard = STATE.lock();
        at!(mutex.owner).write(0);
        at!(mutex.count).write(1);
    }
    CHANGED.notify_all();
    if cpu.irql() < DISPATCH_LEVEL {
        cpu.lower(u8::try_from(old).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};
    use crate::violation::{self, Rule};

    fn event(kind: u32) -> Header {
        let header: &'static DispatcherHeader = Box::leak(Box::default());
        let event = Guest::of(header);
        KeInitializeEvent(event, kind, 0);
        event
    }

    fn wait_ms(object: Header, ms: i64) -> NtStatus {
        let timeout = -10_000 * ms;
        KeWaitForSingleObject(object, 0, 0, 0, Guest::of(&timeout))
    }

    #[test]
    fn a_synchronization_event_lets_one_waiter_through_and_a_notification_event_all() {
        let _machine = Machine::boot(Config::default());
        for (kind, second) in [(1, status::TIMEOUT), (0, status::SUCCESS)] {
            let event = event(kind);
            assert_eq!(wait_ms(event, 1), status::TIMEOUT);
            KeSetEvent(event, 0, 0);
            assert_eq!((wait_ms(event, 1), wait_ms(event, 1)), (status::SUCCESS, second));
        }
    }

    #[test]
    fn a_wait_at_dispatch_level_or_for_garbage_is_reported() {
        let _machine = Machine::boot(Config::default());
        let event = event(0);
        let cpu = cpu::current();
        cpu.raise(DISPATCH_LEVEL);
        KeWaitForSingleObject(event, 0, 0, 0, Guest::null());
        cpu.lower(0);
        at!(event.kind).write(77);
        KeSetEvent(event, 0, 0);
        let rules: Vec<Rule> = violation::all().into_iter().map(|v| v.rule).collect();
        assert_eq!(rules, [Rule::WAIT, Rule::WAIT]);
    }

    #[test]
    fn another_thread_ends_the_wait() {
        let machine = Machine::boot(Config::default());
        let event = event(1);
        let waiter = std::thread::spawn(move || wait_ms(event, 5000));
        machine.run("setter", move || KeSetEvent(event, 0, 0));
        assert_eq!(waiter.join().unwrap(), status::SUCCESS);
    }
}
