//! Structures of wdm.h.

use super::Pointer;
use crate::guest::Guest;
use crate::status::NtStatus;

/// `UNICODE_STRING`: lengths in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct UnicodeString {
    /// Bytes in use.
    pub length: u16,
    /// Bytes there are.
    pub maximum_length: u16,
    /// The characters, not terminated.
    pub buffer: Guest<u16>,
}

impl UnicodeString {
    /// The text behind the string at `at`; empty for null.
    #[must_use]
    pub fn text(at: Guest<Self>) -> String {
        if at.is_null() {
            return String::new();
        }
        let this = at.read();
        if this.buffer.is_null() {
            return String::new();
        }
        String::from_utf16_lossy(&this.buffer.read_slice(usize::from(this.length / 2)))
    }

    /// A string over memory that is never freed (names that live as long as the process).
    #[must_use]
    pub fn leak(text: &str) -> Self {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        let length = u16::try_from(2 * units.len()).unwrap_or(u16::MAX - 1);
        units.push(0);
        let buffer = Guest::of(&Box::leak(units.into_boxed_slice())[0]);
        Self {
            length,
            maximum_length: length + 2,
            buffer,
        }
    }
}

/// `STRING` / `ANSI_STRING`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct AnsiString {
    /// Bytes in use.
    pub length: u16,
    /// Bytes there are.
    pub maximum_length: u16,
    /// The characters.
    pub buffer: Guest<u8>,
}

/// `LIST_ENTRY`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ListEntry {
    /// Next.
    pub flink: Pointer,
    /// Previous.
    pub blink: Pointer,
}

/// `IO_STATUS_BLOCK`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IoStatusBlock {
    /// Result.
    pub status: NtStatus,
    pub(crate) _pad: u32,
    /// Bytes moved, or what the request defines.
    pub information: usize,
}

impl IoStatusBlock {
    /// A status and its information.
    #[must_use]
    pub const fn new(status: NtStatus, information: usize) -> Self {
        Self {
            status,
            _pad: 0,
            information,
        }
    }
}

/// `IRP`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Irp {
    /// `IO_TYPE_IRP`.
    pub kind: i16,
    /// Bytes including the stack locations.
    pub size: u16,
    pub(crate) _pad0: u32,
    /// Buffer of direct I/O.
    pub mdl_address: Guest<Mdl>,
    /// IRP_* flags.
    pub flags: u32,
    pub(crate) _pad1: u32,
    /// Buffer of buffered I/O.
    pub system_buffer: Guest<u8>,
    /// Link in the thread's list.
    pub thread_list_entry: ListEntry,
    /// Result.
    pub io_status: IoStatusBlock,
    /// KernelMode 0, UserMode 1.
    pub requestor_mode: u8,
    /// Copied from the stack location below at completion.
    pub pending_returned: u8,
    /// Number of stack locations.
    pub stack_count: i8,
    /// One more than `stack_count` when the IRP is fresh.
    pub current_location: i8,
    /// Set once it is cancelled.
    pub cancel: u8,
    /// IRQL at which the cancel lock was taken.
    pub cancel_irql: u8,
    /// APC environment.
    pub apc_environment: i8,
    /// How it was allocated.
    pub allocation_flags: u8,
    /// User's status block.
    pub user_iosb: Pointer,
    /// User's event.
    pub user_event: Pointer,
    /// Overlay.
    pub overlay: [u64; 2],
    /// Called when it is cancelled.
    pub cancel_routine: Pointer,
    /// User's output buffer.
    pub user_buffer: Guest<u8>,
    /// The driver's four words while it owns the IRP.
    pub driver_context: [Pointer; 4],
    /// Thread that issued it.
    pub thread: Pointer,
    /// Auxiliary buffer.
    pub auxiliary_buffer: Pointer,
    /// The driver's list link.
    pub list_entry: ListEntry,
    /// Current stack location.
    pub current_stack_location: Guest<IoStackLocation>,
    /// File object it was issued for.
    pub original_file_object: Pointer,
    pub(crate) _tail: u64,
}

/// `IO_STACK_LOCATION`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IoStackLocation {
    /// IRP_MJ_*.
    pub major: u8,
    /// IRP_MN_*.
    pub minor: u8,
    /// SL_* flags of the function.
    pub flags: u8,
    /// SL_PENDING_RETURNED, SL_INVOKE_ON_*.
    pub control: u8,
    pub(crate) _pad: u32,
    /// Four words whose meaning depends on the function.
    pub parameters: [u64; 4],
    /// Device.
    pub device_object: Pointer,
    /// File.
    pub file_object: Pointer,
    /// Completion routine of the driver above.
    pub completion_routine: Pointer,
    /// Its context.
    pub context: Pointer,
}

/// `MDL` without its page array.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Mdl {
    /// Next of the chain.
    pub next: Guest<Mdl>,
    /// Bytes of the MDL itself.
    pub size: i16,
    /// MDL_* flags.
    pub flags: i16,
    pub(crate) _pad: u32,
    /// Process.
    pub process: Pointer,
    /// Where it is mapped in system space.
    pub mapped_system_va: Guest<u8>,
    /// Page of the buffer's first byte.
    pub start_va: Pointer,
    /// Bytes described.
    pub byte_count: u32,
    /// Offset of the first byte in its page.
    pub byte_offset: u32,
}

/// `DRIVER_OBJECT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct DriverObject {
    /// `IO_TYPE_DRIVER`.
    pub kind: i16,
    /// Size.
    pub size: i16,
    pub(crate) _pad0: u32,
    /// First device.
    pub device_object: Pointer,
    /// Flags.
    pub flags: u32,
    pub(crate) _pad1: u32,
    /// Base of the image.
    pub driver_start: Pointer,
    /// Size of the image.
    pub driver_size: u32,
    pub(crate) _pad2: u32,
    /// Loader entry.
    pub driver_section: Pointer,
    /// Extension.
    pub driver_extension: Pointer,
    /// `\Driver\name`.
    pub driver_name: UnicodeString,
    /// Registry path of hardware.
    pub hardware_database: Pointer,
    /// Fast I/O.
    pub fast_io_dispatch: Pointer,
    /// Entry point.
    pub driver_init: Pointer,
    /// StartIo.
    pub driver_start_io: Pointer,
    /// Unload routine.
    pub driver_unload: Option<extern "win64" fn(Guest<DriverObject>)>,
    /// Dispatch routines.
    pub major_function: [Pointer; 28],
}

/// `DEVICE_OBJECT`, as far as anybody looks at it.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct DeviceObject {
    /// `IO_TYPE_DEVICE`.
    pub kind: i16,
    /// Size.
    pub size: u16,
    /// References.
    pub reference_count: i32,
    /// Its driver.
    pub driver_object: Guest<DriverObject>,
    /// Next device of the driver.
    pub next_device: Pointer,
    /// Device attached above.
    pub attached_device: Pointer,
    /// Current IRP.
    pub current_irp: Pointer,
    /// Timer.
    pub timer: Pointer,
    /// DO_* flags.
    pub flags: u32,
    /// FILE_* characteristics.
    pub characteristics: u32,
    /// Volume.
    pub vpb: Pointer,
    /// Device extension.
    pub device_extension: Pointer,
    /// FILE_DEVICE_* type.
    pub device_type: u32,
    /// Stack locations an IRP for it needs.
    pub stack_size: i8,
    pub(crate) _pad: [u8; 3],
    pub(crate) _rest: [u64; 32],
}

/// `FILE_OBJECT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FileObject {
    /// `IO_TYPE_FILE`.
    pub kind: i16,
    /// Size.
    pub size: i16,
    pub(crate) _pad0: u32,
    /// Device it was opened on.
    pub device_object: Pointer,
    /// Volume.
    pub vpb: Pointer,
    /// A driver's first word.
    pub fs_context: Pointer,
    /// A driver's second word.
    pub fs_context2: Pointer,
    pub(crate) _pointers: [Pointer; 2],
    /// Status of the last operation.
    pub final_status: NtStatus,
    pub(crate) _pad1: u32,
    /// File it was opened relative to.
    pub related_file_object: Pointer,
    /// Lock operation, delete pending, read, write, delete access, shared read, write, delete.
    pub access: [u8; 8],
    /// FO_* flags.
    pub flags: u32,
    pub(crate) _pad2: u32,
    /// What follows the device's name in the path, with its backslash.
    pub file_name: UnicodeString,
    pub(crate) _rest: [u64; 14],
}

/// `DISPATCHER_HEADER`: how every waitable object starts.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DispatcherHeader {
    /// Kind of object.
    pub kind: u8,
    /// Abandoned, inserted, ...
    pub bytes: [u8; 3],
    /// Above 0: signaled.
    pub signal_state: i32,
    /// Waiters.
    pub wait_list: ListEntry,
}

/// `KDPC`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Kdpc {
    /// 19, or 26 for a threaded DPC.
    pub kind: u8,
    /// KDPC_IMPORTANCE.
    pub importance: u8,
    /// Target processor plus 64 (MAXIMUM_PROC...), 0 for none.
    pub number: u16,
    pub(crate) _pad: u32,
    /// Queue link.
    pub entry: ListEntry,
    /// The routine.
    pub routine: Option<DeferredRoutine>,
    /// Its context.
    pub context: Pointer,
    /// First argument of `KeInsertQueueDpc`.
    pub argument1: Pointer,
    /// Second argument.
    pub argument2: Pointer,
    /// Not null while queued.
    pub data: Pointer,
}

/// `KDEFERRED_ROUTINE`.
pub type DeferredRoutine = extern "win64" fn(Guest<Kdpc>, Pointer, Pointer, Pointer);

/// `KTIMER`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ktimer {
    /// Signaled when it expires.
    pub header: DispatcherHeader,
    /// When, in 100 ns.
    pub due_time: u64,
    /// Queue link.
    pub entry: ListEntry,
    /// DPC to queue.
    pub dpc: Guest<Kdpc>,
    /// Processor.
    pub processor: u32,
    /// Period in milliseconds.
    pub period: u32,
}

/// `KLOCK_QUEUE_HANDLE`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct LockQueueHandle {
    /// Next waiter.
    pub next: Pointer,
    /// The lock.
    pub lock: Guest<u64>,
    /// IRQL before.
    pub old_irql: u8,
    pub(crate) _pad: [u8; 7],
}

/// `FAST_MUTEX`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct FastMutex {
    /// 1 when free.
    pub count: i32,
    pub(crate) _pad0: u32,
    /// Thread that has it.
    pub owner: Pointer,
    /// Waits so far.
    pub contention: u32,
    pub(crate) _pad1: u32,
    /// What waiters wait for.
    pub event: DispatcherHeader,
    /// IRQL before.
    pub old_irql: u32,
    pub(crate) _pad2: u32,
}

/// `PROCESSOR_NUMBER`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorNumber {
    /// Group; there is only 0.
    pub group: u16,
    /// Number in the group.
    pub number: u8,
    pub(crate) _reserved: u8,
}

impl ProcessorNumber {
    /// Processor `n` of group 0.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self {
            group: 0,
            number: u8::try_from(n).unwrap_or(u8::MAX),
            _reserved: 0,
        }
    }
}

/// `GROUP_AFFINITY`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupAffinity {
    /// Bit per processor.
    pub mask: u64,
    /// Group.
    pub group: u16,
    pub(crate) _reserved: [u16; 3],
}

/// `OBJECT_ATTRIBUTES`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ObjectAttributes {
    /// Size.
    pub length: u32,
    pub(crate) _pad0: u32,
    /// Directory or key the name is relative to.
    pub root_directory: Pointer,
    /// Name.
    pub object_name: Guest<UnicodeString>,
    /// OBJ_* flags.
    pub attributes: u32,
    pub(crate) _pad1: u32,
    /// Security descriptor.
    pub security_descriptor: Pointer,
    /// Quality of service.
    pub security_quality_of_service: Pointer,
}

/// `EVENT_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct EventDescriptor {
    /// Id.
    pub id: u16,
    /// Version.
    pub version: u8,
    /// Channel; 11 for TraceLogging.
    pub channel: u8,
    /// Level, 1 (critical) to 5 (verbose).
    pub level: u8,
    /// Opcode.
    pub opcode: u8,
    /// Task.
    pub task: u16,
    /// Keyword bits.
    pub keyword: u64,
}

/// `EVENT_DATA_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct EventDataDescriptor {
    /// Address of the data.
    pub ptr: u64,
    /// Bytes.
    pub size: u32,
    /// 1 event metadata, 2 provider metadata.
    pub kind: u8,
    pub(crate) _reserved: [u8; 3],
}

/// `RTL_OSVERSIONINFOEXW`; the short form ends before `service_pack_major`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct OsVersionInfo {
    /// Size, which says which form it is.
    pub size: u32,
    /// 10
    pub major: u32,
    /// 0
    pub minor: u32,
    /// Build.
    pub build: u32,
    /// 2
    pub platform: u32,
    /// Service pack text.
    pub csd_version: [u16; 128],
    /// Service pack.
    pub service_pack_major: u16,
    /// Service pack.
    pub service_pack_minor: u16,
    /// Suites.
    pub suite_mask: u16,
    /// 1 workstation, 3 server.
    pub product_type: u8,
    pub(crate) _reserved: u8,
}

/// MDL_MAPPED_TO_SYSTEM_VA
pub const MDL_MAPPED_TO_SYSTEM_VA: i16 = 1;
/// MDL_PAGES_LOCKED
pub const MDL_PAGES_LOCKED: i16 = 2;
/// MDL_SOURCE_IS_NONPAGED_POOL
pub const MDL_SOURCE_IS_NONPAGED_POOL: i16 = 4;
/// MDL_PARTIAL
pub const MDL_PARTIAL: i16 = 0x10;
/// MDL_PARTIAL_HAS_BEEN_MAPPED
pub const MDL_PARTIAL_HAS_BEEN_MAPPED: i16 = 0x20;

/// IRP_MJ_CREATE
pub const IRP_MJ_CREATE: u8 = 0;
/// IRP_MJ_CLOSE
pub const IRP_MJ_CLOSE: u8 = 2;
/// IRP_MJ_READ
pub const IRP_MJ_READ: u8 = 3;
/// IRP_MJ_WRITE
pub const IRP_MJ_WRITE: u8 = 4;
/// IRP_MJ_DEVICE_CONTROL
pub const IRP_MJ_DEVICE_CONTROL: u8 = 14;
/// IRP_MJ_INTERNAL_DEVICE_CONTROL
pub const IRP_MJ_INTERNAL_DEVICE_CONTROL: u8 = 15;
/// IRP_MJ_CLEANUP
pub const IRP_MJ_CLEANUP: u8 = 18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::check::{check_layout, facts};

    #[test]
    fn structures_have_the_recorded_layout() {
        let f = &facts("wdm.json");
        check_layout!(f, "UNICODE_STRING", UnicodeString { "Length" = length, "MaximumLength" = maximum_length, "Buffer" = buffer });
        check_layout!(f, "STRING", AnsiString { "Length" = length, "Buffer" = buffer });
        check_layout!(f, "LIST_ENTRY", ListEntry { "Flink" = flink, "Blink" = blink });
        check_layout!(f, "IO_STATUS_BLOCK", IoStatusBlock { "Status" = status, "Information" = information });
        check_layout!(f, "IRP", Irp {
            "Type" = kind, "Size" = size, "MdlAddress" = mdl_address, "Flags" = flags,
            "AssociatedIrp.SystemBuffer" = system_buffer, "ThreadListEntry" = thread_list_entry, "IoStatus" = io_status,
            "RequestorMode" = requestor_mode, "PendingReturned" = pending_returned, "StackCount" = stack_count,
            "CurrentLocation" = current_location, "Cancel" = cancel, "CancelIrql" = cancel_irql,
            "AllocationFlags" = allocation_flags, "UserIosb" = user_iosb, "UserEvent" = user_event, "Overlay" = overlay,
            "CancelRoutine" = cancel_routine, "UserBuffer" = user_buffer,
            "Tail.Overlay.DriverContext" = driver_context, "Tail.Overlay.Thread" = thread,
            "Tail.Overlay.ListEntry" = list_entry, "Tail.Overlay.CurrentStackLocation" = current_stack_location,
            "Tail.Overlay.OriginalFileObject" = original_file_object,
        });
        check_layout!(f, "IO_STACK_LOCATION", IoStackLocation {
            "MajorFunction" = major, "MinorFunction" = minor, "Flags" = flags, "Control" = control,
            "Parameters" = parameters, "DeviceObject" = device_object, "FileObject" = file_object,
            "CompletionRoutine" = completion_routine, "Context" = context,
        });
        check_layout!(f, "MDL", Mdl {
            "Next" = next, "Size" = size, "MdlFlags" = flags, "Process" = process, "MappedSystemVa" = mapped_system_va,
            "StartVa" = start_va, "ByteCount" = byte_count, "ByteOffset" = byte_offset,
        });
        check_layout!(f, "DRIVER_OBJECT", DriverObject {
            "Type" = kind, "Size" = size, "DeviceObject" = device_object, "DriverStart" = driver_start,
            "DriverSize" = driver_size, "DriverExtension" = driver_extension, "DriverName" = driver_name,
            "DriverInit" = driver_init, "DriverUnload" = driver_unload, "MajorFunction" = major_function,
        });
        check_layout!(f, "DEVICE_OBJECT", DeviceObject {
            "Type" = kind, "Size" = size, "ReferenceCount" = reference_count, "DriverObject" = driver_object,
            "NextDevice" = next_device, "Flags" = flags, "Characteristics" = characteristics,
            "DeviceExtension" = device_extension, "DeviceType" = device_type, "StackSize" = stack_size,
        });
        check_layout!(f, "FILE_OBJECT", FileObject {
            "Type" = kind, "Size" = size, "DeviceObject" = device_object, "FsContext" = fs_context,
            "FsContext2" = fs_context2, "FinalStatus" = final_status, "RelatedFileObject" = related_file_object,
            "Flags" = flags, "FileName" = file_name,
        });
        check_layout!(f, "KDPC", Kdpc {
            "Type" = kind, "Importance" = importance, "Number" = number, "DeferredRoutine" = routine,
            "DeferredContext" = context, "SystemArgument1" = argument1, "SystemArgument2" = argument2, "DpcData" = data,
        });
        check_layout!(f, "KTIMER", Ktimer { "Header" = header, "DueTime" = due_time, "Dpc" = dpc, "Period" = period });
        check_layout!(f, "DISPATCHER_HEADER", DispatcherHeader { "SignalState" = signal_state, "WaitListHead" = wait_list });
        check_layout!(f, "KLOCK_QUEUE_HANDLE", LockQueueHandle { "OldIrql" = old_irql });
        check_layout!(f, "FAST_MUTEX", FastMutex {
            "Count" = count, "Owner" = owner, "Contention" = contention, "Event" = event, "OldIrql" = old_irql,
        });
        check_layout!(f, "PROCESSOR_NUMBER", ProcessorNumber { "Group" = group, "Number" = number });
        check_layout!(f, "GROUP_AFFINITY", GroupAffinity { "Mask" = mask, "Group" = group });
        check_layout!(f, "OBJECT_ATTRIBUTES", ObjectAttributes {
            "RootDirectory" = root_directory, "ObjectName" = object_name, "Attributes" = attributes,
        });
        check_layout!(f, "EVENT_DESCRIPTOR", EventDescriptor {
            "Id" = id, "Channel" = channel, "Level" = level, "Opcode" = opcode, "Task" = task, "Keyword" = keyword,
        });
        check_layout!(f, "EVENT_DATA_DESCRIPTOR", EventDataDescriptor { "Ptr" = ptr, "Size" = size, "Type" = kind });
        check_layout!(f, "RTL_OSVERSIONINFOEXW", OsVersionInfo {
            "dwBuildNumber" = build, "szCSDVersion" = csd_version, "wProductType" = product_type,
        });
    }
}
