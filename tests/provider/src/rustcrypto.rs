//! RustCrypto's AES-GCM and ChaCha20-Poly1305.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadInPlace, KeyInit};
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

/// One key.
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
        if plaintext.len() != ciphertext.len() {
            return Err(CryptoError::Failed);
        }
        ciphertext.copy_from_slice(plaintext);
        self.seal_in_place(nonce, aad, ciphertext, tag)
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        let nonce = GenericArray::from_slice(nonce);
        let made = match &self.0 {
            Key::Aes128(key) => key.encrypt_in_place_detached(nonce, aad, data),
            Key::Aes192(key) => key.encrypt_in_place_detached(nonce, aad, data),
            Key::Aes256(key) => key.encrypt_in_place_detached(nonce, aad, data),
            Key::ChaCha20(key) => key.encrypt_in_place_detached(nonce, aad, data),
        };
        *tag = made.map_err(|_| CryptoError::Failed)?.into();
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
        if plaintext.len() != ciphertext.len() {
            return Err(CryptoError::Failed);
        }
        plaintext.copy_from_slice(ciphertext);
        let (nonce, tag) = (GenericArray::from_slice(nonce), GenericArray::from_slice(tag));
        match &self.0 {
            Key::Aes128(key) => key.decrypt_in_place_detached(nonce, aad, plaintext, tag),
            Key::Aes192(key) => key.decrypt_in_place_detached(nonce, aad, plaintext, tag),
            Key::Aes256(key) => key.decrypt_in_place_detached(nonce, aad, plaintext, tag),
            Key::ChaCha20(key) => key.decrypt_in_place_detached(nonce, aad, plaintext, tag),
        }
        .map_err(|_| CryptoError::Tag)
    }
}
