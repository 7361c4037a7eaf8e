//! Which server to try next, and when.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::net::ToSocketAddrs;

use super::Lost;
use crate::control::{Random, SystemRandom};
use crate::profile::{Profile, Remote, RetryPolicy};

/// Looks a name up.
type Resolver = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// One address of one server.
pub(super) struct Target {
    pub(super) remote: Remote,
    pub(super) address: SocketAddr,
}

/// Where to go after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advance {
    /// To the same address again, after this time or the usual one.
    Stay(Option<Duration>),
    /// To the server's next address, or to the next server.
    Address,
    /// To the next server.
    Remote,
}

/// The servers of a profile, and how far the round through them has got.
pub(super) struct Remotes {
    remotes: Vec<Remote>,
    policy: RetryPolicy,
    resolver: Resolver,
    /// The server that is tried.
    at: usize,
    /// Its addresses that are left in this round; the first is the one that is tried.
    addresses: Option<VecDeque<SocketAddr>>,
    /// Rounds that have failed since the last success.
    rounds: u32,
}

impl Remotes {
    pub(super) fn new(profile: &Profile) -> Self {
        let mut remotes = profile.remotes.clone();
        if profile.remote_random {
            shuffle(&mut remotes, &mut SystemRandom);
        }
        let resolver: Resolver = |host, port| {
            let bare = host
                .strip_prefix('[')
                .and_then(|h| h.strip_suffix(']'))
                .unwrap_or(host);
            (bare, port).to_socket_addrs().map(Iterator::collect)
        };
        Self {
            remotes,
            policy: profile.retry,
            resolver,
            at: 0,
            addresses: None,
            rounds: 0,
        }
    }

    /// The address to try now.
    pub(super) fn next(&mut self) -> Result<Target, Lost> {
        let remote = self.remotes[self.at].clone();
        if self.addresses.as_ref().is_none_or(VecDeque::is_empty) {
            let found = (self.resolver)(&remote.host, remote.port).map_err(|source| Lost::Resolve {
                host: remote.host.clone(),
                source,
            })?;
            let mut unique: VecDeque<SocketAddr> = VecDeque::new();
            for address in found {
                if remote.proto.allows(address.ip())
                    && local_fits(remote.local, address)
                    && !unique.contains(&address)
                {
                    unique.push_back(address);
                }
            }
            self.addresses = Some(unique);
        }
        match self.addresses.as_ref().and_then(|addresses| addresses.front()) {
            Some(&address) => Ok(Target { remote, address }),
            None => Err(Lost::Family {
                host: remote.host.clone(),
            }),
        }
    }

    /// Whether this round has another address or server to try.
    pub(super) fn has_more(&self) -> bool {
        self.addresses
            .as_ref()
            .is_some_and(|addresses| addresses.len() > 1)
            || self.at + 1 < self.remotes.len()
    }

    /// A connection came about: waiting starts from the beginning again.
    pub(super) fn succeeded(&mut self) {
        self.rounds = 0;
    }

    /// Moves on, and says how long to wait first; `None`: the profile allows no further round.
    pub(super) fn advance(&mut self, advance: Advance) -> Option<Duration> {
        let round_over = match advance {
            Advance::Stay(Some(wait)) => return Some(wait),
            Advance::Stay(None) => true,
            Advance::Address
                if self
                    .addresses
                    .as_ref()
                    .is_some_and(|addresses| addresses.len() > 1) =>
            {
                self.addresses.as_mut().and_then(VecDeque::pop_front);
                false
            }
            Advance::Address | Advance::Remote => {
                self.addresses = None;
                self.at = (self.at + 1) % self.remotes.len();
                self.at == 0
            }
        };
        if round_over {
            self.rounds = self.rounds.saturating_add(1);
        }
        if self.policy.rounds_max.is_some_and(|max| self.rounds >= max) {
            return None;
        }
        let doublings = self.rounds.saturating_sub(1).min(16);
        Some((self.policy.wait * (1 << doublings)).min(self.policy.wait_max))
    }
}

/// Whether an address can be reached from the local address that the profile states.
fn local_fits(local: Option<IpAddr>, remote: SocketAddr) -> bool {
    local.is_none_or(|local| local.is_ipv4() == remote.is_ipv4())
}

fn shuffle<T>(items: &mut [T], random: &mut dyn Random) {
    for i in (1..items.len()).rev() {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let bound = u64::try_from(i).unwrap_or(u64::MAX) + 1;
        let j = usize::try_from(u64::from_le_bytes(bytes) % bound).unwrap_or(i);
        items.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::NoFiles;

    fn remotes(lines: &str) -> Remotes {
        let ca = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
        let text = format!("client\ndev tun\nauth-user-pass\n<ca>\n{ca}\n</ca>\n{lines}");
        let mut remotes = Remotes::new(&Profile::parse("t", &text, &NoFiles).unwrap());
        remotes.resolver = |host, port| match host {
            "two" => Ok(vec![([10, 0, 0, 1], port).into(), ([10, 0, 0, 2], port).into()]),
            "six" => Ok(vec![([0u16, 0, 0, 0, 0, 0, 0, 6], port).into()]),
            _ => Err(io::ErrorKind::NotFound.into()),
        };
        remotes
    }

    #[test]
    fn each_address_of_each_server_has_its_turn() {
        let mut remotes = remotes("remote two 1\nremote six 2\n");
        let mut seen = Vec::new();
        for _ in 0..6 {
            seen.push(
                remotes
                    .next()
                    .unwrap_or_else(|e| panic!("{e}"))
                    .address
                    .to_string(),
            );
            assert!(remotes.advance(Advance::Address).is_some());
        }
        let round = ["10.0.0.1:1", "10.0.0.2:1", "[::6]:2"];
        assert_eq!(seen, [round, round].concat());
    }

    #[test]
    fn waits_double_with_each_round_up_to_the_limit() {
        let mut remotes = remotes("remote six 2\nconnect-retry 2 30\n");
        let mut waits = Vec::new();
        for _ in 0..6 {
            waits.push(remotes.advance(Advance::Address).unwrap().as_secs());
        }
        assert_eq!(waits, [2, 4, 8, 16, 30, 30]);
        remotes.succeeded();
        assert_eq!(remotes.advance(Advance::Stay(None)), Some(Duration::from_secs(2)));
        assert_eq!(
            remotes.advance(Advance::Stay(Some(Duration::from_secs(42)))),
            Some(Duration::from_secs(42))
        );
    }

    #[test]
    fn rounds_may_be_limited_and_names_may_fail() {
        let mut remotes = remotes("remote gone 1\nremote six 2 udp4\nconnect-retry-max 1\n");
        assert!(matches!(remotes.next(), Err(Lost::Resolve { .. })));
        assert!(remotes.has_more());
        assert!(remotes.advance(Advance::Remote).is_some());
        assert!(matches!(remotes.next(), Err(Lost::Family { .. })));
        assert_eq!(remotes.advance(Advance::Remote), None);
    }
}
