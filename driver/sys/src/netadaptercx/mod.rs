//! NetAdapterCx, the network class extension of KMDF, versions 2.0 to 2.2.
//!
//! Types of all versions are always there; the crate features `netadaptercx-2-1` and `netadaptercx-2-2` choose the
//! version to bind with, that is the size of the function table, which functions can be called, and which layout
//! [`NET_PACKET_QUEUE_CONFIG`] stands for.

pub(crate) mod adapter;
pub(crate) mod client;
pub(crate) mod configuration;
pub(crate) mod extension;
pub(crate) mod function;
mod handle;
pub(crate) mod offload;
pub(crate) mod packet;
pub(crate) mod power;
pub(crate) mod queue;
pub(crate) mod receive_scaling;
pub(crate) mod ring;

pub use adapter::*;
pub use client::*;
pub use configuration::*;
pub use extension::*;
pub use function::*;
pub use handle::*;
pub use offload::*;
pub use packet::*;
pub use power::*;
pub use queue::*;
pub use receive_scaling::*;
pub use ring::*;

/// What goes into a structure's `Size`: no structure here is larger than a `ULONG` can say.
#[allow(clippy::cast_possible_truncation)]
const fn size_field<T>() -> crate::scalar::ULONG {
    const { assert!(size_of::<T>() < 4096) };
    size_of::<T>() as crate::scalar::ULONG
}
