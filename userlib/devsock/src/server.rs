//! The serving side: a [`DeviceBackend`] offered on sockets.
//!
//! One thread accepts on each socket, two serve each connection: one reads requests and calls the backend,
//! one writes completions, so that a thread that completes a request never waits for a slow client.
//! What a client can pile up is bounded by [`MAX_PENDING`] requests in flight and as many unwritten
//! completions; beyond the first, requests are refused, beyond the second the connection is not read.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::address::{Address, Listener, Secret, Stream};
use crate::device::{Caller, DeviceInfo, OpenRequest};
use crate::status::Status;
use crate::wire::{self, Frame, Reply, Request};

/// Most requests of one connection in flight.
pub const MAX_PENDING: usize = 4096;

/// Most handles of one connection.
const MAX_HANDLES: usize = 1024;

/// Most connections at a time.
const MAX_CONNECTIONS: usize = 256;

/// How long a client may take for its greeting.
const GREETING: Duration = Duration::from_secs(5);

/// A handle of a [`DeviceBackend`], chosen by it when a device is opened. Unique among its open handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HandleId(pub u64);

/// A request in flight, unique while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What stands behind the devices of a [`DeviceServer`].
///
/// Calls for one connection come one after another, in the order in which the client made them, on the
/// connection's thread; calls for different connections come at the same time. No call may wait for another
/// request: one that cannot be answered yet keeps its [`Completion`] and returns. Completing from inside the
/// call is fine, and how requests that never pend are answered.
pub trait DeviceBackend: Send + Sync + 'static {
    /// `CreateFile`. Checks path, access, sharing and the caller's token.
    ///
    /// # Errors
    /// The status that the caller gets, for instance [`Status::OBJECT_NAME_NOT_FOUND`].
    fn open(&self, caller: &Caller, request: &OpenRequest) -> Result<HandleId, Status>;

    /// `DeviceIoControl`. At most `output_len` bytes of output are handed over.
    fn ioctl(
        &self,
        handle: HandleId,
        request: RequestId,
        code: u32,
        input: &[u8],
        output_len: usize,
        completion: Completion,
    );

    /// `ReadFile` of at most `len` bytes.
    fn read(&self, handle: HandleId, request: RequestId, len: usize, completion: Completion);

    /// `WriteFile`.
    fn write(&self, handle: HandleId, request: RequestId, data: &[u8], completion: Completion);

    /// `CancelIoEx`: asks for an end of a request that pends. It may have completed meanwhile; then nothing
    /// happens. The request is completed as any other, usually with [`Status::CANCELLED`].
    fn cancel(&self, handle: HandleId, request: RequestId);

    /// `CloseHandle`, also because the process is gone. Returns when every request of the handle is complete.
    fn close(&self, handle: HandleId);

    /// The process is gone. Its handles are closed right after this, one by one.
    fn process_ended(&self, _caller: &Caller) {}

    /// The devices that can be opened.
    fn devices(&self) -> Vec<DeviceInfo>;

    /// Facts about an opened device that are not for the driver to tell, by name, e.g. the TUN device behind it.
    fn properties(&self, _handle: HandleId) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Makes a device.
    ///
    /// # Errors
    /// The status that the caller gets; [`Status::NOT_SUPPORTED`] where the set of devices is fixed.
    fn create(&self, _caller: &Caller, _hardware_id: &str, _name: &str) -> Result<DeviceInfo, Status> {
        Err(Status::NOT_SUPPORTED)
    }

    /// Removes a device.
    ///
    /// # Errors
    /// As [`DeviceBackend::create`].
    fn remove(&self, _caller: &Caller, _instance_id: &str) -> Result<(), Status> {
        Err(Status::NOT_SUPPORTED)
    }
}

/// The duty to complete one request, exactly once, from any thread.
///
/// Dropped without it, the request completes with [`Status::INTERNAL_ERROR`], so that no caller waits forever.
#[must_use = "a request that is not completed leaves its caller waiting"]
pub struct Completion {
    connection: Arc<Connection>,
    id: u64,
    output_len: usize,
    done: bool,
}

impl Completion {
    /// Completes the request. `data` is handed over unless `status` is an error, cut to what the caller has
    /// room for; `information` is the count that the caller sees.
    pub fn complete(mut self, status: Status, information: u64, data: &[u8]) {
        self.done = true;
        let data = if status.is_error() {
            &[]
        } else {
            &data[..data.len().min(self.output_len)]
        };
        self.connection.complete(self.id, status, information, data);
    }

    /// Completes the request without output.
    pub fn complete_status(self, status: Status, information: u64) {
        self.complete(status, information, &[]);
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        if !self.done {
            self.connection.complete(self.id, Status::INTERNAL_ERROR, 0, &[]);
        }
    }
}

impl std::fmt::Debug for Completion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Completion(request {} of connection {})",
            self.id, self.connection.number
        )
    }
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A socket could not be bound.
    #[error("cannot offer the device on {address}: {source}")]
    Bind {
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The file that says where the server listens could not be written.
    #[error("cannot write the device's address to {}: {source}", path.display())]
    Announce {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No random numbers, or no thread.
    #[error("cannot start the device server: {0}")]
    System(#[from] io::Error),
}

/// Builds a server; see [`DeviceServer::start`].
pub struct DeviceServer {
    backend: Arc<dyn DeviceBackend>,
    name: String,
    listeners: Vec<(Listener, Address)>,
    announced: Vec<Announced>,
}

impl DeviceServer {
    /// A server for `backend` that calls itself `name` towards clients. It listens nowhere yet.
    pub fn new(name: impl Into<String>, backend: Arc<dyn DeviceBackend>) -> Self {
        DeviceServer {
            backend,
            name: name.into(),
            listeners: Vec::new(),
            announced: Vec::new(),
        }
    }

    /// Listens on a Unix socket. Only the server's user and root get through.
    ///
    /// # Errors
    /// The path cannot be bound, or another server listens there.
    #[cfg(unix)]
    pub fn unix(mut self, path: impl Into<PathBuf>) -> Result<Self, ServerError> {
        let path = path.into();
        let address = Address::Unix(path.clone());
        let listener = Listener::unix(path).map_err(|source| ServerError::Bind {
            address: address.to_string(),
            source,
        })?;
        self.listeners.push((listener, address));
        Ok(self)
    }

    /// Listens on a loopback TCP port, 0 for any, with a secret of its own.
    ///
    /// # Errors
    /// The address is not a loopback address or cannot be bound.
    pub fn tcp(mut self, address: SocketAddr) -> Result<Self, ServerError> {
        let listener = Listener::tcp(address).map_err(|source| ServerError::Bind {
            address: address.to_string(),
            source,
        })?;
        let bound = listener.local_tcp().unwrap_or(address);
        self.listeners
            .push((listener, Address::Tcp(bound, Secret::generate()?)));
        Ok(self)
    }

    /// As [`DeviceServer::tcp`], and writes the address with its secret to `file`, which only its owner may read, for
    /// programs to connect by. The file goes with the server.
    ///
    /// # Errors
    /// As [`DeviceServer::tcp`]; the file cannot be written, or is there already.
    pub fn tcp_announced(self, address: SocketAddr, file: impl Into<PathBuf>) -> Result<Self, ServerError> {
        let mut server = self.tcp(address)?;
        if let Some((_, bound)) = server.listeners.last() {
            server
                .announced
                .push(Announced::write(file.into(), &bound.to_text())?);
        }
        Ok(server)
    }

    /// Begins to serve, in threads of its own.
    ///
    /// # Errors
    /// A thread could not be made.
    pub fn start(self) -> Result<RunningServer, ServerError> {
        let shared = Arc::new(Server {
            backend: self.backend,
            name: self.name,
            stop: AtomicBool::new(false),
            next_connection: AtomicU64::new(1),
            next_request: AtomicU64::new(1),
            connections: Mutex::new(HashMap::new()),
            ended: Condvar::new(),
        });
        let mut running = RunningServer {
            shared,
            addresses: Vec::new(),
            accepting: Vec::new(),
            _announced: self.announced,
        };
        for (listener, address) in self.listeners {
            running.addresses.push(address.clone());
            let shared = Arc::clone(&running.shared);
            let thread = std::thread::Builder::new().name("devsock-accept".into());
            running
                .accepting
                .push(thread.spawn(move || accept(&shared, &listener, &address))?);
        }
        Ok(running)
    }
}

/// A server at work. Dropping it ends it as [`RunningServer::shutdown`] does.
pub struct RunningServer {
    shared: Arc<Server>,
    addresses: Vec<Address>,
    accepting: Vec<JoinHandle<()>>,
    _announced: Vec<Announced>,
}

/// A file that says where a server listens, for as long as it does.
struct Announced(PathBuf);

impl Announced {
    fn write(path: PathBuf, text: &str) -> Result<Self, ServerError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |source| ServerError::Announce {
            path: path.clone(),
            source,
        };
        let mut file = options.open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Announced(path))
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl RunningServer {
    /// Where it listens, in the order of the calls that made it listen.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Stops listening, ends all connections as if their processes had died, and returns when every handle is
    /// closed.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        for address in &self.addresses {
            // Wakes the accepting thread; if nobody listens any more, all the better.
            let _ = Stream::connect(address);
        }
        for thread in self.accepting.drain(..) {
            let _ = thread.join();
        }
        let mut connections = lock(&self.shared.connections);
        for connection in connections.values() {
            connection.stream.shutdown();
        }
        while !connections.is_empty() {
            connections = self
                .shared
                .ended
                .wait(connections)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Server {
    backend: Arc<dyn DeviceBackend>,
    name: String,
    stop: AtomicBool,
    next_connection: AtomicU64,
    next_request: AtomicU64,
    connections: Mutex<HashMap<u64, Arc<Connection>>>,
    ended: Condvar,
}

struct Connection {
    number: u64,
    stream: Stream,
    /// By the client's request id: what is in flight.
    pending: Mutex<HashMap<u64, InFlight>>,
    outbox: Mutex<Outbox>,
    changed: Condvar,
}

#[derive(Clone, Copy)]
struct InFlight {
    request: RequestId,
    /// The client's number for the handle.
    handle: u64,
}

#[derive(Default)]
struct Outbox {
    frames: VecDeque<Zeroizing<Vec<u8>>>,
    closed: bool,
}

/// A lock whose holder panicked guards data that is still whole: each change here is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(server: &Arc<Server>, listener: &Listener, address: &Address) {
    while !server.stop.load(Ordering::Acquire) {
        let stream = match listener.accept() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%address, %error, "accept failed");
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        if server.stop.load(Ordering::Acquire) {
            return;
        }
        let number = server.next_connection.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection {
            number,
            stream,
            pending: Mutex::default(),
            outbox: Mutex::default(),
            changed: Condvar::new(),
        });
        {
            let mut connections = lock(&server.connections);
            if connections.len() >= MAX_CONNECTIONS {
                tracing::warn!(%address, "too many connections");
                continue;
            }
            connections.insert(number, Arc::clone(&connection));
        }
        let secret = match address {
            Address::Tcp(_, secret) => Some(secret.clone()),
            Address::Unix(_) => None,
        };
        let for_thread = Arc::clone(server);
        let thread = std::thread::Builder::new().name(format!("devsock-{number}"));
        if let Err(error) = thread.spawn(move || serve(&for_thread, &connection, secret.as_ref())) {
            tracing::warn!(%error, "no thread for a connection");
            lock(&server.connections).remove(&number);
            server.ended.notify_all();
        }
    }
}

/// A connection's thread, from greeting to the last closed handle.
fn serve(server: &Arc<Server>, connection: &Arc<Connection>, secret: Option<&Secret>) {
    match greet(server, connection, secret) {
        Ok(caller) => {
            tracing::debug!(connection = connection.number, name = caller.name, "connected");
            serve_greeted(server, connection, caller);
        }
        Err(refusal) => {
            tracing::warn!(connection = connection.number, refusal, "refused");
            let frame = Reply::Abort { reason: refusal }.encode(0);
            let _ = (&connection.stream).write_all(&frame);
        }
    }
    connection.stream.shutdown();
    lock(&server.connections).remove(&connection.number);
    server.ended.notify_all();
}

/// Reads the greeting and finds out who calls; the error is what the client is told.
fn greet(server: &Server, connection: &Connection, secret: Option<&Secret>) -> Result<Caller, String> {
    let stream = &connection.stream;
    let peer = stream.peer();
    if secret.is_none() && !peer.is_some_and(|(uid, _)| uid_allowed(uid)) {
        return Err("only the user who runs the device and root may connect".into());
    }
    stream
        .set_read_timeout(Some(GREETING))
        .map_err(|e| e.to_string())?;
    let frame = Frame::read(stream)
        .map_err(|e| format!("no greeting: {e}"))?
        .ok_or("no greeting")?;
    stream.set_read_timeout(None).map_err(|e| e.to_string())?;
    let hello = frame.hello().map_err(|e| e.to_string())?;
    if secret.is_some_and(|secret| !secret.matches(hello.secret)) {
        return Err("the secret is wrong".into());
    }
    if hello.version != wire::VERSION {
        return Err(format!(
            "protocol version {} is wanted, {} is spoken",
            hello.version,
            wire::VERSION
        ));
    }
    let welcome = Reply::Welcome {
        version: wire::VERSION,
        name: server.name.clone(),
    };
    connection.send(welcome.encode(0));
    Ok(Caller {
        connection: connection.number,
        token: hello.token,
        name: hello.name,
        pid: peer.map(|(_, pid)| pid),
    })
}

#[cfg(unix)]
fn uid_allowed(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn uid_allowed(_uid: u32) -> bool {
    false
}

fn serve_greeted(server: &Arc<Server>, connection: &Arc<Connection>, caller: Caller) {
    let writing = Arc::clone(connection);
    let thread = std::thread::Builder::new().name(format!("devsock-{}-out", connection.number));
    let Ok(writer) = thread.spawn(move || writing.write_out()) else {
        return;
    };

    let mut process = Process {
        server,
        connection,
        caller,
        handles: HashMap::new(),
        next_handle: 1,
    };
    if let Err(reason) = process.run() {
        tracing::warn!(connection = connection.number, reason, "connection aborted");
        connection.send(Reply::Abort { reason }.encode(0));
    }
    // The process is gone: its handles are closed, as the object manager would.
    server.backend.process_ended(&process.caller);
    for handle in std::mem::take(&mut process.handles).into_values() {
        server.backend.close(handle);
    }
    connection.close_outbox();
    let _ = writer.join();
}

/// The calling process, as an operating system would keep it.
struct Process<'a> {
    server: &'a Arc<Server>,
    connection: &'a Arc<Connection>,
    caller: Caller,
    handles: HashMap<u64, HandleId>,
    next_handle: u64,
}

impl Process<'_> {
    /// Serves requests until the stream ends; the error is what the client is told.
    fn run(&mut self) -> Result<(), String> {
        loop {
            if !self.connection.wait_for_room() {
                return Ok(());
            }
            let frame = match Frame::read(&self.connection.stream) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(error.to_string()),
                Err(_) => return Ok(()),
            };
            let request = frame.request().map_err(|e| e.to_string())?;
            self.handle(frame.id, request)?;
        }
    }

    fn handle(&mut self, id: u64, request: Request<'_>) -> Result<(), String> {
        let backend = Arc::clone(&self.server.backend);
        match request {
            Request::Ioctl {
                handle,
                code,
                output_len,
                input,
            } => {
                self.begin(id, handle, output_len, |target, request, completion| {
                    backend.ioctl(target, request, code, input, to_len(output_len), completion);
                })?;
            }
            Request::Read { handle, len } => {
                self.begin(id, handle, len, |target, request, completion| {
                    backend.read(target, request, to_len(len), completion);
                })?;
            }
            Request::Write { handle, data } => {
                self.begin(id, handle, 0, |target, request, completion| {
                    backend.write(target, request, data, completion);
                })?;
            }
            Request::Cancel { handle, target } => {
                let (status, count) = self.cancel(handle, target);
                self.connection.reply(id, status, count, &[]);
            }
            Request::Open(open) => match self.open(&open) {
                Ok(handle) => self.connection.reply(id, Status::SUCCESS, handle, &[]),
                Err(status) => self.connection.reply(id, status, 0, &[]),
            },
            Request::Close { handle } => {
                let status = match self.handles.remove(&handle) {
                    Some(target) => {
                        backend.close(target);
                        Status::SUCCESS
                    }
                    None => Status::INVALID_HANDLE,
                };
                self.connection.reply(id, status, 0, &[]);
            }
            Request::List => {
                self.connection
                    .reply_list(id, &wire::encode_devices(&backend.devices()));
            }
            Request::Properties { handle } => match self.handles.get(&handle) {
                Some(target) => {
                    self.connection
                        .reply_list(id, &wire::encode_properties(&backend.properties(*target)));
                }
                None => self.connection.reply(id, Status::INVALID_HANDLE, 0, &[]),
            },
            Request::Create { hardware_id, name } => {
                match backend.create(&self.caller, &hardware_id, &name) {
                    Ok(device) => self.connection.reply_list(id, &wire::encode_devices(&[device])),
                    Err(status) => self.connection.reply(id, status, 0, &[]),
                }
            }
            Request::Remove { instance_id } => {
                let status = backend
                    .remove(&self.caller, &instance_id)
                    .err()
                    .unwrap_or(Status::SUCCESS);
                self.connection.reply(id, status, 0, &[]);
            }
        }
        Ok(())
    }

    fn open(&mut self, open: &OpenRequest) -> Result<u64, Status> {
        if self.handles.len() >= MAX_HANDLES {
            return Err(Status::INSUFFICIENT_RESOURCES);
        }
        let target = self.server.backend.open(&self.caller, open)?;
        let handle = self.next_handle;
        self.next_handle += 1;
        self.handles.insert(handle, target);
        Ok(handle)
    }

    /// Registers a request that may pend, and hands it to the backend.
    fn begin(
        &self,
        id: u64,
        handle: u64,
        output_len: u32,
        call: impl FnOnce(HandleId, RequestId, Completion),
    ) -> Result<(), String> {
        let Some(target) = self.handles.get(&handle) else {
            self.connection.reply(id, Status::INVALID_HANDLE, 0, &[]);
            return Ok(());
        };
        let request = RequestId(self.server.next_request.fetch_add(1, Ordering::Relaxed));
        {
            let mut pending = lock(&self.connection.pending);
            if pending.contains_key(&id) {
                return Err(format!("request id {id} is in use"));
            }
            if pending.len() >= MAX_PENDING {
                drop(pending);
                self.connection.reply(id, Status::INSUFFICIENT_RESOURCES, 0, &[]);
                return Ok(());
            }
            pending.insert(id, InFlight { request, handle });
        }
        let connection = Arc::clone(self.connection);
        call(
            *target,
            request,
            Completion {
                connection,
                id,
                output_len: to_len(output_len),
                done: false,
            },
        );
        Ok(())
    }

    /// Asks the backend to end one request or all of a handle; says how many that were.
    fn cancel(&self, handle: u64, target: u64) -> (Status, u64) {
        let Some(of) = self.handles.get(&handle) else {
            return (Status::INVALID_HANDLE, 0);
        };
        let mut requests: Vec<RequestId> = lock(&self.connection.pending)
            .iter()
            .filter(|(id, in_flight)| in_flight.handle == handle && (target == 0 || target == **id))
            .map(|(_, in_flight)| in_flight.request)
            .collect();
        requests.sort_unstable();
        for request in &requests {
            self.server.backend.cancel(*of, *request);
        }
        let status = if requests.is_empty() {
            Status::NOT_FOUND
        } else {
            Status::SUCCESS
        };
        (status, requests.len() as u64)
    }
}

/// The wire's limits keep lengths far below what any `usize` holds.
fn to_len(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

impl Connection {
    fn complete(&self, id: u64, status: Status, information: u64, data: &[u8]) {
        // Registered until now, so that the id is free again by the time the client learns of it.
        lock(&self.pending).remove(&id);
        self.reply(id, status, information, data);
    }

    fn reply(&self, id: u64, status: Status, information: u64, data: &[u8]) {
        self.send(
            Reply::Completion {
                status,
                information,
                data,
            }
            .encode(id),
        );
    }

    /// A list as a completion, or a failure if it is longer than a frame may be.
    fn reply_list(&self, id: u64, data: &[u8]) {
        if data.len() > wire::MAX_DATA {
            self.reply(id, Status::INSUFFICIENT_RESOURCES, 0, &[]);
        } else {
            self.reply(id, Status::SUCCESS, data.len() as u64, data);
        }
    }

    fn send(&self, frame: Zeroizing<Vec<u8>>) {
        let mut outbox = lock(&self.outbox);
        if !outbox.closed {
            outbox.frames.push_back(frame);
            self.changed.notify_all();
        }
    }

    /// Waits while too many completions are unwritten; `false` if the connection has ended.
    fn wait_for_room(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        while outbox.frames.len() >= MAX_PENDING && !outbox.closed {
            outbox = self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner);
        }
        !outbox.closed
    }

    /// Lets the writer end once it has written what is there.
    fn close_outbox(&self) {
        lock(&self.outbox).closed = true;
        self.changed.notify_all();
    }

    /// The writer's thread.
    fn write_out(&self) {
        loop {
            let frame = {
                let mut outbox = lock(&self.outbox);
                loop {
                    if let Some(frame) = outbox.frames.pop_front() {
                        self.changed.notify_all();
                        break frame;
                    }
                    if outbox.closed {
                        return;
                    }
                    outbox = self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner);
                }
            };
            if (&self.stream).write_all(&frame).is_err() {
                // The reader sees the end of the stream and closes the handles.
                self.stream.shutdown();
                let mut outbox = lock(&self.outbox);
                outbox.closed = true;
                outbox.frames.clear();
                self.changed.notify_all();
                return;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_same_user_and_root_may_connect() {
        let me = rustix::process::geteuid().as_raw();
        assert!(uid_allowed(me) && uid_allowed(0));
        assert!(!uid_allowed(me + 1) && !uid_allowed(65_534));
    }
}
