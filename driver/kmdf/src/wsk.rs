//! The driver's registration with Winsock Kernel.

use alloc::boxed::Box;

use netcx_sys::wsk::{
    WSK_CLIENT, WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_PROVIDER_DISPATCH, WSK_PROVIDER_NPI,
    WSK_REGISTRATION, WskCaptureProviderNPI, WskDeregister, WskRegister, WskReleaseProviderNPI, wsk_version,
};
use ovpn_dco_engine::sync::try_box;
use wdk_sys::{NTSTATUS, STATUS_INSUFFICIENT_RESOURCES};

/// How long a socket call waits for the socket layer to be there, in milliseconds. It matters only right after the machine has
/// started; the driver loads without waiting.
const WAIT: u32 = 5_000;

static DISPATCH: WSK_CLIENT_DISPATCH = WSK_CLIENT_DISPATCH {
    Version: wsk_version(1, 0),
    Reserved: 0,
    WskClientEvent: None,
};

/// A registration; undone when dropped, which waits until all sockets are closed.
pub(crate) struct Registration(Box<WSK_REGISTRATION>);

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
            Ok(Self(registration))
        } else {
            Err(status)
        }
    }

    /// Takes the provider's functions, for as long as the value lives. IRQL: PASSIVE_LEVEL.
    pub(crate) fn provider(&self) -> Result<Provider<'_>, NTSTATUS> {
        let mut npi = WSK_PROVIDER_NPI {
            Client: core::ptr::null_mut(),
            Dispatch: core::ptr::null(),
        };
        let registration = core::ptr::from_ref::<WSK_REGISTRATION>(&self.0).cast_mut();
        // SAFETY: the driver is registered; the result is on the stack.
        let status = unsafe { WskCaptureProviderNPI(registration, WAIT, &raw mut npi) };
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
        // SAFETY: registered once, and undone once, at PASSIVE_LEVEL: the driver unloads.
        unsafe { WskDeregister(&raw mut *self.0) };
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
        let registration = core::ptr::from_ref::<WSK_REGISTRATION>(&self.registration.0).cast_mut();
        // SAFETY: captured once, and released once.
        unsafe { WskReleaseProviderNPI(registration) };
    }
}
