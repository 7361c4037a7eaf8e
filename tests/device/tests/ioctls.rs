//! Each of the 19 control codes in each state of the device, with buffers of every length and numbers out of range.
//!
//! Order of checks: mode, lengths, contents, state. Each call has the device to itself: it is opened and brought into its
//! state anew.

use std::net::SocketAddr;

use ovpn_dco_device_tests::calls::{self, end_of, pends, status};
use ovpn_dco_device_tests::states::{Reached, STATES, State, World};
use ovpn_dco_uapi::{GetPeerStats, Ioctl, Mode, NtStatus, PeerId, SetMode};
use zerocopy::IntoBytes as _;

/// What a call of a code with good buffers shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    /// It ends with this status and as many bytes.
    Ends(NtStatus, usize),
    /// It stays pending until it is cancelled.
    Pends,
}

fn in_right_mode(ioctl: Ioctl, state: State) -> bool {
    match ioctl {
        Ioctl::NewPeer | Ioctl::SwapKeys | Ioctl::SetPeer | Ioctl::StartVpn | Ioctl::DelPeer => {
            !state.server()
        }
        Ioctl::MpStartVpn
        | Ioctl::MpNewPeer
        | Ioctl::MpSetPeer
        | Ioctl::MpDelPeer
        | Ioctl::MpSwapKeys
        | Ioctl::MpAddIroute
        | Ioctl::MpDelIroute => state.server(),
        _ => true,
    }
}

/// The interface's table: what a well-formed call ends with, by state.
fn expected(ioctl: Ioctl, state: State) -> Expect {
    use NtStatus as S;
    let ends = |status| Expect::Ends(status, 0);
    let needs = |met: bool, otherwise| ends(if met { S::SUCCESS } else { otherwise });
    if !in_right_mode(ioctl, state) {
        return ends(S::INVALID_DEVICE_STATE);
    }
    let has_peer = state.has_peer();
    let swap = |missing| match (has_peer, state.has_both_keys()) {
        (false, _) => ends(missing),
        (true, false) => ends(S::INVALID_DEVICE_STATE),
        (true, true) => ends(S::SUCCESS),
    };
    match ioctl {
        Ioctl::NewPeer | Ioctl::DelPeer => ends(S::SUCCESS),
        Ioctl::GetStats => Expect::Ends(S::SUCCESS, 64),
        Ioctl::GetVersion => Expect::Ends(S::SUCCESS, 12),
        Ioctl::NewKey | Ioctl::NewKeyV2 | Ioctl::MpAddIroute => needs(has_peer, S::OBJECTID_NOT_FOUND),
        Ioctl::SetPeer | Ioctl::StartVpn | Ioctl::MpSetPeer => needs(has_peer, S::INVALID_DEVICE_REQUEST),
        Ioctl::SwapKeys | Ioctl::MpSwapKeys => swap(S::INVALID_DEVICE_REQUEST),
        Ioctl::SetMode => needs(!state.server(), S::ALREADY_INITIALIZED),
        Ioctl::MpStartVpn if state == State::Server => Expect::Ends(S::SUCCESS, 32),
        Ioctl::MpStartVpn => ends(S::ALREADY_INITIALIZED),
        Ioctl::MpNewPeer => needs(!has_peer, S::OBJECTID_EXISTS),
        Ioctl::MpDelPeer => needs(has_peer, S::NOT_FOUND),
        Ioctl::MpDelIroute => needs(state == State::ServerKeyed, S::NOT_FOUND),
        // A deleted peer is an event that waits.
        Ioctl::NotifyEvent if state == State::ServerDeleted => Expect::Ends(S::SUCCESS, 144),
        Ioctl::NotifyEvent => Expect::Pends,
        Ioctl::GetPeerStats if has_peer => Expect::Ends(S::SUCCESS, 40),
        Ioctl::GetPeerStats => ends(S::OBJECTID_NOT_FOUND),
    }
}

fn output_size(ioctl: Ioctl) -> usize {
    match ioctl {
        Ioctl::GetStats => 64,
        Ioctl::GetVersion => 12,
        Ioctl::MpStartVpn => 32,
        Ioctl::NotifyEvent => 144,
        Ioctl::GetPeerStats => 40,
        _ => 0,
    }
}

/// Lengths around `size`, without repetition.
fn lengths(size: usize) -> Vec<usize> {
    let mut all = vec![0, 1, size.saturating_sub(1), size, size + 1, 2 * size];
    all.sort_unstable();
    all.dedup();
    all
}

/// Makes one call and checks its end.
fn check(world: &World, state: State, ioctl: Ioctl, input: &[u8], room: usize, expect: Expect) {
    let reached = world.reach(state);
    let case = format!(
        "{} in {state:?}, {} bytes in, {room} out",
        ioctl.name(),
        input.len()
    );
    let mut pending = reached.handle.begin(ioctl, input, room);
    match expect {
        Expect::Pends => {
            assert!(pends(&mut pending), "{case}: does not pend");
            assert!(pending.cancel().is_ok());
            assert_eq!(status(&end_of(pending)), NtStatus::CANCELLED, "{case}");
        }
        Expect::Ends(wanted, bytes) => {
            let ended = end_of(pending);
            let (got, information) = (status(&ended), ended.information);
            assert_eq!((got, information), (wanted, bytes as u64), "{case}");
            assert_eq!(ended.data.len(), if got.is_error() { 0 } else { bytes }, "{case}");
        }
    }
    reached.handle.close();
    if let Some(pending) = reached.connecting {
        assert_eq!(status(&end_of(pending)), NtStatus::CANCELLED, "{case}: NEW_PEER");
    }
}

#[test]
fn every_code_in_every_state() {
    let world = World::new();
    for state in STATES {
        for ioctl in Ioctl::ALL {
            let input = world.input(ioctl, state);
            check(
                &world,
                state,
                ioctl,
                &input,
                output_size(ioctl),
                expected(ioctl, state),
            );
        }
    }
    world.bench.finish();
}

#[test]
fn every_code_with_buffers_of_every_length() {
    let world = World::new();
    for state in [State::Started, State::Opened, State::ServerKeyed, State::Server] {
        for ioctl in Ioctl::ALL {
            let input = world.input(ioctl, state);
            let (size, room) = (input.len(), output_size(ioctl));
            let expect = expected(ioctl, state);
            let short = |too_short: bool| match too_short && in_right_mode(ioctl, state) {
                true => Expect::Ends(NtStatus::BUFFER_TOO_SMALL, 0),
                false => expect,
            };
            for len in lengths(size) {
                let mut input = input.clone();
                input.resize(len, 0xEE);
                check(&world, state, ioctl, &input, room, short(len < size));
            }
            for len in lengths(room) {
                // With a little room GET_PEER_STATS looks for the peer first.
                let expect = match ioctl == Ioctl::GetPeerStats && len >= 4 && len < room {
                    true => Expect::Ends(NtStatus::BUFFER_TOO_SMALL, 0),
                    false => short(len < room),
                };
                check(&world, state, ioctl, &input, len, expect);
            }
        }
    }
    world.bench.finish();
}

#[test]
fn numbers_out_of_range_are_refused() {
    use NtStatus as S;
    // Code, state, offset of a 32-bit field, what to write there, status.
    let (request, parameter) = (S::INVALID_DEVICE_REQUEST, S::INVALID_PARAMETER);
    let table = [
        (Ioctl::NewPeer, State::Opened, 0, 0, request),
        (Ioctl::NewPeer, State::Opened, 0, 1, request),
        (Ioctl::NewPeer, State::Opened, 0, 23, request),
        (Ioctl::NewPeer, State::Opened, 28, 77, request),
        (Ioctl::NewPeer, State::Opened, 56, 2, request),
        (Ioctl::NewPeer, State::Opened, 56, -1, request),
        (Ioctl::NewKey, State::Keyed, 84, 2, request),
        (Ioctl::NewKey, State::Keyed, 84, -1, request),
        (Ioctl::NewKey, State::Keyed, 88, 3, request),
        (Ioctl::NewKey, State::Keyed, 96, 0x0100_0000, parameter),
        (Ioctl::NewKey, State::Keyed, 96, -2, parameter),
        (Ioctl::NewKeyV2, State::Keyed, 100, 1, parameter),
        (Ioctl::NewKeyV2, State::Keyed, 100, 4, parameter),
        (Ioctl::NewKeyV2, State::ServerKeyed, 96, 6, S::OBJECTID_NOT_FOUND),
        (Ioctl::SetPeer, State::Peer, 0, -2, parameter),
        (Ioctl::SetPeer, State::Peer, 4, i32::MIN, parameter),
        (Ioctl::SetPeer, State::Peer, 8, 65_536, parameter),
        (Ioctl::SetPeer, State::Peer, 8, -1, S::SUCCESS),
        (Ioctl::SetPeer, State::Peer, 0, i32::MAX, S::SUCCESS),
        (Ioctl::SetMode, State::Opened, 0, 2, parameter),
        (Ioctl::SetMode, State::Opened, 0, -1, parameter),
        (Ioctl::SetMode, State::Opened, 0, 1, S::SUCCESS),
        (Ioctl::MpStartVpn, State::Server, 0, 0, request),
        (Ioctl::MpStartVpn, State::Server, 0, 99, request),
        (Ioctl::MpNewPeer, State::Listening, 28, 0, request),
        (Ioctl::MpNewPeer, State::Listening, 76, -1, parameter),
        (Ioctl::MpNewPeer, State::Listening, 76, 0x0100_0000, parameter),
        (Ioctl::MpSetPeer, State::ServerPeer, 0, 6, request),
        (Ioctl::MpSetPeer, State::ServerPeer, 4, -2, parameter),
        (Ioctl::MpDelPeer, State::ServerPeer, 0, 6, S::NOT_FOUND),
        (Ioctl::MpDelPeer, State::ServerPeer, 0, -1, S::NOT_FOUND),
        (Ioctl::MpSwapKeys, State::ServerKeyed, 0, i32::MAX, request),
        (Ioctl::MpAddIroute, State::ServerKeyed, 16, 33, parameter),
        (Ioctl::MpAddIroute, State::ServerKeyed, 16, -1, parameter),
        (
            Ioctl::MpAddIroute,
            State::ServerKeyed,
            20,
            6,
            S::OBJECTID_NOT_FOUND,
        ),
        (Ioctl::MpAddIroute, State::ServerKeyed, 24, 1, S::SUCCESS),
        (Ioctl::MpDelIroute, State::ServerKeyed, 16, 129, parameter),
        (Ioctl::MpDelIroute, State::ServerKeyed, 20, -1, S::SUCCESS),
        (
            Ioctl::GetPeerStats,
            State::ServerKeyed,
            0,
            6,
            S::OBJECTID_NOT_FOUND,
        ),
        (
            Ioctl::GetPeerStats,
            State::ServerKeyed,
            0,
            -2,
            S::OBJECTID_NOT_FOUND,
        ),
    ];
    let world = World::new();
    for (ioctl, state, offset, value, wanted) in table {
        let mut input = world.input(ioctl, state);
        input[offset..offset + 4].copy_from_slice(&i32::to_le_bytes(value));
        if ioctl == Ioctl::NewPeer && offset < 56 {
            // Only the family: what stands behind it would be a port.
            input[offset + 2..offset + 4].fill(0);
        }
        let reached = world.reach(state);
        let ended = reached.handle.call(ioctl, &input, output_size(ioctl));
        assert_eq!(status(&ended), wanted, "{} {offset}: {value}", ioctl.name());
        reached.handle.close();
    }
    world.bench.finish();
}

#[test]
fn keys_of_odd_lengths_ids_and_ciphers_are_refused() {
    let world = World::new();
    let reached = world.reach(State::Keyed);
    let call = |edit: &dyn Fn(&mut [u8])| {
        let mut input = world.input(Ioctl::NewKey, State::Keyed);
        edit(&mut input);
        status(&reached.handle.call(Ioctl::NewKey, &input, 0))
    };
    let lengths = |send: u8, receive: u8, cipher: u8| {
        call(&|key| {
            (key[32], key[41 + 32], key[88]) = (send, receive, cipher);
        })
    };
    for len in 0..=255u8 {
        let good = matches!(len, 16 | 24 | 32);
        assert_eq!(
            lengths(len, len, 1) == NtStatus::SUCCESS,
            good,
            "AES, {len} bytes"
        );
    }
    for (send, receive, cipher) in [
        (16, 32, 1),
        (32, 16, 1),
        (16, 16, 2),
        (24, 24, 2),
        (0, 0, 0),
        (32, 32, 0),
    ] {
        let got = lengths(send, receive, cipher);
        assert!(got.is_error(), "{send}, {receive}, cipher {cipher}: {got:?}");
    }
    assert_eq!(lengths(32, 32, 2), NtStatus::SUCCESS, "ChaCha20-Poly1305");
    for id in 0..=255u8 {
        let good = id <= 7;
        assert_eq!(
            call(&|key| key[92] = id) == NtStatus::SUCCESS,
            good,
            "key id {id}"
        );
    }
    reached.handle.close();
    world.bench.finish();
}

#[test]
fn codes_that_are_none_are_refused() {
    let world = World::new();
    let reached = world.reach(State::Started);
    let unknown = [0, 20, 21, 0x7FF, 0xFFF].map(|function| 0x22_0000 | function << 2);
    for code in unknown.into_iter().chain([0, 0x23_0004, 0x22_8004, !3]) {
        let ended = end_of(reached.handle.file.ioctl(code, &[0; 256], 256).unwrap());
        assert_eq!(status(&ended), NtStatus::INVALID_DEVICE_REQUEST, "{code:#x}");
        assert_eq!(ended.information, 0, "{code:#x}");
    }
    reached.handle.close();
    world.bench.finish();
}

#[test]
fn statistics_of_all_peers_come_in_two_steps() {
    let world = World::new();
    let all = GetPeerStats::ALL;
    let ask = |reached: &Reached, room| reached.handle.call(Ioctl::GetPeerStats, all.as_bytes(), room);
    let reached = world.reach(State::Listening);
    let none = ask(&reached, 4);
    assert_eq!((status(&none), none.information), (NtStatus::SUCCESS, 0));
    for id in 1..=3 {
        let remote = SocketAddr::from(([127, 0, 0, 1], 40_000 + u16::try_from(id).unwrap()));
        let new = calls::mp_new_peer(PeerId::new(id).unwrap(), remote);
        reached.handle.must(Ioctl::MpNewPeer, &new);
    }
    for room in [4, 39, 40, 119] {
        let size = ask(&reached, room);
        assert_eq!(
            (status(&size), size.information),
            (NtStatus::BUFFER_OVERFLOW, 4),
            "{room}"
        );
        assert_eq!(size.data, 120u32.to_le_bytes());
    }
    let records = ask(&reached, 500);
    assert_eq!((status(&records), records.information), (NtStatus::SUCCESS, 120));
    for (record, id) in records.data.chunks(40).zip(1..) {
        assert_eq!(record[..4], i32::to_le_bytes(id));
        assert_eq!(record[4..8], [0; 4], "the hole is zero");
    }
    reached.handle.close();
    world.bench.finish();
}

#[test]
fn a_closed_device_has_forgotten_everything() {
    let world = World::new();
    for state in STATES {
        world.reach(state).handle.close();
        let fresh = world.bench.open();
        let none = fresh.call(Ioctl::GetPeerStats, GetPeerStats::ALL.as_bytes(), 400);
        assert_eq!(
            (status(&none), none.information),
            (NtStatus::SUCCESS, 0),
            "{state:?}"
        );
        let written = fresh.write(&[0x38; 14]);
        assert_eq!(
            status(&written),
            NtStatus::INVALID_DEVICE_STATE,
            "{state:?}: a socket"
        );
        let mut event = fresh.begin(Ioctl::NotifyEvent, &[], 144);
        assert!(pends(&mut event), "{state:?}: an event is left");
        drop(event);
        fresh.must(Ioctl::SetMode, &SetMode::new(Mode::PointToPoint));
        fresh.close();
    }
    world.bench.finish();
}
