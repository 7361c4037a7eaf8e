//! An adapter's data path: its queues, made together and stopped together.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::adapter::Adapter;
use super::offload;
use super::poll::{self, Side};
use super::queue::{Direction, Queue};
use super::queue_init;
use super::rx::Rx;
use super::tx::Tx;
use crate::cpu::callback;
use crate::machine;
use crate::report;
use crate::status::{self, Result};
use crate::violate;

/// The queues of an adapter while its device is in D0.
pub(super) struct DataPath {
    queues: Vec<Running>,
}

struct Running {
    queue: Arc<Queue>,
    /// Says something, or is cut, when the thread has ended.
    ended: Receiver<()>,
}

impl DataPath {
    /// Has the driver make its queues, and starts them. PASSIVE_LEVEL.
    pub(super) fn create(adapter: &Arc<Adapter>) -> Result<Self> {
        offload::indicate(adapter);
        let mut made: Vec<Arc<Queue>> = Vec::new();
        let wanted = (0..adapter.tx_queues)
            .map(|id| (Direction::Tx, id))
            .chain([(Direction::Rx, 0)]);
        for (direction, id) in wanted {
            match create_queue(adapter, direction, id) {
                Ok(queue) => made.push(queue),
                Err(status) => {
                    made.iter().for_each(|queue| queue.object().delete());
                    return Err(status);
                }
            }
        }
        let mut path = Self { queues: Vec::new() };
        for queue in made {
            path.queues.push(Running::start(queue));
        }
        Ok(path)
    }

    /// Stops all queues and deletes them.
    pub(super) fn destroy(self) {
        // Nothing is sent any more before receiving ends, as NDIS pauses.
        for running in &self.queues {
            running.stop();
        }
        for running in self.queues {
            running.finish();
        }
    }

    /// Lets the threads end by themselves.
    pub(super) fn abandon(self) {
        for running in &self.queues {
            running.stop();
        }
    }

    /// Its queues, for people.
    pub(super) fn describe(&self) -> Vec<String> {
        let line = |running: &Running| {
            let queue = &running.queue;
            format!(
                "{} packets {} fragments {} armed {} notifications {} ({} spurious)",
                queue.name(),
                queue.packets.describe(),
                queue.fragments.describe(),
                queue.armed.load(Ordering::Relaxed),
                queue.notifications.load(Ordering::Relaxed),
                queue.spurious.load(Ordering::Relaxed)
            )
        };
        self.queues.iter().map(line).collect()
    }
}

/// Calls the driver's constructor, which must make exactly one queue.
fn create_queue(adapter: &Arc<Adapter>, direction: Direction, id: u32) -> Result<Arc<Queue>> {
    let init = queue_init::begin_creation(adapter, direction, id);
    let (handle, pointer) = (adapter.handle(), init);
    let result = match direction {
        Direction::Tx => callback::invoke("EvtAdapterCreateTxQueue", || {
            // SAFETY: the driver's callback with its adapter and an init object that lives until it returns.
            unsafe { (adapter.create_tx)(handle, std::ptr::without_provenance_mut(pointer)) }
        }),
        Direction::Rx => callback::invoke("EvtAdapterCreateRxQueue", || {
            // SAFETY: as above.
            unsafe { (adapter.create_rx)(handle, std::ptr::without_provenance_mut(pointer)) }
        }),
    };
    match (status::succeeded(result), queue_init::end_creation(init)) {
        (true, Some(queue)) => Ok(queue),
        (true, None) => {
            violate!(
                NET_QUEUE_CREATE,
                "the callback for {direction:?} queue {id} succeeded without making a queue"
            );
            Err(status::INVALID_DEVICE_STATE)
        }
        (false, made) => {
            if let Some(queue) = made {
                queue.object().delete();
            }
            Err(result)
        }
    }
}

impl Running {
    fn start(queue: Arc<Queue>) -> Self {
        let (sender, ended) = channel();
        let own = Arc::clone(&queue);
        let spawned = std::thread::Builder::new()
            .name(queue.name())
            .stack_size(1 << 20)
            .spawn(move || {
                poll::run(own, side);
                drop(sender);
            });
        assert!(spawned.is_ok(), "no host thread for a queue");
        Self { queue, ended }
    }

    fn stop(&self) {
        self.queue.stopping.store(true, Ordering::Release);
        self.queue.signal.notify();
    }

    /// Waits until the thread has stopped the queue, and deletes it.
    fn finish(self) {
        // Draining has its own limit, which comes first.
        let limit = 3 * machine::with_config(|c| c.hang_after);
        let deadline = Instant::now() + limit;
        while self.ended.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            if machine::stopped() {
                return;
            }
            if Instant::now() > deadline {
                let name = self.queue.name();
                return violate!(HANG, "the {name} doesn't stop: a callback of it doesn't return");
            }
        }
        let queue = &self.queue;
        report::count("net: notifications", queue.notifications.load(Ordering::Relaxed));
        report::count(
            "net: notifications, not asked for",
            queue.spurious.load(Ordering::Relaxed),
        );
        queue.object().delete();
    }
}

/// The framework's side of a queue.
fn side(queue: &Queue) -> Option<Box<dyn Side>> {
    let wire = queue.adapter.link.wire()?;
    let made: std::io::Result<Box<dyn Side>> = match queue.direction {
        Direction::Tx => Tx::new(queue, wire).map(|tx| Box::new(tx) as _),
        Direction::Rx => Rx::new(queue, wire).map(|rx| Box::new(rx) as _),
    };
    made.inspect_err(|error| eprintln!("ntsim: {}: {error}", queue.name()))
        .ok()
}
