//! The control channel against a stock OpenVPN server (2.6 or later), over a plain socket, in a network namespace.
//!
//! Data packets are not handled here, but the server's keepalive pings have to decrypt: that proves the keys.
//! Needs Linux, root and the package `openvpn`; says so otherwise.

#![cfg(target_os = "linux")]

#[path = "support/pki.rs"]
mod pki;
#[path = "support/stock.rs"]
mod stock;

use std::time::Duration;

use ovpn_dco_userlib::control::KeySlot;
use pki::Authority;
use stock::{Connection, Folder, Server, in_namespace, run};

const LIMIT: Duration = Duration::from_secs(20);

/// A certificate authority with a server and a client, and the server's folder.
struct Setup {
    ca: Authority,
    folder: Folder,
    server: String,
    client: String,
}

impl Setup {
    fn new(transport: &str) -> Self {
        let ca = Authority::new("Test CA");
        let (server, client) = (ca.server("server.test"), ca.client("client.test"));
        let folder = Folder::new();
        folder.write("ca.pem", &ca.pem);
        folder.write("server.pem", &server.cert);
        folder.write("server.key", &server.key);
        let (server_proto, client_proto) = match transport {
            "tcp4" => ("tcp4-server", "tcp4-client"),
            "tcp6" => ("tcp6-server", "tcp6-client"),
            udp => (udp, udp),
        };
        let host = if transport.ends_with('6') {
            "[::1]"
        } else {
            "127.0.0.1"
        };
        Self {
            server: format!(
                "proto {server_proto}\nport 1194\ndev tun\ntopology subnet\nserver 10.99.0.0 255.255.255.0\n\
                 ca ca.pem\ncert server.pem\nkey server.key\ndh none\nkeepalive 1 30\nreneg-sec 0\n\
                 data-ciphers AES-256-GCM\n"
            ),
            client: format!(
                "client\ndev tun\nproto {client_proto}\nremote {host} 1194\nremote-cert-tls server\n\
                 verify-x509-name server.test name\nreneg-sec 0\n<ca>\n{}</ca>\n<cert>\n{}</cert>\n<key>\n{}</key>\n",
                ca.pem, client.cert, client.key
            ),
            ca,
            folder,
        }
    }

    fn server(mut self, lines: &str) -> Self {
        self.server.push_str(lines);
        self
    }

    fn client(mut self, lines: &str) -> Self {
        self.client.push_str(lines);
        self
    }

    /// Adds a wrapping to both ends.
    fn wrapped(self, wrapping: &str) -> Self {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        match wrapping {
            "tls-auth" => {
                run("openvpn", &["--genkey", "secret", &path("ta.key")]);
                let key = self.folder.read("ta.key");
                self.server("auth SHA256\ntls-auth ta.key 0\n").client(&format!(
                    "auth SHA256\nkey-direction 1\n<tls-auth>\n{key}</tls-auth>\n"
                ))
            }
            "tls-crypt" => {
                run("openvpn", &["--genkey", "secret", &path("ta.key")]);
                let key = self.folder.read("ta.key");
                self.server("tls-crypt ta.key\n")
                    .client(&format!("<tls-crypt>\n{key}</tls-crypt>\n"))
            }
            "tls-crypt-v2" => {
                run("openvpn", &["--genkey", "tls-crypt-v2-server", &path("v2.key")]);
                run(
                    "openvpn",
                    &[
                        "--tls-crypt-v2",
                        &path("v2.key"),
                        "--genkey",
                        "tls-crypt-v2-client",
                        &path("client.key"),
                    ],
                );
                let key = self.folder.read("client.key");
                self.server("tls-crypt-v2 v2.key\n")
                    .client(&format!("<tls-crypt-v2>\n{key}</tls-crypt-v2>\n"))
            }
            _ => self,
        }
    }

    fn start(self) -> (Server, Connection) {
        let server = Server::start(self.folder, &self.server);
        (server, Connection::start(&self.client, (2, 8)))
    }
}

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
        let done = |story: &stock::Story| story.keys.len() >= 4 && story.pings.contains(&2);
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

/// Adds a password check to the server that lets in "user" with "secret".
fn with_password(setup: Setup, password: &str) -> Setup {
    let script = setup
        .folder
        .write("check.sh", "#!/bin/sh\n[ \"$(cat $1)\" = \"user\nsecret\" ]\n");
    run("chmod", &["+x", &script]);
    setup
        .server(&format!(
            "script-security 2\nauth-user-pass-verify {script} via-file\nauth-gen-token 3600\n"
        ))
        .client(&format!(
            "<auth-user-pass>\nuser\n{password}\n</auth-user-pass>\n"
        ))
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
