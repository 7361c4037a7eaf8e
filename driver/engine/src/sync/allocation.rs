//! Heap allocation that reports failure instead of ending the program (or the machine).

use alloc::alloc::{Layout, alloc};
use alloc::boxed::Box;

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
    fn a_box_drops_its_value() {
        let counter = std::rc::Rc::new(());
        let boxed = try_box(counter.clone()).unwrap();
        assert_eq!(std::rc::Rc::strong_count(&counter), 2);
        drop(boxed);
        assert_eq!(std::rc::Rc::strong_count(&counter), 1);
    }
}
