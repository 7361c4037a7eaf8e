//! A device of another process, over a local socket.
//!
//! A Windows program talks to a driver through `CreateFile`, `DeviceIoControl`, `ReadFile`, `WriteFile`,
//! `CancelIoEx` and `CloseHandle`. This crate carries these six calls, with their semantics, over a Unix
//! socket or a loopback TCP connection, so that a program on Linux (or one that runs under wine) opens a
//! device that some other process plays: a portable driver model with sockets and a TUN device behind it,
//! or a simulated kernel that runs a real driver image. The crate knows no particular driver: paths,
//! control codes, buffers and statuses pass through as they are.
//!
//! The protocol is written down in `PROTOCOL.md` beside this crate; [`wire`] is its implementation.
//!
//! # What corresponds to what
//!
//! | Windows | here |
//! |---|---|
//! | a process | a connection; its death closes all of its handles |
//! | the access token | [`Token`], stated once when connecting |
//! | `CreateFileW` | [`Client::open`] with an [`OpenRequest`]; sharing and exclusivity are the backend's |
//! | a handle | [`File`]; dropping it is `CloseHandle` |
//! | an `OVERLAPPED` in flight | [`Pending`]; many may be outstanding on a handle |
//! | `GetOverlappedResultEx` | [`Pending::wait_timeout`] |
//! | `CancelIoEx` | [`Pending::cancel`], [`File::cancel_all`]: asks only, the completion still comes |
//! | `IO_STATUS_BLOCK` | [`Completed`]: an NTSTATUS, a count, the output bytes |
//! | enumerating device interfaces | [`Client::devices`] |
//!
//! # The serving side
//!
//! Implement [`DeviceBackend`] and hand it to a [`DeviceServer`]. A call that pends keeps its
//! [`Completion`] and completes it later, from any thread.
//!
//! # Who may connect
//!
//! Over a Unix socket: the user who runs the server, and root (`SO_PEERCRED`, and mode 0600 of the socket
//! file). Over TCP: who knows the secret in the address, which the server makes anew at each start and which
//! its owner hands on.

#![forbid(unsafe_code)]

mod address;
mod client;
mod device;
mod server;
mod status;
pub mod wire;

pub use address::{Address, AddressError, Secret};
pub use client::{Canceller, Client, ClientError, Completed, ConnectOptions, File, Pending};
pub use device::{Access, Caller, DeviceInfo, OpenFlags, OpenRequest, Share, Token};
pub use server::{
    Completion, DeviceBackend, DeviceServer, HandleId, MAX_PENDING, RequestId, RunningServer, ServerError,
};
pub use status::Status;
