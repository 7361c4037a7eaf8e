//! `GET_STATS` and `GET_PEER_STATS`.

use ovpn_dco_uapi::{NtStatus, PeerStats, Stats as Totals, write_output};

use super::{Answer, Control, Device, View};
use crate::Platform;
use crate::ioctl::Whose;
use crate::peer::Peer;
use crate::stats::{Direction, DropClass, StatsSnapshot};

impl<P: Platform> Device<P> {
    /// `GET_STATS`: since the present peer or server began.
    pub(super) fn get_stats(&self, control: &Control<P>, output: &mut [u8]) -> Result<Answer, NtStatus> {
        write_output(&totals(&self.stats.snapshot(), &control.baseline), output).map(Answer::bytes)
    }

    /// `GET_PEER_STATS`: one record, or one for each peer, or how long that would be.
    pub(super) fn get_peer_stats(&self, whose: Whose, output: &mut [u8]) -> Result<Answer, NtStatus> {
        let view = self.view.pin(self.platform.lane());
        let peer = match whose {
            Whose::All => return all_records(&view, output),
            _ if output.len() < size_of::<PeerStats>() => return Err(NtStatus::BUFFER_TOO_SMALL),
            Whose::One(id) => view.peer(id),
            Whose::Nobodys => view.only(),
        };
        write_output(&record(peer.ok_or(NtStatus::OBJECTID_NOT_FOUND)?), output).map(Answer::bytes)
    }
}

fn all_records<P: Platform>(view: &View<P>, output: &mut [u8]) -> Result<Answer, NtStatus> {
    let needed = view.peers().count().saturating_mul(size_of::<PeerStats>());
    if needed > output.len() {
        let size = u32::try_from(needed).unwrap_or(u32::MAX);
        let information = write_output(&size.to_ne_bytes(), output)?;
        return Ok(Answer {
            status: NtStatus::BUFFER_OVERFLOW,
            information,
        });
    }
    let mut information = 0usize;
    for peer in view.peers() {
        let rest = output.get_mut(information..).ok_or(NtStatus::BUFFER_TOO_SMALL)?;
        information = information.saturating_add(write_output(&record(peer), rest)?);
    }
    Ok(Answer::bytes(information))
}

fn record<P: Platform>(peer: &Peer<P>) -> PeerStats {
    let (received, sent) = (peer.traffic.sum(Direction::In), peer.traffic.sum(Direction::Out));
    PeerStats {
        peer_id: peer.id.into(),
        _pad0: [0; 4],
        link_rx_bytes: received.link.cast_signed(),
        link_tx_bytes: sent.link.cast_signed(),
        vpn_rx_bytes: received.vpn.cast_signed(),
        vpn_tx_bytes: sent.vpn.cast_signed(),
    }
}

/// What has been counted since `baseline`, as the interface shows it.
fn totals(now: &StatsSnapshot, baseline: &StatsSnapshot) -> Totals {
    let lost = |class: DropClass| packets(now.drops.of_class(class), baseline.drops.of_class(class));
    Totals {
        lost_in_control_packets: lost(DropClass::InControl),
        lost_out_control_packets: lost(DropClass::OutControl),
        lost_in_data_packets: lost(DropClass::InData),
        lost_out_data_packets: lost(DropClass::OutData),
        received_data_packets: packets(now.data_in.packets, baseline.data_in.packets),
        received_control_packets: packets(now.control_in, baseline.control_in),
        sent_control_packets: packets(now.control_out, baseline.control_out),
        sent_data_packets: packets(now.data_out.packets, baseline.data_out.packets),
        transport_bytes_sent: bytes(now.data_out.link, baseline.data_out.link),
        transport_bytes_received: bytes(now.data_in.link, baseline.data_in.link),
        tun_bytes_sent: bytes(now.data_out.vpn, baseline.data_out.vpn),
        tun_bytes_received: bytes(now.data_in.vpn, baseline.data_in.vpn),
    }
}

fn bytes(now: u64, baseline: u64) -> i64 {
    now.wrapping_sub(baseline).cast_signed()
}

/// The low 32 bits: these counters wrap.
fn packets(now: u64, baseline: u64) -> i32 {
    let low = now.wrapping_sub(baseline) & u64::from(u32::MAX);
    u32::try_from(low).unwrap_or(u32::MAX).cast_signed()
}
