//! Messages in parts, and tags shorter than a block: AES-GCM (NIST SP 800-38D) from its two halves.
//!
//! As in CNG, the state between two calls lies with the caller: the counter block in `pbIV`, the GHASH value in
//! `pbMacContext`, the lengths in `cbAAD` and `cbData`. Counter mode is AWS-LC's, GHASH is RustCrypto's. ChaCha20-Poly1305
//! has no parts.

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use netcx_sys::cng::{
    BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG, BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG,
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO as Info,
};

use super::cipher::{Direction, Message, refuse};
use super::key::Key;
use super::provider::Algorithm;
use crate::at;
use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::status::{self, Result};

const BLOCK: usize = 16;
type Block = [u8; BLOCK];

/// One part of a message, with the state in the caller's structure and buffers.
///
/// Every part but the last (the one without `BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG`) must be whole blocks, else
/// `STATUS_INVALID_BUFFER_SIZE`. Additional data comes with the first part.
pub(super) fn part(key: &Key, message: &Message, info: Guest<Info>, iv: (Guest<u8>, u32)) -> Result<()> {
    if key.provider().algorithm != Algorithm::Aes {
        return Err(status::NOT_SUPPORTED);
    }
    let mac = Guest::<u8>::at(at!(info.pbMacContext).read() as usize);
    if mac.is_null() || (at!(info.cbMacContext).read() as usize) < BLOCK {
        return refuse("chained calls need a pbMacContext of the longest tag's length (16)");
    }
    if iv.0.is_null() || (iv.1 as usize) < BLOCK {
        return refuse("chained calls need a pbIV of a block's length (16)");
    }
    pool::check_resident("the MAC context", mac.addr());
    pool::check_resident("the IV", iv.0.addr());
    let flags = at!(info.dwFlags).read();
    let last = flags & BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG == 0;
    if !last && !message.length.is_multiple_of(BLOCK) {
        return Err(status::INVALID_BUFFER_SIZE);
    }
    let mut gcm = Gcm::new(key, &message.nonce)?;
    if flags & BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG == 0 {
        if message.direction == Direction::Encrypt {
            key.note_nonce(&message.nonce);
        }
        gcm.hash(message.aad.slice(message.aad_length));
        gcm.aad = message.aad_length as u64;
    } else {
        if message.aad_length != 0 {
            return refuse("additional data comes with the first part only");
        }
        mac.read_into(&mut gcm.mac);
        iv.0.read_into(&mut gcm.counter);
        gcm.aad = u64::from(at!(info.cbAAD).read());
        gcm.data = at!(info.cbData).read();
    }
    gcm.crypt(message)?;
    mac.write_bytes(&gcm.mac);
    iv.0.write_bytes(&gcm.counter);
    at!(info.cbAAD).write(u32::try_from(gcm.aad).unwrap_or(u32::MAX));
    at!(info.cbData).write(gcm.data);
    if last {
        at!(info.dwFlags).write(flags & !BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG);
        gcm.finish(message).inspect_err(|_| message.wipe_output())
    } else {
        at!(info.dwFlags).write(flags | BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG);
        Ok(())
    }
}

/// Decrypts a whole message whose tag is cut.
pub(super) fn open_short_tag(key: &Key, message: &Message) -> Result<()> {
    let mut gcm = Gcm::new(key, &message.nonce)?;
    gcm.hash(message.aad.slice(message.aad_length));
    gcm.aad = message.aad_length as u64;
    gcm.crypt(message)?;
    gcm.finish(message)
}

struct Gcm {
    cipher: EncryptingKey,
    hash_key: Block,
    first_counter: Block,
    counter: Block,
    mac: Block,
    aad: u64,
    data: u64,
}

impl Gcm {
    fn new(key: &Key, nonce: &[u8; 12]) -> Result<Self> {
        let algorithm = match key.secret.len() {
            16 => &AES_128,
            24 => &AES_192,
            _ => &AES_256,
        };
        let cipher = UnboundCipherKey::new(algorithm, &key.secret)
            .and_then(EncryptingKey::ctr)
            .map_err(|_| status::INTERNAL_ERROR)?;
        let mut first_counter = [0; BLOCK];
        first_counter[..12].copy_from_slice(nonce);
        first_counter[15] = 1;
        let mut gcm = Self {
            cipher,
            hash_key: [0; BLOCK],
            first_counter,
            counter: first_counter,
            mac: [0; BLOCK],
            aad: 0,
            data: 0,
        };
        gcm.advance(1);
        gcm.hash_key = gcm.encrypt_block([0; BLOCK])?;
        Ok(gcm)
    }

    /// One block of the block cipher: the key stream of that counter.
    fn encrypt_block(&self, counter: Block) -> Result<Block> {
        let mut block = [0; BLOCK];
        self.stream(counter, &mut block)?;
        Ok(block)
    }

    fn stream(&self, counter: Block, data: &mut [u8]) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.cipher
            .less_safe_encrypt(data, EncryptionContext::Iv128(counter.into()))
            .map(drop)
            .map_err(|_| status::INTERNAL_ERROR)
    }

    fn advance(&mut self, blocks: usize) {
        let [.., a, b, c, d] = self.counter;
        let count = u32::from_be_bytes([a, b, c, d]).wrapping_add(u32::try_from(blocks).unwrap_or(0));
        self.counter[12..].copy_from_slice(&count.to_be_bytes());
    }

    /// Adds data to the MAC, zero-padded to whole blocks.
    fn hash(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let mut hash = GHash::new(&self.hash_key.into());
        // GHASH is linear: what was hashed before goes into the first block.
        let (first, rest) = data.split_at(data.len().min(BLOCK));
        let mut block = self.mac;
        for (byte, with) in block.iter_mut().zip(first) {
            *byte ^= with;
        }
        hash.update_padded(&block);
        hash.update_padded(rest);
        self.mac = hash.finalize().into();
    }

    fn crypt(&mut self, message: &Message) -> Result<()> {
        // The state is small and this path is rare: a copy makes in place and out of place the same.
        let mut data = message.input.read_bytes(message.length);
        if message.direction == Direction::Decrypt {
            self.hash(&data);
        }
        self.stream(self.counter, &mut data)?;
        if message.direction == Direction::Encrypt {
            self.hash(&data);
        }
        self.advance(data.len().div_ceil(BLOCK));
        self.data += data.len() as u64;
        message.output.write_bytes(&data);
        Ok(())
    }

    fn finish(&mut self, message: &Message) -> Result<()> {
        let mut lengths = [0; BLOCK];
        lengths[..8].copy_from_slice(&(8 * self.aad).to_be_bytes());
        lengths[8..].copy_from_slice(&(8 * self.data).to_be_bytes());
        self.hash(&lengths);
        let mut tag = self.encrypt_block(self.first_counter)?;
        for (byte, with) in tag.iter_mut().zip(self.mac) {
            *byte ^= with;
        }
        let tag = &tag[..message.tag_length];
        match message.direction {
            Direction::Encrypt => message.tag.write_bytes(tag),
            Direction::Decrypt => {
                let given = message.tag.slice(message.tag_length);
                aws_lc_rs::constant_time::verify_slices_are_equal(given, tag)
                    .map_err(|_| status::AUTH_TAG_MISMATCH)?;
            }
        }
        Ok(())
    }
}
