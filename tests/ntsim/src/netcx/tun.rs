//! A TUN device of the host (Documentation/networking/tuntap).

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// `TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6` and, where the kernel has them, `TUN_F_USO4 | TUN_F_USO6`.
const OFFLOAD_TCP: libc::c_ulong = 0x01 | 0x02 | 0x04;
const OFFLOAD_UDP: libc::c_ulong = 0x20 | 0x40;
const TUNSETOFFLOAD: libc::c_ulong = 0x4004_54D0;
const TUNSETCARRIER: libc::c_ulong = 0x4004_54E2;
/// Without a name the kernel counts.
const PATTERN: &str = "ntsim%d";

/// An open TUN device; gone when it is dropped.
#[derive(Debug)]
pub(super) struct Tun {
    fd: OwnedFd,
    name: String,
    uso: bool,
}

impl Tun {
    /// Makes the TUN device `name` in this thread's network namespace. Needs CAP_NET_ADMIN there.
    pub(super) fn open(name: Option<&str>) -> io::Result<Self> {
        let name = name.unwrap_or(PATTERN);
        if name.is_empty() || name.len() >= libc::IFNAMSIZ {
            let text = format!(
                "`{name}` can't name a network interface: 1 to {} bytes",
                libc::IFNAMSIZ - 1
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let flags = libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC;
        // SAFETY: a NUL-terminated literal.
        let fd = checked(unsafe { libc::open(c"/dev/net/tun".as_ptr(), flags) })?;
        // SAFETY: the descriptor was just opened and nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let name = set_interface(&fd, name)?;
        let mut tun = Self { fd, name, uso: false };
        // USO came to TUN with Linux 6.2; without it UDP packets come and go one by one.
        tun.uso = tun.control(TUNSETOFFLOAD, OFFLOAD_TCP | OFFLOAD_UDP).is_ok();
        if !tun.uso {
            tun.control(TUNSETOFFLOAD, OFFLOAD_TCP)?;
        }
        Ok(tun)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn uso(&self) -> bool {
        self.uso
    }

    pub(super) fn set_carrier(&self, up: bool) -> io::Result<()> {
        let value = libc::c_int::from(up);
        // SAFETY: TUNSETCARRIER reads one int.
        checked(unsafe { libc::ioctl(self.fd.as_raw_fd(), TUNSETCARRIER, &raw const value) }).map(drop)
    }

    pub(super) fn set_mtu(&self, mtu: u32) -> io::Result<()> {
        // SAFETY: no memory is involved.
        let socket =
            checked(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
        // SAFETY: the descriptor was just opened and nobody else has it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let mut request = request(&self.name);
        request.ifr_ifru.ifru_mtu = libc::c_int::try_from(mtu).unwrap_or(libc::c_int::MAX);
        // SAFETY: SIOCSIFMTU reads one `ifreq`.
        checked(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFMTU, &raw const request) }).map(drop)
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the slice is valid for its length.
        length(unsafe { libc::read(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) })
    }

    pub(super) fn write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let count = libc::c_int::try_from(pieces.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: `IoSlice` has the layout of `iovec`, and each names valid memory.
        length(unsafe { libc::writev(self.fd.as_raw_fd(), pieces.as_ptr().cast(), count) })
    }

    fn control(&self, request: libc::c_ulong, value: libc::c_ulong) -> io::Result<()> {
        // SAFETY: these requests take their argument by value.
        checked(unsafe { libc::ioctl(self.fd.as_raw_fd(), request, value) }).map(drop)
    }
}

impl AsRawFd for Tun {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn length(result: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

fn request(name: &str) -> libc::ifreq {
    // SAFETY: `ifreq` is plain data for which zero is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request
}

/// `TUNSETIFF`; returns the name that the interface got.
fn set_interface(fd: &OwnedFd, name: &str) -> io::Result<String> {
    let mut request = request(name);
    let flags = libc::IFF_TUN | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(flags).unwrap_or(0);
    // SAFETY: TUNSETIFF reads and writes one `ifreq`.
    checked(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TUNSETIFF, &raw mut request) })?;
    let bytes = request
        .ifr_name
        .iter()
        .map(|c| c.to_ne_bytes()[0])
        .take_while(|b| *b != 0);
    Ok(String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned())
}
