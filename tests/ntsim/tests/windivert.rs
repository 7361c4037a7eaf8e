//! A KMDF driver that others built with the real WDK: WinDivert64.sys from the Windows wheel of `pydivert`.
//!
//! It is downloaded when the test runs (pip, `WINDIVERT_SYS` names a local copy instead) and never kept in the project.
//! What it needs beyond the simulator (fwpkclnt.sys, parts of ndis.sys) answers by named traps.

use std::path::PathBuf;
use std::process::Command;

use ntsim::machine::{Config, Machine};
use ntsim::wdf::driver::{self, LoadError};
use ntsim::{thunk, trap, violation};

fn windivert() -> Option<PathBuf> {
    if let Ok(path) = std::env::var("WINDIVERT_SYS") {
        return Some(path.into());
    }
    let folder = std::env::temp_dir().join(format!("ntsim-windivert-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let pip = [
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "--platform",
        "win_amd64",
        "-d",
    ];
    let downloaded = Command::new("python3")
        .args(pip)
        .arg(&folder)
        .arg("pydivert")
        .status()
        .ok()?
        .success();
    let wheel = std::fs::read_dir(&folder)
        .ok()?
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.extension().is_some_and(|e| e == "whl"));
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(wheel?)
        .arg(&folder)
        .status()
        .ok()?
        .success();
    let driver = folder.join("pydivert/windivert_dll/WinDivert64.sys");
    (downloaded && unpacked && driver.exists()).then_some(driver)
}

#[test]
fn windivert_loads_binds_creates_its_devices_and_cleans_up() {
    let Some(path) = windivert() else {
        assert!(std::env::var_os("CI").is_none(), "in CI the wheel must be there");
        eprintln!("skipped: no pydivert wheel (no network?)");
        return;
    };
    let _machine = Machine::boot(Config::default());
    let result = driver::load(&path, "WinDivert");
    let calls: Vec<String> = thunk::counts()
        .iter()
        .map(|(f, n)| format!("{}!{} x{n}", f.module, f.name))
        .collect();
    println!(
        "result: {result:?}\ncalls: {calls:#?}\ntraps: {:#?}",
        trap::hits()
    );
    assert!(violation::all().is_empty(), "{:#?}", violation::all());
    assert!(
        matches!(result, Err(LoadError::Entry(status)) if status < 0),
        "without a filter engine it can't start"
    );
    for name in [
        "WdfVersionBind",
        "WdfDriverCreate",
        "WdfControlDeviceInitAllocate",
        "WdfDeviceCreate",
        "WdfIoQueueCreate",
        "WdfVersionUnbind",
    ] {
        assert!(
            calls.iter().any(|c| c.contains(&format!("!{name} "))),
            "{name} was not called"
        );
    }
}
