//! What negotiations bring: keys, options, strings; and what follows from them.

use core::time::Duration;
use std::time::Instant;

use zeroize::Zeroizing;

use super::{Client, Session, State, Waiting};
use crate::control::event::{Connected, Stage};
use crate::control::keys::EXPORTER_DYNAMIC_TLS_CRYPT;
use crate::control::message::{Info, ServerString};
use crate::control::negotiation::{Negotiation, Step};
use crate::control::packet::SessionId;
use crate::control::push::{PullRules, PushAssembler, PushReply};
use crate::control::wrap::{Role, StaticKey, Wrapper};
use crate::control::{CloseReason, DataCipher, DataKey, Event, KeySlot, NoDco, PushError};
use crate::profile::Credentials;

/// Ask for the options when they haven't come by themselves after this time.
const PUSH_REQUEST_FIRST: Duration = Duration::from_secs(1);

/// Leave the driver with the old key for so long after a renegotiation: the server can read the new one only when it
/// has the acknowledgement of its last packet. If that was lost the server repeats the packet after 2 s, which
/// postpones the swap. Much longer would be wrong too: a server that negotiates the next key forgets the old one.
const SWAP_DELAY: Duration = Duration::from_secs(4);

impl Client {
    /// Lets every negotiation move on, and handles what comes of it.
    pub(super) fn advance(&mut self, now: Instant) {
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
}
