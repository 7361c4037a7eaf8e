//! Profiles: the `.ovpn` files that say which server to connect to, and how.
//!
//! [`Profile::load`] and [`Profile::parse`] read every line into types, files and inline blocks included, or refuse it
//! with a sentence that names the option, the file and the line. Three things may happen to an option: it is read; it
//! is ignored for a reason that [`Profile::notices`] keeps; it is refused, as unknown, as impossible with the driver's
//! data channel, or as not supported here. Nothing is passed over in silence that OpenVPN would act upon.
//!
//! Follows the OpenVPN manual, client options of 2.6 and 2.7.

mod apply;
mod build;
mod directive;
mod error;
mod files;
mod remote;
mod table;

pub use error::{Location, ProfileError};
pub use files::{FileSource, FileSystem, NoFiles};
pub use remote::{Family, MssFix, Proto, Remote, Transport};

use core::time::Duration;
use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use crate::control::DataCipher;
use crate::options::TunnelOptions;

/// A client's profile. Holds keys and passwords, so it has no `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Profile {
    /// What the profile is called in messages: its file name as given.
    pub name: String,
    /// The servers to try, in this order. Never empty.
    pub remotes: Vec<Remote>,
    /// `remote-random`: shuffle them first.
    pub remote_random: bool,
    /// Waiting and giving up between attempts.
    pub retry: RetryPolicy,
    /// `dev-node`: which adapter to use; the first free one, if `None`.
    pub dev_node: Option<String>,
    /// `persist-tun`: keep the adapter through a reconnect.
    pub persist_tun: bool,
    /// Certificates, keys, and what to demand of the server's.
    pub tls: TlsOptions,
    /// User name and password.
    pub auth: AuthOptions,
    /// `data-ciphers`, in order of preference. Never empty.
    pub data_ciphers: Vec<DataCipher>,
    /// `data-ciphers-fallback`: the cipher for a server that doesn't negotiate one.
    pub fallback_cipher: Option<DataCipher>,
    /// Renegotiation and time limits of the control channel.
    pub timing: Timing,
    /// What the profile says about the tunnel; a server's push is laid over it.
    pub tunnel: TunnelOptions,
    /// `route-nopull`: take no routes, name servers or redirection from the server.
    pub route_nopull: bool,
    /// `route-noexec`: install no routes.
    pub route_noexec: bool,
    /// `pull-filter`, in order: the first that matches a pushed option decides.
    pub pull_filters: Vec<PullFilter>,
    /// `setenv UV_...` and `setenv IV_...`: variables to send to the server.
    pub peer_info: Vec<(String, String)>,
    /// `push-peer-info`: tell the server about this machine.
    pub push_peer_info: bool,
    /// What was ignored, and why, for the user to read.
    pub notices: Vec<Notice>,
}

/// An option that was read past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where it stands.
    pub at: Location,
    /// The option.
    pub option: String,
    /// Why it has no effect, as a clause.
    pub reason: String,
}

/// `connect-retry`, `connect-retry-max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Wait this long before the first new attempt (1 s); doubled after each round through the servers.
    pub wait: Duration,
    /// Never wait longer than this (300 s).
    pub wait_max: Duration,
    /// Give up after this many rounds through the servers; never, if `None`.
    pub rounds_max: Option<u32>,
}

/// Time limits of the control channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// `reneg-sec`: renegotiate this often (3600 s); zero: leave it to the server.
    pub renegotiate: Duration,
    /// `hand-window`: a negotiation may take this long (60 s).
    pub hand_window: Duration,
    /// `tran-window`: an old key stays valid this long (3600 s).
    pub tran_window: Duration,
    /// `tls-timeout`: first wait before a control packet is sent again (2 s); doubled each time.
    pub tls_timeout: Duration,
    /// `max-packet-size`: the largest control packet with IP and UDP headers, in bytes (1250).
    pub max_packet_size: usize,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            renegotiate: Duration::from_secs(3600),
            hand_window: Duration::from_secs(60),
            tran_window: Duration::from_secs(3600),
            tls_timeout: Duration::from_secs(2),
            max_packet_size: 1250,
        }
    }
}

/// A PEM text and where it comes from. Without `Debug`, and wiped when dropped: it may be a private key.
#[derive(Clone)]
pub struct Pem {
    /// The option that names it or holds it.
    pub at: Location,
    /// The option's name.
    pub option: &'static str,
    /// The text.
    pub text: Zeroizing<String>,
}

/// Certificates, keys, and what to demand of the server's certificate.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct TlsOptions {
    /// `ca`: authorities. `None` only with fingerprints.
    pub ca: Option<Pem>,
    /// `cert` with `extra-certs`: this client's certificate and its chain.
    pub cert: Option<Pem>,
    /// `extra-certs`: more of the chain.
    pub extra_certs: Option<Pem>,
    /// `key`: its private key.
    pub key: Option<Pem>,
    /// `askpass FILE`: the passphrase of that key.
    pub key_passphrase: Option<Zeroizing<String>>,
    /// `crl-verify`: revoked certificates.
    pub crl: Option<Pem>,
    /// `peer-fingerprint`: SHA-256 of the server certificates to accept; empty: any that the authorities vouch for.
    pub peer_fingerprints: Vec<[u8; 32]>,
    /// `remote-cert-tls server`, or `remote-cert-eku` of the same: the certificate must be meant for servers.
    pub remote_cert_tls: bool,
    /// `verify-x509-name`.
    pub verify_name: Option<VerifyName>,
    /// `tls-version-min`, `tls-version-max`.
    pub versions: TlsVersions,
}

/// Which versions of TLS may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsVersions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 only.
    Tls12,
    /// 1.3 only.
    Tls13,
}

/// `verify-x509-name`: what the server's certificate must be called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyName {
    /// The whole subject, as `C=KG, ST=NA, CN=Server`.
    Subject(String),
    /// The common name.
    Name(String),
    /// The beginning of the common name.
    NamePrefix(String),
}

/// A user name and its password. Without `Debug`; both are wiped when dropped.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub username: Zeroizing<String>,
    /// Password.
    pub password: Zeroizing<String>,
}

/// `auth-user-pass` and what belongs to it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct AuthOptions {
    /// `auth-user-pass`: the server wants a user name and a password.
    pub needed: bool,
    /// The user name, if a file or block states it.
    pub username: Option<Zeroizing<String>>,
    /// The password, if a file or block states it.
    pub password: Option<Zeroizing<String>>,
    /// `auth-retry`: what to do after the server refused them.
    pub retry: AuthRetry,
    /// `auth-nocache`: ask again for each connection.
    pub nocache: bool,
    /// `static-challenge`.
    pub static_challenge: Option<StaticChallenge>,
}

/// `auth-retry`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthRetry {
    /// End.
    #[default]
    None,
    /// Try again with the same.
    NoInteract,
    /// Ask again.
    Interact,
}

/// `static-challenge`: a question to answer beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticChallenge {
    /// The question.
    pub text: String,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
    /// Append the answer to the password, instead of sending both as `SCRV1`.
    pub concat: bool,
}

/// `pull-filter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullFilter {
    /// What to do with a pushed option that begins with the text.
    pub action: PullAction,
    /// The text.
    pub prefix: String,
}

/// What a [`PullFilter`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullAction {
    /// Take the option.
    Accept,
    /// Leave it.
    Ignore,
    /// End the connection.
    Reject,
}

impl Profile {
    /// Reads a profile from a file. Files that it names are sought beside it.
    ///
    /// # Errors
    /// What is wrong, and who can put it right.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let failed = |source| ProfileError::File {
            at: None,
            option: String::new(),
            path: path.to_owned(),
            source,
        };
        let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
        let text = core::str::from_utf8(&bytes)
            .map_err(|e| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, e)))?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&path.display().to_string(), text, &FileSystem::beside(base))
    }

    /// Reads a profile from its text.
    ///
    /// # Errors
    /// What is wrong, and who can put it right.
    pub fn parse(name: &str, text: &str, files: &dyn FileSource) -> Result<Self, ProfileError> {
        build::profile(name, text, files)
    }
}
