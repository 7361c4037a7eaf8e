//! What a packet costs in the engine, as a ratio to the bare AEAD of the same provider in the same run.
//!
//! A measurement is a batch: 64 packets sealed or opened one after the other, from one buffer into another, by the
//! engine's batch guard or by the AEAD alone. Batches of all kinds take turns, so that they share whatever the machine
//! does; the figure of a kind is the median over its batches. Times jitter, so instructions are counted as well where
//! valgrind is installed: it shows the processor as one without the newest vector instructions, on which the AEAD takes
//! more of them, so the ratio of instructions is not that of times.

mod count;
mod platform;
mod rig;
mod threads;

use crate::stats::median;
use anyhow::{Context as _, Result, ensure};
pub(crate) use count::{Count, count};
use ovpn_dco_engine::Aead as _;
use ovpn_dco_provider::AwsLcAead;
use rig::{KEY, OVERHEAD, Rig, packet};
use std::hint::black_box;
use std::time::Instant;

/// Packets in a batch.
const BATCH: usize = 64;
/// Room for one packet and everything around it.
const SLOT: usize = 1536;
/// Packet sizes that are measured, in bytes of the IP packet.
pub(crate) const SIZES: [usize; 2] = [64, 1400];

/// Figures of one packet size.
pub(crate) struct Cost {
    /// Bytes of the IP packet.
    pub(crate) size: usize,
    /// Nanoseconds per packet.
    pub(crate) time: PerKind,
    /// Instructions per packet, if they could be counted.
    pub(crate) instructions: Option<PerKind>,
}

/// One figure per kind of batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerKind {
    pub(crate) seal: f64,
    pub(crate) open: f64,
    pub(crate) bare_seal: f64,
    pub(crate) bare_open: f64,
}

impl PerKind {
    /// The engine's cost of sealing as a multiple of the AEAD's.
    pub(crate) fn seal_ratio(&self) -> f64 {
        self.seal / self.bare_seal
    }

    /// The engine's cost of opening as a multiple of the AEAD's.
    pub(crate) fn open_ratio(&self) -> f64 {
        self.open / self.bare_open
    }
}

/// All figures.
pub(crate) struct Figures {
    pub(crate) costs: Vec<Cost>,
    /// Packets that two threads seal in a time, through one device and key, as a multiple of one thread's.
    pub(crate) two_thread_scaling: f64,
    /// The same for the bare AEAD: what the machine gives.
    pub(crate) bare_two_thread_scaling: f64,
}

/// Measures.
pub(crate) fn bench(quick: bool) -> Result<Figures> {
    let batches = if quick { 2_000 } else { 12_000 };
    let mut costs = Vec::new();
    for size in SIZES {
        eprintln!("  engine: packets of {size} bytes");
        let time = times(size, batches)?;
        let instructions = count::instructions(size, quick)?;
        costs.push(Cost {
            size,
            time,
            instructions,
        });
    }
    eprintln!("  engine: two threads");
    let (two_thread_scaling, bare_two_thread_scaling) = threads::scaling(quick)?;
    Ok(Figures {
        costs,
        two_thread_scaling,
        bare_two_thread_scaling,
    })
}

/// The four kinds of batch over their own buffers.
struct Batches {
    rig: Rig,
    key: AwsLcAead,
    packets: Slots,
    sealed: Slots,
    opened: Slots,
    size: usize,
    nonce: u64,
}

/// 64 slots of one buffer.
struct Slots(Vec<u8>);

impl Slots {
    fn new() -> Self {
        Self(vec![0; BATCH * SLOT])
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.chunks_exact(SLOT)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.0.chunks_exact_mut(SLOT)
    }
}

impl Batches {
    fn new(size: usize) -> Result<Self> {
        let key = AwsLcAead::new(ovpn_dco_engine::Cipher::Aes256Gcm, &KEY)
            .ok()
            .context("no AES-256-GCM")?;
        let mut packets = Slots::new();
        packets
            .iter_mut()
            .for_each(|slot| slot[..size].copy_from_slice(&packet(size)));
        let rig = Rig::new()?;
        Ok(Self {
            rig,
            key,
            packets,
            sealed: Slots::new(),
            opened: Slots::new(),
            size,
            nonce: 0,
        })
    }

    /// Seals a batch with the engine; bytes that came out.
    fn seal(&mut self) -> usize {
        let batch = self.rig.sender.transmit();
        let slots = self.packets.iter().zip(self.sealed.iter_mut());
        slots
            .map(|(packet, out)| Rig::seal(&batch, &packet[..self.size], out))
            .sum()
    }

    /// Opens with the engine what [`Self::seal`] left, which can be done once; bytes that came out.
    fn open(&mut self) -> usize {
        let batch = self.rig.receiver.receive();
        let slots = self.sealed.iter().zip(self.opened.iter_mut());
        slots
            .map(|(datagram, out)| Rig::open(&batch, &datagram[..self.size + OVERHEAD], out))
            .sum()
    }

    /// Seals with the AEAD alone, in OpenVPN's layout; packets sealed.
    fn bare_seal(&mut self) -> usize {
        let (key, size) = (&self.key, self.size);
        let mut id = self.nonce;
        self.nonce += BATCH as u64;
        let slots = self.packets.iter().zip(self.sealed.iter_mut());
        slots
            .filter_map(|(packet, out)| {
                id += 1;
                let (header, body) = out.split_first_chunk_mut::<8>()?;
                let (tag, body) = body.split_first_chunk_mut::<16>()?;
                *header = id.to_be_bytes();
                key.seal(&nonce(*header), header, &packet[..size], &mut body[..size], tag)
                    .ok()
            })
            .count()
    }

    /// Opens with the AEAD alone what [`Self::bare_seal`] left; packets opened.
    fn bare_open(&mut self) -> usize {
        let (key, size) = (&self.key, self.size);
        let slots = self.sealed.iter().zip(self.opened.iter_mut());
        slots
            .filter_map(|(datagram, out)| {
                let (header, body) = datagram.split_first_chunk::<8>()?;
                let (tag, body) = body.split_first_chunk::<16>()?;
                key.open(&nonce(*header), header, &body[..size], tag, &mut out[..size])
                    .ok()
            })
            .count()
    }
}

fn nonce(header: [u8; 8]) -> [u8; 12] {
    let mut nonce = [7; 12];
    nonce[..8].copy_from_slice(&header);
    nonce
}

fn times(size: usize, batches: u32) -> Result<PerKind> {
    let mut all = Batches::new(size)?;
    let mut times: [Vec<f64>; 4] = Default::default();
    let warm_up = batches / 10;
    for i in 0..batches + warm_up {
        let figures = [
            timed(|| all.seal(), BATCH * (size + OVERHEAD))?,
            timed(|| all.open(), BATCH * size)?,
            timed(|| all.bare_seal(), BATCH)?,
            timed(|| all.bare_open(), BATCH)?,
        ];
        if i >= warm_up {
            times
                .iter_mut()
                .zip(figures)
                .for_each(|(times, figure)| times.push(figure));
        }
    }
    let [seal, open, bare_seal, bare_open] = times.map(|times| median(&times).unwrap_or(f64::NAN));
    Ok(PerKind {
        seal,
        open,
        bare_seal,
        bare_open,
    })
}

/// Nanoseconds per packet of a batch, whose result is checked: a bench of what fails is none.
fn timed(batch: impl FnOnce() -> usize, want: usize) -> Result<f64> {
    let start = Instant::now();
    let got = black_box(batch());
    let nanoseconds = start.elapsed().as_secs_f64() * 1e9;
    ensure!(got == want, "a batch came to {got} instead of {want}");
    Ok(nanoseconds / BATCH as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_batch_does_its_work() {
        for size in SIZES {
            let figures = times(size, 20).unwrap();
            assert!(
                figures.seal > 0.0
                    && figures.open > 0.0
                    && figures.bare_seal > 0.0
                    && figures.bare_open > 0.0
            );
        }
    }
}
