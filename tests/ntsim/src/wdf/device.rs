//! Devices (wdfdevice.h, wdfcontrol.h): PnP devices and control devices, their names, links and interfaces.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::device_init::{self, DeviceInit};
use super::driver;
use super::object::{self, Body, Kind, New, Object};
use super::pnp::Pdo;
use super::queue::Queue;
use super::{request, string, sync};
use crate::abi::Guid;
use crate::abi::kmdf::{DeviceState, Handle, ObjectAttributes, QueryInterfaceConfig};
use crate::abi::wdm::{DeviceObject, UnicodeString};
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl;
use crate::status::{self, NtStatus};
use crate::{at, io, violate};

exports! { "Wdf01000.sys";
    WdfDeviceCreate: PASSIVE..=PASSIVE,
    WdfControlFinishInitializing: PASSIVE..=DISPATCH,
    WdfDeviceCreateSymbolicLink: PASSIVE..=PASSIVE,
    WdfDeviceCreateDeviceInterface: PASSIVE..=PASSIVE,
    WdfDeviceSetDeviceInterfaceState: PASSIVE..=PASSIVE,
    WdfDeviceSetDeviceInterfaceStateEx: PASSIVE..=PASSIVE,
    WdfDeviceRetrieveDeviceInterfaceString: PASSIVE..=PASSIVE,
    WdfDeviceRetrieveDeviceName: PASSIVE..=PASSIVE,
    WdfDeviceWdmGetDeviceObject: PASSIVE..=DISPATCH,
    WdfDeviceWdmGetAttachedDevice: PASSIVE..=DISPATCH,
    WdfDeviceWdmGetPhysicalDevice: PASSIVE..=DISPATCH,
    WdfWdmDeviceGetWdfDeviceHandle: PASSIVE..=DISPATCH,
    WdfDeviceGetDriver: PASSIVE..=DISPATCH,
    WdfDeviceGetDefaultQueue: PASSIVE..=DISPATCH,
    WdfDeviceConfigureRequestDispatching: PASSIVE..=DISPATCH,
    WdfDeviceGetDeviceState: PASSIVE..=DISPATCH,
    WdfDeviceSetDeviceState: PASSIVE..=DISPATCH,
    WdfDeviceSetPnpCapabilities: PASSIVE..=DISPATCH,
    WdfDeviceSetPowerCapabilities: PASSIVE..=DISPATCH,
    WdfDeviceSetCharacteristics: PASSIVE..=DISPATCH,
    WdfDeviceGetCharacteristics: PASSIVE..=DISPATCH,
    WdfDeviceSetAlignmentRequirement: PASSIVE..=DISPATCH,
    WdfDeviceGetAlignmentRequirement: PASSIVE..=DISPATCH,
    WdfDeviceSetSpecialFileSupport: PASSIVE..=DISPATCH,
    WdfDeviceSetStaticStopRemove: PASSIVE..=DISPATCH,
    WdfDeviceSetFailed: PASSIVE..=DISPATCH,
    WdfDeviceAddQueryInterface: PASSIVE..=PASSIVE,
    WdfDeviceGetDevicePnpState: PASSIVE..=DISPATCH,
    WdfDeviceGetDevicePowerState: PASSIVE..=DISPATCH,
}

const KIND_PNP: Kind = Kind {
    name: "WDFDEVICE",
    passive_dispose: true,
    deletable: false,
};
const KIND_CONTROL: Kind = Kind {
    name: "WDFDEVICE (control)",
    passive_dispose: true,
    deletable: true,
};
const DO_DEVICE_INITIALIZING: u32 = 0x80;

/// A device interface that the driver registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Class.
    pub class: Guid,
    /// Reference string, without a backslash; empty for none.
    pub reference: String,
    /// `\\?\ROOT#NET#0000#{class}\reference`
    pub path: String,
    /// Can be opened now.
    pub enabled: bool,
}

/// A framework device.
pub struct Device {
    object: OnceLock<&'static Object>,
    /// What it was created from.
    pub init: DeviceInit,
    /// Its DEVICE_OBJECT.
    pub wdm: Guest<DeviceObject>,
    /// Default queue.
    pub(super) default_queue: OnceLock<&'static Object>,
    /// Queues by request type.
    dispatching: Mutex<BTreeMap<u32, &'static Object>>,
    /// Queues, oldest first.
    pub(super) queues: Mutex<Vec<Arc<Queue>>>,
    link: Mutex<Option<String>>,
    interfaces: Mutex<Vec<Interface>>,
    /// Opens that reached the framework.
    pub(crate) opens: AtomicU32,
    /// Control device: finished. PnP device: started.
    pub(crate) available: AtomicBool,
    /// In D0.
    pub(super) powered: AtomicBool,
    /// `WdfDeviceSetFailed` was called.
    pub failed: AtomicBool,
    /// The automatic lock, if its scope is the device.
    pub(super) lock: sync::SyncLock,
    state: Mutex<DeviceState>,
}

impl Body for Device {
    fn dispose(&self, object: &'static Object) {
        for queue in self.all_queues() {
            queue.purge_for_removal();
        }
        for extension in &self.init.extensions {
            extension.removing(object);
        }
        self.drop_link();
        io::forget_device(self.wdm);
        ntoskrnl::device::remove(self.wdm);
    }
}

/// The device behind a handle.
#[must_use]
pub fn of(handle: Handle) -> Arc<Device> {
    object::body::<Device>(handle).1
}

impl Device {
    /// Its object.
    #[must_use]
    pub fn object(&self) -> &'static Object {
        self.object
            .get()
            .copied()
            .unwrap_or_else(|| crate::machine::stop())
    }

    /// Its handle.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.object().handle()
    }

    /// Whether it is a control device.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.init.pdo.is_none()
    }

    /// The queue that requests of this type go to.
    pub(super) fn queue_for(&self, kind: u32) -> Option<Arc<Queue>> {
        let configured = self.dispatching.lock().get(&kind).copied();
        configured
            .or_else(|| self.default_queue.get().copied())?
            .body::<Queue>()
    }

    /// Its queues, oldest first.
    pub(super) fn all_queues(&self) -> Vec<Arc<Queue>> {
        self.queues.lock().clone()
    }

    /// The queue that create requests go to, if the driver configured one.
    pub(super) fn queue_for_create(&self) -> Option<Arc<Queue>> {
        self.dispatching.lock().get(&0).copied()?.body::<Queue>()
    }

    /// Its interfaces.
    #[must_use]
    pub fn interfaces(&self) -> Vec<Interface> {
        self.interfaces.lock().clone()
    }

    pub(super) fn enable_interfaces(&self, enabled: bool) {
        for interface in self.interfaces.lock().iter_mut() {
            interface.enabled = enabled;
        }
    }

    pub(super) fn drop_link(&self) {
        if let Some(link) = self.link.lock().take() {
            ntoskrnl::device::unlink(&link);
        }
    }
}

/// `WdfDeviceCreate`.
///
/// | the caller promises                                     | else                                        |
/// |---------------------------------------------------------|---------------------------------------------|
/// | an init object that wasn't used up                       | `device-state`, stop                         |
/// | attributes without a parent                               | `STATUS_WDF_PARENT_ALREADY_ASSIGNED`         |
/// | a name if it assigned an SDDL string (control devices too)  | `STATUS_INVALID_SECURITY_DESCR`              |
/// | a name that is free                                          | `STATUS_OBJECT_NAME_COLLISION`               |
///
/// Effect: the init object is used up and the driver's pointer to it becomes null. If the call fails, the init object is
/// still there: a driver frees that of a control device.
pub extern "win64" fn WdfDeviceCreate(
    _: usize,
    init: Guest<usize>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let pointer = init.read();
    device_init::with(pointer, |_| ());
    let Some(taken) = device_init::take(pointer) else {
        return status::INVALID_PARAMETER;
    };
    match create(taken.clone(), attributes) {
        Ok(device) => {
            init.write(0);
            out.put(device.handle());
            status::SUCCESS
        }
        Err(status) => {
            device_init::put_back(pointer, taken);
            status
        }
    }
}

fn create(init: DeviceInit, attributes: Guest<ObjectAttributes>) -> status::Result<Arc<Device>> {
    let control = init.pdo.is_none();
    if init.acl.is_some() && init.name.is_none() && !control {
        return Err(status::INVALID_SECURITY_DESCR);
    }
    let wdm = Guest::of(Box::leak(Box::new(device_object(&init))));
    let device = Arc::new(Device {
        object: OnceLock::new(),
        wdm,
        default_queue: OnceLock::new(),
        dispatching: Mutex::default(),
        queues: Mutex::default(),
        link: Mutex::default(),
        interfaces: Mutex::default(),
        opens: AtomicU32::new(0),
        available: AtomicBool::new(false),
        powered: AtomicBool::new(control),
        failed: AtomicBool::new(false),
        lock: sync::SyncLock::default(),
        state: Mutex::new(DeviceState {
            size: 32,
            values: [2; 7],
        }),
        init,
    });
    let kind = if control { &KIND_CONTROL } else { &KIND_PNP };
    let new = New {
        kind,
        attributes,
        parent: driver::current_object(),
        may_have_parent: false,
        function: "WdfDeviceCreate",
    };
    let object = object::create(&new, Arc::clone(&device))?;
    // Nobody else has the object yet.
    let _ = device.object.set(object);
    let target = Arc::clone(&device);
    // Who opens the PDO by its name gets what is on top of its stack.
    let name = match (&device.init.name, &device.init.pdo) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(pdo)) => Some(pdo.device_name()),
        (None, None) => None,
    };
    let added = ntoskrnl::device::add(
        wdm,
        name.as_deref(),
        Arc::new(move |irp| request::dispatch(&target, irp)),
    );
    let result = added.and_then(|()| device.init.extensions.iter().try_for_each(|e| e.created(object)));
    if let Err(status) = result {
        object.delete();
        return Err(status);
    }
    if let Some(pdo) = &device.init.pdo {
        pdo.attach(&device);
    }
    io::add_device(&device);
    Ok(device)
}

fn device_object(init: &DeviceInit) -> DeviceObject {
    DeviceObject {
        kind: 3,
        size: 336,
        reference_count: 0,
        driver_object: driver::current_driver_object(),
        next_device: 0,
        attached_device: 0,
        current_irp: 0,
        timer: 0,
        flags: DO_DEVICE_INITIALIZING | if init.exclusive { 8 } else { 0 },
        characteristics: init.characteristics,
        vpb: 0,
        device_extension: 0,
        device_type: init.device_type,
        stack_size: 2,
        _pad: [0; 3],
        _rest: [0; 32],
    }
}

/// `WdfControlFinishInitializing`: from now on the device can be opened.
pub extern "win64" fn WdfControlFinishInitializing(_: usize, device: Handle) {
    let device = of(device);
    if !device.is_control() {
        return violate!(DEVICE_STATE, "WdfControlFinishInitializing on a PnP device");
    }
    if device.available.swap(true, Ordering::AcqRel) {
        violate!(DEVICE_STATE, "WdfControlFinishInitializing twice");
    }
    finish_initializing(&device);
}

/// Clears DO_DEVICE_INITIALIZING.
pub(super) fn finish_initializing(device: &Device) {
    let wdm = device.wdm;
    at!(wdm.flags).write(at!(wdm.flags).read() & !DO_DEVICE_INITIALIZING);
}

/// `WdfDeviceCreateSymbolicLink`: one per device; an empty name or a second one is `STATUS_INVALID_DEVICE_REQUEST`.
pub extern "win64" fn WdfDeviceCreateSymbolicLink(
    _: usize,
    device: Handle,
    name: Guest<UnicodeString>,
) -> NtStatus {
    let device = of(device);
    let name = UnicodeString::text(name);
    let mut link = device.link.lock();
    if name.is_empty() || link.is_some() {
        return status::INVALID_DEVICE_REQUEST;
    }
    let target = match &device.init.name {
        Some(name) => name.clone(),
        // A PnP device without a name of its own is reached by its PDO's.
        None => match &device.init.pdo {
            Some(pdo) => pdo.device_name(),
            None => return status::INVALID_DEVICE_REQUEST,
        },
    };
    let result = ntoskrnl::device::link(&name, &target);
    if result.is_ok() {
        *link = Some(name);
    }
    status::of(result)
}

/// `WdfDeviceCreateDeviceInterface`: not for control devices. It can be opened while the device is started.
pub extern "win64" fn WdfDeviceCreateDeviceInterface(
    _: usize,
    device: Handle,
    class: Guest<Guid>,
    reference: Guest<UnicodeString>,
) -> NtStatus {
    let device = of(device);
    let Some(pdo) = &device.init.pdo else {
        return status::INVALID_DEVICE_REQUEST;
    };
    let class = class.read();
    let reference = UnicodeString::text(reference);
    if reference.contains(['\\', '/']) {
        return status::INVALID_DEVICE_REQUEST;
    }
    let tail = if reference.is_empty() {
        String::new()
    } else {
        format!("\\{reference}")
    };
    let path = format!(r"\\?\{}#{class}{tail}", pdo.instance().replace('\\', "#"));
    let mut interfaces = device.interfaces.lock();
    if interfaces
        .iter()
        .any(|i| i.class == class && i.reference == reference)
    {
        return status::SUCCESS;
    }
    let enabled = device.available.load(Ordering::Acquire);
    interfaces.push(Interface {
        class,
        reference,
        path,
        enabled,
    });
    status::SUCCESS
}

/// `WdfDeviceSetDeviceInterfaceState`.
pub extern "win64" fn WdfDeviceSetDeviceInterfaceState(
    _: usize,
    device: Handle,
    class: Guest<Guid>,
    reference: Guest<UnicodeString>,
    enable: u8,
) {
    let (class, reference) = (class.read(), UnicodeString::text(reference));
    for interface in of(device)
        .interfaces
        .lock()
        .iter_mut()
        .filter(|i| i.class == class && i.reference == reference)
    {
        interface.enabled = enable != 0;
    }
}

/// `WdfDeviceSetDeviceInterfaceStateEx`.
pub extern "win64" fn WdfDeviceSetDeviceInterfaceStateEx(
    globals: usize,
    device: Handle,
    class: Guest<Guid>,
    reference: Guest<UnicodeString>,
    enable: u8,
) {
    WdfDeviceSetDeviceInterfaceState(globals, device, class, reference, enable);
}

/// `WdfDeviceRetrieveDeviceInterfaceString`.
pub extern "win64" fn WdfDeviceRetrieveDeviceInterfaceString(
    _: usize,
    device: Handle,
    class: Guest<Guid>,
    reference: Guest<UnicodeString>,
    text: Handle,
) -> NtStatus {
    let (class, reference) = (class.read(), UnicodeString::text(reference));
    let path = of(device)
        .interfaces()
        .into_iter()
        .find(|i| i.class == class && i.reference == reference)
        .map(|i| i.path);
    // Drivers see the kernel's form of the name.
    path.map_or(status::OBJECT_NAME_NOT_FOUND, |path| {
        string::set(text, &path.replace(r"\\?\", r"\??\"))
    })
}

/// `WdfDeviceRetrieveDeviceName`.
pub extern "win64" fn WdfDeviceRetrieveDeviceName(_: usize, device: Handle, text: Handle) -> NtStatus {
    string::set(text, of(device).init.name.as_deref().unwrap_or_default())
}

/// `WdfDeviceWdmGetDeviceObject`.
pub extern "win64" fn WdfDeviceWdmGetDeviceObject(_: usize, device: Handle) -> Guest<DeviceObject> {
    of(device).wdm
}

/// `WdfDeviceWdmGetAttachedDevice`: the PDO.
pub extern "win64" fn WdfDeviceWdmGetAttachedDevice(globals: usize, device: Handle) -> Guest<DeviceObject> {
    WdfDeviceWdmGetPhysicalDevice(globals, device)
}

/// `WdfDeviceWdmGetPhysicalDevice`.
pub extern "win64" fn WdfDeviceWdmGetPhysicalDevice(_: usize, device: Handle) -> Guest<DeviceObject> {
    of(device)
        .init
        .pdo
        .as_ref()
        .map_or(Guest::null(), |pdo: &Arc<Pdo>| pdo.wdm())
}

/// `WdfWdmDeviceGetWdfDeviceHandle`.
pub extern "win64" fn WdfWdmDeviceGetWdfDeviceHandle(_: usize, wdm: Guest<DeviceObject>) -> Handle {
    io::devices()
        .into_iter()
        .find(|d| d.wdm == wdm)
        .map_or(0, |d| d.handle())
}

/// `WdfDeviceGetDriver`.
pub extern "win64" fn WdfDeviceGetDriver(_: usize, device: Handle) -> Handle {
    let _ = of(device);
    driver::current_object().map_or(0, Object::handle)
}

/// `WdfDeviceGetDefaultQueue`.
pub extern "win64" fn WdfDeviceGetDefaultQueue(_: usize, device: Handle) -> Handle {
    of(device).default_queue.get().map_or(0, |q| q.handle())
}

/// `WdfDeviceConfigureRequestDispatching`: a queue of the same device, for a request type that queues can carry.
pub extern "win64" fn WdfDeviceConfigureRequestDispatching(
    _: usize,
    device: Handle,
    queue: Handle,
    kind: u32,
) -> NtStatus {
    let device = of(device);
    let (queue_object, queue) = object::body::<Queue>(queue);
    if !std::ptr::eq(queue.device().object(), device.object()) {
        return status::INVALID_DEVICE_REQUEST;
    }
    if !matches!(kind, 0 | 3 | 4 | 14 | 15) {
        return status::INVALID_PARAMETER;
    }
    if device.is_control() && device.available.load(Ordering::Acquire) {
        return status::INVALID_DEVICE_STATE;
    }
    match device.dispatching.lock().entry(kind) {
        std::collections::btree_map::Entry::Occupied(_) => status::INVALID_DEVICE_REQUEST,
        std::collections::btree_map::Entry::Vacant(slot) => {
            slot.insert(queue_object);
            status::SUCCESS
        }
    }
}

/// `WdfDeviceGetDeviceState`.
pub extern "win64" fn WdfDeviceGetDeviceState(_: usize, device: Handle, state: Guest<DeviceState>) {
    state.write(*of(device).state.lock());
}

/// `WdfDeviceSetDeviceState`.
pub extern "win64" fn WdfDeviceSetDeviceState(_: usize, device: Handle, state: Guest<DeviceState>) {
    *of(device).state.lock() = state.read();
}

/// `WdfDeviceSetPnpCapabilities`.
pub extern "win64" fn WdfDeviceSetPnpCapabilities(_: usize, device: Handle, _capabilities: usize) {
    let _ = of(device);
}

/// `WdfDeviceSetPowerCapabilities`.
pub extern "win64" fn WdfDeviceSetPowerCapabilities(_: usize, device: Handle, _capabilities: usize) {
    let _ = of(device);
}

/// `WdfDeviceSetCharacteristics`.
pub extern "win64" fn WdfDeviceSetCharacteristics(_: usize, device: Handle, characteristics: u32) {
    let wdm = of(device).wdm;
    at!(wdm.characteristics).write(characteristics);
}

/// `WdfDeviceGetCharacteristics`.
pub extern "win64" fn WdfDeviceGetCharacteristics(_: usize, device: Handle) -> u32 {
    let wdm = of(device).wdm;
    at!(wdm.characteristics).read()
}

/// `WdfDeviceSetAlignmentRequirement`.
pub extern "win64" fn WdfDeviceSetAlignmentRequirement(_: usize, device: Handle, _alignment: u32) {
    let _ = of(device);
}

/// `WdfDeviceGetAlignmentRequirement`.
pub extern "win64" fn WdfDeviceGetAlignmentRequirement(_: usize, device: Handle) -> u32 {
    let _ = of(device);
    0
}

/// `WdfDeviceSetSpecialFileSupport`.
pub extern "win64" fn WdfDeviceSetSpecialFileSupport(_: usize, device: Handle, _kind: u32, _supported: u8) {
    let _ = of(device);
}

/// `WdfDeviceSetStaticStopRemove`.
pub extern "win64" fn WdfDeviceSetStaticStopRemove(_: usize, device: Handle, _stoppable: u8) {
    let _ = of(device);
}

/// `WdfDeviceSetFailed`: PnP removes the device by surprise; the simulator's PnP manager does when it is asked next.
pub extern "win64" fn WdfDeviceSetFailed(_: usize, device: Handle, _action: u32) {
    let device = of(device);
    if !device.failed.swap(true, Ordering::AcqRel) {
        eprintln!("ntsim: the device was set to failed");
    }
}

/// `WdfDeviceAddQueryInterface`: nobody queries interfaces here.
pub extern "win64" fn WdfDeviceAddQueryInterface(
    _: usize,
    device: Handle,
    config: Guest<QueryInterfaceConfig>,
) -> NtStatus {
    let _ = of(device);
    if at!(config.size).read() as usize == size_of::<QueryInterfaceConfig>() {
        status::SUCCESS
    } else {
        status::INFO_LENGTH_MISMATCH
    }
}

/// `WdfDeviceGetDevicePnpState`: 0x119 started, 0x100 init.
pub extern "win64" fn WdfDeviceGetDevicePnpState(_: usize, device: Handle) -> u32 {
    if of(device).available.load(Ordering::Acquire) {
        0x119
    } else {
        0x100
    }
}

/// `WdfDeviceGetDevicePowerState`: 0x307 D0, 0x31C stopped.
pub extern "win64" fn WdfDeviceGetDevicePowerState(_: usize, device: Handle) -> u32 {
    if of(device).powered.load(Ordering::Acquire) {
        0x307
    } else {
        0x31C
    }
}

/// Control devices that the driver didn't delete before its unload: a PnP driver would never unload.
pub(super) fn remove_control_devices_left() {
    for device in io::devices() {
        let pnp = driver::current_driver().is_some_and(|d| d.config.flags & 1 == 0);
        if device.is_control() && pnp && !device.object().is_deleting() {
            violate!(
                DEVICE_STATE,
                "control device left at unload: the driver must delete it when its last PnP device goes"
            );
        }
    }
}
