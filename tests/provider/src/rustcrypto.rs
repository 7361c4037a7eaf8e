//! RustCrypto's AES-GCM and ChaCha20-Poly1305.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm};
use chacha20poly1305::ChaCha20Poly1305;
use ovpn_dco_engine::{Aead, Cipher, CryptoError};

enum Key {
    Aes128(Box<Aes128Gcm>),
    Aes192(Box<AesGcm<Aes192, U12>>),
    Aes256(Box<Aes256Gcm>),
    ChaCha20(Box<ChaCha20Poly1305>),
}

/// One key; wiped when dropped.
pub struct RustCryptoAead(Key);

impl RustCryptoAead {
    /// A key of [`Cipher::key_len`] bytes.
    ///
    /// # Errors
    /// [`CryptoError::Failed`] for another length.
    pub fn new(cipher: Cipher, key: &[u8]) -> Result<Self, CryptoError> {
        fn keyed<K: KeyInit>(key: &[u8]) -> Result<Box<K>, CryptoError> {
            K::new_from_slice(key)
                .map(Box::new)
                .map_err(|_| CryptoError::Failed)
        }
        Ok(Self(match cipher {
            Cipher::Aes128Gcm => Key::Aes128(keyed(key)?),
            Cipher::Aes192Gcm => Key::Aes192(keyed(key)?),
            Cipher::Aes256Gcm => Key::Aes256(keyed(key)?),
            Cipher::ChaCha20Poly1305 => Key::ChaCha20(keyed(key)?),
        }))
    }

    fn encrypt(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: InOutBuf<'_, '_, u8>,
    ) -> Result<[u8; 16], CryptoError> {
        let nonce = nonce.into();
        let tag = match &self.0 {
            Key::Aes128(key) => key.encrypt_inout_detached(nonce, aad, data),
            Key::Aes192(key) => key.encrypt_inout_detached(nonce, aad, data),
            Key::Aes256(key) => key.encrypt_inout_detached(nonce, aad, data),
            Key::ChaCha20(key) => key.encrypt_inout_detached(nonce, aad, data),
        };
        tag.map(Into::into).map_err(|_| CryptoError::Failed)
    }
}

impl Aead for RustCryptoAead {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        let data = InOutBuf::new(plaintext, ciphertext).map_err(|_| CryptoError::Failed)?;
        *tag = self.encrypt(nonce, aad, data)?;
        Ok(())
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        *tag = self.encrypt(nonce, aad, data.into())?;
        Ok(())
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; 16],
        plaintext: &mut [u8],
    ) -> Result<(), CryptoError> {
        let data = InOutBuf::new(ciphertext, plaintext).map_err(|_| CryptoError::Failed)?;
        let (nonce, tag) = (nonce.into(), tag.into());
        match &self.0 {
            Key::Aes128(key) => key.decrypt_inout_detached(nonce, aad, data, tag),
            Key::Aes192(key) => key.decrypt_inout_detached(nonce, aad, data, tag),
            Key::Aes256(key) => key.decrypt_inout_detached(nonce, aad, data, tag),
            Key::ChaCha20(key) => key.decrypt_inout_detached(nonce, aad, data, tag),
        }
        .map_err(|_| CryptoError::Tag)
    }
}
