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
use super::buffer;
use super::category::Kind;
use super::datagram_receive::Datagrams;
use super::message::{Scratch, What};
use super::request::{Pace, Request};
use super::socket::{self, Socket};
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

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
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
        scratch.group(next, &socket.datagrams, self.to.as_ref(), &self.control);
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
                libc::ECONNREFUSED if refused < 64 => refused += 1,
                error @ (libc::EINVAL | libc::EMSGSIZE | libc::EIO) if group.count > 1 => {
                    // EIO: never on this path; else the size is too big for it.
                    let limit = if error == libc::EIO { 1 } else { group.size };
                    socket.datagrams.limit_segments(limit);
                    let first = group.first;
                    scratch.group(first, &socket.datagrams, self.to.as_ref(), &self.control);
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
            socket.traffic.sent.count(send.done, bytes);
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
            Ok(Progress::Done) => {
                socket.traffic.sent.count(send.done, send.bytes);
                return request.complete(send.status, send.bytes);
            }
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

    pub(super) fn may_segment(&self, size: usize) -> bool {
        let limit = self.segment_limit.load(Ordering::Relaxed);
        size > 0 && (limit == 0 || size < limit)
    }
}
