//! Cutting an option line into words.
//!
//! White space separates. `#` or `;` at the start of a word makes the rest of the line a comment. In double quotes
//! white space is kept and a backslash takes the next character as it is; in single quotes nothing is special but the
//! closing quote; outside quotes a backslash takes the next character as it is too.

/// Why a line can't be cut into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A quotation that the line doesn't close.
    #[error("a quotation isn't closed")]
    OpenQuote,
    /// A backslash with nothing behind it.
    #[error("a backslash stands at the end")]
    TrailingBackslash,
    /// A NUL or another character that has no business in a line.
    #[error("it has a control character")]
    ControlCharacter,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Plain,
    Double,
    Single,
}

/// The words of one line.
///
/// # Errors
/// What is wrong with the line.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = State::Between;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c.is_control() && !c.is_whitespace() {
            return Err(SplitError::ControlCharacter);
        }
        match (state, c) {
            (State::Between, '#' | ';') => break,
            (State::Between, c) if c.is_whitespace() => {}
            (State::Plain, c) if c.is_whitespace() => {
                words.push(core::mem::take(&mut word));
                state = State::Between;
            }
            (State::Between, '"') => state = State::Double,
            (State::Between, '\'') => state = State::Single,
            (State::Double, '"') | (State::Single, '\'') => {
                words.push(core::mem::take(&mut word));
                state = State::Between;
            }
            (State::Between | State::Plain | State::Double, '\\') => {
                word.push(chars.next().ok_or(SplitError::TrailingBackslash)?);
                if state == State::Between {
                    state = State::Plain;
                }
            }
            (_, c) => {
                word.push(c);
                if state == State::Between {
                    state = State::Plain;
                }
            }
        }
    }
    match state {
        State::Between => {}
        State::Plain => words.push(word),
        State::Double | State::Single => return Err(SplitError::OpenQuote),
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_openvpn_cuts_them() {
        for (line, want) in [
            ("", &[][..]),
            ("  ", &[]),
            ("remote  a.example\t1194", &["remote", "a.example", "1194"]),
            ("# comment", &[]),
            ("; comment", &[]),
            ("dev tun # comment", &["dev", "tun"]),
            ("dev tun;x", &["dev", "tun;x"]),
            ("setenv X \"a b\" c", &["setenv", "X", "a b", "c"]),
            (r#"setenv X "a \"b\" \\ c""#, &["setenv", "X", r#"a "b" \ c"#]),
            (r"cd 'C:\dir\new one'", &["cd", r"C:\dir\new one"]),
            (r"cd C:\\dir\ x", &["cd", r"C:\dir x"]),
            ("setenv X \"\"", &["setenv", "X", ""]),
            ("a\"b c", &["a\"b", "c"]),
            (r"\#x y", &["#x", "y"]),
        ] {
            assert_eq!(split(line).unwrap(), want, "{line}");
        }
    }

    #[test]
    fn open_ends_are_errors() {
        for (line, want) in [
            ("x \"abc", SplitError::OpenQuote),
            ("x 'abc", SplitError::OpenQuote),
            ("x abc\\", SplitError::TrailingBackslash),
            ("x a\0b", SplitError::ControlCharacter),
        ] {
            assert_eq!(split(line), Err(want), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn quoting_everything_brings_it_back(words in proptest::collection::vec("[^\\x00-\\x1f\\x7f-\\x9f]{0,12}", 0..5)) {
            let line: Vec<_> = words
                .iter()
                .map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            proptest::prop_assert_eq!(split(&line.join(" ")).unwrap(), words);
        }
    }
}
