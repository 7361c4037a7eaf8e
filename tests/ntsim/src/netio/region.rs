//! Memory whose protection changes with its owner.

const PAGE: usize = 4096;

/// Private memory of whole pages.
#[derive(Debug)]
pub struct Region {
    base: usize,
    length: usize,
}

impl Region {
    /// Zeroed pages.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let length = length.next_multiple_of(PAGE);
        // SAFETY: a fresh mapping at an address of the host's choice.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(base != libc::MAP_FAILED, "no host memory for indications");
        Self {
            base: base as usize,
            length,
        }
    }

    /// Address of a byte.
    #[must_use]
    pub fn at(&self, offset: usize) -> usize {
        self.base + offset
    }

    /// Whether the address is inside.
    #[must_use]
    pub fn contains(&self, addr: usize) -> bool {
        (self.base..self.base + self.length).contains(&addr)
    }

    /// Changes what the driver may do with it.
    pub fn protect(&self, protection: i32) {
        // SAFETY: our own mapping; nobody else relies on access to it.
        let _ = unsafe { libc::mprotect(self.base as *mut libc::c_void, self.length, protection) };
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: our own mapping, whose owner goes.
        unsafe { libc::munmap(self.base as *mut libc::c_void, self.length) };
    }
}
