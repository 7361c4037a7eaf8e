//! Rules for what the INF says of itself and of the machines that it is for.

use super::text::is_token;
use super::{Expected, FIRST_BUILD, HARDWARE_ID, is, unless};
use crate::inf::Inf;

pub(super) fn version_section(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut found = is(inf, "Version", "Signature", "$WINDOWS NT$");
    found.extend(is(inf, "Version", "Class", "Net"));
    found.extend(is(
        inf,
        "Version",
        "ClassGuid",
        "{4d36e972-e325-11ce-bfc1-08002be10318}",
    ));
    found.extend(is(inf, "Version", "PnpLockdown", "1"));
    let provider = inf.value("Version", "Provider").unwrap_or_default();
    found.extend(unless(is_token(provider), "Provider is no %string%"));
    let catalog = inf.value("Version", "CatalogFile").unwrap_or_default();
    found.extend(unless(
        catalog == "ovpn-dco.cat",
        format!("CatalogFile is '{catalog}'"),
    ));
    found
}

pub(super) fn driver_version(inf: &Inf, expected: &Expected) -> Vec<String> {
    let Some([date, version]) = inf.values("Version", "DriverVer") else {
        return vec!["DriverVer has not the form mm/dd/yyyy,w.x.y.z".to_owned()];
    };
    let numbers: Vec<u16> = date.split('/').filter_map(|part| part.parse().ok()).collect();
    let mut found = match numbers[..] {
        [month, day, year] if (1..=12).contains(&month) && (1..=31).contains(&day) => {
            let (this_year, this_month, today) = expected.today;
            unless(
                (year, month, day) <= (this_year, this_month.into(), today.into()),
                "the date lies in the future",
            )
        }
        _ => vec![format!("'{date}' is no date mm/dd/yyyy")],
    };
    let parts: Vec<_> = version.split('.').map(str::parse::<u16>).collect();
    found.extend(unless(
        parts.len() == 4 && parts.iter().all(Result::is_ok),
        format!("'{version}' is no w.x.y.z"),
    ));
    found
}

/// The models sections that `[Manufacturer]` names, with their decorations: (section, decoration).
pub(super) fn model_sections(inf: &Inf) -> Vec<(String, String)> {
    let Some(manufacturer) = inf.section("Manufacturer") else {
        return Vec::new();
    };
    let mut sections = Vec::new();
    for entry in &manufacturer.entries {
        let base = entry.value(0);
        if entry.values.len() < 2 {
            sections.push((base.to_owned(), String::new()));
        }
        for decoration in entry.values.iter().skip(1) {
            sections.push((format!("{base}.{decoration}"), decoration.clone()));
        }
    }
    sections
}

pub(super) fn models(inf: &Inf, expected: &Expected) -> Vec<String> {
    let sections = model_sections(inf);
    let mut found = unless(!sections.is_empty(), "[Manufacturer] names no models");
    let prefix = format!("nt{}.10.0...", expected.arch.inf_name());
    for (section, decoration) in &sections {
        let lower = decoration.to_lowercase();
        let build = lower
            .strip_prefix(&prefix)
            .and_then(|build| build.parse::<u32>().ok());
        found.extend(unless(
            build.is_some_and(|build| build >= FIRST_BUILD),
            format!("decoration '{decoration}' is not {prefix}{FIRST_BUILD} or later"),
        ));
        found.extend(unless(
            inf.section(section).is_some(),
            format!("[{section}] is missing"),
        ));
    }
    found
}

pub(super) fn hardware_id(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut found = Vec::new();
    for (name, _) in model_sections(inf) {
        let entries = inf.section(&name).map_or(&[][..], |section| &section.entries);
        found.extend(unless(
            entries
                .iter()
                .any(|entry| entry.value(1).eq_ignore_ascii_case(HARDWARE_ID)),
            format!("[{name}] has no device with id {HARDWARE_ID}"),
        ));
    }
    found
}

/// No variable of stampinf is left.
pub(super) fn stamped(inf: &Inf, _: &Expected) -> Vec<String> {
    let mut found = Vec::new();
    for section in &inf.sections {
        let texts = section
            .entries
            .iter()
            .flat_map(|entry| entry.key.iter().chain(&entry.values));
        for text in texts.chain([&section.name]) {
            let left = ["$ARCH$", "$KMDFVERSION$", "$UMDFVERSION$"]
                .iter()
                .find(|variable| text.contains(**variable));
            found.extend(left.map(|variable| format!("{variable} is left in [{}]", section.name)));
        }
    }
    found
}
