//! Rundown protection (wdm.h): bit 0 says that the rundown has begun, each user counts 2, as Windows has it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::exports;
use crate::guest::Guest;
use crate::{machine, violate};

exports! { "ntoskrnl.exe";
    ExInitializeRundownProtection: PASSIVE..=APC,
    ExReInitializeRundownProtection: PASSIVE..=APC,
    ExAcquireRundownProtection: PASSIVE..=DISPATCH,
    ExReleaseRundownProtection: PASSIVE..=DISPATCH,
    ExWaitForRundownProtectionRelease: PASSIVE..=APC,
    ExRundownCompleted: PASSIVE..=APC,
}

const ENDED: u64 = 1;
const USER: u64 = 2;

/// `ExInitializeRundownProtection`.
pub extern "win64" fn ExInitializeRundownProtection(rundown: Guest<u64>) {
    rundown.write(0);
}

/// `ExReInitializeRundownProtection`: only after a rundown.
pub extern "win64" fn ExReInitializeRundownProtection(rundown: Guest<u64>) {
    rundown.write(0);
}

/// `ExAcquireRundownProtection`: 0 once the rundown has begun.
pub extern "win64" fn ExAcquireRundownProtection(rundown: Guest<u64>) -> u8 {
    let acquired = rundown
        .atomic()
        .fetch_update(Ordering::Acquire, Ordering::Relaxed, |v| {
            (v & ENDED == 0).then_some(v + USER)
        });
    u8::from(acquired.is_ok())
}

/// `ExReleaseRundownProtection`: without an acquire it is `lock-not-held`.
pub extern "win64" fn ExReleaseRundownProtection(rundown: Guest<u64>) {
    let old = rundown.atomic().fetch_sub(USER, Ordering::Release);
    if old < USER {
        violate!(UNLOCK, "rundown protection released that wasn't acquired");
        rundown.write(old);
    }
}

/// `ExWaitForRundownProtectionRelease`: refuses new users and waits for the present ones (`hang` if they stay).
pub extern "win64" fn ExWaitForRundownProtectionRelease(rundown: Guest<u64>) {
    let word = rundown.atomic();
    word.fetch_or(ENDED, Ordering::AcqRel);
    let started = Instant::now();
    let mut warned = false;
    while word.load(Ordering::Acquire) != ENDED {
        std::thread::sleep(Duration::from_micros(100));
        machine::park_if_stopped();
        if !warned && started.elapsed() > machine::config().hang_after {
            warned = true;
            violate!(
                HANG,
                "rundown protection is still held after {:?}",
                started.elapsed()
            );
        }
    }
}

/// `ExRundownCompleted`.
pub extern "win64" fn ExRundownCompleted(rundown: Guest<u64>) {
    rundown.write(ENDED);
}
