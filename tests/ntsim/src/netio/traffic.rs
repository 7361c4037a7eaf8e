//! What sockets send and receive, for the report and for `ntsim inspect`.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::host::Transport;
use crate::report;

/// Numbers of one direction.
#[derive(Debug, Default)]
pub struct Direction {
    /// Datagrams, or pieces of a stream.
    units: AtomicU64,
    bytes: AtomicU64,
    /// Calls, or callbacks.
    calls: AtomicU64,
}

/// What a socket has sent and received.
#[derive(Debug, Default)]
pub struct Traffic {
    /// By calls of the client.
    pub sent: Direction,
    /// By callbacks and requests.
    pub received: Direction,
}

impl Direction {
    /// Counts one call with so many datagrams or pieces, and their bytes.
    pub fn count(&self, units: usize, bytes: usize) {
        self.units.fetch_add(units as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    fn numbers(&self) -> [u64; 3] {
        [&self.units, &self.bytes, &self.calls].map(|n| n.load(Ordering::Relaxed))
    }
}

impl Traffic {
    /// Adds the numbers to the report: the socket goes.
    pub(super) fn report(&self, transport: Transport) {
        let (name, unit) = match transport {
            Transport::Udp => ("udp", "datagrams"),
            Transport::Tcp => ("tcp", "pieces"),
        };
        for (direction, how) in [(&self.sent, "sent"), (&self.received, "received")] {
            let [units, bytes, calls] = direction.numbers();
            if calls > 0 {
                report::count(&format!("wsk {name}: {unit} {how}"), units);
                report::count(&format!("wsk {name}: bytes {how}"), bytes);
                report::count(&format!("wsk {name}: lists {how}"), calls);
            }
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([sent, out, _], [received, came, _]) = (self.sent.numbers(), self.received.numbers());
        write!(f, "sent {sent} ({out} bytes), received {received} ({came} bytes)")
    }
}
