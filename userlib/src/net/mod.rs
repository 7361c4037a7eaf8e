//! The tunnel's network interface: addresses, MTU, routes and name service, and how to take them back.
//!
//! The driver moves packets; that the operating system sends any into the tunnel is the business of whoever opened
//! it. A [`TunnelConfig`] says what is wanted, [`Configure::configure`] makes it so, and the [`Configured`] that it
//! returns undoes it, at the latest when it is dropped.
//!
//! ```no_run
//! use ovpn_dco_userlib::net::{self, Configure as _, TunnelConfig, TunnelInterface};
//!
//! let interface = TunnelInterface::named("tun0");
//! let config = TunnelConfig { mtu: Some(1420), ..TunnelConfig::default() };
//! let configured = net::system().configure(&interface, &config)?;
//! for warning in configured.warnings() {
//!     eprintln!("{warning}");
//! }
//! configured.undo()?;
//! # Ok::<(), net::NetError>(())
//! ```

#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

/// A network interface that carries the tunnel, by what is known of it. [`Device::interface`] fills it in.
///
/// [`Device::interface`]: crate::device::Device::interface
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TunnelInterface {
    /// Its name on this host: `tun0`, or on Windows the connection's name. For people, and on Linux to find it.
    pub name: String,
    /// `NetCfgInstanceId` of the adapter, a GUID in braces: finds the interface on Windows.
    pub instance_id: Option<String>,
    /// The network namespace that it lives in (Linux), as a path such as `/run/netns/x`, if it is not our own.
    pub namespace: Option<PathBuf>,
}

impl TunnelInterface {
    /// An interface of our own namespace.
    pub fn named(name: impl Into<String>) -> Self {
        TunnelInterface {
            name: name.into(),
            ..TunnelInterface::default()
        }
    }
}

impl fmt::Display for TunnelInterface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            self.instance_id.as_deref().unwrap_or("?")
        } else {
            &self.name
        };
        write!(f, "{name}")?;
        match &self.namespace {
            Some(namespace) => write!(f, " in {}", namespace.display()),
            None => Ok(()),
        }
    }
}

/// What the interface should be. The default asks for nothing but a link that is up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TunnelConfig {
    /// Its addresses.
    pub addresses: Vec<InterfaceAddress>,
    /// Its MTU in bytes. Default: as it is.
    pub mtu: Option<u32>,
    /// Routes, added in this order.
    pub routes: Vec<Route>,
    /// An address, the server's, that is reached as it is now, whatever the routes say: without it the tunnel
    /// would be sent through itself. Nothing is done if none of the routes covers it.
    pub outside: Vec<IpAddr>,
    /// Metric of the interface (Windows) and of routes that state none. Default: the system's.
    pub metric: Option<u32>,
    /// Name service.
    pub dns: Dns,
}

/// An address of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub ip: IpAddr,
    /// Length of the prefix of its network: 32 or 128 for a point-to-point link.
    pub prefix_len: u8,
    /// The far end of a point-to-point link.
    pub peer: Option<IpAddr>,
}

/// A route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The network. Bits beyond the prefix are ignored.
    pub network: IpAddr,
    /// Length of its prefix.
    pub prefix_len: u8,
    /// Where it leads.
    pub via: Via,
    /// Its metric; the lower one wins among routes to the same network. Default: [`TunnelConfig::metric`].
    pub metric: Option<u32>,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Into the tunnel, by a gateway inside if one is given.
    Tunnel(Option<IpAddr>),
    /// Around the tunnel, the way that the system would take now.
    Outside,
    /// By this gateway, wherever the system reaches it.
    Gateway(IpAddr),
}

/// Name service through the tunnel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dns {
    /// Servers, the preferred first. Empty: nothing is changed.
    pub servers: Vec<IpAddr>,
    /// Domains that short names are looked up in.
    pub search_domains: Vec<String>,
    /// Domains that these servers are to be asked for, and no others; empty: for everything.
    pub route_domains: Vec<String>,
}

impl Route {
    /// Everything, by two routes for half of the addresses each, which win over the default route without touching
    /// it (`redirect-gateway def1`).
    #[must_use]
    pub fn everything_v4(gateway: Option<IpAddr>) -> [Route; 2] {
        [[0, 0, 0, 0], [128, 0, 0, 0]].map(|network| Route {
            network: network.into(),
            prefix_len: 1,
            via: Via::Tunnel(gateway),
            metric: None,
        })
    }

    /// Everything in IPv6: the halves `::/1` and `8000::/1`.
    #[must_use]
    pub fn everything_v6(gateway: Option<IpAddr>) -> [Route; 2] {
        [0u16, 0x8000].map(|first| Route {
            network: [first, 0, 0, 0, 0, 0, 0, 0].into(),
            prefix_len: 1,
            via: Via::Tunnel(gateway),
            metric: None,
        })
    }

    /// Whether `ip` lies in the route's network.
    #[must_use]
    pub fn covers(&self, ip: IpAddr) -> bool {
        match (self.network, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let shift = 32u32.saturating_sub(self.prefix_len.into());
                let bits = |ip: std::net::Ipv4Addr| ip.to_bits().checked_shr(shift).unwrap_or(0);
                bits(network) == bits(ip)
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let shift = 128u32.saturating_sub(self.prefix_len.into());
                let bits = |ip: std::net::Ipv6Addr| ip.to_bits().checked_shr(shift).unwrap_or(0);
                bits(network) == bits(ip)
            }
            _ => false,
        }
    }
}

impl TunnelConfig {
    /// Those of [`TunnelConfig::outside`] that the tunnel's routes would capture.
    pub fn captured(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let into_tunnel = |route: &&Route| matches!(route.via, Via::Tunnel(_));
        self.outside
            .iter()
            .copied()
            .filter(move |ip| self.routes.iter().filter(into_tunnel).any(|r| r.covers(*ip)))
    }
}

/// Sets up interfaces. [`system`] is the one of this operating system; tests bring their own.
pub trait Configure: Send + Sync {
    /// Brings the interface up and makes it what `config` says. Waits up to a second for an interface that is
    /// still appearing.
    ///
    /// What does not keep the tunnel from working (one route among many that cannot be set, name service that
    /// cannot be changed) is a [warning](Configured::warnings), not an error.
    ///
    /// # Errors
    /// The interface does not appear, the rights are missing, or addresses, MTU or the routes that keep the
    /// server outside cannot be set. What had been done until then is undone.
    fn configure(&self, interface: &TunnelInterface, config: &TunnelConfig) -> Result<Configured, NetError>;
}

/// The configuration of this operating system: netlink on Linux, IP Helper on Windows.
#[must_use]
pub fn system() -> Box<dyn Configure> {
    #[cfg(target_os = "linux")]
    return Box::new(linux::Linux);
    #[cfg(windows)]
    return Box::new(windows::Windows);
    #[cfg(not(any(target_os = "linux", windows)))]
    return Box::new(Unsupported);
}

type Undo = Box<dyn FnOnce() -> Result<(), NetError> + Send>;

/// What was configured. Dropping it undoes it, last things first.
#[must_use = "dropping it takes the configuration back"]
pub struct Configured {
    steps: Vec<Undo>,
    warnings: Vec<String>,
}

impl Configured {
    /// Nothing was done yet.
    pub fn nothing() -> Self {
        Configured {
            steps: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds a step that undoes what was just done.
    pub fn on_undo(&mut self, step: impl FnOnce() -> Result<(), NetError> + Send + 'static) {
        self.steps.push(Box::new(step));
    }

    /// Notes what could not be done, as a sentence.
    pub fn warn(&mut self, warning: impl fmt::Display) {
        tracing::warn!(%warning, "tunnel interface");
        self.warnings.push(warning.to_string());
    }

    /// What could not be done, as sentences.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// The first thing that could not be taken back; the others are.
    pub fn undo(mut self) -> Result<(), NetError> {
        self.take_back()
    }

    fn take_back(&mut self) -> Result<(), NetError> {
        let mut result = Ok(());
        while let Some(step) = self.steps.pop() {
            if let Err(error) = step() {
                tracing::warn!(%error, "tunnel interface: could not undo");
                result = result.and(Err(error));
            }
        }
        result
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        let _ = self.take_back();
    }
}

impl fmt::Debug for Configured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Configured({} steps, {} warnings)",
            self.steps.len(),
            self.warnings.len()
        )
    }
}

/// Why an interface could not be configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The interface is not there.
    #[error("there is no network interface {interface}")]
    NoInterface {
        /// Which one.
        interface: String,
    },
    /// The rights are missing.
    #[error("no permission to {doing}: run as administrator (root)")]
    Permission {
        /// What was tried.
        doing: String,
    },
    /// The system refused.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was tried.
        doing: String,
        /// Why not.
        source: io::Error,
    },
    /// There is no way to do it on this operating system.
    #[error("network interfaces cannot be configured on this operating system")]
    Unsupported,
}

impl NetError {
    /// The error of an attempt to `doing` ("set the MTU of tun0").
    #[must_use]
    pub fn new(doing: impl Into<String>, source: io::Error) -> Self {
        let doing = doing.into();
        match source.kind() {
            io::ErrorKind::PermissionDenied => NetError::Permission { doing },
            _ => NetError::System { doing, source },
        }
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
struct Unsupported;

#[cfg(not(any(target_os = "linux", windows)))]
impl Configure for Unsupported {
    fn configure(&self, _: &TunnelInterface, _: &TunnelConfig) -> Result<Configured, NetError> {
        Err(NetError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_route_covers_its_network() {
        for (network, prefix_len, ip, want) in [
            ("10.0.0.0", 8, "10.255.0.1", true),
            ("10.0.0.0", 8, "11.0.0.1", false),
            ("0.0.0.0", 0, "203.0.113.1", true),
            ("192.0.2.1", 32, "192.0.2.1", true),
            ("192.0.2.1", 32, "192.0.2.2", false),
            ("128.0.0.0", 1, "200.1.1.1", true),
            ("::", 0, "2001:db8::1", true),
            ("::", 0, "192.0.2.1", false),
            ("2001:db8::", 32, "2001:db8:ffff::1", true),
            ("2001:db8::", 128, "2001:db8::1", false),
        ] {
            let route = Route {
                network: network.parse().unwrap(),
                prefix_len,
                via: Via::Outside,
                metric: None,
            };
            assert_eq!(
                route.covers(ip.parse().unwrap()),
                want,
                "{network}/{prefix_len} {ip}"
            );
        }
    }

    #[test]
    fn only_what_the_tunnel_would_capture_is_kept_outside() {
        let server: IpAddr = "203.0.113.9".parse().unwrap();
        let config = |routes: &[Route]| TunnelConfig {
            routes: routes.to_vec(),
            outside: vec![server, "2001:db8::9".parse().unwrap()],
            ..TunnelConfig::default()
        };
        assert_eq!(
            config(&Route::everything_v4(None)).captured().collect::<Vec<_>>(),
            [server]
        );
        assert_eq!(config(&[]).captured().count(), 0);
        let [low, high] = Route::everything_v4(None);
        assert_eq!(config(&[low]).captured().count(), 0);
        assert_eq!(
            config(&[Route {
                via: Via::Outside,
                ..high
            }])
            .captured()
            .count(),
            0
        );
        assert_eq!(config(&Route::everything_v6(None)).captured().count(), 1);
    }

    #[test]
    fn dropping_undoes_in_reverse_and_goes_on_after_a_failure() {
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut configured = Configured::nothing();
        for step in 1..=3 {
            let log = Arc::clone(&log);
            configured.on_undo(move || {
                log.lock().unwrap().push(step);
                if step == 2 {
                    Err(NetError::Unsupported)
                } else {
                    Ok(())
                }
            });
        }
        assert!(configured.undo().is_err());
        assert_eq!(*log.lock().unwrap(), [3, 2, 1]);
    }
}
