//! The data channel, its upkeep, and the tunnel's interface.

use super::super::build::Builder;
use super::super::directive::Directive;
use super::super::{MssFix, PullAction, PullFilter};
use super::{
    ADAPTER_MTU_MAX, Problem, ciphers, invalid, parse_mss, positive_seconds, seconds, tap, wrong_arguments,
};
use crate::control::DataCipher;
use crate::control::wrap::AuthDigest;
use crate::options::number;

impl Builder<'_> {
    /// Ciphers and framing of the data channel.
    pub(super) fn apply_data_channel(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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
    pub(super) fn apply_timing(&mut self, line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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
    pub(super) fn apply_device(&mut self, _line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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
    pub(super) fn apply_tunnel(&mut self, _line: &Directive, words: &[&str]) -> Result<bool, Problem> {
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
}
