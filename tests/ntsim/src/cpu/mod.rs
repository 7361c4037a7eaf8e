//! Simulated processors and what a thread carries with it while it runs driver code.
//!
//! Driver code runs natively on host threads. A thread has an IRQL of its own. Below DISPATCH_LEVEL any number of
//! threads run; at DISPATCH_LEVEL a thread owns one of the simulated processors (see [`processor`]) until it lowers its
//! IRQL, so two threads at DISPATCH_LEVEL never see the same processor number and a per-processor structure is as safe as
//! it is on Windows. There are no interrupts; a higher IRQL is only recorded.

pub mod callback;
pub mod fault;
pub(crate) mod pcr;
pub mod processor;
pub(crate) mod threads;

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::guest::Guest;
use crate::registry::{self, DISPATCH, Export};
use crate::violate;

/// What the current thread is, as the simulated kernel sees it.
///
/// Reached by [`current`]; the thread is attached on first use.
pub struct Cpu {
    page: usize,
    /// Number of this thread for `PsGetCurrentThreadId`.
    pub id: u32,
    /// The fake ETHREAD behind `KeGetCurrentThread`; starts with a dispatcher header.
    pub thread: Guest<u8>,
    processor: Cell<Option<usize>>,
    /// Number of `KeEnterCriticalRegion` and the like not left yet.
    pub critical_regions: Cell<u32>,
    /// Processors this thread is bound to, as a bit mask; 0 for any.
    pub affinity: Cell<u64>,
    /// Locks held, in order of acquisition: address and kind.
    pub locks: RefCell<Vec<HeldLock>>,
    /// Calls into the driver that are on this thread's stack.
    pub depth: Cell<u32>,
    /// `KeSaveExtendedProcessorState` not restored yet: the save areas.
    pub saved_state: RefCell<Vec<usize>>,
    /// Bytes of kernel stack that the driver uses in the callbacks around the one that runs.
    stack_around: Cell<usize>,
    /// Where the stack of the callback that runs begins; 0 outside of callbacks.
    stack_entry: Cell<usize>,
    /// What the thread runs as, for reports.
    name: RefCell<Option<String>>,
    /// Set while the driver processes a request for a process.
    pub process: Cell<u32>,
    /// Addresses of this thread's stack.
    pub stack: std::ops::Range<usize>,
}

/// A lock that the thread holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldLock {
    /// Address, or handle for framework locks.
    pub address: usize,
    /// "spin lock", "wait lock", ...
    pub kind: &'static str,
    /// Where it was acquired.
    pub site: usize,
}

static NEXT_ID: AtomicU32 = AtomicU32::new(1);

thread_local! {
    static CURRENT: std::cell::OnceCell<Attached> = const { std::cell::OnceCell::new() };
}

/// Gives the page back when the host thread ends. The `Cpu` itself stays (threads are few, reports may name it).
struct Attached(&'static Cpu);

impl Drop for Attached {
    fn drop(&mut self) {
        threads::forget(self.0.page);
        pcr::detach(self.0.page);
    }
}

/// The current thread, attached to the simulated machine.
#[must_use]
pub fn current() -> &'static Cpu {
    CURRENT.with(|slot| slot.get_or_init(|| Attached(Cpu::attach())).0)
}

/// Shorthand for the current IRQL.
#[must_use]
pub fn irql() -> u8 {
    current().irql()
}

impl Cpu {
    fn attach() -> &'static Self {
        let page = pcr::attach();
        fault::alternate_stack();
        let thread = Box::leak(Box::new([0u64; 0x100]));
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let cpu = Box::leak(Box::new(Self {
            page,
            id: 4 * id,
            thread: Guest::of(thread).cast(),
            processor: Cell::new(None),
            critical_regions: Cell::new(0),
            affinity: Cell::new(0),
            locks: RefCell::default(),
            depth: Cell::new(0),
            saved_state: RefCell::default(),
            stack_around: Cell::new(0),
            stack_entry: Cell::new(0),
            name: RefCell::default(),
            process: Cell::new(4),
            stack: stack_of_thread(),
        }));
        Guest::<u64>::at(page + pcr::CURRENT_THREAD).write(cpu.thread.addr() as u64);
        threads::name(page, &cpu.thread_name());
        cpu
    }

    /// The IRQL.
    #[must_use]
    pub fn irql(&self) -> u8 {
        Guest::<u8>::at(self.page + pcr::IRQL).read()
    }

    fn store_irql(&self, irql: u8) {
        Guest::<u8>::at(self.page + pcr::IRQL).write(irql);
    }

    /// Return address of the latest call from the driver; 0 if there was none.
    #[must_use]
    pub fn site(&self) -> usize {
        Guest::<usize>::at(self.page + pcr::SITE).read()
    }

    /// The function called latest.
    #[must_use]
    pub fn function(&self) -> Option<&'static Export> {
        let id = Guest::<u32>::at(self.page + pcr::FUNCTION).read();
        registry::by_id((id as usize).checked_sub(1)?)
    }

    /// The latest call; kept across a callback, which makes calls of its own.
    pub(crate) fn save_call(&self) -> (usize, u32) {
        (self.site(), Guest::<u32>::at(self.page + pcr::FUNCTION).read())
    }

    pub(crate) fn restore_call(&self, (site, function): (usize, u32)) {
        Guest::<usize>::at(self.page + pcr::SITE).write(site);
        Guest::<u32>::at(self.page + pcr::FUNCTION).write(function);
    }

    /// Runs driver code and tells how many bytes of the kernel's stack the driver used at its deepest call into the
    /// system, in this callback and those around it, and where that call was. Frames of emulated functions don't count.
    pub(crate) fn measure_stack<R>(&self, call: impl FnOnce() -> R) -> (R, usize, usize) {
        let (lowest, site) = (
            Guest::<usize>::at(self.page + pcr::STACK),
            Guest::<usize>::at(self.page + pcr::STACK_SITE),
        );
        let outer = (
            lowest.read(),
            site.read(),
            self.stack_entry.get(),
            self.stack_around.get(),
        );
        let mark = 0_u8;
        let entry = std::ptr::from_ref(&mark).addr();
        lowest.write(entry);
        site.write(0);
        self.stack_entry.set(entry);
        self.stack_around.set(outer.3 + outer.2.saturating_sub(outer.0));
        let result = call();
        let used = self.stack_around.get() + entry.saturating_sub(lowest.read());
        let deepest = site.read();
        lowest.write(outer.0);
        site.write(outer.1);
        self.stack_entry.set(outer.2);
        self.stack_around.set(outer.3);
        (result, used, deepest)
    }

    /// The thread's name for reports.
    #[must_use]
    pub fn thread_name(&self) -> String {
        match &*self.name.borrow() {
            Some(name) => name.clone(),
            None => std::thread::current()
                .name()
                .map_or_else(|| format!("#{}", self.id), str::to_owned),
        }
    }

    /// Names the thread for reports.
    pub fn name_thread(&self, name: &str) {
        *self.name.borrow_mut() = Some(name.to_owned());
        threads::name(self.page, name);
    }

    /// The processor this thread runs on: the owned one, or where it ran last.
    #[must_use]
    pub fn processor(&self) -> usize {
        Guest::<u32>::at(self.page + pcr::NUMBER).read() as usize
    }

    /// Raises the IRQL and returns the old one. Raising to DISPATCH_LEVEL waits for a processor.
    pub fn raise(&self, new: u8) -> u8 {
        let old = self.irql();
        if new < old {
            violate!(IRQL, "raise from IRQL {old} to the lower {new}");
        }
        self.set_irql(new);
        old
    }

    /// Lowers the IRQL to `new`.
    pub fn lower(&self, new: u8) {
        let old = self.irql();
        if new > old {
            violate!(IRQL, "lower from IRQL {old} to the higher {new}");
        }
        self.set_irql(new);
    }

    /// Sets the IRQL without judging, as a write to CR8 does.
    pub fn set_irql(&self, new: u8) {
        if new >= DISPATCH && self.processor.get().is_none() {
            self.take_processor(self.affinity.get());
        }
        self.store_irql(new);
        if new < DISPATCH
            && let Some(n) = self.processor.take()
        {
            processor::give(n);
        }
    }

    /// Raises to DISPATCH_LEVEL on processor `n` and nowhere else (DPCs).
    pub fn raise_on(&self, n: usize) {
        if self.processor.get().is_none() {
            self.take_processor(1 << n);
        }
        self.store_irql(DISPATCH);
    }

    fn take_processor(&self, affinity: u64) {
        let n = processor::take(self.processor(), affinity);
        self.processor.set(Some(n));
        Guest::<u32>::at(self.page + pcr::NUMBER).write(u32::try_from(n).unwrap_or(0));
    }

    /// Moves the thread's recorded processor at PASSIVE_LEVEL (affinity calls).
    pub fn note_processor(&self, n: usize) {
        Guest::<u32>::at(self.page + pcr::NUMBER).write(u32::try_from(n).unwrap_or(0));
    }

    /// Notes an acquired lock.
    pub fn push_lock(&self, address: usize, kind: &'static str) {
        let mut locks = self.locks.borrow_mut();
        locks.push(HeldLock {
            address,
            kind,
            site: self.site(),
        });
        threads::show_locks(self.page, &locks, locks.len() - 1);
    }

    /// Forgets a lock; `false` if the thread didn't hold it.
    pub fn pop_lock(&self, address: usize) -> bool {
        let mut locks = self.locks.borrow_mut();
        let Some(i) = locks.iter().rposition(|l| l.address == address) else {
            return false;
        };
        locks.remove(i);
        threads::show_locks(self.page, &locks, i);
        true
    }

    /// Forgets all locks but the first `keep`, and returns them.
    pub fn drop_locks(&self, keep: usize) -> Vec<HeldLock> {
        let mut locks = self.locks.borrow_mut();
        let keep = keep.min(locks.len());
        let dropped = locks.split_off(keep);
        threads::show_locks(self.page, &locks, keep);
        dropped
    }

    /// Whether the thread holds the lock at `address`.
    #[must_use]
    pub fn holds(&self, address: usize) -> bool {
        self.locks.borrow().iter().any(|l| l.address == address)
    }
}

fn stack_of_thread() -> std::ops::Range<usize> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut base, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: asks about this very thread; fills the attributes.
    let me = unsafe { libc::pthread_self() };
    // SAFETY: as above.
    if unsafe { libc::pthread_getattr_np(me, attributes.as_mut_ptr()) } != 0 {
        return 0..0;
    }
    // SAFETY: the attributes are filled.
    unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut base, &raw mut size) };
    // SAFETY: filled above and not used again.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    base as usize..base as usize + size
}
