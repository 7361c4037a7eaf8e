//! A server for one client.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Instant;

use rustls::ServerConnection;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::super::key_method::{ClientRandom, ServerRandom, parse_client_random};
use super::super::keys::{EXPORTER_DATA_KEYS, EXPORTER_DYNAMIC_TLS_CRYPT, KEY_BLOCK_LEN, KeyBlock};
use super::super::packet::{Body, BodyRepr, Head, Opcode, SessionId};
use super::super::reliable::Reliable;
use super::super::wrap::{Role, StaticKey, Wrapper, Wrapping, split_wkc};
use super::super::{Random, tls};
use super::certificates;
use super::network::Noise;

/// How the server behaves.
#[derive(Clone, Default)]
pub(super) struct ServerOptions {
    /// Answers resets without keeping anything, until the client has proved that it hears.
    pub(super) stateless: bool,
    /// Answers every reset under another session id (only with `stateless`).
    pub(super) changing_ids: bool,
    /// Falls silent after so many packets.
    pub(super) silent_after: Option<usize>,
    /// Says this after the key exchange, instead of the usual options.
    pub(super) strings: Vec<&'static str>,
    /// Gives the usual options at the n-th request only.
    pub(super) push_on_request: usize,
    /// Gives the usual options when the client has said this.
    pub(super) push_after: Option<&'static str>,
}

/// One negotiation, from the server's side.
struct Key {
    reliable: Reliable,
    outgoing: Vec<u8>,
    tls: Option<ServerConnection>,
    inbox: Vec<u8>,
    client: Option<ClientRandom>,
    server: ServerRandom,
    block: Option<KeyBlock>,
    exporter: bool,
}

pub(super) struct Server {
    options: ServerOptions,
    noise: Noise,
    base: Wrapper,
    static_key: Option<StaticKey>,
    dynamic: Option<Wrapper>,
    v2: bool,
    own: SessionId,
    /// Given out in stateless answers.
    given: Vec<SessionId>,
    client: Option<SessionId>,
    keys: BTreeMap<u8, Key>,
    newest: u8,
    sent: usize,
    silent: bool,
    stray: VecDeque<Vec<u8>>,
    login: Option<(String, String)>,
    requests: usize,
    heard_exit: bool,
}

impl Server {
    pub(super) fn new(wrapping: &Wrapping, options: ServerOptions, mut noise: Noise, _now: Instant) -> Self {
        let mut own = [0; 8];
        noise.fill(&mut own);
        Self {
            options,
            base: wrapping.wrapper(Role::Server, 1_000),
            static_key: wrapping.static_key().cloned(),
            dynamic: None,
            v2: wrapping.wrapped_client_key().is_some(),
            own: SessionId(own),
            given: Vec::new(),
            client: None,
            keys: BTreeMap::new(),
            newest: 0,
            sent: 0,
            silent: false,
            stray: VecDeque::new(),
            login: None,
            requests: 0,
            heard_exit: false,
            noise,
        }
    }

    pub(super) fn heard_exit(&self) -> bool {
        self.heard_exit
    }

    pub(super) fn be_silent(&mut self) {
        self.silent = true;
    }

    /// User name and password of the last key exchange.
    pub(super) fn login(&self) -> Option<(String, String)> {
        self.login.clone()
    }

    /// How many keys the server could use to send and to receive.
    pub(super) fn keys(&self) -> usize {
        self.keys.values().filter(|key| key.block.is_some()).count()
    }

    pub(super) fn key_block(&self, key_id: u8) -> Option<&KeyBlock> {
        self.keys.get(&key_id)?.block.as_ref()
    }

    pub(super) fn renegotiate(&mut self, _now: Instant) {
        let next = if self.newest >= 7 { 1 } else { self.newest + 1 };
        self.start_key(next, Opcode::SoftReset);
    }

    fn start_key(&mut self, key_id: u8, reset: Opcode) {
        let mut server = ServerRandom {
            random1: [0; 32],
            random2: [0; 32],
        };
        self.noise.fill(&mut server.random1);
        self.noise.fill(&mut server.random2);
        let mut reliable = Reliable::new(Duration::from_secs(2));
        reliable.send(reset, reset_payload(reset, self.v2));
        let key = Key {
            reliable,
            outgoing: Vec::new(),
            tls: None,
            inbox: Vec::new(),
            client: None,
            server,
            block: None,
            exporter: false,
        };
        self.keys.insert(key_id, key);
        self.newest = key_id;
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        self.keys.values().filter_map(|key| key.reliable.timeout()).min()
    }

    pub(super) fn handle_timeout(&mut self, _now: Instant) {}

    pub(super) fn handle_packet(&mut self, now: Instant, wire: &[u8]) {
        let opcode = Opcode::from_first_byte(wire[0]).unwrap();
        let bare = split_wkc(wire).map_or(wire, |(bare, _)| bare);
        assert_eq!(
            bare.len() < wire.len(),
            self.v2 && matches!(opcode, Opcode::HardResetClientV3 | Opcode::ControlWkc)
        );
        let wrapper = match &mut self.dynamic {
            Some(dynamic) if wire[0] & 7 != 0 => dynamic,
            _ => &mut self.base,
        };
        let Ok(plain) = wrapper.unwrap(bare) else { return };
        let body = Body::parse(plain.head.opcode, &plain.body).unwrap();
        if matches!(
            plain.head.opcode,
            Opcode::HardResetClientV2 | Opcode::HardResetClientV3
        ) {
            return self.handle_reset(plain.head, &body);
        }
        let Some(peer) = body.peer_session_id().or(self.client.map(|_| self.own)) else {
            return;
        };
        if self.client.is_none() && self.given.contains(&peer) {
            // The client hears: now there is a session. A packet without the wrapped key could not be read.
            assert!(
                !self.v2 || plain.head.opcode == Opcode::ControlWkc,
                "{:?}",
                plain.head.opcode
            );
            assert!(body.acks().all(|id| id <= 1) && body.message_id().is_none_or(|id| id <= 1));
            self.own = peer;
            self.client = Some(plain.head.session_id);
            self.start_key(0, Opcode::HardResetServerV2);
            let key = self.keys.get_mut(&0).unwrap();
            let _ = key.reliable.poll(now);
            key.reliable.handle_acks([0].into_iter());
            key.reliable.receive(0, &[]).unwrap();
        }
        if self.client != Some(plain.head.session_id) || peer != self.own {
            return;
        }
        self.handle_session_packet(plain.head, &body);
    }

    fn handle_reset(&mut self, head: Head, body: &Body<'_>) {
        assert_eq!(
            (head.key_id, body.message_id(), body.payload()),
            (0, Some(0), &[][..])
        );
        if !self.options.stateless {
            if self.client.is_none() {
                self.client = Some(head.session_id);
                self.start_key(0, Opcode::HardResetServerV2);
            }
            return self
                .keys
                .get_mut(&0)
                .unwrap()
                .reliable
                .receive(0, &[])
                .map(drop)
                .unwrap();
        }
        if self.client.is_some() {
            return;
        }
        let mut id = self.own;
        if self.options.changing_ids {
            self.noise.fill(&mut id.0);
        }
        self.given.push(id);
        let reply = Head {
            opcode: Opcode::HardResetServerV2,
            key_id: 0,
            session_id: id,
        };
        let payload = reset_payload(reply.opcode, self.v2);
        let body = BodyRepr {
            acks: &[0],
            peer: Some(head.session_id),
            message_id: Some(0),
            payload: &payload,
        }
        .emit();
        self.stray.push_back(self.base.wrap(reply, &body));
    }

    fn handle_session_packet(&mut self, head: Head, body: &Body<'_>) {
        if head.opcode == Opcode::SoftReset && !self.keys.contains_key(&head.key_id) {
            let complete = self.keys[&self.newest].block.is_some();
            let next = if self.newest >= 7 { 1 } else { self.newest + 1 };
            if !complete || head.key_id != next {
                return;
            }
            self.start_key(head.key_id, Opcode::SoftReset);
        } else if head.opcode == Opcode::SoftReset && head.key_id != self.newest {
            // A key id that comes round again.
            self.start_key(head.key_id, Opcode::SoftReset);
        }
        let Some(key) = self.keys.get_mut(&head.key_id) else {
            return;
        };
        key.reliable.handle_acks(body.acks());
        if let Some(id) = body.message_id() {
            let _ = key.reliable.receive(id, body.payload());
        }
        self.advance(head.key_id);
    }

    fn advance(&mut self, key_id: u8) {
        let first = key_id == 0;
        let key = self.keys.get_mut(&key_id).unwrap();
        if key.tls.is_none() {
            if !key.reliable.is_acked(0) || key.reliable.next_in_order().is_none() {
                return;
            }
            key.tls = Some(ServerConnection::new(tls_config()).unwrap());
        }
        while let Some((_, payload)) = key.reliable.next_in_order() {
            key.feed(&payload);
        }
        let (own, client) = (self.own, self.client.unwrap());
        if let Some((login, exporter)) = key.exchange(own, client) {
            self.login = Some(login);
            if first {
                self.after_exchange(exporter);
            }
        }
        while let Some(string) = self.keys.get_mut(&key_id).unwrap().next_string() {
            self.hear(&string);
        }
        self.keys.get_mut(&key_id).unwrap().flush();
    }

    fn after_exchange(&mut self, exporter: bool) {
        if !self.options.strings.is_empty() {
            for string in self.options.strings.clone() {
                self.say(string);
            }
            if self.options.strings.iter().any(|s| s.starts_with("PUSH_REPLY")) {
                self.keys.get_mut(&0).unwrap().settle(
                    self.own,
                    self.client.unwrap(),
                    self.options.strings.iter().any(|s| s.contains("tls-ekm")),
                );
            }
        } else if self.options.push_on_request == 0 && self.options.push_after.is_none() {
            self.push(exporter);
        }
    }

    /// The usual options.
    fn push(&mut self, exporter: bool) {
        let ekm = if exporter { " tls-ekm" } else { "" };
        self.say(&format!(
            "PUSH_REPLY,topology subnet,ifconfig 10.0.0.2 255.255.255.0,peer-id 7,cipher AES-256-GCM,\
             protocol-flags cc-exit dyn-tls-crypt aead-epoch{ekm}"
        ));
        let (own, client) = (self.own, self.client.unwrap());
        let key = self.keys.get_mut(&0).unwrap();
        key.settle(own, client, exporter);
        let secret = StaticKey::from_bytes(*key.export(EXPORTER_DYNAMIC_TLS_CRYPT).as_bytes());
        let secret = self
            .static_key
            .as_ref()
            .map_or(secret.clone(), |key| key.xor(&secret));
        self.dynamic = Some(Wrapper::tls_crypt(&secret, Role::Server, 1_000));
    }

    fn hear(&mut self, string: &str) {
        let exporter = self.keys[&0].exporter;
        match string {
            "EXIT" => self.heard_exit = true,
            "PUSH_REQUEST" => {
                self.requests += 1;
                if self.requests == self.options.push_on_request {
                    self.push(exporter);
                }
            }
            other if Some(other) == self.options.push_after => self.push(exporter),
            _ => {}
        }
    }

    fn say(&mut self, string: &str) {
        let key = self.keys.get_mut(&self.newest).unwrap();
        let tls = key.tls.as_mut().unwrap();
        tls.writer()
            .write_all(&[string.as_bytes(), &[0]].concat())
            .unwrap();
        key.flush();
    }

    pub(super) fn poll_transmit(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.silent || self.options.silent_after.is_some_and(|limit| self.sent >= limit) {
            return None;
        }
        let packet = self.stray.pop_front().or_else(|| self.next_packet(now))?;
        self.sent += 1;
        Some(packet)
    }

    fn next_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        for (&key_id, key) in &mut self.keys {
            while !key.outgoing.is_empty() && key.reliable.next_id().is_some() {
                let length = key.outgoing.len().min(1000);
                key.reliable
                    .send(Opcode::Control, key.outgoing.drain(..length).collect());
            }
            let due = key.reliable.has_unsent_or_due(now);
            if !due && !key.reliable.owes_ack() {
                continue;
            }
            let acks = key.reliable.take_acks(4);
            let packet = key.reliable.poll(now).filter(|_| due);
            let opcode = packet.as_ref().map_or(Opcode::Ack, |packet| packet.opcode);
            let head = Head {
                opcode,
                key_id,
                session_id: self.own,
            };
            let body = BodyRepr {
                acks: &acks,
                peer: self.client,
                message_id: packet.as_ref().map(|packet| packet.id),
                payload: packet.as_ref().map_or(&[], |packet| packet.payload),
            };
            let wrapper = match &mut self.dynamic {
                Some(dynamic) if key_id != 0 => dynamic,
                _ => &mut self.base,
            };
            return Some(wrapper.wrap(head, &body.emit()));
        }
        None
    }
}

impl Key {
    fn feed(&mut self, mut bytes: &[u8]) {
        let Some(tls) = &mut self.tls else { return };
        while !bytes.is_empty() {
            tls.read_tls(&mut bytes).unwrap();
            // A damaged record ends the session, which the test sees at the client.
            let Ok(state) = tls.process_new_packets() else {
                break;
            };
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            tls.reader().read_exact(&mut plain).unwrap();
            self.inbox.extend(plain);
        }
        self.flush();
    }

    fn flush(&mut self) {
        let Some(tls) = &mut self.tls else { return };
        while tls.wants_write() {
            tls.write_tls(&mut self.outgoing).unwrap();
        }
    }

    /// Reads the client's message when it is there, and answers it: the login, and whether keys are exported.
    fn exchange(&mut self, own: SessionId, client: SessionId) -> Option<((String, String), bool)> {
        if self.client.is_some() || self.inbox.len() < 5 + 112 {
            return None;
        }
        let mut rest = &self.inbox[5 + 112..];
        let mut strings = Vec::new();
        for _ in 0..4 {
            let (length, more) = rest.split_first_chunk::<2>()?;
            let (text, more) = more.split_at_checked(u16::from_be_bytes(*length).into())?;
            strings.push(
                String::from_utf8(text.to_vec())
                    .unwrap()
                    .trim_end_matches('\0')
                    .to_owned(),
            );
            rest = more;
        }
        let length = self.inbox.len() - rest.len();
        self.client = parse_client_random(&self.inbox);
        self.inbox.drain(..length);
        let number = strings[3]
            .lines()
            .find_map(|line| line.strip_prefix("IV_PROTO="))
            .unwrap();
        self.exporter = number.parse::<u32>().unwrap() & 8 != 0;
        let options = b"V4,dev-type tun,tls-server\0";
        let message = [
            &[0, 0, 0, 0, 2][..],
            &self.server.random1,
            &self.server.random2,
            &u16::try_from(options.len()).unwrap().to_be_bytes(),
            options,
            &[0; 6],
        ];
        self.tls
            .as_mut()
            .unwrap()
            .writer()
            .write_all(&message.concat())
            .unwrap();
        self.flush();
        self.settle(own, client, self.exporter);
        let mut strings = strings.into_iter().skip(1);
        Some(((strings.next().unwrap(), strings.next().unwrap()), self.exporter))
    }

    fn settle(&mut self, own: SessionId, client: SessionId, exporter: bool) {
        self.block = Some(match exporter {
            true => self.export(EXPORTER_DATA_KEYS),
            false => KeyBlock::from_prf(self.client.as_ref().unwrap(), &self.server, client, own),
        });
    }

    fn export(&self, label: &[u8]) -> KeyBlock {
        let tls = self.tls.as_ref().unwrap();
        KeyBlock::from_bytes(
            tls.export_keying_material([0; KEY_BLOCK_LEN], label, None)
                .unwrap(),
        )
    }

    fn next_string(&mut self) -> Option<String> {
        self.client.as_ref()?;
        let end = self.inbox.iter().position(|&byte| byte == 0)?;
        let string = String::from_utf8(self.inbox[..end].to_vec()).unwrap();
        self.inbox.drain(..=end);
        Some(string)
    }
}

fn reset_payload(reset: Opcode, v2: bool) -> Vec<u8> {
    match reset {
        Opcode::HardResetServerV2 if v2 => vec![0, 1, 0, 2, 0, 1],
        _ => Vec::new(),
    }
}

fn tls_config() -> Arc<rustls::ServerConfig> {
    let certificates = certificates();
    let provider = Arc::new(tls::provider());
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(certificates.ca.as_bytes()).unwrap())
        .unwrap();
    let clients =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let chain = vec![CertificateDer::from_pem_slice(certificates.server.cert.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(certificates.server.key.as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(chain, key);
    Arc::new(config.unwrap())
}
