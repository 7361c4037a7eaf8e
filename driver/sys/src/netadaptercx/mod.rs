//! NetAdapterCx, the network class extension of KMDF, versions 2.0 to 2.2.
//!
//! Types of all versions are always there; the crate features `netadaptercx-2-1` and `netadaptercx-2-2` choose the
//! version to bind with, that is the size of the function table, which functions can be called, and which layout
//! [`NET_PACKET_QUEUE_CONFIG`] stands for.

pub(crate) mod adapter;
pub(crate) mod client;
pub(crate) mod configuration;
pub(crate) mod extension;
pub(crate) mod function;
mod handle;
pub(crate) mod offload;
pub(crate) mod packet;
pub(crate) mod power;
pub(crate) mod queue;
pub(crate) mod receive_scaling;
pub(crate) mod ring;

pub use adapter::*;
pub use client::*;
pub use configuration::*;
pub use extension::*;
pub use function::*;
pub use handle::*;
pub use offload::*;
pub use packet::*;
pub use power::*;
pub use queue::*;
pub use receive_scaling::*;
pub use ring::*;

/// What goes into a structure's `Size`: no structure here is larger than a `ULONG` can say.
#[allow(clippy::cast_possible_truncation)]
const fn size_field<T>() -> crate::scalar::ULONG {
    const { assert!(size_of::<T>() < 4096) };
    size_of::<T>() as crate::scalar::ULONG
}

/// Gives structures that the headers initialise with nothing but their size a constructor for that.
macro_rules! sized_structs {
    ($($name:ident),* $(,)?) => {
        $(
            impl $name {
                /// `Size` filled in, all else zero: what the header's initialiser leaves, or begins with.
                #[must_use]
                pub const fn with_size() -> Self {
                    // SAFETY: integers, enumerations open to any value, pointers and optional function pointers, all of
                    // which may be zero.
                    let mut new: Self = unsafe { core::mem::zeroed() };
                    new.Size = size_field::<Self>();
                    new
                }
            }
        )*

        #[cfg(test)]
        mod sized {
            use super::*;

            #[test]
            fn size_is_filled_in() {
                $( assert_eq!($name::with_size().Size as usize, size_of::<$name>(), stringify!($name)); )*
            }
        }
    };
}

sized_structs! {
    NET_ADAPTER_OFFLOAD_IEEE8021Q_TAG_CAPABILITIES,
    NET_ADAPTER_POWER_OFFLOAD_ARP_CAPABILITIES,
    NET_ADAPTER_POWER_OFFLOAD_NS_CAPABILITIES,
    NET_ADAPTER_RECEIVE_SCALING_CAPABILITIES,
    NET_ADAPTER_TX_DEMUX,
    NET_ADAPTER_WAKE_BITMAP_CAPABILITIES,
    NET_ADAPTER_WAKE_EAPOL_PACKET_CAPABILITIES,
    NET_ADAPTER_WAKE_MAGIC_PACKET_CAPABILITIES,
    NET_ADAPTER_WAKE_MEDIA_CHANGE_CAPABILITIES,
    NET_ADAPTER_WAKE_PACKET_FILTER_CAPABILITIES,
    NET_ADAPTER_WAKE_REASON_PACKET,
    NET_DEVICE_POWER_POLICY_EVENT_CALLBACKS,
    NET_DEVICE_RESET_CAPABILITIES,
    NET_EXECUTION_CONTEXT_CONFIG,
    NET_EXECUTION_CONTEXT_TASK_CONFIG,
    NET_POWER_OFFLOAD_ARP_PARAMETERS,
    NET_POWER_OFFLOAD_LIST,
    NET_POWER_OFFLOAD_NS_PARAMETERS,
    NET_WAKE_SOURCE_BITMAP_PARAMETERS,
    NET_WAKE_SOURCE_LIST,
    NET_WAKE_SOURCE_MEDIA_CHANGE_PARAMETERS,
}
