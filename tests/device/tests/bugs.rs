//! The verifier finds bugs in our own driver: a copy of it with one bug at a time, under an ordinary session.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use ovpn_dco_device_tests::bench::{Bench, kind};
use ovpn_dco_device_tests::bugged::{self, Bug};
use ovpn_dco_device_tests::calls::{Handle, end_of};
use ovpn_dco_device_tests::peer::CONTROL;
use ovpn_dco_device_tests::tunnel::{self, Inner, SECOND_KEY};
use ovpn_dco_e2e::client::{DeviceKind, package_dir};
use ovpn_dco_uapi::{Ioctl, KeySlot, Proto};

const BUGS: &[Bug] = &[
    Bug {
        name: "a leaked request",
        rules: &["request-lost"],
        file: "request.rs",
        anchor: "fn finish(handle: WDFREQUEST, status: NTSTATUS, information: usize) {\n",
        text: "{}    if crate::once({N}) {\n        return;\n    }\n",
    },
    Bug {
        name: "a double completion",
        rules: &["request-double-completion"],
        file: "request.rs",
        anchor: "    // SAFETY: the caller is the one that completes this request, and does not touch it again.\n",
        text: "    if crate::once({N}) {\n        finish(handle, status, information);\n    }\n{}",
    },
    Bug {
        name: "a lock held on return",
        rules: &["lock-held-at-return"],
        file: "rx_queue.rs",
        anchor: "        waiting.armed = armed && !waiting.queue.is_null();\n",
        text: "{}        if crate::once({N}) {\n            core::mem::forget(waiting);\n        }\n",
    },
    Bug {
        name: "a call at a wrong IRQL",
        rules: &["irql"],
        file: "rx_queue.rs",
        anchor: "        batch.count = 0;\n        if waiting.armed {\n",
        text: "        if crate::once({N}) {\n            crate::lock::sleep(1);\n        }\n{}",
    },
    Bug {
        name: "a ring index error",
        rules: &[
            "net-ring-element",
            "net-rx-packet",
            "net-rx-fragment",
            "net-ring-index",
        ],
        file: "rx_queue.rs",
        anchor: "    let _ = packets.set_begin(packet_index);\n",
        text: "    if crate::once({N}) {\n        packet_index = packets.mask().increment(packet_index);\n    }\n{}",
    },
    Bug {
        name: "a fragment longer than its buffer",
        rules: &["net-rx-fragment"],
        file: "rx_queue.rs",
        anchor: "    let _ = piece.set_valid_length(ready.len);\n",
        text: "{}    if crate::once({N}) {\n        let _ = piece.set_capacity(1);\n    }\n",
    },
    Bug {
        name: "an overrun",
        // With special pool, the page behind the block.
        rules: &["pool-overrun", "access-violation"],
        file: "request.rs",
        anchor: "        irql::at_most_dispatch();\n        if !self.pended {\n",
        text: "        if !self.output.is_null() && crate::once({N}) {\n            unsafe { *self.output.add(self.output_len) = 0x5A };\n        }\n{}",
    },
    Bug {
        name: "an uninitialised output byte",
        rules: &["uninitialized-output"],
        file: "request.rs",
        anchor: "        // SAFETY: the framework gave this buffer with this length; it is the request's own until it completes.\n",
        text: "        if crate::bug({N}) {\n            static mut ELSEWHERE: [u8; 512] = [0; 512];\n            let elsewhere: *mut u8 = (&raw mut ELSEWHERE).cast();\n            return unsafe { core::slice::from_raw_parts_mut(elsewhere, self.output_len.min(512)) };\n        }\n{}",
    },
    Bug {
        name: "an unfreed key",
        rules: &["cng-leak"],
        file: "crypto.rs",
        anchor: "        // SAFETY: the key is open, and nobody uses it any more.\n",
        text: "        if crate::once({N}) {\n            return;\n        }\n{}",
    },
    Bug {
        name: "a nonce used twice",
        rules: &["nonce-reuse"],
        file: "crypto.rs",
        anchor: "        let len = ULONG::try_from(len).map_err(|_| CryptoError::Failed)?;\n        let mut written = 0;\n",
        text: "        if crate::bug({N}) {\n            static ZEROS: [u8; 12] = [0; 12];\n            info.pbNonce = ZEROS.as_ptr().cast_mut();\n        }\n{}",
    },
    Bug {
        name: "an indication kept for ever",
        rules: &["wsk-indication-leak", "wsk-close-in-use"],
        file: "udp.rs",
        anchor: "    device.dropped(DropReason::InNotUp, receive.push(&mut batch));\n",
        text: "{}    if crate::once({N}) {\n        return wdk_sys::STATUS_PENDING;\n    }\n",
    },
    Bug {
        name: "a socket that is not closed",
        rules: &["wsk-leak", "wsk-registration"],
        file: "socket.rs",
        anchor: "        if !self.handle.is_null() {\n            self.begin_close();\n",
        text: "        if !self.handle.is_null() && !crate::once({N}) {\n            self.begin_close();\n",
    },
    Bug {
        name: "a leaked IRP",
        rules: &["irp-leak"],
        file: "irp.rs",
        anchor: "        // SAFETY: the IRP is from IoAllocateIrp, and its owner has no call under way.\n",
        text: "        if crate::once({N}) {\n            return;\n        }\n{}",
    },
    Bug {
        name: "a leaked MDL",
        rules: &["mdl-leak"],
        file: "send.rs",
        anchor: "        // SAFETY: the MDL is from IoAllocateMdl, and no send is under way: sockets are closed before pools go.\n",
        text: "        if crate::once({N}) {\n            return;\n        }\n{}",
    },
    Bug {
        name: "a completion of a cancelable request",
        rules: &["request"],
        file: "request.rs",
        anchor: "        // The callback's own call of the engine comes here too, and then there is nothing to be unmarked.\n",
        text: "        if crate::once({N}) {\n            return true;\n        }\n{}",
    },
    Bug {
        name: "a critical region that is not left",
        rules: &["critical-region"],
        file: "lock.rs",
        anchor: "        // SAFETY: `lock` entered the region on this thread.\n",
        text: "        if crate::once({N}) {\n            return;\n        }\n{}",
    },
    Bug {
        name: "an event provider that outlives the driver",
        rules: &["left-at-unload"],
        file: "trace.rs",
        anchor: "        TRACE.unregister();\n",
        text: "        if crate::bug({N}) {\n            return;\n        }\n{}",
    },
];

/// What an ordinary program does with the device: everything that the bugs wait for.
fn session(bench: &Bench, number: usize) {
    let handle = bench.open();
    let switch = handle.file.ioctl(bugged::switch_on(number), &[], 0);
    end_of(switch.expect("the device is there"));
    let peer = tunnel::echo(bench, Proto::Udp);
    tunnel::connect(&handle, Proto::Udp, &peer);
    let inner = Inner::new(bench);
    inner.round_trips(20, 800);
    handle.must(Ioctl::NewKey, &SECOND_KEY.for_device(KeySlot::Secondary));
    handle.must(Ioctl::SwapKeys, &[0u8; 0]);
    inner.round_trips(5, 100);
    handle.call(Ioctl::GetStats, &[], 64);
    control(&handle);
    handle.must(Ioctl::DelPeer, &[0u8; 0]);
    handle.close();
}

/// A control packet goes out and its echo comes back to a read that waits.
fn control(handle: &Handle) {
    let read = handle.read();
    handle.write(&CONTROL);
    end_of(read);
}

/// Runs one bug; what is wrong with how it was found.
fn run(package: &Path, number: usize, bug: &Bug) -> Option<String> {
    let bench = Bench::of_package(package, &["--hang-after", "2"]);
    // What becomes of the session depends on the bug.
    let _ = catch_unwind(AssertUnwindSafe(|| session(&bench, number)));
    let report = bench.verdict();
    let found = report["list"].as_array().cloned().unwrap_or_default();
    let named = |rule: &str| found.iter().find(|v| v["rule"] == rule);
    let Some(violation) = bug.rules.iter().find_map(|rule| named(rule)) else {
        return Some(format!("{}: {:?} not in {found:#?}", bug.name, bug.rules));
    };
    println!("{}: {}: {}", bug.name, violation["rule"], violation["text"]);
    None
}

#[test]
fn each_bug_in_a_copy_of_the_driver_is_caught_and_named() {
    if kind() != DeviceKind::Ntsim {
        // The hosted device has no verifier.
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bugged");
    let inf = package_dir().unwrap().join("ovpn-dco.inf");
    let package = bugged::build(&folder, &inf, BUGS);
    let numbered = Mutex::new(BUGS.iter().enumerate());
    let missed = Mutex::new(Vec::new());
    // What hangs waits; two runs side by side don't wait for each other.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some((index, bug)) = numbered.lock().unwrap().next() else {
                        return;
                    };
                    let problem = catch_unwind(|| run(&package, index + 1, bug));
                    let problem = problem.unwrap_or_else(|_| Some(format!("{}: the run failed", bug.name)));
                    missed.lock().unwrap().extend(problem);
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_bug_still_has_its_place_in_the_driver() {
    bugged::check(BUGS);
}

#[test]
fn the_same_session_without_a_bug_breaks_no_rule() {
    let bench = Bench::new();
    let handle = bench.open();
    let peer = tunnel::echo(&bench, Proto::Udp);
    tunnel::connect(&handle, Proto::Udp, &peer);
    Inner::new(&bench).round_trips(20, 800);
    control(&handle);
    handle.close();
    bench.finish();
}
