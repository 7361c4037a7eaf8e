//! The engine's locks on a hosted system: `parking_lot`'s raw mutex for both kinds.

use ovpn_dco_engine::RawLock;
use parking_lot::lock_api::RawMutex as _;

/// A mutex without data, for [`ovpn_dco_engine::Platform::SpinLock`] and `WaitLock`.
pub struct Mutex(parking_lot::RawMutex);

// SAFETY: `parking_lot::RawMutex` gives exclusive ownership with acquire and release ordering.
unsafe impl RawLock for Mutex {
    fn new() -> Self {
        Self(parking_lot::RawMutex::INIT)
    }

    fn lock(&self) {
        self.0.lock();
    }

    unsafe fn unlock(&self) {
        // SAFETY: the caller of `unlock` owns the lock.
        unsafe { self.0.unlock() }
    }
}
