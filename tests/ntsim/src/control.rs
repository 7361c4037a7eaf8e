//! The running program's ears: signals that end it, and the socket of `ntsim inspect`.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{machine, report};

static END: AtomicBool = AtomicBool::new(false);

extern "C" fn on_signal(_signal: i32) {
    END.store(true, Ordering::Relaxed);
}

/// Waits for SIGINT, SIGTERM, a stopped machine, or the end of `time`.
pub fn wait_for_end(time: Option<Duration>) {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the handler stores to an atomic, which is all a signal handler may do.
        unsafe { libc::signal(signal, on_signal as *const () as usize) };
    }
    let started = Instant::now();
    while !END.load(Ordering::Relaxed) && !machine::stopped() && time.is_none_or(|t| started.elapsed() < t) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Removes the socket's file when it goes.
pub struct Control(PathBuf);

impl Drop for Control {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Answers each connection with the machine's state.
///
/// # Errors
/// When the socket can't be made.
pub fn serve(path: &Path) -> io::Result<Control> {
    let listener = UnixListener::bind(path)?;
    std::thread::Builder::new()
        .name("inspect".to_owned())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream: UnixStream = stream;
                // Whoever asked may have gone.
                let _ = stream.write_all(report::inspect().as_bytes());
            }
        })?;
    Ok(Control(path.to_owned()))
}

/// Asks a running `ntsim run` for its state.
///
/// # Errors
/// When nobody listens there.
pub fn ask(path: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    UnixStream::connect(path)?.read_to_string(&mut text)?;
    Ok(text)
}
