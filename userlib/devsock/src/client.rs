//! The calling side: a process with its handles.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::address::{Address, Stream};
use crate::device::{DeviceInfo, OpenRequest, Token};
use crate::status::Status;
use crate::wire::{self, Frame, Hello, Reply, Request};

/// How long a server may take to answer the greeting.
const GREETING: Duration = Duration::from_secs(5);

/// Why a call could not be made or its answer not be had. What the *device* says is a [`Status`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody listens there, or the socket may not be opened.
    #[error("cannot reach a device at {address}: {source}")]
    Connect {
        /// Where.
        address: Address,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The server refused the greeting or ended the connection.
    #[error("the device's server says: {0}")]
    Refused(String),
    /// The connection ended: the process behind the device is gone, and with it all handles.
    #[error("the connection to the device is lost: {0}")]
    Lost(Arc<io::Error>),
    /// What the server sent does not follow the protocol.
    #[error("the device's server does not follow the protocol: {0}")]
    Protocol(#[from] wire::WireError),
    /// An argument is longer than the protocol carries.
    #[error("{what} of {len} bytes is longer than a device socket carries ({max})")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// [`Pending::wait_timeout`] has handed over the outcome already.
    #[error("the outcome of this request was handed over already")]
    Taken,
    /// The call itself was refused, by the status it has.
    #[error("the device refuses: {0}")]
    Status(Status),
}

/// As whom to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The token to call with. Default: [`Token::Admin`].
    pub token: Token,
    /// What the server calls this process in its logs. Default: the program's file name.
    pub name: String,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        let program = std::env::current_exe().ok();
        let name = program
            .as_deref()
            .and_then(|path| path.file_name())
            .unwrap_or_default();
        ConnectOptions {
            token: Token::Admin,
            name: name.to_string_lossy().into_owned(),
        }
    }
}

/// A process in the eyes of a server. Clones are the same process; it ends when the last clone and the last
/// [`File`] are dropped.
#[derive(Clone)]
pub struct Client {
    link: Arc<Link>,
}

/// How a request ended (`IO_STATUS_BLOCK`), with its output.
#[derive(Clone, PartialEq, Eq)]
pub struct Completed {
    /// The device's answer.
    pub status: Status,
    /// Its count: usually the bytes moved.
    pub information: u64,
    /// Output bytes, at most as many as were asked for.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Completed {
    /// Without the data, which is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Completed {
            status,
            information,
            data,
        } = self;
        write!(f, "{status:?}, information {information}, {} bytes", data.len())
    }
}

impl Client {
    /// Connects with default [`ConnectOptions`].
    ///
    /// # Errors
    /// Nobody listens there, the server refuses, or it does not speak this protocol.
    pub fn connect(address: &Address) -> Result<Self, ClientError> {
        Self::connect_as(address, &ConnectOptions::default())
    }

    /// Connects.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn connect_as(address: &Address, options: &ConnectOptions) -> Result<Self, ClientError> {
        let failed = |source| ClientError::Connect {
            address: address.clone(),
            source: Arc::new(source),
        };
        let stream = Stream::connect(address).map_err(failed)?;
        let secret = match address {
            Address::Tcp(_, secret) => &secret.0[..],
            Address::Unix(_) => &[],
        };
        let hello = Hello {
            version: wire::VERSION,
            token: options.token,
            name: options.name.clone(),
            secret,
        };
        stream.set_read_timeout(Some(GREETING)).map_err(failed)?;
        (&stream).write_all(&hello.encode()).map_err(failed)?;
        let frame = Frame::read(&stream).map_err(failed)?;
        let frame = frame.ok_or_else(|| failed(io::ErrorKind::UnexpectedEof.into()))?;
        match frame.reply()? {
            Reply::Welcome {
                version: wire::VERSION,
                name,
            } => {
                tracing::debug!(%address, server = name, "connected to a device server");
            }
            Reply::Welcome { version, .. } => {
                return Err(ClientError::Refused(format!(
                    "it speaks version {version} of the protocol"
                )));
            }
            Reply::Abort { reason } => return Err(ClientError::Refused(reason)),
            Reply::Completion { .. } => return Err(wire::WireError::Kind(frame.kind).into()),
        }
        stream.set_read_timeout(None).map_err(failed)?;

        let reading = stream.try_clone().map_err(failed)?;
        let shared = Arc::new(Shared {
            writer: Mutex::new(()),
            stream,
            table: Mutex::default(),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("devsock-completions".into());
        thread
            .spawn(move || for_thread.receive(&reading))
            .map_err(failed)?;
        Ok(Client {
            link: Arc::new(Link(shared)),
        })
    }

    /// `CreateFile`.
    ///
    /// # Errors
    /// [`ClientError::Status`] with the device's refusal, or a failure of the connection.
    pub fn open(&self, request: &OpenRequest) -> Result<File, ClientError> {
        check_text("a path", &request.path)?;
        let opened = self.link.call(&Request::Open(request.clone()), 0)?;
        Ok(File {
            link: Arc::clone(&self.link),
            handle: opened.information,
            closed: false,
        })
    }

    /// The devices that can be opened.
    ///
    /// # Errors
    /// A failure of the connection.
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, ClientError> {
        Ok(wire::decode_devices(
            &self.link.call(&Request::List, wire::MAX_DATA)?.data,
        )?)
    }

    /// Makes a device.
    ///
    /// # Errors
    /// [`ClientError::Status`] with [`Status::NOT_SUPPORTED`] where the set of devices is fixed, or another
    /// refusal; a failure of the connection.
    pub fn create(&self, hardware_id: &str, name: &str) -> Result<DeviceInfo, ClientError> {
        check_text("a hardware id", hardware_id)?;
        check_text("a name", name)?;
        let request = Request::Create {
            hardware_id: hardware_id.into(),
            name: name.into(),
        };
        let created = wire::decode_devices(&self.link.call(&request, wire::MAX_DATA)?.data)?;
        created
            .into_iter()
            .next()
            .ok_or(wire::WireError::Short("device").into())
    }

    /// Removes a device.
    ///
    /// # Errors
    /// As [`Client::create`].
    pub fn remove(&self, instance_id: &str) -> Result<(), ClientError> {
        check_text("an instance id", instance_id)?;
        self.link
            .call(
                &Request::Remove {
                    instance_id: instance_id.into(),
                },
                0,
            )
            .map(drop)
    }
}

/// An open handle. Dropping it is `CloseHandle`, without waiting for it.
pub struct File {
    link: Arc<Link>,
    handle: u64,
    closed: bool,
}

impl File {
    /// `DeviceIoControl`: begins the call. `output_len` is the room for output in bytes.
    ///
    /// # Errors
    /// A buffer is longer than [`wire::MAX_DATA`]; a failure of the connection.
    pub fn ioctl(&self, code: u32, input: &[u8], output_len: usize) -> Result<Pending, ClientError> {
        check_len("input", input.len())?;
        let request = Request::Ioctl {
            handle: self.handle,
            code,
            output_len: room(output_len)?,
            input,
        };
        self.link.begin(&request, self.handle, output_len)
    }

    /// `ReadFile` of at most `len` bytes: begins the call.
    ///
    /// # Errors
    /// As [`File::ioctl`].
    pub fn read(&self, len: usize) -> Result<Pending, ClientError> {
        self.link.begin(
            &Request::Read {
                handle: self.handle,
                len: room(len)?,
            },
            self.handle,
            len,
        )
    }

    /// `WriteFile`: begins the call.
    ///
    /// # Errors
    /// As [`File::ioctl`].
    pub fn write(&self, data: &[u8]) -> Result<Pending, ClientError> {
        check_len("a write", data.len())?;
        self.link.begin(
            &Request::Write {
                handle: self.handle,
                data,
            },
            self.handle,
            0,
        )
    }

    /// `CancelIoEx` for everything on this handle. Returns how many requests that were; their completions
    /// still come.
    ///
    /// # Errors
    /// A failure of the connection.
    pub fn cancel_all(&self) -> Result<u64, ClientError> {
        self.link.cancel(self.handle, 0)
    }

    /// Facts about the device that its server offers, by name.
    ///
    /// # Errors
    /// A failure of the connection.
    pub fn properties(&self) -> Result<Vec<(String, String)>, ClientError> {
        let reply = self
            .link
            .call(&Request::Properties { handle: self.handle }, wire::MAX_DATA)?;
        Ok(wire::decode_properties(&reply.data)?)
    }

    /// `CloseHandle`: returns when the device has let go of the handle, all its requests completed.
    ///
    /// # Errors
    /// A failure of the connection, which closes the handle too.
    pub fn close(mut self) -> Result<(), ClientError> {
        self.closed = true;
        self.link
            .call(&Request::Close { handle: self.handle }, 0)
            .map(drop)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        if let Ok(pending) = self
            .link
            .begin(&Request::Close { handle: self.handle }, self.handle, 0)
        {
            pending.forget();
        }
    }
}

/// A request in flight.
///
/// Dropping it cancels the request and throws its outcome away.
#[must_use = "a request that nobody waits for is cancelled"]
pub struct Pending {
    link: Arc<Link>,
    handle: u64,
    id: u64,
    slot: Arc<Slot>,
    /// Nobody wants the outcome: dropping does not cancel.
    detached: bool,
}

impl Pending {
    /// Waits for the end, however long it takes.
    ///
    /// # Errors
    /// The connection failed.
    pub fn wait(mut self) -> Result<Completed, ClientError> {
        self.detached = true;
        self.slot
            .wait(None)
            .unwrap_or_else(|| Err(lost(io::ErrorKind::TimedOut)))
    }

    /// Waits at most `timeout`; `None` if the request is still in flight then. An outcome is handed over once.
    ///
    /// # Errors
    /// The connection failed.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<Option<Completed>, ClientError> {
        // A time beyond what the clock can count is as good as none.
        let outcome = self
            .slot
            .wait(Some(Instant::now().checked_add(timeout)).flatten());
        self.detached |= outcome.is_some();
        outcome.transpose()
    }

    /// `CancelIoEx`: asks for an end; the completion still comes. `false` if the request was complete already.
    ///
    /// # Errors
    /// The connection failed.
    pub fn cancel(&self) -> Result<bool, ClientError> {
        self.link.cancel(self.handle, self.id).map(|count| count > 0)
    }

    /// What another thread can cancel this request with, also while [`Pending::wait_timeout`] waits.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller {
            link: Arc::clone(&self.link),
            handle: self.handle,
            id: self.id,
        }
    }

    fn forget(mut self) {
        self.detached = true;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.detached && !self.slot.is_done() {
            self.canceller().cancel();
        }
    }
}

/// Cancels a [`Pending`] from elsewhere.
#[derive(Clone)]
pub struct Canceller {
    link: Arc<Link>,
    handle: u64,
    id: u64,
}

impl Canceller {
    /// `CancelIoEx` without waiting for what it says. Without effect on a request that is complete.
    pub fn cancel(&self) {
        let request = Request::Cancel {
            handle: self.handle,
            target: self.id,
        };
        if let Ok(pending) = self.link.begin(&request, self.handle, 0) {
            pending.forget();
        }
    }
}

/// Keeps the connection: ends it when the last user of it is gone.
struct Link(Arc<Shared>);

impl Drop for Link {
    fn drop(&mut self) {
        self.0.stream.shutdown();
    }
}

impl Link {
    /// Sends a request and registers for its completion.
    fn begin(
        self: &Arc<Self>,
        request: &Request<'_>,
        handle: u64,
        limit: usize,
    ) -> Result<Pending, ClientError> {
        let slot = Arc::new(Slot {
            limit,
            outcome: Mutex::new(Outcome::Waiting),
            done: Condvar::new(),
        });
        let id = self.0.register(&slot)?;
        self.0.send(&request.encode(id))?;
        Ok(Pending {
            link: Arc::clone(self),
            handle,
            id,
            slot,
            detached: false,
        })
    }

    /// A request that the server answers at once.
    fn call(self: &Arc<Self>, request: &Request<'_>, limit: usize) -> Result<Completed, ClientError> {
        let completed = self.begin(request, 0, limit)?.wait()?;
        if completed.status.is_success() {
            Ok(completed)
        } else {
            Err(ClientError::Status(completed.status))
        }
    }

    fn cancel(self: &Arc<Self>, handle: u64, target: u64) -> Result<u64, ClientError> {
        match self.call(&Request::Cancel { handle, target }, 0) {
            Ok(completed) => Ok(completed.information),
            Err(ClientError::Status(Status::NOT_FOUND)) => Ok(0),
            Err(error) => Err(error),
        }
    }
}

struct Shared {
    /// Held while a frame is written.
    writer: Mutex<()>,
    stream: Stream,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last_id: u64,
    slots: HashMap<u64, Arc<Slot>>,
    /// Why the connection is gone, once it is.
    dead: Option<ClientError>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lost(kind: io::ErrorKind) -> ClientError {
    ClientError::Lost(Arc::new(kind.into()))
}

impl Shared {
    fn register(&self, slot: &Arc<Slot>) -> Result<u64, ClientError> {
        let mut table = lock(&self.table);
        if let Some(error) = &table.dead {
            return Err(error.clone());
        }
        table.last_id += 1;
        let id = table.last_id;
        table.slots.insert(id, Arc::clone(slot));
        Ok(id)
    }

    fn send(&self, frame: &[u8]) -> Result<(), ClientError> {
        let written = {
            let _turn = lock(&self.writer);
            (&self.stream).write_all(frame)
        };
        written.map_err(|error| {
            let error = ClientError::Lost(Arc::new(error));
            self.die(&error);
            error
        })
    }

    /// The reading thread: hands out completions until the connection ends.
    fn receive(&self, stream: &Stream) {
        let error = loop {
            let frame = match Frame::read(stream) {
                Ok(Some(frame)) => frame,
                Ok(None) => break lost(io::ErrorKind::UnexpectedEof),
                Err(error) => break ClientError::Lost(Arc::new(error)),
            };
            match frame.reply() {
                Ok(Reply::Completion {
                    status,
                    information,
                    data,
                }) => {
                    let Some(slot) = lock(&self.table).slots.remove(&frame.id) else {
                        break wire::WireError::Value("request id").into();
                    };
                    if data.len() > slot.limit {
                        let error = ClientError::from(wire::WireError::Trailing(data.len() - slot.limit));
                        slot.finish(Err(error.clone()));
                        break error;
                    }
                    slot.finish(Ok(Completed {
                        status,
                        information,
                        data: data.to_vec(),
                    }));
                }
                Ok(Reply::Abort { reason }) => break ClientError::Refused(reason),
                Ok(Reply::Welcome { .. }) => break wire::WireError::Kind(frame.kind).into(),
                Err(error) => break error.into(),
            }
        };
        self.die(&error);
    }

    /// Ends the connection and every request on it. The first reason stays.
    fn die(&self, error: &ClientError) {
        self.stream.shutdown();
        let slots = {
            let mut table = lock(&self.table);
            table.dead.get_or_insert_with(|| error.clone());
            std::mem::take(&mut table.slots)
        };
        for slot in slots.into_values() {
            slot.finish(Err(error.clone()));
        }
    }
}

/// Where a request's outcome is put and waited for.
struct Slot {
    /// Most bytes of data that the server may return.
    limit: usize,
    outcome: Mutex<Outcome>,
    done: Condvar,
}

enum Outcome {
    Waiting,
    Done(Result<Completed, ClientError>),
    Taken,
}

impl Slot {
    fn finish(&self, outcome: Result<Completed, ClientError>) {
        *lock(&self.outcome) = Outcome::Done(outcome);
        self.done.notify_all();
    }

    fn is_done(&self) -> bool {
        !matches!(*lock(&self.outcome), Outcome::Waiting)
    }

    /// The outcome once it is there, `None` after `deadline` or if it was taken before.
    fn wait(&self, deadline: Option<Instant>) -> Option<Result<Completed, ClientError>> {
        let mut outcome = lock(&self.outcome);
        loop {
            match std::mem::replace(&mut *outcome, Outcome::Taken) {
                Outcome::Done(result) => return Some(result),
                Outcome::Taken => return None,
                Outcome::Waiting => *outcome = Outcome::Waiting,
            }
            outcome = match deadline {
                None => self.done.wait(outcome).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.done
                        .wait_timeout(outcome, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), ClientError> {
    check(what, text.len(), wire::MAX_TEXT)
}

fn check_len(what: &'static str, len: usize) -> Result<(), ClientError> {
    check(what, len, wire::MAX_DATA)
}

fn check(what: &'static str, len: usize, max: usize) -> Result<(), ClientError> {
    if len <= max {
        Ok(())
    } else {
        Err(ClientError::TooLong { what, len, max })
    }
}

fn room(len: usize) -> Result<u32, ClientError> {
    const WHAT: &str = "an output buffer";
    check_len(WHAT, len)?;
    u32::try_from(len).map_err(|_| ClientError::TooLong {
        what: WHAT,
        len,
        max: wire::MAX_DATA,
    })
}
