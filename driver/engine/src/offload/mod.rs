//! What a network card would do for the stack, done on the plaintext side of the tunnel: inner packet views,
//! Internet checksums, MSS clamping, segmentation of super-packets and coalescing of segments.
//!
//! A *super-packet* is one IP packet of up to 64 KiB that stands for a train of equal-sized TCP segments or UDP
//! datagrams of one flow (the last may be shorter). Windows calls the two directions LSO/USO and RSC/URO, Linux
//! GSO and GRO; the rules kept here satisfy both:
//!
//! - [`segment::Segmenter`]: a super-packet in, the plaintext of each sealed datagram out.
//! - [`coalesce::Coalescer`]: opened packets in, super-packets out, in one contiguous buffer each.
//! - [`vnet`]: the `virtio_net_hdr` with which a Linux TUN device describes either.
//! - [`mss`]: the clamp of the MSS option in TCP SYN segments.
//! - [`ip`], [`checksum`]: what they are built from.
//!
//! Everything here is a pure function or a small state machine over byte slices: no allocation, no I/O, no
//! `unsafe`, no panic for any input. IRQL: any; nothing blocks.
//!
//! Left out: IP-in-IP and other encapsulations inside the tunnel, jumbograms (RFC 2675), SCTP. They pass unchanged.
#![deny(clippy::std_instead_of_core)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        unsafe_code
    )
)]

pub mod checksum;
pub mod coalesce;
pub mod ip;
pub mod mss;
pub mod segment;
pub mod vnet;

/// Kind of the train that a super-packet stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GsoKind {
    /// TCP over IPv4.
    Tcp4,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv4, equal-sized datagrams (USO, UDP GSO; not IP fragmentation).
    Udp4,
    /// UDP over IPv6, equal-sized datagrams.
    Udp6,
}

impl GsoKind {
    /// IP version of every packet of the train.
    pub fn version(self) -> ip::Version {
        match self {
            Self::Tcp4 | Self::Udp4 => ip::Version::V4,
            Self::Tcp6 | Self::Udp6 => ip::Version::V6,
        }
    }

    /// Transport protocol number: [`ip::TCP`] or [`ip::UDP`].
    pub fn protocol(self) -> u8 {
        match self {
            Self::Tcp4 | Self::Tcp6 => ip::TCP,
            Self::Udp4 | Self::Udp6 => ip::UDP,
        }
    }

    /// The kind for an IP version and a transport protocol; `None` unless that is TCP or UDP.
    pub fn of(version: ip::Version, protocol: u8) -> Option<Self> {
        match (version, protocol) {
            (ip::Version::V4, ip::TCP) => Some(Self::Tcp4),
            (ip::Version::V6, ip::TCP) => Some(Self::Tcp6),
            (ip::Version::V4, ip::UDP) => Some(Self::Udp4),
            (ip::Version::V6, ip::UDP) => Some(Self::Udp6),
            _ => None,
        }
    }

    /// Offset of the checksum field inside the transport header.
    pub fn checksum_offset(self) -> u16 {
        match self {
            Self::Tcp4 | Self::Tcp6 => 16,
            Self::Udp4 | Self::Udp6 => 6,
        }
    }
}

/// Copies `bytes` to `at` of `buf`; `None` (and nothing written) if they don't fit.
#[inline]
fn put<const N: usize>(buf: &mut [u8], at: usize, bytes: [u8; N]) -> Option<()> {
    *buf.get_mut(at..)?.first_chunk_mut::<N>()? = bytes;
    Some(())
}

/// Copies `from` over the whole of `to`; `None` (and nothing written) if their lengths differ.
#[inline]
fn fill(to: &mut [u8], from: &[u8]) -> Option<()> {
    if to.len() != from.len() {
        return None;
    }
    to.copy_from_slice(from);
    Some(())
}

/// The `N` bytes at `at` of `buf`.
#[inline]
fn take<const N: usize>(buf: &[u8], at: usize) -> Option<[u8; N]> {
    buf.get(at..)?.first_chunk::<N>().copied()
}
