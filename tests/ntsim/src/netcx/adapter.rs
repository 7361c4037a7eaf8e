//! Adapters (netadapter.h): making, starting and stopping them.
//!
//! | an adapter ...           | may                                                            |
//! |--------------------------|----------------------------------------------------------------|
//! | is created                | get its capabilities; data path, link layer and MTU are mandatory |
//! | is started                | change MTU, link state and current address                     |
//! | is started, device in D0   | has queues                                                     |
//! | is stopped, or the device goes | lose queues and network interface, begin anew               |
//!
//! Before 2.2 the capabilities go with the stop; from 2.2 on they stay.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use netcx_sys::netadaptercx::{NETADAPTER, NETRXQUEUE_INIT, NETTXQUEUE_INIT};
use parking_lot::Mutex;

use super::adapter_init::with_init;
use super::capabilities::Settings;
use super::class::{self, NetClient};
use super::datapath::DataPath;
use super::device::{self, NetDevice, Phase};
use super::link::Link;
use super::receive_filter;
use super::rules::bugcheck;
use crate::abi::Guid;
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::exports;
use crate::faults::{self, Action};
use crate::guest::Guest;
use crate::machine;
use crate::status::{self, NtStatus, Result};
use crate::wdf::object::{self, Body, Kind, New, Object};
use crate::{at, violate};

exports! { "netadaptercx.sys";
    NetAdapterCreate: PASSIVE..=PASSIVE,
    NetAdapterStart: PASSIVE..=PASSIVE,
    NetAdapterStop: PASSIVE..=PASSIVE,
    NetAdapterGetNetLuid: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "NETADAPTER",
    passive_dispose: true,
    deletable: true,
};
/// IF_TYPE_PROP_VIRTUAL, the interface type of adapters whose INF says nothing.
const IF_TYPE_PROP_VIRTUAL: u32 = 53;

pub(super) type CreateTxQueue = unsafe extern "win64" fn(NETADAPTER, *mut NETTXQUEUE_INIT) -> NtStatus;
pub(super) type CreateRxQueue = unsafe extern "win64" fn(NETADAPTER, *mut NETRXQUEUE_INIT) -> NtStatus;

static NEXT_ADAPTER: AtomicU32 = AtomicU32::new(1);

/// A network adapter.
pub struct Adapter {
    object: OnceLock<&'static Object>,
    /// Its device's handle.
    pub device: Handle,
    /// Its driver.
    pub client: Arc<NetClient>,
    /// Names its network interface: what NDIS opens it by.
    pub guid: Guid,
    luid: u64,
    pub(super) create_tx: CreateTxQueue,
    pub(super) create_rx: CreateRxQueue,
    pub(super) tx_queues: u32,
    /// What the driver has told about it.
    pub(super) settings: Mutex<Settings>,
    /// Its network interface on the host.
    pub(super) link: Link,
    data_path: Mutex<Option<DataPath>>,
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "adapter {}", self.guid)
    }
}

impl Body for Adapter {
    fn dispose(&self, _object: &'static Object) {
        self.halt();
        if let Some(device) = self.net_device() {
            device.remove(self);
        }
    }
}

/// The adapter behind a handle.
pub(super) fn of(handle: Handle) -> Arc<Adapter> {
    object::body::<Adapter>(handle).1
}

impl Adapter {
    /// Its object.
    pub(super) fn object(&self) -> &'static Object {
        self.object.get().copied().unwrap_or_else(|| machine::stop())
    }

    /// Its handle as the driver's callbacks get it.
    pub(super) fn handle(&self) -> NETADAPTER {
        std::ptr::without_provenance_mut(self.object().handle())
    }

    fn net_device(&self) -> Option<Arc<NetDevice>> {
        device::find(self.device)
    }

    /// Name of the host's network interface that stands for it, while there is one.
    #[must_use]
    pub fn host_interface(&self) -> Option<String> {
        self.link.name()
    }

    fn start(&self) -> Result<()> {
        if let Action::Fail(status) = faults::decide("NetAdapterStart", "") {
            return Err(status);
        }
        let phase = self.net_device().map_or(Phase::Removed, |d| d.phase());
        if phase == Phase::Removed {
            return Err(status::INVALID_DEVICE_REQUEST);
        }
        {
            let mut settings = self.settings.lock();
            if settings.started {
                drop(settings);
                bugcheck!(NET_ADAPTER_STATE, "the adapter is started and started again");
            }
            if let Some(what) = settings.missing() {
                drop(settings);
                violate!(NET_ADAPTER_STATE, "NetAdapterStart before {what}");
                return Err(status::INVALID_DEVICE_STATE);
            }
            settings.started = true;
        }
        if phase == Phase::Working {
            // NDIS calls back on threads of its own.
            let handle = self.object().handle();
            let up = machine::run("NDIS", move || of(handle).bring_up());
            return up
                .unwrap_or(Err(status::UNSUCCESSFUL))
                .inspect_err(|_| self.halt());
        }
        Ok(())
    }

    /// Network interface and queues of a started adapter whose device is in D0.
    pub(super) fn bring_up(self: &Arc<Self>) -> Result<()> {
        let mtu = {
            let settings = self.settings.lock();
            if !settings.started {
                return Ok(());
            }
            settings.mtu
        };
        self.link.open(mtu)?;
        self.open_data_path()?;
        receive_filter::indicate(self);
        Ok(())
    }

    /// Makes the queues, unless they are there.
    pub(super) fn open_data_path(self: &Arc<Self>) -> Result<()> {
        let mut path = self.data_path.lock();
        if path.is_none() {
            *path = Some(DataPath::create(self)?);
        }
        Ok(())
    }

    /// Stops the queues and deletes them.
    pub(super) fn close_data_path(&self) {
        let path = self.data_path.lock().take();
        if let Some(path) = path {
            path.destroy();
        }
    }

    /// Makes queues anew, as NDIS does after a change that they depend on.
    pub(super) fn renew_data_path(self: &Arc<Self>) {
        let mut path = self.data_path.lock();
        let Some(old) = path.take() else { return };
        old.destroy();
        match DataPath::create(self) {
            Ok(new) => *path = Some(new),
            Err(status) => eprintln!("ntsim: the adapter has lost its queues: {}", status::name(status)),
        }
    }

    /// The network interface goes, with its queues.
    pub(super) fn halt(&self) {
        self.close_data_path();
        self.link.close();
        let mut settings = self.settings.lock();
        settings.started = false;
    }

    /// The machine has stopped: threads end by themselves. The one that stopped it may hold the lock for ever.
    pub(super) fn abandon(&self) {
        if let Some(path) = self.data_path.try_lock().and_then(|mut path| path.take()) {
            path.abandon();
        }
        self.link.close();
    }

    /// Queues of the data path, for people.
    pub(super) fn describe(&self) -> Vec<String> {
        let path = self.data_path.try_lock();
        let name = self.host_interface().unwrap_or_else(|| "(none)".to_owned());
        let mut lines = vec![format!("adapter {} interface {name}", self.guid)];
        lines.extend(
            path.iter()
                .filter_map(|p| p.as_ref())
                .flat_map(DataPath::describe)
                .map(|l| format!("  {l}")),
        );
        lines
    }
}

/// `NetAdapterCreate`.
///
/// | the caller promises                                | else                                     |
/// |----------------------------------------------------|------------------------------------------|
/// | an init object that was not used and has callbacks     | `net-adapter-init` (0x19E 38, 40), stop   |
/// | attributes without a parent                          | `net-adapter-init` (0x19E 23), stop       |
///
/// Effect: an object whose parent is the device.
pub extern "win64" fn NetAdapterCreate(
    globals: usize,
    init: usize,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let client = class::client(globals);
    let (used, device, callbacks, tx_queues) = with_init(init, |i| {
        (
            std::mem::replace(&mut i.used, true),
            i.device,
            i.callbacks,
            i.tx_queues,
        )
    });
    if used {
        bugcheck!(
            NET_ADAPTER_INIT,
            "NetAdapterCreate with an init object that made an adapter already"
        );
    }
    let Some((create_tx, create_rx)) = callbacks else {
        bugcheck!(NET_ADAPTER_INIT, "NetAdapterCreate without data path callbacks");
    };
    if !attributes.is_null() && at!(attributes.parent).read() != 0 {
        bugcheck!(
            NET_ADAPTER_INIT,
            "an adapter's parent is its device; the attributes name another"
        );
    }
    if out.is_null() {
        bugcheck!(NET_STRUCTURE, "NetAdapterCreate without a place for the handle");
    }
    let net_device = device::of(device);
    let number = NEXT_ADAPTER.fetch_add(1, Ordering::Relaxed);
    let adapter = Arc::new(Adapter {
        object: OnceLock::new(),
        device,
        client,
        guid: Guid {
            data1: 0x6E74_7369,
            data2: 0x6D00,
            data3: 0x4000,
            data4: (0x8000_0000_0000_0000 | u64::from(number)).to_be_bytes(),
        },
        luid: u64::from(IF_TYPE_PROP_VIRTUAL) << 48 | u64::from(number & 0xFF_FFFF) << 24,
        create_tx,
        create_rx,
        tx_queues,
        settings: Mutex::default(),
        link: Link::default(),
        data_path: Mutex::new(None),
    });
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(object::get(device)),
        may_have_parent: false,
        function: "NetAdapterCreate",
    };
    match object::create(&new, Arc::clone(&adapter)) {
        Ok(object) => {
            // Nobody else has the object yet.
            let _ = adapter.object.set(object);
            net_device.add(&adapter);
            out.write(object.handle());
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `NetAdapterStart`.
///
/// | the caller promises                                        | else                                      |
/// |------------------------------------------------------------|-------------------------------------------|
/// | an adapter that isn't started                                 | `net-adapter-state` (0x19E 3), stop         |
/// | data path and link layer capabilities, and an MTU               | `net-adapter-state`, the start fails        |
/// | a device that isn't on its way out                              | `STATUS_INVALID_DEVICE_REQUEST`             |
///
/// Effect: network interface and queues, at once or when the device gets to D0.
pub extern "win64" fn NetAdapterStart(globals: usize, handle: Handle) -> NtStatus {
    class::check(globals);
    status::of(of(handle).start())
}

/// `NetAdapterStop`: waits until the queues are gone. Clients before 2.2 lose their capabilities.
pub extern "win64" fn NetAdapterStop(globals: usize, handle: Handle) {
    let client = class::client(globals);
    let adapter = of(handle);
    let wait = Arc::clone(&adapter);
    let _ = machine::run("NDIS", move || wait.halt());
    if client.framework < 2 {
        *adapter.settings.lock() = Settings::default();
    }
}

/// `NetAdapterGetNetLuid`: any time after the adapter was created.
pub extern "win64" fn NetAdapterGetNetLuid(globals: usize, handle: Handle) -> u64 {
    class::check(globals);
    of(handle).luid
}
