//! Rules for strings and for sections that name each other.

use std::collections::BTreeSet;

use super::Expected;
use super::install::{directives, install_sections};
use super::version::model_sections;
use crate::inf::{Inf, Section};

/// Each `%token%` has a string, and each string is used.
pub(super) fn strings(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut used = BTreeSet::new();
    for section in inf
        .sections
        .iter()
        .filter(|section| !section.name.eq_ignore_ascii_case("Strings"))
    {
        for entry in &section.entries {
            for text in entry.key.iter().chain(&entry.values) {
                used.extend(tokens(text));
            }
        }
    }
    let empty = Section {
        name: String::new(),
        entries: Vec::new(),
    };
    let section = inf.section("Strings").unwrap_or(&empty);
    let defined: BTreeSet<_> = section
        .entries
        .iter()
        .filter_map(|entry| entry.key.as_deref())
        .map(str::to_lowercase)
        .collect();
    let undefined = used
        .difference(&defined)
        .map(|token| format!("%{token}% is not defined"));
    let unused = defined
        .difference(&used)
        .map(|token| format!("'{token}' is not used"));
    undefined.chain(unused).collect()
}

/// Sections that are named exist, and sections that exist are named.
pub(super) fn section_references(inf: &Inf, _: &Expected) -> Vec<String> {
    const STANDARD: &[&str] = &[
        "Version",
        "Manufacturer",
        "DestinationDirs",
        "SourceDisksNames",
        "SourceDisksFiles",
        "Strings",
    ];
    let mut named: BTreeSet<String> = STANDARD.iter().map(|name| name.to_lowercase()).collect();
    let mut wanted = Vec::new();
    wanted.extend(model_sections(inf).into_iter().map(|(section, _)| section));
    for install in install_sections(inf) {
        // These are known by their suffix; they need not exist.
        for suffix in [".Services", ".Wdf", ".HW"] {
            named.insert(format!("{install}{suffix}").to_lowercase());
        }
        wanted.push(install);
    }
    for key in ["CopyFiles", "AddReg"] {
        for suffix in ["", ".HW"] {
            wanted.extend(directives(inf, suffix, key).into_iter().flatten().cloned());
        }
    }
    for (suffix, key, at) in [(".Services", "AddService", 2), (".Wdf", "KmdfService", 1)] {
        wanted.extend(
            directives(inf, suffix, key)
                .into_iter()
                .filter_map(|values| values.get(at))
                .cloned(),
        );
    }
    let destinations = inf
        .section("DestinationDirs")
        .map_or(&[][..], |section| &section.entries);
    let destinations = destinations.iter().filter_map(|entry| entry.key.clone());
    wanted.extend(destinations.filter(|key| !key.eq_ignore_ascii_case("DefaultDestDir")));
    let missing = wanted.iter().filter(|name| inf.section(name).is_none());
    let mut found: Vec<_> = missing.map(|name| format!("[{name}] is missing")).collect();
    named.extend(wanted.iter().map(|name| name.to_lowercase()));
    let unused = inf
        .sections
        .iter()
        .filter(|section| !named.contains(&section.name.to_lowercase()));
    found.extend(unused.map(|section| format!("[{}] is not used", section.name)));
    found
}

pub(super) fn is_token(text: &str) -> bool {
    text.len() > 2 && text.starts_with('%') && text.ends_with('%')
}

/// The names between percent signs, in lower case. Numbers stand for folders (DIRIDs), `%%` for a percent sign.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let inner = text.split('%').skip(1).step_by(2);
    inner
        .filter(|token| !token.is_empty() && !token.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect()
}

/// A number as INF files spell it: decimal, or hexadecimal after `0x`.
pub(super) fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
