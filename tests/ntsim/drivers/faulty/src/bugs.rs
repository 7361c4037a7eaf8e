//! The bugs, one function each. All but those that end the machine also complete their request.

use core::arch::asm;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use wdk_sys::ntddk::{
    ExAllocatePool2, ExFreePoolWithTag, IoAllocateIrp, IoAllocateMdl, IoAllocateWorkItem, IoQueueWorkItem,
    KeAcquireSpinLockAtDpcLevel, KeAcquireSpinLockRaiseToDpc, KeBugCheckEx, KeEnterCriticalRegion,
    KeInitializeEvent, KeInitializeTimer, KeReleaseSpinLock, KeReleaseSpinLockFromDpcLevel,
    KeSaveExtendedProcessorState, KeSetTimer, KeWaitForSingleObject, KfRaiseIrql,
};
use wdk_sys::{
    KEVENT, KTIMER, LARGE_INTEGER, PDEVICE_OBJECT, PVOID, STATUS_SUCCESS, WDFDEVICE, WDFOBJECT, WDFQUEUE,
    WDFREQUEST, WDFSTRING, call_unsafe_wdf_function_binding,
};

use crate::{attributes, crypto};

/// One control request.
pub(crate) struct Call {
    pub(crate) queue: WDFQUEUE,
    pub(crate) request: WDFREQUEST,
    pub(crate) output: usize,
}

type Bug = fn(&Call);

/// By number; the tests use the same order.
pub(crate) static TABLE: [Bug; 46] = [
    none,
    leaked_request,
    held_lock,
    wrong_irql,
    pool_overrun,
    pool_leak,
    uninitialized_output,
    double_completion,
    double_free,
    use_after_free,
    leaked_irp,
    null_pointer,
    raised_irql,
    lock_order,
    leaked_object,
    wait_at_dispatch,
    bugcheck,
    too_much_information,
    unbalanced_dereference,
    wrong_handle,
    completed_while_cancelable,
    critical_region,
    leaked_mdl,
    freed_timer,
    fast_fail,
    write_to_code,
    wrong_tag,
    crypto::unfreed_key,
    crypto::key_destroyed_twice,
    crypto::provider_closed_early,
    crypto::nonce_reused,
    crypto::not_a_dispatch_provider,
    crypto::key_memory_freed,
    executable_pool,
    wrong_size,
    lock_not_held,
    lock_taken_twice,
    never_allocated,
    extended_state,
    finished_twice,
    work_item_queued_twice,
    timer_left,
    race,
    leak_after_failure,
    one_uninitialized_byte,
    buffer_after_completion,
];

pub(crate) const TAG: u32 = u32::from_le_bytes(*b"Flty");
const NON_PAGED: u64 = 0x40;
/// What is leaked stays reachable, so that the compiler can't drop the leak.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static mut LOCKS: [u64; 2] = [0; 2];

pub(crate) fn keep<T>(pointer: *mut T) {
    KEPT.store(pointer.cast(), Ordering::Release);
}

pub(crate) fn allocate(size: u64) -> *mut u8 {
    unsafe { ExAllocatePool2(NON_PAGED, size, TAG) }.cast()
}

pub(crate) fn free(block: *mut u8, tag: u32) {
    unsafe { ExFreePoolWithTag(block.cast(), tag) }
}

fn lock(n: usize) -> *mut u64 {
    (&raw mut LOCKS).cast::<u64>().wrapping_add(n)
}

impl Call {
    fn device(&self) -> WDFDEVICE {
        unsafe { call_unsafe_wdf_function_binding!(WdfIoQueueGetDevice, self.queue) }
    }

    #[allow(
        clippy::mut_from_ref,
        reason = "the request's own memory, which a bug asks for once"
    )]
    #[allow(
        clippy::unnecessary_cast,
        reason = "size_t is another type in windows-drivers-rs's own bindings"
    )]
    fn output_buffer(&self) -> Option<&mut [u8]> {
        let mut buffer = ptr::null_mut();
        let mut length = 0;
        let status = unsafe {
            call_unsafe_wdf_function_binding!(
                WdfRequestRetrieveOutputBuffer,
                self.request,
                1,
                &raw mut buffer,
                &raw mut length
            )
        };
        (status >= 0).then(|| unsafe { core::slice::from_raw_parts_mut(buffer.cast(), length as usize) })
    }
}

/// No bug: answers with the IRQL as inlined code reads it, and whether gs names a thread.
fn none(call: &Call) {
    let (irql, thread): (u64, u64);
    unsafe { asm!("mov {}, cr8", out(reg) irql) };
    unsafe { asm!("mov {}, gs:[0x188]", out(reg) thread) };
    if let Some(buffer) = call.output_buffer() {
        buffer.fill(0);
        if let [first, second, ..] = buffer {
            *first = irql.to_le_bytes()[0];
            *second = u8::from(thread != 0);
        }
    }
    call.complete(STATUS_SUCCESS, call.output);
}

fn leaked_request(_: &Call) {}

fn held_lock(call: &Call) {
    unsafe { KeAcquireSpinLockRaiseToDpc(lock(0)) };
    call.succeed();
}

fn wrong_irql(call: &Call) {
    let mut string: WDFSTRING = ptr::null_mut();
    let mut below = attributes(call.request.cast());
    unsafe {
        let old = KfRaiseIrql(2);
        let _ =
            call_unsafe_wdf_function_binding!(WdfStringCreate, ptr::null(), &raw mut below, &raw mut string);
        wdk_sys::ntddk::KeLowerIrql(old);
    }
    call.succeed();
}

fn pool_overrun(call: &Call) {
    let block = allocate(40);
    unsafe { block.add(40).write_volatile(1) };
    free(block, TAG);
    call.succeed();
}

fn pool_leak(call: &Call) {
    keep(allocate(100));
    call.succeed();
}

fn uninitialized_output(call: &Call) {
    if let Some(buffer) = call.output_buffer() {
        let written = buffer.len().saturating_sub(5);
        buffer.iter_mut().take(written).for_each(|b| *b = 7);
    }
    call.complete(STATUS_SUCCESS, call.output);
}

fn double_completion(call: &Call) {
    call.succeed();
    call.succeed();
}

fn double_free(call: &Call) {
    let block = allocate(24);
    free(block, TAG);
    free(block, TAG);
    call.succeed();
}

fn use_after_free(call: &Call) {
    let block = allocate(24);
    free(block, TAG);
    unsafe { block.add(3).write_volatile(1) };
    call.succeed();
}

fn leaked_irp(call: &Call) {
    keep(unsafe { IoAllocateIrp(1, 0) });
    call.succeed();
}

fn null_pointer(call: &Call) {
    let pointer = KEPT.load(Ordering::Acquire).wrapping_add(24);
    unsafe { pointer.write_volatile(1) };
    call.succeed();
}

fn raised_irql(call: &Call) {
    call.succeed();
    unsafe { KfRaiseIrql(2) };
}

fn lock_order(call: &Call) {
    for (first, second) in [(0, 1), (1, 0)] {
        unsafe {
            let old = KeAcquireSpinLockRaiseToDpc(lock(first));
            KeAcquireSpinLockAtDpcLevel(lock(second));
            KeReleaseSpinLockFromDpcLevel(lock(second));
            KeReleaseSpinLock(lock(first), old);
        }
    }
    call.succeed();
}

fn leaked_object(call: &Call) {
    let mut object: WDFOBJECT = ptr::null_mut();
    let mut below = attributes(call.device().cast());
    unsafe {
        let _ = call_unsafe_wdf_function_binding!(WdfObjectCreate, &raw mut below, &raw mut object);
        call_unsafe_wdf_function_binding!(WdfObjectReferenceActual, object, ptr::null_mut(), 0, ptr::null());
    }
    call.succeed();
}

fn wait_at_dispatch(call: &Call) {
    let mut event = KEVENT::default();
    unsafe {
        KeInitializeEvent(&raw mut event, 0, 1);
        let old = KfRaiseIrql(2);
        // The answer doesn't matter, the wait is the bug.
        let _ = KeWaitForSingleObject((&raw mut event).cast(), 0, 0, 0, ptr::null_mut());
        wdk_sys::ntddk::KeLowerIrql(old);
    }
    call.succeed();
}

fn bugcheck(_: &Call) {
    unsafe { KeBugCheckEx(0xDEAD, 1, 2, 3, 4) };
}

fn too_much_information(call: &Call) {
    if let Some(buffer) = call.output_buffer() {
        buffer.fill(1);
    }
    call.complete(STATUS_SUCCESS, call.output + 1);
}

fn unbalanced_dereference(call: &Call) {
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfObjectDereferenceActual,
            call.device().cast(),
            ptr::null_mut(),
            0,
            ptr::null()
        );
    }
    call.succeed();
}

fn wrong_handle(call: &Call) {
    unsafe {
        call_unsafe_wdf_function_binding!(WdfSpinLockAcquire, call.queue.cast());
    }
    call.succeed();
}

unsafe extern "C" fn cancelled(_: WDFREQUEST) {}

fn completed_while_cancelable(call: &Call) {
    unsafe {
        // The request was just presented, it can't be cancelled yet.
        let _ = call_unsafe_wdf_function_binding!(WdfRequestMarkCancelableEx, call.request, Some(cancelled));
    }
    call.succeed();
}

fn critical_region(call: &Call) {
    unsafe { KeEnterCriticalRegion() };
    call.succeed();
}

fn leaked_mdl(call: &Call) {
    keep(unsafe { IoAllocateMdl((&raw mut LOCKS).cast(), 8, 0, 0, ptr::null_mut()) });
    call.succeed();
}

fn freed_timer(call: &Call) {
    let timer: *mut KTIMER = allocate(size_of::<KTIMER>() as u64).cast();
    unsafe {
        KeInitializeTimer(timer);
        KeSetTimer(
            timer,
            LARGE_INTEGER {
                QuadPart: -600_000_000,
            },
            ptr::null_mut(),
        );
    }
    free(timer.cast(), TAG);
    call.succeed();
}

fn fast_fail(_: &Call) {
    unsafe { asm!("int 0x29", in("ecx") 3) };
}

fn write_to_code(call: &Call) {
    let code = (none as Bug as usize) as *mut u8;
    unsafe { code.write_volatile(0x90) };
    call.succeed();
}

fn wrong_tag(call: &Call) {
    free(allocate(8), TAG + 1);
    call.succeed();
}

fn executable_pool(call: &Call) {
    const NON_PAGED_EXECUTE: u64 = 0x80;
    free(unsafe { ExAllocatePool2(NON_PAGED_EXECUTE, 8, TAG) }.cast(), TAG);
    call.succeed();
}

fn wrong_size(call: &Call) {
    let mut object: WDFOBJECT = ptr::null_mut();
    let mut below = attributes(call.device().cast());
    below.Size = 8;
    unsafe {
        let _ = call_unsafe_wdf_function_binding!(WdfObjectCreate, &raw mut below, &raw mut object);
    }
    call.succeed();
}

fn lock_not_held(call: &Call) {
    unsafe { KeReleaseSpinLock(lock(0), 0) };
    call.succeed();
}

fn lock_taken_twice(_: &Call) {
    unsafe {
        KeAcquireSpinLockRaiseToDpc(lock(0));
        KeAcquireSpinLockAtDpcLevel(lock(0));
    }
}

fn never_allocated(call: &Call) {
    free((&raw mut LOCKS).cast(), TAG);
    call.succeed();
}

fn extended_state(call: &Call) {
    const XSTATE_SAVE: u64 = 64;
    const MASK_AVX: u64 = 4;
    let area = allocate(XSTATE_SAVE);
    // Saved, never restored.
    let _ = unsafe { KeSaveExtendedProcessorState(MASK_AVX, area.cast()) };
    free(area, TAG);
    call.succeed();
}

fn finished_twice(call: &Call) {
    let device = call.device();
    unsafe { call_unsafe_wdf_function_binding!(WdfControlFinishInitializing, device) };
    call.succeed();
}

unsafe extern "C" fn work(_: PDEVICE_OBJECT, _: PVOID) {}

fn work_item_queued_twice(call: &Call) {
    unsafe {
        let device = call_unsafe_wdf_function_binding!(WdfDeviceWdmGetDeviceObject, call.device());
        let item = IoAllocateWorkItem(device);
        // At DISPATCH_LEVEL no worker takes it off between the two calls.
        let old = KfRaiseIrql(2);
        for _ in 0..2 {
            IoQueueWorkItem(item, Some(work), 1, ptr::null_mut());
        }
        wdk_sys::ntddk::KeLowerIrql(old);
    }
    call.succeed();
}

static mut TIMER: KTIMER = unsafe { core::mem::zeroed() };

fn timer_left(call: &Call) {
    let timer = &raw mut TIMER;
    let due = LARGE_INTEGER {
        QuadPart: -600_000_000,
    };
    unsafe {
        KeInitializeTimer(timer);
        KeSetTimer(timer, due, ptr::null_mut());
    }
    call.succeed();
}

/// Two requests at once may both take the block that the one before left, and free it.
fn race(call: &Call) {
    static LEFT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
    let left = LEFT.load(Ordering::Acquire);
    let new = allocate(16);
    if !left.is_null() {
        free(left, TAG);
    }
    LEFT.store(new, Ordering::Release);
    call.succeed();
}

/// Forgets the first block when there is no memory for the second.
fn leak_after_failure(call: &Call) {
    let first = allocate(16);
    if first.is_null() {
        return call.succeed();
    }
    let second = allocate(32);
    if second.is_null() {
        keep(first);
        return call.succeed();
    }
    free(first, TAG);
    free(second, TAG);
    call.succeed();
}

/// As a structure with padding: all but one byte is written.
fn one_uninitialized_byte(call: &Call) {
    if let Some(buffer) = call.output_buffer() {
        let padding = buffer.len() / 2;
        buffer
            .iter_mut()
            .enumerate()
            .filter(|(n, _)| *n != padding)
            .for_each(|(_, byte)| *byte = 7);
    }
    call.complete(STATUS_SUCCESS, call.output);
}

fn buffer_after_completion(call: &Call) {
    let buffer = call.output_buffer().map(<[u8]>::as_mut_ptr);
    call.succeed();
    if let Some(buffer) = buffer {
        unsafe { buffer.write_volatile(1) };
    }
}
