//! Each rule about rings, broken.

use super::super::segment::tests::sample;
use super::*;

fn udp() -> Vec<u8> {
    sample(false, super::super::packet::UDP, 64)
}

/// Sends and receives a packet with a driver whose EvtAdvance is `advance`; returns what was broken.
fn traffic(direction: Direction, advance: fn(&View), strict: bool, system_buffers: bool) -> Vec<Rule> {
    let bench = Bench::started_on(
        Script {
            advance,
            system_buffers,
            ..Script::default()
        },
        Config {
            strict,
            ..Config::default()
        },
    );
    match direction {
        Direction::Tx => bench.transmit(&udp()),
        Direction::Rx => bench.receive(&udp()),
    }
    eventually("a violation", || !broken().is_empty());
    bench.finish()
}

/// A receive queue's driver that gives one packet, changed by `change` after it was filled in.
fn receive_changed(view: &View, change: impl FnOnce(&View, &mut NET_PACKET, &mut NET_FRAGMENT)) {
    let next = {
        let mut driver = DRIVER.lock();
        (view.direction == Direction::Rx)
            .then(|| driver.incoming.pop_front())
            .flatten()
    };
    let Some(packet) = next else { return advance(view) };
    let system = DRIVER.lock().script.system_buffers;
    let buffer = if system {
        view.address(view.fragments.begin()).read()
    } else {
        DRIVER.lock().buffers.pop().unwrap()
    };
    let (p, f) = (
        view.packet(view.packets.begin()),
        view.fragment(view.fragments.begin()),
    );
    view.fill(0, &packet, buffer);
    let (mut packet, mut fragment) = (p.read(), f.read());
    change(view, &mut packet, &mut fragment);
    p.write(packet);
    f.write(fragment);
    view.give_back(1);
}

macro_rules! receives {
    ($($rule:ident, $system:literal, |$view:ident, $packet:ident, $fragment:ident| $change:expr;)*) => {
        [$((Rule::$rule, $system, (|view: &View| {
            receive_changed(view, |$view, $packet, $fragment| {
                let _ = (&$view, &$packet, &$fragment);
                $change
            });
        }) as fn(&View))),*]
    };
}

#[test]
fn a_received_packet_is_filled_in_and_makes_sense() {
    let cases = receives! {
        NET_RX_PACKET, false, |_v, packet, _f| packet.FragmentIndex = u32::MAX;
        NET_RX_PACKET, false, |_v, packet, _f| packet.FragmentCount = u16::MAX;
        NET_RX_PACKET, false, |_v, packet, _f| packet.FragmentCount = 0;
        NET_RX_PACKET, false, |_v, packet, _f| packet.FragmentCount = 2;
        NET_RX_PACKET, false, |view, packet, _f| packet.FragmentIndex = view.fragments.mask().increment(packet.FragmentIndex);
        NET_RX_PACKET, false, |_v, packet, _f| packet.Layout.set_layer3_type(15).unwrap();
        NET_RX_PACKET, false, |_v, packet, _f| packet.Layout.set_layer2_header_length(14).unwrap();
        NET_RX_PACKET, false, |_v, packet, _f| packet.Layout.set_layer3_header_length(8).unwrap();
        NET_RX_PACKET, false, |_v, packet, _f| {
            packet.Layout.set_layer4_type(1).unwrap();
            packet.Layout.set_layer4_header_length(22).unwrap();
        };
        NET_RX_PACKET, false, |_v, packet, _f| packet.mark_ignored();
        NET_RX_FRAGMENT, false, |_v, _p, fragment| fragment.set_valid_length((1 << 26) - 1).unwrap();
        NET_RX_FRAGMENT, false, |_v, _p, fragment| fragment.set_valid_length(3000).unwrap();
        NET_RX_FRAGMENT, false, |_v, _p, fragment| fragment.set_offset(1023).and(fragment.set_valid_length(2000)).unwrap();
        NET_RX_FRAGMENT, false, |_v, _p, fragment| fragment.set_capacity((1 << 26) - 1).unwrap();
        NET_RX_FRAGMENT, true, |_v, _p, fragment| fragment.set_capacity(1024).unwrap();
        NET_RX_BUFFER, false, |view, _p, _f| {
            let memory: &'static [u8; 2048] = Box::leak(Box::new([0; 2048]));
            view.address(view.fragments.begin()).write(memory.as_ptr() as usize);
        };
        NET_RX_BUFFER, true, |_v, _p, fragment| fragment.set_valid_length(1000).unwrap();
    };
    for (number, (rule, system, advance)) in cases.into_iter().enumerate() {
        assert_eq!(
            traffic(Direction::Rx, advance, true, system),
            [rule],
            "case {number}"
        );
    }
}

#[test]
fn a_transmitted_packet_is_left_as_it_was_but_for_scratch() {
    let changes: [fn(&View); 2] = [
        |view| {
            if let (Direction::Tx, Some(index)) = (view.direction, view.packets.owned().next()) {
                let mut packet = view.packet(index).read();
                packet.FragmentCount += 1;
                view.packet(index).write(packet);
                return view.cancel();
            }
            advance(view);
        },
        |view| {
            if let (Direction::Tx, Some(index)) = (view.direction, view.fragments.owned().next()) {
                let mut fragment = view.fragment(index).read();
                fragment.set_valid_length(1).unwrap();
                view.fragment(index).write(fragment);
                return view.cancel();
            }
            advance(view);
        },
    ];
    for change in changes {
        assert_eq!(
            traffic(Direction::Tx, change, false, false),
            [Rule::NET_TX_PACKET]
        );
    }
    let bench = Bench::started(Script {
        advance: |view| {
            for index in view.packets.owned() {
                let mut packet = view.packet(index).read();
                packet.set_scratch(1).unwrap();
                view.packet(index).write(packet);
            }
            advance(view);
        },
        ..Script::default()
    });
    bench.transmit(&udp());
    eventually("transmission", || DRIVER.lock().sent.len() == 1);
    assert_eq!(bench.finish(), []);
}

#[test]
fn indices_move_forward_within_what_is_owned() {
    let rules = traffic(
        Direction::Tx,
        |view| {
            if view.direction == Direction::Tx && broken().is_empty() {
                let ring: Guest<NET_RING> = Guest::at(view.packets.as_ptr() as usize);
                crate::at!(ring.BeginIndex).write(view.packets.mask().increment(view.packets.end()));
                return;
            }
            advance(view);
        },
        false,
        false,
    );
    assert_eq!(rules, [Rule::NET_RING_INDEX]);
}

#[test]
fn the_header_is_the_frameworks() {
    let rules = traffic(
        Direction::Tx,
        |view| {
            if view.direction == Direction::Tx && broken().is_empty() {
                let ring: Guest<NET_RING> = Guest::at(view.packets.as_ptr() as usize);
                crate::at!(ring.ElementStride).write(4);
            }
            // The next call finds it put right.
            if view.direction == Direction::Rx || !broken().is_empty() {
                advance(view);
            }
        },
        false,
        false,
    );
    assert_eq!(rules, [Rule::NET_RING_HEADER]);
}

#[test]
fn elements_that_are_not_owned_are_left_alone() {
    let rules = traffic(
        Direction::Tx,
        |view| {
            if view.direction == Direction::Tx && broken().is_empty() {
                let outside = view.packets.mask().increment(view.packets.end());
                view.packet(outside).write(NET_PACKET {
                    FragmentIndex: 77,
                    ..NET_PACKET::default()
                });
            }
            advance(view);
        },
        true,
        false,
    );
    assert_eq!(rules, [Rule::NET_RING_ELEMENT]);
}

#[test]
fn data_on_its_way_out_is_read_only() {
    let bench = Bench::started(Script {
        advance: |view| {
            if let (Direction::Tx, Some(index)) = (view.direction, view.fragments.owned().next()) {
                Guest::<u8>::at(view.address(index).read()).write(0);
            }
            advance(view);
        },
        ..Script::default()
    });
    bench.transmit(&udp());
    eventually("the machine's stop", crate::machine::stopped);
    assert_eq!(bench.finish(), [Rule::ACCESS]);
}

#[test]
fn a_cancelled_queue_gives_everything_back() {
    let bench = Bench::started(Script {
        advance: |view| {
            if view.direction == Direction::Rx {
                advance(view);
            }
        },
        cancel: |view| {
            if view.direction == Direction::Rx {
                view.cancel();
            }
        },
        ..Script::default()
    });
    bench.transmit(&udp());
    eventually("a packet in the ring", || {
        let view = DRIVER.lock().queues[0];
        view.packets.begin() != view.packets.end()
    });
    assert_eq!(bench.finish(), [Rule::NET_QUEUE_DRAIN]);
}

#[test]
fn packets_may_stay_and_come_back_on_a_notification() {
    let bench = Bench::started(Script {
        advance: |view| {
            let ready = DRIVER.lock().events.contains(&"ready");
            if view.direction == Direction::Rx || ready {
                advance(view);
            }
        },
        arm: |view| {
            if view.direction == Direction::Tx {
                DRIVER.lock().events.push("armed");
            }
        },
        ..Script::default()
    });
    bench.transmit(&udp());
    eventually("arming", || DRIVER.lock().events.contains(&"armed"));
    DRIVER.lock().events.push("ready");
    bench.notify(Direction::Tx);
    eventually("transmission", || DRIVER.lock().sent.len() == 1);
    assert_eq!(bench.finish(), []);
}

#[test]
fn work_without_a_notification_is_found() {
    let bench = Bench::started(Script::default());
    // Let the queue fall asleep.
    std::thread::sleep(Duration::from_millis(50));
    DRIVER.lock().incoming.push_back(udp());
    eventually("a violation", || !broken().is_empty());
    assert_eq!(bench.finish(), [Rule::NET_LOST_NOTIFICATION]);
}

#[test]
fn a_queue_that_stops_its_own_adapter_hangs() {
    let script = Script {
        advance: |view| {
            let stopped = DRIVER.lock().events.contains(&"own stop");
            if view.direction == Direction::Tx && !stopped {
                let (globals, adapter) = {
                    let mut driver = DRIVER.lock();
                    driver.events.push("own stop");
                    (driver.globals, driver.adapter)
                };
                adapter::NetAdapterStop(globals, adapter);
            }
            advance(view);
        },
        ..Script::default()
    };
    let config = Config {
        netadaptercx: (2, 0),
        ..Config::default()
    };
    let bench = Bench::started_on(script, config);
    bench.transmit(&udp());
    eventually("a violation", || !broken().is_empty());
    assert_eq!(bench.finish(), [Rule::HANG]);
}
