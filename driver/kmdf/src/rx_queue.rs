//! The receive queue: opened packets go to the stack in the very buffers that they were opened into.
//!
//! Socket callbacks open datagrams into buffers of [`ReceiveBuffers`] and [push](ReceiveBuffers::push) them; the queue's
//! `EvtAdvance` attaches them to the ring. The stack gives a buffer back through [`evt_return_rx_buffer`].
//!
//! Waking the queue follows the framework's protocol: a producer publishes its packets and notifies if the queue was
//! armed; after arming the framework calls `EvtAdvance` once more, so nothing that was published before is missed.

use alloc::vec::Vec;
use core::ptr::NonNull;

use netcx_sys::netadaptercx::{
    NET_EXTENSION, NET_FRAGMENT, NET_FRAGMENT_EXTENSION_RETURN_CONTEXT,
    NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS, NET_FRAGMENT_RETURN_CONTEXT, NET_FRAGMENT_RETURN_CONTEXT_HANDLE,
    NET_FRAGMENT_VIRTUAL_ADDRESS, NET_PACKET, NET_PACKET_LAYOUT, NET_PACKET_QUEUE_CONFIG, NETADAPTER,
    NETPACKETQUEUE, NETRXQUEUE_INIT, NetPacketLayer2TypeNull, NetPacketLayer3TypeIPv4UnspecifiedOptions,
    NetPacketLayer3TypeIPv6UnspecifiedExtensions, NetPacketLayer4TypeUnspecified,
};
use ovpn_dco_engine::IpVersion;
use ovpn_dco_engine::sync::{Lock, NoMemory, push_within_capacity, try_with_capacity};
use wdk_sys::{BOOLEAN, NTSTATUS};

use crate::adapter::AdapterContext;
use crate::device::Adapter;
use crate::driver::NETCX;
use crate::irql;
use crate::lock::SpinLock;
use crate::object::{Context, context};
use crate::pool::{Buffer, Buffers};
use crate::queue::{self, Attachment, Rings, Rx};

/// Bytes of a receive buffer: the largest packet inside the tunnel and room for a peer with a larger MTU than ours.
pub(crate) const BUFFER_SIZE: usize = 2048;
/// Receive buffers: those in the ring, those that the stack holds and those that wait. 4 MiB.
const BUFFERS: u32 = 2048;

/// An opened packet that waits for the ring.
struct Ready {
    buffer: Buffer,
    len: u32,
    version: IpVersion,
}

/// Packets that wait, oldest first, and the queue to wake for them.
struct Waiting {
    /// A ring of as many places as there are buffers, so that it is never full.
    packets: Vec<Option<Ready>>,
    first: usize,
    count: usize,
    /// Null while no queue runs: before the adapter starts, while it is paused, while the machine sleeps.
    queue: NETPACKETQUEUE,
    /// Whether the framework has asked to be woken.
    armed: bool,
}

// SAFETY: a queue handle may be notified from any thread.
unsafe impl Send for Waiting {}

/// The receive buffers of an adapter and what waits in them.
pub(crate) struct ReceiveBuffers {
    buffers: Buffers,
    waiting: Lock<SpinLock, Waiting>,
}

impl ReceiveBuffers {
    /// IRQL: PASSIVE_LEVEL.
    pub(crate) fn new() -> Result<Self, NoMemory> {
        let mut packets = try_with_capacity(BUFFERS as usize)?;
        for _ in 0..BUFFERS {
            push_within_capacity(&mut packets, None).map_err(|_| NoMemory)?;
        }
        let waiting = Waiting {
            packets,
            first: 0,
            count: 0,
            queue: core::ptr::null_mut(),
            armed: false,
        };
        Ok(Self {
            buffers: Buffers::new(BUFFERS, BUFFER_SIZE)?,
            waiting: Lock::new(waiting),
        })
    }

    /// The pool.
    pub(crate) fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// Hands a batch of opened packets to the queue. Returns how many had to be dropped, because no queue runs. IRQL: <=
    /// DISPATCH_LEVEL.
    #[must_use = "dropped packets are counted"]
    pub(crate) fn push(&self, batch: &mut Batch) -> usize {
        let mut dropped = core::mem::take(&mut batch.dropped);
        if batch.count == 0 {
            return dropped;
        }
        let mut waiting = self.waiting.lock();
        for slot in &mut batch.packets {
            let Some(ready) = slot.take() else { break };
            if let Err(buffer) = waiting.put(ready) {
                self.buffers.give(buffer);
                dropped = dropped.wrapping_add(1);
            }
        }
        batch.count = 0;
        if waiting.armed {
            waiting.armed = false;
            // Under the lock, so that the queue cannot go meanwhile. EvtAdvance takes this spin lock only at DISPATCH_LEVEL too, and
            // the call does not run it inline.
            // SAFETY: the queue exists until `detach` has taken it out.
            unsafe { NETCX.NetRxQueueNotifyMoreReceivedPacketsAvailable(waiting.queue) };
        }
        dropped
    }

    /// Takes a queue into service. IRQL: PASSIVE_LEVEL.
    fn attach(&self, queue: NETPACKETQUEUE) {
        let mut waiting = self.waiting.lock();
        waiting.queue = queue;
        waiting.armed = false;
    }

    /// Takes the queue out of service and forgets what waits for it. Nobody notifies it any more when this returns. IRQL: <=
    /// DISPATCH_LEVEL.
    fn detach(&self, queue: NETPACKETQUEUE) {
        let mut waiting = self.waiting.lock();
        if waiting.queue != queue {
            return;
        }
        waiting.queue = core::ptr::null_mut();
        waiting.armed = false;
        while let Some(ready) = waiting.pop() {
            self.buffers.give(ready.buffer);
        }
    }

    fn arm(&self, armed: bool) {
        let mut waiting = self.waiting.lock();
        waiting.armed = armed && !waiting.queue.is_null();
    }

    /// Takes up to `out.len()` packets. Returns how many.
    fn take(&self, out: &mut [Option<Ready>]) -> usize {
        let mut waiting = self.waiting.lock();
        let mut taken = 0usize;
        for slot in out {
            let Some(ready) = waiting.pop() else { break };
            *slot = Some(ready);
            taken = taken.wrapping_add(1);
        }
        taken
    }
}

impl Waiting {
    fn put(&mut self, ready: Ready) -> Result<(), Buffer> {
        let len = self.packets.len();
        let index = self.first.wrapping_add(self.count).checked_rem(len);
        match index.and_then(|index| self.packets.get_mut(index)) {
            Some(slot) if !self.queue.is_null() && self.count < len => {
                *slot = Some(ready);
                self.count = self.count.wrapping_add(1);
                Ok(())
            }
            _ => Err(ready.buffer),
        }
    }

    fn pop(&mut self) -> Option<Ready> {
        let ready = self.packets.get_mut(self.first)?.take()?;
        self.first = self
            .first
            .wrapping_add(1)
            .checked_rem(self.packets.len())
            .unwrap_or(0);
        self.count = self.count.saturating_sub(1);
        Some(ready)
    }
}

/// Opened packets of one socket callback, until they are pushed together.
pub(crate) struct Batch {
    packets: [Option<Ready>; Self::MAX],
    count: usize,
    /// Dropped by a push in between.
    dropped: usize,
}

impl Batch {
    /// Packets before a push is due.
    const MAX: usize = 32;

    pub(crate) fn new() -> Self {
        Self {
            packets: [const { None }; Self::MAX],
            count: 0,
            dropped: 0,
        }
    }

    /// Adds an opened packet of `len` bytes; pushes the batch when it is full. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn add(&mut self, to: &ReceiveBuffers, buffer: Buffer, len: usize, version: IpVersion) {
        if self.count >= Self::MAX {
            self.dropped = to.push(self);
        }
        let len = u32::try_from(len).unwrap_or(0);
        if let Some(slot) = self.packets.get_mut(self.count) {
            *slot = Some(Ready { buffer, len, version });
            self.count = self.count.wrapping_add(1);
        }
    }
}

/// What the framework keeps with the queue. Zeros: not attached yet.
struct RxQueue {
    attachment: Attachment<RxRings>,
}

context!(RxQueue, c"ovpn-dco receive queue");

/// Where packets go.
struct RxRings {
    rings: Rings,
    address: NET_EXTENSION,
    return_context: NET_EXTENSION,
}

/// Creates the queue. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// Called from the adapter's `EvtAdapterCreateRxQueue` with its arguments.
pub(crate) unsafe fn create(init: *mut NETRXQUEUE_INIT, adapter: &Adapter) -> Result<(), NTSTATUS> {
    let config = NET_PACKET_QUEUE_CONFIG {
        EvtStart: Some(evt_start),
        ..NET_PACKET_QUEUE_CONFIG::new(
            Some(evt_advance),
            Some(evt_set_notification_enabled),
            Some(evt_cancel),
        )
    };
    // SAFETY: as the caller says.
    let (queue, rings) = unsafe { queue::create::<Rx, RxQueue>(init, config, Some(evt_cleanup)) }?;
    // SAFETY: the queue has just been created.
    let address = unsafe { queue::extension::<Rx>(queue, &NET_FRAGMENT_EXTENSION_VIRTUAL_ADDRESS) }?;
    // SAFETY: as above.
    let return_context = unsafe { queue::extension::<Rx>(queue, &NET_FRAGMENT_EXTENSION_RETURN_CONTEXT) }?;
    let rings = RxRings {
        rings,
        address,
        return_context,
    };
    // SAFETY: the queue was created with this context.
    let context = unsafe { RxQueue::of(queue.cast()) };
    // SAFETY: no callback of the queue has run yet.
    unsafe { context.attachment.attach(adapter, rings) };
    Ok(())
}

/// The receive buffers and the rings of a queue.
///
/// # Safety
///
/// `queue` is a receive queue that [`create`] made, and this is one of its callbacks.
unsafe fn parts<'a>(queue: NETPACKETQUEUE) -> Option<(&'a ReceiveBuffers, &'a RxRings)> {
    // SAFETY: the queue has this context.
    let context = unsafe { RxQueue::of(queue.cast()) };
    // SAFETY: this is a callback of the queue, as the caller says.
    let (adapter, rings) = unsafe { context.attachment.get() }?;
    Some((&adapter.engine().platform().receive, rings))
}

/// `EVT_PACKET_QUEUE_ADVANCE`. IRQL: <= DISPATCH_LEVEL. One call at a time per queue.
unsafe extern "C" fn evt_advance(queue: NETPACKETQUEUE) {
    irql::at_most_dispatch();
    // SAFETY: only `create` registers this.
    if let Some((buffers, rings)) = unsafe { parts(queue) } {
        advance(buffers, rings);
    }
}

/// Attaches what waits to the ring, as far as there is room.
fn advance(buffers: &ReceiveBuffers, rings: &RxRings) -> Option<()> {
    let Rings { packets, fragments } = rings.rings;
    let mut room = packets.owned().len().min(fragments.owned().len());
    let (mut packet_index, mut fragment_index) = (packets.begin(), fragments.begin());
    let mut batch = [const { None }; Batch::MAX];
    while room > 0 {
        let want = batch.get_mut(..room.min(Batch::MAX))?;
        let taken = buffers.take(want);
        if taken == 0 {
            break;
        }
        for slot in want {
            let Some(ready) = slot.take() else { break };
            attach(
                buffers,
                rings,
                packets.element(packet_index),
                fragments.element(fragment_index),
                fragment_index,
                ready,
            );
            packet_index = packets.mask().increment(packet_index);
            fragment_index = fragments.mask().increment(fragment_index);
        }
        room = room.saturating_sub(taken);
    }
    let _ = fragments.set_begin(fragment_index);
    let _ = packets.set_begin(packet_index);
    Some(())
}

/// Fills one fragment and one packet of the ring.
fn attach(
    buffers: &ReceiveBuffers,
    rings: &RxRings,
    mut packet: NonNull<NET_PACKET>,
    mut fragment: NonNull<NET_FRAGMENT>,
    index: u32,
    ready: Ready,
) {
    let address = buffers.buffers.address(&ready.buffer).as_ptr();
    // SAFETY: the queue filled the extension in, and the index is one of the ring's.
    if let Some(slot) = unsafe { rings.address.data::<NET_FRAGMENT_VIRTUAL_ADDRESS>(index) } {
        // SAFETY: the driver owns this element.
        unsafe { (*slot.as_ptr()).VirtualAddress = address.cast() };
    }
    // SAFETY: as for the address.
    if let Some(slot) = unsafe { rings.return_context.data::<NET_FRAGMENT_RETURN_CONTEXT>(index) } {
        let handle = context_of(ready.buffer);
        // SAFETY: the driver owns this element.
        unsafe { (*slot.as_ptr()).Handle = handle };
    }
    let mut piece = NET_FRAGMENT::default();
    // Both are far below the fields' limits.
    let _ = piece.set_capacity(u32::try_from(BUFFER_SIZE).unwrap_or(0));
    let _ = piece.set_valid_length(ready.len);
    // SAFETY: the driver owns this element, and nobody else looks at it.
    *unsafe { fragment.as_mut() } = piece;
    let layer3 = match ready.version {
        IpVersion::V4 => NetPacketLayer3TypeIPv4UnspecifiedOptions,
        IpVersion::V6 => NetPacketLayer3TypeIPv6UnspecifiedExtensions,
    };
    let whole = NET_PACKET {
        FragmentIndex: index,
        FragmentCount: 1,
        Layout: NET_PACKET_LAYOUT::of_types(NetPacketLayer2TypeNull, layer3, NetPacketLayer4TypeUnspecified),
        ..NET_PACKET::default()
    };
    // SAFETY: the driver owns this element, and nobody else looks at it.
    *unsafe { packet.as_mut() } = whole;
}

/// The return context of a buffer: its number plus one, so that it is never null.
fn context_of(buffer: Buffer) -> NET_FRAGMENT_RETURN_CONTEXT_HANDLE {
    core::ptr::without_provenance_mut((buffer.into_index() as usize).wrapping_add(1))
}

/// `EVT_PACKET_QUEUE_SET_NOTIFICATION_ENABLED`. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn evt_set_notification_enabled(queue: NETPACKETQUEUE, enabled: BOOLEAN) {
    // SAFETY: only `create` registers this.
    if let Some((buffers, _)) = unsafe { parts(queue) } {
        buffers.arm(enabled != 0);
    }
}

/// `EVT_PACKET_QUEUE_START`: before the first packet, and again after each stop. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_start(queue: NETPACKETQUEUE) {
    // SAFETY: only `create` registers this.
    if let Some((buffers, _)) = unsafe { parts(queue) } {
        buffers.attach(queue);
    }
}

/// `EVT_PACKET_QUEUE_CANCEL`: everything goes back unused. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn evt_cancel(queue: NETPACKETQUEUE) {
    // SAFETY: only `create` registers this.
    let Some((buffers, rings)) = (unsafe { parts(queue) }) else {
        return;
    };
    buffers.detach(queue);
    let Rings { packets, fragments } = rings.rings;
    for index in packets.owned() {
        // SAFETY: the driver owns this element.
        unsafe { packets.element(index).as_mut() }.mark_ignored();
    }
    let _ = packets.set_begin(packets.end());
    let _ = fragments.set_begin(fragments.end());
}

/// `EVT_WDF_OBJECT_CONTEXT_CLEANUP` of the queue. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_cleanup(object: wdk_sys::WDFOBJECT) {
    let queue: NETPACKETQUEUE = object.cast();
    // SAFETY: the object is a queue that `create` made; a queue that failed half-way has no adapter.
    if let Some((buffers, _)) = unsafe { parts(queue) } {
        buffers.detach(queue);
    }
}

/// `EVT_NET_ADAPTER_RETURN_RX_BUFFER`: the stack is done with a buffer. IRQL: <= DISPATCH_LEVEL.
pub(crate) unsafe extern "C" fn evt_return_rx_buffer(
    handle: NETADAPTER,
    context: NET_FRAGMENT_RETURN_CONTEXT_HANDLE,
) {
    // SAFETY: the framework passes an adapter that `adapter::create` made.
    let Some(adapter) = (unsafe { AdapterContext::adapter(handle) }) else {
        return;
    };
    let pool = &adapter.engine().platform().receive.buffers;
    let index = (context.addr())
        .checked_sub(1)
        .and_then(|index| u32::try_from(index).ok());
    // SAFETY: `attach` made this context from a buffer of the pool, and the framework returns each once.
    if let Some(buffer) = index.and_then(|index| unsafe { pool.reclaim(index) }) {
        pool.give(buffer);
    }
}
