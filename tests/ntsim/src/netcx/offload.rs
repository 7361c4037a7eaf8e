//! Offloads (netadapteroffload.h): what a driver offers, and what it is told of the active ones.
//!
//! An offload that the INF doesn't turn off is active as soon as the adapter starts, so the driver's callbacks run once, before
//! the queues are made. Handles to the active offloads are valid inside of these callbacks only.

use std::cell::Cell;
use std::sync::Arc;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES, NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES,
    NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES, NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES,
    NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES, NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES, NETADAPTER,
    NETOFFLOAD,
};

use super::adapter::{self, Adapter};
use super::capabilities::before_start;
use super::rules::bugcheck;
use super::{class, sized};
use crate::abi::kmdf::Handle;
use crate::cpu::callback;
use crate::exports;
use crate::guest::Guest;
use crate::violate;

exports! { "netadaptercx.sys";
    NetAdapterOffloadSetChecksumCapabilities: PASSIVE..=PASSIVE,
    NetAdapterOffloadSetTxChecksumCapabilities: PASSIVE..=PASSIVE,
    NetAdapterOffloadSetRxChecksumCapabilities: PASSIVE..=PASSIVE,
    NetAdapterOffloadSetGsoCapabilities: PASSIVE..=PASSIVE,
    NetAdapterOffloadSetRscCapabilities: PASSIVE..=PASSIVE,
    NetAdapterOffloadSetIeee8021qTagCapabilities: PASSIVE..=PASSIVE,
    NetOffloadIsChecksumIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsChecksumTcpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsChecksumUdpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsTxChecksumIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsTxChecksumTcpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsTxChecksumUdpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsRxChecksumIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsRxChecksumTcpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsRxChecksumUdpEnabled: PASSIVE..=PASSIVE,
    NetOffloadIsLsoIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsLsoIPv6Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsUsoIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsUsoIPv6Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsTcpRscIPv4Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsTcpRscIPv6Enabled: PASSIVE..=PASSIVE,
    NetOffloadIsRscTcpTimestampOptionEnabled: PASSIVE..=PASSIVE,
}

const L3_IPV4: i32 = 1;
const L3_IPV4_OPTIONS: i32 = 2;
const L3_IPV6: i32 = 4;
const L3_IPV6_EXTENSIONS: i32 = 8;
const L4_TCP: i32 = 1;
const L4_TCP_OPTIONS: i32 = 2;
const L4_UDP: i32 = 4;
/// Not an address.
const FIRST_HANDLE: usize = 0x9200_0000_0000_0000;

type Changed = unsafe extern "win64" fn(NETADAPTER, NETOFFLOAD);

/// One offload: which headers it can deal with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// NET_ADAPTER_OFFLOAD_LAYER3_FLAGS
    pub layer3: i32,
    /// NET_ADAPTER_OFFLOAD_LAYER4_FLAGS
    pub layer4: i32,
}

impl Headers {
    fn ipv4(self) -> bool {
        self.layer3 & L3_IPV4 != 0
    }
    fn ipv6(self) -> bool {
        self.layer3 & L3_IPV6 != 0
    }
    fn tcp(self) -> bool {
        self.layer4 & L4_TCP != 0
    }
    fn udp(self) -> bool {
        self.layer4 & L4_UDP != 0
    }

    /// Whether a packet of this kind is covered.
    pub(super) fn cover(self, ipv6: bool, udp: bool) -> bool {
        (if ipv6 { self.ipv6() } else { self.ipv4() }) && (if udp { self.udp() } else { self.tcp() })
    }

    /// "With options" needs "without", layer 4 needs layer 3.
    fn check(self, what: &str) {
        let needs = [
            (self.layer3, L3_IPV4_OPTIONS, L3_IPV4),
            (self.layer3, L3_IPV6_EXTENSIONS, L3_IPV6),
            (self.layer4, L4_TCP_OPTIONS, L4_TCP),
        ];
        if needs
            .iter()
            .any(|(flags, with, without)| flags & with != 0 && flags & without == 0)
        {
            bugcheck!(
                NET_CAPABILITIES,
                "{what}: options without the plain header ({self:?})"
            );
        }
        if self.layer3 == 0 {
            bugcheck!(NET_CAPABILITIES, "{what} without a layer 3 flag ({self:?})");
        }
    }
}

/// What the driver offers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offloads {
    /// Checksums on transmit.
    pub tx_checksum: Option<Headers>,
    /// Checksums on receive are told.
    pub rx_checksum: bool,
    /// Segmentation: headers, largest payload, fewest segments.
    pub gso: Option<(Headers, usize, usize)>,
    /// Coalescing.
    pub rsc: Option<Headers>,
    /// Coalescing across timestamps.
    pub rsc_timestamp: bool,
    /// 802.1Q tags.
    pub tags: bool,
    callbacks: [Option<(Kind, Changed)>; 5],
}

/// Kinds of active offloads that a handle may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Checksum,
    TxChecksum,
    RxChecksum,
    Gso,
    Rsc,
}

thread_local! {
    /// The active offloads that the running callback may ask about.
    static ACTIVE: Cell<Option<(Kind, Offloads)>> = const { Cell::new(None) };
}

impl Offloads {
    fn set(&mut self, kind: Kind, callback: Option<Changed>) {
        self.callbacks[kind as usize] = callback.map(|callback| (kind, callback));
    }
}

/// Tells the driver which offloads are active: all that it offers. PASSIVE_LEVEL.
pub(super) fn indicate(adapter: &Arc<Adapter>) {
    let offloads = adapter.settings.lock().offloads;
    for (kind, callback) in offloads.callbacks.into_iter().flatten() {
        ACTIVE.set(Some((kind, offloads)));
        let handle: NETOFFLOAD = std::ptr::without_provenance_mut(FIRST_HANDLE + kind as usize * 0x1000);
        callback::invoke("EvtAdapterOffloadSet", || {
            // SAFETY: the driver's callback; adapter and handle are valid while it runs.
            unsafe { callback(adapter.handle(), handle) }
        });
        ACTIVE.set(None);
    }
}

/// Answers a question about the active offloads.
fn ask(globals: usize, handle: usize, kinds: &[Kind], answer: impl FnOnce(&Offloads) -> bool) -> u8 {
    class::check(globals);
    let active = ACTIVE.get();
    let valid =
        active.filter(|(kind, _)| kinds.contains(kind) && handle == FIRST_HANDLE + *kind as usize * 0x1000);
    let Some((_, offloads)) = valid else {
        violate!(
            NET_CALLBACK_HANDLE,
            "NETOFFLOAD {handle:#x} is not the one of a callback that runs on this thread"
        );
        return 0;
    };
    u8::from(answer(&offloads))
}

/// `NetAdapterOffloadSetChecksumCapabilities`: for clients of 2.0 only (0x19E DeprecatedFunction).
pub extern "win64" fn NetAdapterOffloadSetChecksumCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES>,
) {
    let client = class::client(globals);
    if client.minor > 0 {
        bugcheck!(
            NET_DEPRECATED,
            "NetAdapterOffloadSetChecksumCapabilities by a client of 2.{}",
            client.minor
        );
    }
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES");
    let this = capabilities.read();
    let headers = Headers {
        layer3: if this.IPv4 != 0 {
            L3_IPV4 | L3_IPV6
        } else {
            L3_IPV6
        },
        layer4: (i32::from(this.Tcp != 0) * L4_TCP) | (i32::from(this.Udp != 0) * L4_UDP),
    };
    let mut settings = before_start(&adapter, "NetAdapterOffloadSetChecksumCapabilities");
    settings.offloads.tx_checksum = Some(headers);
    settings.offloads.rx_checksum = true;
    settings
        .offloads
        .set(Kind::Checksum, this.EvtAdapterOffloadSetChecksum);
}

/// `NetAdapterOffloadSetTxChecksumCapabilities`: layer 3 flags are mandatory.
pub extern "win64" fn NetAdapterOffloadSetTxChecksumCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES");
    let this = capabilities.read();
    let headers = Headers {
        layer3: this.Layer3Flags.0,
        layer4: this.Layer4Flags.0,
    };
    headers.check("transmit checksum");
    let mut settings = before_start(&adapter, "NetAdapterOffloadSetTxChecksumCapabilities");
    settings.offloads.tx_checksum = Some(headers);
    settings
        .offloads
        .set(Kind::TxChecksum, this.EvtAdapterOffloadSetTxChecksum);
}

/// `NetAdapterOffloadSetRxChecksumCapabilities`.
pub extern "win64" fn NetAdapterOffloadSetRxChecksumCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES");
    let this = capabilities.read();
    let mut settings = before_start(&adapter, "NetAdapterOffloadSetRxChecksumCapabilities");
    settings.offloads.rx_checksum = true;
    settings
        .offloads
        .set(Kind::RxChecksum, this.EvtAdapterOffloadSetRxChecksum);
}

/// `NetAdapterOffloadSetGsoCapabilities`: a size and a count that aren't 0 (0x19E 42).
pub extern "win64" fn NetAdapterOffloadSetGsoCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES");
    let this = capabilities.read();
    let headers = Headers {
        layer3: this.Layer3Flags.0,
        layer4: this.Layer4Flags.0,
    };
    headers.check("segmentation");
    if this.MaximumOffloadSize == 0 || this.MinimumSegmentCount == 0 {
        bugcheck!(NET_CAPABILITIES, "segmentation without size or count: {this:?}");
    }
    let mut settings = before_start(&adapter, "NetAdapterOffloadSetGsoCapabilities");
    settings.offloads.gso = Some((headers, this.MaximumOffloadSize, this.MinimumSegmentCount));
    settings.offloads.set(Kind::Gso, this.EvtAdapterOffloadSetGso);
}

/// `NetAdapterOffloadSetRscCapabilities`: UDP came with 2.5 only.
pub extern "win64" fn NetAdapterOffloadSetRscCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES");
    let this = capabilities.read();
    let headers = Headers {
        layer3: this.Layer3Flags.0,
        layer4: this.Layer4Flags.0,
    };
    headers.check("coalescing");
    if headers.udp() {
        bugcheck!(NET_CAPABILITIES, "UDP is coalesced from 2.5 on only");
    }
    let mut settings = before_start(&adapter, "NetAdapterOffloadSetRscCapabilities");
    settings.offloads.rsc = Some(headers);
    settings.offloads.rsc_timestamp = this.TcpTimestampOption != 0;
    settings.offloads.set(Kind::Rsc, this.EvtAdapterOffloadSetRsc);
}

/// `NetAdapterOffloadSetIeee8021qTagCapabilities`: recorded; medium IP has no tags.
pub extern "win64" fn NetAdapterOffloadSetIeee8021qTagCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES");
    let tags = capabilities.read().Flags.0 != 0;
    before_start(&adapter, "NetAdapterOffloadSetIeee8021qTagCapabilities")
        .offloads
        .tags = tags;
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident($($kind:ident)|+) = $answer:expr;)*) => {
        $(
            $(#[$doc])*
            pub extern "win64" fn $name(globals: usize, offload: usize) -> u8 {
                let answer: fn(&Offloads) -> bool = $answer;
                ask(globals, offload, &[$(Kind::$kind),+], answer)
            }
        )*
    };
}

questions! {
    /// `NetOffloadIsChecksumIPv4Enabled`
    NetOffloadIsChecksumIPv4Enabled(Checksum) = |o| o.tx_checksum.is_some_and(Headers::ipv4);
    /// `NetOffloadIsChecksumTcpEnabled`
    NetOffloadIsChecksumTcpEnabled(Checksum) = |o| o.tx_checksum.is_some_and(Headers::tcp);
    /// `NetOffloadIsChecksumUdpEnabled`
    NetOffloadIsChecksumUdpEnabled(Checksum) = |o| o.tx_checksum.is_some_and(Headers::udp);
    /// `NetOffloadIsTxChecksumIPv4Enabled`
    NetOffloadIsTxChecksumIPv4Enabled(TxChecksum) = |o| o.tx_checksum.is_some_and(Headers::ipv4);
    /// `NetOffloadIsTxChecksumTcpEnabled`
    NetOffloadIsTxChecksumTcpEnabled(TxChecksum) = |o| o.tx_checksum.is_some_and(Headers::tcp);
    /// `NetOffloadIsTxChecksumUdpEnabled`
    NetOffloadIsTxChecksumUdpEnabled(TxChecksum) = |o| o.tx_checksum.is_some_and(Headers::udp);
    /// `NetOffloadIsRxChecksumIPv4Enabled`
    NetOffloadIsRxChecksumIPv4Enabled(RxChecksum) = |o| o.rx_checksum;
    /// `NetOffloadIsRxChecksumTcpEnabled`
    NetOffloadIsRxChecksumTcpEnabled(RxChecksum) = |o| o.rx_checksum;
    /// `NetOffloadIsRxChecksumUdpEnabled`
    NetOffloadIsRxChecksumUdpEnabled(RxChecksum) = |o| o.rx_checksum;
    /// `NetOffloadIsLsoIPv4Enabled`
    NetOffloadIsLsoIPv4Enabled(Gso) = |o| o.gso.is_some_and(|(h, ..)| h.cover(false, false));
    /// `NetOffloadIsLsoIPv6Enabled`
    NetOffloadIsLsoIPv6Enabled(Gso) = |o| o.gso.is_some_and(|(h, ..)| h.cover(true, false));
    /// `NetOffloadIsUsoIPv4Enabled`
    NetOffloadIsUsoIPv4Enabled(Gso) = |o| o.gso.is_some_and(|(h, ..)| h.cover(false, true));
    /// `NetOffloadIsUsoIPv6Enabled`
    NetOffloadIsUsoIPv6Enabled(Gso) = |o| o.gso.is_some_and(|(h, ..)| h.cover(true, true));
    /// `NetOffloadIsTcpRscIPv4Enabled`
    NetOffloadIsTcpRscIPv4Enabled(Rsc) = |o| o.rsc.is_some_and(|h| h.cover(false, false));
    /// `NetOffloadIsTcpRscIPv6Enabled`
    NetOffloadIsTcpRscIPv6Enabled(Rsc) = |o| o.rsc.is_some_and(|h| h.cover(true, false));
    /// `NetOffloadIsRscTcpTimestampOptionEnabled`
    NetOffloadIsRscTcpTimestampOptionEnabled(Rsc) = |o| o.rsc_timestamp;
}
