//! What a driver does when memory runs out, sockets fail or sends hang: each allocation and each call of a connection's life
//! comes to grief once, one after another.
//!
//! Nothing may be violated, leaked or left pending, the machine must not stop, and the very next connection must work. Only a
//! simulated machine can be told to fail.

use std::sync::atomic::Ordering;

use ovpn_dco_device_tests::bench::{Bench, adapter_path, kind};
use ovpn_dco_device_tests::calls::{self, Handle, end_of, listen, status};
use ovpn_dco_device_tests::peer::{CONTROL, Echo};
use ovpn_dco_device_tests::tunnel::{self, FIRST_KEY, Inner, SECOND_KEY};
use ovpn_dco_devsock::{Client, OpenRequest, Pending};
use ovpn_dco_e2e::client::DeviceKind;
use ovpn_dco_uapi::{
    Ioctl, KeySlot, Mode, MpDelPeer, MpIroute, NtStatus, PeerId, Prefix, Proto, SetMode, SetPeer,
};
use zerocopy::IntoBytes as _;

/// Statuses that are honest about why a call failed, and what calls end with that come after one that failed.
fn honest(got: NtStatus) -> bool {
    matches!(
        got,
        NtStatus::SUCCESS
            | NtStatus::NO_MEMORY
            | NtStatus::INSUFFICIENT_RESOURCES
            | NtStatus::INVALID_DEVICE_STATE
            | NtStatus::INVALID_DEVICE_REQUEST
            | NtStatus::OBJECTID_NOT_FOUND
            | NtStatus::NOT_FOUND
            | NtStatus::CANCELLED
            | NtStatus::CONNECTION_ABORTED
    )
}

/// One life of a connection, as far as it gets.
struct Attempt<'a> {
    bench: &'a Bench,
    client: Client,
    handle: Option<Handle>,
}

impl<'a> Attempt<'a> {
    /// Opens the adapter; that alone may fail.
    fn begin(bench: &'a Bench) -> Self {
        let client = bench.client();
        let path = adapter_path(&client);
        let file = client.open(&OpenRequest::exclusive(path)).ok();
        let handle = file.map(|file| Handle::new(client.clone(), file));
        Self {
            bench,
            client,
            handle,
        }
    }

    fn end(&self, what: &str, pending: Pending) {
        let got = status(&end_of(pending));
        assert!(honest(got), "{what}: {got:?}\n{}", self.bench.log());
    }

    fn call(&self, ioctl: Ioctl, input: &[u8], room: usize) {
        if let Some(handle) = &self.handle {
            self.end(ioctl.name(), handle.begin(ioctl, input, room));
        }
    }

    fn done(mut self) {
        if let Some(handle) = self.handle.take() {
            handle.close();
        }
        drop(self.client);
    }
}

/// Connect, talk, carry packets, renegotiate, disconnect.
fn client_life(bench: &Bench, proto: Proto, peer: &Echo, inner: &Inner) {
    let attempt = Attempt::begin(bench);
    if let Some(handle) = &attempt.handle {
        let new = calls::new_peer(peer.address, proto);
        attempt.call(Ioctl::NewPeer, new.as_bytes(), 0);
        let read = handle.read();
        let written = handle.file.write(&CONTROL).expect("the device is there");
        attempt.end("a write", written);
        attempt.call(Ioctl::StartVpn, &[], 0);
        let settings = SetPeer {
            keepalive_interval: 10,
            keepalive_timeout: 60,
            mss: 1300,
        };
        attempt.call(Ioctl::SetPeer, settings.as_bytes(), 0);
        attempt.call(
            Ioctl::NewKey,
            FIRST_KEY.for_device(KeySlot::Primary).as_bytes(),
            0,
        );
        inner.try_some(20);
        attempt.call(
            Ioctl::NewKey,
            SECOND_KEY.for_device(KeySlot::Secondary).as_bytes(),
            0,
        );
        attempt.call(Ioctl::SwapKeys, &[], 0);
        inner.try_some(20);
        attempt.call(Ioctl::GetStats, &[], 64);
        attempt.call(Ioctl::GetPeerStats, &[0xFF; 4], 40);
        attempt.call(Ioctl::DelPeer, &[], 0);
        attempt.end("a read", read);
    }
    attempt.done();
}

/// A server's life: two clients, routes, events.
fn server_life(bench: &Bench, peer: &Echo) {
    let attempt = Attempt::begin(bench);
    if let Some(handle) = &attempt.handle {
        attempt.call(Ioctl::SetMode, SetMode::new(Mode::MultiPeer).as_bytes(), 0);
        attempt.call(Ioctl::MpStartVpn, listen().as_bytes(), 32);
        let event = handle.begin(Ioctl::NotifyEvent, &[], 144);
        for number in 1..3 {
            let id = PeerId::new(number).expect("an id");
            let mut remote = peer.address;
            remote.set_port(peer.address.port() + u16::try_from(number).expect("small") - 1);
            attempt.call(Ioctl::MpNewPeer, calls::mp_new_peer(id, remote).as_bytes(), 0);
            let key = tunnel::key_of(number);
            attempt.call(Ioctl::NewKey, key.for_device(KeySlot::Primary).as_bytes(), 0);
            let prefix = Prefix::new([10, 80, u8::try_from(number).expect("small"), 0].into(), 24);
            let route = MpIroute::new(prefix.expect("a prefix"), Some(id));
            attempt.call(Ioctl::MpAddIroute, route.as_bytes(), 0);
            attempt.call(Ioctl::MpDelIroute, route.as_bytes(), 0);
        }
        let gone = MpDelPeer { peer_id: 1 };
        attempt.call(Ioctl::MpDelPeer, gone.as_bytes(), 0);
        event.canceller().cancel();
        attempt.end("an event", event);
    }
    attempt.done();
}

/// Lets the nth call of `call` in `life` come to grief, for every n until there are no more. `action` as in a plan.
fn walk(bench: &Bench, name: &str, call: &str, action: &str, mut life: impl FnMut()) {
    let plan = bench.file("plan.toml");
    let set = |nth: u64| {
        let text = format!("[[rule]]\ncall = \"{call}\"\nnth = {nth}\naction = \"{action}\"\n");
        std::fs::write(&plan, text).expect("a plan");
        let before = bench.order(&["fault", "{}", &plan.display().to_string()]);
        let before = before.expect("an order");
        // None matched where there was no rule.
        let matched = before.lines().nth(1).expect("two lines");
        matched.parse::<u64>().unwrap_or(0)
    };
    set(0);
    life();
    let mut most = set(0);
    assert!(most > 0, "{name}: there is no '{call}'");
    let mut nth = 1;
    while nth <= most.min(MOST) {
        set(nth);
        life();
        let made = set(0);
        let state = bench.order(&["inspect", "{}"]).expect("an order");
        assert!(
            state.contains("violations:\n  0 so far"),
            "{name}, {call} {nth} of {made} {action}s:\n{}",
            bench.log()
        );
        // Other threads call too, so lives differ a little; what counts is that one was long enough.
        most = most.max(made);
        nth += 1;
    }
    println!(
        "{name}: each of {} calls of '{call}' came to grief once ({action})",
        nth - 1
    );
}

/// Calls of one kind in a life that are tried: of packets all are alike after some.
const MOST: u64 = 150;

/// Lives through the faults of calls: every allocation; every call of WSK; some of CNG's, which every packet makes.
const CALLS: [(&str, &str); 6] = [
    ("alloc", "fail"),
    ("wsk", "fail"),
    ("BCryptEncrypt", "fail"),
    ("BCryptDecrypt", "fail"),
    ("WskSendMessages", "pend"),
    ("WskSend", "pend"),
];

#[test]
fn any_call_of_a_connection_may_fail() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new();
        let peer = tunnel::echo(&bench, proto);
        let inner = Inner::new(&bench);
        let other = match proto {
            Proto::Udp => "WskSend",
            Proto::Tcp => "WskSendMessages",
        };
        for (call, action) in CALLS.into_iter().filter(|(call, _)| *call != other) {
            walk(&bench, &format!("client over {proto:?}"), call, action, || {
                client_life(&bench, proto, &peer, &inner);
            });
        }
        // Whole again, whatever failed before.
        let handle = bench.open();
        tunnel::connect(&handle, proto, &peer);
        inner.round_trips(5, 500);
        assert!(peer.seen.data.load(Ordering::Relaxed) > 0);
        handle.close();
        bench.finish();
    }
}

#[test]
fn any_call_of_a_server_may_fail() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    let bench = Bench::new();
    let peer = Echo::udp(&bench.ns, &[]);
    for call in ["alloc", "wsk"] {
        walk(&bench, "server", call, "fail", || server_life(&bench, &peer));
    }
    let handle = bench.open();
    handle.serve();
    handle.close();
    bench.finish();
}

#[test]
fn any_allocation_between_load_and_unload_may_fail() {
    if kind() != DeviceKind::Ntsim {
        return;
    }
    let report = Bench::walk_over_start();
    assert_eq!(report["broken"], serde_json::json!([]));
    assert!(report["faults"].as_u64().is_some_and(|n| n > 20), "{report:#}");
}
