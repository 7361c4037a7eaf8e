//! ovpn-dco.sys: the KMDF and NetAdapterCx driver.
//!
//! Thin glue between Windows and the engine ([`ovpn_dco_engine`]): callbacks become calls of the engine, and what the
//! engine needs becomes calls of Windows ([`platform`]). One file per framework object or callback family.
//!
//! | file | what |
//! |---|---|
//! | `driver` | entry, what all adapters share, unload |
//! | `device`, `version_device` | the adapter's device, and the one that tells the version |
//! | `file`, `io`, `request` | handles, the queue of control codes, reads and writes, requests that pend |
//! | `adapter`, `tx_queue`, `rx_queue` | the network adapter and its two queues |
//! | `wsk`, `socket`, `udp`, `tcp`, `send` | Winsock Kernel: registration, sockets, what arrives, what leaves |
//! | `crypto`, `chacha20_poly1305` | CNG, and what stands in for it where it lacks a cipher |
//! | `platform`, `lock`, `pool`, `irp`, `irql`, `mdl`, `object`, `wdf`, `trace`, `panic` | what the others stand on |

#![no_std]
// A panic is a crash of the machine, and so is a pointer that nobody vouches for.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::exit,
    clippy::expect_used,
    clippy::get_unwrap,
    clippy::indexing_slicing,
    clippy::multiple_unsafe_ops_per_block,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::string_slice,
    clippy::todo,
    clippy::undocumented_unsafe_blocks,
    clippy::unimplemented,
    clippy::unnecessary_safety_comment,
    clippy::unreachable,
    clippy::unwrap_used,
    unsafe_op_in_unsafe_fn
)]

extern crate alloc;

mod adapter;
mod chacha20_poly1305;
mod crypto;
mod device;
mod driver;
mod file;
mod io;
mod irp;
mod irql;
mod lock;
mod mdl;
mod object;
mod panic;
mod platform;
mod pool;
mod queue;
mod request;
mod rx_queue;
mod send;
mod socket;
mod tcp;
mod trace;
mod tx_queue;
mod udp;
mod version_device;
mod wdf;
mod wsk;

use wdk_alloc::WdkAllocator;

#[global_allocator]
static ALLOCATOR: WdkAllocator = WdkAllocator;
