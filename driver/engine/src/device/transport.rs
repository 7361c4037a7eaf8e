//! What sockets report, and control packets on their way out.

use ovpn_dco_uapi::{Mode, NtStatus, limits, split_sockaddr};

use super::Device;
use super::point_to_point::transport_status;
use crate::control::Packet;
use crate::io::End;
use crate::peer::EndpointState;
use crate::stats::{Direction, DropReason};
use crate::{Closed, Event, Platform, Transport, TransportId, TransportProto};

impl<P: Platform> Device<P> {
    /// A TCP connect has ended; the pended `NEW_PEER` completes. For a transport that is gone nothing happens.
    /// IRQL <= DISPATCH.
    pub fn transport_connected(&self, id: TransportId, result: Result<(), NtStatus>) {
        let status = result.map_or_else(transport_status, |()| NtStatus::SUCCESS);
        let request = {
            let view = self.view.pin(self.platform.lane());
            let Some(endpoint) = view.transport(id) else {
                return;
            };
            let mut io = self.io.lock();
            if endpoint.state() != EndpointState::Connecting {
                return;
            }
            let request = io.connected(id);
            if status.is_success() {
                endpoint.set_state(EndpointState::Up);
            } else {
                endpoint.set_state(EndpointState::Failed);
                io.forget(id);
            }
            request
        };
        self.platform.trace(&Event::Connected {
            transport: id,
            status,
        });
        if let Some(request) = request {
            self.platform.complete(request, status, 0);
        }
    }

    /// A stream is over. The next read learns it, after the control packets that came before. During a connect it
    /// is the end of the attempt. Nothing happens for datagram sockets and transports that are gone.
    /// IRQL <= DISPATCH.
    pub fn transport_closed(&self, id: TransportId, how: Closed) {
        let connecting = {
            let view = self.view.pin(self.platform.lane());
            view.transport(id)
                .is_some_and(|endpoint| endpoint.state() == EndpointState::Connecting)
        };
        if connecting {
            let status = match how {
                Closed::Graceful | Closed::Reset => NtStatus::CONNECTION_ABORTED,
                Closed::Failed(status) => status,
            };
            return self.transport_connected(id, Err(status));
        }
        self.end_stream(id, how);
    }

    /// Marks a connected stream as over; `false` if it was already, or is none.
    pub(crate) fn end_stream(&self, id: TransportId, how: Closed) -> bool {
        {
            let view = self.view.pin(self.platform.lane());
            let Some(endpoint) = view.transport(id).filter(|e| e.proto == TransportProto::Tcp) else {
                return false;
            };
            let mut io = self.io.lock();
            if endpoint.state() != EndpointState::Up {
                return false;
            }
            endpoint.set_state(EndpointState::Closed);
            io.end(id, End::Closed);
        }
        self.platform
            .trace(&Event::TransportClosed { transport: id, how });
        self.serve_reads();
        true
    }

    /// A control packet from user space is sent. `input` may change meanwhile: it is copied once. The request is
    /// completed before this returns, with the length of `input`. IRQL <= DISPATCH.
    pub fn write(&self, input: &[u8], request: P::Request) {
        match self.send_control(input) {
            Ok(()) => self.platform.complete(request, NtStatus::SUCCESS, input.len()),
            Err(status) => self.platform.complete(request, status, 0),
        }
    }

    fn send_control(&self, input: &[u8]) -> Result<(), NtStatus> {
        let lane = self.platform.lane();
        let view = self.view.pin(lane);
        let endpoint = view.endpoint.as_ref().ok_or(NtStatus::INVALID_DEVICE_STATE)?;
        let input =
            Packet::<{ limits::WRITE_BUFFER }>::copy_of(input).ok_or(NtStatus::INVALID_BUFFER_SIZE)?;
        let (to, packet) = match view.mode() {
            Mode::PointToPoint => (None, input.bytes()),
            Mode::MultiPeer => {
                let (to, packet) = split_sockaddr(input.bytes())?;
                (Some(endpoint.destination(to)), packet)
            }
        };
        if packet.is_empty() || packet.len() > limits::CONTROL_WRITE_MAX {
            return Err(NtStatus::INVALID_BUFFER_SIZE);
        }
        endpoint.writable()?;
        match endpoint.socket.send(packet, to) {
            Ok(()) => {
                self.stats.control(lane, Direction::Out);
                Ok(())
            }
            Err(status) => {
                self.stats.dropped(lane, DropReason::ControlOutSend);
                Err(transport_status(status))
            }
        }
    }
}
