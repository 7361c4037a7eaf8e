//! `fwd`, the yardstick: what a user-mode tunnel can reach on this machine when it does nothing but forward.
//!
//! A TUN device, a connected UDP socket and an AEAD, with every technique that Linux offers: super-packets both ways
//! through the TUN device, `UDP_SEGMENT` and `UDP_GRO` on the socket, one thread each way. The wire format is that of
//! OpenVPN's classic data packets. There is no peer, no key exchange (the key is fixed and public), no replay window,
//! no MSS clamp, and IPv6 inside is passed packet by packet: it is no tunnel for any use but this.
//!
//! It shares no code with the engine, so that it measures the engine's segmentation and coalescing as well.

mod aead;
mod down;
mod inet;
mod os;
mod up;

use aead::Aead;
use anyhow::{Context as _, Result, bail};
use down::Down;
use std::net::SocketAddrV4;
use std::os::fd::AsFd as _;
use up::Up;

/// Length of what stands before the ciphertext: opcode and peer id, packet id, tag.
const HEADER: usize = 24;
/// Length of the header that the TUN device puts before each packet.
const VNET: usize = 10;

/// Which offloads are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// All of them.
    Batch,
    /// None: one packet a system call.
    Single,
}

/// Command line of `fwd`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Name of the TUN device, which is made
    #[arg(long)]
    tun: String,
    /// Own address on the outer network
    #[arg(long)]
    local: SocketAddrV4,
    /// The other end's address
    #[arg(long)]
    peer: SocketAddrV4,
    /// Offloads
    #[arg(long, value_enum, default_value = "batch")]
    mode: Mode,
    /// Copy instead of encrypting
    #[arg(long)]
    no_crypto: bool,
}

/// Forwards until the process is stopped. Says `ready` when the device is there.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.local == args.peer {
        bail!("both ends have the address {}", args.local);
    }
    let batch = args.mode == Mode::Batch;
    let tun = os::open_tun(&args.tun, batch).with_context(|| format!("open TUN device {}", args.tun))?;
    let udp = os::open_udp(args.local, args.peer, batch).context("open the socket")?;
    // The two directions share the key: the nonce says which one it is.
    let ours = u8::from(args.local > args.peer);
    let (sealing, opening) = (
        Aead::new(!args.no_crypto, ours)?,
        Aead::new(!args.no_crypto, 1 - ours)?,
    );
    println!("ready");
    std::thread::scope(|scope| {
        let down = scope.spawn(|| Down::new(tun.as_fd(), udp.as_fd(), batch, opening).run());
        let up = Up::new(tun.as_fd(), udp.as_fd(), batch, sealing).run();
        up.and(down.join().expect("the receiving thread doesn't panic"))
    })
}
