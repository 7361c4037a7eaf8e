//! UDP: datagrams that arrive.

use netcx_sys::wsk::{
    SOCKADDR_INET, WSK_CLIENT_DATAGRAM_DISPATCH, WSK_DATAGRAM_INDICATION, WSK_EVENT_RECEIVE_FROM,
};
use ovpn_dco_engine::{DropReason, Receive, Received};
use wdk_sys::{NTSTATUS, STATUS_SUCCESS};

use crate::mdl::{self, Pieces};
use crate::platform::Kernel;
use crate::rx_queue::Batch;
use crate::socket::{Socket, dropped};

/// Callbacks of a datagram socket.
pub(crate) static EVENTS: WSK_CLIENT_DATAGRAM_DISPATCH = WSK_CLIENT_DATAGRAM_DISPATCH {
    WskReceiveFromEvent: Some(evt_receive_from),
};

/// From now on datagrams come. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn start(socket: &Socket) -> Result<(), NTSTATUS> {
    socket.enable_events(WSK_EVENT_RECEIVE_FROM)
}

/// `WSK_RECEIVE_FROM_EVENT`. IRQL: <= DISPATCH_LEVEL. May run on several processors at once for one socket.
///
/// Everything is done before it returns, so no indication is kept.
unsafe extern "C" fn evt_receive_from(
    context: *mut core::ffi::c_void,
    _flags: u32,
    mut indication: *mut WSK_DATAGRAM_INDICATION,
) -> NTSTATUS {
    // SAFETY: the context is the socket, which lives until its close is complete; no callback runs after that.
    let socket = unsafe { &*context.cast_const().cast::<Socket>() };
    let device = socket.device();
    let receive = &device.platform().receive;
    let mut batch = Batch::new();
    let guard = device.receive();
    // SAFETY: WSK's list is intact until this callback returns; null ends it (and says alone that the socket is dead, which the
    // keepalive finds out).
    while let Some(datagram) = unsafe { indication.as_ref() } {
        take(socket, &guard, datagram, &mut batch);
        indication = datagram.Next;
    }
    drop(guard);
    device.dropped(DropReason::InNotUp, receive.push(&mut batch));
    STATUS_SUCCESS
}

/// Opens one datagram, from where it lies straight into a receive buffer.
fn take(socket: &Socket, guard: &Receive<'_, Kernel>, datagram: &WSK_DATAGRAM_INDICATION, batch: &mut Batch) {
    let receive = &socket.device().platform().receive;
    // SAFETY: the indication is not released before the callback returns.
    let from = unsafe { SOCKADDR_INET::read(datagram.RemoteAddress) };
    let Some(mut buffer) = receive.buffers().take() else {
        return dropped(socket, DropReason::InPool);
    };
    // SAFETY: as above.
    let mut pieces = unsafe { Pieces::new(&datagram.Buffer) };
    let length = datagram.Buffer.Length;
    let out = receive.buffers().bytes(&mut buffer);
    let received = match pieces.next() {
        Some(Some(whole)) if whole.len() == length => guard.datagram(socket.id, from, whole, out),
        Some(Some(_)) => {
            // In several pieces: the rare case is copied.
            let Some(mut scratch) = receive.buffers().take() else {
                receive.buffers().give(buffer);
                return dropped(socket, DropReason::InPool);
            };
            // SAFETY: the indication is not released before the callback returns.
            let pieces = unsafe { Pieces::new(&datagram.Buffer) };
            let copy = receive.buffers().bytes(&mut scratch);
            let received = match mdl::gather(pieces, copy).and_then(|len| copy.get(..len)) {
                Some(packet) => guard.datagram(socket.id, from, packet, out),
                None => Received::Dropped(counted(socket)),
            };
            receive.buffers().give(scratch);
            received
        }
        // An empty one: the engine knows what to call it.
        None => guard.datagram(socket.id, from, &[], out),
        // Memory that could not be mapped.
        Some(None) => Received::Dropped(counted(socket)),
    };
    match received {
        Received::Deliver { len, version } => batch.add(receive, buffer, len, version),
        Received::Consumed | Received::Dropped(_) => receive.buffers().give(buffer),
    }
}

fn counted(socket: &Socket) -> DropReason {
    dropped(socket, DropReason::InBuffer);
    DropReason::InBuffer
}
