//! The driver's device: opening it, every control code as a typed call, control packets and events.
//!
//! A [`Host`] is where devices come from: [`host`] picks this system's. A [`Device`] is an adapter that we
//! have opened; there can be one such handle for each adapter. It may be shared between threads, and clones are the
//! same handle.
//!
//! ```no_run
//! use std::time::Duration;
//! use ovpn_dco_userlib::device::{self, Device, Wait};
//! use ovpn_dco_uapi::Proto;
//!
//! let host = device::host()?;
//! println!("driver {}", device::version(&*host)?);
//! let device = Device::open_first(&*host)?;
//! let (local, remote) = ("0.0.0.0:0".parse().unwrap(), "192.0.2.1:1194".parse().unwrap());
//! device.new_peer(local, remote, Proto::Udp, Wait::at_most(Duration::from_secs(10)))?;
//! device.write_control(&[0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
//! let mut reader = device.control_reader();
//! if let Some(packet) = reader.recv(Wait::at_most(Duration::from_secs(2)))? {
//!     println!("{} bytes from the server", packet.payload.len());
//! }
//! # Ok::<(), device::DeviceError>(())
//! ```
//!
//! # Backends
//!
//! | backend | device | where |
//! |---|---|---|
//! | `win32` | the driver: overlapped `DeviceIoControl`, `ReadFile`, `WriteFile` | Windows |
//! | [`devsock`] | a device of another process over a local socket | everywhere, under wine by loopback TCP |
//!
//! # Waiting
//!
//! Calls that can pend take a [`Wait`]: a time limit, a [`Cancel`] that another thread may pull, or both. Running out
//! of either ends the request in the driver, and if it turns out to be complete by then, its result is returned:
//! nothing is lost.

mod backend;
mod calls;
mod cancel;
mod control;
pub mod devsock;
mod error;
mod host;
mod multipeer;
#[cfg(windows)]
pub mod win32;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use backend::{Abort, Backend, Call, CallName, Failure, InFlight, Outcome};
pub use cancel::{Cancel, Wait};
pub use control::{ControlPacket, ControlReader, EventReader};
pub use error::{Blame, DeviceError};
pub use host::{Adapter, DEVICE_VARIABLE, Host, host, is_available, version};
pub use multipeer::NewMultiPeer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ovpn_dco_uapi::{Ioctl, Mode};

use crate::net::TunnelInterface;

/// How long a call that never pends may take before the driver is taken for stuck.
const PROMPT: Duration = Duration::from_secs(10);

/// An adapter that we have opened, exclusively. Dropping the last clone closes the handle, and with it everything
/// that was set up through it: peers, keys, routes, the transport socket.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Box<dyn Backend>,
    adapter: Adapter,
    multipeer: AtomicBool,
}

impl Device {
    /// Opens `adapter`.
    ///
    /// # Errors
    /// [`DeviceError::InUse`] if another program has it open, or a failure of the system.
    pub fn open(host: &dyn Host, adapter: &Adapter) -> Result<Device, DeviceError> {
        let backend = host.open(&adapter.path, true)?;
        tracing::debug!(adapter = %adapter, "opened");
        Ok(Self::with_backend(backend, adapter.clone()))
    }

    /// Opens the first adapter that lets itself be opened, as OpenVPN does without `dev-node`.
    ///
    /// # Errors
    /// [`DeviceError::NoAdapter`] if there is none, else the error of the last one that was tried, where an adapter
    /// that is in use counts less than any other reason.
    pub fn open_first(host: &dyn Host) -> Result<Device, DeviceError> {
        let mut reason = DeviceError::NoAdapter;
        for adapter in host.adapters()? {
            match Device::open(host, &adapter) {
                Ok(device) => return Ok(device),
                Err(error @ DeviceError::InUse { .. }) if !matches!(reason, DeviceError::NoAdapter) => {
                    tracing::debug!(%error, "skipped");
                }
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// A device over a backend of one's own.
    pub fn with_backend(backend: Box<dyn Backend>, adapter: Adapter) -> Device {
        Device {
            inner: Arc::new(Inner {
                backend,
                adapter,
                multipeer: AtomicBool::new(false),
            }),
        }
    }

    /// The adapter that this is.
    #[must_use]
    pub fn adapter(&self) -> &Adapter {
        &self.inner.adapter
    }

    /// The adapter's network interface, for [`net`](crate::net).
    #[must_use]
    pub fn interface(&self) -> TunnelInterface {
        self.inner.backend.interface(&self.inner.adapter)
    }

    /// The mode that [`Device::set_mode`] has chosen.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.inner.multipeer.load(Ordering::Acquire) {
            Mode::MultiPeer
        } else {
            Mode::PointToPoint
        }
    }

    /// Cancels everything that is in flight on this handle (`CancelIoEx`). The calls return
    /// [`DeviceError::Cancelled`].
    pub fn cancel_all(&self) {
        self.inner.backend.cancel_all();
    }

    /// One control code by its number and raw buffers, for what the typed calls don't reach: tests of the driver's
    /// manners. Returns the status by which it ended and the output.
    ///
    /// # Errors
    /// It could not be started, or `wait` was over first.
    pub fn raw_ioctl(
        &self,
        code: u32,
        input: &[u8],
        output_len: usize,
        wait: Wait<'_>,
    ) -> Result<Outcome, DeviceError> {
        let name = CallName::from_code(code);
        self.inner.run(
            name,
            Call::Ioctl {
                code,
                input,
                output_len,
            },
            wait,
        )
    }
}

impl Inner {
    /// Makes a call and waits for its end. Whatever the driver answers is an [`Outcome`].
    fn run(&self, name: CallName, call: Call<'_>, wait: Wait<'_>) -> Result<Outcome, DeviceError> {
        let mut operation = self.begin(name, call)?;
        match cancel::finish(&mut *operation, wait) {
            cancel::Ended::Done(outcome) => Ok(outcome),
            cancel::Ended::TimedOut => Err(DeviceError::TimedOut { call: name }),
            cancel::Ended::Cancelled => Err(DeviceError::Cancelled { call: name }),
        }
    }

    fn begin(&self, name: CallName, call: Call<'_>) -> Result<Box<dyn InFlight>, DeviceError> {
        self.backend
            .begin(call)
            .map_err(|failure| DeviceError::from_failure(name, failure))
    }

    /// A control code whose failure is an error, with its output.
    fn ioctl(
        &self,
        ioctl: Ioctl,
        input: &[u8],
        output_len: usize,
        wait: Wait<'_>,
    ) -> Result<Vec<u8>, DeviceError> {
        let name = CallName::Ioctl(ioctl);
        let outcome = self.run(
            name,
            Call::Ioctl {
                code: ioctl.code(),
                input,
                output_len,
            },
            wait,
        )?;
        match outcome.failure {
            None => Ok(outcome.data),
            Some(failure) => Err(DeviceError::from_failure(name, failure)),
        }
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({})", self.inner.adapter)
    }
}
