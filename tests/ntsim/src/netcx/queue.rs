//! Packet queues (netpacketqueue.h): objects, rings, extensions, notifications.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use netcx_sys::netadaptercx::{
    NET_EXTENSION, NET_EXTENSION_QUERY, NET_FRAGMENT_EXTENSION_MDL, NET_PACKET_QUEUE_CONFIG_V2_0,
    NET_PACKET_QUEUE_CONFIG_V2_1, NETPACKETQUEUE,
};
use parking_lot::Mutex;

use super::adapter::Adapter;
use super::ring::{self, FRAGMENTS, PACKETS, Ring};
use super::rules::bugcheck;
use super::signal::Signal;
use super::{class, sized};
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::exports;
use crate::guest::{self, Guest};
use crate::machine;
use crate::status::{self, NtStatus, Result};
use crate::wdf::object::{self, Body, Kind, New, Object};
use crate::{at, cpu, violate};

exports! { "netadaptercx.sys";
    NetTxQueueCreate: PASSIVE..=PASSIVE,
    NetTxQueueNotifyMoreCompletedPacketsAvailable: PASSIVE..=HIGH,
    NetTxQueueInitGetQueueId: PASSIVE..=PASSIVE,
    NetTxQueueGetRingCollection: PASSIVE..=PASSIVE,
    NetTxQueueGetExtension: PASSIVE..=PASSIVE,
    NetTxQueueGetDemux8021p: PASSIVE..=PASSIVE,
    NetRxQueueCreate: PASSIVE..=PASSIVE,
    NetRxQueueNotifyMoreReceivedPacketsAvailable: PASSIVE..=HIGH,
    NetRxQueueInitGetQueueId: PASSIVE..=PASSIVE,
    NetRxQueueGetRingCollection: PASSIVE..=PASSIVE,
    NetRxQueueGetExtension: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "NETPACKETQUEUE",
    passive_dispose: true,
    deletable: false,
};
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

/// A queue that is being made: what NETTXQUEUE_INIT and NETRXQUEUE_INIT stand for.
struct Creation {
    adapter: Arc<Adapter>,
    direction: Direction,
    id: u32,
    thread: u32,
    made: Option<Arc<Queue>>,
}

static CREATIONS: Mutex<BTreeMap<usize, Creation>> = Mutex::new(BTreeMap::new());
/// Not an address: a driver that looks into the opaque structure faults.
const FIRST: usize = 0x9300_0000_0000_0000;

thread_local! {
    static NEXT: Cell<usize> = const { Cell::new(0) };
}

/// Opens the time in which a queue can be made; the value is what the driver's callback gets.
pub(super) fn begin_creation(adapter: &Arc<Adapter>, direction: Direction, id: u32) -> usize {
    let thread = cpu::current().id;
    let number = NEXT.get();
    NEXT.set(number + 1);
    let init = FIRST + (thread as usize) * 0x10_0000 + (number % 0x100) * 0x1000;
    let creation = Creation {
        adapter: Arc::clone(adapter),
        direction,
        id,
        thread,
        made: None,
    };
    CREATIONS.lock().insert(init, creation);
    init
}

/// Closes it; returns the queue that was made.
pub(super) fn end_creation(init: usize) -> Option<Arc<Queue>> {
    CREATIONS.lock().remove(&init)?.made
}

fn with_creation<R>(init: usize, direction: Direction, f: impl FnOnce(&mut Creation) -> R) -> R {
    let mut creations = CREATIONS.lock();
    let found = creations.get_mut(&init).filter(|c| c.direction == direction);
    if let Some(creation) = found {
        return f(creation);
    }
    drop(creations);
    bugcheck!(
        NET_QUEUE_CREATE,
        "{init:#x} isn't the init object of a {direction:?} queue that is being made"
    )
}

/// Reads NET_PACKET_QUEUE_CONFIG in the size of the client's version.
fn read_config(globals: usize, config: Guest<NET_PACKET_QUEUE_CONFIG_V2_1>) -> Callbacks {
    let client = class::client(globals);
    let size = config.cast::<u32>().read() as usize;
    let (old, new) = (
        size_of::<NET_PACKET_QUEUE_CONFIG_V2_0>(),
        size_of::<NET_PACKET_QUEUE_CONFIG_V2_1>(),
    );
    let fits = size == old || size == new && client.minor > 0;
    if !fits {
        violate!(
            NET_STRUCTURE,
            "NET_PACKET_QUEUE_CONFIG has size {size} in a client of 2.{}",
            client.minor
        );
    }
    let this = config.cast::<NET_PACKET_QUEUE_CONFIG_V2_0>().read();
    let (Some(advance), Some(set_notification), Some(cancel)) =
        (this.EvtAdvance, this.EvtSetNotificationEnabled, this.EvtCancel)
    else {
        bugcheck!(
            NET_QUEUE_CREATE,
            "a queue without EvtAdvance, EvtSetNotificationEnabled or EvtCancel"
        );
    };
    Callbacks {
        start: this.EvtStart,
        stop: this.EvtStop,
        advance,
        set_notification,
        cancel,
    }
}

fn ring_length(hint: u32) -> u32 {
    let wanted = if hint == 0 { RING_LENGTH } else { hint };
    wanted
        .clamp(*RING_LENGTHS.start(), *RING_LENGTHS.end())
        .next_power_of_two()
}

fn make(adapter: &Arc<Adapter>, direction: Direction, id: u32, callbacks: Callbacks) -> io::Result<Queue> {
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
    Ok(Queue {
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

fn create(
    globals: usize,
    init: usize,
    direction: Direction,
    attributes: Guest<ObjectAttributes>,
    config: Guest<NET_PACKET_QUEUE_CONFIG_V2_1>,
    function: &str,
) -> Result<Handle> {
    let (adapter, id, thread, made) = with_creation(init, direction, |c| {
        (Arc::clone(&c.adapter), c.id, c.thread, c.made.is_some())
    });
    if made {
        bugcheck!(NET_QUEUE_CREATE, "{function} twice in one callback");
    }
    if thread != cpu::current().id {
        bugcheck!(
            NET_QUEUE_CREATE,
            "{function} on another thread than the callback's"
        );
    }
    if !attributes.is_null() && at!(attributes.parent).read() != 0 {
        bugcheck!(
            NET_QUEUE_CREATE,
            "a queue's parent is its adapter; the attributes name another"
        );
    }
    let callbacks = read_config(globals, config);
    let queue = make(&adapter, direction, id, callbacks).map_err(|_| status::INSUFFICIENT_RESOURCES)?;
    let queue = Arc::new(queue);
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(adapter.object()),
        may_have_parent: false,
        function,
    };
    let object = object::create(&new, Arc::clone(&queue))?;
    // Nobody else has the object yet.
    let _ = queue.object.set(object);
    with_creation(init, direction, |c| c.made = Some(queue));
    Ok(object.handle())
}

/// `NetTxQueueCreate`.
///
/// | the caller promises                                             | else                                        |
/// |-----------------------------------------------------------------|---------------------------------------------|
/// | to be inside of EvtAdapterCreateTxQueue, on its thread, once         | `net-queue-create` (0x19E 20, 21, 24), stop   |
/// | attributes without a parent                                       | `net-queue-create` (0x19E 23), stop           |
/// | the three mandatory callbacks                                      | `net-queue-create` (0x19E 9), stop            |
/// | the configuration's size is that of its version                     | `net-structure` (0x19E 8)                     |
pub extern "win64" fn NetTxQueueCreate(
    globals: usize,
    init: usize,
    attributes: Guest<ObjectAttributes>,
    config: Guest<NET_PACKET_QUEUE_CONFIG_V2_1>,
    out: Guest<Handle>,
) -> NtStatus {
    let made = create(
        globals,
        init,
        Direction::Tx,
        attributes,
        config,
        "NetTxQueueCreate",
    );
    status::of(made.map(|handle| out.write(handle)))
}

/// `NetRxQueueCreate`: as [`NetTxQueueCreate`].
pub extern "win64" fn NetRxQueueCreate(
    globals: usize,
    init: usize,
    attributes: Guest<ObjectAttributes>,
    config: Guest<NET_PACKET_QUEUE_CONFIG_V2_1>,
    out: Guest<Handle>,
) -> NtStatus {
    let made = create(
        globals,
        init,
        Direction::Rx,
        attributes,
        config,
        "NetRxQueueCreate",
    );
    status::of(made.map(|handle| out.write(handle)))
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

/// `NetTxQueueInitGetQueueId`.
pub extern "win64" fn NetTxQueueInitGetQueueId(globals: usize, init: usize) -> u32 {
    class::check(globals);
    with_creation(init, Direction::Tx, |c| c.id)
}

/// `NetRxQueueInitGetQueueId`.
pub extern "win64" fn NetRxQueueInitGetQueueId(globals: usize, init: usize) -> u32 {
    class::check(globals);
    with_creation(init, Direction::Rx, |c| c.id)
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

pub(super) fn reset() {
    CREATIONS.lock().clear();
}
