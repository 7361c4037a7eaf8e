//! Adapters (netadapter.h): data path capabilities, link state, link layer address.

use super::handle::{
    NET_FRAGMENT_RETURN_CONTEXT_HANDLE, NETADAPTER, NETRECEIVEFILTER, NETRXQUEUE_INIT, NETTXQUEUE_INIT,
    NODE_REQUIREMENT, WDF_TRI_STATE, WDFDMAENABLER,
};
use crate::scalar::{NTSTATUS, SIZE_T, UCHAR, ULONG, ULONGLONG, USHORT};
use crate::wdm::{GUID, LARGE_INTEGER};

/// Device interface class of network adapters. A driver's control interface under it needs a reference string.
pub const GUID_DEVINTERFACE_NET: GUID = GUID::from_u128(0xCAC88484_7515_4C03_82E6_71A87ABAC361);

callbacks! {
    /// `EVT_NET_ADAPTER_CREATE_TXQUEUE`: creates a transmit queue, by exactly one `NetTxQueueCreate` on this thread.
    /// IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_CREATE_TXQUEUE = fn(Adapter: NETADAPTER, TxQueueInit: *mut NETTXQUEUE_INIT) -> NTSTATUS;
    /// `EVT_NET_ADAPTER_CREATE_RXQUEUE`: creates a receive queue, by exactly one `NetRxQueueCreate` on this thread.
    /// IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_CREATE_RXQUEUE = fn(Adapter: NETADAPTER, RxQueueInit: *mut NETRXQUEUE_INIT) -> NTSTATUS;
    /// `EVT_NET_ADAPTER_RETURN_RX_BUFFER`: the stack is done with a driver-managed receive buffer. Serialised with the
    /// queue's `EvtPacketQueueAdvance`. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_NET_ADAPTER_RETURN_RX_BUFFER =
        fn(Adapter: NETADAPTER, ReturnContext: NET_FRAGMENT_RETURN_CONTEXT_HANDLE);
    /// `EVT_NET_ADAPTER_SET_RECEIVE_FILTER` (2.1 and later): the filter, valid on this thread only, has changed.
    /// IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_SET_RECEIVE_FILTER = fn(Adapter: NETADAPTER, ReceiveFilter: NETRECEIVEFILTER);
}

c_enums! {
    /// Whether fragments must be mapped for DMA.
    NET_MEMORY_MAPPING_REQUIREMENT {
        /// No.
        NetMemoryMappingRequirementNone = 0,
        /// Yes; needs DMA capabilities.
        NetMemoryMappingRequirementDmaMapped = 1,
    }

    /// Who allocates receive buffers.
    NET_RX_FRAGMENT_BUFFER_ALLOCATION_MODE {
        /// The framework.
        NetRxFragmentBufferAllocationModeSystem = 0,
        /// The driver.
        NetRxFragmentBufferAllocationModeDriver = 1,
    }

    /// Who attaches receive buffers to fragments.
    NET_RX_FRAGMENT_BUFFER_ATTACHMENT_MODE {
        /// The framework, before it posts the fragment.
        NetRxFragmentBufferAttachmentModeSystem = 0,
        /// The driver, before it gives the fragment back.
        NetRxFragmentBufferAttachmentModeDriver = 1,
    }

    /// Pause frames.
    NET_ADAPTER_PAUSE_FUNCTION_TYPE {
        /// Neither direction.
        NetAdapterPauseFunctionTypeUnsupported = 0,
        /// Sends them.
        NetAdapterPauseFunctionTypeSendOnly = 1,
        /// Obeys them.
        NetAdapterPauseFunctionTypeReceiveOnly = 2,
        /// Both.
        NetAdapterPauseFunctionTypeSendAndReceive = 3,
        /// Not known.
        NetAdapterPauseFunctionTypeUnknown = 4,
    }

    /// Whether there is a link.
    NET_IF_MEDIA_CONNECT_STATE {
        /// Not known.
        MediaConnectStateUnknown = 0,
        /// Yes.
        MediaConnectStateConnected = 1,
        /// No.
        MediaConnectStateDisconnected = 2,
    }

    /// Whether both sides may send at a time.
    NET_IF_MEDIA_DUPLEX_STATE {
        /// Not known.
        MediaDuplexStateUnknown = 0,
        /// No.
        MediaDuplexStateHalf = 1,
        /// Yes.
        MediaDuplexStateFull = 2,
    }
}

c_flags! {
    /// What of the link was negotiated.
    NET_ADAPTER_AUTO_NEGOTIATION_FLAGS {
        /// Nothing.
        NetAdapterAutoNegotiationFlagNone = 0,
        /// The speed of transmission.
        NetAdapterAutoNegotiationFlagXmitLinkSpeedAutoNegotiated = 1,
        /// The speed of reception.
        NetAdapterAutoNegotiationFlagRcvLinkSpeedautoNegotiated = 2,
        /// Duplex.
        NetAdapterAutoNegotiationFlagDuplexAutoNegotiated = 4,
        /// Pause frames.
        NetAdapterAutoNegotiationFlagPauseFunctionsAutoNegotiated = 8,
    }

    /// Which packets to receive (2.1 and later).
    NET_PACKET_FILTER_FLAGS {
        /// To this adapter's address.
        NetPacketFilterFlagDirected = 1,
        /// To a multicast address of the list.
        NetPacketFilterFlagMulticast = 2,
        /// To any multicast address.
        NetPacketFilterFlagAllMulticast = 4,
        /// Broadcast.
        NetPacketFilterFlagBroadcast = 8,
        /// All.
        NetPacketFilterFlagPromiscuous = 0x20,
    }
}

c_consts! {
    /// A link speed that is not known.
    pub const NET_ADAPTER_LINK_SPEED_UNKNOWN: ULONGLONG = ULONGLONG::MAX;
    /// Fragments may begin anywhere.
    pub const NET_ADAPTER_FRAGMENT_DEFAULT_ALIGNMENT: SIZE_T = 1;
}

c_structs! {
    /// The queues' constructors.
    #[derive(Debug)]
    struct NET_ADAPTER_DATAPATH_CALLBACKS {
        /// Size of the structure.
        Size: ULONG,
        /// Creates transmit queues; mandatory.
        EvtAdapterCreateTxQueue: PFN_NET_ADAPTER_CREATE_TXQUEUE,
        /// Creates receive queues; mandatory.
        EvtAdapterCreateRxQueue: PFN_NET_ADAPTER_CREATE_RXQUEUE,
    }

    /// How fragments are mapped for DMA.
    struct NET_ADAPTER_DMA_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// The DMA enabler.
        DmaEnabler: WDFDMAENABLER,
        /// The highest address that the device reaches, 0: the enabler's.
        MaximumPhysicalAddress: LARGE_INTEGER,
        /// Whether the memory is cached.
        CacheEnabled: WDF_TRI_STATE,
        /// The preferred NUMA node.
        PreferredNode: NODE_REQUIREMENT,
    }

    /// What the driver wants of transmitted packets.
    #[derive(Debug)]
    struct NET_ADAPTER_TX_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Whether fragments must be mapped.
        MappingRequirement: NET_MEMORY_MAPPING_REQUIREMENT,
        /// Bytes in front of each packet that belong to its first fragment.
        PayloadBackfill: SIZE_T,
        /// Packets of more fragments are copied into one; `SIZE_T::MAX`: any number.
        MaximumNumberOfFragments: SIZE_T,
        /// Fragments not aligned so are copied; 1: anything goes.
        FragmentBufferAlignment: SIZE_T,
        /// Size that the fragment ring should have; 0: the framework's choice.
        FragmentRingNumberOfElementsHint: u32,
        /// Number of queues that the driver can serve.
        MaximumNumberOfQueues: SIZE_T,
        /// For DMA; else NULL.
        DmaCapabilities: *mut NET_ADAPTER_DMA_CAPABILITIES,
    }

    /// The place of [`NET_ADAPTER_RX_CAPABILITIES`] that has two uses.
    union NET_ADAPTER_RX_BUFFER_SOURCE {
        /// Driver-managed buffers: gives a buffer back.
        EvtAdapterReturnRxBuffer: PFN_NET_ADAPTER_RETURN_RX_BUFFER,
        /// System-managed buffers: whether they must be mapped.
        MappingRequirement: NET_MEMORY_MAPPING_REQUIREMENT,
    }

    /// What the driver wants of receive buffers.
    struct NET_ADAPTER_RX_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Who allocates.
        AllocationMode: NET_RX_FRAGMENT_BUFFER_ALLOCATION_MODE,
        /// Who attaches.
        AttachmentMode: NET_RX_FRAGMENT_BUFFER_ATTACHMENT_MODE,
        /// Size that the fragment ring should have; 0: the framework's choice.
        FragmentRingNumberOfElementsHint: u32,
        /// Largest received frame in bytes; fragments with a larger capacity are dropped.
        MaximumFrameSize: SIZE_T,
        /// Number of queues that the driver can serve.
        MaximumNumberOfQueues: SIZE_T,
        /// By [`AllocationMode`](Self::AllocationMode).
        Source: NET_ADAPTER_RX_BUFFER_SOURCE => [
            "EvtAdapterReturnRxBuffer": Source.EvtAdapterReturnRxBuffer,
            "MappingRequirement": Source.MappingRequirement,
        ],
        /// Alignment of the buffers that the framework allocates.
        FragmentBufferAlignment: SIZE_T,
        /// For DMA; else NULL.
        DmaCapabilities: *mut NET_ADAPTER_DMA_CAPABILITIES,
    }

    /// The fastest that the link can be, in bits per second.
    #[derive(Debug)]
    struct NET_ADAPTER_LINK_LAYER_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Transmission.
        MaxTxLinkSpeed: ULONGLONG,
        /// Reception.
        MaxRxLinkSpeed: ULONGLONG,
    }

    /// The link as it is.
    #[derive(Debug)]
    struct NET_ADAPTER_LINK_STATE {
        /// Size of the structure.
        Size: ULONG,
        /// Bits per second, or [`NET_ADAPTER_LINK_SPEED_UNKNOWN`].
        TxLinkSpeed: ULONGLONG,
        /// Bits per second, or [`NET_ADAPTER_LINK_SPEED_UNKNOWN`].
        RxLinkSpeed: ULONGLONG,
        /// Whether there is a link.
        MediaConnectState: NET_IF_MEDIA_CONNECT_STATE,
        /// Duplex.
        MediaDuplexState: NET_IF_MEDIA_DUPLEX_STATE,
        /// Pause frames.
        SupportedPauseFunctions: NET_ADAPTER_PAUSE_FUNCTION_TYPE,
        /// What was negotiated.
        AutoNegotiationFlags: NET_ADAPTER_AUTO_NEGOTIATION_FLAGS,
    }

    /// A link layer address. Length 0 is right for media type IP.
    #[derive(Debug, PartialEq, Eq)]
    struct NET_ADAPTER_LINK_LAYER_ADDRESS {
        /// Bytes in use, at most 32.
        Length: USHORT,
        /// The address.
        Address: [UCHAR; 32],
    }

    /// What the driver can filter on reception (2.1 and later).
    #[derive(Debug)]
    struct NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// The filters.
        SupportedPacketFilters: NET_PACKET_FILTER_FLAGS,
        /// Length of the multicast list.
        MaximumMulticastAddresses: SIZE_T,
        /// Called when the filter changes.
        EvtSetReceiveFilter: PFN_NET_ADAPTER_SET_RECEIVE_FILTER,
    }

    /// Headroom and alignment of receive buffers.
    #[derive(Debug)]
    struct NET_RXQUEUE_BUFFER_LAYOUT_HINT {
        /// Bytes of headroom.
        MinimumBackfillSize: ULONG,
        /// Alignment of the layer 3 header.
        L3HeaderAlignment: ULONG,
    }

    /// `NET_LUID`: names a network interface, returned by `NetAdapterGetNetLuid`.
    #[derive(Debug, PartialEq, Eq)]
    struct NET_LUID {
        /// Interface type (16 bits), index (24 bits), reserved (24 bits), from the most significant bit on.
        Value: ULONGLONG,
    }
}

impl NET_ADAPTER_DATAPATH_CALLBACKS {
    /// `NET_ADAPTER_DATAPATH_CALLBACKS_INIT`.
    #[must_use]
    pub const fn new(
        create_tx: PFN_NET_ADAPTER_CREATE_TXQUEUE,
        create_rx: PFN_NET_ADAPTER_CREATE_RXQUEUE,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            EvtAdapterCreateTxQueue: create_tx,
            EvtAdapterCreateRxQueue: create_rx,
        }
    }
}

impl NET_ADAPTER_TX_CAPABILITIES {
    /// `NET_ADAPTER_TX_CAPABILITIES_INIT`: no DMA, any number of fragments, anywhere.
    #[must_use]
    pub const fn new(maximum_number_of_queues: SIZE_T) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            MappingRequirement: NetMemoryMappingRequirementNone,
            PayloadBackfill: 0,
            MaximumNumberOfFragments: SIZE_T::MAX,
            FragmentBufferAlignment: NET_ADAPTER_FRAGMENT_DEFAULT_ALIGNMENT,
            FragmentRingNumberOfElementsHint: 0,
            MaximumNumberOfQueues: maximum_number_of_queues,
            DmaCapabilities: core::ptr::null_mut(),
        }
    }
}

impl NET_ADAPTER_RX_BUFFER_SOURCE {
    /// All bytes zero, then the callback over them, as the C initialiser leaves it.
    const fn returned_by(callback: PFN_NET_ADAPTER_RETURN_RX_BUFFER) -> Self {
        Self {
            EvtAdapterReturnRxBuffer: callback,
        }
    }
}

impl NET_ADAPTER_RX_CAPABILITIES {
    /// `NET_ADAPTER_RX_CAPABILITIES_INIT_SYSTEM_MANAGED`: the framework allocates and attaches.
    #[must_use]
    pub const fn system_managed(maximum_frame_size: SIZE_T, maximum_number_of_queues: SIZE_T) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            AllocationMode: NetRxFragmentBufferAllocationModeSystem,
            AttachmentMode: NetRxFragmentBufferAttachmentModeSystem,
            FragmentRingNumberOfElementsHint: 0,
            MaximumFrameSize: maximum_frame_size,
            MaximumNumberOfQueues: maximum_number_of_queues,
            // All eight bytes zero is also `NetMemoryMappingRequirementNone`.
            Source: NET_ADAPTER_RX_BUFFER_SOURCE::returned_by(None),
            FragmentBufferAlignment: NET_ADAPTER_FRAGMENT_DEFAULT_ALIGNMENT,
            DmaCapabilities: core::ptr::null_mut(),
        }
    }

    /// `NET_ADAPTER_RX_CAPABILITIES_INIT_DRIVER_MANAGED`: the driver allocates, from nonpaged pool, and attaches.
    #[must_use]
    pub const fn driver_managed(
        return_rx_buffer: PFN_NET_ADAPTER_RETURN_RX_BUFFER,
        maximum_frame_size: SIZE_T,
        maximum_number_of_queues: SIZE_T,
    ) -> Self {
        Self {
            AllocationMode: NetRxFragmentBufferAllocationModeDriver,
            AttachmentMode: NetRxFragmentBufferAttachmentModeDriver,
            Source: NET_ADAPTER_RX_BUFFER_SOURCE::returned_by(return_rx_buffer),
            ..Self::system_managed(maximum_frame_size, maximum_number_of_queues)
        }
    }
}

impl NET_ADAPTER_LINK_LAYER_CAPABILITIES {
    /// `NET_ADAPTER_LINK_LAYER_CAPABILITIES_INIT`. Speeds in bits per second.
    #[must_use]
    pub const fn new(max_tx_link_speed: ULONGLONG, max_rx_link_speed: ULONGLONG) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            MaxTxLinkSpeed: max_tx_link_speed,
            MaxRxLinkSpeed: max_rx_link_speed,
        }
    }
}

impl NET_ADAPTER_LINK_STATE {
    /// `NET_ADAPTER_LINK_STATE_INIT`. The speed, in bits per second, is that of both directions.
    #[must_use]
    pub const fn new(
        link_speed: ULONGLONG,
        connect: NET_IF_MEDIA_CONNECT_STATE,
        duplex: NET_IF_MEDIA_DUPLEX_STATE,
        pause: NET_ADAPTER_PAUSE_FUNCTION_TYPE,
        negotiated: NET_ADAPTER_AUTO_NEGOTIATION_FLAGS,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            TxLinkSpeed: link_speed,
            RxLinkSpeed: link_speed,
            MediaConnectState: connect,
            MediaDuplexState: duplex,
            SupportedPauseFunctions: pause,
            AutoNegotiationFlags: negotiated,
        }
    }

    /// `NET_ADAPTER_LINK_STATE_INIT_DISCONNECTED`.
    #[must_use]
    pub const fn disconnected() -> Self {
        Self::new(
            NET_ADAPTER_LINK_SPEED_UNKNOWN,
            MediaConnectStateDisconnected,
            MediaDuplexStateUnknown,
            NetAdapterPauseFunctionTypeUnsupported,
            NetAdapterAutoNegotiationFlagNone,
        )
    }
}

impl NET_ADAPTER_LINK_LAYER_ADDRESS {
    /// `NET_ADAPTER_LINK_LAYER_ADDRESS_INIT`; `None` if it is longer than 32 bytes.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // not more than 32
    pub fn new(address: &[u8]) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes.get_mut(..address.len())?.copy_from_slice(address);
        Some(Self {
            Length: address.len() as USHORT,
            Address: bytes,
        })
    }
}

impl NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES {
    /// `NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES_INIT`.
    #[must_use]
    pub const fn new(set_receive_filter: PFN_NET_ADAPTER_SET_RECEIVE_FILTER) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            SupportedPacketFilters: NET_PACKET_FILTER_FLAGS::NONE,
            MaximumMulticastAddresses: 0,
            EvtSetReceiveFilter: set_receive_filter,
        }
    }
}

impl NET_ADAPTER_DMA_CAPABILITIES {
    /// `NET_ADAPTER_DMA_CAPABILITIES_INIT`: cached by the platform's default, on any node.
    #[must_use]
    pub const fn new(dma_enabler: WDFDMAENABLER) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            DmaEnabler: dma_enabler,
            MaximumPhysicalAddress: LARGE_INTEGER { QuadPart: 0 },
            CacheEnabled: 2,
            PreferredNode: 0x8000_0000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_layer_address_has_up_to_32_bytes() {
        let address = NET_ADAPTER_LINK_LAYER_ADDRESS::new(&[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(
            (address.Length, address.Address[..7].to_vec()),
            (6, alloc::vec![1, 2, 3, 4, 5, 6, 0])
        );
        assert_eq!(NET_ADAPTER_LINK_LAYER_ADDRESS::new(&[]).unwrap().Length, 0);
        assert!(NET_ADAPTER_LINK_LAYER_ADDRESS::new(&[0; 32]).is_some());
        assert!(NET_ADAPTER_LINK_LAYER_ADDRESS::new(&[0; 33]).is_none());
    }
}
