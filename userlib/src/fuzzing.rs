//! Bodies of fuzz targets: any bytes, and nothing may panic, hang or break a promise.
//!
//! Not part of the API; a fuzz target is one line that calls one of these. The tests below call them too, with random
//! bytes.

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use crate::control::packet::{Body, BodyRepr, Head, Opcode, ResetFlags, SessionId};
use crate::control::wrap::{
    AuthDigest, KeyDirection, Role, StaticKey, TlsCryptV2ClientKey, Wrapper, Wrapping, split_wkc,
};
use crate::control::{Client, Config, DriverAbilities, Event, Random, TlsConfig};
use crate::profile::{Credentials, NoFiles, Profile};

/// A profile, read.
pub fn profile(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let Ok(profile) = Profile::parse("fuzz", text, &NoFiles) else {
        return;
    };
    assert!(!profile.remotes.is_empty() && !profile.data_ciphers.is_empty());
    // What is accepted can be used, or TLS says why not.
    if let Ok(tls) = TlsConfig::new(&profile.tls, Some("")) {
        let driver = DriverAbilities::of_version(2, 8);
        let _ = Config::new(&profile, &profile.remotes[0], &driver, tls);
    }
}

/// Key files of the wrapping.
pub fn key_file(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let _ = StaticKey::parse(text);
    let _ = TlsCryptV2ClientKey::parse(text);
}

/// A packet, read and, if it is one, written again.
pub fn packet(bytes: &[u8]) {
    let _ = split_wkc(bytes);
    let Ok(head) = Head::parse(bytes) else { return };
    assert_eq!(head.to_bytes(), bytes[..9]);
    let _ = ResetFlags::parse(bytes);
    let Ok(body) = Body::parse(head.opcode, &bytes[9..]) else {
        return;
    };
    let acks: Vec<u32> = body.acks().collect();
    let repr = BodyRepr {
        acks: &acks,
        peer: body.peer_session_id(),
        message_id: body.message_id(),
        payload: body.payload(),
    };
    let again = repr.emit();
    // What follows an acknowledgement packet's fields is not kept.
    assert!(
        bytes[9..].starts_with(&again) && (body.message_id().is_none() || again.len() == bytes.len() - 9)
    );
}

/// A packet from nobody, for every wrapping with a key: none may take it for authentic.
pub fn unwrap(bytes: &[u8]) {
    let key = StaticKey::from_bytes([7; 256]);
    assert!(Wrapper::tls_crypt(&key, Role::Client, 0).unwrap(bytes).is_err());
    for digest in AuthDigest::ALL {
        let mut wrapper = Wrapper::tls_auth(&key, KeyDirection::Inverse, digest, 0);
        assert!(wrapper.unwrap(bytes).is_err());
    }
}

/// A client that hears and is told anything. Each operation is a byte and what it needs.
pub fn client(mut script: &[u8]) {
    let mut now = Instant::now();
    let mut world = World::new(take(&mut script), now);
    // Every operation of the script takes a byte at least, so this ends.
    while !script.is_empty() {
        match take(&mut script) % 32 {
            0 => world.client.renegotiate(now),
            1 => world.client.exit(now),
            2 => world.client.respond(now, "answer"),
            3 => world.client.data_received(now, take(&mut script) % 8),
            4 | 5 => {
                now += Duration::from_millis(u64::from(take(&mut script)) * 250);
                world.client.handle_timeout(now);
            }
            29..=31 => {
                let length = usize::from(take(&mut script));
                world.client.handle_packet(now, take_bytes(&mut script, length));
            }
            _ => {
                let packet = world.packet(&mut script);
                world.client.handle_packet(now, &packet);
            }
        }
        world.drain(now);
    }
}

struct World {
    client: Client,
    own: SessionId,
    closed: bool,
}

impl World {
    fn new(choice: u8, now: Instant) -> Self {
        let mut config = config().expect("a profile that is known to be good");
        if choice & 1 != 0 {
            let wrapped = [&[0; 297][..], &[1, 43]].concat();
            let key = TlsCryptV2ClientKey::from_parts(StaticKey::from_bytes([1; 256]), &wrapped);
            let key = key.expect("a key of the right length");
            config.wrapping = Wrapping::TlsCryptV2 { key };
        }
        let login = Credentials {
            username: Zeroizing::new("u".into()),
            password: Zeroizing::new("p".into()),
        };
        let client = Client::new(Arc::new(config), Some(login), Box::new(Ones), now, 0);
        let client = client.expect("a login that is short enough");
        let mut world = Self {
            client,
            own: SessionId([1; 8]),
            closed: false,
        };
        world.drain(now);
        world
    }

    /// A packet that looks right from outside, with what the script puts in.
    fn packet(&self, script: &mut &[u8]) -> Vec<u8> {
        let opcodes = [
            Opcode::HardResetServerV2,
            Opcode::SoftReset,
            Opcode::Control,
            Opcode::Ack,
            Opcode::ControlWkc,
        ];
        let opcode = opcodes[usize::from(take(script)) % opcodes.len()];
        let flags = take(script);
        let head = Head {
            opcode,
            key_id: flags & 7,
            session_id: SessionId([2; 8]),
        };
        let acks: Vec<u32> = take_bytes(script, usize::from(flags >> 3 & 7))
            .iter()
            .map(|&id| id.into())
            .collect();
        let peer = (!acks.is_empty()).then_some(self.own);
        let message_id = opcode.is_reliable().then(|| u32::from(take(script)));
        let length = usize::from(take(script));
        let body = BodyRepr {
            acks: &acks,
            peer,
            message_id,
            payload: take_bytes(script, length),
        }
        .emit();
        [&head.to_bytes()[..], &body].concat()
    }

    /// Takes out what there is; there has to be an end of it.
    fn drain(&mut self, now: Instant) {
        for _ in 0..1000 {
            if let Some(event) = self.client.poll_event() {
                assert!(!self.closed, "an event behind the last");
                self.closed = matches!(event, Event::Closed(_));
            } else if let Some(packet) = self.client.poll_transmit(now) {
                assert!((14..=1500).contains(&packet.len()), "{} bytes", packet.len());
            } else {
                assert_eq!(self.client.is_closed(), self.closed);
                assert!(
                    self.closed || self.client.poll_timeout().is_some(),
                    "a client that waits for ever"
                );
                return;
            }
        }
        panic!("a client that never has enough");
    }
}

/// A configuration without certificates: the server's has an impossible fingerprint.
fn config() -> Option<Config> {
    let fingerprint = vec!["00"; 32].join(":");
    let text = format!("client\ndev tun\nremote a\nauth-user-pass\npeer-fingerprint {fingerprint}\n");
    let profile = Profile::parse("fuzz", &text, &NoFiles).ok()?;
    let tls = TlsConfig::new(&profile.tls, None).ok()?;
    Config::new(
        &profile,
        &profile.remotes[0],
        &DriverAbilities::of_version(2, 8),
        tls,
    )
    .ok()
}

/// Not random at all.
struct Ones;

impl Random for Ones {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

fn take(script: &mut &[u8]) -> u8 {
    let Some((&first, rest)) = script.split_first() else {
        return 0;
    };
    *script = rest;
    first
}

fn take_bytes<'a>(script: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (bytes, rest) = script.split_at(length.min(script.len()));
    *script = rest;
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::any;

    proptest::proptest! {
        #[test]
        fn packets(bytes in vec(any::<u8>(), 0..200)) {
            super::packet(&bytes);
            super::unwrap(&bytes);
        }

        #[test]
        fn heads_that_are_right_with_any_body(op in 3u8..12, body in vec(0u8..20, 8..80)) {
            super::packet(&[&[op << 3][..], &body].concat());
        }

        #[test]
        fn clients(script in vec(any::<u8>(), 0..400)) {
            super::client(&script);
        }

        #[test]
        fn key_files(text in "(-----BEGIN OpenVPN (Static key V1|tls-crypt-v2 client key)-----)?[0-9a-zA-Z+/=\n -]{0,300}") {
            super::key_file(text.as_bytes());
        }

        #[test]
        fn profiles(text in "(?s).{0,300}") {
            super::profile(text.as_bytes());
        }
    }

    /// A server's reset that acknowledges the client's, and then TLS bytes that are none.
    #[test]
    fn a_script_gets_as_far_as_tls() {
        use crate::control::{DropReason, Stage};

        let now = std::time::Instant::now();
        let mut world = super::World::new(0, now);
        let mut reset: &[u8] = &[0, 1 << 3, 0, 0, 0];
        let packet = world.packet(&mut reset);
        world.client.handle_packet(now, &packet);
        world.drain(now);
        assert_eq!(world.client.stage(), Stage::Tls);

        let mut garbage: &[u8] = &[2, 1 << 3, 1, 1, 6, 0xff, 3, 3, 0, 1, 0];
        let packet = world.packet(&mut garbage);
        world.client.handle_packet(now, &packet);
        world.drain(now);
        assert!(
            world.closed,
            "{:?}",
            world.client.drops().of(DropReason::Unexpected)
        );
    }
}
