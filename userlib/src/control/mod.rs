//! The client side of OpenVPN's control channel, without I/O.
//!
//! [`Client`] is the state machine: packets and time go in, packets and [`Event`]s come out. Its type documentation
//! states the calling order. Below it, from the wire up: [`packet`] (bytes), [`wrap`] (tls-auth, tls-crypt,
//! tls-crypt-v2), reliability, TLS by rustls, the key exchange, `PUSH_REPLY`, data keys.
//!
//! Follows the OpenVPN 2.x protocol as spoken by 2.4 to 2.8. Left out: the server's side, key method 1, static key
//! mode, `PUSH_UPDATE` (never announced), asymmetric peer ids (never announced).

mod cipher;
mod client;
mod config;
mod drop_reason;
mod event;
mod key_method;
mod keys;
mod message;
mod negotiation;
mod no_dco;
pub mod packet;
mod prf;
mod push;
mod random;
mod reliable;
#[cfg(test)]
mod simulation;
mod tls;
mod verify;
pub mod wrap;

pub use cipher::DataCipher;
pub use client::Client;
pub(crate) use config::check_credentials;
pub use config::{Config, ConfigError, DriverAbilities};
pub use drop_reason::{DropReason, Drops};
pub use event::{CloseReason, Connected, Event, Stage};
pub use key_method::{ClientRandom, KeyMethodError, ServerRandom};
pub use keys::{DataKey, DirectionKey, KEY_BLOCK_LEN, KeyBlock, KeySlot};
pub use message::{
    Advance, AuthFailure, DynamicChallenge, Info, Restart, TextChallenge, static_challenge_password,
};
pub use no_dco::NoDco;
pub use push::{ProtocolFlags, PushError, PushReply};
pub use random::{Random, SystemRandom};
pub use tls::{TlsConfig, TlsSetupError};
pub use verify::CertificateRefusal;
