//! Receiving datagrams by request: `WskReceiveFrom`.

use std::sync::Arc;

use netcx_sys::wsk::{SOCKADDR, WSK_BUF};

use super::buffer::Buffer;
use super::category::Kind;
use super::datagram_receive;
use super::handles;
use super::queue::Queue;
use super::request::{Pace, Request};
use super::socket::{self, Socket};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, exports, violate};

exports! { "afd.sys";
    WskReceiveFrom: PASSIVE..=DISPATCH,
}

/// A pending `WskReceiveFrom`.
pub struct ReceiveFrom {
    request: Request,
    buffer: Buffer,
    remote: Guest<SOCKADDR>,
    control_length: Guest<u32>,
    control: Guest<u8>,
    flags: Guest<u32>,
}

/// The oldest receive that isn't being cancelled.
pub(super) fn take(socket: &Socket) -> Option<ReceiveFrom> {
    let mut state = socket.lock();
    let place = state.receives.iter().position(|r| r.request.clear_cancel())?;
    state.receives.remove(place)
}

impl ReceiveFrom {
    /// Completes with the next datagram.
    pub(super) fn fill(self, socket: &Socket, queue: &mut Queue) {
        let (batch, from, to) = queue.chain(1);
        let batch = Arc::clone(batch);
        let indication = batch.indication(from).read();
        let data = Buffer::from(indication.Buffer).gather();
        let room = self.buffer.length.min(data.len());
        self.buffer.scatter(0, &data[..room]);
        if !self.remote.is_null() {
            batch.address(from).write(self.remote);
        }
        if !self.control_length.is_null() {
            let room = self.control_length.read() as usize;
            let length = (indication.ControlInfoLength as usize).min(room);
            if !self.control.is_null() {
                self.control
                    .write_bytes(Guest::<u8>::at(indication.ControlInfo as usize).slice(length));
            }
            self.control_length.write(u32::try_from(length).unwrap_or(0));
        }
        self.flags.put(0);
        batch.give(to - from);
        queue.advance(to);
        let status = if room < data.len() {
            status::BUFFER_OVERFLOW
        } else {
            status::SUCCESS
        };
        socket.traffic.received.count(1, room);
        self.request.complete(status, room);
    }
}

/// `WskReceiveFrom`: receives one datagram. A pending one comes before the event.
///
/// | the caller promises                                     | else            |
/// |---------------------------------------------------------|-----------------|
/// | IRQL <= DISPATCH                                          | `irql`          |
/// | a bound datagram socket                                   | `wsk-state`, STATUS_INVALID_DEVICE_STATE |
/// | a buffer whose MDLs are as long as it says, flags 0         | `wsk-parameter`, `wsk-buffer` |
///
/// STATUS_BUFFER_OVERFLOW for a datagram that is longer than the buffer, STATUS_CANCELLED by `IoCancelIrp` or the close.
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskReceiveFrom(
    socket: usize,
    buffer: Guest<WSK_BUF>,
    flags: u32,
    remote: Guest<SOCKADDR>,
    control_length: Guest<u32>,
    control: Guest<u8>,
    control_flags: Guest<u32>,
    irp: Guest<Irp>,
) -> NtStatus {
    let (call, request) = match socket::begin("WskReceiveFrom", socket, &[Kind::Datagram], irp) {
        Ok(begun) => begun,
        Err(status) => return status,
    };
    let bad = if buffer.is_null() || flags != 0 {
        violate!(
            WSK_PARAMETER,
            "WskReceiveFrom without a buffer, or with flags {flags:#x}"
        );
        Some(status::INVALID_PARAMETER)
    } else if !call.is_bound() {
        violate!(WSK_STATE, "WskReceiveFrom on a socket that isn't bound");
        Some(status::INVALID_DEVICE_STATE)
    } else if !Buffer::from(buffer.read()).pieces(|_, _| {}) {
        Some(status::INVALID_PARAMETER)
    } else {
        None
    };
    let socket = Arc::clone(&call.0);
    drop(call);
    if let Some(status) = bad {
        return request.finish(status, 0, Pace::Control);
    }
    request.mark_pending();
    let receive = ReceiveFrom {
        request,
        buffer: buffer.read().into(),
        remote,
        control_length,
        control,
        flags: control_flags,
    };
    let cancelled = {
        let mut state = socket.lock();
        let armed = receive.request.set_cancel(cancel_receive, socket.handle());
        if armed {
            state.receives.push_back(receive);
            None
        } else {
            Some(receive)
        }
    };
    if let Some(receive) = cancelled {
        receive.request.complete(status::CANCELLED, 0);
        return status::PENDING;
    }
    datagram_receive::start_if_wanted(&socket);
    socket.changed.notify_all();
    status::PENDING
}

extern "win64" fn cancel_receive(_device: usize, irp: Guest<Irp>) {
    crate::ntoskrnl::irp::IoReleaseCancelSpinLock(at!(irp.cancel_irql).read());
    let Some(socket) = handles::find(at!(irp.driver_context).read()[0]) else {
        return;
    };
    let found = {
        let mut state = socket.lock();
        let place = state.receives.iter().position(|r| r.request.irp() == irp);
        place.and_then(|i| state.receives.remove(i))
    };
    if let Some(receive) = found {
        receive.request.complete(status::CANCELLED, 0);
    }
}

/// Cancels receives: the socket is being closed.
pub(super) fn cancel_all(socket: &Socket) {
    while let Some(receive) = take(socket) {
        receive.request.complete(status::CANCELLED, 0);
    }
}
