//! Structures, codes, and the enable callback.

use crate::scalar::{PVOID, UCHAR, ULONG, ULONGLONG, USHORT};
use crate::wdm::GUID;

/// A registered provider.
pub type REGHANDLE = ULONGLONG;

callbacks! {
    /// `ETWENABLECALLBACK`: sessions have enabled or disabled the provider. May be called before the registration
    /// returns. IRQL: PASSIVE_LEVEL.
    pub type PETWENABLECALLBACK = fn(
        SourceId: *const GUID,
        ControlCode: ULONG,
        Level: UCHAR,
        MatchAnyKeyword: ULONGLONG,
        MatchAllKeyword: ULONGLONG,
        FilterData: *mut EVENT_FILTER_DESCRIPTOR,
        CallbackContext: PVOID,
    );
}

c_enums! {
    /// What `EtwSetInformation` sets.
    EVENT_INFO_CLASS {
        /// Where the binary is.
        EventProviderBinaryTrackInfo = 0,
        /// Reserved.
        EventProviderSetReserved1 = 1,
        /// The provider's traits: name, and perhaps group.
        EventProviderSetTraits = 2,
        /// Whether the types of data descriptors are looked at.
        EventProviderUseDescriptorType = 3,
    }
}

c_consts! {
    /// The provider was disabled.
    pub const EVENT_CONTROL_CODE_DISABLE_PROVIDER: ULONG = 0;
    /// The provider was enabled, or is enabled otherwise than before.
    pub const EVENT_CONTROL_CODE_ENABLE_PROVIDER: ULONG = 1;
    /// A session wants the provider's state to be written.
    pub const EVENT_CONTROL_CODE_CAPTURE_STATE: ULONG = 2;

    /// Data of the event.
    pub const EVENT_DATA_DESCRIPTOR_TYPE_NONE: UCHAR = 0;
    /// Description of the event.
    pub const EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA: UCHAR = 1;
    /// Description of the provider.
    pub const EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA: UCHAR = 2;
    /// Data descriptors of one event, at most.
    pub const MAX_EVENT_DATA_DESCRIPTORS: ULONG = 128;
}

c_structs! {
    /// What kind of event it is.
    #[derive(Debug, PartialEq, Eq)]
    struct EVENT_DESCRIPTOR {
        /// 0 for TraceLogging.
        Id: USHORT,
        /// 0 for TraceLogging.
        Version: UCHAR,
        /// 11 for TraceLogging.
        Channel: UCHAR,
        /// How important: 1 critical, 2 error, 3 warning, 4 information, 5 verbose.
        Level: UCHAR,
        /// 0: information; 1 and 2: start and stop of an activity.
        Opcode: UCHAR,
        /// 0 for TraceLogging.
        Task: USHORT,
        /// Categories, by the provider; the upper 16 bits are Microsoft's.
        Keyword: ULONGLONG,
    }

    /// A piece of an event's data. Above APC_LEVEL it must be in nonpaged memory.
    #[derive(Debug)]
    struct EVENT_DATA_DESCRIPTOR {
        /// Its address.
        Ptr: ULONGLONG,
        /// Bytes.
        Size: ULONG,
        /// `EVENT_DATA_DESCRIPTOR_TYPE_...`.
        Type: UCHAR,
        /// 0.
        Reserved1: UCHAR,
        /// 0.
        Reserved2: USHORT,
    }

    /// A session's filter.
    #[derive(Debug)]
    struct EVENT_FILTER_DESCRIPTOR {
        /// Its address.
        Ptr: ULONGLONG,
        /// Bytes.
        Size: ULONG,
        /// Kind.
        Type: ULONG,
    }
}

impl EVENT_DATA_DESCRIPTOR {
    /// Data of the event; `None` if it has more bytes than a `ULONG` can say. Holds the address only.
    #[must_use]
    pub fn of(data: &[u8]) -> Option<Self> {
        Self::with_type(data, EVENT_DATA_DESCRIPTOR_TYPE_NONE)
    }

    /// Data of a given type.
    #[must_use]
    pub fn with_type(data: &[u8], kind: UCHAR) -> Option<Self> {
        Some(Self {
            Ptr: data.as_ptr() as ULONGLONG,
            Size: ULONG::try_from(data.len()).ok()?,
            Type: kind,
            Reserved1: 0,
            Reserved2: 0,
        })
    }
}
