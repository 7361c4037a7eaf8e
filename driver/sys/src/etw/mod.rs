//! Event Tracing for Windows in the kernel (evntprov.h, `Etw...` of wdm.h), and self-describing TraceLogging events.
//!
//! The crate `tracelogging` of crates.io (1.2.4) has the same for user mode, and with its feature `kernel_mode` for
//! drivers. It is `no_std` and its events are well made, but it does not fit a driver that must have no reachable
//! panic: registering a provider panics when it is registered already or from two threads. Also, the enable callback,
//! which ETW may call before the registration returns, takes a second mutable reference to the provider; the link needs
//! rpcrt4.lib, a library of user mode; and the imports need a WDK's import library. So [`Provider`] here registers and
//! writes, and [`trace_event!`](crate::trace_event) describes events at compile time in the same format, which every
//! TraceLogging decoder reads.

mod event;
pub(crate) mod function;
mod metadata;
mod provider;
pub(crate) mod structure;

pub use event::*;
#[cfg(windows)]
pub use function::*;
pub use metadata::*;
pub use provider::*;
pub use structure::*;
