//! Keeps a command's [`Status`] up to date: once a second it reads the driver's counters, offers the status to `show` and
//! rewrites the live line.

use crate::ipc::Offer;
use crate::output::Output;
use crate::status::{Counters, Rate, Status};
use ovpn_dco_uapi::Stats;
use ovpn_dco_userlib::device::Device;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(1);

/// What the monitor and its owner share.
struct Shared {
    status: Status,
    since: Instant,
}

/// A running monitor. Dropping it ends it.
pub(crate) struct Monitor {
    shared: Arc<Mutex<Shared>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Starts to watch `device`. That nobody can be offered the status (no writable folder) is no reason to fail.
    pub(crate) fn start(device: Device, status: Status, output: Output) -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            status: status.clone(),
            since: Instant::now(),
        }));
        let offer = Offer::new(status).inspect_err(|error| {
            tracing::warn!(%error, "`show` will not find this client");
        });
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("monitor".into()).spawn({
            let shared = shared.clone();
            move || {
                let mut watch = Watch {
                    device,
                    output,
                    offer: offer.ok(),
                    last: None,
                };
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    watch.round(&shared);
                }
            }
        });
        Self {
            shared,
            stop: Some(stop),
            thread: thread.ok(),
        }
    }

    /// Changes the status. `state` begins anew if it is another one.
    pub(crate) fn update(&self, change: impl FnOnce(&mut Status)) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let before = shared.status.state.clone();
        change(&mut shared.status);
        if shared.status.state != before {
            shared.since = Instant::now();
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The monitor's thread.
struct Watch {
    device: Device,
    output: Output,
    offer: Option<Offer>,
    last: Option<(Instant, Counters)>,
}

impl Watch {
    fn round(&mut self, shared: &Mutex<Shared>) {
        let now = Instant::now();
        // Between two connections there may be nothing to count; the last numbers stay then.
        let counters = self.device.stats().ok().map(|stats| counters(&stats));
        let status = {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.status.seconds = shared.since.elapsed().as_secs();
            if let Some(counters) = counters {
                shared.status.rate = self
                    .last
                    .map(|(then, before)| Rate::between(&before, &counters, (now - then).as_secs_f64()));
                shared.status.counters = Some(counters);
                self.last = Some((now, counters));
            }
            shared.status.clone()
        };
        self.output.status(&status.line());
        if let Some(offer) = &self.offer {
            offer.set(status);
        }
    }
}

/// The driver's counters without their signs: they are counts that the interface declares as signed.
fn counters(stats: &Stats) -> Counters {
    let count = |value: i32| u64::from(u32::from_ne_bytes(value.to_ne_bytes()));
    let bytes = |value: i64| u64::try_from(value).unwrap_or(0);
    Counters {
        received_data: count(stats.received_data_packets),
        sent_data: count(stats.sent_data_packets),
        received_control: count(stats.received_control_packets),
        sent_control: count(stats.sent_control_packets),
        lost_in_data: count(stats.lost_in_data_packets),
        lost_out_data: count(stats.lost_out_data_packets),
        lost_in_control: count(stats.lost_in_control_packets),
        lost_out_control: count(stats.lost_out_control_packets),
        transport_received: bytes(stats.transport_bytes_received),
        transport_sent: bytes(stats.transport_bytes_sent),
        tunnel_received: bytes(stats.tun_bytes_received),
        tunnel_sent: bytes(stats.tun_bytes_sent),
    }
}
