//! Memory descriptor lists (wdm.h). There is one address space here, so a "system mapping" is the buffer's own address.

use std::alloc::Layout;
use std::collections::HashMap;

use parking_lot::Mutex;

use super::pool;
use crate::abi::wdm::{
    Irp, MDL_MAPPED_TO_SYSTEM_VA, MDL_PAGES_LOCKED, MDL_PARTIAL, MDL_PARTIAL_HAS_BEEN_MAPPED,
    MDL_SOURCE_IS_NONPAGED_POOL, Mdl,
};
use crate::cpu;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::violation::{self, Rule};
use crate::{at, violate};

exports! { "ntoskrnl.exe";
    IoAllocateMdl: PASSIVE..=DISPATCH,
    IoFreeMdl: PASSIVE..=DISPATCH,
    IoBuildPartialMdl: PASSIVE..=DISPATCH,
    MmBuildMdlForNonPagedPool: PASSIVE..=DISPATCH,
    MmMapLockedPagesSpecifyCache: PASSIVE..=DISPATCH,
    MmMapLockedPages: PASSIVE..=DISPATCH,
    MmUnmapLockedPages: PASSIVE..=DISPATCH,
    MmProbeAndLockPages: PASSIVE..=DISPATCH,
    MmUnlockPages: PASSIVE..=DISPATCH,
    MmSizeOfMdl: PASSIVE..=HIGH,
    MmAllocatePagesForMdlEx: PASSIVE..=DISPATCH,
    MmFreePagesFromMdl: PASSIVE..=APC,
}

const PAGE: usize = 4096;

struct State {
    site: usize,
    /// Pages that belong to the MDL itself.
    pages: Option<Layout>,
    base: usize,
}

static MDLS: Mutex<Option<HashMap<usize, State>>> = Mutex::new(None);

fn pages_spanned(addr: usize, length: usize) -> usize {
    (addr % PAGE + length).div_ceil(PAGE)
}

/// `MmSizeOfMdl`.
pub extern "win64" fn MmSizeOfMdl(base: usize, length: usize) -> usize {
    size_of::<Mdl>() + 8 * pages_spanned(base, length)
}

/// `IoAllocateMdl`: null when it fails; with an IRP it becomes the IRP's MDL, or the last of its chain (`secondary`).
pub extern "win64" fn IoAllocateMdl(
    addr: usize,
    length: u32,
    secondary: u8,
    _charge: u8,
    irp: Guest<Irp>,
) -> Guest<Mdl> {
    if faults::fails_allocation("IoAllocateMdl") {
        return Guest::null();
    }
    let mdl = describe(addr, length as usize);
    track(mdl, None, 0);
    if !irp.is_null() {
        if secondary == 0 {
            at!(irp.mdl_address).write(mdl);
        } else {
            let mut last = at!(irp.mdl_address).read();
            while let Some(next) = last.some().and_then(|m| at!(m.next).read().some()) {
                last = next;
            }
            if !last.is_null() {
                at!(last.next).write(mdl);
            }
        }
    }
    mdl
}

fn track(mdl: Guest<Mdl>, pages: Option<Layout>, base: usize) {
    let state = State {
        site: cpu::current().site(),
        pages,
        base,
    };
    MDLS.lock().get_or_insert_default().insert(mdl.addr(), state);
}

fn mdl_layout(mdl: Guest<Mdl>) -> Layout {
    let size = usize::from(at!(mdl.size).read().unsigned_abs());
    Layout::from_size_align(size, 16).unwrap_or(Layout::new::<Mdl>())
}

/// Makes an MDL for `length` bytes at `addr` that isn't built yet. Not tracked as the driver's.
fn describe(addr: usize, length: usize) -> Guest<Mdl> {
    let size = MmSizeOfMdl(addr, length).min(i16::MAX as usize & !15);
    let layout = Layout::from_size_align(size, 16).unwrap_or(Layout::new::<Mdl>());
    // SAFETY: the size isn't 0.
    let mdl = Guest::<Mdl>::at(unsafe { std::alloc::alloc_zeroed(layout) } as usize);
    assert!(!mdl.is_null(), "no host memory for an MDL");
    mdl.write(Mdl {
        size: i16::try_from(size).unwrap_or(i16::MAX),
        start_va: addr & !(PAGE - 1),
        byte_count: u32::try_from(length).unwrap_or(u32::MAX),
        byte_offset: u32::try_from(addr % PAGE).unwrap_or(0),
        ..Mdl::default()
    });
    mdl
}

/// Makes an MDL of the system over memory that stays (buffers of requests, datagrams), built and mapped.
#[must_use]
pub fn system(addr: usize, length: usize) -> Guest<Mdl> {
    let mdl = describe(addr, length);
    at!(mdl.flags).write(MDL_SOURCE_IS_NONPAGED_POOL | MDL_PAGES_LOCKED);
    at!(mdl.mapped_system_va).write(Guest::at(addr));
    mdl
}

/// Frees an MDL made by [`system`].
pub fn free_system(mdl: Guest<Mdl>) {
    let layout = mdl_layout(mdl);
    // SAFETY: made by `describe` with this layout; its maker frees it once.
    unsafe { std::alloc::dealloc(mdl.as_ptr().cast(), layout) };
}

/// `IoFreeMdl`: not while its pages are locked or mapped by it (0xC4 0xB8).
pub extern "win64" fn IoFreeMdl(mdl: Guest<Mdl>) {
    let Some(_) = MDLS.lock().get_or_insert_default().remove(&mdl.addr()) else {
        return violate!(
            MDL,
            "{mdl:?} is freed but isn't an MDL of the driver (freed twice?)"
        );
    };
    let flags = at!(mdl.flags).read();
    if flags & MDL_PAGES_LOCKED != 0 && flags & (MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL) == 0 {
        violate!(MDL, "MDL freed while its pages are locked");
    }
    let layout = mdl_layout(mdl);
    mdl.cast::<u8>().fill(layout.size(), 0xDD);
    // SAFETY: made by `describe` with this layout; removed from the list, so it is freed once.
    unsafe { std::alloc::dealloc(mdl.as_ptr().cast(), layout) };
}

/// `IoBuildPartialMdl`: the part must lie in the source, and the target must be big enough.
pub extern "win64" fn IoBuildPartialMdl(source: Guest<Mdl>, target: Guest<Mdl>, addr: usize, length: u32) {
    let from = source.read();
    let start = from.start_va + from.byte_offset as usize;
    let length = if length == 0 {
        (start + from.byte_count as usize).saturating_sub(addr)
    } else {
        length as usize
    };
    if addr < start || addr + length > start + from.byte_count as usize {
        return violate!(MDL, "partial MDL reaches beyond its source");
    }
    if MmSizeOfMdl(addr, length) > usize::from(at!(target.size).read().unsigned_abs()) {
        return violate!(MDL, "target MDL is too small for the part");
    }
    let mut part = target.read();
    part.start_va = addr & !(PAGE - 1);
    part.byte_offset = u32::try_from(addr % PAGE).unwrap_or(0);
    part.byte_count = u32::try_from(length).unwrap_or(u32::MAX);
    part.flags =
        MDL_PARTIAL | from.flags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA);
    part.mapped_system_va = Guest::at(addr);
    target.write(part);
}

/// `MmBuildMdlForNonPagedPool`: the buffer must be non-paged memory, not paged pool or a stack (0xC4 0x7F).
pub extern "win64" fn MmBuildMdlForNonPagedPool(mdl: Guest<Mdl>) {
    let this = mdl.read();
    let addr = this.start_va + this.byte_offset as usize;
    if pool::is_paged(addr) {
        violate!(MDL, "MDL built for non-paged pool over paged pool");
    } else if cpu::current().stack.contains(&addr) {
        violate!(MDL, "MDL built for non-paged pool over the stack");
    }
    at!(mdl.flags).write(this.flags | MDL_SOURCE_IS_NONPAGED_POOL);
    at!(mdl.mapped_system_va).write(Guest::at(addr));
}

/// `MmMapLockedPagesSpecifyCache`: null when it fails. The MDL must be locked, and not from non-paged pool (0xB2, 0xB3).
pub extern "win64" fn MmMapLockedPagesSpecifyCache(
    mdl: Guest<Mdl>,
    mode: u8,
    _cache: u32,
    _base: usize,
    bugcheck: u32,
    _priority: u32,
) -> Guest<u8> {
    if mode == 0 && bugcheck != 0 {
        violate!(MDL, "BugCheckOnFailure must be FALSE (0xC4 0x82)");
    }
    if faults::fails_allocation("MmMapLockedPagesSpecifyCache") {
        return Guest::null();
    }
    let this = mdl.read();
    if this.flags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL) == 0 {
        violate!(MDL, "MDL mapped whose pages aren't locked");
    }
    let addr = Guest::at(this.start_va + this.byte_offset as usize);
    at!(mdl.mapped_system_va).write(addr);
    let partial = if this.flags & MDL_PARTIAL != 0 {
        MDL_PARTIAL_HAS_BEEN_MAPPED
    } else {
        0
    };
    at!(mdl.flags).write(this.flags | MDL_MAPPED_TO_SYSTEM_VA | partial);
    addr
}

/// `MmMapLockedPages`: the old form, which crashes when it fails.
pub extern "win64" fn MmMapLockedPages(mdl: Guest<Mdl>, mode: u8) -> Guest<u8> {
    MmMapLockedPagesSpecifyCache(mdl, mode, 1, 0, 0, 0)
}

/// `MmUnmapLockedPages`: only what is mapped (0xB6).
pub extern "win64" fn MmUnmapLockedPages(_addr: usize, mdl: Guest<Mdl>) {
    let flags = at!(mdl.flags).read();
    if flags & MDL_MAPPED_TO_SYSTEM_VA == 0 {
        violate!(MDL, "MDL unmapped that isn't mapped");
    }
    at!(mdl.flags).write(flags & !(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED));
}

/// `MmProbeAndLockPages`: not on an MDL built for non-paged pool (0xB0).
pub extern "win64" fn MmProbeAndLockPages(mdl: Guest<Mdl>, _mode: u8, _operation: u32) {
    let flags = at!(mdl.flags).read();
    if flags & (MDL_SOURCE_IS_NONPAGED_POOL | MDL_PAGES_LOCKED) != 0 {
        violate!(MDL, "pages locked twice, or of non-paged pool");
    }
    at!(mdl.flags).write(flags | MDL_PAGES_LOCKED);
}

/// `MmUnlockPages`: only what is locked (0x7C), not non-paged pool (0x7D).
pub extern "win64" fn MmUnlockPages(mdl: Guest<Mdl>) {
    let flags = at!(mdl.flags).read();
    if flags & MDL_PAGES_LOCKED == 0 || flags & MDL_SOURCE_IS_NONPAGED_POOL != 0 {
        violate!(MDL, "pages unlocked that aren't locked");
    }
    at!(mdl.flags).write(flags & !(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
}

/// `MmAllocatePagesForMdlEx`: zeroed pages, mapped on demand; null when it fails.
pub extern "win64" fn MmAllocatePagesForMdlEx(
    _low: u64,
    _high: u64,
    _skip: u64,
    bytes: usize,
    _cache: u32,
    _flags: u32,
) -> Guest<Mdl> {
    if bytes == 0 || faults::fails_allocation("MmAllocatePagesForMdlEx") {
        return Guest::null();
    }
    let Ok(layout) = Layout::from_size_align(bytes.next_multiple_of(PAGE), PAGE) else {
        return Guest::null();
    };
    // SAFETY: the size isn't 0.
    let base = unsafe { std::alloc::alloc_zeroed(layout) } as usize;
    if base == 0 {
        return Guest::null();
    }
    let mdl = describe(base, bytes);
    at!(mdl.flags).write(MDL_PAGES_LOCKED);
    track(mdl, Some(layout), base);
    mdl
}

/// `MmFreePagesFromMdl`: frees the pages; the MDL itself is freed by `ExFreePool` or `IoFreeMdl`.
pub extern "win64" fn MmFreePagesFromMdl(mdl: Guest<Mdl>) {
    let mut mdls = MDLS.lock();
    let Some((layout, base)) = mdls
        .get_or_insert_default()
        .get_mut(&mdl.addr())
        .and_then(|s| Some((s.pages.take()?, s.base)))
    else {
        drop(mdls);
        return violate!(MDL, "MDL has no pages of its own");
    };
    at!(mdl.flags).write(0);
    // SAFETY: allocated with this layout by `MmAllocatePagesForMdlEx`; taken out of the state, so freed once.
    unsafe { std::alloc::dealloc(base as *mut u8, layout) };
}

/// The bytes of an MDL chain from `offset` on, `length` of them; `None` if the chain is shorter.
#[must_use]
pub fn gather(mdl: Guest<Mdl>, offset: usize, length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(length);
    for (addr, n) in segments(mdl, offset, length)? {
        out.extend_from_slice(Guest::<u8>::at(addr).slice(n));
    }
    Some(out)
}

/// The pieces (address, length) of `length` bytes of an MDL chain from `offset` on; `None` if the chain is shorter.
#[must_use]
pub fn segments(mut mdl: Guest<Mdl>, mut offset: usize, mut length: usize) -> Option<Vec<(usize, usize)>> {
    let mut pieces = Vec::with_capacity(1);
    while length > 0 {
        let this = mdl.some()?.read();
        let count = this.byte_count as usize;
        if offset < count {
            let n = length.min(count - offset);
            pieces.push((this.start_va + this.byte_offset as usize + offset, n));
            length -= n;
            offset = 0;
        } else {
            offset -= count;
        }
        mdl = this.next;
    }
    Some(pieces)
}

/// Number of MDLs.
pub(crate) fn live() -> usize {
    MDLS.lock().as_ref().map_or(0, HashMap::len)
}

pub(crate) fn check_unload() {
    for state in MDLS.lock().get_or_insert_default().values() {
        violation::report_at(Rule::MDL_LEAK, state.site, "MDL not freed at unload".to_owned());
    }
}

pub(crate) fn reset() {
    *MDLS.lock() = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};

    const TAG: u32 = 0x7473_6554;

    fn rules() -> Vec<Rule> {
        violation::all().into_iter().map(|v| v.rule).collect()
    }

    #[test]
    fn a_chain_is_read_across_its_parts() {
        let _machine = Machine::boot(Config::default());
        let a = pool::ExAllocatePool2(0x40, 10, TAG);
        let b = pool::ExAllocatePool2(0x40, 10, TAG);
        Guest::<u8>::at(a).write_bytes(b"0123456789");
        Guest::<u8>::at(b).write_bytes(b"abcdefghij");
        let [first, second] = [a, b].map(|p| IoAllocateMdl(p, 10, 0, 0, Guest::null()));
        MmBuildMdlForNonPagedPool(first);
        MmBuildMdlForNonPagedPool(second);
        at!(first.next).write(second);
        assert_eq!(gather(first, 8, 4).unwrap(), b"89ab");
        assert_eq!(gather(first, 11, 3).unwrap(), b"bcd");
        assert!(gather(first, 11, 10).is_none(), "beyond the chain");
        for m in [first, second] {
            IoFreeMdl(m);
        }
        for p in [a, b] {
            pool::ExFreePool(p);
        }
        check_unload();
        assert!(rules().is_empty());
    }

    #[test]
    fn each_broken_rule_of_mdls_is_named() {
        type Break = fn(Guest<Mdl>);
        let table: [(&str, Break, Rule); 5] = [
            ("leaked", |_| {}, Rule::MDL_LEAK),
            (
                "freed twice",
                |m| {
                    IoFreeMdl(m);
                    IoFreeMdl(m)
                },
                Rule::MDL,
            ),
            (
                "mapped unlocked",
                |m| {
                    MmMapLockedPagesSpecifyCache(m, 0, 1, 0, 0, 16);
                },
                Rule::MDL,
            ),
            ("unlocked twice", |m| MmUnlockPages(m), Rule::MDL),
            ("unmapped unmapped", |m| MmUnmapLockedPages(0, m), Rule::MDL),
        ];
        for (why, breaks, rule) in table {
            let _machine = Machine::boot(Config::default());
            let block = pool::ExAllocatePool2(0x40, 10, TAG);
            breaks(IoAllocateMdl(block, 10, 0, 0, Guest::null()));
            check_unload();
            assert!(rules().contains(&rule), "{why}: {:?}", rules());
        }
    }

    #[test]
    fn the_stack_is_not_nonpaged_pool() {
        let _machine = Machine::boot(Config::default());
        let local = [0u8; 16];
        let mdl = IoAllocateMdl(local.as_ptr() as usize, 16, 0, 0, Guest::null());
        MmBuildMdlForNonPagedPool(mdl);
        IoFreeMdl(mdl);
        assert_eq!(rules(), [Rule::MDL]);
    }
}
