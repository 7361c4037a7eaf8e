//! Bindings that windows-drivers-rs lacks: NetAdapterCx, WSK, CNG, ETW
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
pub mod netadaptercx;
pub mod scalar;
pub mod wdm;
pub mod wide;
pub mod wsk;

#[cfg(test)]
mod abi_facts;
