//! INF files: sections of entries, each a key with values.
//!
//! The syntax that Windows documents for INF files: `;` starts a comment, `"` quotes (doubled inside), `%name%`
//! stands for a string of `[Strings]`, `\` at the end of a line continues it. Names do not differ by case.

use std::fmt;

/// An INF file.
#[derive(Clone, Debug, Default)]
pub struct Inf {
    /// Its sections, in order; a section that is opened twice is one section.
    pub sections: Vec<Section>,
}

/// A section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name, as written first.
    pub name: String,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// An entry: `key = value, value` or just `value, value`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The line in the file, counted from 1.
    pub line: usize,
    /// What stands before the equals sign.
    pub key: Option<String>,
    /// The values, without quotes.
    pub values: Vec<String>,
}

/// A line that is no INF syntax.
#[derive(Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line in the file, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for SyntaxError {}

impl Inf {
    /// Parses the text of an INF or INX file.
    ///
    /// # Errors
    ///
    /// On an entry outside of a section, an unclosed quote or an unclosed section name.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let mut inf = Self::default();
        let mut current = None;
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let mut line = without_comment(line).trim().to_owned();
            while line.ends_with('\\') {
                line.pop();
                let Some((_, next)) = lines.next() else { break };
                line.push_str(without_comment(next).trim());
            }
            let error = |message| SyntaxError {
                line: at + 1,
                message,
            };
            if line.is_empty() {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                let name = name
                    .strip_suffix(']')
                    .ok_or_else(|| error("the section name is not closed"))?;
                current = Some(inf.section_index(name.trim()));
                continue;
            }
            let section = current.ok_or_else(|| error("this entry is in no section"))?;
            let (key, values) = match split_outside_quotes(&line, '=') {
                parts if parts.len() == 1 => (None, line.as_str()),
                parts => (Some(unquote(parts[0])), &line[parts[0].len() + 1..]),
            };
            if values.matches('"').count() % 2 != 0 {
                return Err(error("a quote is not closed"));
            }
            let values = split_outside_quotes(values, ',')
                .into_iter()
                .map(unquote)
                .collect();
            inf.sections[section].entries.push(Entry {
                line: at + 1,
                key,
                values,
            });
        }
        Ok(inf)
    }

    /// A section by its name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.name.eq_ignore_ascii_case(name))
    }

    /// The values of `key` in `section`; of the first entry if there are several.
    #[must_use]
    pub fn values(&self, section: &str, key: &str) -> Option<&[String]> {
        self.section(section)?
            .get(key)
            .next()
            .map(|entry| entry.values.as_slice())
    }

    /// The first value of `key` in `section`.
    #[must_use]
    pub fn value(&self, section: &str, key: &str) -> Option<&str> {
        self.values(section, key)?.first().map(String::as_str)
    }

    fn section_index(&mut self, name: &str) -> usize {
        let found = self
            .sections
            .iter()
            .position(|section| section.name.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| {
            self.sections.push(Section {
                name: name.to_owned(),
                entries: Vec::new(),
            });
            self.sections.len() - 1
        })
    }
}

impl Section {
    /// The entries with a key.
    pub fn get(&self, key: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| {
            entry
                .key
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(key))
        })
    }
}

impl Entry {
    /// The value at a position; an empty one if there is none.
    #[must_use]
    pub fn value(&self, at: usize) -> &str {
        self.values.get(at).map_or("", String::as_str)
    }
}

fn without_comment(line: &str) -> &str {
    split_outside_quotes(line, ';')[0]
}

/// Splits where `at` stands outside of quotes. Never empty.
fn split_outside_quotes(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut quoted = false;
    let mut start = 0;
    for (index, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c == at && !quoted => {
                parts.push(&text[start..index]);
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Inf, SyntaxError};

    #[test]
    fn entries_are_taken_apart() {
        let text = "; comment\n[One] ; more\nkey = a, \"b, ; \"\"c\"\"\" , ; end\nlone\n[two]\nx=\\\n  1,\\\n 2\n[ONE]\nlast=9\n";
        let inf = Inf::parse(text).unwrap();
        assert_eq!(inf.values("one", "KEY").unwrap(), ["a", "b, ; \"c\"", ""]);
        assert_eq!(inf.section("One").unwrap().entries[1].values, ["lone"]);
        assert_eq!(inf.section("One").unwrap().entries[1].line, 4);
        assert_eq!(inf.values("two", "x").unwrap(), ["1", "2"]);
        assert_eq!(inf.value("one", "last"), Some("9"));
        assert_eq!(inf.sections.len(), 2);
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, line, message) in [
            ("a = 1\n", 1, "this entry is in no section"),
            ("[a]\n[b\n", 2, "the section name is not closed"),
            ("[a]\nb = \"c\n", 2, "a quote is not closed"),
        ] {
            assert_eq!(
                Inf::parse(text).unwrap_err(),
                SyntaxError { line, message },
                "{text}"
            );
        }
    }
}
