//! What the engine needs from outside, as Windows has it.

use alloc::boxed::Box;
use core::ptr::NonNull;

use netcx_sys::netadaptercx::NETADAPTER;
use ovpn_dco_engine::sync::NoMemory;
use ovpn_dco_engine::{Cipher, CryptoError, Device, Event, Instant, Platform, TransportSpec};
use ovpn_dco_uapi::NtStatus;
use wdk_sys::ntddk::{KeGetCurrentProcessorNumberEx, KeQueryInterruptTimePrecise};

use crate::adapter;
use crate::crypto::Aead;
use crate::driver::Services;
use crate::lock::{SpinLock, WaitLock, sleep};
use crate::object::Link;
use crate::request::IoRequest;
use crate::rx_queue::ReceiveBuffers;
use crate::send::SendPool;
use crate::socket::{Socket, Transport};
use crate::trace;
use crate::tx_queue;

/// Interrupt time counts in units of 100 ns.
const TICKS_PER_MILLISECOND: u64 = 10_000;

/// One adapter's outside world: the driver's services, and the adapter's own pools.
pub(crate) struct Kernel {
    services: &'static Services,
    device: Link<Device<Kernel>>,
    /// The framework's adapter, once it is there.
    pub(crate) adapter: Link<netcx_sys::netadaptercx::NETADAPTER__>,
    /// Batches for packets from the adapter.
    pub(crate) data: Box<SendPool>,
    /// Batches for control packets and keepalives.
    pub(crate) control: Box<SendPool>,
    /// Buffers for packets to the adapter.
    pub(crate) receive: ReceiveBuffers,
}

impl Kernel {
    /// IRQL: PASSIVE_LEVEL.
    pub(crate) fn new(services: &'static Services) -> Result<Self, NoMemory> {
        Ok(Self {
            services,
            device: Link::new(),
            adapter: Link::new(),
            data: SendPool::data(tx_queue::wake)?,
            control: SendPool::control()?,
            receive: ReceiveBuffers::new()?,
        })
    }

    /// Tells the platform its device, once it is where it stays.
    pub(crate) fn attach(&self, device: NonNull<Device<Kernel>>) {
        self.device.set(device);
        self.data.attach(device);
        self.control.attach(device);
    }
}

impl Platform for Kernel {
    type Aead = Aead;
    type Request = IoRequest;
    type Transport = Transport;
    type SpinLock = SpinLock;
    type WaitLock = WaitLock;

    fn now(&self) -> Instant {
        let mut counter = 0;
        // Counts on while the machine sleeps: a peer that was silent meanwhile is silent.
        // SAFETY: the result is on the stack; any IRQL.
        let time = unsafe { KeQueryInterruptTimePrecise(&raw mut counter) };
        Instant(time.checked_div(TICKS_PER_MILLISECOND).unwrap_or(0))
    }

    fn lane(&self) -> usize {
        // SAFETY: no result but the return value is asked for; any IRQL.
        let number = unsafe { KeGetCurrentProcessorNumberEx(core::ptr::null_mut()) };
        number as usize
    }

    fn aead(&self, cipher: Cipher, key: &[u8]) -> Result<Self::Aead, CryptoError> {
        self.services.crypto.key(cipher, key)
    }

    fn open_transport(&self, spec: &TransportSpec) -> Result<Self::Transport, NtStatus> {
        let device = self.device.get().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
        Socket::open(spec, device, &self.services.wsk)
            .map(Transport::new)
            .map_err(NtStatus)
    }

    fn set_link(&self, up: bool) {
        if let Some(handle) = self.adapter.get() {
            let handle: NETADAPTER = handle.as_ptr();
            // SAFETY: the adapter exists while it is linked here.
            unsafe { adapter::set_link(handle, up) };
        }
    }

    fn complete(&self, request: Self::Request, status: NtStatus, information: usize) {
        request.complete(status, information);
    }

    fn relax(&self, round: u32) {
        // A batch takes microseconds; who is preempted takes longer.
        if round < 16 {
            for _ in 0..64 {
                core::hint::spin_loop();
            }
        } else {
            sleep(1);
        }
    }

    fn trace(&self, event: &Event) {
        trace::event(event);
    }
}
