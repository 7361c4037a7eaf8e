//! The snapshot of the control state that the data path sees.

use core::net::IpAddr;

use ovpn_dco_uapi::{Mode, NtStatus, PeerId};

use crate::peer::{Endpoint, Peer};
use crate::peers::PeerTable;
use crate::routes::Routes;
use crate::sync::{NoMemory, Shared};
use crate::{Platform, TransportId};

/// Who is there, and how to reach them. Immutable: a change publishes another one.
pub(crate) struct View<P: Platform> {
    /// The one socket that there is in either mode. In point-to-point mode it comes and goes with the peer.
    pub(crate) endpoint: Option<Shared<Endpoint<P>>>,
    peers: Peers<P>,
}

enum Peers<P: Platform> {
    /// A client: one peer or none.
    PointToPoint(Option<Shared<Peer<P>>>),
    /// A server.
    MultiPeer(Tables<P>),
}

/// A server's peers by id, and by their addresses in the tunnel.
pub(crate) struct Tables<P: Platform> {
    pub(crate) peers: Shared<PeerTable<Peer<P>>>,
    pub(crate) routes: Shared<Routes>,
}

impl<P: Platform> Tables<P> {
    fn new() -> Result<Self, NoMemory> {
        Ok(Self {
            peers: Shared::new(PeerTable::new())?,
            routes: Shared::new(Routes::default())?,
        })
    }

    /// With other peers.
    pub(crate) fn with_peers(&self, peers: PeerTable<Peer<P>>) -> Result<Self, NoMemory> {
        Ok(Self {
            peers: Shared::new(peers)?,
            routes: self.routes.clone(),
        })
    }

    /// With other routes.
    pub(crate) fn with_routes(&self, routes: Routes) -> Result<Self, NoMemory> {
        Ok(Self {
            peers: self.peers.clone(),
            routes: Shared::new(routes)?,
        })
    }

    /// Without a peer and everything that leads to it.
    pub(crate) fn without(&self, peer: PeerId) -> Result<Self, NoMemory> {
        self.with_peers(self.peers.without(peer)?)?
            .with_routes(self.routes.without_peer(peer)?)
    }
}

impl<P: Platform> View<P> {
    /// Point-to-point mode, no peer: what a handle begins and ends with.
    pub(crate) const EMPTY: Self = Self {
        endpoint: None,
        peers: Peers::PointToPoint(None),
    };

    /// A client.
    pub(crate) fn client(peer: Shared<Peer<P>>, endpoint: Shared<Endpoint<P>>) -> Self {
        Self {
            endpoint: Some(endpoint),
            peers: Peers::PointToPoint(Some(peer)),
        }
    }

    /// A server without socket and peers.
    pub(crate) fn server() -> Result<Self, NoMemory> {
        Ok(Self {
            endpoint: None,
            peers: Peers::MultiPeer(Tables::new()?),
        })
    }

    /// This server with another socket, or without.
    pub(crate) fn with_endpoint(&self, endpoint: Option<Shared<Endpoint<P>>>) -> Result<Self, NtStatus> {
        let tables = self.tables().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
        let tables = Tables {
            peers: tables.peers.clone(),
            routes: tables.routes.clone(),
        };
        Ok(Self {
            endpoint,
            peers: Peers::MultiPeer(tables),
        })
    }

    /// This server with other tables.
    pub(crate) fn with_tables(&self, tables: Tables<P>) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            peers: Peers::MultiPeer(tables),
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        match self.peers {
            Peers::PointToPoint(_) => Mode::PointToPoint,
            Peers::MultiPeer(_) => Mode::MultiPeer,
        }
    }

    /// The peer of point-to-point mode.
    pub(crate) fn only(&self) -> Option<&Shared<Peer<P>>> {
        match &self.peers {
            Peers::PointToPoint(peer) => peer.as_ref(),
            Peers::MultiPeer(_) => None,
        }
    }

    /// The tables of multipeer mode.
    pub(crate) fn tables(&self) -> Option<&Tables<P>> {
        match &self.peers {
            Peers::PointToPoint(_) => None,
            Peers::MultiPeer(tables) => Some(tables),
        }
    }

    /// The peer that `id` names: in point-to-point mode the only one, whatever the number.
    pub(crate) fn peer(&self, id: PeerId) -> Option<&Shared<Peer<P>>> {
        match &self.peers {
            Peers::PointToPoint(peer) => peer.as_ref(),
            Peers::MultiPeer(tables) => tables.peers.get(id),
        }
    }

    /// All peers, by ascending id.
    pub(crate) fn peers(&self) -> impl Iterator<Item = &Shared<Peer<P>>> {
        let many = self.tables().into_iter().flat_map(|tables| tables.peers.iter());
        self.only().into_iter().chain(many)
    }

    /// The socket if it is this one.
    pub(crate) fn transport(&self, id: TransportId) -> Option<&Shared<Endpoint<P>>> {
        self.endpoint.as_ref().filter(|endpoint| endpoint.id == id)
    }

    /// The peer that a packet for `destination` goes to.
    pub(crate) fn route(&self, destination: IpAddr) -> Option<&Shared<Peer<P>>> {
        match &self.peers {
            Peers::PointToPoint(peer) => peer.as_ref(),
            Peers::MultiPeer(tables) => tables.peers.get(tables.routes.find(destination)?),
        }
    }

    /// Whether a packet from `peer` may have `source` as its tunnel address. A client trusts its only peer.
    pub(crate) fn accepts_source(&self, peer: PeerId, source: IpAddr) -> bool {
        match &self.peers {
            Peers::PointToPoint(_) => true,
            Peers::MultiPeer(tables) => tables.routes.find(source) == Some(peer),
        }
    }
}
