//! Known-answer tests over a folder of OpenVPN test vectors (JSON).
//!
//! What a file holds is told by its shape, not its name, so any other folder of the same shapes can be checked. A file
//! that can't be used is an error, and so is an empty folder: nothing is passed over in silence.
//!
//! | a file with | is checked by |
//! |---|---|
//! | `keys` and data `packets` | opening and sealing every packet with every provider ([`data`]), and the TCP framing |
//! | `wrapping` and control `packets` | unwrapping, reading and wrapping again ([`control`]) |
//! | `hkdf_expand` | the key schedule ([`schedule`]) |
//! | `scenarios` | receive-key lookup and rotation ([`epochs`]) |
//! | `rule_sets` and `cases` | the replay window ([`replay`]) |
//! | `key_block_split` | how key material is cut ([`material`]) |
//! | `cases` with `userspace_mss_value` | the MSS clamp ([`mss`]) |
//! | `timeline` alone | the order of key ids ([`timeline`]) |
//! | `cases` with `messages` | the reader of control-channel strings ([`strings`]) |

pub mod control;
pub mod data;
pub mod epochs;
mod json;
pub mod material;
pub mod mss;
pub mod replay;
pub mod schedule;
pub mod strings;
pub mod timeline;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many of what were checked, by a name for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    /// Counts one more of `what`.
    pub fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// How many of `what` there were.
    #[must_use]
    pub fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, usize)> + '_ {
        self.0.iter().map(|(what, count)| (*what, *count))
    }

    fn add(&mut self, other: &Self) {
        for (what, count) in other.iter() {
            *self.0.entry(what).or_default() += count;
        }
    }
}

/// What became of one file.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub path: PathBuf,
    /// What was checked in it, or why it failed.
    pub result: Result<Tally>,
}

/// Checks every `.json` file of a folder, in the order of their names.
///
/// # Errors
/// If the folder can't be read or holds no such file. What is wrong with a single file stands in its [`Checked`].
pub fn check_folder(folder: &Path) -> Result<Vec<Checked>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    ensure!(
        !paths.is_empty(),
        "there is no .json file in {}",
        folder.display()
    );
    paths.sort();
    Ok(paths
        .into_iter()
        .map(|path| Checked {
            result: check_file(&path),
            path,
        })
        .collect())
}

/// Adds up what the files were checked for.
#[must_use]
pub fn total(files: &[Checked]) -> Tally {
    let mut sum = Tally::default();
    for tally in files.iter().filter_map(|file| file.result.as_ref().ok()) {
        sum.add(tally);
    }
    sum
}

/// Checks one file.
///
/// # Errors
/// If a value differs from what it should be, or the file is of no known shape, or it holds nothing to check.
pub fn check_file(path: &Path) -> Result<Tally> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?).context("not JSON")?;
    let has = |field: &str| file.get(field).is_some();
    let first_case = |field: &str| file["cases"].get(0).is_some_and(|case| case.get(field).is_some());
    let mut tally = Tally::default();
    if has("keys") && has("packets") {
        data::check(&file, &mut tally)?;
    } else if has("wrapping") && has("packets") {
        control::check(&file, &mut tally)?;
    } else if has("hkdf_expand") {
        schedule::check(&file, &mut tally)?;
    } else if has("scenarios") {
        epochs::check(&file, &mut tally)?;
    } else if has("rule_sets") {
        replay::check(&file, &mut tally)?;
    } else if has("key_block_split") {
        material::check(&file, &mut tally)?;
    } else if first_case("userspace_mss_value") {
        mss::check(&file, &mut tally)?;
    } else if first_case("messages") {
        strings::check(&file, &mut tally)?;
    } else if has("timeline") {
        timeline::check(&file, &mut tally)?;
    } else {
        bail!(
            "of no known shape: its fields are {:?}",
            file.as_object().map(|fields| fields.keys().collect::<Vec<_>>())
        );
    }
    ensure!(
        tally.iter().next().is_some(),
        "it holds nothing that could be checked"
    );
    Ok(tally)
}
