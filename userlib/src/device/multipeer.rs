//! The control codes of multipeer mode, as calls.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use ovpn_dco_uapi::sockaddr::any_like;
use ovpn_dco_uapi::{
    Ioctl, MpDelPeer, MpIroute, MpNewPeer, MpSetPeer, MpStartVpn, MpSwapKeys, PeerId, PeerSettings, Prefix,
    canonical,
};

use super::calls::parse;
use super::{CallName, Device, DeviceError};

/// A peer for [`Device::mp_new_peer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMultiPeer {
    /// Its peer-id.
    pub id: PeerId,
    /// Its transport address.
    pub remote: SocketAddr,
    /// Its IPv4 address in the tunnel.
    pub vpn_ipv4: Option<Ipv4Addr>,
    /// Its IPv6 address in the tunnel.
    pub vpn_ipv6: Option<Ipv6Addr>,
}

impl Device {
    /// `MP_START_VPN`: opens the server's UDP socket and connects the adapter. Returns the address with the port that
    /// was taken.
    ///
    /// # Errors
    /// [`DeviceError::State`] in point-to-point mode, or if there is a socket already; [`DeviceError::Transport`] if
    /// the address is in use.
    pub fn mp_start_vpn(&self, listen: SocketAddr, ipv6_only: bool) -> Result<SocketAddr, DeviceError> {
        let ioctl = Ioctl::MpStartVpn;
        let request = MpStartVpn {
            listen_address: listen.into(),
            ipv6_only: ipv6_only.into(),
        };
        let output = self.prompt(ioctl, &request, size_of::<MpStartVpn>())?;
        let reply: MpStartVpn = parse(ioctl, &output)?;
        SocketAddr::try_from(reply.listen_address)
            .map_err(|unknown| DeviceError::unknown_value(CallName::Ioctl(ioctl), unknown))
    }

    /// `MP_NEW_PEER`: adds a peer.
    ///
    /// # Errors
    /// [`DeviceError::Exists`] if the peer-id or an address is taken.
    pub fn mp_new_peer(&self, peer: &NewMultiPeer) -> Result<(), DeviceError> {
        let request = MpNewPeer {
            local: any_like(&canonical(peer.remote)).into(),
            remote: peer.remote.into(),
            vpn_addr4: peer.vpn_ipv4.unwrap_or(Ipv4Addr::UNSPECIFIED).octets(),
            vpn_addr6: peer.vpn_ipv6.unwrap_or(Ipv6Addr::UNSPECIFIED).octets(),
            peer_id: peer.id.into(),
        };
        self.tell(Ioctl::MpNewPeer, &request)
    }

    /// `MP_SET_PEER`: keepalive and MSS of a peer.
    ///
    /// # Errors
    /// [`DeviceError::State`] if there is no such peer.
    pub fn mp_set_peer(&self, peer: PeerId, settings: PeerSettings) -> Result<(), DeviceError> {
        self.tell(
            Ioctl::MpSetPeer,
            &MpSetPeer {
                peer_id: peer.into(),
                settings: settings.into(),
            },
        )
    }

    /// `MP_SWAP_KEYS`: exchanges the key slots of a peer.
    ///
    /// # Errors
    /// [`DeviceError::State`] if there is no such peer, or its secondary slot is empty.
    pub fn mp_swap_keys(&self, peer: PeerId) -> Result<(), DeviceError> {
        self.tell(Ioctl::MpSwapKeys, &MpSwapKeys { peer_id: peer.into() })
    }

    /// `MP_DEL_PEER`: removes a peer and its internal routes. The event that follows has the reason
    /// [`DelPeerReason::Userspace`](ovpn_dco_uapi::DelPeerReason::Userspace).
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] if there is no such peer.
    pub fn mp_del_peer(&self, peer: PeerId) -> Result<(), DeviceError> {
        self.tell(Ioctl::MpDelPeer, &MpDelPeer { peer_id: peer.into() })
    }

    /// `MP_ADD_IROUTE`: leads a network to a peer; moves it if it led elsewhere.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] if there is no such peer.
    pub fn mp_add_iroute(&self, prefix: Prefix, peer: PeerId) -> Result<(), DeviceError> {
        self.tell(Ioctl::MpAddIroute, &MpIroute::new(prefix, Some(peer)))
    }

    /// `MP_DEL_IROUTE`: removes a network, whomever it led to.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] if there is no such route.
    pub fn mp_del_iroute(&self, prefix: Prefix) -> Result<(), DeviceError> {
        self.tell(Ioctl::MpDelIroute, &MpIroute::new(prefix, None))
    }
}
