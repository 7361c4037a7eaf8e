//! Names by which the driver is found.
//!
//! Text is UTF-8 here; the kernel and `CreateFileW` want UTF-16, and every name is ASCII.

/// Hardware id and component id of an adapter. OpenVPN compares it without regard to case.
pub const HARDWARE_ID: &str = "ovpn-dco";

/// Reference string of the adapter's device interface: what follows the last backslash of the interface
/// path. Compared with case.
pub const REFERENCE_STRING: &str = "ovpn-dco";

/// Win32 name of the first adapter. OpenVPN opens it to learn whether the driver is there at all:
/// success and `ERROR_ACCESS_DENIED` mean yes.
pub const ADAPTER_PATH: &str = r"\\.\ovpn-dco";

/// Win32 name of the version device, which is not exclusive and answers `GET_VERSION` only.
pub const VERSION_PATH: &str = r"\\.\ovpn-dco-ver";

/// Symbolic link in the object namespace behind [`ADAPTER_PATH`].
pub const ADAPTER_SYMBOLIC_LINK: &str = r"\DosDevices\ovpn-dco";

/// Symbolic link in the object namespace behind [`VERSION_PATH`].
pub const VERSION_SYMBOLIC_LINK: &str = r"\DosDevices\ovpn-dco-ver";

/// Device object of the version device.
pub const VERSION_DEVICE: &str = r"\Device\ovpn-dco-ver";

/// Security descriptor of the version device: everything for the system, read, write and execute for
/// administrators, read for everybody.
pub const VERSION_SDDL: &str = "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)";

/// A GUID in the four parts in which Windows writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guid {
    /// The first eight digits.
    pub data1: u32,
    /// The next four.
    pub data2: u16,
    /// The next four.
    pub data3: u16,
    /// The rest, byte by byte.
    pub data4: [u8; 8],
}

/// `GUID_DEVINTERFACE_NET`, the class of the adapter's device interface.
pub const GUID_DEVINTERFACE_NET: Guid = Guid {
    data1: 0xcac8_8484,
    data2: 0x7515,
    data3: 0x4c03,
    data4: [0x82, 0xe6, 0x71, 0xa8, 0x7a, 0xba, 0xc3, 0x61],
};

/// `GUID_DEVCLASS_NET`, the set-up class of network adapters.
pub const GUID_DEVCLASS_NET: Guid = Guid {
    data1: 0x4d36_e972,
    data2: 0xe325,
    data3: 0x11ce,
    data4: [0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18],
};
