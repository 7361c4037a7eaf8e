//! tls-crypt: `head | replay id 4 | time 4 | tag 32 | ciphertext`.
//!
//! The tag is HMAC-SHA256 over head, replay id, time and plaintext; its first half is the IV of AES-256-CTR.

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::DropReason;
use super::super::packet::HEAD_LEN;
use super::replay::ReplayId;
use super::{Role, StaticKey};

const TAG_LEN: usize = 32;
const IV_LEN: usize = 16;

/// Both directions of one tls-crypt key.
pub(super) struct TlsCrypt {
    send: Keys,
    receive: Keys,
}

struct Keys {
    cipher: Zeroizing<[u8; 32]>,
    /// 32 bytes of key, filled up with zeros to SHA-256's block, which is what HMAC does first.
    hmac: Zeroizing<[u8; 64]>,
}

impl TlsCrypt {
    /// Replay id, time and tag.
    pub(super) const OVERHEAD: usize = 8 + TAG_LEN;

    pub(super) fn new(key: &StaticKey, role: Role) -> Self {
        let client = || Keys::new(key.field::<128, 32>(), key.field::<192, 32>());
        let server = || Keys::new(key.field::<0, 32>(), key.field::<64, 32>());
        match role {
            Role::Client => Self {
                send: client(),
                receive: server(),
            },
            Role::Server => Self {
                send: server(),
                receive: client(),
            },
        }
    }

    pub(super) fn wrap(&self, id: ReplayId, head: [u8; HEAD_LEN], body: &[u8]) -> Vec<u8> {
        let tag: [u8; TAG_LEN] = self.send.mac(&head, id, body).finalize().into_bytes().into();
        let mut packet = Vec::with_capacity(HEAD_LEN + Self::OVERHEAD + body.len());
        packet.extend_from_slice(&head);
        packet.extend_from_slice(&id.to_bytes());
        packet.extend_from_slice(&tag);
        let start = packet.len();
        packet.extend_from_slice(body);
        self.send.crypt(&tag, &mut packet[start..]);
        packet
    }

    pub(super) fn unwrap(
        &self,
        head: &[u8; HEAD_LEN],
        rest: &[u8],
    ) -> Result<(ReplayId, Vec<u8>), DropReason> {
        let (id, rest) = rest.split_first_chunk::<8>().ok_or(DropReason::TooShort)?;
        let (tag, ciphertext) = rest.split_first_chunk::<TAG_LEN>().ok_or(DropReason::TooShort)?;
        let id = ReplayId::from_bytes(*id);
        let mut body = ciphertext.to_vec();
        self.receive.crypt(tag, &mut body);
        let mac = self.receive.mac(head, id, &body);
        mac.verify_slice(tag).map_err(|_| DropReason::Authentication)?;
        Ok((id, body))
    }
}

impl Keys {
    fn new(cipher: Zeroizing<[u8; 32]>, hmac: Zeroizing<[u8; 32]>) -> Self {
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(&*hmac);
        Self { cipher, hmac: block }
    }

    fn mac(&self, head: &[u8; HEAD_LEN], id: ReplayId, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*self.hmac).into());
        mac.update(head);
        mac.update(&id.to_bytes());
        mac.update(body);
        mac
    }

    fn crypt(&self, tag: &[u8; TAG_LEN], bytes: &mut [u8]) {
        let mut iv = [0; IV_LEN];
        iv.copy_from_slice(&tag[..IV_LEN]);
        ctr::Ctr128BE::<Aes256>::new((&*self.cipher).into(), &iv.into()).apply_keystream(bytes);
    }
}
