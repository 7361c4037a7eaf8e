//! Overlapped I/O on a device handle.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::io::Error;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use ovpn_dco_uapi::NtStatus;
use windows_sys::Win32::Foundation::{
    ERROR_IO_INCOMPLETE, ERROR_IO_PENDING, ERROR_MORE_DATA, ERROR_NOT_ENOUGH_MEMORY, GetLastError,
    WAIT_TIMEOUT,
};
use windows_sys::Win32::Storage::FileSystem::{ReadFile, WriteFile};
use windows_sys::Win32::System::IO::{CancelIoEx, DeviceIoControl, GetOverlappedResultEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE};
use windows_sys::core::BOOL;
use zeroize::Zeroizing;

use super::super::{Abort, Backend, Call, Failure, InFlight, Outcome};

/// How long a dropped call may take to end after it was cancelled. Its memory is given up if it takes longer: the
/// driver may still write there.
const GRACE: Duration = Duration::from_secs(5);

/// An open device, opened with `FILE_FLAG_OVERLAPPED`.
pub(super) struct Handle {
    handle: Arc<OwnedHandle>,
}

impl Handle {
    pub(super) fn new(handle: OwnedHandle) -> Self {
        Handle {
            handle: Arc::new(handle),
        }
    }
}

impl Backend for Handle {
    fn begin(&self, call: Call<'_>) -> Result<Box<dyn InFlight>, Failure> {
        let (input, room) = match call {
            Call::Ioctl {
                input, output_len, ..
            } => (input, output_len),
            Call::Read { len } => (&[][..], len),
            Call::Write { data } => (data, 0),
        };
        let request = Arc::new(Request::new(Arc::clone(&self.handle), input, room)?);
        let started = request.start(call)?;
        Ok(Box::new(Operation {
            request: Some(request),
            started,
        }))
    }

    fn cancel_all(&self) {
        // SAFETY: the handle is open for as long as `self` lives; no OVERLAPPED means every request.
        unsafe { CancelIoEx(self.handle.as_raw_handle(), ptr::null()) };
    }
}

/// What a request needs to stay where it is until it is complete.
struct Request {
    handle: Arc<OwnedHandle>,
    /// Set when the request is complete; the OVERLAPPED refers to it.
    _event: OwnedHandle,
    memory: UnsafeCell<Memory>,
}

/// The system writes to this while the request is in flight. Until then it is reached by raw pointers only.
struct Memory {
    overlapped: OVERLAPPED,
    input: Zeroizing<Vec<u8>>,
    output: Vec<u8>,
}

// SAFETY: `memory` is touched by `start`, before anybody else has the request, by `finish`, which runs in the one
// `Operation` after the system is done with it, and otherwise only named by its address.
unsafe impl Send for Request {}
// SAFETY: as for `Send`.
unsafe impl Sync for Request {}

/// Whether a request that was started is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Started {
    /// It ended at once, with this Win32 error and without output.
    Failed(u32),
    /// It is in flight or complete: the OVERLAPPED says.
    Overlapped,
}

impl Request {
    fn new(handle: Arc<OwnedHandle>, input: &[u8], room: usize) -> Result<Self, Failure> {
        // SAFETY: no security attributes, manual reset, not set, no name.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(last_failure());
        }
        // SAFETY: `CreateEventW` has just returned it to us, and nobody else closes it.
        let event = unsafe { OwnedHandle::from_raw_handle(event) };
        let overlapped = OVERLAPPED {
            hEvent: event.as_raw_handle(),
            ..OVERLAPPED::default()
        };
        let memory = Memory {
            overlapped,
            input: Zeroizing::new(input.to_vec()),
            output: vec![0; room],
        };
        Ok(Request {
            handle,
            _event: event,
            memory: UnsafeCell::new(memory),
        })
    }

    /// Makes the call. Called once, by the only owner.
    fn start(&self, call: Call<'_>) -> Result<Started, Failure> {
        // SAFETY: the request has not been started, so nobody else looks at the memory.
        let memory = unsafe { &mut *self.memory.get() };
        let handle = self.handle.as_raw_handle();
        let input = memory.input.as_ptr();
        let input_len = len_u32(memory.input.len())?;
        let output = memory.output.as_mut_ptr();
        let output_len = len_u32(memory.output.len())?;
        let overlapped = &raw mut memory.overlapped;
        let ok: BOOL = match call {
            // SAFETY: both buffers have these lengths, and stay with the OVERLAPPED until the request is complete:
            // `Operation` sees to it.
            Call::Ioctl { code, .. } => unsafe {
                DeviceIoControl(
                    handle,
                    code,
                    input.cast::<c_void>(),
                    input_len,
                    output.cast::<c_void>(),
                    output_len,
                    ptr::null_mut(),
                    overlapped,
                )
            },
            // SAFETY: as above.
            Call::Read { .. } => unsafe { ReadFile(handle, output, output_len, ptr::null_mut(), overlapped) },
            // SAFETY: as above.
            Call::Write { .. } => unsafe { WriteFile(handle, input, input_len, ptr::null_mut(), overlapped) },
        };
        if ok != 0 {
            return Ok(Started::Overlapped);
        }
        Ok(match last_error() {
            // A warning has completed the request like success does: with data.
            ERROR_IO_PENDING | ERROR_MORE_DATA => Started::Overlapped,
            code => Started::Failed(code),
        })
    }

    /// Waits for the end: the count and the Win32 error, 0 for none. `None` if the time is over first.
    fn wait(&self, timeout: Option<Duration>) -> Option<(u32, u32)> {
        let milliseconds = timeout.map_or(INFINITE, |timeout| {
            // Rounded up, so that a wait is never shorter than asked for.
            u32::try_from(timeout.as_nanos().div_ceil(1_000_000))
                .unwrap_or(INFINITE - 1)
                .min(INFINITE - 1)
        });
        let mut count = 0;
        let overlapped = self.overlapped();
        // SAFETY: handle and OVERLAPPED are those of the request, which lives; not alertable.
        let ok = unsafe {
            GetOverlappedResultEx(
                self.handle.as_raw_handle(),
                overlapped,
                &raw mut count,
                milliseconds,
                0,
            )
        };
        match if ok == 0 { last_error() } else { 0 } {
            ERROR_IO_INCOMPLETE | WAIT_TIMEOUT => None,
            code => Some((count, code)),
        }
    }

    fn cancel(&self) {
        // SAFETY: the OVERLAPPED has the address that the request was started with, or one that no request has;
        // either way it is only compared.
        unsafe { CancelIoEx(self.handle.as_raw_handle(), self.overlapped()) };
    }

    fn overlapped(&self) -> *const OVERLAPPED {
        // `Memory` is `repr(Rust)`: the field is reached by name, without a reference to what the system writes to.
        let memory = self.memory.get();
        // SAFETY: `memory` points to a live `Memory`; only an address is made.
        unsafe { &raw const (*memory).overlapped }
    }

    /// The outcome of a request that is complete, with this count and Win32 error.
    fn finish(&self, count: u32, code: u32) -> Outcome {
        // SAFETY: the system is done with the memory, and `Operation`, which alone calls this, does so once.
        let memory = unsafe { &mut *self.memory.get() };
        let information = usize::try_from(count).unwrap_or(usize::MAX);
        let mut data = std::mem::take(&mut memory.output);
        let has_data = code == 0 || code == ERROR_MORE_DATA;
        data.truncate(if has_data { information } else { 0 });
        let status = NtStatus(low_half(memory.overlapped.Internal));
        let failure = (code != 0).then(|| Failure::from_both(code, status));
        Outcome {
            failure,
            information,
            data,
        }
    }
}

/// An `NTSTATUS` is kept in a field as wide as a pointer.
#[allow(clippy::cast_possible_truncation)]
fn low_half(value: usize) -> i32 {
    value as u32 as i32
}

/// The one user of a request.
struct Operation {
    /// `None` once the outcome was handed over.
    request: Option<Arc<Request>>,
    started: Started,
}

impl InFlight for Operation {
    fn wait(&mut self, timeout: Option<Duration>) -> Option<Outcome> {
        let request = self.request.as_ref()?;
        let outcome = match self.started {
            Started::Failed(code) => Outcome {
                failure: Some(Failure::from_win32(code)),
                information: 0,
                data: Vec::new(),
            },
            Started::Overlapped => {
                let (count, code) = request.wait(timeout)?;
                request.finish(count, code)
            }
        };
        self.request = None;
        Some(outcome)
    }

    fn abort_handle(&self) -> Arc<dyn Abort> {
        let request = self
            .request
            .clone()
            .filter(|_| self.started == Started::Overlapped);
        Arc::new(AbortRequest(request))
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let Some(request) = self.request.take() else {
            return;
        };
        if self.started != Started::Overlapped || request.wait(Some(Duration::ZERO)).is_some() {
            return;
        }
        request.cancel();
        if request.wait(Some(GRACE)).is_none() {
            tracing::error!("the driver does not end a cancelled request; its memory is given up");
            std::mem::forget(request);
        }
    }
}

struct AbortRequest(Option<Arc<Request>>);

impl Abort for AbortRequest {
    fn abort(&self) {
        if let Some(request) = &self.0 {
            request.cancel();
        }
    }
}

fn last_error() -> u32 {
    // SAFETY: reads a value of this thread.
    unsafe { GetLastError() }
}

fn last_failure() -> Failure {
    Failure::from_win32(
        Error::last_os_error()
            .raw_os_error()
            .map_or(ERROR_NOT_ENOUGH_MEMORY, i32::cast_unsigned),
    )
}

fn len_u32(len: usize) -> Result<u32, Failure> {
    u32::try_from(len).map_err(|_| Failure::from_win32(ERROR_NOT_ENOUGH_MEMORY))
}
