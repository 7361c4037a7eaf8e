//! Stands for netio.sys and afd.sys: Winsock Kernel (wsk.h) over the sockets of the host.
//!
//! A driver registers ([`registration`]), captures the provider and gets its dispatch table ([`provider`]). Each socket
//! ([`socket`]) has one host socket, in the network namespace of this process. Calls take an IRP that is always completed
//! ([`request`]): at once or from a DPC, which of them comes from the seed, so that a driver meets both; and at
//! DISPATCH_LEVEL, where Windows may. Datagrams are indicated by host threads at DISPATCH_LEVEL ([`datagram_receive`]), in
//! lists over memory that is the system's ([`batch`]); one socket may have several such threads, as with RSS: a flow stays on
//! one of them. A stream has one thread, so its events come one at a time ([`stream`]).
//!
//! What a client must do is said with each function, with the name of the violation if it doesn't. The rules are those of
//! Microsoft's pages on `WskRegister`, `WskSocket`, `WskCloseSocket`, `WskReceiveFromEvent`, `WskReceiveEvent`,
//! `WskRelease`, `WskControlSocket`, "Registering a Winsock Kernel Application", "Using IRPs with Winsock Kernel Functions".
//!
//! Faults: each function by its name, or the class `wsk`. `wsk:split` is asked once per list of indications; if it "fails",
//! the data lies in several MDLs at odd places.
//!
//! Left out: extensions, TDI mapping, names that aren't numeric, USO and URO (their options are unknown here, as on
//! Windows before 2004; the host's own segmentation and coalescing are used behind the driver's back, as a NIC would).

pub mod address;
pub mod batch;
pub mod bind;
pub mod buffer;
pub mod category;
pub mod close;
pub mod cmsg;
pub mod connect;
pub mod control;
pub mod datagram;
pub mod datagram_receive;
pub mod handles;
pub mod host;
pub mod listen;
pub mod message;
pub mod names;
pub mod option;
pub mod provider;
pub mod queue;
pub mod receive;
pub mod receive_from;
pub mod region;
pub mod registration;
pub mod request;
pub mod socket;
pub mod stream;
pub mod stream_receive;
pub mod traffic;

use crate::registry::Export;
use crate::violation::Rule;

impl Rule {
    /// A socket that was closed is used, or closed again.
    pub const WSK_CLOSED: Rule = Rule("wsk-closed-socket");
    /// A value that isn't a socket, or a client, of this provider; or a socket of another category.
    pub const WSK_HANDLE: Rule = Rule("wsk-handle");
    /// A socket is closed while another call on it is in progress.
    pub const WSK_BUSY: Rule = Rule("wsk-close-in-use");
    /// A call in a state of the socket that forbids it (not bound, not connected...).
    pub const WSK_STATE: Rule = Rule("wsk-state");
    /// A parameter that the function doesn't allow: address, IRP, flags, sizes.
    pub const WSK_PARAMETER: Rule = Rule("wsk-parameter");
    /// A buffer longer than its MDLs, or changed while a send was under way.
    pub const WSK_BUFFER: Rule = Rule("wsk-buffer");
    /// Event callbacks: enabled without a table, in a wrong way, or a result that isn't allowed.
    pub const WSK_EVENT: Rule = Rule("wsk-event");
    /// Indications released twice, or that weren't kept.
    pub const WSK_RELEASE: Rule = Rule("wsk-release");
    /// Indications that were kept and not released before the socket was closed.
    pub const WSK_INDICATION_LEAK: Rule = Rule("wsk-indication-leak");
    /// Registration and capture out of balance.
    pub const WSK_REGISTRATION: Rule = Rule("wsk-registration");
    /// Sockets, captures or registrations left at unload.
    pub const WSK_LEAK: Rule = Rule("wsk-leak");
}

/// The sockets, for `ntsim inspect`.
#[must_use]
pub fn describe() -> Vec<String> {
    handles::describe()
}

/// What is at an address that somebody touched, if it is memory of indications.
#[must_use]
pub fn whose(address: usize) -> Option<&'static str> {
    handles::owns(address)
        .then_some("in an indication that was given back, or written although it is the system's")
}

/// What these modules offer: the imports of netio.sys, and the functions behind the dispatch tables (`afd.sys`).
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        registration::exports(),
        provider::exports(),
        names::exports(),
        close::exports(),
        bind::exports(),
        control::exports(),
        datagram::exports(),
        datagram_receive::exports(),
        receive_from::exports(),
        connect::exports(),
        listen::exports(),
        stream::exports(),
        receive::exports(),
    ]
    .concat()
}

/// Reports what the driver left behind; called after its unload routine.
pub fn check_unload() {
    registration::check_unload();
    names::check_unload();
}

pub(crate) fn reset() {
    close::reset();
    names::reset();
    registration::reset();
}

#[cfg(test)]
mod datagram_tests;
#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod listen_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod strict_tests;
#[cfg(test)]
mod testing;
