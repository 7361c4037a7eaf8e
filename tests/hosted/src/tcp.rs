//! TCP transport: a non-blocking stream whose writers take turns, so that packets leave whole and in order.

use crate::sys::{self, Signal};
use parking_lot::Mutex;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, Read, Write};
use std::net::SocketAddr;

/// A connecting or connected stream.
#[derive(Debug)]
pub(crate) struct Tcp {
    socket: Socket,
    /// Held over the whole of one write: bytes of two packets never mix.
    writer: Mutex<()>,
}

impl Tcp {
    /// A bound socket.
    pub(crate) fn bind(local: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(local),
            Type::STREAM.nonblocking(),
            Some(Protocol::TCP),
        )?;
        socket.set_tcp_nodelay(true)?;
        // A fixed local port is wanted again right after a reconnect.
        socket.set_reuse_address(local.port() != 0)?;
        socket.bind(&local.into())?;
        Ok(Self {
            socket,
            writer: Mutex::new(()),
        })
    }

    /// Begins to connect; [`Self::finish_connect`] waits for the end.
    pub(crate) fn connect(&self, remote: SocketAddr) -> io::Result<()> {
        match self.socket.connect(&remote.into()) {
            Err(e) if e.raw_os_error() == Some(libc::EINPROGRESS) => Ok(()),
            done => done,
        }
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
    }

    /// Waits for the end of the attempt; `None` when `stop` came first.
    pub(crate) fn finish_connect(&self, stop: &Signal) -> Option<io::Result<()>> {
        loop {
            let mut fds = [
                sys::pollfd(&self.socket, libc::POLLOUT),
                sys::pollfd(stop.fd(), libc::POLLIN),
            ];
            if let Err(e) = sys::poll(&mut fds, None) {
                return Some(Err(e));
            }
            if fds[1].revents != 0 {
                return None;
            }
            if fds[0].revents != 0 {
                return Some(match self.socket.take_error() {
                    Ok(None) => Ok(()),
                    Ok(Some(e)) | Err(e) => Err(e),
                });
            }
        }
    }

    /// Waits for bytes; `None` when `stop` came first, `Ok(0)` at the end of the stream.
    pub(crate) fn read(&self, buffer: &mut [u8], stop: &Signal) -> Option<io::Result<usize>> {
        loop {
            match (&self.socket).read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                done => return Some(done),
            }
            let mut fds = [
                sys::pollfd(&self.socket, libc::POLLIN),
                sys::pollfd(stop.fd(), libc::POLLIN),
            ];
            if let Err(e) = sys::poll(&mut fds, None) {
                return Some(Err(e));
            }
            if fds[1].revents != 0 {
                return None;
            }
        }
    }

    /// Writes all of `pieces`, one after the other and nothing in between; waits while the peer's window is closed. Fails
    /// soon after [`Self::abort`].
    pub(crate) fn write_all(&self, pieces: &[&[u8]]) -> io::Result<()> {
        let _turn = self.writer.lock();
        for piece in pieces {
            self.write_piece(piece)?;
        }
        Ok(())
    }

    fn write_piece(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match (&self.socket).write(bytes) {
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    sys::poll(&mut [sys::pollfd(&self.socket, libc::POLLOUT)], None)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Ends the stream in both directions: waiting readers and writers come back with an error.
    pub(crate) fn abort(&self) {
        // Fails when it is not connected (yet): there is nobody to wake then but the connecting thread, by its signal.
        let _ = SockRef::from(&self.socket).shutdown(std::net::Shutdown::Both);
    }
}
