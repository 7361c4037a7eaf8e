//! netio.sys: clients of Winsock Kernel and their hold on the provider.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netcx_sys::wsk::{
    WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_PROVIDER_CHARACTERISTICS, WSK_PROVIDER_NPI, WSK_REGISTRATION,
    wsk_version,
};
use parking_lot::{Condvar, Mutex};

use super::{provider, request};
use crate::faults::{self, Action};
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, cpu, exports, image, machine, violate};

exports! { "netio.sys";
    WskRegister: PASSIVE..=PASSIVE,
    WskDeregister: PASSIVE..=PASSIVE,
    WskCaptureProviderNPI: PASSIVE..=DISPATCH,
    WskReleaseProviderNPI: PASSIVE..=DISPATCH,
    WskQueryProviderCharacteristics: PASSIVE..=DISPATCH,
}

/// Versions of the provider.
const LOWEST: u16 = wsk_version(1, 0);
const HIGHEST: u16 = wsk_version(1, 1);

/// A registered client.
#[derive(Debug)]
pub struct Client {
    /// What the client's calls name it by.
    pub handle: usize,
    npi: WskClientNpi,
    /// The version it was made for.
    pub version: u16,
    /// The provider's dispatch table for it.
    table: usize,
    site: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug)]
struct WskClientNpi {
    dispatch: usize,
}

#[derive(Debug, Default)]
struct State {
    captures: u32,
    /// Where they were made, by socket.
    sockets: BTreeMap<usize, usize>,
    static_events: u32,
    had_sockets: bool,
}

/// By address of the registration.
static CLIENTS: Mutex<BTreeMap<usize, Arc<Client>>> = Mutex::new(BTreeMap::new());

/// `WskRegister`.
///
/// | the caller promises                                                  | else                  |
/// |----------------------------------------------------------------------|-----------------------|
/// | IRQL == PASSIVE                                                        | `irql`                |
/// | a client NPI with a dispatch table, whose `Reserved` is 0                | `wsk-registration`, STATUS_INVALID_PARAMETER |
/// | a registration that isn't in use                                        | `wsk-registration`    |
/// | registration and dispatch table stay until `WskDeregister` has returned  | access violation      |
pub extern "win64" fn WskRegister(
    npi: Guest<WSK_CLIENT_NPI>,
    registration: Guest<WSK_REGISTRATION>,
) -> NtStatus {
    if npi.is_null() || registration.is_null() || npi.read().Dispatch.is_null() {
        violate!(
            WSK_REGISTRATION,
            "WskRegister without NPI, dispatch table or registration"
        );
        return status::INVALID_PARAMETER;
    }
    let dispatch = Guest::<WSK_CLIENT_DISPATCH>::at(npi.read().Dispatch as usize);
    if at!(dispatch.Reserved).read() != 0 {
        violate!(WSK_REGISTRATION, "WSK_CLIENT_DISPATCH.Reserved isn't 0");
        return status::INVALID_PARAMETER;
    }
    if let Action::Fail(status) = faults::decide("WskRegister", "wsk") {
        return status;
    }
    let version = at!(dispatch.Version).read();
    let client = Arc::new(Client {
        handle: std::ptr::from_ref(Box::leak(Box::new([0u64; 2]))) as usize,
        npi: WskClientNpi {
            dispatch: dispatch.addr(),
        },
        version,
        table: provider::table(version.clamp(LOWEST, HIGHEST)),
        site: cpu::current().site(),
        state: Mutex::default(),
        changed: Condvar::new(),
    });
    let handle = client.handle;
    let old = CLIENTS.lock().insert(registration.addr(), client);
    if old.is_some() {
        violate!(
            WSK_REGISTRATION,
            "a WSK_REGISTRATION that is in use is registered again"
        );
    }
    at!(registration.ReservedRegistrationState).write(1);
    at!(registration.ReservedRegistrationContext).write(handle as *mut _);
    status::SUCCESS
}

fn registered(name: &str, registration: Guest<WSK_REGISTRATION>) -> Option<Arc<Client>> {
    let client = CLIENTS.lock().get(&registration.addr()).cloned();
    if client.is_none() {
        violate!(
            WSK_REGISTRATION,
            "{name} with a registration that isn't registered"
        );
    }
    client
}

/// `WskDeregister`: waits until every capture was released and every socket closed.
///
/// | the caller promises                       | else                         |
/// |-------------------------------------------|------------------------------|
/// | IRQL == PASSIVE                             | `irql`                       |
/// | registered, and not undone yet              | `wsk-registration`           |
/// | captures are released, sockets are closed   | `wsk-leak`, by creation site, after the time for hangs (Windows waits for ever) |
pub extern "win64" fn WskDeregister(registration: Guest<WSK_REGISTRATION>) {
    let Some(client) = registered("WskDeregister", registration) else {
        return;
    };
    request::release_stuck(client.handle);
    let until = Instant::now() + machine::with_config(|c| c.hang_after);
    let mut state = client.state.lock();
    while (state.captures > 0 || !state.sockets.is_empty()) && Instant::now() < until && !machine::stopped() {
        client.changed.wait_for(&mut state, Duration::from_millis(20));
    }
    let (captures, sockets) = (state.captures, state.sockets.clone());
    drop(state);
    machine::park_if_stopped();
    if captures > 0 {
        violate!(
            WSK_LEAK,
            "WskDeregister waits for ever: {captures} captures weren't released"
        );
    }
    for site in sockets.values() {
        violate!(
            WSK_LEAK,
            "WskDeregister waits for ever: a socket made at {} isn't closed",
            image::describe(*site)
        );
    }
    CLIENTS.lock().remove(&registration.addr());
    registration.cast::<u8>().fill(size_of::<WSK_REGISTRATION>(), 0);
}

/// `WskCaptureProviderNPI`: the provider is always there, so nothing waits.
///
/// | the caller promises                               | else                |
/// |---------------------------------------------------|---------------------|
/// | IRQL == PASSIVE; <= DISPATCH with `WSK_NO_WAIT`     | `irql`              |
/// | registered                                         | `wsk-registration`  |
/// | one `WskReleaseProviderNPI` for each success        | `wsk-leak`          |
///
/// STATUS_NOINTERFACE for a version that the provider hasn't (1.0 and 1.1).
pub extern "win64" fn WskCaptureProviderNPI(
    registration: Guest<WSK_REGISTRATION>,
    wait: u32,
    npi: Guest<WSK_PROVIDER_NPI>,
) -> NtStatus {
    if wait != 0 && cpu::irql() != 0 {
        violate!(IRQL, "WskCaptureProviderNPI with a wait at IRQL {}", cpu::irql());
    }
    let Some(client) = registered("WskCaptureProviderNPI", registration) else {
        return status::INVALID_PARAMETER;
    };
    match faults::decide("WskCaptureProviderNPI", "wsk") {
        Action::Go => {}
        Action::Fail(status) => return status,
        Action::Pend => return status::DEVICE_NOT_READY,
    }
    if !(LOWEST..=HIGHEST).contains(&client.version) {
        return status::NOINTERFACE;
    }
    client.state.lock().captures += 1;
    npi.write(WSK_PROVIDER_NPI {
        Client: client.handle as *mut _,
        Dispatch: client.table as *const _,
    });
    status::SUCCESS
}

/// `WskReleaseProviderNPI`: more often than captured is `wsk-registration`.
pub extern "win64" fn WskReleaseProviderNPI(registration: Guest<WSK_REGISTRATION>) {
    let Some(client) = registered("WskReleaseProviderNPI", registration) else {
        return;
    };
    let mut state = client.state.lock();
    let Some(left) = state.captures.checked_sub(1) else {
        drop(state);
        return violate!(
            WSK_REGISTRATION,
            "the provider is released more often than captured"
        );
    };
    state.captures = left;
    client.changed.notify_all();
}

/// `WskQueryProviderCharacteristics`: versions 1.0 to 1.1.
pub extern "win64" fn WskQueryProviderCharacteristics(
    registration: Guest<WSK_REGISTRATION>,
    characteristics: Guest<WSK_PROVIDER_CHARACTERISTICS>,
) -> NtStatus {
    if registered("WskQueryProviderCharacteristics", registration).is_none() {
        return status::INVALID_PARAMETER;
    }
    characteristics.write(WSK_PROVIDER_CHARACTERISTICS {
        HighestVersion: HIGHEST,
        LowestVersion: LOWEST,
    });
    status::SUCCESS
}

/// The client that a call names; `None`, and a violation, if there is none, or it hasn't captured the provider.
pub fn client(name: &str, handle: usize) -> Option<Arc<Client>> {
    let found = CLIENTS.lock().values().find(|c| c.handle == handle).cloned();
    match &found {
        None => violate!(WSK_HANDLE, "{name} with {handle:#x}, which isn't a client"),
        Some(client) if client.state.lock().captures == 0 => {
            violate!(
                WSK_REGISTRATION,
                "{name} by a client that hasn't captured the provider"
            );
        }
        Some(_) => {}
    }
    found
}

impl Client {
    /// A socket was made.
    pub fn socket_made(&self, socket: usize, site: usize) {
        let mut state = self.state.lock();
        state.sockets.insert(socket, site);
        state.had_sockets = true;
    }

    /// A socket is gone.
    pub fn socket_gone(&self, socket: usize) {
        self.state.lock().sockets.remove(&socket);
        self.changed.notify_all();
    }

    /// Events that are enabled on every socket from the start.
    pub fn static_events(&self) -> u32 {
        self.state.lock().static_events
    }

    /// Sets them; `false` if there was a socket already.
    pub fn set_static_events(&self, events: u32) -> bool {
        let mut state = self.state.lock();
        state.static_events |= events;
        !state.had_sockets
    }

    /// The client's dispatch table.
    #[must_use]
    pub fn dispatch(&self) -> Guest<WSK_CLIENT_DISPATCH> {
        Guest::at(self.npi.dispatch)
    }
}

pub(super) fn check_unload() {
    for client in CLIENTS.lock().values() {
        violation::report_at(
            Rule::WSK_LEAK,
            client.site,
            "registration with Winsock Kernel not undone at unload".to_owned(),
        );
        for site in client.state.lock().sockets.values() {
            violation::report_at(Rule::WSK_LEAK, *site, "socket not closed at unload".to_owned());
        }
    }
}

pub(super) fn reset() {
    CLIENTS.lock().clear();
    request::reset();
}
