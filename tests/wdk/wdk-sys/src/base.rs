//! Scalar types, strings, pointers to structures that no driver looks into, and the kernel's callback types.
//!
//! Integers are spelled by width and not as `c_long` and the like. On Windows these are the same types; on the
//! machine that runs this crate's layout tests they are not.

use core::ffi::{c_char, c_void};

use crate::generated_types::*;

pub type UCHAR = u8;
pub type BOOLEAN = UCHAR;
pub type KIRQL = UCHAR;
pub type CHAR = c_char;
pub type CCHAR = c_char;
pub type KPROCESSOR_MODE = CCHAR;
pub type SHORT = i16;
pub type CSHORT = i16;
pub type USHORT = u16;
pub type WCHAR = u16;
pub type LONG = i32;
pub type KPRIORITY = LONG;
pub type NTSTATUS = LONG;
pub type ULONG = u32;
pub type ACCESS_MASK = ULONG;
pub type LOGICAL = ULONG;
pub type LCID = ULONG;
pub type DEVPROPTYPE = ULONG;
pub type LONGLONG = i64;
pub type ULONGLONG = u64;
pub type ULONG64 = u64;
pub type POOL_FLAGS = ULONG64;
pub type REGHANDLE = ULONGLONG;
pub type LONG_PTR = i64;
pub type ULONG_PTR = u64;
pub type SIZE_T = ULONG_PTR;
pub type KAFFINITY = ULONG_PTR;
pub type KSPIN_LOCK = ULONG_PTR;
pub type EX_SPIN_LOCK = LONG;

pub type PVOID = *mut c_void;
pub type HANDLE = *mut c_void;
pub type PHANDLE = *mut HANDLE;
pub type PCHAR = *mut CHAR;
pub type PCSTR = *const CHAR;
pub type PCSZ = *const CHAR;
pub type LPCSTR = *const CHAR;
pub type PCCH = *const CHAR;
pub type PUCHAR = *mut UCHAR;
pub type PUSHORT = *mut USHORT;
pub type PWSTR = *mut WCHAR;
pub type PCWSTR = *const WCHAR;
pub type PCWCH = *const WCHAR;
pub type PULONG = *mut ULONG;
pub type PULONG64 = *mut ULONG64;
pub type PLONGLONG = *mut LONGLONG;
pub type PULONG_PTR = *mut ULONG_PTR;
pub type PKIRQL = *mut KIRQL;
pub type PKSPIN_LOCK = *mut KSPIN_LOCK;
pub type PEX_SPIN_LOCK = *mut EX_SPIN_LOCK;
pub type PREGHANDLE = *mut REGHANDLE;
pub type PDEVPROPTYPE = *mut DEVPROPTYPE;
pub type LPGUID = *mut GUID;
pub type LPCGUID = *const GUID;
pub type PCUNICODE_STRING = *const UNICODE_STRING;
pub type PCEVENT_DESCRIPTOR = *const EVENT_DESCRIPTOR;
pub type PCWDF_OBJECT_CONTEXT_TYPE_INFO = *const WDF_OBJECT_CONTEXT_TYPE_INFO;
pub type PCWDF_DEVICE_PNP_NOTIFICATION_DATA = *const WDF_DEVICE_PNP_NOTIFICATION_DATA;
pub type PCWDF_DEVICE_POWER_NOTIFICATION_DATA = *const WDF_DEVICE_POWER_NOTIFICATION_DATA;
pub type PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA = *const WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA;

pub type ANSI_STRING = STRING;
pub type PANSI_STRING = PSTRING;
pub type PHYSICAL_ADDRESS = LARGE_INTEGER;
pub type ULARGE_INTEGER = LARGE_INTEGER;
pub type KMUTEX = KMUTANT;
pub type PRKMUTEX = *mut KMUTEX;
pub type PRKEVENT = *mut KEVENT;
pub type PRKSEMAPHORE = *mut KSEMAPHORE;
pub type PRKDPC = *mut KDPC;
pub type PRKTHREAD = *mut _KTHREAD;
pub type PKTHREAD = *mut _KTHREAD;
pub type PETHREAD = *mut _KTHREAD;
pub type PEPROCESS = *mut _KPROCESS;
pub type PMDLX = *mut MDL;
pub type PSECURITY_DESCRIPTOR = PVOID;
pub type POBJECT_TYPE = *mut _OBJECT_TYPE;
pub type PEX_TIMER = *mut _EX_TIMER;

/// General WDF object: any handle of the framework.
pub type WDFOBJECT = HANDLE;
pub type WDFCONTEXT = PVOID;
/// An entry of the framework's function table, to be cast to the `PFN_...` type of its index.
pub type WDFFUNC = Option<unsafe extern "C" fn()>;

/// Structures that a driver only ever passes a pointer to.
macro_rules! opaque {
    ($($(#[$doc:meta])* $tag:ident $(= $name:ident)? $(, * $pointer:ident)*;)*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug, Copy, Clone)]
        pub struct $tag {
            _unused: [u8; 0],
        }
        $(pub type $name = $tag;)?
        $(pub type $pointer = *mut $tag;)*
    )*};
}

opaque! {
    _KTHREAD;
    _KPROCESS;
    _EPROCESS;
    _EX_TIMER;
    _OBJECT_TYPE;
    _FAST_IO_DISPATCH;
    _DEVOBJ_EXTENSION;
    _VPB, *PVPB;
    _IO_TIMER, *PIO_TIMER;
    _IO_WORKITEM, *PIO_WORKITEM;
    _IO_SECURITY_CONTEXT, *PIO_SECURITY_CONTEXT;
    _SECTION_OBJECT_POINTERS, *PSECTION_OBJECT_POINTERS;
    _OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;
    _POOL_EXTENDED_PARAMETER = POOL_EXTENDED_PARAMETER;
    _LOOKASIDE_LIST_EX, *PLOOKASIDE_LIST_EX;
    _NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;
    _EXT_SET_PARAMETERS_V0, *PEXT_SET_PARAMETERS;
    _EXT_DELETE_PARAMETERS, *PEXT_CANCEL_PARAMETERS, *PEXT_DELETE_PARAMETERS;
    _XSTATE_SAVE, *PXSTATE_SAVE;
    _RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;
    _TIME_FIELDS, *PTIME_FIELDS;
    _INTERFACE, *PINTERFACE;
    _DEVPROPKEY = DEVPROPKEY;
    _CM_PARTIAL_RESOURCE_DESCRIPTOR, *PCM_PARTIAL_RESOURCE_DESCRIPTOR;
    _PNP_BUS_INFORMATION, *PPNP_BUS_INFORMATION;
    _PO_FX_COMPONENT_V1, *PPO_FX_COMPONENT;
    _SCATTER_GATHER_LIST, *PSCATTER_GATHER_LIST;
    _WDF_USB_REQUEST_COMPLETION_PARAMS, *PWDF_USB_REQUEST_COMPLETION_PARAMS;
    /// What a framework device is made from. The framework allocates it.
    WDFDEVICE_INIT, *PWDFDEVICE_INIT;
}

pub type POHANDLE = *mut c_void;
pub type PCPOOL_EXTENDED_PARAMETER = *const POOL_EXTENDED_PARAMETER;

/// Enums of the kernel that only pass through framework structures here. C makes each an `int`.
macro_rules! plain_enums {
    ($($name:ident)*) => {$(pub type $name = core::ffi::c_int;)*};
}

plain_enums! {
    FILE_INFORMATION_CLASS
    POWER_STATE_TYPE
    DEVICE_RELATION_TYPE
    DMA_COMPLETION_STATUS
    DMA_WIDTH
    KINTERRUPT_MODE
    EVENT_INFO_CLASS
    WDF_DEVICE_PNP_STATE
    WDF_DEVICE_POWER_STATE
    WDF_DEVICE_POWER_POLICY_STATE
}

/// `SYSTEM_POWER_STATE_CONTEXT`: 32 bits that only the power manager takes apart.
pub type SYSTEM_POWER_STATE_CONTEXT = ULONG;

/// Callback types of the kernel. C has a function type and a pointer type to it; bindgen makes both the same.
macro_rules! callbacks {
    ($($name:ident = $($pointer:ident)*, ($($arg:ident: $kind:ty),* $(,)?) $(-> $ret:ty)?;)*) => {$(
        pub type $name = Option<unsafe extern "C" fn($($arg: $kind),*) $(-> $ret)?>;
        $(pub type $pointer = $name;)*
    )*};
}

callbacks! {
    DRIVER_INITIALIZE = PDRIVER_INITIALIZE,
        (DriverObject: *mut _DRIVER_OBJECT, RegistryPath: PUNICODE_STRING) -> NTSTATUS;
    DRIVER_ADD_DEVICE = PDRIVER_ADD_DEVICE,
        (DriverObject: *mut _DRIVER_OBJECT, PhysicalDeviceObject: *mut _DEVICE_OBJECT) -> NTSTATUS;
    DRIVER_UNLOAD = PDRIVER_UNLOAD, (DriverObject: *mut _DRIVER_OBJECT);
    DRIVER_DISPATCH = PDRIVER_DISPATCH, (DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP) -> NTSTATUS;
    DRIVER_STARTIO = PDRIVER_STARTIO, (DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP);
    DRIVER_CANCEL = PDRIVER_CANCEL, (DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP);
    DRIVER_CONTROL = PDRIVER_CONTROL,
        (DeviceObject: *mut _DEVICE_OBJECT, Irp: *mut _IRP, MapRegisterBase: PVOID, Context: PVOID)
        -> core::ffi::c_int;
    IO_COMPLETION_ROUTINE = PIO_COMPLETION_ROUTINE,
        (DeviceObject: PDEVICE_OBJECT, Irp: PIRP, Context: PVOID) -> NTSTATUS;
    IO_WORKITEM_ROUTINE = PIO_WORKITEM_ROUTINE, (DeviceObject: PDEVICE_OBJECT, Context: PVOID);
    IO_WORKITEM_ROUTINE_EX = PIO_WORKITEM_ROUTINE_EX,
        (IoObject: PVOID, Context: PVOID, IoWorkItem: PIO_WORKITEM);
    IO_APC_ROUTINE = PIO_APC_ROUTINE,
        (ApcContext: PVOID, IoStatusBlock: PIO_STATUS_BLOCK, Reserved: ULONG);
    WORKER_THREAD_ROUTINE = PWORKER_THREAD_ROUTINE, (Parameter: PVOID);
    KDEFERRED_ROUTINE = PKDEFERRED_ROUTINE,
        (Dpc: *mut _KDPC, DeferredContext: PVOID, SystemArgument1: PVOID, SystemArgument2: PVOID);
    KSTART_ROUTINE = PKSTART_ROUTINE, (StartContext: PVOID);
    EXT_CALLBACK = PEXT_CALLBACK, (Timer: PEX_TIMER, Context: PVOID);
    ALLOCATE_FUNCTION = PALLOCATE_FUNCTION, (PoolType: POOL_TYPE, NumberOfBytes: SIZE_T, Tag: ULONG) -> PVOID;
    FREE_FUNCTION = PFREE_FUNCTION, (Buffer: PVOID);
    ALLOCATE_FUNCTION_EX = PALLOCATE_FUNCTION_EX,
        (PoolType: POOL_TYPE, NumberOfBytes: SIZE_T, Tag: ULONG, Lookaside: PLOOKASIDE_LIST_EX) -> PVOID;
    FREE_FUNCTION_EX = PFREE_FUNCTION_EX, (Buffer: PVOID, Lookaside: PLOOKASIDE_LIST_EX);
    ETWENABLECALLBACK = PETWENABLECALLBACK,
        (SourceId: LPCGUID, ControlCode: ULONG, Level: UCHAR, MatchAnyKeyword: ULONGLONG,
         MatchAllKeyword: ULONGLONG, FilterData: PEVENT_FILTER_DESCRIPTOR, CallbackContext: PVOID);
    PO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK = PPO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK,
        (Context: PVOID, Component: ULONG);
    PO_FX_COMPONENT_IDLE_CONDITION_CALLBACK = PPO_FX_COMPONENT_IDLE_CONDITION_CALLBACK,
        (Context: PVOID, Component: ULONG);
    PO_FX_COMPONENT_IDLE_STATE_CALLBACK = PPO_FX_COMPONENT_IDLE_STATE_CALLBACK,
        (Context: PVOID, Component: ULONG, State: ULONG);
    PO_FX_POWER_CONTROL_CALLBACK = PPO_FX_POWER_CONTROL_CALLBACK,
        (DeviceContext: PVOID, PowerControlCode: LPCGUID, InBuffer: PVOID, InBufferSize: SIZE_T,
         OutBuffer: PVOID, OutBufferSize: SIZE_T, BytesReturned: *mut SIZE_T) -> NTSTATUS;
    FN_GET_UNIQUE_CONTEXT_TYPE = PFN_GET_UNIQUE_CONTEXT_TYPE, () -> PCWDF_OBJECT_CONTEXT_TYPE_INFO;
}
