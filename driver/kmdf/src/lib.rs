//! ovpn-dco.sys: the KMDF and NetAdapterCx driver

#![no_std]

mod driver;
mod panic;
mod wdf;

use wdk_alloc::WdkAllocator;

#[global_allocator]
static ALLOCATOR: WdkAllocator = WdkAllocator;
