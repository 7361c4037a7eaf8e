//! CNG, the cryptographic primitives of the kernel (bcrypt.h), exported by cng.sys.
//!
//! A driver that calls it at DISPATCH_LEVEL opens its providers with [`BCRYPT_PROV_DISPATCH`] and passes only nonpaged
//! memory; everything that comes from such a provider may then be used up to DISPATCH_LEVEL. Opening and closing a
//! provider needs PASSIVE_LEVEL in any case.

pub(crate) mod algorithm;
pub(crate) mod constants;
pub(crate) mod function;
pub(crate) mod structure;

pub use algorithm::*;
pub use constants::*;
#[cfg(windows)]
pub use function::*;
pub use structure::*;
