//! Linux: TUN device and UDP socket.

use anyhow::Result;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, SockaddrIn, bind, connect, sendmsg,
    setsockopt, socket, sockopt,
};
use nix::sys::stat::Mode;
use std::io::IoSlice;
use std::net::SocketAddrV4;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};

/// `struct ifreq` as `TUNSETIFF` reads it.
#[repr(C)]
struct Ifreq {
    name: [u8; 16],
    flags: i16,
    rest: [u8; 22],
}

const IFF_TUN: i16 = 0x0001;
const IFF_NO_PI: i16 = 0x1000;
const IFF_VNET_HDR: i16 = 0x4000;
/// `TUN_F_CSUM | TUN_F_TSO4 | TUN_F_USO4 | TUN_F_USO6`; the kernel wants both USO flags or none.
const OFFLOADS: u64 = 0x01 | 0x02 | 0x20 | 0x40;
/// Without UDP super-packets: kernels before 6.2.
const OFFLOADS_WITHOUT_USO: u64 = 0x01 | 0x02;

mod ioctl {
    //! Requests of `linux/if_tun.h`.
    nix::ioctl_write_ptr_bad!(
        tun_set_iff,
        nix::request_code_write!(b'T', 202, size_of::<i32>()),
        super::Ifreq
    );
    nix::ioctl_write_int_bad!(
        tun_set_offload,
        nix::request_code_write!(b'T', 208, size_of::<u32>())
    );
}

pub(super) fn open_tun(name: &str, offloads: bool) -> Result<OwnedFd> {
    let fd = open(
        "/dev/net/tun",
        OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC,
        Mode::empty(),
    )?;
    let mut request = Ifreq {
        name: [0; 16],
        flags: IFF_TUN | IFF_NO_PI,
        rest: [0; 22],
    };
    anyhow::ensure!(name.len() < 16, "{name} is too long for a device name");
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    if offloads {
        request.flags |= IFF_VNET_HDR;
    }
    // SAFETY: TUNSETIFF reads and writes one `struct ifreq`, which `request` has the layout of.
    unsafe { ioctl::tun_set_iff(fd.as_raw_fd(), &raw const request) }?;
    if offloads && set_offload(&fd, OFFLOADS).is_err() {
        set_offload(&fd, OFFLOADS_WITHOUT_USO)?;
    }
    Ok(fd)
}

fn set_offload(fd: &OwnedFd, flags: u64) -> nix::Result<i32> {
    let flags = flags.try_into().map_err(|_| Errno::EINVAL)?;
    // SAFETY: TUNSETOFFLOAD takes a number, no pointer.
    unsafe { ioctl::tun_set_offload(fd.as_raw_fd(), flags) }
}

pub(super) fn open_udp(local: SocketAddrV4, peer: SocketAddrV4, gro: bool) -> Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let fd = socket(AddressFamily::Inet, SockType::Datagram, flags, None)?;
    setsockopt(&fd, sockopt::RcvBuf, &(4 << 20))?;
    setsockopt(&fd, sockopt::SndBuf, &(4 << 20))?;
    if gro {
        setsockopt(&fd, sockopt::UdpGroSegment, &true)?;
    }
    bind(fd.as_raw_fd(), &SockaddrIn::from(local))?;
    connect(fd.as_raw_fd(), &SockaddrIn::from(peer))?;
    Ok(fd)
}

/// Waits until one of the descriptors can be read.
pub(super) fn wait_readable(fd: BorrowedFd<'_>) -> Result<()> {
    wait(fd, PollFlags::POLLIN)
}

fn wait(fd: BorrowedFd<'_>, events: PollFlags) -> Result<()> {
    match poll(&mut [PollFd::new(fd, events)], PollTimeout::NONE) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Sends `bytes` as datagrams of `segment` bytes, the last maybe shorter.
pub(super) fn send(udp: BorrowedFd<'_>, bytes: &[u8], segment: usize) -> Result<()> {
    let size = u16::try_from(segment)?;
    let gso = [ControlMessage::UdpGsoSegments(&size)];
    let control = if bytes.len() > segment { &gso[..] } else { &[] };
    loop {
        match sendmsg::<()>(
            udp.as_raw_fd(),
            &[IoSlice::new(bytes)],
            control,
            MsgFlags::empty(),
            None,
        ) {
            Ok(_) => return Ok(()),
            Err(Errno::EAGAIN) => wait(udp, PollFlags::POLLOUT)?,
            // The other end isn't there yet, or the queue is full: a datagram may be lost.
            Err(Errno::ECONNREFUSED | Errno::ENOBUFS | Errno::EINTR) => return Ok(()),
            Err(e) => return Err(e.into()),
        }
    }
}
