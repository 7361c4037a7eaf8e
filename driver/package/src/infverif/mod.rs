//! Rules for the INF: what the WDK's InfVerif demands of a Windows driver package (`/w`: declarative and
//! isolated), what the Net class and NetAdapterCx demand, and what OpenVPN looks for.
//!
//! InfVerif itself runs in Windows CI and has the last word. These rules cover what this package could get
//! wrong, each as a function of its own with a test that breaks it.

mod files;
mod install;
mod network;
#[cfg(test)]
mod tests;
mod text;
mod version;

use crate::{image::Arch, inf::Inf};

/// What the INF is checked against.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The processor of the package.
    pub arch: Arch,
    /// The KMDF version that the image binds to.
    pub kmdf: String,
    /// Today: year, month, day. `DriverVer` may not lie after it.
    pub today: (u16, u8, u8),
}

/// The hardware id that OpenVPN, its GUI and tapctl look for.
const HARDWARE_ID: &str = "ovpn-dco";
/// The driver's file, which is also what the service runs.
const DRIVER_FILE: &str = "ovpn-dco.sys";
/// The first Windows build that has KMDF 1.31 and NetAdapterCx 2.0.
const FIRST_BUILD: u32 = 19041;

/// A rule: a name, and a function that tells what breaks it.
type Rule = (&'static str, fn(&Inf, &Expected) -> Vec<String>);

/// All rules.
pub const RULES: &[Rule] = &[
    ("version section", version::version_section),
    ("driver version", version::driver_version),
    ("models", version::models),
    ("hardware id", version::hardware_id),
    ("driver store", files::driver_store),
    ("copied files", files::copied_files),
    ("source files", files::source_files),
    ("registry", install::registry),
    ("security", install::security),
    ("service", install::service),
    ("declarative", install::declarative),
    ("framework", install::framework),
    ("network keywords", network::network_keywords),
    ("network binding", network::network_binding),
    ("strings", text::strings),
    ("section references", text::section_references),
    ("stamped", version::stamped),
];

/// Checks an INF against all rules. Each finding starts with the name of the rule.
#[must_use]
pub fn check(inf: &Inf, expected: &Expected) -> Vec<String> {
    RULES
        .iter()
        .flat_map(|(name, rule)| {
            rule(inf, expected)
                .into_iter()
                .map(move |found| format!("{name}: {found}"))
        })
        .collect()
}

fn unless(holds: bool, otherwise: impl Into<String>) -> Vec<String> {
    if holds { Vec::new() } else { vec![otherwise.into()] }
}

/// That `key` of `section` is `wanted`.
fn is(inf: &Inf, section: &str, key: &str, wanted: &str) -> Vec<String> {
    let value = inf.value(section, key).unwrap_or_default();
    unless(
        value.eq_ignore_ascii_case(wanted),
        format!("{key} in [{section}] is '{value}' instead of '{wanted}'"),
    )
}
