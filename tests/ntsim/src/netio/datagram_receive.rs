//! Receiving datagrams: the threads, the event, and `WskRelease`.
//!
//! A socket has one or two host sockets bound to the same address, each with a thread of its own; the host spreads senders
//! over them as RSS does, so that callbacks run at the same time and each sender's datagrams stay in order.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use netcx_sys::wsk::{
    SOCKADDR, WSK_CLIENT_DATAGRAM_DISPATCH, WSK_DATAGRAM_INDICATION, WSK_EVENT_RECEIVE_FROM,
    WSK_FLAG_AT_DISPATCH_LEVEL, WSK_FLAG_RELEASE_ASAP,
};
use parking_lot::{Mutex, RwLock};

use super::address::HostAddress;
use super::batch::Batch;
use super::category::Kind;
use super::host::{self, Transport};
use super::queue::{Fill, Queue};
use super::socket::Socket;
use super::{cmsg, handles, receive_from};
use crate::cpu::{callback, processor};
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, exports, report, violate};

exports! { "afd.sys";
    WskRelease: PASSIVE..=DISPATCH,
}

/// Datagrams in one list.
const CHAIN: usize = 64;

/// What only datagram sockets have.
#[derive(Default)]
pub struct Datagrams {
    /// Remote addresses that the client has set.
    pub(super) peers: RwLock<Peers>,
    /// Messages to be segmented must have smaller segments; 0: nothing is known.
    pub(super) segment_limit: AtomicUsize,
    batches: RwLock<Vec<Arc<Batch>>>,
    started: AtomicBool,
    /// Host sockets beside the first.
    extra: Mutex<Vec<RawFd>>,
}

/// Remote addresses that the client has set.
#[derive(Default)]
pub(super) struct Peers {
    /// The only one to receive from, and to send to.
    pub(super) connected: Option<HostAddress>,
    /// Where to send to.
    pub(super) send_to: Option<HostAddress>,
}

impl Datagrams {
    /// Sets (or with a null address clears) the remote address, for both directions or for sending only.
    ///
    /// # Errors
    /// What the host says, or another family's address.
    pub fn set_remote(&self, socket: &Socket, address: Guest<SOCKADDR>, both: bool) -> Result<(), NtStatus> {
        let address = if address.is_null() {
            None
        } else {
            Some(HostAddress::read(address, socket.family)?)
        };
        let mut peers = self.peers.write();
        if !both {
            peers.send_to = address;
            return Ok(());
        }
        let local = host::name(socket.fd(), false)?;
        match address {
            Some(address) => {
                host::connect(socket.fd(), &address)?;
            }
            None => {
                host::disconnect(socket.fd());
                // The host forgets a port that it chose itself.
                if host::name(socket.fd(), false)?.port() != local.port() {
                    host::bind(socket.fd(), &local)?;
                }
            }
        }
        peers.connected = address;
        Ok(())
    }

    /// The only peer to receive from.
    #[must_use]
    pub fn peer(&self) -> Option<HostAddress> {
        self.peers.read().connected
    }

    /// All host sockets beside the first.
    pub fn extra(&self) -> Vec<RawFd> {
        self.extra.lock().clone()
    }

    /// Reports indications that the client has kept although it closes the socket.
    pub(super) fn check_kept(&self) {
        let kept: usize = self.batches.read().iter().map(|b| b.kept_count()).sum();
        if kept > 0 {
            violate!(
                WSK_INDICATION_LEAK,
                "the socket is closed, and {kept} indications that the client kept aren't released"
            );
        }
    }

    /// Lets go of the memory of indications, unless the client has kept some: then it stays for ever.
    pub(super) fn forget(&self) {
        for batch in self.batches.write().drain(..) {
            if batch.kept_count() > 0 {
                std::mem::forget(batch);
            }
        }
    }

    /// Whether the address is in one of the socket's indications.
    pub(super) fn owns(&self, address: usize) -> bool {
        let batches = self.batches.try_read();
        batches.is_some_and(|batches| batches.iter().any(|batch| batch.contains(address)))
    }

    pub(super) fn add_batch(&self, batch: &Arc<Batch>) {
        self.batches.write().push(Arc::clone(batch));
    }
}

/// Starts the socket's threads if it is bound and somebody wants its datagrams.
pub fn start_if_wanted(socket: &Arc<Socket>) {
    if socket.kind != Kind::Datagram {
        return;
    }
    {
        let state = socket.lock();
        let wanted = state.enabled & WSK_EVENT_RECEIVE_FROM != 0 || !state.receives.is_empty();
        if !state.bound || state.closing || !wanted || socket.datagrams.started.swap(true, Ordering::SeqCst) {
            return;
        }
    }
    let (fd, handle) = (socket.fd(), socket.handle());
    socket.spawn(format!("udp {handle:x}"), move |socket| serve(socket, fd));
    if processor::count() > 1
        && socket.datagrams.peers.read().connected.is_none()
        && let Ok(second) = twin(socket)
    {
        socket.datagrams.extra.lock().push(second.as_raw_fd());
        socket.spawn(format!("udp {handle:x} b"), move |socket| {
            serve(socket, second.as_raw_fd());
            socket.datagrams.extra.lock().clear();
        });
    }
}

/// A second host socket at the first one's address. The first gets its address alone, so that a conflict shows; from then on
/// it may be shared.
fn twin(socket: &Socket) -> Result<OwnedFd, NtStatus> {
    let first = socket.fd();
    let second = host::socket(socket.family, Transport::Udp)?;
    host::set(first, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    host::set(second.as_raw_fd(), libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    for (level, name) in [
        (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY),
        (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
        (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
        (libc::IPPROTO_IP, libc::IP_PKTINFO),
        (libc::IPPROTO_IP, libc::IP_RECVTOS),
    ] {
        if let Ok(value) = host::get(first, level, name) {
            // An option of the other family fails, which is as it should be.
            let _ = host::set(second.as_raw_fd(), level, name, value);
        }
    }
    host::bind(second.as_raw_fd(), &host::name(first, false)?)?;
    Ok(second)
}

/// A receiving thread.
fn serve(socket: &Arc<Socket>, fd: RawFd) {
    // Without it every datagram is one message, which is slower, but right.
    let _ = host::set(fd, libc::IPPROTO_UDP, cmsg::UDP_GRO, 1);
    let mut queue = Queue::new(fd);
    while wait_until_wanted(socket) {
        if queue.is_empty() {
            match queue.fill(socket) {
                Fill::Some => {}
                Fill::None => {
                    host::wait(fd, libc::POLLIN, socket.wake_event(), 1000);
                    continue;
                }
                Fill::AllKept => {
                    report::count("wsk: receiving waited for indications to be released", 1);
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                }
            }
        }
        deliver(socket, &mut queue);
    }
}

/// Waits until somebody wants datagrams. `false`: the thread ends.
fn wait_until_wanted(socket: &Socket) -> bool {
    let mut state = socket.lock();
    loop {
        if state.closing || socket.is_closing() {
            return false;
        }
        if state.enabled & WSK_EVENT_RECEIVE_FROM != 0 || !state.receives.is_empty() {
            return true;
        }
        socket.changed.wait_for(&mut state, Duration::from_millis(500));
    }
}

/// Gives datagrams to pending receives first, then to the event.
fn deliver(socket: &Socket, queue: &mut Queue) {
    while !queue.is_empty() {
        let Some(receive) = receive_from::take(socket) else {
            break;
        };
        receive.fill(socket, queue);
    }
    while !queue.is_empty() && socket.callback_begins(WSK_EVENT_RECEIVE_FROM) {
        let (batch, from, to) = queue.chain(CHAIN);
        let (head, bytes) = batch.link(from, to);
        let table = Guest::<WSK_CLIENT_DATAGRAM_DISPATCH>::at(socket.callbacks());
        let short = if queue.is_short() {
            WSK_FLAG_RELEASE_ASAP
        } else {
            0
        };
        let Some(event) = at!(table.WskReceiveFromEvent).read() else {
            return socket.callback_ended();
        };
        let result = callback::invoke_at_dispatch("WskReceiveFromEvent", || {
            // SAFETY: the client's callback, which it enabled, with a list that is its own until it returns.
            unsafe {
                event(
                    socket.context(),
                    WSK_FLAG_AT_DISPATCH_LEVEL | short,
                    head.as_ptr(),
                )
            }
        });
        after_event(socket, queue, result, (from, to), bytes);
        socket.callback_ended();
    }
}

fn after_event(
    socket: &Socket,
    queue: &mut Queue,
    result: NtStatus,
    (from, to): (usize, usize),
    bytes: usize,
) {
    let batch = Arc::clone(queue.batch());
    match result {
        status::SUCCESS => {
            socket.traffic.received.count(to - from, bytes);
            batch.consumed(from, to);
            queue.advance(to);
        }
        status::PENDING => {
            socket.traffic.received.count(to - from, bytes);
            batch.kept(from, to);
            queue.advance(to);
        }
        _ => {
            if result != status::DATA_NOT_ACCEPTED {
                violate!(
                    WSK_EVENT,
                    "WskReceiveFromEvent returned {}, which isn't one of its results",
                    status::name(result)
                );
            }
            batch.refused(from, to);
            if socket.static_events() & WSK_EVENT_RECEIVE_FROM != 0 {
                report::count(
                    "wsk: datagrams lost because a static callback didn't accept them",
                    (to - from) as u64,
                );
                batch.give(to - from);
                queue.advance(to);
            } else {
                socket.lock().enabled &= !WSK_EVENT_RECEIVE_FROM;
            }
        }
    }
}

/// `WskRelease`: gives indications of datagrams or stream data back that a callback has kept (by STATUS_PENDING); all of them, or a part as a list of its
/// own.
///
/// | the caller promises                                          | else           |
/// |--------------------------------------------------------------|----------------|
/// | IRQL <= DISPATCH                                               | `irql`         |
/// | indications of this socket, kept, and released once              | `wsk-release`, STATUS_INVALID_PARAMETER |
/// | they aren't used any more                                        | access violation (strict) |
pub extern "win64" fn WskRelease(socket: usize, list: Guest<WSK_DATAGRAM_INDICATION>) -> NtStatus {
    let call = match handles::enter("WskRelease", socket) {
        Ok(call) => call,
        Err(status) => return status,
    };
    let batches = call.datagrams.batches.read();
    let mut next = list;
    let mut status = status::SUCCESS;
    while !next.is_null() {
        let this = next;
        let found = batches
            .iter()
            .find_map(|batch| Some((batch, batch.index_of(this)?)));
        let Some((batch, index)) = found.filter(|(batch, index)| batch.is_with_client(*index)) else {
            violate!(
                WSK_RELEASE,
                "{this:?} is released, but the client hasn't kept such an indication of this socket \
                (released twice?)"
            );
            status = status::INVALID_PARAMETER;
            break;
        };
        next = Guest::at(at!(this.Next).read() as usize);
        if batch.release(index) {
            batch.give(1);
        }
    }
    if list.is_null() {
        violate!(WSK_RELEASE, "WskRelease without indications");
    }
    status
}
