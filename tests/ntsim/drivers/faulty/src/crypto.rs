//! Bugs with CNG, one function each.

use core::ptr;

use netcx_sys::cng::{
    BCRYPT_AES_ALGORITHM, BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO, BCRYPT_CHAIN_MODE_GCM, BCRYPT_CHAINING_MODE,
    BCRYPT_PROV_DISPATCH, BCryptCloseAlgorithmProvider, BCryptDestroyKey, BCryptEncrypt,
    BCryptGenerateSymmetricKey, BCryptOpenAlgorithmProvider, BCryptSetProperty,
};
use wdk_sys::PVOID;
use wdk_sys::ntddk::{KeLowerIrql, KfRaiseIrql};

use crate::bugs::{Call, TAG, allocate, free, keep};

/// Room for a key object, whatever the version of Windows asks for.
const OBJECT: u32 = 4096;

fn open(flags: u32) -> PVOID {
    let mut provider = ptr::null_mut();
    let mode = BCRYPT_CHAIN_MODE_GCM;
    unsafe {
        // What fails here is missed by the test that waits for the bug.
        let _ = BCryptOpenAlgorithmProvider(
            &raw mut provider,
            BCRYPT_AES_ALGORITHM.as_ptr(),
            ptr::null(),
            flags,
        );
        let _ = BCryptSetProperty(
            provider,
            BCRYPT_CHAINING_MODE.as_ptr(),
            mode.as_ptr().cast_mut().cast(),
            mode.byte_len_with_nul(),
            0,
        );
    }
    provider
}

fn key(provider: PVOID, object: *mut u8, length: u32) -> PVOID {
    let mut key = ptr::null_mut();
    let mut secret = [7; 32];
    unsafe {
        let _ =
            BCryptGenerateSymmetricKey(provider, &raw mut key, object, length, secret.as_mut_ptr(), 32, 0);
    }
    key
}

fn encrypt(key: PVOID) {
    let (nonce, mut tag, mut data, mut written) = ([1; 12], [0; 16], [2; 40], 0);
    let Some(mut info) = BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::for_encryption(&nonce, &[], &mut tag) else {
        return;
    };
    let place = data.as_mut_ptr();
    unsafe {
        let _ = BCryptEncrypt(
            key,
            place,
            40,
            (&raw mut info).cast(),
            ptr::null_mut(),
            0,
            place,
            40,
            &raw mut written,
            0,
        );
    }
}

fn destroy(key: PVOID) {
    let _ = unsafe { BCryptDestroyKey(key) };
}

fn close(provider: PVOID) {
    let _ = unsafe { BCryptCloseAlgorithmProvider(provider, 0) };
}

pub(crate) fn unfreed_key(call: &Call) {
    keep(key(open(BCRYPT_PROV_DISPATCH), ptr::null_mut(), 0));
    call.succeed();
}

pub(crate) fn key_destroyed_twice(call: &Call) {
    let provider = open(BCRYPT_PROV_DISPATCH);
    let key = key(provider, ptr::null_mut(), 0);
    destroy(key);
    destroy(key);
    close(provider);
    call.succeed();
}

pub(crate) fn provider_closed_early(call: &Call) {
    let provider = open(BCRYPT_PROV_DISPATCH);
    let key = key(provider, ptr::null_mut(), 0);
    close(provider);
    destroy(key);
    call.succeed();
}

pub(crate) fn nonce_reused(call: &Call) {
    let provider = open(BCRYPT_PROV_DISPATCH);
    let key = key(provider, ptr::null_mut(), 0);
    encrypt(key);
    encrypt(key);
    destroy(key);
    close(provider);
    call.succeed();
}

pub(crate) fn not_a_dispatch_provider(call: &Call) {
    let provider = open(0);
    let key = key(provider, ptr::null_mut(), 0);
    unsafe {
        let old = KfRaiseIrql(2);
        encrypt(key);
        KeLowerIrql(old);
    }
    destroy(key);
    close(provider);
    call.succeed();
}

pub(crate) fn key_memory_freed(call: &Call) {
    let provider = open(BCRYPT_PROV_DISPATCH);
    let memory = allocate(u64::from(OBJECT));
    let key = key(provider, memory, OBJECT);
    free(memory, TAG);
    destroy(key);
    close(provider);
    call.succeed();
}
