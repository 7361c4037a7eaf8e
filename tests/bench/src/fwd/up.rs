//! From the TUN device to the socket.

use super::aead::Aead;
use super::inet::{Vnet, fold, get16, get32, pseudo, put_sum, put16, sum};
use super::{HEADER, VNET, os};
use anyhow::Result;
use nix::errno::Errno;
use nix::unistd::read;
use std::os::fd::BorrowedFd;

/// Segments of one `UDP_SEGMENT` send; the kernel takes 64.
const MAX_SEGMENTS: usize = 60;
/// Bytes of one send.
const MAX_BYTES: usize = 65_000;
/// Reads of the device before what was read is sent.
const READS: usize = 64;
/// Datagrams before what was read is sent.
const DATAGRAMS: usize = 128;

pub(super) struct Up<'fd> {
    tun: BorrowedFd<'fd>,
    udp: BorrowedFd<'fd>,
    batch: bool,
    aead: Aead,
    packet_id: u32,
    out: Vec<u8>,
    used: usize,
    /// Where each datagram lies in `out`; they follow each other.
    datagrams: Vec<(usize, usize)>,
}

impl<'fd> Up<'fd> {
    pub(super) fn new(tun: BorrowedFd<'fd>, udp: BorrowedFd<'fd>, batch: bool, aead: Aead) -> Self {
        let out = vec![0; 1 << 19];
        Self {
            tun,
            udp,
            batch,
            aead,
            packet_id: 0,
            out,
            used: 0,
            datagrams: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<()> {
        let mut input = vec![0; 65_536 + VNET];
        let reads = if self.batch { READS } else { 1 };
        loop {
            for _ in 0..reads {
                match read(self.tun, &mut input) {
                    Ok(len) => self.packet(&input[..len])?,
                    Err(Errno::EAGAIN) => break,
                    // The interface is not up yet, or no longer.
                    Err(Errno::EIO | Errno::EINTR) => break,
                    Err(e) => return Err(e.into()),
                }
                if self.datagrams.len() >= DATAGRAMS {
                    break;
                }
            }
            if self.datagrams.is_empty() {
                os::wait_readable(self.tun)?;
            }
            self.send()?;
        }
    }

    /// What one read of the device gave.
    fn packet(&mut self, input: &[u8]) -> Result<()> {
        if !self.batch {
            return self.plain(input);
        }
        let (header, packet) = input.split_at(VNET);
        let vnet = Vnet::read(header);
        if vnet.gso_type & 0x7f != 0 {
            return self.split(packet, &vnet);
        }
        let datagram = self.room(packet.len());
        datagram[HEADER..].copy_from_slice(packet);
        let (start, at) = (
            usize::from(vnet.csum_start),
            usize::from(vnet.csum_start + vnet.csum_offset),
        );
        if vnet.flags & Vnet::NEEDS_CSUM != 0 && at + 2 <= packet.len() {
            let checksum = !fold(sum(&packet[start..]));
            put_sum(&mut datagram[HEADER..], at, checksum);
        }
        self.seal()
    }

    fn plain(&mut self, packet: &[u8]) -> Result<()> {
        self.room(packet.len())[HEADER..].copy_from_slice(packet);
        self.seal()
    }

    /// An IPv4 super-packet without options, of TCP or UDP.
    fn split(&mut self, packet: &[u8], vnet: &Vnet) -> Result<()> {
        let is_udp = vnet.gso_type & 0x7f == Vnet::UDP_L4;
        if packet.len() < 40 || packet[0] != 0x45 {
            return Ok(());
        }
        let headers = 20
            + if is_udp {
                8
            } else {
                usize::from(packet[32] >> 4) * 4
            };
        let (first_id, first_sequence) = (get16(packet, 4), get32(packet, 24));
        let payload = &packet[headers..];
        let size = usize::from(vnet.gso_size).max(1);
        for (i, piece) in payload.chunks(size).enumerate() {
            let last = i * size + piece.len() == payload.len();
            let len = headers + piece.len();
            let segment = &mut self.room(len)[HEADER..];
            segment[..headers].copy_from_slice(&packet[..headers]);
            segment[headers..].copy_from_slice(piece);
            put16(segment, 2, len);
            put16(segment, 4, (usize::from(first_id) + i) & 0xffff);
            put_sum(segment, 10, 0);
            let checksum = !fold(sum(&segment[..20]));
            put_sum(segment, 10, checksum);
            if is_udp {
                put16(segment, 24, len - 20);
                put_sum(segment, 26, 0);
                let checksum = !fold(pseudo(segment, 17, len - 20) + sum(&segment[20..]));
                put_sum(segment, 26, if checksum == 0 { 0xffff } else { checksum });
            } else {
                let sequence = first_sequence.wrapping_add(u32::try_from(i * size)?);
                segment[24..28].copy_from_slice(&sequence.to_be_bytes());
                if !last {
                    segment[33] &= !0x09; // FIN, PSH
                }
                if i > 0 {
                    segment[33] &= !0x80; // CWR
                }
                put_sum(segment, 36, 0);
                let checksum = !fold(pseudo(segment, 6, len - 20) + sum(&segment[20..]));
                put_sum(segment, 36, checksum);
            }
            self.seal()?;
        }
        Ok(())
    }

    /// Room for the next datagram with a packet of `len` bytes.
    fn room(&mut self, len: usize) -> &mut [u8] {
        let (from, to) = (self.used, self.used + HEADER + len);
        if to > self.out.len() {
            self.out.resize(to * 2, 0);
        }
        self.datagrams.push((from, to - from));
        self.used = to;
        &mut self.out[from..to]
    }

    /// Seals the datagram that room was made for last.
    fn seal(&mut self) -> Result<()> {
        self.packet_id = self.packet_id.wrapping_add(1);
        let (from, len) = self.datagrams[self.datagrams.len() - 1];
        self.aead.seal(self.packet_id, &mut self.out[from..from + len])
    }

    /// Sends what was sealed: datagrams of one size, and one shorter behind them, in one call.
    fn send(&mut self) -> Result<()> {
        let mut datagrams = self.datagrams.drain(..).peekable();
        while let Some((from, size)) = datagrams.next() {
            let (mut len, mut last) = (size, size);
            while let Some((_, next)) = datagrams.peek() {
                let fits =
                    last == size && *next <= size && len / size < MAX_SEGMENTS && len + next <= MAX_BYTES;
                if !self.batch || !fits {
                    break;
                }
                len += next;
                last = *next;
                datagrams.next();
            }
            os::send(self.udp, &self.out[from..from + len], size)?;
        }
        self.used = 0;
        Ok(())
    }
}
