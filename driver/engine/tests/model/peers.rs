//! The model's peers, and the small sets that operations choose from.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use ovpn_dco_uapi::{Prefix, canonical};

use super::operation::Settings;
use super::run::Mirror;

/// Transport addresses; the last one is the first in another form.
pub fn remote(number: u8) -> SocketAddr {
    let texts = [
        "198.51.100.1:1000",
        "198.51.100.2:1000",
        "[2001:db8::3]:1000",
        "198.51.100.1:1001",
        "[::ffff:198.51.100.1]:1000",
    ];
    texts[usize::from(number) % texts.len()].parse().unwrap()
}

/// A new peer's own addresses.
pub fn tunnel(number: u8) -> &'static [&'static str] {
    [
        &[][..],
        &["10.8.0.2"],
        &["10.8.0.3"],
        &["10.8.0.4", "fd00::4"],
        &["fd00::5"],
    ][usize::from(number) % 5]
}

pub fn network(number: u8) -> &'static str {
    [
        "10.20.0.0/16",
        "10.20.30.0/24",
        "0.0.0.0/0",
        "fd20::/32",
        "10.8.0.2/32",
    ][usize::from(number) % 5]
}

/// Addresses inside the tunnel.
pub fn inside(number: u8) -> &'static str {
    [
        "10.8.0.2",
        "10.8.0.3",
        "10.20.1.1",
        "10.20.30.1",
        "fd20::1",
        "fd00::4",
    ][usize::from(number) % 6]
}

fn prefix(number: u8) -> Prefix {
    let (ip, netbits) = network(number).split_once('/').unwrap();
    Prefix::new(ip.parse().unwrap(), netbits.parse().unwrap()).unwrap()
}

/// An installed key: its id, and the other side's copy.
#[derive(Clone)]
pub struct ModelKey {
    pub key_id: u8,
    pub mirror: Rc<Mirror>,
}

pub struct ModelPeer {
    /// Primary, secondary.
    pub keys: [Option<ModelKey>; 2],
    /// Seconds; 0 is off.
    pub interval: u64,
    pub timeout: u64,
    /// When it was last sent to and heard from, in milliseconds.
    pub sent: u64,
    pub received: u64,
    /// Its expiry was reported.
    pub expired: bool,
    pub remote: SocketAddr,
    pub tunnel: Vec<IpAddr>,
}

impl ModelPeer {
    pub fn new(now: u64, remote: SocketAddr, tunnel: &[&str]) -> Self {
        Self {
            keys: [None, None],
            interval: 0,
            timeout: 0,
            sent: now,
            received: now,
            expired: false,
            remote: canonical(remote),
            tunnel: tunnel.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    pub fn set(&mut self, settings: Settings, now: u64) {
        if settings.interval >= 0 {
            (self.interval, self.sent) = (settings.interval.unsigned_abs().into(), now);
        }
        if settings.timeout >= 0 {
            (self.timeout, self.received, self.expired) =
                (settings.timeout.unsigned_abs().into(), now, false);
        }
    }

    /// The key that a packet with this key id is tried with.
    pub fn key(&self, key_id: u8) -> Option<&ModelKey> {
        self.keys.iter().flatten().find(|key| key.key_id == key_id)
    }
}

/// A server's peers and routes.
#[derive(Default)]
pub struct Peers {
    pub by_id: BTreeMap<i32, ModelPeer>,
    /// Number of the network, and whose it is.
    pub routes: BTreeMap<u8, i32>,
}

impl Peers {
    pub fn remove(&mut self, id: i32) -> bool {
        self.routes.retain(|_, owner| *owner != id);
        self.by_id.remove(&id).is_some()
    }

    /// Who owns an address: the peer that has it, else the longest prefix.
    pub fn route(&self, address: &str) -> Option<i32> {
        let address: IpAddr = address.parse().unwrap();
        let own = self
            .by_id
            .iter()
            .find(|(_, peer)| peer.tunnel.contains(&address))
            .map(|(id, _)| *id);
        let inside = |number: u8| Prefix::new(address, prefix(number).netbits()) == Some(prefix(number));
        let matching = self.routes.iter().filter(|(number, _)| inside(**number));
        own.or_else(|| {
            matching
                .max_by_key(|(number, _)| prefix(**number).netbits())
                .map(|(_, id)| *id)
        })
    }

    /// Who is at a transport address.
    pub fn at(&self, address: SocketAddr) -> Option<i32> {
        self.by_id
            .iter()
            .find(|(_, peer)| peer.remote == canonical(address))
            .map(|(id, _)| *id)
    }

    pub fn has_tunnel(&self, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        self.by_id.values().any(|peer| peer.tunnel.contains(&address))
    }
}
