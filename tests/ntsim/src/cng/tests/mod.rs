//! Calls as a driver makes them; what they must give is below.

mod answers;
mod objects;
mod rules;

use netcx_sys::cng::{
    BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG, BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO as Info,
    BCRYPT_KEY_DATA_BLOB_MAGIC,
};

use super::cipher::{BCryptDecrypt, BCryptEncrypt};
use super::hash::{BCryptCreateHash, BCryptDestroyHash, BCryptFinishHash, BCryptHash, BCryptHashData};
use super::key::{
    BCryptDestroyKey, BCryptDuplicateKey, BCryptExportKey, BCryptGenerateSymmetricKey, BCryptImportKey,
};
use super::property::{BCryptGetProperty, BCryptSetProperty};
use super::provider::{BCryptCloseAlgorithmProvider, BCryptOpenAlgorithmProvider};
use super::random::BCryptGenRandom;
use crate::cpu;
use crate::faults::{FaultRule, Plan};
use crate::guest::{Guest, wide};
use crate::machine::{Config, Machine};
use crate::ntoskrnl::pool::{ExAllocatePool2, ExFreePoolWithTag};
use crate::registry::DISPATCH;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};

const PROV_DISPATCH: u32 = 1;
const HMAC: u32 = 8;
const TAG: u32 = u32::from_le_bytes(*b"Test");

fn rules() -> Vec<Rule> {
    violation::all().into_iter().map(|v| v.rule).collect()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn wide_z(text: &str) -> Vec<u16> {
    wide(text).into_iter().chain([0]).collect()
}

fn units(text: &[u16]) -> Guest<u16> {
    Guest::at(text.as_ptr() as usize)
}

fn bytes(data: &[u8]) -> Guest<u8> {
    Guest::at(data.as_ptr() as usize)
}

fn place(data: &mut [u8]) -> Guest<u8> {
    Guest::at(data.as_mut_ptr() as usize)
}

fn len(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap()
}

fn open_status(algorithm: &str, flags: u32) -> (NtStatus, usize) {
    let mut handle = 0;
    let name = wide_z(algorithm);
    let place = Guest::at(&raw mut handle as usize);
    let status = BCryptOpenAlgorithmProvider(place, units(&name), Guest::null(), flags);
    (status, handle)
}

fn open(algorithm: &str, flags: u32) -> usize {
    let (status, handle) = open_status(algorithm, flags);
    assert_eq!(status, status::SUCCESS, "{algorithm}");
    handle
}

fn set_mode(handle: usize, mode: &str) -> NtStatus {
    let (name, value) = (wide_z("ChainingMode"), wide_z(mode));
    let length = u32::try_from(2 * value.len()).unwrap();
    BCryptSetProperty(handle, units(&name), units(&value).cast(), length, 0)
}

fn gcm() -> usize {
    let provider = open("AES", PROV_DISPATCH);
    assert_eq!(set_mode(provider, "ChainingModeGCM"), status::SUCCESS);
    provider
}

fn key_status(provider: usize, secret: &[u8], object: (usize, u32)) -> (NtStatus, usize) {
    let mut handle = 0;
    let place = Guest::at(&raw mut handle as usize);
    let status =
        BCryptGenerateSymmetricKey(provider, place, object.0, object.1, bytes(secret), len(secret), 0);
    (status, handle)
}

fn key(provider: usize, secret: &[u8]) -> usize {
    let (status, handle) = key_status(provider, secret, (0, 0));
    assert_eq!(status, status::SUCCESS);
    handle
}

fn info(nonce: &[u8], aad: &[u8], tag: &mut [u8]) -> Info {
    Info::for_encryption(nonce, aad, tag).unwrap()
}

type Cipher = extern "win64" fn(
    usize,
    Guest<u8>,
    u32,
    Guest<Info>,
    Guest<u8>,
    u32,
    Guest<u8>,
    u32,
    Guest<u32>,
    u32,
) -> NtStatus;

fn crypt_with(
    call: Cipher,
    key: usize,
    info: &mut Info,
    input: Guest<u8>,
    length: u32,
    output: Guest<u8>,
    iv: &mut [u8],
) -> NtStatus {
    let mut written = 0;
    let status = call(
        key,
        input,
        length,
        Guest::at(std::ptr::from_mut(info) as usize),
        place(iv),
        len(iv),
        output,
        length,
        Guest::at(&raw mut written as usize),
        0,
    );
    assert!(status != status::SUCCESS || written == length);
    status
}

fn crypt(call: Cipher, key: usize, info: &mut Info, input: &[u8], output: &mut [u8]) -> NtStatus {
    assert_eq!(input.len(), output.len());
    let output = place(output);
    crypt_with(call, key, info, bytes(input), len(input), output, &mut [])
}

/// Destroys what the test made; whatever is left is a leak, which some tests want.
fn close(key: usize, provider: usize) {
    assert_eq!(BCryptDestroyKey(key), status::SUCCESS);
    assert_eq!(BCryptCloseAlgorithmProvider(provider, 0), status::SUCCESS);
}

fn at_dispatch<R>(call: impl FnOnce() -> R) -> R {
    let cpu = cpu::current();
    let old = cpu.raise(DISPATCH);
    let result = call();
    cpu.lower(old);
    result
}
