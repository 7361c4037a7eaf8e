//! Sizes and ranges that both sides keep, each with its source.

/// Longest control packet that `WriteFile` takes, in bytes, not counting the socket address in front of
/// it in multipeer mode. The driver's transmit buffers are made for an Ethernet payload.
pub const CONTROL_WRITE_MAX: usize = 1500;

/// Longest control packet that `ReadFile` returns, in bytes, not counting the socket address in front of
/// it in multipeer mode. OpenVPN 2 reads with about 1768 bytes, OpenVPN 3 with 2048. A longer packet
/// from the network is dropped and counted.
pub const CONTROL_READ_MAX: usize = 2048;

/// A read buffer of this size takes every control packet in every mode.
pub const READ_BUFFER: usize = CONTROL_READ_MAX + size_of::<crate::SockAddrIn6>();

/// A write longer than this fails whatever it holds.
pub const WRITE_BUFFER: usize = CONTROL_WRITE_MAX + size_of::<crate::SockAddrIn6>();

/// Bytes of key material per direction ([`crate::KeyDirection::key`]).
pub const KEY_MAX: usize = 32;

/// Implicit part of an AEAD nonce, in bytes ([`crate::KeyDirection::nonce_tail`]).
pub const NONCE_TAIL: usize = 8;

/// Highest key-id: three bits of the packet header (OpenVPN data channel).
pub const KEY_ID_MAX: u8 = 7;

/// Highest peer-id: 24 bits of the DATA_V2 header (OpenVPN data channel).
pub const PEER_ID_MAX: u32 = 0x00FF_FFFF;

/// Highest MSS: the TCP option has 16 bits (RFC 9293, section 3.2).
pub const MSS_MAX: i32 = 65_535;

/// "Leave this setting as it is" in `SET_PEER` and `MP_SET_PEER`.
pub const KEEP: i32 = -1;

/// "All peers" in `GET_PEER_STATS`; "no particular peer" in `MP_DEL_IROUTE`.
pub const ALL_PEERS: i32 = -1;

/// Longest IPv4 prefix.
pub const NETBITS_V4_MAX: u8 = 32;

/// Longest IPv6 prefix.
pub const NETBITS_V6_MAX: u8 = 128;
