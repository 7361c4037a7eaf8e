//! Linux: links, addresses and routes by netlink, name service by whoever manages it ([`resolver`]).

mod netlink;
mod resolver;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ovpn_dco_uapi::Prefix;

use self::netlink::{KernelRoute, Link, Netlink, NextHop, full_prefix};
use super::{Configure, Configured, NetError, Route, TunnelConfig, TunnelInterface, Via};

/// How long an interface may take to appear.
const APPEARS: Duration = Duration::from_secs(1);

/// The configuration of Linux.
pub(super) struct Linux;

impl Configure for Linux {
    fn configure(&self, interface: &TunnelInterface, config: &TunnelConfig) -> Result<Configured, NetError> {
        let netlink = Netlink::open(interface.namespace.as_deref())
            .map_err(|error| NetError::new(format!("reach the network of {interface}"), error))?;
        let link = wait_for(&netlink, interface)?;
        let mut work = Work {
            netlink: Arc::new(netlink),
            link,
            interface,
            done: Configured::nothing(),
        };
        // A step that fails drops what was done until then, and with that undoes it.
        work.link_up(config)?;
        work.addresses(config)?;
        work.outside(config)?;
        work.routes(config);
        if let Err(warning) = resolver::apply(interface, &config.dns, &mut work.done) {
            work.done.warn(warning);
        }
        Ok(work.done)
    }
}

fn wait_for(netlink: &Netlink, interface: &TunnelInterface) -> Result<Link, NetError> {
    let start = Instant::now();
    loop {
        match netlink.link(&interface.name) {
            Ok(link) => return Ok(link),
            Err(_) if start.elapsed() < APPEARS => std::thread::sleep(Duration::from_millis(50)),
            Err(error) if is_absent(&error) => {
                return Err(NetError::NoInterface {
                    interface: interface.to_string(),
                });
            }
            Err(error) => return Err(NetError::new(format!("find {interface}"), error)),
        }
    }
}

/// One configuration in the making.
struct Work<'a> {
    netlink: Arc<Netlink>,
    link: Link,
    interface: &'a TunnelInterface,
    done: Configured,
}

impl Work<'_> {
    fn link_up(&mut self, config: &TunnelConfig) -> Result<(), NetError> {
        let (index, before) = (self.link.index, self.link);
        if let Some(mtu) = config.mtu.filter(|mtu| *mtu != before.mtu) {
            let doing = format!("set the MTU of {} to {mtu}", self.interface);
            self.netlink
                .set_mtu(index, mtu)
                .map_err(|error| NetError::new(&doing, error))?;
            self.undo(doing, move |netlink| netlink.set_mtu(index, before.mtu));
        }
        if !before.up {
            let doing = format!("bring {} up", self.interface);
            self.netlink
                .set_up(index, true)
                .map_err(|error| NetError::new(&doing, error))?;
            self.undo(doing, move |netlink| netlink.set_up(index, false));
        }
        Ok(())
    }

    fn addresses(&mut self, config: &TunnelConfig) -> Result<(), NetError> {
        let index = self.link.index;
        let has_ipv4 = config.addresses.iter().any(|address| address.ip.is_ipv4());
        for address in config.addresses.iter().copied() {
            let doing = format!(
                "give {} the address {}/{}",
                self.interface, address.ip, address.prefix_len
            );
            match self
                .netlink
                .add_address(index, address.ip, address.prefix_len, address.peer)
            {
                Ok(true) => self.undo(doing, move |netlink| {
                    netlink.del_address(index, address.ip, address.prefix_len, address.peer)
                }),
                Ok(false) => tracing::debug!(address = %address.ip, "the address is there already"),
                // A system with IPv6 switched off still has a tunnel for IPv4.
                Err(error) if address.ip.is_ipv6() && has_ipv4 => {
                    self.done
                        .warn(format!("cannot {doing} (is IPv6 switched off?): {error}"));
                }
                Err(error) => return Err(NetError::new(doing, error)),
            }
        }
        Ok(())
    }

    /// Keeps the way to the server, for as long as the tunnel's routes would lead it into the tunnel.
    fn outside(&mut self, config: &TunnelConfig) -> Result<(), NetError> {
        for ip in config.captured() {
            let doing = format!("keep {ip} outside of the tunnel");
            let hop = self
                .outside_hop(ip)
                .map_err(|error| NetError::new(&doing, error))?;
            let route = KernelRoute {
                network: ip,
                prefix_len: full_prefix(ip),
                hop,
                metric: None,
            };
            match self.netlink.add_route(&route) {
                Ok(true) => self.undo(doing, move |netlink| netlink.del_route(&route)),
                // Somebody's route to this very address does the same.
                Ok(false) => {}
                Err(error) => return Err(NetError::new(doing, error)),
            }
        }
        Ok(())
    }

    fn routes(&mut self, config: &TunnelConfig) {
        for route in &config.routes {
            let doing = format!("add the route to {}/{}", route.network, route.prefix_len);
            match self.route(route, config.metric) {
                Ok(Some(added)) => self.undo(doing, move |netlink| netlink.del_route(&added)),
                // A pushed route to the server's own address is the one that keeps it outside.
                Ok(None) if config.outside.contains(&route.network) => {}
                Ok(None) => self.done.warn(format!("cannot {doing}: there is one already")),
                Err(error) => self.done.warn(format!("cannot {doing}: {error}")),
            }
        }
    }

    /// Adds a route; `None` if there is one.
    fn route(&self, route: &Route, metric: Option<u32>) -> io::Result<Option<KernelRoute>> {
        let prefix = Prefix::new(route.network, route.prefix_len).ok_or(io::ErrorKind::InvalidInput)?;
        let hop = match route.via {
            // The link is point-to-point: the interface says it all. A gateway that is not on the link would be
            // refused, and one that is changes nothing.
            Via::Tunnel(_) => NextHop {
                interface: self.link.index,
                gateway: None,
            },
            Via::Outside => self.outside_hop(prefix.network())?,
            Via::Gateway(gateway) => NextHop {
                gateway: Some(gateway),
                ..self.netlink.next_hop(gateway)?
            },
        };
        let route = KernelRoute {
            network: prefix.network(),
            prefix_len: prefix.netbits(),
            hop,
            metric: route.metric.or(metric),
        };
        Ok(self.netlink.add_route(&route)?.then_some(route))
    }

    /// How `ip` is reached without the tunnel.
    fn outside_hop(&self, ip: IpAddr) -> io::Result<NextHop> {
        let hop = self.netlink.next_hop(ip)?;
        if hop.interface == self.link.index {
            return Err(io::Error::new(
                io::ErrorKind::NetworkUnreachable,
                "it is reached through the tunnel only",
            ));
        }
        Ok(hop)
    }

    fn undo(&mut self, what: String, step: impl FnOnce(&Netlink) -> io::Result<()> + Send + 'static) {
        let netlink = Arc::clone(&self.netlink);
        self.done.on_undo(move || match step(&netlink) {
            Ok(()) => Ok(()),
            // An interface that is gone has taken its addresses and routes along.
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) => Err(NetError::new(format!("undo: {what}"), error)),
        });
    }
}

/// `ENODEV`, `ENXIO`, `ESRCH`, `EADDRNOTAVAIL`, `ENOENT`: what is to be removed or found is not there.
fn is_absent(error: &io::Error) -> bool {
    let codes = [
        rustix::io::Errno::NODEV,
        rustix::io::Errno::NXIO,
        rustix::io::Errno::SRCH,
        rustix::io::Errno::ADDRNOTAVAIL,
        rustix::io::Errno::NOENT,
    ];
    error.kind() == io::ErrorKind::NotFound
        || error
            .raw_os_error()
            .is_some_and(|code| codes.iter().any(|known| known.raw_os_error() == code))
}
