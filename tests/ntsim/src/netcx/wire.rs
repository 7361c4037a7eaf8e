//! What an adapter is plugged into: a TUN device of the host, or memory that tests fill and look at.
//!
//! Frames carry a virtio-net header (`struct virtio_net_hdr`, 10 bytes): the host's kernel hands over TCP and UDP
//! super-packets unsegmented and with partial checksums, and takes coalesced ones back (`TUNSETOFFLOAD`).

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use super::signal::EventFd;
use super::tun::Tun;
use crate::machine;

/// What the machine's adapters are plugged into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// TUN devices of the network namespace that the process is in; this one is named so, else `ntsim0` and on.
    Tun(Option<String>),
    /// Memory: see [`Medium`].
    Memory,
}

/// The network of [`Network::Memory`]: packets are IP packets behind a virtio-net header.
#[derive(Debug)]
pub struct Medium {
    /// What the adapter transmits next.
    outbound: Mutex<VecDeque<Vec<u8>>>,
    /// What it has received.
    inbound: Mutex<Vec<Vec<u8>>>,
    /// Readable while there is something outbound.
    ready: EventFd,
    carrier: AtomicBool,
    mtu: AtomicU32,
}

static MEDIUM: Mutex<Option<Arc<Medium>>> = Mutex::new(None);

/// The medium of the adapter that is plugged into memory, while there is one.
#[must_use]
pub fn medium() -> Option<Arc<Medium>> {
    MEDIUM.lock().clone()
}

impl Medium {
    fn new(mtu: u32) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            outbound: Mutex::default(),
            inbound: Mutex::default(),
            ready: EventFd::new()?,
            carrier: AtomicBool::new(false),
            mtu: AtomicU32::new(mtu),
        }))
    }

    /// Gives the adapter a frame to transmit: a virtio-net header and an IP packet.
    pub fn transmit(&self, frame: Vec<u8>) {
        self.outbound.lock().push_back(frame);
        self.ready.set();
    }

    /// Takes what the adapter has received, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.inbound.lock())
    }

    /// Whether the link is up.
    #[must_use]
    pub fn carrier(&self) -> bool {
        self.carrier.load(Ordering::Acquire)
    }

    /// The MTU.
    #[must_use]
    pub fn mtu(&self) -> u32 {
        self.mtu.load(Ordering::Acquire)
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut queue = self.outbound.lock();
        let Some(frame) = queue.pop_front() else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        if queue.is_empty() {
            self.ready.clear();
        }
        let len = frame.len().min(buffer.len());
        buffer[..len].copy_from_slice(&frame[..len]);
        Ok(len)
    }

    fn write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let frame: Vec<u8> = pieces.iter().flat_map(|p| p.iter().copied()).collect();
        let len = frame.len();
        self.inbound.lock().push(frame);
        Ok(len)
    }
}

/// The adapter's end.
pub(super) enum Wire {
    /// A TUN device.
    Tun(Tun),
    /// Memory.
    Memory(Arc<Medium>),
}

impl Wire {
    /// Plugs an adapter in, with its carrier off.
    pub(super) fn open(mtu: u32) -> io::Result<Self> {
        let wire = match machine::with_config(|c| c.network.clone()) {
            Network::Tun(name) => Self::Tun(Tun::open(name.as_deref())?),
            Network::Memory => {
                let medium = Medium::new(mtu)?;
                *MEDIUM.lock() = Some(Arc::clone(&medium));
                Self::Memory(medium)
            }
        };
        wire.set_carrier(false);
        wire.set_mtu(mtu);
        Ok(wire)
    }

    /// The host's name for it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tun(tun) => tun.name(),
            Self::Memory(_) => "memory",
        }
    }

    pub(super) fn set_carrier(&self, up: bool) {
        match self {
            Self::Tun(tun) => {
                if let Err(error) = tun.set_carrier(up) {
                    eprintln!("ntsim: carrier of {}: {error}", tun.name());
                }
            }
            Self::Memory(medium) => medium.carrier.store(up, Ordering::Release),
        }
    }

    pub(super) fn set_mtu(&self, mtu: u32) {
        match self {
            Self::Tun(tun) => {
                if let Err(error) = tun.set_mtu(mtu) {
                    eprintln!("ntsim: MTU of {}: {error}", tun.name());
                }
            }
            Self::Memory(medium) => medium.mtu.store(mtu, Ordering::Release),
        }
    }

    /// Whether the host hands over and takes UDP super-packets.
    pub(super) fn takes_udp_super_packets(&self) -> bool {
        match self {
            Self::Tun(tun) => tun.uso(),
            Self::Memory(_) => true,
        }
    }

    /// Reads one frame; `WouldBlock` when there is none.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tun(tun) => tun.read(buffer),
            Self::Memory(medium) => medium.read(buffer),
        }
    }

    /// Writes one frame that lies in several pieces.
    pub(super) fn write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tun(tun) => tun.write(pieces),
            Self::Memory(medium) => medium.write(pieces),
        }
    }

    /// Readable while there is a frame.
    pub(super) fn descriptor(&self) -> RawFd {
        match self {
            Self::Tun(tun) => tun.as_raw_fd(),
            Self::Memory(medium) => medium.ready.as_raw_fd(),
        }
    }
}

pub(super) fn reset() {
    *MEDIUM.lock() = None;
}
