//! The device as other processes open it: the hosted engine behind the device socket.

use crate::platform::{Hosted, Offloads};
use crate::sys::{self, Signal};
use crate::transmit::Transmitter;
use crate::tun::Tun;
use anyhow::{Context as _, Result};
use ovpn_dco_devsock::{
    Caller, Completion, DeviceBackend, DeviceInfo, HandleId, OpenRequest, RequestId, Status,
};
use ovpn_dco_engine::{Config, Device};
use ovpn_dco_uapi::{Ioctl, NtStatus, VERSION, Version, names};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use zerocopy::IntoBytes as _;

/// NetCfgInstanceId of the only adapter. Nothing compares it with another machine's.
const INSTANCE_ID: &str = "{4f564450-4e44-434f-8000-000000000001}";
/// Threads that carry packets: transmit, receive, the timer and a few callers.
const LANES: usize = 8;
/// Longest `ReadFile` and output buffers that are taken; a control packet is at most 2 KiB.
const MAX_OUTPUT: usize = 1 << 20;

/// A request of a caller, as the engine keeps it.
pub struct Pended {
    id: ovpn_dco_engine::RequestId,
    output: Vec<u8>,
    completion: Completion,
}

impl Pended {
    fn new(id: RequestId, output_len: usize, completion: Completion) -> Self {
        let output = vec![0xa5; output_len.min(MAX_OUTPUT)];
        Self {
            id: ovpn_dco_engine::RequestId(id.0),
            output,
            completion,
        }
    }

    pub(crate) fn complete(self, status: NtStatus, information: usize) {
        let data = self.output.get(..information).unwrap_or_default();
        self.completion
            .complete(Status(status.0), information as u64, data);
    }
}

impl ovpn_dco_engine::Request for Pended {
    fn id(&self) -> ovpn_dco_engine::RequestId {
        self.id
    }

    fn output(&mut self) -> &mut [u8] {
        &mut self.output
    }

    fn pend(&mut self) -> bool {
        // Cancels of a connection come after the call that made the request, on the same thread.
        true
    }
}

/// What a handle was opened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    Adapter,
    Version,
}

/// The engine, its threads and the open handles.
pub struct HostedDevice {
    device: Arc<Device<Hosted>>,
    tun: Arc<Tun>,
    handles: parking_lot::Mutex<HashMap<u64, Opened>>,
    next_handle: AtomicU64,
    stop: Arc<Signal>,
    threads: parking_lot::Mutex<Vec<JoinHandle<()>>>,
}

impl HostedDevice {
    /// Makes the TUN device `tun` and starts the engine on it.
    pub fn start(tun: &str, offloads: Offloads) -> Result<Arc<Self>> {
        let tun = Arc::new(Tun::open(tun, offloads.tun).with_context(|| {
            format!("make the TUN device `{tun}` (this needs root or CAP_NET_ADMIN, and /dev/net/tun)")
        })?);
        let platform = Hosted::new(tun.clone(), offloads);
        let config = Config {
            lanes: LANES,
            ..Config::default()
        };
        let device = Device::new(platform, config)
            .map_err(|status| anyhow::anyhow!("the engine does not start: {status:?}"))?;
        let device = Arc::new(device);
        device.platform().attach(&device);
        let _ = tun.set_carrier(false);
        let stop = Arc::new(Signal::new().context("make an event")?);
        let transmitter = Transmitter::new(tun.clone(), device.clone(), stop.clone());
        let threads = vec![
            spawn("ovpn-transmit", move || transmitter.run())?,
            spawn("ovpn-timer", {
                let (device, stop) = (device.clone(), stop.clone());
                move || run_timer(&device, &stop)
            })?,
        ];
        let (handles, threads) = (parking_lot::Mutex::default(), parking_lot::Mutex::new(threads));
        Ok(Arc::new(Self {
            device,
            tun,
            handles,
            next_handle: AtomicU64::new(1),
            stop,
            threads,
        }))
    }

    /// The engine, for its counters.
    pub fn engine(&self) -> &Device<Hosted> {
        &self.device
    }

    /// Ends the threads. The device server must be gone by then.
    pub fn stop(&self) {
        self.device.close();
        self.stop.raise();
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }

    fn opened(&self, handle: HandleId) -> Option<Opened> {
        self.handles.lock().get(&handle.0).copied()
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .context("start a thread")
}

/// Calls the engine's timer once a second until the stop signal.
fn run_timer(device: &Device<Hosted>, stop: &Signal) {
    while let Ok(false) = sys::poll(
        &mut [sys::pollfd(stop.fd(), libc::POLLIN)],
        Some(Duration::from_secs(1)),
    ) {
        device.timer();
    }
}

/// The path without its prefix, if it is one of ours.
fn parse_path(path: &str) -> Option<Opened> {
    if path.eq_ignore_ascii_case(names::VERSION_PATH) {
        Some(Opened::Version)
    } else if path.eq_ignore_ascii_case(names::ADAPTER_PATH) || path.ends_with(r"\ovpn-dco") {
        Some(Opened::Adapter)
    } else {
        None
    }
}

impl DeviceBackend for HostedDevice {
    fn open(&self, _caller: &Caller, request: &OpenRequest) -> Result<HandleId, Status> {
        let opened = parse_path(&request.path).ok_or(Status::OBJECT_NAME_NOT_FOUND)?;
        if opened == Opened::Adapter {
            self.device.open().map_err(|status| Status(status.0))?;
        }
        let handle = self.next_handle.fetch_add(1, Ordering::Relaxed);
        self.handles.lock().insert(handle, opened);
        Ok(HandleId(handle))
    }

    fn ioctl(
        &self,
        handle: HandleId,
        request: RequestId,
        code: u32,
        input: &[u8],
        output_len: usize,
        completion: Completion,
    ) {
        let pended = Pended::new(request, output_len, completion);
        match self.opened(handle) {
            Some(Opened::Adapter) => self.device.ioctl(code, input, pended),
            Some(Opened::Version) => version_device(code, pended),
            None => pended.complete(NtStatus::INVALID_HANDLE, 0),
        }
    }

    fn read(&self, handle: HandleId, request: RequestId, len: usize, completion: Completion) {
        let pended = Pended::new(request, len, completion);
        match self.opened(handle) {
            Some(Opened::Adapter) => self.device.read(pended),
            Some(Opened::Version) => pended.complete(NtStatus::INVALID_DEVICE_REQUEST, 0),
            None => pended.complete(NtStatus::INVALID_HANDLE, 0),
        }
    }

    fn write(&self, handle: HandleId, request: RequestId, data: &[u8], completion: Completion) {
        let pended = Pended::new(request, 0, completion);
        match self.opened(handle) {
            Some(Opened::Adapter) => self.device.write(data, pended),
            Some(Opened::Version) => pended.complete(NtStatus::INVALID_DEVICE_REQUEST, 0),
            None => pended.complete(NtStatus::INVALID_HANDLE, 0),
        }
    }

    fn cancel(&self, _handle: HandleId, request: RequestId) {
        self.device.cancel(ovpn_dco_engine::RequestId(request.0));
    }

    fn close(&self, handle: HandleId) {
        if self.handles.lock().remove(&handle.0) == Some(Opened::Adapter) {
            self.device.close();
        }
    }

    fn devices(&self) -> Vec<DeviceInfo> {
        vec![DeviceInfo {
            hardware_id: names::HARDWARE_ID.into(),
            interface_path: format!(
                r"\\?\root#net#0000#{{cac88484-7515-4c03-82e6-71a87abac361}}\{}",
                names::REFERENCE_STRING
            ),
            instance_id: INSTANCE_ID.into(),
            name: self.tun.name().into(),
            network_interface: Some(self.tun.name().into()),
            network_namespace: None,
        }]
    }

    fn properties(&self, _handle: HandleId) -> Vec<(String, String)> {
        vec![("network-interface".into(), self.tun.name().into())]
    }
}

/// The version device knows one control code.
fn version_device(code: u32, mut pended: Pended) {
    if Ioctl::from_code(code) != Some(Ioctl::GetVersion) {
        return pended.complete(NtStatus::INVALID_DEVICE_REQUEST, 0);
    }
    let version: Version = VERSION;
    match pended.output.get_mut(..size_of::<Version>()) {
        Some(out) => {
            out.copy_from_slice(version.as_bytes());
            pended.complete(NtStatus::SUCCESS, size_of::<Version>());
        }
        None => pended.complete(NtStatus::BUFFER_TOO_SMALL, 0),
    }
}
