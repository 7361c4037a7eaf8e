//! The simulated processors: tokens that a thread owns while it is at DISPATCH_LEVEL or above.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// There are never more.
pub const MAX_PROCESSORS: usize = 64;

#[repr(align(128))]
struct Slot(AtomicBool);

static SLOTS: [Slot; MAX_PROCESSORS] = [const { Slot(AtomicBool::new(false)) }; MAX_PROCESSORS];
static COUNT: AtomicUsize = AtomicUsize::new(2);

/// Sets the number of processors; only while no driver code runs.
pub fn set_count(n: usize) {
    COUNT.store(n.clamp(1, MAX_PROCESSORS), Ordering::Relaxed);
}

/// How many processors the machine has.
#[must_use]
pub fn count() -> usize {
    COUNT.load(Ordering::Relaxed)
}

/// Takes a processor of `affinity` (0: any), `preferred` if it is free.
pub(crate) fn take(preferred: usize, affinity: u64) -> usize {
    let count = count();
    let allowed = |n: usize| affinity == 0 || affinity >> n & 1 == 1;
    let started = Instant::now();
    let mut rounds = 0u32;
    loop {
        for i in 0..count {
            let n = (preferred + i) % count;
            if allowed(n)
                && SLOTS[n]
                    .0
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return n;
            }
        }
        rounds += 1;
        crate::machine::park_if_stopped();
        match rounds {
            0..32 => std::hint::spin_loop(),
            32..256 => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(20)),
        }
        if rounds.is_multiple_of(4096) && started.elapsed() > crate::machine::config().hang_after {
            crate::violate!(
                HANG,
                "no processor got free for {:?}: every one is held at DISPATCH_LEVEL",
                started.elapsed()
            );
            crate::machine::stop();
        }
    }
}

/// Gives processor `n` back.
pub(crate) fn give(n: usize) {
    SLOTS[n].0.store(false, Ordering::Release);
}

pub(crate) fn reset() {
    for slot in &SLOTS {
        slot.0.store(false, Ordering::Relaxed);
    }
}
