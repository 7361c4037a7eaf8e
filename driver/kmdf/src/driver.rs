//! The driver object: entry, device arrival, unload.

use wdk_sys::{
    NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, PWDFDEVICE_INIT, STATUS_SUCCESS, ULONG, WDF_DRIVER_CONFIG,
    WDF_NO_HANDLE, WDF_NO_OBJECT_ATTRIBUTES, WDFDRIVER,
};

use crate::wdf::{self, wdf_call};

/// The driver's entry point: creates the framework's driver object.
///
/// IRQL: PASSIVE_LEVEL. The framework's entry stub calls this once, after binding the driver to KMDF.
///
/// # Safety
///
/// Only the entry stub may call this.
// SAFETY: the linker finds one definition of this name in the image, this one.
#[unsafe(export_name = "DriverEntry")]
pub(crate) unsafe extern "system" fn driver_entry(
    driver_object: PDRIVER_OBJECT,
    registry_path: PCUNICODE_STRING,
) -> NTSTATUS {
    let status = wdf::check_table();
    if !wdk::nt_success(status) {
        return status;
    }
    let mut config = WDF_DRIVER_CONFIG {
        Size: size_of::<WDF_DRIVER_CONFIG>() as ULONG,
        EvtDriverDeviceAdd: Some(evt_device_add),
        ..Default::default()
    };
    // SAFETY: the arguments are those of the entry point, and a configuration that outlives the call.
    unsafe {
        wdf_call!(WdfDriverCreate(
            driver_object,
            registry_path,
            WDF_NO_OBJECT_ATTRIBUTES,
            &raw mut config,
            WDF_NO_HANDLE.cast(),
        ))
    }
}

/// `EVT_WDF_DRIVER_DEVICE_ADD`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_device_add(_driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut init = init;
    let mut device = core::ptr::null_mut();
    // SAFETY: the framework passes an init object for this device, which the call consumes.
    let status = unsafe {
        wdf_call!(WdfDeviceCreate(
            &raw mut init,
            WDF_NO_OBJECT_ATTRIBUTES,
            &raw mut device
        ))
    };
    if wdk::nt_success(status) {
        STATUS_SUCCESS
    } else {
        status
    }
}
