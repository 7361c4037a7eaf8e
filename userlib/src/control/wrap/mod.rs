//! Wrapping of control packets: none, tls-auth, tls-crypt, tls-crypt-v2 (OpenVPN control channel, wrapping).
//!
//! A [`Wrapper`] is one direction pair under one key: it numbers and protects what is sent, and checks what is
//! received, replays included. The same type serves a server's side, which the tests use.
//!
//! Left out: the server's side of tls-crypt-v2 (unwrapping a client key); a client treats its wrapped key as
//! opaque bytes.

mod replay;
mod static_key;
mod tls_auth;
mod tls_crypt;

pub use replay::ReplayId;
pub use static_key::{KeyDirection, KeyFileError, StaticKey, TlsCryptV2ClientKey, WKC_MAX};
pub use tls_auth::AuthDigest;

use replay::{ReplayIds, ReplayWindow};
use tls_auth::TlsAuth;
use tls_crypt::TlsCrypt;

use super::DropReason;
use super::packet::{HEAD_LEN, Head, Opcode};

/// Which end of the session this is; it selects the halves of a static key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The end that starts the session.
    Client,
    /// The end that answers.
    Server,
}

/// First replay id of a tls-crypt-v2 client: its first byte says that the sender can do the cookie exchange.
pub const EARLY_NEGOTIATION_START: u32 = 0x0f00_0001;

/// How control packets are protected, apart from TLS itself. Holds keys, so it has no `Debug`.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Wrapping {
    /// Not at all.
    #[default]
    None,
    /// `tls-auth`: an HMAC.
    TlsAuth {
        /// The shared key.
        key: StaticKey,
        /// Which half of it is whose.
        direction: KeyDirection,
        /// The `auth` digest.
        digest: AuthDigest,
    },
    /// `tls-crypt`: encrypted and authenticated under a key that all clients share.
    TlsCrypt {
        /// The shared key.
        key: StaticKey,
    },
    /// `tls-crypt-v2`: the same under a key of this client's own.
    TlsCryptV2 {
        /// The client's key and the form of it that only the server can read.
        key: TlsCryptV2ClientKey,
    },
}

impl Wrapping {
    /// The wrapper for the packets of key id 0. `time`: seconds since 1970, now.
    pub fn wrapper(&self, role: Role, time: u32) -> Wrapper {
        match self {
            Self::None => Wrapper::none(),
            Self::TlsAuth {
                key,
                direction,
                digest,
            } => Wrapper::tls_auth(key, *direction, *digest, time),
            Self::TlsCrypt { key } => Wrapper::tls_crypt(key, role, time),
            Self::TlsCryptV2 { key } => Wrapper::tls_crypt_from(
                key.key(),
                role,
                ReplayId {
                    time,
                    id: if role == Role::Client {
                        EARLY_NEGOTIATION_START
                    } else {
                        1
                    },
                },
            ),
        }
    }

    /// The static key that a dynamic tls-crypt key is mixed with.
    pub(crate) fn static_key(&self) -> Option<&StaticKey> {
        match self {
            Self::None => None,
            Self::TlsAuth { key, .. } | Self::TlsCrypt { key } => Some(key),
            Self::TlsCryptV2 { key } => Some(key.key()),
        }
    }

    /// The client's wrapped key, with tls-crypt-v2.
    pub(crate) fn wrapped_client_key(&self) -> Option<&[u8]> {
        match self {
            Self::TlsCryptV2 { key } => Some(key.wrapped()),
            _ => None,
        }
    }
}

/// Protects and checks the control packets of one key.
pub struct Wrapper {
    kind: Kind,
    ids: ReplayIds,
    window: ReplayWindow,
}

enum Kind {
    None,
    TlsAuth(TlsAuth),
    TlsCrypt(TlsCrypt),
}

/// A packet out of its wrapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// The part that was readable all along.
    pub head: Head,
    /// The rest, to be read by [`Body::parse`](super::packet::Body::parse).
    pub body: Vec<u8>,
    /// The sender's count; `None` without wrapping.
    pub replay_id: Option<ReplayId>,
}

impl Wrapper {
    /// Leaves packets as they are.
    pub fn none() -> Self {
        Self::new(Kind::None, ReplayId { time: 0, id: 1 })
    }

    /// `tls-auth` with this key, direction of this end, and digest. `time`: seconds since 1970, now.
    pub fn tls_auth(key: &StaticKey, direction: KeyDirection, digest: AuthDigest, time: u32) -> Self {
        let kind = Kind::TlsAuth(TlsAuth::new(key, direction, digest));
        Self::new(kind, ReplayId { time, id: 1 })
    }

    /// `tls-crypt` with this key. `time`: seconds since 1970, now.
    pub fn tls_crypt(key: &StaticKey, role: Role, time: u32) -> Self {
        Self::tls_crypt_from(key, role, ReplayId { time, id: 1 })
    }

    /// `tls-crypt`, counting from `first` on.
    pub fn tls_crypt_from(key: &StaticKey, role: Role, first: ReplayId) -> Self {
        Self::new(Kind::TlsCrypt(TlsCrypt::new(key, role)), first)
    }

    fn new(kind: Kind, first: ReplayId) -> Self {
        Self {
            kind,
            ids: ReplayIds::starting_at(first),
            window: ReplayWindow::default(),
        }
    }

    /// Bytes that the wrapping adds to each packet.
    pub fn overhead(&self) -> usize {
        match &self.kind {
            Kind::None => 0,
            Kind::TlsAuth(auth) => auth.overhead(),
            Kind::TlsCrypt(_) => TlsCrypt::OVERHEAD,
        }
    }

    /// Whether packets are authenticated at all.
    pub fn is_authentic(&self) -> bool {
        !matches!(self.kind, Kind::None)
    }

    /// Makes `next` the replay id of the packet that is sent next, to go on where another instance stopped.
    /// A replay id must never be used twice under one key.
    pub fn resume_at(&mut self, next: ReplayId) {
        self.ids = ReplayIds::starting_at(next);
    }

    /// The packet to send. Every call counts, a repeated packet's too.
    pub fn wrap(&mut self, head: Head, body: &[u8]) -> Vec<u8> {
        match &self.kind {
            Kind::None => [&head.to_bytes()[..], body].concat(),
            Kind::TlsAuth(auth) => auth.wrap(self.ids.take(), head.to_bytes(), body),
            Kind::TlsCrypt(crypt) => crypt.wrap(self.ids.take(), head.to_bytes(), body),
        }
    }

    /// Checks a received packet and takes it out of its wrapping.
    ///
    /// A client's packets that carry its wrapped key ([`Opcode::HardResetClientV3`], [`Opcode::ControlWkc`]) must
    /// come without it: see [`split_wkc`].
    ///
    /// # Errors
    /// Why it is to be dropped; then nothing has changed.
    pub fn unwrap(&mut self, packet: &[u8]) -> Result<Unwrapped, DropReason> {
        let head = Head::parse(packet)?;
        let (head_bytes, rest) = packet
            .split_first_chunk::<HEAD_LEN>()
            .ok_or(DropReason::TooShort)?;
        let (replay_id, body) = match &self.kind {
            Kind::None => {
                return Ok(Unwrapped {
                    head,
                    body: rest.to_vec(),
                    replay_id: None,
                });
            }
            Kind::TlsAuth(auth) => auth.unwrap(head_bytes, rest)?,
            Kind::TlsCrypt(crypt) => crypt.unwrap(head_bytes, rest)?,
        };
        self.window.accept(replay_id)?;
        Ok(Unwrapped {
            head,
            body,
            replay_id: Some(replay_id),
        })
    }
}

/// Splits a client's packet that carries its wrapped key into the packet and the key. The key's last two bytes say
/// how long it is. Returns `None` for other packets and for impossible lengths.
pub fn split_wkc(packet: &[u8]) -> Option<(&[u8], &[u8])> {
    let opcode = Opcode::from_first_byte(*packet.first()?)?;
    if !matches!(opcode, Opcode::HardResetClientV3 | Opcode::ControlWkc) {
        return None;
    }
    let length = usize::from(u16::from_be_bytes(*packet.last_chunk::<2>()?));
    packet.split_at_checked(packet.len().checked_sub(length)?)
}

#[cfg(test)]
mod tests {
    use super::super::packet::SessionId;
    use super::*;

    const HEAD: Head = Head {
        opcode: Opcode::Control,
        key_id: 3,
        session_id: SessionId([9, 8, 7, 6, 5, 4, 3, 2]),
    };

    fn key(seed: u8) -> StaticKey {
        StaticKey::from_bytes(core::array::from_fn(|i| {
            seed.wrapping_add(u8::try_from(i % 251).unwrap())
        }))
    }

    fn pairs() -> Vec<(&'static str, Wrapper, Wrapper)> {
        let mut pairs = vec![
            ("none", Wrapper::none(), Wrapper::none()),
            (
                "tls-crypt",
                Wrapper::tls_crypt(&key(1), Role::Client, 5),
                Wrapper::tls_crypt(&key(1), Role::Server, 5),
            ),
        ];
        for digest in AuthDigest::ALL {
            for (ours, theirs) in [
                (KeyDirection::Inverse, KeyDirection::Normal),
                (KeyDirection::Bidirectional, KeyDirection::Bidirectional),
            ] {
                let ours = Wrapper::tls_auth(&key(2), ours, digest, 5);
                let theirs = Wrapper::tls_auth(&key(2), theirs, digest, 5);
                pairs.push((digest.name(), ours, theirs));
            }
        }
        pairs
    }

    #[test]
    fn what_one_end_wraps_the_other_unwraps_once() {
        for (why, mut client, mut server) in pairs() {
            let packet = client.wrap(HEAD, b"body");
            assert_eq!(packet.len(), HEAD_LEN + 4 + client.overhead(), "{why}");
            let plain = server.unwrap(&packet).unwrap();
            assert_eq!((plain.head, &plain.body[..]), (HEAD, &b"body"[..]), "{why}");
            if client.is_authentic() {
                assert_eq!(server.unwrap(&packet), Err(DropReason::Replay), "{why}");
                let again = client.wrap(HEAD, b"body");
                assert_ne!(again, packet, "{why}");
                assert!(server.unwrap(&again).is_ok(), "{why}");
            }
        }
    }

    #[test]
    fn any_changed_bit_is_noticed_and_changes_nothing() {
        for (why, mut client, mut server) in pairs().into_iter().filter(|(_, c, _)| c.is_authentic()) {
            let packet = client.wrap(HEAD, b"body");
            for i in 1..packet.len() {
                let mut forged = packet.clone();
                forged[i] ^= 0x10;
                assert_eq!(
                    server.unwrap(&forged),
                    Err(DropReason::Authentication),
                    "{why} byte {i}"
                );
            }
            for length in 0..packet.len() {
                assert!(server.unwrap(&packet[..length]).is_err(), "{why} length {length}");
            }
            assert!(server.unwrap(&packet).is_ok(), "{why}");
        }
    }

    #[test]
    fn the_wrapped_client_key_comes_off_by_its_own_length() {
        let wkc = [&[7u8; 30][..], &[0, 32]].concat();
        let packet = [&[0x58][..], &[1; 20], &wkc].concat();
        assert_eq!(split_wkc(&packet), Some((&packet[..21], &wkc[..])));
        assert_eq!(split_wkc(&[0x20, 0, 1]), None, "not a packet that carries one");
        assert_eq!(split_wkc(&[0x58, 0xff, 0xff]), None, "longer than the packet");
    }
}
