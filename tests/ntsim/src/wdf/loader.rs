//! Stands for WDFLDR.SYS: how a driver binds the framework and class extensions.

use std::sync::Arc;

use parking_lot::Mutex;

use super::extension::{self, Client};
use super::names::{NAMES, STRUCT_SIZES};
use super::{device_init, driver, object};
use crate::abi::kmdf::{BindInfo, BindInfo2, ClassBindInfo, DriverGlobals};
use crate::abi::wdm::{DriverObject, UnicodeString};
use crate::exports;
use crate::guest::{self, Guest};
use crate::ntoskrnl::worker;
use crate::registry;
use crate::status::{self, NtStatus, Result};
use crate::{at, image, machine, violate};

exports! { "WDFLDR.SYS";
    WdfVersionBind: PASSIVE..=PASSIVE,
    WdfVersionUnbind: PASSIVE..=PASSIVE,
    WdfVersionBindClass: PASSIVE..=PASSIVE,
    WdfVersionUnbindClass: PASSIVE..=PASSIVE,
    WdfLdrQueryInterface: PASSIVE..=PASSIVE,
}

/// Table sizes that a release of KMDF had, with its minor version.
const RELEASES: [(u32, u32); 16] = [
    (0, 383),
    (1, 386),
    (5, 387),
    (9, 396),
    (11, 432),
    (13, 438),
    (15, 444),
    (17, 444),
    (19, 446),
    (21, 448),
    (23, 451),
    (25, 453),
    (27, 453),
    (29, 454),
    (31, 458),
    (33, 458),
];
/// Up to this size the entries are copied into the client; above, it gets the table's address.
const COPIED_UP_TO: u32 = 438;

static CLIENT: Mutex<Option<Arc<Client>>> = Mutex::new(None);

/// The driver that has bound the framework.
#[must_use]
pub fn client() -> Option<Arc<Client>> {
    CLIENT.lock().clone()
}

/// `WdfVersionBind`.
///
/// | the caller promises                                              | else                                |
/// |------------------------------------------------------------------|-------------------------------------|
/// | a bind info of a known size for `KmdfLibrary`, major version 1      | `STATUS_INVALID_PARAMETER`           |
/// | a function count that a release had                                 | `STATUS_INVALID_PARAMETER`           |
/// | not a newer minor version, unless its second form allows it          | `STATUS_NOT_SUPPORTED` (our reading) |
///
/// Effect: the client's table (or the pointer to one) and its globals are filled.
pub extern "win64" fn WdfVersionBind(
    driver: Guest<DriverObject>,
    path: Guest<UnicodeString>,
    info: Guest<BindInfo>,
    globals: Guest<Guest<DriverGlobals>>,
) -> NtStatus {
    status::of(bind(driver, path, info, globals))
}

fn bind(
    driver: Guest<DriverObject>,
    path: Guest<UnicodeString>,
    info: Guest<BindInfo>,
    globals: Guest<Guest<DriverGlobals>>,
) -> Result<()> {
    if driver.is_null() || path.is_null() || info.is_null() || globals.is_null() {
        return Err(status::INVALID_PARAMETER);
    }
    let this = info.read();
    let is_v2 = this.size as usize == size_of::<BindInfo2>();
    if !is_v2 && this.size as usize != size_of::<BindInfo>() {
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    let [major, minor, _] = this.version;
    if !guest::wide_z(this.component).eq_ignore_ascii_case("KmdfLibrary") || major != 1 {
        return Err(status::NOINTERFACE);
    }
    if !RELEASES.iter().any(|(_, count)| *count == this.func_count) {
        return Err(status::INVALID_PARAMETER);
    }
    let own_minor = machine::with_config(|c| c.kmdf_minor);
    if minor > own_minor {
        let info: Guest<BindInfo2> = info.cast();
        let accepted = is_v2
            && at!(info.minimum_version)
                .read()
                .some()
                .is_some_and(|m| m.read() <= own_minor);
        if !accepted {
            return Err(status::NOT_SUPPORTED);
        }
    }
    let mut client = CLIENT.lock();
    if client.is_some() {
        eprintln!("ntsim: a second driver tries to bind the framework; one runs at a time");
        return Err(status::DEVICE_BUSY);
    }
    let service = UnicodeString::text(path)
        .rsplit('\\')
        .next()
        .unwrap_or_default()
        .to_owned();
    let image = image::find(at!(driver.driver_start).read()).ok_or(status::INVALID_IMAGE_FORMAT)?;
    let own_globals = make_globals(&service);
    let table = table();
    if this.func_count <= COPIED_UP_TO {
        let target: Guest<usize> = Guest::at(this.func_table);
        for (i, entry) in table.iter().take(this.func_count as usize).enumerate() {
            target.index(i).write(*entry);
        }
    } else {
        Guest::<usize>::at(this.func_table).write(table.as_ptr() as usize);
    }
    if is_v2 {
        let info: Guest<BindInfo2> = info.cast();
        at!(info.client_newer).read().put(u8::from(minor > own_minor));
        at!(info.func_count)
            .read()
            .put(u32::try_from(NAMES.len()).unwrap_or(0));
        at!(info.struct_count)
            .read()
            .put(u32::try_from(STRUCT_SIZES.len()).unwrap_or(0));
        at!(info.struct_table).read().put(STRUCT_SIZES.as_ptr() as usize);
    }
    globals.write(own_globals);
    *client = Some(Arc::new(Client {
        service,
        globals: own_globals,
        driver_object: driver,
        image,
        version: (major, minor),
    }));
    Ok(())
}

fn make_globals(service: &str) -> Guest<DriverGlobals> {
    let mut name = [0; 32];
    for (slot, byte) in name.iter_mut().take(31).zip(service.bytes()) {
        *slot = byte;
    }
    let tag = service.bytes().take(4).fold([b' '; 4], |mut tag, b| {
        tag.rotate_left(1);
        tag[3] = b;
        tag
    });
    let globals = DriverGlobals {
        driver: 0,
        flags: 0,
        tag: u32::from_le_bytes(tag),
        name,
        displace_driver_unload: 0,
        _pad: [0; 7],
    };
    Guest::of(Box::leak(Box::new(globals)))
}

/// The framework's function table: each entry a thunk, or a trap for what isn't there.
fn table() -> &'static [usize] {
    static TABLE: std::sync::OnceLock<Vec<usize>> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| {
        NAMES
            .iter()
            .map(|name| {
                registry::resolve("Wdf01000.sys", name)
                    .unwrap_or_else(|| registry::trap("Wdf01000.sys", name))
            })
            .collect()
    })
}

/// `WdfVersionUnbind`: deletes the driver object and reports what is left of the driver's objects.
pub extern "win64" fn WdfVersionUnbind(
    _path: Guest<UnicodeString>,
    _info: Guest<BindInfo>,
    globals: Guest<DriverGlobals>,
) -> NtStatus {
    let Some(client) = CLIENT.lock().take() else {
        return status::SUCCESS;
    };
    if client.globals != globals {
        violate!(
            PARAMETER,
            "WdfVersionUnbind with globals that aren't the driver's"
        );
    }
    driver::delete();
    worker::flush();
    device_init::check_unload();
    object::check_unload();
    status::SUCCESS
}

/// `WdfVersionBindClass`: `STATUS_OBJECT_NAME_NOT_FOUND` for a class that isn't there.
pub extern "win64" fn WdfVersionBindClass(
    _info: Guest<BindInfo>,
    _globals: usize,
    class: Guest<ClassBindInfo>,
) -> NtStatus {
    let Some(client) = client() else {
        return status::INVALID_DEVICE_STATE;
    };
    let name = guest::wide_z(at!(class.class_name).read());
    match extension::find(&name) {
        Some(extension) => status::of(extension.bind(&client, class)),
        None => {
            eprintln!("ntsim: the driver binds class {name}, which isn't there");
            status::OBJECT_NAME_NOT_FOUND
        }
    }
}

/// `WdfVersionUnbindClass`.
pub extern "win64" fn WdfVersionUnbindClass(
    _info: Guest<BindInfo>,
    _globals: usize,
    class: Guest<ClassBindInfo>,
) {
    let name = guest::wide_z(at!(class.class_name).read());
    if let (Some(client), Some(extension)) = (client(), extension::find(&name)) {
        extension.unbind(&client, class);
    }
}

/// `WdfLdrQueryInterface`: no interface is offered (drivers ask for it only when `DriverEntry` failed).
pub extern "win64" fn WdfLdrQueryInterface(_interface: usize) -> NtStatus {
    status::NOINTERFACE
}

pub(crate) fn reset() {
    *CLIENT.lock() = None;
}
