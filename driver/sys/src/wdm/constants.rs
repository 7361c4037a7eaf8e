//! Constants of wdm.h: IRQLs, flags of IRPs and MDLs, pool flags.

use crate::scalar::{CHAR, KIRQL, SHORT, UCHAR, ULONG, ULONGLONG};

c_enums! {
    /// Kind of event object (`EVENT_TYPE`).
    EVENT_TYPE {
        /// Stays signalled until reset, wakes all waiters.
        NotificationEvent = 0,
        /// Wakes one waiter and resets itself.
        SynchronizationEvent = 1,
    }

    /// Who a request or wait is made for (`MODE`).
    MODE {
        /// The kernel.
        KernelMode = 0,
        /// User mode.
        UserMode = 1,
    }
}

c_consts! {
    /// Threads run; pageable memory and waits are allowed.
    pub const PASSIVE_LEVEL: KIRQL = 0;
    /// Asynchronous procedure calls are held back.
    pub const APC_LEVEL: KIRQL = 1;
    /// The scheduler is held back: no waits, no pageable memory.
    pub const DISPATCH_LEVEL: KIRQL = 2;
    /// The highest level.
    pub const HIGH_LEVEL: KIRQL = 15;

    /// Open.
    pub const IRP_MJ_CREATE: UCHAR = 0;
    /// The last reference of a file object is gone.
    pub const IRP_MJ_CLOSE: UCHAR = 2;
    /// Read.
    pub const IRP_MJ_READ: UCHAR = 3;
    /// Write.
    pub const IRP_MJ_WRITE: UCHAR = 4;
    /// Device control.
    pub const IRP_MJ_DEVICE_CONTROL: UCHAR = 14;
    /// Device control from another driver.
    pub const IRP_MJ_INTERNAL_DEVICE_CONTROL: UCHAR = 15;
    /// The last handle of a file object is gone.
    pub const IRP_MJ_CLEANUP: UCHAR = 18;
    /// Power.
    pub const IRP_MJ_POWER: UCHAR = 22;
    /// WMI.
    pub const IRP_MJ_SYSTEM_CONTROL: UCHAR = 23;
    /// Plug and play.
    pub const IRP_MJ_PNP: UCHAR = 27;
    /// The highest major function.
    pub const IRP_MJ_MAXIMUM_FUNCTION: UCHAR = 27;

    /// The driver marked the IRP pending.
    pub const SL_PENDING_RETURNED: UCHAR = 1;
    /// Call the completion routine when the IRP is cancelled.
    pub const SL_INVOKE_ON_CANCEL: UCHAR = 0x20;
    /// Call the completion routine on success.
    pub const SL_INVOKE_ON_SUCCESS: UCHAR = 0x40;
    /// Call the completion routine on failure.
    pub const SL_INVOKE_ON_ERROR: UCHAR = 0x80;

    /// `IRP::Type`.
    pub const IO_TYPE_IRP: SHORT = 6;
    /// `DEVICE_OBJECT::Type`.
    pub const IO_TYPE_DEVICE: SHORT = 3;
    /// `DRIVER_OBJECT::Type`.
    pub const IO_TYPE_DRIVER: SHORT = 4;
    /// `FILE_OBJECT::Type`.
    pub const IO_TYPE_FILE: SHORT = 5;

    /// Complete without a priority boost.
    pub const IO_NO_INCREMENT: CHAR = 0;
    /// The boost of network requests.
    pub const IO_NETWORK_INCREMENT: CHAR = 2;

    /// `MDL::MappedSystemVa` is valid.
    pub const MDL_MAPPED_TO_SYSTEM_VA: SHORT = 1;
    /// The pages are locked.
    pub const MDL_PAGES_LOCKED: SHORT = 2;
    /// Describes nonpaged pool; `MDL::MappedSystemVa` is valid.
    pub const MDL_SOURCE_IS_NONPAGED_POOL: SHORT = 4;
    /// From the I/O manager's lookaside list.
    pub const MDL_ALLOCATED_FIXED_SIZE: SHORT = 8;
    /// A part of another MDL.
    pub const MDL_PARTIAL: SHORT = 0x10;
    /// A part of another MDL, and mapped.
    pub const MDL_PARTIAL_HAS_BEEN_MAPPED: SHORT = 0x20;
    /// Mapped by a network component as a header.
    pub const MDL_NETWORK_HEADER: SHORT = 0x1000;

    /// For `MmGetSystemAddressForMdlSafe`: may fail when few mappings are left.
    pub const NormalPagePriority: ULONG = 16;
    /// For `MmGetSystemAddressForMdlSafe`: fails only when no mapping is left.
    pub const HighPagePriority: ULONG = 32;
    /// With a page priority: map without execute.
    pub const MdlMappingNoExecute: ULONG = 0x4000_0000;
    /// With a page priority: map read-only.
    pub const MdlMappingNoWrite: ULONG = 0x8000_0000;

    /// `ExAllocatePool2`: do not zero the memory.
    pub const POOL_FLAG_UNINITIALIZED: ULONGLONG = 2;
    /// `ExAllocatePool2`: at a multiple of the cache line's size.
    pub const POOL_FLAG_CACHE_ALIGNED: ULONGLONG = 8;
    /// `ExAllocatePool2`: raise an exception on failure. A Rust driver must not use it.
    pub const POOL_FLAG_RAISE_ON_FAILURE: ULONGLONG = 0x20;
    /// `ExAllocatePool2`: nonpaged, not executable.
    pub const POOL_FLAG_NON_PAGED: ULONGLONG = 0x40;
    /// `ExAllocatePool2`: paged.
    pub const POOL_FLAG_PAGED: ULONGLONG = 0x100;

    /// Size of a page.
    pub const PAGE_SIZE: ULONG = 4096;
    /// Its binary logarithm.
    pub const PAGE_SHIFT: ULONG = 12;
}
