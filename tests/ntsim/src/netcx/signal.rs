//! Waking a queue's thread.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// An eventfd: readable from `set` to `clear`.
#[derive(Debug)]
pub(super) struct EventFd(OwnedFd);

impl EventFd {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: no memory is involved.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and nobody else has it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub(super) fn set(&self) {
        let one = 1u64;
        // SAFETY: writes 8 bytes of ours. It fails only when the counter is full: it is readable then.
        unsafe { libc::write(self.0.as_raw_fd(), (&raw const one).cast(), 8) };
    }

    pub(super) fn clear(&self) {
        let mut value = 0u64;
        // SAFETY: reads 8 bytes into ours. It fails only when the counter is 0: it is clear then.
        unsafe { libc::read(self.0.as_raw_fd(), (&raw mut value).cast(), 8) };
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

const RUNNING: u32 = 0;
const SLEEPING: u32 = 1;
const NOTIFIED: u32 = 2;

/// What ended a sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Somebody notified.
    Notified,
    /// The other source can be read.
    Source,
    /// Nothing happened for the whole time.
    Late,
}

/// A thread sleeps on it; any thread, at any IRQL, wakes it. A wake-up that comes before the sleep is not lost.
#[derive(Debug)]
pub(super) struct Signal {
    state: AtomicU32,
    event: EventFd,
}

impl Signal {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            state: AtomicU32::new(RUNNING),
            event: EventFd::new()?,
        })
    }

    /// Wakes the sleeper. Costs a system call only if there is one.
    pub(super) fn notify(&self) {
        if self.state.swap(NOTIFIED, Ordering::AcqRel) == SLEEPING {
            self.event.set();
        }
    }

    /// Sleeps until notified, until `also` can be read, or for `limit`.
    pub(super) fn sleep(&self, also: Option<RawFd>, limit: Duration) -> Woken {
        if self
            .state
            .compare_exchange(RUNNING, SLEEPING, Ordering::AcqRel, Ordering::Acquire)
            .is_err()
        {
            self.state.store(RUNNING, Ordering::Release);
            return Woken::Notified;
        }
        let mut fds = [self.event.as_raw_fd(), also.unwrap_or(-1)].map(|fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        });
        let limit = libc::c_int::try_from(limit.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: two entries of ours.
        let ready = unsafe { libc::poll(fds.as_mut_ptr(), 2, limit) };
        if self.state.swap(RUNNING, Ordering::AcqRel) == NOTIFIED {
            self.event.clear();
            return Woken::Notified;
        }
        // An interrupted sleep is nobody's lateness.
        if ready == 0 { Woken::Late } else { Woken::Source }
    }
}
