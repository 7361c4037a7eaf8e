//! A device whose transport is a plain socket: control packets pass, keys are noted, keepalive pings are opened.
//!
//! Enough of the driver's manners for a session: one read in flight, `NEW_PEER`, `START_VPN`, `SET_PEER`, `NEW_KEY`,
//! `SWAP_KEYS`, `DEL_PEER`, `GET_VERSION`, the end of a TCP connection and of a peer that fell silent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ovpn_dco_uapi::{
    CryptoData, CryptoDataV2, Ioctl, NewPeer, NtStatus, PeerSettings, SetPeer, SockAddrInet, Stats, VERSION,
    Version, read_input,
};
use ovpn_dco_userlib::device::{Abort, Adapter, Backend, Call, Device, Failure, InFlight, Outcome};
use ovpn_dco_userlib::profile::Transport;
use zerocopy::IntoBytes;

use super::stock::Link;

/// The device, and what it has seen.
#[derive(Clone, Default)]
pub(crate) struct Driver(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    link: Option<Link>,
    /// Moves with every peer: reads of an older one are cancelled.
    generation: u64,
    primary: Option<Key>,
    secondary: Option<Key>,
    silence: Option<Duration>,
    heard: Option<Instant>,
    /// Names of control codes, in order.
    calls: Vec<String>,
    /// Key ids of pings that opened.
    pings: Vec<u8>,
    unreadable: usize,
}

struct Key {
    id: u8,
    key: [u8; 32],
    tail: [u8; 8],
}

impl Driver {
    pub(crate) fn device(&self) -> Device {
        Device::with_backend(Box::new(self.clone()), Adapter::default())
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.0.lock().unwrap().calls.clone()
    }

    pub(crate) fn pings(&self) -> Vec<u8> {
        self.0.lock().unwrap().pings.clone()
    }

    pub(crate) fn unreadable(&self) -> usize {
        self.0.lock().unwrap().unreadable
    }
}

impl State {
    fn ioctl(&mut self, code: u32, input: &[u8]) -> (NtStatus, Vec<u8>) {
        let Some(ioctl) = Ioctl::from_code(code) else {
            return (NtStatus::INVALID_DEVICE_REQUEST, vec![]);
        };
        if !matches!(ioctl, Ioctl::GetVersion | Ioctl::GetStats) {
            self.calls
                .push(ioctl.name().trim_start_matches("OVPN_IOCTL_").to_owned());
        }
        match ioctl {
            Ioctl::GetVersion => {
                let version: Version = VERSION;
                return (NtStatus::SUCCESS, version.as_bytes().to_vec());
            }
            Ioctl::GetStats => {
                use zerocopy::FromZeros;
                return (NtStatus::SUCCESS, Stats::new_zeroed().as_bytes().to_vec());
            }
            Ioctl::NewPeer => return (self.new_peer(&read_input(input).unwrap()), vec![]),
            Ioctl::SetPeer => {
                let raw: SetPeer = read_input(input).unwrap();
                let settings = PeerSettings::try_from(raw).unwrap();
                self.silence = settings
                    .keepalive_timeout
                    .filter(|&s| s > 0)
                    .map(|s| Duration::from_secs(s.into()));
                self.heard = Some(Instant::now());
            }
            Ioctl::NewKey => self.new_key(&read_input(input).unwrap()),
            Ioctl::NewKeyV2 => {
                let key: CryptoDataV2 = read_input(input).unwrap();
                self.new_key(&key.v1);
            }
            Ioctl::SwapKeys if self.secondary.is_none() => return (NtStatus::INVALID_DEVICE_STATE, vec![]),
            Ioctl::SwapKeys => core::mem::swap(&mut self.primary, &mut self.secondary),
            Ioctl::DelPeer => self.forget(),
            _ => {}
        }
        (NtStatus::SUCCESS, vec![])
    }

    fn new_peer(&mut self, request: &NewPeer) -> NtStatus {
        self.forget();
        let address = |raw: &SockAddrInet| std::net::SocketAddr::try_from(*raw).unwrap();
        let transport = if request.proto == 0 {
            Transport::Udp
        } else {
            Transport::Tcp
        };
        match Link::try_open(transport, address(&request.remote)) {
            Ok(link) => self.link = Some(link),
            Err(_) => return NtStatus::CONNECTION_REFUSED,
        }
        NtStatus::SUCCESS
    }

    fn forget(&mut self) {
        (self.link, self.primary, self.secondary, self.silence) = (None, None, None, None);
        self.generation += 1;
    }

    fn new_key(&mut self, key: &CryptoData) {
        let id = key.key_id;
        let slot = if key.key_slot == 0 {
            &mut self.primary
        } else {
            &mut self.secondary
        };
        *slot = Some(Key {
            id,
            key: key.decrypt.key,
            tail: key.decrypt.nonce_tail,
        });
    }

    fn data(&mut self, packet: &[u8]) {
        let id = packet[0] & 7;
        let Some(key) = self
            .primary
            .iter()
            .chain(&self.secondary)
            .find(|key| key.id == id)
        else {
            return;
        };
        match super::stock::open(&key.key, &key.tail, packet) {
            Some(plain) => {
                self.heard = Some(Instant::now());
                if plain == super::stock::PING {
                    self.pings.push(id);
                }
            }
            None => self.unreadable += 1,
        }
    }

    /// One try at reading a control packet.
    fn read(&mut self) -> Option<Result<Vec<u8>, NtStatus>> {
        let Some(link) = &mut self.link else {
            return Some(Err(NtStatus::INVALID_DEVICE_STATE));
        };
        match link.try_receive(Duration::from_millis(5)) {
            Ok(Some(packet)) if packet[0] >> 3 == 9 => self.data(&packet),
            Ok(Some(packet)) => return Some(Ok(packet)),
            Ok(None) => {}
            Err(_) if link.is_stream() => return Some(Err(NtStatus::CONNECTION_ABORTED)),
            Err(_) => {}
        }
        let silent = self
            .silence
            .zip(self.heard)
            .is_some_and(|(limit, heard)| heard.elapsed() > limit);
        silent.then_some(Err(NtStatus::CONNECTION_DISCONNECTED))
    }
}

impl Backend for Driver {
    fn begin(&self, call: Call<'_>) -> Result<Box<dyn InFlight>, Failure> {
        let mut state = self.0.lock().unwrap();
        let (status, data, information) = match call {
            Call::Ioctl { code, input, .. } => {
                let (status, data) = state.ioctl(code, input);
                let length = data.len();
                (status, data, length)
            }
            Call::Write { data } => match &mut state.link {
                Some(link) => {
                    link.send(data);
                    (NtStatus::SUCCESS, vec![], data.len())
                }
                None => (NtStatus::INVALID_DEVICE_STATE, vec![], 0),
            },
            Call::Read { .. } => {
                let generation = state.generation;
                let aborted = Arc::default();
                return Ok(Box::new(Read {
                    driver: self.clone(),
                    generation,
                    aborted,
                }));
            }
        };
        Ok(Box::new(Done(outcome(status, data, information))))
    }

    fn cancel_all(&self) {}
}

fn outcome(status: NtStatus, data: Vec<u8>, information: usize) -> Outcome {
    Outcome {
        failure: (!status.is_success()).then(|| Failure::from_status(status)),
        information,
        data,
    }
}

struct Done(Outcome);

impl InFlight for Done {
    fn wait(&mut self, _: Option<Duration>) -> Option<Outcome> {
        Some(self.0.clone())
    }

    fn abort_handle(&self) -> Arc<dyn Abort> {
        Arc::new(Flag(Arc::default()))
    }
}

struct Read {
    driver: Driver,
    generation: u64,
    aborted: Arc<AtomicBool>,
}

struct Flag(Arc<AtomicBool>);

impl Abort for Flag {
    fn abort(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl InFlight for Read {
    fn wait(&mut self, timeout: Option<Duration>) -> Option<Outcome> {
        let start = Instant::now();
        loop {
            let mut state = self.driver.0.lock().unwrap();
            if self.aborted.load(Ordering::SeqCst) || state.generation != self.generation {
                return Some(outcome(NtStatus::CANCELLED, vec![], 0));
            }
            match state.read() {
                Some(Ok(packet)) => {
                    let length = packet.len();
                    return Some(outcome(NtStatus::SUCCESS, packet, length));
                }
                Some(Err(status)) => return Some(outcome(status, vec![], 0)),
                None => {}
            }
            drop(state);
            if timeout.is_some_and(|timeout| start.elapsed() >= timeout) {
                return None;
            }
        }
    }

    fn abort_handle(&self) -> Arc<dyn Abort> {
        Arc::new(Flag(Arc::clone(&self.aborted)))
    }
}
