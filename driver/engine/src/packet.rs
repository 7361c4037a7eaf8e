//! The OpenVPN packet: first byte, DATA_V2 header, the two AEAD formats, and what is not IP inside.
//!
//! Follows "OpenVPN data channel", sections on the first byte and header, the AEAD formats and keepalive/OCC.
//! A view is made by checking lengths once; no accessor fails afterwards. Builders write into the caller's buffer.
//!
//! | | classic | epoch |
//! |---|---|---|
//! | associated data | header, packet id (32 bits) | header, epoch (16 bits), counter (48 bits) |
//! | then | tag, ciphertext | ciphertext, tag |
//! | overhead | 24 bytes | 28 bytes |
//!
//! Left out: what is inside control packets, which belongs to user space, and DATA_V1, which is only recognised.

use crate::DropReason;
use crate::offload::ip;
use ovpn_dco_uapi::{KeyId, PeerId};

/// Length of the DATA_V2 header in bytes.
pub const HEADER_LEN: usize = 4;

/// Length of the authentication tag in bytes.
pub const TAG_LEN: usize = 16;

/// Most bytes that sealing adds to a packet, in either format.
pub const MAX_SEAL_OVERHEAD: usize = Format::Epoch.overhead();

/// The payload of a keepalive ping, the whole of it.
pub const PING: [u8; 16] = [
    0x2a, 0x18, 0x7b, 0xf3, 0x64, 0x1e, 0xb4, 0xcb, 0x07, 0xed, 0x2d, 0x0a, 0x98, 0x1f, 0xc7, 0x48,
];

/// The first bytes of the payload of an OCC message.
pub const OCC_MAGIC: [u8; 16] = [
    0x28, 0x7f, 0x34, 0x6b, 0xd4, 0xef, 0x7a, 0x81, 0x2d, 0x56, 0xb8, 0xd3, 0xaf, 0xc5, 0x45, 0x9c,
];

const DATA_V1: u8 = 6;
const DATA_V2: u8 = 9;

/// A packet from the transport, sorted by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'p> {
    /// DATA_V2: the data channel's own.
    Data(DataPacket<'p>),
    /// For user space, as it is. Also opcodes that nobody has assigned yet: user space knows them or discards them.
    Control(&'p [u8]),
}

impl<'p> Incoming<'p> {
    /// Sorts a whole packet: a datagram, or what the stream framing gave.
    ///
    /// # Errors
    /// [`DropReason::InShort`], [`DropReason::InDataV1`] or [`DropReason::ControlInShort`].
    #[inline]
    pub fn sort(packet: &'p [u8]) -> Result<Self, DropReason> {
        let opcode = packet.first().map_or(0, |byte| byte >> 3);
        match opcode {
            DATA_V2 => DataPacket::new(packet).map(Self::Data).ok_or(DropReason::InShort),
            DATA_V1 => Err(DropReason::InDataV1),
            _ if packet.len() < HEADER_LEN => Err(DropReason::ControlInShort),
            _ => Ok(Self::Control(packet)),
        }
    }
}

/// The DATA_V2 header: opcode, key id, peer id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataHeader {
    /// Which of the receiver's keys.
    pub key_id: KeyId,
    /// Which of the receiver's peers.
    pub peer_id: PeerId,
}

impl DataHeader {
    /// Reads the header; `None` if the opcode is not DATA_V2.
    #[inline]
    pub fn parse(bytes: [u8; HEADER_LEN]) -> Option<Self> {
        let [first, high, middle, low] = bytes;
        if first >> 3 != DATA_V2 {
            return None;
        }
        let peer_id = PeerId::new(u32::from_be_bytes([0, high, middle, low]))?;
        Some(Self {
            key_id: KeyId::new(first & 7)?,
            peer_id,
        })
    }

    /// The header as it goes over the wire.
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let [_, high, middle, low] = self.peer_id.get().to_be_bytes();
        [DATA_V2 << 3 | self.key_id.get(), high, middle, low]
    }
}

/// A packet that starts with a DATA_V2 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPacket<'p> {
    bytes: &'p [u8],
    header: DataHeader,
}

impl<'p> DataPacket<'p> {
    /// Checks opcode and header; `None` if it is no DATA_V2 packet. The rest depends on the key's format.
    #[inline]
    pub fn new(bytes: &'p [u8]) -> Option<Self> {
        let header = DataHeader::parse(*bytes.first_chunk()?)?;
        Some(Self { bytes, header })
    }

    /// The header.
    pub fn header(&self) -> DataHeader {
        self.header
    }

    /// Length of the whole packet in bytes.
    #[expect(clippy::len_without_is_empty, reason = "there is always a header")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The packet in the classic format; `None` below 24 bytes.
    #[inline]
    pub fn classic(&self) -> Option<ClassicPacket<'p>> {
        let (aad, rest) = self.bytes.split_first_chunk::<8>()?;
        let (tag, ciphertext) = rest.split_first_chunk()?;
        let [_, _, _, _, packet_id @ ..] = aad;
        Some(ClassicPacket {
            aad,
            packet_id: u32::from_be_bytes(*packet_id),
            tag,
            ciphertext,
        })
    }

    /// The packet in the epoch format; `None` below 28 bytes.
    #[inline]
    pub fn epoch(&self) -> Option<EpochPacket<'p>> {
        let (aad, rest) = self.bytes.split_first_chunk::<12>()?;
        let (ciphertext, tag) = rest.split_last_chunk()?;
        let [_, _, _, _, packet_id @ ..] = aad;
        let packet_id = u64::from_be_bytes(*packet_id);
        Some(EpochPacket {
            aad,
            packet_id: EpochPacketId(packet_id),
            ciphertext,
            tag,
        })
    }
}

/// A data packet in the classic format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassicPacket<'p> {
    /// Associated data: header and packet id.
    pub aad: &'p [u8; 8],
    /// Packet id; 0 is never sent.
    pub packet_id: u32,
    /// The tag, which stands before the ciphertext.
    pub tag: &'p [u8; TAG_LEN],
    /// The encrypted payload.
    pub ciphertext: &'p [u8],
}

/// A data packet in the epoch format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochPacket<'p> {
    /// Associated data: header, epoch and counter.
    pub aad: &'p [u8; 12],
    /// Epoch and counter.
    pub packet_id: EpochPacketId,
    /// The encrypted payload.
    pub ciphertext: &'p [u8],
    /// The tag, at the end.
    pub tag: &'p [u8; TAG_LEN],
}

/// The 64-bit packet id of the epoch format: epoch and counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochPacketId(u64);

impl EpochPacketId {
    /// The id for a counter of an epoch; the counter's low 48 bits count.
    pub const fn new(epoch: u16, counter: u64) -> Self {
        Self((epoch as u64) << 48 | counter & crate::limits::EPOCH_COUNTER_MAX)
    }

    /// The epoch; 0 is invalid.
    pub const fn epoch(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// The counter, 48 bits; 0 is never sent.
    pub const fn counter(self) -> u64 {
        self.0 & crate::limits::EPOCH_COUNTER_MAX
    }

    /// The id as it goes over the wire.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// How the packets of a key are laid out. A key's own property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 32-bit packet id, tag before the ciphertext.
    Classic,
    /// 64-bit packet id with an epoch, tag at the end.
    Epoch,
}

impl Format {
    /// Bytes in front of the ciphertext.
    pub const fn head(self) -> usize {
        match self {
            Self::Classic => 24,
            Self::Epoch => 12,
        }
    }

    /// Bytes behind the ciphertext.
    pub const fn tail(self) -> usize {
        match self {
            Self::Classic => 0,
            Self::Epoch => TAG_LEN,
        }
    }

    /// What sealing adds to a packet, in bytes; also the length of the shortest data packet.
    pub const fn overhead(self) -> usize {
        match self {
            Self::Classic => 24,
            Self::Epoch => 28,
        }
    }
}

/// The parts of a data packet that is being built.
pub struct PacketMut<'p, const AAD: usize> {
    /// Associated data, already written.
    pub aad: &'p [u8; AAD],
    /// Where the tag goes.
    pub tag: &'p mut [u8; TAG_LEN],
    /// Where the ciphertext goes.
    pub body: &'p mut [u8],
}

/// Starts a packet of the classic format that fills `packet`; `None` if that is shorter than the overhead.
#[inline]
pub fn build_classic(
    packet: &mut [u8],
    header: [u8; HEADER_LEN],
    packet_id: u32,
) -> Option<PacketMut<'_, 8>> {
    let (aad, rest) = packet.split_first_chunk_mut::<8>()?;
    let (tag, body) = rest.split_first_chunk_mut()?;
    let (head, id) = aad.split_first_chunk_mut::<HEADER_LEN>()?;
    *head = header;
    *id.first_chunk_mut()? = packet_id.to_be_bytes();
    Some(PacketMut { aad, tag, body })
}

/// Starts a packet of the epoch format that fills `packet`; `None` if that is shorter than the overhead.
#[inline]
pub fn build_epoch(
    packet: &mut [u8],
    header: [u8; HEADER_LEN],
    packet_id: EpochPacketId,
) -> Option<PacketMut<'_, 12>> {
    let (aad, rest) = packet.split_first_chunk_mut::<12>()?;
    let (body, tag) = rest.split_last_chunk_mut()?;
    let (head, id) = aad.split_first_chunk_mut::<HEADER_LEN>()?;
    *head = header;
    *id.first_chunk_mut()? = packet_id.to_bytes();
    Some(PacketMut { aad, tag, body })
}

/// What an authentic packet holds.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'p> {
    /// An IP packet, complete by its own account.
    Ip(ip::Packet<'p>),
    /// The peer is alive. Not for the tunnel.
    Ping,
}

impl<'p> Payload<'p> {
    /// Looks at plaintext.
    ///
    /// # Errors
    /// [`DropReason::InEmpty`], [`DropReason::InOcc`], [`DropReason::InNotIp`] or [`DropReason::InInnerLength`].
    #[inline]
    pub fn of(plaintext: &'p [u8]) -> Result<Self, DropReason> {
        match ip::Packet::parse(plaintext) {
            Ok(packet) => Ok(Self::Ip(packet)),
            Err(ip::ParseError::Header | ip::ParseError::Length) => Err(DropReason::InInnerLength),
            Err(ip::ParseError::Version) if *plaintext == PING => Ok(Self::Ping),
            Err(ip::ParseError::Version) if plaintext.is_empty() => Err(DropReason::InEmpty),
            Err(ip::ParseError::Version) if plaintext.starts_with(&OCC_MAGIC) => Err(DropReason::InOcc),
            Err(ip::ParseError::Version) => Err(DropReason::InNotIp),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::vec;

    fn sorted(packet: &[u8]) -> Result<&str, DropReason> {
        Incoming::sort(packet).map(|incoming| match incoming {
            Incoming::Data(_) => "data",
            Incoming::Control(_) => "control",
        })
    }

    #[test]
    fn the_first_byte_sorts_packets() {
        let of = |opcode: u8, len: usize| {
            let mut packet = vec![0; len];
            packet[0] = opcode << 3 | 5;
            sorted(&packet).map(std::string::ToString::to_string)
        };
        for opcode in 0..32 {
            let expected = match opcode {
                6 => Err(DropReason::InDataV1),
                9 => Ok("data".into()),
                _ => Ok("control".into()),
            };
            assert_eq!(of(opcode, 4), expected, "opcode {opcode}");
        }
        assert_eq!(of(9, 3), Err(DropReason::InShort));
        assert_eq!(of(4, 3), Err(DropReason::ControlInShort));
        assert_eq!(sorted(&[]), Err(DropReason::ControlInShort));
    }

    #[test]
    fn the_header_is_one_word() {
        let header = DataHeader {
            key_id: KeyId::new(3).unwrap(),
            peer_id: PeerId::new(0x00E4_7B70).unwrap(),
        };
        assert_eq!(header.to_bytes(), [0x4b, 0xe4, 0x7b, 0x70]);
        assert_eq!(DataHeader::parse(header.to_bytes()), Some(header));
        assert_eq!(DataHeader::parse([0x30, 0, 0, 1]), None);
    }

    #[test]
    fn views_begin_at_the_overhead() {
        let mut bytes = [0; 28];
        bytes[0] = 0x48;
        for len in 4..=28 {
            let packet = DataPacket::new(&bytes[..len]).unwrap();
            assert_eq!(
                packet.classic().is_some(),
                len >= Format::Classic.overhead(),
                "{len}"
            );
            assert_eq!(packet.epoch().is_some(), len >= Format::Epoch.overhead(), "{len}");
        }
    }

    #[test]
    fn what_is_built_is_what_is_read() {
        let header = [0x49, 0, 0, 7];
        let mut bytes = [0; 40];
        let built = build_classic(&mut bytes, header, 0x0102_0304).unwrap();
        built.tag.fill(0xaa);
        built.body.fill(0xbb);
        let packet = DataPacket::new(&bytes).unwrap().classic().unwrap();
        assert_eq!(
            (packet.packet_id, packet.aad),
            (0x0102_0304, &[0x49, 0, 0, 7, 1, 2, 3, 4])
        );
        assert_eq!((packet.tag, packet.ciphertext), (&[0xaa; 16], &[0xbb; 16][..]));

        let id = EpochPacketId::new(17, 0x0102_0304_0506);
        let built = build_epoch(&mut bytes, header, id).unwrap();
        built.tag.fill(0xcc);
        built.body.fill(0xdd);
        let packet = DataPacket::new(&bytes).unwrap().epoch().unwrap();
        assert_eq!(
            (packet.packet_id.epoch(), packet.packet_id.counter()),
            (17, 0x0102_0304_0506)
        );
        assert_eq!(packet.aad, &[0x49, 0, 0, 7, 0, 17, 1, 2, 3, 4, 5, 6]);
        assert_eq!((packet.tag, packet.ciphertext), (&[0xcc; 16], &[0xdd; 12][..]));

        assert!(build_classic(&mut [0; 23], header, 0).is_none());
        assert!(build_epoch(&mut [0; 27], header, id).is_none());
    }

    #[test]
    fn only_the_exact_ping_is_a_ping() {
        assert!(matches!(Payload::of(&PING), Ok(Payload::Ping)));
        let mut longer = PING.to_vec();
        longer.push(0);
        assert_eq!(Payload::of(&longer).unwrap_err(), DropReason::InNotIp);
        assert_eq!(Payload::of(&PING[..15]).unwrap_err(), DropReason::InNotIp);
    }

    #[test]
    fn what_is_not_ip_is_not_delivered() {
        let mut occ = OCC_MAGIC.to_vec();
        occ.push(6);
        let short = [0x45; 19];
        let mut beyond = [0; 20];
        (beyond[0], beyond[3]) = (0x45, 21);
        let cases: [(&[u8], DropReason); 5] = [
            (&[], DropReason::InEmpty),
            (&occ, DropReason::InOcc),
            (&[0x55; 40], DropReason::InNotIp),
            (&short, DropReason::InInnerLength),
            (&beyond, DropReason::InInnerLength),
        ];
        for (plaintext, reason) in cases {
            assert_eq!(Payload::of(plaintext).unwrap_err(), reason);
        }
        beyond[3] = 20;
        assert!(matches!(Payload::of(&beyond), Ok(Payload::Ip(_))));
    }
}
