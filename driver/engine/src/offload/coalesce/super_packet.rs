//! Which packets may become one: the rules of coalescing, without any buffer.
//!
//! They are those of Linux GRO (`tcp_gro_receive`, `udp_gro_receive`, `inet_gro_receive`), which lie inside what
//! Windows allows for RSC and URO. A packet takes part if
//!
//! - it is IPv4 without options or IPv6 without extension headers, not a fragment, without padding behind it,
//! - it is TCP with payload and of the flags only ACK (always), PSH, FIN, ECE, CWR; or UDP with payload and checksum,
//! - its checksums (IPv4 header, transport) are right.
//!
//! It continues a super-packet if
//!
//! - all header bytes are equal, except identification, lengths, checksums, sequence number, PSH and FIN; so
//!   addresses, ports, traffic class with ECN, flow label, hop limit, DF, acknowledgment, window, ECE and options
//!   (timestamps too) are,
//! - it doesn't have CWR (it may be on the first),
//! - its sequence number is the next one,
//! - its IPv4 identification follows the one before by one, or both have DF, when it means nothing (RFC 6864),
//! - it is not longer than the first, and none before it was shorter or had PSH or FIN,
//! - the limits hold: number of segments, 65535 bytes in all.

use super::super::{
    GsoKind,
    checksum::Sum,
    fill,
    ip::{self, Fragment, Packet, Version, tcp_flags},
    put,
    segment::next_ipv4_id,
    take, vnet,
};
use super::{Options, TransportChecksum};

/// Longest headers of a packet that can be merged: IPv6 and TCP with all options.
pub const MAX_HEADERS: usize = 100;

/// A packet that may be merged with others; its checksums are right.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    kind: GsoKind,
    ip_header_len: usize,
    header_len: usize,
    payload_len: usize,
    ipv4_id: u16,
    sequence: u32,
    flags: u8,
    payload: Sum,
}

impl Segment {
    /// Looks at a packet and verifies its checksums. `None`: it has to stay alone.
    #[inline]
    pub fn parse(packet: &[u8], options: &Options) -> Option<Self> {
        let (kind, ip_header_len) = match *packet.first()? {
            0x45 => (kind_v4(packet)?, 20),
            first if first >> 4 == 6 => (kind_v6(packet)?, 40),
            _ => return None,
        };
        let transport = packet.get(ip_header_len..)?;
        let (transport_header_len, sequence, flags) = match kind {
            GsoKind::Tcp4 | GsoKind::Tcp6 if options.tcp => tcp_fields(transport)?,
            GsoKind::Udp4 | GsoKind::Udp6 if options.udp => (udp_header_len(transport)?, 0, 0),
            _ => return None,
        };
        let (header, payload) = transport.split_at_checked(transport_header_len)?;
        if payload.is_empty() {
            return None;
        }
        let payload_sum = Sum::of(payload);
        let sum = flow_sum(packet, kind, transport.len())?
            .plus(Sum::of(header))
            .plus(payload_sum);
        sum.verifies().then_some(Self {
            kind,
            ip_header_len,
            header_len: ip_header_len.checked_add(transport_header_len)?,
            payload_len: payload.len(),
            ipv4_id: take(packet, 4).map_or(0, u16::from_be_bytes),
            sequence,
            flags,
            payload: payload_sum,
        })
    }

    /// Length of all headers, where the payload starts.
    #[inline]
    pub fn header_len(&self) -> usize {
        self.header_len
    }

    /// Length of the transport payload.
    #[inline]
    pub fn payload_len(&self) -> usize {
        self.payload_len
    }
}

fn kind_v4(packet: &[u8]) -> Option<GsoKind> {
    let header = packet.first_chunk::<20>()?;
    let total_len = u16::from_be_bytes([header[2], header[3]]);
    let fragment = u16::from_be_bytes([header[6], header[7]]) & 0x3fff;
    let whole = usize::from(total_len) == packet.len() && fragment == 0;
    if !whole || !Sum::of(header).verifies() {
        return None;
    }
    GsoKind::of(Version::V4, header[9])
}

fn kind_v6(packet: &[u8]) -> Option<GsoKind> {
    let header = packet.first_chunk::<40>()?;
    let payload_len = u16::from_be_bytes([header[4], header[5]]);
    if usize::from(payload_len).checked_add(40)? != packet.len() {
        return None;
    }
    GsoKind::of(Version::V6, header[6])
}

/// Header length, sequence number and flags of a segment with nothing unusual about it.
fn tcp_fields(transport: &[u8]) -> Option<(usize, u32, u8)> {
    const USUAL: u8 = tcp_flags::ACK | tcp_flags::PSH | tcp_flags::FIN | tcp_flags::ECE | tcp_flags::CWR;
    let header = transport.first_chunk::<20>()?;
    let header_len = usize::from(header[12] >> 4).checked_mul(4)?;
    let flags = header[13];
    if header_len < 20 || flags & !USUAL != 0 || flags & tcp_flags::ACK == 0 {
        return None;
    }
    Some((header_len, take(transport, 4).map(u32::from_be_bytes)?, flags))
}

fn udp_header_len(transport: &[u8]) -> Option<usize> {
    let header = transport.first_chunk::<8>()?;
    let length = u16::from_be_bytes([header[4], header[5]]);
    let has_checksum = header[6] != 0 || header[7] != 0;
    (has_checksum && usize::from(length) == transport.len()).then_some(8)
}

/// Pseudo header of a packet whose IP header has its shortest form.
#[inline]
fn flow_sum(packet: &[u8], kind: GsoKind, transport_len: usize) -> Option<Sum> {
    let addresses = match kind.version() {
        Version::V4 => packet.get(12..20)?,
        Version::V6 => packet.get(8..40)?,
    };
    Some(
        Sum::of(addresses)
            .plus(Sum::word(u16::from(kind.protocol())))
            .plus(Sum::long(u32::try_from(transport_len).ok()?)),
    )
}

/// Whether a packet continues a super-packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It does: [`SuperPacket::append`].
    Next,
    /// It belongs to the same flow and doesn't fit: the super-packet must leave first.
    Breaks,
    /// It belongs to another flow.
    Unrelated,
}

/// A super-packet being gathered: everything about it but its payload, which stays where the caller has it.
#[derive(Clone)]
pub struct SuperPacket {
    /// Headers of the first segment.
    headers: [u8; MAX_HEADERS],
    first: Segment,
    segments: u16,
    payload_len: usize,
    payload: Sum,
    ipv4_id: u16,
    /// All flags seen.
    flags: u8,
    complete: bool,
}

impl SuperPacket {
    /// Starts with `packet`, which `segment` was parsed from.
    #[inline]
    pub fn start(segment: &Segment, packet: &[u8], options: &Options) -> Option<Self> {
        let mut headers = [0; MAX_HEADERS];
        fill(
            headers.get_mut(..segment.header_len)?,
            packet.get(..segment.header_len)?,
        )?;
        Some(Self {
            headers,
            first: *segment,
            segments: 1,
            payload_len: segment.payload_len,
            payload: segment.payload,
            ipv4_id: segment.ipv4_id,
            flags: segment.flags,
            complete: ends(segment) || options.max_segments <= 1,
        })
    }

    /// Whether `packet`, which `segment` was parsed from, comes next.
    #[inline]
    pub fn fit(&self, segment: &Segment, packet: &[u8], options: &Options) -> Fit {
        if self.headers_match(segment, packet) && self.is_next(segment, options) {
            Fit::Next
        } else if self.relates_to(packet) {
            Fit::Breaks
        } else {
            Fit::Unrelated
        }
    }

    /// Takes a segment in for which [`SuperPacket::fit`] said [`Fit::Next`].
    #[inline]
    pub fn append(&mut self, segment: &Segment, options: &Options) {
        self.payload = self.payload.plus_at(segment.payload, self.payload_len);
        self.payload_len = self.payload_len.saturating_add(segment.payload_len);
        self.segments = self.segments.saturating_add(1);
        self.ipv4_id = segment.ipv4_id;
        self.flags |= segment.flags;
        self.complete = ends(segment)
            || segment.payload_len < self.first.payload_len
            || self.segments >= options.max_segments
            || self.total_len().saturating_add(self.first.payload_len) > MAX_LEN;
    }

    /// Whether nothing can follow, so that it should leave now.
    #[inline]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Length of the headers.
    #[inline]
    pub fn header_len(&self) -> usize {
        self.first.header_len
    }

    /// Length in bytes: headers once, and the payload of all segments.
    #[inline]
    pub fn total_len(&self) -> usize {
        self.first.header_len.saturating_add(self.payload_len)
    }

    /// Number of segments.
    #[inline]
    pub fn segments(&self) -> u16 {
        self.segments
    }

    /// Whether `packet`, mergeable or not, must not overtake this super-packet: it belongs to the same flow, or it
    /// is a fragment between the same hosts, which may belong to it, or it makes no sense.
    pub fn relates_to(&self, packet: &[u8]) -> bool {
        let (hosts, ports) = match self.first.kind.version() {
            Version::V4 => (12..20, 20..24),
            Version::V6 => (8..40, 40..44),
        };
        let Ok(ip) = Packet::parse(packet) else {
            return true;
        };
        if ip.version() != self.first.kind.version() || packet.get(hosts.clone()) != self.headers.get(hosts) {
            return false;
        }
        match ip.fragment() {
            Fragment::Whole => {
                ip.protocol() == self.first.kind.protocol()
                    && ip.payload().get(..4) == self.headers.get(ports)
            }
            Fragment::First | Fragment::Later => true,
        }
    }

    /// Writes what changes in the headers of the first segment, which lie at the start of `headers` and become
    /// those of the super-packet, and describes the result. A single segment stays as it is.
    ///
    /// `None`, if `headers` is shorter than [`SuperPacket::header_len`].
    pub fn finish(&self, headers: &mut [u8], style: TransportChecksum) -> Option<vnet::Header> {
        if self.segments == 1 {
            return Some(vnet::Header {
                checksum: vnet::Checksum::Valid,
                gso: None,
                header_len: 0,
            });
        }
        let kind = self.first.kind;
        let headers = headers.get_mut(..self.first.header_len)?;
        let (ip_header, transport) = headers.split_at_mut_checked(self.first.ip_header_len)?;
        let transport_len = transport.len().checked_add(self.payload_len)?;
        let total_len = u16::try_from(ip_header.len().checked_add(transport_len)?).ok()?;
        match kind.version() {
            Version::V4 => {
                put(ip_header, 2, total_len.to_be_bytes())?;
                put(ip_header, 10, [0; 2])?;
                let sum = Sum::of(ip_header);
                put(ip_header, 10, sum.checksum())?;
            }
            Version::V6 => put(ip_header, 4, total_len.checked_sub(40)?.to_be_bytes())?,
        }
        match kind {
            GsoKind::Tcp4 | GsoKind::Tcp6 => put(transport, 13, [self.flags])?,
            GsoKind::Udp4 | GsoKind::Udp6 => {
                put(transport, 4, u16::try_from(transport_len).ok()?.to_be_bytes())?;
            }
        }
        let pseudo = flow_sum(&self.headers, kind, transport_len)?;
        let field = usize::from(kind.checksum_offset());
        let checksum = match style {
            TransportChecksum::Partial => {
                put(transport, field, pseudo.partial())?;
                vnet::Checksum::Partial(vnet::PartialChecksum {
                    start: u16::try_from(self.first.ip_header_len).ok()?,
                    offset: kind.checksum_offset(),
                })
            }
            TransportChecksum::Complete => {
                put(transport, field, [0; 2])?;
                let sum = pseudo.plus(Sum::of(transport)).plus(self.payload);
                let is_tcp = kind.protocol() == ip::TCP;
                put(
                    transport,
                    field,
                    if is_tcp {
                        sum.checksum()
                    } else {
                        sum.checksum_nonzero()
                    },
                )?;
                vnet::Checksum::Valid
            }
        };
        Some(vnet::Header {
            checksum,
            gso: Some(vnet::Gso {
                kind,
                size: u16::try_from(self.first.payload_len).ok()?,
                ecn: self.flags & tcp_flags::CWR != 0,
            }),
            header_len: u16::try_from(self.first.header_len).ok()?,
        })
    }

    /// The header bytes that must be equal are.
    #[inline]
    fn headers_match(&self, segment: &Segment, packet: &[u8]) -> bool {
        let len = self.first.header_len;
        let (Some(ours), Some(theirs)) = (self.headers.get(..len), packet.get(..len)) else {
            return false;
        };
        let mask = match self.first.kind {
            GsoKind::Tcp4 => &TCP4_MASK,
            GsoKind::Tcp6 => &TCP6_MASK,
            GsoKind::Udp4 => &UDP4_MASK,
            GsoKind::Udp6 => &UDP6_MASK,
        };
        let (ours, _) = ours.as_chunks::<4>();
        let (theirs, _) = theirs.as_chunks::<4>();
        let (mask, _) = mask.as_chunks::<4>();
        let mut difference = 0;
        for ((ours, theirs), mask) in ours.iter().zip(theirs).zip(mask) {
            difference |=
                (u32::from_ne_bytes(*ours) ^ u32::from_ne_bytes(*theirs)) & u32::from_ne_bytes(*mask);
        }
        segment.kind == self.first.kind && segment.header_len == len && difference == 0
    }

    /// Everything but the equality of headers.
    #[inline]
    fn is_next(&self, segment: &Segment, options: &Options) -> bool {
        let is_tcp = matches!(self.first.kind, GsoKind::Tcp4 | GsoKind::Tcp6);
        let in_order = !is_tcp || {
            // At most 65535, see `MAX_LEN`.
            let gathered = u32::try_from(self.payload_len).unwrap_or(u32::MAX);
            segment.sequence == self.first.sequence.wrapping_add(gathered)
        };
        !self.complete
            && self.segments < options.max_segments
            && segment.payload_len <= self.first.payload_len
            && self.total_len().saturating_add(segment.payload_len) <= MAX_LEN
            && in_order
            && segment.flags & tcp_flags::CWR == 0
            && self.identification_fits(segment)
    }

    #[inline]
    fn identification_fits(&self, segment: &Segment) -> bool {
        let [.., flags, _] = *self.headers.first_chunk::<8>().unwrap_or(&[0; 8]);
        let dont_fragment = flags & 0x40 != 0;
        self.first.kind.version() == Version::V6
            || dont_fragment
            || segment.ipv4_id == self.ipv4_id.wrapping_add(1)
            || segment.ipv4_id == next_ipv4_id(self.ipv4_id)
    }
}

/// Longest super-packet: what an IPv4 length field holds; IPv6 is kept to the same.
const MAX_LEN: usize = 65535;

/// Whether a segment is the last of its train for what its flags say.
#[inline]
fn ends(segment: &Segment) -> bool {
    segment.flags & (tcp_flags::PSH | tcp_flags::FIN) != 0
}

const TCP4_MASK: [u8; MAX_HEADERS] = mask(20, &IPV4_VARIES, &TCP_VARIES);
const TCP6_MASK: [u8; MAX_HEADERS] = mask(40, &IPV6_VARIES, &TCP_VARIES);
const UDP4_MASK: [u8; MAX_HEADERS] = mask(20, &IPV4_VARIES, &UDP_VARIES);
const UDP6_MASK: [u8; MAX_HEADERS] = mask(40, &IPV6_VARIES, &UDP_VARIES);

/// Total length, identification, header checksum.
const IPV4_VARIES: [usize; 6] = [2, 3, 4, 5, 10, 11];
/// Payload length.
const IPV6_VARIES: [usize; 2] = [4, 5];
/// Sequence number, checksum.
const TCP_VARIES: [usize; 6] = [4, 5, 6, 7, 16, 17];
/// Length, checksum.
const UDP_VARIES: [usize; 4] = [4, 5, 6, 7];

/// Ones where headers must be equal. Of the TCP flags, those of [`tcp_flags`] that may differ are left out.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler only"
)]
const fn mask<const I: usize, const T: usize>(
    ip_header_len: usize,
    ip: &[usize; I],
    transport: &[usize; T],
) -> [u8; MAX_HEADERS] {
    let mut mask = [0xff; MAX_HEADERS];
    let mut i = 0;
    while i < I {
        mask[ip[i]] = 0;
        i += 1;
    }
    let mut i = 0;
    while i < T {
        mask[ip_header_len + transport[i]] = 0;
        i += 1;
    }
    // In UDP this byte lies behind the header and isn't compared.
    mask[ip_header_len + 13] = !(tcp_flags::CWR | tcp_flags::FIN | tcp_flags::PSH);
    mask
}
