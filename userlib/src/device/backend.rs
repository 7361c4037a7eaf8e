//! What a device needs of the system that it lives on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ovpn_dco_uapi::{Ioctl, NtStatus};

use super::Adapter;
use crate::net::TunnelInterface;

/// An open handle. Dropping it is `CloseHandle`.
pub trait Backend: Send + Sync {
    /// Begins a call. It may be over when this returns; either way [`InFlight::wait`] says how it ended.
    ///
    /// # Errors
    /// The call could not even be made, because the device is gone or a buffer is too long.
    fn begin(&self, call: Call<'_>) -> Result<Box<dyn InFlight>, Failure>;

    /// `CancelIoEx` for everything in flight.
    fn cancel_all(&self);

    /// The network interface behind the handle.
    fn interface(&self, adapter: &Adapter) -> TunnelInterface {
        adapter.interface()
    }
}

/// A call in flight. Dropping it cancels it, and no buffer of it is used any more afterwards.
pub trait InFlight: Send {
    /// Waits for the end, `None` for as long as it takes. Returns `None` if the time is over first. Hands the
    /// outcome over once; what it returns after that is unspecified.
    fn wait(&mut self, timeout: Option<Duration>) -> Option<Outcome>;

    /// What another thread can end the call with.
    fn abort_handle(&self) -> Arc<dyn Abort>;
}

/// Ends a call: `CancelIoEx` for one request. Without effect once the call is over.
pub trait Abort: Send + Sync {
    /// Asks for the end; the call still completes.
    fn abort(&self);
}

/// A call to make.
#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// `DeviceIoControl`.
    Ioctl {
        /// Control code.
        code: u32,
        /// Input buffer. May hold keys.
        input: &'a [u8],
        /// Room for output in bytes.
        output_len: usize,
    },
    /// `ReadFile`.
    Read {
        /// Room in bytes.
        len: usize,
    },
    /// `WriteFile`.
    Write {
        /// What to write.
        data: &'a [u8],
    },
}

/// How a call ended.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Why it failed, `None` if it did not. `ERROR_MORE_DATA` is a failure with data.
    pub failure: Option<Failure>,
    /// The count that the driver returned: bytes moved.
    pub information: usize,
    /// Output.
    pub data: Vec<u8>,
}

impl fmt::Debug for Outcome {
    /// Without the data, which is not for logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            None => f.write_str("success")?,
            Some(failure) => fmt::Display::fmt(failure, f)?,
        }
        write!(f, ", information {}, {} bytes", self.information, self.data.len())
    }
}

/// Why a call failed, as the system says it.
#[derive(Clone)]
pub struct Failure {
    win32: u32,
    status: Option<NtStatus>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Failure {
    /// By the driver's own status.
    #[must_use]
    pub fn from_status(status: NtStatus) -> Self {
        Failure {
            win32: status.win32_error(),
            status: Some(status),
            cause: None,
        }
    }

    /// By a Win32 error alone.
    #[must_use]
    pub fn from_win32(win32: u32) -> Self {
        Failure {
            win32,
            status: None,
            cause: None,
        }
    }

    /// By both, as a completed request has them.
    #[must_use]
    pub fn from_both(win32: u32, status: NtStatus) -> Self {
        Failure {
            win32,
            status: Some(status),
            cause: None,
        }
    }

    /// The device is gone, for the reason that `cause` says: `STATUS_DEVICE_NOT_CONNECTED`.
    #[must_use]
    pub fn gone(cause: impl Error + Send + Sync + 'static) -> Self {
        Failure {
            cause: Some(Arc::new(cause)),
            ..Self::from_status(NtStatus::DEVICE_NOT_CONNECTED)
        }
    }

    /// What `GetLastError` says.
    #[must_use]
    pub fn win32_error(&self) -> u32 {
        self.win32
    }

    /// The driver's status, where the system tells it.
    #[must_use]
    pub fn status(&self) -> Option<NtStatus> {
        self.status
    }
}

/// Two failures are the same if the system says the same of them.
impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.win32 == other.win32 && self.status == other.status
    }
}

impl Eq for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cause) = &self.cause {
            return write!(f, "{cause}");
        }
        write!(f, "Win32 error {}", self.win32)?;
        match self.status {
            Some(status) => write!(f, ", {status}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().and_then(|cause| cause.source())
    }
}

/// The name of a call, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallName {
    /// `CreateFile`.
    Open,
    /// `ReadFile`.
    Read,
    /// `WriteFile`.
    Write,
    /// A control code of the interface.
    Ioctl(Ioctl),
    /// A control code that the interface does not have.
    UnknownIoctl(u32),
    /// The search for adapters, or making and removing one.
    Adapters,
}

impl CallName {
    /// The control code with this number.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        Ioctl::from_code(code).map_or(CallName::UnknownIoctl(code), CallName::Ioctl)
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallName::Open => f.write_str("CreateFile"),
            CallName::Read => f.write_str("ReadFile"),
            CallName::Write => f.write_str("WriteFile"),
            CallName::Ioctl(ioctl) => f.write_str(ioctl.name()),
            CallName::UnknownIoctl(code) => write!(f, "control code {code:#010x}"),
            CallName::Adapters => f.write_str("the search for adapters"),
        }
    }
}
