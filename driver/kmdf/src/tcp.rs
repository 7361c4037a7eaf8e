//! TCP: connecting, the stream that arrives, and the order in which pieces leave.

use alloc::vec::Vec;

use netcx_sys::wdm::IRP;
use netcx_sys::wsk::{
    WSK_CLIENT_CONNECTION_DISPATCH, WSK_DATA_INDICATION, WSK_EVENT_DISCONNECT, WSK_EVENT_RECEIVE,
    WSK_FLAG_ABORTIVE,
};
use ovpn_dco_engine::sync::{NoMemory, push_within_capacity, try_remove, try_with_capacity};
use ovpn_dco_engine::{Closed, DropReason, Receive, Received};
use ovpn_dco_uapi::NtStatus;
use wdk_sys::ntddk::IoCancelIrp;
use wdk_sys::{NTSTATUS, STATUS_CANCELLED, STATUS_SUCCESS};

use crate::irp::KEEP;
use crate::mdl::Pieces;
use crate::platform::Kernel;
use crate::rx_queue::Batch;
use crate::send::SendBatch;
use crate::socket::{Socket, dropped, wsk_call};

/// Callbacks of a connection socket.
pub(crate) static EVENTS: WSK_CLIENT_CONNECTION_DISPATCH = WSK_CLIENT_CONNECTION_DISPATCH {
    WskReceiveEvent: Some(evt_receive),
    WskDisconnectEvent: Some(evt_disconnect),
    WskSendBacklogEvent: None,
};

/// Pieces that wait while another processor is giving one to the stream. As many as there are batches at most.
const WAITING: usize = 128;

/// The order of a stream: pieces are given to the socket one after the other, and no lock is held meanwhile.
pub(crate) struct Turns {
    waiting: Vec<SendBatch>,
    /// Somebody gives pieces to the socket, and will take these too.
    busy: bool,
}

impl Turns {
    pub(crate) fn new() -> Result<Self, NoMemory> {
        Ok(Self {
            waiting: try_with_capacity(WAITING)?,
            busy: false,
        })
    }
}

/// Gives a batch to the stream behind all that came before. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn send(socket: &Socket, batch: SendBatch) {
    {
        let mut turns = socket.turns().lock();
        if let Err(batch) = push_within_capacity(&mut turns.waiting, batch) {
            // There are fewer batches than places; to grow here would be to allocate.
            drop(turns);
            drop(batch);
            return dropped(socket, DropReason::OutSend);
        }
        if turns.busy {
            return;
        }
        turns.busy = true;
    }
    loop {
        let next = {
            let mut turns = socket.turns().lock();
            let Some(next) = try_remove(&mut turns.waiting, 0) else {
                turns.busy = false;
                return;
            };
            next
        };
        socket.send_piece(next);
    }
}

/// Begins to connect. The end is reported to the engine, perhaps before this returns; an error means that it will not be. IRQL:
/// PASSIVE_LEVEL.
pub(crate) fn start(socket: &Socket) -> Result<(), NTSTATUS> {
    if socket.is_aborted() {
        return Err(STATUS_CANCELLED);
    }
    let context = core::ptr::from_ref(socket).cast_mut().cast();
    // SAFETY: the IRP is the socket's, used once; the socket lives until it is closed, and the close waits for the connect.
    unsafe { socket.connect.prepare(Some(connected), context) };
    let function = socket.connection().WskConnect;
    // SAFETY: the socket is bound; the address lies in the socket's box. The result comes through the IRP.
    let _ = unsafe {
        wsk_call!(
            function,
            (socket.handle(), socket.connect_to(), 0, socket.connect.as_ptr())
        )
    };
    // Whoever aborted meanwhile may have come before the call could be cancelled.
    if socket.is_aborted() {
        // SAFETY: the IRP lives as long as the socket; one that is complete is not harmed.
        unsafe { IoCancelIrp(socket.connect.as_ptr().cast()) };
    }
    Ok(())
}

/// `IO_COMPLETION_ROUTINE` of the connect. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn connected(
    _device: netcx_sys::wdm::PDEVICE_OBJECT,
    _irp: *mut IRP,
    context: *mut core::ffi::c_void,
) -> NTSTATUS {
    // SAFETY: the context is the socket, whose close waits for the connect.
    let socket = unsafe { &*context.cast_const().cast::<Socket>() };
    let (status, _) = socket.connect.result();
    let result = if wdk::nt_success(status) {
        socket.enable_events_unless_closing(WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)
    } else {
        Err(status)
    };
    socket
        .device()
        .transport_connected(socket.id, result.map_err(NtStatus));
    KEEP
}

/// Breaks a pending connect, or the stream. Does not wait. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn abort(socket: &Socket) {
    // A connect that is over is not harmed by it.
    // SAFETY: the IRP lives as long as the socket.
    unsafe { IoCancelIrp(socket.connect.as_ptr().cast()) };
    // SAFETY: the IRP is the socket's, used once: the engine's `abort` comes here once.
    unsafe {
        socket
            .disconnect
            .prepare(Some(disconnected), core::ptr::null_mut())
    };
    let function = socket.connection().WskDisconnect;
    // SAFETY: the socket is open, and its close waits for this call. Where there is no connection it fails, which is fine.
    let _ = unsafe {
        wsk_call!(
            function,
            (
                socket.handle(),
                core::ptr::null_mut(),
                WSK_FLAG_ABORTIVE,
                socket.disconnect.as_ptr()
            )
        )
    };
}

/// `IO_COMPLETION_ROUTINE` of the abortive disconnect. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn disconnected(
    _device: netcx_sys::wdm::PDEVICE_OBJECT,
    _irp: *mut IRP,
    _context: *mut core::ffi::c_void,
) -> NTSTATUS {
    KEEP
}

/// `WSK_RECEIVE_EVENT`. IRQL: <= DISPATCH_LEVEL. One at a time per socket.
unsafe extern "C" fn evt_receive(
    context: *mut core::ffi::c_void,
    _flags: u32,
    mut indication: *mut WSK_DATA_INDICATION,
    indicated: netcx_sys::scalar::SIZE_T,
    accepted: *mut netcx_sys::scalar::SIZE_T,
) -> NTSTATUS {
    // SAFETY: the context is the socket, which lives until its close is complete; no callback runs after that.
    let socket = unsafe { &*context.cast_const().cast::<Socket>() };
    let device = socket.device();
    if indication.is_null() {
        device.transport_closed(socket.id, Closed::Reset);
        return STATUS_SUCCESS;
    }
    let mut batch = Batch::new();
    let guard = device.receive();
    // SAFETY: WSK's list is intact until this callback returns.
    while let Some(data) = unsafe { indication.as_ref() } {
        if socket.is_aborted() {
            break;
        }
        // SAFETY: the indication is not released before the callback returns.
        for piece in unsafe { Pieces::new(&data.Buffer) } {
            match piece {
                Some(bytes) => take(socket, &guard, bytes, &mut batch),
                None => dropped(socket, DropReason::InBuffer),
            }
        }
        indication = data.Next;
    }
    drop(guard);
    device.dropped(DropReason::InNotUp, device.platform().receive.push(&mut batch));
    if !accepted.is_null() {
        // SAFETY: WSK's own variable.
        unsafe { *accepted = indicated };
    }
    STATUS_SUCCESS
}

/// Opens the packets of a piece of the stream. Bytes of a stream cannot be left out, so a packet without a buffer is opened
/// into the socket's spare one, and dropped then.
fn take(socket: &Socket, guard: &Receive<'_, Kernel>, mut bytes: &[u8], batch: &mut Batch) {
    let receive = &socket.device().platform().receive;
    loop {
        let pooled = receive.buffers().take();
        let is_spare = pooled.is_none();
        let Some(mut buffer) = pooled.or_else(|| socket.spare().lock().take()) else {
            // Only one callback runs at a time, and it puts the spare buffer back.
            return dropped(socket, DropReason::InPool);
        };
        let received = guard.stream(socket.id, &mut bytes, receive.buffers().bytes(&mut buffer));
        let delivered = matches!(received, Some(Received::Deliver { .. }));
        if is_spare {
            *socket.spare().lock() = Some(buffer);
            if delivered {
                dropped(socket, DropReason::InPool);
            }
        } else if let Some(Received::Deliver { len, version }) = received {
            batch.add(receive, buffer, len, version);
        } else {
            receive.buffers().give(buffer);
        }
        if received.is_none() {
            return;
        }
    }
}

/// `WSK_DISCONNECT_EVENT`. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn evt_disconnect(context: *mut core::ffi::c_void, flags: u32) -> NTSTATUS {
    // SAFETY: the context is the socket, which lives until its close is complete; no callback runs after that.
    let socket = unsafe { &*context.cast_const().cast::<Socket>() };
    let how = if flags & WSK_FLAG_ABORTIVE != 0 {
        Closed::Reset
    } else {
        Closed::Graceful
    };
    socket.device().transport_closed(socket.id, how);
    STATUS_SUCCESS
}
