//! A session: a profile and a device become a tunnel that stays up.
//!
//! [`Session::run`] does what OpenVPN's client does around the driver: it picks a server, makes the driver's peer
//! (`NEW_PEER`), runs the [control channel](crate::control) through the driver's read and write, brings the link up
//! and installs keys when the server has agreed (`START_VPN`, `SET_PEER`, `NEW_KEY`), has the interface configured,
//! renegotiates, and begins again when the connection is lost. It blocks; a [`SessionHandle`] of another thread ends
//! it or asks for something. What there is to tell or to ask goes to a [`User`].
//!
//! ```no_run
//! # use std::path::Path;
//! # use ovpn_dco_userlib::device::{self, Device};
//! # use ovpn_dco_userlib::profile::Profile;
//! # use ovpn_dco_userlib::session::{Question, Session, SessionEvent, SessionOptions, User};
//! # use zeroize::Zeroizing;
//! struct Quiet;
//! impl User for Quiet {
//!     fn tell(&mut self, event: SessionEvent<'_>) { println!("{event:?}") }
//!     fn ask(&mut self, _: &Question<'_>) -> Option<Zeroizing<String>> { None }
//! }
//! let profile = Profile::load(Path::new("client.ovpn"))?;
//! let device = Device::open_first(&*device::host()?)?;
//! let mut session = Session::new(profile, device, SessionOptions::default());
//! let handle = session.handle(); // handle.stop() from a signal handler's thread
//! session.run(&mut Quiet)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attempt;
mod error;
mod event;
mod handle;
mod login;
mod remotes;
mod timers;
mod tunnel;

pub use error::{Lost, SessionError};
pub use event::{Established, Question, SessionEvent, User};
pub use handle::SessionHandle;
pub use tunnel::{mss, tunnel_config};

use std::sync::Arc;
use std::time::Instant;

use crate::control::{Config, ConfigError, DataCipher, DriverAbilities, TlsConfig};
use crate::device::Device;
use crate::net::{self, Configure};
use crate::profile::Profile;
use attempt::{Attempt, End};
use handle::Shared;
use login::Login;
use remotes::{Advance, Remotes, Target};

/// What differs from what the profile says.
#[non_exhaustive]
pub struct SessionOptions {
    /// Leave name service alone.
    pub no_dns: bool,
    /// Set no addresses, routes and MTU: someone else configures the interface.
    pub no_routes: bool,
    /// End when the first connection ends, or the first round through the servers has failed.
    pub once: bool,
    /// How the interface is configured. Default: by the operating system.
    pub configure: Box<dyn Configure>,
    /// What the user interface can do to log in: of `webauth`, `openurl`, `crtext`. Default: nothing.
    pub sso: Vec<&'static str>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            no_dns: false,
            no_routes: false,
            once: false,
            configure: net::system(),
            sso: Vec::new(),
        }
    }
}

/// A profile on a device.
pub struct Session {
    profile: Profile,
    device: Device,
    options: SessionOptions,
    shared: Arc<Shared>,
}

impl Session {
    /// A session that has not begun. The device is used by it alone until it has ended; clones may read statistics.
    pub fn new(profile: Profile, device: Device, options: SessionOptions) -> Self {
        Self {
            profile,
            device,
            options,
            shared: Arc::default(),
        }
    }

    /// What another thread ends it with.
    pub fn handle(&self) -> SessionHandle {
        SessionHandle(Arc::clone(&self.shared))
    }

    /// Connects, and connects again whenever the connection is lost. Returns `Ok` when it was
    /// [stopped](SessionHandle::stop), or when the server's or profile's time limits end it.
    ///
    /// # Errors
    /// What trying again would not mend.
    pub fn run(&mut self, user: &mut dyn User) -> Result<(), SessionError> {
        let version = self.device.version()?;
        let number = |n: i32| u32::try_from(n).unwrap_or(0);
        let mut abilities = DriverAbilities::of_version(number(version.major), number(version.minor));
        let tls = login::tls(&self.profile.tls, user)?;
        let mut login = Login::new(&self.profile.auth);
        let mut remotes = Remotes::new(&self.profile);
        loop {
            let target = match self.next_target(&mut remotes, user) {
                Ok(Some(target)) => target,
                Ok(None) => return Ok(()),
                Err(error) => return Err(error),
            };
            let config = self.config(&target, &abilities, &tls)?;
            let credentials = login.credentials(user)?;
            let attempt = Attempt::new(&self.profile, &self.device, &self.options, &self.shared, &target);
            let (lost, was_up) = match attempt.run(config, credentials, user, &mut login)? {
                End::Stopped => return Ok(()),
                End::CipherMissing(cipher) => {
                    user.tell(SessionEvent::Warning(format!(
                        "this driver has no {cipher}; going on without it"
                    )));
                    abilities = abilities.without(cipher);
                    continue;
                }
                End::Lost { reason, was_up } => (reason, was_up),
            };
            if was_up {
                remotes.succeeded();
            }
            let advance = match login.after(&lost, was_up) {
                Some(advance) => advance,
                None if remotes.has_more() && !was_up => Advance::Remote,
                None => return Err(SessionError::Refused(lost)),
            };
            if self.options.once && (was_up || !remotes.has_more()) {
                return Err(SessionError::GaveUp(lost));
            }
            if !self.pause(&mut remotes, advance, lost, user)? {
                return Ok(());
            }
        }
    }

    fn config(
        &self,
        target: &Target,
        abilities: &DriverAbilities,
        tls: &TlsConfig,
    ) -> Result<Arc<Config>, ConfigError> {
        let mut config = Config::new(&self.profile, &target.remote, abilities, tls.clone())?;
        config.sso.clone_from(&self.options.sso);
        Ok(Arc::new(config))
    }

    /// The next address to try; `None`: stopped meanwhile.
    fn next_target(
        &self,
        remotes: &mut Remotes,
        user: &mut dyn User,
    ) -> Result<Option<Target>, SessionError> {
        loop {
            if self.shared.is_stopped() {
                return Ok(None);
            }
            match remotes.next() {
                Ok(target) => return Ok(Some(target)),
                Err(lost) => {
                    if self.options.once && !remotes.has_more() {
                        return Err(SessionError::GaveUp(lost));
                    }
                    if !self.pause(remotes, Advance::Remote, lost, user)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Waits before the next attempt. `false`: stopped meanwhile.
    fn pause(
        &self,
        remotes: &mut Remotes,
        advance: Advance,
        lost: Lost,
        user: &mut dyn User,
    ) -> Result<bool, SessionError> {
        let Some(wait) = remotes.advance(advance) else {
            return Err(SessionError::GaveUp(lost));
        };
        user.tell(SessionEvent::Disconnected {
            reason: &lost,
            retry_in: wait,
        });
        Ok(self.shared.sleep_until(Instant::now() + wait))
    }
}

/// The name by which the driver's refusal of a cipher is recognised.
pub(crate) fn depends_on_system(cipher: DataCipher) -> bool {
    cipher == DataCipher::ChaCha20Poly1305
}
