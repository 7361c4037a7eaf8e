//! I/O request packets (wdm.h): those that drivers allocate, and the completion walk that all of them share.
//!
//! An IRP is real memory with the documented layout, because drivers use it through inline functions. Beside it the
//! simulator keeps what Driver Verifier does: who allocated it, whether it is with a lower driver, whether it was
//! completed.

use std::alloc::Layout;
use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

use super::{device, pool, spinlock};
use crate::abi::wdm::{IoStackLocation, IoStatusBlock, Irp};
use crate::cpu::{self, callback};
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, image, violate};

exports! { "ntoskrnl.exe";
    IoAllocateIrp: PASSIVE..=DISPATCH,
    IoFreeIrp: PASSIVE..=DISPATCH,
    IoReuseIrp: PASSIVE..=DISPATCH,
    IoInitializeIrp: PASSIVE..=DISPATCH,
    IofCallDriver: PASSIVE..=DISPATCH,
    IofCompleteRequest: PASSIVE..=DISPATCH,
    IoCancelIrp: PASSIVE..=DISPATCH,
    IoAcquireCancelSpinLock: PASSIVE..=DISPATCH,
    IoReleaseCancelSpinLock: DISPATCH..=DISPATCH,
    IoGetRequestorProcess: PASSIVE..=DISPATCH,
    IoGetRequestorProcessId: PASSIVE..=DISPATCH,
}

/// Who made an IRP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `IoAllocateIrp`.
    Driver,
    /// `IoInitializeIrp` on the driver's own memory.
    DriverMemory,
    /// The I/O manager, for a request of a process.
    IoManager,
}

/// Where an IRP is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// With its allocator.
    Idle,
    /// With a lower driver.
    Sent,
    /// Completed; may be freed or reused.
    Completed,
}

struct State {
    owner: Owner,
    phase: Phase,
    site: usize,
}

const SHARDS: usize = 16;
static IRPS: [Mutex<Option<HashMap<usize, State>>>; SHARDS] = [const { Mutex::new(None) }; SHARDS];
/// Freed ones, kept for a while so that a late use is seen.
static FREED: Mutex<VecDeque<(usize, usize)>> = Mutex::new(VecDeque::new());
const KEEP_FREED: usize = 512;
static CANCEL_LOCK: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

const IO_TYPE_IRP: i16 = 6;
const IRP_SIZE: usize = size_of::<Irp>();
const STACK_SIZE: usize = size_of::<IoStackLocation>();
/// SL_PENDING_RETURNED
pub const SL_PENDING_RETURNED: u8 = 1;
const SL_INVOKE_ON_CANCEL: u8 = 0x20;
const SL_INVOKE_ON_SUCCESS: u8 = 0x40;
const SL_INVOKE_ON_ERROR: u8 = 0x80;

fn with<R>(irp: Guest<Irp>, f: impl FnOnce(&mut HashMap<usize, State>) -> R) -> R {
    let shard = (irp.addr() >> 4).wrapping_mul(0x9E37_79B9) >> 8 & (SHARDS - 1);
    f(IRPS[shard].lock().get_or_insert_default())
}

/// `IoAllocateIrp`: null when it fails.
///
/// | the caller promises                    | else        |
/// |----------------------------------------|-------------|
/// | IRQL <= DISPATCH                        | `irql`      |
/// | `IoFreeIrp` exactly once, not while sent | `irp`, `irp-leak` |
pub extern "win64" fn IoAllocateIrp(stack_size: i8, _charge_quota: u8) -> Guest<Irp> {
    if faults::fails_allocation("IoAllocateIrp") {
        return Guest::null();
    }
    allocate(stack_size, Owner::Driver)
}

/// Makes an IRP with `stack_size` locations for `owner`.
pub fn allocate(stack_size: i8, owner: Owner) -> Guest<Irp> {
    let stack_size = stack_size.max(1);
    let size = IRP_SIZE + STACK_SIZE * usize::from(stack_size.unsigned_abs());
    let Ok(layout) = Layout::from_size_align(size, 16) else {
        return Guest::null();
    };
    // SAFETY: the size isn't 0.
    let irp = Guest::<Irp>::at(unsafe { std::alloc::alloc_zeroed(layout) } as usize);
    if irp.is_null() {
        return irp;
    }
    initialize(irp, size, stack_size);
    let state = State {
        owner,
        phase: Phase::Idle,
        site: cpu::current().site(),
    };
    with(irp, |irps| irps.insert(irp.addr(), state));
    irp
}

fn initialize(irp: Guest<Irp>, size: usize, stack_size: i8) {
    irp.cast::<u8>().fill(size, 0);
    at!(irp.kind).write(IO_TYPE_IRP);
    at!(irp.size).write(u16::try_from(size).unwrap_or(u16::MAX));
    at!(irp.stack_count).write(stack_size);
    at!(irp.current_location).write(stack_size + 1);
    let top = irp
        .byte_offset::<IoStackLocation>(IRP_SIZE)
        .index(usize::from(stack_size.unsigned_abs()));
    at!(irp.current_stack_location).write(top);
}

/// `IoFreeIrp`: an IRP that is with a lower driver (0xC9 0x20A), or of the I/O manager, is `irp`.
pub extern "win64" fn IoFreeIrp(irp: Guest<Irp>) {
    let Some(state) = with(irp, |irps| irps.remove(&irp.addr())) else {
        violate!(IRP, "{irp:?} is freed but isn't an IRP (freed twice?)");
        return;
    };
    match (state.owner, state.phase) {
        (_, Phase::Sent) => violate!(IRP, "IRP freed while the lower driver has it"),
        (Owner::IoManager, _) => violate!(IRP, "IRP of the I/O manager freed"),
        (Owner::DriverMemory, _) => violate!(IRP, "IoFreeIrp on an IRP made by IoInitializeIrp"),
        (Owner::Driver, _) => {}
    }
    retire(irp);
}

/// Frees an IRP of the I/O manager.
pub(crate) fn free(irp: Guest<Irp>) {
    with(irp, |irps| irps.remove(&irp.addr()));
    retire(irp);
}

fn retire(irp: Guest<Irp>) {
    let size = usize::from(at!(irp.size).read());
    irp.cast::<u8>().fill(size, 0xDD);
    let mut freed = FREED.lock();
    freed.push_back((irp.addr(), size));
    if freed.len() > KEEP_FREED
        && let Some((addr, size)) = freed.pop_front()
    {
        drop(freed);
        release(addr, size);
    }
}

fn release(addr: usize, size: usize) {
    if Guest::<u8>::at(addr).slice(size).iter().any(|b| *b != 0xDD) {
        violation::report_at(
            Rule::IRP,
            0,
            format!("IRP {addr:#x} was written after it was freed"),
        );
    }
    if let Ok(layout) = Layout::from_size_align(size, 16) {
        // SAFETY: allocated by `allocate` with this layout; it left the queue, so it is released once.
        unsafe { std::alloc::dealloc(addr as *mut u8, layout) };
    }
}

/// `IoReuseIrp`: not while a lower driver has it; `status` becomes its status.
pub extern "win64" fn IoReuseIrp(irp: Guest<Irp>, status: NtStatus) {
    let phase = with(irp, |irps| {
        irps.get_mut(&irp.addr())
            .map(|s| std::mem::replace(&mut s.phase, Phase::Idle))
    });
    match phase {
        None => return violate!(IRP, "{irp:?} is reused but isn't an IRP"),
        Some(Phase::Sent) => violate!(IRP, "IRP reused while the lower driver has it"),
        Some(_) => {}
    }
    initialize(
        irp,
        usize::from(at!(irp.size).read()),
        at!(irp.stack_count).read(),
    );
    at!(irp.io_status).write(IoStatusBlock::new(status, 0));
}

/// `IoInitializeIrp`: on memory of the driver; on an allocated IRP it is `irp` (0xC9 0x20D).
pub extern "win64" fn IoInitializeIrp(irp: Guest<Irp>, size: u16, stack_size: i8) {
    let allocated = with(irp, |irps| {
        irps.get(&irp.addr()).is_some_and(|s| s.owner == Owner::Driver)
    });
    if allocated {
        return violate!(IRP, "IoInitializeIrp on an IRP from IoAllocateIrp");
    }
    if usize::from(size) < IRP_SIZE + STACK_SIZE * usize::from(stack_size.unsigned_abs()) {
        return violate!(
            IRP,
            "IRP memory of {size} bytes is too small for {stack_size} stack locations"
        );
    }
    initialize(irp, usize::from(size), stack_size);
    let state = State {
        owner: Owner::DriverMemory,
        phase: Phase::Idle,
        site: cpu::current().site(),
    };
    with(irp, |irps| irps.insert(irp.addr(), state));
}

/// Gives the IRP to a lower driver: the next stack location becomes current. `None` if that isn't possible.
///
/// | the caller promises                                        | else                 |
/// |------------------------------------------------------------|----------------------|
/// | an IRP that isn't with a lower driver yet                   | `irp` (0xC9)         |
/// | a stack location is left (bugcheck 0x35)                     | `irp`                |
/// | its own IRPs: a completion routine for all outcomes           | `irp`                |
#[must_use]
pub fn send(irp: Guest<Irp>) -> Option<Guest<IoStackLocation>> {
    let known = with(irp, |irps| {
        let state = irps.get_mut(&irp.addr())?;
        Some((std::mem::replace(&mut state.phase, Phase::Sent), state.owner))
    });
    let Some((phase, owner)) = known else {
        violate!(IRP, "{irp:?} isn't an IRP, or was freed");
        return None;
    };
    match phase {
        Phase::Sent if owner != Owner::IoManager => violate!(IRP, "IRP sent again before it was completed"),
        Phase::Completed => violate!(IRP, "IRP used again without IoReuseIrp"),
        _ => {}
    }
    let location = at!(irp.current_location).read() - 1;
    if location <= 0 {
        violate!(IRP, "IRP has no stack location left");
        return None;
    }
    let stack = Guest::at(at!(irp.current_stack_location).read().addr() - STACK_SIZE);
    at!(irp.current_location).write(location);
    at!(irp.current_stack_location).write(stack);
    let control = at!(stack.control).read();
    let all = SL_INVOKE_ON_CANCEL | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_SUCCESS;
    if owner != Owner::IoManager && (at!(stack.completion_routine).read() == 0 || control & all != all) {
        violate!(
            IRP,
            "the driver's own IRP was sent without a completion routine for every outcome"
        );
    }
    Some(stack)
}

/// `IofCallDriver`: gives the IRP to the driver of `device`.
pub extern "win64" fn IofCallDriver(device: usize, irp: Guest<Irp>) -> NtStatus {
    let Some(stack) = send(irp) else {
        return status::INVALID_PARAMETER;
    };
    at!(stack.device_object).write(device);
    device::dispatch(device, irp)
}

/// `IofCompleteRequest`.
///
/// | the caller promises                                          | else                      |
/// |--------------------------------------------------------------|---------------------------|
/// | IRQL <= DISPATCH                                              | `irql`                    |
/// | it owns the IRP and completes it once (0x44)                   | `irp-double-completion`   |
/// | the status isn't STATUS_PENDING (0xC9 0x06)                     | `irp`                     |
/// | no cancel routine is set (0xC9 0x07)                             | `irp`                     |
pub extern "win64" fn IofCompleteRequest(irp: Guest<Irp>, _boost: i8) {
    if at!(irp.kind).read() != IO_TYPE_IRP || at!(irp.current_location).read() > at!(irp.stack_count).read() {
        return violate!(IRP_DOUBLE_COMPLETION, "{irp:?} was completed before");
    }
    let result = at!(irp.io_status).read();
    if result.status == status::PENDING {
        violate!(IRP, "IRP completed with STATUS_PENDING");
    }
    if at!(irp.cancel_routine).read() != 0 {
        violate!(IRP, "IRP completed with a cancel routine set");
    }
    walk(irp);
}

/// Completes an IRP on behalf of an emulated lower driver.
pub fn complete(irp: Guest<Irp>, status: NtStatus, information: usize) {
    at!(irp.io_status).write(IoStatusBlock::new(status, information));
    walk(irp);
}

/// Calls the completion routines from the current stack location up, until one wants the IRP back.
fn walk(irp: Guest<Irp>) {
    let count = at!(irp.stack_count).read();
    let status = at!(irp.io_status.status).read();
    let cancelled = at!(irp.cancel).read() != 0;
    // Before the routines run: the last of them may free the IRP.
    let owner = with(irp, |irps| {
        let state = irps.get_mut(&irp.addr())?;
        state.phase = Phase::Completed;
        Some(state.owner)
    });
    while at!(irp.current_location).read() <= count {
        let stack = at!(irp.current_stack_location).read();
        let this = stack.read();
        at!(irp.pending_returned).write(this.control & SL_PENDING_RETURNED);
        at!(irp.current_location).write(at!(irp.current_location).read() + 1);
        at!(irp.current_stack_location).write(stack.index(1));
        stack.write(IoStackLocation {
            major: this.major,
            minor: this.minor,
            ..IoStackLocation::default()
        });
        let wanted = if status >= 0 {
            SL_INVOKE_ON_SUCCESS
        } else {
            SL_INVOKE_ON_ERROR
        };
        let invoke = this.control & wanted != 0 || cancelled && this.control & SL_INVOKE_ON_CANCEL != 0;
        if !invoke || this.completion_routine == 0 {
            continue;
        }
        let above = at!(irp.current_location).read();
        let device = if above > count {
            0
        } else {
            stack
                .index(1)
                .field(|p| p.cast::<IoStackLocation>())
                .read()
                .device_object
        };
        // SAFETY: what the driver set as its completion routine; calling it is what it asked for.
        let routine: extern "win64" fn(usize, Guest<Irp>, usize) -> NtStatus =
            unsafe { std::mem::transmute(this.completion_routine) };
        let result = callback::invoke("IoCompletionRoutine", || routine(device, irp, this.context));
        if result == status::MORE_PROCESSING_REQUIRED {
            return;
        }
    }
    match owner {
        Some(Owner::IoManager) => crate::io::irp_completed(irp),
        Some(_) => violate!(
            IRP,
            "completion of the driver's own IRP went on to the I/O manager: its completion routine \
            must return STATUS_MORE_PROCESSING_REQUIRED"
        ),
        None => violate!(IRP, "{irp:?} was freed before its completion"),
    }
}

/// `IoCancelIrp`: 1 if a cancel routine was there and has been called.
pub extern "win64" fn IoCancelIrp(irp: Guest<Irp>) -> u8 {
    let old = cpu::current().raise(crate::registry::DISPATCH);
    spinlock::acquire(Guest::of(&CANCEL_LOCK).cast());
    at!(irp.cancel).write(1);
    let routine = swap_cancel_routine(irp, 0);
    if routine == 0 {
        IoReleaseCancelSpinLock(old);
        return 0;
    }
    at!(irp.cancel_irql).write(old);
    let stack = at!(irp.current_stack_location).read();
    let device = at!(stack.device_object).read();
    // SAFETY: what the driver set as its cancel routine.
    let routine: extern "win64" fn(usize, Guest<Irp>) = unsafe { std::mem::transmute(routine) };
    // Entered with the cancel lock, which it releases itself; so the usual checks don't apply.
    routine(device, irp);
    if cpu::irql() != old {
        violate!(
            IRQL_AT_RETURN,
            "the cancel routine returned at IRQL {}, not {old}",
            cpu::irql()
        );
        cpu::current().set_irql(old);
    }
    1
}

/// `IoSetCancelRoutine`, which is inline on Windows: an interlocked exchange.
fn swap_cancel_routine(irp: Guest<Irp>, routine: usize) -> usize {
    let slot = at!(irp.cancel_routine).cast::<u64>().atomic();
    crate::guest::address(slot.swap(routine as u64, std::sync::atomic::Ordering::SeqCst))
}

/// An emulated lower driver makes an IRP cancellable that it keeps pending. `false`: the IRP was cancelled before, and the
/// caller completes it.
#[must_use]
pub fn set_cancel_routine(irp: Guest<Irp>, routine: extern "win64" fn(usize, Guest<Irp>)) -> bool {
    swap_cancel_routine(irp, routine as *const () as usize);
    at!(irp.cancel).read() == 0 || swap_cancel_routine(irp, 0) == 0
}

/// An emulated lower driver wants to complete an IRP. `false`: its cancel routine was called, and completes it.
#[must_use]
pub fn clear_cancel_routine(irp: Guest<Irp>) -> bool {
    swap_cancel_routine(irp, 0) != 0
}

/// `IoAcquireCancelSpinLock`.
pub extern "win64" fn IoAcquireCancelSpinLock(irql: Guest<u8>) {
    let old = cpu::current().raise(crate::registry::DISPATCH);
    spinlock::acquire(Guest::of(&CANCEL_LOCK).cast());
    irql.write(old);
}

/// `IoReleaseCancelSpinLock`.
pub extern "win64" fn IoReleaseCancelSpinLock(irql: u8) {
    spinlock::release(Guest::of(&CANCEL_LOCK).cast());
    cpu::current().lower(irql);
}

/// `IoGetRequestorProcess`: a pointer that stands for the process.
pub extern "win64" fn IoGetRequestorProcess(irp: Guest<Irp>) -> usize {
    super::thread::process_object(IoGetRequestorProcessId(irp))
}

/// `IoGetRequestorProcessId`.
pub extern "win64" fn IoGetRequestorProcessId(irp: Guest<Irp>) -> u32 {
    crate::io::process_of(irp)
}

/// Number of IRPs.
pub(crate) fn live() -> usize {
    IRPS.iter()
        .map(|shard| shard.lock().as_ref().map_or(0, HashMap::len))
        .sum()
}

/// Number of IRPs that are with a lower driver.
pub(crate) fn sent() -> usize {
    let sent = |shard: &Mutex<Option<HashMap<usize, State>>>| {
        let shard = shard.lock();
        let states = shard.iter().flat_map(HashMap::values);
        states.filter(|state| state.phase == Phase::Sent).count()
    };
    IRPS.iter().map(sent).sum()
}

pub(crate) fn check_unload() {
    for shard in &IRPS {
        for state in shard.lock().iter().flat_map(HashMap::values) {
            match (state.owner, state.phase) {
                (Owner::Driver, phase) => {
                    let with_lower = if phase == Phase::Sent {
                        ", and not completed"
                    } else {
                        ""
                    };
                    let text = format!("IRP not freed at unload{with_lower}");
                    violation::report_at(Rule::IRP_LEAK, state.site, text);
                }
                (Owner::DriverMemory, Phase::Sent) => {
                    violation::report_at(
                        Rule::IRP_LEAK,
                        state.site,
                        "IRP not completed at unload".to_owned(),
                    );
                }
                _ => {}
            }
        }
    }
    for (addr, size) in std::mem::take(&mut *FREED.lock()) {
        release(addr, size);
    }
}

/// The call site that allocated `irp`, for reports.
#[must_use]
pub fn allocated_at(irp: Guest<Irp>) -> String {
    with(irp, |irps| {
        irps.get(&irp.addr())
            .map_or_else(|| "(unknown)".to_owned(), |s| image::describe(s.site))
    })
}

/// Checks that the buffer of a call is resident; shared by the callers of [`pool::check_resident`].
pub fn check_buffer(addr: usize) {
    pool::check_resident("the buffer", addr);
}

pub(crate) fn reset() {
    for shard in &IRPS {
        *shard.lock() = None;
    }
    FREED.lock().clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};
    use crate::violation::Rule;

    extern "win64" fn keep(_device: usize, _irp: Guest<Irp>, count: usize) -> NtStatus {
        let count = Guest::<u32>::at(count);
        count.write(count.read() + 1);
        status::MORE_PROCESSING_REQUIRED
    }

    fn ready(count: &u32) -> Guest<Irp> {
        let irp = IoAllocateIrp(1, 0);
        let next = Guest::<IoStackLocation>::at(at!(irp.current_stack_location).read().addr() - STACK_SIZE);
        at!(next.completion_routine).write(keep as *const () as usize);
        at!(next.context).write(std::ptr::from_ref(count) as usize);
        at!(next.control).write(SL_INVOKE_ON_CANCEL | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_SUCCESS);
        irp
    }

    fn rules() -> Vec<Rule> {
        violation::all().into_iter().map(|v| v.rule).collect()
    }

    #[test]
    fn an_irp_goes_down_comes_back_and_is_reused() {
        let _machine = Machine::boot(Config::default());
        let count = 0u32;
        let irp = ready(&count);
        for _ in 0..2 {
            assert!(send(irp).is_some());
            complete(irp, status::SUCCESS, 7);
            assert_eq!(at!(irp.io_status.information).read(), 7);
            IoReuseIrp(irp, status::SUCCESS);
            let next =
                Guest::<IoStackLocation>::at(at!(irp.current_stack_location).read().addr() - STACK_SIZE);
            at!(next.completion_routine).write(keep as *const () as usize);
            at!(next.context).write(std::ptr::from_ref(&count) as usize);
            at!(next.control).write(0xE0);
        }
        IoFreeIrp(irp);
        check_unload();
        assert_eq!(Guest::of(&count).read(), 2);
        assert!(rules().is_empty(), "{:?}", violation::all());
    }

    #[test]
    fn each_broken_rule_of_irps_is_named() {
        type Break = fn(Guest<Irp>);
        let table: [(&str, Break, Rule); 5] = [
            (
                "freed while sent",
                |irp| {
                    let _ = send(irp);
                    IoFreeIrp(irp)
                },
                Rule::IRP,
            ),
            (
                "freed twice",
                |irp| {
                    IoFreeIrp(irp);
                    IoFreeIrp(irp)
                },
                Rule::IRP,
            ),
            (
                "reused while sent",
                |irp| {
                    let _ = send(irp);
                    IoReuseIrp(irp, 0)
                },
                Rule::IRP,
            ),
            (
                "completed twice",
                |irp| {
                    let _ = send(irp);
                    complete(irp, 0, 0);
                    IofCompleteRequest(irp, 0)
                },
                Rule::IRP_DOUBLE_COMPLETION,
            ),
            ("leaked", |_| {}, Rule::IRP_LEAK),
        ];
        for (why, breaks, rule) in table {
            let _machine = Machine::boot(Config::default());
            let count = 0u32;
            breaks(ready(&count));
            check_unload();
            assert!(rules().contains(&rule), "{why}: {:?}", rules());
        }
    }
}
