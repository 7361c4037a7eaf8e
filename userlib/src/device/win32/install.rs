//! Making and removing adapters, as OpenVPN's `tapctl` does: a root-enumerated device with the driver's hardware id,
//! for which Windows then finds the driver package.

use std::io::Error;
use std::process::Command;
use std::ptr;
use std::time::{Duration, Instant};

use ovpn_dco_uapi::names::{GUID_DEVCLASS_NET, HARDWARE_ID};
use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    DI_REMOVEDEVICE_GLOBAL, DICD_GENERATE_ID, DIF_REGISTERDEVICE, DIF_REMOVE, DiInstallDevice,
    SP_CLASSINSTALL_HEADER, SP_DEVINFO_DATA, SP_REMOVEDEVICE_PARAMS, SPDRP_HARDWAREID,
    SetupDiCallClassInstaller, SetupDiCreateDeviceInfoList, SetupDiCreateDeviceInfoW,
    SetupDiSetClassInstallParamsW, SetupDiSetDeviceRegistryPropertyW, SetupDiSetSelectedDevice,
};
use windows_sys::Win32::Foundation::ERROR_NOT_FOUND;
use windows_sys::core::BOOL;

use super::super::host::Adapter;
use super::discovery::{DeviceSet, adapters, connection_name, device_data, guid, is_ours};
use super::{from_win32, wide};

/// How long Windows may take to show the new adapter.
const APPEARS: Duration = Duration::from_secs(15);

/// Makes an adapter.
pub(super) fn create(name: &str) -> Result<Adapter, Error> {
    let class = guid(&GUID_DEVCLASS_NET);
    // SAFETY: `class` is a GUID; no window.
    let set = unsafe { SetupDiCreateDeviceInfoList(&raw const class, ptr::null_mut()) };
    let set = DeviceSet::check(set)?;
    let device = register(&set)?;
    match install(&set, &device) {
        Ok(adapter) if name.is_empty() || adapter.name == name => Ok(adapter),
        Ok(adapter) => {
            rename(&adapter.name, name).inspect_err(|_| undo(&set, &device))?;
            Ok(Adapter {
                name: name.to_owned(),
                ..adapter
            })
        }
        Err(error) => {
            undo(&set, &device);
            Err(error)
        }
    }
}

/// Removes the adapter with this `NetCfgInstanceId`.
pub(super) fn delete(instance_id: &str) -> Result<(), Error> {
    let set = DeviceSet::present(&guid(&GUID_DEVCLASS_NET))?;
    for device in set.devices() {
        let device = device?;
        let ours = set.hardware_ids(&device)?.iter().any(|id| is_ours(id));
        if ours
            && set
                .net_cfg_instance_id(&device)
                .is_ok_and(|id| id.eq_ignore_ascii_case(instance_id))
        {
            return remove(&set, &device);
        }
    }
    Err(from_win32(ERROR_NOT_FOUND))
}

/// A root-enumerated device that Windows knows of, without a driver yet.
fn register(set: &DeviceSet) -> Result<SP_DEVINFO_DATA, Error> {
    let class = guid(&GUID_DEVCLASS_NET);
    let class_name = wide("Net");
    let mut device = device_data();
    // SAFETY: the set is open, both strings end with a zero or are none, `device` says its size.
    done(unsafe {
        SetupDiCreateDeviceInfoW(
            set.0,
            class_name.as_ptr(),
            &raw const class,
            ptr::null(),
            ptr::null_mut(),
            DICD_GENERATE_ID,
            &raw mut device,
        )
    })?;
    // SAFETY: `device` is of this set.
    done(unsafe { SetupDiSetSelectedDevice(set.0, &raw const device) })?;
    // A list of strings ends with an empty one.
    let ids: Vec<u8> = HARDWARE_ID
        .encode_utf16()
        .chain([0, 0])
        .flat_map(u16::to_le_bytes)
        .collect();
    let len = u32::try_from(ids.len()).unwrap_or(0);
    // SAFETY: `device` is of this set, `ids` has `len` bytes.
    done(unsafe {
        SetupDiSetDeviceRegistryPropertyW(set.0, &raw mut device, SPDRP_HARDWAREID, ids.as_ptr(), len)
    })?;
    // SAFETY: `device` is of this set.
    done(unsafe { SetupDiCallClassInstaller(DIF_REGISTERDEVICE, set.0, &raw const device) })?;
    Ok(device)
}

/// Lets Windows find the driver for a registered device, and waits for the adapter.
fn install(set: &DeviceSet, device: &SP_DEVINFO_DATA) -> Result<Adapter, Error> {
    let mut reboot: BOOL = 0;
    // SAFETY: `device` is of this set; no window, and the best driver that there is.
    done(unsafe { DiInstallDevice(ptr::null_mut(), set.0, device, ptr::null(), 0, &raw mut reboot) })?;
    if reboot != 0 {
        tracing::warn!("Windows wants to be restarted before the adapter can be used");
    }
    let start = Instant::now();
    loop {
        // The network class installer writes the id some time after the device was installed.
        let found = set.net_cfg_instance_id(device).and_then(|id| {
            let adapters = adapters()?;
            let ours = adapters
                .into_iter()
                .find(|a| a.instance_id.eq_ignore_ascii_case(&id));
            ours.filter(|_| connection_name(&id).is_some())
                .ok_or_else(|| from_win32(ERROR_NOT_FOUND))
        });
        match found {
            Ok(adapter) => return Ok(adapter),
            Err(error) if start.elapsed() > APPEARS => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Changes a connection's name.
fn rename(from: &str, to: &str) -> Result<(), Error> {
    let status = Command::new("netsh")
        .args(["interface", "set", "interface"])
        .arg(format!("name={from}"))
        .arg(format!("newname={to}"))
        .output()?
        .status;
    if status.success() {
        Ok(())
    } else {
        Err(Error::other(format!(
            "netsh could not rename the connection to {to}"
        )))
    }
}

fn remove(set: &DeviceSet, device: &SP_DEVINFO_DATA) -> Result<(), Error> {
    const SIZE: u32 = size_of::<SP_REMOVEDEVICE_PARAMS>() as u32;
    const HEADER: u32 = size_of::<SP_CLASSINSTALL_HEADER>() as u32;
    let params = SP_REMOVEDEVICE_PARAMS {
        ClassInstallHeader: SP_CLASSINSTALL_HEADER {
            cbSize: HEADER,
            InstallFunction: DIF_REMOVE,
        },
        Scope: DI_REMOVEDEVICE_GLOBAL,
        HwProfile: 0,
    };
    // SAFETY: `device` is of this set; the header is the first field of parameters that have this size.
    done(unsafe { SetupDiSetClassInstallParamsW(set.0, device, (&raw const params).cast(), SIZE) })?;
    // SAFETY: `device` is of this set.
    done(unsafe { SetupDiCallClassInstaller(DIF_REMOVE, set.0, device) })
}

/// Removes a device that could not be finished. What led there is the error that counts.
fn undo(set: &DeviceSet, device: &SP_DEVINFO_DATA) {
    if let Err(error) = remove(set, device) {
        tracing::warn!(%error, "a half-made adapter is left behind");
    }
}

fn done(ok: BOOL) -> Result<(), Error> {
    if ok == 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}
