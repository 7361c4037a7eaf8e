//! The functions of ntoskrnl.exe, imported without an import library.

use super::structure::{
    EVENT_DATA_DESCRIPTOR, EVENT_DESCRIPTOR, EVENT_INFO_CLASS, PETWENABLECALLBACK, REGHANDLE,
};
use crate::scalar::{BOOLEAN, NTSTATUS, PVOID, UCHAR, ULONG, ULONGLONG};
use crate::wdm::GUID;

imports! {
    "ntoskrnl.exe";

    /// Registers a provider. IRQL: PASSIVE_LEVEL.
    pub fn EtwRegister(
        ProviderId: *const GUID,
        EnableCallback: PETWENABLECALLBACK,
        CallbackContext: PVOID,
        RegHandle: *mut REGHANDLE,
    ) -> NTSTATUS;

    /// Unregisters a provider; waits for its enable callback. A driver that unloads without crashes the machine.
    /// IRQL: PASSIVE_LEVEL.
    pub fn EtwUnregister(RegHandle: REGHANDLE) -> NTSTATUS;

    /// Writes an event. IRQL: any; above APC_LEVEL all data must be nonpaged.
    pub fn EtwWriteTransfer(
        RegHandle: REGHANDLE,
        EventDescriptor: *const EVENT_DESCRIPTOR,
        ActivityId: *const GUID,
        RelatedActivityId: *const GUID,
        UserDataCount: ULONG,
        UserData: *mut EVENT_DATA_DESCRIPTOR,
    ) -> NTSTATUS;

    /// Sets traits of a provider. IRQL: PASSIVE_LEVEL.
    pub fn EtwSetInformation(
        RegHandle: REGHANDLE,
        InformationClass: EVENT_INFO_CLASS,
        EventInformation: PVOID,
        InformationLength: ULONG,
    ) -> NTSTATUS;

    /// Whether a session wants such an event. IRQL: any.
    pub fn EtwEventEnabled(RegHandle: REGHANDLE, EventDescriptor: *const EVENT_DESCRIPTOR) -> BOOLEAN;

    /// Whether a session wants events of such a level and keyword. IRQL: any.
    pub fn EtwProviderEnabled(RegHandle: REGHANDLE, Level: UCHAR, Keyword: ULONGLONG) -> BOOLEAN;
}
