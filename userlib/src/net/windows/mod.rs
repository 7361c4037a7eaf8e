//! Windows: addresses, MTU and routes by IP Helper, name service by the interface's DNS settings.
//!
//! Name service needs Windows 10 2004 or later (`SetInterfaceDnsSettings`), as the driver's adapter does. Servers for
//! some domains only would take a rule of the name resolution policy table, which is not written.

mod ip_helper;

use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use ovpn_dco_uapi::Prefix;

use self::ip_helper::{Family, Luid, NextHop, RouteRow};
use super::{Configure, Configured, Dns, NetError, Route, TunnelConfig, TunnelInterface, Via};

/// How long an interface may take to appear: it does so when the adapter's link comes up.
const APPEARS: Duration = Duration::from_secs(1);

/// Metric of a route that states none. Windows adds the interface's own.
const ROUTE_METRIC: u32 = 0;

/// The configuration of Windows.
pub(super) struct Windows;

impl Configure for Windows {
    fn configure(&self, interface: &TunnelInterface, config: &TunnelConfig) -> Result<Configured, NetError> {
        let luid = find(interface)?;
        let mut work = Work {
            luid,
            interface,
            done: Configured::nothing(),
        };
        // A step that fails drops what was done until then, and with that undoes it.
        work.settings(config)?;
        work.addresses(config)?;
        work.outside(config)?;
        work.routes(config);
        work.dns(&config.dns);
        Ok(work.done)
    }
}

/// The interface by its id or its name, once it speaks IPv4.
fn find(interface: &TunnelInterface) -> Result<Luid, NetError> {
    let absent = || NetError::NoInterface {
        interface: interface.to_string(),
    };
    let luid = match interface.instance_id.as_deref() {
        Some(id) => Luid::of_guid(id),
        None => Luid::of_alias(&interface.name),
    }
    .map_err(|_| absent())?;
    let start = Instant::now();
    while luid.settings(Family::V4).is_err() {
        if start.elapsed() > APPEARS {
            return Err(absent());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(luid)
}

/// One configuration in the making.
struct Work<'a> {
    luid: Luid,
    interface: &'a TunnelInterface,
    done: Configured,
}

impl Work<'_> {
    /// MTU and metric, of each family that is wanted.
    fn settings(&mut self, config: &TunnelConfig) -> Result<(), NetError> {
        for family in [Family::V4, Family::V6] {
            let wanted = config
                .addresses
                .iter()
                .any(|address| Family::of(address.ip) == family);
            if !wanted || (config.mtu.is_none() && config.metric.is_none()) {
                continue;
            }
            let doing = format!("set MTU and metric of {}", self.interface);
            let before = self
                .luid
                .settings(family)
                .map_err(|error| NetError::new(&doing, error))?;
            let mut after = before;
            after.mtu = config.mtu.unwrap_or(before.mtu);
            if let Some(metric) = config.metric {
                after.metric = Some(metric);
            }
            if after != before {
                self.luid
                    .set_settings(family, after)
                    .map_err(|error| NetError::new(&doing, error))?;
                self.undo(doing, move |luid| luid.set_settings(family, before));
            }
        }
        Ok(())
    }

    fn addresses(&mut self, config: &TunnelConfig) -> Result<(), NetError> {
        let has_ipv4 = config.addresses.iter().any(|address| address.ip.is_ipv4());
        for address in config.addresses.iter().copied() {
            let doing = format!(
                "give {} the address {}/{}",
                self.interface, address.ip, address.prefix_len
            );
            match self.luid.add_address(address.ip, address.prefix_len) {
                Ok(true) => self.undo(doing, move |luid| {
                    luid.del_address(address.ip, address.prefix_len)
                }),
                Ok(false) => tracing::debug!(address = %address.ip, "the address is there already"),
                // A system with IPv6 switched off still has a tunnel for IPv4.
                Err(error) if address.ip.is_ipv6() && has_ipv4 => {
                    self.done
                        .warn(format!("cannot {doing} (is IPv6 switched off?): {error}"));
                }
                Err(error) => return Err(NetError::new(doing, error)),
            }
            if let Some(peer) = address.peer {
                // Addresses have no far end here; a route of its own leads there.
                let route = Route {
                    network: peer,
                    prefix_len: full_prefix(peer),
                    via: Via::Tunnel(None),
                    metric: None,
                };
                self.add_route(&route, config);
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
            let row = RouteRow {
                network: ip,
                prefix_len: full_prefix(ip),
                hop,
                metric: ROUTE_METRIC,
            };
            match ip_helper::add_route(&row) {
                Ok(true) => self.undo(doing, move |_| ip_helper::del_route(&row)),
                // Somebody's route to this very address does the same.
                Ok(false) => {}
                Err(error) => return Err(NetError::new(doing, error)),
            }
        }
        Ok(())
    }

    fn routes(&mut self, config: &TunnelConfig) {
        for route in &config.routes {
            self.add_route(route, config);
        }
    }

    fn add_route(&mut self, route: &Route, config: &TunnelConfig) {
        let doing = format!("add the route to {}/{}", route.network, route.prefix_len);
        match self.route(route) {
            Ok(Some(row)) => self.undo(doing, move |_| ip_helper::del_route(&row)),
            // A pushed route to the server's own address is the one that keeps it outside.
            Ok(None) if config.outside.contains(&route.network) => {}
            Ok(None) => self.done.warn(format!("cannot {doing}: there is one already")),
            Err(error) => self.done.warn(format!("cannot {doing}: {error}")),
        }
    }

    /// Adds a route; `None` if there is one.
    fn route(&self, route: &Route) -> io::Result<Option<RouteRow>> {
        let prefix = Prefix::new(route.network, route.prefix_len).ok_or(io::ErrorKind::InvalidInput)?;
        let hop = match route.via {
            // The link is point-to-point: the interface says it all.
            Via::Tunnel(_) => self.luid.on_link(prefix.network()),
            Via::Outside => self.outside_hop(prefix.network())?,
            Via::Gateway(gateway) => ip_helper::next_hop(gateway)?.by_gateway(gateway),
        };
        let row = RouteRow {
            network: prefix.network(),
            prefix_len: prefix.netbits(),
            hop,
            metric: route.metric.unwrap_or(ROUTE_METRIC),
        };
        Ok(ip_helper::add_route(&row)?.then_some(row))
    }

    /// How `ip` is reached without the tunnel.
    fn outside_hop(&self, ip: IpAddr) -> io::Result<NextHop> {
        let hop = ip_helper::next_hop(ip)?;
        if hop.luid == self.luid {
            return Err(io::Error::new(
                io::ErrorKind::NetworkUnreachable,
                "it is reached through the tunnel only",
            ));
        }
        Ok(hop)
    }

    fn dns(&mut self, dns: &Dns) {
        if dns.servers.is_empty() {
            return;
        }
        if !dns.route_domains.is_empty() {
            self.done
                .warn("the tunnel's name servers are asked for every domain, not only for theirs");
        }
        for family in [Family::V4, Family::V6] {
            let servers: Vec<IpAddr> = dns
                .servers
                .iter()
                .copied()
                .filter(|ip| Family::of(*ip) == family)
                .collect();
            if servers.is_empty() {
                continue;
            }
            match self.luid.set_dns(family, &servers, &dns.search_domains) {
                Ok(()) => self.undo("set name servers".into(), move |luid| {
                    luid.set_dns(family, &[], &[])
                }),
                Err(error) => self.done.warn(format!("name service is not changed: {error}")),
            }
        }
    }

    fn undo(&mut self, what: String, step: impl FnOnce(Luid) -> io::Result<()> + Send + 'static) {
        let luid = self.luid;
        self.done.on_undo(move || match step(luid) {
            Ok(()) => Ok(()),
            // An interface that is gone has taken its addresses and routes along.
            Err(error) if error.kind() == io::ErrorKind::NotFound || ip_helper::is_absent(&error) => Ok(()),
            Err(error) => Err(NetError::new(format!("undo: {what}"), error)),
        });
    }
}

fn full_prefix(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn an_interface_that_is_not_there_is_named() {
        for interface in [
            TunnelInterface::named("no such connection"),
            TunnelInterface {
                instance_id: Some("{00000000-0000-0000-0000-000000000001}".into()),
                ..TunnelInterface::default()
            },
            TunnelInterface {
                instance_id: Some("not a GUID".into()),
                ..TunnelInterface::default()
            },
        ] {
            let error = Windows
                .configure(&interface, &TunnelConfig::default())
                .unwrap_err();
            assert!(matches!(error, NetError::NoInterface { .. }), "{error}");
        }
    }

    #[test]
    fn guids_are_read_as_windows_writes_them() {
        let guid = ip_helper::parse_guid("{CAC88484-7515-4C03-82E6-71A87ABAC361}").unwrap();
        assert_eq!(
            (guid.data1, guid.data2, guid.data3),
            (0xcac8_8484, 0x7515, 0x4c03)
        );
        assert_eq!(guid.data4, [0x82, 0xe6, 0x71, 0xa8, 0x7a, 0xba, 0xc3, 0x61]);
        for bad in [
            "",
            "{}",
            "{CAC88484-7515-4C03-82E6-71A87ABAC36}",
            "{CAC88484-7515-4C03-82E6-71A87ABAC3ZZ}",
        ] {
            assert!(ip_helper::parse_guid(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn socket_addresses_have_their_bytes_in_place() {
        let v4 = ip_helper::sockaddr_bytes(Ipv4Addr::new(192, 0, 2, 1).into());
        assert_eq!(v4[..8], [2, 0, 0, 0, 192, 0, 2, 1]);
        let v6 = ip_helper::sockaddr_bytes(Ipv6Addr::LOCALHOST.into());
        assert_eq!((v6[0], v6[23]), (23, 1));
    }
}
