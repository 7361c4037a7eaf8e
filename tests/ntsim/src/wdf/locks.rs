//! `WDFSPINLOCK` and `WDFWAITLOCK` (wdfsync.h).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Instant;

use super::object::{self, Body, Kind, New, Object};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::cpu;
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::{lock_order, spinlock, time};
use crate::registry::{DISPATCH as DISPATCH_LEVEL, PASSIVE as PASSIVE_LEVEL};
use crate::status::{self, NtStatus};
use crate::{machine, violate};

exports! { "Wdf01000.sys";
    WdfSpinLockCreate: PASSIVE..=DISPATCH,
    WdfSpinLockAcquire: PASSIVE..=DISPATCH,
    WdfSpinLockRelease: DISPATCH..=DISPATCH,
    WdfWaitLockCreate: PASSIVE..=DISPATCH,
    WdfWaitLockAcquire: PASSIVE..=DISPATCH,
    WdfWaitLockRelease: PASSIVE..=DISPATCH,
}

const KIND_SPIN: Kind = Kind {
    name: "WDFSPINLOCK",
    passive_dispose: false,
    deletable: true,
};
const KIND_WAIT: Kind = Kind {
    name: "WDFWAITLOCK",
    passive_dispose: true,
    deletable: true,
};
const SPIN: &str = "framework spin lock";
const WAIT: &str = "wait lock";

/// A lock's own data: its holder's thread id plus one, and the IRQL before.
struct Lock {
    owner: AtomicU64,
    old_irql: AtomicU8,
}

impl Body for Lock {
    fn dispose(&self, object: &'static Object) {
        if self.owner.load(Ordering::Acquire) != 0 {
            violate!(ACTIVE_FREED, "a {} is deleted while it is held", object.kind.name);
        }
        let handle = object.handle();
        lock_order::forget(&(handle..handle + 1));
    }
}

fn create(
    kind: &'static Kind,
    function: &str,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let new = New {
        kind,
        attributes,
        parent: None,
        may_have_parent: true,
        function,
    };
    let body = Arc::new(Lock {
        owner: AtomicU64::new(0),
        old_irql: AtomicU8::new(0),
    });
    status::of(object::create(&new, body).map(|object| out.write(object.handle())))
}

fn of(handle: Handle, kind: &Kind) -> Arc<Lock> {
    let (object, lock) = object::body::<Lock>(handle);
    if object.kind.name != kind.name {
        violate!(
            HANDLE,
            "handle {handle:#x} is a {}, not a {}",
            object.kind.name,
            kind.name
        );
        machine::stop();
    }
    lock
}

fn try_take(lock: &Lock) -> bool {
    let me = u64::from(cpu::current().id) + 1;
    lock.owner
        .compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
        .is_ok()
}

/// `WdfSpinLockCreate`.
pub extern "win64" fn WdfSpinLockCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    create(&KIND_SPIN, "WdfSpinLockCreate", attributes, out)
}

/// `WdfSpinLockAcquire`.
///
/// | the caller promises               | else                       |
/// |-----------------------------------|----------------------------|
/// | IRQL <= DISPATCH                   | `irql`                     |
/// | it doesn't hold the lock            | `lock-recursion`, stop     |
/// | the same order of locks always       | `lock-order`               |
///
/// Effect: IRQL becomes DISPATCH; the lock remembers the old one for the release.
pub extern "win64" fn WdfSpinLockAcquire(_: usize, handle: Handle) {
    let lock = of(handle, &KIND_SPIN);
    let cpu = cpu::current();
    let old = cpu.raise(DISPATCH_LEVEL);
    if !lock_order::acquiring(handle, SPIN) {
        machine::stop();
    }
    spinlock::spin(SPIN, handle, || try_take(&lock));
    lock.old_irql.store(old, Ordering::Relaxed);
    cpu.push_lock(handle, SPIN);
}

/// `WdfSpinLockRelease`: by its holder (0x10D 0xB), at DISPATCH.
pub extern "win64" fn WdfSpinLockRelease(_: usize, handle: Handle) {
    let lock = of(handle, &KIND_SPIN);
    let cpu = cpu::current();
    if !cpu.pop_lock(handle) {
        return violate!(
            UNLOCK,
            "a WDFSPINLOCK is released by a thread that doesn't hold it"
        );
    }
    let old = lock.old_irql.load(Ordering::Relaxed);
    lock.owner.store(0, Ordering::Release);
    cpu.lower(old);
}

/// `WdfWaitLockCreate`.
pub extern "win64" fn WdfWaitLockCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    create(&KIND_WAIT, "WdfWaitLockCreate", attributes, out)
}

/// `WdfWaitLockAcquire`.
///
/// | the caller promises                              | else                     |
/// |--------------------------------------------------|--------------------------|
/// | IRQL == PASSIVE, or a timeout of 0                 | `irql`                   |
/// | it doesn't hold the lock (0x10D 2)                  | `lock-recursion`, stop   |
///
/// Effect: enters a critical region. `STATUS_TIMEOUT` if the lock wasn't free in time.
pub extern "win64" fn WdfWaitLockAcquire(_: usize, handle: Handle, timeout: Guest<i64>) -> NtStatus {
    let lock = of(handle, &KIND_WAIT);
    let cpu = cpu::current();
    let timeout = timeout.some().map(Guest::read);
    if cpu.irql() > PASSIVE_LEVEL && timeout != Some(0) {
        violate!(IRQL, "WdfWaitLockAcquire with a wait at IRQL {}", cpu.irql());
    }
    if !lock_order::acquiring(handle, WAIT) {
        machine::stop();
    }
    match timeout {
        None => spinlock::spin(WAIT, handle, || try_take(&lock)),
        Some(timeout) => {
            let deadline = Instant::now() + time::until(timeout);
            let mut taken = try_take(&lock);
            while !taken && Instant::now() < deadline {
                std::thread::yield_now();
                taken = try_take(&lock);
            }
            if !taken {
                return status::TIMEOUT;
            }
        }
    }
    cpu.critical_regions.set(cpu.critical_regions.get() + 1);
    cpu.push_lock(handle, WAIT);
    status::SUCCESS
}

/// `WdfWaitLockRelease`: by its holder.
pub extern "win64" fn WdfWaitLockRelease(_: usize, handle: Handle) {
    let lock = of(handle, &KIND_WAIT);
    let cpu = cpu::current();
    if !cpu.pop_lock(handle) {
        return violate!(
            UNLOCK,
            "a WDFWAITLOCK is released by a thread that doesn't hold it"
        );
    }
    lock.owner.store(0, Ordering::Release);
    cpu.critical_regions
        .set(cpu.critical_regions.get().saturating_sub(1));
}
