//! What ntoskrnl.exe and HAL.dll export.

pub use self::generated::*;

#[rustfmt::skip]
#[path = "generated/exports.rs"]
mod generated;

use super::*;

#[cfg_attr(
    windows,
    link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")
)]
unsafe extern "C" {
    /// Probes the stack. The compiler calls it on entry of functions with a frame of a page or more; nothing
    /// else may, as it has a calling convention of its own. Declared so that it is imported.
    #[doc(hidden)]
    pub fn __chkstk();
}
