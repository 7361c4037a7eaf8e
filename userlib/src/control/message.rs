//! Control strings: what the ends say to each other after the key exchange, as text closed by a NUL.

use core::time::Duration;

use base64::Engine as _;
use zeroize::Zeroizing;

/// A string from a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServerString<'a> {
    /// `PUSH_REPLY`, without that word and its comma.
    PushReply(&'a str),
    /// `AUTH_FAILED`.
    AuthFailed(AuthFailure),
    /// `AUTH_PENDING`, with the time to wait if it states one.
    AuthPending(Option<Duration>),
    /// `INFO` or `INFO_PRE`, without those words.
    Info(&'a str),
    /// `RESTART`.
    Restart(Restart),
    /// `HALT`, with its reason.
    Halt(&'a str),
    /// `EXIT`.
    Exit,
    /// Something else, to be ignored.
    Unknown(&'a str),
}

impl<'a> ServerString<'a> {
    /// Reads a string, without its NUL.
    pub(super) fn parse(text: &'a str) -> Self {
        let (word, rest) = text.split_once(',').unwrap_or((text, ""));
        match word {
            "PUSH_REPLY" => Self::PushReply(rest),
            "AUTH_FAILED" => Self::AuthFailed(AuthFailure::parse(rest)),
            "AUTH_PENDING" => Self::AuthPending(pending_timeout(rest)),
            "INFO" | "INFO_PRE" => Self::Info(rest),
            "RESTART" => Self::Restart(Restart::parse(rest)),
            "HALT" => Self::Halt(rest),
            "EXIT" => Self::Exit,
            _ => Self::Unknown(text),
        }
    }
}

/// `AUTH_FAILED`: the server refuses the user name, the password, or something else about this client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthFailure {
    /// It is final.
    Denied {
        /// The server's words; often empty.
        reason: String,
    },
    /// It may work later, or elsewhere (`TEMP`).
    Temporary {
        /// Wait this long first.
        backoff: Option<Duration>,
        /// Where to try next.
        advance: Advance,
        /// The server's words.
        reason: String,
    },
    /// A token from earlier is no longer good; the real password may be (`SESSION`).
    SessionExpired {
        /// The server's words.
        reason: String,
    },
    /// There is a question to answer, in a new connection (`CRV1`).
    Challenge(DynamicChallenge),
}

/// Where to try next after a temporary failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Advance {
    /// The next address of the same server.
    #[default]
    Address,
    /// The next server of the profile.
    Remote,
    /// The same address.
    Stay,
}

impl AuthFailure {
    fn parse(text: &str) -> Self {
        if let Some(challenge) = text.strip_prefix("CRV1:").and_then(DynamicChallenge::parse) {
            return Self::Challenge(challenge);
        }
        if let Some(reason) = text.strip_prefix("SESSION:") {
            return Self::SessionExpired {
                reason: reason.trim_start().to_owned(),
            };
        }
        if let Some(rest) = text.strip_prefix("TEMP") {
            let (flags, reason) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                Some((flags, reason)) => (flags, reason),
                None => ("", rest),
            };
            let mut backoff = None;
            let mut advance = Advance::default();
            for flag in flags.split(',') {
                match flag.trim().split_once(' ') {
                    Some(("backoff", seconds)) => backoff = seconds.parse().ok().map(Duration::from_secs),
                    Some(("advance", "no")) => advance = Advance::Stay,
                    Some(("advance", "remote")) => advance = Advance::Remote,
                    _ => {}
                }
            }
            let reason = reason.strip_prefix(':').unwrap_or(reason).trim_start().to_owned();
            return Self::Temporary {
                backoff,
                advance,
                reason,
            };
        }
        Self::Denied {
            reason: text.to_owned(),
        }
    }
}

/// A question that a server asks by refusing the connection (`CRV1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DynamicChallenge {
    /// Whether an answer has to be typed (`R`); else the connection is just to be made again.
    pub response_required: bool,
    /// Whether the answer may be seen while it is typed (`E`).
    pub echo: bool,
    /// What the server knows the question by.
    pub state_id: String,
    /// The user name to answer with.
    pub username: String,
    /// The question.
    pub text: String,
}

impl DynamicChallenge {
    /// Reads `flags:state id:base64 of the user name:text`.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.splitn(4, ':');
        let (flags, state_id) = (fields.next()?, fields.next()?);
        let (username, text) = (fields.next()?, fields.next()?);
        let username = base64::prelude::BASE64_STANDARD.decode(username).ok()?;
        Some(Self {
            response_required: flags.split(',').any(|flag| flag == "R"),
            echo: flags.split(',').any(|flag| flag == "E"),
            state_id: state_id.to_owned(),
            username: String::from_utf8(username).ok()?,
            text: text.to_owned(),
        })
    }

    /// The password that carries the answer, for the next connection.
    pub fn password(&self, response: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("CRV1::{}::{response}", self.state_id))
    }
}

/// The password that carries the answer to a `static-challenge`: both in one, as `SCRV1`.
pub fn static_challenge_password(password: &str, response: &str) -> Zeroizing<String> {
    let base64 = |text: &str| Zeroizing::new(base64::prelude::BASE64_STANDARD.encode(text));
    Zeroizing::new(format!("SCRV1:{}:{}", *base64(password), *base64(response)))
}

/// A question that a server asks within the connection (`CR_TEXT`), while it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextChallenge {
    /// Whether an answer has to be typed (`R`).
    pub response_required: bool,
    /// Whether the answer may be seen while it is typed (`E`).
    pub echo: bool,
    /// The question.
    pub text: String,
}

/// What an `INFO` string asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Info {
    /// Show it to the user.
    Text(String),
    /// Open this address in a browser to log in (`OPEN_URL`, `WEB_AUTH`).
    OpenUrl(String),
    /// Answer a question (`CR_TEXT`).
    Challenge(TextChallenge),
}

impl Info {
    pub(super) fn parse(text: &str) -> Self {
        if let Some(url) = text.strip_prefix("OPEN_URL:") {
            return Self::OpenUrl(url.to_owned());
        }
        if let Some((_flags, url)) = text
            .strip_prefix("WEB_AUTH:")
            .and_then(|rest| rest.split_once(':'))
        {
            return Self::OpenUrl(url.to_owned());
        }
        if let Some((flags, question)) = text
            .strip_prefix("CR_TEXT:")
            .and_then(|rest| rest.split_once(':'))
        {
            return Self::Challenge(TextChallenge {
                response_required: flags.split(',').any(|flag| flag == "R"),
                echo: flags.split(',').any(|flag| flag == "E"),
                text: question.to_owned(),
            });
        }
        Self::Text(text.to_owned())
    }
}

/// The string that answers a [`TextChallenge`].
pub(super) fn challenge_response(response: &str) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "CR_RESPONSE,{}",
        base64::prelude::BASE64_STANDARD.encode(response)
    ))
}

/// `RESTART`: the server wants the client to connect again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restart {
    /// The server's words.
    pub reason: String,
    /// Go to the next server of the profile (`N`).
    pub next_server: bool,
    /// Keep the password for the next connection (`P`).
    pub keep_password: bool,
}

impl Restart {
    fn parse(text: &str) -> Self {
        let Some((flags, reason)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return Self {
                reason: text.to_owned(),
                ..Self::default()
            };
        };
        Self {
            reason: reason.to_owned(),
            next_server: flags.contains('N'),
            keep_password: flags.contains('P'),
        }
    }
}

fn pending_timeout(text: &str) -> Option<Duration> {
    let seconds = text
        .split(',')
        .find_map(|keyword| keyword.trim().strip_prefix("timeout "))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_into_their_meaning() {
        let denied = |reason: &str| {
            ServerString::AuthFailed(AuthFailure::Denied {
                reason: reason.into(),
            })
        };
        for (text, want) in [
            ("PUSH_REPLY", ServerString::PushReply("")),
            ("PUSH_REPLY,a b,c", ServerString::PushReply("a b,c")),
            ("AUTH_FAILED", denied("")),
            ("AUTH_FAILED,no, really", denied("no, really")),
            (
                "AUTH_PENDING,timeout 120",
                ServerString::AuthPending(Some(Duration::from_secs(120))),
            ),
            ("AUTH_PENDING", ServerString::AuthPending(None)),
            ("RESTART", ServerString::Restart(Restart::default())),
            (
                "RESTART,[NP]bye",
                ServerString::Restart(Restart {
                    reason: "bye".into(),
                    next_server: true,
                    keep_password: true,
                }),
            ),
            ("HALT,go away", ServerString::Halt("go away")),
            ("EXIT", ServerString::Exit),
            ("PUSH_UPDATE,x", ServerString::Unknown("PUSH_UPDATE,x")),
        ] {
            assert_eq!(ServerString::parse(text), want);
        }
    }

    #[test]
    fn failures_say_whether_and_where_to_try_again() {
        for (text, want) in [
            (
                "TEMP[backoff 42,advance no]:busy",
                AuthFailure::Temporary {
                    backoff: Some(Duration::from_secs(42)),
                    advance: Advance::Stay,
                    reason: "busy".into(),
                },
            ),
            (
                "TEMP[advance remote]",
                AuthFailure::Temporary {
                    backoff: None,
                    advance: Advance::Remote,
                    reason: String::new(),
                },
            ),
            (
                "TEMP:later",
                AuthFailure::Temporary {
                    backoff: None,
                    advance: Advance::Address,
                    reason: "later".into(),
                },
            ),
            (
                "SESSION: token expired",
                AuthFailure::SessionExpired {
                    reason: "token expired".into(),
                },
            ),
            (
                "CRV1:broken",
                AuthFailure::Denied {
                    reason: "CRV1:broken".into(),
                },
            ),
        ] {
            assert_eq!(AuthFailure::parse(text), want);
        }
    }

    #[test]
    fn challenges_are_answered_in_the_password() {
        let AuthFailure::Challenge(challenge) =
            AuthFailure::parse("CRV1:R,E:Om01u7Fh4LrGBS7uh:Y3IxdXNlcg==:Code: please")
        else {
            panic!()
        };
        assert_eq!(
            (challenge.username.as_str(), challenge.text.as_str()),
            ("cr1user", "Code: please")
        );
        assert!(challenge.response_required && challenge.echo);
        assert_eq!(*challenge.password("4711"), "CRV1::Om01u7Fh4LrGBS7uh::4711");
        assert_eq!(
            *static_challenge_password("secret", "4711"),
            "SCRV1:c2VjcmV0:NDcxMQ=="
        );
        assert_eq!(
            Info::parse("CR_TEXT:R:Your code"),
            Info::Challenge(TextChallenge {
                response_required: true,
                echo: false,
                text: "Your code".into()
            })
        );
        assert_eq!(
            Info::parse("WEB_AUTH:external:https://x/y:z"),
            Info::OpenUrl("https://x/y:z".into())
        );
        assert_eq!(*challenge_response("4711"), "CR_RESPONSE,NDcxMQ==");
    }
}
