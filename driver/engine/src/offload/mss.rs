//! The clamp of the MSS option of TCP SYN segments inside the tunnel, so that full segments fit one outer packet.
//!
//! Follows OpenVPN's `mssfix`: both directions, SYN and SYN-ACK, IPv4 and IPv6 (no walk over extension headers),
//! values are only ever lowered and no option is added.

use super::{
    checksum,
    ip::{TCP, tcp_flags},
    put, take,
};

/// Lowers the MSS option of a TCP SYN in `packet` to what fits, and corrects the checksum incrementally. Everything
/// else is left alone. Returns whether something changed.
///
/// `value` is what OpenVPN passes in `SET_PEER`: the largest MSS for TCP over IPv4; over IPv6 it is 20 less. 0, and
/// what leaves nothing for IPv6, means off.
///
/// The checksum must be complete: clamp after [`super::segment::Segmenter`] has completed a partial one.
#[inline]
pub fn clamp(packet: &mut [u8], value: u16) -> bool {
    if value == 0 {
        return false;
    }
    match packet.first().map(|byte| byte >> 4) {
        Some(4) => clamp_v4(packet, value),
        Some(6) => match value.checked_sub(20) {
            None | Some(0) => None,
            Some(limit) => clamp_v6(packet, limit),
        },
        _ => None,
    }
    .unwrap_or(false)
}

fn clamp_v4(packet: &mut [u8], limit: u16) -> Option<bool> {
    let header = packet.first_chunk::<20>()?;
    let header_len = usize::from(header[0] & 0x0f).checked_mul(4)?;
    let total_len = u16::from_be_bytes([header[2], header[3]]);
    let fragment_offset = u16::from_be_bytes([header[6], header[7]]) & 0x1fff;
    let is_whole_tcp = header[9] == TCP && usize::from(total_len) == packet.len() && fragment_offset == 0;
    if header_len < 20 || !is_whole_tcp {
        return None;
    }
    clamp_tcp(packet.get_mut(header_len..)?, limit)
}

fn clamp_v6(packet: &mut [u8], limit: u16) -> Option<bool> {
    let header = packet.first_chunk::<40>()?;
    let payload_len = u16::from_be_bytes([header[4], header[5]]);
    if header[6] != TCP || usize::from(payload_len).checked_add(40)? != packet.len() {
        return None;
    }
    clamp_tcp(packet.get_mut(40..)?, limit)
}

fn clamp_tcp(segment: &mut [u8], limit: u16) -> Option<bool> {
    let header = segment.first_chunk::<20>()?;
    if header[13] & tcp_flags::SYN == 0 {
        return None;
    }
    let end = usize::from(header[12] >> 4).checked_mul(4)?;
    if end > segment.len() {
        return None;
    }
    let mut changed = false;
    let mut at = 20usize;
    while at < end {
        let [kind] = take(segment, at)?;
        let len = match kind {
            END_OF_OPTIONS => break,
            NO_OPERATION => 1,
            _ => match segment.get(..end)?.get(at.checked_add(1)?) {
                Some(len) if *len >= 2 => usize::from(*len),
                _ => break,
            },
        };
        let next = at.checked_add(len)?;
        if next > end {
            break;
        }
        if (kind, len) == (MAXIMUM_SEGMENT_SIZE, 4) {
            // A second MSS option would be clamped as well, as OpenVPN does.
            changed |= clamp_option(segment, at.checked_add(2)?, limit)?;
        }
        at = next;
    }
    Some(changed)
}

/// `at`: where the option's value is.
fn clamp_option(segment: &mut [u8], at: usize, limit: u16) -> Option<bool> {
    let old = take::<2>(segment, at)?;
    if u16::from_be_bytes(old) <= limit {
        return Some(false);
    }
    let new = limit.to_be_bytes();
    let checksum = checksum::update(take(segment, 16)?, old, new, at & 1 != 0);
    put(segment, at, new)?;
    put(segment, 16, checksum)?;
    Some(true)
}

const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
const MAXIMUM_SEGMENT_SIZE: u8 = 2;
