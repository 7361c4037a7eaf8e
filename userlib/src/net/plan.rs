//! From what a profile and a server say about the tunnel to what its interface should be.

use std::net::{IpAddr, Ipv4Addr};

use super::{Dns, InterfaceAddress, Route, TunnelConfig, Via};
use crate::options::{Destination, RouteGateway, Topology, TunnelOptions};

/// MTU of the interface if nobody says one, in bytes.
const DEFAULT_MTU: u32 = 1500;

impl TunnelConfig {
    /// What `options` ask for, for a connection to a server at `server`.
    ///
    /// `redirect-gateway` always works as with `def1`: two routes for half of the addresses each. The default route
    /// stays where it is, so that nothing is lost if this process dies. `autolocal` needs nothing: a server on the
    /// local network is kept outside by a route that leads there. `block-local`, `bypass-dhcp` and the blocking of
    /// IPv6 and of outside name service are not carried out; [`unsupported`] names them.
    #[must_use]
    pub fn from_options(options: &TunnelOptions, server: IpAddr) -> Self {
        let gateway4 = options
            .route_gateway
            .or_else(|| gateway_of(options))
            .map(IpAddr::V4);
        let remote6 = options.ifconfig6.as_ref().and_then(|ifconfig| ifconfig.remote);
        let gateway6 = options.route_gateway6.or(remote6).map(IpAddr::V6);
        let gateway = |ip: IpAddr| if ip.is_ipv4() { gateway4 } else { gateway6 };

        let mut routes = Vec::new();
        for route in &options.routes {
            let (network, prefix_len) = match route.destination {
                Destination::Network(ip, prefix_len) => (ip, prefix_len),
                Destination::RemoteHost => single(server),
                Destination::VpnGateway => match gateway4 {
                    Some(ip) => single(ip),
                    None => continue,
                },
                // It stays where it is: whoever has it as gateway is on its link.
                _ => continue,
            };
            let via = match route.gateway {
                RouteGateway::Net => Via::Outside,
                RouteGateway::Address(ip) if Some(ip) == gateway(ip) => Via::Tunnel(Some(ip)),
                RouteGateway::Address(ip) => Via::Gateway(ip),
                _ => Via::Tunnel(gateway(network)),
            };
            let metric = route.metric.or(options.route_metric);
            routes.push(Route {
                network,
                prefix_len,
                via,
                metric,
            });
        }
        let redirect = options.redirect_gateway.filter(|_| !options.redirect_private);
        if redirect.is_some_and(|redirect| redirect.ipv4) {
            routes.extend(Route::everything_v4(gateway4));
        }
        if redirect.is_some_and(|redirect| redirect.ipv6) {
            routes.extend(Route::everything_v6(gateway6));
        }
        let local = options.redirect_gateway.is_some_and(|redirect| redirect.local);
        TunnelConfig {
            addresses: addresses(options),
            mtu: Some(options.tun_mtu.unwrap_or(DEFAULT_MTU)),
            routes,
            outside: if local { Vec::new() } else { vec![server] },
            metric: None,
            dns: dns(options),
        }
    }
}

/// What `options` ask for that [`TunnelConfig::from_options`] leaves undone, by the names of the options.
#[must_use]
pub fn unsupported(options: &TunnelOptions) -> Vec<&'static str> {
    let redirect = options.redirect_gateway;
    let asked = [
        (
            redirect.is_some_and(|r| r.block_local),
            "redirect-gateway block-local",
        ),
        (
            redirect.is_some_and(|r| r.bypass_dhcp),
            "redirect-gateway bypass-dhcp",
        ),
        (
            redirect.is_some_and(|r| r.bypass_dns),
            "redirect-gateway bypass-dns",
        ),
        (options.block_ipv6, "block-ipv6"),
        (options.block_outside_dns, "block-outside-dns"),
        (!options.dns.wins.is_empty(), "dhcp-option WINS"),
        (!options.dns.ntp.is_empty(), "dhcp-option NTP"),
        (
            options.dns.servers.iter().any(|s| s.dnssec.is_some()),
            "dns server dnssec",
        ),
        (
            options.dns.servers.iter().any(|s| s.transport.is_some()),
            "dns server transport",
        ),
    ];
    asked
        .into_iter()
        .filter_map(|(asked, name)| asked.then_some(name))
        .collect()
}

/// The tunnel's gateway if nobody names one: the far end, by topology.
fn gateway_of(options: &TunnelOptions) -> Option<Ipv4Addr> {
    let ifconfig = options.ifconfig.as_ref()?;
    match options.topology.unwrap_or_default() {
        Topology::Subnet => None,
        Topology::Net30 | Topology::P2p => Some(ifconfig.remote_or_mask),
    }
}

fn single(ip: IpAddr) -> (IpAddr, u8) {
    (ip, if ip.is_ipv4() { 32 } else { 128 })
}

fn addresses(options: &TunnelOptions) -> Vec<InterfaceAddress> {
    let ipv4 = options.ifconfig.as_ref().map(|ifconfig| {
        let ip = IpAddr::V4(ifconfig.local);
        match options.topology.unwrap_or_default() {
            Topology::Subnet => InterfaceAddress {
                ip,
                prefix_len: ifconfig.prefix_len().unwrap_or(32),
                peer: None,
            },
            // Both ends of a link of their own.
            Topology::Net30 | Topology::P2p => InterfaceAddress {
                ip,
                prefix_len: 32,
                peer: Some(ifconfig.remote_or_mask.into()),
            },
        }
    });
    let ipv6 = options.ifconfig6.as_ref().map(|ifconfig| InterfaceAddress {
        ip: ifconfig.local.into(),
        prefix_len: ifconfig.prefix_len,
        peer: None,
    });
    ipv4.into_iter().chain(ipv6).collect()
}

fn dns(options: &TunnelOptions) -> Dns {
    let mut search_domains: Vec<String> = options.dns.domain.iter().cloned().collect();
    search_domains.extend(
        options
            .dns
            .search_domains
            .iter()
            .filter(|d| Some(*d) != options.dns.domain.as_ref())
            .cloned(),
    );
    // Only if every server is for some domains do the rest stay with the servers outside.
    let servers = &options.dns.servers;
    let routed = !servers.is_empty() && servers.iter().all(|server| !server.resolve_domains.is_empty());
    let route_domains = if routed {
        servers
            .iter()
            .flat_map(|s| s.resolve_domains.iter().cloned())
            .collect()
    } else {
        Vec::new()
    };
    Dns {
        servers: options.dns.server_addresses(),
        search_domains,
        route_domains,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(lines: &[&str]) -> TunnelConfig {
        let mut options = TunnelOptions::default();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(options.apply(&words), Ok(true), "{line}");
        }
        TunnelConfig::from_options(&options, "203.0.113.9".parse().unwrap())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_subnet_address_has_its_mask() {
        let got = config(&[
            "topology subnet",
            "ifconfig 10.8.0.2 255.255.255.0",
            "ifconfig-ipv6 fd00::2/64 fd00::1",
        ]);
        let want = [
            InterfaceAddress {
                ip: ip("10.8.0.2"),
                prefix_len: 24,
                peer: None,
            },
            InterfaceAddress {
                ip: ip("fd00::2"),
                prefix_len: 64,
                peer: None,
            },
        ];
        assert_eq!((&got.addresses[..], got.mtu), (&want[..], Some(1500)));
    }

    #[test]
    fn a_point_to_point_address_has_its_far_end() {
        for topology in ["topology net30", "topology p2p"] {
            let got = config(&[topology, "ifconfig 10.8.0.6 10.8.0.5", "route 10.0.0.0 255.0.0.0"]);
            let want = InterfaceAddress {
                ip: ip("10.8.0.6"),
                prefix_len: 32,
                peer: Some(ip("10.8.0.5")),
            };
            assert_eq!(got.addresses, [want]);
            assert_eq!(got.routes[0].via, Via::Tunnel(Some(ip("10.8.0.5"))));
        }
    }

    #[test]
    fn everything_goes_by_halves_and_the_server_stays_outside() {
        let got = config(&["redirect-gateway def1 ipv6", "route-gateway 10.8.0.1"]);
        let networks: Vec<String> = got
            .routes
            .iter()
            .map(|r| format!("{}/{}", r.network, r.prefix_len))
            .collect();
        assert_eq!(networks, ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]);
        assert_eq!(got.captured().collect::<Vec<_>>(), [ip("203.0.113.9")]);
        assert_eq!(config(&["redirect-gateway def1 local"]).captured().count(), 0);
        assert_eq!(config(&["redirect-private def1"]).routes, []);
    }

    #[test]
    fn routes_go_where_they_say() {
        let got = config(&[
            "route-gateway 10.8.0.1",
            "route-metric 50",
            "route 192.0.2.0 255.255.255.0",
            "route 198.51.100.0 255.255.255.0 net_gateway 7",
            "route 198.51.100.1 255.255.255.255 10.8.0.1",
            "route 198.51.100.2 255.255.255.255 10.9.9.9",
            "route remote_host 255.255.255.255 net_gateway",
            "route-ipv6 2001:db8::/32",
        ]);
        let shown: Vec<_> = got.routes.iter().map(|r| (r.network, r.via, r.metric)).collect();
        let tunnel = Via::Tunnel(Some(ip("10.8.0.1")));
        let want = [
            (ip("192.0.2.0"), tunnel, Some(50)),
            (ip("198.51.100.0"), Via::Outside, Some(7)),
            (ip("198.51.100.1"), tunnel, Some(50)),
            (ip("198.51.100.2"), Via::Gateway(ip("10.9.9.9")), Some(50)),
            (ip("203.0.113.9"), Via::Outside, Some(50)),
            (ip("2001:db8::"), Via::Tunnel(None), Some(50)),
        ];
        assert_eq!(shown, want);
    }

    #[test]
    fn name_service_is_split_only_if_every_server_is() {
        let one = [
            "dns server 1 address 10.8.0.53",
            "dns server 1 resolve-domains corp.example",
        ];
        let got = config(&one).dns;
        assert_eq!(
            (got.servers, got.route_domains),
            (vec![ip("10.8.0.53")], vec!["corp.example".to_owned()])
        );
        let two = config(&[one[0], one[1], "dns server 2 address 10.8.0.54"]).dns;
        assert_eq!((two.servers.len(), two.route_domains.len()), (2, 0));
        let old = config(&["dhcp-option DNS 10.8.0.1", "dhcp-option DOMAIN example.org"]).dns;
        assert_eq!(
            (old.servers, old.search_domains),
            (vec![ip("10.8.0.1")], vec!["example.org".to_owned()])
        );
    }

    #[test]
    fn what_is_left_undone_is_named() {
        let mut options = TunnelOptions::default();
        options
            .apply(&["redirect-gateway", "def1", "block-local"])
            .unwrap();
        options.apply(&["block-outside-dns"]).unwrap();
        assert_eq!(
            unsupported(&options),
            ["redirect-gateway block-local", "block-outside-dns"]
        );
    }
}
