//! File objects (wdfdevice.h): open, cleanup, close.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::device::Device;
use super::extension::Route;
use super::object::{self, Body, Kind, New, Object};
use super::request::Request;
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::abi::wdm::{FileObject, Irp, UnicodeString};
use crate::cpu::callback;
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::irp;
use crate::status::{self, NtStatus};
use crate::{at, io};

exports! { "Wdf01000.sys";
    WdfFileObjectGetFileName: PASSIVE..=PASSIVE,
    WdfFileObjectGetFlags: PASSIVE..=DISPATCH,
    WdfFileObjectGetDevice: PASSIVE..=DISPATCH,
    WdfFileObjectWdmGetFileObject: PASSIVE..=DISPATCH,
    WdfFileObjectGetInitiatorProcessId: PASSIVE..=DISPATCH,
    WdfDeviceGetFileObject: PASSIVE..=DISPATCH,
}

const KIND: Kind = Kind {
    name: "WDFFILEOBJECT",
    passive_dispose: true,
    deletable: false,
};
/// WdfFileObjectNotRequired, and no configuration at all.
const NOT_REQUIRED: [u32; 2] = [0, 1];

/// A framework file object's own data.
pub struct File {
    device: Arc<Device>,
    wdm: Guest<FileObject>,
}

impl Body for File {}

/// The file object of a FILE_OBJECT, if the framework has one.
fn find(device: &Device, wdm: Guest<FileObject>) -> Option<(&'static Object, Arc<File>)> {
    device.object().children().into_iter().find_map(|child| {
        let file = child.body::<File>().filter(|f| f.wdm == wdm)?;
        Some((child, file))
    })
}

/// The handle of the file object that an IRP belongs to; 0 if there is none.
pub(super) fn of_irp(device: &Device, irp: Guest<Irp>) -> Option<Arc<File>> {
    let stack = at!(irp.current_stack_location).read();
    find(device, Guest::at(at!(stack.file_object).read())).map(|(_, file)| file)
}

impl File {
    /// Its handle.
    pub(super) fn handle(self: &Arc<Self>) -> Handle {
        find(&self.device, self.wdm).map_or(0, |(object, _)| object.handle())
    }
}

/// IRP_MJ_CREATE. Exclusive devices, routing to a class extension, the driver's EvtDeviceFileCreate.
pub(super) fn create(device: &Arc<Device>, irp: Guest<Irp>) -> NtStatus {
    let stack = at!(irp.current_stack_location).read();
    let wdm: Guest<FileObject> = Guest::at(at!(stack.file_object).read());
    let name = UnicodeString::text(at!(wdm.file_name));
    let object = device.object();
    for extension in &device.init.extensions {
        if let Route::Taken(status) = extension.route_create(object, &name, irp) {
            io::set_taken(wdm);
            irp::complete(irp, status, 0);
            return status;
        }
    }
    let opens = device.opens.fetch_add(1, Ordering::AcqRel);
    if device.init.exclusive && opens > 0 {
        device.opens.fetch_sub(1, Ordering::AcqRel);
        irp::complete(irp, status::ACCESS_DENIED, 0);
        return status::ACCESS_DENIED;
    }
    match open(device, irp, wdm) {
        Ok(status) => status,
        Err(status) => {
            device.opens.fetch_sub(1, Ordering::AcqRel);
            irp::complete(irp, status, 0);
            status
        }
    }
}

fn open(device: &Arc<Device>, irp: Guest<Irp>, wdm: Guest<FileObject>) -> status::Result<NtStatus> {
    let init = &device.init;
    let mut file = None;
    if !NOT_REQUIRED.contains(&(init.file.class & 0x7FFF_FFFF)) {
        let body = Arc::new(File {
            device: Arc::clone(device),
            wdm,
        });
        let attributes = init.file_attributes;
        let new = New {
            kind: &KIND,
            attributes: if attributes.size == 0 {
                Guest::null()
            } else {
                Guest::<ObjectAttributes>::of(&attributes)
            },
            parent: Some(device.object()),
            may_have_parent: false,
            function: "(file object)",
        };
        file = Some(object::create(&new, body)?);
    }
    let queue = device.queue_for_create();
    let Some(create) = init.file.create else {
        if let Some(queue) = queue {
            let request = Request::new(device, irp).inspect_err(|_| destroy(file))?;
            return Ok(request.deliver(&queue));
        }
        irp::complete(irp, status::SUCCESS, 0);
        return Ok(status::SUCCESS);
    };
    let request = Request::new(device, irp).inspect_err(|_| destroy(file))?;
    request.set_given();
    let handle = file.map_or(0, Object::handle);
    callback::invoke("EvtDeviceFileCreate", || {
        create(device.handle(), request.handle(), handle)
    });
    Ok(status::PENDING)
}

fn destroy(file: Option<&'static Object>) {
    if let Some(file) = file {
        file.delete();
    }
}

/// A create request was completed: a failure undoes the open.
pub(super) fn create_completed(device: &Arc<Device>, irp: Guest<Irp>, status: NtStatus) {
    if status::succeeded(status) {
        return;
    }
    let stack = at!(irp.current_stack_location).read();
    destroy(find(device, Guest::at(at!(stack.file_object).read())).map(|(object, _)| object));
    device.opens.fetch_sub(1, Ordering::AcqRel);
}

/// The last handle was closed: EvtFileCleanup, then the file's queued requests are cancelled. PASSIVE_LEVEL.
pub(crate) fn cleanup(device: &Arc<Device>, wdm: Guest<FileObject>) {
    let Some((object, file)) = find(device, wdm) else {
        return;
    };
    if let Some(cleanup) = device.init.file.cleanup {
        callback::invoke("EvtFileCleanup", || cleanup(object.handle()));
    }
    for queue in device.all_queues() {
        queue.cancel_file(&file);
    }
}

/// All requests of the file are complete: EvtFileClose, the object goes, the open no longer counts. PASSIVE_LEVEL.
pub(crate) fn close(device: &Arc<Device>, wdm: Guest<FileObject>) {
    if let Some((object, _)) = find(device, wdm) {
        if let Some(close) = device.init.file.close {
            callback::invoke("EvtFileClose", || close(object.handle()));
        }
        object.delete();
    }
    device.opens.fetch_sub(1, Ordering::AcqRel);
}

fn of(handle: Handle) -> Arc<File> {
    object::body::<File>(handle).1
}

/// `WdfFileObjectGetFileName`: what followed the device's name, with its backslash.
pub extern "win64" fn WdfFileObjectGetFileName(_: usize, file: Handle) -> Guest<UnicodeString> {
    let wdm = of(file).wdm;
    at!(wdm.file_name)
}

/// `WdfFileObjectGetFlags`.
pub extern "win64" fn WdfFileObjectGetFlags(_: usize, file: Handle) -> u32 {
    let wdm = of(file).wdm;
    at!(wdm.flags).read()
}

/// `WdfFileObjectGetDevice`.
pub extern "win64" fn WdfFileObjectGetDevice(_: usize, file: Handle) -> Handle {
    of(file).device.handle()
}

/// `WdfFileObjectWdmGetFileObject`.
pub extern "win64" fn WdfFileObjectWdmGetFileObject(_: usize, file: Handle) -> Guest<FileObject> {
    of(file).wdm
}

/// `WdfFileObjectGetInitiatorProcessId`.
pub extern "win64" fn WdfFileObjectGetInitiatorProcessId(_: usize, file: Handle) -> u32 {
    io::process_of_file(of(file).wdm)
}

/// `WdfDeviceGetFileObject`: 0 if the framework has none for it.
pub extern "win64" fn WdfDeviceGetFileObject(_: usize, device: Handle, wdm: Guest<FileObject>) -> Handle {
    find(&super::device::of(device), wdm).map_or(0, |(object, _)| object.handle())
}
