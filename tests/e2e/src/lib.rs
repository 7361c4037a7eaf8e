//! End-to-end tests and the demo: our client against stock OpenVPN in network namespaces.
//!
//! Everything runs in namespaces that a run makes itself and removes, also when it fails. Needs root, `iproute2`,
//! `openvpn`, `iperf3` and `ping`.

pub mod client;
pub mod iperf;
pub mod lab;
pub mod netns;
pub mod pki;
pub mod server;
