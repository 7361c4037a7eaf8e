//! The engine's two locks, as Windows has them.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU8, Ordering};

use ovpn_dco_engine::RawLock;
use wdk_sys::ntddk::{
    KeAcquireSpinLockRaiseToDpc, KeDelayExecutionThread, KeEnterCriticalRegion, KeInitializeEvent,
    KeLeaveCriticalRegion, KeReleaseSpinLock, KeSetEvent, KeWaitForSingleObject,
};
use wdk_sys::{
    _EVENT_TYPE::SynchronizationEvent, _KWAIT_REASON::Executive, KEVENT, KIRQL, KSPIN_LOCK, LARGE_INTEGER,
};

use crate::irql;

/// `KernelMode`, as the functions that wait take it: in one byte.
pub(crate) const KERNEL_MODE: i8 = 0;

/// `KSPIN_LOCK`: raises to DISPATCH_LEVEL while it is held. IRQL: <= DISPATCH_LEVEL.
pub(crate) struct SpinLock {
    lock: UnsafeCell<KSPIN_LOCK>,
    /// IRQL before the lock was taken; only its owner touches it.
    old_irql: UnsafeCell<KIRQL>,
}

// SAFETY: the spin lock serialises all access to `old_irql`, and is itself made for sharing.
unsafe impl Sync for SpinLock {}
// SAFETY: a lock that nobody holds is a number.
unsafe impl Send for SpinLock {}

// SAFETY: KSPIN_LOCK gives exclusive ownership with full barriers.
unsafe impl RawLock for SpinLock {
    fn new() -> Self {
        // A KSPIN_LOCK of zero is what KeInitializeSpinLock makes.
        Self {
            lock: UnsafeCell::new(0),
            old_irql: UnsafeCell::new(0),
        }
    }

    fn lock(&self) {
        irql::at_most_dispatch();
        // SAFETY: the lock is initialised and lives as long as `self`; locks of the engine lie in nonpaged memory.
        let irql = unsafe { KeAcquireSpinLockRaiseToDpc(self.lock.get()) };
        // SAFETY: the lock is owned now.
        unsafe { *self.old_irql.get() = irql };
    }

    unsafe fn unlock(&self) {
        // SAFETY: the caller still owns the lock.
        let irql = unsafe { *self.old_irql.get() };
        // SAFETY: the caller owns the lock, and took it at this IRQL.
        unsafe { KeReleaseSpinLock(self.lock.get(), irql) };
    }
}

/// A mutex that leaves the IRQL at PASSIVE_LEVEL, so that what needs it may be called under it: a synchronisation
/// event in a critical region. IRQL: PASSIVE_LEVEL.
pub(crate) struct WaitLock {
    event: UnsafeCell<KEVENT>,
    /// The event holds pointers to itself, so it is made where it stays: at the first use.
    state: AtomicU8,
}

const UNUSED: u8 = 0;
const BEING_MADE: u8 = 1;
const MADE: u8 = 2;

// SAFETY: a KEVENT is made for sharing, and is initialised by one thread only.
unsafe impl Sync for WaitLock {}
// SAFETY: before the first use it is plain memory; after it, it does not move.
unsafe impl Send for WaitLock {}

impl WaitLock {
    /// The event, made by whoever comes first.
    fn event(&self) -> *mut KEVENT {
        while self.state.load(Ordering::Acquire) != MADE {
            let first = self
                .state
                .compare_exchange(UNUSED, BEING_MADE, Ordering::Acquire, Ordering::Relaxed);
            if first.is_ok() {
                // SAFETY: nobody else touches the event before the state says that it is made.
                unsafe { KeInitializeEvent(self.event.get(), SynchronizationEvent, 1) };
                self.state.store(MADE, Ordering::Release);
            } else {
                sleep(1);
            }
        }
        self.event.get()
    }
}

// SAFETY: a signalled synchronisation event satisfies one wait, so there is one owner at a time; waiting and setting are full
// barriers.
unsafe impl RawLock for WaitLock {
    fn new() -> Self {
        Self {
            event: UnsafeCell::new(KEVENT::default()),
            state: AtomicU8::new(UNUSED),
        }
    }

    fn lock(&self) {
        irql::passive();
        let event = self.event();
        // A suspended owner would keep everyone else out.
        // SAFETY: no preconditions below DISPATCH_LEVEL.
        unsafe { KeEnterCriticalRegion() };
        // SAFETY: the event is initialised; without time limit and alerts the wait ends only when it is signalled.
        let _ =
            unsafe { KeWaitForSingleObject(event.cast(), Executive, KERNEL_MODE, 0, core::ptr::null_mut()) };
    }

    unsafe fn unlock(&self) {
        // SAFETY: the event is initialised, and no wait follows in the same call.
        unsafe { KeSetEvent(self.event.get(), 0, 0) };
        // SAFETY: `lock` entered the region on this thread.
        unsafe { KeLeaveCriticalRegion() };
    }
}

/// Sleeps about `milliseconds`. IRQL: PASSIVE_LEVEL.
pub(crate) fn sleep(milliseconds: u16) {
    let mut interval = LARGE_INTEGER {
        QuadPart: i64::from(milliseconds).wrapping_mul(-10_000),
    };
    // SAFETY: a relative interval on the stack; the caller is at PASSIVE_LEVEL.
    let _ = unsafe { KeDelayExecutionThread(KERNEL_MODE, 0, &raw mut interval) };
}
