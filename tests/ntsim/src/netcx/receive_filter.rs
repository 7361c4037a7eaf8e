//! Receive filters (netreceivefilter.h, 2.1 and later): what the stack wants to receive.
//!
//! The driver is told once its queues run: whatever it supports of directed, broadcast and multicast packets, with an
//! empty multicast list. The handle is valid inside of the callback only.

use std::cell::Cell;
use std::sync::Arc;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES, NETADAPTER, NETRECEIVEFILTER, NetPacketFilterFlagAllMulticast,
    NetPacketFilterFlagMulticast, NetPacketFilterFlagPromiscuous,
};

use super::adapter::{self, Adapter};
use super::capabilities::before_start;
use super::rules::bugcheck;
use super::{class, sized};
use crate::abi::kmdf::Handle;
use crate::cpu::callback;
use crate::exports;
use crate::guest::Guest;
use crate::violate;

exports! { "netadaptercx.sys";
    NetAdapterSetReceiveFilterCapabilities: PASSIVE..=PASSIVE,
    NetReceiveFilterGetPacketFilter: PASSIVE..=DISPATCH,
    NetReceiveFilterGetMulticastAddressCount: PASSIVE..=DISPATCH,
    NetReceiveFilterGetMulticastAddressList: PASSIVE..=DISPATCH,
}

pub(super) type SetReceiveFilter = unsafe extern "win64" fn(NETADAPTER, NETRECEIVEFILTER);

/// Not an address.
const HANDLE: usize = 0x9400_0000_0000_0000;

thread_local! {
    /// The flags that the running callback may ask about.
    static ACTIVE: Cell<Option<i32>> = const { Cell::new(None) };
}

/// `NetAdapterSetReceiveFilterCapabilities`: before the start, with filters and a callback; a multicast list needs room
/// (0x19E 11 to 13).
pub extern "win64" fn NetAdapterSetReceiveFilterCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES");
    let this = capabilities.read();
    let flags = this.SupportedPacketFilters;
    let (Some(callback), true) = (this.EvtSetReceiveFilter, flags.0 != 0) else {
        bugcheck!(
            NET_CAPABILITIES,
            "receive filters without flags or callback: {this:?}"
        );
    };
    let multicast = flags.contains(NetPacketFilterFlagMulticast);
    let all = flags.contains(NetPacketFilterFlagAllMulticast);
    let addresses = this.MaximumMulticastAddresses;
    if multicast && addresses == 0 || !multicast && !all && addresses != 0 {
        bugcheck!(
            NET_CAPABILITIES,
            "multicast filter and length of the list contradict each other: {this:?}"
        );
    }
    let mut settings = before_start(&adapter, "NetAdapterSetReceiveFilterCapabilities");
    settings.receive_filter = Some((flags.0 & !NetPacketFilterFlagPromiscuous.0, callback));
}

/// Tells the driver what to receive. PASSIVE_LEVEL.
pub(super) fn indicate(adapter: &Arc<Adapter>) {
    let filter = adapter.settings.lock().receive_filter;
    let Some((flags, callback)) = filter else { return };
    ACTIVE.set(Some(flags));
    callback::invoke("EvtSetReceiveFilter", || {
        // SAFETY: the driver's callback; adapter and handle are valid while it runs.
        unsafe { callback(adapter.handle(), std::ptr::without_provenance_mut(HANDLE)) }
    });
    ACTIVE.set(None);
}

/// The flags behind a handle; 0 for one that isn't valid here.
fn flags(globals: usize, filter: usize) -> i32 {
    class::check(globals);
    match ACTIVE.get().filter(|_| filter == HANDLE) {
        Some(flags) => flags,
        None => {
            violate!(
                NET_CALLBACK_HANDLE,
                "NETRECEIVEFILTER {filter:#x} is not the one of a callback on this thread"
            );
            0
        }
    }
}

/// `NetReceiveFilterGetPacketFilter`.
pub extern "win64" fn NetReceiveFilterGetPacketFilter(globals: usize, filter: usize) -> i32 {
    flags(globals, filter)
}

/// `NetReceiveFilterGetMulticastAddressCount`: the list is empty.
pub extern "win64" fn NetReceiveFilterGetMulticastAddressCount(globals: usize, filter: usize) -> usize {
    let _ = flags(globals, filter);
    0
}

/// `NetReceiveFilterGetMulticastAddressList`: null, as it is empty.
pub extern "win64" fn NetReceiveFilterGetMulticastAddressList(globals: usize, filter: usize) -> usize {
    let _ = flags(globals, filter);
    0
}
