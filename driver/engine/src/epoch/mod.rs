//! The keys of one key slot in the epoch format: a chain of data keys per direction.
//!
//! Follows "OpenVPN data channel", epoch life cycle. The sender moves to its next epoch when a data key has protected
//! as much as it may. The receiver holds the current key, at most one retiring key and the next few, and moves when a
//! packet of a later epoch *has authenticated*; the sender then catches up. Nothing moves before.
//!
//! Readers are wait-free: what they use is published ([`Published`]) and replaced as a whole. A move takes the key's
//! own spin lock, happens about once per TiB, and is the one thing on the data path that allocates; if there is no
//! memory the packet is dropped and nothing has changed. Replaced keys are wiped and freed by [`EpochKeys::collect`],
//! which the timer calls after a grace period; more than [`PARKED_KEYS_MAX`] waiting ones refuse further moves.

mod receive;
pub mod schedule;
mod send;

use crate::crypto::CryptoProvider;
use crate::limits::{AES_GCM_USAGE, FUTURE_EPOCH_KEYS, LAST_EPOCH, PARKED_KEYS_MAX};
use crate::packet::EpochPacket;
use crate::replay::ReplayWindow;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Grace, Lock, NoMemory, Pin, Prepared, Published, Shared};
use crate::{Cipher, CryptoError, DropReason, Instant};
use receive::{Found, ReceiveKeys};
use schedule::{EPOCH_KEY_LEN, EpochSecret};
use send::SendKey;

pub(crate) use send::Range;

/// Why a key could not be made or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The provider refused.
    Crypto(CryptoError),
    /// Out of memory.
    NoMemory,
    /// There is no epoch after 65535.
    LastEpoch,
}

impl From<CryptoError> for KeyError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::NoMemory => Self::NoMemory,
            error => Self::Crypto(error),
        }
    }
}

impl From<NoMemory> for KeyError {
    fn from(NoMemory: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// What may differ between keys of the epoch format. The default for a cipher is what OpenVPN does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochConfig {
    /// What one data key may protect, in 16-byte blocks plus packets; `None`: no limit.
    pub usage_limit: Option<u64>,
    /// Keys that the receiver keeps ready beyond the current one.
    pub future_keys: u16,
    /// The epoch of the keys that are given: 1 but for tests.
    pub first_epoch: u16,
}

impl EpochConfig {
    /// OpenVPN's choice for `cipher`.
    pub const fn of(cipher: Cipher) -> Self {
        let usage_limit = match cipher {
            Cipher::ChaCha20Poly1305 => None,
            Cipher::Aes128Gcm | Cipher::Aes192Gcm | Cipher::Aes256Gcm => Some(AES_GCM_USAGE),
        };
        Self {
            usage_limit,
            future_keys: FUTURE_EPOCH_KEYS,
            first_epoch: 1,
        }
    }
}

/// The epoch keys from which further ones are made. Behind the lock.
struct Chains {
    /// Of the send key in use.
    send: EpochSecret,
    /// Of the newest receive key that was made, which is not always one that is still there.
    receive: EpochSecret,
}

/// Both directions of one key in the epoch format.
pub struct EpochKeys<C: CryptoProvider> {
    cipher: Cipher,
    config: EpochConfig,
    send: Published<SendKey<C::Aead>>,
    receive: Published<ReceiveKeys<C::Aead>>,
    chains: Lock<C::Lock, Chains>,
    /// A receive epoch whose key is worn out: a sender in the same epoch moves on, and the peer will follow.
    nudged: AtomicU64,
}

/// The epoch key of a later epoch and its send key, ready to be published.
type NextSend<A> = (EpochSecret, Prepared<SendKey<A>>);

/// What can be asked about the state of an [`EpochKeys`], for traces and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochState {
    /// Epoch of the send key.
    pub send: u16,
    /// Epoch of the current receive key.
    pub receive: u16,
    /// Epoch of the retiring receive key.
    pub retiring: Option<u16>,
    /// Newest epoch for which a receive key was ever made.
    pub highest_generated: u16,
}

/// Which receive key a packet is tried with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochLookup {
    /// The key of the receive epoch.
    Current,
    /// The key of the receive epoch before.
    Retiring,
    /// The key of an epoch to come.
    Future,
}

impl<C: CryptoProvider> EpochKeys<C> {
    /// Keys whose first epoch keys are `send` and `receive`. Readers are those of `grace`.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::LastEpoch`] if the first epoch is 0 or leaves no room for future keys.
    pub fn new(
        provider: &C,
        cipher: Cipher,
        config: EpochConfig,
        send: &[u8; EPOCH_KEY_LEN],
        receive: &[u8; EPOCH_KEY_LEN],
        grace: &Shared<Grace>,
    ) -> Result<Self, KeyError> {
        let first = config.first_epoch;
        if first == 0 || first > Self::last_receive_epoch(config) {
            return Err(KeyError::LastEpoch);
        }
        let send = EpochSecret::new(first, send);
        let send_key = SendKey::new(provider, cipher, &send)?;
        let mut newest = EpochSecret::new(first, receive);
        let receive = ReceiveKeys::new(provider, cipher, &mut newest, config.future_keys)?;
        Ok(Self {
            cipher,
            config,
            send: Published::new(send_key, grace.clone())?,
            receive: Published::new(receive, grace.clone())?,
            chains: Lock::new(Chains {
                send,
                receive: newest,
            }),
            nudged: AtomicU64::new(0),
        })
    }

    /// Takes `packets` consecutive packet ids for `bytes` of plaintext in all, from the next epoch if need be.
    ///
    /// # Errors
    /// [`DropReason::OutKeyExhausted`], [`DropReason::OutEpochMove`] or [`DropReason::OutCrypto`]. Ids are never given
    /// back: what is taken and not sent is lost.
    #[inline]
    pub(crate) fn reserve<'p>(
        &'p self,
        provider: &C,
        pin: &'p Pin<'_>,
        packets: u64,
        bytes: u64,
    ) -> Result<Range<'p, C::Aead>, DropReason> {
        // Rounded up for each packet: exact for one, never too few for several.
        let blocks = bytes.div_ceil(16).saturating_add(packets).saturating_sub(1);
        for _ in 0..4 {
            let key = self.send.read(pin).ok_or(DropReason::OutNoKey)?;
            let nudged = self.nudged.load(Ordering::Relaxed) == u64::from(key.epoch());
            let worn = self.config.usage_limit.is_some_and(|limit| key.usage() > limit);
            if !(worn || nudged && key.epoch() != LAST_EPOCH)
                && let Some(range) = key.reserve(packets, blocks, self.config.usage_limit.is_some())
            {
                return Ok(range);
            }
            self.advance(provider, pin, key.epoch())?;
        }
        Err(DropReason::OutKeyExhausted)
    }

    /// Opens a packet into the beginning of `out`, follows its epoch, and marks its id.
    ///
    /// # Errors
    /// A [`DropReason`] of the in-data class. What `out` holds then is not to be used.
    #[inline]
    pub(crate) fn open(
        &self,
        provider: &C,
        pin: &Pin<'_>,
        now: Instant,
        packet: &EpochPacket<'_>,
        out: &mut [u8],
    ) -> Result<usize, DropReason> {
        let keys = self.receive.read(pin).ok_or(DropReason::InNoKey)?;
        let epoch = packet.packet_id.epoch();
        let found = keys
            .find(epoch, Self::last_receive_epoch(self.config))
            .ok_or(DropReason::InUnknownEpoch)?;
        let key = found.key();
        if let Err(reason) = key.open(packet, out) {
            if reason == DropReason::InAuthentication && key.forged() {
                self.nudge(&found, epoch);
            }
            return Err(reason);
        }
        // Authentic. Only now may anything change.
        let window = match &found {
            Found::Current(_, window) | Found::Retiring(_, window) => window,
            Found::Future(_) => self.follow(provider, pin, epoch)?,
        };
        if !window.accept(packet.packet_id.counter(), now) {
            return Err(DropReason::InReplay);
        }
        if let Some(limit) = self.config.usage_limit
            && key.used(packet.ciphertext.len()) > limit
        {
            self.nudge(&found, epoch);
        }
        Ok(packet.ciphertext.len())
    }

    /// Wipes and frees the replaced keys whose grace period is over; returns how many still wait. PASSIVE_LEVEL.
    pub fn collect(&self) -> usize {
        self.send.collect().saturating_add(self.receive.collect())
    }

    /// How many replaced keys wait for [`Self::collect`].
    pub fn parked(&self) -> usize {
        self.send.parked().saturating_add(self.receive.parked())
    }

    /// Where the two directions stand; `None` for a pin of other readers.
    pub fn state(&self, pin: &Pin<'_>) -> Option<EpochState> {
        let chains = self.chains.lock();
        let keys = self.receive.read(pin)?;
        Some(EpochState {
            send: self.send.read(pin)?.epoch(),
            receive: keys.epoch(),
            retiring: keys.retiring_epoch(),
            highest_generated: chains.receive.epoch(),
        })
    }

    /// Which key a packet of `epoch` would be tried with; `None`: it would be dropped.
    pub fn lookup(&self, pin: &Pin<'_>, epoch: u16) -> Option<EpochLookup> {
        let found = self
            .receive
            .read(pin)?
            .find(epoch, Self::last_receive_epoch(self.config))?;
        Some(match found {
            Found::Current(..) => EpochLookup::Current,
            Found::Retiring(..) => EpochLookup::Retiring,
            Found::Future(_) => EpochLookup::Future,
        })
    }

    /// The last epoch that a receiver follows to: the keys ready beyond it must exist, and 65535 is left out.
    const fn last_receive_epoch(config: EpochConfig) -> u16 {
        LAST_EPOCH.saturating_sub(config.future_keys).saturating_sub(1)
    }

    /// The current receive key has had enough: the sender's next epoch will make the peer follow.
    #[cold]
    fn nudge(&self, found: &Found<'_, C::Aead>, epoch: u16) {
        if let Found::Current(..) = found {
            self.nudged.store(u64::from(epoch), Ordering::Relaxed);
        }
    }

    /// Moves the sender on from `epoch`, unless somebody has done so.
    #[cold]
    fn advance(&self, provider: &C, pin: &Pin<'_>, epoch: u16) -> Result<(), DropReason> {
        let mut chains = self.chains.lock();
        if self.send.read(pin).is_none_or(|key| key.epoch() != epoch) {
            return Ok(());
        }
        let next = epoch.checked_add(1).ok_or(DropReason::OutKeyExhausted)?;
        let moved = self
            .prepare_send(provider, &chains.send, next)
            .map_err(|error| match error {
                KeyError::NoMemory => DropReason::OutEpochMove,
                KeyError::Crypto(_) => DropReason::OutCrypto,
                KeyError::LastEpoch => DropReason::OutKeyExhausted,
            })?;
        let (secret, key) = moved;
        self.send.publish(key);
        chains.send = secret;
        Ok(())
    }

    /// The send key of a later epoch.
    fn prepare_send(
        &self,
        provider: &C,
        from: &EpochSecret,
        epoch: u16,
    ) -> Result<NextSend<C::Aead>, KeyError> {
        if self.send.parked() >= PARKED_KEYS_MAX {
            return Err(KeyError::NoMemory);
        }
        let mut secret = from.next()?;
        while secret.epoch() < epoch {
            secret = secret.next()?;
        }
        let key = Prepared::new(SendKey::new(provider, self.cipher, &secret)?)?;
        Ok((secret, key))
    }

    /// Makes `epoch`, of which a packet has authenticated under a future key, the receive epoch, unless somebody has
    /// done so. Gives the replay window of that epoch.
    #[cold]
    fn follow<'p>(
        &'p self,
        provider: &C,
        pin: &'p Pin<'_>,
        epoch: u16,
    ) -> Result<&'p ReplayWindow, DropReason> {
        let mut chains = self.chains.lock();
        let keys = self.receive.read(pin).ok_or(DropReason::InNoKey)?;
        let last = Self::last_receive_epoch(self.config);
        match keys.find(epoch, last).ok_or(DropReason::InUnknownEpoch)? {
            // Another processor was faster.
            Found::Current(_, window) | Found::Retiring(_, window) => return Ok(window),
            Found::Future(_) => {}
        }
        // Everything that can fail comes first, so that a failure leaves all as it was.
        if self.receive.parked() >= PARKED_KEYS_MAX {
            return Err(DropReason::InEpochMove);
        }
        let failed = |_: KeyError| DropReason::InEpochMove;
        let (newest, moved) = keys
            .moved_to(provider, self.cipher, epoch, &chains.receive)
            .map_err(failed)?;
        let moved = Prepared::new(moved).map_err(|NoMemory| DropReason::InEpochMove)?;
        if chains.send.epoch() < epoch {
            let (secret, key) = self.prepare_send(provider, &chains.send, epoch).map_err(failed)?;
            self.send.publish(key);
            chains.send = secret;
        }
        self.receive.publish(moved);
        if let Some(newest) = newest {
            chains.receive = newest;
        }
        match self.receive.read(pin).and_then(|keys| keys.find(epoch, last)) {
            Some(Found::Current(_, window)) => Ok(window),
            _ => Err(DropReason::InUnknownEpoch),
        }
    }
}
