//! Multipeer mode: `SET_MODE` and the calls whose names begin with `MP_`.
//!
//! Data channel, "server mode". Every change is all or nothing: whatever can be refused or can run out of memory
//! comes before the first table is touched.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use ovpn_dco_uapi::{DelPeerReason, Mode, MpStartVpn, NtStatus, PeerId, Prefix, canonical, write_output};

use super::point_to_point::transport_status;
use super::view::Tables;
use super::{Answer, Control, Device, View};
use crate::peer::{Peer, same_place};
use crate::sync::{NoMemory, Prepared, insert_within_capacity, try_remove};
use crate::{Event, Platform, Transport, TransportProto, TransportSpec};

/// Transport addresses of the peers, to tell a float from a theft. Sorted; canonical form.
pub(crate) struct Addresses(Vec<((IpAddr, u16), PeerId)>);

impl Addresses {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    fn position(&self, address: SocketAddr) -> Result<usize, usize> {
        let place = (address.ip(), address.port());
        self.0.binary_search_by(|(known, _)| known.cmp(&place))
    }

    fn is_taken(&self, address: SocketAddr) -> bool {
        self.position(address).is_ok()
    }

    /// Room for one more, so that [`Addresses::insert`] cannot fail.
    fn reserve(&mut self) -> Result<(), NoMemory> {
        self.0.try_reserve(1).map_err(|_| NoMemory)
    }

    /// Enters an address, within the room that there is.
    fn insert(&mut self, address: SocketAddr, peer: PeerId) {
        if let Err(at) = self.position(address) {
            // There is room, so nothing is given back.
            let _ = insert_within_capacity(&mut self.0, at, ((address.ip(), address.port()), peer));
        }
    }

    /// Forgets the address if it is the peer's.
    fn remove(&mut self, address: SocketAddr, peer: PeerId) {
        if let Ok(at) = self.position(address)
            && self.0.get(at).is_some_and(|(_, owner)| *owner == peer)
        {
            try_remove(&mut self.0, at);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<P: Platform> Device<P> {
    /// `SET_MODE`. `mode` is `None` for a number that is no mode.
    pub(super) fn set_mode(&self, control: &mut Control<P>, mode: Option<Mode>) -> Result<Answer, NtStatus> {
        let (present, peer) = {
            let view = self.view.pin(self.platform.lane());
            (view.mode(), view.only().is_some())
        };
        match (present, mode) {
            (Mode::MultiPeer, _) => Err(NtStatus::ALREADY_INITIALIZED),
            (_, None) => Err(NtStatus::INVALID_PARAMETER),
            (_, Some(Mode::PointToPoint)) => Ok(Answer::DONE),
            (_, Some(Mode::MultiPeer)) if peer => Err(NtStatus::INVALID_DEVICE_STATE),
            (_, Some(Mode::MultiPeer)) => {
                control.make_empty()?;
                self.publish(Prepared::new(View::server()?)?);
                self.platform.trace(&Event::ModeSet(Mode::MultiPeer));
                // OpenVPN waits for the interface before it starts the server.
                self.set_link(control, true);
                Ok(Answer::DONE)
            }
        }
    }

    /// `MP_START_VPN`. That the output has room was checked with the input.
    pub(super) fn mp_start_vpn(
        &self,
        control: &mut Control<P>,
        listen: SocketAddr,
        v6_only: bool,
        output: &mut [u8],
    ) -> Result<Answer, NtStatus> {
        if self.view.pin(self.platform.lane()).endpoint.is_some() {
            return Err(NtStatus::ALREADY_INITIALIZED);
        }
        let id = control.next_transport();
        let spec = TransportSpec {
            id,
            proto: TransportProto::Udp,
            local: listen,
            remote: None,
            v6_only,
        };
        let endpoint = self.make_endpoint(&spec).map_err(transport_status)?;
        let local = endpoint.socket.local_addr();
        let listening = SocketAddr::new(listen.ip(), local.port());
        let answer = MpStartVpn {
            listen_address: listening.into(),
            ipv6_only: v6_only.into(),
        };
        let information = write_output(&answer, output)?;
        let (before, after) = {
            let view = self.view.pin(self.platform.lane());
            (
                Prepared::new(view.with_endpoint(None)?)?,
                Prepared::new(view.with_endpoint(Some(endpoint.clone()))?)?,
            )
        };
        control.baseline = self.stats.snapshot();
        self.io.lock().attach(id, true);
        self.publish(after);
        if let Err(status) = endpoint.socket.start() {
            self.io.lock().forget(id);
            self.publish(before);
            return Err(transport_status(status));
        }
        self.platform.trace(&Event::Listening { transport: id, local });
        self.set_link(control, true);
        Ok(Answer::bytes(information))
    }

    /// `MP_NEW_PEER`.
    pub(super) fn mp_new_peer(
        &self,
        id: PeerId,
        remote: SocketAddr,
        tunnel: [Option<IpAddr>; 2],
    ) -> Result<Answer, NtStatus> {
        let peer = self.make_peer(id, remote)?;
        let after = {
            let view = self.view.pin(self.platform.lane());
            let tables = view.tables().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
            let taken = |address: &IpAddr| tables.routes.owner(*address).is_some();
            if tables.peers.get(id).is_some() || tunnel.iter().flatten().any(taken) {
                return Err(NtStatus::OBJECTID_EXISTS);
            }
            let mut changed = tables.with_peers(tables.peers.with(id, peer)?)?;
            for address in tunnel.iter().flatten() {
                changed = changed.with_routes(changed.routes.with_host(*address, id)?)?;
            }
            Prepared::new(view.with_tables(changed))?
        };
        {
            let mut addresses = self.addresses.lock();
            if addresses.is_taken(remote) {
                return Err(NtStatus::OBJECTID_EXISTS);
            }
            addresses.reserve()?;
            self.io.lock().events.reserve()?;
            addresses.insert(remote, id);
        }
        self.publish(after);
        self.platform.trace(&Event::PeerAdded { peer: id, remote });
        Ok(Answer::DONE)
    }

    /// `MP_DEL_PEER`.
    pub(super) fn mp_del_peer(&self, id: Option<PeerId>) -> Result<Answer, NtStatus> {
        let id = id.ok_or(NtStatus::NOT_FOUND)?;
        self.remove_peer(id, DelPeerReason::Userspace)?;
        Ok(Answer::DONE)
    }

    /// Removes a peer of a server from all tables and queues the event; who waits for it is served later.
    pub(super) fn remove_peer(&self, id: PeerId, reason: DelPeerReason) -> Result<(), NtStatus> {
        let (peer, after) = {
            let view = self.view.pin(self.platform.lane());
            let tables = view.tables().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
            let peer = tables.peers.get(id).ok_or(NtStatus::NOT_FOUND)?.clone();
            (peer, Prepared::new(view.with_tables(tables.without(id)?))?)
        };
        self.publish(after);
        // No packet can move the peer any more.
        self.addresses.lock().remove(peer.remote.load(), id);
        self.io.lock().events.deleted(id, reason);
        self.platform.trace(&Event::PeerRemoved { peer: id, reason });
        Ok(())
    }

    /// `MP_ADD_IROUTE`.
    pub(super) fn mp_add_iroute(&self, prefix: Prefix, peer: Option<PeerId>) -> Result<Answer, NtStatus> {
        let id = peer.ok_or(NtStatus::OBJECTID_NOT_FOUND)?;
        let known = self.view.pin(self.platform.lane()).peer(id).is_some();
        if !known {
            return self.as_if_there(id, NtStatus::OBJECTID_NOT_FOUND);
        }
        self.change_tables(|tables| Ok(tables.with_routes(tables.routes.with_network(prefix, id)?)?))
    }

    /// `MP_DEL_IROUTE`.
    pub(super) fn mp_del_iroute(&self, prefix: Prefix) -> Result<Answer, NtStatus> {
        self.change_tables(|tables| {
            let routes = tables
                .routes
                .without_network(prefix)?
                .ok_or(NtStatus::NOT_FOUND)?;
            Ok(tables.with_routes(routes)?)
        })
    }

    /// Calls `act` on a peer. Without it: as [`Device::as_if_there`].
    pub(super) fn with_peer(
        &self,
        id: Option<PeerId>,
        missing: NtStatus,
        act: impl FnOnce(&Peer<P>) -> Result<Answer, NtStatus>,
    ) -> Result<Answer, NtStatus> {
        let id = id.ok_or(missing)?;
        let peer = self.view.pin(self.platform.lane()).peer(id).cloned();
        match peer {
            Some(peer) => act(&peer),
            None => self.as_if_there(id, missing),
        }
    }

    fn change_tables(
        &self,
        change: impl FnOnce(&Tables<P>) -> Result<Tables<P>, NtStatus>,
    ) -> Result<Answer, NtStatus> {
        let after = {
            let view = self.view.pin(self.platform.lane());
            let tables = view.tables().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
            Prepared::new(view.with_tables(change(tables)?))?
        };
        self.publish(after);
        Ok(Answer::DONE)
    }

    /// An authentic packet of `peer` came from `from`. `false`: that address is another peer's, and the packet is to be
    /// dropped. IRQL <= DISPATCH.
    pub(crate) fn follow(&self, peer: &Peer<P>, from: SocketAddr) -> bool {
        let from = canonical(from);
        if same_place(peer.remote.load(), from) {
            return true;
        }
        {
            let mut addresses = self.addresses.lock();
            // Somebody else may have moved it meanwhile; and it is looked at under the lock that guards changes.
            let known = peer.remote.load();
            if same_place(known, from) {
                return true;
            }
            if addresses.is_taken(from) {
                return false;
            }
            addresses.remove(known, peer.id);
            addresses.insert(from, peer.id);
            peer.remote.store(from);
            self.io.lock().events.floated(peer.id, from);
        }
        self.platform.trace(&Event::Floated {
            peer: peer.id,
            to: from,
        });
        self.serve_waits();
        true
    }
}
