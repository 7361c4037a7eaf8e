//! Links the whole engine without a way to panic. See the manifest.
//!
//! The platform's answers come from outside the library, so that the optimiser can assume nothing about them; every
//! entry point of the device is exported, so that it can leave nothing away.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::slice;
use ovpn_dco_engine::offload::coalesce::{Coalescer, Delivery, Options};
use ovpn_dco_engine::offload::{mss, vnet};
use ovpn_dco_engine::{
    Aead, Cipher, Closed, Config, CryptoError, Device, Event, Instant, Offload, Platform, RawLock, Received,
    Request, RequestId, Transport, TransportId, TransportSpec,
};
use ovpn_dco_uapi::NtStatus;

#[link(name = "c")]
unsafe extern "C" {
    /// Exists nowhere.
    safe fn the_engine_can_panic() -> !;
    fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    /// Any number, as far as the optimiser knows.
    safe fn rand() -> i32;
    fn read(file: i32, into: *mut c_void, size: usize) -> isize;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    the_engine_can_panic()
}

struct Heap;

// SAFETY: `aligned_alloc` gives memory of the size and alignment asked for, or null; `free` takes it back.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any alignment of a layout is a power of two.
        unsafe { aligned_alloc(layout.align(), layout.size()) }.cast()
    }

    unsafe fn dealloc(&self, memory: *mut u8, _: Layout) {
        // SAFETY: allocated above.
        unsafe { free(memory.cast()) };
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

fn any() -> u64 {
    u64::from(rand().cast_unsigned())
}

fn fill(bytes: &mut [u8]) {
    // SAFETY: the slice is valid for writes of its length.
    unsafe { read(0, bytes.as_mut_ptr().cast(), bytes.len()) };
}

fn done() -> Result<(), NtStatus> {
    if rand() == 0 {
        Ok(())
    } else {
        Err(NtStatus::UNSUCCESSFUL)
    }
}

fn crypto() -> Result<(), CryptoError> {
    match rand() {
        0 => Ok(()),
        1 => Err(CryptoError::Tag),
        2 => Err(CryptoError::NoMemory),
        3 => Err(CryptoError::Unsupported),
        _ => Err(CryptoError::Failed),
    }
}

fn address() -> SocketAddr {
    let port = (any() & 0xffff) as u16;
    let mut octets = [0; 16];
    fill(&mut octets);
    match octets {
        [1, a, b, c, d, ..] => SocketAddr::from((Ipv4Addr::new(a, b, c, d), port)),
        octets => SocketAddr::from((Ipv6Addr::from(octets), port)),
    }
}

pub struct AnyAead;

impl Aead for AnyAead {
    fn seal(
        &self,
        _: &[u8; 12],
        _: &[u8],
        _: &[u8],
        out: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        fill(out);
        fill(tag);
        crypto()
    }

    fn seal_in_place(
        &self,
        _: &[u8; 12],
        _: &[u8],
        out: &mut [u8],
        tag: &mut [u8; 16],
    ) -> Result<(), CryptoError> {
        fill(out);
        fill(tag);
        crypto()
    }

    fn open(
        &self,
        _: &[u8; 12],
        _: &[u8],
        _: &[u8],
        _: &[u8; 16],
        out: &mut [u8],
    ) -> Result<(), CryptoError> {
        fill(out);
        crypto()
    }
}

pub struct NoLock;

// SAFETY: this library is linked, not run.
unsafe impl RawLock for NoLock {
    fn new() -> Self {
        Self
    }

    fn lock(&self) {
        rand();
    }

    unsafe fn unlock(&self) {
        rand();
    }
}

pub struct AnyRequest([u8; 64]);

impl Request for AnyRequest {
    fn id(&self) -> RequestId {
        RequestId(any())
    }

    fn output(&mut self) -> &mut [u8] {
        self.0
            .get_mut(..rand().cast_unsigned() as usize)
            .unwrap_or_default()
    }

    fn pend(&mut self) -> bool {
        rand() == 0
    }
}

pub struct AnyTransport;

impl Transport for AnyTransport {
    fn start(&self) -> Result<(), NtStatus> {
        done()
    }

    fn send(&self, packet: &[u8], _: Option<SocketAddr>) -> Result<(), NtStatus> {
        core::hint::black_box(packet);
        done()
    }

    fn abort(&self) {
        rand();
    }

    fn local_addr(&self) -> SocketAddr {
        address()
    }
}

impl Drop for AnyTransport {
    fn drop(&mut self) {
        rand();
    }
}

pub struct AnyPlatform;

impl Platform for AnyPlatform {
    type Aead = AnyAead;
    type Request = AnyRequest;
    type Transport = AnyTransport;
    type SpinLock = NoLock;
    type WaitLock = NoLock;

    fn now(&self) -> Instant {
        Instant(any())
    }

    fn lane(&self) -> usize {
        any() as usize
    }

    fn aead(&self, _: Cipher, key: &[u8]) -> Result<AnyAead, CryptoError> {
        core::hint::black_box(key);
        crypto().map(|()| AnyAead)
    }

    fn open_transport(&self, spec: &TransportSpec) -> Result<AnyTransport, NtStatus> {
        core::hint::black_box(spec);
        done().map(|()| AnyTransport)
    }

    fn set_link(&self, up: bool) {
        core::hint::black_box(up);
    }

    fn complete(&self, request: AnyRequest, status: NtStatus, information: usize) {
        core::hint::black_box((request, status, information));
    }

    fn relax(&self, round: u32) {
        core::hint::black_box(round);
    }

    fn trace(&self, event: &Event) {
        core::hint::black_box(event);
    }
}

type Dco = Device<AnyPlatform>;

#[unsafe(no_mangle)]
pub extern "C" fn make() -> bool {
    let config = Config {
        lanes: any() as usize,
        control_packets: any() as usize,
        ..Config::default()
    };
    Device::new(AnyPlatform, config)
        .map(core::hint::black_box)
        .is_ok()
}

#[unsafe(no_mangle)]
pub extern "C" fn handle(device: &Dco) {
    core::hint::black_box(device.open().is_ok());
    device.set_mtu(any() as usize);
    device.close();
}

/// # Safety
/// `input` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn call(device: &Dco, input: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    let input = unsafe { slice::from_raw_parts(input, len) };
    device.ioctl(rand().cast_unsigned(), input, AnyRequest([0; 64]));
    device.write(input, AnyRequest([0; 64]));
    device.read(AnyRequest([0; 64]));
    core::hint::black_box(device.cancel(RequestId(any())));
    core::hint::black_box(device.stats());
}

#[unsafe(no_mangle)]
pub extern "C" fn later(device: &Dco) {
    device.timer();
    device.transport_connected(TransportId(any()), done());
    let how = match rand() {
        0 => Closed::Graceful,
        1 => Closed::Reset,
        _ => Closed::Failed(NtStatus::UNSUCCESSFUL),
    };
    device.transport_closed(TransportId(any()), how);
}

/// # Safety
/// `input` is valid for `len` bytes, `out` for `out_len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn inward(
    device: &Dco,
    input: *const u8,
    len: usize,
    out: *mut u8,
    out_len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (mut input, out) = unsafe {
        (
            slice::from_raw_parts(input, len),
            slice::from_raw_parts_mut(out, out_len),
        )
    };
    let batch = device.receive();
    let mut delivered = 0_usize;
    if let Received::Deliver { len, .. } = batch.datagram(TransportId(any()), Some(address()), input, out) {
        delivered = len;
    }
    while let Some(Received::Deliver { len, .. }) = batch.stream(TransportId(any()), &mut input, out) {
        delivered = delivered.wrapping_add(len);
    }
    delivered
}

/// # Safety
/// `input` is valid for `len` bytes, `out` for `out_len`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outward(
    device: &Dco,
    input: *const u8,
    len: usize,
    offload: &Offload,
    out: *mut u8,
    out_len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (input, out) = unsafe {
        (
            slice::from_raw_parts(input, len),
            slice::from_raw_parts_mut(out, out_len),
        )
    };
    let (head, tail) = input.split_at_checked(any() as usize).unwrap_or_default();
    let batch = device.transmit();
    let one = batch.packet(&[input], out).map_or(0, |sealed| sealed.len);
    let two = batch.packet(&[head, tail], out).map_or(0, |sealed| sealed.len);
    let many = batch
        .super_packet(&[head, tail], *offload, out)
        .map_or(0, |sealed| sealed.len);
    one.wrapping_add(two).wrapping_add(many)
}

/// What a glue uses beside the device: coalescing, clamping, virtio-net headers.
#[unsafe(no_mangle)]
pub extern "C" fn gather(memory: &mut [u8; 1 << 20], options: &Options, len: usize) -> usize {
    let mut seen = 0_usize;
    let mut deliver = |mut delivery: Delivery<'_>| {
        let mut head = [0; 12];
        core::hint::black_box(delivery.description().encode(&mut head));
        seen = seen
            .wrapping_add(delivery.packet().len())
            .wrapping_add(delivery.with_vnet_header::<12>().len());
    };
    if let Some(mut coalescer) = Coalescer::new(memory.as_mut_slice(), *options) {
        for _ in 0..any() {
            fill(coalescer.room());
            coalescer.commit(len, &mut deliver);
        }
        coalescer.flush(&mut deliver);
    }
    seen
}

#[unsafe(no_mangle)]
pub extern "C" fn rewrite(packet: &mut [u8; 2048], len: usize, value: u16) -> bool {
    let Some(packet) = packet.get_mut(..len) else {
        return false;
    };
    core::hint::black_box(vnet::Header::decode(packet, packet).is_ok());
    mss::clamp(packet, value)
}
