//! Every interleaving of the engine's lock-free parts, by loom.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p ovpn-dco-engine --release --test loom`
#![cfg(loom)]

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::limits::REPLAY_WINDOW;
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::replay::ReplayWindow;
use ovpn_dco_engine::sync::{Grace, Prepared, Published, Shared};
use ovpn_dco_engine::{Aead, Cipher, CryptoError, CryptoProvider, Instant, RawLock};
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};

/// Notes when it is dropped, and refuses to be read afterwards.
struct Snapshot {
    number: usize,
    freed: Arc<AtomicBool>,
}

impl Snapshot {
    fn new(number: usize) -> (Self, Arc<AtomicBool>) {
        let freed = Arc::new(AtomicBool::new(false));
        (
            Self {
                number,
                freed: freed.clone(),
            },
            freed,
        )
    }

    fn read(&self) -> usize {
        assert!(!self.freed.load(Ordering::Relaxed), "read after free");
        self.number
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.freed.store(true, Ordering::Relaxed);
    }
}

fn published(lanes: usize) -> (Arc<Published<Snapshot>>, Arc<AtomicBool>) {
    let grace = Shared::new(Grace::new(lanes).unwrap()).unwrap();
    let (first, freed) = Snapshot::new(1);
    (Arc::new(Published::new(first, grace).unwrap()), freed)
}

fn model(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    // Making keys takes many steps.
    builder.max_branches = 100_000;
    builder.check(body);
}

#[test]
fn a_reader_never_sees_a_freed_snapshot() {
    model(4, || {
        let (cell, freed) = published(2);
        let reader = thread::spawn({
            let cell = cell.clone();
            move || {
                let guard = cell.pin(1);
                let first = guard.read();
                assert_eq!(guard.read(), first, "a guard shows one snapshot");
            }
        });
        cell.publish(Prepared::new(Snapshot::new(2).0).unwrap());
        cell.settle(|_| thread::yield_now());
        assert!(
            freed.load(Ordering::Relaxed),
            "nobody can see the first one any more"
        );
        reader.join().unwrap();
    });
}

#[test]
fn readers_on_one_lane_and_a_second_reading_under_one_pin() {
    model(3, || {
        let (cell, _) = published(1);
        let readers = [(); 2].map(|()| {
            let cell = cell.clone();
            thread::spawn(move || {
                let guard = cell.pin(0);
                let first = guard.read();
                let second = cell.read(guard.pin()).unwrap().read();
                assert!(second >= first, "what is published does not go back");
            })
        });
        cell.publish(Prepared::new(Snapshot::new(2).0).unwrap());
        cell.settle(|_| thread::yield_now());
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn a_snapshot_parked_during_a_foreign_wait_is_kept_for_a_whole_wait() {
    model(3, || {
        let (cell, _) = published(2);
        let waiter = thread::spawn({
            let cell = cell.clone();
            move || cell.grace().synchronize(|_| thread::yield_now())
        });
        let reader = thread::spawn({
            let cell = cell.clone();
            move || {
                cell.pin(1).read();
            }
        });
        cell.publish(Prepared::new(Snapshot::new(2).0).unwrap());
        cell.collect();
        waiter.join().unwrap();
        cell.collect();
        reader.join().unwrap();
    });
}

const NOW: Instant = Instant(1_000_000);

#[test]
fn each_packet_id_is_accepted_once() {
    // The same id, an id of the same word, and one so far ahead that its word is the first one's, a turn later.
    for ids in [
        [3, 3],
        [3, 4],
        [3, 3 + 2 * REPLAY_WINDOW],
        [2 * REPLAY_WINDOW + 3, 4 * REPLAY_WINDOW + 3],
    ] {
        model(4, move || {
            let window = Arc::new(ReplayWindow::new().unwrap());
            let threads = [ids, [ids[1], ids[0]]].map(|ids| {
                let window = window.clone();
                thread::spawn(move || ids.map(|id| window.accept(id, NOW)))
            });
            let [first, second] = threads.map(|thread| thread.join().unwrap());
            let accepted = |id: u64| {
                let of = |order: [u64; 2], results: [bool; 2]| {
                    order
                        .iter()
                        .zip(results)
                        .filter(|(other, accepted)| **other == id && *accepted)
                        .count()
                };
                of(ids, first) + of([ids[1], ids[0]], second)
            };
            let highest = ids[0].max(ids[1]);
            assert_eq!(accepted(highest), 1, "the highest id is accepted once");
            assert!(accepted(ids[0].min(ids[1])) <= 1);
            assert_eq!(window.highest(), highest);
            assert!(
                ids.iter()
                    .all(|id| !window.accept(*id, NOW) || accepted(*id) == 0)
            );
        });
    }
}

/// No cipher at all: what is tested is who gets which packet id.
struct Plain;

impl Aead for Plain {
    fn seal(
        &self,
        _: &[u8; 12],
        _: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        ciphertext.copy_from_slice(plaintext);
        tag.fill(0);
        Ok(())
    }

    fn seal_in_place(
        &self,
        _: &[u8; 12],
        _: &[u8],
        _: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        tag.fill(0);
        Ok(())
    }

    fn open(
        &self,
        _: &[u8; 12],
        _: &[u8],
        ciphertext: &[u8],
        _: &[u8; 16],
        plaintext: &mut [u8],
    ) -> Result<(), CryptoError> {
        plaintext.copy_from_slice(ciphertext);
        Ok(())
    }
}

struct Provider;

impl CryptoProvider for Provider {
    type Aead = Plain;
    type Lock = LoomLock;

    fn aead_key(&self, _: Cipher, _: &[u8]) -> Result<Plain, CryptoError> {
        Ok(Plain)
    }
}

/// A lock that loom knows how to wait for: spinning would look like a program that makes no progress.
struct LoomLock {
    held: Mutex<bool>,
    given_back: Condvar,
}

// SAFETY: `held` turns from false to true under a mutex for one owner at a time; the mutex orders memory.
unsafe impl RawLock for LoomLock {
    fn new() -> Self {
        Self {
            held: Mutex::new(false),
            given_back: Condvar::new(),
        }
    }

    fn lock(&self) {
        let mut held = self.held.lock().unwrap();
        while *held {
            held = self.given_back.wait(held).unwrap();
        }
        *held = true;
    }

    unsafe fn unlock(&self) {
        *self.held.lock().unwrap() = false;
        self.given_back.notify_one();
    }
}

fn key(options: CryptoOptions, usage_limit: Option<u64>, grace: &Shared<Grace>) -> Key<Provider> {
    let seed = KeyDirection::epoch(&[7; 32], 32);
    let (key_id, peer_id) = (KeyId::default(), PeerId::new(1).unwrap());
    let material = KeyMaterial::new(CipherAlg::AesGcm, options, key_id, peer_id, &seed, &seed).unwrap();
    let config = ovpn_dco_engine::epoch::EpochConfig {
        usage_limit,
        future_keys: 1,
        first_epoch: 1,
    };
    Key::with_config(&Provider, &material, grace, config).unwrap()
}

/// Seals one packet and gives what is unique about it: the bytes that go into the nonce.
fn nonce(key: &Key<Provider>, grace: &Grace, lane: usize) -> Vec<u8> {
    let mut out = [0; 32];
    let len = key.seal(&Provider, &grace.pin(lane), &[b"x"], &mut out).unwrap();
    let packet = DataPacket::new(&out[..len]).unwrap();
    match len {
        25 => packet.classic().unwrap().packet_id.to_be_bytes().to_vec(),
        _ => packet.epoch().unwrap().packet_id.to_bytes().to_vec(),
    }
}

#[test]
fn no_packet_id_is_given_out_twice() {
    // With a limit of 0 every packet is of a new epoch, so two senders rotate against each other.
    for (options, limit) in [
        (CryptoOptions::CLASSIC, None),
        (CryptoOptions::EPOCH, None),
        (CryptoOptions::EPOCH, Some(0)),
    ] {
        model(3, move || {
            let grace = Shared::new(Grace::new(2).unwrap()).unwrap();
            let key = Arc::new(key(options, limit, &grace));
            let other = thread::spawn({
                let (key, grace) = (key.clone(), grace.clone());
                move || nonce(&key, &grace, 1)
            });
            let mine = [nonce(&key, &grace, 0), nonce(&key, &grace, 0)];
            assert!(mine[0] < mine[1]);
            assert!(!mine.contains(&other.join().unwrap()));
        });
    }
}

#[test]
fn a_new_epoch_is_followed_once_and_its_packets_are_opened() {
    model(2, || {
        let grace = Shared::new(Grace::new(2).unwrap()).unwrap();
        let sender = key(CryptoOptions::EPOCH, Some(0), &grace);
        let receiver = Arc::new(key(CryptoOptions::EPOCH, None, &grace));
        let packets = [(); 2].map(|()| {
            let mut out = [0; 29];
            sender.seal(&Provider, &grace.pin(0), &[b"x"], &mut out).unwrap();
            out
        });
        // One of epoch 1, twice one of epoch 2: the old key retires while it is used.
        let open = |receiver: &Key<Provider>, grace: &Grace, lane: usize, packet: &[u8]| {
            let packet = DataPacket::new(packet).unwrap();
            receiver
                .open(&Provider, &grace.pin(lane), NOW, &packet, &mut [0; 1])
                .is_ok()
        };
        let other = thread::spawn({
            let (receiver, grace) = (receiver.clone(), grace.clone());
            let second = packets[1];
            move || open(&receiver, &grace, 1, &second)
        });
        let mine = open(&receiver, &grace, 0, &packets[1]);
        assert!(
            mine != other.join().unwrap(),
            "the packet of epoch 2 is accepted once"
        );
        assert!(
            open(&receiver, &grace, 0, &packets[0]),
            "the retiring key still opens"
        );
        let state = receiver.epochs().unwrap().state(&grace.pin(0)).unwrap();
        assert_eq!(
            (state.send, state.receive, state.retiring, state.highest_generated),
            (2, 2, Some(1), 3)
        );
    });
}
