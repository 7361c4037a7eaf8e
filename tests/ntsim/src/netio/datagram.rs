//! Sending datagrams: `WskSendMessages`, `WskSendTo`.
//!
//! The caller's own thread gives the datagrams to the host, all of a call at once. Runs of equal size become one message that
//! the host cuts up again (what a NIC does for a driver that asks for it), because that costs a fraction; a size that the
//! path can't take that way is sent piece by piece from then on. When the host's buffer is full, the call is pending, and a
//! worker goes on.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use netcx_sys::wsk::{SOCKADDR, WSK_BUF, WSK_BUF_LIST};

use super::address::HostAddress;
use super::buffer::{self, Buffer};
use super::datagram_receive::Datagrams;
use super::request::{Pace, Request};
use super::socket::{self, Kind, Socket};
use super::{cmsg, host};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::ntoskrnl::worker;
use crate::status::{self, NtStatus};
use crate::{exports, report, violate};

exports! { "afd.sys";
    WskSendTo: PASSIVE..=DISPATCH,
    WskSendMessages: PASSIVE..=DISPATCH,
}

/// Datagrams that the host may cut one message into.
const MAX_SEGMENTS: usize = 64;
/// Bytes of such a message.
const MAX_SEGMENTED: usize = 65_000;
/// Pieces of memory of such a message.
const MAX_PIECES: usize = 512;

/// `WskSendTo`: sends one datagram.
///
/// | the caller promises                                                     | else            |
/// |-------------------------------------------------------------------------|-----------------|
/// | IRQL <= DISPATCH                                                          | `irql`          |
/// | a bound datagram socket                                                   | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | flags 0                                                                   | `wsk-parameter` |
/// | a remote address of the socket's family, or none if the socket has one    | `wsk-parameter` |
/// | MDLs as long as the buffer                                                 | `wsk-buffer`    |
/// | buffer, MDLs and address stay as they are until the IRP is completed       | `wsk-buffer` (strict) |
pub extern "win64" fn WskSendTo(
    socket: usize,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    remote: Guest<SOCKADDR>,
    control_length: u32,
    control: Guest<u8>,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskSendTo", socket, &[Kind::Datagram], irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    let what = if buffer.is_null() {
        violate!(WSK_PARAMETER, "WskSendTo without a buffer");
        Err(status::INVALID_PARAMETER)
    } else {
        Ok(What::One(buffer.read().into()))
    };
    let sent = what.and_then(|what| Send::new(&socket, what, flags, remote, control_length, control));
    // From here on only the IRP is of interest.
    drop(call);
    finish(socket, sent, request)
}

/// `WskSendMessages`: sends a list of datagrams to one destination. Rules as for [`WskSendTo`].
pub extern "win64" fn WskSendMessages(
    socket: usize,
    list: Guest<WSK_BUF_LIST>,
    flags: u32,
    remote: Guest<SOCKADDR>,
    control_length: u32,
    control: Guest<u8>,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskSendMessages", socket, &[Kind::Datagram], irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    let sent = if list.is_null() {
        violate!(WSK_PARAMETER, "WskSendMessages without a buffer list");
        Err(status::INVALID_PARAMETER)
    } else {
        Send::new(&socket, What::List(list), flags, remote, control_length, control)
    };
    drop(call);
    finish(socket, sent, request)
}

/// What a call sends.
#[derive(Clone, Copy)]
enum What {
    One(Buffer),
    List(Guest<WSK_BUF_LIST>),
}

impl What {
    /// Calls `each` with every buffer; `false` if it did for one.
    fn each(self, mut each: impl FnMut(&Buffer) -> bool) -> bool {
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

/// A send under way.
struct Send {
    what: What,
    /// Where to; `None`: the peer that the host's socket is connected to.
    to: Option<HostAddress>,
    control: cmsg::Outgoing,
    /// Datagrams that are done.
    done: usize,
    bytes: usize,
    status: NtStatus,
}

/// Whether all is done, or the host's buffer is full.
#[derive(PartialEq, Eq)]
enum Progress {
    Done,
    Full,
}

impl Send {
    /// Checks a call and sends as much as the host takes now.
    fn new(
        socket: &Arc<Socket>,
        what: What,
        flags: u32,
        remote: Guest<SOCKADDR>,
        control_length: u32,
        control: Guest<u8>,
    ) -> Result<(Self, Progress), NtStatus> {
        if flags != 0 {
            violate!(WSK_PARAMETER, "datagrams are sent with flags {flags:#x}");
        }
        if !socket.is_bound() {
            violate!(WSK_STATE, "datagrams are sent on a socket that isn't bound");
            return Err(status::INVALID_DEVICE_STATE);
        }
        let to = socket.datagrams.destination(socket, remote)?;
        let mut send = Self {
            what,
            to,
            control: cmsg::Outgoing::new(control, control_length as usize)?,
            done: 0,
            bytes: 0,
            status: status::SUCCESS,
        };
        let progress = send.go_on(socket)?;
        Ok((send, progress))
    }

    /// Sends what isn't sent yet.
    fn go_on(&mut self, socket: &Socket) -> Result<Progress, NtStatus> {
        SCRATCH.with_borrow_mut(|scratch| {
            if !scratch.gather(self.what, self.done) {
                return Err(status::INVALID_PARAMETER);
            }
            Ok(self.transmit(socket, scratch))
        })
    }

    fn transmit(&mut self, socket: &Socket, scratch: &mut Scratch) -> Progress {
        let mut refused = 0;
        let mut next = 0;
        scratch.group(next, &socket.datagrams, self);
        while next < scratch.groups.len() {
            let headers = &mut scratch.headers[next..];
            let count = u32::try_from(headers.len()).unwrap_or(1024).min(1024);
            let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
            // SAFETY: the headers and what they point to belong to the scratch; the data is the driver's, see `guest`.
            let sent = unsafe { libc::sendmmsg(socket.fd(), headers.as_mut_ptr(), count, flags as _) };
            if let Ok(sent @ 1..) = usize::try_from(sent) {
                for group in &scratch.groups[next..next + sent] {
                    self.done += group.count;
                    self.bytes += group.bytes;
                }
                next += sent;
                continue;
            }
            let group = scratch.groups[next];
            match host::errno() {
                libc::EAGAIN => return Progress::Full,
                libc::EINTR => {}
                // An ICMP message about an earlier datagram. Windows doesn't fail a send for that.
                libc::ECONNREFUSED if refused < 4 => refused += 1,
                libc::EINVAL | libc::EMSGSIZE | libc::EIO if group.count > 1 => {
                    socket.datagrams.limit_segments(group.size);
                    let first = group.first;
                    scratch.group(first, &socket.datagrams, self);
                    next = 0;
                }
                error => {
                    if error == libc::ENOBUFS {
                        report::count(
                            "wsk: datagrams dropped because the host's queue was full",
                            group.count as u64,
                        );
                    } else if status::succeeded(self.status) {
                        self.status = host::status_of(error);
                    }
                    self.done += group.count;
                    next += 1;
                }
            }
        }
        Progress::Done
    }

    /// A checksum of all that is sent.
    fn checksum(&self) -> u64 {
        let mut all = Vec::new();
        self.what.each(|b| b.pieces(|addr, n| all.push((addr, n))));
        buffer::checksum(&all)
    }
}

fn finish(socket: Arc<Socket>, sent: Result<(Send, Progress), NtStatus>, request: Request) -> NtStatus {
    match sent {
        Err(status) => request.finish(status, 0, Pace::Data),
        Ok((send, Progress::Done)) => {
            let (status, bytes) = (send.status, send.bytes);
            request.finish_send(status, bytes, move || send.checksum())
        }
        Ok((send, Progress::Full)) => {
            report::count("wsk: sends that waited for the host's buffer", 1);
            request.mark_pending();
            worker::queue(move || wait_and_send(&socket, send, request));
            status::PENDING
        }
    }
}

/// Goes on with a send whenever the host has room again.
fn wait_and_send(socket: &Arc<Socket>, mut send: Send, request: Request) {
    loop {
        host::wait(socket.fd(), libc::POLLOUT, socket.wake_event(), 1000);
        if socket.is_closing() {
            return request.complete(status::CANCELLED, send.bytes);
        }
        match send.go_on(socket) {
            Ok(Progress::Full) => {}
            Ok(Progress::Done) => return request.complete(send.status, send.bytes),
            Err(status) => return request.complete(status, send.bytes),
        }
    }
}

impl Datagrams {
    /// Where a call's datagrams go; `None`: to the host socket's peer.
    fn destination(&self, socket: &Socket, remote: Guest<SOCKADDR>) -> Result<Option<HostAddress>, NtStatus> {
        if !remote.is_null() {
            let address = HostAddress::read(remote, socket.family).inspect_err(|_| {
                violate!(
                    WSK_PARAMETER,
                    "datagrams are sent to an address of another family"
                );
            })?;
            return Ok(Some(address));
        }
        let peers = self.peers.read();
        match (peers.connected, peers.send_to) {
            (_, Some(address)) => Ok(Some(address)),
            (Some(_), None) => Ok(None),
            (None, None) => {
                violate!(
                    WSK_PARAMETER,
                    "datagrams are sent without an address on a socket that has no remote address"
                );
                Err(status::INVALID_PARAMETER)
            }
        }
    }

    /// Messages with segments of this size don't get through.
    fn limit_segments(&self, size: usize) {
        self.segment_limit.store(size.max(1), Ordering::Relaxed);
        report::count("wsk: segmentation refused by the host", 1);
    }

    fn may_segment(&self, size: usize) -> bool {
        let limit = self.segment_limit.load(Ordering::Relaxed);
        size > 0 && (limit == 0 || size < limit)
    }
}

/// One datagram: its pieces, and its length.
#[derive(Clone, Copy)]
struct Datagram {
    pieces: (usize, usize),
    length: usize,
}

/// Datagrams that are one message of the host.
#[derive(Clone, Copy)]
struct Group {
    first: usize,
    count: usize,
    size: usize,
    bytes: usize,
}

/// What a call of the host needs; kept by each thread, so that nothing is allocated per call.
#[derive(Default)]
struct Scratch {
    pieces: Vec<libc::iovec>,
    datagrams: Vec<Datagram>,
    groups: Vec<Group>,
    headers: Vec<libc::mmsghdr>,
    controls: Vec<cmsg::Space>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Reads the buffers, but for the first `skip`. `false` if one is longer than its MDLs.
    fn gather(&mut self, what: What, mut skip: usize) -> bool {
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
    fn group(&mut self, from: usize, limits: &Datagrams, send: &Send) {
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
            self.controls.push(send.control.space(segment));
        }
        for (group, control) in self.groups.iter().zip(&mut self.controls) {
            let pieces =
                self.datagrams[group.first].pieces.0..self.datagrams[group.first + group.count - 1].pieces.1;
            let (name, name_length) = match &send.to {
                Some(to) => (to.as_ptr(), to.length()),
                None => (std::ptr::null(), 0),
            };
            // SAFETY: all zeroes is a valid message header.
            let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
            header.msg_hdr.msg_name = name.cast_mut().cast();
            header.msg_hdr.msg_namelen = name_length;
            header.msg_hdr.msg_iov = self.pieces[pieces.clone()].as_mut_ptr();
            header.msg_hdr.msg_iovlen = pieces.len();
            if let Some((place, length)) = control.for_host() {
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
