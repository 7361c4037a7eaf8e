//! Heap allocation that reports failure instead of ending the program (or the machine).

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The system has no memory to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMemory;

/// The strictest alignment that a kernel pool allocation is sure to have.
const POOL_ALIGNMENT: usize = 16;

/// A `Box` around `value`, or [`NoMemory`]; `value` is then dropped.
///
/// Types without size need no allocation and always succeed. A type aligned to more than 16 bytes doesn't compile.
pub fn try_box<T>(value: T) -> Result<Box<T>, NoMemory> {
    const {
        assert!(
            align_of::<T>() <= POOL_ALIGNMENT,
            "the pool doesn't align that strictly"
        );
    }
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout has a size other than zero.
    let memory = unsafe { alloc(layout) }.cast::<T>();
    if memory.is_null() {
        return Err(NoMemory);
    }
    // SAFETY: freshly allocated for a `T`, and aligned by the assertion above.
    unsafe { memory.write(value) };
    // SAFETY: allocated by the global allocator with the layout of `T`, and initialised.
    Ok(unsafe { Box::from_raw(memory) })
}

/// An empty vector with room for `capacity` values, or [`NoMemory`].
pub fn try_with_capacity<T>(capacity: usize) -> Result<Vec<T>, NoMemory> {
    const {
        assert!(
            align_of::<T>() <= POOL_ALIGNMENT,
            "the pool doesn't align that strictly"
        );
    }
    let mut vector = Vec::new();
    vector.try_reserve_exact(capacity).map_err(|_| NoMemory)?;
    Ok(vector)
}

/// Appends `value` if there is room, and gives it back if there isn't. Never allocates, so it can't fail to.
#[inline]
pub fn push_within_capacity<T>(vector: &mut Vec<T>, value: T) -> Result<(), T> {
    let len = vector.len();
    let Some(place) = vector.spare_capacity_mut().first_mut() else {
        return Err(value);
    };
    place.write(value);
    // SAFETY: there was room for one more, and it has been written.
    unsafe { vector.set_len(len.wrapping_add(1)) };
    Ok(())
}

/// Appends `values` if there is room for all of them; says whether there was. Never allocates.
#[inline]
pub fn extend_within_capacity<T: Copy>(vector: &mut Vec<T>, values: &[T]) -> bool {
    let len = vector.len();
    let Some(places) = vector.spare_capacity_mut().get_mut(..values.len()) else {
        return false;
    };
    for (place, value) in places.iter_mut().zip(values) {
        place.write(*value);
    }
    // SAFETY: there was room for that many more, and all have been written.
    unsafe { vector.set_len(len.wrapping_add(values.len())) };
    true
}

/// Puts `value` at `index`, moving what follows, if there is room and `index` is not beyond the end; gives it back
/// otherwise. Never allocates.
pub fn insert_within_capacity<T>(vector: &mut Vec<T>, index: usize, value: T) -> Result<(), T> {
    if index > vector.len() {
        return Err(value);
    }
    push_within_capacity(vector, value)?;
    if let Some(moved @ [_, ..]) = vector.get_mut(index..) {
        moved.rotate_right(1);
    }
    Ok(())
}

/// Takes out the value at `index`, moving what follows; `None` if there is none.
pub fn try_remove<T>(vector: &mut Vec<T>, index: usize) -> Option<T> {
    match vector.get_mut(index..) {
        Some(moved @ [_, ..]) => moved.rotate_left(1),
        _ => return None,
    }
    vector.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_values_of_any_size() {
        assert_eq!(*try_box(7_u8).unwrap(), 7);
        assert_eq!(*try_box([3_u64; 400]).unwrap(), [3_u64; 400]);
        assert_eq!(*try_box(()).unwrap(), ());
    }

    #[test]
    fn a_vector_takes_no_more_than_its_capacity() {
        let mut vector = try_with_capacity(4).unwrap();
        assert!(extend_within_capacity(&mut vector, &[1, 2]));
        assert_eq!(push_within_capacity(&mut vector, 4), Ok(()));
        assert_eq!(
            insert_within_capacity(&mut vector, 4, 9),
            Err(9),
            "beyond the end"
        );
        assert_eq!(insert_within_capacity(&mut vector, 2, 3), Ok(()));
        assert_eq!(vector, [1, 2, 3, 4]);
        let room = vector.capacity() - vector.len();
        assert!(!extend_within_capacity(&mut vector, &std::vec![0; room + 1]));
        vector.resize(vector.capacity(), 0);
        assert_eq!(push_within_capacity(&mut vector, 5), Err(5));
        assert_eq!(insert_within_capacity(&mut vector, 0, 5), Err(5));
    }

    #[test]
    fn removing_closes_the_gap() {
        let mut vector = std::vec!["a", "b", "c"];
        assert_eq!(try_remove(&mut vector, 3), None);
        assert_eq!(try_remove(&mut vector, 1), Some("b"));
        assert_eq!(try_remove(&mut vector, 1), Some("c"));
        assert_eq!(try_remove(&mut vector, 0), Some("a"));
        assert_eq!(try_remove(&mut vector, 0), None);
    }

    #[test]
    fn a_box_drops_its_value() {
        let counter = std::rc::Rc::new(());
        let boxed = try_box(counter.clone()).unwrap();
        assert_eq!(std::rc::Rc::strong_count(&counter), 2);
        drop(boxed);
        assert_eq!(std::rc::Rc::strong_count(&counter), 1);
    }
}
