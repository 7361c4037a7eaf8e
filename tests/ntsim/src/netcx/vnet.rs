//! The virtio-net header in front of frames (virtio 1.2, 5.1.6): partial checksums and segmentation.

/// Its length without the number of buffers.
pub(super) const LENGTH: usize = 10;
const NEEDS_CHECKSUM: u8 = 1;
const TCPV4: u8 = 1;
const TCPV6: u8 = 4;
const UDP_L4: u8 = 5;
const ECN: u8 = 0x80;

/// What a super-packet is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segments {
    Tcp,
    Udp,
}

/// The header. Numbers are in host order (legacy, little-endian on this host).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Where the checksummed part begins, and where in it the checksum is.
    pub checksum: Option<(usize, usize)>,
    /// Kind and payload bytes of each segment.
    pub segments: Option<(Segments, usize)>,
    /// IPv6: needed to write it only.
    pub ipv6: bool,
    /// Length of all headers: needed to write it only.
    pub headers: usize,
}

impl Header {
    /// Reads it from the beginning of a frame. `None`: too short, or a kind of segmentation that was not asked for.
    pub(super) fn parse(frame: &[u8]) -> Option<Self> {
        let bytes: &[u8; LENGTH] = frame.first_chunk()?;
        let number = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        let segments = match bytes[1] & !ECN {
            0 => None,
            TCPV4 | TCPV6 => Some((Segments::Tcp, number(4))),
            UDP_L4 => Some((Segments::Udp, number(4))),
            _ => return None,
        };
        Some(Self {
            checksum: (bytes[0] & NEEDS_CHECKSUM != 0).then(|| (number(6), number(8))),
            segments: segments.filter(|(_, size)| *size != 0),
            ipv6: bytes[1] & !ECN == TCPV6,
            headers: number(2),
        })
    }

    /// As bytes.
    pub(super) fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let mut put = |at: usize, value: usize| {
            bytes[at..at + 2].copy_from_slice(&u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes());
        };
        if let Some((start, offset)) = self.checksum {
            put(6, start);
            put(8, offset);
        }
        if let Some((_, size)) = self.segments {
            put(2, self.headers);
            put(4, size);
        }
        bytes[0] = if self.checksum.is_some() {
            NEEDS_CHECKSUM
        } else {
            0
        };
        bytes[1] = match self.segments {
            None => 0,
            Some((Segments::Tcp, _)) if self.ipv6 => TCPV6,
            Some((Segments::Tcp, _)) => TCPV4,
            Some((Segments::Udp, _)) => UDP_L4,
        };
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_way_there_and_back() {
        let header = Header {
            checksum: Some((40, 16)),
            segments: Some((Segments::Tcp, 1360)),
            ipv6: true,
            headers: 60,
        };
        assert_eq!(Header::parse(&header.to_bytes()), Some(header));
        assert_eq!(Header::parse(&[0; 9]), None);
        let mut unknown = [0; 10];
        unknown[1] = 3; // UFO was never asked for
        assert_eq!(Header::parse(&unknown), None);
    }
}
