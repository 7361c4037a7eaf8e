//! The engine over TUN and sockets on Linux, offered as a device.
//!
//! A thin glue: threads, system calls and buffers. What a packet or a control code means is the engine's
//! ([`ovpn_dco_engine`]); what a handle is, the device socket's ([`ovpn_dco_devsock`]). It serves tests, benchmarks, and
//! clients on machines without the driver.
//!
//! One thread takes packets from the TUN device and sends them, one per socket receives, and one ticks. With
//! [`Offloads`] on, both sides work in super-packets: TCP and UDP segmentation on the TUN device, `UDP_SEGMENT` and
//! `UDP_GRO` on the socket.

mod deliver;
mod device;
mod lock;
mod platform;
mod report;
mod sys;
mod tcp;
mod transmit;
mod transport;
mod tun;
mod udp;

pub use device::{HostedDevice, Pended};
pub use lock::Mutex;
pub use platform::{Hosted, Offloads};
pub use report::report;
pub use transport::Transport;
pub use tun::{Tun, VNET_HEADER};
