//! Counters: `GET_STATS` and `GET_PEER_STATS`.

use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{PeerId, UnknownValue, limits::ALL_PEERS};

/// Output of [`Ioctl::GetStats`](crate::Ioctl::GetStats) (`OVPN_STATS`, 64 bytes).
///
/// Counts since the last `NEW_PEER` or `MP_START_VPN`. Packet counts wrap at 2^32 (readers should take
/// them as unsigned), byte counts do not in practice.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct Stats {
    /// Control packets received and dropped.
    pub lost_in_control_packets: i32,
    /// Control packets that could not be sent.
    pub lost_out_control_packets: i32,
    /// Data packets received and dropped, for whatever reason.
    pub lost_in_data_packets: i32,
    /// Tunnel packets that could not be sent.
    pub lost_out_data_packets: i32,
    /// Data packets received and accepted.
    pub received_data_packets: i32,
    /// Control packets received and queued.
    pub received_control_packets: i32,
    /// Control packets sent.
    pub sent_control_packets: i32,
    /// Data packets sent.
    pub sent_data_packets: i32,
    /// Bytes handed to the transport.
    pub transport_bytes_sent: i64,
    /// Bytes taken from the transport.
    pub transport_bytes_received: i64,
    /// Payload bytes that came from the adapter.
    pub tun_bytes_sent: i64,
    /// Payload bytes that went to the adapter.
    pub tun_bytes_received: i64,
}
const _: () = assert!(size_of::<Stats>() == 64 && offset_of!(Stats, transport_bytes_sent) == 32);

/// Input of [`Ioctl::GetPeerStats`](crate::Ioctl::GetPeerStats) (`OVPN_GET_PEER_STATS`, 4 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct GetPeerStats {
    /// A peer-id, or -1 for all peers. Ignored in point-to-point mode unless -1.
    pub peer_id: i32,
}
const _: () = assert!(size_of::<GetPeerStats>() == 4);

impl GetPeerStats {
    /// Asks for one record per peer.
    pub const ALL: GetPeerStats = GetPeerStats { peer_id: ALL_PEERS };

    /// Asks for one peer's record.
    #[must_use]
    pub fn one(peer: PeerId) -> Self {
        GetPeerStats { peer_id: peer.into() }
    }

    /// The peer asked for, `None` for all.
    ///
    /// # Errors
    /// A number that is neither -1 nor a [`PeerId`].
    pub fn peer(&self) -> Result<Option<PeerId>, UnknownValue> {
        match self.peer_id {
            ALL_PEERS => Ok(None),
            id => PeerId::try_from(id).map(Some),
        }
    }
}

/// One record of the output of [`Ioctl::GetPeerStats`](crate::Ioctl::GetPeerStats)
/// (`OVPN_PEER_STATS`, 40 bytes).
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct PeerStats {
    /// Whose counters; 0 in point-to-point mode.
    pub peer_id: i32,
    /// A hole in the C structure. Zero.
    pub _pad0: [u8; 4],
    /// Bytes taken from the transport.
    pub link_rx_bytes: i64,
    /// Bytes handed to the transport.
    pub link_tx_bytes: i64,
    /// Payload bytes that went to the adapter.
    pub vpn_rx_bytes: i64,
    /// Payload bytes that came from the adapter.
    pub vpn_tx_bytes: i64,
}
const _: () = assert!(size_of::<PeerStats>() == 40 && offset_of!(PeerStats, link_rx_bytes) == 8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_one_asks_for_all_peers() {
        for (number, want) in [
            (-1, Ok(None)),
            (0, Ok(Some(0))),
            (0x00FF_FFFF, Ok(Some(0x00FF_FFFF))),
            (0x0100_0000, Err(())),
            (-2, Err(())),
        ] {
            let peer = GetPeerStats { peer_id: number }.peer();
            assert_eq!(
                peer.map(|id| id.map(PeerId::get)).map_err(|_| ()),
                want,
                "{number}"
            );
        }
    }
}
