//! Joining a network namespace, so that sockets and the adapter belong to it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Moves this thread, and all threads it starts later, into the namespace `name` (of `ip netns`), or into the one that a
/// path such as `/proc/1/ns/net` names.
///
/// # Errors
/// When there is no such namespace, or without the right to join it.
pub fn enter(name: &str) -> io::Result<()> {
    let file = File::open(path(name))?;
    // SAFETY: a descriptor of ours; the call has no memory effects.
    let result = unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// The path of the namespace that [`enter`] takes by this name.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    if name.contains('/') {
        name.into()
    } else {
        Path::new("/run/netns").join(name)
    }
}
