//! The two key slots of a peer.

use super::Key;
use crate::crypto::CryptoProvider;
use crate::sync::Shared;
use ovpn_dco_uapi::{KeyId, KeySlot};

/// Why the slots can't be exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapError {
    /// Without a secondary key nothing could be sent after the exchange.
    NoSecondary,
}

/// The keys of a peer at one time. Primary is for sending, both are for receiving. Replaced as a whole.
pub struct KeySlots<C: CryptoProvider> {
    primary: Option<Shared<Key<C>>>,
    secondary: Option<Shared<Key<C>>>,
}

impl<C: CryptoProvider> KeySlots<C> {
    /// Two empty slots.
    pub const fn empty() -> Self {
        Self {
            primary: None,
            secondary: None,
        }
    }

    /// The slots with `key` in `slot`, whatever was there.
    #[must_use]
    pub fn with(&self, slot: KeySlot, key: Shared<Key<C>>) -> Self {
        let slots = self.clone();
        match slot {
            KeySlot::Primary => Self {
                primary: Some(key),
                ..slots
            },
            KeySlot::Secondary => Self {
                secondary: Some(key),
                ..slots
            },
        }
    }

    /// The slots exchanged. The old primary key goes on receiving.
    ///
    /// # Errors
    /// [`SwapError`].
    pub fn swapped(&self) -> Result<Self, SwapError> {
        if self.secondary.is_none() {
            return Err(SwapError::NoSecondary);
        }
        Ok(Self {
            primary: self.secondary.clone(),
            secondary: self.primary.clone(),
        })
    }

    /// The key for sending.
    #[inline]
    pub fn primary(&self) -> Option<&Key<C>> {
        self.primary.as_deref()
    }

    /// The key that is for receiving only.
    pub fn secondary(&self) -> Option<&Key<C>> {
        self.secondary.as_deref()
    }

    /// The key for receiving a packet with `key_id`: an empty slot matches nothing.
    #[inline]
    pub fn by_key_id(&self, key_id: KeyId) -> Option<&Key<C>> {
        self.iter().find(|key| key.header().key_id == key_id)
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The keys, primary first.
    pub fn iter(&self) -> impl Iterator<Item = &Key<C>> {
        self.primary().into_iter().chain(self.secondary())
    }

    /// As [`Key::collect`], for both.
    pub fn collect(&self) -> usize {
        self.iter().fold(0, |sum, key| sum.saturating_add(key.collect()))
    }

    /// As [`Key::parked`], for both.
    pub fn parked(&self) -> usize {
        self.iter().fold(0, |sum, key| sum.saturating_add(key.parked()))
    }
}

impl<C: CryptoProvider> Clone for KeySlots<C> {
    fn clone(&self) -> Self {
        Self {
            primary: self.primary.clone(),
            secondary: self.secondary.clone(),
        }
    }
}

impl<C: CryptoProvider> Default for KeySlots<C> {
    fn default() -> Self {
        Self::empty()
    }
}
