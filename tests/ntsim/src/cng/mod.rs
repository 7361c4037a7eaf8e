//! Stands for cng.sys (and ksecdd.sys, its name before Windows 7): the primitives of bcrypt.h in kernel mode.
//!
//! | file | stands for |
//! |---|---|
//! | [`provider`] | `BCryptOpenAlgorithmProvider`, `BCryptCloseAlgorithmProvider`, the pseudo handles |
//! | [`property`] | `BCryptGetProperty`, `BCryptSetProperty` |
//! | [`key`] | keys: generate, import, export, duplicate, destroy |
//! | [`cipher`], [`chain`] | `BCryptEncrypt`, `BCryptDecrypt`: authenticated ciphers, in one call or in parts |
//! | [`hash`], [`random`] | hashes, HMAC, random numbers |
//! | [`handle`] | what a handle leads to, in constant time and without a lock that other keys share |
//!
//! The arithmetic is AWS-LC's. What is checked on top, each with the page of bcrypt.h that demands it:
//!
//! | the caller promises | else |
//! |---|---|
//! | open, close and the system's random numbers at PASSIVE_LEVEL; nothing above DISPATCH_LEVEL | `irql` |
//! | at DISPATCH_LEVEL only what came from a provider opened with `BCRYPT_PROV_DISPATCH` | `irql` |
//! | at DISPATCH_LEVEL no pointer into paged pool | `irql` |
//! | a handle is of the right kind, live, destroyed once and not while another thread uses it | `cng-handle` |
//! | a provider is closed after everything that came from it is destroyed | `cng-provider-in-use` |
//! | keys, hashes and providers are gone at unload | `cng-leak`, at the call that made them |
//! | memory that the caller gave for a key or hash stays until it is destroyed, and untouched | `active-object-freed`, `cng-object-memory` |
//! | the structure's size and version, nonce and tag lengths are allowed ones | `cng-parameter` |
//! | input and output are the same buffer or do not overlap | `cng-parameter` |
//! | a secret has the length of a key (CNG cuts a longer one without a word) | `cng-parameter` |
//! | a key encrypts no two messages with the same nonce (Windows doesn't look) | `nonce-reuse` |
//!
//! Which algorithms there are depends on [`Config::windows`](crate::machine::Config::windows): ChaCha20-Poly1305 came with
//! build 20142 (Server 2022, Windows 11).
//!
//! Left out: asymmetric algorithms, key derivation, AES in other modes than GCM (a key can be made; encrypting is a trap).

pub mod chain;
pub mod cipher;
pub mod handle;
pub mod hash;
pub mod key;
pub mod property;
pub mod provider;
pub mod random;

use std::ops::Range;

use crate::registry::Export;
use crate::status::{self, NtStatus};
use crate::violation::Rule;
use crate::{faults, image, violation};

impl Rule {
    /// A value that isn't a live CNG handle of the right kind, or one destroyed twice or while in use.
    pub const CNG_HANDLE: Rule = Rule("cng-handle");
    /// A parameter of CNG that its documentation doesn't allow.
    pub const CNG_PARAMETER: Rule = Rule("cng-parameter");
    /// Memory that holds a key or hash object was written.
    pub const CNG_OBJECT_MEMORY: Rule = Rule("cng-object-memory");
    /// A provider closed while keys or hashes of it live.
    pub const CNG_PROVIDER_IN_USE: Rule = Rule("cng-provider-in-use");
    /// Keys, hashes and providers left at unload.
    pub const CNG_LEAK: Rule = Rule("cng-leak");
    /// Two messages encrypted with the same key and nonce.
    pub const NONCE_REUSE: Rule = Rule("nonce-reuse");
}

/// Everything these modules offer to drivers, by both names of the module.
#[must_use]
pub fn exports() -> Vec<Export> {
    let cng = [
        provider::exports(),
        property::exports(),
        key::exports(),
        cipher::exports(),
        hash::exports(),
        random::exports(),
    ]
    .concat();
    let by_old_name = cng.iter().map(|export| Export {
        module: "ksecdd.sys",
        ..*export
    });
    by_old_name.chain(cng.iter().cloned()).collect()
}

/// A fault on order for a call that fails without allocating.
fn fault(function: &str) -> status::Result<()> {
    match faults::decide(function, "") {
        faults::Action::Fail(status) => Err(status),
        _ => Ok(()),
    }
}

/// A fault on order for a call that allocates. CNG says `STATUS_NO_MEMORY` where others lack resources.
fn allocation_fault(function: &str) -> status::Result<()> {
    match faults::decide(function, faults::ALLOC) {
        faults::Action::Fail(status::INSUFFICIENT_RESOURCES) => Err(status::NO_MEMORY),
        faults::Action::Fail(status) => Err(status),
        _ => Ok(()),
    }
}

fn of(result: status::Result<()>) -> NtStatus {
    status::of(result)
}

/// Memory that goes away must not hold a key or hash.
pub(crate) fn check_freed(range: &Range<usize>) {
    handle::check_freed(range);
}

/// Reports what the driver still has, by kind and call site.
pub(crate) fn check_unload() {
    for ((what, site), n) in handle::live_by_site() {
        let text = format!(
            "{n} {what} still there at unload, made at {}",
            image::describe(site)
        );
        violation::report_at(Rule::CNG_LEAK, site, text);
    }
}

/// The live objects, for `ntsim inspect`: kind, call site and number.
#[must_use]
pub fn summaries() -> Vec<String> {
    handle::live_by_site()
        .into_iter()
        .map(|((what, site), n)| format!("{n} {what} from {}", image::describe(site)))
        .collect()
}

pub(crate) fn reset() {
    handle::reset();
}

#[cfg(test)]
mod tests;
