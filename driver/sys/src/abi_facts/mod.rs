//! Compares every declaration of the crate with the facts recorded in `tests/abi`.
//!
//! The declaring macros leave tables behind; `registry` lists them all. A declared name that is not recorded fails, and
//! so does a recorded member that is not declared, unless it is an exception listed here with its reason.

#![allow(clippy::cast_possible_truncation)] // sizes of structures

mod constants;
mod functions;
mod init_images;
mod registry;
mod source;
mod structures;

use alloc::string::String;
use serde_json::Value;

use crate::wide::WideStr;

/// A member of a structure.
pub(crate) struct FieldFact {
    /// Path as recorded, members of nested structures behind a dot.
    pub(crate) name: &'static str,
    pub(crate) offset: usize,
    pub(crate) size: fn() -> usize,
}

/// A structure or union.
pub(crate) struct StructFact {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) fields: &'static [&'static [FieldFact]],
}

/// An enumeration or a set of flags.
pub(crate) struct EnumFact {
    pub(crate) name: &'static str,
    pub(crate) values: &'static [(&'static str, i32)],
}

/// An integer constant.
pub(crate) struct ConstFact {
    pub(crate) name: &'static str,
    pub(crate) bits: usize,
    pub(crate) value: i128,
}

/// A wide string constant.
pub(crate) struct StringFact {
    pub(crate) name: &'static str,
    pub(crate) text: &'static WideStr,
}

/// A bit field.
pub(crate) struct BitFact {
    pub(crate) structure: &'static str,
    pub(crate) name: &'static str,
    /// Counted from the structure's first bit.
    pub(crate) bit: u32,
    /// Where `image` begins.
    pub(crate) base: u32,
    pub(crate) bits: u32,
    /// The structure's bits from `base` on when only this field is set, to all ones.
    pub(crate) image: fn() -> u64,
}

/// A function pointer type.
pub(crate) struct CallbackFact {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) result: &'static str,
}

/// An imported function.
pub(crate) struct ImportFact {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) result: &'static str,
}

/// A function of the NetAdapterCx table.
pub(crate) struct FunctionFact {
    pub(crate) name: &'static str,
    pub(crate) index: &'static str,
    pub(crate) pointer: &'static str,
}

/// Size of the field whose address the closure computes.
pub(crate) fn field_size<S, F>(_: impl FnOnce(*const S) -> *const F) -> usize {
    size_of::<F>()
}

/// Reads a file of recorded facts.
fn facts(file: &str) -> Value {
    let path = std::format!("{}/../../tests/abi/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A recorded number: a JSON number, or a string in hexadecimal.
fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number.as_i64().map(i128::from),
        Value::String(text) => i128::from_str_radix(text.strip_prefix("0x")?, 16).ok(),
        _ => None,
    }
}

/// A C type as this crate writes it.
fn rust_type(c: &str) -> String {
    let c = c.trim();
    let named = match c {
        "UINT8" => "u8",
        "void *" => "PVOID",
        "PSOCKADDR" => "*mut SOCKADDR",
        "PCMSGHDR" => "*mut CMSGHDR",
        "PULONG" => "*mut ULONG",
        "LPCWSTR" => "PCWSTR",
        "LPCGUID" => "*const GUID",
        "PREGHANDLE" => "*mut REGHANDLE",
        "PCEVENT_DESCRIPTOR" => "*const EVENT_DESCRIPTOR",
        "PEVENT_DATA_DESCRIPTOR" => "*mut EVENT_DATA_DESCRIPTOR",
        "ULONG64" => "ULONGLONG",
        "PUCHAR" => "*mut UCHAR",
        "const void *" => "*const core::ffi::c_void",
        _ => "",
    };
    if !named.is_empty() || c.eq_ignore_ascii_case("void") {
        return named.into();
    }
    match c.strip_suffix('*').map(str::trim_end) {
        // `const T **`: the outer pointer is to something that may be written.
        Some(inner) if inner.ends_with('*') => std::format!("*mut {}", rust_type(inner)),
        Some(inner) => match inner.strip_prefix("const ") {
            Some(pointee) => std::format!("*const {}", rust_type(pointee)),
            None => std::format!("*mut {}", rust_type(inner)),
        },
        None => c.into(),
    }
}

/// Stops if anything was found, and shows it.
#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn c_types_have_one_rust_form() {
    for (c, rust) in [
        ("void", ""),
        ("ULONG", "ULONG"),
        ("NETADAPTER *", "*mut NETADAPTER"),
        ("const NET_RING_COLLECTION *", "*const NET_RING_COLLECTION"),
        (
            "const WSK_CLIENT_CONNECTION_DISPATCH **",
            "*mut *const WSK_CLIENT_CONNECTION_DISPATCH",
        ),
        ("const UINT8 *", "*const u8"),
        ("PVOID *", "*mut PVOID"),
    ] {
        assert_eq!(rust_type(c), rust, "{c}");
    }
}
