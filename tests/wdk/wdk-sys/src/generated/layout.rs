// Written by `cargo run -p wdk-bindings` from tests/abi. Do not edit.

assert_layout!(_UNICODE_STRING, size 16, align 8, {
    Length: 0,
    MaximumLength: 2,
    Buffer: 8,
});
assert_layout!(_STRING, size 16, align 8, {
    Length: 0,
    MaximumLength: 2,
    Buffer: 8,
});
assert_layout!(_LARGE_INTEGER, size 8, align 8, {
    __bindgen_anon_1: 0,
    __bindgen_anon_1.LowPart: 0,
    __bindgen_anon_1.HighPart: 4,
    u: 0,
    u.LowPart: 0,
    u.HighPart: 4,
    QuadPart: 0,
});
assert_layout!(_LIST_ENTRY, size 16, align 8, {
    Flink: 0,
    Blink: 8,
});
assert_layout!(_SINGLE_LIST_ENTRY, size 8, align 8, {
    Next: 0,
});
assert_layout!(_SLIST_ENTRY, size 16, align 16, {
    Next: 0,
});
assert_layout!(_SLIST_HEADER, size 16, align 16, {
});
assert_layout!(_IO_STATUS_BLOCK, size 16, align 8, {
    __bindgen_anon_1: 0,
    __bindgen_anon_1.Status: 0,
    __bindgen_anon_1.Pointer: 0,
    Information: 8,
});
assert_layout!(_IRP, size 208, align 8, {
    Type: 0,
    Size: 2,
    MdlAddress: 8,
    Flags: 16,
    AssociatedIrp: 24,
    AssociatedIrp.MasterIrp: 24,
    AssociatedIrp.IrpCount: 24,
    AssociatedIrp.SystemBuffer: 24,
    ThreadListEntry: 32,
    IoStatus: 48,
    RequestorMode: 64,
    PendingReturned: 65,
    StackCount: 66,
    CurrentLocation: 67,
    Cancel: 68,
    CancelIrql: 69,
    ApcEnvironment: 70,
    AllocationFlags: 71,
    UserIosb: 72,
    UserEvent: 80,
    Overlay: 88,
    Overlay.AsynchronousParameters: 88,
    Overlay.AsynchronousParameters.__bindgen_anon_1: 88,
    Overlay.AsynchronousParameters.__bindgen_anon_1.UserApcRoutine: 88,
    Overlay.AsynchronousParameters.__bindgen_anon_1.IssuingProcess: 88,
    Overlay.AsynchronousParameters.UserApcContext: 96,
    Overlay.AllocationSize: 88,
    CancelRoutine: 104,
    UserBuffer: 112,
    Tail: 120,
    Tail.Overlay: 120,
    Tail.Overlay.__bindgen_anon_1: 120,
    Tail.Overlay.__bindgen_anon_1.DeviceQueueEntry: 120,
    Tail.Overlay.__bindgen_anon_1.__bindgen_anon_1: 120,
    Tail.Overlay.__bindgen_anon_1.__bindgen_anon_1.DriverContext: 120,
    Tail.Overlay.Thread: 152,
    Tail.Overlay.AuxiliaryBuffer: 160,
    Tail.Overlay.__bindgen_anon_2: 168,
    Tail.Overlay.__bindgen_anon_2.ListEntry: 168,
    Tail.Overlay.__bindgen_anon_2.__bindgen_anon_1: 184,
    Tail.Overlay.__bindgen_anon_2.__bindgen_anon_1.CurrentStackLocation: 184,
    Tail.Overlay.__bindgen_anon_2.__bindgen_anon_1.PacketType: 184,
    Tail.Overlay.OriginalFileObject: 192,
    Tail.Apc: 120,
    Tail.CompletionKey: 120,
});
assert_layout!(_IO_STACK_LOCATION, size 72, align 8, {
    MajorFunction: 0,
    MinorFunction: 1,
    Flags: 2,
    Control: 3,
    Parameters: 8,
    Parameters.Create: 8,
    Parameters.Create.SecurityContext: 8,
    Parameters.Create.Options: 16,
    Parameters.Create.FileAttributes: 24,
    Parameters.Create.ShareAccess: 26,
    Parameters.Create.EaLength: 32,
    Parameters.Read: 8,
    Parameters.Read.Length: 8,
    Parameters.Read.Key: 16,
    Parameters.Read.Flags: 20,
    Parameters.Read.ByteOffset: 24,
    Parameters.Write: 8,
    Parameters.Write.Length: 8,
    Parameters.Write.Key: 16,
    Parameters.Write.Flags: 20,
    Parameters.Write.ByteOffset: 24,
    Parameters.QueryFile: 8,
    Parameters.QueryFile.Length: 8,
    Parameters.QueryFile.FileInformationClass: 16,
    Parameters.DeviceIoControl: 8,
    Parameters.DeviceIoControl.OutputBufferLength: 8,
    Parameters.DeviceIoControl.InputBufferLength: 16,
    Parameters.DeviceIoControl.IoControlCode: 24,
    Parameters.DeviceIoControl.Type3InputBuffer: 32,
    Parameters.Power: 8,
    Parameters.Power.__bindgen_anon_1: 8,
    Parameters.Power.__bindgen_anon_1.SystemContext: 8,
    Parameters.Power.__bindgen_anon_1.SystemPowerStateContext: 8,
    Parameters.Power.Type: 16,
    Parameters.Power.State: 24,
    Parameters.Power.ShutdownType: 32,
    Parameters.Others: 8,
    Parameters.Others.Argument1: 8,
    Parameters.Others.Argument2: 16,
    Parameters.Others.Argument3: 24,
    Parameters.Others.Argument4: 32,
    DeviceObject: 40,
    FileObject: 48,
    CompletionRoutine: 56,
    Context: 64,
});
assert_layout!(_MDL, size 48, align 8, {
    Next: 0,
    Size: 8,
    MdlFlags: 10,
    Process: 16,
    MappedSystemVa: 24,
    StartVa: 32,
    ByteCount: 40,
    ByteOffset: 44,
});
assert_layout!(_DEVICE_OBJECT, size 336, align 16, {
    Type: 0,
    Size: 2,
    ReferenceCount: 4,
    DriverObject: 8,
    NextDevice: 16,
    AttachedDevice: 24,
    CurrentIrp: 32,
    Timer: 40,
    Flags: 48,
    Characteristics: 52,
    Vpb: 56,
    DeviceExtension: 64,
    DeviceType: 72,
    StackSize: 76,
    Queue: 80,
    Queue.ListEntry: 80,
    Queue.Wcb: 80,
    AlignmentRequirement: 152,
    DeviceQueue: 160,
    Dpc: 200,
    ActiveThreadCount: 264,
    SecurityDescriptor: 272,
    DeviceLock: 280,
    SectorSize: 304,
    Spare1: 306,
    DeviceObjectExtension: 312,
    Reserved: 320,
});
assert_layout!(_DRIVER_OBJECT, size 336, align 8, {
    Type: 0,
    Size: 2,
    DeviceObject: 8,
    Flags: 16,
    DriverStart: 24,
    DriverSize: 32,
    DriverSection: 40,
    DriverExtension: 48,
    DriverName: 56,
    HardwareDatabase: 72,
    FastIoDispatch: 80,
    DriverInit: 88,
    DriverStartIo: 96,
    DriverUnload: 104,
    MajorFunction: 112,
});
assert_layout!(_DRIVER_EXTENSION, size 40, align 8, {
    DriverObject: 0,
    AddDevice: 8,
    Count: 16,
    ServiceKeyName: 24,
});
assert_layout!(_FILE_OBJECT, size 216, align 8, {
    Type: 0,
    Size: 2,
    DeviceObject: 8,
    Vpb: 16,
    FsContext: 24,
    FsContext2: 32,
    SectionObjectPointer: 40,
    PrivateCacheMap: 48,
    FinalStatus: 56,
    RelatedFileObject: 64,
    LockOperation: 72,
    DeletePending: 73,
    ReadAccess: 74,
    WriteAccess: 75,
    DeleteAccess: 76,
    SharedRead: 77,
    SharedWrite: 78,
    SharedDelete: 79,
    Flags: 80,
    FileName: 88,
    CurrentByteOffset: 104,
    Waiters: 112,
    Busy: 116,
    LastLock: 120,
    Lock: 128,
    Event: 152,
    CompletionContext: 176,
    IrpListLock: 184,
    IrpList: 192,
    FileObjectExtension: 208,
});
assert_layout!(_DISPATCHER_HEADER, size 24, align 8, {
});
assert_layout!(_KEVENT, size 24, align 8, {
    Header: 0,
});
assert_layout!(_KSEMAPHORE, size 32, align 8, {
    Header: 0,
    Limit: 24,
});
assert_layout!(_KMUTANT, size 56, align 8, {
});
assert_layout!(_KDPC, size 64, align 8, {
});
assert_layout!(_KTIMER, size 64, align 8, {
});
assert_layout!(_KAPC, size 88, align 8, {
});
assert_layout!(_KWAIT_BLOCK, size 48, align 8, {
});
assert_layout!(_FAST_MUTEX, size 56, align 8, {
});
assert_layout!(_KGUARDED_MUTEX, size 56, align 8, {
});
assert_layout!(_KLOCK_QUEUE_HANDLE, size 24, align 8, {
    LockQueue: 0,
    OldIrql: 16,
});
assert_layout!(_KSPIN_LOCK_QUEUE, size 16, align 8, {
    Next: 0,
    Lock: 8,
});
assert_layout!(_EX_RUNDOWN_REF, size 8, align 8, {
    Count: 0,
    Ptr: 0,
});
assert_layout!(_ERESOURCE, size 104, align 8, {
});
assert_layout!(_KDEVICE_QUEUE, size 40, align 8, {
});
assert_layout!(_KDEVICE_QUEUE_ENTRY, size 24, align 8, {
    DeviceListEntry: 0,
    SortKey: 16,
    Inserted: 20,
});
assert_layout!(_PROCESSOR_NUMBER, size 4, align 2, {
    Group: 0,
    Number: 2,
    Reserved: 3,
});
assert_layout!(_GROUP_AFFINITY, size 16, align 8, {
    Mask: 0,
    Group: 8,
    Reserved: 10,
});
assert_layout!(_OBJECT_ATTRIBUTES, size 48, align 8, {
    Length: 0,
    RootDirectory: 8,
    ObjectName: 16,
    Attributes: 24,
    SecurityDescriptor: 32,
    SecurityQualityOfService: 40,
});
assert_layout!(_CLIENT_ID, size 16, align 8, {
    UniqueProcess: 0,
    UniqueThread: 8,
});
assert_layout!(GUID, size 16, align 4, {
    Data1: 0,
    Data2: 4,
    Data3: 6,
    Data4: 8,
});
assert_layout!(_LUID, size 8, align 4, {
    LowPart: 0,
    HighPart: 4,
});
assert_layout!(_WORK_QUEUE_ITEM, size 32, align 8, {
    List: 0,
    WorkerRoutine: 16,
    Parameter: 24,
});
assert_layout!(_IO_COMPLETION_CONTEXT, size 16, align 8, {
    Port: 0,
    Key: 8,
});
assert_layout!(_DEVICE_CAPABILITIES, size 64, align 4, {
});
assert_layout!(_POWER_STATE, size 4, align 4, {
    SystemState: 0,
    DeviceState: 0,
});
assert_layout!(_WAIT_CONTEXT_BLOCK, size 72, align 8, {
    WaitQueueEntry: 0,
    DeviceRoutine: 24,
    DeviceContext: 32,
    NumberOfMapRegisters: 40,
    DeviceObject: 48,
    CurrentIrp: 56,
    BufferChainingDpc: 64,
});
assert_layout!(_RTL_OSVERSIONINFOW, size 276, align 4, {
    dwOSVersionInfoSize: 0,
    dwMajorVersion: 4,
    dwMinorVersion: 8,
    dwBuildNumber: 12,
    dwPlatformId: 16,
    szCSDVersion: 20,
});
assert_layout!(_RTL_OSVERSIONINFOEXW, size 284, align 4, {
    dwOSVersionInfoSize: 0,
    dwMajorVersion: 4,
    dwMinorVersion: 8,
    dwBuildNumber: 12,
    dwPlatformId: 16,
    szCSDVersion: 20,
    wServicePackMajor: 276,
    wServicePackMinor: 278,
    wSuiteMask: 280,
    wProductType: 282,
    wReserved: 283,
});
assert_layout!(_KSYSTEM_TIME, size 12, align 4, {
    LowPart: 0,
    High1Time: 4,
    High2Time: 8,
});
assert_layout!(_KEY_VALUE_PARTIAL_INFORMATION, size 16, align 4, {
    TitleIndex: 0,
    Type: 4,
    DataLength: 8,
    Data: 12,
});
assert_layout!(_EVENT_DESCRIPTOR, size 16, align 8, {
    Id: 0,
    Version: 2,
    Channel: 3,
    Level: 4,
    Opcode: 5,
    Task: 6,
    Keyword: 8,
});
assert_layout!(_EVENT_DATA_DESCRIPTOR, size 16, align 8, {
    Ptr: 0,
    Size: 8,
    __bindgen_anon_1: 12,
    __bindgen_anon_1.Reserved: 12,
    __bindgen_anon_1.__bindgen_anon_1: 12,
    __bindgen_anon_1.__bindgen_anon_1.Type: 12,
    __bindgen_anon_1.__bindgen_anon_1.Reserved1: 13,
    __bindgen_anon_1.__bindgen_anon_1.Reserved2: 14,
});
assert_layout!(_EVENT_FILTER_DESCRIPTOR, size 16, align 8, {
    Ptr: 0,
    Size: 8,
    Type: 12,
});
assert_layout!(_WDF_DRIVER_GLOBALS, size 56, align 8, {
    Driver: 0,
    DriverFlags: 8,
    DriverTag: 12,
    DriverName: 16,
    DisplaceDriverUnload: 48,
});
assert_layout!(_WDF_OBJECT_ATTRIBUTES, size 56, align 8, {
    Size: 0,
    EvtCleanupCallback: 8,
    EvtDestroyCallback: 16,
    ExecutionLevel: 24,
    SynchronizationScope: 28,
    ParentObject: 32,
    ContextSizeOverride: 40,
    ContextTypeInfo: 48,
});
assert_layout!(_WDF_OBJECT_CONTEXT_TYPE_INFO, size 40, align 8, {
    Size: 0,
    ContextName: 8,
    ContextSize: 16,
    UniqueType: 24,
    EvtDriverGetUniqueContextType: 32,
});
assert_layout!(_WDF_CUSTOM_TYPE_CONTEXT, size 16, align 8, {
    Size: 0,
    Data: 8,
});
assert_layout!(_WDF_DRIVER_CONFIG, size 32, align 8, {
    Size: 0,
    EvtDriverDeviceAdd: 8,
    EvtDriverUnload: 16,
    DriverInitFlags: 24,
    DriverPoolTag: 28,
});
assert_layout!(_WDF_DRIVER_VERSION_AVAILABLE_PARAMS, size 12, align 4, {
    Size: 0,
    MajorVersion: 4,
    MinorVersion: 8,
});
assert_layout!(_WDF_QUERY_INTERFACE_CONFIG, size 48, align 8, {
    Size: 0,
    Interface: 8,
    InterfaceType: 16,
    SendQueryToParentStack: 24,
    EvtDeviceProcessQueryInterfaceRequest: 32,
    ImportInterface: 40,
});
assert_layout!(_WDFMEMORY_OFFSET, size 16, align 8, {
    BufferOffset: 0,
    BufferLength: 8,
});
assert_layout!(_WDF_MEMORY_DESCRIPTOR, size 24, align 8, {
    Type: 0,
    u: 8,
    u.BufferType: 8,
    u.BufferType.Buffer: 8,
    u.BufferType.Length: 16,
    u.MdlType: 8,
    u.MdlType.Mdl: 8,
    u.MdlType.BufferLength: 16,
    u.HandleType: 8,
    u.HandleType.Memory: 8,
    u.HandleType.Offsets: 16,
});
assert_layout!(_WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER, size 4, align 4, {
    IdentificationDescriptionSize: 0,
});
assert_layout!(_WDF_CHILD_ADDRESS_DESCRIPTION_HEADER, size 4, align 4, {
    AddressDescriptionSize: 0,
});
assert_layout!(_WDF_CHILD_RETRIEVE_INFO, size 40, align 8, {
    Size: 0,
    IdentificationDescription: 8,
    AddressDescription: 16,
    Status: 24,
    EvtChildListIdentificationDescriptionCompare: 32,
});
assert_layout!(_WDF_CHILD_LIST_CONFIG, size 96, align 8, {
    Size: 0,
    IdentificationDescriptionSize: 4,
    AddressDescriptionSize: 8,
    EvtChildListCreateDevice: 16,
    EvtChildListScanForChildren: 24,
    EvtChildListIdentificationDescriptionCopy: 32,
    EvtChildListIdentificationDescriptionDuplicate: 40,
    EvtChildListIdentificationDescriptionCleanup: 48,
    EvtChildListIdentificationDescriptionCompare: 56,
    EvtChildListAddressDescriptionCopy: 64,
    EvtChildListAddressDescriptionDuplicate: 72,
    EvtChildListAddressDescriptionCleanup: 80,
    EvtChildListDeviceReenumerated: 88,
});
assert_layout!(_WDF_CHILD_LIST_ITERATOR, size 40, align 8, {
    Size: 0,
    Flags: 4,
    Reserved: 8,
});
assert_layout!(_WDF_FILEOBJECT_CONFIG, size 40, align 8, {
    Size: 0,
    EvtDeviceFileCreate: 8,
    EvtFileClose: 16,
    EvtFileCleanup: 24,
    AutoForwardCleanupClose: 32,
    FileObjectClass: 36,
});
assert_layout!(_WDF_DEVICE_PNP_NOTIFICATION_DATA, size 12, align 4, {
    Type: 0,
    Data: 4,
    Data.EnterState: 4,
    Data.EnterState.CurrentState: 4,
    Data.EnterState.NewState: 8,
    Data.PostProcessState: 4,
    Data.PostProcessState.CurrentState: 4,
    Data.LeaveState: 4,
    Data.LeaveState.CurrentState: 4,
    Data.LeaveState.NewState: 8,
});
assert_layout!(_WDF_DEVICE_POWER_NOTIFICATION_DATA, size 12, align 4, {
    Type: 0,
    Data: 4,
    Data.EnterState: 4,
    Data.EnterState.CurrentState: 4,
    Data.EnterState.NewState: 8,
    Data.PostProcessState: 4,
    Data.PostProcessState.CurrentState: 4,
    Data.LeaveState: 4,
    Data.LeaveState.CurrentState: 4,
    Data.LeaveState.NewState: 8,
});
assert_layout!(_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA, size 12, align 4, {
    Type: 0,
    Data: 4,
    Data.EnterState: 4,
    Data.EnterState.CurrentState: 4,
    Data.EnterState.NewState: 8,
    Data.PostProcessState: 4,
    Data.PostProcessState.CurrentState: 4,
    Data.LeaveState: 4,
    Data.LeaveState.CurrentState: 4,
    Data.LeaveState.NewState: 8,
});
assert_layout!(_WDF_PNPPOWER_EVENT_CALLBACKS, size 144, align 8, {
    Size: 0,
    EvtDeviceD0Entry: 8,
    EvtDeviceD0EntryPostInterruptsEnabled: 16,
    EvtDeviceD0Exit: 24,
    EvtDeviceD0ExitPreInterruptsDisabled: 32,
    EvtDevicePrepareHardware: 40,
    EvtDeviceReleaseHardware: 48,
    EvtDeviceSelfManagedIoCleanup: 56,
    EvtDeviceSelfManagedIoFlush: 64,
    EvtDeviceSelfManagedIoInit: 72,
    EvtDeviceSelfManagedIoSuspend: 80,
    EvtDeviceSelfManagedIoRestart: 88,
    EvtDeviceSurpriseRemoval: 96,
    EvtDeviceQueryRemove: 104,
    EvtDeviceQueryStop: 112,
    EvtDeviceUsageNotification: 120,
    EvtDeviceRelationsQuery: 128,
    EvtDeviceUsageNotificationEx: 136,
});
assert_layout!(_WDF_POWER_POLICY_EVENT_CALLBACKS, size 64, align 8, {
    Size: 0,
    EvtDeviceArmWakeFromS0: 8,
    EvtDeviceDisarmWakeFromS0: 16,
    EvtDeviceWakeFromS0Triggered: 24,
    EvtDeviceArmWakeFromSx: 32,
    EvtDeviceDisarmWakeFromSx: 40,
    EvtDeviceWakeFromSxTriggered: 48,
    EvtDeviceArmWakeFromSxWithReason: 56,
});
assert_layout!(_WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, size 36, align 4, {
    Size: 0,
    IdleCaps: 4,
    DxState: 8,
    IdleTimeout: 12,
    UserControlOfIdleSettings: 16,
    Enabled: 20,
    PowerUpIdleDeviceOnSystemWake: 24,
    IdleTimeoutType: 28,
    ExcludeD3Cold: 32,
});
assert_layout!(_WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS, size 20, align 4, {
    Size: 0,
    DxState: 4,
    UserControlOfWakeSettings: 8,
    Enabled: 12,
    ArmForWakeIfChildrenAreArmedForWake: 16,
    IndicateChildWakeOnParentWake: 17,
});
assert_layout!(_WDF_DEVICE_STATE, size 32, align 4, {
    Size: 0,
    Disabled: 4,
    DontDisplayInUI: 8,
    Failed: 12,
    NotDisableable: 16,
    Removed: 20,
    ResourcesChanged: 24,
    AssignedToGuest: 28,
});
assert_layout!(_WDF_DEVICE_PNP_CAPABILITIES, size 48, align 4, {
    Size: 0,
    LockSupported: 4,
    EjectSupported: 8,
    Removable: 12,
    DockDevice: 16,
    UniqueID: 20,
    SilentInstall: 24,
    SurpriseRemovalOK: 28,
    HardwareDisabled: 32,
    NoDisplayInUI: 36,
    Address: 40,
    UINumber: 44,
});
assert_layout!(_WDF_DEVICE_POWER_CAPABILITIES, size 80, align 4, {
    Size: 0,
    DeviceD1: 4,
    DeviceD2: 8,
    WakeFromD0: 12,
    WakeFromD1: 16,
    WakeFromD2: 20,
    WakeFromD3: 24,
    DeviceState: 28,
    DeviceWake: 56,
    SystemWake: 60,
    D1Latency: 64,
    D2Latency: 68,
    D3Latency: 72,
    IdealDxStateForSx: 76,
});
assert_layout!(_WDF_REMOVE_LOCK_OPTIONS, size 8, align 4, {
    Size: 0,
    Flags: 4,
});
assert_layout!(_WDF_POWER_FRAMEWORK_SETTINGS, size 72, align 8, {
    Size: 0,
    EvtDeviceWdmPostPoFxRegisterDevice: 8,
    EvtDeviceWdmPrePoFxUnregisterDevice: 16,
    Component: 24,
    ComponentActiveConditionCallback: 32,
    ComponentIdleConditionCallback: 40,
    ComponentIdleStateCallback: 48,
    PowerControlCallback: 56,
    PoFxDeviceContext: 64,
});
assert_layout!(_WDF_IO_TYPE_CONFIG, size 16, align 4, {
    Size: 0,
    ReadWriteIoType: 4,
    DeviceControlIoType: 8,
    DirectTransferThreshold: 12,
});
assert_layout!(_WDF_DEVICE_PROPERTY_DATA, size 24, align 8, {
    Size: 0,
    PropertyKey: 8,
    Lcid: 16,
    Flags: 20,
});
assert_layout!(_WDF_DPC_CONFIG, size 24, align 8, {
    Size: 0,
    EvtDpcFunc: 8,
    AutomaticSerialization: 16,
});
assert_layout!(_WDF_TIMER_CONFIG, size 40, align 8, {
    Size: 0,
    EvtTimerFunc: 8,
    Period: 16,
    AutomaticSerialization: 20,
    TolerableDelay: 24,
    UseHighResolutionTimer: 32,
});
assert_layout!(_WDF_WORKITEM_CONFIG, size 24, align 8, {
    Size: 0,
    EvtWorkItemFunc: 8,
    AutomaticSerialization: 16,
});
assert_layout!(_WDF_INTERRUPT_CONFIG, size 104, align 8, {
    Size: 0,
    SpinLock: 8,
    ShareVector: 16,
    FloatingSave: 20,
    AutomaticSerialization: 21,
    EvtInterruptIsr: 24,
    EvtInterruptDpc: 32,
    EvtInterruptEnable: 40,
    EvtInterruptDisable: 48,
    EvtInterruptWorkItem: 56,
    InterruptRaw: 64,
    InterruptTranslated: 72,
    WaitLock: 80,
    PassiveHandling: 88,
    ReportInactiveOnPowerDown: 92,
    CanWakeDevice: 96,
});
assert_layout!(_WDF_INTERRUPT_INFO, size 64, align 8, {
    Size: 0,
    Reserved1: 8,
    TargetProcessorSet: 16,
    Reserved2: 24,
    MessageNumber: 28,
    Vector: 32,
    Irql: 36,
    Mode: 40,
    Polarity: 44,
    MessageSignaled: 48,
    ShareDisposition: 49,
    Group: 56,
});
assert_layout!(_WDF_INTERRUPT_EXTENDED_POLICY, size 32, align 8, {
    Size: 0,
    Policy: 4,
    Priority: 8,
    TargetProcessorSetAndGroup: 16,
});
assert_layout!(_WDF_REQUEST_PARAMETERS, size 40, align 8, {
    Size: 0,
    MinorFunction: 2,
    Type: 4,
    Parameters: 8,
    Parameters.Create: 8,
    Parameters.Create.SecurityContext: 8,
    Parameters.Create.Options: 16,
    Parameters.Create.FileAttributes: 24,
    Parameters.Create.ShareAccess: 26,
    Parameters.Create.EaLength: 32,
    Parameters.Read: 8,
    Parameters.Read.Length: 8,
    Parameters.Read.Key: 16,
    Parameters.Read.DeviceOffset: 24,
    Parameters.Write: 8,
    Parameters.Write.Length: 8,
    Parameters.Write.Key: 16,
    Parameters.Write.DeviceOffset: 24,
    Parameters.DeviceIoControl: 8,
    Parameters.DeviceIoControl.OutputBufferLength: 8,
    Parameters.DeviceIoControl.InputBufferLength: 16,
    Parameters.DeviceIoControl.IoControlCode: 24,
    Parameters.DeviceIoControl.Type3InputBuffer: 32,
    Parameters.Others: 8,
    Parameters.Others.Arg1: 8,
    Parameters.Others.Arg2: 16,
    Parameters.Others.IoControlCode: 24,
    Parameters.Others.Arg4: 32,
});
assert_layout!(_WDF_REQUEST_COMPLETION_PARAMS, size 72, align 8, {
    Size: 0,
    Type: 4,
    IoStatus: 8,
    Parameters: 24,
    Parameters.Write: 24,
    Parameters.Write.Buffer: 24,
    Parameters.Write.Length: 32,
    Parameters.Write.Offset: 40,
    Parameters.Read: 24,
    Parameters.Read.Buffer: 24,
    Parameters.Read.Length: 32,
    Parameters.Read.Offset: 40,
    Parameters.Ioctl: 24,
    Parameters.Ioctl.IoControlCode: 24,
    Parameters.Ioctl.Input: 32,
    Parameters.Ioctl.Input.Buffer: 32,
    Parameters.Ioctl.Input.Offset: 40,
    Parameters.Ioctl.Output: 48,
    Parameters.Ioctl.Output.Buffer: 48,
    Parameters.Ioctl.Output.Offset: 56,
    Parameters.Ioctl.Output.Length: 64,
    Parameters.Others: 24,
    Parameters.Others.Argument1: 24,
    Parameters.Others.Argument1.Ptr: 24,
    Parameters.Others.Argument1.Value: 24,
    Parameters.Others.Argument2: 32,
    Parameters.Others.Argument2.Ptr: 32,
    Parameters.Others.Argument2.Value: 32,
    Parameters.Others.Argument3: 40,
    Parameters.Others.Argument3.Ptr: 40,
    Parameters.Others.Argument3.Value: 40,
    Parameters.Others.Argument4: 48,
    Parameters.Others.Argument4.Ptr: 48,
    Parameters.Others.Argument4.Value: 48,
    Parameters.Usb: 24,
    Parameters.Usb.Completion: 24,
});
assert_layout!(_WDF_REQUEST_REUSE_PARAMS, size 24, align 8, {
    Size: 0,
    Flags: 4,
    Status: 8,
    NewIrp: 16,
});
assert_layout!(_WDF_REQUEST_SEND_OPTIONS, size 16, align 8, {
    Size: 0,
    Flags: 4,
    Timeout: 8,
});
assert_layout!(_WDF_REQUEST_FORWARD_OPTIONS, size 8, align 4, {
    Size: 0,
    Flags: 4,
});
assert_layout!(_WDF_IO_TARGET_OPEN_PARAMS, size 136, align 8, {
    Size: 0,
    Type: 4,
    EvtIoTargetQueryRemove: 8,
    EvtIoTargetRemoveCanceled: 16,
    EvtIoTargetRemoveComplete: 24,
    TargetDeviceObject: 32,
    TargetFileObject: 40,
    TargetDeviceName: 48,
    DesiredAccess: 64,
    ShareAccess: 68,
    FileAttributes: 72,
    CreateDisposition: 76,
    CreateOptions: 80,
    EaBuffer: 88,
    EaBufferLength: 96,
    AllocationSize: 104,
    FileInformation: 112,
    FileName: 120,
});
assert_layout!(_WDF_IO_QUEUE_CONFIG, size 96, align 8, {
    Size: 0,
    DispatchType: 4,
    PowerManaged: 8,
    AllowZeroLengthRequests: 12,
    DefaultQueue: 13,
    EvtIoDefault: 16,
    EvtIoRead: 24,
    EvtIoWrite: 32,
    EvtIoDeviceControl: 40,
    EvtIoInternalDeviceControl: 48,
    EvtIoStop: 56,
    EvtIoResume: 64,
    EvtIoCanceledOnQueue: 72,
    Settings: 80,
    Settings.Parallel: 80,
    Settings.Parallel.NumberOfPresentedRequests: 80,
    Driver: 88,
});
assert_layout!(_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS, size 8, align 8, {
});
assert_layout!(_WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY, size 40, align 8, {
    Size: 0,
    TotalForwardProgressRequests: 4,
    ForwardProgressReservedPolicy: 8,
    ForwardProgressReservePolicySettings: 16,
    EvtIoAllocateResourcesForReservedRequest: 24,
    EvtIoAllocateRequestResources: 32,
});
assert_layout!(_WDF_FDO_EVENT_CALLBACKS, size 32, align 8, {
    Size: 0,
    EvtDeviceFilterAddResourceRequirements: 8,
    EvtDeviceFilterRemoveResourceRequirements: 16,
    EvtDeviceRemoveAddedResources: 24,
});
assert_layout!(_WDF_PDO_EVENT_CALLBACKS, size 64, align 8, {
    Size: 0,
    EvtDeviceResourcesQuery: 8,
    EvtDeviceResourceRequirementsQuery: 16,
    EvtDeviceEject: 24,
    EvtDeviceSetLock: 32,
    EvtDeviceEnableWakeAtBus: 40,
    EvtDeviceDisableWakeAtBus: 48,
    EvtDeviceReportedMissing: 56,
});
assert_layout!(_WDF_WMI_PROVIDER_CONFIG, size 40, align 8, {
    Size: 0,
    Guid: 4,
    Flags: 20,
    MinInstanceBufferSize: 24,
    EvtWmiProviderFunctionControl: 32,
});
assert_layout!(_WDF_WMI_INSTANCE_CONFIG, size 64, align 8, {
    Size: 0,
    Provider: 8,
    ProviderConfig: 16,
    UseContextForQuery: 24,
    Register: 25,
    EvtWmiInstanceQueryInstance: 32,
    EvtWmiInstanceSetInstance: 40,
    EvtWmiInstanceSetItem: 48,
    EvtWmiInstanceExecuteMethod: 56,
});
assert_layout!(_WDF_DMA_ENABLER_CONFIG, size 80, align 8, {
    Size: 0,
    Profile: 4,
    MaximumLength: 8,
    EvtDmaEnablerFill: 16,
    EvtDmaEnablerFlush: 24,
    EvtDmaEnablerDisable: 32,
    EvtDmaEnablerEnable: 40,
    EvtDmaEnablerSelfManagedIoStart: 48,
    EvtDmaEnablerSelfManagedIoStop: 56,
    AddressWidthOverride: 64,
    WdmDmaVersionOverride: 68,
    Flags: 72,
});
assert_layout!(_WDF_DMA_SYSTEM_PROFILE_CONFIG, size 32, align 8, {
    Size: 0,
    DemandMode: 4,
    LoopedTransfer: 5,
    DmaWidth: 8,
    DeviceAddress: 16,
    DmaDescriptor: 24,
});
assert_layout!(_WDF_COMMON_BUFFER_CONFIG, size 8, align 4, {
    Size: 0,
    AlignmentRequirement: 4,
});
assert_layout!(_WDF_POWER_ROUTINE_TIMED_OUT_DATA, size 32, align 8, {
    PowerState: 0,
    PowerPolicyState: 4,
    DeviceObject: 8,
    Device: 16,
    TimedOutThread: 24,
});
assert_layout!(_WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA, size 40, align 8, {
    Request: 0,
    Irp: 8,
    OutputBufferLength: 16,
    Information: 24,
    MajorFunction: 32,
});
assert_layout!(_WDF_QUEUE_FATAL_ERROR_DATA, size 24, align 8, {
    Queue: 0,
    Request: 8,
    Status: 16,
});
assert_layout!(_WDF_TASK_SEND_OPTIONS, size 16, align 8, {
    Size: 0,
    Flags: 4,
    Timeout: 8,
});
