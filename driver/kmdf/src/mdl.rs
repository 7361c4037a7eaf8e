//! Reading what chains of memory descriptors describe.

use netcx_sys::wdm::{MDL, PMDL};
use netcx_sys::wsk::WSK_BUF;
use wdk_sys::_MEMORY_CACHING_TYPE::MmCached;
use wdk_sys::ntddk::MmMapLockedPagesSpecifyCache;

use crate::lock::KERNEL_MODE;

/// `MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL`: the mapped address is valid.
const HAS_ADDRESS: i16 = 0x0001 | 0x0004;
/// `NormalPagePriority | MdlMappingNoExecute`.
const PRIORITY: i32 = 16 | 0x4000_0000;

/// The pieces of memory that a WSK buffer names, in order. IRQL: <= DISPATCH_LEVEL.
pub(crate) struct Pieces<'b> {
    mdl: PMDL,
    offset: usize,
    left: usize,
    memory: core::marker::PhantomData<&'b [u8]>,
}

impl<'b> Pieces<'b> {
    /// # Safety
    ///
    /// The buffer is one that WSK indicated and that has not been released; it stays so for `'b`.
    pub(crate) unsafe fn new(buffer: &WSK_BUF) -> Self {
        Self {
            mdl: buffer.Mdl,
            offset: buffer.Offset as usize,
            left: buffer.Length,
            memory: core::marker::PhantomData,
        }
    }
}

impl<'b> Iterator for Pieces<'b> {
    /// `None` inside: the system could not map the memory.
    type Item = Option<&'b [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            // SAFETY: the chain is intact as long as the indication is not released, as `new`'s caller says.
            let Some(mdl) = (unsafe { self.mdl.as_ref() }) else {
                // A chain that is shorter than the buffer claims.
                self.left = 0;
                return Some(None);
            };
            let bytes = mdl.ByteCount as usize;
            let start = self.offset.min(bytes);
            let count = bytes.saturating_sub(start).min(self.left);
            // What is left of an offset beyond this descriptor counts in the next.
            self.offset = self.offset.saturating_sub(start);
            let current = self.mdl;
            self.mdl = mdl.Next;
            if count == 0 {
                // The data begins further on, or the descriptor is empty.
                continue;
            }
            self.left = self.left.saturating_sub(count);
            // SAFETY: the descriptor is valid.
            let Some(address) = (unsafe { address_of(current, mdl) }) else {
                self.left = 0;
                return Some(None);
            };
            // SAFETY: the descriptor has `ByteCount` bytes at this address, and `start + count` does not exceed it.
            return Some(Some(unsafe {
                core::slice::from_raw_parts(address.wrapping_add(start), count)
            }));
        }
        None
    }
}

/// `MmGetSystemAddressForMdlSafe`. IRQL: <= DISPATCH_LEVEL.
///
/// # Safety
///
/// `mdl` is a valid descriptor of locked or nonpaged memory.
unsafe fn address_of(mdl: PMDL, content: &MDL) -> Option<*const u8> {
    let address = if content.MdlFlags & HAS_ADDRESS != 0 {
        content.MappedSystemVa
    } else {
        // SAFETY: the pages are locked, as the caller says; a failure gives null because it must not bugcheck.
        unsafe {
            MmMapLockedPagesSpecifyCache(
                mdl.cast(),
                KERNEL_MODE,
                MmCached,
                core::ptr::null_mut(),
                0,
                PRIORITY,
            )
        }
    };
    (!address.is_null()).then_some(address.cast_const().cast())
}

/// Copies all pieces behind each other into `to`. Returns their length; `None` if they don't fit or can't be mapped.
pub(crate) fn gather(pieces: Pieces<'_>, to: &mut [u8]) -> Option<usize> {
    let mut used = 0usize;
    for piece in pieces {
        let piece = piece?;
        let end = used.checked_add(piece.len())?;
        for (to, from) in to.get_mut(used..end)?.iter_mut().zip(piece) {
            *to = *from;
        }
        used = end;
    }
    Some(used)
}
