//! What a driver, or a person, may ask about a queue.

use super::{Queue, of};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::guest::Guest;
use crate::wdf::device;

exports! { "Wdf01000.sys";
    WdfIoQueueGetState: PASSIVE..=DISPATCH,
    WdfIoQueueGetDevice: PASSIVE..=DISPATCH,
}

impl Queue {
    /// Queued and driver-owned requests, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        let state = self.state.lock();
        let kind = ["", "sequential", "parallel", "manual"]
            .get(self.config.dispatch_type as usize)
            .unwrap_or(&"?");
        format!(
            "{kind} queue: {} queued, {} with the driver",
            state.queued.len(),
            state.owned.len()
        )
    }
}

/// `WdfIoQueueGetState`: bits accept 1, dispatch 2, no requests 4, none with the driver 8, held by power 16.
pub extern "win64" fn WdfIoQueueGetState(
    _: usize,
    queue: Handle,
    queued: Guest<u32>,
    owned: Guest<u32>,
) -> u32 {
    let queue = of(queue);
    let state = queue.state.lock();
    queued.put(u32::try_from(state.queued.len()).unwrap_or(u32::MAX));
    owned.put(u32::try_from(state.owned.len()).unwrap_or(u32::MAX));
    let bit = |set: bool, bit: u32| if set { bit } else { 0 };
    bit(state.accepting, 1)
        | bit(state.dispatching, 2)
        | bit(state.queued.is_empty(), 4)
        | bit(state.owned.is_empty(), 8)
        | bit(!queue.powered(), 16)
}

/// `WdfIoQueueGetDevice`.
pub extern "win64" fn WdfIoQueueGetDevice(_: usize, queue: Handle) -> Handle {
    of(queue).device.handle()
}

/// The queues of a device, for reports.
#[must_use]
pub fn summaries(device: &device::Device) -> Vec<String> {
    device.queues.lock().iter().map(|q| q.summary()).collect()
}
