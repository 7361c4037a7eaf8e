//! Socket addresses (ws2def.h, ws2ipdef.h). Ports and addresses are in network byte order; kept as bytes here, so that
//! no host order can be taken for it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::constants::{ADDRESS_FAMILY, AF_INET, AF_INET6};
use crate::scalar::{CHAR, ULONG, USHORT};

c_structs! {
    /// An IPv4 address.
    #[repr(align(4))]
    #[derive(Debug, Default, PartialEq, Eq)]
    struct IN_ADDR {
        /// The bytes, in network order.
        Bytes: [u8; 4] => ["S_un": Bytes, "S_un.S_addr": Bytes],
    }

    /// An IPv6 address.
    #[repr(align(2))]
    #[derive(Debug, Default, PartialEq, Eq)]
    struct IN6_ADDR {
        /// The bytes, in network order.
        Bytes: [u8; 16] => ["u": Bytes, "u.Byte": Bytes],
    }

    /// A socket address of any family; longer than this for most.
    #[derive(Debug)]
    struct SOCKADDR {
        /// The family.
        sa_family: ADDRESS_FAMILY,
        /// By family.
        sa_data: [CHAR; 14],
    }

    /// An IPv4 socket address.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct SOCKADDR_IN {
        /// `AF_INET`.
        sin_family: ADDRESS_FAMILY,
        /// The port, in network byte order.
        sin_port: USHORT,
        /// The address.
        sin_addr: IN_ADDR,
        /// 0.
        sin_zero: [CHAR; 8],
    }

    /// An IPv6 socket address.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct SOCKADDR_IN6 {
        /// `AF_INET6`.
        sin6_family: ADDRESS_FAMILY,
        /// The port, in network byte order.
        sin6_port: USHORT,
        /// Flow label.
        sin6_flowinfo: ULONG,
        /// The address.
        sin6_addr: IN6_ADDR,
        /// The zone of a link-local address, an interface index, in host byte order.
        sin6_scope_id: ULONG,
    }

    /// An IPv4 or IPv6 socket address.
    union SOCKADDR_INET {
        /// IPv4.
        Ipv4: SOCKADDR_IN,
        /// IPv6.
        Ipv6: SOCKADDR_IN6,
        /// Says which.
        si_family: ADDRESS_FAMILY,
    }

    /// Room for any socket address.
    #[derive(Debug)]
    struct SOCKADDR_STORAGE {
        /// The family.
        ss_family: ADDRESS_FAMILY,
        /// Padding.
        _ss_pad1: [u8; 6],
        /// Makes the alignment.
        _ss_align: i64,
        /// Padding.
        _ss_pad2: [u8; 112],
    }

    /// Local address and interface of a datagram (`IP_PKTINFO`).
    #[derive(Debug, Default, PartialEq, Eq)]
    struct IN_PKTINFO {
        /// The local address.
        ipi_addr: IN_ADDR,
        /// The interface's index.
        ipi_ifindex: ULONG,
    }

    /// Local address and interface of a datagram (`IPV6_PKTINFO`).
    #[derive(Debug, Default, PartialEq, Eq)]
    struct IN6_PKTINFO {
        /// The local address.
        ipi6_addr: IN6_ADDR,
        /// The interface's index.
        ipi6_ifindex: ULONG,
    }
}

impl From<Ipv4Addr> for IN_ADDR {
    fn from(address: Ipv4Addr) -> Self {
        Self {
            Bytes: address.octets(),
        }
    }
}

impl From<IN_ADDR> for Ipv4Addr {
    fn from(address: IN_ADDR) -> Self {
        Self::from(address.Bytes)
    }
}

impl From<Ipv6Addr> for IN6_ADDR {
    fn from(address: Ipv6Addr) -> Self {
        Self {
            Bytes: address.octets(),
        }
    }
}

impl From<IN6_ADDR> for Ipv6Addr {
    fn from(address: IN6_ADDR) -> Self {
        Self::from(address.Bytes)
    }
}

impl From<SocketAddrV4> for SOCKADDR_IN {
    fn from(address: SocketAddrV4) -> Self {
        Self {
            sin_family: AF_INET,
            sin_port: address.port().to_be(),
            sin_addr: (*address.ip()).into(),
            sin_zero: [0; 8],
        }
    }
}

impl From<SOCKADDR_IN> for SocketAddrV4 {
    fn from(address: SOCKADDR_IN) -> Self {
        Self::new(address.sin_addr.into(), u16::from_be(address.sin_port))
    }
}

impl From<SocketAddrV6> for SOCKADDR_IN6 {
    fn from(address: SocketAddrV6) -> Self {
        Self {
            sin6_family: AF_INET6,
            sin6_port: address.port().to_be(),
            sin6_flowinfo: address.flowinfo(),
            sin6_addr: (*address.ip()).into(),
            sin6_scope_id: address.scope_id(),
        }
    }
}

impl From<SOCKADDR_IN6> for SocketAddrV6 {
    fn from(address: SOCKADDR_IN6) -> Self {
        Self::new(
            address.sin6_addr.into(),
            u16::from_be(address.sin6_port),
            address.sin6_flowinfo,
            address.sin6_scope_id,
        )
    }
}

impl From<SocketAddr> for SOCKADDR_INET {
    /// The bytes past a shorter IPv4 address are zero.
    fn from(address: SocketAddr) -> Self {
        let mut inet = Self {
            Ipv6: SOCKADDR_IN6::default(),
        };
        match address {
            SocketAddr::V4(address) => inet.Ipv4 = address.into(),
            SocketAddr::V6(address) => inet.Ipv6 = address.into(),
        }
        inet
    }
}

impl SOCKADDR_INET {
    /// The address, or `None` if the family is neither IPv4 nor IPv6.
    #[must_use]
    pub fn to_socket_addr(&self) -> Option<SocketAddr> {
        // SAFETY: all variants begin with the family, and integers may have any bits.
        match unsafe { self.si_family } {
            AF_INET => {
                // SAFETY: plain integers, all of them inside of the union.
                let address = unsafe { self.Ipv4 };
                Some(SocketAddr::V4(address.into()))
            }
            AF_INET6 => {
                // SAFETY: plain integers; the IPv6 variant is the union's largest.
                let address = unsafe { self.Ipv6 };
                Some(SocketAddr::V6(address.into()))
            }
            _ => None,
        }
    }

    /// Reads an address of either family from where WSK keeps one.
    ///
    /// # Safety
    /// `address` is NULL, or points to a complete address of the family that it begins with, at any alignment.
    #[must_use]
    pub unsafe fn read(address: *const SOCKADDR) -> Option<SocketAddr> {
        if address.is_null() {
            return None;
        }
        // SAFETY: every address begins with its family, says the caller.
        let family = unsafe { address.cast::<ADDRESS_FAMILY>().read_unaligned() };
        match family {
            AF_INET => {
                // SAFETY: the family says that there is an IPv4 address.
                let address = unsafe { address.cast::<SOCKADDR_IN>().read_unaligned() };
                Some(SocketAddr::V4(address.into()))
            }
            AF_INET6 => {
                // SAFETY: the family says that there is an IPv6 address.
                let address = unsafe { address.cast::<SOCKADDR_IN6>().read_unaligned() };
                Some(SocketAddr::V6(address.into()))
            }
            _ => None,
        }
    }

    /// The wildcard address of a family, port 0.
    #[must_use]
    pub fn unspecified(family: ADDRESS_FAMILY) -> Option<Self> {
        let ip = match family {
            AF_INET => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            AF_INET6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            _ => return None,
        };
        Some(SocketAddr::new(ip, 0).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_trip() {
        for text in [
            "192.0.2.1:1194",
            "0.0.0.0:0",
            "[2001:db8::1]:443",
            "[fe80::1%7]:65535",
        ] {
            let address: SocketAddr = text.parse().unwrap();
            let inet = SOCKADDR_INET::from(address);
            assert_eq!(inet.to_socket_addr(), Some(address));
            // SAFETY: a whole address.
            let read = unsafe { SOCKADDR_INET::read((&raw const inet).cast()) };
            assert_eq!(read, Some(address));
        }
    }

    #[test]
    fn ports_are_in_network_order() {
        let address = SOCKADDR_IN::from(SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 0x1234));
        assert_eq!(address.sin_port.to_ne_bytes(), [0x12, 0x34]);
        assert_eq!(address.sin_addr.Bytes, [192, 0, 2, 1]);
    }

    #[test]
    fn another_family_is_no_address() {
        let mut inet = SOCKADDR_INET::unspecified(AF_INET6).unwrap();
        inet.si_family = 99;
        assert_eq!(inet.to_socket_addr(), None);
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { SOCKADDR_INET::read(core::ptr::null()) }, None);
        assert!(SOCKADDR_INET::unspecified(0).is_none());
    }
}
