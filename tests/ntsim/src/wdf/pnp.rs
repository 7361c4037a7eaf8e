//! PnP and power of a software device, as the PnP manager drives it: add, start, sleep, resume, remove, surprise.
//!
//! The order of callbacks is that of the framework's state machines. Class extensions surround each step. The functions
//! of this module run on a system thread of their own, at PASSIVE_LEVEL.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::device::{self, Device};
use super::device_init::{self, DeviceInit};
use super::driver;
use super::extension::Step;
use super::object::{self, Body, Kind, New, Object};
use crate::abi::kmdf::{Handle, PnpPowerCallbacks};
use crate::abi::wdm::DeviceObject;
use crate::cpu::callback;
use crate::exports;
use crate::guest::Guest;
use crate::io;
use crate::machine;
use crate::status::{self, NtStatus, Result};

exports! { "Wdf01000.sys";
    WdfCmResourceListGetCount: PASSIVE..=DISPATCH,
    WdfCmResourceListGetDescriptor: PASSIVE..=DISPATCH,
}

/// WdfPowerDeviceD0
pub const D0: u32 = 1;
/// WdfPowerDeviceD3
pub const D3: u32 = 4;
/// WdfPowerDeviceD3Final
pub const D3_FINAL: u32 = 5;

/// A value in a device's registry keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// REG_SZ
    Text(String),
    /// REG_DWORD
    Number(u32),
    /// REG_BINARY
    Binary(Vec<u8>),
    /// REG_MULTI_SZ
    List(Vec<String>),
}

/// The device below the driver's: what the bus (here: the INF) says about it.
#[derive(Debug)]
pub struct Pdo {
    instance: String,
    /// Hardware ids.
    pub hardware_ids: Vec<String>,
    /// Values of the driver's software key, by lower-case name (`HKR` of the INF).
    pub keys: Mutex<BTreeMap<String, Value>>,
    wdm: Guest<DeviceObject>,
    device: OnceLock<Arc<Device>>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {:?}", self.wdm)
    }
}

impl Pdo {
    /// A root-enumerated device, e.g. instance `ROOT\NET\0000`.
    #[must_use]
    pub fn new(instance: &str, hardware_ids: &[&str], keys: BTreeMap<String, Value>) -> Arc<Self> {
        // SAFETY: all zeroes is a valid DEVICE_OBJECT (integers and null addresses).
        let wdm: DeviceObject = unsafe { std::mem::zeroed() };
        Arc::new(Self {
            instance: instance.to_owned(),
            hardware_ids: hardware_ids.iter().map(|h| (*h).to_owned()).collect(),
            keys: Mutex::new(keys),
            wdm: Guest::of(Box::leak(Box::new(wdm))),
            device: OnceLock::new(),
        })
    }

    /// Instance id.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Its DEVICE_OBJECT.
    #[must_use]
    pub fn wdm(&self) -> Guest<DeviceObject> {
        self.wdm
    }

    /// The name that the PnP manager gave it.
    #[must_use]
    pub fn device_name(&self) -> String {
        format!(r"\Device\{:08x}", self.wdm.addr() & 0xFFFF_FFFF)
    }

    pub(super) fn attach(&self, device: &Arc<Device>) {
        // A PDO gets one function device.
        let _ = self.device.set(Arc::clone(device));
    }
}

const KIND_RESOURCES: Kind = Kind {
    name: "WDFCMRESLIST",
    passive_dispose: false,
    deletable: false,
};

/// An empty resource list.
struct Resources;
impl Body for Resources {}

/// Calls EvtDriverDeviceAdd for the PDO and returns the device that it made.
///
/// # Errors
/// What the driver returned; `STATUS_INVALID_DEVICE_STATE` if it returned success without a device, or takes none.
pub fn add_device(pdo: &Arc<Pdo>) -> Result<Arc<Device>> {
    let pdo = Arc::clone(pdo);
    in_pnp_thread(move || {
        let driver = driver::current_object().ok_or(status::NO_SUCH_DEVICE)?;
        let body = driver::current_driver().ok_or(status::NO_SUCH_DEVICE)?;
        let add = body.config.device_add.ok_or(status::INVALID_DEVICE_REQUEST)?;
        let init = DeviceInit::new(Some(Arc::clone(&pdo))).publish();
        let result = callback::invoke("EvtDriverDeviceAdd", || add(driver.handle(), init));
        device_init::take(init);
        let device = pdo.device.get().cloned();
        if !status::succeeded(result) {
            if let Some(device) = device {
                io::remove_device(&device);
                device.object().delete();
            }
            return Err(result);
        }
        device.ok_or(status::INVALID_DEVICE_STATE)
    })
}

/// Starts the device: hardware, D0, queues, self-managed I/O, interfaces.
///
/// # Errors
/// The status of the step that failed; what was done has been undone, and the device is gone.
pub fn start(device: &Arc<Device>) -> Result<()> {
    let device = Arc::clone(device);
    in_pnp_thread(move || {
        let result = start_steps(&device);
        if result.is_err() {
            device.powered.store(false, Ordering::Release);
            // The framework undoes a failed start by releasing the hardware and removing the device.
            let _ = release_hardware(&device);
            finish_removal(&device);
        }
        result
    })
}

fn start_steps(device: &Arc<Device>) -> Result<()> {
    let callbacks = device.init.pnp;
    let object = device.object();
    step(device, Step::PrepareHardware, || {
        let Some(prepare) = callbacks.prepare_hardware else {
            return status::SUCCESS;
        };
        let [raw, translated] = [(); 2].map(|()| resources(object));
        let result = callback::invoke("EvtDevicePrepareHardware", || {
            prepare(object.handle(), raw.handle(), translated.handle())
        });
        [raw, translated].iter().for_each(|list| list.delete());
        result
    })?;
    enter_d0(device, &callbacks, D3_FINAL)?;
    step(device, Step::SelfManagedIoInit, || {
        call(
            "EvtDeviceSelfManagedIoInit",
            callbacks.self_managed_io_init,
            object,
        )
    })?;
    device.enable_interfaces(true);
    device.available.store(true, Ordering::Release);
    device::finish_initializing(device);
    for extension in &device.init.extensions {
        extension.started(object);
    }
    Ok(())
}

fn resources(parent: &'static Object) -> &'static Object {
    let new = New {
        kind: &KIND_RESOURCES,
        attributes: Guest::null(),
        parent: Some(parent),
        may_have_parent: false,
        function: "",
    };
    // Without attributes and without ordered faults nothing can refuse it.
    object::create(&new, Arc::new(Resources)).unwrap_or_else(|_| machine::stop())
}

fn enter_d0(device: &Arc<Device>, callbacks: &PnpPowerCallbacks, previous: u32) -> Result<()> {
    let object = device.object();
    step(device, Step::D0Entry, || match callbacks.d0_entry {
        Some(entry) => callback::invoke("EvtDeviceD0Entry", || entry(object.handle(), previous)),
        None => status::SUCCESS,
    })?;
    step(device, Step::D0EntryPostInterrupts, || {
        match callbacks.d0_entry_post_interrupts {
            Some(entry) => callback::invoke("EvtDeviceD0EntryPostInterruptsEnabled", || {
                entry(object.handle(), previous)
            }),
            None => status::SUCCESS,
        }
    })?;
    device.powered.store(true, Ordering::Release);
    for queue in device.all_queues() {
        queue.release();
    }
    Ok(())
}

/// Leaves D0 for `target`, and holds the power-managed queues.
fn leave_d0(device: &Arc<Device>, target: u32, removing: bool) -> Result<()> {
    let callbacks = device.init.pnp;
    let object = device.object();
    if !device.powered.load(Ordering::Acquire) {
        return Ok(());
    }
    step(device, Step::SelfManagedIoSuspend, || {
        call(
            "EvtDeviceSelfManagedIoSuspend",
            callbacks.self_managed_io_suspend,
            object,
        )
    })?;
    device.powered.store(false, Ordering::Release);
    for queue in device.all_queues() {
        if queue.is_power_managed() {
            queue.hold(removing);
        }
    }
    step(device, Step::D0ExitPreInterrupts, || {
        match callbacks.d0_exit_pre_interrupts {
            Some(exit) => callback::invoke("EvtDeviceD0ExitPreInterruptsDisabled", || {
                exit(object.handle(), target)
            }),
            None => status::SUCCESS,
        }
    })?;
    step(device, Step::D0Exit, || match callbacks.d0_exit {
        Some(exit) => callback::invoke("EvtDeviceD0Exit", || exit(object.handle(), target)),
        None => status::SUCCESS,
    })
}

/// Puts the device to sleep (D3).
///
/// # Errors
/// The status of the step that failed.
pub fn sleep(device: &Arc<Device>) -> Result<()> {
    let device = Arc::clone(device);
    in_pnp_thread(move || leave_d0(&device, D3, false))
}

/// Wakes the device up.
///
/// # Errors
/// The status of the step that failed.
pub fn resume(device: &Arc<Device>) -> Result<()> {
    let device = Arc::clone(device);
    in_pnp_thread(move || {
        let callbacks = device.init.pnp;
        enter_d0(&device, &callbacks, D3)?;
        step(&device, Step::SelfManagedIoRestart, || {
            call(
                "EvtDeviceSelfManagedIoRestart",
                callbacks.self_managed_io_restart,
                device.object(),
            )
        })
    })
}

/// Removes the device gracefully (disable, uninstall, driver update).
///
/// # Errors
/// `STATUS_INVALID_DEVICE_STATE` if a handle is open, or the driver's refusal; the device goes on then.
pub fn remove(device: &Arc<Device>) -> Result<()> {
    let device = Arc::clone(device);
    in_pnp_thread(move || {
        if device.opens.load(Ordering::Acquire) > 0 {
            return Err(status::INVALID_DEVICE_STATE);
        }
        let callbacks = device.init.pnp;
        step(&device, Step::QueryRemove, || {
            call("EvtDeviceQueryRemove", callbacks.query_remove, device.object())
        })?;
        // From here on failures don't stop the removal.
        let left = leave_d0(&device, D3_FINAL, true);
        let released = release_hardware(&device);
        finish_removal(&device);
        left.and(released)
    })
}

/// Removes the device without asking. Open handles stay; the device object goes with the last of them.
///
/// # Errors
/// The status of a step that failed; the removal goes on.
pub fn surprise_remove(device: &Arc<Device>) -> Result<()> {
    let device = Arc::clone(device);
    in_pnp_thread(move || {
        let callbacks = device.init.pnp;
        let object = device.object();
        let surprised = step(&device, Step::SurpriseRemoval, || {
            if let Some(surprise) = callbacks.surprise_removal {
                callback::invoke("EvtDeviceSurpriseRemoval", || surprise(object.handle()));
            }
            status::SUCCESS
        });
        let left = leave_d0(&device, D3_FINAL, true);
        let released = release_hardware(&device);
        close_to_users(&device);
        for queue in device.all_queues() {
            queue.purge_for_removal();
        }
        flush(&device);
        // The remove IRP comes after the last close.
        io::when_unused(&device, {
            let device = Arc::clone(&device);
            move || destroy(&device)
        });
        surprised.and(left).and(released)
    })
}

fn release_hardware(device: &Arc<Device>) -> Result<()> {
    let callbacks = device.init.pnp;
    let object = device.object();
    step(device, Step::ReleaseHardware, || {
        let Some(release) = callbacks.release_hardware else {
            return status::SUCCESS;
        };
        let list = resources(object);
        let result = callback::invoke("EvtDeviceReleaseHardware", || {
            release(object.handle(), list.handle())
        });
        list.delete();
        result
    })
}

/// Interfaces off, link gone, power-managed queues purged.
fn close_to_users(device: &Arc<Device>) {
    device.available.store(false, Ordering::Release);
    device.enable_interfaces(false);
    device.drop_link();
    for queue in device.all_queues() {
        if queue.is_power_managed() {
            queue.purge_for_removal();
        }
    }
}

fn flush(device: &Arc<Device>) {
    let callbacks = device.init.pnp;
    let object = device.object();
    // These steps can't fail.
    let _ = step(device, Step::SelfManagedIoFlush, || {
        if let Some(flush) = callbacks.self_managed_io_flush {
            callback::invoke("EvtDeviceSelfManagedIoFlush", || flush(object.handle()));
        }
        status::SUCCESS
    });
}

fn finish_removal(device: &Arc<Device>) {
    close_to_users(device);
    flush(device);
    destroy(device);
}

fn destroy(device: &Arc<Device>) {
    let callbacks = device.init.pnp;
    let object = device.object();
    for queue in device.all_queues() {
        queue.purge_for_removal();
    }
    let _ = step(device, Step::SelfManagedIoCleanup, || {
        if let Some(cleanup) = callbacks.self_managed_io_cleanup {
            callback::invoke("EvtDeviceSelfManagedIoCleanup", || cleanup(object.handle()));
        }
        status::SUCCESS
    });
    io::remove_device(device);
    object.delete();
}

/// Runs one step: extensions before, the client, extensions after.
fn step(device: &Arc<Device>, step: Step, client: impl FnOnce() -> NtStatus) -> Result<()> {
    let object = device.object();
    for extension in &device.init.extensions {
        extension.before(object, step)?;
    }
    let status = client();
    if !status::succeeded(status) {
        return Err(status);
    }
    for extension in &device.init.extensions {
        extension.after(object, step)?;
    }
    Ok(())
}

fn call(
    name: &'static str,
    callback: Option<extern "win64" fn(Handle) -> NtStatus>,
    object: &'static Object,
) -> NtStatus {
    callback.map_or(status::SUCCESS, |f| callback::invoke(name, || f(object.handle())))
}

fn in_pnp_thread<R: Send + 'static>(work: impl FnOnce() -> Result<R> + Send + 'static) -> Result<R> {
    machine::run("PnP", work).unwrap_or(Err(status::UNSUCCESSFUL))
}

/// `WdfCmResourceListGetCount`: a software device has none.
pub extern "win64" fn WdfCmResourceListGetCount(_: usize, list: Handle) -> u32 {
    let _ = object::body::<Resources>(list);
    0
}

/// `WdfCmResourceListGetDescriptor`.
pub extern "win64" fn WdfCmResourceListGetDescriptor(_: usize, list: Handle, _index: u32) -> usize {
    let _ = object::body::<Resources>(list);
    0
}
