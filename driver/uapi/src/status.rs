//! `NTSTATUS` values of the interface, and the Win32 errors that a caller sees for them.

use core::fmt;

/// An `NTSTATUS`. Any value can be held; the constants are those that the interface uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct NtStatus(pub i32);

macro_rules! statuses {
    ($($(#[$meta:meta])* $name:ident = $value:literal => $win32:literal,)+) => {
        impl NtStatus {
            $($(#[$meta])* pub const $name: NtStatus = NtStatus($value as u32 as i32);)+

            /// Every status that has a constant here.
            pub const ALL: &'static [NtStatus] = &[$(NtStatus::$name),+];

            /// What `GetLastError` says after a call that ended in this status
            /// (`RtlNtStatusToDosError`): 0 for success, 317 (`ERROR_MR_MID_NOT_FOUND`) for a status that
            /// is not known here.
            #[must_use]
            pub const fn win32_error(self) -> u32 {
                match self {
                    $(NtStatus::$name => $win32,)+
                    NtStatus(0..) => 0,
                    _ => 317,
                }
            }

            /// The C name, `None` if it is not known here.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(NtStatus::$name => Some(concat!("STATUS_", stringify!($name))),)+
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    /// Done.
    SUCCESS = 0x0000_0000 => 0,
    /// Not done yet: a completion follows.
    PENDING = 0x0000_0103 => 997,
    /// A warning: some of the data was copied (`ERROR_MORE_DATA`).
    BUFFER_OVERFLOW = 0x8000_0005 => 234,
    /// Failed without a better word (`ERROR_GEN_FAILURE`).
    UNSUCCESSFUL = 0xC000_0001 => 31,
    /// The handle is closed or never was one.
    INVALID_HANDLE = 0xC000_0008 => 6,
    /// An argument is out of range.
    INVALID_PARAMETER = 0xC000_000D => 87,
    /// There is no such device.
    NO_SUCH_DEVICE = 0xC000_000E => 433,
    /// Unknown control code, or one that does not go here (`ERROR_INVALID_FUNCTION`).
    INVALID_DEVICE_REQUEST = 0xC000_0010 => 1,
    /// Out of memory.
    NO_MEMORY = 0xC000_0017 => 8,
    /// Somebody else has the adapter open.
    ACCESS_DENIED = 0xC000_0022 => 5,
    /// A buffer is smaller than the structure or packet it is for.
    BUFFER_TOO_SMALL = 0xC000_0023 => 122,
    /// Nothing has this name.
    OBJECT_NAME_NOT_FOUND = 0xC000_0034 => 2,
    /// Out of a resource other than memory.
    INSUFFICIENT_RESOURCES = 0xC000_009A => 1450,
    /// The device was taken away.
    DEVICE_NOT_CONNECTED = 0xC000_009D => 1167,
    /// The device is not started.
    DEVICE_NOT_READY = 0xC000_00A3 => 21,
    /// A time limit ran out.
    IO_TIMEOUT = 0xC000_00B5 => 121,
    /// Known, but not offered: cipher NONE.
    NOT_SUPPORTED = 0xC000_00BB => 50,
    /// Cancelled by the caller, by `DEL_PEER`, or because the handle was closed.
    CANCELLED = 0xC000_0120 => 995,
    /// A malformed address (`ERROR_UNEXP_NET_ERR`).
    INVALID_ADDRESS = 0xC000_0141 => 59,
    /// The call is not allowed in this mode, or something that it needs is missing (`ERROR_BAD_COMMAND`).
    INVALID_DEVICE_STATE = 0xC000_0184 => 22,
    /// A length that cannot be (`ERROR_INVALID_USER_BUFFER`).
    INVALID_BUFFER_SIZE = 0xC000_0206 => 1784,
    /// The local address is in use.
    ADDRESS_ALREADY_EXISTS = 0xC000_020A => 52,
    /// Keepalive timeout (`ERROR_NETNAME_DELETED`). Nothing else may be reported with it.
    CONNECTION_DISCONNECTED = 0xC000_020C => 64,
    /// A connection was reset. Never passed on: its Win32 error is the one of a keepalive timeout.
    CONNECTION_RESET = 0xC000_020D => 64,
    /// No such peer (`MP_DEL_PEER`).
    NOT_FOUND = 0xC000_0225 => 1168,
    /// The peer-id or address is taken (`ERROR_OBJECT_ALREADY_EXISTS`).
    OBJECTID_EXISTS = 0xC000_022B => 5010,
    /// The peer refused the connection.
    CONNECTION_REFUSED = 0xC000_0236 => 1225,
    /// The local address is in use.
    ADDRESS_ALREADY_ASSOCIATED = 0xC000_0238 => 1227,
    /// No route to the network.
    NETWORK_UNREACHABLE = 0xC000_023C => 1231,
    /// No route to the host.
    HOST_UNREACHABLE = 0xC000_023D => 1232,
    /// The TCP connection was closed or reset by the peer.
    CONNECTION_ABORTED = 0xC000_0241 => 1236,
    /// No such peer (`NEW_KEY`, `GET_PEER_STATS`; `ERROR_FILE_NOT_FOUND`).
    OBJECTID_NOT_FOUND = 0xC000_02F0 => 2,
    /// The adapter is in multipeer mode already, or has its socket (`ERROR_ALREADY_INITIALIZED`).
    ALREADY_INITIALIZED = 0xC000_0510 => 1247,
    /// A control packet without the address that it needs.
    INVALID_MESSAGE = 0xC000_0702 => 87,
}

/// What a socket call can end in, beside success: passed on by `NEW_PEER`, `MP_START_VPN` and `WriteFile`.
/// Others are possible; [`NtStatus::CONNECTION_RESET`] becomes [`NtStatus::CONNECTION_ABORTED`].
pub const TRANSPORT: &[NtStatus] = &[
    NtStatus::ADDRESS_ALREADY_ASSOCIATED,
    NtStatus::ADDRESS_ALREADY_EXISTS,
    NtStatus::ACCESS_DENIED,
    NtStatus::CONNECTION_ABORTED,
    NtStatus::CONNECTION_REFUSED,
    NtStatus::HOST_UNREACHABLE,
    NtStatus::NETWORK_UNREACHABLE,
    NtStatus::INSUFFICIENT_RESOURCES,
    NtStatus::INVALID_ADDRESS,
    NtStatus::INVALID_PARAMETER,
    NtStatus::IO_TIMEOUT,
    NtStatus::NO_MEMORY,
    NtStatus::UNSUCCESSFUL,
];

impl NtStatus {
    /// `NT_SUCCESS`: success or information.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >= 0
    }

    /// `NT_ERROR`: neither success, information nor warning. Data is copied out unless this holds.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.to_u32() >> 30 == 3
    }

    /// The value as it is usually written, in hexadecimal.
    #[must_use]
    pub const fn to_u32(self) -> u32 {
        self.0.cast_unsigned()
    }

    /// `Ok` for success or information, itself as the error otherwise.
    ///
    /// # Errors
    /// A warning or an error status.
    pub const fn ok(self) -> Result<(), NtStatus> {
        if self.is_success() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "NTSTATUS {:#010X}", self.to_u32()),
        }
    }
}

impl fmt::Debug for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for NtStatus {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn openvpn_sees_the_numbers_it_depends_on() {
        for (status, value, win32) in [
            (NtStatus::ACCESS_DENIED, 0xC000_0022, 5),
            (NtStatus::INVALID_DEVICE_REQUEST, 0xC000_0010, 1),
            (NtStatus::BUFFER_OVERFLOW, 0x8000_0005, 234),
            (NtStatus::CONNECTION_DISCONNECTED, 0xC000_020C, 64),
            (NtStatus::CONNECTION_ABORTED, 0xC000_0241, 1236),
            (NtStatus::CANCELLED, 0xC000_0120, 995),
            (NtStatus::PENDING, 0x103, 997),
            (NtStatus::OBJECTID_EXISTS, 0xC000_022B, 5010),
        ] {
            assert_eq!(
                (status.to_u32(), status.win32_error()),
                (value, win32),
                "{status}"
            );
        }
    }

    #[test]
    fn severity_decides_what_counts_as_failure() {
        assert!(NtStatus::SUCCESS.is_success() && NtStatus::PENDING.is_success());
        assert!(!NtStatus::BUFFER_OVERFLOW.is_success() && !NtStatus::BUFFER_OVERFLOW.is_error());
        assert!(NtStatus::CANCELLED.is_error());
        assert_eq!(NtStatus::CANCELLED.ok(), Err(NtStatus::CANCELLED));
    }

    #[test]
    fn unknown_values_are_shown_as_numbers() {
        assert_eq!(NtStatus(-1).to_string(), "NTSTATUS 0xFFFFFFFF");
        assert_eq!(NtStatus(-1).win32_error(), 317);
        assert_eq!(NtStatus(0x40).win32_error(), 0);
        assert_eq!(NtStatus::NO_MEMORY.to_string(), "STATUS_NO_MEMORY");
    }
}
