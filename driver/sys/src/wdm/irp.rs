//! I/O request packets and memory descriptor lists (wdm.h).

use super::object::{
    KDEVICE_QUEUE_ENTRY, KEVENT, LARGE_INTEGER, LIST_ENTRY, PDEVICE_OBJECT, PDRIVER_CANCEL, PEPROCESS,
    PETHREAD, PFILE_OBJECT,
};
use crate::scalar::{BOOLEAN, CHAR, KIRQL, NTSTATUS, PVOID, SHORT, UCHAR, ULONG, ULONG_PTR, USHORT};

/// `PIRP`.
pub type PIRP = *mut IRP;
/// `PMDL`.
pub type PMDL = *mut MDL;
/// `PIO_STATUS_BLOCK`.
pub type PIO_STATUS_BLOCK = *mut IO_STATUS_BLOCK;

callbacks! {
    /// `IO_COMPLETION_ROUTINE`. Returns `STATUS_MORE_PROCESSING_REQUIRED` to keep the IRP.
    /// IRQL: <= DISPATCH_LEVEL.
    pub type PIO_COMPLETION_ROUTINE = fn(DeviceObject: PDEVICE_OBJECT, Irp: PIRP, Context: PVOID) -> NTSTATUS;
}

c_structs! {
    /// How a request ended.
    struct IO_STATUS_BLOCK {
        /// The status (the C header has a union with a pointer here; the upper four bytes are not used).
        Status: NTSTATUS,
        /// By request: bytes transferred, or for `WskSocket` the new socket.
        Information: ULONG_PTR,
    }

    /// The system buffer of a buffered request, or the master of an associated IRP.
    union IRP_ASSOCIATED {
        /// The master IRP.
        MasterIrp: PIRP,
        /// IRPs still associated with this one.
        IrpCount: i32,
        /// The buffer that the I/O manager copies from and to (`METHOD_BUFFERED`).
        SystemBuffer: PVOID,
    }

    /// The driver's part of an IRP's tail.
    struct IRP_TAIL_OVERLAY {
        /// Free for the driver that owns the IRP: four pointers, or a device queue's link.
        Driver: IRP_DRIVER_CONTEXT,
        /// The thread that the request came from.
        Thread: PETHREAD,
        /// Auxiliary buffer.
        AuxiliaryBuffer: *mut CHAR,
        /// Free for the driver that owns the IRP: a list's link.
        ListEntry: LIST_ENTRY,
        /// The current stack location.
        CurrentStackLocation: *mut IO_STACK_LOCATION,
        /// The file object that the request was made through.
        OriginalFileObject: PFILE_OBJECT,
    }

    /// Two uses of the same place in an IRP.
    union IRP_DRIVER_CONTEXT {
        /// Free for the driver that owns the IRP.
        DriverContext: [PVOID; 4],
        /// A device queue's link.
        DeviceQueueEntry: KDEVICE_QUEUE_ENTRY,
    }

    /// The tail of an IRP.
    union IRP_TAIL {
        /// While the IRP is on its way.
        Overlay: IRP_TAIL_OVERLAY,
        /// A completion port's key.
        CompletionKey: PVOID,
        /// Room for the APC that ends a request.
        _Apc: [u64; 11],
    }

    /// An I/O request packet; its stack locations follow it.
    struct IRP {
        /// `IO_TYPE_IRP`.
        Type: SHORT,
        /// Size with the stack locations.
        Size: USHORT,
        /// The first MDL of a direct I/O request, or NULL.
        MdlAddress: PMDL,
        /// `IRP_...` flags.
        Flags: ULONG,
        /// System buffer or master IRP.
        AssociatedIrp: IRP_ASSOCIATED => [
            "AssociatedIrp": AssociatedIrp,
            "AssociatedIrp.MasterIrp": AssociatedIrp.MasterIrp,
            "AssociatedIrp.IrpCount": AssociatedIrp.IrpCount,
            "AssociatedIrp.SystemBuffer": AssociatedIrp.SystemBuffer,
        ],
        /// The thread's list of IRPs.
        ThreadListEntry: LIST_ENTRY,
        /// How the request ended.
        IoStatus: IO_STATUS_BLOCK,
        /// `KernelMode` or `UserMode`.
        RequestorMode: CHAR,
        /// Whether a lower driver returned pending.
        PendingReturned: BOOLEAN,
        /// Number of stack locations.
        StackCount: CHAR,
        /// Number of the current one, counted from 1; `StackCount` + 1 before the first call.
        CurrentLocation: CHAR,
        /// Whether the IRP was cancelled.
        Cancel: BOOLEAN,
        /// The IRQL at which the cancel spin lock was taken.
        CancelIrql: KIRQL,
        /// APC environment.
        ApcEnvironment: CHAR,
        /// How the IRP was allocated.
        AllocationFlags: UCHAR,
        /// The requester's status block.
        UserIosb: PIO_STATUS_BLOCK,
        /// The requester's event.
        UserEvent: *mut KEVENT,
        /// APC parameters or allocation size.
        Overlay: LARGE_INTEGER => ["Overlay.AllocationSize": Overlay],
        /// The rest of the APC parameters.
        _UserApcContext: PVOID,
        /// The cancel routine, or NULL.
        CancelRoutine: PDRIVER_CANCEL,
        /// The requester's buffer.
        UserBuffer: PVOID,
        /// Driver context, list link, current stack location.
        Tail: IRP_TAIL => [
            "Tail": Tail,
            "Tail.Overlay": Tail.Overlay,
            "Tail.Overlay.DeviceQueueEntry": Tail.Overlay.Driver.DeviceQueueEntry,
            "Tail.Overlay.DriverContext": Tail.Overlay.Driver.DriverContext,
            "Tail.Overlay.Thread": Tail.Overlay.Thread,
            "Tail.Overlay.AuxiliaryBuffer": Tail.Overlay.AuxiliaryBuffer,
            "Tail.Overlay.ListEntry": Tail.Overlay.ListEntry,
            "Tail.Overlay.CurrentStackLocation": Tail.Overlay.CurrentStackLocation,
            "Tail.Overlay.OriginalFileObject": Tail.Overlay.OriginalFileObject,
            "Tail.CompletionKey": Tail.CompletionKey,
        ],
    }

    /// Parameters of a read or a write.
    struct IO_PARAMETERS_READ {
        /// Bytes to transfer.
        Length: ULONG,
        /// Makes `Key` begin at a multiple of eight, as in the C header (`POINTER_ALIGNMENT`).
        _Length: ULONG,
        /// Lock key.
        Key: ULONG,
        /// Flags.
        Flags: ULONG,
        /// File position.
        ByteOffset: LARGE_INTEGER,
    }

    /// Parameters of a device control request.
    struct IO_PARAMETERS_DEVICE_CONTROL {
        /// Bytes of output.
        OutputBufferLength: ULONG,
        /// Padding.
        _OutputBufferLength: ULONG,
        /// Bytes of input.
        InputBufferLength: ULONG,
        /// Padding.
        _InputBufferLength: ULONG,
        /// The code.
        IoControlCode: ULONG,
        /// Padding.
        _IoControlCode: ULONG,
        /// The input buffer of `METHOD_NEITHER`.
        Type3InputBuffer: PVOID,
    }

    /// Parameters of an open.
    struct IO_PARAMETERS_CREATE {
        /// Security context.
        SecurityContext: PVOID,
        /// Create options and disposition.
        Options: ULONG,
        /// Padding.
        _Options: ULONG,
        /// File attributes.
        FileAttributes: USHORT,
        /// Share access.
        ShareAccess: USHORT,
        /// Padding.
        _ShareAccess: ULONG,
        /// Length of extended attributes.
        EaLength: ULONG,
    }

    /// Parameters without a meaning of their own.
    struct IO_PARAMETERS_OTHERS {
        /// First.
        Argument1: PVOID,
        /// Second.
        Argument2: PVOID,
        /// Third.
        Argument3: PVOID,
        /// Fourth.
        Argument4: PVOID,
    }

    /// Parameters by major function.
    union IO_PARAMETERS {
        /// `IRP_MJ_CREATE`.
        Create: IO_PARAMETERS_CREATE,
        /// `IRP_MJ_READ`.
        Read: IO_PARAMETERS_READ,
        /// `IRP_MJ_WRITE`.
        Write: IO_PARAMETERS_READ,
        /// `IRP_MJ_DEVICE_CONTROL`.
        DeviceIoControl: IO_PARAMETERS_DEVICE_CONTROL,
        /// Anything.
        Others: IO_PARAMETERS_OTHERS,
    }

    /// One driver's part of an IRP.
    struct IO_STACK_LOCATION {
        /// `IRP_MJ_...`.
        MajorFunction: UCHAR,
        /// Minor function.
        MinorFunction: UCHAR,
        /// Flags.
        Flags: UCHAR,
        /// `SL_...`: pending, and when to call the completion routine.
        Control: UCHAR,
        /// Parameters by major function.
        Parameters: IO_PARAMETERS => [
            "Parameters": Parameters,
            "Parameters.Create": Parameters.Create,
            "Parameters.Create.SecurityContext": Parameters.Create.SecurityContext,
            "Parameters.Create.Options": Parameters.Create.Options,
            "Parameters.Create.FileAttributes": Parameters.Create.FileAttributes,
            "Parameters.Create.ShareAccess": Parameters.Create.ShareAccess,
            "Parameters.Create.EaLength": Parameters.Create.EaLength,
            "Parameters.Read": Parameters.Read,
            "Parameters.Read.Length": Parameters.Read.Length,
            "Parameters.Read.Key": Parameters.Read.Key,
            "Parameters.Read.Flags": Parameters.Read.Flags,
            "Parameters.Read.ByteOffset": Parameters.Read.ByteOffset,
            "Parameters.Write": Parameters.Write,
            "Parameters.DeviceIoControl": Parameters.DeviceIoControl,
            "Parameters.DeviceIoControl.OutputBufferLength": Parameters.DeviceIoControl.OutputBufferLength,
            "Parameters.DeviceIoControl.InputBufferLength": Parameters.DeviceIoControl.InputBufferLength,
            "Parameters.DeviceIoControl.IoControlCode": Parameters.DeviceIoControl.IoControlCode,
            "Parameters.DeviceIoControl.Type3InputBuffer": Parameters.DeviceIoControl.Type3InputBuffer,
            "Parameters.Others": Parameters.Others,
            "Parameters.Others.Argument1": Parameters.Others.Argument1,
            "Parameters.Others.Argument2": Parameters.Others.Argument2,
            "Parameters.Others.Argument3": Parameters.Others.Argument3,
            "Parameters.Others.Argument4": Parameters.Others.Argument4,
        ],
        /// The driver's device.
        DeviceObject: PDEVICE_OBJECT,
        /// The open file.
        FileObject: PFILE_OBJECT,
        /// The routine of the driver above, called on completion.
        CompletionRoutine: PIO_COMPLETION_ROUTINE,
        /// Its context.
        Context: PVOID,
    }

    /// A memory descriptor list; the page numbers follow it.
    struct MDL {
        /// The next MDL of a chain, or NULL.
        Next: PMDL,
        /// Size with the page numbers.
        Size: SHORT,
        /// `MDL_...` flags.
        MdlFlags: SHORT,
        /// The process that the pages belong to.
        Process: PEPROCESS,
        /// Where the pages are mapped; valid with `MDL_MAPPED_TO_SYSTEM_VA` or `MDL_SOURCE_IS_NONPAGED_POOL`.
        MappedSystemVa: PVOID,
        /// The buffer's page, in the address space of `Process`.
        StartVa: PVOID,
        /// Bytes described.
        ByteCount: ULONG,
        /// Where in the first page they begin.
        ByteOffset: ULONG,
    }
}
