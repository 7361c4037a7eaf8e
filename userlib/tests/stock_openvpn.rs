//! The control channel against a stock OpenVPN server (2.6 or later), over a plain socket, in a network namespace.
//!
//! Data packets are not handled here, but the server's keepalive pings have to decrypt: that proves the keys.
//! Needs Linux, root and the package `openvpn`; says so otherwise.

#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use ovpn_dco_userlib::control::KeySlot;
use support::pki::Authority;
use support::setup::{Setup, with_password};
use support::stock::{Connection, Server, Story, in_namespace};

const LIMIT: Duration = Duration::from_secs(20);

/// Connects, reads pings, and leaves.
fn connects(transport: &'static str, wrapping: &'static str) {
    in_namespace(move || {
        let (mut server, mut connection) = Setup::new(transport).wrapped(wrapping).start();
        let what = format!("{transport} {wrapping}");
        let story = connection.until(&what, LIMIT, |story| story.pings.len() >= 2);
        assert_eq!(story.closed, None, "{what}");
        let connected = story.connected.as_ref().expect("connected");
        assert_eq!(connected.cipher.name(), "AES-256-GCM", "{what}");
        assert!(
            connected.push.tunnel.ifconfig.is_some() && connected.push.flags.tls_ekm,
            "{what}"
        );
        assert_eq!(story.keys.len(), 1, "{what}");
        assert!(
            story.unreadable.is_empty(),
            "{what}: data keys differ from the server's"
        );
        assert_eq!(
            connection.exit().closed.as_deref(),
            Some("closed by this end"),
            "{what}"
        );
        assert_eq!(
            connection.story.drops, "{}",
            "{what}: the server sent nothing that had to be dropped"
        );
        server.wait_for_log("CC-EEN exit message received by peer");
    });
}

#[test]
fn connects_over_udp_without_wrapping() {
    connects("udp4", "none");
}

#[test]
fn connects_over_udp_with_tls_auth() {
    connects("udp4", "tls-auth");
}

#[test]
fn connects_over_udp_with_tls_crypt() {
    connects("udp6", "tls-crypt");
}

#[test]
fn connects_over_udp_with_tls_crypt_v2() {
    connects("udp4", "tls-crypt-v2");
}

#[test]
fn connects_over_tcp_without_wrapping() {
    connects("tcp6", "none");
}

#[test]
fn connects_over_tcp_with_tls_auth() {
    connects("tcp4", "tls-auth");
}

#[test]
fn connects_over_tcp_with_tls_crypt() {
    connects("tcp4", "tls-crypt");
}

#[test]
fn connects_over_tcp_with_tls_crypt_v2() {
    connects("tcp4", "tls-crypt-v2");
}

#[test]
fn connects_with_tls_1_2() {
    in_namespace(|| {
        let (_server, mut connection) = Setup::new("udp4").server("tls-version-max 1.2\n").start();
        let story = connection.until("TLS 1.2", LIMIT, |story| !story.pings.is_empty());
        assert!(story.connected.as_ref().unwrap().tls.starts_with("TLS 1.2 "));
        assert!(story.unreadable.is_empty());
    });
}

#[test]
fn keys_come_from_the_prf_without_the_exporter() {
    in_namespace(|| {
        let setup = Setup::new("udp4").client("reneg-sec 3\n");
        let _server = Server::start(setup.folder, &setup.server);
        let mut connection =
            Connection::start_with(&setup.client, (2, 8), |config| config.tls_key_export = false);
        let story = connection.until("PRF", LIMIT, |story| story.pings.contains(&1));
        assert!(!story.connected.as_ref().unwrap().push.flags.tls_ekm);
        assert_eq!((story.closed.as_deref(), &story.unreadable[..]), (None, &[][..]));
    });
}

/// Renegotiations under every wrapping: the wrapping changes to dynamic tls-crypt with the second key.
fn renegotiates(wrapping: &'static str, by_server: bool) {
    in_namespace(move || {
        let setup = Setup::new("udp4").wrapped(wrapping);
        let setup = match by_server {
            true => setup.server("reneg-sec 2\n"),
            false => setup.client("reneg-sec 2\n"),
        };
        let (_server, mut connection) = setup.start();
        let what = format!("{wrapping} by {}", if by_server { "server" } else { "client" });
        let done = |story: &Story| story.keys.len() >= 4 && story.pings.contains(&2);
        let story = connection.until(&what, LIMIT, done);
        assert_eq!(story.closed, None, "{what}");
        assert!(
            story
                .renegotiations
                .iter()
                .all(|&(_, server)| server == by_server),
            "{what}"
        );
        let ids: Vec<_> = story.keys.iter().map(|key| (key.key_id, key.slot)).collect();
        assert_eq!(
            ids[..3],
            [
                (0, KeySlot::Primary),
                (1, KeySlot::Secondary),
                (2, KeySlot::Secondary)
            ],
            "{what}"
        );
        assert_eq!(story.swaps[..2], [1, 2], "{what}");
        assert!(
            story.unreadable.is_empty(),
            "{what}: data keys differ from the server's"
        );
        assert_eq!(
            connection.exit().closed.as_deref(),
            Some("closed by this end"),
            "{what}"
        );
    });
}

#[test]
fn renegotiates_on_its_own_without_wrapping() {
    renegotiates("none", false);
}

#[test]
fn renegotiates_on_its_own_with_tls_auth() {
    renegotiates("tls-auth", false);
}

#[test]
fn renegotiates_when_the_server_wants_with_tls_crypt() {
    renegotiates("tls-crypt", true);
}

#[test]
fn renegotiates_when_the_server_wants_with_tls_crypt_v2() {
    renegotiates("tls-crypt-v2", true);
}

#[test]
fn a_wrong_authority_is_refused() {
    in_namespace(|| {
        let setup = Setup::new("udp4");
        let other = Authority::new("Other CA");
        let client = setup.client.replace(&setup.ca.pem, &other.pem);
        let _server = Server::start(setup.folder, &setup.server);
        let mut connection = Connection::start(&client, (2, 8));
        let story = connection.until("wrong authority", LIMIT, |_| false);
        assert_eq!(
            story.closed.as_deref(),
            Some("the server's certificate can't be used: no authority of option \"ca\" has issued it")
        );
    });
}

#[test]
fn a_wrong_name_is_refused() {
    in_namespace(|| {
        let setup = Setup::new("udp4").client("verify-x509-name other.test name\n");
        let (_server, mut connection) = setup.start();
        let story = connection.until("wrong name", LIMIT, |_| false);
        assert_eq!(
            story.closed.as_deref(),
            Some(
                "the server's certificate is called \"server.test\", and verify-x509-name demands the common name \
                 \"other.test\""
            )
        );
    });
}

#[test]
fn a_password_is_checked_and_replaced_by_the_token() {
    in_namespace(|| {
        let setup = with_password(Setup::new("udp4").client("reneg-sec 2\n"), "secret");
        let (_server, mut connection) = setup.start();
        let story = connection.until("password", LIMIT, |story| story.keys.len() >= 3);
        assert_eq!(story.closed, None);
        assert!(story.connected.as_ref().unwrap().push.auth_token.is_some());
    });
}

#[test]
fn a_wrong_password_is_refused() {
    in_namespace(|| {
        let (_server, mut connection) = with_password(Setup::new("udp4"), "wrong").start();
        let story = connection.until("wrong password", LIMIT, |_| false);
        let words = "the server refuses the login (wrong user name, password or certificate)";
        assert_eq!(story.closed.as_deref(), Some(words));
    });
}

#[test]
fn no_common_cipher_is_told_by_the_server() {
    in_namespace(|| {
        let (_server, mut connection) = Setup::new("udp4")
            .client("data-ciphers CHACHA20-POLY1305\n")
            .start();
        let story = connection.until("no common cipher", LIMIT, |_| false);
        let words = "the server refuses the login: Data channel cipher negotiation failed (no shared cipher)";
        assert_eq!(story.closed.as_deref(), Some(words));
    });
}

#[test]
fn compression_pushed_by_the_server_ends_the_session() {
    in_namespace(|| {
        let (_server, mut connection) = Setup::new("udp4").server("push \"comp-lzo no\"\n").start();
        let story = connection.until("compression", LIMIT, |_| false);
        let words = "the server pushed \"comp-lzo no\"; the driver knows no compression framing";
        assert_eq!(story.closed.as_deref(), Some(words));
    });
}

#[test]
fn a_server_that_ends_asks_for_a_restart() {
    in_namespace(|| {
        let (mut server, mut connection) = Setup::new("udp4").server("explicit-exit-notify 1\n").start();
        connection.until("connect", LIMIT, |story| !story.pings.is_empty());
        server.terminate();
        let story = connection.until("restart", LIMIT, |_| false);
        assert_eq!(
            story.closed.as_deref(),
            Some("the server asks for a new connection")
        );
    });
}
