//! Handles: numbers that lead to a provider, key or hash in constant time.
//!
//! A handle names a slot and the slot's generation, so that one used after its destruction is told from a live one, and
//! from another object that got the slot since. Each slot has a lock of its own: users share it, destruction takes it
//! alone and thereby notices a user. Handles are no addresses; a driver that follows one faults.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{MappedRwLockReadGuard, Mutex, RwLock, RwLockReadGuard};

use super::hash::Hash;
use super::key::Key;
use super::provider::Provider;
use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::registry::DISPATCH;
use crate::status::{self, Result};
use crate::{cpu, image, violate};

/// The upper bits of each handle: not an address.
const MARK: usize = 0xC960;
const CHUNK: usize = 1024;
const CHUNKS: usize = 64;
/// What is written into memory that the caller provides, and must still be there at each use.
const CANARY: [u8; 16] = *b"CNG object here.";

/// What a handle leads to.
pub(super) enum Object {
    Provider(Arc<Provider>),
    Key(Key),
    Hash(Box<Hash>),
}

/// A kind of object.
pub(super) trait Kind: Sized {
    const NAME: &'static str;
    fn of(object: &Object) -> Option<&Self>;
    /// Whether it may be used at DISPATCH_LEVEL.
    fn dispatch(&self) -> bool;
    /// The memory that the caller gave for it.
    fn memory(&self) -> Memory;
}

/// Memory of an object that its caller provided; length 0 if CNG allocated it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    pub(super) address: usize,
    pub(super) length: usize,
}

#[derive(Default)]
struct Slot {
    generation: usize,
    object: Option<Object>,
    /// What was here last, and where it was destroyed.
    gone: Option<(&'static str, usize)>,
}

/// What reports need, apart from the slots so that nobody looks into those but their users.
struct Live {
    what: String,
    site: usize,
    memory: Memory,
}

static SLOTS: [OnceLock<Box<[RwLock<Slot>]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];
static FREE: Mutex<(VecDeque<usize>, usize)> = Mutex::new((VecDeque::new(), 0));
static LIVE: Mutex<BTreeMap<usize, Live>> = Mutex::new(BTreeMap::new());
/// Live objects in memory of their callers; mostly 0, which makes [`check_freed`] free.
static IN_CALLERS_MEMORY: AtomicUsize = AtomicUsize::new(0);

fn slot(index: usize) -> Option<&'static RwLock<Slot>> {
    let chunk = SLOTS.get(index / CHUNK)?;
    chunk
        .get_or_init(|| (0..CHUNK).map(|_| RwLock::default()).collect())
        .get(index % CHUNK)
}

/// Mark, 24 bits of generation, 16 bits of index, 8 zeroes.
const fn handle_of(index: usize, generation: usize) -> usize {
    MARK << 48 | (generation & 0xFF_FFFF) << 24 | index << 8
}

fn slot_of(handle: usize) -> Option<(usize, &'static RwLock<Slot>)> {
    let index = handle >> 8 & 0xFFFF;
    if handle >> 48 != MARK || handle & 0xFF != 0 {
        return None;
    }
    Some((index, slot(index)?))
}

/// Gives the object a handle; `what` names it in reports. `STATUS_NO_MEMORY` if there are too many.
pub(super) fn insert(object: Object, what: String, memory: Memory) -> Result<usize> {
    let index = {
        let mut free = FREE.lock();
        // Slots are reused late, so that stale handles are found.
        if free.0.len() > CHUNK || free.1 == CHUNK * CHUNKS {
            free.0.pop_front().ok_or(status::NO_MEMORY)?
        } else {
            free.1 += 1;
            free.1 - 1
        }
    };
    let mut slot = slot(index).ok_or(status::NO_MEMORY)?.write();
    slot.generation += 1;
    slot.object = Some(object);
    let handle = handle_of(index, slot.generation);
    if memory.length != 0 {
        IN_CALLERS_MEMORY.fetch_add(1, Ordering::Relaxed);
        Guest::<u8>::at(memory.address).write_bytes(&CANARY);
    }
    let site = cpu::current().site();
    LIVE.lock().insert(handle, Live { what, site, memory });
    Ok(handle)
}

impl Memory {
    /// Checks memory that a caller offers for an object of `needed` bytes. None (null, 0) lets CNG allocate.
    pub(super) fn offered(what: &str, address: usize, length: u32, needed: u32) -> Result<Self> {
        if address == 0 && length == 0 {
            return Ok(Self::default());
        }
        if address == 0 {
            violate!(CNG_PARAMETER, "{what} memory of {length} bytes at a null address");
            return Err(status::INVALID_PARAMETER);
        }
        if length < needed {
            violate!(
                CNG_PARAMETER,
                "{what} memory of {length} bytes, its ObjectLength is {needed}"
            );
            return Err(status::BUFFER_TOO_SMALL);
        }
        pool::check_resident("the object's memory", address);
        Ok(Self {
            address,
            length: length as usize,
        })
    }

    fn check(self, what: &str) {
        if self.length != 0 && Guest::<u8>::at(self.address).slice(CANARY.len()) != CANARY {
            violate!(
                CNG_OBJECT_MEMORY,
                "the memory at {:#x} that holds the {what} object was overwritten",
                self.address
            );
        }
    }
}

impl Slot {
    /// The object that `handle` names, if it still lives.
    fn object(&self, index: usize, handle: usize) -> Option<&Object> {
        let object = self.object.as_ref()?;
        (handle_of(index, self.generation) == handle).then_some(object)
    }

    /// Why there is no `wanted` behind `handle`.
    fn refuse(&self, index: usize, handle: usize, wanted: &str) {
        if let Some(object) = self.object(index, handle) {
            return violate!(
                CNG_HANDLE,
                "{handle:#x} is a {}, a {wanted} is needed",
                object.name()
            );
        }
        match self.gone.filter(|_| self.generation > 0) {
            Some((kind, site)) => violate!(
                CNG_HANDLE,
                "{handle:#x} ({wanted} needed) is used after a {kind} with this handle was destroyed at {}",
                image::describe(site)
            ),
            None => not_a_handle(handle, wanted),
        }
    }
}

fn not_a_handle(handle: usize, wanted: &str) {
    violate!(
        CNG_HANDLE,
        "{handle:#x} is not a handle of CNG, a {wanted} is needed"
    );
}

impl Object {
    fn name(&self) -> &'static str {
        match self {
            Self::Provider(_) => Arc::<Provider>::NAME,
            Self::Key(_) => Key::NAME,
            Self::Hash(_) => Hash::NAME,
        }
    }
}

/// The object behind a handle, which can't be destroyed while the guard lives. Checks its kind, the IRQL and its memory.
pub(super) fn get<T: Kind>(handle: usize) -> Result<MappedRwLockReadGuard<'static, T>> {
    let Some((index, slot)) = slot_of(handle) else {
        not_a_handle(handle, T::NAME);
        return Err(status::INVALID_HANDLE);
    };
    let guard = RwLockReadGuard::try_map(slot.read(), |slot| slot.object(index, handle).and_then(T::of));
    match guard {
        Ok(object) => {
            check_irql(T::NAME, object.dispatch());
            object.memory().check(T::NAME);
            Ok(object)
        }
        Err(slot) => {
            slot.refuse(index, handle, T::NAME);
            Err(status::INVALID_HANDLE)
        }
    }
}

/// Runs `f` on any kind of object.
pub(super) fn with_any<R>(handle: usize, f: impl FnOnce(&Object) -> Result<R>) -> Result<R> {
    let Some((index, slot)) = slot_of(handle) else {
        not_a_handle(handle, "handle");
        return Err(status::INVALID_HANDLE);
    };
    let slot = slot.read();
    match slot.object(index, handle) {
        Some(object) => f(object),
        None => {
            slot.refuse(index, handle, "handle");
            Err(status::INVALID_HANDLE)
        }
    }
}

/// What is used at DISPATCH_LEVEL must come from a dispatch provider.
pub(super) fn check_irql(what: &str, dispatch: bool) {
    if !dispatch && cpu::irql() >= DISPATCH {
        violate!(
            IRQL,
            "a {what} is used at IRQL {}, and its provider was opened without BCRYPT_PROV_DISPATCH",
            cpu::irql()
        );
    }
}

/// Takes the object away. A null handle is `STATUS_INVALID_HANDLE` and harmless.
pub(super) fn remove<T: Kind>(handle: usize) -> Result<Object> {
    if handle == 0 {
        return Err(status::INVALID_HANDLE);
    }
    let Some((index, slot)) = slot_of(handle) else {
        not_a_handle(handle, T::NAME);
        return Err(status::INVALID_HANDLE);
    };
    let mut slot = slot.try_write().unwrap_or_else(|| {
        violate!(
            CNG_HANDLE,
            "a {} is destroyed while another thread uses it",
            T::NAME
        );
        slot.write()
    });
    let Some(object) = slot.object(index, handle).and_then(T::of) else {
        slot.refuse(index, handle, T::NAME);
        return Err(status::INVALID_HANDLE);
    };
    check_irql(T::NAME, object.dispatch());
    let memory = object.memory();
    memory.check(T::NAME);
    if memory.length != 0 {
        // CNG wipes what it leaves.
        Guest::<u8>::at(memory.address).fill(memory.length, 0);
        IN_CALLERS_MEMORY.fetch_sub(1, Ordering::Relaxed);
    }
    slot.gone = Some((T::NAME, cpu::current().site()));
    let object = slot.object.take().ok_or(status::INVALID_HANDLE)?;
    LIVE.lock().remove(&handle);
    FREE.lock().0.push_back(index);
    Ok(object)
}

/// Memory that goes away must not hold an object.
pub(super) fn check_freed(range: &Range<usize>) {
    if IN_CALLERS_MEMORY.load(Ordering::Relaxed) == 0 {
        return;
    }
    for live in LIVE.lock().values() {
        let Memory { address, length } = live.memory;
        if length != 0 && address < range.end && range.start < address + length {
            violate!(
                ACTIVE_FREED,
                "the memory holds a {} made at {}",
                live.what,
                image::describe(live.site)
            );
        }
    }
}

/// Number of live objects by what they are and where they were made.
pub(super) fn live_by_site() -> BTreeMap<(String, usize), usize> {
    let mut sites = BTreeMap::new();
    for live in LIVE.lock().values() {
        *sites.entry((live.what.clone(), live.site)).or_default() += 1;
    }
    sites
}

/// Forgets what an earlier machine left.
pub(super) fn reset() {
    let used = {
        let mut free = FREE.lock();
        free.0.clear();
        std::mem::take(&mut free.1)
    };
    for index in 0..used {
        if let Some(slot) = slot(index) {
            let mut slot = slot.write();
            slot.object = None;
            slot.gone = None;
        }
    }
    LIVE.lock().clear();
    IN_CALLERS_MEMORY.store(0, Ordering::Relaxed);
}
