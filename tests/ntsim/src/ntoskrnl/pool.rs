//! Pool: `ExAllocatePool2`, `ExAllocatePoolWithTag`, `ExFreePool...` (wdm.h), with what Driver Verifier tracks.
//!
//! Each block lies between two guards of a known pattern. A freed block is filled with another pattern and kept for a
//! while, so that a late write is seen. With `--special-pool` each block ends at an inaccessible page, and a freed block
//! stays inaccessible. Blocks are attributed to the image that asked, by return address.

use std::alloc::Layout;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::Serialize;

use super::lock_order;
use crate::cpu;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::machine;
use crate::registry::{APC, DISPATCH as DISPATCH_LEVEL};
use crate::violation::{self, Rule};
use crate::{image, violate};

/// Where a block may be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// At any IRQL.
    NonPaged,
    /// Below DISPATCH_LEVEL.
    Paged,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    size: usize,
    tag: u32,
    kind: Kind,
    site: usize,
    layout: Backing,
}

#[derive(Clone, Copy, Debug)]
enum Backing {
    Heap { base: usize, layout: Layout },
    Pages { base: usize, length: usize },
}

#[derive(Clone, Copy, Debug)]
struct Freed {
    block: Block,
    freed_at: usize,
}

const SHARDS: usize = 16;
static LIVE: [Mutex<BTreeMap<usize, Block>>; SHARDS] = [const { Mutex::new(BTreeMap::new()) }; SHARDS];
static QUARANTINE: Mutex<Quarantine> = Mutex::new(Quarantine {
    order: VecDeque::new(),
    blocks: BTreeMap::new(),
    bytes: 0,
});
static ALLOCATED: AtomicU64 = AtomicU64::new(0);
/// Live paged blocks; mostly 0, which makes the checks for paged memory free.
static PAGED: AtomicU64 = AtomicU64::new(0);

struct Quarantine {
    order: VecDeque<usize>,
    blocks: BTreeMap<usize, Freed>,
    bytes: usize,
}

const PAGE: usize = 4096;
const GUARD: usize = 16;
/// Blocks of the system itself: not the driver's leak.
const SYSTEM_TAG: u32 = u32::from_le_bytes(*b"Io  ");
const GUARD_BYTE: u8 = 0xFD;
const FREED_BYTE: u8 = 0xDD;
const UNINITIALIZED_BYTE: u8 = 0xCD;
const QUARANTINE_BYTES: usize = 32 << 20;

const POOL_FLAG_UNINITIALIZED: u64 = 0x2;
const POOL_FLAG_NON_PAGED: u64 = 0x40;
const POOL_FLAG_NON_PAGED_EXECUTE: u64 = 0x80;
const POOL_FLAG_PAGED: u64 = 0x100;

exports! { "ntoskrnl.exe";
    ExAllocatePool2: PASSIVE..=DISPATCH,
    ExAllocatePool3: PASSIVE..=DISPATCH,
    ExAllocatePoolWithTag: PASSIVE..=DISPATCH,
    ExFreePool: PASSIVE..=DISPATCH,
    ExFreePoolWithTag: PASSIVE..=DISPATCH,
    ExFreePool2: PASSIVE..=DISPATCH,
}

fn shard(addr: usize) -> &'static Mutex<BTreeMap<usize, Block>> {
    &LIVE[(addr >> 4).wrapping_mul(0x9E37_79B9) >> 7 & (SHARDS - 1)]
}

/// `ExAllocatePool2`.
///
/// | the caller promises                                | else                      |
/// |----------------------------------------------------|---------------------------|
/// | IRQL <= DISPATCH; <= APC for paged pool             | `irql`                    |
/// | exactly one of non-paged, paged                     | `pool-parameter`, null    |
/// | no executable pool (0xC4 0x2000)                    | `pool-parameter`          |
/// | size and tag are not 0                              | `pool-parameter`          |
///
/// Effect: zeroed memory unless `POOL_FLAG_UNINITIALIZED`; null when it fails or a fault is ordered.
pub extern "win64" fn ExAllocatePool2(flags: u64, size: usize, tag: u32) -> usize {
    let kinds = flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);
    if kinds.count_ones() != 1 {
        violate!(
            POOL_PARAMETER,
            "pool flags {flags:#x} don't name exactly one kind of pool"
        );
        return 0;
    }
    if kinds == POOL_FLAG_NON_PAGED_EXECUTE {
        violate!(POOL_PARAMETER, "executable pool requested");
    }
    let kind = if kinds == POOL_FLAG_PAGED {
        Kind::Paged
    } else {
        Kind::NonPaged
    };
    allocate(
        "ExAllocatePool2",
        kind,
        size,
        tag,
        flags & POOL_FLAG_UNINITIALIZED == 0,
    )
}

/// `ExAllocatePool3`: as [`ExAllocatePool2`]; the extended parameters (priority) make no difference here.
pub extern "win64" fn ExAllocatePool3(
    flags: u64,
    size: usize,
    tag: u32,
    _parameters: usize,
    _count: u32,
) -> usize {
    ExAllocatePool2(flags, size, tag)
}

/// `ExAllocatePoolWithTag`: as [`ExAllocatePool2`], but the memory is not initialised (filled with a pattern here).
pub extern "win64" fn ExAllocatePoolWithTag(pool_type: u32, size: usize, tag: u32) -> usize {
    let kind = if pool_type & 1 == 1 {
        Kind::Paged
    } else {
        Kind::NonPaged
    };
    allocate("ExAllocatePoolWithTag", kind, size, tag, false)
}

/// `ExFreePool`: see [`ExFreePoolWithTag`]; any tag.
pub extern "win64" fn ExFreePool(addr: usize) {
    free(addr, None);
}

/// `ExFreePoolWithTag`.
///
/// | the caller promises                              | else                                  |
/// |--------------------------------------------------|---------------------------------------|
/// | IRQL <= DISPATCH; <= APC for paged pool           | `irql`                                |
/// | the address came from an allocation, freed once   | `pool-bad-free`, `pool-double-free`   |
/// | the tag is that of the allocation, or 0           | `pool-tag` (0xC2 0xA)                 |
/// | nothing was written outside of the block          | `pool-overrun` (0xC1)                 |
/// | no held lock, queued timer or DPC lies in it       | `active-object-freed` (0xC4 0x15, 0xC7) |
pub extern "win64" fn ExFreePoolWithTag(addr: usize, tag: u32) {
    free(addr, (tag != 0).then_some(tag));
}

/// `ExFreePool2`: as [`ExFreePoolWithTag`].
pub extern "win64" fn ExFreePool2(addr: usize, tag: u32, _parameters: usize, _count: u32) {
    ExFreePoolWithTag(addr, tag);
}

fn allocate(function: &str, kind: Kind, size: usize, tag: u32, zero: bool) -> usize {
    let cpu = cpu::current();
    if kind == Kind::Paged && cpu.irql() > APC {
        violate!(IRQL, "paged pool allocated at IRQL {}", cpu.irql());
    }
    if size == 0 {
        violate!(POOL_PARAMETER, "allocation of 0 bytes");
    }
    if tag == 0 {
        violate!(POOL_PARAMETER, "allocation with tag 0");
    }
    if faults::fails_allocation(function) {
        return 0;
    }
    let special = machine::with_config(|c| c.special_pool);
    let Some(layout) = backing(size, special) else {
        return 0;
    };
    let addr = match layout {
        Backing::Heap { base, layout } => base + GUARD.max(layout.align()),
        Backing::Pages { base, length } => base + length - PAGE - size.next_multiple_of(16),
    };
    let block = Block {
        size,
        tag,
        kind,
        site: cpu.site(),
        layout,
    };
    block.set_guards(addr);
    Guest::<u8>::at(addr).fill(size, if zero { 0 } else { UNINITIALIZED_BYTE });
    shard(addr).lock().insert(addr, block);
    if kind == Kind::Paged {
        PAGED.fetch_add(1, Ordering::Relaxed);
    }
    ALLOCATED.fetch_add(1, Ordering::Relaxed);
    addr
}

/// Memory for a block; `special`: at the end of a page before an inaccessible one.
fn backing(size: usize, special: bool) -> Option<Backing> {
    if special {
        let length = (size.next_multiple_of(16) + GUARD).next_multiple_of(PAGE) + PAGE;
        // SAFETY: a fresh anonymous mapping.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return None;
        }
        protect(base as usize + length - PAGE, PAGE);
        return Some(Backing::Pages {
            base: base as usize,
            length,
        });
    }
    // Blocks of a page and more start on a page, as they do in Windows' pool.
    let align = if size >= PAGE { PAGE } else { GUARD };
    let layout = Layout::from_size_align(align + size.next_multiple_of(16) + GUARD, align).ok()?;
    // SAFETY: the layout's size isn't 0.
    let base = unsafe { std::alloc::alloc(layout) } as usize;
    (base != 0).then_some(Backing::Heap { base, layout })
}

fn protect(base: usize, length: usize) {
    // SAFETY: pages of our own mapping; who still touches them faults, which is the purpose.
    unsafe { libc::mprotect(base as *mut libc::c_void, length, libc::PROT_NONE) };
}

impl Block {
    /// The bytes in front of and behind the block that nobody may write.
    fn guards(&self, addr: usize) -> [(usize, usize); 2] {
        let tail = addr + self.size;
        let end = match self.layout {
            Backing::Heap { .. } => addr + self.size.next_multiple_of(16) + GUARD,
            Backing::Pages { .. } => addr + self.size.next_multiple_of(16),
        };
        [(addr - GUARD, GUARD), (tail, end - tail)]
    }

    fn set_guards(&self, addr: usize) {
        for (start, length) in self.guards(addr) {
            Guest::<u8>::at(start).fill(length, GUARD_BYTE);
        }
    }

    fn check_guards(&self, addr: usize) {
        for (start, length) in self.guards(addr) {
            let bytes = Guest::<u8>::at(start).slice(length);
            if let Some(i) = bytes.iter().position(|b| *b != GUARD_BYTE) {
                let offset = (start + i).wrapping_sub(addr).cast_signed();
                violate!(
                    POOL_OVERRUN,
                    "byte at offset {offset} of a block of {} bytes (tag {}) was overwritten; allocated at {}",
                    self.size,
                    tag_name(self.tag),
                    image::describe(self.site)
                );
            }
        }
    }

    /// What the block costs the host.
    fn footprint(&self) -> usize {
        match self.layout {
            Backing::Heap { layout, .. } => layout.size(),
            Backing::Pages { length, .. } => length,
        }
    }

    fn release(&self) {
        match self.layout {
            // SAFETY: allocated with this layout and not released yet.
            Backing::Heap { base, layout } => unsafe { std::alloc::dealloc(base as *mut u8, layout) },
            Backing::Pages { base, length } => {
                // SAFETY: our own mapping.
                unsafe { libc::munmap(base as *mut libc::c_void, length) };
            }
        }
    }
}

fn free(addr: usize, tag: Option<u32>) {
    let Some(block) = shard(addr).lock().remove(&addr) else {
        return bad_free(addr);
    };
    let cpu = cpu::current();
    if block.kind == Kind::Paged {
        PAGED.fetch_sub(1, Ordering::Relaxed);
        if cpu.irql() > APC {
            violate!(IRQL, "paged pool freed at IRQL {}", cpu.irql());
        }
    }
    if let Some(tag) = tag.filter(|t| *t != block.tag) {
        violate!(
            POOL_TAG,
            "block with tag {} freed with tag {}",
            tag_name(block.tag),
            tag_name(tag)
        );
    }
    block.check_guards(addr);
    check_active(addr, block.size);
    Guest::<u8>::at(addr).fill(block.size, FREED_BYTE);
    if let Backing::Pages { base, length } = block.layout {
        protect(base, length);
    }
    let freed = Freed {
        block,
        freed_at: cpu.site(),
    };
    let mut quarantine = QUARANTINE.lock();
    quarantine.order.push_back(addr);
    quarantine.blocks.insert(addr, freed);
    quarantine.bytes += block.footprint();
    while quarantine.bytes > QUARANTINE_BYTES {
        let Some(oldest) = quarantine.order.pop_front() else {
            break;
        };
        let Some(freed) = quarantine.blocks.remove(&oldest) else {
            continue;
        };
        quarantine.bytes -= freed.block.footprint();
        freed.check(oldest);
        freed.block.release();
    }
}

/// Memory that goes away must not hold anything that the kernel still works with.
pub(crate) fn check_active(addr: usize, size: usize) {
    let range = addr..addr + size;
    if let Some(lock) = cpu::current()
        .locks
        .borrow()
        .iter()
        .find(|l| range.contains(&l.address))
    {
        violate!(
            ACTIVE_FREED,
            "the memory holds a {} that this thread holds",
            lock.kind
        );
    }
    super::timer::check_freed(&range);
    super::dpc::check_freed(&range);
    crate::cng::check_freed(&range);
    lock_order::forget(&range);
}

fn bad_free(addr: usize) {
    let quarantine = QUARANTINE.lock();
    match quarantine.blocks.get(&addr) {
        Some(freed) => violate!(
            POOL_DOUBLE_FREE,
            "block of {} bytes (tag {}) freed before at {}",
            freed.block.size,
            tag_name(freed.block.tag),
            image::describe(freed.freed_at)
        ),
        None => violate!(POOL_BAD_FREE, "{addr:#x} is not a pool block"),
    }
}

impl Freed {
    fn check(&self, addr: usize) {
        if matches!(self.block.layout, Backing::Pages { .. }) {
            return;
        }
        let bytes = Guest::<u8>::at(addr).slice(self.block.size);
        if let Some(offset) = bytes.iter().position(|b| *b != FREED_BYTE) {
            let text = format!(
                "byte {offset} of a freed block of {} bytes (tag {}) was written; freed at {}",
                self.block.size,
                tag_name(self.block.tag),
                image::describe(self.freed_at)
            );
            violation::report_at(Rule::POOL_USE_AFTER_FREE, self.freed_at, text);
        }
    }
}

/// Memory of the system that a driver works in (request buffers): guarded and checked like the driver's own. With `strict`
/// it is as in special pool, so that a driver that works on with what it has given back is stopped in the act.
#[must_use]
pub fn allocate_system(size: usize) -> usize {
    let special = machine::with_config(|c| c.special_pool || c.strict);
    let Some(layout) = backing(size, special) else {
        return 0;
    };
    let addr = match layout {
        Backing::Heap { base, layout } => base + GUARD.max(layout.align()),
        Backing::Pages { base, length } => base + length - PAGE - size.next_multiple_of(16),
    };
    let block = Block {
        size,
        tag: SYSTEM_TAG,
        kind: Kind::NonPaged,
        site: 0,
        layout,
    };
    block.set_guards(addr);
    shard(addr).lock().insert(addr, block);
    addr
}

/// Frees what [`allocate_system`] gave.
pub fn free_system(addr: usize) {
    free(addr, None);
}

/// Whether all of `addr..addr + size` lies in one live non-paged block.
#[must_use]
pub fn is_nonpaged(addr: usize, size: usize) -> bool {
    LIVE.iter().any(|shard| {
        let shard = shard.lock();
        let Some((start, block)) = shard.range(..=addr).next_back() else {
            return false;
        };
        block.kind == Kind::NonPaged && addr + size <= start + block.size
    })
}

/// Whether `addr` lies in live paged pool.
#[must_use]
pub fn is_paged(addr: usize) -> bool {
    PAGED.load(Ordering::Relaxed) != 0
        && LIVE.iter().any(|shard| {
            let shard = shard.lock();
            let Some((start, block)) = shard.range(..=addr).next_back() else {
                return false;
            };
            block.kind == Kind::Paged && addr < start + block.size
        })
}

/// Reports a buffer in paged pool that is handed over at DISPATCH_LEVEL (0xD1).
pub fn check_resident(what: &str, addr: usize) {
    if cpu::irql() >= DISPATCH_LEVEL && is_paged(addr) {
        violate!(
            IRQL,
            "{what} at {addr:#x} is in paged pool, and the IRQL is {}",
            cpu::irql()
        );
    }
}

/// What is at an address, for the report of a bad access.
#[must_use]
pub fn describe(addr: usize) -> String {
    if addr < PAGE {
        return format!("offset {addr} of a null pointer");
    }
    for shard in &LIVE {
        let Some(shard) = shard.try_lock() else { continue };
        if let Some((start, block)) = shard.range(..=addr).next_back()
            && addr < start + block.size + PAGE
        {
            let place = addr - start;
            let inside = if place < block.size { "inside of" } else { "behind" };
            return format!(
                "{inside} a pool block of {} bytes (tag {}), offset {place}",
                block.size,
                tag_name(block.tag)
            );
        }
    }
    if let Some(quarantine) = QUARANTINE.try_lock()
        && let Some((start, freed)) = quarantine.blocks.range(..=addr).next_back()
        && addr < start + freed.block.size
    {
        return format!(
            "inside of a freed pool block of {} bytes (tag {}), freed at {}",
            freed.block.size,
            tag_name(freed.block.tag),
            image::describe(freed.freed_at)
        );
    }
    if let Some(image) = image::find(addr) {
        return format!(
            "in {}, whose section doesn't allow that (or which is unloaded)",
            image.name
        );
    }
    for byte in [GUARD_BYTE, FREED_BYTE, UNINITIALIZED_BYTE] {
        if addr.to_ne_bytes()[1..7].iter().all(|b| *b == byte) {
            return format!("a pattern of {byte:#x}: uninitialised or freed memory used as a pointer");
        }
    }
    "nothing that ntsim knows".to_owned()
}

/// A tag as text: four characters, least significant first.
#[must_use]
pub fn tag_name(tag: u32) -> String {
    tag.to_le_bytes()
        .iter()
        .map(|b| {
            if b.is_ascii_graphic() || *b == b' ' {
                char::from(*b)
            } else {
                '.'
            }
        })
        .collect()
}

/// Bytes and blocks in use by tag.
#[must_use]
pub fn by_tag() -> BTreeMap<String, (u64, u64)> {
    let mut tags = BTreeMap::new();
    for shard in &LIVE {
        for block in shard.lock().values() {
            let entry: &mut (u64, u64) = tags.entry(tag_name(block.tag)).or_default();
            entry.0 += block.size as u64;
            entry.1 += 1;
        }
    }
    tags
}

/// Number of allocations so far.
#[must_use]
pub fn allocated() -> u64 {
    ALLOCATED.load(Ordering::Relaxed)
}

/// Reports every block that the driver still has, grouped by tag and call site.
pub(crate) fn check_unload() {
    let mut leaks: HashMap<(u32, usize), (usize, usize)> = HashMap::new();
    for shard in &LIVE {
        for (addr, block) in shard.lock().iter() {
            block.check_guards(*addr);
            if block.tag == SYSTEM_TAG {
                continue;
            }
            let leak = leaks.entry((block.tag, block.site)).or_default();
            leak.0 += 1;
            leak.1 += block.size;
        }
    }
    for ((tag, site), (blocks, bytes)) in leaks {
        let text = format!(
            "{blocks} block(s), {bytes} bytes, tag {}, still allocated at unload",
            tag_name(tag)
        );
        violation::report_at(Rule::POOL_LEAK, site, text);
    }
    let quarantine = QUARANTINE.lock();
    for (addr, freed) in &quarantine.blocks {
        freed.check(*addr);
    }
}

pub(crate) fn reset() {
    for shard in &LIVE {
        for (_, block) in std::mem::take(&mut *shard.lock()) {
            block.release();
        }
    }
    let mut quarantine = QUARANTINE.lock();
    for freed in std::mem::take(&mut quarantine.blocks).into_values() {
        freed.block.release();
    }
    quarantine.order.clear();
    quarantine.bytes = 0;
    ALLOCATED.store(0, Ordering::Relaxed);
    PAGED.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Config, Machine};
    use crate::violation;

    const TAG: u32 = u32::from_le_bytes(*b"Test");

    fn rules() -> Vec<Rule> {
        violation::all().into_iter().map(|v| v.rule).collect()
    }

    #[test]
    fn each_broken_rule_of_pool_is_named() {
        type Break = fn(usize);
        let table: [(Break, Rule); 5] = [
            (|p| Guest::<u8>::at(p + 100).write(1), Rule::POOL_OVERRUN),
            (|p| Guest::<u8>::at(p - 1).write(1), Rule::POOL_OVERRUN),
            (|p| ExFreePoolWithTag(p, 1), Rule::POOL_TAG),
            (|p| ExFreePoolWithTag(p, TAG), Rule::POOL_DOUBLE_FREE),
            (|p| ExFreePool(p + 16), Rule::POOL_BAD_FREE),
        ];
        for (breaks, rule) in table {
            let _machine = Machine::boot(Config::default());
            let block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
            breaks(block);
            ExFreePoolWithTag(block, TAG);
            assert!(rules().contains(&rule), "{rule:?} not in {:?}", rules());
        }
    }

    #[test]
    fn a_leak_and_a_late_write_are_found_at_unload() {
        let _machine = Machine::boot(Config::default());
        let _leaked = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, TAG);
        let freed = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, TAG);
        ExFreePoolWithTag(freed, TAG);
        Guest::<u8>::at(freed + 7).write(1);
        check_unload();
        assert_eq!(rules(), [Rule::POOL_LEAK, Rule::POOL_USE_AFTER_FREE]);
    }

    #[test]
    fn memory_is_zeroed_by_the_new_call_and_patterned_by_the_old_one() {
        let _machine = Machine::boot(Config::default());
        for (block, byte) in [
            (ExAllocatePool2(POOL_FLAG_NON_PAGED, 5000, TAG), 0),
            (ExAllocatePoolWithTag(0x200, 5000, TAG), UNINITIALIZED_BYTE),
        ] {
            assert_eq!(block % PAGE, 0, "a block of a page or more starts on a page");
            assert!(Guest::<u8>::at(block).slice(5000).iter().all(|b| *b == byte));
            ExFreePool(block);
        }
        assert!(rules().is_empty());
    }

    #[test]
    fn paged_pool_at_dispatch_level_is_reported() {
        let _machine = Machine::boot(Config::default());
        let cpu = cpu::current();
        let old = cpu.raise(DISPATCH_LEVEL);
        let block = ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG);
        cpu.lower(old);
        ExFreePool(block);
        assert_eq!(rules(), [Rule::IRQL]);
    }

    #[test]
    fn special_pool_ends_at_an_inaccessible_page() {
        let _machine = Machine::boot(Config {
            special_pool: true,
            ..Config::default()
        });
        let block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, TAG);
        assert_eq!((block + 32) % PAGE, 0);
        ExFreePoolWithTag(block, TAG);
        assert!(rules().is_empty());
    }
}
