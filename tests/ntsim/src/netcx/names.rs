//! Names of the class extension's functions in order of their table index (2.0 to 2.5: later versions only append).

/// Name by index.
#[rustfmt::skip]
pub(super) const NAMES: [&str; 132] = [
    "NetAdapterInitAllocate", "NetAdapterInitFree", "NetAdapterInitSetDatapathCallbacks", "NetAdapterCreate",
    "NetAdapterStart", "NetAdapterStop", "NetAdapterSetLinkLayerCapabilities", "NetAdapterSetLinkLayerMtuSize",
    "NetAdapterPowerOffloadSetArpCapabilities", "NetAdapterPowerOffloadSetNSCapabilities",
    "NetAdapterWakeSetBitmapCapabilities", "NetAdapterWakeSetMediaChangeCapabilities",
    "NetAdapterWakeSetMagicPacketCapabilities", "NetAdapterWakeSetPacketFilterCapabilities",
    "NetAdapterSetDataPathCapabilities", "NetAdapterSetLinkState", "NetAdapterGetNetLuid",
    "NetAdapterOpenConfiguration", "NetAdapterSetPermanentLinkLayerAddress", "NetAdapterSetCurrentLinkLayerAddress",
    "NetAdapterOffloadSetChecksumCapabilities", "NetOffloadIsChecksumIPv4Enabled", "NetOffloadIsChecksumTcpEnabled",
    "NetOffloadIsChecksumUdpEnabled", "NetAdapterReportWakeReasonPacket", "NetAdapterReportWakeReasonMediaChange",
    "NetAdapterInitGetCreatedAdapter", "NetAdapterExtensionInitAllocate",
    "NetAdapterExtensionInitSetOidRequestPreprocessCallback", "NetAdapterDispatchPreprocessedOidRequest",
    "NetAdapterGetParent", "NetAdapterGetLinkLayerMtuSize", "NetAdapterExtensionInitSetNdisPmCapabilities",
    "NetAdapterWdmGetNdisHandle", "NetAdapterDriverWdmGetHandle", "NetConfigurationClose",
    "NetConfigurationOpenSubConfiguration", "NetConfigurationQueryUlong", "NetConfigurationQueryString",
    "NetConfigurationQueryMultiString", "NetConfigurationQueryBinary", "NetConfigurationQueryLinkLayerAddress",
    "NetConfigurationAssignUlong", "NetConfigurationAssignUnicodeString", "NetConfigurationAssignMultiString",
    "NetConfigurationAssignBinary", "NetDeviceInitConfig", "NetDeviceOpenConfiguration",
    "NetDeviceInitSetPowerPolicyEventCallbacks", "NetDeviceInitSetResetConfig", "NetDeviceAssignSupportedOidList",
    "NetPowerOffloadGetType", "NetPowerOffloadGetArpParameters", "NetPowerOffloadGetNSParameters",
    "NetDeviceGetPowerOffloadList", "NetPowerOffloadListGetCount", "NetPowerOffloadListGetElement",
    "NetAdapterSetReceiveScalingCapabilities", "NetRxQueueCreate", "NetRxQueueNotifyMoreReceivedPacketsAvailable",
    "NetRxQueueInitGetQueueId", "NetRxQueueGetRingCollection", "NetRxQueueGetExtension", "NetTxQueueCreate",
    "NetTxQueueNotifyMoreCompletedPacketsAvailable", "NetTxQueueInitGetQueueId", "NetTxQueueGetRingCollection",
    "NetTxQueueGetExtension", "NetWakeSourceGetType", "NetWakeSourceGetAdapter", "NetWakeSourceGetBitmapParameters",
    "NetWakeSourceGetMediaChangeParameters", "NetDeviceGetWakeSourceList", "NetWakeSourceListGetCount",
    "NetWakeSourceListGetElement", "NetAdapterWakeSetEapolPacketCapabilities",
    "NetAdapterSetReceiveFilterCapabilities", "NetReceiveFilterGetPacketFilter",
    "NetReceiveFilterGetMulticastAddressCount", "NetReceiveFilterGetMulticastAddressList",
    "NetDriverExtensionInitialize", "NetAdapterExtensionInitSetDirectOidRequestPreprocessCallback",
    "NetExAdapterInitSetDirectOidPreprocessCallback", "NetAdapterExtensionInitSetTxPeerDemuxCallback",
    "NetAdapterDispatchPreprocessedDirectOidRequest", "NetExAdapterDispatchPreprocessedDirectOid",
    "NetAdapterExtensionSetNdisPmCapabilities", "NetAdapterInitAllocateContext",
    "NetAdapterInitGetTypedContextWorker", "NetAdapterOffloadSetTxChecksumCapabilities",
    "NetOffloadIsTxChecksumIPv4Enabled", "NetOffloadIsTxChecksumTcpEnabled", "NetOffloadIsTxChecksumUdpEnabled",
    "NetAdapterOffloadSetRxChecksumCapabilities", "NetOffloadIsRxChecksumIPv4Enabled",
    "NetOffloadIsRxChecksumTcpEnabled", "NetOffloadIsRxChecksumUdpEnabled", "NetAdapterOffloadSetGsoCapabilities",
    "NetOffloadIsLsoIPv4Enabled", "NetOffloadIsLsoIPv6Enabled", "NetOffloadIsUsoIPv4Enabled",
    "NetOffloadIsUsoIPv6Enabled", "NetAdapterOffloadSetRscCapabilities", "NetOffloadIsTcpRscIPv4Enabled",
    "NetOffloadIsTcpRscIPv6Enabled", "NetOffloadIsRscTcpTimestampOptionEnabled",
    "NetAdapterOffloadSetIeee8021qTagCapabilities", "NetAdapterInitAddTxDemux", "NetAdapterGetTxPeerAddressDemux",
    "NetBufferQueueCreate", "NetBufferQueueGetExtension", "NetBufferQueueGetRing",
    "NetDeviceInitSetResetCapabilities", "NetDeviceStoreResetDiagnostics", "NetDeviceRequestReset",
    "NetExecutionContextCreate", "NetExecutionContextTaskCreate", "NetExecutionContextNotify",
    "NetExecutionContextTaskEnqueue", "NetExecutionContextTaskWaitCompletion", "NetPowerOffloadGetAdapter",
    "NetTxQueueGetDemux8021p", "NetAdapterExtensionInitSetPowerPolicyCallbacks",
    "NetAdapterInitSetSelfManagedPowerReferences", "NetAdapterLightweightInitAllocate",
    "NetAdapterWifiDestroyPeerAddressDatapath", "NetAdapterPauseOffloadCapabilities",
    "NetAdapterResumeOffloadCapabilities", "NetAdapterQueryWakeReason", "NetTxQueueGetDemuxWmmInfo",
    "NetTxQueueGetDemuxPeerAddress", "NetOffloadIsUdpRscEnabled",
];

/// How many functions version 2.`minor` has; `None` for versions that were never released.
#[must_use]
pub(super) const fn count(minor: u32) -> Option<usize> {
    netcx_sys::netadaptercx::function_count(minor)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_at_their_recorded_index() {
        let facts = crate::abi::check::facts("netadaptercx.json");
        for (index, name) in super::NAMES.iter().enumerate() {
            assert_eq!(facts["function_table"][*name]["index"], index, "{name}");
        }
    }

    #[test]
    fn counts_are_those_recorded() {
        let facts = crate::abi::check::facts("netadaptercx.json");
        for minor in 0..6 {
            let fact = &facts["function_counts"][format!("2.{minor}")];
            assert_eq!(super::count(minor).map(|n| n as u64), fact.as_u64(), "2.{minor}");
        }
    }
}
