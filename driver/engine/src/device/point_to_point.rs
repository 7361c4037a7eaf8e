//! Point-to-point mode: `NEW_PEER`, `START_VPN`, `SET_PEER`, `NEW_KEY`, `SWAP_KEYS`.
//!
//! `NEW_KEY` and the changes of a [`Setup`] are shared with multipeer mode.

use core::net::SocketAddr;

use ovpn_dco_uapi::{KeySlot, Mode, NtStatus, PeerId, PeerSettings, canonical};

use super::teardown::Aftermath;
use super::{Answer, Control, Device, View};
use crate::epoch::KeyError;
use crate::io::Completion;
use crate::ioctl::NewKey;
use crate::keepalive::Keepalive;
use crate::keys::{Key, SwapError};
use crate::limits::STREAM_PACKET_MAX;
use crate::peer::{Endpoint, EndpointState, Peer, Setup};
use crate::sync::{NoMemory, Prepared, Shared};
use crate::tcp_stream::TcpStream;
use crate::{CryptoError, Event, Platform, Transport, TransportId, TransportProto, TransportSpec};

impl<P: Platform> Device<P> {
    /// `NEW_PEER`. `None`: the request is pended until the connection is made, or has been completed already.
    pub(super) fn new_peer(
        &self,
        control: &mut Control<P>,
        local: SocketAddr,
        remote: SocketAddr,
        proto: TransportProto,
        request: P::Request,
        aftermath: &mut Option<Aftermath<P::Request>>,
    ) -> Option<Completion<P::Request>> {
        if self.only_peer().is_ok() {
            *aftermath = Some(self.replace_peer(control));
        }
        let spec = TransportSpec {
            id: control.next_transport(),
            proto,
            local,
            remote: Some(remote),
            v6_only: false,
        };
        let endpoint = match self.install_peer(control, &spec, remote) {
            Ok(endpoint) => endpoint,
            Err(status) => return Some(Completion::new(request, transport_status(status))),
        };
        self.platform.trace(&Event::PeerAdded {
            peer: PeerId::default(),
            remote,
        });
        match proto {
            TransportProto::Udp => match endpoint.socket.start() {
                Ok(()) => Some(Completion::new(request, NtStatus::SUCCESS)),
                Err(status) => {
                    self.withdraw_peer(control, spec.id);
                    Some(Completion::new(request, transport_status(status)))
                }
            },
            TransportProto::Tcp => self.connect(control, &endpoint, request),
        }
    }

    /// `START_VPN`.
    pub(super) fn start_vpn(&self, control: &mut Control<P>) -> Result<Answer, NtStatus> {
        self.only_peer()?;
        control.started = true;
        self.set_link(control, true);
        Ok(Answer::DONE)
    }

    /// `SET_PEER`, and for one of many.
    pub(super) fn set_peer(&self, peer: &Peer<P>, settings: PeerSettings) -> Result<Answer, NtStatus> {
        self.change_setup(peer, |setup| {
            let keep = |seconds: Option<u32>, old| seconds.map_or(old, |s| u64::from(s).saturating_mul(1000));
            let keepalive = Keepalive {
                interval: keep(settings.keepalive_interval, setup.keepalive.interval),
                timeout: keep(settings.keepalive_timeout, setup.keepalive.timeout),
            };
            Ok(Setup::new(
                setup.keys.clone(),
                keepalive,
                settings.mss.unwrap_or(setup.mss),
            ))
        })?;
        let now = self.platform.now();
        if settings.keepalive_interval.is_some() {
            peer.activity.restart_interval(now);
        }
        if settings.keepalive_timeout.is_some() {
            peer.activity.restart_timeout(now);
        }
        Ok(Answer::DONE)
    }

    /// `NEW_KEY` and `NEW_KEY_V2`, both modes. The key is complete before anything changes, and a failure leaves the old
    /// one working.
    pub(super) fn new_key(&self, control: &mut Control<P>, new: &NewKey) -> Result<Answer, NtStatus> {
        let (peer, mode) = {
            let view = self.view.pin(self.platform.lane());
            (view.peer(new.peer).cloned(), view.mode())
        };
        let Some(peer) = peer else {
            return self.as_if_there(new.peer, NtStatus::OBJECTID_NOT_FOUND);
        };
        let key =
            Shared::new(Key::new(&self.platform, &new.material, self.view.grace()).map_err(key_status)?)?;
        self.change_setup(&peer, |setup| {
            Ok(Setup::new(
                setup.keys.with(new.slot, key),
                setup.keepalive,
                setup.mss,
            ))
        })?;
        self.platform.trace(&Event::KeyInstalled {
            peer: peer.id,
            slot: new.slot,
            key_id: new.key_id,
            epoch: new.epoch,
        });
        // A client that keeps its adapter over a reconnect does not repeat START_VPN.
        if mode == Mode::PointToPoint && control.started && new.slot == KeySlot::Primary {
            self.set_link(control, true);
        }
        Ok(Answer::DONE)
    }

    /// `SWAP_KEYS`, and for one of many.
    pub(super) fn swap_keys(&self, peer: &Peer<P>) -> Result<Answer, NtStatus> {
        self.change_setup(peer, |setup| {
            let keys = setup
                .keys
                .swapped()
                .map_err(|SwapError::NoSecondary| NtStatus::INVALID_DEVICE_STATE)?;
            Ok(Setup::new(keys, setup.keepalive, setup.mss))
        })?;
        self.platform.trace(&Event::KeysSwapped { peer: peer.id });
        Ok(Answer::DONE)
    }

    /// The peer of point-to-point mode.
    pub(super) fn only_peer(&self) -> Result<Shared<Peer<P>>, NtStatus> {
        let view = self.view.pin(self.platform.lane());
        view.only().cloned().ok_or(NtStatus::INVALID_DEVICE_REQUEST)
    }

    /// The end of a call that names a peer which is not there: success if it expired and user space may not know yet
    /// (OpenVPN ends its process when such a call fails), else `status`.
    pub(super) fn as_if_there(&self, peer: PeerId, status: NtStatus) -> Result<Answer, NtStatus> {
        if self.io.lock().expired_unnoticed(peer) {
            Ok(Answer::DONE)
        } else {
            Err(status)
        }
    }

    /// As `DEL_PEER`, but the link stays as it is: the successor is about to come.
    fn replace_peer(&self, control: &mut Control<P>) -> Aftermath<P::Request> {
        let link = control.link;
        control.link = false;
        let aftermath = self.take_down(control, false);
        control.link = link;
        aftermath
    }

    /// Makes the socket and the peer and shows them to the data path.
    fn install_peer(
        &self,
        control: &mut Control<P>,
        spec: &TransportSpec,
        remote: SocketAddr,
    ) -> Result<Shared<Endpoint<P>>, NtStatus> {
        let endpoint = self.make_endpoint(spec)?;
        let peer = self.make_peer(PeerId::default(), canonical(remote))?;
        control.make_empty()?;
        let view = Prepared::new(View::client(peer, endpoint.clone()))?;
        control.baseline = self.stats.snapshot();
        self.io.lock().attach(spec.id, false);
        self.view.publish(view);
        self.settle_view();
        Ok(endpoint)
    }

    /// A peer that nobody sees yet. `remote` in canonical form.
    pub(super) fn make_peer(&self, id: PeerId, remote: SocketAddr) -> Result<Shared<Peer<P>>, NoMemory> {
        Shared::new(Peer::new(
            id,
            remote,
            self.config.lanes,
            self.view.grace(),
            self.platform.now(),
        )?)
    }

    /// A socket that has not started.
    pub(super) fn make_endpoint(&self, spec: &TransportSpec) -> Result<Shared<Endpoint<P>>, NtStatus> {
        let stream = TcpStream::new(STREAM_PACKET_MAX)?;
        let socket = self.platform.open_transport(spec)?;
        Ok(Shared::new(Endpoint::new(spec.id, spec.proto, socket, stream))?)
    }

    /// Takes a peer back whose socket did not start.
    fn withdraw_peer(&self, control: &mut Control<P>, transport: TransportId) {
        self.io.lock().forget(transport);
        self.publish_empty(control);
    }

    /// Begins to connect. From here on the request may be completed by whoever ends the attempt first.
    fn connect(
        &self,
        control: &mut Control<P>,
        endpoint: &Endpoint<P>,
        request: P::Request,
    ) -> Option<Completion<P::Request>> {
        let refused = self.io.lock().connecting(endpoint.id, request);
        if let Some(completion) = refused {
            self.withdraw_peer(control, endpoint.id);
            return Some(completion);
        }
        if let Err(status) = endpoint.socket.start() {
            let request = {
                let mut io = self.io.lock();
                endpoint.set_state(EndpointState::Failed);
                io.connected(endpoint.id)
            };
            self.withdraw_peer(control, endpoint.id);
            return Some(Completion::new(request?, transport_status(status)));
        }
        if endpoint.state() == EndpointState::Failed {
            // Cancelled before there was anything to abort.
            endpoint.socket.abort();
        }
        None
    }
}

/// A socket's status as user space may see it: CONNECTION_RESET would read as a keepalive timeout.
pub(super) fn transport_status(status: NtStatus) -> NtStatus {
    match status {
        NtStatus::CONNECTION_RESET | NtStatus::CONNECTION_DISCONNECTED => NtStatus::CONNECTION_ABORTED,
        other if other.is_error() => other,
        _ => NtStatus::UNSUCCESSFUL,
    }
}

fn key_status(error: KeyError) -> NtStatus {
    match error {
        KeyError::Crypto(CryptoError::Unsupported) => NtStatus::NOT_SUPPORTED,
        KeyError::NoMemory | KeyError::Crypto(CryptoError::NoMemory) => NtStatus::NO_MEMORY,
        _ => NtStatus::UNSUCCESSFUL,
    }
}
