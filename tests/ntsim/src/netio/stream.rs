//! Streams: their state, sending, disconnecting.
//!
//! Sends are given to the host in the order of the calls; what the host's buffer has no room for waits, and the socket's
//! thread goes on. A send is complete when the host has all of its data: that is when the memory is needed no more.

use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netcx_sys::wsk::{WSK_BUF, WSK_FLAG_ABORTIVE, WSK_FLAG_NODELAY};
use parking_lot::{Mutex, MutexGuard};

use super::buffer::Buffer;
use super::category::STREAMS;
use super::connect::{self, Connect};
use super::host;
use super::listen::Accept;
use super::receive::{self, Receive};
use super::request::{self, Pace, Request};
use super::socket::{self, Socket};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{cpu, exports, violate};

exports! { "afd.sys";
    WskSend: PASSIVE..=DISPATCH,
    WskDisconnect: PASSIVE..=DISPATCH,
}

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not connected yet.
    #[default]
    Idle,
    /// A connect is under way.
    Connecting,
    /// Connected.
    Connected,
    /// Broken, or reset by this side; no data moves any more.
    Broken(NtStatus),
}

/// What only connection-oriented sockets have.
pub struct Stream {
    flow: Mutex<Flow>,
    /// A listening socket, or a stream socket that was told to listen.
    pub(super) listening: AtomicBool,
}

/// A stream's state, under its lock. No driver code runs with the lock held.
#[derive(Default)]
pub struct Flow {
    /// Where it is.
    pub phase: Phase,
    pub(super) connect: Option<Connect>,
    pub(super) sends: VecDeque<PendingSend>,
    pub(super) receives: VecDeque<Receive>,
    pub(super) accepts: VecDeque<Accept>,
    /// The other side has sent all; `true` once the client was told.
    pub(super) remote_end: Option<End>,
    /// The client takes no data by event until it calls `WskReceive`.
    pub(super) paused: bool,
    /// `WskDisconnect` was called: nothing is sent after what waits.
    disconnecting: bool,
    no_delay: bool,
    pub(super) has_thread: bool,
}

/// How the other side has ended, and what the client knows of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) status: NtStatus,
    pub(super) told: bool,
}

impl End {
    pub(super) fn untold(status: NtStatus) -> Self {
        Self { status, told: false }
    }
}

/// A send, or the end of all sending, that waits for its turn.
pub(super) struct PendingSend {
    request: Request,
    buffer: Option<Buffer>,
    sent: usize,
    ends: bool,
    information: usize,
    /// Checksum and call site, in strict mode.
    check: (u64, usize),
}

impl PendingSend {
    /// A send from the beginning of its data. `information` is for its completion.
    pub(super) fn new(request: Request, buffer: Option<Buffer>, information: usize) -> Self {
        Self {
            check: checksum(buffer.as_ref()),
            request,
            buffer,
            sent: 0,
            ends: false,
            information,
        }
    }
}

fn checksum(buffer: Option<&Buffer>) -> (u64, usize) {
    let sum = buffer
        .filter(|_| request::is_strict())
        .map_or(0, Buffer::checksum);
    (sum, cpu::current().site())
}

impl Stream {
    /// A stream that isn't connected, or one that was accepted.
    #[must_use]
    pub fn new(accepted: bool) -> Self {
        let phase = if accepted { Phase::Connected } else { Phase::Idle };
        Self {
            flow: Mutex::new(Flow {
                phase,
                has_thread: accepted,
                ..Flow::default()
            }),
            listening: AtomicBool::new(false),
        }
    }

    /// The state, locked.
    pub fn lock(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock()
    }

    /// Whether it listens.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    /// Whether it was never connected.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.lock().phase == Phase::Idle
    }
}

/// `WskSend`: sends data, in the order of the calls.
///
/// | the caller promises                                            | else             |
/// |----------------------------------------------------------------|------------------|
/// | IRQL <= DISPATCH                                                 | `irql`           |
/// | a socket that was connected                                      | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | flags: only `WSK_FLAG_NODELAY` (urgent data isn't simulated)      | `wsk-parameter`  |
/// | MDLs as long as the buffer, and unchanged until completion        | `wsk-buffer`     |
pub extern "win64" fn WskSend(
    socket: usize,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskSend", socket, STREAMS, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    if flags & !WSK_FLAG_NODELAY != 0 {
        violate!(WSK_PARAMETER, "WskSend with flags {flags:#x}");
    }
    let Some(buffer) = buffer.some().map(|b| Buffer::from(b.read())) else {
        violate!(WSK_PARAMETER, "WskSend without a buffer");
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    };
    if !buffer.pieces(|_, _| {}) {
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    }
    send(&socket, buffer, flags & WSK_FLAG_NODELAY != 0, request)
}

fn send(socket: &Socket, buffer: Buffer, no_delay: bool, request: Request) -> NtStatus {
    let mut flow = socket.stream.lock();
    let refused = match flow.phase {
        Phase::Connected if flow.disconnecting => Some(status::LOCAL_DISCONNECT),
        Phase::Connected => None,
        Phase::Broken(status) => Some(status),
        Phase::Idle | Phase::Connecting => Some(status::INVALID_DEVICE_STATE),
    };
    if let Some(status) = refused {
        let connected = matches!(flow.phase, Phase::Connected | Phase::Broken(_));
        drop(flow);
        if !connected {
            violate!(WSK_STATE, "WskSend on a socket that isn't connected");
        }
        return request.finish(status, 0, Pace::Data);
    }
    if no_delay && !std::mem::replace(&mut flow.no_delay, true) {
        // A stream is slower without it, not wrong.
        let _ = host::set(socket.fd(), libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
    }
    let mut sent = 0;
    if flow.sends.is_empty() {
        match write(socket.fd(), &buffer, 0) {
            Ok(n) => sent = n,
            Err(status) => {
                flow.phase = Phase::Broken(status);
                flow.remote_end.get_or_insert(End::untold(status));
                drop(flow);
                socket.wake();
                return request.finish(status, 0, Pace::Data);
            }
        }
    }
    socket.traffic.sent.count(1, buffer.length);
    if sent == buffer.length {
        drop(flow);
        return request.finish_send(status::SUCCESS, sent, move || buffer.checksum());
    }
    request.mark_pending();
    flow.sends.push_back(PendingSend {
        sent,
        ..PendingSend::new(request, Some(buffer), buffer.length)
    });
    drop(flow);
    socket.wake();
    status::PENDING
}

/// Gives as much to the host as it takes. Returns how much that is.
fn write(fd: RawFd, buffer: &Buffer, mut skip: usize) -> Result<usize, NtStatus> {
    const PIECES: usize = 64;
    let before = skip;
    while skip < buffer.length {
        let mut pieces = [libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        }; PIECES];
        let (mut over, mut count) = (skip, 0);
        buffer.pieces(|addr, n| {
            let skipped = over.min(n);
            over -= skipped;
            if skipped < n && count < PIECES {
                pieces[count].iov_base = (addr + skipped) as *mut libc::c_void;
                pieces[count].iov_len = n - skipped;
                count += 1;
            }
        });
        // SAFETY: all zeroes is a valid message header.
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_iov = pieces.as_mut_ptr();
        header.msg_iovlen = count;
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the header names pieces of the driver's memory, see `guest`.
        let sent = unsafe { libc::sendmsg(fd, &raw const header, flags) };
        match usize::try_from(sent) {
            Ok(sent) => skip += sent,
            Err(_) => match host::errno() {
                libc::EAGAIN => break,
                libc::EINTR => {}
                error => return Err(host::status_of(error)),
            },
        }
    }
    Ok(skip - before)
}

/// Goes on with what waits to be sent.
pub(super) fn go_on(socket: &Socket) {
    loop {
        let mut flow = socket.stream.lock();
        if flow.phase != Phase::Connected {
            return;
        }
        let Some(first) = flow.sends.front_mut() else {
            return;
        };
        if let Some(buffer) = first.buffer {
            match write(socket.fd(), &buffer, first.sent) {
                Ok(n) => first.sent += n,
                Err(status) => {
                    drop(flow);
                    return broken(socket, status);
                }
            }
            if first.sent < buffer.length {
                return;
            }
        }
        let Some(done) = flow.sends.pop_front() else {
            return;
        };
        if done.ends {
            host::shut_down_sending(socket.fd());
        }
        drop(flow);
        let (check, site) = done.check;
        request::check_unchanged(check, checksum(done.buffer.as_ref()).0, site);
        done.request.complete(status::SUCCESS, done.information);
    }
}

/// The connection is broken: all that waits fails.
pub(super) fn broken(socket: &Socket, status: NtStatus) {
    let (sends, receives) = {
        let mut flow = socket.stream.lock();
        flow.phase = Phase::Broken(status);
        flow.remote_end.get_or_insert(End::untold(status));
        let receives = receive::take_all(&mut flow);
        (std::mem::take(&mut flow.sends), receives)
    };
    for send in sends {
        send.request.complete(status, send.sent);
    }
    for receive in receives {
        receive.complete(status);
    }
}

/// Cancels everything: the socket is being closed.
pub(super) fn cancel_all(socket: &Socket) {
    if socket.kind.is_stream() {
        connect::abort(socket, status::CANCELLED, true);
        broken(socket, status::CANCELLED);
    }
}

/// Whether the close is to be a reset: the connection lives, and wasn't disconnected.
pub(super) fn close_resets(socket: &Socket) -> bool {
    let flow = socket.stream.lock();
    !flow.disconnecting || !flow.sends.is_empty()
}

/// `WskDisconnect`: sends the optional data and what waits, then ends this side's stream; with `WSK_FLAG_ABORTIVE` resets the
/// connection.
///
/// | the caller promises                       | else             |
/// |-------------------------------------------|------------------|
/// | IRQL <= DISPATCH                            | `irql`           |
/// | flags 0 or `WSK_FLAG_ABORTIVE`, then no data | `wsk-parameter`  |
///
/// STATUS_INVALID_DEVICE_STATE if it isn't connected, or was disconnected before.
pub extern "win64" fn WskDisconnect(
    socket: usize,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskDisconnect", socket, STREAMS, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    let abortive = flags & WSK_FLAG_ABORTIVE != 0;
    if flags & !WSK_FLAG_ABORTIVE != 0 || abortive && !buffer.is_null() {
        violate!(
            WSK_PARAMETER,
            "WskDisconnect with flags {flags:#x} and buffer {buffer:?}"
        );
    }
    let buffer = buffer.some().map(|b| Buffer::from(b.read()));
    let mut flow = socket.stream.lock();
    if flow.phase != Phase::Connected || flow.disconnecting && !abortive {
        drop(flow);
        return request.finish(status::INVALID_DEVICE_STATE, 0, Pace::Control);
    }
    flow.disconnecting = true;
    if abortive {
        flow.phase = Phase::Broken(status::CONNECTION_ABORTED);
        flow.remote_end = Some(End {
            status: status::CONNECTION_ABORTED,
            told: true,
        });
        host::linger_none(socket.fd());
        host::disconnect(socket.fd());
        drop(flow);
        broken(&socket, status::CONNECTION_ABORTED);
        socket.wake();
        return request.finish(status::SUCCESS, 0, Pace::Control);
    }
    request.mark_pending();
    flow.sends.push_back(PendingSend {
        ends: true,
        ..PendingSend::new(request, buffer, 0)
    });
    drop(flow);
    socket.wake();
    status::PENDING
}
