//! Servers to connect to: `remote`, `proto`, `port` and `<connection>` blocks.

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use crate::control::wrap::Wrapping;

/// How packets travel to the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP datagrams.
    #[default]
    Udp,
    /// A TCP connection.
    Tcp,
}

/// Which addresses of the server to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// `proto`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Proto {
    /// UDP or TCP.
    pub transport: Transport,
    /// The only family to use, if it states one.
    pub family: Option<Family>,
}

impl Proto {
    /// The protocol with this name, in a client.
    pub fn by_name(name: &str) -> Option<Self> {
        let (transport, family) = match name {
            "udp" => (Transport::Udp, None),
            "udp4" => (Transport::Udp, Some(Family::V4)),
            "udp6" => (Transport::Udp, Some(Family::V6)),
            "tcp" | "tcp-client" => (Transport::Tcp, None),
            "tcp4" | "tcp4-client" => (Transport::Tcp, Some(Family::V4)),
            "tcp6" | "tcp6-client" => (Transport::Tcp, Some(Family::V6)),
            _ => return None,
        };
        Some(Self { transport, family })
    }

    /// Whether an address of the server may be used.
    pub fn allows(self, address: IpAddr) -> bool {
        match self.family {
            None => true,
            Some(Family::V4) => address.is_ipv4(),
            Some(Family::V6) => address.is_ipv6(),
        }
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        };
        let family = match self.family {
            None => "",
            Some(Family::V4) => "4",
            Some(Family::V6) => "6",
        };
        write!(f, "{transport}{family}")
    }
}

/// One server to try, with all that may differ between servers. Holds keys, so it has no `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Remote {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protocol.
    pub proto: Proto,
    /// `local`: the address to send from; any, if `None`.
    pub local: Option<IpAddr>,
    /// `lport`: the port to send from; any, if 0.
    pub local_port: u16,
    /// `connect-timeout`, `server-poll-timeout`: how long to wait for the server's first answer.
    pub connect_timeout: Duration,
    /// `explicit-exit-notify`: tell the server when leaving.
    pub explicit_exit_notify: bool,
    /// `tls-auth`, `tls-crypt`, `tls-crypt-v2`.
    pub wrapping: Wrapping,
    /// `mssfix`.
    pub mssfix: MssFix,
}

/// `mssfix`: the largest TCP segment that peers inside the tunnel may announce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MssFix {
    /// Not given: from the usual path MTU of 1492, or from `tun-mtu` if that isn't 1500.
    #[default]
    Default,
    /// `mssfix N`: the OpenVPN packet is at most N bytes, outer headers not counted.
    Packet(u16),
    /// `mssfix N mtu`: outer headers counted.
    Mtu(u16),
    /// `mssfix N fixed`: the inner packet is at most N bytes.
    Fixed(u16),
    /// `mssfix 0`.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_read_and_print() {
        for (name, printed) in [
            ("udp", "udp"),
            ("udp6", "udp6"),
            ("tcp", "tcp"),
            ("tcp4-client", "tcp4"),
            ("tcp6-client", "tcp6"),
        ] {
            assert_eq!(Proto::by_name(name).unwrap().to_string(), printed);
        }
        for name in ["tcp-server", "tcp6-server", "icmp", ""] {
            assert_eq!(Proto::by_name(name), None);
        }
        assert!(!Proto::by_name("udp6").unwrap().allows([127, 0, 0, 1].into()));
    }
}
