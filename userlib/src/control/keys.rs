//! Data channel keys: where they come from, and the shape in which a driver takes them.
//!
//! A key block of 256 bytes comes from the TLS exporter ("tls-ekm") or from the TLS 1.0 PRF over the random values of
//! the key exchange. Each direction has a cipher field and an HMAC field of 64 bytes in it.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::key_method::{ClientRandom, ServerRandom};
use super::packet::SessionId;
use super::prf::tls1_prf;
use super::wrap::Role;
use super::{DataCipher, packet};

/// Length of a key block.
pub const KEY_BLOCK_LEN: usize = 256;

/// Label of the TLS exporter for data keys.
pub(super) const EXPORTER_DATA_KEYS: &[u8] = b"EXPORTER-OpenVPN-datakeys";

/// Label of the TLS exporter for the dynamic tls-crypt key.
pub(super) const EXPORTER_DYNAMIC_TLS_CRYPT: &[u8] = b"EXPORTER-OpenVPN-dynamic-tls-crypt";

/// The secrets of both directions, before they are cut for a cipher. Without `Debug`; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyBlock(Box<[u8; KEY_BLOCK_LEN]>);

impl KeyBlock {
    /// The block with these bytes: an exporter's output.
    pub fn from_bytes(bytes: [u8; KEY_BLOCK_LEN]) -> Self {
        Self(Box::new(bytes))
    }

    /// A block to be filled.
    pub(super) fn zeroed() -> Self {
        Self(Box::new([0; KEY_BLOCK_LEN]))
    }

    /// The block of a key exchange, by the TLS 1.0 PRF.
    pub fn from_prf(
        client: &ClientRandom,
        server: &ServerRandom,
        client_id: SessionId,
        server_id: SessionId,
    ) -> Self {
        let mut master = zeroize::Zeroizing::new([0; 48]);
        tls1_prf(
            &client.pre_master,
            b"OpenVPN master secret",
            &[&client.random1, &server.random1],
            &mut *master,
        );
        let mut block = Box::new([0; KEY_BLOCK_LEN]);
        tls1_prf(
            &*master,
            b"OpenVPN key expansion",
            &[&client.random2, &server.random2, &client_id.0, &server_id.0],
            &mut *block,
        );
        Self(block)
    }

    /// The block's bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_BLOCK_LEN] {
        &self.0
    }

    /// The key that one end sends with (`Role`: which end), as a driver takes it.
    ///
    /// In the epoch format the key is the 32-byte secret of epoch 1 whatever the cipher, and there is no nonce tail.
    pub fn direction(&self, sender: Role, cipher: DataCipher, epoch: bool) -> DirectionKey {
        let at = match sender {
            Role::Client => 0,
            Role::Server => 128,
        };
        let used = if epoch { 32 } else { cipher.key_len() };
        DirectionKey {
            key: core::array::from_fn(|i| if i < used { self.0[at + i] } else { 0 }),
            key_len: u8::try_from(cipher.key_len()).unwrap_or(32),
            nonce_tail: core::array::from_fn(|i| if epoch { 0 } else { self.0[at + 64 + i] }),
        }
    }
}

/// For whoever fills it: the TLS exporter.
impl AsMut<[u8]> for KeyBlock {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut *self.0
    }
}

/// The key of one direction, in the shape of the driver's `OVPN_KEY_DIRECTION`. Without `Debug`; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DirectionKey {
    /// The cipher's key, or the secret of epoch 1; filled up with zeros.
    pub key: [u8; 32],
    /// Length of the cipher's key in bytes: 16, 24 or 32.
    pub key_len: u8,
    /// The part of the nonce that packets don't carry.
    pub nonce_tail: [u8; 8],
}

/// Which of a driver's key slots a key goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySlot {
    /// Used to send, and to receive. For the first key of a session.
    Primary,
    /// Used to receive, until the slots are swapped. For every later key.
    Secondary,
}

/// A data channel key to install. Without `Debug`; its secrets are wiped when dropped.
#[derive(Clone)]
pub struct DataKey {
    /// The slot.
    pub slot: KeySlot,
    /// Key id, 0 to 7, of the packets that use it.
    pub key_id: u8,
    /// The peer id that goes into sent packets.
    pub peer_id: u32,
    /// The cipher.
    pub cipher: DataCipher,
    /// Whether packets have the epoch format.
    pub epoch: bool,
    /// To send with.
    pub encrypt: DirectionKey,
    /// To receive with.
    pub decrypt: DirectionKey,
}

impl DataKey {
    /// A client's key out of a key block.
    pub(super) fn of_client(
        block: &KeyBlock,
        slot: KeySlot,
        key_id: u8,
        peer_id: u32,
        cipher: DataCipher,
        epoch: bool,
    ) -> Self {
        let encrypt = block.direction(Role::Client, cipher, epoch);
        let decrypt = block.direction(Role::Server, cipher, epoch);
        Self {
            slot,
            key_id,
            peer_id,
            cipher,
            epoch,
            encrypt,
            decrypt,
        }
    }
}

// The session ids of the PRF are those of the packets' heads.
const _: () = assert!(packet::HEAD_LEN == 1 + 8);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::key_method::{ServerMessage, parse_client_random};

    fn vector() -> serde_json::Value {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/vectors/key-derivation.json"
        );
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn hex(value: &serde_json::Value) -> Vec<u8> {
        hex::decode(value.as_str().unwrap()).unwrap()
    }

    #[test]
    fn the_prf_gives_the_captured_sessions_keys() {
        let prf = &vector()["tls1_prf"];
        let client = parse_client_random(&hex(&prf["client_key_method_2_message_hex"])).unwrap();
        let (server, _) = ServerMessage::parse(&hex(&prf["server_key_method_2_message_hex"]))
            .unwrap()
            .unwrap();
        let id = |name: &str| SessionId(hex(&prf[name]).try_into().unwrap());
        let block = KeyBlock::from_prf(
            &client,
            &server.random,
            id("client_session_id_hex"),
            id("server_session_id_hex"),
        );
        assert_eq!(
            hex::encode(block.as_bytes()),
            prf["key_block_hex"].as_str().unwrap()
        );

        let split = vector()["key_block_split"].clone();
        for (role, part) in [(Role::Client, &split[0]), (Role::Server, &split[1])] {
            for (cipher, name) in [
                (DataCipher::Aes256Gcm, "aes256_key_hex"),
                (DataCipher::Aes128Gcm, "aes128_key_hex"),
            ] {
                let key = block.direction(role, cipher, false);
                assert_eq!(
                    hex::encode(&key.key[..usize::from(key.key_len)]),
                    part[name].as_str().unwrap()
                );
                assert!(key.key[usize::from(key.key_len)..].iter().all(|&byte| byte == 0));
                assert_eq!(
                    hex::encode(key.nonce_tail),
                    part["implicit_iv_hex"].as_str().unwrap()
                );
            }
        }
    }

    #[test]
    fn the_epoch_format_takes_32_bytes_whatever_the_cipher() {
        let block = KeyBlock::from_bytes(core::array::from_fn(|i| u8::try_from(i).unwrap()));
        let key = block.direction(Role::Server, DataCipher::Aes128Gcm, true);
        assert_eq!(
            (key.key[0], key.key[31], key.key_len, key.nonce_tail),
            (128, 159, 16, [0; 8])
        );
    }
}
