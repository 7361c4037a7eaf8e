//! Finding adapters: present network devices whose hardware id is the driver's, each with its device interface whose
//! reference string is the driver's, as OpenVPN looks for them.

use std::io::Error;
use std::ptr;

use ovpn_dco_uapi::names::{GUID_DEVCLASS_NET, GUID_DEVINTERFACE_NET, HARDWARE_ID, REFERENCE_STRING};
use windows_registry::{Key, LOCAL_MACHINE};
use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    CM_GET_DEVICE_INTERFACE_LIST_PRESENT, CM_Get_Device_Interface_List_SizeW, CM_Get_Device_Interface_ListW,
    CR_BUFFER_SMALL, CR_SUCCESS, DICS_FLAG_GLOBAL, DIGCF_PRESENT, DIREG_DRV, HDEVINFO, SP_DEVINFO_DATA,
    SPDRP_HARDWAREID, SetupDiDestroyDeviceInfoList, SetupDiEnumDeviceInfo, SetupDiGetClassDevsW,
    SetupDiGetDeviceInstanceIdW, SetupDiGetDeviceRegistryPropertyW, SetupDiOpenDevRegKey,
};
use windows_sys::Win32::Foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_DATA, ERROR_NO_MORE_ITEMS, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Registry::KEY_QUERY_VALUE;
use windows_sys::core::GUID;

use super::super::host::Adapter;
use super::{from_win32, multi_sz};

/// Where Windows keeps the names of network connections.
const CONNECTIONS: &str = r"SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}";

/// The driver's adapters, in the order in which the system lists them.
pub(super) fn adapters() -> Result<Vec<Adapter>, Error> {
    let set = DeviceSet::present(&guid(&GUID_DEVCLASS_NET))?;
    let mut adapters = Vec::new();
    for device in set.devices() {
        let device = device?;
        let Some(hardware_id) = set.hardware_ids(&device)?.into_iter().find(|id| is_ours(id)) else {
            continue;
        };
        // An adapter that is disabled or going away has no interface, or no key: it can't be opened.
        let Some(path) = interface_path(&set.instance(&device)?)? else {
            continue;
        };
        let Ok(instance_id) = set.net_cfg_instance_id(&device) else {
            continue;
        };
        adapters.push(Adapter {
            name: connection_name(&instance_id).unwrap_or_default(),
            hardware_id,
            path,
            instance_id,
            network_interface: None,
            network_namespace: None,
        });
    }
    Ok(adapters)
}

pub(super) fn is_ours(hardware_id: &str) -> bool {
    hardware_id.eq_ignore_ascii_case(HARDWARE_ID)
}

pub(super) fn guid(guid: &ovpn_dco_uapi::names::Guid) -> GUID {
    GUID {
        data1: guid.data1,
        data2: guid.data2,
        data3: guid.data3,
        data4: guid.data4,
    }
}

/// What people call the connection with this `NetCfgInstanceId`.
pub(super) fn connection_name(instance_id: &str) -> Option<String> {
    LOCAL_MACHINE
        .open(format!(r"{CONNECTIONS}\{instance_id}\Connection"))
        .ok()?
        .get_string("Name")
        .ok()
}

/// A set of devices (`HDEVINFO`).
pub(super) struct DeviceSet(pub(super) HDEVINFO);

impl DeviceSet {
    /// The devices of a set-up class that are present.
    pub(super) fn present(class: &GUID) -> Result<Self, Error> {
        // SAFETY: `class` is a GUID; no enumerator and no window.
        let set = unsafe { SetupDiGetClassDevsW(class, ptr::null(), ptr::null_mut(), DIGCF_PRESENT) };
        Self::check(set)
    }

    /// Takes a set that a call has returned; its failure is the thread's last error.
    pub(super) fn check(set: HDEVINFO) -> Result<Self, Error> {
        if set == INVALID_HANDLE_VALUE as HDEVINFO {
            Err(Error::last_os_error())
        } else {
            Ok(DeviceSet(set))
        }
    }

    pub(super) fn devices(&self) -> impl Iterator<Item = Result<SP_DEVINFO_DATA, Error>> + '_ {
        (0..).map_while(|index| {
            let mut device = device_data();
            // SAFETY: the set is open, `device` says its size.
            let ok = unsafe { SetupDiEnumDeviceInfo(self.0, index, &raw mut device) };
            if ok != 0 {
                return Some(Ok(device));
            }
            let error = Error::last_os_error();
            let end = error.raw_os_error() == Some(ERROR_NO_MORE_ITEMS.cast_signed());
            if end { None } else { Some(Err(error)) }
        })
    }

    /// The hardware ids of a device; none if it has no such property.
    pub(super) fn hardware_ids(&self, device: &SP_DEVINFO_DATA) -> Result<Vec<String>, Error> {
        let mut units = vec![0u16; 128];
        loop {
            let (mut kind, mut needed) = (0, 0);
            let room = u32::try_from(units.len() * 2).unwrap_or(u32::MAX);
            // SAFETY: `device` is of this set; the buffer has `room` bytes.
            let ok = unsafe {
                SetupDiGetDeviceRegistryPropertyW(
                    self.0,
                    device,
                    SPDRP_HARDWAREID,
                    &raw mut kind,
                    units.as_mut_ptr().cast(),
                    room,
                    &raw mut needed,
                )
            };
            if ok != 0 {
                let len = usize::try_from(needed / 2).unwrap_or(0).min(units.len());
                return Ok(multi_sz(&units[..len]));
            }
            let error = Error::last_os_error();
            match error.raw_os_error().map(i32::cast_unsigned) {
                Some(ERROR_INSUFFICIENT_BUFFER) if needed > room => {
                    units.resize(usize::try_from(needed.div_ceil(2)).unwrap_or(usize::MAX), 0);
                }
                Some(ERROR_INVALID_DATA) => return Ok(Vec::new()),
                _ => return Err(error),
            }
        }
    }

    /// The device instance id, with a zero behind it: `ROOT\NET\0001`.
    fn instance(&self, device: &SP_DEVINFO_DATA) -> Result<Vec<u16>, Error> {
        // MAX_DEVICE_ID_LEN is 200, the zero included.
        let mut units = vec![0u16; 256];
        let room = u32::try_from(units.len()).unwrap_or(0);
        // SAFETY: `device` is of this set; the buffer has `room` characters.
        let ok =
            unsafe { SetupDiGetDeviceInstanceIdW(self.0, device, units.as_mut_ptr(), room, ptr::null_mut()) };
        if ok == 0 {
            Err(Error::last_os_error())
        } else {
            Ok(units)
        }
    }

    /// `NetCfgInstanceId` of an adapter's driver key.
    pub(super) fn net_cfg_instance_id(&self, device: &SP_DEVINFO_DATA) -> Result<String, Error> {
        // SAFETY: `device` is of this set.
        let key =
            unsafe { SetupDiOpenDevRegKey(self.0, device, DICS_FLAG_GLOBAL, 0, DIREG_DRV, KEY_QUERY_VALUE) };
        if key == INVALID_HANDLE_VALUE {
            return Err(Error::last_os_error());
        }
        // SAFETY: the key was opened for us just now, and nobody else closes it.
        let key = unsafe { Key::from_raw(key) };
        key.get_string("NetCfgInstanceId")
            .map_err(|error| Error::from_raw_os_error(error.code().0))
    }
}

impl Drop for DeviceSet {
    fn drop(&mut self) {
        // SAFETY: the set is open, and ours.
        unsafe { SetupDiDestroyDeviceInfoList(self.0) };
    }
}

pub(super) fn device_data() -> SP_DEVINFO_DATA {
    const SIZE: u32 = size_of::<SP_DEVINFO_DATA>() as u32;
    SP_DEVINFO_DATA {
        cbSize: SIZE,
        ..SP_DEVINFO_DATA::default()
    }
}

/// The device's network interface path whose reference string is the driver's.
fn interface_path(instance: &[u16]) -> Result<Option<String>, Error> {
    let class = guid(&GUID_DEVINTERFACE_NET);
    loop {
        let mut len = 0;
        // SAFETY: `instance` ends with a zero.
        let result = unsafe {
            CM_Get_Device_Interface_List_SizeW(
                &raw mut len,
                &raw const class,
                instance.as_ptr(),
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        configured(result)?;
        let mut units = vec![0u16; usize::try_from(len).unwrap_or(0)];
        // SAFETY: `instance` ends with a zero, the buffer has `len` characters.
        let result = unsafe {
            CM_Get_Device_Interface_ListW(
                &raw const class,
                instance.as_ptr(),
                units.as_mut_ptr(),
                len,
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        // The list may have grown in between.
        if result != CR_BUFFER_SMALL {
            configured(result)?;
            return Ok(multi_sz(&units)
                .into_iter()
                .find(|path| has_reference_string(path)));
        }
    }
}

/// With case, as OpenVPN compares it.
pub(super) fn has_reference_string(path: &str) -> bool {
    path.rsplit_once('\\')
        .is_some_and(|(_, last)| last == REFERENCE_STRING)
}

/// A `CONFIGRET` as a result. Only its being there matters; the numbers have no Win32 counterpart that says more.
fn configured(result: u32) -> Result<(), Error> {
    if result == CR_SUCCESS {
        Ok(())
    } else {
        Err(from_win32(ERROR_INVALID_DATA))
    }
}
