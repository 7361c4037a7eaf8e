//! Offloads and receive filters: what the driver is told, and what packets ask of it.

use std::sync::atomic::{AtomicU32, Ordering};

use netcx_sys::netadaptercx::{
    NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES, NET_ADAPTER_OFFLOAD_LAYER3_FLAGS, NET_ADAPTER_OFFLOAD_LAYER4_FLAGS,
    NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES, NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES,
    NET_PACKET_CHECKSUM, NET_PACKET_EXTENSION_CHECKSUM, NET_PACKET_EXTENSION_GSO, NET_PACKET_FILTER_FLAGS,
    NET_PACKET_GSO, NETADAPTER, NETOFFLOAD, NETRECEIVEFILTER,
};

use super::super::packet::{self, TCP};
use super::super::segment::tests::sample;
use super::super::vnet::{Header, Segments};
use super::super::{offload, receive_filter};
use super::*;

const LAYER3: NET_ADAPTER_OFFLOAD_LAYER3_FLAGS = NET_ADAPTER_OFFLOAD_LAYER3_FLAGS(1 | 4);
const LAYER4: NET_ADAPTER_OFFLOAD_LAYER4_FLAGS = NET_ADAPTER_OFFLOAD_LAYER4_FLAGS(1);

/// What the packets asked for: checksum of layer 4, segment size.
static ASKED: Mutex<Vec<(u8, u32)>> = Mutex::new(Vec::new());
static SEEN: AtomicU32 = AtomicU32::new(0);

unsafe extern "win64" fn set_checksum(_adapter: NETADAPTER, handle: NETOFFLOAD) {
    let (globals, handle) = (DRIVER.lock().globals, handle as usize);
    assert_eq!(offload::NetOffloadIsTxChecksumTcpEnabled(globals, handle), 1);
    assert_eq!(offload::NetOffloadIsTxChecksumUdpEnabled(globals, handle), 0);
}

unsafe extern "win64" fn set_gso(_adapter: NETADAPTER, handle: NETOFFLOAD) {
    let (globals, handle) = (DRIVER.lock().globals, handle as usize);
    assert_eq!(offload::NetOffloadIsLsoIPv4Enabled(globals, handle), 1);
    assert_eq!(offload::NetOffloadIsUsoIPv4Enabled(globals, handle), 0);
}

fn offer_checksum(globals: usize, adapter: Handle) {
    // The machine is this test's from here on.
    ASKED.lock().clear();
    let checksum = NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES {
        Layer4Flags: LAYER4,
        ..NET_ADAPTER_OFFLOAD_TX_CHECKSUM_CAPABILITIES::new(LAYER3, Some(set_checksum))
    };
    offload::NetAdapterOffloadSetTxChecksumCapabilities(globals, adapter, Guest::of(&checksum));
}

fn offer_gso(globals: usize, adapter: Handle) {
    offer_checksum(globals, adapter);
    let gso = NET_ADAPTER_OFFLOAD_GSO_CAPABILITIES::new(LAYER3, LAYER4, 65_000, 2, Some(set_gso));
    offload::NetAdapterOffloadSetGsoCapabilities(globals, adapter, Guest::of(&gso));
}

/// Notes what each packet asks for, and sends it.
fn watch(view: &View) {
    if view.direction == Direction::Tx {
        let globals = DRIVER.lock().globals;
        let extension = |extension: &netcx_sys::netadaptercx::Extension| {
            let (query, mut out) = (extension.query(), NET_EXTENSION::EMPTY);
            let place = Guest::<NET_EXTENSION>::at((&raw mut out) as usize);
            queue::NetTxQueueGetExtension(globals, view.handle, Guest::of(&query), place);
            place.read()
        };
        // Calls without thunks aren't judged by their IRQL.
        let (checksum, gso) = (
            extension(&NET_PACKET_EXTENSION_CHECKSUM),
            extension(&NET_PACKET_EXTENSION_GSO),
        );
        for index in view.packets.owned() {
            // SAFETY: the queue filled the extension in.
            let sums = unsafe { checksum.data::<NET_PACKET_CHECKSUM>(index) };
            // SAFETY: as above.
            let sizes = unsafe { gso.data::<NET_PACKET_GSO>(index) };
            let sums = sums.map(|at| Guest::<NET_PACKET_CHECKSUM>::at(at.as_ptr() as usize).read());
            let sizes = sizes.map(|at| Guest::<NET_PACKET_GSO>::at(at.as_ptr() as usize).read());
            ASKED
                .lock()
                .push((sums.map_or(0, |s| s.layer4()), sizes.map_or(0, |s| s.tcp_mss())));
        }
    }
    advance(view);
}

fn super_packet() -> (Vec<u8>, Vec<u8>) {
    let packet = sample(false, TCP, 5000);
    let header = Header {
        checksum: Some((20, 16)),
        segments: Some((Segments::Tcp, 1400)),
        ipv6: false,
        headers: 40,
    };
    ([&header.to_bytes()[..], &packet].concat(), packet)
}

fn script(before_start: fn(usize, Handle)) -> Script {
    Script {
        minor: 2,
        before_start,
        advance: watch,
        ..Script::default()
    }
}

#[test]
fn a_driver_with_segmentation_offload_gets_super_packets() {
    let bench = Bench::started(script(offer_gso));
    let (frame, packet) = super_packet();
    bench.medium().transmit(frame);
    eventually("transmission", || !DRIVER.lock().sent.is_empty());
    assert_eq!(*ASKED.lock(), [(2, 1400)]);
    let sent = DRIVER.lock().sent[0].0.clone();
    assert_eq!(sent[..36], packet[..36]);
    let expected = packet::fold(packet::pseudo(&packet, false, TCP, 0));
    assert_eq!(
        sent[36..38],
        expected.to_ne_bytes(),
        "the pseudo header without a length"
    );
    assert_eq!(sent[40..], packet[40..]);
    assert_eq!(bench.finish(), []);
}

#[test]
fn a_driver_with_checksum_offload_completes_them_itself() {
    let bench = Bench::started(script(offer_checksum));
    bench.medium().transmit(super_packet().0);
    eventually("transmission", || DRIVER.lock().sent.len() == 4);
    assert_eq!(*ASKED.lock(), [(2, 0); 4]);
    let sent = DRIVER.lock().sent.clone();
    for (packet, _) in sent {
        let expected = packet::fold(packet::pseudo(&packet, false, TCP, packet.len() - 20));
        assert_eq!(packet[36..38], expected.to_ne_bytes(), "the pseudo header only");
    }
    assert_eq!(bench.finish(), []);
}

unsafe extern "win64" fn set_filter(_adapter: NETADAPTER, filter: NETRECEIVEFILTER) {
    let globals = DRIVER.lock().globals;
    let flags = receive_filter::NetReceiveFilterGetPacketFilter(globals, filter as usize);
    assert_eq!(
        receive_filter::NetReceiveFilterGetMulticastAddressCount(globals, filter as usize),
        0
    );
    SEEN.store(flags.cast_unsigned(), Ordering::SeqCst);
}

fn filters(flags: i32, addresses: usize) -> NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES {
    NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES {
        Size: u32::try_from(size_of::<NET_ADAPTER_RECEIVE_FILTER_CAPABILITIES>()).unwrap(),
        SupportedPacketFilters: NET_PACKET_FILTER_FLAGS(flags),
        MaximumMulticastAddresses: addresses,
        EvtSetReceiveFilter: Some(set_filter),
    }
}

#[test]
fn the_driver_is_told_what_to_receive() {
    SEEN.store(0, Ordering::SeqCst);
    let bench = Bench::started(Script {
        minor: 2,
        before_start: |globals, adapter| {
            let filters = filters(1 | 2 | 8 | 0x20, 16);
            receive_filter::NetAdapterSetReceiveFilterCapabilities(globals, adapter, Guest::of(&filters));
        },
        after_start: |globals, _| {
            assert_eq!(receive_filter::NetReceiveFilterGetPacketFilter(globals, 1), 0);
        },
        ..Script::default()
    });
    assert_eq!(SEEN.load(Ordering::SeqCst), 1 | 2 | 8);
    assert_eq!(bench.finish(), [Rule::NET_CALLBACK_HANDLE]);
}

#[test]
fn filters_and_multicast_list_fit_each_other() {
    let rules = stops_with(Script {
        minor: 2,
        before_start: |globals, adapter| {
            let filters = filters(1 | 2, 0);
            receive_filter::NetAdapterSetReceiveFilterCapabilities(globals, adapter, Guest::of(&filters));
        },
        ..Script::default()
    });
    assert_eq!(rules, [Rule::NET_CAPABILITIES]);
}
