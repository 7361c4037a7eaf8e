//! Control messages (ws2def.h, `WSA_CMSG_*`): what goes with a datagram besides its data.
//!
//! A block of control information is a row of messages, each a [`CMSGHDR`] with data behind it, each at a multiple of
//! eight bytes.

use crate::scalar::SIZE_T;

/// Alignment of headers and data.
pub const CMSG_ALIGNMENT: usize = 8;

c_structs! {
    /// Header of a control message.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct CMSGHDR {
        /// Bytes of header and data.
        cmsg_len: SIZE_T,
        /// Protocol, an option level.
        cmsg_level: i32,
        /// Kind, by protocol.
        cmsg_type: i32,
    }
}

/// `WSA_CMSG_LEN`: what `cmsg_len` is for so many bytes of data. `None` if it is more than the address space.
#[must_use]
pub const fn cmsg_len(data: usize) -> Option<usize> {
    size_of::<CMSGHDR>().checked_add(data)
}

/// `WSA_CMSG_SPACE`: what a message of so many bytes of data takes in a block.
#[must_use]
pub const fn cmsg_space(data: usize) -> Option<usize> {
    match cmsg_len(data) {
        Some(len) => len.checked_next_multiple_of(CMSG_ALIGNMENT),
        None => None,
    }
}

/// One control message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlMessage<'a> {
    /// Protocol, an option level.
    pub level: i32,
    /// Kind, by protocol.
    pub kind: i32,
    /// The data.
    pub data: &'a [u8],
}

impl ControlMessage<'_> {
    /// The data as a `DWORD`, if it is that long.
    #[must_use]
    pub fn as_u32(&self) -> Option<u32> {
        self.data.try_into().ok().map(u32::from_le_bytes)
    }
}

/// The messages of a block of control information. Ends at the first one that is malformed.
#[derive(Clone, Debug)]
pub struct ControlMessages<'a>(&'a [u8]);

impl<'a> ControlMessages<'a> {
    /// Reads a block.
    #[must_use]
    pub const fn new(block: &'a [u8]) -> Self {
        Self(block)
    }

    /// The first message of a level and kind.
    #[must_use]
    pub fn find_message(self, level: i32, kind: i32) -> Option<ControlMessage<'a>> {
        self.into_iter()
            .find(|message| message.level == level && message.kind == kind)
    }
}

impl<'a> Iterator for ControlMessages<'a> {
    type Item = ControlMessage<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (len, rest) = self.0.split_first_chunk::<8>()?;
        let (level, rest) = rest.split_first_chunk::<4>()?;
        let (kind, data) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
        let data = data.get(..len.checked_sub(size_of::<CMSGHDR>())?)?;
        // The last message's padding may be missing.
        let space = len.checked_next_multiple_of(CMSG_ALIGNMENT)?;
        self.0 = self.0.get(space..).unwrap_or_default();
        Some(ControlMessage {
            level: i32::from_le_bytes(*level),
            kind: i32::from_le_bytes(*kind),
            data,
        })
    }
}

/// A block of control information with room for `N` bytes, to be sent.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug)]
pub struct ControlBuffer<const N: usize> {
    bytes: [u8; N],
    used: usize,
}

impl<const N: usize> ControlBuffer<N> {
    /// A block without messages.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            used: 0,
        }
    }

    /// Adds a message; false, and nothing is changed, if there is no room.
    #[must_use]
    pub fn push(&mut self, level: i32, kind: i32, data: &[u8]) -> bool {
        let (Some(len), Some(space)) = (cmsg_len(data.len()), cmsg_space(data.len())) else {
            return false;
        };
        let Some(end) = self.used.checked_add(space) else {
            return false;
        };
        let Some(room) = self.bytes.get_mut(self.used..end) else {
            return false;
        };
        let message = (len as u64)
            .to_le_bytes()
            .into_iter()
            .chain(level.to_le_bytes())
            .chain(kind.to_le_bytes());
        room.fill(0);
        for (to, from) in room.iter_mut().zip(message.chain(data.iter().copied())) {
            *to = from;
        }
        self.used = end;
        true
    }

    /// The block: what to give as `ControlInfo`, and its length as `ControlInfoLength`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }
}

impl<const N: usize> Default for ControlBuffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsk::{IP_PKTINFO, IPPROTO_IP, IPPROTO_UDP, UDP_SEND_MSG_SIZE};
    use alloc::vec::Vec;

    #[test]
    fn lengths_are_those_of_the_c_macros() {
        for (data, len, space) in [(0, 16, 16), (1, 17, 24), (4, 20, 24), (8, 24, 24), (20, 36, 40)] {
            assert_eq!(
                (cmsg_len(data), cmsg_space(data)),
                (Some(len), Some(space)),
                "{data}"
            );
        }
        assert_eq!((cmsg_len(usize::MAX), cmsg_space(usize::MAX - 16)), (None, None));
    }

    #[test]
    fn messages_that_were_pushed_are_read_again() {
        let mut block = ControlBuffer::<48>::new();
        assert!(block.push(
            IPPROTO_UDP as i32,
            UDP_SEND_MSG_SIZE as i32,
            &1200_u32.to_le_bytes()
        ));
        assert!(block.push(IPPROTO_IP as i32, IP_PKTINFO as i32, &[1, 2, 3, 4, 7, 0, 0, 0]));
        assert!(!block.push(0, 0, &[]), "no room is left");
        let messages: Vec<_> = ControlMessages::new(block.as_bytes()).collect();
        assert_eq!(messages.len(), 2);
        assert_eq!(
            (messages[0].level, messages[0].kind, messages[0].as_u32()),
            (17, 2, Some(1200))
        );
        assert_eq!(messages[1].data, [1, 2, 3, 4, 7, 0, 0, 0]);
        let found = ControlMessages::new(block.as_bytes())
            .find_message(0, 19)
            .unwrap();
        assert_eq!(found.data.len(), 8);
    }

    #[test]
    fn a_malformed_block_ends_the_row() {
        let mut block = ControlBuffer::<24>::new();
        assert!(block.push(17, 3, &[0; 4]));
        let good = block.as_bytes().to_vec();
        for (why, at, value, want) in [
            ("as it is", 8, 17, 1),
            ("shorter than a header", 0, 15, 0),
            ("longer than the block", 0, 25, 0),
        ] {
            let mut bytes = good.clone();
            bytes[at] = value;
            assert_eq!(ControlMessages::new(&bytes).count(), want, "{why}");
        }
        assert_eq!(
            ControlMessages::new(&good[..20]).count(),
            1,
            "the last padding may be missing"
        );
        assert_eq!(ControlMessages::new(&good[..15]).count(), 0);
        let mut huge = good;
        huge[..8].fill(0xFF);
        assert_eq!(ControlMessages::new(&huge).count(), 0);
    }
}
