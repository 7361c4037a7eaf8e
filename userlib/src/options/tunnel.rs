//! The options that describe the tunnel interface and its upkeep.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use super::route::{address_and_length6, prefix_of_mask};
use super::{Dns, OptionError, RedirectGateway, Route, number, parse};

/// How the addresses of a tunnel relate (`topology`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Topology {
    /// Each client has a network of four addresses. What OpenVPN 2.6 assumes when nothing is said.
    #[default]
    Net30,
    /// Each client has one address, and the far end another.
    P2p,
    /// All clients share one network.
    Subnet,
}

/// `ifconfig`: this end's address, and the far end's or the network's mask, by topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ifconfig {
    /// This end's address.
    pub local: Ipv4Addr,
    /// The far end's address (net30, p2p) or the mask (subnet).
    pub remote_or_mask: Ipv4Addr,
}

/// `ifconfig-ipv6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ifconfig6 {
    /// This end's address.
    pub local: Ipv6Addr,
    /// Length of the network's prefix, 0 to 128.
    pub prefix_len: u8,
    /// The far end's address.
    pub remote: Option<Ipv6Addr>,
}

/// All that a profile or a server says about the tunnel. Every field is absent, empty or false by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TunnelOptions {
    /// `topology`.
    pub topology: Option<Topology>,
    /// `ifconfig`.
    pub ifconfig: Option<Ifconfig>,
    /// `ifconfig-ipv6`.
    pub ifconfig6: Option<Ifconfig6>,
    /// `route-gateway`: the gateway inside the tunnel. `route-gateway dhcp` leaves it out.
    pub route_gateway: Option<Ipv4Addr>,
    /// `route-ipv6-gateway`.
    pub route_gateway6: Option<Ipv6Addr>,
    /// `route` and `route-ipv6`, in their order.
    pub routes: Vec<Route>,
    /// `route-metric`: for routes that state none.
    pub route_metric: Option<u32>,
    /// `redirect-gateway`, `redirect-private`.
    pub redirect_gateway: Option<RedirectGateway>,
    /// `redirect-private`: as `redirect-gateway`, but the default route stays.
    pub redirect_private: bool,
    /// `dns` and `dhcp-option`.
    pub dns: Dns,
    /// `block-outside-dns`.
    pub block_outside_dns: bool,
    /// `block-ipv6`.
    pub block_ipv6: bool,
    /// `register-dns`.
    pub register_dns: bool,
    /// `tun-mtu`, in bytes.
    pub tun_mtu: Option<u32>,
    /// `ping`: send a keepalive after this time of silence; zero is off.
    pub ping: Option<Duration>,
    /// `ping-restart`: reconnect after hearing nothing for this time; zero is off.
    pub ping_restart: Option<Duration>,
    /// `ping-exit`: end after hearing nothing for this time; zero is off.
    pub ping_exit: Option<Duration>,
    /// `inactive`: end after this time with fewer bytes than stated.
    pub inactive: Option<(Duration, u64)>,
    /// `session-timeout`: end after this time in any case.
    pub session_timeout: Option<Duration>,
    /// `sndbuf`, in bytes.
    pub sndbuf: Option<u32>,
    /// `rcvbuf`, in bytes.
    pub rcvbuf: Option<u32>,
    /// `echo`, for a user interface.
    pub echo: Vec<String>,
    /// `setenv-safe`.
    pub environment: Vec<(String, String)>,
}

impl TunnelOptions {
    /// Reads one option, split into words, of which the first is its name. `Ok(false)`: it isn't one of these.
    ///
    /// # Errors
    /// It is one of these, and its arguments are wrong. Nothing has changed then.
    pub fn apply(&mut self, words: &[&str]) -> Result<bool, OptionError> {
        let Some((name, args)) = words.split_first() else {
            return Ok(false);
        };
        match *name {
            "topology" => self.topology = Some(topology(one(args)?)?),
            "ifconfig" => self.ifconfig = Some(ifconfig(args)?),
            "ifconfig-ipv6" => self.ifconfig6 = Some(ifconfig6(args)?),
            "route-gateway" => {
                self.route_gateway = match one(args)? {
                    "dhcp" => None,
                    address => Some(parse(address, "an IPv4 address")?),
                }
            }
            "route-ipv6-gateway" => self.route_gateway6 = Some(parse(one(args)?, "an IPv6 address")?),
            "route" => self.routes.push(Route::parse4(args)?),
            "route-ipv6" => self.routes.push(Route::parse6(args)?),
            "route-metric" => self.route_metric = Some(parse(one(args)?, "a metric")?),
            "redirect-gateway" => {
                self.redirect_gateway = Some(RedirectGateway::parse(self.redirect_gateway, args)?);
            }
            "redirect-private" => {
                self.redirect_gateway = Some(RedirectGateway::parse(self.redirect_gateway, args)?);
                self.redirect_private = true;
            }
            "dns" => self.dns.apply_dns(args)?,
            "dhcp-option" => self.dns.apply_dhcp(args)?,
            "block-outside-dns" => none(args).map(|()| self.block_outside_dns = true)?,
            "block-ipv6" => none(args).map(|()| self.block_ipv6 = true)?,
            "register-dns" => none(args).map(|()| self.register_dns = true)?,
            "tun-mtu" => self.tun_mtu = Some(mtu(args)?),
            "ping" => self.ping = Some(seconds(one(args)?)?),
            "ping-restart" => self.ping_restart = Some(seconds(one(args)?)?),
            "ping-exit" => self.ping_exit = Some(seconds(one(args)?)?),
            "inactive" => self.inactive = Some(inactive(args)?),
            "session-timeout" => self.session_timeout = Some(seconds(one(args)?)?),
            "sndbuf" => self.sndbuf = Some(parse(one(args)?, "a number of bytes")?),
            "rcvbuf" => self.rcvbuf = Some(parse(one(args)?, "a number of bytes")?),
            "echo" => self.echo.push(args.join(" ")),
            "setenv-safe" => self.environment.push(variable(args)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Seconds, up to a day: what keepalive and timeouts take.
pub(crate) fn seconds(arg: &str) -> Result<Duration, OptionError> {
    let n = number(arg, 0..=u32::MAX, "a number of seconds")?;
    Ok(Duration::from_secs(n.into()))
}

fn one<'a>(args: &[&'a str]) -> Result<&'a str, OptionError> {
    match args {
        [arg] => Ok(arg),
        _ => Err(OptionError::Arguments {
            expected: "one argument",
            given: args.len(),
        }),
    }
}

fn none(args: &[&str]) -> Result<(), OptionError> {
    match args {
        [] => Ok(()),
        _ => Err(OptionError::Arguments {
            expected: "no arguments",
            given: args.len(),
        }),
    }
}

fn topology(arg: &str) -> Result<Topology, OptionError> {
    match arg {
        "net30" => Ok(Topology::Net30),
        "p2p" => Ok(Topology::P2p),
        "subnet" => Ok(Topology::Subnet),
        _ => Err(OptionError::argument(arg, "net30, p2p or subnet")),
    }
}

fn ifconfig(args: &[&str]) -> Result<Ifconfig, OptionError> {
    match args {
        [local, other] => Ok(Ifconfig {
            local: parse(local, "an IPv4 address")?,
            remote_or_mask: parse(other, "an IPv4 address or netmask")?,
        }),
        _ => Err(OptionError::Arguments {
            expected: "two arguments",
            given: args.len(),
        }),
    }
}

fn ifconfig6(args: &[&str]) -> Result<Ifconfig6, OptionError> {
    let (network, remote) = match args {
        [network] => (network, None),
        [network, remote] => (network, Some(parse(remote, "an IPv6 address")?)),
        _ => {
            return Err(OptionError::Arguments {
                expected: "one or two arguments",
                given: args.len(),
            });
        }
    };
    let (local, prefix_len) = address_and_length6(network)?;
    Ok(Ifconfig6 {
        local,
        prefix_len,
        remote,
    })
}

fn mtu(args: &[&str]) -> Result<u32, OptionError> {
    match args {
        // The second argument is the largest that may be asked for later; nothing here asks.
        [mtu] | [mtu, _] => number(mtu, 100..=65_535, "an MTU from 100 to 65535"),
        _ => Err(OptionError::Arguments {
            expected: "one argument",
            given: args.len(),
        }),
    }
}

fn inactive(args: &[&str]) -> Result<(Duration, u64), OptionError> {
    match args {
        [time] => Ok((seconds(time)?, 0)),
        [time, bytes] => Ok((seconds(time)?, parse(bytes, "a number of bytes")?)),
        _ => Err(OptionError::Arguments {
            expected: "one or two arguments",
            given: args.len(),
        }),
    }
}

fn variable(args: &[&str]) -> Result<(String, String), OptionError> {
    match args {
        [name] => Ok(((*name).to_owned(), String::new())),
        [name, value] => Ok(((*name).to_owned(), (*value).to_owned())),
        _ => Err(OptionError::Arguments {
            expected: "a name and a value",
            given: args.len(),
        }),
    }
}

impl Ifconfig {
    /// The length of the network's prefix, if this is an address with a mask.
    pub fn prefix_len(&self) -> Option<u8> {
        prefix_of_mask(&self.remote_or_mask.to_string()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typical_push_reads_into_its_types() {
        let mut options = TunnelOptions::default();
        for line in [
            "route-gateway 10.99.0.1",
            "topology subnet",
            "ping 10",
            "ping-restart 60",
            "ifconfig-ipv6 fd00:9:9::1000/64 fd00:9:9::1",
            "ifconfig 10.99.0.2 255.255.255.0",
            "tun-mtu 1500",
            "redirect-gateway def1 bypass-dhcp ipv6",
            "inactive 3600",
            "setenv-safe FOO bar",
        ] {
            assert_eq!(
                options.apply(&line.split(' ').collect::<Vec<_>>()),
                Ok(true),
                "{line}"
            );
        }
        assert_eq!(options.topology, Some(Topology::Subnet));
        assert_eq!(options.ifconfig.and_then(|i| i.prefix_len()), Some(24));
        assert_eq!(options.ifconfig6.map(|i| i.prefix_len), Some(64));
        assert_eq!(options.ping_restart, Some(Duration::from_secs(60)));
        assert!(
            options
                .redirect_gateway
                .is_some_and(|r| r.def1 && r.ipv6 && r.ipv4)
        );
    }

    #[test]
    fn wrong_arguments_change_nothing() {
        let mut options = TunnelOptions::default();
        for line in [
            "ifconfig 1.2.3.4",
            "tun-mtu 99",
            "topology ring",
            "ping -1",
            "block-ipv6 x",
            "route-metric",
        ] {
            assert!(
                options.apply(&line.split(' ').collect::<Vec<_>>()).is_err(),
                "{line}"
            );
        }
        assert_eq!(options.apply(&["peer-id", "1"]), Ok(false));
        assert_eq!(options, TunnelOptions::default());
    }
}
