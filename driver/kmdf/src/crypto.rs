//! The system's AEADs: CNG, with dispatch-level providers that are opened once.
//!
//! ChaCha20-Poly1305 came to CNG with Windows 11 and Server 2022; before them the driver's own implementation
//! takes its place (RustCrypto's, built for SSE2 only: wider registers would have to be saved around every call).

use alloc::boxed::Box;
use core::ptr;

use netcx_sys::cng::{
    BCRYPT_AES_ALGORITHM, BCRYPT_ALG_HANDLE, BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO,
    BCRYPT_CHACHA20_POLY1305_ALGORITHM, BCRYPT_CHAIN_MODE_GCM, BCRYPT_CHAIN_MODE_NA, BCRYPT_CHAINING_MODE,
    BCRYPT_KEY_HANDLE, BCRYPT_PROV_DISPATCH, BCryptCloseAlgorithmProvider, BCryptDecrypt, BCryptDestroyKey,
    BCryptEncrypt, BCryptGenerateSymmetricKey, BCryptOpenAlgorithmProvider, BCryptSetProperty,
};
use netcx_sys::wide::WideStr;
use ovpn_dco_engine::sync::try_box;
use ovpn_dco_engine::{Cipher, CryptoError};
use wdk_sys::{NTSTATUS, STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY, ULONG};
use zeroize::Zeroizing;

use crate::chacha20_poly1305;

/// `STATUS_AUTH_TAG_MISMATCH`.
const TAG_MISMATCH: NTSTATUS = 0xC000_A002_u32.cast_signed();

/// An open algorithm provider; closed when dropped. IRQL: PASSIVE_LEVEL for both.
struct Provider(BCRYPT_ALG_HANDLE);

impl Provider {
    fn open(algorithm: &'static WideStr) -> Result<Self, NTSTATUS> {
        let mut handle: BCRYPT_ALG_HANDLE = ptr::null_mut();
        // SAFETY: a zero-terminated name and a result on the stack; the caller is at PASSIVE_LEVEL.
        let status = unsafe {
            BCryptOpenAlgorithmProvider(
                &raw mut handle,
                algorithm.as_ptr(),
                ptr::null(),
                BCRYPT_PROV_DISPATCH,
            )
        };
        if wdk::nt_success(status) {
            Ok(Self(handle))
        } else {
            Err(status)
        }
    }

    fn set_chaining_mode(&self, mode: &'static WideStr) -> Result<(), NTSTATUS> {
        // SAFETY: the handle is open; name and value are zero-terminated, and the value's length includes the terminator.
        let status = unsafe {
            BCryptSetProperty(
                self.0,
                BCRYPT_CHAINING_MODE.as_ptr(),
                mode.as_ptr().cast_mut().cast(),
                mode.byte_len_with_nul(),
                0,
            )
        };
        if wdk::nt_success(status) {
            Ok(())
        } else {
            Err(status)
        }
    }

    /// A key of this provider. IRQL: <= DISPATCH_LEVEL.
    fn key(&self, secret: &[u8]) -> Result<CngKey, CryptoError> {
        let mut handle: BCRYPT_KEY_HANDLE = ptr::null_mut();
        let len = ULONG::try_from(secret.len()).map_err(|_| CryptoError::Failed)?;
        // SAFETY: the provider is open, the secret has this length, and CNG allocates the key's memory itself.
        let status = unsafe {
            BCryptGenerateSymmetricKey(
                self.0,
                &raw mut handle,
                ptr::null_mut(),
                0,
                secret.as_ptr().cast_mut(),
                len,
                0,
            )
        };
        if wdk::nt_success(status) {
            Ok(CngKey(handle))
        } else {
            Err(error(status))
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and all keys made from it are gone: they go with the devices, before the driver.
        let _ = unsafe { BCryptCloseAlgorithmProvider(self.0, 0) };
    }
}

// SAFETY: provider handles may be used by all threads at once (CNG documentation, "thread safety").
unsafe impl Send for Provider {}
// SAFETY: as above.
unsafe impl Sync for Provider {}

/// The providers of this driver.
pub(crate) struct Providers {
    aes_gcm: Provider,
    /// `None` where CNG does not have it.
    chacha20_poly1305: Option<Provider>,
}

impl Providers {
    /// Opens what the system has. IRQL: PASSIVE_LEVEL.
    pub(crate) fn open() -> Result<Self, NTSTATUS> {
        let aes_gcm = Provider::open(BCRYPT_AES_ALGORITHM)?;
        aes_gcm.set_chaining_mode(BCRYPT_CHAIN_MODE_GCM)?;
        Ok(Self {
            aes_gcm,
            chacha20_poly1305: Self::open_chacha20_poly1305().ok(),
        })
    }

    fn open_chacha20_poly1305() -> Result<Provider, NTSTATUS> {
        let provider = Provider::open(BCRYPT_CHACHA20_POLY1305_ALGORITHM)?;
        // The algorithm has no modes, and CNG wants to be told so before a key is made.
        provider.set_chaining_mode(BCRYPT_CHAIN_MODE_NA)?;
        Ok(provider)
    }

    /// A key. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn key(&self, cipher: Cipher, secret: &[u8]) -> Result<Aead, CryptoError> {
        if secret.len() != cipher.key_len() {
            return Err(CryptoError::Failed);
        }
        match (cipher, &self.chacha20_poly1305) {
            (Cipher::ChaCha20Poly1305, None) => {
                // Copied to where it stays, and nowhere else.
                let mut key = try_box(Zeroizing::new([0; 32])).map_err(|_| CryptoError::NoMemory)?;
                for (to, from) in key.iter_mut().zip(secret) {
                    *to = *from;
                }
                Ok(Aead::InDriver(InDriverKey(key)))
            }
            (Cipher::ChaCha20Poly1305, Some(provider)) => provider.key(secret).map(Aead::Cng),
            _ => self.aes_gcm.key(secret).map(Aead::Cng),
        }
    }
}

fn error(status: NTSTATUS) -> CryptoError {
    match status {
        TAG_MISMATCH => CryptoError::Tag,
        STATUS_NO_MEMORY | STATUS_INSUFFICIENT_RESOURCES => CryptoError::NoMemory,
        _ => CryptoError::Failed,
    }
}

/// A key of CNG; destroyed, and wiped by CNG, when dropped. IRQL: <= DISPATCH_LEVEL.
pub(crate) struct CngKey(BCRYPT_KEY_HANDLE);

// SAFETY: one-shot calls do not change the key object; CNG's own users share keys between processors.
unsafe impl Send for CngKey {}
// SAFETY: as above.
unsafe impl Sync for CngKey {}

impl Drop for CngKey {
    fn drop(&mut self) {
        // SAFETY: the key is open, and nobody uses it any more.
        let _ = unsafe { BCryptDestroyKey(self.0) };
    }
}

impl CngKey {
    /// IRQL: <= DISPATCH_LEVEL.
    ///
    /// # Safety
    ///
    /// `input` and `output` are both `len` bytes, and either equal or without overlap. Neither is null, even with a length of 0: a null
    /// output asks for a length only, and nothing would be authenticated.
    unsafe fn encrypt(
        &self,
        info: &mut BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO,
        input: *const u8,
        output: *mut u8,
        len: usize,
    ) -> Result<(), CryptoError> {
        let len = ULONG::try_from(len).map_err(|_| CryptoError::Failed)?;
        let mut written = 0;
        // SAFETY: lengths are as the caller says; nonce, data and tag are in `info`, whose lifetimes the callers hold.
        let status = unsafe {
            BCryptEncrypt(
                self.0,
                input.cast_mut(),
                len,
                ptr::from_mut(info).cast(),
                ptr::null_mut(),
                0,
                output,
                len,
                &raw mut written,
                0,
            )
        };
        if wdk::nt_success(status) && written == len {
            Ok(())
        } else {
            Err(error(status))
        }
    }

    /// IRQL: <= DISPATCH_LEVEL. A slice's address is never null, which would ask for a length only and authenticate nothing.
    fn decrypt(
        &self,
        info: &mut BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        if input.len() != output.len() {
            return Err(CryptoError::Failed);
        }
        let len = ULONG::try_from(input.len()).map_err(|_| CryptoError::Failed)?;
        let mut written = 0;
        // SAFETY: both buffers have `len` bytes and cannot overlap; `info` is the caller's and lives over the call.
        let status = unsafe {
            BCryptDecrypt(
                self.0,
                input.as_ptr().cast_mut(),
                len,
                ptr::from_mut(info).cast(),
                ptr::null_mut(),
                0,
                output.as_mut_ptr(),
                len,
                &raw mut written,
                0,
            )
        };
        if wdk::nt_success(status) && written == len {
            Ok(())
        } else {
            Err(error(status))
        }
    }
}

/// A key of either provider.
pub(crate) enum Aead {
    /// CNG's.
    Cng(CngKey),
    /// ChaCha20-Poly1305 of this driver.
    InDriver(InDriverKey),
}

/// A key of ChaCha20-Poly1305 of this driver; wiped when dropped.
pub(crate) struct InDriverKey(Box<Zeroizing<[u8; 32]>>);

impl ovpn_dco_engine::Aead for Aead {
    fn seal(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
        ciphertext: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        if plaintext.len() != ciphertext.len() {
            return Err(CryptoError::Failed);
        }
        match self {
            Self::Cng(key) => {
                let mut info = BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::for_encryption(nonce, aad, tag)
                    .ok_or(CryptoError::Failed)?;
                // SAFETY: equal lengths, and a shared and an exclusive slice cannot overlap.
                unsafe {
                    key.encrypt(
                        &mut info,
                        plaintext.as_ptr(),
                        ciphertext.as_mut_ptr(),
                        plaintext.len(),
                    )
                }
            }
            Self::InDriver(_) => {
                for (to, from) in ciphertext.iter_mut().zip(plaintext) {
                    *to = *from;
                }
                self.seal_in_place(nonce, aad, ciphertext, tag)
            }
        }
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        match self {
            Self::Cng(key) => {
                let mut info = BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::for_encryption(nonce, aad, tag)
                    .ok_or(CryptoError::Failed)?;
                // SAFETY: input and output are the same buffer.
                unsafe { key.encrypt(&mut info, data.as_ptr(), data.as_mut_ptr(), data.len()) }
            }
            Self::InDriver(key) => {
                *tag = chacha20_poly1305::seal(&key.0, nonce, aad, data).map_err(|_| CryptoError::Failed)?;
                Ok(())
            }
        }
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; 16],
        plaintext: &mut [u8],
    ) -> Result<(), CryptoError> {
        match self {
            Self::Cng(key) => {
                let mut info = BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::for_decryption(nonce, aad, tag)
                    .ok_or(CryptoError::Failed)?;
                key.decrypt(&mut info, ciphertext, plaintext)
            }
            Self::InDriver(key) => {
                if ciphertext.len() != plaintext.len() {
                    return Err(CryptoError::Failed);
                }
                for (to, from) in plaintext.iter_mut().zip(ciphertext) {
                    *to = *from;
                }
                chacha20_poly1305::open(&key.0, nonce, aad, plaintext, tag).map_err(|_| CryptoError::Tag)
            }
        }
    }
}
