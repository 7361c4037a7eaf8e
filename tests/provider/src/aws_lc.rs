//! AWS-LC through aws-lc-rs.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use aws_lc_rs::error::Unspecified;
use ovpn_dco_engine::{Aead, Cipher, CryptoError};

/// One key. AWS-LC wipes it when it is dropped.
pub struct AwsLcAead(LessSafeKey);

impl AwsLcAead {
    /// A key of [`Cipher::key_len`] bytes.
    ///
    /// # Errors
    /// [`CryptoError::Failed`] for another length.
    pub fn new(cipher: Cipher, key: &[u8]) -> Result<Self, CryptoError> {
        let algorithm = match cipher {
            Cipher::Aes128Gcm => &AES_128_GCM,
            Cipher::Aes192Gcm => &AES_192_GCM,
            Cipher::Aes256Gcm => &AES_256_GCM,
            Cipher::ChaCha20Poly1305 => &CHACHA20_POLY1305,
        };
        UnboundKey::new(algorithm, key)
            .map(|key| Self(LessSafeKey::new(key)))
            .map_err(|Unspecified| CryptoError::Failed)
    }
}

impl Aead for AwsLcAead {
    #[inline]
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0
            .seal_out_of_place_scatter(nonce, Aad::from(aad), plaintext, ciphertext, &[], tag)
            .map_err(|Unspecified| CryptoError::Failed)
    }

    #[inline]
    fn seal_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0
            .seal_in_place_scatter(nonce, Aad::from(aad), data, &[], tag)
            .map_err(|Unspecified| CryptoError::Failed)
    }

    #[inline]
    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; 16],
        plaintext: &mut [u8],
    ) -> Result<(), CryptoError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        // All lengths are right by type and contract, so what fails is the tag.
        self.0
            .open_separate_gather(nonce, Aad::from(aad), ciphertext, tag, plaintext)
            .map_err(|Unspecified| CryptoError::Tag)
    }
}
