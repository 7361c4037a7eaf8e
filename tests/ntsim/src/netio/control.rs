//! `WskControlSocket`: options, ioctls, and which events a socket gets.

use netcx_sys::wdm::GUID;
use netcx_sys::wsk::{
    NPI_WSK_INTERFACE_ID, SIO_UDP_CONNRESET, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, SIO_WSK_QUERY_RECEIVE_BACKLOG,
    SIO_WSK_SET_REMOTE_ADDRESS, SIO_WSK_SET_SENDTO_ADDRESS, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
    WSK_EVENT_ACCEPT, WSK_EVENT_CALLBACK_CONTROL, WSK_EVENT_DISABLE, WSK_EVENT_DISCONNECT, WSK_EVENT_RECEIVE,
    WSK_EVENT_RECEIVE_FROM, WSK_EVENT_SEND_BACKLOG,
};

use super::category::{ALL, Kind};
use super::request::{Pace, Request};
use super::socket::{self, Call};
use super::{datagram_receive, handles, host, option, stream_receive};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{exports, report, violate};

exports! { "afd.sys";
    WskControlSocket: PASSIVE..=DISPATCH,
}

const SET_OPTION: i32 = 0;
const GET_OPTION: i32 = 1;
const IOCTL: i32 = 2;

/// Input and output of a call.
struct Buffers {
    input: Guest<u8>,
    input_size: usize,
    output: Guest<u8>,
    output_size: usize,
    returned: Guest<usize>,
}

/// `WskControlSocket`.
///
/// | the caller promises                                                        | else            |
/// |----------------------------------------------------------------------------|-----------------|
/// | IRQL <= DISPATCH                                                             | `irql`          |
/// | an IRP, but none to enable events                                            | `wsk-parameter`, `wsk-event` |
/// | events are of the socket's category, and it has callbacks for them            | `wsk-event`     |
/// | events are enabled on a bound (datagram) or connected (stream) socket         | `wsk-event`, STATUS_INVALID_DEVICE_STATE |
/// | one event at a time is disabled, and none of the static ones                  | `wsk-event`     |
/// | a remote address is set on a bound datagram socket                            | `wsk-state`     |
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskControlSocket(
    socket: usize,
    kind: i32,
    code: u32,
    level: u32,
    input_size: usize,
    input: Guest<u8>,
    output_size: usize,
    output: Guest<u8>,
    returned: Guest<usize>,
    irp: Guest<Irp>,
) -> NtStatus {
    let is_events = (kind, level, code) == (SET_OPTION, SOL_SOCKET, SO_WSK_EVENT_CALLBACK);
    let (call, request) = if is_events && irp.is_null() {
        match handles::enter("WskControlSocket", socket) {
            Ok(call) => (call, None),
            Err(status) => return status,
        }
    } else {
        match socket::begin("WskControlSocket", socket, ALL, irp) {
            Ok((call, request)) => (call, Some(request)),
            Err(status) => return status,
        }
    };
    if is_events {
        return control_events(call, input.cast(), input_size, request);
    }
    let buffers = Buffers {
        input,
        input_size,
        output,
        output_size,
        returned,
    };
    let result = match kind {
        SET_OPTION => set_option(&call, level, code, &buffers),
        GET_OPTION => get_option(&call, level, code, &buffers),
        IOCTL => ioctl(&call, code, &buffers),
        _ => {
            violate!(WSK_PARAMETER, "WskControlSocket with the request type {kind}");
            Err(status::INVALID_PARAMETER)
        }
    };
    drop(call);
    let (status, information) = match result {
        Ok(information) => (status::SUCCESS, information),
        Err(status) => (status, 0),
    };
    match request {
        Some(request) => request.finish(status, information, Pace::Control),
        None => status,
    }
}

fn set_option(call: &Call, level: u32, name: u32, buffers: &Buffers) -> Result<usize, NtStatus> {
    let value = match buffers.input_size {
        _ if buffers.input.is_null() => return Err(status::INVALID_PARAMETER),
        1 => i32::from(buffers.input.read()),
        4.. => buffers.input.cast::<i32>().read(),
        _ => return Err(status::INVALID_PARAMETER),
    };
    option::set(call, level, name, value).map(|()| 0)
}

fn get_option(call: &Call, level: u32, name: u32, buffers: &Buffers) -> Result<usize, NtStatus> {
    let value = option::get(call, level, name)?;
    buffers.give(&value.to_ne_bytes())
}

impl Buffers {
    fn give(&self, bytes: &[u8]) -> Result<usize, NtStatus> {
        if self.output.is_null() || self.output_size < bytes.len() {
            return Err(status::BUFFER_TOO_SMALL);
        }
        self.output.write_bytes(bytes);
        self.returned.put(bytes.len());
        Ok(bytes.len())
    }
}

fn ioctl(call: &Call, code: u32, buffers: &Buffers) -> Result<usize, NtStatus> {
    match code {
        SIO_WSK_SET_REMOTE_ADDRESS | SIO_WSK_SET_SENDTO_ADDRESS => {
            if call.kind != Kind::Datagram || !call.lock().bound {
                violate!(
                    WSK_STATE,
                    "a remote address is set on a socket that isn't a bound datagram socket"
                );
                return Err(status::INVALID_DEVICE_STATE);
            }
            let address = if buffers.input_size == 0 {
                Guest::null()
            } else {
                buffers.input.cast()
            };
            call.datagrams
                .set_remote(call, address, code == SIO_WSK_SET_REMOTE_ADDRESS)?;
            Ok(0)
        }
        SIO_UDP_CONNRESET => Ok(0),
        SIO_WSK_QUERY_RECEIVE_BACKLOG => {
            let waiting = host::readable(call.fd())?;
            buffers.give(&u64::from(waiting).to_ne_bytes())
        }
        SIO_WSK_QUERY_IDEAL_SEND_BACKLOG => {
            let size = host::get(call.fd(), libc::SOL_SOCKET, libc::SO_SNDBUF)?;
            buffers.give(&i64::from(size / 2).to_ne_bytes())
        }
        _ => {
            report::count(&format!("wsk: unknown socket ioctl {code:#x}"), 1);
            Err(status::NOT_SUPPORTED)
        }
    }
}

/// The events that a control structure names.
///
/// # Errors
/// `STATUS_INVALID_PARAMETER`, with a violation, if it isn't about the events of Winsock Kernel itself.
pub fn event_mask(control: Guest<WSK_EVENT_CALLBACK_CONTROL>, size: usize) -> Result<u32, NtStatus> {
    if control.is_null() || size < size_of::<WSK_EVENT_CALLBACK_CONTROL>() {
        violate!(WSK_EVENT, "no WSK_EVENT_CALLBACK_CONTROL ({size} bytes)");
        return Err(status::INVALID_PARAMETER);
    }
    let control = control.read();
    let id = Guest::<GUID>::at(control.NpiId as usize);
    let ours = NPI_WSK_INTERFACE_ID;
    if id.is_null() || id.cast::<[u8; 16]>().read() != Guest::of(&ours).cast::<[u8; 16]>().read() {
        violate!(
            WSK_EVENT,
            "WSK_EVENT_CALLBACK_CONTROL.NpiId isn't NPI_WSK_INTERFACE_ID"
        );
        return Err(status::INVALID_PARAMETER);
    }
    Ok(control.EventMask)
}

fn control_events(
    call: Call,
    control: Guest<WSK_EVENT_CALLBACK_CONTROL>,
    size: usize,
    request: Option<Request>,
) -> NtStatus {
    let has_irp = request.is_some();
    let result = event_mask(control, size).and_then(|mask| {
        if mask & WSK_EVENT_DISABLE != 0 {
            return disable(&call, mask & !WSK_EVENT_DISABLE);
        }
        if has_irp {
            violate!(WSK_EVENT, "events are enabled with an IRP");
            return Err(status::INVALID_PARAMETER);
        }
        enable(&call, mask).map(|()| false)
    });
    let socket = std::sync::Arc::clone(&call.0);
    drop(call);
    match (result, request) {
        (Ok(false), Some(request)) => request.finish(status::SUCCESS, 0, Pace::Control),
        (Ok(true), Some(request)) => {
            // A callback runs: completed when none does.
            request.mark_pending();
            let now = {
                let mut state = socket.lock();
                if state.running == 0 || state.closing {
                    Some(request)
                } else {
                    state.until_idle.push(request);
                    None
                }
            };
            if let Some(request) = now {
                request.complete(status::SUCCESS, 0);
            }
            status::PENDING
        }
        (Ok(running), None) => {
            datagram_receive::start_if_wanted(&socket);
            if running {
                status::EVENT_PENDING
            } else {
                status::SUCCESS
            }
        }
        (Err(status), Some(request)) => request.finish(status, 0, Pace::Control),
        (Err(status), None) => status,
    }
}

/// Disables one event. Whether a callback still runs.
fn disable(call: &Call, event: u32) -> Result<bool, NtStatus> {
    if event.count_ones() != 1 {
        violate!(WSK_EVENT, "{} events are disabled at once", event.count_ones());
        return Err(status::INVALID_PARAMETER);
    }
    if call.static_events() & event != 0 {
        violate!(WSK_EVENT, "a static event callback is disabled on a socket");
        return Err(status::INVALID_PARAMETER);
    }
    let mut state = call.lock();
    state.enabled &= !event;
    Ok(state.running > 0)
}

fn enable(call: &Call, events: u32) -> Result<(), NtStatus> {
    if events == 0 || events & !call.kind.events() != 0 {
        violate!(
            WSK_EVENT,
            "events {events:#x} are enabled on a socket of the category {:?}",
            call.kind
        );
        return Err(status::INVALID_PARAMETER);
    }
    if call.callbacks() == 0 || !has_callbacks(call, events) {
        violate!(
            WSK_EVENT,
            "events {events:#x} are enabled on a socket without callbacks for them"
        );
        return Err(status::INVALID_PARAMETER);
    }
    if !is_ready(call) {
        violate!(
            WSK_EVENT,
            "events are enabled on a socket that isn't bound, or not connected"
        );
        return Err(status::INVALID_DEVICE_STATE);
    }
    let mut state = call.lock();
    state.enabled |= events;
    drop(state);
    call.changed.notify_all();
    if call.kind != Kind::Datagram {
        call.wake();
    }
    Ok(())
}

/// Whether the socket is in a state in which events may be enabled.
fn is_ready(call: &Call) -> bool {
    call.is_bound()
        && (!call.kind.is_stream() || call.stream.is_listening() || stream_receive::is_connected(call))
}

/// Whether the client's table has a function for each of the events that happen on this socket.
fn has_callbacks(call: &Call, events: u32) -> bool {
    let table = Guest::<usize>::at(call.callbacks());
    let order: &[u32] = match call.kind {
        Kind::Datagram => &[WSK_EVENT_RECEIVE_FROM],
        _ if call.stream.is_listening() || call.kind == Kind::Listen => &[WSK_EVENT_ACCEPT],
        _ => &[WSK_EVENT_RECEIVE, WSK_EVENT_DISCONNECT, WSK_EVENT_SEND_BACKLOG],
    };
    order
        .iter()
        .enumerate()
        .all(|(i, event)| events & event == 0 || table.index(i).read() != 0)
}
