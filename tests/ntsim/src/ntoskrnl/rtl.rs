//! Run-time library: strings, memory, conversions, version (ntoskrnl's Rtl* and some Ex* and Io* beside them).

use std::sync::atomic::{AtomicU64, Ordering};

use super::pool;
use crate::abi::Guid;
use crate::abi::wdm::{AnsiString, OsVersionInfo, UnicodeString};
use crate::exports;
use crate::faults::{self, Random};
use crate::guest::{self, Guest};
use crate::machine;
use crate::registry;
use crate::status::{self, NtStatus};
use crate::{at, violate};

exports! { "ntoskrnl.exe";
    RtlInitUnicodeString: PASSIVE..=DISPATCH,
    RtlInitAnsiString: PASSIVE..=DISPATCH,
    RtlCopyUnicodeString: PASSIVE..=HIGH,
    RtlCompareUnicodeString: PASSIVE..=PASSIVE,
    RtlEqualUnicodeString: PASSIVE..=PASSIVE,
    RtlAppendUnicodeToString: PASSIVE..=HIGH,
    RtlAppendUnicodeStringToString: PASSIVE..=HIGH,
    RtlStringFromGUID: PASSIVE..=PASSIVE,
    RtlGUIDFromString: PASSIVE..=PASSIVE,
    RtlFreeUnicodeString: PASSIVE..=APC,
    RtlAnsiStringToUnicodeString: PASSIVE..=PASSIVE,
    RtlUTF8ToUnicodeN: PASSIVE..=PASSIVE,
    RtlUnicodeToUTF8N: PASSIVE..=PASSIVE,
    RtlUnicodeStringToInteger: PASSIVE..=PASSIVE,
    RtlIntegerToUnicodeString: PASSIVE..=PASSIVE,
    RtlGetVersion: PASSIVE..=PASSIVE,
    RtlRandomEx: PASSIVE..=APC,
    RtlTimeToTimeFields: PASSIVE..=HIGH,
    RtlNtStatusToDosError: PASSIVE..=APC,
    ExUuidCreate: PASSIVE..=PASSIVE,
    IoAllocateErrorLogEntry: PASSIVE..=DISPATCH,
    IoWriteErrorLogEntry: PASSIVE..=DISPATCH,
    IoFreeErrorLogEntry: PASSIVE..=DISPATCH,
    MmGetSystemRoutineAddress: PASSIVE..=PASSIVE,
    ExIsProcessorFeaturePresent: PASSIVE..=PASSIVE,
}

const STRING_TAG: u32 = u32::from_le_bytes(*b"Strg");

/// `RtlInitUnicodeString`: null gives an empty string.
pub extern "win64" fn RtlInitUnicodeString(string: Guest<UnicodeString>, text: Guest<u16>) {
    let units = if text.is_null() {
        0
    } else {
        (0..0x7FFE).take_while(|i| text.index(*i).read() != 0).count()
    };
    let length = u16::try_from(2 * units).unwrap_or(u16::MAX - 1);
    let maximum_length = if text.is_null() {
        0
    } else {
        length.saturating_add(2)
    };
    string.write(UnicodeString {
        length,
        maximum_length,
        buffer: text,
    });
}

/// `RtlInitAnsiString`.
pub extern "win64" fn RtlInitAnsiString(string: Guest<AnsiString>, text: Guest<u8>) {
    let length = if text.is_null() {
        0
    } else {
        (0..0xFFFE_u16)
            .take_while(|i| text.index(usize::from(*i)).read() != 0)
            .count()
    };
    let length = u16::try_from(length).unwrap_or(u16::MAX - 1);
    let maximum_length = if text.is_null() { 0 } else { length + 1 };
    string.write(AnsiString {
        length,
        maximum_length,
        buffer: text,
    });
}

/// `RtlCopyUnicodeString`: as much as fits; a null source empties the target.
pub extern "win64" fn RtlCopyUnicodeString(to: Guest<UnicodeString>, from: Guest<UnicodeString>) {
    let mut target = to.read();
    let source = if from.is_null() {
        UnicodeString::default()
    } else {
        from.read()
    };
    target.length = source.length.min(target.maximum_length);
    let length = usize::from(target.length);
    target
        .buffer
        .cast::<u8>()
        .write_bytes(&source.buffer.cast::<u8>().read_bytes(length));
    if target.length + 1 < target.maximum_length {
        target.buffer.index(length / 2).write(0);
    }
    to.write(target);
}

fn folded(text: &str, insensitive: u8) -> String {
    if insensitive == 0 {
        text.to_owned()
    } else {
        text.to_uppercase()
    }
}

/// `RtlCompareUnicodeString`.
pub extern "win64" fn RtlCompareUnicodeString(
    a: Guest<UnicodeString>,
    b: Guest<UnicodeString>,
    insensitive: u8,
) -> i32 {
    let [a, b] = [a, b].map(|s| {
        folded(&UnicodeString::text(s), insensitive)
            .encode_utf16()
            .collect::<Vec<_>>()
    });
    a.cmp(&b) as i32
}

/// `RtlEqualUnicodeString`.
pub extern "win64" fn RtlEqualUnicodeString(
    a: Guest<UnicodeString>,
    b: Guest<UnicodeString>,
    insensitive: u8,
) -> u8 {
    u8::from(RtlCompareUnicodeString(a, b, insensitive) == 0)
}

fn append(to: Guest<UnicodeString>, units: &[u16]) -> NtStatus {
    let mut target = to.read();
    let used = usize::from(target.length / 2);
    if 2 * (used + units.len()) > usize::from(target.maximum_length) {
        return status::BUFFER_TOO_SMALL;
    }
    for (i, unit) in units.iter().enumerate() {
        target.buffer.index(used + i).write(*unit);
    }
    target.length += u16::try_from(2 * units.len()).unwrap_or(0);
    if target.length + 1 < target.maximum_length {
        target.buffer.index(used + units.len()).write(0);
    }
    to.write(target);
    status::SUCCESS
}

/// `RtlAppendUnicodeToString`: `STATUS_BUFFER_TOO_SMALL` leaves the target as it was.
pub extern "win64" fn RtlAppendUnicodeToString(to: Guest<UnicodeString>, text: Guest<u16>) -> NtStatus {
    append(to, &guest::wide(&guest::wide_z(text)))
}

/// `RtlAppendUnicodeStringToString`.
pub extern "win64" fn RtlAppendUnicodeStringToString(
    to: Guest<UnicodeString>,
    from: Guest<UnicodeString>,
) -> NtStatus {
    append(to, &guest::wide(&UnicodeString::text(from)))
}

/// Makes a string in pool that `RtlFreeUnicodeString` frees.
fn allocate(to: Guest<UnicodeString>, text: &str) -> NtStatus {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let Ok(maximum_length) = u16::try_from(2 * units.len()) else {
        return status::INVALID_PARAMETER;
    };
    let buffer = pool::ExAllocatePool2(0x100, usize::from(maximum_length), STRING_TAG);
    if buffer == 0 {
        return status::NO_MEMORY;
    }
    let buffer: Guest<u16> = Guest::at(buffer);
    for (i, unit) in units.iter().enumerate() {
        buffer.index(i).write(*unit);
    }
    to.write(UnicodeString {
        length: maximum_length - 2,
        maximum_length,
        buffer,
    });
    status::SUCCESS
}

/// `RtlStringFromGUID`: the buffer is freed with `RtlFreeUnicodeString`.
pub extern "win64" fn RtlStringFromGUID(guid: Guest<Guid>, to: Guest<UnicodeString>) -> NtStatus {
    allocate(to, &guid.read().to_string().to_uppercase())
}

/// `RtlGUIDFromString`.
pub extern "win64" fn RtlGUIDFromString(text: Guest<UnicodeString>, guid: Guest<Guid>) -> NtStatus {
    match UnicodeString::text(text).parse() {
        Ok(value) => {
            guid.write(value);
            status::SUCCESS
        }
        Err(()) => status::INVALID_PARAMETER,
    }
}

/// `RtlFreeUnicodeString`.
pub extern "win64" fn RtlFreeUnicodeString(string: Guest<UnicodeString>) {
    let this = string.read();
    if !this.buffer.is_null() {
        pool::ExFreePool(this.buffer.addr());
        string.write(UnicodeString::default());
    }
}

/// `RtlAnsiStringToUnicodeString`.
pub extern "win64" fn RtlAnsiStringToUnicodeString(
    to: Guest<UnicodeString>,
    from: Guest<AnsiString>,
    make: u8,
) -> NtStatus {
    let source = from.read();
    let text: String = source
        .buffer
        .read_bytes(usize::from(source.length))
        .iter()
        .map(|b| char::from(*b))
        .collect();
    if make != 0 {
        return allocate(to, &text);
    }
    let mut target = to.read();
    if usize::from(target.maximum_length) < 2 * text.len() {
        return status::BUFFER_OVERFLOW;
    }
    target.length = 0;
    to.write(target);
    append(to, &guest::wide(&text))
}

/// `RtlUTF8ToUnicodeN`: a null target asks for the size.
pub extern "win64" fn RtlUTF8ToUnicodeN(
    to: Guest<u8>,
    room: u32,
    written: Guest<u32>,
    from: Guest<u8>,
    length: u32,
) -> NtStatus {
    let text = String::from_utf8_lossy(from.slice(length as usize)).into_owned();
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    convert(to, room, written, &bytes, 2)
}

/// `RtlUnicodeToUTF8N`: a null target asks for the size.
pub extern "win64" fn RtlUnicodeToUTF8N(
    to: Guest<u8>,
    room: u32,
    written: Guest<u32>,
    from: Guest<u16>,
    length: u32,
) -> NtStatus {
    let text = String::from_utf16_lossy(&from.read_slice(length as usize / 2));
    convert(to, room, written, text.as_bytes(), 1)
}

fn convert(to: Guest<u8>, room: u32, written: Guest<u32>, bytes: &[u8], unit: usize) -> NtStatus {
    if to.is_null() {
        written.put(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        return status::SUCCESS;
    }
    let fits = bytes.len().min(room as usize / unit * unit);
    to.write_bytes(&bytes[..fits]);
    written.put(u32::try_from(fits).unwrap_or(u32::MAX));
    if fits < bytes.len() {
        status::BUFFER_TOO_SMALL
    } else {
        status::SUCCESS
    }
}

/// `RtlUnicodeStringToInteger`: base 0 goes by the prefix (0x, 0o, 0b).
pub extern "win64" fn RtlUnicodeStringToInteger(
    text: Guest<UnicodeString>,
    base: u32,
    value: Guest<u32>,
) -> NtStatus {
    let text = UnicodeString::text(text);
    let text = text.trim_start();
    let (negative, text) = text
        .strip_prefix('-')
        .map_or((false, text.trim_start_matches('+')), |t| (true, t));
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    let (base, text) = match base {
        0 => prefixes
            .iter()
            .find_map(|(p, b)| text.strip_prefix(p).map(|t| (*b, t)))
            .unwrap_or((10, text)),
        2 | 8 | 10 | 16 => (base, text),
        _ => return status::INVALID_PARAMETER,
    };
    let digits = text.chars().map_while(|c| c.to_digit(base));
    let number = digits.fold(0u32, |n, d| n.wrapping_mul(base).wrapping_add(d));
    value.write(if negative { number.wrapping_neg() } else { number });
    status::SUCCESS
}

/// `RtlIntegerToUnicodeString`: `STATUS_BUFFER_OVERFLOW` if it doesn't fit.
pub extern "win64" fn RtlIntegerToUnicodeString(value: u32, base: u32, to: Guest<UnicodeString>) -> NtStatus {
    let text = match base {
        0 | 10 => value.to_string(),
        16 => format!("{value:X}"),
        8 => format!("{value:o}"),
        2 => format!("{value:b}"),
        _ => return status::INVALID_PARAMETER,
    };
    let mut target = to.read();
    target.length = 0;
    if usize::from(target.maximum_length) < 2 * text.len() {
        return status::BUFFER_OVERFLOW;
    }
    to.write(target);
    append(to, &guest::wide(&text))
}

/// `RtlGetVersion`: fills the short or the long form, by the size given.
pub extern "win64" fn RtlGetVersion(info: Guest<OsVersionInfo>) -> NtStatus {
    let (major, minor, build) = machine::with_config(|c| c.windows);
    at!(info.major).write(major);
    at!(info.minor).write(minor);
    at!(info.build).write(build);
    at!(info.platform).write(2);
    at!(info.csd_version).write([0; 128]);
    if at!(info.size).read() as usize >= size_of::<OsVersionInfo>() {
        at!(info.service_pack_major).write(0);
        at!(info.service_pack_minor).write(0);
        at!(info.suite_mask).write(0x100);
        at!(info.product_type).write(1);
    }
    status::SUCCESS
}

static RANDOM: AtomicU64 = AtomicU64::new(0);

fn random() -> u64 {
    let seed = machine::with_config(|c| c.seed);
    let n = RANDOM.fetch_add(1, Ordering::Relaxed);
    Random::new(seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15))).next()
}

/// `RtlRandomEx`: 31 bits; from the machine's seed, so that a run can be repeated.
pub extern "win64" fn RtlRandomEx(seed: Guest<u32>) -> u32 {
    let value = u32::try_from(random() >> 33).unwrap_or(0);
    seed.write(value);
    value
}

/// `ExUuidCreate`.
pub extern "win64" fn ExUuidCreate(guid: Guest<[u64; 2]>) -> NtStatus {
    guid.write([random() & !(0xF << 52) | 4 << 52, random() & !0xC0 | 0x80]);
    status::SUCCESS
}

/// `RtlTimeToTimeFields`: year, month, day, hour, minute, second, milliseconds, weekday.
pub extern "win64" fn RtlTimeToTimeFields(time: Guest<i64>, fields: Guest<[i16; 8]>) {
    let units = time.read().max(0);
    let (days, rest) = (units / 864_000_000_000, units % 864_000_000_000);
    // Civil date from days since 1601-01-01 (a Monday), by the Gregorian 400-year cycle from 0000-03-01 on.
    let shifted = days + 584_694;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let seconds = rest / 10_000_000;
    let values = [
        year,
        month,
        day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        rest / 10_000 % 1000,
        (days + 1) % 7,
    ];
    fields.write(values.map(|v| i16::try_from(v).unwrap_or(0)));
}

/// `RtlNtStatusToDosError`: the common ones; others are 317 (ERROR_MR_MID_NOT_FOUND).
pub extern "win64" fn RtlNtStatusToDosError(value: NtStatus) -> u32 {
    match value {
        status::SUCCESS => 0,
        status::INVALID_PARAMETER => 87,
        status::ACCESS_DENIED => 5,
        status::INVALID_HANDLE => 6,
        status::NO_MEMORY | status::INSUFFICIENT_RESOURCES => 8,
        status::NOT_SUPPORTED => 50,
        status::BUFFER_TOO_SMALL => 122,
        status::BUFFER_OVERFLOW => 234,
        status::CANCELLED => 995,
        status::PENDING => 997,
        status::INVALID_DEVICE_REQUEST => 1,
        status::NOT_FOUND => 1168,
        status::OBJECT_NAME_NOT_FOUND => 2,
        _ => 317,
    }
}

/// `IoAllocateErrorLogEntry`: null when it fails. At most 240 bytes.
pub extern "win64" fn IoAllocateErrorLogEntry(_object: usize, size: u8) -> usize {
    if size > 240 || faults::fails_allocation("IoAllocateErrorLogEntry") {
        return 0;
    }
    pool::allocate_system(usize::from(size).max(48))
}

/// `IoWriteErrorLogEntry`: the entry belongs to the system afterwards.
pub extern "win64" fn IoWriteErrorLogEntry(entry: Guest<u32>) {
    if entry.is_null() {
        return violate!(PARAMETER, "IoWriteErrorLogEntry without an entry");
    }
    eprintln!("ntsim: event log entry, code {:#x}", entry.index(3).read());
    pool::free_system(entry.addr());
}

/// `IoFreeErrorLogEntry`.
pub extern "win64" fn IoFreeErrorLogEntry(entry: usize) {
    pool::free_system(entry);
}

/// `MmGetSystemRoutineAddress`: null for what the simulator doesn't have.
pub extern "win64" fn MmGetSystemRoutineAddress(name: Guest<UnicodeString>) -> usize {
    registry::resolve_system(&UnicodeString::text(name)).unwrap_or(0)
}

/// `ExIsProcessorFeaturePresent`: the host's: SSE3 13, SSSE3 36, SSE4.1 37, SSE4.2 38, AVX 39, AVX2 40, AVX-512F 41.
pub extern "win64" fn ExIsProcessorFeaturePresent(feature: u32) -> u8 {
    u8::from(match feature {
        2 | 3 | 6 | 8 | 10 | 12 | 14 | 17 => true,
        13 => std::arch::is_x86_feature_detected!("sse3"),
        36 => std::arch::is_x86_feature_detected!("ssse3"),
        37 => std::arch::is_x86_feature_detected!("sse4.1"),
        38 => std::arch::is_x86_feature_detected!("sse4.2"),
        39 => std::arch::is_x86_feature_detected!("avx"),
        40 => std::arch::is_x86_feature_detected!("avx2"),
        41 => std::arch::is_x86_feature_detected!("avx512f"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};

    #[test]
    fn strings_are_cut_appended_and_converted() {
        let _machine = Machine::boot(Config::default());
        let buffer = [0u16; 8];
        let target = UnicodeString {
            length: 0,
            maximum_length: 16,
            buffer: Guest::of(&buffer[0]),
        };
        let (to, from) = (Guest::of(&target), UnicodeString::leak("longer than eight"));
        RtlCopyUnicodeString(to, Guest::of(&from));
        assert_eq!(UnicodeString::text(to), "longer t");
        assert_eq!(
            RtlAppendUnicodeStringToString(to, Guest::of(&from)),
            status::BUFFER_TOO_SMALL
        );
        assert_eq!(RtlIntegerToUnicodeString(4711, 10, to), status::SUCCESS);
        assert_eq!(UnicodeString::text(to), "4711");
        let number = 0u32;
        assert_eq!(
            RtlUnicodeStringToInteger(to, 16, Guest::of(&number)),
            status::SUCCESS
        );
        assert_eq!(Guest::of(&number).read(), 0x4711);
    }

    #[test]
    fn a_time_is_split_into_its_fields() {
        // 2024-02-29 12:34:56.789 UTC, a Thursday.
        let time = (1_709_210_096_i64 + 11_644_473_600) * 10_000_000 + 7_890_000;
        let fields = [0i16; 8];
        RtlTimeToTimeFields(Guest::of(&time), Guest::of(&fields));
        assert_eq!(Guest::of(&fields).read(), [2024, 2, 29, 12, 34, 56, 789, 4]);
    }

    #[test]
    fn a_guid_survives_its_text() {
        let guid: Guid = "{cac88484-7515-4c03-82e6-71a87abac361}".parse().unwrap();
        assert_eq!(guid.to_string(), "{cac88484-7515-4c03-82e6-71a87abac361}");
    }
}
