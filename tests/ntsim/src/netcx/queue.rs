//! Packet queues (netpacketqueue.h): objects, rings, extensions, notifications.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use netcx_sys::netadaptercx::{
    NET_EXTENSION, NET_EXTENSION_QUERY, NET_FRAGMENT_EXTENSION_MDL, NETPACKETQUEUE,
};

use super::adapter::Adapter;
use super::ring::{self, FRAGMENTS, PACKETS, Ring};
use super::rules::bugcheck;
use super::signal::Signal;
use super::{class, sized};
use crate::abi::kmdf::Handle;
use crate::exports;
use crate::guest::{self, Guest};
use crate::machine;
use crate::wdf::object::{self, Body, Object};

exports! { "netadaptercx.sys";
    NetTxQueueNotifyMoreCompletedPacketsAvailable: PASSIVE..=HIGH,
    NetTxQueueGetRingCollection: PASSIVE..=PASSIVE,
    NetTxQueueGetExtension: PASSIVE..=PASSIVE,
    NetTxQueueGetDemux8021p: PASSIVE..=PASSIVE,
    NetRxQueueNotifyMoreReceivedPacketsAvailable: PASSIVE..=HIGH,
    NetRxQueueGetRingCollection: PASSIVE..=PASSIVE,
    NetRxQueueGetExtension: PASSIVE..=PASSIVE,
}

/// Rings are at least and at most so long, whatever the driver's hint is.
const RING_LENGTHS: std::ops::RangeInclusive<u32> = 64..=4096;
/// Length of a ring without a hint.
const RING_LENGTH: u32 = 256;

/// Which way a queue goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Tx,
    Rx,
}

type QueueCallback = unsafe extern "win64" fn(NETPACKETQUEUE);

/// The driver's callbacks.
#[derive(Clone, Copy)]
pub(super) struct Callbacks {
    pub start: Option<QueueCallback>,
    pub stop: Option<QueueCallback>,
    pub advance: QueueCallback,
    pub set_notification: unsafe extern "win64" fn(NETPACKETQUEUE, u8),
    pub cancel: QueueCallback,
}

/// A packet queue.
pub(super) struct Queue {
    object: OnceLock<&'static Object>,
    pub direction: Direction,
    pub id: u32,
    pub adapter: Arc<Adapter>,
    pub callbacks: Callbacks,
    pub packets: Ring,
    pub fragments: Ring,
    /// NET_RING_COLLECTION: packet ring, fragment ring, no data buffer ring.
    collection: Box<[usize; 3]>,
    pub signal: Signal,
    /// The driver was asked to notify, and hasn't yet.
    pub armed: AtomicBool,
    /// Notifications that nobody had asked for; legal.
    pub spurious: AtomicU64,
    pub notifications: AtomicU64,
    /// The queue shall stop.
    pub stopping: AtomicBool,
    /// The driver looks at the MDLs of fragments.
    pub wants_mdl: AtomicBool,
}

impl Body for Queue {
    fn destroy(&self) {
        self.packets.revoke();
        self.fragments.revoke();
    }
}

impl Queue {
    /// Makes the rings that the adapter's settings ask for.
    pub(super) fn new(
        adapter: &Arc<Adapter>,
        direction: Direction,
        id: u32,
        callbacks: Callbacks,
    ) -> io::Result<Self> {
        let settings = adapter.settings.lock();
        let extensions = ring::registered(&settings, &adapter.client);
        let hint = match direction {
            Direction::Tx => settings.tx.map_or(0, |tx| tx.ring_hint),
            Direction::Rx => settings.rx.map_or(0, |rx| rx.ring_hint),
        };
        drop(settings);
        let count = ring_length(hint);
        let packets = Ring::new(count, PACKETS, &extensions)?;
        // Packets have several fragments at times.
        let more = if direction == Direction::Tx { 2 } else { 1 };
        let fragments = Ring::new(count * more, FRAGMENTS, &extensions)?;
        let collection = Box::new([packets.address(), fragments.address(), 0]);
        Ok(Self {
            object: OnceLock::new(),
            direction,
            id,
            adapter: Arc::clone(adapter),
            callbacks,
            packets,
            fragments,
            collection,
            signal: Signal::new()?,
            armed: AtomicBool::new(false),
            spurious: AtomicU64::new(0),
            notifications: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            wants_mdl: AtomicBool::new(false),
        })
    }

    /// The object that was made for it.
    pub(super) fn set_object(&self, object: &'static Object) {
        // Nobody else has the object yet.
        let _ = self.object.set(object);
    }

    pub(super) fn object(&self) -> &'static Object {
        self.object.get().copied().unwrap_or_else(|| machine::stop())
    }

    /// Its handle as callbacks get it.
    pub(super) fn handle(&self) -> NETPACKETQUEUE {
        std::ptr::without_provenance_mut(self.object().handle())
    }

    pub(super) fn name(&self) -> String {
        format!("{:?} queue {}", self.direction, self.id)
    }
}

/// The queue behind a handle; one of the other direction is 0x19E 44 (InvalidQueueHandle).
fn of(handle: Handle, direction: Direction) -> Arc<Queue> {
    let queue = object::body::<Queue>(handle).1;
    if queue.direction != direction {
        bugcheck!(
            NET_QUEUE,
            "a function of {direction:?} queues was called with the {}",
            queue.name()
        );
    }
    queue
}

fn notify(handle: Handle, direction: Direction) {
    let queue = of(handle, direction);
    if !queue.armed.swap(false, Ordering::AcqRel) {
        queue.spurious.fetch_add(1, Ordering::Relaxed);
    }
    queue.notifications.fetch_add(1, Ordering::Relaxed);
    queue.signal.notify();
}

/// `NetTxQueueNotifyMoreCompletedPacketsAvailable`: any IRQL, as long as the queue lives. Never calls back from inside.
pub extern "win64" fn NetTxQueueNotifyMoreCompletedPacketsAvailable(_globals: usize, handle: Handle) {
    notify(handle, Direction::Tx);
}

/// `NetRxQueueNotifyMoreReceivedPacketsAvailable`: any IRQL, as long as the queue lives. Never calls back from inside.
pub extern "win64" fn NetRxQueueNotifyMoreReceivedPacketsAvailable(_globals: usize, handle: Handle) {
    notify(handle, Direction::Rx);
}

fn collection(globals: usize, handle: Handle, direction: Direction) -> usize {
    class::check(globals);
    Guest::of(&*of(handle, direction).collection).addr()
}

/// `NetTxQueueGetRingCollection`: valid as long as the queue lives.
pub extern "win64" fn NetTxQueueGetRingCollection(globals: usize, handle: Handle) -> usize {
    collection(globals, handle, Direction::Tx)
}

/// `NetRxQueueGetRingCollection`: valid as long as the queue lives.
pub extern "win64" fn NetRxQueueGetRingCollection(globals: usize, handle: Handle) -> usize {
    collection(globals, handle, Direction::Rx)
}

fn extension(
    globals: usize,
    handle: Handle,
    direction: Direction,
    query: Guest<NET_EXTENSION_QUERY>,
    out: Guest<NET_EXTENSION>,
) {
    class::check(globals);
    let queue = of(handle, direction);
    sized(query, "NET_EXTENSION_QUERY");
    let this = query.read();
    let name = guest::wide_z(Guest::at(this.Name as usize));
    let Some(extension) = ring::find_extension(&name, this.Version, this.Type) else {
        bugcheck!(
            NET_EXTENSION,
            "no extension {name} of version {} and type {:?}",
            this.Version,
            this.Type
        );
    };
    if extension.c_name == NET_FRAGMENT_EXTENSION_MDL.c_name {
        queue.wants_mdl.store(true, Ordering::Release);
    }
    let ring = if extension.of == PACKETS {
        &queue.packets
    } else {
        &queue.fragments
    };
    out.write(ring.describe_extension(extension));
}

/// `NetTxQueueGetExtension`: an unknown one is 0x19E 27 to 29; one that the queue doesn't have is not enabled.
pub extern "win64" fn NetTxQueueGetExtension(
    globals: usize,
    handle: Handle,
    query: Guest<NET_EXTENSION_QUERY>,
    out: Guest<NET_EXTENSION>,
) {
    extension(globals, handle, Direction::Tx, query, out);
}

/// `NetRxQueueGetExtension`: an unknown one is 0x19E 27 to 29; one that the queue doesn't have is not enabled.
pub extern "win64" fn NetRxQueueGetExtension(
    globals: usize,
    handle: Handle,
    query: Guest<NET_EXTENSION_QUERY>,
    out: Guest<NET_EXTENSION>,
) {
    extension(globals, handle, Direction::Rx, query, out);
}

/// `NetTxQueueGetDemux8021p`: the priority of a queue is its number.
pub extern "win64" fn NetTxQueueGetDemux8021p(globals: usize, handle: Handle) -> u8 {
    class::check(globals);
    u8::try_from(of(handle, Direction::Tx).id).unwrap_or(0)
}

fn ring_length(hint: u32) -> u32 {
    let wanted = if hint == 0 { RING_LENGTH } else { hint };
    wanted
        .clamp(*RING_LENGTHS.start(), *RING_LENGTHS.end())
        .next_power_of_two()
}
