//! Rules that take a certain moment, or strict mode, to break; and versions.

use std::time::Duration;

use netcx_sys::wsk::{
    WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_DATAGRAM_INDICATION, WSK_PROVIDER_NPI, WSK_REGISTRATION,
    wsk_version,
};

use super::close::WskCloseSocket;
use super::datagram::WskSendTo;
use super::datagram_receive::WskRelease;
use super::registration::{WskCaptureProviderNPI, WskDeregister, WskRegister, WskReleaseProviderNPI};
use super::rule_tests::{datagram, kept, nowhere};
use super::testing::*;
use crate::at;
use crate::guest::Guest;
use crate::machine::Config;
use crate::status;
use crate::violation::Rule;

#[test]
fn a_close_with_a_call_in_progress_is_named() {
    let bench = Bench::new();
    let socket = datagram(&bench, None, 0);
    let call_in_progress = super::handles::enter("WskSendTo", socket).unwrap_or_else(|_| panic!("open"));
    let (_, outcome) = start(|irp| WskCloseSocket(socket, irp));
    drop(call_in_progress);
    outcome.wait();
    assert_eq!(bench.finish(), [Rule::WSK_BUSY]);
}

#[test]
fn data_that_changes_before_completion_is_named() {
    let bench = Bench::with(Config {
        strict: true,
        processors: 1,
        ..Config::default()
    });
    let socket = datagram(&bench, None, 0);
    let data = Data::new(&[1; 64]);
    let (buffer, to) = (data.buffer(), nowhere());
    let mut outcomes = Vec::new();
    // Every other completion comes from a DPC, which waits for the only processor until the data has changed.
    for n in 0..20u8 {
        let old = crate::cpu::current().raise(2);
        let (_, outcome) = start(|irp| {
            WskSendTo(
                socket,
                Guest::of(&buffer),
                0,
                Guest::of(&to).cast(),
                0,
                Guest::null(),
                irp,
            )
        });
        Guest::<u8>::at(data.block).write(n);
        crate::cpu::current().lower(old);
        outcomes.push(outcome);
    }
    for outcome in outcomes {
        outcome.wait();
    }
    close(socket);
    drop(data);
    let found = bench.finish();
    assert!(found.contains(&Rule::WSK_BUFFER), "{found:?}");
}

/// Runs `touch` as a driver's code on a kept indication; it must stop the machine.
fn touches(release: bool, touch: fn(Guest<WSK_DATAGRAM_INDICATION>, usize)) {
    let bench = Bench::with(Config {
        strict: true,
        ..Config::default()
    });
    let (socket, list) = kept(&bench);
    let buffer = super::buffer::Buffer::from(at!(list.Buffer).read());
    assert!(buffer.gather() == b"x");
    let mut data = 0;
    buffer.pieces(|addr, _| data = addr);
    if release {
        assert_eq!(WskRelease(socket, list), status::SUCCESS);
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        crate::cpu::callback::invoke("test", || touch(list, data));
        sender.send(()).unwrap();
    });
    assert!(receiver.recv_timeout(Duration::from_millis(300)).is_err());
    let all = crate::violation::all();
    let text = &all.iter().find(|v| v.rule == Rule::ACCESS).unwrap().text;
    assert!(text.contains("indication"), "{text}");
    assert!(crate::machine::stopped());
    drop(bench);
}

#[test]
fn released_indications_are_out_of_reach_in_strict_mode() {
    touches(true, |list, _| {
        let _ = list.cast::<u64>().read();
    });
}

#[test]
fn the_data_of_indications_is_read_only_in_strict_mode() {
    touches(false, |_, data| Guest::<u8>::at(data).write(1));
}

#[test]
fn versions_are_negotiated() {
    let bench = Bench::new();
    for (version, want) in [
        (wsk_version(1, 1), status::SUCCESS),
        (wsk_version(2, 0), status::NOINTERFACE),
    ] {
        let dispatch: &'static WSK_CLIENT_DISPATCH = Box::leak(Box::new(WSK_CLIENT_DISPATCH {
            Version: version,
            ..WSK_CLIENT_DISPATCH::new()
        }));
        let registration: &'static WSK_REGISTRATION = Box::leak(Box::new(WSK_REGISTRATION::new()));
        let npi = WSK_CLIENT_NPI {
            ClientContext: std::ptr::null_mut(),
            Dispatch: dispatch,
        };
        let registration = Guest::of(registration);
        assert_eq!(WskRegister(Guest::of(&npi), registration), status::SUCCESS);
        let provider = WSK_PROVIDER_NPI {
            Client: std::ptr::null_mut(),
            Dispatch: std::ptr::null(),
        };
        let captured = WskCaptureProviderNPI(registration, 0, Guest::of(&provider));
        assert_eq!(captured, want);
        if want == status::SUCCESS {
            let table = Guest::<u16>::at(Guest::of(&provider).read().Dispatch as usize);
            assert_eq!(table.read(), version);
            WskReleaseProviderNPI(registration);
        }
        WskDeregister(registration);
    }
    assert_eq!(bench.finish(), []);
}
