//! Receive scaling (netadapterreceivescaling.h): several receive queues, chosen by a hash.

use super::handle::{NETADAPTER, NETPACKETQUEUE};
use crate::scalar::{BOOLEAN, NTSTATUS, SIZE_T, ULONG};

callbacks! {
    /// `EVT_NET_ADAPTER_RECEIVE_SCALING_ENABLE`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_RECEIVE_SCALING_ENABLE = fn(
        Adapter: NETADAPTER,
        HashType: NET_ADAPTER_RECEIVE_SCALING_HASH_TYPE,
        ProtocolType: NET_ADAPTER_RECEIVE_SCALING_PROTOCOL_TYPE,
    ) -> NTSTATUS;
    /// `EVT_NET_ADAPTER_RECEIVE_SCALING_DISABLE`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_RECEIVE_SCALING_DISABLE = fn(Adapter: NETADAPTER);
    /// `EVT_NET_ADAPTER_RECEIVE_SCALING_SET_HASH_SECRET_KEY`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_RECEIVE_SCALING_SET_HASH_SECRET_KEY =
        fn(Adapter: NETADAPTER, Key: *const NET_ADAPTER_RECEIVE_SCALING_HASH_SECRET_KEY) -> NTSTATUS;
    /// `EVT_NET_ADAPTER_RECEIVE_SCALING_SET_INDIRECTION_ENTRIES`. IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_ADAPTER_RECEIVE_SCALING_SET_INDIRECTION_ENTRIES =
        fn(Adapter: NETADAPTER, Entries: *mut NET_ADAPTER_RECEIVE_SCALING_INDIRECTION_ENTRIES) -> NTSTATUS;
}

c_enums! {
    /// Where packets without a hash go.
    NET_ADAPTER_RECEIVE_SCALING_UNHASHED_TARGET_TYPE {
        /// Anywhere.
        NetAdapterReceiveScalingUnhashedTargetTypeUnspecified = 0,
        /// To a given index.
        NetAdapterReceiveScalingUnhashedTargetTypeHashIndex = 1,
    }
}

c_flags! {
    /// Hash functions.
    NET_ADAPTER_RECEIVE_SCALING_HASH_TYPE {
        /// None.
        NetAdapterReceiveScalingHashTypeNone = 0,
        /// Toeplitz.
        NetAdapterReceiveScalingHashTypeToeplitz = 1,
    }

    /// What the hash is computed over.
    NET_ADAPTER_RECEIVE_SCALING_PROTOCOL_TYPE {
        /// Nothing.
        NetAdapterReceiveScalingProtocolTypeNone = 0,
        /// IPv4 addresses.
        NetAdapterReceiveScalingProtocolTypeIPv4 = 1,
        /// IPv4 addresses, with options.
        NetAdapterReceiveScalingProtocolTypeIPv4Options = 2,
        /// IPv6 addresses.
        NetAdapterReceiveScalingProtocolTypeIPv6 = 4,
        /// IPv6 addresses, with extension headers.
        NetAdapterReceiveScalingProtocolTypeIPv6Extensions = 8,
        /// TCP ports.
        NetAdapterReceiveScalingProtocolTypeTcp = 0x10,
        /// UDP ports.
        NetAdapterReceiveScalingProtocolTypeUdp = 0x20,
    }

    /// Encapsulations that the hash sees through.
    NET_ADAPTER_RECEIVE_SCALING_ENCAPSULATION_TYPE {
        /// None.
        NetAdapterReceiveScalingEncapsulationTypeNone = 0,
        /// NVGRE.
        NetAdapterReceiveScalingEncapsulationTypeNVGre = 1,
        /// VXLAN.
        NetAdapterReceiveScalingEncapsulationTypeVXLan = 2,
        /// VLAN.
        NetAdapterReceiveScalingEncapsulationTypeVLan = 4,
    }
}

c_structs! {
    /// The hash's key.
    #[derive(Debug)]
    struct NET_ADAPTER_RECEIVE_SCALING_HASH_SECRET_KEY {
        /// The key.
        Key: *mut u8,
        /// Its length in bytes.
        Length: SIZE_T,
    }

    /// One entry of the indirection table to be changed.
    #[derive(Debug)]
    struct NET_ADAPTER_RECEIVE_SCALING_INDIRECTION_ENTRY {
        /// The queue that the packets go to.
        PacketQueue: NETPACKETQUEUE,
        /// What became of the change; the driver writes it.
        Status: NTSTATUS,
        /// Index in the table.
        Index: u32,
    }

    /// Entries to be changed.
    #[derive(Debug)]
    struct NET_ADAPTER_RECEIVE_SCALING_INDIRECTION_ENTRIES {
        /// The entries.
        Entries: *mut NET_ADAPTER_RECEIVE_SCALING_INDIRECTION_ENTRY,
        /// Their number.
        Length: SIZE_T,
    }

    /// Encapsulations by layer.
    #[derive(Debug)]
    struct RECEIVE_SCALING_ENCAPSULATION {
        /// The outer.
        Outer: NET_ADAPTER_RECEIVE_SCALING_ENCAPSULATION_TYPE,
        /// The inner.
        Inner: NET_ADAPTER_RECEIVE_SCALING_ENCAPSULATION_TYPE,
    }

    /// Receive scaling of the adapter.
    #[derive(Debug)]
    struct NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES {
        /// Size of the structure.
        Size: ULONG,
        /// Receive queues, a power of two.
        NumberOfQueues: SIZE_T,
        /// Entries of the indirection table, a power of two.
        IndirectionTableSize: SIZE_T,
        /// Where packets without a hash go.
        UnhashedTargetIndex: SIZE_T,
        /// Whether that index counts.
        UnhashedTargetType: NET_ADAPTER_RECEIVE_SCALING_UNHASHED_TARGET_TYPE,
        /// Hash functions.
        ReceiveScalingHashTypes: NET_ADAPTER_RECEIVE_SCALING_HASH_TYPE,
        /// What is hashed.
        ReceiveScalingProtocolTypes: NET_ADAPTER_RECEIVE_SCALING_PROTOCOL_TYPE,
        /// What the hash sees through.
        ReceiveScalingEncapsulationTypes: RECEIVE_SCALING_ENCAPSULATION,
        /// Whether changes of the table stop the queues.
        SynchronizeSetIndirectionEntries: BOOLEAN,
        /// Mandatory.
        EvtAdapterReceiveScalingEnable: PFN_NET_ADAPTER_RECEIVE_SCALING_ENABLE,
        /// Mandatory.
        EvtAdapterReceiveScalingDisable: PFN_NET_ADAPTER_RECEIVE_SCALING_DISABLE,
        /// Optional.
        EvtAdapterReceiveScalingSetHashSecretKey: PFN_NET_ADAPTER_RECEIVE_SCALING_SET_HASH_SECRET_KEY,
        /// Mandatory.
        EvtAdapterReceiveScalingSetIndirectionEntries: PFN_NET_ADAPTER_RECEIVE_SCALING_SET_INDIRECTION_ENTRIES,
    }
}
