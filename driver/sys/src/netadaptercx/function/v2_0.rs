//! The functions of NetAdapterCx 2.0.

use crate::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_LINK_LAYER_ADDRESS, NET_ADAPTER_LINK_LAYER_CAPABILITIES,
    NET_ADAPTER_LINK_STATE, NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES,
    NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES, NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES,
    NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES, NET_ADAPTER_RX_CAPABILITIES, NET_ADAPTER_TX_CAPABILITIES,
    NET_ADAPTER_WAKE_BITMAP_CAPABILITIES, NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES,
    NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES, NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES,
    NET_ADAPTER_WAKE_REASON_PACKET, NET_CONFIGURATION_QUERY_ULONG_FLAGS,
    NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS, NET_EXTENSION, NET_EXTENSION_QUERY, NET_IF_MEDIA_CONNECT_STATE,
    NET_LUID, NET_PACKET_QUEUE_CONFIG, NET_POWER_OFFLOAD_ARP_PARAMETERS, NET_POWER_OFFLOAD_LIST,
    NET_POWER_OFFLOAD_NS_PARAMETERS, NET_POWER_OFFLOAD_TYPE, NET_RING_COLLECTION,
    NET_WAKE_SOURCE_BITMAP_PARAMETERS, NET_WAKE_SOURCE_LIST, NET_WAKE_SOURCE_MEDIA_CHANGE_PARAMETERS,
    NET_WAKE_SOURCE_TYPE, NETADAPTER, NETADAPTER_INIT, NETCONFIGURATION, NETOFFLOAD, NETPACKETQUEUE,
    NETPOWEROFFLOAD, NETRXQUEUE_INIT, NETTXQUEUE_INIT, NETWAKESOURCE, POOL_TYPE, PWDFDEVICE_INIT,
    WDF_OBJECT_ATTRIBUTES, WDFCOLLECTION, WDFDEVICE, WDFMEMORY, WDFSTRING,
};
use crate::scalar::{BOOLEAN, NTSTATUS, PVOID, SIZE_T, ULONG};
use crate::wdm::PCUNICODE_STRING;

net_functions! {
    cfg(all());

    /// Begins the making of an adapter; NULL if there is no memory. Free it with `NetAdapterInitFree`, also
    /// after success. IRQL: PASSIVE_LEVEL.
    [NetAdapterInitAllocateTableIndex] fn NetAdapterInitAllocate(
        Device: WDFDEVICE
    ) -> *mut NETADAPTER_INIT as PFN_NETADAPTERINITALLOCATE;

    /// Frees what an adapter was made from. IRQL: PASSIVE_LEVEL.
    [NetAdapterInitFreeTableIndex] fn NetAdapterInitFree(
        AdapterInit: *mut NETADAPTER_INIT
    ) as PFN_NETADAPTERINITFREE;

    /// Sets the constructors of the queues; both are mandatory. IRQL: PASSIVE_LEVEL.
    [NetAdapterInitSetDatapathCallbacksTableIndex] fn NetAdapterInitSetDatapathCallbacks(
        AdapterInit: *mut NETADAPTER_INIT,
        Callbacks: *mut NET_ADAPTER_DATAPATH_CALLBACKS
    ) as PFN_NETADAPTERINITSETDATAPATHCALLBACKS;

    /// Creates an adapter, whose parent is the device. Uses `AdapterInit` up. IRQL: PASSIVE_LEVEL.
    [NetAdapterCreateTableIndex] fn NetAdapterCreate(
        AdapterInit: *mut NETADAPTER_INIT,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Adapter: *mut NETADAPTER
    ) -> NTSTATUS as PFN_NETADAPTERCREATE;

    /// Starts an adapter. Needs data path and link layer capabilities and an MTU. A failure is final for the
    /// adapter. IRQL: PASSIVE_LEVEL.
    [NetAdapterStartTableIndex] fn NetAdapterStart(Adapter: NETADAPTER) -> NTSTATUS as PFN_NETADAPTERSTART;

    /// Stops an adapter and destroys its queues. Synchronous; not needed on removal. IRQL: PASSIVE_LEVEL.
    [NetAdapterStopTableIndex] fn NetAdapterStop(Adapter: NETADAPTER) as PFN_NETADAPTERSTOP;

    /// Sets the highest link speeds. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetLinkLayerCapabilitiesTableIndex] fn NetAdapterSetLinkLayerCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *mut NET_ADAPTER_LINK_LAYER_CAPABILITIES
    ) as PFN_NETADAPTERSETLINKLAYERCAPABILITIES;

    /// Sets the MTU in bytes, not 0, at any time. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetLinkLayerMtuSizeTableIndex] fn NetAdapterSetLinkLayerMtuSize(
        Adapter: NETADAPTER,
        MtuSize: ULONG
    ) as PFN_NETADAPTERSETLINKLAYERMTUSIZE;

    /// Sets the ARP offload. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterPowerOffloadSetArpCapabilitiesTableIndex] fn NetAdapterPowerOffloadSetArpCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES
    ) as PFN_NETADAPTERPOWEROFFLOADSETARPCAPABILITIES;

    /// Sets the neighbour solicitation offload. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterPowerOffloadSetNSCapabilitiesTableIndex] fn NetAdapterPowerOffloadSetNSCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES
    ) as PFN_NETADAPTERPOWEROFFLOADSETNSCAPABILITIES;

    /// Sets wake on a bit pattern. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterWakeSetBitmapCapabilitiesTableIndex] fn NetAdapterWakeSetBitmapCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_WAKE_BITMAP_CAPABILITIES
    ) as PFN_NETADAPTERWAKESETBITMAPCAPABILITIES;

    /// Sets wake on a change of the link. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterWakeSetMediaChangeCapabilitiesTableIndex] fn NetAdapterWakeSetMediaChangeCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES
    ) as PFN_NETADAPTERWAKESETMEDIACHANGECAPABILITIES;

    /// Sets wake on a magic packet. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterWakeSetMagicPacketCapabilitiesTableIndex] fn NetAdapterWakeSetMagicPacketCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES
    ) as PFN_NETADAPTERWAKESETMAGICPACKETCAPABILITIES;

    /// Sets wake on a received packet. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterWakeSetPacketFilterCapabilitiesTableIndex] fn NetAdapterWakeSetPacketFilterCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES
    ) as PFN_NETADAPTERWAKESETPACKETFILTERCAPABILITIES;

    /// Sets what the driver wants of transmitted packets and receive buffers. Before the adapter is started.
    /// IRQL: PASSIVE_LEVEL.
    [NetAdapterSetDataPathCapabilitiesTableIndex] fn NetAdapterSetDataPathCapabilities(
        Adapter: NETADAPTER,
        TxCapabilities: *mut NET_ADAPTER_TX_CAPABILITIES,
        RxCapabilities: *mut NET_ADAPTER_RX_CAPABILITIES
    ) as PFN_NETADAPTERSETDATAPATHCAPABILITIES;

    /// Sets the state of the link, at any time. An adapter begins disconnected. IRQL: <= DISPATCH_LEVEL.
    [NetAdapterSetLinkStateTableIndex] fn NetAdapterSetLinkState(
        Adapter: NETADAPTER,
        LinkState: *mut NET_ADAPTER_LINK_STATE
    ) as PFN_NETADAPTERSETLINKSTATE;

    /// Names the interface of the adapter. IRQL: PASSIVE_LEVEL.
    [NetAdapterGetNetLuidTableIndex] fn NetAdapterGetNetLuid(
        Adapter: NETADAPTER
    ) -> NET_LUID as PFN_NETADAPTERGETNETLUID;

    /// Opens the adapter's configuration, the device's software key. IRQL: PASSIVE_LEVEL.
    [NetAdapterOpenConfigurationTableIndex] fn NetAdapterOpenConfiguration(
        Adapter: NETADAPTER,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Configuration: *mut NETCONFIGURATION
    ) -> NTSTATUS as PFN_NETADAPTEROPENCONFIGURATION;

    /// Sets the permanent link layer address. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetPermanentLinkLayerAddressTableIndex] fn NetAdapterSetPermanentLinkLayerAddress(
        Adapter: NETADAPTER,
        Address: *mut NET_ADAPTER_LINK_LAYER_ADDRESS
    ) as PFN_NETADAPTERSETPERMANENTLINKLAYERADDRESS;

    /// Sets the current link layer address, as long as the permanent one. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetCurrentLinkLayerAddressTableIndex] fn NetAdapterSetCurrentLinkLayerAddress(
        Adapter: NETADAPTER,
        Address: *mut NET_ADAPTER_LINK_LAYER_ADDRESS
    ) as PFN_NETADAPTERSETCURRENTLINKLAYERADDRESS;

    /// Sets checksum offload. Only for a client bound with 2.0: from 2.1 on the framework stops the machine.
    /// IRQL: PASSIVE_LEVEL.
    [NetAdapterOffloadSetChecksumCapabilitiesTableIndex] fn NetAdapterOffloadSetChecksumCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *mut NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES
    ) as PFN_NETADAPTEROFFLOADSETCHECKSUMCAPABILITIES;

    /// Whether the IPv4 checksum offload is active. Inside the offload callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsChecksumIPv4EnabledTableIndex] fn NetOffloadIsChecksumIPv4Enabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISCHECKSUMIPV4ENABLED;

    /// Whether the TCP checksum offload is active. Inside the offload callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsChecksumTcpEnabledTableIndex] fn NetOffloadIsChecksumTcpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISCHECKSUMTCPENABLED;

    /// Whether the UDP checksum offload is active. Inside the offload callback only. IRQL: PASSIVE_LEVEL.
    [NetOffloadIsChecksumUdpEnabledTableIndex] fn NetOffloadIsChecksumUdpEnabled(
        Offload: NETOFFLOAD
    ) -> BOOLEAN as PFN_NETOFFLOADISCHECKSUMUDPENABLED;

    /// Reports the packet that woke the machine. IRQL: PASSIVE_LEVEL.
    [NetAdapterReportWakeReasonPacketTableIndex] fn NetAdapterReportWakeReasonPacket(
        Adapter: NETADAPTER,
        Reason: *const NET_ADAPTER_WAKE_REASON_PACKET
    ) as PFN_NETADAPTERREPORTWAKEREASONPACKET;

    /// Reports that the link woke the machine. IRQL: PASSIVE_LEVEL.
    [NetAdapterReportWakeReasonMediaChangeTableIndex] fn NetAdapterReportWakeReasonMediaChange(
        Adapter: NETADAPTER,
        State: NET_IF_MEDIA_CONNECT_STATE
    ) as PFN_NETADAPTERREPORTWAKEREASONMEDIACHANGE;

    /// Closes a configuration. IRQL: PASSIVE_LEVEL.
    [NetConfigurationCloseTableIndex] fn NetConfigurationClose(
        Configuration: NETCONFIGURATION
    ) as PFN_NETCONFIGURATIONCLOSE;

    /// Opens a key below a configuration. IRQL: PASSIVE_LEVEL.
    [NetConfigurationOpenSubConfigurationTableIndex] fn NetConfigurationOpenSubConfiguration(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        SubConfiguration: *mut NETCONFIGURATION
    ) -> NTSTATUS as PFN_NETCONFIGURATIONOPENSUBCONFIGURATION;

    /// Reads a number. IRQL: PASSIVE_LEVEL.
    [NetConfigurationQueryUlongTableIndex] fn NetConfigurationQueryUlong(
        Configuration: NETCONFIGURATION,
        Flags: NET_CONFIGURATION_QUERY_ULONG_FLAGS,
        Name: PCUNICODE_STRING,
        Value: *mut ULONG
    ) -> NTSTATUS as PFN_NETCONFIGURATIONQUERYULONG;

    /// Reads a string. IRQL: PASSIVE_LEVEL.
    [NetConfigurationQueryStringTableIndex] fn NetConfigurationQueryString(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        String: *mut WDFSTRING
    ) -> NTSTATUS as PFN_NETCONFIGURATIONQUERYSTRING;

    /// Reads strings, which are added to the collection. IRQL: PASSIVE_LEVEL.
    [NetConfigurationQueryMultiStringTableIndex] fn NetConfigurationQueryMultiString(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Collection: WDFCOLLECTION
    ) -> NTSTATUS as PFN_NETCONFIGURATIONQUERYMULTISTRING;

    /// Reads binary data. IRQL: PASSIVE_LEVEL.
    [NetConfigurationQueryBinaryTableIndex] fn NetConfigurationQueryBinary(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        PoolType: POOL_TYPE,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Memory: *mut WDFMEMORY
    ) -> NTSTATUS as PFN_NETCONFIGURATIONQUERYBINARY;

    /// Reads the link layer address that an administrator has set (`NetworkAddress`). IRQL: PASSIVE_LEVEL.
    [NetConfigurationQueryLinkLayerAddressTableIndex] fn NetConfigurationQueryLinkLayerAddress(
        Configuration: NETCONFIGURATION,
        Address: *mut NET_ADAPTER_LINK_LAYER_ADDRESS
    ) -> NTSTATUS as PFN_NETCONFIGURATIONQUERYLINKLAYERADDRESS;

    /// Writes a number. IRQL: PASSIVE_LEVEL.
    [NetConfigurationAssignUlongTableIndex] fn NetConfigurationAssignUlong(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Value: ULONG
    ) -> NTSTATUS as PFN_NETCONFIGURATIONASSIGNULONG;

    /// Writes a string. IRQL: PASSIVE_LEVEL.
    [NetConfigurationAssignUnicodeStringTableIndex] fn NetConfigurationAssignUnicodeString(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Value: PCUNICODE_STRING
    ) -> NTSTATUS as PFN_NETCONFIGURATIONASSIGNUNICODESTRING;

    /// Writes strings. IRQL: PASSIVE_LEVEL.
    [NetConfigurationAssignMultiStringTableIndex] fn NetConfigurationAssignMultiString(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Collection: WDFCOLLECTION
    ) -> NTSTATUS as PFN_NETCONFIGURATIONASSIGNMULTISTRING;

    /// Writes binary data. IRQL: PASSIVE_LEVEL.
    [NetConfigurationAssignBinaryTableIndex] fn NetConfigurationAssignBinary(
        Configuration: NETCONFIGURATION,
        Name: PCUNICODE_STRING,
        Buffer: PVOID,
        Length: ULONG
    ) -> NTSTATUS as PFN_NETCONFIGURATIONASSIGNBINARY;

    /// Makes the device a network device. In `EvtDriverDeviceAdd`, before `WdfDeviceCreate`, and before the
    /// settings of its own that it would overwrite. IRQL: PASSIVE_LEVEL.
    [NetDeviceInitConfigTableIndex] fn NetDeviceInitConfig(
        DeviceInit: PWDFDEVICE_INIT
    ) -> NTSTATUS as PFN_NETDEVICEINITCONFIG;

    /// Opens the device's configuration. IRQL: PASSIVE_LEVEL.
    [NetDeviceOpenConfigurationTableIndex] fn NetDeviceOpenConfiguration(
        Device: WDFDEVICE,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Configuration: *mut NETCONFIGURATION
    ) -> NTSTATUS as PFN_NETDEVICEOPENCONFIGURATION;

    /// Sets the callbacks that see wake sources and offloads. IRQL: PASSIVE_LEVEL.
    [NetDeviceInitSetPowerPolicyEventCallbacksTableIndex] fn NetDeviceInitSetPowerPolicyEventCallbacks(
        DeviceInit: PWDFDEVICE_INIT,
        Callbacks: *const NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS
    ) as PFN_NETDEVICEINITSETPOWERPOLICYEVENTCALLBACKS;

    /// Kind of a power offload. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadGetTypeTableIndex] fn NetPowerOffloadGetType(
        PowerOffload: NETPOWEROFFLOAD
    ) -> NET_POWER_OFFLOAD_TYPE as PFN_NETPOWEROFFLOADGETTYPE;

    /// Parameters of an ARP offload. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadGetArpParametersTableIndex] fn NetPowerOffloadGetArpParameters(
        PowerOffload: NETPOWEROFFLOAD,
        Parameters: *mut NET_POWER_OFFLOAD_ARP_PARAMETERS
    ) as PFN_NETPOWEROFFLOADGETARPPARAMETERS;

    /// Parameters of a neighbour solicitation offload. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadGetNSParametersTableIndex] fn NetPowerOffloadGetNSParameters(
        PowerOffload: NETPOWEROFFLOAD,
        Parameters: *mut NET_POWER_OFFLOAD_NS_PARAMETERS
    ) as PFN_NETPOWEROFFLOADGETNSPARAMETERS;

    /// Lists the power offloads. IRQL: PASSIVE_LEVEL.
    [NetDeviceGetPowerOffloadListTableIndex] fn NetDeviceGetPowerOffloadList(
        Device: WDFDEVICE,
        List: *mut NET_POWER_OFFLOAD_LIST
    ) as PFN_NETDEVICEGETPOWEROFFLOADLIST;

    /// Number of power offloads. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadListGetCountTableIndex] fn NetPowerOffloadListGetCount(
        List: *const NET_POWER_OFFLOAD_LIST
    ) -> SIZE_T as PFN_NETPOWEROFFLOADLISTGETCOUNT;

    /// A power offload of the list. IRQL: PASSIVE_LEVEL.
    [NetPowerOffloadListGetElementTableIndex] fn NetPowerOffloadListGetElement(
        List: *const NET_POWER_OFFLOAD_LIST,
        Index: SIZE_T
    ) -> NETPOWEROFFLOAD as PFN_NETPOWEROFFLOADLISTGETELEMENT;

    /// Sets receive scaling. Before the adapter is started. IRQL: PASSIVE_LEVEL.
    [NetAdapterSetReceiveScalingCapabilitiesTableIndex] fn NetAdapterSetReceiveScalingCapabilities(
        Adapter: NETADAPTER,
        Capabilities: *const NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES
    ) as PFN_NETADAPTERSETRECEIVESCALINGCAPABILITIES;

    /// Creates a receive queue. Inside `EvtAdapterCreateRxQueue`, exactly once, on the same thread. The
    /// attributes must have no parent. IRQL: PASSIVE_LEVEL.
    [NetRxQueueCreateTableIndex] fn NetRxQueueCreate(
        RxQueueInit: *mut NETRXQUEUE_INIT,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Configuration: *mut NET_PACKET_QUEUE_CONFIG,
        PacketQueue: *mut NETPACKETQUEUE
    ) -> NTSTATUS as PFN_NETRXQUEUECREATE;

    /// Tells the framework that packets have arrived. Harmless when none have; never calls back from inside,
    /// but may on the same processor before it returns. IRQL: any.
    [NetRxQueueNotifyMoreReceivedPacketsAvailableTableIndex] fn NetRxQueueNotifyMoreReceivedPacketsAvailable(
        PacketQueue: NETPACKETQUEUE
    ) as PFN_NETRXQUEUENOTIFYMORERECEIVEDPACKETSAVAILABLE;

    /// Number of the receive queue to be made. IRQL: PASSIVE_LEVEL.
    [NetRxQueueInitGetQueueIdTableIndex] fn NetRxQueueInitGetQueueId(
        RxQueueInit: *mut NETRXQUEUE_INIT
    ) -> ULONG as PFN_NETRXQUEUEINITGETQUEUEID;

    /// The rings of a receive queue, as long as it lives. IRQL: PASSIVE_LEVEL.
    [NetRxQueueGetRingCollectionTableIndex] fn NetRxQueueGetRingCollection(
        PacketQueue: NETPACKETQUEUE
    ) -> *const NET_RING_COLLECTION as PFN_NETRXQUEUEGETRINGCOLLECTION;

    /// Looks for an extension of a receive queue. IRQL: PASSIVE_LEVEL.
    [NetRxQueueGetExtensionTableIndex] fn NetRxQueueGetExtension(
        PacketQueue: NETPACKETQUEUE,
        Query: *const NET_EXTENSION_QUERY,
        Extension: *mut NET_EXTENSION
    ) as PFN_NETRXQUEUEGETEXTENSION;

    /// Creates a transmit queue. Inside `EvtAdapterCreateTxQueue`, exactly once, on the same thread. The
    /// attributes must have no parent. IRQL: PASSIVE_LEVEL.
    [NetTxQueueCreateTableIndex] fn NetTxQueueCreate(
        TxQueueInit: *mut NETTXQUEUE_INIT,
        Attributes: *mut WDF_OBJECT_ATTRIBUTES,
        Configuration: *mut NET_PACKET_QUEUE_CONFIG,
        PacketQueue: *mut NETPACKETQUEUE
    ) -> NTSTATUS as PFN_NETTXQUEUECREATE;

    /// Tells the framework that packets have been sent. Harmless when none have; never calls back from inside,
    /// but may on the same processor before it returns. IRQL: any.
    [NetTxQueueNotifyMoreCompletedPacketsAvailableTableIndex] fn NetTxQueueNotifyMoreCompletedPacketsAvailable(
        PacketQueue: NETPACKETQUEUE
    ) as PFN_NETTXQUEUENOTIFYMORECOMPLETEDPACKETSAVAILABLE;

    /// Number of the transmit queue to be made. IRQL: PASSIVE_LEVEL.
    [NetTxQueueInitGetQueueIdTableIndex] fn NetTxQueueInitGetQueueId(
        TxQueueInit: *mut NETTXQUEUE_INIT
    ) -> ULONG as PFN_NETTXQUEUEINITGETQUEUEID;

    /// The rings of a transmit queue, as long as it lives. IRQL: PASSIVE_LEVEL.
    [NetTxQueueGetRingCollectionTableIndex] fn NetTxQueueGetRingCollection(
        PacketQueue: NETPACKETQUEUE
    ) -> *const NET_RING_COLLECTION as PFN_NETTXQUEUEGETRINGCOLLECTION;

    /// Looks for an extension of a transmit queue. IRQL: PASSIVE_LEVEL.
    [NetTxQueueGetExtensionTableIndex] fn NetTxQueueGetExtension(
        PacketQueue: NETPACKETQUEUE,
        Query: *const NET_EXTENSION_QUERY,
        Extension: *mut NET_EXTENSION
    ) as PFN_NETTXQUEUEGETEXTENSION;

    /// Kind of a wake source. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceGetTypeTableIndex] fn NetWakeSourceGetType(
        WakeSource: NETWAKESOURCE
    ) -> NET_WAKE_SOURCE_TYPE as PFN_NETWAKESOURCEGETTYPE;

    /// The adapter of a wake source. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceGetAdapterTableIndex] fn NetWakeSourceGetAdapter(
        WakeSource: NETWAKESOURCE
    ) -> NETADAPTER as PFN_NETWAKESOURCEGETADAPTER;

    /// Parameters of a bit pattern. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceGetBitmapParametersTableIndex] fn NetWakeSourceGetBitmapParameters(
        WakeSource: NETWAKESOURCE,
        Parameters: *mut NET_WAKE_SOURCE_BITMAP_PARAMETERS
    ) as PFN_NETWAKESOURCEGETBITMAPPARAMETERS;

    /// Parameters of a change of the link. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceGetMediaChangeParametersTableIndex] fn NetWakeSourceGetMediaChangeParameters(
        WakeSource: NETWAKESOURCE,
        Parameters: *mut NET_WAKE_SOURCE_MEDIA_CHANGE_PARAMETERS
    ) as PFN_NETWAKESOURCEGETMEDIACHANGEPARAMETERS;

    /// Lists the wake sources. IRQL: PASSIVE_LEVEL.
    [NetDeviceGetWakeSourceListTableIndex] fn NetDeviceGetWakeSourceList(
        Device: WDFDEVICE,
        List: *mut NET_WAKE_SOURCE_LIST
    ) as PFN_NETDEVICEGETWAKESOURCELIST;

    /// Number of wake sources. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceListGetCountTableIndex] fn NetWakeSourceListGetCount(
        List: *const NET_WAKE_SOURCE_LIST
    ) -> SIZE_T as PFN_NETWAKESOURCELISTGETCOUNT;

    /// A wake source of the list. IRQL: PASSIVE_LEVEL.
    [NetWakeSourceListGetElementTableIndex] fn NetWakeSourceListGetElement(
        List: *const NET_WAKE_SOURCE_LIST,
        Index: SIZE_T
    ) -> NETWAKESOURCE as PFN_NETWAKESOURCELISTGETELEMENT;
}
