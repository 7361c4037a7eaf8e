//! A driver that panics if the kernel passes an odd registry path: as small a bounds check as a driver may forget.
//!
//! It has the panic handler of the real driver, so that with feature `no-panic-proof` it must not link.

#![no_std]

#[path = "../../../../driver/kmdf/src/panic.rs"]
mod panic;

use wdk_sys::{NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, STATUS_SUCCESS, STATUS_UNSUCCESSFUL};

static STATUSES: [NTSTATUS; 2] = [STATUS_SUCCESS, STATUS_UNSUCCESSFUL];

/// Looks up its status by the length of the registry path, and panics if that has no entry.
///
/// # Safety
///
/// Only the entry stub may call this.
// SAFETY: the linker finds one definition of this name in the image, this one.
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(_: PDRIVER_OBJECT, registry_path: PCUNICODE_STRING) -> NTSTATUS {
    // SAFETY: the kernel passes a valid string.
    let length = unsafe { (*registry_path).Length };
    STATUSES[usize::from(length)]
}
