//! From text to directives: lines, words, inline blocks.

use std::sync::Arc;

use super::{Location, ProfileError};
use crate::options::split;

/// The longest line that OpenVPN reads, in bytes; a longer one is an error here instead of being cut.
const LINE_MAX: usize = 1024;

/// The largest inline block: certificates with their chains fit many times.
const BLOCK_MAX: usize = 1 << 20;

/// The most words in a line, its name included.
const WORDS_MAX: usize = 16;

/// One option as it stands in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) at: Location,
    /// Without leading dashes.
    pub(super) name: String,
    pub(super) args: Vec<String>,
    /// What stands between `<name>` and `</name>`.
    pub(super) inline: Option<String>,
}

/// Reads a whole profile.
pub(super) fn directives(file: &Arc<str>, text: &str) -> Result<Vec<Directive>, ProfileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    directives_from(file, text, 1)
}

/// Reads the inside of a `<connection>` block that begins behind line `line`.
pub(super) fn directives_from(
    file: &Arc<str>,
    text: &str,
    first_line: usize,
) -> Result<Vec<Directive>, ProfileError> {
    let mut found = Vec::new();
    let mut lines = text.lines().zip(first_line..);
    while let Some((line, number)) = lines.next() {
        let at = Location {
            file: Arc::clone(file),
            line: number,
        };
        if line.len() > LINE_MAX {
            let problem = format!("the line is longer than {LINE_MAX} bytes");
            return Err(ProfileError::Syntax { at, problem });
        }
        if let Some(name) = block_name(line) {
            let inline = block(&mut lines, name, &at)?;
            found.push(Directive {
                at,
                name: name.to_owned(),
                args: Vec::new(),
                inline: Some(inline),
            });
            continue;
        }
        let words = split(line);
        let mut words = words.map_err(|e| ProfileError::Syntax {
            at: at.clone(),
            problem: e.to_string(),
        })?;
        if words.len() > WORDS_MAX {
            let problem = format!("the line has more than {WORDS_MAX} words");
            return Err(ProfileError::Syntax { at, problem });
        }
        if words.is_empty() {
            continue;
        }
        let first = words.remove(0);
        let name = first.strip_prefix("--").map_or(first.clone(), str::to_owned);
        found.push(Directive {
            at,
            name,
            args: words,
            inline: None,
        });
    }
    Ok(found)
}

/// The name in a line that opens an inline block.
fn block_name(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('<')?.strip_suffix('>')?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!name.is_empty() && name.chars().all(good)).then_some(name)
}

/// The lines up to the one that closes the block.
fn block<'a>(
    lines: &mut impl Iterator<Item = (&'a str, usize)>,
    name: &str,
    at: &Location,
) -> Result<String, ProfileError> {
    let mut inside = String::new();
    for (line, _) in lines {
        let closes = line.trim().strip_prefix("</").and_then(|l| l.strip_suffix('>')) == Some(name);
        if closes {
            return Ok(inside);
        }
        if inside.len() + line.len() > BLOCK_MAX {
            break;
        }
        inside.push_str(line);
        inside.push('\n');
    }
    let problem = format!("the block <{name}> isn't closed by </{name}> (within {BLOCK_MAX} bytes)");
    Err(ProfileError::Syntax {
        at: at.clone(),
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Directive>, ProfileError> {
        directives(&"test.ovpn".into(), text)
    }

    #[test]
    fn lines_blocks_and_comments() {
        let text = "\u{feff}# hello\r\nclient\r\n\r\n--remote a.example 1194 ; the server\n<ca>\n  one\ntwo # kept\n</ca>\nverb 3";
        let found = read(text).unwrap();
        let flat: Vec<_> = found
            .iter()
            .map(|d| (d.at.line, d.name.as_str(), d.args.join("|"), d.inline.as_deref()))
            .collect();
        assert_eq!(
            flat,
            [
                (2, "client", String::new(), None),
                (4, "remote", "a.example|1194".into(), None),
                (5, "ca", String::new(), Some("  one\ntwo # kept\n")),
                (9, "verb", "3".into(), None),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_names_the_line() {
        for (text, want) in [
            ("client\nremote \"a", "test.ovpn:2: a quotation isn't closed"),
            (
                "<ca>\nabc",
                "test.ovpn:1: the block <ca> isn't closed by </ca> (within 1048576 bytes)",
            ),
            (
                &format!("verb {}", "x".repeat(1100)),
                "test.ovpn:1: the line is longer than 1024 bytes",
            ),
            (&"x ".repeat(20), "test.ovpn:1: the line has more than 16 words"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), want);
        }
    }
}
