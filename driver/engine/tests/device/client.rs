//! Handle, mode and peer in point-to-point mode.

use ovpn_dco_engine::{Config, Event};
use ovpn_dco_uapi::{Ioctl, KeySlot, Mode, NtStatus, Proto, SetMode, Version, limits, read_input};
use zerocopy::IntoBytes;

use crate::support::packets::{Fate, udp};
use crate::support::requests::{SERVER, Side, TestKey, address, new_peer, set_peer};
use crate::support::{Host, TestPlatform};

#[test]
fn a_second_handle_is_refused_until_the_first_is_closed() {
    let host = Host::closed();
    assert_eq!(host.device.open(), Ok(()));
    assert_eq!(host.device.open(), Err(NtStatus::ACCESS_DENIED));
    host.device.close();
    assert_eq!(host.device.open(), Ok(()));
    assert_eq!(host.trace(), [Event::Opened, Event::Closed, Event::Opened]);
}

#[test]
fn nothing_works_without_a_handle() {
    let host = Host::closed();
    host.device.close();
    assert_eq!(host.ask(Ioctl::GetVersion, &[]), NtStatus::INVALID_DEVICE_STATE);
    let read = host.read(100);
    assert_eq!(host.status(read), Some(NtStatus::INVALID_DEVICE_STATE));
    assert_eq!(host.write(&[0x20; 20]).status, NtStatus::INVALID_DEVICE_STATE);
    host.device.timer();
}

#[test]
fn the_version_is_told_by_adapter_and_version_device() {
    let version = Version {
        major: 3,
        minor: 1,
        patch: 4,
    };
    let host = Host::with_config(Config {
        version,
        ..Config::default()
    });
    host.device.open().unwrap();
    let done = host.must(Ioctl::GetVersion, &[]);
    assert_eq!(read_input::<Version>(&done.output), Ok(version));

    for ioctl in Ioctl::ALL {
        let request = host.world.request(64);
        let number = request.number();
        ovpn_dco_engine::Device::<TestPlatform>::version_ioctl(
            host.device.platform(),
            version,
            ioctl.code(),
            request,
        );
        let want = if ioctl == Ioctl::GetVersion {
            NtStatus::SUCCESS
        } else {
            NtStatus::INVALID_DEVICE_REQUEST
        };
        assert_eq!(host.status(number), Some(want), "{ioctl}");
    }
}

#[test]
fn unknown_codes_are_invalid_requests() {
    let host = Host::open();
    for code in [0, 0x0022_0000, 0x0022_0050, 0x0022_0005, u32::MAX] {
        let number = host.ioctl(code, &[0; 256], 256);
        assert_eq!(
            host.status(number),
            Some(NtStatus::INVALID_DEVICE_REQUEST),
            "{code:#x}"
        );
    }
}

#[test]
fn buffers_that_are_too_small_are_refused_for_every_code_before_anything_happens() {
    for (mode, server) in [(Mode::PointToPoint, false), (Mode::MultiPeer, true)] {
        for ioctl in Ioctl::ALL.into_iter().filter(|ioctl| ioctl.modes().allow(mode)) {
            let host = Host::open();
            if server {
                host.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
            }
            let (input, output) = (ioctl.input_size(), ioctl.output_min());
            for short in [0, 1, input.saturating_sub(1)]
                .into_iter()
                .filter(|short| *short < input)
            {
                let number = host.ioctl(ioctl.code(), &vec![0; short], 256);
                assert_eq!(
                    host.status(number),
                    Some(NtStatus::BUFFER_TOO_SMALL),
                    "{ioctl} input {short}"
                );
            }
            for short in [0, 1, output.saturating_sub(1)]
                .into_iter()
                .filter(|short| *short < output)
            {
                let number = host.ioctl(ioctl.code(), &vec![0; input], short);
                assert_eq!(
                    host.status(number),
                    Some(NtStatus::BUFFER_TOO_SMALL),
                    "{ioctl} output {short}"
                );
            }
            assert_eq!(host.sockets().len(), 0, "{ioctl}");
        }
    }
}

#[test]
fn longer_buffers_are_accepted() {
    let host = Host::open();
    let mut input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp)
        .as_bytes()
        .to_vec();
    input.extend([0xFF; 60]);
    assert_eq!(host.ask(Ioctl::NewPeer, &input), NtStatus::SUCCESS);
}

#[test]
fn calls_of_the_other_mode_are_invalid_in_this_state() {
    let host = Host::open();
    let server = Host::open();
    server.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
    for ioctl in Ioctl::ALL {
        let modes = ioctl.modes();
        for (host, mode) in [(&host, Mode::PointToPoint), (&server, Mode::MultiPeer)] {
            if !modes.allow(mode) {
                assert_eq!(
                    host.ask(ioctl, &[0; 256]),
                    NtStatus::INVALID_DEVICE_STATE,
                    "{ioctl}"
                );
            }
        }
    }
}

#[test]
fn the_mode_goes_one_way_and_returns_with_the_handle() {
    let mode = |mode: u32| SetMode { mode };
    let host = Host::open();
    for (value, want) in [
        (0, NtStatus::SUCCESS),
        (2, NtStatus::INVALID_PARAMETER),
        (u32::MAX, NtStatus::INVALID_PARAMETER),
        (1, NtStatus::SUCCESS),
        (1, NtStatus::ALREADY_INITIALIZED),
        (0, NtStatus::ALREADY_INITIALIZED),
        (2, NtStatus::ALREADY_INITIALIZED),
    ] {
        assert_eq!(host.ask(Ioctl::SetMode, mode(value).as_bytes()), want, "{value}");
    }
    assert!(host.link(), "connected with the mode");
    host.device.close();
    assert!(!host.link());
    host.device.open().unwrap();
    host.udp();
    assert_eq!(
        host.ask(Ioctl::SetMode, mode(1).as_bytes()),
        NtStatus::INVALID_DEVICE_STATE,
        "there is a peer"
    );
}

#[test]
fn a_new_udp_peer_completes_at_once_and_asks_for_the_right_socket() {
    let host = Host::open();
    let input = new_peer(
        address("[2001:db8::9]:4000"),
        address("[2001:db8::1]:1194"),
        Proto::Udp,
    );
    host.must(Ioctl::NewPeer, input.as_bytes());
    let spec = host.socket().spec;
    assert_eq!(
        (spec.local, spec.remote),
        (address("[2001:db8::9]:4000"), Some(address("[2001:db8::1]:1194")))
    );
    assert!(!host.link(), "not before START_VPN");
}

#[test]
fn a_new_peer_with_unknown_or_mixed_families_or_protocol_is_refused() {
    let good = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp);
    let v6 = new_peer(address("[::]:0"), address("[2001:db8::1]:1"), Proto::Udp);
    let host = Host::open();
    let mut cases = vec![];
    for family in [0u16, 1, 10, 255] {
        let mut case = good;
        case.local.family = family;
        cases.push(case);
        case = good;
        case.remote.family = family;
        cases.push(case);
    }
    cases.push(ovpn_dco_uapi::NewPeer {
        local: v6.local,
        ..good
    });
    cases.push(ovpn_dco_uapi::NewPeer {
        remote: v6.remote,
        ..good
    });
    cases.push(ovpn_dco_uapi::NewPeer { proto: 2, ..good });
    for case in cases {
        assert_eq!(
            host.ask(Ioctl::NewPeer, case.as_bytes()),
            NtStatus::INVALID_DEVICE_REQUEST,
            "{case:?}"
        );
    }
    assert_eq!(host.sockets().len(), 0);
}

#[test]
fn errors_of_the_socket_pass_through_and_leave_no_peer() {
    let host = Host::open();
    let input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp);
    for (status, shown) in [
        (
            NtStatus::ADDRESS_ALREADY_ASSOCIATED,
            NtStatus::ADDRESS_ALREADY_ASSOCIATED,
        ),
        (NtStatus::NETWORK_UNREACHABLE, NtStatus::NETWORK_UNREACHABLE),
        // These two mean "keepalive timeout" to OpenVPN.
        (NtStatus::CONNECTION_RESET, NtStatus::CONNECTION_ABORTED),
        (NtStatus::CONNECTION_DISCONNECTED, NtStatus::CONNECTION_ABORTED),
    ] {
        host.refuse_open(Some(status));
        assert_eq!(host.ask(Ioctl::NewPeer, input.as_bytes()), shown);
        host.refuse_open(None);
        host.refuse_start(Some(status));
        assert_eq!(host.ask(Ioctl::NewPeer, input.as_bytes()), shown);
        host.refuse_start(None);
        assert_eq!(host.open_sockets(), 0);
        // CVE-2024-5198: settings for a peer that did not come to be.
        let settings = set_peer(10, 60, 1300);
        assert_eq!(
            host.ask(Ioctl::SetPeer, settings.as_bytes()),
            NtStatus::INVALID_DEVICE_REQUEST
        );
        host.device.timer();
    }
}

#[test]
fn calls_that_need_a_peer_say_so() {
    let host = Host::open();
    for (ioctl, want) in [
        (Ioctl::StartVpn, NtStatus::INVALID_DEVICE_REQUEST),
        (Ioctl::SwapKeys, NtStatus::INVALID_DEVICE_REQUEST),
        (Ioctl::DelPeer, NtStatus::SUCCESS),
        (Ioctl::GetStats, NtStatus::SUCCESS),
    ] {
        assert_eq!(host.ask(ioctl, &[]), want, "{ioctl}");
    }
    assert_eq!(
        host.try_install(Side::Client, KeySlot::Primary, TestKey::CLASSIC),
        NtStatus::OBJECTID_NOT_FOUND
    );
    assert_eq!(host.write(&[0x20; 20]).status, NtStatus::INVALID_DEVICE_STATE);
}

#[test]
fn start_brings_the_link_up_and_delete_takes_it_down() {
    let host = Host::open();
    host.udp().must(Ioctl::StartVpn, &[]);
    host.must(Ioctl::StartVpn, &[]);
    assert!(host.link());
    host.must(Ioctl::DelPeer, &[]);
    assert!(!host.link());
    assert_eq!(host.open_sockets(), 0);
    host.must(Ioctl::DelPeer, &[]);
}

#[test]
fn a_client_that_keeps_its_adapter_gets_the_link_back_with_the_key() {
    let host = Host::open();
    host.udp().must(Ioctl::StartVpn, &[]);
    host.must(Ioctl::DelPeer, &[]);
    host.udp();
    assert!(!host.link());
    host.install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    assert!(host.link());

    let fresh = Host::open();
    fresh
        .udp()
        .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    assert!(!fresh.link(), "START_VPN was never called on this handle");
}

#[test]
fn a_new_peer_replaces_the_old_one_and_leaves_the_link_alone() {
    let host = Host::open();
    host.udp().must(Ioctl::StartVpn, &[]);
    host.install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    let read = host.read(2048);
    let old = host.socket();
    host.udp();
    assert_eq!(host.status(read), Some(NtStatus::CANCELLED));
    assert!(old.closed.load(std::sync::atomic::Ordering::Relaxed));
    assert!(host.link());
    let packet = udp("10.8.0.2", "10.8.0.1", b"hello");
    assert!(host.transmit(&packet).is_err(), "the new peer has no key");
    assert_eq!(host.stats().lost_out_data_packets, 1);
}

#[test]
fn settings_are_checked() {
    let host = Host::open();
    host.udp();
    for (settings, want) in [
        (set_peer(10, 60, 1300), NtStatus::SUCCESS),
        (set_peer(-1, -1, -1), NtStatus::SUCCESS),
        (set_peer(0, 0, 0), NtStatus::SUCCESS),
        (set_peer(i32::MAX, i32::MAX, 65_535), NtStatus::SUCCESS),
        (set_peer(-2, 0, 0), NtStatus::INVALID_PARAMETER),
        (set_peer(0, i32::MIN, 0), NtStatus::INVALID_PARAMETER),
        (set_peer(0, 0, 65_536), NtStatus::INVALID_PARAMETER),
    ] {
        assert_eq!(
            host.ask(Ioctl::SetPeer, settings.as_bytes()),
            want,
            "{settings:?}"
        );
    }
    host.run(3_000);
}

#[test]
fn closing_takes_everything_down_and_completes_everything() {
    let host = Host::open();
    host.udp().must(Ioctl::StartVpn, &[]);
    host.install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    let pended = [host.read(100), host.read(100), host.wait(), host.wait()];
    host.device.close();
    for number in pended {
        assert_eq!(host.status(number), Some(NtStatus::CANCELLED));
    }
    assert_eq!((host.open_sockets(), host.link()), (0, false));
    let late = host.receive(None, &crate::support::packets::control(50, 1));
    assert!(
        matches!(late, Fate::Dropped(_)),
        "a socket that was still calling back"
    );
    host.device.open().unwrap();
    let read = host.read(100);
    assert_eq!(host.status(read), None, "nothing is left of before");
}

#[test]
fn too_many_pended_requests_are_refused() {
    let host = Host::open();
    let reads: Vec<u64> = (0..9).map(|_| host.read(limits::READ_BUFFER)).collect();
    assert_eq!(host.status(reads[8]), Some(NtStatus::INSUFFICIENT_RESOURCES));
    assert!(reads[..8].iter().all(|read| host.status(*read).is_none()));
}
