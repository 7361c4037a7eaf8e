//! Which peer a tunnel address belongs to (multipeer mode).
//!
//! Data channel, "server mode": a peer's own tunnel addresses decide first, then the longest internal route
//! (iroute). Both are sorted arrays of plain numbers: a lookup is a few binary searches in compact memory, and a changed
//! copy for the next snapshot is little more than a `memcpy` however many peers there are.

use alloc::vec::Vec;
use core::net::IpAddr;

use ovpn_dco_uapi::{PeerId, Prefix};

use crate::sync::{NoMemory, insert_within_capacity, push_within_capacity, try_remove, try_with_capacity};

/// Tunnel addresses and internal routes of all peers.
#[derive(Default)]
pub(crate) struct Routes {
    v4: Family<u32>,
    v6: Family<u128>,
}

/// One address family. `A` holds an address as a number, in host order.
struct Family<A> {
    hosts: Table<A>,
    /// One table per length that occurs, longest first.
    networks: Vec<Networks<A>>,
}

impl<A> Default for Family<A> {
    fn default() -> Self {
        Self {
            hosts: Table(Vec::new()),
            networks: Vec::new(),
        }
    }
}

/// The routes of one prefix length.
struct Networks<A> {
    netbits: u8,
    table: Table<A>,
}

/// Addresses and whom they lead to, sorted by address.
struct Table<A>(Vec<(A, PeerId)>);

impl Routes {
    /// The peer that packets for `address` go to, and that packets from `address` may come from.
    pub(crate) fn find(&self, address: IpAddr) -> Option<PeerId> {
        match address {
            IpAddr::V4(ip) => self.v4.find(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.find(ip.to_bits()),
        }
    }

    /// The peer that has `address` as its own.
    pub(crate) fn owner(&self, address: IpAddr) -> Option<PeerId> {
        match address {
            IpAddr::V4(ip) => self.v4.hosts.find(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.hosts.find(ip.to_bits()),
        }
    }

    /// A copy in which `address` is `peer`'s own.
    pub(crate) fn with_host(&self, address: IpAddr, peer: PeerId) -> Result<Self, NoMemory> {
        let mut copy = self.copy(|_| true)?;
        match address {
            IpAddr::V4(ip) => copy.v4.hosts.insert(ip.to_bits(), peer)?,
            IpAddr::V6(ip) => copy.v6.hosts.insert(ip.to_bits(), peer)?,
        }
        Ok(copy)
    }

    /// A copy in which `prefix` leads to `peer`, wherever it led before.
    pub(crate) fn with_network(&self, prefix: Prefix, peer: PeerId) -> Result<Self, NoMemory> {
        let mut copy = self.copy(|_| true)?;
        match prefix.network() {
            IpAddr::V4(ip) => copy.v4.insert(ip.to_bits(), prefix.netbits(), peer)?,
            IpAddr::V6(ip) => copy.v6.insert(ip.to_bits(), prefix.netbits(), peer)?,
        }
        Ok(copy)
    }

    /// A copy without `prefix`; `None` if it is not there.
    pub(crate) fn without_network(&self, prefix: Prefix) -> Result<Option<Self>, NoMemory> {
        let mut copy = self.copy(|_| true)?;
        let found = match prefix.network() {
            IpAddr::V4(ip) => copy.v4.remove(ip.to_bits(), prefix.netbits()),
            IpAddr::V6(ip) => copy.v6.remove(ip.to_bits(), prefix.netbits()),
        };
        Ok(found.then_some(copy))
    }

    /// A copy without anything that leads to `peer`.
    pub(crate) fn without_peer(&self, peer: PeerId) -> Result<Self, NoMemory> {
        self.copy(|owner| owner != peer)
    }

    fn copy(&self, keep: impl Fn(PeerId) -> bool + Copy) -> Result<Self, NoMemory> {
        Ok(Self {
            v4: self.v4.copy(keep)?,
            v6: self.v6.copy(keep)?,
        })
    }
}

/// An address as a number.
trait Bits: Copy + Ord {
    /// The number with all but the first `netbits` bits cleared.
    fn masked(self, netbits: u8) -> Self;
}

impl Bits for u32 {
    fn masked(self, netbits: u8) -> Self {
        let host = Self::BITS.saturating_sub(netbits.into());
        self & Self::MAX.checked_shl(host).unwrap_or(0)
    }
}

impl Bits for u128 {
    fn masked(self, netbits: u8) -> Self {
        let host = Self::BITS.saturating_sub(netbits.into());
        self & Self::MAX.checked_shl(host).unwrap_or(0)
    }
}

impl<A: Bits> Family<A> {
    fn find(&self, address: A) -> Option<PeerId> {
        let longest = || {
            let mut by_length = self.networks.iter();
            by_length.find_map(|networks| networks.table.find(address.masked(networks.netbits)))
        };
        self.hosts.find(address).or_else(longest)
    }

    fn insert(&mut self, network: A, netbits: u8, peer: PeerId) -> Result<(), NoMemory> {
        let at = match self.position(netbits) {
            Ok(at) => at,
            Err(at) => {
                self.networks.try_reserve(1).map_err(|_| NoMemory)?;
                let networks = Networks {
                    netbits,
                    table: Table(Vec::new()),
                };
                insert_within_capacity(&mut self.networks, at, networks).map_err(|_| NoMemory)?;
                at
            }
        };
        self.networks
            .get_mut(at)
            .ok_or(NoMemory)?
            .table
            .insert(network.masked(netbits), peer)
    }

    fn remove(&mut self, network: A, netbits: u8) -> bool {
        let Ok(at) = self.position(netbits) else {
            return false;
        };
        let Some(networks) = self.networks.get_mut(at) else {
            return false;
        };
        let found = networks.table.remove(network.masked(netbits));
        if networks.table.0.is_empty() {
            try_remove(&mut self.networks, at);
        }
        found
    }

    /// Where the length is, or belongs: longest first.
    fn position(&self, netbits: u8) -> Result<usize, usize> {
        self.networks
            .binary_search_by(|networks| netbits.cmp(&networks.netbits))
    }

    fn copy(&self, keep: impl Fn(PeerId) -> bool + Copy) -> Result<Self, NoMemory> {
        let mut networks = try_with_capacity(self.networks.len())?;
        for old in &self.networks {
            let table = old.table.copy(keep)?;
            if !table.0.is_empty() {
                let netbits = old.netbits;
                push_within_capacity(&mut networks, Networks { netbits, table }).map_err(|_| NoMemory)?;
            }
        }
        Ok(Self {
            hosts: self.hosts.copy(keep)?,
            networks,
        })
    }
}

impl<A: Copy + Ord> Table<A> {
    fn position(&self, address: A) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(&address))
    }

    fn find(&self, address: A) -> Option<PeerId> {
        let at = self.position(address).ok()?;
        self.0.get(at).map(|(_, peer)| *peer)
    }

    fn insert(&mut self, address: A, peer: PeerId) -> Result<(), NoMemory> {
        match self.position(address) {
            Ok(at) => {
                if let Some((_, owner)) = self.0.get_mut(at) {
                    *owner = peer;
                }
            }
            Err(at) => {
                self.0.try_reserve(1).map_err(|_| NoMemory)?;
                insert_within_capacity(&mut self.0, at, (address, peer)).map_err(|_| NoMemory)?;
            }
        }
        Ok(())
    }

    fn remove(&mut self, address: A) -> bool {
        self.position(address)
            .is_ok_and(|at| try_remove(&mut self.0, at).is_some())
    }

    /// A copy of what is kept, with room for one more.
    fn copy(&self, keep: impl Fn(PeerId) -> bool) -> Result<Self, NoMemory> {
        let mut entries = try_with_capacity(self.0.len().saturating_add(1))?;
        for entry in self.0.iter().filter(|(_, peer)| keep(*peer)) {
            push_within_capacity(&mut entries, *entry).map_err(|_| NoMemory)?;
        }
        Ok(Self(entries))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    use super::*;

    fn peer(number: u32) -> PeerId {
        PeerId::new(number).unwrap()
    }

    fn prefix(text: &str) -> Prefix {
        let (network, netbits) = text.split_once('/').unwrap();
        Prefix::new(network.parse().unwrap(), netbits.parse().unwrap()).unwrap()
    }

    fn routes(networks: &[(&str, u32)], hosts: &[(&str, u32)]) -> Routes {
        let mut routes = Routes::default();
        for (text, number) in networks {
            routes = routes.with_network(prefix(text), peer(*number)).unwrap();
        }
        for (text, number) in hosts {
            routes = routes.with_host(text.parse().unwrap(), peer(*number)).unwrap();
        }
        routes
    }

    fn find(routes: &Routes, address: &str) -> Option<u32> {
        routes.find(address.parse().unwrap()).map(PeerId::get)
    }

    #[test]
    fn own_addresses_come_first_then_the_longest_prefix() {
        let routes = routes(
            &[
                ("0.0.0.0/0", 1),
                ("10.0.0.0/8", 2),
                ("10.8.0.0/16", 3),
                ("10.8.0.2/32", 4),
                ("2001:db8::/32", 5),
                ("2001:db8:1::/48", 6),
            ],
            &[("10.8.0.2", 7), ("2001:db8:1::1", 8)],
        );
        for (address, want) in [
            ("192.0.2.1", Some(1)),
            ("10.9.0.1", Some(2)),
            ("10.8.0.3", Some(3)),
            ("10.8.0.2", Some(7)),
            ("2001:db8::1", Some(5)),
            ("2001:db8:1::2", Some(6)),
            ("2001:db8:1::1", Some(8)),
            ("2001:db9::1", None),
        ] {
            assert_eq!(find(&routes, address), want, "{address}");
        }
        assert_eq!(routes.owner("10.8.0.2".parse().unwrap()), Some(peer(7)));
        assert_eq!(routes.owner("10.8.0.3".parse().unwrap()), None);
    }

    #[test]
    fn a_prefix_moves_and_goes() {
        let before = routes(&[("10.1.0.0/16", 1)], &[]);
        let moved = before.with_network(prefix("10.1.0.0/16"), peer(2)).unwrap();
        assert_eq!(
            (find(&before, "10.1.2.3"), find(&moved, "10.1.2.3")),
            (Some(1), Some(2))
        );
        let gone = moved.without_network(prefix("10.1.0.0/16")).unwrap().unwrap();
        assert_eq!(find(&gone, "10.1.2.3"), None);
        assert!(gone.without_network(prefix("10.1.0.0/16")).unwrap().is_none());
        assert!(moved.without_network(prefix("10.1.0.0/17")).unwrap().is_none());
    }

    #[test]
    fn a_peer_takes_everything_along() {
        let all = routes(
            &[("10.1.0.0/16", 1), ("::/0", 1), ("10.2.0.0/16", 2)],
            &[("10.8.0.2", 1)],
        );
        let rest = all.without_peer(peer(1)).unwrap();
        for (address, want) in [
            ("10.1.0.1", None),
            ("10.8.0.2", None),
            ("::1", None),
            ("10.2.0.1", Some(2)),
        ] {
            assert_eq!(find(&rest, address), want, "{address}");
        }
    }

    #[test]
    fn agrees_with_a_linear_search() {
        let mut seed = 7u32;
        let mut random = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 8
        };
        let mut routes = Routes::default();
        let mut model = BTreeMap::new();
        for _ in 0..300 {
            let netbits = u8::try_from(random() % 33).unwrap();
            let network = Prefix::new(IpAddr::V4(Ipv4Addr::from_bits(random() << 16)), netbits).unwrap();
            if random() % 4 == 0 {
                let shorter = routes.without_network(network).unwrap();
                assert_eq!(shorter.is_some(), model.remove(&network).is_some());
                routes = shorter.unwrap_or(routes);
            } else {
                let owner = peer(random() % 8);
                routes = routes.with_network(network, owner).unwrap();
                model.insert(network, owner);
            }
            let address = IpAddr::V4(Ipv4Addr::from_bits(random() << 16));
            let matching = model
                .iter()
                .filter(|(p, _)| Prefix::new(address, p.netbits()) == Some(**p));
            let longest = matching.max_by_key(|(p, _)| p.netbits()).map(|(_, owner)| *owner);
            assert_eq!(routes.find(address), longest);
        }
    }
}
