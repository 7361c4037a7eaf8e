//! The functions that save and restore it, of ntoskrnl.exe for x64.

use super::processor::PXSTATE_SAVE;
use crate::scalar::{NTSTATUS, ULONGLONG};

imports! {
    "ntoskrnl.exe";

    /// Saves extended state of the current thread. Can fail for want of memory. IRQL: <= DISPATCH_LEVEL.
    pub fn KeSaveExtendedProcessorState(Mask: ULONGLONG, XStateSave: PXSTATE_SAVE)
    -> NTSTATUS;

    /// Restores it: on the same thread, at the same IRQL, last saved first restored.
    pub fn KeRestoreExtendedProcessorState(XStateSave: PXSTATE_SAVE);

    /// Which of the features the system has enabled. IRQL: PASSIVE_LEVEL.
    pub fn RtlGetEnabledExtendedFeatures(FeatureMask: ULONGLONG) -> ULONGLONG;
}
