//! A key in the classic format: one AEAD key per direction, 32-bit packet ids.
//!
//! Follows "OpenVPN data channel", classic format and its limits. Packet id 1 comes first and 0xFFFFFFFF last; after
//! that the key refuses, and user space has to have installed another. Usage (blocks) is not limited here: user
//! space renegotiates long before, by time.

use super::material::KeyMaterial;
use crate::crypto::CryptoProvider;
use crate::epoch::KeyError;
use crate::limits::{CLASSIC_PACKET_ID_MAX, FORGERIES_MAX};
use crate::packet::{ClassicPacket, PacketMut};
use crate::replay::ReplayWindow;
use crate::sync::Apart;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::{Aead, CryptoError, DropReason, Instant};
use zeroize::Zeroizing;

/// The nonce is the packet id and eight bytes that both sides know.
struct NonceTail(Zeroizing<[u8; 8]>);

impl NonceTail {
    #[inline]
    fn nonce(&self, packet_id: u32) -> [u8; 12] {
        let [a, b, c, d] = packet_id.to_be_bytes();
        let [e, f, g, h, i, j, k, l] = *self.0;
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

struct Send<A> {
    aead: A,
    nonce_tail: NonceTail,
}

struct Receive<A> {
    aead: A,
    nonce_tail: NonceTail,
    window: ReplayWindow,
}

/// Both directions of one key in the classic format.
pub(super) struct ClassicKey<A> {
    send: Send<A>,
    receive: Receive<A>,
    /// The last packet id that was given out; passes 2^32 when the ids are used up. Apart from what receivers use.
    packet_id: Apart<AtomicU64>,
    /// Packets that failed to authenticate.
    forgeries: Apart<AtomicU64>,
}

impl<A: Aead> ClassicKey<A> {
    pub(super) fn new<C>(provider: &C, material: &KeyMaterial) -> Result<Self, KeyError>
    where
        C: CryptoProvider<Aead = A>,
    {
        let aead = |key| provider.aead_key(material.cipher, key);
        Ok(Self {
            send: Send {
                aead: aead(material.send.cipher_key(material.cipher))?,
                nonce_tail: NonceTail(material.send.nonce_tail.clone()),
            },
            receive: Receive {
                aead: aead(material.receive.cipher_key(material.cipher))?,
                nonce_tail: NonceTail(material.receive.nonce_tail.clone()),
                window: ReplayWindow::new()?,
            },
            packet_id: Apart::new(AtomicU64::new(0)),
            forgeries: Apart::new(AtomicU64::new(0)),
        })
    }

    /// Takes the next `packets` ids. Ids are never given back.
    #[inline]
    pub(super) fn reserve(&self, packets: u64) -> Result<ClassicRange<'_, A>, DropReason> {
        // 64 bits don't come round: nobody makes 2^64 attempts.
        let last = self.packet_id.fetch_add(packets, Ordering::Relaxed);
        let end = last.saturating_add(packets);
        if end > CLASSIC_PACKET_ID_MAX {
            return Err(DropReason::OutKeyExhausted);
        }
        Ok(ClassicRange {
            key: &self.send,
            last,
            end,
        })
    }

    /// The last packet id that was given out.
    pub(super) fn last_packet_id(&self) -> u64 {
        self.packet_id.load(Ordering::Relaxed)
    }

    /// Opens a packet into the beginning of `out` and marks its id.
    #[inline]
    pub(super) fn open(
        &self,
        now: Instant,
        packet: &ClassicPacket<'_>,
        out: &mut [u8],
    ) -> Result<usize, DropReason> {
        if self.forgeries.load(Ordering::Relaxed) > FORGERIES_MAX {
            return Err(DropReason::InForgeryLimit);
        }
        let out = out
            .get_mut(..packet.ciphertext.len())
            .ok_or(DropReason::InBuffer)?;
        let key = &self.receive;
        let nonce = key.nonce_tail.nonce(packet.packet_id);
        match key
            .aead
            .open(&nonce, packet.aad, packet.ciphertext, packet.tag, out)
        {
            Ok(()) => {}
            Err(CryptoError::Tag) => {
                self.forgeries.fetch_add(1, Ordering::Relaxed);
                return Err(DropReason::InAuthentication);
            }
            Err(_) => return Err(DropReason::InCrypto),
        }
        if !key.window.accept(u64::from(packet.packet_id), now) {
            return Err(DropReason::InReplay);
        }
        Ok(out.len())
    }
}

/// Consecutive packet ids of a classic key, to be used once each.
pub(super) struct ClassicRange<'k, A> {
    key: &'k Send<A>,
    last: u64,
    end: u64,
}

impl<A: Aead> ClassicRange<'_, A> {
    /// The next id; `None` when the range is used up.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u32> {
        if self.last >= self.end {
            return None;
        }
        self.last = self.last.saturating_add(1);
        u32::try_from(self.last).ok()
    }

    /// Encrypts a packet that holds its plaintext already.
    #[inline]
    pub(super) fn seal_in_place(&self, packet_id: u32, packet: PacketMut<'_, 8>) -> Result<(), CryptoError> {
        let nonce = self.key.nonce_tail.nonce(packet_id);
        self.key
            .aead
            .seal_in_place(&nonce, packet.aad, packet.body, packet.tag)
    }

    /// Encrypts `plaintext` into a packet.
    #[inline]
    pub(super) fn seal(
        &self,
        packet_id: u32,
        plaintext: &[u8],
        packet: PacketMut<'_, 8>,
    ) -> Result<(), CryptoError> {
        let nonce = self.key.nonce_tail.nonce(packet_id);
        self.key
            .aead
            .seal(&nonce, packet.aad, plaintext, packet.body, packet.tag)
    }
}
