//! How sealing scales from one thread to two that share a device, a peer and its key.

use super::rig::{KEY, Rig, packet};
use super::{BATCH, SLOT, nonce};
use crate::stats::median;
use anyhow::{Context as _, Result};
use ovpn_dco_engine::{Aead as _, Cipher};
use ovpn_dco_provider::AwsLcAead;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes of the IP packet.
const SIZE: usize = 1400;

/// Packets per second of two threads as a multiple of one's: the engine's, and the bare AEAD's. One and two threads
/// take turns.
pub(super) fn scaling(quick: bool) -> Result<(f64, f64)> {
    let (rounds, time) = if quick {
        (5, Duration::from_millis(60))
    } else {
        (15, Duration::from_millis(150))
    };
    let rig = Rig::new()?;
    let key = AwsLcAead::new(Cipher::Aes256Gcm, &KEY)
        .ok()
        .context("no AES-256-GCM")?;
    let next = AtomicU64::new(0);
    let packet = packet(SIZE);
    let engine = |out: &mut [u8]| {
        let batch = rig.sender.transmit();
        (0..BATCH)
            .filter(|_| Rig::seal(&batch, &packet, out) != 0)
            .count()
    };
    let bare = |out: &mut [u8]| {
        let first = next.fetch_add(BATCH as u64, Ordering::Relaxed);
        let ids = first..first + BATCH as u64;
        ids.filter(|id| {
            let header = id.to_be_bytes();
            let (tag, body) = out.split_first_chunk_mut::<16>().expect("a slot is longer");
            key.seal(&nonce(header), &header, &packet, &mut body[..SIZE], tag)
                .is_ok()
        })
        .count()
    };
    let (mut of_engine, mut of_bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (one, two) = (rate(1, time, &engine), rate(2, time, &engine));
        of_engine.push(two / one);
        let (one, two) = (rate(1, time, &bare), rate(2, time, &bare));
        of_bare.push(two / one);
    }
    Ok((
        median(&of_engine).context("no rounds")?,
        median(&of_bare).context("no rounds")?,
    ))
}

/// Packets per second of `threads` threads that do `batch` over and over.
fn rate(threads: usize, time: Duration, batch: &(impl Fn(&mut [u8]) -> usize + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let work = || {
        let mut out = vec![0; SLOT];
        barrier.wait();
        let start = Instant::now();
        let mut packets = 0;
        while start.elapsed() < time {
            packets += batch(&mut out);
        }
        packets as f64 / start.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker doesn't panic"))
            .sum()
    })
}
