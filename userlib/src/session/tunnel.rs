//! From what was pushed to what is set: the interface's configuration, and the driver's MSS clamp.

use core::net::{IpAddr, SocketAddr};

use crate::net::{Dns, InterfaceAddress, Route, TunnelConfig, Via};
use crate::options::{Destination, RouteGateway, Topology, TunnelOptions};
use crate::profile::{MssFix, Transport};

/// OpenVPN's MTU if nothing else is said.
const MTU_DEFAULT: u32 = 1500;

/// What `mssfix` counts with when it isn't given.
const MSSFIX_DEFAULT: u16 = 1492;

/// What the interface should be, for these options and a server at this address. The second value says, in sentences
/// without their end, what was left out.
///
/// `redirect-gateway` always takes the two halves of the address space, with `def1` or without: the default route
/// stays where it is, for whoever looks for it. `block-ipv6` sends IPv6 into the tunnel, where the server drops it.
pub fn tunnel_config(options: &TunnelOptions, server: SocketAddr) -> (TunnelConfig, Vec<String>) {
    let mut left_out = Vec::new();
    let gateways = Gateways::of(options);
    let mut config = TunnelConfig {
        addresses: addresses(options, &mut left_out),
        mtu: Some(options.tun_mtu.unwrap_or(MTU_DEFAULT)),
        routes: Vec::new(),
        outside: vec![server.ip()],
        metric: options.route_metric,
        dns: dns(options),
    };
    for route in &options.routes {
        match resolve(route, &gateways, server) {
            Some(route) => config.routes.push(route),
            None => left_out.push(format!(
                "the route {route:?} has no meaning here and was left out"
            )),
        }
    }
    if let Some(redirect) = options.redirect_gateway {
        if redirect.ipv4 && !options.redirect_private {
            config.routes.extend(Route::everything_v4(gateways.v4));
        }
        if redirect.ipv6 && !options.redirect_private {
            config.routes.extend(Route::everything_v6(gateways.v6));
        }
        if redirect.local {
            config.outside.clear();
        }
        if redirect.block_local {
            left_out.push(
                "\"redirect-gateway block-local\" is not done: the local network stays reachable".into(),
            );
        }
    }
    let ipv6_redirected = options.redirect_gateway.is_some_and(|redirect| redirect.ipv6);
    if options.block_ipv6 && !ipv6_redirected {
        config.routes.extend(Route::everything_v6(None));
    }
    if options.block_outside_dns {
        left_out.push("\"block-outside-dns\" is not done: other name servers stay reachable".into());
    }
    (config, left_out)
}

/// The gateways inside the tunnel.
struct Gateways {
    v4: Option<IpAddr>,
    v6: Option<IpAddr>,
}

impl Gateways {
    fn of(options: &TunnelOptions) -> Self {
        let far_end = options
            .ifconfig
            .filter(|_| !is_subnet(options))
            .map(|ifconfig| ifconfig.remote_or_mask);
        let far_end6 = options.ifconfig6.and_then(|ifconfig| ifconfig.remote);
        Self {
            v4: options.route_gateway.or(far_end).map(IpAddr::from),
            v6: options.route_gateway6.or(far_end6).map(IpAddr::from),
        }
    }
}

/// Whether `ifconfig` states a mask. Some servers leave `topology` out and mean it, which the mask shows.
fn is_subnet(options: &TunnelOptions) -> bool {
    match options.topology {
        Some(topology) => topology == Topology::Subnet,
        None => options
            .ifconfig
            .and_then(|i| i.prefix_len())
            .is_some_and(|length| (8..=30).contains(&length)),
    }
}

fn addresses(options: &TunnelOptions, left_out: &mut Vec<String>) -> Vec<InterfaceAddress> {
    let mut addresses = Vec::new();
    if let Some(ifconfig) = options.ifconfig {
        let ip = ifconfig.local.into();
        match (is_subnet(options), ifconfig.prefix_len()) {
            (true, Some(prefix_len)) => addresses.push(InterfaceAddress {
                ip,
                prefix_len,
                peer: None,
            }),
            (true, None) => {
                left_out.push(format!(
                    "the address {ip} has the mask {}, which is none",
                    ifconfig.remote_or_mask
                ));
            }
            (false, _) => {
                let peer = Some(ifconfig.remote_or_mask.into());
                addresses.push(InterfaceAddress {
                    ip,
                    prefix_len: 32,
                    peer,
                });
            }
        }
    }
    if let Some(ifconfig) = options.ifconfig6 {
        let (ip, prefix_len) = (ifconfig.local.into(), ifconfig.prefix_len);
        addresses.push(InterfaceAddress {
            ip,
            prefix_len,
            peer: None,
        });
    }
    addresses
}

fn resolve(route: &crate::options::Route, gateways: &Gateways, server: SocketAddr) -> Option<Route> {
    let host = |ip: IpAddr| (ip, if ip.is_ipv4() { 32 } else { 128 });
    let (network, prefix_len) = match route.destination {
        Destination::Network(network, prefix_len) => (network, prefix_len),
        Destination::RemoteHost => host(server.ip()),
        Destination::VpnGateway => host(gateways.v4?),
        Destination::NetGateway => return None,
    };
    let via = match route.gateway {
        RouteGateway::Vpn if network.is_ipv4() => Via::Tunnel(gateways.v4),
        RouteGateway::Vpn => Via::Tunnel(gateways.v6),
        RouteGateway::Net => Via::Outside,
        // An address inside the tunnel's network leads into it.
        RouteGateway::Address(address) if gateways.v4 == Some(address) || gateways.v6 == Some(address) => {
            Via::Tunnel(Some(address))
        }
        RouteGateway::Address(address) => Via::Gateway(address),
    };
    Some(Route {
        network,
        prefix_len,
        via,
        metric: route.metric,
    })
}

fn dns(options: &TunnelOptions) -> Dns {
    let dns = &options.dns;
    let mut search_domains: Vec<String> = dns.domain.iter().cloned().collect();
    search_domains.extend(
        dns.search_domains
            .iter()
            .filter(|domain| Some(*domain) != dns.domain.as_ref())
            .cloned(),
    );
    // A server for some domains only makes all of them so if there is no server for the rest.
    let for_everything = dns.servers.iter().any(|server| server.resolve_domains.is_empty());
    let route_domains = match for_everything {
        true => Vec::new(),
        false => dns
            .servers
            .iter()
            .flat_map(|server| server.resolve_domains.iter().cloned())
            .collect(),
    };
    Dns {
        servers: dns.server_addresses(),
        search_domains,
        route_domains,
    }
}

/// The largest TCP segment that ends inside the tunnel may announce, as the driver takes it; 0 is off.
///
/// `mtu`: of the tunnel; `epoch`: whether data packets have the epoch format.
pub fn mss(mssfix: MssFix, mtu: u32, server: SocketAddr, transport: Transport, epoch: bool) -> u16 {
    /// IPv4 and TCP headers without options, inside.
    const INNER: u32 = 40;
    let outer = match (transport, server.is_ipv4()) {
        (Transport::Udp, true) => 28,
        (Transport::Udp, false) => 48,
        (Transport::Tcp, true) => 40,
        (Transport::Tcp, false) => 60,
    };
    let length = if transport == Transport::Tcp { 2 } else { 0 };
    let protocol = length + 4 + if epoch { 8 } else { 4 } + 16;
    let value = match mssfix {
        MssFix::Off => return 0,
        MssFix::Default if mtu != MTU_DEFAULT => mtu.saturating_sub(INNER),
        MssFix::Default => u32::from(MSSFIX_DEFAULT).saturating_sub(outer + protocol + INNER),
        MssFix::Mtu(size) => u32::from(size).saturating_sub(outer + protocol + INNER),
        MssFix::Packet(size) => u32::from(size).saturating_sub(protocol + INNER),
        MssFix::Fixed(size) => u32::from(size).saturating_sub(INNER),
    };
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(lines: &[&str]) -> TunnelOptions {
        let mut options = TunnelOptions::default();
        for line in lines {
            assert_eq!(
                options.apply(&line.split(' ').collect::<Vec<_>>()),
                Ok(true),
                "{line}"
            );
        }
        options
    }

    fn configured(lines: &[&str]) -> TunnelConfig {
        tunnel_config(&options(lines), "203.0.113.9:1194".parse().unwrap()).0
    }

    #[test]
    fn the_clamp_leaves_room_for_every_header() {
        let (v4, v6) = ("1.2.3.4:1".parse().unwrap(), "[::1]:1".parse().unwrap());
        for (mssfix, mtu, server, transport, epoch, want) in [
            (MssFix::Default, 1500, v4, Transport::Udp, false, 1400),
            (MssFix::Default, 1500, v4, Transport::Udp, true, 1396),
            (MssFix::Default, 1500, v6, Transport::Udp, false, 1380),
            (MssFix::Default, 1500, v6, Transport::Udp, true, 1376),
            (MssFix::Default, 1500, v4, Transport::Tcp, false, 1386),
            (MssFix::Default, 1500, v4, Transport::Tcp, true, 1382),
            (MssFix::Default, 1500, v6, Transport::Tcp, false, 1366),
            (MssFix::Default, 1500, v6, Transport::Tcp, true, 1362),
            (MssFix::Default, 1400, v4, Transport::Udp, false, 1360),
            (MssFix::Mtu(1400), 1500, v4, Transport::Udp, false, 1308),
            (MssFix::Packet(1400), 1500, v4, Transport::Udp, false, 1336),
            (MssFix::Fixed(1400), 1500, v4, Transport::Udp, false, 1360),
            (MssFix::Off, 1500, v4, Transport::Udp, false, 0),
        ] {
            assert_eq!(
                mss(mssfix, mtu, server, transport, epoch),
                want,
                "{mssfix:?} {server} {transport:?} {epoch}"
            );
        }
    }

    #[test]
    fn a_subnet_has_its_mask_and_gateway() {
        let config = configured(&[
            "topology subnet",
            "ifconfig 10.99.0.2 255.255.255.0",
            "ifconfig-ipv6 fd00::2/64 fd00::1",
            "route-gateway 10.99.0.1",
            "route 10.20.0.0 255.255.0.0",
            "route 10.30.0.0 255.255.0.0 net_gateway 7",
            "route-ipv6 2001:db8::/32",
            "tun-mtu 1400",
        ]);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            config.addresses[0],
            InterfaceAddress {
                ip: ip("10.99.0.2"),
                prefix_len: 24,
                peer: None
            }
        );
        assert_eq!(config.addresses[1].prefix_len, 64);
        assert_eq!(config.routes[0].via, Via::Tunnel(Some(ip("10.99.0.1"))));
        assert_eq!(
            (config.routes[1].via, config.routes[1].metric),
            (Via::Outside, Some(7))
        );
        assert_eq!(config.routes[2].via, Via::Tunnel(Some(ip("fd00::1"))));
        assert_eq!(
            (config.mtu, config.outside),
            (Some(1400), vec![ip("203.0.113.9")])
        );
    }

    #[test]
    fn a_point_to_point_link_has_a_far_end_that_is_the_gateway() {
        for lines in [
            &["topology net30", "ifconfig 10.99.0.6 10.99.0.5"][..],
            &["ifconfig 10.99.0.6 10.99.0.5"],
        ] {
            let mut lines = lines.to_vec();
            lines.push("route 10.99.0.1");
            let config = configured(&lines);
            let peer = "10.99.0.5".parse().ok();
            assert_eq!(
                (config.addresses[0].prefix_len, config.addresses[0].peer),
                (32, peer)
            );
            assert_eq!(
                (config.routes[0].prefix_len, config.routes[0].via),
                (32, Via::Tunnel(peer))
            );
        }
    }

    #[test]
    fn redirection_takes_halves_and_keeps_the_server_outside() {
        let config = configured(&["ifconfig 10.0.0.2 10.0.0.1", "redirect-gateway def1 ipv6"]);
        assert_eq!(
            config
                .routes
                .iter()
                .map(|route| route.prefix_len)
                .collect::<Vec<_>>(),
            [1, 1, 1, 1]
        );
        assert_eq!(config.captured().count(), 1);
        assert_eq!(configured(&["redirect-gateway local"]).captured().count(), 0);
        assert_eq!(configured(&["redirect-private"]).routes.len(), 0);
        assert_eq!(configured(&["block-ipv6"]).routes.len(), 2);
    }

    #[test]
    fn domains_of_servers_count_only_if_no_server_is_for_everything() {
        let config = configured(&[
            "dhcp-option DOMAIN corp.test",
            "dhcp-option DOMAIN-SEARCH lab.test",
            "dns server 1 address 10.0.0.53",
            "dns server 1 resolve-domains corp.test",
        ]);
        assert_eq!(config.dns.search_domains, ["corp.test", "lab.test"]);
        assert_eq!(config.dns.route_domains, ["corp.test"]);
        let config = configured(&["dns server 1 address 10.0.0.53", "dns server 2 address 10.0.0.54"]);
        assert_eq!((config.dns.servers.len(), config.dns.route_domains.len()), (2, 0));
    }
}
