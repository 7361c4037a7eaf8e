//! `PUSH_REPLY`: the options that a server gives to a client, put together and read into types.

use zeroize::Zeroizing;

use super::{DataCipher, NoDco};
use crate::options::{TunnelOptions, split};
use crate::profile::{PullAction, PullFilter};

/// The most that all parts of a reply may hold, in bytes.
const TOTAL_MAX: usize = 256 * 1024;

/// What is done in which way, as the server decided (`protocol-flags`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProtocolFlags {
    /// `cc-exit`: the end of a session is told in the control channel.
    pub cc_exit: bool,
    /// `tls-ekm`: data keys come from the TLS exporter.
    pub tls_ekm: bool,
    /// `dyn-tls-crypt`: renegotiations are wrapped under a key of the session's own.
    pub dyn_tls_crypt: bool,
    /// `aead-epoch`: data packets have the epoch format.
    pub aead_epoch: bool,
}

/// A reply, read. Holds a token that stands for a password, so it has no `Debug`.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PushReply {
    /// `peer-id`: the number that goes into data packets.
    pub peer_id: Option<u32>,
    /// `cipher`, as pushed.
    pub cipher: Option<DataCipher>,
    /// `protocol-flags`, `key-derivation`.
    pub flags: ProtocolFlags,
    /// The tunnel: addresses, routes, name service, keepalive.
    pub tunnel: TunnelOptions,
    /// `explicit-exit-notify`: whether to tell the server when leaving, if it says.
    pub explicit_exit_notify: Option<bool>,
    /// `auth-token`: replaces the password from now on.
    pub auth_token: Option<Zeroizing<String>>,
    /// `auth-token-user`: replaces the user name from now on.
    pub auth_token_user: Option<String>,
    /// Options that were not understood, or not taken because of a `pull-filter` or `route-nopull`; for a log.
    pub ignored: Vec<String>,
    /// The options that a change of which means another tunnel: all but those that differ from session to session.
    pub stable: Vec<String>,
}

/// Why a reply can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The data channel that the server describes is not one of the driver's.
    #[error(transparent)]
    NoDco(#[from] NoDco),
    /// A `pull-filter reject` of the profile forbids the option.
    #[error("the server pushed \"{0}\", which a pull-filter of the profile rejects")]
    Rejected(String),
    /// More than a client keeps.
    #[error("the server pushed more than {TOTAL_MAX} bytes of options")]
    TooLong,
}

/// Which pushed options to take.
#[derive(Debug, Clone, Copy)]
pub(super) struct PullRules<'a> {
    pub(super) filters: &'a [PullFilter],
    pub(super) route_nopull: bool,
}

/// Puts the parts of a reply together.
#[derive(Default)]
pub(super) struct PushAssembler {
    options: Vec<Zeroizing<String>>,
    length: usize,
}

impl PushAssembler {
    /// Takes one `PUSH_REPLY`, without that word. `Ok(true)`: it was the last.
    pub(super) fn take(&mut self, reply: &str) -> Result<bool, PushError> {
        self.length = self.length.saturating_add(reply.len());
        if self.length > TOTAL_MAX {
            return Err(PushError::TooLong);
        }
        let mut complete = true;
        for option in reply.split(',').filter(|option| !option.is_empty()) {
            match option.strip_prefix("push-continuation ") {
                Some(how) => complete = how.trim() != "2",
                None => self.options.push(Zeroizing::new(option.to_owned())),
            }
        }
        Ok(complete)
    }

    /// Reads the whole reply over what the profile says of the tunnel.
    pub(super) fn finish(self, base: &TunnelOptions, rules: PullRules<'_>) -> Result<PushReply, PushError> {
        let mut reply = PushReply {
            tunnel: base.clone(),
            ..PushReply::default()
        };
        for option in &self.options {
            match rules.decide(option) {
                PullAction::Accept => reply.apply(option)?,
                PullAction::Ignore => reply.ignored.push(option.to_string()),
                PullAction::Reject => return Err(PushError::Rejected(option.to_string())),
            }
        }
        Ok(reply)
    }
}

impl PullRules<'_> {
    fn decide(self, option: &str) -> PullAction {
        if let Some(filter) = self
            .filters
            .iter()
            .find(|filter| option.starts_with(&filter.prefix))
        {
            return filter.action;
        }
        let name = option.split(' ').next().unwrap_or(option);
        match self.route_nopull && NOT_WITH_NOPULL.contains(&name) {
            true => PullAction::Ignore,
            false => PullAction::Accept,
        }
    }
}

/// What `route-nopull` keeps a server from setting.
const NOT_WITH_NOPULL: &[&str] = &[
    "route",
    "route-ipv6",
    "route-metric",
    "redirect-gateway",
    "redirect-private",
    "dhcp-option",
    "dns",
    "block-outside-dns",
    "block-ipv6",
    "register-dns",
];

/// Options that differ between sessions without the tunnel being another.
const UNSTABLE: &[&str] = &[
    "peer-id",
    "auth-token",
    "auth-token-user",
    "protocol-flags",
    "key-derivation",
    "explicit-exit-notify",
    "ping",
    "ping-restart",
    "ping-exit",
];

impl PushReply {
    fn apply(&mut self, option: &str) -> Result<(), PushError> {
        let Ok(words) = split(option) else {
            self.ignored.push(option.to_owned());
            return Ok(());
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some(name) = words.first() else { return Ok(()) };
        if !UNSTABLE.contains(name) {
            self.stable.push(option.to_owned());
        }
        match *words {
            ["peer-id", id] => match id.parse() {
                // 0xffffff stands for "none".
                Ok(id @ 0..0xff_ffff) => self.peer_id = Some(id),
                _ => return Err(NoDco::PeerId(id.to_owned()).into()),
            },
            ["cipher", name] => match DataCipher::by_name(name) {
                Some(cipher) => self.cipher = Some(cipher),
                None => return Err(NoDco::Cipher(name.to_owned()).into()),
            },
            ["protocol-flags", ref flags @ ..] => {
                for flag in flags {
                    match *flag {
                        "cc-exit" => self.flags.cc_exit = true,
                        "tls-ekm" => self.flags.tls_ekm = true,
                        "dyn-tls-crypt" => self.flags.dyn_tls_crypt = true,
                        "aead-epoch" => self.flags.aead_epoch = true,
                        other => return Err(NoDco::ProtocolFlag(other.to_owned()).into()),
                    }
                }
            }
            ["key-derivation", "tls-ekm"] => self.flags.tls_ekm = true,
            ["key-derivation", other] => return Err(NoDco::ProtocolFlag(other.to_owned()).into()),
            ["compress" | "comp-lzo", ..] => return Err(NoDco::Compression(option.to_owned()).into()),
            ["fragment", ..] => return Err(NoDco::Fragment.into()),
            ["explicit-exit-notify"] => self.explicit_exit_notify = Some(true),
            ["explicit-exit-notify", times] => self.explicit_exit_notify = Some(times != "0"),
            ["auth-token", token] => self.auth_token = Some(Zeroizing::new(token.to_owned())),
            ["auth-token-user", user] => {
                use base64::Engine as _;
                let user = base64::prelude::BASE64_STANDARD.decode(user).ok();
                self.auth_token_user = user.and_then(|user| String::from_utf8(user).ok());
            }
            ["tun-ipv6"] => {}
            _ => match self.tunnel.apply(&words) {
                Ok(true) => {}
                Ok(false) | Err(_) => self.ignored.push(option.to_owned()),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: PullRules<'_> = PullRules {
        filters: &[],
        route_nopull: false,
    };

    fn read(parts: &[&str]) -> Result<PushReply, PushError> {
        let mut assembler = PushAssembler::default();
        for (i, part) in parts.iter().enumerate() {
            assert_eq!(
                assembler.take(part)?,
                i + 1 == parts.len(),
                "complete with the last part only"
            );
        }
        assembler.finish(&TunnelOptions::default(), ANY)
    }

    #[test]
    fn every_captured_reply_is_understood() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/vectors/control-strings.json"
        );
        let vectors: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let mut replies = 0;
        for case in vectors["cases"].as_array().unwrap() {
            let name = case["case"].as_str().unwrap();
            let messages = case["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m.as_str().unwrap());
            let parts: Vec<_> = messages.filter_map(|m| m.strip_prefix("PUSH_REPLY,")).collect();
            if parts.is_empty() {
                continue;
            }
            let reply = read(&parts).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(reply.ignored.is_empty(), "{name}: {:?}", reply.ignored);
            assert!(
                reply.peer_id.is_some() && reply.cipher.is_some() && reply.tunnel.ifconfig.is_some(),
                "{name}"
            );
            assert_eq!(reply.flags.tls_ekm, name != "client without TLS key export");
            if name.contains("push-continuation") {
                assert_eq!(reply.tunnel.routes.len(), 70);
            }
            if name == "auth token generated" {
                assert!(reply.auth_token.unwrap().starts_with("SESS_ID_AT_"));
            }
            replies += 1;
        }
        assert!(replies > 20, "{replies}");
    }

    #[test]
    fn an_empty_reply_is_one() {
        let reply = read(&[""]).unwrap();
        assert_eq!((reply.peer_id, reply.cipher), (None, None));
    }

    #[test]
    fn what_the_driver_cannot_do_is_refused_by_name() {
        for (options, want) in [
            ("comp-lzo no", "the server pushed \"comp-lzo no\""),
            ("compress stub-v2", "the server pushed \"compress stub-v2\""),
            ("cipher AES-256-CBC", "AES-256-CBC"),
            ("protocol-flags tls-ekm new-thing", "new-thing"),
            ("fragment 1300", "fragment"),
            ("peer-id 16777215", "16777215"),
            ("peer-id -1", "-1"),
        ] {
            let error = read(&[options]).err().unwrap();
            assert!(
                matches!(error, PushError::NoDco(_)) && error.to_string().contains(want),
                "{error}"
            );
        }
    }

    #[test]
    fn filters_decide_in_order_and_nopull_keeps_routes_out() {
        let filter = |action, prefix: &str| PullFilter {
            action,
            prefix: prefix.into(),
        };
        let filters = [
            filter(PullAction::Accept, "route 10."),
            filter(PullAction::Ignore, "route "),
        ];
        let read = |rules: PullRules<'_>, options| {
            let mut assembler = PushAssembler::default();
            assert_eq!(assembler.take(options), Ok(true));
            assembler.finish(&TunnelOptions::default(), rules)
        };
        let rules = PullRules {
            filters: &filters,
            route_nopull: true,
        };
        let reply = read(
            rules,
            "route 10.0.0.0 255.0.0.0,route 11.0.0.0 255.0.0.0,dhcp-option DNS 1.1.1.1",
        )
        .unwrap();
        assert_eq!((reply.tunnel.routes.len(), reply.ignored.len()), (1, 2));
        let filters = [filter(PullAction::Reject, "route")];
        let error = read(
            PullRules {
                filters: &filters,
                route_nopull: false,
            },
            "route-gateway 10.0.0.1",
        )
        .err();
        assert_eq!(error, Some(PushError::Rejected("route-gateway 10.0.0.1".into())));
    }

    proptest::proptest! {
        #[test]
        fn no_reply_makes_it_panic(reply in ".{0,300}") {
            let mut assembler = PushAssembler::default();
            if assembler.take(&reply).is_ok() {
                let _ = assembler.finish(&TunnelOptions::default(), ANY);
            }
        }
    }
}
