//! Rules for the files: where they come from and where they go.

use std::collections::BTreeSet;

use super::install::directives;
use super::{DRIVER_FILE, Expected, unless};
use crate::inf::{Inf, Section};

/// Files run from the driver store: DIRID 13 everywhere.
pub(super) fn driver_store(inf: &Inf, _: &Expected) -> Vec<String> {
    let Some(destinations) = inf.section("DestinationDirs") else {
        return vec!["[DestinationDirs] is missing".to_owned()];
    };
    let elsewhere = destinations.entries.iter().filter(|entry| entry.value(0) != "13");
    elsewhere
        .map(|entry| format!("line {}: '{}' is not 13", entry.line, entry.value(0)))
        .collect()
}

/// The sections with files to copy.
pub(super) fn copy_sections(inf: &Inf) -> Vec<&Section> {
    directives(inf, "", "CopyFiles")
        .into_iter()
        .flatten()
        .filter_map(|name| inf.section(name))
        .collect()
}

pub(super) fn copied_files(inf: &Inf, _: &Expected) -> Vec<String> {
    let sections = copy_sections(inf);
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for entry in sections.iter().flat_map(|section| &section.entries) {
        let source = entry.value(1);
        found.extend(unless(
            source.is_empty() || source == entry.value(0),
            format!("'{source}' is renamed"),
        ));
        found.extend(unless(
            names.insert(entry.value(0).to_lowercase()),
            format!("'{}' is copied twice", entry.value(0)),
        ));
    }
    found.extend(unless(
        names.contains(DRIVER_FILE),
        format!("{DRIVER_FILE} is not copied"),
    ));
    found
}

pub(super) fn source_files(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut found = Vec::new();
    for entry in copy_sections(inf).iter().flat_map(|section| &section.entries) {
        let file = entry.value(0);
        let Some([disk, rest @ ..]) = inf.values("SourceDisksFiles", file) else {
            found.push(format!("'{file}' is not in [SourceDisksFiles]"));
            continue;
        };
        found.extend(unless(
            inf.value("SourceDisksNames", disk).is_some(),
            format!("disk '{disk}' has no name"),
        ));
        // A folder on the disk must be the folder in the driver store, and that is the top one.
        found.extend(unless(
            rest.first().is_none_or(String::is_empty),
            format!("'{file}' is in a folder"),
        ));
    }
    found
}
