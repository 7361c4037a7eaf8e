//! A small, healthy KMDF driver that breaks one rule when it is asked to: control code `0x22_0000 | n << 2` runs bug `n`.
//!
//! The simulator's tests load it, ask for one bug, and expect that the verifier names it. Bug 0 is none.

#![no_std]
// Each function here is a bug on purpose; what the calls need is said once, in `Bug`.
#![allow(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]

extern crate wdk_panic;

mod bugs;
mod crypto;

use core::ptr;

use wdk_sys::{
    _WDF_IO_QUEUE_DISPATCH_TYPE, _WDF_TRI_STATE, GUID, NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT,
    PWDFDEVICE_INIT, STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS, UNICODE_STRING, WDF_DRIVER_CONFIG,
    WDF_FILEOBJECT_CONFIG, WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES, WDFDEVICE, WDFDRIVER, WDFQUEUE,
    WDFREQUEST, call_unsafe_wdf_function_binding,
};

/// The device interface that it can be opened by: {5f3e9d10-7c44-4a53-9b1e-0d2f6a1c8e77}, reference `faulty`.
const INTERFACE: GUID = GUID {
    Data1: 0x5f3e_9d10,
    Data2: 0x7c44,
    Data3: 0x4a53,
    Data4: [0x9b, 0x1e, 0x0d, 0x2f, 0x6a, 0x1c, 0x8e, 0x77],
};
static REFERENCE: [u16; 6] = [
    b'f' as u16,
    b'a' as u16,
    b'u' as u16,
    b'l' as u16,
    b't' as u16,
    b'y' as u16,
];

/// Attributes with everything inherited, below `parent` (null for the default).
fn attributes(parent: wdk_sys::WDFOBJECT) -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        Size: 56,
        ExecutionLevel: 1,
        SynchronizationScope: 1,
        ParentObject: parent,
        ..Default::default()
    }
}

// SAFETY: the linker finds one definition of this name in the image, this one.
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(driver: PDRIVER_OBJECT, path: PCUNICODE_STRING) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: 32,
        EvtDriverDeviceAdd: Some(device_add),
        ..Default::default()
    };
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDriverCreate,
            driver,
            path,
            ptr::null_mut(),
            &raw mut config,
            ptr::null_mut()
        )
    }
}

unsafe extern "C" fn device_add(_: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut files = WDF_FILEOBJECT_CONFIG {
        Size: 40,
        FileObjectClass: 4,
        AutoForwardCleanupClose: _WDF_TRI_STATE::WdfUseDefault,
        ..Default::default()
    };
    let mut device: WDFDEVICE = ptr::null_mut();
    let reference = UNICODE_STRING {
        Length: 12,
        MaximumLength: 12,
        Buffer: REFERENCE.as_ptr().cast_mut(),
    };
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetFileObjectConfig,
            init,
            &raw mut files,
            ptr::null_mut()
        );
        let status = call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            ptr::null_mut(),
            &raw mut device
        );
        if status < 0 {
            return status;
        }
        let status = call_unsafe_wdf_function_binding!(
            WdfDeviceCreateDeviceInterface,
            device,
            &INTERFACE,
            &raw const reference
        );
        if status < 0 {
            return status;
        }
    }
    create_queues(device)
}

fn create_queues(device: WDFDEVICE) -> NTSTATUS {
    let mut config = WDF_IO_QUEUE_CONFIG {
        Size: 96,
        DispatchType: _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        PowerManaged: _WDF_TRI_STATE::WdfFalse,
        DefaultQueue: 1,
        EvtIoDeviceControl: Some(device_control),
        ..Default::default()
    };
    config.Settings.Parallel.NumberOfPresentedRequests = u32::MAX;
    let mut queue: WDFQUEUE = ptr::null_mut();
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfIoQueueCreate,
            device,
            &raw mut config,
            ptr::null_mut(),
            &raw mut queue
        )
    }
}

unsafe extern "C" fn device_control(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    output: usize,
    _: usize,
    code: u32,
) {
    let call = bugs::Call {
        queue,
        request,
        output,
    };
    match bugs::TABLE.get((code >> 2 & 0xFFF) as usize) {
        Some(bug) => bug(&call),
        None => call.complete(STATUS_INVALID_DEVICE_REQUEST, 0),
    }
}

impl bugs::Call {
    fn complete(&self, status: NTSTATUS, information: usize) {
        unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestCompleteWithInformation,
                self.request,
                status,
                information as u64
            );
        }
    }

    pub(crate) fn succeed(&self) {
        self.complete(STATUS_SUCCESS, 0);
    }
}
