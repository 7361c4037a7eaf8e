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
