//! One receiving thread's view of a host socket: batches of messages, and how far they are delivered.

use std::os::fd::RawFd;
use std::sync::Arc;

use super::address::host_to_windows;
use super::batch::{Batch, ENTRIES, MESSAGE_BYTES, MESSAGES};
use super::socket::Socket;
use super::{cmsg, host, request};
use crate::faults::{self, Action};
use crate::guest::Guest;
use crate::report;
use crate::status::NtStatus;

/// A queue never has more batches than this; when the client has kept them all, the host's buffer must do.
const MAX_SLOTS: usize = 64;
/// Batches that are used in turn in strict mode.
const STRICT_SLOTS: usize = 8;
/// A stream is read into so many messages at once: 256 KiB.
const STREAM_PIECES: usize = 4;

/// A batch and what the host needs to fill it.
struct Slot {
    batch: Arc<Batch>,
    headers: Box<[libc::mmsghdr]>,
    /// The headers point to these.
    controls: Box<[cmsg::Space]>,
    pieces: Box<[libc::iovec]>,
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

/// What [`Queue::read_stream`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Data.
    Some,
    /// Nothing is there.
    None,
    /// The client has kept all batches.
    AllKept,
    /// The end of the stream.
    End,
    /// The connection is broken.
    Failed(NtStatus),
}

/// A receiving thread's queue.
pub struct Queue {
    fd: RawFd,
    slots: Vec<Slot>,
    current: usize,
    /// Indications of the current batch that aren't delivered yet.
    next: usize,
    end: usize,
    /// Of a stream: where the data of each message begins, and its length.
    spans: Vec<(usize, usize)>,
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
            pieces,
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
            let (headers, count) = (self.headers.as_mut_ptr(), u32::try_from(MESSAGES).unwrap_or(1));
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
            spans: Vec::new(),
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

    /// Reads what is there of a stream into a free batch.
    pub fn read_stream(&mut self, socket: &Socket) -> Read {
        if !self.choose(socket) {
            return Read::AllKept;
        }
        let slot = &mut self.slots[self.current];
        let batch = Arc::clone(&slot.batch);
        batch.open();
        let pieces = &slot.pieces[..STREAM_PIECES];
        // SAFETY: the pieces are the batch's own memory, which is free.
        let read = unsafe { libc::readv(self.fd, pieces.as_ptr(), i32::try_from(pieces.len()).unwrap_or(1)) };
        let Ok(mut left) = usize::try_from(read) else {
            let error = host::errno();
            batch.filled(0);
            return match error {
                libc::EAGAIN | libc::EINTR => Read::None,
                error => Read::Failed(host::status_of(error)),
            };
        };
        self.spans.clear();
        while left > 0 {
            let this = left.min(MESSAGE_BYTES);
            let index = self.spans.len();
            batch.describe(index, index, 0, this, 0);
            self.spans.push((0, this));
            left -= this;
        }
        let count = self.spans.len();
        if count > 0 && shall_cut() {
            for index in 0..count {
                batch.cut(index, request::draw());
            }
        }
        batch.filled(count);
        (self.next, self.end) = (0, count);
        if count == 0 { Read::End } else { Read::Some }
    }

    /// Bytes of a stream that aren't delivered.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.spans[self.next..self.end]
            .iter()
            .map(|(_, length)| length)
            .sum()
    }

    /// Copies up to `limit` bytes of a stream.
    #[must_use]
    pub fn peek(&self, limit: usize) -> Vec<u8> {
        let mut data = Vec::with_capacity(limit.min(self.bytes()));
        for (message, (at, length)) in self.spans.iter().enumerate().take(self.end).skip(self.next) {
            let n = (*length).min(limit - data.len());
            data.extend(Guest::<u8>::at(self.batch().message(message) + at).slice(n));
        }
        data
    }

    /// So many bytes of a stream are delivered.
    pub fn consume(&mut self, mut bytes: usize) {
        let batch = Arc::clone(self.batch());
        while bytes > 0 && !self.is_empty() {
            let (at, length) = self.spans[self.next];
            if bytes < length {
                self.spans[self.next] = (at + bytes, length - bytes);
                return batch.describe(self.next, self.next, at + bytes, length - bytes, 0);
            }
            bytes -= length;
            self.next += 1;
            batch.give(1);
        }
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
