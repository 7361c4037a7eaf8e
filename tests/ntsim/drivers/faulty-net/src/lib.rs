//! A small NetAdapterCx driver that breaks one rule when it is asked to: the value `Bug` of its Parameters key says which.
//!
//! It takes every packet that is sent and receives none. Without the value, or with 0, it is healthy.

#![no_std]
// What is unsafe here are calls of the framework with its own handles; the bugs are there on purpose.
#![allow(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]

extern crate wdk_panic;

mod queues;

use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use netcx_sys::netadaptercx::{
    NET_ADAPTER_DATAPATH_CALLBACKS, NET_ADAPTER_LINK_LAYER_CAPABILITIES, NET_ADAPTER_LINK_STATE,
    NET_ADAPTER_RX_CAPABILITIES, NET_ADAPTER_TX_CAPABILITIES, NETADAPTER,
};
use netcx_sys::w;
use wdk_sys::{
    NTSTATUS, PCUNICODE_STRING, PDRIVER_OBJECT, PWDFDEVICE_INIT, STATUS_INSUFFICIENT_RESOURCES,
    UNICODE_STRING, WDF_DRIVER_CONFIG, WDFDEVICE, WDFDRIVER, WDFKEY, call_unsafe_wdf_function_binding,
};

netcx_sys::netadaptercx_client! {
    /// The class extension.
    pub(crate) static NETCX;
}

/// The bug that was asked for.
static BUG: AtomicU32 = AtomicU32::new(0);

pub(crate) fn has_bug(number: u32) -> bool {
    BUG.load(Ordering::Relaxed) == number
}

const MTU: u32 = 1500;
const SPEED: u64 = 1_000_000_000;
const KEY_READ: u32 = 0x2_0019;

// SAFETY: the linker finds one definition of this name in the image, this one.
#[unsafe(export_name = "DriverEntry")]
unsafe extern "system" fn driver_entry(driver: PDRIVER_OBJECT, path: PCUNICODE_STRING) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG {
        Size: 32,
        EvtDriverDeviceAdd: Some(device_add),
        ..Default::default()
    };
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDriverCreate,
            driver,
            path,
            ptr::null_mut(),
            &raw mut config,
            ptr::null_mut()
        )
    }
}

/// Reads which bug is wanted.
fn read_bug(driver: WDFDRIVER) {
    let mut key: WDFKEY = ptr::null_mut();
    let mut bug = 0;
    let name = w!("Bug");
    let name = UNICODE_STRING {
        Length: 6,
        MaximumLength: 8,
        Buffer: name.as_ptr().cast_mut(),
    };
    unsafe {
        let status = call_unsafe_wdf_function_binding!(
            WdfDriverOpenParametersRegistryKey,
            driver,
            KEY_READ,
            ptr::null_mut(),
            &raw mut key
        );
        if status < 0 {
            return;
        }
        if call_unsafe_wdf_function_binding!(WdfRegistryQueryULong, key, &raw const name, &raw mut bug) >= 0 {
            BUG.store(bug, Ordering::Relaxed);
        }
        call_unsafe_wdf_function_binding!(WdfRegistryClose, key);
    }
}

unsafe extern "C" fn device_add(driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    read_bug(driver);
    let mut device: WDFDEVICE = ptr::null_mut();
    unsafe {
        let status = NETCX.NetDeviceInitConfig(init.cast());
        if status < 0 {
            return status;
        }
        let status = call_unsafe_wdf_function_binding!(
            WdfDeviceCreate,
            &raw mut init,
            ptr::null_mut(),
            &raw mut device
        );
        if status < 0 {
            return status;
        }
    }
    match create_adapter(device) {
        // SAFETY: the adapter has its capabilities.
        Ok(adapter) => unsafe { NETCX.NetAdapterStart(adapter) },
        Err(status) => status,
    }
}

fn create_adapter(device: WDFDEVICE) -> Result<NETADAPTER, NTSTATUS> {
    let mut callbacks = NET_ADAPTER_DATAPATH_CALLBACKS::new(Some(queues::create_tx), Some(queues::create_rx));
    let mut adapter: NETADAPTER = ptr::null_mut();
    unsafe {
        let init = NETCX.NetAdapterInitAllocate(device.cast());
        if init.is_null() {
            return Err(STATUS_INSUFFICIENT_RESOURCES);
        }
        NETCX.NetAdapterInitSetDatapathCallbacks(init, &raw mut callbacks);
        let status = NETCX.NetAdapterCreate(init, ptr::null_mut(), &raw mut adapter);
        NETCX.NetAdapterInitFree(init);
        if status < 0 {
            return Err(status);
        }
        let mut link = NET_ADAPTER_LINK_LAYER_CAPABILITIES::new(SPEED, SPEED);
        NETCX.NetAdapterSetLinkLayerCapabilities(adapter, &raw mut link);
        NETCX.NetAdapterSetLinkLayerMtuSize(adapter, MTU);
        let mut tx = NET_ADAPTER_TX_CAPABILITIES::new(1);
        let mut rx = NET_ADAPTER_RX_CAPABILITIES::system_managed(2048, 1);
        NETCX.NetAdapterSetDataPathCapabilities(adapter, &raw mut tx, &raw mut rx);
        let mut state = NET_ADAPTER_LINK_STATE::new(
            SPEED,
            netcx_sys::netadaptercx::MediaConnectStateConnected,
            netcx_sys::netadaptercx::MediaDuplexStateFull,
            netcx_sys::netadaptercx::NetAdapterPauseFunctionTypeUnsupported,
            netcx_sys::netadaptercx::NetAdapterAutoNegotiationFlagNone,
        );
        NETCX.NetAdapterSetLinkState(adapter, &raw mut state);
    }
    Ok(adapter)
}
