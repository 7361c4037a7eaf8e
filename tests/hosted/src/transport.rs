//! The engine's transports: one socket and its receive thread each.

use crate::deliver::Deliver;
use crate::platform::{Hosted, Offloads};
use crate::sys::{self, Signal};
use crate::tcp::Tcp;
use crate::tun::Tun;
use crate::udp::{ReceiveBatch, Udp};
use ovpn_dco_engine::{Closed, Device, TransportId, TransportProto, TransportSpec};
use ovpn_dco_uapi::NtStatus;
use parking_lot::Mutex;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// The socket itself; a transmit batch holds a second reference so that it can send after its guard is gone.
#[derive(Debug)]
pub(crate) enum Socket {
    /// Datagrams.
    Udp(Udp),
    /// A stream.
    Tcp(Tcp),
}

/// A socket with its receive thread. Dropping it ends the thread and waits for it.
pub struct Transport {
    socket: Arc<Socket>,
    stop: Arc<Signal>,
    remote: Option<SocketAddr>,
    local: SocketAddr,
    /// What the receive thread will own, until [`ovpn_dco_engine::Transport::start`].
    receiver: Mutex<Option<Receiver>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Transport {
    pub(crate) fn open(
        spec: &TransportSpec,
        device: Weak<Device<Hosted>>,
        tun: &Arc<Tun>,
        offloads: Offloads,
    ) -> Result<Self, NtStatus> {
        let (socket, local) = open_socket(spec, offloads).map_err(|e| status_of(&e))?;
        let socket = Arc::new(socket);
        let stop = Arc::new(Signal::new().map_err(|e| status_of(&e))?);
        let receiver = Receiver {
            id: spec.id,
            listening: spec.remote.is_none(),
            socket: socket.clone(),
            stop: stop.clone(),
            device,
            deliver: Deliver::new(tun.clone()),
        };
        Ok(Self {
            socket,
            stop,
            remote: spec.remote,
            local,
            receiver: Mutex::new(Some(receiver)),
            thread: Mutex::new(None),
        })
    }

    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}

fn open_socket(spec: &TransportSpec, offloads: Offloads) -> io::Result<(Socket, SocketAddr)> {
    match (spec.proto, spec.remote) {
        (TransportProto::Udp, remote) => {
            let udp = Udp::open(spec.local, remote, spec.v6_only, offloads.gso, offloads.gro)?;
            let local = udp.local_addr()?;
            Ok((Socket::Udp(udp), local))
        }
        (TransportProto::Tcp, Some(_)) => {
            let tcp = Tcp::bind(spec.local)?;
            let local = tcp.local_addr()?;
            Ok((Socket::Tcp(tcp), local))
        }
        (TransportProto::Tcp, None) => Err(io::ErrorKind::Unsupported.into()),
    }
}

impl ovpn_dco_engine::Transport for Transport {
    fn start(&self) -> Result<(), NtStatus> {
        let receiver = self
            .receiver
            .lock()
            .take()
            .ok_or(NtStatus::INVALID_DEVICE_STATE)?;
        if let (Socket::Tcp(tcp), Some(remote)) = (&*self.socket, self.remote) {
            tcp.connect(remote).map_err(|e| status_of(&e))?;
        }
        let thread = std::thread::Builder::new()
            .name("ovpn-receive".into())
            .spawn(move || receiver.run())
            .map_err(|e| status_of(&e))?;
        *self.thread.lock() = Some(thread);
        Ok(())
    }

    fn send(&self, packet: &[u8], to: Option<SocketAddr>) -> Result<(), NtStatus> {
        match &*self.socket {
            Socket::Udp(udp) => udp.send(packet, to),
            Socket::Tcp(tcp) => match u16::try_from(packet.len()) {
                Ok(len) => tcp.write_all(&[&len.to_be_bytes(), packet]),
                Err(_) => Err(io::ErrorKind::InvalidInput.into()),
            },
        }
        .map_err(|e| status_of(&e))
    }

    fn abort(&self) {
        self.stop.raise();
        if let Socket::Tcp(tcp) = &*self.socket {
            tcp.abort();
        }
    }

    fn local_addr(&self) -> SocketAddr {
        self.local
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        ovpn_dco_engine::Transport::abort(self);
        self.receiver.get_mut().take();
        if let Some(thread) = self.thread.get_mut().take() {
            // It fails only if the thread panicked, which has been reported then.
            let _ = thread.join();
        }
        // A transmit batch may still be sending: the local address is free only when it is through.
        while Arc::strong_count(&self.socket) > 1 {
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// What a receive thread owns.
struct Receiver {
    id: TransportId,
    listening: bool,
    socket: Arc<Socket>,
    stop: Arc<Signal>,
    device: Weak<Device<Hosted>>,
    deliver: Deliver,
}

impl Receiver {
    fn run(mut self) {
        // The device outlives its transports: it owns them.
        let Some(device) = self.device.upgrade() else {
            return;
        };
        let socket = self.socket.clone();
        match &*socket {
            Socket::Udp(udp) => self.run_udp(&device, udp),
            Socket::Tcp(tcp) => self.run_tcp(&device, tcp),
        }
    }

    fn run_udp(&mut self, device: &Device<Hosted>, udp: &Udp) {
        let mut batch = ReceiveBatch::new();
        loop {
            match batch.receive(udp, self.listening) {
                Ok(n) => self.datagrams(device, &batch, n),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    let mut fds = [
                        sys::pollfd(udp.socket(), libc::POLLIN),
                        sys::pollfd(self.stop.fd(), libc::POLLIN),
                    ];
                    if sys::poll(&mut fds, None).is_err() || fds[1].revents != 0 {
                        return;
                    }
                }
                // An ICMP error of a datagram that was sent: the next call has the next datagram.
                Err(e)
                    if matches!(
                        e.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionRefused
                    ) => {}
                Err(e) => {
                    tracing::debug!(error = %e, "receive failed");
                    if sys::poll(
                        &mut [sys::pollfd(self.stop.fd(), libc::POLLIN)],
                        Some(Duration::from_millis(10)),
                    )
                    .unwrap_or(true)
                    {
                        return;
                    }
                }
            }
        }
    }

    fn datagrams(&mut self, device: &Device<Hosted>, batch: &ReceiveBatch, n: usize) {
        let guard = device.receive();
        for received in (0..n).filter_map(|i| batch.get(i)) {
            for packet in received.bytes.chunks(received.segment) {
                self.deliver
                    .open(|out| guard.datagram(self.id, received.from, packet, out));
            }
        }
        drop(guard);
        self.deliver.flush();
    }

    fn run_tcp(&mut self, device: &Device<Hosted>, tcp: &Tcp) {
        let Some(connected) = tcp.finish_connect(&self.stop) else {
            return;
        };
        let failed = connected.is_err();
        device.transport_connected(self.id, connected.map_err(|e| status_of(&e)));
        if failed {
            return;
        }
        let mut buffer = vec![0; 1 << 18];
        let how = loop {
            match tcp.read(&mut buffer, &self.stop) {
                None => return,
                Some(Ok(0)) => break Closed::Graceful,
                Some(Ok(n)) => self.stream(device, buffer.get(..n).unwrap_or_default()),
                Some(Err(e)) if e.kind() == io::ErrorKind::ConnectionReset => break Closed::Reset,
                Some(Err(e)) => break Closed::Failed(status_of(&e)),
            }
        };
        device.transport_closed(self.id, how);
    }

    fn stream(&mut self, device: &Device<Hosted>, mut input: &[u8]) {
        let guard = device.receive();
        while self
            .deliver
            .open_some(|out| guard.stream(self.id, &mut input, out))
        {}
        drop(guard);
        self.deliver.flush();
    }
}

/// The NTSTATUS by which Windows would report the same trouble.
pub(crate) fn status_of(error: &io::Error) -> NtStatus {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => NtStatus::CONNECTION_REFUSED,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            NtStatus::CONNECTION_ABORTED
        }
        io::ErrorKind::TimedOut => NtStatus::IO_TIMEOUT,
        io::ErrorKind::AddrInUse => NtStatus::ADDRESS_ALREADY_ASSOCIATED,
        io::ErrorKind::NetworkUnreachable => NtStatus::NETWORK_UNREACHABLE,
        io::ErrorKind::HostUnreachable => NtStatus::HOST_UNREACHABLE,
        io::ErrorKind::AddrNotAvailable => NtStatus::INVALID_ADDRESS,
        io::ErrorKind::OutOfMemory => NtStatus::INSUFFICIENT_RESOURCES,
        io::ErrorKind::InvalidInput => NtStatus::INVALID_PARAMETER,
        io::ErrorKind::Unsupported => NtStatus::NOT_SUPPORTED,
        _ if error.raw_os_error() == Some(libc::EMSGSIZE) => NtStatus::INVALID_BUFFER_SIZE,
        _ => NtStatus::UNSUCCESSFUL,
    }
}
