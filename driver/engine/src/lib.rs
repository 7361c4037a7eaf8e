//! The portable OpenVPN data channel and device model.
//!
//! Everything of the driver that is not Windows. Sans-I/O: the engine holds no file descriptor, makes no
//! call into an operating system and reads no clock; what it needs comes through [`Platform`].
//!
//! # Calls
//!
//! A glue owns one [`Device`] per adapter and calls:
//!
//! | call | from | IRQL |
//! |---|---|---|
//! | [`Device::open`], [`Device::close`] | a handle is opened, its last handle is closed | PASSIVE |
//! | [`Device::ioctl`], [`Device::read`], [`Device::write`] | user space; the request is completed now or later through [`Platform::complete`] | PASSIVE |
//! | [`Device::cancel`] | a pended request is cancelled | <= DISPATCH |
//! | [`Device::timer`] | about once a second | PASSIVE |
//! | [`Device::transport_connected`], [`Device::transport_closed`] | a socket's callbacks | <= DISPATCH |
//! | [`Device::receive`] -> [`Receive`] | a batch of datagrams or stream bytes arrived | <= DISPATCH |
//! | [`Device::transmit`] -> [`Transmit`] | a batch of packets is to leave | <= DISPATCH |
//!
//! All may come from several processors at once. `receive` and `transmit` give a *batch guard*: it pins the
//! published snapshot of the control state (peers, keys, routes) for the length of the batch, without waiting and
//! without writing to a cache line that another processor writes to. Keep a guard short and never sleep
//! under it: control calls wait until all guards of their time are gone before they free keys and sockets.
//!
//! Buffers are the glue's. [`Receive::datagram`] opens from the datagram's memory straight into `out`;
//! [`Transmit::packet`] seals from the packet's slices straight into `out`, with headers.
//!
//! # No panic
//!
//! A panic in a kernel is a crash of the machine, so the engine has none: what could panic (indexing, slicing,
//! arithmetic that overflows, `unwrap`, infallible allocation) is denied here by lint, and `tests/no-panic` links the
//! whole of it, optimised, without a panic handler.
//!
//! # Rules for a glue
//!
//! - A request is the engine's from the call that brings it until [`Platform::complete`], which comes exactly once,
//!   perhaps before that call returns, and never under an engine lock.
//! - [`Platform::complete`] may be called while the same thread holds a batch guard: what it wakes must run elsewhere.
//!   A control call (`open`, `close`, `ioctl`, `timer`) from inside it would wait for its own guard for ever.
//! - Packets that the glue has to drop itself are counted with [`Device::dropped`].
//! - [`Device::close`] comes before a device is dropped. When it returns, every socket has ended.
//!
#![doc = include_str!("../DIFFERENCES.md")]
#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::panic_in_result_fn,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(any(test, loom))]
extern crate std;

mod batch;
mod control;
mod crypto;
mod device;
pub mod epoch;
mod event;
mod events;
mod io;
mod ioctl;
mod keepalive;
pub mod keys;
pub mod limits;
pub mod offload;
pub mod packet;
mod peer;
mod peers;
mod pend;
mod platform;
pub mod replay;
mod routes;
pub mod stats;
#[allow(unsafe_code, reason = "the one fenced module")]
pub mod sync;
pub mod tcp_stream;

#[cfg(test)]
mod testing;

pub use batch::{MAX_OVERHEAD, Receive, Received, Sealed, Transmit};
pub use crypto::CryptoProvider;
pub use device::{Config, Device};
pub use event::{Closed, Event};
pub use offload::ip::Version as IpVersion;
pub use offload::segment::Request as Offload;
pub use platform::*;
pub use stats::{DropReason, StatsSnapshot};
