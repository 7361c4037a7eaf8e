//! What the program says: sentences for people on a terminal, one JSON object a line for scripts.

use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write as _};

/// Where answers and events go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            terminal: std::io::stdout().is_terminal(),
        }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Whether a line may be rewritten in place.
    pub(crate) fn is_live(self) -> bool {
        self.terminal && !self.json
    }

    /// Something happened: `{"event": name, ...fields}`, or the sentence.
    pub(crate) fn event(self, name: &str, fields: Value, sentence: &str) {
        if self.json {
            let mut line = json!({ "event": name });
            if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
                line.extend(fields);
            }
            self.line(&line.to_string());
        } else {
            self.line(sentence);
        }
    }

    /// An answer: the value, or the text.
    pub(crate) fn answer(self, value: &Value, text: &str) {
        self.line(
            if self.json {
                value.to_string()
            } else {
                text.to_owned()
            }
            .as_str(),
        );
    }

    /// Rewrites the status line.
    pub(crate) fn status(self, text: &str) {
        if self.is_live() {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[2K{text}");
            let _ = out.flush();
        }
    }

    fn line(self, text: &str) {
        let mut out = std::io::stdout().lock();
        if self.is_live() {
            let _ = write!(out, "\r\x1b[2K");
        }
        // A reader that went away (`| head`) is no reason to fail.
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}

/// A count of bytes as a person reads it: `1.4 GB`.
pub(crate) fn bytes(count: u64) -> String {
    scaled(count as f64, "B")
}

/// A rate in bits per second: `1.2 Gbit/s`.
pub(crate) fn rate(bits_per_second: f64) -> String {
    scaled(bits_per_second, "bit/s")
}

fn scaled(mut value: f64, unit: &str) -> String {
    for prefix in ["", "k", "M", "G"] {
        if value < 999.5 {
            let digits = usize::from(value < 9.95 && !prefix.is_empty());
            return format!("{value:.digits$} {prefix}{unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} T{unit}")
}

/// A length of time: `2 h 5 min`, `42 s`.
pub(crate) fn duration(seconds: u64) -> String {
    match (
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ) {
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (d, h, _, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_like_a_person_would_write_them() {
        for (count, want) in [
            (0, "0 B"),
            (999, "999 B"),
            (1400, "1.4 kB"),
            (52_000_000, "52 MB"),
            (9_990_000_000, "10 GB"),
        ] {
            assert_eq!(bytes(count), want);
        }
        assert_eq!(rate(1.24e9), "1.2 Gbit/s");
        for (seconds, want) in [
            (42, "42 s"),
            (125, "2 min 5 s"),
            (7500, "2 h 5 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(seconds), want);
        }
    }
}
