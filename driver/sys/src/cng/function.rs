//! The functions of cng.sys, imported without an import library.

use super::structure::{
    BCRYPT_ALG_HANDLE, BCRYPT_HANDLE, BCRYPT_HASH_HANDLE, BCRYPT_KEY_HANDLE, BCryptBufferDesc,
};
use crate::scalar::{NTSTATUS, PCWSTR, PVOID, UCHAR, ULONG};

imports! {
    "cng.sys";

    /// Opens a provider. `STATUS_NOT_FOUND`: this Windows does not have the algorithm. Slow: once per driver. IRQL:
    /// PASSIVE_LEVEL.
    pub fn BCryptOpenAlgorithmProvider(
        phAlgorithm: *mut BCRYPT_ALG_HANDLE,
        pszAlgId: PCWSTR,
        pszImplementation: PCWSTR,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Closes a provider, after everything that came from it was destroyed. IRQL: PASSIVE_LEVEL.
    pub fn BCryptCloseAlgorithmProvider(hAlgorithm: BCRYPT_ALG_HANDLE, dwFlags: ULONG) -> NTSTATUS;

    /// Reads a property. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptGetProperty(
        hObject: BCRYPT_HANDLE,
        pszProperty: PCWSTR,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
        pcbResult: *mut ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Writes a property, e.g. the chaining mode of a provider before keys are made. IRQL: <= DISPATCH_LEVEL with a
    /// dispatch provider.
    pub fn BCryptSetProperty(
        hObject: BCRYPT_HANDLE,
        pszProperty: PCWSTR,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Makes a key from a secret. A secret that is too long is cut without a word. Without object memory CNG
    /// allocates it. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptGenerateSymmetricKey(
        hAlgorithm: BCRYPT_ALG_HANDLE,
        phKey: *mut BCRYPT_KEY_HANDLE,
        pbKeyObject: *mut UCHAR,
        cbKeyObject: ULONG,
        pbSecret: *mut UCHAR,
        cbSecret: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Makes a key from a blob. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptImportKey(
        hAlgorithm: BCRYPT_ALG_HANDLE,
        hImportKey: BCRYPT_KEY_HANDLE,
        pszBlobType: PCWSTR,
        phKey: *mut BCRYPT_KEY_HANDLE,
        pbKeyObject: *mut UCHAR,
        cbKeyObject: ULONG,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Makes a blob from a key. IRQL: not documented; PASSIVE_LEVEL is safe.
    pub fn BCryptExportKey(
        hKey: BCRYPT_KEY_HANDLE,
        hExportKey: BCRYPT_KEY_HANDLE,
        pszBlobType: PCWSTR,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
        pcbResult: *mut ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Copies a key. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptDuplicateKey(
        hKey: BCRYPT_KEY_HANDLE,
        phNewKey: *mut BCRYPT_KEY_HANDLE,
        pbKeyObject: *mut UCHAR,
        cbKeyObject: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Destroys a key, which nobody may be using. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptDestroyKey(hKey: BCRYPT_KEY_HANDLE) -> NTSTATUS;

    /// Encrypts. Input and output may be the same buffer, but must not overlap in part. IRQL: <= DISPATCH_LEVEL
    /// with a dispatch provider.
    pub fn BCryptEncrypt(
        hKey: BCRYPT_KEY_HANDLE,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        pPaddingInfo: PVOID,
        pbIV: *mut UCHAR,
        cbIV: ULONG,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
        pcbResult: *mut ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Decrypts. `STATUS_AUTH_TAG_MISMATCH`: not authentic, and the output is garbage. Input and output may be the
    /// same buffer, but must not overlap in part. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptDecrypt(
        hKey: BCRYPT_KEY_HANDLE,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        pPaddingInfo: PVOID,
        pbIV: *mut UCHAR,
        cbIV: ULONG,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
        pcbResult: *mut ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Random bytes. IRQL: <= DISPATCH_LEVEL with a dispatch provider, PASSIVE_LEVEL with the system-preferred
    /// generator.
    pub fn BCryptGenRandom(
        hAlgorithm: BCRYPT_ALG_HANDLE,
        pbBuffer: *mut UCHAR,
        cbBuffer: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Makes a hash, or with a secret an HMAC. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptCreateHash(
        hAlgorithm: BCRYPT_ALG_HANDLE,
        phHash: *mut BCRYPT_HASH_HANDLE,
        pbHashObject: *mut UCHAR,
        cbHashObject: ULONG,
        pbSecret: *mut UCHAR,
        cbSecret: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Adds data to a hash. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptHashData(
        hHash: BCRYPT_HASH_HANDLE,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Ends a hash. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptFinishHash(
        hHash: BCRYPT_HASH_HANDLE,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Copies a hash. IRQL: not documented; PASSIVE_LEVEL is safe.
    pub fn BCryptDuplicateHash(
        hHash: BCRYPT_HASH_HANDLE,
        phNewHash: *mut BCRYPT_HASH_HANDLE,
        pbHashObject: *mut UCHAR,
        cbHashObject: ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;

    /// Destroys a hash. IRQL: <= DISPATCH_LEVEL with a dispatch provider.
    pub fn BCryptDestroyHash(hHash: BCRYPT_HASH_HANDLE) -> NTSTATUS;

    /// A hash in one call. IRQL: not documented; PASSIVE_LEVEL is safe.
    pub fn BCryptHash(
        hAlgorithm: BCRYPT_ALG_HANDLE,
        pbSecret: *mut UCHAR,
        cbSecret: ULONG,
        pbInput: *mut UCHAR,
        cbInput: ULONG,
        pbOutput: *mut UCHAR,
        cbOutput: ULONG,
    ) -> NTSTATUS;

    /// Derives a key, e.g. by HKDF. IRQL: not documented; shipping drivers call it at DISPATCH_LEVEL with a
    /// dispatch provider.
    pub fn BCryptKeyDerivation(
        hKey: BCRYPT_KEY_HANDLE,
        pParameterList: *mut BCryptBufferDesc,
        pbDerivedKey: *mut UCHAR,
        cbDerivedKey: ULONG,
        pcbResult: *mut ULONG,
        dwFlags: ULONG,
    ) -> NTSTATUS;
}
