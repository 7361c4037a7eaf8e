//! Structures: from the flat field list of the ABI facts to nested Rust structures as bindgen shapes them.
//!
//! The facts list members of nested structures with dotted names and leave out unnamed structures and unions,
//! whose members simply overlap. Bindgen gives each nested type a name of its own
//! (`_PARENT__bindgen_ty_1`) and each unnamed one a member `__bindgen_anon_1`; so does this module, so that
//! a driver spells a member the same way with either `wdk-sys`.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::ctype::rust_type;

/// A member, with its own members if its type is an inline structure or union.
#[derive(Clone)]
struct Member {
    name: String,
    offset: u64,
    size: u64,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// A member of a named type.
    Plain(String),
    /// An inline structure or union.
    Inline { union: bool, members: Vec<Member> },
}

/// Unnamed structures that the overlap of members does not tell: parent, first member, last member.
const UNNAMED_STRUCTURES: &[(&str, &str, &str)] = &[
    ("LARGE_INTEGER", "LowPart", "HighPart"),
    ("IRP.Tail.Overlay", "DriverContext", "DriverContext"),
    ("IRP.Tail.Overlay", "ListEntry", "PacketType"),
    ("EVENT_DATA_DESCRIPTOR", "Type", "Reserved2"),
];

/// Structures that are unions as a whole.
const UNIONS: &[&str] = &["LARGE_INTEGER", "POWER_STATE", "EX_RUNDOWN_REF"];

/// Structures whose members a driver has no business with, or whose members the facts list only in part:
/// they get their size and alignment, and no members.
const OPAQUE: &[&str] = &[
    "DISPATCHER_HEADER",
    "ERESOURCE",
    "FAST_MUTEX",
    "KAPC",
    "KDEVICE_QUEUE",
    "KDPC",
    "KGUARDED_MUTEX",
    "KMUTANT",
    "KTIMER",
    "KWAIT_BLOCK",
    "SLIST_HEADER",
    "DEVICE_CAPABILITIES",
    "WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS",
];

/// A structure of the ABI facts, ready to be written.
pub(crate) struct Record {
    name: String,
    size: u64,
    align: u64,
    root: Kind,
}

impl Record {
    /// Reads structure `name` from its entry in the facts.
    pub(crate) fn new(name: &str, facts: &Value) -> Self {
        let number = |key| facts.get(key).and_then(Value::as_u64).expect("sizes are numbers");
        // The facts describe KMDF 1.33, and say what is different in 1.31: a member at the end is missing.
        let size = facts["kmdf_1.31"]["size"]
            .as_u64()
            .unwrap_or_else(|| number("size"));
        let root = if OPAQUE.contains(&name) {
            Kind::Inline {
                union: false,
                members: Vec::new(),
            }
        } else {
            let fields = facts["fields"].as_object().expect("fields are an object");
            let mut members = level(name, "", fields);
            members.retain(|member| member.offset < size);
            Kind::Inline {
                union: UNIONS.contains(&name),
                members,
            }
        };
        Self {
            name: name.to_owned(),
            size,
            align: number("align"),
            root,
        }
    }

    /// The Rust definition, `_NAME` with its nested types, and the aliases `NAME` and `PNAME`.
    pub(crate) fn definition(&self) -> String {
        let mut out = String::new();
        let rust_name = tag(&self.name);
        match &self.root {
            Kind::Inline { members, .. } if members.is_empty() => {
                let align = self.align;
                let words = self.size / align;
                let _ = writeln!(
                    out,
                    "#[repr(C)]\n#[derive(Debug, Copy, Clone)]\npub struct {rust_name} {{"
                );
                let _ = writeln!(out, "    _opaque: [u{}; {words}],\n}}", align * 8);
                let _ = writeln!(out, "{}", zeroed_default(&rust_name));
            }
            Kind::Inline { union, members } => write_type(&mut out, &rust_name, *union, self.align, members),
            Kind::Plain(_) => unreachable!("a record is never plain"),
        }
        if self.name != rust_name {
            let _ = writeln!(out, "pub type {} = {rust_name};", self.name);
        }
        let _ = writeln!(out, "pub type P{} = *mut {rust_name};", self.name);
        out
    }

    /// Assertions on size, alignment and the offset of every member that was written.
    pub(crate) fn assertions(&self) -> String {
        let mut out = String::new();
        let rust_name = tag(&self.name);
        let _ = writeln!(
            out,
            "assert_layout!({rust_name}, size {}, align {}, {{",
            self.size, self.align
        );
        if let Kind::Inline { members, .. } = &self.root {
            write_offsets(&mut out, "", members);
        }
        out.push_str("});\n");
        out
    }
}

/// The tag of a C structure: Windows headers put an underscore before the name.
pub(crate) fn tag(name: &str) -> String {
    match name {
        // These have no typedef of another name.
        "GUID" => name.to_owned(),
        _ => format!("_{name}"),
    }
}

/// The members at one level: those that have `prefix` and no dot after it.
fn level(path: &str, prefix: &str, fields: &Map<String, Value>) -> Vec<Member> {
    let mut members = Vec::new();
    for (name, field) in fields {
        let Some(own) = name.strip_prefix(prefix) else {
            continue;
        };
        if own.contains('.') {
            continue;
        }
        let number = |key| {
            field
                .get(key)
                .and_then(Value::as_u64)
                .expect("offsets and sizes are numbers")
        };
        let c_type = field["type"].as_str().expect("types are text");
        let kind = match c_type {
            "struct" | "union" => Kind::Inline {
                union: c_type == "union",
                members: level(&format!("{path}.{own}"), &format!("{name}."), fields),
            },
            _ => Kind::Plain(rust_type(c_type).expect("no member is void")),
        };
        members.push(Member {
            name: own.to_owned(),
            offset: number("off"),
            size: number("size"),
            kind,
        });
    }
    for (parent, first, last) in UNNAMED_STRUCTURES {
        if *parent == path {
            wrap(&mut members, first, last);
        }
    }
    // The members of a union overlap as they should.
    let in_union = UNIONS.contains(&path)
        || fields
            .get(prefix.trim_end_matches('.'))
            .is_some_and(|field| field["type"] == "union");
    if in_union {
        members
    } else {
        join_overlapping(members)
    }
}

/// Moves the members from `first` to `last` into an unnamed structure.
fn wrap(members: &mut Vec<Member>, first: &str, last: &str) {
    let at = |name: &str| {
        members
            .iter()
            .position(|member| member.name == name)
            .expect("the member exists")
    };
    let (from, to) = (at(first), at(last));
    let inner: Vec<_> = members.drain(from..=to).collect();
    let inner = join_overlapping(inner);
    members.insert(from, unnamed(false, inner));
}

/// Puts members that overlap into unnamed unions.
fn join_overlapping(members: Vec<Member>) -> Vec<Member> {
    let mut groups: Vec<Vec<Member>> = Vec::new();
    let mut end = 0;
    for member in members {
        let member_end = member.offset + member.size;
        match groups.last_mut() {
            Some(group) if member.offset < end => group.push(member),
            _ => groups.push(vec![member]),
        }
        end = end.max(member_end);
    }
    groups
        .into_iter()
        .map(|mut group| match group.len() {
            1 => group.remove(0),
            _ => unnamed(true, group),
        })
        .collect()
}

fn unnamed(union: bool, members: Vec<Member>) -> Member {
    let offset = members
        .iter()
        .map(|member| member.offset)
        .min()
        .expect("never empty");
    let end = members
        .iter()
        .map(|member| member.offset + member.size)
        .max()
        .expect("never empty");
    Member {
        name: String::new(),
        offset,
        size: end - offset,
        kind: Kind::Inline { union, members },
    }
}

/// Members with the names that they get in Rust: unnamed ones are numbered.
fn named(members: &[Member]) -> impl Iterator<Item = (String, &Member)> {
    let mut unnamed = 0;
    members.iter().map(move |member| {
        let name = match member.name.as_str() {
            "" => {
                unnamed += 1;
                format!("__bindgen_anon_{unnamed}")
            }
            name => name.to_owned(),
        };
        (name, member)
    })
}

fn write_type(out: &mut String, rust_name: &str, union: bool, align: u64, members: &[Member]) {
    let (keyword, derive) = match union || members.iter().any(holds_union) {
        true => (if union { "union" } else { "struct" }, "Copy, Clone"),
        false => ("struct", "Debug, Copy, Clone"),
    };
    let repr = if align > 8 {
        format!("C, align({align})")
    } else {
        "C".to_owned()
    };
    let mut nested = 0;
    let mut paddings = 0;
    let mut end = members.first().map_or(0, |member| member.offset);
    let mut inner = String::new();
    let _ = writeln!(
        out,
        "#[repr({repr})]\n#[derive({derive})]\npub {keyword} {rust_name} {{"
    );
    for (name, member) in named(members) {
        let kind = match &member.kind {
            Kind::Plain(kind) => kind.clone(),
            Kind::Inline { union, members } => {
                nested += 1;
                let nested_name = format!("{rust_name}__bindgen_ty_{nested}");
                write_type(&mut inner, &nested_name, *union, 0, members);
                nested_name
            }
        };
        // Some members are aligned by declaration, beyond what their type asks for.
        let natural = if member.size.is_power_of_two() {
            member.size.min(8)
        } else {
            8
        };
        if !union && member.offset >= end + natural {
            let _ = writeln!(
                out,
                "    pub __bindgen_padding_{paddings}: [u8; {}],",
                member.offset - end
            );
            paddings += 1;
        }
        end = member.offset + member.size;
        let _ = writeln!(out, "    pub {name}: {kind},");
    }
    let _ = writeln!(out, "}}\n{}", zeroed_default(rust_name));
    out.push_str(&inner);
}

/// Whether a member is or may hold a union: unions have no `Debug`.
fn holds_union(member: &Member) -> bool {
    const HOLD_UNIONS: &[&str] = &[
        "LARGE_INTEGER",
        "PHYSICAL_ADDRESS",
        "ULARGE_INTEGER",
        "IO_STATUS_BLOCK",
        "POWER_STATE",
        "WDF_REQUEST_PARAMETERS",
    ];
    match &member.kind {
        Kind::Plain(kind) => HOLD_UNIONS.contains(&kind.as_str()),
        Kind::Inline { union, members } => *union || members.iter().any(holds_union),
    }
}

fn zeroed_default(rust_name: &str) -> String {
    format!("zeroed_default!({rust_name});")
}

fn write_offsets(out: &mut String, prefix: &str, members: &[Member]) {
    for (name, member) in named(members) {
        let path = format!("{prefix}{name}");
        let _ = writeln!(out, "    {path}: {},", member.offset);
        if let Kind::Inline { members, .. } = &member.kind {
            write_offsets(out, &format!("{path}."), members);
        }
    }
}
