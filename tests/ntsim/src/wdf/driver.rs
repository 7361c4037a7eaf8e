//! The driver object (wdfdriver.h) and a driver's life as the I/O manager sees it: load, unload.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use super::loader;
use super::object::{self, Body, Kind, New, Object};
use super::string;
use crate::abi::kmdf::{DriverConfig, Handle, ObjectAttributes};
use crate::abi::wdm::{DriverObject, UnicodeString};
use crate::cpu::callback;
use crate::exports;
use crate::guest::Guest;
use crate::image::{self, Image};
use crate::status::{self, NtStatus, Result};
use crate::{at, cng, machine, netio, ntoskrnl, violate};

exports! { "Wdf01000.sys";
    WdfDriverCreate: PASSIVE..=PASSIVE,
    WdfDriverGetRegistryPath: PASSIVE..=PASSIVE,
    WdfDriverWdmGetDriverObject: PASSIVE..=DISPATCH,
    WdfWdmDriverGetWdfDriverHandle: PASSIVE..=DISPATCH,
    WdfDriverRegisterTraceInfo: PASSIVE..=PASSIVE,
    WdfDriverRetrieveVersionString: PASSIVE..=PASSIVE,
    WdfDriverIsVersionAvailable: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "WDFDRIVER",
    passive_dispose: true,
    deletable: false,
};
const NON_PNP: u32 = 1;
const KNOWN_FLAGS: u32 = 0x1F;

/// A framework driver's own data.
pub struct Driver {
    pub(super) config: DriverConfig,
    driver_object: Guest<DriverObject>,
    registry_path: Guest<u16>,
}

impl Body for Driver {}

static CURRENT: Mutex<Option<&'static Object>> = Mutex::new(None);

/// The WDFDRIVER, once there is one.
pub(super) fn current_object() -> Option<&'static Object> {
    *CURRENT.lock()
}

/// Its own data.
pub(super) fn current_driver() -> Option<Arc<Driver>> {
    current_object()?.body::<Driver>()
}

/// Whether the driver takes PnP devices.
#[must_use]
pub fn is_pnp() -> bool {
    current_driver().is_some_and(|d| d.config.device_add.is_some())
}

/// Its DRIVER_OBJECT, or null.
pub(super) fn current_driver_object() -> Guest<DriverObject> {
    current_driver().map_or(Guest::null(), |d| d.driver_object)
}

/// `WdfDriverCreate`.
///
/// | the caller promises                             | else                                             |
/// |-------------------------------------------------|--------------------------------------------------|
/// | driver object, path and config are not null       | `parameter` (0x10D 4), stop                       |
/// | the config has a known size                        | `STATUS_INFO_LENGTH_MISMATCH`                     |
/// | known flags; no device-add for a non-PnP driver     | `STATUS_INVALID_PARAMETER`                        |
/// | one driver object per driver                         | `STATUS_DRIVER_INTERNAL_ERROR`                    |
pub extern "win64" fn WdfDriverCreate(
    _: usize,
    driver: Guest<DriverObject>,
    path: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    config: Guest<DriverConfig>,
    out: Guest<Handle>,
) -> NtStatus {
    if driver.is_null() || path.is_null() || config.is_null() {
        violate!(
            PARAMETER,
            "WdfDriverCreate with a null driver object, registry path or configuration"
        );
        machine::stop();
    }
    status::of(create(driver, path, attributes, config).map(|object| out.put(object.handle())))
}

fn create(
    driver: Guest<DriverObject>,
    path: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    config: Guest<DriverConfig>,
) -> Result<&'static Object> {
    let size = at!(config.size).read() as usize;
    // Version 1.0's structure ends before the pool tag.
    if size != size_of::<DriverConfig>() && size != size_of::<DriverConfig>() - 8 {
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    let config = config.read();
    if config.flags & !KNOWN_FLAGS != 0 || config.flags & NON_PNP != 0 && config.device_add.is_some() {
        return Err(status::INVALID_PARAMETER);
    }
    if current_object().is_some() {
        return Err(status::DRIVER_INTERNAL_ERROR);
    }
    let registry_path = UnicodeString::leak(&UnicodeString::text(path)).buffer;
    let body = Driver {
        config,
        driver_object: driver,
        registry_path,
    };
    let new = New {
        kind: &KIND,
        attributes,
        parent: None,
        may_have_parent: false,
        function: "WdfDriverCreate",
    };
    let object = object::create(&new, Arc::new(body))?;
    *CURRENT.lock() = Some(object);
    let pnp = config.flags & NON_PNP == 0;
    if let Some(client) = loader::client() {
        let globals = client.globals;
        at!(globals.driver).write(object.handle());
        at!(globals.displace_driver_unload).write(1);
        if size == size_of::<DriverConfig>() && config.pool_tag != 0 {
            at!(globals.tag).write(config.pool_tag);
        }
    }
    if pnp || config.unload.is_some() {
        at!(driver.driver_unload).write(Some(framework_unload));
    }
    Ok(object)
}

/// The framework's `DriverUnload`: the driver's own callback, after all devices are gone.
extern "win64" fn framework_unload(_driver: Guest<DriverObject>) {
    super::device::remove_control_devices_left();
    let Some(driver) = current_object().and_then(|o| Some((o, o.body::<Driver>()?))) else {
        return;
    };
    if let Some(unload) = driver.1.config.unload {
        callback::invoke("EvtDriverUnload", || unload(driver.0.handle()));
    }
}

/// Deletes the driver object, with everything below it (`WdfVersionUnbind`).
pub(super) fn delete() {
    let Some(object) = CURRENT.lock().take() else {
        return;
    };
    object.delete();
}

fn of(handle: Handle) -> Arc<Driver> {
    object::body::<Driver>(handle).1
}

/// `WdfDriverGetRegistryPath`: NUL-terminated, lives as long as the driver.
pub extern "win64" fn WdfDriverGetRegistryPath(_: usize, driver: Handle) -> Guest<u16> {
    of(driver).registry_path
}

/// `WdfDriverWdmGetDriverObject`.
pub extern "win64" fn WdfDriverWdmGetDriverObject(_: usize, driver: Handle) -> Guest<DriverObject> {
    of(driver).driver_object
}

/// `WdfWdmDriverGetWdfDriverHandle`: 0 if it isn't the framework's.
pub extern "win64" fn WdfWdmDriverGetWdfDriverHandle(_: usize, driver: Guest<DriverObject>) -> Handle {
    current_object()
        .filter(|o| of(o.handle()).driver_object == driver)
        .map_or(0, Object::handle)
}

/// `WdfDriverRegisterTraceInfo`: accepted, nothing traces this way.
pub extern "win64" fn WdfDriverRegisterTraceInfo(
    _: usize,
    _driver: usize,
    _routine: usize,
    _context: usize,
) -> NtStatus {
    status::SUCCESS
}

/// `WdfDriverRetrieveVersionString`.
pub extern "win64" fn WdfDriverRetrieveVersionString(_: usize, _driver: Handle, text: Handle) -> NtStatus {
    string::set(
        text,
        &format!(
            "Kernel Mode Driver Framework version 1.{}.0",
            machine::with_config(|c| c.kmdf_minor)
        ),
    )
}

/// `WdfDriverIsVersionAvailable`: parameters are size, major, minor.
pub extern "win64" fn WdfDriverIsVersionAvailable(
    _: usize,
    _driver: Handle,
    parameters: Guest<[u32; 3]>,
) -> u8 {
    let [_, major, minor] = parameters.read();
    u8::from(major == 1 && minor <= machine::with_config(|c| c.kmdf_minor))
}

/// A loaded driver, as the I/O manager holds it.
#[derive(Debug)]
pub struct Loaded {
    /// Its image.
    pub image: Arc<Image>,
    /// Its DRIVER_OBJECT.
    pub object: Guest<DriverObject>,
    service: String,
}

/// Why a driver didn't load.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The image wasn't loadable.
    #[error(transparent)]
    Image(#[from] image::LoadError),
    /// Its entry point failed; the image is unloaded again and was checked for leftovers.
    #[error("the driver's entry point failed with {}", status::name(*.0))]
    Entry(NtStatus),
    /// The machine stopped in its entry point.
    #[error("the machine stopped while the driver was loaded")]
    Stopped,
}

/// Loads the driver at `path` as service `service` and runs its entry point in a system thread.
///
/// # Errors
/// See [`LoadError`].
pub fn load(path: &Path, service: &str) -> std::result::Result<Loaded, LoadError> {
    let image = image::load(path)?;
    let object = driver_object(&image, service);
    let registry_path = format!(r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\{service}");
    let registry_path: &'static UnicodeString = Box::leak(Box::new(UnicodeString::leak(&registry_path)));
    let entry = image.entry;
    let result = machine::run("DriverEntry", move || {
        // SAFETY: the image's entry point, whose signature Windows defines.
        let entry: extern "win64" fn(Guest<DriverObject>, Guest<UnicodeString>) -> NtStatus =
            unsafe { std::mem::transmute(entry) };
        callback::invoke("DriverEntry", || entry(object, Guest::of(registry_path)))
    });
    let loaded = Loaded {
        image,
        object,
        service: service.to_owned(),
    };
    match result {
        None => Err(LoadError::Stopped),
        Some(status) if status::succeeded(status) => Ok(loaded),
        Some(status) => {
            loaded.close();
            Err(LoadError::Entry(status))
        }
    }
}

fn driver_object(image: &Image, service: &str) -> Guest<DriverObject> {
    let object = DriverObject {
        kind: 4,
        size: 336,
        _pad0: 0,
        device_object: 0,
        flags: 2,
        _pad1: 0,
        driver_start: image.base,
        driver_size: u32::try_from(image.size).unwrap_or(0),
        _pad2: 0,
        driver_section: 0,
        driver_extension: std::ptr::from_ref(Box::leak(Box::new([0u64; 16]))) as usize,
        driver_name: UnicodeString::leak(&format!(r"\Driver\{service}")),
        hardware_database: 0,
        fast_io_dispatch: 0,
        driver_init: image.entry,
        driver_start_io: 0,
        driver_unload: None,
        major_function: [0; 28],
    };
    Guest::of(Box::leak(Box::new(object)))
}

impl Loaded {
    /// Service name.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Runs the driver's unload routine, checks for what it left behind, and takes the image away.
    /// `false` if it has no unload routine, or the machine stopped.
    pub fn unload(self) -> bool {
        let object = self.object;
        let Some(unload) = at!(object.driver_unload).read() else {
            return false;
        };
        let done = machine::run("DriverUnload", move || {
            callback::invoke("DriverUnload", || unload(object))
        });
        self.close();
        done.is_some()
    }

    fn close(&self) {
        if !machine::stopped() {
            netio::check_unload();
            ntoskrnl::check_unload();
            cng::check_unload();
        }
        image::unload(&self.image);
    }
}

pub(crate) fn reset() {
    *CURRENT.lock() = None;
}
