//! Ownership by several snapshots at once.

use super::atomic::{AtomicUsize, Ordering, fence};
use super::{NoMemory, try_box};
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// From here on a count is stuck and the value leaks: better than freeing it under somebody.
const STUCK: usize = usize::MAX / 2;

struct Counted<T> {
    owners: AtomicUsize,
    value: T,
}

/// A value with several owners; dropped with the last of them.
///
/// Made fallibly, unlike `alloc`'s `Arc`, and cloned only by the control path: the data path borrows from a
/// snapshot instead, so no packet touches the count.
pub struct Shared<T> {
    counted: NonNull<Counted<T>>,
    owns: PhantomData<Counted<T>>,
}

// SAFETY: a `Shared` gives `&T` to any thread that holds one, and the last owner drops the `T` on its thread.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// The first owner of `value`.
    pub fn new(value: T) -> Result<Self, NoMemory> {
        let counted = try_box(Counted {
            owners: AtomicUsize::new(1),
            value,
        })?;
        Ok(Self {
            counted: NonNull::from(Box::leak(counted)),
            owns: PhantomData,
        })
    }

    /// Whether both own the same value.
    pub fn same(&self, other: &Self) -> bool {
        self.counted == other.counted
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: the allocation lives as long as there is an owner, and `self` is one.
        unsafe { self.counted.as_ref() }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        let owners = &self.counted().owners;
        if owners.fetch_add(1, Ordering::Relaxed) >= STUCK {
            owners.store(STUCK, Ordering::Relaxed);
        }
        Self {
            counted: self.counted,
            owns: PhantomData,
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let owners = &self.counted().owners;
        match owners.fetch_sub(1, Ordering::Release) {
            1 => {}
            count if count >= STUCK => return owners.store(STUCK, Ordering::Relaxed),
            _ => return,
        }
        // The other owners' last uses happen before the value goes.
        fence(Ordering::Acquire);
        // SAFETY: made by `Box::leak` in `new`, and this was the last owner.
        drop(unsafe { Box::from_raw(self.counted.as_ptr()) });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_last_owner_drops_the_value() {
        let probe = Arc::new(());
        let first = Shared::new(probe.clone()).unwrap();
        let second = first.clone();
        assert!(first.same(&second));
        drop(first);
        assert_eq!(Arc::strong_count(&probe), 2);
        drop(second);
        assert_eq!(Arc::strong_count(&probe), 1);
    }

    #[test]
    fn a_count_that_would_wrap_sticks_instead() {
        let probe = Arc::new(());
        let first = Shared::new(probe.clone()).unwrap();
        first.counted().owners.store(STUCK, Ordering::Relaxed);
        drop(first.clone());
        drop(first);
        assert_eq!(Arc::strong_count(&probe), 2, "leaked on purpose");
    }
}
