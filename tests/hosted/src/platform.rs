//! The engine's [`Platform`] over Linux sockets, a TUN device and aws-lc.

use crate::device::Pended;

use crate::lock::Mutex;
use crate::transport::Transport;
use crate::tun::Tun;
use ovpn_dco_engine::{Cipher, CryptoError, Device, Event, Instant, Platform, TransportSpec};
use ovpn_dco_provider::AwsLcAead;
use ovpn_dco_uapi::NtStatus;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

/// What can be switched off for comparison. All on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offloads {
    /// Super-packets and partial checksums through the TUN device, both ways.
    pub tun: bool,
    /// `UDP_SEGMENT` on the socket.
    pub gso: bool,
    /// `UDP_GRO` on the socket.
    pub gro: bool,
}

impl Offloads {
    /// Everything on.
    pub const ALL: Self = Self {
        tun: true,
        gso: true,
        gro: true,
    };
    /// Packet by packet.
    pub const NONE: Self = Self {
        tun: false,
        gso: false,
        gro: false,
    };
}

/// The outside world of one hosted device.
pub struct Hosted {
    pub(crate) tun: Arc<Tun>,
    pub(crate) offloads: Offloads,

    start: std::time::Instant,
    /// The device that this is the platform of; the receive threads call it.
    device: OnceLock<Weak<Device<Self>>>,
}

impl Hosted {
    pub(crate) fn new(tun: Arc<Tun>, offloads: Offloads) -> Self {
        Self {
            tun,
            offloads,
            start: std::time::Instant::now(),
            device: OnceLock::new(),
        }
    }

    /// Tells the platform its device, once, before the first call.
    pub(crate) fn attach(&self, device: &Arc<Device<Self>>) {
        self.device.get_or_init(|| Arc::downgrade(device));
    }
}

/// A number per thread, handed out in the order of first use.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) });
    NUMBER.with(|number| {
        if number.get() == usize::MAX {
            number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        number.get()
    })
}

impl Platform for Hosted {
    type Aead = AwsLcAead;
    type Request = Pended;
    type Transport = Transport;
    type SpinLock = Mutex;
    type WaitLock = Mutex;

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn lane(&self) -> usize {
        thread_number()
    }

    fn aead(&self, cipher: Cipher, key: &[u8]) -> Result<Self::Aead, CryptoError> {
        AwsLcAead::new(cipher, key)
    }

    fn open_transport(&self, spec: &TransportSpec) -> Result<Self::Transport, NtStatus> {
        let device = self.device.get().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
        Transport::open(spec, device.clone(), &self.tun, self.offloads)
    }

    fn set_link(&self, up: bool) {
        if let Err(e) = self.tun.set_carrier(up) {
            tracing::debug!(up, error = %e, "the TUN device keeps its carrier");
        }
    }

    fn complete(&self, request: Self::Request, status: NtStatus, information: usize) {
        request.complete(status, information);
    }

    fn relax(&self, round: u32) {
        if round < 32 {
            std::thread::yield_now();
        } else {
            std::thread::sleep(Duration::from_micros(50));
        }
    }

    fn trace(&self, event: &Event) {
        tracing::debug!(?event);
    }
}
