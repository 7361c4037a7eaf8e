//! Bytes from the network and from the adapter, through every parser that sees them first.
//!
//! The first byte says how the rest is cut into pieces of a stream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ovpn_dco_engine::limits::STREAM_PACKET_MAX;
use ovpn_dco_engine::offload::{ip, mss};
use ovpn_dco_engine::packet::{Format, Incoming, Payload};
use ovpn_dco_engine::tcp_stream::TcpStream;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    if let Ok(Incoming::Data(packet)) = Incoming::sort(bytes) {
        assert_eq!(packet.classic().is_some(), bytes.len() >= Format::Classic.overhead());
        assert_eq!(packet.epoch().is_some(), bytes.len() >= Format::Epoch.overhead());
        assert!(packet.header().to_bytes() == bytes[..4]);
    }
    if let Ok(Payload::Ip(packet)) = Payload::of(bytes) {
        assert!(packet.total_len() <= bytes.len() && packet.header_len() <= packet.total_len());
    }
    let _ = ip::Packet::parse_headers(bytes, 65_535);

    let mut clamped = bytes.to_vec();
    if !mss::clamp(&mut clamped, 1_300) {
        assert_eq!(clamped, bytes, "left alone");
    }

    // However the stream is cut, the same packets come out.
    let whole = packets(bytes, usize::MAX);
    assert_eq!(packets(bytes, usize::from(*cut) + 1), whole);
});

fn packets(mut bytes: &[u8], step: usize) -> Vec<Vec<u8>> {
    let mut stream = TcpStream::new(STREAM_PACKET_MAX).expect("memory");
    let mut got = vec![];
    while !bytes.is_empty() {
        let (mut piece, rest) = bytes.split_at(step.min(bytes.len()));
        bytes = rest;
        while let Ok(Some(packet)) = stream.next(&mut piece) {
            got.push(packet.to_vec());
        }
    }
    got
}
