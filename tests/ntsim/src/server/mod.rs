//! The machine's devices, offered to other processes: what `ntsim run --listen` does.
//!
//! The protocol is that of the device socket (`PROTOCOL.md` of its crate): a connection is a process, and what it sends
//! are the calls of a Windows program. This module carries them to the I/O manager ([`crate::io`]); which paths exist, who
//! may open them and what requests end with is up to the machine and its driver.

mod backend;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use ovpn_dco_devsock::{DeviceServer, RunningServer, ServerError};

use crate::machine;
use crate::violate;
use backend::Devices;

/// Where to listen: a Unix socket's path, or `tcp:` and a loopback address with its port (0 for any).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A Unix socket.
    Unix(PathBuf),
    /// A loopback TCP port, for programs without Unix sockets (wine).
    Tcp(SocketAddr),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("tcp", address)) => address
                .parse()
                .map(Self::Tcp)
                .map_err(|e| format!("tcp:{address}: {e}; expected tcp:127.0.0.1:PORT")),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            _ => Ok(Self::Unix(text.into())),
        }
    }
}

/// The machine's devices as other processes find them. Ends with [`Offer::end`] or when dropped.
pub struct Offer {
    running: Option<RunningServer>,
}

/// Offers all devices at these places. `namespace` is the network namespace of the machine's adapters, as a path, if it
/// is not that of the programs that will connect.
///
/// Connecting by TCP takes the address with its secret. It is written to a file beside the Unix socket (`PATH.tcp`), or to
/// standard output where there is none.
///
/// # Errors
/// When a place can't be bound.
pub fn offer(listen: &[Listen], namespace: Option<String>) -> Result<Offer, ServerError> {
    let unix = listen.iter().find_map(|l| match l {
        Listen::Unix(path) => Some(path),
        Listen::Tcp(_) => None,
    });
    let mut server = DeviceServer::new("ntsim", Arc::new(Devices::new(namespace)));
    for place in listen.iter().filter(|l| matches!(l, Listen::Tcp(_))) {
        let Listen::Tcp(address) = place else { continue };
        server = match unix {
            Some(path) => server.tcp_announced(*address, format!("{}.tcp", path.display()))?,
            None => server.tcp(*address)?,
        };
    }
    // Last, so that who sees the socket finds the rest in place.
    for place in listen {
        if let Listen::Unix(path) = place {
            server = server.unix(path)?;
        }
    }
    let running = server.start()?;
    for address in running.addresses() {
        match unix {
            Some(_) => println!("the device is ready at {address}"),
            None => println!("the device is ready at {}", address.to_text()),
        }
    }
    Ok(Offer {
        running: Some(running),
    })
}

impl Offer {
    /// Takes no more calls, and closes all handles as if their processes had died.
    pub fn end(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        // On a stopped machine, or with a driver that hangs, there are threads that never come back.
        let patience = if machine::stopped() {
            Duration::from_secs(1)
        } else {
            backend::patience() + Duration::from_secs(5)
        };
        let (sender, ended) = mpsc::channel();
        let thread = std::thread::Builder::new().name("devsock-end".to_owned());
        let spawned = thread.spawn(move || {
            running.shutdown();
            // Nobody may be waiting any more.
            let _ = sender.send(());
        });
        let in_time = spawned.is_ok() && ended.recv_timeout(patience).is_ok();
        if !in_time && !machine::stopped() {
            violate!(HANG, "a call of a process never came back from the driver");
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.shut_down();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_to_listen_are_read_from_text() {
        let tcp = "127.0.0.1:7".parse().unwrap();
        for (text, place) in [
            ("/run/x", Listen::Unix("/run/x".into())),
            ("unix:x:y", Listen::Unix("x:y".into())),
            ("tcp:127.0.0.1:7", Listen::Tcp(tcp)),
        ] {
            assert_eq!(text.parse(), Ok(place));
        }
        assert!(
            "tcp:here"
                .parse::<Listen>()
                .unwrap_err()
                .contains("127.0.0.1:PORT")
        );
    }
}
