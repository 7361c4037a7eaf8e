//! Cost of sealing and opening a packet against the bare AEAD call, same provider, same run.
//!
//! `cargo run -p ovpn-dco-provider --release --example cost [BYTES]`

use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::{Aead, Cipher, CryptoProvider, Instant};
use ovpn_dco_provider::AwsLc;
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};
use std::hint::black_box;
use std::time::Instant as Clock;

const PACKETS: usize = 32;
const ROUNDS: usize = 4000;

fn best(mut run: impl FnMut()) -> f64 {
    let nanoseconds = |run: &mut dyn FnMut()| {
        let start = Clock::now();
        run();
        start.elapsed().as_secs_f64() * 1e9 / PACKETS as f64
    };
    (0..ROUNDS)
        .map(|_| nanoseconds(&mut run))
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    let size = std::env::args()
        .nth(1)
        .map_or(1400, |text| text.parse().expect("a packet size in bytes"));
    let plaintext = vec![0x45; size];
    let mut out = vec![0; size + 64];
    let aead = AwsLc.aead_key(Cipher::Aes256Gcm, &[7; 32]).expect("a key");
    let mut tag = [0; 16];
    let seal = best(|| {
        for n in 0..PACKETS as u32 {
            let mut nonce = [0; 12];
            nonce[..4].copy_from_slice(&n.to_be_bytes());
            aead.seal(
                &nonce,
                &[1; 8],
                black_box(&plaintext),
                black_box(&mut out[24..24 + size]),
                &mut tag,
            )
            .expect("sealed");
        }
    });
    let mut ciphertext = vec![0; size];
    aead.seal(&[1; 12], &[1; 8], &plaintext, &mut ciphertext, &mut tag)
        .expect("sealed");
    let open = best(|| {
        for _ in 0..PACKETS {
            aead.open(
                &[1; 12],
                &[1; 8],
                black_box(&ciphertext),
                &tag,
                black_box(&mut out[..size]),
            )
            .expect("opened");
        }
    });
    println!("{size} bytes, AES-256-GCM, per packet");
    println!("bare AEAD       seal {seal:7.1} ns              open {open:7.1} ns");
    for options in [CryptoOptions::CLASSIC, CryptoOptions::EPOCH] {
        let direction = || {
            if options.is_epoch() {
                KeyDirection::epoch(&[7; 32], 32)
            } else {
                KeyDirection::classic(&[7; 32], [3; 8]).expect("32 bytes")
            }
        };
        let material = KeyMaterial::new(
            CipherAlg::AesGcm,
            options,
            KeyId::default(),
            PeerId::new(1).expect("small"),
            &direction(),
            &direction(),
        )
        .expect("valid");
        let grace = Shared::new(Grace::new(2).expect("memory")).expect("memory");
        let key = Key::new(&AwsLc, &material, &grace).expect("a key");
        let pin = grace.pin(0);
        let sealed = best(|| {
            for _ in 0..PACKETS {
                key.seal(&AwsLc, &pin, &[black_box(&plaintext)], black_box(&mut out))
                    .expect("sealed");
            }
        });
        let mut best_open = f64::INFINITY;
        for _ in 0..ROUNDS {
            let packets: Vec<Vec<u8>> = (0..PACKETS)
                .map(|_| {
                    let mut packet = vec![0; size + 28];
                    let len = key
                        .seal(&AwsLc, &pin, &[&plaintext], &mut packet)
                        .expect("sealed");
                    packet.truncate(len);
                    packet
                })
                .collect();
            let start = Clock::now();
            for packet in &packets {
                let packet = DataPacket::new(black_box(packet)).expect("data");
                key.open(&AwsLc, &pin, Instant(1_000_000), &packet, black_box(&mut out))
                    .expect("opened");
            }
            best_open = best_open.min(start.elapsed().as_secs_f64() * 1e9 / PACKETS as f64);
        }
        let name = if options.is_epoch() { "epoch" } else { "classic" };
        println!(
            "{name:<8} key    seal {sealed:7.1} ns  x {:.3}    open {best_open:7.1} ns  x {:.3}",
            sealed / seal,
            best_open / open
        );
    }
}
