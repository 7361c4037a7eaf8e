//! Known answers: the GCM specification's test cases 1, 4, 10 and 16, RFC 8439, FIPS 180, RFC 4231.

use super::*;

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
        crate::cng::check_unload();
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
