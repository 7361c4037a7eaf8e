//! Bindings to the Windows kernel and to KMDF 1.31 in the shape of windows-drivers-rs's `wdk-sys`, for
//! machines without a WDK.
//!
//! The published crate generates its bindings from WDK headers, with bindgen. This one has the same names,
//! types and macro for what it covers, so that a driver and the published `wdk`, `wdk-alloc`, `wdk-panic`
//! and `wdk-macros` build on either without a change:
//!
//! - `generated` comes from the ABI facts of this repository (`cargo run -p wdk-bindings`): structures, enums,
//!   callbacks, the function table, constants, exports. Every layout is asserted when this crate is compiled.
//! - `base` holds what the facts do not: scalar types, pointers to structures that no driver looks into, and
//!   the kernel's own callback types.
//! - `stub` is what a driver gets from the WDK's `WdfDriverEntry.lib`: the entry point that binds the driver
//!   to the framework.
//!
//! Left out: what the facts do not cover (USB, HID, DMA resource lists, ...), UMDF and WDM-only drivers.

#![no_std]
#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all
)]

#[doc(hidden)]
pub use wdk_macros as __proc_macros;

pub use crate::{base::*, constants::*, generated_types::*};

#[macro_use]
mod macros;
mod base;
#[rustfmt::skip]
#[path = "generated/constants.rs"]
mod generated_constants;
#[rustfmt::skip]
#[path = "generated/types.rs"]
mod generated_types;
#[rustfmt::skip]
#[path = "generated/layout.rs"]
mod layout;
pub mod ntddk;
#[cfg(all(windows, not(feature = "test-stubs")))]
mod stub;
pub mod wdf;

mod constants {
    pub use super::generated_constants::*;
    pub use super::wdf::{WdfDriverGlobals, WdfFunctionCount, WdfFunctions};
    use crate::{PVOID, PWDF_OBJECT_ATTRIBUTES};

    pub const TRUE: u32 = 1;
    pub const FALSE: u32 = 0;
    pub const WDF_NO_OBJECT_ATTRIBUTES: PWDF_OBJECT_ATTRIBUTES = core::ptr::null_mut();
    pub const WDF_NO_EVENT_CALLBACK: PVOID = core::ptr::null_mut();
    pub const WDF_NO_HANDLE: PVOID = core::ptr::null_mut();
    pub const WDF_NO_CONTEXT: PVOID = core::ptr::null_mut();
    pub const WDF_NO_SEND_OPTIONS: PVOID = core::ptr::null_mut();
}

/// The linker wants this symbol as soon as LLVM mentions floating point, used or not.
// SAFETY: no other definition of this symbol is linked into a driver.
#[unsafe(no_mangle)]
pub static _fltused: () = ();

/// Named by the unwind tables of functions with cleanup. Never called: a driver aborts on panic.
// SAFETY: no other definition of this symbol is linked into a driver.
#[cfg(panic = "abort")]
#[unsafe(no_mangle)]
pub const extern "system" fn __CxxFrameHandler3() -> i32 {
    0
}

/// Whether a status is a success or an informational one.
#[must_use]
pub const fn NT_SUCCESS(nt_status: NTSTATUS) -> bool {
    nt_status >= 0
}

/// Whether a status is an informational one.
#[must_use]
pub const fn NT_INFORMATION(nt_status: NTSTATUS) -> bool {
    nt_status.cast_unsigned() >> 30 == 1
}

/// Whether a status is a warning.
#[must_use]
pub const fn NT_WARNING(nt_status: NTSTATUS) -> bool {
    nt_status.cast_unsigned() >> 30 == 2
}

/// Whether a status is an error.
#[must_use]
pub const fn NT_ERROR(nt_status: NTSTATUS) -> bool {
    nt_status.cast_unsigned() >> 30 == 3
}

/// Asserts, in debug builds, that the current IRQL allows paging.
#[macro_export]
macro_rules! PAGED_CODE {
    () => {
        debug_assert!(unsafe { $crate::ntddk::KeGetCurrentIrql() <= $crate::APC_LEVEL as u8 });
    };
}
