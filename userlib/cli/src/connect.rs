//! `connect`: a profile becomes a tunnel, until Ctrl-C.

use crate::args::{Cli, Connect};
use crate::failure::Failure;
use crate::monitor::Monitor;
use crate::output::{self, Output};
use crate::signals::{self, Wish};
use crate::status::Status;
use ovpn_dco_userlib::profile::{Profile, Transport};
use ovpn_dco_userlib::session::{Established, Question, Session, SessionEvent, SessionOptions, User};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use zeroize::Zeroizing;

pub(crate) fn run(args: &Connect, cli: &Cli, output: Output) -> Result<(), Failure> {
    let profile = Profile::load(&args.profile)?;
    for notice in &profile.notices {
        let text = format!(
            "{}: \"{}\" has no effect: {}",
            notice.at, notice.option, notice.reason
        );
        output.event("warning", json!({ "message": text }), &format!("Warning: {text}"));
    }
    let device = crate::open_device(cli)?;
    let name = args
        .profile
        .file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let status = Status {
        pid: std::process::id(),
        name,
        state: "connecting".into(),
        ..Status::default()
    };
    let monitor = Monitor::start(device.clone(), status, output);
    let mut options = SessionOptions::default();
    options.no_dns = args.no_dns;
    options.no_routes = args.no_routes;
    options.once = args.once;
    let mut session = Session::new(profile, device, options);
    let handle = session.handle();
    signals::listen(move |wish| match wish {
        Wish::Stop => handle.stop(),
        Wish::Reconnect => handle.reconnect(),
        Wish::Renegotiate => handle.renegotiate(),
    })?;
    let mut terminal = Terminal {
        output,
        monitor: &monitor,
        connections: 0,
    };
    session.run(&mut terminal)?;
    drop(monitor);
    output.event("disconnected", json!({ "reason": "stopped" }), "Disconnected.");
    Ok(())
}

/// The person, or the script, that waits for the tunnel.
struct Terminal<'m> {
    output: Output,
    monitor: &'m Monitor,
    connections: u32,
}

fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
    }
}

impl Terminal<'_> {
    fn connected(&mut self, up: &Established) {
        let addresses: Vec<String> = up
            .tunnel
            .addresses
            .iter()
            .map(|a| format!("{}/{}", a.ip, a.prefix_len))
            .collect();
        let format = if up.epoch { "epoch" } else { "classic" };
        let reconnects = self.connections;
        self.connections += 1;
        self.monitor.update(|status| {
            status.state = "connected".into();
            status.remote = Some(up.address.to_string());
            status.transport = Some(transport_name(up.transport).into());
            status.cipher = Some(up.cipher.name().into());
            status.format = Some(format.into());
            status.peer_id = Some(up.peer_id);
            status.primary_key_id = Some(up.key_id);
            status.secondary_key_id = None;
            status.addresses.clone_from(&addresses);
            status.renegotiations = 0;
            status.reconnects = reconnects;
        });
        let milliseconds = u64::try_from(up.took.as_millis()).unwrap_or(u64::MAX);
        let fields = json!({
            "host": up.host,
            "remote": up.address.to_string(),
            "transport": transport_name(up.transport),
            "cipher": up.cipher.name(),
            "format": format,
            "peer_id": up.peer_id,
            "key_id": up.key_id,
            "tls": up.tls,
            "addresses": addresses,
            "mss": up.mss,
            "ping": up.ping.as_secs(),
            "ping_timeout": up.ping_timeout.as_secs(),
            "handshake_ms": milliseconds,
        });
        let sentence = format!(
            "Connected to {} ({}) over {} in {} ms: {}, {format} format, {}. Addresses: {}. Ctrl-C ends.",
            up.host,
            up.address,
            transport_name(up.transport),
            milliseconds,
            up.cipher.name(),
            up.tls,
            if addresses.is_empty() {
                "none".into()
            } else {
                addresses.join(", ")
            },
        );
        self.output.event("connected", fields, &sentence);
    }
}

impl User for Terminal<'_> {
    fn tell(&mut self, event: SessionEvent<'_>) {
        let output = self.output;
        match event {
            SessionEvent::Connecting {
                host,
                address,
                transport,
            } => {
                let transport = transport_name(transport);
                self.monitor.update(|status| status.state = "connecting".into());
                let fields = json!({ "host": host, "remote": address.to_string(), "transport": transport });
                output.event(
                    "connecting",
                    fields,
                    &format!("Connecting to {host} ({address}) over {transport} ..."),
                );
            }
            SessionEvent::Progress(stage) => {
                let text = stage.to_string();
                if output.is_json() {
                    output.event("progress", json!({ "stage": text }), "");
                } else {
                    output.status(&format!("... {text}"));
                }
            }
            SessionEvent::Connected(up) => self.connected(up),
            SessionEvent::Renegotiating { key_id, by_server } => {
                let who = if by_server { "The server" } else { "This client" };
                let fields = json!({ "key_id": key_id, "by_server": by_server });
                output.event(
                    "renegotiating",
                    fields,
                    &format!("{who} negotiates key {key_id} ..."),
                );
            }
            SessionEvent::Renegotiated { key_id } => {
                self.monitor
                    .update(|status| status.secondary_key_id = Some(key_id));
                output.event(
                    "key_installed",
                    json!({ "key_id": key_id }),
                    &format!("Key {key_id} receives."),
                );
            }
            SessionEvent::KeysSwapped { key_id } => {
                self.monitor.update(|status| {
                    status.secondary_key_id = status.primary_key_id.replace(key_id);
                    status.renegotiations += 1;
                });
                output.event(
                    "renegotiated",
                    json!({ "key_id": key_id }),
                    &format!("Key {key_id} is in use."),
                );
            }
            SessionEvent::AuthPending { timeout } => {
                let seconds = timeout.as_secs();
                let text = format!(
                    "The server lets us wait for up to {} ...",
                    output::duration(seconds)
                );
                output.event("auth_pending", json!({ "seconds": seconds }), &text);
            }
            SessionEvent::Info(info) => {
                let text = format!("{info:?}");
                output.event(
                    "info",
                    json!({ "message": text }),
                    &format!("The server says: {text}"),
                );
            }
            SessionEvent::Warning(text) => {
                output.event(
                    "warning",
                    json!({ "message": text }),
                    &format!("Warning: {text}."),
                );
            }
            SessionEvent::Disconnected { reason, retry_in } => {
                self.monitor.update(|status| status.state = "reconnecting".into());
                let reason = reason.to_string();
                let fields = json!({ "reason": reason, "retry_ms": u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX) });
                let text = format!(
                    "Connection lost: {reason}. Trying again in {:.1} s.",
                    retry_in.as_secs_f64()
                );
                output.event("reconnecting", fields, &text);
            }
            other => tracing::debug!(?other, "an event that is not shown"),
        }
    }

    fn ask(&mut self, question: &Question<'_>) -> Option<Zeroizing<String>> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() || self.output.is_json() {
            // There is nobody to ask; the session says what was needed.
            return None;
        }
        if !question.may_echo() {
            return rpassword::prompt_password(format!("{question}: "))
                .ok()
                .map(Zeroizing::new);
        }
        print!("{question}: ");
        let _ = std::io::stdout().flush();
        let mut line = Zeroizing::new(String::new());
        stdin.lock().read_line(&mut line).ok()?;
        Some(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}
