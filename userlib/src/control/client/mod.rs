//! The client's state machine.

mod agree;
mod receive;
mod sender;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::config::check_credentials;
use super::event::Stage;
use super::message::challenge_response;
use super::negotiation::Negotiation;
use super::packet::{Opcode, SessionId};
use super::push::{ProtocolFlags, PushAssembler};
use super::wrap::{Role, Wrapper};
use super::{CloseReason, Config, ConfigError, DataCipher, Drops, Event, Random};
use crate::profile::Credentials;
use sender::Sender;

/// Ask again for the options after this time.
const PUSH_REQUEST_AGAIN: Duration = Duration::from_secs(5);

/// Wait this long for the acknowledgement of the exit message.
const EXIT_WAIT: Duration = Duration::from_secs(1);

/// IP and UDP headers, at most, in what `max-packet-size` counts.
const OUTER_HEADERS: usize = 48;

/// The client side of one session with one server, from the first packet to the last.
///
/// It does no I/O, reads no clock and starts no thread. Whoever owns it:
///
/// 1. makes it with [`Client::new`];
/// 2. hands in what happens: [`handle_packet`](Self::handle_packet) for each control packet received (as the driver's
///    read returns it), [`handle_timeout`](Self::handle_timeout) when the time from `poll_timeout` has come, or one of
///    the commands [`renegotiate`](Self::renegotiate), [`respond`](Self::respond), [`exit`](Self::exit),
///    [`data_received`](Self::data_received);
/// 3. after **each** of these (and after `new`) takes what comes out until it says `None`: first
///    [`poll_event`](Self::poll_event), then [`poll_transmit`](Self::poll_transmit), whose packets go to the driver's
///    write one by one;
/// 4. sleeps until [`poll_timeout`](Self::poll_timeout) or the next packet, and goes on with 2.
///
/// Times must not run backwards. After [`Event::Closed`] nothing but `poll_transmit` has an effect.
pub struct Client {
    config: Arc<Config>,
    credentials: Option<Credentials>,
    random: Box<dyn Random>,
    start: Instant,
    unix_time: u32,
    own: SessionId,
    peer: Option<SessionId>,
    resend_wkc: bool,
    /// Wraps key id 0, and the others too without a dynamic key.
    base: Wrapper,
    dynamic: Option<Wrapper>,
    /// The one whose keys are used, or the first one while it lasts.
    current: Negotiation,
    /// Being negotiated.
    next: Option<Negotiation>,
    /// Used until `current` was complete; its strings and repetitions are still heard.
    previous: Option<Negotiation>,
    state: State,
    events: VecDeque<Event>,
    drops: Drops,
}

enum State {
    /// Up to the exchange of keys.
    Negotiating {
        deadline: Instant,
    },
    WaitingForPush(Box<Waiting>),
    Connected(Session),
    /// The exit message is under way.
    Exiting {
        deadline: Instant,
    },
    Closed,
}

struct Waiting {
    ask_at: Instant,
    deadline: Instant,
    parts: PushAssembler,
}

/// What stays the same through all renegotiations.
struct Session {
    flags: ProtocolFlags,
    cipher: DataCipher,
    peer_id: u32,
    renegotiate_at: Option<Instant>,
    /// When to swap the driver's slots, and the key id that becomes primary.
    swap: Option<(Instant, u8)>,
}

impl Client {
    /// A client that is about to send its first packet. `unix_time`: seconds since 1970, at `now`.
    ///
    /// # Errors
    /// User name or password are not ones that the protocol can carry.
    pub fn new(
        config: Arc<Config>,
        credentials: Option<Credentials>,
        mut random: Box<dyn Random>,
        now: Instant,
        unix_time: u32,
    ) -> Result<Self, ConfigError> {
        if let Some(credentials) = &credentials {
            check_credentials(credentials)?;
        }
        let own = new_session_id(&mut *random);
        let reset = match config.wrapping.wrapped_client_key() {
            Some(_) => Opcode::HardResetClientV3,
            None => Opcode::HardResetClientV2,
        };
        let first = Negotiation::new(0, reset, &mut *random, now, config.timing.tls_timeout);
        Ok(Self {
            base: config.wrapping.wrapper(Role::Client, unix_time),
            state: State::Negotiating {
                deadline: now + config.connect_timeout,
            },
            config,
            credentials,
            random,
            start: now,
            unix_time,
            own,
            peer: None,
            resend_wkc: false,
            dynamic: None,
            current: first,
            next: None,
            previous: None,
            events: VecDeque::from([Event::Progress(Stage::Contacting)]),
            drops: Drops::default(),
        })
    }

    /// How far the connection has got.
    pub fn stage(&self) -> Stage {
        match &self.state {
            State::Negotiating { .. } => self.current.stage(),
            State::WaitingForPush(_) => Stage::WaitingForPush,
            State::Connected(_) | State::Exiting { .. } | State::Closed => Stage::Connected,
        }
    }

    /// Whether the session has ended.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The newest complete key's id; 0 before there is one.
    pub fn key_id(&self) -> u8 {
        self.current.key_id
    }

    /// Received packets that had no effect, by reason.
    pub fn drops(&self) -> Drops {
        self.drops
    }

    /// A control packet came.
    pub fn handle_packet(&mut self, now: Instant, packet: &[u8]) {
        if self.is_closed() {
            return;
        }
        if let Err(reason) = self.receive(now, packet) {
            tracing::debug!(%reason, length = packet.len(), "control packet dropped");
            self.drops.count(reason);
        }
        self.advance(now);
    }

    /// The time that [`Self::poll_timeout`] named has come. Too early or too often does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.previous.is_some() && now >= self.current.started + self.config.timing.tran_window {
            self.previous = None;
        }
        if let Some(next) = self
            .next
            .as_ref()
            .filter(|n| now >= n.started + self.config.timing.hand_window)
        {
            tracing::warn!(key_id = next.key_id, stage = %next.stage(), "renegotiation timed out");
            return self.close(CloseReason::RenegotiationTimeout(self.config.timing.hand_window));
        }
        match &mut self.state {
            State::Negotiating { deadline } if now >= *deadline => {
                let after = now.saturating_duration_since(self.start);
                let stage = self.current.stage();
                self.close(CloseReason::Timeout { stage, after });
            }
            State::WaitingForPush(waiting) if now >= waiting.deadline => {
                let after = now.saturating_duration_since(self.start);
                self.close(CloseReason::Timeout {
                    stage: Stage::WaitingForPush,
                    after,
                });
            }
            State::WaitingForPush(waiting) if now >= waiting.ask_at => {
                waiting.ask_at = now + PUSH_REQUEST_AGAIN;
                self.current.say("PUSH_REQUEST");
            }
            State::Connected(session) => {
                let swap = session.swap.filter(|&(at, _)| now >= at).is_some();
                let renegotiate = session.renegotiate_at.is_some_and(|at| now >= at);
                if swap {
                    self.swap();
                }
                if renegotiate {
                    self.renegotiate(now);
                }
            }
            State::Exiting { deadline } if now >= *deadline => self.close(CloseReason::Exited),
            _ => {}
        }
    }

    /// The next packet to send, wrapped. Call until it returns `None`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        let wkc = self.config.wrapping.wrapped_client_key();
        let negotiations = [
            self.previous.as_mut(),
            Some(&mut self.current),
            self.next.as_mut(),
        ]
        .into_iter()
        .flatten();
        for negotiation in negotiations {
            let wrapper = match &mut self.dynamic {
                Some(dynamic) if negotiation.key_id != 0 => dynamic,
                _ => &mut self.base,
            };
            let mut sender = Sender {
                negotiation,
                wrapper,
                own: self.own,
                peer: self.peer,
                wkc,
                resend_wkc: self.resend_wkc,
                room: self.config.timing.max_packet_size.saturating_sub(OUTER_HEADERS),
            };
            if let Some(packet) = sender.next_packet(now) {
                return Some(packet);
            }
        }
        None
    }

    /// The next thing that happened. Call until it returns `None`.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`Self::handle_timeout`] and [`Self::poll_transmit`], if nothing else happens; `None`: never.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_closed() {
            return None;
        }
        let resend = [self.previous.as_ref(), Some(&self.current), self.next.as_ref()];
        let resend = resend
            .into_iter()
            .flatten()
            .filter_map(|negotiation| negotiation.reliable.timeout());
        let window = self
            .next
            .as_ref()
            .map(|next| next.started + self.config.timing.hand_window);
        let retire = self
            .previous
            .as_ref()
            .map(|_| self.current.started + self.config.timing.tran_window);
        let state = match &self.state {
            State::Negotiating { deadline } | State::Exiting { deadline } => [Some(*deadline), None],
            State::WaitingForPush(waiting) => [Some(waiting.ask_at), Some(waiting.deadline)],
            State::Connected(session) => [session.renegotiate_at, session.swap.map(|(at, _)| at)],
            State::Closed => [None, None],
        };
        resend
            .chain(window)
            .chain(retire)
            .chain(state.into_iter().flatten())
            .min()
    }

    /// Starts the negotiation of another key, if the session is connected and none is under way.
    pub fn renegotiate(&mut self, now: Instant) {
        if self.next.is_some() || !matches!(self.state, State::Connected(_)) {
            return;
        }
        self.start_negotiation(now, false);
    }

    /// A valid data packet with this key id came: the server uses the key. Makes the swap to it safe at once.
    pub fn data_received(&mut self, now: Instant, key_id: u8) {
        if let State::Connected(Session {
            swap: Some((at, pending)),
            ..
        }) = &mut self.state
            && *pending == key_id
        {
            *at = now;
        }
        self.handle_timeout(now);
    }

    /// Answers a question that came as [`Info::Challenge`](super::Info::Challenge).
    pub fn respond(&mut self, _now: Instant, response: &str) {
        if self.current.is_complete() {
            self.current.say(&challenge_response(response));
        }
    }

    /// Ends the session. The server is told if it understands; [`Event::Closed`] comes when it has heard, or soon.
    pub fn exit(&mut self, now: Instant) {
        match &self.state {
            State::Connected(session) if session.flags.cc_exit => {
                self.current.say("EXIT");
                self.next = None;
                self.state = State::Exiting {
                    deadline: now + EXIT_WAIT,
                };
            }
            State::Exiting { .. } | State::Closed => {}
            _ => self.close(CloseReason::Exited),
        }
    }

    /// Swaps the slots if a new key waits for it.
    fn swap(&mut self) {
        if let State::Connected(session) = &mut self.state
            && let Some((_, key_id)) = session.swap.take()
        {
            self.events.push_back(Event::SwapKeys { key_id });
        }
    }

    fn all_said(&self) -> bool {
        self.current.outgoing.is_empty() && self.current.reliable.all_acked()
    }

    fn close(&mut self, reason: CloseReason) {
        if !self.is_closed() {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(reason));
        }
    }
}

/// Eight random bytes, not all zero.
fn new_session_id(random: &mut dyn Random) -> SessionId {
    let mut id = [0; 8];
    while id == [0; 8] {
        random.fill(&mut id);
    }
    SessionId(id)
}

/// Key ids run 0, 1, ... 7, 1, ...: zero is the first key's only.
fn next_key_id(key_id: u8) -> u8 {
    if key_id >= 7 { 1 } else { key_id + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_never_return_to_zero() {
        let ids: Vec<_> = core::iter::successors(Some(0), |&id| Some(next_key_id(id)))
            .take(10)
            .collect();
        assert_eq!(ids, [0, 1, 2, 3, 4, 5, 6, 7, 1, 2]);
    }
}
