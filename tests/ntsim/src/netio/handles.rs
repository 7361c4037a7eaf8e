//! The handles of sockets: which of them a client may use.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;

use super::socket::{Call, Socket};
use crate::status::{self, NtStatus};
use crate::violate;

/// A handle that was given to a client.
struct Known {
    /// `None` once the close is complete.
    socket: Option<Arc<Socket>>,
    closed: bool,
}

static SOCKETS: RwLock<Option<HashMap<usize, Known>>> = RwLock::new(None);

/// A new socket.
pub(super) fn add(handle: usize, socket: &Arc<Socket>) {
    let known = Known {
        socket: Some(Arc::clone(socket)),
        closed: false,
    };
    SOCKETS.write().get_or_insert_default().insert(handle, known);
}

/// Begins a call without an IRP: the socket must be open.
///
/// # Errors
/// `STATUS_INVALID_HANDLE` or `STATUS_FILE_CLOSED`, with a violation.
pub fn enter(name: &str, handle: usize) -> Result<Call, NtStatus> {
    let closed = {
        let sockets = SOCKETS.read();
        match sockets.as_ref().and_then(|sockets| sockets.get(&handle)) {
            Some(Known {
                socket: Some(socket),
                closed: false,
            }) => {
                socket.calls.fetch_add(1, Ordering::SeqCst);
                return Ok(Call(Arc::clone(socket)));
            }
            Some(_) => true,
            None => false,
        }
    };
    if closed {
        violate!(WSK_CLOSED, "{name} on a socket that was closed");
        Err(status::FILE_CLOSED)
    } else {
        violate!(WSK_HANDLE, "{name} on {handle:#x}, which isn't a socket");
        Err(status::INVALID_HANDLE)
    }
}

/// Whether the address is in an indication of any socket. Doesn't wait for locks: the caller may hold them.
#[must_use]
pub(super) fn owns(address: usize) -> bool {
    let Some(sockets) = SOCKETS.try_read() else {
        return false;
    };
    let all = sockets.iter().flat_map(HashMap::values);
    all.filter_map(|known| known.socket.as_ref())
        .any(|socket| socket.datagrams.owns(address))
}

/// From now on the client may not use the handle. `false` if it couldn't before.
#[must_use]
pub(super) fn mark_closed(handle: usize) -> bool {
    let mut sockets = SOCKETS.write();
    let known = sockets.get_or_insert_default().get_mut(&handle);
    known.is_some_and(|known| !std::mem::replace(&mut known.closed, true))
}

/// The socket is gone; its handle is remembered.
pub(super) fn forget(handle: usize) {
    if let Some(known) = SOCKETS.write().get_or_insert_default().get_mut(&handle) {
        known.socket = None;
    }
}

/// All sockets there are; afterwards there are none.
pub(super) fn take_all() -> Vec<Arc<Socket>> {
    let sockets = SOCKETS.write().take().unwrap_or_default();
    sockets.into_values().filter_map(|known| known.socket).collect()
}

/// The sockets, for people.
#[must_use]
pub fn describe() -> Vec<String> {
    let sockets = SOCKETS.read();
    let known = sockets.iter().flat_map(HashMap::values);
    known
        .filter_map(|known| Some((known.socket.as_ref()?, known.closed)))
        .map(|(socket, closed)| {
            format!(
                "{:#x} {:?} {:?}, calls {} requests {}, {}{}",
                socket.handle(),
                socket.kind,
                socket.family,
                socket.calls.load(Ordering::Relaxed),
                socket.requests.load(Ordering::Relaxed),
                socket.traffic,
                if closed { ", being closed" } else { "" }
            )
        })
        .collect()
}

/// The socket of a handle, also while it is being closed (cancel routines).
#[must_use]
pub fn find(handle: usize) -> Option<Arc<Socket>> {
    let sockets = SOCKETS.read();
    sockets.as_ref()?.get(&handle)?.socket.clone()
}
