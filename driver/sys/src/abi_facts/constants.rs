//! Enumerations, constants, strings, extensions, GUIDs.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;
use std::format;

use super::registry::{CONSTANTS, ENUMS, STRINGS, all};
use super::{assert_none, facts, number};
use crate::cng::constants::PSEUDO_HANDLES;
use crate::netadaptercx::EXTENSIONS;
use crate::wdm::GUID;

/// Declared, but not recorded under that name.
const NOT_RECORDED: &[(&str, &str)] = &[
    (
        "KDF_HKDF_INFO",
        "bcrypt.h; seen as 0x14 in shipping kernel clients of HKDF",
    ),
    (
        "BCRYPT_HKDF_HASH_ALGORITHM",
        "bcrypt.h; seen in shipping kernel clients of HKDF",
    ),
    (
        "XSTATE_MASK_GSSE",
        "winnt.h; the bit of AVX in XCR0, an architectural constant",
    ),
    (
        "XSTATE_MASK_AVX512",
        "winnt.h; the bits of AVX-512 in XCR0, architectural constants",
    ),
];

fn exception(name: &str) -> bool {
    NOT_RECORDED.iter().any(|(exception, _)| *exception == name)
}

/// Every recorded number by name, wherever it is in the file. Structures and function tables are left out.
fn numbers() -> BTreeMap<String, i128> {
    fn collect(value: &Value, numbers: &mut BTreeMap<String, i128>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            if let Some(number) = number(value) {
                let old = numbers.insert(name.clone(), number);
                assert!(
                    old.is_none_or(|old| old == number),
                    "{name} is recorded as {old:?} and {number}"
                );
            }
        }
    }
    let mut numbers = BTreeMap::new();
    let places = [
        ("netadaptercx", &["/constants"][..]),
        ("bcrypt", &["/flags_and_numbers"]),
        ("wsk", &["/wsk_options_and_ioctls", "/other_ioctls"]),
        (
            "wdm",
            &[
                "/irql_x64",
                "/pool_flags/values",
                "/ntstatus",
                "/etw/data_descriptor_types",
                "/etw/control_codes",
            ],
        ),
    ];
    for (file, pointers) in places {
        let facts = facts(file);
        for pointer in pointers {
            collect(facts.pointer(pointer).unwrap(), &mut numbers);
        }
        for group in ["flags", "options", "constants", "enums"] {
            for group in facts
                .get(group)
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|groups| groups.values())
            {
                collect(group, &mut numbers);
            }
        }
    }
    numbers
}

/// Recorded values of an enumeration, the newest version's where versions differ.
fn enumeration(name: &str) -> Option<BTreeMap<String, i128>> {
    let values = ["netadaptercx", "wsk", "wdm"].iter().find_map(|file| {
        let facts = facts(file);
        let found = facts["enums"]
            .get(name)
            .or_else(|| facts["etw"].get(name))?
            .clone();
        let newest = found
            .get("changed_in")
            .and_then(Value::as_object)
            .and_then(|versions| versions.values().next_back());
        Some(newest.or_else(|| found.get("values")).unwrap_or(&found).clone())
    })?;
    Some(
        values
            .as_object()?
            .iter()
            .map(|(name, value)| (name.clone(), number(value).unwrap()))
            .collect(),
    )
}

#[test]
fn enumerations_are_as_recorded_and_complete() {
    let mut found = Vec::new();
    for declared in all(ENUMS) {
        let name = if declared.name == "EVENT_INFO_CLASS" {
            "event_info_class"
        } else {
            declared.name
        };
        let Some(mut recorded) = enumeration(name) else {
            found.push(format!("{name}: not recorded"));
            continue;
        };
        // A name that only counts the values is of no use.
        recorded.retain(|name, _| name != "MaximumMode" && name != "MaxEventInfo");
        let values: BTreeMap<_, _> = declared
            .values
            .iter()
            .map(|(name, value)| (String::from(*name), i128::from(*value)))
            .collect();
        if values != recorded {
            found.push(format!("{name}: {values:?}, recorded {recorded:?}"));
        }
    }
    assert_none(&found);
}

#[test]
fn every_class_extension_enumeration_is_declared() {
    let facts = facts("netadaptercx");
    let names = facts["enums"].as_object().unwrap().keys();
    let missing: Vec<_> = names
        .filter(|name| !all(ENUMS).any(|fact| fact.name == *name))
        .cloned()
        .collect();
    assert_none(&missing);
}

#[test]
fn constants_are_as_recorded() {
    let numbers = numbers();
    let mut found = Vec::new();
    for declared in all(CONSTANTS) {
        match numbers.get(declared.name) {
            // A status is recorded without a sign.
            Some(want) if declared.value & ((1 << declared.bits) - 1) == *want => {}
            Some(want) => found.push(format!(
                "{} is {:#x}, recorded {want:#x}",
                declared.name, declared.value
            )),
            None if exception(declared.name) => {}
            None => found.push(format!("{}: not recorded", declared.name)),
        }
    }
    assert!(all(CONSTANTS).count() > 250, "the registry has lost a table");
    assert_none(&found);
}

#[test]
fn exceptions_are_exceptions() {
    let numbers = numbers();
    for (name, _) in NOT_RECORDED {
        let constant = all(CONSTANTS).any(|fact| fact.name == *name);
        assert!(
            constant || all(STRINGS).any(|fact| fact.name == *name),
            "{name} is not declared any more"
        );
        assert!(!numbers.contains_key(*name), "{name} is recorded by now");
    }
}

#[test]
fn every_recorded_status_is_declared() {
    let facts = facts("wdm");
    let names = facts["ntstatus"].as_object().unwrap().keys();
    let missing: Vec<_> = names
        .filter(|name| !all(CONSTANTS).any(|fact| fact.name == *name))
        .cloned()
        .collect();
    assert_none(&missing);
}

#[test]
fn strings_are_as_recorded() {
    let facts = facts("bcrypt");
    let groups = [
        "algorithms",
        "chaining_modes",
        "properties_and_blobs",
        "providers",
    ];
    let mut found = Vec::new();
    for declared in all(STRINGS) {
        let text = String::from_utf16(declared.text.as_units()).unwrap();
        let recorded = groups
            .iter()
            .find_map(|group| facts[*group].get(declared.name))
            .and_then(Value::as_str);
        if recorded != Some(&text) && !exception(declared.name) {
            found.push(format!("{} is {text:?}, recorded {recorded:?}", declared.name));
        }
    }
    assert_none(&found);
}

#[test]
fn pseudo_handles_are_as_recorded() {
    let facts = facts("bcrypt");
    for (name, value) in PSEUDO_HANDLES {
        assert_eq!(
            number(&facts["pseudo_handles"][name]),
            Some(*value as i128),
            "{name}"
        );
    }
}

#[test]
fn extensions_are_as_recorded_and_complete() {
    let facts = facts("netadaptercx");
    let recorded = facts["extensions"].as_object().unwrap();
    assert_eq!(recorded.len(), EXTENSIONS.len());
    for declared in EXTENSIONS {
        let want = &recorded[declared.c_name];
        assert_eq!(
            want["name"],
            String::from_utf16(declared.name.as_units()).unwrap()
        );
        let is = [
            declared.version as usize,
            declared.of.0 as usize,
            declared.size,
            declared.align,
        ];
        let want_numbers =
            ["version", "type_value", "size", "align"].map(|key| want[key].as_u64().unwrap() as usize);
        assert_eq!(is, want_numbers, "{}", declared.c_name);
        let query = declared.query();
        assert_eq!(
            (query.Size, query.Version, query.Type),
            (24, declared.version, declared.of)
        );
        // SAFETY: a constant, with a terminating zero.
        let first = unsafe { query.Name.read() };
        assert_eq!(first, u16::from(b'm'), "{}", declared.c_name);
    }
}

#[test]
fn guids_are_as_recorded() {
    let facts = facts("wdm");
    let parse = |text: &str| {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        GUID::from_u128(u128::from_str_radix(&digits, 16).unwrap())
    };
    for (name, guid) in [
        ("NPI_WSK_INTERFACE_ID", crate::wsk::NPI_WSK_INTERFACE_ID),
        (
            "GUID_DEVINTERFACE_NET",
            crate::netadaptercx::GUID_DEVINTERFACE_NET,
        ),
    ] {
        assert_eq!(parse(facts["guids"][name].as_str().unwrap()), guid, "{name}");
    }
}
