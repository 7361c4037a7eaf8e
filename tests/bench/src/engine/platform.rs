//! The least of a [`Platform`]: AES by AWS-LC, and a socket that sends nowhere.

use ovpn_dco_engine::{
    Cipher, CryptoError, Event, Instant, Platform, Request, RequestId, Transport, TransportSpec,
};
use ovpn_dco_provider::{AwsLcAead, SpinLock};
use ovpn_dco_uapi::NtStatus;
use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

pub(super) struct Bench {
    start: std::time::Instant,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            start: std::time::Instant::now(),
        }
    }
}

/// A request that reports its status to whoever waits.
pub(super) struct Call {
    pub(super) output: Vec<u8>,
    pub(super) done: Sender<NtStatus>,
}

pub(super) struct Nowhere;

impl Request for Call {
    fn id(&self) -> RequestId {
        RequestId(0)
    }

    fn output(&mut self) -> &mut [u8] {
        &mut self.output
    }

    fn pend(&mut self) -> bool {
        true
    }
}

impl Transport for Nowhere {
    fn start(&self) -> Result<(), NtStatus> {
        Ok(())
    }

    fn send(&self, _packet: &[u8], _to: Option<SocketAddr>) -> Result<(), NtStatus> {
        Ok(())
    }

    fn abort(&self) {}

    fn local_addr(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 1194).into()
    }
}

impl Platform for Bench {
    type Aead = AwsLcAead;
    type Request = Call;
    type Transport = Nowhere;
    type SpinLock = SpinLock;
    type WaitLock = SpinLock;

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn lane(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static LANE: Cell<Option<usize>> = const { Cell::new(None) });
        LANE.with(|lane| {
            let number = lane.get().unwrap_or_else(|| NEXT.fetch_add(1, Ordering::Relaxed));
            lane.set(Some(number));
            number
        })
    }

    fn aead(&self, cipher: Cipher, key: &[u8]) -> Result<AwsLcAead, CryptoError> {
        AwsLcAead::new(cipher, key)
    }

    fn open_transport(&self, _spec: &TransportSpec) -> Result<Nowhere, NtStatus> {
        Ok(Nowhere)
    }

    fn set_link(&self, _up: bool) {}

    fn complete(&self, request: Call, status: NtStatus, _information: usize) {
        // Nobody waits for a request that the bench has given up.
        let _ = request.done.send(status);
    }

    fn relax(&self, _round: u32) {
        std::thread::sleep(Duration::from_micros(50));
    }

    fn trace(&self, _event: &Event) {}
}
