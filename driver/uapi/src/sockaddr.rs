//! Socket addresses as Windows lays them out, and as `core::net` has them.
//!
//! A dual-stack socket shows IPv4 peers as `::ffff:a.b.c.d`. Inside the driver and towards user space
//! one form is used, plain IPv4: converting *from* a structure leaves the address as it was sent,
//! [`canonical`] brings it to the one form, and converting *into* a structure does so by itself.
//! [`SocketAddr::V6`] with a mapped address can be had with [`SockAddrIn6::mapped`] for a dual-stack socket.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use zerocopy::byteorder::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, transmute};

use crate::{NtStatus, UnknownValue};

/// `AF_INET`.
pub const AF_INET: u16 = 2;

/// `AF_INET6` of Windows (10 on Linux).
pub const AF_INET6: u16 = 23;

/// `SOCKADDR_IN`, 16 bytes.
#[repr(C, align(4))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SockAddrIn {
    /// [`AF_INET`].
    pub family: u16,
    /// In network order.
    pub port: U16,
    /// In network order.
    pub addr: [u8; 4],
    /// Zero.
    pub zero: [u8; 8],
}
const _: () = assert!(size_of::<SockAddrIn>() == 16 && align_of::<SockAddrIn>() == 4);

/// `SOCKADDR_IN6`, 28 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SockAddrIn6 {
    /// [`AF_INET6`].
    pub family: u16,
    /// In network order.
    pub port: U16,
    /// Passed on as it is.
    pub flowinfo: u32,
    /// In network order.
    pub addr: [u8; 16],
    /// Interface index of a link-local address, else 0.
    pub scope_id: u32,
}
const _: () = assert!(size_of::<SockAddrIn6>() == 28 && align_of::<SockAddrIn6>() == 4);

/// The union of [`SockAddrIn`] and [`SockAddrIn6`] that addresses have in most structures, 28 bytes.
#[repr(C, align(4))]
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SockAddrInet {
    /// [`AF_INET`] or [`AF_INET6`]; says what the rest is.
    pub family: u16,
    /// In network order; at the same place in both.
    pub port: U16,
    /// What follows, by family.
    pub body: [u8; 24],
}
const _: () = assert!(size_of::<SockAddrInet>() == 28 && align_of::<SockAddrInet>() == 4);

/// `SOCKADDR_STORAGE`: a [`SockAddrInet`] at its start and zeroes, 128 bytes, aligned to 8.
#[repr(C, align(8))]
#[derive(Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct SockAddrStorage {
    /// The address.
    pub inet: SockAddrInet,
    /// Zero.
    pub zero: [u8; 100],
}
const _: () = assert!(size_of::<SockAddrStorage>() == 128 && align_of::<SockAddrStorage>() == 8);

/// An IPv4 address inside the larger union.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable)]
struct PaddedIn {
    inner: SockAddrIn,
    zero: [u8; 12],
}

/// The one form of an address: `::ffff:a.b.c.d` becomes plain IPv4, all else stays.
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(ip) => SocketAddr::V4(SocketAddrV4::new(ip, v6.port())),
            None => address,
        },
        SocketAddr::V4(_) => address,
    }
}

/// Takes the socket address off the front of a multipeer control packet, as `WriteFile` gets it and
/// `ReadFile` returns it. The address is [`canonical`].
///
/// # Errors
/// [`NtStatus::INVALID_MESSAGE`] if `buffer` ends inside the address, [`NtStatus::INVALID_ADDRESS`] if
/// the family is neither.
pub fn split_sockaddr(buffer: &[u8]) -> Result<(SocketAddr, &[u8]), NtStatus> {
    let (family, _) = u16::read_from_prefix(buffer).map_err(|_| NtStatus::INVALID_MESSAGE)?;
    let (address, packet) = match family {
        AF_INET => SockAddrIn::read_from_prefix(buffer)
            .map(|(raw, rest)| (SocketAddr::V4(raw.into()), rest))
            .ok(),
        AF_INET6 => SockAddrIn6::read_from_prefix(buffer)
            .map(|(raw, rest)| (SocketAddr::V6(raw.into()), rest))
            .ok(),
        _ => {
            return Err(if buffer.len() < size_of::<SockAddrIn>() {
                NtStatus::INVALID_MESSAGE
            } else {
                NtStatus::INVALID_ADDRESS
            });
        }
    }
    .ok_or(NtStatus::INVALID_MESSAGE)?;
    Ok((canonical(address), packet))
}

/// Writes `address`, made [`canonical`], to the front of `buffer` and returns its length, 16 or 28.
///
/// # Errors
/// [`NtStatus::BUFFER_TOO_SMALL`] if it does not fit; `buffer` is not touched then.
pub fn put_sockaddr(address: SocketAddr, buffer: &mut [u8]) -> Result<usize, NtStatus> {
    match canonical(address) {
        SocketAddr::V4(v4) => crate::write_output(&SockAddrIn::from(v4), buffer),
        SocketAddr::V6(v6) => crate::write_output(&SockAddrIn6::from(v6), buffer),
    }
}

impl SockAddrInet {
    /// All zero: no family, no address. What an unused field holds.
    pub const UNSPECIFIED: Self = SockAddrInet {
        family: 0,
        port: U16::ZERO,
        body: [0; 24],
    };

    /// The wildcard address and port 0 of `family`, as OpenVPN fills a field of which only the family counts.
    #[must_use]
    pub const fn any(family: u16) -> Self {
        SockAddrInet {
            family,
            ..Self::UNSPECIFIED
        }
    }
}

impl SockAddrStorage {
    /// All zero: no family, no address. What an unused field holds.
    pub const UNSPECIFIED: Self = SockAddrStorage {
        inet: SockAddrInet::UNSPECIFIED,
        zero: [0; 100],
    };
}

impl SockAddrIn6 {
    /// `address` as a dual-stack socket wants it: IPv4 becomes `::ffff:a.b.c.d`.
    #[must_use]
    pub fn mapped(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0).into(),
            SocketAddr::V6(v6) => v6.into(),
        }
    }
}

impl From<SocketAddrV4> for SockAddrIn {
    fn from(v4: SocketAddrV4) -> Self {
        SockAddrIn {
            family: AF_INET,
            port: U16::new(v4.port()),
            addr: v4.ip().octets(),
            zero: [0; 8],
        }
    }
}

impl From<SocketAddrV6> for SockAddrIn6 {
    fn from(v6: SocketAddrV6) -> Self {
        SockAddrIn6 {
            family: AF_INET6,
            port: U16::new(v6.port()),
            flowinfo: v6.flowinfo(),
            addr: v6.ip().octets(),
            scope_id: v6.scope_id(),
        }
    }
}

/// Takes the family for granted.
impl From<SockAddrIn> for SocketAddrV4 {
    fn from(raw: SockAddrIn) -> Self {
        SocketAddrV4::new(Ipv4Addr::from(raw.addr), raw.port.get())
    }
}

/// Takes the family for granted. The address is not made [`canonical`].
impl From<SockAddrIn6> for SocketAddrV6 {
    fn from(raw: SockAddrIn6) -> Self {
        SocketAddrV6::new(
            Ipv6Addr::from(raw.addr),
            raw.port.get(),
            raw.flowinfo,
            raw.scope_id,
        )
    }
}

/// Writes the [`canonical`] form.
impl From<SocketAddr> for SockAddrInet {
    fn from(address: SocketAddr) -> Self {
        match canonical(address) {
            SocketAddr::V4(v4) => transmute!(PaddedIn {
                inner: v4.into(),
                zero: [0; 12]
            }),
            SocketAddr::V6(v6) => transmute!(SockAddrIn6::from(v6)),
        }
    }
}

/// The address as it was sent, not made [`canonical`]; fails on an unknown family.
impl TryFrom<SockAddrInet> for SocketAddr {
    type Error = UnknownValue;

    fn try_from(raw: SockAddrInet) -> Result<Self, UnknownValue> {
        match raw.family {
            AF_INET => {
                let padded: PaddedIn = transmute!(raw);
                Ok(SocketAddr::V4(padded.inner.into()))
            }
            AF_INET6 => {
                let v6: SockAddrIn6 = transmute!(raw);
                Ok(SocketAddr::V6(v6.into()))
            }
            family => Err(UnknownValue::new("address family", family.into())),
        }
    }
}

/// Writes the [`canonical`] form.
impl From<SocketAddr> for SockAddrStorage {
    fn from(address: SocketAddr) -> Self {
        SockAddrStorage {
            inet: address.into(),
            zero: [0; 100],
        }
    }
}

/// The address as it was sent, not made [`canonical`]; fails on an unknown family.
impl TryFrom<SockAddrStorage> for SocketAddr {
    type Error = UnknownValue;

    fn try_from(raw: SockAddrStorage) -> Result<Self, UnknownValue> {
        raw.inet.try_into()
    }
}

impl fmt::Debug for SockAddrInet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SocketAddr::try_from(*self) {
            Ok(address) => fmt::Display::fmt(&address, f),
            Err(_) => write!(f, "family {}", self.family),
        }
    }
}

impl fmt::Debug for SockAddrStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inet, f)
    }
}

/// Whether both addresses are of one family, each taken as it is written.
#[must_use]
pub const fn same_family(a: &SocketAddr, b: &SocketAddr) -> bool {
    a.is_ipv4() == b.is_ipv4()
}

/// The wildcard address of the family of `like`, port 0.
#[must_use]
pub const fn any_like(like: &SocketAddr) -> SocketAddr {
    let ip = match like {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(ip, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_winsock() {
        let v4 = SockAddrInet::from(SocketAddr::from(([192, 0, 2, 7], 1194)));
        assert_eq!(v4.as_bytes()[..8], [2, 0, 0x04, 0xAA, 192, 0, 2, 7]);
        assert_eq!(v4.as_bytes()[8..], [0; 20]);

        let v6 = SockAddrInet::from(SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1194, 0, 9)));
        assert_eq!(v6.as_bytes()[..8], [23, 0, 0x04, 0xAA, 0, 0, 0, 0]);
        assert_eq!(v6.as_bytes()[23..], [1, 9, 0, 0, 0]);
    }

    #[test]
    fn mapped_ipv4_has_one_form() {
        let plain: SocketAddr = "192.0.2.7:1194".parse().unwrap();
        let mapped: SocketAddr = "[::ffff:192.0.2.7]:1194".parse().unwrap();
        assert_eq!(canonical(mapped), plain);
        assert_eq!(SockAddrInet::from(mapped), SockAddrInet::from(plain));
        assert_eq!(SocketAddr::V6(SockAddrIn6::mapped(plain).into()), mapped);
        // What a caller sends is shown as sent.
        let raw: SockAddrInet = transmute!(SockAddrIn6::mapped(plain));
        assert_eq!(SocketAddr::try_from(raw), Ok(mapped));
    }

    #[test]
    fn control_packets_carry_their_address_in_front() {
        for (text, len) in [
            ("192.0.2.7:1194", 16),
            ("[2001:db8::7]:1194", 28),
            ("[::ffff:192.0.2.7]:1194", 16),
        ] {
            let address: SocketAddr = text.parse().unwrap();
            let mut buffer = [0xEE; 32];
            assert_eq!(put_sockaddr(address, &mut buffer), Ok(len), "{text}");
            let (back, packet) = split_sockaddr(&buffer).unwrap();
            assert_eq!((back, packet.len()), (canonical(address), 32 - len), "{text}");
            assert_eq!(
                split_sockaddr(&buffer[..len]).unwrap().1,
                [],
                "{text}: nothing behind it"
            );
            assert_eq!(
                split_sockaddr(&buffer[..len - 1]),
                Err(NtStatus::INVALID_MESSAGE),
                "{text}: cut"
            );
        }
    }

    #[test]
    fn unknown_families_are_refused() {
        for family in [0u16, 1, 10, 0xFFFF] {
            let raw = SockAddrInet::any(family);
            assert_eq!(SocketAddr::try_from(raw).unwrap_err().value, i64::from(family));
            assert_eq!(split_sockaddr(raw.as_bytes()), Err(NtStatus::INVALID_ADDRESS));
        }
        assert_eq!(split_sockaddr(&[]), Err(NtStatus::INVALID_MESSAGE));
        assert_eq!(split_sockaddr(&[9]), Err(NtStatus::INVALID_MESSAGE));
        assert_eq!(split_sockaddr(&[9; 15]), Err(NtStatus::INVALID_MESSAGE));
    }
}
