//! Limits of the data channel, each with its source. ("OpenVPN" is its data-channel documentation and behaviour.)

/// Largest packet id of the classic format: 32 bits. It never wraps (OpenVPN refuses to send on).
pub const CLASSIC_PACKET_ID_MAX: u64 = 0xFFFF_FFFF;

/// Packet id of the classic format at which user space should renegotiate (OpenVPN).
pub const CLASSIC_PACKET_ID_RENEGOTIATE: u64 = 0xFF00_0000;

/// Send epoch at which user space should renegotiate (OpenVPN).
pub const EPOCH_RENEGOTIATE: u16 = 0xF000;

/// Largest counter of an epoch: 48 bits.
pub const EPOCH_COUNTER_MAX: u64 = (1 << 48) - 1;

/// Last epoch there is: 16 bits. A sender in it moves no further.
pub const LAST_EPOCH: u16 = u16::MAX;

/// Epoch keys that a receiver keeps ready beyond its current epoch. OpenVPN 2.7.6 uses 4; the value is local.
pub const FUTURE_EPOCH_KEYS: u16 = 4;

/// How much one AES-GCM data key may protect: 16-byte blocks plus packets. 2^36 - 1 keeps a distinguisher's advantage
/// at 2^-57 ("Usage Limits on AEAD Algorithms" of the IRTF, as OpenVPN applies them).
pub const AES_GCM_USAGE: u64 = (1 << 36) - 1;

/// Failed authentications on one data key after which it is used for nothing any more (OpenVPN).
pub const FORGERIES_MAX: u64 = 1 << 36;

/// Failed authentications on one data key after which the sender moves to the next epoch (OpenVPN).
pub const FORGERIES_WARNING: u64 = 1 << 35;

/// Packet ids that a replay window covers. OpenVPN's kernel modules use 2048.
#[cfg(not(loom))]
pub const REPLAY_WINDOW: u64 = 2048;
/// Small enough for loom to walk through.
#[cfg(loom)]
pub const REPLAY_WINDOW: u64 = 16;

/// Silence after which a replay window takes no late packets any more, in milliseconds (OpenVPN's kernel modules: 30 s).
pub const REPLAY_SILENCE_MS: u64 = 30_000;

/// Replaced keys of one direction that may wait to be freed. Epochs that pass faster than the timer frees them are
/// refused: a peer must not make the driver allocate without bound.
pub const PARKED_KEYS_MAX: usize = 16;

/// Longest packet on a TCP stream, in bytes without the length in front. OpenVPN's Windows driver receives 2048.
pub const STREAM_PACKET_MAX: u16 = 2048;
