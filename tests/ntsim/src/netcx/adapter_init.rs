//! `NETADAPTER_INIT`: what an adapter is made from.

use std::collections::BTreeMap;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_TX_DEMUX, NetAdapterTxDemuxType8021p,
};
use parking_lot::Mutex;

use super::adapter::{CreateRxQueue, CreateTxQueue};
use super::rules::bugcheck;
use super::{class, device, sized};
use crate::abi::kmdf::Handle;
use crate::cpu;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::violation::{self, Rule};

exports! { "netadaptercx.sys";
    NetAdapterInitAllocate: PASSIVE..=PASSIVE,
    NetAdapterInitFree: PASSIVE..=PASSIVE,
    NetAdapterInitSetDatapathCallbacks: PASSIVE..=PASSIVE,
    NetAdapterInitAddTxDemux: PASSIVE..=PASSIVE,
}

/// What has been set so far.
pub(super) struct AdapterInit {
    pub device: Handle,
    pub callbacks: Option<(CreateTxQueue, CreateRxQueue)>,
    pub tx_queues: u32,
    pub used: bool,
    site: usize,
}

static INITS: Mutex<BTreeMap<usize, AdapterInit>> = Mutex::new(BTreeMap::new());
static NEXT_INIT: Mutex<usize> = Mutex::new(0);
/// Not an address: a driver that looks into the opaque structure faults.
const FIRST: usize = 0x9100_0000_0000_0000;
/// Works on the init object behind a pointer.
pub(super) fn with_init<R>(init: usize, f: impl FnOnce(&mut AdapterInit) -> R) -> R {
    let result = INITS.lock().get_mut(&init).map(f);
    result.unwrap_or_else(|| {
        bugcheck!(
            NET_ADAPTER_INIT,
            "{init:#x} isn't a NETADAPTER_INIT, or was freed"
        )
    })
}

/// `NetAdapterInitAllocate`: for a device that went through NetDeviceInitConfig; null without memory.
pub extern "win64" fn NetAdapterInitAllocate(globals: usize, handle: Handle) -> usize {
    class::check(globals);
    let _ = device::of(handle);
    if faults::fails_allocation("NetAdapterInitAllocate") {
        return 0;
    }
    let mut next = NEXT_INIT.lock();
    *next += 0x1000;
    let pointer = FIRST + *next;
    let init = AdapterInit {
        device: handle,
        callbacks: None,
        tx_queues: 1,
        used: false,
        site: cpu::current().site(),
    };
    INITS.lock().insert(pointer, init);
    pointer
}

/// `NetAdapterInitFree`: after NetAdapterCreate, successful or not; once.
pub extern "win64" fn NetAdapterInitFree(globals: usize, init: usize) {
    class::check(globals);
    if INITS.lock().remove(&init).is_none() {
        bugcheck!(
            NET_ADAPTER_INIT,
            "{init:#x} is freed but isn't a NETADAPTER_INIT (freed twice?)"
        );
    }
}

/// `NetAdapterInitSetDatapathCallbacks`: both callbacks are mandatory (0x19E InvalidDatapathCallbacks).
pub extern "win64" fn NetAdapterInitSetDatapathCallbacks(
    globals: usize,
    init: usize,
    callbacks: Guest<NET_ADAPTER_DATAPATH_CALLBACKS>,
) {
    class::check(globals);
    sized(callbacks, "NET_ADAPTER_DATAPATH_CALLBACKS");
    let this = callbacks.read();
    let (Some(tx), Some(rx)) = (this.EvtAdapterCreateTxQueue, this.EvtAdapterCreateRxQueue) else {
        bugcheck!(NET_ADAPTER_INIT, "a data path callback is null");
    };
    with_init(init, |i| i.callbacks = Some((tx, rx)));
}

/// `NetAdapterInitAddTxDemux`: 802.1p with a range of 2 to 8 (0x19E InvalidTxDemux).
pub extern "win64" fn NetAdapterInitAddTxDemux(
    globals: usize,
    init: usize,
    demux: Guest<NET_ADAPTER_TX_DEMUX>,
) {
    class::check(globals);
    sized(demux, "NET_ADAPTER_TX_DEMUX");
    let this = demux.read();
    let mask = this.Range.wrapping_sub(1);
    if this.Type != NetAdapterTxDemuxType8021p || !(1..=7).contains(&mask) || !(mask + 1).is_power_of_two() {
        bugcheck!(NET_ADAPTER_INIT, "{this:?} isn't 802.1p with 2, 4 or 8 queues");
    }
    with_init(init, |i| i.tx_queues = u32::from(this.Range));
}

/// Reports init objects that were never freed.
pub(super) fn check_unload() {
    for init in INITS.lock().values() {
        violation::report_at(
            Rule::OBJECT_LEAK,
            init.site,
            "NETADAPTER_INIT not freed at unload".to_owned(),
        );
    }
    INITS.lock().clear();
}

pub(super) fn reset() {
    INITS.lock().clear();
}
