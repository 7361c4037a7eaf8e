//! Segmentation: one super-packet from the stack becomes the plaintexts of several sealed datagrams.
//!
//! Header fields follow what large send offload promises (NDIS "Offloading the segmentation of large TCP packets",
//! Linux `tcp_gso_segment` and `__udp_gso_segment`):
//!
//! | field | segment i of n |
//! |---|---|
//! | IPv4 total length, IPv6 payload length, UDP length | of the segment |
//! | IPv4 identification | the super-packet's plus i, modulo 2^15 within its half of the range |
//! | IPv4 header checksum | computed |
//! | TCP sequence number | plus i times the segment size |
//! | FIN, PSH | only the last |
//! | CWR | only the first |
//! | TCP, UDP checksum | computed over the segment, payload summed while it is copied |
//! | everything else (DSCP, ECN, hop limit, options, ACK, window ...) | the super-packet's |
//!
//! The identification stays within its half because LSO reserves 0x8000 and up for others; elsewhere that is as good
//! as any other choice (RFC 6864).

use super::{
    GsoKind,
    checksum::{Sum, copy_and_sum, pseudo_header},
    fill,
    ip::{self, Fragment, Packet, ParseError, Version, tcp_flags},
    put, take,
    vnet::{self, PartialChecksum},
};

/// Longest headers (IP with options or extension headers, and transport) that a super-packet may have, in bytes.
pub const MAX_HEADERS: usize = 192;

/// What the stack asks to be done with a packet before it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `Some`: a super-packet of this kind, with this many payload bytes per segment (not 0).
    pub gso: Option<(GsoKind, u16)>,
    /// `Some`: complete this partial checksum. Not looked at in super-packets, whose checksums are all computed.
    pub checksum: Option<PartialChecksum>,
}

impl Request {
    /// A packet that leaves as it is.
    pub const NONE: Self = Self {
        gso: None,
        checksum: None,
    };

    /// Whether the packet leaves as it is: it may be sealed straight from where it lies.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.gso.is_none() && self.checksum.is_none()
    }
}

impl From<vnet::Header> for Request {
    fn from(header: vnet::Header) -> Self {
        Self {
            gso: header.gso.map(|gso| (gso.kind, gso.size)),
            checksum: match header.checksum {
                vnet::Checksum::Partial(partial) => Some(partial),
                vnet::Checksum::Unknown | vnet::Checksum::Valid => None,
            },
        }
    }
}

/// Why a packet can't be segmented or completed as asked. The packet is to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// Not an IP packet, or its headers are not all in the first slice.
    Ip(ParseError),
    /// The packet is not of the kind that the request says.
    Kind,
    /// A super-packet that is a fragment.
    Fragment,
    /// The transport header is cut off or makes no sense.
    Transport,
    /// A super-packet with SYN, RST or URG.
    Flags,
    /// Headers longer than [`MAX_HEADERS`], or a segment longer than an IP packet can be.
    Length,
    /// A segment size of zero.
    Size,
    /// The partial checksum's place is outside the packet.
    ChecksumPlace,
}

/// Iterates over the segments of a packet, the only one of a plain packet included.
///
/// ```
/// # use ovpn_dco_engine::offload::segment::{Request, Segmenter};
/// # let packet = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
/// let slices = [&packet[..]];
/// let mut segments = Segmenter::new(&slices, Request::NONE).unwrap();
/// let mut datagrams = [0u8; 2048];
/// let mut used = 0;
/// while let Some(len) = segments.next_len() {
///     let plaintext = &mut datagrams[used + 24..used + 24 + len];
///     segments.write_next(plaintext).unwrap();
///     // ... seal in place, put header, packet id and tag into the 24 bytes in front ...
///     used += 24 + len;
/// }
/// ```
///
/// A clone starts where the original stands: keep one to go back to when the output is full.
#[derive(Clone)]
pub struct Segmenter<'a> {
    source: Gather<'a>,
    /// Bytes of `source` not yet written: all of a plain packet, the payload of a super-packet.
    left: usize,
    finished: bool,
    plan: Plan,
}

#[derive(Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "lives on the stack, and there is no heap to box it on"
)]
enum Plan {
    Copy,
    Complete { start: usize, field: usize },
    Split(Template),
}

impl<'a> Segmenter<'a> {
    /// Checks `request` against the packet that the slices of `packet` make up, in order. All headers must lie in
    /// the first slice; empty slices are fine elsewhere. A plain packet without partial checksum isn't looked at.
    ///
    /// # Errors
    /// See [`SegmentError`].
    pub fn new(packet: &'a [&'a [u8]], request: Request) -> Result<Self, SegmentError> {
        let total = packet
            .iter()
            .fold(0usize, |sum, slice| sum.saturating_add(slice.len()));
        let mut source = Gather {
            head: &[],
            rest: packet,
        };
        let (plan, left) = match request {
            Request {
                gso: Some((kind, size)),
                ..
            } => {
                let template = Template::new(packet, total, kind, size)?;
                let headers = template.header_len;
                source.skip(headers).ok_or(SegmentError::Transport)?;
                (Plan::Split(template), total.saturating_sub(headers))
            }
            Request {
                checksum: Some(partial),
                ..
            } => {
                let start = usize::from(partial.start);
                let field = start.saturating_add(usize::from(partial.offset));
                if field.saturating_add(2) > total {
                    return Err(SegmentError::ChecksumPlace);
                }
                (Plan::Complete { start, field }, total)
            }
            _ => (Plan::Copy, total),
        };
        Ok(Self {
            source,
            left,
            finished: false,
            plan,
        })
    }

    /// Length of the next segment in bytes, headers included; `None` when there is none left.
    #[inline]
    pub fn next_len(&self) -> Option<usize> {
        if self.finished {
            return None;
        }
        Some(match &self.plan {
            Plan::Split(template) => template.header_len.saturating_add(self.left.min(template.size)),
            Plan::Copy | Plan::Complete { .. } => self.left,
        })
    }

    /// Number of segments not yet written.
    pub fn remaining(&self) -> usize {
        match &self.plan {
            _ if self.finished => 0,
            // A super-packet without payload still is one packet.
            Plan::Split(template) => self.left.div_ceil(template.size.max(1)).max(1),
            Plan::Copy | Plan::Complete { .. } => 1,
        }
    }

    /// Writes the next segment to the start of `out`, which has at least [`Segmenter::next_len`] bytes, and returns
    /// its length. The payload is copied and summed in one pass.
    ///
    /// `None`, and the state unchanged, if there is no segment left or `out` is too short.
    #[inline]
    #[must_use]
    pub fn write_next(&mut self, out: &mut [u8]) -> Option<usize> {
        let len = self.next_len()?;
        let out = out.get_mut(..len)?;
        match &mut self.plan {
            Plan::Copy => self.source.copy(out)?,
            Plan::Complete { start, field } => {
                self.source.copy(out)?;
                complete(out, *start, *field)?;
            }
            Plan::Split(template) => {
                let (headers, payload) = out.split_at_mut_checked(template.header_len)?;
                let last = payload.len() == self.left;
                let sum = self.source.copy_and_sum(payload)?;
                template.emit(headers, payload.len(), sum, last)?;
                self.left = self.left.saturating_sub(payload.len());
                self.finished = last;
                return Some(len);
            }
        }
        self.finished = true;
        Some(len)
    }
}

/// Completes a partial checksum of `packet`: the field at `field` holds the sum of the pseudo header, and the data
/// from `start` on is what it protects.
///
/// `None`, with nothing written, if the place is outside the packet.
pub fn complete(packet: &mut [u8], start: usize, field: usize) -> Option<()> {
    let sum = Sum::of(packet.get(start..)?);
    // Told by its place, since only UDP must not be zero.
    let is_udp = field.checked_sub(start) == Some(usize::from(GsoKind::Udp4.checksum_offset()));
    put(
        packet,
        field,
        if is_udp {
            sum.checksum_nonzero()
        } else {
            sum.checksum()
        },
    )
}

/// Identification of the IPv4 packet after the one with `id`, see the module's table.
pub(super) fn next_ipv4_id(id: u16) -> u16 {
    (id & 0x8000) | (id.wrapping_add(1) & 0x7fff)
}

/// Headers of the next segment, and the parts of its checksums that don't change from one to the next.
#[derive(Clone)]
struct Template {
    /// Headers with the fields that differ from segment to segment set to zero.
    bytes: [u8; MAX_HEADERS],
    header_len: usize,
    ip_header_len: usize,
    kind: GsoKind,
    /// Payload bytes per segment.
    size: usize,
    ipv4_id: u16,
    sequence: u32,
    /// TCP flags of the next segment, as if it were the last.
    flags: u8,
    ip_sum: Sum,
    /// Pseudo header without length, and transport header.
    transport_sum: Sum,
}

impl Template {
    fn new(packet: &[&[u8]], total: usize, kind: GsoKind, size: u16) -> Result<Self, SegmentError> {
        let first = packet.first().copied().unwrap_or_default();
        let ip = Packet::parse_headers(first, total).map_err(SegmentError::Ip)?;
        if GsoKind::of(ip.version(), ip.protocol()) != Some(kind) {
            return Err(SegmentError::Kind);
        }
        if ip.fragment() != Fragment::Whole {
            return Err(SegmentError::Fragment);
        }
        if size == 0 {
            return Err(SegmentError::Size);
        }
        let ip_header_len = ip.header_len();
        let (transport_len, sequence, flags) = match kind {
            GsoKind::Tcp4 | GsoKind::Tcp6 => {
                let tcp = ip.tcp().ok_or(SegmentError::Transport)?;
                (tcp.header_len(), tcp.sequence(), tcp.flags())
            }
            GsoKind::Udp4 | GsoKind::Udp6 => {
                ip.udp().ok_or(SegmentError::Transport)?;
                (ip::Udp::HEADER_LEN, 0, 0)
            }
        };
        if flags & (tcp_flags::SYN | tcp_flags::RST | tcp_flags::URG) != 0 {
            return Err(SegmentError::Flags);
        }
        let header_len = ip_header_len.saturating_add(transport_len);
        if header_len > MAX_HEADERS || header_len.saturating_add(usize::from(size)) > usize::from(u16::MAX) {
            return Err(SegmentError::Length);
        }
        let mut template = Self {
            bytes: [0; MAX_HEADERS],
            header_len,
            ip_header_len,
            kind,
            size: usize::from(size),
            ipv4_id: take(first, 4).map_or(0, u16::from_be_bytes),
            sequence,
            flags,
            ip_sum: Sum::ZERO,
            transport_sum: pseudo_header(ip.source(), ip.destination(), kind.protocol(), 0),
        };
        template.load(first).ok_or(SegmentError::Transport)?;
        Ok(template)
    }

    /// Takes the headers from `first`, clears what changes and sums the rest.
    fn load(&mut self, first: &[u8]) -> Option<()> {
        let bytes = self.bytes.get_mut(..self.header_len)?;
        fill(bytes, first.get(..self.header_len)?)?;
        let (ip, transport) = bytes.split_at_mut_checked(self.ip_header_len)?;
        match self.kind.version() {
            Version::V4 => {
                put(ip, 2, [0; 4])?;
                put(ip, 10, [0; 2])?;
                self.ip_sum = Sum::of(ip);
            }
            Version::V6 => put(ip, 4, [0; 2])?,
        }
        match self.kind {
            GsoKind::Tcp4 | GsoKind::Tcp6 => {
                put(transport, 4, [0; 4])?;
                put(transport, 13, [0])?;
                put(transport, 16, [0; 2])?;
            }
            GsoKind::Udp4 | GsoKind::Udp6 => put(transport, 4, [0; 4])?,
        }
        self.transport_sum = self.transport_sum.plus(Sum::of(transport));
        Some(())
    }

    /// Writes the headers of a segment with `payload_len` bytes of payload, whose sum is `payload`, to `out` (exactly
    /// the headers' length), and moves on to the next segment.
    #[inline]
    fn emit(&mut self, out: &mut [u8], payload_len: usize, payload: Sum, last: bool) -> Option<()> {
        fill(out, self.bytes.get(..self.header_len)?)?;
        let (ip, transport) = out.split_at_mut_checked(self.ip_header_len)?;
        let transport_len = u16::try_from(transport.len().checked_add(payload_len)?).ok()?;
        let ip_header_len = u16::try_from(self.ip_header_len).ok()?;
        match self.kind.version() {
            Version::V4 => {
                let total_len = ip_header_len.checked_add(transport_len)?;
                let sum = self
                    .ip_sum
                    .plus(Sum::word(total_len))
                    .plus(Sum::word(self.ipv4_id));
                put(ip, 2, total_len.to_be_bytes())?;
                put(ip, 4, self.ipv4_id.to_be_bytes())?;
                put(ip, 10, sum.checksum())?;
                self.ipv4_id = next_ipv4_id(self.ipv4_id);
            }
            Version::V6 => {
                let payload_len = ip_header_len.checked_sub(40)?.checked_add(transport_len)?;
                put(ip, 4, payload_len.to_be_bytes())?;
            }
        }
        let sum = self.transport_sum.plus(Sum::word(transport_len)).plus(payload);
        match self.kind {
            GsoKind::Tcp4 | GsoKind::Tcp6 => {
                let flags = if last {
                    self.flags
                } else {
                    self.flags & !(tcp_flags::FIN | tcp_flags::PSH)
                };
                let sum = sum
                    .plus(Sum::long(self.sequence))
                    .plus(Sum::word(u16::from(flags)));
                put(transport, 4, self.sequence.to_be_bytes())?;
                put(transport, 13, [flags])?;
                put(transport, 16, sum.checksum())?;
                self.flags &= !tcp_flags::CWR;
                self.sequence = self.sequence.wrapping_add(u32::try_from(payload_len).ok()?);
            }
            GsoKind::Udp4 | GsoKind::Udp6 => {
                // The length stands in the pseudo header and in the header itself.
                let sum = sum.plus(Sum::word(transport_len));
                put(transport, 4, transport_len.to_be_bytes())?;
                put(transport, 6, sum.checksum_nonzero())?;
            }
        }
        Some(())
    }
}

/// Reads a packet that lies in several slices from its start to its end.
#[derive(Clone)]
struct Gather<'a> {
    /// What is left of the current slice.
    head: &'a [u8],
    rest: &'a [&'a [u8]],
}

impl<'a> Gather<'a> {
    /// The next bytes, at most `max` and none only at the end.
    #[inline]
    fn next(&mut self, max: usize) -> Option<&'a [u8]> {
        while self.head.is_empty() {
            let (head, rest) = self.rest.split_first()?;
            self.head = head;
            self.rest = rest;
        }
        let (now, later) = self.head.split_at_checked(self.head.len().min(max))?;
        self.head = later;
        Some(now)
    }

    fn skip(&mut self, mut len: usize) -> Option<()> {
        while len != 0 {
            len = len.saturating_sub(self.next(len)?.len());
        }
        Some(())
    }

    fn copy(&mut self, mut out: &mut [u8]) -> Option<()> {
        while !out.is_empty() {
            let from = self.next(out.len())?;
            let (to, later) = out.split_at_mut_checked(from.len())?;
            fill(to, from)?;
            out = later;
        }
        Some(())
    }

    #[inline]
    fn copy_and_sum(&mut self, mut out: &mut [u8]) -> Option<Sum> {
        let mut sum = Sum::ZERO;
        let mut at = 0usize;
        while !out.is_empty() {
            let from = self.next(out.len())?;
            let (to, later) = out.split_at_mut_checked(from.len())?;
            sum = sum.plus_at(copy_and_sum(to, from)?, at);
            at = at.wrapping_add(from.len());
            out = later;
        }
        Some(sum)
    }
}
