//! The sources themselves: nothing in a C layout may be declared past the macros.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use std::format;
use std::path::Path;

use super::assert_none;

/// `repr(C)` written by hand: file, how often, reason.
const BY_HAND: &[(&str, usize, &str)] = &[
    ("macros.rs", 1, "the macro"),
    (
        "netadaptercx/handle.rs",
        2,
        "macros for types that nobody looks into",
    ),
    ("netadaptercx/ring.rs", 1, "a test's memory"),
    ("wdm/object.rs", 2, "opaque"),
    ("wsk/cmsg.rs", 1, "our own buffer; the alignment is what counts"),
    ("wsk/dispatch.rs", 1, "opaque"),
    ("wsk/socket.rs", 1, "opaque"),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>, root: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found, root);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn c_layouts_are_declared_by_the_macros() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files, &root);
    let allowed: BTreeMap<_, _> = BY_HAND.iter().map(|(file, count, _)| (*file, *count)).collect();
    let mut found = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("abi_facts/")) {
        let count = text.matches("#[repr(C").count();
        let want = allowed.get(name.as_str()).copied().unwrap_or(0);
        if count != want {
            found.push(format!("{name}: {count} times repr(C), {want} are known"));
        }
    }
    assert_none(&found);
}
