//! Offloads (netadapteroffload.h): checksum, segmentation (GSO), coalescing (RSC), 802.1Q, transmit demultiplexing.
//!
//! A driver bound with 2.0 has only [`NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES`]; one bound with 2.1 or later must not
//! use that one, and has the others.

use super::handle::{NETADAPTER, NETOFFLOAD};
use crate::scalar::{BOOLEAN, SIZE_T, ULONG};

callbacks! {
    /// `EVT_NET_ADAPTER_OFFLOAD_SET_CHECKSUM` (2.0): the active offloads have changed; `Offload` is valid only here.
    /// IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_OFFLOAD_SET_CHECKSUM = fn(Adapter: NETADAPTER, Offload: NETOFFLOAD);
    /// `EVT_NET_ADAPTER_OFFLOAD_SET_TX_CHECKSUM` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_OFFLOAD_SET_TX_CHECKSUM = fn(Adapter: NETADAPTER, Offload: NETOFFLOAD);
    /// `EVT_NET_ADAPTER_OFFLOAD_SET_RX_CHECKSUM` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_OFFLOAD_SET_RX_CHECKSUM = fn(Adapter: NETADAPTER, Offload: NETOFFLOAD);
    /// `EVT_NET_ADAPTER_OFFLOAD_SET_GSO` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_OFFLOAD_SET_GSO = fn(Adapter: NETADAPTER, Offload: NETOFFLOAD);
    /// `EVT_NET_ADAPTER_OFFLOAD_SET_RSC` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_OFFLOAD_SET_RSC = fn(Adapter: NETADAPTER, Offload: NETOFFLOAD);
}

c_flags! {
    /// IP headers that an offload can deal with.
    NET_ADAPTER_OFFLOAD_LAYER3_FLAGS {
        /// IPv4 without options; mandatory.
        NetAdapterOffloadLayer3FlagIPv4NoOptions = 1,
        /// IPv4 with options; needs the one without.
        NetAdapterOffloadLayer3FlagIPv4WithOptions = 2,
        /// IPv6 without extension headers.
        NetAdapterOffloadLayer3FlagIPv6NoExtensions = 4,
        /// IPv6 with extension headers; needs the one without.
        NetAdapterOffloadLayer3FlagIPv6WithExtensions = 8,
    }

    /// Layer 4 headers that an offload can deal with.
    NET_ADAPTER_OFFLOAD_LAYER4_FLAGS {
        /// TCP without options.
        NetAdapterOffloadLayer4FlagTcpNoOptions = 1,
        /// TCP with options; needs the one without.
        NetAdapterOffloadLayer4FlagTcpWithOptions = 2,
        /// UDP.
        NetAdapterOffloadLayer4FlagUdp = 4,
    }

    /// What of an 802.1Q tag the driver handles.
    NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_FLAGS {
        /// The priority.
        NetAdapterOffloadIeee8021PriorityTaggingFlag = 1,
        /// The VLAN.
        NetAdapterOffloadIeee8021VlanTaggingFlag = 2,
    }
}

c_enums! {
    /// What transmit queues are chosen by.
    NET_ADAPTER_TX_DEMUX_TYPE {
        /// 802.1p priority.
        NetAdapterTxDemuxType8021p = 1,
    }
}

c_structs! {
    /// Checksum offload of 2.0.
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// IPv4 header checksum.
        IPv4: BOOLEAN,
        /// TCP checksum.
        Tcp: BOOLEAN,
        /// UDP checksum.
        Udp: BOOLEAN,
        /// Called when the active offloads change.
        EvtAdapterOffloadSetChecksum: PFN_NET_ADAPTER_OFFLOAD_SET_CHECKSUM,
    }

    /// Checksum offload on transmit (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Mandatory.
        Layer3Flags: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        /// Need layer 3 flags.
        Layer4Flags: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
        /// Bytes in front of the layer 3 header, at most; 0: no limit.
        Layer3HeaderOffsetLimit: u16,
        /// Bytes in front of the layer 4 header, at most; 0: no limit.
        Layer4HeaderOffsetLimit: u16,
        /// Called when the active offloads change.
        EvtAdapterOffloadSetTxChecksum: PFN_NET_ADAPTER_OFFLOAD_SET_TX_CHECKSUM,
    }

    /// Checksum offload on receive (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Called when the active offloads change.
        EvtAdapterOffloadSetRxChecksum: PFN_NET_ADAPTER_OFFLOAD_SET_RX_CHECKSUM,
    }

    /// Segmentation on transmit (2.1 and later): TCP flags are LSO, the UDP flag is USO.
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// IP headers.
        Layer3Flags: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        /// Layer 4 headers.
        Layer4Flags: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
        /// Bytes in front of the layer 4 header, at most; 0: no limit.
        Layer4HeaderOffsetLimit: u16,
        /// Bytes of payload of one packet to be segmented, at most; not 0.
        MaximumOffloadSize: SIZE_T,
        /// Packets that make fewer segments are segmented by the stack; not 0.
        MinimumSegmentCount: SIZE_T,
        /// Called when the active offloads change.
        EvtAdapterOffloadSetGso: PFN_NET_ADAPTER_OFFLOAD_SET_GSO,
    }

    /// Coalescing on receive (2.1 and later): TCP flags are RSC, the UDP flag, from 2.5 on, is URO.
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// IP headers.
        Layer3Flags: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        /// Layer 4 headers.
        Layer4Flags: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
        /// Whether segments with different timestamps are coalesced.
        TcpTimestampOption: BOOLEAN,
        /// Called when the active offloads change.
        EvtAdapterOffloadSetRsc: PFN_NET_ADAPTER_OFFLOAD_SET_RSC,
    }

    /// 802.1Q tags (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// What the driver handles.
        Flags: NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_FLAGS,
    }

    /// Several transmit queues (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_TX_DEMUX {
        /// Size of the structure.
        Size: ULONG,
        /// What a queue is chosen by.
        Type: NET_ADAPTER_TX_DEMUX_TYPE,
        /// Number of values; for 802.1p 2 to 8.
        Range: u8,
    }
}

impl NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES {
    /// `NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES_INIT` (2.0).
    #[must_use]
    pub const fn new(
        ipv4: bool,
        tcp: bool,
        udp: bool,
        set_checksum: PFN_NET_ADAPTER_OFFLOAD_SET_CHECKSUM,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            IPv4: ipv4 as BOOLEAN,
            Tcp: tcp as BOOLEAN,
            Udp: udp as BOOLEAN,
            EvtAdapterOffloadSetChecksum: set_checksum,
        }
    }
}

impl NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES {
    /// `NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES_INIT`.
    #[must_use]
    pub const fn new(
        layer3: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        set_tx_checksum: PFN_NET_ADAPTER_OFFLOAD_SET_TX_CHECKSUM,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            Layer3Flags: layer3,
            Layer4Flags: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS::NONE,
            Layer3HeaderOffsetLimit: 0,
            Layer4HeaderOffsetLimit: 0,
            EvtAdapterOffloadSetTxChecksum: set_tx_checksum,
        }
    }
}

impl NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES {
    /// `NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES_INIT`.
    #[must_use]
    pub const fn new(set_rx_checksum: PFN_NET_ADAPTER_OFFLOAD_SET_RX_CHECKSUM) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            EvtAdapterOffloadSetRxChecksum: set_rx_checksum,
        }
    }
}

impl NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES {
    /// `NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES_INIT`.
    #[must_use]
    pub const fn new(
        layer3: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        layer4: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
        maximum_offload_size: SIZE_T,
        minimum_segment_count: SIZE_T,
        set_gso: PFN_NET_ADAPTER_OFFLOAD_SET_GSO,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            Layer3Flags: layer3,
            Layer4Flags: layer4,
            Layer4HeaderOffsetLimit: 0,
            MaximumOffloadSize: maximum_offload_size,
            MinimumSegmentCount: minimum_segment_count,
            EvtAdapterOffloadSetGso: set_gso,
        }
    }
}

impl NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES {
    /// `NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES_INIT`.
    #[must_use]
    pub const fn new(
        layer3: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS,
        layer4: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
        set_rsc: PFN_NET_ADAPTER_OFFLOAD_SET_RSC,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            Layer3Flags: layer3,
            Layer4Flags: layer4,
            TcpTimestampOption: 0,
            EvtAdapterOffloadSetRsc: set_rsc,
        }
    }
}
