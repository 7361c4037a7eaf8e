//! How the 256-byte key block is cut into the keys of the two directions.

use crate::Tally;
use crate::json::{array, bytes, field, list, number, same, text};
use anyhow::{Context, Result};
use ovpn_dco_uapi::KeyDirection;
use ovpn_dco_userlib::control::packet::SessionId;
use ovpn_dco_userlib::control::wrap::Role;
use ovpn_dco_userlib::control::{self, ClientRandom, DataCipher, ServerRandom};
use serde_json::Value;

/// The key block of a session: cipher and HMAC fields of both directions.
pub struct KeyBlock([u8; 256]);

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// Client to server.
    Client,
    /// Server to client.
    Server,
}

impl Sender {
    /// Reads `c2s` and `s2c`, also in their long forms.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "c2s" | "client_to_server" => Ok(Self::Client),
            "s2c" | "server_to_client" => Ok(Self::Server),
            _ => anyhow::bail!("{text} is not a direction"),
        }
    }

    /// The long name of the direction.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client_to_server",
            Self::Server => "server_to_client",
        }
    }

    /// The other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl KeyBlock {
    /// The block of a `key_block_hex` field.
    ///
    /// # Errors
    /// If it is missing or not 256 bytes long.
    pub fn of(value: &Value) -> Result<Self> {
        array(value, "key_block_hex").map(Self)
    }

    /// The 64-byte cipher field of a direction.
    #[must_use]
    pub fn cipher(&self, sender: Sender) -> &[u8] {
        &self.0[Self::base(sender)..][..64]
    }

    /// The 64-byte HMAC field of a direction.
    #[must_use]
    pub fn hmac(&self, sender: Sender) -> &[u8] {
        &self.0[Self::base(sender) + 64..][..64]
    }

    /// What is installed for the classic format.
    ///
    /// # Errors
    /// If no cipher has such a key length.
    pub fn classic(&self, sender: Sender, key_len: usize) -> Result<KeyDirection> {
        let tail = self.hmac(sender)[..8].try_into()?;
        KeyDirection::classic(&self.cipher(sender)[..key_len], tail).context("not a key length")
    }

    /// What is installed for the epoch format.
    ///
    /// # Errors
    /// If no cipher has such a key length.
    pub fn epoch(&self, sender: Sender, key_len: usize) -> Result<KeyDirection> {
        Ok(KeyDirection::epoch(
            &self.cipher(sender)[..32].try_into()?,
            key_len.try_into()?,
        ))
    }

    fn base(sender: Sender) -> usize {
        match sender {
            Sender::Client => 0,
            Sender::Server => 128,
        }
    }
}

/// Checks the PRF from random values to a key block, and the split of that block, also as the user library does it.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    let prf = field(file, "tls1_prf")?;
    let block = KeyBlock::of(prf)?;
    let client = ClientRandom {
        pre_master: array(prf, "premaster_hex")?,
        random1: array(prf, "client_random1_hex")?,
        random2: array(prf, "client_random2_hex")?,
    };
    let server = ServerRandom {
        random1: array(prf, "server_random1_hex")?,
        random2: array(prf, "server_random2_hex")?,
    };
    let session = |name| array(prf, name).map(SessionId);
    let (client_id, server_id) = (
        session("client_session_id_hex")?,
        session("server_session_id_hex")?,
    );
    let derived = control::KeyBlock::from_prf(&client, &server, client_id, server_id);
    same("the key block", derived.as_bytes(), &block.0)?;
    tally.count("key blocks from the PRF");
    for case in list(file, "key_block_split")? {
        let sender = Sender::parse(text(case, "direction")?)?;
        let offset = |name| number::<usize>(case, name);
        same(
            "the cipher field",
            block.cipher(sender),
            &block.0[offset("cipher_key_offset")?..][..64],
        )?;
        same(
            "the HMAC field",
            block.hmac(sender),
            &block.0[offset("hmac_field_offset")?..][..64],
        )?;
        for len in [16, 32] {
            let direction = block.classic(sender, len)?;
            let want = bytes(case, &format!("aes{}_key_hex", len * 8))?;
            same("the cipher key", &direction.key[..len], &want)?;
            same(
                "the implicit IV",
                &direction.nonce_tail,
                &bytes(case, "implicit_iv_hex")?,
            )?;
            let role = match sender {
                Sender::Client => Role::Client,
                Sender::Server => Role::Server,
            };
            let cipher = match len {
                16 => DataCipher::Aes128Gcm,
                _ => DataCipher::Aes256Gcm,
            };
            let cut = derived.direction(role, cipher, false);
            same("the library's cipher key", &cut.key, &direction.key)?;
            same(
                "the library's implicit IV",
                &cut.nonce_tail,
                &direction.nonce_tail,
            )?;
            tally.count("key splits");
        }
    }
    Ok(())
}
