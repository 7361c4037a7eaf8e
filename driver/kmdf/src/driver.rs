//! The driver object: entry, what all adapters share, unload.

use alloc::boxed::Box;
use core::ptr::NonNull;

use ovpn_dco_engine::sync::try_box;
use wdk_sys::{
    NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS, ULONG,
    WDF_DRIVER_CONFIG, WDFDRIVER, WDFOBJECT,
};

use crate::crypto::Providers;
use crate::device::evt_device_add;
use crate::object::{Context, Link, attributes, context, size_field};
use crate::trace::Trace;
use crate::version_device::VersionDevice;
use crate::wdf::{self, check, wdf_call};
use crate::wsk::Registration;

netcx_sys::netadaptercx_client! {
    /// The class extension, as this driver has bound it.
    pub(crate) static NETCX;
}

/// Pool tag of what the framework allocates for this driver: `ovdr` in a debugger.
const POOL_TAG: ULONG = u32::from_le_bytes(*b"ovdr");

/// What all adapters share. Made in `DriverEntry`, gone with the driver object, after all devices.
pub(crate) struct Services {
    /// Winsock Kernel. First out, as it waits until all sockets are closed.
    pub(crate) wsk: Registration,
    /// AEADs.
    pub(crate) crypto: Providers,
    /// Events, first in and last out: the others may report to it.
    _trace: Trace,
}

/// What the framework keeps with the driver object. Zeros: nothing yet.
pub(crate) struct DriverContext {
    services: Link<Services>,
    /// The version device.
    pub(crate) version: VersionDevice,
}

context!(DriverContext, c"ovpn-dco driver");

impl DriverContext {
    /// The services; `None` only when `DriverEntry` has failed.
    pub(crate) fn services(&self) -> Option<&'static Services> {
        // SAFETY: they go with the driver object, after all devices and whatever refers to them.
        self.services.get().map(|services| unsafe { services.as_ref() })
    }
}

/// The driver's entry point: creates the framework's driver object.
///
/// IRQL: PASSIVE_LEVEL. The framework's entry stub calls this once, after binding the driver to KMDF and NetAdapterCx.
///
/// # Safety
///
/// Only the entry stub may call this.
// The name is safe to export: the linker finds one definition of it in the image, this one.
#[unsafe(export_name = "DriverEntry")]
pub(crate) unsafe extern "system" fn driver_entry(
    driver_object: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: the arguments are those of the entry point.
    match unsafe { start(driver_object, registry_path) } {
        Ok(()) => STATUS_SUCCESS,
        Err(status) => status,
    }
}

/// # Safety
///
/// The arguments are those of `DriverEntry`.
unsafe fn start(driver_object: PDRIVER_OBJECT, registry_path: PCUNICODE_STRING) -> Result<(), NTSTATUS> {
    check(wdf::check_table())?;
    let mut config = WDF_DRIVER_CONFIG {
        Size: size_field::<WDF_DRIVER_CONFIG>(),
        EvtDriverDeviceAdd: Some(evt_device_add),
        DriverPoolTag: POOL_TAG,
        ..Default::default()
    };
    let mut attributes = attributes::<DriverContext>(Some(evt_cleanup));
    let mut driver: WDFDRIVER = core::ptr::null_mut();
    // SAFETY: the arguments are those of the entry point; configuration and attributes outlive the call.
    check(unsafe {
        wdf_call!(WdfDriverCreate(
            driver_object,
            registry_path,
            &raw mut attributes,
            &raw mut config,
            &raw mut driver
        ))
    })?;
    // From here on a failure deletes the driver object, and its cleanup undoes the rest.
    let services = Services {
        _trace: Trace::register(),
        wsk: Registration::new()?,
        crypto: Providers::open()?,
    };
    let services = try_box(services).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    // SAFETY: the driver object was created with this context.
    let context = unsafe { DriverContext::of(driver.cast()) };
    context.services.set(NonNull::from(Box::leak(services)));
    Ok(())
}

/// `EVT_WDF_OBJECT_CONTEXT_CLEANUP` of the driver object: all devices are gone. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_cleanup(driver: WDFOBJECT) {
    // SAFETY: the framework passes the driver object, which has this context.
    let context = unsafe { DriverContext::of(driver) };
    if let Some(services) = context.services.take() {
        // SAFETY: leaked by `start`, and taken out once; nothing refers to them any more.
        drop(unsafe { Box::from_raw(services.as_ptr()) });
    }
}
