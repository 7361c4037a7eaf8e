//! A tunnel that works: a device with a peer and keys, and datagrams that go out and come back.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ovpn_dco_e2e::netns::Netns;
use ovpn_dco_uapi::{Ioctl, KeySlot, NtStatus, Proto};

use crate::bench::{Bench, TUNNEL_LOCAL, TUNNEL_PEER};
use crate::calls::{Handle, PATIENCE, end_of, status};
use crate::peer::{Echo, KeySpec};

/// The key that [`connect`] installs.
pub const FIRST_KEY: KeySpec = KeySpec::new(1);
/// The key after it, for a renegotiation. Echoing peers know both.
pub const SECOND_KEY: KeySpec = KeySpec::new(2);

/// The key of a server's client.
#[must_use]
pub fn key_of(peer: u32) -> KeySpec {
    KeySpec { number: 1, peer }
}

/// A peer with both keys.
#[must_use]
pub fn echo(bench: &Bench, proto: Proto) -> Echo {
    match proto {
        Proto::Udp => Echo::udp(&bench.ns, &[FIRST_KEY, SECOND_KEY]),
        Proto::Tcp => Echo::tcp(&bench.ns, &[FIRST_KEY, SECOND_KEY]),
    }
}

/// Takes the calls of a client from `NEW_PEER` to the first key.
pub fn connect(handle: &Handle, proto: Proto, peer: &Echo) {
    match proto {
        Proto::Udp => handle.connect_udp(peer.address),
        Proto::Tcp => {
            let connected = end_of(handle.connect_tcp(peer.address));
            assert_eq!(status(&connected), NtStatus::SUCCESS);
        }
    }
    handle.must(Ioctl::StartVpn, &[0u8; 0]);
    handle.must(Ioctl::NewKey, &FIRST_KEY.for_device(KeySlot::Primary));
}

/// How long a read waits for a datagram.
const READ: Duration = Duration::from_millis(3);

/// A socket inside of the tunnel whose datagrams the peer sends back.
pub struct Inner(UdpSocket);

impl Inner {
    /// Configures the tunnel's interface and makes a socket on it.
    #[must_use]
    pub fn new(bench: &Bench) -> Self {
        bench.configure_tunnel();
        Self(socket(&bench.ns))
    }

    /// Sends `count` datagrams of `size` bytes one by one until each has come back.
    ///
    /// A datagram that is sent right after the link came up may still be dropped by the host, so each is tried for a while.
    pub fn round_trips(&self, count: u32, size: usize) {
        for number in 0..count {
            let mut sent = vec![0x5A; size.max(4)];
            sent[..4].copy_from_slice(&number.to_be_bytes());
            assert!(
                self.round_trip(&sent),
                "datagram {number} of {size} bytes never came back"
            );
        }
    }

    /// Sends one datagram until it has come back; `false` if it never does.
    #[must_use]
    pub fn round_trip(&self, sent: &[u8]) -> bool {
        let mut buffer = [0; 2048];
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            // While the link is down there is no route, or nobody who takes the packet.
            if self.0.send(sent).is_err() {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let again = Instant::now() + Duration::from_millis(100);
            while Instant::now() < again {
                match self.0.recv(&mut buffer) {
                    Ok(len) if buffer[..len] == *sent => return true,
                    Ok(_) | Err(_) => {}
                }
            }
        }
        false
    }

    /// Sends `count` datagrams, and takes what comes back within a few milliseconds.
    pub fn try_some(&self, count: u32) {
        let mut buffer = [0; 2048];
        for _ in 0..count {
            // Without a link there is no way out, which is fine here.
            let _ = self.0.send(&[0x11; 200]);
        }
        let until = Instant::now() + Duration::from_millis(3);
        while Instant::now() < until {
            let _ = self.0.recv(&mut buffer);
        }
    }

    /// Keeps sending as fast as it goes until the [`Flood`] is dropped.
    #[must_use]
    pub fn flood(&self, size: usize) -> Flood {
        let socket = self.0.try_clone().expect("a socket");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let datagram = vec![0x77; size];
            while !stopped.load(Ordering::Relaxed) {
                if socket.send(&datagram).is_err() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        Flood {
            stop,
            thread: Some(thread),
        }
    }
}

fn socket(ns: &Netns) -> UdpSocket {
    let made = ns.inside(|| -> std::io::Result<UdpSocket> {
        let socket = UdpSocket::bind((TUNNEL_LOCAL, 0))?;
        socket.connect((TUNNEL_PEER, 7))?;
        socket.set_read_timeout(Some(READ))?;
        Ok(socket)
    });
    made.expect("the namespace").expect("a socket in the tunnel")
}

/// Traffic on a thread of its own.
pub struct Flood {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It doesn't fail.
            let _ = thread.join();
        }
    }
}
