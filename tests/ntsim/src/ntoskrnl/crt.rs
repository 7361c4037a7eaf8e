//! The C run-time functions that ntoskrnl.exe exports: memory, strings, stack probe.

use crate::exports;
use crate::guest::{self, Guest};
use crate::registry::{Export, Target};

exports! { "ntoskrnl.exe";
    memcpy: PASSIVE..=HIGH,
    memmove: PASSIVE..=HIGH,
    memset: PASSIVE..=HIGH,
    memcmp: PASSIVE..=HIGH,
    RtlCopyMemory: PASSIVE..=HIGH,
    RtlMoveMemory: PASSIVE..=HIGH,
    RtlFillMemory: PASSIVE..=HIGH,
    RtlZeroMemory: PASSIVE..=HIGH,
    RtlCompareMemory: PASSIVE..=HIGH,
    strlen: PASSIVE..=HIGH,
    wcslen: PASSIVE..=HIGH,
    __C_specific_handler: PASSIVE..=HIGH,
}

/// With the stack probe, which has a calling convention of its own.
#[must_use]
pub fn all_exports() -> Vec<Export> {
    let mut all = exports();
    all.push(Export {
        module: "ntoskrnl.exe",
        name: "__chkstk",
        target: Target::Raw(__chkstk as *const () as usize),
        irql: (0, 15),
    });
    all
}

/// `__chkstk`: touches each page of the RAX bytes below the stack pointer. Preserves all registers but R10 and R11.
#[unsafe(naked)]
extern "win64" fn __chkstk() {
    std::arch::naked_asm!(
        "lea r10, [rsp + 8]",
        "mov r11, r10",
        "sub r11, rax",
        "2:",
        "sub r10, 0x1000",
        "cmp r10, r11",
        "jb 3f",
        "test byte ptr [r10], 0",
        "jmp 2b",
        "3:",
        "ret",
    )
}

/// `memcpy`: overlapping ranges work, as they do in Windows' implementation.
pub extern "win64" fn memcpy(to: Guest<u8>, from: Guest<u8>, n: usize) -> Guest<u8> {
    to.write_bytes(from.slice(n));
    to
}

/// `memmove`.
pub extern "win64" fn memmove(to: Guest<u8>, from: Guest<u8>, n: usize) -> Guest<u8> {
    memcpy(to, from, n)
}

/// `memset`.
pub extern "win64" fn memset(to: Guest<u8>, value: i32, n: usize) -> Guest<u8> {
    to.fill(n, value.to_le_bytes()[0]);
    to
}

/// `memcmp`.
pub extern "win64" fn memcmp(a: Guest<u8>, b: Guest<u8>, n: usize) -> i32 {
    a.slice(n).cmp(b.slice(n)) as i32
}

/// `RtlCopyMemory`.
pub extern "win64" fn RtlCopyMemory(to: Guest<u8>, from: Guest<u8>, n: usize) {
    memcpy(to, from, n);
}

/// `RtlMoveMemory`.
pub extern "win64" fn RtlMoveMemory(to: Guest<u8>, from: Guest<u8>, n: usize) {
    memcpy(to, from, n);
}

/// `RtlFillMemory`.
pub extern "win64" fn RtlFillMemory(to: Guest<u8>, n: usize, value: u8) {
    to.fill(n, value);
}

/// `RtlZeroMemory`.
pub extern "win64" fn RtlZeroMemory(to: Guest<u8>, n: usize) {
    to.fill(n, 0);
}

/// `RtlCompareMemory`: number of equal bytes at the start.
pub extern "win64" fn RtlCompareMemory(a: Guest<u8>, b: Guest<u8>, n: usize) -> usize {
    a.slice(n)
        .iter()
        .zip(b.slice(n))
        .take_while(|(a, b)| a == b)
        .count()
}

/// `strlen`.
pub extern "win64" fn strlen(text: Guest<u8>) -> usize {
    (0..).take_while(|i| text.index(*i).read() != 0).count()
}

/// `wcslen`.
pub extern "win64" fn wcslen(text: Guest<u16>) -> usize {
    guest::wide_z(text).encode_utf16().count()
}

/// `__C_specific_handler`: structured exceptions aren't raised here, so it is never entered; 1 continues the search.
pub extern "win64" fn __C_specific_handler() -> i32 {
    1
}
