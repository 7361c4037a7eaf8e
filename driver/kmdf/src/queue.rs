//! What the packet queues of both directions share: how they are made, and how their callbacks find their rings.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use netcx_sys::netadaptercx::{
    Extension, NET_EXTENSION, NET_EXTENSION_QUERY, NET_FRAGMENT, NET_PACKET, NET_PACKET_QUEUE_CONFIG,
    NET_RING_COLLECTION, NETPACKETQUEUE, NETRXQUEUE_INIT, NETTXQUEUE_INIT, Ring,
};
use wdk_sys::{
    NTSTATUS, PFN_WDF_OBJECT_CONTEXT_CLEANUP, STATUS_INVALID_DEVICE_STATE, STATUS_NOT_SUPPORTED,
    WDF_OBJECT_ATTRIBUTES,
};

use crate::device::Adapter;
use crate::driver::NETCX;
use crate::object::{Context, Link, attributes};

/// The framework's functions of one direction. IRQL of all: PASSIVE_LEVEL.
pub(crate) trait Direction {
    /// `NETTXQUEUE_INIT` or `NETRXQUEUE_INIT`.
    type Init;

    /// # Safety
    ///
    /// As for `NetTxQueueCreate`.
    unsafe fn create(
        init: *mut Self::Init,
        attributes: *mut WDF_OBJECT_ATTRIBUTES,
        config: *mut NET_PACKET_QUEUE_CONFIG,
        queue: *mut NETPACKETQUEUE,
    ) -> NTSTATUS;

    /// # Safety
    ///
    /// `queue` is live and of this direction.
    unsafe fn rings(queue: NETPACKETQUEUE) -> *const NET_RING_COLLECTION;

    /// # Safety
    ///
    /// `queue` is live and of this direction.
    unsafe fn extension(queue: NETPACKETQUEUE, query: &NET_EXTENSION_QUERY, result: &mut NET_EXTENSION);
}

/// From the stack to us.
pub(crate) struct Tx;

impl Direction for Tx {
    type Init = NETTXQUEUE_INIT;

    unsafe fn create(
        init: *mut NETTXQUEUE_INIT,
        attributes: *mut WDF_OBJECT_ATTRIBUTES,
        config: *mut NET_PACKET_QUEUE_CONFIG,
        queue: *mut NETPACKETQUEUE,
    ) -> NTSTATUS {
        // SAFETY: as the caller says; configuration and attributes are copied.
        unsafe { NETCX.NetTxQueueCreate(init, attributes.cast(), config, queue) }
    }

    unsafe fn rings(queue: NETPACKETQUEUE) -> *const NET_RING_COLLECTION {
        // SAFETY: as the caller says.
        unsafe { NETCX.NetTxQueueGetRingCollection(queue) }
    }

    unsafe fn extension(queue: NETPACKETQUEUE, query: &NET_EXTENSION_QUERY, result: &mut NET_EXTENSION) {
        // SAFETY: as the caller says; the query is read, the result written during the call.
        unsafe { NETCX.NetTxQueueGetExtension(queue, query, result) };
    }
}

/// From us to the stack.
pub(crate) struct Rx;

impl Direction for Rx {
    type Init = NETRXQUEUE_INIT;

    unsafe fn create(
        init: *mut NETRXQUEUE_INIT,
        attributes: *mut WDF_OBJECT_ATTRIBUTES,
        config: *mut NET_PACKET_QUEUE_CONFIG,
        queue: *mut NETPACKETQUEUE,
    ) -> NTSTATUS {
        // SAFETY: as the caller says; configuration and attributes are copied.
        unsafe { NETCX.NetRxQueueCreate(init, attributes.cast(), config, queue) }
    }

    unsafe fn rings(queue: NETPACKETQUEUE) -> *const NET_RING_COLLECTION {
        // SAFETY: as the caller says.
        unsafe { NETCX.NetRxQueueGetRingCollection(queue) }
    }

    unsafe fn extension(queue: NETPACKETQUEUE, query: &NET_EXTENSION_QUERY, result: &mut NET_EXTENSION) {
        // SAFETY: as the caller says; the query is read, the result written during the call.
        unsafe { NETCX.NetRxQueueGetExtension(queue, query, result) };
    }
}

/// The two rings of a queue.
#[derive(Clone, Copy)]
pub(crate) struct Rings {
    pub(crate) packets: Ring<NET_PACKET>,
    pub(crate) fragments: Ring<NET_FRAGMENT>,
}

/// Creates a queue whose context is a `C`. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// Called from `EvtAdapterCreateTxQueue` or `EvtAdapterCreateRxQueue` with its init object; `config` holds callbacks of such a queue.
pub(crate) unsafe fn create<D: Direction, C: Context>(
    init: *mut D::Init,
    mut config: NET_PACKET_QUEUE_CONFIG,
    cleanup: PFN_WDF_OBJECT_CONTEXT_CLEANUP,
) -> Result<(NETPACKETQUEUE, Rings), NTSTATUS> {
    let mut attributes = attributes::<C>(cleanup);
    let mut queue: NETPACKETQUEUE = core::ptr::null_mut();
    // SAFETY: the callback's own init object.
    let status = unsafe { D::create(init, &raw mut attributes, &raw mut config, &raw mut queue) };
    if !wdk::nt_success(status) {
        return Err(status);
    }
    // SAFETY: the queue has just been created.
    let collection = unsafe { D::rings(queue) };
    // SAFETY: the framework returns the collection of a live queue.
    let collection = unsafe { collection.as_ref() }.ok_or(STATUS_INVALID_DEVICE_STATE)?;
    let packets = NonNull::new(collection.packet_ring()).ok_or(STATUS_INVALID_DEVICE_STATE)?;
    let fragments = NonNull::new(collection.fragment_ring()).ok_or(STATUS_INVALID_DEVICE_STATE)?;
    let rings = Rings {
        // SAFETY: this is the packet ring of the queue whose callbacks use it.
        packets: unsafe { Ring::new(packets) },
        // SAFETY: this is the fragment ring of the same queue.
        fragments: unsafe { Ring::new(fragments) },
    };
    Ok((queue, rings))
}

/// An extension that the driver cannot do without. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `queue` has just been made by [`create`] for `D`.
pub(crate) unsafe fn extension<D: Direction>(
    queue: NETPACKETQUEUE,
    wanted: &Extension,
) -> Result<NET_EXTENSION, NTSTATUS> {
    let mut found = NET_EXTENSION::EMPTY;
    // SAFETY: as the caller says.
    unsafe { D::extension(queue, &wanted.query(), &mut found) };
    if found.Enabled == 0 {
        return Err(STATUS_NOT_SUPPORTED);
    }
    Ok(found)
}

/// What the callbacks of a queue need: its adapter, and where its rings and extensions are. Zeros: not attached, as in a queue whose
/// creation failed half-way.
pub(crate) struct Attachment<T> {
    adapter: Link<Adapter>,
    /// Written before `adapter` is, never after.
    parts: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Attachment<T> {
    /// Attaches the queue to its adapter.
    ///
    /// # Safety
    ///
    /// Once per queue, in the callback that creates it, before any of its own callbacks run.
    pub(crate) unsafe fn attach(&self, adapter: &Adapter, parts: T) {
        // SAFETY: nobody else looks yet, as the caller says.
        unsafe { *self.parts.get() = MaybeUninit::new(parts) };
        self.adapter.set(adapter.into());
    }

    /// Adapter and parts; `None` if the queue was never attached.
    ///
    /// # Safety
    ///
    /// Called in a callback of the queue: the adapter goes with the device, after all queues.
    pub(crate) unsafe fn get(&self) -> Option<(&Adapter, &T)> {
        // SAFETY: the adapter outlives the queue, as the caller says.
        let adapter = unsafe { self.adapter.get()?.as_ref() };
        // SAFETY: nobody writes any more, since the adapter is set.
        let parts = unsafe { &*self.parts.get() };
        // SAFETY: written before the adapter was.
        Some((adapter, unsafe { parts.assume_init_ref() }))
    }
}
