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
//! | `crypto` | CNG |
//! | `platform`, `lock`, `pool`, `irp`, `mdl`, `object`, `wdf`, `trace`, `panic` | what the others stand on |

#![no_std]

extern crate alloc;

mod adapter;
mod crypto;
mod device;
mod driver;
mod file;
mod io;
mod irp;
mod lock;
mod mdl;
mod object;
mod panic;
mod platform;
mod pool;
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
