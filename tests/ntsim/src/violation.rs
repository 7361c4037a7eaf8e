//! Broken contracts: what was broken, where in the driver, at which IRQL.
//!
//! A violation is recorded, printed at once, and fails the run. Those that Windows doesn't survive (a bugcheck, a bad
//! address) also stop the machine, see [`crate::machine::stop`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;

use crate::{cpu, image};

/// The name of a rule. Modules add constants of their own; tests assert on them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Rule(pub &'static str);

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl Rule { $($(#[$doc])* pub const $name: Rule = Rule($text);)* }
    };
}

rules! {
    /// A call outside the IRQLs that it allows.
    IRQL = "irql";
    /// A callback returned at another IRQL than it was entered at.
    IRQL_AT_RETURN = "irql-at-return";
    /// A callback returned with more or fewer critical regions than it was entered with.
    CRITICAL_REGION = "critical-region";
    /// A callback returned while it held a lock.
    LOCK_HELD = "lock-held-at-return";
    /// A lock acquired by the thread that holds it.
    RELOCK = "lock-recursion";
    /// A lock released that the thread doesn't hold.
    UNLOCK = "lock-not-held";
    /// Two locks taken in opposite orders.
    LOCK_ORDER = "lock-order";
    /// Memory freed while something in it is still in use (lock held, timer or DPC queued).
    ACTIVE_FREED = "active-object-freed";
    /// Pool still allocated at unload.
    POOL_LEAK = "pool-leak";
    /// A block freed twice.
    POOL_DOUBLE_FREE = "pool-double-free";
    /// An address freed that no allocation returned.
    POOL_BAD_FREE = "pool-bad-free";
    /// A block freed with another tag than it was allocated with.
    POOL_TAG = "pool-tag";
    /// Bytes written before or behind a block.
    POOL_OVERRUN = "pool-overrun";
    /// Bytes written after the block was freed.
    POOL_USE_AFTER_FREE = "pool-use-after-free";
    /// A parameter of an allocation that the call doesn't allow.
    POOL_PARAMETER = "pool-parameter";
    /// A callback, or a chain of them, that uses more of the kernel's stack than a driver may count on.
    STACK = "kernel-stack";
    /// Code touched an address that it may not touch.
    ACCESS = "access-violation";
    /// `KeBugCheckEx`, or a check of Windows that ends in one.
    BUGCHECK = "bugcheck";
    /// `__fastfail` (int 0x29).
    FAST_FAIL = "fast-fail";
    /// A wait that can't end, or a lock or DISPATCH_LEVEL held too long.
    HANG = "hang";
    /// IRP rules.
    IRP = "irp";
    /// An IRP completed twice.
    IRP_DOUBLE_COMPLETION = "irp-double-completion";
    /// IRPs not freed at unload.
    IRP_LEAK = "irp-leak";
    /// MDL rules.
    MDL = "mdl";
    /// MDLs not freed at unload.
    MDL_LEAK = "mdl-leak";
    /// A wait where waiting isn't allowed, or on something that can't be waited for.
    WAIT = "wait";
    /// Extended processor state saved and restored out of order.
    XSTATE = "extended-state";
    /// An event provider, timer, thread, work item... still there at unload.
    LEFT_AT_UNLOAD = "left-at-unload";
    /// A value that isn't a live framework handle, or of the wrong type.
    HANDLE = "invalid-handle";
    /// A required parameter is null or a structure has a wrong size.
    PARAMETER = "parameter";
    /// An object that may not be deleted, or a reference count below zero.
    OBJECT = "object";
    /// Framework objects left at unload.
    OBJECT_LEAK = "object-leak";
    /// A request completed twice, or used after completion.
    REQUEST_DOUBLE_COMPLETION = "request-double-completion";
    /// A request used in a state that forbids it.
    REQUEST = "request";
    /// A request that the driver never completed.
    REQUEST_LOST = "request-lost";
    /// `Information` larger than the buffer.
    REQUEST_INFORMATION = "request-information";
    /// Output bytes that the driver never wrote.
    UNINITIALIZED_OUTPUT = "uninitialized-output";
    /// I/O queue rules.
    QUEUE = "queue";
    /// Calls in a device's or init object's wrong phase.
    DEVICE_STATE = "device-state";
    /// Two sections' or pages' worth of write and execute at once.
    CODE_INTEGRITY = "code-integrity";
}

/// One broken contract.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// The rule that was broken.
    pub rule: Rule,
    /// What happened, for people.
    pub text: String,
    /// The emulated function that noticed it, if it was a call.
    pub function: Option<&'static str>,
    /// The driver's call site: symbol and offset, else image and offset.
    pub site: String,
    /// IRQL at that time.
    pub irql: u8,
    /// The thread's name.
    pub thread: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.rule, self.text)?;
        if let Some(function) = self.function {
            write!(f, " [{function}]")?;
        }
        write!(f, " at {}, IRQL {}, thread {}", self.site, self.irql, self.thread)
    }
}

static LIST: Mutex<Vec<Violation>> = Mutex::new(Vec::new());
static COUNT: AtomicU64 = AtomicU64::new(0);
/// More than this many are counted, not kept.
const KEPT: usize = 1000;

/// Records a violation of the current thread's latest call.
pub fn report(rule: Rule, text: String) {
    let cpu = cpu::current();
    record(Violation {
        rule,
        text,
        function: cpu.function().map(|f| f.name),
        site: image::describe(cpu.site()),
        irql: cpu.irql(),
        thread: cpu.thread_name(),
    });
}

/// Records a violation at a known place of the driver, not in a call of it.
pub fn report_at(rule: Rule, address: usize, text: String) {
    let cpu = cpu::current();
    record(Violation {
        rule,
        text,
        function: None,
        site: image::describe(address),
        irql: cpu.irql(),
        thread: cpu.thread_name(),
    });
}

fn record(violation: Violation) {
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    if n < KEPT as u64 {
        eprintln!("ntsim: violation {violation}");
        LIST.lock().push(violation);
    }
}

/// `violate!(RULE, "text {x}")`: records a violation of the current call.
#[macro_export]
macro_rules! violate {
    ($rule:ident, $($text:tt)*) => {
        $crate::violation::report($crate::violation::Rule::$rule, format!($($text)*))
    };
}

/// How many there were since boot.
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Copies of all that were kept, oldest first.
#[must_use]
pub fn all() -> Vec<Violation> {
    LIST.lock().clone()
}

pub(crate) fn reset() {
    COUNT.store(0, Ordering::Relaxed);
    LIST.lock().clear();
}
