//! Load, start, stop and unload with each allocation of them failing once, one run after another.
//!
//! The driver may refuse its device then, but must leave nothing behind. Only a simulated machine runs out of memory on order.

use ovpn_dco_device_tests::bench::kind;
use ovpn_dco_e2e::client::{DeviceKind, bin_dir, package_dir};
use ovpn_dco_e2e::netns::Netns;

/// Runs the driver again and again, the nth call of `call` failing in the nth run; returns ntsim's summary.
fn walk(call: &str) -> String {
    let (ns, package) = (Netns::new("w").unwrap(), package_dir().unwrap());
    let program = bin_dir().unwrap().join("ntsim");
    let mut command = ns.command(&program.to_string_lossy());
    command
        .arg("run")
        .arg(package.join("ovpn-dco.sys"))
        .arg("--inf")
        .arg(package.join("ovpn-dco.inf"))
        .args(["--exec", "true", "--walk", call]);
    let output = command.output().unwrap();
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{summary}\n{errors}");
    summary
}

#[test]
fn each_failed_allocation_of_a_start_is_survived() {
    if kind() == DeviceKind::Ntsim {
        let summary = walk("alloc");
        assert!(summary.starts_with("clean: "), "{summary}");
    }
}

#[test]
fn each_provider_that_is_missing_is_survived() {
    if kind() == DeviceKind::Ntsim {
        for call in [
            "BCryptOpenAlgorithmProvider",
            "BCryptSetProperty",
            "WskRegister",
            "NetAdapterCreate",
        ] {
            let summary = walk(call);
            assert!(summary.starts_with("clean: "), "{call}: {summary}");
        }
    }
}
