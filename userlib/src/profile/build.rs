//! Putting a profile together: the state while its lines are read, and what is checked at the end.

use core::net::IpAddr;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::apply::Problem;
use super::directive::{Directive, directives, directives_from};
use super::table::{Treatment, treatment};
use super::{
    AuthOptions, FileSource, Location, MssFix, Notice, Pem, Profile, ProfileError, Proto, Remote,
    RetryPolicy, Timing, TlsOptions,
};
use crate::control::DataCipher;
use crate::control::wrap::{AuthDigest, KeyDirection, StaticKey, TlsCryptV2ClientKey, Wrapping};
use crate::options::TunnelOptions;

/// Reads a profile.
pub(super) fn profile(name: &str, text: &str, files: &dyn FileSource) -> Result<Profile, ProfileError> {
    let file: Arc<str> = name.into();
    let mut builder = Builder::new(name, files);
    let lines = directives(&file, text)?;
    // These two change what an unknown option means, wherever they stand.
    for line in lines.iter().filter(|line| line.name == "ignore-unknown-option") {
        builder.ignore_unknown.extend(line.args.iter().cloned());
    }
    for line in lines {
        builder.take(line)?;
    }
    builder.finish(&file)
}

/// What may differ between servers, as far as it is known.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) remote: Option<(String, Option<u16>, Option<Proto>)>,
    pub(super) proto: Proto,
    pub(super) port: u16,
    pub(super) local: Option<IpAddr>,
    pub(super) local_port: Option<u16>,
    pub(super) nobind: bool,
    pub(super) connect_timeout: Duration,
    pub(super) explicit_exit_notify: bool,
    pub(super) mssfix: MssFix,
    pub(super) wrapping: WrappingFile,
    pub(super) key_direction: Option<KeyDirection>,
}

/// The wrapping's key, before the digest and direction that may stand further down are known.
#[derive(Clone, Default)]
pub(super) enum WrappingFile {
    #[default]
    None,
    TlsAuth(StaticKey, Option<KeyDirection>),
    TlsCrypt(StaticKey),
    TlsCryptV2(TlsCryptV2ClientKey),
}

/// The state while lines are read.
pub(super) struct Builder<'a> {
    pub(super) profile: Profile,
    pub(super) connection: Connection,
    /// Complete ones, and ones that wait for what the whole profile says.
    servers: Vec<Server>,
    pub(super) digest: AuthDigest,
    pub(super) is_client: bool,
    pub(super) dev: Option<String>,
    pub(super) cd: PathBuf,
    pub(super) in_block: bool,
    pub(super) ignore_unknown: Vec<String>,
    files: &'a dyn FileSource,
}

enum Server {
    /// `remote`: the rest comes from the whole profile.
    Plain(String, Option<u16>, Option<Proto>),
    /// `<connection>`.
    Block(Box<Connection>),
}

impl<'a> Builder<'a> {
    fn new(name: &str, files: &'a dyn FileSource) -> Self {
        Self {
            profile: Profile {
                name: name.to_owned(),
                remotes: Vec::new(),
                remote_random: false,
                retry: RetryPolicy {
                    wait: Duration::from_secs(1),
                    wait_max: Duration::from_secs(300),
                    rounds_max: None,
                },
                dev_node: None,
                persist_tun: false,
                tls: TlsOptions::default(),
                auth: AuthOptions::default(),
                data_ciphers: DataCipher::DEFAULT.to_vec(),
                fallback_cipher: None,
                timing: Timing::default(),
                tunnel: TunnelOptions::default(),
                route_nopull: false,
                route_noexec: false,
                pull_filters: Vec::new(),
                peer_info: Vec::new(),
                push_peer_info: false,
                notices: Vec::new(),
            },
            connection: Connection {
                remote: None,
                proto: Proto::default(),
                port: 1194,
                local: None,
                local_port: None,
                nobind: false,
                connect_timeout: Duration::from_secs(120),
                explicit_exit_notify: false,
                mssfix: MssFix::Default,
                wrapping: WrappingFile::None,
                key_direction: None,
            },
            servers: Vec::new(),
            digest: AuthDigest::default(),
            is_client: false,
            dev: None,
            cd: PathBuf::new(),
            in_block: false,
            ignore_unknown: Vec::new(),
            files,
        }
    }

    /// One line: decides what becomes of the option.
    fn take(&mut self, line: Directive) -> Result<(), ProfileError> {
        match treatment(&line.name) {
            Some(Treatment::Read) if line.name == "connection" => self.connection_block(&line),
            Some(Treatment::Read) => match self.apply(&line) {
                Ok(()) => Ok(()),
                Err(problem) => Err(problem.at(line.at, line.name)),
            },
            Some(Treatment::Ignored(reason)) => {
                if !reason.is_empty() {
                    self.notice(&line.at, &line.name, reason);
                }
                Ok(())
            }
            Some(Treatment::NoDco(reason)) => Err(Problem::NoDco(reason.into()).at(line.at, line.name)),
            Some(Treatment::Unsupported(reason)) => {
                Err(Problem::Unsupported(reason.into()).at(line.at, line.name))
            }
            None if self.ignore_unknown.contains(&line.name) => {
                self.notice(
                    &line.at,
                    &line.name,
                    "it is unknown, and the profile says to ignore it",
                );
                Ok(())
            }
            None => Err(ProfileError::UnknownOption {
                at: line.at,
                option: line.name,
            }),
        }
    }

    /// `setenv opt NAME ...`: an option that may be unknown.
    pub(super) fn take_if_known(&mut self, mut line: Directive) -> Result<(), ProfileError> {
        line.name = line.args.remove(0);
        match treatment(&line.name) {
            Some(Treatment::Read) => self.take(line),
            Some(Treatment::Ignored(_)) | None => {
                self.notice(
                    &line.at,
                    &line.name,
                    "it is marked as optional, and not known here",
                );
                Ok(())
            }
            Some(Treatment::NoDco(_) | Treatment::Unsupported(_)) => self.take(line),
        }
    }

    fn connection_block(&mut self, line: &Directive) -> Result<(), ProfileError> {
        let invalid = |problem: &str| Problem::Invalid(problem.into()).at(line.at.clone(), line.name.clone());
        let Some(inside) = &line.inline else {
            return Err(invalid("it is a block: <connection> and </connection>"));
        };
        if self.in_block {
            return Err(invalid("it can't stand inside another"));
        }
        let outside = self.connection.clone();
        self.in_block = true;
        for line in directives_from(&line.at.file, inside, line.at.line + 1)? {
            self.take(line)?;
        }
        self.in_block = false;
        let block = core::mem::replace(&mut self.connection, outside);
        if block.remote.is_none() {
            return Err(invalid("it has no remote"));
        }
        self.servers.push(Server::Block(Box::new(block)));
        Ok(())
    }

    /// `remote`.
    pub(super) fn remote(&mut self, host: String, port: Option<u16>, proto: Option<Proto>) {
        match self.in_block {
            true => self.connection.remote = Some((host, port, proto)),
            false => self.servers.push(Server::Plain(host, port, proto)),
        }
    }

    /// Says that something has no effect.
    pub(super) fn notice(&mut self, at: &Location, option: &str, reason: &str) {
        self.profile.notices.push(Notice {
            at: at.clone(),
            option: option.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// The text of an inline block, or of the file that the first argument names.
    pub(super) fn text(&self, line: &Directive) -> Result<Zeroizing<String>, Problem> {
        if let Some(inline) = &line.inline {
            return Ok(Zeroizing::new(inline.clone()));
        }
        match line.args.first().map(String::as_str) {
            None => Err(Problem::Invalid("it needs a file name".into())),
            Some("[inline]") => Err(Problem::Invalid(
                "[inline] goes with a block, which isn't there".into(),
            )),
            Some(path) => self.file(Path::new(path)),
        }
    }

    /// A file's text.
    pub(super) fn file(&self, path: &Path) -> Result<Zeroizing<String>, Problem> {
        let path = self.cd.join(path);
        match self.files.read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => Ok(Zeroizing::new(text)),
            Ok(Err(e)) => {
                drop(Zeroizing::new(e.into_bytes()));
                Err(Problem::Invalid(format!("{} is not a text file", path.display())))
            }
            Err(source) => Err(Problem::File(path, source)),
        }
    }

    /// A PEM file or block.
    pub(super) fn pem(&self, line: &Directive, option: &'static str) -> Result<Pem, Problem> {
        let text = self.text(line)?;
        if !text.contains("-----BEGIN ") {
            return Err(Problem::Invalid("what it holds is not in PEM form".into()));
        }
        Ok(Pem {
            at: line.at.clone(),
            option,
            text,
        })
    }

    /// Checks what only the whole profile can show.
    fn finish(mut self, file: &Arc<str>) -> Result<Profile, ProfileError> {
        let incomplete = |missing: &str| ProfileError::Incomplete {
            file: Arc::clone(file),
            missing: missing.to_owned(),
        };
        for server in core::mem::take(&mut self.servers) {
            let connection = match server {
                Server::Block(connection) => *connection,
                Server::Plain(host, port, proto) => Connection {
                    remote: Some((host, port, proto)),
                    ..self.connection.clone()
                },
            };
            self.profile.remotes.extend(self.finish_remote(connection));
        }
        if self.profile.remotes.is_empty() {
            return Err(incomplete(
                "it names no server; a line \"remote HOST PORT\" is missing",
            ));
        }
        if !self.is_client {
            return Err(incomplete(
                "it is not a client's profile; a line \"client\" is missing",
            ));
        }
        let tls = &self.profile.tls;
        if tls.ca.is_none() && tls.peer_fingerprints.is_empty() {
            return Err(incomplete(
                "nothing says whom to trust; the option \"ca\" is missing",
            ));
        }
        match (&tls.cert, &tls.key) {
            (Some(_), None) => return Err(incomplete("the option \"cert\" has no \"key\" beside it")),
            (None, Some(_)) => return Err(incomplete("the option \"key\" has no \"cert\" beside it")),
            (None, None) if !self.profile.auth.needed => {
                return Err(incomplete(
                    "nothing says who this client is; \"cert\" and \"key\", or \"auth-user-pass\", are missing",
                ));
            }
            _ => {}
        }
        if self.dev.is_none() {
            return Err(incomplete(
                "it says nothing of the device; a line \"dev tun\" is missing",
            ));
        }
        Ok(self.profile)
    }

    fn finish_remote(&self, connection: Connection) -> Option<Remote> {
        let (host, port, proto) = connection.remote?;
        let wrapping = match connection.wrapping {
            WrappingFile::None => Wrapping::None,
            WrappingFile::TlsCrypt(key) => Wrapping::TlsCrypt { key },
            WrappingFile::TlsCryptV2(key) => Wrapping::TlsCryptV2 { key },
            WrappingFile::TlsAuth(key, direction) => Wrapping::TlsAuth {
                key,
                direction: direction.or(connection.key_direction).unwrap_or_default(),
                digest: self.digest,
            },
        };
        Some(Remote {
            host,
            port: port.unwrap_or(connection.port),
            proto: proto.unwrap_or(connection.proto),
            local: connection.local,
            // A client binds to a port of its own only if it is told which.
            local_port: if connection.nobind {
                0
            } else {
                connection.local_port.unwrap_or(0)
            },
            connect_timeout: connection.connect_timeout,
            explicit_exit_notify: connection.explicit_exit_notify,
            wrapping,
            mssfix: connection.mssfix,
        })
    }
}
