//! Handles: who may have the adapter open.
//!
//! One user at a time. The framework's own exclusiveness is not used: each NetAdapterCx adapter of the machine opens every
//! arriving network interface for a moment, from kernel mode and without access, and such an open must neither be refused nor
//! keep a user out. Which users may open at all is the security descriptor's business, in the INF.

use core::sync::atomic::{AtomicU8, Ordering};

use wdk_sys::{
    _MODE::UserMode, _WDF_FILEOBJECT_CLASS, _WDF_TRI_STATE, PWDFDEVICE_INIT, STATUS_SUCCESS,
    WDF_FILEOBJECT_CONFIG, WDFDEVICE, WDFFILEOBJECT, WDFREQUEST,
};

use crate::device::DeviceContext;
use crate::object::{Context, attributes, context, size_field};
use crate::wdf::wdf_call;

/// What the framework keeps with each handle. Zeros: a handle that has nothing to do with the engine.
pub(crate) struct FileContext {
    /// Not 0: this handle opened the engine, and its cleanup closes it.
    owner: AtomicU8,
}

context!(FileContext, c"ovpn-dco file");

/// Registers the callbacks below. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `init` is the init object that `EVT_WDF_DRIVER_DEVICE_ADD` got, and no device has been created from it.
pub(crate) unsafe fn configure(init: PWDFDEVICE_INIT) {
    let mut config = WDF_FILEOBJECT_CONFIG {
        Size: size_field::<WDF_FILEOBJECT_CONFIG>(),
        EvtDeviceFileCreate: Some(evt_create),
        EvtFileCleanup: Some(evt_cleanup),
        AutoForwardCleanupClose: _WDF_TRI_STATE::WdfUseDefault,
        // NetAdapterCx keeps a mark of its own in FsContext.
        FileObjectClass: _WDF_FILEOBJECT_CLASS::WdfFileObjectWdfCannotUseFsContexts,
        ..Default::default()
    };
    let mut attributes = attributes::<FileContext>(None);
    // SAFETY: configuration and attributes live over the call.
    unsafe {
        wdf_call!(WdfDeviceInitSetFileObjectConfig(
            init,
            &raw mut config,
            &raw mut attributes
        ))
    };
}

/// `EVT_WDF_DEVICE_FILE_CREATE`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_create(device: WDFDEVICE, request: WDFREQUEST, file: WDFFILEOBJECT) {
    // SAFETY: the framework passes the adapter's device.
    let context = unsafe { DeviceContext::of(device.cast()) };
    // SAFETY: the driver owns the request.
    let mode = unsafe { wdf_call!(WdfRequestGetRequestorMode(request)) };
    let status = match context.engine() {
        Some(engine) if i32::from(mode) == UserMode => match context.open(engine) {
            Ok(()) => {
                // SAFETY: the file object has the context that `configure` asked for.
                unsafe { FileContext::of(file.cast()) }
                    .owner
                    .store(1, Ordering::Release);
                STATUS_SUCCESS
            }
            Err(status) => status.0,
        },
        // NDIS looks whose interface this is.
        _ => STATUS_SUCCESS,
    };
    // SAFETY: the driver owns the request, and does not touch it again.
    unsafe { wdf_call!(WdfRequestComplete(request, status)) };
}

/// Whether a request comes through the handle that has the engine open: not from a visitor of NDIS, and not late, from a handle
/// whose cleanup has run. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// The driver owns the request, which is one of the adapter's device.
pub(crate) unsafe fn is_owner(request: WDFREQUEST) -> bool {
    // SAFETY: as the caller says.
    let file = unsafe { wdf_call!(WdfRequestGetFileObject(request)) };
    if file.is_null() {
        return false;
    }
    // SAFETY: the device's file objects have the context that `configure` asked for.
    let context = unsafe { FileContext::of(file.cast()) };
    context.owner.load(Ordering::Acquire) != 0
}

/// `EVT_WDF_FILE_CLEANUP`: the last handle is closed, or the process has died. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_cleanup(file: WDFFILEOBJECT) {
    // SAFETY: the file object has the context that `configure` asked for.
    let owner = unsafe { FileContext::of(file.cast()) }
        .owner
        .swap(0, Ordering::AcqRel);
    if owner == 0 {
        return;
    }
    // SAFETY: the framework passes a valid file object.
    let device = unsafe { wdf_call!(WdfFileObjectGetDevice(file)) };
    // SAFETY: files are only made on the adapter's device, which has this context.
    if let Some(engine) = unsafe { DeviceContext::of(device.cast()) }.engine() {
        engine.close();
    }
}
