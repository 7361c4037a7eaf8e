//! `virtio_net_hdr` (virtio 1.2 section 5.1.6; `linux/virtio_net.h`): what stands before each packet of a Linux TUN
//! device that has `IFF_VNET_HDR` set.
//!
//! The legacy header has [`LEN`] bytes; with `TUNSETVNETHDRSZ` 12 the driver adds `num_buffers`
//! ([`LEN_MRG_RXBUF`]), which TUN leaves alone. Fields are in the machine's byte order unless the device was told
//! otherwise (`TUNSETVNETLE`), which is not supported here.

use super::{GsoKind, put, take};

/// Length of the header without `num_buffers`, in bytes.
pub const LEN: usize = 10;
/// Length of the header with `num_buffers`, in bytes.
pub const LEN_MRG_RXBUF: usize = 12;

const NEEDS_CSUM: u8 = 1;
const DATA_VALID: u8 = 2;
const GSO_NONE: u8 = 0;
const GSO_TCPV4: u8 = 1;
const GSO_TCPV6: u8 = 4;
const GSO_UDP_L4: u8 = 5;
const GSO_ECN: u8 = 0x80;

/// A decoded header. [`Header::default`] says nothing about a packet: no offload, checksum not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What is known about, or wanted for, the transport checksum.
    pub checksum: Checksum,
    /// `Some` if the packet is a super-packet.
    pub gso: Option<Gso>,
    /// Length of all headers of the packet in bytes; a hint, 0 if not given.
    pub header_len: u16,
}

/// State of the transport checksum of a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksum {
    /// Nothing is known; whoever receives the packet checks it.
    #[default]
    Unknown,
    /// It has been verified, or the packet never left the machine (`VIRTIO_NET_HDR_F_DATA_VALID`).
    Valid,
    /// It is partial (`VIRTIO_NET_HDR_F_NEEDS_CSUM`).
    Partial(PartialChecksum),
}

/// A checksum that someone else completes: its field holds the sum of the pseudo header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialChecksum {
    /// Where the summed data starts, from the start of the IP packet, in bytes: the transport header.
    pub start: u16,
    /// Where the checksum field is, from `start`, in bytes.
    pub offset: u16,
}

/// What makes a packet a super-packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gso {
    /// Protocols; for [`GSO_UDP_L4`](Header::decode) the IP version comes from the packet.
    pub kind: GsoKind,
    /// Transport payload bytes per segment; the last may have fewer. Never 0.
    pub size: u16,
    /// TCP only: the first segment has CWR set (`VIRTIO_NET_HDR_GSO_ECN`).
    pub ecn: bool,
}

/// Why a header was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Fewer than [`LEN`] bytes, or no packet after the header.
    Short,
    /// A `gso_type` that isn't spoken here, such as UDP fragmentation offload.
    GsoType(u8),
    /// A super-packet with a segment size of zero.
    GsoSize,
}

impl Header {
    /// Decodes the first [`LEN`] bytes of `bytes`. `packet` is the IP packet behind it; its first byte tells the
    /// version of a UDP super-packet.
    ///
    /// # Errors
    /// See [`DecodeError`].
    pub fn decode(bytes: &[u8], packet: &[u8]) -> Result<Self, DecodeError> {
        let [flags, gso_type] = take(bytes, 0).ok_or(DecodeError::Short)?;
        let field = |at| take(bytes, at).map(u16::from_ne_bytes).ok_or(DecodeError::Short);
        let (header_len, size, start, offset) = (field(2)?, field(4)?, field(6)?, field(8)?);
        let checksum = if flags & NEEDS_CSUM != 0 {
            Checksum::Partial(PartialChecksum { start, offset })
        } else if flags & DATA_VALID != 0 {
            Checksum::Valid
        } else {
            Checksum::Unknown
        };
        let kind = match (gso_type & !GSO_ECN, packet.first().map(|byte| byte >> 4)) {
            (GSO_NONE, _) => {
                return Ok(Self {
                    checksum,
                    gso: None,
                    header_len,
                });
            }
            (GSO_TCPV4, _) => GsoKind::Tcp4,
            (GSO_TCPV6, _) => GsoKind::Tcp6,
            (GSO_UDP_L4, Some(4)) => GsoKind::Udp4,
            (GSO_UDP_L4, Some(6)) => GsoKind::Udp6,
            (GSO_UDP_L4, None) => return Err(DecodeError::Short),
            _ => return Err(DecodeError::GsoType(gso_type)),
        };
        if size == 0 {
            return Err(DecodeError::GsoSize);
        }
        Ok(Self {
            checksum,
            gso: Some(Gso {
                kind,
                size,
                ecn: gso_type & GSO_ECN != 0,
            }),
            header_len,
        })
    }

    /// Writes the header to the start of `out`, whose length says which form is meant: [`LEN`] bytes or more; with
    /// [`LEN_MRG_RXBUF`] or more, `num_buffers` is written too (1).
    ///
    /// `None`, with nothing written, if `out` is too short.
    pub fn encode(&self, out: &mut [u8]) -> Option<()> {
        let (flags, start, offset) = match self.checksum {
            Checksum::Unknown => (0, 0, 0),
            Checksum::Valid => (DATA_VALID, 0, 0),
            Checksum::Partial(partial) => (NEEDS_CSUM, partial.start, partial.offset),
        };
        let (gso_type, size) = match self.gso {
            None => (GSO_NONE, 0),
            Some(gso) => {
                let kind = match gso.kind {
                    GsoKind::Tcp4 => GSO_TCPV4,
                    GsoKind::Tcp6 => GSO_TCPV6,
                    GsoKind::Udp4 | GsoKind::Udp6 => GSO_UDP_L4,
                };
                (kind | if gso.ecn { GSO_ECN } else { 0 }, gso.size)
            }
        };
        out.first_chunk_mut::<LEN>()?;
        put(out, 0, [flags, gso_type])?;
        put(out, 2, self.header_len.to_ne_bytes())?;
        put(out, 4, size.to_ne_bytes())?;
        put(out, 6, start.to_ne_bytes())?;
        put(out, 8, offset.to_ne_bytes())?;
        if out.len() >= LEN_MRG_RXBUF {
            put(out, LEN, 1u16.to_ne_bytes())?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: [u8; 2], fields: [u16; 4]) -> [u8; LEN] {
        let mut header = [0; LEN];
        header[..2].copy_from_slice(&bytes);
        for (i, field) in fields.into_iter().enumerate() {
            header[2 + 2 * i..][..2].copy_from_slice(&field.to_ne_bytes());
        }
        header
    }

    const V4: &[u8] = &[0x45];
    const V6: &[u8] = &[0x60];

    #[test]
    fn known_headers_decode_and_encode_to_the_same_bytes() {
        let partial = |start, offset| Checksum::Partial(PartialChecksum { start, offset });
        let gso = |kind, size, ecn| Some(Gso { kind, size, ecn });
        let cases = [
            ("nothing", header([0, 0], [0; 4]), V4, Header::default()),
            (
                "verified",
                header([2, 0], [0; 4]),
                V4,
                Header {
                    checksum: Checksum::Valid,
                    ..Header::default()
                },
            ),
            (
                "partial checksum",
                header([1, 0], [0, 0, 20, 16]),
                V4,
                Header {
                    checksum: partial(20, 16),
                    gso: None,
                    header_len: 0,
                },
            ),
            (
                "TCP over IPv4",
                header([1, 1], [52, 1388, 20, 16]),
                V4,
                Header {
                    checksum: partial(20, 16),
                    gso: gso(GsoKind::Tcp4, 1388, false),
                    header_len: 52,
                },
            ),
            (
                "TCP over IPv6 with CWR",
                header([1, 0x84], [72, 1368, 40, 16]),
                V6,
                Header {
                    checksum: partial(40, 16),
                    gso: gso(GsoKind::Tcp6, 1368, true),
                    header_len: 72,
                },
            ),
            (
                "UDP over IPv4",
                header([1, 5], [28, 1200, 20, 6]),
                V4,
                Header {
                    checksum: partial(20, 6),
                    gso: gso(GsoKind::Udp4, 1200, false),
                    header_len: 28,
                },
            ),
            (
                "UDP over IPv6",
                header([1, 5], [48, 1200, 40, 6]),
                V6,
                Header {
                    checksum: partial(40, 6),
                    gso: gso(GsoKind::Udp6, 1200, false),
                    header_len: 48,
                },
            ),
        ];
        for (what, bytes, packet, want) in cases {
            assert_eq!(Header::decode(&bytes, packet), Ok(want), "{what}");
            let mut out = [0xaa; LEN_MRG_RXBUF];
            want.encode(&mut out).unwrap();
            assert_eq!(out[..LEN], bytes, "{what}");
            assert_eq!(out[LEN..], 1u16.to_ne_bytes(), "{what}: num_buffers");
            let mut out = [0xaa; LEN_MRG_RXBUF];
            want.encode(&mut out[..LEN]).unwrap();
            assert_eq!(
                (&out[..LEN], &out[LEN..]),
                (&bytes[..], &[0xaa; 2][..]),
                "{what}: short form"
            );
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for (what, bytes, packet, want) in [
            (
                "UDP fragmentation offload",
                header([1, 3], [28, 1472, 20, 6]),
                V4,
                DecodeError::GsoType(3),
            ),
            (
                "UDP over nothing known",
                header([1, 5], [28, 1472, 20, 6]),
                &[0x00][..],
                DecodeError::GsoType(5),
            ),
            (
                "no packet",
                header([1, 5], [28, 1472, 20, 6]),
                &[][..],
                DecodeError::Short,
            ),
            (
                "segment size 0",
                header([1, 1], [52, 0, 20, 16]),
                V4,
                DecodeError::GsoSize,
            ),
        ] {
            assert_eq!(Header::decode(&bytes, packet), Err(want), "{what}");
        }
        assert_eq!(Header::decode(&[0; 9], V4), Err(DecodeError::Short));
        assert_eq!(Header::default().encode(&mut [0; 9]), None);
    }
}
