//! UDP transport: batches by `recvmmsg` and `sendmmsg`, with `UDP_GRO` and `UDP_SEGMENT` if wanted.

use crate::sys::{self, check, check_len};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Datagrams (or coalesced runs of them) taken by one system call.
pub(crate) const RECEIVE_BATCH: usize = 16;
/// Segments in one `UDP_SEGMENT` send; kernels before 6.9 refuse more than 64.
pub(crate) const MAX_SEGMENTS: usize = 60;
/// Bytes in one `UDP_SEGMENT` send; an IPv4 datagram ends at 65,507.
pub(crate) const MAX_SEND: usize = 65_000;
/// Socket buffers in bytes: a burst of 64 KiB super-packets must fit.
const SOCKET_BUFFER: usize = 4 << 20;

/// A bound UDP socket; connected in client mode.
#[derive(Debug)]
pub(crate) struct Udp {
    socket: Socket,
    /// Largest segment for `UDP_SEGMENT`. Zero: switched off. It falls when the path's MTU refuses a size.
    max_segment: AtomicUsize,
}

/// A run of equal-sized datagrams (the last may be shorter) that lie back to back in one buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) offset: usize,
    pub(crate) len: usize,
    pub(crate) segment: usize,
    pub(crate) to: Option<SocketAddr>,
}

impl Udp {
    pub(crate) fn open(
        local: SocketAddr,
        remote: Option<SocketAddr>,
        v6_only: bool,
        gso: bool,
        gro: bool,
    ) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(local),
            Type::DGRAM.nonblocking(),
            Some(Protocol::UDP),
        )?;
        // The system's limit (net.core.rmem_max) may be lower: it gives what it allows.
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
        if local.is_ipv6() {
            socket.set_only_v6(v6_only || remote.is_some())?;
        }
        if gro {
            // Kernels without it deliver datagrams one by one.
            let _ = sys::set_option(socket.as_fd(), libc::SOL_UDP, libc::UDP_GRO, 1);
        }
        socket.bind(&local.into())?;
        if let Some(remote) = remote {
            socket.connect(&remote.into())?;
        }
        let max_segment = if gso { usize::MAX } else { 0 };
        Ok(Self {
            socket,
            max_segment: AtomicUsize::new(max_segment),
        })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether packets of `segment` bytes may share one send.
    pub(crate) fn may_segment(&self, segment: usize) -> bool {
        segment <= self.max_segment.load(Ordering::Relaxed)
    }

    /// Sends one datagram; waits while the socket's buffer is full.
    pub(crate) fn send(&self, packet: &[u8], to: Option<SocketAddr>) -> io::Result<()> {
        loop {
            let sent = match to {
                Some(to) => self.socket.send_to(packet, &to.into()),
                None => self.socket.send(packet),
            };
            match sent {
                Ok(_) => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.wait_writable()?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn wait_writable(&self) -> io::Result<()> {
        sys::poll(
            &mut [sys::pollfd(&self.socket, libc::POLLOUT)],
            Some(core::time::Duration::from_secs(1)),
        )
        .map(drop)
    }
}

/// Room for one `sendmmsg`: kept by the transmit thread so that a batch allocates nothing.
pub(crate) struct SendBatch {
    iovecs: Vec<libc::iovec>,
    names: Vec<SockAddr>,
    control: Vec<[u64; 4]>,
    messages: Vec<libc::mmsghdr>,
}

// SAFETY: the raw pointers inside are rewritten at the start of each `send` and never used after it.
unsafe impl Send for SendBatch {}

impl SendBatch {
    pub(crate) fn new() -> Self {
        Self {
            iovecs: Vec::new(),
            names: Vec::new(),
            control: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Sends all `runs` of `buffer`. Returns how many runs could not be sent.
    pub(crate) fn send(&mut self, udp: &Udp, buffer: &[u8], runs: &[Run]) -> usize {
        self.build(buffer, runs);
        let mut done = 0;
        let mut failed = 0;
        while let Some(rest) = self.messages.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let count = sys::socklen(rest.len());
            // SAFETY: `build` made every header point into vectors that live, unmoved, in `self`, and into `buffer`.
            let sent = check(unsafe {
                libc::sendmmsg(
                    udp.socket.as_raw_fd(),
                    rest.as_mut_ptr(),
                    count,
                    libc::MSG_NOSIGNAL,
                )
            });
            match sent {
                Ok(n) => done += usize::try_from(n).unwrap_or(0),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    let _ = udp.wait_writable();
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // An ICMP error of an earlier datagram is reported once; this one was not tried.
                Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(e) => {
                    if let Some(run) = runs.get(done) {
                        failed += usize::from(!resend(udp, buffer, run, &e));
                    }
                    done += 1;
                }
            }
        }
        failed
    }

    fn build(&mut self, buffer: &[u8], runs: &[Run]) {
        self.iovecs.clear();
        self.names.clear();
        self.messages.clear();
        self.control.clear();
        self.control.resize(runs.len(), [0; 4]);
        for run in runs {
            let bytes = buffer.get(run.offset..run.offset + run.len).unwrap_or_default();
            self.iovecs.push(libc::iovec {
                iov_base: bytes.as_ptr().cast_mut().cast(),
                iov_len: bytes.len(),
            });
            self.names.push(
                run.to
                    .map_or_else(|| SockAddr::from(SocketAddr::from(([0, 0, 0, 0], 0))), Into::into),
            );
        }
        for (i, run) in runs.iter().enumerate() {
            // SAFETY: `mmsghdr` is plain data for which zero is valid.
            let mut message: libc::mmsghdr = unsafe { core::mem::zeroed() };
            let header = &mut message.msg_hdr;
            header.msg_iov = &raw mut self.iovecs[i];
            header.msg_iovlen = 1;
            if run.to.is_some() {
                header.msg_name = self.names[i].as_ptr().cast_mut().cast();
                header.msg_namelen = self.names[i].len();
            }
            if run.len > run.segment {
                header.msg_control = self.control[i].as_mut_ptr().cast();
                // SAFETY: pure arithmetic.
                header.msg_controllen = unsafe { libc::CMSG_SPACE(2) } as usize;
                set_segment(header, run.segment);
            }
            self.messages.push(message);
        }
    }
}

/// Writes the `UDP_SEGMENT` control message.
fn set_segment(header: &mut libc::msghdr, segment: usize) {
    // SAFETY: `msg_control` has room for one control message with two bytes of data.
    let cmsg = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: CMSG_FIRSTHDR returned a pointer into that room.
    let cmsg = unsafe { &mut *cmsg };
    cmsg.cmsg_level = libc::SOL_UDP;
    cmsg.cmsg_type = libc::UDP_SEGMENT;
    // SAFETY: pure arithmetic.
    cmsg.cmsg_len = unsafe { libc::CMSG_LEN(2) } as usize;
    // SAFETY: pure arithmetic on the same room.
    let data = unsafe { libc::CMSG_DATA(cmsg) };
    let value = u16::try_from(segment).unwrap_or(u16::MAX);
    // SAFETY: two bytes of data were reserved; the place need not be aligned.
    unsafe { data.cast::<u16>().write_unaligned(value) };
}

/// A run that the kernel refused in one piece (its segments exceed the path's MTU, or the interface cannot checksum):
/// send the datagrams one by one and don't try that size again. `true`: sent.
fn resend(udp: &Udp, buffer: &[u8], run: &Run, error: &io::Error) -> bool {
    let refused = matches!(
        error.raw_os_error(),
        Some(libc::EINVAL | libc::EMSGSIZE | libc::EIO)
    );
    if run.len <= run.segment || !refused {
        return false;
    }
    udp.max_segment
        .fetch_min(run.segment.saturating_sub(1), Ordering::Relaxed);
    let bytes = buffer.get(run.offset..run.offset + run.len).unwrap_or_default();
    bytes
        .chunks(run.segment)
        .all(|packet| udp.send(packet, run.to).is_ok())
}

/// Room for one `recvmmsg`: [`RECEIVE_BATCH`] buffers of 64 KiB.
pub(crate) struct ReceiveBatch {
    buffers: Vec<Box<[u8]>>,
    names: Vec<libc::sockaddr_storage>,
    control: Vec<[u64; 8]>,
    iovecs: Vec<libc::iovec>,
    messages: Vec<libc::mmsghdr>,
}

// SAFETY: the raw pointers inside are rewritten at the start of each `receive` and never used after it.
unsafe impl Send for ReceiveBatch {}

/// One received run: datagrams of `segment` bytes back to back (the last may be shorter).
pub(crate) struct Received<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) segment: usize,
    pub(crate) from: Option<SocketAddr>,
}

impl ReceiveBatch {
    pub(crate) fn new() -> Self {
        // SAFETY: `sockaddr_storage` is plain data for which zero is valid.
        let name: libc::sockaddr_storage = unsafe { core::mem::zeroed() };
        Self {
            buffers: (0..RECEIVE_BATCH)
                .map(|_| vec![0; 1 << 16].into_boxed_slice())
                .collect(),
            names: vec![name; RECEIVE_BATCH],
            control: vec![[0; 8]; RECEIVE_BATCH],
            iovecs: Vec::with_capacity(RECEIVE_BATCH),
            messages: Vec::with_capacity(RECEIVE_BATCH),
        }
    }

    /// Takes what is there, at most [`RECEIVE_BATCH`] runs; `WouldBlock` when nothing is.
    pub(crate) fn receive(&mut self, udp: &Udp, with_name: bool) -> io::Result<usize> {
        self.iovecs.clear();
        self.messages.clear();
        for buffer in &mut self.buffers {
            self.iovecs.push(libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: buffer.len(),
            });
        }
        for i in 0..RECEIVE_BATCH {
            // SAFETY: `mmsghdr` is plain data for which zero is valid.
            let mut message: libc::mmsghdr = unsafe { core::mem::zeroed() };
            message.msg_hdr.msg_iov = &raw mut self.iovecs[i];
            message.msg_hdr.msg_iovlen = 1;
            message.msg_hdr.msg_control = self.control[i].as_mut_ptr().cast();
            message.msg_hdr.msg_controllen = size_of::<[u64; 8]>();
            if with_name {
                message.msg_hdr.msg_name = (&raw mut self.names[i]).cast();
                message.msg_hdr.msg_namelen = sys::socklen(size_of::<libc::sockaddr_storage>());
            }
            self.messages.push(message);
        }
        let (fd, count) = (udp.socket.as_raw_fd(), sys::socklen(RECEIVE_BATCH));
        // SAFETY: every header points into vectors that live, unmoved, in `self`.
        let n = check_len(unsafe {
            libc::recvmmsg(fd, self.messages.as_mut_ptr(), count, 0, core::ptr::null_mut())
        } as libc::ssize_t)?;
        Ok(n)
    }

    /// Run `i` of the last [`Self::receive`].
    pub(crate) fn get(&self, i: usize) -> Option<Received<'_>> {
        let message = self.messages.get(i)?;
        let bytes = self.buffers.get(i)?.get(..message.msg_len as usize)?;
        let segment = coalesced_size(&message.msg_hdr).unwrap_or(bytes.len()).max(1);
        let from = (!message.msg_hdr.msg_name.is_null())
            .then(|| socket_addr(&self.names[i]))
            .flatten();
        Some(Received { bytes, segment, from })
    }
}

/// The size in the `UDP_GRO` control message, if there is one.
fn coalesced_size(header: &libc::msghdr) -> Option<usize> {
    // SAFETY: the kernel filled `msg_control` up to `msg_controllen`.
    let mut cmsg = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !cmsg.is_null() {
        // SAFETY: the CMSG calls only return pointers into the filled room.
        let head = unsafe { &*cmsg };
        if head.cmsg_level == libc::SOL_UDP && head.cmsg_type == libc::UDP_GRO {
            // SAFETY: pure arithmetic.
            let data = unsafe { libc::CMSG_DATA(cmsg) };
            // SAFETY: this message holds one int; the place need not be aligned.
            let size = unsafe { data.cast::<libc::c_int>().read_unaligned() };
            return usize::try_from(size).ok();
        }
        // SAFETY: as above.
        cmsg = unsafe { libc::CMSG_NXTHDR(header, cmsg) };
    }
    None
}

fn socket_addr(storage: &libc::sockaddr_storage) -> Option<SocketAddr> {
    let len = match i32::from(storage.ss_family) {
        libc::AF_INET => size_of::<libc::sockaddr_in>(),
        libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
        _ => return None,
    };
    let fill = |to: *mut socket2::SockAddrStorage, to_len: *mut libc::socklen_t| {
        // SAFETY: `try_init` gives room for a whole sockaddr_storage.
        unsafe { to.cast::<libc::sockaddr_storage>().write(*storage) };
        // SAFETY: and for its length.
        unsafe { to_len.write(sys::socklen(len)) };
        Ok(())
    };
    // SAFETY: `fill` writes an address of the family that it begins with, and that family's length.
    let (_, addr) = unsafe { SockAddr::try_init(fill) }.ok()?;
    addr.as_socket()
}
