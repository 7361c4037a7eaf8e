//! What the tests against stock OpenVPN share.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod driver;
pub(crate) mod pki;
pub(crate) mod setup;
pub(crate) mod stock;
