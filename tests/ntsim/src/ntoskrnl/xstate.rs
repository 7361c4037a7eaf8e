//! Extended processor state (wdm.h): AVX and AVX-512 registers may be used between save and restore only.
//!
//! Driver callbacks here start with volatile upper halves, so nothing must be saved; what is checked is the bracket.

use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::{cpu, violate};

exports! { "ntoskrnl.exe";
    KeSaveExtendedProcessorState: PASSIVE..=DISPATCH,
    KeRestoreExtendedProcessorState: PASSIVE..=DISPATCH,
    RtlGetEnabledExtendedFeatures: PASSIVE..=HIGH,
}

/// `KeSaveExtendedProcessorState`: may fail; every success needs a restore by the same thread at the same IRQL, LIFO.
pub extern "win64" fn KeSaveExtendedProcessorState(mask: u64, save: Guest<u64>) -> NtStatus {
    if faults::fails_allocation("KeSaveExtendedProcessorState") {
        return status::INSUFFICIENT_RESOURCES;
    }
    let cpu = cpu::current();
    save.write(mask);
    save.index(1).write(u64::from(cpu.irql()));
    cpu.saved_state.borrow_mut().push(save.addr());
    status::SUCCESS
}

/// `KeRestoreExtendedProcessorState`: of another save than the latest, or at another IRQL, is `extended-state`.
pub extern "win64" fn KeRestoreExtendedProcessorState(save: Guest<u64>) {
    let cpu = cpu::current();
    let latest = cpu.saved_state.borrow_mut().pop();
    if latest != Some(save.addr()) {
        violate!(
            XSTATE,
            "extended state restored that isn't the latest saved by this thread"
        );
    } else if save.index(1).read() != u64::from(cpu.irql()) {
        violate!(
            XSTATE,
            "extended state saved at IRQL {} and restored at {}",
            save.index(1).read(),
            cpu.irql()
        );
    }
}

/// `RtlGetEnabledExtendedFeatures`: x87, SSE, and AVX and AVX-512 where the host has them.
pub extern "win64" fn RtlGetEnabledExtendedFeatures(mask: u64) -> u64 {
    let mut features = 3;
    if std::arch::is_x86_feature_detected!("avx") {
        features |= 4;
    }
    if std::arch::is_x86_feature_detected!("avx512f") {
        features |= 0xE0;
    }
    features & mask
}
