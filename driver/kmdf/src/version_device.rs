//! The version device: a control device that anybody may ask for the driver's version while the adapters are in use.
//!
//! There is one for all adapters. It comes with the first and goes with the last: a control device would otherwise keep
//! the driver loaded.

use netcx_sys::w;
use ovpn_dco_engine::RawLock as _;
use ovpn_dco_uapi::{Ioctl, NtStatus, VERSION};
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE, NTSTATUS,
    PWDFDEVICE_INIT, STATUS_INSUFFICIENT_RESOURCES, ULONG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES,
    WDFDEVICE, WDFDRIVER, WDFQUEUE, WDFREQUEST,
};

use crate::driver::DriverContext;
use crate::object::{plain_attributes, size_field};
use crate::wdf::{check, unicode, wdf_call};

/// Adds a user of the version device, and makes it for the first. `false`: there is none. IRQL: PASSIVE_LEVEL.
pub(crate) fn add(driver: WDFDRIVER, context: &DriverContext) -> bool {
    context.version.with(|state| {
        if state.users == 0 {
            match create(driver) {
                Ok(device) => state.device = device,
                Err(_) => return false,
            }
        }
        state.users = state.users.saturating_add(1);
        true
    })
}

/// Removes a user, and the device with the last. IRQL: PASSIVE_LEVEL.
pub(crate) fn remove(context: &DriverContext) {
    context.version.with(|state| {
        state.users = state.users.saturating_sub(1);
        if state.users == 0 && !state.device.is_null() {
            let device = core::mem::replace(&mut state.device, core::ptr::null_mut());
            // SAFETY: a control device of this driver, deleted once. Open handles keep it until they are closed.
            unsafe { wdf_call!(WdfObjectDelete(device.cast())) };
        }
    });
}

/// The version device and its users. Zeros: none.
pub(crate) struct VersionDevice {
    lock: crate::lock::WaitLock,
    state: core::cell::UnsafeCell<State>,
}

struct State {
    users: u32,
    device: WDFDEVICE,
}

// SAFETY: the state is used under the lock only.
unsafe impl Sync for VersionDevice {}

impl VersionDevice {
    fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        self.lock.lock();
        // SAFETY: the lock is held.
        let result = change(unsafe { &mut *self.state.get() });
        // SAFETY: taken above, on this thread.
        unsafe { self.lock.unlock() };
        result
    }
}

fn create(driver: WDFDRIVER) -> Result<WDFDEVICE, NTSTATUS> {
    // System: everything; administrators: read, write, execute; everyone: read (`names::VERSION_SDDL`).
    let sddl = unicode(w!("D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)"));
    // SAFETY: the driver object exists; the string is static.
    let mut init: PWDFDEVICE_INIT =
        unsafe { wdf_call!(WdfControlDeviceInitAllocate(driver, &raw const sddl)) };
    if init.is_null() {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let name = unicode(w!("\\Device\\ovpn-dco-ver"));
    // SAFETY: a fresh init object, and a static string.
    let named = check(unsafe { wdf_call!(WdfDeviceInitAssignName(init, &raw const name)) });
    let mut device: WDFDEVICE = core::ptr::null_mut();
    let created = named.and_then(|()| {
        // SAFETY: the call takes the init object if it succeeds.
        check(unsafe {
            wdf_call!(WdfDeviceCreate(
                &raw mut init,
                core::ptr::null_mut(),
                &raw mut device
            ))
        })
    });
    if let Err(status) = created {
        if !init.is_null() {
            // SAFETY: no device was made from it.
            unsafe { wdf_call!(WdfDeviceInitFree(init)) };
        }
        return Err(status);
    }
    match finish(device) {
        Ok(()) => Ok(device),
        Err(status) => {
            // SAFETY: a control device that nobody has opened yet.
            unsafe { wdf_call!(WdfObjectDelete(device.cast())) };
            Err(status)
        }
    }
}

fn finish(device: WDFDEVICE) -> Result<(), NTSTATUS> {
    let link = unicode(w!("\\DosDevices\\ovpn-dco-ver"));
    // SAFETY: the device has just been created; the string is static.
    check(unsafe { wdf_call!(WdfDeviceCreateSymbolicLink(device, &raw const link)) })?;
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size_field::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(evt_device_control),
        ..Default::default()
    };
    config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone,
        ..plain_attributes()
    };
    // SAFETY: configuration and attributes live over the call.
    check(unsafe {
        wdf_call!(WdfIoQueueCreate(
            device,
            &raw mut config,
            &raw mut attributes,
            core::ptr::null_mut()
        ))
    })?;
    // SAFETY: the device is complete: it may be opened.
    unsafe { wdf_call!(WdfControlFinishInitializing(device)) };
    Ok(())
}

/// `EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL` of the version device. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_device_control(
    _queue: WDFQUEUE,
    request: WDFREQUEST,
    output_len: usize,
    _input_len: usize,
    code: ULONG,
) {
    let mut room = [0u8; size_of::<ovpn_dco_uapi::Version>()];
    let (status, len) = match answer(code, &mut room) {
        Ok(len) if len > output_len => (NtStatus::BUFFER_TOO_SMALL.0, 0),
        // SAFETY: the driver owns the request, whose output is at least this long.
        Ok(len) => match unsafe { write_output(request, room.get(..len).unwrap_or_default()) } {
            Ok(()) => (NtStatus::SUCCESS.0, len),
            Err(status) => (status, 0),
        },
        Err(status) => (status.0, 0),
    };
    // SAFETY: the driver owns the request, and does not touch it again.
    unsafe { wdf_call!(WdfRequestCompleteWithInformation(request, status, len as _)) };
}

/// The version, for the one control code that is known here.
fn answer(code: ULONG, room: &mut [u8]) -> Result<usize, NtStatus> {
    match Ioctl::from_code(code) {
        Some(ioctl) if ioctl.modes().version_device => ovpn_dco_uapi::write_output(&VERSION, room),
        _ => Err(NtStatus::INVALID_DEVICE_REQUEST),
    }
}

/// # Safety
///
/// The driver owns the request.
unsafe fn write_output(request: WDFREQUEST, bytes: &[u8]) -> Result<(), NTSTATUS> {
    let (mut buffer, mut len) = (core::ptr::null_mut(), 0);
    // SAFETY: the driver owns the request, and both results are on the stack.
    check(unsafe {
        wdf_call!(WdfRequestRetrieveOutputBuffer(
            request,
            bytes.len(),
            &raw mut buffer,
            &raw mut len
        ))
    })?;
    // SAFETY: the framework promises so many bytes of output.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.cast(), bytes.len().min(len)) };
    Ok(())
}
