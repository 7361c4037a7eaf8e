//! Binding to the class extension: the driver's function table, its globals pointer, and the record that the KMDF
//! entry stub hands to the loader.
//!
//! The C headers have variables `NetFunctions` and `NetDriverGlobals` and an import library with the record. Here all
//! three come from one macro, [`netadaptercx_client!`](crate::netadaptercx_client), called once in the driver:
//!
//! ```
//! netcx_sys::netadaptercx_client! {
//!     /// The class extension, as this driver has bound it.
//!     pub(crate) static NETCX;
//! }
//! ```
//!
//! Functions are methods of that static, under their DDI names: `NETCX.NetAdapterStart(adapter)`.
//!
//! Other than KMDF's, the table is an array of the driver's own: the extension copies its function pointers into it
//! while the driver is loaded, before `DriverEntry`.

use core::cell::UnsafeCell;

use super::function::{NET_FUNCTION_COUNT, NET_VERSION};
use crate::scalar::{PVOID, ULONG, WCHAR};

/// A function of the table, whatever its type.
pub type NETFUNC = Option<unsafe extern "C" fn()>;

/// `PNET_DRIVER_GLOBALS`, the first argument of every function.
pub type PNET_DRIVER_GLOBALS = *mut NET_DRIVER_GLOBALS;

callbacks! {
    /// `WdfVersionBindClass` as a client's own bind function gets it.
    pub type PFN_WDF_VERSION_BIND_CLASS = fn(
        BindInfo: PVOID,
        ComponentGlobals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ) -> crate::scalar::NTSTATUS;
    /// A client's own bind function; NULL: the stub calls `WdfVersionBindClass`. IRQL: PASSIVE_LEVEL.
    pub type PFN_WDF_CLIENT_BIND_CLASS = fn(
        BindFunction: PFN_WDF_VERSION_BIND_CLASS,
        BindInfo: PVOID,
        ComponentGlobals: PVOID,
        ClassBindInfo: *mut WDF_CLASS_BIND_INFO,
    ) -> crate::scalar::NTSTATUS;
}

c_structs! {
    /// The extension's data about this client.
    #[derive(Debug)]
    struct NET_DRIVER_GLOBALS {
        /// Not for the client.
        Unused: ULONG,
    }

    /// A version of a framework.
    #[derive(Debug, PartialEq, Eq)]
    struct WDF_VERSION {
        /// Major.
        Major: ULONG,
        /// Minor.
        Minor: ULONG,
        /// 0 for a released version.
        Build: ULONG,
    }

    /// Asks the loader to bind the driver with a class extension.
    #[derive(Debug)]
    struct WDF_CLASS_BIND_INFO {
        /// Size of the structure that this one is, or begins.
        Size: ULONG,
        /// The extension's name, zero-terminated.
        ClassName: *const WCHAR,
        /// The version that the driver was built for.
        Version: WDF_VERSION,
        /// Where the function pointers go.
        FunctionTable: *mut NETFUNC,
        /// Their number; must be that of the version.
        FunctionTableCount: ULONG,
        /// Where the pointer to the globals goes.
        ClassBindInfo: *mut PNET_DRIVER_GLOBALS,
        /// NULL: `WdfVersionBindClass`.
        ClientBindClass: PFN_WDF_CLIENT_BIND_CLASS,
        /// NULL: `WdfVersionUnbindClass`.
        ClientUnbindClass: PVOID,
        /// The loader's; NULL before.
        ClassModule: PVOID,
    }

    /// The same with what a client needs that may be newer than the extension (KMDF 1.25 stubs, NetAdapterCx 2.4 and
    /// later).
    #[derive(Debug)]
    struct WDF_CLASS_BIND_INFO2 {
        /// The first form; its `Size` is the size of the whole.
        V1: WDF_CLASS_BIND_INFO,
        /// The lowest minor version that will do.
        MinimumVersionRequired: *const ULONG,
        /// Set if the extension is older than the client.
        ClientVersionHigherThanFramework: *mut u8,
        /// Number of functions that can be used.
        FuncCountPtr: *mut ULONG,
        /// Number of structures whose size is known.
        StructCountPtr: *mut ULONG,
        /// The sizes of the structures.
        StructTable: *mut *const usize,
    }
}

/// The class extension's name in the bind record.
pub const NETADAPTERCX_CLASS_NAME: &crate::wide::WideStr = crate::w!("NetAdapterCx");

/// A client's function table and globals: `NetFunctions` and `NetDriverGlobals` of the C headers.
///
/// A static, made by [`netadaptercx_client!`](crate::netadaptercx_client). The extension writes it once, before
/// `DriverEntry`, and nothing writes it after that.
#[derive(Debug)]
pub struct NetAdapterCx {
    functions: UnsafeCell<[NETFUNC; NET_FUNCTION_COUNT]>,
    globals: UnsafeCell<PNET_DRIVER_GLOBALS>,
}

// SAFETY: written only while the driver is being bound or unbound, when no thread of the driver runs.
unsafe impl Sync for NetAdapterCx {}

impl NetAdapterCx {
    /// A client that is not bound yet.
    #[must_use]
    #[allow(clippy::new_without_default)] // only as a static is it of use
    pub const fn new() -> Self {
        Self {
            functions: UnsafeCell::new([None; NET_FUNCTION_COUNT]),
            globals: UnsafeCell::new(core::ptr::null_mut()),
        }
    }

    /// The record that has this client bound, with the version that the crate's features choose.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // 132 functions at most
    pub const fn bind_info(&'static self) -> WDF_CLASS_BIND_INFO {
        WDF_CLASS_BIND_INFO {
            Size: super::size_field::<WDF_CLASS_BIND_INFO>(),
            ClassName: NETADAPTERCX_CLASS_NAME.as_ptr(),
            Version: NET_VERSION,
            FunctionTable: self.functions.get().cast(),
            FunctionTableCount: NET_FUNCTION_COUNT as ULONG,
            ClassBindInfo: self.globals.get(),
            ClientBindClass: None,
            ClientUnbindClass: core::ptr::null_mut(),
            ClassModule: core::ptr::null_mut(),
        }
    }

    /// Whether the extension has bound this client.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        !self.driver_globals().is_null()
    }

    /// The first argument of every function. NULL before the client is bound.
    #[must_use]
    #[inline]
    pub fn driver_globals(&self) -> PNET_DRIVER_GLOBALS {
        // SAFETY: written only while no thread of the driver runs.
        unsafe { self.globals.get().read() }
    }

    /// A function of the table, as `F`.
    ///
    /// # Safety
    /// The client is bound, and `F` is the type of the function at `INDEX`.
    #[inline]
    pub(crate) unsafe fn function<const INDEX: usize, F: Copy>(&self) -> F {
        const {
            assert!(
                INDEX < NET_FUNCTION_COUNT,
                "not a function of the version that is bound"
            )
        };
        const { assert!(size_of::<F>() == size_of::<NETFUNC>(), "not a function pointer") };
        let table = self.functions.get().cast::<F>();
        // SAFETY: just checked to be inside of the table.
        let entry = unsafe { table.add(INDEX) };
        // SAFETY: the caller promises that the entry is such a function.
        unsafe { entry.read() }
    }
}

/// A bind record in its section. The loader writes into it.
#[doc(hidden)]
#[repr(transparent)]
#[derive(Debug)]
pub struct ClassBindRecord(UnsafeCell<WDF_CLASS_BIND_INFO>);

// SAFETY: only the loader reads and writes it, while the driver is being bound or unbound.
unsafe impl Sync for ClassBindRecord {}

impl ClassBindRecord {
    /// The record of a client.
    #[must_use]
    pub const fn new(client: &'static NetAdapterCx) -> Self {
        Self(UnsafeCell::new(client.bind_info()))
    }

    /// The record itself, for an entry stub that binds without the section.
    #[must_use]
    pub const fn get(&self) -> *mut WDF_CLASS_BIND_INFO {
        self.0.get()
    }
}

/// Makes the driver a client of NetAdapterCx: declares the static that holds the functions, and its bind record.
///
/// Call it once per driver. On Windows the record is in the section `.kmdfclassbind$b`, between the markers of the
/// KMDF entry stub (`$a`, `$c`), where the stub finds it. It is also reachable as `NAME::RECORD` for a loader that
/// looks for itself; `NAME` is that of the static in a module of its own.
#[macro_export]
macro_rules! netadaptercx_client {
    ($(#[$meta:meta])* $vis:vis static $name:ident;) => {
        $(#[$meta])*
        $vis static $name: $crate::netadaptercx::NetAdapterCx = $crate::netadaptercx::NetAdapterCx::new();

        const _: () = {
            #[used]
            #[cfg_attr(windows, unsafe(link_section = ".kmdfclassbind$b"))]
            static RECORD: $crate::netadaptercx::ClassBindRecord =
                $crate::netadaptercx::ClassBindRecord::new(&$name);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::netadaptercx_client! {
        /// A client of its own.
        static CLIENT;
    }

    #[test]
    fn a_client_is_not_bound_before_the_loader_says_so() {
        assert!(!CLIENT.is_bound());
        let record = CLIENT.bind_info();
        assert_eq!((record.Version.Major, record.Version.Build), (2, 0));
        let mut globals = NET_DRIVER_GLOBALS { Unused: 0 };
        // SAFETY: what a loader does; no other test uses this client.
        unsafe { record.ClassBindInfo.write(&raw mut globals) };
        assert!(CLIENT.is_bound());
        assert_eq!(CLIENT.driver_globals(), &raw mut globals);
    }
}
