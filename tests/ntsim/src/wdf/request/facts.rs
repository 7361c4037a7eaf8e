//! What a driver may ask about a request.

use super::{of, owned};
use crate::abi::kmdf::{Handle, RequestParameters};
use crate::abi::wdm::Irp;
use crate::exports;
use crate::guest::Guest;
use crate::status::NtStatus;
use crate::wdf::file;
use crate::{at, io, violate};

exports! { "Wdf01000.sys";
    WdfRequestGetParameters: PASSIVE..=DISPATCH,
    WdfRequestSetInformation: PASSIVE..=DISPATCH,
    WdfRequestGetInformation: PASSIVE..=DISPATCH,
    WdfRequestGetStatus: PASSIVE..=DISPATCH,
    WdfRequestGetFileObject: PASSIVE..=DISPATCH,
    WdfRequestGetRequestorMode: PASSIVE..=DISPATCH,
    WdfRequestGetRequestorProcessId: PASSIVE..=DISPATCH,
    WdfRequestIsFrom32BitProcess: PASSIVE..=APC,
    WdfRequestWdmGetIrp: PASSIVE..=DISPATCH,
    WdfRequestIsReserved: PASSIVE..=DISPATCH,
}

/// `WdfRequestGetParameters`.
pub(super) extern "win64" fn WdfRequestGetParameters(
    _: usize,
    handle: Handle,
    parameters: Guest<RequestParameters>,
) {
    if at!(parameters.size).read() != 40 {
        violate!(
            PARAMETER,
            "WDF_REQUEST_PARAMETERS has size {}",
            at!(parameters.size).read()
        );
    }
    parameters.write(of(handle).parameters);
}

/// `WdfRequestSetInformation`.
pub(super) extern "win64" fn WdfRequestSetInformation(_: usize, handle: Handle, information: usize) {
    owned(handle, "information").state.lock().information = information;
}

/// `WdfRequestGetInformation`.
pub(super) extern "win64" fn WdfRequestGetInformation(_: usize, handle: Handle) -> usize {
    of(handle).state.lock().information
}

/// `WdfRequestGetStatus`.
pub(super) extern "win64" fn WdfRequestGetStatus(_: usize, handle: Handle) -> NtStatus {
    let irp = of(handle).irp;
    at!(irp.io_status.status).read()
}

/// `WdfRequestGetFileObject`: 0 if the device has no file objects.
pub(super) extern "win64" fn WdfRequestGetFileObject(_: usize, handle: Handle) -> Handle {
    let request = of(handle);
    let file = request
        .file
        .clone()
        .or_else(|| file::of_irp(&request.device, request.irp));
    file.map_or(0, |f| f.handle())
}

/// `WdfRequestGetRequestorMode`: 0 kernel, 1 user.
pub(super) extern "win64" fn WdfRequestGetRequestorMode(_: usize, handle: Handle) -> u8 {
    let irp = of(handle).irp;
    at!(irp.requestor_mode).read()
}

/// `WdfRequestGetRequestorProcessId`.
pub(super) extern "win64" fn WdfRequestGetRequestorProcessId(_: usize, handle: Handle) -> u32 {
    io::process_of(of(handle).irp)
}

/// `WdfRequestIsFrom32BitProcess`.
pub(super) extern "win64" fn WdfRequestIsFrom32BitProcess(_: usize, handle: Handle) -> u8 {
    let _ = of(handle);
    0
}

/// `WdfRequestWdmGetIrp`.
pub(super) extern "win64" fn WdfRequestWdmGetIrp(_: usize, handle: Handle) -> Guest<Irp> {
    of(handle).irp
}

/// `WdfRequestIsReserved`: no request is.
pub(super) extern "win64" fn WdfRequestIsReserved(_: usize, handle: Handle) -> u8 {
    let _ = of(handle);
    0
}
