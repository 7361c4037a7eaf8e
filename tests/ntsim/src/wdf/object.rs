//! Framework objects: handles, contexts, the tree, and its two-step deletion (wdfobject.h).
//!
//! A handle is not an address that can be followed: it names a slot of an arena and the slot's generation, so a stale or
//! made-up handle is found out (0x10D 5) and a driver that dereferences one faults.
//!
//! Deletion goes in two steps over the whole tree: *dispose*, children before parents in order of creation (this is where
//! EvtCleanup runs), then *release*; EvtDestroy runs when an object's last reference goes.

use std::alloc::Layout;
use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::abi::kmdf::{ContextTypeInfo, Handle, ObjectAttributes};
use crate::cpu::{self, callback};
use crate::exports;
use crate::faults;
use crate::guest::{self, Guest};
use crate::ntoskrnl::worker;
use crate::registry::PASSIVE as PASSIVE_LEVEL;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{image, violate};

exports! { "Wdf01000.sys";
    WdfObjectGetTypedContextWorker: PASSIVE..=HIGH,
    WdfObjectAllocateContext: PASSIVE..=DISPATCH,
    WdfObjectContextGetObject: PASSIVE..=HIGH,
    WdfObjectReferenceActual: PASSIVE..=DISPATCH,
    WdfObjectDereferenceActual: PASSIVE..=DISPATCH,
    WdfObjectCreate: PASSIVE..=DISPATCH,
    WdfObjectDelete: PASSIVE..=DISPATCH,
    WdfObjectQuery: PASSIVE..=DISPATCH,
}

/// What all objects of a type have in common.
#[derive(Debug)]
pub struct Kind {
    /// Handle type, e.g. `WDFQUEUE`.
    pub name: &'static str,
    /// EvtCleanup runs at PASSIVE_LEVEL: a deletion at DISPATCH_LEVEL is deferred.
    pub passive_dispose: bool,
    /// The driver may delete it.
    pub deletable: bool,
}

/// What makes an object a queue, a timer, ...: the module's own data.
pub trait Body: Any + Send + Sync {
    /// Stops what the object does; runs before its EvtCleanup. May wait if the kind says passive.
    fn dispose(&self, object: &'static Object) {
        let _ = object;
    }

    /// Gives back what the object has; runs after its EvtDestroy.
    fn destroy(&self) {}
}

/// The body of a general object.
struct Plain;
impl Body for Plain {}
const GENERAL: Kind = Kind {
    name: "WDFOBJECT",
    passive_dispose: false,
    deletable: true,
};

/// One framework object. Lives in the arena; references stay valid until the machine is reset.
pub struct Object {
    magic: AtomicU64,
    generation: u8,
    /// Its type.
    pub kind: &'static Kind,
    /// References, with that of its creation.
    references: AtomicI64,
    deleting: AtomicBool,
    parent: Mutex<Option<&'static Object>>,
    children: Mutex<Vec<&'static Object>>,
    types: [AtomicUsize; MAX_CONTEXTS],
    memory: [AtomicUsize; MAX_CONTEXTS],
    contexts: Mutex<Vec<Context>>,
    body: Arc<dyn Body>,
    any: Arc<dyn Any + Send + Sync>,
    /// WDF_EXECUTION_LEVEL after inheritance: 2 passive, 3 dispatch.
    pub execution_level: u32,
    /// WDF_SYNCHRONIZATION_SCOPE after inheritance.
    pub scope: u32,
    /// Who created it.
    pub site: usize,
}

struct Context {
    memory: usize,
    size: usize,
    layout: Layout,
    cleanup: Option<extern "win64" fn(Handle)>,
    destroy: Option<extern "win64" fn(Handle)>,
}

const MAX_CONTEXTS: usize = 4;
const ALIVE: u64 = 0x4F42_4A45_4354_2121;
const DEAD: u64 = 0x4445_4144_4445_4144;
const SLOT: usize = 1024;
const ARENA: usize = 1 << 31;
const TOP: usize = 1 << 63;
/// A freed slot is reused after this many others.
const KEEP_SLOTS: usize = 4096;
const GUARD: usize = 16;

struct Arena {
    base: usize,
    used: usize,
    free: VecDeque<usize>,
}

static ARENA_BASE: AtomicUsize = AtomicUsize::new(0);
static SLOTS: Mutex<Option<Arena>> = Mutex::new(None);

fn place(make: impl FnOnce(u8) -> Object) -> &'static Object {
    const { assert!(size_of::<Object>() <= SLOT) };
    let mut slots = SLOTS.lock();
    let arena = slots.get_or_insert_with(|| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh anonymous mapping, of which only used parts get memory.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                ARENA,
                libc::PROT_READ | libc::PROT_WRITE,
                flags,
                -1,
                0,
            )
        };
        assert!(base != libc::MAP_FAILED, "no memory for framework objects");
        let base = (base as usize).next_multiple_of(SLOT);
        ARENA_BASE.store(base, Ordering::Release);
        Arena {
            base,
            used: 0,
            free: VecDeque::new(),
        }
    });
    let (slot, generation) = if arena.free.len() > KEEP_SLOTS {
        let slot = arena.free.pop_front().unwrap_or(arena.base);
        let old: Guest<Object> = Guest::at(slot);
        // SAFETY: a slot of the arena that held an object; only its generation is read.
        let generation = unsafe { (*old.as_ptr()).generation };
        // SAFETY: that object was destroyed and is not reachable by a handle; nobody drops it twice.
        unsafe { std::ptr::drop_in_place(old.as_ptr()) };
        (slot, generation.wrapping_add(1))
    } else {
        let slot = arena.base + arena.used;
        arena.used += SLOT;
        assert!(arena.used < ARENA - SLOT, "too many framework objects");
        (slot, 1)
    };
    let pointer = slot as *mut Object;
    // SAFETY: the slot is in the arena, unused, big enough and aligned.
    unsafe { pointer.write(make(generation)) };
    // SAFETY: just written; the arena is never unmapped.
    unsafe { &*pointer }
}

/// The object behind a handle, if it is alive or being deleted.
#[must_use]
pub fn find(handle: Handle) -> Option<&'static Object> {
    let base = ARENA_BASE.load(Ordering::Acquire);
    let generation = u8::try_from(handle & 0xFF).unwrap_or(0);
    let address = handle & !TOP & !0xFF;
    if handle & TOP == 0
        || base == 0
        || !(base..base + ARENA - SLOT).contains(&address)
        || !(address - base).is_multiple_of(SLOT)
    {
        return None;
    }
    // SAFETY: a slot of the arena: zeroes if it was never used, else an object.
    let magic = unsafe { &(*(address as *const Object)).magic };
    if magic.load(Ordering::Acquire) != ALIVE {
        return None;
    }
    // SAFETY: the magic says that an object was written here.
    let object: &'static Object = unsafe { &*(address as *const Object) };
    (object.generation == generation).then_some(object)
}

/// As [`find`]; reports an invalid handle (bugcheck 0x10D 5) and stops the machine, as Windows does.
#[must_use]
pub fn get(handle: Handle) -> &'static Object {
    find(handle).unwrap_or_else(|| {
        violate!(HANDLE, "{handle:#x} is not a live framework handle");
        crate::machine::stop()
    })
}

/// The body of type `T` behind a handle; a handle of another type is reported and stops the machine.
#[must_use]
pub fn body<T: Body>(handle: Handle) -> (&'static Object, Arc<T>) {
    let object = get(handle);
    match object.body::<T>() {
        Some(body) => (object, body),
        None => {
            let wanted = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
            violate!(
                HANDLE,
                "handle {handle:#x} is a {}, not a {wanted}",
                object.kind.name
            );
            crate::machine::stop()
        }
    }
}

/// What is needed to make an object.
pub struct New<'a> {
    /// Its type.
    pub kind: &'static Kind,
    /// The driver's attributes, null for none.
    pub attributes: Guest<ObjectAttributes>,
    /// Parent if the attributes name none. `None`: the driver object, if there is one.
    pub parent: Option<&'static Object>,
    /// Whether the attributes may name a parent.
    pub may_have_parent: bool,
    /// The function that makes it, for ordered faults; empty for what never fails.
    pub function: &'a str,
}

/// Makes an object and its first context.
///
/// # Errors
/// When the attributes are wrong, or memory (or an ordered fault) says no.
pub fn create<T: Body>(new: &New<'_>, body: Arc<T>) -> status::Result<&'static Object> {
    if !new.function.is_empty() && faults::fails_allocation(new.function) {
        return Err(status::INSUFFICIENT_RESOURCES);
    }
    let attributes = read_attributes(new.attributes)?;
    let mut parent = new.parent.or_else(super::driver::current_object);
    if attributes.parent != 0 {
        if !new.may_have_parent {
            return Err(status::WDF_PARENT_ALREADY_ASSIGNED);
        }
        let given = get(attributes.parent);
        if given.deleting.load(Ordering::Acquire) {
            violate!(
                OBJECT,
                "{} created under a {} that is being deleted",
                new.kind.name,
                given.kind.name
            );
            return Err(status::DELETE_PENDING);
        }
        parent = Some(given);
    }
    let inherited = |value: u32, of_parent: fn(&Object) -> u32, default: u32| match value {
        0 | 1 => parent.map_or(default, of_parent),
        value => value,
    };
    let execution_level = inherited(attributes.execution_level, |o| o.execution_level, 3);
    let scope = inherited(attributes.synchronization_scope, |o| o.scope, 4);
    let any: Arc<dyn Any + Send + Sync> = Arc::clone(&body) as _;
    let object = place(|generation| Object {
        magic: AtomicU64::new(ALIVE),
        generation,
        kind: new.kind,
        references: AtomicI64::new(1),
        deleting: AtomicBool::new(false),
        parent: Mutex::new(parent),
        children: Mutex::default(),
        types: Default::default(),
        memory: Default::default(),
        contexts: Mutex::default(),
        body,
        any,
        execution_level,
        scope,
        site: cpu::current().site(),
    });
    if let Some(parent) = parent {
        parent.children.lock().push(object);
    }
    if !new.attributes.is_null() {
        object.add_context(&attributes)?;
    }
    Ok(object)
}

/// Reads and judges `WDF_OBJECT_ATTRIBUTES`; null gives the defaults.
///
/// # Errors
/// `STATUS_INFO_LENGTH_MISMATCH` for a wrong size, `STATUS_INVALID_PARAMETER` for other nonsense.
pub fn read_attributes(attributes: Guest<ObjectAttributes>) -> status::Result<ObjectAttributes> {
    let Some(attributes) = attributes.some() else {
        return Ok(ObjectAttributes::default());
    };
    let this = attributes.read();
    if this.size as usize != size_of::<ObjectAttributes>() {
        violate!(PARAMETER, "WDF_OBJECT_ATTRIBUTES has size {}", this.size);
        return Err(status::INFO_LENGTH_MISMATCH);
    }
    if this.execution_level > 3 || this.synchronization_scope > 4 {
        return Err(status::INVALID_PARAMETER);
    }
    if let Some(info) = this.context_type.some() {
        let info = info.read();
        if info.size as usize != size_of::<ContextTypeInfo>()
            || info.context_size == 0
            || info.context_size > 1 << 24
        {
            return Err(status::INVALID_PARAMETER);
        }
        if this.context_size_override != 0 && this.context_size_override < info.context_size {
            return Err(status::INVALID_PARAMETER);
        }
    }
    Ok(this)
}

impl Object {
    /// The handle that the driver gets.
    #[must_use]
    pub fn handle(&self) -> Handle {
        std::ptr::from_ref(self) as usize | TOP | usize::from(self.generation)
    }

    /// The body, if it is a `T`.
    #[must_use]
    pub fn body<T: Body>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.any).downcast().ok()
    }

    /// Its parent.
    #[must_use]
    pub fn parent(&self) -> Option<&'static Object> {
        *self.parent.lock()
    }

    /// Its children, oldest first.
    #[must_use]
    pub fn children(&self) -> Vec<&'static Object> {
        self.children.lock().clone()
    }

    /// The closest ancestor (or itself) whose body is a `T`.
    #[must_use]
    pub fn ancestor<T: Body>(&'static self) -> Option<(&'static Object, Arc<T>)> {
        let mut at = Some(self);
        while let Some(object) = at {
            if let Some(body) = object.body::<T>() {
                return Some((object, body));
            }
            at = object.parent();
        }
        None
    }

    /// Whether its deletion has begun.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.deleting.load(Ordering::Acquire)
    }

    /// Adds the context that `attributes` describe (none: only the callbacks are kept).
    fn add_context(&self, attributes: &ObjectAttributes) -> status::Result<usize> {
        let (unique, size) = match attributes.context_type.some() {
            None => (0, 0),
            Some(info) => {
                let this = info.read();
                let unique = if this.unique_type.is_null() {
                    info
                } else {
                    this.unique_type
                };
                (
                    unique.addr(),
                    attributes.context_size_override.max(this.context_size),
                )
            }
        };
        if unique != 0
            && let Some(memory) = self.context(unique)
        {
            let _ = memory;
            return Err(status::OBJECT_NAME_EXISTS);
        }
        let layout = Layout::from_size_align(size.next_multiple_of(16) + 2 * GUARD, 16)
            .map_err(|_| status::INVALID_PARAMETER)?;
        // SAFETY: the size isn't 0 because of the guards.
        let base = unsafe { std::alloc::alloc_zeroed(layout) } as usize;
        if base == 0 {
            return Err(status::INSUFFICIENT_RESOURCES);
        }
        let memory = base + GUARD;
        // In front of the context: the handle, for WdfObjectContextGetObject. Behind it: a guard.
        Guest::<usize>::at(base).write(self.handle());
        Guest::<u8>::at(memory + size).fill(layout.size() - GUARD - size, 0xFD);
        let mut contexts = self.contexts.lock();
        let index = contexts.iter().filter(|c| c.size > 0).count();
        if size > 0 && index >= MAX_CONTEXTS {
            return Err(status::INSUFFICIENT_RESOURCES);
        }
        contexts.push(Context {
            memory,
            size,
            layout,
            cleanup: attributes.cleanup,
            destroy: attributes.destroy,
        });
        if size > 0 {
            self.memory[index].store(memory, Ordering::Release);
            self.types[index].store(unique, Ordering::Release);
        }
        Ok(memory)
    }

    /// The memory of the context of this type.
    #[must_use]
    pub fn context(&self, unique: usize) -> Option<usize> {
        let index = self
            .types
            .iter()
            .position(|t| t.load(Ordering::Acquire) == unique)?;
        Some(self.memory[index].load(Ordering::Acquire))
    }

    /// Takes a reference.
    pub fn reference(&self) {
        self.references.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives a reference back; the last one destroys the object.
    pub fn dereference(&'static self) {
        let before = self.references.fetch_sub(1, Ordering::AcqRel);
        if before == 1 {
            self.destroy();
        } else if before < 1 {
            violate!(OBJECT, "reference count of a {} went below zero", self.kind.name);
        }
    }

    /// How many references there are.
    #[must_use]
    pub fn references(&self) -> i64 {
        self.references.load(Ordering::Relaxed)
    }

    /// Deletes the object and its tree. At DISPATCH_LEVEL a tree with passive members is deleted later.
    pub fn delete(&'static self) {
        if self.deleting.swap(true, Ordering::AcqRel) {
            return;
        }
        if cpu::irql() > PASSIVE_LEVEL && self.needs_passive() {
            worker::queue(move || self.dispose_and_release());
        } else {
            self.dispose_and_release();
        }
    }

    fn needs_passive(&self) -> bool {
        self.kind.passive_dispose || self.children().iter().any(|c| c.needs_passive())
    }

    fn dispose_and_release(&'static self) {
        self.dispose();
        self.release();
    }

    fn dispose(&'static self) {
        self.deleting.store(true, Ordering::Release);
        self.body.dispose(self);
        for child in self.children() {
            child.dispose();
        }
        let callbacks: Vec<_> = self.contexts.lock().iter().filter_map(|c| c.cleanup).collect();
        for cleanup in callbacks {
            callback::invoke("EvtCleanup", || cleanup(self.handle()));
        }
    }

    fn release(&'static self) {
        for child in self.children() {
            child.release();
        }
        if let Some(parent) = self.parent.lock().take() {
            parent.children.lock().retain(|c| !std::ptr::eq(*c, self));
        }
        self.dereference();
    }

    fn destroy(&'static self) {
        let contexts = std::mem::take(&mut *self.contexts.lock());
        for destroy in contexts.iter().filter_map(|c| c.destroy) {
            callback::invoke("EvtDestroy", || destroy(self.handle()));
        }
        self.body.destroy();
        self.magic.store(DEAD, Ordering::Release);
        for context in contexts {
            context.free(self);
        }
        let address = std::ptr::from_ref(self) as usize;
        if let Some(arena) = &mut *SLOTS.lock() {
            arena.free.push_back(address);
        }
    }

    /// The tree below this object as lines of text.
    pub fn describe(&self, depth: usize, out: &mut Vec<String>) {
        out.push(format!(
            "{:indent$}{} {:#x} refs {} from {}",
            "",
            self.kind.name,
            self.handle(),
            self.references(),
            image::describe(self.site),
            indent = 2 * depth
        ));
        for child in self.children() {
            child.describe(depth + 1, out);
        }
    }
}

impl Context {
    fn free(self, object: &Object) {
        let tail = self.layout.size() - GUARD - self.size;
        if Guest::<u8>::at(self.memory + self.size)
            .slice(tail)
            .iter()
            .any(|b| *b != 0xFD)
        {
            violation::report_at(
                Rule::POOL_OVERRUN,
                object.site,
                format!(
                    "a {}'s context of {} bytes was overrun",
                    object.kind.name, self.size
                ),
            );
        }
        crate::ntoskrnl::pool::check_active(self.memory, self.size);
        Guest::<u8>::at(self.memory).fill(self.size, 0xDD);
        // SAFETY: allocated by `add_context` with this layout; `self` is consumed.
        unsafe { std::alloc::dealloc((self.memory - GUARD) as *mut u8, self.layout) };
    }
}

/// `WdfObjectGetTypedContextWorker`: null if the object has no context of that type. Any IRQL.
pub extern "win64" fn WdfObjectGetTypedContextWorker(
    _: usize,
    handle: Handle,
    info: Guest<ContextTypeInfo>,
) -> usize {
    let object = get(handle);
    let unique = crate::at!(info.unique_type).read();
    let unique = if unique.is_null() { info } else { unique };
    object.context(unique.addr()).unwrap_or(0)
}

/// `WdfObjectAllocateContext`: `STATUS_OBJECT_NAME_EXISTS` if there is one of that type.
pub extern "win64" fn WdfObjectAllocateContext(
    _: usize,
    handle: Handle,
    attributes: Guest<ObjectAttributes>,
    context: Guest<usize>,
) -> NtStatus {
    let object = get(handle);
    let result = read_attributes(attributes).and_then(|attributes| {
        if attributes.context_type.is_null() {
            return Err(status::OBJECT_NAME_INVALID);
        }
        if attributes.parent != 0 {
            return Err(status::INVALID_PARAMETER);
        }
        if faults::fails_allocation("WdfObjectAllocateContext") {
            return Err(status::INSUFFICIENT_RESOURCES);
        }
        object.add_context(&attributes)
    });
    match result {
        Ok(memory) => {
            context.put(memory);
            status::SUCCESS
        }
        Err(status::OBJECT_NAME_EXISTS) => {
            let unique = read_attributes(attributes)
                .ok()
                .and_then(|a| a.context_type.some());
            let unique = unique.map_or(0, |i| crate::at!(i.unique_type).read().some().unwrap_or(i).addr());
            context.put(object.context(unique).unwrap_or(0));
            status::OBJECT_NAME_EXISTS
        }
        Err(status) => status,
    }
}

/// `WdfObjectContextGetObject`: the object that a context belongs to.
pub extern "win64" fn WdfObjectContextGetObject(_: usize, context: Guest<u8>) -> Handle {
    let handle: Handle = Guest::at(context.addr().wrapping_sub(GUARD)).read();
    if find(handle).is_none() {
        violate!(HANDLE, "{context:?} is not an object's context");
    }
    handle
}

/// `WdfObjectReferenceActual`.
pub extern "win64" fn WdfObjectReferenceActual(
    _: usize,
    handle: Handle,
    _tag: usize,
    _line: i32,
    _file: Guest<u8>,
) {
    get(handle).reference();
}

/// `WdfObjectDereferenceActual`: one that wasn't taken is `object` (0x10D 7).
pub extern "win64" fn WdfObjectDereferenceActual(
    _: usize,
    handle: Handle,
    _tag: usize,
    line: i32,
    file: Guest<u8>,
) {
    let object = get(handle);
    // One reference belongs to the framework until the object is deleted.
    if object.references() <= 1 && !object.is_deleting() {
        let place = if file.is_null() {
            String::new()
        } else {
            format!(" ({}:{line})", guest::ansi_z(file))
        };
        return violate!(
            OBJECT,
            "a {} is dereferenced more often than referenced{place}",
            object.kind.name
        );
    }
    object.dereference();
}

/// `WdfObjectCreate`.
pub extern "win64" fn WdfObjectCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    out: Guest<Handle>,
) -> NtStatus {
    let new = New {
        kind: &GENERAL,
        attributes,
        parent: None,
        may_have_parent: true,
        function: "WdfObjectCreate",
    };
    match create(&new, Arc::new(Plain)) {
        Ok(object) => {
            out.write(object.handle());
            status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `WdfObjectDelete`.
///
/// | the caller promises                                                              | else        |
/// |----------------------------------------------------------------------------------|-------------|
/// | IRQL <= DISPATCH                                                                  | `irql`      |
/// | a live handle                                                                     | `invalid-handle` |
/// | not the framework's own (driver, PnP device, file object, queued request, default queue) | `object` |
/// | not deleted before                                                                | `object`    |
pub extern "win64" fn WdfObjectDelete(_: usize, handle: Handle) {
    let object = get(handle);
    if !object.kind.deletable || !super::may_delete(object) {
        return violate!(OBJECT, "a {} is the framework's to delete", object.kind.name);
    }
    if object.is_deleting() {
        return violate!(OBJECT, "a {} is deleted twice", object.kind.name);
    }
    super::delete(object);
}

/// `WdfObjectQuery`: nothing can be queried by drivers.
pub extern "win64" fn WdfObjectQuery(
    _: usize,
    _handle: Handle,
    _guid: usize,
    _length: u32,
    _buffer: usize,
) -> NtStatus {
    status::NOT_SUPPORTED
}

/// Every live object without a parent.
#[must_use]
pub fn roots() -> Vec<&'static Object> {
    live().into_iter().filter(|o| o.parent().is_none()).collect()
}

/// Every live object.
#[must_use]
pub fn live() -> Vec<&'static Object> {
    let slots = SLOTS.lock();
    let Some(arena) = &*slots else { return Vec::new() };
    let slot_of = |i: usize| arena.base + i * SLOT;
    (0..arena.used / SLOT)
        .filter_map(|i| {
            // SAFETY: a used slot of the arena holds an object.
            let object: &'static Object = unsafe { &*(slot_of(i) as *const Object) };
            (object.magic.load(Ordering::Acquire) == ALIVE).then_some(object)
        })
        .collect()
}

/// Reports objects that outlived the driver (0x10D, leaked references).
pub(crate) fn check_unload() {
    for object in live() {
        let why = if object.is_deleting() {
            "is still referenced"
        } else {
            "was not deleted"
        };
        violation::report_at(
            Rule::OBJECT_LEAK,
            object.site,
            format!(
                "a {} {why} at unload ({} references)",
                object.kind.name,
                object.references()
            ),
        );
    }
}

pub(crate) fn reset() {
    for object in live() {
        object.magic.store(DEAD, Ordering::Release);
    }
}
