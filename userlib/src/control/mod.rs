//! The client side of OpenVPN's control channel, without I/O.

mod cipher;
mod drop_reason;
pub mod packet;
pub mod wrap;

pub use cipher::DataCipher;
pub use drop_reason::{DropReason, Drops};
