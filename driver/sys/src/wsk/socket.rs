//! Sockets, buffers, indications, and registration (wsk.h).

use super::cmsg::CMSGHDR;
use super::constants::ADDRESS_FAMILY;
use super::dispatch::{WSK_CLIENT_DISPATCH, WSK_PROVIDER_DISPATCH};
use super::sockaddr::SOCKADDR;
use crate::scalar::{PCWSTR, PVOID, SIZE_T, ULONG, ULONG_PTR, ULONGLONG, USHORT};
use crate::wdm::{GUID, KSPIN_LOCK, PMDL};

/// The provider's data about a client. Opaque.
#[repr(C)]
#[derive(Debug)]
pub struct WSK_CLIENT {
    _opaque: [u8; 0],
}

/// `PWSK_CLIENT`.
pub type PWSK_CLIENT = *mut WSK_CLIENT;
/// `PWSK_SOCKET`.
pub type PWSK_SOCKET = *mut WSK_SOCKET;
/// `PWSK_BUF`.
pub type PWSK_BUF = *mut WSK_BUF;
/// `PWSK_BUF_LIST`.
pub type PWSK_BUF_LIST = *mut WSK_BUF_LIST;
/// `PWSK_DATA_INDICATION`.
pub type PWSK_DATA_INDICATION = *mut WSK_DATA_INDICATION;
/// `PWSK_DATAGRAM_INDICATION`.
pub type PWSK_DATAGRAM_INDICATION = *mut WSK_DATAGRAM_INDICATION;
/// `PWSK_INSPECT_ID`.
pub type PWSK_INSPECT_ID = *mut WSK_INSPECT_ID;
/// `PWSK_CLIENT_NPI`.
pub type PWSK_CLIENT_NPI = *mut WSK_CLIENT_NPI;
/// `PWSK_PROVIDER_NPI`.
pub type PWSK_PROVIDER_NPI = *mut WSK_PROVIDER_NPI;
/// `PWSK_REGISTRATION`.
pub type PWSK_REGISTRATION = *mut WSK_REGISTRATION;
/// `PWSK_PROVIDER_CHARACTERISTICS`.
pub type PWSK_PROVIDER_CHARACTERISTICS = *mut WSK_PROVIDER_CHARACTERISTICS;
/// `PNPIID`: events and extensions are named by a *pointer* to a GUID.
pub type PNPIID = *const GUID;

/// Names the events of WSK itself in [`WSK_EVENT_CALLBACK_CONTROL::NpiId`].
pub static NPI_WSK_INTERFACE_ID: GUID = GUID::from_u128(0x2227E803_8D8B_11D4_ABAD_009027719E09);

c_structs! {
    /// A socket. The rest of it is the provider's.
    #[derive(Debug)]
    struct WSK_SOCKET {
        /// The provider's dispatch table of the socket's category, e.g.
        /// [`WSK_PROVIDER_DATAGRAM_DISPATCH`](super::WSK_PROVIDER_DATAGRAM_DISPATCH).
        Dispatch: *const core::ffi::c_void,
    }

    /// Data in a chain of MDLs.
    #[derive(Debug)]
    struct WSK_BUF {
        /// The first MDL; NULL if there is no data.
        Mdl: PMDL,
        /// Where in the first MDL the data begins, in bytes.
        Offset: ULONG,
        /// Bytes of data, less than or equal to what the chain has after `Offset`.
        Length: SIZE_T,
    }

    /// A list of buffers, for `WskSendMessages`: one datagram each.
    #[derive(Debug)]
    struct WSK_BUF_LIST {
        /// The next one, or NULL.
        Next: PWSK_BUF_LIST,
        /// The data.
        Buffer: WSK_BUF,
    }

    /// Received stream data. Memory of the stack: read-only, and gone when it is released.
    #[derive(Debug)]
    struct WSK_DATA_INDICATION {
        /// The next one, or NULL.
        Next: PWSK_DATA_INDICATION,
        /// The data.
        Buffer: WSK_BUF,
    }

    /// A received datagram, or with receive coalescing several. Memory of the stack: read-only, and gone when it is
    /// released.
    #[derive(Debug)]
    struct WSK_DATAGRAM_INDICATION {
        /// The next one, or NULL.
        Next: PWSK_DATAGRAM_INDICATION,
        /// The data.
        Buffer: WSK_BUF,
        /// Control information, see [`ControlMessages`](super::ControlMessages); NULL if there is none.
        ControlInfo: *mut CMSGHDR,
        /// Bytes of control information.
        ControlInfoLength: ULONG,
        /// The sender. Belongs to the indication: copy it before the release.
        RemoteAddress: *mut SOCKADDR,
    }

    /// A connection request that is being inspected.
    #[derive(Debug)]
    struct WSK_INSPECT_ID {
        /// The provider's.
        Key: ULONG_PTR,
        /// The provider's.
        SerialNumber: ULONG,
    }

    /// Versions of a provider.
    #[derive(Debug)]
    struct WSK_PROVIDER_CHARACTERISTICS {
        /// The highest.
        HighestVersion: USHORT,
        /// The lowest.
        LowestVersion: USHORT,
    }

    /// A transport, as `WSK_TRANSPORT_LIST_QUERY` lists them.
    #[derive(Debug)]
    struct WSK_TRANSPORT {
        /// Version.
        Version: USHORT,
        /// Socket type; 0: any.
        SocketType: USHORT,
        /// Protocol; 0: any.
        Protocol: ULONG,
        /// Address family.
        AddressFamily: ADDRESS_FAMILY,
        /// The provider.
        ProviderId: GUID,
    }

    /// Enables or disables events (`SO_WSK_EVENT_CALLBACK`, `WSK_SET_STATIC_EVENT_CALLBACKS`).
    #[derive(Debug)]
    struct WSK_EVENT_CALLBACK_CONTROL {
        /// [`NPI_WSK_INTERFACE_ID`].
        NpiId: PNPIID,
        /// `WSK_EVENT_...`: several to enable, or one with `WSK_EVENT_DISABLE`.
        EventMask: ULONG,
    }

    /// Input of `SIO_WSK_REGISTER_EXTENSION`.
    #[derive(Debug)]
    struct WSK_EXTENSION_CONTROL_IN {
        /// The extension.
        NpiId: PNPIID,
        /// The client's context.
        ClientContext: PVOID,
        /// The client's dispatch table.
        ClientDispatch: *const core::ffi::c_void,
    }

    /// Output of `SIO_WSK_REGISTER_EXTENSION`.
    #[derive(Debug)]
    struct WSK_EXTENSION_CONTROL_OUT {
        /// The provider's context.
        ProviderContext: PVOID,
        /// The provider's dispatch table.
        ProviderDispatch: *const core::ffi::c_void,
    }

    /// Which TDI device serves a socket.
    #[derive(Debug)]
    struct WSK_TDI_MAP {
        /// Socket type.
        SocketType: USHORT,
        /// Address family.
        AddressFamily: ADDRESS_FAMILY,
        /// Protocol.
        Protocol: ULONG,
        /// The device.
        TdiDeviceName: PCWSTR,
    }

    /// Input of `WSK_TDI_DEVICENAME_MAPPING`.
    #[derive(Debug)]
    struct WSK_TDI_MAP_INFO {
        /// Number of entries.
        ElementCount: ULONG,
        /// The entries.
        Map: *const WSK_TDI_MAP,
    }

    /// What a client registers with.
    #[derive(Debug)]
    struct WSK_CLIENT_NPI {
        /// Given to `WskClientEvent`.
        ClientContext: PVOID,
        /// The client's dispatch table.
        Dispatch: *const WSK_CLIENT_DISPATCH,
    }

    /// What a client gets from the provider.
    #[derive(Debug)]
    struct WSK_PROVIDER_NPI {
        /// First argument of the provider's functions.
        Client: PWSK_CLIENT,
        /// The provider's dispatch table.
        Dispatch: *const WSK_PROVIDER_DISPATCH,
    }

    /// A client's registration, the provider's to use.
    #[derive(Debug)]
    struct WSK_REGISTRATION {
        /// Reserved.
        ReservedRegistrationState: ULONGLONG,
        /// Reserved.
        ReservedRegistrationContext: PVOID,
        /// Reserved.
        ReservedRegistrationLock: KSPIN_LOCK,
    }
}

impl WSK_BUF {
    /// No data.
    pub const EMPTY: Self = Self {
        Mdl: core::ptr::null_mut(),
        Offset: 0,
        Length: 0,
    };
}

impl WSK_EVENT_CALLBACK_CONTROL {
    /// Enables WSK's own events: one or more of `WSK_EVENT_...`.
    #[must_use]
    pub const fn enable(events: ULONG) -> Self {
        Self {
            NpiId: &raw const NPI_WSK_INTERFACE_ID,
            EventMask: events,
        }
    }

    /// Disables one event.
    #[must_use]
    pub const fn disable(event: ULONG) -> Self {
        Self {
            NpiId: &raw const NPI_WSK_INTERFACE_ID,
            EventMask: event | super::WSK_EVENT_DISABLE,
        }
    }
}

impl WSK_REGISTRATION {
    /// A registration to be filled in by `WskRegister`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ReservedRegistrationState: 0,
            ReservedRegistrationContext: core::ptr::null_mut(),
            ReservedRegistrationLock: 0,
        }
    }
}

impl Default for WSK_REGISTRATION {
    fn default() -> Self {
        Self::new()
    }
}
