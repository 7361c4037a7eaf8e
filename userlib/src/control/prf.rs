//! The pseudo-random function of TLS 1.0 (RFC 2246, section 5): MD5 and SHA-1, from the time before key export.

use hmac::{Hmac, KeyInit, Mac};
use zeroize::Zeroizing;

/// Fills `output` from a secret, a label and a seed.
pub(super) fn tls1_prf(secret: &[u8], label: &[u8], seed: &[&[u8]], output: &mut [u8]) {
    // The halves share the byte in the middle if the length is odd.
    let half = secret.len().div_ceil(2);
    let (first, second) = (&secret[..half], &secret[secret.len() - half..]);
    output.fill(0);
    xor_p_hash::<Hmac<md5::Md5>>(first, label, seed, output);
    xor_p_hash::<Hmac<sha1::Sha1>>(second, label, seed, output);
}

/// `P_hash`, XORed into `output`.
fn xor_p_hash<M: Mac + KeyInit>(secret: &[u8], label: &[u8], seed: &[&[u8]], output: &mut [u8]) {
    let hmac = |parts: &mut dyn Iterator<Item = &[u8]>| -> Zeroizing<Vec<u8>> {
        // An HMAC takes keys of any length, so the error arm is never taken.
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret) else {
            return Zeroizing::default();
        };
        parts.for_each(|part| mac.update(part));
        Zeroizing::new(mac.finalize().into_bytes().to_vec())
    };
    let seed = || core::iter::once(label).chain(seed.iter().copied());
    let mut a = hmac(&mut seed());
    let mut rest = output;
    while !rest.is_empty() {
        let block = hmac(&mut core::iter::once(&a[..]).chain(seed()));
        let taken = block.len().min(rest.len());
        let (now, later) = rest.split_at_mut(taken);
        now.iter_mut()
            .zip(block.iter())
            .for_each(|(out, byte)| *out ^= byte);
        rest = later;
        a = hmac(&mut core::iter::once(&a[..]));
    }
}
