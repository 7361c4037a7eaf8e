//! The functions of netio.sys, imported without an import library.

use super::{PWSK_CLIENT_NPI, PWSK_PROVIDER_CHARACTERISTICS, PWSK_PROVIDER_NPI, PWSK_REGISTRATION};
use crate::scalar::{NTSTATUS, ULONG};

imports! {
    "netio.sys";

    /// Registers a client. The registration stays in place until [`WskDeregister`] has returned, the client's dispatch
    /// table as long. IRQL: PASSIVE_LEVEL.
    pub fn WskRegister(WskClientNpi: PWSK_CLIENT_NPI, WskRegistration: PWSK_REGISTRATION) -> NTSTATUS;

    /// Deregisters a client. Waits until every capture was released and every socket closed. IRQL: PASSIVE_LEVEL.
    pub fn WskDeregister(WskRegistration: PWSK_REGISTRATION);

    /// Gets the provider, waiting for it so many milliseconds. Each success needs one [`WskReleaseProviderNPI`].
    /// IRQL: PASSIVE_LEVEL; <= DISPATCH_LEVEL with `WSK_NO_WAIT`.
    pub fn WskCaptureProviderNPI(
        WskRegistration: PWSK_REGISTRATION,
        WaitTimeout: ULONG,
        WskProviderNpi: PWSK_PROVIDER_NPI,
    ) -> NTSTATUS;

    /// Lets go of the provider. IRQL: <= DISPATCH_LEVEL.
    pub fn WskReleaseProviderNPI(WskRegistration: PWSK_REGISTRATION);

    /// The versions that the provider has. IRQL: <= DISPATCH_LEVEL.
    pub fn WskQueryProviderCharacteristics(
        WskRegistration: PWSK_REGISTRATION,
        WskProviderCharacteristics: PWSK_PROVIDER_CHARACTERISTICS,
    ) -> NTSTATUS;
}
