//! Why a command failed, and the exit code that says so.

use crate::args::exit;
use ovpn_dco_userlib::device::{Blame, DeviceError};
use ovpn_dco_userlib::net::NetError;
use ovpn_dco_userlib::profile::ProfileError;
use ovpn_dco_userlib::session::SessionError;

/// A sentence for a person, and a code for a script.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    /// The command line or a file is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: exit::USAGE,
        }
    }

    /// The device is missing or in use.
    pub(crate) fn device(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: exit::DEVICE,
        }
    }

    /// Something else failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: exit::FAILED,
        }
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let missing = matches!(error, DeviceError::NoAdapter | DeviceError::NoDriver { .. });
        let code = if missing || error.blame() == Blame::OtherProgram {
            exit::DEVICE
        } else {
            exit::FAILED
        };
        Self {
            message: error.to_string(),
            code,
        }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        let code = match error {
            SessionError::Tls(_) | SessionError::Config(_) | SessionError::NoAnswer(_) => exit::USAGE,
            SessionError::Refused(_) => exit::REFUSED,
            SessionError::Device(error) => return error.into(),
            _ => exit::FAILED,
        };
        Self { message, code }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}
