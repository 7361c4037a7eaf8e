//! The fields of a frame's body, taken off and put on one by one.

use zeroize::Zeroizing;

use super::{HEADER, MAX_DATA, MAX_TEXT, WireError};

/// Takes fields off the front of a body.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], WireError> {
        let (value, rest) = self.0.split_first_chunk::<N>().ok_or(WireError::Short(field))?;
        self.0 = rest;
        Ok(*value)
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, WireError> {
        self.array(field).map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, WireError> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, WireError> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, WireError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// A length of a buffer on the other side: no more than [`MAX_DATA`].
    pub(super) fn data_len(&mut self, field: &'static str) -> Result<u32, WireError> {
        let len = self.u32(field)?;
        if usize::try_from(len).is_ok_and(|len| len <= MAX_DATA) {
            Ok(len)
        } else {
            Err(WireError::Value(field))
        }
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<String, WireError> {
        let len = usize::from(self.u16(field)?);
        if len > MAX_TEXT {
            return Err(WireError::Value(field));
        }
        let (text, rest) = self.0.split_at_checked(len).ok_or(WireError::Short(field))?;
        self.0 = rest;
        str::from_utf8(text)
            .map(str::to_owned)
            .map_err(|_| WireError::Value(field))
    }

    pub(super) fn rest(&mut self, field: &'static str) -> Result<&'a [u8], WireError> {
        let data = std::mem::take(&mut self.0);
        if data.len() <= MAX_DATA {
            Ok(data)
        } else {
            Err(WireError::Value(field))
        }
    }

    pub(super) fn end(&self) -> Result<(), WireError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(WireError::Trailing(self.0.len()))
        }
    }
}

/// A frame in the making.
pub(super) struct Body(pub(super) Zeroizing<Vec<u8>>);

impl Body {
    /// Room for `len` bytes behind the header, so that a body with keys is not moved while it grows.
    pub(super) fn new(kind: u16, id: u64, len: usize) -> Self {
        let mut frame = Zeroizing::new(Vec::with_capacity(HEADER + len));
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(&kind.to_le_bytes());
        frame.extend_from_slice(&[0; 2]);
        frame.extend_from_slice(&id.to_le_bytes());
        Body(frame)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// A text and its length; what is longer than [`MAX_TEXT`] is cut at a character.
    pub(super) fn text(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary_(MAX_TEXT)];
        self.u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.bytes(text.as_bytes());
    }

    pub(super) fn finish(mut self) -> Zeroizing<Vec<u8>> {
        let len = u32::try_from(self.0.len() - HEADER).unwrap_or(u32::MAX);
        self.0[..4].copy_from_slice(&len.to_le_bytes());
        self.0
    }
}

/// `str::floor_char_boundary`, for compilers that lack it.
trait FloorCharBoundary {
    fn floor_char_boundary_(&self, index: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_(&self, index: usize) -> usize {
        (0..=index.min(self.len()))
            .rev()
            .find(|at| self.is_char_boundary(*at))
            .unwrap_or(0)
    }
}
