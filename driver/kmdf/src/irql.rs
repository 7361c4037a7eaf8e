//! The IRQL that a function was written for, asserted.
//!
//! Debug builds check it at the doors of the driver: the callbacks, and what waits. Release builds check nothing (Driver
//! Verifier does), so there is neither cost nor a panic.

use wdk_sys::ntddk::KeGetCurrentIrql;

const PASSIVE_LEVEL: u8 = 0;
const DISPATCH_LEVEL: u8 = 2;

/// For functions that wait, or call what does.
#[inline]
pub(crate) fn passive() {
    // SAFETY: no preconditions.
    debug_assert!(unsafe { KeGetCurrentIrql() } == PASSIVE_LEVEL, "PASSIVE_LEVEL");
}

/// For functions that take spin locks.
#[inline]
pub(crate) fn at_most_dispatch() {
    // SAFETY: no preconditions.
    debug_assert!(unsafe { KeGetCurrentIrql() } <= DISPATCH_LEVEL, "DISPATCH_LEVEL");
}
