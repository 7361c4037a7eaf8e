//! In: packets of a transport become IP packets for the adapter, or control packets for user space.

use core::net::SocketAddr;

use ovpn_dco_uapi::{Mode, NtStatus, canonical};

use super::{Batch, address};
use crate::control::NotQueued;
use crate::device::Device;
use crate::io::Rejected;
use crate::offload::{ip, mss};
use crate::packet::{DataPacket, Incoming, Payload};
use crate::peer::{Endpoint, same_place};
use crate::stats::{Direction, DropReason};
use crate::{Closed, Platform, Transport, TransportId, TransportProto};

/// A batch of packets from transports, see [`Device::receive`].
pub struct Receive<'d, P: Platform> {
    batch: Batch<'d, P>,
}

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a packet to be delivered is lost otherwise"]
pub enum Received {
    /// An IP packet for the adapter: `out[..len]`. Its checksums are as the sender left them: nobody has checked them.
    Deliver {
        /// Its length in bytes.
        len: usize,
        /// Its version.
        version: ip::Version,
    },
    /// Nothing for the adapter: a control packet, now user space's, or a keepalive.
    Consumed,
    /// Dropped and counted.
    Dropped(DropReason),
}

/// What a packet turned out to be.
enum Taken {
    Deliver {
        len: usize,
        version: ip::Version,
    },
    Ping,
    /// Queued; reads that wait for it are to be served when no lock is held.
    Control,
}

impl<'d, P: Platform> Receive<'d, P> {
    pub(crate) fn new(device: &'d Device<P>) -> Self {
        Self {
            batch: Batch::new(device, Direction::In),
        }
    }

    /// Takes one datagram. `out` is as long as the datagram or longer; what is to be delivered is at its beginning.
    /// `from` is the sender, if the socket tells it; a server needs it.
    #[inline]
    pub fn datagram(
        &self,
        transport: TransportId,
        from: Option<SocketAddr>,
        packet: &[u8],
        out: &mut [u8],
    ) -> Received {
        let taken = match self.batch.view.transport(transport) {
            Some(endpoint) => self.take(endpoint, from, packet, out),
            None => Err(DropReason::InNoPeer),
        };
        self.received(taken)
    }

    /// Takes the next packet from stream bytes, off the front of `input`; `None` when all input is used up. `out` has at
    /// least [`STREAM_PACKET_MAX`](crate::limits::STREAM_PACKET_MAX) bytes. Call again until `None`.
    ///
    /// A stream whose framing is lost is ended: the connection is aborted, and the next read learns it.
    pub fn stream(&self, transport: TransportId, input: &mut &[u8], out: &mut [u8]) -> Option<Received> {
        let endpoint = self.batch.view.transport(transport);
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.proto == TransportProto::Tcp) else {
            *input = &[];
            return None;
        };
        let taken = {
            let mut stream = endpoint.stream.lock();
            match stream.next(input) {
                Ok(None) => return None,
                Ok(Some(packet)) => self.take(endpoint, None, packet, out),
                Err(_) => {
                    *input = &[];
                    Err(DropReason::InStreamFraming)
                }
            }
        };
        if taken
            .as_ref()
            .is_err_and(|reason| *reason == DropReason::InStreamFraming)
        {
            let first = self
                .batch
                .device
                .end_stream(transport, Closed::Failed(NtStatus::INVALID_MESSAGE));
            if !first {
                return None;
            }
            endpoint.socket.abort();
        }
        Some(self.received(taken))
    }

    #[inline]
    fn received(&self, taken: Result<Taken, DropReason>) -> Received {
        match taken {
            Ok(Taken::Deliver { len, version }) => Received::Deliver { len, version },
            Ok(Taken::Ping) => Received::Consumed,
            Ok(Taken::Control) => {
                self.batch.device.serve_reads();
                Received::Consumed
            }
            Err(reason) => {
                self.batch.dropped(reason);
                Received::Dropped(reason)
            }
        }
    }

    #[inline]
    fn take(
        &self,
        endpoint: &Endpoint<P>,
        from: Option<SocketAddr>,
        packet: &[u8],
        out: &mut [u8],
    ) -> Result<Taken, DropReason> {
        match Incoming::sort(packet)? {
            Incoming::Data(packet) => self.open(&packet, from, out),
            Incoming::Control(packet) => self.queue(endpoint, from, packet),
        }
    }

    #[inline]
    fn open(
        &self,
        packet: &DataPacket<'_>,
        from: Option<SocketAddr>,
        out: &mut [u8],
    ) -> Result<Taken, DropReason> {
        let (device, view) = (self.batch.device, &self.batch.view);
        let header = packet.header();
        let peer = view.peer(header.peer_id).ok_or(DropReason::InNoPeer)?;
        let setup = peer.setup.read(view.pin()).ok_or(DropReason::InNoPeer)?;
        let Some(key) = setup.keys.by_key_id(header.key_id) else {
            let none = setup.keys.is_empty();
            return Err(if none {
                DropReason::InNoKey
            } else {
                DropReason::InUnknownKeyId
            });
        };
        let len = key.open(&device.platform, view.pin(), self.batch.now, packet, out)?;

        // Authentic, and seen for the first time.
        peer.activity.received(self.batch.now);
        if view.mode() == Mode::MultiPeer
            && let Some(from) = from
            && !device.follow(peer, from)
        {
            return Err(DropReason::InFloatRefused);
        }
        let plaintext = out.get_mut(..len).ok_or(DropReason::InBuffer)?;
        let (len, version) = match Payload::of(plaintext)? {
            Payload::Ping => {
                self.batch.note(peer, 1, packet.len(), 0);
                return Ok(Taken::Ping);
            }
            Payload::Ip(ip) => {
                if !view.accepts_source(peer.id, address(ip.source())) {
                    return Err(DropReason::InSourceRefused);
                }
                (ip.total_len(), ip.version())
            }
        };
        if setup.mss != 0
            && let Some(ip) = plaintext.get_mut(..len)
        {
            mss::clamp(ip, setup.mss);
        }
        self.batch.note(peer, 1, packet.len(), len);
        Ok(Taken::Deliver { len, version })
    }

    fn queue(
        &self,
        endpoint: &Endpoint<P>,
        from: Option<SocketAddr>,
        packet: &[u8],
    ) -> Result<Taken, DropReason> {
        let (device, view) = (self.batch.device, &self.batch.view);
        let from = from.map(canonical);
        // A client has one server, and control packets carry no proof of where they come from.
        let stranger = view
            .only()
            .zip(from)
            .is_some_and(|(peer, from)| !same_place(peer.remote.load(), from));
        if stranger {
            return Err(DropReason::ControlInStranger);
        }
        let queued = device.io.lock().arrive(endpoint.id, packet, from);
        queued.map_err(|rejected| match rejected {
            Rejected::Stale => DropReason::ControlInNoReader,
            Rejected::NotQueued(NotQueued::TooLong) => DropReason::ControlInTooLarge,
            Rejected::NotQueued(NotQueued::Full) => DropReason::ControlInQueueFull,
        })?;
        device.stats.control(self.batch.lane, Direction::In);
        Ok(Taken::Control)
    }
}
