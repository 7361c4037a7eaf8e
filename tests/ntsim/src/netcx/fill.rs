//! Filling in a transmit queue's packets and fragments, as the driver's capabilities want them.

use std::io;
use std::sync::atomic::Ordering;

use netcx_sys::netadaptercx::{
    NET_FRAGMENT, NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS, NET_FRAGMENT_EXTENSION_MDL,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET, NET_PACKET_CHECKSUM, NET_PACKET_EXTENSION_CHECKSUM,
    NET_PACKET_EXTENSION_GSO, NET_PACKET_GSO, NetPacketTxChecksumActionRequired,
};

use super::capabilities::TxCapabilities;
use super::outbound::{HEADERS, Outbound};
use super::packet::Headers;
use super::poll::Rings;
use super::queue::Queue;
use super::ring::Column;
use crate::abi::wdm::Mdl;
use crate::faults::Random;
use crate::guest::Guest;
use crate::machine;
use crate::ntoskrnl::mdl;

/// Most fragments of one packet.
pub(super) const MAX_FRAGMENTS: usize = 12;

/// What the driver shall do with a packet.
#[derive(Clone, Copy, Default)]
pub(super) struct Request {
    /// Complete the layer 4 checksum.
    pub checksum: bool,
    /// Payload of a segment; 0: leave it whole.
    pub mss: usize,
}

/// Writes elements of the rings.
pub(super) struct Fill {
    pub capabilities: TxCapabilities,
    /// Longer packets are posted as ignored.
    longest: usize,
    /// 2.0 describes memory from where its MDL begins.
    offsets: bool,
    /// Strict mode: packets are cut at odd places.
    random: Option<Random>,
    mdls: Vec<Guest<Mdl>>,
    address: Option<Column>,
    logical: Option<Column>,
    mdl: Option<Column>,
    checksum: Option<Column>,
    gso: Option<Column>,
    /// Packets that were copied, and those posted as ignored.
    pub bounced: u64,
    pub ignored: u64,
}

impl Fill {
    pub(super) fn new(queue: &Queue, longest: usize) -> io::Result<Self> {
        let capabilities = queue
            .adapter
            .settings
            .lock()
            .tx
            .ok_or(io::ErrorKind::InvalidInput)?;
        let random = machine::with_config(|c| c.strict.then(|| Random::new(c.seed)));
        Ok(Self {
            capabilities,
            longest,
            offsets: !queue.adapter.client.polls_at_dispatch(),
            random,
            mdls: vec![Guest::null(); queue.fragments.count() as usize],
            address: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS),
            logical: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS),
            mdl: Column::of(&queue.fragments, &NET_FRAGMENT_EXTENSION_MDL),
            checksum: Column::of(&queue.packets, &NET_PACKET_EXTENSION_CHECKSUM),
            gso: Column::of(&queue.packets, &NET_PACKET_EXTENSION_GSO),
            bounced: 0,
            ignored: 0,
        })
    }

    /// Fills in and posts the next packet: `pieces` are places in the memory, the first begins with the headers. Returns its
    /// length, 0 if it was posted as ignored.
    pub(super) fn packet(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        memory: &mut Outbound,
        pieces: &[(usize, usize)],
        request: Request,
    ) -> usize {
        let index = rings.packets.end();
        let length: usize = pieces.iter().map(|(_, length)| length).sum();
        let mut packet = NET_PACKET {
            FragmentIndex: rings.fragments.end(),
            ..NET_PACKET::default()
        };
        let too_long = request.mss == 0 && length > self.longest;
        if length == 0 || too_long {
            packet.mark_ignored();
            self.ignored += 1;
        } else {
            let at = pieces[0].0;
            if let Some(headers) = Headers::parse(&memory.bytes()[at..at + length.min(HEADERS)]) {
                packet.Layout = headers.layout();
            }
            packet.FragmentCount = self.fragments(queue, rings, memory, pieces, length);
        }
        queue.packets.element::<NET_PACKET>(index).write(packet);
        self.request(index, request, packet.Layout.layer3_type());
        rings.packets.post(&queue.packets);
        if packet.is_ignored() { 0 } else { length }
    }

    fn request(&self, index: u32, request: Request, layer3: u8) {
        if let Some(column) = self.checksum {
            let mut checksum = NET_PACKET_CHECKSUM::default();
            if request.checksum {
                let required = u8::try_from(NetPacketTxChecksumActionRequired.0).unwrap_or(0);
                // Two bits each: 2 fits.
                let _ = checksum.set_layer4(required);
                if request.mss != 0 && layer3 < 4 {
                    let _ = checksum.set_layer3(required);
                }
            }
            column.at(index).write(checksum);
        }
        if let Some(column) = self.gso {
            let mut gso = NET_PACKET_GSO::default();
            // 20 bits: a segment is below 64 KiB.
            let _ = gso.set_tcp_mss(u32::try_from(request.mss).unwrap_or(0));
            column.at(index).write(gso);
        }
    }

    /// Fills in the fragments of a packet. Returns how many.
    fn fragments(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        memory: &mut Outbound,
        pieces: &[(usize, usize)],
        length: usize,
    ) -> u16 {
        let wanted = self.capabilities.max_fragments;
        let aligned =
            |at: usize| (at - self.capabilities.backfill).is_multiple_of(self.capabilities.alignment);
        if pieces.len() > wanted || !pieces.iter().all(|(at, _)| aligned(*at)) {
            let target = memory.bounce(rings.packets.end(), pieces);
            self.bounced += 1;
            self.fragment(queue, rings, memory.address(target), length, true, true);
            return 1;
        }
        let mut count = 0u16;
        let mut left = wanted.min(MAX_FRAGMENTS) - pieces.len();
        for (at, length) in pieces {
            let (mut at, mut length) = (*at, *length);
            while let Some(cut) = self.cut(length, left) {
                self.fragment(queue, rings, memory.address(at), cut, count == 0, false);
                (at, length, left, count) = (at + cut, length - cut, left - 1, count + 1);
            }
            self.fragment(queue, rings, memory.address(at), length, count == 0, false);
            count += 1;
        }
        count
    }

    /// Where to cut a piece, so that drivers see fragments of all lengths.
    fn cut(&mut self, length: usize, left: usize) -> Option<usize> {
        let random = self.random.as_mut()?;
        if left == 0 || length < 2 || self.capabilities.alignment > 1 || random.below(3) != 0 {
            return None;
        }
        usize::try_from(1 + random.below(length as u64 - 1)).ok()
    }

    fn fragment(
        &mut self,
        queue: &Queue,
        rings: &mut Rings,
        address: usize,
        length: usize,
        first: bool,
        bounced: bool,
    ) {
        let index = rings.fragments.end();
        let backfill = if first { self.capabilities.backfill } else { 0 };
        let mut base = address - backfill;
        if self.offsets && backfill <= 512 && self.capabilities.alignment == 1 {
            base &= !0x1FF;
        }
        let offset = address - base;
        let mut fragment = NET_FRAGMENT::default();
        // Below 2^26 and 2^10.
        let _ = fragment.set_valid_length(u32::try_from(length).unwrap_or(0));
        let _ = fragment.set_capacity(u32::try_from(offset + length).unwrap_or(0));
        let _ = fragment.set_offset(u32::try_from(offset).unwrap_or(0));
        let _ = fragment.set_bounced(u8::from(bounced));
        queue.fragments.element::<NET_FRAGMENT>(index).write(fragment);
        if let Some(column) = self.address {
            column.at(index).write(base);
        }
        if let Some(column) = self.logical {
            column.at(index).write(base as u64);
        }
        if let Some(column) = self.mdl.filter(|_| queue.wants_mdl.load(Ordering::Relaxed)) {
            let made = mdl::system(base, offset + length);
            self.mdls[index as usize] = made;
            column.at(index).write(made);
        }
        rings.fragments.post(&queue.fragments);
    }

    /// A fragment came back.
    pub(super) fn release(&mut self, index: u32) {
        let made = std::mem::take(&mut self.mdls[index as usize]);
        if !made.is_null() {
            mdl::free_system(made);
        }
    }
}

impl Drop for Fill {
    fn drop(&mut self) {
        for index in 0..u32::try_from(self.mdls.len()).unwrap_or(0) {
            self.release(index);
        }
    }
}
