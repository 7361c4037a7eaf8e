//! Routes: `route`, `route-ipv6`, `redirect-gateway`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{OptionError, number, parse};

/// A network, or a name that only the client can fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// A network: its address with host bits zero, and the length of its prefix.
    Network(IpAddr, u8),
    /// `remote_host`: the server's own address.
    RemoteHost,
    /// `vpn_gateway`: the gateway inside the tunnel.
    VpnGateway,
    /// `net_gateway`: the gateway of the default route outside the tunnel.
    NetGateway,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteGateway {
    /// Into the tunnel, by the gateway that the tunnel options name. The default; also `vpn_gateway`.
    #[default]
    Vpn,
    /// Around the tunnel, by the default route outside it (`net_gateway`).
    Net,
    /// By this address.
    Address(IpAddr),
}

/// A route to install while the tunnel is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// What it leads to.
    pub destination: Destination,
    /// By which way.
    pub gateway: RouteGateway,
    /// Its metric, if it states one.
    pub metric: Option<u32>,
}

impl Route {
    /// Reads the arguments of `route NETWORK [MASK [GATEWAY [METRIC]]]`.
    pub(super) fn parse4(args: &[&str]) -> Result<Self, OptionError> {
        let (network, rest) = match args {
            [network, rest @ ..] if rest.len() <= 3 => (*network, rest),
            _ => {
                return Err(OptionError::Arguments {
                    expected: "one to four arguments",
                    given: args.len(),
                });
            }
        };
        let mask = match rest.first() {
            None | Some(&"default") => 32,
            Some(mask) => prefix_of_mask(mask)?,
        };
        let destination = match network {
            "vpn_gateway" => Destination::VpnGateway,
            "net_gateway" => Destination::NetGateway,
            "remote_host" => Destination::RemoteHost,
            address => network4(parse(address, "an IPv4 address")?, mask),
        };
        let gateway = match rest.get(1) {
            None | Some(&("default" | "vpn_gateway")) => RouteGateway::Vpn,
            Some(&"net_gateway") => RouteGateway::Net,
            Some(address) => RouteGateway::Address(parse::<Ipv4Addr>(address, "a gateway address")?.into()),
        };
        Ok(Self {
            destination,
            gateway,
            metric: metric(rest.get(2))?,
        })
    }

    /// Reads the arguments of `route-ipv6 NETWORK/LENGTH [GATEWAY [METRIC]]`.
    pub(super) fn parse6(args: &[&str]) -> Result<Self, OptionError> {
        let (network, rest) = match args {
            [network, rest @ ..] if rest.len() <= 2 => (*network, rest),
            _ => {
                return Err(OptionError::Arguments {
                    expected: "one to three arguments",
                    given: args.len(),
                });
            }
        };
        let (address, length) = address_and_length6(network)?;
        let gateway = match rest.first() {
            None | Some(&("default" | "vpn_gateway" | "::")) => RouteGateway::Vpn,
            Some(&("net_gateway" | "net_gateway_ipv6")) => RouteGateway::Net,
            Some(address) => RouteGateway::Address(parse::<Ipv6Addr>(address, "a gateway address")?.into()),
        };
        Ok(Self {
            destination: network6(address, length),
            gateway,
            metric: metric(rest.get(1))?,
        })
    }
}

/// What `redirect-gateway` asks for: that everything goes through the tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedirectGateway {
    /// Redirect IPv4 (all but `!ipv4`).
    pub ipv4: bool,
    /// Redirect IPv6 (`ipv6`).
    pub ipv6: bool,
    /// By two half-sized routes instead of replacing the default route (`def1`).
    pub def1: bool,
    /// The server is on the local network: it needs no route of its own (`local`).
    pub local: bool,
    /// Find out whether it is (`autolocal`).
    pub autolocal: bool,
    /// Leave the DHCP server outside the tunnel (`bypass-dhcp`).
    pub bypass_dhcp: bool,
    /// Leave the name servers outside the tunnel (`bypass-dns`).
    pub bypass_dns: bool,
    /// Cut off the local network (`block-local`).
    pub block_local: bool,
}

impl RedirectGateway {
    /// Reads the flags; several options add up.
    pub(super) fn parse(before: Option<Self>, args: &[&str]) -> Result<Self, OptionError> {
        let none = Self {
            ipv4: true,
            ipv6: false,
            def1: false,
            local: false,
            autolocal: false,
            bypass_dhcp: false,
            bypass_dns: false,
            block_local: false,
        };
        let mut redirect = before.unwrap_or(none);
        for flag in args {
            match *flag {
                "def1" => redirect.def1 = true,
                "local" => redirect.local = true,
                "autolocal" => redirect.autolocal = true,
                "bypass-dhcp" => redirect.bypass_dhcp = true,
                "bypass-dns" => redirect.bypass_dns = true,
                "block-local" => redirect.block_local = true,
                "ipv6" => redirect.ipv6 = true,
                "!ipv4" => redirect.ipv4 = false,
                other => return Err(OptionError::argument(other, "a flag of redirect-gateway")),
            }
        }
        Ok(redirect)
    }
}

/// `address/length`, for IPv6.
pub(super) fn address_and_length6(text: &str) -> Result<(Ipv6Addr, u8), OptionError> {
    const EXPECTED: &str = "an IPv6 address with a prefix length";
    let (address, length) = text.split_once('/').unwrap_or((text, "128"));
    let address = parse(address, EXPECTED).map_err(|_| OptionError::argument(text, EXPECTED))?;
    let length = number(length, 0..=128, EXPECTED).map_err(|_| OptionError::argument(text, EXPECTED))?;
    Ok((address, u8::try_from(length).unwrap_or(128)))
}

/// The prefix length that a netmask stands for.
pub(super) fn prefix_of_mask(mask: &str) -> Result<u8, OptionError> {
    const EXPECTED: &str = "an IPv4 netmask";
    let bits = u32::from(parse::<Ipv4Addr>(mask, EXPECTED)?);
    match u8::try_from(bits.leading_ones()) {
        Ok(length) if bits.count_ones() == u32::from(length) => Ok(length),
        _ => Err(OptionError::argument(mask, EXPECTED)),
    }
}

fn network4(address: Ipv4Addr, length: u8) -> Destination {
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    Destination::Network(Ipv4Addr::from(u32::from(address) & mask).into(), length)
}

fn network6(address: Ipv6Addr, length: u8) -> Destination {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    Destination::Network(Ipv6Addr::from(u128::from(address) & mask).into(), length)
}

fn metric(arg: Option<&&str>) -> Result<Option<u32>, OptionError> {
    match arg {
        None | Some(&"default") => Ok(None),
        Some(metric) => parse(metric, "a metric").map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(address: &str, length: u8) -> Destination {
        Destination::Network(address.parse().unwrap(), length)
    }

    #[test]
    fn routes_read_as_pushed() {
        let address = |a: &str| RouteGateway::Address(a.parse().unwrap());
        for (line, destination, gateway, metric) in [
            ("10.99.0.1", net("10.99.0.1", 32), RouteGateway::Vpn, None),
            (
                "10.20.0.0 255.255.0.0",
                net("10.20.0.0", 16),
                RouteGateway::Vpn,
                None,
            ),
            (
                "10.20.1.9 255.255.0.0",
                net("10.20.0.0", 16),
                RouteGateway::Vpn,
                None,
            ),
            (
                "10.30.0.0 255.255.0.0 vpn_gateway 50",
                net("10.30.0.0", 16),
                RouteGateway::Vpn,
                Some(50),
            ),
            (
                "1.2.3.4 default net_gateway",
                net("1.2.3.4", 32),
                RouteGateway::Net,
                None,
            ),
            (
                "0.0.0.0 0.0.0.0 10.0.0.9",
                net("0.0.0.0", 0),
                address("10.0.0.9"),
                None,
            ),
            (
                "remote_host 255.255.255.255 net_gateway",
                Destination::RemoteHost,
                RouteGateway::Net,
                None,
            ),
        ] {
            let args: Vec<_> = line.split(' ').collect();
            assert_eq!(
                Route::parse4(&args),
                Ok(Route {
                    destination,
                    gateway,
                    metric
                }),
                "{line}"
            );
        }
        for (line, destination, gateway, metric) in [
            (
                "2001:db8:1::/48",
                net("2001:db8:1::", 48),
                RouteGateway::Vpn,
                None,
            ),
            (
                "2001:db8:1::7/48 fd00::1 9",
                net("2001:db8:1::", 48),
                address("fd00::1"),
                Some(9),
            ),
            ("::/0 net_gateway", net("::", 0), RouteGateway::Net, None),
            ("fd00::9", net("fd00::9", 128), RouteGateway::Vpn, None),
        ] {
            let args: Vec<_> = line.split(' ').collect();
            assert_eq!(
                Route::parse6(&args),
                Ok(Route {
                    destination,
                    gateway,
                    metric
                }),
                "{line}"
            );
        }
    }

    #[test]
    fn impossible_routes_are_refused() {
        for line in [
            "",
            "10.0.0.0 255.0.255.0",
            "10.0.0.0/8",
            "host.example",
            "1.1.1.1 a b c",
            "1.1.1.1 2.2.2.2 3 4 5",
        ] {
            assert!(
                Route::parse4(&line.split(' ').collect::<Vec<_>>()).is_err(),
                "{line}"
            );
        }
        for line in [
            "",
            "fd00::/129",
            "fd00::/x",
            "10.0.0.0/8",
            "fd00::/64 10.0.0.1",
            "::/0 default x",
        ] {
            assert!(
                Route::parse6(&line.split(' ').collect::<Vec<_>>()).is_err(),
                "{line}"
            );
        }
    }
}
