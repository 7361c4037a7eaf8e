//! Control codes as user space sends them.

use std::net::{IpAddr, SocketAddr};

use ovpn_dco_uapi::{
    CipherAlg, CryptoData, CryptoDataV2, CryptoOptions, Event, GetPeerStats, Ioctl, KeyDirection, KeyId,
    KeySlot, Mode, MpDelPeer, MpIroute, MpNewPeer, MpSetPeer, MpStartVpn, MpSwapKeys, NewPeer, NotifyEvent,
    NtStatus, PeerId, PeerStats, Prefix, Proto, SetMode, SetPeer, SockAddrInet, Stats, read_input,
};
use zerocopy::IntoBytes;

use super::{Done, Host};

pub const SERVER: &str = "192.0.2.1:1194";
/// Large enough for every output.
pub const OUTPUT: usize = 256;

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn new_peer(local: SocketAddr, remote: SocketAddr, proto: Proto) -> NewPeer {
    NewPeer {
        local: local.into(),
        remote: remote.into(),
        proto: proto.to_u32(),
    }
}

pub fn set_peer(interval: i32, timeout: i32, mss: i32) -> SetPeer {
    SetPeer {
        keepalive_interval: interval,
        keepalive_timeout: timeout,
        mss,
    }
}

/// Who is at which end of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// A key that both sides derive from a number.
#[derive(Clone, Copy, Debug)]
pub struct TestKey {
    pub seed: u32,
    pub key_id: u8,
    pub peer_id: i32,
    pub cipher: CipherAlg,
    pub key_len: u8,
    pub epoch: bool,
}

impl TestKey {
    pub const CLASSIC: Self = Self {
        seed: 1,
        key_id: 0,
        peer_id: 7,
        cipher: CipherAlg::AesGcm,
        key_len: 32,
        epoch: false,
    };
    pub const EPOCH: Self = Self {
        epoch: true,
        ..Self::CLASSIC
    };

    /// As a side installs it in a slot.
    pub fn crypto_data(&self, side: Side, slot: KeySlot) -> CryptoDataV2 {
        let direction = |salt: u8| {
            let mut direction = KeyDirection::epoch(&[0; 32], self.key_len);
            let seed = self.seed.to_be_bytes();
            let material = |at: usize| seed[at % 4] ^ salt.wrapping_mul(u8::try_from(at + 1).unwrap());
            direction
                .key
                .iter_mut()
                .enumerate()
                .for_each(|(at, byte)| *byte = material(at));
            direction
                .nonce_tail
                .iter_mut()
                .enumerate()
                .for_each(|(at, byte)| *byte = material(at));
            direction
        };
        let (encrypt, decrypt) = match side {
            Side::Client => (direction(0x11), direction(0x22)),
            Side::Server => (direction(0x22), direction(0x11)),
        };
        let mut data = CryptoData::new(
            PeerId::default(),
            slot,
            KeyId::new(self.key_id & 7).unwrap(),
            self.cipher,
            encrypt,
            decrypt,
        );
        data.peer_id = self.peer_id;
        data.key_id = self.key_id;
        let options = if self.epoch {
            CryptoOptions::EPOCH
        } else {
            CryptoOptions::CLASSIC
        };
        CryptoDataV2 {
            v1: data,
            crypto_options: options.bits(),
        }
    }
}

impl Host {
    /// A control code that ends at once.
    #[track_caller]
    pub fn call(&self, ioctl: Ioctl, input: &[u8]) -> Done {
        let number = self.ioctl(ioctl.code(), input, OUTPUT);
        self.done(number)
            .unwrap_or_else(|| panic!("{ioctl} must not pend"))
    }

    /// As [`Host::call`], for its status.
    #[track_caller]
    pub fn ask(&self, ioctl: Ioctl, input: &[u8]) -> NtStatus {
        self.call(ioctl, input).status
    }

    #[track_caller]
    pub fn must(&self, ioctl: Ioctl, input: &[u8]) -> Done {
        let done = self.call(ioctl, input);
        assert_eq!(done.status, NtStatus::SUCCESS, "{ioctl}");
        done
    }

    /// A UDP peer at [`SERVER`].
    #[track_caller]
    pub fn udp(&self) -> &Self {
        let input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp);
        self.must(Ioctl::NewPeer, input.as_bytes());
        self
    }

    /// Begins to connect to [`SERVER`] over TCP; the number of the request.
    pub fn connect(&self) -> u64 {
        let input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Tcp);
        self.ioctl(Ioctl::NewPeer.code(), input.as_bytes(), 0)
    }

    /// A connected TCP peer at [`SERVER`].
    #[track_caller]
    pub fn tcp(&self) -> &Self {
        let number = self.connect();
        self.device.transport_connected(self.transport(), Ok(()));
        assert_eq!(self.status(number), Some(NtStatus::SUCCESS));
        self
    }

    #[track_caller]
    pub fn install(&self, side: Side, slot: KeySlot, key: TestKey) -> &Self {
        assert_eq!(self.try_install(side, slot, key), NtStatus::SUCCESS);
        self
    }

    pub fn try_install(&self, side: Side, slot: KeySlot, key: TestKey) -> NtStatus {
        self.ask(Ioctl::NewKeyV2, key.crypto_data(side, slot).as_bytes())
    }

    #[track_caller]
    pub fn keepalive(&self, interval: i32, timeout: i32) -> &Self {
        self.must(Ioctl::SetPeer, set_peer(interval, timeout, -1).as_bytes());
        self
    }

    #[track_caller]
    pub fn stats(&self) -> Stats {
        read_input(&self.must(Ioctl::GetStats, &[]).output).unwrap()
    }

    /// `GET_PEER_STATS` for one or all.
    #[track_caller]
    pub fn peer_stats(&self, peer: i32) -> Vec<PeerStats> {
        let input = GetPeerStats { peer_id: peer };
        let number = self.ioctl(Ioctl::GetPeerStats.code(), input.as_bytes(), 40 * 64);
        let done = self.done(number).unwrap();
        assert_eq!(done.status, NtStatus::SUCCESS);
        done.output
            .chunks(40)
            .map(|record| read_input(record).unwrap())
            .collect()
    }

    /// A `NOTIFY_EVENT`.
    pub fn wait(&self) -> u64 {
        self.ioctl(Ioctl::NotifyEvent.code(), &[], 144)
    }

    /// The next event, which must be there.
    #[track_caller]
    pub fn event(&self) -> Event {
        let number = self.wait();
        let done = self.done(number).expect("an event");
        assert_eq!((done.status, done.information), (NtStatus::SUCCESS, 144));
        read_input::<NotifyEvent>(&done.output).unwrap().event().unwrap()
    }

    /// A server that listens on UDP port 1194.
    #[track_caller]
    pub fn server(&self) -> &Self {
        self.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
        self.must(Ioctl::MpStartVpn, start_server("[::]:1194").as_bytes());
        self
    }

    pub fn try_add(&self, peer: i32, remote: &str, vpn: &[&str]) -> NtStatus {
        self.ask(Ioctl::MpNewPeer, mp_new_peer(peer, remote, vpn).as_bytes())
    }

    #[track_caller]
    pub fn add(&self, peer: i32, remote: &str, vpn: &[&str]) -> &Self {
        assert_eq!(self.try_add(peer, remote, vpn), NtStatus::SUCCESS);
        self
    }

    pub fn del(&self, peer: i32) -> NtStatus {
        self.ask(Ioctl::MpDelPeer, MpDelPeer { peer_id: peer }.as_bytes())
    }

    pub fn swap(&self, peer: i32) -> NtStatus {
        self.ask(Ioctl::MpSwapKeys, MpSwapKeys { peer_id: peer }.as_bytes())
    }

    pub fn mp_set(&self, peer: i32, settings: SetPeer) -> NtStatus {
        self.ask(
            Ioctl::MpSetPeer,
            MpSetPeer {
                peer_id: peer,
                settings,
            }
            .as_bytes(),
        )
    }

    pub fn iroute(&self, network: &str, peer: i32) -> NtStatus {
        self.ask(Ioctl::MpAddIroute, iroute(network, peer).as_bytes())
    }

    pub fn del_iroute(&self, network: &str) -> NtStatus {
        self.ask(Ioctl::MpDelIroute, iroute(network, -1).as_bytes())
    }
}

pub fn start_server(listen: &str) -> MpStartVpn {
    MpStartVpn {
        listen_address: address(listen).into(),
        ipv6_only: 0,
    }
}

pub fn mp_new_peer(peer: i32, remote: &str, vpn: &[&str]) -> MpNewPeer {
    let mut input = MpNewPeer {
        local: SockAddrInet::any(2),
        remote: address(remote).into(),
        vpn_addr4: [0; 4],
        vpn_addr6: [0; 16],
        peer_id: peer,
    };
    for text in vpn {
        match text.parse().unwrap() {
            IpAddr::V4(ip) => input.vpn_addr4 = ip.octets(),
            IpAddr::V6(ip) => input.vpn_addr6 = ip.octets(),
        }
    }
    input
}

pub fn iroute(network: &str, peer: i32) -> MpIroute {
    let (ip, netbits) = network.split_once('/').unwrap();
    let prefix = Prefix::new(ip.parse().unwrap(), netbits.parse().unwrap()).unwrap();
    MpIroute {
        peer_id: peer,
        ..MpIroute::new(prefix, None)
    }
}
