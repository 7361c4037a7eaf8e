//! System threads, their objects and handles (wdm.h).

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::dispatcher;
use crate::abi::Pointer;
use crate::abi::wdm::{DispatcherHeader, ObjectAttributes};
use crate::cpu::{self, callback};
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::registry::{Export, Target};
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, violate};

exports! { "ntoskrnl.exe";
    PsCreateSystemThread: PASSIVE..=PASSIVE,
    PsTerminateSystemThread: PASSIVE..=PASSIVE,
    ObReferenceObjectByHandle: PASSIVE..=PASSIVE,
    ObfReferenceObject: PASSIVE..=DISPATCH,
    ObfDereferenceObject: PASSIVE..=DISPATCH,
    ZwClose: PASSIVE..=PASSIVE,
    KeSetPriorityThread: PASSIVE..=DISPATCH,
    KeSetBasePriorityThread: PASSIVE..=PASSIVE,
    KeGetCurrentThread: PASSIVE..=HIGH,
    PsGetCurrentThreadId: PASSIVE..=HIGH,
    PsGetCurrentProcessId: PASSIVE..=HIGH,
    PsGetProcessId: PASSIVE..=HIGH,
    IoGetCurrentProcess: PASSIVE..=HIGH,
    PsGetCurrentProcess: PASSIVE..=HIGH,
}

/// With the data exports.
#[must_use]
pub fn all_exports() -> Vec<Export> {
    let mut all = exports();
    for name in [
        "PsThreadType",
        "PsProcessType",
        "IoFileObjectType",
        "ExEventObjectType",
    ] {
        all.push(Export {
            module: "ntoskrnl.exe",
            name,
            target: Target::Data(type_variable),
            irql: (0, 15),
        });
    }
    all
}

/// A variable that holds a pointer to an object type nobody looks into.
fn type_variable() -> usize {
    let kind = Box::leak(Box::new([0u64; 8]));
    std::ptr::from_ref(Box::leak(Box::new(std::ptr::from_ref(kind) as usize))) as usize
}

struct Thread {
    object: Guest<u8>,
    running: bool,
    handle_open: bool,
    references: u32,
    site: usize,
}

static THREADS: Mutex<BTreeMap<usize, Thread>> = Mutex::new(BTreeMap::new());

const FIRST_HANDLE: usize = 0x8000_1000;

/// `PsCreateSystemThread`.
///
/// | the caller promises                                     | else               |
/// |---------------------------------------------------------|--------------------|
/// | IRQL == PASSIVE                                          | `irql`             |
/// | the handle is closed                                      | `left-at-unload`   |
/// | the thread has ended when the driver unloads               | `left-at-unload`   |
pub extern "win64" fn PsCreateSystemThread(
    handle: Guest<usize>,
    _access: u32,
    _attributes: Guest<ObjectAttributes>,
    _process: usize,
    _client: usize,
    routine: extern "win64" fn(Pointer),
    context: Pointer,
) -> NtStatus {
    if faults::fails_allocation("PsCreateSystemThread") {
        return status::INSUFFICIENT_RESOURCES;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let site = cpu::current().site();
    let spawned = std::thread::Builder::new()
        .name("system thread".to_owned())
        .stack_size(1 << 20)
        .spawn(move || {
            let cpu = cpu::current();
            cpu.name_thread(&format!("system thread {}", cpu.id));
            let object: Guest<DispatcherHeader> = cpu.thread.cast();
            at!(object.kind).write(6);
            at!(object.signal_state).write(0);
            // The creator waits for this.
            let _ = sender.send(cpu.thread);
            callback::invoke("ThreadRoutine", || routine(context));
            ended(cpu.thread);
        });
    let Ok(object) = spawned
        .map_err(|_| ())
        .and_then(|_| receiver.recv().map_err(|_| ()))
    else {
        return status::INSUFFICIENT_RESOURCES;
    };
    let mut threads = THREADS.lock();
    let number = FIRST_HANDLE + 4 * (threads.len() + 1) + object.addr() % 4096 * 16;
    threads.insert(
        number,
        Thread {
            object,
            running: true,
            handle_open: true,
            references: 0,
            site,
        },
    );
    // It may have ended before it was in the list.
    let header: Guest<DispatcherHeader> = object.cast();
    if at!(header.signal_state).read() != 0 {
        threads.entry(number).and_modify(|t| t.running = false);
    }
    handle.write(number);
    status::SUCCESS
}

fn ended(object: Guest<u8>) {
    dispatcher::set_state(object.cast(), 1);
    for thread in THREADS.lock().values_mut().filter(|t| t.object == object) {
        thread.running = false;
    }
}

/// `PsTerminateSystemThread`: the calling thread ends here. Locks that it holds are `lock-held-at-return`.
pub extern "win64" fn PsTerminateSystemThread(_status: NtStatus) -> NtStatus {
    let cpu = cpu::current();
    for lock in cpu.locks.borrow().iter() {
        violate!(
            LOCK_HELD,
            "the thread ends and still holds the {} at {:#x}",
            lock.kind,
            lock.address
        );
    }
    if cpu.critical_regions.get() > 0 {
        violate!(CRITICAL_REGION, "the thread ends inside of a critical region");
    }
    ended(cpu.thread);
    // The host thread can't be unwound through the driver's frames; it sleeps until the process ends.
    loop {
        std::thread::park();
    }
}

/// `ObReferenceObjectByHandle`: thread handles.
pub extern "win64" fn ObReferenceObjectByHandle(
    handle: usize,
    _access: u32,
    _kind: usize,
    _mode: u8,
    object: Guest<Guest<u8>>,
    _information: usize,
) -> NtStatus {
    let mut threads = THREADS.lock();
    let Some(thread) = threads.get_mut(&handle).filter(|t| t.handle_open) else {
        return status::INVALID_HANDLE;
    };
    thread.references += 1;
    object.write(thread.object);
    status::SUCCESS
}

/// `ObfReferenceObject`: threads are counted, other objects (devices, files, processes) are not.
pub extern "win64" fn ObfReferenceObject(object: Guest<u8>) -> isize {
    let mut threads = THREADS.lock();
    let Some(thread) = threads.values_mut().find(|t| t.object == object) else {
        return 2;
    };
    thread.references += 1;
    isize::try_from(thread.references).unwrap_or(0) + 1
}

/// `ObfDereferenceObject`: more often than referenced is `object` (0x18).
pub extern "win64" fn ObfDereferenceObject(object: Guest<u8>) -> isize {
    let mut threads = THREADS.lock();
    let Some(thread) = threads.values_mut().find(|t| t.object == object) else {
        return 1;
    };
    if thread.references == 0 {
        drop(threads);
        violate!(
            OBJECT,
            "a thread object is dereferenced more often than referenced"
        );
        return 0;
    }
    thread.references -= 1;
    isize::try_from(thread.references).unwrap_or(0) + 1
}

/// `ZwClose`: closing something that isn't an open handle is `invalid-handle`.
pub extern "win64" fn ZwClose(handle: usize) -> NtStatus {
    if let Some(thread) = THREADS.lock().get_mut(&handle).filter(|t| t.handle_open) {
        thread.handle_open = false;
        return status::SUCCESS;
    }
    violate!(HANDLE, "{handle:#x} is not an open handle");
    status::INVALID_HANDLE
}

/// `KeSetPriorityThread`: recorded nowhere; returns the normal priority.
pub extern "win64" fn KeSetPriorityThread(_thread: usize, _priority: i32) -> i32 {
    8
}

/// `KeSetBasePriorityThread`.
pub extern "win64" fn KeSetBasePriorityThread(_thread: usize, _increment: i32) -> i32 {
    0
}

/// `KeGetCurrentThread` (inline on x64: reads gs).
pub extern "win64" fn KeGetCurrentThread() -> Guest<u8> {
    cpu::current().thread
}

/// `PsGetCurrentThreadId`.
pub extern "win64" fn PsGetCurrentThreadId() -> usize {
    cpu::current().id as usize
}

/// `PsGetCurrentProcessId`: the requestor's while its request is delivered in its context, else 4 (System).
pub extern "win64" fn PsGetCurrentProcessId() -> usize {
    cpu::current().process.get() as usize
}

static PROCESSES: Mutex<BTreeMap<u32, usize>> = Mutex::new(BTreeMap::new());

/// The address that stands for a process.
pub fn process_object(id: u32) -> usize {
    *PROCESSES
        .lock()
        .entry(id)
        .or_insert_with(|| std::ptr::from_ref(Box::leak(Box::new([0u64; 16]))) as usize)
}

/// `PsGetProcessId`.
pub extern "win64" fn PsGetProcessId(process: usize) -> usize {
    PROCESSES
        .lock()
        .iter()
        .find(|(_, p)| **p == process)
        .map_or(0, |(id, _)| *id as usize)
}

/// `IoGetCurrentProcess`.
pub extern "win64" fn IoGetCurrentProcess() -> usize {
    process_object(cpu::current().process.get())
}

/// `PsGetCurrentProcess`.
pub extern "win64" fn PsGetCurrentProcess() -> usize {
    IoGetCurrentProcess()
}

pub(crate) fn check_unload() {
    for thread in THREADS.lock().values() {
        if thread.running {
            violation::report_at(
                Rule::LEFT_AT_UNLOAD,
                thread.site,
                "system thread still runs at unload".to_owned(),
            );
        }
        if thread.handle_open {
            violation::report_at(
                Rule::LEFT_AT_UNLOAD,
                thread.site,
                "thread handle not closed at unload".to_owned(),
            );
        }
        if thread.references > 0 {
            violation::report_at(
                Rule::LEFT_AT_UNLOAD,
                thread.site,
                "thread object still referenced at unload".to_owned(),
            );
        }
    }
}

pub(crate) fn reset() {
    THREADS.lock().clear();
}
