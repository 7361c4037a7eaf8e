//! Data beside a lock, reached through a guard only.

use crate::RawLock;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// A `T` that is reached by holding the raw lock `R`.
pub struct Lock<R, T> {
    raw: R,
    value: UnsafeCell<T>,
}

// SAFETY: the raw lock hands the value to one thread at a time, which is a `Send` to each.
unsafe impl<R: RawLock, T: Send> Sync for Lock<R, T> {}

impl<R: RawLock, T> Lock<R, T> {
    /// A lock that nobody holds.
    pub fn new(value: T) -> Self {
        Self {
            raw: R::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until the lock is owned. Not recursive. The IRQL is the raw lock's business.
    pub fn lock(&self) -> LockGuard<'_, R, T> {
        self.raw.lock();
        LockGuard {
            lock: self,
            same_thread: PhantomData,
        }
    }

    /// The value, without locking: the caller has it alone.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// Ownership of a [`Lock`]; given back when dropped, on the thread that took it.
#[must_use]
pub struct LockGuard<'l, R: RawLock, T> {
    lock: &'l Lock<R, T>,
    same_thread: PhantomData<*const ()>,
}

impl<R: RawLock, T> Deref for LockGuard<'_, R, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard owns the lock, so nobody else reaches the value.
        unsafe { &*self.lock.value.get() }
    }
}

impl<R: RawLock, T> DerefMut for LockGuard<'_, R, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard owns the lock and is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<R: RawLock, T> Drop for LockGuard<'_, R, T> {
    fn drop(&mut self) {
        // SAFETY: this guard owns the lock, and is not `Send`, so it is the thread that locked.
        unsafe { self.lock.raw.unlock() };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::testing::SpinLock;

    #[test]
    fn one_thread_at_a_time_gets_the_value() {
        let lock = Lock::<SpinLock, u32>::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        let mut value = lock.lock();
                        let seen = *value;
                        *value = seen + 1;
                    }
                });
            }
        });
        assert_eq!(*lock.lock(), 4000);
    }
}
