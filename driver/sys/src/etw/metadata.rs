//! Descriptions of TraceLogging providers and events, built at compile time.
//!
//! A provider's: its size in two bytes (little-endian, counting itself), its name, a zero. An event's: its size, one tag
//! byte (0), its name, a zero, then for each field its name, a zero, the type of the data, and with bit 7 of that set
//! the format to show it in.

/// Type of a field's data (`InType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FieldType {
    /// `i8`.
    I8 = 3,
    /// `u8`.
    U8 = 4,
    /// `i16`.
    I16 = 5,
    /// `u16`.
    U16 = 6,
    /// `i32`.
    I32 = 7,
    /// `u32`.
    U32 = 8,
    /// `i64`.
    I64 = 9,
    /// `u64`.
    U64 = 10,
    /// A `bool` of four bytes.
    Bool32 = 13,
    /// Bytes, in front of them their number in two bytes.
    Binary = 14,
    /// A GUID.
    Guid = 15,
    /// `u32`, shown in hexadecimal.
    Hex32 = 20,
    /// `u64`, shown in hexadecimal.
    Hex64 = 21,
    /// UTF-16, in front of it its number of bytes in two bytes.
    Str16 = 22,
    /// 8-bit characters, in front of them their number in two bytes.
    Str8 = 23,
}

/// How to show a field's data (`OutType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FieldFormat {
    /// As its type says.
    Default = 0,
    /// As characters.
    String = 2,
    /// As true or false.
    Boolean = 3,
    /// In hexadecimal.
    Hex = 4,
    /// As a port, which is in network byte order.
    Port = 7,
    /// As an IPv4 address.
    IPv4 = 8,
    /// As an IPv6 address (of `Binary` data).
    IPv6 = 9,
    /// As a `SOCKADDR` (of `Binary` data).
    SocketAddress = 10,
    /// As an `NTSTATUS`.
    NtStatus = 14,
    /// As UTF-8.
    Utf8 = 35,
}

/// A field of an event.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, not empty and without a zero.
    pub name: &'static str,
    /// Type of its data.
    pub data: FieldType,
    /// How to show it.
    pub format: FieldFormat,
}

/// Appends bytes to a buffer of fixed size; what does not fit is left out, which the sizes rule out.
const fn append<'b>(mut out: &'b mut [u8], mut bytes: &[u8]) -> &'b mut [u8] {
    while let [byte, rest @ ..] = bytes {
        let [first, next @ ..] = out else { return &mut [] };
        *first = *byte;
        (out, bytes) = (next, rest);
    }
    out
}

/// Size of a provider's description.
#[must_use]
pub const fn provider_metadata_len(name: &str) -> usize {
    name.len().saturating_add(3)
}

/// A provider's description; `N` is [`provider_metadata_len`].
#[must_use]
#[allow(clippy::cast_possible_truncation)] // checked while compiling, by `is_valid`
pub const fn provider_metadata<const N: usize>(name: &str) -> [u8; N] {
    const { assert!(N <= u16::MAX as usize, "the provider's name is too long") };
    let mut bytes = [0; N];
    let out = append(&mut bytes, &(N as u16).to_le_bytes());
    append(out, name.as_bytes());
    bytes
}

/// Size of an event's description.
#[must_use]
pub const fn event_metadata_len(name: &str, mut fields: &[Field]) -> usize {
    let mut len = name.len().saturating_add(4);
    while let [field, rest @ ..] = fields {
        let format = if field.format as u8 == 0 { 0 } else { 1 };
        len = len
            .saturating_add(field.name.len())
            .saturating_add(2)
            .saturating_add(format);
        fields = rest;
    }
    len
}

/// An event's description; `N` is [`event_metadata_len`].
#[must_use]
#[allow(clippy::cast_possible_truncation)] // checked while compiling
pub const fn event_metadata<const N: usize>(name: &str, mut fields: &[Field]) -> [u8; N] {
    const { assert!(N <= u16::MAX as usize, "the event's description is too long") };
    let mut bytes = [0; N];
    let out = append(&mut bytes, &(N as u16).to_le_bytes());
    let out = append(out, &[0]);
    let out = append(out, name.as_bytes());
    let mut out = append(out, &[0]);
    while let [field, rest @ ..] = fields {
        let named = append(append(out, field.name.as_bytes()), &[0]);
        out = match field.format {
            FieldFormat::Default => append(named, &[field.data as u8]),
            format => append(named, &[field.data as u8 | 0x80, format as u8]),
        };
        fields = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[Field] = &[
        Field {
            name: "PeerId",
            data: FieldType::U32,
            format: FieldFormat::Default,
        },
        Field {
            name: "Status",
            data: FieldType::I32,
            format: FieldFormat::NtStatus,
        },
    ];

    #[test]
    fn a_provider_is_its_size_and_name() {
        const LEN: usize = provider_metadata_len("Abc");
        assert_eq!(provider_metadata::<LEN>("Abc"), *b"\x06\0Abc\0");
    }

    #[test]
    fn an_event_lists_its_fields() {
        const LEN: usize = event_metadata_len("New", FIELDS);
        assert_eq!(
            event_metadata::<LEN>("New", FIELDS),
            *b"\x18\0\0New\0PeerId\0\x08Status\0\x87\x0e"
        );
        const EMPTY: usize = event_metadata_len("E", &[]);
        assert_eq!(event_metadata::<EMPTY>("E", &[]), *b"\x05\0\0E\0");
    }
}
