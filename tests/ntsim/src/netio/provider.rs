//! The provider's dispatch table: making sockets, controlling the client.

use netcx_sys::wdm::GUID;
use netcx_sys::wsk::{
    ADDRESS_FAMILY, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_STREAM, SOCKADDR, WSK_CACHE_SD,
    WSK_EVENT_CALLBACK_CONTROL, WSK_FLAG_CONNECTION_SOCKET, WSK_PROVIDER_DISPATCH, WSK_RELEASE_SD,
    WSK_SET_STATIC_EVENT_CALLBACKS, WSK_TDI_BEHAVIOR, WSK_TDI_DEVICENAME_MAPPING, WSK_TRANSPORT,
    WSK_TRANSPORT_LIST_CHANGE, WSK_TRANSPORT_LIST_QUERY,
};

use super::address::Family;
use super::category::Kind;
use super::control;
use super::registration;
use super::request::{Pace, Request};
use super::socket::{self, New};
use super::{bind, connect};
use crate::abi::wdm::Irp;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{at, cpu, exports, registry, report, violate};

exports! { "afd.sys";
    WskSocket: PASSIVE..=DISPATCH,
    WskSocketConnect: PASSIVE..=DISPATCH,
    WskControlClient: PASSIVE..=DISPATCH,
}

/// Makes a dispatch table of the functions with these names; it lives for ever.
pub(super) fn leak_table(names: &[&str]) -> usize {
    let functions: Vec<usize> = names
        .iter()
        .map(|name| registry::resolve("afd.sys", name).unwrap_or_else(|| registry::trap("afd.sys", name)))
        .collect();
    functions.leak().as_ptr() as usize
}

/// The provider's dispatch table for a client of this version.
pub(super) fn table(version: u16) -> usize {
    const NAMES: [&str; 6] = [
        "WskSocket",
        "WskSocketConnect",
        "WskControlClient",
        "WskGetAddressInfo",
        "WskFreeAddressInfo",
        "WskGetNameInfo",
    ];
    const _: () = assert!(size_of::<WSK_PROVIDER_DISPATCH>() == 8 * (1 + NAMES.len()));
    let table = vec![0usize; 1 + NAMES.len()].leak();
    table[0] = usize::from(version);
    let functions = Guest::<usize>::at(leak_table(&NAMES));
    for (i, slot) in table[1..].iter_mut().enumerate() {
        *slot = functions.index(i).read();
    }
    table.as_ptr() as usize
}

/// `WskSocket`: the socket is in `IoStatus.Information`.
///
/// | the caller promises                                                      | else             |
/// |--------------------------------------------------------------------------|------------------|
/// | IRQL <= DISPATCH                                                           | `irql`           |
/// | a client that has captured the provider                                    | `wsk-handle`, `wsk-registration` |
/// | an IRP of its own with a completion routine for all outcomes               | `wsk-parameter`, `irp` |
/// | one category, with the type and protocol that belong to it                  | fails            |
/// | `WskCloseSocket` before it deregisters                                      | `wsk-leak`       |
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskSocket(
    client: usize,
    family: ADDRESS_FAMILY,
    kind: u16,
    protocol: u32,
    flags: u32,
    context: usize,
    dispatch: usize,
    _process: usize,
    _thread: usize,
    _security: usize,
    irp: Guest<Irp>,
) -> NtStatus {
    let owner = registration::client("WskSocket", client);
    let request = match Request::begin_faulty("WskSocket", client, irp, None) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let Some(owner) = owner else {
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    };
    let made = Kind::new(kind, protocol, flags).and_then(|kind| {
        let family = Family::from_windows(family).ok_or(status::NOT_SUPPORTED)?;
        socket::create(
            &owner,
            New {
                kind,
                family,
                context,
                callbacks: dispatch,
                site: cpu::current().site(),
            },
        )
    });
    match made {
        Ok(socket) => request.finish(status::SUCCESS, socket.handle(), Pace::Control),
        Err(status) => request.finish(status, 0, Pace::Control),
    }
}

/// `WskSocketConnect`: makes a stream socket, binds and connects it. Rules as for [`WskSocket`], `WskBind` and `WskConnect`;
/// if it fails, there is no socket.
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskSocketConnect(
    client: usize,
    kind: u16,
    protocol: u32,
    local: Guest<SOCKADDR>,
    remote: Guest<SOCKADDR>,
    flags: u32,
    context: usize,
    dispatch: usize,
    _process: usize,
    _thread: usize,
    _security: usize,
    irp: Guest<Irp>,
) -> NtStatus {
    let owner = registration::client("WskSocketConnect", client);
    let request = match Request::begin_faulty("WskSocketConnect", client, irp, None) {
        Ok(request) => request,
        Err(status) => return status,
    };
    if flags != 0 {
        violate!(WSK_PARAMETER, "WskSocketConnect with flags {flags:#x}");
    }
    let (Some(owner), Some(local)) = (owner, local.some()) else {
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    };
    let made = Kind::new(kind, protocol, WSK_FLAG_CONNECTION_SOCKET).and_then(|kind| {
        let family = Family::from_windows(local.cast::<u16>().read()).ok_or(status::NOT_SUPPORTED)?;
        let new = New {
            kind,
            family,
            context,
            callbacks: dispatch,
            site: cpu::current().site(),
        };
        let socket = socket::create(&owner, new)?;
        bind::bind(&socket, local).inspect_err(|_| socket.abandon())?;
        Ok(socket)
    });
    match made {
        Ok(socket) => connect::begin_connect(&socket, remote, request, None, true),
        Err(status) => request.finish(status, 0, Pace::Control),
    }
}

/// `WskControlClient`.
///
/// | the caller promises                                                         | else             |
/// |-----------------------------------------------------------------------------|------------------|
/// | IRQL <= DISPATCH                                                              | `irql`           |
/// | static event callbacks: before any socket, without IRP                        | `wsk-event`      |
///
/// Lists the transports, takes static event callbacks, accepts the TDI behaviour and security descriptors; there are no
/// changes of transports, and no TDI devices.
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskControlClient(
    client: usize,
    code: u32,
    input_size: usize,
    input: Guest<u8>,
    output_size: usize,
    output: Guest<u8>,
    returned: Guest<usize>,
    irp: Guest<Irp>,
) -> NtStatus {
    let Some(owner) = registration::client("WskControlClient", client) else {
        return status::INVALID_PARAMETER;
    };
    let mut request = None;
    if !irp.is_null() {
        match Request::begin_faulty("WskControlClient", client, irp, None) {
            Ok(begun) => request = Some(begun),
            Err(status) => return status,
        }
    }
    let result = match code {
        WSK_TRANSPORT_LIST_QUERY => list_transports(output_size, output, returned),
        WSK_SET_STATIC_EVENT_CALLBACKS => {
            if request.is_some() {
                violate!(WSK_EVENT, "static event callbacks are set with an IRP");
            }
            let control = input.cast::<WSK_EVENT_CALLBACK_CONTROL>();
            match control::event_mask(control, input_size) {
                Ok(mask) if owner.set_static_events(mask) => Ok(0),
                Ok(_) => {
                    violate!(
                        WSK_EVENT,
                        "static event callbacks are set after a socket was made"
                    );
                    Err(status::INVALID_DEVICE_STATE)
                }
                Err(status) => Err(status),
            }
        }
        WSK_TDI_BEHAVIOR | WSK_TDI_DEVICENAME_MAPPING | WSK_RELEASE_SD => Ok(0),
        WSK_CACHE_SD => {
            // The cached descriptor is the client's own: nothing looks into it.
            if output_size >= size_of::<usize>() {
                output.cast::<usize>().write(input.addr());
            }
            Ok(size_of::<usize>())
        }
        WSK_TRANSPORT_LIST_CHANGE => match request.take() {
            // There are no changes: pending until it is cancelled or the client goes.
            Some(request) => return request.stick(client),
            None => Err(status::INVALID_PARAMETER),
        },
        _ => {
            report::count("wsk: client control codes not simulated", 1);
            Err(status::NOT_SUPPORTED)
        }
    };
    let (status, information) = match result {
        Ok(information) => (status::SUCCESS, information),
        Err(status) => (status, 0),
    };
    match request {
        Some(request) => request.finish(status, information, Pace::Control),
        None => status,
    }
}

fn list_transports(size: usize, output: Guest<u8>, returned: Guest<usize>) -> Result<usize, NtStatus> {
    let all = [
        (SOCK_DGRAM, IPPROTO_UDP, Family::V4),
        (SOCK_DGRAM, IPPROTO_UDP, Family::V6),
        (SOCK_STREAM, IPPROTO_TCP, Family::V4),
        (SOCK_STREAM, IPPROTO_TCP, Family::V6),
    ];
    let length = all.len() * size_of::<WSK_TRANSPORT>();
    returned.put(length);
    if size < length || output.is_null() {
        return Err(status::BUFFER_OVERFLOW);
    }
    for (i, (kind, protocol, family)) in all.into_iter().enumerate() {
        let place = output.cast::<WSK_TRANSPORT>().index(i);
        place.write(WSK_TRANSPORT {
            Version: 0,
            SocketType: kind,
            Protocol: protocol,
            AddressFamily: family.windows(),
            ProviderId: GUID::from_u128(0),
        });
        debug_assert!(at!(place.AddressFamily).read() == family.windows());
    }
    Ok(length)
}
