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

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use crate::offload::{checksum::Sum, ip::Packet};
    use std::vec::Vec;

    /// A SYN with these options (padded with zeros), all checksums right.
    fn syn(version: u8, options: &[u8]) -> Vec<u8> {
        let mut tcp = std::vec![
            0x8c, 0xbc, 0x1f, 0x41, 1, 2, 3, 4, 0, 0, 0, 0, 0, 2, 0xfa, 0xf0, 0, 0, 0, 0
        ];
        tcp.extend(options);
        tcp.resize(tcp.len().next_multiple_of(4), 0);
        tcp[12] = (tcp.len() as u8 / 4) << 4;
        let len = tcp.len() as u8;
        let mut packet = match version {
            4 => std::vec![
                0x45,
                0,
                0,
                20 + len,
                0,
                1,
                0x40,
                0,
                64,
                6,
                0,
                0,
                10,
                0,
                0,
                1,
                10,
                0,
                0,
                2
            ],
            _ => [&[0x60, 0, 0, 0, 0, len, 6, 64][..], &[0xfd; 32]].concat(),
        };
        packet.extend(tcp);
        let at = packet.len() - usize::from(len) + 16;
        let checksum = transport_sum(&packet).checksum();
        packet[at..at + 2].copy_from_slice(&checksum);
        packet
    }

    fn transport_sum(packet: &[u8]) -> Sum {
        let ip = Packet::parse(packet).unwrap();
        let payload = ip.payload();
        checksum::pseudo_header(ip.source(), ip.destination(), TCP, payload.len() as u32)
            .plus(Sum::of(payload))
    }

    const MSS_1460: [u8; 4] = [2, 4, 0x05, 0xb4];

    #[test]
    fn a_larger_value_is_lowered_and_the_checksum_still_fits() {
        let odd_offset = [[1].as_slice(), &MSS_1460, &[1, 1, 1]].concat();
        let behind_others = [[3, 3, 10, 1, 4, 2].as_slice(), &MSS_1460].concat();
        for options in [MSS_1460.to_vec(), odd_offset, behind_others] {
            for (version, limit) in [(4, 1400u16), (6, 1380)] {
                let before = syn(version, &options);
                let mut after = before.clone();
                assert!(clamp(&mut after, 1400));
                assert!(transport_sum(&after).verifies(), "{options:?} in IPv{version}");
                let mut want = before.clone();
                let at = before.windows(4).position(|window| window == MSS_1460).unwrap() + 2;
                want[at..at + 2].copy_from_slice(&limit.to_be_bytes());
                let checksum = if version == 4 { 36 } else { 56 };
                want[checksum..checksum + 2].copy_from_slice(&after[checksum..checksum + 2]);
                assert_eq!(after, want);
            }
        }
    }

    #[test]
    fn every_mss_option_is_lowered() {
        let mut packet = syn(4, &[MSS_1460, MSS_1460].concat());
        assert!(clamp(&mut packet, 536));
        assert_eq!(packet[40..48], [2, 4, 2, 24, 2, 4, 2, 24]);
        assert!(transport_sum(&packet).verifies());
    }

    #[test]
    fn everything_else_is_left_alone() {
        let edit = |mut packet: Vec<u8>, at: usize, value: u8| {
            packet[at] = value;
            packet
        };
        let v4 = syn(4, &MSS_1460);
        let v6 = syn(6, &MSS_1460);
        for (what, packet, value) in [
            ("off", v4.clone(), 0),
            ("equal", v4.clone(), 1460),
            ("already smaller", v4.clone(), 1461),
            ("equal over IPv6", v6.clone(), 1480),
            ("no room over IPv6", v6.clone(), 20),
            ("underflow over IPv6", v6.clone(), 19),
            ("no options", syn(4, &[]), 1400),
            ("not SYN", edit(v4.clone(), 33, 0x10), 1400),
            ("not TCP", edit(v4.clone(), 9, 17), 1400),
            ("not TCP over IPv6", edit(v6.clone(), 6, 0), 1400),
            ("later fragment", edit(v4.clone(), 7, 1), 1400),
            ("length field too small", edit(v4.clone(), 3, 43), 1400),
            ("length field too large", edit(v6, 5, 25), 1400),
            ("header length 16", edit(v4.clone(), 0, 0x44), 1400),
            ("header past the end", edit(v4.clone(), 0, 0x4f), 1400),
            ("data offset past the end", edit(v4.clone(), 32, 0x70), 1400),
            ("version 0", edit(v4.clone(), 0, 0x05), 1400),
            (
                "end of options first",
                syn(4, &[[0].as_slice(), &MSS_1460].concat()),
                1400,
            ),
            (
                "option of length 1",
                syn(4, &[[8, 1].as_slice(), &MSS_1460].concat()),
                1400,
            ),
            ("option past the end", syn(4, &[8, 9, 2, 4]), 1400),
            ("kind without length", syn(4, &[1, 1, 1, 2]), 1400),
            ("MSS of length 3", syn(4, &[2, 3, 0xff, 0]), 1400),
            ("IPv4 header only", v4[..20].to_vec(), 1400),
            ("nothing", Vec::new(), 1400),
        ] {
            let mut after = packet.clone();
            assert!(!clamp(&mut after, value), "{what}");
            assert_eq!(after, packet, "{what}");
        }
    }
}
