//! What the end-to-end tests share.
#![allow(dead_code, reason = "each test binary uses a part")]

use ovpn_dco_e2e::client::DeviceKind;

/// Which device is under test.
pub(crate) fn device() -> DeviceKind {
    DeviceKind::from_env()
}

/// Ends the test with one line where it cannot run.
pub(crate) fn needs_root() {
    let uid = std::process::Command::new("id")
        .arg("-u")
        .output()
        .expect("id")
        .stdout;
    assert!(
        uid.starts_with(b"0\n"),
        "this test makes network namespaces: run it as root"
    );
}
