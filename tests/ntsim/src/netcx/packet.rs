//! IP packets as the stack sees them: headers, checksums, the layout that a ring's packet carries.

use netcx_sys::netadaptercx::{
    NET_PACKET_LAYOUT, NetPacketLayer2TypeNull, NetPacketLayer3TypeIPv4NoOptions,
    NetPacketLayer3TypeIPv4WithOptions, NetPacketLayer3TypeIPv6NoExtensions,
    NetPacketLayer3TypeIPv6WithExtensions, NetPacketLayer4TypeIPFragment, NetPacketLayer4TypeIPNotFragment,
    NetPacketLayer4TypeTcp, NetPacketLayer4TypeUdp,
};

/// IPPROTO_TCP
pub(super) const TCP: u8 = 6;
/// IPPROTO_UDP
pub(super) const UDP: u8 = 17;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

/// Where the headers of a packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headers {
    pub ipv6: bool,
    /// Length of the IP header with options or extension headers.
    pub layer3: usize,
    /// Length of the TCP or UDP header; 0 for others.
    pub layer4: usize,
    /// The protocol behind the IP header.
    pub protocol: u8,
    /// A fragment of an IP datagram.
    pub fragment: bool,
    /// There are options or extension headers.
    pub options: bool,
}

impl Headers {
    /// Reads the headers of a packet; `None` if it isn't IP or is cut off.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let mut this = match packet.first()? >> 4 {
            4 => Self::ipv4(packet)?,
            6 => Self::ipv6(packet)?,
            _ => return None,
        };
        let rest = packet.get(this.layer3..)?;
        if !this.fragment {
            this.layer4 = match this.protocol {
                TCP => usize::from(rest.get(12)? >> 4) * 4,
                UDP => 8,
                _ => 0,
            };
            if rest.len() < this.layer4 || this.protocol == TCP && this.layer4 < 20 {
                return None;
            }
        }
        Some(this)
    }

    fn ipv4(packet: &[u8]) -> Option<Self> {
        let layer3 = usize::from(packet.first()? & 0xF) * 4;
        if layer3 < IPV4_HEADER || packet.len() < layer3 {
            return None;
        }
        Some(Self {
            ipv6: false,
            layer3,
            layer4: 0,
            protocol: packet[9],
            fragment: be16(packet, 6) & 0x3FFF != 0,
            options: layer3 > IPV4_HEADER,
        })
    }

    fn ipv6(packet: &[u8]) -> Option<Self> {
        let (mut at, mut next, mut fragment) = (IPV6_HEADER, *packet.get(6)?, false);
        if packet.len() < at {
            return None;
        }
        // Hop-by-hop, routing, destination options; fragment.
        while let 0 | 43 | 60 | 44 = next {
            let header = packet.get(at..at + 8)?;
            at += if next == 44 {
                fragment = true;
                8
            } else {
                8 + 8 * usize::from(header[1])
            };
            next = header[0];
            if packet.len() < at {
                return None;
            }
        }
        Some(Self {
            ipv6: true,
            layer3: at,
            layer4: 0,
            protocol: next,
            fragment,
            options: at > IPV6_HEADER,
        })
    }

    /// All headers.
    pub(super) fn len(&self) -> usize {
        self.layer3 + self.layer4
    }

    /// The layout of a packet without layer 2.
    pub(super) fn layout(&self) -> NET_PACKET_LAYOUT {
        let layer3 = match (self.ipv6, self.options) {
            (false, false) => NetPacketLayer3TypeIPv4NoOptions,
            (false, true) => NetPacketLayer3TypeIPv4WithOptions,
            (true, false) => NetPacketLayer3TypeIPv6NoExtensions,
            (true, true) => NetPacketLayer3TypeIPv6WithExtensions,
        };
        let layer4 = match self.protocol {
            _ if self.fragment => NetPacketLayer4TypeIPFragment,
            TCP => NetPacketLayer4TypeTcp,
            UDP => NetPacketLayer4TypeUdp,
            _ => NetPacketLayer4TypeIPNotFragment,
        };
        let mut layout = NET_PACKET_LAYOUT::of_types(NetPacketLayer2TypeNull, layer3, layer4);
        // Header lengths that don't fit stay unknown (0).
        let _ = u16::try_from(self.layer3).map(|n| layout.set_layer3_header_length(n));
        let _ = u8::try_from(self.layer4).map(|n| layout.set_layer4_header_length(n));
        layout
    }
}

/// Reads a number in network order.
pub(super) fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Reads a number in network order.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Writes a number in network order.
pub(super) fn put16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// Writes a number in network order.
pub(super) fn put32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// The one's complement sum of bytes, not folded (RFC 1071). In host order, as all sums here: it doesn't matter to the result
/// as long as it is stored in host order, too. Pieces must begin at even offsets of what is summed.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let blocks = bytes.chunks_exact(32);
    let rest = blocks.remainder();
    let mut lanes = [0u64; 8];
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(4)) {
            *lane += u64::from(u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
        }
    }
    let mut total: u64 = lanes.iter().sum();
    let pairs = rest.chunks_exact(2);
    if let [last] = pairs.remainder() {
        total += u64::from(u16::from_ne_bytes([*last, 0]));
    }
    total
        + pairs
            .map(|p| u64::from(u16::from_ne_bytes([p[0], p[1]])))
            .sum::<u64>()
}

/// A number in network order, as it adds to a sum.
pub(super) fn word(value: u16) -> u64 {
    u64::from(u16::from_ne_bytes(value.to_be_bytes()))
}

/// Folds a sum to 16 bits.
#[allow(clippy::cast_possible_truncation)] // folded until it fits
pub(super) fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    sum as u16
}

/// Stores a checksum: the complement of a sum. UDP writes 0 as all ones.
pub(super) fn put_checksum(bytes: &mut [u8], at: usize, sum: u64, udp: bool) {
    let value = match !fold(sum) {
        0 if udp => 0xFFFF,
        value => value,
    };
    bytes[at..at + 2].copy_from_slice(&value.to_ne_bytes());
}

/// The sum of the pseudo header for `length` bytes of layer 4.
pub(super) fn pseudo(ip: &[u8], ipv6: bool, protocol: u8, length: usize) -> u64 {
    let addresses = if ipv6 { &ip[8..40] } else { &ip[12..20] };
    #[allow(clippy::cast_possible_truncation)] // both halves of a 32-bit length
    let (high, low) = ((length >> 16) as u16, length as u16);
    sum(addresses) + word(u16::from(protocol)) + word(high) + word(low)
}

/// Where TCP and UDP keep their checksum.
pub(super) fn checksum_offset(protocol: u8) -> usize {
    if protocol == TCP { 16 } else { 6 }
}

/// Recomputes the checksum of an IPv4 header.
pub(super) fn finish_ipv4(header: &mut [u8]) {
    header[10..12].fill(0);
    let total = sum(header);
    put_checksum(header, 10, total, false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_rfc_1071() {
        // The example of section 3: 0001 f203 f4f5 f6f7 sum up to ddf2.
        let bytes = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        assert_eq!(fold(sum(&bytes)).to_ne_bytes(), [0xDD, 0xF2]);
        let long: Vec<u8> = (0..=255u8).cycle().take(1399).collect();
        let simple = long
            .chunks(2)
            .map(|p| word(u16::from_be_bytes([p[0], *p.get(1).unwrap_or(&0)])));
        assert_eq!(fold(sum(&long)), fold(simple.sum()));
    }

    #[test]
    fn headers_are_found_and_cut_ones_refused() {
        let mut v4 = vec![0u8; 40];
        (v4[0], v4[9], v4[32]) = (0x45, TCP, 5 << 4);
        let headers = Headers::parse(&v4).unwrap();
        assert_eq!((headers.layer3, headers.layer4, headers.ipv6), (20, 20, false));
        assert_eq!(Headers::parse(&v4[..39]), None);
        v4[6] = 0x20;
        assert!(Headers::parse(&v4).unwrap().fragment);
        let mut v6 = vec![0u8; 64];
        (v6[0], v6[6], v6[40]) = (0x60, 0, UDP);
        let headers = Headers::parse(&v6).unwrap();
        assert_eq!((headers.layer3, headers.layer4, headers.options), (48, 8, true));
        assert_eq!(Headers::parse(&[0x10; 40]), None);
        assert_eq!(Headers::parse(&[]), None);
    }
}
