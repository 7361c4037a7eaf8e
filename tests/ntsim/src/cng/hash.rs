//! Hashes and HMAC.

use std::sync::Arc;

use aws_lc_rs::{digest, hmac};
use parking_lot::Mutex;

use super::handle::{self, Kind, Memory, Object};
use super::property;
use super::provider::{self, Algorithm, ChildOf, Provider};
use netcx_sys::cng::BCRYPT_HASH_REUSABLE_FLAG;

use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::{exports, violate};

exports! { "cng.sys";
    BCryptCreateHash: PASSIVE..=DISPATCH,
    BCryptHashData: PASSIVE..=DISPATCH,
    BCryptFinishHash: PASSIVE..=DISPATCH,
    BCryptDuplicateHash: PASSIVE..=PASSIVE,
    BCryptDestroyHash: PASSIVE..=DISPATCH,
    BCryptHash: PASSIVE..=DISPATCH,
}

#[derive(Clone)]
enum Context {
    Digest(digest::Context),
    Hmac(Box<hmac::Context>),
}

impl Context {
    fn new(provider: &Provider, secret: &[u8]) -> Result<Self> {
        let (digest, hmac) = match provider.algorithm {
            Algorithm::Sha256 => (&digest::SHA256, hmac::HMAC_SHA256),
            Algorithm::Sha384 => (&digest::SHA384, hmac::HMAC_SHA384),
            Algorithm::Sha512 => (&digest::SHA512, hmac::HMAC_SHA512),
            other => {
                violate!(CNG_HANDLE, "a provider of {} makes no hashes", other.name());
                return Err(status::NOT_SUPPORTED);
            }
        };
        Ok(if provider.hmac {
            Self::Hmac(Box::new(hmac::Context::with_key(&hmac::Key::new(hmac, secret))))
        } else {
            Self::Digest(digest::Context::new(digest))
        })
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Self::Digest(context) => context.update(data),
            Self::Hmac(context) => context.update(data),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Digest(context) => context.finish().as_ref().to_vec(),
            Self::Hmac(context) => context.sign().as_ref().to_vec(),
        }
    }
}

/// A hash under way.
pub(super) struct Hash {
    parent: ChildOf,
    /// `None` after it was finished, unless it is reusable.
    running: Mutex<Option<Context>>,
    /// What a reusable hash begins with again.
    fresh: Option<Context>,
    memory: Memory,
}

impl Hash {
    pub(super) fn provider(&self) -> &Arc<Provider> {
        &self.parent.0
    }

    fn publish(self, result: Guest<usize>) -> Result<()> {
        let (what, memory) = (format!("{} hash(es)", self.provider().label()), self.memory);
        result.write(handle::insert(Object::Hash(Box::new(self)), what, memory)?);
        Ok(())
    }
}

impl Kind for Hash {
    const NAME: &'static str = "hash";

    fn of(object: &Object) -> Option<&Self> {
        match object {
            Object::Hash(hash) => Some(hash),
            _ => None,
        }
    }

    fn dispatch(&self) -> bool {
        self.provider().dispatch
    }

    fn memory(&self) -> Memory {
        self.memory
    }
}

/// `BCryptCreateHash`.
///
/// | the caller promises | else |
/// |---|---|
/// | IRQL <= DISPATCH; at DISPATCH a dispatch provider and non-paged memory | `irql` |
/// | a live provider of a hash; a secret if and only if it was opened for HMAC | `cng-handle`, `cng-parameter` |
/// | object memory as for keys | see [`super::key`] |
/// | the hash is destroyed before its provider and before unload | `cng-provider-in-use`, `cng-leak` |
pub extern "win64" fn BCryptCreateHash(
    provider: usize,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    secret: Guest<u8>,
    secret_length: u32,
    flags: u32,
) -> NtStatus {
    let made = provider::get(provider).and_then(|provider| {
        if result.is_null() || flags & !BCRYPT_HASH_REUSABLE_FLAG != 0 {
            violate!(CNG_PARAMETER, "no place for the handle, or flags {flags:#x}");
            return Err(status::INVALID_PARAMETER);
        }
        let context = Context::new(&provider, secret_of(&provider, secret, secret_length)?)?;
        let memory = place_for_hash("BCryptCreateHash", &provider, object, object_length)?;
        let reusable = provider.reusable || flags & BCRYPT_HASH_REUSABLE_FLAG != 0;
        let hash = Hash {
            parent: ChildOf::new(provider),
            fresh: reusable.then(|| context.clone()),
            running: Mutex::new(Some(context)),
            memory,
        };
        hash.publish(result)
    });
    super::of(made)
}

fn place_for_hash(function: &str, provider: &Provider, object: usize, length: u32) -> Result<Memory> {
    let needed = property::object_length(provider).unwrap_or(0);
    let memory = Memory::offered(Hash::NAME, object, length, needed)?;
    if memory.length == 0 {
        super::allocation_fault(function)?;
    } else {
        super::fault(function)?;
    }
    Ok(memory)
}

fn secret_of<'a>(provider: &Provider, secret: Guest<u8>, length: u32) -> Result<&'a [u8]> {
    pool::check_resident("the secret", secret.addr());
    if (secret.is_null() || !provider.hmac) && length != 0 {
        violate!(
            CNG_PARAMETER,
            "a secret of {length} bytes for a provider of {}",
            provider.label()
        );
        return Err(status::INVALID_PARAMETER);
    }
    Ok(secret.slice(length as usize))
}

/// `BCryptHashData`.
///
/// | the caller promises | else |
/// |---|---|
/// | a live hash, not finished or reusable; as for IRQL and memory, see [`BCryptCreateHash`] | `cng-handle`, `irql` |
/// | flags are 0 | `cng-parameter` |
pub extern "win64" fn BCryptHashData(hash: usize, input: Guest<u8>, length: u32, flags: u32) -> NtStatus {
    let added = handle::get::<Hash>(hash).and_then(|hash| {
        super::fault("BCryptHashData")?;
        if flags != 0 || input.is_null() && length != 0 {
            violate!(
                CNG_PARAMETER,
                "flags {flags:#x}, or {length} bytes at a null address"
            );
            return Err(status::INVALID_PARAMETER);
        }
        pool::check_resident("the input", input.addr());
        match &mut *hash.running.lock() {
            Some(context) => context.update(input.slice(length as usize)),
            None => return finished(),
        }
        Ok(())
    });
    super::of(added)
}

fn finished<T>() -> Result<T> {
    violate!(CNG_HANDLE, "the hash is finished and was not made reusable");
    Err(status::INVALID_HANDLE)
}

/// `BCryptFinishHash`: the output is exactly a digest, else `STATUS_INVALID_PARAMETER`. Promises as of
/// [`BCryptHashData`].
pub extern "win64" fn BCryptFinishHash(hash: usize, output: Guest<u8>, length: u32, flags: u32) -> NtStatus {
    let done = handle::get::<Hash>(hash).and_then(|hash| {
        super::fault("BCryptFinishHash")?;
        check_digest_length(hash.provider(), output, length, flags)?;
        let mut running = hash.running.lock();
        let Some(context) = running.take() else {
            return finished();
        };
        running.clone_from(&hash.fresh);
        output.write_bytes(&context.finish());
        Ok(())
    });
    super::of(done)
}

fn check_digest_length(provider: &Provider, output: Guest<u8>, length: u32, flags: u32) -> Result<()> {
    pool::check_resident("the output", output.addr());
    let digest = property::digest_length(provider.algorithm);
    if flags != 0 || output.is_null() || digest.is_some_and(|d| d != length) {
        violate!(
            CNG_PARAMETER,
            "flags {flags:#x}, or {length} bytes for a digest of {digest:?}"
        );
        return Err(status::INVALID_PARAMETER);
    }
    Ok(())
}

/// `BCryptDuplicateHash`: a copy of the hash's state. The IRQL isn't documented, so it is PASSIVE_LEVEL.
pub extern "win64" fn BCryptDuplicateHash(
    hash: usize,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    flags: u32,
) -> NtStatus {
    let made = handle::get::<Hash>(hash).and_then(|hash| {
        if result.is_null() || flags != 0 {
            violate!(CNG_PARAMETER, "no place for the handle, or flags {flags:#x}");
            return Err(status::INVALID_PARAMETER);
        }
        let provider = Arc::clone(hash.provider());
        let memory = place_for_hash("BCryptDuplicateHash", &provider, object, object_length)?;
        let copy = Hash {
            parent: ChildOf::new(provider),
            running: Mutex::new(hash.running.lock().clone()),
            fresh: hash.fresh.clone(),
            memory,
        };
        copy.publish(result)
    });
    super::of(made)
}

/// `BCryptDestroyHash`: promises as of [`BCryptDestroyKey`](super::key::BCryptDestroyKey).
pub extern "win64" fn BCryptDestroyHash(hash: usize) -> NtStatus {
    super::of(handle::remove::<Hash>(hash).map(drop))
}

/// `BCryptHash`: a hash or HMAC in one call. Promises as of [`BCryptCreateHash`] and [`BCryptFinishHash`].
pub extern "win64" fn BCryptHash(
    provider: usize,
    secret: Guest<u8>,
    secret_length: u32,
    input: Guest<u8>,
    input_length: u32,
    output: Guest<u8>,
    output_length: u32,
) -> NtStatus {
    let done = provider::get(provider).and_then(|provider| {
        super::allocation_fault("BCryptHash")?;
        let mut context = Context::new(&provider, secret_of(&provider, secret, secret_length)?)?;
        check_digest_length(&provider, output, output_length, 0)?;
        if input.is_null() && input_length != 0 {
            violate!(CNG_PARAMETER, "{input_length} bytes at a null address");
            return Err(status::INVALID_PARAMETER);
        }
        pool::check_resident("the input", input.addr());
        context.update(input.slice(input_length as usize));
        output.write_bytes(&context.finish());
        Ok(())
    });
    super::of(done)
}
