//! The contract between the ovpn-dco driver and user space.
//!
//! What OpenVPN 2.6/2.7, OpenVPN 3 and our own library exchange with the driver through
//! `CreateFile`, `DeviceIoControl`, `ReadFile` and `WriteFile`: device names ([`names`]), control codes
//! ([`Ioctl`]), the structures they carry, the statuses they end in ([`NtStatus`]) and the limits that
//! both sides keep ([`limits`]). Layouts are those of the `ovpn_dco_win.h` interface of ovpn-dco 2.x,
//! the same on x64, arm64 and for 32-bit callers.
//!
//! The crate is layout and names, nothing that runs: no state, no I/O, no allocation, no `unsafe`, and
//! no function that can panic.
//!
//! # How values cross the border
//!
//! Each structure holds plain integers, because the other side may send anything. Beside a field that
//! has a meaning stands a type ([`Proto`], [`KeySlot`], [`PeerId`], ...) with `TryFrom`, and a method of
//! the structure that converts. Padding is an explicit field (`_pad*`), so that no byte of a structure
//! is left unwritten on its way to user space.
//!
//! All control codes are `METHOD_BUFFERED`: input and output share one system buffer. [`read_input`]
//! copies the input *out* of it; only then may the output be written with [`write_output`].
//!
//! ```
//! use ovpn_dco_uapi::{Ioctl, NtStatus, SetMode, Mode, read_input};
//!
//! let input = [1, 0, 0, 0];
//! assert_eq!(Ioctl::from_code(0x0022_0028), Some(Ioctl::SetMode));
//! let request: SetMode = read_input(&input)?;
//! assert_eq!(request.mode().unwrap(), Mode::MultiPeer);
//! assert_eq!(read_input::<SetMode>(&input[..3]).unwrap_err().win32_error(), 122);
//! # Ok::<(), NtStatus>(())
//! ```
//!
//! # Reading and writing control packets
//!
//! `ReadFile` returns one OpenVPN control packet, `WriteFile` takes one. In multipeer mode a socket
//! address ([`SockAddrIn`] or [`SockAddrIn6`], by its family) stands in front of the packet: the sender
//! when reading, the destination when writing ([`split_sockaddr`], [`put_sockaddr`]). Over TCP the two
//! length bytes of the stream are not part of it.
//!
//! | `ReadFile` ends in | when | Win32 error |
//! |---|---|---|
//! | [`NtStatus::SUCCESS`] | a packet was copied | 0 |
//! | [`NtStatus::BUFFER_TOO_SMALL`] | the buffer is smaller than the packet, which stays queued | 122 |
//! | [`NtStatus::CONNECTION_DISCONNECTED`] | keepalive timeout (point-to-point) | 64 |
//! | [`NtStatus::CONNECTION_ABORTED`] | the TCP connection was closed or reset by the peer | 1236 |
//! | [`NtStatus::CANCELLED`] | cancelled, peer deleted or replaced, handle closed | 995 |
//! | [`NtStatus::INSUFFICIENT_RESOURCES`] | too many reads are pending already | 1450 |
//!
//! | `WriteFile` ends in | when | Win32 error |
//! |---|---|---|
//! | [`NtStatus::SUCCESS`] | sent; the count is that of the caller's bytes | 0 |
//! | [`NtStatus::INVALID_DEVICE_STATE`] | there is no transport socket | 22 |
//! | [`NtStatus::INVALID_BUFFER_SIZE`] | longer than [`limits::CONTROL_WRITE_MAX`], or empty | 1784 |
//! | [`NtStatus::INVALID_MESSAGE`] | multipeer: shorter than a socket address | 87 |
//! | [`NtStatus::INVALID_ADDRESS`] | multipeer: unknown address family | 59 |
//! | [`NtStatus::CANCELLED`] | cancelled before it was sent | 995 |
//! | one of [`status::TRANSPORT`] | the socket refused it | |

#![no_std]
#![forbid(unsafe_code)]

pub mod event;
pub mod ioctl;
pub mod key;
pub mod limits;
pub mod mode;
pub mod names;
pub mod peer;
pub mod sockaddr;
pub mod stats;
pub mod status;

pub use event::{Cmd, DelPeerReason, Event, NotifyEvent};
pub use ioctl::{Asynchronous, Ioctl, Modes, Output};
pub use key::{CipherAlg, CryptoData, CryptoDataV2, CryptoOptions, KeyDirection, KeyId, KeySlot};
pub use mode::{Mode, MpStartVpn, SetMode, VERSION, Version};
pub use peer::{
    MpDelPeer, MpIroute, MpNewPeer, MpSetPeer, MpSwapKeys, NewPeer, PeerId, PeerSettings, Prefix, Proto,
    SetPeer,
};
pub use sockaddr::{
    SockAddrIn, SockAddrIn6, SockAddrInet, SockAddrStorage, canonical, put_sockaddr, split_sockaddr,
};
pub use stats::{GetPeerStats, PeerStats, Stats};
pub use status::NtStatus;

use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// A field held a value that its type does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownValue {
    /// The C name of the field's type or of the field itself, for messages.
    pub field: &'static str,
    /// What it held.
    pub value: i64,
}

impl UnknownValue {
    pub(crate) const fn new(field: &'static str, value: i64) -> Self {
        UnknownValue { field, value }
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a valid {}", self.value, self.field)
    }
}

impl core::error::Error for UnknownValue {}

/// Copies the input of a control code out of its buffer.
///
/// Longer input is accepted, as upstream does; what follows the structure is ignored.
///
/// # Errors
/// [`NtStatus::BUFFER_TOO_SMALL`] if `input` is shorter than `T`.
pub fn read_input<T: FromBytes>(input: &[u8]) -> Result<T, NtStatus> {
    match T::read_from_prefix(input) {
        Ok((value, _)) => Ok(value),
        Err(_) => Err(NtStatus::BUFFER_TOO_SMALL),
    }
}

/// Writes `value` to the start of the output buffer and returns how many bytes it took.
///
/// # Errors
/// [`NtStatus::BUFFER_TOO_SMALL`] if `output` is shorter than `T`; it is not touched then.
pub fn write_output<T: IntoBytes + Immutable>(value: &T, output: &mut [u8]) -> Result<usize, NtStatus> {
    match value.write_to_prefix(output) {
        Ok(()) => Ok(size_of::<T>()),
        Err(_) => Err(NtStatus::BUFFER_TOO_SMALL),
    }
}

/// Implements an enum that stands beside a plain `u32` of the interface.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident($c_name:literal) {
            $($(#[$vmeta:meta])* $variant:ident = $value:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u32)]
        pub enum $name {
            $($(#[$vmeta])* $variant = $value,)+
        }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The number that stands for it in a structure.
            #[must_use]
            pub const fn to_u32(self) -> u32 {
                match self { $($name::$variant => $value,)+ }
            }
        }

        impl TryFrom<u32> for $name {
            type Error = $crate::UnknownValue;

            fn try_from(value: u32) -> Result<Self, Self::Error> {
                match value {
                    $($value => Ok($name::$variant),)+
                    _ => Err($crate::UnknownValue::new($c_name, value as i64)),
                }
            }
        }

        impl From<$name> for u32 {
            fn from(value: $name) -> u32 {
                value.to_u32()
            }
        }
    };
}
pub(crate) use wire_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_taken_when_it_is_exact_or_longer() {
        for (why, len, want) in [
            ("empty", 0, Err(NtStatus::BUFFER_TOO_SMALL)),
            ("one byte short", 11, Err(NtStatus::BUFFER_TOO_SMALL)),
            ("exact", 12, Ok(())),
            ("longer", 13, Ok(())),
            ("twice", 24, Ok(())),
        ] {
            assert_eq!(read_input::<Version>(&[7; 24][..len]).map(|_| ()), want, "{why}");
        }
    }

    #[test]
    fn input_needs_no_alignment() {
        let bytes = [0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
        let version: Version = read_input(&bytes[1..]).unwrap();
        assert_eq!((version.major, version.minor, version.patch), (1, 2, 3));
    }

    #[test]
    fn output_that_does_not_fit_is_left_alone() {
        let mut small = [0xEE; 11];
        assert_eq!(
            write_output(&VERSION, &mut small),
            Err(NtStatus::BUFFER_TOO_SMALL)
        );
        assert_eq!(small, [0xEE; 11]);
        let mut large = [0xEE; 13];
        assert_eq!(write_output(&VERSION, &mut large), Ok(12));
        assert_eq!(large[12], 0xEE);
    }
}
