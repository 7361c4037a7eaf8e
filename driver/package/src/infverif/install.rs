//! Rules for what an installation changes: registry, security, services, the framework.

use std::collections::BTreeSet;

use super::text::parse_number;
use super::version::model_sections;
use super::{DRIVER_FILE, Expected, HARDWARE_ID, is, unless};
use crate::inf::Inf;

/// The install sections that models lead to, with the suffix `.NT` that holds what is installed.
pub(super) fn install_sections(inf: &Inf) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (name, _) in model_sections(inf) {
        for entry in inf.section(&name).map_or(&[][..], |section| &section.entries) {
            names.insert(format!("{}.NT", entry.value(0)));
        }
    }
    names.into_iter().collect()
}

/// The sections that `key` of each install section (with `suffix`) names, with the values of the entry.
pub(super) fn directives<'a>(inf: &'a Inf, suffix: &str, key: &'a str) -> Vec<&'a [String]> {
    let sections = install_sections(inf)
        .into_iter()
        .map(|name| format!("{name}{suffix}"));
    sections
        .filter_map(|name| inf.section(&name))
        .flat_map(|section| section.get(key))
        .map(|entry| entry.values.as_slice())
        .collect()
}

/// Only the device's own keys: HKR.
pub(super) fn registry(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut found = Vec::new();
    let names = ["", ".HW", ".Services"].map(|suffix| directives(inf, suffix, "AddReg"));
    let services = directives(inf, ".Services", "AddService").into_iter();
    let of_services = services.filter_map(|values| inf.values(values.get(2)?, "AddReg"));
    for name in names.into_iter().flatten().chain(of_services).flatten() {
        for entry in inf.section(name).map_or(&[][..], |section| &section.entries) {
            let root = entry.value(0);
            found.extend(unless(
                root.eq_ignore_ascii_case("HKR"),
                format!("line {}: {root} is not HKR", entry.line),
            ));
        }
    }
    found
}

/// The device has a protected security descriptor, in which all who may open it are named one by one.
pub(super) fn security(inf: &Inf, _: &Expected) -> Vec<String> {
    /// System, administrators, interactive users, services.
    const WHO: &[&str] = &["SY", "BA", "IU", "SU"];
    let entries = directives(inf, ".HW", "AddReg").into_iter().flatten();
    let entries = entries
        .filter_map(|name| inf.section(name))
        .flat_map(|section| &section.entries);
    let mut descriptors = entries.filter(|entry| entry.value(2).eq_ignore_ascii_case("Security"));
    let (Some(entry), None) = (descriptors.next(), descriptors.next()) else {
        return vec!["there is not one security descriptor".to_owned()];
    };
    let Some(aces) = entry
        .value(4)
        .strip_prefix("D:P(")
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return vec![format!("'{}' is not a protected list", entry.value(4))];
    };
    let mut who: Vec<&str> = aces
        .split(")(")
        .map(|ace| ace.rsplit(';').next().unwrap_or_default())
        .collect();
    let strangers = who.iter().filter(|name| !WHO.contains(name));
    let mut found: Vec<String> = strangers
        .map(|name| format!("{name} may open the device"))
        .collect();
    who.sort_unstable();
    found.extend(unless(
        WHO.iter().all(|name| who.binary_search(name).is_ok()),
        "somebody who must open the device may not",
    ));
    found
}

pub(super) fn service(inf: &Inf, _: &Expected) -> Vec<String> {
    let services = directives(inf, ".Services", "AddService");
    let [[name, flags, section, ..]] = services[..] else {
        return vec!["there is not one AddService with a section".to_owned()];
    };
    let mut found = unless(
        parse_number(flags) == Some(2),
        format!("flags '{flags}' do not make it the function driver"),
    );
    for (key, wanted) in [("ServiceType", 1), ("StartType", 3), ("ErrorControl", 1)] {
        let value = inf.value(section, key).unwrap_or_default();
        found.extend(unless(
            parse_number(value) == Some(wanted),
            format!("{key} is '{value}' instead of {wanted}"),
        ));
    }
    let binary = inf.value(section, "ServiceBinary").unwrap_or_default();
    found.extend(unless(
        binary == format!("%13%\\{DRIVER_FILE}"),
        format!("ServiceBinary is '{binary}'"),
    ));
    found.extend(unless(
        name == HARDWARE_ID,
        format!("the service is named '{name}'"),
    ));
    found
}

/// Nothing runs at installation: no co-installers, no directives that a declarative INF must not have.
pub(super) fn declarative(inf: &Inf, _: &Expected) -> Vec<String> {
    const FORBIDDEN: &[&str] = &[
        "RegisterDlls",
        "UnregisterDlls",
        "ProfileItems",
        "UpdateInis",
        "UpdateIniFields",
        "Ini2Reg",
        "LogConfig",
        "DelFiles",
        "RenFiles",
        "DelReg",
        "BitReg",
        "CopyINF",
        "CoInstallers32",
    ];
    let mut found = Vec::new();
    for section in &inf.sections {
        found.extend(unless(
            !section.name.to_lowercase().ends_with(".coinstallers"),
            format!("[{}]: co-installers are not allowed", section.name),
        ));
        for entry in &section.entries {
            let key = entry.key.as_deref().unwrap_or(entry.value(0));
            found.extend(unless(
                !FORBIDDEN
                    .iter()
                    .any(|forbidden| forbidden.eq_ignore_ascii_case(key)),
                format!("line {}: {key} is not allowed", entry.line),
            ));
        }
    }
    found
}

/// The framework's section names the service, and the version that the image binds to.
pub(super) fn framework(inf: &Inf, expected: &Expected) -> Vec<String> {
    let entries = directives(inf, ".Wdf", "KmdfService");
    let [[service, section]] = entries[..] else {
        return vec!["there is not one KmdfService".to_owned()];
    };
    let installed: Vec<_> = directives(inf, ".Services", "AddService")
        .into_iter()
        .filter_map(<[_]>::first)
        .collect();
    let mut found = unless(
        installed == [service],
        format!("KmdfService '{service}' is no service of this package"),
    );
    found.extend(is(inf, section, "KmdfLibraryVersion", &expected.kmdf));
    found
}
