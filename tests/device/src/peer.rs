//! The other end: an OpenVPN data channel in its classic format, by the specification and not by the engine.
//!
//! A data packet is `[op 9 << 3 | key-id] [peer-id: 3] [packet id: 4] [tag: 16] [ciphertext]`; the first eight bytes are
//! authenticated with it, and the nonce is the packet id and the key's implicit tail. The cipher is AES-256-GCM.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ovpn_dco_e2e::netns::Netns;
use ovpn_dco_engine::{Aead as _, Cipher};
use ovpn_dco_provider::AwsLcAead;
use ovpn_dco_uapi::{CipherAlg, CryptoData, KeyDirection, KeyId, KeySlot, PeerId};

use crate::packet::turned_around;

/// `P_DATA_V2`
const DATA: u8 = 9 << 3;
/// What a keepalive ping holds.
pub const PING: [u8; 16] = [
    0x2a, 0x18, 0x7b, 0xf3, 0x64, 0x1e, 0xb4, 0xcb, 0x07, 0xed, 0x2d, 0x0a, 0x98, 0x1f, 0xc7, 0x48,
];
/// `P_CONTROL_V1` with key-id 0 and some bytes: what echoes through `WriteFile` and `ReadFile`.
pub const CONTROL: [u8; 24] = [4 << 3; 24];

/// One key of a peer, told apart by a number; its two directions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// What the key bytes are made of.
    pub number: u8,
    /// Whose it is.
    pub peer: u32,
}

impl KeySpec {
    /// The key with this number for the peer of point-to-point mode.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self { number, peer: 0 }
    }

    fn key_id(self) -> KeyId {
        KeyId::new(self.number & 7).expect("three bits")
    }

    fn direction(self, salt: u8) -> ([u8; 32], [u8; 8]) {
        ([self.number ^ salt; 32], [self.number.wrapping_add(salt); 8])
    }

    /// What `NEW_KEY` takes to make the device's end of it.
    #[must_use]
    pub fn for_device(self, slot: KeySlot) -> CryptoData {
        let made = |(key, tail): ([u8; 32], [u8; 8])| KeyDirection::classic(&key, tail).expect("a key");
        CryptoData::new(
            PeerId::new(self.peer).expect("24 bits"),
            slot,
            self.key_id(),
            CipherAlg::AesGcm,
            made(self.direction(0x55)),
            made(self.direction(0xAA)),
        )
    }
}

/// The peer's end of a key.
pub struct Key {
    spec: KeySpec,
    receive: (AwsLcAead, [u8; 8]),
    send: (AwsLcAead, [u8; 8]),
    next: u32,
}

impl Key {
    /// The peer's end of `spec`.
    #[must_use]
    pub fn new(spec: KeySpec) -> Self {
        let made = |(key, tail): ([u8; 32], [u8; 8])| {
            let aead = AwsLcAead::new(Cipher::Aes256Gcm, &key).expect("a key");
            (aead, tail)
        };
        Self {
            spec,
            receive: made(spec.direction(0x55)),
            send: made(spec.direction(0xAA)),
            next: 0,
        }
    }

    /// A data packet.
    pub fn seal(&mut self, payload: &[u8]) -> Vec<u8> {
        self.next += 1;
        let mut packet = vec![DATA | self.spec.key_id().get()];
        packet.extend(&self.spec.peer.to_be_bytes()[1..]);
        packet.extend(self.next.to_be_bytes());
        let mut text = vec![0; payload.len()];
        let mut tag = [0; 16];
        let nonce = nonce(&packet[4..8], self.send.1);
        let sealed = self.send.0.seal(&nonce, &packet, payload, &mut text, &mut tag);
        sealed.expect("sealing");
        packet.extend(tag);
        packet.extend(text);
        packet
    }

    /// What a data packet holds, if it is this key's and whole.
    #[must_use]
    pub fn open(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = packet.split_at_checked(8)?;
        let (tag, text) = rest.split_first_chunk::<16>()?;
        if header[0] != DATA | self.spec.key_id().get() {
            return None;
        }
        let mut payload = vec![0; text.len()];
        let nonce = nonce(&header[4..], self.receive.1);
        let opened = self.receive.0.open(&nonce, header, text, tag, &mut payload);
        opened.ok().map(|()| payload)
    }
}

fn nonce(packet_id: &[u8], tail: [u8; 8]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(packet_id);
    nonce[4..].copy_from_slice(&tail);
    nonce
}

/// What an echoing peer has seen.
#[derive(Default)]
pub struct Seen {
    /// Data packets that opened.
    pub data: AtomicU64,
    /// Pings among them.
    pub pings: AtomicU64,
    /// Packets that are no data packets.
    pub control: AtomicU64,
    /// Data packets that no key opens.
    pub unopened: AtomicU64,
}

/// A peer on a thread that sends back what comes: tunnel packets turned around, control packets as they are.
pub struct Echo {
    /// Where it is.
    pub address: SocketAddr,
    /// What came.
    pub seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A failed assertion of it has been printed.
            let _ = thread.join();
        }
    }
}

/// How often a peer looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(20);

/// Answers one packet.
fn answer(keys: &mut [Key], packet: &[u8], seen: &Seen) -> Option<Vec<u8>> {
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
    if packet.first()? >> 3 != DATA >> 3 {
        count(&seen.control);
        return Some(packet.to_vec());
    }
    for key in keys {
        let Some(payload) = key.open(packet) else { continue };
        count(&seen.data);
        if payload == PING {
            count(&seen.pings);
            return None;
        }
        return turned_around(&payload).map(|back| key.seal(&back));
    }
    count(&seen.unopened);
    None
}

impl Echo {
    /// A peer over UDP, on 127.0.0.1 in `ns`.
    #[must_use]
    pub fn udp(ns: &Netns, keys: &[KeySpec]) -> Self {
        let socket = ns
            .inside(|| UdpSocket::bind("127.0.0.1:0"))
            .expect("the namespace");
        let socket = socket.expect("a socket");
        socket.set_read_timeout(Some(LOOK)).expect("a timeout");
        let address = socket.local_addr().expect("an address");
        let keys = keys.to_vec();
        Self::run(address, move |stop, seen| {
            let mut keys: Vec<Key> = keys.into_iter().map(Key::new).collect();
            let mut buffer = [0; 4096];
            while !stop.load(Ordering::Relaxed) {
                let Ok((len, from)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                if let Some(back) = answer(&mut keys, &buffer[..len], seen) {
                    // Nobody may be listening any more.
                    let _ = socket.send_to(&back, from);
                }
            }
        })
    }

    /// A peer over TCP, on 127.0.0.1 in `ns`. It takes one connection after another.
    #[must_use]
    pub fn tcp(ns: &Netns, keys: &[KeySpec]) -> Self {
        let listener = ns
            .inside(|| TcpListener::bind("127.0.0.1:0"))
            .expect("the namespace");
        let listener = listener.expect("a socket");
        listener.set_nonblocking(true).expect("non-blocking");
        let address = listener.local_addr().expect("an address");
        let keys = keys.to_vec();
        Self::run(address, move |stop, seen| {
            while !stop.load(Ordering::Relaxed) {
                match listener.accept() {
                    // The connection ends as it will; the next one is taken then.
                    Ok((stream, _)) => drop(serve(&stream, &keys, stop, seen)),
                    Err(_) => std::thread::sleep(Duration::from_millis(2)),
                }
            }
        })
    }

    fn run(address: SocketAddr, work: impl FnOnce(&AtomicBool, &Seen) + Send + 'static) -> Self {
        let (stop, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Seen::default()));
        let for_thread = (Arc::clone(&stop), Arc::clone(&seen));
        let thread = std::thread::spawn(move || work(&for_thread.0, &for_thread.1));
        Self {
            address,
            seen,
            stop,
            thread: Some(thread),
        }
    }
}

/// One TCP connection: packets with their length in two bytes in front.
fn serve(mut stream: &TcpStream, keys: &[KeySpec], stop: &AtomicBool, seen: &Seen) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    let mut keys: Vec<Key> = keys.iter().copied().map(Key::new).collect();
    let mut pending: Vec<u8> = Vec::new();
    let mut buffer = [0; 16384];
    while !stop.load(Ordering::Relaxed) {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => pending.extend(&buffer[..len]),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => continue,
            Err(e) => return Err(e),
        }
        while let Some((length, rest)) = pending.split_first_chunk::<2>() {
            let Some((packet, rest)) = rest.split_at_checked(u16::from_be_bytes(*length).into()) else {
                break;
            };
            if let Some(back) = answer(&mut keys, packet, seen) {
                let length = u16::try_from(back.len()).expect("a packet");
                stream.write_all(&[&length.to_be_bytes()[..], &back].concat())?;
            }
            pending = rest.to_vec();
        }
    }
    Ok(())
}

/// An address on which a connection attempt neither succeeds nor fails for a long time: what is sent there vanishes.
#[must_use]
pub fn unanswered(ns: &Netns) -> SocketAddr {
    let orders: [&[&str]; 5] = [
        &["link", "add", "void0", "type", "veth", "peer", "name", "void1"],
        &["addr", "add", "10.66.0.1/24", "dev", "void0"],
        &["link", "set", "void0", "up"],
        &["link", "set", "void1", "up"],
        &[
            "neigh",
            "add",
            "10.66.0.2",
            "lladdr",
            "02:00:00:00:00:02",
            "dev",
            "void0",
            "nud",
            "permanent",
        ],
    ];
    for order in orders {
        ns.ip(order).expect("a link to nowhere");
    }
    SocketAddr::from(([10, 66, 0, 2], 1194))
}
