//! Where devices come from, and finding one.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ovpn_dco_uapi::{Ioctl, Version, names, read_input};

use super::{Backend, Call, CallName, DeviceError, Wait, cancel, devsock};
use crate::net::TunnelInterface;

/// The environment variable that names a device socket (`unix:/path`, `tcp:127.0.0.1:port#secret`) to use instead of
/// this system's own devices.
pub const DEVICE_VARIABLE: &str = "OVPN_DCO_DEVICE";

/// A place with adapters: Windows, or a process that offers devices over a socket.
pub trait Host: Send + Sync {
    /// The ovpn-dco adapters, in the system's order. Some may be in use.
    ///
    /// # Errors
    /// The search failed. Finding none is no error.
    fn adapters(&self) -> Result<Vec<Adapter>, DeviceError>;

    /// Opens a device by its path: for exclusive use (read and write, no sharing), or to ask something only.
    ///
    /// # Errors
    /// [`DeviceError::InUse`] if somebody has it open, [`DeviceError::NoDriver`] if there is no such path.
    fn open(&self, path: &str, exclusive: bool) -> Result<Box<dyn Backend>, DeviceError>;

    /// Makes an adapter. `name` is what people will call it; empty leaves that to the system.
    ///
    /// # Errors
    /// Rights are missing, the driver package is not installed, or the host cannot do it.
    fn create_adapter(&self, name: &str) -> Result<Adapter, DeviceError>;

    /// Removes an adapter. It goes when its last handle is closed.
    ///
    /// # Errors
    /// Rights are missing, it is gone already, or the host cannot do it.
    fn delete_adapter(&self, adapter: &Adapter) -> Result<(), DeviceError>;
}

/// An adapter that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Adapter {
    /// What people call it: the connection's name.
    pub name: String,
    /// Its hardware id.
    pub hardware_id: String,
    /// What [`Host::open`] takes: the device interface path with its reference string.
    pub path: String,
    /// `NetCfgInstanceId`, a GUID in braces.
    pub instance_id: String,
    /// Its network interface on this host, where the host tells (a TUN device).
    pub network_interface: Option<String>,
    /// The network namespace of that interface, if it is not our own.
    pub network_namespace: Option<PathBuf>,
}

impl Adapter {
    /// Its network interface.
    #[must_use]
    pub fn interface(&self) -> TunnelInterface {
        TunnelInterface {
            name: self
                .network_interface
                .clone()
                .unwrap_or_else(|| self.name.clone()),
            instance_id: Some(self.instance_id.clone()).filter(|id| !id.is_empty()),
            namespace: self.network_namespace.clone(),
        }
    }

    /// Whether `text` means this adapter: its name or its instance id, without regard to case.
    #[must_use]
    pub fn is_called(&self, text: &str) -> bool {
        let bare = |id: &str| id.trim_matches(['{', '}']).to_ascii_lowercase();
        self.name.to_lowercase() == text.to_lowercase()
            || (!self.instance_id.is_empty() && bare(&self.instance_id) == bare(text))
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.is_empty(), self.instance_id.is_empty()) {
            (false, _) => write!(f, "\"{}\"", self.name),
            (true, false) => f.write_str(&self.instance_id),
            (true, true) => f.write_str(&self.path),
        }
    }
}

/// This system's devices: those of the socket that [`DEVICE_VARIABLE`] names, else Windows' own.
///
/// # Errors
/// The variable does not name a socket that answers; or it is not set, and this is not Windows.
pub fn host() -> Result<Box<dyn Host>, DeviceError> {
    if let Ok(text) = std::env::var(DEVICE_VARIABLE) {
        return Ok(Box::new(devsock::Socket::connect_text(&text)?));
    }
    #[cfg(windows)]
    return Ok(Box::new(super::win32::Windows));
    #[cfg(not(windows))]
    Err(DeviceError::NoDriver {
        why: format!("this is not Windows; set {DEVICE_VARIABLE} to the socket of a device"),
        source: None,
    })
}

/// The driver's version, from the version device, which needs no adapter to itself; an older driver is asked through
/// its first adapter.
///
/// # Errors
/// [`DeviceError::NoDriver`] if neither is there; [`DeviceError::InUse`] if the older driver's adapter is.
pub fn version(host: &dyn Host) -> Result<Version, DeviceError> {
    let backend = match host.open(names::VERSION_PATH, false) {
        Ok(backend) => backend,
        Err(DeviceError::NoDriver { .. }) => host.open(names::ADAPTER_PATH, true)?,
        Err(error) => return Err(error),
    };
    let name = CallName::Ioctl(Ioctl::GetVersion);
    let call = Call::Ioctl {
        code: Ioctl::GetVersion.code(),
        input: &[],
        output_len: size_of::<Version>(),
    };
    let mut operation = backend
        .begin(call)
        .map_err(|failure| DeviceError::from_failure(name, failure))?;
    match cancel::finish(&mut *operation, Wait::at_most(Duration::from_secs(10))) {
        cancel::Ended::Done(outcome) => match outcome.failure {
            None => read_input(&outcome.data).map_err(|_| DeviceError::unexpected(name, "it is too short")),
            Some(failure) => Err(DeviceError::from_failure(name, failure)),
        },
        cancel::Ended::TimedOut => Err(DeviceError::TimedOut { call: name }),
        cancel::Ended::Cancelled => Err(DeviceError::Cancelled { call: name }),
    }
}

/// Whether there is a driver with an adapter at all, as OpenVPN finds out: the first adapter opens, or is in use.
#[must_use]
pub fn is_available(host: &dyn Host) -> bool {
    matches!(
        host.open(names::ADAPTER_PATH, true),
        Ok(_) | Err(DeviceError::InUse { .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_answers_to_its_name_and_its_id() {
        let adapter = Adapter {
            name: "OpenVPN Data".into(),
            instance_id: "{5F8E0C2A-0000-0000-0000-000000000001}".into(),
            ..Adapter::default()
        };
        for (text, want) in [
            ("openvpn data", true),
            ("{5f8e0c2a-0000-0000-0000-000000000001}", true),
            ("5F8E0C2A-0000-0000-0000-000000000001", true),
            ("OpenVPN", false),
            ("", false),
        ] {
            assert_eq!(adapter.is_called(text), want, "{text}");
        }
        assert!(
            !Adapter {
                name: "x".into(),
                ..Adapter::default()
            }
            .is_called("")
        );
    }
}
