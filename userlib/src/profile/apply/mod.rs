//! What each option that is read does to the profile: servers here, the rest in the modules below.

mod security;
mod tunnel;

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::build::Builder;
use super::directive::Directive;
use super::{Location, ProfileError, Proto};
use crate::control::DataCipher;
use crate::control::wrap::KeyDirection;
use crate::options::{OptionError, number, parse};

/// The largest MTU of the driver's adapter.
const ADAPTER_MTU_MAX: u32 = 1500;

/// Why an option is refused, before its place is known.
pub(super) enum Problem {
    Invalid(String),
    NoDco(String),
    Unsupported(String),
    File(PathBuf, io::Error),
    /// Already complete.
    Placed(Box<ProfileError>),
}

impl Problem {
    pub(super) fn at(self, at: Location, option: String) -> ProfileError {
        match self {
            Self::Invalid(problem) => ProfileError::Invalid { at, option, problem },
            Self::NoDco(reason) => ProfileError::NoDco { at, option, reason },
            Self::Unsupported(reason) => ProfileError::Unsupported { at, option, reason },
            Self::File(path, source) => ProfileError::File {
                at: Some(at),
                option,
                path,
                source,
            },
            Self::Placed(error) => *error,
        }
    }
}

impl From<OptionError> for Problem {
    fn from(error: OptionError) -> Self {
        Self::Invalid(error.to_string())
    }
}

fn invalid<T>(problem: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Invalid(problem.into()))
}

impl Builder<'_> {
    /// Reads one option.
    pub(super) fn apply(&mut self, line: &Directive) -> Result<(), Problem> {
        let words: Vec<&str> = core::iter::once(line.name.as_str())
            .chain(line.args.iter().map(String::as_str))
            .collect();
        if self.in_block && !IN_CONNECTION.contains(&line.name.as_str()) {
            return invalid("it can't stand inside <connection>");
        }
        if line.inline.is_some() && !INLINE.contains(&line.name.as_str()) {
            return invalid("it can't be an inline block");
        }
        let _known = self.apply_connection(line, &words)?
            || self.apply_tls(line, &words)?
            || self.apply_auth(line, &words)?
            || self.apply_data_channel(line, &words)?
            || self.apply_timing(line, &words)?
            || self.apply_tunnel(line, &words)?;
        debug_assert!(_known, "{} is listed as read, and nothing reads it", line.name);
        Ok(())
    }

    /// Servers, and how to reach them.
    fn apply_connection(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        match *words {
            ["client"] => self.is_client = true,
            ["pull"] | ["tls-client"] => self.is_client = true,
            ["nobind"] => self.connection.nobind = true,
            ["bind"] | ["bind", "ipv6only"] => self.connection.nobind = false,
            ["remote", host, ref rest @ ..] if rest.len() <= 2 => {
                let port = rest.first().map(|port| parse_port(port)).transpose()?;
                let proto = rest.get(1).map(|proto| parse_proto(proto)).transpose()?;
                self.remote(host.to_owned(), port, proto);
            }
            ["remote-random"] => self.profile.remote_random = true,
            ["proto", name] => self.connection.proto = parse_proto(name)?,
            ["port", port] => {
                let port = parse_port(port)?;
                (self.connection.port, self.connection.local_port) = (port, Some(port));
            }
            ["rport", port] => self.connection.port = parse_port(port)?,
            ["lport", "0"] => self.connection.local_port = Some(0),
            ["lport", port] => self.connection.local_port = Some(parse_port(port)?),
            ["local", address] => self.connection.local = Some(parse(address, "an address")?),
            ["connect-timeout" | "server-poll-timeout", time] => {
                self.connection.connect_timeout = positive_seconds(time)?;
            }
            ["connect-retry", wait] => self.profile.retry.wait = positive_seconds(wait)?,
            ["connect-retry", wait, max] => {
                let (wait, max) = (positive_seconds(wait)?, positive_seconds(max)?);
                (self.profile.retry.wait, self.profile.retry.wait_max) = (wait, max.max(wait));
            }
            ["connect-retry-max", rounds] => {
                let rounds = number(rounds, 0..=u32::MAX, "a number of rounds")?;
                self.profile.retry.rounds_max = (rounds > 0).then_some(rounds);
            }
            ["explicit-exit-notify"] => self.connection.explicit_exit_notify = true,
            ["explicit-exit-notify", times] => {
                self.connection.explicit_exit_notify = number(times, 0..=100, "a number of messages")? > 0;
            }
            ["cd", folder] => self.cd = folder.into(),
            ["setenv", "opt", _, ..] => {
                let mut line = line.clone();
                line.args.remove(0);
                self.take_if_known(line)
                    .map_err(|e| Problem::Placed(Box::new(e)))?;
            }
            ["setenv", "opt"] => return invalid("\"opt\" needs an option behind it"),
            ["setenv", name, value] if name.starts_with("UV_") || name.starts_with("IV_") => {
                self.profile.peer_info.push((name.to_owned(), value.to_owned()));
            }
            ["setenv", _] | ["setenv", _, _] => {}
            ["ignore-unknown-option", _, ..] => {}
            ["push-peer-info"] => self.profile.push_peer_info = true,
            [
                "client"
                | "pull"
                | "tls-client"
                | "nobind"
                | "bind"
                | "remote"
                | "remote-random"
                | "proto"
                | "port"
                | "rport"
                | "lport"
                | "local"
                | "connect-timeout"
                | "server-poll-timeout"
                | "connect-retry"
                | "connect-retry-max"
                | "explicit-exit-notify"
                | "cd"
                | "setenv"
                | "ignore-unknown-option"
                | "push-peer-info",
                ..,
            ] => return wrong_arguments(words),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Options that a `<connection>` block may hold.
const IN_CONNECTION: &[&str] = &[
    "remote",
    "proto",
    "port",
    "rport",
    "lport",
    "local",
    "bind",
    "nobind",
    "connect-timeout",
    "server-poll-timeout",
    "connect-retry",
    "connect-retry-max",
    "explicit-exit-notify",
    "mssfix",
    "tun-mtu",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "key-direction",
];

/// Options that may be inline blocks.
const INLINE: &[&str] = &[
    "ca",
    "cert",
    "key",
    "extra-certs",
    "crl-verify",
    "peer-fingerprint",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "auth-user-pass",
];

fn wrong_arguments<T>(words: &[&str]) -> Result<T, Problem> {
    let given = words.len().saturating_sub(1);
    invalid(format!("it doesn't take these arguments ({given} of them)"))
}

fn tap() -> Problem {
    Problem::NoDco("the driver carries IP packets (tun), not Ethernet frames (tap)".into())
}

fn key_file(error: crate::control::wrap::KeyFileError) -> Problem {
    Problem::Invalid(format!("the key can't be used: {error}"))
}

fn ciphers() -> String {
    DataCipher::ALL.map(DataCipher::name).join(", ")
}

fn parse_port(port: &str) -> Result<u16, OptionError> {
    match parse(port, "a port from 1 to 65535")? {
        0 => Err(OptionError::argument(port, "a port from 1 to 65535")),
        port => Ok(port),
    }
}

fn parse_proto(name: &str) -> Result<Proto, OptionError> {
    Proto::by_name(name).ok_or_else(|| {
        OptionError::argument(name, "a protocol of a client (udp, udp4, udp6, tcp-client, ...)")
    })
}

fn parse_direction(direction: &str) -> Result<KeyDirection, OptionError> {
    match direction {
        "0" => Ok(KeyDirection::Normal),
        "1" => Ok(KeyDirection::Inverse),
        "bidirectional" => Ok(KeyDirection::Bidirectional),
        _ => Err(OptionError::argument(direction, "a key direction (0 or 1)")),
    }
}

fn parse_mss(size: &str) -> Result<u16, OptionError> {
    const EXPECTED: &str = "a size from 100 to 65535";
    let size = number(size, 100..=65_535, EXPECTED)?;
    Ok(u16::try_from(size).unwrap_or(u16::MAX))
}

fn seconds(text: &str) -> Result<Duration, OptionError> {
    number(text, 0..=i32::MAX.unsigned_abs(), "a number of seconds").map(|n| Duration::from_secs(n.into()))
}

fn positive_seconds(text: &str) -> Result<Duration, OptionError> {
    number(
        text,
        1..=i32::MAX.unsigned_abs(),
        "a number of seconds, at least 1",
    )
    .map(|n| Duration::from_secs(n.into()))
}

/// The first line, and the second if there is one: how files hold a user name and a password.
fn first_lines(text: &str) -> (Zeroizing<String>, Option<Zeroizing<String>>) {
    let mut lines = text.lines().map(|line| Zeroizing::new(line.to_owned()));
    (
        lines.next().unwrap_or_default(),
        lines.next().filter(|line| !line.is_empty()),
    )
}
