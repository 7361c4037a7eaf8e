//! What a client tells its driver.

use core::time::Duration;

use super::key_method::KeyMethodError;
use super::message::{AuthFailure, Info, Restart};
use super::push::{PushError, PushReply};
use super::verify::CertificateRefusal;
use super::{DataCipher, DataKey};

/// Something that happened, or that has to be done. They come in the order in which they have to be handled.
#[non_exhaustive]
pub enum Event {
    /// A connection attempt got further.
    Progress(Stage),
    /// The session is agreed: bring the tunnel up. [`Event::InstallKey`] follows.
    Connected(Box<Connected>),
    /// Install this key in the driver.
    InstallKey(Box<DataKey>),
    /// Swap the driver's key slots: from now on send with this key id.
    SwapKeys {
        /// The key id that becomes primary.
        key_id: u8,
    },
    /// A negotiation of another key has begun.
    Renegotiating {
        /// Its key id.
        key_id: u8,
        /// Whether the server began it.
        by_server: bool,
    },
    /// The server has not decided yet whether to let this client in, for instance because of a login by browser.
    AuthPending {
        /// How long it may take.
        timeout: Duration,
    },
    /// Something for the user: a text, an address to open, a question.
    Info(Info),
    /// The session has ended; the last event. What [`Client::poll_transmit`](super::Client::poll_transmit) still has
    /// should be sent.
    Closed(CloseReason),
}

/// How far a connection attempt has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Stage {
    /// Waiting for the server's first answer.
    #[error("waiting for the server's first answer")]
    Contacting,
    /// In the TLS handshake.
    #[error("in the TLS handshake")]
    Tls,
    /// Waiting for the server's part of the key exchange.
    #[error("exchanging keys")]
    KeyExchange,
    /// Waiting for the server's options.
    #[error("waiting for the server's options")]
    WaitingForPush,
    /// Connected.
    #[error("connected")]
    Connected,
}

/// What was agreed with the server. Holds a token that stands for a password, so it has no `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connected {
    /// What the server pushed, laid over the profile.
    pub push: PushReply,
    /// The peer id of data packets.
    pub peer_id: u32,
    /// The cipher of data packets.
    pub cipher: DataCipher,
    /// Whether data packets have the epoch format.
    pub epoch: bool,
    /// TLS version and cipher suite, for people to read.
    pub tls: String,
    /// The server's line about itself in the key exchange; mostly empty.
    pub server_info: String,
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This end wanted it.
    #[error("closed by this end")]
    Exited,
    /// The server left.
    #[error("the server has ended the session")]
    ServerExited,
    /// The server wants a new connection.
    #[error("the server asks for a new connection{}", words(&.0.reason))]
    Restart(Restart),
    /// The server wants no connection.
    #[error("the server has stopped this client{}", words(.0))]
    Halt(String),
    /// The server refuses user, password or client.
    #[error("the server refuses the login{}", auth_words(.0))]
    AuthFailed(AuthFailure),
    /// A negotiation took too long.
    #[error("no connection within {} s: {stage}", after.as_secs())]
    Timeout {
        /// How far it got.
        stage: Stage,
        /// The limit.
        after: Duration,
    },
    /// A negotiation of another key took too long.
    #[error("the renegotiation of keys was not complete within {} s", .0.as_secs())]
    RenegotiationTimeout(Duration),
    /// The server's certificate is not what the profile demands.
    #[error(transparent)]
    Certificate(CertificateRefusal),
    /// TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(rustls::Error),
    /// The key exchange failed.
    #[error(transparent)]
    KeyMethod(#[from] KeyMethodError),
    /// The server's options can't be used.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The server sends endless text.
    #[error("the server sent a control message without an end")]
    EndlessString,
}

fn words(reason: &str) -> String {
    if reason.is_empty() {
        String::new()
    } else {
        format!(": {reason}")
    }
}

fn auth_words(failure: &AuthFailure) -> String {
    match failure {
        AuthFailure::Denied { reason } if reason.is_empty() => {
            " (wrong user name, password or certificate)".into()
        }
        AuthFailure::Denied { reason } => words(reason),
        AuthFailure::Temporary { reason, .. } => format!(" for now{}", words(reason)),
        AuthFailure::SessionExpired { reason } => format!(", the session has expired{}", words(reason)),
        AuthFailure::Challenge(_) => ", and asks a question first".into(),
    }
}
