//! ChaCha20-Poly1305 (RFC 8439, section 2.8) from RustCrypto's `chacha20` and `poly1305`.
//!
//! Their own combination, the crate `chacha20poly1305`, can panic as far as a compiler can tell, where it runs the key stream without
//! asking whether it has ended. Here it is asked, and nothing else is new. Built for SSE2 only (`.cargo/config.toml`).
//!
//! IRQL: any; no memory but the stack and what is passed.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit as _, UniversalHash as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The tag is wrong, or the data is longer than the key stream (256 GiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Encrypts `data` in place. Returns the tag.
pub(crate) fn seal(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    data: &mut [u8],
) -> Result<[u8; 16], Refused> {
    let (mut stream, mac) = start(key, nonce)?;
    stream.try_apply_keystream(data).map_err(|_| Refused)?;
    Ok(tag(mac, aad, data))
}

/// Decrypts `data` in place if the tag is right, and leaves it as it is if not.
pub(crate) fn open(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    data: &mut [u8],
    expected: &[u8; 16],
) -> Result<(), Refused> {
    let (mut stream, mac) = start(key, nonce)?;
    if !bool::from(tag(mac, aad, data).ct_eq(expected)) {
        return Err(Refused);
    }
    stream.try_apply_keystream(data).map_err(|_| Refused)
}

/// The key stream from its second block on; the first one makes the authenticator's key (section 2.6).
fn start(key: &[u8; 32], nonce: &[u8; 12]) -> Result<(ChaCha20, Poly1305), Refused> {
    let mut stream = ChaCha20::new(key.into(), nonce.into());
    let mut block = Zeroizing::new([0; 64]);
    stream
        .try_apply_keystream(block.as_mut_slice())
        .map_err(|_| Refused)?;
    let (mac_key, _) = block.split_first_chunk::<32>().ok_or(Refused)?;
    Ok((stream, Poly1305::new(mac_key.into())))
}

/// The tag: over both, each padded to 16 bytes, and their lengths.
fn tag(mut mac: Poly1305, aad: &[u8], data: &[u8]) -> [u8; 16] {
    mac.update_padded(aad);
    mac.update_padded(data);
    let lengths = u128::from(aad.len() as u64) | u128::from(data.len() as u64) << 64;
    mac.update(&[lengths.to_le_bytes().into()]);
    mac.finalize().into()
}
