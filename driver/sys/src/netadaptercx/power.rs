//! Wake and power offloads (netwakesource.h, netpoweroffload.h), device resets and device power policy (netdevice.h).

use super::adapter::NET_ADAPTER_LINK_LAYER_ADDRESS;
use super::handle::{NETPOWEROFFLOAD, NETWAKESOURCE, WDFDEVICE, WDFMEMORY};
use crate::scalar::{BOOLEAN, NTSTATUS, PVOID, SIZE_T, UCHAR, ULONG};
use crate::wdm::GUID;

callbacks! {
    /// `EVT_NET_DEVICE_PREVIEW_WAKE_SOURCE`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_DEVICE_PREVIEW_WAKE_SOURCE = fn(Device: WDFDEVICE, WakeSource: NETWAKESOURCE) -> NTSTATUS;
    /// `EVT_NET_DEVICE_PREVIEW_POWER_OFFLOAD`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_DEVICE_PREVIEW_POWER_OFFLOAD = fn(Device: WDFDEVICE, Offload: NETPOWEROFFLOAD) -> NTSTATUS;
    /// `EVT_NET_DEVICE_COLLECT_RESET_DIAGNOSTICS` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_DEVICE_COLLECT_RESET_DIAGNOSTICS = fn(Device: WDFDEVICE);
}

c_enums! {
    /// Kind of power offload.
    NET_POWER_OFFLOAD_TYPE {
        /// ARP.
        NetPowerOffloadTypeArp = 1,
        /// IPv6 neighbour solicitation.
        NetPowerOffloadTypeNS = 2,
    }

    /// Kind of wake source.
    NET_WAKE_SOURCE_TYPE {
        /// A bit pattern.
        NetWakeSourceTypeBitmapPattern = 1,
        /// A magic packet.
        NetWakeSourceTypeMagicPacket = 2,
        /// The link going up or down.
        NetWakeSourceTypeMediaChange = 3,
        /// Any packet that the receive filter lets in.
        NetWakeSourceTypePacketFilterMatch = 4,
        /// An EAPOL packet (2.1 and later).
        NetWakeSourceTypeEapolPacket = 5,
    }

    /// Pattern ids that are not the driver's own (2.1 and later).
    NET_ADAPTER_WAKE_PATTERN_ID {
        /// The magic packet.
        NetAdapterWakeMagicPatternId = 0xFFFE,
        /// An EAPOL packet.
        NetAdapterWakeEapolPatternId = 0xFFFD,
        /// The receive filter.
        NetAdapterWakeFilterPatternId = 0xFFFC,
    }
}

c_structs! {
    /// An IPv4 address in network order.
    #[derive(Debug, PartialEq, Eq)]
    #[repr(align(4))]
    struct NET_IPV4_ADDRESS {
        /// The bytes.
        Value: [u8; 4] => ["Address": Value, "Value": Value],
    }

    /// An IPv6 address in network order.
    #[derive(Debug, PartialEq, Eq)]
    #[repr(align(8))]
    struct NET_IPV6_ADDRESS {
        /// The bytes.
        Value: [u8; 16] => ["Unicast": Value, "Value": Value],
    }

    /// 48-bit link layer address (2.1 and later).
    #[derive(Debug, PartialEq, Eq)]
    struct NET_EUI48_ADDRESS {
        /// The bytes.
        Value: [u8; 6],
    }

    /// Callbacks that see wake sources and offloads before they are used.
    #[derive(Debug)]
    struct NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS {
        /// Size of the structure.
        Size: ULONG,
        /// Optional.
        EvtDevicePreviewBitmapPattern: PFN_NET_DEVICE_PREVIEW_WAKE_SOURCE,
        /// Optional.
        EvtDevicePreviewArpOffload: PFN_NET_DEVICE_PREVIEW_POWER_OFFLOAD,
        /// Optional.
        EvtDevicePreviewNSOffload: PFN_NET_DEVICE_PREVIEW_POWER_OFFLOAD,
    }

    /// Reset diagnostics (2.1 and later).
    #[derive(Debug)]
    struct NET_DEVICE_RESET_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Names the format of the diagnostics.
        ResetDiagnosticsGuid: GUID,
        /// Collects them.
        EvtNetDeviceCollectResetDiagnostics: PFN_NET_DEVICE_COLLECT_RESET_DIAGNOSTICS,
    }

    /// ARP offload.
    #[derive(Debug)]
    struct NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether there is one.
        ArpOffload: BOOLEAN,
        /// How many addresses.
        MaximumOffloadCount: SIZE_T,
    }

    /// Neighbour solicitation offload.
    #[derive(Debug)]
    struct NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether there is one.
        NSOffload: BOOLEAN,
        /// How many addresses.
        MaximumOffloadCount: SIZE_T,
    }

    /// Wake on a bit pattern.
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_BITMAP_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether supported.
        BitmapPattern: BOOLEAN,
        /// How many patterns.
        MaximumPatternCount: SIZE_T,
        /// Bytes of a pattern, at most.
        MaximumPatternSize: SIZE_T,
    }

    /// Wake on a change of the link.
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// When it goes up.
        MediaConnect: BOOLEAN,
        /// When it goes down.
        MediaDisconnect: BOOLEAN,
    }

    /// Wake on a magic packet.
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether supported.
        MagicPacket: BOOLEAN,
    }

    /// Wake on an EAPOL packet (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether supported.
        EapolPacket: BOOLEAN,
    }

    /// Wake on a received packet.
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether supported.
        PacketFilterMatch: BOOLEAN,
    }

    /// The packet that woke the machine.
    #[derive(Debug)]
    struct NET_ADAPTER_WAKE_REASON_PACKET {
        /// Size of the structure.
        Size: ULONG,
        /// The pattern's id.
        PatternId: ULONG,
        /// Bytes on the wire.
        OriginalPacketSize: ULONG,
        /// What the device kept of it.
        WakePacket: WDFMEMORY,
    }

    /// An ARP offload.
    #[derive(Debug)]
    struct NET_POWER_OFFLOAD_ARP_PARAMETERS {
        /// Size of the structure.
        Size: ULONG,
        /// Its id.
        Id: ULONG,
        /// Who asks; 0: anyone.
        RemoteIPv4Address: NET_IPV4_ADDRESS,
        /// Who is asked for.
        HostIPv4Address: NET_IPV4_ADDRESS,
        /// The answer.
        LinkLayerAddress: NET_ADAPTER_LINK_LAYER_ADDRESS,
    }

    /// A neighbour solicitation offload.
    #[derive(Debug)]
    struct NET_POWER_OFFLOAD_NS_PARAMETERS {
        /// Size of the structure.
        Size: ULONG,
        /// Its id.
        Id: ULONG,
        /// Who asks; 0: anyone.
        RemoteIPv6Address: NET_IPV6_ADDRESS,
        /// The multicast address that the question goes to.
        SolicitedNodeIPv6Address: NET_IPV6_ADDRESS,
        /// Who is asked for.
        TargetIPv6Addresses: [NET_IPV6_ADDRESS; 2],
        /// The answer.
        LinkLayerAddress: NET_ADAPTER_LINK_LAYER_ADDRESS,
    }

    /// A list of power offloads, filled in by `NetDeviceGetPowerOffloadList`.
    #[derive(Debug)]
    struct NET_POWER_OFFLOAD_LIST {
        /// Size of the structure.
        Size: ULONG,
        /// The framework's.
        Reserved: [PVOID; 4],
    }

    /// A list of wake sources, filled in by `NetDeviceGetWakeSourceList`.
    #[derive(Debug)]
    struct NET_WAKE_SOURCE_LIST {
        /// Size of the structure.
        Size: ULONG,
        /// The framework's.
        Reserved: [PVOID; 4],
    }

    /// A bit pattern.
    #[derive(Debug)]
    struct NET_WAKE_SOURCE_BITMAP_PARAMETERS {
        /// Size of the structure.
        Size: ULONG,
        /// Its id.
        Id: ULONG,
        /// The pattern.
        Pattern: *const UCHAR,
        /// Its size in bytes.
        PatternSize: SIZE_T,
        /// Which bytes of it count, one bit each.
        Mask: *const UCHAR,
        /// Its size in bytes.
        MaskSize: SIZE_T,
    }

    /// Which changes of the link wake.
    #[derive(Debug)]
    struct NET_WAKE_SOURCE_MEDIA_CHANGE_PARAMETERS {
        /// Size of the structure.
        Size: ULONG,
        /// Going up.
        MediaConnect: BOOLEAN,
        /// Going down.
        MediaDisconnect: BOOLEAN,
    }
}
