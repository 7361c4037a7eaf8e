//! `NTSTATUS`, as far as the protocol itself makes use of it.

use std::fmt;

/// An `NTSTATUS`. Any value passes through; the constants are those that this crate answers with itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Status(pub i32);

const fn status(value: u32) -> Status {
    Status(value.cast_signed())
}

impl Status {
    /// Done.
    pub const SUCCESS: Status = Status(0);
    /// `STATUS_INVALID_HANDLE`: closed, or never given out on this connection.
    pub const INVALID_HANDLE: Status = status(0xC000_0008);
    /// `STATUS_INVALID_PARAMETER`.
    pub const INVALID_PARAMETER: Status = status(0xC000_000D);
    /// `STATUS_ACCESS_DENIED`.
    pub const ACCESS_DENIED: Status = status(0xC000_0022);
    /// `STATUS_OBJECT_NAME_NOT_FOUND`: no device has this path.
    pub const OBJECT_NAME_NOT_FOUND: Status = status(0xC000_0034);
    /// `STATUS_INSUFFICIENT_RESOURCES`: too many requests outstanding.
    pub const INSUFFICIENT_RESOURCES: Status = status(0xC000_009A);
    /// `STATUS_NOT_SUPPORTED`: the backend does not offer the call.
    pub const NOT_SUPPORTED: Status = status(0xC000_00BB);
    /// `STATUS_INTERNAL_ERROR`: the backend dropped the request without completing it.
    pub const INTERNAL_ERROR: Status = status(0xC000_00E5);
    /// `STATUS_CANCELLED`.
    pub const CANCELLED: Status = status(0xC000_0120);
    /// `STATUS_NOT_FOUND`: nothing to cancel.
    pub const NOT_FOUND: Status = status(0xC000_0225);

    /// `NT_SUCCESS`: success or information.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 >= 0
    }

    /// `NT_ERROR`. Output bytes are handed over unless this holds: a warning has data.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0.cast_unsigned() >> 30 == 3
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NTSTATUS {:#010X}", self.0)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
