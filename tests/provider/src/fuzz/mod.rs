//! Fuzz bodies of the data path: functions over bytes that panic when the engine breaks a rule.
//!
//! `tests/fuzz` runs them under libFuzzer, one target each, and the tests here replay its corpus. All of them use real
//! keys, because most of what matters happens after a packet has authenticated.

mod epoch;
mod open;
mod replay;
mod round_trip;
mod stream;

pub use epoch::epoch;
pub use open::open;
pub use replay::replay;
pub use round_trip::round_trip;
pub use stream::stream;

use crate::AwsLc;
use ovpn_dco_engine::epoch::EpochConfig;
use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::{Cipher, DropReason};
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};

/// What is left of an input.
struct Input<'d>(&'d [u8]);

impl<'d> Input<'d> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn word(&mut self) -> Option<u16> {
        let (word, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*word))
    }

    /// Up to `len` bytes.
    fn bytes(&mut self, len: usize) -> &'d [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

const CIPHERS: [(CipherAlg, u8, Cipher); 4] = [
    (CipherAlg::AesGcm, 16, Cipher::Aes128Gcm),
    (CipherAlg::AesGcm, 24, Cipher::Aes192Gcm),
    (CipherAlg::AesGcm, 32, Cipher::Aes256Gcm),
    (CipherAlg::ChaCha20Poly1305, 32, Cipher::ChaCha20Poly1305),
];

/// One end of a session with fixed keys; its two directions have the same, so it opens what it seals.
struct End {
    key: Key<AwsLc>,
    grace: Shared<Grace>,
}

impl End {
    /// `choice` selects cipher and format: 0..8, of which the odd ones are of the epoch format.
    fn new(choice: u8, config: Option<EpochConfig>) -> Self {
        let (alg, key_len, cipher) = CIPHERS[usize::from(choice / 2 % 4)];
        let options = if choice.is_multiple_of(2) {
            CryptoOptions::CLASSIC
        } else {
            CryptoOptions::EPOCH
        };
        let mut direction = KeyDirection::epoch(&[0x42; 32], key_len);
        direction.nonce_tail = [0x17; 8];
        let (key_id, peer_id) = (KeyId::default(), PeerId::new(1).expect("in range"));
        let material =
            KeyMaterial::new(alg, options, key_id, peer_id, &direction, &direction).expect("valid");
        let grace = Grace::new(1).and_then(Shared::new).expect("memory");
        let config = config.unwrap_or(EpochConfig::of(cipher));
        let key = Key::with_config(&AwsLc, &material, &grace, config).expect("a key");
        Self { key, grace }
    }

    fn seal(&self, plaintext: &[&[u8]]) -> Result<Vec<u8>, DropReason> {
        let mut packet = vec![0; plaintext.concat().len() + self.key.format().overhead()];
        let len = self
            .key
            .seal(&AwsLc, &self.grace.pin(0), plaintext, &mut packet)?;
        assert_eq!(len, packet.len());
        Ok(packet)
    }

    /// Frees what was replaced, as the timer does.
    fn settle(&self) {
        self.grace.synchronize(|_| ());
        assert_eq!(self.key.collect(), 0);
    }
}
