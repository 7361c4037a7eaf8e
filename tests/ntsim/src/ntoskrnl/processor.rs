//! IRQL and processor calls of the kernel (wdm.h).

use crate::abi::wdm::{GroupAffinity, ProcessorNumber};
use crate::cpu::{self, processor};
use crate::exports;
use crate::guest::Guest;
use crate::registry::DISPATCH as DISPATCH_LEVEL;
use crate::status::{self, NtStatus};

exports! { "ntoskrnl.exe";
    KeGetCurrentIrql: PASSIVE..=HIGH,
    KfRaiseIrql: PASSIVE..=HIGH,
    KeLowerIrql: PASSIVE..=HIGH,
    KeRaiseIrqlToDpcLevel: PASSIVE..=DISPATCH,
    KeGetCurrentProcessorNumberEx: PASSIVE..=HIGH,
    KeQueryActiveProcessorCount: PASSIVE..=HIGH,
    KeQueryActiveProcessorCountEx: PASSIVE..=HIGH,
    KeQueryMaximumProcessorCount: PASSIVE..=HIGH,
    KeQueryMaximumProcessorCountEx: PASSIVE..=HIGH,
    KeQueryActiveGroupCount: PASSIVE..=HIGH,
    KeQueryMaximumGroupCount: PASSIVE..=HIGH,
    KeGetProcessorNumberFromIndex: PASSIVE..=HIGH,
    KeGetProcessorIndexFromNumber: PASSIVE..=HIGH,
    KeSetSystemGroupAffinityThread: PASSIVE..=DISPATCH,
    KeRevertToUserGroupAffinityThread: PASSIVE..=DISPATCH,
    KeSetSystemAffinityThreadEx: PASSIVE..=DISPATCH,
    KeRevertToUserAffinityThreadEx: PASSIVE..=DISPATCH,
}

const ALL_GROUPS: u16 = 0xFFFF;

/// `KeGetCurrentIrql` (inline on x64: reads CR8, which is emulated too).
pub extern "win64" fn KeGetCurrentIrql() -> u8 {
    cpu::irql()
}

/// `KfRaiseIrql`: to a higher level only (0xC4 0x30); returns the old one.
pub extern "win64" fn KfRaiseIrql(new: u8) -> u8 {
    cpu::current().raise(new)
}

/// `KeLowerIrql`: to a lower level only (0xC4 0x31).
pub extern "win64" fn KeLowerIrql(new: u8) {
    cpu::current().lower(new);
}

/// `KeRaiseIrqlToDpcLevel`.
pub extern "win64" fn KeRaiseIrqlToDpcLevel() -> u8 {
    cpu::current().raise(DISPATCH_LEVEL)
}

/// `KeGetCurrentProcessorNumberEx`: exact at DISPATCH_LEVEL, below it a recent value.
pub extern "win64" fn KeGetCurrentProcessorNumberEx(number: Guest<ProcessorNumber>) -> u32 {
    let n = cpu::current().processor();
    number.put(ProcessorNumber::new(n));
    u32::try_from(n).unwrap_or(0)
}

/// `KeQueryActiveProcessorCount`.
pub extern "win64" fn KeQueryActiveProcessorCount(mask: Guest<u64>) -> u32 {
    let n = KeQueryActiveProcessorCountEx(0);
    mask.put(if n >= 64 { u64::MAX } else { (1 << n) - 1 });
    n
}

/// `KeQueryActiveProcessorCountEx`: group 0 or all groups; 0 for others.
pub extern "win64" fn KeQueryActiveProcessorCountEx(group: u16) -> u32 {
    if group == 0 || group == ALL_GROUPS {
        u32::try_from(processor::count()).unwrap_or(1)
    } else {
        0
    }
}

/// `KeQueryMaximumProcessorCount`.
pub extern "win64" fn KeQueryMaximumProcessorCount() -> u32 {
    KeQueryActiveProcessorCountEx(0)
}

/// `KeQueryMaximumProcessorCountEx`.
pub extern "win64" fn KeQueryMaximumProcessorCountEx(group: u16) -> u32 {
    KeQueryActiveProcessorCountEx(group)
}

/// `KeQueryActiveGroupCount`: one group.
pub extern "win64" fn KeQueryActiveGroupCount() -> u16 {
    1
}

/// `KeQueryMaximumGroupCount`: one group.
pub extern "win64" fn KeQueryMaximumGroupCount() -> u16 {
    1
}

/// `KeGetProcessorNumberFromIndex`.
pub extern "win64" fn KeGetProcessorNumberFromIndex(index: u32, number: Guest<ProcessorNumber>) -> NtStatus {
    if index as usize >= processor::count() {
        return status::INVALID_PARAMETER;
    }
    number.write(ProcessorNumber::new(index as usize));
    status::SUCCESS
}

/// `KeGetProcessorIndexFromNumber`: `u32::MAX` if there is no such processor.
pub extern "win64" fn KeGetProcessorIndexFromNumber(number: Guest<ProcessorNumber>) -> u32 {
    let number = number.read();
    let valid = number.group == 0 && usize::from(number.number) < processor::count();
    if valid { u32::from(number.number) } else { u32::MAX }
}

/// `KeSetSystemGroupAffinityThread`: the thread runs on these processors from now on.
pub extern "win64" fn KeSetSystemGroupAffinityThread(
    affinity: Guest<GroupAffinity>,
    previous: Guest<GroupAffinity>,
) {
    let cpu = cpu::current();
    previous.put(GroupAffinity {
        mask: cpu.affinity.get(),
        ..GroupAffinity::default()
    });
    bind(affinity.read().mask);
}

/// `KeRevertToUserGroupAffinityThread`.
pub extern "win64" fn KeRevertToUserGroupAffinityThread(previous: Guest<GroupAffinity>) {
    bind(previous.read().mask);
}

/// `KeSetSystemAffinityThreadEx`.
pub extern "win64" fn KeSetSystemAffinityThreadEx(affinity: u64) -> u64 {
    let old = cpu::current().affinity.get();
    bind(affinity);
    old
}

/// `KeRevertToUserAffinityThreadEx`.
pub extern "win64" fn KeRevertToUserAffinityThreadEx(affinity: u64) {
    bind(affinity);
}

fn bind(mask: u64) {
    let cpu = cpu::current();
    let mask = if processor::count() >= 64 {
        mask
    } else {
        mask & ((1 << processor::count()) - 1)
    };
    cpu.affinity.set(mask);
    if mask != 0 && cpu.irql() < DISPATCH_LEVEL {
        cpu.note_processor(mask.trailing_zeros() as usize);
    }
}
