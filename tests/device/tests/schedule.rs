//! Slow calls and pauses: what only goes wrong when two threads meet at the wrong moment.
//!
//! Only a simulated machine can be told to be slow. Its verifier judges; here it is enough that things happen and end.

use std::io::Write as _;
use std::time::Duration;

use ovpn_dco_device_tests::bench::{Bench, kind};
use ovpn_dco_device_tests::calls::{end_of, status};
use ovpn_dco_device_tests::tunnel::{self, Inner, SECOND_KEY};
use ovpn_dco_e2e::client::DeviceKind;
use ovpn_dco_uapi::{Ioctl, KeySlot, NtStatus, Proto};

/// The completion of a connect enables the socket's callbacks; that call is held up until the close has long begun.
#[test]
fn a_stream_that_is_closed_while_it_connects_is_left_alone() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    let mut plan = tempfile::NamedTempFile::new().unwrap();
    plan.write_all(
        b"[[rule]]\ncall = \"WskControlSocket\"\nevery = 1\naction = \"delay\"\ndelay_us = 2000\n",
    )
    .unwrap();
    let bench = Bench::with(&["--fault", &plan.path().display().to_string()]);
    let handle = bench.open();
    let peer = tunnel::echo(&bench, Proto::Tcp);
    for round in 0..60u64 {
        let attempt = handle.connect_tcp(peer.address);
        std::thread::sleep(Duration::from_micros(round % 15 * 100));
        attempt.canceller().cancel();
        let ended = status(&end_of(attempt));
        assert!(
            matches!(ended, NtStatus::SUCCESS | NtStatus::CANCELLED),
            "{round}: {ended:?}"
        );
        if ended == NtStatus::SUCCESS {
            handle.must(Ioctl::DelPeer, &[0u8; 0]);
        }
    }
    handle.close();
    bench.finish();
}

/// Lives of connections while each twentieth call and callback pauses; the seed makes each run another one.
#[test]
fn pauses_at_random_do_no_harm() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    for (seed, proto) in [("1", Proto::Udp), ("2", Proto::Tcp), ("3", Proto::Udp)] {
        let bench = Bench::with(&["--perturb", "50000", "--seed", seed]);
        let peer = tunnel::echo(&bench, proto);
        for _ in 0..3 {
            let handle = bench.open();
            tunnel::connect(&handle, proto, &peer);
            let inner = Inner::new(&bench);
            inner.round_trips(10, 300);
            let reads: Vec<_> = (0..4).map(|_| handle.read()).collect();
            {
                let _traffic = inner.flood(1000);
                handle.must(Ioctl::NewKey, &SECOND_KEY.for_device(KeySlot::Secondary));
                handle.must(Ioctl::SwapKeys, &[0u8; 0]);
                std::thread::sleep(Duration::from_millis(50));
                handle.must(Ioctl::DelPeer, &[0u8; 0]);
            }
            handle.close();
            for read in reads {
                assert_ne!(status(&end_of(read)), NtStatus::SUCCESS);
            }
        }
        bench.finish();
    }
}
