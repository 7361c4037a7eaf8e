//! Grace periods: knowing that no reader of an earlier time is left.

use super::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use super::{Lanes, NoMemory};
use core::marker::PhantomData;

/// How many readers are inside, per phase. Several processors may share a lane.
type Inside = [AtomicUsize; 2];

/// Readers count themselves in and out here, each on its own lane; a writer finds out when all of them have been out.
///
/// There are two counts per lane. Readers use the one that the phase names; a waiting writer turns the phase before it
/// waits for a count, so that readers who keep coming don't keep it waiting. The phase is no more than that: what makes
/// memory safe to free is that after the writer's fence *each* count of *each* lane was seen at zero once. A reader
/// that could have found the old pointer was counted by then (its fence came before the writer's), so it has left.
pub struct Grace {
    inside: Lanes<Inside>,
    phase: AtomicUsize,
    /// Even: no wait is going on. Each wait adds one when it begins and one when it ends.
    waits: AtomicU64,
    waiting: AtomicBool,
}

impl Grace {
    /// Readers on `lanes` lanes; at least one.
    pub fn new(lanes: usize) -> Result<Self, NoMemory> {
        Ok(Self {
            inside: Lanes::new(lanes, || [AtomicUsize::new(0), AtomicUsize::new(0)])?,
            phase: AtomicUsize::new(0),
            waits: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
        })
    }

    /// Counts a reader in. Never waits; any IRQL. Hold the pin for one batch, and never across a wait.
    pub fn pin(&self, lane: usize) -> Pin<'_> {
        let inside = match self.phase.load(Ordering::Relaxed) {
            0 => &self.inside.at(lane)[0],
            _ => &self.inside.at(lane)[1],
        };
        inside.fetch_add(1, Ordering::Relaxed);
        // Either the writer sees this reader, or this reader sees the writer's pointer.
        fence(Ordering::SeqCst);
        Pin {
            grace: self,
            inside,
            same_thread: PhantomData,
        }
    }

    /// Waits until every reader that was inside when this was called is out. PASSIVE_LEVEL, without a pin: a thread
    /// that waits for itself waits forever. `relax` is called between looks with the number of looks so far.
    pub fn synchronize(&self, mut relax: impl FnMut(u32)) {
        let mut round = 0_u32;
        let mut rest = || {
            relax(round);
            round = round.saturating_add(1);
        };
        while self.waiting.swap(true, Ordering::Acquire) {
            rest();
        }
        self.waits.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        // Latecomers of the phase that was left last time, then those of the one that is left now.
        let phase = self.phase.load(Ordering::Relaxed);
        let (leaving, idle) = if phase == 0 { (0, 1) } else { (1, 0) };
        self.drain(idle, &mut rest);
        self.phase.store(idle, Ordering::Relaxed);
        self.drain(leaving, &mut rest);
        self.waits.fetch_add(1, Ordering::Release);
        self.waiting.store(false, Ordering::Release);
    }

    fn drain(&self, phase: usize, rest: &mut impl FnMut()) {
        for lane in self.inside.iter() {
            let Some(inside) = lane.get(phase) else { continue };
            // Acquire: what the readers did happens before what is freed.
            while inside.load(Ordering::Acquire) != 0 {
                rest();
            }
        }
    }

    /// A ticket for what was unpublished just now; see [`Self::is_over`].
    pub(super) fn ticket(&self) -> u64 {
        // Pairs with the fence of `synchronize`: a wait that is not seen here begins after the unpublishing.
        fence(Ordering::SeqCst);
        let waits = self.waits.load(Ordering::Relaxed);
        // A wait that is going on may have begun too early: the one after it counts.
        let begun = waits & 1;
        waits.saturating_add(2).saturating_add(begun)
    }

    /// Whether a whole wait lies between the ticket and now.
    pub(super) fn is_over(&self, ticket: u64) -> bool {
        self.waits.load(Ordering::Acquire) >= ticket
    }
}

/// A reader inside its [`Grace`]; out when dropped. Stays on its thread.
#[must_use]
pub struct Pin<'g> {
    grace: &'g Grace,
    inside: &'g AtomicUsize,
    same_thread: PhantomData<*const ()>,
}

impl Pin<'_> {
    /// Whether this is a reader of `grace`.
    pub fn is_in(&self, grace: &Grace) -> bool {
        core::ptr::eq(self.grace, grace)
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        self.inside.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn waits_for_the_readers_that_are_inside_and_for_no_others() {
        let grace = Grace::new(2).unwrap();
        let early = Cell::new(Some(grace.pin(1)));
        let late = Cell::new(None);
        let looks = Cell::new(0);
        grace.synchronize(|round| {
            looks.set(round + 1);
            if round == 0 {
                late.set(Some(grace.pin(0)));
            }
            if round == 2 {
                early.take();
            }
            assert!(round < 3, "a reader that came later must not be waited for");
        });
        assert_eq!(looks.get(), 3);
        assert!(late.take().is_some());
    }

    #[test]
    fn a_ticket_needs_a_whole_wait() {
        let grace = Grace::new(1).unwrap();
        let before = grace.ticket();
        assert!(!grace.is_over(before));
        let during = Cell::new(0);
        let pin = Cell::new(Some(grace.pin(0)));
        grace.synchronize(|_| {
            during.set(grace.ticket());
            pin.take();
        });
        assert!(grace.is_over(before));
        assert!(!grace.is_over(during.get()), "that wait had already begun");
        grace.synchronize(|_| ());
        assert!(grace.is_over(during.get()));
    }
}
