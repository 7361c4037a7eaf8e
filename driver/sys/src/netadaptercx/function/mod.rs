//! The function table (netfuncenum.h).
//!
//! One table that later versions append to: an index never changes. [`NETFUNCENUM`] has the indices of 2.0 to 2.5
//! under the names of the C header. For each function of 2.0 and 2.1 whose prototype is public there is a `PFN_...`
//! type, always, and a method of [`NetAdapterCx`](super::NetAdapterCx) under the function's own name if the version that is
//! bound has it.

use super::WDF_VERSION;

/// Declares functions with a public prototype: index, pointer type, method.
macro_rules! net_functions {
    ( cfg($($cfg:tt)*); $( $(#[$meta:meta])* [$index:ident] fn $name:ident($($arg:ident : $ty:ty),*) $(-> $ret:ty)? as $pfn:ident; )* ) => {
        callbacks! {
            $(
                #[doc = concat!("Pointer to `", stringify!($name), "`.")]
                pub type $pfn = fn(
                    DriverGlobals: crate::netadaptercx::PNET_DRIVER_GLOBALS,
                    $($arg: $ty),*
                ) $(-> $ret)?;
            )*
        }

        #[cfg($($cfg)*)]
        #[allow(clippy::too_many_arguments)]
        impl crate::netadaptercx::NetAdapterCx {
            $(
                $(#[$meta])*
                ///
                /// # Safety
                /// The client is bound, and handles and pointers are what the documentation of the DDI asks for.
                #[inline]
                pub unsafe fn $name(&self, $($arg: $ty),*) $(-> $ret)? {
                    // SAFETY: the caller promises that the client is bound; index and type go together.
                    let entry = unsafe {
                        self.function::<{ crate::netadaptercx::NETFUNCENUM::$index }, $pfn>()
                    };
                    // SAFETY: a bound table has no empty entry.
                    let function = unsafe { entry.unwrap_unchecked() };
                    // SAFETY: the caller's promise about the arguments.
                    unsafe { function(self.driver_globals(), $($arg),*) }
                }
            )*
        }

        #[cfg(test)]
        pub(crate) const FUNCTION_FACTS: &[crate::abi_facts::FunctionFact] = &[$(
            crate::abi_facts::FunctionFact {
                name: stringify!($name),
                index: stringify!($index),
                pointer: stringify!($pfn),
            }
        ),*];
    };
}

#[path = "index.rs"]
pub mod NETFUNCENUM;
pub(crate) mod v2_0;
pub(crate) mod v2_1;

pub use v2_0::*;
pub use v2_1::*;

/// The minor version that this build binds with; the major version is 2.
pub const NET_MINOR_VERSION: u32 = if cfg!(feature = "netadaptercx-2-2") {
    2
} else if cfg!(feature = "netadaptercx-2-1") {
    1
} else {
    0
};

/// The version that this build binds with.
pub const NET_VERSION: WDF_VERSION = WDF_VERSION {
    Major: 2,
    Minor: NET_MINOR_VERSION,
    Build: 0,
};

/// Number of functions of the version that this build binds with.
pub const NET_FUNCTION_COUNT: usize = match function_count(NET_MINOR_VERSION) {
    Some(count) => count,
    None => 0,
};

/// Number of functions of version 2.`minor`, which a bind record must state; `None` past 2.5, whose successor numbers
/// the functions anew.
#[must_use]
pub const fn function_count(minor: u32) -> Option<usize> {
    match minor {
        0 => Some(75),
        1 => Some(122),
        2 => Some(124),
        3 => Some(125),
        4 => Some(131),
        5 => Some(132),
        _ => None,
    }
}
