//! Captured control packets of stock OpenVPN: every one is unwrapped, read, and written again byte for byte.

use std::fs;
use std::path::PathBuf;

use ovpn_dco_userlib::control::DropReason;
use ovpn_dco_userlib::control::packet::{Body, BodyRepr, Opcode, SessionId};
use ovpn_dco_userlib::control::wrap::{
    AuthDigest, KeyDirection, ReplayId, Role, StaticKey, Wrapper, split_wkc,
};
use serde_json::Value;

fn vectors(prefix: &str) -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix))
        .map(|path| {
            let json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), json)
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!found.is_empty(), "no vectors {prefix}*");
    found
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| hex::decode(text).unwrap())
}

fn static_key(value: &Value) -> Option<StaticKey> {
    bytes(value).map(|key| StaticKey::from_bytes(key.try_into().unwrap()))
}

/// A wrapper for packets of `role`'s counterpart (to unwrap), or of `role` counting from `first` (to wrap again).
fn wrapper(file: &Value, key_id: u64, role: Role) -> Wrapper {
    let first = ReplayId { time: 0, id: 1 };
    if let Some(key) = static_key(&file["dynamic_tls_crypt_key_hex"]).filter(|_| key_id != 0) {
        return Wrapper::tls_crypt_from(&key, role, first);
    }
    let text = file["wrapping"].as_str().unwrap();
    match text.split([',', ' ']).next().unwrap() {
        "none" => Wrapper::none(),
        "tls-auth" => {
            let direction = match role {
                Role::Client => KeyDirection::Inverse,
                Role::Server => KeyDirection::Normal,
            };
            Wrapper::tls_auth(
                &static_key(&file["static_key_hex"]).unwrap(),
                direction,
                AuthDigest::Sha256,
                0,
            )
        }
        "tls-crypt" => Wrapper::tls_crypt_from(&static_key(&file["static_key_hex"]).unwrap(), role, first),
        "tls-crypt-v2" => {
            let key = bytes(&file["client_key_hex"]).unwrap();
            Wrapper::tls_crypt_from(&StaticKey::from_bytes(key.try_into().unwrap()), role, first)
        }
        other => panic!("unknown wrapping {other}"),
    }
}

/// Unwraps, reads and compares every control packet of a capture; returns how many.
fn check(name: &str, file: &Value) -> usize {
    let mut checked = 0;
    // One receiver per direction and key, so that the replay windows see what a real one sees.
    let mut receivers = std::collections::BTreeMap::new();
    for packet in file["packets"].as_array().unwrap() {
        let at = format!("{name} packet {}", packet["n"]);
        let wire = bytes(&packet["wire_hex"]).unwrap();
        let opcode = Opcode::from_first_byte(wire[0]).unwrap();
        let key_id = packet["key_id"].as_u64().unwrap();
        let (sender, receiver) = match packet["direction"].as_str().unwrap() {
            "c2s" => (Role::Client, Role::Server),
            _ => (Role::Server, Role::Client),
        };
        let dynamic = key_id != 0 && !file["dynamic_tls_crypt_key_hex"].is_null();
        let unwrap = receivers
            .entry((receiver == Role::Client, dynamic))
            .or_insert_with(|| wrapper(file, key_id, receiver));
        if opcode.is_data() {
            assert_eq!(unwrap.unwrap(&wire), Err(DropReason::DataPacket), "{at}");
            continue;
        }
        let (bare, wkc) = match split_wkc(&wire) {
            Some((bare, wkc)) => (bare, wkc),
            None => (&wire[..], &[][..]),
        };
        if let Some(length) = packet["wrapped_client_key_length"].as_u64() {
            assert_eq!(wkc, bytes(&file["wrapped_client_key_hex"]).unwrap(), "{at}");
            assert_eq!(wkc.len() as u64, length, "{at}");
        }

        let plain = unwrap.unwrap(bare).unwrap_or_else(|why| panic!("{at}: {why}"));
        assert_eq!(u64::from(plain.head.key_id), key_id, "{at}");
        assert_eq!(
            hex::encode(plain.head.session_id.0),
            packet["session_id"].as_str().unwrap(),
            "{at}"
        );
        if let Some(want) = bytes(&packet["unwrapped_hex"]) {
            assert_eq!(hex::encode(&plain.body), hex::encode(want), "{at}");
        }
        if let Some(want) = packet["replay_packet_id_hex"].as_str() {
            let got = plain.replay_id.unwrap();
            assert_eq!(format!("{:08x}{:08x}", got.id, got.time), want, "{at}");
        }

        let body = Body::parse(opcode, &plain.body).unwrap();
        let acks: Vec<u32> = body.acks().collect();
        let want: Vec<u32> = serde_json::from_value(packet["acks"].clone()).unwrap();
        assert_eq!(acks, want, "{at}");
        let peer = packet["ack_remote_session_id"].as_str();
        assert_eq!(
            body.peer_session_id()
                .map(|SessionId(id)| hex::encode(id))
                .as_deref(),
            peer,
            "{at}"
        );
        assert_eq!(
            body.message_id().map(u64::from),
            packet["packet_id"].as_u64(),
            "{at}"
        );
        assert_eq!(
            hex::encode(body.payload()),
            packet["payload_hex"].as_str().unwrap_or(""),
            "{at}"
        );

        // And back: body and wrapping, byte for byte.
        let repr = BodyRepr {
            acks: &acks,
            peer: body.peer_session_id(),
            message_id: body.message_id(),
            payload: body.payload(),
        };
        assert_eq!(repr.emit(), plain.body, "{at}");
        let again = rewrap(file, key_id, sender, plain.replay_id, &plain, wkc);
        assert_eq!(hex::encode(again), hex::encode(&wire), "{at}");
        checked += 1;
    }
    checked
}

/// Wraps the packet as `sender` did, with the replay id that it had.
fn rewrap(
    file: &Value,
    key_id: u64,
    sender: Role,
    id: Option<ReplayId>,
    plain: &ovpn_dco_userlib::control::wrap::Unwrapped,
    wkc: &[u8],
) -> Vec<u8> {
    let mut wrapper = wrapper(file, key_id, sender);
    if let Some(id) = id {
        wrapper.resume_at(id);
    }
    [&wrapper.wrap(plain.head, &plain.body)[..], wkc].concat()
}

#[test]
fn captured_handshakes_unwrap_and_wrap_again() {
    let files = vectors("handshake-");
    let checked: usize = files.iter().map(|(name, file)| check(name, file)).sum();
    println!("{checked} control packets of {} captures", files.len());
    assert!(
        checked > 12 * files.len(),
        "{checked} packets in {} captures",
        files.len()
    );
}

#[test]
fn captured_renegotiations_unwrap_under_the_dynamic_key() {
    for (name, file) in vectors("renegotiation-control-") {
        let checked = check(&name, &file);
        println!("{checked} control packets of {name}");
        assert!(checked > 40);
    }
}
