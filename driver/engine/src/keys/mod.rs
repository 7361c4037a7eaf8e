//! Installed keys: sealing and opening data packets, and the two slots of a peer.
//!
//! Follows "OpenVPN data channel", key slots and order of operations. A [`Key`] owns everything about one key: ciphers,
//! format, packet ids, replay windows, epochs. A key slot is a place for one; the slots of a peer are an immutable
//! value that the control path replaces, so a packet sees either the old or the new pair and never a mixture.
//!
//! Opening changes state in this order only: the packet authenticates, its epoch is followed, its id is marked.

mod classic;
mod material;
mod slots;

use crate::crypto::CryptoProvider;
use crate::epoch::{EpochConfig, EpochKeys, KeyError, Range};
use crate::limits::{CLASSIC_PACKET_ID_RENEGOTIATE, EPOCH_RENEGOTIATE};
use crate::offload::segment::Segmenter;
use crate::packet::{DataHeader, DataPacket, Format, HEADER_LEN, build_classic, build_epoch};
use crate::sync::{Grace, Pin, Shared};
use crate::{Cipher, CryptoError, DropReason, Instant};
use classic::{ClassicKey, ClassicRange};

pub use material::{KeyMaterial, MaterialError};
pub use slots::{KeySlots, SwapError};

#[expect(
    clippy::large_enum_variant,
    reason = "a key lives on the heap, and one indirection less is what counts"
)]
enum Kind<C: CryptoProvider> {
    Classic(ClassicKey<C::Aead>),
    Epoch(EpochKeys<C>),
}

/// One installed key, both directions.
pub struct Key<C: CryptoProvider> {
    kind: Kind<C>,
    header: DataHeader,
    cipher: Cipher,
}

impl<C: CryptoProvider> Key<C> {
    /// Makes a key. Its readers are those of `grace`. PASSIVE_LEVEL.
    ///
    /// # Errors
    /// [`KeyError`]: the provider lacks the cipher or has no memory.
    pub fn new(provider: &C, material: &KeyMaterial, grace: &Shared<Grace>) -> Result<Self, KeyError> {
        Self::with_config(provider, material, grace, EpochConfig::of(material.cipher))
    }

    /// As [`Self::new`], with other limits for the epoch format. For tests of rotation.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_config(
        provider: &C,
        material: &KeyMaterial,
        grace: &Shared<Grace>,
        config: EpochConfig,
    ) -> Result<Self, KeyError> {
        let kind = match material.format {
            Format::Classic => Kind::Classic(ClassicKey::new(provider, material)?),
            Format::Epoch => Kind::Epoch(EpochKeys::new(
                provider,
                material.cipher,
                config,
                material.send.epoch_key(),
                material.receive.epoch_key(),
                grace,
            )?),
        };
        Ok(Self {
            kind,
            header: material.header,
            cipher: material.cipher,
        })
    }

    /// Key id and the peer id that goes into sent packets.
    pub fn header(&self) -> DataHeader {
        self.header
    }

    /// The cipher.
    pub fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// How packets are laid out.
    pub fn format(&self) -> Format {
        match self.kind {
            Kind::Classic(_) => Format::Classic,
            Kind::Epoch(_) => Format::Epoch,
        }
    }

    /// The epoch keys, if this is a key of the epoch format.
    pub fn epochs(&self) -> Option<&EpochKeys<C>> {
        match &self.kind {
            Kind::Classic(_) => None,
            Kind::Epoch(keys) => Some(keys),
        }
    }

    /// Takes packet ids for `packets` packets with `bytes` of plaintext in all.
    ///
    /// IRQL <= DISPATCH. A [`Sealer`] that is dropped early loses the ids that are left: no id is used twice.
    ///
    /// # Errors
    /// [`DropReason::OutKeyExhausted`], [`DropReason::OutEpochMove`] or [`DropReason::OutCrypto`].
    #[inline]
    pub fn reserve<'k>(
        &'k self,
        provider: &C,
        pin: &'k Pin<'_>,
        packets: usize,
        bytes: usize,
    ) -> Result<Sealer<'k, C>, DropReason> {
        let packets = packets as u64;
        let ids = match &self.kind {
            Kind::Classic(key) => Ids::Classic(key.reserve(packets)?),
            Kind::Epoch(keys) => Ids::Epoch(keys.reserve(provider, pin, packets, bytes as u64)?),
        };
        Ok(Sealer {
            ids,
            header: self.header.to_bytes(),
        })
    }

    /// Seals one packet, given in slices, into the beginning of `out`; returns its length.
    ///
    /// One slice is encrypted straight into `out`; several are copied there first. IRQL <= DISPATCH.
    ///
    /// # Errors
    /// As [`Self::reserve`], and [`DropReason::OutBuffer`] if `out` is shorter than the plaintext and the overhead.
    #[inline]
    pub fn seal(
        &self,
        provider: &C,
        pin: &Pin<'_>,
        plaintext: &[&[u8]],
        out: &mut [u8],
    ) -> Result<usize, DropReason> {
        let len = plaintext
            .iter()
            .fold(0_usize, |sum, slice| sum.saturating_add(slice.len()));
        let sealed = len.saturating_add(self.format().overhead());
        let packet = out.get_mut(..sealed).ok_or(DropReason::OutBuffer)?;
        let mut sealer = self.reserve(provider, pin, 1, len)?;
        match plaintext {
            [plaintext] => sealer.seal(plaintext, packet)?,
            slices => {
                let mut rest = packet.get_mut(self.format().head()..).unwrap_or_default();
                for slice in slices {
                    let (head, tail) = rest
                        .split_at_mut_checked(slice.len())
                        .ok_or(DropReason::OutBuffer)?;
                    head.copy_from_slice(slice);
                    rest = tail;
                }
                sealer.seal_in_place(packet)?;
            }
        }
        Ok(sealed)
    }

    /// Seals all segments of `segments` one behind the other into `out`, each with what its transport needs in front.
    ///
    /// All sealed packets are equally long but the last, which may be shorter. IRQL <= DISPATCH.
    ///
    /// # Errors
    /// As [`Self::seal`]; then nothing of `out` is to be sent.
    pub fn seal_segments(
        &self,
        provider: &C,
        pin: &Pin<'_>,
        segments: &mut Segmenter<'_>,
        framing: Framing,
        out: &mut [u8],
    ) -> Result<SealedSegments, DropReason> {
        let (head, tail) = (self.format().head(), self.format().tail());
        let count = segments.remaining();
        let first = segments.next_len().ok_or(DropReason::OutBadSuperPacket)?;
        let mut sealer = self.reserve(provider, pin, count, first.saturating_mul(count))?;
        let mut sealed = SealedSegments {
            len: 0,
            segment: 0,
            count,
        };
        let mut rest = out;
        while let Some(len) = segments.next_len() {
            let packet_len = len.saturating_add(head).saturating_add(tail);
            let (prefix, behind) = rest
                .split_at_mut_checked(framing.prefix_len())
                .ok_or(DropReason::OutBuffer)?;
            framing.write(packet_len, prefix)?;
            let (packet, behind) = behind
                .split_at_mut_checked(packet_len)
                .ok_or(DropReason::OutBuffer)?;
            rest = behind;
            let plaintext = packet.get_mut(head..).ok_or(DropReason::OutBuffer)?;
            segments
                .write_next(plaintext)
                .ok_or(DropReason::OutBadSuperPacket)?;
            sealer.seal_in_place(packet)?;
            let whole = packet_len.saturating_add(framing.prefix_len());
            sealed.len = sealed.len.saturating_add(whole);
            sealed.segment = sealed.segment.max(whole);
        }
        Ok(sealed)
    }

    /// Opens a data packet into the beginning of `out`; returns the length of the plaintext, which may be 0.
    ///
    /// On an error nothing has changed but counts of failures, and what `out` holds is not to be used. IRQL <=
    /// DISPATCH.
    ///
    /// # Errors
    /// A [`DropReason`] of the in-data class.
    #[inline]
    pub fn open(
        &self,
        provider: &C,
        pin: &Pin<'_>,
        now: Instant,
        packet: &DataPacket<'_>,
        out: &mut [u8],
    ) -> Result<usize, DropReason> {
        match &self.kind {
            Kind::Classic(key) => key.open(now, &packet.classic().ok_or(DropReason::InShort)?, out),
            Kind::Epoch(keys) => keys.open(
                provider,
                pin,
                now,
                &packet.epoch().ok_or(DropReason::InShort)?,
                out,
            ),
        }
    }

    /// Whether so many packet ids are used up that user space should renegotiate.
    pub fn is_near_end(&self, pin: &Pin<'_>) -> bool {
        match &self.kind {
            Kind::Classic(key) => key.last_packet_id() >= CLASSIC_PACKET_ID_RENEGOTIATE,
            Kind::Epoch(keys) => keys
                .state(pin)
                .is_some_and(|state| state.send >= EPOCH_RENEGOTIATE),
        }
    }

    /// Wipes and frees replaced epoch keys whose grace period is over; returns how many still wait. PASSIVE_LEVEL.
    pub fn collect(&self) -> usize {
        self.epochs().map_or(0, EpochKeys::collect)
    }

    /// How many replaced epoch keys wait for [`Self::collect`].
    pub fn parked(&self) -> usize {
        self.epochs().map_or(0, EpochKeys::parked)
    }
}

enum Ids<'k, C: CryptoProvider> {
    Classic(ClassicRange<'k, C::Aead>),
    Epoch(Range<'k, C::Aead>),
}

/// Packet ids that were taken for some packets, with the key to seal them.
pub struct Sealer<'k, C: CryptoProvider> {
    ids: Ids<'k, C>,
    header: [u8; HEADER_LEN],
}

impl<C: CryptoProvider> Sealer<'_, C> {
    /// Encrypts `plaintext` into `packet`, which is as long as plaintext and overhead.
    ///
    /// # Errors
    /// [`DropReason::OutKeyExhausted`] if more packets are sealed than ids were taken, [`DropReason::OutBuffer`] if the
    /// lengths don't fit, [`DropReason::OutCrypto`].
    #[inline]
    pub fn seal(&mut self, plaintext: &[u8], packet: &mut [u8]) -> Result<(), DropReason> {
        let overhead = match self.ids {
            Ids::Classic(_) => Format::Classic.overhead(),
            Ids::Epoch(_) => Format::Epoch.overhead(),
        };
        if packet.len() != plaintext.len().saturating_add(overhead) {
            return Err(DropReason::OutBuffer);
        }
        let sealed = match &mut self.ids {
            Ids::Classic(range) => {
                let id = range.next().ok_or(DropReason::OutKeyExhausted)?;
                let packet = build_classic(packet, self.header, id).ok_or(DropReason::OutBuffer)?;
                range.seal(id, plaintext, packet)
            }
            Ids::Epoch(range) => {
                let id = range.next().ok_or(DropReason::OutKeyExhausted)?;
                let packet = build_epoch(packet, self.header, id).ok_or(DropReason::OutBuffer)?;
                range.seal(id, plaintext, packet)
            }
        };
        sealed.map_err(|_: CryptoError| DropReason::OutCrypto)
    }

    /// Encrypts the plaintext that stands in `packet` already, [`Format::head`] bytes from its start and
    /// [`Format::tail`] bytes from its end.
    ///
    /// # Errors
    /// As [`Self::seal`].
    #[inline]
    pub fn seal_in_place(&mut self, packet: &mut [u8]) -> Result<(), DropReason> {
        let sealed = match &mut self.ids {
            Ids::Classic(range) => {
                let id = range.next().ok_or(DropReason::OutKeyExhausted)?;
                let packet = build_classic(packet, self.header, id).ok_or(DropReason::OutBuffer)?;
                range.seal_in_place(id, packet)
            }
            Ids::Epoch(range) => {
                let id = range.next().ok_or(DropReason::OutKeyExhausted)?;
                let packet = build_epoch(packet, self.header, id).ok_or(DropReason::OutBuffer)?;
                range.seal_in_place(id, packet)
            }
        };
        sealed.map_err(|_: CryptoError| DropReason::OutCrypto)
    }
}

/// What stands in front of each packet on the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Nothing: a datagram is a packet.
    Datagram,
    /// The packet's length as u16, big endian.
    Stream,
}

impl Framing {
    /// Length of what stands in front, in bytes.
    pub const fn prefix_len(self) -> usize {
        match self {
            Self::Datagram => 0,
            Self::Stream => 2,
        }
    }

    /// Writes what stands in front of a packet of `packet_len` bytes to the beginning of `out`.
    ///
    /// # Errors
    /// [`DropReason::OutTooLarge`] if the length can't be told in 16 bits, [`DropReason::OutBuffer`].
    #[inline]
    pub fn write(self, packet_len: usize, out: &mut [u8]) -> Result<(), DropReason> {
        if self == Self::Stream {
            let len = u16::try_from(packet_len).map_err(|_| DropReason::OutTooLarge)?;
            *out.first_chunk_mut().ok_or(DropReason::OutBuffer)? = len.to_be_bytes();
        }
        Ok(())
    }
}

/// What [`Key::seal_segments`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedSegments {
    /// Bytes written, framing included.
    pub len: usize,
    /// Length of each sealed packet with its framing; the last may be shorter.
    pub segment: usize,
    /// Number of packets.
    pub count: usize,
}
