//! Spin locks: `KSPIN_LOCK`, in-stack queued, and reader/writer `EX_SPIN_LOCK` (wdm.h).
//!
//! A `KSPIN_LOCK` is 0 when free, else one more than the holder's thread id. An `EX_SPIN_LOCK` has bit 31 for a writer
//! and counts readers below, as Windows has it. Queued locks use the plain lock word; the queue is not simulated.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::lock_order;
use crate::abi::wdm::LockQueueHandle;
use crate::cpu;
use crate::exports;
use crate::guest::Guest;
use crate::machine;
use crate::registry::DISPATCH as DISPATCH_LEVEL;
use crate::{at, violate};

exports! { "ntoskrnl.exe";
    KeInitializeSpinLock: PASSIVE..=HIGH,
    KeAcquireSpinLockRaiseToDpc: PASSIVE..=DISPATCH,
    KeReleaseSpinLock: DISPATCH..=DISPATCH,
    KeAcquireSpinLockAtDpcLevel: DISPATCH..=HIGH,
    KeReleaseSpinLockFromDpcLevel: DISPATCH..=HIGH,
    KeTryToAcquireSpinLockAtDpcLevel: DISPATCH..=HIGH,
    KeTestSpinLock: PASSIVE..=HIGH,
    KeAcquireInStackQueuedSpinLock: PASSIVE..=DISPATCH,
    KeReleaseInStackQueuedSpinLock: DISPATCH..=DISPATCH,
    KeAcquireInStackQueuedSpinLockAtDpcLevel: DISPATCH..=HIGH,
    KeReleaseInStackQueuedSpinLockFromDpcLevel: DISPATCH..=HIGH,
    ExAcquireSpinLockShared: PASSIVE..=DISPATCH,
    ExReleaseSpinLockShared: DISPATCH..=DISPATCH,
    ExAcquireSpinLockExclusive: PASSIVE..=DISPATCH,
    ExReleaseSpinLockExclusive: DISPATCH..=DISPATCH,
    ExAcquireSpinLockSharedAtDpcLevel: DISPATCH..=HIGH,
    ExReleaseSpinLockSharedFromDpcLevel: DISPATCH..=HIGH,
    ExAcquireSpinLockExclusiveAtDpcLevel: DISPATCH..=HIGH,
    ExReleaseSpinLockExclusiveFromDpcLevel: DISPATCH..=HIGH,
    ExTryConvertSharedSpinLockExclusive: DISPATCH..=DISPATCH,
}

const KIND: &str = "spin lock";
const SHARED: &str = "shared spin lock";
const WRITER: u32 = 0x8000_0000;

/// `KeInitializeSpinLock`: the lock becomes free. Initialising a lock that this thread holds is `lock-recursion`.
pub extern "win64" fn KeInitializeSpinLock(lock: Guest<u64>) {
    if cpu::current().holds(lock.addr()) {
        violate!(RELOCK, "a held spin lock is initialised");
    }
    lock_order::forget(&(lock.addr()..lock.addr() + 8));
    lock.write(0);
}

/// `KeAcquireSpinLockRaiseToDpc`.
///
/// | the caller promises          | else               |
/// |------------------------------|--------------------|
/// | IRQL <= DISPATCH              | `irql`             |
/// | it doesn't hold the lock      | `lock-recursion`   |
/// | the same order of locks always | `lock-order`       |
///
/// Effect: IRQL becomes DISPATCH; returns the old one.
pub extern "win64" fn KeAcquireSpinLockRaiseToDpc(lock: Guest<u64>) -> u8 {
    let old = cpu::current().raise(DISPATCH_LEVEL);
    acquire(lock);
    old
}

/// `KeReleaseSpinLock`.
///
/// | the caller promises                      | else              |
/// |------------------------------------------|-------------------|
/// | IRQL == DISPATCH                          | `irql`            |
/// | this thread holds the lock                 | `lock-not-held`   |
/// | `irql` is what the acquire returned        | `irql`            |
pub extern "win64" fn KeReleaseSpinLock(lock: Guest<u64>, irql: u8) {
    release(lock);
    cpu::current().lower(irql);
}

/// `KeAcquireSpinLockAtDpcLevel`: as [`KeAcquireSpinLockRaiseToDpc`], entered at DISPATCH (0xC4 0x40).
pub extern "win64" fn KeAcquireSpinLockAtDpcLevel(lock: Guest<u64>) {
    acquire(lock);
}

/// `KeReleaseSpinLockFromDpcLevel`: as [`KeReleaseSpinLock`], stays at DISPATCH (0xC4 0x41).
pub extern "win64" fn KeReleaseSpinLockFromDpcLevel(lock: Guest<u64>) {
    release(lock);
}

/// `KeTryToAcquireSpinLockAtDpcLevel`: 1 if it got the lock.
pub extern "win64" fn KeTryToAcquireSpinLockAtDpcLevel(lock: Guest<u64>) -> u8 {
    let got = try_acquire(lock);
    if got {
        cpu::current().push_lock(lock.addr(), KIND);
    }
    u8::from(got)
}

/// `KeTestSpinLock`: 1 if the lock is free.
pub extern "win64" fn KeTestSpinLock(lock: Guest<u64>) -> u8 {
    u8::from(lock.atomic().load(Ordering::Relaxed) == 0)
}

/// `KeAcquireInStackQueuedSpinLock`: as [`KeAcquireSpinLockRaiseToDpc`]; the handle must live until the release.
pub extern "win64" fn KeAcquireInStackQueuedSpinLock(lock: Guest<u64>, handle: Guest<LockQueueHandle>) {
    let old = KeAcquireSpinLockRaiseToDpc(lock);
    at!(handle.lock).write(lock);
    at!(handle.old_irql).write(old);
}

/// `KeReleaseInStackQueuedSpinLock`: as [`KeReleaseSpinLock`].
pub extern "win64" fn KeReleaseInStackQueuedSpinLock(handle: Guest<LockQueueHandle>) {
    KeReleaseSpinLock(at!(handle.lock).read(), at!(handle.old_irql).read());
}

/// `KeAcquireInStackQueuedSpinLockAtDpcLevel`.
pub extern "win64" fn KeAcquireInStackQueuedSpinLockAtDpcLevel(
    lock: Guest<u64>,
    handle: Guest<LockQueueHandle>,
) {
    acquire(lock);
    at!(handle.lock).write(lock);
    at!(handle.old_irql).write(cpu::irql());
}

/// `KeReleaseInStackQueuedSpinLockFromDpcLevel`.
pub extern "win64" fn KeReleaseInStackQueuedSpinLockFromDpcLevel(handle: Guest<LockQueueHandle>) {
    release(at!(handle.lock).read());
}

/// `ExAcquireSpinLockShared`: as [`KeAcquireSpinLockRaiseToDpc`], but with other readers.
pub extern "win64" fn ExAcquireSpinLockShared(lock: Guest<u32>) -> u8 {
    let old = cpu::current().raise(DISPATCH_LEVEL);
    acquire_shared(lock);
    old
}

/// `ExReleaseSpinLockShared`: this thread must hold it shared, else `lock-not-held`.
pub extern "win64" fn ExReleaseSpinLockShared(lock: Guest<u32>, irql: u8) {
    release_shared(lock);
    cpu::current().lower(irql);
}

/// `ExAcquireSpinLockExclusive`.
pub extern "win64" fn ExAcquireSpinLockExclusive(lock: Guest<u32>) -> u8 {
    let old = cpu::current().raise(DISPATCH_LEVEL);
    acquire_exclusive(lock);
    old
}

/// `ExReleaseSpinLockExclusive`: this thread must hold it, else `lock-not-held`.
pub extern "win64" fn ExReleaseSpinLockExclusive(lock: Guest<u32>, irql: u8) {
    release_exclusive(lock);
    cpu::current().lower(irql);
}

/// `ExAcquireSpinLockSharedAtDpcLevel`.
pub extern "win64" fn ExAcquireSpinLockSharedAtDpcLevel(lock: Guest<u32>) {
    acquire_shared(lock);
}

/// `ExReleaseSpinLockSharedFromDpcLevel`.
pub extern "win64" fn ExReleaseSpinLockSharedFromDpcLevel(lock: Guest<u32>) {
    release_shared(lock);
}

/// `ExAcquireSpinLockExclusiveAtDpcLevel`.
pub extern "win64" fn ExAcquireSpinLockExclusiveAtDpcLevel(lock: Guest<u32>) {
    acquire_exclusive(lock);
}

/// `ExReleaseSpinLockExclusiveFromDpcLevel`.
pub extern "win64" fn ExReleaseSpinLockExclusiveFromDpcLevel(lock: Guest<u32>) {
    release_exclusive(lock);
}

/// `ExTryConvertSharedSpinLockExclusive`: 1 if the caller was the only reader and is the writer now.
pub extern "win64" fn ExTryConvertSharedSpinLockExclusive(lock: Guest<u32>) -> i32 {
    i32::from(
        lock.atomic()
            .compare_exchange(1, WRITER, Ordering::Acquire, Ordering::Relaxed)
            .is_ok(),
    )
}

fn me() -> u64 {
    u64::from(cpu::current().id) + 1
}

fn try_acquire(lock: Guest<u64>) -> bool {
    lock.atomic()
        .compare_exchange(0, me(), Ordering::Acquire, Ordering::Relaxed)
        .is_ok()
}

/// Takes a `KSPIN_LOCK` for the current thread, at the current IRQL.
pub(crate) fn acquire(lock: Guest<u64>) {
    super::pool::check_resident("the spin lock", lock.addr());
    if lock_order::acquiring(lock.addr(), KIND) {
        spin(KIND, lock.addr(), || try_acquire(lock));
    } else {
        machine::stop();
    }
    cpu::current().push_lock(lock.addr(), KIND);
}

/// Releases a `KSPIN_LOCK`; complains if this thread doesn't hold it.
pub(crate) fn release(lock: Guest<u64>) {
    if !cpu::current().pop_lock(lock.addr()) {
        violate!(
            UNLOCK,
            "the spin lock at {:#x} is released by a thread that doesn't hold it",
            lock.addr()
        );
    }
    lock.atomic().store(0, Ordering::Release);
}

fn acquire_shared(lock: Guest<u32>) {
    if !lock_order::acquiring(lock.addr(), SHARED) {
        machine::stop();
    }
    let word = lock.atomic();
    spin(SHARED, lock.addr(), || {
        let value = word.load(Ordering::Relaxed);
        value & WRITER == 0
            && word
                .compare_exchange_weak(value, value + 1, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    });
    cpu::current().push_lock(lock.addr(), SHARED);
}

fn release_shared(lock: Guest<u32>) {
    if !cpu::current().pop_lock(lock.addr()) {
        violate!(
            UNLOCK,
            "the shared spin lock at {:#x} is released by a thread that doesn't hold it",
            lock.addr()
        );
        return;
    }
    lock.atomic().fetch_sub(1, Ordering::Release);
}

fn acquire_exclusive(lock: Guest<u32>) {
    if !lock_order::acquiring(lock.addr(), KIND) {
        machine::stop();
    }
    let word = lock.atomic();
    // The writer first keeps new readers out, then waits for the present ones.
    spin(KIND, lock.addr(), || {
        let value = word.load(Ordering::Relaxed);
        value & WRITER == 0
            && word
                .compare_exchange_weak(value, value | WRITER, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    });
    spin(KIND, lock.addr(), || word.load(Ordering::Acquire) == WRITER);
    cpu::current().push_lock(lock.addr(), KIND);
}

fn release_exclusive(lock: Guest<u32>) {
    if !cpu::current().pop_lock(lock.addr()) {
        violate!(
            UNLOCK,
            "the spin lock at {:#x} is released by a thread that doesn't hold it",
            lock.addr()
        );
        return;
    }
    lock.atomic().store(0, Ordering::Release);
}

/// Spins until `try_once` succeeds; a lock that stays taken for the configured time is a hang.
pub(crate) fn spin(kind: &str, address: usize, mut try_once: impl FnMut() -> bool) {
    let mut rounds = 0u32;
    let mut since = None;
    while !try_once() {
        rounds = rounds.wrapping_add(1);
        if rounds < 64 {
            std::hint::spin_loop();
            continue;
        }
        // The holder's host thread may be off its host processor, which can't happen on Windows.
        std::thread::yield_now();
        if rounds.is_multiple_of(1024) {
            machine::park_if_stopped();
            let since: &mut Instant = since.get_or_insert_with(Instant::now);
            std::thread::sleep(Duration::from_micros(50));
            if since.elapsed() > machine::config().hang_after {
                violate!(HANG, "{kind} {address:#x} was not free for {:?}", since.elapsed());
                machine::stop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};
    use crate::violation::{self, Rule};

    fn rules() -> Vec<Rule> {
        violation::all().into_iter().map(|v| v.rule).collect()
    }

    #[test]
    fn a_lock_raises_and_restores_the_irql() {
        let _machine = Machine::boot(Config::default());
        let word = 0u64;
        let lock = Guest::of(&word);
        let old = KeAcquireSpinLockRaiseToDpc(lock);
        assert_eq!((old, cpu::irql()), (0, DISPATCH_LEVEL));
        KeReleaseSpinLock(lock, old);
        assert_eq!(cpu::irql(), 0);
        assert!(rules().is_empty());
    }

    #[test]
    fn opposite_orders_are_reported_without_a_real_deadlock() {
        let _machine = Machine::boot(Config::default());
        let words = [0u64; 2];
        let (a, b) = (Guest::of(&words[0]), Guest::of(&words[1]));
        for (first, second) in [(a, b), (b, a)] {
            let old = KeAcquireSpinLockRaiseToDpc(first);
            KeAcquireSpinLockAtDpcLevel(second);
            KeReleaseSpinLockFromDpcLevel(second);
            KeReleaseSpinLock(first, old);
        }
        assert_eq!(rules(), [Rule::LOCK_ORDER]);
    }

    #[test]
    fn a_lock_is_released_by_its_holder_only() {
        let _machine = Machine::boot(Config::default());
        let word = 0u64;
        cpu::current().raise(DISPATCH_LEVEL);
        KeReleaseSpinLock(Guest::of(&word), 0);
        assert_eq!(rules(), [Rule::UNLOCK]);
    }

    #[test]
    fn taking_a_held_lock_stops_the_machine() {
        let machine = Machine::boot(Config::default());
        let done = machine.run("recursive", || {
            let word = 0u64;
            let lock = Guest::of(&word);
            KeAcquireSpinLockRaiseToDpc(lock);
            KeAcquireSpinLockAtDpcLevel(lock);
        });
        assert!(done.is_none());
        assert_eq!(rules(), [Rule::RELOCK]);
    }

    #[test]
    fn readers_share_and_a_writer_waits_for_them() {
        let machine = Machine::boot(Config::default());
        let word: &'static u32 = Box::leak(Box::new(0));
        let lock = Guest::of(word);
        let old = ExAcquireSpinLockShared(lock);
        let other = machine.run("reader", move || {
            let old = ExAcquireSpinLockShared(lock);
            let convertible = ExTryConvertSharedSpinLockExclusive(lock);
            ExReleaseSpinLockShared(lock, old);
            convertible
        });
        assert_eq!(other, Some(0), "not the only reader");
        ExReleaseSpinLockShared(lock, old);
        let old = ExAcquireSpinLockExclusive(lock);
        assert_eq!(lock.read(), WRITER);
        ExReleaseSpinLockExclusive(lock, old);
        assert!(rules().is_empty());
    }
}
