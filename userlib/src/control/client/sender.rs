//! What goes out: the packets of one negotiation.

use std::time::Instant;

use crate::control::negotiation::Negotiation;
use crate::control::packet::{BodyRepr, HEAD_LEN, Head, Opcode, SessionId};
use crate::control::reliable::PIGGYBACK_ACKS;
use crate::control::wrap::Wrapper;

/// The smallest payload worth sending, whatever `max-packet-size` says.
const PAYLOAD_MIN: usize = 64;

/// Makes the packets of one negotiation.
pub(super) struct Sender<'a> {
    pub(super) negotiation: &'a mut Negotiation,
    pub(super) wrapper: &'a mut Wrapper,
    pub(super) own: SessionId,
    pub(super) peer: Option<SessionId>,
    pub(super) wkc: Option<&'a [u8]>,
    pub(super) resend_wkc: bool,
    /// The longest packet, without IP and UDP headers.
    pub(super) room: usize,
}

impl Sender<'_> {
    /// The next packet, for the first time or again; or acknowledgements alone.
    pub(super) fn next_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
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
