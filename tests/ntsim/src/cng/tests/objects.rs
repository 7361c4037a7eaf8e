//! What providers, keys and hashes tell, and how their calls fail.

use super::*;

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
