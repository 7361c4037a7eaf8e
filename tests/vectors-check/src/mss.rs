//! The MSS clamp.

use crate::Tally;
use crate::json::{bytes, list, number, same};
use anyhow::{Result, ensure};
use ovpn_dco_engine::offload::mss::clamp;
use serde_json::Value;

/// Clamps every segment.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    for (n, case) in list(file, "cases")?.iter().enumerate() {
        let mut packet = bytes(case, "before_hex")?;
        let want = bytes(case, "after_hex")?;
        let changed = clamp(&mut packet, number(case, "userspace_mss_value")?);
        same(&format!("case {}", n + 1), &packet, &want)?;
        ensure!(
            changed == (bytes(case, "before_hex")? != want),
            "case {}: says that it changed: {changed}",
            n + 1
        );
        tally.count("MSS clamps");
    }
    Ok(())
}
