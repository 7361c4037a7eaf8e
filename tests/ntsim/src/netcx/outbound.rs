//! Where packets lie on their way out: chunks that frames are read into, headers of segments, bounce buffers.
//!
//! A chunk is used from its beginning; when the driver has given back all packets in it, it is used anew. As drivers mostly do so
//! at once, the same, still cached memory is read into again and again. In strict mode the driver can't see a chunk
//! that it has given back.

use std::io;

use super::shared::Shared;
use super::vnet;

/// A chunk takes a few super-packets, or many small ones.
const CHUNK: usize = 256 << 10;
const CHUNKS: usize = 8;
/// The largest frame: 64 KiB behind a virtio-net header.
pub(super) const FRAME: usize = (64 << 10) + vnet::LENGTH;
/// Room for the headers of one packet: IP with options and TCP with options, twice.
pub(super) const HEADERS: usize = 256;
/// Packets begin at cache lines.
const ALIGNMENT: usize = 64;
const NO_CHUNK: u8 = u8::MAX;

struct Chunk {
    /// Bytes in use from the beginning.
    used: usize,
    /// Packets in the ring that lie in it.
    packets: u32,
    /// The driver can't see it.
    hidden: bool,
}

/// The memory of a transmit queue.
pub(super) struct Outbound {
    memory: Shared,
    chunks: Vec<Chunk>,
    current: usize,
    /// The chunk of each packet in the ring.
    owners: Vec<u8>,
    /// Bytes in front of each packet.
    backfill: usize,
    headers: usize,
    header_size: usize,
    bounce: usize,
    bounce_size: usize,
    strict: bool,
}

impl Outbound {
    /// For a ring of `count` packets of at most `longest` bytes.
    pub(super) fn new(count: usize, longest: usize, backfill: usize, strict: bool) -> io::Result<Self> {
        let header_size = HEADERS + backfill.next_multiple_of(ALIGNMENT);
        let bounce_size = (backfill + longest.min(FRAME)).next_multiple_of(4096);
        let headers = CHUNK * CHUNKS;
        let bounce = (headers + header_size * count).next_multiple_of(4096);
        let chunk = |_| Chunk {
            used: 0,
            packets: 0,
            hidden: false,
        };
        Ok(Self {
            memory: Shared::new(bounce + bounce_size * count)?,
            chunks: (0..CHUNKS).map(chunk).collect(),
            current: 0,
            owners: vec![NO_CHUNK; count],
            backfill,
            headers,
            header_size,
            bounce,
            bounce_size,
            strict,
        })
    }

    /// All of it, by the offsets that the other functions return.
    pub(super) fn bytes(&self) -> &[u8] {
        self.memory.as_bytes()
    }

    /// As [`bytes`](Self::bytes), to be written.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.memory.bytes()
    }

    /// The driver's address of what is at `offset`.
    pub(super) fn address(&self, offset: usize) -> usize {
        self.memory.address(offset)
    }

    fn need(&self) -> usize {
        FRAME + self.backfill + 2 * ALIGNMENT
    }

    /// Whether there is room for one more frame.
    pub(super) fn has_room(&self) -> bool {
        self.chunks[self.current].used + self.need() <= CHUNK || self.chunks.iter().any(|c| c.packets == 0)
    }

    /// Where the next frame's virtio-net header goes; its packet follows. [`FRAME`] bytes can be written there.
    pub(super) fn next_frame(&mut self) -> Option<usize> {
        if self.chunks[self.current].used + self.need() > CHUNK {
            self.current = self.chunks.iter().position(|c| c.packets == 0)?;
            self.chunks[self.current].used = 0;
        }
        let chunk = &mut self.chunks[self.current];
        if std::mem::take(&mut chunk.hidden) {
            self.memory.show(self.current * CHUNK, CHUNK, true);
        }
        let gap = vnet::LENGTH + self.backfill;
        let packet = (self.current * CHUNK + chunk.used + gap).next_multiple_of(ALIGNMENT);
        Some(packet - vnet::LENGTH)
    }

    /// The frame at `frame` has `length` bytes.
    pub(super) fn keep(&mut self, frame: usize, length: usize) {
        self.chunks[self.current].used = frame + length - self.current * CHUNK;
    }

    /// Place for the headers of the packet with this index.
    pub(super) fn headers(&self, index: u32) -> usize {
        self.headers + self.header_size * index as usize + self.header_size - HEADERS
    }

    /// The memory of frames, and that of the headers at `at`.
    pub(super) fn split_at_headers(&mut self, at: usize) -> (&[u8], &mut [u8]) {
        let first = self.headers;
        let (frames, rest) = self.memory.bytes().split_at_mut(first);
        (frames, &mut rest[at - first..at - first + HEADERS])
    }

    /// Copies pieces to the bounce buffer of the packet with this index.
    pub(super) fn bounce(&mut self, index: u32, pieces: &[(usize, usize)]) -> usize {
        let target = self.bounce + self.bounce_size * index as usize + self.backfill;
        let (packets, bounce) = self.memory.bytes().split_at_mut(self.bounce);
        let mut at = target - self.bounce;
        for (from, length) in pieces {
            bounce[at..at + length].copy_from_slice(&packets[*from..from + length]);
            at += length;
        }
        target
    }

    /// The packet with this index lies in the chunk that `at` is in.
    pub(super) fn hold(&mut self, index: u32, at: usize) {
        let chunk = at / CHUNK;
        self.owners[index as usize] = u8::try_from(chunk).unwrap_or(NO_CHUNK);
        self.chunks[chunk].packets += 1;
    }

    /// The driver has given the packet with this index back. `busy`: there is more to come from the frame read last.
    pub(super) fn release(&mut self, index: u32, busy: bool) {
        let chunk = usize::from(std::mem::replace(&mut self.owners[index as usize], NO_CHUNK));
        let Some(this) = self.chunks.get_mut(chunk) else {
            return;
        };
        this.packets -= 1;
        if this.packets == 0 && !(busy && chunk == self.current) {
            this.used = 0;
            if self.strict {
                this.hidden = true;
                self.memory.show(chunk * CHUNK, CHUNK, false);
            }
        }
    }
}
