//! Data channel keys: `NEW_KEY` and `NEW_KEY_V2`.
//!
//! The types that hold key bytes have neither `Debug` nor `Copy` nor `Clone`, and wipe them when dropped.

use core::fmt;
use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::limits::{KEY_ID_MAX, KEY_MAX, NONCE_TAIL};
use crate::{PeerId, UnknownValue, wire_enum};

wire_enum! {
    /// One of a peer's two places for keys (`OVPN_KEY_SLOT`).
    pub enum KeySlot("OVPN_KEY_SLOT") {
        /// The key that sends. Both slots receive.
        Primary = 0,
        /// The key that receives only: the next one before `SWAP_KEYS`, the last one after it.
        Secondary = 1,
    }
}

wire_enum! {
    /// The AEAD of a key (`OVPN_CIPHER_ALG`).
    pub enum CipherAlg("OVPN_CIPHER_ALG") {
        /// No encryption. The driver refuses it.
        None = 0,
        /// AES-128, -192 or -256 in GCM, by the length of the key.
        AesGcm = 1,
        /// ChaCha20-Poly1305 (RFC 8439).
        ChaCha20Poly1305 = 2,
    }
}

impl CipherAlg {
    /// Whether a key of `len` bytes fits the cipher: 16, 24 or 32 for AES-GCM, 32 for ChaCha20-Poly1305.
    #[must_use]
    pub const fn accepts_key_len(self, len: u8) -> bool {
        match self {
            CipherAlg::None => false,
            CipherAlg::AesGcm => matches!(len, 16 | 24 | 32),
            CipherAlg::ChaCha20Poly1305 => len == 32,
        }
    }
}

/// A key-id as packet headers carry it: three bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyId(u8);

impl KeyId {
    /// `id` as a key-id, `None` above [`KEY_ID_MAX`].
    #[must_use]
    pub const fn new(id: u8) -> Option<Self> {
        if id <= KEY_ID_MAX { Some(KeyId(id)) } else { None }
    }

    /// The number, at most [`KEY_ID_MAX`].
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for KeyId {
    type Error = UnknownValue;

    fn try_from(id: u8) -> Result<Self, UnknownValue> {
        KeyId::new(id).ok_or(UnknownValue::new("KeyId", id.into()))
    }
}

impl From<KeyId> for u8 {
    fn from(id: KeyId) -> u8 {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Option bits of a key (`CryptoOptions` of `OVPN_CRYPTO_DATA_V2`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CryptoOptions(u32);

impl CryptoOptions {
    /// No option: the classic format with 32-bit packet ids.
    pub const CLASSIC: CryptoOptions = CryptoOptions(0);

    /// `CRYPTO_OPTIONS_EPOCH`: the key is the seed of an epoch key schedule, packet ids have 64 bits.
    pub const EPOCH: CryptoOptions = CryptoOptions(1 << 1);

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether [`CryptoOptions::EPOCH`] is set.
    #[must_use]
    pub const fn is_epoch(self) -> bool {
        self.0 & Self::EPOCH.0 != 0
    }
}

/// Fails on a bit that is not defined here.
impl TryFrom<u32> for CryptoOptions {
    type Error = UnknownValue;

    fn try_from(bits: u32) -> Result<Self, UnknownValue> {
        if bits & !Self::EPOCH.0 == 0 {
            Ok(CryptoOptions(bits))
        } else {
            Err(UnknownValue::new("CryptoOptions", bits.into()))
        }
    }
}

/// One direction of a key (`OVPN_KEY_DIRECTION`, 41 bytes). Wiped when dropped.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct KeyDirection {
    /// The key, or the 32-byte seed of the first epoch whatever the cipher. Unused bytes are zero.
    pub key: [u8; KEY_MAX],
    /// Bytes of the *cipher's* key: 16, 24 or 32. Not checked here.
    pub key_len: u8,
    /// The implicit part of the nonce; no meaning for epoch keys.
    pub nonce_tail: [u8; NONCE_TAIL],
}
const _: () = assert!(size_of::<KeyDirection>() == 41 && offset_of!(KeyDirection, nonce_tail) == 33);

impl KeyDirection {
    /// A classic key. `None` unless `key` has 16, 24 or 32 bytes.
    #[must_use]
    pub fn classic(key: &[u8], nonce_tail: [u8; NONCE_TAIL]) -> Option<Self> {
        let key_len = u8::try_from(key.len())
            .ok()
            .filter(|len| CipherAlg::AesGcm.accepts_key_len(*len))?;
        let mut this = KeyDirection {
            key: [0; KEY_MAX],
            key_len,
            nonce_tail,
        };
        this.key.get_mut(..key.len())?.copy_from_slice(key);
        Some(this)
    }

    /// An epoch key: the seed of epoch 1 and the length of the cipher's key in bytes.
    #[must_use]
    pub fn epoch(seed: &[u8; KEY_MAX], key_len: u8) -> Self {
        KeyDirection {
            key: *seed,
            key_len,
            nonce_tail: [0; NONCE_TAIL],
        }
    }

    /// The first [`key_len`](Self::key_len) bytes of the key, `None` if it says more than there are.
    #[must_use]
    pub fn key_bytes(&self) -> Option<&[u8]> {
        self.key.get(..self.key_len.into())
    }
}

impl Zeroize for KeyDirection {
    fn zeroize(&mut self) {
        self.key.zeroize();
        self.key_len.zeroize();
        self.nonce_tail.zeroize();
    }
}

impl Drop for KeyDirection {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for KeyDirection {}

/// Input of [`Ioctl::NewKey`](crate::Ioctl::NewKey) (`OVPN_CRYPTO_DATA`, 100 bytes).
///
/// Holds keys, so it has neither `Debug` nor `Copy`; its [`KeyDirection`]s wipe themselves.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct CryptoData {
    /// For sending.
    pub encrypt: KeyDirection,
    /// For receiving.
    pub decrypt: KeyDirection,
    /// A hole in the C structure. Zero.
    pub _pad0: [u8; 2],
    /// A [`KeySlot`].
    pub key_slot: u32,
    /// A [`CipherAlg`].
    pub cipher_alg: u32,
    /// A [`KeyId`].
    pub key_id: u8,
    /// A hole in the C structure. Zero.
    pub _pad1: [u8; 3],
    /// A [`PeerId`]: whose key (multipeer), and what goes into sent headers.
    pub peer_id: i32,
}
const _: () = assert!(size_of::<CryptoData>() == 100 && offset_of!(CryptoData, decrypt) == 41);
const _: () = assert!(offset_of!(CryptoData, key_slot) == 84 && offset_of!(CryptoData, peer_id) == 96);

impl CryptoData {
    /// A key for `slot` of `peer`.
    #[must_use]
    pub fn new(
        peer: PeerId,
        slot: KeySlot,
        key_id: KeyId,
        cipher: CipherAlg,
        encrypt: KeyDirection,
        decrypt: KeyDirection,
    ) -> Self {
        CryptoData {
            encrypt,
            decrypt,
            _pad0: [0; 2],
            key_slot: slot.to_u32(),
            cipher_alg: cipher.to_u32(),
            key_id: key_id.get(),
            _pad1: [0; 3],
            peer_id: peer.into(),
        }
    }

    /// Where the key goes.
    ///
    /// # Errors
    /// A number that is no [`KeySlot`].
    pub fn slot(&self) -> Result<KeySlot, UnknownValue> {
        self.key_slot.try_into()
    }

    /// The key's cipher, also [`CipherAlg::None`].
    ///
    /// # Errors
    /// A number that is no [`CipherAlg`].
    pub fn cipher(&self) -> Result<CipherAlg, UnknownValue> {
        self.cipher_alg.try_into()
    }

    /// The key's id.
    ///
    /// # Errors
    /// A number that is no [`KeyId`].
    pub fn key_id(&self) -> Result<KeyId, UnknownValue> {
        self.key_id.try_into()
    }

    /// Whose key it is.
    ///
    /// # Errors
    /// A number that is no [`PeerId`].
    pub fn peer(&self) -> Result<PeerId, UnknownValue> {
        self.peer_id.try_into()
    }
}

/// Input of [`Ioctl::NewKeyV2`](crate::Ioctl::NewKeyV2) (`OVPN_CRYPTO_DATA_V2`, 104 bytes).
///
/// Holds keys, so it has neither `Debug` nor `Copy`; its [`KeyDirection`]s wipe themselves.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
pub struct CryptoDataV2 {
    /// What `NEW_KEY` has.
    pub v1: CryptoData,
    /// [`CryptoOptions`].
    pub crypto_options: u32,
}
const _: () = assert!(size_of::<CryptoDataV2>() == 104 && offset_of!(CryptoDataV2, crypto_options) == 100);

impl CryptoDataV2 {
    /// The key's options.
    ///
    /// # Errors
    /// A bit that [`CryptoOptions`] does not define.
    pub fn options(&self) -> Result<CryptoOptions, UnknownValue> {
        self.crypto_options.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_lengths_follow_the_cipher() {
        for len in 0..=u8::MAX {
            let aes = matches!(len, 16 | 24 | 32);
            assert_eq!(CipherAlg::AesGcm.accepts_key_len(len), aes, "{len}");
            assert_eq!(
                CipherAlg::ChaCha20Poly1305.accepts_key_len(len),
                len == 32,
                "{len}"
            );
            assert!(!CipherAlg::None.accepts_key_len(len), "{len}");
            assert_eq!(
                KeyDirection::classic(&[1; 255][..len.into()], [2; 8]).is_some(),
                aes,
                "{len}"
            );
        }
    }

    #[test]
    fn key_length_beyond_the_array_gives_no_key() {
        let mut key = KeyDirection::epoch(&[9; 32], 16);
        assert_eq!(key.key_bytes(), Some(&[9; 16][..]));
        key.key_len = 33;
        assert_eq!(key.key_bytes(), None);
    }

    #[test]
    fn zeroize_leaves_nothing() {
        let mut key = KeyDirection::classic(&[1; 32], [2; 8]).unwrap();
        key.zeroize();
        assert_eq!(key.as_bytes(), [0; 41]);
    }

    #[test]
    fn keys_wipe_themselves_all_the_way_down() {
        fn wipes<T: ZeroizeOnDrop>() {}
        wipes::<KeyDirection>();
        assert!(core::mem::needs_drop::<CryptoData>() && core::mem::needs_drop::<CryptoDataV2>());
    }

    #[test]
    fn options_and_ids_refuse_what_they_do_not_know() {
        assert!(CryptoOptions::try_from(0).is_ok_and(|o| !o.is_epoch()));
        assert!(CryptoOptions::try_from(2).is_ok_and(CryptoOptions::is_epoch));
        for bits in [1u32, 3, 4, 6, u32::MAX] {
            assert!(CryptoOptions::try_from(bits).is_err(), "{bits}");
        }
        assert!(KeyId::try_from(7).is_ok() && KeyId::try_from(8).is_err());
        assert!(KeySlot::try_from(2).is_err() && CipherAlg::try_from(3).is_err());
    }
}
