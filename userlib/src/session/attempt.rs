//! One connection: from `NEW_PEER` to `DEL_PEER`.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ovpn_dco_uapi::{
    CipherAlg, CryptoData, CryptoOptions, KeyDirection, KeyId, KeySlot as Slot, PeerId, PeerSettings, Proto,
};

use super::handle::{Order, Shared};
use super::login::Login;
use super::remotes::Target;
use super::timers::Timers;
use super::tunnel::{mss, tunnel_config};
use super::{Established, Lost, SessionError, SessionEvent, SessionOptions, User, depends_on_system};
use crate::control::{
    Client, CloseReason, Config, Connected, DataCipher, DataKey, DirectionKey, Event, KeySlot, SystemRandom,
};
use crate::device::{Cancel, ControlReader, Device, DeviceError, Wait};
use crate::net::{Configured, Dns, TunnelConfig};
use crate::profile::{Credentials, Profile, Transport};

/// Longest wait for a packet, when nothing else is due.
const IDLE: Duration = Duration::from_secs(3600);

/// How a connection ended.
pub(super) enum End {
    /// It was to end.
    Stopped,
    /// It was lost, or never came about.
    Lost { reason: Lost, was_up: bool },
    /// The driver turned out not to have the cipher.
    CipherMissing(DataCipher),
}

/// What ends a connection, while it runs.
enum Stop {
    End(Ending),
    Error(SessionError),
}

enum Ending {
    Asked,
    Lost(Lost),
    CipherMissing(DataCipher),
}

impl From<DeviceError> for Stop {
    fn from(error: DeviceError) -> Self {
        Self::Error(error.into())
    }
}

/// One connection that is about to be made.
pub(super) struct Attempt<'a> {
    profile: &'a Profile,
    device: &'a Device,
    options: &'a SessionOptions,
    shared: &'a Arc<Shared>,
    target: &'a Target,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        profile: &'a Profile,
        device: &'a Device,
        options: &'a SessionOptions,
        shared: &'a Arc<Shared>,
        target: &'a Target,
    ) -> Self {
        Self {
            profile,
            device,
            options,
            shared,
            target,
        }
    }

    /// Makes the connection and keeps it until it ends.
    pub(super) fn run(
        &self,
        config: Arc<Config>,
        credentials: Option<Credentials>,
        user: &mut dyn User,
        login: &mut Login,
    ) -> Result<End, SessionError> {
        let Target { remote, address } = self.target;
        let transport = remote.proto.transport;
        user.tell(SessionEvent::Connecting {
            host: &remote.host,
            address: *address,
            transport,
        });
        // Orders from before this attempt; one to stop has been seen already, or will be at once.
        let (_, cancel) = self.shared.take();
        if self.shared.is_stopped() {
            return Ok(End::Stopped);
        }
        if let Some(end) = self.new_peer(&cancel)? {
            return Ok(end);
        }
        let now = Instant::now();
        let used = credentials.clone();
        let client = Client::new(config, credentials, Box::new(SystemRandom), now, unix_time())?;
        let mut running = Running {
            attempt: self,
            client,
            reader: self.device.control_reader(),
            started: now,
            used,
            login,
            user,
            agreed: None,
            configured: None,
            timers: Timers::default(),
            leaving: false,
        };
        let stop = running.go();
        running.finish();
        let was_up = running.configured.is_some();
        // The interface goes back to what it was before its peer goes.
        drop(running);
        if let Err(error) = self.device.del_peer() {
            tracing::warn!(%error, "the driver's peer can't be deleted");
        }
        match stop {
            Stop::Error(error) => Err(error),
            Stop::End(Ending::Asked) => Ok(End::Stopped),
            Stop::End(Ending::CipherMissing(cipher)) => Ok(End::CipherMissing(cipher)),
            Stop::End(Ending::Lost(reason)) => Ok(End::Lost { reason, was_up }),
        }
    }

    /// Makes the driver's peer. `Some`: there is no connection.
    fn new_peer(&self, cancel: &Cancel) -> Result<Option<End>, SessionError> {
        let Target { remote, address } = self.target;
        let any: IpAddr = if address.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let local = SocketAddr::new(remote.local.unwrap_or(any), remote.local_port);
        let proto = match remote.proto.transport {
            Transport::Udp => Proto::Udp,
            Transport::Tcp => Proto::Tcp,
        };
        let wait = Wait::at_most(remote.connect_timeout).unless(cancel);
        match self.device.new_peer(local, *address, proto, wait) {
            Ok(()) => Ok(None),
            Err(DeviceError::Cancelled { .. }) if self.shared.is_stopped() => Ok(Some(End::Stopped)),
            Err(DeviceError::Cancelled { .. }) => Ok(Some(End::Lost {
                reason: Lost::Asked,
                was_up: false,
            })),
            Err(error @ (DeviceError::Transport { .. } | DeviceError::TimedOut { .. })) => {
                Ok(Some(End::Lost {
                    reason: Lost::Transport(error),
                    was_up: false,
                }))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A connection under way.
struct Running<'a, 'u> {
    attempt: &'a Attempt<'a>,
    client: Client,
    reader: ControlReader,
    started: Instant,
    used: Option<Credentials>,
    login: &'u mut Login,
    user: &'u mut dyn User,
    /// Agreed with the server, and the first key isn't in the driver yet.
    agreed: Option<Box<Connected>>,
    /// The interface, once the tunnel is up.
    configured: Option<Configured>,
    timers: Timers,
    leaving: bool,
}

impl Running<'_, '_> {
    /// Runs until the end.
    fn go(&mut self) -> Stop {
        loop {
            match self.turn() {
                Ok(()) => {}
                Err(stop) => return stop,
            }
        }
    }

    /// One turn: orders, what the client has to say, one wait.
    fn turn(&mut self) -> Result<(), Stop> {
        let (orders, cancel) = self.attempt.shared.take();
        for order in orders {
            self.obey(order)?;
        }
        self.client.handle_timeout(Instant::now());
        self.drain()?;
        let now = Instant::now();
        if self.timers.is_over(now, self.attempt.device)? {
            return Err(Stop::End(Ending::Asked));
        }
        let wake = self
            .client
            .poll_timeout()
            .into_iter()
            .chain(self.timers.next())
            .min();
        let wait = wake.map_or(IDLE, |wake| wake.saturating_duration_since(now));
        match self.reader.recv(Wait::at_most(wait).unless(&cancel)) {
            Ok(Some(packet)) => self.client.handle_packet(Instant::now(), &packet.payload),
            Ok(None) => {}
            Err(DeviceError::Cancelled { .. }) if cancel.is_cancelled() => {}
            Err(error @ DeviceError::PeerTimeout) if self.timers.exit_on_silence => {
                tracing::info!(%error, "ping-exit");
                return Err(Stop::End(Ending::Asked));
            }
            Err(
                error @ (DeviceError::PeerTimeout
                | DeviceError::ConnectionClosed
                | DeviceError::Transport { .. }),
            ) => {
                return Err(Stop::End(Ending::Lost(Lost::Transport(error))));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn obey(&mut self, order: Order) -> Result<(), Stop> {
        let now = Instant::now();
        match order {
            Order::Stop => {
                self.leaving = true;
                self.client.exit(now);
            }
            Order::Reconnect => return Err(Stop::End(Ending::Lost(Lost::Asked))),
            Order::Renegotiate => self.client.renegotiate(now),
            Order::Respond(answer) => self.client.respond(now, &answer),
        }
        Ok(())
    }

    /// Does what the client wants done, and sends what it wants sent.
    fn drain(&mut self) -> Result<(), Stop> {
        while let Some(event) = self.client.poll_event() {
            self.handle(event)?;
        }
        self.transmit()
            .map_err(|error| Stop::End(Ending::Lost(Lost::Transport(error))))
    }

    fn transmit(&mut self) -> Result<(), DeviceError> {
        while let Some(packet) = self.client.poll_transmit(Instant::now()) {
            match self.attempt.device.write_control(&packet) {
                Ok(()) => {}
                Err(error @ (DeviceError::ConnectionClosed | DeviceError::Gone { .. })) => return Err(error),
                // What doesn't arrive is sent again; the time limits decide.
                Err(error) => tracing::debug!(%error, "control packet not sent"),
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::Progress(stage) => self.user.tell(SessionEvent::Progress(stage)),
            Event::Connected(connected) => self.agreed = Some(connected),
            Event::InstallKey(key) => match self.agreed.take() {
                Some(connected) => self.bring_up(&connected, &key)?,
                None => {
                    self.install(&key)?;
                    self.user.tell(SessionEvent::Renegotiated { key_id: key.key_id });
                }
            },
            Event::SwapKeys { key_id } => {
                self.attempt.device.swap_keys()?;
                self.user.tell(SessionEvent::KeysSwapped { key_id });
            }
            Event::Renegotiating { key_id, by_server } => {
                self.user.tell(SessionEvent::Renegotiating { key_id, by_server });
            }
            Event::AuthPending { timeout } => self.user.tell(SessionEvent::AuthPending { timeout }),
            Event::Info(info) => self.user.tell(SessionEvent::Info(&info)),
            Event::Closed(reason) => {
                return Err(Stop::End(match reason {
                    CloseReason::Exited => Ending::Asked,
                    _ if self.leaving => Ending::Asked,
                    reason => Ending::Lost(Lost::Closed(reason)),
                }));
            }
        }
        Ok(())
    }

    /// The first key: everything that makes a tunnel of the connection, in OpenVPN's order.
    fn bring_up(&mut self, connected: &Connected, key: &DataKey) -> Result<(), Stop> {
        let Attempt {
            device,
            target,
            options,
            profile,
            ..
        } = self.attempt;
        self.login.accepted(&connected.push, self.used.as_ref());
        for option in &connected.push.ignored {
            self.user.tell(SessionEvent::Warning(format!(
                "the pushed option \"{option}\" was not taken"
            )));
        }
        device.start_vpn()?;
        let tunnel = &connected.push.tunnel;
        let (ping, ping_timeout) = self.timers.start(tunnel, self.started);
        let (mut config, left_out) = tunnel_config(tunnel, target.address);
        let transport = target.remote.proto.transport;
        let mtu = config.mtu.unwrap_or(1500);
        let mss = mss(
            target.remote.mssfix,
            mtu,
            target.address,
            transport,
            connected.epoch,
        );
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        device.set_peer(PeerSettings {
            keepalive_interval: Some(seconds(ping)),
            keepalive_timeout: Some(seconds(ping_timeout)),
            mss: Some(mss),
        })?;
        self.install(key)?;
        let took = self.started.elapsed();
        if options.no_dns {
            config.dns = Dns::default();
        }
        if profile.route_noexec {
            config.routes.clear();
        }
        self.configured = Some(self.configure(&config)?);
        for warning in left_out {
            self.user.tell(SessionEvent::Warning(warning));
        }
        self.user.tell(SessionEvent::Connected(&Established {
            host: target.remote.host.clone(),
            address: target.address,
            transport,
            peer_id: connected.peer_id,
            cipher: connected.cipher,
            epoch: connected.epoch,
            key_id: key.key_id,
            tls: connected.tls.clone(),
            ping,
            ping_timeout,
            mss,
            tunnel: config,
            took,
        }));
        Ok(())
    }

    fn configure(&mut self, config: &TunnelConfig) -> Result<Configured, Stop> {
        let Attempt { device, options, .. } = self.attempt;
        if options.no_routes {
            return Ok(Configured::nothing());
        }
        let configured = options.configure.configure(&device.interface(), config);
        let configured = configured.map_err(|error| Stop::Error(error.into()))?;
        for warning in configured.warnings() {
            self.user.tell(SessionEvent::Warning(warning.clone()));
        }
        Ok(configured)
    }

    fn install(&mut self, key: &DataKey) -> Result<(), Stop> {
        let options = if key.epoch {
            CryptoOptions::EPOCH
        } else {
            CryptoOptions::CLASSIC
        };
        match self.attempt.device.new_key(crypto_data(key)?, options) {
            Ok(()) => Ok(()),
            Err(DeviceError::NotSupported { .. }) if depends_on_system(key.cipher) => {
                Err(Stop::End(Ending::CipherMissing(key.cipher)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The last words: an alert, an acknowledgement.
    fn finish(&mut self) {
        let _ = self.transmit();
    }
}

/// The key in the driver's form.
fn crypto_data(key: &DataKey) -> Result<CryptoData, DeviceError> {
    let unfit = |what| DeviceError::Argument {
        call: crate::device::CallName::Ioctl(ovpn_dco_uapi::Ioctl::NewKey),
        why: format!("the {what} is out of range"),
        source: None,
    };
    let direction = |direction: &DirectionKey| KeyDirection {
        key: direction.key,
        key_len: direction.key_len,
        nonce_tail: direction.nonce_tail,
    };
    let peer = i32::try_from(key.peer_id)
        .ok()
        .and_then(|id| PeerId::try_from(id).ok());
    let slot = match key.slot {
        KeySlot::Primary => Slot::Primary,
        KeySlot::Secondary => Slot::Secondary,
    };
    let cipher = match key.cipher {
        DataCipher::ChaCha20Poly1305 => CipherAlg::ChaCha20Poly1305,
        DataCipher::Aes128Gcm | DataCipher::Aes192Gcm | DataCipher::Aes256Gcm => CipherAlg::AesGcm,
    };
    Ok(CryptoData::new(
        peer.ok_or_else(|| unfit("peer id"))?,
        slot,
        KeyId::new(key.key_id).ok_or_else(|| unfit("key id"))?,
        cipher,
        direction(&key.encrypt),
        direction(&key.decrypt),
    ))
}

/// Seconds since 1970.
fn unix_time() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| u32::try_from(since.as_secs()).unwrap_or(u32::MAX))
}
