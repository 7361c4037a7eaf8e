//! Devices over a device socket, as a program sees them: a small server plays the driver.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ovpn_dco_devsock::{
    Caller, Completion, DeviceBackend, DeviceInfo, DeviceServer, HandleId, OpenRequest, RequestId,
    RunningServer, Status,
};
use ovpn_dco_uapi::*;
use ovpn_dco_userlib::device::devsock::Socket;
use ovpn_dco_userlib::device::{self, Blame, Device, DeviceError, Host, Wait};
use zerocopy::IntoBytes;

const SHORT: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(10);
const PATH: &str = r"\\?\ROOT#NET#0000#{cac88484-7515-4c03-82e6-71a87abac361}\ovpn-dco";
const SECOND: &str = r"\\?\ROOT#NET#0001#{cac88484-7515-4c03-82e6-71a87abac361}\ovpn-dco";

/// Two adapters and a version device. Reads pend until something is written, connecting pends forever.
#[derive(Default)]
struct Driver {
    state: Mutex<State>,
    /// An older driver has no version device.
    old: bool,
}

#[derive(Default)]
struct State {
    next: u64,
    open: BTreeMap<HandleId, String>,
    pending: BTreeMap<RequestId, (HandleId, Completion)>,
}

fn status(status: NtStatus) -> Status {
    Status(status.0)
}

impl DeviceBackend for Driver {
    fn open(&self, _caller: &Caller, request: &OpenRequest) -> Result<HandleId, Status> {
        let mut state = self.state.lock().unwrap();
        let path = match request.path.as_str() {
            names::ADAPTER_PATH => PATH,
            known @ (PATH | SECOND) => known,
            names::VERSION_PATH if !self.old => names::VERSION_PATH,
            _ => return Err(Status::OBJECT_NAME_NOT_FOUND),
        };
        if path != names::VERSION_PATH && state.open.values().any(|open| open == path) {
            return Err(status(NtStatus::ACCESS_DENIED));
        }
        state.next += 1;
        let handle = HandleId(state.next);
        state.open.insert(handle, path.to_owned());
        Ok(handle)
    }

    fn ioctl(
        &self,
        handle: HandleId,
        request: RequestId,
        code: u32,
        _input: &[u8],
        output_len: usize,
        completion: Completion,
    ) {
        match Ioctl::from_code(code) {
            Some(Ioctl::GetVersion) if output_len >= 12 => {
                completion.complete(Status::SUCCESS, 12, VERSION.as_bytes());
            }
            Some(Ioctl::NewPeer | Ioctl::NotifyEvent) => {
                self.state
                    .lock()
                    .unwrap()
                    .pending
                    .insert(request, (handle, completion));
            }
            Some(Ioctl::GetPeerStats) => {
                completion.complete(status(NtStatus::BUFFER_OVERFLOW), 4, &0u32.to_le_bytes());
            }
            _ => completion.complete_status(status(NtStatus::INVALID_DEVICE_REQUEST), 0),
        }
    }

    fn read(&self, handle: HandleId, request: RequestId, _len: usize, completion: Completion) {
        self.state
            .lock()
            .unwrap()
            .pending
            .insert(request, (handle, completion));
    }

    fn write(&self, _handle: HandleId, _request: RequestId, data: &[u8], completion: Completion) {
        let read = self.state.lock().unwrap().pending.pop_first();
        if let Some((_, (_, read))) = read {
            read.complete(Status::SUCCESS, data.len() as u64, data);
        }
        completion.complete_status(Status::SUCCESS, data.len() as u64);
    }

    fn cancel(&self, _handle: HandleId, request: RequestId) {
        let pending = self.state.lock().unwrap().pending.remove(&request);
        if let Some((_, completion)) = pending {
            completion.complete_status(Status::CANCELLED, 0);
        }
    }

    fn close(&self, handle: HandleId) {
        let mut state = self.state.lock().unwrap();
        state.open.remove(&handle).expect("an open handle");
        let (of_handle, others) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|(_, (h, _))| *h == handle);
        state.pending = others;
        let of_handle: BTreeMap<RequestId, (HandleId, Completion)> = of_handle;
        for (_, completion) in of_handle.into_values() {
            completion.complete_status(Status::CANCELLED, 0);
        }
    }

    fn devices(&self) -> Vec<DeviceInfo> {
        let info = |path: &str, hardware_id: &str, name: &str| DeviceInfo {
            hardware_id: hardware_id.into(),
            interface_path: path.into(),
            name: name.into(),
            ..DeviceInfo::default()
        };
        vec![
            info(
                r"\\?\ROOT#NET#0009#{cac88484-7515-4c03-82e6-71a87abac361}\tap",
                "tap0901",
                "another driver's",
            ),
            info(
                &PATH.replace("ovpn-dco", "OVPN-DCO"),
                "ovpn-dco",
                "another reference string",
            ),
            info(PATH, "OVPN-DCO", "first"),
            info(SECOND, "ovpn-dco", "second"),
        ]
    }

    fn properties(&self, handle: HandleId) -> Vec<(String, String)> {
        let first = self.state.lock().unwrap().open[&handle] == PATH;
        let name = if first { "tun0" } else { "" };
        vec![
            ("network-interface".into(), name.into()),
            ("network-namespace".into(), "/run/netns/x".into()),
        ]
    }
}

fn serve(driver: Driver) -> RunningServer {
    let server = DeviceServer::new("driver", Arc::new(driver))
        .tcp("127.0.0.1:0".parse().unwrap())
        .unwrap();
    server.start().unwrap()
}

fn socket(server: &RunningServer) -> Socket {
    Socket::connect_text(&server.addresses()[0].to_text()).unwrap()
}

#[test]
fn adapters_are_those_of_the_driver_and_open_one_after_another() {
    let server = serve(Driver::default());
    let host = socket(&server);
    let names: Vec<String> = host
        .adapters()
        .unwrap()
        .into_iter()
        .map(|adapter| adapter.name)
        .collect();
    assert_eq!(names, ["first", "second"]);

    assert!(device::is_available(&host));
    let first = Device::open_first(&host).unwrap();
    let second = Device::open_first(&host).unwrap();
    assert_eq!(
        (first.adapter().path.as_str(), second.adapter().path.as_str()),
        (PATH, SECOND)
    );
    let third = Device::open_first(&host).unwrap_err();
    assert_eq!(
        (third.blame(), third.win32_error()),
        (Blame::OtherProgram, Some(5))
    );
    assert!(device::is_available(&host), "an adapter in use is an adapter");

    assert_eq!(first.interface().to_string(), "tun0 in /run/netns/x");
    assert_eq!(second.interface().to_string(), "second in /run/netns/x");
    drop(first);
    // Closing is not waited for; the server gets to it before the next request of this connection.
    assert_eq!(Device::open_first(&host).unwrap().adapter().path, PATH);
}

#[test]
fn the_version_is_had_while_every_adapter_is_in_use() {
    let server = serve(Driver::default());
    let host = socket(&server);
    let _held = Device::open_first(&host).unwrap();
    assert_eq!(device::version(&host).unwrap(), VERSION);

    let old = serve(Driver {
        old: true,
        ..Driver::default()
    });
    let host = socket(&old);
    let held = Device::open_first(&host).unwrap();
    assert_eq!(held.version().unwrap(), VERSION);
    assert!(matches!(device::version(&host), Err(DeviceError::InUse { .. })));
    drop(held);
    assert_eq!(
        device::version(&host).unwrap(),
        VERSION,
        "an older driver is asked through its adapter"
    );
}

#[test]
fn control_packets_and_time_limits() {
    let server = serve(Driver::default());
    let device = Device::open_first(&socket(&server)).unwrap();
    let mut reader = device.control_reader();
    assert_eq!(reader.recv(Wait::at_most(SHORT)).unwrap(), None);
    device.write_control(b"packet").unwrap();
    assert_eq!(
        reader.recv(Wait::at_most(LONG)).unwrap().unwrap().payload,
        b"packet"
    );

    let start = Instant::now();
    let (local, remote) = ("0.0.0.0:0".parse().unwrap(), "192.0.2.1:443".parse().unwrap());
    let error = device
        .new_peer(local, remote, Proto::Tcp, Wait::at_most(SHORT))
        .unwrap_err();
    assert!(matches!(error, DeviceError::TimedOut { .. }), "{error}");
    let cancel = device::Cancel::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(SHORT);
            cancel.cancel();
        });
        let error = device
            .next_event(Wait::at_most(LONG).unless(&cancel))
            .unwrap_err();
        assert!(matches!(error, DeviceError::Cancelled { .. }), "{error}");
    });
    assert!(start.elapsed() < LONG);
    let error = device.all_peer_stats().unwrap_err();
    assert!(
        matches!(error, DeviceError::Unexpected { .. }),
        "a driver that asks for ever more room: {error}"
    );
}

#[test]
fn the_death_of_the_driver_ends_every_call() {
    let server = serve(Driver::default());
    let host = socket(&server);
    let device = Device::open_first(&host).unwrap();
    std::thread::scope(|scope| {
        let read = scope.spawn(|| device.read_control(Wait::forever()));
        let event = scope.spawn(|| device.next_event(Wait::forever()));
        std::thread::sleep(SHORT);
        server.shutdown();
        for error in [
            read.join().unwrap().unwrap_err(),
            event.join().unwrap().unwrap_err(),
        ] {
            // A driver that goes in good order cancels first.
            let ended = matches!(error, DeviceError::Gone { .. } | DeviceError::Cancelled { .. });
            assert!(ended, "{error}");
        }
    });
    let error = device.stats().unwrap_err();
    assert!(matches!(error, DeviceError::Gone { .. }), "{error}");
    assert_eq!(error.blame(), Blame::System);
    assert!(host.adapters().is_err());
}

#[test]
fn nobody_there_is_no_driver() {
    for (text, why) in [
        ("unix:/nonexistent/device", "cannot reach"),
        ("gopher:x", "unknown kind"),
    ] {
        let Err(error) = Socket::connect_text(text) else {
            panic!("{text} answers")
        };
        assert!(matches!(error, DeviceError::NoDriver { .. }));
        assert!(error.to_string().contains(why), "{error}");
    }
}
