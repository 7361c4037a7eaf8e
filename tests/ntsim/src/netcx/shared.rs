//! Memory that the driver may read and the class extension writes: packets on their way out.
//!
//! The same pages are mapped twice. The driver gets addresses of the read-only view, so a driver that writes into transmitted
//! data (it belongs to the stack, and may be shared by several sends) faults at once.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::ring::protect;

/// Pages with two views.
pub(super) struct Shared {
    own: usize,
    view: usize,
    length: usize,
}

impl Shared {
    /// At least `size` bytes, zeroed; pages get memory when they are used.
    pub(super) fn new(size: usize) -> io::Result<Self> {
        let length = size.next_multiple_of(4096);
        // SAFETY: makes an anonymous file; the name is a C string.
        let fd = unsafe { libc::memfd_create(c"ntsim-packets".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and nobody else has it.
        let file = unsafe { OwnedFd::from_raw_fd(fd) };
        let end = libc::off_t::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: our own file.
        if unsafe { libc::ftruncate(file.as_raw_fd(), end) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let own = map(&file, length, libc::PROT_READ | libc::PROT_WRITE)?;
        let view = map(&file, length, libc::PROT_READ).inspect_err(|_| unmap(own, length))?;
        Ok(Self { own, view, length })
    }

    /// All of it, to be written.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: a mapping of our own of this length; the driver only reads the other view of it.
        unsafe { std::slice::from_raw_parts_mut(self.own as *mut u8, self.length) }
    }

    /// All of it, to be read.
    pub(super) fn as_bytes(&self) -> &[u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(self.own as *const u8, self.length) }
    }

    /// The driver's address of what is at `offset`.
    pub(super) fn address(&self, offset: usize) -> usize {
        self.view + offset
    }

    /// Lets the driver read these pages, or not.
    pub(super) fn show(&self, offset: usize, length: usize, readable: bool) {
        let protection = if readable {
            libc::PROT_READ
        } else {
            libc::PROT_NONE
        };
        // Without it the driver isn't found out when it reads what it has given back.
        let _ = protect(self.view + offset, length, protection);
    }
}

fn map(file: &OwnedFd, length: usize, protection: i32) -> io::Result<usize> {
    let null = std::ptr::null_mut();
    // SAFETY: a fresh mapping at an address of the kernel's choice.
    let base = unsafe { libc::mmap(null, length, protection, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    Ok(base as usize)
}

fn unmap(base: usize, length: usize) {
    // SAFETY: a mapping made above; it is unmapped once.
    unsafe { libc::munmap(base as *mut libc::c_void, length) };
}

impl Drop for Shared {
    fn drop(&mut self) {
        unmap(self.own, self.length);
        unmap(self.view, self.length);
    }
}
