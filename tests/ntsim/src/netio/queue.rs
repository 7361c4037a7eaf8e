//! One receiving thread's view of a host socket: batches of messages, and how far they are delivered.

use std::os::fd::RawFd;
use std::sync::Arc;

use super::address::host_to_windows;
use super::batch::{Batch, ENTRIES, MESSAGE_BYTES, MESSAGES};
use super::socket::Socket;
use super::{cmsg, host, request};
use crate::faults::{self, Action};
use crate::report;

/// A queue never has more batches than this; when the client has kept them all, the host's buffer must do.
const MAX_SLOTS: usize = 64;
/// Batches that are used in turn in strict mode.
const STRICT_SLOTS: usize = 8;

/// A batch and what the host needs to fill it.
struct Slot {
    batch: Arc<Batch>,
    headers: Box<[libc::mmsghdr]>,
    /// The headers point to these.
    controls: Box<[cmsg::Space]>,
    _pieces: Box<[libc::iovec]>,
}

/// What [`Queue::fill`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Datagrams.
    Some,
    /// Nothing is there.
    None,
    /// The client has kept all batches.
    AllKept,
}

/// A receiving thread's queue.
pub struct Queue {
    fd: RawFd,
    slots: Vec<Slot>,
    current: usize,
    /// Indications of the current batch that aren't delivered yet.
    next: usize,
    end: usize,
}

impl Slot {
    fn new(strict: bool) -> Self {
        let batch = Arc::new(Batch::new(strict));
        let mut controls: Box<[cmsg::Space]> = vec![cmsg::Space::new(); MESSAGES].into();
        let mut pieces: Box<[libc::iovec]> = (0..MESSAGES)
            .map(|n| libc::iovec {
                iov_base: batch.message(n) as *mut libc::c_void,
                iov_len: MESSAGE_BYTES,
            })
            .collect();
        let headers = (0..MESSAGES)
            .map(|n| {
                // SAFETY: all zeroes is a valid message header.
                let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
                header.msg_hdr.msg_name = batch.name(n).as_ptr().cast();
                header.msg_hdr.msg_iov = &raw mut pieces[n];
                header.msg_hdr.msg_iovlen = 1;
                header.msg_hdr.msg_control = controls[n].for_receive().0;
                header
            })
            .collect();
        Self {
            batch,
            headers,
            controls,
            _pieces: pieces,
        }
    }

    /// Receives as many messages as are there; `None`: nothing.
    fn receive(&mut self, fd: RawFd) -> Option<usize> {
        let room = self.controls[0].for_receive().1;
        for header in &mut self.headers {
            header.msg_hdr.msg_namelen = 28;
            header.msg_hdr.msg_controllen = room;
        }
        for _ in 0..8 {
            let (headers, count) = (self.headers.as_mut_ptr(), MESSAGES as u32);
            let flags = libc::MSG_DONTWAIT as _;
            // SAFETY: the headers point to the batch, which is free, and to the slot's own memory.
            let n = unsafe { libc::recvmmsg(fd, headers, count, flags, std::ptr::null_mut()) };
            match usize::try_from(n) {
                Ok(0) => return None,
                Ok(n) => return Some(n),
                Err(_) if host::errno() == libc::EAGAIN => return None,
                // ICMP messages about what was sent; Windows tells nobody unless it is asked to.
                Err(_) => report::count("wsk: errors about datagrams that were sent", 1),
            }
        }
        None
    }
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(fd: RawFd) -> Self {
        Self {
            fd,
            slots: Vec::new(),
            current: 0,
            next: 0,
            end: 0,
        }
    }

    /// Whether all is delivered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next >= self.end
    }

    /// Whether the client should hurry to release indications.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.slots.len() > MAX_SLOTS / 2
    }

    /// The batch being delivered.
    #[must_use]
    pub fn batch(&self) -> &Arc<Batch> {
        &self.slots[self.current].batch
    }

    /// The next indications, at most `limit`.
    #[must_use]
    pub fn chain(&self, limit: usize) -> (&Arc<Batch>, usize, usize) {
        (self.batch(), self.next, self.end.min(self.next + limit))
    }

    /// The indications before `to` are delivered.
    pub fn advance(&mut self, to: usize) {
        self.next = to;
    }

    /// Chooses a batch that the client has given back completely, or makes one.
    fn choose(&mut self, socket: &Socket) -> bool {
        let strict = request::is_strict();
        let wanted = if strict { STRICT_SLOTS } else { 1 };
        let count = self.slots.len();
        let found = if count < wanted {
            None
        } else if strict {
            (1..=count)
                .map(|i| (self.current + i) % count)
                .find(|i| self.slots[*i].batch.is_free())
        } else {
            self.slots.iter().position(|slot| slot.batch.is_free())
        };
        match found {
            Some(i) => self.current = i,
            None if count < MAX_SLOTS => {
                let slot = Slot::new(strict);
                socket.datagrams.add_batch(&slot.batch);
                self.slots.push(slot);
                self.current = count;
            }
            None => return false,
        }
        true
    }

    /// Receives what is there into a free batch.
    pub fn fill(&mut self, socket: &Socket) -> Fill {
        if !self.choose(socket) {
            return Fill::AllKept;
        }
        let slot = &mut self.slots[self.current];
        let batch = Arc::clone(&slot.batch);
        batch.open();
        let received = slot.receive(self.fd).unwrap_or(0);
        let only = socket.datagrams.peer();
        let mut count = 0;
        for n in 0..received {
            let header = &slot.headers[n];
            let from = host_to_windows(batch.name(n));
            // What had arrived before the remote address was set, or came to the twin.
            if only.is_some_and(|peer| !peer.is_same_peer(&from)) {
                report::count("wsk: datagrams of others than the remote address", 1);
                continue;
            }
            let control = slot.controls[n].bytes(header.msg_hdr.msg_controllen);
            count = describe(&batch, n, header.msg_len as usize, control, count);
        }
        if count > 0 && shall_cut() {
            for index in 0..count {
                batch.cut(index, request::draw());
            }
        }
        batch.filled(count);
        (self.next, self.end) = (0, count);
        if count == 0 { Fill::None } else { Fill::Some }
    }
}

/// Whether the data shall lie in several MDLs.
fn shall_cut() -> bool {
    faults::decide("wsk:split", "") != Action::Go || request::is_strict() && request::draw().is_multiple_of(4)
}

/// Describes message `n`, which may be several datagrams; returns the next index.
fn describe(batch: &Batch, n: usize, length: usize, control: &[u8], mut index: usize) -> usize {
    let (mut segment, mut client) = (length, 0);
    if !control.is_empty() {
        let incoming = cmsg::Incoming::new(control);
        segment = incoming.segment.unwrap_or(length);
        client = incoming.for_client().len();
        batch.control(n).write_bytes(incoming.for_client());
    }
    let mut at = 0;
    loop {
        if index == ENTRIES {
            report::count("wsk: datagrams dropped because there were too many at once", 1);
            return index;
        }
        let this = segment.min(length - at);
        batch.describe(index, n, at, this, client);
        index += 1;
        at += this;
        if at >= length {
            return index;
        }
    }
}
