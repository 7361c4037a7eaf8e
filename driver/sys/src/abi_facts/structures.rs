//! Sizes, alignments, members, bit fields.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;
use std::format;

use super::registry::{BITS, STRUCTS, all};
use super::{StructFact, assert_none, facts};

/// Declared, but not recorded under that name.
const NOT_RECORDED: &[(&str, &str)] = &[
    (
        "NET_RING_BUFFER",
        "the alignment of NET_RING::Buffer, whose offset is recorded",
    ),
    (
        "NET_ADAPTER_RX_BUFFER_SOURCE",
        "an unnamed union, whose members are recorded with its structure",
    ),
    (
        "NET_LUID",
        "a union of 64 bits in ifdef.h, of which only the whole is used",
    ),
    (
        "RECEIVE_SCALING_ENCAPSULATION",
        "a nested structure; its size is recorded with its structure",
    ),
    (
        "IRP_ASSOCIATED",
        "an unnamed union, whose members are recorded with IRP",
    ),
    (
        "IRP_TAIL_OVERLAY",
        "an unnamed structure, whose members are recorded with IRP",
    ),
    (
        "IRP_DRIVER_CONTEXT",
        "an unnamed union, whose members are recorded with IRP",
    ),
    (
        "IRP_TAIL",
        "an unnamed union, whose members are recorded with IRP",
    ),
    (
        "IO_PARAMETERS",
        "an unnamed union, whose members are recorded with IO_STACK_LOCATION",
    ),
    (
        "IO_PARAMETERS_CREATE",
        "an unnamed structure, whose members are recorded with IO_STACK_LOCATION",
    ),
    (
        "IO_PARAMETERS_READ",
        "an unnamed structure, whose members are recorded with IO_STACK_LOCATION",
    ),
    (
        "IO_PARAMETERS_DEVICE_CONTROL",
        "an unnamed structure, whose members are recorded with IO_STACK_LOCATION",
    ),
    (
        "IO_PARAMETERS_OTHERS",
        "an unnamed structure, whose members are recorded with IO_STACK_LOCATION",
    ),
    (
        "XSTATE_CONTEXT",
        "not recorded; the same in public symbols of ntoskrnl.exe and in wdm.h",
    ),
    (
        "XSTATE_SAVE",
        "not recorded; the same in public symbols of ntoskrnl.exe and in wdm.h",
    ),
];

/// Recorded, but not declared: structure, member or beginning of a member, reason.
const NOT_DECLARED: &[(&str, &str, &str)] = &[
    ("NET_EXTENSION", "Reserved1", "pads the union that Enabled is in"),
    (
        "NET_RING",
        "OSReserved0",
        "another name for the first bytes of OSReserved2",
    ),
    ("NET_PACKET_LAYOUT", "Reserved0", "reserved bits"),
    ("NET_PACKET", "Reserved1", "reserved bits"),
    (
        "NET_PACKET",
        "Layout.",
        "members of NET_PACKET_LAYOUT, checked there",
    ),
    ("NET_PACKET_CHECKSUM", "Reserved", "reserved bits"),
    ("NET_PACKET_GSO", "TCP.Reserved0", "reserved bits"),
    ("NET_PACKET_GSO", "UDP.Reserved0", "reserved bits"),
    (
        "NET_PACKET_RSC",
        "TCP",
        "the structure that holds the declared members",
    ),
    ("NET_IPV6_ADDRESS", "Unicast.", "halves of the address"),
    ("SOCKADDR_STORAGE", "__ss_", "padding"),
    (
        "SOCKADDR_IN6",
        "sin6_scope_struct",
        "the same bytes as sin6_scope_id",
    ),
    ("IN_ADDR", "S_un.S_un_", "parts of the address"),
    ("IN6_ADDR", "u.Word", "the same bytes as u.Byte"),
    ("LARGE_INTEGER", "LowPart", "half of QuadPart"),
    ("LARGE_INTEGER", "HighPart", "half of QuadPart"),
    ("LARGE_INTEGER", "u", "halves of QuadPart"),
    (
        "IO_STATUS_BLOCK",
        "Pointer",
        "the same bytes as Status, not used by drivers",
    ),
    (
        "DISPATCHER_HEADER",
        "Lock",
        "the first four bytes as one number, the kernel's",
    ),
    ("DEVICE_OBJECT", "Queue", "the I/O manager's"),
    ("DEVICE_OBJECT", "DeviceQueue", "the I/O manager's"),
    ("IRP", "Overlay", "parameters of system calls"),
    ("IRP", "Tail.Apc", "the kernel's"),
    (
        "IRP",
        "Tail.Overlay.DeviceQueueEntry.",
        "members of KDEVICE_QUEUE_ENTRY, checked there",
    ),
    (
        "IRP",
        "Tail.Overlay.PacketType",
        "the same bytes as CurrentStackLocation, the I/O manager's",
    ),
    (
        "IO_STACK_LOCATION",
        "Parameters.Write.",
        "the same as Parameters.Read",
    ),
    (
        "IO_STACK_LOCATION",
        "Parameters.QueryFile",
        "not for device drivers",
    ),
    (
        "IO_STACK_LOCATION",
        "Parameters.Power",
        "KMDF handles power requests",
    ),
    (
        "EVENT_DATA_DESCRIPTOR",
        "Reserved",
        "another name for the bytes of Type and what follows it",
    ),
];

/// Every recorded structure by name. `NET_PACKET_QUEUE_CONFIG` has one entry per layout.
fn recorded() -> BTreeMap<String, Value> {
    let mut structs = BTreeMap::new();
    let sources = [
        ("netadaptercx", "/structs"),
        ("kmdf", "/binding/structs"),
        ("wsk", "/structs"),
        ("wsk", "/socket_structs"),
        ("bcrypt", "/structs"),
        ("wdm", "/structs"),
    ];
    for (file, pointer) in sources {
        for (name, fact) in facts(file).pointer(pointer).unwrap().as_object().unwrap() {
            let Some(versions) = fact.get("by_version") else {
                structs.insert(name.clone(), fact.clone());
                continue;
            };
            for (version, layout) in versions.as_object().unwrap() {
                if layout.is_object() {
                    structs.insert(format!("{name}_V{}", version.replace('.', "_")), layout.clone());
                }
            }
        }
    }
    structs
}

/// What is recorded for this host: ARM64 differs in a few places.
fn of_this_host(fact: &Value) -> Value {
    let mut fact = fact.clone();
    let differences = fact
        .get("arm64")
        .filter(|_| cfg!(target_arch = "aarch64"))
        .cloned()
        .unwrap_or_default();
    for key in ["size", "align"] {
        if let Some(value) = differences.get(key) {
            fact[key] = value.clone();
        }
    }
    for (name, field) in differences
        .get("fields")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        fact["fields"][name] = field.clone();
    }
    fact
}

fn reasoned(name: &str) -> bool {
    NOT_RECORDED.iter().any(|(exception, _)| *exception == name)
}

/// How a declared structure differs from what is recorded.
fn differences(declared: &StructFact, recorded: &Value) -> Vec<String> {
    let name = declared.name;
    let mut found = Vec::new();
    for (what, is, want) in [
        ("size", declared.size, &recorded["size"]),
        ("align", declared.align, &recorded["align"]),
    ] {
        if want.as_u64() != Some(is as u64) {
            found.push(format!("{name}: {what} is {is}, recorded {want}"));
        }
    }
    for field in declared.fields.iter().copied().flatten() {
        // A name with an underscore in front is ours, for padding.
        if field.name.starts_with('_') {
            continue;
        }
        let Some(want) = recorded["fields"].get(field.name) else {
            found.push(format!("{name}.{}: not recorded", field.name));
            continue;
        };
        if want["off"].as_u64() != Some(field.offset as u64) {
            found.push(format!(
                "{name}.{}: offset is {}, recorded {}",
                field.name, field.offset, want["off"]
            ));
        }
        let size = (field.size)();
        if want["size"].as_u64() != Some(size as u64) {
            found.push(format!(
                "{name}.{}: size is {size}, recorded {}",
                field.name, want["size"]
            ));
        }
    }
    found
}

#[test]
fn structures_are_as_recorded() {
    let recorded = recorded();
    let mut found = Vec::new();
    for declared in all(STRUCTS) {
        match recorded.get(declared.name) {
            Some(fact) => found.extend(differences(declared, &of_this_host(fact))),
            None if reasoned(declared.name) => {}
            None => found.push(format!("{}: not recorded", declared.name)),
        }
    }
    assert!(all(STRUCTS).count() > 100, "the registry has lost a table");
    assert_none(&found);
}

#[test]
fn layouts_are_asserted_for_every_target() {
    let asserted = include_str!("../layout.rs");
    let missing: Vec<_> = all(STRUCTS)
        .map(|fact| fact.name)
        .filter(|name| *name != "NET_RING" && !reasoned(name) && !asserted.contains(&format!(" {name}: ")))
        .map(ToString::to_string)
        .collect();
    assert_none(&missing);
}

#[test]
fn no_structure_is_declared_twice() {
    let names: Vec<_> = all(STRUCTS).map(|fact| fact.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[test]
fn recorded_members_are_declared() {
    let recorded = recorded();
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for declared in all(STRUCTS) {
        let Some(fact) = recorded.get(declared.name) else {
            continue;
        };
        let bits = all(BITS)
            .filter(|bit| bit.structure == declared.name)
            .map(|bit| bit.name);
        let fields = declared.fields.iter().copied().flatten().map(|field| field.name);
        let names: BTreeSet<_> = fields.chain(bits).collect();
        for member in fact["fields"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| !names.contains(name.as_str()))
        {
            let exception = NOT_DECLARED
                .iter()
                .position(|(structure, start, _)| *structure == declared.name && member.starts_with(start));
            match exception {
                Some(index) => drop(used.insert(index)),
                None => found.push(format!("{}.{member}: recorded, but not declared", declared.name)),
            }
        }
    }
    let unused = NOT_DECLARED
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index));
    found.extend(
        unused.map(|(_, (structure, member, _))| format!("{structure}.{member}: an exception without use")),
    );
    assert_none(&found);
}

#[test]
fn every_class_extension_structure_is_declared() {
    let declared: BTreeSet<_> = all(STRUCTS).map(|fact| fact.name).collect();
    let facts = facts("netadaptercx");
    let missing: Vec<_> = facts["structs"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| *name != "NET_PACKET_QUEUE_CONFIG" && !declared.contains(name.as_str()))
        .map(ToString::to_string)
        .collect();
    assert_none(&missing);
}

#[test]
fn exceptions_are_exceptions() {
    let recorded = recorded();
    let declared: BTreeSet<_> = all(STRUCTS).map(|fact| fact.name).collect();
    for (name, _) in NOT_RECORDED {
        assert!(declared.contains(name), "{name} is not declared any more");
        assert!(!recorded.contains_key(*name), "{name} is recorded by now");
    }
}

#[test]
fn bit_fields_are_where_they_are_recorded() {
    let recorded = recorded();
    let mut found = Vec::new();
    for field in all(BITS) {
        let want = &recorded[field.structure]["fields"][field.name];
        let is = (Some(u64::from(field.bit)), Some(u64::from(field.bits)));
        if is != (want["bit"].as_u64(), want["bits"].as_u64()) {
            found.push(format!(
                "{}.{}: {is:?}, recorded {want}",
                field.structure, field.name
            ));
        }
        let image = ((1_u64 << field.bits) - 1) << (field.bit - field.base);
        if (field.image)() != image {
            found.push(format!(
                "{}.{}: sets {:#x}",
                field.structure,
                field.name,
                (field.image)()
            ));
        }
    }
    assert_none(&found);
}

/// `base` is the field that holds the bits.
#[test]
fn bit_storage_begins_where_the_accessors_think() {
    use crate::netadaptercx::{NET_PACKET, NET_PACKET_IEEE8021Q};
    assert_eq!(core::mem::offset_of!(NET_PACKET, Bits), 11);
    assert_eq!(core::mem::offset_of!(NET_PACKET_IEEE8021Q, Tag), 0);
    assert_eq!(core::mem::offset_of!(NET_PACKET_IEEE8021Q, Action), 2);
}
