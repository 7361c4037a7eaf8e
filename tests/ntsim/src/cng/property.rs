//! Properties of providers, keys and hashes.

use super::handle::{self, Kind, Object};
use super::hash::Hash;
use super::key::Key;
use super::provider::{Algorithm, Mode, Provider};
use crate::guest::{Guest, wide, wide_z};
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::{exports, violate};

exports! { "cng.sys";
    BCryptGetProperty: PASSIVE..=DISPATCH,
    BCryptSetProperty: PASSIVE..=DISPATCH,
}

/// `BCryptGetProperty`: AlgorithmName, ChainingMode, ObjectLength, BlockLength, KeyLength, KeyLengths, AuthTagLength,
/// HashDigestLength, HashBlockLength.
///
/// | the caller promises | else |
/// |---|---|
/// | any live handle; at DISPATCH_LEVEL of a dispatch provider | `cng-handle`, `irql` |
/// | a place for the length | `cng-parameter` |
///
/// Effect: without output the length only; `STATUS_BUFFER_TOO_SMALL` with the length; `STATUS_NOT_SUPPORTED` for a
/// property that the object doesn't have.
pub extern "win64" fn BCryptGetProperty(
    handle: usize,
    name: Guest<u16>,
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
    _flags: u32,
) -> NtStatus {
    super::of(get(handle, name, output, output_length, result))
}

fn get(
    handle: usize,
    name: Guest<u16>,
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
) -> Result<()> {
    if name.is_null() || result.is_null() {
        violate!(CNG_PARAMETER, "no name or no place for the length");
        return Err(status::INVALID_PARAMETER);
    }
    super::fault("BCryptGetProperty")?;
    pool::check_resident("the output", output.addr());
    let name = wide_z(name);
    let value = with_object(handle, |object| value(object, &name).ok_or(status::NOT_SUPPORTED))?;
    result.write(u32::try_from(value.len()).unwrap_or(u32::MAX));
    if output.is_null() {
        return Ok(());
    }
    if (output_length as usize) < value.len() {
        return Err(status::BUFFER_TOO_SMALL);
    }
    output.write_bytes(&value);
    Ok(())
}

/// `BCryptSetProperty`: ChainingMode, of a provider for the keys made from it later, or of a key.
///
/// | the caller promises | else |
/// |---|---|
/// | any live handle; at DISPATCH_LEVEL of a dispatch provider | `cng-handle`, `irql` |
/// | a string whose length counts its terminator | `cng-parameter` |
///
/// Effect: `STATUS_NOT_SUPPORTED` for a mode that the algorithm doesn't have, and other properties.
pub extern "win64" fn BCryptSetProperty(
    handle: usize,
    name: Guest<u16>,
    input: Guest<u8>,
    input_length: u32,
    flags: u32,
) -> NtStatus {
    super::of(set(handle, name, input, input_length, flags))
}

fn set(handle: usize, name: Guest<u16>, input: Guest<u8>, input_length: u32, flags: u32) -> Result<()> {
    if name.is_null() || input.is_null() || flags != 0 {
        violate!(CNG_PARAMETER, "no name, no value, or flags {flags:#x}");
        return Err(status::INVALID_PARAMETER);
    }
    super::fault("BCryptSetProperty")?;
    pool::check_resident("the value", input.addr());
    if wide_z(name) != "ChainingMode" {
        return with_object(handle, |_| Err(status::NOT_SUPPORTED));
    }
    let units = input.cast::<u16>().read_slice(input_length as usize / 2);
    let Some(end) = units.iter().position(|u| *u == 0) else {
        violate!(
            CNG_PARAMETER,
            "the {input_length} bytes of the chaining mode don't include the terminator"
        );
        return Err(status::INVALID_PARAMETER);
    };
    let mode = String::from_utf16_lossy(&units[..end]);
    with_object(handle, |object| {
        let (algorithm, place) = match object {
            Object::Provider(provider) => (provider.algorithm, &provider.mode),
            Object::Key(key) => (key.provider().algorithm, &key.mode),
            Object::Hash(_) => return Err(status::NOT_SUPPORTED),
        };
        let mode = Mode::named(algorithm, &mode)
            .filter(|_| algorithm.is_cipher())
            .ok_or(status::NOT_SUPPORTED)?;
        place.set(mode);
        Ok(())
    })
}

fn with_object<R>(handle: usize, f: impl FnOnce(&Object) -> Result<R>) -> Result<R> {
    handle::with_any(handle, |object| {
        match object {
            Object::Provider(provider) => handle::check_irql("provider", provider.dispatch()),
            Object::Key(key) => handle::check_irql(Key::NAME, key.dispatch()),
            Object::Hash(hash) => handle::check_irql(Hash::NAME, hash.dispatch()),
        }
        f(object)
    })
}

fn value(object: &Object, name: &str) -> Option<Vec<u8>> {
    match object {
        Object::Provider(provider) => of_provider(provider, provider.mode.get(), name),
        Object::Key(key) if name == "KeyLength" => Some(number(key.bits())),
        Object::Key(key) => of_provider(key.provider(), key.mode.get(), name),
        Object::Hash(hash) => of_provider(hash.provider(), Mode::None, name),
    }
}

fn of_provider(provider: &Provider, mode: Mode, name: &str) -> Option<Vec<u8>> {
    let algorithm = provider.algorithm;
    match name {
        "AlgorithmName" => Some(text(algorithm.name())),
        "ObjectLength" => object_length(provider).map(number),
        "HashDigestLength" => digest_length(algorithm).map(number),
        "HashBlockLength" => digest_length(algorithm).map(|n| number(if n == 32 { 64 } else { 128 })),
        _ if !algorithm.is_cipher() => None,
        "ChainingMode" => Some(text(mode.name())),
        "BlockLength" => Some(number(if algorithm == Algorithm::Aes { 16 } else { 1 })),
        "KeyLengths" if algorithm == Algorithm::Aes => Some(numbers([128, 256, 64])),
        "KeyLengths" => Some(numbers([256, 256, 0])),
        "AuthTagLength" if mode == Mode::Gcm => Some(numbers([12, 16, 1])),
        "AuthTagLength" if algorithm == Algorithm::ChaCha20Poly1305 => Some(numbers([16, 16, 0])),
        _ => None,
    }
}

/// Bytes of a key or hash object. Windows' values differ between versions; drivers must ask.
pub(super) fn object_length(provider: &Provider) -> Option<u32> {
    match provider.algorithm {
        Algorithm::Aes => Some(654),
        Algorithm::ChaCha20Poly1305 => Some(110),
        Algorithm::Sha256 => Some(326),
        Algorithm::Sha384 | Algorithm::Sha512 => Some(518),
        Algorithm::Rng => None,
    }
}

/// Bytes of a digest.
pub(super) fn digest_length(algorithm: Algorithm) -> Option<u32> {
    match algorithm {
        Algorithm::Sha256 => Some(32),
        Algorithm::Sha384 => Some(48),
        Algorithm::Sha512 => Some(64),
        _ => None,
    }
}

fn number(n: u32) -> Vec<u8> {
    n.to_le_bytes().to_vec()
}

fn numbers(all: [u32; 3]) -> Vec<u8> {
    all.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn text(text: &str) -> Vec<u8> {
    let units = wide(text).into_iter().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}
