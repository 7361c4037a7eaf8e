//! Rules for a driver image: what the kernel's loader, memory integrity (HVCI) and this project demand.

use std::collections::BTreeMap;

use object::pe;
use serde_json::Value;

use crate::image::{Arch, Image, Version};

/// The largest x64 driver that is accepted, in bytes.
const SIZE_LIMIT: usize = 250 * 1024;

/// What an image is checked against.
pub struct Expected {
    /// The processor that the package is for.
    pub arch: Arch,
    /// The version of the driver.
    pub version: Version,
    /// Exports that are documented, by lower-case module name.
    pub exports: BTreeMap<String, Vec<String>>,
    /// Whether the image has symbols, a version resource and a size as a release has. Test drivers have not.
    pub release: bool,
}

/// Reads documented exports from the `imports.json` facts.
///
/// # Panics
///
/// If the file has another shape.
#[must_use]
pub fn documented_exports(facts: &Value) -> BTreeMap<String, Vec<String>> {
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, entry) in facts["imports"].as_object().expect("imports are an object") {
        let module = entry["module"].as_str().expect("a module is text").to_lowercase();
        modules.entry(module).or_default().push(name.clone());
    }
    modules
}

/// A rule: a name, and a function that tells what breaks it.
type Rule = (&'static str, fn(&Image, &Expected) -> Vec<String>);

/// All rules.
pub const RULES: &[Rule] = &[
    ("machine", machine),
    ("native subsystem", native_subsystem),
    ("entry point", entry_point),
    ("checksum", right_checksum),
    ("relocations", relocations),
    ("unwind tables", unwind_tables),
    ("no thread-local storage", no_thread_local_storage),
    ("hardening flags", hardening_flags),
    ("section protection", section_protection),
    ("no wide registers", no_wide_registers),
    ("documented imports", documented_imports),
    ("size", size),
    ("version resource", version_resource),
    ("symbol file", symbol_file),
];

/// Checks an image against all rules. Each finding starts with the name of the rule.
#[must_use]
pub fn check(image: &Image, expected: &Expected) -> Vec<String> {
    RULES
        .iter()
        .flat_map(|(name, rule)| {
            rule(image, expected)
                .into_iter()
                .map(move |found| format!("{name}: {found}"))
        })
        .collect()
}

fn unless(holds: bool, otherwise: impl FnOnce() -> String) -> Vec<String> {
    if holds { Vec::new() } else { vec![otherwise()] }
}

fn machine(image: &Image, expected: &Expected) -> Vec<String> {
    unless(image.arch == Some(expected.arch), || {
        format!("{:?} instead of {:?}", image.arch, expected.arch)
    })
}

fn native_subsystem(image: &Image, _: &Expected) -> Vec<String> {
    let mut found = unless(image.subsystem == pe::IMAGE_SUBSYSTEM_NATIVE, || {
        format!("{}", image.subsystem)
    });
    for (what, version) in [
        ("Windows", image.os_version),
        ("subsystem", image.subsystem_version),
    ] {
        found.extend(unless(version == (10, 0), || {
            format!("{what} version {version:?} instead of 10.0")
        }));
    }
    found
}

fn entry_point(image: &Image, _: &Expected) -> Vec<String> {
    let executable = image
        .section_at(image.entry)
        .is_some_and(|section| image.entry != 0 && section.flags & pe::IMAGE_SCN_MEM_EXECUTE != 0);
    unless(executable, || {
        format!("{:#x} is not in executable memory", image.entry)
    })
}

fn right_checksum(image: &Image, _: &Expected) -> Vec<String> {
    unless(image.checksum == image.computed_checksum, || {
        format!(
            "the header says {:#x}, the file has {:#x}",
            image.checksum, image.computed_checksum
        )
    })
}

fn relocations(image: &Image, _: &Expected) -> Vec<String> {
    unless(image.relocatable, || {
        "there are none, so the image cannot be loaded anywhere".to_owned()
    })
}

fn unwind_tables(image: &Image, _: &Expected) -> Vec<String> {
    unless(image.unwind_tables, || {
        "there are none, so no stack can be walked".to_owned()
    })
}

fn no_thread_local_storage(image: &Image, _: &Expected) -> Vec<String> {
    unless(!image.thread_local_storage, || {
        "the kernel's loader does not set it up".to_owned()
    })
}

fn hardening_flags(image: &Image, _: &Expected) -> Vec<String> {
    [
        ("DYNAMIC_BASE", pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE),
        ("HIGH_ENTROPY_VA", pe::IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA),
        ("NX_COMPAT", pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT),
        ("FORCE_INTEGRITY", pe::IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY),
    ]
    .into_iter()
    .filter(|(_, flag)| image.dll_characteristics & flag == 0)
    .map(|(name, _)| format!("{name} is not set"))
    .collect()
}

/// Driver Verifier's code integrity checks, sub-codes 0x2003 to 0x2005, and what memory integrity refuses.
fn section_protection(image: &Image, _: &Expected) -> Vec<String> {
    const BOTH: u32 = pe::IMAGE_SCN_MEM_WRITE | pe::IMAGE_SCN_MEM_EXECUTE;
    const PAGE: u32 = 4096;
    let mut found = Vec::new();
    for section in &image.sections {
        found.extend(unless(section.flags & BOTH != BOTH, || {
            format!("{} is writable and executable", section.name)
        }));
        found.extend(unless(section.address % PAGE == 0, || {
            format!("{} does not start a page", section.name)
        }));
    }
    found.extend(unless(image.section_alignment >= PAGE, || {
        "sections share pages".to_owned()
    }));
    let imports = image.section_at(image.import_address);
    found.extend(unless(
        imports.is_none_or(|section| section.flags & pe::IMAGE_SCN_MEM_EXECUTE == 0),
        || "the import table is in executable memory".to_owned(),
    ));
    found
}

fn no_wide_registers(image: &Image, _: &Expected) -> Vec<String> {
    let found = &image.wide_instructions;
    unless(found.is_empty(), || {
        format!("{} AVX instructions, the first at {:#x}", found.len(), found[0])
    })
}

fn documented_imports(image: &Image, expected: &Expected) -> Vec<String> {
    let mut found = unless(!image.imports.is_empty(), || "there are none".to_owned());
    for (module, names) in &image.imports {
        match expected.exports.get(&module.to_lowercase()) {
            None => found.push(format!(
                "{module} is no module that a driver of this kind imports from"
            )),
            Some(exports) => found.extend(
                names
                    .iter()
                    .filter(|name| !exports.contains(name))
                    .map(|name| format!("{module} does not document {name}")),
            ),
        }
    }
    found
}

fn size(image: &Image, expected: &Expected) -> Vec<String> {
    let limited = expected.release && expected.arch == Arch::X64;
    unless(!limited || image.file_size < SIZE_LIMIT, || {
        format!("{} bytes, the limit is {SIZE_LIMIT}", image.file_size)
    })
}

fn version_resource(image: &Image, expected: &Expected) -> Vec<String> {
    const VFT_DRV: u32 = 3;
    const VFT2_DRV_NETWORK: u32 = 6;
    if !expected.release {
        return Vec::new();
    }
    let Some(version) = &image.version else {
        return vec!["there is none".to_owned()];
    };
    let mut found = unless(version.file == expected.version, || {
        format!("{:?} instead of {:?}", version.file, expected.version)
    });
    found.extend(unless(
        (version.file_type, version.file_subtype) == (VFT_DRV, VFT2_DRV_NETWORK),
        || {
            format!(
                "file type {}, {} is no network driver's",
                version.file_type, version.file_subtype
            )
        },
    ));
    for name in [
        "CompanyName",
        "FileDescription",
        "FileVersion",
        "OriginalFilename",
        "ProductName",
        "ProductVersion",
    ] {
        let missing = version.strings.get(name).is_none_or(String::is_empty);
        found.extend(unless(!missing, || format!("{name} is missing")));
    }
    found
}

fn symbol_file(image: &Image, expected: &Expected) -> Vec<String> {
    unless(
        !expected.release || image.pdb.as_deref() == Some("ovpn-dco.pdb"),
        || format!("a debugger would look for {:?}", image.pdb),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Section, VersionResource};

    const VERSION: Version = [1, 2, 3, 0];

    fn good() -> Image {
        let section = |name: &str, address, flags| Section {
            name: name.to_owned(),
            address,
            size: 0x1000,
            flags,
        };
        let strings = [
            "CompanyName",
            "FileDescription",
            "FileVersion",
            "OriginalFilename",
            "ProductName",
            "ProductVersion",
        ];
        Image {
            file_size: 100_000,
            arch: Some(Arch::X64),
            timestamp: 1,
            characteristics: 0x2022,
            dll_characteristics: 0x1e0,
            subsystem: 1,
            os_version: (10, 0),
            subsystem_version: (10, 0),
            section_alignment: 4096,
            entry: 0x1010,
            checksum: 7,
            computed_checksum: 7,
            sections: vec![
                section(".text", 0x1000, 0x6000_0020),
                section(".data", 0x2000, 0xc000_0040),
            ],
            imports: BTreeMap::from([("NTOSKRNL.exe".to_owned(), vec!["ZwClose".to_owned()])]),
            import_address: 0x2000,
            relocatable: true,
            unwind_tables: true,
            thread_local_storage: false,
            wide_instructions: Vec::new(),
            pdb: Some("ovpn-dco.pdb".to_owned()),
            version: Some(VersionResource {
                file: VERSION,
                file_type: 3,
                file_subtype: 6,
                strings: strings
                    .into_iter()
                    .map(|name| (name.to_owned(), "text".to_owned()))
                    .collect(),
            }),
        }
    }

    fn expected() -> Expected {
        let exports = BTreeMap::from([("ntoskrnl.exe".to_owned(), vec!["ZwClose".to_owned()])]);
        Expected {
            arch: Arch::X64,
            version: VERSION,
            exports,
            release: true,
        }
    }

    #[test]
    fn good_image_breaks_no_rule() {
        assert_eq!(check(&good(), &expected()), Vec::<String>::new());
    }

    #[test]
    fn each_rule_can_be_broken() {
        type Break = fn(&mut Image);
        let breaks: &[(&str, Break)] = &[
            ("machine", |image| image.arch = Some(Arch::Arm64)),
            ("native subsystem", |image| image.subsystem = 3),
            ("native subsystem", |image| image.os_version = (6, 0)),
            ("entry point", |image| image.entry = 0),
            ("entry point", |image| image.entry = 0x2010),
            ("checksum", |image| image.checksum = 0),
            ("relocations", |image| image.relocatable = false),
            ("unwind tables", |image| image.unwind_tables = false),
            ("no thread-local storage", |image| {
                image.thread_local_storage = true
            }),
            ("hardening flags", |image| image.dll_characteristics = 0xe0),
            ("section protection", |image| {
                image.sections[0].flags |= 0x8000_0000
            }),
            ("section protection", |image| image.sections[1].address = 0x2200),
            ("section protection", |image| image.import_address = 0x1000),
            ("no wide registers", |image| image.wide_instructions.push(0x1010)),
            ("documented imports", |image| image.imports.clear()),
            ("documented imports", |image| {
                _ = image.imports.insert("kernel32.dll".to_owned(), vec![])
            }),
            ("documented imports", |image| {
                image
                    .imports
                    .values_mut()
                    .for_each(|names| names.push("ZwSecret".to_owned()));
            }),
            ("size", |image| image.file_size = 256_000),
            ("version resource", |image| image.version = None),
            ("version resource", |image| {
                image.version.as_mut().unwrap().file[3] = 9
            }),
            ("version resource", |image| {
                _ = image.version.as_mut().unwrap().strings.remove("ProductName")
            }),
            ("symbol file", |image| {
                image.pdb = Some("/home/me/ovpn-dco.pdb".to_owned())
            }),
        ];
        for (rule, break_it) in breaks {
            let mut image = good();
            break_it(&mut image);
            let found = check(&image, &expected());
            assert!(
                !found.is_empty() && found.iter().all(|found| found.starts_with(rule)),
                "{rule}: {found:?}"
            );
        }
        for (rule, _) in RULES {
            assert!(breaks.iter().any(|(name, _)| name == rule), "no break for {rule}");
        }
    }
}
