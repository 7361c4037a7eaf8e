//! Sockets: what all categories have in common. Their end is in [`close`](super::close).

use std::collections::VecDeque;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex};

use super::address::Family;
use super::category::Kind;
use super::datagram_receive::Datagrams;
use super::receive_from::ReceiveFrom;
use super::registration::Client;
use super::request::{Pace, Request};
use super::stream::Stream;
use super::traffic::Traffic;
use super::{handles, host};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{machine, violate};

/// A socket.
pub struct Socket {
    handle: usize,
    /// Its category.
    pub kind: Kind,
    /// Its address family.
    pub family: Family,
    /// Whose it is.
    pub client: Arc<Client>,
    /// What the client's callbacks get.
    context: AtomicUsize,
    /// The client's callbacks; 0 if it has none.
    callbacks: AtomicUsize,
    /// The host's socket; -1 after the close.
    pub(super) fd: AtomicI32,
    /// Ends a wait of the socket's threads. The thread of a stream clears it; else it is set by the close only, and stays.
    wake: OwnedFd,
    pub(super) closing: AtomicBool,
    /// Calls that haven't returned (but for those that only wait for their completion routine).
    pub(super) calls: AtomicUsize,
    /// IRPs that aren't completed, but for the close.
    pub(super) requests: AtomicUsize,
    state: Mutex<State>,
    /// Told when there is something new for the socket's threads.
    pub changed: Condvar,
    /// What it has sent and received.
    pub traffic: Traffic,
    /// What only datagram sockets have.
    pub datagrams: Datagrams,
    /// What only connection-oriented sockets have.
    pub stream: Stream,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Socket({:#x}, {:?})", self.handle, self.kind)
    }
}

/// What changes in a socket's life, under its lock. No driver code runs with the lock held.
#[derive(Default)]
pub struct State {
    /// `WskBind` was successful.
    pub bound: bool,
    /// Events that are enabled.
    pub enabled: u32,
    /// The close was called.
    pub closing: bool,
    /// Callbacks that run.
    pub running: u32,
    /// Threads that serve the socket.
    pub threads: u32,
    /// Pending `WskReceiveFrom`, oldest first.
    pub receives: VecDeque<ReceiveFrom>,
    /// Requests to be completed when no callback runs.
    pub until_idle: Vec<Request>,
    /// The close, while it is pending.
    pub(super) close: Option<Request>,
    /// Nobody closes it: its making failed.
    pub(super) abandoned: bool,
}

/// A call on a socket that hasn't returned.
pub struct Call(pub Arc<Socket>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::ops::Deref for Call {
    type Target = Arc<Socket>;

    fn deref(&self) -> &Arc<Socket> {
        &self.0
    }
}

/// What a client asks for with a socket.
#[derive(Clone, Copy, Debug)]
pub struct New {
    /// Category.
    pub kind: Kind,
    /// Address family.
    pub family: Family,
    /// What the client's callbacks get.
    pub context: usize,
    /// The client's callbacks; 0 if it has none.
    pub callbacks: usize,
    /// Call site.
    pub site: usize,
}

/// Makes a socket for `client`.
///
/// # Errors
/// What the host says.
pub fn create(client: &Arc<Client>, new: New) -> Result<Arc<Socket>, NtStatus> {
    let fd = host::socket(new.family, new.kind.transport())?;
    Ok(adopt(client, new, fd, false))
}

/// Makes a socket for `client` of one of the host; `accepted`: it is connected.
pub fn adopt(client: &Arc<Client>, new: New, fd: OwnedFd, accepted: bool) -> Arc<Socket> {
    let handle = std::ptr::from_ref(Box::leak(Box::new([new.kind.table(), 0]))) as usize;
    let enabled =
        client.static_events() & new.kind.events() & 0u32.wrapping_sub(u32::from(new.callbacks != 0));
    let socket = Arc::new(Socket {
        handle,
        kind: new.kind,
        family: new.family,
        client: Arc::clone(client),
        context: AtomicUsize::new(new.context),
        callbacks: AtomicUsize::new(new.callbacks),
        fd: AtomicI32::new(fd.into_raw_fd()),
        wake: host::event(),
        closing: AtomicBool::new(false),
        calls: AtomicUsize::new(0),
        requests: AtomicUsize::new(0),
        state: Mutex::new(State {
            enabled,
            bound: accepted,
            ..State::default()
        }),
        changed: Condvar::new(),
        traffic: Traffic::default(),
        datagrams: Datagrams::default(),
        stream: Stream::new(accepted),
    });
    client.socket_made(handle, new.site);
    handles::add(handle, &socket);
    socket
}

/// Begins a call with an IRP.
///
/// # Errors
/// What the function shall return; the IRP is taken care of.
pub fn begin(
    name: &'static str,
    handle: usize,
    kinds: &[Kind],
    irp: Guest<Irp>,
) -> Result<(Call, Request), NtStatus> {
    let call = match handles::enter(name, handle) {
        Ok(call) => call,
        // The IRP is always completed.
        Err(status) => {
            return Err(match Request::begin(irp, None) {
                Some(request) => request.finish(status, 0, Pace::Control),
                None => status,
            });
        }
    };
    let request = Request::begin_faulty(name, handle, irp, Some(&call.0))?;
    if kinds.contains(&call.kind) {
        return Ok((call, request));
    }
    violate!(WSK_HANDLE, "{name} on a socket of the category {:?}", call.kind);
    drop(call);
    Err(request.finish(status::INVALID_DEVICE_REQUEST, 0, Pace::Control))
}

impl Socket {
    /// What the client calls it.
    #[must_use]
    pub fn handle(&self) -> usize {
        self.handle
    }

    /// The host's socket.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.fd.load(Ordering::Relaxed)
    }

    /// Ends a wait of the socket's threads.
    pub fn wake(&self) {
        host::signal(&self.wake);
    }

    /// For the socket's threads to wait for.
    #[must_use]
    pub fn wake_event(&self) -> &OwnedFd {
        &self.wake
    }

    /// What the client's callbacks get.
    #[must_use]
    pub fn context(&self) -> *mut core::ffi::c_void {
        self.context.load(Ordering::Acquire) as *mut _
    }

    /// The client's callbacks, 0 if it has none. A stream socket has two tables: for listening, and for connections.
    #[must_use]
    pub fn callbacks(&self) -> usize {
        let table = self.callbacks.load(Ordering::Acquire);
        if self.kind != Kind::Stream || table == 0 {
            return table;
        }
        let place = usize::from(!self.stream.is_listening());
        Guest::<usize>::at(table).index(place).read()
    }

    /// What the client said when it accepted the connection.
    pub(super) fn set_callbacks(&self, context: usize, callbacks: usize, enabled: u32) {
        self.context.store(context, Ordering::Release);
        self.callbacks.store(callbacks, Ordering::Release);
        if callbacks != 0 {
            self.lock().enabled |= enabled & self.kind.events();
        }
    }

    /// Its state, locked.
    pub fn lock(&self) -> parking_lot::MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Events that its client has enabled on all sockets.
    #[must_use]
    pub fn static_events(&self) -> u32 {
        self.client.static_events()
    }

    /// Whether the close was called, or the machine has stopped: threads end.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst) || machine::stopped()
    }

    /// Whether `WskBind` was successful.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.lock().bound
    }

    /// An IRP was taken.
    pub(super) fn request_begun(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    /// An IRP was completed.
    pub(super) fn request_done(&self) {
        self.requests.fetch_sub(1, Ordering::SeqCst);
        if self.closing.load(Ordering::SeqCst) {
            self.finish_close();
        }
    }

    /// Starts a thread that runs `serve` until the socket is closed.
    pub(super) fn spawn(self: &Arc<Self>, name: String, serve: impl FnOnce(&Arc<Self>) + Send + 'static) {
        self.lock().threads += 1;
        let socket = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name(name)
            .stack_size(1 << 20)
            .spawn(move || {
                serve(&socket);
                socket.lock().threads -= 1;
                socket.finish_close();
            });
        assert!(spawned.is_ok(), "no host thread for a socket");
    }

    /// A callback is about to run. `false`: the socket is being closed, or the event was disabled.
    #[must_use]
    pub fn callback_begins(&self, event: u32) -> bool {
        let mut state = self.lock();
        let may = !state.closing && state.enabled & event == event;
        state.running += u32::from(may);
        may
    }

    /// A callback has returned.
    pub fn callback_ended(&self) {
        let idle = {
            let mut state = self.lock();
            state.running -= 1;
            if state.running == 0 {
                std::mem::take(&mut state.until_idle)
            } else {
                Vec::new()
            }
        };
        for request in idle {
            request.complete(status::SUCCESS, 0);
        }
    }
}
