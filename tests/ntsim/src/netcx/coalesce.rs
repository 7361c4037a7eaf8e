//! Coalescing on the way up: what the Windows stack does in software (RSC).
//!
//! Within a batch, segments of one TCP flow that follow each other, and UDP datagrams of one flow and one length, go to the host
//! as one super-packet: one system call instead of forty. Nothing is copied but the headers of the first one. What doesn't
//! follow, ends its flow first, so the order within a flow stays. Checksums are verified before segments are put together,
//! as the super-packet has none of its own.

use std::io::IoSlice;

use super::packet::{self, Headers, TCP, UDP};
use super::vnet::{self, Header, Segments};

/// Flows at a time.
const FLOWS: usize = 8;
/// Packets of one flow: what the kernel takes for UDP.
const PACKETS: usize = 64;
/// An IP packet is not longer.
const LONGEST: usize = 65_535;
const MAX_HEADERS: usize = 120;
const ACK: u8 = 0x10;
const PSH: u8 = 0x08;
const FIN: u8 = 0x01;

/// Packets of a flow that have been put together.
struct Flow {
    /// Headers of the first, behind room for the virtio-net header.
    head: [u8; vnet::LENGTH + MAX_HEADERS],
    headers: Headers,
    /// Payloads.
    payloads: Vec<IoSlice<'static>>,
    /// Bytes of payload in all, and of the first.
    total: usize,
    size: usize,
    /// The sequence number that follows.
    next: u32,
    /// No more can follow: a short segment, or PSH.
    closed: bool,
    /// The only packet of the flow as it came.
    whole: &'static [u8],
}

/// What is gathered.
pub(super) struct Coalescer {
    flows: Vec<Flow>,
    /// Spare memory of ended flows.
    spare: Vec<Vec<IoSlice<'static>>>,
    udp: bool,
    /// Packets that went up inside of super-packets.
    pub coalesced: u64,
}

/// Takes one frame: virtio-net header and packet in pieces.
pub(super) trait Sink {
    fn write(&mut self, pieces: &[IoSlice<'_>]);
}

impl Coalescer {
    /// `udp`: the host takes UDP super-packets.
    pub(super) fn new(udp: bool) -> Self {
        Self {
            flows: Vec::with_capacity(FLOWS),
            spare: Vec::new(),
            udp,
            coalesced: 0,
        }
    }

    /// Takes a packet, whose memory stays until the next [`flush`](Self::flush).
    pub(super) fn push(&mut self, packet: &'static [u8], sink: &mut impl Sink) {
        let Some(headers) = Headers::parse(packet) else {
            return plain(packet, sink);
        };
        let flow = self.flows.iter().position(|flow| flow.is_of(packet, &headers));
        let fits = self.is_candidate(packet, &headers);
        if let Some(i) = flow {
            if fits && self.flows[i].append(packet, &headers) {
                return;
            }
            self.end(i, sink);
        }
        if !fits {
            return plain(packet, sink);
        }
        if self.flows.len() == FLOWS {
            self.end(0, sink);
        }
        let payloads = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(PACKETS));
        self.flows.push(Flow::begin(packet, headers, payloads));
    }

    /// Hands over everything that is gathered.
    pub(super) fn flush(&mut self, sink: &mut impl Sink) {
        while !self.flows.is_empty() {
            self.end(0, sink);
        }
    }

    fn end(&mut self, i: usize, sink: &mut impl Sink) {
        let mut flow = self.flows.remove(i);
        if flow.payloads.len() == 1 {
            plain(flow.whole, sink);
        } else {
            self.coalesced += flow.payloads.len() as u64;
            flow.write(sink);
        }
        flow.payloads.clear();
        self.spare.push(flow.payloads);
    }

    /// Whether a packet may become part of a super-packet at all.
    fn is_candidate(&self, packet: &[u8], headers: &Headers) -> bool {
        let payload = packet.len() - headers.len();
        let kind = match headers.protocol {
            // Neither SYN, RST, URG nor a lone acknowledgement; FIN would end the flow anyway.
            TCP => packet[headers.layer3 + 13] & !PSH == ACK,
            UDP => self.udp && usize::from(packet::be16(packet, headers.layer3 + 4)) == 8 + payload,
            _ => false,
        };
        let length = if headers.ipv6 {
            usize::from(packet::be16(packet, 4)) + 40
        } else {
            usize::from(packet::be16(packet, 2))
        };
        kind && payload > 0
            && !headers.options
            && !headers.fragment
            && length == packet.len()
            && has_valid_checksum(packet, headers)
    }
}

fn has_valid_checksum(packet: &[u8], headers: &Headers) -> bool {
    let (ip, rest) = packet.split_at(headers.layer3);
    // UDP over IPv4 may go without; such a datagram stays alone.
    let total = packet::pseudo(packet, headers.ipv6, headers.protocol, rest.len()) + packet::sum(rest);
    packet::fold(total) == 0xFFFF && (headers.ipv6 || packet::fold(packet::sum(ip)) == 0xFFFF)
}

fn plain(packet: &[u8], sink: &mut impl Sink) {
    sink.write(&[IoSlice::new(&[0; vnet::LENGTH]), IoSlice::new(packet)]);
}

impl Flow {
    fn begin(packet: &'static [u8], headers: Headers, mut payloads: Vec<IoSlice<'static>>) -> Self {
        let (head, payload) = packet.split_at(headers.len());
        payloads.push(IoSlice::new(payload));
        let mut this = Self {
            head: [0; vnet::LENGTH + MAX_HEADERS],
            headers,
            payloads,
            total: payload.len(),
            size: payload.len(),
            next: 0,
            closed: false,
            whole: packet,
        };
        this.head[vnet::LENGTH..vnet::LENGTH + head.len()].copy_from_slice(head);
        if headers.protocol == TCP {
            let layer4 = &head[headers.layer3..];
            this.next = sequence_after(packet::be32(layer4, 4), payload.len());
            this.closed = layer4[13] & PSH != 0;
        }
        this
    }

    fn head(&self) -> &[u8] {
        &self.head[vnet::LENGTH..vnet::LENGTH + self.headers.len()]
    }

    /// Whether a packet belongs to this flow: addresses, protocol, ports.
    fn is_of(&self, packet: &[u8], headers: &Headers) -> bool {
        let own = &self.headers;
        if (own.ipv6, own.protocol) != (headers.ipv6, headers.protocol)
            || headers.fragment
            || headers.layer4 == 0
        {
            return false;
        }
        let addresses = if own.ipv6 { 8..40 } else { 12..20 };
        let ports = |at: usize| at..at + 4;
        self.head()[addresses.clone()] == packet[addresses]
            && self.head()[ports(own.layer3)] == packet[ports(headers.layer3)]
    }

    /// Puts a packet of the flow behind what is there; `false` if it doesn't follow.
    fn append(&mut self, packet: &'static [u8], headers: &Headers) -> bool {
        let (head, payload) = packet.split_at(headers.len());
        let full =
            self.payloads.len() == PACKETS || self.headers.len() + self.total + payload.len() > LONGEST;
        if self.closed || full || *headers != self.headers || payload.len() > self.size || !self.agrees(head)
        {
            return false;
        }
        let layer3 = headers.layer3;
        if headers.protocol == TCP {
            let sequence = packet::be32(head, layer3 + 4);
            if sequence != self.next {
                return false;
            }
            self.next = sequence_after(sequence, payload.len());
            let flags = head[layer3 + 13];
            self.head[vnet::LENGTH + layer3 + 13] |= flags & (PSH | FIN);
            self.closed = flags & PSH != 0;
        }
        self.closed |= payload.len() < self.size;
        self.payloads.push(IoSlice::new(payload));
        self.total += payload.len();
        true
    }

    /// Whether the headers are the same in what a super-packet can't tell apart.
    fn agrees(&self, head: &[u8]) -> bool {
        let own = self.head();
        let layer3 = self.headers.layer3;
        let ip = if self.headers.ipv6 {
            // Version, class, label; hop limit.
            own[..4] == head[..4] && own[7] == head[7]
        } else {
            // Type of service; don't-fragment; time to live.
            own[1] == head[1] && own[6] == head[6] && own[8] == head[8]
        };
        // Acknowledgement; length and window; options.
        let tcp = || {
            let (own, other) = (&own[layer3..], &head[layer3..]);
            own[8..13] == other[8..13] && own[14..16] == other[14..16] && own[20..] == other[20..]
        };
        ip && (self.headers.protocol == UDP || tcp())
    }

    /// Completes the headers of the super-packet and hands it over.
    fn write(&mut self, sink: &mut impl Sink) {
        let headers = self.headers;
        let udp = headers.protocol == UDP;
        let length = headers.layer4 + self.total;
        let checksum = packet::checksum_offset(headers.protocol);
        let vnet = Header {
            checksum: Some((headers.layer3, checksum)),
            segments: Some((if udp { Segments::Udp } else { Segments::Tcp }, self.size)),
            ipv6: headers.ipv6,
            headers: headers.len(),
        };
        let (front, head) = self.head.split_at_mut(vnet::LENGTH);
        front.copy_from_slice(&vnet.to_bytes());
        if headers.ipv6 {
            packet::put16(
                head,
                4,
                u16::try_from(headers.layer3 + length - 40).unwrap_or(u16::MAX),
            );
        } else {
            packet::put16(
                head,
                2,
                u16::try_from(headers.layer3 + length).unwrap_or(u16::MAX),
            );
            packet::finish_ipv4(&mut head[..headers.layer3]);
        }
        if udp {
            packet::put16(
                head,
                headers.layer3 + 4,
                u16::try_from(length).unwrap_or(u16::MAX),
            );
        }
        let partial = packet::fold(packet::pseudo(head, headers.ipv6, headers.protocol, length));
        let at = headers.layer3 + checksum;
        head[at..at + 2].copy_from_slice(&partial.to_ne_bytes());
        let mut pieces = [IoSlice::new(&[]); PACKETS + 1];
        pieces[0] = IoSlice::new(&self.head[..vnet::LENGTH + headers.len()]);
        let count = self.payloads.len();
        pieces[1..=count].copy_from_slice(&self.payloads);
        sink.write(&pieces[..=count]);
    }
}

#[allow(clippy::cast_possible_truncation)] // below 64 KiB
fn sequence_after(sequence: u32, length: usize) -> u32 {
    sequence.wrapping_add(length as u32)
}

#[cfg(test)]
mod tests {
    use super::super::segment::{Cursor, tests::is_valid, tests::sample};
    use super::*;

    #[derive(Default)]
    struct Frames(Vec<Vec<u8>>);

    impl Sink for Frames {
        fn write(&mut self, pieces: &[IoSlice<'_>]) {
            self.0
                .push(pieces.iter().flat_map(|p| p.iter().copied()).collect());
        }
    }

    /// A super-packet's segments, as packets of their own.
    fn segments(super_packet: &[u8], size: usize) -> Vec<&'static [u8]> {
        let mut cursor = Cursor::new(super_packet, 0, super_packet.len(), size).unwrap();
        let mut packets: Vec<&'static [u8]> = Vec::new();
        while !cursor.is_done() {
            let mut out = [0; 128];
            let segment = cursor.next(super_packet, &mut out, false);
            let (at, length) = segment.payload;
            packets.push(
                [&out[..segment.headers], &super_packet[at..at + length]]
                    .concat()
                    .leak(),
            );
        }
        packets
    }

    fn plain_tcp(ipv6: bool, payload: usize) -> Vec<u8> {
        let mut packet = sample(ipv6, TCP, payload);
        let at = if ipv6 { 40 } else { 20 };
        packet[at + 13] = ACK;
        packet
    }

    fn coalesce(packets: &[&'static [u8]]) -> Vec<Vec<u8>> {
        let (mut coalescer, mut frames) = (Coalescer::new(true), Frames::default());
        packets.iter().for_each(|p| coalescer.push(p, &mut frames));
        coalescer.flush(&mut frames);
        frames.0
    }

    #[test]
    fn segments_become_the_super_packet_that_they_came_from() {
        for (ipv6, protocol) in [(false, TCP), (true, TCP), (false, UDP), (true, UDP)] {
            let packet = if protocol == TCP {
                plain_tcp(ipv6, 5500)
            } else {
                sample(ipv6, UDP, 5500)
            };
            let frames = coalesce(&segments(&packet, 1000));
            assert_eq!(frames.len(), 1, "ipv6 {ipv6} protocol {protocol}");
            let header = Header::parse(&frames[0]).unwrap();
            assert_eq!(header.segments.unwrap().1, 1000);
            let mut whole = frames[0][vnet::LENGTH..].to_vec();
            let (start, offset) = header.checksum.unwrap();
            assert!(super::super::segment::complete(&mut whole, start, offset));
            assert!(is_valid(&whole));
            assert_eq!(whole[start + 20..], packet[start + 20..]);
        }
    }

    #[test]
    fn a_gap_a_bad_checksum_and_a_flag_stay_apart_and_in_order() {
        let packet = plain_tcp(false, 3000);
        let all = segments(&packet, 1000);
        assert_eq!(coalesce(&[all[0], all[2]]).len(), 2, "a gap");
        let mut bad = all[1].to_vec();
        bad[50] ^= 1;
        let frames = coalesce(&[all[0], bad.clone().leak(), all[2]]);
        assert_eq!(frames.len(), 3, "a bad checksum");
        assert_eq!(frames[1][vnet::LENGTH..], bad, "in order, unchanged");
        let mut flagged = sample(false, TCP, 1000);
        flagged[33] = ACK | 0x04;
        let frames = coalesce(&[all[0], flagged.leak()]);
        assert_eq!(frames.len(), 2, "a reset");
    }

    #[test]
    fn flows_are_kept_apart_and_more_than_there_is_room_for_are_not_lost() {
        let packets: Vec<&'static [u8]> = (0..20u16)
            .map(|port| {
                let mut packet = sample(false, UDP, 100);
                packet::put16(&mut packet, 20, port + 1);
                segments(&packet, 100)[0]
            })
            .collect();
        assert_eq!(coalesce(&packets).len(), 20);
    }

    #[test]
    fn what_is_not_ip_passes() {
        let frames = coalesce(&[&[1, 2, 3]]);
        assert_eq!(frames, [[&[0; vnet::LENGTH][..], &[1, 2, 3]].concat()]);
    }
}
