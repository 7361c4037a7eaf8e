//! What happens on a panic.
//!
//! Nothing: no panic is reachable. With feature `no-panic-proof` the handler calls a function that does not
//! exist, so that the driver links only if the optimiser has removed every call of the handler. All other
//! builds bugcheck, with the handler of `wdk-panic`.

#[cfg(not(feature = "no-panic-proof"))]
use wdk_panic as _;

#[cfg(feature = "no-panic-proof")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn a_panic_is_reachable() -> !;
    }
    a_panic_is_reachable()
}
