//! A double of the outside world for tests of the device.
//!
//! A [`Host`] owns one [`Device`] on a [`World`]: virtual clock, scripted sockets, a log of completions. The world watches
//! the calling rules and collects what breaks them: a request that is completed twice, or never; a completion, a socket
//! call or a socket's end under an engine lock; a socket that is used after its end. A host that is dropped with
//! violations, or with requests that nobody completed, fails its test.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part")]

pub mod packets;
pub mod requests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use ovpn_dco_engine::{
    Cipher, Config, CryptoError, CryptoProvider, Device, Event, Instant, Platform, RawLock, Request,
    RequestId, Transport, TransportId, TransportProto, TransportSpec,
};
use ovpn_dco_provider::{AwsLc, AwsLcAead};
use ovpn_dco_uapi::NtStatus;

/// Everything outside of one device.
pub struct World {
    /// Milliseconds.
    clock: AtomicU64,
    next_request: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Requests that the device has not completed yet.
    outstanding: BTreeSet<u64>,
    /// Flags of the requests that are cancelled before they are pended.
    done: BTreeMap<u64, Done>,
    order: Vec<u64>,
    sockets: BTreeMap<TransportId, Arc<SocketState>>,
    links: Vec<bool>,
    trace: Vec<Event>,
    violations: Vec<String>,
    refuse_open: Option<NtStatus>,
    refuse_start: Option<NtStatus>,
    refuse_cipher: Option<CryptoError>,
    connect_at_once: Option<Result<(), NtStatus>>,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub status: NtStatus,
    pub information: usize,
    /// The bytes that the caller sees.
    pub output: Vec<u8>,
}

/// One scripted socket, as the test sees it.
pub struct SocketState {
    pub spec: TransportSpec,
    pub local: SocketAddr,
    pub started: AtomicBool,
    pub aborted: AtomicBool,
    pub closed: AtomicBool,
    pub sent: Mutex<Vec<(Vec<u8>, Option<SocketAddr>)>>,
    pub refuse_send: Mutex<Option<NtStatus>>,
}

impl SocketState {
    /// What was sent since the last call.
    pub fn take_sent(&self) -> Vec<(Vec<u8>, Option<SocketAddr>)> {
        std::mem::take(&mut *lock(&self.sent))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn violation(&self, text: impl Into<String>) {
        self.state().violations.push(text.into());
    }

    fn unlocked(&self, what: &str) {
        if SPIN_LOCKS.get() > 0 || (what == "complete" && WAIT_LOCKS.get() > 0) {
            self.violation(format!("{what} under an engine lock"));
        }
    }

    pub fn request(self: &Arc<Self>, output: usize) -> TestRequest {
        let id = self.next_request.fetch_add(1, Ordering::Relaxed);
        self.state().outstanding.insert(id);
        // Old memory, as a system buffer has it.
        TestRequest {
            id,
            output: vec![0xDB; output],
            world: Arc::clone(self),
            cancelled: false,
            owned: true,
        }
    }

    pub fn advance(&self, milliseconds: u64) {
        self.clock.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// Whether the thread runs code of the device, rather than of its double or of the test.
pub fn is_inside() -> bool {
    INSIDE.get()
}

/// A call into the device.
pub fn inside<T>(call: impl FnOnce() -> T) -> T {
    let before = INSIDE.replace(true);
    let result = call();
    INSIDE.set(before);
    result
}

/// A call of the device to its platform.
fn outside<T>(call: impl FnOnce() -> T) -> T {
    let before = INSIDE.replace(false);
    let result = call();
    INSIDE.set(before);
    result
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static SPIN_LOCKS: Cell<u32> = const { Cell::new(0) };
    static WAIT_LOCKS: Cell<u32> = const { Cell::new(0) };
    static LANE: Cell<usize> = const { Cell::new(0) };
}

/// Says which lane the calling thread is on.
pub fn set_lane(lane: usize) {
    LANE.set(lane);
}

/// A request of a test.
pub struct TestRequest {
    id: u64,
    output: Vec<u8>,
    world: Arc<World>,
    /// Was cancelled before it could be pended.
    pub cancelled: bool,
    owned: bool,
}

impl TestRequest {
    pub fn number(&self) -> u64 {
        self.id
    }
}

impl Request for TestRequest {
    fn id(&self) -> RequestId {
        RequestId(self.id)
    }
    fn output(&mut self) -> &mut [u8] {
        &mut self.output
    }
    fn pend(&mut self) -> bool {
        !self.cancelled
    }
}

impl Drop for TestRequest {
    fn drop(&mut self) {
        outside(|| {
            if self.owned {
                self.world
                    .violation(format!("request {} was dropped and not completed", self.id));
            }
        })
    }
}

macro_rules! test_lock {
    ($name:ident, $held:ident, $check:expr) => {
        /// A lock that knows how many its thread holds.
        pub struct $name(AtomicBool);

        // SAFETY: the swap from false to true succeeds for one owner at a time and acquires; `unlock` releases.
        unsafe impl RawLock for $name {
            fn new() -> Self {
                Self(AtomicBool::new(false))
            }
            fn lock(&self) {
                let () = $check;
                while self.0.swap(true, Ordering::Acquire) {
                    std::thread::yield_now();
                }
                $held.set($held.get() + 1);
            }
            unsafe fn unlock(&self) {
                $held.set($held.get() - 1);
                self.0.store(false, Ordering::Release);
            }
        }
    };
}

test_lock!(TestSpinLock, SPIN_LOCKS, ());
test_lock!(
    TestWaitLock,
    WAIT_LOCKS,
    assert_eq!(SPIN_LOCKS.get(), 0, "waiting under a spin lock")
);

/// The platform that a [`World`] is to its device.
#[derive(Clone)]
pub struct TestPlatform(pub Arc<World>);

impl Platform for TestPlatform {
    type Aead = AwsLcAead;
    type Request = TestRequest;
    type Transport = TestSocket;
    type SpinLock = TestSpinLock;
    type WaitLock = TestWaitLock;

    fn now(&self) -> Instant {
        Instant(self.0.clock.load(Ordering::Relaxed))
    }

    fn lane(&self) -> usize {
        LANE.get()
    }

    fn aead(&self, cipher: Cipher, key: &[u8]) -> Result<AwsLcAead, CryptoError> {
        outside(|| match self.0.state().refuse_cipher {
            Some(error) => Err(error),
            None => AwsLc.aead_key(cipher, key),
        })
    }

    fn open_transport(&self, spec: &TransportSpec) -> Result<TestSocket, NtStatus> {
        outside(|| {
            self.0.unlocked("open_transport");
            let mut state = self.0.state();
            if let Some(status) = state.refuse_open {
                return Err(status);
            }
            let port = if spec.local.port() == 0 {
                49_152
            } else {
                spec.local.port()
            };
            let socket = Arc::new(SocketState {
                spec: *spec,
                local: SocketAddr::new(spec.local.ip(), port),
                started: AtomicBool::new(false),
                aborted: AtomicBool::new(false),
                closed: AtomicBool::new(false),
                sent: Mutex::new(Vec::new()),
                refuse_send: Mutex::new(None),
            });
            state.sockets.insert(spec.id, Arc::clone(&socket));
            Ok(TestSocket {
                state: socket,
                world: Arc::clone(&self.0),
            })
        })
    }

    fn set_link(&self, up: bool) {
        outside(|| {
            self.0.state().links.push(up);
        })
    }

    fn complete(&self, mut request: TestRequest, status: NtStatus, information: usize) {
        outside(|| {
            self.0.unlocked("complete");
            request.owned = false;
            let mut state = self.0.state();
            if !state.outstanding.remove(&request.id) {
                state
                    .violations
                    .push(format!("request {} was completed twice", request.id));
            }
            let is_write = request.output.is_empty();
            let shown = if status.is_error() || is_write {
                0
            } else {
                information
            };
            let Some(output) = request.output.get(..shown) else {
                state
                    .violations
                    .push(format!("request {}: {information} bytes of less", request.id));
                return;
            };
            state.done.insert(
                request.id,
                Done {
                    status,
                    information,
                    output: output.to_vec(),
                },
            );
            state.order.push(request.id);
        })
    }

    fn relax(&self, _round: u32) {
        self.0.unlocked("relax");
        std::thread::yield_now();
    }

    fn trace(&self, event: &Event) {
        outside(|| {
            self.0.state().trace.push(*event);
        })
    }
}

/// The engine's end of a scripted socket.
pub struct TestSocket {
    state: Arc<SocketState>,
    world: Arc<World>,
}

impl Transport for TestSocket {
    fn start(&self) -> Result<(), NtStatus> {
        outside(|| {
            self.world.unlocked("start");
            if self.state.started.swap(true, Ordering::Relaxed) {
                self.world.violation("a socket was started twice");
            }
            match self.world.state().refuse_start {
                Some(status) => Err(status),
                None => Ok(()),
            }
        })
    }

    fn send(&self, packet: &[u8], to: Option<SocketAddr>) -> Result<(), NtStatus> {
        outside(|| {
            self.world.unlocked("send");
            if !self.state.started.load(Ordering::Relaxed) {
                self.world.violation("sent on a socket that was not started");
            }
            if let Some(status) = *lock(&self.state.refuse_send) {
                return Err(status);
            }
            lock(&self.state.sent).push((packet.to_vec(), to));
            Ok(())
        })
    }

    fn abort(&self) {
        outside(|| {
            self.world.unlocked("abort");
            self.state.aborted.store(true, Ordering::Relaxed);
        })
    }

    fn local_addr(&self) -> SocketAddr {
        self.state.local
    }
}

impl Drop for TestSocket {
    fn drop(&mut self) {
        outside(|| {
            self.world.unlocked("end of a socket");
            self.state.closed.store(true, Ordering::Relaxed);
        })
    }
}

/// A device and its world.
pub struct Host {
    pub world: Arc<World>,
    pub device: Arc<Device<TestPlatform>>,
}

impl Host {
    /// A device that nobody has open.
    pub fn closed() -> Self {
        Self::with_config(Config {
            lanes: 2,
            control_packets: 8,
            pended_requests: 8,
            ..Config::default()
        })
    }

    pub fn with_config(config: Config) -> Self {
        Self::try_with_config(config).unwrap()
    }

    /// As [`Host::with_config`], where there may be no memory.
    pub fn try_with_config(config: Config) -> Result<Self, NtStatus> {
        let state = Mutex::new(State::default());
        let world = Arc::new(World {
            clock: AtomicU64::new(1_000_000),
            next_request: AtomicU64::new(1),
            state,
        });
        let platform = TestPlatform(Arc::clone(&world));
        let device = inside(|| Device::new(platform, config))?;
        Ok(Self {
            world,
            device: Arc::new(device),
        })
    }

    /// A device with an open handle.
    pub fn open() -> Self {
        let host = Self::closed();
        host.device.open().unwrap();
        host
    }

    /// Sends a control code; its number.
    pub fn ioctl(&self, code: u32, input: &[u8], output: usize) -> u64 {
        let request = self.world.request(output);
        let number = request.number();
        inside(|| self.device.ioctl(code, input, request));
        number
    }

    pub fn read(&self, len: usize) -> u64 {
        let request = self.world.request(len);
        let number = request.number();
        inside(|| self.device.read(request));
        number
    }

    /// Writes a control packet; how it ended.
    pub fn write(&self, packet: &[u8]) -> Done {
        let request = self.world.request(0);
        let number = request.number();
        inside(|| self.device.write(packet, request));
        self.done(number).expect("a write ends at once")
    }

    /// How a request ended; `None` while it is pended.
    pub fn done(&self, number: u64) -> Option<Done> {
        self.world.state().done.get(&number).cloned()
    }

    pub fn status(&self, number: u64) -> Option<NtStatus> {
        self.done(number).map(|done| done.status)
    }

    /// Cancels a request; whether the device had it.
    pub fn cancel(&self, number: u64) -> bool {
        inside(|| self.device.cancel(RequestId(number)))
    }

    /// Lets time pass, with a tick of the timer each second.
    pub fn run(&self, milliseconds: u64) {
        let mut left = milliseconds;
        while left > 0 {
            let step = left.min(1_000);
            self.world.advance(step);
            inside(|| self.device.timer());
            left -= step;
        }
    }

    /// The last socket that was opened.
    pub fn socket(&self) -> Arc<SocketState> {
        self.world
            .state()
            .sockets
            .last_key_value()
            .map(|(_, socket)| Arc::clone(socket))
            .expect("a socket")
    }

    pub fn has_socket(&self) -> bool {
        !self.world.state().sockets.is_empty()
    }

    pub fn sockets(&self) -> Vec<Arc<SocketState>> {
        self.world.state().sockets.values().cloned().collect()
    }

    /// Sockets that are still open.
    pub fn open_sockets(&self) -> usize {
        self.sockets()
            .iter()
            .filter(|socket| !socket.closed.load(Ordering::Relaxed))
            .count()
    }

    pub fn transport(&self) -> TransportId {
        self.socket().spec.id
    }

    /// The link, as it was set last.
    pub fn link(&self) -> bool {
        self.world.state().links.last().copied().unwrap_or(false)
    }

    pub fn trace(&self) -> Vec<Event> {
        self.world.state().trace.clone()
    }

    /// Numbers of the requests that nobody has completed yet.
    pub fn pending(&self) -> BTreeSet<u64> {
        self.world.state().outstanding.clone()
    }

    pub fn all_done(&self) -> BTreeMap<u64, Done> {
        self.world.state().done.clone()
    }

    /// Numbers of requests in the order of their completion.
    pub fn order(&self) -> Vec<u64> {
        self.world.state().order.clone()
    }

    pub fn refuse_open(&self, status: Option<NtStatus>) {
        self.world.state().refuse_open = status;
    }

    pub fn refuse_start(&self, status: Option<NtStatus>) {
        self.world.state().refuse_start = status;
    }

    pub fn refuse_cipher(&self, error: Option<CryptoError>) {
        self.world.state().refuse_cipher = error;
    }

    /// Fails if a rule was broken.
    pub fn check(&self) {
        let state = self.world.state();
        assert!(state.violations.is_empty(), "{:#?}", state.violations);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.device.close();
        self.check();
        let state = self.world.state();
        assert!(
            state.outstanding.is_empty(),
            "never completed: {:?}",
            state.outstanding
        );
        drop(state);
        assert_eq!(self.open_sockets(), 0, "sockets outlive their handle");
    }
}

/// A socket that carries datagrams or a stream.
pub fn is_stream(spec: &TransportSpec) -> bool {
    spec.proto == TransportProto::Tcp
}
