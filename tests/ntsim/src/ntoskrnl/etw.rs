//! Event tracing: providers, and TraceLogging events decoded to readable lines (`--trace`).
//!
//! A TraceLogging event carries its own description: provider metadata (name) and event metadata (name and typed
//! fields), then the data. Manifest events show their id and raw data sizes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::abi::Guid;
use crate::abi::wdm::{EventDataDescriptor, EventDescriptor};
use crate::cpu::callback;
use crate::exports;
use crate::faults;
use crate::guest::{self, Guest};
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{cpu, machine, violate};

exports! { "ntoskrnl.exe";
    EtwRegister: PASSIVE..=PASSIVE,
    EtwUnregister: PASSIVE..=PASSIVE,
    EtwSetInformation: PASSIVE..=PASSIVE,
    EtwWrite: PASSIVE..=HIGH,
    EtwWriteTransfer: PASSIVE..=HIGH,
    EtwEventEnabled: PASSIVE..=HIGH,
    EtwProviderEnabled: PASSIVE..=HIGH,
    EtwActivityIdControl: PASSIVE..=HIGH,
}

struct Provider {
    guid: Guid,
    name: Option<String>,
    site: usize,
}

static PROVIDERS: Mutex<BTreeMap<u64, Provider>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicU64 = AtomicU64::new(0x4554_5700);
/// The latest events as lines, for tests and reports.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
const KEPT: usize = 10_000;
const METADATA_EVENT: u8 = 1;
const METADATA_PROVIDER: u8 = 2;
const SET_TRAITS: u32 = 2;

type EnableCallback = extern "win64" fn(Guest<Guid>, u32, u8, u64, u64, usize, usize);

/// `EtwRegister`: calls the enable callback if events are being traced. A handle left at unload is `left-at-unload`.
pub extern "win64" fn EtwRegister(
    guid: Guest<Guid>,
    callback: Option<EnableCallback>,
    context: usize,
    handle: Guest<u64>,
) -> NtStatus {
    if faults::fails_allocation("EtwRegister") {
        return status::NO_MEMORY;
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let provider = Provider {
        guid: guid.read(),
        name: None,
        site: cpu::current().site(),
    };
    PROVIDERS.lock().insert(number, provider);
    handle.write(number);
    if let (true, Some(callback)) = (tracing(), callback) {
        callback::invoke("EtwEnableCallback", || {
            callback(guid, 1, 5, u64::MAX, 0, 0, context)
        });
    }
    status::SUCCESS
}

fn tracing() -> bool {
    machine::with_config(|c| c.trace)
}

/// `EtwUnregister`: a handle that isn't registered is `invalid-handle`.
pub extern "win64" fn EtwUnregister(handle: u64) -> NtStatus {
    if PROVIDERS.lock().remove(&handle).is_none() {
        violate!(HANDLE, "event provider {handle:#x} is not registered");
        return status::INVALID_HANDLE;
    }
    status::SUCCESS
}

/// `EtwSetInformation`: traits give the provider's name.
pub extern "win64" fn EtwSetInformation(
    handle: u64,
    class: u32,
    information: Guest<u8>,
    length: u32,
) -> NtStatus {
    if class == SET_TRAITS && length > 2 {
        let bytes = information.read_bytes(length as usize);
        let name = bytes[2..]
            .split(|b| *b == 0)
            .next()
            .map(|n| String::from_utf8_lossy(n).into_owned());
        if let Some(provider) = PROVIDERS.lock().get_mut(&handle) {
            provider.name = name;
        }
    }
    status::SUCCESS
}

/// `EtwEventEnabled`.
pub extern "win64" fn EtwEventEnabled(handle: u64, _event: usize) -> u8 {
    u8::from(tracing() && PROVIDERS.lock().contains_key(&handle))
}

/// `EtwProviderEnabled`.
pub extern "win64" fn EtwProviderEnabled(handle: u64, _level: u8, _keyword: u64) -> u8 {
    EtwEventEnabled(handle, 0)
}

/// `EtwActivityIdControl`: activities aren't followed.
pub extern "win64" fn EtwActivityIdControl(_code: u32, id: Guest<Guid>) -> NtStatus {
    id.put(Guid::default());
    status::SUCCESS
}

/// `EtwWrite`.
pub extern "win64" fn EtwWrite(
    handle: u64,
    event: Guest<EventDescriptor>,
    activity: usize,
    count: u32,
    data: Guest<EventDataDescriptor>,
) -> NtStatus {
    EtwWriteTransfer(handle, event, activity, 0, count, data)
}

/// `EtwWriteTransfer`: at most 128 pieces of data; a handle that isn't registered is `invalid-handle`.
pub extern "win64" fn EtwWriteTransfer(
    handle: u64,
    event: Guest<EventDescriptor>,
    _activity: usize,
    _related: usize,
    count: u32,
    data: Guest<EventDataDescriptor>,
) -> NtStatus {
    let name = match PROVIDERS.lock().get(&handle) {
        Some(provider) => provider.name.clone().unwrap_or_else(|| provider.guid.to_string()),
        None if handle == 0 => return status::INVALID_HANDLE,
        None => {
            violate!(
                HANDLE,
                "event written by provider {handle:#x}, which is not registered"
            );
            return status::INVALID_HANDLE;
        }
    };
    if count > 128 {
        return status::INVALID_PARAMETER;
    }
    if !tracing() {
        return status::SUCCESS;
    }
    let line = describe(&name, event.read(), &data.read_slice(count as usize));
    eprintln!("ntsim: event {line}");
    let mut lines = LINES.lock();
    if lines.len() < KEPT {
        lines.push(line);
    }
    status::SUCCESS
}

fn describe(provider: &str, event: EventDescriptor, data: &[EventDataDescriptor]) -> String {
    let metadata = |kind: u8| {
        let piece = data.iter().find(|d| d.kind == kind)?;
        Some(Guest::<u8>::at(guest::address(piece.ptr)).read_bytes(piece.size as usize))
    };
    let provider = metadata(METADATA_PROVIDER)
        .and_then(|m| Some(String::from_utf8_lossy(m.get(2..)?.split(|b| *b == 0).next()?).into_owned()))
        .unwrap_or_else(|| provider.to_owned());
    let payload: Vec<u8> = data
        .iter()
        .filter(|d| d.kind == 0)
        .flat_map(|d| Guest::<u8>::at(guest::address(d.ptr)).read_bytes(d.size as usize))
        .collect();
    match metadata(METADATA_EVENT) {
        Some(description) => decode(&provider, event.level, &description, &payload),
        None => format!(
            "{provider} event {} level {} ({} bytes)",
            event.id,
            event.level,
            payload.len()
        ),
    }
}

/// Event metadata: u16 size, tag bytes (the last has no high bit), name, then fields: name, in-type, further bytes.
fn decode(provider: &str, level: u8, description: &[u8], payload: &[u8]) -> String {
    let mut at = Reader(description.get(2..).unwrap_or_default());
    while at.byte().is_some_and(|b| b & 0x80 != 0) {}
    let mut line = format!("{provider} {} level {level}", at.text());
    let mut values = Reader(payload);
    while !at.0.is_empty() {
        let field = at.text();
        let Some(kind) = at.byte() else { break };
        let mut out = 0;
        if kind & 0x80 != 0 {
            out = at.byte().unwrap_or(0);
            if out & 0x80 != 0 {
                while at.byte().is_some_and(|b| b & 0x80 != 0) {}
            }
        }
        let Some(value) = values.value(kind & 0x1F, out & 0x7F) else {
            break;
        };
        // Writing to a string can't fail.
        let _ = write!(line, " {field}={value}");
    }
    line
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Option<Vec<u8>> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head.to_vec())
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        let bytes = self.take(end).unwrap_or_default();
        let _terminator = self.byte();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn number(&mut self, n: usize) -> Option<u64> {
        let mut bytes = [0; 8];
        bytes[..n].copy_from_slice(&self.take(n)?);
        Some(u64::from_le_bytes(bytes))
    }

    fn wide(&mut self, units: usize) -> Option<String> {
        let bytes = self.take(2 * units)?;
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|c| u16::from_le_bytes([c[0], c[1]]))
            .collect();
        Some(String::from_utf16_lossy(&units))
    }

    /// One value by its in-type; `out` 4 shows numbers in hexadecimal.
    fn value(&mut self, kind: u8, out: u8) -> Option<String> {
        let signed = |value: u64, bits: u32| {
            let shift = 64 - bits;
            ((value << shift).cast_signed() >> shift).to_string()
        };
        let unsigned = |value: u64| {
            if out == 4 {
                format!("{value:#x}")
            } else {
                value.to_string()
            }
        };
        Some(match kind {
            1 => {
                let units = self
                    .0
                    .chunks_exact(2)
                    .take_while(|c| c[0] != 0 || c[1] != 0)
                    .count();
                let text = self.wide(units)?;
                let _terminator = self.take(2);
                text
            }
            2 => self.text(),
            3 => signed(self.number(1)?, 8),
            4 => unsigned(self.number(1)?),
            5 => signed(self.number(2)?, 16),
            6 => unsigned(self.number(2)?),
            7 => signed(self.number(4)?, 32),
            8 => unsigned(self.number(4)?),
            9 => signed(self.number(8)?, 64),
            10 => unsigned(self.number(8)?),
            13 => (self.number(4)? != 0).to_string(),
            14 => {
                let length = self.number(2)?;
                let bytes = self.take(usize::try_from(length).ok()?)?;
                bytes.iter().map(|b| format!("{b:02x}")).collect()
            }
            20 => format!("{:#x}", self.number(4)?),
            21 => format!("{:#x}", self.number(8)?),
            22 => {
                let length = self.number(2)?;
                self.wide(usize::try_from(length / 2).ok()?)?
            }
            23 => {
                let length = self.number(2)?;
                String::from_utf8_lossy(&self.take(usize::try_from(length).ok()?)?).into_owned()
            }
            _ => return None,
        })
    }
}

/// Events since boot as lines.
#[must_use]
pub fn lines() -> Vec<String> {
    LINES.lock().clone()
}

/// Number of registered event providers.
pub(crate) fn live() -> usize {
    PROVIDERS.lock().len()
}

pub(crate) fn check_unload() {
    for provider in PROVIDERS.lock().values() {
        let text = format!(
            "event provider {} registered at unload (0xC4 0xDD)",
            provider.guid
        );
        violation::report_at(Rule::LEFT_AT_UNLOAD, provider.site, text);
    }
}

pub(crate) fn reset() {
    PROVIDERS.lock().clear();
    LINES.lock().clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracelogging_event_becomes_a_line() {
        let description = [
            &[0, 0, 0][..],
            b"PeerAdded\0",
            b"peer\0\x08",
            b"up\0\x8d\x00",
            b"name\0\x02",
        ]
        .concat();
        let payload = [&7u32.to_le_bytes()[..], &1u32.to_le_bytes(), b"abc\0"].concat();
        assert_eq!(
            decode("Prov", 4, &description, &payload),
            "Prov PeerAdded level 4 peer=7 up=true name=abc"
        );
    }

    #[test]
    fn a_description_that_is_cut_off_is_no_harm() {
        assert_eq!(decode("P", 1, &[0, 0, 0, b'x'], &[]), "P x level 1");
        assert_eq!(decode("P", 1, &[], &[1, 2]), "P  level 1");
    }
}
