//! A driver that looks up its status by the length of the registry path.
//!
//! The length is masked, so that the compiler can leave out the bounds check. With feature `can-panic` it is not: as
//! small a mistake as a driver may hold. It has the panic handler of the real driver; with feature `no-panic-proof` the
//! first must link and the second must not.

#![no_std]

#[path = "../../../../driver/kmdf/src/panic.rs"]
mod panic;

use wdk_sys::{NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, STATUS_SUCCESS, STATUS_UNSUCCESSFUL};

/// What is left of the length: all of it is too much for the table.
const MASK: usize = if cfg!(feature = "can-panic") {
    usize::MAX
} else {
    1
};

static STATUSES: [NTSTATUS; 2] = [STATUS_SUCCESS, STATUS_UNSUCCESSFUL];

/// Looks the status up.
///
/// # Safety
///
/// Only the entry stub may call this.
// SAFETY: the linker finds one definition of this name in the image, this one.
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(_: PDRIVER_OBJECT, registry_path: PCUNICODE_STRING) -> NTSTATUS {
    // SAFETY: the kernel passes a valid string.
    let length = unsafe { (*registry_path).Length };
    STATUSES[usize::from(length) & MASK]
}
