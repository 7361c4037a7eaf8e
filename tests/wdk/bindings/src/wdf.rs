//! The framework's part of `types.rs`: handles, enums, callbacks, the function table.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;

use crate::ctype::rust_type;

/// WDM structures that are not written: lookaside lists have another alignment on each architecture, and
/// `PHYSICAL_ADDRESS` is an alias.
pub(crate) const LEFT_OUT: [&str; 5] = [
    "NPAGED_LOOKASIDE_LIST",
    "PAGED_LOOKASIDE_LIST",
    "GENERAL_LOOKASIDE",
    "LOOKASIDE_LIST_EX",
    "PHYSICAL_ADDRESS",
];

/// Handles that are no pointers to a structure of their own: `base.rs` defines them.
const OTHER_HANDLES: &[&str] = &["WDFOBJECT", "WDFCONTEXT", "WDFFUNC"];

/// Handles, enums, callbacks, function pointer types and table indices.
pub(crate) fn types(kmdf: &Value, wdm: &Value) -> String {
    let mut out = String::from("use super::*;\n\n");
    handles(&mut out, kmdf);
    enums(&mut out, wdm);
    enums(&mut out, kmdf);
    callbacks(&mut out, kmdf);
    function_pointers(&mut out, kmdf);
    index_module(
        &mut out,
        "_WDFFUNCENUM",
        "WdfFunctionTableNumEntries",
        &kmdf["function_table"],
        |name| format!("{name}TableIndex"),
    );
    index_module(
        &mut out,
        "_WDFSTRUCTENUM",
        "WdfStructureTableNumEntries",
        &kmdf["struct_table"],
        |name| format!("INDEX_{name}"),
    );
    out
}

fn handles(out: &mut String, kmdf: &Value) {
    let names = kmdf["handles"].as_array().expect("handles are a list");
    for name in names
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !OTHER_HANDLES.contains(name))
    {
        let _ = writeln!(
            out,
            "#[repr(C)]\n#[derive(Debug, Copy, Clone)]\npub struct {name}__ {{\n    pub unused: ::core::ffi::c_int,\n}}\n\
             pub type {name} = *mut {name}__;"
        );
    }
}

fn enums(out: &mut String, facts: &Value) {
    for (name, values) in facts["enums"].as_object().expect("enums are an object") {
        let _ = writeln!(out, "pub mod _{name} {{\n    pub type Type = ::core::ffi::c_int;");
        for (variant, value) in values.as_object().expect("an enum is an object") {
            if let Some(value) = number(value) {
                // C gives an enum the type int: a value with the top bit set is negative.
                let value = u32::try_from(value).map_or(value, |value| i64::from(value.cast_signed()));
                let _ = writeln!(out, "    pub const {variant}: Type = {value};");
            }
        }
        let _ = writeln!(out, "}}\npub use self::_{name}::Type as {name};");
    }
}

/// A number of the facts: as such, or hexadecimal text.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => i64::from_str_radix(text.strip_prefix("0x")?, 16).ok(),
        _ => None,
    }
}

fn callbacks(out: &mut String, kmdf: &Value) {
    let mut defined = BTreeSet::new();
    for (name, callback) in kmdf["callbacks"].as_object().expect("callbacks are an object") {
        let pointer = name.replacen("EVT_", "PFN_", 1);
        let _ = writeln!(out, "pub type {name} = {};", function_type(callback));
        let _ = writeln!(out, "pub type {pointer} = {name};");
        defined.insert(pointer);
    }
    // Callbacks whose prototypes the facts lack, but which structures hold.
    for (_, entry) in kmdf["structs"].as_object().expect("structs are an object") {
        for (_, field) in entry["fields"].as_object().expect("fields are an object") {
            let Some(kind) = field["type"].as_str().filter(|kind| kind.starts_with("PFN_")) else {
                continue;
            };
            if defined.insert(kind.to_owned()) && kind != "PFN_GET_UNIQUE_CONTEXT_TYPE" {
                let _ = writeln!(
                    out,
                    "pub type {kind} = ::core::option::Option<unsafe extern \"C\" fn()>;"
                );
            }
        }
    }
}

fn function_pointers(out: &mut String, kmdf: &Value) {
    for (name, prototype) in kmdf["prototypes"].as_object().expect("prototypes are an object") {
        let _ = writeln!(
            out,
            "pub type PFN_{} = {};",
            name.to_uppercase(),
            function_type(prototype)
        );
    }
}

/// A pointer to a function. Parameters need names, because `wdk-macros` makes wrappers from them.
fn function_type(prototype: &Value) -> String {
    let parameters: Vec<_> = prototype["params"]
        .as_array()
        .expect("parameters are a list")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(rust_type)
        .enumerate()
        .map(|(at, kind)| format!("arg{at}: {kind}"))
        .collect();
    let returns = match prototype["ret"].as_str().and_then(rust_type) {
        Some(kind) => format!(" -> {kind}"),
        None => String::new(),
    };
    format!(
        "::core::option::Option<unsafe extern \"C\" fn({}){returns}>",
        parameters.join(", ")
    )
}

fn index_module(out: &mut String, module: &str, count: &str, table: &Value, name: impl Fn(&str) -> String) {
    let table = table.as_object().expect("tables are objects");
    let _ = writeln!(
        out,
        "pub mod {module} {{\n    pub type Type = ::core::ffi::c_int;"
    );
    for (function, entry) in table {
        let _ = writeln!(
            out,
            "    pub const {}: Type = {};",
            name(function),
            entry["index"]
        );
    }
    let _ = writeln!(out, "    pub const {count}: Type = {};\n}}", table.len());
}
