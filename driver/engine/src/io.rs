//! What reads, notifications and arriving control packets meet in: the state under the I/O spin lock.
//!
//! "Is there a packet?" and "park the read" are one step here, and so are "is there a read?" and "queue the
//! packet": neither side can miss the other. Nothing in this module completes a request. It hands out
//! [`Completion`]s, which the device passes on after it has released the lock.

use core::net::SocketAddr;

use ovpn_dco_uapi::{NotifyEvent, NtStatus, PeerId, put_sockaddr, write_output};

use crate::control::{ControlQueue, NotQueued};
use crate::events::Events;
use crate::pend::{Condemned, Pended, Refused};
use crate::{Request, RequestId, TransportId};

/// A request that has left the engine's queues, and how it ends.
#[must_use = "a request that is not completed hangs its caller"]
pub(crate) struct Completion<R> {
    pub(crate) request: R,
    pub(crate) status: NtStatus,
    pub(crate) information: usize,
}

impl<R> Completion<R> {
    pub(crate) fn new(request: R, status: NtStatus) -> Self {
        Self {
            request,
            status,
            information: 0,
        }
    }
}

impl<R> From<Refused<R>> for Completion<R> {
    fn from(refused: Refused<R>) -> Self {
        Self::new(refused.request, refused.status)
    }
}

/// How a connection ended; reads learn it after the packets that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing was received for the keepalive timeout. Said once.
    Expired,
    /// The stream is over, or can't be understood any more. Said to every read until the peer goes.
    Closed,
}

impl End {
    fn status(self) -> NtStatus {
        match self {
            Self::Expired => NtStatus::CONNECTION_DISCONNECTED,
            Self::Closed => NtStatus::CONNECTION_ABORTED,
        }
    }
}

/// Why a control packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// Its transport is not the present one.
    Stale,
    /// See [`NotQueued`].
    NotQueued(NotQueued),
}

/// The pended requests of one moment, on their way out.
pub(crate) struct Leaving {
    reads: Condemned,
    waits: Option<Condemned>,
}

/// State under the I/O lock.
pub(crate) struct Io<R> {
    /// A handle is open.
    open: bool,
    /// The transport whose control packets are for the open handle.
    transport: Option<TransportId>,
    /// Multipeer mode: the sender's address stands in front of each packet.
    addressed: bool,
    packets: ControlQueue,
    reads: Pended<R>,
    end: Option<End>,
    pub(crate) events: Events,
    /// Pended `NOTIFY_EVENT`.
    waits: Pended<R>,
    /// Pended `NEW_PEER`, and the transport that is connecting for it.
    connect: Option<(TransportId, R)>,
}

impl<R: Request> Io<R> {
    pub(crate) fn new(packets: usize, requests: usize) -> Result<Self, NtStatus> {
        Ok(Self {
            open: false,
            transport: None,
            addressed: false,
            packets: ControlQueue::new(packets)?,
            reads: Pended::new(requests)?,
            end: None,
            events: Events::new(),
            waits: Pended::new(requests)?,
            connect: None,
        })
    }

    /// A handle was opened.
    pub(crate) fn open(&mut self) {
        self.open = true;
    }

    /// A transport of a new peer or server begins: its packets are taken from now on.
    pub(crate) fn attach(&mut self, transport: TransportId, addressed: bool) {
        self.transport = Some(transport);
        self.addressed = addressed;
        self.end = None;
    }

    /// The peer (or the server's socket) goes: its packets, its end, and all that waits for them. The caller then
    /// fetches the requests with [`Io::next_leaving`]. `closing`: the handle is closed, too.
    pub(crate) fn detach(&mut self, closing: bool) -> Leaving {
        self.transport = None;
        self.addressed = false;
        self.packets.clear();
        self.end = None;
        if closing {
            self.open = false;
            self.events.clear();
        }
        Leaving {
            reads: self.reads.condemn(),
            waits: closing.then(|| self.waits.condemn()),
        }
    }

    /// One of the requests that [`Io::detach`] condemned.
    pub(crate) fn next_leaving(&mut self, leaving: &Leaving) -> Option<Completion<R>> {
        let read = self.reads.take_condemned(leaving.reads);
        let request = read.or_else(|| self.waits.take_condemned(leaving.waits?))?;
        Some(Completion::new(request, NtStatus::CANCELLED))
    }

    /// A read arrives: it is parked, or its end comes back.
    pub(crate) fn read(&mut self, request: R) -> Option<Completion<R>> {
        if !self.open {
            return Some(Completion::new(request, NtStatus::INVALID_DEVICE_STATE));
        }
        if self.has_news() && !self.reads.is_waiting() {
            return Some(self.answer(request));
        }
        self.reads.park(request).err().map(Completion::from)
    }

    /// A control packet arrives. The caller then completes what [`Io::next_read`] gives.
    pub(crate) fn arrive(
        &mut self,
        transport: TransportId,
        packet: &[u8],
        from: Option<SocketAddr>,
    ) -> Result<(), Rejected> {
        if self.transport != Some(transport) {
            return Err(Rejected::Stale);
        }
        self.packets.push(packet, from).map_err(Rejected::NotQueued)
    }

    /// The connection ended; an end that is known already stays. The caller then completes what [`Io::next_read`]
    /// gives.
    pub(crate) fn end(&mut self, transport: TransportId, end: End) {
        if self.transport == Some(transport) && self.end != Some(End::Closed) {
            self.end = Some(end);
        }
    }

    /// The oldest parked read, if there is something for it.
    pub(crate) fn next_read(&mut self) -> Option<Completion<R>> {
        if !self.has_news() {
            return None;
        }
        let request = self.reads.take()?;
        Some(self.answer(request))
    }

    /// A `NOTIFY_EVENT` arrives: it is parked, or its end comes back.
    pub(crate) fn wait(&mut self, mut request: R) -> Option<Completion<R>> {
        if !self.open {
            return Some(Completion::new(request, NtStatus::INVALID_DEVICE_STATE));
        }
        if request.output().len() < size_of::<NotifyEvent>() {
            return Some(Completion::new(request, NtStatus::BUFFER_TOO_SMALL));
        }
        self.events.asked();
        if self.events.front().is_some() && !self.waits.is_waiting() {
            return Some(self.tell(request));
        }
        self.waits.park(request).err().map(Completion::from)
    }

    /// The oldest parked `NOTIFY_EVENT`, if there is an event for it.
    pub(crate) fn next_wait(&mut self) -> Option<Completion<R>> {
        self.events.front()?;
        let request = self.waits.take()?;
        Some(self.tell(request))
    }

    /// Keeps the `NEW_PEER` request for `transport` until [`Io::connected`], unless it was cancelled.
    pub(crate) fn connecting(&mut self, transport: TransportId, mut request: R) -> Option<Completion<R>> {
        if !request.pend() {
            return Some(Completion::new(request, NtStatus::CANCELLED));
        }
        self.connect = Some((transport, request));
        None
    }

    /// The `NEW_PEER` request that waits for `transport`.
    pub(crate) fn connected(&mut self, transport: TransportId) -> Option<R> {
        self.connect
            .take_if(|(id, _)| *id == transport)
            .map(|(_, request)| request)
    }

    /// Takes a pended request out by its id. For `NEW_PEER` with the transport that is to be given up.
    pub(crate) fn cancel(&mut self, id: RequestId) -> Option<(R, Option<TransportId>)> {
        if let Some((transport, request)) = self.connect.take_if(|(_, request)| request.id() == id) {
            return Some((request, Some(transport)));
        }
        let request = self.reads.cancel(id).or_else(|| self.waits.cancel(id))?;
        Some((request, None))
    }

    /// The pended `NEW_PEER`, whatever it waits for.
    pub(crate) fn give_up_connect(&mut self) -> Option<R> {
        self.connect.take().map(|(_, request)| request)
    }

    /// A transport is of no use any more, without an end that reads should learn.
    pub(crate) fn forget(&mut self, transport: TransportId) {
        if self.transport == Some(transport) {
            self.transport = None;
            self.packets.clear();
            self.end = None;
        }
    }

    /// Whether calls that name `peer` are to be answered as if it were there; see [`Events::expired_unnoticed`].
    pub(crate) fn expired_unnoticed(&self, peer: PeerId) -> bool {
        self.events.expired_unnoticed(peer)
    }

    fn has_news(&self) -> bool {
        self.end.is_some() || self.packets.front().is_some()
    }

    /// Ends a read with the next packet or, after the last, with the end of the connection. A packet that is larger
    /// than the read's buffer stays.
    fn answer(&mut self, mut request: R) -> Completion<R> {
        let Some((packet, from)) = self.packets.front() else {
            let status = self.end.map_or(NtStatus::UNSUCCESSFUL, End::status);
            self.end.take_if(|end| *end == End::Expired);
            return Completion::new(request, status);
        };
        match copy_out(packet, from.filter(|_| self.addressed), request.output()) {
            Ok(information) => {
                self.packets.pop();
                Completion {
                    request,
                    status: NtStatus::SUCCESS,
                    information,
                }
            }
            Err(status) => Completion::new(request, status),
        }
    }

    fn tell(&mut self, mut request: R) -> Completion<R> {
        let event = self.events.front().map(NotifyEvent::from);
        match event.map(|event| write_output(&event, request.output())) {
            Some(Ok(information)) => {
                self.events.pop();
                Completion {
                    request,
                    status: NtStatus::SUCCESS,
                    information,
                }
            }
            _ => Completion::new(request, NtStatus::BUFFER_TOO_SMALL),
        }
    }
}

/// Writes a control packet as a read returns it; returns its length.
fn copy_out(packet: &[u8], from: Option<SocketAddr>, output: &mut [u8]) -> Result<usize, NtStatus> {
    let head = match from {
        Some(from) => put_sockaddr(from, output)?,
        None => 0,
    };
    let room = output
        .get_mut(head..)
        .and_then(|room| room.get_mut(..packet.len()));
    room.ok_or(NtStatus::BUFFER_TOO_SMALL)?.copy_from_slice(packet);
    Ok(head.saturating_add(packet.len()))
}
