//! The driver's own ChaCha20-Poly1305, which cannot be tested where it is: a driver crate has no tests that run on a host.

#[path = "../../../driver/kmdf/src/chacha20_poly1305.rs"]
mod chacha20_poly1305;

use chacha20_poly1305::{Refused, open, seal};
use ovpn_dco_engine::{Aead as _, Cipher, CryptoProvider as _};
use ovpn_dco_provider::AwsLc;
use proptest::prelude::*;

/// RFC 8439, section 2.8.2.
#[test]
fn the_rfcs_example() {
    let key: [u8; 32] = core::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap());
    let nonce = [7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
    let aad = [
        0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
    ];
    let mut data = *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let tag = seal(&key, &nonce, &aad, &mut data).unwrap();
    assert_eq!(data[..8], [0xd3, 0x1a, 0x8d, 0x34, 0x64, 0x8e, 0x60, 0xdb]);
    assert_eq!(
        tag,
        [
            0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91
        ]
    );
}

#[test]
fn forged_data_is_refused_and_left_as_it_is() {
    let (key, nonce, aad) = ([1; 32], [2; 12], [3; 7]);
    let mut sealed = [4; 100];
    let tag = seal(&key, &nonce, &aad, &mut sealed).unwrap();
    for (at, in_tag) in [(0, false), (99, false), (0, true), (15, true)] {
        let (mut data, mut tag) = (sealed, tag);
        if in_tag {
            tag[at] ^= 1;
        } else {
            data[at] ^= 1;
        }
        let before = data;
        assert_eq!(open(&key, &nonce, &aad, &mut data, &tag), Err(Refused));
        assert_eq!(data, before);
    }
    let mut data = sealed;
    assert_eq!(
        open(&key, &nonce, &[3; 8], &mut data, &tag),
        Err(Refused),
        "other AAD"
    );
    assert_eq!(open(&key, &nonce, &aad, &mut data, &tag), Ok(()));
    assert_eq!(data, [4; 100]);
}

proptest! {
    #[test]
    fn aws_lc_agrees(
        key: [u8; 32],
        nonce: [u8; 12],
        aad in proptest::collection::vec(any::<u8>(), 0..40),
        plaintext in proptest::collection::vec(any::<u8>(), 0..1700),
    ) {
        let other = AwsLc.aead_key(Cipher::ChaCha20Poly1305, &key).unwrap();
        let (mut theirs, mut their_tag) = (vec![0; plaintext.len()], [0; 16]);
        other.seal(&nonce, &aad, &plaintext, &mut theirs, &mut their_tag).unwrap();
        let mut ours = plaintext.clone();
        let tag = seal(&key, &nonce, &aad, &mut ours).unwrap();
        prop_assert_eq!((&ours, tag), (&theirs, their_tag));
        prop_assert_eq!(open(&key, &nonce, &aad, &mut ours, &tag), Ok(()));
        prop_assert_eq!(ours, plaintext);
    }
}
