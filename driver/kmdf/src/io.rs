//! The adapter's queue: control codes, reads and writes of control packets.
//!
//! One parallel queue, presented at PASSIVE_LEVEL, not power-managed: user space talks to the driver while the machine
//! falls asleep too. What pends is kept by the engine, marked cancelable, until it is done or the handle is closed.

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_SYNCHRONIZATION_SCOPE, _WDF_TRI_STATE, NTSTATUS,
    ULONG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE, WDFQUEUE, WDFREQUEST,
};

use ovpn_dco_engine::Device;
use ovpn_dco_uapi::NtStatus;
use zeroize::Zeroize as _;

use crate::device::DeviceContext;
use crate::object::{Context, plain_attributes, size_field};
use crate::platform::Kernel;
use crate::request::IoRequest;
use crate::wdf::wdf_call;
use crate::{file, irql};

/// Longest input of a control code that is looked at. The longest structure has 104 bytes; a longer input is accepted and its rest
/// ignored.
const MAX_INPUT: usize = 256;

/// Creates the device's default queue. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `device` has just been created and not been started.
pub(crate) unsafe fn create_queue(device: WDFDEVICE) -> NTSTATUS {
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: size_field::<WDF_IO_QUEUE_CONFIG>(),
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        // A write of nothing is an error, and the engine says so.
        AllowZeroLengthRequests: 1,
        EvtIoDeviceControl: Some(evt_device_control),
        EvtIoRead: Some(evt_read),
        EvtIoWrite: Some(evt_write),
        ..Default::default()
    };
    // No limit on the requests that are presented: those that pend stay presented.
    config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone,
        ..plain_attributes()
    };
    // SAFETY: configuration and attributes live over the call; a default queue needs no handle.
    unsafe {
        wdf_call!(WdfIoQueueCreate(
            device,
            &raw mut config,
            &raw mut attributes,
            core::ptr::null_mut()
        ))
    }
}

/// The context of the device that a queue belongs to.
///
/// # Safety
///
/// `queue` is a queue of the adapter's device.
unsafe fn device_of<'a>(queue: WDFQUEUE) -> &'a DeviceContext {
    // SAFETY: the queue is valid while one of its callbacks runs.
    let device = unsafe { wdf_call!(WdfIoQueueGetDevice(queue)) };
    // SAFETY: the adapter's device has this context, and outlives its queue.
    unsafe { DeviceContext::of(device.cast()) }
}

/// The engine, for requests of the handle that has it open. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// The driver owns the request, which is one of the device's.
unsafe fn engine_for(context: &DeviceContext, handle: WDFREQUEST) -> Option<&Device<Kernel>> {
    irql::passive();
    // SAFETY: as the caller says.
    if !unsafe { file::is_owner(handle) } {
        return None;
    }
    context.engine()
}

/// `EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_device_control(
    queue: WDFQUEUE,
    handle: WDFREQUEST,
    output_len: usize,
    input_len: usize,
    code: ULONG,
) {
    // SAFETY: the framework passes a queue that `create_queue` made.
    let context = unsafe { device_of(queue) };
    // SAFETY: the framework passes a request that the driver owns now.
    let Some(engine) = (unsafe { engine_for(context, handle) }) else {
        return refuse(handle, NtStatus::INVALID_DEVICE_STATE);
    };
    // Input and output are the same memory: the input is copied before anything else.
    let mut input = zeroize::Zeroizing::new([0u8; MAX_INPUT]);
    let len = input_len.min(MAX_INPUT);
    let Some(slot) = input.get_mut(..len) else {
        return refuse(handle, NtStatus::INVALID_PARAMETER);
    };
    // SAFETY: the framework passes a request that the driver owns now.
    if let Err(status) = unsafe { copy_input(handle, slot) } {
        return refuse(handle, NtStatus(status));
    }
    // SAFETY: as above, and the input has been copied.
    unsafe { wipe_input(handle, input_len) };
    // SAFETY: the driver owns the request and hands it over; the engine outlives its requests.
    let request = unsafe { IoRequest::new(handle, engine) };
    match request.with_output(output_len) {
        Ok(request) => engine.ioctl(code, slot, request),
        Err((request, status)) => request.complete(NtStatus(status), 0),
    }
}

/// Copies the first bytes of a request's input. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// The driver owns the request, whose input is at least as long as `to`.
unsafe fn copy_input(handle: WDFREQUEST, to: &mut [u8]) -> Result<(), NTSTATUS> {
    if to.is_empty() {
        return Ok(());
    }
    // SAFETY: as the caller says.
    let (buffer, len) = unsafe { input_buffer(handle) }?;
    let len = len.min(to.len());
    // SAFETY: `buffer` has `len` bytes, `to` has too, and the stack is not part of the request.
    unsafe { core::ptr::copy_nonoverlapping(buffer, to.as_mut_ptr(), len) };
    Ok(())
}

/// Wipes the system's copy of a control code's input: it may be a key, and the system frees it as it is. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// The driver owns the request, which is a buffered control code with `len` bytes of input that nobody needs any more.
unsafe fn wipe_input(handle: WDFREQUEST, len: usize) {
    if len == 0 {
        return;
    }
    // SAFETY: as the caller says.
    if let Ok((buffer, got)) = unsafe { input_buffer(handle) } {
        // SAFETY: the buffer has `got` bytes, is the system's own copy, and nobody else looks at it before the request completes.
        unsafe { core::slice::from_raw_parts_mut(buffer.cast_mut(), got) }.zeroize();
    }
}

/// Where a request's input is. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// The driver owns the request.
unsafe fn input_buffer(handle: WDFREQUEST) -> Result<(*const u8, usize), NTSTATUS> {
    let (mut buffer, mut len) = (core::ptr::null_mut(), 0);
    // SAFETY: the driver owns the request, and both results are on the stack.
    let status = unsafe {
        wdf_call!(WdfRequestRetrieveInputBuffer(
            handle,
            1,
            &raw mut buffer,
            &raw mut len
        ))
    };
    if wdk::nt_success(status) {
        Ok((buffer.cast_const().cast(), len))
    } else {
        Err(status)
    }
}

/// `EVT_WDF_IO_QUEUE_IO_READ`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_read(queue: WDFQUEUE, handle: WDFREQUEST, len: usize) {
    // SAFETY: the framework passes a queue that `create_queue` made.
    let context = unsafe { device_of(queue) };
    // SAFETY: the framework passes a request that the driver owns now.
    let Some(engine) = (unsafe { engine_for(context, handle) }) else {
        return refuse(handle, NtStatus::INVALID_DEVICE_STATE);
    };
    // SAFETY: the driver owns the request and hands it over; the engine outlives its requests.
    let request = unsafe { IoRequest::new(handle, engine) };
    match request.with_output(len) {
        Ok(request) => engine.read(request),
        Err((request, status)) => request.complete(NtStatus(status), 0),
    }
}

/// `EVT_WDF_IO_QUEUE_IO_WRITE`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_write(queue: WDFQUEUE, handle: WDFREQUEST, len: usize) {
    // SAFETY: the framework passes a queue that `create_queue` made.
    let context = unsafe { device_of(queue) };
    // SAFETY: the framework passes a request that the driver owns now.
    let Some(engine) = (unsafe { engine_for(context, handle) }) else {
        return refuse(handle, NtStatus::INVALID_DEVICE_STATE);
    };
    // The caller can change the memory meanwhile (direct I/O), and a longer packet than can be sent needs no copy.
    let mut packet = [0u8; ovpn_dco_uapi::limits::CONTROL_WRITE_MAX + SOCKADDR_MAX + 1];
    let take = len.min(packet.len());
    let Some(slot) = packet.get_mut(..take) else {
        return refuse(handle, NtStatus::INVALID_PARAMETER);
    };
    // SAFETY: the framework passes a request that the driver owns now.
    if let Err(status) = unsafe { copy_input(handle, slot) } {
        return refuse(handle, NtStatus(status));
    }
    // SAFETY: the driver owns the request and hands it over; the engine outlives its requests.
    let request = unsafe { IoRequest::new(handle, engine) };
    engine.write(slot, request);
}

/// A socket address in front of the packet in multipeer mode.
const SOCKADDR_MAX: usize = 28;

/// Completes a request that the engine never sees.
fn refuse(handle: WDFREQUEST, status: NtStatus) {
    // SAFETY: the driver owns the request, and the caller returns without touching it again.
    unsafe { wdf_call!(WdfRequestComplete(handle, status.0)) };
}
