//! Out of memory: every allocation of every call fails once, and then all from there on.
//!
//! A call that gets no memory says so and changes nothing; it succeeds when it is made again. What takes down (`DEL_PEER`,
//! close) needs no memory. The data path allocates nothing at all.

#[path = "support/mod.rs"]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;

use ovpn_dco_engine::Config;
use ovpn_dco_uapi::{GetPeerStats, Ioctl, KeySlot, Mode, NtStatus, Proto, SetMode};
use support::Host;
use support::packets::{Fate, control, udp};
use support::requests::{
    OUTPUT, SERVER, Side, TestKey, address, iroute, mp_new_peer, new_peer, set_peer, start_server,
};
use zerocopy::IntoBytes;

/// The system's allocator, but for what the device asks for while [`PLAN`] says no.
struct Failing;

#[derive(Clone, Copy)]
enum Plan {
    /// Count allocations.
    Count(u64),
    /// So many more succeed, then one (or, if `stay`, each) fails.
    FailAfter { left: u64, stay: bool },
}

thread_local! {
    static PLAN: Cell<Plan> = const { Cell::new(Plan::Count(0)) };
}

fn refuses() -> bool {
    if !support::is_inside() {
        return false;
    }
    match PLAN.get() {
        Plan::Count(count) => PLAN.set(Plan::Count(count + 1)),
        Plan::FailAfter { left: 0, stay: true } => return true,
        Plan::FailAfter { left: 0, stay: false } => {
            PLAN.set(Plan::Count(0));
            return true;
        }
        Plan::FailAfter { left, stay } => PLAN.set(Plan::FailAfter { left: left - 1, stay }),
    }
    false
}

// SAFETY: what is not refused is the system allocator's.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if refuses() {
            return null_mut();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if refuses() {
            return null_mut();
        }
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// How many allocations of the device `call` needs.
fn allocations(call: impl FnOnce()) -> u64 {
    PLAN.set(Plan::Count(0));
    call();
    match PLAN.replace(Plan::Count(0)) {
        Plan::Count(count) => count,
        Plan::FailAfter { .. } => unreachable!("nobody else sets a plan"),
    }
}

fn failing<T>(after: u64, stay: bool, call: impl FnOnce() -> T) -> T {
    PLAN.set(Plan::FailAfter { left: after, stay });
    let result = call();
    PLAN.set(Plan::Count(0));
    result
}

type Call = fn(&Host) -> NtStatus;

/// Makes `call` without memory at each point; it must say so, and succeed afterwards.
fn sweep(name: &str, prepare: fn() -> Host, call: Call) {
    let needed = {
        let host = prepare();
        allocations(|| assert_eq!(call(&host), NtStatus::SUCCESS, "{name}"))
    };
    for after in 0..needed {
        for stay in [false, true] {
            let host = prepare();
            let status = failing(after, stay, || call(&host));
            let context = format!("{name}: allocation {after} of {needed} failed");
            if status != NtStatus::SUCCESS {
                assert!(
                    [NtStatus::NO_MEMORY, NtStatus::INSUFFICIENT_RESOURCES].contains(&status),
                    "{context}: {status}"
                );
                assert_eq!(call(&host), NtStatus::SUCCESS, "{context}, again");
            }
            failing(0, true, || support::inside(|| host.device.close()));
        }
    }
}

fn client() -> Host {
    let host = Host::open();
    host.udp()
        .install(Side::Client, KeySlot::Primary, TestKey::CLASSIC);
    host
}

fn server() -> Host {
    let host = Host::open();
    host.server();
    host.add(1, "198.51.100.1:1", &["10.8.0.2", "fd00::2"]);
    host.iroute("10.20.0.0/16", 1);
    host
}

#[test]
fn a_device_and_a_handle_need_memory_and_say_so() {
    let make = || {
        Host::try_with_config(Config {
            lanes: 2,
            control_packets: 4,
            ..Config::default()
        })
    };
    let needed = allocations(|| drop(make().unwrap()));
    assert!(needed > 5);
    for after in 0..needed {
        for stay in [false, true] {
            let made = failing(after, stay, make);
            assert_eq!(made.err(), Some(NtStatus::NO_MEMORY), "{after} of {needed}");
        }
    }
    sweep("open", Host::closed, |host| {
        let opened = support::inside(|| host.device.open());
        opened.err().unwrap_or(NtStatus::SUCCESS)
    });
}

#[test]
fn calls_of_a_client_say_so_and_succeed_afterwards() {
    sweep("NEW_PEER", Host::open, |host| {
        let input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp);
        host.ask(Ioctl::NewPeer, input.as_bytes())
    });
    sweep("NEW_PEER in the place of another", client, |host| {
        let input = new_peer(address("0.0.0.0:0"), address(SERVER), Proto::Udp);
        host.ask(Ioctl::NewPeer, input.as_bytes())
    });
    sweep("NEW_KEY", client, |host| {
        host.try_install(Side::Client, KeySlot::Secondary, TestKey::CLASSIC)
    });
    sweep("NEW_KEY_V2", client, |host| {
        host.try_install(Side::Client, KeySlot::Secondary, TestKey::EPOCH)
    });
    sweep("SET_PEER", client, |host| {
        host.ask(Ioctl::SetPeer, set_peer(1, 2, 3).as_bytes())
    });
    let two_keys = || {
        let host = client();
        host.install(Side::Client, KeySlot::Secondary, TestKey::EPOCH);
        host
    };
    sweep("SWAP_KEYS", two_keys, |host| host.ask(Ioctl::SwapKeys, &[]));
}

#[test]
fn calls_of_a_server_say_so_and_succeed_afterwards() {
    sweep("SET_MODE", Host::open, |host| {
        host.ask(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes())
    });
    let multipeer = || {
        let host = Host::open();
        host.must(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes());
        host
    };
    sweep("MP_START_VPN", multipeer, |host| {
        host.ask(Ioctl::MpStartVpn, start_server("0.0.0.0:1194").as_bytes())
    });
    sweep("MP_NEW_PEER", server, |host| {
        host.ask(
            Ioctl::MpNewPeer,
            mp_new_peer(2, "198.51.100.2:1", &["10.8.0.3", "fd00::3"]).as_bytes(),
        )
    });
    sweep("MP_ADD_IROUTE", server, |host| {
        host.ask(Ioctl::MpAddIroute, iroute("10.30.0.0/16", 1).as_bytes())
    });
    sweep("MP_DEL_IROUTE", server, |host| {
        host.ask(Ioctl::MpDelIroute, iroute("10.20.0.0/16", -1).as_bytes())
    });
    sweep("MP_DEL_PEER", server, |host| host.del(1));
}

#[test]
fn taking_down_and_pending_need_no_memory() {
    let busy = || {
        let host = client();
        host.read(100);
        host.wait();
        host.must(Ioctl::StartVpn, &[]);
        host
    };
    let host = busy();
    failing(0, true, || {
        host.must(Ioctl::DelPeer, &[]);
        let read = host.read(100);
        let wait = host.wait();
        assert_eq!((host.status(read), host.status(wait)), (None, None));
        assert!(host.cancel(read));
        support::inside(|| host.device.close());
    });
    let host = busy();
    failing(0, true, || support::inside(|| host.device.close()));
    let host = server();
    failing(0, true, || support::inside(|| host.device.close()));
}

#[test]
fn packets_reads_writes_and_statistics_allocate_nothing() {
    for key in [TestKey::CLASSIC, TestKey::EPOCH] {
        let (client, server) = (Host::open(), Host::open());
        client
            .udp()
            .install(Side::Client, KeySlot::Primary, key)
            .keepalive(1, 5);
        server.udp().install(Side::Server, KeySlot::Primary, key);
        let allocated = allocations(|| {
            for _ in 0..10 {
                let packet = udp("10.8.0.2", "10.8.0.1", &[3; 300]);
                let sealed = client.transmit_slices(&[&packet[..10], &packet[10..]]).unwrap();
                assert_eq!(server.receive(None, &sealed.bytes), Fate::Deliver(packet));
                assert_eq!(server.receive(None, &control(100, 1)), Fate::Consumed);
                server.read(200);
                server.write(&control(100, 1));
                client.must(Ioctl::GetStats, &[]);
                client.ioctl(Ioctl::GetPeerStats.code(), GetPeerStats::ALL.as_bytes(), OUTPUT);
                client.run(1_000);
            }
        });
        assert_eq!(allocated, 0);
    }
}

#[test]
fn a_silent_peer_that_cannot_be_removed_for_want_of_memory_goes_later() {
    let host = server();
    host.mp_set(1, set_peer(0, 3, 0));
    host.run(3_000);
    failing(0, true, || host.run(5_000));
    assert_eq!(host.peer_stats(-1).len(), 1);
    host.run(1_000);
    assert_eq!(host.peer_stats(-1).len(), 0);
    host.event();
}
