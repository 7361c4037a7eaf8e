//! Queues as the driver sees them.

use std::ptr::NonNull;

use netcx_sys::netadaptercx::{
    NET_EXTENSION, NET_FRAGMENT, NET_FRAGMENT_EXTENSION_RETURN_CONTEXT,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET, NET_PACKET_LAYOUT, NET_RING, NetPacketLayer2TypeNull,
    NetPacketLayer3TypeIPv4UnspecifiedOptions, NetPacketLayer4TypeUnspecified, Ring,
};

use super::super::queue::{self, Direction};
use super::driver::DRIVER;
use crate::abi::kmdf::Handle;
use crate::guest::Guest;

/// A queue as the driver sees it.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub handle: Handle,
    pub direction: Direction,
    pub packets: Ring<NET_PACKET>,
    pub fragments: Ring<NET_FRAGMENT>,
    pub address: NET_EXTENSION,
    pub context: NET_EXTENSION,
}

// SAFETY: rings and extensions are addresses of the queue's memory; the tests' driver uses them in its callbacks only.
unsafe impl Send for View {}

impl View {
    pub(super) fn read(handle: Handle, direction: Direction) -> Self {
        let globals = DRIVER.lock().globals;
        let collection = match direction {
            Direction::Tx => queue::NetTxQueueGetRingCollection(globals, handle),
            Direction::Rx => queue::NetRxQueueGetRingCollection(globals, handle),
        };
        let [packets, fragments, _] = Guest::<[*mut NET_RING; 3]>::at(collection).read();
        let extension = |extension: &netcx_sys::netadaptercx::Extension| {
            let (query, mut out) = (extension.query(), NET_EXTENSION::EMPTY);
            let place = Guest::at((&raw mut out) as usize);
            match direction {
                Direction::Tx => queue::NetTxQueueGetExtension(globals, handle, Guest::of(&query), place),
                Direction::Rx => queue::NetRxQueueGetExtension(globals, handle, Guest::of(&query), place),
            }
            place.read()
        };
        Self {
            handle,
            direction,
            // SAFETY: the queue has just been made; the ring lives as long as it.
            packets: unsafe { Ring::new(NonNull::new(packets).unwrap()) },
            // SAFETY: as above.
            fragments: unsafe { Ring::new(NonNull::new(fragments).unwrap()) },
            address: extension(&NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS),
            context: extension(&NET_FRAGMENT_EXTENSION_RETURN_CONTEXT),
        }
    }

    pub(super) fn packet(&self, index: u32) -> Guest<NET_PACKET> {
        Guest::at(self.packets.element(index).as_ptr() as usize)
    }

    pub(super) fn fragment(&self, index: u32) -> Guest<NET_FRAGMENT> {
        Guest::at(self.fragments.element(index).as_ptr() as usize)
    }

    /// The address that a fragment's extension holds.
    pub(super) fn address(&self, index: u32) -> Guest<usize> {
        // SAFETY: the queue filled the extension in.
        Guest::at(unsafe { self.address.data::<usize>(index) }.unwrap().as_ptr() as usize)
    }

    fn context(&self, index: u32) -> Guest<usize> {
        // SAFETY: the queue filled the extension in.
        Guest::at(unsafe { self.context.data::<usize>(index) }.unwrap().as_ptr() as usize)
    }

    /// The bytes of a packet of a transmit queue.
    pub(super) fn bytes(&self, index: u32) -> Vec<u8> {
        let packet = self.packet(index).read();
        let fragments = self
            .fragments
            .mask()
            .fragments(packet.FragmentIndex, packet.FragmentCount);
        let piece = |i: u32| {
            let fragment = self.fragment(i).read();
            let start = self.address(i).read() + fragment.offset() as usize;
            Guest::<u8>::at(start).read_bytes(fragment.valid_length() as usize)
        };
        fragments.flat_map(piece).collect()
    }

    /// Gives a packet to a receive queue: fills the next packet and fragment in. Returns `false` if there is no room.
    pub(super) fn fill(&self, at: u32, bytes: &[u8], buffer: usize) {
        let (p, f) = (
            self.packets.mask().advance(self.packets.begin(), at),
            self.fragments.mask().advance(self.fragments.begin(), at),
        );
        Guest::<u8>::at(buffer).write_bytes(bytes);
        let mut fragment = self.fragment(f).read();
        fragment
            .set_valid_length(u32::try_from(bytes.len()).unwrap())
            .unwrap();
        fragment.set_offset(0).unwrap();
        if self.context.Enabled != 0 {
            fragment.set_capacity(2048).unwrap();
            self.address(f).write(buffer);
            self.context(f).write(buffer);
        }
        self.fragment(f).write(fragment);
        self.packet(p).write(NET_PACKET {
            FragmentIndex: f,
            FragmentCount: 1,
            Layout: NET_PACKET_LAYOUT::of_types(
                NetPacketLayer2TypeNull,
                NetPacketLayer3TypeIPv4UnspecifiedOptions,
                NetPacketLayer4TypeUnspecified,
            ),
            ..NET_PACKET::default()
        });
    }

    /// Gives the first `count` packets and fragments back.
    pub(super) fn give_back(&self, count: u32) {
        let packets = self.packets.mask().advance(self.packets.begin(), count);
        let fragments = self.fragments.mask().advance(self.fragments.begin(), count);
        assert!(self.fragments.set_begin(fragments));
        assert!(self.packets.set_begin(packets));
    }

    /// Gives everything back: what EvtCancel does.
    pub(super) fn cancel(&self) {
        if self.direction == Direction::Rx {
            for index in self.packets.owned() {
                let mut packet = self.packet(index).read();
                packet.mark_ignored();
                self.packet(index).write(packet);
            }
        }
        assert!(self.fragments.set_begin(self.fragments.end()));
        assert!(self.packets.set_begin(self.packets.end()));
    }
}
