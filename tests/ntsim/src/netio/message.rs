//! Datagrams on their way to the host: which of them are one message.

use netcx_sys::wsk::WSK_BUF_LIST;

use super::address::HostAddress;
use super::buffer::Buffer;
use super::cmsg;
use super::datagram_receive::Datagrams;
use crate::guest::Guest;

/// What a call sends.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// One datagram.
    One(Buffer),
    /// A list.
    List(Guest<WSK_BUF_LIST>),
}

impl What {
    /// Calls `each` with every buffer; `false` if it did for one.
    pub(super) fn each(self, mut each: impl FnMut(&Buffer) -> bool) -> bool {
        match self {
            Self::One(buffer) => each(&buffer),
            Self::List(mut next) => {
                while !next.is_null() {
                    let element = next.read();
                    if !each(&element.Buffer.into()) {
                        return false;
                    }
                    next = Guest::at(element.Next as usize);
                }
                true
            }
        }
    }
}

/// Datagrams that the host may cut one message into.
const MAX_SEGMENTS: usize = 64;
/// Bytes of such a message.
const MAX_SEGMENTED: usize = 65_000;
/// Pieces of memory of such a message.
const MAX_PIECES: usize = 512;

/// One datagram: its pieces, and its length.
#[derive(Clone, Copy)]
struct Datagram {
    pieces: (usize, usize),
    length: usize,
}

/// Datagrams that are one message of the host.
#[derive(Clone, Copy)]
pub(super) struct Group {
    /// The first datagram.
    pub(super) first: usize,
    /// How many.
    pub(super) count: usize,
    /// Bytes of each, but for the last.
    pub(super) size: usize,
    /// Bytes of all.
    pub(super) bytes: usize,
}

/// What a call of the host needs; kept by each thread, so that nothing is allocated per call.
#[derive(Default)]
pub(super) struct Scratch {
    pieces: Vec<libc::iovec>,
    datagrams: Vec<Datagram>,
    /// Messages, and
    pub(super) groups: Vec<Group>,
    /// their headers.
    pub(super) headers: Vec<libc::mmsghdr>,
    controls: Vec<cmsg::Space>,
}

impl Scratch {
    /// Reads the buffers, but for the first `skip`. `false` if one is longer than its MDLs.
    pub(super) fn gather(&mut self, what: What, mut skip: usize) -> bool {
        self.pieces.clear();
        self.datagrams.clear();
        let Self {
            pieces, datagrams, ..
        } = self;
        what.each(|this| {
            if skip > 0 {
                skip -= 1;
                return true;
            }
            let first = pieces.len();
            let whole = this.pieces(|addr, n| {
                pieces.push(libc::iovec {
                    iov_base: addr as *mut libc::c_void,
                    iov_len: n,
                });
            });
            datagrams.push(Datagram {
                pieces: (first, pieces.len()),
                length: this.length,
            });
            whole
        })
    }

    /// Makes messages of the datagrams from `from` on.
    pub(super) fn group(
        &mut self,
        from: usize,
        limits: &Datagrams,
        to: Option<&HostAddress>,
        control: &cmsg::Outgoing,
    ) {
        self.groups.clear();
        self.headers.clear();
        self.controls.clear();
        let mut first = from;
        while first < self.datagrams.len() {
            let group = self.run(first, limits);
            first += group.count;
            self.groups.push(group);
        }
        // First all of them, so that they stay in place.
        for group in &self.groups {
            let segment = (group.count > 1).then_some(group.size);
            self.controls.push(control.space(segment));
        }
        for (group, space) in self.groups.iter().zip(&mut self.controls) {
            let pieces =
                self.datagrams[group.first].pieces.0..self.datagrams[group.first + group.count - 1].pieces.1;
            let (name, name_length) = match to {
                Some(to) => (to.as_ptr(), to.length()),
                None => (std::ptr::null(), 0),
            };
            // SAFETY: all zeroes is a valid message header.
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            header.msg_hdr.msg_name = name.cast_mut().cast();
            header.msg_hdr.msg_namelen = name_length;
            header.msg_hdr.msg_iov = self.pieces[pieces.clone()].as_mut_ptr();
            header.msg_hdr.msg_iovlen = pieces.len();
            if let Some((place, length)) = space.for_host() {
                header.msg_hdr.msg_control = place;
                header.msg_hdr.msg_controllen = length;
            }
            self.headers.push(header);
        }
    }

    /// The longest run from `first` on that the host can cut up again: equal sizes, the last may be shorter.
    fn run(&self, first: usize, limits: &Datagrams) -> Group {
        let size = self.datagrams[first].length;
        let mut group = Group {
            first,
            count: 1,
            size,
            bytes: size,
        };
        if !limits.may_segment(size) {
            return group;
        }
        let first_piece = self.datagrams[first].pieces.0;
        for next in &self.datagrams[first + 1..] {
            let fits = group.count < MAX_SEGMENTS
                && group.bytes + next.length <= MAX_SEGMENTED
                && next.pieces.1 - first_piece <= MAX_PIECES;
            if !fits || next.length > size || next.length == 0 {
                break;
            }
            group.count += 1;
            group.bytes += next.length;
            if next.length < size {
                break;
            }
        }
        group
    }
}
