//! Control messages: those of Windows and those of the host have the same form, and different numbers.

use netcx_sys::wsk::{
    CMSGHDR, ControlMessages, IP_ECN, IP_PKTINFO, IP_TOS, IPPROTO_IP, IPPROTO_IPV6, IPV6_ECN, IPV6_PKTINFO,
    IPV6_TCLASS,
};

use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violate;

/// Not in the `libc` crate for all C libraries: `UDP_SEGMENT` and `UDP_GRO`.
pub const UDP_SEGMENT: i32 = 103;
/// As above.
pub const UDP_GRO: i32 = 104;

const HEADER: usize = size_of::<CMSGHDR>();

/// Room for the control messages of one message of the host.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Space {
    bytes: [u8; 128],
    used: usize,
}

impl Space {
    /// Room without messages.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: [0; 128],
            used: 0,
        }
    }

    /// Adds a message; what finds no room is left out.
    pub fn push(&mut self, level: i32, kind: i32, data: &[u8]) {
        let end = self.used + (HEADER + data.len()).next_multiple_of(8);
        let Some(room) = self.bytes.get_mut(self.used..end) else {
            return;
        };
        room[..8].copy_from_slice(&(HEADER + data.len()).to_ne_bytes());
        room[8..12].copy_from_slice(&level.to_ne_bytes());
        room[12..16].copy_from_slice(&kind.to_ne_bytes());
        room[16..16 + data.len()].copy_from_slice(data);
        self.used = end;
    }

    /// What is there, for the host; `None` if it is empty.
    pub fn for_host(&mut self) -> Option<(*mut libc::c_void, usize)> {
        (self.used > 0).then_some((self.bytes.as_mut_ptr().cast(), self.used))
    }

    /// All of it, for the host to write to.
    pub fn for_receive(&mut self) -> (*mut libc::c_void, usize) {
        (self.bytes.as_mut_ptr().cast(), self.bytes.len())
    }

    /// The first `length` bytes.
    #[must_use]
    pub fn bytes(&self, length: usize) -> &[u8] {
        &self.bytes[..length.min(self.bytes.len())]
    }

    fn written(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

impl Default for Space {
    fn default() -> Self {
        Self::new()
    }
}

/// Control messages of a client's send, in the host's numbers.
pub struct Outgoing(Space);

impl Outgoing {
    /// Reads the control information of a call.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER`, and a violation if it is malformed. Messages of options that the provider doesn't have
    /// (USO) are refused, as Windows does where it doesn't know them.
    pub fn new(control: Guest<u8>, length: usize) -> Result<Self, NtStatus> {
        let mut space = Space::new();
        if length == 0 {
            return Ok(Self(space));
        }
        if control.is_null() {
            violate!(
                WSK_PARAMETER,
                "ControlInfoLength is {length}, and there is no ControlInfo"
            );
            return Err(status::INVALID_PARAMETER);
        }
        let bytes = control.read_bytes(length);
        let mut read = 0;
        for message in ControlMessages::new(&bytes) {
            read += (HEADER + message.data.len()).next_multiple_of(8);
            add_outgoing(&mut space, message.level, message.kind, message.data)?;
        }
        if read.next_multiple_of(8) < length {
            violate!(
                WSK_PARAMETER,
                "ControlInfo is malformed behind {read} of {length} bytes"
            );
            return Err(status::INVALID_PARAMETER);
        }
        Ok(Self(space))
    }

    /// The control messages of one message of the host, to be cut into segments of this size.
    #[must_use]
    pub fn space(&self, segment: Option<usize>) -> Space {
        let mut space = self.0;
        if let Some(size) = segment {
            let size = u16::try_from(size).unwrap_or(u16::MAX);
            space.push(libc::IPPROTO_UDP, UDP_SEGMENT, &size.to_ne_bytes());
        }
        space
    }
}

fn add_outgoing(space: &mut Space, level: i32, kind: i32, data: &[u8]) -> Result<(), NtStatus> {
    let bad = Err(status::INVALID_PARAMETER);
    let (Ok(level), Ok(kind)) = (u32::try_from(level), u32::try_from(kind)) else {
        return bad;
    };
    let first = i32::from(data.first().copied().unwrap_or(0));
    match (level, kind) {
        (IPPROTO_IP, IP_PKTINFO) if data.len() >= 8 => {
            // in_pktinfo: interface, source, and an address that only counts when receiving.
            let mut info = [0; 12];
            info[..4].copy_from_slice(&data[4..8]);
            info[4..8].copy_from_slice(&data[..4]);
            space.push(libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
        }
        (IPPROTO_IPV6, IPV6_PKTINFO) if data.len() >= 20 => {
            space.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &data[..20]);
        }
        (IPPROTO_IP, IP_TOS | IP_ECN) => space.push(libc::IPPROTO_IP, libc::IP_TOS, &first.to_ne_bytes()),
        (IPPROTO_IPV6, IPV6_TCLASS | IPV6_ECN) => {
            space.push(libc::IPPROTO_IPV6, libc::IPV6_TCLASS, &first.to_ne_bytes());
        }
        _ => return bad,
    }
    Ok(())
}

/// What the host said about a message that it received.
pub struct Incoming {
    /// Bytes of each datagram, if it is several.
    pub segment: Option<usize>,
    control: Space,
}

impl Incoming {
    /// Reads the host's control messages.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let mut this = Self {
            segment: None,
            control: Space::new(),
        };
        for message in ControlMessages::new(bytes) {
            this.add(message.level, message.kind, message.data);
        }
        this
    }

    fn add(&mut self, level: i32, kind: i32, data: &[u8]) {
        let first = i32::from(data.first().copied().unwrap_or(0)).to_ne_bytes();
        let (ip, ipv6) = (IPPROTO_IP.cast_signed(), IPPROTO_IPV6.cast_signed());
        match (level, kind) {
            (libc::IPPROTO_UDP, UDP_GRO) => {
                let size = data.get(..2).map_or(0, |d| u16::from_ne_bytes([d[0], d[1]]));
                self.segment = Some(usize::from(size)).filter(|size| *size > 0);
            }
            (libc::IPPROTO_IP, libc::IP_PKTINFO) if data.len() >= 12 => {
                let mut info = [0; 8];
                info[..4].copy_from_slice(&data[8..12]);
                info[4..].copy_from_slice(&data[..4]);
                self.control.push(ip, IP_PKTINFO.cast_signed(), &info);
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                self.control.push(ipv6, IPV6_PKTINFO.cast_signed(), data);
            }
            (libc::IPPROTO_IP, libc::IP_TOS) => self.control.push(ip, IP_TOS.cast_signed(), &first),
            (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
                self.control.push(ipv6, IPV6_TCLASS.cast_signed(), &first);
            }
            _ => {}
        }
    }

    /// The control information for the client.
    #[must_use]
    pub fn for_client(&self) -> &[u8] {
        self.control.written()
    }
}

#[cfg(test)]
mod tests {
    use netcx_sys::wsk::ControlBuffer;

    use super::*;

    #[test]
    fn packet_information_goes_out_and_comes_back() {
        let mut block = ControlBuffer::<64>::new();
        assert!(block.push(0, IP_PKTINFO.cast_signed(), &[192, 0, 2, 1, 7, 0, 0, 0]));
        let bytes = block.as_bytes();
        let mut out = Outgoing::new(Guest::at(bytes.as_ptr() as usize), bytes.len())
            .unwrap_or_else(|_| panic!("refused"))
            .space(Some(1400));
        let (_, length) = out.for_host().unwrap();
        let messages: Vec<_> = ControlMessages::new(out.bytes(length)).collect();
        assert_eq!(messages[0].data[..8], [7, 0, 0, 0, 192, 0, 2, 1]);
        assert_eq!(
            (messages[1].kind, messages[1].data),
            (UDP_SEGMENT, &1400u16.to_ne_bytes()[..])
        );

        let mut host = Space::new();
        host.push(libc::IPPROTO_UDP, UDP_GRO, &1200i32.to_ne_bytes());
        host.push(
            libc::IPPROTO_IP,
            libc::IP_PKTINFO,
            &[7, 0, 0, 0, 1, 1, 1, 1, 192, 0, 2, 1],
        );
        let incoming = Incoming::new(host.written());
        assert_eq!(incoming.segment, Some(1200));
        let found = ControlMessages::new(incoming.for_client()).next().unwrap();
        assert_eq!(found.data, [192, 0, 2, 1, 7, 0, 0, 0]);
    }
}
