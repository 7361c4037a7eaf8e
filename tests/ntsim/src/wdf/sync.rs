//! The framework's automatic synchronisation: the lock of a device or queue that callbacks run under.

use parking_lot::ReentrantMutex;

use super::device::Device;
use super::object::{self, Object};
use super::queue::Queue;
use crate::abi::kmdf::Handle;
use crate::cpu;
use crate::exports;
use crate::registry::DISPATCH as DISPATCH_LEVEL;
use crate::violate;

exports! { "Wdf01000.sys";
    WdfObjectAcquireLock: PASSIVE..=DISPATCH,
    WdfObjectReleaseLock: PASSIVE..=DISPATCH,
}

/// WdfSynchronizationScopeDevice
const SCOPE_DEVICE: u32 = 2;
/// WdfSynchronizationScopeQueue
const SCOPE_QUEUE: u32 = 3;
/// WdfExecutionLevelPassive
pub(super) const LEVEL_PASSIVE: u32 = 2;

/// An automatic lock: a mutex for passive objects, a spin lock (DISPATCH_LEVEL) for others.
#[derive(Debug, Default)]
pub(super) struct SyncLock(ReentrantMutex<()>);

impl SyncLock {
    fn run<R>(&self, passive: bool, work: impl FnOnce() -> R) -> R {
        if passive {
            let _guard = self.0.lock();
            return work();
        }
        let cpu = cpu::current();
        let old = cpu.irql();
        cpu.set_irql(old.max(DISPATCH_LEVEL));
        let guard = self.0.lock();
        let result = work();
        drop(guard);
        cpu.set_irql(old);
        result
    }
}

/// Runs a callback of `queue`'s requests under the lock that its scope asks for.
pub(super) fn with_queue_lock<R>(queue: &Queue, work: impl FnOnce() -> R) -> R {
    let object = queue.object();
    let passive = object.execution_level == LEVEL_PASSIVE;
    match object.scope {
        SCOPE_DEVICE => queue.device().lock.run(passive, work),
        SCOPE_QUEUE => queue.lock.run(passive, work),
        _ => work(),
    }
}

/// Runs a timer's, DPC's or work item's callback under its parent's lock, if it asked for that.
pub(super) fn with_parent_lock<R>(parent: &'static Object, serialize: bool, work: impl FnOnce() -> R) -> R {
    if serialize {
        if let Some((_, queue)) = parent.ancestor::<Queue>() {
            return with_queue_lock(&queue, work);
        }
        if let Some((object, device)) = parent.ancestor::<Device>()
            && object.scope == SCOPE_DEVICE
        {
            return device.lock.run(object.execution_level == LEVEL_PASSIVE, work);
        }
    }
    work()
}

/// `WdfObjectAcquireLock`: only on a device or queue whose scope gives it a lock, else 0x10D 0xB.
pub extern "win64" fn WdfObjectAcquireLock(_: usize, handle: Handle) {
    let object = object::get(handle);
    let cpu = cpu::current();
    let Some(lock) = lock_of(object) else {
        return violate!(
            OBJECT,
            "a {} without automatic synchronisation has no lock",
            object.kind.name
        );
    };
    if object.execution_level != LEVEL_PASSIVE {
        cpu.set_irql(cpu.irql().max(DISPATCH_LEVEL));
    }
    cpu.push_lock(handle, "framework lock");
    std::mem::forget(lock.0.lock());
}

/// `WdfObjectReleaseLock`: only by its holder.
pub extern "win64" fn WdfObjectReleaseLock(_: usize, handle: Handle) {
    let object = object::get(handle);
    let cpu = cpu::current();
    if !cpu.pop_lock(handle) {
        return violate!(
            UNLOCK,
            "a {}'s lock is released by a thread that doesn't hold it",
            object.kind.name
        );
    }
    if let Some(lock) = lock_of(object) {
        // SAFETY: this thread locked it in `WdfObjectAcquireLock`; the list of held locks says so.
        unsafe { lock.0.force_unlock() };
    }
    if object.execution_level != LEVEL_PASSIVE {
        cpu.set_irql(0);
    }
}

/// Objects and their locks live as long as the machine runs, so the lock can be borrowed for good.
fn lock_of(object: &'static Object) -> Option<&'static SyncLock> {
    if let Some(queue) = object.body::<Queue>() {
        return match object.scope {
            SCOPE_QUEUE => Some(leak(&queue.lock)),
            SCOPE_DEVICE => Some(leak(&queue.device().lock)),
            _ => None,
        };
    }
    let device = object.body::<Device>()?;
    (object.scope == SCOPE_DEVICE).then(|| leak(&device.lock))
}

fn leak(lock: &SyncLock) -> &'static SyncLock {
    // SAFETY: bodies are kept by their object's slot, which outlives every callback; see `object`.
    unsafe { &*std::ptr::from_ref(lock) }
}
