//! From the socket to the TUN device.

use super::aead::Aead;
use super::inet::{Vnet, fold, get16, get32, pseudo, put_sum, put16, sum};
use super::{VNET, os};
use anyhow::Result;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, recvmmsg};
use nix::unistd::write;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// Messages of one `recvmmsg`; each may hold a train of datagrams.
const MESSAGES: usize = 16;
const MAX_SEGMENTS: usize = 64;

pub(super) struct Down<'fd> {
    tun: BorrowedFd<'fd>,
    udp: BorrowedFd<'fd>,
    batch: bool,
    aead: Aead,
    gathered: Gathered,
}

/// A super-packet being put together.
struct Gathered {
    /// Header for the device, and the packet.
    bytes: Vec<u8>,
    len: usize,
    headers: usize,
    /// Payload of the first segment.
    size: usize,
    segments: usize,
    complete: bool,
}

/// What the checks of a segment found out.
#[derive(Clone, Copy)]
struct Segment {
    headers: usize,
    payload: usize,
}

impl<'fd> Down<'fd> {
    pub(super) fn new(tun: BorrowedFd<'fd>, udp: BorrowedFd<'fd>, batch: bool, aead: Aead) -> Self {
        let gathered = Gathered {
            bytes: vec![0; VNET + 65_536],
            len: 0,
            headers: 0,
            size: 0,
            segments: 0,
            complete: false,
        };
        Self {
            tun,
            udp,
            batch,
            aead,
            gathered,
        }
    }

    pub(super) fn run(mut self) -> Result<()> {
        let messages = if self.batch { MESSAGES } else { 1 };
        let mut buffers = vec![vec![0u8; 65_536]; messages];
        let mut received = Vec::with_capacity(messages);
        let mut packet = vec![0; 65_536];
        loop {
            received.clear();
            // New ones each time: the kernel shortens their room for control messages to what it used.
            let mut headers = MultiHeaders::<()>::preallocate(messages, Some(nix::cmsg_space!(i32)));
            {
                let mut slices: Vec<_> = buffers
                    .iter_mut()
                    .map(|buffer| [IoSliceMut::new(buffer)])
                    .collect();
                let fd = self.udp.as_raw_fd();
                match recvmmsg(fd, &mut headers, &mut slices, MsgFlags::empty(), None) {
                    Ok(results) => {
                        for message in results {
                            let gro = message.cmsgs()?.find_map(|control| match control {
                                ControlMessageOwned::UdpGroSegments(size) => usize::try_from(size).ok(),
                                _ => None,
                            });
                            received.push((message.bytes, gro.unwrap_or(message.bytes)));
                        }
                    }
                    Err(Errno::EAGAIN) => {}
                    Err(Errno::ECONNREFUSED | Errno::EINTR) => continue,
                    Err(e) => return Err(e.into()),
                }
            }
            if received.is_empty() {
                os::wait_readable(self.udp)?;
            }
            for (buffer, (len, size)) in buffers.iter().zip(&received) {
                for datagram in buffer[..*len].chunks((*size).max(1)) {
                    if let Some(len) = self.aead.open(datagram, &mut packet) {
                        self.packet(&packet[..len]);
                    }
                }
            }
            self.flush();
        }
    }

    fn packet(&mut self, packet: &[u8]) {
        if !self.batch {
            self.write(packet);
            return;
        }
        let segment = check(packet);
        if let Some(segment) = segment
            && self.gathered.append(packet, segment)
        {
            return;
        }
        self.flush();
        self.gathered.start(packet, segment);
        if segment.is_none() {
            self.flush();
        }
    }

    /// Writes what was gathered.
    fn flush(&mut self) {
        if self.gathered.len != 0 {
            self.gathered.finish();
            self.write(&self.gathered.bytes[..VNET + self.gathered.len]);
            self.gathered.len = 0;
        }
    }

    fn write(&self, bytes: &[u8]) {
        // A full queue or an interface that is down loses the packet, as a network does.
        let _ = write(self.tun, bytes);
    }
}

/// A packet that can be merged: IPv4 without options, whole, TCP with nothing but ACK and PSH, or UDP; sums right.
fn check(packet: &[u8]) -> Option<Segment> {
    let len = packet.len();
    if len < 29 || packet[0] != 0x45 || usize::from(get16(packet, 2)) != len || get16(packet, 6) & 0x3fff != 0
    {
        return None;
    }
    let headers = match packet[9] {
        6 if len > 40 && packet[33] & !0x18 == 0 => 20 + usize::from(packet[32] >> 4) * 4,
        17 if usize::from(get16(packet, 24)) == len - 20 && get16(packet, 26) != 0 => 28,
        _ => return None,
    };
    let right = headers < len && fold(pseudo(packet, packet[9], len - 20) + sum(&packet[20..])) == 0xffff;
    right.then_some(Segment {
        headers,
        payload: len - headers,
    })
}

impl Gathered {
    fn start(&mut self, packet: &[u8], segment: Option<Segment>) {
        self.bytes[VNET..VNET + packet.len()].copy_from_slice(packet);
        self.len = packet.len();
        self.headers = segment.map_or(0, |segment| segment.headers);
        self.size = segment.map_or(0, |segment| segment.payload);
        self.segments = 1;
        self.complete = segment.is_none() || has_push(packet);
    }

    /// Takes the packet in if it continues what is there.
    fn append(&mut self, packet: &[u8], segment: Segment) -> bool {
        let first = &self.bytes[VNET..VNET + self.len];
        let room = self.segments < MAX_SEGMENTS && self.len + segment.payload <= 65_535;
        if self.len == 0
            || self.complete
            || !room
            || segment.headers != self.headers
            || segment.payload > self.size
        {
            return false;
        }
        let same = |range: std::ops::Range<usize>| first[range.clone()] == packet[range];
        let mut fits = same(0..2) && same(6..10) && same(12..24);
        if packet[9] == 6 {
            let next = get32(first, 24).wrapping_add(u32::try_from(self.len - self.headers).unwrap_or(0));
            fits &= get32(packet, 24) == next && same(28..33) && same(34..36) && same(38..self.headers);
        }
        if fits {
            let end = VNET + self.len;
            self.bytes[end..end + segment.payload].copy_from_slice(&packet[segment.headers..]);
            self.len += segment.payload;
            self.segments += 1;
            self.complete = segment.payload < self.size || has_push(packet);
            if has_push(packet) {
                self.bytes[VNET + 33] |= 0x08;
            }
        }
        fits
    }

    /// Fills in the header for the device and what changes in the packet's.
    fn finish(&mut self) {
        let (header, packet) = self.bytes.split_at_mut(VNET);
        let packet = &mut packet[..self.len];
        if self.segments == 1 {
            let flags = if self.size != 0 { Vnet::DATA_VALID } else { 0 };
            Vnet {
                flags,
                ..Vnet::default()
            }
            .write(header);
            return;
        }
        let is_udp = packet[9] == 17;
        let (gso_type, csum_offset) = if is_udp {
            (Vnet::UDP_L4, 6u16)
        } else {
            (Vnet::TCPV4, 16)
        };
        put16(packet, 2, self.len);
        put_sum(packet, 10, 0);
        let checksum = !fold(sum(&packet[..20]));
        put_sum(packet, 10, checksum);
        if is_udp {
            put16(packet, 24, self.len - 20);
        }
        let partial = fold(pseudo(packet, packet[9], self.len - 20));
        put_sum(packet, 20 + usize::from(csum_offset), partial);
        let short = |len: usize| u16::try_from(len).unwrap_or(0);
        Vnet {
            flags: Vnet::NEEDS_CSUM,
            gso_type,
            header_len: short(self.headers),
            gso_size: short(self.size),
            csum_start: 20,
            csum_offset,
        }
        .write(header);
    }
}

fn has_push(packet: &[u8]) -> bool {
    packet[9] == 6 && packet[33] & 0x08 != 0
}
