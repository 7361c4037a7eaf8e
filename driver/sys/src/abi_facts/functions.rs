//! Function table, prototypes, bind record, imports.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use std::format;

use super::registry::{CALLBACKS, FUNCTION_POINTERS, FUNCTIONS, INDICES, all};
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
        let want = prototype(&facts["prototypes"][name], false);
        let is = declared(pointers[function.pointer]);
        // The callback's fact leaves the macro's own first parameter as it was written.
        let is = (
            is.0.iter()
                .map(|ty| ty.rsplit("::").next().unwrap().to_string())
                .collect::<Vec<_>>(),
            is.1,
        );
        let is = (
            is.0.iter().map(|ty| ty.replace(' ', "")).collect::<Vec<_>>(),
            is.1.replace(' ', ""),
        );
        let want = (
            want.0.iter().map(|ty| ty.replace(' ', "")).collect::<Vec<_>>(),
            want.1.replace(' ', ""),
        );
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
        let squeeze = |(parameters, result): (Vec<String>, String)| {
            (
                parameters
                    .iter()
                    .map(|ty| ty.replace(' ', ""))
                    .collect::<Vec<_>>(),
                result.replace(' ', ""),
            )
        };
        let (is, want) = (squeeze(is), squeeze(want));
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

/// The extern blocks are for Windows only, so their text is read.
#[test]
fn imports_are_exports_of_their_module() {
    let facts = facts("imports");
    let sources = [
        ("netio.sys", include_str!("../wsk/netio.rs")),
        ("cng.sys", include_str!("../cng/function.rs")),
        ("ntoskrnl.exe", include_str!("../etw/function.rs")),
        ("ntoskrnl.exe", include_str!("../wdm/processor.rs")),
    ];
    let bcrypt = super::facts("bcrypt");
    for (module, source) in sources {
        assert!(source.contains(&format!(
            "name = \"{module}\", kind = \"raw-dylib\", modifiers = \"+verbatim\""
        )));
        let block = &source[source.find("unsafe extern \"C\" {").unwrap()..];
        let names: Vec<_> = block
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub fn ")?.split('(').next())
            .collect();
        assert!(!names.is_empty(), "{module}");
        for name in names {
            let recorded = facts["imports"]
                .get(name)
                .and_then(|fact| fact["module"].as_str());
            // The import list was made from what drivers were seen to import; the header has more of CNG.
            let known = recorded.or_else(|| bcrypt["functions"].get(name).map(|_| "cng.sys"));
            assert!(
                known.is_some_and(|known| known.eq_ignore_ascii_case(module)),
                "{name}: {known:?}"
            );
        }
    }
}
