//! A healthy driver through its life: opens, sleep, removal of both kinds, and allocations that fail one after another.

mod common;

use std::path::Path;
use std::time::Duration;

use ntsim::faults::{self, FaultRule, Plan};
use ntsim::io::{self, Caller, OpenOptions};
use ntsim::machine::{self, Config, Machine};
use ntsim::session::Session;
use ntsim::wdf::pnp;
use ntsim::{status, violation};

const INTERFACE: &str = "{5f3e9d10-7c44-4a53-9b1e-0d2f6a1c8e77}";
const HEALTHY: u32 = 0x22_0000;
const LEAKED_REQUEST: u32 = 0x22_0000 | 1 << 2;
const WAIT: Duration = Duration::from_secs(5);

fn path() -> String {
    io::interfaces(INTERFACE.parse().unwrap()).remove(0)
}

fn administrator() -> OpenOptions {
    OpenOptions::exclusive(Caller::administrator(100))
}

fn assert_clean() {
    assert!(violation::all().is_empty(), "{:#?}", violation::all());
}

#[test]
fn a_user_without_rights_is_refused_and_a_wrong_name_not_found() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let booted = Machine::boot(Config::default());
    let session = Session::start(&booted, &driver, None).unwrap();
    let user = OpenOptions::exclusive(Caller::user(7));
    assert_eq!(io::open(&path(), &user).err(), Some(status::ACCESS_DENIED));
    assert_eq!(
        io::open(r"\\.\NoSuchDevice", &administrator()).err(),
        Some(status::OBJECT_NAME_NOT_FOUND)
    );
    session.stop();
    assert_clean();
}

#[test]
fn the_device_sleeps_wakes_and_serves_again() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let booted = Machine::boot(Config::default());
    let session = Session::start(&booted, &driver, None).unwrap();
    let device = session.device().unwrap().clone();
    for _ in 0..3 {
        pnp::sleep(&device).unwrap();
        pnp::resume(&device).unwrap();
        let completion = machine::run("process", || {
            let file = io::open(&path(), &administrator()).unwrap();
            let completion = file.ioctl_wait(HEALTHY, &[], 8, WAIT);
            assert!(file.close_and_wait(WAIT));
            completion
        });
        assert_eq!(completion.flatten().map(|c| c.status), Some(status::SUCCESS));
    }
    session.stop();
    assert_clean();
}

#[test]
fn an_open_handle_vetoes_a_removal_and_outlives_a_surprise() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let booted = Machine::boot(Config::default());
    let session = Session::start(&booted, &driver, None).unwrap();
    let device = session.device().unwrap().clone();
    let file = io::open(&path(), &administrator()).unwrap();
    assert_eq!(pnp::remove(&device), Err(status::INVALID_DEVICE_STATE));
    pnp::surprise_remove(&device).unwrap();
    assert!(
        io::interfaces(INTERFACE.parse().unwrap()).is_empty(),
        "nobody else finds it"
    );
    let completion = file.ioctl_wait(HEALTHY, &[], 8, WAIT).unwrap();
    assert!(completion.status < 0, "requests fail after the removal");
    assert!(file.close_and_wait(WAIT));
    assert!(io::devices().is_empty(), "the device went with its last handle");
    drop(session);
}

#[test]
fn a_dead_process_s_request_is_reported_if_the_driver_keeps_it() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let config = Config {
        hang_after: Duration::from_millis(300),
        ..Config::default()
    };
    let booted = Machine::boot(config);
    let session = Session::start(&booted, &driver, None).unwrap();
    let file = io::open(&path(), &administrator()).unwrap();
    file.ioctl(LEAKED_REQUEST, &[], 0, |_| ());
    io::process_died(100);
    assert_eq!(
        file.outstanding(),
        1,
        "a request that isn't cancelable stays with the driver"
    );
    session.stop();
    assert!(
        violation::all()
            .iter()
            .any(|v| v.rule == violation::Rule::REQUEST_LOST)
    );
}

/// One life with the nth allocation failing; returns how many allocations there were.
fn life(driver: &Path, nth: Option<u64>) -> u64 {
    let rule = FaultRule {
        call: faults::ALLOC.to_owned(),
        nth,
        every: None,
        per_million: None,
        action: faults::ActionKind::Fail,
        status: None,
        delay_us: 0,
    };
    let faults = Plan {
        rules: nth.map(|_| rule).into_iter().collect(),
    };
    let booted = Machine::boot(Config {
        faults,
        ..Config::default()
    });
    if let Ok(session) = Session::start(&booted, driver, None) {
        let served = machine::run("process", || {
            let file = io::open(&path(), &administrator()).ok()?;
            let completion = file.ioctl_wait(HEALTHY, &[1, 2], 8, WAIT);
            assert!(file.close_and_wait(WAIT));
            completion
        });
        assert!(served.is_some(), "allocation {nth:?}: the machine stopped");
        session.stop();
    }
    assert!(
        violation::all().is_empty(),
        "allocation {nth:?}: {:#?}",
        violation::all()
    );
    assert!(!machine::stopped());
    ntsim::faults::allocations()
}

#[test]
fn any_allocation_may_fail_without_a_violation_or_a_leak() {
    let Some(driver) = common::driver("faulty-driver") else {
        return;
    };
    let allocations = life(&driver, None);
    assert!(allocations >= 5, "{allocations}");
    for n in 1..=allocations {
        life(&driver, Some(n));
    }
}
