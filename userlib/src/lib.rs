//! Library for programs that talk to the ovpn-dco driver, with an OpenVPN control channel.

pub mod control;
pub mod device;
#[doc(hidden)]
pub mod fuzzing;
pub mod net;
pub mod options;
pub mod profile;
pub mod session;
