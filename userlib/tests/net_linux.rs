//! The configuration of a real interface: in a network namespace of the test's own. Needs root and `ip`.
#![cfg(target_os = "linux")]

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use ovpn_dco_userlib::net::{
    self, Dns, InterfaceAddress, NetError, Route, TunnelConfig, TunnelInterface, Via,
};

struct Namespace(String);

impl Namespace {
    /// A namespace with a way out (veth) and a TUN device that is down.
    fn new() -> Option<Namespace> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "dcnet{}x{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let made = Command::new("ip").args(["netns", "add", &name]).output();
        if !made.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: needs root and iproute2 to make a network namespace");
            assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
            return None;
        }
        let namespace = Namespace(name);
        for line in [
            "link set lo up",
            "link add out type veth peer name far",
            "link set out up",
            "link set far up",
            "addr add 192.0.2.2/24 dev out",
            "route add default via 192.0.2.1",
            "tuntap add mode tun name tun7",
        ] {
            namespace.ip(line);
        }
        Some(namespace)
    }

    fn ip(&self, line: &str) -> String {
        let output = Command::new("ip")
            .args(["-n", &self.0])
            .args(line.split(' '))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "ip {line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn interface(&self, name: &str) -> TunnelInterface {
        TunnelInterface {
            namespace: Some(PathBuf::from("/run/netns").join(&self.0)),
            ..TunnelInterface::named(name)
        }
    }

    /// Links, addresses and routes as they are.
    fn state(&self) -> String {
        [
            "-br link show tun7",
            "-br addr show tun7",
            "route show",
            "-6 route show dev tun7",
        ]
        .map(|line| self.ip(line))
        .join("--\n")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).output();
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn config() -> TunnelConfig {
    let mut routes = vec![
        Route {
            network: ip("10.20.0.0"),
            prefix_len: 16,
            via: Via::Tunnel(Some(ip("10.8.0.1"))),
            metric: Some(77),
        },
        Route {
            network: ip("198.51.100.0"),
            prefix_len: 24,
            via: Via::Outside,
            metric: None,
        },
        Route {
            network: ip("198.51.101.0"),
            prefix_len: 24,
            via: Via::Gateway(ip("192.0.2.9")),
            metric: None,
        },
        Route {
            network: ip("2001:db8:1::"),
            prefix_len: 48,
            via: Via::Tunnel(None),
            metric: None,
        },
    ];
    routes.extend(Route::everything_v4(None));
    TunnelConfig {
        addresses: vec![
            InterfaceAddress {
                ip: ip("10.8.0.2"),
                prefix_len: 24,
                peer: None,
            },
            InterfaceAddress {
                ip: ip("fd00:8::2"),
                prefix_len: 64,
                peer: None,
            },
        ],
        mtu: Some(1420),
        routes,
        outside: vec![ip("203.0.113.9")],
        metric: None,
        dns: Dns::default(),
    }
}

#[test]
fn a_tunnel_is_configured_and_taken_back_without_a_trace() {
    let Some(namespace) = Namespace::new() else { return };
    let before = namespace.state();
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &config())
        .unwrap();
    assert_eq!(configured.warnings(), [""; 0]);

    let routes = namespace.ip("route show");
    for line in [
        "default via 192.0.2.1 dev out",
        "0.0.0.0/1 dev tun7",
        "128.0.0.0/1 dev tun7",
        "10.8.0.0/24 dev tun7",
        "10.20.0.0/16 dev tun7 proto static scope link metric 77",
        "198.51.100.0/24 via 192.0.2.1 dev out",
        "198.51.101.0/24 via 192.0.2.9 dev out",
        "203.0.113.9 via 192.0.2.1 dev out",
    ] {
        assert!(routes.contains(line), "{line} is missing in:\n{routes}");
    }
    assert!(namespace.ip("-6 route show dev tun7").contains("2001:db8:1::/48"));
    let addresses = namespace.ip("addr show tun7");
    for part in ["mtu 1420", "inet 10.8.0.2/24", "inet6 fd00:8::2/64", ",UP"] {
        assert!(addresses.contains(part), "{part} is missing in:\n{addresses}");
    }
    assert!(!addresses.contains("tentative"), "{addresses}");
    assert!(namespace.ip("route get 8.8.8.8").contains("dev tun7"));
    assert!(namespace.ip("route get 203.0.113.9").contains("dev out"));

    configured.undo().unwrap();
    assert_eq!(namespace.state(), before);
}

#[test]
fn a_point_to_point_address_reaches_its_far_end() {
    let Some(namespace) = Namespace::new() else { return };
    let config = TunnelConfig {
        addresses: vec![InterfaceAddress {
            ip: ip("10.8.0.6"),
            prefix_len: 32,
            peer: Some(ip("10.8.0.5")),
        }],
        ..TunnelConfig::default()
    };
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &config)
        .unwrap();
    assert!(
        namespace
            .ip("addr show tun7")
            .contains("inet 10.8.0.6 peer 10.8.0.5/32")
    );
    assert!(namespace.ip("route get 10.8.0.5").contains("dev tun7"));
    drop(configured);
    assert!(!namespace.ip("addr show tun7").contains("10.8.0.6"));
}

#[test]
fn an_interface_that_vanished_leaves_nothing_to_undo() {
    let Some(namespace) = Namespace::new() else { return };
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &config())
        .unwrap();
    namespace.ip("link del tun7");
    assert!(namespace.ip("route show").contains("203.0.113.9"));
    configured.undo().unwrap();
    assert!(
        !namespace.ip("route show").contains("203.0.113.9"),
        "routes outside go all the same"
    );
}

#[test]
fn a_failure_takes_back_what_was_done() {
    let Some(namespace) = Namespace::new() else { return };
    let before = namespace.state();
    let mut bad = config();
    bad.addresses.push(InterfaceAddress {
        ip: ip("10.8.0.3"),
        prefix_len: 77,
        peer: None,
    });
    let error = net::system()
        .configure(&namespace.interface("tun7"), &bad)
        .unwrap_err();
    assert!(error.to_string().contains("10.8.0.3/77"), "{error}");
    assert_eq!(namespace.state(), before);

    // The server is not reachable but through the tunnel: that can't work.
    namespace.ip("route del default");
    let before = namespace.state();
    let error = net::system()
        .configure(&namespace.interface("tun7"), &config())
        .unwrap_err();
    assert!(error.to_string().contains("keep 203.0.113.9 outside"), "{error}");
    assert_eq!(namespace.state(), before);
}

#[test]
fn what_is_there_already_is_no_failure_and_stays() {
    let Some(namespace) = Namespace::new() else { return };
    namespace.ip("route add 203.0.113.9 via 192.0.2.1");
    namespace.ip("route add 10.20.0.0/16 via 192.0.2.1 metric 77");
    let before = namespace.state();
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &config())
        .unwrap();
    assert_eq!(
        configured.warnings(),
        ["cannot add the route to 10.20.0.0/16: there is one already"]
    );
    configured.undo().unwrap();
    assert_eq!(namespace.state(), before);
}

#[test]
fn an_interface_that_is_not_there_is_named() {
    let Some(namespace) = Namespace::new() else { return };
    let error = net::system()
        .configure(&namespace.interface("tun99"), &config())
        .unwrap_err();
    assert!(
        matches!(&error, NetError::NoInterface { interface } if interface.starts_with("tun99 in ")),
        "{error}"
    );
    let nowhere = TunnelInterface {
        namespace: Some("/run/netns/none".into()),
        ..TunnelInterface::named("tun7")
    };
    assert!(net::system().configure(&nowhere, &config()).is_err());
}

#[test]
fn name_service_of_a_namespace_is_its_own_or_left_alone() {
    let Some(namespace) = Namespace::new() else { return };
    let mut with_dns = config();
    with_dns.dns.servers = vec![ip("10.8.0.53")];
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &with_dns)
        .unwrap();
    assert!(
        configured.warnings()[0].starts_with("name service is not changed"),
        "{:?}",
        configured.warnings()
    );
    drop(configured);

    let folder = PathBuf::from("/etc/netns").join(&namespace.0);
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("resolv.conf");
    std::fs::write(&file, "nameserver 192.0.2.53\n").unwrap();
    let configured = net::system()
        .configure(&namespace.interface("tun7"), &with_dns)
        .unwrap();
    let during = std::fs::read_to_string(&file).unwrap();
    drop(configured);
    let after = std::fs::read_to_string(&file).unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    assert!(during.contains("nameserver 10.8.0.53") && !during.contains("192.0.2.53"));
    assert_eq!(after, "nameserver 192.0.2.53\n");
}
