//! A reference model of the device, and a driver that holds the two against each other.
//!
//! The model is written from the interface's description and shares no code with the engine: plain maps and queues, linear
//! searches, no concurrency. [`run`] does each operation to both and compares what user space can see: how every request
//! ended, which are pended, the link, what became of packets, the counters.

#![allow(unreachable_pub, reason = "shared by test programs")]

pub mod device;
pub mod operation;
pub mod peers;
pub mod run;

pub use run::run;
