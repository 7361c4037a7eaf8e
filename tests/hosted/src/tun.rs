//! The adapter's stand-in: a Linux TUN device.
//!
//! With offloads on, every read and write carries a virtio-net header (`struct virtio_net_hdr`, 10 bytes): the
//! kernel hands over TCP and UDP super-packets unsegmented and with partial checksums, and takes coalesced ones
//! back (Documentation/networking/tuntap, `TUNSETOFFLOAD`).

use crate::sys::{check, check_len};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Bytes in front of each packet when offloads are on.
pub const VNET_HEADER: usize = 10;

/// `TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6` and, where the kernel has them, `TUN_F_USO4 | TUN_F_USO6`.
const OFFLOAD_TCP: libc::c_ulong = 0x01 | 0x02 | 0x04;
const OFFLOAD_UDP: libc::c_ulong = 0x20 | 0x40;
const TUNSETOFFLOAD: libc::c_ulong = 0x4004_54d0;
const TUNSETCARRIER: libc::c_ulong = 0x4004_54e2;

/// An open TUN device.
#[derive(Debug)]
pub struct Tun {
    fd: OwnedFd,
    name: String,
    offload: bool,
    uso: bool,
}

impl Tun {
    /// Makes (or attaches to) the TUN device `name` in the calling thread's network namespace. Needs
    /// CAP_NET_ADMIN.
    pub fn open(name: &str, offload: bool) -> io::Result<Self> {
        if name.is_empty() || name.len() >= libc::IFNAMSIZ {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "`{name}` cannot name a network device: 1 to {} bytes",
                    libc::IFNAMSIZ - 1
                ),
            ));
        }
        // SAFETY: a NUL-terminated literal.
        let fd = check(unsafe {
            libc::open(
                c"/dev/net/tun".as_ptr(),
                libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC,
            )
        })?;
        // SAFETY: the descriptor was just opened and nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let mut flags = libc::IFF_TUN | libc::IFF_NO_PI;
        if offload {
            flags |= libc::IFF_VNET_HDR;
        }
        set_interface(&fd, name, flags)?;
        let mut tun = Self {
            fd,
            name: name.to_owned(),
            offload,
            uso: false,
        };
        if offload {
            // USO came to TUN with Linux 6.2; without it UDP packets simply come and go one by one.
            tun.uso = tun.control(TUNSETOFFLOAD, OFFLOAD_TCP | OFFLOAD_UDP).is_ok();
            if !tun.uso {
                tun.control(TUNSETOFFLOAD, OFFLOAD_TCP)?;
            }
        }
        Ok(tun)
    }

    /// Name of the network device.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether reads and writes carry a virtio-net header.
    pub fn offload(&self) -> bool {
        self.offload
    }

    /// Whether super-packets may be UDP, too.
    pub fn uso(&self) -> bool {
        self.uso
    }

    /// Sets the carrier: the network stack sees the link as up or down.
    pub fn set_carrier(&self, up: bool) -> io::Result<()> {
        let value = libc::c_int::from(up);
        // SAFETY: TUNSETCARRIER reads one int.
        check(unsafe { libc::ioctl(self.fd.as_raw_fd(), TUNSETCARRIER, &raw const value) }).map(drop)
    }

    /// Reads one packet (with its header if [`Self::offload`]); `WouldBlock` when there is none.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the slice is valid for its length.
        check_len(unsafe { libc::read(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) })
    }

    /// Writes one packet that lies in several pieces.
    pub fn write(&self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let count = libc::c_int::try_from(pieces.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: `IoSlice` has the layout of `iovec`, and each names valid memory.
        check_len(unsafe { libc::writev(self.fd.as_raw_fd(), pieces.as_ptr().cast(), count) })
    }

    fn control(&self, request: libc::c_ulong, value: libc::c_ulong) -> io::Result<()> {
        // SAFETY: these requests take their argument by value.
        check(unsafe { libc::ioctl(self.fd.as_raw_fd(), request, value) }).map(drop)
    }
}

impl AsRawFd for Tun {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// `TUNSETIFF`.
fn set_interface(fd: &OwnedFd, name: &str, flags: i32) -> io::Result<()> {
    // SAFETY: `ifreq` is plain data for which zero is valid.
    let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags =
        libc::c_short::from_ne_bytes([(flags & 0xff) as u8, ((flags >> 8) & 0xff) as u8]);
    // SAFETY: TUNSETIFF reads and writes one `ifreq`.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TUNSETIFF, &raw mut request) }).map(drop)
}
