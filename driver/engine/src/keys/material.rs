//! Key material as user space hands it over, checked.

use crate::packet::{DataHeader, Format};
use crate::{Cipher, epoch::schedule::EPOCH_KEY_LEN};
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};
use zeroize::Zeroizing;

/// Why key material is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaterialError {
    /// Cipher NONE: a data channel that neither encrypts nor authenticates is not offered.
    NoCipher,
    /// The key length is not one of the cipher's (16, 24 or 32 for AES-GCM, 32 for ChaCha20-Poly1305), or differs
    /// between the directions.
    KeyLength,
}

/// The bytes of one direction. Wiped when dropped.
pub(super) struct Direction {
    /// The cipher key, or the first epoch key.
    key: Zeroizing<[u8; EPOCH_KEY_LEN]>,
    /// The implicit part of classic nonces.
    pub(super) nonce_tail: Zeroizing<[u8; 8]>,
}

impl Direction {
    fn new(direction: &KeyDirection) -> Self {
        Self {
            key: Zeroizing::new(direction.key),
            nonce_tail: Zeroizing::new(direction.nonce_tail),
        }
    }

    /// The key of a cipher.
    pub(super) fn cipher_key(&self, cipher: Cipher) -> &[u8] {
        self.key.get(..cipher.key_len()).unwrap_or(&[])
    }

    /// The first epoch key, whatever the cipher.
    pub(super) fn epoch_key(&self) -> &[u8; EPOCH_KEY_LEN] {
        &self.key
    }
}

/// Everything from which a [`Key`](super::Key) is made, checked. Wiped when dropped.
pub struct KeyMaterial {
    pub(super) cipher: Cipher,
    pub(super) format: Format,
    pub(super) header: DataHeader,
    pub(super) send: Direction,
    pub(super) receive: Direction,
}

impl KeyMaterial {
    /// Checks what `NEW_KEY` or `NEW_KEY_V2` brought. `peer_id` goes into the headers of sent packets.
    ///
    /// # Errors
    /// [`MaterialError`].
    pub fn new(
        cipher: CipherAlg,
        options: CryptoOptions,
        key_id: KeyId,
        peer_id: PeerId,
        encrypt: &KeyDirection,
        decrypt: &KeyDirection,
    ) -> Result<Self, MaterialError> {
        if encrypt.key_len != decrypt.key_len {
            return Err(MaterialError::KeyLength);
        }
        let cipher = match (cipher, encrypt.key_len) {
            (CipherAlg::None, _) => return Err(MaterialError::NoCipher),
            (CipherAlg::AesGcm, 16) => Cipher::Aes128Gcm,
            (CipherAlg::AesGcm, 24) => Cipher::Aes192Gcm,
            (CipherAlg::AesGcm, 32) => Cipher::Aes256Gcm,
            (CipherAlg::ChaCha20Poly1305, 32) => Cipher::ChaCha20Poly1305,
            (CipherAlg::AesGcm | CipherAlg::ChaCha20Poly1305, _) => return Err(MaterialError::KeyLength),
        };
        let format = if options.is_epoch() {
            Format::Epoch
        } else {
            Format::Classic
        };
        Ok(Self {
            cipher,
            format,
            header: DataHeader { key_id, peer_id },
            send: Direction::new(encrypt),
            receive: Direction::new(decrypt),
        })
    }

    /// The cipher, with its key size.
    pub fn cipher(&self) -> Cipher {
        self.cipher
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cipher: CipherAlg, encrypt: u8, decrypt: u8) -> Result<Cipher, MaterialError> {
        let direction = |len| KeyDirection::epoch(&[7; 32], len);
        KeyMaterial::new(
            cipher,
            CryptoOptions::CLASSIC,
            KeyId::default(),
            PeerId::new(1).unwrap(),
            &direction(encrypt),
            &direction(decrypt),
        )
        .map(|material| material.cipher())
    }

    #[test]
    fn only_the_exact_key_lengths_pass() {
        for len in 0..=u8::MAX {
            let aes = match len {
                16 => Ok(Cipher::Aes128Gcm),
                24 => Ok(Cipher::Aes192Gcm),
                32 => Ok(Cipher::Aes256Gcm),
                _ => Err(MaterialError::KeyLength),
            };
            let chacha = if len == 32 {
                Ok(Cipher::ChaCha20Poly1305)
            } else {
                Err(MaterialError::KeyLength)
            };
            assert_eq!(check(CipherAlg::AesGcm, len, len), aes, "{len}");
            assert_eq!(check(CipherAlg::ChaCha20Poly1305, len, len), chacha, "{len}");
            assert_eq!(
                check(CipherAlg::None, len, len),
                Err(MaterialError::NoCipher),
                "{len}"
            );
        }
    }

    #[test]
    fn both_directions_have_one_length() {
        assert_eq!(check(CipherAlg::AesGcm, 16, 32), Err(MaterialError::KeyLength));
    }
}
