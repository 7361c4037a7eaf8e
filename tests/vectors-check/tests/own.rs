//! The project's own copy of the vectors, and what becomes of bad ones.

use ovpn_dco_vectors::{check_file, check_folder, total};
use std::path::{Path, PathBuf};

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

#[test]
fn every_file_of_the_own_folder_is_used_and_right() {
    let files = check_folder(&own()).unwrap();
    for file in &files {
        if let Err(error) = &file.result {
            panic!("{}: {error:#}", file.path.display());
        }
    }
    let total = total(&files);
    // 399 captured DATA_V2 packets, by both providers.
    assert_eq!(total.of("data packets opened"), 2 * 399, "{total:?}");
    assert_eq!(total.of("data packets opened"), total.of("data packets sealed"));
    assert!(
        total.of("control packets unwrapped and wrapped again") >= 200,
        "{total:?}"
    );
}

#[test]
fn a_damaged_vector_is_found() {
    let folder = std::env::temp_dir().join(format!("ovpn-dco-vectors-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let damage = |name: &str, field: &str| {
        let mut file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(own().join(name)).unwrap()).unwrap();
        let value = &mut file["packets"][3][field];
        let text = value.as_str().unwrap();
        let flipped = if text.ends_with('0') { '1' } else { '0' };
        *value = format!("{}{flipped}", &text[..text.len() - 1]).into();
        let path = folder.join(name);
        std::fs::write(&path, file.to_string()).unwrap();
        check_file(&path).map_err(|error| format!("{error:#}"))
    };
    for field in ["wire_hex", "plaintext_hex", "aad_hex"] {
        assert!(
            damage("data-classic-udp-aes256gcm.json", field)
                .unwrap_err()
                .starts_with("with AWS-LC: packet 4: ")
        );
        assert!(damage("data-epoch-udp-chacha20poly1305.json", field).is_err());
    }
    assert!(
        damage("handshake-2614-udp-tlscrypt.json", "wire_hex")
            .unwrap_err()
            .starts_with("packet 4: ")
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_used_is_an_error() {
    let folder = std::env::temp_dir().join(format!("ovpn-dco-vectors-bad-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    assert!(check_folder(&folder).is_err(), "an empty folder");
    for (name, content) in [
        ("a.json", "{"),
        ("b.json", "{}"),
        ("c.json", r#"{"keys":[],"packets":[]}"#),
        ("d.json", r#"{"cases":[]}"#),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let files = check_folder(&folder).unwrap();
    assert_eq!(files.iter().filter(|file| file.result.is_err()).count(), 4);
    std::fs::remove_dir_all(folder).unwrap();
    assert!(check_folder(Path::new("/nonexistent")).is_err());
}
