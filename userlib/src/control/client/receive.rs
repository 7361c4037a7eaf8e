//! What comes in: a packet goes to its negotiation, a reset begins one.

use std::time::Instant;

use super::{Client, Session, State, next_key_id};
use crate::control::negotiation::Negotiation;
use crate::control::packet::{Body, Head, Opcode, ResetFlags};
use crate::control::wrap::Unwrapped;
use crate::control::{DropReason, Event};

/// The least time between the last repetition by the server and the swap.
const SWAP_AFTER_REPETITION: core::time::Duration = core::time::Duration::from_secs(3);

impl Client {
    /// Takes a packet to where it belongs.
    pub(super) fn receive(&mut self, now: Instant, packet: &[u8]) -> Result<(), DropReason> {
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

    /// Begins a negotiation of the next key.
    pub(super) fn start_negotiation(&mut self, now: Instant, by_server: bool) {
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
}
