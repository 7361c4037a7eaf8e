//! Calls of the framework that cannot panic.
//!
//! `call_unsafe_wdf_function_binding!` of `wdk-sys` indexes the framework's function table as a slice whose
//! length it reads at run time, so each call may panic as far as the compiler can tell. [`check_table`] looks at
//! the length once, before any other call, and [`wdf_call!`] indexes without looking again.

use wdk_sys::{_WDFFUNCENUM, NTSTATUS, STATUS_NOT_IMPLEMENTED, STATUS_SUCCESS};

/// A status as a result.
pub(crate) fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if wdk::nt_success(status) {
        Ok(())
    } else {
        Err(status)
    }
}

/// Whether the framework's table holds every function that this driver was built to call.
///
/// `DriverEntry` calls this first and fails with the status returned. IRQL: any.
pub(crate) fn check_table() -> NTSTATUS {
    let count = wdk_sys::wdf::__private::get_wdf_function_count();
    let needed = usize::try_from(_WDFFUNCENUM::WdfFunctionTableNumEntries).unwrap_or(usize::MAX);
    if count < needed {
        STATUS_NOT_IMPLEMENTED
    } else {
        STATUS_SUCCESS
    }
}

/// Calls a WDF function by its name: `wdf_call!(WdfSpinLockAcquire(lock))`.
///
/// It takes the function's arguments without the driver's globals, which it adds. An `unsafe` block around
/// the call answers for the contract of the function; that [`check_table`] has succeeded is this driver's invariant.
macro_rules! wdf_call {
    ($function:ident ( $($argument:expr),* $(,)? )) => {
        ::pastey::paste! {{
            // The type ties the table entry to the function's prototype.
            let function: ::wdk_sys::[<PFN_ $function:upper>] = ::core::mem::transmute::<
                ::wdk_sys::WDFFUNC,
                ::wdk_sys::[<PFN_ $function:upper>],
            >(*::wdk_sys::WdfFunctions.add(::wdk_sys::_WDFFUNCENUM::[<$function TableIndex>] as usize));
            match function {
                Some(function) => function(::wdk_sys::WdfDriverGlobals, $($argument),*),
                // The framework fills every entry of its table.
                None => ::core::hint::unreachable_unchecked(),
            }
        }}
    };
}

pub(crate) use wdf_call;

/// A counted string over a static one.
pub(crate) fn unicode(text: &'static netcx_sys::wide::WideStr) -> wdk_sys::UNICODE_STRING {
    let bytes = text.byte_len_with_nul();
    let maximum = u16::try_from(bytes).unwrap_or(0);
    wdk_sys::UNICODE_STRING {
        Length: maximum.saturating_sub(2),
        MaximumLength: maximum,
        Buffer: text.as_ptr().cast_mut(),
    }
}
