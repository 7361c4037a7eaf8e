//! tls-auth: `head | HMAC | replay id 4 | time 4 | body`, the HMAC over `replay id | time | head | body`.

use hmac::{Hmac, KeyInit, Mac};
use zeroize::Zeroizing;

use super::super::DropReason;
use super::super::packet::HEAD_LEN;
use super::replay::ReplayId;
use super::static_key::{KeyDirection, StaticKey};

/// A digest that `auth` may name. It protects control packets under tls-auth; data packets use AEAD ciphers, which
/// bring their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthDigest {
    /// 16 bytes.
    Md5,
    /// 20 bytes; the default.
    #[default]
    Sha1,
    /// 28 bytes.
    Sha224,
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
}

impl AuthDigest {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// The digest with this name, as OpenVPN writes it (`SHA256`, `sha-256`, `RSA-SHA256`).
    pub fn by_name(name: &str) -> Option<Self> {
        let plain = name.to_ascii_uppercase().replace('-', "");
        let plain = plain.strip_prefix("RSA").unwrap_or(&plain);
        Self::ALL.into_iter().find(|digest| digest.name() == plain)
    }

    /// OpenVPN's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// Length of its output, and of the key that tls-auth uses with it, in bytes.
    pub fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn hmac(self, key: &[u8], parts: [&[u8]; 3]) -> Vec<u8> {
        fn run<M: Mac + KeyInit>(key: &[u8], parts: [&[u8]; 3]) -> Vec<u8> {
            // An HMAC takes keys of any length, so the error arm is never taken.
            let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
                return Vec::new();
            };
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Md5 => run::<Hmac<md5::Md5>>(key, parts),
            Self::Sha1 => run::<Hmac<sha1::Sha1>>(key, parts),
            Self::Sha224 => run::<Hmac<sha2::Sha224>>(key, parts),
            Self::Sha256 => run::<Hmac<sha2::Sha256>>(key, parts),
            Self::Sha384 => run::<Hmac<sha2::Sha384>>(key, parts),
            Self::Sha512 => run::<Hmac<sha2::Sha512>>(key, parts),
        }
    }
}

/// Both directions of one tls-auth key.
pub(super) struct TlsAuth {
    digest: AuthDigest,
    send: Zeroizing<[u8; 64]>,
    receive: Zeroizing<[u8; 64]>,
}

impl TlsAuth {
    pub(super) fn new(key: &StaticKey, direction: KeyDirection, digest: AuthDigest) -> Self {
        let (first, second) = (|| key.field::<64, 64>(), || key.field::<192, 64>());
        let (send, receive) = match direction {
            KeyDirection::Normal => (first(), second()),
            KeyDirection::Inverse => (second(), first()),
            KeyDirection::Bidirectional => (first(), first()),
        };
        Self {
            digest,
            send,
            receive,
        }
    }

    pub(super) fn overhead(&self) -> usize {
        self.digest.output_len() + 8
    }

    pub(super) fn wrap(&self, id: ReplayId, head: [u8; HEAD_LEN], body: &[u8]) -> Vec<u8> {
        let hmac = self.hmac(&self.send, id, &head, body);
        [&head[..], &hmac, &id.to_bytes(), body].concat()
    }

    pub(super) fn unwrap(
        &self,
        head: &[u8; HEAD_LEN],
        rest: &[u8],
    ) -> Result<(ReplayId, Vec<u8>), DropReason> {
        let (hmac, rest) = rest
            .split_at_checked(self.digest.output_len())
            .ok_or(DropReason::TooShort)?;
        let (id, body) = rest.split_first_chunk::<8>().ok_or(DropReason::TooShort)?;
        let id = ReplayId::from_bytes(*id);
        let expected = self.hmac(&self.receive, id, head, body);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(&expected[..], hmac)) {
            return Err(DropReason::Authentication);
        }
        Ok((id, body.to_vec()))
    }

    fn hmac(&self, key: &[u8; 64], id: ReplayId, head: &[u8], body: &[u8]) -> Vec<u8> {
        let key = key.get(..self.digest.output_len()).unwrap_or(key);
        self.digest.hmac(key, [&id.to_bytes(), head, body])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_found_by_any_spelling() {
        for digest in AuthDigest::ALL {
            assert_eq!(AuthDigest::by_name(digest.name()), Some(digest));
            assert_eq!(AuthDigest::by_name(&digest.name().to_lowercase()), Some(digest));
            assert_eq!(digest.hmac(b"k", [b"a", b"b", b"c"]).len(), digest.output_len());
        }
        assert_eq!(AuthDigest::by_name("sha-256"), Some(AuthDigest::Sha256));
        assert_eq!(AuthDigest::by_name("RSA-SHA512"), Some(AuthDigest::Sha512));
        assert_eq!(AuthDigest::by_name("whirlpool"), None);
    }
}
