//! Tests of the device as programs see it: a device process, reached over the device socket, and a peer of the tests' own.
//!
//! Which device: `OVPN_DCO_DEVICE`, `hosted` (the engine on Linux) or `ntsim` (the driver's image in the simulated kernel).
//! Nothing here knows which of the two it is, except where the simulated machine takes orders of its own (sleep, removal,
//! faults). What is expected is written down in the tests as tables, after the upstream driver's interface.
//!
//! Each test has a network namespace and a device process to itself. Needs root, `iproute2` and `/dev/net/tun`.

pub mod bench;
pub mod bugged;
pub mod calls;
pub mod packet;
pub mod peer;
pub mod states;
pub mod tunnel;
