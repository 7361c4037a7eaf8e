//! Checked views of inner IPv4 (RFC 791) and IPv6 (RFC 8200) packets and of TCP (RFC 9293) and UDP (RFC 768)
//! headers.
//!
//! Lengths are checked once, in `parse`; no accessor fails or panics afterwards. Checksums are not looked at.
//! An IPv6 packet's transport header is found behind hop-by-hop, routing and destination options; a fragment header
//! is read, other extension headers (AH, ESP) end the walk and count as the protocol.

use super::take;

/// Protocol number of TCP.
pub const TCP: u8 = 6;
/// Protocol number of UDP.
pub const UDP: u8 = 17;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
/// Extension headers that are walked before a packet is taken for hostile.
const MAX_EXTENSION_HEADERS: usize = 8;

/// IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// An address, borrowed from a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address<'a> {
    /// IPv4.
    V4(&'a [u8; 4]),
    /// IPv6.
    V6(&'a [u8; 16]),
}

impl<'a> Address<'a> {
    /// The 4 or 16 bytes as they stand in the packet.
    pub fn octets(self) -> &'a [u8] {
        match self {
            Self::V4(octets) => octets,
            Self::V6(octets) => octets,
        }
    }
}

/// Whether a packet is part of a fragmented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// A whole packet.
    Whole,
    /// The first fragment: the transport header is there, its payload is not complete.
    First,
    /// A later fragment: no transport header.
    Later,
}

/// Explicit congestion notification field (RFC 3168 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ecn {
    /// Not ECN-capable.
    NotEct,
    /// ECN-capable, codepoint 1.
    Ect1,
    /// ECN-capable, codepoint 0.
    Ect0,
    /// Congestion experienced.
    Ce,
}

/// Why bytes are not an IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The first nibble is neither 4 nor 6, or there are no bytes.
    Version,
    /// Shorter than its headers.
    Header,
    /// The header's length field is larger than the buffer, or smaller than the header.
    Length,
}

/// A view of an IP packet. Bytes behind the length that its header gives (padding) are not part of it.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    version: Version,
    source: Address<'a>,
    destination: Address<'a>,
    header_len: usize,
    protocol: u8,
    fragment: Fragment,
    traffic_class: u8,
    hop_limit: u8,
}

impl<'a> Packet<'a> {
    /// Checks the headers and lengths of the packet at the start of `bytes`.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        match bytes.first().map(|byte| byte >> 4) {
            Some(4) => Self::parse_v4(bytes, None),
            Some(6) => Self::parse_v6(bytes, None),
            _ => Err(ParseError::Version),
        }
    }

    /// As [`Packet::parse`] for a super-packet whose headers lie in `bytes` and which is `total_len` bytes long in
    /// all: its length field is not read (large send offload leaves it undefined).
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse_headers(bytes: &'a [u8], total_len: usize) -> Result<Self, ParseError> {
        match bytes.first().map(|byte| byte >> 4) {
            Some(4) => Self::parse_v4(bytes, Some(total_len)),
            Some(6) => Self::parse_v6(bytes, Some(total_len)),
            _ => Err(ParseError::Version),
        }
    }

    fn parse_v4(bytes: &'a [u8], total_len: Option<usize>) -> Result<Self, ParseError> {
        let fixed = bytes.first_chunk::<20>().ok_or(ParseError::Header)?;
        let [
            vihl,
            traffic_class,
            l0,
            l1,
            _,
            _,
            f0,
            f1,
            hop_limit,
            protocol,
            _,
            _,
            addresses @ ..,
        ] = fixed;
        let header_len = usize::from(vihl & 0x0f).saturating_mul(4);
        if header_len < 20 || header_len > bytes.len() {
            return Err(ParseError::Header);
        }
        let length = total_len.unwrap_or_else(|| usize::from(u16::from_be_bytes([*l0, *l1])));
        if length < header_len || (total_len.is_none() && length > bytes.len()) {
            return Err(ParseError::Length);
        }
        let flags = u16::from_be_bytes([*f0, *f1]);
        let (source, destination) = addresses.split_first_chunk::<4>().ok_or(ParseError::Header)?;
        let destination = destination.first_chunk::<4>().ok_or(ParseError::Header)?;
        Ok(Self {
            bytes: bytes.get(..length).unwrap_or(bytes),
            version: Version::V4,
            source: Address::V4(source),
            destination: Address::V4(destination),
            header_len,
            protocol: *protocol,
            fragment: fragment(flags & 0x1fff, flags & 0x2000 != 0),
            traffic_class: *traffic_class,
            hop_limit: *hop_limit,
        })
    }

    fn parse_v6(bytes: &'a [u8], total_len: Option<usize>) -> Result<Self, ParseError> {
        let fixed = bytes.first_chunk::<40>().ok_or(ParseError::Header)?;
        let [v0, v1, _, _, l0, l1, next_header, hop_limit, addresses @ ..] = fixed;
        let length =
            total_len.unwrap_or_else(|| usize::from(u16::from_be_bytes([*l0, *l1])).saturating_add(40));
        if length < 40 || (total_len.is_none() && length > bytes.len()) {
            return Err(ParseError::Length);
        }
        let (source, destination) = addresses.split_first_chunk::<16>().ok_or(ParseError::Header)?;
        let destination = destination.first_chunk::<16>().ok_or(ParseError::Header)?;
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let (header_len, protocol, fragment) = walk_extension_headers(bytes, *next_header)?;
        Ok(Self {
            bytes,
            version: Version::V6,
            source: Address::V6(source),
            destination: Address::V6(destination),
            header_len,
            protocol,
            fragment,
            traffic_class: (v0 << 4) | (v1 >> 4),
            hop_limit: *hop_limit,
        })
    }

    /// IP version.
    #[inline]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Length of the IP header with its options or walked extension headers: where the transport header starts.
    #[inline]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// Length of the packet in bytes, header included.
    #[inline]
    pub fn total_len(&self) -> usize {
        self.bytes.len()
    }

    /// The packet without padding.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Transport protocol (behind IPv6 extension headers).
    #[inline]
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// Whether this is a fragment.
    #[inline]
    pub fn fragment(&self) -> Fragment {
        self.fragment
    }

    /// Source address.
    #[inline]
    pub fn source(&self) -> Address<'a> {
        self.source
    }

    /// Destination address.
    #[inline]
    pub fn destination(&self) -> Address<'a> {
        self.destination
    }

    /// Traffic class byte (IPv4: type of service): DSCP and ECN.
    #[inline]
    pub fn traffic_class(&self) -> u8 {
        self.traffic_class
    }

    /// ECN field of the traffic class.
    #[inline]
    pub fn ecn(&self) -> Ecn {
        match self.traffic_class & 3 {
            0 => Ecn::NotEct,
            1 => Ecn::Ect1,
            2 => Ecn::Ect0,
            _ => Ecn::Ce,
        }
    }

    /// Hop limit (IPv4: time to live).
    #[inline]
    pub fn hop_limit(&self) -> u8 {
        self.hop_limit
    }

    /// What follows the IP header and its walked extension headers.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }

    /// The TCP header of a packet that is TCP and not a later fragment.
    #[inline]
    pub fn tcp(&self) -> Option<Tcp<'a>> {
        if self.protocol != TCP || self.fragment == Fragment::Later {
            return None;
        }
        Tcp::parse(self.payload())
    }

    /// The UDP header of a packet that is UDP and not a later fragment.
    #[inline]
    pub fn udp(&self) -> Option<Udp<'a>> {
        if self.protocol != UDP || self.fragment == Fragment::Later {
            return None;
        }
        Udp::parse(self.payload())
    }
}

fn fragment(offset: u16, more: bool) -> Fragment {
    match (offset, more) {
        (0, false) => Fragment::Whole,
        (0, true) => Fragment::First,
        _ => Fragment::Later,
    }
}

/// Where the transport header starts, its protocol, and the fragment state.
fn walk_extension_headers(bytes: &[u8], mut next_header: u8) -> Result<(usize, u8, Fragment), ParseError> {
    let mut at = 40usize;
    let mut state = Fragment::Whole;
    for _ in 0..MAX_EXTENSION_HEADERS {
        let len = match next_header {
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS => {
                let [_, units] = take(bytes, at).ok_or(ParseError::Header)?;
                usize::from(units).saturating_add(1).saturating_mul(8)
            }
            FRAGMENT => {
                let [f0, f1] = take(bytes, at.saturating_add(2)).ok_or(ParseError::Header)?;
                let field = u16::from_be_bytes([f0, f1]);
                state = fragment(field >> 3, field & 1 != 0);
                8
            }
            _ => return Ok((at, next_header, state)),
        };
        let [following] = take(bytes, at).ok_or(ParseError::Header)?;
        at = at.saturating_add(len);
        if at > bytes.len() {
            return Err(ParseError::Header);
        }
        next_header = following;
        if state == Fragment::Later {
            return Ok((at, next_header, state));
        }
    }
    Err(ParseError::Header)
}

/// TCP flag bits as they stand in byte 13 of the header.
pub mod tcp_flags {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgment field counts.
    pub const ACK: u8 = 0x10;
    /// The urgent pointer counts.
    pub const URG: u8 = 0x20;
    /// ECN echo.
    pub const ECE: u8 = 0x40;
    /// Congestion window reduced.
    pub const CWR: u8 = 0x80;
}

/// A view of a TCP header and what follows it.
#[derive(Clone, Copy, Debug)]
pub struct Tcp<'a> {
    fixed: &'a [u8; 20],
    header_len: usize,
    bytes: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// A header at the start of `bytes`; `None` if it is cut off or its data offset makes no sense.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let fixed = bytes.first_chunk::<20>()?;
        let header_len = usize::from(fixed[12] >> 4).saturating_mul(4);
        (header_len >= 20 && header_len <= bytes.len()).then_some(Self {
            fixed,
            header_len,
            bytes,
        })
    }

    /// Source and destination port.
    #[inline]
    pub fn ports(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = *self.fixed;
        [a, b, c, d]
    }

    /// Sequence number of the first payload byte.
    #[inline]
    pub fn sequence(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Acknowledgment number.
    #[inline]
    pub fn acknowledgment(&self) -> u32 {
        let [_, _, _, _, _, _, _, _, a, b, c, d, ..] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Flags, see [`tcp_flags`].
    #[inline]
    pub fn flags(&self) -> u8 {
        self.fixed[13]
    }

    /// Receive window, not scaled.
    #[inline]
    pub fn window(&self) -> u16 {
        u16::from_be_bytes([self.fixed[14], self.fixed[15]])
    }

    /// Header length with options, in bytes: 20 to 60.
    #[inline]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// The options, padding included.
    #[inline]
    pub fn options(&self) -> &'a [u8] {
        self.bytes.get(20..self.header_len).unwrap_or_default()
    }

    /// What follows the header.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }
}

/// A view of a UDP header and what follows it.
#[derive(Clone, Copy, Debug)]
pub struct Udp<'a> {
    fixed: &'a [u8; 8],
    payload: &'a [u8],
}

impl<'a> Udp<'a> {
    /// Length of the header in bytes.
    pub const HEADER_LEN: usize = 8;

    /// A header at the start of `bytes`; `None` if it is cut off. The length field is not checked.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (fixed, payload) = bytes.split_first_chunk::<8>()?;
        Some(Self { fixed, payload })
    }

    /// Source and destination port.
    #[inline]
    pub fn ports(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = *self.fixed;
        [a, b, c, d]
    }

    /// The length field: header and payload in bytes.
    #[inline]
    pub fn length(&self) -> u16 {
        u16::from_be_bytes([self.fixed[4], self.fixed[5]])
    }

    /// Whether the sender left the checksum out.
    #[inline]
    pub fn has_no_checksum(&self) -> bool {
        self.fixed[6] == 0 && self.fixed[7] == 0
    }

    /// What follows the header in the buffer.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]
mod tests {
    use super::*;
    use std::vec::Vec;

    const V4_TCP: [u8; 40] = [
        0x45, 0x02, 0, 40, 0x0d, 0x7b, 0x40, 0, 64, 6, 0, 0, 10, 99, 0, 2, 10, 99, 0, 1, // IPv4, ECT(0)
        0x8c, 0xbc, 0x1f, 0x41, 0xe2, 0xed, 0x8a, 0xe4, 1, 2, 3, 4, 0x50, 0x18, 0xfa, 0xf0, 0, 0, 0, 0,
    ];

    fn v6(next_header: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = std::vec![0x6a, 0xb2, 0xe5, 0x4d, 0, payload.len() as u8, next_header, 63];
        packet.extend([0xfd; 16]);
        packet.extend([0x11; 16]);
        packet.extend(payload);
        packet
    }

    #[test]
    fn an_ipv4_packet_shows_its_fields() {
        let packet = Packet::parse(&V4_TCP).unwrap();
        assert_eq!(
            (packet.version(), packet.header_len(), packet.total_len()),
            (Version::V4, 20, 40)
        );
        assert_eq!(
            (packet.protocol(), packet.fragment(), packet.ecn()),
            (TCP, Fragment::Whole, Ecn::Ect0)
        );
        assert_eq!((packet.traffic_class(), packet.hop_limit()), (2, 64));
        assert_eq!(packet.source(), Address::V4(&[10, 99, 0, 2]));
        assert_eq!(packet.destination(), Address::V4(&[10, 99, 0, 1]));
        let tcp = packet.tcp().unwrap();
        assert_eq!(tcp.ports(), [0x8c, 0xbc, 0x1f, 0x41]);
        assert_eq!((tcp.sequence(), tcp.acknowledgment()), (0xe2ed_8ae4, 0x0102_0304));
        assert_eq!((tcp.flags(), tcp.window(), tcp.header_len()), (0x18, 0xfaf0, 20));
        assert_eq!((tcp.options(), tcp.payload()), (&[][..], &[][..]));
        assert!(packet.udp().is_none());
    }

    #[test]
    fn padding_is_not_part_of_the_packet() {
        let mut padded = V4_TCP.to_vec();
        padded.extend([0; 6]);
        assert_eq!(Packet::parse(&padded).unwrap().bytes(), V4_TCP);
        let mut padded = v6(59, &[1, 2, 3]);
        padded.push(0);
        assert_eq!(Packet::parse(&padded).unwrap().payload(), [1, 2, 3]);
    }

    #[test]
    fn an_ipv6_packet_shows_its_fields() {
        let udp = [0x14, 0xe9, 0x00, 0x35, 0, 10, 0, 0, 0xab, 0xcd];
        let bytes = v6(UDP, &udp);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(
            (packet.version(), packet.header_len(), packet.total_len()),
            (Version::V6, 40, 50)
        );
        assert_eq!(
            (packet.traffic_class(), packet.ecn(), packet.hop_limit()),
            (0xab, Ecn::Ce, 63)
        );
        assert_eq!(packet.source(), Address::V6(&[0xfd; 16]));
        let udp = packet.udp().unwrap();
        assert_eq!((udp.ports(), udp.length()), ([0x14, 0xe9, 0, 0x35], 10));
        assert!(udp.has_no_checksum());
        assert_eq!(udp.payload(), [0xab, 0xcd]);
    }

    #[test]
    fn extension_headers_are_walked() {
        let tcp = &V4_TCP[20..];
        let hop_by_hop = |next| [next, 0, 5, 2, 0, 0, 1, 0];
        let fragment = |next, field: u16| {
            let [high, low] = field.to_be_bytes();
            [next, 0, high, low, 0, 0, 0, 1]
        };
        let join = |parts: &[&[u8]]| parts.concat();
        for (what, first, payload, want) in [
            (
                "hop-by-hop",
                HOP_BY_HOP,
                join(&[&hop_by_hop(TCP), tcp]),
                (48, TCP, Fragment::Whole),
            ),
            (
                "two headers",
                HOP_BY_HOP,
                join(&[&hop_by_hop(DESTINATION_OPTIONS), &hop_by_hop(TCP), tcp]),
                (56, TCP, Fragment::Whole),
            ),
            (
                "first fragment",
                FRAGMENT,
                join(&[&fragment(TCP, 1), tcp]),
                (48, TCP, Fragment::First),
            ),
            (
                "atomic fragment",
                FRAGMENT,
                join(&[&fragment(TCP, 0), tcp]),
                (48, TCP, Fragment::Whole),
            ),
            (
                "later fragment",
                FRAGMENT,
                join(&[&fragment(HOP_BY_HOP, 8), &[0xff; 9]]),
                (48, HOP_BY_HOP, Fragment::Later),
            ),
            ("ESP", 50, join(&[&[1; 16]]), (40, 50, Fragment::Whole)),
        ] {
            let bytes = v6(first, &payload);
            let packet = Packet::parse(&bytes).unwrap();
            assert_eq!(
                (packet.header_len(), packet.protocol(), packet.fragment()),
                want,
                "{what}"
            );
        }
        let endless = v6(HOP_BY_HOP, &hop_by_hop(HOP_BY_HOP).repeat(10));
        assert_eq!(Packet::parse(&endless).unwrap_err(), ParseError::Header);
        assert_eq!(
            Packet::parse(&v6(HOP_BY_HOP, &[TCP, 9, 0, 0])).unwrap_err(),
            ParseError::Header
        );
    }

    #[test]
    fn ipv4_fragments_are_told_apart() {
        for (field, want, has_tcp) in [
            ([0x40, 0x00], Fragment::Whole, true),
            ([0x20, 0x00], Fragment::First, true),
            ([0x20, 0xb9], Fragment::Later, false),
            ([0x00, 0xb9], Fragment::Later, false),
        ] {
            let mut bytes = V4_TCP;
            bytes[6..8].copy_from_slice(&field);
            let packet = Packet::parse(&bytes).unwrap();
            assert_eq!((packet.fragment(), packet.tcp().is_some()), (want, has_tcp));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let with = |at: usize, value: u8| {
            let mut bytes = V4_TCP.to_vec();
            bytes[at] = value;
            bytes
        };
        for (what, bytes, want) in [
            ("nothing", Vec::new(), ParseError::Version),
            ("version 5", with(0, 0x55), ParseError::Version),
            ("19 bytes", V4_TCP[..19].to_vec(), ParseError::Header),
            ("header of 16 bytes", with(0, 0x44), ParseError::Header),
            ("header past the end", with(0, 0x4f), ParseError::Header),
            ("longer than the buffer", with(3, 41), ParseError::Length),
            ("shorter than its header", with(3, 19), ParseError::Length),
            (
                "39 bytes of IPv6",
                v6(TCP, &[])[..39].to_vec(),
                ParseError::Header,
            ),
            (
                "IPv6 longer than the buffer",
                v6(TCP, &[0; 20])[..59].to_vec(),
                ParseError::Length,
            ),
        ] {
            assert_eq!(Packet::parse(&bytes).unwrap_err(), want, "{what}");
        }
        for (what, at, value) in [
            ("data offset 4", 32, 0x40),
            ("data offset past the end", 32, 0x60),
        ] {
            assert!(Packet::parse(&with(at, value)).unwrap().tcp().is_none(), "{what}");
        }
    }

    #[test]
    fn the_length_field_of_a_super_packet_is_not_read() {
        let mut bytes = V4_TCP;
        bytes[2..4].copy_from_slice(&[0, 0]);
        assert_eq!(Packet::parse(&bytes).unwrap_err(), ParseError::Length);
        assert!(Packet::parse_headers(&bytes, 40_000).unwrap().tcp().is_some());
    }
}
