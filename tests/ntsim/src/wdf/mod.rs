//! Stands for Wdf01000.sys and WDFLDR.SYS: KMDF 1.31 and 1.33.
//!
//! A call that the table has but this module doesn't is a named trap. Not simulated: child devices (PDOs of the driver's
//! own), DMA, interrupts, USB, WMI, I/O targets, idle power-down.

pub mod collection;
pub mod device;
pub mod device_init;
pub mod driver;
pub mod extension;
pub mod file;
pub mod loader;
pub mod locks;
pub mod memory;
pub mod names;
pub mod object;
pub mod pnp;
pub mod queue;
pub mod registry;
pub mod request;
pub mod string;
pub mod sync;
pub mod timer;

use std::sync::atomic::Ordering;

use crate::io;
use crate::registry::Export;

/// Everything the framework offers to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        loader::exports(),
        collection::exports(),
        locks::exports(),
        registry::exports(),
        timer::exports(),
        device::exports(),
        device_init::exports(),
        driver::exports(),
        file::exports(),
        memory::exports(),
        object::exports(),
        pnp::exports(),
        queue::exports(),
        request::exports(),
        string::exports(),
        sync::exports(),
    ]
    .concat()
}

/// Objects whose kind can be deleted, but not this one.
fn may_delete(object: &'static object::Object) -> bool {
    queue::may_delete(object)
}

/// Deletes what the driver asked to delete. A control device with open handles goes with the last of them.
fn delete(object: &'static object::Object) {
    match object
        .body::<device::Device>()
        .filter(|d| d.opens.load(Ordering::Acquire) > 0)
    {
        Some(device) => {
            device.available.store(false, Ordering::Release);
            io::when_unused(&device, move || object.delete());
        }
        None => object.delete(),
    }
}

pub(crate) fn reset() {
    loader::reset();
    registry::reset();
    driver::reset();
    device_init::reset();
    request::reset();
    object::reset();
}
