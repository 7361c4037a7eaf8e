//! `exports.rs`: what ntoskrnl.exe and HAL.dll export.

use std::fmt::Write;

use serde_json::Value;

use crate::ctype::Prototype;

/// Exports that stay out although they are ordinary functions.
///
/// The published `wdk-sys` blocks the deprecated pool call. The others are inline functions or macros in WDK
/// headers, which bindgen cannot bind: a driver that called them here would not build there. The
/// `mem*` functions come from `compiler_builtins`.
const LEFT_OUT: &[&str] = &[
    "ExAllocatePoolWithTag",
    "KeInitializeSpinLock",
    "RtlCopyMemory",
    "RtlMoveMemory",
    "RtlZeroMemory",
    "RtlFillMemory",
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "strlen",
    "wcslen",
    "_snprintf",
    "__C_specific_handler",
];

/// One `extern` block per module, linked by raw-dylib so that no import library is needed.
pub(crate) fn exports(imports: &Value) -> String {
    let mut out = String::from("use super::*;\n\n");
    for module in ["ntoskrnl.exe", "HAL.dll"] {
        let _ = writeln!(
            out,
            "#[cfg_attr(windows, link(name = \"{module}\", kind = \"raw-dylib\", modifiers = \"+verbatim\"))]\n\
             unsafe extern \"C\" {{"
        );
        for (name, entry) in imports["imports"].as_object().expect("imports are an object") {
            if entry["module"] != module || LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            if let Some(prototype) = Prototype::parse(entry["proto"].as_str().expect("text")) {
                assert_eq!(&prototype.name, name, "an entry and its prototype agree");
                write_function(&mut out, &prototype);
            }
        }
        out.push_str("}\n\n");
    }
    out
}

fn write_function(out: &mut String, prototype: &Prototype) {
    let mut parameters: Vec<_> = prototype
        .parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| {
            let name = parameter.name.clone().unwrap_or_else(|| format!("arg{at}"));
            format!("{name}: {}", parameter.rust_type)
        })
        .collect();
    if prototype.variadic {
        parameters.push("...".to_owned());
    }
    let returns = prototype
        .returns
        .as_ref()
        .map_or(String::new(), |kind| format!(" -> {kind}"));
    let _ = writeln!(
        out,
        "    pub fn {}({}){returns};",
        prototype.name,
        parameters.join(", ")
    );
}
