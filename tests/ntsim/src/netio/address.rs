//! Socket addresses: those of Windows and those of the host differ in the number of the family only.

use netcx_sys::wsk::{AF_INET, AF_INET6, SOCKADDR};

use crate::guest::Guest;
use crate::status::{self, NtStatus};

/// Address families that the provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6, and IPv4 by mapped addresses unless `IPV6_V6ONLY` is set (it is by default).
    V6,
}

impl Family {
    /// From the number that Windows uses.
    #[must_use]
    pub fn from_windows(number: u16) -> Option<Self> {
        match number {
            AF_INET => Some(Self::V4),
            AF_INET6 => Some(Self::V6),
            _ => None,
        }
    }

    /// The number that Windows uses.
    #[must_use]
    pub fn windows(self) -> u16 {
        match self {
            Self::V4 => AF_INET,
            Self::V6 => AF_INET6,
        }
    }

    /// The number that the host uses.
    #[must_use]
    pub fn host(self) -> u16 {
        let family = match self {
            Self::V4 => libc::AF_INET,
            Self::V6 => libc::AF_INET6,
        };
        u16::try_from(family).unwrap_or_default()
    }

    /// Bytes of an address.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::V4 => size_of::<libc::sockaddr_in>(),
            Self::V6 => size_of::<libc::sockaddr_in6>(),
        }
    }
}

/// An address in the host's form.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAddress {
    bytes: [u8; 28],
    length: u32,
}

impl HostAddress {
    /// Room for an address that the host fills in.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            bytes: [0; 28],
            length: 28,
        }
    }

    /// The wildcard address, port 0.
    #[must_use]
    pub fn any(family: Family) -> Self {
        let mut address = Self::empty();
        address.bytes[..2].copy_from_slice(&family.host().to_ne_bytes());
        address.length = u32::try_from(family.length()).unwrap_or(0);
        address
    }

    /// Reads an address of a client, which must be of `family`.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` without one, `STATUS_INVALID_ADDRESS_COMPONENT` for another family.
    pub fn read(address: Guest<SOCKADDR>, family: Family) -> Result<Self, NtStatus> {
        let address = address.some().ok_or(status::INVALID_PARAMETER)?;
        if Family::from_windows(address.cast::<u16>().read()) != Some(family) {
            return Err(status::INVALID_ADDRESS_COMPONENT);
        }
        let mut host = Self::any(family);
        let rest = &mut host.bytes[2..family.length()];
        address.byte_offset::<u8>(2).read_into(rest);
        Ok(host)
    }

    /// Reads an address in the form of Windows that the provider has written.
    #[must_use]
    pub fn from_windows(place: Guest<u8>) -> Self {
        let family = Family::from_windows(place.cast::<u16>().read()).unwrap_or(Family::V4);
        Self::read(place.cast(), family).unwrap_or_else(|_| Self::any(family))
    }

    /// Writes it in the form of Windows.
    pub fn write(&self, to: Guest<SOCKADDR>) {
        let family = self.family();
        to.cast::<u8>().write_bytes(&self.bytes[..family.length()]);
        to.cast::<u16>().write(family.windows());
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> Family {
        let [a, b, ..] = self.bytes;
        if u16::from_ne_bytes([a, b]) == Family::V4.host() {
            Family::V4
        } else {
            Family::V6
        }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        u16::from_be_bytes([self.bytes[2], self.bytes[3]])
    }

    /// Whether both name the same host and port (flow labels don't matter).
    #[must_use]
    pub fn is_same_peer(&self, other: &Self) -> bool {
        let address = match self.family() {
            Family::V4 => 4..8,
            Family::V6 => 8..24,
        };
        self.family() == other.family()
            && self.bytes[2..4] == other.bytes[2..4]
            && self.bytes[address.clone()] == other.bytes[address]
    }

    /// For calls of the host.
    #[must_use]
    pub fn as_ptr(&self) -> *const libc::sockaddr {
        self.bytes.as_ptr().cast()
    }

    /// Bytes of the address.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.length
    }

    /// For the host to fill in, with its length.
    pub(super) fn as_mut(&mut self) -> (*mut libc::sockaddr, *mut u32) {
        (self.bytes.as_mut_ptr().cast(), &raw mut self.length)
    }
}

/// Changes an address that the host wrote at `place` into the form of Windows, and says what it was.
pub fn host_to_windows(place: Guest<u8>) -> HostAddress {
    let mut address = HostAddress::empty();
    place.read_into(&mut address.bytes);
    address.length = u32::try_from(address.family().length()).unwrap_or(0);
    place.cast::<u16>().write(address.family().windows());
    address
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use netcx_sys::wsk::SOCKADDR_INET;

    use super::*;

    #[test]
    fn addresses_survive_the_trip() {
        for (text, family) in [
            ("192.0.2.1:1194", Family::V4),
            ("[2001:db8::1%3]:443", Family::V6),
        ] {
            let address: SocketAddr = text.parse().unwrap();
            let windows = SOCKADDR_INET::from(address);
            let host = HostAddress::read(Guest::of(&windows).cast(), family).unwrap();
            assert_eq!((host.family(), host.port()), (family, address.port()));
            let back = SOCKADDR_INET::from(SocketAddr::from(([0, 0, 0, 0], 0)));
            host.write(Guest::of(&back).cast());
            assert_eq!(back.to_socket_addr(), Some(address));
            let other = if family == Family::V4 {
                Family::V6
            } else {
                Family::V4
            };
            let refused = HostAddress::read(Guest::of(&windows).cast(), other);
            assert_eq!(refused, Err(status::INVALID_ADDRESS_COMPONENT));
        }
        assert_eq!(
            HostAddress::read(Guest::null(), Family::V4),
            Err(status::INVALID_PARAMETER)
        );
    }
}
