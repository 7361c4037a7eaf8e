//! Wake and power offloads (netwakesource.h, netpoweroffload.h).
//!
//! Capabilities are accepted under the rules of all capabilities. The machine arms no wake source and hands out no offload, so
//! lists of them are empty, and there are no handles to ask about.

use netcx_sys::netadaptercx::{
    NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES, NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES,
    NET_ADAPTER_WAKE_BITMAP_CAPABILITIES, NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES,
    NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES, NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES,
    NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES, NET_ADAPTER_WAKE_REASON_PACKET, NET_POWER_OFFLOAD_LIST,
    NET_WAKE_SOURCE_LIST,
};

use super::capabilities::before_start;
use super::{adapter, class, device, sized};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::guest::Guest;
use crate::violate;

exports! { "netadaptercx.sys";
    NetAdapterPowerOffloadSetArpCapabilities: PASSIVE..=PASSIVE,
    NetAdapterPowerOffloadSetNSCapabilities: PASSIVE..=PASSIVE,
    NetAdapterWakeSetBitmapCapabilities: PASSIVE..=PASSIVE,
    NetAdapterWakeSetMediaChangeCapabilities: PASSIVE..=PASSIVE,
    NetAdapterWakeSetMagicPacketCapabilities: PASSIVE..=PASSIVE,
    NetAdapterWakeSetPacketFilterCapabilities: PASSIVE..=PASSIVE,
    NetAdapterWakeSetEapolPacketCapabilities: PASSIVE..=PASSIVE,
    NetAdapterReportWakeReasonPacket: PASSIVE..=PASSIVE,
    NetAdapterReportWakeReasonMediaChange: PASSIVE..=PASSIVE,
    NetDeviceGetPowerOffloadList: PASSIVE..=PASSIVE,
    NetPowerOffloadListGetCount: PASSIVE..=PASSIVE,
    NetPowerOffloadListGetElement: PASSIVE..=PASSIVE,
    NetDeviceGetWakeSourceList: PASSIVE..=PASSIVE,
    NetWakeSourceListGetCount: PASSIVE..=PASSIVE,
    NetWakeSourceListGetElement: PASSIVE..=PASSIVE,
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident($structure:ident);)*) => {
        $(
            $(#[$doc])*
            pub extern "win64" fn $name(globals: usize, handle: Handle, capabilities: Guest<$structure>) {
                class::check(globals);
                let adapter = adapter::of(handle);
                sized(capabilities, stringify!($structure));
                drop(before_start(&adapter, stringify!($name)));
            }
        )*
    };
}

capabilities! {
    /// `NetAdapterPowerOffloadSetArpCapabilities`: before the start.
    NetAdapterPowerOffloadSetArpCapabilities(NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES);
    /// `NetAdapterPowerOffloadSetNSCapabilities`: before the start.
    NetAdapterPowerOffloadSetNSCapabilities(NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES);
    /// `NetAdapterWakeSetBitmapCapabilities`: before the start.
    NetAdapterWakeSetBitmapCapabilities(NET_ADAPTER_WAKE_BITMAP_CAPABILITIES);
    /// `NetAdapterWakeSetMediaChangeCapabilities`: before the start.
    NetAdapterWakeSetMediaChangeCapabilities(NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES);
    /// `NetAdapterWakeSetMagicPacketCapabilities`: before the start.
    NetAdapterWakeSetMagicPacketCapabilities(NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES);
    /// `NetAdapterWakeSetPacketFilterCapabilities`: before the start.
    NetAdapterWakeSetPacketFilterCapabilities(NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES);
    /// `NetAdapterWakeSetEapolPacketCapabilities`: before the start.
    NetAdapterWakeSetEapolPacketCapabilities(NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES);
}

/// `NetAdapterReportWakeReasonPacket`: noted.
pub extern "win64" fn NetAdapterReportWakeReasonPacket(
    globals: usize,
    handle: Handle,
    reason: Guest<NET_ADAPTER_WAKE_REASON_PACKET>,
) {
    class::check(globals);
    let _ = adapter::of(handle);
    sized(reason, "NET_ADAPTER_WAKE_REASON_PACKET");
}

/// `NetAdapterReportWakeReasonMediaChange`: noted.
pub extern "win64" fn NetAdapterReportWakeReasonMediaChange(globals: usize, handle: Handle, _state: i32) {
    class::check(globals);
    let _ = adapter::of(handle);
}

/// `NetDeviceGetPowerOffloadList`: an empty one.
pub extern "win64" fn NetDeviceGetPowerOffloadList(
    globals: usize,
    handle: Handle,
    list: Guest<NET_POWER_OFFLOAD_LIST>,
) {
    class::check(globals);
    let _ = device::of(handle);
    sized(list, "NET_POWER_OFFLOAD_LIST");
}

/// `NetPowerOffloadListGetCount`.
pub extern "win64" fn NetPowerOffloadListGetCount(
    globals: usize,
    list: Guest<NET_POWER_OFFLOAD_LIST>,
) -> usize {
    class::check(globals);
    sized(list, "NET_POWER_OFFLOAD_LIST");
    0
}

/// `NetPowerOffloadListGetElement`: there is none.
pub extern "win64" fn NetPowerOffloadListGetElement(globals: usize, _list: usize, index: usize) -> Handle {
    class::check(globals);
    violate!(PARAMETER, "the list of power offloads has no element {index}");
    0
}

/// `NetDeviceGetWakeSourceList`: an empty one.
pub extern "win64" fn NetDeviceGetWakeSourceList(
    globals: usize,
    handle: Handle,
    list: Guest<NET_WAKE_SOURCE_LIST>,
) {
    class::check(globals);
    let _ = device::of(handle);
    sized(list, "NET_WAKE_SOURCE_LIST");
}

/// `NetWakeSourceListGetCount`.
pub extern "win64" fn NetWakeSourceListGetCount(globals: usize, list: Guest<NET_WAKE_SOURCE_LIST>) -> usize {
    class::check(globals);
    sized(list, "NET_WAKE_SOURCE_LIST");
    0
}

/// `NetWakeSourceListGetElement`: there is none.
pub extern "win64" fn NetWakeSourceListGetElement(globals: usize, _list: usize, index: usize) -> Handle {
    class::check(globals);
    violate!(PARAMETER, "the list of wake sources has no element {index}");
    0
}
