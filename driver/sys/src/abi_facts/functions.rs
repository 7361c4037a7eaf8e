//! Function table, prototypes, bind record, imports.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use std::format;

use super::registry::{CALLBACKS, FUNCTION_POINTERS, FUNCTIONS, IMPORTS, INDICES, all};
use super::{CallbackFact, assert_none, facts, rust_type};
use crate::netadaptercx::{
    NET_FUNCTION_COUNT, NET_MINOR_VERSION, NETADAPTERCX_CLASS_NAME, WDF_CLASS_BIND_INFO, function_count,
};

crate::netadaptercx_client! {
    /// A client that is never bound.
    static CLIENT;
}

/// Callback types of which no prototype is recorded.
const NOT_RECORDED: &[(&str, &str)] = &[
    (
        "PFN_WDF_VERSION_BIND_CLASS",
        "recorded as the export of WDFLDR.SYS, checked below",
    ),
    (
        "PFN_WDF_CLIENT_BIND_CLASS",
        "recorded in words, not as a prototype",
    ),
    (
        "PIO_COMPLETION_ROUTINE",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PDRIVER_INITIALIZE",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PDRIVER_ADD_DEVICE",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PDRIVER_DISPATCH",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PDRIVER_UNLOAD",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PDRIVER_CANCEL",
        "wdm.h; its prototype is documented, not recorded",
    ),
    (
        "PKDEFERRED_ROUTINE",
        "wdm.h; its prototype is documented, not recorded",
    ),
    ("PETWENABLECALLBACK", "recorded in words, not as a prototype"),
];

/// A recorded prototype: parameter types without names, and the result.
fn prototype(fact: &Value, named: bool) -> (Vec<String>, String) {
    let parameters = fact["params"].as_array().unwrap().iter().map(|parameter| {
        let text = parameter.as_str().unwrap();
        let name = text
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|_| named);
        rust_type(name.map_or(text, |end| &text[..=end]))
    });
    (parameters.collect(), rust_type(fact["ret"].as_str().unwrap()))
}

/// Without the blanks that the compiler and the recorder put in different places, and without module paths.
fn squeezed((parameters, result): (Vec<String>, String)) -> (Vec<String>, String) {
    let squeeze = |ty: &String| ty.replace(' ', "").replace("crate::netadaptercx::", "");
    (parameters.iter().map(squeeze).collect(), squeeze(&result))
}

fn declared(fact: &CallbackFact) -> (Vec<String>, String) {
    (
        fact.parameters.iter().map(ToString::to_string).collect(),
        fact.result.into(),
    )
}

#[test]
fn indices_are_as_recorded_and_complete() {
    let facts = facts("netadaptercx");
    let recorded: BTreeMap<_, _> = facts["function_table"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, fact)| {
            (
                format!("{name}TableIndex"),
                i128::from(fact["index"].as_i64().unwrap()),
            )
        })
        .collect();
    let declared: BTreeMap<_, _> = INDICES
        .iter()
        .map(|fact| (fact.name.to_string(), fact.value))
        .collect();
    assert_eq!(declared, recorded);
}

#[test]
fn counts_are_as_recorded_and_agree_with_the_table() {
    let facts = facts("netadaptercx");
    let counts = facts["function_counts"].as_object().unwrap();
    for (version, count) in counts {
        let minor: u32 = version.strip_prefix("2.").unwrap().parse().unwrap();
        assert_eq!(
            function_count(minor).map(|count| count as u64),
            count.as_u64(),
            "{version}"
        );
        let in_table = facts["function_table"]
            .as_object()
            .unwrap()
            .values()
            .filter(|fact| {
                let since: u32 = fact["since"]
                    .as_str()
                    .unwrap()
                    .strip_prefix("2.")
                    .unwrap()
                    .parse()
                    .unwrap();
                since <= minor
            });
        assert_eq!(Some(in_table.count() as u64), count.as_u64(), "{version}");
    }
    assert_eq!(
        function_count(counts.len() as u32),
        None,
        "no version past the last that is recorded"
    );
    assert_eq!(function_count(NET_MINOR_VERSION), Some(NET_FUNCTION_COUNT));
}

#[test]
fn functions_have_their_own_index_and_prototype() {
    let facts = facts("netadaptercx");
    let pointers: BTreeMap<_, _> = all(FUNCTION_POINTERS).map(|fact| (fact.name, fact)).collect();
    let mut found = Vec::new();
    for function in all(FUNCTIONS) {
        let name = function.name;
        assert_eq!(function.index, format!("{name}TableIndex"));
        assert_eq!(function.pointer, format!("PFN_{}", name.to_uppercase()));
        let want = squeezed(prototype(&facts["prototypes"][name], false));
        let is = squeezed(declared(pointers[function.pointer]));
        if is != want {
            found.push(format!("{name}: {is:?}, recorded {want:?}"));
        }
    }
    assert_none(&found);
}

#[test]
fn every_public_function_up_to_2_2_is_declared() {
    let facts = facts("netadaptercx");
    let declared: BTreeSet<_> = all(FUNCTIONS).map(|fact| fact.name).collect();
    let public = facts["prototypes"].as_object().unwrap().iter();
    let missing: Vec<_> = public
        .filter(|(name, fact)| fact["index"].as_u64().unwrap() < 124 && !declared.contains(name.as_str()))
        .map(|(name, _)| name.clone())
        .collect();
    assert_none(&missing);
}

#[test]
fn callbacks_have_the_recorded_prototypes() {
    let netcx = facts("netadaptercx");
    let wsk = facts("wsk");
    let mut found = Vec::new();
    for callback in all(CALLBACKS) {
        let event = callback.name.replace("PFN_", "EVT_");
        let want = if let Some(fact) = netcx["callbacks"].get(&event) {
            prototype(fact, false)
        } else if let Some(fact) = wsk["callbacks_and_calls"].get(callback.name) {
            prototype(fact, true)
        } else {
            if !NOT_RECORDED.iter().any(|(name, _)| *name == callback.name) {
                found.push(format!("{}: not recorded", callback.name));
            }
            continue;
        };
        let is = declared(callback);
        let (is, want) = (squeezed(is), squeezed(want));
        if is != want {
            found.push(format!("{}: {is:?}, recorded {want:?}", callback.name));
        }
    }
    assert_none(&found);
}

#[test]
fn every_recorded_callback_is_declared() {
    let declared: BTreeSet<_> = all(CALLBACKS).map(|fact| fact.name).collect();
    let netcx = facts("netadaptercx");
    let wsk = facts("wsk");
    let events = netcx["callbacks"]
        .as_object()
        .unwrap()
        .keys()
        .map(|name| name.replace("EVT_", "PFN_"));
    let calls = wsk["callbacks_and_calls"].as_object().unwrap().keys().cloned();
    let missing: Vec<_> = events
        .chain(calls)
        .filter(|name| !declared.contains(name.as_str()))
        .collect();
    assert_none(&missing);
}

#[test]
fn the_bind_record_is_as_recorded() {
    let facts = facts("netadaptercx");
    let values = &facts["binding"]["values"];
    let record = CLIENT.bind_info();
    assert_eq!(values["Size"], record.Size);
    assert_eq!(record.Size as usize, size_of::<WDF_CLASS_BIND_INFO>());
    let class_name = String::from_utf16(NETADAPTERCX_CLASS_NAME.as_units()).unwrap();
    assert_eq!(values["ClassName"], format!("L\"{class_name}\""));
    for (index, unit) in NETADAPTERCX_CLASS_NAME.as_units_with_nul().iter().enumerate() {
        // SAFETY: the name has as many units as the constant.
        let address = unsafe { record.ClassName.add(index) };
        // SAFETY: as above.
        assert_eq!(unsafe { address.read() }, *unit);
    }
    assert_eq!(
        (record.Version.Major, record.Version.Minor, record.Version.Build),
        (2, NET_MINOR_VERSION, 0)
    );
    assert_eq!(record.FunctionTableCount as usize, NET_FUNCTION_COUNT);
    assert!(!record.FunctionTable.is_null() && !record.ClassBindInfo.is_null());
    assert!(
        record.ClientBindClass.is_none()
            && record.ClientUnbindClass.is_null()
            && record.ClassModule.is_null()
    );
}

/// A recorded prototype in one string, `NTSTATUS F(ULONG A, PVOID B)`, in the form that `prototype` reads.
fn parsed(text: &str) -> Value {
    let (head, rest) = text.split_once('(').unwrap();
    let parameters: Vec<_> = rest.trim_end_matches(')').split(", ").collect();
    serde_json::json!({ "ret": head.rsplit_once(' ').unwrap().0, "params": parameters })
}

#[test]
fn imports_are_exports_with_the_recorded_prototypes() {
    let imports = facts("imports");
    let bcrypt = facts("bcrypt");
    let mut found = Vec::new();
    for import in all(IMPORTS) {
        let name = import.name;
        // The list of imports was made from what drivers were seen to import; the header has more of CNG.
        let (module, fact) = match imports["imports"].get(name) {
            Some(fact) => (
                fact["module"].as_str().unwrap(),
                parsed(fact["proto"].as_str().unwrap()),
            ),
            None => match bcrypt["functions"].get(name) {
                Some(fact) => (bcrypt["kernel_module"]["primary"].as_str().unwrap(), fact.clone()),
                None => {
                    found.push(format!("{name}: not recorded"));
                    continue;
                }
            },
        };
        assert!(
            module.eq_ignore_ascii_case(import.module),
            "{name} is in {module}"
        );
        let want = squeezed(prototype(&fact, true));
        let parameters = import.parameters.iter().map(ToString::to_string).collect();
        let is = squeezed((parameters, import.result.into()));
        if is != want {
            found.push(format!("{name}: {is:?}, recorded {want:?}"));
        }
    }
    assert!(all(IMPORTS).count() > 30, "the registry has lost a table");
    assert_none(&found);
}
