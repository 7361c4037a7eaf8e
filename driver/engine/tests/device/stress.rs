//! Real threads: traffic on two lanes while user space changes everything.

use ovpn_dco_engine::{Closed, RequestId};
use ovpn_dco_uapi::{GetPeerStats, Ioctl, KeySlot, NtStatus};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use zerocopy::IntoBytes;

use crate::support::packets::{Fate, control, udp};
use crate::support::requests::{Side, TestKey, set_peer};
use crate::support::{Host, set_lane};

const LENGTH: Duration = Duration::from_millis(1500);

/// Packets from one side to the other, on a lane of its own.
fn traffic(lane: usize, from: &Host, to: &Host, stop: &AtomicBool, delivered: &AtomicU64) {
    set_lane(lane);
    let packet = udp("10.8.0.2", "10.8.0.1", &[u8::try_from(lane).unwrap(); 100]);
    while !stop.load(Ordering::Relaxed) {
        let Ok(sealed) = from.transmit(&packet) else {
            continue;
        };
        for fate in to.arrive(&sealed.bytes) {
            if let Fate::Deliver(plaintext) = fate {
                assert_eq!(plaintext, packet);
                delivered.fetch_add(1, Ordering::Relaxed);
            }
        }
        to.arrive(&control(60, 1));
    }
}

/// User space of one side: connects, installs keys, swaps, reads, asks, deletes.
fn user_space(host: &Host, side: Side, tcp: bool, stop: &AtomicBool) {
    let mut round = 0u8;
    while !stop.load(Ordering::Relaxed) {
        if tcp {
            let number = host.connect();
            if round.is_multiple_of(3) {
                host.cancel(number);
            }
            host.device.transport_connected(host.transport(), Ok(()));
        } else {
            host.udp();
        }
        host.ask(Ioctl::StartVpn, &[]);
        host.try_install(side, KeySlot::Primary, TestKey::CLASSIC);
        host.ask(Ioctl::SetPeer, set_peer(1, 2, 1300).as_bytes());
        for turn in 0..20u8 {
            let key = TestKey {
                key_id: turn % 7 + 1,
                seed: turn.into(),
                epoch: turn.is_multiple_of(2),
                ..TestKey::CLASSIC
            };
            host.try_install(side, KeySlot::Secondary, key);
            host.ask(Ioctl::SwapKeys, &[]);
            host.read(2048);
            host.write(&control(100, 3));
            host.ask(Ioctl::GetStats, &[]);
            host.ask(Ioctl::GetPeerStats, GetPeerStats::ALL.as_bytes());
            host.wait();
            host.run(700);
        }
        match round % 4 {
            0 => drop(host.must(Ioctl::DelPeer, &[])),
            1 => {
                host.device.close();
                host.device.open().unwrap();
            }
            2 => host.device.transport_closed(host.transport(), Closed::Reset),
            _ => {}
        }
        round = round.wrapping_add(1);
    }
}

/// Somebody who cancels at random and is often too late.
fn canceller(host: &Host, stop: &AtomicBool) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        host.device.cancel(RequestId(number));
        let read = host.read(10);
        host.cancel(read);
        number += 3;
        std::thread::yield_now();
    }
}

fn churn(tcp: bool) {
    let hosts = [Host::open(), Host::open()];
    let [client, server] = &hosts;
    for (host, side) in [(client, Side::Client), (server, Side::Server)] {
        if tcp {
            host.tcp()
        } else {
            host.udp()
        };
        host.install(side, KeySlot::Primary, TestKey::CLASSIC);
    }
    let (stop, delivered) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| traffic(0, client, server, &stop, &delivered));
        if !tcp {
            scope.spawn(|| traffic(1, client, server, &stop, &delivered));
        }
        scope.spawn(|| user_space(server, Side::Server, tcp, &stop));
        scope.spawn(|| canceller(server, &stop));
        let begin = Instant::now();
        while begin.elapsed() < LENGTH {
            std::thread::sleep(Duration::from_millis(10));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(delivered.load(Ordering::Relaxed) > 0);
    // What broke a rule, was not completed, or outlived the handle fails when the hosts are dropped.
}

#[test]
fn udp_traffic_survives_churn() {
    churn(false);
}

#[test]
fn tcp_traffic_survives_churn() {
    churn(true);
}

#[test]
fn reads_and_packets_never_miss_each_other() {
    let host = Host::open();
    host.udp();
    let count = 3_000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..count {
                while host.receive(None, &control(40, u8::try_from(number % 251).unwrap())) != Fate::Consumed
                {
                    std::thread::yield_now();
                }
            }
        });
        for number in 0..count {
            let read = host.read(100);
            let done = loop {
                if let Some(done) = host.done(read) {
                    break done;
                }
                std::thread::yield_now();
            };
            assert_eq!(done.status, NtStatus::SUCCESS);
            assert_eq!(done.output[1], u8::try_from(number % 251).unwrap(), "in order");
        }
    });
}
