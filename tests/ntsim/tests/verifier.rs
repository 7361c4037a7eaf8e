//! The verifier proves itself: a driver with one bug at a time, and the rule that must name it.

mod common;

use std::time::Duration;

use ntsim::io::{Caller, File, OpenOptions};
use ntsim::machine::{self, Config, Machine};
use ntsim::session::Session;
use ntsim::violation::{self, Rule, Violation};
use ntsim::{io, status};

const INTERFACE: &str = "{5f3e9d10-7c44-4a53-9b1e-0d2f6a1c8e77}";
const WAIT: Duration = Duration::from_secs(2);

fn config() -> Config {
    Config {
        hang_after: Duration::from_millis(500),
        ..Config::default()
    }
}

fn code(bug: u32) -> u32 {
    0x22_0000 | bug << 2
}

fn open() -> File {
    let paths = io::interfaces(INTERFACE.parse().unwrap());
    assert_eq!(paths.len(), 1);
    io::open(&paths[0], &OpenOptions::exclusive(Caller::administrator(100))).unwrap()
}

/// Runs one bug from load to unload on a machine of its own; returns what was broken.
fn run(path: &std::path::Path, bug: u32) -> Vec<Violation> {
    run_on(config(), path, bug)
}

fn run_on(config: Config, path: &std::path::Path, bug: u32) -> Vec<Violation> {
    let booted = Machine::boot(config);
    let session = Session::start(&booted, path, None).unwrap();
    let work = move || {
        let file = open();
        // What becomes of the request depends on the bug.
        let _ = file.ioctl_wait(code(bug), &[1, 2, 3], 64, Duration::from_millis(700));
        file.close_and_wait(WAIT);
    };
    machine::run("process", work);
    if !machine::stopped() {
        session.stop();
    }
    // Before the machine goes, and another test's machine starts over.
    violation::all()
}

#[test]
fn a_healthy_driver_runs_without_a_violation() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    let booted = Machine::boot(config());
    let session = Session::start(&booted, &path, None).unwrap();
    let completion = machine::run("process", || open().ioctl_wait(code(0), &[], 16, WAIT))
        .unwrap()
        .unwrap();
    assert_eq!((completion.status, completion.information), (status::SUCCESS, 16));
    assert_eq!(
        completion.output[..2],
        [0, 1],
        "CR8 reads as PASSIVE_LEVEL, gs names the thread"
    );
    session.stop();
    assert!(violation::all().is_empty(), "{:#?}", violation::all());
}

#[test]
fn each_bug_is_caught_and_named() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    let table = [
        (1, "leaked request", Rule::REQUEST_LOST),
        (2, "lock held at return", Rule::LOCK_HELD),
        (3, "call at a wrong IRQL", Rule::IRQL),
        (4, "pool overrun", Rule::POOL_OVERRUN),
        (5, "pool leak", Rule::POOL_LEAK),
        (6, "uninitialised output", Rule::UNINITIALIZED_OUTPUT),
        (7, "double completion", Rule::REQUEST_DOUBLE_COMPLETION),
        (8, "double free", Rule::POOL_DOUBLE_FREE),
        (9, "use after free", Rule::POOL_USE_AFTER_FREE),
        (10, "leaked IRP", Rule::IRP_LEAK),
        (11, "null pointer", Rule::ACCESS),
        (12, "IRQL raised at return", Rule::IRQL_AT_RETURN),
        (13, "lock order", Rule::LOCK_ORDER),
        (14, "leaked object", Rule::OBJECT_LEAK),
        (15, "wait at DISPATCH_LEVEL", Rule::WAIT),
        (16, "bugcheck", Rule::BUGCHECK),
        (17, "too much information", Rule::REQUEST_INFORMATION),
        (18, "dereferenced too often", Rule::OBJECT),
        (19, "wrong handle", Rule::HANDLE),
        (20, "completed while cancelable", Rule::REQUEST),
        (21, "critical region not left", Rule::CRITICAL_REGION),
        (22, "leaked MDL", Rule::MDL_LEAK),
        (23, "freed while a timer is set", Rule::ACTIVE_FREED),
        (24, "fast fail", Rule::FAST_FAIL),
        (25, "write to code", Rule::ACCESS),
        (26, "wrong pool tag", Rule::POOL_TAG),
        (27, "unfreed key", Rule::CNG_LEAK),
        (28, "key destroyed twice", Rule::CNG_HANDLE),
        (29, "provider closed before its key", Rule::CNG_PROVIDER_IN_USE),
        (30, "nonce used twice", Rule::NONCE_REUSE),
        (31, "key of no dispatch provider at DISPATCH_LEVEL", Rule::IRQL),
        (32, "memory of a key freed", Rule::ACTIVE_FREED),
        (33, "executable pool", Rule::POOL_PARAMETER),
        (34, "structure of a wrong size", Rule::PARAMETER),
        (35, "lock released that isn't held", Rule::UNLOCK),
        (36, "lock taken twice", Rule::RELOCK),
        (37, "freed what was never allocated", Rule::POOL_BAD_FREE),
        (38, "extended state not restored", Rule::XSTATE),
        (39, "PnP device finished as a control device", Rule::DEVICE_STATE),
        (40, "work item queued twice", Rule::QUEUE),
        (41, "timer set at unload", Rule::LEFT_AT_UNLOAD),
    ];
    let mut missed = Vec::new();
    for (bug, what, rule) in table {
        let rules: Vec<Rule> = run(&path, bug).into_iter().map(|v| v.rule).collect();
        if !rules.contains(&rule) {
            missed.push(format!("{what}: {rule:?} not in {rules:?}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_single_byte_that_was_never_written_is_found_when_the_request_comes_again() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    let booted = Machine::boot(config());
    let session = Session::start(&booted, &path, None).unwrap();
    machine::run("process", || {
        let file = open();
        // A byte may have the poison's value by chance, but not again and again.
        for _ in 0..6 {
            assert!(file.ioctl_wait(code(44), &[], 64, WAIT).is_some());
        }
        file.close_and_wait(WAIT);
    });
    session.stop();
    let found = violation::all();
    let named = |v: &Violation| v.rule == Rule::UNINITIALIZED_OUTPUT && v.text.contains("byte 32");
    assert!(found.iter().any(named), "{found:#?}");
}

#[test]
fn a_request_s_buffer_is_gone_after_its_completion() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    // Seen later, from what was written; or at once, from the access.
    for (strict, rule) in [(false, Rule::POOL_USE_AFTER_FREE), (true, Rule::ACCESS)] {
        let strict = Config { strict, ..config() };
        let rules: Vec<Rule> = run_on(strict, &path, 45).into_iter().map(|v| v.rule).collect();
        assert_eq!(rules, [rule]);
    }
}

#[test]
fn an_unfreed_key_is_named_with_the_call_that_made_it() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    let leaks: Vec<Violation> = run(&path, 27)
        .into_iter()
        .filter(|v| v.rule == Rule::CNG_LEAK)
        .collect();
    let key = leaks.iter().find(|v| v.text.contains("AES-256 key")).unwrap();
    // Small functions are inlined; the call is in one of these.
    let made_in = ["crypto::key", "unfreed_key", "device_control"];
    assert!(made_in.iter().any(|f| key.site.contains(f)), "{}", key.site);
    assert!(key.text.contains(&key.site), "{}", key.text);
}

#[test]
fn a_violation_names_the_driver_s_function() {
    let Some(path) = common::driver("faulty-driver") else {
        return;
    };
    let leak = run(&path, 5)
        .into_iter()
        .find(|v| v.rule == Rule::POOL_LEAK)
        .unwrap();
    assert!(leak.site.contains("faulty_driver.dll"), "{}", leak.site);
    assert!(
        leak.site.contains("device_control")
            || leak.site.contains("pool_leak")
            || leak.site.contains("allocate"),
        "{}",
        leak.site
    );
}
