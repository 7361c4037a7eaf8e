//! Overlapped I/O against named pipes, which pend, complete, warn and cancel as a driver does; discovery against
//! whatever this Windows (or wine) has.

use std::fs::File;
use std::io::Write;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OVERLAPPED, PIPE_ACCESS_DUPLEX};
use windows_sys::Win32::System::Pipes::{CreateNamedPipeW, PIPE_READMODE_MESSAGE, PIPE_TYPE_MESSAGE};

use super::io::Handle;
use super::*;
use crate::device::{Call, InFlight, Outcome};
use ovpn_dco_uapi::NtStatus;

/// Pends until a client opens the pipe.
const FSCTL_PIPE_LISTEN: u32 = 0x0011_0008;
/// Reads without taking: a header of 16 bytes and the data.
const FSCTL_PIPE_PEEK: u32 = 0x0011_400C;

const SHORT: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(10);

/// The server's end of a message pipe of the test's own, and its name.
fn pipe() -> (Handle, String) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!(r"\\.\pipe\ovpn-dco-test-{}-{number}", std::process::id());
    let mode = PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE;
    let text = wide(&name);
    // SAFETY: the name ends with a zero; no security attributes.
    let handle = unsafe {
        CreateNamedPipeW(
            text.as_ptr(),
            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
            mode,
            1,
            4096,
            4096,
            0,
            ptr::null(),
        )
    };
    assert_ne!(handle, INVALID_HANDLE_VALUE);
    // SAFETY: the handle was made just now, for us.
    (Handle::new(unsafe { OwnedHandle::from_raw_handle(handle) }), name)
}

fn client(name: &str) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .share_mode(0)
        .open(name)
        .unwrap()
}

fn connected() -> (Handle, File) {
    let (handle, name) = pipe();
    let file = client(&name);
    (handle, file)
}

fn begin(handle: &Handle, call: Call<'_>) -> Box<dyn InFlight> {
    handle.begin(call).unwrap()
}

fn win32(outcome: &Outcome) -> Option<u32> {
    outcome.failure.as_ref().map(Failure::win32_error)
}

#[test]
fn a_read_pends_and_completes() {
    let (handle, mut far) = connected();
    let mut read = begin(&handle, Call::Read { len: 100 });
    assert!(read.wait(Some(SHORT)).is_none());
    far.write_all(b"packet").unwrap();
    let outcome = read.wait(Some(LONG)).unwrap();
    assert_eq!(
        (win32(&outcome), outcome.information, &outcome.data[..]),
        (None, 6, &b"packet"[..])
    );
}

#[test]
fn a_write_completes_with_its_count() {
    let (handle, _far) = connected();
    let outcome = begin(&handle, Call::Write { data: b"hello" }).wait(None).unwrap();
    assert_eq!(
        (win32(&outcome), outcome.information, outcome.data.len()),
        (None, 5, 0)
    );
}

#[test]
fn a_message_longer_than_the_room_is_a_failure_with_data() {
    for pends in [true, false] {
        let (handle, mut far) = connected();
        if !pends {
            far.write_all(b"packet").unwrap();
        }
        let mut read = begin(&handle, Call::Read { len: 4 });
        if pends {
            far.write_all(b"packet").unwrap();
        }
        let outcome = read.wait(Some(LONG)).unwrap();
        assert_eq!(
            (win32(&outcome), &outcome.data[..]),
            (Some(234), &b"pack"[..]),
            "pends: {pends}"
        );
        let status = outcome.failure.unwrap().status();
        assert_eq!(status, Some(NtStatus::BUFFER_OVERFLOW), "pends: {pends}");
    }
}

#[test]
fn a_control_code_returns_its_output() {
    let (handle, mut far) = connected();
    far.write_all(b"packet").unwrap();
    let call = Call::Ioctl {
        code: FSCTL_PIPE_PEEK,
        input: &[],
        output_len: 64,
    };
    let outcome = begin(&handle, call).wait(Some(LONG)).unwrap();
    assert_eq!(win32(&outcome), None);
    assert_eq!(outcome.information, 16 + 6);
    assert_eq!(outcome.data[16..], *b"packet");
}

#[test]
fn a_control_code_pends_and_is_cancelled_from_another_thread() {
    let (handle, _name) = pipe();
    let mut listen = begin(
        &handle,
        Call::Ioctl {
            code: FSCTL_PIPE_LISTEN,
            input: &[],
            output_len: 0,
        },
    );
    assert!(listen.wait(Some(SHORT)).is_none());
    let abort = listen.abort_handle();
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(SHORT);
            abort.abort();
            abort
        });
        let outcome = listen.wait(Some(LONG)).unwrap();
        assert_eq!(win32(&outcome), Some(995));
        assert_eq!(outcome.failure.unwrap().status(), Some(NtStatus::CANCELLED));
    });
    assert!(start.elapsed() < LONG);
}

#[test]
fn an_unknown_control_code_fails_at_once() {
    let (handle, _far) = connected();
    let call = Call::Ioctl {
        code: ovpn_dco_uapi::Ioctl::NewPeer.code(),
        input: &[0; 60],
        output_len: 0,
    };
    let outcome = begin(&handle, call).wait(Some(LONG)).unwrap();
    assert!(outcome.failure.is_some());
}

#[test]
fn cancel_all_ends_everything_and_later_calls_work() {
    let (handle, mut far) = connected();
    let mut reads: Vec<_> = (0..3).map(|_| begin(&handle, Call::Read { len: 10 })).collect();
    handle.cancel_all();
    for read in &mut reads {
        assert_eq!(win32(&read.wait(Some(LONG)).unwrap()), Some(995));
    }
    far.write_all(b"x").unwrap();
    assert_eq!(
        begin(&handle, Call::Read { len: 10 })
            .wait(Some(LONG))
            .unwrap()
            .data,
        b"x"
    );
}

#[test]
fn a_dropped_call_is_over_and_takes_nothing() {
    let (handle, mut far) = connected();
    let start = Instant::now();
    drop(begin(&handle, Call::Read { len: 10 }));
    assert!(start.elapsed() < LONG);
    far.write_all(b"for the next").unwrap();
    let outcome = begin(&handle, Call::Read { len: 100 }).wait(Some(LONG)).unwrap();
    assert_eq!(outcome.data, b"for the next");
}

#[test]
fn the_other_ends_death_is_a_failure() {
    let (handle, far) = connected();
    let mut read = begin(&handle, Call::Read { len: 10 });
    drop(far);
    // ERROR_BROKEN_PIPE
    assert_eq!(win32(&read.wait(Some(LONG)).unwrap()), Some(109));
}

#[test]
fn a_path_that_is_not_there_is_no_driver() {
    let Err(error) = Windows.open(r"\\.\ovpn-dco-is-not-there", true) else {
        panic!("it opened")
    };
    assert!(matches!(error, DeviceError::NoDriver { .. }), "{error}");
    assert_eq!(error.win32_error(), Some(2));
}

#[test]
fn a_path_that_is_in_use_is_in_use() {
    let path = std::env::temp_dir().join(format!("ovpn-dco-in-use-{}", std::process::id()));
    let holder = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    // A file says ERROR_SHARING_VIOLATION where an exclusive device says ERROR_ACCESS_DENIED; either names the call.
    let Err(error) = Windows.open(path.to_str().unwrap(), true) else {
        panic!("it opened")
    };
    assert!(error.to_string().contains("CreateFile"), "{error}");
    drop(holder);
    let _ = std::fs::remove_file(path);
    assert!(matches!(
        open_error("x", &from_win32(5)),
        DeviceError::InUse { .. }
    ));
}

#[test]
fn the_search_for_adapters_works_where_there_are_none() {
    let adapters = Windows.adapters().unwrap();
    for adapter in adapters {
        assert!(discovery::has_reference_string(&adapter.path), "{adapter:?}");
    }
}

#[test]
fn removing_an_adapter_that_is_not_there_says_so() {
    let adapter = Adapter {
        instance_id: "{00000000-0000-0000-0000-000000000000}".into(),
        ..Adapter::default()
    };
    assert_eq!(
        Windows.delete_adapter(&adapter).unwrap_err().win32_error(),
        Some(1168)
    );
}

#[test]
fn interface_paths_are_chosen_by_their_reference_string() {
    for (path, want) in [
        (
            r"\\?\ROOT#NET#0000#{cac88484-7515-4c03-82e6-71a87abac361}\ovpn-dco",
            true,
        ),
        (
            r"\\?\ROOT#NET#0000#{cac88484-7515-4c03-82e6-71a87abac361}\OVPN-DCO",
            false,
        ),
        (r"\\?\ROOT#NET#0000#{cac88484-7515-4c03-82e6-71a87abac361}", false),
        (
            r"\\?\ROOT#NET#0000#{cac88484-7515-4c03-82e6-71a87abac361}\{5f8e0c2a}",
            false,
        ),
        ("ovpn-dco", false),
    ] {
        assert_eq!(discovery::has_reference_string(path), want, "{path}");
    }
    assert!(discovery::is_ours("OVPN-DCO") && !discovery::is_ours(r"ROOT\ovpn-dco"));
}

#[test]
fn lists_of_strings_come_apart() {
    for (text, want) in [
        ("", &[][..]),
        ("\0", &[]),
        ("a\0bc\0\0", &["a", "bc"]),
        ("a", &["a"]),
    ] {
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(multi_sz(&units), want, "{text:?}");
    }
}

/// Every status that the contract maps to a Win32 error, against the system's own table.
#[test]
fn win32_errors_are_those_of_the_system() {
    windows_link::link!("ntdll.dll" "system" fn RtlNtStatusToDosError(status : i32) -> u32);
    let differing: Vec<String> = NtStatus::ALL
        .iter()
        .filter_map(|status| {
            // SAFETY: takes any number.
            let system = unsafe { RtlNtStatusToDosError(status.0) };
            // 317 is what the system says of a status that it does not know; wine knows fewer than Windows.
            (system != status.win32_error() && system != 317)
                .then(|| format!("{status}: {system}, not {}", status.win32_error()))
        })
        .collect();
    assert_eq!(differing, [""; 0]);
}
