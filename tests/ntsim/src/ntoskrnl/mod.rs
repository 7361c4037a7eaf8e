//! Stands for ntoskrnl.exe and HAL.dll.

pub mod bugcheck;
pub mod crt;
pub mod device;
pub mod dispatcher;
pub mod dpc;
pub mod etw;
pub mod irp;
pub mod lock_order;
pub mod lookaside;
pub mod mdl;
pub mod pool;
pub mod processor;
pub mod rtl;
pub mod rundown;
pub mod security;
pub mod spinlock;
pub mod thread;
pub mod time;
pub mod timer;
pub mod worker;
pub mod xstate;

use crate::registry::Export;

/// Everything these modules offer to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [
        bugcheck::exports(),
        crt::all_exports(),
        rtl::exports(),
        device::exports(),
        dispatcher::exports(),
        dpc::exports(),
        irp::exports(),
        mdl::exports(),
        pool::exports(),
        processor::exports(),
        rundown::exports(),
        spinlock::exports(),
        thread::all_exports(),
        time::exports(),
        time::hal_exports(),
        timer::exports(),
        worker::exports(),
        etw::exports(),
        lookaside::exports(),
        xstate::exports(),
    ]
    .concat()
}

/// Reports what a driver left behind; called after its unload routine (Driver Verifier 0xC4 0x62, 0xCE).
pub fn check_unload() {
    timer::check_unload();
    dpc::check_unload();
    thread::check_unload();
    worker::check_unload();
    etw::check_unload();
    lookaside::check_unload();
    irp::check_unload();
    mdl::check_unload();
    device::check_unload();
    pool::check_unload();
}

/// Numbers of live kernel objects, for `ntsim inspect`.
pub(crate) fn describe() -> Vec<String> {
    [
        ("IRPs with lower drivers", irp::sent()),
        ("IRPs", irp::live()),
        ("MDLs", mdl::live()),
        ("timers that are set", timer::set()),
        ("DPCs queued", dpc::queued()),
        ("work items", worker::live()),
        ("event providers", etw::live()),
        ("look-aside lists", lookaside::live()),
    ]
    .into_iter()
    .map(|(what, n)| format!("{what}: {n}"))
    .collect()
}

pub(crate) fn reset() {
    timer::reset();
    dpc::reset();
    thread::reset();
    worker::reset();
    etw::reset();
    lookaside::reset();
    irp::reset();
    mdl::reset();
    device::reset();
    lock_order::reset();
    pool::reset();
}
