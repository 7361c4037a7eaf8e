//! Stands for NetAdapterCx.sys and what of NDIS and the network stack it needs: versions 2.0 and 2.2.
//!
//! An adapter's other side is a network interface of the host, a TUN device (medium IP: packets begin with their IP
//! header). What the kernel of the host writes to it goes to the driver's transmit queue, what the driver's receive
//! queue returns is written to it. The stack's own work is done here: super-packets are segmented and checksums
//! completed before they enter the ring unless the driver offers to do so, and segments of one flow are coalesced on their way
//! up.
//!
//! Rules and what they stand for are in `rules`; sources are the documentation of the DDIs (netadaptercx headers) and the
//! published source of the class extension. Functions that clients don't have prototypes for are named traps.
//!
//! Not simulated: several receive queues (receive scaling), execution contexts and tasks of the driver's own, DMA, wake
//! sources and power offloads (accepted, never used), OIDs, Ethernet.

pub mod adapter;
pub mod adapter_init;
pub mod capabilities;
mod class;
mod coalesce;
pub mod configuration;
mod datapath;
pub mod device;
mod fill;
pub mod link;
mod names;
pub mod offload;
mod outbound;
mod packet;
mod poison;
mod poll;
pub mod power;
pub mod queue;
pub mod queue_init;
pub mod receive_filter;
mod ring;
mod rules;
mod rx;
mod segment;
mod shared;
mod signal;
mod tracked;
mod tun;
mod tx;
mod vnet;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use adapter::Adapter;
pub use class::{Class, NetClient};
pub use wire::{Medium, Network, medium};

use crate::guest::Guest;
use crate::registry::Export;
use crate::violate;
use crate::wdf::extension;

/// Everything the class extension offers to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        adapter::exports(),
        adapter_init::exports(),
        capabilities::exports(),
        configuration::exports(),
        device::exports(),
        link::exports(),
        offload::exports(),
        power::exports(),
        queue::exports(),
        queue_init::exports(),
        receive_filter::exports(),
    ]
    .concat()
}

/// Makes the class known to the framework's loader.
pub fn register() {
    extension::register(Arc::new(Class));
}

/// The adapters that there are.
#[must_use]
pub fn adapters() -> Vec<Arc<Adapter>> {
    device::adapters()
}

/// The state of all adapters and their queues, for people.
#[must_use]
pub fn describe() -> Vec<String> {
    adapters().iter().flat_map(|a| a.describe()).collect()
}

/// Checks a structure's `Size`, its first field (0x19E 8, which a system without debugger ignores). Null is reported, too.
fn sized<T>(structure: Guest<T>, name: &str) -> bool {
    if structure.is_null() {
        rules::bugcheck!(NET_STRUCTURE, "{name} is null");
    }
    let size = structure.cast::<u32>().read();
    if size as usize != size_of::<T>() {
        violate!(NET_STRUCTURE, "{name} has size {size}, not {}", size_of::<T>());
        return false;
    }
    true
}

pub(crate) fn reset() {
    device::reset();
    adapter_init::reset();
    queue_init::reset();
    class::reset();
    wire::reset();
}
