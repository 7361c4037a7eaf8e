//! What a client needs to know before it starts.

use core::time::Duration;

use super::key_method::CREDENTIAL_MAX;
use super::wrap::Wrapping;
use super::{DataCipher, TlsConfig};
use crate::options::TunnelOptions;
use crate::profile::{Profile, PullFilter, Remote, Timing};

/// What the driver on this machine can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverAbilities {
    /// Keys of the epoch format (driver version 2.8 and later).
    pub epoch: bool,
    /// Its ciphers.
    pub ciphers: Vec<DataCipher>,
    /// The largest packet that its adapter carries, in bytes.
    pub mtu_max: u16,
}

impl DriverAbilities {
    /// A driver of this version that has every cipher.
    pub fn of_version(major: u32, minor: u32) -> Self {
        Self {
            epoch: (major, minor) >= (2, 8),
            ciphers: DataCipher::ALL.to_vec(),
            mtu_max: 1500,
        }
    }

    /// The same without a cipher: CHACHA20-POLY1305 depends on the Windows version.
    #[must_use]
    pub fn without(mut self, cipher: DataCipher) -> Self {
        self.ciphers.retain(|&known| known != cipher);
        self
    }
}

/// The configuration of one [`Client`](super::Client). Holds keys, so it has no `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Certificates and keys.
    pub tls: TlsConfig,
    /// How control packets are protected apart from TLS.
    pub wrapping: Wrapping,
    /// Ciphers to offer, in order of preference.
    pub ciphers: Vec<DataCipher>,
    /// The cipher for a server that names none.
    pub fallback_cipher: Option<DataCipher>,
    /// Offer the epoch data format.
    pub epoch: bool,
    /// Offer data keys from the TLS exporter. Without it they come from the TLS 1.0 PRF, as before OpenVPN 2.6.
    pub tls_key_export: bool,
    /// The largest packet that the adapter carries; told to the server.
    pub mtu_max: u16,
    /// Renegotiation and time limits.
    pub timing: Timing,
    /// How long to wait for the server's first answer. The whole negotiation has `timing.hand_window`.
    pub connect_timeout: Duration,
    /// Lines `NAME=value` to add to the peer info.
    pub peer_info: Vec<(String, String)>,
    /// What the user interface can do to log in (`IV_SSO`): of `webauth`, `openurl`, `crtext`. Empty: nothing.
    pub sso: Vec<&'static str>,
    /// What the profile says of the tunnel; a push is laid over it.
    pub tunnel: TunnelOptions,
    /// `pull-filter`.
    pub pull_filters: Vec<PullFilter>,
    /// `route-nopull`.
    pub route_nopull: bool,
}

/// Why a client can't be configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The profile and the driver have no cipher in common.
    #[error(
        "option \"data-ciphers\" makes data channel offload impossible: this driver has none of its ciphers ({0})"
    )]
    NoCommonCipher(String),
    /// A user name or password that is too long for the key exchange.
    #[error("the {0} is longer than {CREDENTIAL_MAX} bytes, which is all that the protocol carries")]
    TooLong(&'static str),
    /// A user name or password with a NUL or line break.
    #[error("the {0} has a line break or NUL in it")]
    ControlCharacter(&'static str),
}

impl Config {
    /// The configuration for one server of a profile, on a machine with this driver.
    ///
    /// # Errors
    /// The profile asks for what this driver can't do.
    pub fn new(
        profile: &Profile,
        remote: &Remote,
        driver: &DriverAbilities,
        tls: TlsConfig,
    ) -> Result<Self, ConfigError> {
        let ciphers: Vec<_> = profile
            .data_ciphers
            .iter()
            .copied()
            .filter(|cipher| driver.ciphers.contains(cipher))
            .collect();
        if ciphers.is_empty() {
            let names: Vec<_> = profile.data_ciphers.iter().map(|cipher| cipher.name()).collect();
            return Err(ConfigError::NoCommonCipher(names.join(":")));
        }
        let peer_info = profile.peer_info.iter().filter(|(name, _)| {
            profile.push_peer_info || matches!(name.as_str(), "IV_GUI_VER" | "IV_SSO" | "IV_HWADDR")
        });
        Ok(Self {
            tls,
            wrapping: remote.wrapping.clone(),
            ciphers,
            fallback_cipher: profile
                .fallback_cipher
                .filter(|cipher| driver.ciphers.contains(cipher)),
            epoch: driver.epoch,
            tls_key_export: true,
            mtu_max: driver.mtu_max,
            timing: profile.timing,
            connect_timeout: remote.connect_timeout.min(profile.timing.hand_window),
            peer_info: peer_info.cloned().collect(),
            sso: Vec::new(),
            tunnel: profile.tunnel.clone(),
            pull_filters: profile.pull_filters.clone(),
            route_nopull: profile.route_nopull,
        })
    }

    /// The peer info: lines that tell the server what this client is and can do.
    pub(super) fn peer_info(&self) -> String {
        let names: Vec<_> = self.ciphers.iter().map(|cipher| cipher.name()).collect();
        let mut lines = vec![
            (
                "IV_VER",
                concat!("ovpn-dco-userlib-", env!("CARGO_PKG_VERSION")).to_owned(),
            ),
            ("IV_PLAT", if cfg!(windows) { "win" } else { "linux" }.to_owned()),
            ("IV_TCPNL", "1".to_owned()),
            ("IV_MTU", self.mtu_max.to_string()),
            ("IV_CIPHERS", names.join(":")),
            ("IV_PROTO", self.iv_proto().to_string()),
        ];
        if [DataCipher::Aes128Gcm, DataCipher::Aes256Gcm]
            .iter()
            .all(|cipher| self.ciphers.contains(cipher))
        {
            lines.push(("IV_NCP", "2".to_owned()));
        }
        if !self.sso.is_empty() {
            lines.push(("IV_SSO", self.sso.join(",")));
        }
        let clean = |text: &str| text.replace(['\n', '\r', '\0'], " ");
        let extra = self
            .peer_info
            .iter()
            .map(|(name, value)| format!("{}={}\n", clean(name), clean(value)));
        lines
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .chain(extra)
            .collect()
    }

    /// What this client understands, as `IV_PROTO` counts it.
    fn iv_proto(&self) -> u32 {
        const DATA_V2: u32 = 1 << 1;
        const REQUEST_PUSH: u32 = 1 << 2;
        const TLS_KEY_EXPORT: u32 = 1 << 3;
        const AUTH_PENDING_KW: u32 = 1 << 4;
        const CC_EXIT: u32 = 1 << 7;
        const AUTH_FAIL_TEMP: u32 = 1 << 8;
        const DYN_TLS_CRYPT: u32 = 1 << 9;
        const DATA_EPOCH: u32 = 1 << 10;
        const DNS_V2: u32 = 1 << 11;
        let always =
            DATA_V2 | REQUEST_PUSH | AUTH_PENDING_KW | CC_EXIT | AUTH_FAIL_TEMP | DYN_TLS_CRYPT | DNS_V2;
        let when = |offered: bool, bit: u32| if offered { bit } else { 0 };
        always | when(self.tls_key_export, TLS_KEY_EXPORT) | when(self.epoch, DATA_EPOCH)
    }
}

/// Checks what the key exchange can carry.
///
/// # Errors
/// What is wrong with the user name or the password.
pub(crate) fn check_credentials(credentials: &crate::profile::Credentials) -> Result<(), ConfigError> {
    for (what, text) in [
        ("user name", &credentials.username),
        ("password", &credentials.password),
    ] {
        if text.len() > CREDENTIAL_MAX {
            return Err(ConfigError::TooLong(what));
        }
        if text.contains(['\n', '\r', '\0']) {
            return Err(ConfigError::ControlCharacter(what));
        }
    }
    Ok(())
}
