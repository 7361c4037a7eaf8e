//! Name resolution: `WskGetAddressInfo`, `WskFreeAddressInfo`, `WskGetNameInfo`, for numeric names only. Other names aren't
//! found (STATUS_NOT_FOUND): what the host would answer has nothing to do with the simulated machine.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netcx_sys::wsk::{SOCKADDR, SOCKADDR_INET};
use parking_lot::Mutex;

use super::address::Family;
use super::registration;
use super::request::{Pace, Request};
use crate::abi::wdm::{Irp, UnicodeString};
use crate::guest::{self, Guest};
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, cpu, exports, violate};

exports! { "afd.sys";
    WskGetAddressInfo: PASSIVE..=PASSIVE,
    WskFreeAddressInfo: PASSIVE..=PASSIVE,
    WskGetNameInfo: PASSIVE..=PASSIVE,
}

const AI_PASSIVE: i32 = 1;

/// `ADDRINFOEXW`
#[repr(C)]
#[derive(Clone, Copy)]
struct AddressInfo {
    flags: i32,
    family: i32,
    socket_type: i32,
    protocol: i32,
    address_length: usize,
    canonical_name: usize,
    address: usize,
    blob: usize,
    blob_length: usize,
    provider: usize,
    next: usize,
}
const _: () = assert!(size_of::<AddressInfo>() == 72);

/// A result and the address that it points to.
struct Found {
    info: AddressInfo,
    address: SOCKADDR_INET,
}

/// Results that the client has: where they were asked for.
static FOUND: Mutex<Option<HashMap<usize, usize>>> = Mutex::new(None);

/// `WskGetAddressInfo`.
///
/// | the caller promises                          | else                       |
/// |----------------------------------------------|----------------------------|
/// | IRQL == PASSIVE                                | `irql`                     |
/// | a place for the result                         | `wsk-parameter`            |
/// | `WskFreeAddressInfo` once for each success     | `wsk-leak`, `wsk-parameter` |
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskGetAddressInfo(
    client: usize,
    node: Guest<UnicodeString>,
    service: Guest<UnicodeString>,
    _namespace: u32,
    _provider: usize,
    hints: Guest<u8>,
    result: Guest<usize>,
    _process: usize,
    _thread: usize,
    irp: Guest<Irp>,
) -> NtStatus {
    let owner = registration::client("WskGetAddressInfo", client);
    let request = match Request::begin_faulty("WskGetAddressInfo", client, irp, None) {
        Ok(request) => request,
        Err(status) => return status,
    };
    if owner.is_none() || result.is_null() {
        violate!(
            WSK_PARAMETER,
            "WskGetAddressInfo without client or place for the result"
        );
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    }
    let site = cpu::current().site();
    match resolve(
        &UnicodeString::text(node),
        &UnicodeString::text(service),
        hints.cast(),
    ) {
        Ok(found) => {
            let found = Box::leak(Box::new(found));
            found.info.address = std::ptr::from_ref(&found.address) as usize;
            let addr = std::ptr::from_ref(found) as usize;
            FOUND.lock().get_or_insert_default().insert(addr, site);
            result.write(addr);
            request.finish(status::SUCCESS, 0, Pace::Control)
        }
        Err(status) => request.finish(status, 0, Pace::Control),
    }
}

fn resolve(node: &str, service: &str, hints: Guest<AddressInfo>) -> Result<Found, NtStatus> {
    let hints = hints.some().map(Guest::read);
    let wanted = hints.map_or(0, |h| h.family);
    let ip = if node.is_empty() {
        let any = hints.is_some_and(|h| h.flags & AI_PASSIVE != 0);
        match (wanted == i32::from(Family::V6.windows()), any) {
            (false, false) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            (false, true) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            (true, false) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            (true, true) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    } else {
        node.parse().map_err(|_| status::NOT_FOUND)?
    };
    let port = if service.is_empty() {
        0
    } else {
        service.parse().map_err(|_| status::NOT_FOUND)?
    };
    let (family, length) = match ip {
        IpAddr::V4(_) => (Family::V4, 16),
        IpAddr::V6(_) => (Family::V6, 28),
    };
    let family = i32::from(family.windows());
    if wanted != 0 && wanted != family {
        return Err(status::NOT_FOUND);
    }
    Ok(Found {
        info: AddressInfo {
            flags: 0,
            family,
            socket_type: hints.map_or(0, |h| h.socket_type),
            protocol: hints.map_or(0, |h| h.protocol),
            address_length: length,
            canonical_name: 0,
            address: 0,
            blob: 0,
            blob_length: 0,
            provider: 0,
            next: 0,
        },
        address: SOCKADDR_INET::from(SocketAddr::new(ip, port)),
    })
}

/// `WskFreeAddressInfo`: what isn't a result, or was freed, is `wsk-parameter`.
pub extern "win64" fn WskFreeAddressInfo(client: usize, info: usize) {
    let _ = registration::client("WskFreeAddressInfo", client);
    if FOUND.lock().get_or_insert_default().remove(&info).is_none() {
        return violate!(
            WSK_PARAMETER,
            "{info:#x} isn't a result of WskGetAddressInfo (freed twice?)"
        );
    }
    // SAFETY: leaked by `WskGetAddressInfo`, and taken off the list just now.
    drop(unsafe { Box::from_raw(info as *mut Found) });
}

/// `WskGetNameInfo`: the numeric forms. STATUS_BUFFER_TOO_SMALL if a string has no room; an address that isn't complete is
/// `wsk-parameter`.
#[allow(clippy::too_many_arguments)]
pub extern "win64" fn WskGetNameInfo(
    client: usize,
    address: Guest<SOCKADDR>,
    length: u32,
    node: Guest<UnicodeString>,
    service: Guest<UnicodeString>,
    _flags: u32,
    _process: usize,
    _thread: usize,
    irp: Guest<Irp>,
) -> NtStatus {
    let owner = registration::client("WskGetNameInfo", client);
    let request = match Request::begin_faulty("WskGetNameInfo", client, irp, None) {
        Ok(request) => request,
        Err(status) => return status,
    };
    let family = address.some().map(|a| Family::from_windows(a.cast().read()));
    let complete = family.flatten().is_some_and(|f| length as usize >= f.length());
    if owner.is_none() || !complete {
        violate!(
            WSK_PARAMETER,
            "WskGetNameInfo with {length} bytes that aren't an address"
        );
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    }
    // SAFETY: the address is complete, as was checked; see `guest` for the memory.
    let Some(found) = (unsafe { SOCKADDR_INET::read(address.as_ptr()) }) else {
        return request.finish(status::INVALID_PARAMETER, 0, Pace::Control);
    };
    let status = put(node, &found.ip().to_string()).and_then(|()| put(service, &found.port().to_string()));
    request.finish(status::of(status), 0, Pace::Control)
}

fn put(string: Guest<UnicodeString>, text: &str) -> Result<(), NtStatus> {
    if string.is_null() {
        return Ok(());
    }
    let units = guest::wide(text);
    let this = string.read();
    let bytes = u16::try_from(2 * units.len()).unwrap_or(u16::MAX);
    if bytes > this.maximum_length {
        return Err(status::BUFFER_TOO_SMALL);
    }
    for (i, unit) in units.into_iter().enumerate() {
        this.buffer.index(i).write(unit);
    }
    at!(string.length).write(bytes);
    Ok(())
}

pub(super) fn check_unload() {
    for site in FOUND.lock().get_or_insert_default().values() {
        violation::report_at(
            Rule::WSK_LEAK,
            *site,
            "result of WskGetAddressInfo not freed at unload".to_owned(),
        );
    }
}

pub(super) fn reset() {
    *FOUND.lock() = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netio::testing::{Bench, call};

    #[test]
    fn numeric_names_are_found_and_others_are_not() {
        let bench = Bench::new();
        for (node, service, want) in [
            ("192.0.2.7", "1194", Some("192.0.2.7:1194")),
            ("2001:db8::1", "", Some("[2001:db8::1]:0")),
            ("", "80", Some("127.0.0.1:80")),
            ("vpn.example", "1194", None),
            ("192.0.2.7", "openvpn", None),
        ] {
            let [node, service] = [node, service].map(UnicodeString::leak);
            let result = 0usize;
            let (at, none) = (Guest::of(&result), Guest::null());
            let (status, _) = call(|irp| {
                let (node, service) = (Guest::of(&node), Guest::of(&service));
                WskGetAddressInfo(bench.client, node, service, 0, 0, none, at, 0, 0, irp)
            });
            let Some(want) = want else {
                assert_eq!(status, status::NOT_FOUND);
                continue;
            };
            assert_eq!(status, status::SUCCESS);
            let info = Guest::<AddressInfo>::at(at.read()).read();
            let address = Guest::<SOCKADDR_INET>::at(info.address);
            assert_eq!(address.read().to_socket_addr().unwrap().to_string(), want);

            let [name, port] = [[0u16; 64]; 2];
            let [name, port] = [&name, &port].map(|room| UnicodeString {
                length: 0,
                maximum_length: 128,
                buffer: Guest::of(room).cast(),
            });
            let length = u32::try_from(info.address_length).unwrap();
            let (status, _) = call(|irp| {
                let (name, port) = (Guest::of(&name), Guest::of(&port));
                WskGetNameInfo(bench.client, address.cast(), length, name, port, 0, 0, 0, irp)
            });
            assert_eq!(status, status::SUCCESS);
            let parts = [name, port].map(|string| UnicodeString::text(Guest::of(&string)));
            let ip: IpAddr = parts[0].parse().unwrap();
            assert_eq!(SocketAddr::new(ip, parts[1].parse().unwrap()).to_string(), want);
            WskFreeAddressInfo(bench.client, at.read());
        }
        assert_eq!(bench.finish(), []);
    }

    #[test]
    fn results_are_freed_once() {
        let bench = Bench::new();
        let node = UnicodeString::leak("192.0.2.7");
        let result = 0usize;
        let at = Guest::of(&result);
        for _ in 0..2 {
            call(|irp| {
                let none = Guest::null();
                WskGetAddressInfo(
                    bench.client,
                    Guest::of(&node),
                    none,
                    0,
                    0,
                    Guest::null(),
                    at,
                    0,
                    0,
                    irp,
                )
            });
        }
        WskFreeAddressInfo(bench.client, at.read());
        WskFreeAddressInfo(bench.client, at.read());
        assert_eq!(bench.finish(), [Rule::WSK_PARAMETER, Rule::WSK_LEAK]);
    }
}
