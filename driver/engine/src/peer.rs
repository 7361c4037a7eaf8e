//! One peer, and the transport it is reached by.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};

use ovpn_dco_uapi::{NtStatus, PeerId, SockAddrIn6};

use crate::keepalive::{Activity, Keepalive};
use crate::keys::KeySlots;
use crate::stats::Traffic;
use crate::sync::{Grace, Lock, NoMemory, Published, Shared};
use crate::tcp_stream::TcpStream;
use crate::{Instant, Platform, Transport, TransportId, TransportProto};

/// A socket of ours and where it stands in its life.
pub(crate) struct Endpoint<P: Platform> {
    pub(crate) id: TransportId,
    pub(crate) proto: TransportProto,
    pub(crate) socket: P::Transport,
    /// An IPv6 socket that also carries IPv4: addresses go to it in mapped form.
    maps_v4: bool,
    state: AtomicU8,
    /// The framing of a TCP stream.
    pub(crate) stream: Lock<P::SpinLock, TcpStream>,
}

/// Life of an [`Endpoint`]. Changes under the I/O lock; the data path only looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum EndpointState {
    /// TCP, not connected yet.
    Connecting = 0,
    /// Packets may go through.
    Up = 1,
    /// TCP, was connected; its peer stays until user space deletes it.
    Closed = 2,
    /// TCP, never was connected; its peer is to be removed.
    Failed = 3,
}

impl<P: Platform> Endpoint<P> {
    pub(crate) fn new(
        id: TransportId,
        proto: TransportProto,
        socket: P::Transport,
        stream: TcpStream,
    ) -> Self {
        let state = match proto {
            TransportProto::Udp => EndpointState::Up,
            TransportProto::Tcp => EndpointState::Connecting,
        };
        let maps_v4 = socket.local_addr().is_ipv6();
        Self {
            id,
            proto,
            socket,
            maps_v4,
            state: AtomicU8::new(state as u8),
            stream: Lock::new(stream),
        }
    }

    pub(crate) fn state(&self) -> EndpointState {
        match self.state.load(Ordering::Acquire) {
            0 => EndpointState::Connecting,
            1 => EndpointState::Up,
            2 => EndpointState::Closed,
            _ => EndpointState::Failed,
        }
    }

    /// With the I/O lock held.
    pub(crate) fn set_state(&self, state: EndpointState) {
        self.state.store(state as u8, Ordering::Release);
    }

    /// Whether packets may be sent, else what a writer is told.
    pub(crate) fn writable(&self) -> Result<(), NtStatus> {
        match self.state() {
            EndpointState::Up => Ok(()),
            EndpointState::Closed => Err(NtStatus::CONNECTION_ABORTED),
            EndpointState::Connecting | EndpointState::Failed => Err(NtStatus::INVALID_DEVICE_STATE),
        }
    }

    /// `address` as this socket takes it.
    pub(crate) fn destination(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(_) if self.maps_v4 => SocketAddr::V6(SockAddrIn6::mapped(address).into()),
            _ => address,
        }
    }
}

/// Someone at the other end of the tunnel. Lives as long as a snapshot shows it.
pub(crate) struct Peer<P: Platform> {
    /// 0 in point-to-point mode, where it names nobody.
    pub(crate) id: PeerId,
    /// Where it is now, in canonical form.
    pub(crate) remote: AddressCell,
    pub(crate) activity: Activity,
    pub(crate) traffic: Traffic,
    /// What user space changes while traffic flows.
    pub(crate) setup: Published<Setup<P>>,
}

/// Keys and settings of a peer; a change makes a new one.
pub(crate) struct Setup<P: Platform> {
    pub(crate) keys: KeySlots<P>,
    pub(crate) keepalive: Keepalive,
    /// Largest MSS that passes; 0 lets all pass.
    pub(crate) mss: u16,
    /// User space was told that the sending key is near its end.
    pub(crate) told_near_end: AtomicBool,
}

impl<P: Platform> Setup<P> {
    pub(crate) fn new(keys: KeySlots<P>, keepalive: Keepalive, mss: u16) -> Self {
        Self {
            keys,
            keepalive,
            mss,
            told_near_end: AtomicBool::new(false),
        }
    }
}

impl<P: Platform> Peer<P> {
    /// A peer without keys, keepalive off, MSS off. `remote` in canonical form.
    pub(crate) fn new(
        id: PeerId,
        remote: SocketAddr,
        lanes: usize,
        grace: &Shared<Grace>,
        now: Instant,
    ) -> Result<Self, NoMemory> {
        let setup = Setup::new(KeySlots::empty(), Keepalive::default(), 0);
        Ok(Self {
            id,
            remote: AddressCell::new(remote),
            activity: Activity::new(now),
            traffic: Traffic::new(lanes)?,
            setup: Published::new(setup, grace.clone())?,
        })
    }
}

/// A socket address that is read without locking while it changes now and then: a sequence lock.
///
/// Writers exclude each other by a lock of their own.
pub(crate) struct AddressCell {
    /// Odd while a writer is at it.
    sequence: AtomicUsize,
    words: [AtomicU64; 4],
}

impl AddressCell {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            sequence: AtomicUsize::new(0),
            words: pack(address).map(AtomicU64::new),
        }
    }

    /// The address. Tries again while a writer is at it, which is a few instructions.
    pub(crate) fn load(&self) -> SocketAddr {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let words = self.words.each_ref().map(|word| word.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before & 1 == 0 && self.sequence.load(Ordering::Relaxed) == before {
                return unpack(words);
            }
            core::hint::spin_loop();
        }
    }

    /// Replaces the address. One writer at a time.
    pub(crate) fn store(&self, address: SocketAddr) {
        let before = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(before.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        for (word, value) in self.words.iter().zip(pack(address)) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(before.wrapping_add(2), Ordering::Release);
    }
}

/// Flow label and scope of an IPv6 address; an IPv4 address has this instead.
const IS_V4: u64 = u64::MAX;

fn pack(address: SocketAddr) -> [u64; 4] {
    let port = u64::from(address.port());
    match address {
        SocketAddr::V4(v4) => [0, v4.ip().to_bits().into(), port, IS_V4],
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = v6.ip().octets();
            let high = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            let low = u64::from_be_bytes([i, j, k, l, m, n, o, p]);
            let flow = u64::from(v6.flowinfo()) << 32;
            [high, low, port | flow, v6.scope_id().into()]
        }
    }
}

fn unpack([high, low, port_and_flow, scope]: [u64; 4]) -> SocketAddr {
    let low32 = |word: u64| u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0);
    let port = u16::try_from(port_and_flow & u64::from(u16::MAX)).unwrap_or(0);
    if scope == IS_V4 {
        return SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::from_bits(low32(low)), port));
    }
    let ip = Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low));
    SocketAddr::V6(SocketAddrV6::new(
        ip,
        port,
        low32(port_and_flow >> 32),
        low32(scope),
    ))
}

/// Whether two socket addresses are the same place: family, address, port. Both in canonical form.
pub(crate) fn same_place(a: SocketAddr, b: SocketAddr) -> bool {
    a.ip() == b.ip() && a.port() == b.port()
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn any_address_survives_the_cell() {
        let cell = AddressCell::new("0.0.0.0:0".parse().unwrap());
        for text in [
            "192.0.2.1:1194",
            "255.255.255.255:65535",
            "[2001:db8::1]:1194",
            "[fe80::1%7]:1",
            "[::]:0",
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535",
        ] {
            let address: SocketAddr = text.parse().unwrap();
            cell.store(address);
            assert_eq!(cell.load().to_string(), text);
            assert_eq!(cell.load(), address);
        }
        let flow = SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 9, u32::MAX, 3));
        cell.store(flow);
        assert_eq!(cell.load(), flow);
    }

    #[test]
    fn a_reader_never_sees_half_a_change() {
        let one = SocketAddr::from(([1; 16], 1));
        let two = SocketAddr::from(([2; 16], 2));
        let cell = AddressCell::new(one);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..20_000 {
                    cell.store(if round % 2 == 0 { two } else { one });
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                let seen = cell.load();
                assert!(seen == one || seen == two, "{seen}");
            }
        });
    }
}
