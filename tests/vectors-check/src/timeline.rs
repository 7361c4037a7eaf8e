//! The order of key ids over a long session.

use crate::Tally;
use crate::json::{list, number, text};
use anyhow::{Context, Result, ensure};
use ovpn_dco_uapi::KeyId;
use serde_json::Value;
use std::collections::BTreeMap;

/// Checks that the keys of each direction follow each other as 0, 1, ... 7, 1, ...: the order that the user library
/// counts in, and each a key id as the interface to the driver takes it.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    let mut last: BTreeMap<(&str, &str), u8> = BTreeMap::new();
    for entry in list(file, "timeline")? {
        let id: u8 = number(entry, "key_id")?;
        KeyId::new(id).with_context(|| format!("{id} is not a key id"))?;
        let of = (text(entry, "direction")?, text(entry, "event")?);
        if let Some(before) = last.insert(of, id) {
            let want = if before == KeyId::new(7).map_or(0, KeyId::get) {
                1
            } else {
                before + 1
            };
            ensure!(
                id == want,
                "{} {}: key id {id} after {before}, not {want}",
                of.0,
                of.1
            );
        }
        tally.count("key ids");
    }
    Ok(())
}
