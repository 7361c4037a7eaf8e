//! The key schedule of the epoch format: one chain of epoch keys, and a data key and IV from each.
//!
//! HKDF-Expand (RFC 5869, section 2.3) with SHA-256; the epoch key is the PRK. The info is a label in the manner of
//! TLS 1.3 (RFC 8446, section 7.1) with the prefix `ovpn ` and an always empty context.

use super::KeyError;
use crate::packet::EpochPacketId;
use crate::{Cipher, CryptoError};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of an epoch key in bytes, whatever the cipher.
pub const EPOCH_KEY_LEN: usize = 32;

const PREFIX: &[u8] = b"ovpn ";
const DATA_KEY: &[u8] = b"data_key";
const DATA_IV: &[u8] = b"data_iv";
const NEXT_EPOCH_KEY: &[u8] = b"datakey upd";

/// HKDF-Expand with SHA-256 under one of OpenVPN's labels (without the prefix), 1 to 250 bytes long.
///
/// # Errors
/// [`CryptoError::Failed`] if the label or the output is too long; `output` is untouched.
pub fn expand_label(secret: &[u8], label: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
    let length = u16::try_from(output.len())
        .map_err(|_| CryptoError::Failed)?
        .to_be_bytes();
    let label_length =
        u8::try_from(label.len().saturating_add(PREFIX.len())).map_err(|_| CryptoError::Failed)?;
    let hkdf = Hkdf::<Sha256>::from_prk(secret).map_err(|_| CryptoError::Failed)?;
    hkdf.expand_multi_info(&[&length, &[label_length], PREFIX, label, &[0]], output)
        .map_err(|_| CryptoError::Failed)
}

/// The key of one epoch of one direction, from which everything of that epoch follows. Wiped when dropped.
pub struct EpochSecret {
    epoch: u16,
    secret: Zeroizing<[u8; EPOCH_KEY_LEN]>,
}

impl EpochSecret {
    /// The key of `epoch` (1 or later).
    pub fn new(epoch: u16, secret: &[u8; EPOCH_KEY_LEN]) -> Self {
        Self {
            epoch,
            secret: Zeroizing::new(*secret),
        }
    }

    /// Which epoch.
    pub fn epoch(&self) -> u16 {
        self.epoch
    }

    /// The key of the next epoch.
    ///
    /// # Errors
    /// [`KeyError::LastEpoch`] after epoch 65535; [`KeyError::Crypto`] if the derivation fails.
    pub fn next(&self) -> Result<Self, KeyError> {
        let epoch = self.epoch.checked_add(1).ok_or(KeyError::LastEpoch)?;
        let mut secret = Zeroizing::new([0; EPOCH_KEY_LEN]);
        expand_label(self.secret.as_slice(), NEXT_EPOCH_KEY, secret.as_mut_slice())?;
        Ok(Self { epoch, secret })
    }

    /// The data key and IV of this epoch.
    ///
    /// # Errors
    /// [`KeyError::Crypto`] if the derivation fails.
    pub fn data_key(&self, cipher: Cipher) -> Result<DataKey, KeyError> {
        let mut key = DataKey {
            key: [0; EPOCH_KEY_LEN],
            len: cipher.key_len(),
            iv: DataIv([0; 12]),
        };
        let bytes = key
            .key
            .get_mut(..cipher.key_len())
            .ok_or(KeyError::Crypto(CryptoError::Failed))?;
        expand_label(self.secret.as_slice(), DATA_KEY, bytes)?;
        expand_label(self.secret.as_slice(), DATA_IV, &mut key.iv.0)?;
        // Zeros would mean that the derivation did nothing.
        if key.key.iter().all(|byte| *byte == 0) || key.iv.0.iter().all(|byte| *byte == 0) {
            return Err(KeyError::Crypto(CryptoError::Failed));
        }
        Ok(key)
    }
}

/// The AEAD key and IV of one epoch of one direction. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataKey {
    key: [u8; EPOCH_KEY_LEN],
    len: usize,
    iv: DataIv,
}

impl DataKey {
    /// The AEAD key, of its cipher's length.
    pub fn key(&self) -> &[u8] {
        self.key.get(..self.len).unwrap_or(&[])
    }

    /// The IV.
    pub fn iv(&self) -> DataIv {
        DataIv(self.iv.0)
    }
}

/// The implicit part of an epoch's nonces. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataIv([u8; 12]);

impl DataIv {
    /// The nonce of one packet: the packet id is mixed into the first eight bytes.
    #[inline]
    pub fn nonce(&self, packet_id: EpochPacketId) -> [u8; 12] {
        let mut nonce = self.0;
        for (byte, id) in nonce.iter_mut().zip(packet_id.to_bytes()) {
            *byte ^= id;
        }
        nonce
    }
}
