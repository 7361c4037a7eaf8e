//! The driver: its script, its callbacks.

use std::collections::VecDeque;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_LINK_LAYER_CAPABILITIES, NET_ADAPTER_RX_CAPABILITIES,
    NET_ADAPTER_TX_CAPABILITIES, NET_FRAGMENT_RETURN_CONTEXT_HANDLE, NET_PACKET_QUEUE_CONFIG_V2_0,
    NETADAPTER, NETPACKETQUEUE, NETRXQUEUE_INIT, NETTXQUEUE_INIT,
};
use parking_lot::Mutex;

use super::super::queue::Direction;
use super::super::{adapter, adapter_init, capabilities, device, link, queue_init};
use super::view::View;
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::cpu;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::device::WdfDeviceCreate;

/// MTU of the adapter.
pub(super) const MTU: u32 = 1500;

/// What the driver does. The default is a healthy one.
#[derive(Clone, Copy)]
pub(super) struct Script {
    pub minor: u32,
    pub system_buffers: bool,
    /// With globals and device-init: NetDeviceInitConfig.
    pub configure: fn(usize, usize) -> NtStatus,
    /// With the device-init, after that.
    pub device_init: fn(usize),
    /// With the device.
    pub device: fn(Handle),
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

const HEALTHY: Script = Script {
    minor: 0,
    system_buffers: false,
    configure: |globals, init| device::NetDeviceInitConfig(globals, init),
    device_init: |_| (),
    device: |_| (),
    tx_capabilities: |_| (),
    rx_capabilities: |_| (),
    init: |_, _| (),
    before_start: |_, _| (),
    after_start: |_, _| (),
    make: Make::make,
    advance,
    arm: |_| (),
    cancel: View::cancel,
};

impl Default for Script {
    fn default() -> Self {
        HEALTHY
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
    script: HEALTHY,
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
    checked((script.configure)(globals, init))?;
    (script.device_init)(init);
    let (mut init, mut device): (usize, Handle) = (init, 0);
    let out = Guest::<Handle>::at((&raw mut device) as usize);
    checked(WdfDeviceCreate(
        0,
        Guest::at((&raw mut init) as usize),
        Guest::null(),
        out,
    ))?;
    (script.device)(out.read());
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
