//! Flags and numbers.

use crate::scalar::ULONG;

c_consts! {
    /// Open: what comes from the provider may be used at DISPATCH_LEVEL. Kernel mode only.
    pub const BCRYPT_PROV_DISPATCH: ULONG = 1;
    /// Open: HMAC with the hash algorithm.
    pub const BCRYPT_ALG_HANDLE_HMAC_FLAG: ULONG = 8;
    /// Open, create: the hash begins anew after it was finished.
    pub const BCRYPT_HASH_REUSABLE_FLAG: ULONG = 0x20;
    /// Encrypt: pad to the block.
    pub const BCRYPT_BLOCK_PADDING: ULONG = 1;
    /// Random numbers without a provider. PASSIVE_LEVEL only.
    pub const BCRYPT_USE_SYSTEM_PREFERRED_RNG: ULONG = 2;

    /// Version of [`BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO`](super::BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO).
    pub const BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION: ULONG = 1;
    /// More parts of the message follow; all but the last are a multiple of the block.
    pub const BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG: ULONG = 1;
    /// Parts have been processed; CNG writes it.
    pub const BCRYPT_AUTH_MODE_IN_PROGRESS_FLAG: ULONG = 2;

    /// Version of [`BCryptBufferDesc`](super::BCryptBufferDesc).
    pub const BCRYPTBUFFER_VERSION: ULONG = 0;
    /// Type of a [`BCryptBuffer`](super::BCryptBuffer): the info of HKDF.
    pub const KDF_HKDF_INFO: ULONG = 0x14;

    /// Magic of [`BCRYPT_KEY_DATA_BLOB_HEADER`](super::BCRYPT_KEY_DATA_BLOB_HEADER).
    pub const BCRYPT_KEY_DATA_BLOB_MAGIC: ULONG = 0x4D42_444B;
    /// Version of [`BCRYPT_KEY_DATA_BLOB_HEADER`](super::BCRYPT_KEY_DATA_BLOB_HEADER).
    pub const BCRYPT_KEY_DATA_BLOB_VERSION1: ULONG = 1;
    /// Alignment of object memory that a caller provides.
    pub const BCRYPT_OBJECT_ALIGNMENT: ULONG = 16;
}

/// A pseudo handle: an algorithm without a provider, Windows 10 and later. Whether they may be used at DISPATCH_LEVEL is
/// not documented.
const fn pseudo_handle(value: usize) -> super::BCRYPT_ALG_HANDLE {
    core::ptr::without_provenance_mut(value)
}

macro_rules! pseudo_handles {
    ($( $(#[$meta:meta])* $name:ident = $value:literal; )*) => {
        $( $(#[$meta])* pub const $name: super::BCRYPT_ALG_HANDLE = pseudo_handle($value); )*

        #[cfg(test)]
        pub(crate) const PSEUDO_HANDLES: &[(&str, usize)] = &[$((stringify!($name), $value)),*];
    };
}

pseudo_handles! {
    /// SHA-256.
    BCRYPT_SHA256_ALG_HANDLE = 0x41;
    /// Random numbers.
    BCRYPT_RNG_ALG_HANDLE = 0x81;
    /// HMAC-SHA-256.
    BCRYPT_HMAC_SHA256_ALG_HANDLE = 0xB1;
    /// AES-GCM.
    BCRYPT_AES_GCM_ALG_HANDLE = 0x1E1;
    /// HKDF.
    BCRYPT_HKDF_ALG_HANDLE = 0x391;
    /// ChaCha20-Poly1305.
    BCRYPT_CHACHA20_POLY1305_ALG_HANDLE = 0x3A1;
}
