//! The rules of NetAdapterCx by name, with the code of bugcheck 0x19E (BUGCODE_NETADAPTER_DRIVER) that Windows has for each.

use crate::machine;
use crate::violation::{self, Rule};

impl Rule {
    /// A structure's `Size` isn't that of the client's version (code 8), or a required pointer is null (15).
    pub const NET_STRUCTURE: Rule = Rule("net-structure");
    /// What NetDeviceInitConfig has set was overwritten, or an interface that NDIS would take.
    pub const NET_DEVICE: Rule = Rule("net-device");
    /// An adapter's init object used up, freed, without callbacks, or with a parent (codes 23, 38, 39, 40).
    pub const NET_ADAPTER_INIT: Rule = Rule("net-adapter-init");
    /// A call that the adapter's state forbids: capabilities after the start (code 3), a start without capabilities.
    pub const NET_ADAPTER_STATE: Rule = Rule("net-adapter-state");
    /// Capabilities that contradict themselves (codes 10 to 13, 19, 26, 32, 33, 42).
    pub const NET_CAPABILITIES: Rule = Rule("net-capabilities");
    /// A link state out of range (code 14).
    pub const NET_LINK_STATE: Rule = Rule("net-link-state");
    /// A function that the client's version has no more.
    pub const NET_DEPRECATED: Rule = Rule("net-deprecated");
    /// A handle that is valid inside of its callback only, used elsewhere.
    pub const NET_CALLBACK_HANDLE: Rule = Rule("net-callback-handle");
    /// A queue created twice, not at all, outside of its callback, or with a wrong configuration (codes 9, 20 to 25).
    pub const NET_QUEUE_CREATE: Rule = Rule("net-queue-create");
    /// A queue of the wrong direction, or one that is gone (code 44).
    pub const NET_QUEUE: Rule = Rule("net-queue");
    /// An extension of unknown name, version or type (codes 27 to 31).
    pub const NET_EXTENSION: Rule = Rule("net-extension");
    /// A ring's header changed (RingImmutable).
    pub const NET_RING_HEADER: Rule = Rule("net-ring-header");
    /// A `BeginIndex` outside of what the driver owned (BeginIndex).
    pub const NET_RING_INDEX: Rule = Rule("net-ring-index");
    /// An element changed that the driver doesn't own (ImmutableFrameworkElement).
    pub const NET_RING_ELEMENT: Rule = Rule("net-ring-element");
    /// A transmitted packet or fragment changed (ImmutableDriverTxPacket, ImmutableDriverTxFragment).
    pub const NET_TX_PACKET: Rule = Rule("net-tx-packet");
    /// A received packet that isn't filled in, or makes no sense (UnmodifiedRxPacket, layout and fragment range checks).
    pub const NET_RX_PACKET: Rule = Rule("net-rx-packet");
    /// A received fragment that isn't filled in, or makes no sense (UnmodifiedRxFragment, offset and length checks).
    pub const NET_RX_FRAGMENT: Rule = Rule("net-rx-fragment");
    /// A receive buffer that isn't in nonpaged pool, or whose bytes were never written.
    pub const NET_RX_BUFFER: Rule = Rule("net-rx-buffer");
    /// A queue that doesn't give everything back when it is cancelled. Windows waits for ever.
    pub const NET_QUEUE_DRAIN: Rule = Rule("net-queue-drain");
    /// Packets were there, the queue was armed, and nobody notified.
    pub const NET_LOST_NOTIFICATION: Rule = Rule("net-lost-notification");
}

/// Reports a rule that Windows stops the machine for, and stops it.
pub(super) fn stop(rule: Rule, text: String) -> ! {
    violation::report(rule, text);
    machine::stop()
}

/// `bugcheck!(RULE, "text {x}")`
macro_rules! bugcheck {
    ($rule:ident, $($text:tt)*) => {
        $crate::netcx::rules::stop($crate::violation::Rule::$rule, format!($($text)*))
    };
}
pub(super) use bugcheck;
