//! Rules for the INF: what the WDK's InfVerif demands of a Windows driver package (`/w`: declarative and
//! isolated), what the Net class and NetAdapterCx demand, and what OpenVPN looks for.
//!
//! InfVerif itself runs in Windows CI and has the last word. These rules cover what this package could get
//! wrong, each as a function of its own with a test that breaks it.

use std::collections::BTreeSet;

use crate::{
    image::Arch,
    inf::{Inf, Section},
};

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
    ("version section", version_section),
    ("driver version", driver_version),
    ("models", models),
    ("hardware id", hardware_id),
    ("driver store", driver_store),
    ("copied files", copied_files),
    ("source files", source_files),
    ("registry", registry),
    ("security", security),
    ("service", service),
    ("declarative", declarative),
    ("framework", framework),
    ("network keywords", network_keywords),
    ("network binding", network_binding),
    ("strings", strings),
    ("section references", section_references),
    ("stamped", stamped),
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

fn version_section(inf: &Inf, _: &Expected) -> Vec<String> {
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

fn driver_version(inf: &Inf, expected: &Expected) -> Vec<String> {
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
fn model_sections(inf: &Inf) -> Vec<(String, String)> {
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

fn models(inf: &Inf, expected: &Expected) -> Vec<String> {
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

fn hardware_id(inf: &Inf, _: &Expected) -> Vec<String> {
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

/// The install sections that models lead to, with the suffix `.NT` that holds what is installed.
fn install_sections(inf: &Inf) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (name, _) in model_sections(inf) {
        for entry in inf.section(&name).map_or(&[][..], |section| &section.entries) {
            names.insert(format!("{}.NT", entry.value(0)));
        }
    }
    names.into_iter().collect()
}

/// The sections that `key` of each install section (with `suffix`) names, with the values of the entry.
fn directives<'a>(inf: &'a Inf, suffix: &str, key: &'a str) -> Vec<&'a [String]> {
    let sections = install_sections(inf)
        .into_iter()
        .map(|name| format!("{name}{suffix}"));
    sections
        .filter_map(|name| inf.section(&name))
        .flat_map(|section| section.get(key))
        .map(|entry| entry.values.as_slice())
        .collect()
}

/// Files run from the driver store: DIRID 13 everywhere.
fn driver_store(inf: &Inf, _: &Expected) -> Vec<String> {
    let Some(destinations) = inf.section("DestinationDirs") else {
        return vec!["[DestinationDirs] is missing".to_owned()];
    };
    let elsewhere = destinations.entries.iter().filter(|entry| entry.value(0) != "13");
    elsewhere
        .map(|entry| format!("line {}: '{}' is not 13", entry.line, entry.value(0)))
        .collect()
}

/// The sections with files to copy.
fn copy_sections(inf: &Inf) -> Vec<&Section> {
    directives(inf, "", "CopyFiles")
        .into_iter()
        .flatten()
        .filter_map(|name| inf.section(name))
        .collect()
}

fn copied_files(inf: &Inf, _: &Expected) -> Vec<String> {
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

fn source_files(inf: &Inf, _: &Expected) -> Vec<String> {
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

/// Only the device's own keys: HKR.
fn registry(inf: &Inf, _: &Expected) -> Vec<String> {
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
fn security(inf: &Inf, _: &Expected) -> Vec<String> {
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

fn service(inf: &Inf, _: &Expected) -> Vec<String> {
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
fn declarative(inf: &Inf, _: &Expected) -> Vec<String> {
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
fn framework(inf: &Inf, expected: &Expected) -> Vec<String> {
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

fn network_keywords(inf: &Inf, _: &Expected) -> Vec<String> {
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
fn network_binding(inf: &Inf, _: &Expected) -> Vec<String> {
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

/// Each `%token%` has a string, and each string is used.
fn strings(inf: &Inf, _: &Expected) -> Vec<String> {
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
fn section_references(inf: &Inf, _: &Expected) -> Vec<String> {
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

/// No variable of stampinf is left.
fn stamped(inf: &Inf, _: &Expected) -> Vec<String> {
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

fn is_token(text: &str) -> bool {
    text.len() > 2 && text.starts_with('%') && text.ends_with('%')
}

/// The names between percent signs, in lower case. Numbers stand for folders (DIRIDs), `%%` for a percent sign.
fn tokens(text: &str) -> Vec<String> {
    let inner = text.split('%').skip(1).step_by(2);
    inner
        .filter(|token| !token.is_empty() && !token.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect()
}

/// A number as INF files spell it: decimal, or hexadecimal after `0x`.
fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::Stamp;

    const INX: &str = include_str!("../../../inf/ovpn-dco.inx");

    fn expected(arch: Arch) -> Expected {
        Expected {
            arch,
            kmdf: "1.31".to_owned(),
            today: (2026, 11, 22),
        }
    }

    fn stamped_inf(arch: Arch) -> String {
        let stamp = Stamp {
            arch,
            date: (11, 22, 2026),
            version: [1, 2, 3, 4],
            kmdf: "1.31".to_owned(),
        };
        stamp.apply(INX)
    }

    #[test]
    fn our_inf_breaks_no_rule() {
        for arch in [Arch::X64, Arch::Arm64] {
            let inf = Inf::parse(&stamped_inf(arch)).unwrap();
            assert_eq!(check(&inf, &expected(arch)), Vec::<String>::new());
        }
    }

    /// (rule that breaks, text of our INF, text in its place).
    const BREAKS: &[(&str, &str, &str)] = &[
        ("version section", "\"$WINDOWS NT$\"", "\"$CHICAGO$\""),
        ("version section", "= Net\r", "= System\r"),
        ("version section", "{4d36e972", "{4d36e973"),
        ("version section", "PnpLockdown = 1", "PnpLockdown = 0"),
        ("version section", "= ovpn-dco.cat", "= other.cat"),
        ("driver version", "11/22/2026,", "11/23/2026,"),
        ("driver version", "11/22/2026,", "22/11/2026,"),
        ("driver version", "1.2.3.4", "1.2.3"),
        ("driver version", "1.2.3.4", "1.2.3.70000"),
        ("driver version", "11/22/2026,1.2.3.4", "11/22/2026"),
        ("models", "NTamd64.10.0...19041", "NTamd64.10.0...17763"),
        ("models", "NTamd64.10.0...19041", "NTarm64.10.0...19041"),
        ("models", "NTamd64.10.0...19041", "NTamd64"),
        ("hardware id", "= Install, ovpn-dco", "= Install, tap0901"),
        ("driver store", "DefaultDestDir = 13", "DefaultDestDir = 12"),
        (
            "copied files",
            "\r\novpn-dco.sys\r\n",
            "\r\novpn-dco.sys,other.sys\r\n",
        ),
        (
            "copied files",
            "\r\novpn-dco.sys\r\n",
            "\r\novpn-dco.sys\r\novpn-dco.sys\r\n",
        ),
        ("source files", "ovpn-dco.sys = 1", "ovpn-dco.sys = 2"),
        ("source files", "ovpn-dco.sys = 1", "ovpn-dco.sys = 1,sub"),
        ("registry", "HKR, Ndi, Service, 0", "HKLM, Ndi, Service, 0"),
        ("security", "HKR, , Security, ,", "HKR, , Insecurity, ,"),
        ("security", "D:P(", "D:("),
        ("security", "(A;;GRGW;;;IU)", "(A;;GRGW;;;WD)"),
        ("security", "(A;;GRGW;;;SU)", ""),
        (
            "service",
            "AddService = ovpn-dco, 0x2",
            "AddService = ovpn-dco, 0x0",
        ),
        ("service", "StartType     = 3", "StartType     = 0"),
        ("service", "%13%\\ovpn-dco.sys", "%12%\\ovpn-dco.sys"),
        (
            "declarative",
            "AddReg              =",
            "DelReg = Install.Registry\r\nAddReg =",
        ),
        (
            "framework",
            "KmdfLibraryVersion = 1.31",
            "KmdfLibraryVersion = 1.33",
        ),
        ("framework", "KmdfService = ovpn-dco,", "KmdfService = other,"),
        (
            "network keywords",
            "*MediaType          = 19",
            "*MediaType          = 0",
        ),
        ("network keywords", "*IfType             = 53", ""),
        (
            "network binding",
            "UpperRange, 0, \"ndis5\"",
            "UpperRange, 0, \"ndis6\"",
        ),
        (
            "strings",
            "DisplayName   = %ServiceDesc%",
            "DisplayName   = %Other%",
        ),
        (
            "section references",
            "[Install.Framework]",
            "[Install.Framework]\r\na = 1\r\n[Orphan]",
        ),
        ("stamped", "Install.Files  = 13", "Install.Files  = 13, $ARCH$"),
    ];

    #[test]
    fn each_rule_can_be_broken() {
        let good = stamped_inf(Arch::X64);
        for (rule, from, to) in BREAKS {
            assert!(good.contains(from), "'{from}' is not in our INF");
            let inf = Inf::parse(&good.replace(from, to)).unwrap();
            let found = check(&inf, &expected(Arch::X64));
            assert!(
                found.iter().any(|found| found.starts_with(rule)),
                "{rule}: {from} -> {to}: {found:?}"
            );
        }
        for (rule, _) in RULES {
            assert!(
                BREAKS.iter().any(|(name, ..)| name == rule),
                "no break for {rule}"
            );
        }
    }

    #[test]
    fn co_installers_are_refused() {
        let text = stamped_inf(Arch::X64) + "[Install.NT.CoInstallers]\r\nAddReg = Co\r\n";
        let found = check(&Inf::parse(&text).unwrap(), &expected(Arch::X64));
        assert!(
            found.iter().any(|found| found.starts_with("declarative")),
            "{found:?}"
        );
    }
}
