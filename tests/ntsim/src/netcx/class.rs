//! Binding: versions, function table, globals.
//!
//! 2.0 takes clients of 2.0 only. 2.2 takes clients of 2.0, 2.1 and 2.2 whose build is 0. A client of another version is refused
//! with `STATUS_NOT_SUPPORTED` (published source of the class extension; see also `WDF_CLASS_BIND_INFO`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netcx_sys::netadaptercx::NET_DRIVER_GLOBALS;
use parking_lot::RwLock;

use super::adapter_init;
use super::names::{self, NAMES};
use super::rules::bugcheck;
use crate::abi::kmdf::ClassBindInfo;
use crate::guest::Guest;
use crate::status::{self, Result};
use crate::wdf::extension::{ClassExtension, Client};
use crate::{machine, registry};

/// A driver that has bound the class extension.
#[derive(Debug)]
pub struct NetClient {
    /// Minor version that it asked for.
    pub minor: u32,
    /// Minor version of the framework it runs on.
    pub framework: u32,
    /// The first argument of each of its calls.
    globals: usize,
    /// Known to NDIS: it has called NetDeviceInitConfig.
    pub registered: AtomicBool,
}

impl NetClient {
    /// Queues run in execution contexts and may be at DISPATCH_LEVEL: not so on 2.0.
    #[must_use]
    pub fn polls_at_dispatch(&self) -> bool {
        self.framework >= 2
    }
}

static CLIENT: RwLock<Option<Arc<NetClient>>> = RwLock::new(None);

/// The client with these globals. Others are CorruptedPrivateGlobals (0x19E 0).
pub(super) fn client(globals: usize) -> Arc<NetClient> {
    let client = CLIENT.read().clone().filter(|c| c.globals == globals);
    client.unwrap_or_else(|| {
        bugcheck!(
            NET_STRUCTURE,
            "{globals:#x} isn't the client's NET_DRIVER_GLOBALS"
        )
    })
}

/// As [`client`], for its check alone.
pub(super) fn check(globals: usize) {
    let _ = client(globals);
}

/// The class extension as the framework sees it.
#[derive(Debug)]
pub struct Class;

impl ClassExtension for Class {
    fn name(&self) -> &'static str {
        "NetAdapterCx"
    }

    fn bind(&self, _client: &Arc<Client>, info: Guest<ClassBindInfo>) -> Result<()> {
        bind(info)
    }

    fn unbind(&self, _client: &Arc<Client>, _info: Guest<ClassBindInfo>) {
        adapter_init::check_unload();
        *CLIENT.write() = None;
    }
}

/// Whether framework 2.`own` takes a client of `version`.
fn accepts(own: u32, version: [u32; 3]) -> bool {
    let [major, minor, build] = version;
    major == 2 && build == 0 && if own >= 2 { minor <= own } else { minor == own }
}

fn bind(info: Guest<ClassBindInfo>) -> Result<()> {
    let this = info.read();
    let (_, own) = machine::with_config(|c| c.netadaptercx);
    let [_, minor, _] = this.version;
    if !accepts(own, this.version) {
        eprintln!(
            "ntsim: the driver asks for NetAdapterCx {:?}, this machine has 2.{own}",
            this.version
        );
        return Err(status::NOT_SUPPORTED);
    }
    let available = names::count(own).unwrap_or(0);
    if this.function_table_count as usize > available
        || this.function_table.is_null()
        || this.class_bind_info.is_null()
    {
        return Err(status::INVALID_PARAMETER);
    }
    for (index, name) in NAMES.iter().take(this.function_table_count as usize).enumerate() {
        let entry = registry::resolve("netadaptercx.sys", name)
            .unwrap_or_else(|| registry::trap("netadaptercx.sys", name));
        this.function_table.index(index).write(entry);
    }
    let globals: &'static NET_DRIVER_GLOBALS = Box::leak(Box::new(NET_DRIVER_GLOBALS { Unused: 0 }));
    let globals = Guest::of(globals).addr();
    this.class_bind_info.write(globals);
    *CLIENT.write() = Some(Arc::new(NetClient {
        minor,
        framework: own,
        globals,
        registered: AtomicBool::new(false),
    }));
    Ok(())
}

impl NetClient {
    /// NDIS gets to know the client with its first device.
    pub(super) fn register(&self) {
        self.registered.store(true, Ordering::Release);
    }
}

pub(super) fn reset() {
    *CLIENT.write() = None;
}

/// Binds a client of version 2.`minor` without an image; returns its globals.
#[cfg(test)]
pub(super) fn bind_for_test(minor: u32) -> Result<usize> {
    let mut table = vec![0usize; names::count(minor).unwrap_or(132)];
    let mut globals = 0usize;
    let name = crate::guest::wide("NetAdapterCx\0");
    let info = ClassBindInfo {
        size: 0x50,
        _pad0: 0,
        class_name: Guest::of(&name[0]),
        version: [2, minor, 0],
        _pad1: 0,
        function_table: Guest::of(&table[0]),
        function_table_count: u32::try_from(table.len()).unwrap_or(0),
        _pad2: 0,
        class_bind_info: Guest::at((&raw mut globals) as usize),
        client_bind: 0,
        client_unbind: 0,
        class_module: 0,
    };
    bind(Guest::of(&info))?;
    assert!(std::hint::black_box(&mut table).iter().all(|entry| *entry != 0));
    Ok(std::hint::black_box(&globals).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};

    #[test]
    fn versions_are_taken_as_windows_takes_them() {
        let cases = [
            (0, [2, 0, 0], true),
            (0, [2, 1, 0], false),
            (0, [1, 0, 0], false),
            (2, [2, 0, 0], true),
            (2, [2, 1, 0], true),
            (2, [2, 2, 0], true),
            (2, [2, 3, 0], false),
            (2, [2, 1, 5], false),
            (2, [1, 9, 0], false),
        ];
        for (own, version, expected) in cases {
            assert_eq!(accepts(own, version), expected, "2.{own} and {version:?}");
        }
    }

    #[test]
    fn a_newer_client_is_not_supported() {
        let _machine = Machine::boot(Config {
            netadaptercx: (2, 0),
            ..Config::default()
        });
        assert_eq!(bind_for_test(1).unwrap_err(), status::NOT_SUPPORTED);
        assert_ne!(bind_for_test(0).unwrap(), 0);
    }

    #[test]
    fn every_entry_is_there_and_private_ones_are_traps() {
        let _machine = Machine::boot(Config::default());
        bind_for_test(2).unwrap();
        assert!(registry::resolve("netadaptercx.sys", "NetAdapterCreate").is_some());
        assert!(registry::resolve("netadaptercx.sys", "NetAdapterDriverWdmGetHandle").is_none());
    }
}
