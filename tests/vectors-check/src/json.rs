//! Reading fields of the vector files.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A field that must be there.
pub(crate) fn field<'v>(value: &'v Value, name: &str) -> Result<&'v Value> {
    value
        .get(name)
        .with_context(|| format!("the field {name} is missing"))
}

pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    field(value, name)?
        .as_str()
        .with_context(|| format!("{name} is not a string"))
}

pub(crate) fn number<N: TryFrom<u64>>(value: &Value, name: &str) -> Result<N> {
    field(value, name)?
        .as_u64()
        .and_then(|number| number.try_into().ok())
        .with_context(|| format!("{name} is not a number of its range"))
}

pub(crate) fn list<'v>(value: &'v Value, name: &str) -> Result<&'v [Value]> {
    field(value, name)?
        .as_array()
        .map(Vec::as_slice)
        .with_context(|| format!("{name} is not a list"))
}

pub(crate) fn bytes(value: &Value, name: &str) -> Result<Vec<u8>> {
    hex::decode(text(value, name)?).with_context(|| format!("{name} is not hexadecimal"))
}

pub(crate) fn array<const N: usize>(value: &Value, name: &str) -> Result<[u8; N]> {
    let bytes = bytes(value, name)?;
    let len = bytes.len();
    bytes
        .try_into()
        .ok()
        .with_context(|| format!("{name} is {len} bytes long, not {N}"))
}

/// Compares bytes, with a message that shows both.
pub(crate) fn same(what: &str, got: &[u8], want: &[u8]) -> Result<()> {
    ensure!(
        got == want,
        "{what} is {}, not {}",
        hex::encode(got),
        hex::encode(want)
    );
    Ok(())
}
