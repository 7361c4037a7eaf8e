//! The typed calls against a device in memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ovpn_dco_uapi::*;
use zerocopy::IntoBytes;

use super::fake::{Answer, Fake, Seen};
use super::*;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(10);

fn ok() -> Answer {
    Answer::Now(NtStatus::SUCCESS, Vec::new())
}

fn peer(id: u32) -> PeerId {
    PeerId::new(id).unwrap()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn key(slot: KeySlot) -> CryptoData {
    let direction = || KeyDirection::classic(&[7; 32], [1; 8]).unwrap();
    CryptoData::new(
        peer(5),
        slot,
        KeyId::new(3).unwrap(),
        CipherAlg::AesGcm,
        direction(),
        direction(),
    )
}

/// A device that succeeds with as many zeroes as the call has room for.
fn agreeable() -> (Arc<Fake>, Device) {
    let fake = Fake::new(|seen| match seen {
        Seen::Ioctl { output_len, .. } => Answer::Now(NtStatus::SUCCESS, vec![0; *output_len]),
        _ => ok(),
    });
    let device = fake.device();
    (fake, device)
}

#[test]
fn each_call_sends_the_structure_of_its_control_code() {
    let (fake, device) = agreeable();
    let any = address("0.0.0.0:0");
    device.version().unwrap();
    device
        .new_peer(any, address("192.0.2.1:1194"), Proto::Tcp, Wait::forever())
        .unwrap();
    device.start_vpn().unwrap();
    device
        .set_peer(PeerSettings {
            mss: Some(1360),
            ..PeerSettings::default()
        })
        .unwrap();
    device
        .new_key(key(KeySlot::Primary), CryptoOptions::CLASSIC)
        .unwrap();
    device
        .new_key(key(KeySlot::Secondary), CryptoOptions::EPOCH)
        .unwrap();
    device.swap_keys().unwrap();
    device.stats().unwrap();
    device.peer_stats(peer(0)).unwrap();
    device.del_peer().unwrap();
    device.set_mode(Mode::MultiPeer).unwrap();
    assert!(device.mp_start_vpn(any, false).is_err(), "zeroes are no address");
    let new = NewMultiPeer {
        id: peer(1),
        remote: address("[2001:db8::1]:1"),
        vpn_ipv4: None,
        vpn_ipv6: None,
    };
    device.mp_new_peer(&new).unwrap();
    device.mp_set_peer(peer(1), PeerSettings::default()).unwrap();
    device.mp_swap_keys(peer(1)).unwrap();
    let prefix = Prefix::new("10.0.0.0".parse().unwrap(), 8).unwrap();
    device.mp_add_iroute(prefix, peer(1)).unwrap();
    device.mp_del_iroute(prefix).unwrap();
    device.mp_del_peer(peer(1)).unwrap();
    device.next_event(Wait::forever()).unwrap();

    let mut codes = Vec::new();
    for seen in fake.seen() {
        let Seen::Ioctl {
            code,
            input,
            output_len,
        } = seen
        else {
            panic!("{seen:?}")
        };
        let ioctl = Ioctl::from_code(code).unwrap();
        assert_eq!(input.len(), ioctl.input_size(), "{ioctl}");
        match ioctl.output() {
            Output::None => assert_eq!(output_len, 0, "{ioctl}"),
            Output::Fixed(size) | Output::Array(size) => assert_eq!(output_len, size, "{ioctl}"),
        }
        codes.push(ioctl);
    }
    codes.sort_unstable();
    assert_eq!(codes, Ioctl::ALL);
}

#[test]
fn keys_arrive_whole() {
    let (fake, device) = agreeable();
    device
        .new_key(key(KeySlot::Secondary), CryptoOptions::EPOCH)
        .unwrap();
    let Seen::Ioctl { input, .. } = &fake.seen()[0] else {
        panic!()
    };
    let sent: CryptoDataV2 = read_input(input).unwrap();
    assert_eq!(
        (sent.v1.slot(), sent.v1.peer(), sent.crypto_options),
        (Ok(KeySlot::Secondary), Ok(peer(5)), 2)
    );
    assert_eq!(sent.v1.decrypt.key_bytes(), Some(&[7; 32][..]));
}

#[test]
fn answers_that_are_too_short_are_not_believed() {
    for len in [0, 1, 11] {
        let device = Fake::new(move |_| Answer::Now(NtStatus::SUCCESS, vec![0; len])).device();
        let error = device.version().unwrap_err();
        assert_eq!(error.blame(), Blame::DriverVersion);
        assert!(
            error.to_string().contains(&format!("{len} bytes where 12")),
            "{error}"
        );
    }
}

#[test]
fn addresses_of_two_families_are_refused_before_the_driver_is_asked() {
    let (fake, device) = agreeable();
    let error = device
        .new_peer(
            address("0.0.0.0:0"),
            address("[::1]:1"),
            Proto::Udp,
            Wait::forever(),
        )
        .unwrap_err();
    assert!(matches!(error, DeviceError::Argument { source: None, .. }));
    // A mapped IPv4 address is an IPv4 address.
    device
        .new_peer(
            address("0.0.0.0:0"),
            address("[::ffff:192.0.2.1]:1"),
            Proto::Udp,
            Wait::forever(),
        )
        .unwrap();
    assert_eq!(fake.seen().len(), 1);
}

#[test]
fn statistics_of_all_peers_take_two_steps_and_survive_growth() {
    let record = |id: i32| PeerStats {
        peer_id: id,
        link_rx_bytes: 9,
        ..PeerStats::default()
    };
    let fake = Fake::new({
        let tries = std::sync::atomic::AtomicUsize::new(0);
        move |seen| {
            let Seen::Ioctl {
                input, output_len, ..
            } = seen
            else {
                panic!()
            };
            assert_eq!(input[..], [0xFF; 4]);
            // A peer more at the second call.
            let peers = 2 + tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(1);
            if *output_len < peers * 40 {
                let needed = u32::try_from(peers * 40).unwrap();
                return Answer::Now(NtStatus::BUFFER_OVERFLOW, needed.to_le_bytes().to_vec());
            }
            let records = (0..3).flat_map(|id| record(id).as_bytes().to_vec());
            Answer::Now(NtStatus::SUCCESS, records.collect())
        }
    });
    assert_eq!(
        fake.device().all_peer_stats().unwrap(),
        [record(0), record(1), record(2)]
    );
    assert_eq!(fake.seen().len(), 3);

    let nobody = Fake::new(|_| ok()).device();
    assert_eq!(nobody.all_peer_stats().unwrap(), []);
    let ragged = Fake::new(|_| Answer::Now(NtStatus::SUCCESS, vec![0; 41])).device();
    assert!(matches!(
        ragged.all_peer_stats(),
        Err(DeviceError::Unexpected { .. })
    ));
    let endless = Fake::new(|_| Answer::Now(NtStatus::BUFFER_OVERFLOW, vec![80, 0, 0, 0])).device();
    assert!(matches!(
        endless.all_peer_stats(),
        Err(DeviceError::Unexpected { .. })
    ));
}

#[test]
fn a_connection_attempt_ends_with_its_time() {
    let fake = Fake::new(|_| Answer::Pend);
    let device = fake.device();
    let (local, remote) = (address("0.0.0.0:0"), address("192.0.2.1:443"));
    let start = Instant::now();
    let error = device
        .new_peer(local, remote, Proto::Tcp, Wait::at_most(SHORT))
        .unwrap_err();
    assert!(
        matches!(
            error,
            DeviceError::TimedOut {
                call: CallName::Ioctl(Ioctl::NewPeer)
            }
        ),
        "{error}"
    );
    assert!(start.elapsed() >= SHORT && start.elapsed() < LONG);
    assert_eq!(fake.pending(), 0, "the request was cancelled");
}

#[test]
fn another_thread_can_pull_out_of_a_wait() {
    let fake = Fake::new(|_| Answer::Pend);
    let device = fake.device();
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| device.read_control(Wait::at_most(LONG).unless(&cancel)));
        while fake.pending() == 0 {
            std::thread::yield_now();
        }
        cancel.cancel();
        assert!(matches!(
            waiting.join().unwrap(),
            Err(DeviceError::Cancelled { call: CallName::Read })
        ));
    });
    // It stays pulled.
    let error = device.next_event(Wait::forever().unless(&cancel)).unwrap_err();
    assert!(matches!(error, DeviceError::Cancelled { .. }));
    assert_eq!(fake.pending(), 0);
}

#[test]
fn cancel_all_ends_every_wait() {
    let fake = Fake::new(|_| Answer::Pend);
    let device = fake.device();
    std::thread::scope(|scope| {
        let read = scope.spawn(|| device.read_control(Wait::forever()));
        let event = scope.spawn(|| device.next_event(Wait::forever()));
        while fake.pending() < 2 {
            std::thread::yield_now();
        }
        device.cancel_all();
        assert!(matches!(read.join().unwrap(), Err(DeviceError::Cancelled { .. })));
        assert!(matches!(
            event.join().unwrap(),
            Err(DeviceError::Cancelled { .. })
        ));
    });
}

#[test]
fn a_reader_keeps_one_read_in_flight() {
    let fake = Fake::new(|_| Answer::Pend);
    let device = fake.device();
    let mut reader = device.control_reader();
    for _ in 0..3 {
        assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
        assert_eq!((fake.pending(), fake.seen().len()), (1, 1));
    }
    fake.complete(NtStatus::SUCCESS, b"packet");
    let packet = reader.recv(Wait::forever()).unwrap().unwrap();
    assert_eq!((packet.from, &packet.payload[..]), (None, &b"packet"[..]));
    // The end of the connection comes through the read that stands.
    assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
    fake.complete(NtStatus::CONNECTION_DISCONNECTED, &[]);
    assert!(matches!(
        reader.recv(Wait::forever()),
        Err(DeviceError::PeerTimeout)
    ));
    assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
    drop(reader);
    assert_eq!(fake.pending(), 0, "dropping the reader cancels its read");
}

#[test]
fn multipeer_packets_carry_their_sender() {
    let fake = Fake::new(|seen| match seen {
        Seen::Read { .. } => Answer::Pend,
        _ => ok(),
    });
    let device = fake.device();
    device.set_mode(Mode::MultiPeer).unwrap();
    let mut reader = device.control_reader();
    assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
    let mut raw = [0; 31];
    let from = address("[2001:db8::1]:1194");
    assert_eq!(put_sockaddr(from, &mut raw), Ok(28));
    raw[28..].copy_from_slice(b"abc");
    fake.complete(NtStatus::SUCCESS, &raw);
    let packet = reader.recv(Wait::forever()).unwrap().unwrap();
    assert_eq!((packet.from, &packet.payload[..]), (Some(from), &b"abc"[..]));
    assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
    fake.complete(NtStatus::SUCCESS, &raw[..27]);
    assert!(matches!(
        reader.recv(Wait::forever()),
        Err(DeviceError::Unexpected { .. })
    ));

    device.write_control_to(from, b"abc").unwrap();
    assert_eq!(fake.seen().last(), Some(&Seen::Write { data: raw.to_vec() }));
    assert!(matches!(
        device.write_control(b"abc"),
        Err(DeviceError::Argument { .. })
    ));
}

#[test]
fn control_packets_keep_their_limits() {
    let (fake, device) = agreeable();
    for (len, fits) in [
        (0, false),
        (1, true),
        (1500, true),
        (1501, false),
        (65_536, false),
    ] {
        assert_eq!(device.write_control(&vec![0x38; len]).is_ok(), fits, "{len}");
    }
    assert_eq!(fake.seen().len(), 2, "what is too long does not reach the driver");
    assert!(matches!(
        device.write_control_to(address("192.0.2.1:1"), &[1]),
        Err(DeviceError::Argument { .. })
    ));
}

#[test]
fn events_are_understood_or_named() {
    let float = Event::FloatPeer {
        peer: peer(7),
        address: address("192.0.2.1:1194"),
    };
    let raw = NotifyEvent::from(float).as_bytes().to_vec();
    let device = Fake::new(move |_| Answer::Now(NtStatus::SUCCESS, raw.clone())).device();
    assert_eq!(device.next_event(Wait::forever()).unwrap(), float);
    assert_eq!(device.event_reader().recv(Wait::forever()).unwrap(), Some(float));

    let unknown = Fake::new(|_| Answer::Now(NtStatus::SUCCESS, vec![9; 144])).device();
    let error = unknown.next_event(Wait::forever()).unwrap_err();
    assert!(matches!(error, DeviceError::Unexpected { .. }), "{error}");
}

#[test]
fn an_older_driver_says_what_it_lacks() {
    let device = Fake::new(|_| Answer::Now(NtStatus::INVALID_DEVICE_REQUEST, Vec::new())).device();
    let error = device.all_peer_stats().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the driver does not offer OVPN_IOCTL_GET_PEER_STATS (needs version 2.7)"
    );
    assert_eq!(
        (error.blame(), error.win32_error()),
        (Blame::DriverVersion, Some(1))
    );
}
