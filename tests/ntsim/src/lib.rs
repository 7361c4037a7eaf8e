//! A simulated Windows kernel that runs KMDF network drivers on Linux.
//!
//! The real x64 `.sys` is loaded into this process and runs natively; this crate stands in for the Windows modules that
//! it imports, and checks every call as Driver Verifier does.
//!
//! - [`image`]: the PE loader. [`registry`], [`thunk`], [`trap`]: what the system offers, and how calls arrive.
//! - [`cpu`]: processors, IRQL, faults, and [`cpu::callback`]: the way into the driver.
//! - [`ntoskrnl`], [`wdf`], [`netcx`], [`netio`], [`cng`]: the emulated modules. [`io`]: the I/O manager as the host uses
//!   it.
//! - [`violation`], [`faults`], [`schedule`], [`walk`], [`report`]: what is checked, what is broken or held up on order,
//!   what is told.
//! - [`server`], [`control`]: devices for other processes, and orders to the machine. [`machine`]: boot, run, stop.
//!
//! It knows no particular driver.

// Emulated functions bear the names that drivers import them by.
#![allow(non_snake_case)]

pub mod abi;
pub mod cng;
pub mod control;
pub mod cpu;
pub mod faults;
pub mod guest;
pub mod image;
pub mod inf;
pub mod inspect;
pub mod io;
pub mod machine;
pub mod netcx;
pub mod netio;
pub mod netns;
pub mod ntoskrnl;
pub mod registry;
pub mod report;
pub mod schedule;
pub mod server;
pub mod session;
pub mod status;
pub mod thunk;
pub mod trap;
pub mod violation;
pub mod walk;
pub mod wdf;
