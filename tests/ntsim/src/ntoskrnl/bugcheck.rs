//! `KeBugCheckEx` and debug output.

use crate::exports;
use crate::guest::{self, Guest};
use crate::status::NtStatus;
use crate::{machine, violate};

exports! { "ntoskrnl.exe";
    KeBugCheck: PASSIVE..=HIGH,
    KeBugCheckEx: PASSIVE..=HIGH,
    DbgPrint: PASSIVE..=HIGH,
    DbgPrintEx: PASSIVE..=HIGH,
    vDbgPrintEx: PASSIVE..=HIGH,
    DbgBreakPoint: PASSIVE..=HIGH,
    MmIsDriverVerifyingByAddress: PASSIVE..=APC,
}

/// `KeBugCheck`.
pub extern "win64" fn KeBugCheck(code: u32) {
    KeBugCheckEx(code, 0, 0, 0, 0);
}

/// `KeBugCheckEx`: reported, and the machine stops; the caller never gets control back.
pub extern "win64" fn KeBugCheckEx(code: u32, p1: usize, p2: usize, p3: usize, p4: usize) {
    violate!(BUGCHECK, "{code:#x} ({p1:#x}, {p2:#x}, {p3:#x}, {p4:#x})");
    machine::stop();
}

/// `DbgPrint`: prints the format as it is; arguments are not filled in.
pub extern "win64" fn DbgPrint(format: Guest<u8>) -> NtStatus {
    eprintln!("ntsim: DbgPrint: {}", guest::ansi_z(format).trim_end());
    0
}

/// `DbgPrintEx`.
pub extern "win64" fn DbgPrintEx(_component: u32, _level: u32, format: Guest<u8>) -> NtStatus {
    DbgPrint(format)
}

/// `vDbgPrintEx`.
pub extern "win64" fn vDbgPrintEx(
    _component: u32,
    _level: u32,
    format: Guest<u8>,
    _arguments: usize,
) -> NtStatus {
    DbgPrint(format)
}

/// `DbgBreakPoint`: without a debugger it is a crash (0x7E).
pub extern "win64" fn DbgBreakPoint() {
    violate!(BUGCHECK, "breakpoint without a debugger");
    machine::stop();
}

/// `MmIsDriverVerifyingByAddress`: the simulator always verifies.
pub extern "win64" fn MmIsDriverVerifyingByAddress(_address: usize) -> u32 {
    1
}
