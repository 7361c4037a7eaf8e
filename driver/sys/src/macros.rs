//! The macros that declare the ABI.
//!
//! Each declares an item in the plain C layout and, in test builds, adds what it declared to a table of
//! the same module (`CALLBACK_FACTS`, `IMPORT_FACTS`, `STRUCT_FACTS`, `ENUM_FACTS`, `FLAG_FACTS`, `CONST_FACTS`, `STRING_FACTS`,
//! `BIT_FACTS`), which `abi_facts` compares with the recorded facts. A table that `abi_facts` leaves out is dead code,
//! which the compiler tells, so an item cannot be declared without being tested.

/// Declares function pointer types with the calling convention of the Windows target.
///
/// `pub type PFN = fn(a: A) -> B;` becomes `Option<unsafe extern ... fn>`: a C function pointer, which may be
/// NULL. On Windows it is `extern "C"`. On any other x86-64 host it is `extern "win64"`, so that a host that
/// loads a Windows image can call, and be called, through the same types.
macro_rules! callbacks {
    ($( $(#[$meta:meta])* pub type $name:ident = fn($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)?; )*) => {
        $(
            $(#[$meta])*
            #[cfg(not(all(target_arch = "x86_64", not(windows))))]
            pub type $name = Option<unsafe extern "C" fn($($arg: $ty),*) $(-> $ret)?>;
            $(#[$meta])*
            #[cfg(all(target_arch = "x86_64", not(windows)))]
            pub type $name = Option<unsafe extern "win64" fn($($arg: $ty),*) $(-> $ret)?>;
        )*

        #[cfg(test)]
        pub(crate) const CALLBACK_FACTS: &[crate::abi_facts::CallbackFact] = &[$(
            crate::abi_facts::CallbackFact {
                name: stringify!($name),
                parameters: &[$(stringify!($ty)),*],
                result: concat!($(stringify!($ret))?),
            }
        ),*];
    };
}

/// Declares functions that a Windows module exports, to be imported without an import library (raw-dylib).
///
/// They exist on Windows only; on other hosts only their types are looked at.
macro_rules! imports {
    ($module:literal; $( $(#[$meta:meta])* pub fn $name:ident($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)?; )*) => {
        #[cfg(windows)]
        #[link(name = $module, kind = "raw-dylib", modifiers = "+verbatim")]
        unsafe extern "C" {
            $( $(#[$meta])* pub fn $name($($arg: $ty),*) $(-> $ret)?; )*
        }

        $(
            #[cfg(not(windows))]
            const _: Option<unsafe extern "C" fn($($ty),*) $(-> $ret)?> = None;
        )*

        #[cfg(test)]
        pub(crate) const IMPORT_FACTS: &[crate::abi_facts::ImportFact] = &[$(
            crate::abi_facts::ImportFact {
                module: $module,
                name: stringify!($name),
                parameters: &[$(stringify!($ty)),*],
                result: concat!($(stringify!($ret))?),
            }
        ),*];
    };
}

/// Declares `repr(C)` structures and unions, all fields public.
///
/// `field: T => ["Name": path, ...]` says that the C declaration has no member of that name: an unnamed union
/// or bit-field storage, whose members are found at `path`. A field whose name begins with `_` is padding.
macro_rules! c_structs {
    ($(
        $(#[$meta:meta])*
        $kind:ident $name:ident {
            $( $(#[$fmeta:meta])* $field:ident : $ty:ty $(=> [$($json:literal : $($path:ident).+),* $(,)?])? ,)*
        }
    )*) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub $kind $name {
                $( $(#[$fmeta])* pub $field: $ty, )*
            }
        )*

        #[cfg(test)]
        pub(crate) const STRUCT_FACTS: &[crate::abi_facts::StructFact] = &[$(
            crate::abi_facts::StructFact {
                name: stringify!($name),
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                fields: &[$( c_structs!(@field $name, $field $(, [$($json : $($path).+),*])?) ),*],
            }
        ),*];
    };
    (@field $name:ident, $field:ident) => {
        &[crate::abi_facts::FieldFact {
            name: stringify!($field),
            offset: core::mem::offset_of!($name, $field),
            size: || crate::abi_facts::field_size(|base: *const $name| {
                // SAFETY: the address is computed, not read; `base` points to storage of the whole structure.
                unsafe { &raw const (*base).$field }
            }),
        }]
    };
    (@field $name:ident, $field:ident, [$($json:literal : $($path:ident).+),*]) => {
        &[$(crate::abi_facts::FieldFact {
            name: $json,
            offset: core::mem::offset_of!($name, $($path).+),
            size: || crate::abi_facts::field_size(|base: *const $name| {
                // SAFETY: the address is computed, not read; `base` points to storage of the whole structure.
                unsafe { &raw const (*base).$($path).+ }
            }),
        }),*]
    };
}

/// Declares C enumerations as open newtypes over `i32`: the other side may store any value.
macro_rules! c_enums {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$vmeta:meta])* $value:ident = $number:expr, )* } )*) => {
        $(
            $(#[$meta])*
            #[repr(transparent)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub i32);
            $( $(#[$vmeta])* pub const $value: $name = $name($number); )*
        )*

        #[cfg(test)]
        pub(crate) const ENUM_FACTS: &[crate::abi_facts::EnumFact] = &[$(
            crate::abi_facts::EnumFact {
                name: stringify!($name),
                values: &[$( (stringify!($value), $value.0) ),*],
            }
        ),*];
    };
}

/// Declares C enumerations whose values are bits to be combined with `|`.
macro_rules! c_flags {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$vmeta:meta])* $value:ident = $number:expr, )* } )*) => {
        $(
            $(#[$meta])*
            #[repr(transparent)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub i32);
            $( $(#[$vmeta])* pub const $value: $name = $name($number); )*

            impl $name {
                /// No flag set.
                pub const NONE: Self = Self(0);

                /// Whether every bit of `other` is set.
                #[must_use]
                pub const fn contains(self, other: Self) -> bool {
                    self.0 & other.0 == other.0
                }
            }

            impl core::ops::BitOr for $name {
                type Output = Self;
                fn bitor(self, other: Self) -> Self {
                    Self(self.0 | other.0)
                }
            }
        )*

        #[cfg(test)]
        pub(crate) const FLAG_FACTS: &[crate::abi_facts::EnumFact] = &[$(
            crate::abi_facts::EnumFact {
                name: stringify!($name),
                values: &[$( (stringify!($value), $value.0) ),*],
            }
        ),*];
    };
}

/// Declares integer constants.
macro_rules! c_consts {
    ($( $(#[$meta:meta])* pub const $name:ident : $ty:ty = $value:expr; )*) => {
        $( $(#[$meta])* pub const $name: $ty = $value; )*

        #[cfg(test)]
        pub(crate) const CONST_FACTS: &[crate::abi_facts::ConstFact] = &[$(
            crate::abi_facts::ConstFact {
                name: stringify!($name),
                bits: size_of::<$ty>() * 8,
                value: $name as i128,
            }
        ),*];
    };
}

/// Declares wide-string constants: UTF-16 code units with the terminating zero.
macro_rules! c_strings {
    ($( $(#[$meta:meta])* pub const $name:ident = $text:literal; )*) => {
        $(
            $(#[$meta])*
            pub const $name: &crate::wide::WideStr = crate::w!($text);
        )*

        #[cfg(test)]
        pub(crate) const STRING_FACTS: &[crate::abi_facts::StringFact] = &[$(
            crate::abi_facts::StringFact { name: stringify!($name), text: $name }
        ),*];
    };
}

/// Gives a structure accessors to C bit fields.
///
/// The structure has private `load(self) -> u64` and `store(&mut self, u64)`, which see its bytes as one
/// little-endian number from the structure's bit `from` on; `"Name" @ bit, bits` counts from there.
macro_rules! bit_fields {
    ($(
        $name:ident from $base:literal {
            $( $(#[$meta:meta])* $get:ident, $set:ident : $ty:ty = $json:literal @ $bit:literal, $bits:literal; )*
        }
    )*) => {
        $(
            impl $name {
                $(
                    $(#[$meta])*
                    #[must_use]
                    #[inline]
                    #[allow(clippy::cast_possible_truncation)] // the mask leaves no more bits than `$ty` has
                    pub const fn $get(self) -> $ty {
                        const { assert!($bits <= <$ty>::BITS, "the accessor's type is too narrow") };
                        ((self.load() >> $bit) & crate::bits::mask($bits)) as $ty
                    }

                    /// Sets the same field.
                    ///
                    /// # Errors
                    /// [`BitFieldOverflow`](crate::bits::BitFieldOverflow) if the value needs more bits than the
                    /// field has; nothing is changed then.
                    #[inline]
                    pub const fn $set(&mut self, value: $ty) -> Result<(), crate::bits::BitFieldOverflow> {
                        let mask = crate::bits::mask($bits);
                        let value = value as u64;
                        if value > mask {
                            return Err(crate::bits::BitFieldOverflow { field: $json, bits: $bits });
                        }
                        self.store((self.load() & !(mask << $bit)) | (value << $bit));
                        Ok(())
                    }
                )*
            }
        )*

        #[cfg(test)]
        pub(crate) const BIT_FACTS: &[crate::abi_facts::BitFact] = &[$($(
            crate::abi_facts::BitFact {
                structure: stringify!($name),
                name: $json,
                bit: $base + $bit,
                base: $base,
                bits: $bits,
                // Sets only this field, to all ones, and shows the structure's bytes.
                image: || {
                    let mut value = <$name>::default();
                    value.store(0);
                    let ones = crate::bits::mask($bits);
                    value.$set(<$ty>::try_from(ones).unwrap()).unwrap();
                    assert_eq!(u64::from(value.$get()), ones);
                    value.load()
                },
            }
        ),*),*];
    };
}
