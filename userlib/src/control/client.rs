//! The client's state machine.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::config::check_credentials;
use super::event::{Connected, Stage};
use super::keys::EXPORTER_DYNAMIC_TLS_CRYPT;
use super::message::{Info, ServerString, challenge_response};
use super::negotiation::{Negotiation, Step};
use super::packet::{Body, BodyRepr, HEAD_LEN, Head, Opcode, ResetFlags, SessionId};
use super::push::{ProtocolFlags, PullRules, PushAssembler, PushReply};
use super::reliable::PIGGYBACK_ACKS;
use super::wrap::{Role, StaticKey, Unwrapped, Wrapper};
use super::{
    CloseReason, Config, ConfigError, DataCipher, DataKey, DropReason, Drops, Event, KeySlot, NoDco,
    PushError, Random,
};
use crate::profile::Credentials;

/// Ask for the options when they haven't come by themselves after this time ...
const PUSH_REQUEST_FIRST: Duration = Duration::from_secs(1);

/// ... and again after this.
const PUSH_REQUEST_AGAIN: Duration = Duration::from_secs(5);

/// Leave the driver with the old key for so long after a renegotiation: the server can read the new one only when it
/// has the acknowledgement of its last packet.
const SWAP_DELAY: Duration = Duration::from_secs(10);

/// The least time between the last repetition by the server and the swap.
const SWAP_AFTER_REPETITION: Duration = Duration::from_secs(3);

/// Wait this long for the acknowledgement of the exit message.
const EXIT_WAIT: Duration = Duration::from_secs(1);

/// IP and UDP headers, at most, in what `max-packet-size` counts.
const OUTER_HEADERS: usize = 48;

/// The smallest payload worth sending, whatever `max-packet-size` says.
const PAYLOAD_MIN: usize = 64;

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

    /// Answers a question that came as [`Info::Challenge`].
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

    /// Takes a packet to where it belongs.
    fn receive(&mut self, now: Instant, packet: &[u8]) -> Result<(), DropReason> {
        let head = Head::parse(packet)?;
        let wrapper = match &mut self.dynamic {
            Some(dynamic) if head.key_id != 0 => dynamic,
            _ => &mut self.base,
        };
        let Unwrapped { head, body, .. } = wrapper.unwrap(packet)?;
        let body = Body::parse(head.opcode, &body)?;
        if body.peer_session_id().is_some_and(|id| id != self.own) {
            return Err(DropReason::OtherSession);
        }
        match head.opcode {
            Opcode::HardResetServerV2 => return self.receive_reset(now, head, &body),
            Opcode::SoftReset | Opcode::Control | Opcode::Ack => {}
            _ => return Err(DropReason::Unexpected),
        }
        if self.peer != Some(head.session_id) {
            return Err(DropReason::OtherSession);
        }
        if head.opcode == Opcode::SoftReset {
            self.accept_soft_reset(now, head.key_id, &body)?;
        }
        let negotiation = self.negotiation(head.key_id).ok_or(DropReason::KeyId)?;
        // Acknowledgements count even if the rest is out of reach.
        negotiation.reliable.handle_acks(body.acks());
        if let Some(id) = body.message_id() {
            negotiation.receive(now, id, body.payload())?
        }
        self.postpone_swap(now, head.key_id);
        Ok(())
    }

    /// The server's first packet, or a repetition of it.
    fn receive_reset(&mut self, now: Instant, head: Head, body: &Body<'_>) -> Result<(), DropReason> {
        if head.key_id != 0 || self.current.key_id != 0 || body.message_id() != Some(0) {
            return Err(DropReason::Unexpected);
        }
        match self.peer {
            None => {
                // Not an answer to this client's reset, unless it acknowledges it.
                if !body.acks().any(|id| id == 0) {
                    return Err(DropReason::Unexpected);
                }
                self.peer = Some(head.session_id);
                let flags = ResetFlags::parse(body.payload());
                self.resend_wkc = flags.resend_wkc && self.config.wrapping.wrapped_client_key().is_some();
                if let State::Negotiating { deadline } = &mut self.state {
                    *deadline = self.start + self.config.timing.hand_window;
                }
            }
            // A server that keeps no state may answer a repeated reset under another id; the first one counts.
            Some(peer) if peer != head.session_id => return Err(DropReason::OtherSession),
            Some(_) => {}
        }
        self.current.reliable.handle_acks(body.acks());
        self.current.receive(now, 0, body.payload())
    }

    /// A soft reset: the server starts a negotiation, or answers this end's.
    fn accept_soft_reset(&mut self, now: Instant, key_id: u8, body: &Body<'_>) -> Result<(), DropReason> {
        if self.negotiation(key_id).is_some() {
            return Ok(());
        }
        let acceptable = matches!(self.state, State::Connected(_))
            && self.next.is_none()
            && key_id == next_key_id(self.current.key_id)
            && body.message_id() == Some(0);
        match acceptable {
            true => self.start_negotiation(now, true),
            false => return Err(DropReason::Unexpected),
        }
        Ok(())
    }

    fn start_negotiation(&mut self, now: Instant, by_server: bool) {
        // The slot that the new key will go to has to be free: the last one must not wait there any more.
        self.swap();
        let key_id = next_key_id(self.current.key_id);
        let timeout = self.config.timing.tls_timeout;
        self.next = Some(Negotiation::new(
            key_id,
            Opcode::SoftReset,
            &mut *self.random,
            now,
            timeout,
        ));
        if let State::Connected(session) = &mut self.state {
            session.renegotiate_at = None;
        }
        self.events.push_back(Event::Renegotiating { key_id, by_server });
    }

    fn negotiation(&mut self, key_id: u8) -> Option<&mut Negotiation> {
        [
            self.next.as_mut(),
            Some(&mut self.current),
            self.previous.as_mut(),
        ]
        .into_iter()
        .flatten()
        .find(|negotiation| negotiation.key_id == key_id)
    }

    /// Lets every negotiation move on, and handles what comes of it.
    fn advance(&mut self, now: Instant) {
        while !self.is_closed() {
            match self.next_step() {
                Ok(Some((key_id, step))) => {
                    if let Err(reason) = self.handle_step(now, key_id, step) {
                        return self.close(reason);
                    }
                }
                Ok(None) => break,
                Err(reason) => return self.close(reason),
            }
        }
        if matches!(self.state, State::Exiting { .. }) && self.all_said() {
            self.close(CloseReason::Exited);
        }
    }

    fn next_step(&mut self) -> Result<Option<(u8, Step)>, CloseReason> {
        let credentials = self.credentials.as_ref();
        for negotiation in [
            self.previous.as_mut(),
            Some(&mut self.current),
            self.next.as_mut(),
        ]
        .into_iter()
        .flatten()
        {
            if let Some(step) = negotiation.advance(&self.config, credentials)? {
                return Ok(Some((negotiation.key_id, step)));
            }
        }
        Ok(None)
    }

    fn handle_step(&mut self, now: Instant, key_id: u8, step: Step) -> Result<(), CloseReason> {
        let first = matches!(self.state, State::Negotiating { .. });
        match step {
            Step::Reached(stage) if first => self.events.push_back(Event::Progress(stage)),
            Step::Reached(_) => {}
            Step::Keys if first => {
                self.state = State::WaitingForPush(Box::new(Waiting {
                    ask_at: now + PUSH_REQUEST_FIRST,
                    deadline: now + self.config.timing.hand_window,
                    parts: PushAssembler::default(),
                }));
                self.events.push_back(Event::Progress(Stage::WaitingForPush));
            }
            Step::Keys => self.renegotiated(now, key_id)?,
            Step::String(string) => self.handle_string(now, &string)?,
        }
        Ok(())
    }

    fn handle_string(&mut self, now: Instant, string: &str) -> Result<(), CloseReason> {
        match ServerString::parse(string) {
            ServerString::PushReply(options) => self.handle_push(now, options)?,
            ServerString::AuthFailed(failure) => return Err(CloseReason::AuthFailed(failure)),
            ServerString::AuthPending(timeout) => {
                let timeout = timeout.unwrap_or_default().max(self.config.timing.hand_window);
                if let State::WaitingForPush(waiting) = &mut self.state {
                    waiting.deadline = now + timeout;
                    self.events.push_back(Event::AuthPending { timeout });
                }
            }
            ServerString::Info(text) => self.events.push_back(Event::Info(Info::parse(text))),
            ServerString::Restart(restart) => return Err(CloseReason::Restart(restart)),
            ServerString::Halt(reason) => return Err(CloseReason::Halt(reason.to_owned())),
            ServerString::Exit => return Err(CloseReason::ServerExited),
            ServerString::Unknown(text) => {
                let word = text.split(',').next().unwrap_or_default();
                tracing::debug!(word, "unknown control string ignored");
            }
        }
        Ok(())
    }

    fn handle_push(&mut self, now: Instant, options: &str) -> Result<(), CloseReason> {
        let State::WaitingForPush(waiting) = &mut self.state else {
            return Ok(());
        };
        if !waiting.parts.take(options)? {
            return Ok(());
        }
        let rules = PullRules {
            filters: &self.config.pull_filters,
            route_nopull: self.config.route_nopull,
        };
        let push = core::mem::take(&mut waiting.parts).finish(&self.config.tunnel, rules)?;
        let (peer_id, cipher) = self.check_push(&push).map_err(PushError::from)?;
        self.connect(now, push, peer_id, cipher)
    }

    /// Whether the driver can do what the server wants: peer id and cipher if so.
    fn check_push(&self, push: &PushReply) -> Result<(u32, DataCipher), NoDco> {
        let cipher = match push.cipher {
            Some(cipher) if self.config.ciphers.contains(&cipher) => cipher,
            Some(cipher) => return Err(NoDco::Cipher(cipher.to_string())),
            None => self.unpushed_cipher()?,
        };
        if push.flags.aead_epoch && !self.config.epoch {
            return Err(NoDco::Epoch);
        }
        let mtu_max = self.config.mtu_max;
        if let Some(mtu) = push.tunnel.tun_mtu.filter(|&mtu| mtu > mtu_max.into()) {
            return Err(NoDco::TunMtu(mtu, mtu_max));
        }
        Ok((push.peer_id.ok_or(NoDco::NoPeerId)?, cipher))
    }

    /// The cipher of a server that pushes none: what its options string names if it is on offer here, else the
    /// profile's fallback.
    fn unpushed_cipher(&self) -> Result<DataCipher, NoDco> {
        let options = self
            .current
            .server_message()
            .map_or("", |message| message.options.as_str());
        let named = options
            .split(',')
            .find_map(|option| option.strip_prefix("cipher "));
        let offered = named
            .and_then(DataCipher::by_name)
            .filter(|cipher| self.config.ciphers.contains(cipher));
        offered.or(self.config.fallback_cipher).ok_or(match named {
            Some(name) => NoDco::Cipher(name.to_owned()),
            None => NoDco::NoCipher,
        })
    }

    /// Everything is agreed.
    fn connect(
        &mut self,
        now: Instant,
        push: PushReply,
        peer_id: u32,
        cipher: DataCipher,
    ) -> Result<(), CloseReason> {
        let flags = push.flags;
        if flags.dyn_tls_crypt {
            let secret = self.current.export(EXPORTER_DYNAMIC_TLS_CRYPT)?;
            let secret = StaticKey::from_bytes(*secret.as_bytes());
            let key = self
                .config
                .wrapping
                .static_key()
                .map_or(secret.clone(), |key| key.xor(&secret));
            let elapsed = now.saturating_duration_since(self.start).as_secs();
            let time = self
                .unix_time
                .saturating_add(u32::try_from(elapsed).unwrap_or(u32::MAX));
            self.dynamic = Some(Wrapper::tls_crypt(&key, Role::Client, time));
        }
        self.take_token(&push);
        let renegotiate = self.config.timing.renegotiate;
        let session = Session {
            flags,
            cipher,
            peer_id,
            renegotiate_at: (!renegotiate.is_zero()).then(|| now + renegotiate),
            swap: None,
        };
        let key = self.data_key(&self.current, &session, KeySlot::Primary)?;
        self.events.push_back(Event::Connected(Box::new(Connected {
            push,
            peer_id,
            cipher,
            epoch: flags.aead_epoch,
            tls: self.current.tls_summary(),
            server_info: self
                .current
                .server_message()
                .map_or(String::new(), |m| m.peer_info.clone()),
        })));
        self.events.push_back(Event::InstallKey(Box::new(key)));
        self.state = State::Connected(session);
        Ok(())
    }

    /// From now on the token is the password.
    fn take_token(&mut self, push: &PushReply) {
        let Some(token) = &push.auth_token else { return };
        let username = match (&push.auth_token_user, &self.credentials) {
            (Some(user), _) => Zeroizing::new(user.clone()),
            (None, Some(credentials)) => credentials.username.clone(),
            (None, None) => Zeroizing::default(),
        };
        self.credentials = Some(Credentials {
            username,
            password: token.clone(),
        });
    }

    /// Another key is negotiated.
    fn renegotiated(&mut self, now: Instant, key_id: u8) -> Result<(), CloseReason> {
        let Some(next) = self.next.take_if(|next| next.key_id == key_id) else {
            return Ok(());
        };
        let timing = &self.config.timing;
        let State::Connected(session) = &self.state else {
            return Ok(());
        };
        let key = self.data_key(&next, session, KeySlot::Secondary)?;
        self.previous = Some(core::mem::replace(&mut self.current, next));
        let delay = match timing.renegotiate.is_zero() {
            true => SWAP_DELAY,
            false => SWAP_DELAY.min(timing.renegotiate / 2),
        };
        let swap_at = now + delay.min(timing.hand_window);
        let renegotiate_at = (!timing.renegotiate.is_zero()).then(|| now + timing.renegotiate);
        if let State::Connected(session) = &mut self.state {
            session.swap = Some((swap_at, key_id));
            session.renegotiate_at = renegotiate_at;
        }
        self.events.push_back(Event::InstallKey(Box::new(key)));
        Ok(())
    }

    fn data_key(&self, of: &Negotiation, session: &Session, slot: KeySlot) -> Result<DataKey, CloseReason> {
        let peer = self.peer.unwrap_or(SessionId([0; 8]));
        let block = of.key_block(session.flags.tls_ekm, self.own, peer)?;
        let (peer_id, cipher, epoch) = (session.peer_id, session.cipher, session.flags.aead_epoch);
        Ok(DataKey::of_client(
            &block, slot, of.key_id, peer_id, cipher, epoch,
        ))
    }

    /// The server repeats packets of the new key: it lacks an acknowledgement, and can't read that key yet.
    fn postpone_swap(&mut self, now: Instant, key_id: u8) {
        let repeated = self.current.repeated == Some(now);
        if let State::Connected(Session {
            swap: Some((at, pending)),
            ..
        }) = &mut self.state
            && repeated
            && *pending == key_id
        {
            *at = (*at).max(now + SWAP_AFTER_REPETITION);
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

/// Makes the packets of one negotiation.
struct Sender<'a> {
    negotiation: &'a mut Negotiation,
    wrapper: &'a mut Wrapper,
    own: SessionId,
    peer: Option<SessionId>,
    wkc: Option<&'a [u8]>,
    resend_wkc: bool,
    /// The longest packet, without IP and UDP headers.
    room: usize,
}

impl Sender<'_> {
    fn next_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.fill_window();
        let Self {
            negotiation, peer, ..
        } = self;
        let key_id = negotiation.key_id;
        // Before the server's reset there is no one to acknowledge to.
        let acks = match peer.is_some() && negotiation.reliable.has_unsent_or_due(now) {
            true => negotiation.reliable.take_acks(PIGGYBACK_ACKS),
            false => Vec::new(),
        };
        if let Some(packet) = negotiation.reliable.poll(now) {
            let head = Head {
                opcode: packet.opcode,
                key_id,
                session_id: self.own,
            };
            let body = BodyRepr {
                acks: &acks,
                peer: *peer,
                message_id: Some(packet.id),
                payload: packet.payload,
            };
            let mut wrapped = self.wrapper.wrap(head, &body.emit());
            if matches!(head.opcode, Opcode::HardResetClientV3 | Opcode::ControlWkc) {
                wrapped.extend_from_slice(self.wkc.unwrap_or_default());
            }
            return Some(wrapped);
        }
        if !negotiation.reliable.owes_ack() || !self.may_acknowledge_alone() {
            return None;
        }
        // Unwrapped, an old server of another make takes no more.
        let room = if self.wrapper.is_authentic() {
            2 * PIGGYBACK_ACKS
        } else {
            PIGGYBACK_ACKS
        };
        let acks = self.negotiation.reliable.take_acks(room);
        let head = Head {
            opcode: Opcode::Ack,
            key_id,
            session_id: self.own,
        };
        let body = BodyRepr {
            acks: &acks,
            peer: self.peer,
            message_id: None,
            payload: &[],
        };
        Some(self.wrapper.wrap(head, &body.emit()))
    }

    /// Cuts TLS bytes into packets while the window has room.
    fn fill_window(&mut self) {
        while !self.negotiation.outgoing.is_empty() {
            let Some(id) = self.negotiation.reliable.next_id() else {
                return;
            };
            let with_wkc = id == 1 && self.negotiation.key_id == 0 && self.resend_wkc;
            let extra = if with_wkc {
                self.wkc.map_or(0, <[u8]>::len)
            } else {
                0
            };
            let overhead = HEAD_LEN + self.wrapper.overhead() + BodyRepr::overhead(PIGGYBACK_ACKS) + extra;
            let length = self.room.saturating_sub(overhead).max(PAYLOAD_MIN);
            let length = length.min(self.negotiation.outgoing.len());
            let payload = self.negotiation.outgoing.drain(..length).collect();
            let opcode = if with_wkc {
                Opcode::ControlWkc
            } else {
                Opcode::Control
            };
            self.negotiation.reliable.send(opcode, payload);
        }
    }

    /// Whether an acknowledgement may go by itself. Not while the server waits for the wrapped key again: an
    /// acknowledgement has no place for it, and the server would not know whose it is.
    fn may_acknowledge_alone(&self) -> bool {
        self.peer.is_some()
            && !(self.resend_wkc && self.negotiation.key_id == 0 && !self.negotiation.reliable.is_acked(1))
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
