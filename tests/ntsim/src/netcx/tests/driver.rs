//! The driver: queues as it sees them, its script, its callbacks.

use std::collections::VecDeque;
use std::ptr::NonNull;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_LINK_LAYER_CAPABILITIES, NET_ADAPTER_RX_CAPABILITIES,
    NET_ADAPTER_TX_CAPABILITIES, NET_EXTENSION, NET_FRAGMENT, NET_FRAGMENT_EXTENSION_RETURN_CONTEXT,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_FRAGMENT_RETURN_CONTEXT_HANDLE, NET_PACKET,
    NET_PACKET_LAYOUT, NET_PACKET_QUEUE_CONFIG_V2_0, NET_RING, NETADAPTER, NETPACKETQUEUE, NETRXQUEUE_INIT,
    NETTXQUEUE_INIT, NetPacketLayer2TypeNull, NetPacketLayer3TypeIPv4UnspecifiedOptions,
    NetPacketLayer4TypeUnspecified, Ring,
};
use parking_lot::Mutex;

use super::super::queue::Direction;
use super::super::{adapter, adapter_init, capabilities, device, link, queue, queue_init};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::cpu;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::device::WdfDeviceCreate;

/// MTU of the adapter.
pub(super) const MTU: u32 = 1500;

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
    fn read(handle: Handle, direction: Direction) -> Self {
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

/// What the driver does. The default is a healthy one.
#[derive(Clone, Copy)]
pub(super) struct Script {
    pub minor: u32,
    pub system_buffers: bool,
    pub tx_capabilities: fn(&mut NET_ADAPTER_TX_CAPABILITIES),
    pub rx_capabilities: fn(&mut NET_ADAPTER_RX_CAPABILITIES),
    /// With the adapter's init object, before NetAdapterCreate.
    pub init: fn(usize, usize),
    /// With the adapter, before NetAdapterStart.
    pub before_start: fn(usize, Handle),
    /// With the adapter, after NetAdapterStart.
    pub after_start: fn(usize, Handle),
    /// Makes a queue.
    pub make: fn(&Make) -> NtStatus,
    pub advance: fn(&View),
    pub arm: fn(&View),
    pub cancel: fn(&View),
}

impl Default for Script {
    fn default() -> Self {
        Self {
            minor: 0,
            system_buffers: false,
            tx_capabilities: |_| (),
            rx_capabilities: |_| (),
            init: |_, _| (),
            before_start: |_, _| (),
            after_start: |_, _| (),
            make: Make::make,
            advance,
            arm: |_| (),
            cancel: View::cancel,
        }
    }
}

/// What the driver and the test share.
pub(super) struct Driver {
    pub globals: usize,
    pub script: Script,
    pub queues: Vec<View>,
    /// Packets that were transmitted, with the number of their fragments.
    pub sent: Vec<(Vec<u8>, u16)>,
    /// Packets to receive, and free buffers.
    pub incoming: VecDeque<Vec<u8>>,
    pub buffers: Vec<usize>,
    /// What happened, oldest first.
    pub events: Vec<&'static str>,
    /// IRQLs that callbacks ran at.
    pub irqls: Vec<u8>,
    pub adapter: Handle,
}

pub(super) static DRIVER: Mutex<Driver> = Mutex::new(Driver {
    globals: 0,
    script: Script {
        minor: 0,
        system_buffers: false,
        tx_capabilities: |_| (),
        rx_capabilities: |_| (),
        init: |_, _| (),
        before_start: |_, _| (),
        after_start: |_, _| (),
        make: Make::make,
        advance,
        arm: |_| (),
        cancel: View::cancel,
    },
    queues: Vec::new(),
    sent: Vec::new(),
    incoming: VecDeque::new(),
    buffers: Vec::new(),
    events: Vec::new(),
    irqls: Vec::new(),
    adapter: 0,
});

/// The healthy EvtAdvance.
pub(super) fn advance(view: &View) {
    let mut driver = DRIVER.lock();
    if view.direction == Direction::Tx {
        let mut fragments = view.fragments.begin();
        for index in view.packets.owned() {
            let packet = view.packet(index).read();
            if !packet.is_ignored() {
                driver.sent.push((view.bytes(index), packet.FragmentCount));
                fragments = view
                    .fragments
                    .mask()
                    .advance(packet.FragmentIndex, packet.FragmentCount.into());
            }
        }
        assert!(view.fragments.set_begin(fragments));
        assert!(view.packets.set_begin(view.packets.end()));
        return;
    }
    let room = view.packets.owned().len().min(view.fragments.owned().len());
    let mut count = 0;
    while (count as usize) < room && !driver.incoming.is_empty() {
        let buffer = if driver.script.system_buffers {
            view.address(view.fragments.mask().advance(view.fragments.begin(), count))
                .read()
        } else {
            let Some(buffer) = driver.buffers.pop() else { break };
            buffer
        };
        let packet = driver.incoming.pop_front().unwrap();
        view.fill(count, &packet, buffer);
        count += 1;
    }
    view.give_back(count);
}

fn view(queue: NETPACKETQUEUE) -> (View, Script) {
    let mut driver = DRIVER.lock();
    driver.irqls.push(cpu::irql());
    let view = driver
        .queues
        .iter()
        .rev()
        .find(|v| v.handle == queue as usize)
        .copied()
        .unwrap();
    (view, driver.script)
}

fn note(event: &'static str) {
    DRIVER.lock().events.push(event);
}

unsafe extern "win64" fn evt_start(queue: NETPACKETQUEUE) {
    let view = view(queue).0;
    assert_eq!(
        (view.packets.begin(), view.packets.end()),
        (0, 0),
        "indices begin at 0"
    );
    note("start");
}

unsafe extern "win64" fn evt_stop(_queue: NETPACKETQUEUE) {
    note("stop");
}

unsafe extern "win64" fn evt_advance(queue: NETPACKETQUEUE) {
    let (view, script) = view(queue);
    (script.advance)(&view);
}

unsafe extern "win64" fn evt_set_notification(queue: NETPACKETQUEUE, enabled: u8) {
    assert_eq!(enabled, 1, "only ever enabled");
    let (view, script) = view(queue);
    (script.arm)(&view);
}

unsafe extern "win64" fn evt_cancel(queue: NETPACKETQUEUE) {
    let (view, script) = view(queue);
    note("cancel");
    (script.cancel)(&view);
}

unsafe extern "win64" fn evt_return_buffer(
    _adapter: NETADAPTER,
    context: NET_FRAGMENT_RETURN_CONTEXT_HANDLE,
) {
    DRIVER.lock().buffers.push(context as usize);
}

/// The making of a queue: what the driver's callback got.
pub(super) struct Make {
    pub globals: usize,
    pub init: usize,
    pub direction: Direction,
}

impl Make {
    pub(super) fn config() -> NET_PACKET_QUEUE_CONFIG_V2_0 {
        NET_PACKET_QUEUE_CONFIG_V2_0 {
            EvtStart: Some(evt_start),
            EvtStop: Some(evt_stop),
            ..NET_PACKET_QUEUE_CONFIG_V2_0::new(
                Some(evt_advance),
                Some(evt_set_notification),
                Some(evt_cancel),
            )
        }
    }

    pub(super) fn make(&self) -> NtStatus {
        self.make_with(&Self::config(), Guest::null())
    }

    pub(super) fn make_with(
        &self,
        config: &NET_PACKET_QUEUE_CONFIG_V2_0,
        attributes: Guest<ObjectAttributes>,
    ) -> NtStatus {
        let mut handle: Handle = 0;
        let out = Guest::at((&raw mut handle) as usize);
        let config = Guest::of(config).cast();
        let made = match self.direction {
            Direction::Tx => queue_init::NetTxQueueCreate(self.globals, self.init, attributes, config, out),
            Direction::Rx => queue_init::NetRxQueueCreate(self.globals, self.init, attributes, config, out),
        };
        if status::succeeded(made) {
            let view = View::read(out.read(), self.direction);
            DRIVER.lock().queues.push(view);
        }
        made
    }
}

fn make(init: usize, direction: Direction) -> NtStatus {
    let (globals, script) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.script)
    };
    (script.make)(&Make {
        globals,
        init,
        direction,
    })
}

unsafe extern "win64" fn evt_create_tx(_adapter: NETADAPTER, init: *mut NETTXQUEUE_INIT) -> NtStatus {
    make(init as usize, Direction::Tx)
}

unsafe extern "win64" fn evt_create_rx(_adapter: NETADAPTER, init: *mut NETRXQUEUE_INIT) -> NtStatus {
    make(init as usize, Direction::Rx)
}

pub(super) fn datapath_callbacks() -> NET_ADAPTER_DATAPATH_CALLBACKS {
    NET_ADAPTER_DATAPATH_CALLBACKS::new(Some(evt_create_tx), Some(evt_create_rx))
}

pub(super) extern "win64" fn device_add(_driver: Handle, init: usize) -> NtStatus {
    match add(init) {
        Ok(()) => status::SUCCESS,
        Err(status) => status,
    }
}

fn checked(status: NtStatus) -> Result<()> {
    if status::succeeded(status) {
        Ok(())
    } else {
        Err(status)
    }
}

fn add(init: usize) -> Result<()> {
    let (globals, script) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.script)
    };
    checked(device::NetDeviceInitConfig(globals, init))?;
    let (mut init, mut device): (usize, Handle) = (init, 0);
    let out = Guest::<Handle>::at((&raw mut device) as usize);
    checked(WdfDeviceCreate(
        0,
        Guest::at((&raw mut init) as usize),
        Guest::null(),
        out,
    ))?;
    let adapter_init = adapter_init::NetAdapterInitAllocate(globals, out.read());
    if adapter_init == 0 {
        return Err(status::INSUFFICIENT_RESOURCES);
    }
    adapter_init::NetAdapterInitSetDatapathCallbacks(globals, adapter_init, Guest::of(&datapath_callbacks()));
    (script.init)(globals, adapter_init);
    let mut handle: Handle = 0;
    let out = Guest::<Handle>::at((&raw mut handle) as usize);
    let created = adapter::NetAdapterCreate(globals, adapter_init, Guest::null(), out);
    adapter_init::NetAdapterInitFree(globals, adapter_init);
    checked(created)?;
    let handle = out.read();
    DRIVER.lock().adapter = handle;
    set_capabilities(globals, handle, &script);
    (script.before_start)(globals, handle);
    checked(adapter::NetAdapterStart(globals, handle))?;
    (script.after_start)(globals, handle);
    Ok(())
}

pub(super) fn set_capabilities(globals: usize, handle: Handle, script: &Script) {
    let link_layer = NET_ADAPTER_LINK_LAYER_CAPABILITIES::new(1_000_000_000, 1_000_000_000);
    capabilities::NetAdapterSetLinkLayerCapabilities(globals, handle, Guest::of(&link_layer));
    link::NetAdapterSetLinkLayerMtuSize(globals, handle, MTU);
    let mut tx = NET_ADAPTER_TX_CAPABILITIES::new(1);
    (script.tx_capabilities)(&mut tx);
    let mut rx = if script.system_buffers {
        NET_ADAPTER_RX_CAPABILITIES::system_managed(2048, 1)
    } else {
        NET_ADAPTER_RX_CAPABILITIES::driver_managed(Some(evt_return_buffer), 2048, 1)
    };
    (script.rx_capabilities)(&mut rx);
    capabilities::NetAdapterSetDataPathCapabilities(globals, handle, Guest::of(&tx), Guest::of(&rx));
}
