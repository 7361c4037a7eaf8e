//! The two packet queues, and the bugs in them.

use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use netcx_sys::netadaptercx::{
    NET_FRAGMENT, NET_PACKET, NET_PACKET_QUEUE_CONFIG, NET_RING, NET_RING_COLLECTION, NETADAPTER,
    NETPACKETQUEUE, NETRXQUEUE_INIT, NETTXQUEUE_INIT, Ring,
};
use wdk_sys::NTSTATUS;

use crate::{NETCX, has_bug};

/// An index that isn't wrapped around at the ring's end.
const INDEX_BEHIND_END: u32 = 1;
/// The driver writes into a ring's header.
const HEADER_CHANGED: u32 = 2;
/// A received packet that nobody filled in.
const UNTOUCHED_PACKET: u32 = 3;
/// Packets that the driver keeps when its queue is cancelled.
const NOT_DRAINED: u32 = 4;
/// A packet to be sent that the driver writes to.
const SENT_PACKET_CHANGED: u32 = 5;

/// There is one adapter with one queue of each direction.
static TX: AtomicPtr<NET_RING_COLLECTION> = AtomicPtr::new(ptr::null_mut());
static RX: AtomicPtr<NET_RING_COLLECTION> = AtomicPtr::new(ptr::null_mut());

type Rings = (Ring<NET_PACKET>, Ring<NET_FRAGMENT>);

fn rings(of: &AtomicPtr<NET_RING_COLLECTION>) -> Option<Rings> {
    let collection = unsafe { of.load(Ordering::Acquire).as_ref() }?;
    let packets = NonNull::new(collection.packet_ring())?;
    let fragments = NonNull::new(collection.fragment_ring())?;
    Some(unsafe { (Ring::new(packets), Ring::new(fragments)) })
}

fn header<'a>(ring: Ring<NET_PACKET>) -> &'a mut NET_RING {
    unsafe { &mut *ring.as_ptr() }
}

/// Gives everything back.
fn complete((packets, fragments): Rings) {
    // The indices are the framework's own, so they are in range.
    let _ = packets.set_begin(packets.end());
    let _ = fragments.set_begin(fragments.end());
}

pub(crate) unsafe extern "C" fn create_tx(_: NETADAPTER, init: *mut NETTXQUEUE_INIT) -> NTSTATUS {
    let mut config =
        NET_PACKET_QUEUE_CONFIG::new(Some(advance_tx), Some(set_notification_enabled), Some(cancel_tx));
    let mut queue = ptr::null_mut();
    unsafe {
        let status = NETCX.NetTxQueueCreate(init, ptr::null_mut(), &raw mut config, &raw mut queue);
        if status >= 0 {
            let rings = NETCX.NetTxQueueGetRingCollection(queue);
            TX.store(rings.cast_mut(), Ordering::Release);
        }
        status
    }
}

pub(crate) unsafe extern "C" fn create_rx(_: NETADAPTER, init: *mut NETRXQUEUE_INIT) -> NTSTATUS {
    let mut config =
        NET_PACKET_QUEUE_CONFIG::new(Some(advance_rx), Some(set_notification_enabled), Some(cancel_rx));
    let mut queue = ptr::null_mut();
    unsafe {
        let status = NETCX.NetRxQueueCreate(init, ptr::null_mut(), &raw mut config, &raw mut queue);
        if status >= 0 {
            let rings = NETCX.NetRxQueueGetRingCollection(queue);
            RX.store(rings.cast_mut(), Ordering::Release);
        }
        status
    }
}

unsafe extern "C" fn advance_tx(_: NETPACKETQUEUE) {
    let Some(rings) = rings(&TX) else { return };
    if has_bug(SENT_PACKET_CHANGED)
        && let Some(index) = rings.0.owned().next()
    {
        unsafe { rings.0.element(index).as_mut() }.FragmentCount = 7;
    }
    complete(rings);
}

unsafe extern "C" fn advance_rx(_: NETPACKETQUEUE) {
    let Some((packets, fragments)) = rings(&RX) else {
        return;
    };
    if has_bug(INDEX_BEHIND_END) {
        header(packets).BeginIndex = packets.mask().size() + 5;
    }
    if has_bug(HEADER_CHANGED) {
        header(packets).NumberOfElements = 3;
    }
    if has_bug(UNTOUCHED_PACKET) {
        let _ = packets.set_begin(packets.mask().increment(packets.begin()));
        let _ = fragments.set_begin(fragments.mask().increment(fragments.begin()));
    }
}

unsafe extern "C" fn set_notification_enabled(_: NETPACKETQUEUE, _: u8) {}

unsafe extern "C" fn cancel_tx(_: NETPACKETQUEUE) {}

unsafe extern "C" fn cancel_rx(_: NETPACKETQUEUE) {
    if has_bug(NOT_DRAINED) {
        return;
    }
    let Some(rings) = rings(&RX) else { return };
    for index in rings.0.owned() {
        unsafe { rings.0.element(index).as_mut() }.mark_ignored();
    }
    complete(rings);
}
