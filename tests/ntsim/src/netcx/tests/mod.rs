//! A driver made of Rust functions, to break the rules with: its calls are those of a real one, without an image.

mod contracts;
mod devices;
mod driver;
mod life;
mod offloads;
mod rings;
mod tun;
mod view;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use netcx_sys::netadaptercx::{
    NET_ADAPTER_RX_CAPABILITIES, NET_ADAPTER_TX_CAPABILITIES, NET_EXTENSION, NET_FRAGMENT,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_PACKET, NET_PACKET_QUEUE_CONFIG_V2_0, NET_RING,
};
use parking_lot::Mutex;

use super::queue::Direction;
use super::{Medium, Network, adapter, adapter_init, class, link, medium, queue, vnet};
use crate::abi::kmdf::{DriverConfig, Handle, ObjectAttributes};
use crate::abi::wdm::{DriverObject, UnicodeString};
use crate::cpu;
use crate::guest::Guest;
use crate::machine::{Config, Machine};
use crate::ntoskrnl::pool;
use crate::status::{self, Result};
use crate::violation::{self, Rule};
use crate::wdf::device::Device;
use crate::wdf::driver::WdfDriverCreate;
use crate::wdf::pnp::{self, Pdo, Value};
use driver::{DRIVER, Driver, MTU, Make, Script, advance, datapath_callbacks, device_add, set_capabilities};

use view::View;

const WAIT: Duration = Duration::from_secs(10);

/// A machine with the driver on it.
struct Bench {
    machine: Machine,
    device: Option<Arc<Device>>,
    buffers: Vec<usize>,
}

impl Bench {
    /// Boots, binds and creates the driver; the adapter will be plugged into memory.
    fn new(script: Script, config: Config) -> Self {
        let network = Network::Memory;
        Self::plugged(script, Config { network, ..config })
    }

    /// As [`new`](Self::new), plugged into what the configuration says.
    fn plugged(script: Script, config: Config) -> Self {
        let machine = Machine::boot(Config {
            hang_after: Duration::from_millis(500),
            ..config
        });
        let globals = class::bind_for_test(script.minor).unwrap();
        let buffers: Vec<usize> = (0..64).map(|_| pool::allocate_system(2048)).collect();
        {
            let mut driver = DRIVER.lock();
            *driver = Driver {
                globals,
                script,
                queues: Vec::new(),
                sent: Vec::new(),
                incoming: VecDeque::new(),
                buffers: buffers.clone(),
                events: Vec::new(),
                irqls: Vec::new(),
                adapter: 0,
            };
        }
        // SAFETY: all zeroes is a valid DRIVER_OBJECT (integers and null addresses).
        let object: &'static DriverObject = Box::leak(Box::new(unsafe { std::mem::zeroed() }));
        let path: &'static UnicodeString = Box::leak(Box::new(UnicodeString::leak(r"\REGISTRY\test")));
        let config: &'static DriverConfig = Box::leak(Box::new(DriverConfig {
            size: 32,
            _pad: 0,
            device_add: Some(device_add),
            unload: None,
            flags: 0,
            pool_tag: 0,
        }));
        let created = WdfDriverCreate(
            0,
            Guest::of(object),
            Guest::of(path),
            Guest::null(),
            Guest::of(config),
            Guest::null(),
        );
        assert_eq!(created, status::SUCCESS);
        Self {
            machine,
            device: None,
            buffers,
        }
    }

    /// Adds and starts the device.
    fn start(&mut self) -> Result<()> {
        self.start_with(BTreeMap::new())
    }

    /// As [`start`](Self::start), with these values in the software key.
    fn start_with(&mut self, keys: BTreeMap<String, Value>) -> Result<()> {
        let pdo = Pdo::new(r"ROOT\NET\0000", &["test"], keys);
        let device = pnp::add_device(&pdo)?;
        pnp::start(&device)?;
        self.device = Some(device);
        Ok(())
    }

    /// As [`start`](Self::start) with the default machine.
    fn started(script: Script) -> Self {
        Self::started_on(script, Config::default())
    }

    fn started_on(script: Script, config: Config) -> Self {
        let mut bench = Self::new(script, config);
        bench.start().unwrap();
        bench
    }

    fn device(&self) -> &Arc<Device> {
        self.device.as_ref().unwrap()
    }

    fn medium(&self) -> Arc<Medium> {
        let _ = &self.machine;
        medium().unwrap()
    }

    /// Has the host send a packet through the adapter.
    fn transmit(&self, packet: &[u8]) {
        self.medium().transmit([&[0; vnet::LENGTH][..], packet].concat());
    }

    /// Has the driver receive a packet, and notify.
    fn receive(&self, packet: &[u8]) {
        DRIVER.lock().incoming.push_back(packet.to_vec());
        self.notify(Direction::Rx);
    }

    fn notify(&self, direction: Direction) {
        let (globals, handle) = {
            let driver = DRIVER.lock();
            let view = driver
                .queues
                .iter()
                .rev()
                .find(|v| v.direction == direction)
                .unwrap();
            (driver.globals, view.handle)
        };
        match direction {
            Direction::Tx => queue::NetTxQueueNotifyMoreCompletedPacketsAvailable(globals, handle),
            Direction::Rx => queue::NetRxQueueNotifyMoreReceivedPacketsAvailable(globals, handle),
        }
    }

    /// Removes the device; returns the rules that were broken.
    fn finish(mut self) -> Vec<Rule> {
        if let Some(device) = self.device.take()
            && !crate::machine::stopped()
        {
            let _ = pnp::remove(&device);
        }
        if !crate::machine::stopped() {
            adapter_init::check_unload();
            self.buffers.drain(..).for_each(pool::free_system);
        }
        broken()
    }
}

/// The rules that were broken so far.
fn broken() -> Vec<Rule> {
    violation::all().into_iter().map(|v| v.rule).collect()
}

/// Waits until `condition` holds.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + WAIT;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "{what} doesn't happen; {:#?}",
            violation::all()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Starts a device whose driver breaks a rule that stops the machine.
fn stops_with(script: Script) -> Vec<Rule> {
    let mut bench = Bench::new(script, Config::default());
    assert!(bench.start().is_err(), "the machine goes on");
    assert!(crate::machine::stopped());
    bench.finish()
}
