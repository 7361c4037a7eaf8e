//! Algorithm providers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use netcx_sys::cng::{
    BCRYPT_ALG_HANDLE_HMAC_FLAG, BCRYPT_HASH_REUSABLE_FLAG, BCRYPT_PROV_DISPATCH, MS_PRIMITIVE_PROVIDER,
};

use super::handle::{self, Kind, Memory, Object};
use crate::guest::{Guest, wide_z};
use crate::status::{self, NtStatus, Result};
use crate::{cpu, exports, machine, violate};

exports! { "cng.sys";
    BCryptOpenAlgorithmProvider: PASSIVE..=PASSIVE,
    BCryptCloseAlgorithmProvider: PASSIVE..=PASSIVE,
}

/// What a provider computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `BCRYPT_AES_ALGORITHM`
    Aes,
    /// `BCRYPT_CHACHA20_POLY1305_ALGORITHM`
    ChaCha20Poly1305,
    /// `BCRYPT_SHA256_ALGORITHM`
    Sha256,
    /// `BCRYPT_SHA384_ALGORITHM`
    Sha384,
    /// `BCRYPT_SHA512_ALGORITHM`
    Sha512,
    /// `BCRYPT_RNG_ALGORITHM`
    Rng,
}

/// The first Windows build whose CNG has ChaCha20-Poly1305.
const CHACHA20_POLY1305_BUILD: u32 = 20142;

impl Algorithm {
    const ALL: [Self; 6] = [
        Self::Aes,
        Self::ChaCha20Poly1305,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Rng,
    ];

    /// As in `pszAlgId`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::ChaCha20Poly1305 => "CHACHA20_POLY1305",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
            Self::Rng => "RNG",
        }
    }

    /// Whether it has keys that encrypt.
    #[must_use]
    pub const fn is_cipher(self) -> bool {
        matches!(self, Self::Aes | Self::ChaCha20Poly1305)
    }

    /// Whether it is a hash.
    #[must_use]
    pub const fn is_hash(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha384 | Self::Sha512)
    }

    fn exists(self) -> bool {
        self != Self::ChaCha20Poly1305 || machine::with_config(|c| c.windows.2 >= CHACHA20_POLY1305_BUILD)
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.name() == name && a.exists())
    }
}

/// A chaining mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// `BCRYPT_CHAIN_MODE_NA`
    None,
    /// `BCRYPT_CHAIN_MODE_CBC`, what AES starts with
    Cbc,
    /// `BCRYPT_CHAIN_MODE_ECB`
    Ecb,
    /// `BCRYPT_CHAIN_MODE_CFB`
    Cfb,
    /// `BCRYPT_CHAIN_MODE_CCM`
    Ccm,
    /// `BCRYPT_CHAIN_MODE_GCM`
    Gcm,
}

impl Mode {
    const ALL: [Self; 6] = [Self::None, Self::Cbc, Self::Ecb, Self::Cfb, Self::Ccm, Self::Gcm];

    /// As in the property.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "ChainingModeN/A",
            Self::Cbc => "ChainingModeCBC",
            Self::Ecb => "ChainingModeECB",
            Self::Cfb => "ChainingModeCFB",
            Self::Ccm => "ChainingModeCCM",
            Self::Gcm => "ChainingModeGCM",
        }
    }

    /// The mode of that name, if `algorithm` has it.
    #[must_use]
    pub fn named(algorithm: Algorithm, name: &str) -> Option<Self> {
        let mode = Self::ALL.into_iter().find(|m| m.name() == name)?;
        let fits = match algorithm {
            Algorithm::Aes => mode != Self::None,
            _ => mode == Self::None,
        };
        fits.then_some(mode)
    }
}

/// A mode that may be set while keys are made and used.
#[derive(Debug)]
pub(super) struct SharedMode(AtomicU8);

impl SharedMode {
    pub(super) fn new(mode: Mode) -> Self {
        Self(AtomicU8::new(mode as u8))
    }

    pub(super) fn get(&self) -> Mode {
        let number = self.0.load(Ordering::Relaxed);
        Mode::ALL
            .into_iter()
            .find(|m| *m as u8 == number)
            .unwrap_or(Mode::None)
    }

    pub(super) fn set(&self, mode: Mode) {
        self.0.store(mode as u8, Ordering::Relaxed);
    }
}

/// An open provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) algorithm: Algorithm,
    pub(super) dispatch: bool,
    pub(super) hmac: bool,
    pub(super) reusable: bool,
    pub(super) mode: SharedMode,
    /// Live keys and hashes.
    pub(super) children: AtomicUsize,
}

impl Provider {
    fn new(algorithm: Algorithm, flags: u32) -> Arc<Self> {
        Arc::new(Self {
            algorithm,
            dispatch: flags & BCRYPT_PROV_DISPATCH != 0,
            hmac: flags & BCRYPT_ALG_HANDLE_HMAC_FLAG != 0,
            reusable: flags & BCRYPT_HASH_REUSABLE_FLAG != 0,
            mode: SharedMode::new(match algorithm {
                Algorithm::Aes => Mode::Cbc,
                _ => Mode::None,
            }),
            children: AtomicUsize::new(0),
        })
    }

    /// For reports: algorithm and flags.
    pub(super) fn label(&self) -> String {
        let hmac = if self.hmac { "HMAC-" } else { "" };
        format!("{hmac}{}", self.algorithm.name())
    }
}

/// Counts as a child of its provider while it lives.
#[derive(Debug)]
pub(super) struct ChildOf(pub(super) Arc<Provider>);

impl ChildOf {
    pub(super) fn new(provider: Arc<Provider>) -> Self {
        provider.children.fetch_add(1, Ordering::Relaxed);
        Self(provider)
    }
}

impl Drop for ChildOf {
    fn drop(&mut self) {
        self.0.children.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Kind for Arc<Provider> {
    const NAME: &'static str = "provider";

    fn of(object: &Object) -> Option<&Self> {
        match object {
            Object::Provider(provider) => Some(provider),
            _ => None,
        }
    }

    fn dispatch(&self) -> bool {
        self.dispatch
    }

    fn memory(&self) -> Memory {
        Memory::default()
    }
}

/// The provider behind a handle or pseudo handle.
pub(super) fn get(handle: usize) -> Result<Arc<Provider>> {
    if let Some(provider) = pseudo(handle) {
        handle::check_irql("pseudo handle", false);
        return Ok(provider);
    }
    Ok(Arc::clone(&*handle::get::<Arc<Provider>>(handle)?))
}

/// The `BCRYPT_..._ALG_HANDLE` values of Windows 10 and later. That they work at DISPATCH_LEVEL isn't documented.
fn pseudo(handle: usize) -> Option<Arc<Provider>> {
    let (algorithm, flags, mode) = match handle {
        0x41 => (Algorithm::Sha256, 0, Mode::None),
        0x51 => (Algorithm::Sha384, 0, Mode::None),
        0x61 => (Algorithm::Sha512, 0, Mode::None),
        0x81 => (Algorithm::Rng, 0, Mode::None),
        0xB1 => (Algorithm::Sha256, BCRYPT_ALG_HANDLE_HMAC_FLAG, Mode::None),
        0xC1 => (Algorithm::Sha384, BCRYPT_ALG_HANDLE_HMAC_FLAG, Mode::None),
        0xD1 => (Algorithm::Sha512, BCRYPT_ALG_HANDLE_HMAC_FLAG, Mode::None),
        0x1E1 => (Algorithm::Aes, 0, Mode::Gcm),
        0x3A1 => (Algorithm::ChaCha20Poly1305, 0, Mode::None),
        _ => return None,
    };
    if !algorithm.exists() {
        return None;
    }
    let provider = Provider::new(algorithm, flags);
    provider.mode.set(mode);
    Some(provider)
}

/// `BCryptOpenAlgorithmProvider`.
///
/// | the caller promises | else |
/// |---|---|
/// | PASSIVE_LEVEL | `irql` |
/// | flags are of `BCRYPT_PROV_DISPATCH`, HMAC (hashes only), reusable | `cng-parameter`, `STATUS_INVALID_PARAMETER` |
/// | the provider is closed before unload | `cng-leak` |
///
/// Effect: `STATUS_NOT_FOUND` for an algorithm that this Windows, or an implementation that the kernel, doesn't have.
pub extern "win64" fn BCryptOpenAlgorithmProvider(
    result: Guest<usize>,
    algorithm: Guest<u16>,
    implementation: Guest<u16>,
    flags: u32,
) -> NtStatus {
    super::of(open(result, algorithm, implementation, flags))
}

fn open(result: Guest<usize>, algorithm: Guest<u16>, implementation: Guest<u16>, flags: u32) -> Result<()> {
    if result.is_null() || algorithm.is_null() {
        violate!(CNG_PARAMETER, "no algorithm or no place for the handle");
        return Err(status::INVALID_PARAMETER);
    }
    super::allocation_fault("BCryptOpenAlgorithmProvider")?;
    let name = wide_z(algorithm);
    let microsoft = String::from_utf16_lossy(MS_PRIMITIVE_PROVIDER.as_units());
    if !implementation.is_null() && wide_z(implementation) != microsoft {
        return Err(status::NOT_FOUND);
    }
    let algorithm = Algorithm::named(&name).ok_or(status::NOT_FOUND)?;
    let hash_flags = BCRYPT_ALG_HANDLE_HMAC_FLAG | BCRYPT_HASH_REUSABLE_FLAG;
    let allowed = BCRYPT_PROV_DISPATCH | if algorithm.is_hash() { hash_flags } else { 0 };
    if flags & !allowed != 0 {
        violate!(CNG_PARAMETER, "flags {flags:#x} for a provider of {name}");
        return Err(status::INVALID_PARAMETER);
    }
    let provider = Provider::new(algorithm, flags);
    let what = format!("{} provider(s)", provider.label());
    result.write(handle::insert(
        Object::Provider(provider),
        what,
        Memory::default(),
    )?);
    Ok(())
}

/// `BCryptCloseAlgorithmProvider`.
///
/// | the caller promises | else |
/// |---|---|
/// | PASSIVE_LEVEL | `irql` |
/// | a provider's handle, closed once | `cng-handle`, `STATUS_INVALID_HANDLE` |
/// | every key and hash of it is destroyed | `cng-provider-in-use` |
/// | flags are 0 | `cng-parameter` |
pub extern "win64" fn BCryptCloseAlgorithmProvider(handle: usize, flags: u32) -> NtStatus {
    if flags != 0 {
        violate!(CNG_PARAMETER, "flags {flags:#x}, must be 0");
    }
    if pseudo(handle).is_some() {
        violate!(CNG_HANDLE, "pseudo handle {handle:#x} can't be closed");
        return status::INVALID_HANDLE;
    }
    match handle::remove::<Arc<Provider>>(handle) {
        Ok(Object::Provider(provider)) => {
            let children = provider.children.load(Ordering::Relaxed);
            if children != 0 {
                violate!(
                    CNG_PROVIDER_IN_USE,
                    "the {} provider is closed with {children} live keys or hashes",
                    provider.label()
                );
            }
            status::SUCCESS
        }
        Ok(_) => status::INVALID_HANDLE,
        Err(status) => {
            if handle == 0 {
                violate!(CNG_HANDLE, "null handle closed at IRQL {}", cpu::irql());
            }
            status
        }
    }
}
