//! Sockets of Winsock Kernel, as the engine's transports.

use alloc::boxed::Box;
use core::net::SocketAddr;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use netcx_sys::wsk::{
    AF_INET, AF_INET6, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP, IPV6_V6ONLY, PWSK_SOCKET,
    SIO_WSK_SET_REMOTE_ADDRESS, SO_WSK_EVENT_CALLBACK, SOCK_DGRAM, SOCK_STREAM, SOCKADDR_IN, SOCKADDR_IN6,
    SOCKADDR_INET, SOL_SOCKET, WSK_CONTROL_SOCKET_TYPE, WSK_EVENT_CALLBACK_CONTROL,
    WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_DATAGRAM_SOCKET, WSK_FLAG_NODELAY, WSK_PROVIDER_CONNECTION_DISPATCH,
    WSK_PROVIDER_DATAGRAM_DISPATCH, WskIoctl, WskSetOption,
};
use ovpn_dco_engine::sync::{Lock, try_box};
use ovpn_dco_engine::{Device, DropReason, TransportId, TransportProto, TransportSpec};
use ovpn_dco_uapi::NtStatus;
use wdk_sys::{NTSTATUS, STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES, STATUS_NOT_SUPPORTED};

use crate::irp::{self, Irp};
use crate::lock::{self, SpinLock};
use crate::platform::Kernel;
use crate::pool::Buffer;
use crate::send::SendBatch;
use crate::wsk::Registration;
use crate::{tcp, udp};

/// Calls a function of a socket's dispatch table. A socket that lacks one of those that are used is closed as soon as it was made
/// (`Socket::create`), so this is not where that is found out. The `unsafe` block around it answers for the function's contract.
macro_rules! wsk_call {
    ($function:expr, ( $($argument:expr),* $(,)? )) => {
        match $function {
            Some(function) => function($($argument),*),
            None => ::wdk_sys::STATUS_NOT_SUPPORTED,
        }
    };
}
pub(crate) use wsk_call;

/// A socket and what its callbacks need. It stays in its box while the socket lives: the socket's context points to it.
pub(crate) struct Socket {
    handle: PWSK_SOCKET,
    pub(crate) id: TransportId,
    proto: TransportProto,
    local: SocketAddr,
    device: NonNull<Device<Kernel>>,
    /// For the connect, which outlives the call that starts it.
    pub(crate) connect: Irp,
    /// Where to connect to, in memory that the connect may use.
    connect_to: SOCKADDR_INET,
    /// For the disconnect of [`tcp::abort`].
    pub(crate) disconnect: Irp,
    /// For the close, which must not fail for want of memory.
    close: Irp,
    /// Stream only: a receive buffer for when the pool has none.
    spare: Lock<SpinLock, Option<Buffer>>,
    /// Stream only: what waits for its turn to be sent.
    turns: Lock<SpinLock, tcp::Turns>,
    aborted: AtomicBool,
    /// Keeps the close and the connect's completion apart: [`IDLE`], [`IN_CALL`] or [`CLOSING`].
    use_by_completion: AtomicU8,
}

/// No completion routine calls the socket.
const IDLE: u8 = 0;
/// A completion routine calls the socket; the close waits for it.
const IN_CALL: u8 = 1;
/// The close has begun: completion routines leave the socket alone.
const CLOSING: u8 = 2;

// SAFETY: WSK sockets may be used from all threads; the rest is made for sharing or not written after `open`.
unsafe impl Send for Socket {}
// SAFETY: as above.
unsafe impl Sync for Socket {}

impl Socket {
    /// Makes a socket, binds it, and sets the remote address of a UDP client. Idle until it is started. IRQL: PASSIVE_LEVEL.
    pub(crate) fn open(
        spec: &TransportSpec,
        device: NonNull<Device<Kernel>>,
        registration: &Registration,
    ) -> Result<Box<Self>, NTSTATUS> {
        let mut socket = try_box(Self {
            handle: core::ptr::null_mut(),
            id: spec.id,
            proto: spec.proto,
            local: spec.local,
            device,
            connect: Irp::new().ok_or(STATUS_INSUFFICIENT_RESOURCES)?,
            connect_to: SOCKADDR_INET::from(spec.remote.unwrap_or(spec.local)),
            disconnect: Irp::new().ok_or(STATUS_INSUFFICIENT_RESOURCES)?,
            close: Irp::new().ok_or(STATUS_INSUFFICIENT_RESOURCES)?,
            spare: Lock::new(None),
            turns: Lock::new(tcp::Turns::new().map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?),
            aborted: AtomicBool::new(false),
            use_by_completion: AtomicU8::new(IDLE),
        })
        .map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
        if spec.proto == TransportProto::Tcp {
            let spare = socket.device().platform().receive.buffers().take();
            *socket.spare.lock() = Some(spare.ok_or(STATUS_INSUFFICIENT_RESOURCES)?);
        }
        socket.create(registration)?;
        if spec.local.is_ipv6() {
            // A server socket is for both families unless it is not wanted; a client's remote address has one family.
            let only = u32::from(spec.v6_only || spec.remote.is_some());
            socket.set_option(IPPROTO_IPV6, IPV6_V6ONLY, only)?;
        }
        socket.bind(spec.local)?;
        if let (TransportProto::Udp, Some(remote)) = (spec.proto, spec.remote) {
            socket.set_remote_address(remote)?;
        }
        socket.local = socket.local_address()?;
        Ok(socket)
    }

    fn create(&mut self, registration: &Registration) -> Result<(), NTSTATUS> {
        let provider = registration.provider()?;
        let (kind, protocol, flags, dispatch) = match self.proto {
            TransportProto::Udp => (
                SOCK_DGRAM,
                IPPROTO_UDP,
                WSK_FLAG_DATAGRAM_SOCKET,
                (&raw const udp::EVENTS).cast(),
            ),
            TransportProto::Tcp => (
                SOCK_STREAM,
                IPPROTO_TCP,
                WSK_FLAG_CONNECTION_SOCKET,
                (&raw const tcp::EVENTS).cast(),
            ),
        };
        let family = if self.local.is_ipv6() { AF_INET6 } else { AF_INET };
        let context = core::ptr::from_mut(self).cast();
        let handle = irp::call(|irp| {
            // SAFETY: the provider is captured; the dispatch table is static, and the context outlives the socket.
            unsafe {
                wsk_call!(
                    provider.dispatch.WskSocket,
                    (
                        provider.client,
                        family,
                        kind,
                        protocol,
                        flags,
                        context,
                        dispatch,
                        core::ptr::null_mut(),
                        core::ptr::null_mut(),
                        core::ptr::null_mut(),
                        irp
                    )
                )
            }
        })?;
        self.handle = core::ptr::with_exposed_provenance_mut(handle);
        if self.has_functions() {
            Ok(())
        } else {
            Err(STATUS_NOT_SUPPORTED)
        }
    }

    /// Whether the provider has all functions that this driver calls.
    fn has_functions(&self) -> bool {
        match self.proto {
            TransportProto::Udp => {
                let has = self.datagram();
                has.WskControlSocket.is_some()
                    && has.WskCloseSocket.is_some()
                    && has.WskBind.is_some()
                    && has.WskGetLocalAddress.is_some()
                    && has.WskSendMessages.is_some()
            }
            TransportProto::Tcp => {
                let has = self.connection();
                has.WskControlSocket.is_some()
                    && has.WskCloseSocket.is_some()
                    && has.WskBind.is_some()
                    && has.WskGetLocalAddress.is_some()
                    && has.WskConnect.is_some()
                    && has.WskSend.is_some()
                    && has.WskDisconnect.is_some()
            }
        }
    }

    /// The provider's table of functions. It lives as long as the socket.
    fn dispatch(&self) -> *const core::ffi::c_void {
        // SAFETY: the socket is open: nobody calls this before `create` or after the close.
        unsafe { (*self.handle).Dispatch }
    }

    /// The functions of a datagram socket. Only for UDP, but for the first slots, which all have.
    fn datagram(&self) -> &WSK_PROVIDER_DATAGRAM_DISPATCH {
        // SAFETY: the socket's category is datagram, or the first slots are the same.
        unsafe { &*self.dispatch().cast() }
    }

    /// The functions of a connection socket. Only for TCP.
    pub(crate) fn connection(&self) -> &WSK_PROVIDER_CONNECTION_DISPATCH {
        // SAFETY: the socket is of the connection category.
        unsafe { &*self.dispatch().cast() }
    }

    /// For calls.
    pub(crate) fn handle(&self) -> PWSK_SOCKET {
        self.handle
    }

    /// Where a stream connects to.
    pub(crate) fn connect_to(&self) -> *mut netcx_sys::wsk::SOCKADDR {
        (&raw const self.connect_to).cast_mut().cast()
    }

    /// The engine's device.
    pub(crate) fn device(&self) -> &Device<Kernel> {
        // SAFETY: the device owns its transports, and closes them before it goes.
        unsafe { self.device.as_ref() }
    }

    /// The spare receive buffer of a stream.
    pub(crate) fn spare(&self) -> &Lock<SpinLock, Option<Buffer>> {
        &self.spare
    }

    /// What waits for its turn on a stream.
    pub(crate) fn turns(&self) -> &Lock<SpinLock, tcp::Turns> {
        &self.turns
    }

    fn control(
        &self,
        kind: WSK_CONTROL_SOCKET_TYPE,
        code: u32,
        level: u32,
        input: *mut core::ffi::c_void,
        len: usize,
        irp: *mut netcx_sys::wdm::IRP,
    ) -> NTSTATUS {
        let null = core::ptr::null_mut;
        // The control call stands in the same slot of every category.
        let function = self.datagram().WskControlSocket;
        // SAFETY: the socket is open; the input outlives the call, which has no output.
        unsafe {
            wsk_call!(
                function,
                (
                    self.handle,
                    kind,
                    code,
                    level,
                    len as _,
                    input,
                    0,
                    null(),
                    null().cast(),
                    irp
                )
            )
        }
    }

    fn set_option(&self, level: u32, option: u32, mut value: u32) -> Result<(), NTSTATUS> {
        let value = (&raw mut value).cast();
        irp::call(|irp| self.control(WskSetOption, option, level, value, size_of::<u32>(), irp)).map(drop)
    }

    fn set_remote_address(&self, remote: SocketAddr) -> Result<(), NTSTATUS> {
        let mut address = SOCKADDR_INET::from(remote);
        // The length is that of the family's own structure.
        let len = match remote {
            SocketAddr::V4(_) => size_of::<SOCKADDR_IN>(),
            SocketAddr::V6(_) => size_of::<SOCKADDR_IN6>(),
        };
        let input = (&raw mut address).cast();
        irp::call(|irp| self.control(WskIoctl, SIO_WSK_SET_REMOTE_ADDRESS, 0, input, len, irp)).map(drop)
    }

    /// Enables callbacks. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn enable_events(&self, events: u32) -> Result<(), NTSTATUS> {
        let mut control = WSK_EVENT_CALLBACK_CONTROL::enable(events);
        let (input, len) = ((&raw mut control).cast(), size_of::<WSK_EVENT_CALLBACK_CONTROL>());
        // Enabling takes no IRP, and has its effect when the call returns.
        let status = self.control(
            WskSetOption,
            SO_WSK_EVENT_CALLBACK,
            SOL_SOCKET,
            input,
            len,
            core::ptr::null_mut(),
        );
        if wdk::nt_success(status) {
            Ok(())
        } else {
            Err(status)
        }
    }

    /// [`Socket::enable_events`] for a completion routine, which may come while the socket is closed: from the beginning of
    /// the close on a socket may not be called any more, and fails here. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn enable_events_unless_closing(&self, events: u32) -> Result<(), NTSTATUS> {
        let entered =
            self.use_by_completion
                .compare_exchange(IDLE, IN_CALL, Ordering::Acquire, Ordering::Relaxed);
        if entered.is_err() {
            return Err(STATUS_CANCELLED);
        }
        let result = self.enable_events(events);
        self.use_by_completion.store(IDLE, Ordering::Release);
        result
    }

    /// From now on no completion routine calls the socket. Waits for one that does. IRQL: PASSIVE_LEVEL.
    fn begin_close(&self) {
        while self
            .use_by_completion
            .compare_exchange(IDLE, CLOSING, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            lock::sleep(1);
        }
    }

    fn bind(&self, local: SocketAddr) -> Result<(), NTSTATUS> {
        let mut address = SOCKADDR_INET::from(local);
        let function = match self.proto {
            TransportProto::Udp => self.datagram().WskBind,
            TransportProto::Tcp => self.connection().WskBind,
        };
        irp::call(|irp| {
            // SAFETY: the socket is open, and the address outlives the call, which is waited for.
            unsafe { wsk_call!(function, (self.handle, (&raw mut address).cast(), 0, irp)) }
        })
        .map(drop)
    }

    fn local_address(&self) -> Result<SocketAddr, NTSTATUS> {
        let mut address = SOCKADDR_INET::from(self.local);
        let function = match self.proto {
            TransportProto::Udp => self.datagram().WskGetLocalAddress,
            TransportProto::Tcp => self.connection().WskGetLocalAddress,
        };
        irp::call(|irp| {
            // SAFETY: the socket is bound, and the address outlives the call, which is waited for.
            unsafe { wsk_call!(function, (self.handle, (&raw mut address).cast(), irp)) }
        })?;
        Ok(address.to_socket_addr().unwrap_or(self.local))
    }

    /// Sends a batch of sealed packets. Never waits. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn send_batch(&self, batch: SendBatch, to: Option<SocketAddr>) {
        match self.proto {
            TransportProto::Udp => self.send_datagrams(batch, to),
            TransportProto::Tcp => tcp::send(self, batch),
        }
    }

    fn send_datagrams(&self, mut batch: SendBatch, to: Option<SocketAddr>) {
        let (list, to) = (batch.list(), batch.destination(to));
        let function = self.datagram().WskSendMessages;
        // SAFETY: list, memory and destination belong to the batch, which lives until the call is complete.
        batch.start(|irp| unsafe {
            wsk_call!(
                function,
                (self.handle, list, 0, to, 0, core::ptr::null_mut(), irp)
            )
        });
    }

    /// Gives one piece to the stream. Calls are made one at a time, in the stream's order. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn send_piece(&self, mut batch: SendBatch) {
        let whole = batch.whole();
        let function = self.connection().WskSend;
        // SAFETY: memory and buffer structure belong to the batch, which lives until the call is complete.
        batch.start(|irp| unsafe { wsk_call!(function, (self.handle, whole, WSK_FLAG_NODELAY, irp)) });
    }

    /// Whether [`ovpn_dco_engine::Transport::abort`] was called.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            self.begin_close();
            let function = self.datagram().WskCloseSocket;
            // Pending calls are cancelled and complete before this does; no callback runs after it.
            // SAFETY: the engine makes no call on a transport that it drops; no indication was kept. PASSIVE_LEVEL.
            let close = |irp| unsafe { wsk_call!(function, (self.handle, irp)) };
            // SAFETY: the IRP is for this one call.
            let _ = unsafe { self.close.call(close) };
        }
        let spare = self.spare.get_mut().take();
        if let Some(spare) = spare {
            self.device().platform().receive.buffers().give(spare);
        }
    }
}

/// A socket in its box: what the engine owns.
pub(crate) struct Transport(Box<Socket>);

impl Transport {
    pub(crate) fn new(socket: Box<Socket>) -> Self {
        Self(socket)
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.0
    }
}

impl ovpn_dco_engine::Transport for Transport {
    fn start(&self) -> Result<(), NtStatus> {
        match self.0.proto {
            TransportProto::Udp => udp::start(&self.0),
            TransportProto::Tcp => tcp::start(&self.0),
        }
        .map_err(NtStatus)
    }

    fn send(&self, packet: &[u8], to: Option<SocketAddr>) -> Result<(), NtStatus> {
        let socket = &*self.0;
        let mut batch = socket
            .device()
            .platform()
            .control
            .take()
            .ok_or(NtStatus::INSUFFICIENT_RESOURCES)?;
        let prefix = match socket.proto {
            TransportProto::Udp => 0,
            TransportProto::Tcp => size_of::<u16>(),
        };
        let total = packet.len().saturating_add(prefix);
        let room = batch
            .room()
            .get_mut(..total)
            .ok_or(NtStatus::INVALID_BUFFER_SIZE)?;
        let length = u16::try_from(packet.len())
            .map_err(|_| NtStatus::INVALID_BUFFER_SIZE)?
            .to_be_bytes();
        let bytes = length.iter().take(prefix).chain(packet);
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        batch.commit(total);
        socket.send_batch(batch, to);
        Ok(())
    }

    fn abort(&self) {
        if !self.0.aborted.swap(true, Ordering::AcqRel) && self.0.proto == TransportProto::Tcp {
            tcp::abort(&self.0);
        }
    }

    fn local_addr(&self) -> SocketAddr {
        self.0.local
    }
}

/// Counts datagrams that the glue itself had to drop. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn dropped(socket: &Socket, reason: DropReason) {
    socket.device().dropped(reason, 1);
}
