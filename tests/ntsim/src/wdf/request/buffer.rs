//! A request's buffers, as METHOD_BUFFERED, direct and neither I/O have them.

use super::{Request, owned};
use crate::abi::kmdf::{Handle, RequestParameters};
use crate::abi::wdm::Mdl;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::memory;
use crate::{at, io};

exports! { "Wdf01000.sys";
    WdfRequestRetrieveInputBuffer: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputBuffer: PASSIVE..=DISPATCH,
    WdfRequestRetrieveInputMemory: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputMemory: PASSIVE..=DISPATCH,
    WdfRequestRetrieveInputWdmMdl: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputWdmMdl: PASSIVE..=DISPATCH,
}

impl Request {
    pub(super) fn output_length(&self) -> usize {
        let [first, ..] = self.parameters.parameters;
        match self.parameters.kind {
            3 | 14 | 15 => usize::try_from(first).unwrap_or(0),
            _ => 0,
        }
    }

    pub(super) fn input_length(&self) -> usize {
        let [first, second, ..] = self.parameters.parameters;
        usize::try_from(match self.parameters.kind {
            4 => first,
            14 | 15 => second,
            _ => 0,
        })
        .unwrap_or(0)
    }

    /// Where the driver reads what came in.
    pub(super) fn input(&self) -> Result<(Guest<u8>, usize)> {
        if matches!(self.parameters.kind, 0 | 3) {
            return Err(status::INVALID_DEVICE_REQUEST);
        }
        let irp = self.irp;
        let length = self.input_length();
        if length == 0 {
            return Err(status::BUFFER_TOO_SMALL);
        }
        if self.parameters.kind == 4 {
            return self.read_write_buffer(length);
        }
        match method(&self.parameters) {
            3 => Err(status::INVALID_DEVICE_REQUEST),
            _ => Ok((at!(irp.system_buffer).read(), length)),
        }
    }

    /// Where the driver writes what goes out.
    pub(super) fn output(&self) -> Result<(Guest<u8>, usize)> {
        if matches!(self.parameters.kind, 0 | 4) {
            return Err(status::INVALID_DEVICE_REQUEST);
        }
        let irp = self.irp;
        let length = self.output_length();
        if length == 0 {
            return Err(status::BUFFER_TOO_SMALL);
        }
        if self.parameters.kind == 3 {
            return self.read_write_buffer(length);
        }
        match method(&self.parameters) {
            0 => Ok((at!(irp.system_buffer).read(), length)),
            3 => Err(status::INVALID_DEVICE_REQUEST),
            _ => mapped(at!(irp.mdl_address).read(), length),
        }
    }

    fn read_write_buffer(&self, length: usize) -> Result<(Guest<u8>, usize)> {
        let irp = self.irp;
        match at!(irp.mdl_address).read().some() {
            Some(mdl) => mapped(mdl, length),
            None => Ok((at!(irp.system_buffer).read(), length)),
        }
    }
}

fn mapped(mdl: Guest<Mdl>, length: usize) -> Result<(Guest<u8>, usize)> {
    if faults::fails_allocation("(mapping of a request's MDL)") {
        return Err(status::INSUFFICIENT_RESOURCES);
    }
    Ok((at!(mdl.mapped_system_va).read(), length))
}

fn method(parameters: &RequestParameters) -> u64 {
    parameters.parameters[2] & 3
}

fn retrieve(
    buffer: Result<(Guest<u8>, usize)>,
    minimum: usize,
    out: Guest<usize>,
    length: Guest<usize>,
) -> NtStatus {
    out.write(0);
    length.put(0);
    match buffer {
        Ok((_, there)) if there < minimum => status::BUFFER_TOO_SMALL,
        Ok((buffer, there)) => {
            out.write(buffer.addr());
            length.put(there);
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfRequestRetrieveInputBuffer`: a length of 0 or below `minimum` is `STATUS_BUFFER_TOO_SMALL`; a read is
/// `STATUS_INVALID_DEVICE_REQUEST`. The buffer goes away at completion.
pub(super) extern "win64" fn WdfRequestRetrieveInputBuffer(
    _: usize,
    handle: Handle,
    minimum: usize,
    out: Guest<usize>,
    length: Guest<usize>,
) -> NtStatus {
    retrieve(owned(handle, "input buffer").input(), minimum, out, length)
}

/// `WdfRequestRetrieveOutputBuffer`: as [`WdfRequestRetrieveInputBuffer`], for the output; a write is
/// `STATUS_INVALID_DEVICE_REQUEST`. With METHOD_BUFFERED it is the same memory as the input.
pub(super) extern "win64" fn WdfRequestRetrieveOutputBuffer(
    _: usize,
    handle: Handle,
    minimum: usize,
    out: Guest<usize>,
    length: Guest<usize>,
) -> NtStatus {
    retrieve(owned(handle, "output buffer").output(), minimum, out, length)
}

fn as_memory(request: &Request, buffer: Result<(Guest<u8>, usize)>, out: Guest<Handle>) -> NtStatus {
    let made = buffer.and_then(|(buffer, length)| memory::of_request(request.object(), buffer, length));
    match made {
        Ok(memory) => {
            out.write(memory);
            status::SUCCESS
        }
        Err(status) => {
            out.write(0);
            status
        }
    }
}

/// `WdfRequestRetrieveInputMemory`.
pub(super) extern "win64" fn WdfRequestRetrieveInputMemory(
    _: usize,
    handle: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let request = owned(handle, "input memory");
    as_memory(&request, request.input(), out)
}

/// `WdfRequestRetrieveOutputMemory`.
pub(super) extern "win64" fn WdfRequestRetrieveOutputMemory(
    _: usize,
    handle: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let request = owned(handle, "output memory");
    as_memory(&request, request.output(), out)
}

fn wdm_mdl(request: &Request, buffer: Result<(Guest<u8>, usize)>, out: Guest<Guest<Mdl>>) -> NtStatus {
    out.write(Guest::null());
    let irp = request.irp;
    match buffer {
        Ok((buffer, length)) => {
            let mdl = at!(irp.mdl_address)
                .read()
                .some()
                .unwrap_or_else(|| io::system_mdl(irp, buffer, length));
            out.write(mdl);
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfRequestRetrieveInputWdmMdl`.
pub(super) extern "win64" fn WdfRequestRetrieveInputWdmMdl(
    _: usize,
    handle: Handle,
    out: Guest<Guest<Mdl>>,
) -> NtStatus {
    let request = owned(handle, "input MDL");
    wdm_mdl(&request, request.input(), out)
}

/// `WdfRequestRetrieveOutputWdmMdl`.
pub(super) extern "win64" fn WdfRequestRetrieveOutputWdmMdl(
    _: usize,
    handle: Handle,
    out: Guest<Guest<Mdl>>,
) -> NtStatus {
    let request = owned(handle, "output MDL");
    wdm_mdl(&request, request.output(), out)
}
