//! Client and server in one process, a seeded network between them, and a clock that jumps.
//!
//! The server is a test's: the same packet codec, wrapping and reliability, TLS by rustls, and as much of a server's
//! manners as a client can notice. What the two make of each other is compared: keys, strings, ends.

mod network;
mod server;

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::wrap::{AuthDigest, KeyDirection, StaticKey, TlsCryptV2ClientKey, Wrapping};
use super::*;
use crate::options::TunnelOptions;
use crate::profile::{Credentials, Location, Pem, Timing, TlsOptions};
use network::{Conditions, Network, Noise};
use server::{Server, ServerOptions};

#[path = "../../../tests/support/pki.rs"]
#[allow(dead_code, reason = "the tests of the certificate check use the rest")]
pub(super) mod pki;

const SECOND: Duration = Duration::from_secs(1);

/// Certificates are slow to make, so all simulations share them.
struct Certificates {
    ca: String,
    server: pki::Identity,
    client: pki::Identity,
}

fn certificates() -> &'static Certificates {
    static CERTIFICATES: std::sync::OnceLock<Certificates> = std::sync::OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        let ca = pki::Authority::new("CA");
        Certificates {
            server: ca.server("server"),
            client: ca.client("client"),
            ca: ca.pem,
        }
    })
}

fn pem(option: &'static str, text: &str) -> Pem {
    let at = Location {
        file: "test".into(),
        line: 1,
    };
    Pem {
        at,
        option,
        text: Zeroizing::new(text.to_owned()),
    }
}

fn key(seed: u8) -> StaticKey {
    StaticKey::from_bytes(core::array::from_fn(|i| seed ^ u8::try_from(i).unwrap()))
}

fn wrappings() -> [(&'static str, Wrapping); 4] {
    let tls_auth = |direction| Wrapping::TlsAuth {
        key: key(1),
        direction,
        digest: AuthDigest::Sha512,
    };
    let wrapped = [&[9; 297][..], &299u16.to_be_bytes()].concat();
    [
        ("none", Wrapping::None),
        ("tls-auth", tls_auth(KeyDirection::Bidirectional)),
        ("tls-crypt", Wrapping::TlsCrypt { key: key(2) }),
        (
            "tls-crypt-v2",
            Wrapping::TlsCryptV2 {
                key: TlsCryptV2ClientKey::from_parts(key(3), &wrapped).unwrap(),
            },
        ),
    ]
}

fn config(wrapping: Wrapping) -> Config {
    let certificates = certificates();
    let tls = TlsOptions {
        ca: Some(pem("ca", &certificates.ca)),
        cert: Some(pem("cert", &certificates.client.cert)),
        key: Some(pem("key", &certificates.client.key)),
        remote_cert_tls: true,
        ..TlsOptions::default()
    };
    Config {
        tls: TlsConfig::new(&tls, None).unwrap(),
        wrapping,
        ciphers: DataCipher::DEFAULT.to_vec(),
        fallback_cipher: None,
        epoch: true,
        tls_key_export: true,
        mtu_max: 1500,
        timing: Timing {
            renegotiate: Duration::ZERO,
            ..Timing::default()
        },
        connect_timeout: 60 * SECOND,
        peer_info: Vec::new(),
        sso: Vec::new(),
        tunnel: TunnelOptions::default(),
        pull_filters: Vec::new(),
        route_nopull: false,
    }
}

/// A simulation: both ends, and what the client has said.
struct World {
    now: Instant,
    start: Instant,
    client: Client,
    server: Server,
    network: Network,
    connected: Option<Box<Connected>>,
    keys: Vec<DataKey>,
    swaps: Vec<(Duration, u8)>,
    infos: Vec<Info>,
    pending: Option<Duration>,
    closed: Option<CloseReason>,
}

impl World {
    fn new(config: Config, options: ServerOptions, conditions: Conditions, seed: u64) -> Self {
        Self::with_login(config, options, conditions, seed, None)
    }

    fn with_login(
        config: Config,
        options: ServerOptions,
        conditions: Conditions,
        seed: u64,
        credentials: Option<Credentials>,
    ) -> Self {
        let start = Instant::now();
        let server = Server::new(&config.wrapping, options, Noise::new(seed ^ 1), start);
        let client = Client::new(
            Arc::new(config),
            credentials,
            Box::new(Noise::new(seed)),
            start,
            1_000,
        );
        Self {
            now: start,
            start,
            client: client.unwrap(),
            server,
            network: Network::new(conditions, seed),
            connected: None,
            keys: Vec::new(),
            swaps: Vec::new(),
            infos: Vec::new(),
            pending: None,
            closed: None,
        }
    }

    /// Runs until `done` or the session's end; `false` if neither comes within `limit` of virtual time.
    fn run(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + limit;
        // Each turn of the loop moves the clock, or something; a bound finds out if neither does.
        for _ in 0..200_000 {
            self.settle();
            if done(self) || self.closed.is_some() {
                return true;
            }
            let next = [
                self.client.poll_timeout(),
                self.server.timeout(),
                self.network.next_arrival(),
            ];
            let Some(next) = next.into_iter().flatten().min().filter(|&next| next <= end) else {
                self.now = end;
                return false;
            };
            self.now = self.now.max(next);
            for packet in self.network.arrivals_at_client(self.now) {
                self.client.handle_packet(self.now, &packet);
                self.settle();
            }
            for packet in self.network.arrivals_at_server(self.now) {
                self.server.handle_packet(self.now, &packet);
                self.settle();
            }
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
        }
        panic!("the clock stands still");
    }

    /// Takes out of both ends what there is, as the type's documentation says.
    fn settle(&mut self) {
        while let Some(event) = self.client.poll_event() {
            assert!(self.closed.is_none(), "an event behind the last");
            match event {
                Event::Connected(connected) => self.connected = Some(connected),
                Event::InstallKey(key) => self.keys.push(*key),
                Event::SwapKeys { key_id } => self.swaps.push((self.now - self.start, key_id)),
                Event::Info(info) => self.infos.push(info),
                Event::AuthPending { timeout } => self.pending = Some(timeout),
                Event::Closed(reason) => self.closed = Some(reason),
                Event::Progress(_) | Event::Renegotiating { .. } => {}
            }
        }
        while let Some(packet) = self.client.poll_transmit(self.now) {
            assert!(packet.len() <= 1500, "{} bytes", packet.len());
            self.network.send_to_server(self.now, packet);
        }
        while let Some(packet) = self.server.poll_transmit(self.now) {
            self.network.send_to_client(self.now, packet);
        }
    }

    fn connect(&mut self) {
        assert!(
            self.run(60 * SECOND, |world| world.connected.is_some()),
            "not connected"
        );
        assert_eq!(self.closed, None);
    }

    /// The client's keys are the server's. Of keys with the same id the newest.
    fn assert_same_keys(&self) {
        for (at, key) in self.keys.iter().enumerate() {
            if self.keys[at + 1..].iter().any(|newer| newer.key_id == key.key_id) {
                continue;
            }
            let block = self.server.key_block(key.key_id).expect("the server has the key");
            let (cipher, epoch) = (key.cipher, key.epoch);
            let ours = block.direction(wrap::Role::Client, cipher, epoch);
            let theirs = block.direction(wrap::Role::Server, cipher, epoch);
            assert!(key.encrypt.key == ours.key && key.encrypt.nonce_tail == ours.nonce_tail);
            assert!(key.decrypt.key == theirs.key && key.decrypt.nonce_tail == theirs.nonce_tail);
        }
    }
}

fn credentials(username: &str, password: &str) -> Option<Credentials> {
    Some(Credentials {
        username: Zeroizing::new(username.into()),
        password: Zeroizing::new(password.into()),
    })
}

#[test]
fn connects_under_every_wrapping() {
    for (why, wrapping) in wrappings() {
        let mut world = World::new(config(wrapping), ServerOptions::default(), Conditions::PERFECT, 1);
        world.connect();
        assert_eq!(world.keys.len(), 1, "{why}");
        assert!(world.keys[0].epoch && world.keys[0].peer_id == 7, "{why}");
        world.assert_same_keys();
        world.client.exit(world.now);
        assert!(world.run(2 * SECOND, |_| false), "{why}");
        assert_eq!(
            (world.closed.clone(), world.server.heard_exit()),
            (Some(CloseReason::Exited), true),
            "{why}"
        );
    }
}

/// The handshake needs some seven packets each way; at 30 % loss nearly all attempts fit into the minute.
#[test]
fn connects_and_renegotiates_over_a_bad_network() {
    let mut tried = 0;
    for (why, wrapping) in wrappings() {
        for seed in 0..12 {
            let mut config = config(wrapping.clone());
            config.tls_key_export = seed % 3 != 0;
            config.timing.hand_window = 240 * SECOND;
            config.connect_timeout = 240 * SECOND;
            let options = ServerOptions {
                stateless: seed % 2 == 0,
                ..ServerOptions::default()
            };
            let mut world = World::new(config, options, Conditions::BAD, seed);
            let what = format!("{why}, seed {seed}");
            assert!(
                world.run(240 * SECOND, |world| world.connected.is_some()),
                "{what}: not connected"
            );
            assert_eq!(world.closed, None, "{what}");
            for round in 1..=3 {
                match (seed + round) % 3 {
                    0 => world.client.renegotiate(world.now),
                    1 => world.server.renegotiate(world.now),
                    // Both at once: the ids agree, and each reset answers the other.
                    _ => {
                        world.server.renegotiate(world.now);
                        world.client.renegotiate(world.now);
                    }
                }
                let keys = usize::try_from(round).unwrap() + 1;
                let done = |world: &World| {
                    world.keys.len() == keys && world.swaps.len() + 1 == keys && world.server.keys() == keys
                };
                assert!(world.run(240 * SECOND, done), "{what}: renegotiation {round}");
                assert_eq!(world.closed, None, "{what}");
                world.assert_same_keys();
            }
            let ids: Vec<_> = world.keys.iter().map(|key| key.key_id).collect();
            assert_eq!(ids, [0, 1, 2, 3], "{what}");
            tried += 1;
        }
    }
    assert_eq!(tried, 48);
}

#[test]
fn key_ids_wrap_to_one_and_slots_alternate() {
    let mut world = World::new(
        config(Wrapping::None),
        ServerOptions::default(),
        Conditions::PERFECT,
        1,
    );
    world.connect();
    for round in 1..10 {
        world.client.renegotiate(world.now);
        // The first one swaps at once because the next begins; the last one waits.
        assert!(world.run(5 * SECOND, |world| world.keys.len() == round + 1));
    }
    let ids: Vec<_> = world.keys.iter().map(|key| key.key_id).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5, 6, 7, 1, 2]);
    assert!(world.keys[1..].iter().all(|key| key.slot == KeySlot::Secondary));
    assert_eq!(
        world.swaps.iter().map(|&(_, id)| id).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 1]
    );
    world.assert_same_keys();
}

#[test]
fn the_swap_waits_until_the_server_must_have_the_key_or_uses_it() {
    let mut world = World::new(
        config(Wrapping::None),
        ServerOptions::default(),
        Conditions::PERFECT,
        1,
    );
    world.connect();
    world.client.renegotiate(world.now);
    assert!(world.run(60 * SECOND, |world| world.swaps.len() == 1));
    assert!(world.swaps[0].0 >= 4 * SECOND, "{:?}", world.swaps);
    world.client.renegotiate(world.now);
    assert!(world.run(60 * SECOND, |world| world.keys.len() == 3));
    world.client.data_received(world.now, 1);
    assert!(
        !world.run(SECOND, |world| world.swaps.len() == 2),
        "a packet of the old key means nothing"
    );
    world.client.data_received(world.now, 2);
    assert!(world.run(SECOND, |world| world.swaps.len() == 2));
}

#[test]
fn the_clients_own_time_starts_renegotiations() {
    let mut config = config(Wrapping::None);
    config.timing.renegotiate = 100 * SECOND;
    let mut world = World::new(config, ServerOptions::default(), Conditions::PERFECT, 1);
    world.connect();
    assert!(
        world.run(350 * SECOND, |world| world.keys.len() == 4),
        "{} keys",
        world.keys.len()
    );
    world.assert_same_keys();
}

#[test]
fn forged_and_foreign_packets_change_nothing() {
    // Without any wrapping, nothing but TLS itself is authentic: a damaged record ends the session.
    for (why, wrapping) in wrappings().into_iter().skip(1) {
        let mut world = World::new(
            config(wrapping),
            ServerOptions::default(),
            Conditions::MUTATING,
            3,
        );
        world.connect();
        world.client.renegotiate(world.now);
        assert!(world.run(120 * SECOND, |world| world.keys.len() == 2), "{why}");
        assert_eq!(world.closed, None, "{why}");
        assert!(world.client.drops().of(DropReason::Authentication) > 0, "{why}");
        world.assert_same_keys();
    }
}

#[test]
fn replayed_packets_are_refused() {
    for (why, wrapping) in wrappings().into_iter().skip(1) {
        let conditions = Conditions {
            duplicate: 60,
            ..Conditions::PERFECT
        };
        let mut world = World::new(config(wrapping), ServerOptions::default(), conditions, 5);
        world.connect();
        assert!(world.client.drops().of(DropReason::Replay) > 0, "{why}");
    }
}

#[test]
fn no_answer_ends_in_a_timeout_that_says_how_far_it_got() {
    for (silent_after, stage) in [(0, Stage::Contacting), (1, Stage::Tls)] {
        let options = ServerOptions {
            silent_after: Some(silent_after),
            ..ServerOptions::default()
        };
        let mut world = World::new(config(Wrapping::None), options, Conditions::PERFECT, 1);
        assert!(world.run(100 * SECOND, |_| false));
        assert!(
            matches!(world.closed, Some(CloseReason::Timeout { stage: s, .. }) if s == stage),
            "{:?}",
            world.closed
        );
        assert_eq!(world.now - world.start, 60 * SECOND);
    }
}

#[test]
fn strings_of_the_server_have_their_effect() {
    let run = |strings: &[&'static str]| {
        let options = ServerOptions {
            strings: strings.to_vec(),
            ..ServerOptions::default()
        };
        let mut world = World::with_login(
            config(Wrapping::None),
            options,
            Conditions::PERFECT,
            1,
            credentials("me", "pw"),
        );
        world.run(300 * SECOND, |world| world.connected.is_some());
        world
    };
    let push = "PUSH_REPLY,peer-id 1,cipher AES-128-GCM,protocol-flags tls-ekm";

    let world = run(&["AUTH_FAILED,no"]);
    let denied = AuthFailure::Denied { reason: "no".into() };
    assert_eq!(world.closed, Some(CloseReason::AuthFailed(denied)));
    assert_eq!(world.server.login(), Some(("me".into(), "pw".into())));

    let world = run(&["AUTH_PENDING,timeout 200", "INFO_PRE,OPEN_URL:https://x.test/"]);
    assert_eq!(world.pending, Some(200 * SECOND));
    assert_eq!(world.infos, [Info::OpenUrl("https://x.test/".into())]);
    assert!(matches!(
        world.closed,
        Some(CloseReason::Timeout {
            stage: Stage::WaitingForPush,
            ..
        })
    ));
    assert!(world.now - world.start >= 200 * SECOND);

    for (strings, want) in [
        (&["HALT,maintenance"][..], CloseReason::Halt("maintenance".into())),
        (&["EXIT"], CloseReason::ServerExited),
        (
            &["RESTART,[N]bye"],
            CloseReason::Restart(Restart {
                reason: "bye".into(),
                next_server: true,
                keep_password: false,
            }),
        ),
        (
            &["PUSH_REPLY,cipher AES-128-GCM"],
            CloseReason::Push(NoDco::NoPeerId.into()),
        ),
        (
            &["PUSH_REPLY,peer-id 1"],
            CloseReason::Push(NoDco::NoCipher.into()),
        ),
        (
            &["PUSH_REPLY,peer-id 1,cipher AES-192-GCM"],
            CloseReason::Push(NoDco::Cipher("AES-192-GCM".into()).into()),
        ),
        (
            &["PUSH_REPLY,peer-id 1,cipher AES-128-GCM,tun-mtu 1501"],
            CloseReason::Push(NoDco::TunMtu(1501, 1500).into()),
        ),
    ] {
        assert_eq!(run(strings).closed, Some(want));
    }

    let world = run(&[
        "nonsense",
        "",
        "PUSH_REPLY,route 10.0.0.0 255.0.0.0,push-continuation 2",
        push,
    ]);
    let connected = world.connected.expect("connected");
    assert_eq!(
        (connected.cipher, connected.push.tunnel.routes.len()),
        (DataCipher::Aes128Gcm, 1)
    );
    assert!(!connected.epoch);
}

#[test]
fn options_are_asked_for_until_they_come() {
    let options = ServerOptions {
        push_on_request: 3,
        ..ServerOptions::default()
    };
    let mut world = World::new(config(Wrapping::None), options, Conditions::PERFECT, 1);
    world.connect();
    let waited = world.now - world.start;
    assert!(
        (11 * SECOND..12 * SECOND).contains(&waited),
        "asked at 1, 6 and 11 s, not {waited:?}"
    );
}

#[test]
fn a_question_within_the_session_is_answered() {
    let options = ServerOptions {
        strings: vec!["INFO_PRE,CR_TEXT:R,E:Code?"],
        push_after: Some("CR_RESPONSE,NDcxMQ=="),
        ..ServerOptions::default()
    };
    let mut world = World::new(config(Wrapping::None), options, Conditions::PERFECT, 1);
    assert!(world.run(10 * SECOND, |world| !world.infos.is_empty()));
    world.client.respond(world.now, "4711");
    world.connect();
}

#[test]
fn a_token_is_the_password_of_renegotiations() {
    let push = "PUSH_REPLY,peer-id 1,cipher AES-128-GCM,auth-token tok,auth-token-user dG9taQ==";
    let options = ServerOptions {
        strings: vec![push],
        ..ServerOptions::default()
    };
    let mut world = World::with_login(
        config(Wrapping::None),
        options,
        Conditions::PERFECT,
        1,
        credentials("me", "pw"),
    );
    world.connect();
    world.client.renegotiate(world.now);
    assert!(world.run(10 * SECOND, |world| world.keys.len() == 2));
    assert_eq!(world.server.login(), Some(("tomi".into(), "tok".into())));
}

#[test]
fn a_server_that_goes_away_in_a_renegotiation_is_noticed() {
    let mut world = World::new(
        config(Wrapping::None),
        ServerOptions::default(),
        Conditions::PERFECT,
        1,
    );
    world.connect();
    world.server.be_silent();
    world.client.renegotiate(world.now);
    assert!(world.run(100 * SECOND, |_| false));
    assert_eq!(world.closed, Some(CloseReason::RenegotiationTimeout(60 * SECOND)));
}

#[test]
fn a_second_answer_under_another_id_is_ignored() {
    // Every repeated reset is answered under a new session id, as by a server whose time slot has passed.
    let options = ServerOptions {
        stateless: true,
        changing_ids: true,
        ..ServerOptions::default()
    };
    let conditions = Conditions {
        delay: 900,
        jitter: 2500,
        ..Conditions::PERFECT
    };
    let mut world = World::new(config(Wrapping::TlsCrypt { key: key(1) }), options, conditions, 4);
    assert!(world.run(60 * SECOND, |world| world.connected.is_some()));
    assert_eq!(world.closed, None);
}
