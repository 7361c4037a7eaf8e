//! Strings, lists, dispatcher objects, and the objects of the I/O system (wdm.h, ntdef.h).

use super::irp::PIRP;
use crate::scalar::{
    BOOLEAN, CHAR, KIRQL, LONG, LONGLONG, NTSTATUS, PVOID, SHORT, SIZE_T, UCHAR, ULONG, ULONG_PTR, ULONGLONG,
    USHORT, WCHAR,
};

/// A process object (`PEPROCESS` points to it). Opaque: only the kernel knows its layout.
#[repr(C)]
#[derive(Debug)]
pub struct EPROCESS {
    _opaque: [u8; 0],
}

/// A thread object (`PETHREAD`, `PKTHREAD` point to it). Opaque.
#[repr(C)]
#[derive(Debug)]
pub struct ETHREAD {
    _opaque: [u8; 0],
}

/// `PEPROCESS`.
pub type PEPROCESS = *mut EPROCESS;
/// `PETHREAD`, `PKTHREAD`.
pub type PETHREAD = *mut ETHREAD;
/// `PSECURITY_DESCRIPTOR`: a descriptor in absolute or self-relative form.
pub type PSECURITY_DESCRIPTOR = PVOID;
/// `KSPIN_LOCK`; 0 is unlocked.
pub type KSPIN_LOCK = ULONG_PTR;
/// `PUNICODE_STRING`.
pub type PUNICODE_STRING = *mut UNICODE_STRING;
/// `PCUNICODE_STRING`.
pub type PCUNICODE_STRING = *const UNICODE_STRING;
/// `PDEVICE_OBJECT`.
pub type PDEVICE_OBJECT = *mut DEVICE_OBJECT;
/// `PDRIVER_OBJECT`.
pub type PDRIVER_OBJECT = *mut DRIVER_OBJECT;
/// `PFILE_OBJECT`.
pub type PFILE_OBJECT = *mut FILE_OBJECT;

/// Number of entries of [`DRIVER_OBJECT::MajorFunction`]: `IRP_MJ_MAXIMUM_FUNCTION` + 1.
pub const MAJOR_FUNCTION_COUNT: usize = 28;

callbacks! {
    /// `DRIVER_INITIALIZE`. IRQL: PASSIVE_LEVEL, in a system thread.
    pub type PDRIVER_INITIALIZE = fn(DriverObject: PDRIVER_OBJECT, RegistryPath: PUNICODE_STRING) -> NTSTATUS;
    /// `DRIVER_ADD_DEVICE`. IRQL: PASSIVE_LEVEL.
    pub type PDRIVER_ADD_DEVICE = fn(DriverObject: PDRIVER_OBJECT, PhysicalDevice: PDEVICE_OBJECT) -> NTSTATUS;
    /// `DRIVER_DISPATCH`. IRQL: by major function, mostly PASSIVE_LEVEL, for reads, writes and controls up to
    /// DISPATCH_LEVEL.
    pub type PDRIVER_DISPATCH = fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP) -> NTSTATUS;
    /// `DRIVER_UNLOAD`. IRQL: PASSIVE_LEVEL.
    pub type PDRIVER_UNLOAD = fn(DriverObject: PDRIVER_OBJECT);
    /// `DRIVER_CANCEL`. Called with the cancel spin lock held; releases it. IRQL: DISPATCH_LEVEL.
    pub type PDRIVER_CANCEL = fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP);
    /// `KDEFERRED_ROUTINE`. IRQL: DISPATCH_LEVEL.
    pub type PKDEFERRED_ROUTINE = fn(Dpc: *mut KDPC, Context: PVOID, Argument1: PVOID, Argument2: PVOID);
}

impl GUID {
    /// A GUID from its text form, `0x2227E803_8D8B_11D4_ABAD_009027719E09` for `{2227E803-8D8B-11D4-ABAD-009027719E09}`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // each part is what is left of the shift
    pub const fn from_u128(text: u128) -> Self {
        Self {
            Data1: (text >> 96) as ULONG,
            Data2: (text >> 80) as USHORT,
            Data3: (text >> 64) as USHORT,
            Data4: (text as u64).to_be_bytes(),
        }
    }
}

c_structs! {
    /// A globally unique identifier.
    #[derive(Debug, PartialEq, Eq, Hash, Default)]
    struct GUID {
        /// The first 32 bits.
        Data1: ULONG,
        /// The next 16 bits.
        Data2: USHORT,
        /// The next 16 bits.
        Data3: USHORT,
        /// The last eight bytes, in the order in which they are written.
        Data4: [UCHAR; 8],
    }

    /// A counted UTF-16 string; `Length` and `MaximumLength` count bytes. Need not end with a zero.
    struct UNICODE_STRING {
        /// Bytes in use, even.
        Length: USHORT,
        /// Bytes available.
        MaximumLength: USHORT,
        /// The code units.
        Buffer: *mut WCHAR,
    }

    /// A 64-bit signed number; as a time, units of 100 ns, negative means relative to now.
    struct LARGE_INTEGER {
        /// The number.
        QuadPart: LONGLONG,
    }

    /// A doubly linked list's head or link.
    #[derive(Debug)]
    struct LIST_ENTRY {
        /// The next link; the head itself at the end.
        Flink: *mut LIST_ENTRY,
        /// The previous link.
        Blink: *mut LIST_ENTRY,
    }

    /// What every object that a thread can wait for begins with. The members a driver may rely on.
    #[derive(Debug)]
    struct DISPATCHER_HEADER {
        /// Kind of object.
        Type: UCHAR,
        /// Depends on the kind.
        _Signalling: UCHAR,
        /// Size of the object in units of four bytes.
        Size: UCHAR,
        /// Depends on the kind.
        _Reserved1: UCHAR,
        /// Greater than zero: signalled.
        SignalState: LONG,
        /// The wait blocks of the waiting threads.
        WaitListHead: LIST_ENTRY,
    }

    /// An event object. Must be in nonpaged memory.
    struct KEVENT {
        /// The dispatcher header.
        Header: DISPATCHER_HEADER,
    }

    /// A deferred procedure call.
    struct KDPC {
        /// Kind of DPC.
        Type: UCHAR,
        /// Where in the queue it goes.
        Importance: UCHAR,
        /// Target processor.
        Number: USHORT,
        /// The queue's link.
        DpcListEntry: LIST_ENTRY,
        /// The routine to call.
        DeferredRoutine: PKDEFERRED_ROUTINE,
        /// Its `Context`.
        DeferredContext: PVOID,
        /// Its first argument, set when queued.
        SystemArgument1: PVOID,
        /// Its second argument, set when queued.
        SystemArgument2: PVOID,
        /// Not NULL while queued.
        DpcData: PVOID,
    }

    /// A timer object.
    struct KTIMER {
        /// The dispatcher header.
        Header: DISPATCHER_HEADER,
        /// When it expires, 100 ns since boot.
        DueTime: ULONGLONG,
        /// The timer table's link.
        TimerListEntry: LIST_ENTRY,
        /// The DPC to queue at expiry, or NULL.
        Dpc: *mut KDPC,
        /// Processor.
        Processor: ULONG,
        /// Period in milliseconds, 0 for a one-shot timer.
        Period: ULONG,
    }

    /// A link of a device queue.
    struct KDEVICE_QUEUE_ENTRY {
        /// The queue's link.
        DeviceListEntry: LIST_ENTRY,
        /// Sort key.
        SortKey: ULONG,
        /// Whether it is in a queue.
        Inserted: BOOLEAN,
    }

    /// A driver.
    struct DRIVER_OBJECT {
        /// `IO_TYPE_DRIVER`.
        Type: SHORT,
        /// Size of the structure.
        Size: SHORT,
        /// The driver's devices, linked by `NextDevice`.
        DeviceObject: PDEVICE_OBJECT,
        /// Flags.
        Flags: ULONG,
        /// Where the image is mapped.
        DriverStart: PVOID,
        /// Size of the mapped image.
        DriverSize: ULONG,
        /// The loader's entry.
        DriverSection: PVOID,
        /// The extension with `AddDevice`.
        DriverExtension: *mut DRIVER_EXTENSION,
        /// `\Driver\name`.
        DriverName: UNICODE_STRING,
        /// The hardware registry key.
        HardwareDatabase: PUNICODE_STRING,
        /// Fast I/O entry points or NULL.
        FastIoDispatch: PVOID,
        /// The entry point.
        DriverInit: PDRIVER_INITIALIZE,
        /// `StartIo` or NULL.
        DriverStartIo: PVOID,
        /// Unload or NULL, which means that the driver never unloads.
        DriverUnload: PDRIVER_UNLOAD,
        /// One routine per IRP major function.
        MajorFunction: [PDRIVER_DISPATCH; MAJOR_FUNCTION_COUNT],
    }

    /// The part of a driver object with `AddDevice`.
    struct DRIVER_EXTENSION {
        /// The driver object.
        DriverObject: PDRIVER_OBJECT,
        /// Called for each device that the driver is chosen for.
        AddDevice: PDRIVER_ADD_DEVICE,
        /// How often reinitialisation was called.
        Count: ULONG,
        /// The service's key name.
        ServiceKeyName: UNICODE_STRING,
    }

    /// A device. The parts that drivers use are named, the rest keeps its place.
    #[repr(align(16))]
    struct DEVICE_OBJECT {
        /// `IO_TYPE_DEVICE`.
        Type: SHORT,
        /// Size with the device extension.
        Size: USHORT,
        /// Open handles.
        ReferenceCount: LONG,
        /// The driver.
        DriverObject: PDRIVER_OBJECT,
        /// The driver's next device.
        NextDevice: PDEVICE_OBJECT,
        /// The device attached above, or NULL.
        AttachedDevice: PDEVICE_OBJECT,
        /// The current IRP of a `StartIo` driver.
        CurrentIrp: PIRP,
        /// The I/O timer.
        Timer: PVOID,
        /// `DO_...` flags.
        Flags: ULONG,
        /// `FILE_...` characteristics.
        Characteristics: ULONG,
        /// The volume parameter block.
        Vpb: PVOID,
        /// The driver's own data.
        DeviceExtension: PVOID,
        /// `FILE_DEVICE_...` type.
        DeviceType: ULONG,
        /// Stack locations that an IRP to this device needs.
        StackSize: CHAR,
        /// Queue and wait context block.
        _Queue: [u64; 9],
        /// Alignment of buffers, minus one.
        AlignmentRequirement: ULONG,
        /// Device queue.
        _DeviceQueue: [u64; 5],
        /// The device's DPC.
        Dpc: KDPC,
        /// Active threads (file systems).
        ActiveThreadCount: ULONG,
        /// The security descriptor.
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        /// Synchronisation event.
        DeviceLock: KEVENT,
        /// Sector size.
        SectorSize: USHORT,
        /// Spare.
        Spare1: USHORT,
        /// The I/O manager's extension.
        DeviceObjectExtension: PVOID,
        /// Reserved.
        Reserved: PVOID,
    }

    /// An open file, device or volume.
    struct FILE_OBJECT {
        /// `IO_TYPE_FILE`.
        Type: SHORT,
        /// Size of the structure.
        Size: SHORT,
        /// The opened device.
        DeviceObject: PDEVICE_OBJECT,
        /// The volume parameter block.
        Vpb: PVOID,
        /// First context of the driver.
        FsContext: PVOID,
        /// Second context of the driver.
        FsContext2: PVOID,
        /// Section pointers (file systems).
        SectionObjectPointer: PVOID,
        /// Cache map.
        PrivateCacheMap: PVOID,
        /// Status of the last operation.
        FinalStatus: NTSTATUS,
        /// The file that the name is relative to.
        RelatedFileObject: PFILE_OBJECT,
        /// Whether a lock was ever taken.
        LockOperation: BOOLEAN,
        /// Whether deletion is pending.
        DeletePending: BOOLEAN,
        /// Opened for reading.
        ReadAccess: BOOLEAN,
        /// Opened for writing.
        WriteAccess: BOOLEAN,
        /// Opened for deletion.
        DeleteAccess: BOOLEAN,
        /// Shared for reading.
        SharedRead: BOOLEAN,
        /// Shared for writing.
        SharedWrite: BOOLEAN,
        /// Shared for deletion.
        SharedDelete: BOOLEAN,
        /// `FO_...` flags.
        Flags: ULONG,
        /// The name behind the device's name, with its leading backslash.
        FileName: UNICODE_STRING,
        /// Current position.
        CurrentByteOffset: LARGE_INTEGER,
        /// Threads waiting for the file lock.
        Waiters: ULONG,
        /// Whether the file lock is held.
        Busy: ULONG,
        /// The last byte-range lock.
        LastLock: PVOID,
        /// The file lock.
        Lock: KEVENT,
        /// Signalled when an operation completes.
        Event: KEVENT,
        /// The completion port's context.
        CompletionContext: PVOID,
        /// Guards `IrpList`.
        IrpListLock: KSPIN_LOCK,
        /// IRPs of this file.
        IrpList: LIST_ENTRY,
        /// The I/O manager's extension.
        FileObjectExtension: PVOID,
    }

    /// A processor's group and number in it.
    #[derive(Debug, PartialEq, Eq)]
    struct PROCESSOR_NUMBER {
        /// The group.
        Group: USHORT,
        /// The number in the group.
        Number: UCHAR,
        /// Zero.
        Reserved: UCHAR,
    }

    /// A time in three parts, as shared user data keeps it: read again until both high parts are equal.
    struct KSYSTEM_TIME {
        /// The low 32 bits.
        LowPart: ULONG,
        /// The high 32 bits, written last.
        High1Time: LONG,
        /// The high 32 bits, written first.
        High2Time: LONG,
    }

    /// A value that `WdfRegistryQueryValue` or `ZwQueryValueKey` returns; `Data` is the first byte.
    struct KEY_VALUE_PARTIAL_INFORMATION {
        /// Reserved.
        TitleIndex: ULONG,
        /// `REG_...` type.
        Type: ULONG,
        /// Bytes of data.
        DataLength: ULONG,
        /// The data begins here.
        Data: [UCHAR; 1],
    }

    /// What a queued spin lock's owner keeps. IRQL: <= DISPATCH_LEVEL.
    struct KLOCK_QUEUE_HANDLE {
        /// The link of the queue of waiters and the lock.
        LockQueue: KSPIN_LOCK_QUEUE,
        /// The IRQL to go back to.
        OldIrql: KIRQL,
    }

    /// A link of the queue at a spin lock.
    struct KSPIN_LOCK_QUEUE {
        /// The next waiter.
        Next: *mut KSPIN_LOCK_QUEUE,
        /// The lock.
        Lock: *mut KSPIN_LOCK,
    }
}

impl UNICODE_STRING {
    /// The string that `wide` holds, without its zero. The kernel does not write through it where the DDI takes
    /// `PCUNICODE_STRING`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // compared with the range of `USHORT` just before
    pub const fn from_wide(wide: &'static crate::wide::WideStr) -> Option<Self> {
        let bytes: SIZE_T = core::mem::size_of_val(wide.as_units());
        if bytes > USHORT::MAX as SIZE_T {
            return None;
        }
        Some(Self {
            Length: bytes as USHORT,
            MaximumLength: bytes as USHORT,
            Buffer: wide.as_ptr().cast_mut(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_as_it_is_read() {
        let guid = GUID::from_u128(0x2227E803_8D8B_11D4_ABAD_009027719E09);
        assert_eq!(
            (guid.Data1, guid.Data2, guid.Data3),
            (0x2227_E803, 0x8D8B, 0x11D4)
        );
        assert_eq!(guid.Data4, [0xAB, 0xAD, 0, 0x90, 0x27, 0x71, 0x9E, 9]);
    }

    #[test]
    fn a_counted_string_leaves_the_zero_out() {
        let string = UNICODE_STRING::from_wide(crate::w!("abc")).unwrap();
        assert_eq!((string.Length, string.MaximumLength), (6, 6));
    }
}
