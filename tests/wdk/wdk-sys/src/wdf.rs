//! The framework's function table and the driver's globals.
//!
//! In a build with the WDK these are objects of `WdfDriverEntry.lib` and of a compiled header.

use crate::{PWDF_DRIVER_GLOBALS, ULONG, WDFFUNC};

/// The framework's function table. The framework stores its address here when the driver binds to it; the
/// table has [`WdfFunctionCount`] entries, indexed by `_WDFFUNCENUM`.
// SAFETY: the symbol has the name that debuggers know; nothing else in a driver defines it.
#[unsafe(export_name = "WdfFunctions_01031")]
pub static mut WdfFunctions: *const WDFFUNC = core::ptr::null();

/// The number of entries in [`WdfFunctions`]. The framework stores it when the driver binds.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub static mut WdfFunctionCount: ULONG = 0;

/// What the framework knows the driver by: the first argument of each of its functions. The framework stores
/// it when the driver binds.
// SAFETY: as above.
#[unsafe(no_mangle)]
pub static mut WdfDriverGlobals: PWDF_DRIVER_GLOBALS = core::ptr::null_mut();

#[doc(hidden)]
pub mod __private {
    /// The number of functions in the table, for `wdk-macros`.
    #[must_use]
    pub fn get_wdf_function_count() -> usize {
        // SAFETY: written once, before the driver's own code runs.
        unsafe { super::WdfFunctionCount as usize }
    }
}
