//! Segmentation of super-packets: what the Windows stack does before a packet reaches a driver without segmentation offload.
//!
//! A super-packet is one set of headers and up to 64 KiB of payload. Each segment gets the headers with its own lengths,
//! identification (IPv4), sequence number and flags (TCP) and finished checksums; the payload stays where it is.

use super::packet::{self, Headers, TCP, UDP};

const FIN_PSH: u8 = 0x09;
const CWR: u8 = 0x80;

/// A super-packet on its way through the segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    /// Its headers.
    pub headers: Headers,
    /// Where it begins in its memory, and its length.
    pub start: usize,
    pub length: usize,
    size: usize,
    /// Payload bytes that are in segments already.
    done: usize,
    count: u16,
}

/// One segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Length of the headers that were written.
    pub headers: usize,
    /// Offset of its payload in the super-packet, and length.
    pub payload: (usize, usize),
}

impl Cursor {
    /// Begins with the packet of `length` bytes at `start` in its memory, in segments of `size` bytes of payload. `None` if
    /// it is not TCP or UDP.
    pub(super) fn new(memory: &[u8], start: usize, length: usize, size: usize) -> Option<Self> {
        let packet = memory.get(start..start + length)?;
        let headers = Headers::parse(packet)?;
        if headers.fragment || !matches!(headers.protocol, TCP | UDP) || size == 0 {
            return None;
        }
        Some(Self {
            headers,
            start,
            length,
            size,
            done: 0,
            count: 0,
        })
    }

    /// Number of segments in all.
    pub(super) fn segments(&self) -> usize {
        self.payload_length().div_ceil(self.size).max(1)
    }

    /// Payload of one segment.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn payload_length(&self) -> usize {
        self.length - self.headers.len()
    }

    /// Whether all segments are made.
    pub(super) fn is_done(&self) -> bool {
        self.count > 0 && self.done >= self.payload_length()
    }

    /// Writes the next segment's headers to `out`, which must have room for them. `memory` is what the packet lies in. With
    /// `partial`, the layer 4 checksum is that of the pseudo header only.
    pub(super) fn next(&mut self, memory: &[u8], out: &mut [u8], partial: bool) -> Segment {
        let headers = self.headers;
        let packet = &memory[self.start..self.start + self.length];
        let take = self.size.min(self.payload_length() - self.done);
        let last = self.done + take == self.payload_length();
        let payload = headers.len() + self.done;
        let out = &mut out[..headers.len()];
        out.copy_from_slice(&packet[..headers.len()]);
        let length = headers.layer4 + take;
        let ip_length = u16::try_from(headers.layer3 + length).unwrap_or(u16::MAX);
        if headers.ipv6 {
            packet::put16(out, 4, ip_length - 40);
        } else {
            packet::put16(out, 2, ip_length);
            let id = packet::be16(packet, 4).wrapping_add(self.count);
            packet::put16(out, 4, id);
            packet::finish_ipv4(&mut out[..headers.layer3]);
        }
        let pseudo = packet::pseudo(packet, headers.ipv6, headers.protocol, length);
        let layer4 = &mut out[headers.layer3..];
        if headers.protocol == TCP {
            let sequence = packet::be32(layer4, 4);
            #[allow(clippy::cast_possible_truncation)] // below 64 KiB
            packet::put32(layer4, 4, sequence.wrapping_add(self.done as u32));
            if !last {
                layer4[13] &= !FIN_PSH;
            }
            if self.count > 0 {
                layer4[13] &= !CWR;
            }
        } else {
            packet::put16(layer4, 4, u16::try_from(length).unwrap_or(u16::MAX));
        }
        let at = packet::checksum_offset(headers.protocol);
        layer4[at..at + 2].fill(0);
        if partial {
            layer4[at..at + 2].copy_from_slice(&packet::fold(pseudo).to_ne_bytes());
        } else {
            let total = pseudo + packet::sum(layer4) + packet::sum(&packet[payload..payload + take]);
            packet::put_checksum(layer4, at, total, headers.protocol == UDP);
        }
        self.done += take;
        self.count += 1;
        Segment {
            headers: headers.len(),
            payload: (payload, take),
        }
    }
}

/// Completes a partial checksum: `start` is where the summed part begins, `offset` where in it the checksum is. `false` if
/// they don't fit the packet.
pub(super) fn complete(packet: &mut [u8], start: usize, offset: usize) -> bool {
    let udp = Headers::parse(packet).is_some_and(|h| h.protocol == UDP);
    let Some(part) = packet.get_mut(start..).filter(|part| part.len() >= offset + 2) else {
        return false;
    };
    // The field holds the sum of the pseudo header.
    let total = packet::sum(part);
    packet::put_checksum(part, offset, total, udp);
    true
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A TCP or UDP packet with `payload` bytes; checksums are not set.
    pub(in super::super) fn sample(ipv6: bool, protocol: u8, payload: usize) -> Vec<u8> {
        let (layer3, layer4) = (if ipv6 { 40 } else { 20 }, if protocol == TCP { 20 } else { 8 });
        let mut packet = vec![0u8; layer3 + layer4 + payload];
        let length = u16::try_from(packet.len()).unwrap();
        if ipv6 {
            (packet[0], packet[6], packet[7]) = (0x60, protocol, 64);
            packet::put16(&mut packet, 4, length - 40);
            packet[8..40].copy_from_slice(&[7; 32]);
        } else {
            (packet[0], packet[8], packet[9]) = (0x45, 64, protocol);
            packet::put16(&mut packet, 2, length);
            packet::put16(&mut packet, 4, 0xFFFF);
            packet[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
        }
        packet::put16(&mut packet, layer3, 1000);
        packet::put16(&mut packet, layer3 + 2, 2000);
        if protocol == TCP {
            packet::put32(&mut packet, layer3 + 4, 0xFFFF_FF00);
            (packet[layer3 + 12], packet[layer3 + 13]) = (5 << 4, 0x10 | FIN_PSH | CWR);
        } else {
            packet::put16(&mut packet, layer3 + 4, length - u16::try_from(layer3).unwrap());
        }
        for (i, byte) in packet[layer3 + layer4..].iter_mut().enumerate() {
            *byte = u8::try_from(i % 251).unwrap();
        }
        packet
    }

    /// Whether all checksums of a packet are right.
    pub(in super::super) fn is_valid(packet: &[u8]) -> bool {
        let headers = Headers::parse(packet).unwrap();
        let (ip, rest) = packet.split_at(headers.layer3);
        let total = packet::pseudo(packet, headers.ipv6, headers.protocol, rest.len()) + packet::sum(rest);
        packet::fold(total) == 0xFFFF && (headers.ipv6 || packet::fold(packet::sum(ip)) == 0xFFFF)
    }

    #[test]
    fn segments_together_are_the_super_packet() {
        for (ipv6, protocol) in [(false, TCP), (true, TCP), (false, UDP), (true, UDP)] {
            let packet = sample(ipv6, protocol, 3001);
            let mut cursor = Cursor::new(&packet, 0, packet.len(), 1000).unwrap();
            assert_eq!(cursor.segments(), 4);
            let mut payload = Vec::new();
            let mut number = 0;
            while !cursor.is_done() {
                let mut out = [0; 128];
                let segment = cursor.next(&packet, &mut out, false);
                let (at, length) = segment.payload;
                let whole = [&out[..segment.headers], &packet[at..at + length]].concat();
                assert!(
                    is_valid(&whole),
                    "ipv6 {ipv6} protocol {protocol} segment {number}"
                );
                let headers = Headers::parse(&whole).unwrap();
                if protocol == TCP {
                    let flags = whole[headers.layer3 + 13];
                    assert_eq!(flags & FIN_PSH != 0, number == 3);
                    assert_eq!(flags & CWR != 0, number == 0);
                    let sequence = packet::be32(&whole, headers.layer3 + 4);
                    assert_eq!(sequence, 0xFFFF_FF00u32.wrapping_add(number * 1000));
                }
                payload.extend_from_slice(&whole[headers.len()..]);
                number += 1;
            }
            assert_eq!(number, 4);
            assert_eq!(payload, packet[cursor.headers.len()..]);
        }
    }

    #[test]
    fn a_partial_checksum_is_completed() {
        for protocol in [TCP, UDP] {
            let mut packet = sample(false, protocol, 333);
            let length = packet.len() - 20;
            let sum = packet::fold(packet::pseudo(&packet, false, protocol, length));
            let at = 20 + packet::checksum_offset(protocol);
            packet[at..at + 2].copy_from_slice(&sum.to_ne_bytes());
            packet::finish_ipv4(&mut packet[..20]);
            assert!(complete(&mut packet, 20, packet::checksum_offset(protocol)));
            assert!(is_valid(&packet));
            assert!(!complete(&mut packet, 372, 16), "outside of the packet");
        }
    }

    #[test]
    fn what_is_neither_tcp_nor_udp_has_no_segments() {
        let mut packet = sample(false, UDP, 100);
        packet[9] = 1;
        assert!(Cursor::new(&packet, 0, packet.len(), 50).is_none());
    }
}
