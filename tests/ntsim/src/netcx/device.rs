//! Network devices (netdevice.h): what NetDeviceInitConfig makes of a framework device, and its part in PnP and power.
//!
//! A device's data path exists in D0 only: queues are made after EvtDeviceD0Entry and are gone before EvtDeviceD0Exit.
//! When its interfaces are enabled, NDIS looks at each network interface of the machine with an open from kernel mode,
//! without access, which the client's file callbacks see like any other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use netcx_sys::netadaptercx::{
    GUID_DEVINTERFACE_NET, NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS, NET_DEVICE_RESET_CAPABILITIES,
};
use parking_lot::Mutex;

use super::adapter::Adapter;
use super::class;
use super::rules::bugcheck;
use crate::abi::Guid;
use crate::abi::kmdf::Handle;
use crate::abi::wdm::Irp;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::io::{self, Caller, OpenOptions};
use crate::machine;
use crate::ntoskrnl::security::Acl;
use crate::status::{self, NtStatus, Result};
use crate::violate;
use crate::wdf::device::{self, Device};
use crate::wdf::device_init;
use crate::wdf::extension::{DeviceExtension, Route, Step};
use crate::wdf::object::Object;

exports! { "netadaptercx.sys";
    NetDeviceInitConfig: PASSIVE..=PASSIVE,
    NetDeviceInitSetPowerPolicyEventCallbacks: PASSIVE..=PASSIVE,
    NetDeviceInitSetResetCapabilities: PASSIVE..=PASSIVE,
    NetDeviceStoreResetDiagnostics: PASSIVE..=PASSIVE,
    NetDeviceRequestReset: PASSIVE..=PASSIVE,
}

/// FILE_DEVICE_PHYSICAL_NETCARD
const PHYSICAL_NETCARD: u32 = 0x17;
/// WdfFileObjectWdfCannotUseFsContexts
const CANNOT_USE_FS_CONTEXTS: u32 = 4;
/// What NetDeviceInitConfig makes the device's descriptor (its documentation): System and Administrators everything, others
/// read and write.
const SDDL: &str = "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGW;;;WD)";
/// The reference string that belongs to the class extension.
const RESERVED: &str = "NetAdapterCx";

/// Where a device is in its life, as far as the data path is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// EvtDriverDeviceAdd has run; not powered.
    Added,
    /// In D0.
    Working,
    /// Out of D0, may come back.
    Sleeping,
    /// On its way out.
    Removed,
}

/// A network device.
pub(super) struct NetDevice {
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    adapters: Vec<Arc<Adapter>>,
}

static DEVICES: Mutex<BTreeMap<Handle, Arc<NetDevice>>> = Mutex::new(BTreeMap::new());

/// The network device behind a WDFDEVICE. Others were never passed to NetDeviceInitConfig.
pub(super) fn of(handle: Handle) -> Arc<NetDevice> {
    let _ = device::of(handle);
    find(handle).unwrap_or_else(|| {
        bugcheck!(
            NET_DEVICE,
            "device {handle:#x} was made without NetDeviceInitConfig"
        )
    })
}

/// The network device behind a handle, unless it is gone.
pub(super) fn find(handle: Handle) -> Option<Arc<NetDevice>> {
    DEVICES.lock().get(&handle).cloned()
}

/// All adapters of all devices.
pub(super) fn adapters() -> Vec<Arc<Adapter>> {
    let devices: Vec<_> = DEVICES.lock().values().cloned().collect();
    devices.iter().flat_map(|d| d.adapters()).collect()
}

impl NetDevice {
    pub(super) fn phase(&self) -> Phase {
        self.state.lock().phase
    }

    pub(super) fn adapters(&self) -> Vec<Arc<Adapter>> {
        self.state.lock().adapters.clone()
    }

    pub(super) fn add(&self, adapter: &Arc<Adapter>) {
        self.state.lock().adapters.push(Arc::clone(adapter));
    }

    pub(super) fn remove(&self, adapter: &Adapter) {
        self.state
            .lock()
            .adapters
            .retain(|a| !std::ptr::eq(&raw const **a, adapter));
    }

    fn set_phase(&self, phase: Phase) {
        self.state.lock().phase = phase;
    }

    /// Data paths of all started adapters. A queue that can't be made fails the device (`WdfDeviceFailedNoRestart`).
    fn enter_d0(&self, object: &'static Object) -> Result<()> {
        self.set_phase(Phase::Working);
        for adapter in self.adapters() {
            adapter.bring_up().inspect_err(|_| fail(object))?;
        }
        Ok(())
    }

    fn leave_d0(&self) {
        for adapter in self.adapters() {
            adapter.close_data_path();
        }
        let mut state = self.state.lock();
        state.phase = state.phase.max(Phase::Sleeping);
    }

    fn halt(&self) {
        self.set_phase(Phase::Removed);
        for adapter in self.adapters() {
            adapter.halt();
        }
    }
}

fn fail(object: &'static Object) {
    if let Some(device) = object.body::<Device>() {
        device.failed.store(true, std::sync::atomic::Ordering::Release);
    }
}

/// What the framework calls; holds on to the network device.
struct Part(Arc<NetDevice>);

impl DeviceExtension for Part {
    fn created(&self, device: &'static Object) -> Result<()> {
        if let Some(device) = device.body::<Device>() {
            check_settings(&device);
        }
        DEVICES.lock().insert(device.handle(), Arc::clone(&self.0));
        Ok(())
    }

    fn before(&self, _device: &'static Object, step: Step) -> Result<()> {
        match step {
            Step::D0ExitPreInterrupts | Step::SurpriseRemoval => self.0.leave_d0(),
            Step::ReleaseHardware => self.0.halt(),
            _ => {}
        }
        Ok(())
    }

    fn after(&self, device: &'static Object, step: Step) -> Result<()> {
        match step {
            Step::D0EntryPostInterrupts => self.0.enter_d0(device),
            _ => Ok(()),
        }
    }

    fn started(&self, device: &'static Object) {
        if let Some(device) = device.body::<Device>() {
            check_interfaces(&device);
        }
        look_at_interfaces(self.0.adapters().len());
    }

    fn removing(&self, device: &'static Object) {
        self.0.halt();
        DEVICES.lock().remove(&device.handle());
    }

    fn properties(&self, _device: &'static Object) -> Vec<(String, String)> {
        let names = self.0.adapters().into_iter().filter_map(|a| a.host_interface());
        names.map(|name| ("network-interface".to_owned(), name)).collect()
    }

    fn route_create(&self, _device: &'static Object, name: &str, _irp: Guest<Irp>) -> Route {
        let name = name.trim_start_matches('\\');
        let ours = |adapter: &Arc<Adapter>| name.eq_ignore_ascii_case(&adapter.guid.to_string());
        if self.0.adapters().iter().any(ours) {
            return Route::Taken(status::SUCCESS);
        }
        Route::Client
    }
}

/// What the client must leave as NetDeviceInitConfig has set it (documentation of NetDeviceInitConfig).
fn check_settings(device: &Device) {
    let init = &device.init;
    if init.device_type != PHYSICAL_NETCARD {
        violate!(
            NET_DEVICE,
            "the device type was changed to {} after NetDeviceInitConfig",
            init.device_type
        );
    }
    if init.read_write_type != device_init::IO_DIRECT {
        violate!(
            NET_DEVICE,
            "the I/O type was changed to {} after NetDeviceInitConfig",
            init.read_write_type
        );
    }
    if init.characteristics & device_init::FILE_DEVICE_SECURE_OPEN == 0 {
        violate!(
            NET_DEVICE,
            "FILE_DEVICE_SECURE_OPEN was cleared after NetDeviceInitConfig"
        );
    }
    if let Some(name) = &init.name {
        violate!(
            NET_DEVICE,
            "a network device gets no name of its own, but got {name}"
        );
    }
    let class = init.file.class & 0x7FFF_FFFF;
    if init.file.size != 0 && class != CANNOT_USE_FS_CONTEXTS {
        violate!(
            NET_DEVICE,
            "FileObjectClass is {class}; a network device needs WdfFileObjectWdfCannotUseFsContexts"
        );
    }
}

fn net_class() -> Guid {
    let guid = GUID_DEVINTERFACE_NET;
    Guid {
        data1: guid.Data1,
        data2: guid.Data2,
        data3: guid.Data3,
        data4: guid.Data4,
    }
}

/// Interfaces of the class that NDIS watches need a reference string, or NDIS takes their opens.
fn check_interfaces(device: &Device) {
    for interface in device.interfaces() {
        if interface.class == net_class() && interface.reference.is_empty() {
            violate!(
                NET_DEVICE,
                "a network interface without a reference string: NDIS takes its opens"
            );
        }
        if interface.reference.eq_ignore_ascii_case(RESERVED) {
            violate!(
                NET_DEVICE,
                "the reference string {RESERVED} is the class extension's"
            );
        }
    }
}

/// Each adapter opens each network interface for a moment.
fn look_at_interfaces(adapters: usize) {
    for path in io::interfaces(net_class()) {
        for _ in 0..adapters {
            let path = path.clone();
            let _ = machine::run("NDIS", move || {
                let options = OpenOptions {
                    access: 0,
                    share: io::SHARE_READ | io::SHARE_WRITE,
                    caller: Caller::kernel(),
                };
                // Refusing it is the driver's right.
                if let Ok(file) = io::open(&path, &options)
                    && !file.close_and_wait(Duration::from_secs(5))
                {
                    violate!(HANG, "the handle that NDIS opened to {path} doesn't close");
                }
            });
        }
    }
}

/// `NetDeviceInitConfig`.
///
/// | the caller promises                             | else                  |
/// |-------------------------------------------------|-----------------------|
/// | PASSIVE_LEVEL                                     | `irql`                |
/// | an init object of a PnP device, not used up          | `device-state`, stop  |
///
/// Effect: direct I/O, a physical network card, secure open, a descriptor that lets anybody read and write; the client is
/// known to NDIS.
pub extern "win64" fn NetDeviceInitConfig(globals: usize, init: usize) -> NtStatus {
    let client = class::client(globals);
    if let faults::Action::Fail(status) = faults::decide("NetDeviceInitConfig", faults::ALLOC) {
        return status;
    }
    client.register();
    let part = Part(Arc::new(NetDevice {
        state: Mutex::new(State {
            phase: Phase::Added,
            adapters: Vec::new(),
        }),
    }));
    device_init::with(init, |init| {
        if init.pdo.is_none() {
            return status::INVALID_DEVICE_REQUEST;
        }
        init.read_write_type = device_init::IO_DIRECT;
        init.device_type = PHYSICAL_NETCARD;
        init.characteristics |= device_init::FILE_DEVICE_SECURE_OPEN;
        init.class_acl = Acl::parse(SDDL).ok();
        init.extensions.push(Arc::new(part));
        status::SUCCESS
    })
}

/// `NetDeviceInitSetPowerPolicyEventCallbacks`: there are no wake sources or power offloads to preview.
pub extern "win64" fn NetDeviceInitSetPowerPolicyEventCallbacks(
    globals: usize,
    init: usize,
    callbacks: Guest<NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS>,
) {
    class::check(globals);
    device_init::with(init, |_| ());
    super::sized(callbacks, "NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS");
}

/// `NetDeviceInitSetResetCapabilities`: devices are never reset here.
pub extern "win64" fn NetDeviceInitSetResetCapabilities(
    globals: usize,
    init: usize,
    capabilities: Guest<NET_DEVICE_RESET_CAPABILITIES>,
) {
    class::check(globals);
    device_init::with(init, |_| ());
    super::sized(capabilities, "NET_DEVICE_RESET_CAPABILITIES");
}

/// `NetDeviceStoreResetDiagnostics`: only inside of the callback that collects them, which never runs.
pub extern "win64" fn NetDeviceStoreResetDiagnostics(
    globals: usize,
    handle: Handle,
    size: usize,
    _data: Guest<u8>,
) {
    class::check(globals);
    let _ = of(handle);
    violate!(
        NET_CALLBACK_HANDLE,
        "{size} bytes of reset diagnostics outside of the callback that collects them"
    );
}

/// `NetDeviceRequestReset`: noted; nothing is reset.
pub extern "win64" fn NetDeviceRequestReset(globals: usize, handle: Handle) {
    class::check(globals);
    let _ = of(handle);
    crate::report::count("net: device resets asked for", 1);
}

pub(super) fn reset() {
    let devices = std::mem::take(&mut *DEVICES.lock());
    for device in devices.values() {
        for adapter in device.adapters() {
            adapter.abandon();
        }
    }
}
