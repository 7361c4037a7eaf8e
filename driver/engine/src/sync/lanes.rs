//! One value per processor, far enough apart that no two share a cache line.

use super::{NoMemory, push_within_capacity, try_with_capacity};
use alloc::vec::Vec;

/// Room between two values: two cache lines, because processors fetch lines in pairs.
const GAP: usize = 128;

#[repr(C)]
struct Lane<T> {
    value: T,
    _gap: [u8; GAP],
}

impl<T> Lane<T> {
    fn new(value: T) -> Self {
        Self {
            value,
            _gap: [0; GAP],
        }
    }
}

/// One `T` per lane. A lane is a processor, or any number that a caller likes: it is reduced modulo the lane count,
/// so several processors may end up on one lane and `T` must be able to stand that.
pub struct Lanes<T> {
    // Kept apart so that there is a lane without asking whether there is one.
    first: Lane<T>,
    rest: Vec<Lane<T>>,
}

impl<T> Lanes<T> {
    /// `count` lanes (at least one), each made by `make`.
    pub fn new(count: usize, mut make: impl FnMut() -> T) -> Result<Self, NoMemory> {
        let more = count.saturating_sub(1);
        let mut rest = try_with_capacity(more)?;
        let first = Lane::new(make());
        for _ in 0..more {
            push_within_capacity(&mut rest, Lane::new(make())).map_err(|_| NoMemory)?;
        }
        Ok(Self { first, rest })
    }

    /// How many lanes there are; at least one.
    pub fn count(&self) -> usize {
        self.rest.len().saturating_add(1)
    }

    /// The value of `lane` modulo [`Self::count`].
    pub fn at(&self, lane: usize) -> &T {
        let count = self.count();
        let lane = if lane < count {
            lane
        } else {
            lane.checked_rem(count).unwrap_or(0)
        };
        match lane.checked_sub(1) {
            None => &self.first.value,
            Some(index) => &self.rest.get(index).unwrap_or(&self.first).value,
        }
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        core::iter::once(&self.first)
            .chain(&self.rest)
            .map(|lane| &lane.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn any_number_names_a_lane() {
        let made = Cell::new(0);
        let lanes = Lanes::new(3, || made.replace(made.get() + 1)).unwrap();
        assert_eq!(lanes.count(), 3);
        for (lane, value) in [(0, 0), (1, 1), (2, 2), (3, 0), (usize::MAX, usize::MAX % 3)] {
            assert_eq!(*lanes.at(lane), value, "lane {lane}");
        }
        assert_eq!(lanes.iter().copied().collect::<std::vec::Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn there_is_always_one_lane() {
        assert_eq!(*Lanes::new(0, || 5).unwrap().at(9), 5);
    }

    #[test]
    fn neighbours_share_no_cache_line() {
        let lanes = Lanes::new(3, || 0_u8).unwrap();
        let address = |lane| core::ptr::from_ref(lanes.at(lane)).addr();
        assert!(address(2).abs_diff(address(1)) >= GAP);
    }
}
