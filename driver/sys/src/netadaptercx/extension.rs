//! Extensions (net/extension.h): data that a queue attaches to the elements of a ring on request.

use super::packet::*;
use crate::scalar::{BOOLEAN, PCWSTR, PVOID, ULONG};
use crate::wide::WideStr;

c_enums! {
    /// What an extension is attached to.
    NET_EXTENSION_TYPE {
        /// Packets.
        NetExtensionTypePacket = 1,
        /// Fragments.
        NetExtensionTypeFragment = 2,
        /// Buffers of a buffer queue.
        NetExtensionTypeBuffer = 3,
    }
}

c_structs! {
    /// An extension of a queue, filled in by `NetTxQueueGetExtension` or `NetRxQueueGetExtension`. The data of element
    /// `i` is at `Reserved[0] + Reserved[1] * i`.
    #[derive(Debug)]
    struct NET_EXTENSION {
        /// Base address, distance between elements, and two that are not for drivers.
        Reserved: [PVOID; 4],
        /// Whether the queue has the extension.
        Enabled: BOOLEAN,
        /// Padding.
        _Enabled: [u8; 7],
    }

    /// Which extension is asked for. The framework stops the machine for a name, version or type that it does not
    /// know; for one that it knows and the queue lacks, `NET_EXTENSION::Enabled` is false.
    #[derive(Debug)]
    struct NET_EXTENSION_QUERY {
        /// Size of the structure.
        Size: ULONG,
        /// The extension's name.
        Name: PCWSTR,
        /// The lowest version that will do.
        Version: ULONG,
        /// What it is attached to.
        Type: NET_EXTENSION_TYPE,
    }
}

impl NET_EXTENSION {
    /// An extension to be filled in; not enabled.
    pub const EMPTY: Self = Self {
        Reserved: [core::ptr::null_mut(); 4],
        Enabled: 0,
        _Enabled: [0; 7],
    };

    /// The data of element `index`, or `None` if the queue does not have the extension.
    ///
    /// # Safety
    /// A queue that still exists filled this in, for the extension whose data is `T`, and `index` is one of the ring's.
    #[must_use]
    #[inline]
    pub unsafe fn data<T>(&self, index: u32) -> Option<core::ptr::NonNull<T>> {
        if self.Enabled == 0 {
            return None;
        }
        let [base, stride, _, _] = self.Reserved;
        let offset = (stride as usize).wrapping_mul(index as usize);
        core::ptr::NonNull::new(base.wrapping_byte_add(offset).cast())
    }
}

impl NET_EXTENSION_QUERY {
    /// `NET_EXTENSION_QUERY_INIT`.
    #[must_use]
    pub const fn new(name: &'static WideStr, version: ULONG, of: NET_EXTENSION_TYPE) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            Name: name.as_ptr(),
            Version: version,
            Type: of,
        }
    }
}

/// An extension that the framework knows: its name, version, what it is attached to, and its data's size.
#[derive(Clone, Copy, Debug)]
pub struct Extension {
    /// The name.
    pub name: &'static WideStr,
    /// The version whose data this crate declares.
    pub version: ULONG,
    /// What it is attached to.
    pub of: NET_EXTENSION_TYPE,
    /// Size of the data per element, in bytes.
    pub size: usize,
    /// Alignment of the data.
    pub align: usize,
    /// The name that the C headers use, without `_NAME` and `_VERSION_1`.
    pub c_name: &'static str,
}

impl Extension {
    /// The query for this extension.
    #[must_use]
    pub const fn query(&self) -> NET_EXTENSION_QUERY {
        NET_EXTENSION_QUERY::new(self.name, self.version, self.of)
    }
}

macro_rules! extensions {
    ($( $(#[$meta:meta])* $name:ident = $text:literal, $version:literal, $of:ident, $data:ident; )*) => {
        $(
            $(#[$meta])*
            pub const $name: Extension = Extension {
                name: crate::w!($text),
                version: $version,
                of: $of,
                size: size_of::<$data>(),
                align: align_of::<$data>(),
                c_name: stringify!($name),
            };
        )*

        /// All extensions that this crate declares.
        pub const EXTENSIONS: &[Extension] = &[$($name),*];
    };
}

extensions! {
    /// DMA address of a fragment ([`NET_FRAGMENT_LOGICAL_ADDRESS`]). Only with DMA capabilities.
    NET_FRAGMENT_EXTENSION_LOGICAL_ADDRESS = "ms_fragment_logicaladdress", 1, NetExtensionTypeFragment, NET_FRAGMENT_LOGICAL_ADDRESS;
    /// MDL of a fragment ([`NET_FRAGMENT_MDL`]). 2.0: always; 2.2: mobile broadband only.
    NET_FRAGMENT_EXTENSION_MDL = "ms_fragment_mdl", 1, NetExtensionTypeFragment, NET_FRAGMENT_MDL;
    /// Driver's name for a receive buffer ([`NET_FRAGMENT_RETURN_CONTEXT`]). Only with driver-managed receive buffers.
    NET_FRAGMENT_EXTENSION_RETURN_CONTEXT = "ms_fragment_returncontext", 1, NetExtensionTypeFragment, NET_FRAGMENT_RETURN_CONTEXT;
    /// Address of a fragment ([`NET_FRAGMENT_VIRTUAL_ADDRESS`]). Always.
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS = "ms_fragment_virtualaddress", 1, NetExtensionTypeFragment, NET_FRAGMENT_VIRTUAL_ADDRESS;
    /// Checksums ([`NET_PACKET_CHECKSUM`]). After a checksum capability was set.
    NET_PACKET_EXTENSION_CHECKSUM = "ms_packet_checksum", 1, NetExtensionTypePacket, NET_PACKET_CHECKSUM;
    /// Segmentation ([`NET_PACKET_GSO`]). After the GSO capability was set; not in 2.0.
    NET_PACKET_EXTENSION_GSO = "ms_packet_gso", 1, NetExtensionTypePacket, NET_PACKET_GSO;
    /// Hash ([`NET_PACKET_HASH`]). With receive scaling, from 2.2 on.
    NET_PACKET_EXTENSION_HASH = "ms_packet_hash", 1, NetExtensionTypePacket, NET_PACKET_HASH;
    /// 802.1Q tag ([`NET_PACKET_IEEE8021Q`]). Not in 2.0.
    NET_PACKET_EXTENSION_IEEE8021Q = "ms_packet_ieee8021q", 1, NetExtensionTypePacket, NET_PACKET_IEEE8021Q;
    /// Coalescing ([`NET_PACKET_RSC`]). After the RSC capability was set; not in 2.0.
    NET_PACKET_EXTENSION_RSC = "ms_packet_rsc", 1, NetExtensionTypePacket, NET_PACKET_RSC;
    /// Timestamps of coalesced segments ([`NET_PACKET_RSC_TIMESTAMP`]). After the RSC capability was set with the
    /// timestamp option; not in 2.0.
    NET_PACKET_EXTENSION_RSC_TIMESTAMP = "ms_packet_rsc_timestamp", 1, NetExtensionTypePacket, NET_PACKET_RSC_TIMESTAMP;
    /// Wi-Fi exemption ([`NET_PACKET_WIFI_EXEMPTION_ACTION`]). For Wi-Fi drivers.
    NET_PACKET_EXTENSION_WIFI_EXEMPTION_ACTION = "ms_packet_wifiexemptionaction", 1, NetExtensionTypePacket, NET_PACKET_WIFI_EXEMPTION_ACTION;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_at_base_plus_stride() {
        let mut data = [0_u32; 8];
        let base = data.as_mut_ptr();
        let mut extension = NET_EXTENSION::EMPTY;
        // SAFETY: not enabled, so no address is looked at.
        assert!(unsafe { extension.data::<u32>(0) }.is_none());
        extension.Reserved = [
            base.cast(),
            core::ptr::without_provenance_mut(8),
            core::ptr::null_mut(),
            base.cast(),
        ];
        extension.Enabled = 1;
        // SAFETY: element 3 of stride 8 is inside of `data`.
        let found = unsafe { extension.data::<u32>(3) }.unwrap();
        assert_eq!(found.as_ptr(), base.wrapping_add(6));
    }
}
