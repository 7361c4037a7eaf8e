//! The driver's registration with Winsock Kernel.

use alloc::boxed::Box;
use core::ptr::NonNull;

use netcx_sys::wsk::{
    WSK_CLIENT, WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_PROVIDER_DISPATCH, WSK_PROVIDER_NPI,
    WSK_REGISTRATION, WskCaptureProviderNPI, WskDeregister, WskRegister, WskReleaseProviderNPI, wsk_version,
};
use ovpn_dco_engine::sync::try_box;
use wdk_sys::{NTSTATUS, STATUS_INSUFFICIENT_RESOURCES};

use crate::irql;

/// How long a socket call waits for the socket layer to be there, in milliseconds. It matters only right after the machine has
/// started; the driver loads without waiting.
const WAIT: u32 = 5_000;

static DISPATCH: WSK_CLIENT_DISPATCH = WSK_CLIENT_DISPATCH {
    Version: wsk_version(1, 0),
    Reserved: 0,
    WskClientEvent: None,
};

/// A registration; undone when dropped, which waits until all sockets are closed.
pub(crate) struct Registration(NonNull<WSK_REGISTRATION>);

// SAFETY: the registration's functions may be called by any thread.
unsafe impl Send for Registration {}
// SAFETY: as above.
unsafe impl Sync for Registration {}

impl Registration {
    /// Registers the driver. IRQL: PASSIVE_LEVEL.
    pub(crate) fn new() -> Result<Self, NTSTATUS> {
        let mut registration = try_box(WSK_REGISTRATION::new()).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
        let mut npi = WSK_CLIENT_NPI {
            ClientContext: core::ptr::null_mut(),
            Dispatch: &raw const DISPATCH,
        };
        // SAFETY: the dispatch table is static, and the registration stays in its box until it is undone.
        let status = unsafe { WskRegister(&raw mut npi, &raw mut *registration) };
        if wdk::nt_success(status) {
            // The socket layer writes to it from now on.
            Ok(Self(NonNull::from(Box::leak(registration))))
        } else {
            Err(status)
        }
    }

    /// Takes the provider's functions, for as long as the value lives. May wait. IRQL: PASSIVE_LEVEL.
    pub(crate) fn provider(&self) -> Result<Provider<'_>, NTSTATUS> {
        let mut npi = WSK_PROVIDER_NPI {
            Client: core::ptr::null_mut(),
            Dispatch: core::ptr::null(),
        };
        irql::passive();
        // SAFETY: the driver is registered; the result is on the stack.
        let status = unsafe { WskCaptureProviderNPI(self.0.as_ptr(), WAIT, &raw mut npi) };
        if !wdk::nt_success(status) {
            return Err(status);
        }
        // SAFETY: a captured provider's table exists until it is released, and the value releases it.
        let dispatch = unsafe { &*npi.Dispatch };
        Ok(Provider {
            registration: self,
            client: npi.Client,
            dispatch,
        })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        irql::passive();
        // SAFETY: registered once, and undone once, at PASSIVE_LEVEL: the driver unloads, and its sockets are closed.
        unsafe { WskDeregister(self.0.as_ptr()) };
        // SAFETY: leaked by `new`; the socket layer has let go of it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The provider's functions, captured.
pub(crate) struct Provider<'r> {
    registration: &'r Registration,
    /// Names this driver in calls.
    pub(crate) client: *mut WSK_CLIENT,
    /// The functions.
    pub(crate) dispatch: &'r WSK_PROVIDER_DISPATCH,
}

impl Drop for Provider<'_> {
    fn drop(&mut self) {
        // SAFETY: captured once, and released once.
        unsafe { WskReleaseProviderNPI(self.registration.0.as_ptr()) };
    }
}
