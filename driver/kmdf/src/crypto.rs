//! The system's AEADs: CNG, with dispatch-level providers that are opened once.
//!
//! ChaCha20-Poly1305 came to CNG with Windows 11 and Server 2022; before them the driver's own implementation
//! takes its place (`chacha20poly1305` of RustCrypto, built for SSE2 only: wider registers would have to be
//! saved around every call).

use core::ptr;

use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use netcx_sys::cng::{
    BCRYPT_AES_ALGORITHM, BCRYPT_ALG_HANDLE, BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO, BCRYPT_CHACHA20_POLY1305_ALGORITHM,
    BCRYPT_CHAIN_MODE_GCM, BCRYPT_CHAINING_MODE, BCRYPT_KEY_HANDLE, BCRYPT_PROV_DISPATCH,
    BCryptCloseAlgorithmProvider, BCryptDecrypt, BCryptDestroyKey, BCryptEncrypt, BCryptGenerateSymmetricKey,
    BCryptOpenAlgorithmProvider, BCryptSetProperty,
};
use ovpn_dco_engine::{Cipher, CryptoError};
use wdk_sys::{NTSTATUS, STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS};
use zeroize::Zeroizing;
