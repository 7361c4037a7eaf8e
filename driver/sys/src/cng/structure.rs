//! Handles and structures.

use super::constants::{BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION, BCRYPTBUFFER_VERSION};
use crate::scalar::{PVOID, UCHAR, ULONG, ULONGLONG};

/// Any handle of CNG.
pub type BCRYPT_HANDLE = PVOID;
/// A provider.
pub type BCRYPT_ALG_HANDLE = BCRYPT_HANDLE;
/// A key.
pub type BCRYPT_KEY_HANDLE = BCRYPT_HANDLE;
/// A hash or HMAC.
pub type BCRYPT_HASH_HANDLE = BCRYPT_HANDLE;

c_structs! {
    /// Nonce, tag and additional data of an authenticated cipher: what `pPaddingInfo` points to.
    ///
    /// Without `Debug`: it leads to nonces and plaintext.
    struct BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO {
        /// Size of the structure.
        cbSize: ULONG,
        /// [`BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION`].
        dwInfoVersion: ULONG,
        /// The nonce.
        pbNonce: *mut UCHAR,
        /// Bytes of it; 12 for GCM and ChaCha20-Poly1305.
        cbNonce: ULONG,
        /// Additional data, or NULL.
        pbAuthData: *mut UCHAR,
        /// Bytes of it.
        cbAuthData: ULONG,
        /// The tag, written by encryption and compared by decryption.
        pbTag: *mut UCHAR,
        /// Bytes of it.
        cbTag: ULONG,
        /// Scratch of chained calls, or NULL.
        pbMacContext: *mut UCHAR,
        /// Bytes of it.
        cbMacContext: ULONG,
        /// Bytes of additional data so far, of chained calls.
        cbAAD: ULONG,
        /// Bytes of data so far, of chained calls.
        cbData: ULONGLONG,
        /// `BCRYPT_AUTH_MODE_...`.
        dwFlags: ULONG,
    }

    /// A parameter of a key derivation.
    struct BCryptBuffer {
        /// Bytes.
        cbBuffer: ULONG,
        /// What it is, e.g. `KDF_HKDF_INFO`.
        BufferType: ULONG,
        /// Where it is.
        pvBuffer: PVOID,
    }

    /// Parameters of a key derivation.
    struct BCryptBufferDesc {
        /// [`BCRYPTBUFFER_VERSION`].
        ulVersion: ULONG,
        /// Number of parameters.
        cBuffers: ULONG,
        /// The parameters.
        pBuffers: *mut BCryptBuffer,
    }

    /// What is in front of a key in a key data blob.
    #[derive(Debug)]
    struct BCRYPT_KEY_DATA_BLOB_HEADER {
        /// `BCRYPT_KEY_DATA_BLOB_MAGIC`.
        dwMagic: ULONG,
        /// `BCRYPT_KEY_DATA_BLOB_VERSION1`.
        dwVersion: ULONG,
        /// Bytes of key.
        cbKeyData: ULONG,
    }

    /// Allowed lengths of a key, in bits.
    #[derive(Debug)]
    struct BCRYPT_KEY_LENGTHS_STRUCT {
        /// Shortest.
        dwMinLength: ULONG,
        /// Longest.
        dwMaxLength: ULONG,
        /// Step; 0: only the shortest.
        dwIncrement: ULONG,
    }

    /// Allowed lengths of a tag, in bytes.
    #[derive(Debug)]
    struct BCRYPT_AUTH_TAG_LENGTHS_STRUCT {
        /// Shortest.
        dwMinLength: ULONG,
        /// Longest.
        dwMaxLength: ULONG,
        /// Step.
        dwIncrement: ULONG,
    }
}

impl BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO {
    /// `BCRYPT_INIT_AUTH_MODE_INFO`: all zero but size and version.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // 88
    pub const fn new() -> Self {
        Self {
            cbSize: size_of::<Self>() as ULONG,
            dwInfoVersion: BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO_VERSION,
            pbNonce: core::ptr::null_mut(),
            cbNonce: 0,
            pbAuthData: core::ptr::null_mut(),
            cbAuthData: 0,
            pbTag: core::ptr::null_mut(),
            cbTag: 0,
            pbMacContext: core::ptr::null_mut(),
            cbMacContext: 0,
            cbAAD: 0,
            cbData: 0,
            dwFlags: 0,
        }
    }

    /// For a call that encrypts. `None` if a length is more than a `ULONG` can say.
    ///
    /// The structure holds addresses: nonce, additional data and tag must outlive the call. CNG only reads nonce and
    /// additional data.
    #[must_use]
    pub fn for_encryption(nonce: &[u8], additional_data: &[u8], tag: &mut [u8]) -> Option<Self> {
        Self::with(nonce, additional_data, tag.as_mut_ptr(), tag.len())
    }

    /// For a call that decrypts; CNG only reads the tag then. Else as [`for_encryption`](Self::for_encryption).
    #[must_use]
    pub fn for_decryption(nonce: &[u8], additional_data: &[u8], tag: &[u8]) -> Option<Self> {
        Self::with(nonce, additional_data, tag.as_ptr().cast_mut(), tag.len())
    }

    fn with(nonce: &[u8], additional_data: &[u8], tag: *mut u8, tag_len: usize) -> Option<Self> {
        Some(Self {
            pbNonce: nonce.as_ptr().cast_mut(),
            cbNonce: ULONG::try_from(nonce.len()).ok()?,
            pbAuthData: if additional_data.is_empty() {
                core::ptr::null_mut()
            } else {
                additional_data.as_ptr().cast_mut()
            },
            cbAuthData: ULONG::try_from(additional_data.len()).ok()?,
            pbTag: tag,
            cbTag: ULONG::try_from(tag_len).ok()?,
            ..Self::new()
        })
    }
}

impl Default for BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO {
    fn default() -> Self {
        Self::new()
    }
}

impl BCryptBufferDesc {
    /// One parameter.
    ///
    /// The structure holds the parameter's address, which must outlive the call.
    #[must_use]
    pub const fn of_one(buffer: &mut BCryptBuffer) -> Self {
        Self {
            ulVersion: BCRYPTBUFFER_VERSION,
            cBuffers: 1,
            pBuffers: buffer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_list_points_nowhere() {
        let (nonce, tag) = ([0_u8; 12], [0_u8; 16]);
        let info = BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::for_decryption(&nonce, &[], &tag).unwrap();
        assert_eq!(
            (
                info.cbSize,
                info.dwInfoVersion,
                info.cbNonce,
                info.cbAuthData,
                info.cbTag
            ),
            (88, 1, 12, 0, 16)
        );
        assert!(info.pbAuthData.is_null());
        assert_eq!(info.pbTag.cast_const(), tag.as_ptr());
    }
}
