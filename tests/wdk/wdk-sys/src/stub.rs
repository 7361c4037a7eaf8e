//! The entry point of a KMDF driver: binds it to the framework and to class extensions, then calls the
//! driver's own `DriverEntry`.
//!
//! In a build with the WDK this is `WdfDriverEntry.lib`. Order and data are those of that library, with the
//! second version of the bind record (KMDF 1.25 and later):
//!
//! 1. copy the registry path to memory of our own, as the loader keeps a pointer to it;
//! 2. `WdfVersionBind`: the framework fills in [`WdfFunctions`], [`WdfFunctionCount`], [`WdfDriverGlobals`];
//! 3. bind each class extension that has a record in section `.kmdfclassbind`;
//! 4. run the initialisers of context types in section `.kmdftypeinit`;
//! 5. the driver's `DriverEntry`;
//! 6. put [`unload`] before the driver's unload routine, so that unbinding comes last.
//!
//! A failure at any step undoes the steps before it. Left out: miniport drivers that keep their own dispatch
//! table (`WdfDriverInitNoDispatchOverride`), and the loader's "driver entry failed" notice, whose interface
//! is not public and which the loader does without.
//!
//! All of this runs at PASSIVE_LEVEL, once, before any other code of the driver or after all of it.

use core::ptr::{self, addr_of_mut};

use crate::{
    _WDFFUNCENUM, _WDFSTRUCTENUM, BOOLEAN, DRIVER_UNLOAD, NT_SUCCESS, NTSTATUS, PCUNICODE_STRING,
    PDRIVER_OBJECT, PUNICODE_STRING, PVOID, PWDF_DRIVER_GLOBALS, STATUS_INVALID_IMAGE_FORMAT, STATUS_SUCCESS,
    ULONG, UNICODE_STRING, USHORT, WCHAR, WDF_OBJECT_CONTEXT_TYPE_INFO, WDFFUNC, WdfDriverGlobals,
    WdfFunctionCount, WdfFunctions,
};

/// The KMDF version that the driver is built for, and the lowest that it runs with: (major, minor).
const VERSION: (ULONG, ULONG) = (1, 31);

/// Windows build with which that version came.
const BUILD: ULONG = 19041;

/// Longest registry path that is kept, in UTF-16 units.
const PATH_UNITS: usize = 260;

#[repr(C)]
struct Version {
    major: ULONG,
    minor: ULONG,
    build: ULONG,
}

/// `WDF_BIND_INFO` followed by what version 2 adds.
#[repr(C)]
struct BindInfo {
    size: ULONG,
    component: *const WCHAR,
    version: Version,
    func_count: ULONG,
    func_table: *mut *const WDFFUNC,
    module: PVOID,
    minimum_version_required: *mut ULONG,
    client_version_higher_than_framework: *mut BOOLEAN,
    func_count_ptr: *mut ULONG,
    struct_count_ptr: *mut ULONG,
    struct_table: *mut *const usize,
}

type BindClass = unsafe extern "C" fn(*mut BindInfo, PWDF_DRIVER_GLOBALS, *mut ClassBindInfo) -> NTSTATUS;
type UnbindClass = unsafe extern "C" fn(*mut BindInfo, PWDF_DRIVER_GLOBALS, *mut ClassBindInfo);

/// `WDF_CLASS_BIND_INFO`: version 2 adds pointers that only the loader looks at.
#[repr(C)]
struct ClassBindInfo {
    size: ULONG,
    class_name: *const WCHAR,
    version: Version,
    function_table: *mut *const WDFFUNC,
    function_table_count: ULONG,
    class_bind_info: PVOID,
    client_bind_class: Option<
        unsafe extern "C" fn(BindClass, *mut BindInfo, PWDF_DRIVER_GLOBALS, *mut ClassBindInfo) -> NTSTATUS,
    >,
    client_unbind_class:
        Option<unsafe extern "C" fn(UnbindClass, *mut BindInfo, PWDF_DRIVER_GLOBALS, *mut ClassBindInfo)>,
    class_module: PVOID,
}

/// Sizes of the two versions of the class bind record, in bytes.
const CLASS_BIND_INFO_SIZES: [ULONG; 2] = [80, 120];

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<BindInfo>() == 88);
    assert!(offset_of!(BindInfo, component) == 8 && offset_of!(BindInfo, version) == 16);
    assert!(offset_of!(BindInfo, func_count) == 28 && offset_of!(BindInfo, func_table) == 32);
    assert!(offset_of!(BindInfo, module) == 40 && offset_of!(BindInfo, minimum_version_required) == 48);
    assert!(offset_of!(BindInfo, client_version_higher_than_framework) == 56);
    assert!(offset_of!(BindInfo, func_count_ptr) == 64 && offset_of!(BindInfo, struct_count_ptr) == 72);
    assert!(offset_of!(BindInfo, struct_table) == 80);
    assert!(size_of::<ClassBindInfo>() == CLASS_BIND_INFO_SIZES[0] as usize);
    assert!(offset_of!(ClassBindInfo, class_name) == 8 && offset_of!(ClassBindInfo, version) == 16);
    assert!(offset_of!(ClassBindInfo, function_table) == 32);
    assert!(offset_of!(ClassBindInfo, function_table_count) == 40);
    assert!(offset_of!(ClassBindInfo, class_bind_info) == 48);
    assert!(offset_of!(ClassBindInfo, client_bind_class) == 56);
    assert!(offset_of!(ClassBindInfo, client_unbind_class) == 64);
    assert!(offset_of!(ClassBindInfo, class_module) == 72);
    assert!(size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>() == 40);
};

#[link(name = "WDFLDR.SYS", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "C" {
    fn WdfVersionBind(
        DriverObject: PDRIVER_OBJECT,
        RegistryPath: PUNICODE_STRING,
        BindInfo: *mut BindInfo,
        ComponentGlobals: *mut PWDF_DRIVER_GLOBALS,
    ) -> NTSTATUS;
    fn WdfVersionUnbind(
        RegistryPath: PUNICODE_STRING,
        BindInfo: *mut BindInfo,
        ComponentGlobals: PWDF_DRIVER_GLOBALS,
    ) -> NTSTATUS;
    fn WdfVersionBindClass(
        BindInfo: *mut BindInfo,
        ComponentGlobals: PWDF_DRIVER_GLOBALS,
        ClassBindInfo: *mut ClassBindInfo,
    ) -> NTSTATUS;
    fn WdfVersionUnbindClass(
        BindInfo: *mut BindInfo,
        ComponentGlobals: PWDF_DRIVER_GLOBALS,
        ClassBindInfo: *mut ClassBindInfo,
    );
}

unsafe extern "system" {
    /// The driver's own entry point.
    fn DriverEntry(DriverObject: PDRIVER_OBJECT, RegistryPath: PCUNICODE_STRING) -> NTSTATUS;
}

static COMPONENT: [WCHAR; 12] = utf16("KmdfLibrary");
static mut MINIMUM_VERSION_REQUIRED: ULONG = VERSION.1;
static mut CLIENT_VERSION_HIGHER_THAN_FRAMEWORK: BOOLEAN = 0;
static mut STRUCTURE_COUNT: ULONG = _WDFSTRUCTENUM::WdfStructureTableNumEntries as ULONG;
static mut STRUCTURES: *const usize = ptr::null();
static mut PATH_BUFFER: [WCHAR; PATH_UNITS] = [0; PATH_UNITS];
static mut PATH: UNICODE_STRING = UNICODE_STRING {
    Length: 0,
    MaximumLength: 0,
    Buffer: ptr::null_mut(),
};
/// The unload routine that the framework or the driver had set before the stub took its place.
static mut DISPLACED_UNLOAD: DRIVER_UNLOAD = None;

static mut BIND_INFO: BindInfo = BindInfo {
    size: size_of::<BindInfo>() as ULONG,
    component: COMPONENT.as_ptr(),
    version: Version {
        major: VERSION.0,
        minor: VERSION.1,
        build: BUILD,
    },
    func_count: _WDFFUNCENUM::WdfFunctionTableNumEntries as ULONG,
    func_table: &raw mut WdfFunctions,
    module: ptr::null_mut(),
    minimum_version_required: &raw mut MINIMUM_VERSION_REQUIRED,
    client_version_higher_than_framework: &raw mut CLIENT_VERSION_HIGHER_THAN_FRAMEWORK,
    func_count_ptr: &raw mut WdfFunctionCount,
    struct_count_ptr: &raw mut STRUCTURE_COUNT,
    struct_table: &raw mut STRUCTURES,
};

/// Marks an end of a section that the linker puts together from pieces in the order of their names.
#[repr(C, align(16))]
struct Marker([u8; 16]);

#[used]
#[unsafe(link_section = ".kmdfclassbind$a")]
static mut CLASS_BIND_START: Marker = Marker([0; 16]);
#[used]
#[unsafe(link_section = ".kmdfclassbind$c")]
static mut CLASS_BIND_END: Marker = Marker([0; 16]);
/// The record of the last class that is bound; null if none is. Unbinding stops after it.
#[used]
#[unsafe(link_section = ".kmdfclassbind$d")]
static mut CLASS_BIND_LAST: *mut ClassBindInfo = ptr::null_mut();
#[used]
#[unsafe(link_section = ".kmdftypeinit$a")]
static mut TYPE_INIT_START: Marker = Marker([0; 16]);
#[used]
#[unsafe(link_section = ".kmdftypeinit$c")]
static mut TYPE_INIT_END: Marker = Marker([0; 16]);

/// The entry point of the image. IRQL: PASSIVE_LEVEL, in a system thread.
///
/// # Safety
///
/// Only the kernel may call this, once per load of the image.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn FxDriverEntry(
    driver_object: PDRIVER_OBJECT,
    path: PUNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: this is the only thread that runs code of the image, and the arguments are the kernel's.
    unsafe {
        if driver_object.is_null() {
            return DriverEntry(driver_object, path);
        }
        copy_path(path);
        let status = WdfVersionBind(
            driver_object,
            &raw mut PATH,
            &raw mut BIND_INFO,
            &raw mut WdfDriverGlobals,
        );
        if !NT_SUCCESS(status) {
            return status;
        }
        let status = start(driver_object, path);
        if !NT_SUCCESS(status) {
            unbind();
            return status;
        }
        if (*WdfDriverGlobals).DisplaceDriverUnload != 0 {
            DISPLACED_UNLOAD = (*driver_object).DriverUnload;
            (*driver_object).DriverUnload = Some(unload);
        }
        status
    }
}

/// The steps between binding to the framework and being up. The caller unbinds if one fails.
unsafe fn start(driver_object: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
    // SAFETY: as in the caller.
    unsafe {
        let status = bind_classes();
        if !NT_SUCCESS(status) {
            return status;
        }
        initialize_types();
        DriverEntry(driver_object, path)
    }
}

/// Unloads: first what the framework and the driver have to do, then the bindings. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn unload(driver_object: PDRIVER_OBJECT) {
    // SAFETY: the kernel calls this when no other code of the driver runs any more.
    unsafe {
        if let Some(displaced) = DISPLACED_UNLOAD {
            displaced(driver_object);
        }
        unbind();
    }
}

/// Keeps a copy of the registry path, cut to what fits.
unsafe fn copy_path(path: PUNICODE_STRING) {
    // SAFETY: the kernel passes a valid string.
    unsafe {
        let units = usize::from((*path).Length / 2).min(PATH_UNITS);
        let buffer = addr_of_mut!(PATH_BUFFER).cast::<WCHAR>();
        ptr::copy_nonoverlapping((*path).Buffer, buffer, units);
        PATH.Buffer = buffer;
        PATH.Length = (units * 2) as USHORT;
        PATH.MaximumLength = (PATH_UNITS * 2) as USHORT;
    }
}

/// Binds each class extension that the image has a record for.
unsafe fn bind_classes() -> NTSTATUS {
    // SAFETY: records are linked in between the markers; the linker may pad with zeroes.
    unsafe {
        let mut at = (&raw mut CLASS_BIND_START).add(1).cast::<u8>();
        let end = (&raw mut CLASS_BIND_END).cast::<u8>();
        while at < end {
            let record = at.cast::<ClassBindInfo>();
            let size = (*record).size;
            if size == 0 {
                at = at.add(size_of::<usize>());
                continue;
            }
            if !CLASS_BIND_INFO_SIZES.contains(&size) || size as usize > end as usize - at as usize {
                return STATUS_INVALID_IMAGE_FORMAT;
            }
            let status = match (*record).client_bind_class {
                Some(bind) => bind(WdfVersionBindClass, &raw mut BIND_INFO, WdfDriverGlobals, record),
                None => WdfVersionBindClass(&raw mut BIND_INFO, WdfDriverGlobals, record),
            };
            if !NT_SUCCESS(status) {
                return status;
            }
            CLASS_BIND_LAST = record;
            at = at.add(size as usize);
        }
    }
    STATUS_SUCCESS
}

/// Undoes [`bind_classes`], for the classes that it has bound.
unsafe fn unbind_classes() {
    // SAFETY: as for `bind_classes`, which has checked the records up to the last one bound.
    unsafe {
        let last = CLASS_BIND_LAST.cast::<u8>();
        let mut at = (&raw mut CLASS_BIND_START).add(1).cast::<u8>();
        while at <= last {
            let record = at.cast::<ClassBindInfo>();
            let size = (*record).size;
            if size == 0 {
                at = at.add(size_of::<usize>());
                continue;
            }
            match (*record).client_unbind_class {
                Some(unbind) => unbind(
                    WdfVersionUnbindClass,
                    &raw mut BIND_INFO,
                    WdfDriverGlobals,
                    record,
                ),
                None => WdfVersionUnbindClass(&raw mut BIND_INFO, WdfDriverGlobals, record),
            }
            at = at.add(size as usize);
        }
        CLASS_BIND_LAST = ptr::null_mut();
    }
}

/// Lets each context type that several modules may define find the one definition that counts.
unsafe fn initialize_types() {
    // SAFETY: records are linked in between the markers; the linker may pad with zeroes.
    unsafe {
        let mut at = (&raw mut TYPE_INIT_START).add(1).cast::<u8>();
        let end = (&raw mut TYPE_INIT_END).cast::<u8>();
        while at < end {
            let record = at.cast::<WDF_OBJECT_CONTEXT_TYPE_INFO>();
            if (*record).Size == 0 {
                at = at.add(size_of::<usize>());
                continue;
            }
            if let Some(unique) = (*record).EvtDriverGetUniqueContextType {
                (*record).UniqueType = unique();
            }
            at = at.add(size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>());
        }
    }
}

/// Undoes all bindings.
unsafe fn unbind() {
    // SAFETY: the framework is bound, and no code of the driver runs any more.
    unsafe {
        unbind_classes();
        // The status says whether the loader knew us; there is nobody left to tell.
        let _ = WdfVersionUnbind(&raw mut PATH, &raw mut BIND_INFO, WdfDriverGlobals);
    }
}

/// ASCII text as zero-terminated UTF-16.
const fn utf16<const N: usize>(text: &str) -> [WCHAR; N] {
    let mut units = [0; N];
    let mut at = 0;
    while at < text.len() {
        units[at] = text.as_bytes()[at] as WCHAR;
        at += 1;
    }
    units
}
