//! The object manager's part that devices need: device objects by address and name, symbolic links.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::abi::wdm::{DeviceObject, Irp, UnicodeString};
use crate::cpu;
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};

exports! { "ntoskrnl.exe";
    IoCreateSymbolicLink: PASSIVE..=PASSIVE,
    IoDeleteSymbolicLink: PASSIVE..=PASSIVE,
}

/// What receives IRPs that are sent to a device object.
pub type Dispatch = Arc<dyn Fn(Guest<Irp>) -> NtStatus + Send + Sync>;

struct Device {
    dispatch: Dispatch,
    name: Option<String>,
}

#[derive(Default)]
struct Namespace {
    devices: BTreeMap<usize, Device>,
    /// Lower-case link (without `\DosDevices\`) to device name; site for reports.
    links: BTreeMap<String, (String, usize)>,
}

static NAMES: Mutex<Namespace> = Mutex::new(Namespace {
    devices: BTreeMap::new(),
    links: BTreeMap::new(),
});

/// Makes a device object known, with its name if it has one.
///
/// # Errors
/// `STATUS_OBJECT_NAME_COLLISION` if the name is taken.
pub fn add(device: Guest<DeviceObject>, name: Option<&str>, dispatch: Dispatch) -> status::Result<()> {
    let mut names = NAMES.lock();
    if let Some(name) = name
        && names
            .devices
            .values()
            .any(|d| d.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    {
        return Err(status::OBJECT_NAME_COLLISION);
    }
    names.devices.insert(
        device.addr(),
        Device {
            dispatch,
            name: name.map(str::to_owned),
        },
    );
    Ok(())
}

/// Forgets a device object and its name.
pub fn remove(device: Guest<DeviceObject>) {
    NAMES.lock().devices.remove(&device.addr());
}

/// Sends an IRP to the device at this address.
pub(crate) fn dispatch(device: usize, irp: Guest<Irp>) -> NtStatus {
    let dispatch = NAMES.lock().devices.get(&device).map(|d| Arc::clone(&d.dispatch));
    match dispatch {
        Some(dispatch) => dispatch(irp),
        None => {
            super::irp::complete(irp, status::NO_SUCH_DEVICE, 0);
            status::NO_SUCH_DEVICE
        }
    }
}

/// The device object with this name, following one symbolic link. Accepts `\Device\x`, `\DosDevices\x`, `\??\x`, `\\.\x`.
#[must_use]
pub fn lookup(path: &str) -> Option<Guest<DeviceObject>> {
    let names = NAMES.lock();
    let target = match link_key(path) {
        Some(key) => names.links.get(&key).map(|(target, _)| target.clone())?,
        None => path.to_owned(),
    };
    let (addr, _) = names
        .devices
        .iter()
        .find(|(_, d)| d.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(&target)))?;
    Some(Guest::at(*addr))
}

fn link_key(path: &str) -> Option<String> {
    let prefixes = [
        r"\DosDevices\Global\",
        r"\DosDevices\",
        r"\GLOBAL??\",
        r"\??\",
        r"\\.\",
    ];
    let lower = path.to_ascii_lowercase();
    prefixes
        .iter()
        .find_map(|p| lower.strip_prefix(&p.to_ascii_lowercase()).map(str::to_owned))
}

/// Makes a symbolic link.
///
/// # Errors
/// `STATUS_OBJECT_NAME_COLLISION`, `STATUS_OBJECT_NAME_INVALID`.
pub fn link(link: &str, target: &str) -> status::Result<()> {
    let key = link_key(link)
        .filter(|k| !k.is_empty())
        .ok_or(status::OBJECT_NAME_INVALID)?;
    let mut names = NAMES.lock();
    if names.links.contains_key(&key) {
        return Err(status::OBJECT_NAME_COLLISION);
    }
    names
        .links
        .insert(key, (target.to_owned(), cpu::current().site()));
    Ok(())
}

/// Removes a symbolic link; `false` if there is none.
pub fn unlink(link: &str) -> bool {
    link_key(link).is_some_and(|key| NAMES.lock().links.remove(&key).is_some())
}

/// Links and what they point to.
#[must_use]
pub fn links() -> Vec<(String, String)> {
    NAMES
        .lock()
        .links
        .iter()
        .map(|(link, (target, _))| (link.clone(), target.clone()))
        .collect()
}

/// `IoCreateSymbolicLink`.
pub extern "win64" fn IoCreateSymbolicLink(
    name: Guest<UnicodeString>,
    target: Guest<UnicodeString>,
) -> NtStatus {
    status::of(link(&UnicodeString::text(name), &UnicodeString::text(target)))
}

/// `IoDeleteSymbolicLink`.
pub extern "win64" fn IoDeleteSymbolicLink(name: Guest<UnicodeString>) -> NtStatus {
    if unlink(&UnicodeString::text(name)) {
        status::SUCCESS
    } else {
        status::OBJECT_NAME_NOT_FOUND
    }
}

pub(crate) fn check_unload() {
    let names = NAMES.lock();
    for (link, (target, site)) in &names.links {
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            *site,
            format!("symbolic link {link} to {target} left at unload"),
        );
    }
    for device in names.devices.values() {
        let name = device.name.as_deref().unwrap_or("without a name");
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            0,
            format!("device object {name} left at unload"),
        );
    }
}

pub(crate) fn reset() {
    let mut names = NAMES.lock();
    names.devices.clear();
    names.links.clear();
}
