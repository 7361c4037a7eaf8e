//! Views of memory that the driver owns or shares.
//!
//! The driver is native code in this process: it hands out addresses and we follow them. No Rust rule can make that
//! sound, so the trust is stated once, here: a [`Guest`] may hold any address, and following a bad one faults. The fault
//! handler of [`crate::cpu`] turns that into a violation that names the driver's call site and ends the run. Everything
//! above this module reads and writes guest memory through these views and stays free of `unsafe`.
//!
//! Copies are made with volatile, possibly unaligned accesses: the driver may change memory at any time.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// An address of a `T` in memory that the driver can reach. May be null, dangling, or wrong.
#[repr(transparent)]
pub struct Guest<T>(*mut T, PhantomData<T>);

impl<T> Clone for Guest<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Guest<T> {}
impl<T> PartialEq for Guest<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Guest<T> {}
impl<T> fmt::Debug for Guest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.addr())
    }
}
// SAFETY: an address is plain data; who follows it relies on the module's contract, on any thread.
unsafe impl<T> Send for Guest<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Guest<T> {}

impl<T> Default for Guest<T> {
    fn default() -> Self {
        Self::null()
    }
}

impl<T> Guest<T> {
    /// The null address.
    #[must_use]
    pub const fn null() -> Self {
        Self(std::ptr::null_mut(), PhantomData)
    }

    /// The view of whatever is at `addr`.
    #[must_use]
    pub const fn at(addr: usize) -> Self {
        Self(addr as *mut T, PhantomData)
    }

    /// The view of a value that the simulator owns and keeps in place while the driver uses it.
    #[must_use]
    pub fn of(value: &T) -> Self {
        Self(std::ptr::from_ref(value).cast_mut(), PhantomData)
    }

    /// The address as a number.
    #[must_use]
    pub fn addr(self) -> usize {
        self.0 as usize
    }

    /// The raw pointer, for calls into the host's libraries.
    #[must_use]
    pub fn as_ptr(self) -> *mut T {
        self.0
    }

    /// Whether the address is zero.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// `None` for null, else itself.
    #[must_use]
    pub fn some(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }

    /// The same address seen as another type.
    #[must_use]
    pub fn cast<U>(self) -> Guest<U> {
        Guest(self.0.cast(), PhantomData)
    }

    /// The element `n` places further on.
    #[must_use]
    pub fn index(self, n: usize) -> Self {
        Self::at(self.addr().wrapping_add(n.wrapping_mul(size_of::<T>())))
    }

    /// The address `bytes` further on, as another type.
    #[must_use]
    pub fn byte_offset<U>(self, bytes: usize) -> Guest<U> {
        Guest::at(self.addr().wrapping_add(bytes))
    }

    /// A field of the structure, chosen by `project`; see [`at!`](crate::at).
    #[must_use]
    pub fn field<U>(self, project: impl FnOnce(*mut T) -> *mut U) -> Guest<U> {
        Guest(project(self.0), PhantomData)
    }

    /// Copies the value out.
    #[must_use]
    pub fn read(self) -> T
    where
        T: Copy,
    {
        if self.0.is_aligned() {
            // SAFETY: the module's contract (a bad address faults and is reported).
            unsafe { self.0.read_volatile() }
        } else {
            // SAFETY: the module's contract.
            unsafe { self.0.read_unaligned() }
        }
    }

    /// Copies `value` in.
    pub fn write(self, value: T)
    where
        T: Copy,
    {
        if self.0.is_aligned() {
            // SAFETY: the module's contract.
            unsafe { self.0.write_volatile(value) }
        } else {
            // SAFETY: the module's contract.
            unsafe { self.0.write_unaligned(value) }
        }
    }

    /// Writes `value` unless the address is null (an optional output parameter).
    pub fn put(self, value: T)
    where
        T: Copy,
    {
        if !self.is_null() {
            self.write(value);
        }
    }

    /// Copies `n` elements out.
    #[must_use]
    pub fn read_slice(self, n: usize) -> Vec<T>
    where
        T: Copy,
    {
        (0..n).map(|i| self.index(i).read()).collect()
    }
}

impl Guest<u8> {
    /// Copies `bytes` into guest memory.
    pub fn write_bytes(self, bytes: &[u8]) {
        // SAFETY: the module's contract; source and destination may not overlap because `bytes` is ours.
        unsafe { std::ptr::copy(bytes.as_ptr(), self.as_ptr(), bytes.len()) }
    }

    /// Copies `n` bytes out.
    #[must_use]
    pub fn read_bytes(self, n: usize) -> Vec<u8> {
        let mut out = vec![0; n];
        self.read_into(&mut out);
        out
    }

    /// Copies `out.len()` bytes out.
    pub fn read_into(self, out: &mut [u8]) {
        // SAFETY: the module's contract.
        unsafe { std::ptr::copy(self.as_ptr(), out.as_mut_ptr(), out.len()) }
    }

    /// Fills `n` bytes with `value`.
    pub fn fill(self, n: usize, value: u8) {
        // SAFETY: the module's contract.
        unsafe { std::ptr::write_bytes(self.as_ptr(), value, n) }
    }

    /// The bytes as a slice, for the duration of one host call (send, encrypt, copy).
    ///
    /// The caller keeps it only while the driver has promised the memory (packet owned, request outstanding).
    #[must_use]
    pub fn slice<'a>(self, n: usize) -> &'a [u8] {
        if n == 0 {
            return &[];
        }
        // SAFETY: the module's contract; `n` is not zero, a null address faults at the first access.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), n) }
    }

    /// The bytes as a mutable slice; same promise as [`slice`](Self::slice).
    #[must_use]
    pub fn slice_mut<'a>(self, n: usize) -> &'a mut [u8] {
        if n == 0 {
            return &mut [];
        }
        // SAFETY: the module's contract.
        unsafe { std::slice::from_raw_parts_mut(self.as_ptr(), n) }
    }
}

macro_rules! atomic {
    ($t:ty, $a:ty) => {
        impl Guest<$t> {
            /// The value as an atomic, as the driver's interlocked operations see it.
            #[must_use]
            pub fn atomic<'a>(self) -> &'a $a {
                // SAFETY: the module's contract; an atomic may be shared with native code.
                unsafe { <$a>::from_ptr(self.as_ptr()) }
            }
        }
    };
}
atomic!(u8, AtomicU8);
atomic!(u32, AtomicU32);
atomic!(i32, AtomicI32);
atomic!(u64, AtomicU64);

/// The view of one field of a guest structure: `at!(irp.io_status)`; nested fields work too.
#[macro_export]
macro_rules! at {
    ($base:ident . $($field:tt)+) => {
        $base.field(|p| {
            // SAFETY: computes an address only; nothing is read.
            unsafe { &raw mut (*p).$($field)+ }
        })
    };
}

/// A 64-bit value of the guest as an address of this process.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub const fn address(value: u64) -> usize {
    // Driver code runs natively, so there is no other host than x86-64.
    const { assert!(usize::BITS == 64) };
    value as usize
}

/// Reads a NUL-terminated wide string, at most 32 Ki characters.
#[must_use]
pub fn wide_z(text: Guest<u16>) -> String {
    let mut units = Vec::new();
    if text.is_null() {
        return String::new();
    }
    while units.len() < 32 * 1024 {
        match text.index(units.len()).read() {
            0 => break,
            unit => units.push(unit),
        }
    }
    String::from_utf16_lossy(&units)
}

/// Reads a NUL-terminated byte string, at most 32 KiB.
#[must_use]
pub fn ansi_z(text: Guest<u8>) -> String {
    let mut bytes = Vec::new();
    if text.is_null() {
        return String::new();
    }
    while bytes.len() < 32 * 1024 {
        match text.index(bytes.len()).read() {
            0 => break,
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `text` as UTF-16, without a terminator.
#[must_use]
pub fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}
