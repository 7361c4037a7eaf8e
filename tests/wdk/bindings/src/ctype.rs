//! C types, as the ABI facts spell them, in Rust.

/// Translates a C type to Rust: `volatile PVOID` to `PVOID`, `const GUID *` to `*const GUID`, `PVOID[4]` to
/// `[PVOID; 4]`. Names stay as they are; `types.rs` and `base.rs` define them. `None` stands for `void`.
pub(crate) fn rust_type(c: &str) -> Option<String> {
    let c = c.replace("volatile", " ");
    let c = c.trim();
    if let Some((element, rest)) = c.split_once('[') {
        let element = rust_type(element)?;
        return Some(match rest.trim_end_matches(']') {
            "" => format!("*mut {element}"),
            count => format!("[{element}; {count}]"),
        });
    }
    if let Some(target) = c.strip_suffix("*const") {
        return rust_type(&format!("{target}*"));
    }
    if let Some(target) = c.strip_suffix('*') {
        let target = target.trim();
        let (kind, target) = match target.strip_prefix("const ") {
            Some(target) => ("*const", target),
            None => ("*mut", target),
        };
        let target = rust_type(target).unwrap_or_else(|| "::core::ffi::c_void".to_owned());
        return Some(format!("{kind} {target}"));
    }
    match c {
        "void" | "VOID" => None,
        "int" => Some("::core::ffi::c_int".to_owned()),
        "unsigned char" => Some("UCHAR".to_owned()),
        "unsigned short" => Some("USHORT".to_owned()),
        "unsigned long" => Some("ULONG".to_owned()),
        "size_t" => Some("usize".to_owned()),
        name => Some(name.to_owned()),
    }
}

/// A parameter of a C prototype: its name, if it has one, and its Rust type.
pub(crate) struct Parameter {
    pub(crate) name: Option<String>,
    pub(crate) rust_type: String,
}

/// A C prototype of an exported function.
pub(crate) struct Prototype {
    pub(crate) name: String,
    pub(crate) returns: Option<String>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variadic: bool,
}

impl Prototype {
    /// Parses `NTSTATUS ZwClose(HANDLE Handle)`. `None` for what is no ordinary function: data exports,
    /// special calling conventions, `va_list`.
    pub(crate) fn parse(c: &str) -> Option<Self> {
        if c.starts_with("data:") || c.starts_with("special:") || c.contains("va_list") {
            return None;
        }
        let (head, tail) = c.split_once('(')?;
        let (returns, name) = head.rsplit_once([' ', '*'])?;
        let mut prototype = Self {
            name: name.to_owned(),
            returns: rust_type(returns),
            parameters: Vec::new(),
            variadic: false,
        };
        for parameter in tail.trim_end_matches(')').split(',').map(str::trim) {
            match parameter {
                "VOID" | "void" | "" => {}
                "..." => prototype.variadic = true,
                _ => prototype.parameters.push(Parameter::parse(parameter)?),
            }
        }
        Some(prototype)
    }
}

impl Parameter {
    fn parse(c: &str) -> Option<Self> {
        // A lone type has no blank, or ends in a star.
        if c.ends_with('*') || !c.contains(' ') {
            return Some(Self {
                name: None,
                rust_type: rust_type(c)?,
            });
        }
        let at = c.rfind([' ', '*'])?;
        let (kind, name) = c.split_at(at + 1);
        Some(Self {
            name: Some(name.to_owned()),
            rust_type: rust_type(kind)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Prototype, rust_type};

    #[test]
    fn c_types_become_rust_types() {
        for (c, rust) in [
            ("ULONG", "ULONG"),
            ("volatile PVOID", "PVOID"),
            ("_KSPIN_LOCK_QUEUE *volatile", "*mut _KSPIN_LOCK_QUEUE"),
            ("const GUID *", "*const GUID"),
            ("const GUID *const", "*const GUID"),
            ("PVOID *", "*mut PVOID"),
            ("void *", "*mut ::core::ffi::c_void"),
            ("PDRIVER_DISPATCH[28]", "[PDRIVER_DISPATCH; 28]"),
            ("size_t *", "*mut usize"),
        ] {
            assert_eq!(rust_type(c).as_deref(), Some(rust), "{c}");
        }
        assert_eq!(rust_type("void"), None);
    }

    #[test]
    fn prototypes_are_taken_apart() {
        let prototype =
            Prototype::parse("NTSTATUS RtlStringFromGUID(const GUID *const Guid, PUNICODE_STRING S)");
        let prototype = prototype.expect("an ordinary prototype");
        assert_eq!(prototype.name, "RtlStringFromGUID");
        assert_eq!(prototype.returns.as_deref(), Some("NTSTATUS"));
        let parameters: Vec<_> = prototype
            .parameters
            .iter()
            .map(|p| (p.name.as_deref(), p.rust_type.as_str()))
            .collect();
        assert_eq!(
            parameters,
            [(Some("Guid"), "*const GUID"), (Some("S"), "PUNICODE_STRING")]
        );
        assert!(
            Prototype::parse("ULONG DbgPrint(PCSTR Format, ...)")
                .expect("variadic")
                .variadic
        );
        assert!(Prototype::parse("special: RAX = bytes to probe").is_none());
    }
}
