//! The send key of one epoch, and ranges of its packet ids.

use super::KeyError;
use super::schedule::{DataIv, EpochSecret};
use crate::crypto::CryptoProvider;
use crate::limits::EPOCH_COUNTER_MAX;
use crate::packet::{EpochPacketId, PacketMut};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::{Aead, Cipher, CryptoError};

/// One data key with its own counter: no other key object ever has the same epoch key, so no nonce repeats.
pub(crate) struct SendKey<A> {
    aead: A,
    iv: DataIv,
    epoch: u16,
    /// The last counter that was given out.
    counter: AtomicU64,
    /// 16-byte blocks that were, or will be, encrypted.
    blocks: AtomicU64,
}

impl<A: Aead> SendKey<A> {
    pub(super) fn new<C>(provider: &C, cipher: Cipher, secret: &EpochSecret) -> Result<Self, KeyError>
    where
        C: CryptoProvider<Aead = A>,
    {
        let data_key = secret.data_key(cipher)?;
        Ok(Self {
            aead: provider.aead_key(cipher, data_key.key())?,
            iv: data_key.iv(),
            epoch: secret.epoch(),
            counter: AtomicU64::new(0),
            blocks: AtomicU64::new(0),
        })
    }

    pub(super) fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Blocks and packets so far.
    #[inline]
    pub(super) fn usage(&self) -> u64 {
        self.blocks
            .load(Ordering::Relaxed)
            .saturating_add(self.counter.load(Ordering::Relaxed))
    }

    /// The next `packets` counters, or `None` if there aren't that many.
    #[inline]
    pub(super) fn reserve(&self, packets: u64, blocks: u64, count_blocks: bool) -> Option<Range<'_, A>> {
        // The sum stays far below 2^64: at 2^48 the key is given up, and each call adds little.
        let before = self.counter.fetch_add(packets, Ordering::Relaxed);
        let last = before.saturating_add(packets);
        if last > EPOCH_COUNTER_MAX {
            return None;
        }
        if count_blocks {
            self.blocks.fetch_add(blocks, Ordering::Relaxed);
        }
        Some(Range {
            key: self,
            last: before,
            end: last,
        })
    }
}

/// Consecutive packet ids of one send key, to be used once each.
pub(crate) struct Range<'k, A> {
    key: &'k SendKey<A>,
    last: u64,
    end: u64,
}

impl<A: Aead> Range<'_, A> {
    /// The next id, and the key with its nonce; `None` when the range is used up.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<EpochPacketId> {
        if self.last >= self.end {
            return None;
        }
        self.last = self.last.saturating_add(1);
        Some(EpochPacketId::new(self.key.epoch, self.last))
    }

    /// Encrypts a packet that holds its plaintext already.
    #[inline]
    pub(crate) fn seal_in_place(
        &self,
        packet_id: EpochPacketId,
        packet: PacketMut<'_, 12>,
    ) -> Result<(), CryptoError> {
        let nonce = self.key.iv.nonce(packet_id);
        self.key
            .aead
            .seal_in_place(&nonce, packet.aad, packet.body, packet.tag)
    }

    /// Encrypts `plaintext` into a packet.
    #[inline]
    pub(crate) fn seal(
        &self,
        packet_id: EpochPacketId,
        plaintext: &[u8],
        packet: PacketMut<'_, 12>,
    ) -> Result<(), CryptoError> {
        let nonce = self.key.iv.nonce(packet_id);
        self.key
            .aead
            .seal(&nonce, packet.aad, plaintext, packet.body, packet.tag)
    }
}
