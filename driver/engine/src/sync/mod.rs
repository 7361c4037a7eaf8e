//! Memory shared between processors: the engine's only module with `unsafe`.
//!
//! | what | for |
//! |---|---|
//! | [`Published`] | control state that the data path reads: an immutable snapshot behind one pointer |
//! | [`Grace`], [`Pin`] | how long a snapshot that has been replaced must be kept |
//! | [`Shared`] | ownership by several snapshots; its count is touched by the control path only |
//! | [`Lock`] | data beside a [`RawLock`](crate::RawLock), reached through a guard |
//! | [`Apart`] | a value that is written often, on cache lines of its own |
//! | [`Lanes`] | one value per processor, each on cache lines of its own |
//! | [`try_box`], [`try_with_capacity`] | heap allocations that may fail |
//! | [`push_within_capacity`] and the like | vectors that don't grow |
//!
//! The scheme is sleepable read-copy-update: readers count themselves in and out on their own lane, a writer swaps
//! the pointer and frees the old snapshot once every lane has been seen empty. Readers never wait and write to no
//! cache line that another processor writes to. It is tested with loom (`tests/loom.rs`).
//!
//! Left out: over-aligned values. A kernel pool allocation is aligned to 16 bytes whatever a type asks for, so
//! nothing here uses `align(64)`, cache lines are kept apart by padding, and [`try_box`] refuses at compile time.

mod allocation;
mod apart;
mod grace;
mod lanes;
mod lock;
mod published;
mod shared;

pub mod atomic;

pub use allocation::{
    NoMemory, extend_within_capacity, insert_within_capacity, push_within_capacity, try_box, try_remove,
    try_with_capacity,
};
pub use apart::Apart;
pub use grace::{Grace, Pin};
pub use lanes::Lanes;
pub use lock::{Lock, LockGuard};
pub use published::{Guard, Prepared, Published};
pub use shared::Shared;
