//! Frames of the protocol: see `PROTOCOL.md` for the tables that this module follows.
//!
//! Parsing is bounded by [`MAX_BODY`], allocates no more than it was given, and never panics.

mod fields;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::device::{Access, DeviceInfo, OpenFlags, OpenRequest, Share, Token};
use crate::status::Status;
use fields::{Body, Fields};

/// Version of the protocol that this crate speaks.
pub const VERSION: u16 = 1;

/// First bytes of a greeting.
pub const MAGIC: [u8; 8] = *b"DEVSOCK\0";

/// Longest buffer that goes in or out with one request, in bytes.
pub const MAX_DATA: usize = 1 << 20;

/// Longest body of a frame: a buffer and the fixed fields in front of it.
pub const MAX_BODY: usize = MAX_DATA + 64;

/// Bytes in front of a body: its length (`u32`), the kind (`u16`), zero (`u16`), the request id (`u64`).
pub const HEADER: usize = 16;

/// Longest text of one field, in bytes.
pub const MAX_TEXT: usize = 4096;

/// Most devices or properties in one list.
pub const MAX_ITEMS: usize = 1024;

/// The bytes do not follow the protocol. The connection ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// A frame announces more than [`MAX_BODY`] bytes.
    #[error("a frame of {0} bytes is longer than the protocol allows")]
    TooLong(u32),
    /// The kind of the frame is unknown, or does not go in this direction.
    #[error("frame kind {0:#06x} is not expected here")]
    Kind(u16),
    /// The body ends inside a field.
    #[error("a frame ends inside its field {0:?}")]
    Short(&'static str),
    /// Bytes are left behind the last field.
    #[error("a frame has {0} bytes too many")]
    Trailing(usize),
    /// A field has a value that it must not have.
    #[error("a frame has a bad value in its field {0:?}")]
    Value(&'static str),
}

/// What a client sends after its greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// `CreateFile`. Completes with the handle as information.
    Open(OpenRequest),
    /// `DeviceIoControl`.
    Ioctl {
        /// Which handle.
        handle: u64,
        /// Control code.
        code: u32,
        /// Bytes that the caller has room for.
        output_len: u32,
        /// Input buffer.
        input: &'a [u8],
    },
    /// `ReadFile`.
    Read {
        /// Which handle.
        handle: u64,
        /// Bytes that the caller has room for.
        len: u32,
    },
    /// `WriteFile`.
    Write {
        /// Which handle.
        handle: u64,
        /// What to write.
        data: &'a [u8],
    },
    /// `CancelIoEx`: one request, or all of the handle if `target` is 0.
    Cancel {
        /// Which handle.
        handle: u64,
        /// Which request.
        target: u64,
    },
    /// `CloseHandle`.
    Close {
        /// Which handle.
        handle: u64,
    },
    /// What devices are there. Completes with [`encode_devices`] bytes.
    List,
    /// Facts about the opened device. Completes with [`encode_properties`] bytes.
    Properties {
        /// Which handle.
        handle: u64,
    },
    /// Makes a device. Completes with the [`encode_devices`] bytes of that one.
    Create {
        /// Its hardware id.
        hardware_id: String,
        /// What a person calls it; may be empty.
        name: String,
    },
    /// Removes a device.
    Remove {
        /// [`DeviceInfo::instance_id`].
        instance_id: String,
    },
}

/// The first frame of a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Hello<'a> {
    /// Version of the protocol that the client wants.
    pub version: u16,
    /// As whom it calls.
    pub token: Token,
    /// What it calls itself.
    pub name: String,
    /// The secret, over TCP.
    pub secret: &'a [u8],
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply<'a> {
    /// The greeting was accepted.
    Welcome {
        /// Version of the protocol that the server speaks.
        version: u16,
        /// What the server calls itself.
        name: String,
    },
    /// The server ends the connection.
    Abort {
        /// Why, for people.
        reason: String,
    },
    /// A request is done.
    Completion {
        /// How it ended.
        status: Status,
        /// `IO_STATUS_BLOCK.Information`.
        information: u64,
        /// Output bytes.
        data: &'a [u8],
    },
}

mod kind {
    pub(super) const HELLO: u16 = 0x01;
    pub(super) const OPEN: u16 = 0x10;
    pub(super) const IOCTL: u16 = 0x11;
    pub(super) const READ: u16 = 0x12;
    pub(super) const WRITE: u16 = 0x13;
    pub(super) const CANCEL: u16 = 0x14;
    pub(super) const CLOSE: u16 = 0x15;
    pub(super) const LIST: u16 = 0x20;
    pub(super) const PROPERTIES: u16 = 0x21;
    pub(super) const CREATE: u16 = 0x22;
    pub(super) const REMOVE: u16 = 0x23;
    pub(super) const WELCOME: u16 = 0x81;
    pub(super) const ABORT: u16 = 0x82;
    pub(super) const COMPLETION: u16 = 0x90;
}

/// A frame whose body has not been looked at. The body may hold keys, so it is wiped when dropped.
pub struct Frame {
    /// What the body is.
    pub kind: u16,
    /// The request that it belongs to; 0 for greetings and aborts.
    pub id: u64,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl Frame {
    /// Reads one frame. `None` if the stream ends between frames.
    ///
    /// # Errors
    /// Of the stream; [`io::ErrorKind::InvalidData`] with a [`WireError`] inside for a header that breaks the
    /// protocol; [`io::ErrorKind::UnexpectedEof`] for a stream that ends inside a frame.
    pub fn read(mut stream: impl Read) -> io::Result<Option<Frame>> {
        let mut header = [0; HEADER];
        let mut filled = 0;
        while filled < HEADER {
            match stream.read(&mut header[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (len, kind, id) =
            parse_header(header).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        let mut body = Zeroizing::new(vec![0; len]);
        stream.read_exact(&mut body)?;
        Ok(Some(Frame { kind, id, body }))
    }

    /// The frame as a greeting.
    ///
    /// # Errors
    /// It is none.
    pub fn hello(&self) -> Result<Hello<'_>, WireError> {
        if self.kind != kind::HELLO {
            return Err(WireError::Kind(self.kind));
        }
        let mut fields = Fields(&self.body);
        if fields.array("magic")? != MAGIC {
            return Err(WireError::Value("magic"));
        }
        let version = fields.u16("version")?;
        let token = Token::from_u8(fields.u8("token")?).ok_or(WireError::Value("token"))?;
        let name = fields.text("name")?;
        Ok(Hello {
            version,
            token,
            name,
            secret: fields.0,
        })
    }

    /// The frame as a request. Its id is not 0.
    ///
    /// # Errors
    /// It is none.
    pub fn request(&self) -> Result<Request<'_>, WireError> {
        if self.id == 0 {
            return Err(WireError::Value("request id"));
        }
        let mut fields = Fields(&self.body);
        let request = match self.kind {
            kind::OPEN => Request::Open(OpenRequest {
                access: Access(fields.u32("access")?),
                share: Share(fields.u32("share")?),
                flags: OpenFlags(fields.u32("flags")?),
                path: fields.text("path")?,
            }),
            kind::IOCTL => Request::Ioctl {
                handle: fields.u64("handle")?,
                code: fields.u32("code")?,
                output_len: fields.data_len("output length")?,
                input: fields.rest("input")?,
            },
            kind::READ => Request::Read {
                handle: fields.u64("handle")?,
                len: fields.data_len("length")?,
            },
            kind::WRITE => Request::Write {
                handle: fields.u64("handle")?,
                data: fields.rest("data")?,
            },
            kind::CANCEL => Request::Cancel {
                handle: fields.u64("handle")?,
                target: fields.u64("target")?,
            },
            kind::CLOSE => Request::Close {
                handle: fields.u64("handle")?,
            },
            kind::LIST => Request::List,
            kind::PROPERTIES => Request::Properties {
                handle: fields.u64("handle")?,
            },
            kind::CREATE => Request::Create {
                hardware_id: fields.text("hardware id")?,
                name: fields.text("name")?,
            },
            kind::REMOVE => Request::Remove {
                instance_id: fields.text("instance id")?,
            },
            other => return Err(WireError::Kind(other)),
        };
        fields.end()?;
        Ok(request)
    }

    /// The frame as something that a server sends.
    ///
    /// # Errors
    /// It is nothing of the kind.
    pub fn reply(&self) -> Result<Reply<'_>, WireError> {
        let mut fields = Fields(&self.body);
        let reply = match self.kind {
            kind::WELCOME => Reply::Welcome {
                version: fields.u16("version")?,
                name: fields.text("name")?,
            },
            kind::ABORT => Reply::Abort {
                reason: fields.text("reason")?,
            },
            kind::COMPLETION if self.id != 0 => Reply::Completion {
                status: Status(fields.u32("status")?.cast_signed()),
                information: fields.u64("information")?,
                data: fields.rest("data")?,
            },
            kind::COMPLETION => return Err(WireError::Value("request id")),
            other => return Err(WireError::Kind(other)),
        };
        fields.end()?;
        Ok(reply)
    }
}

fn parse_header(header: [u8; HEADER]) -> Result<(usize, u16, u64), WireError> {
    let mut fields = Fields(&header);
    let len = fields.u32("length")?;
    let kind = fields.u16("kind")?;
    let zero = fields.u16("reserved")?;
    let id = fields.u64("request id")?;
    if zero != 0 {
        return Err(WireError::Value("reserved"));
    }
    match usize::try_from(len) {
        Ok(body) if body <= MAX_BODY => Ok((body, kind, id)),
        _ => Err(WireError::TooLong(len)),
    }
}

impl Hello<'_> {
    /// The frame that carries it.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Body::new(kind::HELLO, 0, 64 + self.name.len());
        body.bytes(&MAGIC);
        body.u16(self.version);
        body.bytes(&[self.token.to_u8()]);
        body.text(&self.name);
        body.bytes(self.secret);
        body.finish()
    }
}

impl Request<'_> {
    /// The frame that carries it. Texts beyond [`MAX_TEXT`] and data beyond [`MAX_DATA`] make a frame that the
    /// other side refuses; the client checks before it gets here.
    #[must_use]
    pub fn encode(&self, id: u64) -> Zeroizing<Vec<u8>> {
        let new = |kind, len| Body::new(kind, id, len);
        let mut body;
        match self {
            Request::Open(open) => {
                body = new(kind::OPEN, 14 + open.path.len());
                body.u32(open.access.0);
                body.u32(open.share.0);
                body.u32(open.flags.0);
                body.text(&open.path);
            }
            Request::Ioctl {
                handle,
                code,
                output_len,
                input,
            } => {
                body = new(kind::IOCTL, 16 + input.len());
                body.u64(*handle);
                body.u32(*code);
                body.u32(*output_len);
                body.bytes(input);
            }
            Request::Read { handle, len } => {
                body = new(kind::READ, 12);
                body.u64(*handle);
                body.u32(*len);
            }
            Request::Write { handle, data } => {
                body = new(kind::WRITE, 8 + data.len());
                body.u64(*handle);
                body.bytes(data);
            }
            Request::Cancel { handle, target } => {
                body = new(kind::CANCEL, 16);
                body.u64(*handle);
                body.u64(*target);
            }
            Request::Close { handle } => {
                body = new(kind::CLOSE, 8);
                body.u64(*handle);
            }
            Request::List => body = new(kind::LIST, 0),
            Request::Properties { handle } => {
                body = new(kind::PROPERTIES, 8);
                body.u64(*handle);
            }
            Request::Create { hardware_id, name } => {
                body = new(kind::CREATE, 4 + hardware_id.len() + name.len());
                body.text(hardware_id);
                body.text(name);
            }
            Request::Remove { instance_id } => {
                body = new(kind::REMOVE, 2 + instance_id.len());
                body.text(instance_id);
            }
        }
        body.finish()
    }
}

impl Reply<'_> {
    /// The frame that carries it.
    #[must_use]
    pub fn encode(&self, id: u64) -> Zeroizing<Vec<u8>> {
        let mut body;
        match self {
            Reply::Welcome { version, name } => {
                body = Body::new(kind::WELCOME, id, 4 + name.len());
                body.u16(*version);
                body.text(name);
            }
            Reply::Abort { reason } => {
                body = Body::new(kind::ABORT, id, 2 + reason.len());
                body.text(reason);
            }
            Reply::Completion {
                status,
                information,
                data,
            } => {
                body = Body::new(kind::COMPLETION, id, 12 + data.len());
                body.u32(status.0.cast_unsigned());
                body.u64(*information);
                body.bytes(data);
            }
        }
        body.finish()
    }
}

/// A list of devices as completion data.
#[must_use]
pub fn encode_devices(devices: &[DeviceInfo]) -> Vec<u8> {
    let mut out = Body(Zeroizing::new(Vec::new()));
    for device in devices.iter().take(MAX_ITEMS) {
        for text in [
            &device.hardware_id,
            &device.interface_path,
            &device.instance_id,
            &device.name,
        ] {
            out.text(text);
        }
        out.text(device.network_interface.as_deref().unwrap_or_default());
        out.text(device.network_namespace.as_deref().unwrap_or_default());
    }
    std::mem::take(&mut *out.0)
}

/// Completion data as a list of devices.
///
/// # Errors
/// The bytes are no such list.
pub fn decode_devices(data: &[u8]) -> Result<Vec<DeviceInfo>, WireError> {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    decode_list(data, |fields| {
        Ok(DeviceInfo {
            hardware_id: fields.text("hardware id")?,
            interface_path: fields.text("interface path")?,
            instance_id: fields.text("instance id")?,
            name: fields.text("name")?,
            network_interface: some(fields.text("network interface")?),
            network_namespace: some(fields.text("network namespace")?),
        })
    })
}

/// Names and values as completion data.
#[must_use]
pub fn encode_properties(properties: &[(String, String)]) -> Vec<u8> {
    let mut out = Body(Zeroizing::new(Vec::new()));
    for (name, value) in properties.iter().take(MAX_ITEMS) {
        out.text(name);
        out.text(value);
    }
    std::mem::take(&mut *out.0)
}

/// Completion data as names and values.
///
/// # Errors
/// The bytes are no such list.
pub fn decode_properties(data: &[u8]) -> Result<Vec<(String, String)>, WireError> {
    decode_list(data, |fields| Ok((fields.text("name")?, fields.text("value")?)))
}

fn decode_list<T>(
    data: &[u8],
    mut item: impl FnMut(&mut Fields<'_>) -> Result<T, WireError>,
) -> Result<Vec<T>, WireError> {
    let mut fields = Fields(data);
    let mut items = Vec::new();
    while !fields.0.is_empty() {
        if items.len() == MAX_ITEMS {
            return Err(WireError::Value("number of items"));
        }
        items.push(item(&mut fields)?);
    }
    Ok(items)
}

/// Parses `bytes` in every way that the protocol knows, and what parses must survive the way back: the body
/// of a fuzz target, for both directions.
///
/// # Panics
/// If a frame that was understood is another one after encoding it.
pub fn fuzz(bytes: &[u8]) {
    let mut stream = bytes;
    while let Ok(Some(frame)) = Frame::read(&mut stream) {
        if let Ok(hello) = frame.hello() {
            let back = Frame::read(&hello.encode()[..])
                .expect("a frame")
                .expect("a frame");
            assert!(back.hello() == Ok(hello));
        }
        if let Ok(request) = frame.request() {
            let back = Frame::read(&request.encode(frame.id)[..])
                .expect("a frame")
                .expect("a frame");
            assert_eq!(back.request(), Ok(request));
        }
        if let Ok(reply) = frame.reply() {
            let back = Frame::read(&reply.encode(frame.id)[..])
                .expect("a frame")
                .expect("a frame");
            assert_eq!(back.reply(), Ok(reply));
        }
        if let Ok(devices) = decode_devices(&frame.body) {
            assert_eq!(decode_devices(&encode_devices(&devices)), Ok(devices));
        }
        if let Ok(properties) = decode_properties(&frame.body) {
            assert_eq!(decode_properties(&encode_properties(&properties)), Ok(properties));
        }
    }
}
