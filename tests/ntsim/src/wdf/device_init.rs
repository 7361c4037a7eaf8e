//! `WDFDEVICE_INIT`: what a device shall become, collected before `WdfDeviceCreate` (wdfdevice.h, wdfcontrol.h).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::extension::DeviceExtension;
use super::object;
use super::pnp::Pdo;
use crate::abi::kmdf::{FileObjectConfig, Handle, IoTypeConfig, ObjectAttributes, PnpPowerCallbacks};
use crate::abi::wdm::{DeviceObject, UnicodeString};
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::ntoskrnl::security::Acl;
use crate::status::{self, NtStatus};
use crate::{at, violate};

exports! { "Wdf01000.sys";
    WdfControlDeviceInitAllocate: PASSIVE..=PASSIVE,
    WdfControlDeviceInitSetShutdownNotification: PASSIVE..=PASSIVE,
    WdfDeviceInitFree: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPnpPowerEventCallbacks: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPowerPolicyEventCallbacks: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPowerPolicyOwnership: PASSIVE..=DISPATCH,
    WdfDeviceInitSetIoType: PASSIVE..=DISPATCH,
    WdfDeviceInitSetIoTypeEx: PASSIVE..=PASSIVE,
    WdfDeviceInitSetExclusive: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPowerNotPageable: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPowerPageable: PASSIVE..=DISPATCH,
    WdfDeviceInitSetPowerInrush: PASSIVE..=DISPATCH,
    WdfDeviceInitSetDeviceType: PASSIVE..=DISPATCH,
    WdfDeviceInitAssignName: PASSIVE..=PASSIVE,
    WdfDeviceInitAssignSDDLString: PASSIVE..=PASSIVE,
    WdfDeviceInitSetDeviceClass: PASSIVE..=DISPATCH,
    WdfDeviceInitSetCharacteristics: PASSIVE..=DISPATCH,
    WdfDeviceInitSetFileObjectConfig: PASSIVE..=DISPATCH,
    WdfDeviceInitSetRequestAttributes: PASSIVE..=DISPATCH,
    WdfDeviceInitSetIoInCallerContextCallback: PASSIVE..=DISPATCH,
    WdfDeviceInitSetRemoveLockOptions: PASSIVE..=DISPATCH,
    WdfDeviceInitSetReleaseHardwareOrderOnFailure: PASSIVE..=DISPATCH,
    WdfFdoInitSetFilter: PASSIVE..=PASSIVE,
    WdfFdoInitWdmGetPhysicalDevice: PASSIVE..=DISPATCH,
}

/// How read, write and some control requests carry their data (WDF_DEVICE_IO_TYPE).
pub const IO_BUFFERED: u32 = 2;
/// Direct: by MDL.
pub const IO_DIRECT: u32 = 3;
const FILE_DEVICE_UNKNOWN: u32 = 34;
/// FILE_DEVICE_SECURE_OPEN
pub const FILE_DEVICE_SECURE_OPEN: u32 = 0x100;

/// The callback that sees a request in its caller's context.
pub type InCallerContext = extern "win64" fn(Handle, Handle);

/// What has been set so far.
#[derive(Clone)]
pub struct DeviceInit {
    /// The PnP device below; `None` for a control device.
    pub pdo: Option<Arc<Pdo>>,
    /// `\Device\...`
    pub name: Option<String>,
    /// Security, if the driver states it.
    pub acl: Option<Acl>,
    /// Security that the device's class gives it, for a driver that states none.
    pub class_acl: Option<Acl>,
    /// One open at a time.
    pub exclusive: bool,
    /// WDF_DEVICE_IO_TYPE of read and write.
    pub read_write_type: u32,
    /// FILE_DEVICE_*.
    pub device_type: u32,
    /// FILE_* characteristics.
    pub characteristics: u32,
    /// File object callbacks.
    pub file: FileObjectConfig,
    /// Attributes of each file object.
    pub file_attributes: ObjectAttributes,
    /// Attributes of each request.
    pub request_attributes: ObjectAttributes,
    /// PnP and power callbacks.
    pub pnp: PnpPowerCallbacks,
    /// Sees each request first.
    pub in_caller_context: Option<InCallerContext>,
    /// A filter's queues aren't power managed.
    pub filter: bool,
    /// Class extensions that take part.
    pub extensions: Vec<Arc<dyn DeviceExtension>>,
    site: usize,
}

static INITS: Mutex<BTreeMap<usize, DeviceInit>> = Mutex::new(BTreeMap::new());
static NEXT: Mutex<usize> = Mutex::new(0);
/// Not an address: a driver that looks into the opaque structure faults.
const FIRST: usize = 0x9000_0000_0000_0000;

impl DeviceInit {
    /// An empty one for a PnP device (`Some`) or a control device.
    #[must_use]
    pub fn new(pdo: Option<Arc<Pdo>>) -> Self {
        Self {
            pdo,
            name: None,
            acl: None,
            class_acl: None,
            exclusive: false,
            read_write_type: IO_BUFFERED,
            device_type: FILE_DEVICE_UNKNOWN,
            characteristics: FILE_DEVICE_SECURE_OPEN,
            file: FileObjectConfig::default(),
            file_attributes: ObjectAttributes::default(),
            request_attributes: ObjectAttributes::default(),
            pnp: PnpPowerCallbacks::default(),
            in_caller_context: None,
            filter: false,
            extensions: Vec::new(),
            site: crate::cpu::current().site(),
        }
    }

    /// Makes it known and returns the pointer that stands for it.
    pub(super) fn publish(self) -> usize {
        let mut next = NEXT.lock();
        *next += 0x1000;
        let pointer = FIRST + *next;
        INITS.lock().insert(pointer, self);
        pointer
    }
}

/// Works on the init object behind a `PWDFDEVICE_INIT`; one that was used up or freed is reported and stops the machine.
pub fn with<R>(init: usize, f: impl FnOnce(&mut DeviceInit) -> R) -> R {
    // The lock is gone when the machine stops: its reset takes it again.
    let result = INITS.lock().get_mut(&init).map(f);
    result.unwrap_or_else(|| {
        violate!(
            DEVICE_STATE,
            "{init:#x} is not a WDFDEVICE_INIT, or WdfDeviceCreate used it up"
        );
        crate::machine::stop()
    })
}

/// Takes it out for good.
pub(super) fn take(init: usize) -> Option<DeviceInit> {
    INITS.lock().remove(&init)
}

/// Puts it back after a failed `WdfDeviceCreate`.
pub(super) fn put_back(pointer: usize, init: DeviceInit) {
    INITS.lock().insert(pointer, init);
}

fn sized<T: Copy>(name: &str, at: Guest<T>, size: u32) -> bool {
    if at.is_null() || size as usize != size_of::<T>() {
        violate!(PARAMETER, "{name} is null or has the wrong size {size}");
        return false;
    }
    true
}

/// `WdfControlDeviceInitAllocate`: null when it fails; a bad SDDL fails it too.
pub extern "win64" fn WdfControlDeviceInitAllocate(
    _: usize,
    driver: Handle,
    sddl: Guest<UnicodeString>,
) -> usize {
    let _ = object::get(driver);
    if faults::fails_allocation("WdfControlDeviceInitAllocate") {
        return 0;
    }
    let Ok(acl) = Acl::parse(&UnicodeString::text(sddl)) else {
        return 0;
    };
    let mut init = DeviceInit::new(None);
    init.acl = Some(acl);
    init.publish()
}

/// `WdfControlDeviceInitSetShutdownNotification`: accepted; the machine has no shutdown.
pub extern "win64" fn WdfControlDeviceInitSetShutdownNotification(
    _: usize,
    init: usize,
    _callback: usize,
    _flags: u8,
) {
    with(init, |_| ());
}

/// `WdfDeviceInitFree`: only for init objects that the driver allocated and `WdfDeviceCreate` didn't use up.
pub extern "win64" fn WdfDeviceInitFree(_: usize, init: usize) {
    match take(init) {
        None => violate!(
            DEVICE_STATE,
            "{init:#x} is freed but isn't a WDFDEVICE_INIT of the driver"
        ),
        Some(taken) if taken.pdo.is_some() => {
            violate!(
                DEVICE_STATE,
                "the framework's WDFDEVICE_INIT is freed by the driver"
            );
            put_back(init, taken);
        }
        Some(_) => {}
    }
}

/// `WdfDeviceInitSetPnpPowerEventCallbacks`.
pub extern "win64" fn WdfDeviceInitSetPnpPowerEventCallbacks(
    _: usize,
    init: usize,
    callbacks: Guest<PnpPowerCallbacks>,
) {
    if sized(
        "WDF_PNPPOWER_EVENT_CALLBACKS",
        callbacks,
        at!(callbacks.size).read(),
    ) {
        with(init, |i| i.pnp = callbacks.read());
    }
}

/// `WdfDeviceInitSetPowerPolicyEventCallbacks`: wake isn't simulated.
pub extern "win64" fn WdfDeviceInitSetPowerPolicyEventCallbacks(_: usize, init: usize, _callbacks: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetPowerPolicyOwnership`.
pub extern "win64" fn WdfDeviceInitSetPowerPolicyOwnership(_: usize, init: usize, _owner: u8) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetIoType`.
pub extern "win64" fn WdfDeviceInitSetIoType(_: usize, init: usize, kind: u32) {
    with(init, |i| i.read_write_type = kind);
}

/// `WdfDeviceInitSetIoTypeEx`.
pub extern "win64" fn WdfDeviceInitSetIoTypeEx(_: usize, init: usize, config: Guest<IoTypeConfig>) {
    if sized("WDF_IO_TYPE_CONFIG", config, at!(config.size).read()) {
        with(init, |i| i.read_write_type = at!(config.read_write).read());
    }
}

/// `WdfDeviceInitSetExclusive`.
pub extern "win64" fn WdfDeviceInitSetExclusive(_: usize, init: usize, exclusive: u8) {
    with(init, |i| i.exclusive = exclusive != 0);
}

/// `WdfDeviceInitSetPowerNotPageable`.
pub extern "win64" fn WdfDeviceInitSetPowerNotPageable(_: usize, init: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetPowerPageable`.
pub extern "win64" fn WdfDeviceInitSetPowerPageable(_: usize, init: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetPowerInrush`.
pub extern "win64" fn WdfDeviceInitSetPowerInrush(_: usize, init: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetDeviceType`.
pub extern "win64" fn WdfDeviceInitSetDeviceType(_: usize, init: usize, kind: u32) {
    with(init, |i| i.device_type = kind);
}

/// `WdfDeviceInitAssignName`: null takes the name away.
pub extern "win64" fn WdfDeviceInitAssignName(_: usize, init: usize, name: Guest<UnicodeString>) -> NtStatus {
    with(init, |i| {
        i.name = name.some().map(UnicodeString::text).filter(|n| !n.is_empty())
    });
    status::SUCCESS
}

/// `WdfDeviceInitAssignSDDLString`: `STATUS_INVALID_SECURITY_DESCR` for one that can't be read.
pub extern "win64" fn WdfDeviceInitAssignSDDLString(
    _: usize,
    init: usize,
    sddl: Guest<UnicodeString>,
) -> NtStatus {
    let parsed = sddl
        .some()
        .map(|s| Acl::parse(&UnicodeString::text(s)))
        .transpose();
    match parsed {
        Ok(acl) => {
            with(init, |i| i.acl = acl);
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfDeviceInitSetDeviceClass`: classes have no security settings here.
pub extern "win64" fn WdfDeviceInitSetDeviceClass(_: usize, init: usize, _class: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetCharacteristics`: replaces them, or adds to them.
pub extern "win64" fn WdfDeviceInitSetCharacteristics(_: usize, init: usize, characteristics: u32, or: u8) {
    with(init, |i| {
        i.characteristics = characteristics | if or == 0 { 0 } else { i.characteristics }
    });
}

/// `WdfDeviceInitSetFileObjectConfig`.
pub extern "win64" fn WdfDeviceInitSetFileObjectConfig(
    _: usize,
    init: usize,
    config: Guest<FileObjectConfig>,
    attributes: Guest<ObjectAttributes>,
) {
    if !sized("WDF_FILEOBJECT_CONFIG", config, at!(config.size).read()) {
        return;
    }
    if let Ok(attributes) = object::read_attributes(attributes) {
        with(init, |i| {
            i.file = config.read();
            i.file_attributes = attributes;
        });
    }
}

/// `WdfDeviceInitSetRequestAttributes`.
pub extern "win64" fn WdfDeviceInitSetRequestAttributes(
    _: usize,
    init: usize,
    attributes: Guest<ObjectAttributes>,
) {
    if let Ok(attributes) = object::read_attributes(attributes) {
        with(init, |i| i.request_attributes = attributes);
    }
}

/// `WdfDeviceInitSetIoInCallerContextCallback`.
pub extern "win64" fn WdfDeviceInitSetIoInCallerContextCallback(
    _: usize,
    init: usize,
    callback: Option<InCallerContext>,
) {
    with(init, |i| i.in_caller_context = callback);
}

/// `WdfDeviceInitSetRemoveLockOptions`.
pub extern "win64" fn WdfDeviceInitSetRemoveLockOptions(_: usize, init: usize, _options: usize) {
    with(init, |_| ());
}

/// `WdfDeviceInitSetReleaseHardwareOrderOnFailure`.
pub extern "win64" fn WdfDeviceInitSetReleaseHardwareOrderOnFailure(_: usize, init: usize, _order: u32) {
    with(init, |_| ());
}

/// `WdfFdoInitSetFilter`.
pub extern "win64" fn WdfFdoInitSetFilter(_: usize, init: usize) {
    with(init, |i| i.filter = true);
}

/// `WdfFdoInitWdmGetPhysicalDevice`.
pub extern "win64" fn WdfFdoInitWdmGetPhysicalDevice(_: usize, init: usize) -> Guest<DeviceObject> {
    with(init, |i| i.pdo.as_ref().map_or(Guest::null(), |p| p.wdm()))
}

/// Reports init objects that the driver neither used nor freed.
pub(super) fn check_unload() {
    for init in INITS.lock().values().filter(|i| i.pdo.is_none()) {
        crate::violation::report_at(
            crate::violation::Rule::OBJECT_LEAK,
            init.site,
            "WDFDEVICE_INIT neither used nor freed at unload".to_owned(),
        );
    }
}

pub(super) fn reset() {
    INITS.lock().clear();
}
