//! The key schedule of the epoch format: one chain of epoch keys, and a data key and IV from each.
//!
//! HKDF-Expand (RFC 5869, section 2.3) with SHA-256; the epoch key is the PRK. The info is a label in the manner of
//! TLS 1.3 (RFC 8446, section 7.1) with the prefix `ovpn ` and an always empty context.

use super::KeyError;
use crate::packet::EpochPacketId;
use crate::{Cipher, CryptoError};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of an epoch key in bytes, whatever the cipher.
pub const EPOCH_KEY_LEN: usize = 32;

/// Length of a SHA-256 hash in bytes.
const HASH_LEN: usize = 32;

const PREFIX: &[u8] = b"ovpn ";
const DATA_KEY: &[u8] = b"data_key";
const DATA_IV: &[u8] = b"data_iv";
const NEXT_EPOCH_KEY: &[u8] = b"datakey upd";

/// HKDF-Expand with SHA-256 under one of OpenVPN's labels (without the prefix), 1 to 250 bytes long.
///
/// # Errors
/// [`CryptoError::Failed`] if the label or the output (8160 bytes) is too long; the output is then not to be used.
pub fn expand_label(secret: &[u8], label: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
    let length = u16::try_from(output.len())
        .map_err(|_| CryptoError::Failed)?
        .to_be_bytes();
    let label_length =
        u8::try_from(label.len().saturating_add(PREFIX.len())).map_err(|_| CryptoError::Failed)?;
    expand(secret, &[&length, &[label_length], PREFIX, label, &[0]], output)
}

/// HKDF-Expand (RFC 5869, section 2.3); the info is given in pieces. Written here because what offers it ready-made
/// can panic.
fn expand(prk: &[u8], info: &[&[u8]], output: &mut [u8]) -> Result<(), CryptoError> {
    let keyed = Hmac::<Sha256>::new_from_slice(prk).map_err(|_| CryptoError::Failed)?;
    let mut previous: Option<Zeroizing<[u8; HASH_LEN]>> = None;
    for (index, chunk) in output.chunks_mut(HASH_LEN).enumerate() {
        let counter = u8::try_from(index.saturating_add(1)).map_err(|_| CryptoError::Failed)?;
        let mut mac = keyed.clone();
        if let Some(previous) = &previous {
            mac.update(previous.as_slice());
        }
        info.iter().for_each(|piece| mac.update(piece));
        mac.update(&[counter]);
        let block = Zeroizing::new(<[u8; HASH_LEN]>::from(mac.finalize().into_bytes()));
        chunk
            .iter_mut()
            .zip(block.iter())
            .for_each(|(byte, hashed)| *byte = *hashed);
        previous = Some(block);
    }
    Ok(())
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// RFC 5869, appendix A.1 and A.2: PRK, info, output.
    #[test]
    fn expansion_follows_the_rfc() {
        let info: std::vec::Vec<u8> = (0xb0..=0xff).collect();
        let cases: [(&str, &[u8], &str); 2] = [
            (
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                &[0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9],
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                &info,
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
                 da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
            ),
        ];
        for (prk, info, want) in cases {
            let bytes = |hex: &str| -> std::vec::Vec<u8> {
                (0..hex.len() / 2)
                    .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
                    .collect()
            };
            let want = bytes(want);
            let mut output = std::vec![0; want.len()];
            let (first, second) = info.split_at(info.len() / 3);
            expand(&bytes(prk), &[first, second], &mut output).unwrap();
            assert_eq!(output, want);
        }
    }

    #[test]
    fn an_output_that_is_too_long_is_refused() {
        assert!(expand(&[1; 32], &[], &mut [0; 255 * 32]).is_ok());
        assert_eq!(
            expand(&[1; 32], &[], &mut [0; 255 * 32 + 1]),
            Err(CryptoError::Failed)
        );
        assert_eq!(
            expand_label(&[1; 32], &[b'x'; 251], &mut [0; 16]),
            Err(CryptoError::Failed)
        );
        assert!(expand_label(&[1; 32], &[b'x'; 250], &mut [0; 16]).is_ok());
    }
}
