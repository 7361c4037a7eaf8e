//! Keys under real AEADs: what is sealed opens, what is tampered with changes nothing, what is used up is refused.

use ovpn_dco_engine::epoch::{EpochConfig, EpochState};
use ovpn_dco_engine::keys::{Framing, Key, KeyMaterial, KeySlots, SwapError};
use ovpn_dco_engine::limits::PARKED_KEYS_MAX;
use ovpn_dco_engine::offload::GsoKind;
use ovpn_dco_engine::offload::segment::{Request, Segmenter};
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::{Cipher, CryptoProvider, DropReason, Instant};
use ovpn_dco_provider::{AwsLc, RustCrypto};
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, KeySlot, PeerId};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const NOW: Instant = Instant(1_000_000);
type CipherChoice = (CipherAlg, u8);
const AES_256: CipherChoice = (CipherAlg::AesGcm, 32);
const CHACHA: CipherChoice = (CipherAlg::ChaCha20Poly1305, 32);
const CIPHERS: [CipherChoice; 4] = [(CipherAlg::AesGcm, 16), (CipherAlg::AesGcm, 24), AES_256, CHACHA];
const CLASSIC: CryptoOptions = CryptoOptions::CLASSIC;
const EPOCH: CryptoOptions = CryptoOptions::EPOCH;

/// Key material of one of two ends.
fn material(cipher: CipherChoice, options: CryptoOptions, client: bool, key_id: u8) -> KeyMaterial {
    let direction = |seed: u8| {
        let mut direction = KeyDirection::epoch(&[seed; 32], cipher.1);
        direction.nonce_tail = [seed ^ 0xff; 8];
        direction
    };
    let (send, receive) = if client { (1, 2) } else { (2, 1) };
    let (key_id, peer_id) = (KeyId::new(key_id).unwrap(), PeerId::new(7).unwrap());
    KeyMaterial::new(
        cipher.0,
        options,
        key_id,
        peer_id,
        &direction(send),
        &direction(receive),
    )
    .unwrap()
}

fn grace() -> Shared<Grace> {
    Shared::new(Grace::new(2).unwrap()).unwrap()
}

/// An end of a session with one key.
struct End<C: CryptoProvider> {
    provider: C,
    key: Key<C>,
    grace: Shared<Grace>,
}

impl<C: CryptoProvider> End<C> {
    fn new(provider: C, cipher: CipherChoice, options: CryptoOptions, client: bool) -> Self {
        let material = material(cipher, options, client, 0);
        let config = EpochConfig::of(material.cipher());
        Self::with(provider, &material, config)
    }

    fn with(provider: C, material: &KeyMaterial, config: EpochConfig) -> Self {
        let grace = grace();
        let key = Key::with_config(&provider, material, &grace, config).unwrap();
        Self { provider, key, grace }
    }

    fn seal(&self, plaintext: &[&[u8]]) -> Result<Vec<u8>, DropReason> {
        let mut out = vec![0xee; plaintext.concat().len() + 40];
        let len = self
            .key
            .seal(&self.provider, &self.grace.pin(0), plaintext, &mut out)?;
        assert!(
            out[len..].iter().all(|byte| *byte == 0xee),
            "written beyond the packet"
        );
        out.truncate(len);
        Ok(out)
    }

    fn open(&self, packet: &[u8]) -> Result<Vec<u8>, DropReason> {
        let packet = DataPacket::new(packet).ok_or(DropReason::InShort)?;
        let mut out = vec![0; packet.len()];
        let len = self
            .key
            .open(&self.provider, &self.grace.pin(1), NOW, &packet, &mut out)?;
        out.truncate(len);
        Ok(out)
    }

    fn state(&self) -> Option<EpochState> {
        self.key.epochs()?.state(&self.grace.pin(0))
    }

    /// Frees what was replaced, as the timer does.
    fn settle(&self) {
        self.grace.synchronize(|_| std::thread::yield_now());
        self.key.collect();
    }
}

/// An AES-256-GCM key of the epoch format with a usage limit of its own.
fn limited(limit: u64, client: bool) -> End<AwsLc> {
    let config = EpochConfig {
        usage_limit: Some(limit),
        ..EpochConfig::of(Cipher::Aes256Gcm)
    };
    End::with(AwsLc, &material(AES_256, EPOCH, client, 0), config)
}

fn crossed<A: CryptoProvider, B: CryptoProvider>(a: A, b: B, which: usize, plaintext: &[&[u8]]) {
    let (cipher, options) = choice(which);
    let (a, b) = (
        End::new(a, cipher, options, true),
        End::new(b, cipher, options, false),
    );
    for _ in 0..2 {
        let packet = a.seal(plaintext).unwrap();
        assert_eq!(packet.len(), plaintext.concat().len() + a.key.format().overhead());
        assert_eq!(b.open(&packet).unwrap(), plaintext.concat());
        assert_eq!(b.open(&packet), Err(DropReason::InReplay));
    }
}

fn choice(which: usize) -> (CipherChoice, CryptoOptions) {
    (CIPHERS[which / 2], [CLASSIC, EPOCH][which % 2])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decrypting_undoes_encrypting_across_providers(
        which in 0..8_usize,
        slices in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 1..4),
    ) {
        let slices: Vec<&[u8]> = slices.iter().map(Vec::as_slice).collect();
        crossed(AwsLc, RustCrypto, which, &slices);
        crossed(RustCrypto, AwsLc, which, &slices);
    }

    #[test]
    fn several_slices_are_sealed_like_one(
        which in 0..8_usize,
        slices in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..5),
    ) {
        let (cipher, options) = choice(which);
        let slices: Vec<&[u8]> = slices.iter().map(Vec::as_slice).collect();
        let pieces = End::new(AwsLc, cipher, options, true).seal(&slices).unwrap();
        let whole = End::new(AwsLc, cipher, options, true).seal(&[&slices.concat()]).unwrap();
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn any_bytes_are_refused_without_a_trace(
        which in 0..8_usize,
        mut bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        if let Some(first) = bytes.first_mut() {
            *first = 0x48;
        }
        let (cipher, options) = choice(which);
        let end = End::new(AwsLc, cipher, options, false);
        let state = end.state();
        prop_assert!(end.open(&bytes).is_err());
        prop_assert_eq!(end.state(), state);
    }
}

#[test]
fn a_packet_with_any_bit_changed_is_refused_and_changes_nothing() {
    for options in [CLASSIC, EPOCH] {
        let hasty = EpochConfig {
            usage_limit: Some(0),
            ..EpochConfig::of(Cipher::Aes256Gcm)
        };
        let a = End::with(AwsLc, &material(AES_256, options, true, 0), hasty);
        let b = End::new(AwsLc, AES_256, options, false);
        // The second packet of the hasty sender is of a new epoch: forging it must not move the receiver.
        a.seal(&[b"first"]).unwrap();
        let packet = a.seal(&[b"some plaintext"]).unwrap();
        let state = b.state();
        for (place, bit) in (1..packet.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
            let mut forged = packet.clone();
            forged[place] ^= 1 << bit;
            let reason = b.open(&forged).unwrap_err();
            let expected = [DropReason::InAuthentication, DropReason::InUnknownEpoch];
            assert!(expected.contains(&reason), "byte {place} bit {bit}: {reason:?}");
            assert_eq!(b.state(), state, "byte {place} bit {bit}");
        }
        assert_eq!(
            b.open(&packet).unwrap(),
            b"some plaintext",
            "still acceptable after all that"
        );
    }
}

#[test]
fn cut_packets_are_refused() {
    for options in [CLASSIC, EPOCH] {
        let packet = End::new(AwsLc, AES_256, options, true).seal(&[b"x"]).unwrap();
        for len in 0..packet.len() {
            let b = End::new(AwsLc, AES_256, options, false);
            let short = len < b.key.format().overhead();
            let expected = if short {
                DropReason::InShort
            } else {
                DropReason::InAuthentication
            };
            assert_eq!(b.open(&packet[..len]), Err(expected), "{len}");
        }
    }
}

#[test]
fn a_buffer_that_is_too_small_is_refused_before_anything_happens() {
    for options in [CLASSIC, EPOCH] {
        let a = End::new(AwsLc, AES_256, options, true);
        let b = End::new(AwsLc, AES_256, options, false);
        let mut small = vec![0; 4 + a.key.format().overhead()];
        assert_eq!(
            a.key.seal(&AwsLc, &a.grace.pin(0), &[b"12345"], &mut small),
            Err(DropReason::OutBuffer)
        );
        let packet = a.seal(&[b"12345"]).unwrap();
        let data = DataPacket::new(&packet).unwrap();
        let opened = b.key.open(&AwsLc, &b.grace.pin(0), NOW, &data, &mut [0; 4]);
        assert_eq!(opened, Err(DropReason::InBuffer));
        assert_eq!(b.open(&packet).unwrap(), b"12345");
    }
}

#[test]
fn packet_ids_start_at_one_and_end_before_they_repeat() {
    let a = End::new(AwsLc, AES_256, CLASSIC, true);
    let id = |packet: &[u8]| DataPacket::new(packet).unwrap().classic().unwrap().packet_id;
    assert_eq!(id(&a.seal(&[b"x"]).unwrap()), 1);
    assert!(a.key.reserve(&AwsLc, &a.grace.pin(0), 0xFFFF_FFFD, 0).is_ok());
    assert_eq!(id(&a.seal(&[b"x"]).unwrap()), 0xFFFF_FFFF);
    for _ in 0..3 {
        assert_eq!(a.seal(&[b"x"]), Err(DropReason::OutKeyExhausted));
    }
}

#[test]
fn an_epoch_counter_that_is_used_up_moves_on() {
    let a = End::new(AwsLc, CHACHA, EPOCH, true);
    assert!(a.key.reserve(&AwsLc, &a.grace.pin(0), (1 << 48) - 1, 0).is_ok());
    let packet = a.seal(&[b"x"]).unwrap();
    let id = DataPacket::new(&packet).unwrap().epoch().unwrap().packet_id;
    assert_eq!((id.epoch(), id.counter()), (2, 1));
}

#[test]
fn after_the_last_epoch_there_is_none() {
    let material = material(AES_256, EPOCH, true, 0);
    let config = EpochConfig {
        usage_limit: Some(0),
        future_keys: 0,
        first_epoch: 65534,
    };
    let a = End::with(AwsLc, &material, config);
    a.seal(&[b"x"]).unwrap();
    a.seal(&[b"x"]).unwrap();
    assert_eq!(a.state().unwrap().send, 65535);
    assert_eq!(a.seal(&[b"x"]), Err(DropReason::OutKeyExhausted));
    for (first_epoch, future_keys) in [(0, 4), (65531, 4), (65535, 0)] {
        let config = EpochConfig {
            first_epoch,
            future_keys,
            ..config
        };
        assert!(
            Key::with_config(&AwsLc, &material, &grace(), config).is_err(),
            "{first_epoch}"
        );
    }
}

#[test]
fn epochs_that_pass_faster_than_they_can_be_freed_are_refused() {
    let a = limited(0, true);
    for _ in 0..=PARKED_KEYS_MAX {
        a.seal(&[b"x"]).unwrap();
    }
    assert_eq!(a.seal(&[b"x"]), Err(DropReason::OutEpochMove));
    assert_eq!(a.key.parked(), PARKED_KEYS_MAX);
    a.settle();
    assert_eq!(a.key.parked(), 0);
    a.seal(&[b"x"]).unwrap();
}

#[test]
fn a_worn_receive_key_makes_the_sender_move_and_the_peer_follow() {
    let (a, b) = (End::new(AwsLc, AES_256, EPOCH, true), limited(20, false));
    for _ in 0..10 {
        b.open(&a.seal(&[b"x"]).unwrap()).unwrap();
    }
    b.seal(&[b"x"]).unwrap();
    assert_eq!(
        b.state().unwrap().send,
        1,
        "10 packets of a block each are within the limit"
    );
    b.open(&a.seal(&[b"x"]).unwrap()).unwrap();
    let reply = b.seal(&[b"x"]).unwrap();
    assert_eq!(b.state().unwrap().send, 2);
    a.open(&reply).unwrap();
    assert_eq!(a.state().unwrap().send, 2);
}

#[test]
fn both_ends_rotate_over_many_epochs_without_losing_a_packet() {
    let (a, b) = (limited(50, true), limited(50, false));
    let mut late = None;
    for n in 0..2000_u32 {
        let plaintext = n.to_be_bytes().repeat(1 + n as usize % 20);
        let packet = a.seal(&[&plaintext]).unwrap();
        // Every seventh packet comes after its successor, so that retiring keys are used.
        if n % 7 == 0 {
            late = Some((packet, plaintext));
        } else {
            assert_eq!(b.open(&packet).unwrap(), plaintext, "packet {n}");
            if let Some((packet, plaintext)) = late.take() {
                assert_eq!(b.open(&packet).unwrap(), plaintext, "the packet before {n}");
            }
        }
        if n % 3 == 0 {
            a.open(&b.seal(&[b"reply"]).unwrap()).unwrap();
        }
        a.settle();
        b.settle();
    }
    assert!(a.state().unwrap().send > 100);
}

/// One thread's share: seals 1000 packets and opens each at once. Returns how many could be opened.
fn worker(lane: usize, a: &End<AwsLc>, b: &End<AwsLc>, ids: &Mutex<BTreeSet<[u8; 8]>>) -> usize {
    let mut opened = 0;
    for _ in 0..1000 {
        let mut out = vec![0; 200];
        let sealed = loop {
            match a.key.seal(&AwsLc, &a.grace.pin(lane), &[&[7; 100]], &mut out) {
                // Epochs pass faster than they are freed: try again.
                Err(DropReason::OutEpochMove) => std::thread::yield_now(),
                sealed => break sealed.unwrap(),
            }
        };
        let packet = DataPacket::new(&out[..sealed]).unwrap();
        let id = packet.epoch().unwrap().packet_id.to_bytes();
        assert!(ids.lock().unwrap().insert(id), "an id was used twice");
        let mut plaintext = [0; 200];
        match b
            .key
            .open(&AwsLc, &b.grace.pin(lane), NOW, &packet, &mut plaintext)
        {
            Ok(len) => {
                assert_eq!(plaintext[..len], [7; 100]);
                opened += 1;
            }
            // A thread may be so slow that its packet's epoch is over.
            Err(DropReason::InUnknownEpoch | DropReason::InEpochMove) => {}
            Err(reason) => panic!("{reason:?}"),
        }
    }
    opened
}

#[test]
fn threads_that_seal_and_open_through_rotations_use_no_id_twice() {
    let (a, b) = (limited(200, true), limited(200, false));
    let ids = Mutex::new(BTreeSet::new());
    let opened = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers = [0, 1].map(|lane| {
            let (a, b, ids, opened) = (&a, &b, &ids, &opened);
            scope.spawn(move || opened.fetch_add(worker(lane, a, b, ids), Ordering::Relaxed))
        });
        while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            a.settle();
            b.settle();
        }
    });
    assert_eq!(ids.into_inner().unwrap().len(), 2000);
    assert!(opened.into_inner() > 500);
}

#[test]
fn slots_select_by_key_id_and_an_empty_one_matches_nothing() {
    let grace = grace();
    let key =
        |id| Shared::new(Key::new(&AwsLc, &material(AES_256, CLASSIC, true, id), &grace).unwrap()).unwrap();
    let found = |slots: &KeySlots<AwsLc>, wanted| {
        slots
            .by_key_id(KeyId::new(wanted).unwrap())
            .map(|key| key.header().key_id.get())
    };
    let primary = |slots: &KeySlots<AwsLc>| slots.primary().map(|key| key.header().key_id.get());

    let empty = KeySlots::<AwsLc>::empty();
    assert!(empty.is_empty() && (0..8).all(|wanted| found(&empty, wanted).is_none()));
    assert_eq!(empty.swapped().err(), Some(SwapError::NoSecondary));

    let first = empty.with(KeySlot::Primary, key(0));
    assert_eq!((found(&first, 0), found(&first, 1)), (Some(0), None));
    assert!(first.swapped().is_err());

    let both = first.with(KeySlot::Secondary, key(1));
    assert_eq!(
        (primary(&both), found(&both, 0), found(&both, 1)),
        (Some(0), Some(0), Some(1))
    );

    let swapped = both.swapped().unwrap();
    assert_eq!(
        (primary(&swapped), found(&swapped, 0), found(&swapped, 1)),
        (Some(1), Some(0), Some(1))
    );
    assert_eq!(
        found(&swapped.with(KeySlot::Secondary, key(2)), 0),
        None,
        "replaced"
    );
}

/// A TCP packet over IPv4 with `len` bytes of payload.
fn tcp_packet(len: usize) -> Vec<u8> {
    let total = u16::try_from(40 + len).unwrap().to_be_bytes();
    let mut packet = vec![
        0x45, 0, total[0], total[1], 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    packet.extend([
        0x1f, 0x90, 0x00, 0x50, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0,
    ]);
    packet.extend((0..len).map(|n| u8::try_from(n % 251).unwrap()));
    packet
}

#[test]
fn segments_are_sealed_one_behind_the_other() {
    let framings = [Framing::Datagram, Framing::Stream];
    for (options, framing) in [CLASSIC, EPOCH]
        .into_iter()
        .flat_map(|options| framings.map(|f| (options, f)))
    {
        let a = End::new(AwsLc, AES_256, options, true);
        let b = End::new(AwsLc, AES_256, options, false);
        let packet = tcp_packet(4500);
        let slices = [&packet[..40], &packet[40..2000], &packet[2000..]];
        let request = Request {
            gso: Some((GsoKind::Tcp4, 1400)),
            ..Request::NONE
        };
        let mut segments = Segmenter::new(&slices, request).unwrap();
        let mut plain = segments.clone();
        let mut out = vec![0; 8000];
        let pin = a.grace.pin(0);
        let sealed = a
            .key
            .seal_segments(&AwsLc, &pin, &mut segments, framing, &mut out)
            .unwrap();
        assert_eq!(sealed.count, 4);
        assert_eq!(
            sealed.segment,
            1440 + a.key.format().overhead() + framing.prefix_len()
        );
        let datagrams: Vec<&[u8]> = out[..sealed.len].chunks(sealed.segment).collect();
        assert_eq!(datagrams.len(), 4);
        for datagram in datagrams {
            let (prefix, datagram) = datagram.split_at(framing.prefix_len());
            if framing == Framing::Stream {
                assert_eq!(prefix, u16::try_from(datagram.len()).unwrap().to_be_bytes());
            }
            let mut want = vec![0; plain.next_len().unwrap()];
            plain.write_next(&mut want).unwrap();
            assert_eq!(b.open(datagram).unwrap(), want);
        }
        assert_eq!(plain.next_len(), None);
    }
}
