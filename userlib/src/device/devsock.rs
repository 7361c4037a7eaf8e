//! Devices of another process, over a local socket.

use std::sync::Arc;
use std::time::Duration;

use ovpn_dco_devsock::{
    Access, Address, Canceller, Client, ClientError, Completed, ConnectOptions, DeviceInfo, File, OpenFlags,
    OpenRequest, Pending, Share, Status,
};
use ovpn_dco_uapi::{NtStatus, names};

use super::host::Adapter;
use super::{Abort, Backend, Call, CallName, DeviceError, Failure, Host, InFlight, Outcome};
use crate::net::TunnelInterface;

/// A process that offers devices. One connection to it is what a process is to Windows: all handles opened through
/// this close when it ends.
pub struct Socket {
    client: Client,
}

impl Socket {
    /// Connects.
    ///
    /// # Errors
    /// [`DeviceError::NoDriver`] if nobody answers there.
    pub fn connect(address: &Address) -> Result<Socket, DeviceError> {
        Self::connect_as(address, &ConnectOptions::default())
    }

    /// Connects as somebody in particular, for trying what a security descriptor says.
    ///
    /// # Errors
    /// As [`Socket::connect`].
    pub fn connect_as(address: &Address, options: &ConnectOptions) -> Result<Socket, DeviceError> {
        let client = Client::connect_as(address, options).map_err(|error| DeviceError::NoDriver {
            why: error.to_string(),
            source: None,
        })?;
        Ok(Socket { client })
    }

    /// Connects to an address in its text form.
    ///
    /// # Errors
    /// As [`Socket::connect`], also if `text` is no address.
    pub fn connect_text(text: &str) -> Result<Socket, DeviceError> {
        let address: Address = text.parse().map_err(|error| DeviceError::NoDriver {
            why: format!("{error}"),
            source: None,
        })?;
        Self::connect(&address)
    }
}

impl Host for Socket {
    fn adapters(&self) -> Result<Vec<Adapter>, DeviceError> {
        let devices = self.client.devices().map_err(|error| adapter_error(&error))?;
        Ok(devices.into_iter().filter(is_ours).map(adapter).collect())
    }

    fn open(&self, path: &str, exclusive: bool) -> Result<Box<dyn Backend>, DeviceError> {
        let request = if exclusive {
            OpenRequest::exclusive(path)
        } else {
            OpenRequest {
                path: path.to_owned(),
                access: Access::READ,
                share: Share::READ_WRITE,
                flags: OpenFlags::OVERLAPPED,
            }
        };
        match self.client.open(&request) {
            Ok(file) => Ok(Box::new(Handle { file })),
            Err(ClientError::Status(Status(status)))
                if NtStatus(status) == NtStatus::OBJECT_NAME_NOT_FOUND =>
            {
                Err(DeviceError::NoDriver {
                    why: format!("nothing is called {path}"),
                    source: Some(Failure::from_status(NtStatus(status))),
                })
            }
            Err(error) => Err(DeviceError::from_failure(CallName::Open, failure(error))),
        }
    }

    fn create_adapter(&self, name: &str) -> Result<Adapter, DeviceError> {
        let created = self
            .client
            .create(names::HARDWARE_ID, name)
            .map_err(|error| adapter_error(&error))?;
        Ok(adapter(created))
    }

    fn delete_adapter(&self, adapter: &Adapter) -> Result<(), DeviceError> {
        self.client
            .remove(&adapter.instance_id)
            .map_err(|error| adapter_error(&error))
    }
}

/// By hardware id without regard to case, and by reference string with it, as OpenVPN looks for an adapter.
fn is_ours(device: &DeviceInfo) -> bool {
    let reference = device.interface_path.rsplit('\\').next();
    device.hardware_id.eq_ignore_ascii_case(names::HARDWARE_ID) && reference == Some(names::REFERENCE_STRING)
}

fn adapter(device: DeviceInfo) -> Adapter {
    Adapter {
        name: device.name,
        hardware_id: device.hardware_id,
        path: device.interface_path,
        instance_id: device.instance_id,
        network_interface: device.network_interface,
        network_namespace: device.network_namespace.map(Into::into),
    }
}

fn adapter_error(error: &ClientError) -> DeviceError {
    DeviceError::from_failure(CallName::Adapters, failure(error.clone()))
}

fn failure(error: ClientError) -> Failure {
    match error {
        ClientError::Status(Status(status)) => Failure::from_status(NtStatus(status)),
        ClientError::TooLong { .. } => Failure::from_status(NtStatus::INVALID_BUFFER_SIZE),
        other => Failure::gone(other),
    }
}

struct Handle {
    file: File,
}

impl Backend for Handle {
    fn begin(&self, call: Call<'_>) -> Result<Box<dyn InFlight>, Failure> {
        let pending = match call {
            Call::Ioctl {
                code,
                input,
                output_len,
            } => self.file.ioctl(code, input, output_len),
            Call::Read { len } => self.file.read(len),
            Call::Write { data } => self.file.write(data),
        };
        Ok(Box::new(Operation {
            pending: Some(pending.map_err(failure)?),
        }))
    }

    fn cancel_all(&self) {
        if let Err(error) = self.file.cancel_all() {
            tracing::debug!(%error, "nothing to cancel any more");
        }
    }

    fn interface(&self, adapter: &Adapter) -> TunnelInterface {
        let mut interface = adapter.interface();
        for (name, value) in self.file.properties().unwrap_or_default() {
            match name.as_str() {
                "network-interface" if !value.is_empty() => interface.name = value,
                "network-namespace" if !value.is_empty() => interface.namespace = Some(value.into()),
                _ => {}
            }
        }
        interface
    }
}

struct Operation {
    /// `None` once the outcome was handed over.
    pending: Option<Pending>,
}

impl InFlight for Operation {
    fn wait(&mut self, timeout: Option<Duration>) -> Option<Outcome> {
        let result = match timeout {
            None => self.pending.take()?.wait(),
            Some(timeout) => {
                let result = self.pending.as_mut()?.wait_timeout(timeout).transpose()?;
                self.pending = None;
                result
            }
        };
        Some(result.map_or_else(
            |error| Outcome {
                failure: Some(failure(error)),
                information: 0,
                data: Vec::new(),
            },
            outcome,
        ))
    }

    fn abort_handle(&self) -> Arc<dyn Abort> {
        Arc::new(AbortPending(self.pending.as_ref().map(Pending::canceller)))
    }
}

struct AbortPending(Option<Canceller>);

impl Abort for AbortPending {
    fn abort(&self) {
        if let Some(canceller) = &self.0 {
            canceller.cancel();
        }
    }
}

fn outcome(completed: Completed) -> Outcome {
    let status = NtStatus(completed.status.0);
    Outcome {
        failure: (!status.is_success()).then(|| Failure::from_status(status)),
        information: usize::try_from(completed.information).unwrap_or(usize::MAX),
        data: completed.data,
    }
}
