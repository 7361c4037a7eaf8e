//! One operation of a process: its IRP, its buffers, its end.
//!
//! Output that the driver claims to have written but didn't is found by poison: the part of a buffer that the I/O manager
//! leaves uninitialised is filled with bytes that change from operation to operation. Four poison bytes in a row at
//! completion are reported at once; a single one when it shows up at the same place in four operations in a row, each time
//! with another poison.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{OpenOptions, Opened};
use crate::abi::wdm::{
    IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE, IoStackLocation, Irp, Mdl,
};
use crate::cpu;
use crate::faults::Random;
use crate::guest::Guest;
use crate::machine;
use crate::ntoskrnl::irp::{self, Owner};
use crate::ntoskrnl::{device, mdl, pool};
use crate::status::{self, NtStatus};
use crate::wdf::device_init::IO_DIRECT;
use crate::{at, violate};

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Its status.
    pub status: NtStatus,
    /// What the driver said about it; for reads and controls the number of bytes in `output`.
    pub information: usize,
    /// What the process finds in its output buffer (only what was copied back).
    pub output: Vec<u8>,
}

type Done = Box<dyn FnOnce(Completion) + Send>;
type Cancel = Box<dyn Fn() + Send>;

/// An operation that was issued; it may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation(usize, u64);

struct State {
    serial: u64,
    file: Arc<Opened>,
    /// Control code, or the major function of others; names a kind of request in reports.
    code: u32,
    system: usize,
    direct: usize,
    mdl: Guest<Mdl>,
    extra_mdl: Guest<Mdl>,
    input: usize,
    output: usize,
    /// Where output is copied from.
    from: usize,
    poison: u64,
    cancel: Option<Arc<Mutex<Cancel>>>,
    done: Option<Done>,
}

static OPERATIONS: Mutex<Option<HashMap<usize, State>>> = Mutex::new(None);
static SERIAL: AtomicU64 = AtomicU64::new(1);
/// By kind of request: offsets that held poison in the last operation, and in how many in a row.
static SUSPICIOUS: Mutex<Option<HashMap<u32, HashMap<usize, u8>>>> = Mutex::new(None);

/// What a driver writes equals the poison by chance once in 256 bytes. So many in a row, at one place in as many operations
/// or side by side, are no chance.
const ENOUGH: u8 = 4;

const USER_MODE: u8 = 1;

fn with<R>(f: impl FnOnce(&mut HashMap<usize, State>) -> R) -> R {
    f(OPERATIONS.lock().get_or_insert_default())
}

/// Sends a create request and waits for its end.
pub(super) fn create(file: &Arc<Opened>, options: &OpenOptions) -> Completion {
    let (sender, receiver) = mpsc::channel();
    let done: Done = Box::new(move |completion| {
        // The receiver waits until the machine stops.
        let _ = sender.send(completion);
    });
    let parameters = [0, 0x0100_0000, u64::from(options.share) << 16, 0];
    let new = New {
        code: u32::from(IRP_MJ_CREATE),
        ..New::default()
    };
    new.send(file, IRP_MJ_CREATE, parameters, done);
    loop {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(completion) => return completion,
            Err(_) if machine::stopped() => {
                return Completion {
                    status: status::UNSUCCESSFUL,
                    information: 0,
                    output: Vec::new(),
                };
            }
            Err(_) => {}
        }
    }
}

/// What an operation's buffers are.
#[derive(Default)]
struct New {
    code: u32,
    system: usize,
    direct: usize,
    mdl: Guest<Mdl>,
    input: usize,
    output: usize,
    from: usize,
    poison: u64,
}

/// IRP_MJ_DEVICE_CONTROL with the transfer method of the code.
pub(super) fn control(file: &Arc<Opened>, code: u32, input: &[u8], output: usize, done: Done) -> Operation {
    let mut new = New {
        code,
        input: input.len(),
        output,
        ..New::default()
    };
    new.poison = next_poison();
    let method = code & 3;
    let system = match method {
        0 => input.len().max(output),
        1 | 2 => input.len(),
        _ => 0,
    };
    let mut type3 = 0;
    if system > 0 {
        new.system = pool::allocate_system(system);
        Guest::<u8>::at(new.system).write_bytes(input);
        poison(new.system, input.len(), system, new.poison);
        new.from = if method == 0 { new.system } else { 0 };
    }
    if matches!(method, 1 | 2) && output > 0 {
        new.allocate_direct(output);
    }
    if method == 3 {
        new.system = pool::allocate_system(input.len().max(1));
        Guest::<u8>::at(new.system).write_bytes(input);
        type3 = new.system as u64;
        new.allocate_direct(output.max(1));
    }
    let parameters = [output as u64, input.len() as u64, u64::from(code), type3];
    new.send(file, IRP_MJ_DEVICE_CONTROL, parameters, done)
}

/// IRP_MJ_READ by the device's I/O type.
pub(super) fn read(file: &Arc<Opened>, length: usize, done: Done) -> Operation {
    let mut new = New {
        code: u32::from(IRP_MJ_READ),
        output: length,
        poison: next_poison(),
        ..New::default()
    };
    if length > 0 && file.device.init.read_write_type == IO_DIRECT {
        new.allocate_direct(length);
    } else if length > 0 {
        new.system = pool::allocate_system(length);
        poison(new.system, 0, length, new.poison);
        new.from = new.system;
    }
    new.send(file, IRP_MJ_READ, [length as u64, 0, 0, 0], done)
}

/// IRP_MJ_WRITE by the device's I/O type.
pub(super) fn write(file: &Arc<Opened>, data: &[u8], done: Done) -> Operation {
    let mut new = New {
        code: u32::from(IRP_MJ_WRITE),
        input: data.len(),
        ..New::default()
    };
    if !data.is_empty() && file.device.init.read_write_type == IO_DIRECT {
        new.allocate_direct(data.len());
        Guest::<u8>::at(new.direct).write_bytes(data);
        new.from = 0;
    } else if !data.is_empty() {
        new.system = pool::allocate_system(data.len());
        Guest::<u8>::at(new.system).write_bytes(data);
    }
    new.send(file, IRP_MJ_WRITE, [data.len() as u64, 0, 0, 0], done)
}

impl New {
    fn allocate_direct(&mut self, length: usize) {
        self.direct = pool::allocate_system(length);
        poison(self.direct, 0, length, self.poison);
        self.mdl = mdl::system(self.direct, length);
        self.from = self.direct;
    }

    fn send(self, file: &Arc<Opened>, major: u8, parameters: [u64; 4], done: Done) -> Operation {
        let irp = irp::allocate(file.device_stack(), Owner::IoManager);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        at!(irp.requestor_mode).write(if file.caller.kernel { 0 } else { USER_MODE });
        at!(irp.system_buffer).write(Guest::at(self.system));
        at!(irp.mdl_address).write(self.mdl);
        at!(irp.user_buffer).write(Guest::at(self.direct));
        at!(irp.original_file_object).write(file.wdm.addr());
        at!(irp.thread).write(cpu::current().thread.addr());
        file.outstanding.fetch_add(1, Ordering::AcqRel);
        let state = State {
            serial,
            file: Arc::clone(file),
            code: self.code,
            system: self.system,
            direct: self.direct,
            mdl: self.mdl,
            extra_mdl: Guest::null(),
            input: self.input,
            output: self.output,
            from: self.from,
            poison: self.poison,
            cancel: None,
            done: Some(done),
        };
        with(|operations| operations.insert(irp.addr(), state));
        let operation = Operation(irp.addr(), serial);
        if file.closing.load(Ordering::Acquire) || file.taken.load(Ordering::Acquire) {
            let status = if file.taken.load(Ordering::Acquire) {
                status::INVALID_DEVICE_REQUEST
            } else {
                status::FILE_CLOSED
            };
            at!(irp.io_status).write(crate::abi::wdm::IoStatusBlock::new(status, 0));
            irp_completed(irp);
            return operation;
        }
        let cpu = cpu::current();
        let old = cpu.process.replace(file.caller.process);
        if let Some(stack) = irp::send(irp) {
            let location = IoStackLocation {
                major,
                parameters,
                device_object: file.device.wdm.addr(),
                file_object: file.wdm.addr(),
                ..stack.read()
            };
            stack.write(location);
            device::dispatch(file.device.wdm.addr(), irp);
        }
        cpu.process.set(old);
        operation
    }
}

impl Opened {
    fn device_stack(&self) -> i8 {
        let wdm = self.device.wdm;
        at!(wdm.stack_size).read()
    }
}

impl Operation {
    /// `CancelIoEx`: `false` if it is over.
    pub fn cancel(self) -> bool {
        let cancel = with(|operations| {
            let state = operations.get(&self.0).filter(|s| s.serial == self.1)?;
            Some(state.cancel.clone())
        });
        let Some(cancel) = cancel else { return false };
        if let Some(cancel) = cancel {
            (cancel.lock())();
        }
        true
    }
}

/// Cancels every operation of a file.
pub(super) fn cancel_all(file: &Arc<Opened>) {
    let operations: Vec<Operation> = with(|operations| {
        let of_file = operations.iter().filter(|(_, s)| Arc::ptr_eq(&s.file, file));
        of_file.map(|(irp, s)| Operation(*irp, s.serial)).collect()
    });
    for operation in operations {
        operation.cancel();
    }
}

/// Waits for an operation; cancels it after `timeout`, and waits for that.
pub(super) fn wait(timeout: Duration, issue: impl FnOnce(Done) -> Operation) -> Option<Completion> {
    let (sender, receiver) = mpsc::channel();
    let operation = issue(Box::new(move |completion| {
        // The receiver may have given up.
        let _ = sender.send(completion);
    }));
    match receiver.recv_timeout(timeout) {
        Ok(completion) => Some(completion),
        Err(_) => {
            operation.cancel();
            // Whoever doesn't complete after a cancellation is found when the file is closed.
            let _ = receiver.recv_timeout(Duration::from_secs(1));
            None
        }
    }
}

/// What cancels the IRP from now on.
pub(crate) fn set_cancel(irp: Guest<Irp>, cancel: Cancel) {
    with(|operations| {
        if let Some(state) = operations.get_mut(&irp.addr()) {
            state.cancel = Some(Arc::new(Mutex::new(cancel)));
        }
    });
}

/// It can't be cancelled any more.
pub(crate) fn clear_cancel(irp: Guest<Irp>) {
    with(|operations| {
        if let Some(state) = operations.get_mut(&irp.addr()) {
            state.cancel = None;
        }
    });
}

/// An MDL over a request's system buffer, for drivers that ask for one.
pub(crate) fn system_mdl(irp: Guest<Irp>, buffer: Guest<u8>, length: usize) -> Guest<Mdl> {
    let mdl = mdl::system(buffer.addr(), length);
    with(|operations| {
        if let Some(state) = operations.get_mut(&irp.addr()) {
            state.extra_mdl = mdl;
        }
    });
    mdl
}

/// The process that issued an IRP; 4 (System) for others.
pub(crate) fn process_of(irp: Guest<Irp>) -> u32 {
    with(|operations| operations.get(&irp.addr()).map_or(4, |s| s.file.caller.process))
}

/// The driver is done with an IRP of the I/O manager: copy back, free, tell.
pub(crate) fn irp_completed(irp: Guest<Irp>) {
    let Some(mut state) = with(|operations| operations.remove(&irp.addr())) else {
        return;
    };
    let result = at!(irp.io_status).read();
    let mut completion = Completion {
        status: result.status,
        information: result.information,
        output: Vec::new(),
    };
    if state.from != 0 && !status::is_error(result.status) {
        let length = result.information.min(state.output);
        let initialized = if state.from == state.system {
            state.input
        } else {
            0
        };
        state.check_written(initialized, length);
        completion.output = Guest::<u8>::at(state.from).read_bytes(length);
    }
    for mdl in [state.mdl, state.extra_mdl] {
        if !mdl.is_null() {
            mdl::free_system(mdl);
        }
    }
    for buffer in [state.system, state.direct] {
        if buffer != 0 {
            pool::free_system(buffer);
        }
    }
    irp::free(irp);
    if let Some(done) = state.done.take() {
        done(completion);
    }
    state.file.finished_one();
}

impl State {
    /// Looks for poison in what the process will see.
    fn check_written(&self, initialized: usize, length: usize) {
        let mut run = 0;
        let mut poisoned = Vec::new();
        let mut unwritten = None;
        for offset in initialized..length {
            if Guest::<u8>::at(self.from + offset).read() != poison_byte(self.poison, offset) {
                run = 0;
                continue;
            }
            run += 1;
            poisoned.push(offset);
            if run == ENOUGH {
                unwritten = unwritten.or(Some(offset + 1 - usize::from(ENOUGH)));
            }
        }
        let mut suspicious = SUSPICIOUS.lock();
        let known = suspicious.get_or_insert_default();
        let before: HashMap<usize, u8> = known.remove(&self.code).unwrap_or_default();
        let now: HashMap<usize, u8> = poisoned
            .into_iter()
            .map(|offset| (offset, before.get(&offset).map_or(1, |n| n.saturating_add(1))))
            .collect();
        let again = now.iter().find(|(_, n)| **n == ENOUGH).map(|(offset, _)| *offset);
        known.insert(self.code, now);
        drop(suspicious);
        if let Some(offset) = unwritten.or(again) {
            self.report(offset, length);
        }
    }

    fn report(&self, offset: usize, length: usize) {
        violate!(
            UNINITIALIZED_OUTPUT,
            "request {:#x}: the driver returns {length} bytes but never wrote byte {offset} and maybe others",
            self.code
        );
    }
}

fn next_poison() -> u64 {
    let seed = machine::with_config(|c| c.seed);
    Random::new(seed ^ SERIAL.load(Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15)).next()
}

fn poison_byte(poison: u64, offset: usize) -> u8 {
    let mixed = (poison ^ offset as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed.to_be_bytes()[0]
}

fn poison(base: usize, from: usize, to: usize, poison: u64) {
    for offset in from..to {
        Guest::<u8>::at(base + offset).write(poison_byte(poison, offset));
    }
}

pub(super) fn reset() {
    *OPERATIONS.lock() = None;
    *SUSPICIOUS.lock() = None;
}
