//! The replay window.

use crate::Tally;
use crate::json::{field, list, text};
use anyhow::{Context, Result, ensure};
use ovpn_dco_engine::Instant;
use ovpn_dco_engine::replay::ReplayWindow;
use serde_json::Value;

/// The rules that the engine follows.
const RULES: &str = "window_2048_expire_30";

/// Checks the cases of the engine's rules, and what was observed of the rules that both kinds share.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    ensure!(
        field(file, "rule_sets")?.get(RULES).is_some(),
        "it has no cases for {RULES}"
    );
    for case in list(file, "cases")? {
        let name = text(case, "name")?;
        let window = ReplayWindow::new().ok().context("no memory")?;
        for (n, step) in list(case, RULES)?.iter().enumerate() {
            let (seconds, id, want): (u64, u64, bool) = serde_json::from_value(step.clone())?;
            let got = window.accept(id, Instant(seconds * 1000));
            ensure!(
                got == want,
                "{name}: step {}: id {id} gives {got}, not {want}",
                n + 1
            );
            tally.count("replay decisions");
        }
    }
    if let Some(observed) = file.get("observed") {
        check_observed(observed, tally)?;
    }
    Ok(())
}

/// The observed programs have a window of 64. Whatever they accepted is acceptable to a longer window as well, an id
/// seen before is refused by any, and forged packets never get here.
fn check_observed(observed: &Value, tally: &mut Tally) -> Result<()> {
    let window = ReplayWindow::new().ok().context("no memory")?;
    let mut seen = std::collections::BTreeSet::from([0]);
    for step in list(observed, "steps")? {
        let step = step.as_array().context("a step is not a list")?;
        let id = step.first().context("a step without id")?;
        let accepted = step
            .get(1)
            .and_then(Value::as_bool)
            .context("a step without decision")?;
        // `"forged 9000"`: its tag was damaged.
        let Some(id) = id.as_u64() else {
            let forged = id.as_str().is_some_and(|id| id.starts_with("forged"));
            ensure!(forged && !accepted, "not a step: {id}");
            continue;
        };
        if accepted {
            ensure!(
                window.accept(id, Instant(1_000_000)),
                "id {id} is refused, but was accepted"
            );
            seen.insert(id);
        } else if seen.contains(&id) {
            ensure!(
                !window.accept(id, Instant(1_000_000)),
                "id {id} is accepted twice"
            );
        } else {
            continue;
        }
        tally.count("replay decisions");
    }
    Ok(())
}
