//! An immutable snapshot behind one pointer.

use super::atomic::{AtomicPtr, AtomicUsize, Ordering};
use super::{Grace, NoMemory, Pin, Shared, try_box};
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr;

/// One snapshot on the heap, and its place in the queue of those that wait to be freed.
struct Snapshot<T> {
    value: T,
    /// Once replaced: the grace period that has to pass.
    ticket: u64,
    /// Once replaced: the one that was replaced before.
    next: *mut Snapshot<T>,
}

/// A snapshot with its memory, ready to be published. Publishing it cannot fail any more.
pub struct Prepared<T>(Box<Snapshot<T>>);

// SAFETY: a snapshot that has not been published owns its value and is linked to nothing.
unsafe impl<T: Send> Send for Prepared<T> {}

impl<T> Prepared<T> {
    /// Allocates; any IRQL that the allocator allows.
    pub fn new(value: T) -> Result<Self, NoMemory> {
        try_box(Snapshot {
            value,
            ticket: 0,
            next: ptr::null_mut(),
        })
        .map(Self)
    }
}

/// A value that readers see as a whole and that a writer replaces as a whole.
///
/// Readers borrow the value for as long as they hold a [`Pin`] of the same [`Grace`]. Replaced snapshots are parked
/// until [`collect`](Self::collect) finds their grace period over, or the `Published` itself goes.
pub struct Published<T> {
    current: AtomicPtr<Snapshot<T>>,
    parked: AtomicPtr<Snapshot<T>>,
    parked_count: AtomicUsize,
    grace: Shared<Grace>,
    owns: PhantomData<Box<T>>,
}

// SAFETY: readers on any thread get `&T`, and any thread may drop a `T`.
unsafe impl<T: Send + Sync> Send for Published<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Published<T> {}

impl<T> Published<T> {
    /// Publishes the first snapshot.
    pub fn new(value: T, grace: Shared<Grace>) -> Result<Self, NoMemory> {
        Ok(Self {
            current: AtomicPtr::new(Box::into_raw(Prepared::new(value)?.0)),
            parked: AtomicPtr::new(ptr::null_mut()),
            parked_count: AtomicUsize::new(0),
            grace,
            owns: PhantomData,
        })
    }

    /// Counts a reader in on `lane` and borrows the current snapshot. Never waits; any IRQL.
    pub fn pin(&self, lane: usize) -> Guard<'_, T> {
        let pin = self.grace.pin(lane);
        let snapshot = self.current.load(Ordering::Acquire);
        // SAFETY: what is current is initialised, and stays allocated for a grace period after it has been replaced,
        // which cannot end while `pin`, of this very `Grace`, is held by the guard.
        let value = unsafe { &(*snapshot).value };
        Guard { value, pin }
    }

    /// The current snapshot, for a reader that is already counted in. `None` if the pin is of another [`Grace`].
    pub fn read<'p>(&'p self, pin: &'p Pin<'_>) -> Option<&'p T> {
        if !pin.is_in(&self.grace) {
            return None;
        }
        let snapshot = self.current.load(Ordering::Acquire);
        // SAFETY: as in `pin`; the borrow of the pin keeps it alive as long as the result.
        Some(unsafe { &(*snapshot).value })
    }

    /// Replaces the snapshot and parks the old one. Does not wait; any IRQL.
    ///
    /// Readers that are counted in may go on with the old one. Writers that build on what they read must exclude each
    /// other by a lock of their own.
    pub fn publish(&self, prepared: Prepared<T>) {
        let old = self.current.swap(Box::into_raw(prepared.0), Ordering::AcqRel);
        let ticket = self.grace.ticket();
        // SAFETY: replaced just now, by this call alone; readers look at `value` only.
        unsafe { (*old).ticket = ticket };
        self.park(old);
    }

    /// Frees the replaced snapshots that no reader can see any more; returns how many are still parked.
    ///
    /// Drops values, so the IRQL is what their `Drop` asks for. Does not wait.
    pub fn collect(&self) -> usize {
        let mut next = self.parked.swap(ptr::null_mut(), Ordering::Acquire);
        while !next.is_null() {
            let snapshot = next;
            // SAFETY: taken off the list by the swap, so it is this call's alone, but for readers of `value`.
            next = unsafe { (*snapshot).next };
            // SAFETY: as above.
            let ticket = unsafe { (*snapshot).ticket };
            self.parked_count.fetch_sub(1, Ordering::Relaxed);
            if self.grace.is_over(ticket) {
                // SAFETY: allocated by `Prepared::new`, replaced, and all its readers are out.
                drop(unsafe { Box::from_raw(snapshot) });
            } else {
                self.park(snapshot);
            }
        }
        self.parked()
    }

    /// Waits for a grace period, then frees what was replaced before. PASSIVE_LEVEL, without a pin.
    pub fn settle(&self, relax: impl FnMut(u32)) {
        self.grace.synchronize(relax);
        self.collect();
    }

    /// How many replaced snapshots wait to be freed.
    pub fn parked(&self) -> usize {
        self.parked_count.load(Ordering::Relaxed)
    }

    /// Where readers are counted.
    pub fn grace(&self) -> &Shared<Grace> {
        &self.grace
    }

    fn park(&self, snapshot: *mut Snapshot<T>) {
        self.parked_count.fetch_add(1, Ordering::Relaxed);
        let mut head = self.parked.load(Ordering::Relaxed);
        loop {
            // SAFETY: the caller has it off every list, so nobody else reads `next`.
            unsafe { (*snapshot).next = head };
            match self
                .parked
                .compare_exchange(head, snapshot, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(newer) => head = newer,
            }
        }
    }
}

impl<T> Drop for Published<T> {
    fn drop(&mut self) {
        // Nobody borrows from here any more, and what is borrowed from here does not outlive it: no need to wait.
        let mut next = self.parked.load(Ordering::Acquire);
        while !next.is_null() {
            // SAFETY: allocated by `Prepared::new`, on the list once, and `self` is borrowed exclusively.
            let snapshot = unsafe { Box::from_raw(next) };
            next = snapshot.next;
        }
        // SAFETY: allocated by `Prepared::new`; the current one is never on the list.
        drop(unsafe { Box::from_raw(self.current.load(Ordering::Acquire)) });
    }
}

/// A reader with the snapshot that it found. Keep it short: control calls wait for it.
#[must_use]
pub struct Guard<'p, T> {
    value: &'p T,
    pin: Pin<'p>,
}

impl<'p, T> Guard<'p, T> {
    /// The pin, to read other [`Published`] values of the same [`Grace`].
    pub fn pin(&self) -> &Pin<'p> {
        &self.pin
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::cell::Cell;
    use std::sync::Arc;

    fn published<T>(value: T) -> Published<T> {
        Published::new(value, Shared::new(Grace::new(2).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn a_reader_keeps_the_snapshot_that_it_found() {
        let cell = published(1);
        let guard = cell.pin(0);
        cell.publish(Prepared::new(2).unwrap());
        assert_eq!((*guard, *cell.pin(0)), (1, 2));
        assert_eq!(cell.read(guard.pin()), Some(&2));
    }

    #[test]
    fn a_replaced_snapshot_is_freed_when_its_readers_are_out() {
        let probe = Arc::new(());
        let cell = published(probe.clone());
        let reader = Cell::new(Some(cell.pin(1)));
        cell.publish(Prepared::new(Arc::new(())).unwrap());
        assert_eq!(cell.collect(), 1, "nobody has waited yet");
        cell.settle(|_| {
            assert_eq!(Arc::strong_count(&probe), 2);
            reader.take();
        });
        assert_eq!((Arc::strong_count(&probe), cell.parked()), (1, 0));
    }

    #[test]
    fn a_pin_of_another_grace_reads_nothing() {
        let (cell, other) = (published(1), published(2));
        let guard = other.pin(0);
        assert_eq!(cell.read(guard.pin()), None);
    }

    #[test]
    fn going_away_frees_everything() {
        let probe = Arc::new(());
        let cell = published(probe.clone());
        for _ in 0..3 {
            cell.publish(Prepared::new(probe.clone()).unwrap());
        }
        assert_eq!((Arc::strong_count(&probe), cell.parked()), (5, 3));
        drop(cell);
        assert_eq!(Arc::strong_count(&probe), 1);
    }
}
