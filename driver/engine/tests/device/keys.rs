//! Installing and exchanging keys.

use ovpn_dco_engine::{CryptoError, DropReason};
use ovpn_dco_uapi::{CipherAlg, Ioctl, KeySlot, NtStatus};
use zerocopy::IntoBytes;

use crate::support::Host;
use crate::support::packets::{Fate, udp};
use crate::support::requests::{Side, TestKey};

const OUT: &str = "10.8.0.2";
const IN: &str = "10.8.0.1";

fn pair(key: TestKey) -> (Host, Host) {
    let (client, server) = (Host::open(), Host::open());
    client.udp().install(Side::Client, KeySlot::Primary, key);
    server.udp().install(Side::Server, KeySlot::Primary, key);
    (client, server)
}

/// A packet from one to the other; what became of it.
fn cross(from: &Host, to: &Host) -> Result<(), DropReason> {
    let packet = udp(OUT, IN, b"across");
    match to.receive(None, &from.transmit(&packet)?.bytes) {
        Fate::Deliver(plaintext) => {
            assert_eq!(plaintext, packet);
            Ok(())
        }
        Fate::Dropped(reason) => Err(reason),
        Fate::Consumed => panic!("not a ping"),
    }
}

#[test]
fn every_cipher_and_format_carries_packets_both_ways() {
    for (cipher, key_len) in [
        (CipherAlg::AesGcm, 16),
        (CipherAlg::AesGcm, 24),
        (CipherAlg::AesGcm, 32),
        (CipherAlg::ChaCha20Poly1305, 32),
    ] {
        for epoch in [false, true] {
            let (client, server) = pair(TestKey {
                cipher,
                key_len,
                epoch,
                ..TestKey::CLASSIC
            });
            assert_eq!(cross(&client, &server), Ok(()));
            assert_eq!(cross(&server, &client), Ok(()));
        }
    }
}

#[test]
fn key_requests_are_checked() {
    let host = Host::open();
    host.udp();
    let good = TestKey::CLASSIC;
    let cases = [
        (good, NtStatus::SUCCESS),
        (
            TestKey {
                key_id: 7,
                peer_id: 0xFF_FFFF,
                ..good
            },
            NtStatus::SUCCESS,
        ),
        (TestKey { key_id: 8, ..good }, NtStatus::INVALID_PARAMETER),
        (
            TestKey {
                peer_id: 0x100_0000,
                ..good
            },
            NtStatus::INVALID_PARAMETER,
        ),
        (TestKey { peer_id: -1, ..good }, NtStatus::INVALID_PARAMETER),
        (
            TestKey {
                cipher: CipherAlg::None,
                ..good
            },
            NtStatus::NOT_SUPPORTED,
        ),
        (
            TestKey {
                cipher: CipherAlg::ChaCha20Poly1305,
                key_len: 16,
                ..good
            },
            NtStatus::INVALID_PARAMETER,
        ),
    ];
    for (key, want) in cases {
        assert_eq!(
            host.try_install(Side::Client, KeySlot::Primary, key),
            want,
            "{key:?}"
        );
    }
    for key_len in 0..=u8::MAX {
        let want = if [16, 24, 32].contains(&key_len) {
            NtStatus::SUCCESS
        } else {
            NtStatus::INVALID_PARAMETER
        };
        let key = TestKey { key_len, ..good };
        assert_eq!(
            host.try_install(Side::Client, KeySlot::Secondary, key),
            want,
            "{key_len}"
        );
    }
    let raw = |change: fn(&mut ovpn_dco_uapi::CryptoDataV2)| {
        let mut data = good.crypto_data(Side::Client, KeySlot::Primary);
        change(&mut data);
        host.ask(Ioctl::NewKeyV2, data.as_bytes())
    };
    assert_eq!(raw(|data| data.v1.key_slot = 2), NtStatus::INVALID_DEVICE_REQUEST);
    assert_eq!(
        raw(|data| data.v1.cipher_alg = 3),
        NtStatus::INVALID_DEVICE_REQUEST
    );
    assert_eq!(
        raw(|data| data.v1.decrypt.key_len = 16),
        NtStatus::INVALID_PARAMETER
    );
    for bits in [1, 3, 4, u32::MAX] {
        let mut data = good.crypto_data(Side::Client, KeySlot::Primary);
        data.crypto_options = bits;
        assert_eq!(
            host.ask(Ioctl::NewKeyV2, data.as_bytes()),
            NtStatus::INVALID_PARAMETER,
            "{bits}"
        );
    }
    let data = good.crypto_data(Side::Client, KeySlot::Primary);
    assert_eq!(host.ask(Ioctl::NewKey, data.v1.as_bytes()), NtStatus::SUCCESS);
}

#[test]
fn a_failed_install_leaves_the_old_key_working() {
    let (client, server) = pair(TestKey::CLASSIC);
    for (error, want) in [
        (CryptoError::Unsupported, NtStatus::NOT_SUPPORTED),
        (CryptoError::NoMemory, NtStatus::NO_MEMORY),
        (CryptoError::Failed, NtStatus::UNSUCCESSFUL),
    ] {
        for epoch in [false, true] {
            client.refuse_cipher(Some(error));
            let other = TestKey {
                seed: 9,
                epoch,
                ..TestKey::CLASSIC
            };
            assert_eq!(client.try_install(Side::Client, KeySlot::Primary, other), want);
            client.refuse_cipher(None);
            assert_eq!(cross(&client, &server), Ok(()));
        }
    }
}

#[test]
fn a_renegotiation_loses_no_packet() {
    for epoch in [false, true] {
        let first = TestKey {
            epoch,
            ..TestKey::CLASSIC
        };
        let (client, server) = pair(first);
        for round in 1..20u8 {
            let next = TestKey {
                seed: u32::from(round) + 1,
                key_id: (round - 1) % 7 + 1,
                ..first
            };
            server.install(Side::Server, KeySlot::Secondary, next);
            assert_eq!(cross(&client, &server), Ok(()));
            client.install(Side::Client, KeySlot::Secondary, next);
            assert_eq!(cross(&server, &client), Ok(()));
            server.must(Ioctl::SwapKeys, &[]);
            assert_eq!(
                cross(&server, &client),
                Ok(()),
                "with the new key, before the client swaps"
            );
            assert_eq!(
                cross(&client, &server),
                Ok(()),
                "with the old key, after the server swapped"
            );
            client.must(Ioctl::SwapKeys, &[]);
            assert_eq!(cross(&client, &server), Ok(()));
        }
    }
}

#[test]
fn slots_may_hold_different_formats() {
    let (client, server) = pair(TestKey::CLASSIC);
    let next = TestKey {
        key_id: 1,
        ..TestKey::EPOCH
    };
    client.install(Side::Client, KeySlot::Secondary, next);
    server.install(Side::Server, KeySlot::Secondary, next);
    client.must(Ioctl::SwapKeys, &[]);
    assert_eq!(cross(&client, &server), Ok(()));
    assert_eq!(cross(&server, &client), Ok(()));
}

#[test]
fn an_empty_slot_neither_swaps_nor_matches() {
    let host = Host::open();
    host.udp();
    assert_eq!(host.ask(Ioctl::SwapKeys, &[]), NtStatus::INVALID_DEVICE_STATE);
    let (_client, server) = pair(TestKey::CLASSIC);
    let packet = server.transmit(&udp(IN, OUT, b"x")).unwrap().bytes;
    assert_eq!(packet[0], 0x48, "key id 0");
    assert_eq!(host.receive(None, &packet), Fate::Dropped(DropReason::InNoKey));
    host.install(
        Side::Client,
        KeySlot::Primary,
        TestKey {
            key_id: 1,
            ..TestKey::CLASSIC
        },
    );
    assert_eq!(
        host.receive(None, &packet),
        Fate::Dropped(DropReason::InUnknownKeyId)
    );
    assert_eq!(host.ask(Ioctl::SwapKeys, &[]), NtStatus::INVALID_DEVICE_STATE);
    host.install(Side::Client, KeySlot::Secondary, TestKey::CLASSIC);
    assert!(matches!(host.receive(None, &packet), Fate::Deliver(_)));
    assert_eq!(host.receive(None, &packet), Fate::Dropped(DropReason::InReplay));
}

#[test]
fn the_peer_id_of_the_key_goes_into_headers_and_selects_nobody_in_client_mode() {
    let (client, server) = pair(TestKey {
        peer_id: 0xABCDE,
        ..TestKey::CLASSIC
    });
    let packet = client.transmit(&udp(OUT, IN, b"x")).unwrap().bytes;
    assert_eq!(packet[..4], [0x48, 0x0A, 0xBC, 0xDE]);
    server.install(
        Side::Server,
        KeySlot::Primary,
        TestKey {
            peer_id: 3,
            ..TestKey::CLASSIC
        },
    );
    assert!(matches!(server.receive(None, &packet), Fate::Deliver(_)));
}
