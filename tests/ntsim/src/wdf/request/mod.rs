//! Requests (wdfrequest.h): whose they are, their buffers, cancellation, completion.

pub mod buffer;
pub mod cancel;
pub mod complete;
pub mod facts;
pub mod route;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::device::Device;
use super::file::{self, File};
use super::object::{self, Body, Kind, New, Object};
use super::queue::Queue;
use crate::abi::kmdf::{Handle, ObjectAttributes, RequestParameters};
use crate::abi::wdm::{
    IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_INTERNAL_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, Irp,
};
use crate::cpu::callback;
use crate::guest::Guest;
use crate::ntoskrnl::irp;
use crate::registry::Export;
use crate::status::{self, NtStatus, Result};
use crate::{at, image, io, machine, violate};

/// What this module offers to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        buffer::exports(),
        cancel::exports(),
        complete::exports(),
        facts::exports(),
        route::exports(),
    ]
    .concat()
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

    pub(super) fn was_presented(&self) -> bool {
        self.state.lock().presented
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

pub(super) fn reset() {
    let mut completed = COMPLETED.lock();
    completed.0.clear();
    completed.1 = None;
}
