//! A spin lock for user space.

use ovpn_dco_engine::RawLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Held for a few instructions only; a waiter lets other threads run.
#[derive(Debug)]
pub struct SpinLock(AtomicBool);

// SAFETY: the swap from false to true succeeds for one owner at a time and acquires; `unlock` releases.
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
