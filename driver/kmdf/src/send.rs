//! Batches on their way out: one buffer, one MDL and one IRP each, from pools made at start.
//!
//! A batch is a contiguous buffer that sealed packets are written into one behind the other. Over UDP each packet becomes an
//! element of a WSK buffer list, all of which name parts of the same MDL; over TCP the whole buffer is one piece of the
//! stream. (With UDP segmentation offload equal-sized packets will be one element with a control message.)

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, Ordering, fence};

use netcx_sys::wdm::{IRP, PMDL};
use netcx_sys::wsk::{SOCKADDR, SOCKADDR_INET, WSK_BUF, WSK_BUF_LIST};
use ovpn_dco_engine::sync::{Lock, NoMemory, push_within_capacity, try_box, try_with_capacity};
use ovpn_dco_engine::{Device, DropReason};
use wdk_sys::NTSTATUS;
use wdk_sys::ntddk::{IoAllocateMdl, IoFreeMdl, MmBuildMdlForNonPagedPool};

use crate::irp::{Irp, KEEP};
use crate::lock::SpinLock;
use crate::object::Link;
use crate::platform::Kernel;
use crate::pool::{IndexStack, zeroed};

/// Packets in one batch.
pub(crate) const BATCH_PACKETS: usize = 32;
/// Bytes of a data batch: that many packets of the tunnel's MTU with headers, TCP's length and tag.
const DATA_BYTES: usize = BATCH_PACKETS * 1600;
/// Bytes of a control batch: one control packet or keepalive.
const CONTROL_BYTES: usize = 2048;
/// Batches for packets from the adapter.
const DATA_BATCHES: u32 = 64;
/// Batches for control packets and keepalives.
const CONTROL_BATCHES: u32 = 32;

/// One batch. Lives in its pool; [`SendBatch`] is the right to use it.
struct Slot {
    memory: Vec<u8>,
    mdl: PMDL,
    irp: Irp,
    list: [WSK_BUF_LIST; BATCH_PACKETS],
    count: usize,
    used: usize,
    /// Destination, if it is not the socket's.
    to: SOCKADDR_INET,
    pool: *const SendPool,
    index: u32,
}

impl Slot {
    fn new(bytes: usize, index: u32) -> Result<Self, NoMemory> {
        let mut memory = zeroed(bytes)?;
        let irp = Irp::new().ok_or(NoMemory)?;
        let len = u32::try_from(bytes).map_err(|_| NoMemory)?;
        // SAFETY: the memory is nonpaged and stays where it is.
        let mdl = unsafe { IoAllocateMdl(memory.as_mut_ptr().cast(), len, 0, 0, ptr::null_mut()) };
        if mdl.is_null() {
            return Err(NoMemory);
        }
        // SAFETY: a fresh MDL over nonpaged pool.
        unsafe { MmBuildMdlForNonPagedPool(mdl) };
        let empty = WSK_BUF_LIST {
            Next: ptr::null_mut(),
            Buffer: WSK_BUF::EMPTY,
        };
        Ok(Self {
            memory,
            mdl: mdl.cast(),
            irp,
            list: [empty; BATCH_PACKETS],
            count: 0,
            used: 0,
            to: SOCKADDR_INET::from(core::net::SocketAddr::from(([0, 0, 0, 0], 0))),
            pool: ptr::null(),
            index,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the MDL is from IoAllocateMdl, and no send is under way: sockets are closed before pools go.
        unsafe { IoFreeMdl(self.mdl.cast()) };
    }
}

/// A pool of batches.
pub(crate) struct SendPool {
    /// From boxes, and boxes again when the pool goes.
    slots: Vec<NonNull<Slot>>,
    free: IndexStack,
    /// Who counts failed sends.
    device: Link<Device<Kernel>>,
    reason: DropReason,
    /// Who waits for a batch; null: nobody. The lock is held while they are told, so that they cannot go meanwhile.
    wanted: Lock<SpinLock, Waiter>,
    /// Whether anybody waits, so that the lock is taken only then.
    is_wanted: AtomicBool,
    on_return: Option<unsafe fn(*mut core::ffi::c_void)>,
}

// SAFETY: slots are reached through `SendBatch` only, and there is one per index.
unsafe impl Send for SendPool {}
// SAFETY: as above.
unsafe impl Sync for SendPool {}

impl SendPool {
    /// Batches for packets from the adapter; `on_return` is called when a batch comes back while somebody wants one. Pinned by its
    /// box: batches point to it. IRQL: PASSIVE_LEVEL.
    pub(crate) fn data(on_return: unsafe fn(*mut core::ffi::c_void)) -> Result<Box<Self>, NoMemory> {
        Self::new(DATA_BATCHES, DATA_BYTES, DropReason::OutSend, Some(on_return))
    }

    /// Batches for control packets. IRQL: PASSIVE_LEVEL.
    pub(crate) fn control() -> Result<Box<Self>, NoMemory> {
        Self::new(CONTROL_BATCHES, CONTROL_BYTES, DropReason::ControlOutSend, None)
    }

    fn new(
        count: u32,
        bytes: usize,
        reason: DropReason,
        on_return: Option<unsafe fn(*mut core::ffi::c_void)>,
    ) -> Result<Box<Self>, NoMemory> {
        let slots = try_with_capacity(count as usize)?;
        // The pool first: it frees what it has if there is no memory for all.
        let mut pool = try_box(Self {
            slots,
            free: IndexStack::full(count)?,
            device: Link::new(),
            reason,
            wanted: Lock::new(Waiter(ptr::null_mut())),
            is_wanted: AtomicBool::new(false),
            on_return,
        })?;
        let address: *const Self = &raw const *pool;
        for index in 0..count {
            let mut slot = try_box(Slot::new(bytes, index)?)?;
            slot.pool = address;
            // There is room for all of them.
            let _ = push_within_capacity(&mut pool.slots, NonNull::from(Box::leak(slot)));
        }
        Ok(pool)
    }

    /// A free batch. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn take(&self) -> Option<SendBatch> {
        let slot = self.slots.get(self.free.pop()? as usize)?.as_ptr();
        // SAFETY: the index was free, so nobody else has this slot.
        let batch = unsafe { &mut *slot };
        batch.count = 0;
        batch.used = 0;
        Some(SendBatch(slot))
    }

    /// Asks to be told, with `argument`, when a batch comes back. `false`: one is free now, and nobody will be told. IRQL: <=
    /// DISPATCH_LEVEL.
    pub(crate) fn want(&self, argument: *mut core::ffi::c_void) -> bool {
        self.wanted.lock().0 = argument;
        self.is_wanted.store(true, Ordering::SeqCst);
        // Either this sees the batch, or who gives it back sees that it is wanted.
        fence(Ordering::SeqCst);
        // A batch that came back before it was said that it is wanted told nobody.
        let Some(batch) = self.take() else { return true };
        self.forget(argument);
        drop(batch);
        false
    }

    /// Takes back [`Self::want`]: when this returns, `argument` is not used any more. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn forget(&self, argument: *mut core::ffi::c_void) {
        let mut wanted = self.wanted.lock();
        if wanted.0 == argument {
            wanted.0 = ptr::null_mut();
            self.is_wanted.store(false, Ordering::SeqCst);
        }
    }

    /// Tells the pool whose it is; it counts failed sends there.
    pub(crate) fn attach(&self, device: NonNull<Device<Kernel>>) {
        self.device.set(device);
    }

    fn count_failed(&self, packets: usize) {
        if let Some(device) = self.device.get() {
            // SAFETY: the device owns this pool.
            unsafe { device.as_ref() }.dropped(self.reason, packets);
        }
    }

    fn give(&self, index: u32) {
        self.free.push(index);
        fence(Ordering::SeqCst);
        if !self.is_wanted.load(Ordering::SeqCst) {
            return;
        }
        let mut wanted = self.wanted.lock();
        let argument = core::mem::replace(&mut wanted.0, ptr::null_mut());
        self.is_wanted.store(false, Ordering::SeqCst);
        if let (false, Some(on_return)) = (argument.is_null(), self.on_return) {
            // SAFETY: who set the argument keeps it valid until it has taken it back, which takes this lock.
            unsafe { on_return(argument) };
        }
    }
}

impl Drop for SendPool {
    fn drop(&mut self) {
        for slot in self.slots.drain(..) {
            // SAFETY: leaked by `new`; all sends are complete, because the sockets are closed.
            drop(unsafe { Box::from_raw(slot.as_ptr()) });
        }
    }
}

/// An argument of [`SendPool::want`].
struct Waiter(*mut core::ffi::c_void);

// SAFETY: only passed on, under the lock.
unsafe impl Send for Waiter {}

/// The right to one batch. It goes back to its pool when dropped, or when its send is complete.
pub(crate) struct SendBatch(*mut Slot);

// SAFETY: whoever has it may use the slot, on any thread.
unsafe impl Send for SendBatch {}

impl SendBatch {
    fn slot(&self) -> &Slot {
        // SAFETY: the slot lives as long as its pool, and this is the only right to it.
        unsafe { &*self.0 }
    }

    fn slot_mut(&mut self) -> &mut Slot {
        // SAFETY: as for `slot`.
        unsafe { &mut *self.0 }
    }

    /// The free part of the buffer.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let slot = self.slot_mut();
        let used = slot.used;
        slot.memory.get_mut(used..).unwrap_or_default()
    }

    /// Whether another packet may be added.
    pub(crate) fn is_full(&self) -> bool {
        self.slot().count >= BATCH_PACKETS
    }

    /// Takes over the packet of `len` bytes at the start of [`Self::room`].
    pub(crate) fn commit(&mut self, len: usize) {
        let slot = self.slot_mut();
        let (mdl, used, count) = (slot.mdl, slot.used, slot.count);
        let Ok(offset) = u32::try_from(used) else { return };
        if let Some(element) = slot.list.get_mut(count) {
            element.Buffer = WSK_BUF {
                Mdl: mdl,
                Offset: offset,
                Length: len as _,
            };
            element.Next = ptr::null_mut();
            slot.used = used.wrapping_add(len).min(slot.memory.len());
            slot.count = count.wrapping_add(1);
        }
    }

    /// Takes back the last [`Self::commit`].
    pub(crate) fn uncommit(&mut self) {
        let slot = self.slot_mut();
        let Some(last) = slot.count.checked_sub(1) else {
            return;
        };
        if let Some(element) = slot.list.get(last) {
            slot.used = element.Buffer.Offset as usize;
            slot.count = last;
        }
    }

    /// Moves the last packet to another, empty batch.
    pub(crate) fn move_last(&mut self, to: &mut SendBatch) {
        let end = self.slot().used;
        self.uncommit();
        let start = self.slot().used;
        let packet = self.slot().memory.get(start..end).unwrap_or_default();
        let room = to.room();
        for (to, from) in room.iter_mut().zip(packet) {
            *to = *from;
        }
        to.commit(packet.len());
    }

    /// The packets as a list for `WskSendMessages`. It belongs to the batch.
    pub(crate) fn list(&mut self) -> *mut WSK_BUF_LIST {
        let slot = self.slot_mut();
        let count = slot.count;
        let mut next = ptr::null_mut();
        for element in slot.list.get_mut(..count).unwrap_or_default().iter_mut().rev() {
            element.Next = next;
            next = ptr::from_mut(element);
        }
        next
    }

    /// All packets as one piece, for `WskSend`. It belongs to the batch, whose list it takes the place of.
    pub(crate) fn whole(&mut self) -> *mut WSK_BUF {
        let slot = self.slot_mut();
        let [element, ..] = &mut slot.list;
        element.Buffer = WSK_BUF {
            Mdl: slot.mdl,
            Offset: 0,
            Length: slot.used as _,
        };
        &raw mut element.Buffer
    }

    /// The destination, in memory that lives as long as the send; null for the socket's own.
    pub(crate) fn destination(&mut self, to: Option<core::net::SocketAddr>) -> *mut SOCKADDR {
        match to {
            None => ptr::null_mut(),
            Some(to) => {
                let slot = self.slot_mut();
                slot.to = to.into();
                (&raw mut slot.to).cast()
            }
        }
    }

    /// Hands the batch over to a WSK call: `start` is given the IRP. The batch goes back to its pool when the call is complete,
    /// whatever it returns. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn start(self, start: impl FnOnce(*mut IRP) -> NTSTATUS) {
        let slot = self.0;
        core::mem::forget(self);
        // SAFETY: the slot is this batch's until its completion routine has run.
        let irp = unsafe { &(*slot).irp };
        // SAFETY: the batch was free, so no call is under way; the slot outlives the call.
        unsafe { irp.prepare(Some(sent), slot.cast()) };
        let _ = start(irp.as_ptr());
    }
}

impl Drop for SendBatch {
    fn drop(&mut self) {
        let slot = self.slot();
        // SAFETY: the pool holds the slot and outlives it.
        unsafe { &*slot.pool }.give(slot.index);
    }
}

/// `IO_COMPLETION_ROUTINE` of a send. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn sent(
    _device: netcx_sys::wdm::PDEVICE_OBJECT,
    _irp: *mut IRP,
    context: *mut core::ffi::c_void,
) -> NTSTATUS {
    // The right to the slot comes back with the IRP.
    let batch = SendBatch(context.cast());
    let slot = batch.slot();
    let (status, _) = slot.irp.result();
    if !wdk::nt_success(status) {
        // SAFETY: the pool holds the slot and outlives it.
        unsafe { &*slot.pool }.count_failed(slot.count);
    }
    drop(batch);
    KEEP
}
