//! What can be wrong with a profile, sorted by who can put it right.

use core::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A line of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The profile's name, as it was given.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why a profile can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    // The profile's author can act.
    /// The line or block can't be read at all.
    #[error("{at}: {problem}")]
    Syntax {
        /// Where.
        at: Location,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// OpenVPN has no such option, or it isn't one of a client's profile.
    #[error("{at}: unknown option \"{option}\"")]
    UnknownOption {
        /// Where.
        at: Location,
        /// The option.
        option: String,
    },
    /// The option's arguments, or what it refers to, are wrong.
    #[error("{at}: option \"{option}\": {problem}")]
    Invalid {
        /// Where.
        at: Location,
        /// The option.
        option: String,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// Something that every client profile must have isn't there.
    #[error("{file}: {missing}")]
    Incomplete {
        /// The profile's name.
        file: Arc<str>,
        /// What is missing, as a sentence without its end.
        missing: String,
    },

    // The profile is right, and another client has to run it.
    /// The data channel of the driver can't do what the option asks for.
    #[error("{at}: option \"{option}\" makes data channel offload impossible: {reason}")]
    NoDco {
        /// Where.
        at: Location,
        /// The option.
        option: String,
        /// Why, as a clause.
        reason: String,
    },
    /// This client doesn't do what the option asks for.
    #[error("{at}: option \"{option}\" is not supported: {reason}")]
    Unsupported {
        /// Where.
        at: Location,
        /// The option.
        option: String,
        /// Why, and what to do instead, as a clause.
        reason: String,
    },

    // The system, or its user, can act.
    /// The profile, or a file that it names, can't be read.
    #[error("can't read {}{}", path.display(), named_by(at.as_ref(), option))]
    File {
        /// Where the file is named; `None` for the profile itself.
        at: Option<Location>,
        /// The option that names it.
        option: String,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

fn named_by(at: Option<&Location>, option: &str) -> String {
    at.map_or_else(String::new, |at| format!(" (option \"{option}\", {at})"))
}
