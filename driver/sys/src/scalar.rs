//! The C scalar types of the Windows headers, with the sizes they have on Windows (LLP64) on every host.

use core::ffi::c_void;

/// `BOOLEAN`: 0 is false, anything else true.
pub type BOOLEAN = u8;
/// `UCHAR`.
pub type UCHAR = u8;
/// `CHAR`, `CCHAR`.
pub type CHAR = i8;
/// `SHORT`, `CSHORT`.
pub type SHORT = i16;
/// `USHORT`.
pub type USHORT = u16;
/// `LONG`, 32 bits on every Windows.
pub type LONG = i32;
/// `ULONG`, 32 bits on every Windows.
pub type ULONG = u32;
/// `LONGLONG`.
pub type LONGLONG = i64;
/// `ULONGLONG`, `ULONG64`.
pub type ULONGLONG = u64;
/// `ULONG_PTR`.
pub type ULONG_PTR = usize;
/// `SIZE_T`. bindgen writes it as `u64`; the targets of this crate have 64 bits, so the layout is the same.
pub type SIZE_T = usize;
/// `WCHAR`, one UTF-16 code unit.
pub type WCHAR = u16;
/// `NTSTATUS`; see [`wdm::nt_success`](crate::wdm::nt_success).
pub type NTSTATUS = i32;
/// `KIRQL`.
pub type KIRQL = u8;
/// `PVOID`.
pub type PVOID = *mut c_void;
/// `PCWSTR`, `LPCWSTR`: a zero-terminated UTF-16 string.
pub type PCWSTR = *const WCHAR;

/// `TRUE`.
pub const TRUE: BOOLEAN = 1;
/// `FALSE`.
pub const FALSE: BOOLEAN = 0;
