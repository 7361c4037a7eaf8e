//! The device: what user space can do with an adapter, and what the adapter does about it.
//!
//! Control calls change the control state one at a time, under one lock at PASSIVE_LEVEL, and publish it to the data
//! path as an immutable [`View`](view::View). What was replaced is freed by the same call after a grace period: peers,
//! keys and sockets end on a thread that may wait, with nothing held that a socket's callback takes.
//!
//! | lock | IRQL | guards | taken by |
//! |---|---|---|---|
//! | control | PASSIVE | everything that control calls decide on | control calls, the timer |
//! | I/O | <= DISPATCH | pended requests, control packets, events, a transport's state ([`crate::io`]) | all |
//! | addresses | <= DISPATCH | transport addresses of peers (multipeer) | control calls, a floating peer |
//!
//! They are taken in this order, and never around a completion of a request.

mod point_to_point;
mod publish;
mod server;
mod statistics;
mod teardown;
mod timer;
mod transport;
pub(crate) mod view;

use core::sync::atomic::{AtomicUsize, Ordering};

use ovpn_dco_uapi::{Ioctl, NtStatus, VERSION, Version, write_output};

use crate::io::{Completion, Io};
use crate::ioctl::Call;
use crate::peer::EndpointState;
use crate::stats::{DropReason, Stats, StatsSnapshot};
use crate::sync::{Grace, Lock, NoMemory, Prepared, Published, Shared};
use crate::{Event, Platform, Receive, Request, RequestId, Transmit, Transport, TransportId};

use server::Addresses;
use teardown::Aftermath;
use view::View;

/// Sizes and names that a device is made with.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What `GET_VERSION` says.
    pub version: Version,
    /// How many lanes counters and reader counts have: the number of processors, or of threads that carry packets.
    pub lanes: usize,
    /// Largest IP packet that is taken from the adapter, in bytes; see [`Device::set_mtu`].
    pub mtu: usize,
    /// How many control packets wait for reads before further ones are dropped; 2 KiB each.
    pub control_packets: usize,
    /// How many reads, and how many `NOTIFY_EVENT`s, may be pended.
    pub pended_requests: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: VERSION,
            lanes: 1,
            mtu: 1500,
            control_packets: 128,
            pended_requests: 64,
        }
    }
}

/// One adapter's device. See the [crate] for who calls what, and when.
///
/// A glue calls [`Device::close`] before it drops a device on which a handle is open.
pub struct Device<P: Platform> {
    pub(crate) platform: P,
    config: Config,
    mtu: AtomicUsize,
    pub(crate) stats: Stats,
    pub(crate) view: Published<View<P>>,
    pub(crate) io: Lock<P::SpinLock, Io<P::Request>>,
    pub(crate) addresses: Lock<P::SpinLock, Addresses>,
    control: Lock<P::WaitLock, Control<P>>,
}

/// State under the control lock, beside the [`View`].
struct Control<P: Platform> {
    /// A handle is open.
    open: bool,
    /// The link as it was set last.
    link: bool,
    /// `START_VPN` was called on this handle.
    started: bool,
    next_transport: u64,
    /// Counters when the present peer began.
    baseline: StatsSnapshot,
    /// An empty view, made while nothing depends on it, so that taking everything down cannot fail. There is one
    /// whenever the published view is not empty.
    empty: Option<Prepared<View<P>>>,
}

/// How a control code ends.
struct Answer {
    status: NtStatus,
    information: usize,
}

impl Answer {
    const DONE: Self = Self::bytes(0);

    const fn bytes(information: usize) -> Self {
        Self {
            status: NtStatus::SUCCESS,
            information,
        }
    }
}

impl From<NoMemory> for NtStatus {
    fn from(_: NoMemory) -> Self {
        Self::NO_MEMORY
    }
}

impl<P: Platform> Device<P> {
    /// A device that nobody has open. PASSIVE_LEVEL.
    ///
    /// # Errors
    /// [`NtStatus::NO_MEMORY`].
    pub fn new(platform: P, config: Config) -> Result<Self, NtStatus> {
        let grace = Shared::new(Grace::new(config.lanes)?)?;
        let stats = Stats::new(config.lanes)?;
        let control = Control {
            open: false,
            link: false,
            started: false,
            next_transport: 1,
            baseline: stats.snapshot(),
            empty: None,
        };
        Ok(Self {
            platform,
            config,
            mtu: AtomicUsize::new(config.mtu),
            stats,
            view: Published::new(View::EMPTY, grace)?,
            io: Lock::new(Io::new(config.control_packets, config.pended_requests)?),
            addresses: Lock::new(Addresses::new()),
            control: Lock::new(control),
        })
    }

    /// The outside world that this device was made with.
    pub fn platform(&self) -> &P {
        &self.platform
    }

    /// A handle is opened. PASSIVE_LEVEL.
    ///
    /// # Errors
    /// [`NtStatus::ACCESS_DENIED`] while another handle is open, [`NtStatus::NO_MEMORY`].
    pub fn open(&self) -> Result<(), NtStatus> {
        let mut control = self.control.lock();
        if control.open {
            return Err(NtStatus::ACCESS_DENIED);
        }
        control.make_empty()?;
        control.open = true;
        self.io.lock().open();
        self.platform.trace(&Event::Opened);
        Ok(())
    }

    /// The last handle is closed: every peer, key, route, socket and queued packet goes, the mode returns to
    /// point-to-point, the link goes down, and every pended request is completed with [`NtStatus::CANCELLED`]. When
    /// this returns no socket calls back any more. PASSIVE_LEVEL. Without an open handle nothing happens.
    pub fn close(&self) {
        let aftermath = {
            let mut control = self.control.lock();
            if !control.open {
                return;
            }
            let aftermath = self.take_down(&mut control, true);
            control.open = false;
            control.started = false;
            self.platform.trace(&Event::Closed);
            aftermath
        };
        self.finish(aftermath);
    }

    /// A control code from user space. `input` has been copied out of the buffer that the request's output shares with
    /// it. PASSIVE_LEVEL.
    ///
    /// The request is completed before this returns, except `NEW_PEER` over TCP and `NOTIFY_EVENT`.
    pub fn ioctl(&self, code: u32, input: &[u8], request: P::Request) {
        let mut aftermath = None;
        let ended = {
            let mut control = self.control.lock();
            self.reap(&mut control);
            self.carry_out(&mut control, code, input, request, &mut aftermath)
        };
        match aftermath {
            Some(aftermath) => self.finish(aftermath),
            // A deleted peer is an event.
            None => self.serve_waits(),
        }
        if let Some(completion) = ended {
            if completion.status.is_error() {
                let ioctl = Ioctl::from_code(code);
                self.platform.trace(&Event::Refused {
                    ioctl,
                    status: completion.status,
                });
            }
            self.complete(completion);
        }
    }

    /// A control code on the version device, which belongs to no adapter: answers `GET_VERSION`, refuses the rest with
    /// [`NtStatus::INVALID_DEVICE_REQUEST`].
    pub fn version_ioctl(platform: &P, version: Version, code: u32, mut request: P::Request) {
        let result = match Ioctl::from_code(code) {
            Some(ioctl) if ioctl.modes().version_device => write_output(&version, request.output()),
            _ => Err(NtStatus::INVALID_DEVICE_REQUEST),
        };
        match result {
            Ok(information) => platform.complete(request, NtStatus::SUCCESS, information),
            Err(status) => platform.complete(request, status, 0),
        }
    }

    /// A read from user space: it gets the next control packet, or pends. IRQL <= DISPATCH.
    pub fn read(&self, request: P::Request) {
        let ended = self.io.lock().read(request);
        if let Some(completion) = ended {
            self.complete(completion);
        }
    }

    /// A pended request is cancelled. `true`: it was found and is completed with [`NtStatus::CANCELLED`]; `false`: it
    /// has been, or is being, completed otherwise. IRQL <= DISPATCH.
    pub fn cancel(&self, id: RequestId) -> bool {
        let view = self.view.pin(self.platform.lane());
        let mut io = self.io.lock();
        let Some((request, connecting)) = io.cancel(id) else {
            return false;
        };
        let endpoint = connecting.and_then(|transport| view.transport(transport));
        if let Some(endpoint) = endpoint {
            endpoint.set_state(EndpointState::Failed);
            io.forget(endpoint.id);
        }
        drop(io);
        if let Some(endpoint) = endpoint {
            endpoint.socket.abort();
        }
        drop(view);
        self.platform.complete(request, NtStatus::CANCELLED, 0);
        true
    }

    /// A batch of datagrams or stream bytes has arrived. IRQL <= DISPATCH.
    pub fn receive(&self) -> Receive<'_, P> {
        Receive::new(self)
    }

    /// A batch of packets is to leave. IRQL <= DISPATCH.
    pub fn transmit(&self) -> Transmit<'_, P> {
        Transmit::new(self)
    }

    /// Counts packets that the glue had to drop itself: no buffer ([`DropReason::InPool`], [`DropReason::OutPool`]),
    /// a socket that refused ([`DropReason::OutSend`]). Any IRQL.
    pub fn dropped(&self, reason: DropReason, packets: usize) {
        self.stats.dropped_many(self.platform.lane(), reason, packets);
    }

    /// All counters since the device was made, added up over the lanes. Any IRQL.
    pub fn stats(&self) -> StatsSnapshot {
        self.stats.snapshot()
    }

    /// Sets the largest IP packet that is taken from the adapter, in bytes. Any IRQL.
    pub fn set_mtu(&self, mtu: usize) {
        self.mtu.store(mtu, Ordering::Relaxed);
    }

    pub(crate) fn mtu(&self) -> usize {
        self.mtu.load(Ordering::Relaxed)
    }

    /// Carries a control code out. `None`: the request is pended, or has been completed by whom it was given to.
    fn carry_out(
        &self,
        control: &mut Control<P>,
        code: u32,
        input: &[u8],
        mut request: P::Request,
        aftermath: &mut Option<Aftermath<P::Request>>,
    ) -> Option<Completion<P::Request>> {
        let answer = match self.decode(control, code, input, request.output().len()) {
            Ok(Call::NewPeer { local, remote, proto }) => {
                return self.new_peer(control, local, remote, proto, request, aftermath);
            }
            Ok(Call::NotifyEvent) => return self.io.lock().wait(request),
            Ok(call) => self.answer(control, call, request.output(), aftermath),
            Err(status) => Err(status),
        };
        let answer = answer.unwrap_or_else(|status| Answer {
            status,
            information: 0,
        });
        Some(Completion {
            request,
            status: answer.status,
            information: answer.information,
        })
    }

    fn decode(&self, control: &Control<P>, code: u32, input: &[u8], output: usize) -> Result<Call, NtStatus> {
        if !control.open {
            return Err(NtStatus::INVALID_DEVICE_STATE);
        }
        let mode = self.view.pin(self.platform.lane()).mode();
        Call::decode(Ioctl::try_from(code)?, mode, input, output)
    }

    fn answer(
        &self,
        control: &mut Control<P>,
        call: Call,
        output: &mut [u8],
        aftermath: &mut Option<Aftermath<P::Request>>,
    ) -> Result<Answer, NtStatus> {
        match call {
            // These two keep the request; `carry_out` has dealt with them.
            Call::NewPeer { .. } | Call::NotifyEvent => Err(NtStatus::INVALID_DEVICE_REQUEST),
            Call::GetVersion => write_output(&self.config.version, output).map(Answer::bytes),
            Call::GetStats => self.get_stats(control, output),
            Call::GetPeerStats(whose) => self.get_peer_stats(whose, output),
            Call::NewKey(key) => self.new_key(control, &key),
            Call::SwapKeys => self.swap_keys(&*self.only_peer()?),
            Call::SetPeer(settings) => self.set_peer(&*self.only_peer()?, settings),
            Call::StartVpn => self.start_vpn(control),
            Call::DelPeer => {
                *aftermath = Some(self.take_down(control, false));
                Ok(Answer::DONE)
            }
            Call::SetMode(mode) => self.set_mode(control, mode),
            Call::MpStartVpn { listen, v6_only } => self.mp_start_vpn(control, listen, v6_only, output),
            Call::MpNewPeer { peer, remote, tunnel } => self.mp_new_peer(peer, remote, tunnel),
            Call::MpSetPeer { peer, settings } => {
                self.with_peer(peer, NtStatus::INVALID_DEVICE_REQUEST, |peer| {
                    self.set_peer(peer, settings)
                })
            }
            Call::MpSwapKeys(peer) => self.with_peer(peer, NtStatus::INVALID_DEVICE_REQUEST, |peer| {
                self.swap_keys(peer)
            }),
            Call::MpDelPeer(peer) => self.mp_del_peer(peer),
            Call::MpAddIroute { prefix, peer } => self.mp_add_iroute(prefix, peer),
            Call::MpDelIroute(prefix) => self.mp_del_iroute(prefix),
        }
    }

    fn set_link(&self, control: &mut Control<P>, up: bool) {
        if control.link != up {
            control.link = up;
            self.platform.set_link(up);
            self.platform.trace(&Event::Link { up });
        }
    }
}

impl<P: Platform> Control<P> {
    fn next_transport(&mut self) -> TransportId {
        let id = TransportId(self.next_transport);
        self.next_transport = self.next_transport.wrapping_add(1);
        id
    }
}
