//! Certificates, keys and logins: whom to trust, and who this client is.

use super::super::build::{Builder, WrappingFile};
use super::super::directive::Directive;
use super::super::{AuthRetry, StaticChallenge, TlsVersions, VerifyName};
use super::{Problem, first_lines, invalid, key_file, parse_direction, wrong_arguments};
use crate::control::wrap::{StaticKey, TlsCryptV2ClientKey};

impl Builder<'_> {
    /// Certificates and keys of TLS, and the server's certificate.
    pub(super) fn apply_tls(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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
    pub(super) fn apply_auth(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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

    fn wrap(&mut self, wrapping: WrappingFile) -> Result<(), Problem> {
        if !matches!(self.connection.wrapping, WrappingFile::None) && !self.in_block {
            return invalid("only one of tls-auth, tls-crypt and tls-crypt-v2 can be used");
        }
        self.connection.wrapping = wrapping;
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
