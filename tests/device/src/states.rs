//! States of the device, and the calls that lead to them.

use std::net::SocketAddr;

use ovpn_dco_devsock::Pending;
use ovpn_dco_uapi::{
    CryptoDataV2, GetPeerStats, Ioctl, KeySlot, Mode, MpDelPeer, MpIroute, MpSetPeer, MpSwapKeys, NtStatus,
    PeerId, Prefix, Proto, SetMode, SetPeer,
};
use zerocopy::IntoBytes as _;

use crate::bench::Bench;
use crate::calls::{self, Handle, end_of, status};
use crate::peer::{Echo, KeySpec, unanswered};

/// Where a device can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing but an open handle.
    Opened,
    /// A peer over UDP, without keys.
    Peer,
    /// `NEW_PEER` over TCP is pending.
    Connecting,
    /// A peer over TCP, without keys.
    Connected,
    /// A primary key.
    Keyed,
    /// Both keys, and `START_VPN`.
    Started,
    /// `DEL_PEER` after all that.
    Deleted,
    /// Multipeer mode.
    Server,
    /// `MP_START_VPN`.
    Listening,
    /// A peer, without keys.
    ServerPeer,
    /// A peer with both keys and a route.
    ServerKeyed,
    /// `MP_DEL_PEER` after that.
    ServerDeleted,
}

/// All of them.
pub const STATES: [State; 12] = [
    State::Opened,
    State::Peer,
    State::Connecting,
    State::Connected,
    State::Keyed,
    State::Started,
    State::Deleted,
    State::Server,
    State::Listening,
    State::ServerPeer,
    State::ServerKeyed,
    State::ServerDeleted,
];

/// The server's client in the states that have one.
pub const PEER: u32 = 5;

impl State {
    /// In multipeer mode.
    #[must_use]
    pub fn server(self) -> bool {
        STATES.iter().position(|s| *s == self) >= STATES.iter().position(|s| *s == State::Server)
    }

    /// With a peer.
    #[must_use]
    pub fn has_peer(self) -> bool {
        !matches!(
            self,
            State::Opened | State::Deleted | State::Server | State::Listening | State::ServerDeleted
        )
    }

    /// The peer has a primary and a secondary key.
    #[must_use]
    pub fn has_both_keys(self) -> bool {
        matches!(self, State::Started | State::ServerKeyed)
    }
}

/// Places and peers that states need; made once.
pub struct World {
    /// The device.
    pub bench: Bench,
    udp: Echo,
    tcp: Echo,
    nowhere: SocketAddr,
}

/// A device in its state.
pub struct Reached {
    /// The handle that brought it there.
    pub handle: Handle,
    /// `NEW_PEER` of [`State::Connecting`].
    pub connecting: Option<Pending>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A device, and peers for it.
    #[must_use]
    pub fn new() -> Self {
        let bench = Bench::new();
        let (udp, tcp) = (Echo::udp(&bench.ns, &[]), Echo::tcp(&bench.ns, &[]));
        let nowhere = unanswered(&bench.ns);
        Self {
            bench,
            udp,
            tcp,
            nowhere,
        }
    }

    /// Opens the adapter and brings it into `state`.
    #[must_use]
    pub fn reach(&self, state: State) -> Reached {
        let handle = self.bench.open();
        let mut connecting = None;
        match state {
            State::Opened => {}
            State::Peer => handle.connect_udp(self.udp.address),
            State::Connecting => connecting = Some(handle.connect_tcp(self.nowhere)),
            State::Connected => {
                let done = end_of(handle.connect_tcp(self.tcp.address));
                assert_eq!(status(&done), NtStatus::SUCCESS);
            }
            State::Keyed | State::Started | State::Deleted => {
                handle.connect_udp(self.udp.address);
                handle.must(Ioctl::NewKey, &KeySpec::new(1).for_device(KeySlot::Primary));
            }
            State::Server => handle.must(Ioctl::SetMode, &SetMode::new(Mode::MultiPeer)),
            State::Listening | State::ServerPeer | State::ServerKeyed | State::ServerDeleted => {
                handle.serve();
            }
        }
        if matches!(state, State::Started | State::Deleted) {
            handle.must(Ioctl::NewKey, &KeySpec::new(2).for_device(KeySlot::Secondary));
            handle.must(Ioctl::StartVpn, &[0u8; 0]);
        }
        if state == State::Deleted {
            handle.must(Ioctl::DelPeer, &[0u8; 0]);
        }
        if state.server() && !matches!(state, State::Server | State::Listening) {
            handle.must(Ioctl::MpNewPeer, &calls::mp_new_peer(peer(), self.udp.address));
        }
        if state == State::ServerKeyed {
            for (number, slot) in [(1, KeySlot::Primary), (2, KeySlot::Secondary)] {
                let key = KeySpec { number, peer: PEER };
                handle.must(Ioctl::NewKey, &key.for_device(slot));
            }
            handle.must(Ioctl::MpAddIroute, &MpIroute::new(network(), Some(peer())));
        }
        if state == State::ServerDeleted {
            handle.must(
                Ioctl::MpDelPeer,
                &MpDelPeer {
                    peer_id: peer().into(),
                },
            );
        }
        Reached { handle, connecting }
    }

    /// A valid input of a code in a state.
    #[must_use]
    pub fn input(&self, ioctl: Ioctl, state: State) -> Vec<u8> {
        let key = KeySpec {
            number: 3,
            peer: if state.server() { PEER } else { 0 },
        };
        match ioctl {
            Ioctl::NewPeer => calls::new_peer(self.udp.address, Proto::Udp).as_bytes().to_vec(),
            Ioctl::NewKey => key.for_device(KeySlot::Primary).as_bytes().to_vec(),
            Ioctl::NewKeyV2 => CryptoDataV2 {
                v1: key.for_device(KeySlot::Secondary),
                crypto_options: 0,
            }
            .as_bytes()
            .to_vec(),
            Ioctl::SetPeer => settings().as_bytes().to_vec(),
            Ioctl::SetMode => SetMode::new(Mode::PointToPoint).as_bytes().to_vec(),
            Ioctl::MpStartVpn => calls::listen().as_bytes().to_vec(),
            Ioctl::MpNewPeer => calls::mp_new_peer(peer(), self.udp.address).as_bytes().to_vec(),
            Ioctl::MpSetPeer => MpSetPeer {
                peer_id: peer().into(),
                settings: settings(),
            }
            .as_bytes()
            .to_vec(),
            Ioctl::MpDelPeer => MpDelPeer {
                peer_id: peer().into(),
            }
            .as_bytes()
            .to_vec(),
            Ioctl::MpSwapKeys => MpSwapKeys {
                peer_id: peer().into(),
            }
            .as_bytes()
            .to_vec(),
            Ioctl::MpAddIroute | Ioctl::MpDelIroute => {
                MpIroute::new(network(), Some(peer())).as_bytes().to_vec()
            }
            Ioctl::GetPeerStats => GetPeerStats::one(peer()).as_bytes().to_vec(),
            _ => Vec::new(),
        }
    }
}

/// [`PEER`].
#[must_use]
pub fn peer() -> PeerId {
    PeerId::new(PEER).expect("in range")
}

fn network() -> Prefix {
    Prefix::new([10, 77, 0, 0].into(), 16).expect("in range")
}

fn settings() -> SetPeer {
    SetPeer {
        keepalive_interval: 100,
        keepalive_timeout: 200,
        mss: 1300,
    }
}
