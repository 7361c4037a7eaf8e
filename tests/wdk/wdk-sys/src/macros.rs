//! Macros of this crate: the public one that calls WDF functions, and two that the generated files use.

include!(concat!(env!("OUT_DIR"), "/call_unsafe_wdf_function_binding.rs"));

/// `Default` as bindgen writes it for structures with pointers and unions: all bytes zero.
macro_rules! zeroed_default {
    ($name:ident) => {
        impl Default for $name {
            fn default() -> Self {
                // SAFETY: all bytes zero are a value of every structure of the C headers.
                unsafe { ::core::mem::zeroed() }
            }
        }
    };
}

/// Asserts size, alignment and offsets of a structure when this crate is compiled, for the target at hand.
macro_rules! assert_layout {
    ($name:ident, size $size:literal, align $align:literal, {
        $($first:ident $(. $rest:ident)*: $offset:literal,)*
    }) => {
        const _: () = {
            assert!(size_of::<crate::$name>() == $size);
            assert!(align_of::<crate::$name>() == $align);
            $(assert!(::core::mem::offset_of!(crate::$name, $first $(. $rest)*) == $offset);)*
        };
    };
}
