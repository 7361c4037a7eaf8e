//! Making a queue: NETTXQUEUE_INIT and NETRXQUEUE_INIT are valid inside of the adapter's callback, on its thread.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use netcx_sys::netadaptercx::{NET_PACKET_QUEUE_CONFIG_V2_0, NET_PACKET_QUEUE_CONFIG_V2_1};
use parking_lot::Mutex;

use super::adapter::Adapter;
use super::class;
use super::queue::{Callbacks, Direction, Queue};
use super::rules::bugcheck;
use crate::abi::kmdf::{Handle, ObjectAttributes};
use crate::exports;
use crate::guest::Guest;
use crate::status::{self, NtStatus, Result};
use crate::wdf::object::{self, Kind, New};
use crate::{at, cpu, violate};

exports! { "netadaptercx.sys";
    NetTxQueueCreate: PASSIVE..=PASSIVE,
    NetTxQueueInitGetQueueId: PASSIVE..=PASSIVE,
    NetRxQueueCreate: PASSIVE..=PASSIVE,
    NetRxQueueInitGetQueueId: PASSIVE..=PASSIVE,
}

const KIND: Kind = Kind {
    name: "NETPACKETQUEUE",
    passive_dispose: true,
    deletable: false,
};

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
    if size == new && client.minor > 0 && !config.read().ExecutionContext.is_null() {
        bugcheck!(
            NET_QUEUE_CREATE,
            "the configuration names an execution context, but none was made"
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
    let queue = Queue::new(&adapter, direction, id, callbacks).map_err(|_| status::INSUFFICIENT_RESOURCES)?;
    let queue = Arc::new(queue);
    let new = New {
        kind: &KIND,
        attributes,
        parent: Some(adapter.object()),
        may_have_parent: false,
        function,
    };
    let object = object::create(&new, Arc::clone(&queue))?;
    queue.set_object(object);
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

pub(super) fn reset() {
    CREATIONS.lock().clear();
}
