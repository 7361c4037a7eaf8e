//! Sessions against a stock OpenVPN server, over a device whose transport is a plain socket.
//!
//! Needs Linux, root and the package `openvpn`; says so otherwise.

#![cfg(target_os = "linux")]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ovpn_dco_userlib::profile::{NoFiles, Profile};
use ovpn_dco_userlib::session::{
    Question, Session, SessionError, SessionEvent, SessionHandle, SessionOptions, User,
};
use support::driver::Driver;
use support::setup::{Setup, with_password};
use support::stock::{Server, in_namespace};
use zeroize::Zeroizing;

/// Notes events as short texts, and answers from a list.
struct Noted {
    events: Sender<String>,
    answers: Vec<&'static str>,
}

impl User for Noted {
    fn tell(&mut self, event: SessionEvent<'_>) {
        let text = match event {
            SessionEvent::Connecting { .. } => "connecting".to_owned(),
            SessionEvent::Connected(up) => format!("connected {} mss {}", up.cipher, up.mss),
            SessionEvent::Renegotiated { key_id } => format!("renegotiated {key_id}"),
            SessionEvent::KeysSwapped { key_id } => format!("swapped {key_id}"),
            SessionEvent::Disconnected { reason, .. } => format!("disconnected: {reason}"),
            SessionEvent::Warning(text) => format!("warning: {text}"),
            _ => return,
        };
        let _ = self.events.send(text);
    }

    fn ask(&mut self, _: &Question<'_>) -> Option<Zeroizing<String>> {
        (!self.answers.is_empty()).then(|| Zeroizing::new(self.answers.remove(0).to_owned()))
    }
}

/// A session on a thread of its own.
struct Running {
    events: Receiver<String>,
    handle: SessionHandle,
    thread: std::thread::JoinHandle<Result<(), SessionError>>,
    driver: Driver,
}

impl Running {
    fn start(profile: &str, answers: &[&'static str]) -> Self {
        let driver = Driver::default();
        let profile = Profile::parse("test.ovpn", profile, &NoFiles).unwrap_or_else(|e| panic!("{e}"));
        let mut options = SessionOptions::default();
        options.no_routes = true;
        let mut session = Session::new(profile, driver.device(), options);
        let handle = session.handle();
        let (sender, events) = channel();
        let answers = answers.to_vec();
        let thread = std::thread::spawn(move || {
            session.run(&mut Noted {
                events: sender,
                answers,
            })
        });
        Self {
            events,
            handle,
            thread,
            driver,
        }
    }

    /// Waits for an event that begins like this.
    fn wait(&self, beginning: &str, limit: u64) -> String {
        let start = Instant::now();
        let mut seen = Vec::new();
        while start.elapsed() < Duration::from_secs(limit) {
            match self.events.recv_timeout(Duration::from_millis(100)) {
                Ok(event) if event.starts_with(beginning) => return event,
                Ok(event) => seen.push(event),
                Err(_) => {}
            }
        }
        panic!(
            "no {beginning:?} within {limit} s, but {seen:?}; calls {:?}",
            self.driver.calls()
        )
    }

    fn wait_for_pings(&self, key_id: u8) {
        let start = Instant::now();
        while !self.driver.pings().contains(&key_id) {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "no ping with key id {key_id}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn end(self) -> Result<(), SessionError> {
        self.thread.join().unwrap()
    }
}

#[test]
fn calls_the_driver_in_order_and_leaves_cleanly() {
    for transport in ["udp4", "tcp4"] {
        in_namespace(move || {
            let setup = Setup::new(transport).wrapped("tls-crypt");
            let mut server = Server::start(setup.folder, &setup.server);
            let session = Running::start(&setup.client, &[]);
            let up = session.wait("connected", 20);
            assert_eq!(
                up,
                format!(
                    "connected AES-256-GCM mss {}",
                    if transport == "udp4" { 1400 } else { 1386 }
                )
            );
            session.wait_for_pings(0);
            assert_eq!(
                session.driver.calls(),
                ["NEW_PEER", "START_VPN", "SET_PEER", "NEW_KEY"]
            );
            assert_eq!(session.driver.unreadable(), 0);
            session.handle.stop();
            let driver = session.driver.clone();
            session.end().unwrap();
            assert_eq!(driver.calls().last().unwrap(), "DEL_PEER");
            server.wait_for_log("CC-EEN exit message received by peer");
        });
    }
}

#[test]
fn renegotiates_at_the_users_wish() {
    in_namespace(|| {
        let setup = Setup::new("udp4");
        let _server = Server::start(setup.folder, &setup.server);
        let session = Running::start(&setup.client.replace("reneg-sec 0", "reneg-sec 6"), &[]);
        session.wait("connected", 20);
        session.handle.renegotiate();
        session.wait("renegotiated 1", 5);
        session.wait("swapped 1", 10);
        session.wait("renegotiated 2", 20);
        assert_eq!(session.driver.unreadable(), 0);
        session.handle.stop();
        session.end().unwrap();
    });
}

#[test]
fn connects_again_after_the_server_was_restarted() {
    for transport in ["udp4", "tcp4"] {
        in_namespace(move || {
            let setup = Setup::new(transport).server("explicit-exit-notify 1\n");
            let server_config = match transport {
                "tcp4" => setup.server.replace("explicit-exit-notify 1\n", ""),
                _ => setup.server.clone(),
            };
            let mut server = Server::start(setup.folder, &server_config);
            let session = Running::start(&setup.client, &[]);
            session.wait("connected", 20);
            server.terminate();
            let lost = session.wait("disconnected", 10);
            let want = match transport {
                "udp4" => "disconnected: the server asks for a new connection",
                _ => "disconnected: the peer closed the connection",
            };
            assert_eq!(lost, want);
            let _server = server.restart(&server_config);
            session.wait("connected", 60);
            session.wait_for_pings(0);
            session.handle.stop();
            session.end().unwrap();
        });
    }
}

#[test]
fn a_silent_server_is_noticed_and_tried_again() {
    in_namespace(|| {
        let setup = Setup::new("udp4");
        let mut server = Server::start(
            setup.folder,
            &setup.server.replace("keepalive 1 30", "keepalive 1 4"),
        );
        let session = Running::start(&setup.client, &[]);
        session.wait("connected", 20);
        session.wait_for_pings(0);
        server.kill();
        let start = Instant::now();
        let lost = session.wait("disconnected", 20);
        assert_eq!(
            lost,
            "disconnected: nothing was heard from the peer for the keepalive timeout"
        );
        assert!(start.elapsed() < Duration::from_secs(8));
        session.wait("connecting", 10);
        session.handle.stop();
        session.end().unwrap();
    });
}

#[test]
fn a_password_that_is_refused_ends_or_is_asked_again_as_the_profile_says() {
    in_namespace(|| {
        let setup = with_password(Setup::new("udp4"), "unused");
        let profile = setup.client.replace(
            "<auth-user-pass>\nuser\nunused\n</auth-user-pass>",
            "auth-user-pass",
        );
        let _server = Server::start(setup.folder, &setup.server);
        let session = Running::start(&profile, &["user", "wrong"]);
        let error = session.end().unwrap_err();
        assert!(matches!(error, SessionError::Refused(_)), "{error}");
        assert_eq!(
            error.to_string(),
            "the server refuses the login (wrong user name, password or certificate)"
        );

        let again = format!("{profile}auth-retry interact\n");
        let session = Running::start(&again, &["user", "wrong", "user", "secret"]);
        session.wait("disconnected: the server refuses the login", 20);
        session.wait("connected", 20);
        session.handle.stop();
        session.end().unwrap();

        let error = Running::start(&profile, &[]).end().unwrap_err();
        assert_eq!(error.to_string(), "a user name is needed, and was not given");
    });
}

#[test]
fn stopping_works_at_every_moment() {
    in_namespace(|| {
        let setup = Setup::new("udp4");
        // Nobody listens; then a host that refuses.
        for proto in ["udp4", "tcp4-client"] {
            let profile = setup.client.replace("proto udp4", &format!("proto {proto}"));
            for wait in [0, 50, 500, 1500] {
                let session = Running::start(&profile, &[]);
                std::thread::sleep(Duration::from_millis(wait));
                let start = Instant::now();
                session.handle.stop();
                session.end().unwrap();
                assert!(
                    start.elapsed() < Duration::from_secs(2),
                    "{proto} after {wait} ms"
                );
            }
        }
    });
}
