//! What a driver tells about an adapter before it starts (netadapter.h): data path, link layer, receive scaling.

use std::sync::Arc;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_LINK_LAYER_CAPABILITIES, NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES,
    NET_ADAPTER_RX_CAPABILITIES, NET_ADAPTER_TX_CAPABILITIES, NET_FRAGMENT_RETURN_CONTEXT_HANDLE, NETADAPTER,
    NetMemoryMappingRequirementDmaMapped, NetMemoryMappingRequirementNone,
    NetRxFragmentBufferAllocationModeDriver, NetRxFragmentBufferAllocationModeSystem,
    NetRxFragmentBufferAttachmentModeDriver, NetRxFragmentBufferAttachmentModeSystem,
};
use parking_lot::MutexGuard;

use super::adapter::{self, Adapter};
use super::class;
use super::offload::Offloads;
use super::receive_filter::SetReceiveFilter;
use super::rules::bugcheck;
use super::sized;
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::guest::Guest;

exports! { "netadaptercx.sys";
    NetAdapterSetDataPathCapabilities: PASSIVE..=PASSIVE,
    NetAdapterSetLinkLayerCapabilities: PASSIVE..=PASSIVE,
    NetAdapterSetReceiveScalingCapabilities: PASSIVE..=PASSIVE,
}

/// `Offset` of a fragment has 10 bits.
const MAX_OFFSET: usize = 1023;
/// `Capacity` of a fragment has 26 bits.
const MAX_CAPACITY: usize = (1 << 26) - 1;
/// A page; no stricter alignment is given.
const MAX_ALIGNMENT: usize = 4096;

pub(super) type ReturnRxBuffer = unsafe extern "win64" fn(NETADAPTER, NET_FRAGMENT_RETURN_CONTEXT_HANDLE);

/// What the driver wants of transmitted packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct TxCapabilities {
    /// Bytes in front of each packet.
    pub backfill: usize,
    /// Packets of more fragments are copied.
    pub max_fragments: usize,
    /// Fragments that begin elsewhere are copied.
    pub alignment: usize,
    /// Size that the rings should have; 0: any.
    pub ring_hint: u32,
    /// Addresses for DMA are wanted.
    pub dma: bool,
}

/// Where receive buffers come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum RxBuffers {
    /// The class extension allocates them, so aligned.
    System {
        /// Alignment.
        alignment: usize,
    },
    /// The driver does, and gets them back.
    Driver(ReturnRxBuffer),
}

/// What the driver wants of receive buffers.
#[derive(Clone, Copy, Debug)]
pub(super) struct RxCapabilities {
    /// Whose buffers.
    pub buffers: RxBuffers,
    /// Larger ones are dropped.
    pub max_frame: usize,
    /// Size that the rings should have; 0: any.
    pub ring_hint: u32,
    /// Addresses for DMA are wanted.
    pub dma: bool,
}

/// Everything that a driver has told about an adapter.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// NetAdapterStart succeeded, and no stop since.
    pub started: bool,
    /// Transmit.
    pub tx: Option<TxCapabilities>,
    /// Receive.
    pub rx: Option<RxCapabilities>,
    /// Link layer capabilities were set.
    pub link_layer: bool,
    /// Receive filters: what the driver supports, and how it is told.
    pub receive_filter: Option<(i32, SetReceiveFilter)>,
    /// Receive scaling was set.
    pub receive_scaling: bool,
    /// MTU; 0: not set.
    pub mtu: u32,
    /// Length of the permanent link layer address; none was set.
    pub permanent_address: Option<u16>,
    /// Offloads.
    pub offloads: Offloads,
}

impl Settings {
    /// What is mandatory and not there yet.
    pub(super) fn missing(&self) -> Option<&'static str> {
        if self.tx.is_none() || self.rx.is_none() {
            Some("NetAdapterSetDataPathCapabilities")
        } else if !self.link_layer {
            Some("NetAdapterSetLinkLayerCapabilities")
        } else if self.mtu == 0 {
            Some("NetAdapterSetLinkLayerMtuSize")
        } else {
            None
        }
    }
}

/// The settings of an adapter that isn't started; else 0x19E 3 (AdapterAlreadyStarted).
pub(super) fn before_start<'a>(adapter: &'a Arc<Adapter>, what: &str) -> MutexGuard<'a, Settings> {
    let settings = adapter.settings.lock();
    if settings.started {
        drop(settings);
        bugcheck!(NET_ADAPTER_STATE, "{what} after the adapter was started");
    }
    settings
}

/// `NetAdapterSetDataPathCapabilities`.
///
/// | the caller promises                                            | else                                    |
/// |----------------------------------------------------------------|-----------------------------------------|
/// | an adapter that isn't started                                     | `net-adapter-state` (0x19E 3), stop       |
/// | at least one queue and one fragment, a power of two for alignment   | `net-capabilities` (0x19E 32, 33), stop   |
/// | a backfill that fits a fragment's offset, a frame that fits one      | the same                                |
/// | DMA capabilities if fragments shall be mapped                        | the same                                |
/// | buffers allocated and attached by the same side; a return callback     | the same                                |
pub extern "win64" fn NetAdapterSetDataPathCapabilities(
    globals: usize,
    handle: Handle,
    tx: Guest<NET_ADAPTER_TX_CAPABILITIES>,
    rx: Guest<NET_ADAPTER_RX_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(tx, "NET_ADAPTER_TX_CAPABILITIES");
    sized(rx, "NET_ADAPTER_RX_CAPABILITIES");
    let tx = read_tx(&tx.read());
    let rx = read_rx(&rx.read());
    let mut settings = before_start(&adapter, "NetAdapterSetDataPathCapabilities");
    settings.tx = Some(tx);
    settings.rx = Some(rx);
}

fn check_alignment(alignment: usize) {
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        bugcheck!(
            NET_CAPABILITIES,
            "fragments can't be aligned to {alignment} bytes"
        );
    }
}

fn read_tx(this: &NET_ADAPTER_TX_CAPABILITIES) -> TxCapabilities {
    if this.MaximumNumberOfQueues == 0 || this.MaximumNumberOfFragments == 0 {
        bugcheck!(
            NET_CAPABILITIES,
            "transmit capabilities without queues or fragments: {this:?}"
        );
    }
    if this.PayloadBackfill > MAX_OFFSET {
        bugcheck!(
            NET_CAPABILITIES,
            "a backfill of {} bytes doesn't fit",
            this.PayloadBackfill
        );
    }
    check_alignment(this.FragmentBufferAlignment);
    let mapped = this.MappingRequirement == NetMemoryMappingRequirementDmaMapped;
    if !mapped && this.MappingRequirement != NetMemoryMappingRequirementNone {
        bugcheck!(
            NET_CAPABILITIES,
            "unknown mapping requirement {:?}",
            this.MappingRequirement
        );
    }
    if mapped && this.DmaCapabilities.is_null() {
        bugcheck!(
            NET_CAPABILITIES,
            "transmit fragments shall be mapped, without DMA capabilities"
        );
    }
    TxCapabilities {
        backfill: this.PayloadBackfill,
        max_fragments: this.MaximumNumberOfFragments,
        alignment: this.FragmentBufferAlignment,
        ring_hint: this.FragmentRingNumberOfElementsHint,
        dma: !this.DmaCapabilities.is_null(),
    }
}

fn read_rx(this: &NET_ADAPTER_RX_CAPABILITIES) -> RxCapabilities {
    if this.MaximumNumberOfQueues == 0 || this.MaximumFrameSize == 0 || this.MaximumFrameSize > MAX_CAPACITY {
        let (queues, frame) = (this.MaximumNumberOfQueues, this.MaximumFrameSize);
        bugcheck!(
            NET_CAPABILITIES,
            "receive capabilities with {queues} queues and frames of {frame} bytes"
        );
    }
    check_alignment(this.FragmentBufferAlignment);
    let modes = (this.AllocationMode, this.AttachmentMode);
    let buffers = if modes
        == (
            NetRxFragmentBufferAllocationModeSystem,
            NetRxFragmentBufferAttachmentModeSystem,
        ) {
        // SAFETY: both members of the union are plain values; system-managed buffers use this one.
        let mapping = unsafe { this.Source.MappingRequirement };
        if mapping == NetMemoryMappingRequirementDmaMapped && this.DmaCapabilities.is_null() {
            bugcheck!(
                NET_CAPABILITIES,
                "receive buffers shall be mapped, without DMA capabilities"
            );
        }
        RxBuffers::System {
            alignment: this.FragmentBufferAlignment,
        }
    } else if modes
        == (
            NetRxFragmentBufferAllocationModeDriver,
            NetRxFragmentBufferAttachmentModeDriver,
        )
    {
        // SAFETY: as above; driver-managed buffers use the callback.
        match unsafe { this.Source.EvtAdapterReturnRxBuffer } {
            Some(callback) => RxBuffers::Driver(callback),
            None => bugcheck!(
                NET_CAPABILITIES,
                "driver-managed receive buffers without EvtAdapterReturnRxBuffer"
            ),
        }
    } else {
        bugcheck!(
            NET_CAPABILITIES,
            "receive buffers allocated and attached as {modes:?}"
        );
    };
    RxCapabilities {
        buffers,
        max_frame: this.MaximumFrameSize,
        ring_hint: this.FragmentRingNumberOfElementsHint,
        dma: !this.DmaCapabilities.is_null(),
    }
}

/// `NetAdapterSetLinkLayerCapabilities`: before the start (0x19E 3).
pub extern "win64" fn NetAdapterSetLinkLayerCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_LINK_LAYER_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_LINK_LAYER_CAPABILITIES");
    before_start(&adapter, "NetAdapterSetLinkLayerCapabilities").link_layer = true;
}

/// `NetAdapterSetReceiveScalingCapabilities`: before the start; powers of two and the mandatory callbacks (0x19E 26). The
/// stack here never enables scaling, so there is one receive queue.
pub extern "win64" fn NetAdapterSetReceiveScalingCapabilities(
    globals: usize,
    handle: Handle,
    capabilities: Guest<NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES>,
) {
    class::check(globals);
    let adapter = adapter::of(handle);
    sized(capabilities, "NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES");
    let this = capabilities.read();
    if !this.NumberOfQueues.is_power_of_two() || !this.IndirectionTableSize.is_power_of_two() {
        bugcheck!(
            NET_CAPABILITIES,
            "receive scaling over numbers that aren't powers of two: {this:?}"
        );
    }
    if this.EvtAdapterReceiveScalingEnable.is_none()
        || this.EvtAdapterReceiveScalingDisable.is_none()
        || this.EvtAdapterReceiveScalingSetIndirectionEntries.is_none()
    {
        bugcheck!(NET_CAPABILITIES, "receive scaling without its callbacks");
    }
    before_start(&adapter, "NetAdapterSetReceiveScalingCapabilities").receive_scaling = true;
}
