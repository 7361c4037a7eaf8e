//! Streams: what arrives. The socket's thread and its events.
//!
//! One thread serves a connection, so its events come one after the other and in the stream's order.

use std::sync::Arc;

use netcx_sys::wsk::{
    WSK_CLIENT_CONNECTION_DISPATCH, WSK_EVENT_DISCONNECT, WSK_EVENT_RECEIVE, WSK_FLAG_ABORTIVE,
    WSK_FLAG_AT_DISPATCH_LEVEL, WSK_FLAG_DRAIN, WSK_FLAG_RELEASE_ASAP,
};

use super::batch::ENTRIES;
use super::queue::{Queue, Read};
use super::socket::Socket;
use super::stream::{self, End, Phase};
use super::{connect, host, receive};
use crate::cpu::callback;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, report, violate};

/// What the thread does next.
struct Interest {
    /// Connecting, or something waits to be sent.
    write: bool,
    /// Somebody wants data.
    read: bool,
    /// Nothing more comes from the host's socket.
    over: bool,
    /// Whether the client is to be told of the end.
    tell: Option<NtStatus>,
    /// Receives wait, and nothing comes any more.
    end_receives: Option<NtStatus>,
}

fn interest(socket: &Socket, queue: &Queue) -> Interest {
    let enabled = socket.lock().enabled;
    let flow = socket.stream.lock();
    let connected = flow.phase == Phase::Connected;
    let open = connected && flow.remote_end.is_none();
    let wanted = !flow.receives.is_empty() || enabled & WSK_EVENT_RECEIVE != 0 && !flow.paused;
    let untold = flow.remote_end.filter(|end| !end.told && queue.is_empty());
    Interest {
        write: flow.phase == Phase::Connecting || connected && !flow.sends.is_empty(),
        read: wanted && (open || !queue.is_empty()),
        over: !matches!(flow.phase, Phase::Connecting | Phase::Connected)
            || flow.remote_end.is_some() && flow.sends.is_empty(),
        tell: untold
            .filter(|_| enabled & WSK_EVENT_DISCONNECT != 0)
            .map(|end| end.status),
        end_receives: flow
            .remote_end
            .filter(|_| queue.is_empty() && !flow.receives.is_empty())
            .map(|end| end.status),
    }
}

/// The thread of a connection.
pub(super) fn serve(socket: &Arc<Socket>) {
    let mut queue = Queue::new(socket.fd());
    while !socket.is_closing() {
        let interest = interest(socket, &queue);
        if let Some(status) = interest.end_receives {
            let receives = receive::take_all(&mut socket.stream.lock());
            for receive in receives {
                receive.complete(status);
            }
        }
        if let Some(status) = interest.tell {
            tell_end(socket, status);
            continue;
        }
        if interest.read && !queue.is_empty() {
            deliver(socket, &mut queue);
            continue;
        }
        let mut events = libc::POLLRDHUP * i16::from(queue.is_empty());
        events |= libc::POLLOUT * i16::from(interest.write);
        events |= libc::POLLIN * i16::from(interest.read);
        // The host says again and again that a stream is over.
        let fd = if interest.over { -1 } else { socket.fd() };
        let ready = host::wait(fd, events, socket.wake_event(), 1000);
        if ready.woken {
            host::clear(socket.wake_event());
        }
        let ready = ready.events;
        if interest.over || ready == 0 || socket.is_closing() {
            continue;
        }
        if interest.write {
            if socket.stream.lock().phase == Phase::Connecting {
                connect::connect_ended(socket);
                continue;
            }
            stream::go_on(socket);
        }
        if ready & (libc::POLLIN | libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR) != 0 {
            read(socket, &mut queue);
        }
    }
}

/// Reads what is there, even if nobody wants it: at most one batch waits for the client.
fn read(socket: &Arc<Socket>, queue: &mut Queue) {
    if !queue.is_empty() {
        // It is full of what the client doesn't take; only a broken connection matters.
        let error = host::get(socket.fd(), libc::SOL_SOCKET, libc::SO_ERROR).unwrap_or(0);
        if error != 0 {
            end(socket, host::status_of(error));
        } else {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        return;
    }
    match queue.read_stream(socket) {
        Read::Some => deliver(socket, queue),
        Read::None => {}
        Read::AllKept => {
            report::count("wsk: receiving waited for indications to be released", 1);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Read::End => {
            // After a failed send the host calls a reset the end.
            let status = match socket.stream.lock().phase {
                Phase::Broken(status) => status,
                _ => status::SUCCESS,
            };
            end(socket, status);
        }
        Read::Failed(status) => end(socket, status),
    }
}

/// The other side has ended: `STATUS_SUCCESS` for the end of its stream, else the reason of the reset.
fn end(socket: &Socket, status: NtStatus) {
    let receives = {
        let mut flow = socket.stream.lock();
        if flow.remote_end.is_some() {
            return;
        }
        flow.remote_end = Some(End::untold(status));
        receive::take_all(&mut flow)
    };
    for receive in receives {
        receive.complete(status);
    }
    if status != status::SUCCESS {
        stream::broken(socket, status);
    }
}

fn tell_end(socket: &Socket, status: NtStatus) {
    if let Some(end) = &mut socket.stream.lock().remote_end {
        end.told = true;
    }
    if !socket.callback_begins(WSK_EVENT_DISCONNECT) {
        return;
    }
    let table = Guest::<WSK_CLIENT_CONNECTION_DISPATCH>::at(socket.callbacks());
    let flags = if status == status::SUCCESS {
        0
    } else {
        WSK_FLAG_ABORTIVE
    };
    if let Some(event) = at!(table.WskDisconnectEvent).read() {
        let result = callback::invoke_at_dispatch("WskDisconnectEvent", || {
            // SAFETY: the client's callback, which it enabled.
            unsafe { event(socket.context(), flags | WSK_FLAG_AT_DISPATCH_LEVEL) }
        });
        if result != status::SUCCESS {
            violate!(
                WSK_EVENT,
                "WskDisconnectEvent returned {}, which isn't one of its results",
                status::name(result)
            );
        }
    }
    socket.callback_ended();
}

/// Gives data to pending receives first, then to the event.
fn deliver(socket: &Socket, queue: &mut Queue) {
    while !queue.is_empty() {
        let Some(mut receive) = receive::take(socket) else {
            break;
        };
        if receive.flags & WSK_FLAG_DRAIN != 0 {
            queue.consume(queue.bytes());
            receive::put_back(socket, receive);
            return;
        }
        let data = queue.peek(receive.buffer.length - receive.filled);
        receive.filled += receive.buffer.scatter(receive.filled, &data);
        queue.consume(data.len());
        if receive.is_done() {
            receive.complete(status::SUCCESS);
        } else {
            receive::put_back(socket, receive);
        }
    }
    let wanted = !queue.is_empty() && !socket.stream.lock().paused;
    if wanted && socket.callback_begins(WSK_EVENT_RECEIVE) {
        // Until the client has taken everything. WskReceive lifts it, also from within the callback.
        socket.stream.lock().paused = true;
        call_event(socket, queue);
        socket.callback_ended();
    }
}

fn call_event(socket: &Socket, queue: &mut Queue) {
    let table = Guest::<WSK_CLIENT_CONNECTION_DISPATCH>::at(socket.callbacks());
    let Some(event) = at!(table.WskReceiveEvent).read() else {
        return;
    };
    let (batch, from, to) = queue.chain(ENTRIES);
    let batch = Arc::clone(batch);
    let (head, bytes) = batch.link(from, to);
    let accepted = bytes;
    let accepted = Guest::of(&accepted);
    let short = if queue.is_short() {
        WSK_FLAG_RELEASE_ASAP
    } else {
        0
    };
    let result = callback::invoke_at_dispatch("WskReceiveEvent", || {
        // SAFETY: the client's callback, which it enabled, with a list that is its own until it returns.
        unsafe {
            event(
                socket.context(),
                WSK_FLAG_AT_DISPATCH_LEVEL | short,
                head.as_ptr().cast(),
                bytes,
                accepted.as_ptr(),
            )
        }
    });
    socket.traffic.received.count(to - from, bytes);
    match result {
        status::SUCCESS if accepted.read() == bytes => {
            batch.consumed(from, to);
            queue.advance(to);
            socket.stream.lock().paused = false;
        }
        status::SUCCESS => {
            if accepted.read() > bytes {
                violate!(
                    WSK_EVENT,
                    "WskReceiveEvent accepted {} of {bytes} bytes",
                    accepted.read()
                );
            }
            batch.refused(from, to);
            queue.consume(accepted.read().min(bytes));
        }
        status::PENDING => {
            batch.kept(from, to);
            queue.advance(to);
            socket.stream.lock().paused = false;
        }
        _ => {
            if result != status::DATA_NOT_ACCEPTED {
                violate!(
                    WSK_EVENT,
                    "WskReceiveEvent returned {}, which isn't one of its results",
                    status::name(result)
                );
            }
            batch.refused(from, to);
        }
    }
}

/// Whether events may be enabled on the socket.
#[must_use]
pub fn is_connected(socket: &Socket) -> bool {
    matches!(socket.stream.lock().phase, Phase::Connected | Phase::Broken(_))
}
