//! Control-channel strings of stock servers.

use crate::Tally;
use crate::json::{list, text};
use anyhow::{Context, Result, bail};
use ovpn_dco_userlib::options::{TunnelOptions, split};
use serde_json::Value;

/// Reads every message: the options of a PUSH_REPLY one by one, of the others the first word.
///
/// # Errors
/// A message or option that the user library can't read.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    for case in list(file, "cases")? {
        for message in list(case, "messages")? {
            let message = message.as_str().context("a message that is no string")?;
            check_message(message, tally)
                .with_context(|| format!("case {:?}: {message:?}", text(case, "case").ok()))?;
        }
    }
    Ok(())
}

fn check_message(message: &str, tally: &mut Tally) -> Result<()> {
    let (name, rest) = message.split_once(',').unwrap_or((message, ""));
    match name {
        "PUSH_REPLY" => {
            let mut options = TunnelOptions::default();
            for option in rest.split(',').filter(|option| !option.is_empty()) {
                let words = split(option).with_context(|| format!("option {option:?}"))?;
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                options
                    .apply(&words)
                    .with_context(|| format!("option {option:?}"))?;
                tally.count("pushed options");
            }
        }
        "AUTH_FAILED" | "RESTART" | "HALT" | "AUTH_PENDING" | "INFO_PRE" | "INFO" | "EXIT" => {}
        other => bail!("{other} is not a message that a server sends"),
    }
    tally.count("control-channel strings");
    Ok(())
}
