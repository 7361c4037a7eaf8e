//! Sockets: their life from `WskSocket` to the end of `WskCloseSocket`, and what all categories have in common.

use std::collections::HashMap;
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use netcx_sys::wsk::{
    SOCKADDR, WSK_PROVIDER_BASIC_DISPATCH, WSK_PROVIDER_CONNECTION_DISPATCH, WSK_PROVIDER_DATAGRAM_DISPATCH,
};
use parking_lot::{Condvar, Mutex, RwLock};

use super::address::{Family, HostAddress};
use super::datagram_receive::{self, Datagrams};
use super::host::{self, Transport};
use super::provider::leak_table;
use super::registration::Client;
use super::request::{self, Pace, Request};
use super::stream::{self, Stream};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::ntoskrnl::dpc;
use crate::status::{self, NtStatus};
use crate::{exports, machine, violate};

exports! { "afd.sys";
    WskCloseSocket: PASSIVE..=DISPATCH,
    WskBind: PASSIVE..=DISPATCH,
    WskGetLocalAddress: PASSIVE..=DISPATCH,
    WskGetRemoteAddress: PASSIVE..=DISPATCH,
}

/// Categories of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Basic, of UDP.
    BasicDatagram,
    /// Basic, of TCP.
    BasicStream,
    /// Datagram.
    Datagram,
    /// Connection-oriented.
    Connection,
}

impl Kind {
    fn transport(self) -> Transport {
        match self {
            Self::BasicDatagram | Self::Datagram => Transport::Udp,
            Self::BasicStream | Self::Connection => Transport::Tcp,
        }
    }

    /// The provider's dispatch table for the category.
    fn table(self) -> usize {
        static TABLES: OnceLock<[usize; 3]> = OnceLock::new();
        let [basic, datagram, connection] = *TABLES.get_or_init(|| {
            const _: () = assert!(size_of::<WSK_PROVIDER_BASIC_DISPATCH>() == 8 * BASIC.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_DATAGRAM_DISPATCH>() == 8 * DATAGRAM.len());
            const _: () = assert!(size_of::<WSK_PROVIDER_CONNECTION_DISPATCH>() == 8 * CONNECTION.len());
            [leak_table(&BASIC), leak_table(&DATAGRAM), leak_table(&CONNECTION)]
        });
        match self {
            Self::BasicDatagram | Self::BasicStream => basic,
            Self::Datagram => datagram,
            Self::Connection => connection,
        }
    }
}

const BASIC: [&str; 2] = ["WskControlSocket", "WskCloseSocket"];
const DATAGRAM: [&str; 8] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskSendTo",
    "WskReceiveFrom",
    "WskRelease",
    "WskGetLocalAddress",
    "WskSendMessages",
];
const CONNECTION: [&str; 13] = [
    "WskControlSocket",
    "WskCloseSocket",
    "WskBind",
    "WskConnect",
    "WskGetLocalAddress",
    "WskGetRemoteAddress",
    "WskSend",
    "WskReceive",
    "WskDisconnect",
    "WskRelease",
    "WskConnectEx",
    "WskSendEx",
    "WskReceiveEx",
];

/// A socket.
pub struct Socket {
    handle: usize,
    /// Its category.
    pub kind: Kind,
    /// Its address family.
    pub family: Family,
    client: Arc<Client>,
    /// What the client's callbacks get.
    pub context: usize,
    /// The client's callbacks; 0 if it has none.
    pub callbacks: usize,
    /// The host's socket; -1 after the close.
    fd: AtomicI32,
    /// Ends a wait of the socket's threads. The thread of a stream clears it; else it is set by the close only, and stays.
    wake: OwnedFd,
    closing: AtomicBool,
    /// Calls that haven't returned (but for those that only wait for their completion routine).
    calls: AtomicUsize,
    /// IRPs that aren't completed, but for the close.
    requests: AtomicUsize,
    state: Mutex<State>,
    /// Told when there is something new for the socket's threads.
    pub changed: Condvar,
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
    pub receives: datagram_receive::Receives,
    /// Requests to be completed when no callback runs.
    pub until_idle: Vec<Request>,
    close: Option<Request>,
    /// Nobody closes it: its making failed.
    abandoned: bool,
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

struct Known {
    /// `None` once the close is complete.
    socket: Option<Arc<Socket>>,
    closed: bool,
}

static SOCKETS: RwLock<Option<HashMap<usize, Known>>> = RwLock::new(None);

/// Makes a socket for `client`.
///
/// # Errors
/// What the host says.
pub fn create(
    client: &Arc<Client>,
    family: Family,
    kind: Kind,
    context: usize,
    callbacks: usize,
    site: usize,
) -> Result<Arc<Socket>, NtStatus> {
    let fd = host::socket(family, kind.transport())?;
    let handle = std::ptr::from_ref(Box::leak(Box::new([kind.table(), 0]))) as usize;
    let allowed = match kind {
        Kind::Datagram => super::control::DATAGRAM_EVENTS,
        Kind::Connection => super::control::CONNECTION_EVENTS,
        Kind::BasicDatagram | Kind::BasicStream => 0,
    };
    let enabled = if callbacks == 0 {
        0
    } else {
        client.static_events() & allowed
    };
    let socket = Arc::new(Socket {
        handle,
        kind,
        family,
        client: Arc::clone(client),
        context,
        callbacks,
        fd: AtomicI32::new(fd.into_raw_fd()),
        wake: host::event(),
        closing: AtomicBool::new(false),
        calls: AtomicUsize::new(0),
        requests: AtomicUsize::new(0),
        state: Mutex::new(State {
            enabled,
            ..State::default()
        }),
        changed: Condvar::new(),
        datagrams: Datagrams::default(),
        stream: Stream::default(),
    });
    client.socket_made(handle, site);
    let known = Known {
        socket: Some(Arc::clone(&socket)),
        closed: false,
    };
    SOCKETS.write().get_or_insert_default().insert(handle, known);
    Ok(socket)
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
                "{:#x} {:?} {:?}, calls {} requests {}{}",
                socket.handle,
                socket.kind,
                socket.family,
                socket.calls.load(Ordering::Relaxed),
                socket.requests.load(Ordering::Relaxed),
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
    let call = match enter(name, handle) {
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

    fn is_idle(&self, state: &State) -> bool {
        state.threads == 0 && state.running == 0 && self.requests.load(Ordering::SeqCst) == 0
    }

    /// Completes the close when nothing of the socket runs any more.
    fn finish_close(&self) {
        let close = {
            let mut state = self.lock();
            let abandoned = state.abandoned;
            if !state.closing || !self.is_idle(&state) || !abandoned && state.close.is_none() {
                return;
            }
            state.abandoned = false;
            state.close.take()
        };
        self.gone();
        if let Some(close) = close {
            close.complete(status::SUCCESS, 0);
        }
    }

    /// Lets go of everything. Whoever has taken the close IRP does this, once.
    fn gone(&self) {
        self.datagrams.forget();
        let fd = self.fd.swap(-1, Ordering::SeqCst);
        if fd >= 0 {
            if self.kind == Kind::Connection && stream::close_resets(self) {
                host::linger_none(fd);
            }
            // SAFETY: the socket's own descriptor, taken out just now.
            unsafe { libc::close(fd) };
        }
        if let Some(known) = SOCKETS.write().get_or_insert_default().get_mut(&self.handle) {
            known.socket = None;
        }
        self.client.socket_gone(self.handle);
    }

    /// Takes a socket back that the client never got.
    pub(super) fn abandon(&self) {
        if let Some(known) = SOCKETS.write().get_or_insert_default().get_mut(&self.handle) {
            known.closed = true;
        }
        {
            let mut state = self.lock();
            state.closing = true;
            state.abandoned = true;
        }
        self.begin_close();
        self.finish_close();
    }

    /// Ends what waits: pending requests are cancelled, threads are told.
    fn begin_close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        self.wake();
        self.changed.notify_all();
        let waiting = std::mem::take(&mut self.lock().until_idle);
        for request in waiting {
            request.complete(status::SUCCESS, 0);
        }
        datagram_receive::cancel_all(self);
        stream::cancel_all(self);
        request::release_stuck(self.handle);
    }
}

/// `WskCloseSocket`.
///
/// | the caller promises                                                   | else                   |
/// |-----------------------------------------------------------------------|------------------------|
/// | IRQL <= DISPATCH                                                        | `irql`                 |
/// | it is closed once, and not used afterwards                               | `wsk-closed-socket`    |
/// | no other call is in progress on it                                       | `wsk-close-in-use`     |
/// | all indications that were kept are released                              | `wsk-indication-leak`  |
///
/// Pending requests are cancelled. Completed when no callback of the socket runs and all its IRPs are completed.
pub extern "win64" fn WskCloseSocket(socket: usize, irp: Guest<Irp>) -> NtStatus {
    let (call, request) = match begin_close_call(socket, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    if call.calls.load(Ordering::SeqCst) > 1 {
        violate!(
            WSK_BUSY,
            "a socket is closed while another call on it is in progress"
        );
    }
    let socket = Arc::clone(&call.0);
    drop(call);
    socket.datagrams.check_kept();
    let now = {
        let mut state = socket.lock();
        state.closing = true;
        if socket.is_idle(&state) && !request::later(Pace::Control) {
            Some(request)
        } else {
            request.mark_pending();
            state.close = Some(request);
            None
        }
    };
    if let Some(request) = now {
        socket.gone();
        request.complete(status::SUCCESS, 0);
        return status::SUCCESS;
    }
    socket.begin_close();
    dpc::queue(None, move || socket.finish_close());
    status::PENDING
}

/// As [`begin`], and from now on the socket is closed for calls.
fn begin_close_call(handle: usize, irp: Guest<Irp>) -> Result<(Call, Request), NtStatus> {
    let call = enter("WskCloseSocket", handle);
    let Some(request) = Request::begin(irp, None) else {
        return Err(status::INVALID_PARAMETER);
    };
    let call = match call {
        Ok(call) => call,
        Err(status) => return Err(request.finish(status, 0, Pace::Control)),
    };
    let before = {
        let mut sockets = SOCKETS.write();
        let known = sockets.get_or_insert_default().get_mut(&handle);
        known.is_none_or(|known| std::mem::replace(&mut known.closed, true))
    };
    if before {
        drop(call);
        violate!(WSK_CLOSED, "two calls of WskCloseSocket at a time");
        return Err(request.finish(status::FILE_CLOSED, 0, Pace::Control));
    }
    Ok((call, request))
}

/// `WskBind`: once, before connecting or setting the remote address.
///
/// | the caller promises                        | else             |
/// |--------------------------------------------|------------------|
/// | IRQL <= DISPATCH                             | `irql`           |
/// | not bound yet                                | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | an address of the socket's family             | `wsk-parameter`, STATUS_INVALID_ADDRESS_COMPONENT |
/// | flags 0                                      | `wsk-parameter`  |
pub extern "win64" fn WskBind(
    socket: usize,
    address: Guest<SOCKADDR>,
    flags: u32,
    irp: Guest<Irp>,
) -> NtStatus {
    let kinds = [Kind::Datagram, Kind::Connection];
    let (call, request) = match begin("WskBind", socket, &kinds, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    if flags != 0 {
        violate!(WSK_PARAMETER, "WskBind with flags {flags:#x}");
    }
    let result = bind(&call, address);
    let socket = Arc::clone(&call.0);
    drop(call);
    if result.is_ok() {
        datagram_receive::start_if_wanted(&socket);
    }
    request.finish(status::of(result), 0, Pace::Control)
}

pub(super) fn bind(socket: &Socket, address: Guest<SOCKADDR>) -> Result<(), NtStatus> {
    let address = HostAddress::read(address, socket.family).inspect_err(|_| {
        violate!(WSK_PARAMETER, "WskBind needs an address of the socket's family");
    })?;
    if std::mem::replace(&mut socket.lock().bound, true) {
        violate!(WSK_STATE, "WskBind on a socket that is bound");
        return Err(status::INVALID_DEVICE_STATE);
    }
    host::bind(socket.fd(), &address).inspect_err(|_| socket.lock().bound = false)
}

/// `WskGetLocalAddress`: the socket must be bound, else `wsk-state` and STATUS_INVALID_DEVICE_STATE.
pub extern "win64" fn WskGetLocalAddress(
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
) -> NtStatus {
    get_address("WskGetLocalAddress", socket, address, irp, false)
}

/// `WskGetRemoteAddress`: the socket must be connected, else STATUS_CONNECTION_INVALID.
pub extern "win64" fn WskGetRemoteAddress(
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
) -> NtStatus {
    get_address("WskGetRemoteAddress", socket, address, irp, true)
}

fn get_address(
    name: &'static str,
    socket: usize,
    address: Guest<SOCKADDR>,
    irp: Guest<Irp>,
    remote: bool,
) -> NtStatus {
    let kinds = [Kind::Datagram, Kind::Connection];
    let (call, request) = match begin(name, socket, &kinds, irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let result = if call.lock().bound {
        host::name(call.fd(), remote).map(|found| found.write(address))
    } else {
        violate!(WSK_STATE, "{name} on a socket that isn't bound");
        Err(status::INVALID_DEVICE_STATE)
    };
    drop(call);
    request.finish(status::of(result), 0, Pace::Control)
}

pub(super) fn reset() {
    let sockets = SOCKETS.write().take().unwrap_or_default();
    let sockets: Vec<Arc<Socket>> = sockets.into_values().filter_map(|known| known.socket).collect();
    for socket in &sockets {
        socket.closing.store(true, Ordering::SeqCst);
        let mut state = socket.lock();
        state.closing = true;
        state.close = None;
        state.until_idle.clear();
        drop(state);
        socket.wake();
        socket.changed.notify_all();
    }
    for socket in &sockets {
        // A thread that the stopped machine keeps for ever never ends.
        for _ in 0..100 {
            if socket.lock().threads == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        socket.datagrams.forget();
        let fd = socket.fd.swap(-1, Ordering::SeqCst);
        if fd >= 0 && socket.lock().threads == 0 {
            // SAFETY: the socket's own descriptor, taken out just now.
            unsafe { libc::close(fd) };
        }
    }
}
