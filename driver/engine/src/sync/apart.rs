//! A value on cache lines of its own.

use core::ops::Deref;

/// Room on either side: two cache lines, because processors fetch lines in pairs.
const GAP: usize = 128;

/// Keeps what is written often away from its neighbours, which others read.
#[repr(C)]
pub struct Apart<T> {
    _before: [u8; GAP],
    value: T,
    _after: [u8; GAP],
}

impl<T> Apart<T> {
    /// The value with its gaps.
    pub const fn new(value: T) -> Self {
        Self {
            _before: [0; GAP],
            value,
            _after: [0; GAP],
        }
    }
}

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
