//! Bindings for Windows kernel drivers that windows-drivers-rs lacks: NetAdapterCx, WSK, CNG, ETW.
//!
//! | module | stands for | header | exported by |
//! |---|---|---|---|
//! | [`netadaptercx`] | the network class extension of KMDF | netadaptercx.h and what it includes | a table, filled in at load |
//! | [`wsk`] | Winsock Kernel | wsk.h, ws2def.h, ws2ipdef.h | netio.sys, and tables |
//! | [`cng`] | cryptographic primitives | bcrypt.h | cng.sys |
//! | [`etw`] | event tracing, with TraceLogging events | evntprov.h, wdm.h | ntoskrnl.exe |
//! | [`wdm`] | the types of wdm.h that these need | wdm.h, ntstatus.h | ntoskrnl.exe |
//!
//! # What to expect
//!
//! Types, constants and functions have their C names. Structures are `repr(C)` with public fields; enumerations are
//! newtypes over `i32`, since the other side may store any value; function pointers are `Option`s, as bindgen writes
//! them. The C headers' `..._INIT` inlines are `const` constructors. Beyond that there is only what the headers do in
//! macros and inlines: ring arithmetic, bit fields, control messages, socket addresses, class binding.
//!
//! Functions are imported by raw-dylib, so no import library and no WDK is needed to link them. They exist on Windows
//! only; all else builds on any 64-bit host.
//!
//! # Together with `wdk-sys`
//!
//! This crate does not depend on `wdk-sys`. Where a function takes a type of WDF, there is an untyped pointer here
//! (`WDFDEVICE = *mut c_void`), and where it takes one of wdm.h, a structure of the same layout: pass pointers with
//! `.cast()`. Statuses and integers are the same types in both.
//!
//! # Together with a loader of Windows images
//!
//! On an x86-64 host that is not Windows the function pointer types are `extern "win64"`, so that a program which loads
//! a driver's image can use the structures as they are, and call and be called through them.
//!
//! # Versions of NetAdapterCx
//!
//! Without a feature the crate binds with 2.0: such a driver loads on Windows 10 2004 and everything later. With the
//! feature `netadaptercx-2-1` or `netadaptercx-2-2` it needs Windows Server 2022 or Windows 11. Types of all versions are
//! always there.
//!
//! # Tested how
//!
//! Each size, alignment, member offset, bit field, table index, value, string, prototype and initial image is compared
//! with recorded facts (`tests/abi` of the repository), which were measured by compiling Microsoft's public headers or
//! taken from its documentation and symbols. What is not recorded is listed with its reason in `src/abi_facts`.
//!
//! # Left out
//!
//! NDIS, 32-bit targets, NetAdapterCx's interfaces for class extensions (Wi-Fi, mobile broadband), name resolution
//! results of WSK.
#![no_std]
#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

#[cfg(test)]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[macro_use]
mod macros;

pub mod bits;
pub mod cng;
pub mod etw;
mod layout;
pub mod netadaptercx;
pub mod scalar;
pub mod wdm;
pub mod wide;
pub mod wsk;

#[cfg(test)]
mod abi_facts;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
