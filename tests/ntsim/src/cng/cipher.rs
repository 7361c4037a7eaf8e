//! `BCryptEncrypt` and `BCryptDecrypt` with authenticated ciphers.

use aws_lc_rs::aead::{Aad, Nonce};
use netcx_sys::cng::{
    BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG, BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG,
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO as Info, BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION,
};

use super::chain;
use super::handle;
use super::key::Key;
use super::provider::{Algorithm, Mode};
use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::{exports, machine, trap, violate};

exports! { "cng.sys";
    BCryptEncrypt: PASSIVE..=DISPATCH,
    BCryptDecrypt: PASSIVE..=DISPATCH,
}

/// Length of a full tag.
pub(super) const TAG: usize = 16;
/// What a failed decryption leaves in the output with `strict`.
const POISON: u8 = 0xC9;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

/// The parameters of a call, checked.
pub(super) struct Message {
    pub(super) direction: Direction,
    pub(super) input: Guest<u8>,
    pub(super) output: Guest<u8>,
    pub(super) length: usize,
    pub(super) nonce: [u8; 12],
    pub(super) aad: Guest<u8>,
    pub(super) aad_length: usize,
    pub(super) tag: Guest<u8>,
    pub(super) tag_length: usize,
}

/// `BCryptEncrypt`.
///
/// | the caller promises | else |
/// |---|---|
/// | IRQL <= DISPATCH; at DISPATCH a key of a dispatch provider and no paged memory | `irql` |
/// | a live key | `cng-handle`, `STATUS_INVALID_HANDLE` |
/// | a `BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO` of the right size and version | `cng-parameter`, `STATUS_INVALID_PARAMETER` |
/// | a nonce of 12 bytes, never used before; a tag of 12 to 16 (ChaCha20-Poly1305: 16) | `cng-parameter`, `nonce-reuse` |
/// | input and output are the same, or do not overlap | `cng-parameter`, `STATUS_INVALID_PARAMETER` |
///
/// Effect: ciphertext and tag. `STATUS_BUFFER_TOO_SMALL` for a short output. Without output only the length is told and
/// nothing is encrypted or authenticated; with an empty message that is never what was meant, and `cng-parameter`.
pub extern "win64" fn BCryptEncrypt(
    key: usize,
    input: Guest<u8>,
    input_length: u32,
    padding_info: Guest<Info>,
    iv: Guest<u8>,
    iv_length: u32,
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
    flags: u32,
) -> NtStatus {
    super::of(super::fault("BCryptEncrypt").and_then(|()| {
        Call {
            input,
            input_length,
            info: padding_info,
            iv: (iv, iv_length),
            output,
            output_length,
            result,
            flags,
        }
        .run(Direction::Encrypt, key)
    }))
}

/// `BCryptDecrypt`: promises as of [`BCryptEncrypt`]. `STATUS_AUTH_TAG_MISMATCH` wipes the output (poisons it with
/// `strict`): whoever takes it for plaintext is seen.
pub extern "win64" fn BCryptDecrypt(
    key: usize,
    input: Guest<u8>,
    input_length: u32,
    padding_info: Guest<Info>,
    iv: Guest<u8>,
    iv_length: u32,
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
    flags: u32,
) -> NtStatus {
    super::of(super::fault("BCryptDecrypt").and_then(|()| {
        Call {
            input,
            input_length,
            info: padding_info,
            iv: (iv, iv_length),
            output,
            output_length,
            result,
            flags,
        }
        .run(Direction::Decrypt, key)
    }))
}

struct Call {
    input: Guest<u8>,
    input_length: u32,
    info: Guest<Info>,
    iv: (Guest<u8>, u32),
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
    flags: u32,
}

impl Call {
    fn run(&self, direction: Direction, key: usize) -> Result<()> {
        let key = handle::get::<Key>(key)?;
        let mode = key.mode.get();
        if key.provider().algorithm == Algorithm::Aes && mode != Mode::Gcm {
            trap::note(&format!(" with {}", mode.name()));
            return Err(status::NOT_SUPPORTED);
        }
        if self.result.is_null() || self.flags != 0 {
            return refuse(&format!("no place for the length, or flags {:#x}", self.flags));
        }
        pool::check_resident("the input", self.input.addr());
        pool::check_resident("the output", self.output.addr());
        let info = self.info()?;
        if self.output.is_null() {
            if self.input_length == 0 && direction == Direction::Decrypt {
                violate!(
                    CNG_PARAMETER,
                    "an empty message is decrypted without output: only its length is told, the tag isn't compared"
                );
            }
            self.result.write(self.input_length);
            return Ok(());
        }
        if self.output_length < self.input_length {
            self.result.write(self.input_length);
            return Err(status::BUFFER_TOO_SMALL);
        }
        let message = self.message(direction, &info)?;
        message.check_tag_length(&key)?;
        let chained = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG | BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG;
        if info.dwFlags & chained != 0 {
            chain::part(&key, &message, self.info, self.iv)?;
        } else {
            message.run(&key)?;
        }
        self.result.write(self.input_length);
        Ok(())
    }

    fn info(&self) -> Result<Info> {
        if self.info.is_null() {
            return refuse("an authenticated cipher needs a BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO");
        }
        let info = self.info.read();
        if info.cbSize as usize != size_of::<Info>()
            || info.dwInfoVersion != BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION
        {
            return refuse(&format!(
                "cbSize {} and dwInfoVersion {}, must be {} and {BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION}",
                info.cbSize,
                info.dwInfoVersion,
                size_of::<Info>()
            ));
        }
        Ok(info)
    }

    fn message(&self, direction: Direction, info: &Info) -> Result<Message> {
        let [nonce, aad, tag] =
            [info.pbNonce, info.pbAuthData, info.pbTag].map(|p| Guest::<u8>::at(p as usize));
        if nonce.is_null() || info.cbNonce != 12 {
            return refuse(&format!("a nonce of {} bytes, must be 12", info.cbNonce));
        }
        if aad.is_null() && info.cbAuthData != 0 || self.input.is_null() && self.input_length != 0 {
            return refuse("a length without data");
        }
        for (what, at) in [
            ("the nonce", nonce),
            ("the additional data", aad),
            ("the tag", tag),
        ] {
            pool::check_resident(what, at.addr());
        }
        let (input, output) = (self.input.addr(), self.output.addr());
        let length = self.input_length as usize;
        if input != output && input < output + length && output < input + length {
            return refuse(&format!(
                "input {input:#x} and output {output:#x} of {length} bytes overlap in part"
            ));
        }
        let mut bytes = [0; 12];
        nonce.read_into(&mut bytes);
        Ok(Message {
            direction,
            input: self.input,
            output: self.output,
            length,
            nonce: bytes,
            aad,
            aad_length: info.cbAuthData as usize,
            tag,
            tag_length: info.cbTag as usize,
        })
    }
}

/// A parameter that the documentation forbids.
pub(super) fn refuse<T>(text: &str) -> Result<T> {
    violate!(CNG_PARAMETER, "{text}");
    Err(status::INVALID_PARAMETER)
}

impl Message {
    fn check_tag_length(&self, key: &Key) -> Result<()> {
        let lengths = match key.provider().algorithm {
            Algorithm::ChaCha20Poly1305 => TAG..=TAG,
            _ => 12..=TAG,
        };
        if self.tag.is_null() || !lengths.contains(&self.tag_length) {
            return refuse(&format!(
                "a tag of {} bytes, allowed are {lengths:?}",
                self.tag_length
            ));
        }
        Ok(())
    }

    /// The whole message.
    fn run(&self, key: &Key) -> Result<()> {
        match self.direction {
            Direction::Encrypt => {
                key.note_nonce(&self.nonce);
                self.seal(key)
            }
            Direction::Decrypt => {
                let opened = if self.tag_length == TAG {
                    self.open(key)
                } else {
                    chain::open_short_tag(key, self)
                };
                opened.inspect_err(|_| self.wipe_output())
            }
        }
    }

    fn seal(&self, key: &Key) -> Result<()> {
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let aad = Aad::from(self.aad.slice(self.aad_length));
        let output = self.output.slice_mut(self.length);
        let mut tag = [0; TAG];
        let sealed = if self.input == self.output {
            key.aead.seal_in_place_scatter(nonce, aad, output, &[], &mut tag)
        } else {
            let input = self.input.slice(self.length);
            key.aead
                .seal_out_of_place_scatter(nonce, aad, input, output, &[], &mut tag)
        };
        sealed.map_err(|_| status::INTERNAL_ERROR)?;
        self.tag.write_bytes(&tag[..self.tag_length]);
        Ok(())
    }

    fn open(&self, key: &Key) -> Result<()> {
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let aad = Aad::from(self.aad.slice(self.aad_length));
        let tag = self.tag.slice(TAG);
        let output = self.output.slice_mut(self.length);
        // Lengths are checked, so what fails is the tag.
        if self.input == self.output {
            key.aead
                .open_in_place_separate_tag(nonce, aad, tag, output)
                .map(drop)
        } else {
            let input = self.input.slice(self.length);
            key.aead.open_separate_gather(nonce, aad, input, tag, output)
        }
        .map_err(|_| status::AUTH_TAG_MISMATCH)
    }

    /// After a failure: nothing of the plaintext may be seen.
    pub(super) fn wipe_output(&self) {
        let value = if machine::with_config(|c| c.strict) {
            POISON
        } else {
            0
        };
        self.output.fill(self.length, value);
    }
}
