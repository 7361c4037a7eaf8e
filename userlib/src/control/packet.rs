//! Control packets as bytes: opcode and key id, session ids, acknowledgements, message id, payload.
//!
//! What a packet looks like before it is wrapped (OpenVPN control channel, packet header):
//!
//! ```text
//! opcode << 3 | key id   1   \ head: stays in the clear under every wrapping
//! own session id         8   /
//! ack count n            1   \
//! acked message ids      4 n  | body: what tls-crypt encrypts
//! peer session id        8    |  (only if n > 0)
//! message id             4    |  (absent in ACK_V1)
//! payload                .   /
//! ```
//!
//! The views are checked once, in `parse`; after that no accessor can fail. Which packet is expected when is not
//! decided here.

use core::fmt;

use super::DropReason;

/// Length of the part that every wrapping leaves in the clear: opcode, key id, session id.
pub const HEAD_LEN: usize = 9;

/// The most acknowledgements that a packet may announce. OpenVPN sends eight at most and refuses more.
pub const MAX_ACKS: usize = 8;

/// What a packet is: the upper five bits of its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(clippy::upper_case_acronyms)]
pub enum Opcode {
    /// Starts the negotiation of another key, by either side (`P_CONTROL_SOFT_RESET_V1`).
    SoftReset = 3,
    /// Carries TLS bytes, reliably (`P_CONTROL_V1`).
    Control = 4,
    /// Carries nothing but acknowledgements (`P_ACK_V1`).
    Ack = 5,
    /// A data packet without a peer id (`P_DATA_V1`); no business of the control channel.
    DataV1 = 6,
    /// First packet of a client (`P_CONTROL_HARD_RESET_CLIENT_V2`).
    HardResetClientV2 = 7,
    /// A server's answer to it (`P_CONTROL_HARD_RESET_SERVER_V2`).
    HardResetServerV2 = 8,
    /// A data packet (`P_DATA_V2`); no business of the control channel.
    DataV2 = 9,
    /// First packet of a client that uses tls-crypt-v2 (`P_CONTROL_HARD_RESET_CLIENT_V3`).
    HardResetClientV3 = 10,
    /// [`Opcode::Control`] with the wrapped client key appended (`P_CONTROL_WKC_V1`).
    ControlWkc = 11,
}

impl Opcode {
    /// The opcode in a packet's first byte, if it is one that current peers send.
    pub fn from_first_byte(byte: u8) -> Option<Self> {
        Some(match byte >> 3 {
            3 => Self::SoftReset,
            4 => Self::Control,
            5 => Self::Ack,
            6 => Self::DataV1,
            7 => Self::HardResetClientV2,
            8 => Self::HardResetServerV2,
            9 => Self::DataV2,
            10 => Self::HardResetClientV3,
            11 => Self::ControlWkc,
            _ => return None,
        })
    }

    /// Whether the packet is of the data channel.
    pub fn is_data(self) -> bool {
        matches!(self, Self::DataV1 | Self::DataV2)
    }

    /// Whether the packet carries a message id, that is: is acknowledged and sent again until it is.
    pub fn is_reliable(self) -> bool {
        !matches!(self, Self::Ack | Self::DataV1 | Self::DataV2)
    }
}

/// Eight random bytes that name one end of one session.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub [u8; 8]);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The head of a control packet: all that is readable without the wrapping's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What the packet is.
    pub opcode: Opcode,
    /// The negotiation it belongs to, 0 to 7.
    pub key_id: u8,
    /// The sender's session id.
    pub session_id: SessionId,
}

impl Head {
    /// Reads the head of `packet`.
    ///
    /// # Errors
    /// Too short, an opcode that nobody sends, or a packet of the data channel.
    pub fn parse(packet: &[u8]) -> Result<Self, DropReason> {
        let first = *packet.first().ok_or(DropReason::TooShort)?;
        let opcode = Opcode::from_first_byte(first).ok_or(DropReason::UnknownOpcode)?;
        if opcode.is_data() {
            return Err(DropReason::DataPacket);
        }
        let id = packet
            .get(1..HEAD_LEN)
            .and_then(|id| id.try_into().ok())
            .ok_or(DropReason::TooShort)?;
        Ok(Self {
            opcode,
            key_id: first & 7,
            session_id: SessionId(id),
        })
    }

    /// The head as it stands in the packet.
    pub fn to_bytes(self) -> [u8; HEAD_LEN] {
        let mut bytes = [0; HEAD_LEN];
        bytes[0] = (self.opcode as u8) << 3 | self.key_id & 7;
        bytes[1..].copy_from_slice(&self.session_id.0);
        bytes
    }
}

/// A checked view of a packet's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<'a> {
    acks: &'a [[u8; 4]],
    peer: Option<SessionId>,
    message_id: Option<u32>,
    payload: &'a [u8],
}

impl<'a> Body<'a> {
    /// Checks and reads the body of a packet with this opcode.
    ///
    /// # Errors
    /// Too short for what it announces, or more than [`MAX_ACKS`] acknowledgements.
    pub fn parse(opcode: Opcode, body: &'a [u8]) -> Result<Self, DropReason> {
        let (&count, rest) = body.split_first().ok_or(DropReason::TooShort)?;
        let count = usize::from(count);
        if count > MAX_ACKS {
            return Err(DropReason::TooManyAcks);
        }
        let (acks, rest) = rest.split_at_checked(4 * count).ok_or(DropReason::TooShort)?;
        let (acks, _) = acks.as_chunks::<4>();
        let (peer, rest) = match count {
            0 => (None, rest),
            _ => {
                let (peer, rest) = rest.split_first_chunk::<8>().ok_or(DropReason::TooShort)?;
                (Some(SessionId(*peer)), rest)
            }
        };
        if !opcode.is_reliable() {
            return Ok(Self {
                acks,
                peer,
                message_id: None,
                payload: &[],
            });
        }
        let (id, payload) = rest.split_first_chunk::<4>().ok_or(DropReason::TooShort)?;
        Ok(Self {
            acks,
            peer,
            message_id: Some(u32::from_be_bytes(*id)),
            payload,
        })
    }

    /// The message ids that the sender acknowledges, in the order it named them.
    pub fn acks(&self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.acks.iter().map(|id| u32::from_be_bytes(*id))
    }

    /// Whose packets they acknowledge; there if and only if there are acknowledgements.
    pub fn peer_session_id(&self) -> Option<SessionId> {
        self.peer
    }

    /// The packet's own message id; `None` in an [`Opcode::Ack`].
    pub fn message_id(&self) -> Option<u32> {
        self.message_id
    }

    /// What follows the message id.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// A body to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyRepr<'a> {
    /// Message ids to acknowledge, at most [`MAX_ACKS`]. Empty while the peer's session id is unknown.
    pub acks: &'a [u32],
    /// The peer's session id; written only beside acknowledgements.
    pub peer: Option<SessionId>,
    /// The message id; `None` makes an acknowledgement packet's body.
    pub message_id: Option<u32>,
    /// What follows.
    pub payload: &'a [u8],
}

impl BodyRepr<'_> {
    /// Bytes that a reliable packet with `acks` acknowledgements needs beside its payload.
    pub const fn overhead(acks: usize) -> usize {
        1 + 4 * acks + if acks > 0 { 8 } else { 0 } + 4
    }

    /// The body as it stands in the packet. Without a peer session id no acknowledgement is written.
    pub fn emit(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(Self::overhead(self.acks.len()) + self.payload.len());
        match self.peer {
            Some(peer) if !self.acks.is_empty() => {
                let acks = self.acks.get(..MAX_ACKS).unwrap_or(self.acks);
                body.push(u8::try_from(acks.len()).unwrap_or(0));
                acks.iter()
                    .for_each(|id| body.extend_from_slice(&id.to_be_bytes()));
                body.extend_from_slice(&peer.0);
            }
            _ => body.push(0),
        }
        if let Some(id) = self.message_id {
            body.extend_from_slice(&id.to_be_bytes());
            body.extend_from_slice(self.payload);
        }
        body
    }
}

/// What a server tells in the payload of its hard reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResetFlags {
    /// The server keeps no state until it has seen the wrapped client key once more, in an [`Opcode::ControlWkc`].
    pub resend_wkc: bool,
}

impl ResetFlags {
    /// The type number of the flags record.
    const FLAGS: u16 = 1;

    /// Reads the records (type, length, value) of a server's hard reset. Unknown ones are skipped, and a record
    /// that is cut off ends the list: an older server has none at all.
    pub fn parse(mut payload: &[u8]) -> Self {
        let mut flags = Self::default();
        while let Some((&[t1, t0, l1, l0], rest)) = payload.split_first_chunk::<4>() {
            let length = usize::from(u16::from_be_bytes([l1, l0]));
            let Some((value, rest)) = rest.split_at_checked(length) else {
                break;
            };
            if let (Self::FLAGS, Ok([hi, lo])) = (u16::from_be_bytes([t1, t0]), <[u8; 2]>::try_from(value)) {
                flags.resend_wkc = u16::from_be_bytes([hi, lo]) & 1 != 0;
            }
            payload = rest;
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: SessionId = SessionId([1, 2, 3, 4, 5, 6, 7, 8]);

    #[test]
    fn first_reset_is_fourteen_bytes() {
        let head = Head {
            opcode: Opcode::HardResetClientV2,
            key_id: 0,
            session_id: SID,
        };
        let body = BodyRepr {
            acks: &[],
            peer: None,
            message_id: Some(0),
            payload: &[],
        }
        .emit();
        let packet = [&head.to_bytes()[..], &body].concat();
        assert_eq!(hex::encode(&packet), "3801020304050607080000000000");
        assert_eq!(Head::parse(&packet), Ok(head));
    }

    #[test]
    fn bodies_survive_the_trip() {
        for acks in [&[][..], &[0], &[3, 2, 1, 0], &[u32::MAX; 8]] {
            for message_id in [None, Some(0), Some(u32::MAX)] {
                let payload: &[u8] = if message_id.is_some() { b"tls" } else { b"" };
                let peer = (!acks.is_empty()).then_some(SID);
                let opcode = if message_id.is_some() {
                    Opcode::Control
                } else {
                    Opcode::Ack
                };
                let bytes = BodyRepr {
                    acks,
                    peer,
                    message_id,
                    payload,
                }
                .emit();
                let body = Body::parse(opcode, &bytes).unwrap();
                assert_eq!(body.acks().collect::<Vec<_>>(), acks);
                assert_eq!((body.peer_session_id(), body.message_id()), (peer, message_id));
                assert_eq!(body.payload(), payload);
            }
        }
    }

    #[test]
    fn malformed_bodies_are_named() {
        for (why, opcode, bytes, want) in [
            ("empty", Opcode::Ack, &[][..], DropReason::TooShort),
            ("acks cut off", Opcode::Ack, &[1, 0, 0, 0], DropReason::TooShort),
            (
                "no peer session id",
                Opcode::Ack,
                &[1, 0, 0, 0, 0, 9, 9],
                DropReason::TooShort,
            ),
            ("no message id", Opcode::Control, &[0, 0, 0], DropReason::TooShort),
            ("nine acks", Opcode::Ack, &[9; 60], DropReason::TooManyAcks),
        ] {
            assert_eq!(Body::parse(opcode, bytes), Err(want), "{why}");
        }
    }

    #[test]
    fn heads_of_other_channels_are_refused() {
        for (bytes, want) in [
            (&[][..], DropReason::TooShort),
            (&[0x48; 20], DropReason::DataPacket),
            (&[0x30; 20], DropReason::DataPacket),
            (&[0x08; 20], DropReason::UnknownOpcode),
            (&[0xff; 20], DropReason::UnknownOpcode),
            (&[0x20, 1, 2, 3], DropReason::TooShort),
        ] {
            assert_eq!(Head::parse(bytes), Err(want));
        }
    }

    #[test]
    fn reset_flags_skip_what_they_do_not_know() {
        for (payload, want) in [
            ("", false),
            ("000100020001", true),
            ("000100020000", false),
            ("0007000300000000010002ffff", true),
            ("0001000200", false),
            ("00010003000100", false),
        ] {
            let payload = hex::decode(payload).unwrap();
            assert_eq!(ResetFlags::parse(&payload).resend_wkc, want, "{payload:02x?}");
        }
    }
}
