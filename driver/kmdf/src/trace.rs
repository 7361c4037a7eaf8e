//! Events for tracing: a TraceLogging provider with the engine's events.
//!
//! Name and GUID are those of OpenVPN's own ovpn-dco-win, so that its recorder profiles and autologger settings find this driver
//! too: `wpr`, `tracelog -guid #4970f9cf-2c0c-4f11-b1cc-e3a1e9958833` or `logman` start a session, and any
//! TraceLogging decoder shows names and fields. The events themselves are this driver's. Packets and keys are never traced.
//!
//! An event that nobody listens to costs a load and a comparison.

use core::net::SocketAddr;

use netcx_sys::etw::{Level, NtStatus, SocketAddress};
use netcx_sys::trace_event;
use netcx_sys::wdm::GUID;
use ovpn_dco_engine::{Closed, Event};
use ovpn_dco_uapi::{DelPeerReason, Ioctl, KeySlot, Mode, put_sockaddr};

netcx_sys::trace_provider! {
    /// The driver's events.
    static TRACE = "OpenVPN.OvpnDCO", GUID::from_u128(0x4970_f9cf_2c0c_4f11_b1cc_e3a1_e995_8833);
}

/// Keyword: handles, modes, control codes that were refused, the link.
const CONTROL: u64 = 0x1;
/// Keyword: peers.
const PEER: u64 = 0x2;
/// Keyword: sockets.
const TRANSPORT: u64 = 0x4;
/// Keyword: keys, by their ids.
const KEY: u64 = 0x8;

/// The registration of the event provider; undone when dropped.
pub(crate) struct Trace(());

impl Trace {
    /// Registers the provider. If that fails there are no events, which is no reason not to start. IRQL: PASSIVE_LEVEL.
    pub(crate) fn register() -> Self {
        let _ = TRACE.register();
        Self(())
    }
}

impl Drop for Trace {
    /// IRQL: PASSIVE_LEVEL.
    fn drop(&mut self) {
        TRACE.unregister();
    }
}

/// Writes an event, if somebody listens. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn event(event: &Event) {
    use Level::{Information, Warning};
    let mut room = [0; SOCKADDR_MAX];
    match *event {
        Event::Opened => trace_event!(TRACE, Information, CONTROL, "Opened"),
        Event::Closed => trace_event!(TRACE, Information, CONTROL, "Closed"),
        Event::ModeSet(mode) => {
            trace_event!(TRACE, Information, CONTROL, "ModeSet", "Mode": &str = mode_name(mode));
        }
        Event::Refused { ioctl, status } => trace_event!(TRACE, Warning, CONTROL, "Refused",
            "ControlCode": &str = ioctl.map_or("unknown", Ioctl::name),
            "Status": NtStatus = NtStatus(status.0),
        ),
        Event::Link { up } => trace_event!(TRACE, Information, CONTROL, "Link", "Up": bool = up),
        Event::PeerAdded { peer, remote } => trace_event!(TRACE, Information, PEER, "PeerAdded",
            "PeerId": u32 = peer.get(),
            "Remote": SocketAddress<'_> = address(remote, &mut room),
        ),
        Event::PeerRemoved { peer, reason } => trace_event!(TRACE, Information, PEER, "PeerRemoved",
            "PeerId": u32 = peer.get(),
            "Reason": &str = reason_name(reason),
        ),
        Event::Expired { peer } => {
            trace_event!(TRACE, Warning, PEER, "Expired", "PeerId": u32 = peer.get());
        }
        Event::Floated { peer, to } => trace_event!(TRACE, Information, PEER, "Floated",
            "PeerId": u32 = peer.get(),
            "Remote": SocketAddress<'_> = address(to, &mut room),
        ),
        Event::PingFailed { peer, status } => trace_event!(TRACE, Warning, PEER, "PingFailed",
            "PeerId": u32 = peer.get(),
            "Status": NtStatus = NtStatus(status.0),
        ),
        Event::Listening { transport, local } => trace_event!(TRACE, Information, TRANSPORT, "Listening",
            "TransportId": u64 = transport.0,
            "Local": SocketAddress<'_> = address(local, &mut room),
        ),
        Event::Connected { transport, status } if status.is_success() => {
            trace_event!(TRACE, Information, TRANSPORT, "Connected", "TransportId": u64 = transport.0);
        }
        Event::Connected { transport, status } => trace_event!(TRACE, Warning, TRANSPORT, "ConnectFailed",
            "TransportId": u64 = transport.0,
            "Status": NtStatus = NtStatus(status.0),
        ),
        Event::TransportClosed { transport, how } => {
            let (how, status) = end_of_stream(how);
            trace_event!(TRACE, Warning, TRANSPORT, "TransportClosed",
                "TransportId": u64 = transport.0,
                "How": &str = how,
                "Status": NtStatus = NtStatus(status),
            );
        }
        Event::KeyInstalled {
            peer,
            slot,
            key_id,
            epoch,
        } => trace_event!(TRACE, Information, KEY, "KeyInstalled",
            "PeerId": u32 = peer.get(),
            "Slot": &str = slot_name(slot),
            "KeyId": u8 = key_id.get(),
            "Epoch": bool = epoch,
        ),
        Event::KeysSwapped { peer } => {
            trace_event!(TRACE, Information, KEY, "KeysSwapped", "PeerId": u32 = peer.get());
        }
        Event::KeyNearEnd { peer } => {
            trace_event!(TRACE, Warning, KEY, "KeyNearEnd", "PeerId": u32 = peer.get());
        }
        // The engine may learn to tell more.
        _ => trace_event!(TRACE, Information, CONTROL, "Other"),
    }
}

/// Bytes of the longest `SOCKADDR`.
const SOCKADDR_MAX: usize = 28;

/// An address as `SOCKADDR`, in `room`.
fn address(address: SocketAddr, room: &mut [u8; SOCKADDR_MAX]) -> SocketAddress<'_> {
    let len = put_sockaddr(address, room).unwrap_or(0);
    SocketAddress(room.get(..len).unwrap_or_default())
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::PointToPoint => "point-to-point",
        Mode::MultiPeer => "multipeer",
    }
}

const fn reason_name(reason: DelPeerReason) -> &'static str {
    match reason {
        DelPeerReason::Teardown => "teardown",
        DelPeerReason::Userspace => "userspace",
        DelPeerReason::Expired => "expired",
        DelPeerReason::TransportError => "transport-error",
        DelPeerReason::TransportDisconnect => "transport-disconnect",
    }
}

const fn slot_name(slot: KeySlot) -> &'static str {
    match slot {
        KeySlot::Primary => "primary",
        KeySlot::Secondary => "secondary",
    }
}

const fn end_of_stream(how: Closed) -> (&'static str, i32) {
    match how {
        Closed::Graceful => ("graceful", 0),
        Closed::Reset => ("reset", 0),
        Closed::Failed(status) => ("failed", status.0),
    }
}
