//! Every fact of `tests/abi/uapi.json`, which was read back from a C compiler, against our types: no fact
//! without a type and no field without a fact.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::offset_of;

use ovpn_dco_uapi as uapi;
use serde_json::Value;
use uapi::*;

fn facts() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/abi/uapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Size, alignment, and (offset, size) of each field by its C name.
type Layout = (usize, usize, BTreeMap<String, (usize, usize)>);

const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

/// The layout of a structure; `own` fields have no name in C (padding), `parts` are named one level down.
macro_rules! layout {
    ($ty:ty { $($field:ident $(. $sub:ident)* : $c:literal),+ $(,)? }) => {{
        let mut fields = BTreeMap::new();
        $(fields.insert(
            $c.to_string(),
            (offset_of!($ty, $field $(. $sub)*), size_of_field(|t: &$ty| &t.$field $(. $sub)*)),
        );)+
        (size_of::<$ty>(), align_of::<$ty>(), fields)
    }};
}

/// Adds what the C union has inside a [`SockAddrInet`]: both structures at its start.
fn with_union(mut layout: Layout, field: &str) -> Layout {
    let (offset, size) = layout.2[field];
    assert_eq!(size, size_of::<SockAddrInet>());
    layout
        .2
        .insert(format!("{field}.Addr4"), (offset, size_of::<SockAddrIn>()));
    layout
        .2
        .insert(format!("{field}.Addr6"), (offset, size_of::<SockAddrIn6>()));
    layout
}

fn ours() -> BTreeMap<&'static str, Layout> {
    let crypto = layout!(CryptoData {
        encrypt: "Encrypt", encrypt.key: "Encrypt.Key", encrypt.key_len: "Encrypt.KeyLen",
        encrypt.nonce_tail: "Encrypt.NonceTail", decrypt: "Decrypt", decrypt.key: "Decrypt.Key",
        decrypt.key_len: "Decrypt.KeyLen", decrypt.nonce_tail: "Decrypt.NonceTail",
        key_slot: "KeySlot", cipher_alg: "CipherAlg", key_id: "KeyId", peer_id: "PeerId",
    });
    let mut crypto_v2: Layout = layout!(CryptoDataV2 {
        v1: "V1",
        crypto_options: "CryptoOptions"
    });
    crypto_v2.2.extend(
        crypto
            .2
            .iter()
            .map(|(name, place)| (format!("V1.{name}"), *place)),
    );

    let mut iroute: Layout = layout!(MpIroute {
        addr: "Addr",
        netbits: "Netbits",
        peer_id: "PeerId",
        ipv6: "IPv6"
    });
    iroute.2.insert("Addr.Addr4".into(), (0, 4));
    iroute.2.insert("Addr.Addr6".into(), (0, 16));

    let new_peer = layout!(NewPeer {
        local: "Local",
        remote: "Remote",
        proto: "Proto"
    });
    let mp_new_peer = layout!(MpNewPeer {
        local: "Local",
        remote: "Remote",
        vpn_addr4: "VpnAddr4",
        vpn_addr6: "VpnAddr6",
        peer_id: "PeerId",
    });
    let mp_start = layout!(MpStartVpn {
        listen_address: "ListenAddress",
        ipv6_only: "IPv6Only"
    });

    BTreeMap::from([
        (
            "OVPN_NEW_PEER",
            with_union(with_union(new_peer, "Local"), "Remote"),
        ),
        (
            "OVPN_MP_NEW_PEER",
            with_union(with_union(mp_new_peer, "Local"), "Remote"),
        ),
        (
            "OVPN_STATS",
            layout!(Stats {
                lost_in_control_packets: "LostInControlPackets",
                lost_out_control_packets: "LostOutControlPackets",
                lost_in_data_packets: "LostInDataPackets",
                lost_out_data_packets: "LostOutDataPackets",
                received_data_packets: "ReceivedDataPackets",
                received_control_packets: "ReceivedControlPackets",
                sent_control_packets: "SentControlPackets",
                sent_data_packets: "SentDataPackets",
                transport_bytes_sent: "TransportBytesSent",
                transport_bytes_received: "TransportBytesReceived",
                tun_bytes_sent: "TunBytesSent",
                tun_bytes_received: "TunBytesReceived",
            }),
        ),
        (
            "OVPN_PEER_STATS",
            layout!(PeerStats {
                peer_id: "PeerId",
                link_rx_bytes: "LinkRxBytes",
                link_tx_bytes: "LinkTxBytes",
                vpn_rx_bytes: "VpnRxBytes",
                vpn_tx_bytes: "VpnTxBytes",
            }),
        ),
        (
            "OVPN_KEY_DIRECTION",
            layout!(KeyDirection {
                key: "Key",
                key_len: "KeyLen",
                nonce_tail: "NonceTail"
            }),
        ),
        ("OVPN_CRYPTO_DATA", crypto),
        ("OVPN_CRYPTO_DATA_V2", crypto_v2),
        (
            "OVPN_MP_SET_PEER",
            layout!(MpSetPeer {
                peer_id: "PeerId", settings.keepalive_interval: "KeepaliveInterval",
                settings.keepalive_timeout: "KeepaliveTimeout", settings.mss: "MSS",
            }),
        ),
        (
            "OVPN_SET_PEER",
            layout!(SetPeer {
                keepalive_interval: "KeepaliveInterval",
                keepalive_timeout: "KeepaliveTimeout",
                mss: "MSS",
            }),
        ),
        (
            "OVPN_VERSION",
            layout!(Version {
                major: "Major",
                minor: "Minor",
                patch: "Patch"
            }),
        ),
        ("OVPN_SET_MODE", layout!(SetMode { mode: "Mode" })),
        ("OVPN_MP_START_VPN", with_union(mp_start, "ListenAddress")),
        (
            "OVPN_NOTIFY_EVENT",
            layout!(NotifyEvent {
                cmd: "Cmd",
                peer_id: "PeerId",
                del_peer_reason: "DelPeerReason",
                float_address: "FloatAddress",
            }),
        ),
        ("OVPN_MP_DEL_PEER", layout!(MpDelPeer { peer_id: "PeerId" })),
        ("OVPN_MP_SWAP_KEYS", layout!(MpSwapKeys { peer_id: "PeerId" })),
        ("OVPN_MP_IROUTE", iroute),
        ("OVPN_GET_PEER_STATS", layout!(GetPeerStats { peer_id: "PeerId" })),
    ])
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn structures_are_laid_out_as_in_c() {
    let facts = facts();
    let c: BTreeMap<&str, Layout> = facts["structs"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, fact)| {
            let fields = fact["fields"].as_object().unwrap().iter();
            let fields = fields
                .map(|(f, at)| (f.clone(), (number(&at["off"]), number(&at["size"]))))
                .collect();
            (
                name.as_str(),
                (number(&fact["size"]), number(&fact["align"]), fields),
            )
        })
        .collect();
    let ours = ours();
    assert_eq!(
        c.keys().collect::<BTreeSet<_>>(),
        ours.keys().collect::<BTreeSet<_>>()
    );
    for (name, layout) in &c {
        assert_eq!(&ours[name], layout, "{name}");
    }
}

#[test]
fn holes_of_c_are_the_padding_fields() {
    assert_eq!(
        (offset_of!(PeerStats, _pad0), offset_of!(NotifyEvent, _pad0)),
        (4, 12)
    );
    assert_eq!(
        (offset_of!(CryptoData, _pad0), offset_of!(CryptoData, _pad1)),
        (82, 93)
    );
}

#[test]
fn control_codes_are_those_of_c() {
    let facts = facts();
    let sizes = |name: &Value| name.as_str().map_or(0, |n| number(&facts["structs"][n]["size"]));
    let c = facts["ioctls"].as_object().unwrap();
    assert_eq!(c.len(), Ioctl::ALL.len());
    for ioctl in Ioctl::ALL {
        let fact = &c[ioctl.name()];
        assert_eq!(
            u64::from(ioctl.code()),
            fact["value"].as_u64().unwrap(),
            "{ioctl}"
        );
        assert_eq!(
            format!("0x{:08X}", ioctl.code()),
            fact["code"].as_str().unwrap(),
            "{ioctl}"
        );
        assert_eq!(
            u64::from(ioctl.function()),
            fact["function"].as_u64().unwrap(),
            "{ioctl}"
        );
        let code = ioctl.code();
        let parts = [
            ("method", code & 3),
            ("access", code >> 14 & 3),
            ("device_type", code >> 16),
        ];
        for (part, value) in parts {
            assert_eq!(fact[part].as_u64().unwrap(), u64::from(value), "{ioctl} {part}");
        }
        assert_eq!(ioctl.input_size(), sizes(&fact["in"]), "{ioctl}");
        let output = match ioctl.output() {
            Output::None => 0,
            Output::Fixed(size) | Output::Array(size) => size,
        };
        assert_eq!(output, sizes(&fact["out"]), "{ioctl}");
        let pends = fact["note"].as_str().is_some_and(|n| n.contains("pending"));
        assert_eq!(ioctl.asynchronous() != Asynchronous::Never, pends, "{ioctl}");
    }
}

#[test]
fn enums_have_the_values_of_c() {
    let facts = facts();
    let enums = facts["enums"].as_object().unwrap();
    let ours: [(&str, Vec<u32>); 6] = [
        ("OVPN_PROTO", Proto::ALL.iter().map(|v| v.to_u32()).collect()),
        ("OVPN_KEY_SLOT", KeySlot::ALL.iter().map(|v| v.to_u32()).collect()),
        (
            "OVPN_CIPHER_ALG",
            CipherAlg::ALL.iter().map(|v| v.to_u32()).collect(),
        ),
        ("OVPN_MODE", Mode::ALL.iter().map(|v| v.to_u32()).collect()),
        ("OVPN_NOTIFY_CMD", Cmd::ALL.iter().map(|v| v.to_u32()).collect()),
        (
            "OVPN_DEL_PEER_REASON",
            DelPeerReason::ALL.iter().map(|v| v.to_u32()).collect(),
        ),
    ];
    assert_eq!(enums.len(), ours.len());
    for (name, values) in ours {
        let mut c: Vec<u32> = enums[name]["values"]
            .as_object()
            .unwrap()
            .values()
            .map(|v| u32::try_from(v.as_u64().unwrap()).unwrap())
            .collect();
        c.sort_unstable();
        assert_eq!(values, c, "{name}");
        assert_eq!(number(&enums[name]["size"]), 4, "{name}");
    }
    let named = |e: &str, v: &str| u32::try_from(enums[e]["values"][v].as_u64().unwrap()).unwrap();
    assert_eq!(named("OVPN_PROTO", "OVPN_PROTO_TCP"), Proto::Tcp.to_u32());
    assert_eq!(
        named("OVPN_KEY_SLOT", "OVPN_KEY_SLOT_SECONDARY"),
        KeySlot::Secondary.to_u32()
    );
    assert_eq!(
        named("OVPN_CIPHER_ALG", "OVPN_CIPHER_ALG_AES_GCM"),
        CipherAlg::AesGcm.to_u32()
    );
    assert_eq!(
        named("OVPN_CIPHER_ALG", "OVPN_CIPHER_ALG_CHACHA20_POLY1305"),
        CipherAlg::ChaCha20Poly1305.to_u32()
    );
    assert_eq!(named("OVPN_MODE", "OVPN_MODE_MP"), Mode::MultiPeer.to_u32());
    for (name, cmd) in [
        ("DEL_PEER", Cmd::DelPeer),
        ("SWAP_KEYS", Cmd::SwapKeys),
        ("FLOAT_PEER", Cmd::FloatPeer),
    ] {
        assert_eq!(
            named("OVPN_NOTIFY_CMD", &format!("OVPN_CMD_{name}")),
            cmd.to_u32()
        );
    }
    for (name, reason) in [
        ("TEARDOWN", DelPeerReason::Teardown),
        ("USERSPACE", DelPeerReason::Userspace),
        ("EXPIRED", DelPeerReason::Expired),
        ("TRANSPORT_ERROR", DelPeerReason::TransportError),
        ("TRANSPORT_DISCONNECT", DelPeerReason::TransportDisconnect),
    ] {
        assert_eq!(
            named("OVPN_DEL_PEER_REASON", &format!("OVPN_DEL_PEER_REASON_{name}")),
            reason.to_u32()
        );
    }
}

#[test]
fn names_and_constants_are_those_of_the_client() {
    let facts = facts();
    let epoch = facts["constants"]["CRYPTO_OPTIONS_EPOCH"].as_u64().unwrap();
    assert_eq!(u64::from(CryptoOptions::EPOCH.bits()), epoch);
    let paths: Vec<&str> = facts["device_names_used_by_client"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    assert_eq!(paths, [names::VERSION_PATH, names::ADAPTER_PATH]);
    assert_eq!(facts["client_component_id"], names::HARDWARE_ID);
    assert!(VERSION.has_multipeer() && VERSION.has_peer_stats() && VERSION.has_epoch_keys());
}
