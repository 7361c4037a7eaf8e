//! Winsock Kernel (wsk.h): sockets for drivers, and the socket types and options (ws2def.h, ws2ipdef.h) that it takes.
//!
//! Layout only; what a call means is on its type. The rules that hold for all calls:
//!
//! - Each asynchronous call takes an IRP of one stack location with a completion routine that is called in every case
//!   and returns `STATUS_MORE_PROCESSING_REQUIRED`. The IRP is **always** completed, also when the call returned at
//!   once, so free it in one place, that routine. The call's return value only says whether it is pending.
//! - Buffers, MDLs, addresses and control information stay valid until the IRP is completed.
//! - Nothing may be waited for inside a WSK callback or completion routine.

pub(crate) mod cmsg;
pub(crate) mod constants;
pub(crate) mod dispatch;
pub(crate) mod netio;
pub(crate) mod sockaddr;
pub(crate) mod socket;

pub use cmsg::*;
pub use constants::*;
pub use dispatch::*;
#[cfg(windows)]
pub use netio::*;
pub use sockaddr::*;
pub use socket::*;
