//! What the engine tells a trace.

use core::net::SocketAddr;

use ovpn_dco_uapi::{DelPeerReason, Ioctl, KeyId, KeySlot, Mode, NtStatus, PeerId};

use crate::TransportId;

/// Something that happened in the control state, worth a line in a trace. Packets are not traced, they are counted
/// ([`crate::DropReason`]).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A handle was opened.
    Opened,
    /// The handle was closed; everything that belonged to it is gone.
    Closed,
    /// The mode changed.
    ModeSet(Mode),
    /// A control code failed.
    Refused {
        /// Which, or `None` for a code that this driver does not know.
        ioctl: Option<Ioctl>,
        /// What the caller was told.
        status: NtStatus,
    },
    /// A peer was added. In point-to-point mode the id is 0 and means nothing.
    PeerAdded {
        /// Its id.
        peer: PeerId,
        /// Where it is.
        remote: SocketAddr,
    },
    /// A peer is gone.
    PeerRemoved {
        /// Its id.
        peer: PeerId,
        /// Why.
        reason: DelPeerReason,
    },
    /// A server socket is open.
    Listening {
        /// The transport.
        transport: TransportId,
        /// Its address.
        local: SocketAddr,
    },
    /// A TCP connect ended.
    Connected {
        /// The transport.
        transport: TransportId,
        /// Success, or why not.
        status: NtStatus,
    },
    /// A stream is over, or could not be understood any more.
    TransportClosed {
        /// The transport.
        transport: TransportId,
        /// How.
        how: Closed,
    },
    /// A key was installed.
    KeyInstalled {
        /// For whom.
        peer: PeerId,
        /// Where.
        slot: KeySlot,
        /// Its id.
        key_id: KeyId,
        /// In the epoch format.
        epoch: bool,
    },
    /// The slots were exchanged.
    KeysSwapped {
        /// Whose.
        peer: PeerId,
    },
    /// The sending key of a peer is near its end.
    KeyNearEnd {
        /// Whose.
        peer: PeerId,
    },
    /// A keepalive could not be sent.
    PingFailed {
        /// To whom.
        peer: PeerId,
        /// Why.
        status: NtStatus,
    },
    /// Nothing was received for the keepalive timeout.
    Expired {
        /// From whom.
        peer: PeerId,
    },
    /// A peer is heard from a new address.
    Floated {
        /// Which.
        peer: PeerId,
        /// Where it is now.
        to: SocketAddr,
    },
    /// The adapter's link changed.
    Link {
        /// Connected.
        up: bool,
    },
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The other side finished sending.
    Graceful,
    /// The other side reset the connection.
    Reset,
    /// The socket failed.
    Failed(NtStatus),
}
