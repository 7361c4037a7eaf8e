//! One negotiation: from the reset to the exchanged keys, and then the strings of its TLS session.
//!
//! A session has one per key id. Each has its own message ids, TLS session and random values.

use core::time::Duration;
use std::io::{self, Read};
use std::time::Instant;

use rustls::ClientConnection;
use zeroize::Zeroizing;

use super::event::Stage;
use super::key_method::{ClientRandom, ServerMessage, client_message};
use super::keys::{EXPORTER_DATA_KEYS, KeyBlock};
use super::packet::{Opcode, SessionId};
use super::reliable::Reliable;
use super::{CloseReason, Config, DropReason, Random};
use crate::profile::Credentials;

/// The longest string that is collected before its NUL has come.
const STRING_MAX: usize = 64 * 1024;

/// A negotiation, complete or not.
pub(super) struct Negotiation {
    pub(super) key_id: u8,
    pub(super) started: Instant,
    /// When the last packet came that was new, or that was sent again because an acknowledgement was lost.
    pub(super) repeated: Option<Instant>,
    pub(super) reliable: Reliable,
    /// TLS bytes that have not been put into packets yet.
    pub(super) outgoing: Vec<u8>,
    phase: Phase,
    tls: Option<Box<ClientConnection>>,
    random: ClientRandom,
    /// What has come out of TLS and isn't read yet.
    inbox: Zeroizing<Vec<u8>>,
    server: Option<ServerMessage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// The reset of either side is still under way.
    Reset,
    /// TLS handshake.
    Tls,
    /// Own key exchange message written.
    KeySent,
    /// Both exchanged.
    Complete,
}

/// What moving on brought.
pub(super) enum Step {
    /// The stage changed.
    Reached(Stage),
    /// Both have exchanged keys.
    Keys,
    /// The server said something, without its NUL.
    String(Zeroizing<String>),
}

impl Negotiation {
    /// Begins a negotiation with a reset.
    pub(super) fn new(
        key_id: u8,
        reset: Opcode,
        random: &mut dyn Random,
        now: Instant,
        tls_timeout: Duration,
    ) -> Self {
        let mut reliable = Reliable::new(tls_timeout);
        reliable.send(reset, Vec::new());
        Self {
            key_id,
            started: now,
            repeated: None,
            reliable,
            outgoing: Vec::new(),
            phase: Phase::Reset,
            tls: None,
            random: ClientRandom::new(random),
            inbox: Zeroizing::default(),
            server: None,
        }
    }

    /// Whether both sides have exchanged keys.
    pub(super) fn is_complete(&self) -> bool {
        self.phase == Phase::Complete
    }

    /// How far it has got, short of the server's options.
    pub(super) fn stage(&self) -> Stage {
        match self.phase {
            Phase::Reset => Stage::Contacting,
            Phase::Tls => Stage::Tls,
            Phase::KeySent => Stage::KeyExchange,
            Phase::Complete => Stage::WaitingForPush,
        }
    }

    /// A packet of this negotiation came: its message id and payload.
    pub(super) fn receive(&mut self, now: Instant, id: u32, payload: &[u8]) -> Result<(), DropReason> {
        if !self.reliable.receive(id, payload)? {
            self.repeated = Some(now);
        }
        Ok(())
    }

    /// Moves on as far as what has come allows. Call until it returns `None`.
    pub(super) fn advance(
        &mut self,
        config: &Config,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Step>, CloseReason> {
        let step = self.try_advance(config, credentials);
        // Also after a failure: the alert that tells the server.
        self.collect_tls_output();
        step
    }

    fn try_advance(
        &mut self,
        config: &Config,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Step>, CloseReason> {
        if self.phase == Phase::Reset {
            // The peer's reset is message 0, and the own one has to have arrived.
            if !self.reliable.is_acked(0) || self.reliable.next_in_order().is_none() {
                return Ok(None);
            }
            self.tls = Some(Box::new(config.tls.session().map_err(CloseReason::Tls)?));
            self.phase = Phase::Tls;
            return Ok(Some(Step::Reached(Stage::Tls)));
        }
        while let Some((_, payload)) = self.reliable.next_in_order() {
            self.feed(&payload)?;
        }
        let Some(tls) = &mut self.tls else { return Ok(None) };
        if self.phase == Phase::Tls && !tls.is_handshaking() {
            let message = client_message(&self.random, OPTIONS, credentials, &config.peer_info());
            io::Write::write_all(&mut tls.writer(), &message).map_err(|e| tls_failed(&e))?;
            self.phase = Phase::KeySent;
            return Ok(Some(Step::Reached(Stage::KeyExchange)));
        }
        if self.phase == Phase::KeySent {
            let Some((message, length)) = ServerMessage::parse(&self.inbox)? else {
                return Ok(None);
            };
            self.inbox.drain(..length);
            self.server = Some(message);
            self.phase = Phase::Complete;
            return Ok(Some(Step::Keys));
        }
        Ok(self.next_string()?.map(Step::String))
    }

    /// Puts received bytes through TLS.
    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), CloseReason> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        while !bytes.is_empty() {
            if tls.read_tls(&mut bytes).map_err(|e| tls_failed(&e))? == 0 {
                break;
            }
            let state = tls.process_new_packets().map_err(refused)?;
            let ready = state.plaintext_bytes_to_read();
            if ready > 0 {
                let start = self.inbox.len();
                self.inbox.resize(start + ready, 0);
                tls.reader()
                    .read_exact(&mut self.inbox[start..])
                    .map_err(|e| tls_failed(&e))?;
            }
        }
        Ok(())
    }

    /// The next complete string.
    fn next_string(&mut self) -> Result<Option<Zeroizing<String>>, CloseReason> {
        loop {
            let Some(end) = self.inbox.iter().position(|&byte| byte == 0) else {
                return match self.inbox.len() > STRING_MAX {
                    true => Err(CloseReason::EndlessString),
                    false => Ok(None),
                };
            };
            let string = Zeroizing::new(String::from_utf8_lossy(&self.inbox[..end]).trim_end().to_owned());
            self.inbox.drain(..=end);
            if !string.is_empty() {
                return Ok(Some(string));
            }
        }
    }

    /// Says something to the server. Only after the key exchange.
    pub(super) fn say(&mut self, string: &str) {
        let Some(tls) = self.tls.as_mut().filter(|_| self.phase == Phase::Complete) else {
            return;
        };
        // Writing goes to memory; it can't fail.
        let _ = io::Write::write_all(
            &mut tls.writer(),
            &Zeroizing::new([string.as_bytes(), &[0]].concat()),
        );
        self.collect_tls_output();
    }

    fn collect_tls_output(&mut self) {
        let Some(tls) = &mut self.tls else { return };
        while tls.wants_write() {
            if !matches!(tls.write_tls(&mut self.outgoing), Ok(n) if n > 0) {
                break;
            }
        }
    }

    /// What the server told in the key exchange.
    pub(super) fn server_message(&self) -> Option<&ServerMessage> {
        self.server.as_ref()
    }

    /// The key block, by the TLS exporter or the PRF.
    pub(super) fn key_block(
        &self,
        by_export: bool,
        own: SessionId,
        peer: SessionId,
    ) -> Result<KeyBlock, CloseReason> {
        if by_export {
            return self.export(EXPORTER_DATA_KEYS);
        }
        match &self.server {
            Some(server) => Ok(KeyBlock::from_prf(&self.random, &server.random, own, peer)),
            None => Err(CloseReason::Tls(rustls::Error::HandshakeNotComplete)),
        }
    }

    /// 256 bytes from the TLS exporter, without a context.
    pub(super) fn export(&self, label: &[u8]) -> Result<KeyBlock, CloseReason> {
        let Some(tls) = &self.tls else {
            return Err(CloseReason::Tls(rustls::Error::HandshakeNotComplete));
        };
        tls.export_keying_material(KeyBlock::zeroed(), label, None)
            .map_err(CloseReason::Tls)
    }

    /// TLS version and suite, for people.
    pub(super) fn tls_summary(&self) -> String {
        let Some(tls) = &self.tls else {
            return String::new();
        };
        let version = match tls.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let suite = tls
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str());
        format!("{version} {}", suite.unwrap_or_default())
    }
}

/// Servers of today compare it for a warning at most.
const OPTIONS: &str = "V4,dev-type tun,key-method 2,tls-client";

fn tls_failed(error: &io::Error) -> CloseReason {
    CloseReason::Tls(rustls::Error::General(error.to_string()))
}

/// Why TLS refused what the server sent, in our words if the certificate check has any.
fn refused(error: rustls::Error) -> CloseReason {
    use super::verify::CertificateRefusal;
    let rustls::Error::InvalidCertificate(certificate) = &error else {
        return CloseReason::Tls(error);
    };
    if let rustls::CertificateError::Other(other) = certificate
        && let Some(refusal) = other.0.downcast_ref::<CertificateRefusal>()
    {
        return CloseReason::Certificate(refusal.clone());
    }
    let words = match certificate {
        rustls::CertificateError::UnknownIssuer => "no authority of option \"ca\" has issued it",
        rustls::CertificateError::Expired => "it has expired",
        rustls::CertificateError::NotValidYet => "it is not valid yet; is the clock right?",
        rustls::CertificateError::Revoked => "it is revoked (crl-verify)",
        rustls::CertificateError::UnknownRevocationStatus => "no list of crl-verify is of its authority",
        _ => return CloseReason::Tls(error),
    };
    CloseReason::Certificate(CertificateRefusal::Other(words.to_owned()))
}
