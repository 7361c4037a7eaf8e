//! Events and the values in them: what [`trace_event!`](crate::trace_event) expands to.

use super::metadata::{FieldFormat, FieldType};
use super::structure::EVENT_DESCRIPTOR;
use crate::wdm::GUID;

/// The channel of TraceLogging events.
const CHANNEL_TRACELOGGING: u8 = 11;

/// Fields of an event, at most.
pub const MAX_FIELDS: usize = 16;

/// How important an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// The driver cannot go on.
    Critical = 1,
    /// Something failed.
    Error = 2,
    /// Something may be wrong.
    Warning = 3,
    /// Something of interest happened.
    Information = 4,
    /// Details, perhaps many.
    Verbose = 5,
}

/// A kind of event: a static that [`trace_event!`](crate::trace_event) makes.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub(crate) descriptor: EVENT_DESCRIPTOR,
    pub(crate) metadata: &'static [u8],
}

impl Event {
    /// A kind of event from its description.
    #[must_use]
    pub const fn new(level: Level, keyword: u64, metadata: &'static [u8]) -> Self {
        Self {
            descriptor: EVENT_DESCRIPTOR {
                Id: 0,
                Version: 0,
                Channel: CHANNEL_TRACELOGGING,
                Level: level as u8,
                Opcode: 0,
                Task: 0,
                Keyword: keyword,
            },
            metadata,
        }
    }

    /// Level and keyword, as ETW sees them.
    #[must_use]
    pub const fn descriptor(&self) -> &EVENT_DESCRIPTOR {
        &self.descriptor
    }

    /// The description.
    #[must_use]
    pub const fn metadata(&self) -> &'static [u8] {
        self.metadata
    }
}

/// A value as an event carries it: a few bytes, and what they count.
#[derive(Clone, Copy, Debug)]
pub struct FieldData<'d> {
    head: [u8; 16],
    head_len: usize,
    tail: &'d [u8],
}

impl<'d> FieldData<'d> {
    /// A value of fixed size, at most 16 bytes.
    #[must_use]
    pub fn fixed<const N: usize>(bytes: [u8; N]) -> Self {
        const { assert!(N <= 16) };
        let mut head = [0; 16];
        for (to, from) in head.iter_mut().zip(bytes) {
            *to = from;
        }
        Self {
            head,
            head_len: N,
            tail: &[],
        }
    }

    /// Bytes with their number in front; cut after 65,535.
    #[must_use]
    pub fn counted(bytes: &'d [u8]) -> Self {
        let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let mut data = Self::fixed(len.to_le_bytes());
        data.tail = bytes.get(..usize::from(len)).unwrap_or_default();
        data
    }

    /// The bytes in front.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.head.get(..self.head_len).unwrap_or_default()
    }

    /// The bytes that follow.
    #[must_use]
    pub const fn tail(&self) -> &'d [u8] {
        self.tail
    }
}

/// A type of values that events can carry.
pub trait TraceValue {
    /// How it is stored.
    const TYPE: FieldType;
    /// How it is shown.
    const FORMAT: FieldFormat;

    /// The value as an event carries it.
    fn data<'d>(self) -> FieldData<'d>
    where
        Self: 'd;
}

macro_rules! trace_values {
    ($( $(#[$meta:meta])* $name:ident($inner:ty): $data:ident, $format:ident; )*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name(pub $inner);

            impl TraceValue for $name {
                const TYPE: FieldType = FieldType::$data;
                const FORMAT: FieldFormat = FieldFormat::$format;
                fn data<'d>(self) -> FieldData<'d> {
                    FieldData::fixed(self.0.to_le_bytes())
                }
            }
        )*
    };
}

macro_rules! trace_integers {
    ($( $ty:ty: $data:ident; )*) => {
        $(
            impl TraceValue for $ty {
                const TYPE: FieldType = FieldType::$data;
                const FORMAT: FieldFormat = FieldFormat::Default;
                fn data<'d>(self) -> FieldData<'d> {
                    FieldData::fixed(self.to_le_bytes())
                }
            }
        )*
    };
}

trace_integers! {
    i8: I8;
    u8: U8;
    i16: I16;
    u16: U16;
    i32: I32;
    u32: U32;
    i64: I64;
    u64: U64;
}

trace_values! {
    /// An `NTSTATUS`.
    NtStatus(i32): I32, NtStatus;
    /// A number to be shown in hexadecimal.
    Hex32(u32): Hex32, Default;
    /// A number to be shown in hexadecimal.
    Hex64(u64): Hex64, Default;
}

impl TraceValue for bool {
    const TYPE: FieldType = FieldType::Bool32;
    const FORMAT: FieldFormat = FieldFormat::Default;
    fn data<'d>(self) -> FieldData<'d> {
        FieldData::fixed(u32::from(self).to_le_bytes())
    }
}

impl TraceValue for &str {
    const TYPE: FieldType = FieldType::Str8;
    const FORMAT: FieldFormat = FieldFormat::Utf8;
    fn data<'d>(self) -> FieldData<'d>
    where
        Self: 'd,
    {
        FieldData::counted(self.as_bytes())
    }
}

impl TraceValue for &[u8] {
    const TYPE: FieldType = FieldType::Binary;
    const FORMAT: FieldFormat = FieldFormat::Default;
    fn data<'d>(self) -> FieldData<'d>
    where
        Self: 'd,
    {
        FieldData::counted(self)
    }
}

/// The bytes of a `SOCKADDR`, to be shown as address and port.
#[derive(Clone, Copy, Debug)]
pub struct SocketAddress<'a>(pub &'a [u8]);

impl TraceValue for SocketAddress<'_> {
    const TYPE: FieldType = FieldType::Binary;
    const FORMAT: FieldFormat = FieldFormat::SocketAddress;
    fn data<'d>(self) -> FieldData<'d>
    where
        Self: 'd,
    {
        FieldData::counted(self.0)
    }
}

impl TraceValue for GUID {
    const TYPE: FieldType = FieldType::Guid;
    const FORMAT: FieldFormat = FieldFormat::Default;
    fn data<'d>(self) -> FieldData<'d> {
        let parts = self
            .Data1
            .to_le_bytes()
            .into_iter()
            .chain(self.Data2.to_le_bytes());
        let parts = parts.chain(self.Data3.to_le_bytes()).chain(self.Data4);
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = from;
        }
        FieldData::fixed(bytes)
    }
}

/// Writes an event if a session wants it. The values are not computed otherwise.
///
/// IRQL: <= DISPATCH_LEVEL, with nonpaged memory above APC_LEVEL.
///
/// ```
/// use netcx_sys::etw::{Level, NtStatus, Provider};
/// use netcx_sys::wdm::GUID;
///
/// netcx_sys::trace_provider! {
///     /// What this driver has to say.
///     static TRACE = "Example", GUID::from_u128(0x4970f9cf_2c0c_4f11_b1cc_e3a1e9958833);
/// }
///
/// # let (peer, status) = (1_u32, 0_i32);
/// netcx_sys::trace_event!(TRACE, Level::Information, 0x1, "PeerAdded",
///     "PeerId": u32 = peer,
///     "Status": NtStatus = NtStatus(status),
/// );
/// ```
#[macro_export]
macro_rules! trace_event {
    ($provider:expr, $level:expr, $keyword:expr, $name:literal $(, $field:literal : $ty:ty = $value:expr)* $(,)?) => {{
        const FIELDS: &[$crate::etw::Field] = &[$(
            $crate::etw::Field {
                name: $field,
                data: <$ty as $crate::etw::TraceValue>::TYPE,
                format: <$ty as $crate::etw::TraceValue>::FORMAT,
            }
        ),*];
        const _: () = assert!(FIELDS.len() <= $crate::etw::MAX_FIELDS, "too many fields");
        static METADATA: [u8; $crate::etw::event_metadata_len($name, FIELDS)] =
            $crate::etw::event_metadata($name, FIELDS);
        static EVENT: $crate::etw::Event = $crate::etw::Event::new($level, $keyword, &METADATA);
        let provider: &$crate::etw::Provider = &$provider;
        if provider.enabled($level, $keyword) {
            provider.write(&EVENT, &[$(<$ty as $crate::etw::TraceValue>::data($value)),*]);
        }
    }};
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn bytes(data: FieldData<'_>) -> Vec<u8> {
        [data.head(), data.tail()].concat()
    }

    #[test]
    fn values_are_little_endian_and_counted() {
        for (data, want) in [
            (0x1234_u16.data(), &[0x34, 0x12][..]),
            (NtStatus(-1).data(), &[0xFF; 4]),
            (true.data(), &[1, 0, 0, 0]),
            ("ab".data(), &[2, 0, b'a', b'b']),
            ([7_u8; 3].as_slice().data(), &[3, 0, 7, 7, 7]),
            (SocketAddress(&[2, 0]).data(), &[2, 0, 2, 0]),
            (
                GUID::from_u128(0x00010203_0405_0607_0809_0A0B0C0D0E0F).data(),
                &[3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15],
            ),
        ] {
            assert_eq!(bytes(data), want);
        }
        assert_eq!(
            bytes(alloc::vec![1_u8; 70_000].as_slice().data()).len(),
            2 + 65_535
        );
    }
}
