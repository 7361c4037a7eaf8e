//! `NETCONFIGURATION` (netconfiguration.h): the software key of a device, which its adapter has in common with it.

use std::sync::Arc;

use netcx_sys::netadaptercx::{
    NET_ADAPTER_LINK_LAYER_ADDRESS, NET_CONFIGURATION_QUERY_ULONG_FLAGS,
    NET_CONFIGURATION_QUERY_ULONG_MAY_BE_STORED_AS_HEX_STRING,
};

use super::{adapter, class, device};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::abi::wdm::UnicodeString;
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::collection::WdfCollectionAdd;
use crate::wdf::device as wdf_device;
use crate::wdf::memory::WdfMemoryCreate;
use crate::wdf::object::{self, Body, Kind, New, Object};
use crate::wdf::pnp::Value;
use crate::wdf::registry::{self, Values};
use crate::wdf::string::WdfStringCreate;

exports! { "netadaptercx.sys";
    NetAdapterOpenConfiguration: PASSIVE..=PASSIVE,
    NetDeviceOpenConfiguration: PASSIVE..=PASSIVE,
    NetConfigurationClose: PASSIVE..=PASSIVE,
    NetConfigurationOpenSubConfiguration: PASSIVE..=PASSIVE,
    NetConfigurationQueryUlong: PASSIVE..=PASSIVE,
    NetConfigurationQueryString: PASSIVE..=PASSIVE,
    NetConfigurationQueryMultiString: PASSIVE..=PASSIVE,
    NetConfigurationQueryBinary: PASSIVE..=PASSIVE,
    NetConfigurationQueryLinkLayerAddress: PASSIVE..=PASSIVE,
    NetConfigurationAssignUlong: PASSIVE..=PASSIVE,
    NetConfigurationAssignUnicodeString: PASSIVE..=PASSIVE,
    NetConfigurationAssignMultiString: PASSIVE..=PASSIVE,
    NetConfigurationAssignBinary: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "NETCONFIGURATION",
    passive_dispose: true,
    deletable: true,
};

/// An open key: where its values are, and what their names begin with.
struct Configuration {
    values: Values,
    prefix: String,
}

impl Body for Configuration {}

fn of(globals: usize, handle: Handle) -> (&'static Object, Arc<Configuration>) {
    class::check(globals);
    object::body::<Configuration>(handle)
}

/// The key that the INF has filled.
fn software_key(handle: Handle) -> Result<Values> {
    let device = wdf_device::of(handle);
    let pdo = device.init.pdo.as_ref().ok_or(status::INVALID_DEVICE_REQUEST)?;
    let values = registry::key(pdo.instance());
    for (name, value) in pdo.keys.lock().iter() {
        values.lock().entry(name.clone()).or_insert_with(|| value.clone());
    }
    Ok(values)
}

fn open(
    configuration: Configuration,
    parent: &'static Object,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> Result<()> {
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(parent),
        may_have_parent: true,
        function: "NetConfigurationOpen",
    };
    let object = object::create(&new, Arc::new(configuration))?;
    out.write(object.handle());
    Ok(())
}

fn open_key(
    device: Handle,
    parent: &'static Object,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> Result<()> {
    let configuration = Configuration {
        values: software_key(device)?,
        prefix: String::new(),
    };
    open(configuration, parent, attributes, out)
}

/// `NetAdapterOpenConfiguration`.
pub extern "win64" fn NetAdapterOpenConfiguration(
    globals: usize,
    handle: Handle,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    class::check(globals);
    let adapter = adapter::of(handle);
    status::of(open_key(adapter.device, object::get(handle), attributes, out))
}

/// `NetDeviceOpenConfiguration`.
pub extern "win64" fn NetDeviceOpenConfiguration(
    globals: usize,
    handle: Handle,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    class::check(globals);
    let _ = device::of(handle);
    status::of(open_key(handle, object::get(handle), attributes, out))
}

/// `NetConfigurationClose`.
pub extern "win64" fn NetConfigurationClose(globals: usize, handle: Handle) {
    of(globals, handle).0.delete();
}

/// `NetConfigurationOpenSubConfiguration`: `STATUS_OBJECT_NAME_NOT_FOUND` for a key that isn't there.
pub extern "win64" fn NetConfigurationOpenSubConfiguration(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let (object, this) = of(globals, handle);
    let prefix = format!(
        "{}{}\\",
        this.prefix,
        UnicodeString::text(name).to_ascii_lowercase()
    );
    if !this.values.lock().keys().any(|name| name.starts_with(&prefix)) {
        return status::OBJECT_NAME_NOT_FOUND;
    }
    let configuration = Configuration {
        values: Arc::clone(&this.values),
        prefix,
    };
    status::of(open(configuration, object, attributes, out))
}

impl Configuration {
    fn name(&self, name: Guest<UnicodeString>) -> String {
        format!(
            "{}{}",
            self.prefix,
            UnicodeString::text(name).to_ascii_lowercase()
        )
    }

    fn get(&self, name: &str) -> Result<Value> {
        self.values
            .lock()
            .get(name)
            .cloned()
            .ok_or(status::OBJECT_NAME_NOT_FOUND)
    }

    fn put(&self, name: Guest<UnicodeString>, value: Value) -> NtStatus {
        self.values.lock().insert(self.name(name), value);
        status::SUCCESS
    }
}

/// `NetConfigurationQueryUlong`: a text is read as hexadecimal digits if the flags say so.
pub extern "win64" fn NetConfigurationQueryUlong(
    globals: usize,
    handle: Handle,
    flags: NET_CONFIGURATION_QUERY_ULONG_FLAGS,
    name: Guest<UnicodeString>,
    out: Guest<u32>,
) -> NtStatus {
    let this = of(globals, handle).1;
    let hexadecimal = flags.contains(NET_CONFIGURATION_QUERY_ULONG_MAY_BE_STORED_AS_HEX_STRING);
    let value = this.get(&this.name(name)).and_then(|value| match value {
        Value::Number(number) => Ok(number),
        Value::Text(text) if hexadecimal => {
            u32::from_str_radix(&text, 16).map_err(|_| status::INVALID_PARAMETER)
        }
        _ => Err(status::OBJECT_TYPE_MISMATCH),
    });
    status::of(value.map(|value| out.write(value)))
}

/// `NetConfigurationQueryString`: makes a WDFSTRING.
pub extern "win64" fn NetConfigurationQueryString(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let this = of(globals, handle).1;
    match this.get(&this.name(name)) {
        Ok(Value::Text(text)) => {
            let text = UnicodeString::leak(&text);
            WdfStringCreate(0, Guest::of(&text), attributes, out)
        }
        Ok(_) => status::OBJECT_TYPE_MISMATCH,
        Err(status) => status,
    }
}

/// `NetConfigurationQueryMultiString`: makes a WDFSTRING of each and adds it to the collection.
pub extern "win64" fn NetConfigurationQueryMultiString(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    collection: Handle,
) -> NtStatus {
    let this = of(globals, handle).1;
    let list = match this.get(&this.name(name)) {
        Ok(Value::List(list)) => list,
        Ok(_) => return status::OBJECT_TYPE_MISMATCH,
        Err(status) => return status,
    };
    for text in list {
        let mut string: Handle = 0;
        let out = Guest::at((&raw mut string) as usize);
        let text = UnicodeString::leak(&text);
        let made = WdfStringCreate(0, Guest::of(&text), attributes, out);
        let added = match status::succeeded(made) {
            true => WdfCollectionAdd(0, collection, out.read()),
            false => made,
        };
        if !status::succeeded(added) {
            return added;
        }
    }
    status::SUCCESS
}

/// `NetConfigurationQueryBinary`: makes a WDFMEMORY.
pub extern "win64" fn NetConfigurationQueryBinary(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    pool: u32,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let this = of(globals, handle).1;
    let bytes = match this.get(&this.name(name)) {
        Ok(Value::Binary(bytes)) => bytes,
        Ok(_) => return status::OBJECT_TYPE_MISMATCH,
        Err(status) => return status,
    };
    let mut buffer = 0usize;
    let place = Guest::<usize>::at((&raw mut buffer) as usize);
    let made = WdfMemoryCreate(0, attributes, pool, 0, bytes.len(), out, place);
    if status::succeeded(made) {
        Guest::<u8>::at(place.read()).write_bytes(&bytes);
    }
    made
}

/// `NetConfigurationQueryLinkLayerAddress`: the keyword `NetworkAddress`, hexadecimal digits with or without separators.
pub extern "win64" fn NetConfigurationQueryLinkLayerAddress(
    globals: usize,
    handle: Handle,
    out: Guest<NET_ADAPTER_LINK_LAYER_ADDRESS>,
) -> NtStatus {
    let this = of(globals, handle).1;
    let text = match this.get(&format!("{}networkaddress", this.prefix)) {
        Ok(Value::Text(text)) => text,
        Ok(_) => return status::OBJECT_TYPE_MISMATCH,
        Err(status) => return status,
    };
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let bytes = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        u8::from_str_radix(pair, 16).ok().filter(|_| pair.len() == 2)
    });
    let Some(bytes) = bytes
        .collect::<Option<Vec<u8>>>()
        .filter(|b| (1..=32).contains(&b.len()))
    else {
        return status::INVALID_PARAMETER;
    };
    let mut address = NET_ADAPTER_LINK_LAYER_ADDRESS {
        Length: u16::try_from(bytes.len()).unwrap_or(0),
        Address: [0; 32],
    };
    address.Address[..bytes.len()].copy_from_slice(&bytes);
    out.write(address);
    status::SUCCESS
}

/// `NetConfigurationAssignUlong`.
pub extern "win64" fn NetConfigurationAssignUlong(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    value: u32,
) -> NtStatus {
    of(globals, handle).1.put(name, Value::Number(value))
}

/// `NetConfigurationAssignUnicodeString`.
pub extern "win64" fn NetConfigurationAssignUnicodeString(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    value: Guest<UnicodeString>,
) -> NtStatus {
    of(globals, handle)
        .1
        .put(name, Value::Text(UnicodeString::text(value)))
}

/// `NetConfigurationAssignMultiString`: of a collection of WDFSTRINGs.
pub extern "win64" fn NetConfigurationAssignMultiString(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    collection: Handle,
) -> NtStatus {
    let count = crate::wdf::collection::WdfCollectionGetCount(0, collection);
    let items = (0..count).map(|i| crate::wdf::collection::WdfCollectionGetItem(0, collection, i));
    let list = items.map(crate::wdf::string::text).collect();
    of(globals, handle).1.put(name, Value::List(list))
}

/// `NetConfigurationAssignBinary`.
pub extern "win64" fn NetConfigurationAssignBinary(
    globals: usize,
    handle: Handle,
    name: Guest<UnicodeString>,
    buffer: Guest<u8>,
    length: u32,
) -> NtStatus {
    of(globals, handle)
        .1
        .put(name, Value::Binary(buffer.read_bytes(length as usize)))
}
