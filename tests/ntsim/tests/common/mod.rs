//! Builds test drivers with the stand-ins for the WDK.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The image of the test driver `package` (of `drivers/`), built on first use; `None` on a machine that can't.
///
/// The folder of `NTSIM_DRIVERS` holds ready-made images and saves the build.
pub(crate) fn driver(package: &str) -> Option<PathBuf> {
    static BUILT: Mutex<BTreeMap<String, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    // A test that failed has built nothing less.
    let mut built = BUILT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    built
        .entry(package.to_owned())
        .or_insert_with(|| build(package))
        .clone()
}

fn build(package: &str) -> Option<PathBuf> {
    let file = format!("{}.dll", package.replace('-', "_"));
    if let Ok(folder) = std::env::var("NTSIM_DRIVERS") {
        return Some(Path::new(&folder).join(file)).filter(|p| p.exists());
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("drivers");
    let built = Command::new(top.join("tests/wdk/cargo"))
        .args([
            "build",
            "-q",
            "--release",
            "--target",
            "x86_64-pc-windows-msvc",
            "-p",
            package,
        ])
        .env("CARGO_TARGET_DIR", &target)
        .status();
    let image = target.join("x86_64-pc-windows-msvc/release").join(file);
    let ok = built.is_ok_and(|s| s.success()) && image.exists();
    if !ok {
        assert!(std::env::var_os("CI").is_none(), "in CI {package} must build");
        eprintln!("skipped: {package} can't be built here (./run build installs what it takes)");
    }
    ok.then_some(image)
}
