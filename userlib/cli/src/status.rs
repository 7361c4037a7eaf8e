//! What a running client tells about its tunnel.

use crate::output;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// One tunnel, as `show` prints it. The JSON names are part of the interface.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// Process id of the client.
    pub(crate) pid: u32,
    /// Name of the profile, or `p2p`.
    pub(crate) name: String,
    /// `connecting`, `connected`, `reconnecting`, `ending`.
    pub(crate) state: String,
    /// Seconds in that state.
    pub(crate) seconds: u64,
    /// The peer's transport address.
    pub(crate) remote: Option<String>,
    /// `udp` or `tcp`.
    pub(crate) transport: Option<String>,
    /// Data cipher.
    pub(crate) cipher: Option<String>,
    /// `classic` or `epoch`.
    pub(crate) format: Option<String>,
    /// Peer-id that goes into data headers.
    pub(crate) peer_id: Option<u32>,
    /// Key-id that sends.
    pub(crate) primary_key_id: Option<u8>,
    /// Key-id that still, or already, receives.
    pub(crate) secondary_key_id: Option<u8>,
    /// Addresses inside the tunnel.
    pub(crate) addresses: Vec<String>,
    /// Completed renegotiations of this connection.
    pub(crate) renegotiations: u32,
    /// Reconnects since the start.
    pub(crate) reconnects: u32,
    /// Counters of the driver; absent while there is no device.
    pub(crate) counters: Option<Counters>,
    /// Bits per second into and out of the tunnel over the last interval.
    pub(crate) rate: Option<Rate>,
}

/// The driver's GET_STATS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// Data packets received.
    pub(crate) received_data: u64,
    /// Data packets sent.
    pub(crate) sent_data: u64,
    /// Control packets received.
    pub(crate) received_control: u64,
    /// Control packets sent.
    pub(crate) sent_control: u64,
    /// Received data packets that were dropped.
    pub(crate) lost_in_data: u64,
    /// Packets that could not be sent.
    pub(crate) lost_out_data: u64,
    /// Control packets that found no room.
    pub(crate) lost_in_control: u64,
    /// Control packets that could not be sent.
    pub(crate) lost_out_control: u64,
    /// Bytes of OpenVPN data packets received.
    pub(crate) transport_received: u64,
    /// Bytes of OpenVPN data packets sent.
    pub(crate) transport_sent: u64,
    /// Bytes of IP packets that came out of the tunnel.
    pub(crate) tunnel_received: u64,
    /// Bytes of IP packets that went into the tunnel.
    pub(crate) tunnel_sent: u64,
}

/// Rates over the last interval, in bits per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rate {
    /// Out of the tunnel, to this machine.
    pub(crate) received: f64,
    /// Into the tunnel, from this machine.
    pub(crate) sent: f64,
}

impl Rate {
    /// Rates from two counters `seconds` apart; counters start anew with a new peer.
    pub(crate) fn between(before: &Counters, now: &Counters, seconds: f64) -> Self {
        let bits = |a: u64, b: u64| {
            if seconds > 0.0 {
                b.saturating_sub(a) as f64 * 8.0 / seconds
            } else {
                0.0
            }
        };
        Self {
            received: bits(before.tunnel_received, now.tunnel_received),
            sent: bits(before.tunnel_sent, now.tunnel_sent),
        }
    }
}

impl Status {
    /// One line for a terminal.
    pub(crate) fn line(&self) -> String {
        let mut text = format!("{} {}", self.state, output::duration(self.seconds));
        if let Some(rate) = &self.rate {
            let _ = write!(
                text,
                "  down {}  up {}",
                output::rate(rate.received),
                output::rate(rate.sent)
            );
        }
        if let Some(c) = &self.counters {
            let _ = write!(
                text,
                "  ({} in, {} out",
                output::bytes(c.tunnel_received),
                output::bytes(c.tunnel_sent)
            );
            let lost = c.lost_in_data + c.lost_out_data;
            if lost > 0 {
                let _ = write!(text, ", {lost} lost");
            }
            text.push(')');
        }
        text
    }

    /// The whole story, several lines.
    pub(crate) fn report(&self) -> String {
        let mut text = format!(
            "{} (process {}): {} for {}\n",
            self.name,
            self.pid,
            self.state,
            output::duration(self.seconds)
        );
        let mut row = |name: &str, value: String| {
            let _ = writeln!(text, "  {name:<10}{value}");
        };
        if let Some(remote) = &self.remote {
            row(
                "peer",
                format!("{remote} over {}", self.transport.as_deref().unwrap_or("?")),
            );
        }
        if let Some(cipher) = &self.cipher {
            let format = self.format.as_deref().unwrap_or("classic");
            let peer_id = self
                .peer_id
                .map_or_else(String::new, |id| format!(", peer-id {id}"));
            row("cipher", format!("{cipher}, {format} format{peer_id}"));
        }
        if let Some(primary) = self.primary_key_id {
            let secondary = self
                .secondary_key_id
                .map_or_else(|| "none".into(), |id| id.to_string());
            row(
                "keys",
                format!(
                    "primary {primary}, secondary {secondary}; renegotiated {} times",
                    self.renegotiations
                ),
            );
        }
        if !self.addresses.is_empty() {
            row("addresses", self.addresses.join(", "));
        }
        if let Some(c) = &self.counters {
            let (bytes, rate) = (output::bytes, self.rate.unwrap_or_default());
            row(
                "received",
                format!(
                    "{} packets, {} ({})",
                    c.received_data,
                    bytes(c.tunnel_received),
                    output::rate(rate.received)
                ),
            );
            row(
                "sent",
                format!(
                    "{} packets, {} ({})",
                    c.sent_data,
                    bytes(c.tunnel_sent),
                    output::rate(rate.sent)
                ),
            );
            row(
                "control",
                format!("{} packets received, {} sent", c.received_control, c.sent_control),
            );
            row(
                "lost",
                format!(
                    "data {} in, {} out; control {} in, {} out",
                    c.lost_in_data, c.lost_out_data, c.lost_in_control, c.lost_out_control
                ),
            );
        }
        if self.reconnects > 0 {
            row("reconnects", self.reconnects.to_string());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connected() -> Status {
        Status {
            pid: 7,
            name: "office".into(),
            state: "connected".into(),
            seconds: 65,
            remote: Some("192.0.2.1:1194".into()),
            transport: Some("udp".into()),
            cipher: Some("AES-256-GCM".into()),
            format: Some("classic".into()),
            peer_id: Some(3),
            primary_key_id: Some(1),
            secondary_key_id: Some(0),
            addresses: vec!["10.8.0.2/24".into()],
            renegotiations: 1,
            counters: Some(Counters {
                tunnel_received: 1_500_000,
                lost_in_data: 2,
                ..Counters::default()
            }),
            rate: Some(Rate {
                received: 8e6,
                sent: 0.0,
            }),
            ..Status::default()
        }
    }

    #[test]
    fn the_line_says_state_rates_and_losses() {
        assert_eq!(
            connected().line(),
            "connected 1 min 5 s  down 8.0 Mbit/s  up 0 bit/s  (1.5 MB in, 0 B out, 2 lost)"
        );
    }

    #[test]
    fn the_report_names_peer_cipher_and_keys() {
        let text = connected().report();
        for part in [
            "192.0.2.1:1194 over udp",
            "AES-256-GCM, classic format, peer-id 3",
            "primary 1, secondary 0",
        ] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
    }

    #[test]
    fn counters_that_started_anew_give_no_negative_rate() {
        let before = Counters {
            tunnel_received: 100,
            ..Counters::default()
        };
        assert_eq!(Rate::between(&before, &Counters::default(), 1.0), Rate::default());
    }

    #[test]
    fn what_is_written_is_read() {
        let text = serde_json::to_string(&connected()).unwrap();
        assert_eq!(serde_json::from_str::<Status>(&text).unwrap(), connected());
    }
}
