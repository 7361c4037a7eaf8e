//! Calls of a connection, made on the machine.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ovpn_dco_devsock as devsock;
use ovpn_dco_devsock::{DeviceBackend, DeviceInfo, HandleId, OpenRequest, RequestId, Status};
use parking_lot::Mutex;

use crate::io::{self, Caller, OpenOptions, Operation};
use crate::machine;
use crate::ntoskrnl::security::Token;
use crate::violate;
use crate::wdf::device::{Device, Interface};
use crate::wdf::pnp::{Pdo, Value};

/// All devices of the machine, behind the device socket.
pub(super) struct Devices {
    namespace: Option<String>,
    files: Mutex<HashMap<HandleId, Arc<io::File>>>,
    next_file: AtomicU64,
    requests: Arc<Mutex<Requests>>,
}

/// What can be cancelled. A request may be over before its [`Operation`] is known here.
#[derive(Default)]
struct Requests(HashMap<RequestId, Option<Operation>>);

/// How long a process may wait for a driver that holds on to its requests.
pub(super) fn patience() -> Duration {
    machine::with_config(|c| c.hang_after)
}

impl Devices {
    pub(super) fn new(namespace: Option<String>) -> Self {
        Self {
            namespace,
            files: Mutex::default(),
            next_file: AtomicU64::new(1),
            requests: Arc::default(),
        }
    }

    fn file(&self, handle: HandleId) -> Option<Arc<io::File>> {
        self.files.lock().get(&handle).cloned()
    }

    /// Issues an operation on a file; its end goes to `completion`.
    ///
    /// The driver completes it from any thread at up to DISPATCH_LEVEL, so nothing on that way may wait: the frame is put
    /// into the connection's queue, and its writer's thread sends it.
    fn issue(
        &self,
        handle: HandleId,
        request: RequestId,
        completion: devsock::Completion,
        call: impl FnOnce(&io::File, Box<dyn FnOnce(io::Completion) + Send>) -> Operation,
    ) {
        let Some(file) = self.file(handle) else {
            return completion.complete_status(Status::INVALID_HANDLE, 0);
        };
        self.requests.lock().0.insert(request, None);
        let requests = Arc::clone(&self.requests);
        let done = Box::new(move |end: io::Completion| {
            requests.lock().0.remove(&request);
            completion.complete(Status(end.status), end.information as u64, &end.output);
        });
        let operation = call(&file, done);
        if let Some(known) = self.requests.lock().0.get_mut(&request) {
            *known = Some(operation);
        }
    }
}

impl DeviceBackend for Devices {
    fn open(&self, caller: &devsock::Caller, request: &OpenRequest) -> Result<HandleId, Status> {
        let options = OpenOptions {
            access: request.access.0,
            share: request.share.0,
            caller: process(caller),
        };
        let file = io::open(&request.path, &options).map_err(Status)?;
        let handle = HandleId(self.next_file.fetch_add(1, Ordering::Relaxed));
        self.files.lock().insert(handle, Arc::new(file));
        Ok(handle)
    }

    fn ioctl(
        &self,
        handle: HandleId,
        request: RequestId,
        code: u32,
        input: &[u8],
        output_len: usize,
        completion: devsock::Completion,
    ) {
        self.issue(handle, request, completion, |file, done| {
            file.ioctl(code, input, output_len, done)
        });
    }

    fn read(&self, handle: HandleId, request: RequestId, len: usize, completion: devsock::Completion) {
        self.issue(handle, request, completion, |file, done| file.read(len, done));
    }

    fn write(&self, handle: HandleId, request: RequestId, data: &[u8], completion: devsock::Completion) {
        self.issue(handle, request, completion, |file, done| file.write(data, done));
    }

    fn cancel(&self, _handle: HandleId, request: RequestId) {
        let operation = self.requests.lock().0.get(&request).copied().flatten();
        if let Some(operation) = operation {
            operation.cancel();
        }
    }

    fn close(&self, handle: HandleId) {
        let file = self.files.lock().remove(&handle).and_then(Arc::into_inner);
        if file.is_some_and(|file| !file.close_and_wait(patience())) && !machine::stopped() {
            violate!(
                HANG,
                "the driver keeps requests of a closed handle: its close never came"
            );
        }
    }

    fn process_ended(&self, caller: &devsock::Caller) {
        io::process_died(process(caller).process);
    }

    fn devices(&self) -> Vec<DeviceInfo> {
        let mut list = Vec::new();
        for device in io::devices() {
            let Some(pdo) = device.init.pdo.clone() else {
                continue;
            };
            for interface in device.interfaces().into_iter().filter(|i| i.enabled) {
                list.push(self.info(&device, &pdo, interface));
            }
        }
        list
    }

    fn properties(&self, handle: HandleId) -> Vec<(String, String)> {
        let mut properties = self.file(handle).map_or_else(Vec::new, |f| on_host(f.device()));
        if let Some(namespace) = &self.namespace {
            properties.push(("network-namespace".to_owned(), namespace.clone()));
        }
        properties
    }
}

impl Devices {
    fn info(&self, device: &Device, pdo: &Pdo, interface: Interface) -> DeviceInfo {
        let key = |name: &str| match pdo.keys.lock().get(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let network_interface = on_host(device)
            .into_iter()
            .find_map(|(name, value)| (name == "network-interface").then_some(value));
        DeviceInfo {
            hardware_id: pdo.hardware_ids.first().cloned().unwrap_or_default(),
            interface_path: interface.path,
            instance_id: key("netcfginstanceid").unwrap_or_else(|| pdo.instance().to_owned()),
            name: network_interface
                .clone()
                .unwrap_or_else(|| pdo.instance().to_owned()),
            network_namespace: self.namespace.clone().filter(|_| network_interface.is_some()),
            network_interface,
        }
    }
}

/// What class extensions have put on the host for a device.
fn on_host(device: &Device) -> Vec<(String, String)> {
    let extensions = device.init.extensions.iter();
    extensions.flat_map(|e| e.properties(device.object())).collect()
}

/// The simulated process of a connection. Process ids are multiples of four, and low ones the system's own.
fn process(caller: &devsock::Caller) -> Caller {
    Caller {
        process: u32::try_from(caller.connection * 4 + 0x1000).unwrap_or(u32::MAX),
        token: match caller.token {
            devsock::Token::User => Token::user(),
            devsock::Token::Admin => Token::administrator(),
            devsock::Token::System => Token::system(),
        },
        kernel: false,
    }
}
