//! Stand-ins for what the platform gives, for unit tests.

use crate::RawLock;
use core::sync::atomic::{AtomicBool, Ordering};

/// A lock that lets other threads run while it waits.
pub(crate) struct SpinLock(AtomicBool);

// SAFETY: the swap from false to true succeeds for one owner at a time, acquires, and `unlock` releases.
#[allow(unsafe_code, reason = "implements the contract of a lock")]
unsafe impl RawLock for SpinLock {
    fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    fn lock(&self) {
        while self.0.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
    }

    unsafe fn unlock(&self) {
        self.0.store(false, Ordering::Release);
    }
}
