//! The network adapter: its capabilities, its link, the making of its queues.

use core::ptr::NonNull;

use netcx_sys::netadaptercx::{
    MediaConnectStateConnected, MediaDuplexStateFull, NET_ADAPTER_DATAPATH_CALLBACKS,
    NET_ADAPTER_LINK_LAYER_CAPABILITIES, NET_ADAPTER_LINK_STATE, NET_ADAPTER_RX_CAPABILITIES,
    NET_ADAPTER_TX_CAPABILITIES, NETADAPTER, NETRXQUEUE_INIT, NETTXQUEUE_INIT,
    NetAdapterAutoNegotiationFlagNone, NetAdapterPauseFunctionTypeUnsupported,
};
use wdk_sys::{
    NTSTATUS, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS, WDFDEVICE,
};

use crate::device::Adapter;
use crate::driver::NETCX;
use crate::object::{Context, Link, attributes, context};
use crate::{rx_queue, tx_queue};

/// The largest packet inside the tunnel.
pub(crate) const MTU: u32 = 1500;
/// What the system shows as link speed; the real limit is the processor.
const LINK_SPEED: u64 = 10_000_000_000;
/// Hints for the length of the rings. A ring bounds the packets of one batch, the receive buffers bound those in flight.
const RING_SIZE: u32 = 1024;

/// What the framework keeps with the adapter.
pub(crate) struct AdapterContext {
    adapter: Link<Adapter>,
}

context!(AdapterContext, c"ovpn-dco adapter");

impl AdapterContext {
    /// The driver's own adapter behind a handle.
    ///
    /// # Safety
    ///
    /// `handle` is an adapter that [`create`] made and that still exists.
    pub(crate) unsafe fn adapter<'a>(handle: NETADAPTER) -> Option<&'a Adapter> {
        // SAFETY: such an adapter has this context.
        let context = unsafe { Self::of(handle.cast()) };
        // SAFETY: the driver's adapter goes with the device, after the framework's adapter.
        context.adapter.get().map(|adapter| unsafe { adapter.as_ref() })
    }
}

/// Creates the adapter of `device`, sets its capabilities and starts it. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `device` has just been created; `adapter` outlives it.
pub(crate) unsafe fn create(device: WDFDEVICE, adapter: NonNull<Adapter>) -> Result<NETADAPTER, NTSTATUS> {
    // SAFETY: the device was initialised by NetDeviceInitConfig.
    let init = unsafe { NETCX.NetAdapterInitAllocate(device.cast()) };
    if init.is_null() {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let mut callbacks =
        NET_ADAPTER_DATAPATH_CALLBACKS::new(Some(evt_create_tx_queue), Some(evt_create_rx_queue));
    // SAFETY: a fresh init object, and callbacks that are copied.
    unsafe { NETCX.NetAdapterInitSetDatapathCallbacks(init, &raw mut callbacks) };
    let mut attributes = attributes::<AdapterContext>(None);
    let mut handle: NETADAPTER = core::ptr::null_mut();
    // SAFETY: the init object has its callbacks; the attributes name no parent.
    let status = unsafe { NETCX.NetAdapterCreate(init, (&raw mut attributes).cast(), &raw mut handle) };
    // SAFETY: it was allocated above, and is freed whether the adapter was created or not.
    unsafe { NETCX.NetAdapterInitFree(init) };
    if !wdk::nt_success(status) {
        return Err(status);
    }
    // SAFETY: the adapter was created with this context.
    unsafe { AdapterContext::of(handle.cast()) }.adapter.set(adapter);
    // SAFETY: the adapter has not been started.
    unsafe { set_capabilities(handle) };
    Ok(handle)
}

/// Sets what must be set before the adapter starts. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `handle` is an adapter that has not been started.
unsafe fn set_capabilities(handle: NETADAPTER) {
    let mut link = NET_ADAPTER_LINK_LAYER_CAPABILITIES::new(LINK_SPEED, LINK_SPEED);
    // SAFETY: the adapter has not been started; the structure is copied.
    unsafe { NETCX.NetAdapterSetLinkLayerCapabilities(handle, &raw mut link) };
    // SAFETY: not zero, as the function asks.
    unsafe { NETCX.NetAdapterSetLinkLayerMtuSize(handle, MTU) };
    let mut tx = NET_ADAPTER_TX_CAPABILITIES {
        MaximumNumberOfFragments: tx_queue::MAX_FRAGMENTS,
        FragmentRingNumberOfElementsHint: RING_SIZE,
        ..NET_ADAPTER_TX_CAPABILITIES::new(1)
    };
    let mut rx = NET_ADAPTER_RX_CAPABILITIES {
        FragmentRingNumberOfElementsHint: RING_SIZE,
        ..NET_ADAPTER_RX_CAPABILITIES::driver_managed(
            Some(rx_queue::evt_return_rx_buffer),
            rx_queue::BUFFER_SIZE,
            1,
        )
    };
    // SAFETY: the adapter has not been started; both structures are copied.
    unsafe { NETCX.NetAdapterSetDataPathCapabilities(handle, &raw mut tx, &raw mut rx) };
    // SAFETY: the adapter exists.
    unsafe { set_link(handle, false) };
}

/// Tells the system that the media is connected, or not. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// `handle` is an adapter that still exists.
pub(crate) unsafe fn set_link(handle: NETADAPTER, up: bool) {
    let mut state = if up {
        NET_ADAPTER_LINK_STATE::new(
            LINK_SPEED,
            MediaConnectStateConnected,
            MediaDuplexStateFull,
            NetAdapterPauseFunctionTypeUnsupported,
            NetAdapterAutoNegotiationFlagNone,
        )
    } else {
        NET_ADAPTER_LINK_STATE::disconnected()
    };
    // SAFETY: the adapter exists, and the state is copied.
    unsafe { NETCX.NetAdapterSetLinkState(handle, &raw mut state) };
}

/// `EVT_NET_ADAPTER_CREATE_TXQUEUE`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_create_tx_queue(handle: NETADAPTER, init: *mut NETTXQUEUE_INIT) -> NTSTATUS {
    // SAFETY: the framework passes an adapter that `create` made.
    let Some(adapter) = (unsafe { AdapterContext::adapter(handle) }) else {
        return STATUS_INVALID_DEVICE_STATE;
    };
    // SAFETY: the framework passes an init object for a queue of this adapter, and this is its callback.
    match unsafe { tx_queue::create(init, adapter) } {
        Ok(()) => STATUS_SUCCESS,
        Err(status) => status,
    }
}

/// `EVT_NET_ADAPTER_CREATE_RXQUEUE`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_create_rx_queue(handle: NETADAPTER, init: *mut NETRXQUEUE_INIT) -> NTSTATUS {
    // SAFETY: the framework passes an adapter that `create` made.
    let Some(adapter) = (unsafe { AdapterContext::adapter(handle) }) else {
        return STATUS_INVALID_DEVICE_STATE;
    };
    // SAFETY: the framework passes an init object for a queue of this adapter, and this is its callback.
    match unsafe { rx_queue::create(init, adapter) } {
        Ok(()) => STATUS_SUCCESS,
        Err(status) => status,
    }
}
