//! `NTSTATUS` values (ntstatus.h) that a network driver returns or meets.

use crate::scalar::NTSTATUS;

/// `NT_SUCCESS`: success and informational values, [`STATUS_PENDING`] among them.
#[must_use]
pub const fn nt_success(status: NTSTATUS) -> bool {
    status >= 0
}

/// `NT_ERROR`: the I/O manager copies no output to the caller for these, but does for warnings.
#[must_use]
pub const fn nt_error(status: NTSTATUS) -> bool {
    (status as u32) >> 30 == 3
}

c_consts! {
    /// The operation completed.
    pub const STATUS_SUCCESS: NTSTATUS = 0x0000_0000;
    /// A wait was satisfied by its first (or only) object.
    pub const STATUS_WAIT_0: NTSTATUS = 0x0000_0000;
    /// A wait was satisfied by its second object.
    pub const STATUS_WAIT_1: NTSTATUS = 0x0000_0001;
    /// A wait ended because a user APC is to be delivered.
    pub const STATUS_USER_APC: NTSTATUS = 0x0000_00C0;
    /// A wait ended because the thread was alerted.
    pub const STATUS_ALERTED: NTSTATUS = 0x0000_0101;
    /// A wait ended because its time was over.
    pub const STATUS_TIMEOUT: NTSTATUS = 0x0000_0102;
    /// The operation goes on and completes later.
    pub const STATUS_PENDING: NTSTATUS = 0x0000_0103;
    /// There is more to enumerate.
    pub const STATUS_MORE_ENTRIES: NTSTATUS = 0x0000_0105;
    /// The buffer holds only zeros.
    pub const STATUS_BUFFER_ALL_ZEROS: NTSTATUS = 0x0000_0117;
    /// Warning: the output was cut to the size of the buffer.
    pub const STATUS_BUFFER_OVERFLOW: NTSTATUS = 0x8000_0005_u32 as i32;
    /// Warning: the device is busy.
    pub const STATUS_DEVICE_BUSY: NTSTATUS = 0x8000_0011_u32 as i32;
    /// Warning: the enumeration or the queue has ended.
    pub const STATUS_NO_MORE_ENTRIES: NTSTATUS = 0x8000_001A_u32 as i32;
    /// Filter manager, success class: the buffer is too small.
    pub const STATUS_FLT_BUFFER_TOO_SMALL: NTSTATUS = 0x801C_0001_u32 as i32;
    /// The operation failed, without a better reason.
    pub const STATUS_UNSUCCESSFUL: NTSTATUS = 0xC000_0001_u32 as i32;
    /// The operation does not exist.
    pub const STATUS_NOT_IMPLEMENTED: NTSTATUS = 0xC000_0002_u32 as i32;
    /// Unknown information class.
    pub const STATUS_INVALID_INFO_CLASS: NTSTATUS = 0xC000_0003_u32 as i32;
    /// The size of a structure or buffer is not the expected one.
    pub const STATUS_INFO_LENGTH_MISMATCH: NTSTATUS = 0xC000_0004_u32 as i32;
    /// An address could not be accessed.
    pub const STATUS_ACCESS_VIOLATION: NTSTATUS = 0xC000_0005_u32 as i32;
    /// Not a handle, or of another kind.
    pub const STATUS_INVALID_HANDLE: NTSTATUS = 0xC000_0008_u32 as i32;
    /// A parameter has a value that is not allowed.
    pub const STATUS_INVALID_PARAMETER: NTSTATUS = 0xC000_000D_u32 as i32;
    /// The device does not exist.
    pub const STATUS_NO_SUCH_DEVICE: NTSTATUS = 0xC000_000E_u32 as i32;
    /// The device does not support the request, or not in this state.
    pub const STATUS_INVALID_DEVICE_REQUEST: NTSTATUS = 0xC000_0010_u32 as i32;
    /// Nothing is left to read.
    pub const STATUS_END_OF_FILE: NTSTATUS = 0xC000_0011_u32 as i32;
    /// From a completion routine: the I/O manager stops, the driver keeps the IRP.
    pub const STATUS_MORE_PROCESSING_REQUIRED: NTSTATUS = 0xC000_0016_u32 as i32;
    /// Out of memory or quota.
    pub const STATUS_NO_MEMORY: NTSTATUS = 0xC000_0017_u32 as i32;
    /// The caller lacks the right to do this.
    pub const STATUS_ACCESS_DENIED: NTSTATUS = 0xC000_0022_u32 as i32;
    /// The buffer is too small; nothing was written.
    pub const STATUS_BUFFER_TOO_SMALL: NTSTATUS = 0xC000_0023_u32 as i32;
    /// The handle is of another object type.
    pub const STATUS_OBJECT_TYPE_MISMATCH: NTSTATUS = 0xC000_0024_u32 as i32;
    /// The object name is malformed.
    pub const STATUS_OBJECT_NAME_INVALID: NTSTATUS = 0xC000_0033_u32 as i32;
    /// No object has this name.
    pub const STATUS_OBJECT_NAME_NOT_FOUND: NTSTATUS = 0xC000_0034_u32 as i32;
    /// Another object has this name.
    pub const STATUS_OBJECT_NAME_COLLISION: NTSTATUS = 0xC000_0035_u32 as i32;
    /// More data arrived than fits.
    pub const STATUS_DATA_OVERRUN: NTSTATUS = 0xC000_003C_u32 as i32;
    /// Another open excludes this one.
    pub const STATUS_SHARING_VIOLATION: NTSTATUS = 0xC000_0043_u32 as i32;
    /// A quota is used up.
    pub const STATUS_QUOTA_EXCEEDED: NTSTATUS = 0xC000_0044_u32 as i32;
    /// The object is being deleted.
    pub const STATUS_DELETE_PENDING: NTSTATUS = 0xC000_0056_u32 as i32;
    /// The versions do not go together.
    pub const STATUS_REVISION_MISMATCH: NTSTATUS = 0xC000_0059_u32 as i32;
    /// The image is malformed.
    pub const STATUS_INVALID_IMAGE_FORMAT: NTSTATUS = 0xC000_007B_u32 as i32;
    /// An integer overflowed.
    pub const STATUS_INTEGER_OVERFLOW: NTSTATUS = 0xC000_0095_u32 as i32;
    /// Out of memory or another system resource.
    pub const STATUS_INSUFFICIENT_RESOURCES: NTSTATUS = 0xC000_009A_u32 as i32;
    /// The device cannot serve the request yet or any more.
    pub const STATUS_DEVICE_NOT_READY: NTSTATUS = 0xC000_00A3_u32 as i32;
    /// The operation took too long.
    pub const STATUS_IO_TIMEOUT: NTSTATUS = 0xC000_00B5_u32 as i32;
    /// The request is not supported.
    pub const STATUS_NOT_SUPPORTED: NTSTATUS = 0xC000_00BB_u32 as i32;
    /// The network path was not found.
    pub const STATUS_BAD_NETWORK_PATH: NTSTATUS = 0xC000_00BE_u32 as i32;
    /// The network is busy.
    pub const STATUS_NETWORK_BUSY: NTSTATUS = 0xC000_00BF_u32 as i32;
    /// The network resource or device is gone.
    pub const STATUS_DEVICE_DOES_NOT_EXIST: NTSTATUS = 0xC000_00C0_u32 as i32;
    /// The network name is gone.
    pub const STATUS_NETWORK_NAME_DELETED: NTSTATUS = 0xC000_00C9_u32 as i32;
    /// An internal error.
    pub const STATUS_INTERNAL_ERROR: NTSTATUS = 0xC000_00E5_u32 as i32;
    /// The first parameter is not allowed.
    pub const STATUS_INVALID_PARAMETER_1: NTSTATUS = 0xC000_00EF_u32 as i32;
    /// The second parameter is not allowed.
    pub const STATUS_INVALID_PARAMETER_2: NTSTATUS = 0xC000_00F0_u32 as i32;
    /// The third parameter is not allowed.
    pub const STATUS_INVALID_PARAMETER_3: NTSTATUS = 0xC000_00F1_u32 as i32;
    /// The message does not exist.
    pub const STATUS_MESSAGE_NOT_FOUND: NTSTATUS = 0xC000_0109_u32 as i32;
    /// The request was cancelled.
    pub const STATUS_CANCELLED: NTSTATUS = 0xC000_0120_u32 as i32;
    /// The file object was closed.
    pub const STATUS_FILE_CLOSED: NTSTATUS = 0xC000_0128_u32 as i32;
    /// This side closed the connection.
    pub const STATUS_LOCAL_DISCONNECT: NTSTATUS = 0xC000_013B_u32 as i32;
    /// The other side closed the connection.
    pub const STATUS_REMOTE_DISCONNECT: NTSTATUS = 0xC000_013C_u32 as i32;
    /// The other side is out of resources.
    pub const STATUS_REMOTE_RESOURCES: NTSTATUS = 0xC000_013D_u32 as i32;
    /// The connection handle is not one.
    pub const STATUS_INVALID_CONNECTION: NTSTATUS = 0xC000_0140_u32 as i32;
    /// The transport address is not valid.
    pub const STATUS_INVALID_ADDRESS: NTSTATUS = 0xC000_0141_u32 as i32;
    /// A driver detected an error of its own.
    pub const STATUS_DRIVER_INTERNAL_ERROR: NTSTATUS = 0xC000_0183_u32 as i32;
    /// The device is in a state that does not allow the request.
    pub const STATUS_INVALID_DEVICE_STATE: NTSTATUS = 0xC000_0184_u32 as i32;
    /// The size of a buffer is not allowed.
    pub const STATUS_INVALID_BUFFER_SIZE: NTSTATUS = 0xC000_0206_u32 as i32;
    /// A part of the transport address is not valid.
    pub const STATUS_INVALID_ADDRESS_COMPONENT: NTSTATUS = 0xC000_0207_u32 as i32;
    /// No further transport address can be opened.
    pub const STATUS_TOO_MANY_ADDRESSES: NTSTATUS = 0xC000_0209_u32 as i32;
    /// Another socket is bound to this address and port.
    pub const STATUS_ADDRESS_ALREADY_EXISTS: NTSTATUS = 0xC000_020A_u32 as i32;
    /// The transport address was closed.
    pub const STATUS_ADDRESS_CLOSED: NTSTATUS = 0xC000_020B_u32 as i32;
    /// The connection has ended.
    pub const STATUS_CONNECTION_DISCONNECTED: NTSTATUS = 0xC000_020C_u32 as i32;
    /// The connection was reset.
    pub const STATUS_CONNECTION_RESET: NTSTATUS = 0xC000_020D_u32 as i32;
    /// From a WSK receive callback: the data was not taken.
    pub const STATUS_DATA_NOT_ACCEPTED: NTSTATUS = 0xC000_021B_u32 as i32;
    /// What was asked for does not exist.
    pub const STATUS_NOT_FOUND: NTSTATUS = 0xC000_0225_u32 as i32;
    /// The object id is in use.
    pub const STATUS_DUPLICATE_OBJECTID: NTSTATUS = 0xC000_022A_u32 as i32;
    /// Try again.
    pub const STATUS_RETRY: NTSTATUS = 0xC000_022D_u32 as i32;
    /// The other side refused the connection.
    pub const STATUS_CONNECTION_REFUSED: NTSTATUS = 0xC000_0236_u32 as i32;
    /// The other side has sent all it will send.
    pub const STATUS_GRACEFUL_DISCONNECT: NTSTATUS = 0xC000_0237_u32 as i32;
    /// The endpoint has an address already.
    pub const STATUS_ADDRESS_ALREADY_ASSOCIATED: NTSTATUS = 0xC000_0238_u32 as i32;
    /// The endpoint has no address.
    pub const STATUS_ADDRESS_NOT_ASSOCIATED: NTSTATUS = 0xC000_0239_u32 as i32;
    /// There is no such connection.
    pub const STATUS_CONNECTION_INVALID: NTSTATUS = 0xC000_023A_u32 as i32;
    /// The connection exists already.
    pub const STATUS_CONNECTION_ACTIVE: NTSTATUS = 0xC000_023B_u32 as i32;
    /// No route to the network.
    pub const STATUS_NETWORK_UNREACHABLE: NTSTATUS = 0xC000_023C_u32 as i32;
    /// No route to the host.
    pub const STATUS_HOST_UNREACHABLE: NTSTATUS = 0xC000_023D_u32 as i32;
    /// The host does not speak the protocol.
    pub const STATUS_PROTOCOL_UNREACHABLE: NTSTATUS = 0xC000_023E_u32 as i32;
    /// Nothing listens on the port.
    pub const STATUS_PORT_UNREACHABLE: NTSTATUS = 0xC000_023F_u32 as i32;
    /// The request was aborted.
    pub const STATUS_REQUEST_ABORTED: NTSTATUS = 0xC000_0240_u32 as i32;
    /// This side aborted the connection.
    pub const STATUS_CONNECTION_ABORTED: NTSTATUS = 0xC000_0241_u32 as i32;
    /// No further connection is allowed.
    pub const STATUS_CONNECTION_COUNT_LIMIT: NTSTATUS = 0xC000_0246_u32 as i32;
    /// Nothing matches.
    pub const STATUS_NO_MATCH: NTSTATUS = 0xC000_0272_u32 as i32;
    /// The device must be initialised again.
    pub const STATUS_REINITIALIZATION_NEEDED: NTSTATUS = 0xC000_0287_u32 as i32;
    /// Decryption failed.
    pub const STATUS_DECRYPTION_FAILED: NTSTATUS = 0xC000_028B_u32 as i32;
    /// The device was removed.
    pub const STATUS_DEVICE_REMOVED: NTSTATUS = 0xC000_02B6_u32 as i32;
    /// The interface or its version is not offered.
    pub const STATUS_NOINTERFACE: NTSTATUS = 0xC000_02B9_u32 as i32;
    /// Initialised already.
    pub const STATUS_ALREADY_INITIALIZED: NTSTATUS = 0xC000_0510_u32 as i32;
    /// The message is malformed.
    pub const STATUS_INVALID_MESSAGE: NTSTATUS = 0xC000_0702_u32 as i32;
    /// Registered already.
    pub const STATUS_ALREADY_REGISTERED: NTSTATUS = 0xC000_0718_u32 as i32;
    /// The signature is wrong.
    pub const STATUS_INVALID_SIGNATURE: NTSTATUS = 0xC000_A000_u32 as i32;
    /// The authentication tag is wrong: the data was altered or the key is another.
    pub const STATUS_AUTH_TAG_MISMATCH: NTSTATUS = 0xC000_A002_u32 as i32;
    /// The state does not allow this step.
    pub const STATUS_INVALID_STATE_TRANSITION: NTSTATUS = 0xC000_A003_u32 as i32;
    /// NDIS: the packet is malformed.
    pub const STATUS_NDIS_INVALID_PACKET: NTSTATUS = 0xC023_000F_u32 as i32;
    /// NDIS: the adapter is not ready.
    pub const STATUS_NDIS_ADAPTER_NOT_READY: NTSTATUS = 0xC023_0011_u32 as i32;
    /// NDIS: wrong length.
    pub const STATUS_NDIS_INVALID_LENGTH: NTSTATUS = 0xC023_0014_u32 as i32;
    /// NDIS: wrong data.
    pub const STATUS_NDIS_INVALID_DATA: NTSTATUS = 0xC023_0015_u32 as i32;
    /// NDIS: resource conflict.
    pub const STATUS_NDIS_RESOURCE_CONFLICT: NTSTATUS = 0xC023_001E_u32 as i32;
    /// NDIS: the link is down.
    pub const STATUS_NDIS_MEDIA_DISCONNECTED: NTSTATUS = 0xC023_001F_u32 as i32;
    /// NDIS: the adapter is paused.
    pub const STATUS_NDIS_PAUSED: NTSTATUS = 0xC023_002A_u32 as i32;
    /// NDIS: not supported.
    pub const STATUS_NDIS_NOT_SUPPORTED: NTSTATUS = 0xC023_00BB_u32 as i32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_decides_success_and_error() {
        for (status, success, error) in [
            (STATUS_SUCCESS, true, false),
            (STATUS_PENDING, true, false),
            (STATUS_BUFFER_OVERFLOW, false, false),
            (STATUS_BUFFER_TOO_SMALL, false, true),
        ] {
            assert_eq!(
                (nt_success(status), nt_error(status)),
                (success, error),
                "{status:#X}"
            );
        }
    }
}
