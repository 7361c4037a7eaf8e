//! Requests (wdfrequest.h): whose they are, their buffers, cancellation, completion.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::device::Device;
use super::file::{self, File};
use super::object::{self, Body, Kind, New, Object};
use super::queue::Queue;
use super::{memory, sync};
use crate::abi::kmdf::{Handle, ObjectAttributes, RequestParameters};
use crate::abi::wdm::{
    IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, Irp, Mdl,
};
use crate::cpu::callback;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::ntoskrnl::irp;
use crate::status::{self, NtStatus, Result};
use crate::{at, image, io, machine, violate};

exports! { "Wdf01000.sys";
    WdfRequestComplete: PASSIVE..=DISPATCH,
    WdfRequestCompleteWithPriorityBoost: PASSIVE..=DISPATCH,
    WdfRequestCompleteWithInformation: PASSIVE..=DISPATCH,
    WdfRequestGetParameters: PASSIVE..=DISPATCH,
    WdfRequestRetrieveInputBuffer: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputBuffer: PASSIVE..=DISPATCH,
    WdfRequestRetrieveInputMemory: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputMemory: PASSIVE..=DISPATCH,
    WdfRequestRetrieveInputWdmMdl: PASSIVE..=DISPATCH,
    WdfRequestRetrieveOutputWdmMdl: PASSIVE..=DISPATCH,
    WdfRequestSetInformation: PASSIVE..=DISPATCH,
    WdfRequestGetInformation: PASSIVE..=DISPATCH,
    WdfRequestGetStatus: PASSIVE..=DISPATCH,
    WdfRequestGetFileObject: PASSIVE..=DISPATCH,
    WdfRequestGetRequestorMode: PASSIVE..=DISPATCH,
    WdfRequestGetRequestorProcessId: PASSIVE..=DISPATCH,
    WdfRequestIsFrom32BitProcess: PASSIVE..=APC,
    WdfRequestForwardToIoQueue: PASSIVE..=DISPATCH,
    WdfRequestGetIoQueue: PASSIVE..=DISPATCH,
    WdfRequestRequeue: PASSIVE..=DISPATCH,
    WdfRequestStopAcknowledge: PASSIVE..=DISPATCH,
    WdfRequestWdmGetIrp: PASSIVE..=DISPATCH,
    WdfRequestMarkCancelable: PASSIVE..=DISPATCH,
    WdfRequestMarkCancelableEx: PASSIVE..=DISPATCH,
    WdfRequestUnmarkCancelable: PASSIVE..=DISPATCH,
    WdfRequestIsCanceled: PASSIVE..=DISPATCH,
    WdfRequestIsReserved: PASSIVE..=DISPATCH,
    WdfDeviceEnqueueRequest: PASSIVE..=DISPATCH,
}

const KIND: Kind = Kind {
    name: "WDFREQUEST",
    passive_dispose: false,
    deletable: false,
};
/// Completed handles that are remembered, so that a second completion is named as such.
const REMEMBERED: usize = 4096;

type CancelRoutine = extern "win64" fn(Handle);

/// A request's own data.
pub struct Request {
    object: OnceLock<&'static Object>,
    device: Arc<Device>,
    irp: Guest<Irp>,
    file: Option<Arc<File>>,
    parameters: RequestParameters,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    place: Place,
    queue: Option<Arc<Queue>>,
    cancel_routine: Option<CancelRoutine>,
    cancel_called: bool,
    cancelled: bool,
    presented: bool,
    stopping: bool,
    acknowledged: bool,
    information: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// With the framework, before a queue.
    #[default]
    New,
    /// In a queue.
    Queued,
    /// With the driver.
    Driver,
    /// Gone.
    Completed,
}

impl Body for Request {}

static COMPLETED: Mutex<(VecDeque<Handle>, Option<HashSet<Handle>>)> = Mutex::new((VecDeque::new(), None));

/// An IRP arrives at a framework device: the framework's dispatch routine.
pub(super) fn dispatch(device: &Arc<Device>, irp: Guest<Irp>) -> NtStatus {
    let stack = at!(irp.current_stack_location).read();
    let major = at!(stack.major).read();
    if major == IRP_MJ_CREATE {
        return file::create(device, irp);
    }
    if ![
        IRP_MJ_READ,
        IRP_MJ_WRITE,
        IRP_MJ_DEVICE_CONTROL,
        IRP_MJ_INTERNAL_DEVICE_CONTROL,
    ]
    .contains(&major)
    {
        irp::complete(irp, status::INVALID_DEVICE_REQUEST, 0);
        return status::INVALID_DEVICE_REQUEST;
    }
    let request = match Request::new(device, irp) {
        Ok(request) => request,
        Err(status) => {
            irp::complete(irp, status, 0);
            return status;
        }
    };
    if let Some(callback) = device.init.in_caller_context {
        request.set_given();
        callback::invoke("EvtIoInCallerContext", || {
            callback(device.handle(), request.handle())
        });
        return status::PENDING;
    }
    match device.queue_for(request.parameters.kind) {
        Some(queue) => request.deliver(&queue),
        None => {
            request.complete(status::INVALID_DEVICE_REQUEST, 0);
            status::INVALID_DEVICE_REQUEST
        }
    }
}

/// The live request behind a handle. One that was completed is named as such; either way the machine stops.
fn of(handle: Handle) -> Arc<Request> {
    if object::find(handle).is_none()
        && COMPLETED
            .lock()
            .1
            .as_ref()
            .is_some_and(|set| set.contains(&handle))
    {
        violate!(REQUEST_DOUBLE_COMPLETION, "the request was completed before");
        machine::stop();
    }
    object::body::<Request>(handle).1
}

/// The live request behind a handle, if the driver owns it.
fn owned(handle: Handle, what: &str) -> Arc<Request> {
    let request = of(handle);
    let place = request.state.lock().place;
    match place {
        Place::Driver => {}
        Place::Completed => violate!(
            REQUEST_DOUBLE_COMPLETION,
            "{what} of a request that was completed"
        ),
        Place::New | Place::Queued => violate!(
            REQUEST,
            "{what} of a request that the driver doesn't own: it is in a queue"
        ),
    }
    request
}

impl Request {
    /// Makes a request for an IRP that has arrived.
    ///
    /// # Errors
    /// When there is no memory, or an ordered fault says so.
    pub(super) fn new(device: &Arc<Device>, irp: Guest<Irp>) -> Result<Arc<Self>> {
        let body = Arc::new(Self {
            object: OnceLock::new(),
            device: Arc::clone(device),
            irp,
            file: file::of_irp(device, irp),
            parameters: parameters_of(irp),
            state: Mutex::default(),
        });
        let attributes = device.init.request_attributes;
        let new = New {
            kind: &KIND,
            attributes: if attributes.size == 0 {
                Guest::null()
            } else {
                Guest::<ObjectAttributes>::of(&attributes)
            },
            parent: Some(device.object()),
            may_have_parent: false,
            function: "(request)",
        };
        let object = object::create(&new, Arc::clone(&body))?;
        // Nobody else has it yet.
        let _ = body.object.set(object);
        io::set_cancel(irp, {
            let request = Arc::clone(&body);
            Box::new(move || request.cancel())
        });
        Ok(body)
    }

    /// Its object.
    fn object(&self) -> &'static Object {
        self.object.get().copied().unwrap_or_else(|| machine::stop())
    }

    /// Its handle.
    pub(super) fn handle(&self) -> Handle {
        self.object().handle()
    }

    /// What it asks for.
    pub(super) fn parameters(&self) -> RequestParameters {
        self.parameters
    }

    pub(super) fn is_of(&self, file: &Arc<File>) -> bool {
        self.file.as_ref().is_some_and(|f| Arc::ptr_eq(f, file))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state.lock().cancelled
    }

    pub(super) fn was_presented(&self) -> bool {
        self.state.lock().presented
    }

    pub(super) fn is_cancelable(&self) -> bool {
        self.state.lock().cancel_routine.is_some()
    }

    pub(super) fn set_queued(&self, queue: &Arc<Queue>) {
        let mut state = self.state.lock();
        state.place = Place::Queued;
        state.queue = Some(Arc::clone(queue));
    }

    pub(super) fn set_driver_owned(&self, queue: &Arc<Queue>) {
        let mut state = self.state.lock();
        state.place = Place::Driver;
        state.queue = Some(Arc::clone(queue));
    }

    /// The driver gets it without a queue (create, in-caller-context).
    pub(super) fn set_given(&self) {
        self.state.lock().place = Place::Driver;
    }

    /// Marks it as asked about by EvtIoStop, or not any more. Returns whether it was acknowledged to stay.
    pub(super) fn set_stopping(&self, stopping: bool) -> bool {
        let mut state = self.state.lock();
        state.stopping = stopping;
        std::mem::replace(&mut state.acknowledged, false)
    }

    pub(super) fn is_stop_acknowledged(&self) -> bool {
        self.state.lock().acknowledged
    }

    /// Puts it into its first queue; a queue that accepts nothing completes it.
    pub(super) fn deliver(self: &Arc<Self>, queue: &Arc<Queue>) -> NtStatus {
        if queue.insert(self, false).is_err() {
            self.complete(status::INVALID_DEVICE_STATE, 0);
            return status::INVALID_DEVICE_STATE;
        }
        status::PENDING
    }

    /// The I/O manager or a purge wants it back.
    pub(super) fn cancel(self: &Arc<Self>) {
        let (queue, routine) = {
            let mut state = self.state.lock();
            state.cancelled = true;
            match state.place {
                Place::Queued => (state.queue.clone(), None),
                Place::Driver => {
                    let routine = state.cancel_routine.take();
                    state.cancel_called |= routine.is_some();
                    (state.queue.clone(), routine)
                }
                Place::New | Place::Completed => return,
            }
        };
        match (queue, routine) {
            (Some(queue), Some(routine)) => sync::with_queue_lock(&queue, || self.call_cancel(routine)),
            (None, Some(routine)) => self.call_cancel(routine),
            // Queued. If it just left the queue, the mark above is seen by whoever has it.
            (Some(queue), None) => {
                queue.cancel_queued(self);
            }
            (None, None) => {}
        }
    }

    fn call_cancel(&self, routine: CancelRoutine) {
        let handle = self.handle();
        callback::invoke("EvtRequestCancel", || routine(handle));
    }

    /// Ends it: its context goes, the IRP is completed, its queue goes on.
    pub(super) fn complete(self: &Arc<Self>, status: NtStatus, information: usize) {
        let queue = {
            let mut state = self.state.lock();
            state.place = Place::Completed;
            state.cancel_routine = None;
            state.queue.take()
        };
        let status = translate(status);
        remember(self.handle());
        memory::request_completed(self.object());
        if self.parameters.kind == 0 {
            file::create_completed(&self.device, self.irp, status);
        }
        // Cleanup runs while the IRP is alive.
        self.object().delete();
        io::clear_cancel(self.irp);
        irp::complete(self.irp, status, information);
        if let Some(queue) = queue {
            queue.disown(self);
        }
    }

    fn output_length(&self) -> usize {
        let [first, ..] = self.parameters.parameters;
        match self.parameters.kind {
            3 | 14 | 15 => usize::try_from(first).unwrap_or(0),
            _ => 0,
        }
    }

    fn input_length(&self) -> usize {
        let [first, second, ..] = self.parameters.parameters;
        usize::try_from(match self.parameters.kind {
            4 => first,
            14 | 15 => second,
            _ => 0,
        })
        .unwrap_or(0)
    }

    /// Where the driver reads what came in.
    fn input(&self) -> Result<(Guest<u8>, usize)> {
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
    fn output(&self) -> Result<(Guest<u8>, usize)> {
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

fn parameters_of(irp: Guest<Irp>) -> RequestParameters {
    let stack = at!(irp.current_stack_location).read().read();
    let mut parameters = stack.parameters;
    match stack.major {
        IRP_MJ_READ | IRP_MJ_WRITE => parameters[0] &= 0xFFFF_FFFF,
        IRP_MJ_DEVICE_CONTROL | IRP_MJ_INTERNAL_DEVICE_CONTROL => {
            parameters.iter_mut().take(3).for_each(|p| *p &= 0xFFFF_FFFF);
        }
        _ => {}
    }
    RequestParameters {
        size: 40,
        minor: stack.minor,
        kind: u32::from(stack.major),
        parameters,
        ..RequestParameters::default()
    }
}

/// Statuses of the framework's own facility don't leave it.
fn translate(status: NtStatus) -> NtStatus {
    match status {
        status::WDF_PAUSED | status::WDF_BUSY => status::DEVICE_BUSY,
        status::WDF_INTERNAL_ERROR => status::INTERNAL_ERROR,
        other if other.cast_unsigned() >> 16 == 0xC020 => status::INVALID_DEVICE_REQUEST,
        other => other,
    }
}

fn remember(handle: Handle) {
    let mut completed = COMPLETED.lock();
    completed.0.push_back(handle);
    completed.1.get_or_insert_default().insert(handle);
    if completed.0.len() > REMEMBERED
        && let (Some(old), Some(set)) = (completed.0.pop_front(), completed.1.as_mut())
    {
        set.remove(&old);
    }
}

/// A request for people.
pub(super) fn describe(request: &Arc<Request>) -> String {
    let parameters = &request.parameters;
    let name = match parameters.kind {
        0 => "create".to_owned(),
        3 => "read".to_owned(),
        4 => "write".to_owned(),
        14 => format!("device control {:#x}", parameters.parameters[2]),
        other => format!("request of type {other}"),
    };
    let site = request.object.get().map_or(0, |o| o.site);
    if site == 0 {
        name
    } else {
        format!("{name} (from {})", image::describe(site))
    }
}

/// `WdfRequestComplete`: see [`WdfRequestCompleteWithInformation`].
pub extern "win64" fn WdfRequestComplete(globals: usize, handle: Handle, status: NtStatus) {
    let information = of(handle).state.lock().information;
    WdfRequestCompleteWithInformation(globals, handle, status, information);
}

/// `WdfRequestCompleteWithPriorityBoost`.
pub extern "win64" fn WdfRequestCompleteWithPriorityBoost(
    globals: usize,
    handle: Handle,
    status: NtStatus,
    _boost: i8,
) {
    WdfRequestComplete(globals, handle, status);
}

/// `WdfRequestCompleteWithInformation`.
///
/// | the caller promises                                                        | else                          |
/// |----------------------------------------------------------------------------|-------------------------------|
/// | IRQL <= DISPATCH                                                            | `irql`                        |
/// | it owns the request and completes it once                                    | `request`, `request-double-completion` |
/// | the request isn't cancelable, or its cancel routine runs                      | `request`                     |
/// | the status isn't STATUS_PENDING                                               | `request`                     |
/// | success: `information` <= output length (0x10D 6/4)                            | `request-information`         |
pub extern "win64" fn WdfRequestCompleteWithInformation(
    _: usize,
    handle: Handle,
    status: NtStatus,
    information: usize,
) {
    let request = owned(handle, "completion");
    let (place, cancelable) = {
        let state = request.state.lock();
        (state.place, state.cancel_routine.is_some())
    };
    if place != Place::Driver {
        return;
    }
    if cancelable {
        violate!(
            REQUEST,
            "request completed while it is marked cancelable: unmark it first"
        );
    }
    if status == status::PENDING {
        violate!(REQUEST, "request completed with STATUS_PENDING");
    }
    let room = match request.parameters.kind {
        4 => request.input_length(),
        _ => request.output_length(),
    };
    let mut information = information;
    if status::succeeded(status) && request.parameters.kind != 0 && information > room {
        violate!(
            REQUEST_INFORMATION,
            "{information} bytes of information, but the buffer has {room}"
        );
        information = room;
    }
    request.complete(status, information);
}

/// `WdfRequestGetParameters`.
pub extern "win64" fn WdfRequestGetParameters(
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
pub extern "win64" fn WdfRequestRetrieveInputBuffer(
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
pub extern "win64" fn WdfRequestRetrieveOutputBuffer(
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
pub extern "win64" fn WdfRequestRetrieveInputMemory(
    _: usize,
    handle: Handle,
    out: Guest<Handle>,
) -> NtStatus {
    let request = owned(handle, "input memory");
    as_memory(&request, request.input(), out)
}

/// `WdfRequestRetrieveOutputMemory`.
pub extern "win64" fn WdfRequestRetrieveOutputMemory(
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
pub extern "win64" fn WdfRequestRetrieveInputWdmMdl(
    _: usize,
    handle: Handle,
    out: Guest<Guest<Mdl>>,
) -> NtStatus {
    let request = owned(handle, "input MDL");
    wdm_mdl(&request, request.input(), out)
}

/// `WdfRequestRetrieveOutputWdmMdl`.
pub extern "win64" fn WdfRequestRetrieveOutputWdmMdl(
    _: usize,
    handle: Handle,
    out: Guest<Guest<Mdl>>,
) -> NtStatus {
    let request = owned(handle, "output MDL");
    wdm_mdl(&request, request.output(), out)
}

/// `WdfRequestSetInformation`.
pub extern "win64" fn WdfRequestSetInformation(_: usize, handle: Handle, information: usize) {
    owned(handle, "information").state.lock().information = information;
}

/// `WdfRequestGetInformation`.
pub extern "win64" fn WdfRequestGetInformation(_: usize, handle: Handle) -> usize {
    of(handle).state.lock().information
}

/// `WdfRequestGetStatus`.
pub extern "win64" fn WdfRequestGetStatus(_: usize, handle: Handle) -> NtStatus {
    let irp = of(handle).irp;
    at!(irp.io_status.status).read()
}

/// `WdfRequestGetFileObject`: 0 if the device has no file objects.
pub extern "win64" fn WdfRequestGetFileObject(_: usize, handle: Handle) -> Handle {
    let request = of(handle);
    let file = request
        .file
        .clone()
        .or_else(|| file::of_irp(&request.device, request.irp));
    file.map_or(0, |f| f.handle())
}

/// `WdfRequestGetRequestorMode`: 0 kernel, 1 user.
pub extern "win64" fn WdfRequestGetRequestorMode(_: usize, handle: Handle) -> u8 {
    let irp = of(handle).irp;
    at!(irp.requestor_mode).read()
}

/// `WdfRequestGetRequestorProcessId`.
pub extern "win64" fn WdfRequestGetRequestorProcessId(_: usize, handle: Handle) -> u32 {
    io::process_of(of(handle).irp)
}

/// `WdfRequestIsFrom32BitProcess`.
pub extern "win64" fn WdfRequestIsFrom32BitProcess(_: usize, handle: Handle) -> u8 {
    let _ = of(handle);
    0
}

/// `WdfRequestForwardToIoQueue`.
///
/// | the caller promises                                     | else                             |
/// |---------------------------------------------------------|----------------------------------|
/// | it owns the request, which isn't cancelable               | `request`                        |
/// | another queue of the same device                          | `STATUS_INVALID_DEVICE_REQUEST`  |
///
/// `STATUS_WDF_BUSY` if the queue doesn't accept; the driver still owns the request then.
pub extern "win64" fn WdfRequestForwardToIoQueue(_: usize, handle: Handle, queue: Handle) -> NtStatus {
    let request = owned(handle, "forwarding");
    let queue = object::body::<Queue>(queue).1;
    if request.is_cancelable() {
        violate!(REQUEST, "request forwarded while it is marked cancelable");
        return status::INVALID_DEVICE_REQUEST;
    }
    let old = request.state.lock().queue.clone();
    if old.as_ref().is_some_and(|old| Arc::ptr_eq(old, &queue))
        || !Arc::ptr_eq(queue.device(), &request.device)
    {
        return status::INVALID_DEVICE_REQUEST;
    }
    request.state.lock().presented = true;
    move_to(&request, old, &queue, false)
}

fn move_to(request: &Arc<Request>, old: Option<Arc<Queue>>, queue: &Arc<Queue>, head: bool) -> NtStatus {
    match queue.insert(request, head) {
        Ok(()) => {
            if let Some(old) = old {
                old.disown(request);
            }
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfRequestGetIoQueue`.
pub extern "win64" fn WdfRequestGetIoQueue(_: usize, handle: Handle) -> Handle {
    let request = of(handle);
    let queue = request.state.lock().queue.clone();
    queue.map_or(0, |q| q.object().handle())
}

/// `WdfRequestRequeue`: back to the head of the manual queue it was retrieved from.
pub extern "win64" fn WdfRequestRequeue(_: usize, handle: Handle) -> NtStatus {
    let request = owned(handle, "requeueing");
    let Some(queue) = request.state.lock().queue.clone().filter(|q| q.is_manual()) else {
        return status::INVALID_DEVICE_REQUEST;
    };
    request.state.lock().presented = true;
    // It leaves the driver before it enters the queue: both are the same queue.
    queue.disown(&request);
    move_to(&request, None, &queue, true)
}

/// `WdfRequestStopAcknowledge`: only in EvtIoStop.
pub extern "win64" fn WdfRequestStopAcknowledge(_: usize, handle: Handle, requeue: u8) {
    let request = owned(handle, "stop acknowledgement");
    let queue = {
        let mut state = request.state.lock();
        if !state.stopping {
            drop(state);
            return violate!(REQUEST, "WdfRequestStopAcknowledge outside of EvtIoStop");
        }
        state.acknowledged = true;
        state.presented = true;
        state.queue.clone()
    };
    let Some(queue) = queue else { return };
    if requeue != 0 {
        queue.disown(&request);
        if queue.insert(&request, true).is_err() {
            request.complete(status::CANCELLED, 0);
        }
    }
    queue.notify();
}

/// `WdfRequestWdmGetIrp`.
pub extern "win64" fn WdfRequestWdmGetIrp(_: usize, handle: Handle) -> Guest<Irp> {
    of(handle).irp
}

/// `WdfRequestMarkCancelable`: if it is cancelled already, the routine is called at once.
pub extern "win64" fn WdfRequestMarkCancelable(_: usize, handle: Handle, routine: CancelRoutine) {
    let request = owned(handle, "marking");
    if mark(&request, routine) == status::CANCELLED {
        request.state.lock().cancel_called = true;
        request.call_cancel(routine);
    }
}

/// `WdfRequestMarkCancelableEx`: `STATUS_CANCELLED` if it is cancelled already; the routine isn't called then.
///
/// | the caller promises                         | else        |
/// |---------------------------------------------|-------------|
/// | it owns the request                          | `request`   |
/// | it isn't marked yet                           | `request`   |
pub extern "win64" fn WdfRequestMarkCancelableEx(
    _: usize,
    handle: Handle,
    routine: CancelRoutine,
) -> NtStatus {
    mark(&owned(handle, "marking"), routine)
}

fn mark(request: &Arc<Request>, routine: CancelRoutine) -> NtStatus {
    let mut state = request.state.lock();
    if state.place != Place::Driver {
        return status::INVALID_DEVICE_REQUEST;
    }
    if state.cancel_routine.is_some() {
        drop(state);
        violate!(REQUEST, "request marked cancelable twice");
        return status::INVALID_DEVICE_REQUEST;
    }
    if state.cancelled {
        return status::CANCELLED;
    }
    state.cancel_routine = Some(routine);
    status::SUCCESS
}

/// `WdfRequestUnmarkCancelable`: `STATUS_CANCELLED` if the cancel routine has run or will; it owns the completion then.
pub extern "win64" fn WdfRequestUnmarkCancelable(_: usize, handle: Handle) -> NtStatus {
    let request = owned(handle, "unmarking");
    let mut state = request.state.lock();
    if state.cancel_called {
        return status::CANCELLED;
    }
    if state.cancel_routine.take().is_none() {
        drop(state);
        violate!(REQUEST, "request unmarked that isn't cancelable");
        return status::INVALID_DEVICE_REQUEST;
    }
    status::SUCCESS
}

/// `WdfRequestIsCanceled`: only for a request that the driver owns and that isn't cancelable.
pub extern "win64" fn WdfRequestIsCanceled(_: usize, handle: Handle) -> u8 {
    let request = owned(handle, "WdfRequestIsCanceled");
    if request.is_cancelable() {
        violate!(REQUEST, "WdfRequestIsCanceled on a cancelable request");
    }
    u8::from(request.is_cancelled())
}

/// `WdfRequestIsReserved`: no request is.
pub extern "win64" fn WdfRequestIsReserved(_: usize, handle: Handle) -> u8 {
    let _ = of(handle);
    0
}

/// `WdfDeviceEnqueueRequest`: in EvtIoInCallerContext, gives the request to its queue.
pub extern "win64" fn WdfDeviceEnqueueRequest(_: usize, device: Handle, handle: Handle) -> NtStatus {
    let device = super::device::of(device);
    let request = owned(handle, "enqueueing");
    let Some(queue) = device.queue_for(request.parameters.kind) else {
        return status::INVALID_DEVICE_REQUEST;
    };
    status::of(queue.insert(&request, false))
}

pub(super) fn reset() {
    let mut completed = COMPLETED.lock();
    completed.0.clear();
    completed.1 = None;
}
