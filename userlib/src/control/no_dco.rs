//! When the driver's data channel can't be used for a session ("DCO is impossible").
//!
//! What a profile can show is found by [`Profile`](crate::profile::Profile); this is what only the server shows.

/// Why a server's data channel is not one that the driver can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoDco {
    /// No `peer-id`: the server is older than OpenVPN 2.4, or told to leave it out.
    #[error(
        "the server pushed no peer-id; the driver only knows data packets that carry one (OpenVPN 2.4 and later)"
    )]
    NoPeerId,
    /// A `peer-id` outside 0 to 16777214.
    #[error("the server pushed the peer-id {0}, which is not one")]
    PeerId(String),
    /// A cipher that isn't AEAD, or not one that this machine's driver has.
    #[error("the server wants the cipher {0}, which the driver can't do")]
    Cipher(String),
    /// No cipher at all, neither pushed nor to be guessed.
    #[error("the server named no data cipher, and the profile has no data-ciphers-fallback")]
    NoCipher,
    /// Compression framing.
    #[error("the server pushed \"{0}\"; the driver knows no compression framing")]
    Compression(String),
    /// `fragment`.
    #[error("the server pushed \"fragment\"; the driver neither splits packets nor puts them together")]
    Fragment,
    /// A `protocol-flags` or `key-derivation` that isn't known: data could look different.
    #[error("the server wants \"{0}\", which is not known here; its data packets could not be read")]
    ProtocolFlag(String),
    /// The epoch format, which wasn't offered.
    #[error("the server wants the epoch data format, which this driver can't do")]
    Epoch,
    /// A larger MTU than the adapter's.
    #[error("the server pushed \"tun-mtu {0}\"; the driver's adapter carries packets of at most {1} bytes")]
    TunMtu(u32, u16),
}
