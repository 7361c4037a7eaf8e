//! The way in: opened packets become super-packets and go to the TUN device.

use crate::tun::{Tun, VNET_HEADER};
use ovpn_dco_engine::Received;
use ovpn_dco_engine::offload::coalesce::{Coalescer, Delivery, Options};
use std::io::IoSlice;
use std::sync::Arc;

/// Flows that are gathered at a time.
const FLOWS: usize = 4;
/// The longest packet that is taken without offloads: an IP packet's limit.
const PLAIN_ROOM: usize = 1 << 16;

/// Writes what a receive thread opens; owned by that thread.
pub(crate) struct Deliver {
    tun: Arc<Tun>,
    room: Room,
}

enum Room {
    Coalesce(Box<Coalescer<Vec<u8>>>),
    Plain(Vec<u8>),
}

impl Deliver {
    pub(crate) fn new(tun: Arc<Tun>) -> Self {
        let options = Options {
            udp: tun.uso(),
            ..Options::default()
        };
        let memory = || vec![0; Coalescer::<Vec<u8>>::memory_len(FLOWS)];
        let room = match tun.offload().then(|| Coalescer::new(memory(), options)).flatten() {
            Some(coalescer) => Room::Coalesce(Box::new(coalescer)),
            None => Room::Plain(vec![0; PLAIN_ROOM]),
        };
        Self { tun, room }
    }

    /// Lets `open` write a packet to where it is gathered, and takes it over if it is one.
    pub(crate) fn open(&mut self, open: impl FnOnce(&mut [u8]) -> Received) {
        self.open_some(|out| Some(open(out)));
    }

    /// [`Self::open`] for a source that may have nothing: `false` then.
    pub(crate) fn open_some(&mut self, open: impl FnOnce(&mut [u8]) -> Option<Received>) -> bool {
        let tun = &*self.tun;
        match &mut self.room {
            Room::Coalesce(coalescer) => {
                let Some(received) = open(coalescer.room()) else {
                    return false;
                };
                if let Received::Deliver { len, .. } = received {
                    coalescer.commit(len, |out| write_delivery(tun, out));
                }
            }
            Room::Plain(out) => {
                let Some(received) = open(out) else { return false };
                if let Received::Deliver { len, .. } = received {
                    write(tun, out.get(..len).unwrap_or_default());
                }
            }
        }
        true
    }

    /// Writes what is still being gathered: at the end of a batch.
    pub(crate) fn flush(&mut self) {
        let tun = &*self.tun;
        if let Room::Coalesce(coalescer) = &mut self.room {
            coalescer.flush(|out| write_delivery(tun, out));
        }
    }
}

fn write_delivery(tun: &Tun, mut delivery: Delivery<'_>) {
    write(tun, delivery.with_vnet_header::<VNET_HEADER>());
}

/// A packet that the TUN device does not take (it is down, or its queue is full) is lost, as on a network card.
fn write(tun: &Tun, bytes: &[u8]) {
    if let Err(e) = tun.write(&[IoSlice::new(bytes)]) {
        tracing::trace!(error = %e, len = bytes.len(), "the TUN device refused a packet");
    }
}
