//! `constants.rs`: status values, IRQLs, flags.

use std::fmt::Write;

use serde_json::Value;

use crate::wdf::number;

/// Flags that the facts list for ntsim's sake, but which no WDK header spells as an integer constant.
const LEFT_OUT: &[&str] = &["FILE_SPECIAL_ACCESS"];

/// Every constant of `wdm.json`, typed as bindgen types it.
pub(crate) fn constants(wdm: &Value) -> String {
    let mut out = String::from("use super::*;\n\n");
    for (name, value) in object(&wdm["ntstatus"]) {
        let value = u32::try_from(number(value).expect("a status is a number")).expect("32 bits");
        let _ = writeln!(out, "pub const {name}: NTSTATUS = {}_i32;", value.cast_signed());
    }
    for (name, value) in object(&wdm["pool_flags"]["values"]) {
        let _ = writeln!(
            out,
            "pub const {name}: POOL_FLAGS = {};",
            number(value).expect("a number")
        );
    }
    let groups = object(&wdm["constants"])
        .map(|(_, group)| group)
        .chain([&wdm["irql_x64"]]);
    let etw = ["control_codes", "data_descriptor_types"].map(|group| &wdm["etw"][group]);
    for group in groups.chain(etw) {
        for (name, value) in object(group).filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
            let Some(value) = number(value) else { continue };
            match name.as_str() {
                // These differ on ARM64, and a driver that is not part of the HAL needs none of them.
                "CMCI_LEVEL" | "IPI_LEVEL" | "DRS_LEVEL" | "POWER_LEVEL" | "PROFILE_LEVEL" => {}
                _ => _ = writeln!(out, "pub const {name}: u32 = {value};"),
            }
        }
    }
    out
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}
