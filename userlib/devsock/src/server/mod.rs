//! The serving side: a [`DeviceBackend`] offered on sockets.
//!
//! One thread accepts on each socket, two serve each connection: one reads requests and calls the backend,
//! one writes completions, so that a thread that completes a request never waits for a slow client.
//! What a client can pile up is bounded by [`MAX_PENDING`] requests in flight and as many unwritten
//! completions; beyond the first, requests are refused, beyond the second the connection is not read.

mod connection;
mod greeting;
mod process;

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::address::{Address, Listener, Secret, Stream};
use crate::device::{Caller, DeviceInfo, OpenRequest};
use crate::status::Status;
use connection::Connection;
use greeting::accept;
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

/// A lock whose holder panicked guards data that is still whole: each change here is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
