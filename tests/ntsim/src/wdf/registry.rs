//! `WDFKEY` (wdfregistry.h): the service's Parameters key and the device's keys, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::device;
use super::object::{self, Body, Kind, New};
use super::pnp::Value;
use super::string;
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::abi::wdm::UnicodeString;
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};

exports! { "Wdf01000.sys";
    WdfDriverOpenParametersRegistryKey: PASSIVE..=PASSIVE,
    WdfDriverOpenPersistentStateRegistryKey: PASSIVE..=PASSIVE,
    WdfDeviceOpenRegistryKey: PASSIVE..=PASSIVE,
    WdfRegistryOpenKey: PASSIVE..=PASSIVE,
    WdfRegistryClose: PASSIVE..=PASSIVE,
    WdfRegistryQueryULong: PASSIVE..=PASSIVE,
    WdfRegistryQueryString: PASSIVE..=PASSIVE,
    WdfRegistryQueryUnicodeString: PASSIVE..=PASSIVE,
    WdfRegistryQueryValue: PASSIVE..=PASSIVE,
    WdfRegistryAssignULong: PASSIVE..=PASSIVE,
    WdfRegistryAssignUnicodeString: PASSIVE..=PASSIVE,
    WdfRegistryAssignString: PASSIVE..=PASSIVE,
    WdfRegistryAssignValue: PASSIVE..=PASSIVE,
    WdfRegistryRemoveValue: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "WDFKEY",
    passive_dispose: true,
    deletable: true,
};
const REG_SZ: u32 = 1;
const REG_BINARY: u32 = 3;
const REG_DWORD: u32 = 4;
const REG_MULTI_SZ: u32 = 7;

/// Values of one key by lower-case name.
pub type Values = Arc<Mutex<BTreeMap<String, Value>>>;

struct Key(Values);

impl Body for Key {}

static KEYS: Mutex<BTreeMap<String, Values>> = Mutex::new(BTreeMap::new());

/// The key at a path, made if it isn't there. `Parameters` is the driver's own.
#[must_use]
pub fn key(path: &str) -> Values {
    Arc::clone(KEYS.lock().entry(path.to_ascii_lowercase()).or_default())
}

fn open(values: Values, attributes: Guest<ObjectAttributes>, out: Guest<Handle>) -> NtStatus {
    let new = New {
        kind: &KIND,
        attributes,
        parent: None,
        may_have_parent: true,
        function: "WdfRegistryOpenKey",
    };
    status::of(object::create(&new, Arc::new(Key(values))).map(|object| out.write(object.handle())))
}

/// `WdfDriverOpenParametersRegistryKey`.
pub extern "win64" fn WdfDriverOpenParametersRegistryKey(
    _: usize,
    driver: Handle,
    _access: u32,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let _ = object::get(driver);
    open(key("Parameters"), attributes, out)
}

/// `WdfDriverOpenPersistentStateRegistryKey`.
pub extern "win64" fn WdfDriverOpenPersistentStateRegistryKey(
    _: usize,
    driver: Handle,
    _access: u32,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let _ = object::get(driver);
    open(key("PersistentState"), attributes, out)
}

/// `WdfDeviceOpenRegistryKey`: the device's keys start with what the INF put there.
pub extern "win64" fn WdfDeviceOpenRegistryKey(
    _: usize,
    handle: Handle,
    _kind: u32,
    _access: u32,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let device = device::of(handle);
    let Some(pdo) = &device.init.pdo else {
        return status::INVALID_DEVICE_REQUEST;
    };
    let values = key(pdo.instance());
    for (name, value) in pdo.keys.lock().iter() {
        values.lock().entry(name.clone()).or_insert_with(|| value.clone());
    }
    open(values, attributes, out)
}

/// `WdfRegistryOpenKey`: subkeys of in-memory keys aren't kept.
pub extern "win64" fn WdfRegistryOpenKey(
    _: usize,
    _parent: Handle,
    _name: Guest<UnicodeString>,
    _access: u32,
    _attributes: Guest<ObjectAttributes>,
    _out: Guest<Handle>,
) -> NtStatus {
    status::OBJECT_NAME_NOT_FOUND
}

/// `WdfRegistryClose`.
pub extern "win64" fn WdfRegistryClose(_: usize, key: Handle) {
    object::body::<Key>(key).0.delete();
}

fn query(key: Handle, name: Guest<UnicodeString>) -> Result<Value> {
    let values = Arc::clone(&object::body::<Key>(key).1.0);
    let found = values
        .lock()
        .get(&UnicodeString::text(name).to_ascii_lowercase())
        .cloned();
    found.ok_or(status::OBJECT_NAME_NOT_FOUND)
}

fn assign(key: Handle, name: Guest<UnicodeString>, value: Value) -> NtStatus {
    object::body::<Key>(key)
        .1
        .0
        .lock()
        .insert(UnicodeString::text(name).to_ascii_lowercase(), value);
    status::SUCCESS
}

/// `WdfRegistryQueryULong`: another type is `STATUS_OBJECT_TYPE_MISMATCH`.
pub extern "win64" fn WdfRegistryQueryULong(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    out: Guest<u32>,
) -> NtStatus {
    match query(key, name) {
        Ok(Value::Number(number)) => {
            out.write(number);
            status::SUCCESS
        }
        Ok(_) => status::OBJECT_TYPE_MISMATCH,
        Err(status) => status,
    }
}

/// `WdfRegistryQueryString`.
pub extern "win64" fn WdfRegistryQueryString(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    text: Handle,
) -> NtStatus {
    match query(key, name) {
        Ok(Value::Text(value)) => string::set(text, &value),
        Ok(_) => status::OBJECT_TYPE_MISMATCH,
        Err(status) => status,
    }
}

/// `WdfRegistryQueryUnicodeString`: too small a buffer is `STATUS_BUFFER_OVERFLOW`, with the size needed.
pub extern "win64" fn WdfRegistryQueryUnicodeString(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    needed: Guest<u16>,
    out: Guest<UnicodeString>,
) -> NtStatus {
    let text = match query(key, name) {
        Ok(Value::Text(text)) => text,
        Ok(_) => return status::OBJECT_TYPE_MISMATCH,
        Err(status) => return status,
    };
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    needed.put(length);
    if out.is_null() {
        return status::BUFFER_OVERFLOW;
    }
    let target = out.read();
    if usize::from(target.maximum_length) < bytes.len() {
        return status::BUFFER_OVERFLOW;
    }
    target.buffer.cast::<u8>().write_bytes(&bytes);
    out.write(UnicodeString { length, ..target });
    status::SUCCESS
}

fn encode(value: &Value) -> (u32, Vec<u8>) {
    let wide = |text: &str| {
        text.encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    match value {
        Value::Text(text) => (REG_SZ, wide(text)),
        Value::Number(number) => (REG_DWORD, number.to_le_bytes().to_vec()),
        Value::Binary(bytes) => (REG_BINARY, bytes.clone()),
        Value::List(list) => (
            REG_MULTI_SZ,
            list.iter().flat_map(|t| wide(t)).chain([0, 0]).collect(),
        ),
    }
}

/// `WdfRegistryQueryValue`.
pub extern "win64" fn WdfRegistryQueryValue(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    length: u32,
    buffer: Guest<u8>,
    needed: Guest<u32>,
    kind: Guest<u32>,
) -> NtStatus {
    let value = match query(key, name) {
        Ok(value) => encode(&value),
        Err(status) => return status,
    };
    needed.put(u32::try_from(value.1.len()).unwrap_or(u32::MAX));
    kind.put(value.0);
    if buffer.is_null() || (length as usize) < value.1.len() {
        return status::BUFFER_OVERFLOW;
    }
    buffer.write_bytes(&value.1);
    status::SUCCESS
}

/// `WdfRegistryAssignULong`.
pub extern "win64" fn WdfRegistryAssignULong(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    value: u32,
) -> NtStatus {
    assign(key, name, Value::Number(value))
}

/// `WdfRegistryAssignUnicodeString`.
pub extern "win64" fn WdfRegistryAssignUnicodeString(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    value: Guest<UnicodeString>,
) -> NtStatus {
    assign(key, name, Value::Text(UnicodeString::text(value)))
}

/// `WdfRegistryAssignString`.
pub extern "win64" fn WdfRegistryAssignString(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    value: Handle,
) -> NtStatus {
    assign(key, name, Value::Text(string::text(value)))
}

/// `WdfRegistryAssignValue`: kept as bytes, numbers as numbers.
pub extern "win64" fn WdfRegistryAssignValue(
    _: usize,
    key: Handle,
    name: Guest<UnicodeString>,
    kind: u32,
    length: u32,
    value: Guest<u8>,
) -> NtStatus {
    let bytes = value.read_bytes(length as usize);
    let value = match (kind, <[u8; 4]>::try_from(bytes.as_slice())) {
        (REG_DWORD, Ok(number)) => Value::Number(u32::from_le_bytes(number)),
        _ => Value::Binary(bytes),
    };
    assign(key, name, value)
}

/// `WdfRegistryRemoveValue`.
pub extern "win64" fn WdfRegistryRemoveValue(_: usize, key: Handle, name: Guest<UnicodeString>) -> NtStatus {
    let removed = object::body::<Key>(key)
        .1
        .0
        .lock()
        .remove(&UnicodeString::text(name).to_ascii_lowercase());
    if removed.is_some() {
        status::SUCCESS
    } else {
        status::OBJECT_NAME_NOT_FOUND
    }
}

pub(super) fn reset() {
    KEYS.lock().clear();
}
