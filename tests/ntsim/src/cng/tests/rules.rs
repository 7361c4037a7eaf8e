//! Each rule broken once.

use super::*;

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
    crate::cng::check_unload();
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
    let user = crate::cng::handle::get::<crate::cng::key::Key>(key).unwrap_or_else(|_| unreachable!("live"));
    let destroyer = std::thread::spawn(move || BCryptDestroyKey(key));
    while rules().is_empty() {
        std::thread::yield_now();
    }
    drop(user);
    assert_eq!(destroyer.join().unwrap(), status::SUCCESS);
    assert_eq!(rules(), [Rule::CNG_HANDLE]);
}
