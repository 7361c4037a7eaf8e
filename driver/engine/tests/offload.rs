//! Laws of segmentation and coalescing: whatever goes in as packets comes out as the same packets.
//!
//! A [`Flow`] builds packets the plain way, byte by byte with checksums from the definition; nothing of the code
//! under test is used for that.
#![allow(clippy::cast_possible_truncation, reason = "small numbers of a test")]

mod packets;

use ovpn_dco_engine::offload::{
    GsoKind,
    coalesce::{Coalescer, Delivery, Fit, Options, Segment, SuperPacket, TransportChecksum},
    mss,
    segment::{Request, SegmentError, Segmenter},
    vnet::{self, PartialChecksum},
};
use packets::{Flow, checksums_fit, set_partial_checksum};
use proptest::prelude::*;

fn coalescer(options: Options) -> Coalescer<Vec<u8>> {
    Coalescer::new(vec![0xa5; Coalescer::<Vec<u8>>::memory_len(4)], options).unwrap()
}

/// What a coalescer delivered.
#[derive(Clone, Debug)]
struct Delivered {
    packet: Vec<u8>,
    description: vnet::Header,
    segments: u16,
}

impl From<Delivery<'_>> for Delivered {
    fn from(delivery: Delivery<'_>) -> Self {
        Self {
            packet: delivery.packet().to_vec(),
            description: delivery.description(),
            segments: delivery.segments(),
        }
    }
}

fn run(coalescer: &mut Coalescer<Vec<u8>>, packets: &[Vec<u8>]) -> Vec<Delivered> {
    let mut out = Vec::new();
    for packet in packets {
        coalescer.room()[..packet.len()].copy_from_slice(packet);
        coalescer.commit(packet.len(), |delivery| out.push(delivery.into()));
    }
    coalescer.flush(|delivery| out.push(delivery.into()));
    out
}

fn segment(slices: &[&[u8]], request: Request) -> Result<Vec<Vec<u8>>, SegmentError> {
    let mut segments = Segmenter::new(slices, request)?;
    let mut out = Vec::new();
    while let Some(len) = segments.next_len() {
        let before = segments.remaining();
        let mut datagram = vec![0xa5; len + 1];
        assert_eq!(
            segments.write_next(&mut datagram[..len - 1]),
            None,
            "too short an output"
        );
        assert_eq!(segments.write_next(&mut datagram), Some(len));
        assert_eq!(datagram.pop(), Some(0xa5), "wrote past the end");
        assert_eq!(segments.remaining(), before - 1);
        out.push(datagram);
    }
    Ok(out)
}

/// What a delivery stands for, packet by packet.
fn expand(delivered: &Delivered) -> Vec<Vec<u8>> {
    let request = Request::from(delivered.description);
    if request.is_none() {
        vec![delivered.packet.clone()]
    } else {
        segment(&[&delivered.packet], request).unwrap()
    }
}

/// Cuts `bytes` at arbitrary places behind the first `keep`, empty slices included.
fn cut<'a>(bytes: &'a [u8], keep: usize, cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| keep + cut % (bytes.len() - keep + 1))
        .collect();
    places.push(bytes.len());
    places.sort_unstable();
    let mut from = 0;
    let mut slices = Vec::new();
    for to in places {
        slices.push(&bytes[from..to]);
        from = to;
    }
    slices
}

fn any_flow() -> impl Strategy<Value = Flow> {
    let fixed = (
        any::<bool>(),
        any::<bool>(),
        0..3u8,
        any::<[u8; 4]>(),
        any::<u8>(),
        any::<u16>(),
        any::<bool>(),
    );
    let tcp = (any::<u32>(), any::<u32>(), any::<u16>(), 0..4usize, any::<bool>());
    (fixed, tcp).prop_map(
        |((v6, tcp, host, ports, traffic_class, id, df), (seq, ack, window, options, ece))| {
            Flow {
                v6,
                tcp,
                host,
                ports,
                traffic_class,
                hop_limit: 61,
                // The identifications of one super-packet stay in their half of the range.
                id: id & 0xbfff,
                df,
                sequence: seq,
                acknowledgment: ack,
                window,
                options: (0..4 * options)
                    .map(|i| if i < 4 { [1, 1, 8, 10][i] } else { i as u8 })
                    .collect(),
                flags: 0x10 | if ece { 0x40 } else { 0 },
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_segmented_super_packet_is_what_the_plain_path_would_have_sent(
        flow in any_flow(),
        payload in prop::collection::vec(any::<u8>(), 1..20_000),
        size in 1..1500u16,
        end_flags in prop::sample::select(vec![0u8, 0x01, 0x08, 0x09, 0x80, 0x88]),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        // At most so many segments, lest it take all day.
        let size = size.max((payload.len() / 300) as u16);
        let flow = flow.with_flags(if flow.tcp { end_flags } else { 0 });
        let mut packet = flow.packet(0, 0, &payload);
        let undefined_length = if flow.v6 { 4..6 } else { 2..4 };
        packet[undefined_length].fill(0);
        let slices = cut(&packet, flow.header_len(), &cuts);
        let got = segment(&slices, Request { gso: Some((flow.kind(), size)), checksum: None }).unwrap();
        prop_assert_eq!(got, flow.train(&payload, usize::from(size)));
    }

    #[test]
    fn segments_coalesce_to_the_super_packet_that_they_came_from(
        flow in any_flow(),
        payload in prop::collection::vec(any::<u8>(), 2..40_000),
        size in 600..1500u16,
        end_flags in prop::sample::select(vec![0u8, 0x01, 0x08, 0x09, 0x80, 0x88]),
        complete in any::<bool>(),
    ) {
        let flow = flow.with_flags(if flow.tcp { end_flags } else { 0 });
        let checksum = if complete { TransportChecksum::Complete } else { TransportChecksum::Partial };
        let options = Options { max_segments: 80, checksum, ..Options::default() };
        let train = flow.train(&payload, usize::from(size));
        let got = run(&mut coalescer(options), &train);
        prop_assert_eq!(got.len(), 1);
        let got = &got[0];
        prop_assert_eq!(usize::from(got.segments), train.len());
        let mut want = flow.packet(0, 0, &payload);
        prop_assert_eq!(got.description.gso.map(|gso| (gso.kind, gso.size)),
            (train.len() > 1).then_some((flow.kind(), size)));
        if train.len() > 1 && !complete {
            set_partial_checksum(&mut want);
            prop_assert_eq!(got.description.checksum, vnet::Checksum::Partial(PartialChecksum {
                start: flow.ip_header_len() as u16,
                offset: flow.kind().checksum_offset(),
            }));
        } else {
            prop_assert_eq!(got.description.checksum, vnet::Checksum::Valid);
        }
        prop_assert_eq!(&got.packet, &want);
    }

    /// Several flows interleaved, with everything that happens on a real network: what was merged, taken apart again,
    /// is for each flow the sequence of packets that came in.
    #[test]
    fn nothing_is_lost_changed_or_reordered_within_a_flow(
        flows in prop::collection::vec(any_flow(), 1..7),
        events in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..14u8, 0..3usize, any::<prop::sample::Index>()), 1..120),
        max_segments in prop::sample::select(vec![0u16, 2, 7, 64]),
        udp in any::<bool>(),
        lanes in 1..4usize,
    ) {
        let mut flows = flows;
        for (i, flow) in flows.iter_mut().enumerate() {
            flow.ports[0] = i as u8; // told apart by the checks below
        }
        let mut positions = vec![(0usize, 0u32); flows.len()];
        let mut packets = Vec::new();
        for (which, event, size, place) in events {
            let i = which.index(flows.len());
            let (index, sent) = positions[i];
            let len = [1000, 1001, 333][size];
            let payload: Vec<u8> = (0..len).map(|n| (n * 7 + sent as usize) as u8).collect();
            let flow = &flows[i];
            let mut packet = flow.packet(index, sent, &payload);
            positions[i] = (index + 1, sent.wrapping_add(len as u32));
            match event {
                0 => packet = flow.packet(index, sent, &[]),                                 // pure ACK
                1 => packet = flow.with_flags(0x08).packet(index, sent, &payload),           // push
                2 => packet = flow.packet(index, sent.wrapping_sub(1000), &payload),         // retransmission
                3 => { let at = place.index(packet.len()); packet[at] ^= 0x10 }              // damaged
                4 => packet = Flow { window: 7, ..flow.clone() }.packet(index, sent, &payload),
                5 => packet = flow.with_flags(0x02).packet(index, sent, &payload),           // SYN
                6 => packet = flow.fragment(place.index(2) == 1, &payload),
                7 => packet = flow.with_flags(0x80).packet(index, sent, &payload),           // CWR
                8 => packet.extend([0; 3]),                                                  // padding
                9 => packet = flow.icmp(&payload),
                _ => {}
            }
            packets.push(packet);
        }
        let options = Options { max_segments, udp, ..Options::default() };
        let memory = vec![0xa5; Coalescer::<Vec<u8>>::memory_len(lanes)];
        let mut coalescer = Coalescer::new(memory, options).unwrap();
        let got: Vec<Vec<u8>> = run(&mut coalescer, &packets).iter().flat_map(expand).collect();
        prop_assert_eq!(got.len(), packets.len());
        // A stable sort by flow shows order within each.
        let by_flow = |packets: &[Vec<u8>]| {
            let mut packets: Vec<(Vec<u8>, Vec<u8>)> =
                packets.iter().map(|packet| (packets::flow_key(packet), packets::forget_identification(packet))).collect();
            packets.sort_by(|a, b| a.0.cmp(&b.0));
            packets
        };
        for (got, want) in by_flow(&got).iter().zip(&by_flow(&packets)) {
            let headers = |packet: &(Vec<u8>, Vec<u8>)| format!("{:02x?}", &packet.1[..packet.1.len().min(64)]);
            prop_assert!(got == want, "\n got {}\nwant {}", headers(got), headers(want));
        }
    }

    #[test]
    fn a_partial_checksum_is_completed(flow in any_flow(), payload in prop::collection::vec(any::<u8>(), 0..3000)) {
        let whole = flow.packet(0, 0, &payload);
        let mut partial = whole.clone();
        set_partial_checksum(&mut partial);
        let checksum = PartialChecksum {
            start: flow.ip_header_len() as u16,
            offset: flow.kind().checksum_offset(),
        };
        let got = segment(&[&partial], Request { gso: None, checksum: Some(checksum) }).unwrap();
        prop_assert!(checksums_fit(&got[0]));
        prop_assert_eq!(got, vec![whole]);
    }

    #[test]
    fn garbage_never_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        first in prop::sample::select(vec![0x45u8, 0x46, 0x60, 0x4f, 0x00]),
        protocol in prop::sample::select(vec![6u8, 17, 0, 44, 1]),
        header in any::<[u8; 10]>(),
        places in any::<(u16, u16, u16)>(),
        kind in prop::sample::select(vec![GsoKind::Tcp4, GsoKind::Tcp6, GsoKind::Udp4, GsoKind::Udp6]),
        cuts in prop::collection::vec(any::<usize>(), 0..4),
        value in any::<u16>(),
    ) {
        let mut bytes = bytes;
        for (at, value) in [(0, first), (6, protocol), (9, protocol)] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let decoded = vnet::Header::decode(&header, &bytes).map(Request::from);
        let slices = cut(&bytes, 0, &cuts);
        let requests = [
            Request { gso: Some((kind, places.0)), checksum: None },
            Request { gso: None, checksum: Some(PartialChecksum { start: places.1 % 256, offset: places.2 % 64 }) },
            decoded.unwrap_or_default(),
        ];
        for request in requests {
            if let Ok(mut segments) = Segmenter::new(&slices, request) {
                let mut out = vec![0; 65536];
                let mut left = segments.remaining();
                while segments.write_next(&mut out).is_some() {
                    left -= 1;
                }
                prop_assert_eq!(left, 0);
            }
        }
        let mut clamped = bytes.clone();
        mss::clamp(&mut clamped, value);
        prop_assert_eq!(clamped.len(), bytes.len());
        let got = run(&mut coalescer(Options::default()), std::slice::from_ref(&bytes));
        prop_assert_eq!(&got[0].packet, &bytes);
    }
}

#[test]
fn room_may_be_given_up_and_asked_for_again() {
    let flow = Flow::tcp4();
    let train = flow.train(&[9; 4000], 1000);
    let mut coalescer = coalescer(Options::default());
    let mut out: Vec<Delivered> = Vec::new();
    for packet in &train {
        // A datagram that failed to authenticate leaves garbage behind.
        coalescer.room()[..1040].fill(0xee);
        let room = coalescer.room();
        room[..1040].fill(0xdd);
        room[..packet.len()].copy_from_slice(packet);
        coalescer.commit(packet.len(), |delivery| out.push(delivery.into()));
    }
    coalescer.room()[..1040].fill(0xee);
    coalescer.flush(|delivery| out.push(delivery.into()));
    assert_eq!(out.len(), 1);
    assert_eq!(expand(&out[0]), train);
}

#[test]
fn room_is_always_large_enough_and_a_longer_packet_is_dropped() {
    let flow = Flow::tcp4();
    let max = Coalescer::<Vec<u8>>::MAX_PACKET;
    let mut coalescer = coalescer(Options {
        max_segments: 1000,
        ..Options::default()
    });
    let mut out: Vec<Delivered> = Vec::new();
    let train = flow.train(&vec![1; 200_000], 1460);
    for packet in &train {
        assert!(coalescer.room().len() >= max);
        coalescer.commit(max + 1, |delivery| out.push(delivery.into()));
        coalescer.room()[..packet.len()].copy_from_slice(packet);
        coalescer.commit(packet.len(), |delivery| out.push(delivery.into()));
    }
    coalescer.flush(|delivery| out.push(delivery.into()));
    assert!(out.iter().all(|delivered| delivered.packet.len() <= 65535));
    assert_eq!(out.len(), 200_000usize.div_ceil(44 * 1460));
    assert_eq!(out.iter().flat_map(expand).collect::<Vec<_>>(), train);
}

#[test]
fn a_super_packet_leaves_as_soon_as_nothing_can_follow() {
    let flow = Flow::tcp4();
    for (why, packets, want) in [
        (
            "push",
            vec![
                flow.packet(0, 0, &[1; 100]),
                flow.with_flags(0x08).packet(1, 100, &[2; 100]),
            ],
            1,
        ),
        ("a shorter segment", flow.train(&[1; 250], 100), 1),
        (
            "a pure ACK",
            vec![flow.packet(0, 0, &[1; 100]), flow.packet(1, 100, &[])],
            2,
        ),
        ("the limit", flow.train(&[1; 6400], 100), 1),
        ("nothing", flow.train(&[1; 6300], 100), 0),
    ] {
        let mut coalescer = coalescer(Options::default());
        let mut out = 0;
        for packet in &packets {
            coalescer.room()[..packet.len()].copy_from_slice(packet);
            coalescer.commit(packet.len(), |_| out += 1);
        }
        assert_eq!(out, want, "{why}");
    }
}

/// What a receiver does whose packets lie in buffers of their own: one rewritten header, and the payloads where they are.
#[test]
fn packets_in_separate_buffers_become_a_list_of_slices() {
    let flow = Flow::tcp4().with_flags(0x08);
    let payload: Vec<u8> = (0..10_001).map(|i| i as u8).collect();
    let train = flow.train(&payload, 1300);
    for checksum in [TransportChecksum::Partial, TransportChecksum::Complete] {
        let options = Options {
            checksum,
            ..Options::default()
        };
        let first = Segment::parse(&train[0], &options).unwrap();
        let mut gathered = SuperPacket::start(&first, &train[0], &options).unwrap();
        let mut header = train[0][..gathered.header_len()].to_vec();
        let mut slices = vec![&train[0][first.header_len()..]];
        for packet in &train[1..] {
            let segment = Segment::parse(packet, &options).unwrap();
            assert_eq!(gathered.fit(&segment, packet, &options), Fit::Next);
            gathered.append(&segment, &options);
            slices.push(&packet[segment.header_len()..]);
        }
        assert!(gathered.is_complete());
        let description = gathered.finish(&mut header, checksum).unwrap();
        let mut want = flow.packet(0, 0, &payload);
        if checksum == TransportChecksum::Partial {
            set_partial_checksum(&mut want);
        }
        assert_eq!([header, slices.concat()].concat(), want);
        assert_eq!(
            description.gso.map(|gso| (gso.kind, gso.size)),
            Some((GsoKind::Tcp4, 1300))
        );
    }
}

#[test]
fn one_write_holds_header_and_packet() {
    let flow = Flow::tcp4();
    let mut coalescer = coalescer(Options::default());
    let mut writes = Vec::new();
    for packet in flow.with_flags(0x08).train(&[3; 2500], 1000) {
        coalescer.room()[..packet.len()].copy_from_slice(&packet);
        coalescer.commit(packet.len(), |mut delivery| {
            writes.push((
                delivery.with_vnet_header::<10>().to_vec(),
                delivery.packet().to_vec(),
            ));
        });
    }
    let [(write, packet)] = &writes[..] else {
        panic!("{} writes", writes.len())
    };
    let u16s = |fields: [u16; 4]| fields.map(u16::to_ne_bytes).concat();
    assert_eq!(write[..10], [&[1, 1][..], &u16s([40, 1000, 20, 16])].concat());
    assert_eq!(write[10..], packet[..]);
}

#[test]
fn super_packets_that_make_no_sense_are_refused() {
    let flow = Flow::tcp4();
    let good = flow.packet(0, 0, &[0; 3000]);
    let gso = |size| Request {
        gso: Some((GsoKind::Tcp4, size)),
        checksum: None,
    };
    let edit = |at: usize, value: u8| {
        let mut packet = good.clone();
        packet[at] = value;
        packet
    };
    for (why, packet, request, want) in [
        (
            "SYN",
            flow.with_flags(0x02).packet(0, 0, &[0; 3000]),
            gso(1000),
            SegmentError::Flags,
        ),
        (
            "wrong kind",
            good.clone(),
            Request {
                gso: Some((GsoKind::Tcp6, 1000)),
                checksum: None,
            },
            SegmentError::Kind,
        ),
        ("a fragment", edit(6, 0x20), gso(1000), SegmentError::Fragment),
        ("size 0", good.clone(), gso(0), SegmentError::Size),
        ("size too large", good.clone(), gso(65500), SegmentError::Length),
        ("data offset", edit(32, 0x40), gso(1000), SegmentError::Transport),
        (
            "checksum outside",
            good.clone(),
            Request {
                gso: None,
                checksum: Some(PartialChecksum {
                    start: 3030,
                    offset: 16,
                }),
            },
            SegmentError::ChecksumPlace,
        ),
    ] {
        assert_eq!(segment(&[&packet], request).unwrap_err(), want, "{why}");
    }
    assert!(
        segment(&[&good[..30], &good[30..]], gso(1000)).is_err(),
        "headers in two slices"
    );
    assert_eq!(segment(&[&good], gso(1000)).unwrap().len(), 3);
}

#[test]
fn a_super_packet_without_payload_is_one_packet() {
    let flow = Flow::tcp4();
    let packet = flow.packet(0, 0, &[]);
    assert_eq!(
        segment(
            &[&packet],
            Request {
                gso: Some((GsoKind::Tcp4, 10)),
                checksum: None
            }
        )
        .unwrap(),
        [packet]
    );
}

/// SYN and SYN-ACK as OpenVPN clamped them (`tests/vectors/mss-clamp.json`).
#[test]
fn mss_clamp_known_answers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/mss-clamp.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let hex = |name: &str| packets::from_hex(case[name].as_str().unwrap());
        let value = case["userspace_mss_value"].as_u64().unwrap() as u16;
        let (mut packet, want) = (hex("before_hex"), hex("after_hex"));
        assert_eq!(
            mss::clamp(&mut packet, value),
            packet != hex("before_hex"),
            "{case}"
        );
        assert_eq!(packet, want, "{case}");
        assert!(!mss::clamp(&mut packet, value), "clamped twice: {case}");
    }
}
