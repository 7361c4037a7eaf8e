//! How the 256-byte key block is cut into the keys of the two directions.

use crate::Tally;
use crate::json::{array, bytes, field, list, number, same, text};
use anyhow::{Context, Result};
use ovpn_dco_uapi::KeyDirection;
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

/// Checks the split of the PRF's key block.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    let block = KeyBlock::of(field(file, "tls1_prf")?)?;
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
            tally.count("key splits");
        }
    }
    Ok(())
}
