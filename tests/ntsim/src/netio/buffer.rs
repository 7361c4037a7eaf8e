//! What a client's `WSK_BUF` describes: pieces of memory in a chain of MDLs.

use netcx_sys::wsk::WSK_BUF;

use crate::abi::wdm::Mdl;
use crate::guest::Guest;
use crate::violate;

/// A `WSK_BUF`, read from the client.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    mdl: Guest<Mdl>,
    offset: usize,
    /// Bytes of data.
    pub length: usize,
}

impl From<WSK_BUF> for Buffer {
    fn from(buffer: WSK_BUF) -> Self {
        Self {
            mdl: Guest::at(buffer.Mdl as usize),
            offset: buffer.Offset as usize,
            length: buffer.Length,
        }
    }
}

impl Buffer {
    /// Calls `each` with address and length of every piece, in order. `false`, and a violation, if the chain is shorter than
    /// the buffer says.
    pub fn pieces(&self, mut each: impl FnMut(usize, usize)) -> bool {
        let Self {
            mut mdl,
            mut offset,
            length,
        } = *self;
        let mut left = length;
        while left > 0 {
            if mdl.is_null() {
                violate!(
                    WSK_BUFFER,
                    "the MDLs of a WSK_BUF end {left} bytes before its length of {length} (offset {})",
                    self.offset
                );
                return false;
            }
            let this = mdl.read();
            let count = this.byte_count as usize;
            if offset < count {
                let n = left.min(count - offset);
                each(this.start_va + this.byte_offset as usize + offset, n);
                left -= n;
                offset = 0;
            } else {
                offset -= count;
            }
            mdl = this.next;
        }
        true
    }

    /// Copies what it describes.
    #[must_use]
    pub fn gather(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.length);
        self.pieces(|addr, n| data.extend(Guest::<u8>::at(addr).slice(n)));
        data
    }

    /// A checksum of what it describes, to see whether that changes.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        let mut all = Vec::new();
        self.pieces(|addr, n| all.push((addr, n)));
        checksum(&all)
    }

    /// Copies `data` into it, `skip` bytes from its start; returns how much found room.
    pub fn scatter(&self, mut skip: usize, data: &[u8]) -> usize {
        let mut rest = data;
        self.pieces(|addr, n| {
            let over = skip.min(n);
            skip -= over;
            let (now, later) = rest.split_at((n - over).min(rest.len()));
            Guest::<u8>::at(addr + over).write_bytes(now);
            rest = later;
        });
        data.len() - rest.len()
    }
}

/// A checksum of pieces of memory (FNV-1a over words), to see whether they have changed.
#[must_use]
pub fn checksum(pieces: &[(usize, usize)]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    for &(addr, n) in pieces {
        for chunk in Guest::<u8>::at(addr).slice(n).chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01B3);
            hash ^= hash >> 29;
        }
    }
    hash
}
