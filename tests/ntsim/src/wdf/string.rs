//! `WDFSTRING` (wdfstring.h).

use std::sync::Arc;

use parking_lot::Mutex;

use super::object::{self, Body, Kind, New, Object};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::abi::wdm::UnicodeString;
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};

exports! { "Wdf01000.sys";
    WdfStringCreate: PASSIVE..=PASSIVE,
    WdfStringGetUnicodeString: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "WDFSTRING",
    passive_dispose: true,
    deletable: true,
};

/// Its text, NUL-terminated.
pub(super) struct Text(Mutex<Vec<u16>>);

impl Body for Text {}

/// Makes a string object.
pub(super) fn create(text: &str, attributes: Guest<ObjectAttributes>) -> Result<&'static Object> {
    let new = New {
        kind: &KIND,
        attributes,
        parent: None,
        may_have_parent: true,
        function: "WdfStringCreate",
    };
    object::create(&new, Arc::new(Text(Mutex::new(units(text)))))
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Changes the text of the string behind a handle.
pub(super) fn set(handle: Handle, text: &str) -> NtStatus {
    *object::body::<Text>(handle).1.0.lock() = units(text);
    status::SUCCESS
}

/// The text behind a handle.
pub(crate) fn text(handle: Handle) -> String {
    let body = object::body::<Text>(handle).1;
    let units = body.0.lock();
    String::from_utf16_lossy(&units[..units.len() - 1])
}

/// `WdfStringCreate`: null gives an empty string.
pub extern "win64" fn WdfStringCreate(
    _: usize,
    text: Guest<UnicodeString>,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    status::of(create(&UnicodeString::text(text), attributes).map(|object| out.write(object.handle())))
}

/// `WdfStringGetUnicodeString`: valid until the string changes or is deleted.
pub extern "win64" fn WdfStringGetUnicodeString(_: usize, handle: Handle, out: Guest<UnicodeString>) {
    let body = object::body::<Text>(handle).1;
    let units = body.0.lock();
    let length = u16::try_from(2 * (units.len() - 1)).unwrap_or(u16::MAX);
    out.write(UnicodeString {
        length,
        maximum_length: length.saturating_add(2),
        buffer: Guest::of(&units[0]),
    });
}
