//! The way out: packets from the TUN device are sealed straight into one buffer and leave in batches.

use crate::platform::Hosted;
use crate::sys::{self, Signal};
use crate::transport::Socket;
use crate::tun::{Tun, VNET_HEADER};
use crate::udp::{MAX_SEGMENTS, MAX_SEND, Run, SendBatch};
use ovpn_dco_engine::offload::segment::Request;
use ovpn_dco_engine::offload::vnet::{Checksum, Header};
use ovpn_dco_engine::{Device, Transmit};
use std::io;
use std::sync::Arc;

/// Most reads of the TUN device before the batch leaves.
const READS: usize = 64;
/// Most datagrams before the batch leaves.
const DATAGRAMS: usize = 256;
/// One packet with its header: what a read can give at most.
const PACKET: usize = (1 << 16) + VNET_HEADER;
/// Room that must be free in the output for another read: a super-packet of 64 KiB in small segments grows by the
/// overhead of each.
const HEADROOM: usize = 1 << 17;
/// Output of one batch.
const OUTPUT: usize = HEADROOM + (1 << 18);

/// The transmit thread's own things.
pub(crate) struct Transmitter {
    tun: Arc<Tun>,
    device: Arc<Device<Hosted>>,
    stop: Arc<Signal>,
    input: Vec<u8>,
    output: Vec<u8>,
    runs: Vec<Run>,
    batch: SendBatch,
}

impl Transmitter {
    pub(crate) fn new(tun: Arc<Tun>, device: Arc<Device<Hosted>>, stop: Arc<Signal>) -> Self {
        Self {
            tun,
            device,
            stop,
            input: vec![0; PACKET],
            output: vec![0; OUTPUT],
            runs: Vec::with_capacity(DATAGRAMS),
            batch: SendBatch::new(),
        }
    }

    /// Runs until the stop signal.
    pub(crate) fn run(mut self) {
        loop {
            match self.step() {
                Ok(true) => {}
                Ok(false) => {
                    let mut fds = [
                        sys::pollfd(&*self.tun, libc::POLLIN),
                        sys::pollfd(self.stop.fd(), libc::POLLIN),
                    ];
                    if sys::poll(&mut fds, None).is_err() || fds[1].revents != 0 {
                        return;
                    }
                }
                Err(e) => {
                    // The interface is down: reads fail until it is up again.
                    tracing::debug!(error = %e, "reading the TUN device failed");
                    let wait = Some(std::time::Duration::from_millis(50));
                    if sys::poll(&mut [sys::pollfd(self.stop.fd(), libc::POLLIN)], wait).unwrap_or(true) {
                        return;
                    }
                }
            }
        }
    }

    /// One batch. `false`: nothing was there.
    fn step(&mut self) -> io::Result<bool> {
        let device = self.device.clone();
        let (mut used, mut datagrams, mut reads) = (0, 0, 0);
        let mut socket: Option<Arc<Socket>> = None;
        self.runs.clear();
        let guard = device.transmit();
        while reads < READS && datagrams < DATAGRAMS && used + HEADROOM <= self.output.len() {
            let n = match self.tun.read(&mut self.input) {
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if reads == 0 => return Err(e),
                Err(_) => break,
            };
            reads += 1;
            let Some((len, count)) = self.seal(&guard, n, used, &mut socket) else {
                continue;
            };
            used += len;
            datagrams += count;
        }
        // Sending may wait; control calls must not wait for it.
        drop(guard);
        if let Some(socket) = &socket {
            self.send(socket, used);
        }
        Ok(reads > 0)
    }

    /// Seals the packet of `n` bytes in `input` behind the `used` bytes of `output`. Returns bytes and datagrams.
    fn seal(
        &mut self,
        guard: &Transmit<'_, Hosted>,
        n: usize,
        used: usize,
        socket: &mut Option<Arc<Socket>>,
    ) -> Option<(usize, usize)> {
        let input = self.input.get(..n)?;
        let (packet, request) = if self.tun.offload() {
            describe(input)?
        } else {
            (input, Request::NONE)
        };
        let out = self.output.get_mut(used..)?;
        let sealed = guard.super_packet(&[packet], request, out).ok()?;
        let socket = socket.get_or_insert_with(|| sealed.transport.socket().clone());
        if let Socket::Udp(udp) = &**socket {
            let run = Run {
                offset: used,
                len: sealed.len,
                segment: sealed.segment,
                to: sealed.to,
            };
            if udp.may_segment(sealed.segment) {
                append(&mut self.runs, run);
            } else {
                split(&mut self.runs, run, sealed.segment);
            }
        }
        Some((sealed.len, sealed.count))
    }

    fn send(&mut self, socket: &Socket, used: usize) {
        let bytes = self.output.get(..used).unwrap_or_default();
        match socket {
            Socket::Udp(udp) => {
                let failed = self.batch.send(udp, bytes, &self.runs);
                if failed > 0 {
                    tracing::debug!(failed, "runs of datagrams could not be sent");
                }
            }
            Socket::Tcp(tcp) => {
                // The receive thread sees the end of the stream and tells the engine.
                if let Err(e) = tcp.write_all(&[bytes]) {
                    tracing::debug!(error = %e, "writing to the stream failed");
                }
            }
        }
    }
}

/// Splits what a read gave into the packet and what is asked to be done with it.
fn describe(input: &[u8]) -> Option<(&[u8], Request)> {
    let (header, packet) = input.split_at_checked(VNET_HEADER)?;
    let header = Header::decode(header, packet).ok()?;
    let checksum = match header.checksum {
        Checksum::Partial(partial) => Some(partial),
        _ => None,
    };
    Some((
        packet,
        Request {
            gso: header.gso.map(|gso| (gso.kind, gso.size)),
            checksum,
        },
    ))
}

/// Adds a run of equal-sized datagrams; it grows the last one if it continues it, within the limits of one send.
fn append(runs: &mut Vec<Run>, run: Run) {
    if let Some(last) = runs.last_mut() {
        let whole = last.len % last.segment == 0;
        let fits = run.segment == last.segment || (run.len <= run.segment && run.len <= last.segment);
        let count = last.len / last.segment + run.len.div_ceil(last.segment);
        if whole && fits && last.to == run.to && count <= MAX_SEGMENTS && last.len + run.len <= MAX_SEND {
            last.len += run.len;
            return;
        }
    }
    let most = run.segment * MAX_SEGMENTS.min(MAX_SEND / run.segment.max(1)).max(1);
    split(runs, run, most);
}

/// Adds a run in pieces of at most `most` bytes.
fn split(runs: &mut Vec<Run>, run: Run, most: usize) {
    let mut done = 0;
    while done < run.len {
        let len = most.min(run.len - done);
        runs.push(Run {
            offset: run.offset + done,
            len,
            ..run
        });
        done += len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(offset: usize, len: usize, segment: usize) -> Run {
        Run {
            offset,
            len,
            segment,
            to: None,
        }
    }

    #[test]
    fn equal_datagrams_share_a_send_and_a_shorter_one_ends_it() {
        let mut runs = Vec::new();
        for r in [
            run(0, 100, 100),
            run(100, 100, 100),
            run(200, 40, 40),
            run(240, 100, 100),
        ] {
            append(&mut runs, r);
        }
        assert_eq!(runs, [run(0, 240, 100), run(240, 100, 100)]);
    }

    #[test]
    fn a_long_train_is_cut_at_the_kernels_limits() {
        let mut runs = Vec::new();
        append(&mut runs, run(0, 64_000, 100));
        assert!(
            runs.iter()
                .all(|r| r.len.div_ceil(r.segment) <= MAX_SEGMENTS && r.len <= MAX_SEND)
        );
        assert_eq!(runs.iter().map(|r| r.len).sum::<usize>(), 64_000);
        assert!(runs.iter().rev().skip(1).all(|r| r.len % r.segment == 0));
    }

    #[test]
    fn datagrams_to_different_peers_are_not_joined() {
        let to = |port| Some(std::net::SocketAddr::from(([127, 0, 0, 1], port)));
        let mut runs = Vec::new();
        append(
            &mut runs,
            Run {
                to: to(1),
                ..run(0, 100, 100)
            },
        );
        append(
            &mut runs,
            Run {
                to: to(2),
                ..run(100, 100, 100)
            },
        );
        assert_eq!(runs.len(), 2);
    }
}
