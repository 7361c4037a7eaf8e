//! A bad network: a UDP relay that loses, duplicates, delays and so reorders datagrams, by a seed.
//!
//! It stands for the kernel's netem, which not every kernel has, and unlike it makes the same run twice.

use anyhow::Result;
use clap::Parser;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Relays UDP between one client and one server, badly.
#[derive(Parser)]
struct Args {
    /// Where the client sends to.
    listen: SocketAddr,
    /// Where the server is.
    server: SocketAddr,
    /// Per cent of the datagrams that are lost, each way.
    #[arg(long, default_value_t = 0)]
    loss: u32,
    /// Per cent that arrive twice.
    #[arg(long, default_value_t = 0)]
    duplicate: u32,
    /// Per cent that are held back by ten times the delay, so that later ones overtake them.
    #[arg(long, default_value_t = 0)]
    reorder: u32,
    /// Microseconds that every datagram takes.
    #[arg(long, default_value_t = 500)]
    delay: u64,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// xorshift64*: enough for throwing dice, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn per_cent(&mut self, chance: u32) -> bool {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        value % 100 < u64::from(chance)
    }
}

/// Datagrams under way: when they are due, a number that keeps the order of equals, which way, and their bytes.
type Queue = BinaryHeap<Reverse<(Instant, u64, bool, Vec<u8>)>>;

fn main() -> Result<()> {
    let args = Args::parse();
    let near = UdpSocket::bind(args.listen)?;
    let any: SocketAddr = if args.server.is_ipv4() {
        "0.0.0.0:0".parse()?
    } else {
        "[::]:0".parse()?
    };
    let far = UdpSocket::bind(any)?;
    far.connect(args.server)?;
    let tick = Some(Duration::from_micros(200));
    near.set_read_timeout(tick)?;
    far.set_nonblocking(true)?;
    let mut dice = Dice(args.seed | 1);
    let mut client = None;
    let (mut queue, mut number) = (Queue::new(), 0u64);
    let mut buffer = vec![0; 1 << 16];
    loop {
        // Waits for the client at most a tick; whatever the server has sent meanwhile is taken then.
        if let Ok((n, from)) = near.recv_from(&mut buffer) {
            client = Some(from);
            throw(&args, &mut dice, &mut queue, &mut number, true, &buffer[..n]);
        }
        while let Ok(n) = far.recv(&mut buffer) {
            throw(&args, &mut dice, &mut queue, &mut number, false, &buffer[..n]);
        }
        let now = Instant::now();
        while queue.peek().is_some_and(|Reverse((due, ..))| *due <= now) {
            let Some(Reverse((_, _, up, bytes))) = queue.pop() else {
                break;
            };
            // What a socket refuses is one more that is lost.
            match (up, client) {
                (true, _) => drop(far.send(&bytes)),
                (false, Some(client)) => drop(near.send_to(&bytes, client)),
                (false, None) => {}
            }
        }
    }
}

/// Decides what becomes of one datagram.
fn throw(args: &Args, dice: &mut Dice, queue: &mut Queue, number: &mut u64, up: bool, bytes: &[u8]) {
    if dice.per_cent(args.loss) {
        return;
    }
    let copies = 1 + u32::from(dice.per_cent(args.duplicate));
    for _ in 0..copies {
        let factor = if dice.per_cent(args.reorder) { 10 } else { 1 };
        *number += 1;
        let due = Instant::now() + Duration::from_micros(args.delay * factor);
        queue.push(Reverse((due, *number, up, bytes.to_vec())));
    }
}
