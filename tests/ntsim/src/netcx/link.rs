//! The link of an adapter: its network interface on the host, state, MTU, addresses (netadapter.h).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netcx_sys::netadaptercx::{
    MediaConnectStateConnected, MediaDuplexStateFull, NET_ADAPTER_LINK_LAYER_ADDRESS, NET_ADAPTER_LINK_STATE,
    NetAdapterPauseFunctionTypeUnknown,
};
use parking_lot::Mutex;

use super::wire::Wire;
use super::{adapter, class, sized};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::worker;
use crate::registry::PASSIVE as PASSIVE_LEVEL;
use crate::status::{self, Result};
use crate::{cpu, violate};

exports! { "netadaptercx.sys";
    NetAdapterSetLinkState: PASSIVE..=DISPATCH,
    NetAdapterSetLinkLayerMtuSize: PASSIVE..=PASSIVE,
    NetAdapterGetLinkLayerMtuSize: PASSIVE..=PASSIVE,
    NetAdapterSetPermanentLinkLayerAddress: PASSIVE..=PASSIVE,
    NetAdapterSetCurrentLinkLayerAddress: PASSIVE..=PASSIVE,
}

/// NetAdapterAutoNegotiationFlag*: the four that there are.
const NEGOTIATION_FLAGS: i32 = 0xF;
/// Bytes of NET_ADAPTER_LINK_LAYER_ADDRESS.
const MAX_ADDRESS: u16 = 32;

/// The network interface that stands for an adapter, and what is wanted of it.
#[derive(Default)]
pub(super) struct Link {
    wire: Mutex<Option<Arc<Wire>>>,
    /// The driver says that the media is connected. Adapters begin without.
    connected: AtomicBool,
}

impl Link {
    /// Makes the network interface, unless it is there.
    pub(super) fn open(&self, mtu: u32) -> Result<()> {
        let mut wire = self.wire.lock();
        if wire.is_none() {
            let new = Wire::open(mtu).map_err(|error| {
                eprintln!("ntsim: no network interface for the adapter: {error}");
                status::INSUFFICIENT_RESOURCES
            })?;
            *wire = Some(Arc::new(new));
        }
        drop(wire);
        self.apply();
        Ok(())
    }

    /// The network interface goes.
    pub(super) fn close(&self) {
        *self.wire.lock() = None;
    }

    /// The interface, for a queue.
    pub(super) fn wire(&self) -> Option<Arc<Wire>> {
        self.wire.lock().clone()
    }

    pub(super) fn name(&self) -> Option<String> {
        self.wire.lock().as_ref().map(|w| w.name().to_owned())
    }

    /// Brings the interface to the state that the driver wants: always the latest, whoever comes last.
    fn apply(&self) {
        let wire = self.wire.lock();
        if let Some(wire) = &*wire {
            wire.set_carrier(self.connected.load(Ordering::Acquire));
        }
    }
}

/// `NetAdapterSetLinkState`: at any time, also before the start. Values out of range are 0x19E 14 (InvalidLinkState).
pub extern "win64" fn NetAdapterSetLinkState(
    globals: usize,
    handle: Handle,
    state: Guest<NET_ADAPTER_LINK_STATE>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    if !sized(state, "NET_ADAPTER_LINK_STATE") {
        return;
    }
    let this = state.read();
    let in_range = |value: i32, last: i32| (0..=last).contains(&value);
    if !in_range(this.MediaConnectState.0, 2)
        || !in_range(this.MediaDuplexState.0, MediaDuplexStateFull.0)
        || !in_range(
            this.SupportedPauseFunctions.0,
            NetAdapterPauseFunctionTypeUnknown.0,
        )
        || this.AutoNegotiationFlags.0 & !NEGOTIATION_FLAGS != 0
    {
        return violate!(NET_LINK_STATE, "values out of range: {this:?}");
    }
    let connected = this.MediaConnectState == MediaConnectStateConnected;
    if adapter.link.connected.swap(connected, Ordering::AcqRel) == connected {
        return;
    }
    if cpu::irql() == PASSIVE_LEVEL {
        adapter.link.apply();
    } else {
        // The host may make us wait.
        worker::queue(move || adapter.link.apply());
    }
}

/// `NetAdapterSetLinkLayerMtuSize`: more than 0 (0x19E 19). A started adapter's queues are made anew.
pub extern "win64" fn NetAdapterSetLinkLayerMtuSize(globals: usize, handle: Handle, mtu: u32) {
    class::check(globals);
    let adapter = adapter::of(handle);
    if mtu == 0 {
        super::rules::bugcheck!(NET_CAPABILITIES, "an MTU of 0");
    }
    let started = {
        let mut settings = adapter.settings.lock();
        let changed = std::mem::replace(&mut settings.mtu, mtu) != mtu;
        changed && settings.started
    };
    if started {
        // NDIS does so on its own time: the caller may be a callback of the queues.
        worker::queue(move || {
            if let Some(wire) = adapter.link.wire() {
                wire.set_mtu(mtu);
            }
            adapter.renew_data_path();
        });
    }
}

/// `NetAdapterGetLinkLayerMtuSize`.
pub extern "win64" fn NetAdapterGetLinkLayerMtuSize(globals: usize, handle: Handle) -> u32 {
    class::check(globals);
    adapter::of(handle).settings.lock().mtu
}

fn address_length(address: Guest<NET_ADAPTER_LINK_LAYER_ADDRESS>) -> u16 {
    let length = address.read().Length;
    if length > MAX_ADDRESS {
        super::rules::bugcheck!(NET_CAPABILITIES, "a link layer address of {length} bytes");
    }
    length
}

/// `NetAdapterSetPermanentLinkLayerAddress`: before the start; at most 32 bytes (0x19E 10), none for medium IP.
pub extern "win64" fn NetAdapterSetPermanentLinkLayerAddress(
    globals: usize,
    handle: Handle,
    address: Guest<NET_ADAPTER_LINK_LAYER_ADDRESS>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    let length = address_length(address);
    super::capabilities::before_start(&adapter, "NetAdapterSetPermanentLinkLayerAddress").permanent_address =
        Some(length);
}

/// `NetAdapterSetCurrentLinkLayerAddress`: as long as the permanent one.
pub extern "win64" fn NetAdapterSetCurrentLinkLayerAddress(
    globals: usize,
    handle: Handle,
    address: Guest<NET_ADAPTER_LINK_LAYER_ADDRESS>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    let length = address_length(address);
    let permanent = adapter.settings.lock().permanent_address;
    if permanent.is_some_and(|permanent| permanent != length) {
        violate!(
            NET_CAPABILITIES,
            "the current address has {length} bytes, the permanent one {permanent:?}"
        );
    }
}
