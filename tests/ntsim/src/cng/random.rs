//! Random numbers. They are real ones, whatever the run's seed: a driver may make keys of them.

use netcx_sys::cng::BCRYPT_USE_SYSTEM_PREFERRED_RNG;

use super::handle;
use super::provider::{self, Algorithm};
use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::{exports, violate};

exports! { "cng.sys";
    BCryptGenRandom: PASSIVE..=DISPATCH,
}

/// `BCryptGenRandom`.
///
/// | the caller promises | else |
/// |---|---|
/// | PASSIVE_LEVEL with `BCRYPT_USE_SYSTEM_PREFERRED_RNG`; else a dispatch provider at DISPATCH | `irql` |
/// | a provider of `RNG`, or null with that flag | `cng-handle`, `STATUS_INVALID_HANDLE` |
/// | at DISPATCH non-paged memory | `irql` |
pub extern "win64" fn BCryptGenRandom(
    provider: usize,
    buffer: Guest<u8>,
    length: u32,
    flags: u32,
) -> NtStatus {
    super::of(generate(provider, buffer, length, flags))
}

fn generate(provider: usize, buffer: Guest<u8>, length: u32, flags: u32) -> Result<()> {
    super::fault("BCryptGenRandom")?;
    let system = flags & BCRYPT_USE_SYSTEM_PREFERRED_RNG != 0;
    match (provider, system) {
        (0, true) => handle::check_irql("system-preferred generator", false),
        (_, true) => {
            violate!(CNG_PARAMETER, "the system-preferred generator takes no handle");
            return Err(status::INVALID_PARAMETER);
        }
        (_, false) if provider::get(provider)?.algorithm != Algorithm::Rng => {
            violate!(CNG_HANDLE, "the provider makes no random numbers");
            return Err(status::INVALID_HANDLE);
        }
        (_, false) => {}
    }
    if buffer.is_null() {
        violate!(CNG_PARAMETER, "no buffer");
        return Err(status::INVALID_PARAMETER);
    }
    pool::check_resident("the buffer", buffer.addr());
    aws_lc_rs::rand::fill(buffer.slice_mut(length as usize)).map_err(|_| status::UNSUCCESSFUL)
}
