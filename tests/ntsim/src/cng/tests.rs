//! Known answers (the GCM specification's test cases 4, 10 and 16, RFC 8439, FIPS 180, RFC 4231), and each rule broken
//! once, as a driver would.

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

struct Answer {
    algorithm: &'static str,
    mode: &'static str,
    secret: String,
    nonce: &'static str,
    aad: &'static str,
    plaintext: Vec<u8>,
    ciphertext: &'static str,
    tag: &'static str,
}

fn answers() -> Vec<Answer> {
    let half = "feffe9928665731c6d6a8f9467308308";
    let aes = |secret: String, ciphertext, tag| Answer {
        algorithm: "AES",
        mode: "ChainingModeGCM",
        secret,
        nonce: "cafebabefacedbaddecaf888",
        aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        plaintext: hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
        ciphertext,
        tag,
    };
    vec![
        aes(
            half.to_owned(),
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
        aes(
            half.to_owned() + &half[..16],
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
             7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
            "2519498e80f1478f37ba55bd6d27618c",
        ),
        aes(
            half.repeat(2),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
        Answer {
            algorithm: "CHACHA20_POLY1305",
            mode: "ChainingModeN/A",
            secret: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f".to_owned(),
            nonce: "070000004041424344454647",
            aad: "50515253c0c1c2c3c4c5c6c7",
            plaintext:
                b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
                         future, sunscreen would be it."
                    .to_vec(),
            ciphertext: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
                         3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
                         92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
                         3ff4def08e4b7a9de576d26586cec64b6116",
            tag: "1ae10b594f09e26a7e902ecbd0600691",
        },
    ]
}

#[test]
fn ciphers_give_the_known_answers_in_place_and_out_of_place() {
    for answer in answers() {
        let _machine = Machine::boot(Config::default());
        let provider = open(answer.algorithm, PROV_DISPATCH);
        assert_eq!(set_mode(provider, answer.mode), status::SUCCESS);
        let (nonce, aad) = (hex(answer.nonce), hex(answer.aad));
        let (ciphertext, tag) = (hex(answer.ciphertext), hex(answer.tag));
        for in_place in [false, true] {
            let key = key(provider, &hex(&answer.secret));
            let mut made = [0; 16];
            let mut output = answer.plaintext.clone();
            let mut input = answer.plaintext.clone();
            if in_place {
                let place = place(&mut output);
                let mut info = info(&nonce, &aad, &mut made);
                let length = len(&output);
                let status = crypt_with(BCryptEncrypt, key, &mut info, place, length, place, &mut []);
                assert_eq!(status, status::SUCCESS);
            } else {
                let mut info = info(&nonce, &aad, &mut made);
                assert_eq!(
                    crypt(BCryptEncrypt, key, &mut info, &input, &mut output),
                    status::SUCCESS
                );
            }
            assert_eq!((&output, &made[..]), (&ciphertext, &tag[..]));
            let mut info = info(&nonce, &aad, &mut made);
            let opened = if in_place {
                let length = len(&output);
                let place = place(&mut output);
                let status = crypt_with(BCryptDecrypt, key, &mut info, place, length, place, &mut []);
                input.clone_from(&output);
                status
            } else {
                crypt(BCryptDecrypt, key, &mut info, &output, &mut input)
            };
            assert_eq!((opened, &input), (status::SUCCESS, &answer.plaintext));
            assert_eq!(BCryptDestroyKey(key), status::SUCCESS);
        }
        assert_eq!(BCryptCloseAlgorithmProvider(provider, 0), status::SUCCESS);
        super::check_unload();
        assert!(rules().is_empty(), "{:?}", violation::all());
    }
}

#[test]
fn a_message_in_parts_is_the_message_in_one() {
    for answer in answers().into_iter().filter(|a| a.algorithm == "AES") {
        let _machine = Machine::boot(Config::default());
        let provider = gcm();
        let key = key(provider, &hex(&answer.secret));
        let (nonce, aad, ciphertext) = (hex(answer.nonce), hex(answer.aad), hex(answer.ciphertext));
        for (call, from, to) in [
            (BCryptEncrypt as Cipher, &answer.plaintext, &ciphertext),
            (BCryptDecrypt, &ciphertext, &answer.plaintext),
        ] {
            let (mut tag, mut mac, mut iv) = (hex(answer.tag), [0; 16], [0; 16]);
            if call as *const () == BCryptEncrypt as *const () {
                tag.fill(0);
            }
            let mut info = info(&nonce, &aad, &mut tag);
            info.pbMacContext = mac.as_mut_ptr();
            info.cbMacContext = 16;
            info.dwFlags = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
            let mut output = vec![0; from.len()];
            for (range, last) in [(0..16, false), (16..48, false), (48..from.len(), true)] {
                if last {
                    info.dwFlags &= !BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
                }
                let place = place(&mut output[range.clone()]);
                let part = &from[range];
                let status = crypt_with(call, key, &mut info, bytes(part), len(part), place, &mut iv);
                assert_eq!(status, status::SUCCESS);
                (info.pbAuthData, info.cbAuthData) = (std::ptr::null_mut(), 0);
            }
            assert_eq!((&output, &tag), (to, &hex(answer.tag)));
        }
        close(key, provider);
        assert!(rules().is_empty(), "{:?}", violation::all());
    }
}

#[test]
fn a_part_that_is_not_whole_blocks_must_be_the_last() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let key = key(provider, &[1; 16]);
    let (mut tag, mut mac) = ([0; 16], [0u8; 16]);
    let mut info = info(&[2; 12], &[], &mut tag);
    info.pbMacContext = mac.as_mut_ptr();
    info.cbMacContext = 16;
    info.dwFlags = BCRYPT_AUTH_MODE_CHAIN_CALLS_FLAG;
    let mut data = [0; 20];
    let place = place(&mut data);
    let status = crypt_with(BCryptEncrypt, key, &mut info, place, 20, place, &mut [0; 16]);
    assert_eq!(status, status::INVALID_BUFFER_SIZE);
    close(key, provider);
}

#[test]
fn a_short_tag_is_the_beginning_of_the_full_one() {
    let _machine = Machine::boot(Config::default());
    let answer = &answers()[0];
    let provider = gcm();
    let key = key(provider, &hex(&answer.secret));
    let mut tag = hex(&answer.tag[..24]);
    let (nonce, aad) = (hex(answer.nonce), hex(answer.aad));
    let mut plaintext = answer.plaintext.clone();
    let mut good = info(&nonce, &aad, &mut tag);
    let status = crypt(
        BCryptDecrypt,
        key,
        &mut good,
        &hex(answer.ciphertext),
        &mut plaintext,
    );
    assert_eq!((status, &plaintext), (status::SUCCESS, &answer.plaintext));
    tag[11] ^= 1;
    let mut bad = info(&nonce, &aad, &mut tag);
    let status = crypt(
        BCryptDecrypt,
        key,
        &mut bad,
        &hex(answer.ciphertext),
        &mut plaintext,
    );
    assert_eq!(status, status::AUTH_TAG_MISMATCH);
    close(key, provider);
}

#[test]
fn a_wrong_tag_wipes_the_output_and_poisons_it_when_strict() {
    for (strict, left) in [(false, 0), (true, 0xC9)] {
        let _machine = Machine::boot(Config {
            strict,
            ..Config::default()
        });
        let provider = gcm();
        let key = key(provider, &[7; 32]);
        let mut tag = [9; 16];
        let mut output = [5; 40];
        let mut info = info(&[1; 12], b"ad", &mut tag);
        let status = crypt(BCryptDecrypt, key, &mut info, &[3; 40], &mut output);
        assert_eq!((status, output), (status::AUTH_TAG_MISMATCH, [left; 40]));
        close(key, provider);
        assert!(rules().is_empty());
    }
}

#[test]
fn an_empty_message_has_a_tag() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let key = key(provider, &[0; 16]);
    let (mut tag, mut empty) = ([0; 16], [0]);
    let mut info = info(&[0; 12], &[], &mut tag);
    let place = place(&mut empty);
    let status = crypt_with(BCryptEncrypt, key, &mut info, Guest::null(), 0, place, &mut []);
    // The GCM specification's test case 1.
    assert_eq!(status, status::SUCCESS);
    assert_eq!(tag[..], hex("58e2fccefa7e3061367f1d57a4e7455a"));
    let status = crypt_with(BCryptDecrypt, key, &mut info, place, 0, place, &mut []);
    assert_eq!(status, status::SUCCESS);
    assert!(rules().is_empty());
    let status = crypt_with(BCryptDecrypt, key, &mut info, place, 0, Guest::null(), &mut []);
    assert_eq!((status, rules()), (status::SUCCESS, vec![Rule::CNG_PARAMETER]));
    close(key, provider);
}

#[test]
fn hashes_give_the_known_answers() {
    let _machine = Machine::boot(Config::default());
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let sha384 = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                  8086072ba1e7cc2358baeca134c825a7";
    let hmac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    type Row<'a> = (&'a str, u32, &'a [u8], &'a [u8], &'a str);
    let table: [Row<'_>; 3] = [
        ("SHA256", 0, b"", b"abc", sha256),
        ("SHA384", 0, b"", b"abc", sha384),
        ("SHA256", HMAC, b"Jefe", b"what do ya want for nothing?", hmac),
    ];
    for (name, flags, secret, data, digest) in table {
        let provider = open(name, flags | PROV_DISPATCH);
        let digest = hex(digest);
        let mut once = vec![0; digest.len()];
        let place = place(&mut once);
        let (secret_length, length) = (len(secret), len(data));
        let status = BCryptHash(
            provider,
            bytes(secret),
            secret_length,
            bytes(data),
            length,
            place,
            len(&digest),
        );
        assert_eq!((status, &once), (status::SUCCESS, &digest));
        once.fill(0);
        let mut hash = 0;
        let handle = Guest::at(&raw mut hash as usize);
        assert_eq!(
            BCryptCreateHash(provider, handle, 0, 0, bytes(secret), secret_length, 0),
            status::SUCCESS
        );
        at_dispatch(|| {
            for half in [&data[..1], &data[1..]] {
                assert_eq!(BCryptHashData(hash, bytes(half), len(half), 0), status::SUCCESS);
            }
            assert_eq!(BCryptFinishHash(hash, place, len(&digest), 0), status::SUCCESS);
        });
        assert_eq!(once, digest);
        assert_eq!(BCryptDestroyHash(hash), status::SUCCESS);
        assert_eq!(BCryptCloseAlgorithmProvider(provider, 0), status::SUCCESS);
    }
    assert!(rules().is_empty(), "{:?}", violation::all());
}

#[test]
fn a_finished_hash_begins_anew_only_if_it_is_reusable() {
    let _machine = Machine::boot(Config::default());
    for (flags, second, broken) in [(0x20, status::SUCCESS, 0), (0, status::INVALID_HANDLE, 1)] {
        let provider = open("SHA256", 0);
        let (mut hash, mut digest) = (0, [0u8; 32]);
        let handle = Guest::at(&raw mut hash as usize);
        let place = place(&mut digest);
        assert_eq!(
            BCryptCreateHash(provider, handle, 0, 0, Guest::null(), 0, flags),
            0
        );
        assert_eq!(BCryptFinishHash(hash, place, 32, 0), status::SUCCESS);
        assert_eq!(BCryptFinishHash(hash, place, 32, 0), second);
        assert_eq!(BCryptDestroyHash(hash), status::SUCCESS);
        assert_eq!(BCryptCloseAlgorithmProvider(provider, 0), status::SUCCESS);
        assert_eq!(rules(), vec![Rule::CNG_HANDLE; broken]);
    }
}

#[test]
fn chacha20_poly1305_is_absent_on_windows_10() {
    for (build, expected) in [(19045, status::NOT_FOUND), (22621, status::SUCCESS)] {
        let _machine = Machine::boot(Config {
            windows: (10, 0, build),
            ..Config::default()
        });
        assert_eq!(open_status("CHACHA20_POLY1305", PROV_DISPATCH).0, expected);
        assert_eq!(open_status("DES", 0).0, status::NOT_FOUND);
    }
}

fn property(handle: usize, name: &str, room: u32) -> (NtStatus, u32, [u8; 64]) {
    let (name, mut value, mut length) = (wide_z(name), [0; 64], 0);
    let status = BCryptGetProperty(
        handle,
        units(&name),
        place(&mut value),
        room,
        Guest::at(&raw mut length as usize),
        0,
    );
    (status, length, value)
}

#[test]
fn properties_are_told_with_their_length() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let key = key(provider, &[0; 24]);
    let (status, length, value) = property(provider, "AuthTagLength", 64);
    assert_eq!(
        (status, length, value[0], value[4]),
        (status::SUCCESS, 12, 12, 16)
    );
    assert_eq!(property(key, "KeyLength", 4).2[0], 192);
    assert_eq!(property(provider, "KeyLengths", 8).0, status::BUFFER_TOO_SMALL);
    assert_eq!(property(provider, "ChainingMode", 64).1, 32);
    assert_eq!(
        property(provider, "HashDigestLength", 64).0,
        status::NOT_SUPPORTED
    );
    assert_eq!(set_mode(provider, "ChainingModeN/A"), status::NOT_SUPPORTED);
    close(key, provider);
    assert!(rules().is_empty());
}

#[test]
fn a_key_travels_as_a_blob_and_as_a_copy() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let first = key(provider, &[0x42; 16]);
    let (kind, mut blob, mut length) = (wide_z("KeyDataBlob"), [0; 28], 0);
    let place = place(&mut blob);
    let told = Guest::at(&raw mut length as usize);
    assert_eq!(BCryptExportKey(first, 0, units(&kind), place, 28, told, 0), 0);
    assert_eq!(
        (length, blob[0], &blob[12..]),
        (28, BCRYPT_KEY_DATA_BLOB_MAGIC.to_le_bytes()[0], &[0x42; 16][..])
    );
    let (mut second, mut third) = (0, 0);
    let handle = Guest::at(&raw mut second as usize);
    assert_eq!(
        BCryptImportKey(provider, 0, units(&kind), handle, 0, 0, place, 28, 0),
        status::SUCCESS
    );
    assert_eq!(
        BCryptDuplicateKey(second, Guest::at(&raw mut third as usize), 0, 0, 0),
        status::SUCCESS
    );
    let tags = [first, second, third].map(|key| {
        let mut tag = [0; 16];
        let mut info = info(&[1; 12], &[], &mut tag);
        assert_eq!(crypt(BCryptEncrypt, key, &mut info, &[0; 5], &mut [0; 5]), 0);
        assert_eq!(BCryptDestroyKey(key), status::SUCCESS);
        tag
    });
    assert!(tags[0] == tags[1] && tags[1] == tags[2]);
    assert_eq!(BCryptCloseAlgorithmProvider(provider, 0), status::SUCCESS);
    assert!(rules().is_empty());
}

#[test]
fn random_numbers_differ() {
    let _machine = Machine::boot(Config::default());
    let (mut a, mut b) = ([0; 32], [0; 32]);
    let provider = open("RNG", PROV_DISPATCH);
    assert_eq!(BCryptGenRandom(0, place(&mut a), 32, 2), 0);
    at_dispatch(|| {
        assert_eq!(BCryptGenRandom(provider, place(&mut b), 32, 0), 0);
    });
    assert_ne!(a, b);
    assert!(rules().is_empty());
}

fn encrypt_with(key: usize, change: fn(&mut Info)) -> NtStatus {
    let mut tag = [0; 16];
    let mut info = info(&[1; 12], &[], &mut tag);
    change(&mut info);
    crypt(BCryptEncrypt, key, &mut info, &[0; 8], &mut [0; 8])
}

/// One broken rule each, with a provider and a key that are fine.
#[test]
fn each_broken_rule_is_named() {
    type Break = fn(usize, usize);
    let table: [(&str, Break, Rule); 18] = [
        (
            "provider without the dispatch flag at DISPATCH_LEVEL",
            |_, _| {
                let provider = open("AES", 0);
                at_dispatch(|| {
                    // The violation is the point.
                    let _ = key_status(provider, &[0; 16], (0, 0));
                });
            },
            Rule::IRQL,
        ),
        (
            "key without the dispatch flag at DISPATCH_LEVEL",
            |_, _| {
                let provider = open("AES", 0);
                assert_eq!(set_mode(provider, "ChainingModeGCM"), 0);
                let key = key(provider, &[0; 16]);
                assert_eq!(at_dispatch(|| encrypt_with(key, |_| {})), 0);
            },
            Rule::IRQL,
        ),
        (
            "system random numbers at DISPATCH_LEVEL",
            |_, _| {
                let mut buffer = [0u8; 4];
                at_dispatch(|| BCryptGenRandom(0, place(&mut buffer), 4, 2));
            },
            Rule::IRQL,
        ),
        (
            "paged memory at DISPATCH_LEVEL",
            |_, key| {
                let paged = ExAllocatePool2(0x100, 16, TAG);
                let mut tag = [0; 16];
                let mut info = info(&[1; 12], &[], &mut tag);
                let place = Guest::at(paged);
                at_dispatch(|| crypt_with(BCryptEncrypt, key, &mut info, place, 16, place, &mut []));
                ExFreePoolWithTag(paged, TAG);
            },
            Rule::IRQL,
        ),
        (
            "key destroyed twice",
            |provider, _| {
                let key = key(provider, &[0; 16]);
                assert_eq!(BCryptDestroyKey(key), 0);
                assert_eq!(BCryptDestroyKey(key), status::INVALID_HANDLE);
            },
            Rule::CNG_HANDLE,
        ),
        (
            "key used after its destruction",
            |provider, _| {
                let key = key(provider, &[0; 16]);
                assert_eq!(BCryptDestroyKey(key), 0);
                assert_eq!(encrypt_with(key, |_| {}), status::INVALID_HANDLE);
            },
            Rule::CNG_HANDLE,
        ),
        (
            "provider's handle where a key's is needed",
            |provider, _| assert_eq!(encrypt_with(provider, |_| {}), status::INVALID_HANDLE),
            Rule::CNG_HANDLE,
        ),
        (
            "no handle at all",
            |_, _| {
                assert_eq!(
                    encrypt_with(0xFFFF_8000_1234_0000, |_| {}),
                    status::INVALID_HANDLE
                )
            },
            Rule::CNG_HANDLE,
        ),
        (
            "structure's size",
            |_, key| assert_eq!(encrypt_with(key, |i| i.cbSize -= 8), status::INVALID_PARAMETER),
            Rule::CNG_PARAMETER,
        ),
        (
            "structure's version",
            |_, key| {
                assert_eq!(
                    encrypt_with(key, |i| i.dwInfoVersion = 2),
                    status::INVALID_PARAMETER
                )
            },
            Rule::CNG_PARAMETER,
        ),
        (
            "nonce's length",
            |_, key| assert_eq!(encrypt_with(key, |i| i.cbNonce = 8), status::INVALID_PARAMETER),
            Rule::CNG_PARAMETER,
        ),
        (
            "tag's length",
            |_, key| assert_eq!(encrypt_with(key, |i| i.cbTag = 8), status::INVALID_PARAMETER),
            Rule::CNG_PARAMETER,
        ),
        (
            "overlap in part",
            |_, key| {
                let (mut data, mut tag) = ([0; 40], [0; 16]);
                let mut info = info(&[1; 12], &[], &mut tag);
                let place = place(&mut data);
                let status = crypt_with(BCryptEncrypt, key, &mut info, place, 32, place.index(8), &mut []);
                assert_eq!(status, status::INVALID_PARAMETER);
            },
            Rule::CNG_PARAMETER,
        ),
        (
            "secret of a wrong length",
            |provider, _| {
                let (status, key) = key_status(provider, &[0; 20], (0, 0));
                assert_eq!((status, BCryptDestroyKey(key)), (status::SUCCESS, 0));
            },
            Rule::CNG_PARAMETER,
        ),
        (
            "nonce used twice",
            |_, key| {
                for _ in 0..2 {
                    assert_eq!(encrypt_with(key, |_| {}), 0);
                }
            },
            Rule::NONCE_REUSE,
        ),
        (
            "object memory overwritten",
            |provider, _| {
                let mut memory = [0u8; 654];
                let (status, key) = key_status(provider, &[0; 16], (place(&mut memory).addr(), 654));
                assert_eq!(status, 0);
                place(&mut memory).write_bytes(&[1]);
                assert_eq!(BCryptDestroyKey(key), 0);
            },
            Rule::CNG_OBJECT_MEMORY,
        ),
        (
            "object memory freed",
            |provider, _| {
                let memory = ExAllocatePool2(0x40, 654, TAG);
                assert_eq!(key_status(provider, &[0; 16], (memory, 654)).0, 0);
                ExFreePoolWithTag(memory, TAG);
            },
            Rule::ACTIVE_FREED,
        ),
        (
            "object memory too small",
            |provider, _| {
                let mut memory = [0u8; 100];
                let (status, _) = key_status(provider, &[0; 16], (place(&mut memory).addr(), 100));
                assert_eq!(status, status::BUFFER_TOO_SMALL);
            },
            Rule::CNG_PARAMETER,
        ),
    ];
    for (what, breaks, rule) in table {
        let _machine = Machine::boot(Config::default());
        let provider = gcm();
        let key = key(provider, &[3; 16]);
        breaks(provider, key);
        assert_eq!(rules().first(), Some(&rule), "{what}: {:?}", violation::all());
    }
}

#[test]
fn a_null_key_may_be_destroyed_but_not_used() {
    let _machine = Machine::boot(Config::default());
    assert_eq!(BCryptDestroyKey(0), status::INVALID_HANDLE);
    assert!(rules().is_empty());
}

#[test]
fn a_provider_closed_too_early_and_what_is_left_at_unload_are_named() {
    let _machine = Machine::boot(Config::default());
    let (closed, left) = (gcm(), open("SHA256", 0));
    let _leaked = key(closed, &[0; 32]);
    assert_eq!(BCryptCloseAlgorithmProvider(closed, 0), status::SUCCESS);
    assert_ne!(left, 0);
    super::check_unload();
    assert_eq!(
        rules(),
        [Rule::CNG_PROVIDER_IN_USE, Rule::CNG_LEAK, Rule::CNG_LEAK]
    );
    let texts: Vec<String> = violation::all().into_iter().map(|v| v.text).collect();
    assert!(texts[1].starts_with("1 AES-256 key(s) still there"), "{texts:?}");
}

#[test]
fn a_key_destroyed_under_a_user_is_named() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let key = key(provider, &[0; 32]);
    let user = super::handle::get::<super::key::Key>(key).unwrap_or_else(|_| unreachable!("live"));
    let destroyer = std::thread::spawn(move || BCryptDestroyKey(key));
    while rules().is_empty() {
        std::thread::yield_now();
    }
    drop(user);
    assert_eq!(destroyer.join().unwrap(), status::SUCCESS);
    assert_eq!(rules(), [Rule::CNG_HANDLE]);
}

#[test]
fn a_short_output_is_refused_with_the_length() {
    let _machine = Machine::boot(Config::default());
    let provider = gcm();
    let key = key(provider, &[0; 32]);
    let (mut tag, mut output, mut needed) = ([0; 16], [0u8; 9], 0);
    let mut info = info(&[1; 12], &[], &mut tag);
    let status = BCryptEncrypt(
        key,
        bytes(&[0; 10]),
        10,
        Guest::at(&raw mut info as usize),
        Guest::null(),
        0,
        place(&mut output),
        9,
        Guest::at(&raw mut needed as usize),
        0,
    );
    assert_eq!((status, needed), (status::BUFFER_TOO_SMALL, 10));
    close(key, provider);
}

#[test]
fn faults_on_order_fail_the_calls() {
    let rule = |call: &str| FaultRule {
        call: call.to_owned(),
        nth: Some(1),
        every: None,
        per_million: None,
        action: crate::faults::ActionKind::Fail,
        status: None,
        delay_us: 0,
    };
    let _machine = Machine::boot(Config {
        faults: Plan {
            rules: vec![rule("BCryptGenerateSymmetricKey"), rule("BCryptEncrypt")],
        },
        ..Config::default()
    });
    let provider = gcm();
    assert_eq!(key_status(provider, &[0; 16], (0, 0)).0, status::NO_MEMORY);
    let key = key(provider, &[0; 16]);
    let mut tag = [0; 16];
    let mut info = info(&[1; 12], &[], &mut tag);
    let status = crypt(BCryptEncrypt, key, &mut info, &[0; 8], &mut [0; 8]);
    assert_eq!(status, status::INSUFFICIENT_RESOURCES);
    close(key, provider);
    assert!(rules().is_empty());
}
