//! Events of the driver: `NOTIFY_EVENT`.

use core::mem::offset_of;
use core::net::SocketAddr;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{PeerId, SockAddrStorage, UnknownValue, wire_enum};

wire_enum! {
    /// What happened (`OVPN_NOTIFY_CMD`).
    pub enum Cmd("OVPN_NOTIFY_CMD") {
        /// A peer is gone.
        DelPeer = 0,
        /// A peer's sending key is near its end: user space should renegotiate.
        SwapKeys = 1,
        /// A peer is heard from a new address.
        FloatPeer = 2,
    }
}

wire_enum! {
    /// Why a peer is gone (`OVPN_DEL_PEER_REASON`).
    pub enum DelPeerReason("OVPN_DEL_PEER_REASON") {
        /// The adapter goes away.
        Teardown = 0,
        /// User space deleted it. OpenVPN ignores this one: the peer-id may be in use again.
        Userspace = 1,
        /// Nothing was received for the keepalive timeout.
        Expired = 2,
        /// The transport failed.
        TransportError = 3,
        /// The transport was closed by the peer.
        TransportDisconnect = 4,
    }
}

/// Output of [`Ioctl::NotifyEvent`](crate::Ioctl::NotifyEvent) (`OVPN_NOTIFY_EVENT`, 144 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct NotifyEvent {
    /// A [`Cmd`].
    pub cmd: u32,
    /// The peer concerned.
    pub peer_id: i32,
    /// A [`DelPeerReason`]; meaningful for [`Cmd::DelPeer`], else 0.
    pub del_peer_reason: u32,
    /// A hole in the C structure. Zero.
    pub _pad0: [u8; 4],
    /// The new address; meaningful for [`Cmd::FloatPeer`], else zero.
    pub float_address: SockAddrStorage,
}
const _: () = assert!(size_of::<NotifyEvent>() == 144 && offset_of!(NotifyEvent, float_address) == 16);

/// A [`NotifyEvent`] whose fields have been understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// See [`Cmd::DelPeer`].
    DelPeer {
        /// Which peer.
        peer: PeerId,
        /// Why.
        reason: DelPeerReason,
    },
    /// See [`Cmd::SwapKeys`].
    SwapKeys {
        /// Which peer.
        peer: PeerId,
    },
    /// See [`Cmd::FloatPeer`].
    FloatPeer {
        /// Which peer.
        peer: PeerId,
        /// Where it is now. IPv4 is plain IPv4, also on a dual-stack socket.
        address: SocketAddr,
    },
}

impl NotifyEvent {
    /// What the event says.
    ///
    /// # Errors
    /// A command, peer-id, reason or address family that this interface does not have.
    pub fn event(&self) -> Result<Event, UnknownValue> {
        let peer = PeerId::try_from(self.peer_id)?;
        Ok(match Cmd::try_from(self.cmd)? {
            Cmd::DelPeer => Event::DelPeer {
                peer,
                reason: self.del_peer_reason.try_into()?,
            },
            Cmd::SwapKeys => Event::SwapKeys { peer },
            Cmd::FloatPeer => Event::FloatPeer {
                peer,
                address: self.float_address.try_into()?,
            },
        })
    }
}

impl From<Event> for NotifyEvent {
    fn from(event: Event) -> Self {
        let (cmd, peer, reason, float_address) = match event {
            Event::DelPeer { peer, reason } => {
                (Cmd::DelPeer, peer, reason.to_u32(), SockAddrStorage::UNSPECIFIED)
            }
            Event::SwapKeys { peer } => (Cmd::SwapKeys, peer, 0, SockAddrStorage::UNSPECIFIED),
            Event::FloatPeer { peer, address } => (Cmd::FloatPeer, peer, 0, address.into()),
        };
        NotifyEvent {
            cmd: cmd.to_u32(),
            peer_id: peer.into(),
            del_peer_reason: reason,
            _pad0: [0; 4],
            float_address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_the_way_through_the_structure() {
        let peer = PeerId::new(5).unwrap();
        for event in [
            Event::DelPeer {
                peer,
                reason: DelPeerReason::Expired,
            },
            Event::SwapKeys { peer },
            Event::FloatPeer {
                peer,
                address: "192.0.2.1:1194".parse().unwrap(),
            },
            Event::FloatPeer {
                peer,
                address: "[2001:db8::1]:1194".parse().unwrap(),
            },
        ] {
            let raw = NotifyEvent::from(event);
            assert_eq!(raw.event(), Ok(event));
            assert_eq!(crate::read_input::<NotifyEvent>(raw.as_bytes()).unwrap(), raw);
        }
    }

    #[test]
    fn nonsense_is_named() {
        let good = NotifyEvent::from(Event::SwapKeys {
            peer: PeerId::new(1).unwrap(),
        });
        let floated = NotifyEvent { cmd: 2, ..good };
        for (field, raw) in [
            ("OVPN_NOTIFY_CMD", NotifyEvent { cmd: 3, ..good }),
            ("PeerId", NotifyEvent { peer_id: -1, ..good }),
            (
                "OVPN_DEL_PEER_REASON",
                NotifyEvent {
                    cmd: 0,
                    del_peer_reason: 5,
                    ..good
                },
            ),
            ("address family", floated),
        ] {
            assert_eq!(raw.event().unwrap_err().field, field);
        }
    }
}
