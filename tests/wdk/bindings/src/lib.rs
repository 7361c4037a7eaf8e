//! Writes the generated part of the stand-in `wdk-sys` from the ABI facts in `tests/abi`.
//!
//! The published `wdk-sys` runs bindgen over the WDK's headers. This generator gives the same names in the
//! same shapes for what the facts cover: WDF structures, enums, callbacks and the function table, the WDM
//! structures that a driver meets, status values and the exports of ntoskrnl.exe.
//! `cargo run -p wdk-bindings` writes the files, `cargo test -p wdk-bindings` fails if they are out of date.

mod constants;
mod ctype;
mod exports;
mod record;
mod wdf;

use std::{fs, io, path::PathBuf};

use serde_json::Value;

const HEADER: &str = "// Written by `cargo run -p wdk-bindings` from tests/abi. Do not edit.\n\n";

/// The facts that the bindings are made from.
pub struct Facts {
    /// `kmdf.json`: the framework.
    pub kmdf: Value,
    /// `wdm.json`: the kernel.
    pub wdm: Value,
    /// `imports.json`: exports of kernel modules.
    pub imports: Value,
}

impl Facts {
    /// Reads the facts from `tests/abi`.
    pub fn load() -> io::Result<Self> {
        let read = |name: &str| -> io::Result<Value> {
            let text = fs::read_to_string(repository().join("tests/abi").join(name))?;
            serde_json::from_str(&text).map_err(io::Error::other)
        };
        Ok(Self {
            kmdf: read("kmdf.json")?,
            wdm: read("wdm.json")?,
            imports: read("imports.json")?,
        })
    }
}

/// The files that make up the generated part: path in the repository and content.
pub fn generate(facts: &Facts) -> Vec<(PathBuf, String)> {
    let wdm_records = records(&facts.wdm, &wdf::LEFT_OUT);
    let wdf_records = records(&facts.kmdf, &[]);
    let all = || wdm_records.iter().chain(&wdf_records);
    let mut types = HEADER.to_owned();
    types.push_str(&wdf::types(&facts.kmdf, &facts.wdm));
    all().for_each(|record| types.push_str(&record.definition()));
    let mut layout = HEADER.to_owned();
    all().for_each(|record| layout.push_str(&record.assertions()));
    [
        ("types.rs", types),
        ("layout.rs", layout),
        (
            "constants.rs",
            format!("{HEADER}{}", constants::constants(&facts.wdm)),
        ),
        (
            "exports.rs",
            format!("{HEADER}{}", exports::exports(&facts.imports)),
        ),
    ]
    .into_iter()
    .map(|(name, content)| {
        (
            repository().join("tests/wdk/wdk-sys/src/generated").join(name),
            content,
        )
    })
    .collect()
}

fn records(facts: &Value, left_out: &[&str]) -> Vec<record::Record> {
    let structs = facts["structs"].as_object().expect("structs are an object");
    structs
        .iter()
        .filter(|(name, _)| !left_out.contains(&name.as_str()))
        .map(|(name, entry)| record::Record::new(name, entry))
        .collect()
}

/// The top folder of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}
