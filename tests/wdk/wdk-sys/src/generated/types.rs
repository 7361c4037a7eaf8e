// Written by `cargo run -p wdk-bindings` from tests/abi. Do not edit.

use super::*;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCHILDLIST__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFCHILDLIST = *mut WDFCHILDLIST__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCMRESLIST__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFCMRESLIST = *mut WDFCMRESLIST__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCOLLECTION__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFCOLLECTION = *mut WDFCOLLECTION__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCOMMONBUFFER__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFCOMMONBUFFER = *mut WDFCOMMONBUFFER__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFCOMPANIONTARGET__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFCOMPANIONTARGET = *mut WDFCOMPANIONTARGET__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDEVICE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFDEVICE = *mut WDFDEVICE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDMAENABLER__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFDMAENABLER = *mut WDFDMAENABLER__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDMATRANSACTION__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFDMATRANSACTION = *mut WDFDMATRANSACTION__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDPC__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFDPC = *mut WDFDPC__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFDRIVER__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFDRIVER = *mut WDFDRIVER__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFFILEOBJECT__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFFILEOBJECT = *mut WDFFILEOBJECT__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFINTERRUPT__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFINTERRUPT = *mut WDFINTERRUPT__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFIORESLIST__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFIORESLIST = *mut WDFIORESLIST__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFIORESREQLIST__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFIORESREQLIST = *mut WDFIORESREQLIST__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFIOTARGET__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFIOTARGET = *mut WDFIOTARGET__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFKEY__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFKEY = *mut WDFKEY__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFLOOKASIDE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFLOOKASIDE = *mut WDFLOOKASIDE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFMEMORY__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFMEMORY = *mut WDFMEMORY__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFQUEUE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFQUEUE = *mut WDFQUEUE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFREQUEST__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFREQUEST = *mut WDFREQUEST__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFSPINLOCK__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFSPINLOCK = *mut WDFSPINLOCK__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFSTRING__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFSTRING = *mut WDFSTRING__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFTIMER__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFTIMER = *mut WDFTIMER__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFUSBDEVICE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFUSBDEVICE = *mut WDFUSBDEVICE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFUSBINTERFACE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFUSBINTERFACE = *mut WDFUSBINTERFACE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFUSBPIPE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFUSBPIPE = *mut WDFUSBPIPE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFWAITLOCK__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFWAITLOCK = *mut WDFWAITLOCK__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFWMIINSTANCE__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFWMIINSTANCE = *mut WDFWMIINSTANCE__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFWMIPROVIDER__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFWMIPROVIDER = *mut WDFWMIPROVIDER__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct WDFWORKITEM__ {
    pub unused: ::core::ffi::c_int,
}
pub type WDFWORKITEM = *mut WDFWORKITEM__;
pub mod _KWAIT_REASON {
    pub type Type = ::core::ffi::c_int;
    pub const Executive: Type = 0;
    pub const FreePage: Type = 1;
    pub const PageIn: Type = 2;
    pub const PoolAllocation: Type = 3;
    pub const DelayExecution: Type = 4;
    pub const Suspended: Type = 5;
    pub const UserRequest: Type = 6;
    pub const WrExecutive: Type = 7;
    pub const WrFreePage: Type = 8;
    pub const WrPageIn: Type = 9;
    pub const WrPoolAllocation: Type = 10;
    pub const WrDelayExecution: Type = 11;
    pub const WrSuspended: Type = 12;
    pub const WrUserRequest: Type = 13;
    pub const WrSpare0: Type = 14;
    pub const WrQueue: Type = 15;
    pub const WrLpcReceive: Type = 16;
    pub const WrLpcReply: Type = 17;
    pub const WrVirtualMemory: Type = 18;
    pub const WrPageOut: Type = 19;
    pub const WrRendezvous: Type = 20;
    pub const WrKeyedEvent: Type = 21;
    pub const WrTerminated: Type = 22;
    pub const WrProcessInSwap: Type = 23;
    pub const WrCpuRateControl: Type = 24;
    pub const WrCalloutStack: Type = 25;
    pub const WrKernel: Type = 26;
    pub const WrResource: Type = 27;
    pub const WrPushLock: Type = 28;
    pub const WrMutex: Type = 29;
    pub const WrQuantumEnd: Type = 30;
    pub const WrDispatchInt: Type = 31;
    pub const WrPreempted: Type = 32;
    pub const WrYieldExecution: Type = 33;
    pub const WrFastMutex: Type = 34;
    pub const WrGuardedMutex: Type = 35;
    pub const WrRundown: Type = 36;
    pub const WrAlertByThreadId: Type = 37;
    pub const WrDeferredPreempt: Type = 38;
    pub const WrPhysicalFault: Type = 39;
    pub const MaximumWaitReason: Type = 40;
}
pub use self::_KWAIT_REASON::Type as KWAIT_REASON;
pub mod _MODE {
    pub type Type = ::core::ffi::c_int;
    pub const KernelMode: Type = 0;
    pub const UserMode: Type = 1;
    pub const MaximumMode: Type = 2;
}
pub use self::_MODE::Type as MODE;
pub mod _LOCK_OPERATION {
    pub type Type = ::core::ffi::c_int;
    pub const IoReadAccess: Type = 0;
    pub const IoWriteAccess: Type = 1;
    pub const IoModifyAccess: Type = 2;
}
pub use self::_LOCK_OPERATION::Type as LOCK_OPERATION;
pub mod _MEMORY_CACHING_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const MmNonCached: Type = 0;
    pub const MmCached: Type = 1;
    pub const MmWriteCombined: Type = 2;
    pub const MmHardwareCoherentCached: Type = 3;
    pub const MmNonCachedUnordered: Type = 4;
    pub const MmUSWCCached: Type = 5;
    pub const MmMaximumCacheType: Type = 6;
    pub const MmNotMapped: Type = -1;
}
pub use self::_MEMORY_CACHING_TYPE::Type as MEMORY_CACHING_TYPE;
pub mod _KDPC_IMPORTANCE {
    pub type Type = ::core::ffi::c_int;
    pub const LowImportance: Type = 0;
    pub const MediumImportance: Type = 1;
    pub const HighImportance: Type = 2;
    pub const MediumHighImportance: Type = 3;
}
pub use self::_KDPC_IMPORTANCE::Type as KDPC_IMPORTANCE;
pub mod _TIMER_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const NotificationTimer: Type = 0;
    pub const SynchronizationTimer: Type = 1;
}
pub use self::_TIMER_TYPE::Type as TIMER_TYPE;
pub mod _EVENT_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const NotificationEvent: Type = 0;
    pub const SynchronizationEvent: Type = 1;
}
pub use self::_EVENT_TYPE::Type as EVENT_TYPE;
pub mod _WAIT_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WaitAll: Type = 0;
    pub const WaitAny: Type = 1;
}
pub use self::_WAIT_TYPE::Type as WAIT_TYPE;
pub mod _MM_PAGE_PRIORITY {
    pub type Type = ::core::ffi::c_int;
    pub const LowPagePriority: Type = 0;
    pub const NormalPagePriority: Type = 16;
    pub const HighPagePriority: Type = 32;
}
pub use self::_MM_PAGE_PRIORITY::Type as MM_PAGE_PRIORITY;
pub mod _WORK_QUEUE_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const CriticalWorkQueue: Type = 0;
    pub const DelayedWorkQueue: Type = 1;
    pub const HyperCriticalWorkQueue: Type = 2;
    pub const NormalWorkQueue: Type = 3;
    pub const BackgroundWorkQueue: Type = 4;
    pub const RealTimeWorkQueue: Type = 5;
    pub const SuperCriticalWorkQueue: Type = 6;
    pub const MaximumWorkQueue: Type = 7;
    pub const CustomPriorityWorkQueue: Type = 32;
}
pub use self::_WORK_QUEUE_TYPE::Type as WORK_QUEUE_TYPE;
pub mod _POOL_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const NonPagedPool: Type = 0;
    pub const NonPagedPoolExecute: Type = 0;
    pub const PagedPool: Type = 1;
    pub const NonPagedPoolMustSucceed: Type = 2;
    pub const DontUseThisType: Type = 3;
    pub const NonPagedPoolCacheAligned: Type = 4;
    pub const PagedPoolCacheAligned: Type = 5;
    pub const NonPagedPoolCacheAlignedMustS: Type = 6;
    pub const MaxPoolType: Type = 7;
    pub const NonPagedPoolBase: Type = 0;
    pub const NonPagedPoolBaseMustSucceed: Type = 2;
    pub const NonPagedPoolBaseCacheAligned: Type = 4;
    pub const NonPagedPoolBaseCacheAlignedMustS: Type = 6;
    pub const NonPagedPoolSession: Type = 32;
    pub const PagedPoolSession: Type = 33;
    pub const NonPagedPoolMustSucceedSession: Type = 34;
    pub const DontUseThisTypeSession: Type = 35;
    pub const NonPagedPoolCacheAlignedSession: Type = 36;
    pub const PagedPoolCacheAlignedSession: Type = 37;
    pub const NonPagedPoolCacheAlignedMustSSession: Type = 38;
    pub const NonPagedPoolNx: Type = 512;
    pub const NonPagedPoolNxCacheAligned: Type = 516;
    pub const NonPagedPoolSessionNx: Type = 544;
}
pub use self::_POOL_TYPE::Type as POOL_TYPE;
pub mod _DEVICE_POWER_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const PowerDeviceUnspecified: Type = 0;
    pub const PowerDeviceD0: Type = 1;
    pub const PowerDeviceD1: Type = 2;
    pub const PowerDeviceD2: Type = 3;
    pub const PowerDeviceD3: Type = 4;
    pub const PowerDeviceMaximum: Type = 5;
}
pub use self::_DEVICE_POWER_STATE::Type as DEVICE_POWER_STATE;
pub mod _SYSTEM_POWER_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const PowerSystemUnspecified: Type = 0;
    pub const PowerSystemWorking: Type = 1;
    pub const PowerSystemSleeping1: Type = 2;
    pub const PowerSystemSleeping2: Type = 3;
    pub const PowerSystemSleeping3: Type = 4;
    pub const PowerSystemHibernate: Type = 5;
    pub const PowerSystemShutdown: Type = 6;
    pub const PowerSystemMaximum: Type = 7;
}
pub use self::_SYSTEM_POWER_STATE::Type as SYSTEM_POWER_STATE;
pub mod _POWER_ACTION {
    pub type Type = ::core::ffi::c_int;
    pub const PowerActionNone: Type = 0;
    pub const PowerActionReserved: Type = 1;
    pub const PowerActionSleep: Type = 2;
    pub const PowerActionHibernate: Type = 3;
    pub const PowerActionShutdown: Type = 4;
    pub const PowerActionShutdownReset: Type = 5;
    pub const PowerActionShutdownOff: Type = 6;
    pub const PowerActionWarmEject: Type = 7;
    pub const PowerActionDisplayOff: Type = 8;
}
pub use self::_POWER_ACTION::Type as POWER_ACTION;
pub mod _DEVICE_REGISTRY_PROPERTY {
    pub type Type = ::core::ffi::c_int;
    pub const DevicePropertyDeviceDescription: Type = 0;
    pub const DevicePropertyHardwareID: Type = 1;
    pub const DevicePropertyCompatibleIDs: Type = 2;
    pub const DevicePropertyBootConfiguration: Type = 3;
    pub const DevicePropertyBootConfigurationTranslated: Type = 4;
    pub const DevicePropertyClassName: Type = 5;
    pub const DevicePropertyClassGuid: Type = 6;
    pub const DevicePropertyDriverKeyName: Type = 7;
    pub const DevicePropertyManufacturer: Type = 8;
    pub const DevicePropertyFriendlyName: Type = 9;
    pub const DevicePropertyLocationInformation: Type = 10;
    pub const DevicePropertyPhysicalDeviceObjectName: Type = 11;
    pub const DevicePropertyBusTypeGuid: Type = 12;
    pub const DevicePropertyLegacyBusType: Type = 13;
    pub const DevicePropertyBusNumber: Type = 14;
    pub const DevicePropertyEnumeratorName: Type = 15;
    pub const DevicePropertyAddress: Type = 16;
    pub const DevicePropertyUINumber: Type = 17;
    pub const DevicePropertyInstallState: Type = 18;
    pub const DevicePropertyRemovalPolicy: Type = 19;
    pub const DevicePropertyResourceRequirements: Type = 20;
    pub const DevicePropertyAllocatedResources: Type = 21;
    pub const DevicePropertyContainerID: Type = 22;
}
pub use self::_DEVICE_REGISTRY_PROPERTY::Type as DEVICE_REGISTRY_PROPERTY;
pub mod _KEY_VALUE_INFORMATION_CLASS {
    pub type Type = ::core::ffi::c_int;
    pub const KeyValueBasicInformation: Type = 0;
    pub const KeyValueFullInformation: Type = 1;
    pub const KeyValuePartialInformation: Type = 2;
    pub const KeyValueFullInformationAlign64: Type = 3;
    pub const KeyValuePartialInformationAlign64: Type = 4;
    pub const KeyValueLayerInformation: Type = 5;
    pub const MaxKeyValueInfoClass: Type = 6;
}
pub use self::_KEY_VALUE_INFORMATION_CLASS::Type as KEY_VALUE_INFORMATION_CLASS;
pub mod _IO_PRIORITY_HINT {
    pub type Type = ::core::ffi::c_int;
    pub const IoPriorityVeryLow: Type = 0;
    pub const IoPriorityLow: Type = 1;
    pub const IoPriorityNormal: Type = 2;
    pub const IoPriorityHigh: Type = 3;
    pub const IoPriorityCritical: Type = 4;
    pub const MaxIoPriorityTypes: Type = 5;
}
pub use self::_IO_PRIORITY_HINT::Type as IO_PRIORITY_HINT;
pub mod _NT_PRODUCT_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const NtProductWinNt: Type = 1;
    pub const NtProductLanManNt: Type = 2;
    pub const NtProductServer: Type = 3;
}
pub use self::_NT_PRODUCT_TYPE::Type as NT_PRODUCT_TYPE;
pub mod _WDF_TRI_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfFalse: Type = 0;
    pub const WdfTrue: Type = 1;
    pub const WdfUseDefault: Type = 2;
}
pub use self::_WDF_TRI_STATE::Type as WDF_TRI_STATE;
pub mod _WDF_EXECUTION_LEVEL {
    pub type Type = ::core::ffi::c_int;
    pub const WdfExecutionLevelInvalid: Type = 0;
    pub const WdfExecutionLevelInheritFromParent: Type = 1;
    pub const WdfExecutionLevelPassive: Type = 2;
    pub const WdfExecutionLevelDispatch: Type = 3;
}
pub use self::_WDF_EXECUTION_LEVEL::Type as WDF_EXECUTION_LEVEL;
pub mod _WDF_SYNCHRONIZATION_SCOPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfSynchronizationScopeInvalid: Type = 0;
    pub const WdfSynchronizationScopeInheritFromParent: Type = 1;
    pub const WdfSynchronizationScopeDevice: Type = 2;
    pub const WdfSynchronizationScopeQueue: Type = 3;
    pub const WdfSynchronizationScopeNone: Type = 4;
}
pub use self::_WDF_SYNCHRONIZATION_SCOPE::Type as WDF_SYNCHRONIZATION_SCOPE;
pub mod _WDF_DRIVER_INIT_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDriverInitNonPnpDriver: Type = 1;
    pub const WdfDriverInitNoDispatchOverride: Type = 2;
    pub const WdfVerifyOn: Type = 4;
    pub const WdfVerifierOn: Type = 8;
    pub const WdfDriverInitCompanion: Type = 16;
}
pub use self::_WDF_DRIVER_INIT_FLAGS::Type as WDF_DRIVER_INIT_FLAGS;
pub mod _WDF_MEMORY_DESCRIPTOR_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfMemoryDescriptorTypeInvalid: Type = 0;
    pub const WdfMemoryDescriptorTypeBuffer: Type = 1;
    pub const WdfMemoryDescriptorTypeMdl: Type = 2;
    pub const WdfMemoryDescriptorTypeHandle: Type = 3;
}
pub use self::_WDF_MEMORY_DESCRIPTOR_TYPE::Type as WDF_MEMORY_DESCRIPTOR_TYPE;
pub mod _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfChildListRetrieveDeviceUndefined: Type = 0;
    pub const WdfChildListRetrieveDeviceSuccess: Type = 1;
    pub const WdfChildListRetrieveDeviceNotYetCreated: Type = 2;
    pub const WdfChildListRetrieveDeviceNoSuchDevice: Type = 3;
}
pub use self::_WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS::Type as WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS;
pub mod _WDF_RETRIEVE_CHILD_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfRetrieveUnspecified: Type = 0;
    pub const WdfRetrievePresentChildren: Type = 1;
    pub const WdfRetrieveMissingChildren: Type = 2;
    pub const WdfRetrievePendingChildren: Type = 4;
    pub const WdfRetrieveAddedChildren: Type = 5;
    pub const WdfRetrieveAllChildren: Type = 7;
}
pub use self::_WDF_RETRIEVE_CHILD_FLAGS::Type as WDF_RETRIEVE_CHILD_FLAGS;
pub mod _WDF_DEVICE_STATE_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDevStateNP: Type = 32768;
}
pub use self::_WDF_DEVICE_STATE_FLAGS::Type as WDF_DEVICE_STATE_FLAGS;
pub mod _WDF_STATE_NOTIFICATION_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const StateNotificationInvalid: Type = 0;
    pub const StateNotificationEnterState: Type = 1;
    pub const StateNotificationPostProcessState: Type = 2;
    pub const StateNotificationLeaveState: Type = 4;
    pub const StateNotificationAllStates: Type = 7;
}
pub use self::_WDF_STATE_NOTIFICATION_TYPE::Type as WDF_STATE_NOTIFICATION_TYPE;
pub mod _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES {
    pub type Type = ::core::ffi::c_int;
    pub const IdleCapsInvalid: Type = 0;
    pub const IdleCannotWakeFromS0: Type = 1;
    pub const IdleCanWakeFromS0: Type = 2;
    pub const IdleUsbSelectiveSuspend: Type = 3;
}
pub use self::_WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::Type as WDF_POWER_POLICY_S0_IDLE_CAPABILITIES;
pub mod _WDF_POWER_POLICY_S0_IDLE_USER_CONTROL {
    pub type Type = ::core::ffi::c_int;
    pub const IdleUserControlInvalid: Type = 0;
    pub const IdleDoNotAllowUserControl: Type = 1;
    pub const IdleAllowUserControl: Type = 2;
}
pub use self::_WDF_POWER_POLICY_S0_IDLE_USER_CONTROL::Type as WDF_POWER_POLICY_S0_IDLE_USER_CONTROL;
pub mod _WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS {
    pub type Type = ::core::ffi::c_int;
    pub const IdleTimeoutDefaultConstant: Type = 0;
}
pub use self::_WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS::Type as WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS;
pub mod _WDF_POWER_POLICY_SX_WAKE_USER_CONTROL {
    pub type Type = ::core::ffi::c_int;
    pub const WakeUserControlInvalid: Type = 0;
    pub const WakeDoNotAllowUserControl: Type = 1;
    pub const WakeAllowUserControl: Type = 2;
}
pub use self::_WDF_POWER_POLICY_SX_WAKE_USER_CONTROL::Type as WDF_POWER_POLICY_SX_WAKE_USER_CONTROL;
pub mod _WDF_POWER_DEVICE_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfPowerDeviceInvalid: Type = 0;
    pub const WdfPowerDeviceD0: Type = 1;
    pub const WdfPowerDeviceD1: Type = 2;
    pub const WdfPowerDeviceD2: Type = 3;
    pub const WdfPowerDeviceD3: Type = 4;
    pub const WdfPowerDeviceD3Final: Type = 5;
    pub const WdfPowerDevicePrepareForHibernation: Type = 6;
    pub const WdfPowerDeviceMaximum: Type = 7;
}
pub use self::_WDF_POWER_DEVICE_STATE::Type as WDF_POWER_DEVICE_STATE;
pub mod _WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_NO_FLAGS: Type = 0;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK: Type = 1;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP: Type = 2;
}
pub use self::_WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS::Type as WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS;
pub mod _WDF_SPECIAL_FILE_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfSpecialFileUndefined: Type = 0;
    pub const WdfSpecialFilePaging: Type = 1;
    pub const WdfSpecialFileHibernation: Type = 2;
    pub const WdfSpecialFileDump: Type = 3;
    pub const WdfSpecialFileBoot: Type = 4;
    pub const WdfSpecialFilePostDisplay: Type = 5;
    pub const WdfSpecialFileGuestAssigned: Type = 6;
    pub const WdfSpecialFileMax: Type = 7;
}
pub use self::_WDF_SPECIAL_FILE_TYPE::Type as WDF_SPECIAL_FILE_TYPE;
pub mod _WDF_DEVICE_IO_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDeviceIoUndefined: Type = 0;
    pub const WdfDeviceIoNeither: Type = 1;
    pub const WdfDeviceIoBuffered: Type = 2;
    pub const WdfDeviceIoDirect: Type = 3;
    pub const WdfDeviceIoBufferedOrDirect: Type = 4;
    pub const WdfDeviceIoMaximum: Type = 5;
}
pub use self::_WDF_DEVICE_IO_TYPE::Type as WDF_DEVICE_IO_TYPE;
pub mod _WDF_FILEOBJECT_CLASS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfFileObjectInvalid: Type = 0;
    pub const WdfFileObjectNotRequired: Type = 1;
    pub const WdfFileObjectWdfCanUseFsContext: Type = 2;
    pub const WdfFileObjectWdfCanUseFsContext2: Type = 3;
    pub const WdfFileObjectWdfCannotUseFsContexts: Type = 4;
    pub const WdfFileObjectCanBeOptional: Type = -2147483648;
}
pub use self::_WDF_FILEOBJECT_CLASS::Type as WDF_FILEOBJECT_CLASS;
pub mod _WDF_DEVICE_FAILED_ACTION {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDeviceFailedUndefined: Type = 0;
    pub const WdfDeviceFailedAttemptRestart: Type = 1;
    pub const WdfDeviceFailedNoRestart: Type = 2;
}
pub use self::_WDF_DEVICE_FAILED_ACTION::Type as WDF_DEVICE_FAILED_ACTION;
pub mod _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfReleaseHardwareOrderOnFailureInvalid: Type = 0;
    pub const WdfReleaseHardwareOrderOnFailureEarly: Type = 1;
    pub const WdfReleaseHardwareOrderOnFailureAfterDescendants: Type = 2;
}
pub use self::_WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE::Type as WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE;
pub mod _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const DriverManagedIdleTimeout: Type = 0;
    pub const SystemManagedIdleTimeout: Type = 1;
    pub const SystemManagedIdleTimeoutWithHint: Type = 2;
}
pub use self::_WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::Type as WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE;
pub mod _WDF_REMOVE_LOCK_OPTIONS_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO: Type = 1;
}
pub use self::_WDF_REMOVE_LOCK_OPTIONS_FLAGS::Type as WDF_REMOVE_LOCK_OPTIONS_FLAGS;
pub mod _WDF_INTERRUPT_POLARITY {
    pub type Type = ::core::ffi::c_int;
    pub const WdfInterruptPolarityUnknown: Type = 0;
    pub const WdfInterruptActiveHigh: Type = 1;
    pub const WdfInterruptActiveLow: Type = 2;
}
pub use self::_WDF_INTERRUPT_POLARITY::Type as WDF_INTERRUPT_POLARITY;
pub mod _WDF_INTERRUPT_POLICY {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIrqPolicyMachineDefault: Type = 0;
    pub const WdfIrqPolicyAllCloseProcessors: Type = 1;
    pub const WdfIrqPolicyOneCloseProcessor: Type = 2;
    pub const WdfIrqPolicyAllProcessorsInMachine: Type = 3;
    pub const WdfIrqPolicySpecifiedProcessors: Type = 4;
    pub const WdfIrqPolicySpreadMessagesAcrossAllProcessors: Type = 5;
}
pub use self::_WDF_INTERRUPT_POLICY::Type as WDF_INTERRUPT_POLICY;
pub mod _WDF_INTERRUPT_PRIORITY {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIrqPriorityUndefined: Type = 0;
    pub const WdfIrqPriorityLow: Type = 1;
    pub const WdfIrqPriorityNormal: Type = 2;
    pub const WdfIrqPriorityHigh: Type = 3;
}
pub use self::_WDF_INTERRUPT_PRIORITY::Type as WDF_INTERRUPT_PRIORITY;
pub mod _WDF_REQUEST_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfRequestTypeCreate: Type = 0;
    pub const WdfRequestTypeCreateNamedPipe: Type = 1;
    pub const WdfRequestTypeClose: Type = 2;
    pub const WdfRequestTypeRead: Type = 3;
    pub const WdfRequestTypeWrite: Type = 4;
    pub const WdfRequestTypeQueryInformation: Type = 5;
    pub const WdfRequestTypeSetInformation: Type = 6;
    pub const WdfRequestTypeQueryEA: Type = 7;
    pub const WdfRequestTypeSetEA: Type = 8;
    pub const WdfRequestTypeFlushBuffers: Type = 9;
    pub const WdfRequestTypeQueryVolumeInformation: Type = 10;
    pub const WdfRequestTypeSetVolumeInformation: Type = 11;
    pub const WdfRequestTypeDirectoryControl: Type = 12;
    pub const WdfRequestTypeFileSystemControl: Type = 13;
    pub const WdfRequestTypeDeviceControl: Type = 14;
    pub const WdfRequestTypeDeviceControlInternal: Type = 15;
    pub const WdfRequestTypeShutdown: Type = 16;
    pub const WdfRequestTypeLockControl: Type = 17;
    pub const WdfRequestTypeCleanup: Type = 18;
    pub const WdfRequestTypeCreateMailSlot: Type = 19;
    pub const WdfRequestTypeQuerySecurity: Type = 20;
    pub const WdfRequestTypeSetSecurity: Type = 21;
    pub const WdfRequestTypePower: Type = 22;
    pub const WdfRequestTypeSystemControl: Type = 23;
    pub const WdfRequestTypeDeviceChange: Type = 24;
    pub const WdfRequestTypeQueryQuota: Type = 25;
    pub const WdfRequestTypeSetQuota: Type = 26;
    pub const WdfRequestTypePnp: Type = 27;
    pub const WdfRequestTypeOther: Type = 28;
    pub const WdfRequestTypeUsb: Type = 64;
    pub const WdfRequestTypeNoFormat: Type = 255;
    pub const WdfRequestTypeMax: Type = 256;
}
pub use self::_WDF_REQUEST_TYPE::Type as WDF_REQUEST_TYPE;
pub mod _WDF_REQUEST_REUSE_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_REQUEST_REUSE_NO_FLAGS: Type = 0;
    pub const WDF_REQUEST_REUSE_SET_NEW_IRP: Type = 1;
}
pub use self::_WDF_REQUEST_REUSE_FLAGS::Type as WDF_REQUEST_REUSE_FLAGS;
pub mod _WDF_REQUEST_STOP_ACTION_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfRequestStopActionInvalid: Type = 0;
    pub const WdfRequestStopActionSuspend: Type = 1;
    pub const WdfRequestStopActionPurge: Type = 2;
    pub const WdfRequestStopRequestCancelable: Type = 268435456;
}
pub use self::_WDF_REQUEST_STOP_ACTION_FLAGS::Type as WDF_REQUEST_STOP_ACTION_FLAGS;
pub mod _WDF_REQUEST_SEND_OPTIONS_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_REQUEST_SEND_OPTION_TIMEOUT: Type = 1;
    pub const WDF_REQUEST_SEND_OPTION_SYNCHRONOUS: Type = 2;
    pub const WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE: Type = 4;
    pub const WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET: Type = 8;
    pub const WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT: Type = 65536;
    pub const WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE: Type = 131072;
}
pub use self::_WDF_REQUEST_SEND_OPTIONS_FLAGS::Type as WDF_REQUEST_SEND_OPTIONS_FLAGS;
pub mod _WDF_REQUEST_FORWARD_OPTIONS_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET: Type = 1;
}
pub use self::_WDF_REQUEST_FORWARD_OPTIONS_FLAGS::Type as WDF_REQUEST_FORWARD_OPTIONS_FLAGS;
pub mod _WDF_IO_TARGET_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoTargetStateUndefined: Type = 0;
    pub const WdfIoTargetStarted: Type = 1;
    pub const WdfIoTargetStopped: Type = 2;
    pub const WdfIoTargetClosedForQueryRemove: Type = 3;
    pub const WdfIoTargetClosed: Type = 4;
    pub const WdfIoTargetDeleted: Type = 5;
    pub const WdfIoTargetPurged: Type = 6;
}
pub use self::_WDF_IO_TARGET_STATE::Type as WDF_IO_TARGET_STATE;
pub mod _WDF_IO_TARGET_OPEN_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoTargetOpenUndefined: Type = 0;
    pub const WdfIoTargetOpenUseExistingDevice: Type = 1;
    pub const WdfIoTargetOpenByName: Type = 2;
    pub const WdfIoTargetOpenReopen: Type = 3;
    pub const WdfIoTargetOpenLocalTargetByFile: Type = 4;
}
pub use self::_WDF_IO_TARGET_OPEN_TYPE::Type as WDF_IO_TARGET_OPEN_TYPE;
pub mod _WDF_IO_TARGET_SENT_IO_ACTION {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoTargetSentIoUndefined: Type = 0;
    pub const WdfIoTargetCancelSentIo: Type = 1;
    pub const WdfIoTargetWaitForSentIoToComplete: Type = 2;
    pub const WdfIoTargetLeaveSentIoPending: Type = 3;
}
pub use self::_WDF_IO_TARGET_SENT_IO_ACTION::Type as WDF_IO_TARGET_SENT_IO_ACTION;
pub mod _WDF_IO_TARGET_PURGE_IO_ACTION {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoTargetPurgeIoUndefined: Type = 0;
    pub const WdfIoTargetPurgeIoAndWait: Type = 1;
    pub const WdfIoTargetPurgeIo: Type = 2;
}
pub use self::_WDF_IO_TARGET_PURGE_IO_ACTION::Type as WDF_IO_TARGET_PURGE_IO_ACTION;
pub mod _WDF_IO_QUEUE_DISPATCH_TYPE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoQueueDispatchInvalid: Type = 0;
    pub const WdfIoQueueDispatchSequential: Type = 1;
    pub const WdfIoQueueDispatchParallel: Type = 2;
    pub const WdfIoQueueDispatchManual: Type = 3;
    pub const WdfIoQueueDispatchMax: Type = 4;
}
pub use self::_WDF_IO_QUEUE_DISPATCH_TYPE::Type as WDF_IO_QUEUE_DISPATCH_TYPE;
pub mod _WDF_IO_QUEUE_STATE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoQueueAcceptRequests: Type = 1;
    pub const WdfIoQueueDispatchRequests: Type = 2;
    pub const WdfIoQueueNoRequests: Type = 4;
    pub const WdfIoQueueDriverNoRequests: Type = 8;
    pub const WdfIoQueuePnpHeld: Type = 16;
}
pub use self::_WDF_IO_QUEUE_STATE::Type as WDF_IO_QUEUE_STATE;
pub mod _WDF_IO_FORWARD_PROGRESS_ACTION {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoForwardProgressActionInvalid: Type = 0;
    pub const WdfIoForwardProgressActionFailRequest: Type = 1;
    pub const WdfIoForwardProgressActionUseReservedRequest: Type = 2;
}
pub use self::_WDF_IO_FORWARD_PROGRESS_ACTION::Type as WDF_IO_FORWARD_PROGRESS_ACTION;
pub mod _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY {
    pub type Type = ::core::ffi::c_int;
    pub const WdfIoForwardProgressInvalidPolicy: Type = 0;
    pub const WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest: Type = 1;
    pub const WdfIoForwardProgressReservedPolicyUseExamine: Type = 2;
    pub const WdfIoForwardProgressReservedPolicyPagingIO: Type = 3;
}
pub use self::_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY::Type as WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY;
pub mod _WDF_DEVICE_SHUTDOWN_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDeviceShutdown: Type = 1;
    pub const WdfDeviceLastChanceShutdown: Type = 2;
}
pub use self::_WDF_DEVICE_SHUTDOWN_FLAGS::Type as WDF_DEVICE_SHUTDOWN_FLAGS;
pub mod _WDF_WMI_PROVIDER_CONTROL {
    pub type Type = ::core::ffi::c_int;
    pub const WdfWmiControlInvalid: Type = 0;
    pub const WdfWmiEventControl: Type = 1;
    pub const WdfWmiInstanceControl: Type = 2;
}
pub use self::_WDF_WMI_PROVIDER_CONTROL::Type as WDF_WMI_PROVIDER_CONTROL;
pub mod _WDF_WMI_PROVIDER_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WdfWmiProviderEventOnly: Type = 1;
    pub const WdfWmiProviderExpensive: Type = 2;
    pub const WdfWmiProviderTracing: Type = 4;
    pub const WdfWmiProviderValidFlags: Type = 7;
}
pub use self::_WDF_WMI_PROVIDER_FLAGS::Type as WDF_WMI_PROVIDER_FLAGS;
pub mod _WDF_DMA_PROFILE {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDmaProfileInvalid: Type = 0;
    pub const WdfDmaProfilePacket: Type = 1;
    pub const WdfDmaProfileScatterGather: Type = 2;
    pub const WdfDmaProfilePacket64: Type = 3;
    pub const WdfDmaProfileScatterGather64: Type = 4;
    pub const WdfDmaProfileScatterGatherDuplex: Type = 5;
    pub const WdfDmaProfileScatterGather64Duplex: Type = 6;
    pub const WdfDmaProfileSystem: Type = 7;
    pub const WdfDmaProfileSystemDuplex: Type = 8;
}
pub use self::_WDF_DMA_PROFILE::Type as WDF_DMA_PROFILE;
pub mod _WDF_DMA_DIRECTION {
    pub type Type = ::core::ffi::c_int;
    pub const WdfDmaDirectionReadFromDevice: Type = 0;
    pub const WdfDmaDirectionWriteToDevice: Type = 1;
}
pub use self::_WDF_DMA_DIRECTION::Type as WDF_DMA_DIRECTION;
pub mod _WDF_DMA_ENABLER_CONFIG_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION: Type = 1;
    pub const WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER: Type = 2;
}
pub use self::_WDF_DMA_ENABLER_CONFIG_FLAGS::Type as WDF_DMA_ENABLER_CONFIG_FLAGS;
pub mod _WDF_BUGCHECK_CODES {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_POWER_ROUTINE_TIMED_OUT: Type = 1;
    pub const WDF_RECURSIVE_LOCK: Type = 2;
    pub const WDF_VERIFIER_FATAL_ERROR: Type = 3;
    pub const WDF_REQUIRED_PARAMETER_IS_NULL: Type = 4;
    pub const WDF_INVALID_HANDLE: Type = 5;
    pub const WDF_REQUEST_FATAL_ERROR: Type = 6;
    pub const WDF_OBJECT_ERROR: Type = 7;
    pub const WDF_DMA_FATAL_ERROR: Type = 8;
    pub const WDF_INVALID_INTERRUPT: Type = 9;
    pub const WDF_QUEUE_FATAL_ERROR: Type = 10;
    pub const WDF_INVALID_LOCK_OPERATION: Type = 11;
    pub const WDF_PNP_FATAL_ERROR: Type = 12;
    pub const WDF_POWER_MULTIPLE_PPO: Type = 13;
    pub const WDF_VERIFIER_IRQL_MISMATCH: Type = 14;
    pub const WDF_VERIFIER_CRITICAL_REGION_MISMATCH: Type = 15;
    pub const WDF_API_UNAVAILABLE: Type = 16;
}
pub use self::_WDF_BUGCHECK_CODES::Type as WDF_BUGCHECK_CODES;
pub mod _WDF_REQUEST_FATAL_ERROR_CODES {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_REQUEST_FATAL_ERROR_NO_MORE_STACK_LOCATIONS: Type = 1;
    pub const WDF_REQUEST_FATAL_ERROR_NULL_IRP: Type = 2;
    pub const WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT: Type = 3;
    pub const WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH: Type = 4;
    pub const WDF_REQUEST_FATAL_ERROR_REQUEST_NOT_IN_QUEUE: Type = 5;
}
pub use self::_WDF_REQUEST_FATAL_ERROR_CODES::Type as WDF_REQUEST_FATAL_ERROR_CODES;
pub mod _WDF_TASK_SEND_OPTIONS_FLAGS {
    pub type Type = ::core::ffi::c_int;
    pub const WDF_TASK_SEND_OPTION_TIMEOUT: Type = 1;
    pub const WDF_TASK_SEND_OPTION_SYNCHRONOUS: Type = 2;
}
pub use self::_WDF_TASK_SEND_OPTIONS_FLAGS::Type as WDF_TASK_SEND_OPTIONS_FLAGS;
pub type EVT_WDF_OBJECT_CONTEXT_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_OBJECT_CONTEXT_CLEANUP = EVT_WDF_OBJECT_CONTEXT_CLEANUP;
pub type EVT_WDF_OBJECT_CONTEXT_DESTROY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_OBJECT_CONTEXT_DESTROY = EVT_WDF_OBJECT_CONTEXT_DESTROY;
pub type EVT_WDF_DRIVER_DEVICE_ADD = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDRIVER, arg1: PWDFDEVICE_INIT) -> NTSTATUS>;
pub type PFN_WDF_DRIVER_DEVICE_ADD = EVT_WDF_DRIVER_DEVICE_ADD;
pub type EVT_WDF_DRIVER_UNLOAD = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDRIVER)>;
pub type PFN_WDF_DRIVER_UNLOAD = EVT_WDF_DRIVER_UNLOAD;
pub type EVT_WDF_TRACE_CALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: UCHAR, arg1: PVOID, arg2: ULONG, arg3: PVOID, arg4: PVOID, arg5: PULONG) -> NTSTATUS>;
pub type PFN_WDF_TRACE_CALLBACK = EVT_WDF_TRACE_CALLBACK;
pub type EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: LPGUID, arg2: PINTERFACE, arg3: PVOID) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST = EVT_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST;
pub type EVT_WDF_CHILD_LIST_CREATE_DEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, arg2: PWDFDEVICE_INIT) -> NTSTATUS>;
pub type PFN_WDF_CHILD_LIST_CREATE_DEVICE = EVT_WDF_CHILD_LIST_CREATE_DEVICE;
pub type EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST)>;
pub type PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN = EVT_WDF_CHILD_LIST_SCAN_FOR_CHILDREN;
pub type EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER)>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY = EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY;
pub type EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER) -> NTSTATUS>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE = EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE;
pub type EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER) -> BOOLEAN>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE = EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE;
pub type EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER)>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP = EVT_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP;
pub type EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER, arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER)>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY = EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY;
pub type EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER, arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER) -> NTSTATUS>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE = EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE;
pub type EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER)>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP = EVT_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP;
pub type EVT_WDF_CHILD_LIST_DEVICE_REENUMERATED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFCHILDLIST, arg1: WDFDEVICE, arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER, arg3: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER) -> BOOLEAN>;
pub type PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED = EVT_WDF_CHILD_LIST_DEVICE_REENUMERATED;
pub type EVT_WDF_DEVICE_FILE_CREATE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFREQUEST, arg2: WDFFILEOBJECT)>;
pub type PFN_WDF_DEVICE_FILE_CREATE = EVT_WDF_DEVICE_FILE_CREATE;
pub type EVT_WDF_FILE_CLOSE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFFILEOBJECT)>;
pub type PFN_WDF_FILE_CLOSE = EVT_WDF_FILE_CLOSE;
pub type EVT_WDF_FILE_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFFILEOBJECT)>;
pub type PFN_WDF_FILE_CLEANUP = EVT_WDF_FILE_CLEANUP;
pub type EVT_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: PCWDF_DEVICE_PNP_NOTIFICATION_DATA)>;
pub type PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION = EVT_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION;
pub type EVT_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: PCWDF_DEVICE_POWER_NOTIFICATION_DATA)>;
pub type PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION = EVT_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION;
pub type EVT_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA)>;
pub type PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION = EVT_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION;
pub type EVT_WDF_DEVICE_D0_ENTRY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_ENTRY = EVT_WDF_DEVICE_D0_ENTRY;
pub type EVT_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED = EVT_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED;
pub type EVT_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED = EVT_WDF_DEVICE_D0_ENTRY_POST_HARDWARE_ENABLED;
pub type EVT_WDF_DEVICE_D0_EXIT = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_EXIT = EVT_WDF_DEVICE_D0_EXIT;
pub type EVT_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED = EVT_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED;
pub type EVT_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED = EVT_WDF_DEVICE_D0_EXIT_PRE_HARDWARE_DISABLED;
pub type EVT_WDF_DEVICE_PREPARE_HARDWARE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFCMRESLIST, arg2: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_PREPARE_HARDWARE = EVT_WDF_DEVICE_PREPARE_HARDWARE;
pub type EVT_WDF_DEVICE_RELEASE_HARDWARE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_RELEASE_HARDWARE = EVT_WDF_DEVICE_RELEASE_HARDWARE;
pub type EVT_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP = EVT_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP;
pub type EVT_WDF_DEVICE_SELF_MANAGED_IO_FLUSH = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH = EVT_WDF_DEVICE_SELF_MANAGED_IO_FLUSH;
pub type EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT = EVT_WDF_DEVICE_SELF_MANAGED_IO_INIT;
pub type EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND = EVT_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND;
pub type EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART = EVT_WDF_DEVICE_SELF_MANAGED_IO_RESTART;
pub type EVT_WDF_DEVICE_QUERY_STOP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_QUERY_STOP = EVT_WDF_DEVICE_QUERY_STOP;
pub type EVT_WDF_DEVICE_QUERY_REMOVE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_QUERY_REMOVE = EVT_WDF_DEVICE_QUERY_REMOVE;
pub type EVT_WDF_DEVICE_SURPRISE_REMOVAL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SURPRISE_REMOVAL = EVT_WDF_DEVICE_SURPRISE_REMOVAL;
pub type EVT_WDF_DEVICE_USAGE_NOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_SPECIAL_FILE_TYPE, arg2: BOOLEAN)>;
pub type PFN_WDF_DEVICE_USAGE_NOTIFICATION = EVT_WDF_DEVICE_USAGE_NOTIFICATION;
pub type EVT_WDF_DEVICE_USAGE_NOTIFICATION_EX = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDF_SPECIAL_FILE_TYPE, arg2: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX = EVT_WDF_DEVICE_USAGE_NOTIFICATION_EX;
pub type EVT_WDF_DEVICE_RELATIONS_QUERY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: DEVICE_RELATION_TYPE)>;
pub type PFN_WDF_DEVICE_RELATIONS_QUERY = EVT_WDF_DEVICE_RELATIONS_QUERY;
pub type EVT_WDF_DEVICE_ARM_WAKE_FROM_S0 = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_S0 = EVT_WDF_DEVICE_ARM_WAKE_FROM_S0;
pub type EVT_WDF_DEVICE_ARM_WAKE_FROM_SX = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_SX = EVT_WDF_DEVICE_ARM_WAKE_FROM_SX;
pub type EVT_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: BOOLEAN, arg2: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON = EVT_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON;
pub type EVT_WDF_DEVICE_DISARM_WAKE_FROM_S0 = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_DISARM_WAKE_FROM_S0 = EVT_WDF_DEVICE_DISARM_WAKE_FROM_S0;
pub type EVT_WDF_DEVICE_DISARM_WAKE_FROM_SX = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_DISARM_WAKE_FROM_SX = EVT_WDF_DEVICE_DISARM_WAKE_FROM_SX;
pub type EVT_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED = EVT_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED;
pub type EVT_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED = EVT_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED;
pub type EVT_WDFDEVICE_WDM_IRP_PREPROCESS = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: PIRP) -> NTSTATUS>;
pub type PFN_WDFDEVICE_WDM_IRP_PREPROCESS = EVT_WDFDEVICE_WDM_IRP_PREPROCESS;
pub type EVT_WDFDEVICE_WDM_IRP_DISPATCH = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: UCHAR, arg2: UCHAR, arg3: ULONG, arg4: WDFCONTEXT, arg5: PIRP, arg6: WDFCONTEXT) -> NTSTATUS>;
pub type PFN_WDFDEVICE_WDM_IRP_DISPATCH = EVT_WDFDEVICE_WDM_IRP_DISPATCH;
pub type EVT_WDF_IO_IN_CALLER_CONTEXT = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFREQUEST)>;
pub type PFN_WDF_IO_IN_CALLER_CONTEXT = EVT_WDF_IO_IN_CALLER_CONTEXT;
pub type EVT_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: POHANDLE) -> NTSTATUS>;
pub type PFN_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE = EVT_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE;
pub type EVT_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: POHANDLE)>;
pub type PFN_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE = EVT_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE;
pub type EVT_WDF_DPC = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDPC)>;
pub type PFN_WDF_DPC = EVT_WDF_DPC;
pub type EVT_WDF_TIMER = ::core::option::Option<unsafe extern "C" fn(arg0: WDFTIMER)>;
pub type PFN_WDF_TIMER = EVT_WDF_TIMER;
pub type EVT_WDF_WORKITEM = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWORKITEM)>;
pub type PFN_WDF_WORKITEM = EVT_WDF_WORKITEM;
pub type EVT_WDF_INTERRUPT_ISR = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: ULONG) -> BOOLEAN>;
pub type PFN_WDF_INTERRUPT_ISR = EVT_WDF_INTERRUPT_ISR;
pub type EVT_WDF_INTERRUPT_SYNCHRONIZE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: WDFCONTEXT) -> BOOLEAN>;
pub type PFN_WDF_INTERRUPT_SYNCHRONIZE = EVT_WDF_INTERRUPT_SYNCHRONIZE;
pub type EVT_WDF_INTERRUPT_DPC = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: WDFOBJECT)>;
pub type PFN_WDF_INTERRUPT_DPC = EVT_WDF_INTERRUPT_DPC;
pub type EVT_WDF_INTERRUPT_WORKITEM = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: WDFOBJECT)>;
pub type PFN_WDF_INTERRUPT_WORKITEM = EVT_WDF_INTERRUPT_WORKITEM;
pub type EVT_WDF_INTERRUPT_ENABLE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_INTERRUPT_ENABLE = EVT_WDF_INTERRUPT_ENABLE;
pub type EVT_WDF_INTERRUPT_DISABLE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFINTERRUPT, arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_INTERRUPT_DISABLE = EVT_WDF_INTERRUPT_DISABLE;
pub type EVT_WDF_REQUEST_CANCEL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFREQUEST)>;
pub type PFN_WDF_REQUEST_CANCEL = EVT_WDF_REQUEST_CANCEL;
pub type EVT_WDF_REQUEST_COMPLETION_ROUTINE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFREQUEST, arg1: WDFIOTARGET, arg2: PWDF_REQUEST_COMPLETION_PARAMS, arg3: WDFCONTEXT)>;
pub type PFN_WDF_REQUEST_COMPLETION_ROUTINE = EVT_WDF_REQUEST_COMPLETION_ROUTINE;
pub type EVT_WDF_IO_TARGET_QUERY_REMOVE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFIOTARGET) -> NTSTATUS>;
pub type PFN_WDF_IO_TARGET_QUERY_REMOVE = EVT_WDF_IO_TARGET_QUERY_REMOVE;
pub type EVT_WDF_IO_TARGET_REMOVE_CANCELED = ::core::option::Option<unsafe extern "C" fn(arg0: WDFIOTARGET)>;
pub type PFN_WDF_IO_TARGET_REMOVE_CANCELED = EVT_WDF_IO_TARGET_REMOVE_CANCELED;
pub type EVT_WDF_IO_TARGET_REMOVE_COMPLETE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFIOTARGET)>;
pub type PFN_WDF_IO_TARGET_REMOVE_COMPLETE = EVT_WDF_IO_TARGET_REMOVE_COMPLETE;
pub type EVT_WDF_IO_QUEUE_IO_DEFAULT = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_DEFAULT = EVT_WDF_IO_QUEUE_IO_DEFAULT;
pub type EVT_WDF_IO_QUEUE_IO_STOP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST, arg2: ULONG)>;
pub type PFN_WDF_IO_QUEUE_IO_STOP = EVT_WDF_IO_QUEUE_IO_STOP;
pub type EVT_WDF_IO_QUEUE_IO_RESUME = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_RESUME = EVT_WDF_IO_QUEUE_IO_RESUME;
pub type EVT_WDF_IO_QUEUE_IO_READ = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST, arg2: usize)>;
pub type PFN_WDF_IO_QUEUE_IO_READ = EVT_WDF_IO_QUEUE_IO_READ;
pub type EVT_WDF_IO_QUEUE_IO_WRITE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST, arg2: usize)>;
pub type PFN_WDF_IO_QUEUE_IO_WRITE = EVT_WDF_IO_QUEUE_IO_WRITE;
pub type EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST, arg2: usize, arg3: usize, arg4: ULONG)>;
pub type PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL = EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL;
pub type EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST, arg2: usize, arg3: usize, arg4: ULONG)>;
pub type PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL = EVT_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL;
pub type EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE = EVT_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE;
pub type EVT_WDF_IO_QUEUE_STATE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFCONTEXT)>;
pub type PFN_WDF_IO_QUEUE_STATE = EVT_WDF_IO_QUEUE_STATE;
pub type EVT_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST = EVT_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST;
pub type EVT_WDF_IO_ALLOCATE_REQUEST_RESOURCES = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES = EVT_WDF_IO_ALLOCATE_REQUEST_RESOURCES;
pub type EVT_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS = ::core::option::Option<unsafe extern "C" fn(arg0: WDFQUEUE, arg1: PIRP) -> WDF_IO_FORWARD_PROGRESS_ACTION>;
pub type PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS = EVT_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS;
pub type EVT_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFIORESREQLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS = EVT_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS;
pub type EVT_WDF_DEVICE_REMOVE_ADDED_RESOURCES = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFCMRESLIST, arg2: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES = EVT_WDF_DEVICE_REMOVE_ADDED_RESOURCES;
pub type EVT_WDF_DEVICE_RESOURCES_QUERY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_RESOURCES_QUERY = EVT_WDF_DEVICE_RESOURCES_QUERY;
pub type EVT_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: WDFIORESREQLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY = EVT_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY;
pub type EVT_WDF_DEVICE_EJECT = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_EJECT = EVT_WDF_DEVICE_EJECT;
pub type EVT_WDF_DEVICE_SET_LOCK = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SET_LOCK = EVT_WDF_DEVICE_SET_LOCK;
pub type EVT_WDF_DEVICE_ENABLE_WAKE_AT_BUS = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE, arg1: SYSTEM_POWER_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ENABLE_WAKE_AT_BUS = EVT_WDF_DEVICE_ENABLE_WAKE_AT_BUS;
pub type EVT_WDF_DEVICE_DISABLE_WAKE_AT_BUS = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_DISABLE_WAKE_AT_BUS = EVT_WDF_DEVICE_DISABLE_WAKE_AT_BUS;
pub type EVT_WDF_DEVICE_REPORTED_MISSING = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_REPORTED_MISSING = EVT_WDF_DEVICE_REPORTED_MISSING;
pub type EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION = EVT_WDF_DEVICE_SHUTDOWN_NOTIFICATION;
pub type EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWMIINSTANCE, arg1: ULONG, arg2: PVOID, arg3: PULONG) -> NTSTATUS>;
pub type PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE = EVT_WDF_WMI_INSTANCE_QUERY_INSTANCE;
pub type EVT_WDF_WMI_INSTANCE_SET_INSTANCE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWMIINSTANCE, arg1: ULONG, arg2: PVOID) -> NTSTATUS>;
pub type PFN_WDF_WMI_INSTANCE_SET_INSTANCE = EVT_WDF_WMI_INSTANCE_SET_INSTANCE;
pub type EVT_WDF_WMI_INSTANCE_SET_ITEM = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWMIINSTANCE, arg1: ULONG, arg2: ULONG, arg3: PVOID) -> NTSTATUS>;
pub type PFN_WDF_WMI_INSTANCE_SET_ITEM = EVT_WDF_WMI_INSTANCE_SET_ITEM;
pub type EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWMIINSTANCE, arg1: ULONG, arg2: ULONG, arg3: ULONG, arg4: PVOID, arg5: PULONG) -> NTSTATUS>;
pub type PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD = EVT_WDF_WMI_INSTANCE_EXECUTE_METHOD;
pub type EVT_WDF_WMI_PROVIDER_FUNCTION_CONTROL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFWMIPROVIDER, arg1: WDF_WMI_PROVIDER_CONTROL, arg2: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL = EVT_WDF_WMI_PROVIDER_FUNCTION_CONTROL;
pub type EVT_WDF_DMA_ENABLER_FILL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_FILL = EVT_WDF_DMA_ENABLER_FILL;
pub type EVT_WDF_DMA_ENABLER_FLUSH = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_FLUSH = EVT_WDF_DMA_ENABLER_FLUSH;
pub type EVT_WDF_DMA_ENABLER_ENABLE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_ENABLE = EVT_WDF_DMA_ENABLER_ENABLE;
pub type EVT_WDF_DMA_ENABLER_DISABLE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_DISABLE = EVT_WDF_DMA_ENABLER_DISABLE;
pub type EVT_WDF_DMA_ENABLER_SELFMANAGED_IO_START = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_START = EVT_WDF_DMA_ENABLER_SELFMANAGED_IO_START;
pub type EVT_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP = EVT_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP;
pub type EVT_WDF_PROGRAM_DMA = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMATRANSACTION, arg1: WDFDEVICE, arg2: WDFCONTEXT, arg3: WDF_DMA_DIRECTION, arg4: PSCATTER_GATHER_LIST) -> BOOLEAN>;
pub type PFN_WDF_PROGRAM_DMA = EVT_WDF_PROGRAM_DMA;
pub type EVT_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMATRANSACTION, arg1: WDFDEVICE, arg2: PVOID, arg3: PMDL, arg4: usize, arg5: usize) -> BOOLEAN>;
pub type PFN_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL = EVT_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL;
pub type EVT_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMATRANSACTION, arg1: WDFDEVICE, arg2: WDFCONTEXT, arg3: WDF_DMA_DIRECTION, arg4: DMA_COMPLETION_STATUS)>;
pub type PFN_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE = EVT_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE;
pub type EVT_WDF_RESERVE_DMA = ::core::option::Option<unsafe extern "C" fn(arg0: WDFDMATRANSACTION, arg1: PVOID)>;
pub type PFN_WDF_RESERVE_DMA = EVT_WDF_RESERVE_DMA;
pub type EVT_WDF_DEVICE_CONTEXT_CLEANUP = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_DEVICE_CONTEXT_CLEANUP = EVT_WDF_DEVICE_CONTEXT_CLEANUP;
pub type EVT_WDF_DEVICE_CONTEXT_DESTROY = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_DEVICE_CONTEXT_DESTROY = EVT_WDF_DEVICE_CONTEXT_DESTROY;
pub type EVT_WDF_IO_QUEUE_CONTEXT_CLEANUP_CALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_IO_QUEUE_CONTEXT_CLEANUP_CALLBACK = EVT_WDF_IO_QUEUE_CONTEXT_CLEANUP_CALLBACK;
pub type EVT_WDF_IO_QUEUE_CONTEXT_DESTROY_CALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_IO_QUEUE_CONTEXT_DESTROY_CALLBACK = EVT_WDF_IO_QUEUE_CONTEXT_DESTROY_CALLBACK;
pub type EVT_WDF_FILE_CONTEXT_CLEANUP_CALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_FILE_CONTEXT_CLEANUP_CALLBACK = EVT_WDF_FILE_CONTEXT_CLEANUP_CALLBACK;
pub type EVT_WDF_FILE_CONTEXT_DESTROY_CALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: WDFOBJECT)>;
pub type PFN_WDF_FILE_CONTEXT_DESTROY_CALLBACK = EVT_WDF_FILE_CONTEXT_DESTROY_CALLBACK;
pub type PFN_WDFCOLLECTIONCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: *mut WDFCOLLECTION) -> NTSTATUS>;
pub type PFN_WDFCOLLECTIONGETCOUNT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION) -> ULONG>;
pub type PFN_WDFCOLLECTIONADD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION, arg2: WDFOBJECT) -> NTSTATUS>;
pub type PFN_WDFCOLLECTIONREMOVE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION, arg2: WDFOBJECT)>;
pub type PFN_WDFCOLLECTIONREMOVEITEM = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION, arg2: ULONG)>;
pub type PFN_WDFCOLLECTIONGETITEM = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION, arg2: ULONG) -> WDFOBJECT>;
pub type PFN_WDFCOLLECTIONGETFIRSTITEM = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION) -> WDFOBJECT>;
pub type PFN_WDFCOLLECTIONGETLASTITEM = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFCOLLECTION) -> WDFOBJECT>;
pub type PFN_WDFCONTROLDEVICEINITALLOCATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: *const UNICODE_STRING) -> PWDFDEVICE_INIT>;
pub type PFN_WDFCONTROLDEVICEINITSETSHUTDOWNNOTIFICATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION, arg3: UCHAR)>;
pub type PFN_WDFCONTROLFINISHINITIALIZING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE)>;
pub type PFN_WDFDEVICEGETDEVICESTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_STATE)>;
pub type PFN_WDFDEVICESETDEVICESTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_STATE)>;
pub type PFN_WDFWDMDEVICEGETWDFDEVICEHANDLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PDEVICE_OBJECT) -> WDFDEVICE>;
pub type PFN_WDFDEVICEWDMGETDEVICEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> PDEVICE_OBJECT>;
pub type PFN_WDFDEVICEWDMGETATTACHEDDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> PDEVICE_OBJECT>;
pub type PFN_WDFDEVICEWDMGETPHYSICALDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> PDEVICE_OBJECT>;
pub type PFN_WDFDEVICEWDMDISPATCHPREPROCESSEDIRP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PIRP) -> NTSTATUS>;
pub type PFN_WDFDEVICEADDDEPENDENTUSAGEDEVICEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PDEVICE_OBJECT) -> NTSTATUS>;
pub type PFN_WDFDEVICEADDREMOVALRELATIONSPHYSICALDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PDEVICE_OBJECT) -> NTSTATUS>;
pub type PFN_WDFDEVICEREMOVEREMOVALRELATIONSPHYSICALDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PDEVICE_OBJECT)>;
pub type PFN_WDFDEVICECLEARREMOVALRELATIONSDEVICES = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE)>;
pub type PFN_WDFDEVICEGETDRIVER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDFDRIVER>;
pub type PFN_WDFDEVICERETRIEVEDEVICENAME = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFDEVICEASSIGNMOFRESOURCENAME = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFDEVICEGETIOTARGET = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDFIOTARGET>;
pub type PFN_WDFDEVICEGETDEVICEPNPSTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDF_DEVICE_PNP_STATE>;
pub type PFN_WDFDEVICEGETDEVICEPOWERSTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDF_DEVICE_POWER_STATE>;
pub type PFN_WDFDEVICEGETDEVICEPOWERPOLICYSTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDF_DEVICE_POWER_POLICY_STATE>;
pub type PFN_WDFDEVICEASSIGNS0IDLESETTINGS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS) -> NTSTATUS>;
pub type PFN_WDFDEVICEASSIGNSXWAKESETTINGS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS) -> NTSTATUS>;
pub type PFN_WDFDEVICEOPENREGISTRYKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: ULONG, arg3: ACCESS_MASK, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFDEVICESETSPECIALFILESUPPORT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDF_SPECIAL_FILE_TYPE, arg3: BOOLEAN)>;
pub type PFN_WDFDEVICESETCHARACTERISTICS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: ULONG)>;
pub type PFN_WDFDEVICEGETCHARACTERISTICS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> ULONG>;
pub type PFN_WDFDEVICEGETALIGNMENTREQUIREMENT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> ULONG>;
pub type PFN_WDFDEVICESETALIGNMENTREQUIREMENT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: ULONG)>;
pub type PFN_WDFDEVICEINITFREE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT)>;
pub type PFN_WDFDEVICEINITSETPNPPOWEREVENTCALLBACKS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_PNPPOWER_EVENT_CALLBACKS)>;
pub type PFN_WDFDEVICEINITSETPOWERPOLICYEVENTCALLBACKS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_POWER_POLICY_EVENT_CALLBACKS)>;
pub type PFN_WDFDEVICEINITSETPOWERPOLICYOWNERSHIP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: BOOLEAN)>;
pub type PFN_WDFDEVICEINITREGISTERPNPSTATECHANGECALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: WDF_DEVICE_PNP_STATE, arg3: PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION, arg4: ULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITREGISTERPOWERSTATECHANGECALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: WDF_DEVICE_POWER_STATE, arg3: PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION, arg4: ULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITREGISTERPOWERPOLICYSTATECHANGECALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: WDF_DEVICE_POWER_POLICY_STATE, arg3: PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION, arg4: ULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITSETIOTYPE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: WDF_DEVICE_IO_TYPE)>;
pub type PFN_WDFDEVICEINITSETEXCLUSIVE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: BOOLEAN)>;
pub type PFN_WDFDEVICEINITSETPOWERNOTPAGEABLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT)>;
pub type PFN_WDFDEVICEINITSETPOWERPAGEABLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT)>;
pub type PFN_WDFDEVICEINITSETPOWERINRUSH = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT)>;
pub type PFN_WDFDEVICEINITSETDEVICETYPE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: ULONG)>;
pub type PFN_WDFDEVICEINITASSIGNNAME = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITASSIGNSDDLSTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITSETDEVICECLASS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: *const GUID)>;
pub type PFN_WDFDEVICEINITSETCHARACTERISTICS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: ULONG, arg3: BOOLEAN)>;
pub type PFN_WDFDEVICEINITSETFILEOBJECTCONFIG = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_FILEOBJECT_CONFIG, arg3: PWDF_OBJECT_ATTRIBUTES)>;
pub type PFN_WDFDEVICEINITSETREQUESTATTRIBUTES = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_OBJECT_ATTRIBUTES)>;
pub type PFN_WDFDEVICEINITASSIGNWDMIRPPREPROCESSCALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PFN_WDFDEVICE_WDM_IRP_PREPROCESS, arg3: UCHAR, arg4: PUCHAR, arg5: ULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITSETIOINCALLERCONTEXTCALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PFN_WDF_IO_IN_CALLER_CONTEXT)>;
pub type PFN_WDFDEVICECREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: *mut PWDFDEVICE_INIT, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDFDEVICESETSTATICSTOPREMOVE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: BOOLEAN)>;
pub type PFN_WDFDEVICECREATEDEVICEINTERFACE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: *const GUID, arg3: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFDEVICESETDEVICEINTERFACESTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: *const GUID, arg3: PCUNICODE_STRING, arg4: BOOLEAN)>;
pub type PFN_WDFDEVICERETRIEVEDEVICEINTERFACESTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: *const GUID, arg3: PCUNICODE_STRING, arg4: WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFDEVICECREATESYMBOLICLINK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFDEVICEQUERYPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: DEVICE_REGISTRY_PROPERTY, arg3: ULONG, arg4: PVOID, arg5: PULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEALLOCANDQUERYPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: DEVICE_REGISTRY_PROPERTY, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFDEVICESETPNPCAPABILITIES = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_PNP_CAPABILITIES)>;
pub type PFN_WDFDEVICESETPOWERCAPABILITIES = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_POWER_CAPABILITIES)>;
pub type PFN_WDFDEVICESETBUSINFORMATIONFORCHILDREN = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PPNP_BUS_INFORMATION)>;
pub type PFN_WDFDEVICEINDICATEWAKESTATUS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: NTSTATUS) -> NTSTATUS>;
pub type PFN_WDFDEVICESETFAILED = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDF_DEVICE_FAILED_ACTION)>;
pub type PFN_WDFDEVICESTOPIDLENOTRACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDFDEVICERESUMEIDLENOTRACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE)>;
pub type PFN_WDFDEVICEGETFILEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PFILE_OBJECT) -> WDFFILEOBJECT>;
pub type PFN_WDFDEVICEENQUEUEREQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFDEVICEGETDEFAULTQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDFQUEUE>;
pub type PFN_WDFDEVICECONFIGUREREQUESTDISPATCHING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFQUEUE, arg3: WDF_REQUEST_TYPE) -> NTSTATUS>;
pub type PFN_WDFDPCCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_DPC_CONFIG, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFDPC) -> NTSTATUS>;
pub type PFN_WDFDPCENQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDPC) -> BOOLEAN>;
pub type PFN_WDFDPCCANCEL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDPC, arg2: BOOLEAN) -> BOOLEAN>;
pub type PFN_WDFDPCGETPARENTOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDPC) -> WDFOBJECT>;
pub type PFN_WDFDPCWDMGETDPC = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDPC) -> PKDPC>;
pub type PFN_WDFDRIVERCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PDRIVER_OBJECT, arg2: PCUNICODE_STRING, arg3: PWDF_OBJECT_ATTRIBUTES, arg4: PWDF_DRIVER_CONFIG, arg5: *mut WDFDRIVER) -> NTSTATUS>;
pub type PFN_WDFDRIVERGETREGISTRYPATH = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER) -> PWSTR>;
pub type PFN_WDFDRIVERWDMGETDRIVEROBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER) -> PDRIVER_OBJECT>;
pub type PFN_WDFDRIVEROPENPARAMETERSREGISTRYKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: ACCESS_MASK, arg3: PWDF_OBJECT_ATTRIBUTES, arg4: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFWDMDRIVERGETWDFDRIVERHANDLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PDRIVER_OBJECT) -> WDFDRIVER>;
pub type PFN_WDFDRIVERREGISTERTRACEINFO = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PDRIVER_OBJECT, arg2: PFN_WDF_TRACE_CALLBACK, arg3: PVOID) -> NTSTATUS>;
pub type PFN_WDFDRIVERRETRIEVEVERSIONSTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFDRIVERISVERSIONAVAILABLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: PWDF_DRIVER_VERSION_AVAILABLE_PARAMS) -> BOOLEAN>;
pub type PFN_WDFFDOINITWDMGETPHYSICALDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT) -> PDEVICE_OBJECT>;
pub type PFN_WDFFDOINITOPENREGISTRYKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: ULONG, arg3: ACCESS_MASK, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFFDOINITQUERYPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: DEVICE_REGISTRY_PROPERTY, arg3: ULONG, arg4: PVOID, arg5: PULONG) -> NTSTATUS>;
pub type PFN_WDFFDOINITALLOCANDQUERYPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: DEVICE_REGISTRY_PROPERTY, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFFDOINITSETEVENTCALLBACKS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_FDO_EVENT_CALLBACKS)>;
pub type PFN_WDFFDOINITSETFILTER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT)>;
pub type PFN_WDFFDOINITSETDEFAULTCHILDLISTCONFIG = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_CHILD_LIST_CONFIG, arg3: PWDF_OBJECT_ATTRIBUTES)>;
pub type PFN_WDFFDOQUERYFORINTERFACE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: LPCGUID, arg3: PINTERFACE, arg4: USHORT, arg5: USHORT, arg6: PVOID) -> NTSTATUS>;
pub type PFN_WDFFDOGETDEFAULTCHILDLIST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> WDFCHILDLIST>;
pub type PFN_WDFFDOADDSTATICCHILD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDFFDOLOCKSTATICCHILDLISTFORITERATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE)>;
pub type PFN_WDFFDORETRIEVENEXTSTATICCHILD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFDEVICE, arg3: ULONG) -> WDFDEVICE>;
pub type PFN_WDFFDOUNLOCKSTATICCHILDLISTFROMITERATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE)>;
pub type PFN_WDFFILEOBJECTGETFILENAME = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFFILEOBJECT) -> PUNICODE_STRING>;
pub type PFN_WDFFILEOBJECTGETFLAGS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFFILEOBJECT) -> ULONG>;
pub type PFN_WDFFILEOBJECTGETDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFFILEOBJECT) -> WDFDEVICE>;
pub type PFN_WDFFILEOBJECTWDMGETFILEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFFILEOBJECT) -> PFILE_OBJECT>;
pub type PFN_WDFIOQUEUECREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_IO_QUEUE_CONFIG, arg3: PWDF_OBJECT_ATTRIBUTES, arg4: *mut WDFQUEUE) -> NTSTATUS>;
pub type PFN_WDFIOQUEUEGETSTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PULONG, arg3: PULONG) -> WDF_IO_QUEUE_STATE>;
pub type PFN_WDFIOQUEUESTART = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE)>;
pub type PFN_WDFIOQUEUESTOP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PFN_WDF_IO_QUEUE_STATE, arg3: WDFCONTEXT)>;
pub type PFN_WDFIOQUEUESTOPSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE)>;
pub type PFN_WDFIOQUEUEGETDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE) -> WDFDEVICE>;
pub type PFN_WDFIOQUEUERETRIEVENEXTREQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFIOQUEUERETRIEVEREQUESTBYFILEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: WDFFILEOBJECT, arg3: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFIOQUEUEFINDREQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: WDFFILEOBJECT, arg4: PWDF_REQUEST_PARAMETERS, arg5: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFIOQUEUERETRIEVEFOUNDREQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFIOQUEUEDRAINSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE)>;
pub type PFN_WDFIOQUEUEDRAIN = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PFN_WDF_IO_QUEUE_STATE, arg3: WDFCONTEXT)>;
pub type PFN_WDFIOQUEUEPURGESYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE)>;
pub type PFN_WDFIOQUEUEPURGE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PFN_WDF_IO_QUEUE_STATE, arg3: WDFCONTEXT)>;
pub type PFN_WDFIOQUEUEREADYNOTIFY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PFN_WDF_IO_QUEUE_STATE, arg3: WDFCONTEXT) -> NTSTATUS>;
pub type PFN_WDFIOTARGETCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFIOTARGET) -> NTSTATUS>;
pub type PFN_WDFIOTARGETOPEN = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: PWDF_IO_TARGET_OPEN_PARAMS) -> NTSTATUS>;
pub type PFN_WDFIOTARGETCLOSEFORQUERYREMOVE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET)>;
pub type PFN_WDFIOTARGETCLOSE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET)>;
pub type PFN_WDFIOTARGETSTART = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> NTSTATUS>;
pub type PFN_WDFIOTARGETSTOP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDF_IO_TARGET_SENT_IO_ACTION)>;
pub type PFN_WDFIOTARGETGETSTATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> WDF_IO_TARGET_STATE>;
pub type PFN_WDFIOTARGETGETDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> WDFDEVICE>;
pub type PFN_WDFIOTARGETQUERYTARGETPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: DEVICE_REGISTRY_PROPERTY, arg3: ULONG, arg4: PVOID, arg5: PULONG) -> NTSTATUS>;
pub type PFN_WDFIOTARGETALLOCANDQUERYTARGETPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: DEVICE_REGISTRY_PROPERTY, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFIOTARGETQUERYFORINTERFACE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: LPCGUID, arg3: PINTERFACE, arg4: USHORT, arg5: USHORT, arg6: PVOID) -> NTSTATUS>;
pub type PFN_WDFIOTARGETWDMGETTARGETDEVICEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> PDEVICE_OBJECT>;
pub type PFN_WDFIOTARGETWDMGETTARGETPHYSICALDEVICE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> PDEVICE_OBJECT>;
pub type PFN_WDFIOTARGETWDMGETTARGETFILEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> PFILE_OBJECT>;
pub type PFN_WDFIOTARGETWDMGETTARGETFILEHANDLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET) -> HANDLE>;
pub type PFN_WDFIOTARGETSENDREADSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: PWDF_MEMORY_DESCRIPTOR, arg4: PLONGLONG, arg5: PWDF_REQUEST_SEND_OPTIONS, arg6: PULONG_PTR) -> NTSTATUS>;
pub type PFN_WDFIOTARGETFORMATREQUESTFORREAD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: WDFMEMORY, arg4: PWDFMEMORY_OFFSET, arg5: PLONGLONG) -> NTSTATUS>;
pub type PFN_WDFIOTARGETSENDWRITESYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: PWDF_MEMORY_DESCRIPTOR, arg4: PLONGLONG, arg5: PWDF_REQUEST_SEND_OPTIONS, arg6: PULONG_PTR) -> NTSTATUS>;
pub type PFN_WDFIOTARGETFORMATREQUESTFORWRITE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: WDFMEMORY, arg4: PWDFMEMORY_OFFSET, arg5: PLONGLONG) -> NTSTATUS>;
pub type PFN_WDFIOTARGETSENDIOCTLSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: PWDF_MEMORY_DESCRIPTOR, arg5: PWDF_MEMORY_DESCRIPTOR, arg6: PWDF_REQUEST_SEND_OPTIONS, arg7: PULONG_PTR) -> NTSTATUS>;
pub type PFN_WDFIOTARGETFORMATREQUESTFORIOCTL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: WDFMEMORY, arg5: PWDFMEMORY_OFFSET, arg6: WDFMEMORY, arg7: PWDFMEMORY_OFFSET) -> NTSTATUS>;
pub type PFN_WDFIOTARGETSENDINTERNALIOCTLSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: PWDF_MEMORY_DESCRIPTOR, arg5: PWDF_MEMORY_DESCRIPTOR, arg6: PWDF_REQUEST_SEND_OPTIONS, arg7: PULONG_PTR) -> NTSTATUS>;
pub type PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: WDFMEMORY, arg5: PWDFMEMORY_OFFSET, arg6: WDFMEMORY, arg7: PWDFMEMORY_OFFSET) -> NTSTATUS>;
pub type PFN_WDFIOTARGETSENDINTERNALIOCTLOTHERSSYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: PWDF_MEMORY_DESCRIPTOR, arg5: PWDF_MEMORY_DESCRIPTOR, arg6: PWDF_MEMORY_DESCRIPTOR, arg7: PWDF_REQUEST_SEND_OPTIONS, arg8: PULONG_PTR) -> NTSTATUS>;
pub type PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTLOTHERS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDFREQUEST, arg3: ULONG, arg4: WDFMEMORY, arg5: PWDFMEMORY_OFFSET, arg6: WDFMEMORY, arg7: PWDFMEMORY_OFFSET, arg8: WDFMEMORY, arg9: PWDFMEMORY_OFFSET) -> NTSTATUS>;
pub type PFN_WDFMEMORYCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: POOL_TYPE, arg3: ULONG, arg4: usize, arg5: *mut WDFMEMORY, arg6: *mut PVOID) -> NTSTATUS>;
pub type PFN_WDFMEMORYCREATEPREALLOCATED = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: PVOID, arg3: usize, arg4: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFMEMORYGETBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFMEMORY, arg2: *mut usize) -> PVOID>;
pub type PFN_WDFMEMORYASSIGNBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFMEMORY, arg2: PVOID, arg3: usize) -> NTSTATUS>;
pub type PFN_WDFMEMORYCOPYTOBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFMEMORY, arg2: usize, arg3: PVOID, arg4: usize) -> NTSTATUS>;
pub type PFN_WDFMEMORYCOPYFROMBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFMEMORY, arg2: usize, arg3: PVOID, arg4: usize) -> NTSTATUS>;
pub type PFN_WDFLOOKASIDELISTCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: usize, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: ULONG, arg6: *mut WDFLOOKASIDE) -> NTSTATUS>;
pub type PFN_WDFMEMORYCREATEFROMLOOKASIDE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFLOOKASIDE, arg2: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFDEVICEMINIPORTCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: PDEVICE_OBJECT, arg4: PDEVICE_OBJECT, arg5: PDEVICE_OBJECT, arg6: *mut WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDFDRIVERMINIPORTUNLOAD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER)>;
pub type PFN_WDFOBJECTGETTYPEDCONTEXTWORKER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT, arg2: PCWDF_OBJECT_CONTEXT_TYPE_INFO) -> PVOID>;
pub type PFN_WDFOBJECTALLOCATECONTEXT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut PVOID) -> NTSTATUS>;
pub type PFN_WDFOBJECTCONTEXTGETOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PVOID) -> WDFOBJECT>;
pub type PFN_WDFOBJECTREFERENCEACTUAL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT, arg2: PVOID, arg3: LONG, arg4: PCCH)>;
pub type PFN_WDFOBJECTDEREFERENCEACTUAL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT, arg2: PVOID, arg3: LONG, arg4: PCCH)>;
pub type PFN_WDFOBJECTCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: *mut WDFOBJECT) -> NTSTATUS>;
pub type PFN_WDFOBJECTDELETE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT)>;
pub type PFN_WDFOBJECTQUERY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT, arg2: *const GUID, arg3: ULONG, arg4: PVOID) -> NTSTATUS>;
pub type PFN_WDFDEVICEADDQUERYINTERFACE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_QUERY_INTERFACE_CONFIG) -> NTSTATUS>;
pub type PFN_WDFREGISTRYOPENKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ACCESS_MASK, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFREGISTRYCREATEKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ACCESS_MASK, arg4: ULONG, arg5: PULONG, arg6: PWDF_OBJECT_ATTRIBUTES, arg7: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFREGISTRYCLOSE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY)>;
pub type PFN_WDFREGISTRYWDMGETHANDLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY) -> HANDLE>;
pub type PFN_WDFREGISTRYREMOVEKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY) -> NTSTATUS>;
pub type PFN_WDFREGISTRYREMOVEVALUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYVALUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ULONG, arg4: PVOID, arg5: PULONG, arg6: PULONG) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYMEMORY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY, arg6: PULONG) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYMULTISTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: PWDF_OBJECT_ATTRIBUTES, arg4: WDFCOLLECTION) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYUNICODESTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: PUSHORT, arg4: PUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYSTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFREGISTRYQUERYULONG = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: PULONG) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNVALUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ULONG, arg4: ULONG, arg5: PVOID) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNMEMORY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ULONG, arg4: WDFMEMORY, arg5: PWDFMEMORY_OFFSET) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNMULTISTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: WDFCOLLECTION) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNUNICODESTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: PCUNICODE_STRING) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNSTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFREGISTRYASSIGNULONG = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFKEY, arg2: PCUNICODE_STRING, arg3: ULONG) -> NTSTATUS>;
pub type PFN_WDFREQUESTCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: WDFIOTARGET, arg3: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTCREATEFROMIRP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: PIRP, arg3: BOOLEAN, arg4: *mut WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTREUSE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PWDF_REQUEST_REUSE_PARAMS) -> NTSTATUS>;
pub type PFN_WDFREQUESTCHANGETARGET = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: WDFIOTARGET) -> NTSTATUS>;
pub type PFN_WDFREQUESTFORMATREQUESTUSINGCURRENTTYPE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST)>;
pub type PFN_WDFREQUESTWDMFORMATUSINGSTACKLOCATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PIO_STACK_LOCATION)>;
pub type PFN_WDFREQUESTSEND = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: WDFIOTARGET, arg3: PWDF_REQUEST_SEND_OPTIONS) -> BOOLEAN>;
pub type PFN_WDFREQUESTGETSTATUS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTMARKCANCELABLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PFN_WDF_REQUEST_CANCEL)>;
pub type PFN_WDFREQUESTUNMARKCANCELABLE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTISCANCELED = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> BOOLEAN>;
pub type PFN_WDFREQUESTCANCELSENTREQUEST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> BOOLEAN>;
pub type PFN_WDFREQUESTISFROM32BITPROCESS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> BOOLEAN>;
pub type PFN_WDFREQUESTSETCOMPLETIONROUTINE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PFN_WDF_REQUEST_COMPLETION_ROUTINE, arg3: WDFCONTEXT)>;
pub type PFN_WDFREQUESTGETCOMPLETIONPARAMS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PWDF_REQUEST_COMPLETION_PARAMS)>;
pub type PFN_WDFREQUESTALLOCATETIMER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTCOMPLETE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: NTSTATUS)>;
pub type PFN_WDFREQUESTCOMPLETEWITHPRIORITYBOOST = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: NTSTATUS, arg3: CCHAR)>;
pub type PFN_WDFREQUESTCOMPLETEWITHINFORMATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: NTSTATUS, arg3: ULONG_PTR)>;
pub type PFN_WDFREQUESTGETPARAMETERS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PWDF_REQUEST_PARAMETERS)>;
pub type PFN_WDFREQUESTRETRIEVEINPUTMEMORY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEOUTPUTMEMORY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEINPUTBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: usize, arg3: *mut PVOID, arg4: *mut usize) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEOUTPUTBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: usize, arg3: *mut PVOID, arg4: *mut usize) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEINPUTWDMMDL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: *mut PMDL) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEOUTPUTWDMMDL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: *mut PMDL) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEUNSAFEUSERINPUTBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: usize, arg3: *mut PVOID, arg4: *mut usize) -> NTSTATUS>;
pub type PFN_WDFREQUESTRETRIEVEUNSAFEUSEROUTPUTBUFFER = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: usize, arg3: *mut PVOID, arg4: *mut usize) -> NTSTATUS>;
pub type PFN_WDFREQUESTSETINFORMATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: ULONG_PTR)>;
pub type PFN_WDFREQUESTGETINFORMATION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> ULONG_PTR>;
pub type PFN_WDFREQUESTGETFILEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> WDFFILEOBJECT>;
pub type PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORREAD = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PVOID, arg3: usize, arg4: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFREQUESTPROBEANDLOCKUSERBUFFERFORWRITE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PVOID, arg3: usize, arg4: *mut WDFMEMORY) -> NTSTATUS>;
pub type PFN_WDFREQUESTGETREQUESTORMODE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> KPROCESSOR_MODE>;
pub type PFN_WDFREQUESTFORWARDTOIOQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: WDFQUEUE) -> NTSTATUS>;
pub type PFN_WDFREQUESTGETIOQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> WDFQUEUE>;
pub type PFN_WDFREQUESTREQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDFREQUESTSTOPACKNOWLEDGE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: BOOLEAN)>;
pub type PFN_WDFREQUESTWDMGETIRP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> PIRP>;
pub type PFN_WDFSTRINGCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PCUNICODE_STRING, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFSTRING) -> NTSTATUS>;
pub type PFN_WDFSTRINGGETUNICODESTRING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFSTRING, arg2: PUNICODE_STRING)>;
pub type PFN_WDFOBJECTACQUIRELOCK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT)>;
pub type PFN_WDFOBJECTRELEASELOCK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFOBJECT)>;
pub type PFN_WDFWAITLOCKCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: *mut WDFWAITLOCK) -> NTSTATUS>;
pub type PFN_WDFWAITLOCKACQUIRE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFWAITLOCK, arg2: PLONGLONG) -> NTSTATUS>;
pub type PFN_WDFWAITLOCKRELEASE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFWAITLOCK)>;
pub type PFN_WDFSPINLOCKCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_OBJECT_ATTRIBUTES, arg2: *mut WDFSPINLOCK) -> NTSTATUS>;
pub type PFN_WDFSPINLOCKACQUIRE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFSPINLOCK)>;
pub type PFN_WDFSPINLOCKRELEASE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFSPINLOCK)>;
pub type PFN_WDFTIMERCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_TIMER_CONFIG, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFTIMER) -> NTSTATUS>;
pub type PFN_WDFTIMERSTART = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFTIMER, arg2: LONGLONG) -> BOOLEAN>;
pub type PFN_WDFTIMERSTOP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFTIMER, arg2: BOOLEAN) -> BOOLEAN>;
pub type PFN_WDFTIMERGETPARENTOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFTIMER) -> WDFOBJECT>;
pub type PFN_WDFVERIFIERDBGBREAKPOINT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS)>;
pub type PFN_WDFVERIFIERKEBUGCHECK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: ULONG, arg2: ULONG_PTR, arg3: ULONG_PTR, arg4: ULONG_PTR, arg5: ULONG_PTR)>;
pub type PFN_WDFWORKITEMCREATE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDF_WORKITEM_CONFIG, arg2: PWDF_OBJECT_ATTRIBUTES, arg3: *mut WDFWORKITEM) -> NTSTATUS>;
pub type PFN_WDFWORKITEMENQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFWORKITEM)>;
pub type PFN_WDFWORKITEMGETPARENTOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFWORKITEM) -> WDFOBJECT>;
pub type PFN_WDFWORKITEMFLUSH = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFWORKITEM)>;
pub type PFN_WDFDEVICEREMOVEDEPENDENTUSAGEDEVICEOBJECT = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PDEVICE_OBJECT)>;
pub type PFN_WDFDEVICEGETSYSTEMPOWERACTION = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE) -> POWER_ACTION>;
pub type PFN_WDFIOQUEUEASSIGNFORWARDPROGRESSPOLICY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY) -> NTSTATUS>;
pub type PFN_WDFREQUESTMARKCANCELABLEEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: PFN_WDF_REQUEST_CANCEL) -> NTSTATUS>;
pub type PFN_WDFREQUESTISRESERVED = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> BOOLEAN>;
pub type PFN_WDFREQUESTFORWARDTOPARENTDEVICEIOQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST, arg2: WDFQUEUE, arg3: PWDF_REQUEST_FORWARD_OPTIONS) -> NTSTATUS>;
pub type PFN_WDFDEVICEWDMDISPATCHIRP = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PIRP, arg3: WDFCONTEXT) -> NTSTATUS>;
pub type PFN_WDFDEVICEWDMDISPATCHIRPTOIOQUEUE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PIRP, arg3: WDFQUEUE, arg4: ULONG) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITSETREMOVELOCKOPTIONS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_REMOVE_LOCK_OPTIONS)>;
pub type PFN_WDFDEVICECONFIGUREWDMIRPDISPATCHCALLBACK = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: WDFDRIVER, arg3: UCHAR, arg4: PFN_WDFDEVICE_WDM_IRP_DISPATCH, arg5: WDFCONTEXT) -> NTSTATUS>;
pub type PFN_WDFIOQUEUESTOPANDPURGE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE, arg2: PFN_WDF_IO_QUEUE_STATE, arg3: WDFCONTEXT)>;
pub type PFN_WDFIOQUEUESTOPANDPURGESYNCHRONOUSLY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFQUEUE)>;
pub type PFN_WDFIOTARGETPURGE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFIOTARGET, arg2: WDF_IO_TARGET_PURGE_IO_ACTION)>;
pub type PFN_WDFDEVICEWDMASSIGNPOWERFRAMEWORKSETTINGS = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_POWER_FRAMEWORK_SETTINGS) -> NTSTATUS>;
pub type PFN_WDFDEVICEINITSETRELEASEHARDWAREORDERONFAILURE = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE)>;
pub type PFN_WDFDEVICEINITSETIOTYPEEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_IO_TYPE_CONFIG)>;
pub type PFN_WDFDEVICEQUERYPROPERTYEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_PROPERTY_DATA, arg3: ULONG, arg4: PVOID, arg5: PULONG, arg6: PDEVPROPTYPE) -> NTSTATUS>;
pub type PFN_WDFDEVICEALLOCANDQUERYPROPERTYEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_PROPERTY_DATA, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY, arg6: PDEVPROPTYPE) -> NTSTATUS>;
pub type PFN_WDFDEVICEASSIGNPROPERTY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PWDF_DEVICE_PROPERTY_DATA, arg3: DEVPROPTYPE, arg4: ULONG, arg5: PVOID) -> NTSTATUS>;
pub type PFN_WDFFDOINITQUERYPROPERTYEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_DEVICE_PROPERTY_DATA, arg3: ULONG, arg4: PVOID, arg5: PULONG, arg6: PDEVPROPTYPE) -> NTSTATUS>;
pub type PFN_WDFFDOINITALLOCANDQUERYPROPERTYEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: PWDFDEVICE_INIT, arg2: PWDF_DEVICE_PROPERTY_DATA, arg3: POOL_TYPE, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFMEMORY, arg6: PDEVPROPTYPE) -> NTSTATUS>;
pub type PFN_WDFDEVICESTOPIDLEACTUAL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: BOOLEAN, arg3: PVOID, arg4: LONG, arg5: PCCH) -> NTSTATUS>;
pub type PFN_WDFDEVICERESUMEIDLEACTUAL = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PVOID, arg3: LONG, arg4: PCCH)>;
pub type PFN_WDFDEVICEOPENDEVICEMAPKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: PCUNICODE_STRING, arg3: ACCESS_MASK, arg4: PWDF_OBJECT_ATTRIBUTES, arg5: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFFILEOBJECTGETINITIATORPROCESSID = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFFILEOBJECT) -> ULONG>;
pub type PFN_WDFREQUESTGETREQUESTORPROCESSID = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFREQUEST) -> ULONG>;
pub type PFN_WDFDEVICERETRIEVECOMPANIONTARGET = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: *mut WDFCOMPANIONTARGET) -> NTSTATUS>;
pub type PFN_WDFDRIVEROPENPERSISTENTSTATEREGISTRYKEY = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: ACCESS_MASK, arg3: PWDF_OBJECT_ATTRIBUTES, arg4: *mut WDFKEY) -> NTSTATUS>;
pub type PFN_WDFDRIVERERRORREPORTAPIMISSING = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDRIVER, arg2: PCWSTR, arg3: ULONG, arg4: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDFDEVICESETDEVICEINTERFACESTATEEX = ::core::option::Option<unsafe extern "C" fn(arg0: PWDF_DRIVER_GLOBALS, arg1: WDFDEVICE, arg2: *const GUID, arg3: PCUNICODE_STRING, arg4: BOOLEAN)>;
pub mod _WDFFUNCENUM {
    pub type Type = ::core::ffi::c_int;
    pub const WdfChildListCreateTableIndex: Type = 0;
    pub const WdfChildListGetDeviceTableIndex: Type = 1;
    pub const WdfChildListRetrievePdoTableIndex: Type = 2;
    pub const WdfChildListRetrieveAddressDescriptionTableIndex: Type = 3;
    pub const WdfChildListBeginScanTableIndex: Type = 4;
    pub const WdfChildListEndScanTableIndex: Type = 5;
    pub const WdfChildListBeginIterationTableIndex: Type = 6;
    pub const WdfChildListRetrieveNextDeviceTableIndex: Type = 7;
    pub const WdfChildListEndIterationTableIndex: Type = 8;
    pub const WdfChildListAddOrUpdateChildDescriptionAsPresentTableIndex: Type = 9;
    pub const WdfChildListUpdateChildDescriptionAsMissingTableIndex: Type = 10;
    pub const WdfChildListUpdateAllChildDescriptionsAsPresentTableIndex: Type = 11;
    pub const WdfChildListRequestChildEjectTableIndex: Type = 12;
    pub const WdfCollectionCreateTableIndex: Type = 13;
    pub const WdfCollectionGetCountTableIndex: Type = 14;
    pub const WdfCollectionAddTableIndex: Type = 15;
    pub const WdfCollectionRemoveTableIndex: Type = 16;
    pub const WdfCollectionRemoveItemTableIndex: Type = 17;
    pub const WdfCollectionGetItemTableIndex: Type = 18;
    pub const WdfCollectionGetFirstItemTableIndex: Type = 19;
    pub const WdfCollectionGetLastItemTableIndex: Type = 20;
    pub const WdfCommonBufferCreateTableIndex: Type = 21;
    pub const WdfCommonBufferGetAlignedVirtualAddressTableIndex: Type = 22;
    pub const WdfCommonBufferGetAlignedLogicalAddressTableIndex: Type = 23;
    pub const WdfCommonBufferGetLengthTableIndex: Type = 24;
    pub const WdfControlDeviceInitAllocateTableIndex: Type = 25;
    pub const WdfControlDeviceInitSetShutdownNotificationTableIndex: Type = 26;
    pub const WdfControlFinishInitializingTableIndex: Type = 27;
    pub const WdfDeviceGetDeviceStateTableIndex: Type = 28;
    pub const WdfDeviceSetDeviceStateTableIndex: Type = 29;
    pub const WdfWdmDeviceGetWdfDeviceHandleTableIndex: Type = 30;
    pub const WdfDeviceWdmGetDeviceObjectTableIndex: Type = 31;
    pub const WdfDeviceWdmGetAttachedDeviceTableIndex: Type = 32;
    pub const WdfDeviceWdmGetPhysicalDeviceTableIndex: Type = 33;
    pub const WdfDeviceWdmDispatchPreprocessedIrpTableIndex: Type = 34;
    pub const WdfDeviceAddDependentUsageDeviceObjectTableIndex: Type = 35;
    pub const WdfDeviceAddRemovalRelationsPhysicalDeviceTableIndex: Type = 36;
    pub const WdfDeviceRemoveRemovalRelationsPhysicalDeviceTableIndex: Type = 37;
    pub const WdfDeviceClearRemovalRelationsDevicesTableIndex: Type = 38;
    pub const WdfDeviceGetDriverTableIndex: Type = 39;
    pub const WdfDeviceRetrieveDeviceNameTableIndex: Type = 40;
    pub const WdfDeviceAssignMofResourceNameTableIndex: Type = 41;
    pub const WdfDeviceGetIoTargetTableIndex: Type = 42;
    pub const WdfDeviceGetDevicePnpStateTableIndex: Type = 43;
    pub const WdfDeviceGetDevicePowerStateTableIndex: Type = 44;
    pub const WdfDeviceGetDevicePowerPolicyStateTableIndex: Type = 45;
    pub const WdfDeviceAssignS0IdleSettingsTableIndex: Type = 46;
    pub const WdfDeviceAssignSxWakeSettingsTableIndex: Type = 47;
    pub const WdfDeviceOpenRegistryKeyTableIndex: Type = 48;
    pub const WdfDeviceSetSpecialFileSupportTableIndex: Type = 49;
    pub const WdfDeviceSetCharacteristicsTableIndex: Type = 50;
    pub const WdfDeviceGetCharacteristicsTableIndex: Type = 51;
    pub const WdfDeviceGetAlignmentRequirementTableIndex: Type = 52;
    pub const WdfDeviceSetAlignmentRequirementTableIndex: Type = 53;
    pub const WdfDeviceInitFreeTableIndex: Type = 54;
    pub const WdfDeviceInitSetPnpPowerEventCallbacksTableIndex: Type = 55;
    pub const WdfDeviceInitSetPowerPolicyEventCallbacksTableIndex: Type = 56;
    pub const WdfDeviceInitSetPowerPolicyOwnershipTableIndex: Type = 57;
    pub const WdfDeviceInitRegisterPnpStateChangeCallbackTableIndex: Type = 58;
    pub const WdfDeviceInitRegisterPowerStateChangeCallbackTableIndex: Type = 59;
    pub const WdfDeviceInitRegisterPowerPolicyStateChangeCallbackTableIndex: Type = 60;
    pub const WdfDeviceInitSetIoTypeTableIndex: Type = 61;
    pub const WdfDeviceInitSetExclusiveTableIndex: Type = 62;
    pub const WdfDeviceInitSetPowerNotPageableTableIndex: Type = 63;
    pub const WdfDeviceInitSetPowerPageableTableIndex: Type = 64;
    pub const WdfDeviceInitSetPowerInrushTableIndex: Type = 65;
    pub const WdfDeviceInitSetDeviceTypeTableIndex: Type = 66;
    pub const WdfDeviceInitAssignNameTableIndex: Type = 67;
    pub const WdfDeviceInitAssignSDDLStringTableIndex: Type = 68;
    pub const WdfDeviceInitSetDeviceClassTableIndex: Type = 69;
    pub const WdfDeviceInitSetCharacteristicsTableIndex: Type = 70;
    pub const WdfDeviceInitSetFileObjectConfigTableIndex: Type = 71;
    pub const WdfDeviceInitSetRequestAttributesTableIndex: Type = 72;
    pub const WdfDeviceInitAssignWdmIrpPreprocessCallbackTableIndex: Type = 73;
    pub const WdfDeviceInitSetIoInCallerContextCallbackTableIndex: Type = 74;
    pub const WdfDeviceCreateTableIndex: Type = 75;
    pub const WdfDeviceSetStaticStopRemoveTableIndex: Type = 76;
    pub const WdfDeviceCreateDeviceInterfaceTableIndex: Type = 77;
    pub const WdfDeviceSetDeviceInterfaceStateTableIndex: Type = 78;
    pub const WdfDeviceRetrieveDeviceInterfaceStringTableIndex: Type = 79;
    pub const WdfDeviceCreateSymbolicLinkTableIndex: Type = 80;
    pub const WdfDeviceQueryPropertyTableIndex: Type = 81;
    pub const WdfDeviceAllocAndQueryPropertyTableIndex: Type = 82;
    pub const WdfDeviceSetPnpCapabilitiesTableIndex: Type = 83;
    pub const WdfDeviceSetPowerCapabilitiesTableIndex: Type = 84;
    pub const WdfDeviceSetBusInformationForChildrenTableIndex: Type = 85;
    pub const WdfDeviceIndicateWakeStatusTableIndex: Type = 86;
    pub const WdfDeviceSetFailedTableIndex: Type = 87;
    pub const WdfDeviceStopIdleNoTrackTableIndex: Type = 88;
    pub const WdfDeviceResumeIdleNoTrackTableIndex: Type = 89;
    pub const WdfDeviceGetFileObjectTableIndex: Type = 90;
    pub const WdfDeviceEnqueueRequestTableIndex: Type = 91;
    pub const WdfDeviceGetDefaultQueueTableIndex: Type = 92;
    pub const WdfDeviceConfigureRequestDispatchingTableIndex: Type = 93;
    pub const WdfDmaEnablerCreateTableIndex: Type = 94;
    pub const WdfDmaEnablerGetMaximumLengthTableIndex: Type = 95;
    pub const WdfDmaEnablerGetMaximumScatterGatherElementsTableIndex: Type = 96;
    pub const WdfDmaEnablerSetMaximumScatterGatherElementsTableIndex: Type = 97;
    pub const WdfDmaTransactionCreateTableIndex: Type = 98;
    pub const WdfDmaTransactionInitializeTableIndex: Type = 99;
    pub const WdfDmaTransactionInitializeUsingRequestTableIndex: Type = 100;
    pub const WdfDmaTransactionExecuteTableIndex: Type = 101;
    pub const WdfDmaTransactionReleaseTableIndex: Type = 102;
    pub const WdfDmaTransactionDmaCompletedTableIndex: Type = 103;
    pub const WdfDmaTransactionDmaCompletedWithLengthTableIndex: Type = 104;
    pub const WdfDmaTransactionDmaCompletedFinalTableIndex: Type = 105;
    pub const WdfDmaTransactionGetBytesTransferredTableIndex: Type = 106;
    pub const WdfDmaTransactionSetMaximumLengthTableIndex: Type = 107;
    pub const WdfDmaTransactionGetRequestTableIndex: Type = 108;
    pub const WdfDmaTransactionGetCurrentDmaTransferLengthTableIndex: Type = 109;
    pub const WdfDmaTransactionGetDeviceTableIndex: Type = 110;
    pub const WdfDpcCreateTableIndex: Type = 111;
    pub const WdfDpcEnqueueTableIndex: Type = 112;
    pub const WdfDpcCancelTableIndex: Type = 113;
    pub const WdfDpcGetParentObjectTableIndex: Type = 114;
    pub const WdfDpcWdmGetDpcTableIndex: Type = 115;
    pub const WdfDriverCreateTableIndex: Type = 116;
    pub const WdfDriverGetRegistryPathTableIndex: Type = 117;
    pub const WdfDriverWdmGetDriverObjectTableIndex: Type = 118;
    pub const WdfDriverOpenParametersRegistryKeyTableIndex: Type = 119;
    pub const WdfWdmDriverGetWdfDriverHandleTableIndex: Type = 120;
    pub const WdfDriverRegisterTraceInfoTableIndex: Type = 121;
    pub const WdfDriverRetrieveVersionStringTableIndex: Type = 122;
    pub const WdfDriverIsVersionAvailableTableIndex: Type = 123;
    pub const WdfFdoInitWdmGetPhysicalDeviceTableIndex: Type = 124;
    pub const WdfFdoInitOpenRegistryKeyTableIndex: Type = 125;
    pub const WdfFdoInitQueryPropertyTableIndex: Type = 126;
    pub const WdfFdoInitAllocAndQueryPropertyTableIndex: Type = 127;
    pub const WdfFdoInitSetEventCallbacksTableIndex: Type = 128;
    pub const WdfFdoInitSetFilterTableIndex: Type = 129;
    pub const WdfFdoInitSetDefaultChildListConfigTableIndex: Type = 130;
    pub const WdfFdoQueryForInterfaceTableIndex: Type = 131;
    pub const WdfFdoGetDefaultChildListTableIndex: Type = 132;
    pub const WdfFdoAddStaticChildTableIndex: Type = 133;
    pub const WdfFdoLockStaticChildListForIterationTableIndex: Type = 134;
    pub const WdfFdoRetrieveNextStaticChildTableIndex: Type = 135;
    pub const WdfFdoUnlockStaticChildListFromIterationTableIndex: Type = 136;
    pub const WdfFileObjectGetFileNameTableIndex: Type = 137;
    pub const WdfFileObjectGetFlagsTableIndex: Type = 138;
    pub const WdfFileObjectGetDeviceTableIndex: Type = 139;
    pub const WdfFileObjectWdmGetFileObjectTableIndex: Type = 140;
    pub const WdfInterruptCreateTableIndex: Type = 141;
    pub const WdfInterruptQueueDpcForIsrTableIndex: Type = 142;
    pub const WdfInterruptSynchronizeTableIndex: Type = 143;
    pub const WdfInterruptAcquireLockTableIndex: Type = 144;
    pub const WdfInterruptReleaseLockTableIndex: Type = 145;
    pub const WdfInterruptEnableTableIndex: Type = 146;
    pub const WdfInterruptDisableTableIndex: Type = 147;
    pub const WdfInterruptWdmGetInterruptTableIndex: Type = 148;
    pub const WdfInterruptGetInfoTableIndex: Type = 149;
    pub const WdfInterruptSetPolicyTableIndex: Type = 150;
    pub const WdfInterruptGetDeviceTableIndex: Type = 151;
    pub const WdfIoQueueCreateTableIndex: Type = 152;
    pub const WdfIoQueueGetStateTableIndex: Type = 153;
    pub const WdfIoQueueStartTableIndex: Type = 154;
    pub const WdfIoQueueStopTableIndex: Type = 155;
    pub const WdfIoQueueStopSynchronouslyTableIndex: Type = 156;
    pub const WdfIoQueueGetDeviceTableIndex: Type = 157;
    pub const WdfIoQueueRetrieveNextRequestTableIndex: Type = 158;
    pub const WdfIoQueueRetrieveRequestByFileObjectTableIndex: Type = 159;
    pub const WdfIoQueueFindRequestTableIndex: Type = 160;
    pub const WdfIoQueueRetrieveFoundRequestTableIndex: Type = 161;
    pub const WdfIoQueueDrainSynchronouslyTableIndex: Type = 162;
    pub const WdfIoQueueDrainTableIndex: Type = 163;
    pub const WdfIoQueuePurgeSynchronouslyTableIndex: Type = 164;
    pub const WdfIoQueuePurgeTableIndex: Type = 165;
    pub const WdfIoQueueReadyNotifyTableIndex: Type = 166;
    pub const WdfIoTargetCreateTableIndex: Type = 167;
    pub const WdfIoTargetOpenTableIndex: Type = 168;
    pub const WdfIoTargetCloseForQueryRemoveTableIndex: Type = 169;
    pub const WdfIoTargetCloseTableIndex: Type = 170;
    pub const WdfIoTargetStartTableIndex: Type = 171;
    pub const WdfIoTargetStopTableIndex: Type = 172;
    pub const WdfIoTargetGetStateTableIndex: Type = 173;
    pub const WdfIoTargetGetDeviceTableIndex: Type = 174;
    pub const WdfIoTargetQueryTargetPropertyTableIndex: Type = 175;
    pub const WdfIoTargetAllocAndQueryTargetPropertyTableIndex: Type = 176;
    pub const WdfIoTargetQueryForInterfaceTableIndex: Type = 177;
    pub const WdfIoTargetWdmGetTargetDeviceObjectTableIndex: Type = 178;
    pub const WdfIoTargetWdmGetTargetPhysicalDeviceTableIndex: Type = 179;
    pub const WdfIoTargetWdmGetTargetFileObjectTableIndex: Type = 180;
    pub const WdfIoTargetWdmGetTargetFileHandleTableIndex: Type = 181;
    pub const WdfIoTargetSendReadSynchronouslyTableIndex: Type = 182;
    pub const WdfIoTargetFormatRequestForReadTableIndex: Type = 183;
    pub const WdfIoTargetSendWriteSynchronouslyTableIndex: Type = 184;
    pub const WdfIoTargetFormatRequestForWriteTableIndex: Type = 185;
    pub const WdfIoTargetSendIoctlSynchronouslyTableIndex: Type = 186;
    pub const WdfIoTargetFormatRequestForIoctlTableIndex: Type = 187;
    pub const WdfIoTargetSendInternalIoctlSynchronouslyTableIndex: Type = 188;
    pub const WdfIoTargetFormatRequestForInternalIoctlTableIndex: Type = 189;
    pub const WdfIoTargetSendInternalIoctlOthersSynchronouslyTableIndex: Type = 190;
    pub const WdfIoTargetFormatRequestForInternalIoctlOthersTableIndex: Type = 191;
    pub const WdfMemoryCreateTableIndex: Type = 192;
    pub const WdfMemoryCreatePreallocatedTableIndex: Type = 193;
    pub const WdfMemoryGetBufferTableIndex: Type = 194;
    pub const WdfMemoryAssignBufferTableIndex: Type = 195;
    pub const WdfMemoryCopyToBufferTableIndex: Type = 196;
    pub const WdfMemoryCopyFromBufferTableIndex: Type = 197;
    pub const WdfLookasideListCreateTableIndex: Type = 198;
    pub const WdfMemoryCreateFromLookasideTableIndex: Type = 199;
    pub const WdfDeviceMiniportCreateTableIndex: Type = 200;
    pub const WdfDriverMiniportUnloadTableIndex: Type = 201;
    pub const WdfObjectGetTypedContextWorkerTableIndex: Type = 202;
    pub const WdfObjectAllocateContextTableIndex: Type = 203;
    pub const WdfObjectContextGetObjectTableIndex: Type = 204;
    pub const WdfObjectReferenceActualTableIndex: Type = 205;
    pub const WdfObjectDereferenceActualTableIndex: Type = 206;
    pub const WdfObjectCreateTableIndex: Type = 207;
    pub const WdfObjectDeleteTableIndex: Type = 208;
    pub const WdfObjectQueryTableIndex: Type = 209;
    pub const WdfPdoInitAllocateTableIndex: Type = 210;
    pub const WdfPdoInitSetEventCallbacksTableIndex: Type = 211;
    pub const WdfPdoInitAssignDeviceIDTableIndex: Type = 212;
    pub const WdfPdoInitAssignInstanceIDTableIndex: Type = 213;
    pub const WdfPdoInitAddHardwareIDTableIndex: Type = 214;
    pub const WdfPdoInitAddCompatibleIDTableIndex: Type = 215;
    pub const WdfPdoInitAddDeviceTextTableIndex: Type = 216;
    pub const WdfPdoInitSetDefaultLocaleTableIndex: Type = 217;
    pub const WdfPdoInitAssignRawDeviceTableIndex: Type = 218;
    pub const WdfPdoMarkMissingTableIndex: Type = 219;
    pub const WdfPdoRequestEjectTableIndex: Type = 220;
    pub const WdfPdoGetParentTableIndex: Type = 221;
    pub const WdfPdoRetrieveIdentificationDescriptionTableIndex: Type = 222;
    pub const WdfPdoRetrieveAddressDescriptionTableIndex: Type = 223;
    pub const WdfPdoUpdateAddressDescriptionTableIndex: Type = 224;
    pub const WdfPdoAddEjectionRelationsPhysicalDeviceTableIndex: Type = 225;
    pub const WdfPdoRemoveEjectionRelationsPhysicalDeviceTableIndex: Type = 226;
    pub const WdfPdoClearEjectionRelationsDevicesTableIndex: Type = 227;
    pub const WdfDeviceAddQueryInterfaceTableIndex: Type = 228;
    pub const WdfRegistryOpenKeyTableIndex: Type = 229;
    pub const WdfRegistryCreateKeyTableIndex: Type = 230;
    pub const WdfRegistryCloseTableIndex: Type = 231;
    pub const WdfRegistryWdmGetHandleTableIndex: Type = 232;
    pub const WdfRegistryRemoveKeyTableIndex: Type = 233;
    pub const WdfRegistryRemoveValueTableIndex: Type = 234;
    pub const WdfRegistryQueryValueTableIndex: Type = 235;
    pub const WdfRegistryQueryMemoryTableIndex: Type = 236;
    pub const WdfRegistryQueryMultiStringTableIndex: Type = 237;
    pub const WdfRegistryQueryUnicodeStringTableIndex: Type = 238;
    pub const WdfRegistryQueryStringTableIndex: Type = 239;
    pub const WdfRegistryQueryULongTableIndex: Type = 240;
    pub const WdfRegistryAssignValueTableIndex: Type = 241;
    pub const WdfRegistryAssignMemoryTableIndex: Type = 242;
    pub const WdfRegistryAssignMultiStringTableIndex: Type = 243;
    pub const WdfRegistryAssignUnicodeStringTableIndex: Type = 244;
    pub const WdfRegistryAssignStringTableIndex: Type = 245;
    pub const WdfRegistryAssignULongTableIndex: Type = 246;
    pub const WdfRequestCreateTableIndex: Type = 247;
    pub const WdfRequestCreateFromIrpTableIndex: Type = 248;
    pub const WdfRequestReuseTableIndex: Type = 249;
    pub const WdfRequestChangeTargetTableIndex: Type = 250;
    pub const WdfRequestFormatRequestUsingCurrentTypeTableIndex: Type = 251;
    pub const WdfRequestWdmFormatUsingStackLocationTableIndex: Type = 252;
    pub const WdfRequestSendTableIndex: Type = 253;
    pub const WdfRequestGetStatusTableIndex: Type = 254;
    pub const WdfRequestMarkCancelableTableIndex: Type = 255;
    pub const WdfRequestUnmarkCancelableTableIndex: Type = 256;
    pub const WdfRequestIsCanceledTableIndex: Type = 257;
    pub const WdfRequestCancelSentRequestTableIndex: Type = 258;
    pub const WdfRequestIsFrom32BitProcessTableIndex: Type = 259;
    pub const WdfRequestSetCompletionRoutineTableIndex: Type = 260;
    pub const WdfRequestGetCompletionParamsTableIndex: Type = 261;
    pub const WdfRequestAllocateTimerTableIndex: Type = 262;
    pub const WdfRequestCompleteTableIndex: Type = 263;
    pub const WdfRequestCompleteWithPriorityBoostTableIndex: Type = 264;
    pub const WdfRequestCompleteWithInformationTableIndex: Type = 265;
    pub const WdfRequestGetParametersTableIndex: Type = 266;
    pub const WdfRequestRetrieveInputMemoryTableIndex: Type = 267;
    pub const WdfRequestRetrieveOutputMemoryTableIndex: Type = 268;
    pub const WdfRequestRetrieveInputBufferTableIndex: Type = 269;
    pub const WdfRequestRetrieveOutputBufferTableIndex: Type = 270;
    pub const WdfRequestRetrieveInputWdmMdlTableIndex: Type = 271;
    pub const WdfRequestRetrieveOutputWdmMdlTableIndex: Type = 272;
    pub const WdfRequestRetrieveUnsafeUserInputBufferTableIndex: Type = 273;
    pub const WdfRequestRetrieveUnsafeUserOutputBufferTableIndex: Type = 274;
    pub const WdfRequestSetInformationTableIndex: Type = 275;
    pub const WdfRequestGetInformationTableIndex: Type = 276;
    pub const WdfRequestGetFileObjectTableIndex: Type = 277;
    pub const WdfRequestProbeAndLockUserBufferForReadTableIndex: Type = 278;
    pub const WdfRequestProbeAndLockUserBufferForWriteTableIndex: Type = 279;
    pub const WdfRequestGetRequestorModeTableIndex: Type = 280;
    pub const WdfRequestForwardToIoQueueTableIndex: Type = 281;
    pub const WdfRequestGetIoQueueTableIndex: Type = 282;
    pub const WdfRequestRequeueTableIndex: Type = 283;
    pub const WdfRequestStopAcknowledgeTableIndex: Type = 284;
    pub const WdfRequestWdmGetIrpTableIndex: Type = 285;
    pub const WdfIoResourceRequirementsListSetSlotNumberTableIndex: Type = 286;
    pub const WdfIoResourceRequirementsListSetInterfaceTypeTableIndex: Type = 287;
    pub const WdfIoResourceRequirementsListAppendIoResListTableIndex: Type = 288;
    pub const WdfIoResourceRequirementsListInsertIoResListTableIndex: Type = 289;
    pub const WdfIoResourceRequirementsListGetCountTableIndex: Type = 290;
    pub const WdfIoResourceRequirementsListGetIoResListTableIndex: Type = 291;
    pub const WdfIoResourceRequirementsListRemoveTableIndex: Type = 292;
    pub const WdfIoResourceRequirementsListRemoveByIoResListTableIndex: Type = 293;
    pub const WdfIoResourceListCreateTableIndex: Type = 294;
    pub const WdfIoResourceListAppendDescriptorTableIndex: Type = 295;
    pub const WdfIoResourceListInsertDescriptorTableIndex: Type = 296;
    pub const WdfIoResourceListUpdateDescriptorTableIndex: Type = 297;
    pub const WdfIoResourceListGetCountTableIndex: Type = 298;
    pub const WdfIoResourceListGetDescriptorTableIndex: Type = 299;
    pub const WdfIoResourceListRemoveTableIndex: Type = 300;
    pub const WdfIoResourceListRemoveByDescriptorTableIndex: Type = 301;
    pub const WdfCmResourceListAppendDescriptorTableIndex: Type = 302;
    pub const WdfCmResourceListInsertDescriptorTableIndex: Type = 303;
    pub const WdfCmResourceListGetCountTableIndex: Type = 304;
    pub const WdfCmResourceListGetDescriptorTableIndex: Type = 305;
    pub const WdfCmResourceListRemoveTableIndex: Type = 306;
    pub const WdfCmResourceListRemoveByDescriptorTableIndex: Type = 307;
    pub const WdfStringCreateTableIndex: Type = 308;
    pub const WdfStringGetUnicodeStringTableIndex: Type = 309;
    pub const WdfObjectAcquireLockTableIndex: Type = 310;
    pub const WdfObjectReleaseLockTableIndex: Type = 311;
    pub const WdfWaitLockCreateTableIndex: Type = 312;
    pub const WdfWaitLockAcquireTableIndex: Type = 313;
    pub const WdfWaitLockReleaseTableIndex: Type = 314;
    pub const WdfSpinLockCreateTableIndex: Type = 315;
    pub const WdfSpinLockAcquireTableIndex: Type = 316;
    pub const WdfSpinLockReleaseTableIndex: Type = 317;
    pub const WdfTimerCreateTableIndex: Type = 318;
    pub const WdfTimerStartTableIndex: Type = 319;
    pub const WdfTimerStopTableIndex: Type = 320;
    pub const WdfTimerGetParentObjectTableIndex: Type = 321;
    pub const WdfUsbTargetDeviceCreateTableIndex: Type = 322;
    pub const WdfUsbTargetDeviceRetrieveInformationTableIndex: Type = 323;
    pub const WdfUsbTargetDeviceGetDeviceDescriptorTableIndex: Type = 324;
    pub const WdfUsbTargetDeviceRetrieveConfigDescriptorTableIndex: Type = 325;
    pub const WdfUsbTargetDeviceQueryStringTableIndex: Type = 326;
    pub const WdfUsbTargetDeviceAllocAndQueryStringTableIndex: Type = 327;
    pub const WdfUsbTargetDeviceFormatRequestForStringTableIndex: Type = 328;
    pub const WdfUsbTargetDeviceGetNumInterfacesTableIndex: Type = 329;
    pub const WdfUsbTargetDeviceSelectConfigTableIndex: Type = 330;
    pub const WdfUsbTargetDeviceWdmGetConfigurationHandleTableIndex: Type = 331;
    pub const WdfUsbTargetDeviceRetrieveCurrentFrameNumberTableIndex: Type = 332;
    pub const WdfUsbTargetDeviceSendControlTransferSynchronouslyTableIndex: Type = 333;
    pub const WdfUsbTargetDeviceFormatRequestForControlTransferTableIndex: Type = 334;
    pub const WdfUsbTargetDeviceIsConnectedSynchronousTableIndex: Type = 335;
    pub const WdfUsbTargetDeviceResetPortSynchronouslyTableIndex: Type = 336;
    pub const WdfUsbTargetDeviceCyclePortSynchronouslyTableIndex: Type = 337;
    pub const WdfUsbTargetDeviceFormatRequestForCyclePortTableIndex: Type = 338;
    pub const WdfUsbTargetDeviceSendUrbSynchronouslyTableIndex: Type = 339;
    pub const WdfUsbTargetDeviceFormatRequestForUrbTableIndex: Type = 340;
    pub const WdfUsbTargetPipeGetInformationTableIndex: Type = 341;
    pub const WdfUsbTargetPipeIsInEndpointTableIndex: Type = 342;
    pub const WdfUsbTargetPipeIsOutEndpointTableIndex: Type = 343;
    pub const WdfUsbTargetPipeGetTypeTableIndex: Type = 344;
    pub const WdfUsbTargetPipeSetNoMaximumPacketSizeCheckTableIndex: Type = 345;
    pub const WdfUsbTargetPipeWriteSynchronouslyTableIndex: Type = 346;
    pub const WdfUsbTargetPipeFormatRequestForWriteTableIndex: Type = 347;
    pub const WdfUsbTargetPipeReadSynchronouslyTableIndex: Type = 348;
    pub const WdfUsbTargetPipeFormatRequestForReadTableIndex: Type = 349;
    pub const WdfUsbTargetPipeConfigContinuousReaderTableIndex: Type = 350;
    pub const WdfUsbTargetPipeAbortSynchronouslyTableIndex: Type = 351;
    pub const WdfUsbTargetPipeFormatRequestForAbortTableIndex: Type = 352;
    pub const WdfUsbTargetPipeResetSynchronouslyTableIndex: Type = 353;
    pub const WdfUsbTargetPipeFormatRequestForResetTableIndex: Type = 354;
    pub const WdfUsbTargetPipeSendUrbSynchronouslyTableIndex: Type = 355;
    pub const WdfUsbTargetPipeFormatRequestForUrbTableIndex: Type = 356;
    pub const WdfUsbInterfaceGetInterfaceNumberTableIndex: Type = 357;
    pub const WdfUsbInterfaceGetNumEndpointsTableIndex: Type = 358;
    pub const WdfUsbInterfaceGetDescriptorTableIndex: Type = 359;
    pub const WdfUsbInterfaceSelectSettingTableIndex: Type = 360;
    pub const WdfUsbInterfaceGetEndpointInformationTableIndex: Type = 361;
    pub const WdfUsbTargetDeviceGetInterfaceTableIndex: Type = 362;
    pub const WdfUsbInterfaceGetConfiguredSettingIndexTableIndex: Type = 363;
    pub const WdfUsbInterfaceGetNumConfiguredPipesTableIndex: Type = 364;
    pub const WdfUsbInterfaceGetConfiguredPipeTableIndex: Type = 365;
    pub const WdfUsbTargetPipeWdmGetPipeHandleTableIndex: Type = 366;
    pub const WdfVerifierDbgBreakPointTableIndex: Type = 367;
    pub const WdfVerifierKeBugCheckTableIndex: Type = 368;
    pub const WdfWmiProviderCreateTableIndex: Type = 369;
    pub const WdfWmiProviderGetDeviceTableIndex: Type = 370;
    pub const WdfWmiProviderIsEnabledTableIndex: Type = 371;
    pub const WdfWmiProviderGetTracingHandleTableIndex: Type = 372;
    pub const WdfWmiInstanceCreateTableIndex: Type = 373;
    pub const WdfWmiInstanceRegisterTableIndex: Type = 374;
    pub const WdfWmiInstanceDeregisterTableIndex: Type = 375;
    pub const WdfWmiInstanceGetDeviceTableIndex: Type = 376;
    pub const WdfWmiInstanceGetProviderTableIndex: Type = 377;
    pub const WdfWmiInstanceFireEventTableIndex: Type = 378;
    pub const WdfWorkItemCreateTableIndex: Type = 379;
    pub const WdfWorkItemEnqueueTableIndex: Type = 380;
    pub const WdfWorkItemGetParentObjectTableIndex: Type = 381;
    pub const WdfWorkItemFlushTableIndex: Type = 382;
    pub const WdfCommonBufferCreateWithConfigTableIndex: Type = 383;
    pub const WdfDmaEnablerGetFragmentLengthTableIndex: Type = 384;
    pub const WdfDmaEnablerWdmGetDmaAdapterTableIndex: Type = 385;
    pub const WdfUsbInterfaceGetNumSettingsTableIndex: Type = 386;
    pub const WdfDeviceRemoveDependentUsageDeviceObjectTableIndex: Type = 387;
    pub const WdfDeviceGetSystemPowerActionTableIndex: Type = 388;
    pub const WdfInterruptSetExtendedPolicyTableIndex: Type = 389;
    pub const WdfIoQueueAssignForwardProgressPolicyTableIndex: Type = 390;
    pub const WdfPdoInitAssignContainerIDTableIndex: Type = 391;
    pub const WdfPdoInitAllowForwardingRequestToParentTableIndex: Type = 392;
    pub const WdfRequestMarkCancelableExTableIndex: Type = 393;
    pub const WdfRequestIsReservedTableIndex: Type = 394;
    pub const WdfRequestForwardToParentDeviceIoQueueTableIndex: Type = 395;
    pub const WdfCxDeviceInitAllocateTableIndex: Type = 396;
    pub const WdfCxDeviceInitAssignWdmIrpPreprocessCallbackTableIndex: Type = 397;
    pub const WdfCxDeviceInitSetIoInCallerContextCallbackTableIndex: Type = 398;
    pub const WdfCxDeviceInitSetRequestAttributesTableIndex: Type = 399;
    pub const WdfCxDeviceInitSetFileObjectConfigTableIndex: Type = 400;
    pub const WdfDeviceWdmDispatchIrpTableIndex: Type = 401;
    pub const WdfDeviceWdmDispatchIrpToIoQueueTableIndex: Type = 402;
    pub const WdfDeviceInitSetRemoveLockOptionsTableIndex: Type = 403;
    pub const WdfDeviceConfigureWdmIrpDispatchCallbackTableIndex: Type = 404;
    pub const WdfDmaEnablerConfigureSystemProfileTableIndex: Type = 405;
    pub const WdfDmaTransactionInitializeUsingOffsetTableIndex: Type = 406;
    pub const WdfDmaTransactionGetTransferInfoTableIndex: Type = 407;
    pub const WdfDmaTransactionSetChannelConfigurationCallbackTableIndex: Type = 408;
    pub const WdfDmaTransactionSetTransferCompleteCallbackTableIndex: Type = 409;
    pub const WdfDmaTransactionSetImmediateExecutionTableIndex: Type = 410;
    pub const WdfDmaTransactionAllocateResourcesTableIndex: Type = 411;
    pub const WdfDmaTransactionSetDeviceAddressOffsetTableIndex: Type = 412;
    pub const WdfDmaTransactionFreeResourcesTableIndex: Type = 413;
    pub const WdfDmaTransactionCancelTableIndex: Type = 414;
    pub const WdfDmaTransactionWdmGetTransferContextTableIndex: Type = 415;
    pub const WdfInterruptQueueWorkItemForIsrTableIndex: Type = 416;
    pub const WdfInterruptTryToAcquireLockTableIndex: Type = 417;
    pub const WdfIoQueueStopAndPurgeTableIndex: Type = 418;
    pub const WdfIoQueueStopAndPurgeSynchronouslyTableIndex: Type = 419;
    pub const WdfIoTargetPurgeTableIndex: Type = 420;
    pub const WdfUsbTargetDeviceCreateWithParametersTableIndex: Type = 421;
    pub const WdfUsbTargetDeviceQueryUsbCapabilityTableIndex: Type = 422;
    pub const WdfUsbTargetDeviceCreateUrbTableIndex: Type = 423;
    pub const WdfUsbTargetDeviceCreateIsochUrbTableIndex: Type = 424;
    pub const WdfDeviceWdmAssignPowerFrameworkSettingsTableIndex: Type = 425;
    pub const WdfDmaTransactionStopSystemTransferTableIndex: Type = 426;
    pub const WdfCxVerifierKeBugCheckTableIndex: Type = 427;
    pub const WdfInterruptReportActiveTableIndex: Type = 428;
    pub const WdfInterruptReportInactiveTableIndex: Type = 429;
    pub const WdfDeviceInitSetReleaseHardwareOrderOnFailureTableIndex: Type = 430;
    pub const WdfGetTriageInfoTableIndex: Type = 431;
    pub const WdfDeviceInitSetIoTypeExTableIndex: Type = 432;
    pub const WdfDeviceQueryPropertyExTableIndex: Type = 433;
    pub const WdfDeviceAllocAndQueryPropertyExTableIndex: Type = 434;
    pub const WdfDeviceAssignPropertyTableIndex: Type = 435;
    pub const WdfFdoInitQueryPropertyExTableIndex: Type = 436;
    pub const WdfFdoInitAllocAndQueryPropertyExTableIndex: Type = 437;
    pub const WdfDeviceStopIdleActualTableIndex: Type = 438;
    pub const WdfDeviceResumeIdleActualTableIndex: Type = 439;
    pub const WdfDeviceGetSelfIoTargetTableIndex: Type = 440;
    pub const WdfDeviceInitAllowSelfIoTargetTableIndex: Type = 441;
    pub const WdfIoTargetSelfAssignDefaultIoQueueTableIndex: Type = 442;
    pub const WdfDeviceOpenDevicemapKeyTableIndex: Type = 443;
    pub const WdfDmaTransactionSetSingleTransferRequirementTableIndex: Type = 444;
    pub const WdfCxDeviceInitSetPnpPowerEventCallbacksTableIndex: Type = 445;
    pub const WdfFileObjectGetInitiatorProcessIdTableIndex: Type = 446;
    pub const WdfRequestGetRequestorProcessIdTableIndex: Type = 447;
    pub const WdfDeviceRetrieveCompanionTargetTableIndex: Type = 448;
    pub const WdfCompanionTargetSendTaskSynchronouslyTableIndex: Type = 449;
    pub const WdfCompanionTargetWdmGetCompanionProcessTableIndex: Type = 450;
    pub const WdfDriverOpenPersistentStateRegistryKeyTableIndex: Type = 451;
    pub const WdfDriverErrorReportApiMissingTableIndex: Type = 452;
    pub const WdfPdoInitRemovePowerDependencyOnParentTableIndex: Type = 453;
    pub const WdfCxDeviceInitAllocateContextTableIndex: Type = 454;
    pub const WdfCxDeviceInitGetTypedContextWorkerTableIndex: Type = 455;
    pub const WdfCxDeviceInitSetPowerPolicyEventCallbacksTableIndex: Type = 456;
    pub const WdfDeviceSetDeviceInterfaceStateExTableIndex: Type = 457;
    pub const WdfFunctionTableNumEntries: Type = 458;
}
pub mod _WDFSTRUCTENUM {
    pub type Type = ::core::ffi::c_int;
    pub const INDEX_WDF_CHILD_ADDRESS_DESCRIPTION_HEADER: Type = 0;
    pub const INDEX_WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER: Type = 1;
    pub const INDEX_WDF_CHILD_LIST_CONFIG: Type = 2;
    pub const INDEX_WDF_CHILD_LIST_ITERATOR: Type = 3;
    pub const INDEX_WDF_CHILD_RETRIEVE_INFO: Type = 4;
    pub const INDEX_WDF_CLASS_BIND_INFO: Type = 5;
    pub const INDEX_WDF_CLASS_BIND_INFO2: Type = 6;
    pub const INDEX_WDF_CLASS_EXTENSION_DESCRIPTOR: Type = 7;
    pub const INDEX_WDF_CLASS_LIBRARY_INFO: Type = 8;
    pub const INDEX_WDF_CLASS_VERSION: Type = 9;
    pub const INDEX_WDF_COMMON_BUFFER_CONFIG: Type = 10;
    pub const INDEX_WDF_CUSTOM_TYPE_CONTEXT: Type = 11;
    pub const INDEX_WDF_DEVICE_PNP_CAPABILITIES: Type = 12;
    pub const INDEX_WDF_DEVICE_PNP_NOTIFICATION_DATA: Type = 13;
    pub const INDEX_WDF_DEVICE_POWER_CAPABILITIES: Type = 14;
    pub const INDEX_WDF_DEVICE_POWER_NOTIFICATION_DATA: Type = 15;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS: Type = 16;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA: Type = 17;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS: Type = 18;
    pub const INDEX_WDF_DEVICE_PROPERTY_DATA: Type = 19;
    pub const INDEX_WDF_DEVICE_STATE: Type = 20;
    pub const INDEX_WDF_DMA_ENABLER_CONFIG: Type = 21;
    pub const INDEX_WDF_DMA_SYSTEM_PROFILE_CONFIG: Type = 22;
    pub const INDEX_WDF_DPC_CONFIG: Type = 23;
    pub const INDEX_WDF_DRIVER_CONFIG: Type = 24;
    pub const INDEX_WDF_DRIVER_GLOBALS: Type = 25;
    pub const INDEX_WDF_DRIVER_VERSION_AVAILABLE_PARAMS: Type = 26;
    pub const INDEX_WDF_FDO_EVENT_CALLBACKS: Type = 27;
    pub const INDEX_WDF_FILEOBJECT_CONFIG: Type = 28;
    pub const INDEX_WDF_INTERRUPT_CONFIG: Type = 29;
    pub const INDEX_WDF_INTERRUPT_EXTENDED_POLICY: Type = 30;
    pub const INDEX_WDF_INTERRUPT_INFO: Type = 31;
    pub const INDEX_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS: Type = 32;
    pub const INDEX_WDF_IO_QUEUE_CONFIG: Type = 33;
    pub const INDEX_WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY: Type = 34;
    pub const INDEX_WDF_IO_TARGET_OPEN_PARAMS: Type = 35;
    pub const INDEX_WDF_IO_TYPE_CONFIG: Type = 36;
    pub const INDEX_WDF_MEMORY_DESCRIPTOR: Type = 37;
    pub const INDEX_WDF_OBJECT_ATTRIBUTES: Type = 38;
    pub const INDEX_WDF_OBJECT_CONTEXT_TYPE_INFO: Type = 39;
    pub const INDEX_WDF_PDO_EVENT_CALLBACKS: Type = 40;
    pub const INDEX_WDF_PNPPOWER_EVENT_CALLBACKS: Type = 41;
    pub const INDEX_WDF_POWER_FRAMEWORK_SETTINGS: Type = 42;
    pub const INDEX_WDF_POWER_POLICY_EVENT_CALLBACKS: Type = 43;
    pub const INDEX_WDF_POWER_ROUTINE_TIMED_OUT_DATA: Type = 44;
    pub const INDEX_WDF_QUERY_INTERFACE_CONFIG: Type = 45;
    pub const INDEX_WDF_QUEUE_FATAL_ERROR_DATA: Type = 46;
    pub const INDEX_WDF_REMOVE_LOCK_OPTIONS: Type = 47;
    pub const INDEX_WDF_REQUEST_COMPLETION_PARAMS: Type = 48;
    pub const INDEX_WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA: Type = 49;
    pub const INDEX_WDF_REQUEST_FORWARD_OPTIONS: Type = 50;
    pub const INDEX_WDF_REQUEST_PARAMETERS: Type = 51;
    pub const INDEX_WDF_REQUEST_REUSE_PARAMS: Type = 52;
    pub const INDEX_WDF_REQUEST_SEND_OPTIONS: Type = 53;
    pub const INDEX_WDF_TASK_SEND_OPTIONS: Type = 54;
    pub const INDEX_WDF_TIMER_CONFIG: Type = 55;
    pub const INDEX_WDF_TRIAGE_INFO: Type = 56;
    pub const INDEX_WDF_USB_CONTINUOUS_READER_CONFIG: Type = 57;
    pub const INDEX_WDF_USB_DEVICE_CREATE_CONFIG: Type = 58;
    pub const INDEX_WDF_USB_DEVICE_INFORMATION: Type = 59;
    pub const INDEX_WDF_USB_DEVICE_SELECT_CONFIG_PARAMS: Type = 60;
    pub const INDEX_WDF_USB_INTERFACE_SELECT_SETTING_PARAMS: Type = 61;
    pub const INDEX_WDF_USB_INTERFACE_SETTING_PAIR: Type = 62;
    pub const INDEX_WDF_USB_PIPE_INFORMATION: Type = 63;
    pub const INDEX_WDF_USB_REQUEST_COMPLETION_PARAMS: Type = 64;
    pub const INDEX_WDF_WMI_INSTANCE_CONFIG: Type = 65;
    pub const INDEX_WDF_WMI_PROVIDER_CONFIG: Type = 66;
    pub const INDEX_WDF_WORKITEM_CONFIG: Type = 67;
    pub const INDEX_WDFCONTEXT_TRIAGE_INFO: Type = 68;
    pub const INDEX_WDFCONTEXTTYPE_TRIAGE_INFO: Type = 69;
    pub const INDEX_WDFCX_FILEOBJECT_CONFIG: Type = 70;
    pub const INDEX_WDFCX_PNPPOWER_EVENT_CALLBACKS: Type = 71;
    pub const INDEX_WDFDEVICE_TRIAGE_INFO: Type = 72;
    pub const INDEX_WDFFWDPROGRESS_TRIAGE_INFO: Type = 73;
    pub const INDEX_WDFIRP_TRIAGE_INFO: Type = 74;
    pub const INDEX_WDFIRPQUEUE_TRIAGE_INFO: Type = 75;
    pub const INDEX_WDFMEMORY_OFFSET: Type = 76;
    pub const INDEX_WDFOBJECT_TRIAGE_INFO: Type = 77;
    pub const INDEX_WDFQUEUE_TRIAGE_INFO: Type = 78;
    pub const INDEX_WDFREQUEST_TRIAGE_INFO: Type = 79;
    pub const INDEX_WDFCX_POWER_POLICY_EVENT_CALLBACKS: Type = 80;
    pub const WdfStructureTableNumEntries: Type = 81;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _UNICODE_STRING {
    pub Length: USHORT,
    pub MaximumLength: USHORT,
    pub Buffer: PWSTR,
}
zeroed_default!(_UNICODE_STRING);
pub type UNICODE_STRING = _UNICODE_STRING;
pub type PUNICODE_STRING = *mut _UNICODE_STRING;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _STRING {
    pub Length: USHORT,
    pub MaximumLength: USHORT,
    pub Buffer: PCHAR,
}
zeroed_default!(_STRING);
pub type STRING = _STRING;
pub type PSTRING = *mut _STRING;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _LARGE_INTEGER {
    pub __bindgen_anon_1: _LARGE_INTEGER__bindgen_ty_1,
    pub u: _LARGE_INTEGER__bindgen_ty_2,
    pub QuadPart: LONGLONG,
}
zeroed_default!(_LARGE_INTEGER);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LARGE_INTEGER__bindgen_ty_1 {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
zeroed_default!(_LARGE_INTEGER__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LARGE_INTEGER__bindgen_ty_2 {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
zeroed_default!(_LARGE_INTEGER__bindgen_ty_2);
pub type LARGE_INTEGER = _LARGE_INTEGER;
pub type PLARGE_INTEGER = *mut _LARGE_INTEGER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LIST_ENTRY {
    pub Flink: *mut _LIST_ENTRY,
    pub Blink: *mut _LIST_ENTRY,
}
zeroed_default!(_LIST_ENTRY);
pub type LIST_ENTRY = _LIST_ENTRY;
pub type PLIST_ENTRY = *mut _LIST_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SINGLE_LIST_ENTRY {
    pub Next: *mut _SINGLE_LIST_ENTRY,
}
zeroed_default!(_SINGLE_LIST_ENTRY);
pub type SINGLE_LIST_ENTRY = _SINGLE_LIST_ENTRY;
pub type PSINGLE_LIST_ENTRY = *mut _SINGLE_LIST_ENTRY;
#[repr(C, align(16))]
#[derive(Debug, Copy, Clone)]
pub struct _SLIST_ENTRY {
    pub Next: *mut _SLIST_ENTRY,
}
zeroed_default!(_SLIST_ENTRY);
pub type SLIST_ENTRY = _SLIST_ENTRY;
pub type PSLIST_ENTRY = *mut _SLIST_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _SLIST_HEADER {
    _opaque: [u128; 1],
}
zeroed_default!(_SLIST_HEADER);
pub type SLIST_HEADER = _SLIST_HEADER;
pub type PSLIST_HEADER = *mut _SLIST_HEADER;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STATUS_BLOCK {
    pub __bindgen_anon_1: _IO_STATUS_BLOCK__bindgen_ty_1,
    pub Information: ULONG_PTR,
}
zeroed_default!(_IO_STATUS_BLOCK);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STATUS_BLOCK__bindgen_ty_1 {
    pub Status: NTSTATUS,
    pub Pointer: PVOID,
}
zeroed_default!(_IO_STATUS_BLOCK__bindgen_ty_1);
pub type IO_STATUS_BLOCK = _IO_STATUS_BLOCK;
pub type PIO_STATUS_BLOCK = *mut _IO_STATUS_BLOCK;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IRP {
    pub Type: CSHORT,
    pub Size: USHORT,
    pub MdlAddress: *mut _MDL,
    pub Flags: ULONG,
    pub AssociatedIrp: _IRP__bindgen_ty_1,
    pub ThreadListEntry: LIST_ENTRY,
    pub IoStatus: IO_STATUS_BLOCK,
    pub RequestorMode: KPROCESSOR_MODE,
    pub PendingReturned: BOOLEAN,
    pub StackCount: CHAR,
    pub CurrentLocation: CHAR,
    pub Cancel: BOOLEAN,
    pub CancelIrql: KIRQL,
    pub ApcEnvironment: CCHAR,
    pub AllocationFlags: UCHAR,
    pub UserIosb: PIO_STATUS_BLOCK,
    pub UserEvent: PKEVENT,
    pub Overlay: _IRP__bindgen_ty_2,
    pub CancelRoutine: PDRIVER_CANCEL,
    pub UserBuffer: PVOID,
    pub Tail: _IRP__bindgen_ty_3,
}
zeroed_default!(_IRP);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_1 {
    pub MasterIrp: *mut _IRP,
    pub IrpCount: LONG,
    pub SystemBuffer: PVOID,
}
zeroed_default!(_IRP__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_2 {
    pub AsynchronousParameters: _IRP__bindgen_ty_2__bindgen_ty_1,
    pub AllocationSize: LARGE_INTEGER,
}
zeroed_default!(_IRP__bindgen_ty_2);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IRP__bindgen_ty_2__bindgen_ty_1 {
    pub __bindgen_anon_1: _IRP__bindgen_ty_2__bindgen_ty_1__bindgen_ty_1,
    pub UserApcContext: PVOID,
}
zeroed_default!(_IRP__bindgen_ty_2__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_2__bindgen_ty_1__bindgen_ty_1 {
    pub UserApcRoutine: PIO_APC_ROUTINE,
    pub IssuingProcess: PVOID,
}
zeroed_default!(_IRP__bindgen_ty_2__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_3 {
    pub Overlay: _IRP__bindgen_ty_3__bindgen_ty_1,
    pub Apc: KAPC,
    pub CompletionKey: PVOID,
}
zeroed_default!(_IRP__bindgen_ty_3);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IRP__bindgen_ty_3__bindgen_ty_1 {
    pub __bindgen_anon_1: _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1,
    pub Thread: PETHREAD,
    pub AuxiliaryBuffer: PCHAR,
    pub __bindgen_anon_2: _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2,
    pub OriginalFileObject: *mut _FILE_OBJECT,
}
zeroed_default!(_IRP__bindgen_ty_3__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1 {
    pub DeviceQueueEntry: KDEVICE_QUEUE_ENTRY,
    pub __bindgen_anon_1: _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1__bindgen_ty_1,
}
zeroed_default!(_IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1__bindgen_ty_1 {
    pub DriverContext: [PVOID; 4],
}
zeroed_default!(_IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2 {
    pub ListEntry: LIST_ENTRY,
    pub __bindgen_anon_1: _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2__bindgen_ty_1,
}
zeroed_default!(_IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2__bindgen_ty_1 {
    pub CurrentStackLocation: *mut _IO_STACK_LOCATION,
    pub PacketType: ULONG,
}
zeroed_default!(_IRP__bindgen_ty_3__bindgen_ty_1__bindgen_ty_2__bindgen_ty_1);
pub type IRP = _IRP;
pub type PIRP = *mut _IRP;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION {
    pub MajorFunction: UCHAR,
    pub MinorFunction: UCHAR,
    pub Flags: UCHAR,
    pub Control: UCHAR,
    pub Parameters: _IO_STACK_LOCATION__bindgen_ty_1,
    pub DeviceObject: PDEVICE_OBJECT,
    pub FileObject: PFILE_OBJECT,
    pub CompletionRoutine: PIO_COMPLETION_ROUTINE,
    pub Context: PVOID,
}
zeroed_default!(_IO_STACK_LOCATION);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STACK_LOCATION__bindgen_ty_1 {
    pub Create: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_1,
    pub Read: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_2,
    pub Write: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_3,
    pub QueryFile: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_4,
    pub DeviceIoControl: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_5,
    pub Power: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6,
    pub Others: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_1 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub FileAttributes: USHORT,
    pub ShareAccess: USHORT,
    pub __bindgen_padding_1: [u8; 4],
    pub EaLength: ULONG,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_2 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub Key: ULONG,
    pub Flags: ULONG,
    pub ByteOffset: LARGE_INTEGER,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_3 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub Key: ULONG,
    pub Flags: ULONG,
    pub ByteOffset: LARGE_INTEGER,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_3);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_4 {
    pub Length: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub FileInformationClass: FILE_INFORMATION_CLASS,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_4);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_5 {
    pub OutputBufferLength: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub InputBufferLength: ULONG,
    pub __bindgen_padding_1: [u8; 4],
    pub IoControlCode: ULONG,
    pub Type3InputBuffer: PVOID,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_5);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6 {
    pub __bindgen_anon_1: _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6__bindgen_ty_1,
    pub __bindgen_padding_0: [u8; 4],
    pub Type: POWER_STATE_TYPE,
    pub __bindgen_padding_1: [u8; 4],
    pub State: POWER_STATE,
    pub __bindgen_padding_2: [u8; 4],
    pub ShutdownType: POWER_ACTION,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6__bindgen_ty_1 {
    pub SystemContext: ULONG,
    pub SystemPowerStateContext: SYSTEM_POWER_STATE_CONTEXT,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_6__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7 {
    pub Argument1: PVOID,
    pub Argument2: PVOID,
    pub Argument3: PVOID,
    pub Argument4: PVOID,
}
zeroed_default!(_IO_STACK_LOCATION__bindgen_ty_1__bindgen_ty_7);
pub type IO_STACK_LOCATION = _IO_STACK_LOCATION;
pub type PIO_STACK_LOCATION = *mut _IO_STACK_LOCATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _MDL {
    pub Next: *mut _MDL,
    pub Size: CSHORT,
    pub MdlFlags: CSHORT,
    pub Process: *mut _EPROCESS,
    pub MappedSystemVa: PVOID,
    pub StartVa: PVOID,
    pub ByteCount: ULONG,
    pub ByteOffset: ULONG,
}
zeroed_default!(_MDL);
pub type MDL = _MDL;
pub type PMDL = *mut _MDL;
#[repr(C, align(16))]
#[derive(Copy, Clone)]
pub struct _DEVICE_OBJECT {
    pub Type: CSHORT,
    pub Size: USHORT,
    pub ReferenceCount: LONG,
    pub DriverObject: *mut _DRIVER_OBJECT,
    pub NextDevice: *mut _DEVICE_OBJECT,
    pub AttachedDevice: *mut _DEVICE_OBJECT,
    pub CurrentIrp: *mut _IRP,
    pub Timer: PIO_TIMER,
    pub Flags: ULONG,
    pub Characteristics: ULONG,
    pub Vpb: PVPB,
    pub DeviceExtension: PVOID,
    pub DeviceType: ULONG,
    pub StackSize: CCHAR,
    pub Queue: _DEVICE_OBJECT__bindgen_ty_1,
    pub AlignmentRequirement: ULONG,
    pub DeviceQueue: KDEVICE_QUEUE,
    pub Dpc: KDPC,
    pub ActiveThreadCount: ULONG,
    pub SecurityDescriptor: PSECURITY_DESCRIPTOR,
    pub DeviceLock: KEVENT,
    pub SectorSize: USHORT,
    pub Spare1: USHORT,
    pub DeviceObjectExtension: *mut _DEVOBJ_EXTENSION,
    pub Reserved: PVOID,
}
zeroed_default!(_DEVICE_OBJECT);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _DEVICE_OBJECT__bindgen_ty_1 {
    pub ListEntry: LIST_ENTRY,
    pub Wcb: WAIT_CONTEXT_BLOCK,
}
zeroed_default!(_DEVICE_OBJECT__bindgen_ty_1);
pub type DEVICE_OBJECT = _DEVICE_OBJECT;
pub type PDEVICE_OBJECT = *mut _DEVICE_OBJECT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_OBJECT {
    pub Type: CSHORT,
    pub Size: CSHORT,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Flags: ULONG,
    pub DriverStart: PVOID,
    pub DriverSize: ULONG,
    pub DriverSection: PVOID,
    pub DriverExtension: PDRIVER_EXTENSION,
    pub DriverName: UNICODE_STRING,
    pub HardwareDatabase: PUNICODE_STRING,
    pub FastIoDispatch: *mut _FAST_IO_DISPATCH,
    pub DriverInit: PDRIVER_INITIALIZE,
    pub DriverStartIo: PDRIVER_STARTIO,
    pub DriverUnload: PDRIVER_UNLOAD,
    pub MajorFunction: [PDRIVER_DISPATCH; 28],
}
zeroed_default!(_DRIVER_OBJECT);
pub type DRIVER_OBJECT = _DRIVER_OBJECT;
pub type PDRIVER_OBJECT = *mut _DRIVER_OBJECT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DRIVER_EXTENSION {
    pub DriverObject: *mut _DRIVER_OBJECT,
    pub AddDevice: PDRIVER_ADD_DEVICE,
    pub Count: ULONG,
    pub ServiceKeyName: UNICODE_STRING,
}
zeroed_default!(_DRIVER_EXTENSION);
pub type DRIVER_EXTENSION = _DRIVER_EXTENSION;
pub type PDRIVER_EXTENSION = *mut _DRIVER_EXTENSION;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _FILE_OBJECT {
    pub Type: CSHORT,
    pub Size: CSHORT,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Vpb: PVPB,
    pub FsContext: PVOID,
    pub FsContext2: PVOID,
    pub SectionObjectPointer: PSECTION_OBJECT_POINTERS,
    pub PrivateCacheMap: PVOID,
    pub FinalStatus: NTSTATUS,
    pub RelatedFileObject: *mut _FILE_OBJECT,
    pub LockOperation: BOOLEAN,
    pub DeletePending: BOOLEAN,
    pub ReadAccess: BOOLEAN,
    pub WriteAccess: BOOLEAN,
    pub DeleteAccess: BOOLEAN,
    pub SharedRead: BOOLEAN,
    pub SharedWrite: BOOLEAN,
    pub SharedDelete: BOOLEAN,
    pub Flags: ULONG,
    pub FileName: UNICODE_STRING,
    pub CurrentByteOffset: LARGE_INTEGER,
    pub Waiters: ULONG,
    pub Busy: ULONG,
    pub LastLock: PVOID,
    pub Lock: KEVENT,
    pub Event: KEVENT,
    pub CompletionContext: PIO_COMPLETION_CONTEXT,
    pub IrpListLock: KSPIN_LOCK,
    pub IrpList: LIST_ENTRY,
    pub FileObjectExtension: PVOID,
}
zeroed_default!(_FILE_OBJECT);
pub type FILE_OBJECT = _FILE_OBJECT;
pub type PFILE_OBJECT = *mut _FILE_OBJECT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DISPATCHER_HEADER {
    _opaque: [u64; 3],
}
zeroed_default!(_DISPATCHER_HEADER);
pub type DISPATCHER_HEADER = _DISPATCHER_HEADER;
pub type PDISPATCHER_HEADER = *mut _DISPATCHER_HEADER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEVENT {
    pub Header: DISPATCHER_HEADER,
}
zeroed_default!(_KEVENT);
pub type KEVENT = _KEVENT;
pub type PKEVENT = *mut _KEVENT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KSEMAPHORE {
    pub Header: DISPATCHER_HEADER,
    pub Limit: LONG,
}
zeroed_default!(_KSEMAPHORE);
pub type KSEMAPHORE = _KSEMAPHORE;
pub type PKSEMAPHORE = *mut _KSEMAPHORE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KMUTANT {
    _opaque: [u64; 7],
}
zeroed_default!(_KMUTANT);
pub type KMUTANT = _KMUTANT;
pub type PKMUTANT = *mut _KMUTANT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KDPC {
    _opaque: [u64; 8],
}
zeroed_default!(_KDPC);
pub type KDPC = _KDPC;
pub type PKDPC = *mut _KDPC;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KTIMER {
    _opaque: [u64; 8],
}
zeroed_default!(_KTIMER);
pub type KTIMER = _KTIMER;
pub type PKTIMER = *mut _KTIMER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KAPC {
    _opaque: [u64; 11],
}
zeroed_default!(_KAPC);
pub type KAPC = _KAPC;
pub type PKAPC = *mut _KAPC;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KWAIT_BLOCK {
    _opaque: [u64; 6],
}
zeroed_default!(_KWAIT_BLOCK);
pub type KWAIT_BLOCK = _KWAIT_BLOCK;
pub type PKWAIT_BLOCK = *mut _KWAIT_BLOCK;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _FAST_MUTEX {
    _opaque: [u64; 7],
}
zeroed_default!(_FAST_MUTEX);
pub type FAST_MUTEX = _FAST_MUTEX;
pub type PFAST_MUTEX = *mut _FAST_MUTEX;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KGUARDED_MUTEX {
    _opaque: [u64; 7],
}
zeroed_default!(_KGUARDED_MUTEX);
pub type KGUARDED_MUTEX = _KGUARDED_MUTEX;
pub type PKGUARDED_MUTEX = *mut _KGUARDED_MUTEX;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KLOCK_QUEUE_HANDLE {
    pub LockQueue: KSPIN_LOCK_QUEUE,
    pub OldIrql: KIRQL,
}
zeroed_default!(_KLOCK_QUEUE_HANDLE);
pub type KLOCK_QUEUE_HANDLE = _KLOCK_QUEUE_HANDLE;
pub type PKLOCK_QUEUE_HANDLE = *mut _KLOCK_QUEUE_HANDLE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KSPIN_LOCK_QUEUE {
    pub Next: *mut _KSPIN_LOCK_QUEUE,
    pub Lock: PKSPIN_LOCK,
}
zeroed_default!(_KSPIN_LOCK_QUEUE);
pub type KSPIN_LOCK_QUEUE = _KSPIN_LOCK_QUEUE;
pub type PKSPIN_LOCK_QUEUE = *mut _KSPIN_LOCK_QUEUE;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _EX_RUNDOWN_REF {
    pub Count: ULONG_PTR,
    pub Ptr: PVOID,
}
zeroed_default!(_EX_RUNDOWN_REF);
pub type EX_RUNDOWN_REF = _EX_RUNDOWN_REF;
pub type PEX_RUNDOWN_REF = *mut _EX_RUNDOWN_REF;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ERESOURCE {
    _opaque: [u64; 13],
}
zeroed_default!(_ERESOURCE);
pub type ERESOURCE = _ERESOURCE;
pub type PERESOURCE = *mut _ERESOURCE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KDEVICE_QUEUE {
    _opaque: [u64; 5],
}
zeroed_default!(_KDEVICE_QUEUE);
pub type KDEVICE_QUEUE = _KDEVICE_QUEUE;
pub type PKDEVICE_QUEUE = *mut _KDEVICE_QUEUE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KDEVICE_QUEUE_ENTRY {
    pub DeviceListEntry: LIST_ENTRY,
    pub SortKey: ULONG,
    pub Inserted: BOOLEAN,
}
zeroed_default!(_KDEVICE_QUEUE_ENTRY);
pub type KDEVICE_QUEUE_ENTRY = _KDEVICE_QUEUE_ENTRY;
pub type PKDEVICE_QUEUE_ENTRY = *mut _KDEVICE_QUEUE_ENTRY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _PROCESSOR_NUMBER {
    pub Group: USHORT,
    pub Number: UCHAR,
    pub Reserved: UCHAR,
}
zeroed_default!(_PROCESSOR_NUMBER);
pub type PROCESSOR_NUMBER = _PROCESSOR_NUMBER;
pub type PPROCESSOR_NUMBER = *mut _PROCESSOR_NUMBER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _GROUP_AFFINITY {
    pub Mask: KAFFINITY,
    pub Group: USHORT,
    pub Reserved: [USHORT; 3],
}
zeroed_default!(_GROUP_AFFINITY);
pub type GROUP_AFFINITY = _GROUP_AFFINITY;
pub type PGROUP_AFFINITY = *mut _GROUP_AFFINITY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _OBJECT_ATTRIBUTES {
    pub Length: ULONG,
    pub RootDirectory: HANDLE,
    pub ObjectName: PUNICODE_STRING,
    pub Attributes: ULONG,
    pub SecurityDescriptor: PVOID,
    pub SecurityQualityOfService: PVOID,
}
zeroed_default!(_OBJECT_ATTRIBUTES);
pub type OBJECT_ATTRIBUTES = _OBJECT_ATTRIBUTES;
pub type POBJECT_ATTRIBUTES = *mut _OBJECT_ATTRIBUTES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _CLIENT_ID {
    pub UniqueProcess: HANDLE,
    pub UniqueThread: HANDLE,
}
zeroed_default!(_CLIENT_ID);
pub type CLIENT_ID = _CLIENT_ID;
pub type PCLIENT_ID = *mut _CLIENT_ID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct GUID {
    pub Data1: ULONG,
    pub Data2: USHORT,
    pub Data3: USHORT,
    pub Data4: [UCHAR; 8],
}
zeroed_default!(GUID);
pub type PGUID = *mut GUID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _LUID {
    pub LowPart: ULONG,
    pub HighPart: LONG,
}
zeroed_default!(_LUID);
pub type LUID = _LUID;
pub type PLUID = *mut _LUID;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WORK_QUEUE_ITEM {
    pub List: LIST_ENTRY,
    pub WorkerRoutine: PWORKER_THREAD_ROUTINE,
    pub Parameter: PVOID,
}
zeroed_default!(_WORK_QUEUE_ITEM);
pub type WORK_QUEUE_ITEM = _WORK_QUEUE_ITEM;
pub type PWORK_QUEUE_ITEM = *mut _WORK_QUEUE_ITEM;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IO_COMPLETION_CONTEXT {
    pub Port: PVOID,
    pub Key: PVOID,
}
zeroed_default!(_IO_COMPLETION_CONTEXT);
pub type IO_COMPLETION_CONTEXT = _IO_COMPLETION_CONTEXT;
pub type PIO_COMPLETION_CONTEXT = *mut _IO_COMPLETION_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _DEVICE_CAPABILITIES {
    _opaque: [u32; 16],
}
zeroed_default!(_DEVICE_CAPABILITIES);
pub type DEVICE_CAPABILITIES = _DEVICE_CAPABILITIES;
pub type PDEVICE_CAPABILITIES = *mut _DEVICE_CAPABILITIES;
#[repr(C)]
#[derive(Copy, Clone)]
pub union _POWER_STATE {
    pub SystemState: SYSTEM_POWER_STATE,
    pub DeviceState: DEVICE_POWER_STATE,
}
zeroed_default!(_POWER_STATE);
pub type POWER_STATE = _POWER_STATE;
pub type PPOWER_STATE = *mut _POWER_STATE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WAIT_CONTEXT_BLOCK {
    pub WaitQueueEntry: KDEVICE_QUEUE_ENTRY,
    pub DeviceRoutine: PDRIVER_CONTROL,
    pub DeviceContext: PVOID,
    pub NumberOfMapRegisters: ULONG,
    pub DeviceObject: PVOID,
    pub CurrentIrp: PVOID,
    pub BufferChainingDpc: PKDPC,
}
zeroed_default!(_WAIT_CONTEXT_BLOCK);
pub type WAIT_CONTEXT_BLOCK = _WAIT_CONTEXT_BLOCK;
pub type PWAIT_CONTEXT_BLOCK = *mut _WAIT_CONTEXT_BLOCK;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _RTL_OSVERSIONINFOW {
    pub dwOSVersionInfoSize: ULONG,
    pub dwMajorVersion: ULONG,
    pub dwMinorVersion: ULONG,
    pub dwBuildNumber: ULONG,
    pub dwPlatformId: ULONG,
    pub szCSDVersion: [WCHAR; 128],
}
zeroed_default!(_RTL_OSVERSIONINFOW);
pub type RTL_OSVERSIONINFOW = _RTL_OSVERSIONINFOW;
pub type PRTL_OSVERSIONINFOW = *mut _RTL_OSVERSIONINFOW;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _RTL_OSVERSIONINFOEXW {
    pub dwOSVersionInfoSize: ULONG,
    pub dwMajorVersion: ULONG,
    pub dwMinorVersion: ULONG,
    pub dwBuildNumber: ULONG,
    pub dwPlatformId: ULONG,
    pub szCSDVersion: [WCHAR; 128],
    pub wServicePackMajor: USHORT,
    pub wServicePackMinor: USHORT,
    pub wSuiteMask: USHORT,
    pub wProductType: UCHAR,
    pub wReserved: UCHAR,
}
zeroed_default!(_RTL_OSVERSIONINFOEXW);
pub type RTL_OSVERSIONINFOEXW = _RTL_OSVERSIONINFOEXW;
pub type PRTL_OSVERSIONINFOEXW = *mut _RTL_OSVERSIONINFOEXW;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KSYSTEM_TIME {
    pub LowPart: ULONG,
    pub High1Time: LONG,
    pub High2Time: LONG,
}
zeroed_default!(_KSYSTEM_TIME);
pub type KSYSTEM_TIME = _KSYSTEM_TIME;
pub type PKSYSTEM_TIME = *mut _KSYSTEM_TIME;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _KEY_VALUE_PARTIAL_INFORMATION {
    pub TitleIndex: ULONG,
    pub Type: ULONG,
    pub DataLength: ULONG,
    pub Data: [UCHAR; 1],
}
zeroed_default!(_KEY_VALUE_PARTIAL_INFORMATION);
pub type KEY_VALUE_PARTIAL_INFORMATION = _KEY_VALUE_PARTIAL_INFORMATION;
pub type PKEY_VALUE_PARTIAL_INFORMATION = *mut _KEY_VALUE_PARTIAL_INFORMATION;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_DESCRIPTOR {
    pub Id: USHORT,
    pub Version: UCHAR,
    pub Channel: UCHAR,
    pub Level: UCHAR,
    pub Opcode: UCHAR,
    pub Task: USHORT,
    pub Keyword: ULONGLONG,
}
zeroed_default!(_EVENT_DESCRIPTOR);
pub type EVENT_DESCRIPTOR = _EVENT_DESCRIPTOR;
pub type PEVENT_DESCRIPTOR = *mut _EVENT_DESCRIPTOR;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _EVENT_DATA_DESCRIPTOR {
    pub Ptr: ULONGLONG,
    pub Size: ULONG,
    pub __bindgen_anon_1: _EVENT_DATA_DESCRIPTOR__bindgen_ty_1,
}
zeroed_default!(_EVENT_DATA_DESCRIPTOR);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _EVENT_DATA_DESCRIPTOR__bindgen_ty_1 {
    pub Reserved: ULONG,
    pub __bindgen_anon_1: _EVENT_DATA_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1,
}
zeroed_default!(_EVENT_DATA_DESCRIPTOR__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_DATA_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1 {
    pub Type: UCHAR,
    pub Reserved1: UCHAR,
    pub Reserved2: USHORT,
}
zeroed_default!(_EVENT_DATA_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1);
pub type EVENT_DATA_DESCRIPTOR = _EVENT_DATA_DESCRIPTOR;
pub type PEVENT_DATA_DESCRIPTOR = *mut _EVENT_DATA_DESCRIPTOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _EVENT_FILTER_DESCRIPTOR {
    pub Ptr: ULONGLONG,
    pub Size: ULONG,
    pub Type: ULONG,
}
zeroed_default!(_EVENT_FILTER_DESCRIPTOR);
pub type EVENT_FILTER_DESCRIPTOR = _EVENT_FILTER_DESCRIPTOR;
pub type PEVENT_FILTER_DESCRIPTOR = *mut _EVENT_FILTER_DESCRIPTOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DRIVER_GLOBALS {
    pub Driver: WDFDRIVER,
    pub DriverFlags: ULONG,
    pub DriverTag: ULONG,
    pub DriverName: [CHAR; 32],
    pub DisplaceDriverUnload: BOOLEAN,
}
zeroed_default!(_WDF_DRIVER_GLOBALS);
pub type WDF_DRIVER_GLOBALS = _WDF_DRIVER_GLOBALS;
pub type PWDF_DRIVER_GLOBALS = *mut _WDF_DRIVER_GLOBALS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_OBJECT_ATTRIBUTES {
    pub Size: ULONG,
    pub EvtCleanupCallback: PFN_WDF_OBJECT_CONTEXT_CLEANUP,
    pub EvtDestroyCallback: PFN_WDF_OBJECT_CONTEXT_DESTROY,
    pub ExecutionLevel: WDF_EXECUTION_LEVEL,
    pub SynchronizationScope: WDF_SYNCHRONIZATION_SCOPE,
    pub ParentObject: WDFOBJECT,
    pub ContextSizeOverride: usize,
    pub ContextTypeInfo: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
}
zeroed_default!(_WDF_OBJECT_ATTRIBUTES);
pub type WDF_OBJECT_ATTRIBUTES = _WDF_OBJECT_ATTRIBUTES;
pub type PWDF_OBJECT_ATTRIBUTES = *mut _WDF_OBJECT_ATTRIBUTES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
    pub Size: ULONG,
    pub ContextName: LPCSTR,
    pub ContextSize: usize,
    pub UniqueType: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
    pub EvtDriverGetUniqueContextType: PFN_GET_UNIQUE_CONTEXT_TYPE,
}
zeroed_default!(_WDF_OBJECT_CONTEXT_TYPE_INFO);
pub type WDF_OBJECT_CONTEXT_TYPE_INFO = _WDF_OBJECT_CONTEXT_TYPE_INFO;
pub type PWDF_OBJECT_CONTEXT_TYPE_INFO = *mut _WDF_OBJECT_CONTEXT_TYPE_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CUSTOM_TYPE_CONTEXT {
    pub Size: ULONG,
    pub Data: ULONG_PTR,
}
zeroed_default!(_WDF_CUSTOM_TYPE_CONTEXT);
pub type WDF_CUSTOM_TYPE_CONTEXT = _WDF_CUSTOM_TYPE_CONTEXT;
pub type PWDF_CUSTOM_TYPE_CONTEXT = *mut _WDF_CUSTOM_TYPE_CONTEXT;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DRIVER_CONFIG {
    pub Size: ULONG,
    pub EvtDriverDeviceAdd: PFN_WDF_DRIVER_DEVICE_ADD,
    pub EvtDriverUnload: PFN_WDF_DRIVER_UNLOAD,
    pub DriverInitFlags: ULONG,
    pub DriverPoolTag: ULONG,
}
zeroed_default!(_WDF_DRIVER_CONFIG);
pub type WDF_DRIVER_CONFIG = _WDF_DRIVER_CONFIG;
pub type PWDF_DRIVER_CONFIG = *mut _WDF_DRIVER_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DRIVER_VERSION_AVAILABLE_PARAMS {
    pub Size: ULONG,
    pub MajorVersion: ULONG,
    pub MinorVersion: ULONG,
}
zeroed_default!(_WDF_DRIVER_VERSION_AVAILABLE_PARAMS);
pub type WDF_DRIVER_VERSION_AVAILABLE_PARAMS = _WDF_DRIVER_VERSION_AVAILABLE_PARAMS;
pub type PWDF_DRIVER_VERSION_AVAILABLE_PARAMS = *mut _WDF_DRIVER_VERSION_AVAILABLE_PARAMS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_QUERY_INTERFACE_CONFIG {
    pub Size: ULONG,
    pub Interface: PINTERFACE,
    pub InterfaceType: *const GUID,
    pub SendQueryToParentStack: BOOLEAN,
    pub EvtDeviceProcessQueryInterfaceRequest: PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST,
    pub ImportInterface: BOOLEAN,
}
zeroed_default!(_WDF_QUERY_INTERFACE_CONFIG);
pub type WDF_QUERY_INTERFACE_CONFIG = _WDF_QUERY_INTERFACE_CONFIG;
pub type PWDF_QUERY_INTERFACE_CONFIG = *mut _WDF_QUERY_INTERFACE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDFMEMORY_OFFSET {
    pub BufferOffset: usize,
    pub BufferLength: usize,
}
zeroed_default!(_WDFMEMORY_OFFSET);
pub type WDFMEMORY_OFFSET = _WDFMEMORY_OFFSET;
pub type PWDFMEMORY_OFFSET = *mut _WDFMEMORY_OFFSET;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR {
    pub Type: WDF_MEMORY_DESCRIPTOR_TYPE,
    pub u: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1,
}
zeroed_default!(_WDF_MEMORY_DESCRIPTOR);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1 {
    pub BufferType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1,
    pub MdlType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2,
    pub HandleType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3,
}
zeroed_default!(_WDF_MEMORY_DESCRIPTOR__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1 {
    pub Buffer: PVOID,
    pub Length: ULONG,
}
zeroed_default!(_WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2 {
    pub Mdl: PMDL,
    pub BufferLength: ULONG,
}
zeroed_default!(_WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3 {
    pub Memory: WDFMEMORY,
    pub Offsets: PWDFMEMORY_OFFSET,
}
zeroed_default!(_WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3);
pub type WDF_MEMORY_DESCRIPTOR = _WDF_MEMORY_DESCRIPTOR;
pub type PWDF_MEMORY_DESCRIPTOR = *mut _WDF_MEMORY_DESCRIPTOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER {
    pub IdentificationDescriptionSize: ULONG,
}
zeroed_default!(_WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER);
pub type WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER = _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;
pub type PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER = *mut _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER {
    pub AddressDescriptionSize: ULONG,
}
zeroed_default!(_WDF_CHILD_ADDRESS_DESCRIPTION_HEADER);
pub type WDF_CHILD_ADDRESS_DESCRIPTION_HEADER = _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER;
pub type PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER = *mut _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_RETRIEVE_INFO {
    pub Size: ULONG,
    pub IdentificationDescription: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    pub AddressDescription: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    pub Status: WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS,
    pub EvtChildListIdentificationDescriptionCompare: PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE,
}
zeroed_default!(_WDF_CHILD_RETRIEVE_INFO);
pub type WDF_CHILD_RETRIEVE_INFO = _WDF_CHILD_RETRIEVE_INFO;
pub type PWDF_CHILD_RETRIEVE_INFO = *mut _WDF_CHILD_RETRIEVE_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_LIST_CONFIG {
    pub Size: ULONG,
    pub IdentificationDescriptionSize: ULONG,
    pub AddressDescriptionSize: ULONG,
    pub EvtChildListCreateDevice: PFN_WDF_CHILD_LIST_CREATE_DEVICE,
    pub EvtChildListScanForChildren: PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN,
    pub EvtChildListIdentificationDescriptionCopy: PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY,
    pub EvtChildListIdentificationDescriptionDuplicate: PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE,
    pub EvtChildListIdentificationDescriptionCleanup: PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP,
    pub EvtChildListIdentificationDescriptionCompare: PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE,
    pub EvtChildListAddressDescriptionCopy: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY,
    pub EvtChildListAddressDescriptionDuplicate: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE,
    pub EvtChildListAddressDescriptionCleanup: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP,
    pub EvtChildListDeviceReenumerated: PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED,
}
zeroed_default!(_WDF_CHILD_LIST_CONFIG);
pub type WDF_CHILD_LIST_CONFIG = _WDF_CHILD_LIST_CONFIG;
pub type PWDF_CHILD_LIST_CONFIG = *mut _WDF_CHILD_LIST_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_LIST_ITERATOR {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Reserved: [PVOID; 4],
}
zeroed_default!(_WDF_CHILD_LIST_ITERATOR);
pub type WDF_CHILD_LIST_ITERATOR = _WDF_CHILD_LIST_ITERATOR;
pub type PWDF_CHILD_LIST_ITERATOR = *mut _WDF_CHILD_LIST_ITERATOR;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_FILEOBJECT_CONFIG {
    pub Size: ULONG,
    pub EvtDeviceFileCreate: PFN_WDF_DEVICE_FILE_CREATE,
    pub EvtFileClose: PFN_WDF_FILE_CLOSE,
    pub EvtFileCleanup: PFN_WDF_FILE_CLEANUP,
    pub AutoForwardCleanupClose: WDF_TRI_STATE,
    pub FileObjectClass: WDF_FILEOBJECT_CLASS,
}
zeroed_default!(_WDF_FILEOBJECT_CONFIG);
pub type WDF_FILEOBJECT_CONFIG = _WDF_FILEOBJECT_CONFIG;
pub type PWDF_FILEOBJECT_CONFIG = *mut _WDF_FILEOBJECT_CONFIG;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1,
}
zeroed_default!(_WDF_DEVICE_PNP_NOTIFICATION_DATA);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
zeroed_default!(_WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
    pub NewState: WDF_DEVICE_PNP_STATE,
}
zeroed_default!(_WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
}
zeroed_default!(_WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
    pub NewState: WDF_DEVICE_PNP_STATE,
}
zeroed_default!(_WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3);
pub type WDF_DEVICE_PNP_NOTIFICATION_DATA = _WDF_DEVICE_PNP_NOTIFICATION_DATA;
pub type PWDF_DEVICE_PNP_NOTIFICATION_DATA = *mut _WDF_DEVICE_PNP_NOTIFICATION_DATA;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1,
}
zeroed_default!(_WDF_DEVICE_POWER_NOTIFICATION_DATA);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
zeroed_default!(_WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
    pub NewState: WDF_DEVICE_POWER_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
    pub NewState: WDF_DEVICE_POWER_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3);
pub type WDF_DEVICE_POWER_NOTIFICATION_DATA = _WDF_DEVICE_POWER_NOTIFICATION_DATA;
pub type PWDF_DEVICE_POWER_NOTIFICATION_DATA = *mut _WDF_DEVICE_POWER_NOTIFICATION_DATA;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
    pub NewState: WDF_DEVICE_POWER_POLICY_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
    pub NewState: WDF_DEVICE_POWER_POLICY_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3);
pub type WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA = _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA;
pub type PWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA = *mut _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_PNPPOWER_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceD0Entry: PFN_WDF_DEVICE_D0_ENTRY,
    pub EvtDeviceD0EntryPostInterruptsEnabled: PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED,
    pub EvtDeviceD0Exit: PFN_WDF_DEVICE_D0_EXIT,
    pub EvtDeviceD0ExitPreInterruptsDisabled: PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED,
    pub EvtDevicePrepareHardware: PFN_WDF_DEVICE_PREPARE_HARDWARE,
    pub EvtDeviceReleaseHardware: PFN_WDF_DEVICE_RELEASE_HARDWARE,
    pub EvtDeviceSelfManagedIoCleanup: PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP,
    pub EvtDeviceSelfManagedIoFlush: PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH,
    pub EvtDeviceSelfManagedIoInit: PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT,
    pub EvtDeviceSelfManagedIoSuspend: PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND,
    pub EvtDeviceSelfManagedIoRestart: PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART,
    pub EvtDeviceSurpriseRemoval: PFN_WDF_DEVICE_SURPRISE_REMOVAL,
    pub EvtDeviceQueryRemove: PFN_WDF_DEVICE_QUERY_REMOVE,
    pub EvtDeviceQueryStop: PFN_WDF_DEVICE_QUERY_STOP,
    pub EvtDeviceUsageNotification: PFN_WDF_DEVICE_USAGE_NOTIFICATION,
    pub EvtDeviceRelationsQuery: PFN_WDF_DEVICE_RELATIONS_QUERY,
    pub EvtDeviceUsageNotificationEx: PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX,
}
zeroed_default!(_WDF_PNPPOWER_EVENT_CALLBACKS);
pub type WDF_PNPPOWER_EVENT_CALLBACKS = _WDF_PNPPOWER_EVENT_CALLBACKS;
pub type PWDF_PNPPOWER_EVENT_CALLBACKS = *mut _WDF_PNPPOWER_EVENT_CALLBACKS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_POWER_POLICY_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceArmWakeFromS0: PFN_WDF_DEVICE_ARM_WAKE_FROM_S0,
    pub EvtDeviceDisarmWakeFromS0: PFN_WDF_DEVICE_DISARM_WAKE_FROM_S0,
    pub EvtDeviceWakeFromS0Triggered: PFN_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED,
    pub EvtDeviceArmWakeFromSx: PFN_WDF_DEVICE_ARM_WAKE_FROM_SX,
    pub EvtDeviceDisarmWakeFromSx: PFN_WDF_DEVICE_DISARM_WAKE_FROM_SX,
    pub EvtDeviceWakeFromSxTriggered: PFN_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED,
    pub EvtDeviceArmWakeFromSxWithReason: PFN_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON,
}
zeroed_default!(_WDF_POWER_POLICY_EVENT_CALLBACKS);
pub type WDF_POWER_POLICY_EVENT_CALLBACKS = _WDF_POWER_POLICY_EVENT_CALLBACKS;
pub type PWDF_POWER_POLICY_EVENT_CALLBACKS = *mut _WDF_POWER_POLICY_EVENT_CALLBACKS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS {
    pub Size: ULONG,
    pub IdleCaps: WDF_POWER_POLICY_S0_IDLE_CAPABILITIES,
    pub DxState: DEVICE_POWER_STATE,
    pub IdleTimeout: ULONG,
    pub UserControlOfIdleSettings: WDF_POWER_POLICY_S0_IDLE_USER_CONTROL,
    pub Enabled: WDF_TRI_STATE,
    pub PowerUpIdleDeviceOnSystemWake: WDF_TRI_STATE,
    pub IdleTimeoutType: WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE,
    pub ExcludeD3Cold: WDF_TRI_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS);
pub type WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS = _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS;
pub type PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS = *mut _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS {
    pub Size: ULONG,
    pub DxState: DEVICE_POWER_STATE,
    pub UserControlOfWakeSettings: WDF_POWER_POLICY_SX_WAKE_USER_CONTROL,
    pub Enabled: WDF_TRI_STATE,
    pub ArmForWakeIfChildrenAreArmedForWake: BOOLEAN,
    pub IndicateChildWakeOnParentWake: BOOLEAN,
}
zeroed_default!(_WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS);
pub type WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS = _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS;
pub type PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS = *mut _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_STATE {
    pub Size: ULONG,
    pub Disabled: WDF_TRI_STATE,
    pub DontDisplayInUI: WDF_TRI_STATE,
    pub Failed: WDF_TRI_STATE,
    pub NotDisableable: WDF_TRI_STATE,
    pub Removed: WDF_TRI_STATE,
    pub ResourcesChanged: WDF_TRI_STATE,
    pub AssignedToGuest: WDF_TRI_STATE,
}
zeroed_default!(_WDF_DEVICE_STATE);
pub type WDF_DEVICE_STATE = _WDF_DEVICE_STATE;
pub type PWDF_DEVICE_STATE = *mut _WDF_DEVICE_STATE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_CAPABILITIES {
    pub Size: ULONG,
    pub LockSupported: WDF_TRI_STATE,
    pub EjectSupported: WDF_TRI_STATE,
    pub Removable: WDF_TRI_STATE,
    pub DockDevice: WDF_TRI_STATE,
    pub UniqueID: WDF_TRI_STATE,
    pub SilentInstall: WDF_TRI_STATE,
    pub SurpriseRemovalOK: WDF_TRI_STATE,
    pub HardwareDisabled: WDF_TRI_STATE,
    pub NoDisplayInUI: WDF_TRI_STATE,
    pub Address: ULONG,
    pub UINumber: ULONG,
}
zeroed_default!(_WDF_DEVICE_PNP_CAPABILITIES);
pub type WDF_DEVICE_PNP_CAPABILITIES = _WDF_DEVICE_PNP_CAPABILITIES;
pub type PWDF_DEVICE_PNP_CAPABILITIES = *mut _WDF_DEVICE_PNP_CAPABILITIES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_CAPABILITIES {
    pub Size: ULONG,
    pub DeviceD1: WDF_TRI_STATE,
    pub DeviceD2: WDF_TRI_STATE,
    pub WakeFromD0: WDF_TRI_STATE,
    pub WakeFromD1: WDF_TRI_STATE,
    pub WakeFromD2: WDF_TRI_STATE,
    pub WakeFromD3: WDF_TRI_STATE,
    pub DeviceState: [DEVICE_POWER_STATE; 7],
    pub DeviceWake: DEVICE_POWER_STATE,
    pub SystemWake: SYSTEM_POWER_STATE,
    pub D1Latency: ULONG,
    pub D2Latency: ULONG,
    pub D3Latency: ULONG,
    pub IdealDxStateForSx: DEVICE_POWER_STATE,
}
zeroed_default!(_WDF_DEVICE_POWER_CAPABILITIES);
pub type WDF_DEVICE_POWER_CAPABILITIES = _WDF_DEVICE_POWER_CAPABILITIES;
pub type PWDF_DEVICE_POWER_CAPABILITIES = *mut _WDF_DEVICE_POWER_CAPABILITIES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REMOVE_LOCK_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
}
zeroed_default!(_WDF_REMOVE_LOCK_OPTIONS);
pub type WDF_REMOVE_LOCK_OPTIONS = _WDF_REMOVE_LOCK_OPTIONS;
pub type PWDF_REMOVE_LOCK_OPTIONS = *mut _WDF_REMOVE_LOCK_OPTIONS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_POWER_FRAMEWORK_SETTINGS {
    pub Size: ULONG,
    pub EvtDeviceWdmPostPoFxRegisterDevice: PFN_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE,
    pub EvtDeviceWdmPrePoFxUnregisterDevice: PFN_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE,
    pub Component: PPO_FX_COMPONENT,
    pub ComponentActiveConditionCallback: PPO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK,
    pub ComponentIdleConditionCallback: PPO_FX_COMPONENT_IDLE_CONDITION_CALLBACK,
    pub ComponentIdleStateCallback: PPO_FX_COMPONENT_IDLE_STATE_CALLBACK,
    pub PowerControlCallback: PPO_FX_POWER_CONTROL_CALLBACK,
    pub PoFxDeviceContext: PVOID,
}
zeroed_default!(_WDF_POWER_FRAMEWORK_SETTINGS);
pub type WDF_POWER_FRAMEWORK_SETTINGS = _WDF_POWER_FRAMEWORK_SETTINGS;
pub type PWDF_POWER_FRAMEWORK_SETTINGS = *mut _WDF_POWER_FRAMEWORK_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_TYPE_CONFIG {
    pub Size: ULONG,
    pub ReadWriteIoType: WDF_DEVICE_IO_TYPE,
    pub DeviceControlIoType: WDF_DEVICE_IO_TYPE,
    pub DirectTransferThreshold: ULONG,
}
zeroed_default!(_WDF_IO_TYPE_CONFIG);
pub type WDF_IO_TYPE_CONFIG = _WDF_IO_TYPE_CONFIG;
pub type PWDF_IO_TYPE_CONFIG = *mut _WDF_IO_TYPE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PROPERTY_DATA {
    pub Size: ULONG,
    pub PropertyKey: *const DEVPROPKEY,
    pub Lcid: LCID,
    pub Flags: ULONG,
}
zeroed_default!(_WDF_DEVICE_PROPERTY_DATA);
pub type WDF_DEVICE_PROPERTY_DATA = _WDF_DEVICE_PROPERTY_DATA;
pub type PWDF_DEVICE_PROPERTY_DATA = *mut _WDF_DEVICE_PROPERTY_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DPC_CONFIG {
    pub Size: ULONG,
    pub EvtDpcFunc: PFN_WDF_DPC,
    pub AutomaticSerialization: BOOLEAN,
}
zeroed_default!(_WDF_DPC_CONFIG);
pub type WDF_DPC_CONFIG = _WDF_DPC_CONFIG;
pub type PWDF_DPC_CONFIG = *mut _WDF_DPC_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_TIMER_CONFIG {
    pub Size: ULONG,
    pub EvtTimerFunc: PFN_WDF_TIMER,
    pub Period: ULONG,
    pub AutomaticSerialization: BOOLEAN,
    pub TolerableDelay: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub UseHighResolutionTimer: BOOLEAN,
}
zeroed_default!(_WDF_TIMER_CONFIG);
pub type WDF_TIMER_CONFIG = _WDF_TIMER_CONFIG;
pub type PWDF_TIMER_CONFIG = *mut _WDF_TIMER_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_WORKITEM_CONFIG {
    pub Size: ULONG,
    pub EvtWorkItemFunc: PFN_WDF_WORKITEM,
    pub AutomaticSerialization: BOOLEAN,
}
zeroed_default!(_WDF_WORKITEM_CONFIG);
pub type WDF_WORKITEM_CONFIG = _WDF_WORKITEM_CONFIG;
pub type PWDF_WORKITEM_CONFIG = *mut _WDF_WORKITEM_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_CONFIG {
    pub Size: ULONG,
    pub SpinLock: WDFSPINLOCK,
    pub ShareVector: WDF_TRI_STATE,
    pub FloatingSave: BOOLEAN,
    pub AutomaticSerialization: BOOLEAN,
    pub EvtInterruptIsr: PFN_WDF_INTERRUPT_ISR,
    pub EvtInterruptDpc: PFN_WDF_INTERRUPT_DPC,
    pub EvtInterruptEnable: PFN_WDF_INTERRUPT_ENABLE,
    pub EvtInterruptDisable: PFN_WDF_INTERRUPT_DISABLE,
    pub EvtInterruptWorkItem: PFN_WDF_INTERRUPT_WORKITEM,
    pub InterruptRaw: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    pub InterruptTranslated: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    pub WaitLock: WDFWAITLOCK,
    pub PassiveHandling: BOOLEAN,
    pub ReportInactiveOnPowerDown: WDF_TRI_STATE,
    pub CanWakeDevice: BOOLEAN,
}
zeroed_default!(_WDF_INTERRUPT_CONFIG);
pub type WDF_INTERRUPT_CONFIG = _WDF_INTERRUPT_CONFIG;
pub type PWDF_INTERRUPT_CONFIG = *mut _WDF_INTERRUPT_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_INFO {
    pub Size: ULONG,
    pub Reserved1: ULONG64,
    pub TargetProcessorSet: KAFFINITY,
    pub Reserved2: ULONG,
    pub MessageNumber: ULONG,
    pub Vector: ULONG,
    pub Irql: KIRQL,
    pub Mode: KINTERRUPT_MODE,
    pub Polarity: WDF_INTERRUPT_POLARITY,
    pub MessageSignaled: BOOLEAN,
    pub ShareDisposition: UCHAR,
    pub __bindgen_padding_0: [u8; 6],
    pub Group: USHORT,
}
zeroed_default!(_WDF_INTERRUPT_INFO);
pub type WDF_INTERRUPT_INFO = _WDF_INTERRUPT_INFO;
pub type PWDF_INTERRUPT_INFO = *mut _WDF_INTERRUPT_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_EXTENDED_POLICY {
    pub Size: ULONG,
    pub Policy: WDF_INTERRUPT_POLICY,
    pub Priority: WDF_INTERRUPT_PRIORITY,
    pub TargetProcessorSetAndGroup: GROUP_AFFINITY,
}
zeroed_default!(_WDF_INTERRUPT_EXTENDED_POLICY);
pub type WDF_INTERRUPT_EXTENDED_POLICY = _WDF_INTERRUPT_EXTENDED_POLICY;
pub type PWDF_INTERRUPT_EXTENDED_POLICY = *mut _WDF_INTERRUPT_EXTENDED_POLICY;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS {
    pub Size: USHORT,
    pub MinorFunction: UCHAR,
    pub Type: WDF_REQUEST_TYPE,
    pub Parameters: _WDF_REQUEST_PARAMETERS__bindgen_ty_1,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_PARAMETERS__bindgen_ty_1 {
    pub Create: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1,
    pub Read: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2,
    pub Write: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3,
    pub DeviceIoControl: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4,
    pub Others: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u8; 4],
    pub FileAttributes: USHORT,
    pub ShareAccess: USHORT,
    pub __bindgen_padding_1: [u8; 4],
    pub EaLength: ULONG,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2 {
    pub Length: usize,
    pub Key: ULONG,
    pub DeviceOffset: LONGLONG,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3 {
    pub Length: usize,
    pub Key: ULONG,
    pub DeviceOffset: LONGLONG,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
    pub OutputBufferLength: usize,
    pub InputBufferLength: usize,
    pub IoControlCode: ULONG,
    pub Type3InputBuffer: PVOID,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5 {
    pub Arg1: PVOID,
    pub Arg2: PVOID,
    pub IoControlCode: ULONG,
    pub Arg4: PVOID,
}
zeroed_default!(_WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5);
pub type WDF_REQUEST_PARAMETERS = _WDF_REQUEST_PARAMETERS;
pub type PWDF_REQUEST_PARAMETERS = *mut _WDF_REQUEST_PARAMETERS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS {
    pub Size: ULONG,
    pub Type: WDF_REQUEST_TYPE,
    pub IoStatus: IO_STATUS_BLOCK,
    pub Parameters: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1 {
    pub Write: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1,
    pub Read: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2,
    pub Ioctl: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3,
    pub Others: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4,
    pub Usb: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1 {
    pub Buffer: WDFMEMORY,
    pub Length: usize,
    pub Offset: usize,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2 {
    pub Buffer: WDFMEMORY,
    pub Length: usize,
    pub Offset: usize,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3 {
    pub IoControlCode: ULONG,
    pub Input: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_1,
    pub Output: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_2,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_1 {
    pub Buffer: WDFMEMORY,
    pub Offset: usize,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_2 {
    pub Buffer: WDFMEMORY,
    pub Offset: usize,
    pub Length: usize,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_2);
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4 {
    pub Argument1: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_1,
    pub Argument2: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_2,
    pub Argument3: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_3,
    pub Argument4: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_4,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_1 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_1);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_2 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_2);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_3 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_3);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_4 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_4);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5 {
    pub Completion: PWDF_USB_REQUEST_COMPLETION_PARAMS,
}
zeroed_default!(_WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5);
pub type WDF_REQUEST_COMPLETION_PARAMS = _WDF_REQUEST_COMPLETION_PARAMS;
pub type PWDF_REQUEST_COMPLETION_PARAMS = *mut _WDF_REQUEST_COMPLETION_PARAMS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_REUSE_PARAMS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Status: NTSTATUS,
    pub NewIrp: PIRP,
}
zeroed_default!(_WDF_REQUEST_REUSE_PARAMS);
pub type WDF_REQUEST_REUSE_PARAMS = _WDF_REQUEST_REUSE_PARAMS;
pub type PWDF_REQUEST_REUSE_PARAMS = *mut _WDF_REQUEST_REUSE_PARAMS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_SEND_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Timeout: LONGLONG,
}
zeroed_default!(_WDF_REQUEST_SEND_OPTIONS);
pub type WDF_REQUEST_SEND_OPTIONS = _WDF_REQUEST_SEND_OPTIONS;
pub type PWDF_REQUEST_SEND_OPTIONS = *mut _WDF_REQUEST_SEND_OPTIONS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_FORWARD_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
}
zeroed_default!(_WDF_REQUEST_FORWARD_OPTIONS);
pub type WDF_REQUEST_FORWARD_OPTIONS = _WDF_REQUEST_FORWARD_OPTIONS;
pub type PWDF_REQUEST_FORWARD_OPTIONS = *mut _WDF_REQUEST_FORWARD_OPTIONS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_TARGET_OPEN_PARAMS {
    pub Size: ULONG,
    pub Type: WDF_IO_TARGET_OPEN_TYPE,
    pub EvtIoTargetQueryRemove: PFN_WDF_IO_TARGET_QUERY_REMOVE,
    pub EvtIoTargetRemoveCanceled: PFN_WDF_IO_TARGET_REMOVE_CANCELED,
    pub EvtIoTargetRemoveComplete: PFN_WDF_IO_TARGET_REMOVE_COMPLETE,
    pub TargetDeviceObject: PDEVICE_OBJECT,
    pub TargetFileObject: PFILE_OBJECT,
    pub TargetDeviceName: UNICODE_STRING,
    pub DesiredAccess: ACCESS_MASK,
    pub ShareAccess: ULONG,
    pub FileAttributes: ULONG,
    pub CreateDisposition: ULONG,
    pub CreateOptions: ULONG,
    pub EaBuffer: PVOID,
    pub EaBufferLength: ULONG,
    pub AllocationSize: PLONGLONG,
    pub FileInformation: ULONG,
    pub FileName: UNICODE_STRING,
}
zeroed_default!(_WDF_IO_TARGET_OPEN_PARAMS);
pub type WDF_IO_TARGET_OPEN_PARAMS = _WDF_IO_TARGET_OPEN_PARAMS;
pub type PWDF_IO_TARGET_OPEN_PARAMS = *mut _WDF_IO_TARGET_OPEN_PARAMS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG {
    pub Size: ULONG,
    pub DispatchType: WDF_IO_QUEUE_DISPATCH_TYPE,
    pub PowerManaged: WDF_TRI_STATE,
    pub AllowZeroLengthRequests: BOOLEAN,
    pub DefaultQueue: BOOLEAN,
    pub EvtIoDefault: PFN_WDF_IO_QUEUE_IO_DEFAULT,
    pub EvtIoRead: PFN_WDF_IO_QUEUE_IO_READ,
    pub EvtIoWrite: PFN_WDF_IO_QUEUE_IO_WRITE,
    pub EvtIoDeviceControl: PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL,
    pub EvtIoInternalDeviceControl: PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL,
    pub EvtIoStop: PFN_WDF_IO_QUEUE_IO_STOP,
    pub EvtIoResume: PFN_WDF_IO_QUEUE_IO_RESUME,
    pub EvtIoCanceledOnQueue: PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE,
    pub Settings: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1,
    pub Driver: WDFDRIVER,
}
zeroed_default!(_WDF_IO_QUEUE_CONFIG);
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_IO_QUEUE_CONFIG__bindgen_ty_1 {
    pub Parallel: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1,
}
zeroed_default!(_WDF_IO_QUEUE_CONFIG__bindgen_ty_1);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1 {
    pub NumberOfPresentedRequests: ULONG,
}
zeroed_default!(_WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1);
pub type WDF_IO_QUEUE_CONFIG = _WDF_IO_QUEUE_CONFIG;
pub type PWDF_IO_QUEUE_CONFIG = *mut _WDF_IO_QUEUE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS {
    _opaque: [u64; 1],
}
zeroed_default!(_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS);
pub type WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS = _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS;
pub type PWDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS = *mut _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY {
    pub Size: ULONG,
    pub TotalForwardProgressRequests: ULONG,
    pub ForwardProgressReservedPolicy: WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY,
    pub ForwardProgressReservePolicySettings: WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS,
    pub EvtIoAllocateResourcesForReservedRequest: PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST,
    pub EvtIoAllocateRequestResources: PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES,
}
zeroed_default!(_WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY);
pub type WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY = _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY;
pub type PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY = *mut _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_FDO_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceFilterAddResourceRequirements: PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS,
    pub EvtDeviceFilterRemoveResourceRequirements: PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS,
    pub EvtDeviceRemoveAddedResources: PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES,
}
zeroed_default!(_WDF_FDO_EVENT_CALLBACKS);
pub type WDF_FDO_EVENT_CALLBACKS = _WDF_FDO_EVENT_CALLBACKS;
pub type PWDF_FDO_EVENT_CALLBACKS = *mut _WDF_FDO_EVENT_CALLBACKS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_PDO_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceResourcesQuery: PFN_WDF_DEVICE_RESOURCES_QUERY,
    pub EvtDeviceResourceRequirementsQuery: PFN_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY,
    pub EvtDeviceEject: PFN_WDF_DEVICE_EJECT,
    pub EvtDeviceSetLock: PFN_WDF_DEVICE_SET_LOCK,
    pub EvtDeviceEnableWakeAtBus: PFN_WDF_DEVICE_ENABLE_WAKE_AT_BUS,
    pub EvtDeviceDisableWakeAtBus: PFN_WDF_DEVICE_DISABLE_WAKE_AT_BUS,
    pub EvtDeviceReportedMissing: PFN_WDF_DEVICE_REPORTED_MISSING,
}
zeroed_default!(_WDF_PDO_EVENT_CALLBACKS);
pub type WDF_PDO_EVENT_CALLBACKS = _WDF_PDO_EVENT_CALLBACKS;
pub type PWDF_PDO_EVENT_CALLBACKS = *mut _WDF_PDO_EVENT_CALLBACKS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_WMI_PROVIDER_CONFIG {
    pub Size: ULONG,
    pub Guid: GUID,
    pub Flags: ULONG,
    pub MinInstanceBufferSize: ULONG,
    pub EvtWmiProviderFunctionControl: PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL,
}
zeroed_default!(_WDF_WMI_PROVIDER_CONFIG);
pub type WDF_WMI_PROVIDER_CONFIG = _WDF_WMI_PROVIDER_CONFIG;
pub type PWDF_WMI_PROVIDER_CONFIG = *mut _WDF_WMI_PROVIDER_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_WMI_INSTANCE_CONFIG {
    pub Size: ULONG,
    pub Provider: WDFWMIPROVIDER,
    pub ProviderConfig: PWDF_WMI_PROVIDER_CONFIG,
    pub UseContextForQuery: BOOLEAN,
    pub Register: BOOLEAN,
    pub EvtWmiInstanceQueryInstance: PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE,
    pub EvtWmiInstanceSetInstance: PFN_WDF_WMI_INSTANCE_SET_INSTANCE,
    pub EvtWmiInstanceSetItem: PFN_WDF_WMI_INSTANCE_SET_ITEM,
    pub EvtWmiInstanceExecuteMethod: PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD,
}
zeroed_default!(_WDF_WMI_INSTANCE_CONFIG);
pub type WDF_WMI_INSTANCE_CONFIG = _WDF_WMI_INSTANCE_CONFIG;
pub type PWDF_WMI_INSTANCE_CONFIG = *mut _WDF_WMI_INSTANCE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DMA_ENABLER_CONFIG {
    pub Size: ULONG,
    pub Profile: WDF_DMA_PROFILE,
    pub MaximumLength: usize,
    pub EvtDmaEnablerFill: PFN_WDF_DMA_ENABLER_FILL,
    pub EvtDmaEnablerFlush: PFN_WDF_DMA_ENABLER_FLUSH,
    pub EvtDmaEnablerDisable: PFN_WDF_DMA_ENABLER_DISABLE,
    pub EvtDmaEnablerEnable: PFN_WDF_DMA_ENABLER_ENABLE,
    pub EvtDmaEnablerSelfManagedIoStart: PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_START,
    pub EvtDmaEnablerSelfManagedIoStop: PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP,
    pub AddressWidthOverride: ULONG,
    pub WdmDmaVersionOverride: ULONG,
    pub Flags: ULONG,
}
zeroed_default!(_WDF_DMA_ENABLER_CONFIG);
pub type WDF_DMA_ENABLER_CONFIG = _WDF_DMA_ENABLER_CONFIG;
pub type PWDF_DMA_ENABLER_CONFIG = *mut _WDF_DMA_ENABLER_CONFIG;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DMA_SYSTEM_PROFILE_CONFIG {
    pub Size: ULONG,
    pub DemandMode: BOOLEAN,
    pub LoopedTransfer: BOOLEAN,
    pub DmaWidth: DMA_WIDTH,
    pub DeviceAddress: PHYSICAL_ADDRESS,
    pub DmaDescriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
}
zeroed_default!(_WDF_DMA_SYSTEM_PROFILE_CONFIG);
pub type WDF_DMA_SYSTEM_PROFILE_CONFIG = _WDF_DMA_SYSTEM_PROFILE_CONFIG;
pub type PWDF_DMA_SYSTEM_PROFILE_CONFIG = *mut _WDF_DMA_SYSTEM_PROFILE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_COMMON_BUFFER_CONFIG {
    pub Size: ULONG,
    pub AlignmentRequirement: ULONG,
}
zeroed_default!(_WDF_COMMON_BUFFER_CONFIG);
pub type WDF_COMMON_BUFFER_CONFIG = _WDF_COMMON_BUFFER_CONFIG;
pub type PWDF_COMMON_BUFFER_CONFIG = *mut _WDF_COMMON_BUFFER_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_POWER_ROUTINE_TIMED_OUT_DATA {
    pub PowerState: WDF_DEVICE_POWER_STATE,
    pub PowerPolicyState: WDF_DEVICE_POWER_POLICY_STATE,
    pub DeviceObject: PDEVICE_OBJECT,
    pub Device: WDFDEVICE,
    pub TimedOutThread: PKTHREAD,
}
zeroed_default!(_WDF_POWER_ROUTINE_TIMED_OUT_DATA);
pub type WDF_POWER_ROUTINE_TIMED_OUT_DATA = _WDF_POWER_ROUTINE_TIMED_OUT_DATA;
pub type PWDF_POWER_ROUTINE_TIMED_OUT_DATA = *mut _WDF_POWER_ROUTINE_TIMED_OUT_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA {
    pub Request: WDFREQUEST,
    pub Irp: PIRP,
    pub OutputBufferLength: ULONG,
    pub Information: ULONG_PTR,
    pub MajorFunction: UCHAR,
}
zeroed_default!(_WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA);
pub type WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA = _WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA;
pub type PWDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA = *mut _WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_QUEUE_FATAL_ERROR_DATA {
    pub Queue: WDFQUEUE,
    pub Request: WDFREQUEST,
    pub Status: NTSTATUS,
}
zeroed_default!(_WDF_QUEUE_FATAL_ERROR_DATA);
pub type WDF_QUEUE_FATAL_ERROR_DATA = _WDF_QUEUE_FATAL_ERROR_DATA;
pub type PWDF_QUEUE_FATAL_ERROR_DATA = *mut _WDF_QUEUE_FATAL_ERROR_DATA;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_TASK_SEND_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Timeout: LONGLONG,
}
zeroed_default!(_WDF_TASK_SEND_OPTIONS);
pub type WDF_TASK_SEND_OPTIONS = _WDF_TASK_SEND_OPTIONS;
pub type PWDF_TASK_SEND_OPTIONS = *mut _WDF_TASK_SEND_OPTIONS;
