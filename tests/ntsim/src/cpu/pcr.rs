//! The page behind `gs:` of each host thread that runs driver code.
//!
//! Its first part looks like the KPCR and KPRCB that inlined kernel functions read (`KeGetCurrentThread`, processor
//! number). Behind that is what the thunks need: call site, function, IRQL, call counters.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::guest::Guest;
use crate::thunk::MAX_FUNCTIONS;

/// `KPCR.Self`
const SELF: usize = 0x18;
/// `KPCR.CurrentPrcb`
const CURRENT_PRCB: usize = 0x20;
/// Where the KPRCB starts.
const PRCB: usize = 0x180;
/// `KPRCB.CurrentThread`
pub(crate) const CURRENT_THREAD: usize = PRCB + 8;
/// `KPRCB.Number`
pub(crate) const NUMBER: usize = PRCB + 0x24;
/// The simulated CR8.
pub(crate) const IRQL: usize = 0x1000;
/// Return address of the latest call.
pub(crate) const SITE: usize = 0x1008;
/// One plus the id of the function called latest; 0 for none.
pub(crate) const FUNCTION: usize = 0x1010;
/// Lowest stack pointer at a call since the callback was entered.
pub(crate) const STACK: usize = 0x1018;
/// Return address of that call.
pub(crate) const STACK_SITE: usize = 0x1020;
/// Not 0: each call goes by [`crate::schedule::call`].
pub(crate) const WATCH: usize = 0x1028;
/// Number of locks held.
pub(crate) const HELD_COUNT: usize = 0x1030;
/// The first of them: address and call site each.
pub(crate) const HELD: usize = 0x1040;
/// How many are shown there.
pub(crate) const MAX_HELD: usize = 16;
/// Calls per function.
pub(crate) const COUNTS: usize = 0x2000;
const SIZE: usize = COUNTS + 8 * MAX_FUNCTIONS;

static WATCHED: AtomicBool = AtomicBool::new(false);
/// Every page ever made; they are reused by later threads and never unmapped, so that counters stay readable.
static PAGES: Mutex<Vec<usize>> = Mutex::new(Vec::new());
static FREE: Mutex<Vec<usize>> = Mutex::new(Vec::new());
static BASELINE: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// Takes a page and points `gs` of this thread at it.
pub(crate) fn attach() -> usize {
    let page = FREE.lock().pop().unwrap_or_else(new_page);
    Guest::<u64>::at(page + SELF).write(page as u64);
    Guest::<u64>::at(page + CURRENT_PRCB).write((page + PRCB) as u64);
    Guest::<u64>::at(page + 0x30).write(page as u64);
    for offset in [IRQL, SITE, FUNCTION, STACK, STACK_SITE, HELD_COUNT] {
        Guest::<u64>::at(page + offset).write(0);
    }
    Guest::<u8>::at(page + WATCH).write(u8::from(WATCHED.load(Ordering::Relaxed)));
    const ARCH_SET_GS: libc::c_long = 0x1001;
    // SAFETY: sets the gs base of this thread only; neither Rust nor the C library uses gs on x86-64.
    let result = unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, page) };
    assert_eq!(result, 0, "arch_prctl(ARCH_SET_GS) failed");
    page
}

/// Lets the calls of all threads go by [`crate::schedule::call`], or not.
pub(crate) fn set_watch(on: bool) {
    WATCHED.store(on, Ordering::Relaxed);
    for page in PAGES.lock().iter() {
        Guest::<u8>::at(page + WATCH).write(u8::from(on));
    }
}

/// Gives the page back when its thread ends.
pub(crate) fn detach(page: usize) {
    FREE.lock().push(page);
}

fn new_page() -> usize {
    // SAFETY: a fresh anonymous mapping.
    let base = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert!(base != libc::MAP_FAILED, "no memory for a processor page");
    PAGES.lock().push(base as usize);
    base as usize
}

/// Calls per function since [`reset`], over all threads.
pub(crate) fn totals() -> Vec<u64> {
    let mut sums = raw_totals();
    for (sum, base) in sums.iter_mut().zip(BASELINE.lock().iter()) {
        *sum -= base;
    }
    sums
}

/// Starts counting from here.
pub(crate) fn reset() {
    *BASELINE.lock() = raw_totals();
}

fn raw_totals() -> Vec<u64> {
    let mut sums = vec![0; MAX_FUNCTIONS];
    for page in PAGES.lock().iter() {
        let counts: Guest<u64> = Guest::at(page + COUNTS);
        for (id, sum) in sums.iter_mut().enumerate() {
            *sum += counts.index(id).read();
        }
    }
    sums
}
