//! Rings in memory (net/ring.h): a header of 64 bytes, then the elements with the data of their extensions.
//!
//! A ring ends at an inaccessible page, so a driver that runs over its end is found at once. The memory goes with the queue: who
//! touches it later faults.

use std::io;
use std::mem::offset_of;
use std::sync::atomic::Ordering;

use netcx_sys::netadaptercx::{
    EXTENSIONS, Extension, NET_EXTENSION, NET_EXTENSION_TYPE, NET_FRAGMENT,
    NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS, NET_FRAGMENT_EXTENSION_MDL,
    NET_FRAGMENT_EXTENSION_RETURN_CONTEXT, NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET,
    NET_PACKET_EXTENSION_CHECKSUM, NET_PACKET_EXTENSION_GSO, NET_PACKET_EXTENSION_HASH,
    NET_PACKET_EXTENSION_IEEE8021Q, NET_PACKET_EXTENSION_RSC, NET_PACKET_EXTENSION_RSC_TIMESTAMP, NET_RING,
    NetExtensionTypeFragment, NetExtensionTypePacket, RingMask,
};

use super::capabilities::{RxBuffers, Settings};
use super::class::NetClient;
use crate::guest::Guest;

const PAGE: usize = 4096;
/// The elements begin behind the header.
pub(super) const HEADER: usize = 64;

/// Anonymous memory between inaccessible pages.
pub(super) struct Memory {
    base: usize,
    length: usize,
}

impl Memory {
    /// At least `size` bytes, zeroed.
    pub(super) fn new(size: usize) -> io::Result<Self> {
        let length = size.next_multiple_of(PAGE);
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length + 2 * PAGE,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = Self {
            base: base as usize + PAGE,
            length,
        };
        protect(memory.base, length, libc::PROT_READ | libc::PROT_WRITE)?;
        Ok(memory)
    }

    pub(super) fn start(&self) -> usize {
        self.base
    }
}

/// Changes what may be done with pages.
pub(super) fn protect(base: usize, length: usize, protection: i32) -> io::Result<()> {
    // SAFETY: the caller names pages of a mapping of its own.
    let result = unsafe { libc::mprotect(base as *mut libc::c_void, length, protection) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping made by `new`, with its guard pages; it is unmapped once.
        unsafe { libc::munmap((self.base - PAGE) as *mut libc::c_void, self.length + 2 * PAGE) };
    }
}

/// An extension and where in an element its data is.
#[derive(Clone, Copy, Debug)]
struct Placed {
    extension: &'static Extension,
    offset: usize,
}

/// A ring that driver and class extension share.
pub(super) struct Ring {
    memory: Memory,
    header: Guest<NET_RING>,
    count: u32,
    stride: usize,
    placed: Vec<Placed>,
}

impl Ring {
    /// A ring of `count` (a power of two) elements of type `of`, with these extensions.
    pub(super) fn new(
        count: u32,
        of: NET_EXTENSION_TYPE,
        registered: &[&'static Extension],
    ) -> io::Result<Self> {
        let (mut stride, align) = if of == NetExtensionTypePacket {
            (size_of::<NET_PACKET>(), align_of::<NET_PACKET>())
        } else {
            (size_of::<NET_FRAGMENT>(), align_of::<NET_FRAGMENT>())
        };
        let (mut placed, mut align) = (Vec::new(), align);
        for extension in registered.iter().filter(|e| e.of == of) {
            let offset = stride.next_multiple_of(extension.align);
            placed.push(Placed { extension, offset });
            stride = offset + extension.size;
            align = align.max(extension.align);
        }
        let stride = stride.next_multiple_of(align);
        let size = HEADER + stride * count as usize;
        let memory = Memory::new(size + HEADER)?;
        let header: Guest<NET_RING> = Guest::at((memory.base + memory.length - size) & !(HEADER - 1));
        let this = Self {
            memory,
            header,
            count,
            stride,
            placed,
        };
        this.field::<u16>(offset_of!(NET_RING, ElementStride))
            .write(u16::try_from(stride).unwrap_or(u16::MAX));
        this.field::<u32>(offset_of!(NET_RING, NumberOfElements))
            .write(count);
        this.field::<u32>(offset_of!(NET_RING, ElementIndexMask))
            .write(count - 1);
        Ok(this)
    }

    /// Makes the ring inaccessible: its queue is gone.
    pub(super) fn revoke(&self) {
        // Without it a driver that keeps using the ring isn't found out.
        let _ = protect(self.memory.base, self.memory.length, libc::PROT_NONE);
    }

    fn field<T>(&self, offset: usize) -> Guest<T> {
        self.header.byte_offset(offset)
    }

    /// Its address.
    pub(super) fn address(&self) -> usize {
        self.header.addr()
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    /// The arithmetic on its indices.
    pub(super) fn mask(&self) -> RingMask {
        RingMask::of_size(self.count).unwrap_or_else(|| crate::machine::stop())
    }

    /// The driver's first element.
    pub(super) fn begin(&self) -> u32 {
        self.field::<u32>(offset_of!(NET_RING, BeginIndex))
            .atomic()
            .load(Ordering::Acquire)
    }

    /// How it stands, for people. Only while its queue lives.
    pub(super) fn describe(&self) -> String {
        let end = self
            .field::<u32>(offset_of!(NET_RING, EndIndex))
            .atomic()
            .load(Ordering::Acquire);
        let (begin, count) = (self.begin(), self.count);
        format!(
            "{begin}..{end} of {count} ({} owned by the driver)",
            self.mask().range_len(begin, end)
        )
    }

    /// Puts the driver's index back.
    pub(super) fn set_begin(&self, index: u32) {
        self.field::<u32>(offset_of!(NET_RING, BeginIndex))
            .atomic()
            .store(index, Ordering::Release);
    }

    /// One past the driver's last element.
    pub(super) fn set_end(&self, index: u32) {
        self.field::<u32>(offset_of!(NET_RING, EndIndex))
            .atomic()
            .store(index, Ordering::Release);
    }

    /// What a driver finds at its start: all indices and the scratch field 0.
    pub(super) fn reset(&self) {
        self.set_end(0);
        self.set_begin(0);
        self.field::<u32>(offset_of!(NET_RING, NextIndex)).write(0);
        self.field::<usize>(offset_of!(NET_RING, Scratch)).write(0);
    }

    /// The part of the header that is the framework's.
    pub(super) fn immutable(&self) -> Guest<[u8; offset_of!(NET_RING, BeginIndex)]> {
        self.header.cast()
    }

    /// Element `index`.
    pub(super) fn element<T>(&self, index: u32) -> Guest<T> {
        self.header.byte_offset(HEADER + self.stride * index as usize)
    }

    /// Where element 0's data of an extension is, if the ring has it.
    pub(super) fn extension_data(&self, extension: &Extension) -> Option<usize> {
        let placed = self
            .placed
            .iter()
            .find(|p| p.extension.c_name == extension.c_name)?;
        Some(self.header.addr() + HEADER + placed.offset)
    }

    /// Fills `NET_EXTENSION` for an extension.
    pub(super) fn describe_extension(&self, extension: &Extension) -> NET_EXTENSION {
        let Some(base) = self.extension_data(extension) else {
            return NET_EXTENSION::EMPTY;
        };
        let null = std::ptr::null_mut();
        NET_EXTENSION {
            Reserved: [
                std::ptr::without_provenance_mut(base),
                std::ptr::without_provenance_mut(self.stride),
                null,
                null,
            ],
            Enabled: 1,
            ..NET_EXTENSION::EMPTY
        }
    }
}

/// The data of an extension in each element: base and stride, or nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    base: usize,
    stride: usize,
}

impl Column {
    /// An extension's column; `None` if the ring doesn't have it.
    pub(super) fn of(ring: &Ring, extension: &Extension) -> Option<Self> {
        let base = ring.extension_data(extension)?;
        Some(Self {
            base,
            stride: ring.stride,
        })
    }

    /// The data of element `index`.
    pub(super) fn at<T>(self, index: u32) -> Guest<T> {
        Guest::at(self.base + self.stride * index as usize)
    }
}

/// Looks an extension up by name and type; it must be of at least this version.
pub(super) fn find_extension(name: &str, version: u32, of: NET_EXTENSION_TYPE) -> Option<&'static Extension> {
    EXTENSIONS.iter().find(|e| {
        let own = String::from_utf16_lossy(e.name.as_units());
        own.trim_end_matches('\0') == name && e.of == of && e.version >= version
    })
}

/// The extensions that an adapter's queues have (published source of the class extension: the adapter registers them when its
/// data path is made).
pub(super) fn registered(settings: &Settings, client: &NetClient) -> Vec<&'static Extension> {
    let offloads = &settings.offloads;
    let driver_buffers = settings
        .rx
        .is_some_and(|rx| matches!(rx.buffers, RxBuffers::Driver(_)));
    let dma = settings.tx.is_some_and(|tx| tx.dma) || settings.rx.is_some_and(|rx| rx.dma);
    let checksum = offloads.tx_checksum.is_some() || offloads.rx_checksum;
    let candidates: [(&'static Extension, bool); 10] = [
        (&NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, true),
        (&NET_FRAGMENT_EXTENSION_RETURN_CONTEXT, driver_buffers),
        (&NET_FRAGMENT_EXTENSION_MDL, client.framework < 2),
        (&NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS, dma),
        (&NET_PACKET_EXTENSION_CHECKSUM, checksum),
        (&NET_PACKET_EXTENSION_GSO, offloads.gso.is_some()),
        (&NET_PACKET_EXTENSION_RSC, offloads.rsc.is_some()),
        (&NET_PACKET_EXTENSION_RSC_TIMESTAMP, offloads.rsc_timestamp),
        (
            &NET_PACKET_EXTENSION_HASH,
            settings.receive_scaling && client.minor > 1,
        ),
        (&NET_PACKET_EXTENSION_IEEE8021Q, offloads.tags),
    ];
    candidates
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(e, _)| e)
        .collect()
}

/// The kind of elements that a ring holds.
pub(super) const PACKETS: NET_EXTENSION_TYPE = NetExtensionTypePacket;
/// As above.
pub(super) const FRAGMENTS: NET_EXTENSION_TYPE = NetExtensionTypeFragment;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_extensions_lie_where_the_header_says() {
        let extensions: Vec<&'static Extension> = EXTENSIONS.iter().collect();
        for of in [PACKETS, FRAGMENTS] {
            let ring = Ring::new(128, of, &extensions).unwrap();
            assert_eq!(ring.address() % 64, 0);
            for extension in EXTENSIONS.iter().filter(|e| e.of == of) {
                let column = Column::of(&ring, extension).unwrap();
                let last: Guest<u8> = column.at(127);
                assert_eq!(last.addr() % extension.align, 0, "{}", extension.c_name);
                assert!(last.addr() + extension.size <= ring.element::<u8>(127).addr() + ring.stride());
                let filled = ring.describe_extension(extension);
                assert_eq!((filled.Enabled, filled.Reserved[1] as usize), (1, ring.stride()));
            }
            // The last byte can be touched; the next page can't (not tried).
            ring.element::<u8>(127)
                .byte_offset::<u8>(ring.stride() - 1)
                .write(1);
        }
    }

    #[test]
    fn names_versions_and_types_must_fit() {
        assert!(find_extension("ms_fragment_virtualaddress", 1, FRAGMENTS).is_some());
        assert!(find_extension("ms_fragment_virtualaddress", 2, FRAGMENTS).is_none());
        assert!(find_extension("ms_fragment_virtualaddress", 1, PACKETS).is_none());
        assert!(find_extension("ms_fragment_physicaladdress", 1, FRAGMENTS).is_none());
    }
}
