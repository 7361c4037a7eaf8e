//! Version, mode and the start of a server: `GET_VERSION`, `SET_MODE`, `MP_START_VPN`.

use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{SockAddrInet, UnknownValue, wire_enum};

wire_enum! {
    /// What the adapter serves (`OVPN_MODE`).
    pub enum Mode("OVPN_MODE") {
        /// One peer: a client, or one end of a static-key tunnel. The mode of a fresh handle.
        PointToPoint = 0,
        /// Many peers behind one UDP socket: a server.
        MultiPeer = 1,
    }
}

/// Output of [`Ioctl::GetVersion`](crate::Ioctl::GetVersion) (`OVPN_VERSION`, 12 bytes).
///
/// Ordered as versions are: major, then minor, then patch.
#[repr(C)]
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Version {
    /// Multipeer mode exists from 2 on.
    pub major: i32,
    /// See [`Version::has_epoch_keys`] and its neighbours.
    pub minor: i32,
    /// Says nothing about the interface.
    pub patch: i32,
}
const _: () = assert!(size_of::<Version>() == 12);

/// The version that this driver reports.
///
/// OpenVPN 2.7 uses epoch keys from 2.8 on. The patch level is the first at which the published
/// advisories against ovpn-dco do not apply, since people read them by that number.
pub const VERSION: Version = Version {
    major: 2,
    minor: 8,
    patch: 4,
};

impl Version {
    /// Multipeer mode, `NEW_KEY_V2` and events: OpenVPN asks for 2.x.
    #[must_use]
    pub const fn has_multipeer(&self) -> bool {
        self.major >= 2
    }

    /// `GET_PEER_STATS`: since 2.7.
    #[must_use]
    pub const fn has_peer_stats(&self) -> bool {
        self.at_least(2, 7)
    }

    /// Epoch data keys through `NEW_KEY_V2`: since 2.8.
    #[must_use]
    pub const fn has_epoch_keys(&self) -> bool {
        self.at_least(2, 8)
    }

    /// Whether this is `major.minor` or later.
    #[must_use]
    pub const fn at_least(&self, major: i32, minor: i32) -> bool {
        self.major > major || (self.major == major && self.minor >= minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Input of [`Ioctl::SetMode`](crate::Ioctl::SetMode) (`OVPN_SET_MODE`, 4 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SetMode {
    /// A [`Mode`].
    pub mode: u32,
}
const _: () = assert!(size_of::<SetMode>() == 4);

impl SetMode {
    /// The request for `mode`.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        SetMode { mode: mode.to_u32() }
    }

    /// The mode asked for.
    ///
    /// # Errors
    /// A number that is no [`Mode`].
    pub fn mode(&self) -> Result<Mode, UnknownValue> {
        self.mode.try_into()
    }
}

/// Input and output of [`Ioctl::MpStartVpn`](crate::Ioctl::MpStartVpn) (`OVPN_MP_START_VPN`, 32 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpStartVpn {
    /// Where to listen; address and port may be 0. The output holds the port that was taken.
    pub listen_address: SockAddrInet,
    /// Not 0: an IPv6 socket takes no IPv4 (else it is dual-stack). No meaning for IPv4.
    pub ipv6_only: i32,
}
const _: () = assert!(size_of::<MpStartVpn>() == 32);
