//! Out: IP packets of the adapter become sealed packets for a transport.

use core::net::{IpAddr, SocketAddr};

use ovpn_dco_uapi::Mode;

use super::Batch;
use crate::device::Device;
use crate::keys::{Framing, Key};
use crate::offload::ip::{self, Address, Fragment};
use crate::offload::mss;
use crate::offload::segment::{Request, SegmentError, Segmenter};
use crate::packet::MAX_SEAL_OVERHEAD;
use crate::peer::{Endpoint, EndpointState, Peer, Setup};
use crate::stats::{Direction, DropReason};
use crate::{Platform, TransportId, TransportProto};

/// Bytes that the output needs beyond each packet: OpenVPN's header, packet id and tag, and the length on a stream.
pub const MAX_OVERHEAD: usize = MAX_SEAL_OVERHEAD + Framing::Stream.prefix_len();

/// Headers of a packet that lies in several slices are gathered up to here, in bytes: room for IPv6 with extension
/// headers.
const GATHERED: usize = 192;

/// A batch of packets from the adapter, see [`Device::transmit`].
pub struct Transmit<'d, P: Platform> {
    batch: Batch<'d, P>,
    /// Where the client's own transport goes: packets to there must not enter the tunnel.
    own_remote: Option<(SocketAddr, u8)>,
}

/// One or more packets, sealed and ready for their transport.
///
/// A datagram socket sends `count` datagrams from `out[..len]`, each `segment` bytes long but the last, which may be
/// shorter. A stream takes `out[..len]` as it is: each packet has its length in front.
#[must_use = "sealed packets are to be sent"]
pub struct Sealed<'g, P: Platform> {
    /// The socket.
    pub transport: &'g P::Transport,
    /// Its id.
    pub id: TransportId,
    /// Where to; `None` for a socket with a fixed remote address.
    pub to: Option<SocketAddr>,
    /// Bytes of the output that are used.
    pub len: usize,
    /// Length of each packet, in bytes.
    pub segment: usize,
    /// Number of packets.
    pub count: usize,
}

/// A packet's way out.
struct Way<'g, P: Platform> {
    endpoint: &'g Endpoint<P>,
    peer: &'g Peer<P>,
    setup: &'g Setup<P>,
    key: &'g Key<P>,
    framing: Framing,
}

impl<'d, P: Platform> Transmit<'d, P> {
    pub(crate) fn new(device: &'d Device<P>) -> Self {
        let batch = Batch::new(device, Direction::Out);
        let own_remote = batch
            .view
            .only()
            .zip(batch.view.endpoint.as_ref())
            .map(|(peer, endpoint)| {
                let protocol = match endpoint.proto {
                    TransportProto::Udp => ip::UDP,
                    TransportProto::Tcp => ip::TCP,
                };
                (peer.remote.load(), protocol)
            });
        Self { batch, own_remote }
    }

    /// Seals one IP packet, given in one or more slices, into `out`, which is at least [`MAX_OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// The reason why the packet was dropped; it is counted.
    #[inline]
    pub fn packet(&self, packet: &[&[u8]], out: &mut [u8]) -> Result<Sealed<'_, P>, DropReason> {
        self.counted(self.seal_packet(packet, out))
    }

    /// Does what the stack left to be done (segmentation, checksum), and seals each resulting packet into `out`: one
    /// behind the other, each [`MAX_OVERHEAD`] bytes longer at most. All headers of the packet lie in its first slice.
    ///
    /// # Errors
    /// The reason why the packet was dropped, as a whole; it is counted once.
    pub fn super_packet(
        &self,
        packet: &[&[u8]],
        request: Request,
        out: &mut [u8],
    ) -> Result<Sealed<'_, P>, DropReason> {
        if request.is_none() {
            return self.packet(packet, out);
        }
        self.counted(self.seal_super_packet(packet, request, out))
    }

    #[inline]
    fn seal_packet(&self, packet: &[&[u8]], out: &mut [u8]) -> Result<Sealed<'_, P>, DropReason> {
        match packet {
            [whole] => self.seal_with_headers(whole, packet, out),
            slices => self.seal_slices(slices, out),
        }
    }

    /// Seals a packet whose headers may be spread over several slices.
    #[cold]
    fn seal_slices(&self, packet: &[&[u8]], out: &mut [u8]) -> Result<Sealed<'_, P>, DropReason> {
        let mut gathered = [0; GATHERED];
        let len = gather(packet, &mut gathered);
        self.seal_with_headers(gathered.get(..len).unwrap_or_default(), packet, out)
    }

    #[inline]
    fn seal_with_headers(
        &self,
        headers: &[u8],
        packet: &[&[u8]],
        out: &mut [u8],
    ) -> Result<Sealed<'_, P>, DropReason> {
        let total = length(packet);
        let ip = ip::Packet::parse_headers(headers, total).map_err(|_| DropReason::OutNotIp)?;
        if stated_length(headers, ip.version()) > total {
            return Err(DropReason::OutNotIp);
        }
        if total > self.batch.device.mtu() {
            return Err(DropReason::OutTooLarge);
        }
        let way = self.way(&ip)?;
        if way.setup.mss != 0 && is_syn(&ip) {
            let segments = Segmenter::new(packet, Request::NONE).map_err(segment_reason)?;
            return self.seal_clamped(&way, segments, out);
        }
        let (prefix, body) = out
            .split_at_mut_checked(way.framing.prefix_len())
            .ok_or(DropReason::OutBuffer)?;
        let link = way
            .key
            .seal(&self.batch.device.platform, self.batch.view.pin(), packet, body)?;
        way.framing.write(link, prefix)?;
        self.sent(&way, 1, link, total);
        let len = link.saturating_add(prefix.len());
        Ok(self.sealed(&way, len, len, 1))
    }

    fn seal_super_packet(
        &self,
        packet: &[&[u8]],
        request: Request,
        out: &mut [u8],
    ) -> Result<Sealed<'_, P>, DropReason> {
        let mut segments = Segmenter::new(packet, request).map_err(segment_reason)?;
        let headers = packet.first().copied().unwrap_or_default();
        let ip = ip::Packet::parse_headers(headers, length(packet)).map_err(|_| DropReason::OutNotIp)?;
        if segments
            .next_len()
            .is_none_or(|len| len > self.batch.device.mtu())
        {
            return Err(DropReason::OutTooLarge);
        }
        let way = self.way(&ip)?;
        // The segmenter refuses a SYN that is to be split, so this is a single packet.
        if way.setup.mss != 0 && is_syn(&ip) {
            return self.seal_clamped(&way, segments, out);
        }
        let (platform, pin) = (&self.batch.device.platform, self.batch.view.pin());
        let sealed = way
            .key
            .seal_segments(platform, pin, &mut segments, way.framing, out)?;
        let framing = way.framing.prefix_len().saturating_mul(sealed.count);
        let link = sealed.len.saturating_sub(framing);
        let overhead = way.key.format().overhead().saturating_mul(sealed.count);
        self.sent(&way, sealed.count, link, link.saturating_sub(overhead));
        Ok(self.sealed(&way, sealed.len, sealed.segment, sealed.count))
    }

    /// Copies a packet, lowers its MSS and seals it where it stands.
    #[cold]
    fn seal_clamped<'g>(
        &'g self,
        way: &Way<'g, P>,
        mut segments: Segmenter<'_>,
        out: &mut [u8],
    ) -> Result<Sealed<'g, P>, DropReason> {
        let format = way.key.format();
        let total = segments.next_len().ok_or(DropReason::OutBadSuperPacket)?;
        let link = total.saturating_add(format.overhead());
        let (prefix, body) = out
            .split_at_mut_checked(way.framing.prefix_len())
            .ok_or(DropReason::OutBuffer)?;
        let body = body.get_mut(..link).ok_or(DropReason::OutBuffer)?;
        let end = format.head().saturating_add(total);
        let plaintext = body.get_mut(format.head()..end).ok_or(DropReason::OutBuffer)?;
        segments
            .write_next(plaintext)
            .ok_or(DropReason::OutBadSuperPacket)?;
        mss::clamp(plaintext, way.setup.mss);
        let (platform, pin) = (&self.batch.device.platform, self.batch.view.pin());
        way.key.reserve(platform, pin, 1, total)?.seal_in_place(body)?;
        way.framing.write(link, prefix)?;
        self.sent(way, 1, link, total);
        let len = link.saturating_add(prefix.len());
        Ok(self.sealed(way, len, len, 1))
    }

    /// Finds out how a packet leaves.
    #[inline]
    fn way(&self, ip: &ip::Packet<'_>) -> Result<Way<'_, P>, DropReason> {
        let destination = address(ip.destination());
        if let Some((remote, protocol)) = self.own_remote
            && remote.ip() == destination
            && ip.protocol() == protocol
            && destination_port(ip) == Some(remote.port())
        {
            return Err(DropReason::OutRecursive);
        }
        let view = &self.batch.view;
        let peer = view.route(destination).ok_or(DropReason::OutNoPeer)?;
        let endpoint = view.endpoint.as_ref().ok_or(DropReason::OutNotConnected)?;
        if endpoint.state() != EndpointState::Up {
            return Err(DropReason::OutNotConnected);
        }
        let setup = peer.setup.read(view.pin()).ok_or(DropReason::OutNoPeer)?;
        let key = setup.keys.primary().ok_or(DropReason::OutNoKey)?;
        let framing = match endpoint.proto {
            TransportProto::Udp => Framing::Datagram,
            TransportProto::Tcp => Framing::Stream,
        };
        Ok(Way {
            endpoint,
            peer,
            setup,
            key,
            framing,
        })
    }

    #[inline]
    fn sent(&self, way: &Way<'_, P>, packets: usize, link: usize, vpn: usize) {
        way.peer.activity.sent(self.batch.now);
        self.batch.note(way.peer, packets, link, vpn);
    }

    #[inline]
    fn sealed<'g>(&'g self, way: &Way<'g, P>, len: usize, segment: usize, count: usize) -> Sealed<'g, P> {
        let to = match self.batch.view.mode() {
            Mode::PointToPoint => None,
            Mode::MultiPeer => Some(way.endpoint.destination(way.peer.remote.load())),
        };
        Sealed {
            transport: &way.endpoint.socket,
            id: way.endpoint.id,
            to,
            len,
            segment,
            count,
        }
    }

    #[inline]
    fn counted<T>(&self, result: Result<T, DropReason>) -> Result<T, DropReason> {
        result.inspect_err(|reason| self.batch.dropped(*reason))
    }
}

fn length(packet: &[&[u8]]) -> usize {
    packet
        .iter()
        .fold(0, |sum, slice| sum.saturating_add(slice.len()))
}

/// Copies as much of the packet as fits; returns how much that was.
fn gather(packet: &[&[u8]], out: &mut [u8]) -> usize {
    let mut len = 0usize;
    for slice in packet {
        let rest = out.get_mut(len..).unwrap_or_default();
        let part = slice.len().min(rest.len());
        if let (Some(to), Some(from)) = (rest.get_mut(..part), slice.get(..part)) {
            to.copy_from_slice(from);
        }
        len = len.saturating_add(part);
    }
    len
}

/// The length that the IP header states, in bytes; 0 if it is cut off.
#[inline]
fn stated_length(headers: &[u8], version: ip::Version) -> usize {
    let word = |at: usize| {
        headers
            .get(at..)
            .and_then(|rest| rest.first_chunk())
            .map_or(0, |b| u16::from_be_bytes(*b))
    };
    match version {
        ip::Version::V4 => word(2).into(),
        ip::Version::V6 => usize::from(word(4)).saturating_add(40),
    }
}

#[inline]
pub(super) fn address(address: Address<'_>) -> IpAddr {
    match address {
        Address::V4(octets) => IpAddr::from(*octets),
        Address::V6(octets) => IpAddr::from(*octets),
    }
}

fn destination_port(ip: &ip::Packet<'_>) -> Option<u16> {
    if ip.fragment() == Fragment::Later {
        return None;
    }
    ip.payload()
        .get(2..4)?
        .first_chunk()
        .map(|port| u16::from_be_bytes(*port))
}

/// Whether it is a TCP segment that may carry an MSS option.
#[inline]
fn is_syn(ip: &ip::Packet<'_>) -> bool {
    ip.protocol() == ip::TCP
        && ip
            .payload()
            .get(13)
            .is_some_and(|flags| flags & ip::tcp_flags::SYN != 0)
}

fn segment_reason(error: SegmentError) -> DropReason {
    match error {
        SegmentError::Ip(_) => DropReason::OutNotIp,
        SegmentError::Length => DropReason::OutTooLarge,
        _ => DropReason::OutBadSuperPacket,
    }
}
