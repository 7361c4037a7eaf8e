//! The I/O manager as processes see it: open, control, read, write, cancel, close, die.
//!
//! [`open`] evaluates access, sharing and security; a [`File`] issues operations that complete through a callback, on
//! whichever thread the driver completes them. Buffers follow the device's and the control code's transfer method.

mod operation;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

pub use operation::{Completion, Operation};
pub(crate) use operation::{clear_cancel, irp_completed, process_of, set_cancel, system_mdl};

use crate::abi::wdm::{DeviceObject, FileObject, UnicodeString};
use crate::guest::Guest;
use crate::machine;
use crate::ntoskrnl::security::{Acl, GENERIC_READ, GENERIC_WRITE, Token};
use crate::ntoskrnl::{self, worker};
use crate::status::{self, Result};
use crate::violate;
use crate::wdf::device::Device;
use crate::wdf::file;

/// `FILE_SHARE_READ`
pub const SHARE_READ: u32 = 1;
/// `FILE_SHARE_WRITE`
pub const SHARE_WRITE: u32 = 2;
const FILE_READ_DATA: u32 = 1;
const FILE_WRITE_DATA: u32 = 2;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Process id.
    pub process: u32,
    /// What the process may.
    pub token: Token,
    /// A caller in the kernel: no access check.
    pub kernel: bool,
}

impl Caller {
    /// An elevated process of an administrator.
    #[must_use]
    pub fn administrator(process: u32) -> Self {
        Self {
            process,
            token: Token::administrator(),
            kernel: false,
        }
    }

    /// A process of a normal user.
    #[must_use]
    pub fn user(process: u32) -> Self {
        Self {
            process,
            token: Token::user(),
            kernel: false,
        }
    }

    /// The kernel itself.
    #[must_use]
    pub fn kernel() -> Self {
        Self {
            process: 4,
            token: Token::system(),
            kernel: true,
        }
    }
}

/// What `CreateFile` is told.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// GENERIC_* and FILE_* access wanted.
    pub access: u32,
    /// FILE_SHARE_*.
    pub share: u32,
    /// Who opens.
    pub caller: Caller,
}

impl OpenOptions {
    /// Read and write, not shared.
    #[must_use]
    pub fn exclusive(caller: Caller) -> Self {
        Self {
            access: GENERIC_READ | GENERIC_WRITE,
            share: 0,
            caller,
        }
    }
}

struct Opened {
    device: Arc<Device>,
    wdm: Guest<FileObject>,
    caller: Caller,
    outstanding: AtomicUsize,
    /// The last handle is closed: no more requests.
    closing: AtomicBool,
    /// And the driver has been told: the end of the last request closes the file.
    cleaned: AtomicBool,
    closed: AtomicBool,
    /// A class extension took the open: later requests fail.
    taken: AtomicBool,
    changed: Condvar,
    lock: Mutex<()>,
}

/// An open handle. Dropping it closes it.
pub struct File(Arc<Opened>);

static DEVICES: Mutex<Vec<Arc<Device>>> = Mutex::new(Vec::new());
static FILES: Mutex<Vec<Arc<Opened>>> = Mutex::new(Vec::new());
type Removal = (Arc<Device>, Box<dyn FnOnce() + Send>);
static REMOVALS: Mutex<Vec<Removal>> = Mutex::new(Vec::new());
static OPENED: AtomicU32 = AtomicU32::new(0);

/// Opens `path`: a symbolic link (`\\.\name`), a device name, or an interface path (`\\?\...`), with a file name behind.
/// Runs the driver's create callback on the calling thread and waits for the result.
///
/// # Errors
/// `STATUS_OBJECT_NAME_NOT_FOUND`, `STATUS_DEVICE_NOT_READY`, `STATUS_ACCESS_DENIED`, or what
/// the driver completes the create request with.
pub fn open(path: &str, options: &OpenOptions) -> Result<File> {
    let (device, name) = find(path)?;
    if !device.available.load(Ordering::Acquire) {
        return Err(status::DEVICE_NOT_READY);
    }
    open_device(&device, &name, options)
}

/// Opens a device directly; `name` is the file name with its backslash, or empty.
///
/// # Errors
/// As [`open`].
pub fn open_device(device: &Arc<Device>, name: &str, options: &OpenOptions) -> Result<File> {
    if !options.caller.kernel && !acl(device).grants(&options.caller.token, options.access) {
        return Err(status::ACCESS_DENIED);
    }
    let wdm = file_object(device, name, options);
    let opened = Arc::new(Opened {
        device: Arc::clone(device),
        wdm,
        caller: options.caller.clone(),
        outstanding: AtomicUsize::new(0),
        closing: AtomicBool::new(false),
        cleaned: AtomicBool::new(false),
        closed: AtomicBool::new(false),
        taken: AtomicBool::new(false),
        changed: Condvar::new(),
        lock: Mutex::new(()),
    });
    // Sharing modes are a matter of file systems: the I/O manager records them, devices go by their driver's rules.
    FILES.lock().push(Arc::clone(&opened));
    OPENED.fetch_add(1, Ordering::Relaxed);
    let completion = operation::create(&opened, options);
    if status::succeeded(completion.status) {
        Ok(File(opened))
    } else {
        forget(&opened);
        Err(completion.status)
    }
}

fn find(path: &str) -> Result<(Arc<Device>, String)> {
    for device in devices() {
        for interface in device.interfaces() {
            let matches = path.eq_ignore_ascii_case(&interface.path);
            if matches && !interface.enabled {
                return Err(status::OBJECT_NAME_NOT_FOUND);
            }
            if matches {
                let name = if interface.reference.is_empty() {
                    String::new()
                } else {
                    format!("\\{}", interface.reference)
                };
                return Ok((device, name));
            }
        }
    }
    // The longest prefix that names a link or a device; the rest is the file name.
    let ends = path
        .char_indices()
        .filter(|(i, c)| *c == '\\' && *i > 3)
        .map(|(i, _)| i);
    for end in ends.chain([path.len()]).collect::<Vec<_>>().into_iter().rev() {
        if let Some(wdm) = ntoskrnl::device::lookup(&path[..end]) {
            let device = devices().into_iter().find(|d| d.wdm == wdm);
            return device
                .map(|d| (d, path[end..].to_owned()))
                .ok_or(status::NO_SUCH_DEVICE);
        }
    }
    Err(status::OBJECT_NAME_NOT_FOUND)
}

/// What may be done: the device's own descriptor, else that of its class, else System and Administrators only.
fn acl(device: &Device) -> Acl {
    let init = &device.init;
    let stated = init.acl.as_ref().or(init.class_acl.as_ref());
    stated.cloned().unwrap_or_else(Acl::system_default)
}

fn file_object(device: &Device, name: &str, options: &OpenOptions) -> Guest<FileObject> {
    let reads = u8::from(options.access & (GENERIC_READ | FILE_READ_DATA) != 0);
    let writes = u8::from(options.access & (GENERIC_WRITE | FILE_WRITE_DATA) != 0);
    let shared = |bit: u32| u8::from(options.share & bit != 0);
    // SAFETY: all zeroes is a valid FILE_OBJECT (integers and null addresses).
    let mut file: FileObject = unsafe { std::mem::zeroed() };
    file.kind = 5;
    file.size = 216;
    file.device_object = device.wdm.addr();
    file.access = [0, 0, reads, writes, 0, shared(SHARE_READ), shared(SHARE_WRITE), 0];
    file.file_name = UnicodeString::leak(name);
    // Files are few; a FILE_OBJECT stays readable for drivers that hold on to it.
    Guest::of(Box::leak(Box::new(file)))
}

impl Opened {
    fn finished_one(self: &Arc<Self>) {
        // One of the two sees what the other did: the end of the last request, and the end of the cleanup.
        if self.outstanding.fetch_sub(1, Ordering::SeqCst) == 1 && self.cleaned.load(Ordering::SeqCst) {
            let this = Arc::clone(self);
            // Close needs PASSIVE_LEVEL; the completion may come at DISPATCH_LEVEL.
            worker::queue(move || this.close());
        }
        self.changed.notify_all();
    }

    /// The last handle goes: cleanup now, close when no request is left.
    fn cleanup(self: &Arc<Self>) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        if machine::stopped() {
            return;
        }
        if !self.taken.load(Ordering::Acquire) {
            file::cleanup(&self.device, self.wdm);
        }
        self.cleaned.store(true, Ordering::SeqCst);
        if self.outstanding.load(Ordering::SeqCst) == 0 {
            self.close();
        }
    }

    fn close(self: &Arc<Self>) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        if !self.taken.load(Ordering::Acquire) {
            file::close(&self.device, self.wdm);
        }
        forget(self);
        self.changed.notify_all();
    }
}

fn forget(opened: &Arc<Opened>) {
    FILES.lock().retain(|f| !Arc::ptr_eq(f, opened));
    run_removals();
}

impl File {
    /// Closes the handle, and waits until the driver's close callback has run. `false` if requests that the driver
    /// doesn't complete keep it open for `timeout`.
    pub fn close_and_wait(self, timeout: Duration) -> bool {
        let opened = Arc::clone(&self.0);
        drop(self);
        let deadline = Instant::now() + timeout;
        let mut guard = opened.lock.lock();
        while !opened.closed.load(Ordering::Acquire) && Instant::now() < deadline && !machine::stopped() {
            opened.changed.wait_for(&mut guard, Duration::from_millis(5));
        }
        opened.closed.load(Ordering::Acquire)
    }

    /// Number of operations that haven't completed.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.0.outstanding.load(Ordering::Acquire)
    }

    /// The device that it was opened on.
    #[must_use]
    pub fn device(&self) -> &Arc<Device> {
        &self.0.device
    }

    /// The process that opened it.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.0.caller.process
    }

    /// `DeviceIoControl`, overlapped: `done` is called once, on the thread that completes it.
    pub fn ioctl(
        &self,
        code: u32,
        input: &[u8],
        output: usize,
        done: impl FnOnce(Completion) + Send + 'static,
    ) -> Operation {
        operation::control(&self.0, code, input, output, Box::new(done))
    }

    /// `ReadFile`, overlapped.
    pub fn read(&self, length: usize, done: impl FnOnce(Completion) + Send + 'static) -> Operation {
        operation::read(&self.0, length, Box::new(done))
    }

    /// `WriteFile`, overlapped.
    pub fn write(&self, data: &[u8], done: impl FnOnce(Completion) + Send + 'static) -> Operation {
        operation::write(&self.0, data, Box::new(done))
    }

    /// `DeviceIoControl` that waits. `None`: not complete within `timeout` (it is cancelled then, and waited for).
    #[must_use]
    pub fn ioctl_wait(
        &self,
        code: u32,
        input: &[u8],
        output: usize,
        timeout: Duration,
    ) -> Option<Completion> {
        operation::wait(timeout, |done| self.ioctl(code, input, output, done))
    }

    /// `ReadFile` that waits.
    #[must_use]
    pub fn read_wait(&self, length: usize, timeout: Duration) -> Option<Completion> {
        operation::wait(timeout, |done| self.read(length, done))
    }

    /// `WriteFile` that waits.
    #[must_use]
    pub fn write_wait(&self, data: &[u8], timeout: Duration) -> Option<Completion> {
        operation::wait(timeout, |done| self.write(data, done))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.0.cleanup();
    }
}

/// A process died: its operations are cancelled, then its handles are closed.
pub fn process_died(process: u32) {
    let files: Vec<_> = FILES
        .lock()
        .iter()
        .filter(|f| f.caller.process == process)
        .cloned()
        .collect();
    for file in &files {
        operation::cancel_all(file);
    }
    for file in files {
        file.cleanup();
    }
}

/// Every framework device.
#[must_use]
pub fn devices() -> Vec<Arc<Device>> {
    DEVICES.lock().clone()
}

/// Paths of enabled interfaces of a class.
#[must_use]
pub fn interfaces(class: crate::abi::Guid) -> Vec<String> {
    let all = devices().into_iter().flat_map(|d| d.interfaces());
    all.filter(|i| i.enabled && i.class == class)
        .map(|i| i.path)
        .collect()
}

pub(crate) fn add_device(device: &Arc<Device>) {
    DEVICES.lock().push(Arc::clone(device));
}

pub(crate) fn remove_device(device: &Arc<Device>) {
    DEVICES.lock().retain(|d| !Arc::ptr_eq(d, device));
}

/// As [`remove_device`], by its DEVICE_OBJECT.
pub(crate) fn forget_device(wdm: Guest<DeviceObject>) {
    DEVICES.lock().retain(|d| d.wdm != wdm);
}

/// Runs `work` once no handle to the device is open.
pub(crate) fn when_unused(device: &Arc<Device>, work: impl FnOnce() + Send + 'static) {
    REMOVALS.lock().push((Arc::clone(device), Box::new(work)));
    run_removals();
}

fn run_removals() {
    loop {
        let ready = {
            let mut removals = REMOVALS.lock();
            let index = removals
                .iter()
                .position(|(d, _)| d.opens.load(Ordering::Acquire) == 0);
            index.map(|i| removals.remove(i))
        };
        let Some((_, work)) = ready else { return };
        if machine::run("PnP", work).is_none() && !machine::stopped() {
            violate!(HANG, "the removal of a device didn't finish");
        }
    }
}

/// A class extension took this open.
pub(crate) fn set_taken(wdm: Guest<FileObject>) {
    if let Some(file) = FILES.lock().iter().find(|f| f.wdm == wdm) {
        file.taken.store(true, Ordering::Release);
    }
}

/// The process that opened a file.
pub(crate) fn process_of_file(wdm: Guest<FileObject>) -> u32 {
    FILES
        .lock()
        .iter()
        .find(|f| f.wdm == wdm)
        .map_or(4, |f| f.caller.process)
}

pub(crate) fn reset() {
    operation::reset();
    FILES.lock().clear();
    REMOVALS.lock().clear();
    DEVICES.lock().clear();
}
