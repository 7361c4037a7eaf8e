//! Look-aside lists and interlocked singly linked lists (wdm.h).
//!
//! Drivers allocate through inline functions that pop from the list head and else call the functions in the list's
//! structure; here the list stays empty, so each block is a pool block of its own and is checked as such.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::exports;
use crate::guest::{self, Guest};
use crate::registry;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{cpu, violate};

exports! { "ntoskrnl.exe";
    ExInitializeNPagedLookasideList: PASSIVE..=DISPATCH,
    ExDeleteNPagedLookasideList: PASSIVE..=DISPATCH,
    ExInitializeLookasideListEx: PASSIVE..=DISPATCH,
    ExDeleteLookasideListEx: PASSIVE..=DISPATCH,
    InitializeSListHead: PASSIVE..=HIGH,
    ExpInterlockedPopEntrySList: PASSIVE..=HIGH,
    ExpInterlockedPushEntrySList: PASSIVE..=HIGH,
    ExpInterlockedFlushSList: PASSIVE..=HIGH,
    ExQueryDepthSList: PASSIVE..=HIGH,
    LookasideAllocateEx: PASSIVE..=DISPATCH,
    LookasideFreeEx: PASSIVE..=DISPATCH,
}

/// Offsets in GENERAL_LOOKASIDE.
const TYPE: usize = 36;
const TAG: usize = 40;
const SIZE: usize = 44;
const ALLOCATE: usize = 48;
const FREE: usize = 56;

static LISTS: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());
/// One lock for all interlocked lists: they are rare where it matters.
static SLIST: Mutex<()> = Mutex::new(());

fn initialize(list: Guest<u8>, pool: u32, size: usize, tag: u32, allocate: usize, free: usize) {
    list.fill(96, 0);
    list.byte_offset::<u32>(TYPE).write(pool);
    list.byte_offset::<u32>(TAG).write(tag);
    list.byte_offset::<u32>(SIZE)
        .write(u32::try_from(size).unwrap_or(u32::MAX));
    list.byte_offset::<usize>(ALLOCATE).write(allocate);
    list.byte_offset::<usize>(FREE).write(free);
    LISTS.lock().insert(list.addr(), cpu::current().site());
}

fn own(name: &str) -> usize {
    registry::resolve_system(name).unwrap_or(0)
}

/// `ExInitializeNPagedLookasideList`: must be deleted before unload (`left-at-unload`).
pub extern "win64" fn ExInitializeNPagedLookasideList(
    list: Guest<u8>,
    allocate: usize,
    free: usize,
    _flags: u32,
    size: usize,
    tag: u32,
    _depth: u16,
) {
    let allocate = if allocate == 0 {
        own("ExAllocatePoolWithTag")
    } else {
        allocate
    };
    let free = if free == 0 { own("ExFreePool") } else { free };
    initialize(list, 0x200, size, tag, allocate, free);
}

/// `ExInitializeLookasideListEx`.
pub extern "win64" fn ExInitializeLookasideListEx(
    list: Guest<u8>,
    allocate: usize,
    free: usize,
    pool: u32,
    _flags: u32,
    size: usize,
    tag: u32,
    _depth: u16,
) -> NtStatus {
    let allocate = if allocate == 0 {
        own("LookasideAllocateEx")
    } else {
        allocate
    };
    let free = if free == 0 { own("LookasideFreeEx") } else { free };
    initialize(list, pool, size, tag, allocate, free);
    status::SUCCESS
}

/// What an Ex list allocates with by default.
pub extern "win64" fn LookasideAllocateEx(pool: u32, size: usize, tag: u32, _list: usize) -> usize {
    super::pool::ExAllocatePoolWithTag(pool, size, tag)
}

/// What an Ex list frees with by default.
pub extern "win64" fn LookasideFreeEx(block: usize, _list: usize) {
    super::pool::ExFreePool(block);
}

/// `ExDeleteNPagedLookasideList`: of a list that isn't initialised is `parameter`.
pub extern "win64" fn ExDeleteNPagedLookasideList(list: Guest<u8>) {
    if LISTS.lock().remove(&list.addr()).is_none() {
        return violate!(PARAMETER, "a look-aside list is deleted that isn't initialised");
    }
    let free: extern "win64" fn(usize) = list.byte_offset(FREE).read();
    while let Some(entry) = ExpInterlockedPopEntrySList(list.cast()).some() {
        free(entry.addr());
    }
}

/// `ExDeleteLookasideListEx`.
pub extern "win64" fn ExDeleteLookasideListEx(list: Guest<u8>) {
    if LISTS.lock().remove(&list.addr()).is_none() {
        return violate!(PARAMETER, "a look-aside list is deleted that isn't initialised");
    }
    let free: extern "win64" fn(usize, usize) = list.byte_offset(FREE).read();
    while let Some(entry) = ExpInterlockedPopEntrySList(list.cast()).some() {
        free(entry.addr(), list.addr());
    }
}

/// `SLIST_HEADER`: depth in the low 16 bits, the first entry in the upper 60 bits of the second word.
type Head = Guest<[u64; 2]>;

fn load(head: Head) -> (u64, Guest<usize>) {
    let [first, second] = head.read();
    (first, Guest::at(guest::address(second & !0xF)))
}

fn store(head: Head, first: u64, depth: u64, next: Guest<usize>) {
    head.write([
        first.wrapping_add(1 << 16) & !0xFFFF | depth & 0xFFFF,
        next.addr() as u64,
    ]);
}

/// `InitializeSListHead`: the head is 16-byte aligned.
pub extern "win64" fn InitializeSListHead(head: Head) {
    if !head.addr().is_multiple_of(16) {
        violate!(PARAMETER, "SLIST_HEADER at {head:?} isn't 16-byte aligned");
    }
    head.write([0; 2]);
}

/// `ExpInterlockedPopEntrySList`: null if it is empty.
pub extern "win64" fn ExpInterlockedPopEntrySList(head: Head) -> Guest<usize> {
    let _guard = SLIST.lock();
    let (first, entry) = load(head);
    if !entry.is_null() {
        store(
            head,
            first,
            (first & 0xFFFF).saturating_sub(1),
            Guest::at(entry.read()),
        );
    }
    entry
}

/// `ExpInterlockedPushEntrySList`: returns the old first entry.
pub extern "win64" fn ExpInterlockedPushEntrySList(head: Head, entry: Guest<usize>) -> Guest<usize> {
    let _guard = SLIST.lock();
    let (first, old) = load(head);
    entry.write(old.addr());
    store(head, first, (first & 0xFFFF) + 1, entry);
    old
}

/// `ExpInterlockedFlushSList`: returns the whole list.
pub extern "win64" fn ExpInterlockedFlushSList(head: Head) -> Guest<usize> {
    let _guard = SLIST.lock();
    let (first, entry) = load(head);
    store(head, first, 0, Guest::null());
    entry
}

/// `ExQueryDepthSList`.
pub extern "win64" fn ExQueryDepthSList(head: Head) -> u16 {
    u16::try_from(load(head).0 & 0xFFFF).unwrap_or(0)
}

/// Number of look-aside lists.
pub(crate) fn live() -> usize {
    LISTS.lock().len()
}

pub(crate) fn check_unload() {
    for site in LISTS.lock().values() {
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            *site,
            "look-aside list not deleted at unload".to_owned(),
        );
    }
}

pub(crate) fn reset() {
    LISTS.lock().clear();
}
