//! What each option that is read does to the profile.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::build::{Builder, WrappingFile};
use super::directive::Directive;
use super::{
    AuthRetry, Location, MssFix, ProfileError, Proto, PullAction, PullFilter, StaticChallenge, TlsVersions,
    VerifyName,
};
use crate::control::DataCipher;
use crate::control::wrap::{AuthDigest, KeyDirection, StaticKey, TlsCryptV2ClientKey};
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

    /// Certificates and keys of TLS, and the server's certificate.
    fn apply_tls(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        match *words {
            ["ca"] | ["ca", _] => self.profile.tls.ca = Some(self.pem(line, "ca")?),
            ["cert"] | ["cert", _] => self.profile.tls.cert = Some(self.pem(line, "cert")?),
            ["key"] | ["key", _] => self.profile.tls.key = Some(self.pem(line, "key")?),
            ["extra-certs"] | ["extra-certs", _] => {
                self.profile.tls.extra_certs = Some(self.pem(line, "extra-certs")?);
            }
            ["crl-verify"] | ["crl-verify", _] => self.profile.tls.crl = Some(self.pem(line, "crl-verify")?),
            ["crl-verify", _, "dir"] => {
                return Err(Problem::Unsupported(
                    "use a file of revoked certificates, not a folder".into(),
                ));
            }
            ["peer-fingerprint"] | ["peer-fingerprint", _] => self.fingerprints(line)?,
            ["askpass"] => {}
            ["askpass", file] => {
                let text = self.file(file.as_ref())?;
                self.profile.tls.key_passphrase = Some(first_lines(&text).0);
            }
            ["remote-cert-tls", "server"] => self.profile.tls.remote_cert_tls = true,
            ["remote-cert-tls", "client"] => {
                return Err(Problem::Unsupported(
                    "the other end of a client is a server".into(),
                ));
            }
            [
                "remote-cert-eku",
                "TLS Web Server Authentication" | "serverAuth" | "1.3.6.1.5.5.7.3.1",
            ] => {
                self.profile.tls.remote_cert_tls = true;
            }
            ["remote-cert-eku", _] => {
                return Err(Problem::Unsupported("use remote-cert-tls server".into()));
            }
            ["ns-cert-type", "server"] => {
                return Err(Problem::Unsupported(
                    "OpenVPN has removed it; use remote-cert-tls server with a certificate made for it"
                        .into(),
                ));
            }
            ["verify-x509-name", name] => {
                self.profile.tls.verify_name = Some(VerifyName::Subject(name.to_owned()));
            }
            ["verify-x509-name", name, kind] => {
                self.profile.tls.verify_name = Some(match kind {
                    "subject" => VerifyName::Subject(name.to_owned()),
                    "name" => VerifyName::Name(name.to_owned()),
                    "name-prefix" => VerifyName::NamePrefix(name.to_owned()),
                    _ => return invalid(format!("\"{kind}\" is not subject, name or name-prefix")),
                });
            }
            ["x509-username-field", field] => {
                if !field.eq_ignore_ascii_case("CN") {
                    return Err(Problem::Unsupported(
                        "names are taken from the field CN only".into(),
                    ));
                }
            }
            ["tls-version-min", version] | ["tls-version-min", version, "or-highest"] => {
                self.profile.tls.versions = match (version, self.profile.tls.versions) {
                    ("1.0" | "1.1" | "1.2", versions) => versions,
                    ("1.3", TlsVersions::Tls12) => return invalid("it is above tls-version-max"),
                    ("1.3", _) => TlsVersions::Tls13,
                    _ => return invalid(format!("\"{version}\" is not a version of TLS")),
                };
            }
            ["tls-version-max", version] => {
                self.profile.tls.versions = match (version, self.profile.tls.versions) {
                    ("1.3", versions) => versions,
                    ("1.2", TlsVersions::Tls13) => return invalid("it is below tls-version-min"),
                    ("1.2", _) => TlsVersions::Tls12,
                    ("1.0" | "1.1", _) => {
                        return invalid("versions below TLS 1.2 are not safe, and not done");
                    }
                    _ => return invalid(format!("\"{version}\" is not a version of TLS")),
                };
            }
            ["tls-auth"] | ["tls-auth", _] | ["tls-auth", _, _] => {
                let direction = line.args.get(1).map(|d| parse_direction(d)).transpose()?;
                let key = StaticKey::parse(&self.text(line)?).map_err(key_file)?;
                self.wrap(WrappingFile::TlsAuth(key, direction))?;
            }
            ["tls-crypt"] | ["tls-crypt", _] => {
                let key = StaticKey::parse(&self.text(line)?).map_err(key_file)?;
                self.wrap(WrappingFile::TlsCrypt(key))?;
            }
            ["tls-crypt-v2"] | ["tls-crypt-v2", _] => {
                let key = TlsCryptV2ClientKey::parse(&self.text(line)?).map_err(key_file)?;
                self.wrap(WrappingFile::TlsCryptV2(key))?;
            }
            ["key-direction", direction] => {
                self.connection.key_direction = Some(parse_direction(direction)?);
            }
            [
                "ca"
                | "cert"
                | "key"
                | "extra-certs"
                | "crl-verify"
                | "peer-fingerprint"
                | "askpass"
                | "remote-cert-tls"
                | "remote-cert-eku"
                | "ns-cert-type"
                | "verify-x509-name"
                | "x509-username-field"
                | "tls-version-min"
                | "tls-version-max"
                | "tls-auth"
                | "tls-crypt"
                | "tls-crypt-v2"
                | "key-direction",
                ..,
            ] => return wrong_arguments(words),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// User name, password, and questions.
    fn apply_auth(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        match *words {
            ["auth-user-pass"] | ["auth-user-pass", _] => {
                let auth = &mut self.profile.auth;
                auth.needed = true;
                if line.inline.is_some() || !line.args.is_empty() {
                    let text = self.text(line)?;
                    let (username, password) = first_lines(&text);
                    if username.is_empty() {
                        return invalid("its first line has to be the user name");
                    }
                    (self.profile.auth.username, self.profile.auth.password) = (Some(username), password);
                }
            }
            ["auth-retry", how] => {
                self.profile.auth.retry = match how {
                    "none" => AuthRetry::None,
                    "nointeract" => AuthRetry::NoInteract,
                    "interact" => AuthRetry::Interact,
                    _ => return invalid(format!("\"{how}\" is not none, nointeract or interact")),
                };
            }
            ["auth-nocache"] => self.profile.auth.nocache = true,
            ["static-challenge", text, echo] | ["static-challenge", text, echo, _] => {
                let concat = match words.get(3) {
                    None | Some(&"scrv1") => false,
                    Some(&"concat") => true,
                    Some(form) => return invalid(format!("\"{form}\" is not scrv1 or concat")),
                };
                let echo = match echo {
                    "0" => false,
                    "1" => true,
                    _ => return invalid(format!("\"{echo}\" is not 0 or 1")),
                };
                let challenge = StaticChallenge {
                    text: text.to_owned(),
                    echo,
                    concat,
                };
                self.profile.auth.static_challenge = Some(challenge);
            }
            [
                "auth-user-pass" | "auth-retry" | "auth-nocache" | "static-challenge",
                ..,
            ] => {
                return wrong_arguments(words);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Ciphers and framing of the data channel.
    fn apply_data_channel(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        match *words {
            ["data-ciphers" | "ncp-ciphers", list] => self.data_ciphers(line, list)?,
            ["data-ciphers-fallback", name] => match DataCipher::by_name(name) {
                Some(cipher) => self.profile.fallback_cipher = Some(cipher),
                None => {
                    return Err(Problem::NoDco(format!(
                        "{name} is not a cipher of the driver ({})",
                        ciphers()
                    )));
                }
            },
            ["cipher", "none"] => {
                return Err(Problem::NoDco("the driver doesn't send data in the clear".into()));
            }
            ["cipher", name] => {
                if DataCipher::by_name(name).is_none() {
                    let reason = "the cipher is agreed with the server, from data-ciphers";
                    self.notice(&line.at, &line.name, reason);
                }
            }
            ["auth", "none"] => self.notice(&line.at, "auth", "AEAD ciphers bring their own authentication"),
            ["auth", name] => match AuthDigest::by_name(name) {
                Some(digest) => self.digest = digest,
                None => {
                    let reason = format!("{name} is not one of MD5, SHA1, SHA224, SHA256, SHA384, SHA512");
                    return Err(Problem::Unsupported(reason));
                }
            },
            ["allow-compression", "no"] | ["comp-lzo", "off"] | ["compress", "off"] => {}
            ["allow-compression", "asym" | "yes"] | ["compress" | "comp-lzo", ..] => {
                return Err(Problem::NoDco("the driver knows no compression framing".into()));
            }
            ["mssfix"] => self.connection.mssfix = MssFix::Default,
            ["mssfix", "0"] => self.connection.mssfix = MssFix::Off,
            ["mssfix", size] => self.connection.mssfix = MssFix::Packet(parse_mss(size)?),
            ["mssfix", size, "mtu"] => self.connection.mssfix = MssFix::Mtu(parse_mss(size)?),
            ["mssfix", size, "fixed"] => self.connection.mssfix = MssFix::Fixed(parse_mss(size)?),
            [
                "data-ciphers"
                | "ncp-ciphers"
                | "data-ciphers-fallback"
                | "cipher"
                | "auth"
                | "allow-compression"
                | "mssfix",
                ..,
            ] => return wrong_arguments(words),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Keepalive, renegotiation, time limits.
    fn apply_timing(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        let timing = &mut self.profile.timing;
        match *words {
            ["keepalive", ping, restart] => {
                let (ping, restart) = (positive_seconds(ping)?, positive_seconds(restart)?);
                if restart < ping * 2 {
                    return invalid("the second number has to be at least twice the first");
                }
                (self.profile.tunnel.ping, self.profile.tunnel.ping_restart) = (Some(ping), Some(restart));
            }
            ["ping-timer-rem"] => {}
            // A second number is the least of a server's random choice.
            ["reneg-sec", time] | ["reneg-sec", time, _] => timing.renegotiate = seconds(time)?,
            ["reneg-bytes" | "reneg-pkts", "0"] => {}
            ["reneg-bytes" | "reneg-pkts", _] => {
                return Err(Problem::NoDco(
                    "the driver counts on its own; use reneg-sec".into(),
                ));
            }
            ["hand-window", time] => timing.hand_window = positive_seconds(time)?,
            ["tran-window", time] => timing.tran_window = positive_seconds(time)?,
            ["tls-timeout", time] => timing.tls_timeout = positive_seconds(time)?,
            ["max-packet-size", size] => {
                let size = number(size, 154..=1500, "a size from 154 to 1500")?;
                timing.max_packet_size = usize::try_from(size).unwrap_or(1250);
            }
            [
                "keepalive" | "ping-timer-rem" | "reneg-sec" | "reneg-bytes" | "reneg-pkts" | "hand-window"
                | "tran-window" | "tls-timeout" | "max-packet-size",
                ..,
            ] => return wrong_arguments(words),
            _ => return self.apply_device(line, words),
        }
        Ok(true)
    }

    /// The adapter.
    fn apply_device(&mut self, _line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        match *words {
            ["dev", name] if name.starts_with("tap") && self.dev.is_none() => return Err(tap()),
            ["dev", name] => self.dev = Some(name.to_owned()),
            ["dev-type", "tun"] => self.dev = self.dev.take().or(Some("tun".to_owned())),
            ["dev-type", "tap"] => return Err(tap()),
            ["dev-node", name] => self.profile.dev_node = Some(name.to_owned()),
            ["persist-tun"] => self.profile.persist_tun = true,
            ["route-nopull"] => self.profile.route_nopull = true,
            ["route-noexec"] => self.profile.route_noexec = true,
            ["pull-filter", action, text] => {
                let action = match action {
                    "accept" => PullAction::Accept,
                    "ignore" => PullAction::Ignore,
                    "reject" => PullAction::Reject,
                    _ => return invalid(format!("\"{action}\" is not accept, ignore or reject")),
                };
                self.profile.pull_filters.push(PullFilter {
                    action,
                    prefix: text.to_owned(),
                });
            }
            [
                "dev" | "dev-type" | "dev-node" | "persist-tun" | "route-nopull" | "route-noexec"
                | "pull-filter",
                ..,
            ] => {
                return wrong_arguments(words);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Addresses, routes, name service: what a server may push as well.
    fn apply_tunnel(&mut self, _line: &Directive, words: &[&str]) -> Result<bool, Problem> {
        let known = self.profile.tunnel.apply(words)?;
        if self
            .profile
            .tunnel
            .tun_mtu
            .is_some_and(|mtu| mtu > ADAPTER_MTU_MAX)
        {
            let reason = format!("the driver's adapter carries packets of at most {ADAPTER_MTU_MAX} bytes");
            return Err(Problem::NoDco(reason));
        }
        Ok(known)
    }

    fn wrap(&mut self, wrapping: WrappingFile) -> Result<(), Problem> {
        if !matches!(self.connection.wrapping, WrappingFile::None) && !self.in_block {
            return invalid("only one of tls-auth, tls-crypt and tls-crypt-v2 can be used");
        }
        self.connection.wrapping = wrapping;
        Ok(())
    }

    fn data_ciphers(&mut self, line: &Directive, list: &str) -> Result<(), Problem> {
        let mut known: Vec<DataCipher> = Vec::new();
        for name in list.split(':').filter(|name| !name.is_empty()) {
            // A question mark allows a cipher to be unknown.
            let name = name.strip_prefix('?').unwrap_or(name);
            match DataCipher::by_name(name) {
                Some(cipher) => known.push(cipher),
                None if name.eq_ignore_ascii_case("DEFAULT") => known.extend(DataCipher::DEFAULT),
                None => {
                    let reason = format!("{name} is not a cipher of the driver and was left out");
                    self.notice(&line.at, &line.name, &reason);
                }
            }
        }
        let mut ciphers_in_order: Vec<DataCipher> = Vec::new();
        known.into_iter().for_each(|cipher| {
            if !ciphers_in_order.contains(&cipher) {
                ciphers_in_order.push(cipher);
            }
        });
        if ciphers_in_order.is_empty() {
            let reason = format!(
                "{list} names none of the ciphers that the driver can do ({})",
                ciphers()
            );
            return Err(Problem::NoDco(reason));
        }
        self.profile.data_ciphers = ciphers_in_order;
        Ok(())
    }

    fn fingerprints(&mut self, line: &Directive) -> Result<(), Problem> {
        let text = line
            .inline
            .clone()
            .or_else(|| line.args.first().cloned())
            .unwrap_or_default();
        for fingerprint in text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with(['#', ';']))
        {
            let bytes: Option<Vec<u8>> = fingerprint
                .split(':')
                .map(|byte| {
                    (byte.len() == 2)
                        .then(|| u8::from_str_radix(byte, 16).ok())
                        .flatten()
                })
                .collect();
            match bytes.and_then(|bytes| bytes.try_into().ok()) {
                Some(bytes) => self.profile.tls.peer_fingerprints.push(bytes),
                None => {
                    return invalid(format!(
                        "\"{fingerprint}\" is not a SHA-256 fingerprint (AB:CD:...)"
                    ));
                }
            }
        }
        match self.profile.tls.peer_fingerprints.is_empty() {
            true => invalid("it needs a fingerprint"),
            false => Ok(()),
        }
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
