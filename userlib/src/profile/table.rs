//! What becomes of each option of OpenVPN.
//!
//! Every option is in exactly one place: read (by [`apply`](super::apply)), ignored for a stated reason, impossible
//! with the driver, or not supported by this client. What is in no list is unknown, and an error, as in OpenVPN.

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It has an effect.
    Read,
    /// It has no meaning here. The user is told why if the reason isn't empty.
    Ignored(&'static str),
    /// The driver's data channel can't do it.
    NoDco(&'static str),
    /// This client doesn't do it.
    Unsupported(&'static str),
}

use Treatment::{Ignored, NoDco, Read, Unsupported};

const PROCESS: &str = "it is about the OpenVPN process, which isn't used here";
const LOGGING: &str = "this client has its own logging";
const SCRIPT: &str = "scripts are not run; addresses, routes and DNS are set by this client";
const SERVER: &str = "it is an option of a server";
const KERNEL: &str = "the driver does the work it tunes";
const SETTLED: &str = "the driver's data channel has it settled";

/// What becomes of the option `name`; `None` if OpenVPN has no such option.
pub(super) fn treatment(name: &str) -> Option<Treatment> {
    TABLE
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|&(_, treatment)| treatment)
}

#[rustfmt::skip]
const TABLE: &[(&[&str], Treatment)] = &[
    // Read.
    (&["client", "pull", "tls-client", "nobind", "bind", "remote", "remote-random", "connection", "proto", "port",
        "rport", "local", "lport", "connect-timeout", "server-poll-timeout", "connect-retry", "connect-retry-max",
        "explicit-exit-notify", "cd", "setenv", "ignore-unknown-option"], Read),
    (&["dev", "dev-type", "dev-node", "persist-tun", "topology", "ifconfig", "ifconfig-ipv6", "tun-mtu", "mssfix",
        "route", "route-ipv6", "route-gateway", "route-ipv6-gateway", "route-metric", "route-nopull",
        "route-noexec", "redirect-gateway", "redirect-private", "dns", "dhcp-option", "block-ipv6",
        "block-outside-dns", "register-dns", "setenv-safe", "sndbuf", "rcvbuf", "pull-filter"], Read),
    (&["ca", "cert", "key", "extra-certs", "crl-verify", "peer-fingerprint", "askpass", "remote-cert-tls",
        "remote-cert-eku", "ns-cert-type", "verify-x509-name", "x509-username-field", "tls-version-min",
        "tls-version-max"], Read),
    (&["tls-auth", "tls-crypt", "tls-crypt-v2", "key-direction", "auth", "data-ciphers", "ncp-ciphers",
        "data-ciphers-fallback", "cipher", "compress", "comp-lzo", "allow-compression"], Read),
    (&["auth-user-pass", "auth-retry", "auth-nocache", "static-challenge", "push-peer-info"], Read),
    (&["ping", "ping-restart", "ping-exit", "ping-timer-rem", "keepalive", "inactive", "session-timeout",
        "reneg-sec", "reneg-bytes", "reneg-pkts", "hand-window", "tran-window", "tls-timeout",
        "max-packet-size"], Read),

    // Ignored.
    (&["persist-key", "persist-local-ip", "persist-remote-ip", "user", "group", "chroot", "daemon", "nice",
        "mlock", "writepid", "setcon", "inetd", "service", "exit-event-name", "pause-exit", "win-sys",
        "tap-sleep", "dhcp-renew", "dhcp-release", "dhcp-pre-release", "dhcp-internal", "show-net-up",
        "show-valid-subnets", "route-method", "route-delay", "allow-nonadmin", "rdns-internal", "iproute",
        "mktun", "rmtun", "lladdr", "dev-name", "gremlin", "memstats", "msg-channel", "providers",
        "use-prediction-resistance", "prng", "engine", "ecdh-curve", "keying-material-exporter",
        "x509-track", "compat-names", "no-name-remapping", "float", "resolv-retry", "route-table",
        "ip-win32", "remote-random-hostname", "single-session", "compat-mode"], Ignored(PROCESS)),
    (&["verb", "mute", "status", "status-version", "echo", "parameter", "machine-readable-output",
        "suppress-timestamps", "errors-to-stderr", "log", "log-append", "syslog"], Ignored("")),
    (&["show-ciphers", "show-digests", "show-tls", "show-curves", "show-engines", "show-adapters",
        "show-net", "show-gateway", "show-groups", "test-crypto", "version", "help"], Ignored(LOGGING)),
    (&["up", "down", "up-delay", "up-restart", "down-pre", "route-up", "route-pre-down", "ipchange",
        "script-security", "tls-export-cert", "dns-updown"], Ignored(SCRIPT)),
    (&["fast-io", "txqueuelen", "multihome", "mtu-disc", "mtu-test", "shaper", "socket-flags",
        "bind-dev", "mark", "tcp-queue-limit", "tcp-nodelay", "passtos", "bcast-buffers",
        "tun-ipv6", "windows-driver", "link-mtu", "udp-mtu", "tun-mtu-extra", "tun-mtu-max", "replay-window",
        "replay-persist"], Ignored(KERNEL)),
    (&["disable-dco"], NoDco("it forbids the very driver that this client is for; remove it")),
    (&["key-method", "keysize", "no-iv", "disable-occ", "opt-verify", "force-tls-key-material-export",
        "tls-exit", "allow-recursive-routing", "mute-replay-warnings", "remap-usr1"], Ignored(SETTLED)),
    (&["tls-cipher", "tls-ciphersuites", "tls-groups", "tls-cert-profile"],
        Ignored("TLS uses this client's own list of safe algorithms")),
    (&["management", "management-client", "management-hold", "management-signal", "management-forget-disconnect",
        "management-up-down", "management-log-cache", "management-client-user", "management-client-group",
        "management-query-passwords", "management-query-remote"],
        Ignored("there is no management interface; passwords are asked for here")),

    // Impossible with the driver.
    (&["fragment"], NoDco("the driver neither splits packets nor puts them together")),
    (&["http-proxy", "http-proxy-option", "http-proxy-user-pass", "http-proxy-retry", "http-proxy-timeout"],
        NoDco("the driver connects to the server itself and knows no HTTP proxy")),
    (&["socks-proxy", "socks-proxy-retry"],
        NoDco("the driver connects to the server itself and knows no SOCKS proxy")),
    (&["management-query-proxy"], NoDco("the driver connects to the server itself and knows no proxy")),
    (&["secret"], NoDco("static key mode has no TLS, and the driver only knows ciphers of a TLS session")),
    (&["ncp-disable"], NoDco("the driver needs a cipher that was agreed with the server")),
    (&["no-replay"], NoDco("the driver always checks for replayed packets")),
    (&["comp-noadapt"], NoDco("the driver doesn't compress")),

    // Not supported by this client.
    (&["server", "server-ipv6", "server-bridge", "mode", "tls-server", "push", "push-reset", "push-remove",
        "client-to-client", "client-config-dir", "ccd-exclusive", "client-connect", "client-disconnect",
        "client-crresponse", "client-nat", "ifconfig-pool", "ifconfig-pool-persist", "ifconfig-pool-linear",
        "ifconfig-ipv6-pool", "ifconfig-push", "ifconfig-ipv6-push", "ifconfig-push-constraint", "iroute",
        "iroute-ipv6", "max-clients", "max-routes-per-client", "connect-freq", "connect-freq-initial",
        "learn-address", "duplicate-cn", "username-as-common-name", "auth-user-pass-verify",
        "auth-user-pass-optional", "auth-gen-token", "auth-gen-token-secret", "client-cert-not-required",
        "verify-client-cert", "hash-size", "dh", "port-share", "stale-routes-check", "tmp-dir", "vlan-accept",
        "vlan-pvid", "vlan-tagging", "tls-crypt-v2-verify", "tls-crypt-v2-max-age", "disable", "config-server",
        "override-username", "management-client-auth"], Unsupported(SERVER)),
    (&["genkey"], Unsupported("it makes keys instead of a connection")),
    (&["config"], Unsupported("profiles can't include others; put the lines into this one")),
    (&["capath"], Unsupported("use ca with a file")),
    (&["plugin"], Unsupported("plugins can't be loaded")),
    (&["tls-verify"],
        Unsupported("the certificate check by a script can't be run, and leaving it out would be unsafe")),
    (&["verify-hash"], Unsupported("use peer-fingerprint")),
    (&["pkcs12"], Unsupported("convert the file with openssl pkcs12 and use ca, cert and key")),
    (&["cryptoapicert", "pkcs11-id", "pkcs11-providers", "pkcs11-id-management", "pkcs11-cert-private",
        "pkcs11-pin-cache", "pkcs11-private-mode", "pkcs11-protected-authentication",
        "management-external-key", "management-external-cert"],
        Unsupported("keys outside of files can't be used; use cert and key")),
    (&["ifconfig-noexec"], Unsupported("this client sets the tunnel's addresses itself")),
    (&["ifconfig-nowarn", "route-nowarn"], Ignored("")),
    (&["auth-token", "auth-token-user", "push-continuation", "peer-id", "protocol-flags", "key-derivation"],
        Unsupported("only a server may send it")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_option_is_listed_twice() {
        let mut all: Vec<_> = TABLE.iter().flat_map(|(names, _)| names.iter()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
