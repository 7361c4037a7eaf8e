//! Rules that the Net class and NetAdapterCx add.

use super::install::{directives, install_sections};
use super::text::parse_number;
use super::{Expected, HARDWARE_ID, unless};
use crate::inf::Inf;

pub(super) fn network_keywords(inf: &Inf, _: &Expected) -> Vec<String> {
    // A virtual adapter (NCF_VIRTUAL) of the IP medium (19) without a connector.
    const KEYWORDS: &[(&str, u32)] = &[
        ("Characteristics", 1),
        ("*IfType", 53),
        ("*MediaType", 19),
        ("*PhysicalMediaType", 0),
        ("*IfConnectorPresent", 0),
        ("*ConnectionType", 1),
        ("*DirectionType", 0),
        ("*AccessType", 2),
        ("*HardwareLoopback", 0),
    ];
    let mut found = Vec::new();
    for section in install_sections(inf) {
        for (key, wanted) in KEYWORDS {
            let value = inf.value(&section, key).unwrap_or_default();
            found.extend(unless(
                parse_number(value) == Some(*wanted),
                format!("{key} in [{section}] is '{value}' instead of {wanted}"),
            ));
        }
    }
    found
}

/// `Ndi` names the service, and which protocols bind to the adapter.
pub(super) fn network_binding(inf: &Inf, _: &Expected) -> Vec<String> {
    let sections: Vec<_> = directives(inf, "", "AddReg")
        .into_iter()
        .flatten()
        .filter_map(|name| inf.section(name))
        .collect();
    let value = |key: &str, name: &str| {
        let mut entries = sections.iter().flat_map(|section| &section.entries);
        entries.find(|entry| {
            entry.value(1).eq_ignore_ascii_case(key) && entry.value(2).eq_ignore_ascii_case(name)
        })
    };
    let mut found = Vec::new();
    for (key, name, wanted) in [
        ("Ndi", "Service", HARDWARE_ID),
        ("Ndi\\Interfaces", "UpperRange", "ndis5"),
        ("Ndi\\Interfaces", "LowerRange", "nolower"),
    ] {
        let value = value(key, name).map_or("", |entry| entry.value(4));
        found.extend(unless(
            value == wanted,
            format!("{key}, {name} is '{value}' instead of '{wanted}'"),
        ));
    }
    found
}
