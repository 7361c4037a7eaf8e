//! Structures of the KMDF headers and of the loader's binding (KMDF 1.31 and 1.33).

use super::{Guid, Pointer};
use crate::guest::Guest;
use crate::status::NtStatus;

/// A handle of the framework: opaque to the driver.
pub type Handle = usize;

/// `WDF_BIND_INFO`, and the first part of `WDF_BIND_INFO2`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BindInfo {
    /// 0x30, or 0x58 for the second version.
    pub size: u32,
    pub(crate) _pad: u32,
    /// `L"KmdfLibrary"`.
    pub component: Guest<u16>,
    /// Major, minor, build.
    pub version: [u32; 3],
    /// Entries the client was built with.
    pub func_count: u32,
    /// Where the table, or its address, goes.
    pub func_table: Pointer,
    /// The loader's module.
    pub module: Pointer,
}

/// `WDF_BIND_INFO2`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BindInfo2 {
    /// First version.
    pub v1: BindInfo,
    /// Lowest minor version the client accepts.
    pub minimum_version: Guest<u32>,
    /// Set when the client is newer than the framework.
    pub client_newer: Guest<u8>,
    /// Number of functions there are.
    pub func_count: Guest<u32>,
    /// Number of structures there are.
    pub struct_count: Guest<u32>,
    /// Address of the table of structure sizes.
    pub struct_table: Guest<Pointer>,
}

/// `WDF_CLASS_BIND_INFO`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ClassBindInfo {
    /// 0x50, or 0x78 for the second version.
    pub size: u32,
    pub(crate) _pad0: u32,
    /// Name of the class extension.
    pub class_name: Guest<u16>,
    /// Major, minor, build.
    pub version: [u32; 3],
    pub(crate) _pad1: u32,
    /// The client's table.
    pub function_table: Guest<Pointer>,
    /// Its entries.
    pub function_table_count: u32,
    pub(crate) _pad2: u32,
    /// What the extension defines; NetAdapterCx: where its globals' address goes.
    pub class_bind_info: Guest<Pointer>,
    /// The client's own bind routine.
    pub client_bind: Pointer,
    /// The client's own unbind routine.
    pub client_unbind: Pointer,
    /// The loader's module.
    pub class_module: Pointer,
}

/// `WDF_DRIVER_GLOBALS`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DriverGlobals {
    /// The WDFDRIVER.
    pub driver: Handle,
    /// Flags.
    pub flags: u32,
    /// Pool tag.
    pub tag: u32,
    /// Service name.
    pub name: [u8; 32],
    /// The stub shall take DriverUnload's place.
    pub displace_driver_unload: u8,
    pub(crate) _pad: [u8; 7],
}

/// `WDF_OBJECT_ATTRIBUTES`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ObjectAttributes {
    /// 56
    pub size: u32,
    pub(crate) _pad: u32,
    /// Called when the object is deleted.
    pub cleanup: Option<extern "win64" fn(Handle)>,
    /// Called when the last reference is gone.
    pub destroy: Option<extern "win64" fn(Handle)>,
    /// WDF_EXECUTION_LEVEL.
    pub execution_level: u32,
    /// WDF_SYNCHRONIZATION_SCOPE.
    pub synchronization_scope: u32,
    /// Parent.
    pub parent: Handle,
    /// Overrides the type's size.
    pub context_size_override: usize,
    /// Context type.
    pub context_type: Guest<ContextTypeInfo>,
}

/// `WDF_OBJECT_CONTEXT_TYPE_INFO`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ContextTypeInfo {
    /// 40
    pub size: u32,
    pub(crate) _pad: u32,
    /// Name.
    pub name: Guest<u8>,
    /// Bytes.
    pub context_size: usize,
    /// The record that stands for the type in all modules.
    pub unique_type: Guest<ContextTypeInfo>,
    /// Makes it.
    pub get_unique: Pointer,
}

/// `WDF_DRIVER_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DriverConfig {
    /// 32
    pub size: u32,
    pub(crate) _pad: u32,
    /// For each device.
    pub device_add: Option<extern "win64" fn(Handle, Pointer) -> NtStatus>,
    /// At unload.
    pub unload: Option<extern "win64" fn(Handle)>,
    /// WDF_DRIVER_INIT_FLAGS.
    pub flags: u32,
    /// Pool tag.
    pub pool_tag: u32,
}

/// `WDF_FILEOBJECT_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct FileObjectConfig {
    /// 40
    pub size: u32,
    pub(crate) _pad: u32,
    /// On open.
    pub create: Option<extern "win64" fn(Handle, Handle, Handle)>,
    /// On close.
    pub close: Option<extern "win64" fn(Handle)>,
    /// When the last handle goes.
    pub cleanup: Option<extern "win64" fn(Handle)>,
    /// WDF_TRI_STATE.
    pub auto_forward: u32,
    /// WDF_FILEOBJECT_CLASS.
    pub class: u32,
}

/// A PnP or power callback that takes the device.
pub type DeviceStatusCallback = Option<extern "win64" fn(Handle) -> NtStatus>;
/// A PnP or power callback that returns nothing.
pub type DeviceVoidCallback = Option<extern "win64" fn(Handle)>;
/// A power callback with a power state.
pub type PowerCallback = Option<extern "win64" fn(Handle, u32) -> NtStatus>;

/// `WDF_PNPPOWER_EVENT_CALLBACKS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct PnpPowerCallbacks {
    /// 144
    pub size: u32,
    pub(crate) _pad: u32,
    /// Into D0.
    pub d0_entry: PowerCallback,
    /// Into D0, interrupts on.
    pub d0_entry_post_interrupts: PowerCallback,
    /// Out of D0.
    pub d0_exit: PowerCallback,
    /// Out of D0, interrupts still on.
    pub d0_exit_pre_interrupts: PowerCallback,
    /// Resources there.
    pub prepare_hardware: Option<extern "win64" fn(Handle, Handle, Handle) -> NtStatus>,
    /// Resources gone.
    pub release_hardware: Option<extern "win64" fn(Handle, Handle) -> NtStatus>,
    /// Last of self-managed I/O.
    pub self_managed_io_cleanup: DeviceVoidCallback,
    /// Before that.
    pub self_managed_io_flush: DeviceVoidCallback,
    /// First start.
    pub self_managed_io_init: DeviceStatusCallback,
    /// Power down.
    pub self_managed_io_suspend: DeviceStatusCallback,
    /// Power up again.
    pub self_managed_io_restart: DeviceStatusCallback,
    /// It is gone already.
    pub surprise_removal: DeviceVoidCallback,
    /// May it be removed?
    pub query_remove: DeviceStatusCallback,
    /// May it be stopped?
    pub query_stop: DeviceStatusCallback,
    /// Special files.
    pub usage_notification: Pointer,
    /// Relations.
    pub relations_query: Pointer,
    /// Special files.
    pub usage_notification_ex: Pointer,
}

/// `WDF_TIMER_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TimerConfig {
    /// 40
    pub size: u32,
    pub(crate) _pad0: u32,
    /// Callback.
    pub function: Option<extern "win64" fn(Handle)>,
    /// Milliseconds.
    pub period: u32,
    /// Takes the parent's lock.
    pub automatic_serialization: u8,
    pub(crate) _pad1: [u8; 3],
    /// Milliseconds.
    pub tolerable_delay: u32,
    pub(crate) _pad2: u32,
    /// WDF_TRI_STATE or BOOLEAN.
    pub high_resolution: u8,
    pub(crate) _pad3: [u8; 7],
}

/// `WDF_WORKITEM_CONFIG` and `WDF_DPC_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct WorkItemConfig {
    /// 24
    pub size: u32,
    pub(crate) _pad0: u32,
    /// Callback.
    pub function: Option<extern "win64" fn(Handle)>,
    /// Takes the parent's lock.
    pub automatic_serialization: u8,
    pub(crate) _pad1: [u8; 7],
}

/// `WDF_IO_QUEUE_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IoQueueConfig {
    /// 96
    pub size: u32,
    /// WDF_IO_QUEUE_DISPATCH_TYPE.
    pub dispatch_type: u32,
    /// WDF_TRI_STATE.
    pub power_managed: u32,
    /// Deliver reads and writes of length 0.
    pub allow_zero_length: u8,
    /// The device's default queue.
    pub default_queue: u8,
    pub(crate) _pad0: [u8; 2],
    /// Anything.
    pub io_default: Option<extern "win64" fn(Handle, Handle)>,
    /// Read.
    pub io_read: Option<extern "win64" fn(Handle, Handle, usize)>,
    /// Write.
    pub io_write: Option<extern "win64" fn(Handle, Handle, usize)>,
    /// Device control.
    pub io_device_control: Option<extern "win64" fn(Handle, Handle, usize, usize, u32)>,
    /// Internal device control.
    pub io_internal_device_control: Option<extern "win64" fn(Handle, Handle, usize, usize, u32)>,
    /// Power down or removal.
    pub io_stop: Option<extern "win64" fn(Handle, Handle, u32)>,
    /// Power up.
    pub io_resume: Option<extern "win64" fn(Handle, Handle)>,
    /// Cancelled while queued.
    pub io_canceled_on_queue: Option<extern "win64" fn(Handle, Handle)>,
    /// Parallel: how many at once.
    pub presented_requests: u32,
    pub(crate) _pad1: u32,
    /// Driver (1.11 and later).
    pub driver: Handle,
}

/// `WDF_REQUEST_PARAMETERS`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestParameters {
    /// 40
    pub size: u16,
    /// Minor function.
    pub minor: u8,
    pub(crate) _pad: u8,
    /// WDF_REQUEST_TYPE.
    pub kind: u32,
    /// Read: length, key, offset. Device control: output length, input length, code, input pointer.
    pub parameters: [u64; 4],
}

/// `WDF_MEMORY_DESCRIPTOR` and `WDFMEMORY_OFFSET`'s part: offset and length of a buffer in a memory object.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryOffset {
    /// Offset.
    pub offset: usize,
    /// Length.
    pub length: usize,
}

/// `WDF_DEVICE_STATE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceState {
    /// 32
    pub size: u32,
    /// Disabled, DontDisplayInUI, Failed, NotDisableable, Removed, ResourcesChanged, AssignedToGuest.
    pub values: [u32; 7],
}

/// `WDF_IO_TYPE_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IoTypeConfig {
    /// 16
    pub size: u32,
    /// For read and write.
    pub read_write: u32,
    /// For device control.
    pub device_control: u32,
    /// Direct transfer from this size on.
    pub direct_threshold: u32,
}

/// `WDF_QUERY_INTERFACE_CONFIG`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct QueryInterfaceConfig {
    /// 48
    pub size: u32,
    pub(crate) _pad0: u32,
    /// The interface.
    pub interface: Pointer,
    /// Its GUID.
    pub interface_type: Guest<Guid>,
    /// Ask the stack below too.
    pub send_to_parent: u8,
    pub(crate) _pad1: [u8; 7],
    /// Called for each query.
    pub process: Pointer,
    /// Copy back.
    pub import: u8,
    pub(crate) _pad2: [u8; 7],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::check::{check_layout, facts};

    #[test]
    fn structures_have_the_recorded_layout() {
        let f = &facts("kmdf.json");
        check_layout!(f, "WDF_BIND_INFO", BindInfo {
            "Component" = component, "Version" = version, "FuncCount" = func_count, "FuncTable" = func_table,
            "Module" = module,
        });
        check_layout!(f, "WDF_BIND_INFO2", BindInfo2 {
            "MinimumVersionRequired" = minimum_version, "ClientVersionHigherThanFramework" = client_newer,
            "FuncCountPtr" = func_count, "StructCountPtr" = struct_count, "StructTable" = struct_table,
        });
        check_layout!(f, "WDF_CLASS_BIND_INFO", ClassBindInfo {
            "ClassName" = class_name, "Version" = version, "FunctionTable" = function_table,
            "FunctionTableCount" = function_table_count, "ClassBindInfo" = class_bind_info,
            "ClientBindClass" = client_bind, "ClientUnbindClass" = client_unbind, "ClassModule" = class_module,
        });
        check_layout!(f, "WDF_DRIVER_GLOBALS", DriverGlobals {
            "Driver" = driver, "DriverFlags" = flags, "DriverTag" = tag, "DriverName" = name,
            "DisplaceDriverUnload" = displace_driver_unload,
        });
        check_layout!(f, "WDF_OBJECT_ATTRIBUTES", ObjectAttributes {
            "Size" = size, "EvtCleanupCallback" = cleanup, "EvtDestroyCallback" = destroy,
            "ExecutionLevel" = execution_level, "SynchronizationScope" = synchronization_scope,
            "ParentObject" = parent, "ContextSizeOverride" = context_size_override, "ContextTypeInfo" = context_type,
        });
        check_layout!(f, "WDF_OBJECT_CONTEXT_TYPE_INFO", ContextTypeInfo {
            "ContextName" = name, "ContextSize" = context_size, "UniqueType" = unique_type,
            "EvtDriverGetUniqueContextType" = get_unique,
        });
        check_layout!(f, "WDF_DRIVER_CONFIG", DriverConfig {
            "EvtDriverDeviceAdd" = device_add, "EvtDriverUnload" = unload, "DriverInitFlags" = flags,
            "DriverPoolTag" = pool_tag,
        });
        check_layout!(f, "WDF_FILEOBJECT_CONFIG", FileObjectConfig {
            "EvtDeviceFileCreate" = create, "EvtFileClose" = close, "EvtFileCleanup" = cleanup,
            "AutoForwardCleanupClose" = auto_forward, "FileObjectClass" = class,
        });
        check_layout!(f, "WDF_PNPPOWER_EVENT_CALLBACKS", PnpPowerCallbacks {
            "EvtDeviceD0Entry" = d0_entry, "EvtDeviceD0EntryPostInterruptsEnabled" = d0_entry_post_interrupts,
            "EvtDeviceD0Exit" = d0_exit, "EvtDeviceD0ExitPreInterruptsDisabled" = d0_exit_pre_interrupts,
            "EvtDevicePrepareHardware" = prepare_hardware, "EvtDeviceReleaseHardware" = release_hardware,
            "EvtDeviceSelfManagedIoCleanup" = self_managed_io_cleanup,
            "EvtDeviceSelfManagedIoFlush" = self_managed_io_flush, "EvtDeviceSelfManagedIoInit" = self_managed_io_init,
            "EvtDeviceSelfManagedIoSuspend" = self_managed_io_suspend,
            "EvtDeviceSelfManagedIoRestart" = self_managed_io_restart, "EvtDeviceSurpriseRemoval" = surprise_removal,
            "EvtDeviceQueryRemove" = query_remove, "EvtDeviceQueryStop" = query_stop,
            "EvtDeviceUsageNotificationEx" = usage_notification_ex,
        });
        check_layout!(f, "WDF_TIMER_CONFIG", TimerConfig {
            "EvtTimerFunc" = function, "Period" = period, "AutomaticSerialization" = automatic_serialization,
            "TolerableDelay" = tolerable_delay, "UseHighResolutionTimer" = high_resolution,
        });
        check_layout!(f, "WDF_WORKITEM_CONFIG", WorkItemConfig {
            "EvtWorkItemFunc" = function, "AutomaticSerialization" = automatic_serialization,
        });
        check_layout!(f, "WDF_DPC_CONFIG", WorkItemConfig {
            "EvtDpcFunc" = function, "AutomaticSerialization" = automatic_serialization,
        });
        check_layout!(f, "WDF_IO_QUEUE_CONFIG", IoQueueConfig {
            "DispatchType" = dispatch_type, "PowerManaged" = power_managed, "AllowZeroLengthRequests" = allow_zero_length,
            "DefaultQueue" = default_queue, "EvtIoDefault" = io_default, "EvtIoRead" = io_read, "EvtIoWrite" = io_write,
            "EvtIoDeviceControl" = io_device_control, "EvtIoInternalDeviceControl" = io_internal_device_control,
            "EvtIoStop" = io_stop, "EvtIoResume" = io_resume, "EvtIoCanceledOnQueue" = io_canceled_on_queue,
            "Settings.Parallel.NumberOfPresentedRequests" = presented_requests, "Driver" = driver,
        });
        check_layout!(f, "WDF_REQUEST_PARAMETERS", RequestParameters {
            "MinorFunction" = minor, "Type" = kind, "Parameters" = parameters,
        });
        check_layout!(f, "WDF_DEVICE_STATE", DeviceState { "Size" = size });
        check_layout!(f, "WDF_IO_TYPE_CONFIG", IoTypeConfig {
            "ReadWriteIoType" = read_write, "DeviceControlIoType" = device_control,
            "DirectTransferThreshold" = direct_threshold,
        });
        check_layout!(f, "WDFMEMORY_OFFSET", MemoryOffset { "BufferOffset" = offset, "BufferLength" = length });
        check_layout!(f, "WDF_QUERY_INTERFACE_CONFIG", QueryInterfaceConfig {
            "Interface" = interface, "InterfaceType" = interface_type, "SendQueryToParentStack" = send_to_parent,
            "EvtDeviceProcessQueryInterfaceRequest" = process, "ImportInterface" = import,
        });
    }
}
