//! The part of wdm.h that the other modules need, and that a simulated kernel needs as types.
//!
//! A driver on windows-drivers-rs has all of this in `wdk-sys`, generated from the WDK's own headers; pass
//! pointers between the two crates with `.cast()`, the layouts are the same. The declarations here exist
//! because a machine without a WDK has no `wdk-sys`, and because its types have the sizes of the host (`c_long`)
//! there. Executive objects that nobody outside the kernel may look into (`EPROCESS`, `ETHREAD`) stay opaque.

pub(crate) mod constants;
pub(crate) mod irp;
pub(crate) mod object;
pub(crate) mod processor;
#[cfg(any(not(windows), target_arch = "x86_64"))]
pub(crate) mod processor_function;
pub(crate) mod status;

pub use constants::*;
pub use irp::*;
pub use object::*;
pub use processor::*;
#[cfg(all(windows, target_arch = "x86_64"))]
pub use processor_function::*;
pub use status::*;
