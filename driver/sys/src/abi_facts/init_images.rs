//! Constructors against the bytes that the C initialisers leave.

#![allow(clippy::missing_transmute_annotations)] // the field says which function type it is

use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;
use std::format;

use super::facts;
use crate::netadaptercx::*;

/// The pointer that the images write as `pN`.
macro_rules! p {
    ($n:literal) => {
        // SAFETY: a function pointer is never NULL here, and nobody calls it.
        Some(unsafe { core::mem::transmute::<usize, _>(0x1111_1111_1111_1111_usize * $n) })
    };
}

/// The bytes of a value that has no uninitialised ones, but perhaps padding: made over zeros.
fn bytes<T: Copy>(value: T) -> Vec<u8> {
    let mut storage = core::mem::MaybeUninit::<T>::zeroed();
    storage.write(value);
    let mut bytes = alloc::vec![0_u8; size_of::<T>()];
    // SAFETY: both are of the size of `T`, and what padding holds does not matter below.
    unsafe { core::ptr::copy_nonoverlapping(storage.as_ptr().cast(), bytes.as_mut_ptr(), bytes.len()) };
    bytes
}

/// What our constructors make, by the call that the image is recorded under.
fn images() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let l3 = NET_ADAPTER_OFFLOAD_LAYER3_FLAGS(15);
    let l4 = NET_ADAPTER_OFFLOAD_LAYER4_FLAGS(7);
    let name = core::ptr::without_provenance(0x1111_1111_1111_1111);
    let mut query = NET_EXTENSION_QUERY::new(crate::w!("x"), 1, NetExtensionTypeFragment);
    query.Name = name;
    let state = NET_ADAPTER_LINK_STATE::new(
        0x1122_3344,
        MediaConnectStateConnected,
        MediaDuplexStateFull,
        NetAdapterPauseFunctionTypeUnsupported,
        NetAdapterAutoNegotiationFlagNone,
    );
    alloc::vec![
        (
            "NET_ADAPTER_DATAPATH_CALLBACKS_INIT(p1,p2)",
            "",
            bytes(NET_ADAPTER_DATAPATH_CALLBACKS::new(p!(1), p!(2)))
        ),
        (
            "NET_ADAPTER_TX_CAPABILITIES_INIT(1)",
            "",
            bytes(NET_ADAPTER_TX_CAPABILITIES::new(1))
        ),
        (
            "NET_ADAPTER_RX_CAPABILITIES_INIT_SYSTEM_MANAGED(0x10000,1)",
            "",
            bytes(NET_ADAPTER_RX_CAPABILITIES::system_managed(0x10000, 1))
        ),
        (
            "NET_ADAPTER_RX_CAPABILITIES_INIT_DRIVER_MANAGED(p1,0x10000,1)",
            "",
            bytes(NET_ADAPTER_RX_CAPABILITIES::driver_managed(p!(1), 0x10000, 1))
        ),
        (
            "NET_ADAPTER_LINK_LAYER_CAPABILITIES_INIT(0x11223344,0x55667788)",
            "",
            bytes(NET_ADAPTER_LINK_LAYER_CAPABILITIES::new(0x1122_3344, 0x5566_7788))
        ),
        (
            "NET_ADAPTER_LINK_STATE_INIT(0x11223344,Connected,Full,Unsupported,None)",
            "",
            bytes(state)
        ),
        (
            "NET_ADAPTER_LINK_STATE_INIT_DISCONNECTED()",
            "",
            bytes(NET_ADAPTER_LINK_STATE::disconnected())
        ),
        (
            "NET_PACKET_QUEUE_CONFIG_INIT(p1,p2,p3)",
            "2.0",
            bytes(NET_PACKET_QUEUE_CONFIG_V2_0::new(p!(1), p!(2), p!(3)))
        ),
        (
            "NET_PACKET_QUEUE_CONFIG_INIT(p1,p2,p3)",
            "2.1",
            bytes(NET_PACKET_QUEUE_CONFIG_V2_1::new(p!(1), p!(2), p!(3)))
        ),
        ("NET_EXTENSION_QUERY_INIT(p1,1,Fragment)", "", bytes(query)),
        (
            "NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES_INIT(1,1,1,p1)",
            "",
            bytes(NET_ADAPTER_OFFLOAD_CHECKSUM_CAPABILITIES::new(
                true,
                true,
                true,
                p!(1)
            ))
        ),
        (
            "NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES_INIT(p1)",
            "",
            bytes(NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES::new(p!(1)))
        ),
        (
            "NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES_INIT(layer3=15,p1)",
            "",
            bytes(NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES::new(l3, p!(1)))
        ),
        (
            "NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES_INIT(p1)",
            "",
            bytes(NET_ADAPTER_OFFLOAD_RX_CHECKSUM_CAPABILITIES::new(p!(1)))
        ),
        (
            "NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES_INIT(layer3=15,layer4=7,0x10000,2,p1)",
            "",
            bytes(NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES::new(
                l3,
                l4,
                0x10000,
                2,
                p!(1)
            ))
        ),
        (
            "NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES_INIT(layer3=15,layer4=7,p1)",
            "",
            bytes(NET_ADAPTER_OFFLOAD_RSC_CAPABILITIES::new(l3, l4, p!(1)))
        ),
    ]
}

/// Which bytes of a structure are a member's: the others are padding, of which a Rust value says nothing.
fn is_member(structure: &Value, version: &str, byte: usize) -> bool {
    let layout = structure
        .get("by_version")
        .map_or(structure, |versions| &versions[version]);
    layout["fields"].as_object().unwrap().values().any(|field| {
        let offset = field["off"].as_u64().unwrap() as usize;
        (offset..offset + field["size"].as_u64().unwrap() as usize).contains(&byte)
    })
}

#[test]
fn constructors_leave_the_recorded_bytes() {
    let facts = facts("netadaptercx");
    for (call, version, is) in images() {
        let fact = &facts["init_images"][call];
        let image = fact.get("by_version").map_or(fact, |versions| &versions[version]);
        let hex = image["hex"].as_str().unwrap();
        assert_eq!(hex.len(), 2 * is.len(), "{call} {version}");
        let structure = &facts["structs"][fact["struct"].as_str().unwrap()];
        for (index, is) in is.iter().enumerate() {
            let want = &hex[2 * index..2 * index + 2];
            // Where the C initialiser leaves what was there, zero is as good.
            let want = if want == "cc" { "00" } else { want };
            let matches = format!("{is:02x}") == want || !is_member(structure, version, index);
            assert!(
                matches,
                "{call} {version}: byte {index} is {is:02x}, recorded {want}"
            );
        }
    }
}

#[test]
fn every_recorded_image_has_a_constructor() {
    let facts = facts("netadaptercx");
    let made: Vec<_> = images().iter().map(|(call, _, _)| *call).collect();
    let missing: Vec<String> = facts["init_images"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|call| !made.contains(&call.as_str()))
        .cloned()
        .collect();
    super::assert_none(&missing);
}

#[test]
fn the_authenticated_cipher_information_has_its_size_and_version() {
    let image = bytes(crate::cng::BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO::new());
    let structure = &facts("bcrypt")["structs"]["BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO"];
    let size = structure["size"].as_u64().unwrap() as usize;
    assert_eq!(image.len(), size);
    for (index, is) in image
        .iter()
        .enumerate()
        .filter(|(index, _)| is_member(structure, "", *index))
    {
        let want = match index {
            0 => size as u8,
            4 => 1,
            _ => 0,
        };
        assert_eq!(*is, want, "byte {index}");
    }
}
