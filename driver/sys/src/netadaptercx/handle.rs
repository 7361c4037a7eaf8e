//! Handles and opaque structures (nettypes.h), and the WDF types that NetAdapterCx functions take.

use core::ffi::c_void;

macro_rules! handles {
    ($( $(#[$meta:meta])* $name:ident = $target:ident; )*) => {
        $(
            #[doc = concat!("What [`", stringify!($name), "`] points to. Never looked into.")]
            #[repr(C)]
            #[derive(Debug)]
            pub struct $target {
                _unused: i32,
            }
            $(#[$meta])*
            pub type $name = *mut $target;
        )*
    };
}

handles! {
    /// A network adapter, a WDF object.
    NETADAPTER = NETADAPTER__;
    /// An open configuration (registry key) of a device or adapter, a WDF object.
    NETCONFIGURATION = NETCONFIGURATION__;
    /// The active offloads, valid only inside the callback that got it.
    NETOFFLOAD = NETOFFLOAD__;
    /// A transmit or receive queue, a WDF object.
    NETPACKETQUEUE = NETPACKETQUEUE__;
    /// A wake source.
    NETWAKESOURCE = NETWAKESOURCE__;
    /// A power offload (ARP or neighbour solicitation).
    NETPOWEROFFLOAD = NETPOWEROFFLOAD__;
    /// A receive filter, valid only inside the callback that got it.
    NETRECEIVEFILTER = NETRECEIVEFILTER__;
    /// An execution context, a WDF object (2.1 and later).
    NETEXECUTIONCONTEXT = NETEXECUTIONCONTEXT__;
    /// A task of an execution context, a WDF object (2.1 and later).
    NETEXECUTIONCONTEXTTASK = NETEXECUTIONCONTEXTTASK__;
    /// A buffer queue (2.1 and later).
    NETBUFFERQUEUE = NETBUFFERQUEUE__;
    /// The driver's name for a receive buffer, see
    /// [`NET_FRAGMENT_RETURN_CONTEXT`](super::NET_FRAGMENT_RETURN_CONTEXT). The driver chooses the value.
    NET_FRAGMENT_RETURN_CONTEXT_HANDLE = NET_FRAGMENT_RETURN_CONTEXT_HANDLE__;
}

macro_rules! opaque {
    ($( $(#[$meta:meta])* $name:ident; )*) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Debug)]
            pub struct $name {
                _opaque: [u8; 0],
            }
        )*
    };
}

opaque! {
    /// What an adapter is made from.
    NETADAPTER_INIT;
    /// What a transmit queue is made from, given to `EvtAdapterCreateTxQueue`.
    NETTXQUEUE_INIT;
    /// What a receive queue is made from, given to `EvtAdapterCreateRxQueue`.
    NETRXQUEUE_INIT;
    /// `WDF_OBJECT_ATTRIBUTES`, which `wdk-sys` declares; cast a pointer to its type.
    WDF_OBJECT_ATTRIBUTES;
    /// `WDFDEVICE_INIT`, which `wdk-sys` declares as opaque; cast a pointer to its type.
    WDFDEVICE_INIT;
}

/// `WDFDEVICE` of `wdk-sys` as an untyped pointer: pass `device.cast()`.
pub type WDFDEVICE = *mut c_void;
/// `WDFMEMORY` of `wdk-sys` as an untyped pointer.
pub type WDFMEMORY = *mut c_void;
/// `WDFSTRING` of `wdk-sys` as an untyped pointer.
pub type WDFSTRING = *mut c_void;
/// `WDFCOLLECTION` of `wdk-sys` as an untyped pointer.
pub type WDFCOLLECTION = *mut c_void;
/// `WDFDMAENABLER` of `wdk-sys` as an untyped pointer.
pub type WDFDMAENABLER = *mut c_void;
/// `PWDFDEVICE_INIT`.
pub type PWDFDEVICE_INIT = *mut WDFDEVICE_INIT;
/// `POOL_TYPE`, for `NetConfigurationQueryBinary`; 512 is nonpaged and not executable.
pub type POOL_TYPE = i32;
/// `WDF_TRI_STATE`: 0 false, 1 true, 2 default.
pub type WDF_TRI_STATE = i32;
/// `NODE_REQUIREMENT`: a NUMA node or `MM_ANY_NODE_OK`.
pub type NODE_REQUIREMENT = u32;
