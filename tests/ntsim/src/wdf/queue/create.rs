//! Making a queue: what its configuration may say.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use parking_lot::{Condvar, Mutex};

use super::{KIND, MANUAL, PARALLEL, Queue, SEQUENTIAL, State};
use crate::abi::kmdf::{Handle, IoQueueConfig, ObjectAttributes};
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::device::Device;
use crate::wdf::object::{self, New};
use crate::wdf::sync::SyncLock;
use crate::{at, violate};

exports! { "Wdf01000.sys";
    WdfIoQueueCreate: PASSIVE..=DISPATCH,
}

/// `WdfIoQueueCreate`.
///
/// | the caller promises                                            | else                          |
/// |----------------------------------------------------------------|-------------------------------|
/// | the config has a known size                                      | `STATUS_INFO_LENGTH_MISMATCH`  |
/// | a dispatch type; a handler unless manual                          | `STATUS_INVALID_PARAMETER`, `STATUS_WDF_NO_CALLBACK` |
/// | no handler for a manual queue                                     | `STATUS_INVALID_PARAMETER`     |
/// | an out handle unless it is the default queue                       | `STATUS_INVALID_PARAMETER_4`   |
/// | one default queue, made before the device starts                    | `STATUS_UNSUCCESSFUL`, `STATUS_INVALID_DEVICE_STATE` |
pub(super) extern "win64" fn WdfIoQueueCreate(
    _: usize,
    device: Handle,
    config: Guest<IoQueueConfig>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    status::of(
        create(device, config, attributes, out.is_null()).map(|queue| out.put(queue.object().handle())),
    )
}

fn create(
    handle: Handle,
    config: Guest<IoQueueConfig>,
    attributes: Guest<ObjectAttributes>,
    no_out: bool,
) -> Result<Arc<Queue>> {
    let (device_object, device) = object::body::<Device>(handle);
    let config = read_config(config)?;
    if no_out && config.default_queue == 0 {
        return Err(status::INVALID_PARAMETER_4);
    }
    if config.default_queue != 0 && device.available.load(Ordering::Acquire) {
        return Err(status::INVALID_DEVICE_STATE);
    }
    if config.default_queue != 0 && device.default_queue.get().is_some() {
        return Err(status::UNSUCCESSFUL);
    }
    let power_managed = match config.power_managed {
        0 => false,
        1 => true,
        _ => !device.is_control() && !device.init.filter,
    };
    let queue = Arc::new(Queue {
        object: OnceLock::new(),
        device: Arc::clone(&device),
        config,
        power_managed: power_managed && !device.is_control(),
        state: Mutex::new(State {
            accepting: true,
            dispatching: true,
            ..State::default()
        }),
        changed: Condvar::new(),
        lock: SyncLock::default(),
    });
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(device_object),
        may_have_parent: true,
        function: "WdfIoQueueCreate",
    };
    let object = object::create(&new, Arc::clone(&queue))?;
    // Nobody else has them yet.
    let _ = queue.object.set(object);
    if config.default_queue != 0 {
        let _ = device.default_queue.set(object);
    }
    device.queues.lock().push(Arc::clone(&queue));
    Ok(queue)
}

fn read_config(config: Guest<IoQueueConfig>) -> Result<IoQueueConfig> {
    if config.is_null() {
        return Err(status::INVALID_PARAMETER);
    }
    // Sizes of 1.7 (no settings), 1.9 (settings), and since 1.11.
    let size = at!(config.size).read() as usize;
    let full = size_of::<IoQueueConfig>();
    if ![full, full - 8, full - 16].contains(&size) {
        violate!(PARAMETER, "WDF_IO_QUEUE_CONFIG has size {size}");
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    let mut this = config.read();
    if size == full - 16 {
        this.presented_requests = u32::MAX;
    }
    let has_handler = this.io_default.is_some()
        || this.io_read.is_some()
        || this.io_write.is_some()
        || this.io_device_control.is_some()
        || this.io_internal_device_control.is_some();
    match this.dispatch_type {
        MANUAL if has_handler => Err(status::INVALID_PARAMETER),
        SEQUENTIAL | PARALLEL if !has_handler => Err(status::WDF_NO_CALLBACK),
        SEQUENTIAL | PARALLEL | MANUAL => Ok(this),
        _ => Err(status::INVALID_PARAMETER),
    }
}
