//! Fixed pools of nonpaged buffers, made at start: nothing on the data path allocates.

use alloc::vec::Vec;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use ovpn_dco_engine::sync::{NoMemory, push_within_capacity, try_with_capacity};

/// A stack of numbers below its size that needs no lock: each number is on it at most once.
///
/// IRQL: any. The head carries a count that changes with every push, so that a slow pop cannot mistake a stack that has
/// changed for one that has not.
pub(crate) struct IndexStack {
    /// Count in the upper half, top of the stack plus one in the lower (0: empty).
    head: AtomicU64,
    /// Below each number: the next plus one.
    below: Vec<AtomicU32>,
}

impl IndexStack {
    /// A stack that holds all numbers below `size`. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn full(size: u32) -> Result<Self, NoMemory> {
        let mut below = try_with_capacity(size as usize)?;
        // Number n lies on n - 1.
        for number in 0..size {
            push_within_capacity(&mut below, AtomicU32::new(number)).map_err(|_| NoMemory)?;
        }
        Ok(Self {
            head: AtomicU64::new(u64::from(size)),
            below,
        })
    }

    /// Puts a number back. A number that does not exist is ignored.
    pub(crate) fn push(&self, index: u32) {
        let Some(below) = self.below.get(index as usize) else {
            return;
        };
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            let (count, top) = split(head);
            below.store(top, Ordering::Relaxed);
            let new = join(count.wrapping_add(1), index.wrapping_add(1));
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes a number, if there is one.
    pub(crate) fn pop(&self) -> Option<u32> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let (count, top) = split(head);
            let index = top.checked_sub(1)?;
            let below = self.below.get(index as usize)?.load(Ordering::Relaxed);
            match self.head.compare_exchange_weak(
                head,
                join(count, below),
                Ordering::Acquire,
                Ordering::Acquire,
            ) {
                Ok(_) => return Some(index),
                Err(now) => head = now,
            }
        }
    }
}

fn split(head: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = head.to_le_bytes();
    (u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([a, b, c, d]))
}

fn join(count: u32, top: u32) -> u64 {
    u64::from(count) << 32 | u64::from(top)
}

/// Nonpaged memory of `len` bytes, all of them 0. IRQL: <= DISPATCH_LEVEL.
pub(crate) fn zeroed(len: usize) -> Result<Vec<u8>, NoMemory> {
    let mut memory: Vec<u8> = try_with_capacity(len)?;
    let room = memory.spare_capacity_mut().get_mut(..len).ok_or(NoMemory)?;
    for byte in room {
        byte.write(0);
    }
    // SAFETY: so many bytes have been written.
    unsafe { memory.set_len(len) };
    Ok(memory)
}

/// Equal-sized buffers in one piece of nonpaged memory.
pub(crate) struct Buffers {
    base: NonNull<u8>,
    size: usize,
    count: u32,
    free: IndexStack,
    _memory: Vec<u8>,
}

// SAFETY: the memory is reached through `Buffer`s only, and there is one per index.
unsafe impl Send for Buffers {}
// SAFETY: as above; the stack is made for sharing.
unsafe impl Sync for Buffers {}

/// The right to one buffer of a pool: whoever has it may use the memory. Goes back by [`Buffers::give`].
#[derive(Debug)]
#[must_use = "a buffer that is not given back is lost to its pool"]
pub(crate) struct Buffer(u32);

impl Buffer {
    /// The number, for where only a number can be kept; [`Buffers::reclaim`] turns it back.
    pub(crate) fn into_index(self) -> u32 {
        self.0
    }
}

impl Buffers {
    /// A pool of `count` buffers of `size` bytes. IRQL: <= DISPATCH_LEVEL.
    pub(crate) fn new(count: u32, size: usize) -> Result<Self, NoMemory> {
        let bytes = size.checked_mul(count as usize).ok_or(NoMemory)?;
        // Written once, so that what is later given to others never holds what this memory held before.
        let mut memory = zeroed(bytes)?;
        let base = NonNull::new(memory.as_mut_ptr()).ok_or(NoMemory)?;
        Ok(Self {
            base,
            size,
            count,
            free: IndexStack::full(count)?,
            _memory: memory,
        })
    }

    /// A free buffer. IRQL: any.
    pub(crate) fn take(&self) -> Option<Buffer> {
        self.free.pop().map(Buffer)
    }

    /// Gives a buffer back. IRQL: any.
    pub(crate) fn give(&self, buffer: Buffer) {
        self.free.push(buffer.0);
    }

    /// The buffer that [`Buffer::into_index`] made a number of; `None` if there is no such buffer.
    ///
    /// # Safety
    ///
    /// The number came from `into_index` of a buffer of this pool, and is turned back once.
    pub(crate) unsafe fn reclaim(&self, index: u32) -> Option<Buffer> {
        (index < self.count).then_some(Buffer(index))
    }

    /// Where a buffer lies.
    pub(crate) fn address(&self, buffer: &Buffer) -> NonNull<u8> {
        self.address_of(buffer.0)
    }

    /// Where the buffer of a number lies.
    pub(crate) fn address_of(&self, index: u32) -> NonNull<u8> {
        let offset = self
            .size
            .wrapping_mul(index.min(self.count.saturating_sub(1)) as usize);
        // SAFETY: the index is one of the pool's, so the offset lies inside of its memory.
        unsafe { self.base.byte_add(offset) }
    }

    /// The memory of a buffer.
    pub(crate) fn bytes<'b>(&self, buffer: &'b mut Buffer) -> &'b mut [u8] {
        // SAFETY: the memory has this size, and the buffer is the only right to it.
        unsafe { core::slice::from_raw_parts_mut(self.address(buffer).as_ptr(), self.size) }
    }
}
