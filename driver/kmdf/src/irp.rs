//! IRPs that this driver sends, as WSK wants them: one stack location, a completion routine that keeps them.

use core::ptr::NonNull;

use netcx_sys::wdm::{IRP, PIO_COMPLETION_ROUTINE};
use wdk_sys::ntddk::{
    IoAllocateIrp, IoFreeIrp, IoReuseIrp, KeInitializeEvent, KeSetEvent, KeWaitForSingleObject,
};
use wdk_sys::{
    _EVENT_TYPE::NotificationEvent, _KWAIT_REASON::Executive, KEVENT, NTSTATUS, STATUS_NOT_SUPPORTED,
    STATUS_PENDING,
};

use crate::irql;
use crate::lock::KERNEL_MODE;

/// `STATUS_MORE_PROCESSING_REQUIRED`: the routine keeps the IRP. Every completion routine of this driver returns it.
pub(crate) const KEEP: NTSTATUS = 0xC000_0016_u32.cast_signed();
/// `SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL`.
const INVOKE_ALWAYS: u8 = 0x40 | 0x80 | 0x20;

/// An IRP of this driver; freed when dropped. IRQL: <= DISPATCH_LEVEL.
pub(crate) struct Irp(NonNull<IRP>);

// SAFETY: whoever has it may use it, on any thread.
unsafe impl Send for Irp {}

impl Irp {
    /// `None`: no memory.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: no preconditions below DISPATCH_LEVEL.
        let irp = unsafe { IoAllocateIrp(1, 0) };
        NonNull::new(irp.cast()).map(Self)
    }

    /// Makes it ready for another call, at whose end `routine` is called with `context`. The routine returns [`KEEP`].
    ///
    /// # Safety
    ///
    /// No call is under way with this IRP.
    pub(crate) unsafe fn prepare(&self, routine: PIO_COMPLETION_ROUTINE, context: *mut core::ffi::c_void) {
        // The status stays if nobody completes the IRP, because the call is missing.
        // SAFETY: the IRP is from IoAllocateIrp and idle, as the caller says.
        unsafe { IoReuseIrp(self.0.as_ptr().cast(), STATUS_NOT_SUPPORTED) };
        // SAFETY: the IRP lives as long as `self`, and nobody else looks at an idle one.
        let irp = unsafe { self.0.as_ref() };
        // SAFETY: an idle IRP's tail holds its stack location pointer: one past the only one.
        let past = unsafe { irp.Tail.Overlay.CurrentStackLocation };
        let next = past.wrapping_sub(1);
        // SAFETY: IoAllocateIrp made room for one stack location, and IoReuseIrp put the pointer behind it.
        let location = unsafe { &mut *next };
        location.CompletionRoutine = routine;
        location.Context = context;
        location.Control = INVOKE_ALWAYS;
    }

    /// For a call.
    pub(crate) fn as_ptr(&self) -> *mut IRP {
        self.0.as_ptr()
    }

    /// Makes one asynchronous call and waits for its end. Returns its information. IRQL: PASSIVE_LEVEL.
    ///
    /// # Safety
    ///
    /// No call is under way with this IRP.
    pub(crate) unsafe fn call(&self, start: impl FnOnce(*mut IRP) -> NTSTATUS) -> Result<usize, NTSTATUS> {
        irql::passive();
        let mut event = KEVENT::default();
        // SAFETY: the event stays where it is until the call is over.
        unsafe { KeInitializeEvent(&raw mut event, NotificationEvent, 0) };
        // SAFETY: the IRP is idle, as the caller says; the event outlives the call, which is waited for below.
        unsafe { self.prepare(Some(signal), (&raw mut event).cast()) };
        if start(self.as_ptr()) == STATUS_PENDING {
            // SAFETY: the routine will signal the event; without time limit the wait ends only then.
            let _ = unsafe {
                KeWaitForSingleObject(
                    (&raw mut event).cast(),
                    Executive,
                    KERNEL_MODE,
                    0,
                    core::ptr::null_mut(),
                )
            };
        }
        // The provider completes the IRP in any case; its result is there.
        match self.result() {
            (status, information) if wdk::nt_success(status) => Ok(information),
            (status, _) => Err(status),
        }
    }

    /// How the last call ended: status, and information.
    pub(crate) fn result(&self) -> (NTSTATUS, usize) {
        // SAFETY: the IRP is alive; nobody writes a completed IRP.
        let status = unsafe { (*self.0.as_ptr()).IoStatus };
        (status.Status, status.Information)
    }
}

impl Drop for Irp {
    fn drop(&mut self) {
        // SAFETY: the IRP is from IoAllocateIrp, and its owner has no call under way.
        unsafe { IoFreeIrp(self.0.as_ptr().cast()) };
    }
}

/// Makes one asynchronous call with an IRP of its own and waits for its end. Returns its information. IRQL: PASSIVE_LEVEL.
pub(crate) fn call(start: impl FnOnce(*mut IRP) -> NTSTATUS) -> Result<usize, NTSTATUS> {
    let irp = Irp::new().ok_or(wdk_sys::STATUS_INSUFFICIENT_RESOURCES)?;
    // SAFETY: a fresh IRP.
    unsafe { irp.call(start) }
}

/// `IO_COMPLETION_ROUTINE` of [`Irp::call`]. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn signal(
    _device: netcx_sys::wdm::PDEVICE_OBJECT,
    _irp: *mut IRP,
    context: *mut core::ffi::c_void,
) -> NTSTATUS {
    // SAFETY: the context is the event of `Irp::call`, which waits for it.
    unsafe { KeSetEvent(context.cast(), 0, 0) };
    KEEP
}
