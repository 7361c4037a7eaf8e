//! `WDFMEMORY` and `WDFLOOKASIDE` (wdfmemory.h).

use std::sync::Arc;

use parking_lot::Mutex;

use super::object::{self, Body, Kind, New, Object};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::exports;
use crate::guest::Guest;
use crate::ntoskrnl::pool;
use crate::status::{self, NtStatus, Result};
use crate::violate;

exports! { "Wdf01000.sys";
    WdfMemoryCreate: PASSIVE..=DISPATCH,
    WdfMemoryCreatePreallocated: PASSIVE..=DISPATCH,
    WdfMemoryGetBuffer: PASSIVE..=DISPATCH,
    WdfMemoryAssignBuffer: PASSIVE..=DISPATCH,
    WdfMemoryCopyToBuffer: PASSIVE..=DISPATCH,
    WdfMemoryCopyFromBuffer: PASSIVE..=DISPATCH,
    WdfLookasideListCreate: PASSIVE..=DISPATCH,
    WdfMemoryCreateFromLookaside: PASSIVE..=DISPATCH,
}

const KIND: Kind = Kind {
    name: "WDFMEMORY",
    passive_dispose: false,
    deletable: true,
};
const KIND_OF_REQUEST: Kind = Kind {
    name: "WDFMEMORY (of a request)",
    passive_dispose: false,
    deletable: false,
};
const KIND_LOOKASIDE: Kind = Kind {
    name: "WDFLOOKASIDE",
    passive_dispose: false,
    deletable: true,
};

/// A memory object's own data.
struct Memory {
    buffer: Mutex<(usize, usize)>,
    own: bool,
}

impl Body for Memory {
    fn destroy(&self) {
        if self.own {
            pool::free_system(self.buffer.lock().0);
        }
    }
}

struct Lookaside {
    size: usize,
    attributes: ObjectAttributes,
}

impl Body for Lookaside {}

fn of(handle: Handle) -> Arc<Memory> {
    object::body::<Memory>(handle).1
}

/// The buffer and length of the memory object behind a handle.
#[must_use]
pub fn buffer(handle: Handle) -> (Guest<u8>, usize) {
    let (addr, length) = *of(handle).buffer.lock();
    (Guest::at(addr), length)
}

fn create(
    attributes: Guest<ObjectAttributes>,
    size: usize,
    parent: Option<&'static Object>,
) -> Result<(&'static Object, usize)> {
    if size == 0 {
        return Err(status::INVALID_PARAMETER);
    }
    let addr = pool::allocate_system(size);
    if addr == 0 {
        return Err(status::INSUFFICIENT_RESOURCES);
    }
    Guest::<u8>::at(addr).fill(size, 0);
    let body = Arc::new(Memory {
        buffer: Mutex::new((addr, size)),
        own: true,
    });
    let new = New {
        kind: &KIND,
        attributes,
        parent,
        may_have_parent: true,
        function: "WdfMemoryCreate",
    };
    Ok((object::create(&new, body)?, addr))
}

/// The memory object of a request's buffer.
pub(super) fn of_request(request: &'static Object, buffer: Guest<u8>, length: usize) -> Result<Handle> {
    let body = Arc::new(Memory {
        buffer: Mutex::new((buffer.addr(), length)),
        own: false,
    });
    let new = New {
        kind: &KIND_OF_REQUEST,
        attributes: Guest::null(),
        parent: Some(request),
        may_have_parent: false,
        function: "WdfRequestRetrieveMemory",
    };
    Ok(object::create(&new, body)?.handle())
}

/// A request is completed: references to its memory that are left are a violation (0x10D 3).
pub(super) fn request_completed(request: &'static Object) {
    for child in request.children() {
        if child.kind.name == KIND_OF_REQUEST.name && child.references() > 1 {
            violate!(
                REQUEST,
                "a request is completed while its memory object is referenced"
            );
        }
    }
}

/// `WdfMemoryCreate`: size 0 is `STATUS_INVALID_PARAMETER`; `buffer` gets the address.
pub extern "win64" fn WdfMemoryCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    _pool: u32,
    _tag: u32,
    size: usize,
    out: Guest<Handle>,
    buffer: Guest<usize>,
) -> NtStatus {
    status::of(create(attributes, size, None).map(|(object, addr)| {
        out.write(object.handle());
        buffer.put(addr);
    }))
}

/// `WdfMemoryCreatePreallocated`: over the driver's own buffer.
pub extern "win64" fn WdfMemoryCreatePreallocated(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    buffer: usize,
    size: usize,
    out: Guest<Handle>,
) -> NtStatus {
    if buffer == 0 || size == 0 {
        return status::INVALID_PARAMETER;
    }
    let body = Arc::new(Memory {
        buffer: Mutex::new((buffer, size)),
        own: false,
    });
    let new = New {
        kind: &KIND,
        attributes,
        parent: None,
        may_have_parent: true,
        function: "WdfMemoryCreatePreallocated",
    };
    status::of(object::create(&new, body).map(|object| out.write(object.handle())))
}

/// `WdfMemoryGetBuffer`.
pub extern "win64" fn WdfMemoryGetBuffer(_: usize, memory: Handle, size: Guest<usize>) -> Guest<u8> {
    let (addr, length) = buffer(memory);
    size.put(length);
    addr
}

/// `WdfMemoryAssignBuffer`: only for preallocated memory.
pub extern "win64" fn WdfMemoryAssignBuffer(
    _: usize,
    memory: Handle,
    buffer: usize,
    size: usize,
) -> NtStatus {
    let memory = of(memory);
    if memory.own || buffer == 0 || size == 0 {
        return status::INVALID_PARAMETER;
    }
    *memory.buffer.lock() = (buffer, size);
    status::SUCCESS
}

fn range(memory: Handle, offset: usize, size: usize) -> Result<Guest<u8>> {
    let (addr, length) = buffer(memory);
    if offset.checked_add(size).is_none_or(|end| end > length) {
        return Err(status::BUFFER_TOO_SMALL);
    }
    Ok(addr.index(offset))
}

/// `WdfMemoryCopyToBuffer`: beyond the memory is `STATUS_BUFFER_TOO_SMALL`.
pub extern "win64" fn WdfMemoryCopyToBuffer(
    _: usize,
    memory: Handle,
    offset: usize,
    to: Guest<u8>,
    size: usize,
) -> NtStatus {
    status::of(range(memory, offset, size).map(|from| to.write_bytes(from.slice(size))))
}

/// `WdfMemoryCopyFromBuffer`: beyond the memory is `STATUS_BUFFER_TOO_SMALL`.
pub extern "win64" fn WdfMemoryCopyFromBuffer(
    _: usize,
    memory: Handle,
    offset: usize,
    from: Guest<u8>,
    size: usize,
) -> NtStatus {
    status::of(range(memory, offset, size).map(|to| to.write_bytes(from.slice(size))))
}

/// `WdfLookasideListCreate`: size 0 is `STATUS_INVALID_PARAMETER`.
pub extern "win64" fn WdfLookasideListCreate(
    _: usize,
    attributes: Guest<ObjectAttributes>,
    size: usize,
    _pool: u32,
    memory_attributes: Guest<ObjectAttributes>,
    _tag: u32,
    out: Guest<Handle>,
) -> NtStatus {
    if size == 0 {
        return status::INVALID_PARAMETER;
    }
    let made = object::read_attributes(memory_attributes).and_then(|memory| {
        let new = New {
            kind: &KIND_LOOKASIDE,
            attributes,
            parent: None,
            may_have_parent: true,
            function: "WdfLookasideListCreate",
        };
        object::create(
            &new,
            Arc::new(Lookaside {
                size,
                attributes: memory,
            }),
        )
    });
    status::of(made.map(|object| out.write(object.handle())))
}

/// `WdfMemoryCreateFromLookaside`.
pub extern "win64" fn WdfMemoryCreateFromLookaside(_: usize, list: Handle, out: Guest<Handle>) -> NtStatus {
    let (_, list) = object::body::<Lookaside>(list);
    let attributes = list.attributes;
    let attributes = if attributes.size == 0 {
        Guest::null()
    } else {
        Guest::<ObjectAttributes>::of(&attributes)
    };
    status::of(create(attributes, list.size, None).map(|(object, _)| out.write(object.handle())))
}
