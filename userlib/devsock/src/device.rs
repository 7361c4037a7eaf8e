//! What a caller says when it opens a device, and what is known of a device before that.

/// Desired access (`CreateFile`, `ACCESS_MASK`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Access(pub u32);

impl Access {
    /// `GENERIC_READ`.
    pub const READ: Access = Access(0x8000_0000);
    /// `GENERIC_WRITE`.
    pub const WRITE: Access = Access(0x4000_0000);
    /// Both.
    pub const READ_WRITE: Access = Access(0xC000_0000);
}

/// Sharing (`CreateFile`, `FILE_SHARE_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Share(pub u32);

impl Share {
    /// Nobody else.
    pub const NONE: Share = Share(0);
    /// `FILE_SHARE_READ | FILE_SHARE_WRITE`.
    pub const READ_WRITE: Share = Share(3);
}

/// Flags and attributes (`CreateFile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OpenFlags(pub u32);

impl OpenFlags {
    /// `FILE_FLAG_OVERLAPPED`: calls on the handle do not wait for each other.
    pub const OVERLAPPED: OpenFlags = OpenFlags(0x4000_0000);
    /// `FILE_ATTRIBUTE_SYSTEM`.
    pub const SYSTEM: OpenFlags = OpenFlags(0x4);

    /// Whether [`OpenFlags::OVERLAPPED`] is among them.
    #[must_use]
    pub const fn overlapped(self) -> bool {
        self.0 & Self::OVERLAPPED.0 != 0
    }

    /// Both sets of flags.
    #[must_use]
    pub const fn with(self, other: OpenFlags) -> OpenFlags {
        OpenFlags(self.0 | other.0)
    }
}

/// As whom a process calls. Stands in for the access token that Windows checks security descriptors with.
///
/// Whoever may connect at all may name any of them: this is for trying what a descriptor says, not a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// A member of Users.
    User,
    /// An elevated administrator.
    Admin,
    /// LocalSystem.
    System,
}

impl Token {
    pub(crate) const fn to_u8(self) -> u8 {
        match self {
            Token::User => 0,
            Token::Admin => 1,
            Token::System => 2,
        }
    }

    pub(crate) const fn from_u8(value: u8) -> Option<Token> {
        match value {
            0 => Some(Token::User),
            1 => Some(Token::Admin),
            2 => Some(Token::System),
            _ => None,
        }
    }
}

/// The arguments of `CreateFile` that reach a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Win32 path, e.g. `\\.\name` or a device interface path.
    pub path: String,
    /// Desired access.
    pub access: Access,
    /// What others may do meanwhile.
    pub share: Share,
    /// Flags and attributes.
    pub flags: OpenFlags,
}

impl OpenRequest {
    /// Read, write, no sharing, overlapped: how a device is usually opened.
    pub fn exclusive(path: impl Into<String>) -> Self {
        OpenRequest {
            path: path.into(),
            access: Access::READ_WRITE,
            share: Share::NONE,
            flags: OpenFlags::OVERLAPPED.with(OpenFlags::SYSTEM),
        }
    }
}

/// Who opens a device, as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Number of the connection, unique while the server runs: the process.
    pub connection: u64,
    /// As whom it calls.
    pub token: Token,
    /// What it calls itself, for logs.
    pub name: String,
    /// Its process id, where the socket tells.
    pub pid: Option<i32>,
}

/// One device that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceInfo {
    /// Hardware id.
    pub hardware_id: String,
    /// Device interface path with its reference string; what [`OpenRequest::path`] takes.
    pub interface_path: String,
    /// `NetCfgInstanceId` of a network adapter: a GUID in braces.
    pub instance_id: String,
    /// What a person calls it: the connection's name.
    pub name: String,
    /// Its network interface on this host, if it has one (a TUN device).
    pub network_interface: Option<String>,
    /// The network namespace that the interface lives in, as a path, if it is not the server's own.
    pub network_namespace: Option<String>,
}
