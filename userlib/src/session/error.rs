//! Why connections are lost, and why sessions end.

use std::io;

use crate::control::{CloseReason, ConfigError, TlsSetupError};
use crate::device::DeviceError;
use crate::net::NetError;

/// Why a connection, or an attempt at one, came to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The control channel ended.
    #[error(transparent)]
    Closed(CloseReason),
    /// The driver lost the peer: nothing was heard for too long, or the connection was closed.
    #[error(transparent)]
    Transport(DeviceError),
    /// The server's name has no address.
    #[error("can't find the address of {host}: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// The server's name has addresses, but none of the family that the profile allows.
    #[error("{host} has no address of the family that \"proto\" allows")]
    Family {
        /// The name.
        host: String,
    },
    /// A new connection was asked for by [`SessionHandle::reconnect`](super::SessionHandle::reconnect).
    #[error("a new connection was asked for")]
    Asked,
}

/// Why a session ended, where trying again would not mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    // The profile's author, or the user, can act.
    /// Certificates or keys of the profile can't be used.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The profile asks for what this driver can't do, or a login is not one that the protocol carries.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Something had to be asked, and there was no answer.
    #[error("{0} is needed, and was not given")]
    NoAnswer(&'static str),

    // The server's side can act.
    /// The server refuses this client, or this client refuses the server: certificate, login, options.
    #[error(transparent)]
    Refused(Lost),

    // The network.
    /// No connection after as many rounds through the servers as the profile allows.
    #[error("giving up: {0}")]
    GaveUp(#[source] Lost),

    // The system can act.
    /// The driver refused something that it should not.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The interface can't be configured.
    #[error(transparent)]
    Net(#[from] NetError),
}
