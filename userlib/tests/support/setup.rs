//! What a stock server and a client need for each other.

use super::pki::Authority;
use super::stock::{Connection, Folder, Server, run};

/// A certificate authority with a server and a client, and the server's folder.
pub(crate) struct Setup {
    pub(crate) ca: Authority,
    pub(crate) folder: Folder,
    /// The server's configuration.
    pub(crate) server: String,
    /// The client's profile.
    pub(crate) client: String,
}

impl Setup {
    pub(crate) fn new(transport: &str) -> Self {
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

    pub(crate) fn server(mut self, lines: &str) -> Self {
        self.server.push_str(lines);
        self
    }

    pub(crate) fn client(mut self, lines: &str) -> Self {
        self.client.push_str(lines);
        self
    }

    /// Adds a wrapping to both ends.
    pub(crate) fn wrapped(self, wrapping: &str) -> Self {
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

    pub(crate) fn start(self) -> (Server, Connection) {
        let server = Server::start(self.folder, &self.server);
        (server, Connection::start(&self.client, (2, 8)))
    }
}

/// Adds a password check to the server that lets in "user" with "secret".
pub(crate) fn with_password(setup: Setup, password: &str) -> Setup {
    let script = setup
        .folder
        .write("check.sh", "#!/bin/sh\n[ \"$(cat $1)\" = \"user\nsecret\" ]\n");
    run("chmod", &["+x", &script]);
    setup
        .server(&format!(
            "script-security 2\nauth-user-pass-verify {script} via-file\nreneg-sec 3600\nauth-gen-token 3600\n"
        ))
        .client(&format!(
            "<auth-user-pass>\nuser\n{password}\n</auth-user-pass>\n"
        ))
}
