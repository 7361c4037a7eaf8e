//! Seeded disturbance of the schedule: threads pause at random where they cross between driver and system.
//!
//! A race shows when two threads meet at the wrong moment. On an idle host with few processors they rarely do, so a run
//! may make each call of the driver and each entry and return of a callback a point at which the thread gives way or
//! sleeps a moment. Every thread draws from a generator of its own, which comes from the run's seed, the thread's name
//! and how many threads of that name there were: the same seed gives each of them the same decisions again, whatever
//! the host does in between.
//!
//! The same points carry out delays that a fault plan orders for a function (see [`crate::faults`]). Without either, a
//! thunk tests one byte of its thread's page and goes on.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::cpu::{self, pcr};
use crate::faults::{self, Random};
use crate::registry::DISPATCH;

/// Pauses of a million points; 0 is off.
static PER_MILLION: AtomicU32 = AtomicU32::new(0);
static SEED: AtomicU64 = AtomicU64::new(0);
/// Changes with each machine, so that threads that outlive one start anew.
static EPOCH: AtomicU64 = AtomicU64::new(0);
/// How many threads of a name have drawn so far.
static NAMES: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);
static PAUSES: AtomicU64 = AtomicU64::new(0);

/// The longest sleep below DISPATCH_LEVEL.
const SLEEP_US: u64 = 300;
/// The longest pause at DISPATCH_LEVEL, where the thread keeps its processor.
const SPIN_US: u64 = 30;

thread_local! {
    static OWN: RefCell<(u64, Random)> = const { RefCell::new((0, Random::new(0))) };
}

/// Makes `per_million` of a million points pause, from now on.
pub(crate) fn start(per_million: u32, seed: u64) {
    PER_MILLION.store(per_million, Ordering::Relaxed);
    SEED.store(seed, Ordering::Relaxed);
    EPOCH.fetch_add(1, Ordering::Relaxed);
    PAUSES.store(0, Ordering::Relaxed);
    *NAMES.lock() = Some(HashMap::new());
    watch();
}

/// Tells the thunks whether they have to stop here.
pub(crate) fn watch() {
    pcr::set_watch(PER_MILLION.load(Ordering::Relaxed) != 0 || faults::delays_calls());
}

/// Number of pauses so far.
#[must_use]
pub fn pauses() -> u64 {
    PAUSES.load(Ordering::Relaxed)
}

/// A call of the driver, before it is carried out; only while [`watch`] says so.
pub(crate) extern "win64" fn call() {
    if let Some(function) = cpu::current().function() {
        faults::delay(function.name);
    }
    point();
}

/// A point where the thread may pause.
pub(crate) fn point() {
    let per_million = PER_MILLION.load(Ordering::Relaxed);
    if per_million == 0 {
        return;
    }
    let (chance, how) = draw();
    if chance % 1_000_000 < u64::from(per_million) {
        PAUSES.fetch_add(1, Ordering::Relaxed);
        pause(how);
    }
}

fn pause(how: u64) {
    if how.is_multiple_of(2) {
        std::thread::yield_now();
    } else if cpu::irql() < DISPATCH {
        std::thread::sleep(Duration::from_micros((how >> 8) % SLEEP_US));
    } else {
        let end = Instant::now() + Duration::from_micros((how >> 8) % SPIN_US);
        while Instant::now() < end {
            std::hint::spin_loop();
        }
    }
}

/// Two numbers of this thread's sequence.
fn draw() -> (u64, u64) {
    OWN.with_borrow_mut(|(epoch, random)| {
        let now = EPOCH.load(Ordering::Relaxed);
        if *epoch != now {
            *epoch = now;
            *random = own_generator();
        }
        (random.next(), random.next())
    })
}

fn own_generator() -> Random {
    let name = cpu::current().thread_name();
    let mut names = NAMES.lock();
    let nth = names.get_or_insert_default().entry(name.clone()).or_default();
    *nth += 1;
    // Not the randomised hash of a map: the same name must give the same number in each run.
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((&name, *nth));
    Random::new(SEED.load(Ordering::Relaxed) ^ hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{self, Config, Machine};

    fn decisions(seed: u64) -> Vec<(u64, u64)> {
        let _machine = Machine::boot(Config {
            seed,
            perturb: 500_000,
            ..Config::default()
        });
        machine::run("worker", || (0..64).map(|_| draw()).collect()).unwrap()
    }

    #[test]
    fn a_seed_gives_a_thread_the_same_decisions_again() {
        assert_eq!(decisions(7), decisions(7));
        assert_ne!(decisions(7), decisions(8));
    }

    #[test]
    fn threads_of_one_name_decide_differently() {
        let _machine = Machine::boot(Config {
            perturb: 500_000,
            ..Config::default()
        });
        let [first, second] = [0; 2].map(|_| machine::run("worker", draw).unwrap());
        assert_ne!(first, second);
    }

    #[test]
    fn points_pause_as_often_as_told_and_not_at_all_without_being_told() {
        for (per_million, expected) in [(0, 0..=0), (250_000, 150..=350)] {
            let _machine = Machine::boot(Config {
                perturb: per_million,
                ..Config::default()
            });
            machine::run("worker", || (0..1000).for_each(|_| point()));
            assert!(expected.contains(&pauses()), "{} pauses", pauses());
        }
    }
}
