//! Key files of the wrapping: the 2048-bit static key and the tls-crypt-v2 client key.

use base64::Engine as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The longest wrapped client key that a server accepts, in bytes.
pub const WKC_MAX: usize = 1024;

/// The shortest that can be one: tag, a 256-byte key, length.
const WKC_MIN: usize = 32 + KEY_LEN + 2;

const KEY_LEN: usize = 256;
const STATIC_BEGIN: &str = "-----BEGIN OpenVPN Static key V1-----";
const STATIC_END: &str = "-----END OpenVPN Static key V1-----";
const V2_BEGIN: &str = "-----BEGIN OpenVPN tls-crypt-v2 client key-----";
const V2_END: &str = "-----END OpenVPN tls-crypt-v2 client key-----";

/// Why a key file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The line that opens or closes the key isn't there.
    #[error("it has no line \"{0}\"")]
    Marker(&'static str),
    /// Something between the markers isn't hexadecimal or base64.
    #[error("what stands between its markers is not {0}")]
    Encoding(&'static str),
    /// Too short or too long.
    #[error("it holds {0} bytes, which is not the length of such a key")]
    Length(usize),
}

/// Which part of a tls-auth key is used to send, which to receive (`key-direction`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyDirection {
    /// Not given: the first part both ways.
    #[default]
    Bidirectional,
    /// 0, usual for a server: the first part to send, the second to receive.
    Normal,
    /// 1, usual for a client: the second part to send, the first to receive.
    Inverse,
}

/// A 2048-bit key as `openvpn --genkey` makes it. It has no `Debug` and is wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StaticKey(Box<[u8; KEY_LEN]>);

impl StaticKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(Box::new(bytes))
    }

    /// Reads a key file: hexadecimal lines between two markers. Other lines before and behind are comments.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let hex = between(text, STATIC_BEGIN, STATIC_END)?;
        let mut key = Box::new([0; KEY_LEN]);
        let mut digits = Zeroizing::new(Vec::with_capacity(2 * KEY_LEN));
        for c in hex.chars().filter(|c| !c.is_ascii_whitespace()) {
            let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digits.push(digit.ok_or(KeyFileError::Encoding("hexadecimal"))?);
        }
        if digits.len() != 2 * KEY_LEN {
            return Err(KeyFileError::Length(digits.len() / 2));
        }
        let (pairs, _) = digits.as_chunks::<2>();
        key.iter_mut()
            .zip(pairs)
            .for_each(|(byte, [high, low])| *byte = high << 4 | low);
        Ok(Self(key))
    }

    /// The key's bytes: cipher 0, HMAC 0, cipher 1, HMAC 1, 64 bytes each.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// `N` bytes from offset `AT`, which is checked when compiled.
    pub(super) fn field<const AT: usize, const N: usize>(&self) -> Zeroizing<[u8; N]> {
        const { assert!(AT + N <= KEY_LEN) };
        Zeroizing::new(core::array::from_fn(|i| self.0[AT + i]))
    }

    /// This key, each byte XOR the one of `other`.
    pub(crate) fn xor(&self, other: &Self) -> Self {
        Self(Box::new(core::array::from_fn(|i| self.0[i] ^ other.0[i])))
    }
}

/// A tls-crypt-v2 client key: the key, and the same in a form that only the server can open.
#[derive(Clone)]
pub struct TlsCryptV2ClientKey {
    key: StaticKey,
    wrapped: Vec<u8>,
}

impl TlsCryptV2ClientKey {
    /// Reads a key file: base64 of the 256-byte key followed by the wrapped key.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let mut base64: String = between(text, V2_BEGIN, V2_END)?.to_owned();
        base64.retain(|c| !c.is_ascii_whitespace());
        let bytes = base64::prelude::BASE64_STANDARD.decode(&base64);
        base64.zeroize();
        let bytes = Zeroizing::new(bytes.map_err(|_| KeyFileError::Encoding("base64"))?);
        let (key, wrapped) = bytes
            .split_first_chunk::<KEY_LEN>()
            .ok_or(KeyFileError::Length(bytes.len()))?;
        Self::from_parts(StaticKey::from_bytes(*key), wrapped)
    }

    /// The key from its two halves.
    ///
    /// # Errors
    /// The wrapped key's length is impossible, or not the one that its last two bytes state.
    pub fn from_parts(key: StaticKey, wrapped: &[u8]) -> Result<Self, KeyFileError> {
        let stated = wrapped
            .last_chunk::<2>()
            .map(|n| usize::from(u16::from_be_bytes(*n)));
        if !(WKC_MIN..=WKC_MAX).contains(&wrapped.len()) || stated != Some(wrapped.len()) {
            return Err(KeyFileError::Length(KEY_LEN + wrapped.len()));
        }
        Ok(Self {
            key,
            wrapped: wrapped.to_vec(),
        })
    }

    /// The key that control packets are wrapped with.
    pub fn key(&self) -> &StaticKey {
        &self.key
    }

    /// The wrapped key, opaque to a client.
    pub fn wrapped(&self) -> &[u8] {
        &self.wrapped
    }
}

/// What stands between two marker lines.
fn between<'a>(text: &'a str, begin: &'static str, end: &'static str) -> Result<&'a str, KeyFileError> {
    let (_, rest) = text.split_once(begin).ok_or(KeyFileError::Marker(begin))?;
    let (inside, _) = rest.split_once(end).ok_or(KeyFileError::Marker(end))?;
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: usize) -> String {
        let line = "000102030405060708090a0b0c0d0e0f\n";
        format!(
            "#\n# 2048 bit OpenVPN static key\n#\n{STATIC_BEGIN}\r\n{}{STATIC_END}\n",
            line.repeat(lines)
        )
    }

    #[test]
    fn a_static_key_is_sixteen_lines_of_hexadecimal() {
        let key = StaticKey::parse(&file(16)).unwrap();
        assert!(
            key.as_bytes()
                .iter()
                .enumerate()
                .all(|(i, &byte)| usize::from(byte) == i % 16)
        );
    }

    #[test]
    fn broken_key_files_say_what_is_wrong() {
        for (text, want) in [
            (String::new(), KeyFileError::Marker(STATIC_BEGIN)),
            (STATIC_BEGIN.to_owned(), KeyFileError::Marker(STATIC_END)),
            (file(15), KeyFileError::Length(240)),
            (file(17), KeyFileError::Length(272)),
            (
                file(16).replace("0a", "0g"),
                KeyFileError::Encoding("hexadecimal"),
            ),
        ] {
            assert_eq!(StaticKey::parse(&text).err(), Some(want));
        }
    }

    #[test]
    fn a_client_key_must_hold_a_whole_wrapped_key() {
        let wkc = |length: u16| [&vec![3; usize::from(length) - 2][..], &length.to_be_bytes()[..]].concat();
        let file = |wkc: &[u8]| {
            let bytes = [&[1; KEY_LEN][..], wkc].concat();
            format!(
                "{V2_BEGIN}\n{}\n{V2_END}\n",
                base64::prelude::BASE64_STANDARD.encode(bytes)
            )
        };
        let key = TlsCryptV2ClientKey::parse(&file(&wkc(299))).unwrap();
        assert_eq!((key.key().as_bytes()[7], key.wrapped()), (1, &wkc(299)[..]));
        for bad in [&wkc(299)[1..], &wkc(1025), &wkc(200), &[][..]] {
            let error = TlsCryptV2ClientKey::parse(&file(bad)).err();
            assert_eq!(error, Some(KeyFileError::Length(KEY_LEN + bad.len())));
        }
    }
}
