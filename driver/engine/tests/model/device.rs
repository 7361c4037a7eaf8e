//! The model's device.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use ovpn_dco_uapi::{DelPeerReason, Event, Ioctl, Mode, NtStatus, PeerId, canonical};

use super::operation::{Destination, Family, KeySpec, Refuse, Settings};
use super::peers::{self, ModelKey, ModelPeer, Peers};

/// As the device under test is made.
pub const PENDED: usize = 8;
pub const PACKETS: usize = 8;
/// How stale a noted time may be, in milliseconds.
const GRAIN: u64 = 250;

/// How a request is expected to end: in one of these statuses, when its input is wrong in several ways.
#[derive(Clone, Debug)]
pub struct Ending {
    pub any_of: Vec<NtStatus>,
    pub information: usize,
    pub output: Option<Vec<u8>>,
}

/// Packets since the present peer or server began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub received_data: i32,
    pub sent_data: i32,
    pub lost_in_data: i32,
    pub lost_out_data: i32,
    pub received_control: i32,
    pub sent_control: i32,
    pub lost_in_control: i32,
    pub lost_out_control: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Connecting,
    Up,
    Closed,
    Failed,
}

#[derive(Clone, Copy)]
pub struct Socket {
    pub tcp: bool,
    pub life: Life,
    /// The framing is lost.
    pub garbled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Expired,
    Closed,
}

/// A queued control packet, as a read returns it.
type Queued = Vec<u8>;

pub struct Model {
    pub open: bool,
    pub mode: Mode,
    pub link: bool,
    started: bool,
    pub now: u64,
    pub socket: Option<Socket>,
    pub client: Option<ModelPeer>,
    pub server: Peers,
    queue: VecDeque<Queued>,
    reads: VecDeque<(u64, usize)>,
    waits: VecDeque<u64>,
    connect: Option<u64>,
    end: Option<End>,
    events: VecDeque<Event>,
    told_expired: Option<i32>,
    pub counts: Counts,
    pub done: BTreeMap<u64, Ending>,
}

impl Model {
    pub fn new(now: u64) -> Self {
        Self {
            open: false,
            mode: Mode::PointToPoint,
            link: false,
            started: false,
            now,
            socket: None,
            client: None,
            server: Peers::default(),
            queue: VecDeque::new(),
            reads: VecDeque::new(),
            waits: VecDeque::new(),
            connect: None,
            end: None,
            events: VecDeque::new(),
            told_expired: None,
            counts: Counts::default(),
            done: BTreeMap::new(),
        }
    }

    pub fn pending(&self) -> BTreeSet<u64> {
        let reads = self.reads.iter().map(|(id, _)| *id);
        reads
            .chain(self.waits.iter().copied())
            .chain(self.connect)
            .collect()
    }

    pub fn open_handle(&mut self) -> Result<(), NtStatus> {
        if self.open {
            return Err(NtStatus::ACCESS_DENIED);
        }
        self.open = true;
        Ok(())
    }

    pub fn close_handle(&mut self) {
        if !self.open {
            return;
        }
        self.take_down();
        for id in std::mem::take(&mut self.waits) {
            self.end_in(id, NtStatus::CANCELLED);
        }
        self.link = false;
        self.open = false;
        self.started = false;
        self.mode = Mode::PointToPoint;
        self.server = Peers::default();
        self.events.clear();
        self.told_expired = None;
    }

    // --- control codes -------------------------------------------------------------------------------------------

    /// What comes before any content: handle, mode. `false`: the request has ended.
    pub fn enters(&mut self, id: u64, ioctl: Ioctl) -> bool {
        self.reap();
        let fine = self.open && ioctl.modes().allow(self.mode);
        if !fine {
            self.end_in(id, NtStatus::INVALID_DEVICE_STATE);
        }
        fine
    }

    /// What any control call does first.
    pub fn enters_any(&mut self) {
        self.reap();
    }

    pub fn new_peer(&mut self, id: u64, local: Family, remote: Family, proto: u32, refuse: Refuse) {
        if !self.enters(id, Ioctl::NewPeer) {
            return;
        }
        if local == Family::Unknown || remote == Family::Unknown || local != remote || proto > 1 {
            return self.end_in(id, NtStatus::INVALID_DEVICE_REQUEST);
        }
        let tcp = proto == 1;
        if self.client.is_some() {
            self.take_down();
        }
        if refuse != Refuse::Open {
            self.counts = Counts::default();
        }
        if refuse != Refuse::Nothing {
            return self.end_in(id, NtStatus::ADDRESS_ALREADY_ASSOCIATED);
        }
        self.client = Some(ModelPeer::new(self.now, "192.0.2.1:1194".parse().unwrap(), &[]));
        let life = if tcp { Life::Connecting } else { Life::Up };
        self.socket = Some(Socket {
            tcp,
            life,
            garbled: false,
        });
        if tcp {
            self.connect = Some(id);
        } else {
            self.end_in(id, NtStatus::SUCCESS);
        }
    }

    pub fn del_peer(&mut self, id: u64) {
        if self.enters(id, Ioctl::DelPeer) {
            self.take_down();
            self.link = false;
            self.end_in(id, NtStatus::SUCCESS);
        }
    }

    pub fn start_vpn(&mut self, id: u64) {
        if self.enters(id, Ioctl::StartVpn) {
            let status = self.needs_client();
            if status == NtStatus::SUCCESS {
                (self.started, self.link) = (true, true);
            }
            self.end_in(id, status);
        }
    }

    pub fn set_peer(&mut self, id: u64, settings: Settings) {
        if !self.enters(id, Ioctl::SetPeer) {
            return;
        }
        let wrong = wrong_settings(settings).then_some(NtStatus::INVALID_PARAMETER);
        let missing = Some(self.needs_client()).filter(|status| *status != NtStatus::SUCCESS);
        if self.refuses(id, [wrong, missing]) {
            return;
        }
        if let Some(client) = &mut self.client {
            client.set(settings, self.now);
        }
        self.end_in(id, NtStatus::SUCCESS);
    }

    /// Whether the key would be installed; the caller then says which it is.
    pub fn new_key(&mut self, id: u64, spec: KeySpec) -> bool {
        let ioctl = if spec.first_version {
            Ioctl::NewKey
        } else {
            Ioctl::NewKeyV2
        };
        if !self.enters(id, ioctl) {
            return false;
        }
        let bad_options = !spec.first_version && ![0, 2].contains(&spec.options);
        let lengths: &[u8] = if spec.cipher == 2 { &[32] } else { &[16, 24, 32] };
        let faults = [
            (bad_options, NtStatus::INVALID_PARAMETER),
            (spec.slot > 1, NtStatus::INVALID_DEVICE_REQUEST),
            (spec.cipher > 2, NtStatus::INVALID_DEVICE_REQUEST),
            (spec.key_id > 7, NtStatus::INVALID_PARAMETER),
            (!(0..=0xFF_FFFF).contains(&spec.peer), NtStatus::INVALID_PARAMETER),
            (spec.cipher == 0, NtStatus::NOT_SUPPORTED),
            (!lengths.contains(&spec.key_len), NtStatus::INVALID_PARAMETER),
        ];
        if self.refuses(id, faults.map(|(fault, status)| fault.then_some(status))) {
            return false;
        }
        if self.peer(spec.peer).is_none() {
            self.end_as_if_there(id, spec.peer, NtStatus::OBJECTID_NOT_FOUND);
            return false;
        }
        self.end_in(id, NtStatus::SUCCESS);
        true
    }

    pub fn install(&mut self, spec: KeySpec, key: ModelKey) {
        if let Some(peer) = self.peer(spec.peer) {
            peer.keys[spec.slot as usize] = Some(key);
        }
        if self.mode == Mode::PointToPoint && self.started && spec.slot == 0 {
            self.link = true;
        }
    }

    pub fn swap_keys(&mut self, id: u64) {
        if self.enters(id, Ioctl::SwapKeys) {
            let status = self
                .client
                .as_mut()
                .map_or(NtStatus::INVALID_DEVICE_REQUEST, swap);
            self.end_in(id, status);
        }
    }

    pub fn set_mode(&mut self, id: u64, mode: u32) {
        if !self.enters(id, Ioctl::SetMode) {
            return;
        }
        let status = match (self.mode, mode) {
            (Mode::MultiPeer, _) => NtStatus::ALREADY_INITIALIZED,
            (_, 0) => NtStatus::SUCCESS,
            (_, 1) if self.client.is_some() => NtStatus::INVALID_DEVICE_STATE,
            (_, 1) => {
                (self.mode, self.link) = (Mode::MultiPeer, true);
                NtStatus::SUCCESS
            }
            _ => NtStatus::INVALID_PARAMETER,
        };
        self.end_in(id, status);
    }

    pub fn get(&mut self, id: u64, ioctl: Ioctl, information: usize) {
        if self.enters(id, ioctl) {
            self.done.insert(
                id,
                Ending {
                    any_of: vec![NtStatus::SUCCESS],
                    information,
                    output: None,
                },
            );
        }
    }

    pub fn get_peer_stats(&mut self, id: u64, peer: i32, output: usize) {
        if !self.enters(id, Ioctl::GetPeerStats) {
            return;
        }
        let records = self.client.iter().count() + self.server.by_id.len();
        let (status, information) = match peer {
            _ if output < 4 => (NtStatus::BUFFER_TOO_SMALL, 0),
            -1 if output < 40 * records => (NtStatus::BUFFER_OVERFLOW, 4),
            -1 => (NtStatus::SUCCESS, 40 * records),
            _ if output < 40 => (NtStatus::BUFFER_TOO_SMALL, 0),
            _ if self.peer(peer).is_none() => (NtStatus::OBJECTID_NOT_FOUND, 0),
            _ => (NtStatus::SUCCESS, 40),
        };
        self.done.insert(
            id,
            Ending {
                any_of: vec![status],
                information,
                output: None,
            },
        );
    }

    pub fn notify_event(&mut self, id: u64, output: usize) {
        if !self.enters(id, Ioctl::NotifyEvent) {
            return;
        }
        if output < 144 {
            return self.end_in(id, NtStatus::BUFFER_TOO_SMALL);
        }
        self.told_expired = None;
        if self.waits.len() == PENDED {
            return self.end_in(id, NtStatus::INSUFFICIENT_RESOURCES);
        }
        self.waits.push_back(id);
        self.serve_waits();
    }

    pub fn mp_start_vpn(&mut self, id: u64, family: Family, refuse: Refuse) {
        if !self.enters(id, Ioctl::MpStartVpn) {
            return;
        }
        let unknown = (family == Family::Unknown).then_some(NtStatus::INVALID_DEVICE_REQUEST);
        let again = self.socket.is_some().then_some(NtStatus::ALREADY_INITIALIZED);
        if self.refuses(id, [unknown, again]) {
            return;
        }
        if refuse != Refuse::Open {
            self.counts = Counts::default();
        }
        if refuse != Refuse::Nothing {
            return self.end_in(id, NtStatus::ADDRESS_ALREADY_ASSOCIATED);
        }
        self.socket = Some(Socket {
            tcp: false,
            life: Life::Up,
            garbled: false,
        });
        self.link = true;
        self.done.insert(
            id,
            Ending {
                any_of: vec![NtStatus::SUCCESS],
                information: 32,
                output: None,
            },
        );
    }

    pub fn mp_new_peer(&mut self, id: u64, peer: i32, remote: u8, tunnel: u8) {
        if !self.enters(id, Ioctl::MpNewPeer) {
            return;
        }
        let addresses = peers::tunnel(tunnel);
        let taken = self.server.by_id.contains_key(&peer)
            || self.server.at(peers::remote(remote)).is_some()
            || addresses.iter().any(|address| self.server.has_tunnel(address));
        let wrong = (peer < 0).then_some(NtStatus::INVALID_PARAMETER);
        if self.refuses(id, [wrong, taken.then_some(NtStatus::OBJECTID_EXISTS)]) {
            return;
        }
        self.server
            .by_id
            .insert(peer, ModelPeer::new(self.now, peers::remote(remote), addresses));
        self.end_in(id, NtStatus::SUCCESS);
    }

    pub fn mp_set_peer(&mut self, id: u64, peer: i32, settings: Settings) {
        if !self.enters(id, Ioctl::MpSetPeer) {
            return;
        }
        let wrong = wrong_settings(settings).then_some(NtStatus::INVALID_PARAMETER);
        let missing = (!self.server.by_id.contains_key(&peer)).then_some(NtStatus::INVALID_DEVICE_REQUEST);
        if wrong.is_some() {
            self.refuses(id, [wrong, missing]);
            return;
        }
        let now = self.now;
        match self.server.by_id.get_mut(&peer) {
            Some(peer) => {
                peer.set(settings, now);
                self.end_in(id, NtStatus::SUCCESS);
            }
            None => self.end_as_if_there(id, peer, NtStatus::INVALID_DEVICE_REQUEST),
        }
    }

    pub fn mp_del_peer(&mut self, id: u64, peer: i32) {
        if !self.enters(id, Ioctl::MpDelPeer) {
            return;
        }
        if !self.server.remove(peer) {
            return self.end_in(id, NtStatus::NOT_FOUND);
        }
        self.events.push_back(Event::DelPeer {
            peer: number(peer),
            reason: DelPeerReason::Userspace,
        });
        self.serve_waits();
        self.end_in(id, NtStatus::SUCCESS);
    }

    pub fn mp_swap_keys(&mut self, id: u64, peer: i32) {
        if !self.enters(id, Ioctl::MpSwapKeys) {
            return;
        }
        match self.server.by_id.get_mut(&peer).map(swap) {
            Some(status) => self.end_in(id, status),
            None => self.end_as_if_there(id, peer, NtStatus::INVALID_DEVICE_REQUEST),
        }
    }

    pub fn mp_add_iroute(&mut self, id: u64, network: u8, peer: i32) {
        if !self.enters(id, Ioctl::MpAddIroute) {
            return;
        }
        if self.server.by_id.contains_key(&peer) {
            self.server.routes.insert(network, peer);
            self.end_in(id, NtStatus::SUCCESS);
        } else {
            self.end_as_if_there(id, peer, NtStatus::OBJECTID_NOT_FOUND);
        }
    }

    pub fn mp_del_iroute(&mut self, id: u64, network: u8) {
        if self.enters(id, Ioctl::MpDelIroute) {
            let found = self.server.routes.remove(&network).is_some();
            self.end_in(
                id,
                if found {
                    NtStatus::SUCCESS
                } else {
                    NtStatus::NOT_FOUND
                },
            );
        }
    }

    // --- reads, writes, cancellation -------------------------------------------------------------------------------

    pub fn read(&mut self, id: u64, len: usize) {
        if !self.open {
            return self.end_in(id, NtStatus::INVALID_DEVICE_STATE);
        }
        let at_once = self.reads.is_empty() && (!self.queue.is_empty() || self.end.is_some());
        if !at_once && self.reads.len() == PENDED {
            return self.end_in(id, NtStatus::INSUFFICIENT_RESOURCES);
        }
        self.reads.push_back((id, len));
        self.serve_reads();
    }

    /// `payload` bytes, in multipeer mode behind an address.
    pub fn write(&mut self, id: u64, payload: usize, to: Destination) {
        let address = match (self.mode, to) {
            (Mode::PointToPoint, _) | (_, Destination::None) => 0,
            (_, Destination::V4 | Destination::UnknownFamily) => 16,
            (_, Destination::V6) => 28,
        };
        let unaddressed =
            self.mode == Mode::MultiPeer && matches!(to, Destination::None | Destination::UnknownFamily);
        let total = address + payload;
        let status = match self.socket {
            None => NtStatus::INVALID_DEVICE_STATE,
            Some(_) if total > 1528 => NtStatus::INVALID_BUFFER_SIZE,
            Some(_) if unaddressed && total < 16 => NtStatus::INVALID_MESSAGE,
            Some(_) if unaddressed => NtStatus::INVALID_ADDRESS,
            Some(_) if payload == 0 || payload > 1500 => NtStatus::INVALID_BUFFER_SIZE,
            Some(Socket { life: Life::Up, .. }) => NtStatus::SUCCESS,
            Some(Socket {
                life: Life::Closed, ..
            }) => NtStatus::CONNECTION_ABORTED,
            Some(_) => NtStatus::INVALID_DEVICE_STATE,
        };
        let sent = status == NtStatus::SUCCESS;
        self.counts.sent_control += i32::from(sent);
        let information = if sent { total } else { 0 };
        self.done.insert(
            id,
            Ending {
                any_of: vec![status],
                information,
                output: None,
            },
        );
    }

    pub fn cancel(&mut self, id: u64) -> bool {
        if self.connect == Some(id) {
            self.fail_connect(NtStatus::CANCELLED);
            return true;
        }
        let before = self.pending().len();
        self.reads.retain(|(read, _)| *read != id);
        self.waits.retain(|wait| *wait != id);
        let found = self.pending().len() < before;
        if found {
            self.end_in(id, NtStatus::CANCELLED);
        }
        found
    }

    // --- network, adapter, time --------------------------------------------------------------------------------------

    pub fn connected(&mut self, result: Result<(), NtStatus>) {
        if !matches!(
            self.socket,
            Some(Socket {
                life: Life::Connecting,
                ..
            })
        ) {
            return;
        }
        match result {
            Err(status) => self.fail_connect(status),
            Ok(()) => {
                self.live(Life::Up);
                if let Some(id) = self.connect.take() {
                    self.end_in(id, NtStatus::SUCCESS);
                }
            }
        }
    }

    pub fn stream_ends(&mut self) {
        match self.socket {
            Some(Socket {
                tcp: true,
                life: Life::Connecting,
                ..
            }) => self.fail_connect(NtStatus::CONNECTION_ABORTED),
            Some(Socket {
                tcp: true,
                life: Life::Up,
                ..
            }) => {
                self.live(Life::Closed);
                self.end = Some(End::Closed);
                self.serve_reads();
            }
            _ => {}
        }
    }

    /// A packet whose length cannot be, on a stream; whether it was counted.
    pub fn framing_lost(&mut self) -> bool {
        let up = matches!(self.socket, Some(Socket { life: Life::Up, .. }));
        if let Some(socket) = &mut self.socket {
            socket.garbled = true;
        }
        self.counts.lost_in_data += i32::from(up);
        self.stream_ends();
        up
    }

    /// A control packet arrives on the present socket; whether it was taken.
    pub fn control(&mut self, packet: &[u8], from: Option<SocketAddr>) -> bool {
        let stranger = self.mode == Mode::PointToPoint && from.is_some();
        if packet.len() < 4 || packet.len() > 2048 || stranger || self.queue.len() == PACKETS {
            self.counts.lost_in_control += 1;
            return false;
        }
        let mut queued = from.map_or_else(Vec::new, address_bytes);
        queued.extend(packet);
        self.queue.push_back(queued);
        self.counts.received_control += 1;
        self.serve_reads();
        true
    }

    /// An authentic packet of a peer; whether it is delivered.
    pub fn authentic(&mut self, id: i32, from: SocketAddr, source: &str) -> bool {
        let now = self.now;
        if self.mode == Mode::PointToPoint {
            if let Some(client) = &mut self.client {
                client.received = now;
            }
            self.counts.received_data += 1;
            return true;
        }
        let owner = self.server.at(from);
        let routed = self.server.route(source);
        let Some(peer) = self.server.by_id.get_mut(&id) else {
            return false;
        };
        peer.received = now;
        if owner.is_some_and(|owner| owner != id) {
            self.counts.lost_in_data += 1;
            return false;
        }
        if owner.is_none() {
            peer.remote = canonical(from);
            self.float_event(id, canonical(from));
        }
        let fine = routed == Some(id);
        self.counts.received_data += i32::from(fine);
        self.counts.lost_in_data += i32::from(!fine);
        fine
    }

    /// A packet of the adapter; where it goes, or `None` if it is lost.
    pub fn transmit(&mut self, destination: &str) -> Option<Option<SocketAddr>> {
        let now = self.now;
        let up = matches!(self.socket, Some(Socket { life: Life::Up, .. }));
        let peer = match self.mode {
            Mode::PointToPoint => self.client.as_mut(),
            Mode::MultiPeer => match self.server.route(destination) {
                Some(id) => self.server.by_id.get_mut(&id),
                None => None,
            },
        };
        let sent = peer.filter(|peer| up && peer.keys[0].is_some()).map(|peer| {
            peer.sent = now;
            (self.mode == Mode::MultiPeer).then_some(peer.remote)
        });
        self.counts.sent_data += i32::from(sent.is_some());
        self.counts.lost_out_data += i32::from(sent.is_none());
        sent
    }

    /// A second passes.
    pub fn tick(&mut self) {
        self.now += 1000;
        if !self.open {
            return;
        }
        self.reap();
        if !matches!(self.socket, Some(Socket { life: Life::Up, .. })) {
            return;
        }
        let now = self.now;
        let mut silent = vec![];
        for (id, peer) in self
            .client
            .iter_mut()
            .map(|peer| (0, peer))
            .chain(self.server.by_id.iter_mut().map(|(id, peer)| (*id, peer)))
        {
            if peer.interval > 0 && now - peer.sent >= peer.interval * 1000 && peer.keys[0].is_some() {
                peer.sent = now;
                self.counts.sent_data += 1;
            }
            if peer.timeout > 0 && now - peer.received >= peer.timeout * 1000 + GRAIN && !peer.expired {
                silent.push(id);
                peer.expired = true;
            }
        }
        for id in silent {
            if self.mode == Mode::PointToPoint {
                self.end.get_or_insert(End::Expired);
            } else {
                self.server.remove(id);
                self.events.push_back(Event::DelPeer {
                    peer: number(id),
                    reason: DelPeerReason::Expired,
                });
            }
        }
        self.serve_reads();
        self.serve_waits();
    }

    // --- inside --------------------------------------------------------------------------------------------------------

    pub fn peer(&mut self, id: i32) -> Option<&mut ModelPeer> {
        match self.mode {
            Mode::PointToPoint => self.client.as_mut(),
            Mode::MultiPeer => self.server.by_id.get_mut(&id),
        }
    }

    pub fn end_in(&mut self, id: u64, status: NtStatus) {
        let before = self.done.insert(
            id,
            Ending {
                any_of: vec![status],
                information: 0,
                output: None,
            },
        );
        assert!(before.is_none(), "the model ends {id} twice");
    }

    /// Ends the request if there is a fault, in the status of any of them.
    fn refuses<const N: usize>(&mut self, id: u64, faults: [Option<NtStatus>; N]) -> bool {
        let any_of: Vec<NtStatus> = faults.into_iter().flatten().collect();
        let refused = !any_of.is_empty();
        if refused {
            self.done.insert(
                id,
                Ending {
                    any_of,
                    information: 0,
                    output: None,
                },
            );
        }
        refused
    }

    fn end_as_if_there(&mut self, id: u64, peer: i32, missing: NtStatus) {
        let expiry = |event: &Event| {
            *event
                == Event::DelPeer {
                    peer: number(peer.max(0)),
                    reason: DelPeerReason::Expired,
                }
        };
        let unnoticed = peer >= 0 && (self.told_expired == Some(peer) || self.events.iter().any(expiry));
        self.end_in(id, if unnoticed { NtStatus::SUCCESS } else { missing });
    }

    fn needs_client(&self) -> NtStatus {
        if self.client.is_some() {
            NtStatus::SUCCESS
        } else {
            NtStatus::INVALID_DEVICE_REQUEST
        }
    }

    fn live(&mut self, life: Life) {
        if let Some(socket) = &mut self.socket {
            socket.life = life;
        }
    }

    fn fail_connect(&mut self, status: NtStatus) {
        self.live(Life::Failed);
        if let Some(id) = self.connect.take() {
            self.end_in(id, status);
        }
    }

    /// A peer that never was connected goes with the next control call or tick.
    fn reap(&mut self) {
        if matches!(
            self.socket,
            Some(Socket {
                life: Life::Failed,
                ..
            })
        ) {
            (self.socket, self.client) = (None, None);
        }
    }

    fn take_down(&mut self) {
        (self.socket, self.client, self.end) = (None, None, None);
        self.queue.clear();
        for (id, _) in std::mem::take(&mut self.reads) {
            self.end_in(id, NtStatus::CANCELLED);
        }
        if let Some(id) = self.connect.take() {
            self.end_in(id, NtStatus::CANCELLED);
        }
    }

    fn serve_reads(&mut self) {
        while !self.reads.is_empty() && (!self.queue.is_empty() || self.end.is_some()) {
            let (id, len) = self.reads.pop_front().unwrap();
            match self.queue.front() {
                Some(packet) if packet.len() > len => self.end_in(id, NtStatus::BUFFER_TOO_SMALL),
                Some(_) => {
                    let packet = self.queue.pop_front().unwrap();
                    let ending = Ending {
                        any_of: vec![NtStatus::SUCCESS],
                        information: packet.len(),
                        output: Some(packet),
                    };
                    self.done.insert(id, ending);
                }
                None if self.end == Some(End::Expired) => {
                    self.end = None;
                    self.end_in(id, NtStatus::CONNECTION_DISCONNECTED);
                }
                None => self.end_in(id, NtStatus::CONNECTION_ABORTED),
            }
        }
    }

    fn serve_waits(&mut self) {
        while !self.waits.is_empty() && !self.events.is_empty() {
            let (id, event) = (self.waits.pop_front().unwrap(), self.events.pop_front().unwrap());
            if let Event::DelPeer {
                peer,
                reason: DelPeerReason::Expired,
            } = event
            {
                self.told_expired = Some(peer.into());
            }
            let output = zerocopy::IntoBytes::as_bytes(&ovpn_dco_uapi::NotifyEvent::from(event)).to_vec();
            let ending = Ending {
                any_of: vec![NtStatus::SUCCESS],
                information: 144,
                output: Some(output),
            };
            self.done.insert(id, ending);
        }
    }

    /// One float of this life of the peer at most is undelivered.
    fn float_event(&mut self, id: i32, to: SocketAddr) {
        let id = number(id);
        for event in self.events.iter_mut().rev() {
            match event {
                Event::DelPeer { peer, .. } if *peer == id => break,
                Event::FloatPeer { peer, address } if *peer == id => {
                    *address = to;
                    return;
                }
                _ => {}
            }
        }
        self.events.push_back(Event::FloatPeer {
            peer: id,
            address: to,
        });
        self.serve_waits();
    }
}

fn number(id: i32) -> PeerId {
    PeerId::try_from(id).unwrap()
}

fn swap(peer: &mut ModelPeer) -> NtStatus {
    if peer.keys[1].is_none() {
        return NtStatus::INVALID_DEVICE_STATE;
    }
    peer.keys.swap(0, 1);
    NtStatus::SUCCESS
}

fn wrong_settings(settings: Settings) -> bool {
    settings.interval < -1 || settings.timeout < -1 || settings.mss < -1 || settings.mss > 65_535
}

/// A socket address as `ReadFile` puts it in front of a packet, written out by hand.
fn address_bytes(address: SocketAddr) -> Vec<u8> {
    let address = canonical(address);
    let port = address.port().to_be_bytes();
    match address {
        SocketAddr::V4(v4) => [&[2, 0][..], &port, &v4.ip().octets(), &[0; 8]].concat(),
        SocketAddr::V6(v6) => {
            let scope = v6.scope_id().to_ne_bytes();
            [
                &[23, 0][..],
                &port,
                &v6.flowinfo().to_ne_bytes(),
                &v6.ip().octets(),
                &scope,
            ]
            .concat()
        }
    }
}
