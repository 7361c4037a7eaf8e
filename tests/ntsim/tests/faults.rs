//! Faults that walk, and pauses that bring threads together.

mod common;

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use ntsim::io::{self, Caller, File, OpenOptions};
use ntsim::machine::{self, Config, Machine};
use ntsim::session::Session;
use ntsim::violation::{self, Rule};
use ntsim::walk::{self, Walk};

const INTERFACE: &str = "{5f3e9d10-7c44-4a53-9b1e-0d2f6a1c8e77}";
const WAIT: Duration = Duration::from_secs(2);
const HEALTHY: u32 = 0;
const RACE: u32 = 42;
const LEAK_AFTER_FAILURE: u32 = 43;

fn config() -> Config {
    Config {
        hang_after: Duration::from_secs(2),
        ..Config::default()
    }
}

fn open() -> Option<File> {
    let path = io::interfaces(INTERFACE.parse().unwrap()).pop()?;
    io::open(&path, &OpenOptions::exclusive(Caller::administrator(100))).ok()
}

/// Load, open, one request, close, unload; each step may fail.
fn scenario(booted: &Machine, driver: &Path, bug: u32) -> Result<(), Infallible> {
    let Ok(session) = Session::start(booted, driver, None) else {
        return Ok(());
    };
    machine::run("process", move || {
        if let Some(file) = open() {
            // A request may fail, too.
            let _ = file.ioctl_wait(0x22_0000 | bug << 2, &[], 16, WAIT);
            file.close_and_wait(WAIT);
        }
    });
    session.stop();
    Ok(())
}

fn walk_over(driver: &Path, bug: u32) -> Walk {
    match walk::walk("alloc", &config(), |booted| scenario(booted, driver, bug)) {
        Ok(walk) => walk,
        Err(never) => match never {},
    }
}

#[test]
fn a_healthy_driver_survives_each_failed_allocation() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let walk = walk_over(&driver, HEALTHY);
    assert!(walk.is_clean(), "{walk}");
    // Driver, device, file, queue and request objects, at the least.
    assert!(walk.faults >= 5, "{walk}");
}

#[test]
fn an_error_path_that_leaks_is_found_at_its_call() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let walk = walk_over(&driver, LEAK_AFTER_FAILURE);
    assert_eq!(walk.broken.len(), 1, "{walk}");
    let step = &walk.broken[0];
    assert_eq!(
        step.nth, walk.faults,
        "the last allocation of the scenario is the second block"
    );
    assert_eq!(step.violations[0].rule, Rule::POOL_LEAK);
}

/// Whether two threads with `rounds` requests each run into the race.
fn race_shows(driver: &Path, perturb: u32, seed: u64, rounds: usize) -> bool {
    let booted = Machine::boot(Config {
        perturb,
        seed,
        ..config()
    });
    let session = Session::start(&booted, driver, None).unwrap();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            std::thread::spawn(move || {
                machine::run("process", move || {
                    let file = open().unwrap();
                    for _ in 0..rounds {
                        assert!(file.ioctl_wait(0x22_0000 | RACE << 2, &[], 0, WAIT).is_some());
                    }
                    file.close_and_wait(WAIT);
                })
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    session.stop();
    violation::all().iter().any(|v| v.rule == Rule::POOL_DOUBLE_FREE)
}

#[test]
fn pauses_make_a_race_show() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    assert!((1..=5).any(|seed| race_shows(&driver, 300_000, seed, 200)));
}
