//! Clocks. Interrupt time and performance counter are the host's monotonic clock, system time is its wall clock.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::exports;
use crate::guest::Guest;
use crate::registry::Export;

exports! { "ntoskrnl.exe";
    KeQuerySystemTimePrecise: PASSIVE..=HIGH,
    KeQueryInterruptTimePrecise: PASSIVE..=HIGH,
    KeQueryInterruptTime: PASSIVE..=HIGH,
    KeQueryUnbiasedInterruptTime: PASSIVE..=HIGH,
    KeQueryTimeIncrement: PASSIVE..=HIGH,
    KeQueryPerformanceCounter: PASSIVE..=HIGH,
}

/// HAL.dll forwards the performance counter.
#[must_use]
pub fn hal_exports() -> Vec<Export> {
    exports()
        .into_iter()
        .filter(|e| e.name == "KeQueryPerformanceCounter")
        .map(|e| Export {
            module: "HAL.dll",
            ..e
        })
        .collect()
}

/// Performance counter ticks per second, as on most machines with Windows.
const FREQUENCY: u64 = 10_000_000;
/// 100 ns from 1601 to 1970.
const UNIX_OFFSET: u64 = 116_444_736_000_000_000;

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(|| {
        Instant::now()
            .checked_sub(Duration::from_secs(60))
            .unwrap_or_else(Instant::now)
    })
}

fn units(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos() / 100).unwrap_or(u64::MAX)
}

/// Interrupt time: 100 ns since the machine's start.
#[must_use]
pub fn interrupt_time() -> u64 {
    units(start().elapsed())
}

/// System time: 100 ns since 1601, UTC.
#[must_use]
pub fn system_time() -> u64 {
    UNIX_OFFSET + units(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A due time of a timer or wait as a duration from now: negative is relative, positive is a system time.
#[must_use]
pub fn until(due: i64) -> Duration {
    let units = if due <= 0 {
        due.unsigned_abs()
    } else {
        due.cast_unsigned().saturating_sub(system_time())
    };
    Duration::from_nanos(units.saturating_mul(100))
}

/// `KeQuerySystemTimePrecise`.
pub extern "win64" fn KeQuerySystemTimePrecise(time: Guest<u64>) {
    time.write(system_time());
}

/// `KeQueryInterruptTimePrecise`: also gives the performance counter of the same moment.
pub extern "win64" fn KeQueryInterruptTimePrecise(counter: Guest<u64>) -> u64 {
    let time = interrupt_time();
    counter.put(time);
    time
}

/// `KeQueryInterruptTime`.
pub extern "win64" fn KeQueryInterruptTime() -> u64 {
    interrupt_time()
}

/// `KeQueryUnbiasedInterruptTime`: no sleep is simulated in time, so it is the same.
pub extern "win64" fn KeQueryUnbiasedInterruptTime() -> u64 {
    interrupt_time()
}

/// `KeQueryTimeIncrement`: 15.625 ms.
pub extern "win64" fn KeQueryTimeIncrement() -> u32 {
    156_250
}

/// `KeQueryPerformanceCounter`.
pub extern "win64" fn KeQueryPerformanceCounter(frequency: Guest<u64>) -> u64 {
    frequency.put(FREQUENCY);
    interrupt_time()
}

/// What a read of `size` bytes at `offset` of the shared user data page gives.
pub(crate) fn shared_data(offset: usize, size: usize) -> u64 {
    let mut page = [0u8; 0x400];
    let mut put = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
    let mut time = |at: usize, value: u64| {
        put(at, &value.to_le_bytes());
        put(at + 8, &value.to_le_bytes()[4..]);
    };
    time(8, interrupt_time());
    time(20, system_time());
    time(0x320, interrupt_time() / 156_250);
    put(4, &0x0FA0_0000_u32.to_le_bytes());
    put(0x26C, &10u32.to_le_bytes());
    put(0x300, &FREQUENCY.to_le_bytes());
    let mut value = [0; 8];
    let size = size.min(8);
    if let Some(bytes) = page.get(offset..offset + size) {
        value[..size].copy_from_slice(bytes);
    }
    u64::from_le_bytes(value)
}
