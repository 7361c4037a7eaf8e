//! The transmit queue: packets are sealed straight from the ring's fragments into a batch, and the batch leaves.
//!
//! Sealing copies nothing and waits for nothing, so a packet goes back to the stack in the call that took it. Only when all batches are
//! under way packets stay in the ring, and the queue is woken when one comes back.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};

use netcx_sys::netadaptercx::{
    NET_EXTENSION, NET_FRAGMENT, NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_FRAGMENT_VIRTUAL_ADDRESS,
    NET_PACKET, NET_PACKET_QUEUE_CONFIG, NETPACKETQUEUE, NETTXQUEUE_INIT, Ring,
};
use ovpn_dco_engine::{Device, DropReason, Sealed, Transmit};
use wdk_sys::{BOOLEAN, NTSTATUS};

use crate::device::Adapter;
use crate::driver::NETCX;
use crate::irql;
use crate::object::{Context, context};
use crate::platform::Kernel;
use crate::queue::{self, Attachment, Rings, Tx};
use crate::send::SendBatch;
use crate::socket::Socket;

/// Fragments of one packet; the framework copies packets with more into one.
pub(crate) const MAX_FRAGMENTS: usize = 8;

/// What the framework keeps with the queue. Zeros: not attached yet.
pub(crate) struct TxQueue {
    attachment: Attachment<TxRings>,
    /// After `EvtCancel`: what is left in the ring is dropped.
    cancelled: AtomicBool,
}

context!(TxQueue, c"ovpn-dco transmit queue");

/// Where packets lie.
struct TxRings {
    rings: Rings,
    address: NET_EXTENSION,
}

/// Creates the queue. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// Called from the adapter's `EvtAdapterCreateTxQueue` with its arguments.
pub(crate) unsafe fn create(init: *mut NETTXQUEUE_INIT, adapter: &Adapter) -> Result<(), NTSTATUS> {
    let config = NET_PACKET_QUEUE_CONFIG {
        EvtStart: Some(evt_start),
        ..NET_PACKET_QUEUE_CONFIG::new(
            Some(evt_advance),
            Some(evt_set_notification_enabled),
            Some(evt_cancel),
        )
    };
    // SAFETY: as the caller says.
    let (queue, rings) = unsafe { queue::create::<Tx, TxQueue>(init, config, Some(evt_cleanup)) }?;
    // SAFETY: the queue has just been created.
    let address = unsafe { queue::extension::<Tx>(queue, &NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS) }?;
    // SAFETY: the queue was created with this context.
    let context = unsafe { TxQueue::of(queue.cast()) };
    // SAFETY: no callback of the queue has run yet.
    unsafe { context.attachment.attach(adapter, TxRings { rings, address }) };
    Ok(())
}

/// The adapter, the context and the rings of a queue.
///
/// # Safety
///
/// `queue` is a transmit queue that [`create`] made, and this is one of its callbacks.
unsafe fn parts<'a>(queue: NETPACKETQUEUE) -> Option<(&'a Adapter, &'a TxQueue, &'a TxRings)> {
    // SAFETY: the queue has this context.
    let context = unsafe { TxQueue::of(queue.cast()) };
    // SAFETY: this is a callback of the queue, as the caller says.
    let (adapter, rings) = unsafe { context.attachment.get() }?;
    Some((adapter, context, rings))
}

/// `EVT_PACKET_QUEUE_ADVANCE`. IRQL: <= DISPATCH_LEVEL. One call at a time per queue.
unsafe extern "C" fn evt_advance(queue: NETPACKETQUEUE) {
    // SAFETY: only `create` registers this.
    let Some((adapter, context, rings)) = (unsafe { parts(queue) }) else {
        return;
    };
    irql::at_most_dispatch();
    let Rings { packets, fragments } = rings.rings;
    let mut cursor = packets.begin();
    if context.cancelled.load(Ordering::Acquire) {
        cursor = packets.end();
        let dropped = packets.owned().filter(|&index| !is_ignored(packets, index));
        adapter.engine().dropped(DropReason::OutNotUp, dropped.count());
    }
    while cursor != packets.end() {
        match send_batch(adapter, rings, cursor) {
            Some(next) => cursor = next,
            // The packets stay, and the queue is woken when a batch comes back. One may have come back meanwhile.
            None if adapter.engine().platform().data.want(queue.cast()) => break,
            None => {}
        }
    }
    finish(packets, fragments, cursor);
}

fn is_ignored(packets: Ring<NET_PACKET>, index: u32) -> bool {
    // SAFETY: the driver owns this element; the framework does not write it meanwhile.
    unsafe { packets.element(index).as_ref() }.is_ignored()
}

/// Gives everything before `cursor` back to the framework.
fn finish(packets: Ring<NET_PACKET>, fragments: Ring<NET_FRAGMENT>, cursor: u32) {
    let mut last = None;
    for index in packets.mask().range(packets.begin(), cursor) {
        // SAFETY: the driver owns this element; the framework does not write it meanwhile.
        let packet = unsafe { packets.element(index).as_ref() };
        // A packet that the framework dropped has no fragments, and its index means nothing.
        if !packet.is_ignored() && packet.FragmentCount != 0 {
            last = Some((packet.FragmentIndex, packet.FragmentCount));
        }
    }
    if let Some((first, count)) = last {
        let _ = fragments.set_begin(fragments.mask().advance(first, u32::from(count)));
    }
    let _ = packets.set_begin(cursor);
}

/// Seals packets from `cursor` on into batches and sends them. Returns where it stopped; `None` if no batch was free to begin with.
fn send_batch(adapter: &Adapter, rings: &TxRings, mut cursor: u32) -> Option<u32> {
    let packets = rings.rings.packets;
    let engine = adapter.engine();
    let pool = &engine.platform().data;
    let mut batch = pool.take()?;
    let guard = engine.transmit();
    let mut way: Option<(&Socket, Option<SocketAddr>)> = None;
    while cursor != packets.end() && !batch.is_full() {
        // SAFETY: the driver owns this element; the framework does not write it meanwhile.
        let packet = unsafe { packets.element(cursor).as_ref() };
        cursor = packets.mask().increment(cursor);
        let Some(sealed) = seal(engine, &guard, rings, packet, &mut batch) else {
            continue;
        };
        let next = (sealed.transport.socket(), sealed.to);
        let other = way.replace(next).filter(|&(_, to)| to != next.1);
        if let Some((socket, to)) = other {
            // One send has one destination (server mode): this packet begins another batch.
            let Some(mut following) = pool.take() else {
                batch.uncommit();
                engine.dropped(DropReason::OutPool, 1);
                way = Some((socket, to));
                break;
            };
            batch.move_last(&mut following);
            socket.send_batch(core::mem::replace(&mut batch, following), to);
        }
    }
    if let Some((socket, to)) = way {
        socket.send_batch(batch, to);
    }
    Some(cursor)
}

/// Seals one packet of the ring behind what the batch holds. `None`: it is dropped, and counted.
fn seal<'g>(
    engine: &Device<Kernel>,
    guard: &'g Transmit<'_, Kernel>,
    rings: &TxRings,
    packet: &NET_PACKET,
    batch: &mut SendBatch,
) -> Option<Sealed<'g, Kernel>> {
    if packet.is_ignored() {
        // The framework has dropped it itself.
        return None;
    }
    let mut slices: [&[u8]; MAX_FRAGMENTS] = [&[]; MAX_FRAGMENTS];
    let Some(count) = gather(rings, packet, &mut slices) else {
        engine.dropped(DropReason::OutBuffer, 1);
        return None;
    };
    let sealed = guard.packet(slices.get(..count)?, batch.room()).ok()?;
    batch.commit(sealed.len);
    Some(sealed)
}

/// The pieces of a packet, where they lie. `None` if it has more than it may have, or one without an address.
fn gather(rings: &TxRings, packet: &NET_PACKET, slices: &mut [&[u8]; MAX_FRAGMENTS]) -> Option<usize> {
    let fragments = rings.rings.fragments;
    let count = usize::from(packet.FragmentCount);
    let range = fragments
        .mask()
        .fragments(packet.FragmentIndex, packet.FragmentCount);
    for (slot, index) in slices.get_mut(..count)?.iter_mut().zip(range) {
        // SAFETY: the fragments of a packet that the driver owns are the driver's.
        let fragment = unsafe { fragments.element(index).as_ref() };
        // SAFETY: the queue filled the extension in, and the index is one of the ring's.
        let address = unsafe { rings.address.data::<NET_FRAGMENT_VIRTUAL_ADDRESS>(index) }?;
        // SAFETY: the framework filled this element in.
        let address = unsafe { address.as_ref() }
            .VirtualAddress
            .cast_const()
            .cast::<u8>();
        if address.is_null() {
            return None;
        }
        let start = address.wrapping_add(fragment.offset() as usize);
        // SAFETY: the framework says that so many bytes lie there; they stay until the packet goes back, and nobody writes them.
        *slot = unsafe { core::slice::from_raw_parts(start, fragment.valid_length() as usize) };
    }
    Some(count)
}

/// Wakes the queue: a batch has come back. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// `queue` was given to [`SendPool::want`](crate::send::SendPool::want) and has not been taken back.
pub(crate) unsafe fn wake(queue: *mut core::ffi::c_void) {
    // SAFETY: the queue takes itself back before it goes.
    unsafe { NETCX.NetTxQueueNotifyMoreCompletedPacketsAvailable(queue.cast()) };
}

/// `EVT_PACKET_QUEUE_SET_NOTIFICATION_ENABLED`. IRQL: <= DISPATCH_LEVEL.
///
/// Whether to wake the queue is decided where packets stay in the ring: [`evt_advance`].
unsafe extern "C" fn evt_set_notification_enabled(_queue: NETPACKETQUEUE, _enabled: BOOLEAN) {}

/// `EVT_PACKET_QUEUE_START`: before the first packet, and again after each stop. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_start(queue: NETPACKETQUEUE) {
    // SAFETY: only `create` registers this.
    if let Some((_, context, _)) = unsafe { parts(queue) } {
        context.cancelled.store(false, Ordering::Release);
    }
}

/// `EVT_PACKET_QUEUE_CANCEL`. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn evt_cancel(queue: NETPACKETQUEUE) {
    // SAFETY: only `create` registers this.
    if let Some((adapter, context, _)) = unsafe { parts(queue) } {
        context.cancelled.store(true, Ordering::Release);
        adapter.engine().platform().data.forget(queue.cast());
    }
}

/// `EVT_WDF_OBJECT_CONTEXT_CLEANUP` of the queue. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_cleanup(object: wdk_sys::WDFOBJECT) {
    // SAFETY: the object is a queue that `create` made; a queue that failed half-way has no adapter.
    if let Some((adapter, ..)) = unsafe { parts(object.cast()) } {
        adapter.engine().platform().data.forget(object.cast());
    }
}
