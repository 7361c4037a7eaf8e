//! `NETFUNCENUM`: indices into the function table, 2.0 to 2.5.
//!
//! Those from 125 on are from a secondary source. Functions that are not for client drivers have an index too.

c_consts! {
    /// `NetAdapterInitAllocate`, since 2.0.
    pub const NetAdapterInitAllocateTableIndex: usize = 0;
    /// `NetAdapterInitFree`, since 2.0.
    pub const NetAdapterInitFreeTableIndex: usize = 1;
    /// `NetAdapterInitSetDatapathCallbacks`, since 2.0.
    pub const NetAdapterInitSetDatapathCallbacksTableIndex: usize = 2;
    /// `NetAdapterCreate`, since 2.0.
    pub const NetAdapterCreateTableIndex: usize = 3;
    /// `NetAdapterStart`, since 2.0.
    pub const NetAdapterStartTableIndex: usize = 4;
    /// `NetAdapterStop`, since 2.0.
    pub const NetAdapterStopTableIndex: usize = 5;
    /// `NetAdapterSetLinkLayerCapabilities`, since 2.0.
    pub const NetAdapterSetLinkLayerCapabilitiesTableIndex: usize = 6;
    /// `NetAdapterSetLinkLayerMtuSize`, since 2.0.
    pub const NetAdapterSetLinkLayerMtuSizeTableIndex: usize = 7;
    /// `NetAdapterPowerOffloadSetArpCapabilities`, since 2.0.
    pub const NetAdapterPowerOffloadSetArpCapabilitiesTableIndex: usize = 8;
    /// `NetAdapterPowerOffloadSetNSCapabilities`, since 2.0.
    pub const NetAdapterPowerOffloadSetNSCapabilitiesTableIndex: usize = 9;
    /// `NetAdapterWakeSetBitmapCapabilities`, since 2.0.
    pub const NetAdapterWakeSetBitmapCapabilitiesTableIndex: usize = 10;
    /// `NetAdapterWakeSetMediaChangeCapabilities`, since 2.0.
    pub const NetAdapterWakeSetMediaChangeCapabilitiesTableIndex: usize = 11;
    /// `NetAdapterWakeSetMagicPacketCapabilities`, since 2.0.
    pub const NetAdapterWakeSetMagicPacketCapabilitiesTableIndex: usize = 12;
    /// `NetAdapterWakeSetPacketFilterCapabilities`, since 2.0.
    pub const NetAdapterWakeSetPacketFilterCapabilitiesTableIndex: usize = 13;
    /// `NetAdapterSetDataPathCapabilities`, since 2.0.
    pub const NetAdapterSetDataPathCapabilitiesTableIndex: usize = 14;
    /// `NetAdapterSetLinkState`, since 2.0.
    pub const NetAdapterSetLinkStateTableIndex: usize = 15;
    /// `NetAdapterGetNetLuid`, since 2.0.
    pub const NetAdapterGetNetLuidTableIndex: usize = 16;
    /// `NetAdapterOpenConfiguration`, since 2.0.
    pub const NetAdapterOpenConfigurationTableIndex: usize = 17;
    /// `NetAdapterSetPermanentLinkLayerAddress`, since 2.0.
    pub const NetAdapterSetPermanentLinkLayerAddressTableIndex: usize = 18;
    /// `NetAdapterSetCurrentLinkLayerAddress`, since 2.0.
    pub const NetAdapterSetCurrentLinkLayerAddressTableIndex: usize = 19;
    /// `NetAdapterOffloadSetChecksumCapabilities`, since 2.0.
    pub const NetAdapterOffloadSetChecksumCapabilitiesTableIndex: usize = 20;
    /// `NetOffloadIsChecksumIPv4Enabled`, since 2.0.
    pub const NetOffloadIsChecksumIPv4EnabledTableIndex: usize = 21;
    /// `NetOffloadIsChecksumTcpEnabled`, since 2.0.
    pub const NetOffloadIsChecksumTcpEnabledTableIndex: usize = 22;
    /// `NetOffloadIsChecksumUdpEnabled`, since 2.0.
    pub const NetOffloadIsChecksumUdpEnabledTableIndex: usize = 23;
    /// `NetAdapterReportWakeReasonPacket`, since 2.0.
    pub const NetAdapterReportWakeReasonPacketTableIndex: usize = 24;
    /// `NetAdapterReportWakeReasonMediaChange`, since 2.0.
    pub const NetAdapterReportWakeReasonMediaChangeTableIndex: usize = 25;
    /// `NetAdapterInitGetCreatedAdapter`, since 2.0, not for client drivers.
    pub const NetAdapterInitGetCreatedAdapterTableIndex: usize = 26;
    /// `NetAdapterExtensionInitAllocate`, since 2.0, not for client drivers.
    pub const NetAdapterExtensionInitAllocateTableIndex: usize = 27;
    /// `NetAdapterExtensionInitSetOidRequestPreprocessCallback`, since 2.0, not for client drivers.
    pub const NetAdapterExtensionInitSetOidRequestPreprocessCallbackTableIndex: usize = 28;
    /// `NetAdapterDispatchPreprocessedOidRequest`, since 2.0, not for client drivers.
    pub const NetAdapterDispatchPreprocessedOidRequestTableIndex: usize = 29;
    /// `NetAdapterGetParent`, since 2.0, not for client drivers.
    pub const NetAdapterGetParentTableIndex: usize = 30;
    /// `NetAdapterGetLinkLayerMtuSize`, since 2.0, not for client drivers.
    pub const NetAdapterGetLinkLayerMtuSizeTableIndex: usize = 31;
    /// `NetAdapterExtensionInitSetNdisPmCapabilities`, since 2.0, not for client drivers.
    pub const NetAdapterExtensionInitSetNdisPmCapabilitiesTableIndex: usize = 32;
    /// `NetAdapterWdmGetNdisHandle`, since 2.0, not for client drivers.
    pub const NetAdapterWdmGetNdisHandleTableIndex: usize = 33;
    /// `NetAdapterDriverWdmGetHandle`, since 2.0, not for client drivers.
    pub const NetAdapterDriverWdmGetHandleTableIndex: usize = 34;
    /// `NetConfigurationClose`, since 2.0.
    pub const NetConfigurationCloseTableIndex: usize = 35;
    /// `NetConfigurationOpenSubConfiguration`, since 2.0.
    pub const NetConfigurationOpenSubConfigurationTableIndex: usize = 36;
    /// `NetConfigurationQueryUlong`, since 2.0.
    pub const NetConfigurationQueryUlongTableIndex: usize = 37;
    /// `NetConfigurationQueryString`, since 2.0.
    pub const NetConfigurationQueryStringTableIndex: usize = 38;
    /// `NetConfigurationQueryMultiString`, since 2.0.
    pub const NetConfigurationQueryMultiStringTableIndex: usize = 39;
    /// `NetConfigurationQueryBinary`, since 2.0.
    pub const NetConfigurationQueryBinaryTableIndex: usize = 40;
    /// `NetConfigurationQueryLinkLayerAddress`, since 2.0.
    pub const NetConfigurationQueryLinkLayerAddressTableIndex: usize = 41;
    /// `NetConfigurationAssignUlong`, since 2.0.
    pub const NetConfigurationAssignUlongTableIndex: usize = 42;
    /// `NetConfigurationAssignUnicodeString`, since 2.0.
    pub const NetConfigurationAssignUnicodeStringTableIndex: usize = 43;
    /// `NetConfigurationAssignMultiString`, since 2.0.
    pub const NetConfigurationAssignMultiStringTableIndex: usize = 44;
    /// `NetConfigurationAssignBinary`, since 2.0.
    pub const NetConfigurationAssignBinaryTableIndex: usize = 45;
    /// `NetDeviceInitConfig`, since 2.0.
    pub const NetDeviceInitConfigTableIndex: usize = 46;
    /// `NetDeviceOpenConfiguration`, since 2.0.
    pub const NetDeviceOpenConfigurationTableIndex: usize = 47;
    /// `NetDeviceInitSetPowerPolicyEventCallbacks`, since 2.0.
    pub const NetDeviceInitSetPowerPolicyEventCallbacksTableIndex: usize = 48;
    /// `NetDeviceInitSetResetConfig`, since 2.0, not for client drivers.
    pub const NetDeviceInitSetResetConfigTableIndex: usize = 49;
    /// `NetDeviceAssignSupportedOidList`, since 2.0, not for client drivers.
    pub const NetDeviceAssignSupportedOidListTableIndex: usize = 50;
    /// `NetPowerOffloadGetType`, since 2.0.
    pub const NetPowerOffloadGetTypeTableIndex: usize = 51;
    /// `NetPowerOffloadGetArpParameters`, since 2.0.
    pub const NetPowerOffloadGetArpParametersTableIndex: usize = 52;
    /// `NetPowerOffloadGetNSParameters`, since 2.0.
    pub const NetPowerOffloadGetNSParametersTableIndex: usize = 53;
    /// `NetDeviceGetPowerOffloadList`, since 2.0.
    pub const NetDeviceGetPowerOffloadListTableIndex: usize = 54;
    /// `NetPowerOffloadListGetCount`, since 2.0.
    pub const NetPowerOffloadListGetCountTableIndex: usize = 55;
    /// `NetPowerOffloadListGetElement`, since 2.0.
    pub const NetPowerOffloadListGetElementTableIndex: usize = 56;
    /// `NetAdapterSetReceiveScalingCapabilities`, since 2.0.
    pub const NetAdapterSetReceiveScalingCapabilitiesTableIndex: usize = 57;
    /// `NetRxQueueCreate`, since 2.0.
    pub const NetRxQueueCreateTableIndex: usize = 58;
    /// `NetRxQueueNotifyMoreReceivedPacketsAvailable`, since 2.0.
    pub const NetRxQueueNotifyMoreReceivedPacketsAvailableTableIndex: usize = 59;
    /// `NetRxQueueInitGetQueueId`, since 2.0.
    pub const NetRxQueueInitGetQueueIdTableIndex: usize = 60;
    /// `NetRxQueueGetRingCollection`, since 2.0.
    pub const NetRxQueueGetRingCollectionTableIndex: usize = 61;
    /// `NetRxQueueGetExtension`, since 2.0.
    pub const NetRxQueueGetExtensionTableIndex: usize = 62;
    /// `NetTxQueueCreate`, since 2.0.
    pub const NetTxQueueCreateTableIndex: usize = 63;
    /// `NetTxQueueNotifyMoreCompletedPacketsAvailable`, since 2.0.
    pub const NetTxQueueNotifyMoreCompletedPacketsAvailableTableIndex: usize = 64;
    /// `NetTxQueueInitGetQueueId`, since 2.0.
    pub const NetTxQueueInitGetQueueIdTableIndex: usize = 65;
    /// `NetTxQueueGetRingCollection`, since 2.0.
    pub const NetTxQueueGetRingCollectionTableIndex: usize = 66;
    /// `NetTxQueueGetExtension`, since 2.0.
    pub const NetTxQueueGetExtensionTableIndex: usize = 67;
    /// `NetWakeSourceGetType`, since 2.0.
    pub const NetWakeSourceGetTypeTableIndex: usize = 68;
    /// `NetWakeSourceGetAdapter`, since 2.0.
    pub const NetWakeSourceGetAdapterTableIndex: usize = 69;
    /// `NetWakeSourceGetBitmapParameters`, since 2.0.
    pub const NetWakeSourceGetBitmapParametersTableIndex: usize = 70;
    /// `NetWakeSourceGetMediaChangeParameters`, since 2.0.
    pub const NetWakeSourceGetMediaChangeParametersTableIndex: usize = 71;
    /// `NetDeviceGetWakeSourceList`, since 2.0.
    pub const NetDeviceGetWakeSourceListTableIndex: usize = 72;
    /// `NetWakeSourceListGetCount`, since 2.0.
    pub const NetWakeSourceListGetCountTableIndex: usize = 73;
    /// `NetWakeSourceListGetElement`, since 2.0.
    pub const NetWakeSourceListGetElementTableIndex: usize = 74;
    /// `NetAdapterWakeSetEapolPacketCapabilities`, since 2.1.
    pub const NetAdapterWakeSetEapolPacketCapabilitiesTableIndex: usize = 75;
    /// `NetAdapterSetReceiveFilterCapabilities`, since 2.1.
    pub const NetAdapterSetReceiveFilterCapabilitiesTableIndex: usize = 76;
    /// `NetReceiveFilterGetPacketFilter`, since 2.1.
    pub const NetReceiveFilterGetPacketFilterTableIndex: usize = 77;
    /// `NetReceiveFilterGetMulticastAddressCount`, since 2.1.
    pub const NetReceiveFilterGetMulticastAddressCountTableIndex: usize = 78;
    /// `NetReceiveFilterGetMulticastAddressList`, since 2.1.
    pub const NetReceiveFilterGetMulticastAddressListTableIndex: usize = 79;
    /// `NetDriverExtensionInitialize`, since 2.1, not for client drivers.
    pub const NetDriverExtensionInitializeTableIndex: usize = 80;
    /// `NetAdapterExtensionInitSetDirectOidRequestPreprocessCallback`, since 2.1, not for client drivers.
    pub const NetAdapterExtensionInitSetDirectOidRequestPreprocessCallbackTableIndex: usize = 81;
    /// `NetExAdapterInitSetDirectOidPreprocessCallback`, since 2.1, not for client drivers.
    pub const NetExAdapterInitSetDirectOidPreprocessCallbackTableIndex: usize = 82;
    /// `NetAdapterExtensionInitSetTxPeerDemuxCallback`, since 2.1, not for client drivers.
    pub const NetAdapterExtensionInitSetTxPeerDemuxCallbackTableIndex: usize = 83;
    /// `NetAdapterDispatchPreprocessedDirectOidRequest`, since 2.1, not for client drivers.
    pub const NetAdapterDispatchPreprocessedDirectOidRequestTableIndex: usize = 84;
    /// `NetExAdapterDispatchPreprocessedDirectOid`, since 2.1, not for client drivers.
    pub const NetExAdapterDispatchPreprocessedDirectOidTableIndex: usize = 85;
    /// `NetAdapterExtensionSetNdisPmCapabilities`, since 2.1, not for client drivers.
    pub const NetAdapterExtensionSetNdisPmCapabilitiesTableIndex: usize = 86;
    /// `NetAdapterInitAllocateContext`, since 2.1, not for client drivers.
    pub const NetAdapterInitAllocateContextTableIndex: usize = 87;
    /// `NetAdapterInitGetTypedContextWorker`, since 2.1, not for client drivers.
    pub const NetAdapterInitGetTypedContextWorkerTableIndex: usize = 88;
    /// `NetAdapterOffloadSetTxChecksumCapabilities`, since 2.1.
    pub const NetAdapterOffloadSetTxChecksumCapabilitiesTableIndex: usize = 89;
    /// `NetOffloadIsTxChecksumIPv4Enabled`, since 2.1.
    pub const NetOffloadIsTxChecksumIPv4EnabledTableIndex: usize = 90;
    /// `NetOffloadIsTxChecksumTcpEnabled`, since 2.1.
    pub const NetOffloadIsTxChecksumTcpEnabledTableIndex: usize = 91;
    /// `NetOffloadIsTxChecksumUdpEnabled`, since 2.1.
    pub const NetOffloadIsTxChecksumUdpEnabledTableIndex: usize = 92;
    /// `NetAdapterOffloadSetRxChecksumCapabilities`, since 2.1.
    pub const NetAdapterOffloadSetRxChecksumCapabilitiesTableIndex: usize = 93;
    /// `NetOffloadIsRxChecksumIPv4Enabled`, since 2.1.
    pub const NetOffloadIsRxChecksumIPv4EnabledTableIndex: usize = 94;
    /// `NetOffloadIsRxChecksumTcpEnabled`, since 2.1.
    pub const NetOffloadIsRxChecksumTcpEnabledTableIndex: usize = 95;
    /// `NetOffloadIsRxChecksumUdpEnabled`, since 2.1.
    pub const NetOffloadIsRxChecksumUdpEnabledTableIndex: usize = 96;
    /// `NetAdapterOffloadSetGsoCapabilities`, since 2.1.
    pub const NetAdapterOffloadSetGsoCapabilitiesTableIndex: usize = 97;
    /// `NetOffloadIsLsoIPv4Enabled`, since 2.1.
    pub const NetOffloadIsLsoIPv4EnabledTableIndex: usize = 98;
    /// `NetOffloadIsLsoIPv6Enabled`, since 2.1.
    pub const NetOffloadIsLsoIPv6EnabledTableIndex: usize = 99;
    /// `NetOffloadIsUsoIPv4Enabled`, since 2.1.
    pub const NetOffloadIsUsoIPv4EnabledTableIndex: usize = 100;
    /// `NetOffloadIsUsoIPv6Enabled`, since 2.1.
    pub const NetOffloadIsUsoIPv6EnabledTableIndex: usize = 101;
    /// `NetAdapterOffloadSetRscCapabilities`, since 2.1.
    pub const NetAdapterOffloadSetRscCapabilitiesTableIndex: usize = 102;
    /// `NetOffloadIsTcpRscIPv4Enabled`, since 2.1.
    pub const NetOffloadIsTcpRscIPv4EnabledTableIndex: usize = 103;
    /// `NetOffloadIsTcpRscIPv6Enabled`, since 2.1.
    pub const NetOffloadIsTcpRscIPv6EnabledTableIndex: usize = 104;
    /// `NetOffloadIsRscTcpTimestampOptionEnabled`, since 2.1.
    pub const NetOffloadIsRscTcpTimestampOptionEnabledTableIndex: usize = 105;
    /// `NetAdapterOffloadSetIeee8021qTagCapabilities`, since 2.1.
    pub const NetAdapterOffloadSetIeee8021qTagCapabilitiesTableIndex: usize = 106;
    /// `NetAdapterInitAddTxDemux`, since 2.1.
    pub const NetAdapterInitAddTxDemuxTableIndex: usize = 107;
    /// `NetAdapterGetTxPeerAddressDemux`, since 2.1, not for client drivers.
    pub const NetAdapterGetTxPeerAddressDemuxTableIndex: usize = 108;
    /// `NetBufferQueueCreate`, since 2.1, not for client drivers.
    pub const NetBufferQueueCreateTableIndex: usize = 109;
    /// `NetBufferQueueGetExtension`, since 2.1, not for client drivers.
    pub const NetBufferQueueGetExtensionTableIndex: usize = 110;
    /// `NetBufferQueueGetRing`, since 2.1, not for client drivers.
    pub const NetBufferQueueGetRingTableIndex: usize = 111;
    /// `NetDeviceInitSetResetCapabilities`, since 2.1.
    pub const NetDeviceInitSetResetCapabilitiesTableIndex: usize = 112;
    /// `NetDeviceStoreResetDiagnostics`, since 2.1.
    pub const NetDeviceStoreResetDiagnosticsTableIndex: usize = 113;
    /// `NetDeviceRequestReset`, since 2.1.
    pub const NetDeviceRequestResetTableIndex: usize = 114;
    /// `NetExecutionContextCreate`, since 2.1.
    pub const NetExecutionContextCreateTableIndex: usize = 115;
    /// `NetExecutionContextTaskCreate`, since 2.1.
    pub const NetExecutionContextTaskCreateTableIndex: usize = 116;
    /// `NetExecutionContextNotify`, since 2.1.
    pub const NetExecutionContextNotifyTableIndex: usize = 117;
    /// `NetExecutionContextTaskEnqueue`, since 2.1.
    pub const NetExecutionContextTaskEnqueueTableIndex: usize = 118;
    /// `NetExecutionContextTaskWaitCompletion`, since 2.1.
    pub const NetExecutionContextTaskWaitCompletionTableIndex: usize = 119;
    /// `NetPowerOffloadGetAdapter`, since 2.1.
    pub const NetPowerOffloadGetAdapterTableIndex: usize = 120;
    /// `NetTxQueueGetDemux8021p`, since 2.1.
    pub const NetTxQueueGetDemux8021pTableIndex: usize = 121;
    /// `NetAdapterExtensionInitSetPowerPolicyCallbacks`, since 2.2, not for client drivers.
    pub const NetAdapterExtensionInitSetPowerPolicyCallbacksTableIndex: usize = 122;
    /// `NetAdapterInitSetSelfManagedPowerReferences`, since 2.2, not for client drivers.
    pub const NetAdapterInitSetSelfManagedPowerReferencesTableIndex: usize = 123;
    /// `NetAdapterLightweightInitAllocate`, since 2.3.
    pub const NetAdapterLightweightInitAllocateTableIndex: usize = 124;
    /// `NetAdapterWifiDestroyPeerAddressDatapath`, since 2.4.
    pub const NetAdapterWifiDestroyPeerAddressDatapathTableIndex: usize = 125;
    /// `NetAdapterPauseOffloadCapabilities`, since 2.4.
    pub const NetAdapterPauseOffloadCapabilitiesTableIndex: usize = 126;
    /// `NetAdapterResumeOffloadCapabilities`, since 2.4.
    pub const NetAdapterResumeOffloadCapabilitiesTableIndex: usize = 127;
    /// `NetAdapterQueryWakeReason`, since 2.4.
    pub const NetAdapterQueryWakeReasonTableIndex: usize = 128;
    /// `NetTxQueueGetDemuxWmmInfo`, since 2.4.
    pub const NetTxQueueGetDemuxWmmInfoTableIndex: usize = 129;
    /// `NetTxQueueGetDemuxPeerAddress`, since 2.4.
    pub const NetTxQueueGetDemuxPeerAddressTableIndex: usize = 130;
    /// `NetOffloadIsUdpRscEnabled`, since 2.5.
    pub const NetOffloadIsUdpRscEnabledTableIndex: usize = 131;
}
