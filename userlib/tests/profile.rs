//! Profiles: what is read, what is ignored with a notice, what is refused and in which words.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use ovpn_dco_userlib::control::DataCipher;
use ovpn_dco_userlib::control::wrap::{AuthDigest, KeyDirection, Wrapping};
use ovpn_dco_userlib::profile::{FileSource, NoFiles, Profile, ProfileError, VerifyName};

const STATIC_KEY: &str = concat!(
    "-----BEGIN OpenVPN Static key V1-----\n",
    "000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n",
    "000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n",
    "000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n",
    "000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n",
    "000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n000102030405060708090a0b0c0d0e0f\n",
    "000102030405060708090a0b0c0d0e0f\n",
    "-----END OpenVPN Static key V1-----\n",
);

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// The shortest usable profile, without `remote`.
fn base() -> String {
    format!("client\ndev tun\nauth-user-pass\n<ca>\n{PEM}</ca>\n")
}

struct Files(BTreeMap<&'static str, &'static str>);

impl FileSource for Files {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = path
            .to_str()
            .and_then(|path| self.0.get(path))
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(text.as_bytes().to_vec())
    }
}

fn parse(text: &str) -> Result<Profile, ProfileError> {
    Profile::parse("t.ovpn", text, &NoFiles)
}

fn with(lines: &str) -> Result<Profile, ProfileError> {
    parse(&format!("{lines}\n{}remote a.example\n", base()))
}

fn refusal(lines: &str) -> String {
    match with(lines) {
        Ok(_) => panic!("accepted: {lines}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn servers_take_what_they_do_not_state_from_the_profile() {
    let text = format!(
        "{}remote one.example\nremote two.example 443\nremote three.example 8443 tcp6-client\nport 2000\nproto udp4\n\
         <connection>\nremote four.example 1 tcp\nconnect-timeout 7\n</connection>\n",
        base()
    );
    let profile = parse(&text).unwrap();
    let remotes: Vec<_> = profile
        .remotes
        .iter()
        .map(|r| format!("{} {} {}", r.host, r.port, r.proto))
        .collect();
    assert_eq!(
        remotes,
        [
            "one.example 2000 udp4",
            "two.example 443 udp4",
            "three.example 8443 tcp6",
            "four.example 1 tcp"
        ]
    );
    assert_eq!(profile.remotes[3].connect_timeout, Duration::from_secs(7));
    assert_eq!(profile.remotes[0].connect_timeout, Duration::from_secs(120));
}

#[test]
fn a_tls_auth_key_meets_digest_and_direction_wherever_they_stand() {
    for (lines, want) in [
        (
            format!("<tls-auth>\n{STATIC_KEY}</tls-auth>\nkey-direction 1\nauth SHA512"),
            KeyDirection::Inverse,
        ),
        (
            format!("auth SHA512\nkey-direction 0\n<tls-auth>\n{STATIC_KEY}</tls-auth>"),
            KeyDirection::Normal,
        ),
        (
            format!("auth SHA512\n<tls-auth>\n{STATIC_KEY}</tls-auth>"),
            KeyDirection::Bidirectional,
        ),
    ] {
        let profile = with(&lines).unwrap();
        let Wrapping::TlsAuth {
            direction, digest, ..
        } = &profile.remotes[0].wrapping
        else {
            panic!()
        };
        assert_eq!((*direction, *digest), (want, AuthDigest::Sha512));
    }
}

#[test]
fn files_are_read_and_their_absence_is_told() {
    let files = Files(BTreeMap::from([
        ("ca.pem", PEM),
        ("dir/ta.key", STATIC_KEY),
        ("dir/pass", "me\nsecret\n"),
    ]));
    let text = "client\ndev tun\nremote a\nca ca.pem\ncd dir\ntls-auth ta.key 1\nauth-user-pass pass\n";
    let profile = Profile::parse("t.ovpn", text, &files).unwrap();
    assert_eq!(profile.auth.username.unwrap().as_str(), "me");
    assert_eq!(profile.auth.password.unwrap().as_str(), "secret");

    let error = Profile::parse("t.ovpn", "client\ndev tun\nremote a\nca none.pem\n", &files)
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "can't read none.pem (option \"ca\", t.ovpn:4)");
}

#[test]
fn what_makes_offload_impossible_is_refused_by_name() {
    for (line, want) in [
        (
            "fragment 1300",
            "t.ovpn:1: option \"fragment\" makes data channel offload impossible: the driver neither splits packets nor puts them together",
        ),
        (
            "comp-lzo",
            "t.ovpn:1: option \"comp-lzo\" makes data channel offload impossible: the driver knows no compression framing",
        ),
        (
            "compress lz4-v2",
            "t.ovpn:1: option \"compress\" makes data channel offload impossible: the driver knows no compression framing",
        ),
        (
            "data-ciphers AES-256-CBC:BF-CBC",
            "t.ovpn:1: option \"data-ciphers\" makes data channel offload impossible: AES-256-CBC:BF-CBC names none of the ciphers that the driver can do (AES-128-GCM, AES-192-GCM, AES-256-GCM, CHACHA20-POLY1305)",
        ),
        (
            "dev tap0",
            "t.ovpn:1: option \"dev\" makes data channel offload impossible: the driver carries IP packets (tun), not Ethernet frames (tap)",
        ),
    ] {
        assert_eq!(refusal(line), want);
    }
    for line in [
        "http-proxy h 1",
        "socks-proxy h",
        "secret k",
        "reneg-bytes 5",
        "allow-compression yes",
        "tun-mtu 9000",
    ] {
        let error = with(line).err().unwrap();
        assert!(matches!(error, ProfileError::NoDco { .. }), "{line}: {error}");
    }
}

#[test]
fn unknown_options_are_errors_unless_the_profile_says_otherwise() {
    assert_eq!(refusal("frobnicate 1"), "t.ovpn:1: unknown option \"frobnicate\"");
    for lines in [
        "ignore-unknown-option frobnicate other\nfrobnicate 1",
        "setenv opt frobnicate 1",
    ] {
        let profile = with(lines).unwrap();
        assert_eq!(profile.notices[0].option, "frobnicate");
    }
    assert!(
        with("setenv opt tls-version-min 1.2 or-highest")
            .unwrap()
            .notices
            .is_empty()
    );
    assert!(matches!(
        with("setenv opt fragment 1200"),
        Err(ProfileError::NoDco { .. })
    ));
}

#[test]
fn ignored_options_leave_a_notice_with_a_reason() {
    let profile = with("up /etc/openvpn/update\nverb 3\ncipher AES-256-CBC").unwrap();
    let notices: Vec<_> = profile
        .notices
        .iter()
        .map(|n| (n.at.to_string(), n.option.as_str()))
        .collect();
    assert_eq!(
        notices,
        [("t.ovpn:1".to_owned(), "up"), ("t.ovpn:3".to_owned(), "cipher")]
    );
}

#[test]
fn incomplete_profiles_say_what_is_missing() {
    let ca = format!("<ca>\n{PEM}</ca>\n");
    for (text, want) in [
        (
            String::new(),
            "t.ovpn: it names no server; a line \"remote HOST PORT\" is missing",
        ),
        (
            "remote a\n".into(),
            "t.ovpn: it is not a client's profile; a line \"client\" is missing",
        ),
        (
            "client\nremote a\n".into(),
            "t.ovpn: nothing says whom to trust; the option \"ca\" is missing",
        ),
        (
            format!("client\nremote a\n{ca}"),
            "t.ovpn: nothing says who this client is; \"cert\" and \"key\", or \"auth-user-pass\", are missing",
        ),
        (
            format!("client\nremote a\n{ca}auth-user-pass\n"),
            "t.ovpn: it says nothing of the device; a line \"dev tun\" is missing",
        ),
    ] {
        assert_eq!(parse(&text).err().unwrap().to_string(), want);
    }
}

#[test]
fn wrong_arguments_name_option_and_line() {
    for (line, want) in [
        (
            "remote",
            "t.ovpn:1: option \"remote\": it doesn't take these arguments (0 of them)",
        ),
        (
            "proto tcp-server",
            "t.ovpn:1: option \"proto\": \"tcp-server\" is not a protocol of a client (udp, udp4, udp6, tcp-client, ...)",
        ),
        (
            "port 70000",
            "t.ovpn:1: option \"port\": \"70000\" is not a port from 1 to 65535",
        ),
        (
            "route 10.0.0.0 255.0.255.0",
            "t.ovpn:1: option \"route\": \"255.0.255.0\" is not an IPv4 netmask",
        ),
        (
            "server 10.0.0.0 255.0.0.0",
            "t.ovpn:1: option \"server\" is not supported: it is an option of a server",
        ),
        (
            "<verb>\n3\n</verb>\n<route>\nx\n</route>",
            "t.ovpn:4: option \"route\": it can't be an inline block",
        ),
        (
            "<connection>\nverb 3\nca x\n</connection>",
            "t.ovpn:3: option \"ca\": it can't stand inside <connection>",
        ),
        (
            "tls-auth [inline]",
            "t.ovpn:1: option \"tls-auth\": [inline] goes with a block, which isn't there",
        ),
    ] {
        assert_eq!(refusal(line), want);
    }
}

#[test]
fn usual_options_read_into_their_types() {
    let profile = with(
        "data-ciphers AES-128-GCM:?CHACHA20-POLY1305:AES-256-CBC\nremote-cert-tls server\n\
         verify-x509-name \"vpn server\" name\nreneg-sec 0\nstatic-challenge \"Your code?\" 1\nconnect-retry 5 60\n\
         keepalive 10 60\nroute 10.1.0.0 255.255.0.0\ndhcp-option DNS 10.0.0.53\npull-filter ignore redirect-gateway\n\
         setenv UV_SITE berlin\nexplicit-exit-notify 2\nmssfix 1400 mtu\nhand-window 30",
    )
    .unwrap();
    assert_eq!(
        profile.data_ciphers,
        [DataCipher::Aes128Gcm, DataCipher::ChaCha20Poly1305]
    );
    assert!(profile.tls.remote_cert_tls && profile.remotes[0].explicit_exit_notify);
    assert_eq!(
        profile.tls.verify_name,
        Some(VerifyName::Name("vpn server".into()))
    );
    assert_eq!(profile.timing.renegotiate, Duration::ZERO);
    assert_eq!(profile.auth.static_challenge.unwrap().text, "Your code?");
    assert_eq!(profile.retry.wait_max, Duration::from_secs(60));
    assert_eq!(profile.tunnel.ping_restart, Some(Duration::from_secs(60)));
    assert_eq!(profile.peer_info, [("UV_SITE".to_owned(), "berlin".to_owned())]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,400}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_sequence_of_options_makes_it_panic(
        lines in proptest::collection::vec(
            (
                proptest::sample::select(vec![
                    "remote", "proto", "<connection>", "</connection>", "<ca>", "</ca>", "route", "route-ipv6", "dns",
                    "dhcp-option", "setenv", "setenv opt", "tls-auth", "data-ciphers", "keepalive", "mssfix", "tun-mtu",
                    "verify-x509-name", "peer-fingerprint", "reneg-sec", "ifconfig", "ifconfig-ipv6", "auth-user-pass",
                    "static-challenge", "ignore-unknown-option", "pull-filter", "connect-retry", "client", "dev",
                ]),
                proptest::collection::vec("[a-z0-9:./\"'\\\\#-]{0,9}", 0..4),
            ),
            0..20,
        )
    ) {
        let text: String = lines.iter().map(|(name, args)| format!("{name} {}\n", args.join(" "))).collect();
        let _ = parse(&text);
    }
}
