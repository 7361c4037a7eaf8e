//! Saving the processor's extended state (wdm.h), which a driver must do around code that uses AVX or AVX-512.
//!
//! SSE registers need no saving on x64, and ARM64 has no such call.

use super::object::PETHREAD;
use crate::scalar::{PVOID, UCHAR, ULONG, ULONGLONG};

/// `PXSTATE_SAVE`.
pub type PXSTATE_SAVE = *mut XSTATE_SAVE;

c_structs! {
    /// Extended state and where it is.
    #[derive(Debug)]
    struct XSTATE_CONTEXT {
        /// Which state.
        Mask: ULONGLONG,
        /// Bytes of it.
        Length: ULONG,
        /// Reserved.
        Reserved1: ULONG,
        /// The save area.
        Area: PVOID,
        /// The memory that the save area is in.
        Buffer: PVOID,
    }

    /// Saved state of a thread, x64. The kernel's to use; lives on the stack from save to restore.
    #[derive(Debug)]
    struct XSTATE_SAVE {
        /// The one saved before.
        Prev: PXSTATE_SAVE,
        /// The thread.
        Thread: PETHREAD,
        /// IRQL at which it was saved.
        Level: UCHAR,
        /// The state.
        XStateContext: XSTATE_CONTEXT,
    }
}

c_consts! {
    /// AVX: the upper halves of the YMM registers.
    pub const XSTATE_MASK_GSSE: ULONGLONG = 4;
    /// AVX-512: mask registers, upper halves of ZMM0 to ZMM15, and ZMM16 to ZMM31.
    pub const XSTATE_MASK_AVX512: ULONGLONG = 0xE0;
}
