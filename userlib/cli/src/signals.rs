//! What the user wants of a running command: Ctrl-C ends it; on Unix, SIGUSR1 reconnects and SIGUSR2 renegotiates.

/// A wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// End cleanly.
    Stop,
    /// Begin a new connection.
    #[cfg_attr(windows, allow(dead_code, reason = "there is no signal for it"))]
    Reconnect,
    /// Negotiate another key.
    #[cfg_attr(windows, allow(dead_code, reason = "there is no signal for it"))]
    Renegotiate,
}

/// Calls `act` for each wish, on a thread of its own, until the process ends.
#[cfg(unix)]
pub(crate) fn listen(act: impl Fn(Wish) + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                act(match signal {
                    SIGUSR1 => Wish::Reconnect,
                    SIGUSR2 => Wish::Renegotiate,
                    _ => Wish::Stop,
                });
            }
        })?;
    Ok(())
}

/// Calls `act` when the user presses Ctrl-C or closes the console.
#[cfg(windows)]
pub(crate) fn listen(act: impl Fn(Wish) + Send + 'static) -> std::io::Result<()> {
    ctrlc::set_handler(move || act(Wish::Stop)).map_err(std::io::Error::other)
}
