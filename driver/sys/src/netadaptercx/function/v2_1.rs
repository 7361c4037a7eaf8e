//! The functions that 2.1 has added: receive filters, split checksum, GSO, RSC, demultiplexing, execution contexts.

use crate::netadaptercx::{
    NET_ADAPTER_LINK_LAYER_ADDRESS, NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES,
    NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES, NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES,
    NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES, NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES,
    NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES, NET_ADAPTER_TX_DEMUX,
    NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES, NET_DEVICE_RESET_CAPABILITIES, NET_EXECUTION_CONTEXT_CONFIG,
    NET_EXECUTION_CONTEXT_TASK_CONFIG, NET_PACKET_FILTER_FLAGS, NETADAPTER, NETADAPTER_INIT,
    NETEXECUTIONCONTEXT, NETEXECUTIONCONTEXTTASK, NETOFFLOAD, NETPACKETQUEUE, NETPOWEROFFLOAD,
    NETRECEIVEFILTER, PWDFDEVICE_INIT, WDF_OBJECT_ATTRIBUTES, WDFDEVICE,
};
use crate::scalar::{BOOLEAN, NTSTATUS, SIZE_T};

net_functions! {
    cfg(feature = "netadaptercx-2-1");

    /// Sets wake on an EAPOL packet. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterWakeSetEapolPacketCapabilitiesTableIndex] fn NetAdapterWakeSetEapolPacketCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES
    ) as PFN_NETADAPTERWAKESETEAPOLPACKETCAPABILITIES;

    /// Sets what the driver can filter. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetReceiveFilterCapabilitiesTableIndex] fn NetAdapterSetReceiveFilterCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES
    ) as PFN_NETADAPTERSETRECEIVEFILTERCAPABILITIES;

    /// The flags of a receive filter. IRQL: <= DISPATCH_LEVEL.
    [NetReceiveFilterGetPacketFilterTableIndex] fn NetReceiveFilterGetPacketFilter(
        ReceiveFilter: NETRECEIVEFILTER
    ) -> NET_PACKET_FILTER_FLAGS as PFN_NETRECEIVEFILTERGETPACKETFILTER;

    /// Length of the multicast list of a receive filter. IRQL: <= DISPATCH_LEVEL.
    [NetReceiveFilterGetMulticastAddressCountTableIndex] fn NetReceiveFilterGetMulticastAddressCount(
        ReceiveFilter: NETRECEIVEFILTER
    ) -> SIZE_T as PFN_NETRECEIVEFILTERGETMULTICASTADDRESSCOUNT;

    /// The multicast list of a receive filter. IRQL: <= DISPATCH_LEVEL.
    [NetReceiveFilterGetMulticastAddressListTableIndex] fn NetReceiveFilterGetMulticastAddressList(
        ReceiveFilter: NETRECEIVEFILTER
    ) -> *const NET_ADAPTER_LINK_LAYER_ADDRESS as PFN_NETRECEIVEFILTERGETMULTICASTADDRESSLIST;

    /// Sets checksum offload on transmit. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetTxChecksumCapabilitiesTableIndex] fn NetAdapterOffloadSetTxChecksumCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETTXCHECKSUMCAPABILITIES;

    /// Whether the IPv4 checksum offload on transmit is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsTxChecksumIPv4EnabledTableIndex] fn NetOffloadIsTxChecksumIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISTXCHECKSUMIPV4ENABLED;

    /// Whether the TCP checksum offload on transmit is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsTxChecksumTcpEnabledTableIndex] fn NetOffloadIsTxChecksumTcpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISTXCHECKSUMTCPENABLED;

    /// Whether the UDP checksum offload on transmit is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsTxChecksumUdpEnabledTableIndex] fn NetOffloadIsTxChecksumUdpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISTXCHECKSUMUDPENABLED;

    /// Sets checksum offload on receive. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetRxChecksumCapabilitiesTableIndex] fn NetAdapterOffloadSetRxChecksumCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETRXCHECKSUMCAPABILITIES;

    /// Whether the IPv4 checksum offload on receive is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsRxChecksumIPv4EnabledTableIndex] fn NetOffloadIsRxChecksumIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISRXCHECKSUMIPV4ENABLED;

    /// Whether the TCP checksum offload on receive is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsRxChecksumTcpEnabledTableIndex] fn NetOffloadIsRxChecksumTcpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISRXCHECKSUMTCPENABLED;

    /// Whether the UDP checksum offload on receive is active. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsRxChecksumUdpEnabledTableIndex] fn NetOffloadIsRxChecksumUdpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISRXCHECKSUMUDPENABLED;

    /// Sets segmentation offload. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetGsoCapabilitiesTableIndex] fn NetAdapterOffloadSetGsoCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *mut NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETGSOCAPABILITIES;

    /// Whether TCP over IPv4 may be given to segment. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsLsoIPv4EnabledTableIndex] fn NetOffloadIsLsoIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISLSOIPV4ENABLED;

    /// Whether TCP over IPv6 may be given to segment. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsLsoIPv6EnabledTableIndex] fn NetOffloadIsLsoIPv6Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISLSOIPV6ENABLED;

    /// Whether UDP over IPv4 may be given to segment. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsUsoIPv4EnabledTableIndex] fn NetOffloadIsUsoIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISUSOIPV4ENABLED;

    /// Whether UDP over IPv6 may be given to segment. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsUsoIPv6EnabledTableIndex] fn NetOffloadIsUsoIPv6Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISUSOIPV6ENABLED;

    /// Sets coalescing. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetRscCapabilitiesTableIndex] fn NetAdapterOffloadSetRscCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *mut NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETRSCCAPABILITIES;

    /// Whether TCP over IPv4 may be coalesced. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsTcpRscIPv4EnabledTableIndex] fn NetOffloadIsTcpRscIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISTCPRSCIPV4ENABLED;

    /// Whether TCP over IPv6 may be coalesced. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsTcpRscIPv6EnabledTableIndex] fn NetOffloadIsTcpRscIPv6Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISTCPRSCIPV6ENABLED;

    /// Whether segments with different timestamps may be coalesced. Inside the callback only. IRQL:
    /// PASSIVE_LEVEL.
    [NetOffloadIsRscTcpTimestampOptionEnabledTableIndex] fn NetOffloadIsRscTcpTimestampOptionEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISRSCTCPTIMESTAMPOPTIONENABLED;

    /// Sets the handling of 802.1Q tags. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetIeee8021qTagCapabilitiesTableIndex] fn NetAdapterOffloadSetIeee8021qTagCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *mut NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETIEEE8021QTAGCAPABILITIES;

    /// Asks for several transmit queues. IRQL: PASSIVE_LEVEL.
    [NetAdapterInitAddTxDemuxTableIndex] fn NetAdapterInitAddTxDemux(
        AdapterInit: *mut NETADAPTER_INIT,
        Demux: *const NET_ADAPTER_TX_DEMUX
    ) as PFN_NETADAPTERINITADDTXDEMUX;

    /// Sets reset diagnostics. IRQL: PASSIVE_LEVEL.
    [NetDeviceInitSetResetCapabilitiesTableIndex] fn NetDeviceInitSetResetCapabilities(
        DeviceInit: PWDFDEVICE_INIT,
        Capabilities: *const NET_DEVICE_RESET_CAPABILITIES
    ) as PFN_NETDEVICEINITSETRESETCAPABILITIES;

    /// Stores reset diagnostics. Inside the callback only. IRQL: PASSIVE_LEVEL.
    [NetDeviceStoreResetDiagnosticsTableIndex] fn NetDeviceStoreResetDiagnostics(
        Device: WDFDEVICE,
        Size: SIZE_T,
        Data: *const u8
    ) as PFN_NETDEVICESTORERESETDIAGNOSTICS;

    /// Asks for a reset of the device. IRQL: PASSIVE_LEVEL.
    [NetDeviceRequestResetTableIndex] fn NetDeviceRequestReset(Device: WDFDEVICE) as PFN_NETDEVICEREQUESTRESET;

    /// Creates an execution context. IRQL: PASSIVE_LEVEL.
    [NetExecutionContextCreateTableIndex] fn NetExecutionContextCreate(
        Device: WDFDEVICE,
        Configuration: *const NET_EXECUTION_CONTEXT_CONFIG,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        ExecutionContext: *mut NETEXECUTIONCONTEXT
    ) -> NTSTATUS as PFN_NETEXECUTIONCONTEXTCREATE;

    /// Creates a task of an execution context. IRQL: PASSIVE_LEVEL.
    [NetExecutionContextTaskCreateTableIndex] fn NetExecutionContextTaskCreate(
        ExecutionContext: NETEXECUTIONCONTEXT,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Configuration: *mut NET_EXECUTION_CONTEXT_TASK_CONFIG,
        Task: *mut NETEXECUTIONCONTEXTTASK
    ) -> NTSTATUS as PFN_NETEXECUTIONCONTEXTTASKCREATE;

    /// Wakes an execution context. IRQL: any.
    [NetExecutionContextNotifyTableIndex] fn NetExecutionContextNotify(
        ExecutionContext: NETEXECUTIONCONTEXT
    ) as PFN_NETEXECUTIONCONTEXTNOTIFY;

    /// Queues a task. IRQL: <= DISPATCH_LEVEL.
    [NetExecutionContextTaskEnqueueTableIndex] fn NetExecutionContextTaskEnqueue(
        Task: NETEXECUTIONCONTEXTTASK
    ) as PFN_NETEXECUTIONCONTEXTTASKENQUEUE;

    /// Waits until a task has run. IRQL: PASSIVE_LEVEL.
    [NetExecutionContextTaskWaitCompletionTableIndex] fn NetExecutionContextTaskWaitCompletion(
        Task: NETEXECUTIONCONTEXTTASK
    ) as PFN_NETEXECUTIONCONTEXTTASKWAITCOMPLETION;

    /// The adapter of a power offload. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadGetAdapterTableIndex] fn NetPowerOffloadGetAdapter(
        PowerOffload: NETPOWEROFFLOAD
    ) -> NETADAPTER as PFN_NETPOWEROFFLOADGETADAPTER;

    /// The 802.1p priority of a transmit queue. IRQL: PASSIVE_LEVEL.
    [NetTxQueueGetDemux8021pTableIndex] fn NetTxQueueGetDemux8021p(
        PacketQueue: NETPACKETQUEUE
    ) -> u8 as PFN_NETTXQUEUEGETDEMUX8021P;
}
