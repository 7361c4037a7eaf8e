//! What the engine needs from outside: one trait, statically dispatched.
//!
//! The kernel glue (`driver/kmdf`), the hosted glue (`tests/hosted`) and the test doubles implement
//! [`Platform`]; the engine calls nothing else. Everything here may be called at IRQL <= DISPATCH_LEVEL
//! unless a method says PASSIVE_LEVEL; none may block unless it says so.

use core::net::SocketAddr;
use ovpn_dco_uapi::NtStatus;

/// Monotonic time in milliseconds since an arbitrary start. Never runs backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub u64);

/// Data channel ciphers. The tag is 16 bytes and the nonce 12 bytes for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305,
}

impl Cipher {
    /// Length of the cipher key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes192Gcm => 24,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }
}

/// Why a cryptographic provider refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoError {
    /// The provider does not have this cipher (ChaCha20-Poly1305 on some systems).
    Unsupported,
    /// Out of memory while making a key.
    NoMemory,
    /// The tag does not match: the packet is forged or damaged. The output is garbage.
    Tag,
    /// Anything else; the provider's own trouble.
    Failed,
}

/// An AEAD with its key inside. The implementation wipes the key when dropped.
///
/// Calls may come from several processors at once on one key, at IRQL <= DISPATCH_LEVEL.
pub trait Aead: Send + Sync + Sized {
    /// Encrypts `plaintext` into `ciphertext` (equal lengths, no overlap) and writes the tag.
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError>;

    /// Encrypts `data` in place and writes the tag.
    fn seal_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError>;

    /// Decrypts `ciphertext` into `plaintext` (equal lengths, no overlap) if the tag is right.
    ///
    /// On [`CryptoError::Tag`] the content of `plaintext` is garbage and must not be used.
    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; 16],
        plaintext: &mut [u8],
    ) -> Result<(), CryptoError>;
}

/// A mutual-exclusion lock without data; the engine puts the data beside it.
///
/// # Safety
/// `lock` must give exclusive ownership until `unlock`, with acquire and release ordering.
#[allow(unsafe_code, reason = "the contract of a lock cannot be stated safely")]
pub unsafe trait RawLock: Send + Sync + Sized {
    /// A lock that nobody holds.
    fn new() -> Self;
    /// Waits until the lock is owned. Not recursive.
    fn lock(&self);
    /// Gives the lock back.
    ///
    /// # Safety
    /// The caller owns the lock, and unlocks on the thread that locked.
    unsafe fn unlock(&self);
}

/// Identifies one pended request for [`crate::Device::cancel`]; chosen by the glue, unique while pended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// A request from user space that the engine owns until it gives it to [`Platform::complete`].
pub trait Request: Send + Sized {
    /// The id under which the request can be cancelled.
    fn id(&self) -> RequestId;
    /// The output buffer, as long as the caller's. It may hold old memory: whoever writes output writes
    /// every byte that is later reported as `information`.
    fn output(&mut self) -> &mut [u8];
    /// Called just before the engine keeps the request: from now on [`crate::Device::cancel`] may be called
    /// for it. `false`: it has been cancelled already, the engine completes it with STATUS_CANCELLED.
    ///
    /// Called with an engine lock held: it must not call back into the engine.
    fn pend(&mut self) -> bool;
}

/// Which transport protocol a peer is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportProto {
    /// Datagrams, one OpenVPN packet each.
    Udp,
    /// A stream; every packet is preceded by its length as u16.
    Tcp,
}

/// Names one transport for callbacks; never reused while the device lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransportId(pub u64);

/// What [`Platform::open_transport`] is asked for.
#[derive(Clone, Copy, Debug)]
pub struct TransportSpec {
    /// The id that later callbacks carry.
    pub id: TransportId,
    /// Protocol.
    pub proto: TransportProto,
    /// Local address; unspecified address and port 0 let the system choose.
    pub local: SocketAddr,
    /// The only peer (client mode), or `None` for a listening server socket.
    pub remote: Option<SocketAddr>,
    /// For an IPv6 server socket: do not accept IPv4.
    pub v6_only: bool,
}

/// A socket. Dropping it closes it and waits for its callbacks (PASSIVE_LEVEL only); the engine drops
/// transports only on its PASSIVE_LEVEL calls, with no lock held that a callback takes.
///
/// Life: [`Platform::open_transport`] makes it, [`Transport::start`] is called once, when the engine is ready for
/// its callbacks; then it sends and receives until it is dropped.
pub trait Transport: Send + Sync + Sized {
    /// Begins: UDP receives when this returns; TCP is connecting, and the end of the attempt is reported by
    /// [`crate::Device::transport_connected`], which may come before this returns. No callback comes earlier than
    /// this call, so nothing that arrives is lost. An error means that none will come. PASSIVE_LEVEL.
    fn start(&self) -> Result<(), NtStatus>;
    /// Copies one OpenVPN packet and sends it; over TCP the length is put in front of it and packets leave whole
    /// and in the order of the calls. The rare path: control packets, keepalives.
    fn send(&self, packet: &[u8], to: Option<SocketAddr>) -> Result<(), NtStatus>;
    /// Breaks a pending connect or the stream so that its callbacks come soon. Does not wait.
    fn abort(&self);
    /// The local address it is bound to.
    fn local_addr(&self) -> SocketAddr;
}

/// The outside world. One instance per device.
pub trait Platform: Send + Sync + Sized + 'static {
    /// Keyed AEAD of the system's provider.
    type Aead: Aead;
    /// Requests from user space.
    type Request: Request;
    /// Sockets.
    type Transport: Transport;
    /// A lock that may be taken at IRQL <= DISPATCH_LEVEL, for a few instructions.
    type SpinLock: RawLock;
    /// A lock for PASSIVE_LEVEL that may be held for long.
    type WaitLock: RawLock;

    /// Now.
    fn now(&self) -> Instant;
    /// A small number that is the same for calls from the same processor (or thread), so that what is
    /// written per lane is not shared. Any value is correct; the engine reduces it modulo its lanes.
    fn lane(&self) -> usize;
    /// A key of the given cipher; `key` is [`Cipher::key_len`] bytes.
    fn aead(&self, cipher: Cipher, key: &[u8]) -> Result<Self::Aead, CryptoError>;
    /// Makes a socket, binds it and (UDP client) sets its remote address. It is idle until [`Transport::start`].
    /// PASSIVE_LEVEL.
    fn open_transport(&self, spec: &TransportSpec) -> Result<Self::Transport, NtStatus>;
    /// The adapter's media becomes connected or disconnected.
    fn set_link(&self, up: bool);
    /// Ends a request: exactly once each. `information` is the count of valid output bytes (or, for a write,
    /// of bytes taken). Never called with an engine lock held, but perhaps with a batch guard of the same thread: it must
    /// not call back into a control call.
    fn complete(&self, request: Self::Request, status: NtStatus, information: usize);
    /// Lets other work run while the engine waits for readers; `round` counts from 0. PASSIVE_LEVEL, may sleep.
    fn relax(&self, round: u32);
    /// Something worth a line in a trace. Cheap when nobody listens.
    fn trace(&self, event: &crate::Event);
}
