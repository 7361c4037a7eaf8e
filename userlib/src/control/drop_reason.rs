//! Why a received control packet was dropped, and how often.

use core::fmt;

/// Why a received packet had no effect. None of these changes any state, so none is an error of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
#[repr(usize)]
pub enum DropReason {
    /// Shorter than its fields.
    #[error("shorter than its fields")]
    TooShort,
    /// An opcode that no current peer sends to a client.
    #[error("unknown opcode")]
    UnknownOpcode,
    /// A packet of the data channel; a driver keeps those to itself, apart from the form without a peer id.
    #[error("data packet in the control channel")]
    DataPacket,
    /// More acknowledgements than a packet may carry.
    #[error("too many acknowledgements")]
    TooManyAcks,
    /// The tag or HMAC of the wrapping doesn't fit.
    #[error("not authentic (tls-auth or tls-crypt)")]
    Authentication,
    /// Authentic, but seen before or too old.
    #[error("replayed (tls-auth or tls-crypt)")]
    Replay,
    /// Sent by, or acknowledges, a session that isn't this one.
    #[error("of another session")]
    OtherSession,
    /// Its key id names no negotiation of this session.
    #[error("no negotiation with its key id")]
    KeyId,
    /// A message id beyond the receive window.
    #[error("message id beyond the receive window")]
    Window,
    /// Known, but not acceptable now, such as a second hard reset.
    #[error("not expected in this state")]
    Unexpected,
}

const REASONS: [DropReason; 10] = [
    DropReason::TooShort,
    DropReason::UnknownOpcode,
    DropReason::DataPacket,
    DropReason::TooManyAcks,
    DropReason::Authentication,
    DropReason::Replay,
    DropReason::OtherSession,
    DropReason::KeyId,
    DropReason::Window,
    DropReason::Unexpected,
];

/// How many packets were dropped, by reason.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops([u64; REASONS.len()]);

impl Drops {
    /// Counts one more.
    pub(crate) fn count(&mut self, reason: DropReason) {
        self.0[reason as usize] += 1;
    }

    /// How many were dropped for `reason`.
    pub fn of(&self, reason: DropReason) -> u64 {
        self.0[reason as usize]
    }

    /// All reasons that occurred, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        REASONS.into_iter().zip(self.0).filter(|&(_, n)| n > 0)
    }
}

impl fmt::Debug for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_counts_in_its_own_place() {
        for (place, reason) in REASONS.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
            let mut drops = Drops::default();
            drops.count(reason);
            assert_eq!(drops.iter().collect::<Vec<_>>(), [(reason, 1)]);
        }
    }
}
