//! What a session tells its user, and what it asks.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use zeroize::Zeroizing;

use super::Lost;
use crate::control::{DataCipher, DynamicChallenge, Info, Stage};
use crate::net::TunnelConfig;
use crate::profile::{Location, Transport};

/// Whoever sits before the session: a person at a terminal, or a program. Called on the session's thread, which waits.
pub trait User {
    /// Something happened.
    fn tell(&mut self, event: SessionEvent<'_>);

    /// Something has to be answered; `None` if there is no answer, which ends the session.
    fn ask(&mut self, question: &Question<'_>) -> Option<Zeroizing<String>>;
}

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionEvent<'a> {
    /// An attempt begins.
    Connecting {
        /// The server, as the profile names it.
        host: &'a str,
        /// The address that is tried.
        address: SocketAddr,
        /// UDP or TCP.
        transport: Transport,
    },
    /// The attempt got further.
    Progress(Stage),
    /// The tunnel is up.
    Connected(&'a Established),
    /// A negotiation of another key has begun.
    Renegotiating {
        /// Its key id.
        key_id: u8,
        /// Whether the server began it.
        by_server: bool,
    },
    /// Another key is in the driver's secondary slot: it receives.
    Renegotiated {
        /// Its key id.
        key_id: u8,
    },
    /// The driver sends with this key now.
    KeysSwapped {
        /// Its key id.
        key_id: u8,
    },
    /// The server takes its time to let this client in.
    AuthPending {
        /// How long it may take.
        timeout: Duration,
    },
    /// Something from the server for the user. A question in it is answered with
    /// [`SessionHandle::respond`](super::SessionHandle::respond).
    Info(&'a Info),
    /// Something that isn't as it should be, and doesn't end the connection; a sentence without its end.
    Warning(String),
    /// The connection, or the attempt, has ended, and there will be another.
    Disconnected {
        /// Why.
        reason: &'a Lost,
        /// The time until the next attempt.
        retry_in: Duration,
    },
}

/// A connection that is up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Established {
    /// The server, as the profile names it.
    pub host: String,
    /// Its address.
    pub address: SocketAddr,
    /// UDP or TCP.
    pub transport: Transport,
    /// The peer id in data packets.
    pub peer_id: u32,
    /// The data cipher.
    pub cipher: DataCipher,
    /// Whether data packets have the epoch format.
    pub epoch: bool,
    /// Key id of the first key.
    pub key_id: u8,
    /// TLS version and suite.
    pub tls: String,
    /// Keepalive: a ping after this silence; zero is never.
    pub ping: Duration,
    /// Keepalive: the connection counts as lost after this silence; zero is never.
    pub ping_timeout: Duration,
    /// The MSS clamp given to the driver; 0 is off.
    pub mss: u16,
    /// What the interface was configured to.
    pub tunnel: TunnelConfig,
    /// The time from the first packet until the first key was in the driver.
    pub took: Duration,
}

/// Something to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question<'a> {
    /// The passphrase of the private key.
    KeyPassphrase {
        /// Where the key is named.
        at: &'a Location,
        /// The last answer was wrong.
        again: bool,
    },
    /// The user name.
    Username,
    /// The password of a user.
    Password {
        /// The user name.
        username: &'a str,
        /// The server has refused the last one.
        again: bool,
    },
    /// The question of the profile's `static-challenge`.
    StaticChallenge {
        /// The question.
        text: &'a str,
        /// Whether the answer may be seen.
        echo: bool,
    },
    /// A question of the server.
    Challenge(&'a DynamicChallenge),
}

impl Question<'_> {
    /// Whether the answer may be seen while it is typed.
    pub fn may_echo(&self) -> bool {
        match self {
            Self::Username => true,
            Self::KeyPassphrase { .. } | Self::Password { .. } => false,
            Self::StaticChallenge { echo, .. } => *echo,
            Self::Challenge(challenge) => challenge.echo,
        }
    }
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPassphrase { at, again } => {
                let again = if *again { "That was wrong. " } else { "" };
                write!(f, "{again}Passphrase of the private key ({at})")
            }
            Self::Username => f.write_str("User name"),
            Self::Password { username, again } => {
                let again = if *again { "The server has refused it. " } else { "" };
                write!(f, "{again}Password of {username}")
            }
            Self::StaticChallenge { text, .. } => f.write_str(text),
            Self::Challenge(challenge) => f.write_str(&challenge.text),
        }
    }
}
