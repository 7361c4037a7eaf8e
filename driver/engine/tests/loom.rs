//! Every interleaving of the engine's lock-free parts, by loom.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p ovpn-dco-engine --release --test loom`
#![cfg(loom)]

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use ovpn_dco_engine::sync::{Grace, Prepared, Published, Shared};

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
