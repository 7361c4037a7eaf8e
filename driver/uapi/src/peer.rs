//! Peers and what belongs to them: `NEW_PEER`, `SET_PEER`, their multipeer counterparts, internal routes.

use core::fmt;
use core::mem::offset_of;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::limits::{KEEP, MSS_MAX, NETBITS_V4_MAX, NETBITS_V6_MAX, PEER_ID_MAX};
use crate::{SockAddrInet, UnknownValue, wire_enum};

wire_enum! {
    /// The transport (`OVPN_PROTO`).
    pub enum Proto("OVPN_PROTO") {
        /// Datagrams.
        Udp = 0,
        /// A stream of packets, each with a length of two bytes in front.
        Tcp = 1,
    }
}

/// A peer-id as DATA_V2 headers carry it: 24 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PeerId(u32);

impl PeerId {
    /// `id` as a peer-id, `None` above [`PEER_ID_MAX`].
    #[must_use]
    pub const fn new(id: u32) -> Option<Self> {
        if id <= PEER_ID_MAX { Some(PeerId(id)) } else { None }
    }

    /// The number, at most [`PEER_ID_MAX`].
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i32> for PeerId {
    type Error = UnknownValue;

    fn try_from(id: i32) -> Result<Self, UnknownValue> {
        u32::try_from(id)
            .ok()
            .and_then(PeerId::new)
            .ok_or(UnknownValue::new("PeerId", id.into()))
    }
}

impl From<PeerId> for i32 {
    fn from(id: PeerId) -> i32 {
        id.0.cast_signed()
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({})", self.0)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Input of [`Ioctl::NewPeer`](crate::Ioctl::NewPeer) (`OVPN_NEW_PEER`, 60 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct NewPeer {
    /// Where to bind; address and port may be 0.
    pub local: SockAddrInet,
    /// The peer. Of the same family as `local`.
    pub remote: SockAddrInet,
    /// A [`Proto`].
    pub proto: u32,
}
const _: () = assert!(size_of::<NewPeer>() == 60 && offset_of!(NewPeer, proto) == 56);

impl NewPeer {
    /// The transport asked for.
    ///
    /// # Errors
    /// A number that is no [`Proto`].
    pub fn proto(&self) -> Result<Proto, UnknownValue> {
        self.proto.try_into()
    }
}

/// Input of [`Ioctl::MpNewPeer`](crate::Ioctl::MpNewPeer) (`OVPN_MP_NEW_PEER`, 80 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpNewPeer {
    /// Only the family is looked at.
    pub local: SockAddrInet,
    /// The peer's transport address.
    pub remote: SockAddrInet,
    /// The peer's IPv4 address in the tunnel, network order; zero for none.
    pub vpn_addr4: [u8; 4],
    /// The peer's IPv6 address in the tunnel; zero for none.
    pub vpn_addr6: [u8; 16],
    /// A [`PeerId`].
    pub peer_id: i32,
}
const _: () = assert!(size_of::<MpNewPeer>() == 80 && offset_of!(MpNewPeer, peer_id) == 76);

impl MpNewPeer {
    /// The new peer's id.
    ///
    /// # Errors
    /// A number that is no [`PeerId`].
    pub fn peer(&self) -> Result<PeerId, UnknownValue> {
        self.peer_id.try_into()
    }

    /// The peer's IPv4 address in the tunnel.
    #[must_use]
    pub fn vpn_ipv4(&self) -> Option<Ipv4Addr> {
        Some(Ipv4Addr::from(self.vpn_addr4)).filter(|ip| !ip.is_unspecified())
    }

    /// The peer's IPv6 address in the tunnel.
    #[must_use]
    pub fn vpn_ipv6(&self) -> Option<Ipv6Addr> {
        Some(Ipv6Addr::from(self.vpn_addr6)).filter(|ip| !ip.is_unspecified())
    }
}

/// Input of [`Ioctl::SetPeer`](crate::Ioctl::SetPeer) (`OVPN_SET_PEER`, 12 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SetPeer {
    /// Seconds without a sent packet until a ping is sent; 0 never, -1 keep.
    pub keepalive_interval: i32,
    /// Seconds without a received packet until the peer expires; 0 never, -1 keep.
    pub keepalive_timeout: i32,
    /// Highest TCP MSS let through, in bytes; 0 off, -1 keep.
    pub mss: i32,
}
const _: () = assert!(size_of::<SetPeer>() == 12);

/// Input of [`Ioctl::MpSetPeer`](crate::Ioctl::MpSetPeer) (`OVPN_MP_SET_PEER`, 16 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpSetPeer {
    /// A [`PeerId`].
    pub peer_id: i32,
    /// As in [`SetPeer`].
    pub settings: SetPeer,
}
const _: () = assert!(size_of::<MpSetPeer>() == 16 && offset_of!(MpSetPeer, settings) == 4);

impl MpSetPeer {
    /// Whose settings.
    ///
    /// # Errors
    /// A number that is no [`PeerId`].
    pub fn peer(&self) -> Result<PeerId, UnknownValue> {
        self.peer_id.try_into()
    }
}

/// A [`SetPeer`] whose numbers are in range. `None` keeps what is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeerSettings {
    /// Seconds until a ping is sent; 0 never.
    pub keepalive_interval: Option<u32>,
    /// Seconds until the peer expires; 0 never.
    pub keepalive_timeout: Option<u32>,
    /// Highest MSS in bytes; 0 off.
    pub mss: Option<u16>,
}

impl TryFrom<SetPeer> for PeerSettings {
    type Error = UnknownValue;

    fn try_from(raw: SetPeer) -> Result<Self, UnknownValue> {
        Ok(PeerSettings {
            keepalive_interval: seconds("KeepaliveInterval", raw.keepalive_interval)?,
            keepalive_timeout: seconds("KeepaliveTimeout", raw.keepalive_timeout)?,
            mss: match raw.mss {
                KEEP => None,
                mss => Some(u16::try_from(mss).map_err(|_| UnknownValue::new("MSS", mss.into()))?),
            },
        })
    }
}

/// Seconds above `i32::MAX` become `i32::MAX`, some 68 years.
impl From<PeerSettings> for SetPeer {
    fn from(settings: PeerSettings) -> Self {
        let seconds = |value: Option<u32>| value.map_or(KEEP, |s| i32::try_from(s).unwrap_or(i32::MAX));
        SetPeer {
            keepalive_interval: seconds(settings.keepalive_interval),
            keepalive_timeout: seconds(settings.keepalive_timeout),
            mss: settings.mss.map_or(KEEP, i32::from),
        }
    }
}

fn seconds(field: &'static str, value: i32) -> Result<Option<u32>, UnknownValue> {
    match value {
        KEEP => Ok(None),
        _ => u32::try_from(value)
            .map(Some)
            .map_err(|_| UnknownValue::new(field, value.into())),
    }
}

const _: () = assert!(MSS_MAX as u32 == u16::MAX as u32);

/// Input of [`Ioctl::MpDelPeer`](crate::Ioctl::MpDelPeer) (`OVPN_MP_DEL_PEER`, 4 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpDelPeer {
    /// A [`PeerId`].
    pub peer_id: i32,
}
const _: () = assert!(size_of::<MpDelPeer>() == 4);

/// Input of [`Ioctl::MpSwapKeys`](crate::Ioctl::MpSwapKeys) (`OVPN_MP_SWAP_KEYS`, 4 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpSwapKeys {
    /// A [`PeerId`].
    pub peer_id: i32,
}
const _: () = assert!(size_of::<MpSwapKeys>() == 4);

/// Input of [`Ioctl::MpAddIroute`](crate::Ioctl::MpAddIroute) and
/// [`Ioctl::MpDelIroute`](crate::Ioctl::MpDelIroute) (`OVPN_MP_IROUTE`, 28 bytes).
#[repr(C, align(4))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct MpIroute {
    /// The network in network order: four bytes and twelve unused ones, or sixteen.
    pub addr: [u8; 16],
    /// Length of the prefix, 0..=32 or 0..=128.
    pub netbits: i32,
    /// Whom it leads to. `MP_DEL_IROUTE` does not look at it; OpenVPN passes -1 there.
    pub peer_id: i32,
    /// Not 0: `addr` is IPv6.
    pub ipv6: i32,
}
const _: () = assert!(size_of::<MpIroute>() == 28 && offset_of!(MpIroute, netbits) == 16);

impl MpIroute {
    /// The request for `prefix`, leading to `peer`; `None` for `MP_DEL_IROUTE`.
    #[must_use]
    pub fn new(prefix: Prefix, peer: Option<PeerId>) -> Self {
        let (addr, ipv6) = match prefix.network {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                ([a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0)
            }
            IpAddr::V6(ip) => (ip.octets(), 1),
        };
        MpIroute {
            addr,
            netbits: prefix.netbits.into(),
            peer_id: peer.map_or(crate::limits::ALL_PEERS, i32::from),
            ipv6,
        }
    }

    /// The prefix, bits beyond its length cleared.
    ///
    /// # Errors
    /// A length that the family does not have.
    pub fn prefix(&self) -> Result<Prefix, UnknownValue> {
        let network = if self.ipv6 != 0 {
            IpAddr::from(self.addr)
        } else {
            let [a, b, c, d, ..] = self.addr;
            IpAddr::from([a, b, c, d])
        };
        u8::try_from(self.netbits)
            .ok()
            .and_then(|netbits| Prefix::new(network, netbits))
            .ok_or(UnknownValue::new("Netbits", self.netbits.into()))
    }

    /// Whom the route leads to.
    ///
    /// # Errors
    /// A number that is no [`PeerId`], also the -1 that `MP_DEL_IROUTE` allows.
    pub fn peer(&self) -> Result<PeerId, UnknownValue> {
        self.peer_id.try_into()
    }
}

/// A network: address and length, host bits zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    network: IpAddr,
    netbits: u8,
}

impl Prefix {
    /// The prefix of `netbits` that `address` lies in, `None` if its family has no such length.
    #[must_use]
    pub fn new(address: IpAddr, netbits: u8) -> Option<Self> {
        let network = match address {
            IpAddr::V4(ip) if netbits <= NETBITS_V4_MAX => {
                let mask = u32::MAX
                    .checked_shl((NETBITS_V4_MAX - netbits).into())
                    .unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask))
            }
            IpAddr::V6(ip) if netbits <= NETBITS_V6_MAX => {
                let mask = u128::MAX
                    .checked_shl((NETBITS_V6_MAX - netbits).into())
                    .unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
            }
            _ => return None,
        };
        Some(Prefix { network, netbits })
    }

    /// Its first address.
    #[must_use]
    pub const fn network(&self) -> IpAddr {
        self.network
    }

    /// Its length in bits.
    #[must_use]
    pub const fn netbits(&self) -> u8 {
        self.netbits
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.netbits)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn settings_keep_refuse_and_pass() {
        let raw = |keepalive_interval, keepalive_timeout, mss| SetPeer {
            keepalive_interval,
            keepalive_timeout,
            mss,
        };
        for (raw, want) in [
            (raw(-1, -1, -1), Ok((None, None, None))),
            (raw(0, 0, 0), Ok((Some(0), Some(0), Some(0)))),
            (raw(10, 60, 1360), Ok((Some(10), Some(60), Some(1360)))),
            (
                raw(i32::MAX, 1, 65_535),
                Ok((Some(i32::MAX as u32), Some(1), Some(65_535))),
            ),
            (raw(-2, 0, 0), Err("KeepaliveInterval")),
            (raw(0, i32::MIN, 0), Err("KeepaliveTimeout")),
            (raw(0, 0, 65_536), Err("MSS")),
            (raw(0, 0, -2), Err("MSS")),
        ] {
            let parsed = PeerSettings::try_from(raw);
            if let Ok(settings) = parsed {
                assert_eq!(SetPeer::from(settings), raw);
            }
            let got = parsed
                .map(|s| (s.keepalive_interval, s.keepalive_timeout, s.mss))
                .map_err(|e| e.field);
            assert_eq!(got, want);
        }
    }

    #[test]
    fn iroutes_mask_host_bits_and_check_the_length() {
        let v4 = |netbits| MpIroute {
            addr: [0xFF; 16],
            netbits,
            peer_id: 1,
            ipv6: 0,
        };
        let v6 = |netbits| MpIroute {
            addr: [0xFF; 16],
            netbits,
            peer_id: 1,
            ipv6: 7,
        };
        for (raw, want) in [
            (v4(0), Some("0.0.0.0/0")),
            (v4(9), Some("255.128.0.0/9")),
            (v4(32), Some("255.255.255.255/32")),
            (v4(33), None),
            (v4(-1), None),
            (v4(256), None),
            (v6(0), Some("::/0")),
            (v6(33), Some("ffff:ffff:8000::/33")),
            (v6(128), Some("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")),
            (v6(129), None),
        ] {
            let got = raw.prefix().ok();
            assert_eq!(got.map(|p| p.to_string()).as_deref(), want);
            if let Some(prefix) = got {
                assert_eq!(MpIroute::new(prefix, PeerId::new(1)).prefix(), Ok(prefix));
            }
        }
    }

    #[test]
    fn zero_is_no_tunnel_address() {
        let mut peer = MpNewPeer::read_from_bytes(&[0; 80]).unwrap();
        assert_eq!((peer.vpn_ipv4(), peer.vpn_ipv6()), (None, None));
        peer.vpn_addr4 = [10, 8, 0, 2];
        assert_eq!(peer.vpn_ipv4(), Some(Ipv4Addr::new(10, 8, 0, 2)));
    }
}
