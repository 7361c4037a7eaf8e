//! Symmetric keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use netcx_sys::cng::{
    BCRYPT_KEY_DATA_BLOB_HEADER, BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1,
};
use zeroize::Zeroizing;

use super::handle::{self, Kind, Memory, Object};
use super::property;
use super::provider::{self, Algorithm, ChildOf, Provider, SharedMode};
use crate::guest::{Guest, wide_z};
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::{at, exports, violate};

exports! { "cng.sys";
    BCryptGenerateSymmetricKey: PASSIVE..=DISPATCH,
    BCryptImportKey: PASSIVE..=DISPATCH,
    BCryptExportKey: PASSIVE..=PASSIVE,
    BCryptDuplicateKey: PASSIVE..=DISPATCH,
    BCryptDestroyKey: PASSIVE..=DISPATCH,
}

/// Nonces remembered per key; a reuse within about as many messages is found.
const NONCES: usize = 512;

/// A key.
pub(super) struct Key {
    parent: ChildOf,
    pub(super) mode: SharedMode,
    pub(super) secret: Zeroizing<Vec<u8>>,
    /// The cipher with a full tag.
    pub(super) aead: LessSafeKey,
    memory: Memory,
    /// Marks of the latest nonces, each where its own bits say.
    nonces: Box<[AtomicU64; NONCES]>,
}

impl Kind for Key {
    const NAME: &'static str = "key";

    fn of(object: &Object) -> Option<&Self> {
        match object {
            Object::Key(key) => Some(key),
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

impl Key {
    fn new(provider: Arc<Provider>, secret: &[u8], memory: Memory) -> Result<Self> {
        let algorithm = match (provider.algorithm, secret.len()) {
            (Algorithm::ChaCha20Poly1305, _) => &CHACHA20_POLY1305,
            (_, 16) => &AES_128_GCM,
            (_, 24) => &AES_192_GCM,
            (_, _) => &AES_256_GCM,
        };
        let key = UnboundKey::new(algorithm, secret).map_err(|_| status::INVALID_PARAMETER)?;
        Ok(Self {
            mode: SharedMode::new(provider.mode.get()),
            parent: ChildOf::new(provider),
            secret: Zeroizing::new(secret.to_vec()),
            aead: LessSafeKey::new(key),
            memory,
            nonces: Box::new([const { AtomicU64::new(0) }; NONCES]),
        })
    }

    pub(super) fn provider(&self) -> &Arc<Provider> {
        &self.parent.0
    }

    /// Length in bits.
    pub(super) fn bits(&self) -> u32 {
        u32::try_from(8 * self.secret.len()).unwrap_or(0)
    }

    /// Notes that a message was encrypted with this nonce; reports one that was used before.
    pub(super) fn note_nonce(&self, nonce: &[u8; 12]) {
        let [a, b, c] = [0, 4, 8].map(|at| {
            u64::from(u32::from_le_bytes([
                nonce[at],
                nonce[at + 1],
                nonce[at + 2],
                nonce[at + 3],
            ]))
        });
        // An odd factor keeps nonces apart that differ in 64 adjacent bits; the rest is folded in.
        let mark = (a | b << 32)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(c.wrapping_mul(0xD6E8_FEB8_6659_FD93))
            | 1;
        let place = usize::try_from(mark >> 55).unwrap_or(0);
        if self.nonces[place].swap(mark, Ordering::Relaxed) == mark {
            violate!(
                NONCE_REUSE,
                "a key encrypts two messages with the nonce {nonce:02x?}"
            );
        }
    }

    fn label(&self) -> String {
        let bits = self.bits();
        match self.provider().algorithm {
            Algorithm::Aes => format!("AES-{bits} key(s)"),
            other => format!("{} key(s)", other.name()),
        }
    }

    fn publish(self, result: Guest<usize>) -> Result<()> {
        let (what, memory) = (self.label(), self.memory);
        result.write(handle::insert(Object::Key(self), what, memory)?);
        Ok(())
    }
}

/// What the calls that make a key have in common: checks memory and IRQL, obeys the fault plan.
fn place_for_key(
    function: &str,
    provider: &Provider,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    flags: u32,
) -> Result<Memory> {
    if result.is_null() || flags != 0 {
        violate!(CNG_PARAMETER, "no place for the handle, or flags {flags:#x}");
        return Err(status::INVALID_PARAMETER);
    }
    if !provider.algorithm.is_cipher() {
        violate!(
            CNG_HANDLE,
            "a provider of {} makes no keys",
            provider.algorithm.name()
        );
        return Err(status::NOT_SUPPORTED);
    }
    let needed = property::object_length(provider).unwrap_or(0);
    let memory = Memory::offered(Key::NAME, object, object_length, needed)?;
    if memory.length == 0 {
        super::allocation_fault(function)?;
    } else {
        super::fault(function)?;
    }
    Ok(memory)
}

/// The part of a secret that makes a key; CNG cuts what is too long.
fn secret_of(algorithm: Algorithm, address: Guest<u8>, length: u32) -> Result<Zeroizing<Vec<u8>>> {
    let lengths: &[usize] = match algorithm {
        Algorithm::Aes => &[32, 24, 16],
        _ => &[32],
    };
    let length = length as usize;
    let fitting = lengths.iter().copied().find(|l| *l <= length);
    if address.is_null() || fitting != Some(length) {
        violate!(
            CNG_PARAMETER,
            "a secret of {length} bytes for {}, whose keys have {lengths:?}",
            algorithm.name()
        );
    }
    pool::check_resident("the secret", address.addr());
    let length = fitting
        .filter(|_| !address.is_null())
        .ok_or(status::INVALID_PARAMETER)?;
    Ok(Zeroizing::new(address.read_bytes(length)))
}

/// `BCryptGenerateSymmetricKey`.
///
/// | the caller promises | else |
/// |---|---|
/// | IRQL <= DISPATCH; at DISPATCH a dispatch provider and non-paged memory | `irql` |
/// | a live provider of a cipher | `cng-handle` |
/// | a secret of exactly a key's length | `cng-parameter`; a longer one is cut |
/// | object memory of `ObjectLength` bytes that stays and is left alone, or none | `cng-parameter`, `STATUS_BUFFER_TOO_SMALL`, `active-object-freed`, `cng-object-memory` |
/// | the key is destroyed before its provider and before unload | `cng-provider-in-use`, `cng-leak` |
///
/// Effect: a key in the provider's chaining mode. `STATUS_NO_MEMORY` when a fault is ordered.
pub extern "win64" fn BCryptGenerateSymmetricKey(
    provider: usize,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    secret: Guest<u8>,
    secret_length: u32,
    flags: u32,
) -> NtStatus {
    let made = provider::get(provider).and_then(|provider| {
        let function = "BCryptGenerateSymmetricKey";
        let memory = place_for_key(function, &provider, result, object, object_length, flags)?;
        let secret = secret_of(provider.algorithm, secret, secret_length)?;
        Key::new(provider, &secret, memory)?.publish(result)
    });
    super::of(made)
}

/// `BCryptImportKey`: a `BCRYPT_KEY_DATA_BLOB`; wrapped keys and other blobs are `STATUS_NOT_SUPPORTED`. Promises as of
/// [`BCryptGenerateSymmetricKey`].
pub extern "win64" fn BCryptImportKey(
    provider: usize,
    import_key: usize,
    blob_type: Guest<u16>,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    input: Guest<u8>,
    input_length: u32,
    flags: u32,
) -> NtStatus {
    let made = provider::get(provider).and_then(|provider| {
        let memory = place_for_key("BCryptImportKey", &provider, result, object, object_length, flags)?;
        if import_key != 0 || wide_z(blob_type) != "KeyDataBlob" {
            return Err(status::NOT_SUPPORTED);
        }
        let (secret, length) = blob(input, input_length)?;
        let secret = secret_of(provider.algorithm, secret, length)?;
        Key::new(provider, &secret, memory)?.publish(result)
    });
    super::of(made)
}

/// Bytes of the header in front of the key.
const HEADER: u32 = 12;

fn blob(input: Guest<u8>, input_length: u32) -> Result<(Guest<u8>, u32)> {
    const { assert!(size_of::<BCRYPT_KEY_DATA_BLOB_HEADER>() == HEADER as usize) };
    if input.is_null() || input_length < HEADER {
        violate!(CNG_PARAMETER, "a blob of {input_length} bytes has no header");
        return Err(status::INVALID_PARAMETER);
    }
    let header: Guest<BCRYPT_KEY_DATA_BLOB_HEADER> = input.cast();
    let length = at!(header.cbKeyData).read();
    if at!(header.dwMagic).read() != BCRYPT_KEY_DATA_BLOB_MAGIC
        || at!(header.dwVersion).read() != BCRYPT_KEY_DATA_BLOB_VERSION1
        || length > input_length - HEADER
    {
        violate!(CNG_PARAMETER, "the blob's header is not that of a key data blob");
        return Err(status::INVALID_PARAMETER);
    }
    Ok((input.index(HEADER as usize), length))
}

/// `BCryptExportKey`: as a `BCRYPT_KEY_DATA_BLOB`, else `STATUS_NOT_SUPPORTED`. Without output the length only. The
/// IRQL isn't documented, so it is PASSIVE_LEVEL.
pub extern "win64" fn BCryptExportKey(
    key: usize,
    export_key: usize,
    blob_type: Guest<u16>,
    output: Guest<u8>,
    output_length: u32,
    result: Guest<u32>,
    _flags: u32,
) -> NtStatus {
    let exported = handle::get::<Key>(key).and_then(|key| {
        super::fault("BCryptExportKey")?;
        if export_key != 0 || wide_z(blob_type) != "KeyDataBlob" {
            return Err(status::NOT_SUPPORTED);
        }
        let length = key.bits() / 8;
        result.put(HEADER + length);
        if output.is_null() {
            return Ok(());
        }
        if output_length < HEADER + length {
            return Err(status::BUFFER_TOO_SMALL);
        }
        for (i, word) in [BCRYPT_KEY_DATA_BLOB_MAGIC, BCRYPT_KEY_DATA_BLOB_VERSION1, length]
            .into_iter()
            .enumerate()
        {
            output.cast::<u32>().index(i).write(word);
        }
        output.index(HEADER as usize).write_bytes(&key.secret);
        Ok(())
    });
    super::of(exported)
}

/// `BCryptDuplicateKey`. Promises as of [`BCryptGenerateSymmetricKey`].
pub extern "win64" fn BCryptDuplicateKey(
    key: usize,
    result: Guest<usize>,
    object: usize,
    object_length: u32,
    flags: u32,
) -> NtStatus {
    let made = handle::get::<Key>(key).and_then(|key| {
        let provider = Arc::clone(key.provider());
        let function = "BCryptDuplicateKey";
        let memory = place_for_key(function, &provider, result, object, object_length, flags)?;
        let copy = Key::new(provider, &key.secret, memory)?;
        copy.mode.set(key.mode.get());
        copy.publish(result)
    });
    super::of(made)
}

/// `BCryptDestroyKey`.
///
/// | the caller promises | else |
/// |---|---|
/// | IRQL <= DISPATCH; at DISPATCH a key of a dispatch provider | `irql` |
/// | a live key, destroyed once, that no thread uses | `cng-handle` |
///
/// Effect: the key is wiped, also in the caller's memory. A null handle is `STATUS_INVALID_HANDLE` and harmless.
pub extern "win64" fn BCryptDestroyKey(key: usize) -> NtStatus {
    super::of(handle::remove::<Key>(key).map(drop))
}
