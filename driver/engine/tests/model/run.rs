//! Does each operation to a device and to the model, and compares.

use std::net::SocketAddr;
use std::rc::Rc;

use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::{Closed, Config};
use ovpn_dco_provider::AwsLc;
use ovpn_dco_uapi::{
    CipherAlg, CryptoOptions, GetPeerStats, Ioctl, KeyId, KeySlot, Mode, MpIroute, MpStartVpn, NewPeer,
    NtStatus, PeerId, SetMode, SockAddrInet, Stats, put_sockaddr, read_input,
};
use zerocopy::{FromZeros, IntoBytes};

use super::device::{Counts, Life, Model, PACKETS, PENDED, Socket};
use super::operation::{Destination, Family, KeySpec, Operation, Refuse, Settings};
use super::peers::{self, ModelKey};
use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{OUTPUT, SERVER, Side, TestKey, address, iroute, mp_new_peer, set_peer};
use crate::support::{Host, is_stream};

/// The other side's copy of an installed key.
pub struct Mirror {
    key: Key<AwsLc>,
    grace: Shared<Grace>,
}

impl Mirror {
    fn seal(&self, packet: &[u8]) -> Vec<u8> {
        let mut out = vec![0; packet.len() + 28];
        let len = self
            .key
            .seal(&AwsLc, &self.grace.pin(0), &[packet], &mut out)
            .unwrap();
        out.truncate(len);
        out
    }
}

/// The last packet that authenticated.
struct Sent {
    bytes: Vec<u8>,
    from: Option<SocketAddr>,
}

struct Runner {
    host: Host,
    model: Model,
    /// Every key is another.
    keys: u32,
    last: Option<Sent>,
    has_socket: bool,
}

/// Runs a sequence of operations on a fresh device.
///
/// # Panics
/// At the first difference between device and model.
pub fn run(operations: &[Operation]) {
    let host = Host::with_config(Config {
        lanes: 2,
        control_packets: PACKETS,
        pended_requests: PENDED,
        ..Config::default()
    });
    let mut runner = Runner {
        host,
        model: Model::new(1_000_000),
        keys: 0,
        last: None,
        has_socket: false,
    };
    for (at, operation) in operations.iter().enumerate() {
        runner.step(*operation);
        runner.compare(at, *operation);
    }
    runner.model.close_handle();
    runner.host.device.close();
    runner.compare(operations.len(), Operation::Close);
}

impl Runner {
    fn step(&mut self, operation: Operation) {
        match operation {
            Operation::Open => assert_eq!(self.host.device.open(), self.model.open_handle()),
            Operation::Close => {
                self.host.device.close();
                self.model.close_handle();
            }
            Operation::NewPeer {
                local,
                remote,
                proto,
                refuse,
            } => self.new_peer(local, remote, proto, refuse),
            Operation::Connected { success } => self.connected(success),
            Operation::StreamEnds if self.has_socket => {
                self.host
                    .device
                    .transport_closed(self.host.transport(), Closed::Reset);
                self.model.stream_ends();
            }
            Operation::StreamEnds => {}
            Operation::Read { len } => {
                let id = self.host.read(len);
                self.model.read(id, len);
            }
            Operation::Write { len, to } => self.write(len, to),
            Operation::Cancel { nth } => self.cancel(nth),
            Operation::Control { len, from } => self.control(len, from),
            Operation::Forged { key_id, peer } => self.forged(key_id, peer),
            Operation::Authentic {
                peer,
                secondary,
                from,
                source,
            } => self.authentic(peer, secondary, from, source),
            Operation::Replayed => self.replayed(),
            Operation::Transmit { destination } => self.transmit(destination),
            Operation::Tick { seconds } => {
                for _ in 0..seconds {
                    self.host.run(1_000);
                    self.model.tick();
                }
            }
            Operation::NewKey(spec) => self.new_key(spec),
            other => self.ioctl(other),
        }
    }

    /// The control codes that need nothing but their input.
    fn ioctl(&mut self, operation: Operation) {
        let model = &mut self.model;
        let send = |ioctl: Ioctl, input: &[u8]| self.host.ioctl(ioctl.code(), input, OUTPUT);
        match operation {
            Operation::DelPeer => model.del_peer(send(Ioctl::DelPeer, &[])),
            Operation::StartVpn => model.start_vpn(send(Ioctl::StartVpn, &[])),
            Operation::SetPeer(settings) => {
                model.set_peer(send(Ioctl::SetPeer, raw(settings).as_bytes()), settings);
            }
            Operation::SwapKeys => model.swap_keys(send(Ioctl::SwapKeys, &[])),
            Operation::SetMode(mode) => {
                model.set_mode(send(Ioctl::SetMode, SetMode { mode }.as_bytes()), mode);
            }
            Operation::GetStats => self.get_stats(),
            Operation::GetVersion => model.get(send(Ioctl::GetVersion, &[]), Ioctl::GetVersion, 12),
            Operation::GetPeerStats { peer, output } => {
                let input = GetPeerStats { peer_id: peer };
                let id = self
                    .host
                    .ioctl(Ioctl::GetPeerStats.code(), input.as_bytes(), output);
                model.get_peer_stats(id, peer, output);
            }
            Operation::NotifyEvent { output } => {
                let id = self.host.ioctl(Ioctl::NotifyEvent.code(), &[], output);
                model.notify_event(id, output);
            }
            Operation::MpStartVpn { family, refuse } => self.mp_start_vpn(family, refuse),
            Operation::MpNewPeer { peer, remote, tunnel } => {
                let input = mp_new_peer(peer, &peers::remote(remote).to_string(), peers::tunnel(tunnel));
                // As it is sent: the mapped form stays mapped.
                model.mp_new_peer(send(Ioctl::MpNewPeer, input.as_bytes()), peer, remote, tunnel);
            }
            Operation::MpSetPeer { peer, settings } => {
                let input = ovpn_dco_uapi::MpSetPeer {
                    peer_id: peer,
                    settings: raw(settings),
                };
                model.mp_set_peer(send(Ioctl::MpSetPeer, input.as_bytes()), peer, settings);
            }
            Operation::MpDelPeer { peer } => {
                model.mp_del_peer(send(Ioctl::MpDelPeer, peer.to_ne_bytes().as_slice()), peer);
            }
            Operation::MpSwapKeys { peer } => {
                model.mp_swap_keys(send(Ioctl::MpSwapKeys, peer.to_ne_bytes().as_slice()), peer);
            }
            Operation::MpAddIroute { network, peer } => {
                let input = iroute(peers::network(network), peer);
                model.mp_add_iroute(send(Ioctl::MpAddIroute, input.as_bytes()), network, peer);
            }
            Operation::MpDelIroute { network } => {
                let input: MpIroute = iroute(peers::network(network), -1);
                model.mp_del_iroute(send(Ioctl::MpDelIroute, input.as_bytes()), network);
            }
            Operation::Short { ioctl, input } => self.short(ioctl, input),
            Operation::Unknown => {
                let id = self.host.ioctl(0x0022_0050, &[0; 64], OUTPUT);
                let status = if model.open {
                    NtStatus::INVALID_DEVICE_REQUEST
                } else {
                    NtStatus::INVALID_DEVICE_STATE
                };
                // Any control call lets a failed connect go.
                model.enters_any();
                model.end_in(id, status);
            }
            other => unreachable!("{other:?} is dealt with in `step`"),
        }
    }

    fn short(&mut self, ioctl: Ioctl, input: bool) {
        let (needed, offered) = (ioctl.input_size(), ioctl.output_min());
        let cut = if input { needed } else { offered };
        if cut == 0 {
            return;
        }
        let (input, output) = if input {
            (needed - 1, OUTPUT)
        } else {
            (needed, offered - 1)
        };
        let id = self.host.ioctl(ioctl.code(), &vec![0; input], output);
        if self.model.enters(id, ioctl) {
            self.model.end_in(id, NtStatus::BUFFER_TOO_SMALL);
        }
    }

    fn refusing<T>(&mut self, refuse: Refuse, act: impl FnOnce(&mut Self) -> T) -> T {
        let status = Some(NtStatus::ADDRESS_ALREADY_ASSOCIATED);
        match refuse {
            Refuse::Nothing => {}
            Refuse::Open => self.host.refuse_open(status),
            Refuse::Start => self.host.refuse_start(status),
        }
        let result = act(self);
        self.host.refuse_open(None);
        self.host.refuse_start(None);
        result
    }

    fn new_peer(&mut self, local: Family, remote: Family, proto: u32, refuse: Refuse) {
        let server = |family| match family {
            Family::V4 => address(SERVER).into(),
            Family::V6 => address("[2001:db8::1]:1194").into(),
            Family::Unknown => SockAddrInet::any(9),
        };
        let input = NewPeer {
            local: own(local),
            remote: server(remote),
            proto,
        };
        let id = self.refusing(refuse, |runner| {
            runner.host.ioctl(Ioctl::NewPeer.code(), input.as_bytes(), OUTPUT)
        });
        self.has_socket = self.host.has_socket();
        self.model.new_peer(id, local, remote, proto, refuse);
    }

    fn mp_start_vpn(&mut self, family: Family, refuse: Refuse) {
        let input = MpStartVpn {
            listen_address: own(family),
            ipv6_only: 0,
        };
        let id = self.refusing(refuse, |runner| {
            runner
                .host
                .ioctl(Ioctl::MpStartVpn.code(), input.as_bytes(), OUTPUT)
        });
        self.has_socket = self.host.has_socket();
        self.model.mp_start_vpn(id, family, refuse);
    }

    fn new_key(&mut self, spec: KeySpec) {
        self.keys += 1;
        let key = TestKey {
            seed: self.keys << 8 | u32::from(spec.seed),
            key_id: spec.key_id,
            peer_id: spec.peer,
            cipher: CipherAlg::AesGcm,
            key_len: spec.key_len,
            epoch: false,
        };
        let raw = |side| {
            let mut data = key.crypto_data(side, KeySlot::Primary);
            (data.v1.key_slot, data.v1.cipher_alg) = (spec.slot, spec.cipher);
            data.crypto_options = spec.options;
            data
        };
        let input = raw(Side::Client);
        let id = if spec.first_version {
            self.host.ioctl(Ioctl::NewKey.code(), input.v1.as_bytes(), OUTPUT)
        } else {
            self.host.ioctl(Ioctl::NewKeyV2.code(), input.as_bytes(), OUTPUT)
        };
        if !self.model.new_key(id, spec) {
            return;
        }
        let other = raw(Side::Server).v1;
        let epoch = spec.options == 2 && !spec.first_version;
        let material = KeyMaterial::new(
            spec.cipher.try_into().unwrap(),
            if epoch {
                CryptoOptions::EPOCH
            } else {
                CryptoOptions::CLASSIC
            },
            KeyId::new(spec.key_id).unwrap(),
            PeerId::try_from(spec.peer).unwrap(),
            &other.encrypt,
            &other.decrypt,
        );
        let grace = Shared::new(Grace::new(1).unwrap()).unwrap();
        let key = Key::new(&AwsLc, &material.unwrap(), &grace).unwrap();
        self.model.install(
            spec,
            ModelKey {
                key_id: spec.key_id,
                mirror: Rc::new(Mirror { key, grace }),
            },
        );
    }

    fn get_stats(&mut self) {
        let id = self.host.ioctl(Ioctl::GetStats.code(), &[], OUTPUT);
        self.model.get(id, Ioctl::GetStats, 64);
        let Some(done) = self.host.done(id).filter(|done| done.status == NtStatus::SUCCESS) else {
            return;
        };
        let stats: Stats = read_input(&done.output).unwrap();
        let counts = Counts {
            received_data: stats.received_data_packets,
            sent_data: stats.sent_data_packets,
            lost_in_data: stats.lost_in_data_packets,
            lost_out_data: stats.lost_out_data_packets,
            received_control: stats.received_control_packets,
            sent_control: stats.sent_control_packets,
            lost_in_control: stats.lost_in_control_packets,
            lost_out_control: stats.lost_out_control_packets,
        };
        assert_eq!(counts, self.model.counts, "counters");
    }

    fn connected(&mut self, success: bool) {
        if self.has_socket {
            let result = if success {
                Ok(())
            } else {
                Err(NtStatus::CONNECTION_REFUSED)
            };
            self.host
                .device
                .transport_connected(self.host.transport(), result);
            self.model.connected(result);
        }
    }

    fn write(&mut self, len: usize, to: Destination) {
        let mut bytes = vec![];
        if self.model.mode == Mode::MultiPeer {
            let mut room = vec![0; 28];
            let used = match to {
                Destination::None => 0,
                Destination::V4 => put_sockaddr(address("192.0.2.9:9"), &mut room).unwrap(),
                Destination::V6 => put_sockaddr(address("[2001:db8::9]:9"), &mut room).unwrap(),
                Destination::UnknownFamily => {
                    room[0] = 99;
                    16
                }
            };
            bytes.extend(&room[..used]);
        }
        bytes.extend(std::iter::repeat_n(0x20, len));
        let request = self.host.world.request(0);
        let id = request.number();
        self.host.device.write(&bytes, request);
        self.model.write(id, len, to);
    }

    fn cancel(&mut self, nth: usize) {
        let pending: Vec<u64> = self.host.pending().into_iter().collect();
        let id = pending
            .get(nth % (pending.len() + 1))
            .copied()
            .unwrap_or(u64::MAX);
        assert_eq!(self.host.cancel(id), self.model.cancel(id), "cancel {id}");
    }

    /// The socket that packets arrive on, if it is the present one; `Err` if there is nothing to try.
    fn socket(&mut self) -> Result<Option<Socket>, ()> {
        match self.model.socket {
            _ if !self.has_socket => Err(()),
            // Sockets don't give out packets before they are connected or after they failed.
            Some(Socket {
                life: Life::Connecting | Life::Failed,
                ..
            }) => Err(()),
            socket => Ok(socket),
        }
    }

    /// A packet that is lost whatever it is worth: it comes too late, or on a garbled stream. `true`: it was.
    fn is_lost(&mut self, packet: &[u8], from: Option<SocketAddr>) -> bool {
        let Ok(socket) = self.socket() else { return true };
        let garbled = match socket {
            Some(socket) => socket.garbled,
            None => true,
        };
        if garbled {
            let stream = is_stream(&self.host.socket().spec);
            let fates = self.deliver(packet, from);
            assert!(fates.iter().all(|fate| matches!(fate, Fate::Dropped(_))));
            self.model.counts.lost_in_data += i32::from(!stream);
        }
        garbled
    }

    fn deliver(&self, packet: &[u8], from: Option<SocketAddr>) -> Vec<Fate> {
        if is_stream(&self.host.socket().spec) {
            let mut bytes = u16::try_from(packet.len()).unwrap().to_be_bytes().to_vec();
            bytes.extend(packet);
            self.host.receive_stream(&bytes)
        } else {
            vec![self.host.receive(from, packet)]
        }
    }

    fn sender(&self, from: u8) -> Option<SocketAddr> {
        match self.model.mode {
            Mode::MultiPeer => Some(peers::remote(from)),
            // Some stacks tell where from, and then a stranger is known.
            Mode::PointToPoint => (from == 4).then(|| peers::remote(from)),
        }
    }

    fn control(&mut self, len: usize, from: u8) {
        let from = self.sender(from);
        let packet = control(len, from.map_or(7, |from| from.port().to_be_bytes()[1]));
        if self.is_lost(&packet, from) {
            return;
        }
        let stream = is_stream(&self.host.socket().spec);
        let fates = self.deliver(&packet, from);
        if stream && len > 2048 {
            let counted = self.model.framing_lost();
            assert_eq!(fates.len(), usize::from(counted));
            return;
        }
        let taken = self.model.control(&packet, from.filter(|_| !stream));
        assert_eq!(matches!(fates[..], [Fate::Consumed]), taken, "{fates:?}");
    }

    fn forged(&mut self, key_id: u8, peer: i32) {
        let mut packet = vec![0; 60];
        packet[..4].copy_from_slice(
            &(0x4800_0000 | u32::from(key_id) << 24 | peer.cast_unsigned() & 0xFF_FFFF).to_be_bytes(),
        );
        let from = self.sender(0);
        if !self.is_lost(&packet, from) {
            let fates = self.deliver(&packet, from);
            assert!(matches!(fates[..], [Fate::Dropped(_)]), "{fates:?}");
            self.model.counts.lost_in_data += 1;
        }
    }

    fn authentic(&mut self, id: i32, secondary: bool, from: u8, source: u8) {
        let slot = usize::from(secondary);
        let Some((key, tried)) = self.model.peer(id).and_then(|peer| {
            let key = peer.keys[slot].clone()?;
            let tried = peer.key(key.key_id).cloned()?;
            Some((key, tried))
        }) else {
            return;
        };
        let source = peers::inside(source);
        let inside = if source.contains(':') {
            "fd00::1"
        } else {
            "10.8.0.1"
        };
        let plaintext = udp(source, inside, &self.keys.to_be_bytes());
        let bytes = key.mirror.seal(&plaintext);
        let from = self.sender(from);
        if self.is_lost(&bytes, from) {
            return;
        }
        let fates = self.deliver(&bytes, from);
        // Two slots with one key id: the primary key is the one that is tried.
        if !Rc::ptr_eq(&key.mirror, &tried.mirror) {
            assert!(matches!(fates[..], [Fate::Dropped(_)]), "{fates:?}");
            self.model.counts.lost_in_data += 1;
            return;
        }
        self.last = Some(Sent { bytes, from });
        let delivered = self.model.authentic(id, from.unwrap_or(peers::remote(0)), source);
        let want = [Fate::Deliver(plaintext)];
        assert_eq!(fates == want, delivered, "{fates:?}");
    }

    fn replayed(&mut self) {
        let Some(sent) = self.last.take() else { return };
        let from = match self.model.mode {
            Mode::MultiPeer => sent.from.or(Some(peers::remote(0))),
            Mode::PointToPoint => None,
        };
        if !self.is_lost(&sent.bytes, from) {
            let fates = self.deliver(&sent.bytes, from);
            assert!(matches!(fates[..], [Fate::Dropped(_)]), "{fates:?}");
            self.model.counts.lost_in_data += 1;
        }
    }

    fn transmit(&mut self, destination: u8) {
        let destination = peers::inside(destination);
        let inside = if destination.contains(':') {
            "fd00::1"
        } else {
            "10.8.0.1"
        };
        let sent = self.host.transmit(&udp(inside, destination, b"out"));
        let want = self.model.transmit(destination);
        let got = sent.ok().map(|sent| sent.to.map(ovpn_dco_uapi::canonical));
        assert_eq!(got, want, "to {destination}");
    }

    fn compare(&self, at: usize, operation: Operation) {
        let context = format!("after operation {at}, {operation:?}");
        self.host.check();
        let done = self.host.all_done();
        for (id, ending) in &self.model.done {
            let got = done
                .get(id)
                .unwrap_or_else(|| panic!("request {id} should have ended in {ending:?}, {context}"));
            assert!(
                ending.any_of.contains(&got.status),
                "request {id}: {got:?} for {ending:?}, {context}"
            );
            assert_eq!(got.information, ending.information, "request {id}, {context}");
            if let Some(output) = &ending.output {
                assert_eq!(&got.output, output, "request {id}, {context}");
            }
        }
        assert_eq!(done.len(), self.model.done.len(), "{context}");
        assert_eq!(
            self.host.pending(),
            self.model.pending(),
            "pended requests {context}"
        );
        assert_eq!(self.host.link(), self.model.link, "link {context}");
    }
}

fn own(family: Family) -> SockAddrInet {
    match family {
        Family::V4 => address("0.0.0.0:0").into(),
        Family::V6 => address("[::]:0").into(),
        Family::Unknown => SockAddrInet::new_zeroed(),
    }
}

fn raw(settings: Settings) -> ovpn_dco_uapi::SetPeer {
    set_peer(settings.interval, settings.timeout, settings.mss)
}
