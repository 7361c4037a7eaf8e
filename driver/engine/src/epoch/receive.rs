//! The receive keys of one direction: current, retiring and future ones, as one immutable value.

use super::KeyError;
use super::schedule::{DataIv, EpochSecret};
use crate::crypto::CryptoProvider;
use crate::limits::{FORGERIES_MAX, FORGERIES_WARNING};
use crate::packet::EpochPacket;
use crate::replay::ReplayWindow;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{NoMemory, Shared, push_within_capacity, try_with_capacity};
use crate::{Aead, Cipher, CryptoError, DropReason};
use alloc::vec::Vec;

/// One data key.
pub(super) struct ReceiveKey<A> {
    aead: A,
    iv: DataIv,
    /// Packets that failed to authenticate.
    forgeries: AtomicU64,
    /// 16-byte blocks plus packets that did authenticate.
    usage: AtomicU64,
}

impl<A: Aead> ReceiveKey<A> {
    fn new<C>(provider: &C, cipher: Cipher, secret: &EpochSecret) -> Result<Shared<Self>, KeyError>
    where
        C: CryptoProvider<Aead = A>,
    {
        let data_key = secret.data_key(cipher)?;
        Ok(Shared::new(Self {
            aead: provider.aead_key(cipher, data_key.key())?,
            iv: data_key.iv(),
            forgeries: AtomicU64::new(0),
            usage: AtomicU64::new(0),
        })?)
    }

    /// Decrypts into the beginning of `out` and checks the tag; changes nothing but the count of forgeries.
    #[inline]
    pub(super) fn open(&self, packet: &EpochPacket<'_>, out: &mut [u8]) -> Result<(), DropReason> {
        if self.forgeries.load(Ordering::Relaxed) > FORGERIES_MAX {
            return Err(DropReason::InForgeryLimit);
        }
        let out = out
            .get_mut(..packet.ciphertext.len())
            .ok_or(DropReason::InBuffer)?;
        let nonce = self.iv.nonce(packet.packet_id);
        match self
            .aead
            .open(&nonce, packet.aad, packet.ciphertext, packet.tag, out)
        {
            Ok(()) => Ok(()),
            Err(CryptoError::Tag) => {
                self.forgeries.fetch_add(1, Ordering::Relaxed);
                Err(DropReason::InAuthentication)
            }
            Err(_) => Err(DropReason::InCrypto),
        }
    }

    /// Whether so many packets were forged that it is time for another key.
    pub(super) fn forged(&self) -> bool {
        self.forgeries.load(Ordering::Relaxed) > FORGERIES_WARNING
    }

    /// Counts an authentic packet; returns the usage so far, in blocks plus packets.
    ///
    /// Not exact when several processors receive at once: one may overwrite the other's count. It only says when to
    /// nudge the peer, who keeps an exact count of its own, so it isn't worth a locked instruction per packet.
    #[inline]
    pub(super) fn used(&self, plaintext_len: usize) -> u64 {
        let more = (plaintext_len as u64).div_ceil(16).saturating_add(1);
        let usage = self.usage.load(Ordering::Relaxed).saturating_add(more);
        self.usage.store(usage, Ordering::Relaxed);
        usage
    }
}

/// A key in use, and the ids that it has seen: they go together, also into retirement.
struct InUse<A> {
    epoch: u16,
    key: Shared<ReceiveKey<A>>,
    window: Shared<ReplayWindow>,
}

impl<A> InUse<A> {
    fn new(epoch: u16, key: Shared<ReceiveKey<A>>) -> Result<Self, KeyError> {
        Ok(Self {
            epoch,
            key,
            window: Shared::new(ReplayWindow::new()?)?,
        })
    }

    fn same(&self) -> Self {
        Self {
            epoch: self.epoch,
            key: self.key.clone(),
            window: self.window.clone(),
        }
    }
}

/// All receive keys of one direction at one time.
pub(super) struct ReceiveKeys<A> {
    current: InUse<A>,
    retiring: Option<InUse<A>>,
    /// Those of the epochs right after the current one, in order; always as many.
    future: Vec<Shared<ReceiveKey<A>>>,
}

/// The key that a packet is tried with.
pub(super) enum Found<'k, A> {
    Current(&'k ReceiveKey<A>, &'k ReplayWindow),
    Retiring(&'k ReceiveKey<A>, &'k ReplayWindow),
    Future(&'k ReceiveKey<A>),
}

impl<'k, A> Found<'k, A> {
    pub(super) fn key(&self) -> &'k ReceiveKey<A> {
        match self {
            Self::Current(key, _) | Self::Retiring(key, _) | Self::Future(key) => key,
        }
    }
}

impl<A: Aead> ReceiveKeys<A> {
    /// The key of `newest` as the current one, and `future` more, which move `newest` along.
    pub(super) fn new<C>(
        provider: &C,
        cipher: Cipher,
        newest: &mut EpochSecret,
        future: u16,
    ) -> Result<Self, KeyError>
    where
        C: CryptoProvider<Aead = A>,
    {
        let current = InUse::new(newest.epoch(), ReceiveKey::new(provider, cipher, newest)?)?;
        let mut keys = try_with_capacity(usize::from(future))?;
        for _ in 0..future {
            *newest = newest.next()?;
            let key = ReceiveKey::new(provider, cipher, newest)?;
            push_within_capacity(&mut keys, key).map_err(|_| NoMemory)?;
        }
        Ok(Self {
            current,
            retiring: None,
            future: keys,
        })
    }

    pub(super) fn epoch(&self) -> u16 {
        self.current.epoch
    }

    pub(super) fn retiring_epoch(&self) -> Option<u16> {
        self.retiring.as_ref().map(|retiring| retiring.epoch)
    }

    /// The key for a packet of `epoch`: current, retiring, or future up to `last`. Epoch 0 has none.
    #[inline]
    pub(super) fn find(&self, epoch: u16, last: u16) -> Option<Found<'_, A>> {
        if epoch == self.current.epoch {
            return Some(Found::Current(&self.current.key, &self.current.window));
        }
        if let Some(retiring) = self.retiring.as_ref().filter(|retiring| retiring.epoch == epoch) {
            return Some(Found::Retiring(&retiring.key, &retiring.window));
        }
        if epoch > last {
            return None;
        }
        self.future.get(self.place(epoch)?).map(|key| Found::Future(key))
    }

    /// Where the key of a later epoch is among the future ones, if it is.
    fn place(&self, epoch: u16) -> Option<usize> {
        epoch
            .checked_sub(self.current.epoch)?
            .checked_sub(1)
            .map(usize::from)
    }

    /// The keys after the move to a future `epoch`: the current key retires with its window, the keys between are
    /// forgotten, and as many are made, from `newest` on, as there were future ones. Also gives the epoch key of the
    /// newest of them.
    pub(super) fn moved_to<C>(
        &self,
        provider: &C,
        cipher: Cipher,
        epoch: u16,
        newest: &EpochSecret,
    ) -> Result<(Option<EpochSecret>, Self), KeyError>
    where
        C: CryptoProvider<Aead = A>,
    {
        let place = self.place(epoch).ok_or(KeyError::LastEpoch)?;
        let mut later = self.future.iter().skip(place);
        let current = InUse::new(epoch, later.next().ok_or(KeyError::LastEpoch)?.clone())?;
        let mut future = try_with_capacity(self.future.len())?;
        for key in later {
            push_within_capacity(&mut future, key.clone()).map_err(|_| NoMemory)?;
        }
        let mut made: Option<EpochSecret> = None;
        while future.len() < self.future.len() {
            let next = made.as_ref().unwrap_or(newest).next()?;
            let key = ReceiveKey::new(provider, cipher, &next)?;
            push_within_capacity(&mut future, key).map_err(|_| NoMemory)?;
            made = Some(next);
        }
        Ok((
            made,
            Self {
                current,
                retiring: Some(self.current.same()),
                future,
            },
        ))
    }
}
