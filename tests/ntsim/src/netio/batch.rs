//! The memory of indications: datagrams as the host received them, and the structures that describe them to the client.
//!
//! A batch belongs to one receiving thread and is filled again when the client has given all of it back. In strict mode the
//! data is read-only while the client has it, and both data and structures are inaccessible afterwards, so that a late
//! access is an `access-violation`; batches are then used in turn, so that this lasts for a while.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use netcx_sys::wsk::{WSK_BUF, WSK_DATAGRAM_INDICATION};
use parking_lot::Mutex;

use super::address::HostAddress;
use super::buffer::Buffer;
use super::region::Region;
use crate::abi::wdm::{MDL_MAPPED_TO_SYSTEM_VA, MDL_PAGES_LOCKED, MDL_SOURCE_IS_NONPAGED_POOL, Mdl};
use crate::guest::{self, Guest};
use crate::{at, violate};

/// Messages of the host in one batch. Each may be several datagrams, put together by the host.
pub const MESSAGES: usize = 64;
/// Indications in one batch.
pub const ENTRIES: usize = 4096;
/// Longest message.
pub const MESSAGE_BYTES: usize = 65536;
/// Where a message begins: the MDL covers headers before it, as a NIC's does.
pub const HEADROOM: usize = 64;
/// Bytes of Ethernet, IPv4 and UDP headers: `Offset` of an indication's buffer.
const HEADERS: u32 = 42;
/// From one message's place to the next: not a multiple of a page, so that they spread over the cache.
const STRIDE: usize = HEADROOM + MESSAGE_BYTES + 4352;
/// Bytes for an address.
const NAME: usize = 32;
/// Bytes for control information that the client sees.
pub const CONTROL: usize = 128;
const PAGE: usize = 4096;

/// An MDL with room for the page numbers of a whole message.
#[repr(C)]
#[derive(Clone, Copy)]
struct MdlWithPages {
    mdl: Mdl,
    pages: [u64; 18],
}

/// Pieces that one datagram may be cut into.
const PIECES: usize = 3;

/// What describes one datagram to the client.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    indication: WSK_DATAGRAM_INDICATION,
    mdls: [MdlWithPages; PIECES],
}

/// Whose an indication is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Owner {
    /// The provider's.
    System = 0,
    /// In a callback.
    Indicated = 1,
    /// The client has kept it.
    Kept = 2,
    /// Given back before the callback that got it has returned.
    Released = 3,
}

/// One batch.
pub struct Batch {
    structures: Region,
    data: Region,
    owners: Box<[AtomicU8]>,
    /// Indications that aren't given back yet.
    outstanding: AtomicUsize,
    free: AtomicBool,
    strict: bool,
    /// Copies of data that was cut into pieces, and how much of it is used.
    cut: Mutex<Option<(Region, usize)>>,
}

impl Batch {
    /// An empty one.
    #[must_use]
    pub fn new(strict: bool) -> Self {
        Self {
            structures: Region::new(ENTRIES * size_of::<Entry>() + MESSAGES * (NAME + CONTROL)),
            data: Region::new(MESSAGES * STRIDE),
            owners: (0..ENTRIES).map(|_| AtomicU8::new(0)).collect(),
            outstanding: AtomicUsize::new(0),
            free: AtomicBool::new(true),
            strict,
            cut: Mutex::default(),
        }
    }

    /// Where message `n` is received.
    #[must_use]
    pub fn message(&self, n: usize) -> usize {
        self.data.at(n * STRIDE + HEADROOM)
    }

    /// Where the address of message `n`'s sender is received.
    #[must_use]
    pub fn name(&self, n: usize) -> Guest<u8> {
        Guest::at(self.structures.at(ENTRIES * size_of::<Entry>() + n * NAME))
    }

    /// Room for the control information of message `n`.
    #[must_use]
    pub fn control(&self, n: usize) -> Guest<u8> {
        let names = ENTRIES * size_of::<Entry>() + MESSAGES * NAME;
        Guest::at(self.structures.at(names + n * CONTROL))
    }

    /// The sender of an indication.
    #[must_use]
    pub fn address(&self, index: usize) -> HostAddress {
        let name = Guest::<u8>::at(self.indication(index).read().RemoteAddress as usize);
        HostAddress::from_windows(name)
    }

    fn entry(&self, index: usize) -> Guest<Entry> {
        Guest::at(self.structures.at(index * size_of::<Entry>()))
    }

    /// The indication with this index.
    #[must_use]
    pub fn indication(&self, index: usize) -> Guest<WSK_DATAGRAM_INDICATION> {
        self.entry(index).cast()
    }

    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: usize) -> bool {
        let cut = self.cut.try_lock();
        self.structures.contains(address)
            || self.data.contains(address)
            || cut.is_some_and(|cut| cut.as_ref().is_some_and(|(pieces, _)| pieces.contains(address)))
    }

    /// Whether it may be filled.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.free.load(Ordering::Acquire)
    }

    /// Takes a free batch to fill it.
    pub fn open(&self) {
        self.free.store(false, Ordering::Relaxed);
        if self.strict {
            self.structures.protect(libc::PROT_READ | libc::PROT_WRITE);
            self.protect_data(libc::PROT_READ | libc::PROT_WRITE);
        }
        if let Some((_, used)) = &mut *self.cut.lock() {
            *used = 0;
        }
    }

    fn protect_data(&self, protection: i32) {
        self.data.protect(protection);
        if let Some((pieces, _)) = &*self.cut.lock() {
            pieces.protect(protection);
        }
    }

    /// It is filled: `count` indications are to be given to the client.
    pub fn filled(&self, count: usize) {
        self.outstanding.store(count, Ordering::Release);
        if count == 0 {
            self.free.store(true, Ordering::Release);
        } else if self.strict {
            self.protect_data(libc::PROT_READ);
        }
    }

    /// Describes the datagram of `length` bytes at `at` in message `message`, with so much control information.
    pub fn describe(&self, index: usize, message: usize, at: usize, length: usize, control: usize) {
        let entry = self.entry(index);
        let start = self.message(message) + at - HEADERS as usize;
        let mdl = at!(entry.mdls).cast::<MdlWithPages>();
        describe_mdl(mdl.cast(), start, HEADERS as usize + length);
        let control_info = if control == 0 {
            0
        } else {
            self.control(message).addr()
        };
        at!(entry.indication).write(WSK_DATAGRAM_INDICATION {
            Next: std::ptr::null_mut(),
            Buffer: WSK_BUF {
                Mdl: mdl.as_ptr().cast(),
                Offset: HEADERS,
                Length: length,
            },
            ControlInfo: control_info as *mut _,
            ControlInfoLength: u32::try_from(control).unwrap_or(0),
            RemoteAddress: self.name(message).as_ptr().cast(),
        });
    }

    /// Cuts a datagram into up to three pieces in memory of their own, at places that `random` chooses; the first MDL may
    /// be empty.
    pub fn cut(&self, index: usize, random: u64) {
        let entry = self.entry(index);
        let data = Buffer::from(at!(entry.indication.Buffer).read()).gather();
        let span = data.len() + 1;
        let [a, b] = [random, random >> 32].map(|r| guest::address(r) % span);
        let cuts = [0, a.min(b), a.max(b), data.len()];
        let mdls = at!(entry.mdls).cast::<MdlWithPages>();
        let mut copies = self.cut.lock();
        // Pieces are apart from each other by this much.
        let (gap, needed) = (64, data.len() + PIECES * 128);
        let (region, used) = copies.get_or_insert_with(|| (Region::new(MESSAGES * STRIDE), 0));
        if *used + needed > MESSAGES * STRIDE {
            return;
        }
        for (i, window) in cuts.windows(2).enumerate() {
            let piece = &data[window[0]..window[1]];
            let mdl: Guest<Mdl> = mdls.index(i).cast();
            Guest::<u8>::at(region.at(*used)).write_bytes(piece);
            describe_mdl(mdl, region.at(*used), piece.len());
            if i + 1 < PIECES {
                at!(mdl.next).write(mdls.index(i + 1).cast());
            }
            *used += (piece.len() + gap).next_multiple_of(8);
        }
        at!(entry.indication.Buffer).write(WSK_BUF {
            Mdl: mdls.as_ptr().cast(),
            Offset: 0,
            Length: data.len(),
        });
    }

    /// Links the indications `from..to` into a list for a callback. Returns its head, and the bytes of data in it.
    #[must_use]
    pub fn link(&self, from: usize, to: usize) -> (Guest<WSK_DATAGRAM_INDICATION>, usize) {
        let (mut next, mut bytes) = (Guest::null(), 0);
        for index in (from..to).rev() {
            let this = self.indication(index);
            at!(this.Next).write(next.as_ptr());
            bytes += at!(this.Buffer.Length).read();
            self.set_owner(index, Owner::Indicated);
            next = this;
        }
        (next, bytes)
    }

    fn set_owner(&self, index: usize, owner: Owner) {
        self.owners[index].store(owner as u8, Ordering::Release);
    }

    fn owner(&self, index: usize) -> u8 {
        self.owners[index].load(Ordering::Acquire)
    }

    /// The callback has taken the list and is done with it.
    pub fn consumed(&self, from: usize, to: usize) {
        let mut back = 0;
        for index in from..to {
            if self.owner(index) == Owner::Released as u8 {
                violate!(
                    WSK_RELEASE,
                    "indications were released, but the callback that got them returned STATUS_SUCCESS"
                );
            } else {
                back += 1;
            }
            self.set_owner(index, Owner::System);
        }
        self.give(back);
    }

    /// The callback has kept the list. Parts of it may have come back already.
    pub fn kept(&self, from: usize, to: usize) {
        for index in from..to {
            let (old, new) = (Owner::Indicated as u8, Owner::Kept as u8);
            let owner = &self.owners[index];
            if owner
                .compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire)
                .is_err()
            {
                self.set_owner(index, Owner::System);
            }
        }
    }

    /// The callback didn't take the list: it is the provider's again, and will be indicated once more.
    pub fn refused(&self, from: usize, to: usize) {
        for index in from..to {
            self.set_owner(index, Owner::System);
        }
    }

    /// `n` indications are given back.
    pub fn give(&self, n: usize) {
        if n > 0 && self.outstanding.fetch_sub(n, Ordering::AcqRel) == n {
            if self.strict {
                self.structures.protect(libc::PROT_NONE);
                self.protect_data(libc::PROT_NONE);
            }
            self.free.store(true, Ordering::Release);
        }
    }

    /// The index of an indication, if it is one of this batch's.
    #[must_use]
    pub fn index_of(&self, indication: Guest<WSK_DATAGRAM_INDICATION>) -> Option<usize> {
        let offset = indication.addr().checked_sub(self.structures.at(0))?;
        let index = offset / size_of::<Entry>();
        (offset.is_multiple_of(size_of::<Entry>()) && index < ENTRIES).then_some(index)
    }

    /// The client releases an indication that it kept. `false` if it hadn't.
    #[must_use]
    pub fn release(&self, index: usize) -> bool {
        let owner = &self.owners[index];
        let (kept, indicated) = (Owner::Kept as u8, Owner::Indicated as u8);
        let order = (Ordering::AcqRel, Ordering::Acquire);
        owner
            .compare_exchange(kept, Owner::System as u8, order.0, order.1)
            .is_ok()
            || owner
                .compare_exchange(indicated, Owner::Released as u8, order.0, order.1)
                .is_ok()
    }

    /// Whether the client may look at this indication.
    #[must_use]
    pub fn is_with_client(&self, index: usize) -> bool {
        self.owner(index) == Owner::Kept as u8 || self.owner(index) == Owner::Indicated as u8
    }

    /// How many indications the client has kept.
    #[must_use]
    pub fn kept_count(&self) -> usize {
        (0..ENTRIES)
            .filter(|&index| self.owner(index) == Owner::Kept as u8)
            .count()
    }
}

/// Writes an MDL of the system, built and mapped.
pub fn describe_mdl(mdl: Guest<Mdl>, start: usize, length: usize) {
    let pages = (start % PAGE + length).div_ceil(PAGE);
    mdl.write(Mdl {
        size: i16::try_from(size_of::<Mdl>() + 8 * pages).unwrap_or(i16::MAX),
        flags: MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL,
        mapped_system_va: Guest::at(start),
        start_va: start & !(PAGE - 1),
        byte_count: u32::try_from(length).unwrap_or(u32::MAX),
        byte_offset: u32::try_from(start % PAGE).unwrap_or(0),
        ..Mdl::default()
    });
}
