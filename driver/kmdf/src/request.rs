//! Requests from user space, and who completes one that may be cancelled.
//!
//! A request that the engine keeps is marked cancelable. Then two parties may want to end it: the engine, because what it
//! waited for has come, and the framework's cancel callback. [`complete`](IoRequest::complete) first unmarks it. If that
//! succeeds, the callback will never run. If it does not, the callback has run or will run, and whichever of the two comes
//! *second* completes the request, with the engine's result: nothing that the engine gave is lost, and nobody completes twice.
//!
//! ```text
//! engine ends it:  result -> unmark -> success ............................... finish
//!                                   -> cancelled -> COMPLETER, after CANCELLER  finish
//! cancel callback: running -> engine.cancel -> CANCELLER, after COMPLETER ..... finish
//! ```

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicUsize, Ordering};

use ovpn_dco_engine::{Device, Request, RequestId};
use ovpn_dco_uapi::NtStatus;
use wdk_sys::{NTSTATUS, STATUS_CANCELLED, WDFREQUEST};

use crate::irql;
use crate::object::{Context, Link, context};
use crate::platform::Kernel;
use crate::wdf::wdf_call;

/// What the framework keeps with each request of the adapter's device. Zeros are a fresh one.
pub(crate) struct RequestContext {
    device: Link<Device<Kernel>>,
    /// The cancel callback runs, so the request is not marked any more.
    cancelling: AtomicBool,
    /// Who has been here: 0 nobody, [`COMPLETER`], [`CANCELLER`].
    turn: AtomicU8,
    /// The engine's result, for the cancel callback when it comes second.
    status: AtomicI32,
    information: AtomicUsize,
}

context!(RequestContext, c"ovpn-dco request");

const COMPLETER: u8 = 1;
const CANCELLER: u8 = 2;

/// A request that is the engine's until [`IoRequest::complete`].
pub(crate) struct IoRequest {
    handle: WDFREQUEST,
    output: *mut u8,
    output_len: usize,
    pended: bool,
}

// SAFETY: a framework request may be used from any thread; the output buffer is the request's own until it completes.
unsafe impl Send for IoRequest {}

impl IoRequest {
    /// A request without output. IRQL: <= DISPATCH_LEVEL.
    ///
    /// # Safety
    ///
    /// The driver owns the request, and hands it over: nobody else completes it. `device` outlives it.
    pub(crate) unsafe fn new(handle: WDFREQUEST, device: &Device<Kernel>) -> Self {
        // SAFETY: the request is valid, and has this context: the device's request attributes say so.
        let context = unsafe { RequestContext::of(handle.cast()) };
        context.device.set(device.into());
        Self {
            handle,
            output: core::ptr::null_mut(),
            output_len: 0,
            pended: false,
        }
    }

    /// Takes the request's output buffer of `len` bytes (0: there is none). IRQL: <= DISPATCH_LEVEL.
    ///
    /// The input of a control code lies in the same memory: it must have been copied out.
    pub(crate) fn with_output(mut self, len: usize) -> Result<Self, (Self, NTSTATUS)> {
        if len == 0 {
            return Ok(self);
        }
        let (mut buffer, mut got) = (core::ptr::null_mut(), 0);
        // SAFETY: the driver owns the request, and both results are on the stack.
        let status = unsafe {
            wdf_call!(WdfRequestRetrieveOutputBuffer(
                self.handle,
                1,
                &raw mut buffer,
                &raw mut got
            ))
        };
        if !wdk::nt_success(status) {
            return Err((self, status));
        }
        self.output = buffer.cast();
        self.output_len = got;
        Ok(self)
    }

    /// Completes the request. IRQL: <= DISPATCH_LEVEL, with no lock held.
    pub(crate) fn complete(self, status: NtStatus, information: usize) {
        irql::at_most_dispatch();
        if !self.pended {
            return finish(self.handle, status.0, information);
        }
        // SAFETY: the request has not been completed: that takes both parties, or this one alone.
        let context = unsafe { RequestContext::of(self.handle.cast()) };
        // Before unmarking: the callback may come at once.
        context.status.store(status.0, Ordering::Relaxed);
        context.information.store(information, Ordering::Relaxed);
        if self.unmark(context) || context.turn.swap(COMPLETER, Ordering::AcqRel) == CANCELLER {
            finish(self.handle, status.0, information);
        }
    }

    /// Takes the mark away that makes the request cancelable. `false`: the cancel callback runs, has run or will run.
    fn unmark(&self, context: &RequestContext) -> bool {
        // The callback's own call of the engine comes here too, and then there is nothing to be unmarked.
        if context.cancelling.load(Ordering::Acquire) {
            return false;
        }
        // SAFETY: the driver owns the request, which was marked cancelable.
        let status = unsafe { wdf_call!(WdfRequestUnmarkCancelable(self.handle)) };
        status != STATUS_CANCELLED
    }
}

impl Request for IoRequest {
    fn id(&self) -> RequestId {
        RequestId(self.handle as u64)
    }

    fn output(&mut self) -> &mut [u8] {
        if self.output.is_null() {
            return &mut [];
        }
        // SAFETY: the framework gave this buffer with this length; it is the request's own until it completes.
        unsafe { core::slice::from_raw_parts_mut(self.output, self.output_len) }
    }

    fn pend(&mut self) -> bool {
        // The callback may run at once, on another processor. It waits there for the engine's lock, which is held here.
        // SAFETY: the driver owns the request, which is not cancelable yet. If it has been cancelled, the callback is not called.
        let status = unsafe { wdf_call!(WdfRequestMarkCancelableEx(self.handle, Some(evt_cancel))) };
        self.pended = wdk::nt_success(status);
        self.pended
    }
}

/// `EVT_WDF_REQUEST_CANCEL`. IRQL: <= DISPATCH_LEVEL.
unsafe extern "C" fn evt_cancel(handle: WDFREQUEST) {
    // SAFETY: the framework passes a request that this file marked cancelable, so it has the context.
    let context = unsafe { RequestContext::of(handle.cast()) };
    context.cancelling.store(true, Ordering::Release);
    if let Some(device) = context.device.get() {
        // SAFETY: the device outlives its requests: it goes with the framework's device, after its queues.
        unsafe { device.as_ref() }.cancel(RequestId(handle as u64));
    }
    if context.turn.swap(CANCELLER, Ordering::AcqRel) == COMPLETER {
        finish(
            handle,
            context.status.load(Ordering::Relaxed),
            context.information.load(Ordering::Relaxed),
        );
    }
}

/// IRQL: <= DISPATCH_LEVEL.
fn finish(handle: WDFREQUEST, status: NTSTATUS, information: usize) {
    // SAFETY: the caller is the one that completes this request, and does not touch it again.
    unsafe {
        wdf_call!(WdfRequestCompleteWithInformation(
            handle,
            status,
            information as _
        ))
    };
}
